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

from active_teacher.experiments import shared, sweep, two_pixels
from active_teacher.experiments.regression import lasso
from active_teacher.experiments.two_pixels import comparison, push_idle, safe_pairs
from active_teacher.geometry import Box
from active_teacher.labels import A, B
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


@pytest.mark.parametrize("way", two_pixels.WAYS)
def test_a_way_with_pictures_is_a_function_of_its_seed(small, way):
    labels = 120 if way == "active student" else 20
    one, again, other = (two_pixels.compare(seed, way=way, labels=labels, epsilon=0.05) for seed in (3, np.int64(3), 4))
    assert untimed(one) == untimed(again)
    assert untimed(one) != untimed(other)
    assert one == pickle.loads(pickle.dumps(one))
    assert json.loads(json.dumps(sweep._plain(one, {}))) == {name: list(values) for name, values in asdict(one).items()}
    assert {type(value) for value in one.asked} == {int}
    assert {type(value) for name in ("seconds", "mu", "nu", "pushed", "safe") for value in getattr(one, name)} == {
        float
    }


def test_a_way_is_data_by_default_with_as_many_pictures_as_the_paper_has():
    defaults = {name: p.default for name, p in inspect.signature(two_pixels.compare).parameters.items()}
    assert defaults["labels"] == 2000
    assert untimed(two_pixels.compare(1)) == untimed(two_pixels.compare(1, way="data", labels=2000, epsilon=0))


@pytest.mark.parametrize("way", two_pixels.WAYS)
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
        assert result.pushed[k] <= result.mu[k]  # a push can only do harm
        assert result.safe[k] == safe_pairs(student)


def test_all_ways_of_a_seed_see_the_same_pictures(small, monkeypatch):
    made = watched(
        monkeypatch, two_pixels, "_pictures", lambda given, named, returned: (given[0], returned[0].tolist())
    )
    for way in two_pixels.WAYS:
        two_pixels.compare(7, way=way, labels=100)
    runs = [made[k : k + 3] for k in range(0, len(made), 3)]
    assert len(runs) == len(two_pixels.WAYS)
    assert all(run == runs[0] for run in runs)
    fresh, plain, training = runs[0]
    assert [fresh[0], plain[0], training[0]] == [200, 100, 100]
    assert plain == training
    assert fresh[1][:100] != training[1]


def test_streams_are_those_of_the_seed_and_differ():
    draws = [[rng.random() for rng in made] for made in (shared.streams(5), streams(5), shared.streams(6))]
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
        monkeypatch.setattr(two_pixels, name, uncounted(getattr(two_pixels, name)))
    monkeypatch.setattr(two_pixels, "comparison", lambda: lambda x: asked.append(len(x)) or teacher(x))
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
    calls = {name: watched(monkeypatch, two_pixels, name) for name in names}
    safe = watched(monkeypatch, two_pixels, "safe_pairs")
    asked = questions(monkeypatch)
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
    assert list(result.asked) == tested
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
    calls = watched(monkeypatch, two_pixels, "least_squares")
    two_pixels.compare(9, way="active student", labels=125, epsilon=epsilon)
    lessons = [lesson for lesson, _, _ in calls[1:]]
    x, y = two_pixels._pictures(100, streams(9)[0])
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
    calls = watched(monkeypatch, two_pixels, "least_squares")
    result = two_pixels.compare(3, way="invariance", labels=60)
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


def test_only_some_ways_know_an_epsilon(small):
    for way in two_pixels.WAYS:
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

    monkeypatch.setattr(shared, "process_time", lambda: clock[0])
    seen = []
    for asked, seconds, student in shared.timed(steps()):
        clock[0] += 50  # of tests
        seen.append((asked, seconds, student))
    assert seen == [(1, 2.0, "a"), (1, 4.0, "b")]


def test_time_passes(small):
    seconds = two_pixels.compare(0, way="active student", labels=140).seconds
    assert 0 <= seconds[0] <= seconds[1] <= seconds[2]
    assert seconds[-1] > 0


def test_a_way_is_one_of_the_example_s():
    with pytest.raises(ValueError, match="way must be one of data, active student, l_2, l_inf, features,"):
        two_pixels.compare(0, way="outline")


def test_there_are_at_least_10_labels_and_an_active_student_s_first_ones():
    for way in set(two_pixels.WAYS) - {"active student", "sparsity"}:
        assert two_pixels.compare(0, way=way, labels=10).asked == (10,)
        with pytest.raises(ValueError, match="labels must be at least 10 with this way, got 9"):
            two_pixels.compare(0, way=way, labels=9)
    with pytest.raises(ValueError, match="labels must be at least 2000 with this way, got 1999"):
        two_pixels.compare(0, way="active student", labels=1999)


@pytest.mark.parametrize(("way", "labels"), [("data", 2000), ("features", 20), ("sparsity", 20)])
def test_the_committed_results_are_what_the_code_makes(way, labels):
    runs = sweep.load("two_pixels")
    [committed] = runs[(runs.way == way) & (runs.labels == labels) & (runs.seed == 1)].to_dict("records")
    for measure, (value,) in untimed(two_pixels.compare(1, way=way, labels=labels)).items():
        assert committed[measure] == pytest.approx(value, abs=0.02)  # processors round differently
