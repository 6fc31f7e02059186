"""Example 4.1: each way is given what its name says and no more, and its numbers are what they are called."""

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

from active_teacher.experiments import sweep, two_pixels
from active_teacher.experiments.regression import bisected, lasso
from active_teacher.experiments.two_pixels import WAYS, comparison, push_idle, safe_pairs
from active_teacher.geometry import Box
from active_teacher.labels import A, B
from active_teacher.questions.queries import Data, Query
from active_teacher.questions.queries import stubborn as says_least
from active_teacher.robustness import strong_robustness
from active_teacher.students import Linear, least_squares
from watching import seeded, streams, untimed, watched

SURE = 1e-6  # a true statement fails one such test in a million: the seeds below are fixed
TEACHER = comparison()


def pictures_with(idle, *, first=0.5, last=0.5):
    x = np.full((1, two_pixels.PIXELS), idle)
    x[0, [0, -1]] = first, last
    return x


def linear(first, last, *idle, b=0.0):
    """A student of as many pixels as there are, the idle ones repeated from the left, else 0."""
    w = np.zeros(two_pixels.PIXELS)
    w[[0, -1]] = first, last
    w[1 : 1 + len(idle)] = idle
    return Linear(w, b)


@pytest.fixture
def small(monkeypatch):
    """Example 4.1 with few pixels and few pictures, so that a way takes milliseconds."""
    for name, value in {"PIXELS": 8, "PAIR": (0, 7), "PICTURES": 100, "ASKED": 10, "FRESH": 200, "COPIES": 5}.items():
        monkeypatch.setattr(two_pixels, name, value)


# Example 4.1: the teacher and its pictures


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_the_teacher_compares_the_first_pixel_with_the_last(first, last, idle):
    assert TEACHER(pictures_with(idle, first=first, last=last)).tolist() == [B if first > last else A]


@pytest.mark.parametrize("n", [10, 101, 2000])
def test_half_of_the_pictures_are_of_each_class(n):
    x, y = two_pixels._pictures(n, seeded())
    assert (x.shape, y.shape) == ((n, 100), (n,))
    assert np.bincount(y).tolist() == [n - n // 2, n // 2]
    assert (y == TEACHER(x)).all()


def test_a_larger_training_set_begins_with_the_smaller():
    (few, labels), (more, theirs) = (two_pixels._pictures(n, seeded()) for n in (30, 77))
    assert (few == more[:30]).all()
    assert (labels == theirs[:30]).all()


@pytest.mark.parametrize("label", [A, B])
def test_the_pictures_of_a_class_are_uniform_on_its_half_of_the_cube(label):
    """The larger of two uniform numbers has a uniform square, and the smaller is a uniform share of it."""
    x, y = two_pixels._pictures(20_000, seeded())
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


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.floats(0, 1))
def test_no_other_push_of_this_size_misleads_the_student_more(seed, epsilon):
    rng = seeded(seed)
    student, x = Linear(rng.normal(size=100), rng.normal()), rng.random((6, 100))
    sign = np.where(TEACHER(x) == A, 1, -1)
    least = sign * student.score(push_idle(student, x, epsilon=epsilon))
    corners = epsilon * rng.choice([-1, 1], size=(50, 1, 100))
    corners[..., [0, -1]] = 0
    for other in np.clip(x + np.concatenate([corners, corners * rng.random(corners.shape)]), 0, 1):
        assert (least <= sign * student.score(other) + 1e-9).all()


def test_a_push_is_0_3_unless_told():
    student, x = Linear(seeded().normal(size=100)), seeded().random((5, 100))
    assert (push_idle(student, x) == push_idle(student, x, epsilon=0.3)).all()
    assert np.abs(push_idle(student, x) - x).max() == pytest.approx(0.3)


@settings(max_examples=20)
@given(st.lists(st.integers(-3, 3), min_size=8, max_size=8), st.integers(-4, 4), st.integers(0, 10**6))
def test_no_choice_of_the_idle_pixels_is_worse_than_a_push_of_1(w, b, seed):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(two_pixels, "PIXELS", 8)
        patch.setattr(two_pixels, "PAIR", (0, 7))
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
        patch.setattr(two_pixels, "PIXELS", 5)
        patch.setattr(two_pixels, "PAIR", (0, 4))
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
    x, y = two_pixels._pictures(20_000, rng)
    student = least_squares(x, y)
    fresh, truth = two_pixels._pictures(20_000, rng)
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
    """Definition 3.1, as the core decides it."""
    student = linear(first, last, *idle, b=b)
    verdict = strong_robustness(Box(np.zeros(100), np.ones(100)), TEACHER, student)
    assert verdict.exact
    assert (safe_pairs(student) == 1) == bool(verdict.robust)


