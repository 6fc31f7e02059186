"""Find a Chromium for the browser tests, or install one (``make test``).

In this order: the one that ``CHROMIUM`` names or the machine has; Playwright's own; the distribution's package.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """The path of a Chromium on this machine, or None."""
    if named := os.environ.get("CHROMIUM"):
        if not shutil.which(named):
            raise FileNotFoundError(f"CHROMIUM names {named!r}, which is no program on this machine")
        return named
    for name in NAMES:
        if path := shutil.which(name):
            return path
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def main() -> int:
    """Say which browser there is, installing one if need be. Returns the exit status."""
    if path := find():
        print(f"Browser: {path}")
        return 0
    print("No Chromium on this machine: installing Playwright's ...", flush=True)
    with_libraries = ["--with-deps"] if sys.platform == "linux" and os.geteuid() == 0 else []
    install = [sys.executable, "-m", "playwright", "install", *with_libraries, "chromium"]
    if subprocess.run(install).returncode != 0 and shutil.which("apt-get"):
        print("That did not work: installing the distribution's package ...", flush=True)
        sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
        for step in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run([*sudo, "apt-get", *step])
    if path := find():
        print(f"Browser: {path}")
        return 0
    print("No browser could be installed: install Chromium, or name one by CHROMIUM=/path/to/it.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
