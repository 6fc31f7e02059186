"""Students: what a linear one answers, how far its boundary is, and that learning finds the optimum it names."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize, nnls
from sklearn.linear_model import LinearRegression
from sklearn.svm import SVC

from active_teacher.students import Linear, least_squares, max_margin

WHOLE = st.integers(-4, 4)
ORDERS = [1, 1.01, 1.5, 2, 3, 50, np.inf]
DUALS = {1: np.inf, 2: 2, np.inf: 1}


def seeded(seed=2021):
    return np.random.default_rng(seed)


def rows(d, entries=WHOLE, size=1):
    return st.lists(st.lists(entries, min_size=d, max_size=d), min_size=size, max_size=5)


@given(rows(2), st.lists(WHOLE, min_size=2, max_size=2), WHOLE)
def test_two_classes_are_the_sides_of_a_hyperplane_and_the_hyperplane_is_class_1(x, w, b):
    assert Linear(w, b)(x).tolist() == [int(w[0] * u + w[1] * v + b >= 0) for u, v in x]


@given(rows(2), rows(2, size=2), st.lists(WHOLE, min_size=5, max_size=5))
def test_of_k_classes_the_first_of_the_highest_score_wins(x, w, b):
    b = b[: len(w)]
    scores = [[p * u + q * v + c for (p, q), c in zip(w, b, strict=True)] for u, v in x]
    assert Linear(w, b)(x).tolist() == [row.index(max(row)) for row in scores]
    assert Linear(w, b).score(x).tolist() == scores


@given(rows(2), rows(2), st.lists(WHOLE, min_size=5, max_size=5))
def test_a_student_answers_a_class_where_all_of_its_half_spaces_meet(x, w, b):
    student = Linear(w[0], b[0]) if len(w) == 1 else Linear(w, b[: len(w)])
    for label in range(student.classes):
        needed = student.half_spaces(label)
        for point, answer in zip(x, student(x).tolist(), strict=True):
            assert (answer == label) == all(half_space.contains([point])[0] for half_space in needed)


@pytest.mark.parametrize("k", [2, 3, 5])
def test_k_scores_have_k_minus_1_half_spaces_a_class(k):
    student = Linear(np.eye(k))
    assert (student.classes, student.dimension) == (k, k)
    assert all(len(student.half_spaces(label)) == k - 1 for label in range(k))


@pytest.mark.parametrize("label", [-1, 2, 10**6])
def test_a_class_the_student_does_not_have_has_no_half_spaces(label):
    with pytest.raises(ValueError, match=rf"class 0 \.\. 1, got {label}"):
        Linear([1, 1]).half_spaces(label)


@pytest.mark.parametrize("label", [0.5, True, "1", None, 1.0])
def test_a_class_is_an_integer(label):
    with pytest.raises(TypeError, match=f"label must be an integer, got {label!r}"):
        Linear([1, 1]).half_spaces(label)


def test_one_intercept_serves_all_scores():
    assert Linear(np.eye(3), 2).intercept.tolist() == [2, 2, 2]
    assert Linear(np.eye(3), [1, 2, 3]).intercept.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("w", "b"), [([1, 1], [0.0]), ([1, 1], [0, 0]), (np.eye(3), [0, 0]), (np.eye(3), [[0, 0, 0]]), (np.eye(3), [0])]
)
def test_an_intercept_is_a_number_or_one_a_score(w, b):
    with pytest.raises(ValueError, match="intercept must be a number or have shape"):
        Linear(w, b)


@pytest.mark.parametrize("w", [3.0, [[1, 1]], np.zeros((2, 2, 2)), [], np.zeros((2, 0))])
def test_coefficients_are_one_row_or_two_and_more(w):
    with pytest.raises(ValueError, match=r"coefficients must have shape \(d,\) or \(K, d\) with K >= 2, got shape"):
        Linear(w)


def test_a_student_keeps_its_coefficients_when_the_array_they_came_from_changes():
    w, b = np.eye(2), np.zeros(2)
    student = Linear(w, b)
    w[:], b[:] = -1, 9
    assert student([[3, 1]]).tolist() == [0]
    assert student.intercept.tolist() == [0, 0]


def test_a_score_no_float_can_hold_is_refused():
    for x in ([[1e200, 1e200]], [[1e200, -1e200]]):
        with pytest.raises(ValueError, match="score too large"):
            Linear([1e200, -1e200])(x)


@pytest.mark.parametrize(("p", "distance"), [(1, 2), (2, 1.6), (np.inf, 8 / 7)])
def test_the_distance_of_a_point_to_a_line(p, distance):
    """From (2, 1) to 3 x_1 + 4 x_2 = 2 in the paper's norms: |w·x + b| is 8 and ‖w‖ is 4, 5 and 7."""
    assert Linear([3, 4], -2).distance([[2, 1]], p=p) == pytest.approx([distance])
    assert Linear([3, 4], -2).distance([[2, 1], [-0.4, 0.8]], p=p)[1] == pytest.approx(0)


