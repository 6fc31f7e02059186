"""The rendered book in a browser, for the tests that look at it: the site and its pages, a server of this machine, the
tabs of several readers, and what there is to see.
"""

import functools
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
import yaml
from axe_playwright_python.base import AXE_SCRIPT
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Locator, Page, sync_playwright
from sphinx_external_toc.parsing import parse_toc_yaml

import browser

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"
REPOSITORY = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]

SOURCES = {f"{name}.html": path for name in parse_toc_yaml(ROOT / "_toc.yml") for path in ROOT.glob(f"{name}.*")}
PAGES = [*SOURCES, "search.html"]
CHAPTERS = {page: path for page, path in SOURCES.items() if path.suffix == ".ipynb"}

LAPTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
WIDTHS = (1280, 390, 320)
AT_A_DESK: dict[str, Any] = {"viewport": LAPTOP, "reduced_motion": "reduce"}
READERS = {
    "laptop": AT_A_DESK, "sliders": AT_A_DESK, "quiz": AT_A_DESK,
    "phone": {"viewport": PHONE, "has_touch": True, "is_mobile": True, "device_scale_factor": 2},
    "no scripts": {"viewport": LAPTOP, "java_script_enabled": False},
}  # fmt: skip
PAPER = {"width": 688, "height": 1002}  # A4 without the margins of book.css
NEVER_LEAVE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
OPTIONS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
           "--disable-component-update", "--disable-sync", NEVER_LEAVE)  # fmt: skip
PATIENCE = 30_000  # ms
LOADED = "image => { image.loading = 'eager'; return image.decode().then(() => image.naturalWidth); }"
MISSING = f"""images => Promise.all(images.map(({LOADED})))
  .then((widths) => images.filter((_, i) => !widths[i]).map((image) => image.src))"""
UNSEEN = """all => all.filter((each) => {
  const { width, height } = each.getBoundingClientRect();
  return !each.checkVisibility({ visibilityProperty: true }) || width <= 1 || height <= 1;
}).map((each) => each.outerHTML.slice(0, 150))"""


def explorers_in(notebook: Path) -> int:
    """How many figures that answer a notebook's outputs hold."""
    cells = [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]
    shown = ["".join(output.get("data", {}).get("text/html", "")) for cell in cells for output in cell.outputs]
    return sum('class="at-explorer"' in html for html in shown)


EXPLORERS = {page: count for page, path in CHAPTERS.items() if (count := explorers_in(path))}

each_page = pytest.mark.parametrize("page", PAGES)
each_source = pytest.mark.parametrize("page", SOURCES)
each_chapter = pytest.mark.parametrize("page", CHAPTERS)
each_with_explorers = pytest.mark.parametrize("page", EXPLORERS)


# The theme measures 300 ms after a change what scrolls, and unfolds slowly.
SETTLED = """() => new Promise((done) => setTimeout(done, 350)).then(
  () => Promise.allSettled(document.getAnimations().map((moving) => moving.finished))).then(() => {})"""

NOTES = r"""() => {
  const text = (element) => element.textContent.trim();
  const shown = (element) => element.checkVisibility() && element.getBoundingClientRect().width > 0;
  const all = (selector) => [...document.querySelectorAll(selector)];
  const raw = [], words = document.createTreeWalker(document.querySelector(".bd-content"), NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const { parentElement: parent, data } = words.currentNode;
    if (!parent.closest("pre, code, script, style, mjx-container") && /\$|\\[([\])]|\\(begin|end)\b/.test(data))
      raw.push(data.trim());
  }
  return {
    typeset: all("mjx-container").length,
    failed: all("mjx-merror, [data-mjx-error], mjx-container [mathcolor='red']").map(text),
    raw,
    stops: all("mjx-container[tabindex], mjx-container [tabindex]").length,
    spoken: all("mjx-container > mjx-assistive-mml > math").length,
    blank: all('[class*=" fa-"]').filter((icon) => getComputedStyle(icon, "::before").maskImage === "none")
      .map((icon) => icon.className),
    tags: all("mjx-container:has(mjx-labels)").filter((equation) => shown(equation.querySelector("mjx-labels")))
      .flatMap((equation) => [...equation.querySelectorAll("mlabeledtr > mtd:first-child")].map(text)),
    counted: all(".eqno, .caption-number").filter(shown).map(text),
    ground: getComputedStyle(document.body).backgroundColor,
    theme: document.documentElement.dataset.theme,
  };
}"""

