"""The two dozen pictures, a reader's answers as a teacher, and what the page holds; the page itself: test_site_quiz."""

import json
from collections import Counter

import numpy as np
import pytest
from bs4 import BeautifulSoup
from scipy.stats import beta

from active_teacher import robustness
from active_teacher.labels import UNCERTAIN, A, B
from active_teacher.pictures.shapes import SquareOrDisk, SquaresAndDisks
from active_teacher.quiz import Doubtful, Recorded, two_dozen
from active_teacher.quiz.page import html
from active_teacher.quiz.pictures import Shape
from active_teacher.quiz.recorded import fingerprint, two_dozen_pictures
from active_teacher.quiz.students import NOTES, students

LETTERS = "BUAABABAUAAUUBUBBUUAUU-B"  # one not answered


@pytest.fixture(scope="module")
def x():
    return two_dozen_pictures()


@pytest.fixture(scope="module")
def asked():
    return students()


@pytest.fixture(scope="module")
def page(asked):
    return BeautifulSoup(html(asked, notes=NOTES), "html.parser")


@pytest.fixture(scope="module")
def data(page):
    return json.loads(page.find("script", type="application/json").string)


# The pictures


def test_the_two_dozen_are_what_the_generator_draws_first_from_the_book_s_seed(x):
    assert (Doubtful().sample(24, np.random.default_rng(2021)) == x).all()
    assert [shape.image().tolist() for shape in two_dozen()] == x.tolist()


def test_they_stay_the_same_so_that_answers_once_saved_can_be_loaded(x):
    assert fingerprint(x) == "089b84a8db1a"


def test_there_is_something_of_each_kind():
    shapes = two_dozen()
    assert min(Counter(shape.kind for shape in shapes).values()) >= 4
    for kind in (A, B):
        assert {shape.textured for shape in shapes if shape.kind == kind} == {True, False}
    assert 0 < sum(shape.light < 1 for shape in shapes) < 12


def test_pictures_come_in_the_shares_that_are_stated():
    shapes = Doubtful().draw(4000, np.random.default_rng(1))
    for share, flags in (
        (1 / 3, [shape.kind == A for shape in shapes]),
        (1 / 3, [shape.kind == B for shape in shapes]),
        (1 / 2, [shape.textured for shape in shapes]),
        (1 / 4, [shape.light < 1 for shape in shapes]),
    ):
        assert abs(np.mean(flags) - share) < 4 * (share * (1 - share) / 4000) ** 0.5
    between = [shape.exponent for shape in shapes if shape.kind == UNCERTAIN]
    assert 2 < min(between) < 2.02
    assert 7.9 < max(between) < 8
    assert min(shape.light for shape in shapes) >= 0.04
    assert max(shape.light for shape in shapes if shape.light < 1) <= 0.2
    least, largest = SquaresAndDisks().sizes
    assert {shape.radius for shape in shapes} == set(range(least, largest + 1))
    for axis in (0, 1):  # in the picture as in the paper's, whose last row and column stay empty
        assert min(shape.centre[axis] - shape.radius for shape in shapes) == 0
        assert max(shape.centre[axis] + shape.radius for shape in shapes) == 98


@pytest.mark.parametrize(("exponent", "kind"), [(np.inf, A), (2.0, B)])
@pytest.mark.parametrize("textured", [True, False])
def test_squares_and_disks_are_those_of_the_example(exponent, kind, textured):
    mu = SquaresAndDisks("both" if textured else "neither", sizes=(15, 15))
    theirs = next(z for z in mu.sample(20, np.random.default_rng(4)) if SquareOrDisk()(z[None]) == kind)
    rows, columns = (np.flatnonzero(theirs.any(axis=axis)) for axis in (1, 0))
    ours = Shape(exponent, 15, (int(columns.mean()), int(rows.mean())), textured, 1.0).image()
    assert np.abs(ours - theirs).max() <= 0.5 / 255 + 1e-6


def test_what_a_screen_shows_is_what_a_student_gets(x):
    assert np.array_equal(np.round(x * 255), (x * 255).round(3))
    assert x.min() == 0
    assert x.max() == 1


def test_a_faint_square_is_none_to_the_ruler_and_one_by_the_way_it_was_made():
    shape = Shape(np.inf, 20, (50, 50), False, 0.1)
    assert shape.kind == A
    assert SquareOrDisk()(shape.image()[None]) == UNCERTAIN
    assert str(shape) == "a square, faint (10% of white)"


# The teacher


def test_what_was_answered_is_answered_again_in_any_order(x):
    you = Recorded.read(LETTERS)
    answered = [k for k in range(24) if LETTERS[k] != "-"][::-1]
    assert you(x[answered]).tolist() == [{"A": A, "B": B, "U": UNCERTAIN}[LETTERS[k]] for k in answered]
    assert you(x[answered].astype(np.float64)).tolist() == you(x[answered]).tolist()


def test_what_was_never_answered_is_an_error_that_says_where(x):
    you = Recorded.read(LETTERS)
    with pytest.raises(ValueError, match="never asked about the point in row 22; it answered for 23 points"):
        you(x)
    with pytest.raises(ValueError, match="row 0"):
        you(x[:3, :50])


def test_a_point_with_two_answers_is_an_error():
    with pytest.raises(ValueError, match="the one in row 2 has two"):
        Recorded([[0.0], [1.0], [-0.0]], [A, A, B])
    assert Recorded([[0.0], [0.0]], [A, A])([[0]]) == A


def test_what_is_saved_is_loaded(tmp_path, x):
    Recorded.read(LETTERS).save(tmp_path / "mine.json")
    assert json.loads((tmp_path / "mine.json").read_text())["answers"] == LETTERS
    keep = [k for k in range(24) if k != 22]
    assert Recorded.load(str(tmp_path / "mine.json"))(x[keep]).tolist() == Recorded.read(LETTERS)(x[keep]).tolist()


