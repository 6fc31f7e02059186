"""The ways to robustness: each is given what its name says and no more, and its numbers are what they are called."""

import inspect
import json
import pickle
from dataclasses import asdict
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from active_teacher.checks import certain
from active_teacher.experiments import shape_or_texture, sweep, two_pixels
from active_teacher.experiments.shape_or_texture import ADVISED, PASSIVE, ShapeOrTexture, push_image
from active_teacher.experiments.sweep import RESULTS
from active_teacher.experiments.two_pixels import comparison, push_idle, safe_pairs
from active_teacher.geometry import Box
from active_teacher.labels import UNCERTAIN, A, B
from active_teacher.networks import Network, convolutional, perceptron
from active_teacher.pictures.shapes import SquareOrDisk, SquaresAndDisks
from active_teacher.robustness import strong_robustness
from active_teacher.students import Linear, lasso, least_squares

SURE = 1e-6  # a true statement fails one such test in a million: the seeds below are fixed
TEACHER = comparison()
OF_PICTURES, OF_IMAGES = (*PASSIVE, *ADVISED, "count"), (*PASSIVE, "shown nu", *ADVISED, "outline")


def seeded(seed=2021):
    return np.random.default_rng(seed)


def streams(seed):
    """For the data, the learning and the tests."""
    return np.random.default_rng(seed).spawn(3)


def untimed(result):
    return {name: values for name, values in asdict(result).items() if name != "seconds"}


def watched(monkeypatch, name, look=None):
    """What a part is given and what it returns, call by call; or what `look` makes of that, at once."""
    seen, real = [], getattr(ways, name)

    def part(*given, **named):
        returned = real(*given, **named)
        seen.append(look(given, named, returned) if look else (given, named, returned))
        return returned

    monkeypatch.setattr(ways, name, part)
    return seen


def pictures_with(idle, *, first=0.5, last=0.5):
    x = np.full((1, ways.PIXELS), idle)
    x[0, [0, -1]] = first, last
    return x


def linear(first, last, *idle, b=0.0):
    """A student of as many pixels as there are, the idle ones repeated from the left, else 0."""
    w = np.zeros(ways.PIXELS)
    w[[0, -1]] = first, last
    w[1 : 1 + len(idle)] = idle
    return Linear(w, b)


@pytest.fixture
def small(monkeypatch):
    """Example 4.1 with few pixels and few pictures, so that a way takes milliseconds."""
    for name, value in {"PIXELS": 8, "PAIR": (0, 7), "PICTURES": 100, "ASKED": 10, "FRESH": 200, "COPIES": 5}.items():
        monkeypatch.setattr(ways, name, value)


@pytest.fixture
def tiny(monkeypatch):
    """Example 4.2 with few images and short training."""
    sizes = {"IMAGES": 20, "FRESH_IMAGES": 12, "IMAGES_TO_PUSH": 5, "IMAGES_ASKED": 8}
    for name, value in (sizes | {"STEPS": 2, "STEPS_TO_TEST": 3, "EPOCHS_AFTER": 1}).items():
        monkeypatch.setattr(ways, name, value)
    real = ways.train
    monkeypatch.setattr(ways, "train", lambda *given, epochs=10, **named: real(*given, epochs=2, **named))


# Example 4.1: the teacher and its pictures


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_the_teacher_compares_the_first_pixel_with_the_last(first, last, idle):
    assert TEACHER(pictures_with(idle, first=first, last=last)).tolist() == [B if first > last else A]


@pytest.mark.parametrize("n", [10, 101, 2000])
def test_half_of_the_pictures_are_of_each_class(n):
    x, y = ways._pictures(n, seeded())
    assert (x.shape, y.shape) == ((n, 100), (n,))
    assert np.bincount(y).tolist() == [n - n // 2, n // 2]
    assert (y == TEACHER(x)).all()


def test_a_larger_training_set_begins_with_the_smaller():
    (few, labels), (more, theirs) = (ways._pictures(n, seeded()) for n in (30, 77))
    assert (few == more[:30]).all()
    assert (labels == theirs[:30]).all()


@pytest.mark.parametrize("label", [A, B])
def test_the_pictures_of_a_class_are_uniform_on_its_half_of_the_cube(label):
    """The larger of two uniform numbers has a uniform square, and the smaller is a uniform share of it."""
    x, y = ways._pictures(20_000, seeded())
    first, last = x[y == label][:, [0, -1]].T
    larger, smaller = (last, first) if label == A else (first, last)
    idle = x[y == label][:, 1:-1]
    for uniform in (larger**2, smaller / larger, *idle[:, [0, 50, 97]].T, idle.ravel()[:100_000]):
        assert stats.kstest(uniform, "uniform").pvalue > SURE
    for one, other in ((larger, smaller / larger), (first, idle[:, 0]), (last, idle[:, 97])):
        assert stats.spearmanr(one, other).pvalue > SURE


# Pushing what the teacher does not look at


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.floats(0, 1.5))
def test_each_idle_pixel_moves_by_epsilon_against_the_truth_and_stops_at_black_and_white(seed, epsilon):
    rng = seeded(seed)
    student = Linear(rng.normal(size=100) * rng.integers(0, 2, size=100), rng.normal())
    x = rng.random((6, 100))
    before = x.copy()
    pushed = push_idle(student, x, epsilon=epsilon)
    for picture, result in zip(x, pushed, strict=True):
        for i in range(100):
            way = -np.sign(student.coefficients[i]) * (1 if picture[0] <= picture[99] else -1) if 0 < i < 99 else 0
            assert result[i] == pytest.approx(min(1, max(0, picture[i] + epsilon * way)), abs=1e-12)
    assert (pushed[:, [0, 99]] == x[:, [0, 99]]).all()
    assert pushed.min() >= 0
    assert pushed.max() <= 1
    assert (x == before).all()