# Pictures wait for the reader: here is one.
LOAD_ALL = """() => Promise.all([...document.querySelectorAll(".bd-article img")].map((image) => {
  image.loading = "eager";
  return image.decode();
})).then(() => {})"""

# Whatever leaves the page on the right, is cut off, is bent, or moves sideways, but for code and tables on a screen;
# and formulas whose comma or full stop begins the next line.
SIDEWAYS = r"""async (paper) => {
  const root = document.documentElement, room = root.clientWidth, found = [];
  delete root.dataset.arriving; // what is far from the reader is arranged, too
  root.getBoundingClientRect();
  await document.fonts.ready; // in its own letters
  const note = (what, element) => found.push(`${what}: ${element.outerHTML.slice(0, 150)}`);
  if (root.scrollWidth > room) found.push(`the page itself: ${root.scrollWidth} px of ${room}`);
  for (const element of document.querySelectorAll(".bd-article *")) {
    if (!element.checkVisibility() || element.closest("mjx-assistive-mml, svg, script, style")) continue;
    const tables = ".pst-scrollable-table-container, .output:has(> table, > div > table)";
    const moves = !paper && element.closest(`pre, ${tables}`);
    if (moves && moves !== element) continue;
    const box = element.getBoundingClientRect(), math = element.closest(".math");
    if (element.naturalWidth) {
      const frame = 2 * parseFloat(getComputedStyle(element).padding); // in the dark, the theme has one
      const panels = element.closest(".panels")?.children.length ?? 1; // it shows one of these
      const whole = (box.width - frame) * panels;
      const shape = whole / (box.height - frame) / element.naturalWidth * element.naturalHeight;
      if (Math.abs(shape - 1) > 0.02) note("bent", element);
    }
    if (box.width && (box.right > room + 1 || box.left < -1)) note("outside", element);
    if (math && element.matches("mjx-math, mjx-labels")) {
      const frame = math.getBoundingClientRect();
      if (box.right > frame.right + 1.5 || box.left < frame.left - 1.5) note("cut off", math);
    }
    const cuts = getComputedStyle(element).overflowX !== "visible" && element.clientWidth;
    if (!moves && !math && cuts && element.scrollWidth > element.clientWidth + 1) note("moves", element);
    const after = element.matches("span.math") && (element.nextSibling ?? element.closest(".whole")?.nextSibling);
    if (after?.nodeType === Node.TEXT_NODE && /^[.,;:!?)\]’”]/.test(after.data)) {
      const mark = document.createRange();
      mark.setStart(after, 0);
      mark.setEnd(after, 1);
      if (mark.getBoundingClientRect().top > box.bottom) note("parted", element.closest("p, li, td") ?? element);
    }
  }
  return found;
}"""

