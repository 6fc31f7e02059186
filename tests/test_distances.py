"""Distances: each against its definition or another library, and what a shift, noise or grey paper does to it."""

import os
import re
import subprocess
import sys
from fractions import Fraction
from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from scipy.ndimage import gaussian_filter

from active_teacher.pictures import distances
from active_teacher.pictures.distances import lp, ssim, wasserstein

ORDERS = [1, 1.5, 2, 3, 10, inf]
SHADES = st.floats(0, 1)


def seeded(seed=2021):
    return np.random.default_rng(seed)


def pairs(elements, most=6):
    """Two arrays of one shape."""
    shapes = st.sampled_from([(most,), (2, 3), (1,), (2, 1, 2), ()])
    return shapes.flatmap(lambda shape: st.tuples(*[arrays(np.float64, shape, elements=elements)] * 2))


def picture(*ink, shape=(4, 4)):
    """White paper with ink at some pixels: (row, column) or (row, column, amount)."""
    paper = np.ones(shape)
    for row, column, *amount in ink:
        paper[row, column] -= amount[0] if amount else 1
    return paper


# l_p


@pytest.mark.parametrize("p", ORDERS)
@given(pairs(st.floats(-9, 9).map(lambda value: round(value, 3))))
def test_lp_is_the_norm_of_the_difference(p, two):
    a, b = two
    sizes = [abs(u - v) for u, v in zip(a.ravel().tolist(), b.ravel().tolist(), strict=True)]
    expected = max(sizes) if p == inf else sum(size**p for size in sizes) ** (1 / p)
    assert lp(a, b, p=p) == pytest.approx(expected, rel=1e-12)
    assert lp(a, b, p=p) == pytest.approx(np.linalg.norm((a - b).ravel(), ord=p), rel=1e-12)


@pytest.mark.parametrize("p", [0, 0.0, np.int64(0), np.float32(0)])
@given(pairs(st.integers(-1, 1)))
def test_l0_counts_the_entries_that_differ(p, two):
    a, b = two
    assert lp(a, b, p=p) == sum(u != v for u, v in zip(a.ravel().tolist(), b.ravel().tolist(), strict=True))


@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1, 1e150, 1e300])
@pytest.mark.parametrize(("p", "expected"), [(0, 2), (1, 7), (2, 5), (3, 91 ** (1 / 3)), (1000, 4), (inf, 4)])
def test_lp_scales_with_the_pictures_at_both_ends_of_the_floats(p, expected, scale):
    distance = lp([[3 * scale, 0], [0, 0]], [[0, -4 * scale], [0, 0]], p=p)
    assert distance == pytest.approx(expected * (scale if p else 1), rel=1e-12)


@pytest.mark.parametrize("p", [0, *ORDERS])
@given(st.tuples(*[arrays(np.float64, (2, 2), elements=st.integers(-3, 3))] * 3))
def test_lp_is_a_metric(p, three):
    a, b, c = three
    assert lp(a, b, p=p) == lp(b, a, p=p)
    assert (lp(a, b, p=p) == 0) == (a == b).all()
    assert lp(a, c, p=p) <= lp(a, b, p=p) + lp(b, c, p=p) + 1e-12


@pytest.mark.parametrize("p", [0, *ORDERS])
def test_lp_is_a_python_float(p):
    assert type(lp(np.eye(2, dtype=np.float32), np.zeros((2, 2), dtype=int), p=p)) is float


def test_the_largest_difference_counts_for_p_infinity_and_all_for_less():
    a, b = np.zeros((28, 28)), np.full((28, 28), 0.1)
    assert [lp(a, b, p=p) for p in (0, 1, 2, inf)] == pytest.approx([784, 78.4, 2.8, 0.1])


@pytest.mark.parametrize("p", [0.5, -1, -inf, np.nan, np.nextafter(1, 0), 1e-300, Fraction(1, 2)])
def test_between_0_and_1_there_is_no_lp_distance(p):
    with pytest.raises(ValueError, match="p must be 0 or at least 1, got"):
        lp([1.0], [2.0], p=p)


@pytest.mark.parametrize("p", [False, None, "0", [0], 1j])
def test_an_order_is_a_number(p):
    with pytest.raises(TypeError, match="p must be a real number"):
        lp([1.0], [2.0], p=p)


@pytest.mark.parametrize("p", [1, 2, inf])
def test_a_distance_too_large_for_a_float_is_refused(p):
    with pytest.raises(ValueError, match="a and b must be smaller, got a distance too large"):
        lp([1.7e308, 0], [-1.7e308, 1], p=p)


def test_a_sum_too_large_for_a_float_is_refused_and_its_largest_part_is_not():
    a, b = [1.7e308, 1.7e308], [0, 0]
    with pytest.raises(ValueError, match="too large for a float"):
        lp(a, b, p=1)
    assert lp(a, b, p=inf) == 1.7e308


