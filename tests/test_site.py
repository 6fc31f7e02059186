"""The rendered book in a real Chromium, as a reader meets it: on a laptop, on a phone, in the dark, on paper, offline.

Each page is opened once, and all that can be seen there is noted; the tests assert from the notes.
"""

import functools
import gzip
import io
import json
import math
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise, product
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urlsplit
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
import yaml
from axe_playwright_python.base import AXE_SCRIPT
from bs4 import BeautifulSoup, Tag
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright
from pybtex.database import parse_file
from sphinx_external_toc.parsing import parse_toc_yaml

import browser
from active_teacher import robustness
from active_teacher.figures.explorer import player
from active_teacher.quiz import Doubtful, Recorded
from active_teacher.quiz.students import students
from addresses import published
from citations import address

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
SMALLEST_TARGET = 44  # px
MOST_BYTES = 400_000  # of one figure that answers, all its pictures included
MOST_BYTES_AT_FIRST = 100_000  # of a page and its style sheet, compressed: what a reader waits for
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


def prose(source: Path) -> str:
    """What a page's source says outside of its code."""
    if source.suffix != ".ipynb":
        return source.read_text(encoding="utf-8")
    cells = nbformat.read(source, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


EXPLORERS = {page: count for page, path in CHAPTERS.items() if (count := explorers_in(path))}

each_page = pytest.mark.parametrize("page", PAGES)
each_source = pytest.mark.parametrize("page", SOURCES)
each_chapter = pytest.mark.parametrize("page", CHAPTERS)
each_with_explorers = pytest.mark.parametrize("page", EXPLORERS)


# What is looked at, in the browser

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
SIDEWAYS = r"""(paper) => {
  const root = document.documentElement, room = root.clientWidth, found = [];
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

# Where the panels of each picture stand.
PANELS = """() => [...document.querySelectorAll(".bd-article .panels")].map((picture) => [...picture.children]
  .map((panel) => panel.getBoundingClientRect()).map(({ left, right, top, bottom }) => ({ left, right, top, bottom })))
"""

# A picture that is seen through must stand on something light.
UNSEEN_IN_THE_DARK = """() => [...document.querySelectorAll(".bd-article img")].filter((image) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 64 });
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0, 64, 64);
  const pixels = pen.getImageData(0, 0, 64, 64).data;
  const opaque = pixels.every((value, i) => i % 4 < 3 || value === 255);
  const ground = getComputedStyle(image).backgroundColor.match(/[\\d.]+/g).map(Number);
  const light = (ground[3] ?? 1) === 1 && Math.min(...ground.slice(0, 3)) > 200;
  return !image.naturalWidth || !(opaque || light);
}).map((image) => image.alt)"""

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


@dataclass
class Notes:
    """What was seen on one page."""

    complaints: list[str]
    light: dict[str, Any]
    dark: dict[str, Any]
    unseen_in_the_dark: list[str]
    sideways: dict[int, list[str]]  # by width
    panels: dict[int, list[list[dict[str, float]]]]  # by width, picture and panel: where it is
    barriers: dict[str, list[str]]  # what axe found, by circumstance


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


def look(tab: Page, home: str, page: str) -> Notes:
    """Open a page and note what there is to see, from a wide light screen to a narrow one."""
    heard = complaints_of(tab, home)
    tab.goto(home + page, wait_until="networkidle")
    tab.evaluate("document.querySelectorAll('details').forEach((folded) => folded.open = true)")
    tab.evaluate(LOAD_ALL)
    barriers = {"light": audit(tab)}
    light = tab.evaluate(NOTES)
    tab.emulate_media(color_scheme="dark")
    tab.evaluate(SETTLED)
    dark = tab.evaluate(NOTES)
    unseen = tab.evaluate(UNSEEN_IN_THE_DARK)
    barriers["dark"] = tab.evaluate(AUDIT, "colours")
    sideways, panels = {}, {}
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 900})
        sideways[width] = tab.evaluate(SIDEWAYS, False)
        panels[width] = tab.evaluate(PANELS)
    tab.evaluate(SETTLED)
    barriers["on a phone"] = tab.evaluate(AUDIT, "others")
    return Notes([*heard], light, dark, unseen, sideways, panels, barriers)


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


@pytest.fixture(scope="module")
def notes(opened, home) -> Callable[[str], Notes]:
    return functools.cache(lambda page: look(opened("laptop"), home, page))


@functools.cache
def soup(page: str) -> BeautifulSoup:
    """A page as it was written, before any script."""
    return BeautifulSoup((SITE / page).read_text(encoding="utf-8"), "html.parser")


# Every page


def test_every_page_is_looked_at(site):
    written = {path.relative_to(site).as_posix() for path in site.rglob("*.html") if "_static" not in path.parts}
    assert written == {*PAGES, "index.html"}


def test_the_front_door_leads_to_the_introduction(tab, home):
    heard = complaints_of(tab, home)
    tab.goto(home)
    tab.wait_for_url(f"{home}book/intro.html", wait_until="networkidle")
    assert [line for line in heard if "favicon.ico" not in line] == []  # which browsers ask for where no page names one


@each_page
def test_a_page_loads_without_complaint_and_asks_nobody_else(notes, page):
    assert notes(page).complaints == []


@each_page
def test_all_math_is_typeset(notes, page):
    seen = notes(page).light
    assert seen["failed"] == []
    assert seen["raw"] == []
    assert seen["typeset"] == len(soup(page).select(".math > mjx-container"))


@each_page
def test_all_math_is_typeset_before_any_script_and_can_be_heard(notes, page):
    written = soup(page)
    assert len(written.select(".math > mjx-container")) == len(written.select(".math"))
    assert notes(page).light["spoken"] == notes(page).light["typeset"]
    assert not written.find("script", src=re.compile("mathjax", re.IGNORECASE))


def test_chapters_have_math():
    assert all(soup(page).select(".math") for page in CHAPTERS)


@each_page
def test_equations_and_figures_have_the_papers_numbers_and_no_others(notes, page):
    written = re.findall(r"\\tag\{(.+?)\}", prose(SOURCES[page])) if page in SOURCES else []
    assert notes(page).light["tags"] == [f"({tag})" for tag in written]
    assert notes(page).light["counted"] == []


@each_page
def test_formulas_are_no_stops_on_the_way_to_a_slider(notes, page):
    assert notes(page).light["stops"] == 0


@pytest.mark.parametrize("width", WIDTHS)
@each_page
def test_nothing_leaves_the_page_sideways(notes, page, width):
    assert notes(page).sideways[width] == []


@pytest.mark.parametrize("where", ["light", "dark", "on a phone"])
@each_page
def test_nothing_bars_the_way(notes, page, where):
    assert notes(page).barriers[where] == []


@each_page
def test_a_page_goes_dark(notes, page):
    light, dark = (
        [int(part) for part in re.findall(r"\d+", seen["ground"])[:3]] for seen in (notes(page).light, notes(page).dark)
    )
    assert [notes(page).light["theme"], notes(page).dark["theme"]] == ["light", "dark"]
    assert min(light) > 230
    assert max(dark) < 40


@each_page
def test_pictures_are_seen_in_the_dark(notes, page):
    assert notes(page).unseen_in_the_dark == []


@each_page
def test_links_lead_somewhere(site, page):
    for element in soup(page).select("[href], [src]"):
        url = element.get("href") or element.get("src")
        if urlsplit(url).scheme or url == "#":
            continue
        path, fragment = urldefrag(url)
        target = (site / page).parent / unquote(urlsplit(path).path) if path else site / page
        assert target.is_file(), url
        if fragment:
            assert unquote(fragment) in places_in(target.resolve().relative_to(site.resolve()).as_posix()), url


@functools.cache
def places_in(page: str) -> set[str]:
    """What a link can point at."""
    return {element["id"] for element in soup(page).select("[id]")}


@each_page
def test_a_page_has_one_title_a_language_and_an_icon(site, page):
    assert len(soup(page).select("h1")) == 1
    assert soup(page).html["lang"] == "en"
    assert soup(page).title.text.strip()
    assert soup(page).select("link[rel=icon]")


@each_page
def test_a_page_describes_itself(site, page):
    (description,) = soup(page).select("head > meta[name=description]")
    assert 20 < len(description["content"]) <= 200


def test_pages_describe_themselves_differently(site):
    described = Counter(soup(page).select_one("meta[name=description]")["content"] for page in PAGES)
    assert max(described.values()) == 1


@each_page
def test_a_page_has_one_address(site, page):
    (canonical,) = soup(page).select("head > link[rel=canonical]")
    assert canonical["href"] == published(REPOSITORY["url"]) + page


@each_page
def test_a_page_that_is_shared_shows_what_it_is(site, page):
    shared = {tag["property"]: tag["content"] for tag in soup(page).select('head > meta[property^="og:"]')}
    home = published(REPOSITORY["url"])
    heading = soup(page).h1.get_text().strip().removesuffix("#")
    assert re.fullmatch(rf"(\d+\. )?{re.escape(shared['og:title'])}", heading.strip())
    assert shared["og:description"] == soup(page).select_one("meta[name=description]")["content"]
    assert shared["og:url"] == home + page
    assert shared["og:image:alt"]
    picture = site / shared["og:image"].removeprefix(home)
    assert picture.stat().st_size < 300_000  # some who show previews leave out larger ones
    with Image.open(picture) as shown:
        assert shown.size == (int(shared["og:image:width"]), int(shared["og:image:height"])) == (1200, 630)


def test_the_sitemap_lists_every_page(site):
    listed = [place.text for place in ElementTree.parse(site / "sitemap.xml").iter() if place.tag.endswith("}loc")]
    assert sorted(listed) == sorted(published(REPOSITORY["url"]) + page for page in SOURCES)


@each_page
def test_nothing_is_waited_for_but_one_style_sheet(site, page):
    written = soup(page)
    assert [str(script) for script in written.select("script[src]:not([defer])")] == []
    assert [link["href"] for link in written.select("link[rel=stylesheet]")] == [
        Path(os.path.relpath(site / "_static/all.css", (site / page).parent)).as_posix()
    ]
    sent = [gzip.compress(path.read_bytes()) for path in (site / page, site / "_static/all.css")]
    assert sum(map(len, sent)) < MOST_BYTES_AT_FIRST


@each_page
def test_every_icon_is_drawn(notes, page):
    assert notes(page).light["blank"] == []


@each_page
def test_pictures_have_their_size_and_wait_for_the_reader(site, page):
    for image in soup(page).select(".bd-article img"):
        assert image["loading"] == "lazy", image
        width, height = len(panels_with(image)) * int(image["width"]), int(image["height"])
        with Image.open((site / page).parent / image["src"]) as picture:
            assert width / height == pytest.approx(picture.width / picture.height, rel=0.01)


@each_page
def test_pictures_are_told_in_words_and_once(site, page):
    for image in soup(page).select("img"):
        told = image is panels_with(image)[0]
        assert bool(image["alt"].strip()) == told, image


def panels_with(image: Tag) -> list[Tag]:
    """The images that show a picture, this one among them: one for each panel."""
    together = image.parent.find_all("img") if "panels" in image.parent.get("class", []) else [image]
    assert {each["src"] for each in together} == {image["src"]}
    return together


@pytest.mark.parametrize("kind", [".cell_output :not(.at-explorer) > .panels", ".at-explorer > .panels"])
def test_there_are_pictures_of_several_panels_of_each_kind(site, kind):
    assert any(soup(page).select(kind) for page in CHAPTERS)


@each_chapter
def test_panels_are_side_by_side_on_a_wide_page_and_stacked_on_a_narrow_one(notes, page):
    seen = notes(page).panels
    assert len(seen[390]) == len(seen[320]) == len(seen[1280]) == len(soup(page).select(".panels"))
    for picture in seen[1280]:
        for panel, following in pairwise(picture):
            assert following["left"] == pytest.approx(panel["right"], abs=0.1)
            assert (following["top"], following["bottom"]) == (panel["top"], panel["bottom"])
    for picture in seen[390] + seen[320]:
        for panel, following in pairwise(picture):
            assert following["top"] == pytest.approx(panel["bottom"], abs=0.1)
            assert (following["left"], following["right"]) == (panel["left"], panel["right"])


def test_panels_side_by_side_look_like_their_picture(tab, home, site):
    page = next(page for page in CHAPTERS if soup(page).select(".panels"))
    tab.goto(home + page, wait_until="networkidle")
    picture = tab.locator(".bd-article .panels").first
    picture.scroll_into_view_if_needed()
    tab.evaluate(LOAD_ALL)
    apart = shot(picture)
    panels = picture.locator("img").count()
    picture.evaluate("""picture => {
        const whole = picture.firstChild.cloneNode(), { width, height } = picture.getBoundingClientRect();
        whole.style = `grid-column: 1 / -1; width: ${width}px; height: ${height}px`;
        picture.replaceChildren(whole);
        return whole.decode();
    }""")
    whole = shot(picture)
    assert apart.shape == whole.shape
    for panel, same in zip(np.array_split(apart, panels, axis=1), np.array_split(whole, panels, axis=1), strict=True):
        for pixels, axis in product((-3, 3), (0, 1)):  # a browser scales each for itself, which moves it by less
            assert np.abs(panel - same).mean() < np.abs(np.roll(panel, pixels, axis) - same).mean()


def shot(element: Locator) -> np.ndarray:
    """What an element looks like, in grey."""
    return np.asarray(Image.open(io.BytesIO(element.screenshot())).convert("L"), dtype=float)


@each_page
def test_tables_of_cells_scroll_by_the_keyboard_and_bring_no_style(site, page):
    for table in soup(page).select("table.dataframe"):
        assert table.attrs == {"class": ["dataframe"]}
        assert table.select("[style]") == []
        assert all(header.text.strip() for header in table.select("th"))
        assert table.parent["class"] == ["pst-scrollable-table-container"]
        assert table.parent["tabindex"] == "0"
    assert soup(page).select(".cell_output style:not(.at-explorer *, .at-quiz *, .at-ledger *)") == []


@each_source
def test_tables_are_tables(site, page):
    """Those in the prose and those that cells print."""
    said = ["".join(p.find_all(string=True, recursive=False)) for p in soup(page).find_all("p")]  # but for formulas
    assert [text for text in said if text.lstrip().startswith("|")] == []


@each_source
def test_numbered_statements_can_be_pointed_at(site, page):
    text = SOURCES[page].read_text(encoding="utf-8")
    named = re.findall(r'> <a id=\\?"([\w-]+)\\?"></a>\*\*(?!Remark)', text)
    boxes = soup(page).select(".admonition:is(.definition, .theorem)")
    assert [box.get("id") for box in boxes] == named
    assert all(box.select_one(".admonition-title").text.strip() for box in boxes)


@pytest.mark.parametrize("page", [page for page in SOURCES if page != "book/references.html"])
def test_citations_stay_in_the_book(site, page):
    works = {address(entry) for entry in parse_file(ROOT / "book/references.bib").entries.values()}
    assert works.isdisjoint(link["href"] for link in soup(page).select(".bd-article a[href]"))


@each_chapter
def test_a_chapter_opens_in_binder_and_colab(site, page):
    project = urlsplit(REPOSITORY["url"]).path.strip("/")
    source, branch = CHAPTERS[page].relative_to(ROOT).as_posix(), REPOSITORY["branch"]
    links = Counter(unquote(link["href"]) for link in soup(page).select("a[href]"))
    assert links[f"https://colab.research.google.com/github/{project}/blob/{branch}/{source}"] == 1
    assert links[f"https://mybinder.org/v2/gh/{project}/{branch}?urlpath=lab/tree/{source}"] == 1


LANDED = """id => {
  const { top } = document.getElementById(id).getBoundingClientRect();
  return 0 <= top && top < innerHeight / 4;
}"""


def lands(tab: Page, place: str) -> bool:
    """Whether a page that was led to a place comes there, however busy the machine, and stays."""
    tab.wait_for_function(LANDED, arg=place)
    tab.evaluate(SETTLED)
    return bool(tab.evaluate(LANDED, place))


@each_chapter
def test_links_within_a_page_land_where_they_lead(tab, home, page):
    last = [link["href"].removeprefix("#") for link in soup(page).select(".bd-toc-nav > ul a")][-3]
    tab.goto(f"{home}{page}#{last}", wait_until="networkidle")
    assert lands(tab, last)
    tab.goto(home + page, wait_until="networkidle")
    tab.locator(f'.bd-toc-nav a[href="#{last}"]').click()
    assert lands(tab, last)


@each_source
def test_a_page_works_from_the_disk(tab, site, page):
    heard = complaints_of(tab, site.as_uri())
    tab.goto((site / page).as_uri(), wait_until="networkidle")
    seen = tab.evaluate(NOTES)
    assert heard == []
    assert seen["failed"] == []
    for explorer in explorers_on(tab):
        explorer.press(0, "End")
        explorer.press(0, "ArrowLeft")
        explorer.check([explorer.sizes[0] - 2, *explorer.state()["values"][1:]])


@each_source
def test_a_page_can_be_read_without_scripts(plain, site, page):
    heard = complaints_of(plain, site.as_uri())
    plain.goto((site / page).as_uri(), wait_until="networkidle")
    assert plain.locator("h1").is_visible()
    shown = plain.locator(".bd-article :is(.math mjx-math, img):not(details:not([open]) *)")
    assert shown.evaluate_all(UNSEEN) == []
    assert shown.and_(plain.locator("img")).evaluate_all(MISSING) == []
    assert heard == []


# The ledger


LEDGER = "book/12_claims.html"


def test_the_ledger_is_filtered_by_verdict_part_and_words(tab, home):
    tab.goto(home + LEDGER, wait_until="networkidle")
    ledger = tab.locator('[data-ledger="claims"]')
    rows, all_rows = ledger.locator("tbody tr:visible"), ledger.locator("tbody tr").count()
    assert rows.count() == all_rows
    ledger.get_by_label("Verdict").select_option("holds with a correction")
    corrected = rows.count()
    assert 0 < corrected < all_rows
    assert set(rows.locator("strong").all_inner_texts()) == {"holds with a correction"}
    ledger.get_by_label("Part of the paper").select_option("A")
    assert 0 < rows.count() < corrected
    ledger.get_by_label("Words").fill("25 × 25")
    assert rows.count() == 1
    assert ledger.locator("output").inner_text() == f"1 of {all_rows}"


def test_a_link_to_a_row_shows_it_though_it_was_filtered_out(tab, home):
    tab.goto(home + LEDGER, wait_until="networkidle")
    tab.locator('[data-ledger="claims"]').get_by_label("Verdict").select_option("does not hold")
    assert not tab.locator("#claim-sizes").is_visible()
    tab.evaluate("location.hash = '#claim-sizes'")
    tab.locator("#claim-sizes").wait_for(state="visible")


def test_each_cell_that_shows_a_claim_leads_back_to_it(site):
    there = {
        (Path(cell["href"].partition("#")[0]).name, cell["href"].partition("#")[2], row["id"])
        for row in soup(LEDGER).select('tr[id^="claim-"]')
        for cell in row.select("a")
        if "12_claims" not in cell["href"]
    }
    back = {
        (Path(page).name, note.find_parent(id=re.compile("^code-"))["id"], link["href"].partition("#")[2])
        for page in PAGES
        for note in soup(page).select(".in-ledger")
        for link in note.select("a")
    }
    assert there == back
    assert len(back) > 80


# Around the pages


def test_a_reader_who_likes_the_dark_gets_it_at_once(chromium, home):
    with chromium.new_context(color_scheme="dark") as context:
        tab = context.new_page()
        tab.goto(home + "book/intro.html")
        assert tab.evaluate(NOTES)["theme"] == "dark"


def test_search_finds_a_word(tab, home):
    tab.goto(f"{home}search.html?q=gibbon")
    tab.wait_for_selector("#search-results li a")
    found = {urldefrag(link.get_attribute("href"))[0] for link in tab.locator("#search-results li a").all()}
    assert any(urlsplit(url).path.endswith("book/intro.html") for url in found), found


def test_search_opens_by_the_keyboard(tab, home):
    tab.goto(home + "book/intro.html", wait_until="networkidle")
    tab.keyboard.press("Control+k")
    field = tab.locator(".search-button__search-container input")
    assert field.is_visible()
    assert field.evaluate("field => field === document.activeElement")
    tab.keyboard.type("gibbon")
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"{home}search.html?q=gibbon")
    tab.wait_for_selector("#search-results li a")


def test_menus_and_the_search_field_bar_no_way(tab, home):
    tab.goto(home + next(iter(CHAPTERS)), wait_until="networkidle")
    for button in tab.locator(".article-header-buttons .dropdown > button").all():
        button.click()
        assert tab.locator(".dropdown-menu.show a").first.is_visible()
        assert audit(tab) == []
        tab.keyboard.press("Escape")
    tab.keyboard.press("Control+k")
    assert audit(tab) == []


def test_a_phone_shows_the_contents_and_they_bar_no_way(phone, home):
    phone.goto(home + next(iter(CHAPTERS)), wait_until="networkidle")
    contents = phone.locator(".bd-sidebar-primary nav a").first
    assert not contents.is_visible()
    phone.locator(".primary-toggle").tap()
    contents.wait_for(state="visible")
    assert audit(phone) == []


# On paper


@each_chapter
def test_paper_cuts_nothing_off(tab, home, page):
    tab.goto(home + page, wait_until="networkidle")
    tab.emulate_media(media="print")
    tab.set_viewport_size(PAPER)
    assert tab.evaluate(SIDEWAYS, True) == []
    assert tab.locator("h1").is_visible()
    for screen_only in (".bd-sidebar-primary", ".bd-header-article", ".at-explorer input"):
        assert not any(element.is_visible() for element in tab.locator(screen_only).all()), screen_only

    told = tab.locator(
        ".bd-article :is(img, .at-explorer figcaption):not(details:not([open]) *)"
    )  # solutions stay folded
    assert told.evaluate_all(UNSEEN) == []

    pictures = tab.locator(".bd-article img").evaluate_all("images => images.map((image) => image.src)")
    least = math.ceil(tab.locator(".bd-article").bounding_box()["height"] / PAPER["height"])
    pdf = tab.pdf(format="A4", prefer_css_page_size=True)
    assert least <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 1.5 * least + 2
    assert len(re.findall(rb"/Subtype\s*/Image\b", pdf)) >= len(set(pictures))


def test_paper_is_white_even_if_the_screen_is_dark(chromium, home):
    with chromium.new_context(color_scheme="dark") as context:
        tab = context.new_page()
        tab.goto(home + "book/intro.html", wait_until="networkidle")
        tab.evaluate("addEventListener('beforeprint', () => window.printed = document.documentElement.dataset.theme)")
        tab.pdf()
        assert tab.evaluate("[window.printed, document.documentElement.dataset.theme]") == ["light", "dark"]


# Figures that answer


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


def walk(explorer: Explorer) -> None:
    """Go through all values by the keyboard, checking each."""
    before = [None] * len(explorer.sizes)
    for values in product(*map(range, explorer.sizes)):
        for slider, (old, new) in enumerate(zip(before, values, strict=True)):
            if old != new:
                explorer.press(slider, "ArrowRight" if new else "Home")
        explorer.check(list(values))
        before = values


@pytest.fixture(scope="module")
def answering(request, opened, home) -> list[Explorer]:
    """The figures of a page that answer, in a tab that the tests of this page share."""
    tab = opened("sliders")
    tab.goto(home + request.param)
    return explorers_on(tab)


each_answering = pytest.mark.parametrize("answering", EXPLORERS, indirect=True)


def test_chapters_have_figures_that_answer():
    assert len(EXPLORERS) > 2
    assert "book/intro.html" in EXPLORERS


@each_answering
def test_sliders_move_by_the_keyboard_through_all_their_pictures(answering, home):
    tab = answering[0].figure.page
    assert len(answering) == EXPLORERS[tab.url.removeprefix(home)]
    heard = complaints_of(tab, home)
    for explorer in answering:
        start = explorer.state()["values"]
        explorer.check(start)
        walk(explorer)
        assert len(set(explorer.pictures)) > 1
        assert max(Counter(explorer.texts).values()) == 1  # all different, in words at least
        end = [size - 1 for size in explorer.sizes]
        explorer.press(0, "ArrowRight")  # no further
        explorer.check(end)
        explorer.press(0, "Home")
        explorer.check([0, *end[1:]])
        explorer.press(0, "End")
        explorer.check(end)
    assert heard == []


@each_answering
def test_sliders_move_by_the_mouse(answering):
    for explorer in answering:
        mouse = explorer.figure.page.mouse
        others, last = explorer.state()["values"][1:], explorer.sizes[0] - 1
        for share in (0.9, 0.2):
            mouse.click(*explorer.at(0, share))
            value = explorer.state()["values"][0]
            assert abs(value - share * last) <= 1
            explorer.check([value, *others])
        mouse.down()
        mouse.move(*explorer.at(0, 0.5), steps=5)
        explorer.check([explorer.state()["values"][0], *others])
        mouse.move(*explorer.at(0, 1), steps=5)
        mouse.up()
        explorer.check([last, *others])


@each_with_explorers
def test_sliders_move_by_touch(phone, home, page):
    phone.goto(home + page)
    for explorer in explorers_on(phone):
        others, last = explorer.state()["values"][1:], explorer.sizes[0] - 1
        for share in (0.9, 0.2):
            phone.touchscreen.tap(*explorer.at(0, share))
            value = explorer.state()["values"][0]
            assert abs(value - share * last) <= 1
            explorer.check([value, *others])


@each_answering
def test_sliders_have_names_and_are_easy_to_hit_and_to_find(answering):
    for explorer in answering:
        for slider in explorer.sliders:
            label = slider.evaluate("slider => slider.closest('label').firstChild.textContent")
            assert label.strip()
            assert slider.locator("xpath=..").is_visible()
            assert explorer.figure.get_by_role("slider", name=label, exact=True).count() == 1
            assert slider.bounding_box()["height"] >= SMALLEST_TARGET
            outline = (
                "slider => [getComputedStyle(slider).outlineStyle, parseFloat(getComputedStyle(slider).outlineWidth)]"
            )
            slider.blur()
            assert slider.evaluate(outline)[0] == "none"
            slider.press("ArrowRight")
            style, width = slider.evaluate(outline)
            assert style == "solid"
            assert width >= 2


@each_answering
def test_figures_do_not_move_by_themselves(answering):
    for explorer in answering:
        explorer.press(0, "ArrowLeft")
        moving = """figure => [figure, ...figure.querySelectorAll("*")].filter((element) => {
            const { animationName, transitionDuration } = getComputedStyle(element);
            return animationName !== "none" || transitionDuration !== "0s" || element.getAnimations().length;
        }).map((element) => element.outerHTML.slice(0, 100))"""
        assert explorer.figure.evaluate(moving) == []


@each_with_explorers
def test_figures_are_still_pictures_without_scripts(plain, home, page):
    plain.set_viewport_size(PHONE)
    plain.goto(home + page)
    figures = plain.locator(".at-explorer").all()
    assert len(figures) == EXPLORERS[page]
    for figure in figures:
        images = figure.locator("img")
        assert images.evaluate_all(MISSING) == []
        assert images.evaluate_all(UNSEEN) == []
        told = images.evaluate_all("images => images.map((image) => image.alt).join('')")
        assert told == figure.locator("figcaption").inner_text()
        assert not figure.locator("input").first.is_visible()


@each_with_explorers
def test_figures_are_small_enough_for_a_phone(site, page):
    figures = soup(page).select("figure.at-explorer")
    assert len(figures) == EXPLORERS[page]
    for figure in figures:
        stored = json.loads(figure.select_one("script[type='application/json']").string)["frames"]
        frames = [(site / page).parent / frame for frame in (*stored, figure.img["src"]) if frame]
        assert len(str(figure).encode()) + sum(frame.stat().st_size for frame in frames) < MOST_BYTES


@each_with_explorers
def test_frames_come_when_a_slider_is_near_and_not_before(tab, home, page):
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(urlsplit(request.url).path))
    tab.goto(home + page, wait_until="networkidle")
    explorer = explorers_on(tab)[0]
    explorer.sliders[0].scroll_into_view_if_needed()
    image = explorer.figure.locator("img").first
    image.evaluate(LOADED)
    names = {Path(frame).name for frame in explorer.pictures} - {Path(image.get_attribute("src")).name}
    assert len(names) > 0
    assert names.isdisjoint(Path(path).name for path in asked)
    explorer.sliders[0].hover()
    tab.wait_for_load_state("networkidle")
    assert names <= {Path(path).name for path in asked}


@each_with_explorers
def test_all_figures_of_a_page_share_one_script(site, page):
    assert len(soup(page).select(".at-explorer > script[src]")) == 1
    assert soup(page).select(".at-explorer > script:not([src], [type])") == []
    assert "data:image" not in (site / page).read_text(encoding="utf-8")


def test_a_figure_with_two_sliders_answers_to_both(tab, tmp_path):
    def draw(width, height):
        figure, axes = plt.subplots(figsize=(4, 3))
        axes.bar([0], [height], width=width)
        axes.set(xlim=(-1, 1), ylim=(0, 5))
        plt.close(figure)
        figure.alt = f'A bar {width:g} wide and {height} high: 3 > 2 & "so on".'
        return figure

    figure = player(
        draw, width=[0.5, 1.0, 1.5], height=[1, 2, 3, 4], start={"width": 1.0, "height": 3},
        label={"height": "how <high>"},
    )  # fmt: skip
    head = '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Two</title>'
    (tmp_path / "two.html").write_text(f"{head}<main><h1>Two</h1>{figure}</main></html>", encoding="utf-8")
    with serving(tmp_path) as address:
        heard = complaints_of(tab, address)
        tab.goto(address + "two.html")
        (explorer,) = explorers_on(tab)
        assert explorer.sizes == [3, 4]
        explorer.check([1, 2])
        walk(explorer)
        assert len(set(explorer.pictures)) == 12
        tab.mouse.click(*explorer.at(1, 0))
        explorer.check([2, 0])
        assert tab.get_by_role("slider", name="how <high>", exact=True).is_visible()
        assert audit(tab) == []
        assert heard == []


# You are the teacher


QUIZ = "book/you_are_the_teacher.html"
MINE = "BUAABABAUAAUUBUBBUUAUUUB"  # with squares called disks, and the other way round
KEY_OF = {"A": "s", "B": "d", "U": "u"}


@dataclass
class Quiz:
    """The two dozen pictures on a page, and whoever answers."""

    tab: Page

    @property
    def figure(self) -> Locator:
        return self.tab.locator(".at-quiz")

    @property
    def place(self) -> str:
        return self.figure.locator(".at-place").inner_text()

    @property
    def results(self) -> Locator:
        return self.figure.locator(".at-results")

    def type(self, letters: str) -> None:
        for letter in letters:
            self.tab.keyboard.press(KEY_OF[letter])

    def load(self, content: str, name: str = "mine.json") -> None:
        file = {"name": name, "mimeType": "application/json", "buffer": content.encode()}
        with self.tab.expect_file_chooser() as choosing:
            self.figure.get_by_role("button", name="Load answers").click()
        choosing.value.set_files(file)

    def sets(self) -> str:
        """The letters of the three sets, read from the pictures that stand in them."""
        found = {}
        for letter, heading in zip("ABU", self.results.locator("h4").all(), strict=True):
            pictures = heading.locator("xpath=following-sibling::*[1]").locator("button").all_inner_texts()
            assert heading.inner_text().endswith(f"({len(pictures)})")
            found |= {int(text.partition(":")[0]): letter for text in pictures}
        return "".join(found[k] for k in sorted(found))

    def rows(self) -> list[list[str]]:
        rows = self.results.locator("tbody tr").all()
        return [[cell.inner_text() for cell in row.locator("th, td").all()] for row in rows]


def mine(answers: str, tmp_path: Path) -> str:
    """The contents of a file of these answers."""
    Recorded.read(answers).save(tmp_path / "saved.json")
    return (tmp_path / "saved.json").read_text(encoding="utf-8")


def agreement(answers: str, student: Any) -> Any:
    """What the library says of a student and of one who answered so."""
    rng = np.random.default_rng(2021)
    return robustness.agreement(Doubtful(), Recorded.read(answers), student, n=24, rng=rng)


@pytest.fixture
def quiz(opened, site) -> Iterator[Quiz]:
    """The page from the disk, on a laptop, with nothing remembered; at the end nobody was asked for anything."""
    tab = opened("quiz")
    heard = complaints_of(tab, site.as_uri())
    tab.goto((site / QUIZ).as_uri())
    tab.evaluate("sessionStorage.clear()")
    tab.reload()
    tab.locator(".at-quiz[data-ready]").wait_for()
    yield Quiz(tab)
    assert heard == []


def test_the_quiz_is_answered_by_the_keyboard_alone_and_ends_in_the_library_s_numbers(quiz, tmp_path):
    tab, figure = quiz.tab, quiz.figure
    assert quiz.place == "Picture 1 of 24"
    figure.evaluate("figure => figure.querySelector('.at-answers > button').scrollIntoView({ block: 'center' })")
    tab.locator(".bd-article h2").first.evaluate("heading => { heading.tabIndex = -1; heading.focus(); }")
    for _ in range(12):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.matches('.at-answers > button')"):
            break
    focused = tab.locator(":focus")
    assert focused.inner_text().startswith("square")
    assert focused.evaluate("button => getComputedStyle(button).outlineStyle") == "solid"
    tab.keyboard.press("Enter")  # a mistake
    assert quiz.place == "Picture 2 of 24"
    tab.keyboard.press("ArrowRight")  # not answered yet
    assert quiz.place == "Picture 2 of 24"
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("ArrowLeft")  # no further
    assert quiz.place == "Picture 1 of 24"
    assert figure.locator("[aria-pressed=true]").get_attribute("value") == "A"
    quiz.type(MINE[:23])
    assert quiz.place == "Picture 24 of 24"
    assert figure.locator("progress").evaluate("bar => bar.value") == 23
    assert figure.get_by_role("img", name="Picture 24 of 24").is_visible()
    quiz.type(MINE[23])
    assert tab.locator(":focus").inner_text() == "You are the teacher: your three sets"
    assert not figure.locator(".at-asks").is_visible()
    assert quiz.sets() == MINE
    assert f'Recorded.read("{MINE}")' in quiz.results.inner_text()

    you, x = Recorded.read(MINE), Doubtful().sample(24, np.random.default_rng(2021))
    sure = np.array([*MINE]) != "U"
    wrong = sure & (students()["plain"](x) != you(x))
    told = quiz.results.locator("h3", has_text="plain").locator("xpath=following-sibling::ul[1]").locator("button")
    assert [int(text.partition(":")[0]) - 1 for text in told.all_inner_texts()] == np.flatnonzero(wrong).tolist()
    rows = quiz.rows()
    assert [row[0].splitlines()[0] for row in rows] == list(students())
    for (_, agrees, mends, breaks), student in zip(rows, students().values(), strict=True):
        found, right = agreement(MINE, student), sure & (student(x) == you(x))
        assert agrees == f"{found.agreed}: {found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"
        if mends != "–":
            assert int(mends) == (right & wrong).sum()
            assert int(breaks) == (sure & ~right & ~wrong).sum()

    with tab.expect_download() as saving:
        figure.get_by_text("Save my answers").click()
    saving.value.save_as(tmp_path / saving.value.suggested_filename)
    assert (Recorded.load(tmp_path / "mine.json")(x) == you(x)).all()


def test_the_quiz_remembers_when_its_reader_comes_back_and_forgets_when_told(quiz, site):
    tab = quiz.tab
    quiz.figure.get_by_role("button", name="disk").click()
    quiz.type("UA")
    tab.reload()
    assert quiz.place == "Picture 4 of 24"
    tab.goto((site / "book/intro.html").as_uri())
    tab.go_back()
    tab.locator(".at-quiz[data-ready]").wait_for()
    assert quiz.place == "Picture 4 of 24"
    quiz.figure.get_by_role("button", name="Start over").click()
    tab.reload()
    assert quiz.place == "Picture 1 of 24"


def test_an_answer_can_be_changed_at_the_end(quiz, tmp_path):
    quiz.load(mine(MINE, tmp_path))
    quiz.results.locator("h4 + ul button").nth(0).click()  # the first of Ω_A, picture 3
    assert quiz.place == "Picture 3 of 24"
    assert quiz.tab.locator(":focus").get_attribute("value") == "A"
    quiz.tab.keyboard.press("ArrowLeft")
    quiz.tab.keyboard.press("ArrowRight")
    quiz.type("U")
    assert quiz.sets() == f"{MINE[:2]}U{MINE[3:]}"
    quiz.results.locator("h4 + ul button").nth(0).click()
    quiz.figure.get_by_role("button", name="to my results").press("Enter")  # after all as it was
    assert quiz.sets() == f"{MINE[:2]}U{MINE[3:]}"
    quiz.figure.get_by_role("button", name="Start over").click()
    assert not quiz.figure.locator(".at-end").is_visible()


def test_a_file_of_some_answers_is_gone_on_with(quiz, tmp_path):
    quiz.load(mine("AB-" + MINE[3:], tmp_path))
    quiz.figure.get_by_text("Picture 3 of 24").wait_for()
    quiz.figure.get_by_role("button", name="not sure").click()
    assert quiz.place == "Picture 4 of 24"  # and on through what is answered
    quiz.figure.get_by_role("button", name="next").press("Enter")
    assert quiz.place == "Picture 5 of 24"


@functools.cache
def said_by(name: str) -> str:
    """The letters of what a student says of the two dozen pictures."""
    x = Doubtful().sample(24, np.random.default_rng(2021))
    return "".join("BA"[label] for label in students()[name](x))


@pytest.mark.parametrize(
    ("answers", "says", "says_not"),
    [
        (
            lambda: "U" * 24,
            ["certain of none of the 24", "as unsure of every other", "None of these pictures is in it."],
            ["Which advice"],
        ),
        (lambda: "A" * 24, ["says so of everything", "certain of all of these pictures"], ["It is a disk"]),
        (lambda: said_by("plain"), ["None of the pictures is", "There is nothing to mend", "24: 1.000"], ["Closest"]),
        (lambda: said_by("plain").translate(str.maketrans("AB", "BA")), ["0: 0.000 [0.000, 0.142]"], ["nothing to"]),
        (lambda: said_by("outline"), ["Closest to you comes “outline”, with 24 of 24"], ["None of this advice"]),
        (
            lambda: "U" * 23 + "A",
            ["You are certain of 1 picture, and this student", "With 1 picture this", "24 was made"],
            ["1 pictures"],
        ),
        (lambda: "U" * 23 + "B", ["adversarial example:", "1: 1.000 [0.025, 1.000]"], ["made as the other shape"]),
    ],
)
def test_whatever_one_answers_the_page_makes_sense(quiz, tmp_path, answers, says, says_not):
    quiz.load(mine(answers(), tmp_path))
    quiz.results.locator("h3").first.wait_for()
    assert quiz.sets() == answers()
    text = quiz.results.inner_text()
    assert [words for words in says if words not in text] == []
    assert [words for words in [*says_not, "NaN", "undefined", "null", "Infinity"] if words in text] == []


def test_a_file_that_is_damaged_changes_nothing_and_the_page_says_why(quiz, tmp_path):
    quiz.figure.get_by_role("button", name="disk").click()
    good = mine(MINE, tmp_path)
    for content, said in (
        (good[:40], "can't be read"),
        ("", "can't be read"),
        ("null", "is damaged"),
        ('{"answers": [1, 2]}', "is damaged"),
        (good.replace(MINE, MINE[1:]), "is damaged"),
        (good.replace(MINE, "<b>" * 8), "is damaged"),
        (good.replace(MINE, "-" * 24), "is damaged"),
        (good.replace('"pictures": "', '"pictures": "0'), "is about other pictures"),
    ):
        quiz.load(content, "<i>odd.json")
        trouble = quiz.figure.locator(".at-trouble")
        trouble.filter(has_text=f"<i>odd.json {said}").wait_for()
        assert trouble.get_attribute("role") == "status"
        assert quiz.place == "Picture 2 of 24"
    quiz.load("\ufeff" + good)
    quiz.results.locator("h3").first.wait_for()


def test_keys_answer_after_a_click_on_the_picture_and_once_however_long_they_are_held(quiz):
    keys = quiz.tab.keyboard
    quiz.figure.locator(".at-asks > canvas").click()
    assert quiz.figure.evaluate("figure => getComputedStyle(figure).outlineStyle") == "none"
    keys.press("s")
    assert quiz.place == "Picture 2 of 24"
    for key in ("d", "Enter"):
        quiz.figure.get_by_role("button", name="not sure").focus()
        before = int(quiz.place.split()[1])
        for _ in range(3):
            keys.down(key)  # which repeats it
        keys.up(key)
        assert quiz.place == f"Picture {before + 1} of 24"


def test_there_is_nothing_to_save_before_the_first_answer(quiz):
    quiz.figure.get_by_role("button", name="Save my answers").click()
    assert quiz.figure.locator(".at-trouble").inner_text() == "Nothing is answered yet."


def test_the_quiz_works_by_touch_on_a_phone_and_bars_no_way(phone, home):
    phone.goto(home + QUIZ, wait_until="networkidle")
    quiz = Quiz(phone)
    for letter in MINE:
        quiz.figure.locator(f".at-answers > [value={letter}]").tap()
    assert quiz.sets() == MINE
    assert phone.evaluate(SIDEWAYS, False) == []
    small = """figure => [...figure.querySelectorAll("button")].filter((each) => each.checkVisibility())
        .map((each) => each.getBoundingClientRect()).filter(({ width, height }) => Math.min(width, height) < 44)"""
    assert quiz.figure.evaluate(small) == []
    assert audit(phone) == []  # as it opens it is looked at with all pages
    phone.emulate_media(color_scheme="dark")
    phone.evaluate(SETTLED)
    assert phone.evaluate(AUDIT, "colours") == []
    quiz.figure.get_by_role("button", name="Start over").tap()
    assert quiz.place == "Picture 1 of 24"
    assert quiz.figure.evaluate(small) == []


def test_a_picture_stays_square_where_there_is_no_room_for_all_of_it(quiz):
    quiz.tab.set_viewport_size({"width": min(WIDTHS), "height": 900})
    size = "canvas => [canvas.clientWidth, canvas.clientHeight]"
    width, height = quiz.figure.locator(".at-asks > canvas").evaluate(size)
    assert width == height < 300
    assert quiz.tab.evaluate(SIDEWAYS, False) == []


def test_paper_shows_the_two_dozen_and_what_was_made_of_them(quiz, tmp_path):
    quiz.load(mine(MINE, tmp_path))
    quiz.results.locator("h3").first.wait_for()
    quiz.tab.emulate_media(media="print")
    quiz.tab.set_viewport_size(PAPER)
    for part in ("img", "figcaption", ".at-results"):
        assert quiz.figure.locator(part).first.is_visible()
    for part in (".at-asks", ".at-rest"):
        assert not quiz.figure.locator(part).is_visible()
    assert quiz.tab.evaluate(SIDEWAYS, True) == []


def test_the_quiz_shows_each_picture_as_it_is(tab, home):
    tab.goto(home + QUIZ, wait_until="networkidle")
    shown = tab.locator(".at-asks").evaluate("""asks => JSON.stringify([...Array(24)].map(() => {
        const pixels = asks.querySelector("canvas").getContext("2d").getImageData(0, 0, 100, 100).data;
        asks.querySelector("[value=U]").click();
        return [...pixels].filter((_, i) => i % 4 === 0);
    }))""")
    tab.evaluate("sessionStorage.clear()")  # others have this tab after it
    x = Doubtful().sample(24, np.random.default_rng(2021))
    assert json.loads(shown) == np.round(x * 255).reshape(24, -1).astype(int).tolist()