@pytest.mark.parametrize("p", [1, np.inf])
def test_the_distance_is_the_least_push_that_reaches_the_boundary(p):
    rng = seeded()
    for d in (1, 2, 5):
        w, b, x = rng.normal(size=d), rng.normal(), rng.normal(size=d)
        # Push by u - v with u, v >= 0: for p = 1 the cost is Σ(u + v), for p = inf a bound t on each u_i + v_i.
        equation, value = np.concatenate([w, -w, [0]])[None], [-(w @ x + b)]
        bound = np.hstack([np.eye(d), np.eye(d), -np.ones((d, 1))])
        if p == 1:
            least = linprog(np.append(np.ones(2 * d), 0), A_eq=equation, b_eq=value).fun
        else:
            least = linprog(np.append(np.zeros(2 * d), 1), A_ub=bound, b_ub=np.zeros(d), A_eq=equation, b_eq=value).fun
        assert Linear(w, b).distance([x], p=p) == pytest.approx([least])


@pytest.mark.parametrize("p", ORDERS)
@given(st.lists(st.floats(-9, 9), min_size=1, max_size=4).filter(lambda w: max(map(abs, w)) > 1e-6))
def test_the_dual_norm_is_the_most_the_score_moves_for_a_push_of_length_1(p, w):
    """By Hölder's inequality no push does better, and one does as well."""
    norm, w = Linear(w).dual_norm(p), np.array(w)
    pushes = seeded().normal(size=(200, len(w)))
    pushes /= np.linalg.norm(pushes, ord=p, axis=1, keepdims=True)
    assert (pushes @ w).max() <= norm * (1 + 1e-9)
    relative = np.abs(w) / np.abs(w).max()
    if p == 1:
        best = np.where(relative == 1, 1.0, 0) / np.sum(relative == 1)
    else:
        best = relative ** (1 / (p - 1)) if p < np.inf else np.ones(len(w))
    best *= np.sign(w)
    assert w @ best / np.linalg.norm(best, ord=p) == pytest.approx(norm)


@pytest.mark.parametrize("scale", [1e-300, 1e-4, 1, 1e4, 1e300])
@pytest.mark.parametrize("p", [*ORDERS, 1 + 1e-9])
def test_the_dual_norm_scales_with_the_coefficients(scale, p):
    q = np.inf if p == 1 else 1 if p == np.inf else p / (p - 1)
    expected = 7.0 if np.isinf(q) else 7 * (1 + (3 / 7) ** q) ** (1 / q)
    assert Linear([3 * scale, -7 * scale]).dual_norm(p) == pytest.approx(expected * scale, rel=1e-12)


@pytest.mark.parametrize(
    ("student", "p", "error", "said"),
    [
        (Linear(np.eye(3)), 2, ValueError, "boundary of 3 classes is no single hyperplane"),
        (Linear([1, 1]), 0.5, ValueError, "p must be at least 1, got 0.5"),
        (Linear([1, 1]), np.nan, ValueError, "p must be finite, got nan"),
        (Linear([1, 1]), "2", TypeError, "p must be a real number, got '2'"),
        (Linear([1, 1]), True, TypeError, "p must be a real number, got True"),
        (Linear([1e308, 1e308]), np.inf, ValueError, "norm of the coefficients must be finite"),
    ],
)
def test_without_a_boundary_or_an_order_there_is_no_distance(student, p, error, said):
    with pytest.raises(error, match=said):
        student.dual_norm(p)
    with pytest.raises(error, match=said):
        student.distance([[0.0] * student.dimension], p=p)


