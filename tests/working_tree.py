"""The project's files as git sees them, and copies of them to work in."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def clean_environment(**more: str) -> dict[str, str]:
    """This process's environment without what would lead git, make or Python back to the working tree."""
    ours = ("GIT_", "MAKE", "MFLAGS", "PYTHONPATH", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | more


def git(*arguments: str, folder: Path = ROOT) -> str:
    """What a git command prints."""
    done = subprocess.run(["git", *arguments], cwd=folder, env=clean_environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def files() -> list[str]:
    """The paths of all files that git tracks or would, below the root."""
    listed = git("ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0")
    return sorted({name for name in listed if (ROOT / name).is_file()})


def copy_to(folder: Path) -> Path:
    """Copy those files to a folder, which need not exist. Returns it."""
    for name in files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    return folder


def commit(folder: Path) -> None:
    """Make a folder a git repository of its own, with all that is in it in one commit."""
    git("init", "--quiet", "--initial-branch=main", folder=folder)
    git("add", "--all", folder=folder)
    someone = ("-c", "user.name=Someone", "-c", "user.email=someone@localhost", "-c", "commit.gpgsign=false")
    git(*someone, "commit", "--quiet", "--no-verify", "--message=A copy", folder=folder)
