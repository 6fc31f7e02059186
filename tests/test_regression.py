"""Students that select coordinates, are pushed, or ask: each against what its docstring says that it minimises."""

import math
from itertools import combinations

import cvxpy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import minimize
from sklearn.linear_model import Lasso, orthogonal_mp

from active_teacher.experiments import regression, two_pixels
from active_teacher.experiments.regression import (
    adversarial_least_squares,
    best_subset,
    bisected,
    few,
    lasso,
    significant,
)
from active_teacher.questions.queries import Data
from active_teacher.students import least_squares

DUALS = {2: 2, np.inf: 1}


def seeded(seed=2021):
    return np.random.default_rng(seed)


def two_classes(rng, n=40, d=3, gap=0.3):
    """Points with a gap along a random direction, and their sides."""
    x, normal = rng.normal(size=(n, d)), rng.normal(size=d)
    normal /= np.linalg.norm(normal)
    x += gap * np.sign(x @ normal - 0.2)[:, None] * normal
    return x, (x @ normal > 0.2).astype(int)


# Selection


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


@pytest.mark.parametrize("learn", [significant, few, lambda x, y: best_subset(x, y, size=2)])
@pytest.mark.parametrize("scale", [2.0**-600, 2.0**600])
def test_selection_does_not_depend_on_the_size_of_all_points(learn, scale):
    x, y = of_two_features(seeded())
    assert learn(scale * x, y).coefficients * scale == pytest.approx(learn(x, y).coefficients)


@pytest.mark.parametrize("level", [0.001, 0.05])
def test_the_significant_coordinates_are_those_of_the_textbook(level):
    """By the normal equations and p-values, with Bonferroni's correction."""
    x, y = of_two_features(seeded(), n=60)
    inverse, targets = np.linalg.inv(x.T @ x), 2 * y - 1
    w = inverse @ x.T @ targets
    variance = ((targets - x @ w) ** 2).sum() / (60 - 12)
    p = 2 * stats.t.sf(np.abs(w) / np.sqrt(variance * inverse.diagonal()), 60 - 12)
    kept = np.flatnonzero(12 * p < level)
    assert 0 < len(kept) < 12
    found = significant(x, y, level=level).coefficients
    assert found == pytest.approx(least_squares(x, y, features=kept.tolist()).coefficients)


def test_of_coordinates_that_say_nothing_so_many_are_significant_as_the_level_says():
    """All of them are kept where none is, so that what counts is whether some, but not all, are."""
    rng, level, y = seeded(), 0.2, np.arange(40) % 2
    wrong = sum((significant(rng.normal(size=(40, 5)), y, level=level).coefficients == 0).any() for _ in range(1000))
    assert stats.binomtest(wrong, 1000, level).pvalue > 1e-3


def test_where_no_coordinate_is_significant_all_are_kept():
    x, y = seeded().normal(size=(40, 3)), np.arange(40) % 2
    w = significant(x, y, level=1e-9).coefficients
    assert w == pytest.approx(least_squares(x, y).coefficients)
    assert w.all()


@pytest.mark.parametrize("learn", [significant, lambda x, y: lasso(x, y, rng=seeded())])
def test_a_teacher_of_many_pixels_keeps_them(learn):
    """Who selects by data finds few coordinates where few count, and does not assume it."""
    w = np.array([1, -1] * 5) / np.arange(1, 11)
    x, fresh = seeded().random((4000, 10)), seeded(1).random((4000, 10))
    y, truth = (((z @ (w - w.mean())) > 0).astype(int) for z in (x, fresh))
    student = learn(x, y)
    assert (student.coefficients != 0).sum() >= 9
    assert np.mean(student(fresh) == truth) > np.mean(least_squares(x, y)(fresh) == truth) - 0.01


def test_a_t_test_needs_more_points_than_coordinates_that_are_independent():
    x, y = seeded().normal(size=(5, 4)), np.arange(5) % 2
    assert significant(x, y).coefficients.shape == (4,)
    with pytest.raises(ValueError, match=r"x must hold more points than coordinates for a t-test, got shape \(4, 4\)"):
        significant(x[:4], y[:4])
    x[:, 3] = x[:, 0] - 2 * x[:, 1]
    with pytest.raises(ValueError, match="x must have rank 4 for a t-test, got rank 3"):
        significant(x, y)


def test_few_coordinates_are_those_of_the_least_criterion_on_the_path():
    """Each time the coordinate most like what is left; the criterion is computed anew for each number of them."""
    for seed in range(5):
        x, y = of_two_features(seeded(seed), n=60, d=30)
        targets, taken, scores = 2 * y - 1, [], []
        left = targets
        for k in range(1, 11):
            taken.append(int(np.abs(x.T @ left).argmax()))
            w = least_squares(x, y, features=taken).coefficients
            left = targets - x @ w
            scores.append((60 * np.log(np.mean(left**2)) + k * np.log(60) + 2 * k * np.log(30), taken[:k]))
        assert set(np.flatnonzero(few(x, y).coefficients)) == set(min(scores)[1])
        assert few(x, y).coefficients == pytest.approx(least_squares(x, y, features=min(scores)[1]).coefficients)


