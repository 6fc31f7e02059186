"""A chapter that is begun: what `make new` writes passes the tests of form, and runs."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from working_tree import clean_environment, commit, copy_to, git

NAME = "19_two_teachers"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=clean_environment(PYTHONPATH=str(folder / "lib")),
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Path:
    """A copy of the project in which a chapter was begun."""
    folder = copy_to(tmp_path_factory.mktemp("new") / "copy")
    commit(folder)
    begun = run(folder, "tools/new.py", "19", "Two teachers")
    assert begun.returncode == 0, begun.stderr
    return folder


def test_a_chapter_is_a_file_and_a_line_behind_the_others(book):
    changed = git("status", "--porcelain", folder=book).splitlines()
    assert sorted(changed) == [" M _toc.yml", f"?? book/{NAME}.ipynb"]
    toc = yaml.safe_load((book / "_toc.yml").read_text(encoding="utf-8"))
    listed = [each["file"] for part in toc["parts"] for each in part["chapters"]]
    assert listed.count(f"book/{NAME}") == 1
    numbered = [name for name in listed if name[5:7].isdigit()]
    assert numbered[-1] == f"book/{NAME}"
    assert len(git("diff", "--numstat", folder=book).split()) == 3  # one file
    assert git("diff", "--numstat", folder=book).split()[:2] == ["1", "0"]


def test_a_chapter_passes_the_tests_of_form_as_it_is_begun(book):
    formatted = run(book, "-m", "ruff", "format", "--check", f"book/{NAME}.ipynb")
    assert formatted.returncode == 0, formatted.stdout
    checked = run(book, "-m", "ruff", "check", f"book/{NAME}.ipynb")
    assert checked.returncode == 0, checked.stdout
    ran = run(book, "tools/chapter.py", "19")
    assert ran.returncode == 0, ran.stderr
    form = run(book, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_chapters.py", "-k", "19_two")
    assert form.returncode == 0, form.stdout
    assert "failed" not in form.stdout


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["19", "Another"], "there is a chapter 19"),
        (["7", "One digit"], "two digits"),
        (["18", "?"], "a title"),
    ],
)
def test_what_cannot_be_begun_is_said(book, asked, said):
    refused = run(book, "tools/new.py", *asked)
    assert refused.returncode == 1
    assert said in refused.stderr
