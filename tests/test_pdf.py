"""The book on paper: one document, whose contents and links lead where they say, and which cuts nothing off."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement
from playwright.sync_api import sync_playwright
from pypdf import PageObject, PdfReader

import browser
import pdf
from browsing import OPTIONS, PAPER, SIDEWAYS, site

__all__ = ["site"]  # a fixture

MOST_BYTES = 10_000_000
LEAST_LETTERS = 100  # on a page
MOST_WHITE = 2 / 5  # of a page, below its text
FOOT = 20 / 25.4 * 72  # points: the margin below

# Signs that are written in a font of icons, which the book has not, stand as empty boxes.
BOXES = r"""() => [...document.querySelectorAll("*")]
  .filter((each) => ["::before", "::after"]
    .some((part) => /[\ue000-\uf8ff]/.test(getComputedStyle(each, part).content)))
  .map((each) => each.outerHTML.slice(0, 150))"""

NAMES = [name for _, names in pdf.parts() for name in names]


@dataclass
class Made:
    """A book on paper, and the document that was printed."""

    path: Path
    html: str


@pytest.fixture(scope="module")
def made(site, tmp_path_factory) -> Made:
    documents = []

    def printed(running, html):
        documents.append(html)
        return printer(running, html)

    printer = pdf.printed
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pdf, "printed", printed)
        path = pdf.make(tmp_path_factory.mktemp("pdf") / pdf.NAME)
    return Made(path, documents[0])


@pytest.fixture(scope="module")
def book(made) -> PdfReader:
    return PdfReader(made.path)


@dataclass
class Words:
    """What a page says: all of it in the order in which it is drawn, and its lines by their height in points."""

    text: str
    lines: dict[float, str]

    @property
    def top(self) -> float:
        return max(self.lines, default=0)

    @property
    def bottom(self) -> float:
        """The height of the last line above the foot."""
        return min((height for height in self.lines if height > FOOT), default=FOOT)


@pytest.fixture(scope="module")
def words(book) -> list[Words]:
    return [read(page) for page in book.pages]


def read(page: PageObject) -> Words:
    lines: dict[float, str] = {}

    def note(words: str, page_is: list[float], text_is: list[float], *_: object) -> None:
        if words.strip():
            height = round(text_is[4] * page_is[1] + text_is[5] * page_is[3] + page_is[5], 1)
            lines[height] = f"{lines.get(height, '')} {words.strip()}".strip()

    text = page.extract_text(visitor_text=note)
    return Words(text, lines)


@pytest.fixture(scope="module")
def begins(book) -> dict[str, int]:
    """On which page each chapter begins, counted from 0."""
    return {name: book.get_destination_page_number(place) for name, place in pdf.places(book).items()}


def test_it_is_small_enough_to_send(made):
    assert made.path.stat().st_size < MOST_BYTES


def test_it_says_its_title_and_language(book):
    assert book.metadata.title == pdf.title(NAMES[0])
    assert book.root_object["/Lang"] == "en"


def test_every_chapter_begins_on_a_page_of_its_own_in_the_book_s_order(words, begins):
    assert list(begins) == NAMES
    assert sorted(set(begins.values())) == list(begins.values())
    for name, page in begins.items():
        assert letters(pdf.title(name)) in letters(words[page].text)


def test_the_contents_say_on_which_page_a_chapter_begins_and_the_page_says_the_same(words, begins):
    said = words[1].text.splitlines()
    numbers = [int(line.split()[-1]) for line in said if re.search(r"\d$", line)]
    numbers.remove(2)  # its own
    assert numbers == [page + 1 for page in begins.values()]


def test_each_page_says_its_number_and_its_chapter(words, begins):
    first, name = {page: name for name, page in begins.items()}, ""
    for number, page in enumerate(words):
        name = first.get(number, name)
        if name:
            foot = page.text.splitlines()[0]
            assert letters(foot) == letters(f"{number + 1}{pdf.title(name)}")


def test_no_page_is_blank_or_begins_with_the_last_line_of_a_cell(words):
    for page in words[1:]:
        assert len("".join(page.text.splitlines()[1:])) > LEAST_LETTERS
        assert not page.lines[page.top].startswith("In the ledger:")


def test_no_page_ends_with_a_line_that_announces_the_next(words):
    assert [page.lines[page.bottom] for page in words[1:] if page.lines[page.bottom].endswith(":")] == []


def test_few_pages_are_white_below(words, begins):
    """A figure that is higher than the rest of its page goes to the next. Where a chapter ends, any page may be."""
    most = FOOT + MOST_WHITE * (max(page.top for page in words) - FOOT)
    ends = {0, len(words) - 1} | {page - 1 for page in begins.values()}
    white = [number + 1 for number, page in enumerate(words) if number not in ends and page.bottom > most]
    assert len(white) <= len(words) / 100, white


def test_the_outline_lists_every_chapter(book, begins):
    flat = [item for part in book.outline for item in (part if isinstance(part, list) else [part])]
    listed = {item.title: book.get_destination_page_number(item) for item in flat}
    assert {pdf.title(name): page for name, page in begins.items()}.items() <= listed.items()


def test_links_lead_to_the_pages_of_what_they_name_or_out_of_the_book(book, made, words):
    places, said = book.named_destinations, [letters(page.text) for page in words]
    named = {element["id"]: element for element in BeautifulSoup(made.html, "html.parser").select("[id]")}
    inside = outside = 0
    for page in book.pages:
        for note in page.get("/Annots", []):
            link = note.get_object()
            if "/Dest" in link:
                name = str(link["/Dest"])
                text = next(filter(None, map(legible, named[name.removeprefix("/")].next_elements)))
                assert text in said[book.get_destination_page_number(places[name])], name
                inside += 1
            elif "/A" in link:
                assert re.match(r"https?://", str(link["/A"]["/URI"])), link
                outside += 1
    assert inside > 300
    assert outside > 10


def legible(piece: PageElement) -> str:
    """The beginning of a piece of text, or nothing where it is too short to be found, or no text."""
    first = letters(piece)[:25] if isinstance(piece, NavigableString) and piece.parent.name != "style" else ""
    return first if len(first) > 5 else ""


def letters(text: str) -> str:
    return re.sub(r"\W", "", text)


def test_nothing_is_cut_off_dark_or_folded(site, made):
    """In what is printed, on a page's width."""
    place = site / "_static" / "print.html"
    place.write_text(made.html, encoding="utf-8")
    try:
        with sync_playwright() as playwright:
            running = playwright.chromium.launch(executable_path=browser.find(), args=list(OPTIONS))
            tab = running.new_page(color_scheme="dark", viewport=PAPER)
            tab.goto(place.as_uri(), timeout=pdf.PATIENCE)
            tab.emulate_media(media="print")
            assert tab.evaluate(SIDEWAYS, True) == []
            assert tab.locator("details, input, script, progress").count() == 0
            assert tab.locator("pre:not(.cell pre)").count() == 0
            assert tab.evaluate(BOXES) == []
            tall = """most => [...document.querySelectorAll("img, figure")]
                .filter((each) => each.getBoundingClientRect().height > most).map((each) => each.outerHTML)"""
            assert tab.evaluate(tall, PAPER["height"]) == []
            ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
            assert min(map(int, re.findall(r"\d+", ground)[:3])) > 250 or ground == "rgba(0, 0, 0, 0)"
            running.close()
    finally:
        place.unlink()