def test_a_push_is_0_3_unless_told():
    student, x = Linear(seeded().normal(size=100)), seeded().random((5, 100))
    assert (push_idle(student, x) == push_idle(student, x, epsilon=0.3)).all()
    assert np.abs(push_idle(student, x) - x).max() == pytest.approx(0.3)


@settings(max_examples=20)
@given(st.lists(st.integers(-3, 3), min_size=8, max_size=8), st.integers(-4, 4), st.integers(0, 10**6))
def test_no_choice_of_the_idle_pixels_is_worse_than_a_push_of_1(w, b, seed):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ways, "PIXELS", 8)
        patch.setattr(ways, "PAIR", (0, 7))
        student, x = Linear(w, b), seeded(seed).random((5, 8))
        sign = np.where(x[:, 0] <= x[:, 7], 1, -1)
        least = sign * student.score(push_idle(student, x, epsilon=1))
        for idle in product((0, 1), repeat=6):
            x[:, 1:7] = idle
            assert (sign * student.score(x) >= least - 1e-12).all()


def test_no_smaller_step_in_any_direction_beats_a_push():
    rng = seeded()
    student, x = Linear(rng.normal(size=100)), rng.random((20, 100))
    sign = np.where(x[:, 0] <= x[:, 99], 1, -1)
    least = sign * student.score(push_idle(student, x))
    for _ in range(100):
        step = rng.uniform(-0.3, 0.3, size=x.shape)
        step[:, [0, 99]] = 0
        assert (sign * student.score(np.clip(x + step, 0, 1)) >= least).all()


# The pairs for which a student is right whatever the idle pixels are


def area(corners):
    """Of a polygon, exactly."""
    pairs = zip(corners, corners[1:] + corners[:1], strict=True)
    return abs(sum(a * d - b * c for (a, b), (c, d) in pairs)) / 2


def cut(corners, value):
    """The part of a convex polygon where a linear function is at least 0, exactly (Sutherland and Hodgman)."""
    kept = []
    for one, other in zip(corners, corners[1:] + corners[:1], strict=True):
        u, v = value(*one), value(*other)
        if u >= 0:
            kept.append(one)
        if (u > 0 and v < 0) or (u < 0 and v > 0):
            share = Fraction(u) / (u - v)
            kept.append(tuple(p + share * (q - p) for p, q in zip(one, other, strict=True)))
    return kept


@settings(max_examples=300)
@given(*[st.integers(-6, 6)] * 3, st.lists(st.integers(-3, 3), max_size=3))
def test_the_share_of_safe_pairs_is_an_area(first, last, b, idle):
    """Of where the least score is at least 0 in the triangle of class 1, and the greatest below 0 in the other."""
    least, greatest = b + sum(min(w, 0) for w in idle), b + sum(max(w, 0) for w in idle)
    ones = cut([(0, 0), (1, 1), (0, 1)], lambda u, v: first * u + last * v + least)
    zeros = [] if first == last == greatest == 0 else [(0, 0), (1, 0), (1, 1)]
    zeros = cut(zeros, lambda u, v: -(first * u + last * v + greatest))
    share = safe_pairs(linear(first, last, *idle, b=b))
    assert share == pytest.approx(float((area(ones) if ones else 0) + (area(zeros) if zeros else 0)), abs=1e-12)
    assert 0 <= share <= 1


@settings(max_examples=15)
@given(st.lists(st.floats(-2, 2), min_size=5, max_size=5), st.floats(-1, 1), st.integers(0, 10**6))
def test_the_share_of_safe_pairs_is_counted_with_the_worst_idle_pixels(w, b, seed):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ways, "PIXELS", 5)
        patch.setattr(ways, "PAIR", (0, 4))
        student, n = Linear(w, b), 4000
        x = seeded(seed).random((n, 5))
        right = np.ones(n, dtype=bool)
        for idle in product((0, 1), repeat=3):
            x[:, 1:4] = idle
            right &= student(x) == comparison()(x)
        share = safe_pairs(student)
        assert stats.binomtest(int(right.sum()), n, min(1, max(0, share))).pvalue > SURE


def test_of_real_size_too():
    rng = seeded()
    x, y = ways._pictures(20_000, rng)
    student = least_squares(x, y)
    fresh, truth = ways._pictures(20_000, rng)
    worst = np.where(truth[:, None] == A, student.coefficients < 0, student.coefficients > 0).astype(float)
    worst[:, [0, 99]] = fresh[:, [0, 99]]
    share = safe_pairs(student)
    assert 0.2 < share < 0.8
    assert stats.binomtest(int((student(worst) == truth).sum()), 20_000, share).pvalue > SURE


