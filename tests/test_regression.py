"""Students with few coefficients and students that are pushed: each against the cost that it should minimise."""

import numpy as np
import pytest
from hypothesis import strategies as st
from scipy.optimize import minimize
from sklearn.linear_model import Lasso

from active_teacher.experiments.regression import adversarial_least_squares, lasso, matching_pursuit
from active_teacher.students import least_squares

WHOLE = st.integers(-4, 4)
DUALS = {1: np.inf, 2: 2, np.inf: 1}


def seeded(seed=2021):
    return np.random.default_rng(seed)


def two_classes(rng, n=40, d=3, gap=0.3):
    """Points with a gap along a random direction, and their sides."""
    x, normal = rng.normal(size=(n, d)), rng.normal(size=d)
    normal /= np.linalg.norm(normal)
    x += gap * np.sign(x @ normal - 0.2)[:, None] * normal
    return x, (x @ normal > 0.2).astype(int)


# Few coefficients


def of_two_features(rng, n=200, d=12):
    """Points whose class two of the coordinates decide, with some labels wrong."""
    x = rng.normal(size=(n, d))
    y = (x[:, 3] - 2 * x[:, 7] > 0).astype(int)
    y[: n // 20] = 1 - y[: n // 20]
    return x, y


def test_a_lasso_is_the_least_of_its_cost_at_one_of_the_penalties_and_drops_what_does_not_count():
    """The mean squared error / 2 + alpha ‖w‖_1: where w_i is not 0 the slope is -alpha sign(w_i), elsewhere less."""
    x, y = of_two_features(seeded())
    w = lasso(x, y, rng=seeded()).coefficients
    slope = x.T @ (x @ w - (2 * y - 1)) / len(x)
    alpha = np.abs(slope).max()
    assert slope[w != 0] == pytest.approx(-alpha * np.sign(w[w != 0]), rel=0.02)
    assert alpha > 0
    assert {3, 7} <= set(np.flatnonzero(w)) < set(range(12))
    assert w == pytest.approx(Lasso(alpha=alpha, fit_intercept=False).fit(x, 2 * y - 1).coef_, abs=1e-3)


def test_the_penalty_of_a_lasso_predicts_best_on_fifths_that_it_did_not_learn_from():
    x, y = of_two_features(seeded(), n=60)
    targets = 2 * y - 1
    w = lasso(x, y, rng=seeded()).coefficients
    alpha = np.abs(x.T @ (x @ w - targets)).max() / len(x)
    fifth = seeded(5).permutation(60) % 5

    def error(penalty):
        fits = [Lasso(alpha=penalty, fit_intercept=False).fit(x[fifth != k], targets[fifth != k]) for k in range(5)]
        return sum(((fits[k].predict(x[fifth == k]) - targets[fifth == k]) ** 2).sum() for k in range(5))

    assert error(alpha) < min(error(0.01 * alpha), error(10 * alpha))


def test_the_rng_deals_out_the_fifths_and_nothing_else_does():
    x, y = of_two_features(seeded(), n=25)
    one, again = (lasso(x, y, rng=seeded(1)).coefficients.tolist() for _ in range(2))
    assert one == again
    assert len({tuple(lasso(x, y, rng=seeded(seed)).coefficients) for seed in range(10)}) > 1


def test_a_lasso_needs_a_point_for_each_fifth():
    x, y = two_classes(seeded(), n=5)
    y[:2] = 0, 1
    assert lasso(x, y, rng=seeded()).coefficients.shape == (3,)
    with pytest.raises(ValueError, match="x must hold at least 5 points for cross validation, got 4"):
        lasso(x[:4], y[:4], rng=seeded())


def test_points_whose_squares_are_no_floats_have_no_lasso():
    x, y = two_classes(seeded())
    with pytest.raises(ValueError, match="x must be smaller, got points whose squares are too large for floats"):
        lasso(1e200 * x, y, rng=seeded())


@pytest.mark.parametrize("nonzero", [1, 2, 3, 12])
def test_matching_pursuit_has_so_many_coefficients_and_these_fit_best(nonzero):
    x, y = of_two_features(seeded())
    w = matching_pursuit(x, y, nonzero=np.int64(nonzero)).coefficients
    used = np.flatnonzero(w)
    assert len(used) == nonzero
    assert w == pytest.approx(least_squares(x, y, features=used).coefficients)


def test_matching_pursuit_takes_each_time_the_coordinate_most_like_what_is_left():
    x, y = of_two_features(seeded())
    taken, left = [], 2.0 * y - 1
    for nonzero in range(1, 6):
        taken.append(int(np.abs(x.T @ left).argmax()))
        student = matching_pursuit(x, y, nonzero=nonzero)
        assert set(np.flatnonzero(student.coefficients)) == set(taken)
        left = 2 * y - 1 - student.score(x)


@pytest.mark.parametrize("shape", [(3, 5), (5, 3)])
def test_matching_pursuit_finds_no_more_coefficients_than_there_are_coordinates_or_points(shape):
    x, y = seeded().normal(size=shape), np.arange(shape[0]) % 2
    assert (matching_pursuit(x, y, nonzero=3).coefficients != 0).sum() == 3
    with pytest.raises(
        ValueError, match=rf"nonzero must be at most 3 for data of shape \({shape[0]}, {shape[1]}\), got 4"
    ):
        matching_pursuit(x, y, nonzero=4)


@pytest.mark.parametrize(
    "x", [[[1, 0], [-1, 0]], [[1, 1], [-2, -2]], [[1, 5], [-1, 5]]], ids=["nothing", "the same", "perfect already"]
)
def test_a_coordinate_that_adds_nothing_is_not_counted(x):
    assert (matching_pursuit(x, [1, 0], nonzero=1).coefficients != 0).sum() == 1
    with pytest.raises(ValueError, match="nonzero must be fewer, or x of usual size, got 2"):
        matching_pursuit(x, [1, 0], nonzero=2)


# Adversarial training in its exact form


def pushed_error(w, x, y, epsilon, p):
    """The mean of the largest squared error within l_p of each point."""
    return np.mean((np.abs(2 * y - 1 - x @ w) + epsilon * np.linalg.norm(w, ord=DUALS[p])) ** 2)


@pytest.mark.parametrize("p", DUALS)
@pytest.mark.parametrize("epsilon", [0.01, 0.1, 0.5])
def test_no_coefficients_have_a_smaller_error_after_the_push(p, epsilon):
    rng = seeded()
    x, y = two_classes(rng, d=4)
    w = adversarial_least_squares(x, y, epsilon=epsilon, p=p).coefficients
    least = pushed_error(w, x, y, epsilon, p)
    others = [w + size * step for size in (1e-3, 1e-2, 0.1, 1) for step in rng.normal(size=(200, 4))]
    others += [0 * w, 0.99 * w, 1.01 * w, least_squares(x, y).coefficients]
    assert least <= min(pushed_error(other, x, y, epsilon, p) for other in others) + 1e-9
    assert w.any()


@pytest.mark.parametrize("p", DUALS)
def test_the_error_after_the_push_is_the_largest_that_a_solver_finds_in_the_ball(p):
    """By vertices where the ball has them, else by SLSQP: what the student minimises is what its docstring says."""
    rng = seeded()
    x, y = two_classes(rng, n=12, d=3)
    student = adversarial_least_squares(x, y, epsilon=0.3, p=p)
    w, targets = student.coefficients, 2 * y - 1
    if p == 2:
        ball = {"type": "ineq", "fun": lambda push: 0.09 - push @ push}
        worst = [
            max(
                -minimize(lambda d, z=z, t=t: -((t - w @ (z + d)) ** 2), start, constraints=ball).fun
                for start in (w, -w)
            )
            for z, t in zip(x, targets, strict=True)
        ]
    else:
        corners = np.vstack([np.eye(3), -np.eye(3)]) if p == 1 else np.indices((2, 2, 2)).reshape(3, -1).T * 2 - 1
        worst = [((t - (z + 0.3 * corners) @ w) ** 2).max() for z, t in zip(x, targets, strict=True)]
    assert np.mean(worst) == pytest.approx(pushed_error(w, x, y, 0.3, p), rel=1e-6)


@pytest.mark.parametrize("p", DUALS)
def test_a_solver_that_knows_no_cones_finds_the_same_coefficients(p):
    x, y = two_classes(seeded(), d=2)
    w = adversarial_least_squares(x, y, epsilon=0.2, p=p).coefficients
    found = minimize(
        pushed_error, [0.1, 0.2], args=(x, y, 0.2, p), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12}
    )
    assert w == pytest.approx(found.x, abs=1e-3)
    assert pushed_error(w, x, y, 0.2, p) == pytest.approx(found.fun, abs=1e-8)


