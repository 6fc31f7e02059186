"""The build: what it says, what it runs again, how it fails, and what is left when it is killed."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from working_tree import clean_environment, commit, copy_to, git

PYTHON = Path(sys.executable)
MAKE_BOOK = [str(PYTHON), "tools/build.py"]
PLAIN = [str(PYTHON.with_name("jupyter-book")), "build", "."]
TOC = """
format: jb-book
root: book/intro
chapters:
  - file: book/quiet
  - file: book/speaking
"""
HOLD = """
import os, pathlib, time

if "HOLD" in os.environ:
    pathlib.Path(os.environ["HOLD"]).write_text(str(os.getpid()))
    time.sleep(120)
"""
where_there_are_signals = pytest.mark.skipif(os.name != "posix", reason="Windows has no process groups to signal")


def chapter(path: Path, *cells: str) -> None:
    """Write a notebook: a title and code cells, never run."""
    notebook = new_notebook(cells=[new_markdown_cell("# A chapter"), *map(new_code_cell, cells)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)


def say(book: Path, word: str) -> None:
    """Edit lib/, so that the chapter `speaking` prints a word."""
    (book / "lib/active_teacher/word.py").write_text(f"WORD = {word!r}\n")


def tiny_book(folder: Path) -> Path:
    """A copy of the project, its chapters replaced by two tiny ones."""
    copy_to(folder)
    for path in (folder / "book").iterdir():
        if path.suffix in (".ipynb", ".md"):
            path.unlink()
    (folder / "book/intro.md").write_text("# A book\n")
    (folder / "_toc.yml").write_text(TOC)
    chapter(folder / "book/quiet.ipynb", HOLD)
    chapter(folder / "book/speaking.ipynb", "from active_teacher.word import WORD", "print('the word is', WORD)")
    say(folder, "first")
    commit(folder)
    return folder


@contextmanager
def started(command: list[str], book: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A command begun in a book, in a process group of its own, with the book's own lib/ in its kernels."""
    environment = clean_environment(PYTHONPATH=str(book / "lib"), NO_COLOR="1", **environment)
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, cwd=book, env=environment, start_new_session=True, **output) as process:
        try:
            yield process
        finally:
            if process.poll() is None:  # a test failed before its end
                for left in [*psutil.Process(process.pid).children(recursive=True), process]:
                    left.kill()


def run(command: list[str], book: Path) -> tuple[int, str]:
    """Run a command in a book. Returns its exit status and what it said, without the colours."""
    with started(command, book) as process:
        said, _ = process.communicate()
    return process.returncode, re.sub(r"\x1b\[[\d;]*m", "", said)


def page(book: Path, name: str) -> str:
    return (book / f"_build/html/book/{name}.html").read_text(encoding="utf-8")


def site(book: Path) -> dict[str, bytes]:
    """Every file of a built site."""
    html = book / "_build/html"
    return {str(path.relative_to(html)): path.read_bytes() for path in html.rglob("*") if path.is_file()}


def times(book: Path) -> dict[str, int]:
    """When each file below _build was last written, but for the lock."""
    return {str(path): path.stat().st_mtime_ns for path in (book / "_build").rglob("*") if path.name != ".lock"}