def two_classes(rng, n=40, d=3, gap=0.3):
    """Points with a gap along a random direction, and their sides."""
    x, normal = rng.normal(size=(n, d)), rng.normal(size=d)
    normal /= np.linalg.norm(normal)
    x += gap * np.sign(x @ normal - 0.2)[:, None] * normal
    return x, (x @ normal > 0.2).astype(int)


@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("d", [1, 4])
def test_least_squares_is_the_regression_of_two_classes_on_minus_1_and_1(d, intercept):
    x, y = two_classes(seeded(), d=d)
    truth = LinearRegression(fit_intercept=intercept).fit(x, 2 * y - 1)
    student = least_squares(x, y, intercept=intercept)
    assert student.coefficients == pytest.approx(truth.coef_)
    assert float(student.intercept) == pytest.approx(truth.intercept_, abs=1e-12)


@pytest.mark.parametrize("intercept", [False, True])
def test_least_squares_is_the_regression_of_k_classes_on_0_and_1_each(intercept):
    rng = seeded()
    x, y = rng.normal(size=(60, 3)), rng.permutation(np.arange(60) % 4)
    truth = LinearRegression(fit_intercept=intercept).fit(x, np.eye(4)[y])
    student = least_squares(x, y, intercept=intercept)
    assert student.coefficients == pytest.approx(truth.coef_)
    assert student.intercept == pytest.approx(truth.intercept_ * np.ones(4), abs=1e-12)
    assert (student(x) == truth.predict(x).argmax(axis=1)).all()


@given(st.data(), st.integers(2, 6), st.integers(1, 4))
def test_no_coefficients_fit_better_than_those_of_least_squares(data, n, d):
    """The residuals are orthogonal to every coordinate, and w lies in the span of the points: it is the least one."""
    x = np.array(data.draw(st.lists(st.lists(WHOLE, min_size=d, max_size=d), min_size=n, max_size=n)))
    y = np.array([0, 1, *data.draw(st.lists(st.integers(0, 1), min_size=n - 2, max_size=n - 2))])
    w = least_squares(x, y).coefficients
    assert x.T @ (x @ w - (2 * y - 1)) == pytest.approx(np.zeros(d), abs=1e-8)
    assert x.T @ np.linalg.lstsq(x.T, w, rcond=None)[0] == pytest.approx(w, abs=1e-8)


def test_a_student_told_which_features_count_uses_no_others():
    x, y = two_classes(seeded(), d=5)
    student = least_squares(x, y, features=(3, 0), intercept=True)
    assert student.coefficients[[1, 2, 4]].tolist() == [0, 0, 0]
    truth = LinearRegression().fit(x[:, [0, 3]], 2 * y - 1)
    assert student.coefficients[[0, 3]] == pytest.approx(truth.coef_)
    assert float(student.intercept) == pytest.approx(truth.intercept_)


def test_features_count_for_each_of_k_classes():
    rng = seeded()
    x, y = rng.normal(size=(30, 4)), np.arange(30) % 3
    student = least_squares(x, y, features=[1])
    assert (student.coefficients[:, [0, 2, 3]] == 0).all()
    assert (student.coefficients[:, 1] != 0).all()


def test_a_student_told_that_coefficients_are_whole_rounds_them():
    x, y = two_classes(seeded(), d=5, gap=0.01)
    x /= 4  # or all would round to 0
    plain, whole = (least_squares(x, y, integer=flag, intercept=True) for flag in (False, True))
    assert whole.coefficients.tolist() == np.rint(plain.coefficients).tolist()
    assert float(whole.intercept) == np.rint(plain.intercept)
    assert whole.coefficients.any()
    assert (plain.coefficients != np.rint(plain.coefficients)).all()


def test_an_active_teacher_s_two_pixels():
    """Example 4.1 in small: on two features of uniform noise, least squares finds and rounds to -2 and 2."""
    rng = seeded()
    x = rng.random((20_000, 6))
    y = (x[:, 0] <= x[:, 5]).astype(int)
    assert least_squares(x, y, features=(0, 5), integer=True).coefficients.tolist() == [-2, 0, 0, 0, 0, 2]