TINY = st.sampled_from([0.0, 5e-324, -1e-300, 1e-17, -1e-17, 1e-9])


@given(TINY, TINY, TINY, st.sampled_from([1e-300, 0.7, 2.0, 1e300]))
def test_no_weight_is_too_small_to_count(idle, b, more, size):
    """All pairs are safe if and only if the weights say so: none idle, none free, and the pair's of equal size."""
    student = linear(-size, size + more, 0.0, idle, b=b)
    strong = idle == 0 and b == 0 and size + more == size
    assert (safe_pairs(student) == 1) == strong


@settings(max_examples=50)
@given(*[st.fractions(-2, 2, max_denominator=8)] * 3, st.lists(st.fractions(-1, 1, max_denominator=8), max_size=3))
def test_the_share_is_the_area_that_a_fine_grid_has(first, last, b, idle):
    """On a grid of n × n squares only those that a line crosses can be counted wrongly: at most 2n for each line."""
    student, n = linear(float(first), float(last), *map(float, idle), b=float(b)), 400
    low, high = (b + sum(c for c in idle if (c < 0) == negative) for negative in (True, False))
    middles = (np.arange(n) + 0.5) / n
    one, other = np.meshgrid(middles, middles, indexing="ij")
    score = float(first) * one + float(last) * other
    right = np.where(other >= one, score + float(low) >= 0, score + float(high) < 0)
    assert safe_pairs(student) == pytest.approx(right.mean(), abs=6 / n)


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


@pytest.mark.parametrize("power", [-900, -300, 5, 300, 1000])
def test_the_size_of_all_coefficients_together_does_not_count(power):
    w = seeded().normal(size=100) * 0.05
    w[[0, 99]] += -2, 2
    shares = [safe_pairs(Linear(w * scale, 0.3 * scale)) for scale in (1.0, 2.0**power)]
    assert 0 < shares[0] == shares[1] < 1


# Example 4.1: the ways

LABELS = {"active student": 120, "t-test": 60}
TAKE_EPSILON = {"active student", "l_2", "l_inf"}


@pytest.mark.parametrize("way", WAYS)
def test_a_way_with_pictures_is_a_function_of_its_seed(small, way):
    labels = LABELS.get(way, 20)
    one, again, other = (two_pixels.compare(seed, way=way, labels=labels, epsilon=0.05) for seed in (3, np.int64(3), 4))
    assert untimed(one) == untimed(again)
    assert untimed(one) != untimed(other)
    assert one == pickle.loads(pickle.dumps(one))
    plain = asdict(one)
    assert json.loads(json.dumps(plain)) == {name: list(values) for name, values in plain.items()}
    whole = {"asked", "questions", "told", "strong"}
    for name, values in plain.items():
        assert {type(value) for value in values} == {int if name in whole else float}
    assert len({len(values) for values in plain.values()}) == 1


def test_a_way_is_data_by_default_with_as_many_pictures_as_the_paper_has():
    defaults = {name: p.default for name, p in inspect.signature(two_pixels.compare).parameters.items()}
    assert defaults["labels"] == 2000
    assert untimed(two_pixels.compare(1)) == untimed(two_pixels.compare(1, way="data", labels=2000, epsilon=0))


@pytest.mark.parametrize("way", WAYS)
def test_the_numbers_of_pictures_are_what_they_are_called(small, monkeypatch, way):
    """From each student anew: on the fresh pictures of the seed, and with the idle pixels moved by hand."""
    students = watched(monkeypatch, two_pixels, "safe_pairs", lambda given, named, returned: given[0])
    result = two_pixels.compare(5, way=way, labels=130)
    fresh, truth = two_pixels._pictures(200, streams(5)[2])
    plain = least_squares(*two_pixels._pictures(100, streams(5)[0]))

    def attacked(student):
        against = np.where(truth == A, -1, 1)[:, None] * np.sign(student.coefficients)
        against[:, [0, 7]] = 0
        return np.clip(fresh + 0.3 * against, 0, 1)

    assert len(students) == len(result.asked)
    for k, student in enumerate(students):
        shares = [np.mean(student(x) == truth) for x in (fresh, attacked(plain), attacked(student))]
        assert [result.mu[k], result.nu[k], result.pushed[k]] == pytest.approx(shares)
        assert result.pushed[k] <= min(result.mu[k], result.nu[k])  # nothing is worse than a push against oneself
        assert result.safe[k] == safe_pairs(student)
        assert result.strong[k] == (result.safe[k] == 1)


