"""Each notebook in a real JupyterLab: opened, run by *Run all*, and its figures moved, as a reader would."""

import json
import os
import platform
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

import browser

BOOK = Path(__file__).resolve().parents[1] / "book"
NOTEBOOKS = sorted(path.stem for path in BOOK.glob("*.ipynb"))
CURRENT = "window.jupyterapp.shell.currentWidget.content"
KERNEL = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
LIVE = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab that serves a copy of the chapters."""
    root = tmp_path_factory.mktemp("lab")
    for path in [*BOOK.glob("*.ipynb"), *BOOK.glob("*.md")]:
        # JupyterLab notes the version of Python in each notebook, and where it differs opening is a change.
        noted = re.sub(r'"version": "3\.[\d.]+"', f'"version": "{platform.python_version()}"', path.read_text("utf-8"))
        (root / path.name).write_text(noted, "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (root / "server.log").open("w")
    options = [
        f"--port={port}",
        "--no-browser",
        "--allow-root",
        f"--ServerApp.root_dir={root}",
        "--expose-app-in-browser",
    ]
    private = {name: str(root / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTERLAB_SETTINGS_DIR")}
    command = [sys.executable, "-m", "jupyterlab", *options, "--IdentityProvider.token=", "--ServerApp.port_retries=0"]
    server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **private}, cwd=root)
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert server.poll() is None, (root / "server.log").read_text()
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/lab"
    finally:
        server.terminate()
        server.wait(30)
        log.close()


@pytest.fixture(scope="module")
def chromium():
    path = browser.find()
    assert path, "no Chromium on this machine: `make test` or `python tools/browser.py` installs one"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])


def outputs(page: Page) -> list[dict]:
    cells = page.evaluate(f"{CURRENT}.model.sharedModel.toJSON().cells")
    return [output for cell in cells for output in cell.get("outputs", [])]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_run_all(name, lab, chromium):
    page = chromium.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{lab}/tree/{name}.ipynb?reset")
    page.wait_for_function("window.jupyterapp?.shell.currentWidget?.content?.widgets?.length", timeout=60_000)
    page.wait_for_function(
        "window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'", timeout=60_000
    )

    # Opened, not yet run: unchanged, the committed pictures, and nothing that waits for a kernel.
    page.evaluate(f"(async () => {{ await {KERNEL}.info; await {KERNEL}.spec; }})()")
    page.wait_for_timeout(500)  # what it then notes in the notebook
    assert not page.evaluate("window.jupyterapp.shell.currentWidget.context.model.dirty")
    assert "model not found" not in page.content()
    assert not any(LIVE in output.get("data", {}) for output in outputs(page))

    ran = page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    shown = outputs(page)
    assert ran, json.dumps([output for output in shown if output["output_type"] == "error"])[:3000]
    assert not any(output["output_type"] == "error" or output.get("name") == "stderr" for output in shown)

    # Run: every figure with a slider is now live, and redraws in the kernel for values nobody stored.
    code = [cell.source for cell in read_cells(name) if cell.cell_type == "code"]
    calls = sum(source.count("figures.explore(") for source in code)
    assert sum(LIVE in output.get("data", {}) for output in shown) == calls
    if name == "you_are_the_teacher":
        be_the_teacher(page)
    else:
        assert calls >= 1
        move_a_live_slider(page)
    page.close()


def read_cells(name: str) -> list:
    import nbformat

    return nbformat.read(BOOK / f"{name}.ipynb", as_version=4).cells


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


def drawn(box: Locator) -> list[str]:
    """A live figure's picture, its alt text and the sentence under it, read at once: a redraw replaces all three."""
    return box.evaluate(
        "box => [box.querySelector('img').src, box.querySelector('img').alt, box.querySelector('p').innerText]"
    )


def move_a_live_slider(page: Page) -> None:
    index = page.evaluate(
        f"{CURRENT}.model.sharedModel.toJSON().cells.findIndex(cell => (cell.outputs || [])"
        f".some(output => output.data && output.data['{LIVE}']))"
    )
    page.evaluate(f"{CURRENT}.scrollToItem({index}, 'center')")
    box = page.locator(".jp-OutputArea .widget-vbox").first
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
