"""Print the rendered book as one PDF, beside its pages (``make pdf``).

The chapters' pages become one document, which Chromium prints: a cover, a table of contents with page numbers, figures
with sliders as stills, and what is folded on a page at the end of its chapter.
"""

import json
import logging
import re
import sys
from collections.abc import Iterator
from copy import copy
from functools import cache
from html import escape
from io import BytesIO
from pathlib import Path

import yaml
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser, sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import Destination, NameObject, TextStringObject

import browser
from build import ROOT, SITE

sys.path.append(str(ROOT / "book" / "_ext"))
from addresses import published

NAME = "robust-to-whom.pdf"
PATIENCE = 600_000  # ms
PRINTING = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync")  # fmt: skip
SCREEN_ONLY = (
    "script, .headerlink, .at-controls, .tag_hide-input details.hide, form, dialog, mjx-assistive-mml, "
    ".output:has(> progress)"
)
STYLE = """
@page { size: A4; margin: 18mm 16mm 20mm; }
@page { @bottom-right { content: counter(page); font: 9pt sans-serif; color: #555; } }
@page :first { @bottom-right { content: none; } }
html { font-size: 10.5pt; }
body, .bd-main, .bd-content, .bd-article { display: block !important; padding: 0 !important; margin: 0 !important; }
.cover { height: 250mm; display: flex; flex-direction: column; justify-content: center; text-align: center; }
.cover p { font-size: 1.2rem; }
.cover .title { font-size: 3.2rem; font-weight: bold; margin-bottom: 1rem; }
.cover img { width: 100%; margin: 2rem 0; }
.contents, .chapter { break-before: page; }
.contents p { margin: 0.9rem 0 0.2rem; font-weight: bold; }
.contents a { display: flex; color: inherit; text-decoration: none; }
.contents a::after { content: attr(data-page); }
.contents a > span { flex: 1; border-bottom: 1px dotted #999; margin: 0 0.4rem 0.3rem; }
.part { margin: 0; color: #555; }
h1 { margin-top: 0 !important; }
.bd-article :is(h2, h3) { margin-top: 1.8rem; }
.answers h3 { font-size: 1.15rem; margin-top: 1.5rem; }
.bd-content div.cell pre { font-size: 82%; }
.bd-article figure img, .bd-article .panels { zoom: 75%; }
.bd-article .panels > img { zoom: 1; }
.bd-article .at-explorer { max-width: none; margin: 0; padding: 0; }
.bd-article .at-explorer > figcaption { min-height: 0; margin: 0; text-align: center; }
.still { font-size: 90%; color: #555; text-align: center; margin: 0; }
.leading { break-after: avoid; }
"""


class PdfError(Exception):
    """The PDF can't be made; the message says why."""


def main() -> int:
    """Write the PDF into the rendered book. Returns the exit status."""
    try:
        path = make(SITE / NAME)
    except PdfError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(PdfReader(path).pages)} pages, {path.stat().st_size / 1e6:.1f} MB: {path.as_uri()}")
    return 0


def make(path: Path) -> Path:
    """Print the rendered book to a file. Returns its path. Raises PdfError without a rendered book or a browser."""
    chromium = browser.find()
    if chromium is None or not (SITE / "index.html").exists():
        raise PdfError("A PDF needs the rendered book (make book) and a Chromium (tools/browser.py).")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(PRINTING))
        whole = printed(running, document({}))
        pages = {name: whole.get_destination_page_number(place) or 0 for name, place in places(whole).items()}
        front = printed(running, document(pages, whole=False))
        running.close()
    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns that a copy has more objects, which it numbers anew
    book = PdfWriter(clone_from=whole)
    for number, page in enumerate(front.pages):  # the same two pages, with numbers; their links stay
        for part in ("/Contents", "/Resources"):
            book.pages[number][NameObject(part)] = page.raw_get(part).clone(book)
    for part, names in parts():
        above = book.add_outline_item(title=part, page_number=pages[names[0]]) if part else None
        for name in names:
            book.add_outline_item(title=title(name), page_number=pages[name], parent=above)
    book.root_object[NameObject("/Lang")] = TextStringObject("en")
    book.write(path)
    return path


def printed(running: Browser, html: str) -> PdfReader:
    """What a browser prints of a document, which is read from where the chapters' pictures are found."""
    place = SITE / "_static" / "print.html"
    place.write_text(html, encoding="utf-8")
    try:
        tab = running.new_page(java_script_enabled=False, color_scheme="light")
        tab.goto(place.as_uri(), wait_until="load", timeout=PATIENCE)
        printed = tab.pdf(prefer_css_page_size=True, print_background=True)
        tab.close()
    finally:
        place.unlink()
    return PdfReader(BytesIO(printed))


def places(book: PdfReader) -> dict[str, Destination]:
    """Where each chapter of a printed book begins."""
    found = {name.removeprefix("/"): place for name, place in book.named_destinations.items()}
    return {name: found[name] for _, names in parts() for name in names}


def parts() -> list[tuple[str, list[str]]]:
    """The book's parts in their order, each with the names of its pages."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    first = [("", [Path(toc["root"]).name])]
    return first + [(part["caption"], [Path(each["file"]).name for each in part["chapters"]]) for part in toc["parts"]]


@cache
def rendered(name: str) -> BeautifulSoup:
    """A page of the site. Nobody changes it."""
    return BeautifulSoup((SITE / "book" / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


def title(name: str) -> str:
    """A page's title, with its number if it has one."""
    heading = rendered(name).h1
    return " ".join(heading.get_text().rstrip("#").split()) if heading else name