@pytest.mark.parametrize(
    ("student", "share"),
    [
        (linear(-2, 2), 1),
        (linear(-2.01, 1.98), 1 - 1 / 134),
        (linear(-1.98, 2.01), 1 - 1 / 134),
        (linear(2, -2), 0),
        (linear(0, 0), 1 / 2),  # always 1
        (linear(0, 0, b=-1e-9), 1 / 2),  # always 0
        (linear(0, 0, 1), 1 / 2),  # at least 0, whatever the idle pixel
        (linear(0, 0, -1), 0),
        (linear(-2, 2, 1), (1 + 1 / 4) / 2),
        (linear(-2, 2, -1), (1 + 1 / 4) / 2),
        (linear(-2, 2, 1, -1), 1 / 4),
        (linear(-2, 2, 2), 1 / 2),
        (linear(-2, 2, 2, -2), 0),
        (linear(-2, 2, b=1), (1 + 1 / 4) / 2),
        (linear(-2, 2, 1, b=-1), (1 + 1 / 4) / 2),
        (linear(-1, 0, b=0.5), 3 / 4),
        (linear(0, 1, b=-0.5), 3 / 4),
    ],
)
def test_the_share_of_safe_pairs_is_known_for_these(student, share):
    assert safe_pairs(student) == pytest.approx(share, abs=1e-15)


@settings(max_examples=40)
@given(*[st.integers(-2, 2)] * 3, st.lists(st.integers(-1, 1), max_size=2))
def test_all_pairs_are_safe_for_a_strongly_robust_student_and_for_no_other(first, last, b, idle):
    student = linear(first, last, *idle, b=b)
    verdict = strong_robustness(Box(np.zeros(100), np.ones(100)), TEACHER, student)
    missed_only_on_a_line = first == -last < 0 == b and not any(idle)
    assert verdict.exact
    assert (safe_pairs(student) == 1) == bool(verdict.robust) == missed_only_on_a_line


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 98))
def test_which_idle_pixel_it_is_and_which_of_its_ends_is_black_does_not_count(seed, pixel):
    rng = seeded(seed)
    w, b = rng.normal(size=100) * 0.02, 0.1 * rng.normal()
    w[[0, 99]] += -2, 2
    share = safe_pairs(Linear(w, b))
    turned, mixed = w.copy(), w.copy()
    turned[pixel] *= -1  # x becomes 1 - x
    mixed[1:99] = rng.permutation(w[1:99])
    assert safe_pairs(Linear(turned, b + w[pixel])) == pytest.approx(share, abs=1e-12)
    assert safe_pairs(Linear(mixed, b)) == pytest.approx(share, abs=1e-12)
    more = w.copy()
    more[pixel] *= 2
    assert safe_pairs(Linear(more, b)) <= share + 1e-12


@pytest.mark.parametrize("power", [-1000, -300, 5, 300, 1000])
def test_the_size_of_all_coefficients_together_does_not_count(power):
    w = seeded().normal(size=100) * 0.05
    w[[0, 99]] += -2, 2
    shares = [safe_pairs(Linear(w * scale, 0.3 * scale)) for scale in (1.0, 2.0**power)]
    assert 0 < shares[0] == shares[1] < 1


# Example 4.1: the ways


@pytest.mark.parametrize("way", OF_PICTURES)
def test_a_way_with_pictures_is_a_function_of_its_seed(small, way):
    labels = 120 if way == "active student" else 20
    one, again, other = (two_pixels.compare(seed, way=way, labels=labels, epsilon=0.05) for seed in (3, np.int64(3), 4))
    assert untimed(one) == untimed(again)
    assert untimed(one) != untimed(other)
    assert one == pickle.loads(pickle.dumps(one))
    assert json.loads(json.dumps(sweep._plain(one))) == {name: list(values) for name, values in asdict(one).items()}
    assert {type(value) for value in one.labels} == {int}
    assert {type(value) for name in ("seconds", "mu", "nu", "pushed", "safe") for value in getattr(one, name)} == {
        float
    }


def test_a_way_is_data_by_default_with_as_many_pictures_as_the_paper_has():
    defaults = {name: p.default for name, p in inspect.signature(two_pixels).parameters.items()}
    assert defaults["labels"] == 2000
    assert untimed(two_pixels.compare(1)) == untimed(two_pixels.compare(1, way="data", labels=2000, epsilon=0))


@pytest.mark.parametrize("way", OF_PICTURES)
def test_the_numbers_of_pictures_are_what_they_are_called(small, monkeypatch, way):
    """From each student anew: on the fresh pictures of the seed, and with the idle pixels moved by hand."""
    students = watched(monkeypatch, "safe_pairs", lambda given, named, returned: given[0])
    result = two_pixels.compare(5, way=way, labels=130)
    fresh, truth = ways._pictures(200, streams(5)[2])
    plain = least_squares(*ways._pictures(100, streams(5)[0]))

    def attacked(student):
        against = np.where(truth == A, -1, 1)[:, None] * np.sign(student.coefficients)
        against[:, [0, 7]] = 0
        return np.clip(fresh + 0.3 * against, 0, 1)

    assert len(students) == len(result.labels)
    for k, student in enumerate(students):
        shares = [np.mean(student(x) == truth) for x in (fresh, attacked(plain), attacked(student))]
        assert [result.mu[k], result.nu[k], result.pushed[k]] == pytest.approx(shares)
        assert result.pushed[k] <= result.mu[k]  # a push can only do harm
        assert result.safe[k] == safe_pairs(student)


def test_all_ways_of_a_seed_see_the_same_pictures(small, monkeypatch):
    made = watched(monkeypatch, "_pictures", lambda given, named, returned: (given[0], returned[0].tolist()))
    for way in OF_PICTURES:
        two_pixels.compare(7, way=way, labels=100)
    runs = [made[k : k + 3] for k in range(0, len(made), 3)]
    assert len(runs) == len(OF_PICTURES)
    assert all(run == runs[0] for run in runs)
    fresh, plain, training = runs[0]
    assert [fresh[0], plain[0], training[0]] == [200, 100, 100]
    assert plain == training
    assert fresh[1][:100] != training[1]


