"""Build the book: run every chapter whose outputs are not known yet, then render all pages (``make book``).

The plain ``jupyter-book build .`` gives the same pages. This adds what it lacks: chapters run side by side, a progress
line for each, an error that names chapter and cell every time, and a build that was killed starts anew. With --stored
it runs no chapter and renders the outputs they are stored with: for the tests, where nbval runs them all anyway.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from sphinx_external_toc.parsing import parse_toc_yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "book" / "_ext"))
from freshness import OUTPUTS, STAMP, cache_path, code_digest, digest_of  # noqa: E402

BUILD = ROOT / "_build"
SITE = BUILD / "html"
SOURCES = ("book", "lib", "tools", "requirements.txt", "_config.yml", "_toc.yml")
UNFINISHED = BUILD / ".unfinished"  # there while a build runs, and left behind by one that was killed
SECONDS_PER_CELL = 300  # as in _config.yml


class BuildError(Exception):
    """The book can't be built; the message says why."""


def main() -> int:
    """Bring ``_build/html`` up to date. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Build the book.")
    parser.add_argument("--stored", action="store_true", help="render the stored outputs and run no chapter")
    stored = parser.parse_args().stored
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends the build at once, not after the chapters that run
    BUILD.mkdir(exist_ok=True)
    with FileLock(BUILD / ".lock"):
        state = digest_of(*(ROOT / name for name in SOURCES))
        enough = {state, f"{state} stored"} if stored else {state}
        if STAMP.exists() and STAMP.read_text() in enough:
            print("Nothing has changed since the last build.")
        else:
            try:
                with clean_slate():
                    if stored:
                        os.environ[OUTPUTS] = "stored"
                    else:
                        run_chapters()
                    render()
                    STAMP.write_text(f"{state} stored" if stored else state)
            except BuildError as error:
                print(f"\n{error}", file=sys.stderr)
                return 1
    print(f"\nThe book is ready: {(SITE / 'index.html').as_uri()} (or `make serve` and the address it prints)")
    return 0


@contextmanager
def clean_slate() -> Iterator[None]:
    """Remove what earlier builds left, but for the chapters already run with the present code."""
    killed = UNFINISHED.exists()
    if killed:
        print("The last build was interrupted: starting anew.")
    UNFINISHED.touch()
    keep = {".lock", UNFINISHED.name} | (set() if killed else {".jupyter_cache"})
    for path in BUILD.iterdir():
        if path.name not in keep:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for cache in (BUILD / ".jupyter_cache").glob("*"):
        if cache.name != code_digest():
            shutil.rmtree(cache)
    try:
        yield
    finally:
        UNFINISHED.unlink()


def chapters() -> list[Path]:
    """The notebooks of the table of contents, in its order."""
    names = list(parse_toc_yaml(ROOT / "_toc.yml"))
    return [path for name in names if (path := ROOT / f"{name}.ipynb").exists()]


def run_chapters() -> None:
    """Run the chapters that the cache does not hold, and add them to it. Raises BuildError if one fails."""
    cache = get_cache(cache_path())
    todo: dict[Path, NotebookNode] = {}
    for path in chapters():
        record = cache.add_nb_to_project(str(path))
        notebook = cache.get_project_notebook(record.pk).nb
        try:
            cache.match_cache_notebook(notebook)
        except KeyError:
            for cell in notebook.cells:
                if cell.cell_type == "code":
                    cell.update(outputs=[], execution_count=None)  # forget what is committed
            todo[path] = notebook
    total = len(chapters())
    print(f"{total} chapters, {total - len(todo)} of them run before with this code.")
    os.environ["OMP_NUM_THREADS"] = "1"  # each chapter has one core
    failures = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {pool.submit(run, notebook): (path, notebook) for path, notebook in todo.items()}
        for done, future in enumerate(as_completed(runs), start=1):
            path, notebook = runs[future]
            seconds, error = future.result()
            print(
                f"[{done}/{len(todo)}] {path.stem}: {'FAILED after' if error else 'run in'} {seconds:.1f} s", flush=True
            )
            if error:
                failures.append(f"{path.relative_to(ROOT)}, {failed_cell(notebook)}:\n\n{error}")
            else:
                bundle = CacheBundleIn(notebook, str(path), data={"execution_seconds": seconds})
                cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    if failures:
        raise BuildError("\n\n".join(failures))


def run(notebook: NotebookNode) -> tuple[float, Exception | None]:
    """Run a notebook in place, in the folder of the chapters. Returns the seconds it took and the error, if any."""
    client = NotebookClient(
        notebook,
        timeout=SECONDS_PER_CELL,
        record_timing=False,
        coalesce_streams=True,  # however they arrive
        extra_arguments=["--log-level=ERROR"],  # else each kernel warns that it talks to us unencrypted
        resources={"metadata": {"path": str(ROOT / "book")}},
    )
    started = time.monotonic()
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        return time.monotonic() - started, error
    return time.monotonic() - started, None


def failed_cell(notebook: NotebookNode) -> str:
    """Which cell of a notebook raised, counted as a reader counts: all cells, from 1."""
    ran = [number for number, cell in enumerate(notebook.cells, start=1) if cell.get("execution_count")]
    return f"cell {max(ran, default=1)} of {len(notebook.cells)}"  # the last that ran: a run stops where it fails


def render() -> None:
    """Turn the chapters and pages into HTML; a warning is an error. Raises BuildError if there is one."""
    print("Rendering ...", flush=True)
    started = time.monotonic()
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", ".", "-W", "-n", "--keep-going", "-q"]
    rendered = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"})
    if rendered.returncode != 0:
        raise BuildError(
            f"{rendered.stdout}\n{rendered.stderr}\njupyter-book failed, exit status {rendered.returncode}"
        )
    pages = sum(1 for _ in SITE.rglob("*.html"))
    print(f"{pages} pages in {time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    sys.exit(main())
