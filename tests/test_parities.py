"""Parities: the transform against enumeration, the lower bound against every feature, the student of Theorem 4.3."""

import tracemalloc
from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.linalg import hadamard

from active_teacher.labels import UNCERTAIN
from active_teacher.questions import parities, walsh
from active_teacher.questions.game import Game, most_ruled_out, queries_needed, ruled_out
from active_teacher.questions.parities import (
    Parity,
    bent,
    chance_determined,
    cube,
    eliminate,
    index_of,
    learn,
    subset_of,
    teacher_indices,
)
from active_teacher.questions.walsh import correlations, fourier, walsh_hadamard

CONVENTIONS = (False, True)
WHOLE_NUMBERS = st.integers(0, 7).flatmap(lambda d: arrays(np.int64, 2**d, elements=st.integers(-1000, 1000)))
FLOATS = st.integers(0, 7).flatmap(lambda d: arrays(np.float64, 2**d, elements=st.floats(-8, 8)))


def rng():
    return np.random.default_rng(2021)


def subsets(d):
    """All subsets of the coordinates, by their sizes."""
    return [s for size in range(d + 1) for s in combinations(range(d), size)]


def plain_parity(subset, point, *, complement=False):
    """Equation (4.1) or the preprint's formula, in plain Python."""
    total = sum(int(point[i]) for i in subset)
    return (1 + (-1) ** total) // 2 if complement else total % 2


def plain_transform(values):
    """d passes of sums and differences, in a layout in which every pass is the same."""
    for _ in range(len(values).bit_length() - 1):
        even, odd = values[0::2], values[1::2]
        values = np.concatenate([even + odd, even - odd])
    return values


def all_features(d, values=(0, 1)):
    """Every function from the cube to ``values``, one a row."""
    return np.array(list(product(values, repeat=2**d)), dtype=np.int64)


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
    with pytest.raises(ValueError, match=r"a feature of d = 28 would need 2\.0 GiB"):
        Game(28, alpha=0.1)


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


# The transform


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("d", range(12))
def test_the_transform_is_the_product_with_the_hadamard_matrix(d, dtype):
    whole = rng().integers(-50, 51, 2**d)
    fraction = rng().normal(size=2**d)
    signs = hadamard(2**d)
    assert walsh_hadamard(whole.astype(dtype)).tolist() == (signs @ whole).tolist()
    assert walsh_hadamard(fraction.astype(dtype)) == pytest.approx(
        signs @ fraction, abs=2.0 ** (d + 4) * float(np.finfo(dtype).eps)
    )
    assert walsh_hadamard(whole.astype(dtype)).dtype == dtype


@pytest.mark.parametrize("d", range(1, 7))
def test_the_transform_is_its_definition(d):
    values, x = rng().integers(-9, 10, 2**d), cube(d)
    for subset in subsets(d):
        direct = sum(int(v) * (-1) ** sum(int(point[i]) for i in subset) for v, point in zip(values, x, strict=True))
        assert walsh_hadamard(values)[index_of(subset)] == direct


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("d", [13, 16, 17, 18, 19, 20, 21, 22])
def test_the_transform_of_a_long_array(d, dtype):
    values = rng().integers(-3, 5, 2**d).astype(dtype)
    assert np.array_equal(walsh_hadamard(values), plain_transform(values))


@pytest.mark.parametrize("d", range(9, 20))
def test_an_array_that_is_transformed_by_pieces(d, monkeypatch):
    """The same path as above 2^20 values, for every split of the index that occurs up to 2^27."""
    values = rng().integers(-3, 5, 2**d).astype(np.float32)
    monkeypatch.setattr(walsh, "WHOLE", 8)
    monkeypatch.setattr(walsh, "LOW", 8)
    assert np.array_equal(walsh_hadamard(values), plain_transform(values))


@given(WHOLE_NUMBERS)
def test_the_transform_twice_is_2_to_the_d_times_the_identity(h):
    assert (walsh_hadamard(walsh_hadamard(h)) == len(h) * h).all()
    assert (len(h) * fourier(walsh_hadamard(h)) == len(h) * h).all()


@given(FLOATS)
def test_the_squares_of_the_coefficients_sum_to_the_mean_square(h):
    assert (fourier(h) ** 2).sum() == pytest.approx((h**2).mean(), abs=1e-12)
    assert (fourier(h)[1:] ** 2).sum() == pytest.approx(h.var(), abs=1e-12)