@pytest.mark.parametrize("p", DUALS)
def test_without_a_push_it_is_least_squares(p):
    x, y = two_classes(seeded(), d=4)
    assert adversarial_least_squares(x, y, epsilon=0, p=p).coefficients == pytest.approx(
        least_squares(x, y).coefficients, abs=1e-5
    )


@pytest.mark.parametrize("p", DUALS)
def test_against_a_push_that_is_too_large_it_gives_up(p):
    x, y = two_classes(seeded())
    assert adversarial_least_squares(x, y, epsilon=100, p=p).coefficients.tolist() == [0, 0, 0]


def test_what_a_push_costs_depends_on_how_it_is_measured():
    """l_1 pushes keep coefficients alike, l_inf pushes keep few; and l_2 is what you get if you don't say."""
    x, y = two_classes(seeded(), d=6)
    of = {p: adversarial_least_squares(x, y, epsilon=0.4, p=p).coefficients for p in DUALS}
    sizes = {p: np.abs(w) for p, w in of.items()}
    assert np.isclose(sizes[1], sizes[1].max(), rtol=1e-3).sum() == 3
    assert (sizes[2] > 0).all()
    assert (sizes[np.inf] == 0).any()
    assert adversarial_least_squares(x, y, epsilon=0.4).coefficients.tolist() == of[2].tolist()


