"""Data generators: what they sample, how often, and that nothing but the given rng decides it."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from active_teacher.generators import Finite, PushForward, Uniform
from active_teacher.geometry import Box
from active_teacher.machinery.reweighting import Reweighted

SURE = 1e-6  # a true statement fails one such test in a million: the seeds below are fixed

SQUARES = Uniform(Box([0.5, 0.5], [1, 1]), Box([-1, -1], [-0.5, -0.5]))  # the paper's μ of Fig. 3.2 (left)
CORNERS = Finite([[0, 0, 0], [1, 0, 0]])  # the paper's μ of section 4.1, for d = 3
SHIFTED = PushForward(SQUARES, lambda x: x + 1)
TILTED = Reweighted(SQUARES, lambda x: 1 + x[:, 0], 2)
ALL = {"Uniform": SQUARES, "Finite": CORNERS, "PushForward": SHIFTED, "Reweighted": TILTED}


def seeded(seed=2021):
    return np.random.default_rng(seed)


def has_shares(counts, shares):
    """Whether counts may come from a multinomial distribution with these shares."""
    return stats.chisquare(counts, np.sum(counts) * np.asarray(shares)).pvalue > SURE


@pytest.mark.parametrize("generator", ALL.values(), ids=ALL)
def test_the_rng_decides_the_sample(generator):
    x = generator.sample(50, seeded())
    assert (x == generator.sample(50, seeded())).all()
    assert (x != generator.sample(50, seeded(7))).any()


@pytest.mark.parametrize("generator", ALL.values(), ids=ALL)
def test_the_global_seed_decides_nothing(generator):
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    generator.sample(50, seeded())
    assert (np.random.get_state()[1] == state).all()  # noqa: NPY002


@pytest.mark.parametrize("generator", ALL.values(), ids=ALL)
def test_a_second_sample_is_another(generator):
    rng = seeded()
    assert (generator.sample(50, rng) != generator.sample(50, rng)).any()


@pytest.mark.parametrize("n", [1, 2, 17])
@pytest.mark.parametrize("generator", ALL.values(), ids=ALL)
def test_a_sample_has_n_points(generator, n):
    x = generator.sample(n, seeded())
    assert x.shape == (n, 3 if generator is CORNERS else 2)
    assert x.dtype == np.float64


def test_uniform_points_lie_in_the_boxes_and_in_each_by_its_volume():
    boxes = Box([0], [1]), Box([2], [5]), Box([-7], [-6.5])
    x = Uniform(*boxes).sample(20_000, seeded())
    inside = np.array([box.contains(x) for box in boxes])
    assert (inside.sum(axis=0) == 1).all()
    assert has_shares(inside.sum(axis=1), np.array([1, 3, 0.5]) / 4.5)


def test_uniform_points_are_uniform_in_each_coordinate_and_independent():
    low, high = np.array([-1, 3, 0]), np.array([4, 3.5, 100])
    x = (Uniform(Box(low, high)).sample(20_000, seeded()) - low) / (high - low)
    assert all(stats.kstest(column, "uniform").pvalue > SURE for column in x.T)
    cells = np.ravel_multi_index((x * 3).astype(int).T, (3, 3, 3))
    assert has_shares(np.bincount(cells, minlength=27), np.full(27, 1 / 27))


def test_on_the_two_squares_half_of_the_points_are_in_each():
    x = SQUARES.sample(10_000, seeded())
    assert ((np.abs(x) >= 0.5) & (np.abs(x) <= 1)).all()
    assert (np.sign(x[:, 0]) == np.sign(x[:, 1])).all()
    assert has_shares([np.sum(x[:, 0] > 0), np.sum(x[:, 0] < 0)], [0.5, 0.5])


@given(st.floats(-1e300, 1e300), st.integers(0, 60))
def test_rounding_carries_no_point_out_of_its_box(low, ulps):
    high = low + 2.0**ulps * np.spacing(abs(low))
    box = Box([low], [high])
    assert box.contains(Uniform(box).sample(20, seeded())).all()


def test_the_volume_of_the_support_is_exact():
    assert SQUARES.volume == Fraction(1, 2)
    assert Uniform(Box([0], [0.1]), Box([1], [2])).volume == Fraction(0.1) + 1
    assert (SQUARES.dimension, Uniform(Box([0, 1, 2], [3, 4, 5])).dimension) == (2, 3)


@pytest.mark.parametrize(
    ("boxes", "said"),
    [
        ([], "at least one box"),
        ([Box([0], [0])], "positive volume"),
        ([Box([0], [np.inf])], "unbounded"),
        ([Box([0], [1]), Box([1], [2])], "number 0 and number 1 share points"),
        ([Box([0], [1]), Box([0, 0], [1, 1])], "one dimension"),
    ],
)
def test_uniform_needs_disjoint_boxes_with_a_volume(boxes, said):
    with pytest.raises(ValueError, match=said):
        Uniform(*boxes)


def test_finite_points_come_by_their_weights():
    weights = [0.1, 0.2, 0.3, 0.4, 0]
    x = Finite(np.arange(5)[:, None], weights).sample(20_000, seeded())[:, 0]
    counts = np.bincount(x.astype(int), minlength=5)
    assert counts[4] == 0
    assert has_shares(counts[:4], weights[:4])


def test_finite_points_come_equally_often_if_no_weights_are_given():
    x = CORNERS.sample(10_000, seeded())
    assert {tuple(point) for point in x} == {(0, 0, 0), (1, 0, 0)}
    assert has_shares(np.bincount(x[:, 0].astype(int)), [0.5, 0.5])


def test_finite_points_may_be_images():
    images = np.arange(12).reshape(2, 2, 3)
    x = Finite(images).sample(30, seeded())
    assert x.shape == (30, 2, 3)
    assert {image.tobytes() for image in x} == {image.tobytes() for image in images.astype(float)}


# Pushed forward


def test_a_push_forward_is_the_distribution_of_the_image():
    x = PushForward(Finite([[0], [1], [2]], [0.2, 0.3, 0.5]), lambda x: (x - 1) ** 2).sample(10_000, seeded())
    assert set(x.ravel()) == {0, 1}
    assert has_shares([np.sum(x == 0), np.sum(x == 1)], [0.3, 0.7])


def test_a_push_forward_of_uniform_points_is_uniform_on_the_image():
    x = PushForward(Uniform(Box([0], [1])), lambda x: 3 - 2 * x).sample(10_000, seeded())
    assert stats.kstest(x[:, 0], "uniform", args=(1, 2)).pvalue > SURE


def test_a_push_forward_draws_what_its_generator_draws():
    assert (PushForward(SQUARES, lambda x: -x).sample(50, seeded()) == -SQUARES.sample(50, seeded())).all()


def test_a_push_may_change_the_shape_of_points_and_not_their_number():
    assert PushForward(SQUARES, lambda x: x[:, :, None]).sample(5, seeded()).shape == (5, 2, 1)
    for gamma in (lambda x: x[1:], lambda x: np.tile(x, (2, 1))):
        with pytest.raises(ValueError, match=r"gamma must map 5 points to as many, got (4|10)"):
            PushForward(SQUARES, gamma).sample(5, seeded())


def test_a_push_to_infinity_is_refused():
    with pytest.raises(ValueError, match=r"gamma\(x\) must be finite"):
        PushForward(SQUARES, lambda x: np.full_like(x, np.inf)).sample(5, seeded())


# Reweighted


def test_a_density_changes_the_shares():
    density = np.array([0.5, 0.0, 1.625])
    nu = Reweighted(Finite([[0], [1], [2]], [0.25, 0.25, 0.5]), lambda x: density[x[:, 0].astype(int)], 1.75)
    counts = np.bincount(nu.sample(10_000, seeded())[:, 0].astype(int), minlength=3)
    assert counts[1] == 0
    assert has_shares(counts[[0, 2]], [0.125 / 0.9375, 0.8125 / 0.9375])  # of what is kept


def test_a_density_tilts_uniform_points():
    """2x on [0, 1]: the distribution function is x²."""
    nu = Reweighted(Uniform(Box([0], [1])), lambda x: 2 * x[:, 0], 2)
    x = nu.sample(10_000, seeded())
    assert stats.kstest(x[:, 0] ** 2, "uniform").pvalue > SURE


def test_a_bound_that_is_higher_than_it_need_be_changes_nothing_but_the_time():
    nu = Reweighted(Uniform(Box([0], [1])), lambda x: 2 * x[:, 0], 40)
    assert stats.kstest(nu.sample(10_000, seeded())[:, 0] ** 2, "uniform").pvalue > SURE


def test_a_density_of_1_changes_nothing():
    x = Reweighted(SQUARES, lambda x: np.ones(len(x), int), 1).sample(50, seeded())
    assert (x == SQUARES.sample(60, seeded())[:50]).all()


@pytest.mark.parametrize("n", [1, 2, 17, 1000])
@pytest.mark.parametrize("share", [1.0, 0.5, 0.02])
def test_however_few_are_kept_n_are_returned(n, share):
    mu = Uniform(Box([0, 0], [1, 1]))
    x = Reweighted(mu, lambda x: (x[:, 0] < share) / share, 1 / share).sample(n, seeded())
    assert x.shape == (n, 2)
    assert (x[:, 0] < share).all()


def test_points_come_in_random_order_however_they_were_kept():
    x = Reweighted(Uniform(Box([0], [1])), lambda x: np.where(x[:, 0] < 0.5, 0.5, 1.5), 1.5).sample(10_000, seeded())
    half = x[:, 0] < 0.5
    assert has_shares([half[:5000].sum(), half[5000:].sum(), (~half[:5000]).sum(), (~half[5000:]).sum()],
                      [0.125, 0.125, 0.375, 0.375])  # fmt: skip


@pytest.mark.parametrize(
    ("density", "said"),
    [
        (lambda x: np.full(len(x), 2.5), r"must lie in \[0, 2\], got 2.5 to 2.5"),
        (lambda x: np.full(len(x), -0.5), r"must lie in \[0, 2\]"),
        (lambda x: np.full(len(x), np.nan), r"must lie in \[0, 2\]"),
        (lambda x: np.zeros(len(x)), "mean 1 under mu, got one that keeps nearly no point"),
        (lambda x: np.ones((len(x), 1)), "must be .* numbers, got float64 of shape"),
        (lambda x: np.ones(3), "numbers"),
        (lambda x: np.full(len(x), "a"), "numbers, got <U1"),
    ],
    ids=["too large", "negative", "nan", "zero", "a column", "too few", "text"],
)
def test_a_density_is_a_number_from_0_to_its_bound_for_each_point(density, said):
    with pytest.raises(ValueError, match=rf"density\(x\) .*{said}"):
        Reweighted(SQUARES, density, 2).sample(50, seeded())


@pytest.mark.parametrize("most", [0.5, 0, -1, np.nextafter(1, 0)])
def test_a_density_of_mean_1_has_no_lower_bound_than_1(most):
    with pytest.raises(ValueError, match="most must be at least 1, the mean of a density, got"):
        Reweighted(SQUARES, lambda x: np.ones(len(x)), most)
