"""The transform against its definition, the matrix and a plainer way; the coefficients against means over the cube."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.linalg import hadamard

from active_teacher.questions.parities import cube, index_of
from active_teacher.questions.walsh import correlations, fourier, walsh_hadamard
from by_hand import CONVENTIONS, plain_parity, subsets

WHOLE_NUMBERS = st.integers(0, 7).flatmap(lambda d: arrays(np.int64, 2**d, elements=st.integers(-1000, 1000)))
FLOATS = st.integers(0, 7).flatmap(lambda d: arrays(np.float64, 2**d, elements=st.floats(-8, 8)))


def rng():
    return np.random.default_rng(2021)


def plain_transform(values):
    """d passes of sums and differences, in a layout in which every pass is the same."""
    for _ in range(len(values).bit_length() - 1):
        even, odd = values[0::2], values[1::2]
        values = np.concatenate([even + odd, even - odd])
    return values


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
    one = np.ones(1)
    assert not np.shares_memory(transform(one), one)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e308, -1e308])
def test_sums_that_can_not_be_are_refused(wrong):
    with pytest.raises(ValueError, match="values must be finite, with sums that are"):
        walsh_hadamard([1.0, 2.0, wrong, 4.0])


def test_sums_just_below_the_largest_float_are_no_error():
    largest = float(np.finfo(np.float64).max)
    assert walsh_hadamard([largest / 4, largest / 4, -largest / 4, largest / 4])[0] == largest / 2
    assert walsh_hadamard([1e308]).tolist() == [1e308]
    assert correlations([1e308], complement=True).tolist() == [1e308]


@pytest.mark.parametrize("n", [0, 3, 6, 12, 1023])
def test_a_length_that_is_no_power_of_two_is_refused(n):
    with pytest.raises(ValueError, match=rf"shape \(2\^d,\), got \({n},\)"):
        walsh_hadamard(np.zeros(n))


def test_the_transform_of_2_to_the_24_values_takes_far_less_than_1_gib():
    """And says what is known of it: a parity is correlated with itself alone."""
    d, subset = 24, (0, 5, 16, 23)
    values = np.zeros(1, dtype=np.float32)
    for i in range(d):
        values = np.concatenate([values, 1 - values if i in subset else values])
    tracemalloc.start()
    try:
        sums = walsh_hadamard(values)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * sums.nbytes + 2**20 < 2**30 / 7
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