@pytest.mark.parametrize(("n", "d", "most"), [(200, 12, 10), (200, 3, 3), (8, 12, 4)])
def test_few_is_at_most_ten_and_half_of_the_points(monkeypatch, n, d, most):
    asked = []
    monkeypatch.setattr(
        regression, "orthogonal_mp", lambda *given, **named: asked.append(named) or orthogonal_mp(*given, **named)
    )
    few(seeded().normal(size=(n, d)), np.arange(n) % 2)
    assert [named["n_nonzero_coefs"] for named in asked] == [most]


@pytest.mark.parametrize(
    "x", [[[1, 0], [-1, 0], [1, 0], [-1, 0]], [[1, 1], [-2, -2], [1, 1], [-2, -2]], [[1, 5], [-1, 5]] * 2]
)
def test_few_takes_no_coordinate_that_adds_nothing(x):
    assert (few(x, [1, 0, 1, 0]).coefficients != 0).sum() == 1


@pytest.mark.parametrize("size", [1, 2, 3, 6])
def test_no_other_subset_of_so_many_coordinates_has_a_smaller_error(size):
    x, y = seeded().normal(size=(20, 6)), np.arange(20) % 2
    w = best_subset(x, y, size=np.int64(size)).coefficients

    def error(features):
        return np.mean((least_squares(x, y, features=features).score(x) - (2 * y - 1)) ** 2)

    best = min(combinations(range(6), size), key=error)
    assert tuple(np.flatnonzero(w)) == best
    assert w == pytest.approx(least_squares(x, y, features=best).coefficients)


def test_best_subset_finds_what_one_coordinate_after_the_other_does_not():
    """The third coordinate is the most like the targets, and the difference of the first two is the targets."""
    y = np.arange(40) % 2
    targets, noise = 2 * y - 1, 3 * seeded().normal(size=40)
    x = np.column_stack([noise, noise - targets, targets + 0.5 * seeded(1).normal(size=40)])
    assert np.flatnonzero(orthogonal_mp(x, targets, n_nonzero_coefs=1)).tolist() == [2]
    assert best_subset(x, y, size=2).coefficients == pytest.approx([1, -1, 0])


def test_coordinates_that_say_the_same_are_a_subset_too():
    x = np.array([[1.0, 1, 0], [-1, -1, 0], [2, 2, 0], [-1, -1, 0]])
    assert best_subset(x, [1, 0, 1, 0], size=2).score(x) == pytest.approx(best_subset(x, [1, 0, 1, 0], size=1).score(x))


def test_a_subset_is_of_the_coordinates_and_there_are_not_too_many():
    x, y = seeded().normal(size=(5, 3)), np.arange(5) % 2
    with pytest.raises(ValueError, match=r"size must be at most 3 for data of shape \(5, 3\), got 4"):
        best_subset(x, y, size=4)
    x = seeded().normal(size=(5, 100))
    with pytest.raises(ValueError, match=f"size must leave at most 1,000,000 subsets .*{math.comb(100, 4):,}"):
        best_subset(x, y, size=4)


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
        corners = np.indices((2, 2, 2)).reshape(3, -1).T * 2 - 1
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


def by_cones(x, y, epsilon, p):
    """The same minimum by a general solver of convex programs."""
    w, error, push = cvxpy.Variable(x.shape[1]), cvxpy.Variable(len(x)), cvxpy.Variable()
    within = [error >= cvxpy.abs(2 * y - 1 - x @ w) + push, push >= epsilon * cvxpy.norm(w, DUALS[p])]
    cvxpy.Problem(cvxpy.Minimize(cvxpy.sum_squares(error) / len(x)), within).solve(solver=cvxpy.CLARABEL)
    return w.value


@pytest.mark.parametrize("p", DUALS)
@pytest.mark.parametrize("epsilon", [0.003, 0.01, 0.03, 0.1])
@pytest.mark.parametrize("n", [150, 500])
def test_a_general_solver_finds_the_same_to_six_decimals_and_the_same_zeros(p, epsilon, n):
    """On the pictures of Example 4.1."""
    x, y = two_pixels._pictures(n, seeded())
    w, other = adversarial_least_squares(x, y, epsilon=epsilon, p=p).coefficients, by_cones(x, y, epsilon, p)
    assert pushed_error(w, x, y, epsilon, p) == pytest.approx(pushed_error(other, x, y, epsilon, p), abs=5e-7)
    assert w == pytest.approx(other, abs=2e-4)
    assert ((w == 0) == (np.abs(other) < 1e-4)).mean() > 0.98
    assert (w[np.abs(other) > 1e-3] != 0).all()


@pytest.mark.parametrize("p", DUALS)
def test_without_a_push_it_is_least_squares(p):
    x, y = two_classes(seeded(), d=4)
    assert adversarial_least_squares(x, y, epsilon=0, p=p).coefficients == pytest.approx(
        least_squares(x, y).coefficients, abs=1e-5
    )