# All of axe's rules but those for the highest level, deprecated ones, those that never say no, and one that reads
# style sheets anew: "all", only those about "colours", or all "others". Of a formula, what is heard: what is seen are
# boxes without text, in whose place one box stands meanwhile. Of texts that have their colour, size, weight, marks and
# the grounds below them in common, the longest is asked about its contrast (of one letter axe says nothing); of what
# has left its place, each.
AUDIT = r"""(which) => {
  const left_out = /^wcag2\d?aaa$|^deprecated$|^review-item$/, colours = ["color-contrast", "link-in-text-block"];
  const rules = Object.fromEntries(axe.getRules().map(({ ruleId, tags }) => [ruleId, { enabled: ruleId !==
    "css-orientation-lock" && !tags.some((tag) => left_out.test(tag)) && (which === "all" ||
    (which === "colours") === colours.includes(ruleId)) }]));

  const boxes = [...document.querySelectorAll("mjx-math")].map((seen) => {
    const { width, height } = seen.getBoundingClientRect(), box = document.createElement("span");
    box.style = `display: inline-block; width: ${width}px; height: ${height}px`;
    return { seen, box };
  });
  boxes.forEach(({ seen, box }) => seen.replaceWith(box));

  const grounds = new Map([[document.documentElement, ""]]), longest = new Map(), texts = [];
  for (const element of document.querySelectorAll("body, body *:not(mjx-container *)")) {
    const style = getComputedStyle(element), under = grounds.get(element.parentElement);
    const at = [style.backgroundColor, style.backgroundImage, style.opacity, style.filter, style.mixBlendMode].join();
    const moved = !["static", "relative"].includes(style.position) && `moved ${grounds.size}`;
    const ground = at === "rgba(0, 0, 0, 0),none,1,none,normal" && !moved ? under : [under, at, moved].join("; ");
    grounds.set(element, ground);
    const marks = ["::before", "::after"].map((part) => getComputedStyle(element, part))
      .map(({ content, backgroundColor, backgroundImage }) => content === "none" || backgroundColor + backgroundImage);
    const { color, fontSize, fontWeight, textShadow } = style;
    const disabled = element.closest(":disabled, [aria-disabled]") !== null;
    const kind = [ground, color, fontSize, fontWeight, textShadow, disabled, ...marks].join("; ");
    const own = [...element.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE);
    const { length } = own.map((child) => child.data.trim()).join("");
    if (!length || !element.checkVisibility({ visibilityProperty: true })) continue;
    texts.push({ element, kind });
    if (length > (longest.get(kind)?.length ?? 0)) longest.set(kind, { element, length });
  }
  const alike = texts.filter(({ element, kind }) => longest.get(kind).element !== element);
  alike.forEach(({ element }) => element.dataset.alike = "");
  axe.configure({ rules: [{ id: "color-contrast", selector: "*:not([data-alike], mjx-container *)" }] });

  return axe.run({ rules, preload: false, resultTypes: ["violations"] }).finally(() => {
    boxes.forEach(({ seen, box }) => box.replaceWith(seen));
    alike.forEach(({ element }) => delete element.dataset.alike);
  }).then(({ violations }) => violations.flatMap(
    ({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 150)} ${node.failureSummary}`)));
}"""


def complaints_of(tab: Page, home: str) -> list[str]:
    """A list that fills with all that a page complains of, and with what it asks of anybody but its home."""
    heard: list[str] = []

    def request(url: str) -> None:
        if not url.startswith((home, "data:", "blob:")):
            heard.append(f"asked for {url}")

    def failed(url: str, why: str) -> None:
        # A page that is left lets go of its icon, which it asks for last; of one that is missing this is not said.
        if not (url.endswith("/favicon.svg") and why == "net::ERR_ABORTED"):
            heard.append(f"failed: {url} {why}")

    def console(kind: str, text: str, url: str) -> None:
        if kind in ("error", "warning"):
            heard.append(f"{kind}: {text} {url}")

    tab.on("console", lambda said: console(said.type, said.text, said.location["url"]))
    tab.on("pageerror", lambda error: heard.append(f"raised {error}"))
    tab.on("request", lambda asked: request(asked.url))
    tab.on("requestfailed", lambda asked: failed(asked.url, str(asked.failure)))
    tab.on("response", lambda got: got.status >= 400 and heard.append(f"{got.status} {got.url}"))
    return heard


def audit(tab: Page) -> list[str]:
    """All that axe finds on a page, when what moves has arrived."""
    tab.evaluate(AXE_SCRIPT)
    tab.evaluate(SETTLED)
    return tab.evaluate(AUDIT, "all")


