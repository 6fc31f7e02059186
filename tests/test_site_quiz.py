"""*You are the teacher*, in the rendered book: answered, changed, saved, loaded, by keys and by touch, on paper."""

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page

from active_teacher import robustness
from active_teacher.quiz import Doubtful, Recorded
from active_teacher.quiz.students import students
from browsing import (
    AUDIT,
    PAPER,
    SETTLED,
    SIDEWAYS,
    WIDTHS,
    audit,
    chromium,
    complaints_of,
    home,
    opened,
    phone,
    site,
    tab,
)

__all__ = ["chromium", "home", "opened", "phone", "site", "tab"]  # fixtures

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
