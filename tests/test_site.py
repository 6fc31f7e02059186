"""The rendered book in a real Chromium, as a reader meets it: on a laptop, on a phone, in the dark, on paper, offline.

Each page is opened once, and all that can be seen there is noted; the tests assert from the notes. Figures that answer
are test_site_explorers', the page *You are the teacher* is test_site_quiz's.
"""

import functools
import gzip
import io
import math
import os
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urlsplit
from xml.etree import ElementTree

import nbformat
import numpy as np
import pytest
from bs4 import Tag
from PIL import Image
from playwright.sync_api import Locator, Page
from pybtex.database import parse_file

from addresses import published
from browsing import (
    AUDIT,
    CHAPTERS,
    LOAD_ALL,
    MISSING,
    NOTES,
    PAGES,
    PAPER,
    REPOSITORY,
    ROOT,
    SETTLED,
    SIDEWAYS,
    SOURCES,
    UNSEEN,
    WIDTHS,
    audit,
    chromium,
    complaints_of,
    each_chapter,
    each_page,
    each_source,
    explorers_on,
    home,
    opened,
    phone,
    plain,
    site,
    soup,
    tab,
)
from citations import address

__all__ = ["chromium", "home", "opened", "phone", "plain", "site", "tab"]  # fixtures

MOST_BYTES_AT_FIRST = 100_000  # of a page and its style sheet, compressed: what a reader waits for


def prose(source: Path) -> str:
    """What a page's source says outside of its code."""
    if source.suffix != ".ipynb":
        return source.read_text(encoding="utf-8")
    cells = nbformat.read(source, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


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


@pytest.fixture(scope="module")
def notes(opened, home) -> Callable[[str], Notes]:
    return functools.cache(lambda page: look(opened("laptop"), home, page))


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