def test_streams_are_those_of_the_seed_and_differ():
    draws = [[rng.random() for rng in made] for made in (ways._streams(5), streams(5), ways._streams(6))]
    assert draws[0] == draws[1]
    assert len({*draws[0], *draws[2]}) == 6


def questions(monkeypatch):
    """How many pictures a student asks the teacher about at a time: not those that are made or attacked for it."""
    asked, teacher = [], comparison()

    def uncounted(work):
        def done(*given, **named):
            before = len(asked)
            result = work(*given, **named)
            del asked[before:]
            return result

        return done

    for name in ("_pictures", "push_idle"):
        monkeypatch.setattr(ways, name, uncounted(getattr(ways, name)))
    monkeypatch.setattr(ways, "comparison", lambda: lambda x: asked.append(len(x)) or teacher(x))
    return asked


LEARNERS = {
    "data": ("least_squares", {"integer": False}),
    "l_2": ("adversarial_least_squares", {"epsilon": 0.07, "p": 2}),
    "l_inf": ("adversarial_least_squares", {"epsilon": 0.07, "p": np.inf}),
    "features": ("least_squares", {"features": (0, 7)}),
    "sparsity": ("lasso", {}),
    "count": ("matching_pursuit", {"nonzero": 2}),
    "structure": ("least_squares", {"integer": True}),
}


@pytest.mark.parametrize("way", LEARNERS)
@pytest.mark.parametrize("labels", [60, 145])
def test_a_student_is_given_its_labels_and_what_it_is_told(small, monkeypatch, way, labels):
    names = {name for name, _ in LEARNERS.values()}
    calls = {name: watched(monkeypatch, name) for name in names}
    safe = watched(monkeypatch, "safe_pairs")
    asked = questions(monkeypatch)
    result = two_pixels.compare(2, way=way, labels=labels, epsilon=0.07)
    name, told = LEARNERS[way]
    calls["least_squares"].pop(0)  # the one that is attacked for all
    assert {name for name in names if calls[name]} == {name}
    [((x, y), named, student)] = calls[name]
    expected, theirs = ways._pictures(labels, streams(2)[0])
    assert (x == expected).all()
    assert (y == theirs).all()
    assert {key: value for key, value in named.items() if key != "rng"} == told
    if "rng" in named:
        assert (student.coefficients == lasso(x, y, rng=streams(2)[1]).coefficients).all()
    assert safe[0][0] == (student,)
    assert result.labels == (labels,)
    assert asked == []


