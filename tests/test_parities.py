"""Parities: the cube and its functions against plain Python, the student of Theorem 4.3, elimination against search."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from active_teacher.labels import UNCERTAIN
from active_teacher.questions import parities
from active_teacher.questions.parities import (
    Parity,
    bent,
    chance_determined,
    cube,
    eliminate,
    index_of,
    learn,
    passes,
    subset_of,
    teacher_indices,
)
from active_teacher.questions.walsh import fourier, walsh_hadamard
from by_hand import CONVENTIONS, plain_parity, subsets


def rng():
    return np.random.default_rng(2021)


class Counted:
    """A teacher that counts what it is asked, and keeps the largest batch."""

    def __init__(self, teacher):
        self.teacher, self.asked, self.largest = teacher, 0, 0

    def __call__(self, x):
        self.asked += len(x)
        self.largest = max(self.largest, x.nbytes)
        return self.teacher(x)


# The cube and its parities


@pytest.mark.parametrize("d", range(1, 9))
def test_the_cube_holds_every_point_at_its_index(d):
    x = cube(d)
    assert x.dtype == np.float32
    assert [tuple(point) for point in x] == [tuple(reversed(bits)) for bits in product((0, 1), repeat=d)]
    assert (x @ 2 ** np.arange(d) == np.arange(2**d)).all()


def test_what_is_too_large_for_memory_is_refused_with_its_size():
    for call, size in ((lambda: cube(24), r"1\.5 GiB"), (lambda: cube(10_000), r"40000 \* 2\^10000 bytes")):
        with pytest.raises(ValueError, match=f"the cube .* would need {size}, and the limit is 1 GiB"):
            call()
    with pytest.raises(ValueError, match=r"the class of teachers of d = 29 would need 2\.0 GiB"):
        teacher_indices(29)
    with pytest.raises(ValueError, match=r"a bent function of d = 28 would need 2\.0 GiB"):
        bent(28)


def test_a_size_of_1_gib_is_not_yet_too_large(monkeypatch):
    monkeypatch.setattr(parities, "MOST_BYTES", 4 * 3 * 8)
    assert cube(3).nbytes == parities.MOST_BYTES
    with pytest.raises(ValueError, match="d must be smaller"):
        cube(4)


@pytest.mark.parametrize("d", range(1, 6))
def test_an_index_is_the_place_of_the_indicator_in_the_cube(d):
    x = cube(d)
    for subset in subsets(d):
        k = index_of(subset)
        assert np.flatnonzero(x[k]).tolist() == list(subset)
        assert subset_of(k) == subset
        assert Parity(subset, d).index == k


@given(st.sets(st.integers(0, 10_000)))
def test_a_subset_of_many_coordinates_has_an_index_too(subset):
    assert subset_of(index_of(subset)) == tuple(sorted(subset))
    assert subset_of(np.int64(6)) == (1, 2)


@pytest.mark.parametrize("d", range(1, 8))
def test_the_teachers_are_all_subsets_with_the_first_coordinate(d):
    assert teacher_indices(d).tolist() == sorted(index_of(s) for s in subsets(d) if 0 in s)


def test_the_last_coordinate_is_d_minus_1():
    assert Parity([1], 2).subset == (1,)
    with pytest.raises(ValueError, match="subset must hold coordinates from 0 to 1, got 2"):
        Parity([2], 2)


@pytest.mark.parametrize("complement", CONVENTIONS)
@pytest.mark.parametrize("d", range(1, 6))
def test_a_parity_says_what_its_formula_says(d, complement):
    x = cube(d)
    for subset in subsets(d):
        expected = [plain_parity(subset, point, complement=complement) for point in x]
        y = Parity(subset, d, complement=complement)(x)
        assert y.tolist() == expected
        assert y.dtype == np.int64


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float16, np.float32, np.float64])
def test_a_parity_counts_ten_thousand_coordinates_exactly(dtype):
    d = 10_000
    x = (rng().random((20, d)) < [[0.5]] * 19 + [[2]]).astype(dtype)
    subset = np.flatnonzero(rng().random(d) < 0.9)
    expected = x[:, subset].astype(np.int64).sum(axis=1) % 2
    assert Parity(subset, d)(x).tolist() == expected.tolist()
    assert 0 < expected.sum() < 20


def test_a_parity_is_what_its_subset_its_dimension_and_its_convention_are():
    one = Parity([3, np.int64(0)], 5)
    assert one == Parity({0, 3}, 5) == Parity(np.array([0, 3]), 5)
    assert one.subset == (0, 3)
    assert len({one, Parity((0, 3), 5), Parity((0, 3), 6), Parity((0,), 5), Parity((0, 3), 5, complement=True)}) == 4


def test_two_parities_that_both_say_1_do_so_on_a_quarter_of_the_cube():
    x = cube(6)
    assert np.mean(Parity({0}, 6)(x) * Parity({0, 1}, 6)(x)) == 0.25


@pytest.mark.parametrize("d", [2, 4, 6, 8, 12])
def test_a_bent_function_is_correlated_with_all_parities_alike(d):
    x = cube(d)
    assert bent(d).tolist() == ((x[:, 0::2] * x[:, 1::2]).sum(axis=1) % 2).tolist()
    assert (np.abs(fourier(bent(d))[1:]) == 2 ** (-d / 2) / 2).all()


# The students of Theorem 4.3


@pytest.mark.parametrize("complement", CONVENTIONS)
def test_a_student_learns_every_parity_of_ten_coordinates_everywhere(complement):
    d = 10
    x = cube(d)
    for subset in subsets(d):
        teacher = Counted(Parity(subset, d, complement=complement))
        student = learn(teacher, d)
        assert student == teacher.teacher
        assert teacher.asked == d + 1
        if len(subset) % 4 == 1:
            assert np.array_equal(student(x), teacher(x))


@pytest.mark.parametrize("complement", CONVENTIONS)
def test_a_student_learns_a_parity_of_ten_thousand_coordinates(complement):
    d = 10_000
    teacher = Counted(Parity(np.flatnonzero(rng().random(d) < 0.5), d, complement=complement))
    assert learn(teacher, d) == teacher.teacher
    assert teacher.asked == d + 1
    assert teacher.largest <= 2**24


def test_the_questions_are_the_origin_and_the_unit_points():
    asked = []
    learn(lambda x: asked.append(x) or x.any(axis=1).astype(int), 5)
    assert np.vstack(asked).tolist() == [[0] * 5, *np.eye(5).tolist()]


@pytest.mark.parametrize("d", [1, 2, 5])
@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("complement", CONVENTIONS)
def test_what_is_known_is_not_asked(d, first, known, complement):
    for subset in subsets(d):
        if 0 in subset or not first:
            teacher = Counted(Parity(subset, d, complement=complement))
            student = learn(teacher, d, complement=complement if known else None, includes_first=first)
            assert student == teacher.teacher
            assert teacher.asked == d + 1 - known - first


def test_questions_come_in_batches_that_leave_none_out(monkeypatch):
    monkeypatch.setattr(parities, "BATCH", 21)
    teacher = Counted(Parity([0, 2, 3, 6], 7))
    assert learn(teacher, 7) == teacher.teacher
    assert (teacher.asked, teacher.largest) == (8, 3 * 7 * 4)
    monkeypatch.setattr(parities, "BATCH", 1)
    assert learn(teacher, 7, includes_first=True) == teacher.teacher


@pytest.mark.parametrize("label", [UNCERTAIN, 2])
def test_a_teacher_must_answer_0_or_1(label):
    with pytest.raises(ValueError, match=r"answer of a teacher, who must be certain .* must be 0 or 1, got"):
        learn(lambda x: np.where(x[:, 1] == 1, label, 0), 3)


# A test of the sentence "I am a parity"


def odd_rounds(every):
    """How often T(x) + T(y) + T(z) + T(x ⊕ y ⊕ z) is odd, over all triples, for each row of values."""
    n = every.shape[1]
    x, y, z = np.indices((n, n, n)).reshape(3, -1)
    return np.mean(every[:, x] ^ every[:, y] ^ every[:, z] ^ every[:, x ^ y ^ z], axis=1)


def to_the_nearest_parity(every):
    """The share of the cube on which each row differs from the parity, or the complement of one, nearest to it."""
    agree = np.abs([walsh_hadamard(1 - 2.0 * row) for row in every]).max(axis=1) / every.shape[1]
    return (1 - agree) / 2


@pytest.mark.parametrize("d", [1, 2, 3])
def test_the_guarantee_holds_for_every_teacher_and_the_chance_is_that_of_the_docstring(d):
    every = (np.arange(2 ** (2**d))[:, None] >> np.arange(2**d)) & 1
    nearest = [
        min(np.mean(row != Parity(s, d, complement=c)(cube(d))) for s in subsets(d) for c in CONVENTIONS)
        for row in every
    ]
    assert to_the_nearest_parity(every).tolist() == nearest
    delta, odd = np.array(nearest), odd_rounds(every)
    assert (odd >= 2 * delta * (1 - delta)).all()
    assert ((odd == 0) == (delta == 0)).all()
    assert odd.tolist() == [(1 - (fourier(1 - 2.0 * row) ** 4).sum()) / 2 for row in every]


def test_the_guarantee_holds_for_all_65536_teachers_of_four_coordinates():
    every = (np.arange(2**16)[:, None] >> np.arange(16)) & 1
    signs = np.array([Parity(s, 4)(cube(4)) for s in subsets(4)])
    spectra = (1 - 2 * every) @ (1 - 2 * signs.T) / 16
    delta, odd = (1 - abs(spectra).max(axis=1)) / 2, (1 - (spectra**4).sum(axis=1)) / 2
    assert (odd >= 2 * delta * (1 - delta)).all()
    some = rng().choice(2**16, 50, replace=False)
    assert odd[some].tolist() == odd_rounds(every[some]).tolist()


@pytest.mark.parametrize("complement", CONVENTIONS)
@pytest.mark.parametrize("d", [1, 4, 500])
def test_a_parity_always_passes_and_is_asked_four_times_a_round(d, complement):
    for seed in range(20):
        draw = np.random.default_rng(seed)
        teacher = Counted(Parity(np.flatnonzero(draw.random(d) < 0.5), d, complement=complement))
        assert passes(teacher, d, rounds=30, rng=draw) is True
        assert teacher.asked == 4 * 30


@pytest.mark.parametrize("number", [0b1000_0000, 0b1110_1000, 0b1001_0111, 0b1100_1010])
def test_a_teacher_passes_as_often_as_counting_all_triples_says(number):
    values = np.array([number >> k & 1 for k in range(8)])
    chance = (1 - odd_rounds(values[None])[0]) ** 2
    tries, draw = 2000, rng()
    met = sum(passes(lambda x: values[(x @ [1, 2, 4]).astype(int)], 3, rounds=2, rng=draw) for _ in range(tries))
    assert abs(met / tries - chance) < 4 * np.sqrt(chance * (1 - chance) / tries)


def test_the_rounds_come_in_batches_and_one_that_is_odd_is_enough(monkeypatch):
    monkeypatch.setattr(parities, "BATCH", 7)
    for bad in range(5):
        asked = []

        def teacher(x, asked=asked, bad=bad):
            asked.append(x)
            return np.full(len(x), int(len(asked) == 4 * bad + 1))  # one odd round, in the batch so counted

        assert passes(teacher, 7, rounds=5, rng=rng()) is False
        assert [len(x) for x in asked] == [1] * 20
        for x, y, z, last in zip(*[iter(asked)] * 4, strict=True):
            assert ((x + y + z) % 2 == last).all()


# Random examples


def consistent(x, y, conventions):
    """All parities that say y at x, one by one."""
    d = x.shape[1]
    return [p for c in conventions for s in subsets(d) if (p := Parity(s, d, complement=c))(x).tolist() == list(y)]


@pytest.mark.parametrize(("complement", "conventions"), [(None, CONVENTIONS), (False, [False]), (True, [True])])
@pytest.mark.parametrize(("d", "n"), [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3), (3, 2)])
def test_elimination_finds_what_a_search_finds_for_all_examples(d, n, complement, conventions):
    for points in product(cube(d), repeat=n):
        x = np.array(points)
        for y in product((0, 1), repeat=n):
            check_elimination(x, y, complement, conventions)


@given(st.integers(1, 5), st.integers(1, 9), st.sampled_from([None, False, True]), st.booleans(), st.data())
def test_elimination_finds_what_a_search_finds(d, n, complement, noisy, data):
    x = data.draw(arrays(np.int64, (n, d), elements=st.integers(0, 1)))
    conventions = CONVENTIONS if complement is None else [complement]
    subset = data.draw(st.sets(st.integers(0, d - 1)))
    y = Parity(subset, d, complement=data.draw(st.sampled_from(conventions)))(x)
    if noisy:
        y ^= data.draw(arrays(np.int64, n, elements=st.integers(0, 1)))
    check_elimination(x, y.tolist(), complement, conventions)


def check_elimination(x, y, complement, conventions):
    found = consistent(x, y, conventions)
    if found:
        assert eliminate(x, y, complement=complement) == (found[0] if len(found) == 1 else None)
    else:
        with pytest.raises(ValueError, match=r"y must be what a parity says at x, but example \d+ contradicts"):
            eliminate(x, y, complement=complement)


@pytest.mark.parametrize("complement", CONVENTIONS)
def test_a_thousand_coordinates_are_learned_from_a_few_more_random_examples_unless_labels_are_noisy(complement):
    d, draw = 1000, rng()
    teacher = Parity(np.flatnonzero(draw.random(d) < 0.5), d, complement=complement)
    x = draw.integers(0, 2, (d + 20, d))
    y = teacher(x)
    assert eliminate(x, y) == eliminate(x, y, complement=complement) == teacher
    assert eliminate(x[:d], y[:d]) is None
    y[rng().integers(d)] ^= 1
    with pytest.raises(ValueError, match="contradicts those before it"):
        eliminate(x, y)


def test_the_example_that_contradicts_is_named():
    with pytest.raises(ValueError, match="example 3 contradicts"):
        eliminate([[0, 0], [1, 0], [0, 1], [1, 1]], [0, 1, 1, 1])


@pytest.mark.parametrize("convention", [False, True])
@pytest.mark.parametrize(("d", "n"), [(d, n) for d in (1, 2, 3) for n in (1, 2, 3, 4)])
def test_the_chance_that_examples_determine_a_parity_is_that_of_counting_them(d, n, convention):
    examples = [np.array(points) for points in product(cube(d), repeat=n)]
    determined = sum(
        eliminate(x, np.zeros(n, int), complement=False if convention else None) is not None for x in examples
    )
    assert chance_determined(d, n, complement_known=convention) == pytest.approx(determined / len(examples), abs=1e-14)


@pytest.mark.parametrize("convention", [False, True])
def test_the_chance_agrees_with_a_simulation(convention):
    d, n, rounds, draw = 12, 14, 1500, rng()
    known = {"complement": False} if convention else {}
    met = np.mean(
        [eliminate(draw.integers(0, 2, (n, d)), np.zeros(n, int), **known) is not None for _ in range(rounds)]
    )
    chance = chance_determined(d, n, complement_known=convention)
    assert abs(met - chance) < 4 * np.sqrt(chance * (1 - chance) / rounds)
    assert 0.5 < chance < 0.95


def test_the_chance_far_from_the_number_of_coordinates():
    assert chance_determined(10_000, 10_000) == 0 == chance_determined(10_000, 9_999, complement_known=True)
    assert chance_determined(10_000, 10_000, complement_known=True) == chance_determined(10_000, 10_001)
    assert chance_determined(10_000, 10_001) == pytest.approx(0.2887880950866024)  # ∏_{k>=1} (1 - 2^-k)
    assert chance_determined(10_000, 20_000) == 1