def test_what_is_told_and_asked_is_counted(small):
    for way, sentences in WAYS.items():
        result = two_pixels.compare(5, way=way, labels=130)
        assert set(result.told) == {len(sentences)}
        assert set(result.questions) == {8 if way == "feature queries" else 0}
        if way != "bisection":
            assert result.asked[-1] == 130
    assert sum(len(sentences) > 0 for sentences in WAYS.values()) == 7
    assert set(WAYS["features and structure"]) == {*WAYS["features"], *WAYS["structure"]}


def test_all_ways_of_a_seed_see_the_same_pictures_and_more_labels_begin_with_fewer(small, monkeypatch):
    """Those of the fits with all labels; and of the first fit of an active student, of its first."""
    made = watched(monkeypatch, two_pixels, "_pictures", lambda given, named, returned: returned[0].tolist())
    for way in WAYS:
        for labels in (100, 130):
            two_pixels.compare(7, way=way, labels=labels)
    trained, fresh = made[0::2], made[1::2]
    assert all(x == fresh[0] for x in fresh)
    assert {len(x) for x in trained} == {100, 130}
    assert all(x[:100] == trained[0] for x in trained)
    assert fresh[0][:100] != trained[0]


LEARNERS = {
    "data": ("least_squares", {"integer": False}),
    "t-test": ("significant", {}),
    "lasso": ("lasso", {}),
    "feature queries": ("least_squares", {"features": [0, 7]}),
    "l_2": ("adversarial_least_squares", {"epsilon": 0.07, "p": 2}),
    "l_inf": ("adversarial_least_squares", {"epsilon": 0.07, "p": np.inf}),
    "features": ("least_squares", {"features": (0, 7), "integer": False}),
    "invariance": ("least_squares", {"features": (0, 7), "integer": False}),
    "sparsity": ("few", {}),
    "count": ("best_subset", {"size": 2}),
    "structure": ("least_squares", {"integer": True}),
    "features and structure": ("least_squares", {"features": (0, 7), "integer": True}),
}