def test_an_optimum_that_the_solver_is_not_sure_of_is_no_student():
    x, y = two_classes(seeded())
    for scale in (1e12, 1e300):
        with pytest.raises(RuntimeError, match=r"the solver (failed|found no optimum)"):
            adversarial_least_squares(scale * x, y, epsilon=0.1)


SPARSE = {
    "lasso": lambda x, y: lasso(x, y, rng=seeded()),
    "matching_pursuit": lambda x, y: matching_pursuit(x, y, nonzero=1),
    "adversarial_least_squares": lambda x, y: adversarial_least_squares(x, y, epsilon=0.1),
}


@pytest.mark.parametrize("name", SPARSE)
def test_they_have_no_intercept_two_classes_and_the_usual_sides(name):
    x, y = two_classes(seeded())
    student = SPARSE[name](x, y)
    assert (student.coefficients.shape, float(student.intercept)) == ((3,), 0)
    assert np.mean(student(x) == y) > 0.7
    turned = SPARSE[name](x, 1 - y).coefficients
    assert turned == pytest.approx(-student.coefficients, abs=1e-6)
    with pytest.raises(ValueError, match="y must hold the classes 0 and 1, got class 2"):
        SPARSE[name](x, np.arange(len(x)) % 3)


@pytest.mark.parametrize("learn", SPARSE.values())
@pytest.mark.parametrize(("y", "absent"), [([0, 2], 1), ([1, 2], 0), ([0, 10**15], 1)])
def test_a_class_without_an_example_is_not_learnt(learn, y, absent):
    with pytest.raises(ValueError, match=f"has none of class {absent}"):
        learn([[0.0], [1.0]], y)


@pytest.mark.parametrize("learn", SPARSE.values())
def test_learning_changes_neither_points_nor_labels(learn):
    x, y = two_classes(seeded())
    x_before, y_before = x.copy(), y.copy()
    learn(x, y)
    assert (x == x_before).all()
    assert (y == y_before).all()


def test_a_lasso_that_does_not_converge_is_no_student(monkeypatch):
    monkeypatch.setattr("active_teacher.experiments.regression.MOST_ROUNDS", 1)
    rng = np.random.default_rng(2021)
    x = rng.random((60, 40))
    with pytest.raises(ValueError, match="the lasso did not converge in 1 rounds"):
        lasso(x, (x[:, 0] > x[:, 1]).astype(int), rng=rng)