def wait_for(condition: Callable[[], object], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"did not come within {seconds} s"
        time.sleep(0.005)


def ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def kill(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """Send a signal to a process and all that it started in its group; it ends at once, by that signal."""
    os.killpg(process.pid, number)
    assert process.wait(timeout=5) == -number


def kernel_of(held: Path) -> int:
    """The process id of the kernel that runs the chapter `quiet`, once it does."""
    wait_for(lambda: held.exists() and held.read_text(), seconds=60)
    return int(held.read_text())


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> tuple[Path, str]:
    """A tiny book after its first build, and what that build said. Who uses it leaves it built and unedited."""
    book = tiny_book(tmp_path_factory.mktemp("book") / "copy")
    status, said = run(MAKE_BOOK, book)
    assert status == 0, said
    return book, said


@pytest.fixture
def book(tmp_path) -> Path:
    """A tiny book to break."""
    return tiny_book(tmp_path / "copy")


@pytest.fixture
def words(tmp_path) -> Path:
    """A tiny book of one page, without a chapter to run."""
    book = tiny_book(tmp_path / "copy")
    (book / "_toc.yml").write_text(TOC.partition("chapters:")[0])
    for chapter in (book / "book").glob("*.ipynb"):
        chapter.unlink()
    return book


def test_a_build_tells_of_each_chapter(built):
    _, said = built
    for name in ("quiet", "speaking"):
        assert re.search(rf"^\[[12]/2\] {name}: run in \d+\.\d s$", said, re.MULTILINE), said


def test_a_build_tells_where_the_book_is(built):
    book, said = built
    assert (book / "_build/html/index.html").as_uri() in said
    assert "the word is first" in page(book, "speaking")


def test_a_build_touches_no_file_that_git_sees(built):
    book, _ = built
    assert git("status", "--porcelain", "--untracked-files=all", folder=book) == ""


def test_a_second_build_does_nothing(built):
    book, _ = built
    before = times(book)
    status, said = run(MAKE_BOOK, book)
    assert status == 0
    assert "Nothing has changed" in said
    assert "Rendering" not in said
    assert times(book) == before


@where_there_are_signals
def test_a_build_of_stored_outputs_runs_no_chapter_and_the_next_one_does(book):
    status, said = run([*MAKE_BOOK, "--stored"], book)
    assert status == 0, said
    assert "run in" not in said
    assert "the word is first" not in page(book, "speaking")
    status, said = run(MAKE_BOOK, book)
    assert status == 0, said
    assert "speaking: run in" in said
    assert "the word is first" in page(book, "speaking")


def test_a_build_of_stored_outputs_leaves_a_finished_site_alone(built):
    book, _ = built
    before = times(book)
    status, said = run([*MAKE_BOOK, "--stored"], book)
    assert status == 0
    assert "Nothing has changed" in said
    assert times(book) == before


def test_a_build_killed_while_a_chapter_runs_leaves_no_trace(built, tmp_path):
    book, _ = built
    undisturbed = site(book)
    shutil.rmtree(book / "_build")
    with started(MAKE_BOOK, book, HOLD=str(tmp_path / "held")) as process:
        kernel = kernel_of(tmp_path / "held")
        kill(process, signal.SIGKILL)
    wait_for(lambda: ended(kernel), seconds=15)
    status, said = run(MAKE_BOOK, book)
    assert status == 0, said
    assert "interrupted" in said
    assert site(book) == undisturbed


@where_there_are_signals
def test_a_build_killed_while_it_renders_leaves_no_trace(built):
    book, _ = built
    undisturbed = site(book)
    shutil.rmtree(book / "_build")
    with started(MAKE_BOOK, book) as process:
        wait_for(lambda: any((book / "_build/html").glob("book/*.html")), seconds=60)
        kill(process, signal.SIGKILL)
    assert site(book) != undisturbed
    status, said = run(MAKE_BOOK, book)
    assert status == 0, said
    assert site(book) == undisturbed


@where_there_are_signals
def test_ctrl_c_ends_a_build_at_once_and_its_kernels(book, tmp_path):
    with started(MAKE_BOOK, book, HOLD=str(tmp_path / "held")) as process:
        kernel = kernel_of(tmp_path / "held")
        kill(process, signal.SIGINT)
    wait_for(lambda: ended(kernel), seconds=15)


def test_an_edit_reaches_the_page(built):
    book, _ = built  # built with "first"; the last test to use it
    for word, command in (("second", PLAIN), ("first", PLAIN), ("third", MAKE_BOOK)):
        say(book, word)
        (book / "book/intro.md").write_text(f"# A book\n\nIts letter: ${word[0]}$.\n")
        status, said = run(command, book)
        assert status == 0, said
        assert re.findall(r"the word is (\w+)", page(book, "speaking")) == [word]
        assert re.findall(r"<math[^>]*><mi>(.)</mi></math>", page(book, "intro")) == [word[0]]


def test_a_chapter_that_raises_fails_the_build_each_time(book):
    chapter(book / "book/speaking.ipynb", "print('so far, so good')", "1 / 0", "print('never')")
    for _ in range(2):
        status, said = run(MAKE_BOOK, book)
        assert status != 0
        assert "book/speaking.ipynb, cell 3 of 4" in said
        assert "ZeroDivisionError: division by zero" in said
        assert "The book is ready" not in said


def test_a_chapter_that_raises_fails_the_plain_build_each_time(book):
    chapter(book / "book/speaking.ipynb", "print('so far, so good')", "1 / 0", "print('never')")
    for _ in range(2):
        status, said = run(PLAIN, book)
        assert status != 0
        assert f"ExecutionError: {book / 'book/speaking.ipynb'}" in said
        assert "ZeroDivisionError: division by zero" in said


@pytest.mark.parametrize("command", [MAKE_BOOK, PLAIN])
def test_a_formula_that_cannot_be_typeset_fails_the_build_each_time(words, command):
    (words / "book/intro.md").write_text("# A book\n\nGood: $x^2$. Not good: $\\mathbf{y} \\notacommand$.\n")
    for _ in range(2):
        status, said = run(command, words)
        assert status != 0
        assert r"book/intro.md: Undefined control sequence \notacommand in the formula \mathbf{y} \notacommand" in said
        assert "The book is ready" not in said


def test_a_warning_fails_the_build_each_time(words):
    (words / "book/intro.md").write_text("# A book\n\nA [link](#nowhere).\n")
    for _ in range(2):
        status, said = run(MAKE_BOOK, words)
        assert status != 0
        assert "book/intro.md:3: WARNING" in said
        assert "nowhere" in said
        assert "The book is ready" not in said