@pytest.mark.parametrize("way", LEARNERS)
@pytest.mark.parametrize("labels", [60, 145])
def test_a_student_is_given_its_labels_and_what_it_is_told(small, monkeypatch, way, labels):
    names = {name for name, _ in LEARNERS.values()}
    calls = {name: watched(monkeypatch, two_pixels, name) for name in names}
    safe = watched(monkeypatch, two_pixels, "safe_pairs")
    teacher = watched(monkeypatch, two_pixels, "comparison")
    result = two_pixels.compare(2, way=way, labels=labels, epsilon=0.07)
    name, told = LEARNERS[way]
    calls["least_squares"].pop(0)  # the one that is attacked for all
    assert {name for name in names if calls[name]} == {name}
    [((x, y), named, student)] = calls[name]
    expected, theirs = two_pixels._pictures(labels, streams(2)[0])
    assert (x == expected).all()
    assert (y == theirs).all()
    assert {key: value for key, value in named.items() if key != "rng"} == told
    if "rng" in named:
        assert (student.coefficients == lasso(x, y, rng=streams(2)[1]).coefficients).all()
    assert safe[0][0] == (student,)
    assert result.asked == (labels,)
    assert len(teacher) == 4 + 2 + 2  # to draw twice, with and without this test, and to push twice: none is asked


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
    asked = watched(monkeypatch, two_pixels, "_pushed", lambda given, named, returned: len(returned))
    result = two_pixels.compare(0, way="active student", labels=labels)
    assert list(result.asked) == tested
    rest = (labels - 100) % 10
    assert [n for n in asked if n != 200] == [10] * ((labels - 100) // 10) + [rest] * (rest > 0)


def test_an_active_student_starts_as_the_plain_one():
    start, plain = two_pixels.compare(1, way="active student", labels=2000), two_pixels.compare(1)
    assert untimed(start) == untimed(plain)
    more = two_pixels.compare(1, way="active student", labels=2050)
    assert {name: values[:1] for name, values in untimed(more).items()} == untimed(plain)
    assert plain.nu == plain.pushed  # attacked is the plain student itself


@pytest.mark.parametrize("epsilon", [0, 0.1, 0.8])
def test_an_active_student_asks_about_new_pictures_where_its_answer_would_change(small, monkeypatch, epsilon):
    """Each student again, from the random numbers of the seed, by least squares on all that it has asked."""
    students = watched(monkeypatch, two_pixels, "safe_pairs", lambda given, named, returned: given[0])
    two_pixels.compare(9, way="active student", labels=125, epsilon=epsilon)
    x, y = two_pixels._pictures(100, streams(9)[0])
    rng = streams(9)[1]
    for n, found in zip((10, 10, 5, 0), students, strict=True):
        student = least_squares(x, y)
        assert found.coefficients == pytest.approx(student.coefficients, rel=1e-9)
        more = rng.random((n, 8))
        towards = np.where(student(more) == A, -1, 1)[:, None] * np.sign(student.coefficients) if n else more
        more = np.clip(more + epsilon * towards, 0, 1)
        x, y = np.concatenate([x, more]), np.concatenate([y, comparison()(more)]) if n else y


def test_an_augmentation_is_copies_with_other_idle_pixels(small, monkeypatch):
    calls = watched(monkeypatch, two_pixels, "least_squares")
    result = two_pixels.compare(3, way="augmentation", labels=60)
    (x, y), named, _ = calls[1]
    real, labels = two_pixels._pictures(60, streams(3)[0])
    assert (x.shape, named, result.asked) == ((5 * 60, 8), {}, (60,))
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


def test_only_some_ways_know_an_epsilon_or_an_alpha(small):
    for way in WAYS:
        one, pushed, vague = (
            untimed(two_pixels.compare(4, way=way, labels=130, **given))
            for given in ({"epsilon": 0.02}, {"epsilon": 0.05}, {"epsilon": 0.02, "alpha": 0.2})
        )
        assert (one != pushed) == (way in TAKE_EPSILON)
        assert (one != vague) == (way == "feature queries")


# Feature queries


def test_the_correlations_are_those_of_uniform_pictures():
    x = seeded().random((200_000, 100))
    sampled = x.T @ TEACHER(x) / len(x)
    assert two_pixels._answers(1e-12) == pytest.approx(sampled, abs=0.004)
    assert two_pixels._answers(1e-12)[[0, 50, 99]] == pytest.approx([1 / 6, 1 / 4, 1 / 3])


@pytest.mark.parametrize("alpha", [0.001, 0.03, 0.05, 0.1, 1])
def test_an_answer_is_within_its_tolerance_and_the_one_that_says_least(alpha):
    """As the stubborn policy of chapter 6 has it, whose coin is what an idle pixel gets, as long as that is allowed."""
    truth = two_pixels._answers(1e-12)
    for true, answer in zip(truth, two_pixels._answers(alpha), strict=True):
        assert abs(answer - true) <= alpha + 1e-12
        assert abs(answer - 1 / 4) == pytest.approx(max(0, abs(true - 1 / 4) - alpha), abs=1e-11)
        if abs(true - 1 / 4) <= alpha:
            assert answer == pytest.approx(says_least(Query(true, 1 / 4, alpha, None)), abs=1e-11)


@pytest.mark.parametrize(("alpha", "found"), [(0.001, True), (0.041, True), (0.0417, False), (0.1, False)])
def test_the_pair_is_certain_below_a_24th_and_no_pixel_is_above(alpha, found):
    """1/12 apart, less alpha for the answer, must be more than alpha."""
    queries = two_pixels.compare(0, way="feature queries", labels=200, alpha=alpha)
    same = two_pixels.compare(0, way="features" if found else "data", labels=200)
    assert queries.safe == same.safe
    assert queries.questions == (100,)


@given(st.floats(0.001, 0.0416), st.integers(0, 10**6))
def test_below_a_24th_no_allowed_answers_hide_the_pair_or_add_to_it(alpha, seed):
    truth = two_pixels._answers(1e-12)
    answers = truth + alpha * (1 - 1e-9) * seeded(seed).choice([-1, 1], size=100)
    assert np.flatnonzero(np.abs(answers - 1 / 4) > alpha).tolist() == [0, 99]


# Bisection


def test_bisection_finds_the_pair_without_a_training_set():
    for seed in range(5):
        few_labels, more = (two_pixels.compare(seed, way="bisection", labels=labels) for labels in (10, 2000))
        assert untimed(few_labels) == untimed(more)
        oracle = Data(comparison())
        student = bisected(oracle, dimension=100, rng=streams(seed)[1])
        assert np.flatnonzero(student.coefficients).tolist() == [0, 99]
        assert few_labels.asked == (oracle.asked,)
        assert 242 <= oracle.asked <= 270
        assert 0 < 1 - few_labels.safe[0] < 1e-9
        assert few_labels.strong == (0,)


# All together, of real size


def test_advice_does_what_labels_do_not_and_selection_does_as_well():
    data = two_pixels.compare(0)
    assert data.mu[0] > 0.9
    assert data.nu[0] == data.pushed[0] < 0.5
    assert data.safe[0] < 0.05
    whole = two_pixels.compare(0, way="structure")
    assert (whole.safe, whole.strong) == ((1.0,), (1,))
    for way in ("features", "invariance", "count", "sparsity", "feature queries", "t-test"):
        told = two_pixels.compare(0, way=way, labels=200)
        assert told.safe[0] > 0.98
        assert told.strong == (0,)
    asking = two_pixels.compare(0, way="active student", labels=2200).safe
    assert data.safe[0] == asking[0] < asking[1] < asking[2] < asking[3] < 0.9


def test_the_time_is_that_of_this_thread_and_of_learning_alone(small, monkeypatch):
    """A clock that goes on by 1 at each look is looked at before and after a step, and nowhere else."""
    clock = iter(range(1000))
    monkeypatch.setattr(two_pixels, "thread_time", lambda: float(next(clock)))
    for name in ("_pictures", "push_idle", "safe_pairs"):
        real = getattr(two_pixels, name)

        def slow(*given, real=real, **named):
            next(clock)
            return real(*given, **named)

        monkeypatch.setattr(two_pixels, name, slow)
    assert two_pixels.compare(0, way="active student", labels=140).seconds == (1.0, 2.0, 3.0, 4.0)


def test_time_passes(small):
    seconds = two_pixels.compare(0, way="active student", labels=140).seconds
    assert 0 < seconds[0] <= seconds[1] <= seconds[2]


def test_a_way_is_one_of_the_example_s():
    with pytest.raises(ValueError, match="way must be one of data, t-test, lasso, feature queries, active student,"):
        two_pixels.compare(0, way="outline")


def test_there_are_at_least_10_labels_or_what_a_way_begins_with():
    for way in set(WAYS) - {"active student", "t-test", "bisection"}:
        assert two_pixels.compare(0, way=way, labels=10).asked == (10,)
        with pytest.raises(ValueError, match="labels must be at least 10 with this way, got 9"):
            two_pixels.compare(0, way=way, labels=9)
    for way, least in (("active student", 2000), ("t-test", 101)):
        assert two_pixels.compare(0, way=way, labels=least).asked == (least,)
        with pytest.raises(ValueError, match=f"labels must be at least {least} with this way, got {least - 1}"):
            two_pixels.compare(0, way=way, labels=least - 1)


@pytest.mark.parametrize(
    ("way", "labels", "epsilon"),
    [("data", 200, 0.3), ("t-test", 200, 0.3), ("bisection", 2000, 0.3), ("l_inf", 500, 0.03), ("structure", 500, 0.3)],
)
def test_the_committed_results_are_what_the_code_makes(way, labels, epsilon):
    runs = sweep.load("two_pixels")
    [kept] = runs[
        (runs.way == way)
        & (runs.labels == labels)
        & (runs.epsilon == epsilon)
        & (runs.alpha == 0.03)
        & (runs.seed == 7)
    ].to_dict("records")
    made = two_pixels.compare(7, way=way, labels=labels, epsilon=epsilon)
    for name in ("asked", "questions", "told", "mu", "nu", "pushed", "safe", "strong"):
        assert getattr(made, name)[-1] == pytest.approx(kept[name], abs=1e-3)
