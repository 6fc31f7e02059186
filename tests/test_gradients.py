"""Projected gradient and the balls it stays in: against solvers, bisection and numpy's norms."""

from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize

from active_teacher.geometry import Box
from active_teacher.machinery.gradients import into_ball, length, moved, projected_gradient, steepest

NORMS = [1, 2, inf]


def seeded(seed=2021):
    return np.random.default_rng(seed)


def lengths(push, p):
    return np.linalg.norm(push.reshape(len(push), -1), ord=p, axis=1)


def nearest_in_ball(push, radius, p):
    """The nearest point of an l_p ball, by a solver that knows nothing of soft thresholds."""
    if p == 2:
        return push * min(1, radius / max(np.linalg.norm(push), radius / 9))
    if p == inf:
        return np.array([max(-radius, min(radius, c)) for c in push])
    if np.abs(push).sum() <= radius:
        return push
    low, high = 0.0, np.abs(push).max()  # bisection: what is taken from each coordinate
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(np.abs(push) - middle, 0).sum() > radius else (low, middle)
    return np.sign(push) * np.maximum(np.abs(push) - high, 0)


@pytest.mark.parametrize("p", NORMS)
@pytest.mark.parametrize("scale", [1e-200, 1e-9, 1, 1e9, 1e200])
@given(rows=arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 5)), elements=st.floats(-3, 3)))
def test_a_ball_is_projected_onto(p, scale, rows):
    push = rows * scale
    within = into_ball(push, scale, p=p)
    for row, result in zip(rows, within, strict=True):
        expected = nearest_in_ball(row, 1.0, p) if row.any() else row
        assert result / scale == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_the_nearest_point_of_the_diamond_is_that_of_a_quadratic_program(seed):
    push = seeded(seed).normal(size=4)
    split = minimize(
        lambda z: ((z[:4] - z[4:] - push) ** 2).sum(),
        np.zeros(8),
        method="SLSQP",
        bounds=[(0, None)] * 8,
        constraints={"type": "ineq", "fun": lambda z: 0.7 - z.sum()},
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert into_ball(push[None], 0.7, p=1)[0] == pytest.approx(split.x[:4] - split.x[4:], abs=1e-6)


@pytest.mark.parametrize("p", NORMS)
@given(
    arrays(np.float64, (3, 4), elements=st.floats(-1, 1)),
    st.sampled_from([1e-300, 1e-150, 1e-12, 1, 1e12, 1e150, 1e300]),
    st.sampled_from([0, 1, 1e15]),
    st.integers(0, 10**6),
)
def test_no_point_leaves_its_ball(p, directions, epsilon, away, seed):
    rng = seeded(seed)
    x = away * np.ones((3, 4)) * (rng.random() if away else 0)
    after = projected_gradient(
        x, lambda z: directions + rng.normal(size=z.shape) * (seed % 2), epsilon=epsilon, p=p, steps=5
    )
    used = lengths((after - x) / epsilon, p)
    rounding = 1e-15 * np.abs(np.maximum(x, after)).max() * 4 / epsilon
    assert (used <= 1 + 1e-9 + rounding).all()


@pytest.mark.parametrize(("p", "q"), [(1, inf), (2, 2), (inf, 1)])
@pytest.mark.parametrize("shape", [(1,), (6,), (2, 3)])
def test_a_linear_function_is_raised_by_epsilon_times_the_dual_norm(p, q, shape):
    rng = seeded()
    w, x = rng.normal(size=(5, *shape)), rng.normal(size=(5, *shape))
    after = projected_gradient(x, lambda z: w, epsilon=0.7, p=p)
    gained = (w * (after - x)).reshape(5, -1).sum(axis=1)
    assert gained == pytest.approx(0.7 * lengths(w, q))


@pytest.mark.parametrize("p", NORMS)
def test_a_function_of_a_distance_is_lowered_to_the_nearest_point_of_the_ball(p):
    """Towards a point outside: the nearest point of the ball around 0, up to the last steps' length."""
    target = np.array([[1.5, 0.4, -0.2]])
    after = projected_gradient(np.zeros((1, 3)), lambda z: target - z, epsilon=1, p=p, steps=3000)
    best = np.linalg.norm(target[0] - nearest_in_ball(target[0], 1.0, p))
    assert best <= np.linalg.norm(target - after) + 1e-9 <= best + 0.05


def test_steps_shrink_with_the_root_of_their_number():
    """Back and forth: 1 is as far as the first gets, then 2/√2 back, then 2/√3."""
    seen = []

    def ascent(z):
        seen.append(float(z[0, 0]))
        return np.array([[1.0 if len(seen) % 2 else -1.0]])

    after = projected_gradient([[0.0]], ascent, epsilon=1, steps=3)
    assert [*seen, float(after[0, 0])] == pytest.approx([0, 1, 1 - 2 / sqrt(2), 1 - 2 / sqrt(2) + 2 / sqrt(3)])
    assert len(seen) == 3


@pytest.mark.parametrize("p", NORMS)
def test_without_a_gradient_or_a_radius_nothing_moves(p):
    x = seeded().normal(size=(4, 3))
    assert (projected_gradient(x, np.zeros_like, epsilon=1, p=p) == x).all()
    assert (projected_gradient(x, np.ones_like, epsilon=0, p=p) == x).all()


def test_there_are_50_steps_and_the_given_points_stay_as_they_are():
    asked, x = [], np.zeros((2, 3))
    projected_gradient(x, lambda z: asked.append(z) or np.ones_like(z), epsilon=1)
    assert len(asked) == 50
    assert not x.any()


def test_a_gradient_has_the_shape_of_what_it_moves():
    with pytest.raises(ValueError, match=r"gradient must have the points' shape, \(2, 3\), got \(2, 2\)"):
        projected_gradient(np.zeros((2, 3)), lambda z: z[:, :2], epsilon=1)


def test_a_push_out_of_the_floats_is_refused():
    with pytest.raises(ValueError, match="must be finite"):
        projected_gradient([[1.7e308]], np.ones_like, epsilon=1e308)


@pytest.mark.parametrize("p", NORMS)
@given(arrays(np.float64, (3, 4), elements=st.floats(0, 1)), st.floats(0, 3), st.integers(0, 10**6))
def test_no_point_leaves_its_ball_or_the_limits_on_the_way(p, x, epsilon, seed):
    rng, seen = seeded(seed), []

    def ascent(z):
        seen.append(z)
        return rng.normal(size=z.shape)

    after = projected_gradient(x, ascent, epsilon=epsilon, p=p, steps=5, limits=(0, 1))
    assert all((z >= 0).all() and (z <= 1).all() for z in [*seen, after])
    assert (lengths(after - x, p) <= epsilon * (1 + 1e-9) + 1e-15).all()


@given(
    arrays(np.float64, (2, 3), elements=st.floats(-1, 2)),
    arrays(np.float64, (2, 3), elements=st.integers(-1, 1)),
    st.floats(0, 4),
)
def test_within_limits_a_linear_function_is_raised_as_far_as_each_coordinate_may_go(x, w, epsilon):
    after = projected_gradient(x, lambda z: w, epsilon=epsilon, p=inf, steps=1, limits=(-1, 2))
    assert after == pytest.approx(np.clip(x + epsilon * w, -1, 2), abs=1e-15)


def test_at_a_limit_a_step_is_cut_off_and_its_other_coordinates_go_on():
    """A step of 1 along the diagonal, and nothing of what one coordinate lost goes to the other."""
    for low, high, w in ((0, 1, 1), (-1, 0, -1)):
        after = projected_gradient([[w * 0.9, 0.0]], lambda z, w=w: w + 0 * z, epsilon=1, steps=1, limits=(low, high))
        assert after == pytest.approx(np.array([[w, w * np.sqrt(0.5)]]))


@pytest.mark.parametrize("p", NORMS)
def test_limits_that_nothing_reaches_change_nothing(p):
    rng = seeded()
    x, target = rng.random((4, 3)), rng.normal(size=(4, 3))
    free, limited = (
        projected_gradient(x, lambda z: target - z, epsilon=0.5, p=p, limits=limits) for limits in (None, (-0.6, 1.6))
    )
    assert (free == limited).all()


def test_each_coordinate_may_have_limits_of_its_own():
    box = Box([-np.inf, 0], [0.25, 0.5])
    x, up = np.array([[0.25, 0.0], [0.0, 0.5], [-3, 0.25]]), np.array([[1, -1], [1, 2], [-2, -1]])
    after = projected_gradient(x, lambda z: up, epsilon=0.125, p=inf, limits=box)
    assert after.tolist() == [[0.25, 0], [0.125, 0.5], [-3.125, 0.125]]
    for p in NORMS:
        assert box.contains(projected_gradient(x, lambda z: up, epsilon=0.125, p=p, limits=box)).all()


@pytest.mark.parametrize("limits", [(0.5, 1), (0, 0.5), (-1, 0), (2, 3)])
def test_points_beyond_the_limits_are_refused(limits):
    with pytest.raises(ValueError, match=r"x must lie within the limits .*, got values from 0\.25 to 0\.75"):
        projected_gradient([[0.25, 0.5], [0.75, 0.5]], np.ones_like, epsilon=1, limits=limits)


def test_limits_may_leave_one_value():
    assert projected_gradient([[0.5]], np.ones_like, epsilon=1, limits=(0.5, 0.5)).tolist() == [[0.5]]


def test_a_budget_that_is_broken_is_noticed():
    with pytest.raises(AssertionError, match=r"pushed by 2\.0, the budget is 1"):
        moved(np.zeros((2, 2)), np.array([[0.0, 0.0], [2.0, 0.0]]), budget=1, p=2)
    for tiny in (1e-12, 1e-200):
        with pytest.raises(AssertionError):
            moved(np.zeros((1, 1)), np.array([[2 * tiny]]), budget=tiny, p=2)


@pytest.mark.parametrize("p", [3, 1.5, np.nextafter(2, 3)])
def test_the_balls_are_of_order_1_2_or_infinity(p):
    for call in (
        lambda: projected_gradient([[0.0]], lambda z: z, epsilon=1, p=p),
        lambda: steepest([[1.0]], p=p),
        lambda: into_ball([[1.0]], 1, p=p),
    ):
        with pytest.raises(ValueError, match=f"p must be 1, 2 or inf, got {p}"):
            call()


@pytest.mark.parametrize("p", NORMS)
@given(arrays(np.float64, (4, 3), elements=st.integers(-24, 24).map(lambda k: k / 8)))
def test_no_direction_of_length_1_is_steeper(p, g):
    direction = steepest(g, p=p)
    moves = g.any(axis=1)
    assert length(direction, p=p)[moves] == pytest.approx(np.ones(moves.sum()))
    assert not direction[~moves].any()
    dual = {1: inf, 2: 2, inf: 1}[p]
    assert (g * direction).sum(axis=1) == pytest.approx(np.linalg.norm(g, ord=dual, axis=1), rel=1e-6, abs=1e-300)


@pytest.mark.parametrize("p", [1, 1.5, 2, 7, inf])
@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1, 1e160, 1e300])
def test_a_length_is_that_of_numpy_however_far_from_1(p, scale):
    push = seeded().normal(size=(5, 2, 3))
    assert length(scale * push, p=p) / scale == pytest.approx(np.linalg.norm(push.reshape(5, -1), ord=p, axis=1))