@given(st.data(), st.integers(0, 7), st.integers(-9, 9), st.integers(-9, 9))
def test_the_transform_is_linear(data, d, a, b):
    g, h = (data.draw(arrays(np.int64, 2**d, elements=st.integers(-999, 999))) for _ in range(2))
    assert (walsh_hadamard(a * g + b * h) == a * walsh_hadamard(g) + b * walsh_hadamard(h)).all()


@pytest.mark.parametrize(("dtype", "most"), [(np.float32, 2**24), (np.float64, 2**53)])
@given(st.data())
def test_whole_numbers_are_transformed_exactly_up_to_what_the_docstring_says(dtype, most, data):
    """The worst case: absolute values that sum to all that is allowed, in any signs."""
    d = data.draw(st.integers(1, 6))
    cuts = sorted(data.draw(st.lists(st.integers(0, most), min_size=2**d - 1, max_size=2**d - 1)))
    sizes = np.diff([0, *cuts, most])
    whole = sizes * data.draw(arrays(np.int64, 2**d, elements=st.sampled_from([-1, 1])))
    assert [int(s) for s in walsh_hadamard(whole.astype(dtype))] == (hadamard(2**d).astype(np.int64) @ whole).tolist()


@pytest.mark.parametrize("given_type", [bool, np.uint8, np.int64, np.float16, np.longdouble, ">f4", ">f8"])
def test_what_is_no_float32_becomes_float64(given_type):
    values = np.array([1, 0, 1, 1], dtype=given_type)
    assert walsh_hadamard(values).dtype == np.float64
    assert walsh_hadamard(values).tolist() == [3, 1, -1, 1]
    assert walsh_hadamard([True, False, True, True]).tolist() == [3, 1, -1, 1]


@pytest.mark.parametrize("transform", [walsh_hadamard, fourier, correlations])
def test_the_values_that_are_given_stay_as_they_are(transform):
    for values in (np.arange(8.0), np.arange(8, dtype=np.float32), np.arange(16.0)[::2], np.arange(8.0)[::-1]):
        values.flags.writeable = False
        before = values.copy()
        assert transform(values).tolist() == pytest.approx(transform(before.tolist()).tolist())
        assert np.array_equal(values, before)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("d", [0, 1, 5, 12])
def test_in_place_the_result_is_written_over_the_values(d, dtype):
    values = rng().integers(-9, 10, 2**d).astype(dtype)
    expected = walsh_hadamard(values)
    assert walsh_hadamard(values, in_place=True) is values
    assert np.array_equal(values, expected)


@pytest.mark.parametrize(
    "values", [[1.0, 2.0], np.arange(4), np.arange(8.0)[::2], np.arange(4.0)[::-1], np.arange(4.0, dtype=">f8"), (1.0,)]
)
def test_in_place_needs_an_array_that_can_hold_the_result(values):
    before = np.array(values)
    with pytest.raises(TypeError, match="in place, values must be a writable C-contiguous float32 or float64 array"):
        walsh_hadamard(values, in_place=True)
    assert np.array_equal(values, before)
    fixed = np.arange(4.0)
    fixed.flags.writeable = False
    with pytest.raises(TypeError, match="in place"):
        walsh_hadamard(fixed, in_place=True)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e308, -1e308])
def test_in_place_nothing_is_written_if_a_sum_can_not_be(wrong):
    values = np.array([1.0, 2.0, wrong, 4.0])
    before = values.copy()
    with pytest.raises(ValueError, match="values must be finite"):
        walsh_hadamard(values, in_place=True)
    assert np.array_equal(values, before, equal_nan=True)


def test_sums_just_below_the_largest_float_are_no_error():
    largest = float(np.finfo(np.float64).max)
    assert walsh_hadamard([largest / 4, largest / 4, -largest / 4, largest / 4])[0] == largest / 2
    assert walsh_hadamard([1e308]).tolist() == [1e308]
    assert correlations([1e308], complement=True).tolist() == [1e308]


@pytest.mark.parametrize("n", [0, 3, 6, 12, 1023])
def test_a_length_that_is_no_power_of_two_is_refused(n):
    with pytest.raises(ValueError, match=rf"shape \(2\^d,\), got \({n},\)"):
        walsh_hadamard(np.zeros(n))


@pytest.mark.parametrize("in_place", [False, True])
def test_the_transform_of_2_to_the_24_values_takes_far_less_than_1_gib(in_place):
    """And says what is known of it: a parity is correlated with itself alone."""
    d, subset = 24, (0, 5, 16, 23)
    tracemalloc.start()
    try:
        values = np.zeros(1, dtype=np.float32)
        for i in range(d):
            values = np.concatenate([values, 1 - values if i in subset else values])
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        sums = walsh_hadamard(values, in_place=in_place)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2**30 / 4
    assert peak - before < (0 if in_place else sums.nbytes) + 2**20
    assert np.flatnonzero(sums).tolist() == [0, index_of(subset)]
    assert sums[[0, index_of(subset)]].tolist() == [2**23, -(2**23)]


