"""Chapters in a real JupyterLab: opened, run, and each figure with a slider moved, as a reader would.

A few quick ones are run whole, by *Run all*. The others nbval has just run: JupyterLab is joined to its kernel, while
that is still there, and runs only the cells with sliders again, live now. ``pytest_collection_modifyitems`` adds these.
"""

import json
import os
import platform
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

import browser

BOOK = Path(__file__).resolve().parents[1] / "book"
RUN_WHOLE = ("05_lp_or_strong", "intro", "you_are_the_teacher")
WIDGET = "window.jupyterapp.shell.currentWidget"
CURRENT = f"{WIDGET}.content"
KERNEL = f"{WIDGET}.sessionContext.session.kernel"
LIVE = "application/vnd.jupyter.widget-view+json"
EXPLORE = "figures.explore("
SOMEBODY = "import os; os.environ['JPY_SESSION_NAME'] = 'as where a Jupyter server starts the kernel'"


class Lab(NamedTuple):
    """A JupyterLab's address, and the folder where it looks for kernels that others have started."""

    address: str
    kernels: Path


@cache
def running(config: pytest.Config) -> Lab:
    """One JupyterLab for all that this process tests: started when first needed, ended when pytest ends."""
    with ExitStack() as stack:
        started = stack.enter_context(serving())
        config.add_cleanup(stack.pop_all().close)
    return started


@contextmanager
def serving() -> Iterator[Lab]:
    """A JupyterLab that serves a copy of the chapters."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with TemporaryDirectory(prefix="lab-") as folder:
        root = Path(folder)
        (root / "kernels").mkdir()
        for path in [*BOOK.glob("*.ipynb"), *BOOK.glob("*.md")]:
            # JupyterLab notes the version of Python in each notebook, and where it differs opening is a change.
            version = f'"version": "{platform.python_version()}"'
            noted = re.sub(r'"version": "3\.[\d.]+"', version, path.read_text("utf-8"))
            (root / path.name).write_text(noted, "utf-8")
        options = {
            "ServerApp.port": port,
            "ServerApp.port_retries": 0,
            "ServerApp.open_browser": False,
            "ServerApp.allow_root": True,
            "ServerApp.root_dir": root,
            "ServerApp.allow_external_kernels": True,
            "ServerApp.external_connection_dir": root / "kernels",
            "ServerApp.disable_check_xsrf": True,
            "IdentityProvider.token": "",
            "LabApp.expose_app_in_browser": True,
        }
        command = [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())]
        names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTERLAB_SETTINGS_DIR")
        private = {name: str(root / name) for name in names}
        with (root / "server.log").open("w") as log:
            server = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **private}, cwd=root
            )
            try:
                for _ in range(300):
                    with socket.socket() as probe:
                        if probe.connect_ex(("127.0.0.1", port)) == 0:
                            break
                    assert server.poll() is None, (root / "server.log").read_text()
                    time.sleep(0.2)
                yield Lab(f"http://127.0.0.1:{port}", root / "kernels")
            finally:
                server.terminate()
                server.wait(30)


@contextmanager
def opened(name: str, lab: Lab, connection_file: str | None = None) -> Iterator[Page]:
    """A notebook in JupyterLab, not yet run: with a kernel of its own, or with one that others have started."""
    path = browser.find()
    assert path, "no Chromium on this machine: `make test` or `python tools/browser.py` installs one"
    flags = ["--no-sandbox", "--disable-gpu"]
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path, args=flags) as chromium:
        page = chromium.new_page()
        page.on("dialog", lambda dialog: dialog.accept())
        kernel = join(page, name, lab, connection_file) if connection_file else None
        page.goto(f"{lab.address}/lab/tree/{name}.ipynb?reset")
        page.wait_for_function(f"window.jupyterapp && {WIDGET}?.content?.widgets?.length", timeout=60_000)
        page.wait_for_function(f"{WIDGET}.sessionContext.session?.kernel?.status === 'idle'", timeout=60_000)
        assert kernel in (None, page.evaluate(f"{KERNEL}.id"))

        # Unchanged, the committed pictures, and nothing that waits for a kernel.
        page.evaluate(f"(async () => {{ await {KERNEL}.info; await {KERNEL}.spec; }})()")
        page.wait_for_timeout(500)  # what it then notes in the notebook
        assert not page.evaluate(f"{WIDGET}.context.model.dirty")
        assert "model not found" not in page.content()
        assert not any(LIVE in output.get("data", {}) for outputs in shown(page) for output in outputs)
        yield page


def join(page: Page, name: str, lab: Lab, connection_file: str) -> str:
    """Have a notebook opened with a kernel that runs already; its identity in JupyterLab."""
    listed = f"{lab.address}/api/kernels"
    known = [kernel["id"] for kernel in page.request.get(listed).json()]
    connection = Path(connection_file)
    told = {**json.loads(connection.read_text("utf-8")), "kernel_name": "python3"}  # nbval's name for it is its own
    (lab.kernels / connection.name).write_text(json.dumps(told), "utf-8")
    (kernel,) = (kernel["id"] for kernel in page.request.get(listed).json() if kernel["id"] not in known)
    session = {"path": f"{name}.ipynb", "name": name, "type": "notebook", "kernel": {"id": kernel}}
    expect(page.request.post(f"{lab.address}/api/sessions", data=session)).to_be_ok()
    return kernel


@pytest.mark.parametrize("name", RUN_WHOLE)
def test_run_all(name, pytestconfig):
    with opened(name, running(pytestconfig)) as page:
        run(page, "run-all-cells")
        figures_move(page, name)
        if name == "you_are_the_teacher":
            be_the_teacher(page)


class InJupyterLab(pytest.Item):
    """The last test of a notebook that nbval runs: what JupyterLab shows of it, and its figures live."""

    def runtest(self):
        name, kernel = self.path.stem, self.parent.kernel
        ran = sum(item.parent is self.parent for item in self.session.items) - 1
        with opened(name, running(self.config), kernel.km.connection_file) as page:
            page.evaluate(f"code => {KERNEL}.requestExecute({{code}}).done", SOMEBODY)
            if ran < sum(cell.cell_type == "code" for cell in self.parent.nb.cells):  # pytest -k, --last-failed
                run(page, "run-all-cells")
            for index in sliders(name):
                page.evaluate(f"{CURRENT}.activeCellIndex = {index}")
                run(page, "run-cell")
            figures_move(page, name)

    def reportinfo(self):
        return self.path, 0, f"{self.path.name} in JupyterLab"


def run(page: Page, command: str) -> None:
    ran = page.evaluate(f"window.jupyterapp.commands.execute('notebook:{command}')")
    flat = [output for outputs in shown(page) for output in outputs]
    assert ran, json.dumps([output for output in flat if output["output_type"] == "error"])[:3000]
    assert not any(output["output_type"] == "error" or output.get("name") == "stderr" for output in flat)


def shown(page: Page) -> list[list[dict]]:
    """The outputs of each cell."""
    return [cell.get("outputs", []) for cell in page.evaluate(f"{CURRENT}.model.sharedModel.toJSON().cells")]


def sliders(name: str) -> dict[int, nbformat.NotebookNode]:
    """The cells that show figures with sliders, by their places."""
    cells = nbformat.read(BOOK / f"{name}.ipynb", as_version=4).cells
    return {i: cell for i, cell in enumerate(cells) if cell.cell_type == "code" and EXPLORE in cell.source}


def figures_move(page: Page, name: str) -> None:
    """Every figure with a slider is live, redraws in the kernel, and says what the stored one says of the same values.

    A chapter that uses a name of the figure's function for something else further down is found out by that.
    """
    live = [sum(LIVE in output.get("data", {}) for output in outputs) for outputs in shown(page)]
    wanted = {index: cell.source.count(EXPLORE) for index, cell in sliders(name).items()}
    assert {index: number for index, number in enumerate(live) if number} == wanted
    assert wanted or name == "you_are_the_teacher"
    for index, cell in sliders(name).items():
        stored = "".join(output.data.get("text/html", "") for output in cell.outputs if "data" in output)
        page.evaluate(f"{CURRENT}.scrollToItem({index}, 'center')")
        boxes = page.locator(f".jp-Cell[data-windowed-list-index='{index}'] .jp-OutputArea .widget-vbox")
        expect(boxes).to_have_count(wanted[index])
        for box in boxes.all():
            for text in move_the_first_slider(page, box):  # to an end, of which the player has a frame
                assert json.dumps(text, ensure_ascii=False).replace("<", "\\u003c") in stored


def drawn(box: Locator) -> list[str]:
    """A live figure's picture, its alt text and the sentence under it, read at once: a redraw replaces all three."""
    return box.evaluate(
        "box => [box.querySelector('img').src, box.querySelector('img').alt, box.querySelector('p').innerText]"
    )