def test_one_who_answered_other_questions_has_nothing_to_save_and_leaves_a_file_alone(tmp_path):
    (tmp_path / "mine.json").write_text("theirs")
    with pytest.raises(ValueError, match="answered none of the 24 pictures"):
        Recorded([[0, 0], [1, 0]], [A, UNCERTAIN]).save(tmp_path / "mine.json")
    assert (tmp_path / "mine.json").read_text() == "theirs"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text[: len(text) // 2], "no file of answers"),
        (lambda text: "", "no file of answers"),
        (lambda text: "[]", "has no answers"),
        (lambda text: "{}", "has no answers"),
        (lambda text: text.replace(LETTERS, LETTERS[1:]), "24 letters"),
        (lambda text: text.replace(LETTERS, LETTERS.lower()), "24 letters"),
        (lambda text: text.replace(LETTERS, "-" * 24), "nothing was answered"),
        (lambda text: text.replace('"pictures": "', '"pictures": "0'), "about other pictures"),
        (lambda text: text.replace(f'"{LETTERS}"', "24"), "has no answers"),
        (lambda text: "[" * 200_000, "no file of answers"),
    ],
)
def test_a_damaged_file_is_an_error_that_names_it(tmp_path, change, said):
    path = tmp_path / "mine.json"
    Recorded.read(LETTERS).save(path)
    path.write_text(change(path.read_text()))
    with pytest.raises(ValueError, match=said) as caught:
        Recorded.load(path)
    assert "mine.json" in str(caught.value)


def test_a_file_that_an_editor_marked_as_utf_8_is_read(tmp_path, x):
    Recorded.read(LETTERS).save(tmp_path / "mine.json")
    (tmp_path / "mine.json").write_bytes(b"\xef\xbb\xbf" + (tmp_path / "mine.json").read_bytes())
    assert Recorded.load(tmp_path / "mine.json")(x[:2]).tolist() == [B, UNCERTAIN]


def test_a_file_that_is_no_text_or_is_not_there(tmp_path):
    (tmp_path / "mine.json").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(ValueError, match="no file of answers"):
        Recorded.load(tmp_path / "mine.json")
    with pytest.raises(FileNotFoundError):
        Recorded.load(tmp_path / "none.json")


@pytest.mark.parametrize("letters", ["", "AB", "A" * 25, "a" * 24, "-" * 24, "É" * 24])
def test_a_line_that_is_none_is_an_error(letters):
    with pytest.raises(ValueError, match=r"letters|answered"):
        Recorded.read(letters)
    with pytest.raises(TypeError, match="letters must be a string"):
        Recorded.read([*letters])


# The students


def test_the_students_are_those_of_chapter_10(asked):
    truth, rng = SquareOrDisk(), np.random.default_rng(5)
    on_mu, on_nu = (SquaresAndDisks(kind).sample(200, rng) for kind in ("squares", "disks"))
    right = {name: [np.mean(S(z) == truth(z)) for z in (on_mu, on_nu)] for name, S in asked.items()}
    assert right["plain"][0] > 0.98 > 0.05 > right["plain"][1]
    assert min(min(right[name]) for name in ("pooling", "outline", "structure")) > 0.95
    assert set(asked) == set(NOTES)


def test_no_student_s_answer_hangs_on_rounding(asked, x):
    for student in asked.values():
        score = student.score(x)
        lead = score if score.ndim == 1 else score[:, 1] - score[:, 0]
        assert np.abs(lead).min() > 0.001  # a hundred times what float32 rounds


# What the page holds


def test_the_page_holds_what_the_students_say(data, asked, x):
    for student in data["students"]:
        assert student["says"] == "".join("BA"[label] for label in asked[student["name"]](x))
        assert student["note"] == NOTES[student["name"]]


def test_all_numbers_that_can_occur_are_the_library_s(data):
    """And Clopper and Pearson's, by the beta distribution."""
    table = data["agreement"]
    assert [len(row) for row in table] == [0, *range(2, 26)]
    for n in range(1, 25):
        for k in range(n + 1):
            low = beta.ppf(0.025, k, n - k + 1) if k else 0
            high = beta.ppf(0.975, k + 1, n - k) if k < n else 1
            assert [float(said) for said in table[n][k]] == pytest.approx([k / n, low, high], abs=0.0005 + 1e-9)
    you, mu = Recorded.read(LETTERS.replace("-", "U")), Doubtful()
    found = robustness.agreement(mu, you, students()["plain"], n=24, rng=np.random.default_rng(2021))
    assert table[found.certain][found.agreed] == [f"{v:.3f}" for v in (found.value, found.low, found.high)]


def test_the_page_asks_nobody_for_anything_and_is_the_same_each_time(page, asked):
    text = html(asked, notes=NOTES)
    assert text == html(asked, notes=NOTES)
    assert "http" not in text
    assert not page.find_all(["link", "iframe"])
    assert [tag["src"][:22] for tag in page.find_all(src=True)] == ["data:image/webp;base64"]
    assert len(text) < 40_000


def test_without_scripts_the_pictures_are_there_and_nothing_to_press(page):
    assert page.img["alt"]
    assert "24 pictures" in page.figcaption.string
    assert page.find_all(["button", "input"]) == []


def test_names_and_notes_are_text():
    def disks(x):
        return np.zeros(len(x), dtype=int)

    page = html({"</script><b>": disks, "b": disks}, notes={"b": "<i>"})
    assert "</script><b>" not in page
    assert "<i>" not in page