@pytest.mark.parametrize("d", range(1, 7))
def test_a_coefficient_is_the_mean_of_the_feature_times_the_sign(d):
    x, h = cube(d), rng().normal(size=2**d)
    spectrum = fourier(h)
    for subset in subsets(d):
        assert spectrum[index_of(subset)] == pytest.approx(np.mean(h * (-1.0) ** x[:, list(subset)].sum(axis=1)))


@pytest.mark.parametrize("complement", CONVENTIONS)
@pytest.mark.parametrize("d", range(1, 7))
def test_the_correlations_are_the_exact_answers_to_a_feature_query(d, complement):
    x, h = cube(d), rng().integers(0, 2, 2**d)
    answers = correlations(h, complement=complement)
    for subset in subsets(d):
        labels = [plain_parity(subset, point, complement=complement) for point in x]
        assert answers[index_of(subset)] == np.mean(h * labels)


def test_fourier_and_correlations_keep_float32():
    assert fourier(np.ones(4, np.float32)).dtype == correlations(np.ones(4, np.float32)).dtype == np.float32


# The lower bound


@pytest.mark.parametrize("d", [2, 4, 6, 8, 12])
def test_a_bent_function_is_correlated_with_all_parities_alike(d):
    x = cube(d)
    assert bent(d).tolist() == ((x[:, 0::2] * x[:, 1::2]).sum(axis=1) % 2).tolist()
    assert (np.abs(fourier(bent(d))[1:]) == 2 ** (-d / 2) / 2).all()