@pytest.mark.parametrize("features", [[0, 0], [-1], [4], [[0, 1]], [0, 4]])
def test_features_are_different_coordinates(features):
    x, y = two_classes(seeded(), d=4)
    with pytest.raises(ValueError, match="features must be different coordinates from 0 to 3, got"):
        least_squares(x, y, features=features)


@pytest.mark.parametrize("features", [[], [0.0], [True, False], "01"])
def test_features_are_integers(features):
    x, y = two_classes(seeded(), d=4)
    with pytest.raises(TypeError, match="features must be coordinates, integers from 0 to 3, got"):
        least_squares(x, y, features=features)


@given(st.lists(st.tuples(WHOLE, WHOLE, WHOLE), min_size=2, max_size=2, unique=True), st.integers(-6, 6))
def test_the_largest_margin_between_two_points_is_halfway(points, power):
    """w = 2 (a - b) / |a - b|² and the boundary passes through (a + b) / 2."""
    a, b = np.array(points) * 10.0**power
    student = max_margin([a, b], [1, 0])
    assert student.coefficients == pytest.approx(2 * (a - b) / ((a - b) @ (a - b)), rel=1e-6)
    assert student.score([a, b, (a + b) / 2]) == pytest.approx([1, -1, 0], abs=1e-6)


def test_the_largest_margin_on_the_two_squares_is_along_the_diagonal():
    """Fig. 3.2 (left), by its corners: the direction is (1, 1) / √2 and the margin √2 / 2."""
    corners = np.array([[0.5, 0.5], [0.5, 1], [1, 0.5], [1, 1]])
    corners = np.concatenate([corners, -corners])
    student = max_margin(corners, [1] * 4 + [0] * 4)
    assert student.coefficients == pytest.approx([1, 1])
    assert float(student.intercept) == pytest.approx(0, abs=1e-12)
    assert student.distance(corners).min() == pytest.approx(np.sqrt(2) / 2)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("d", [1, 2, 10])
def test_the_largest_margin_is_that_of_a_support_vector_machine(seed, d):
    x, y = two_classes(seeded(seed), d=d)
    machine = SVC(kernel="linear", C=1e8, tol=1e-8).fit(x, y)
    student = max_margin(x, y)
    assert student.coefficients == pytest.approx(machine.coef_[0], rel=1e-3, abs=1e-4)
    assert float(student.intercept) == pytest.approx(machine.intercept_[0], rel=1e-3, abs=1e-4)


@given(st.data(), st.integers(1, 3))
def test_the_largest_margin_is_certified_by_its_dual(data, d):
    """The least |score| is 1, and w = Σ λ_i s_i x_i with λ >= 0 and Σ λ_i s_i = 0 over the points that have it."""
    x = np.array(data.draw(st.lists(st.lists(WHOLE, min_size=d, max_size=d), min_size=2, max_size=8)), dtype=float)
    normal = np.array(data.draw(st.lists(WHOLE, min_size=d, max_size=d)))
    y = (x @ normal > data.draw(WHOLE)).astype(int)
    assume(len(set(y)) == 2)
    student = max_margin(x, y)
    s, score = 2 * y - 1, student.score(x)
    assert (s * score).min() == pytest.approx(1, abs=1e-4)
    touching = s * score < 1 + 1e-4
    conditions = np.vstack([(s[:, None] * x).T, s])[:, touching]
    _, residual = nnls(conditions, np.append(student.coefficients, 0))
    assert residual < 1e-4


@given(st.data())
def test_classes_that_no_line_separates_have_no_hard_margin(data):
    x = np.array(data.draw(st.lists(st.lists(WHOLE, min_size=2, max_size=2), min_size=3, max_size=7)), dtype=float)
    y = np.array([0, 1, *data.draw(st.lists(st.integers(0, 1), min_size=len(x) - 2, max_size=len(x) - 2))])
    s = 2 * y - 1
    separates = np.column_stack([x, np.ones(len(x))]) * -s[:, None]
    separable = linprog(np.zeros(3), A_ub=separates, b_ub=-np.ones(len(x)), bounds=(None, None)).status == 0
    if separable:
        assert (max_margin(x, y)(x) == y).all()
    else:
        with pytest.raises(ValueError, match="no hyperplane separates the classes; give a penalty"):
            max_margin(x, y)