@pytest.mark.parametrize("p", DUALS)
def test_it_gives_up_where_the_push_is_as_large_as_the_slope_at_0_and_not_before(p):
    x, y = two_classes(seeded())
    slope = np.linalg.norm((2 * y - 1) @ x / len(x), ord=p)
    assert adversarial_least_squares(x, y, epsilon=1.0001 * slope, p=p).coefficients.tolist() == [0, 0, 0]
    assert adversarial_least_squares(x, y, epsilon=0.99 * slope, p=p).coefficients.any()
    for z in np.vstack([np.eye(3), seeded().normal(size=(100, 3))]):
        assert pushed_error(1e-4 * z, x, y, 1.0001 * slope, p) >= 1


def test_what_a_push_costs_depends_on_how_it_is_measured():
    """l_inf pushes keep few coefficients; and l_2 is what you get if you don't say."""
    x, y = two_classes(seeded(), d=6)
    of = {p: adversarial_least_squares(x, y, epsilon=0.4, p=p).coefficients for p in DUALS}
    assert of[2].all()
    assert (of[np.inf] == 0).any()
    assert adversarial_least_squares(x, y, epsilon=0.4).coefficients.tolist() == of[2].tolist()


@pytest.mark.parametrize("p", DUALS)
@pytest.mark.parametrize("scale", [1e-12, 1e12, 1e300])
def test_points_and_push_may_be_of_any_size(p, scale):
    x, y = two_classes(seeded())
    w = adversarial_least_squares(x, y, epsilon=0.1, p=p).coefficients
    found = adversarial_least_squares(scale * x, y, epsilon=0.1 * scale, p=p).coefficients
    assert found * scale == pytest.approx(w, abs=1e-5)


def test_a_solver_that_does_not_arrive_is_no_student(monkeypatch):
    def stopped(*given, options, **named):
        return minimize(*given, options=options | {"maxiter": 1}, **named)

    monkeypatch.setattr(regression, "minimize", stopped)
    with pytest.raises(RuntimeError, match="the solver found no optimum, but:"):
        adversarial_least_squares(*two_classes(seeded()), epsilon=0.1)


# What they share

SPARSE = {
    "lasso": lambda x, y: lasso(x, y, rng=seeded()),
    "significant": significant,
    "few": few,
    "best_subset": lambda x, y: best_subset(x, y, size=1),
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


# A student that asks


def teacher_of(w):
    return Data(lambda x: (x @ np.asarray(w, dtype=float) >= 0).astype(int))


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(2, 12))
def test_bisection_finds_any_linear_teacher_without_intercept(seed, d):
    rng = seeded(seed)
    w = rng.normal(size=d) * rng.integers(0, 2, size=d)
    w[[0, -1]] = 1, -0.7
    found = bisected(teacher_of(w), dimension=d, rng=rng).coefficients
    assert found == pytest.approx(w / np.abs(w).max(), abs=1e-6)
    assert ((found == 0) == (w == 0)).all()


@pytest.mark.parametrize("w", [[1, 0, -1], [0, 1, -1, 1e-9], [1, -1, 0.5, -0.25, 1]])
def test_bisection_counts_its_questions_and_stops(w):
    """Two points, or more where their labels are the same, the halves, and the two ends of each coordinate."""
    oracle, points = teacher_of(w), np.count_nonzero(w) - 1
    bisected(oracle, dimension=len(w), rng=seeded())
    pairs, odd = divmod(oracle.asked - 2 * len(w) - 40 * points, 2)
    assert odd == 0
    assert points <= pairs <= 20 * points


def test_bisection_gives_up_where_all_points_have_one_label():
    oracle = teacher_of([0, -3])
    with pytest.raises(ValueError, match="the teacher must have two classes in the unit cube, got one label for 2000"):
        bisected(oracle, dimension=2, rng=seeded())
    assert oracle.asked == 2 * regression.MOST_PAIRS


def test_bisection_asks_only_about_pictures():
    asked = []
    oracle = Data(lambda x: asked.extend(x) or (x[:, 0] >= x[:, 2]).astype(int))
    bisected(oracle, dimension=3, rng=seeded())
    assert len(asked) == oracle.asked
    assert 0 <= np.min(asked) <= np.max(asked) <= 1


def test_a_teacher_who_leaves_no_coordinate_a_say_is_not_linear():
    """It says 1 in the middle of the cube."""
    with pytest.raises(ValueError, match="the teacher must have a linear boundary, got one where no coordinate"):
        bisected(Data(lambda x: (np.abs(x - 0.5) < 0.4).all(axis=1).astype(int)), dimension=3, rng=seeded())


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"oracle": lambda x: [0] * len(x)}, "oracle must be one of data queries"),
        ({"dimension": 0}, "dimension must be at least 1"),
        ({"dimension": 2.0}, "dimension must be an integer"),
        ({"rng": 5}, "rng must be"),
    ],
)
def test_bisection_says_what_it_needs(given_, said):
    with pytest.raises((TypeError, ValueError), match=said):
        bisected(**({"oracle": teacher_of([1, -1]), "dimension": 2, "rng": seeded()} | given_))