@pytest.mark.parametrize("measure", [lambda a, b: lp(a, b, p=2), ssim, wasserstein], ids=["lp", "ssim", "wasserstein"])
@pytest.mark.parametrize(("one", "other"), [((11, 12), (12, 11)), ((11, 11), (11, 12)), ((11, 11), (11, 11, 1))])
def test_both_pictures_have_one_shape(measure, one, other):
    with pytest.raises(ValueError, match=re.escape(f"a and b must have one shape, got {one} and {other}")):
        measure(np.zeros(one), np.zeros(other))


# Structural similarity


def similarity(a, b):
    """Wang et al. (2004), equations (13) and (17): moments in a Gaussian window, their index, and its mean."""

    def mean(z):
        return gaussian_filter(z, 1.5, truncate=3.5)[5:-5, 5:-5]  # where the window of 11 pixels fits

    mu_a, mu_b = mean(a), mean(b)
    var_a, var_b, both = mean(a * a) - mu_a**2, mean(b * b) - mu_b**2, mean(a * b) - mu_a * mu_b
    one, two = 0.01**2, 0.03**2
    index = (2 * mu_a * mu_b + one) * (2 * both + two)
    return np.mean(index / ((mu_a**2 + mu_b**2 + one) * (var_a + var_b + two)))


@pytest.mark.parametrize("shape", [(11, 11), (11, 30), (25, 16)])
@pytest.mark.parametrize("noise", [0.01, 0.1, 1])
def test_ssim_is_that_of_wang_et_al(shape, noise):
    rng = seeded()
    a = rng.random(shape)
    b = (a + noise * rng.normal(size=shape)).clip(0, 1)
    assert ssim(a, b) == pytest.approx(similarity(a, b), abs=1e-9)


@settings(max_examples=20)
@given(st.tuples(*[arrays(np.float64, (11, 12), elements=SHADES)] * 2))
def test_ssim_is_symmetric_at_most_1_and_1_for_equal_pictures(two):
    a, b = two
    assert ssim(a, b) == pytest.approx(ssim(b, a), abs=1e-12)
    assert -1 <= ssim(a, b) <= 1 + 1e-12
    assert ssim(a, a) == pytest.approx(1)


def test_two_grey_pictures_differ_by_their_lightness_only():
    """Both variances are 0: what is left is (2ab + C_1)/(a² + b² + C_1)."""
    for a, b in ((0.2, 0.6), (0, 1), (0.5, 0.5)):
        expected = (2 * a * b + 1e-4) / (a * a + b * b + 1e-4)
        assert ssim(np.full((12, 12), a), np.full((12, 12), b)) == pytest.approx(expected)


def test_a_negative_is_unlike_its_picture():
    a = np.indices((20, 20)).sum(axis=0) % 2.0
    assert ssim(a, 1 - a) < -0.9


def test_ssim_has_a_window_and_a_range():
    with pytest.raises(ValueError, match=r"at least 11 pixels a side for SSIM's window, got \(10, 40\)"):
        ssim(np.zeros((10, 40)), np.zeros((10, 40)))
    with pytest.raises(ValueError, match=r"b must have shape \(height, width\) and values in \[0, 1\].* to 255"):
        ssim(np.zeros((11, 11)), np.full((11, 11), 255))


# Wasserstein


def places(shape):
    return np.indices(shape).reshape(2, -1).T


def transport(a, b):
    """The same by scipy's linear program."""
    return stats.wasserstein_distance_nd(places(a.shape), places(b.shape), (1 - a).ravel(), (1 - b).ravel())


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("shape", [(2, 5), (4, 4), (1, 9)])
def test_wasserstein_is_the_least_transport_of_ink(shape, seed):
    rng = seeded(seed)
    a, b = rng.random((2, *shape)) ** 3
    assert wasserstein(a, b) == pytest.approx(transport(a, b), abs=1e-7)


@pytest.mark.parametrize(("step", "way"), [((0, 1), 1), ((1, 0), 1), ((1, 1), sqrt(2)), ((2, 1), sqrt(5))])
def test_ink_that_is_shifted_travels_the_shift(step, way):
    a = picture((0, 0), (1, 1, 0.5), (1, 0, 0.25), shape=(5, 4))
    assert wasserstein(a, np.roll(a, step, axis=(0, 1))) == pytest.approx(way)


def test_ink_counts_as_a_share_of_the_total():
    """Half of it stays, half goes three pixels to the right, however black it is."""
    a, b = picture((0, 0, 0.2)), picture((0, 0), (0, 3))
    assert wasserstein(a, b) == pytest.approx(1.5)