@pytest.mark.parametrize(
    ("labels", "tested"),
    [
        (100, [100]),
        (105, [100, 105]),
        (110, [100, 110]),
        (120, [100, 110, 120]),
        (130, [100, 110, 120, 130]),
        (150, [100, 110, 120, 140, 150]),
        (183, [100, 110, 120, 140, 180, 183]),
        (190, [100, 110, 120, 140, 180, 190]),
    ],
)
def test_an_active_student_asks_for_no_more_labels_than_stated(small, monkeypatch, labels, tested):
    asked = questions(monkeypatch)
    result = two_pixels.compare(0, way="active student", labels=labels)
    assert list(result.labels) == tested
    assert all(len(values) == len(tested) for values in asdict(result).values())
    rest = (labels - 100) % 10
    assert asked == [10] * ((labels - 100) // 10) + [rest] * (rest > 0)


def test_an_active_student_starts_as_the_plain_one():
    start, plain = two_pixels.compare(1, way="active student", labels=2000), two_pixels.compare(1)
    assert untimed(start) == untimed(plain)
    more = two_pixels.compare(1, way="active student", labels=2050)
    assert {name: values[:1] for name, values in untimed(more).items()} == untimed(plain)
    assert plain.nu == plain.pushed  # attacked is the plain student itself


@pytest.mark.parametrize("epsilon", [0, 0.1, 0.8])
def test_an_active_student_asks_about_new_pictures_where_its_answer_would_change(small, monkeypatch, epsilon):
    """Each student again, from the random numbers of the seed."""
    calls = watched(monkeypatch, "least_squares")
    two_pixels.compare(9, way="active student", labels=125, epsilon=epsilon)
    lessons = [lesson for lesson, _, _ in calls[1:]]
    x, y = ways._pictures(100, streams(9)[0])
    rng = streams(9)[1]
    for n in (10, 10, 5):
        student, more = least_squares(x, y), rng.random((n, 8))
        towards = np.where(student(more) == A, -1, 1)[:, None] * np.sign(student.coefficients)
        more = np.clip(more + epsilon * towards, 0, 1)
        x, y = np.concatenate([x, more]), np.concatenate([y, comparison()(more)])
        learnt, labels = lessons.pop(1)
        assert learnt == pytest.approx(x, abs=1e-12)
        assert (labels == y).all()
    assert len(lessons) == 1


def test_an_invariance_is_copies_with_other_idle_pixels(small, monkeypatch):
    calls = watched(monkeypatch, "least_squares")
    result = two_pixels.compare(3, way="invariance", labels=60)
    (x, y), named, _ = calls[1]
    real, labels = ways._pictures(60, streams(3)[0])
    assert (x.shape, named, result.labels) == ((5 * 60, 8), {}, (60,))
    copies = x.reshape(5, 60, 8)
    assert (copies[:, :, [0, 7]] == real[:, [0, 7]]).all()
    assert (y.reshape(5, 60) == labels).all()
    assert not np.isin(copies[:, :, 1:7], real).any()
    assert stats.kstest(copies[:, :, 1:7].ravel(), "uniform").pvalue > SURE
    assert len(np.unique(copies[:, :, 1:7])) == 5 * 60 * 6


@pytest.mark.parametrize("way", ["l_2", "l_inf"])
def test_adversarial_training_without_a_push_is_least_squares(small, way):
    plain, trained, pushed = (
        two_pixels.compare(4, labels=200, **given) for given in ({}, {"way": way, "epsilon": 0}, {"way": way})
    )
    for name, values in untimed(plain).items():
        assert getattr(trained, name) == pytest.approx(values, abs=1e-5)
    assert untimed(pushed) != untimed(plain)


def test_only_some_ways_know_an_epsilon(small):
    for way in OF_PICTURES:
        one, other = (untimed(two_pixels.compare(4, way=way, labels=130, epsilon=epsilon)) for epsilon in (0.02, 0.05))
        assert (one != other) == (way in ("active student", "l_2", "l_inf"))


def test_advice_does_what_labels_do_not():
    """Of real size, the student with plain data is hardly ever safe, and told whole numbers it always is."""
    data = two_pixels.compare(0)
    assert data.mu[0] > 0.9
    assert data.nu[0] == data.pushed[0] < 0.5
    assert data.safe[0] < 0.05
    assert two_pixels.compare(0, way="structure").safe == (1.0,)
    for way in ("features", "count"):
        assert two_pixels.compare(0, way=way, labels=200).safe[0] > 0.98
    asking = two_pixels.compare(0, way="active student", labels=2200).safe
    assert data.safe[0] == asking[0] < asking[1] < asking[2] < asking[3] < 0.9


def test_the_time_is_that_of_learning_added_up(monkeypatch):
    clock = [10.0]

    def steps():
        for step in ("a", "b"):
            clock[0] += 2
            yield len(step), step
        clock[0] += 100

    monkeypatch.setattr(ways, "process_time", lambda: clock[0])
    seen = []
    for asked, seconds, student in ways._timed(steps()):
        clock[0] += 50  # of tests
        seen.append((asked, seconds, student))
    assert seen == [(1, 2.0, "a"), (1, 4.0, "b")]


def test_time_passes(small):
    seconds = two_pixels.compare(0, way="active student", labels=140).seconds
    assert 0 <= seconds[0] <= seconds[1] <= seconds[2]
    assert seconds[-1] > 0


# Pushing an image


def test_a_pushed_image_loses_the_lead_of_its_label_within_the_ball_and_0_to_1():
    student = Network(convolutional(rng=seeded(), pixels=20))
    x = SquaresAndDisks(pixels=20, sizes=(3, 6)).sample(8, seeded())
    y = np.arange(8) % 2  # right or wrong
    lead = [-1, 1] * 4
    for p, epsilon in ((np.inf, 0.2), (2, 1.5)):
        pushed = push_image(student, x, y, epsilon=epsilon, p=p)
        change = (pushed - x).reshape(8, -1)
        assert (np.linalg.norm(change, ord=p, axis=1) <= epsilon * (1 + 1e-9)).all()
        assert pushed.min() >= 0
        assert pushed.max() <= 1
        before, after = (np.diff(student.score(z))[:, 0] * lead for z in (x, pushed))
        assert (after < before).all()
    assert (push_image(student, x, y, epsilon=0.2) == push_image(student, x, y, epsilon=0.2, p=np.inf)).all()
    assert (push_image(student, x, y, epsilon=0) == x).all()


def test_an_image_is_pushed_in_20_steps_against_the_same_label(monkeypatch):
    student = Network(perceptron([3, 5, 1], rng=seeded()))
    asked, real = [], Network.gradient
    monkeypatch.setattr(Network, "gradient", lambda self, x, y=None: asked.append(y.tolist()) or real(self, x, y))
    push_image(student, np.full((2, 3), 0.5), [0, 1], epsilon=0.3)
    push_image(student, np.full((2, 3), 0.5), [1, 1], epsilon=0.3, steps=4)
    assert asked == [[0, 1]] * 20 + [[1, 1]] * 4


# Other textures


def test_other_textures_are_tiles_on_the_same_shape():
    x = SquaresAndDisks("squares").sample(200, seeded())
    before = x.copy()
    covered = ways._with_other_textures(x, seeded(1))
    assert (x == before).all()
    assert (covered.shape, covered.dtype) == (x.shape, x.dtype)
    assert ((covered > 0) == (x > 0)).all()
    assert set(np.unique(covered)) == {0, 0.5, 1}
    assert (SquareOrDisk()(covered) == SquareOrDisk()(x)).all()
    sides = [least_period(image) for image in covered]
    assert set(sides) == {1, 2, 3, 4}
    plain = np.array(sides) == 1
    assert {len(np.unique(image[image > 0])) for image in covered[plain]} == {1}
    assert {float(image.max()) for image in covered[plain]} == {0.5, 1}


def least_period(image):
    """Of the texture on a shape, in both directions."""
    on = image > 0
    for side in range(1, 5):
        if all(
            (image[side:] == image[:-side])[on[side:] & on[:-side]].all()
            for image, on in ((image, on), (image.T, on.T))
        ):
            return side
    return None


def test_other_textures_are_drawn_anew_for_each_image():
    x = np.ones((400, 8, 8))
    covered = ways._with_other_textures(x, seeded())
    again, other = (ways._with_other_textures(x, seeded(seed)) for seed in (2021, 1))
    assert (covered == again).all()
    assert (covered != other).any()
    periods = np.bincount([least_period(image) for image in covered])[1:]
    assert stats.binomtest(int(periods[3]), 400, 1 / 4).pvalue > 1e-3  # hardly any tile of 4 × 4 repeats within
    assert len({image.tobytes() for image in covered}) > 150
    fours = [image for image in covered if least_period(image) == 4]
    assert stats.binomtest(int(np.sum(np.array(fours)[:, :4, :4] == 1)), len(fours) * 16).pvalue > SURE


# Example 4.2: the ways


def students_scores(monkeypatch):
    """Of each student that is tested, on the images that are pushed: finer than the shares of a short training."""
    return watched(
        monkeypatch,
        "push_image",
        lambda given, named, moved: given[0].score(given[1]).tolist() if named["steps"] == 3 else None,
    )


@pytest.mark.parametrize("way", OF_IMAGES)
def test_a_way_with_images_is_a_function_of_its_seed(tiny, monkeypatch, way):
    seen = students_scores(monkeypatch)
    one, again = (shape_or_texture.compare(seed, way=way, labels=32) for seed in (3, np.int64(3)))
    assert untimed(one) == untimed(again)
    assert seen[: len(seen) // 2] == seen[len(seen) // 2 :]
    assert one == pickle.loads(pickle.dumps(one))
    assert json.loads(json.dumps(sweep._plain(one))) == {name: list(values) for name, values in asdict(one).items()}
    assert {type(value) for value in one.labels} == {int}
    names = ("seconds", "mu", "nu", "stripes", "pushed")
    assert {type(value) for name in names for value in getattr(one, name)} == {float}
    assert isinstance(one, ShapeOrTexture)


def test_images_of_another_seed_are_others(tiny, monkeypatch):
    trained = watched(
        monkeypatch, "train", lambda given, named, student: (given[1].sum(), student.score(given[1]).sum())
    )
    for seed in (1, 2, 1):
        shape_or_texture.compare(seed, labels=20)
    (one, first), (other, second), again = trained
    assert again == (one, first)
    assert one != other
    assert first != second


def test_a_way_with_images_is_data_by_default_with_as_many_as_the_paper_has():
    defaults = {name: p.default for name, p in inspect.signature(shape_or_texture).parameters.items()}
    assert (defaults["way"], defaults["labels"]) == ("data", 1000)


@pytest.mark.parametrize("way", OF_IMAGES)
def test_the_numbers_of_images_are_what_they_are_called(tiny, monkeypatch, way):
    """From each student as it then is: on the fresh images of the seed, and on those that were pushed."""
    for_tests = streams(6)[2]
    fresh = [
        SquaresAndDisks(textured, pattern=pattern).sample(12, for_tests)
        for textured, pattern in (("squares", "checkerboard"), ("disks", "checkerboard"), ("disks", "stripes"))
    ]

    def shares(given, named, pushed):
        if named["steps"] != 3:  # to learn
            return None
        student, x, y = given
        assert (x == fresh[0][:5]).all()
        assert (y == SquareOrDisk()(x)).all()
        assert named["epsilon"] == 0.2
        assert np.abs(pushed - x).max() <= 0.2 + 1e-9
        assert (SquareOrDisk()(pushed) == y).all()
        return [
            *(np.mean(student(images) == SquareOrDisk()(images)) for images in fresh),
            np.mean(student(pushed) == y),
        ]

    seen = watched(monkeypatch, "push_image", shares)
    result = shape_or_texture.compare(6, way=way, labels=34, epsilon=0.1)
    rows = zip(result.mu, result.nu, result.stripes, result.pushed, strict=True)
    assert [list(row) for row in rows] == [row for row in seen if row is not None]
    assert len(result.seconds) == len(result.labels) == (3 if way == "active student" else 1)
    assert result.labels[-1] == 34


def test_a_push_in_the_test_is_too_little_for_the_teacher():
    x = SquaresAndDisks("both").sample(10, seeded())
    for direction in (-1, 1):
        moved = np.clip(x + direction * ways.SHAPE_PUSH, 0, 1)
        assert (SquareOrDisk()(moved) == SquareOrDisk()(x)).all()
    assert 0.1 < ways.SHAPE_PUSH < 0.25


def taught(monkeypatch):
    """What a student is trained on, the options, and the weights before, time after time."""
    seen, real = [], ways.train

    def train(module, x, y, **named):
        weights = [parameter.detach().numpy().copy() for parameter in module.parameters()]
        seen.append((x.copy(), y.copy(), named, weights, module))
        return real(module, x, y, **named)

    monkeypatch.setattr(ways, "train", train)
    return seen


OPTIONS = {
    "data": {},
    "l_2": {"transform"},
    "l_inf": {"transform"},
    "features": {},
    "outline": {},
    "invariance": {"transform"},
    "sparsity": {"penalty"},
    "structure": {"epochs", "rate"},
}


@pytest.mark.parametrize("way", OPTIONS)
def test_a_way_changes_one_thing_about_the_training(tiny, monkeypatch, way):
    made, framed, lessons = watched(monkeypatch, "convolutional"), watched(monkeypatch, "framed"), taught(monkeypatch)
    shape_or_texture.compare(8, way=way, labels=24)
    [(x, y, named, weights, module)] = lessons
    for_data, for_learning, _ = streams(8)
    assert (x == SquaresAndDisks("squares", balanced=True).sample(24, for_data)).all()
    assert (y == SquareOrDisk()(x)).all()
    assert y.sum() == 12
    assert set(named) == {"rng", *OPTIONS[way]}
    assert named["rng"] is made[0][1]["rng"]
    assert named.get("penalty", ways.PENALTY) == 1e-4
    assert (named.get("epochs", 100), named.get("rate", 0.01)) == (100, 0.01)
    [(_, architecture, paper_s)] = made
    advice = {"features": (3, None), "outline": (None, 0.25)}.get(way, (None, None))
    assert (architecture["pooling"], architecture["outline"]) == advice
    assert module is (framed[0][2] if way == "structure" else paper_s)
    first = [parameter.detach().numpy() for parameter in convolutional(rng=for_learning).parameters()]
    if way != "structure":
        assert all((one == other).all() for one, other in zip(weights, first, strict=True))


def test_the_questions_to_the_teacher_of_shapes_are_counted(tiny, monkeypatch):
    """After 3 × 12 fresh images; each student is tested with 5 pushed ones."""
    for way, labels, expected in (
        ("data", 22, [22, 5]),
        ("shown nu", 20, [20, 5]),
        ("shown nu", 25, [25, 5]),
        ("active student", 20, [20, 5]),
        ("active student", 28, [20, 5, 8, 5]),
        ("active student", 39, [20, 5, 8, 5, 8, 5, 3, 5]),
        *((way, 16, [16, 5]) for way in OPTIONS),
    ):
        asked = []
        monkeypatch.setattr(ways, "Shape", lambda asked=asked: lambda x: asked.append(len(x)) or SquareOrDisk()(x))
        result = shape_or_texture.compare(0, way=way, labels=labels)
        assert asked == [12, 12, 12, *expected]
        assert result.labels == tuple(np.cumsum(expected[::2]))


def test_an_active_student_and_one_that_is_shown_nu_start_as_the_plain_one(tiny, monkeypatch):
    seen = students_scores(monkeypatch)
    plain = untimed(shape_or_texture.compare(2, labels=20))
    assert untimed(shape_or_texture.compare(2, way="shown nu", labels=20)) == plain
    assert untimed(shape_or_texture.compare(2, way="active student", labels=20)) == plain
    more = untimed(shape_or_texture.compare(2, way="active student", labels=29))
    assert {name: values[:1] for name, values in more.items()} == plain
    scores = [of for of in seen if of is not None]
    assert scores[0] == scores[1] == scores[2] == scores[3]
    assert len({str(of) for of in scores[3:]}) == 3  # and learns from what it asked


def test_one_that_is_shown_nu_sees_textured_disks_after_the_plain_one_s_images(tiny, monkeypatch):
    lessons = taught(monkeypatch)
    shape_or_texture.compare(2, way="shown nu", labels=50)
    [(x, y, named, *_)] = lessons
    assert (x[:20] == SquaresAndDisks("squares", balanced=True).sample(20, streams(2)[0])).all()
    assert (y == SquareOrDisk()(x)).all()
    dark = (x == 0.5).any(axis=(1, 2))
    assert (dark == np.where(np.arange(50) < 20, y == A, y == B)).all()
    assert set(y[20:]) == {A, B}
    assert set(named) == {"rng"}


class Hesitant:
    """Is uncertain about every third image of those it is asked about 8 at a time."""

    def __call__(self, x):
        return np.where((np.arange(len(x)) % 3 == 0) & (len(x) == 8), UNCERTAIN, SquareOrDisk()(x))


@pytest.mark.parametrize(("epsilon", "learnt"), [(0.2, [20, 25, 30, 34]), (0.35, [20, 20, 20, 20])])
def test_an_active_student_trains_on_with_all_of_which_the_teacher_is_certain(tiny, monkeypatch, epsilon, learnt):
    """Of a push that is too large for the teacher it learns nothing, and has asked all the same."""
    monkeypatch.setattr(ways, "Shape", Hesitant)
    lessons = taught(monkeypatch)
    pushed = watched(
        monkeypatch, "push_image", lambda given, named, moved: (*given[1:], named, given[0](given[1]), moved, given[0])
    )
    result = shape_or_texture.compare(5, way="active student", labels=40, epsilon=epsilon)
    assert result.labels == (20, 28, 36, 40)
    asked = [push for push in pushed if push[2]["steps"] == 2]
    assert [len(push[0]) for push in asked] == [8, 8, 4]
    x, y = lessons[0][:2]
    for (new, own, named, answers, moved, student), (given_x, given_y, options, *_) in zip(
        asked, lessons[1:], strict=True
    ):
        assert (own == answers).all()  # pushed to where its own answer changes
        assert named == {"epsilon": epsilon, "steps": 2}
        assert np.abs(moved - new).max() == pytest.approx(epsilon)
        assert set(np.unique(new)) <= {0, 0.5, 1}
        assert student.module is lessons[0][4]
        labels = Hesitant()(moved)
        x, y = np.concatenate([x, moved[certain(labels)]]), np.concatenate([y, labels[certain(labels)]])
        assert (given_x == x).all()
        assert (given_y == y).all()
        assert set(options) == {"rng", "epochs"}
        assert options["epochs"] == ways.EPOCHS_AFTER
    assert [len(lesson[0]) for lesson in lessons] == learnt
    assert all(lesson[4] is lessons[0][4] for lesson in lessons)
    assert all(lesson[2]["rng"] is lessons[0][2]["rng"] for lesson in lessons)


def test_new_images_are_fresh_ones_of_mu(tiny, monkeypatch):
    pushed = watched(monkeypatch, "push_image", lambda given, named, moved: (given[1], named["steps"]))
    shape_or_texture.compare(5, way="active student", labels=36)
    new = np.concatenate([x for x, steps in pushed if steps == 2])
    seen = np.concatenate([SquaresAndDisks("squares", balanced=True).sample(20, streams(5)[0]), pushed[0][0]])
    assert len(np.unique(np.concatenate([new, seen]).reshape(len(new) + len(seen), -1), axis=0)) == 16 + 20 + 5
    assert ((new == 0.5).any(axis=(1, 2)) == (SquareOrDisk()(new) == A)).all()


@pytest.mark.parametrize(("way", "p"), [("l_2", 2), ("l_inf", np.inf)])
def test_adversarial_training_pushes_each_batch_against_its_labels(tiny, monkeypatch, way, p):
    pushes = watched(monkeypatch, "push_image", lambda given, named, moved: (given[1], given[2], named))
    lessons = taught(monkeypatch)
    shape_or_texture.compare(1, way=way, labels=60, epsilon=0.15)
    *learning, test = pushes
    assert [len(x) for x, *_ in learning] == [50, 10] * 2
    assert all(named == {"epsilon": 0.15, "p": p, "steps": 2} for *_, named in learning)
    assert test[2]["steps"] == 3
    x, y = lessons[0][:2]
    label = dict(zip((image.tobytes() for image in x), y.tolist(), strict=True))
    assert all(
        label[image.tobytes()] == k for some, labels, _ in learning for image, k in zip(some, labels, strict=True)
    )


@pytest.mark.parametrize("way", ["l_2", "l_inf"])
def test_adversarial_training_with_images_and_without_a_push_is_the_plain_one(tiny, monkeypatch, way):
    seen = students_scores(monkeypatch)
    assert untimed(shape_or_texture.compare(1, way=way, labels=20, epsilon=0)) == untimed(
        shape_or_texture.compare(1, labels=20)
    )
    shape_or_texture.compare(1, way=way, labels=20, epsilon=0.1)
    trained, plain, pushed = (of for of in seen if of is not None)
    assert trained == plain != pushed


def test_an_invariance_gives_each_image_of_a_batch_another_texture(tiny, monkeypatch):
    covered = watched(monkeypatch, "_with_other_textures", lambda given, named, other: (given[0], other, given[1]))
    lessons = taught(monkeypatch)
    shape_or_texture.compare(1, way="invariance", labels=60)
    assert [len(x) for x, *_ in covered] == [50, 10] * 2
    x, _, named, *_ = lessons[0]
    seen = np.concatenate([batch for batch, *_ in covered])
    for epoch in (seen[:60], seen[60:]):
        assert sorted(image.tobytes() for image in epoch) == sorted(image.tobytes() for image in x)
    assert len({id(rng) for *_, rng in covered} | {id(named["rng"])}) == 1


def test_who_sees_only_outlines_can_not_be_pushed(tiny, monkeypatch):
    monkeypatch.setattr(ways, "IMAGES_TO_PUSH", 12)
    for seed in range(3):
        result = shape_or_texture.compare(seed, way="outline", labels=20)
        assert result.pushed == result.mu


def test_the_student_of_a_frame_learns_the_shape_from_few_images(monkeypatch):
    monkeypatch.setattr(ways, "FRESH_IMAGES", 60)
    monkeypatch.setattr(ways, "IMAGES_TO_PUSH", 10)
    told = shape_or_texture.compare(0, way="structure", labels=30)
    assert (told.mu[0], told.nu[0]) == (pytest.approx(1, abs=0.1), pytest.approx(1, abs=0.1))


@pytest.mark.parametrize(
    ("compare", "way", "said"),
    [
        (two_pixels.compare, "outline", "way must be one of data, active student, l_2, l_inf, features,"),
        (shape_or_texture.compare, "count", "way must be one of data, active student, l_2, l_inf, shown nu, features,"),
    ],
)
def test_a_way_is_one_of_its_example_s(compare, way, said):
    with pytest.raises(ValueError, match=said):
        compare(0, way=way)


def test_there_are_at_least_10_labels_and_an_active_student_s_first_ones():
    for way in set(OF_PICTURES) - {"active student", "sparsity"}:
        assert two_pixels.compare(0, way=way, labels=10).labels == (10,)
        with pytest.raises(ValueError, match="labels must be at least 10 with this way, got 9"):
            two_pixels.compare(0, way=way, labels=9)
    for compare, way, least in (
        (two_pixels.compare, "active student", 2000),
        (shape_or_texture.compare, "active student", 1000),
        (shape_or_texture.compare, "shown nu", 1000),
        (shape_or_texture.compare, "data", 10),
    ):
        with pytest.raises(ValueError, match=f"labels must be at least {least} with this way, got {least - 1}"):
            compare(0, way=way, labels=least - 1)


@pytest.mark.parametrize(
    ("compare", "settings"),
    [
        (two_pixels.compare, {"way": "data", "labels": 2000}),
        (two_pixels.compare, {"way": "features", "labels": 20}),
        (two_pixels.compare, {"way": "sparsity", "labels": 20}),
        (shape_or_texture.compare, {"way": "structure", "labels": 30}),
    ],
)
def test_the_committed_results_are_what_the_code_makes(compare, settings):
    name = f"ways_{compare.__name__}.jsonl"
    runs = sweep.load(RESULTS / name, experiment=f"active_teacher.ways:{compare.__name__}")
    [committed] = [r["results"] for r in runs if settings.items() <= r["settings"].items() and r["seed"] == 1]
    for measure, values in untimed(compare(1, **settings)).items():
        assert committed[measure] == pytest.approx(values, abs=0.02)  # processors round differently
