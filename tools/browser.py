"""Find a Chromium for the browser tests, or install one (``make test``); and a Firefox, where there is a package of it.

In this order: the one that ``CHROMIUM`` names or the machine has; Playwright's own; the distribution's package.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FIREFOX = ("firefox-esr", "firefox")


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


def firefox() -> str | None:
    """The path of a Firefox on this machine, or None."""
    return next(filter(None, map(shutil.which, FIREFOX)), None)


def install(package: str) -> None:
    """Try to install one of the distribution's packages."""
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    for step in (["update"], ["install", "-y", "--no-install-recommends", package]):
        subprocess.run([*sudo, "apt-get", *step])


def main() -> int:
    """Say which browsers there are, installing them if need be. Returns the exit status: a Chromium there must be."""
    if firefox() is None and shutil.which("apt-get"):
        print("No Firefox on this machine: installing the distribution's package ...", flush=True)
        install(FIREFOX[0])
    print(f"Firefox: {firefox() or 'none, so that its tests are left out'}")
    if path := find():
        print(f"Browser: {path}")
        return 0
    print("No Chromium on this machine: installing Playwright's ...", flush=True)
    with_libraries = ["--with-deps"] if sys.platform == "linux" and os.geteuid() == 0 else []
    playwrights = [sys.executable, "-m", "playwright", "install", *with_libraries, "chromium"]
    if subprocess.run(playwrights).returncode != 0 and shutil.which("apt-get"):
        print("That did not work: installing the distribution's package ...", flush=True)
        install("chromium")
    if path := find():
        print(f"Browser: {path}")
        return 0
    print("No browser could be installed: install Chromium, or name one by CHROMIUM=/path/to/it.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