# The site, the server, the browser


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        pass  # a page that was left does not fetch the rest


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of this machine; the value is its address, with a slash."""
    with Server(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def site() -> Path:
    """The book, built from the sources and the outputs as they are."""
    build = [sys.executable, "tools/build.py", "--stored"]
    built = subprocess.run(build, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if built.returncode != 0:
        pytest.fail(f"The book could not be built.\n{built.stdout}", pytrace=False)
    return SITE


@pytest.fixture(scope="module")
def home(site) -> Iterator[str]:
    with serving(site) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = browser.find()
    if path is None:
        needed = (
            "These tests need a browser. `make test` installs one by tools/browser.py; CHROMIUM=/path/to/it names one."
        )
        pytest.fail(needed, pytrace=False)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(OPTIONS))
        yield running
        running.close()


@pytest.fixture(scope="module")
def opened(chromium) -> Callable[[str], Page]:
    """The tab of a reader, kept from test to test: a new one starts a process, which takes longer than most pages."""

    @functools.cache
    def first(reader: str) -> Page:
        context = chromium.new_context(**READERS[reader])
        context.set_default_timeout(PATIENCE)
        return context.new_page()

    def again(reader: str) -> Page:
        tab = first(reader)
        tab.goto("about:blank")  # what the last page still waits for is none of the next one's failures
        tab.mouse.move(0, 0)
        tab.emulate_media(media="null", color_scheme="light")
        tab.set_viewport_size(READERS[reader]["viewport"])
        tab.bring_to_front()  # what nobody sees moves slowly
        return tab

    return again


@pytest.fixture
def tab(opened) -> Page:
    return opened("laptop")


@pytest.fixture
def phone(opened) -> Page:
    return opened("phone")


@pytest.fixture
def plain(opened) -> Page:
    """A tab without scripts."""
    return opened("no scripts")


@functools.cache
def soup(page: str) -> BeautifulSoup:
    """A page as it was written, before any script."""
    return BeautifulSoup((SITE / page).read_text(encoding="utf-8"), "html.parser")


STATE = f"""figure => {{
  const images = [...figure.querySelectorAll("img")], inputs = [...figure.querySelectorAll("input")];
  const state = {{
    pictures: [...new Set(images.map((image) => image.getAttribute("src")))],
    alt: images.map((image) => image.alt).join(""), text: figure.querySelector("figcaption").innerText,
    values: inputs.map((input) => input.valueAsNumber),
    said: inputs.map((input) => input.getAttribute("aria-valuetext")),
    shown: [...figure.querySelectorAll("output")].map((output) => output.innerText),
  }};
  return ({MISSING})(images).then((missing) => ({{ ...state, missing }}));
}}"""


@dataclass
class Explorer:
    """One figure with sliders, and what its page stores for it."""

    figure: Locator
    texts: list[str]
    shown: list[list[str]]
    pictures: list[str]

    @property
    def sizes(self) -> list[int]:
        """How many values each slider has."""
        return [len(shown) for shown in self.shown]

    @property
    def sliders(self) -> list[Locator]:
        return [self.figure.locator("input[type=range]").nth(slider) for slider in range(len(self.sizes))]

    def state(self) -> dict[str, Any]:
        """What a reader sees and hears now; the picture by its place among the stored ones."""
        state: dict[str, Any] = self.figure.evaluate(STATE)
        (picture,) = state.pop("pictures")  # all panels are of one
        return state | {"picture": self.pictures.index(picture)}

    def check(self, values: list[int]) -> None:
        """Assert that the sliders stand there, that all they command agrees, and that the picture can be seen."""
        frame = int(np.ravel_multi_index(values, self.sizes))
        picture = self.pictures.index(self.pictures[frame])  # values that look alike share one
        shown = [self.shown[slider][value] for slider, value in enumerate(values)]
        text = self.texts[frame]
        assert self.state() == {
            "picture": picture, "alt": text, "text": text, "values": values, "said": shown, "shown": shown,
            "missing": [],
        }  # fmt: skip

    def press(self, slider: int, key: str) -> None:
        self.sliders[slider].press(key)

    def at(self, slider: int, share: float) -> tuple[float, float]:
        """A point on a slider's track, in view."""
        self.sliders[slider].scroll_into_view_if_needed()
        box = self.sliders[slider].bounding_box()
        return box["x"] + share * box["width"], box["y"] + box["height"] / 2


def explorers_on(tab: Page) -> list[Explorer]:
    found = []
    for figure in tab.locator(".at-explorer").all():
        stored = json.loads(figure.locator("script[type='application/json']").text_content())
        still = figure.locator("img").first.get_attribute("src")
        pictures = [picture or still for picture in stored["frames"]]
        found.append(Explorer(figure, stored["texts"], stored["shown"], pictures))
    return found