def document(pages: dict[str, int], *, whole: bool = True) -> str:
    """The book as one page of HTML, or its cover and contents only; pages: where chapters begin, counted from 0."""
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    home = published(settings["repository"]["url"])
    listed, chapters, style = [], [], STYLE
    for part, names in parts():
        listed.append(f"<p>{escape(part)}</p>")
        for name in names:
            number = pages[name] + 1 if pages else ""
            listed.append(f'<a href="#{name}" data-page="{number}">{escape(title(name))}<span></span></a>')
            style += foot(name)
            if whole:
                above = f'<p class="part">{escape(part)}</p>' if name == names[0] and part else ""
                chapters.append(f'<div class="chapter" id="{name}">{above}{article(name, home)}</div>')
    return f"""<!doctype html>
<html lang="en" data-theme="light" data-mode="light"><head><meta charset="utf-8">
<title>{escape(settings["title"])}</title><link rel="stylesheet" href="../_static/all.css"><style>{style}</style></head>
<body><div class="bd-main"><div class="bd-content"><article class="bd-article">
<div class="cover"><img src="../_static/preview.png" alt="">
<p>An executable book about Ma &amp; Ying,<br><em>Achieving Adversarial Robustness Requires an Active Teacher</em></p>
<p>Its sliders move, and its code runs, at <a href="{home}">{home}</a></p></div>
<div class="contents"><h1>Contents</h1>{"".join(listed)}</div>
{"".join(chapters)}
</article></div></div></body></html>"""


def foot(name: str) -> str:
    """The style that writes a chapter's title below its pages."""
    says = json.dumps(title(name), ensure_ascii=False)
    return f"""
@page of-{name} {{ @bottom-left {{ content: {says}; font: 9pt sans-serif; color: #555; }} }}
[id="{name}"] {{ page: of-{name}; }}"""


def article(name: str, home: str) -> Tag:
    """What a rendered page says, for paper: its names are its own, and what was folded comes last."""
    page = copy(rendered(name))
    found = page.select_one("article.bd-article > section")
    if found is None:
        raise PdfError(f"The page {name} has no text.")
    for control in found.select(".at-controls"):
        sliders = ", ".join(f"{label.contents[0]}: {output.text}" for label, output in labels(control))
        still = page.new_tag("p", attrs={"class": "still"})
        still.string = f"On the page this is a figure with a slider; {sliders}."
        control.insert_before(still)
    for unseen in found.select(SCREEN_ONLY):
        unseen.decompose()
    for picture in found.select("img"):
        del picture["loading"]
    unfold(page, found)
    for paragraph in found.select("p"):
        if paragraph.get_text().rstrip().endswith(":"):  # it stays with what it announces
            paragraph["class"] = "leading"
    for element in found.select("[id]"):
        element["id"] = f"{name}--{element['id']}"
    for link in found.select("a[href]"):
        link["href"] = target(str(link["href"]), name, home)
    return found


def labels(control: Tag) -> Iterator[tuple[Tag, Tag]]:
    """The labels of a figure's sliders, each with what the slider shows."""
    for label in control.select("label"):
        if label.output is not None:
            yield label, label.output


def unfold(page: BeautifulSoup, chapter: Tag) -> None:
    """Move what is folded to the end of its chapter, with a link there and one back."""
    answers = page.new_tag("section", attrs={"class": "answers"})
    answers.append(BeautifulSoup("<h2>Answers, hints and solutions</h2>", "html.parser"))
    exercise, lesson, count = "", 0, 0
    for element in chapter.select("strong, details"):
        if element.name == "strong":
            begun = re.match(r"(\d)\. ", element.get_text())
            exercise = begun[1] if begun else exercise
            continue
        cell = element.find_parent(class_="cell")
        if cell is not None:  # the check of the solution before it
            check = page.new_tag("div", attrs={"class": "cell"})
            check.extend(cell.select(".cell_input, .cell_output"))
            answers.append(check)
            cell.decompose()
            continue
        count += 1
        kind = element.summary.extract().get_text().strip() if element.summary else "Answer"
        if not exercise:
            lesson += 1
        label = f"Exercise {exercise}: {kind.lower()}" if exercise else f"{kind} {lesson}" if kind == "Answer" else kind
        to, back = f"unfolded-{count}", f"folded-{count}"
        element.insert_before(BeautifulSoup(f'<p id="{back}"><a href="#{to}">{label}</a></p>', "html.parser"))
        answers.append(BeautifulSoup(f'<h3 id="{to}"><a href="#{back}">{label}</a></h3>', "html.parser"))
        element.name = "div"
        answers.append(element)
    if count:
        chapter.append(answers)


def target(href: str, name: str, home: str) -> str:
    """Where a link of a page leads in the document: a place in it, or outside."""
    if re.match(r"[a-z]+:", href):
        return href
    path, _, place = href.partition("#")
    stem = Path(path).stem if path else name
    if path and not (SITE / "book" / path).resolve().is_relative_to(SITE / "book"):
        return f"{home}{path.removeprefix('../')}"
    return f"#{stem}--{place}" if place else f"#{stem}"


if __name__ == "__main__":
    sys.exit(main())