@pytest.mark.parametrize(("n", "d"), [(200, 2), (1000, 20), (1000, 100)])
def test_noise_is_refused_however_much_of_it_there_is(n, d):
    """A support vector machine with a huge penalty takes minutes to hours over these."""
    rng = seeded()
    with pytest.raises(ValueError, match="no hyperplane"):
        max_margin(rng.normal(size=(n, d)), rng.integers(0, 2, size=n))


def test_a_hard_margin_is_right_or_refused_where_coordinates_differ_in_scale():
    rng, answered = seeded(), 0
    for _ in range(100):
        d = int(rng.integers(2, 6))
        x = np.rint(rng.normal(size=(d + 2, d)) * np.append(3, 10.0 ** rng.integers(0, 5, size=d - 1)))
        y = np.append([0, 1], rng.integers(0, 2, size=d))
        try:
            score = max_margin(x, y).score(x)
        except ValueError:
            continue
        answered += 1
        assert ((2 * y - 1) * score).min() == pytest.approx(1, abs=1e-3)
    assert answered > 50


def test_a_hard_margin_too_narrow_for_the_machine_is_refused():
    rng = seeded()
    x = rng.uniform(-1, 1, size=(400, 2))
    side = np.where(x.sum(axis=1) > 0, 1, -1)
    x += 1e-6 * side[:, None]
    with pytest.raises(ValueError, match=r"did not converge in 1000000 steps|no hyperplane that"):
        max_margin(x, (side > 0).astype(int))


@pytest.mark.parametrize("scale", [1e-100, 1e-8, 1e8, 1e100])
@pytest.mark.parametrize("shift", [0, 1e6])
def test_the_largest_margin_follows_the_points(scale, shift):
    x, y = two_classes(seeded())
    here, there = max_margin(x, y), max_margin((x + shift) * scale, y)
    assert there.coefficients * scale == pytest.approx(here.coefficients, rel=1e-6)
    assert there.score((x + shift) * scale) == pytest.approx(here.score(x), abs=1e-4)


def test_swapping_two_classes_turns_the_student_around():
    x, y = two_classes(seeded())
    one, other = max_margin(x, y), max_margin(x, 1 - y)
    assert one.coefficients == pytest.approx(-other.coefficients)
    assert float(one.intercept) == pytest.approx(-float(other.intercept))


@pytest.mark.parametrize("penalty", [0.01, 1, 100])
def test_a_soft_margin_pays_for_what_it_violates(penalty):
    """½|w|² + C Σ max(0, 1 - s (w·x + b)) is least: no step in any direction lowers it."""
    rng = seeded()
    x, y = two_classes(rng, gap=0)
    y[:5] = 1 - y[:5]

    def cost(wb):
        return wb[:-1] @ wb[:-1] / 2 + penalty * np.maximum(0, 1 - (2 * y - 1) * (x @ wb[:-1] + wb[-1])).sum()

    student = max_margin(x, y, penalty=penalty)
    found = np.append(student.coefficients, student.intercept)
    best = minimize(cost, found, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 20_000})
    assert cost(found) == pytest.approx(best.fun, rel=1e-5)
    assert all(cost(found + step) >= cost(found) * (1 - 1e-6) for step in 0.05 * rng.normal(size=(200, 4)))


@pytest.mark.parametrize("penalty", [0, -1])
def test_a_penalty_is_positive(penalty):
    with pytest.raises(ValueError, match=f"penalty must be positive, got {penalty}"):
        max_margin([[0], [1]], [0, 1], penalty=penalty)


def three_classes():
    centres = np.array([[0, 4], [-4, -3], [4, -3]])
    y = np.arange(60) % 3
    return centres[y] + seeded().uniform(-1, 1, size=(60, 2)), y


@pytest.mark.parametrize("penalty", [None, 1.0])
def test_of_three_classes_each_is_separated_from_the_rest(penalty):
    x, y = three_classes()
    student = max_margin(x, y, penalty=penalty)
    assert (student(x) == y).all()
    for k in range(3):
        against_the_rest = max_margin(x, (y == k).astype(int), penalty=penalty)
        assert student.coefficients[k] == pytest.approx(against_the_rest.coefficients)
        assert student.intercept[k] == pytest.approx(float(against_the_rest.intercept))