def test_ink_is_what_is_not_white():
    assert wasserstein(picture((0, 0)), picture((0, 3))) == pytest.approx(3)
    assert wasserstein(1 - picture((0, 0)), 1 - picture((0, 3))) == pytest.approx(3 / 15)


@settings(max_examples=25)
@given(st.tuples(*[arrays(np.float64, (3, 3), elements=SHADES).filter(lambda z: z.min() < 0.9)] * 3))
def test_wasserstein_is_a_metric_up_to_the_amount_of_ink(three):
    a, b, c = three
    assert wasserstein(a, b) == pytest.approx(wasserstein(b, a), abs=1e-9)
    assert wasserstein(a, a) == pytest.approx(0, abs=1e-9)
    assert wasserstein(a, c) <= wasserstein(a, b) + wasserstein(b, c) + 1e-9
    assert wasserstein(a, b) >= 0


@pytest.mark.parametrize("block", [2, 3, 6])
@pytest.mark.parametrize("seed", range(3))
def test_blocks_change_the_distance_by_at_most_half_a_diagonal_of_a_block_for_each_picture(block, seed):
    rng = seeded(seed)
    a, b = rng.random((2, 6, 12)) ** 4
    error = abs(wasserstein(a, b, block=block) - wasserstein(a, b))
    assert error <= 2 * sqrt(0.5) * (block - 1) + 1e-9 < 2 * 0.71 * block


@pytest.mark.parametrize(("row", "column", "way"), [(0, 11, 9), (5, 0, 3), (5, 11, sqrt(90)), (2, 2, 0)])
def test_the_ink_of_a_block_is_in_its_middle(row, column, way):
    """Blocks of three pixels in 6 by 12: from the first one, at (1, 1), to others three pixels apart."""
    a, b = picture((0, 0), shape=(6, 12)), picture((row, column), shape=(6, 12))
    assert wasserstein(a, b, block=3) == pytest.approx(way)


def test_all_the_ink_of_a_block_counts():
    a = picture((0, 0), (1, 1), (0, 2), (0, 4, 0.5), shape=(4, 6))
    b = picture((3, 0), (2, 1), (3, 3), (2, 2), shape=(4, 6))
    small = [1 - (1 - z).reshape(2, 2, 3, 2).sum(axis=(1, 3)) / 4 for z in (a, b)]
    assert wasserstein(a, b, block=2) == pytest.approx(2 * transport(*small), abs=1e-7)


def test_at_most_so_many_blocks_are_compared():
    assert distances.MOST_BLOCKS == 4096
    big = np.zeros((65, 64))
    with pytest.raises(ValueError, match="at most 4096 blocks can be compared, got 65 by 64: give a larger block"):
        wasserstein(big, big)
    assert wasserstein(picture((0, 0), shape=(65, 65)), picture((0, 64), shape=(65, 65)), block=5) == pytest.approx(60)


@pytest.mark.parametrize(("shape", "block"), [((6, 12), 4), ((12, 6), 4), ((6, 12), 5), ((6, 12), 12), ((12, 6), 12)])
def test_a_block_divides_both_sides(shape, block):
    said = f"block must divide both sides of the pictures, {shape}, got {block}"
    with pytest.raises(ValueError, match=re.escape(said)):
        wasserstein(np.zeros(shape), np.zeros(shape), block=block)


@pytest.mark.parametrize(("a", "b", "name"), [(np.ones((2, 2)), np.eye(2), "a"), (np.eye(2), np.ones((2, 2)), "b")])
def test_a_white_picture_has_no_ink_to_move(a, b, name):
    with pytest.raises(ValueError, match=f"{name} must have some ink, got a white picture"):
        wasserstein(a, b)


def in_a_new_python(code, **environment):
    kept = {name: value for name, value in os.environ.items() if name != "POT_BACKEND_DISABLE_PYTORCH"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, env=kept | environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


MEASURE = """if True:
    import os, sys
    from active_teacher.pictures.distances import wasserstein
    before = dict(os.environ)
    wasserstein([[0, 1]], [[1, 0]])
    print("ot" in sys.modules, "torch" in sys.modules, dict(os.environ) == before)"""


def test_the_measures_load_no_torch_and_leave_the_environment_as_it_was():
    assert in_a_new_python(MEASURE) == ["True", "False", "True"]


def test_a_choice_that_was_made_before_is_kept():
    assert in_a_new_python(MEASURE, POT_BACKEND_DISABLE_PYTORCH="yes")[::2] == ["True", "True"]


def test_who_has_torch_already_can_give_it_to_pot():
    pytest.importorskip("torch")
    code = f"import torch\n{MEASURE}\nimport ot.backend\nprint(ot.backend.torch is torch)"
    assert in_a_new_python(code) == ["True"] * 4