@pytest.mark.parametrize("d", [2, 4, 8])
def test_a_bent_function_rules_out_every_teacher_at_once(d):
    alpha = Fraction(1, 4 * 2 ** (d // 2))
    assert ruled_out(bent(d), alpha=alpha * Fraction(999, 1000)).all()
    assert not ruled_out(bent(d), alpha=alpha).any()


@pytest.mark.parametrize("d", [3, 5, 9, 13])
def test_the_bound_is_reached_by_a_feature_correlated_with_the_teachers_only(d):
    """x_0 + a bent function of the others, mod 2: every coefficient without the first coordinate is 0 or constant."""
    h = np.column_stack([bent(d - 1), 1 - bent(d - 1)]).ravel()
    just_below = Fraction(1, 4 * 2 ** ((d - 1) // 2)) - Fraction(1, 10**9)
    assert np.count_nonzero(ruled_out(h, alpha=just_below)) == most_ruled_out(alpha=just_below) == 2 ** (d - 1)
    signs = 1 - 2 * h
    assert ruled_out(signs, alpha=2 * just_below, query="statistical").all()
    assert most_ruled_out(alpha=2 * just_below, query="statistical") == 2 ** (d - 1)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_what_is_ruled_out_is_what_is_too_far_from_the_answer_for_every_feature(d):
    x = cube(d)
    truth = np.array([[plain_parity(subset_of(s), point) for point in x] for s in teacher_indices(d)])
    step = Fraction(1, 2 ** (d + 1))
    features = all_features(d)
    for alpha in (step / 2, step, 3 * step / 2, 2 * step, 3 * step, Fraction(1, 4)):
        for h in features:
            apart = [abs(Fraction(int(h @ y), 2**d) - Fraction(int(h.sum()), 2 ** (d + 1))) for y in truth]
            out = ruled_out(h, alpha=alpha)
            assert out.tolist() == [distance > alpha for distance in apart]
            assert out.sum() <= most_ruled_out(alpha=alpha)


def test_every_feature_of_four_coordinates_obeys_the_bound():
    """All 65 536, at every tolerance at which the count changes; the library is asked at one of these for each."""
    features = all_features(4)
    apart = np.abs(features @ hadamard(16))[:, 1::2]  # 2^(d+1) |E[h f_S] - E[h]/2|
    counts = {}
    for j in range(9):
        counts[j] = (apart > j).sum(axis=1)
        for alpha in (Fraction(max(j, 0.001)) / 32, Fraction(j + 1) / 32 - Fraction(1, 10**9)):
            assert counts[j].max() <= most_ruled_out(alpha=alpha)
            assert all(int(c) * 16 * alpha**2 < 1 for c in np.unique(counts[j]))
    assert counts[0].max() == counts[1].max() == 8
    for i, h in enumerate(features):
        j = i % 9
        out = ruled_out(h, alpha=(j + 0.5) / 32)
        assert np.array_equal(out, apart[i] > j)


def test_every_general_query_of_three_coordinates_obeys_its_bound():
    features = all_features(3, values=(-1, 0, 1))
    apart = np.abs(features @ hadamard(8))[:, 1::2]
    for j in range(9):
        for alpha in (Fraction(max(j, 0.001)) / 16, Fraction(j + 1) / 16 - Fraction(1, 10**9)):
            assert (apart > j).sum(axis=1).max() <= most_ruled_out(alpha=alpha, query="statistical")
    for i, h in enumerate(features):
        assert np.array_equal(ruled_out(h, alpha=(i % 9 + 0.5) / 16, query="statistical"), apart[i] > i % 9)


@given(st.data())
def test_a_general_query_is_a_part_without_the_teacher_and_a_feature_of_three_values(data):
    d = 3
    chi = data.draw(arrays(np.int64, (2**d, 2), elements=st.integers(0, 1)))
    without, feature = chi[:, 0], chi[:, 1] - chi[:, 0]
    for subset in subsets(d):
        labels = Parity(subset, d)(cube(d))
        asked = chi[np.arange(2**d), labels].mean()
        assert asked == without.mean() + correlations(feature)[index_of(subset)]


@given(st.integers(1, 11), st.data(), st.fractions(Fraction(1, 1000), 1))
def test_no_feature_rules_out_more_than_the_bound(d, data, alpha):
    seed = data.draw(st.integers(0, 2**32 - 1))
    draw = np.random.default_rng(seed)
    h = draw.random(2**d) < draw.random()
    assert np.count_nonzero(ruled_out(h, alpha=alpha)) * 16 * alpha**2 < 1
    g = h * draw.choice([-1, 1], 2**d)
    assert np.count_nonzero(ruled_out(g, alpha=alpha, query="statistical")) * 4 * alpha**2 < 1


def test_a_parity_rules_out_itself_only():
    x = cube(5)
    for k, s in enumerate(teacher_indices(5)):
        h = Parity(subset_of(s), 5)(x)
        assert np.flatnonzero(ruled_out(h, alpha=0.2499)).tolist() == [k]
        assert not ruled_out(h, alpha=0.25).any()


@pytest.mark.parametrize(
    ("alpha", "feature", "general"),
    [
        (1, 0, 0),
        (0.5, 0, 0),
        (0.25, 0, 3),
        (Fraction(1, 8), 3, 15),
        (0.1, 6, 24),
        (Fraction(1, 12), 8, 35),
        (0.01, 624, 2499),
    ],
)
def test_the_most_that_one_query_can_rule_out(alpha, feature, general):
    assert most_ruled_out(alpha=alpha) == feature
    assert most_ruled_out(alpha=alpha, query="statistical") == general


@pytest.mark.parametrize(
    ("d", "alpha", "epsilon", "feature", "general"),
    [
        (10, Fraction(1, 8), Fraction(1, 4), 127, 32),
        (10, 0.125, 0.25, 127, 32),
        (10, 1, 0.25, 16 * 508, 4 * 508),
        (1, 1, Fraction(1, 10**9), 0, 0),
        (3, 0.25, 0.25, 0, 0),
        (3, 0.25, 0.26, 0, 0),
        (4, 0.25, 0.25, 4, 1),
        (4, 0.25, 0.125, 7, 2),
        (5, 0.5, 0.499, 0, 0),
    ],
)
def test_how_many_queries_a_student_needs(d, alpha, epsilon, feature, general):
    assert queries_needed(d, alpha=alpha, epsilon=epsilon) == feature
    assert queries_needed(d, alpha=alpha, epsilon=epsilon, query="statistical") == general


def test_how_many_queries_a_student_of_ten_thousand_coordinates_needs():
    needed = queries_needed(10_000, alpha=Fraction(1, 100), epsilon=Fraction(1, 4))
    assert needed == -(-16 * (2**9999 - 4) // 10_000)
    assert isinstance(needed, int)
    assert isinstance(queries_needed(3, alpha=1e-300, epsilon=0.1), int)


@pytest.mark.parametrize("epsilon", [0, 0.0, 0.5, Fraction(1, 2)])
def test_a_student_who_may_guess_or_must_be_better_than_right_has_no_bound(epsilon):
    with pytest.raises(ValueError, match=r"epsilon must lie in \(0, 1/2\)"):
        queries_needed(5, alpha=0.1, epsilon=epsilon)


@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_no_classifier_is_right_about_more_teachers_than_the_theorem_says(d):
    agree = (1 + np.abs((1 - 2 * all_features(d)) @ hadamard(2**d)) / 2**d) / 2
    for right in np.unique(agree[agree > 0.5]):
        epsilon = Fraction(1 - right) + Fraction(1, 10**9)
        if epsilon < Fraction(1, 2):
            most = (agree >= right).sum(axis=1).max()
            assert int(most) * (1 - 2 * epsilon) ** 2 < 1


@given(st.integers(2, 7), st.integers(0, 2**32 - 1), st.sampled_from(["random", "parities", "coordinates", "bent"]))
def test_a_student_that_asks_less_than_the_theorem_says_has_too_many_teachers_left(d, seed, strategy):
    draw = np.random.default_rng(seed)
    alpha, epsilon = Fraction(int(draw.integers(1, 40)), 160), Fraction(int(draw.integers(1, 45)), 100)
    x, game = cube(d), Game(d, alpha=alpha)
    for _ in range(queries_needed(d, alpha=alpha, epsilon=epsilon) - 1):
        left = np.flatnonzero(game.survivors)
        if strategy == "random":
            h = draw.integers(0, 2, 2**d)
        elif strategy == "parities":
            h = Parity(subset_of(teacher_indices(d)[draw.choice(left)]), d)(x)
        elif strategy == "coordinates":
            h = x[:, draw.integers(d)]
        else:
            h = (x[:, 0] + bent(d - d % 2)[np.arange(2**d) >> d % 2]) % 2
        game.ask(h)
        assert game.answers[-1] == np.mean(h) / 2
    if game.history:
        assert game.history[-1] > 1 / (1 - 2 * epsilon) ** 2
        assert game.history[-1] >= 2 ** (d - 1) - len(game.history) * most_ruled_out(alpha=alpha)


# The game


@given(st.integers(1, 6), st.integers(0, 2**32 - 1), st.sampled_from([0.001, 0.02, Fraction(1, 16), 0.1, 0.2, 0.3]))
def test_the_teachers_left_are_those_whom_every_answer_fits(d, seed, alpha):
    draw = np.random.default_rng(seed)
    game = Game(d, alpha=alpha)
    left = set(range(2 ** (d - 1)))
    for _ in range(6):
        h = (draw.random(2**d) < draw.random()).astype(int)
        truth = [Fraction(float(t)) for t in correlations(h)[teacher_indices(d)]]
        neutral = Fraction(int(h.sum()), 2 ** (d + 1))
        fits = {k for k in left if abs(truth[k] - neutral) <= Fraction(alpha)}
        answer = Fraction(game.ask(h))
        if fits:
            assert answer == neutral
            left = fits
        else:
            kept = {t: {k for k in left if abs(truth[k] - t) <= Fraction(alpha)} for t in {truth[k] for k in left}}
            assert answer in kept
            assert len(kept[answer]) == max(len(those) for those in kept.values())
            left = kept[answer]
        assert left
        assert np.flatnonzero(game.survivors).tolist() == sorted(left)
        assert game.history[-1] == len(left)
        assert game.answers[-1] == answer
    assert len(game.history) == len(game.answers) == 6


def test_the_last_teacher_left_tells_the_truth():
    d, x = 4, cube(4)
    game = Game(d, alpha=0.2)
    for s in teacher_indices(d):
        game.ask(Parity(subset_of(s), d))
    assert game.history == [7, 6, 5, 4, 3, 2, 1, 1]
    assert game.answers == [0.25] * 7 + [0.5]
    assert game.survivors.tolist() == [False] * 7 + [True]
    assert np.mean(Parity(range(d), d)(x)) == 0.5


def test_a_feature_may_be_its_values_or_a_callable():
    values, called = Game(6, alpha=0.01), Game(6, alpha=0.01)
    majority = cube(6).sum(axis=1) > 3
    assert values.ask(majority) == called.ask(lambda x: x.sum(axis=1) > 3)
    assert values.survivors.tolist() == called.survivors.tolist()
    assert 0 < values.history[0] < 32


def test_a_query_that_is_refused_changes_nothing():
    game = Game(3, alpha=0.1)
    with pytest.raises(ValueError, match="one value for each of 8 points, got 4"):
        game.ask(np.zeros(4))
    with pytest.raises(ValueError, match=r"h must hold 0 and 1 only, got 0\.5 at position 2"):
        game.ask([0, 1, 0.5, 0, 0, 0, 0, -1])
    assert (game.history, game.answers, game.survivors.all()) == ([], [], True)


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
    with pytest.raises(ValueError, match="the teacher's answer must hold"):
        learn(lambda x: np.where(x[:, 1] == 1, label, 0), 3)


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