@pytest.mark.parametrize("learn", [least_squares, max_margin])
@pytest.mark.parametrize(("y", "absent"), [([0, 2], 1), ([1, 2], 0), ([0, 10**15], 1)])
def test_a_class_without_an_example_is_not_learnt(learn, y, absent):
    with pytest.raises(ValueError, match=f"has none of class {absent}"):
        learn([[0.0], [1.0]], y)


@pytest.mark.parametrize("learn", [least_squares, max_margin])
def test_learning_forgets_the_order_of_the_examples(learn):
    x, y = two_classes(seeded())
    order = seeded().permutation(len(x))
    assert learn(x[order], y[order]).coefficients == pytest.approx(learn(x, y).coefficients)


@pytest.mark.parametrize("learn", [least_squares, max_margin])
def test_learning_changes_neither_points_nor_labels(learn):
    x, y = two_classes(seeded())
    x_before, y_before = x.copy(), y.copy()
    learn(x, y)
    assert (x == x_before).all()
    assert (y == y_before).all()


def test_a_penalty_may_be_any_real():
    x, y = two_classes(seeded())
    one = max_margin(x, y, penalty=Fraction(1, 2)).coefficients
    assert one == pytest.approx(max_margin(x, y, penalty=0.5).coefficients)


# The gradient of the own answer's lead


@given(rows(2), rows(2), st.lists(WHOLE, min_size=5, max_size=5))
def test_the_gradient_is_that_of_the_lead_of_the_own_answer_over_the_next_one(x, w, b):
    student = Linear(w[0], b[0]) if len(w) == 1 else Linear(w, b[: len(w)])
    for point, gradient in zip(x, student.gradient(x).tolist(), strict=True):
        if len(w) == 1:
            score = w[0][0] * point[0] + w[0][1] * point[1] + b[0]
            assert gradient == [c if score >= 0 else -c for c in w[0]]
        else:
            scores = [p * point[0] + q * point[1] + c for (p, q), c in zip(w, b, strict=False)]
            first = scores.index(max(scores))
            second = scores.index(max(s for i, s in enumerate(scores) if i != first), *[0] if first else [1])
            second = min(i for i, s in enumerate(scores) if i != first and s == scores[second])
            assert gradient == [p - q for p, q in zip(w[first], w[second], strict=True)]


@pytest.mark.parametrize("classes", [1, 2, 3, 6])
def test_the_gradient_says_how_the_lead_changes(classes):
    rng = seeded()
    w, b, x = rng.normal(size=(classes, 3)), rng.normal(size=classes), rng.normal(size=(50, 3))
    student = Linear(w[0], b[0]) if classes == 1 else Linear(w, b)
    answer, push = student(x), 1e-6 * rng.normal(size=(50, 3))

    def lead(points):
        score = student.score(points)
        if classes == 1:
            return np.where(answer == 1, score, -score)
        own = np.take_along_axis(score, answer[:, None], axis=1)[:, 0]
        np.put_along_axis(score, answer[:, None], -np.inf, axis=1)
        return own - score.max(axis=1)

    assert (lead(x) >= 0).all()
    assert lead(x + push) - lead(x) == pytest.approx((student.gradient(x) * push).sum(axis=1), abs=1e-12)
    assert len(set(answer)) > 1


def test_asking_for_the_gradient_changes_no_score_and_no_coefficient():
    student = Linear(np.eye(3), [1, 2, 3])
    x = np.ones((2, 3))
    before = student.score(x).tolist()
    student.gradient(x)[:] = 99
    assert student.score(x).tolist() == before
    two = Linear([1, 2])
    two.gradient([[1, 1]])[:] = 99
    assert two.coefficients.tolist() == [1, 2]


def test_there_is_no_gradient_where_there_is_no_score():
    with pytest.raises(ValueError, match="score too large"):
        Linear([1e200, -1e200]).gradient([[1e200, 1e200]])
    with pytest.raises(ValueError, match=r"x must have shape \(n, 2\), got shape \(1, 3\)"):
        Linear([1, 1]).gradient([[1, 2, 3]])