def move_the_first_slider(page: Page, box: Locator) -> tuple[str, str]:
    """The figure's sentences before and after."""
    box.locator("img").wait_for()
    before = drawn(box)
    handle = box.locator(".noUi-handle").first
    stood = handle.get_attribute("aria-valuenow")
    handle.press("Home" if stood == handle.get_attribute("aria-valuemax") else "End")
    expect(handle).not_to_have_attribute("aria-valuenow", stood)
    for _ in range(600):  # some figures take seconds to compute, and more on a busy machine
        now = drawn(box)
        if all(new != old for new, old in zip(now, before, strict=True)):
            break
        page.wait_for_timeout(100)
    else:
        raise AssertionError(f"not redrawn: still {now[1:]}")
    assert now[1] == now[2] != ""
    return before[1], now[1]


def be_the_teacher(page: Page) -> None:
    """By keys that JupyterLab has other uses for: D twice deletes a cell in it."""
    cells = page.evaluate(f"{CURRENT}.widgets.length")
    quiz = page.locator(".at-quiz[data-ready]")
    quiz.get_by_role("button", name="disk").click()
    for key in "ddsuddsusudsddsudsudsdu":
        page.keyboard.press(key)
    quiz.get_by_text("You are the teacher: your three sets").wait_for()
    answers = quiz.locator(".at-results code").first.inner_text()
    assert answers == 'Recorded.read("BBBAUBBAUAUBABBAUBAUBABU")'
    assert page.evaluate(f"{CURRENT}.widgets.length") == cells
