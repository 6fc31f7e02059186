"""Where μ, T and S meet: agreement, errors, losses and margins, and both definitions to the last boundary point."""

from fractions import Fraction
from itertools import product
from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import linprog, minimize

from active_teacher.attacks import DensityRatio, Everything, FastGradient, Single, Tube
from active_teacher.exact import adversarial_error, margin, masses
from active_teacher.generators import Finite, Uniform
from active_teacher.geometry import Box, HalfSpace
from active_teacher.labels import UNCERTAIN, A, B
from active_teacher.losses import LOSSES, adversarial_loss
from active_teacher.probabilities import Stochastic
from active_teacher.robustness import adversarial_robustness, agreement, strong_robustness
from active_teacher.students import Linear, max_margin
from active_teacher.teachers import AxisThreshold, Boxes, LinearThreshold, Regions
from active_teacher.verdicts import Masses, UndefinedProbabilityError, WorstCase

SURE = 1e-6  # a true statement fails one such test in a million: the seeds below are fixed

X = Box([-1, -1], [1, 1])
SQUARE = Uniform(X)
STRIPS = AxisThreshold(axis=0, low=-0.5, high=0.5)  # Fig. 3.2 (left): the teacher, its μ and its student
MU = Uniform(Box([0.5, 0.5], [1, 1]), Box([-1, -1], [-0.5, -0.5]))
DIAGONAL = Linear([1, 1])
SECOND = Box([-1, 0], [0, 1], open_low=[False, True], open_high=[True, False])  # Fig. 3.2 (right)
FOURTH = Box([0, -1], [1, 0], open_low=[True, False], open_high=[False, True])
QUADRANTS = Boxes([(A, SECOND), (B, FOURTH)])
RHO = Uniform(SECOND, FOURTH)
RISING = Linear([-1, 1])
NOWHERE = AxisThreshold(low=-9, high=9)  # certain about nothing in the square


def seeded(seed=2021):
    return np.random.default_rng(seed)


def diagonal(x):
    """The same student without its geometry: a plain callable."""
    return (x.sum(axis=1) >= 0).astype(int)


class Gaussian:
    """A generator of which nothing is known: a standard normal distribution around a point."""

    def __init__(self, *centre):
        self.centre = centre

    def sample(self, n, rng):
        return rng.normal(self.centre, size=(n, len(self.centre)))


# Agreement


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
@pytest.mark.parametrize("wrong", [0, 1, 7, 30])
def test_the_interval_is_that_of_clopper_and_pearson(wrong, confidence):
    n = 30
    answers = np.arange(n) >= wrong
    result = agreement(
        Finite([[0.0]]),
        lambda x: np.ones(n, int),
        lambda x: answers.astype(int),
        n=n,
        rng=seeded(),
        confidence=confidence,
    )
    k, tail = n - wrong, (1 - confidence) / 2
    assert (result.agreed, result.certain, result.sampled, result.confidence) == (k, n, n, confidence)
    assert result.low == pytest.approx(stats.beta.ppf(tail, k, n - k + 1) if k else 0)
    assert result.high == pytest.approx(stats.beta.ppf(1 - tail, k + 1, n - k) if k < n else 1)
    assert result.low <= result.value <= result.high


def test_agreement_is_the_share_of_certain_points_with_the_same_answer():
    x = np.array([[0.0], [1.0], [2.0], [3.0], [4.0]])

    class AllOnce:
        def sample(self, n, rng):
            return x

    result = agreement(
        AllOnce(), lambda x: [0, 1, UNCERTAIN, 1, UNCERTAIN], lambda x: np.array([0, 0, 1]), n=5, rng=seeded()
    )
    assert (result.agreed, result.certain, result.sampled) == (2, 3, 5)
    assert result.value == 2 / 3
    assert str(result) == "0.6667, 95% interval [0.0943, 0.9916] (2 of 3 certain points; 5 sampled)"


@pytest.mark.parametrize(
    ("mu", "teacher", "student", "truth"),
    [
        (SQUARE, STRIPS, DIAGONAL, 7 / 8),
        (SQUARE, STRIPS, diagonal, 7 / 8),
        (MU, STRIPS, DIAGONAL, 1),
        (SQUARE, QUADRANTS, RISING, 1),
        (SQUARE, STRIPS, Linear([0, 1]), 1 / 2),
        (SQUARE, STRIPS, Linear([-1, 0]), 0),
        (SQUARE, Stochastic(lambda x: np.full(len(x), 0.3), seeded()), Linear([0, 0], 1), 0.3),
        (Gaussian(0, 0), STRIPS, Linear([1, 0]), 1),
    ],
)
def test_agreement_covers_the_truth(mu, teacher, student, truth):
    result = agreement(mu, teacher, student, n=4000, rng=seeded(), confidence=1 - SURE)
    assert result.low <= truth <= result.high
    assert result.high - result.low < 0.12


def test_the_interval_covers_the_truth_as_often_as_it_says():
    rng, runs = seeded(), 400
    for confidence, at_most in ((0.95, 1.0), (0.5, 0.75)):
        results = [agreement(SQUARE, STRIPS, DIAGONAL, n=200, rng=rng, confidence=confidence) for _ in range(runs)]
        covered = sum(result.low <= 7 / 8 <= result.high for result in results)
        assert stats.binom.ppf(SURE, runs, confidence) <= covered <= at_most * runs


def test_the_rng_decides_the_agreement():
    one, again, other = (agreement(SQUARE, STRIPS, DIAGONAL, n=500, rng=seeded(seed)) for seed in (1, 1, 2))
    assert one == again != other


def test_the_student_is_asked_about_certain_points_only():
    asked = []
    agreement(SQUARE, STRIPS, lambda x: asked.append(x) or diagonal(x), n=500, rng=seeded())
    assert (np.abs(asked[0][:, 0]) >= 0.5).all()
    assert len(asked) == 1


def test_without_certainty_there_is_no_agreement():
    with pytest.raises(UndefinedProbabilityError, match="certain about none of the 50 sampled points"):
        agreement(SQUARE, NOWHERE, DIAGONAL, n=50, rng=seeded())


def test_an_undefined_probability_is_a_value_error():
    assert issubclass(UndefinedProbabilityError, ValueError)


@pytest.mark.parametrize("confidence", [0, 1, -0.5, 1.5])
def test_a_confidence_is_between_0_and_1(confidence):
    with pytest.raises(ValueError, match=rf"confidence must lie in \(0, 1\), got {confidence}"):
        agreement(SQUARE, STRIPS, DIAGONAL, n=50, rng=seeded(), confidence=confidence)


def test_a_generator_returns_as_many_points_as_it_was_asked_for():
    class Lazy:
        def sample(self, n, rng):
            return np.zeros((n - 1, 2))

    with pytest.raises(ValueError, match="asked for 5 points and returned 4"):
        agreement(Lazy(), STRIPS, DIAGONAL, n=5, rng=seeded())


# The exact error


def test_the_student_of_the_left_figure_is_wrong_on_an_eighth_of_the_certain_region():
    assert adversarial_error(SQUARE, STRIPS, DIAGONAL) == Fraction(1, 8)


def test_and_nowhere_on_its_data():
    assert adversarial_error(MU, STRIPS, DIAGONAL) == 0


@pytest.mark.parametrize("tau", [Fraction(1, 4), Fraction(1, 2), Fraction(7, 8)])
def test_a_more_careful_teacher_finds_fewer_errors(tau):
    """x_1 >= τ and x_2 < -x_1 is a triangle of area (1 - τ)²/2 in a strip of area 2 (1 - τ)."""
    assert adversarial_error(SQUARE, AxisThreshold(low=-float(tau), high=float(tau)), DIAGONAL) == (1 - tau) / 4


def test_the_student_of_the_right_figure_is_right_everywhere():
    assert adversarial_error(RHO, QUADRANTS, RISING) == 0
    assert adversarial_error(SQUARE, QUADRANTS, RISING) == 0


@pytest.mark.parametrize(
    ("student", "error"),
    [
        (Linear([1, 0]), 0),
        (Linear([0, 1]), Fraction(1, 2)),
        (Linear([-1, 0]), 1),
        (Linear([0, 0], 1), Fraction(1, 2)),
        (Linear([0, 0], 0), Fraction(1, 2)),  # the boundary is everywhere, and belongs to class 1
        (Linear([0, 0], -1), Fraction(1, 2)),
    ],
)
def test_errors_of_students_that_read_one_coordinate_or_none(student, error):
    assert adversarial_error(SQUARE, STRIPS, student) == error


def test_boxes_count_by_their_volumes():
    """Wrong on the first box, of a quarter of the volume."""
    mu, teacher = Uniform(Box([0], [1]), Box([2], [5])), Boxes([(A, Box([0], [9]))])
    assert adversarial_error(mu, teacher, Linear([1], -1.5)) == Fraction(1, 4)


def test_only_certain_points_count():
    """Of [0, 4] the teacher is certain on [0, 1] and [2, 4]; the student errs below 3."""
    teacher = Boxes([(A, Box([0], [1])), (A, Box([2], [7]))])
    assert adversarial_error(Uniform(Box([0], [4])), teacher, Linear([1], -3)) == Fraction(2, 3)


@pytest.mark.parametrize(
    ("p", "epsilon", "error"), [(1, 1.25, (1, 8)), (inf, 0.625, (1, 8)), (1, 1, (0, 1)), (inf, 5, (1, 1))]
)
def test_pushes_across_the_diagonal(p, epsilon, error):
    """A push of ε moves x_1 + x_2 by ε in the norm p = 1 and by 2ε for p = ∞; in a square it is at least 1."""
    assert adversarial_error(MU, STRIPS, DIAGONAL, epsilon=epsilon, p=p) == Fraction(*error)


@pytest.mark.parametrize(("p", "errors"), [(1, Fraction(1, 2)), (2, 1), (inf, 2)])
@pytest.mark.parametrize("epsilon", [2**-1, 2**-4, 2**-20])
def test_no_push_is_too_short_for_the_right_figure(p, epsilon, errors):
    """Within reach of the diagonal lies a triangle of each quadrant: ε²/2 of it, ε² and 2ε², by the norm."""
    error = adversarial_error(RHO, QUADRANTS, RISING, epsilon=epsilon, p=p)
    if p == 2:  # √2 is no float
        assert float(error) == pytest.approx(epsilon**2)
    else:
        assert error == errors * Fraction(epsilon) ** 2


@pytest.mark.parametrize("seed", range(4))
def test_the_exact_error_agrees_with_a_sample(seed):
    rng = seeded(seed)
    student = Linear(rng.normal(size=2), 0.3 * rng.normal())
    exact = adversarial_error(SQUARE, STRIPS, student)
    sampled = agreement(SQUARE, STRIPS, student, n=20_000, rng=rng, confidence=1 - SURE)
    assert 1 - sampled.high <= exact <= 1 - sampled.low


@pytest.mark.parametrize("p", [1, 1.5, 2, inf])
def test_the_exact_error_within_epsilon_agrees_with_pushing_a_sample(p):
    """By Hölder's inequality the push along sign(w)|w|^(1/(p-1)) moves the score most."""
    rng, epsilon, w = seeded(), 0.2, np.array([1.0, 0.6])
    student = Linear(w, 0.1)
    x = SQUARE.sample(20_000, rng)
    y = STRIPS(x)
    x, y = x[y != UNCERTAIN], y[y != UNCERTAIN]
    best = np.array([1.0, 0]) if p == 1 else np.ones(2) if p == inf else w ** (1 / (p - 1))
    best *= epsilon / np.linalg.norm(best, ord=p)
    wrong = student(x + np.where(y == A, -1, 1)[:, None] * best) != y
    exact = adversarial_error(SQUARE, STRIPS, student, epsilon=epsilon, p=p)
    assert stats.binomtest(int(wrong.sum()), len(x), float(exact)).pvalue > SURE


@given(st.lists(st.floats(-2, 2), min_size=2, max_size=2).filter(any), st.floats(-1, 1))
def test_the_error_grows_with_epsilon_from_that_without_pushes(w, b):
    student = Linear(w, b)
    errors = [adversarial_error(SQUARE, STRIPS, student, epsilon=epsilon) for epsilon in (0, 1e-9, 0.1, 0.5, 9)]
    assert errors == sorted(errors)
    assert errors[0] == adversarial_error(SQUARE, STRIPS, student)
    assert errors[-1] == 1


@given(st.lists(st.floats(-2, 2), min_size=2, max_size=2), st.floats(-1, 1))
def test_a_student_and_its_opposite_are_wrong_on_all_in_total(w, b):
    one, other = Linear(w, b), Linear(-np.array(w), -b)
    assert adversarial_error(SQUARE, STRIPS, one) + adversarial_error(SQUARE, STRIPS, other) == 1


@pytest.mark.parametrize("measure", [adversarial_error, margin])
def test_without_certainty_there_is_no_error_and_no_margin(measure):
    with pytest.raises(UndefinedProbabilityError, match="certain about no part of μ"):
        measure(SQUARE, NOWHERE, DIAGONAL)


def test_certainty_on_an_edge_has_a_margin_and_no_share():
    edge = Uniform(Box([-0.5, 0], [0.5, 1]))  # touches both strips
    assert margin(edge, STRIPS, Linear([1, 0])) == 0.5
    with pytest.raises(UndefinedProbabilityError):
        adversarial_error(edge, STRIPS, Linear([1, 0]))


@pytest.mark.parametrize("measure", [adversarial_error, margin])
@pytest.mark.parametrize(
    ("mu", "teacher", "student", "said"),
    [
        (Gaussian(0, 0), STRIPS, DIAGONAL, "generators.Uniform"),
        (SQUARE, Regions([diagonal]), DIAGONAL, r"teacher with certain_regions\(domain\)"),
        (SQUARE, STRIPS, diagonal, "linear student of two classes"),
        (SQUARE, STRIPS, Linear(np.eye(2)[[0, 1, 1]]), "linear student of two classes"),
    ],
)
def test_an_exact_answer_needs_boxes_and_a_hyperplane(measure, mu, teacher, student, said):
    with pytest.raises(TypeError, match=f"an exact answer needs a {said}, got"):
        measure(mu, teacher, student)


@pytest.mark.parametrize("measure", [adversarial_error, margin])
def test_two_classes_are_not_three(measure):
    with pytest.raises(ValueError, match=r"teacher of more: labels \[2\]"):
        measure(SQUARE, Boxes([(2, X)]), DIAGONAL)


@pytest.mark.parametrize("measure", [adversarial_error, margin])
def test_all_three_live_in_one_space(measure):
    with pytest.raises(ValueError, match=r"3 coordinates|shape \(2,\), got shape \(3,\)"):
        measure(SQUARE, STRIPS, Linear([1, 1, 1]))


@pytest.mark.parametrize("epsilon", [0, 0.1])
def test_a_bad_norm_is_refused_even_where_it_does_not_matter(epsilon):
    with pytest.raises(ValueError, match=r"p must be at least 1, got 0\.5"):
        adversarial_error(SQUARE, STRIPS, DIAGONAL, epsilon=epsilon, p=0.5)


def test_a_push_is_not_negative():
    with pytest.raises(ValueError, match=r"epsilon must be at least 0, got -0\.1"):
        adversarial_error(SQUARE, STRIPS, DIAGONAL, epsilon=-0.1)


# The margin


@pytest.mark.parametrize(("p", "expected"), [(1, 1), (2, sqrt(2) / 2), (inf, 0.5)])
def test_the_margin_of_the_left_figure(p, expected):
    assert margin(MU, STRIPS, DIAGONAL, p=p) == pytest.approx(expected, rel=1e-15)
    assert margin(MU, STRIPS, Linear([7, 7]), p=p) == pytest.approx(expected)


@pytest.mark.parametrize("p", [1, 1.5, 2, inf])
def test_the_right_figure_has_no_margin(p):
    assert margin(RHO, QUADRANTS, RISING, p=p) == 0


def test_a_student_that_errs_has_a_negative_margin():
    """At (0.5, -1), the worst corner, x_1 + x_2 is -0.5."""
    assert margin(SQUARE, STRIPS, DIAGONAL) == pytest.approx(-0.5 / sqrt(2))


def test_no_student_of_the_left_figure_has_a_larger_margin_than_the_diagonal():
    angles = np.radians(np.arange(0, 360, 0.5))
    students = [Linear([np.cos(a), np.sin(a)], b) for a in angles for b in (-0.1, 0, 0.1)]
    assert max(margin(MU, STRIPS, student) for student in students) == pytest.approx(margin(MU, STRIPS, DIAGONAL))
    corners = np.concatenate([[box.low, box.high] for box in MU.boxes])
    learnt = max_margin(corners, STRIPS(corners))
    assert margin(MU, STRIPS, learnt) == pytest.approx(sqrt(2) / 2)


@pytest.mark.parametrize("seed", range(5))
def test_the_margin_is_the_least_score_over_the_certain_region_in_units_of_the_norm(seed):
    rng = seeded(seed)
    w, b = rng.normal(size=3), 0.2 * rng.normal()
    low, high = np.array([-1, 0, 2]), np.array([3, 1, 2.5])
    regions = [([-1, -0.5], -1), ([0.5, 3], 1)]  # x_1 of the two strips, and the side they belong on
    scores = []
    for first, sign in regions:
        bounds = [first, *zip(low[1:], high[1:], strict=True)]
        scores.append(linprog(sign * w, bounds=bounds).fun + sign * b)
    expected = min(scores) / np.linalg.norm(w)
    assert margin(Uniform(Box(low, high)), STRIPS, Linear(w, b)) == pytest.approx(expected)


@given(st.lists(st.floats(-2, 2), min_size=2, max_size=2).filter(lambda w: max(map(abs, w)) > 0.01), st.floats(-1, 1))
def test_pushes_shorter_than_the_margin_do_no_harm_and_longer_ones_do(w, b):
    student = Linear(w, b)
    reach = margin(MU, STRIPS, student)
    if reach > 1e-6:
        assert adversarial_error(MU, STRIPS, student, epsilon=reach * (1 - 1e-9)) == 0
        assert adversarial_error(MU, STRIPS, student, epsilon=reach * (1 + 1e-9)) > 0
    elif reach < -1e-6:
        assert adversarial_error(MU, STRIPS, student) > 0


# Strong robustness (Definition 3.1)


def lattice(box):
    """Multiples of 1/2 in an integer box: each of its faces, and its inside, hold some unless they are left out."""
    axes = [np.arange(lo, hi + 0.5, 0.5) for lo, hi in zip(box.low, box.high, strict=True)]
    points = np.array(list(product(*axes)))
    return points[box.contains(points)]


def violated(w, b, strict, box):
    """Whether w·x + b >= 0 (> 0 if strict) fails somewhere in an integer box, by looking at all of its corners."""
    corners = np.array(list(product(*zip(box.low, box.high, strict=True))))
    least = min(corners @ w + b)
    return least < 0 or (strict and (lattice(box) @ w + b == 0).any() and least == 0)


def is_robust(regions, w, b, domain):
    """Definition 3.1 for integer boxes and integer scores, each class by its definition; None if nothing is certain."""
    verdict = None
    for label, region in regions:
        box = region.intersection(domain)
        if box is None:
            continue
        verdict = verdict is None or verdict
        if len(w) == 1:
            needed = {0: [(-w[0], -b[0], True)], 1: [(w[0], b[0], False)]}.get(label)
        else:
            rivals = [j for j in range(len(w)) if j != label]
            needed = [(w[label] - w[j], b[label] - b[j], j < label) for j in rivals] if label < len(w) else None
        verdict &= needed is not None and not any(violated(*condition, box) for condition in needed)
    return verdict


@st.composite
def integer_boxes(draw, d):
    low = np.array(draw(st.lists(st.integers(-3, 2), min_size=d, max_size=d)))
    size = np.array(draw(st.lists(st.integers(0, 3), min_size=d, max_size=d)))
    flags = [np.array(draw(st.lists(st.booleans(), min_size=d, max_size=d))) & (size > 0) for _ in range(2)]
    return Box(low, low + size, open_low=flags[0], open_high=flags[1])


@st.composite
def cases(draw):
    """A teacher on one to three integer boxes, an integer student of two or three classes, and an integer domain."""
    d = draw(st.integers(1, 3))
    regions = []
    for _ in range(draw(st.integers(1, 3))):
        box = draw(integer_boxes(d))
        if all(box.intersection(other) is None for _, other in regions):
            regions.append((draw(st.integers(0, 2)), box))
    rows = draw(st.integers(1, 3))
    w = np.array([[draw(st.integers(-2, 2)) for _ in range(d)] for _ in range(rows)])
    b = np.array([draw(st.integers(-3, 3)) for _ in range(rows)])
    return regions, w, b, draw(integer_boxes(d))


@settings(max_examples=400)
@given(cases())
def test_the_verdict_on_a_box_is_that_of_the_definition(case):
    regions, w, b, domain = case
    teacher, student = Boxes(regions), Linear(w[0], b[0]) if len(w) == 1 else Linear(w, b)
    expected = is_robust(regions, w, b, domain)
    if expected is None:
        with pytest.raises(UndefinedProbabilityError, match="certain about no point of the domain"):
            strong_robustness(domain, teacher, student)
        return
    verdict = strong_robustness(domain, teacher, student)
    assert verdict.robust is expected
    assert verdict.exact
    if not verdict.robust:
        is_a_counterexample(verdict, teacher, student)
        assert verdict.witness in domain
    points = lattice(domain)
    sure = teacher(points) != UNCERTAIN
    if verdict.robust and sure.any():
        assert (student(points[sure]) == teacher(points[sure])).all()


def is_a_counterexample(verdict, teacher, student):
    said = int(teacher(verdict.witness[None])[0]), int(student(verdict.witness[None])[0])
    assert said == (verdict.teacher_says, verdict.student_says)
    assert said[0] != UNCERTAIN
    assert said[0] != said[1]


@given(
    st.lists(st.floats(-1, 1), min_size=3, max_size=3).filter(any),
    st.lists(st.tuples(st.floats(-2, 2), st.floats(0.01, 3)), min_size=2, max_size=2),
)
def test_no_sample_contradicts_an_exact_verdict(score, sides):
    student = Linear(score[:2], score[2])
    low, length = np.array(sides).T
    domain = Box(low, low + length)
    x = np.concatenate(
        [Uniform(domain).sample(500, seeded()), list(product(*zip(domain.low, domain.high, strict=True)))]
    )
    x = x[STRIPS(x) != UNCERTAIN]
    try:
        verdict = strong_robustness(domain, STRIPS, student)
    except UndefinedProbabilityError:
        assert len(x) == 0
        return
    if verdict.robust is False:
        is_a_counterexample(verdict, STRIPS, student)
        assert verdict.witness in domain
    elif len(x):
        assert (student(x) == STRIPS(x)).all()
    if verdict.robust:
        try:
            assert adversarial_error(Uniform(domain), STRIPS, student) == 0
        except UndefinedProbabilityError:  # certain on an edge only
            assert not any(box.volume for _, box in STRIPS.certain_regions(domain))


def test_the_left_figure_is_not_strongly_robust_and_the_right_one_is():
    left, right = strong_robustness(X, STRIPS, DIAGONAL), strong_robustness(X, QUADRANTS, RISING)
    assert (left.robust, left.exact) == (False, True)
    assert sorted(np.abs(left.witness)) == [0.5, 1]
    assert np.prod(left.witness) < 0
    is_a_counterexample(left, STRIPS, DIAGONAL)
    assert (right.robust, right.exact, right.witness) == (True, True, None)


def test_neither_kind_of_robustness_implies_the_other():
    """Section 3.3 and what completes it: with a push of a quarter, all four combinations exist."""
    examples = [
        (MU, STRIPS, Linear([1, 0])),
        (MU, STRIPS, DIAGONAL),
        (RHO, QUADRANTS, RISING),
        (RHO, QUADRANTS, Linear([1, 6])),
    ]
    found = [
        (adversarial_error(mu, teacher, student, epsilon=0.25) == 0, strong_robustness(X, teacher, student).robust)
        for mu, teacher, student in examples
    ]
    assert found == [(True, True), (True, False), (False, True), (False, False)]


@pytest.mark.parametrize(
    ("box", "label", "w", "b", "robust"),
    [
        (Box([0], [1]), A, 1, 0, True),  # class 1 holds its boundary
        (Box([0], [1]), A, 1, np.nextafter(0, -1), False),
        (Box([-1], [0]), B, 1, 0, False),  # and class 0 does not
        (Box([-1], [0], open_high=True), B, 1, 0, True),
        (Box([-1], [0]), B, 1, np.nextafter(0, -1), True),
        (Box([-1], [0], open_high=True), B, 1, 1e-9, False),
        (Box([-1], [1], open_low=True, open_high=True), A, 1, 0, False),  # the centre is right, half of the rest is not
        (Box([-1], [1], open_low=True, open_high=True), B, 1, 0, False),
        (Box([0], [1], open_low=True), A, 1, -0.75, False),  # the centre is wrong too
        (Box([0], [1], open_low=True), A, 1, 0, True),
        (Box([0], [0]), A, 1, 0, True),
        (Box([0], [0]), B, 1, 0, False),
        (Box([0], [1]), A, 0, 0, True),  # no direction: everything is on the boundary
        (Box([0], [1]), B, 0, 0, False),
    ],
)
def test_the_boundary_belongs_to_class_1_and_an_open_side_to_no_one(box, label, w, b, robust):
    teacher, student = Boxes([(label, box)]), Linear([w], b)
    verdict = strong_robustness(Box([-5], [5]), teacher, student)
    assert verdict.robust is robust
    if not robust:
        is_a_counterexample(verdict, teacher, student)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("w", [1, -1])
def test_a_face_is_in_a_box_whatever_side_across_is_left_out(axis, w):
    """The student answers 1 on the face where its score is 0, and the teacher B there."""
    low, high, coefficients = np.zeros(3), np.ones(3), np.zeros(3)
    coefficients[axis] = w
    across = np.arange(3) != axis
    teacher = Boxes([(B, Box(low, high, open_low=across, open_high=across))])
    student = Linear(coefficients, -1 if w > 0 else 0)
    verdict = strong_robustness(Box(low, high), teacher, student)
    assert verdict.robust is False
    assert verdict.witness[axis] == (w > 0)
    is_a_counterexample(verdict, teacher, student)


@pytest.mark.parametrize(("label", "robust"), [(0, True), (1, False), (2, False)])
def test_of_equal_scores_the_first_class_is_meant(label, robust):
    student = Linear([[1, 0], [1, 0], [1, 0]])
    assert strong_robustness(X, Boxes([(label, X)]), student).robust is robust


def test_a_class_the_student_does_not_know_is_a_counterexample():
    verdict = strong_robustness(
        X, Boxes([(A, Box([0, 0], [1, 1])), (5, Box([-1, -1], [0, 0], open_high=True))]), DIAGONAL
    )
    assert (verdict.robust, verdict.teacher_says) == (False, 5)


def test_what_is_robust_on_a_domain_is_robust_on_its_parts():
    rng = seeded()
    verdicts = set()
    for _ in range(100):
        student = Linear([1, 0.7 * rng.normal()], 0.2 * rng.normal())
        part = Box(rng.uniform(-1, 0, size=2), rng.uniform(0.5, 1, size=2))
        whole = strong_robustness(X, STRIPS, student).robust
        verdicts.add((whole, strong_robustness(part, STRIPS, student).robust))
    assert verdicts == {(True, True), (False, True), (False, False)}


def test_where_rounding_hides_the_witness_the_verdict_is_undecided():
    class Sly(Linear):
        def __call__(self, x):
            return STRIPS(x).clip(0)

    verdict = strong_robustness(X, STRIPS, Sly([1, 1]))
    assert (verdict.robust, verdict.exact, verdict.witness) == (None, False, None)
    assert str(verdict) == "undecided: no counterexample among 4 certain points"


def test_an_unbounded_domain_is_refused():
    for student in (DIAGONAL, diagonal):
        with pytest.raises(ValueError, match="bounded"):
            strong_robustness(Box([-np.inf, 0], [0, 1]), STRIPS, student, n=5, rng=seeded())


def test_every_given_point_is_asked_about_so_the_verdict_is_exact():
    x = np.array([[0.5, 0], [-0.5, 0], [0, 9], [0.9, -0.8]])
    verdict = strong_robustness(x, STRIPS, diagonal)
    assert (verdict.robust, verdict.exact, verdict.asked) == (True, True, 3)
    verdict = strong_robustness([*x, [0.9, -1]], STRIPS, diagonal)
    assert (verdict.robust, verdict.exact, verdict.asked) == (False, True, 4)
    assert verdict.witness.tolist() == [0.9, -1]
    assert (verdict.teacher_says, verdict.student_says) == (A, B)


@pytest.mark.parametrize("domain", [X, SQUARE], ids=["box", "generator"])
def test_a_search_finds_a_witness_or_proves_nothing(domain):
    found = strong_robustness(domain, STRIPS, diagonal, n=500, rng=seeded())
    assert (found.robust, found.exact) == (False, True)
    is_a_counterexample(found, STRIPS, diagonal)
    assert found.witness in X
    asked = []
    honest = strong_robustness(
        domain, STRIPS, lambda x: asked.append(x) or (x[:, 0] > 0).astype(int), n=500, rng=seeded()
    )
    assert (honest.robust, honest.exact, honest.witness) == (None, False, None)
    assert honest.asked == len(asked[0]) < 500


def test_a_search_covers_the_whole_box():
    x = []
    box = Box([-2, 5], [0, 6])
    strong_robustness(
        box, lambda z: x.append(z) or np.zeros(len(z), int), lambda z: np.zeros(len(z), int), n=2000, rng=seeded()
    )
    assert box.contains(x[0]).all()
    assert all(stats.kstest(column, "uniform").pvalue > SURE for column in ((x[0] - box.low) / [2, 1]).T)


@pytest.mark.parametrize("missing", ["n", "rng"])
def test_a_search_needs_n_and_rng(missing):
    given_others = {"n": 5, "rng": seeded()}
    del given_others[missing]
    with pytest.raises(TypeError, match="give n and rng"):
        strong_robustness(X, STRIPS, diagonal, **given_others)


@pytest.mark.parametrize("domain", [X, np.zeros((2, 2)) + 0.7], ids=["box", "points"])
@pytest.mark.parametrize(("n", "rng"), [(0, seeded()), (-1, None), (True, None), (5, 2021)])
def test_a_bad_n_or_rng_is_refused_even_where_neither_is_needed(domain, n, rng):
    with pytest.raises((TypeError, ValueError), match=r"n must be|rng must be"):
        strong_robustness(domain, STRIPS, DIAGONAL, n=n, rng=rng)


@pytest.mark.parametrize("domain", [X, SQUARE, np.zeros((3, 2))], ids=["box", "generator", "points"])
@pytest.mark.parametrize("student", [DIAGONAL, diagonal], ids=["linear", "callable"])
def test_without_certainty_there_is_nothing_to_be_robust_about(domain, student):
    with pytest.raises(UndefinedProbabilityError, match="nothing to be robust about"):
        strong_robustness(domain, NOWHERE, student, n=20, rng=seeded())


def test_a_stochastic_teacher_is_judged_by_one_draw_a_point():
    asked = []

    def dice(x):
        asked.append(len(x))
        return seeded().integers(0, 2, size=len(x))

    verdict = strong_robustness(np.zeros((50, 1)), dice, lambda x: seeded().integers(0, 2, size=len(x)))
    assert verdict.robust is True
    assert asked == [50]


@pytest.mark.parametrize("verdict", [strong_robustness(X, STRIPS, DIAGONAL), strong_robustness(X, QUADRANTS, RISING)])
def test_a_verdict_is_no_condition(verdict):
    with pytest.raises(TypeError, match=r"ask for its \.robust"):
        bool(verdict)


def test_a_verdict_says_what_it_found():
    assert str(strong_robustness(X, QUADRANTS, RISING)) == "strongly robust (exact)"
    assert str(strong_robustness([[0.75, -0.9]], STRIPS, DIAGONAL)) == (
        "not strongly robust: at [ 0.75, -0.9 ] the teacher says A, the student B"
    )
    image = np.full((1, 4, 4), 2 / 3)
    assert str(strong_robustness(image, lambda x: [3], lambda x: [2])) == (
        "not strongly robust: at [0.667, 0.667, 0.667, ..., 0.667, 0.667, 0.667] the teacher says C_4, the student C_3"
    )


def test_verdicts_are_told_apart_by_identity_because_a_witness_is_an_array():
    one, other = (strong_robustness(X, STRIPS, DIAGONAL) for _ in range(2))
    assert one != other
    assert len({one, other}) == 2


def test_students_and_teachers_of_one_s_own_will_do():
    """Anything with the right methods gets an exact answer; nothing needs to be inherited."""

    class Teacher:
        def __call__(self, x):
            return np.ones(len(x), dtype=int)

        def certain_regions(self, domain):
            return [(A, domain)]

    class Student:
        classes = 2

        def __call__(self, x):
            return (x[:, 0] > -5).astype(int)

        def half_spaces(self, label):
            return [HalfSpace([1, 0], 5)] if label == 1 else [HalfSpace([-1, 0], -5, strict=True)]

        def dual_norm(self, p):
            return 1.0

    assert strong_robustness(X, Teacher(), Student()).robust is True
    assert adversarial_error(SQUARE, Teacher(), Student()) == 0
    assert margin(SQUARE, Teacher(), Student()) == 4


class Stranger(Uniform):
    """It has boxes, points and weights, and samples as it likes."""

    points, weights = np.zeros((1, 2)), np.ones(1)

    def sample(self, n, rng):
        return np.tile([[0.9, -1.0]], (n, 1))  # where T says A and the diagonal student B


class Lookalike:
    """No relative of ours, but with all the attributes."""

    boxes, points, weights = (X,), np.zeros((1, 2)), np.ones(1)
    sample = Stranger.sample


@pytest.mark.parametrize("mu", [Stranger(X), Lookalike()])
def test_a_stranger_is_sampled_whatever_its_attributes_are_called(mu):
    rng = np.random.default_rng(2021)
    assert masses(mu, STRIPS, DIAGONAL) is None
    for attack in (Single(mu), DensityRatio(1), FastGradient(0), Tube(0)):
        family = attack(mu, DIAGONAL)
        with pytest.raises(TypeError, match="n"):
            family.worst(STRIPS)
        assert family.worst(STRIPS, n=50, rng=rng).low < 0.1
    for exactly in (adversarial_error, margin):
        with pytest.raises(TypeError, match=r"generators\.Uniform, got"):
            exactly(mu, STRIPS, DIAGONAL)


@given(st.tuples(*[st.integers(-8, 8)] * 4), st.tuples(*[st.integers(-8, 8)] * 2))
def test_two_scores_are_one_score_s_difference(w, b):
    w = np.reshape(w, (2, 2))
    two, one = Linear(w, b), Linear(w[1] - w[0], b[1] - b[0])
    if two.classes == 2 and np.ptp(w, axis=0).any():
        for p in (1, 2, np.inf):
            assert two.dual_norm(p) == one.dual_norm(p)
            assert np.array_equal(two.distance([[1, 2]], p=p), one.distance([[1, 2]], p=p))
            assert adversarial_error(SQUARE, STRIPS, two, epsilon=0.1, p=p) == adversarial_error(
                SQUARE, STRIPS, one, epsilon=0.1, p=p
            )
        assert margin(SQUARE, STRIPS, two) == margin(SQUARE, STRIPS, one)


@pytest.mark.parametrize("constant", [Linear([0, 0], 1), Linear([[1, 1], [1, 1]], [0, 1])])
def test_a_student_that_always_says_the_same_errs_as_often_however_far_it_is_pushed(constant):
    assert adversarial_error(SQUARE, STRIPS, constant, epsilon=0.3) == Fraction(1, 2)
    with pytest.raises(ValueError, match="has no boundary, and no margin"):
        margin(SQUARE, STRIPS, constant)
    with pytest.raises(ValueError, match="no decision boundary"):
        constant.distance([[0, 0]])


def test_a_verdict_says_on_how_many_points_it_was_decided():
    x = [[0.9, 0.9], [0, 0.9], [-0.9, -0.9]]
    said = "strongly robust on these 3 points, 2 of them certain (exact)"
    assert str(strong_robustness(x, STRIPS, DIAGONAL)) == said
    assert str(strong_robustness(X, STRIPS, Linear([1, 0]))) == "strongly robust (exact)"
    one = FastGradient(1.0)(SQUARE, DIAGONAL).worst(STRIPS)
    assert "of it certain" in str(one)


# The masses of right, wrong and uncertain

LINE = Uniform(Box([0], [1]), Box([2], [5]))


def tally(x, weights, teacher, student):
    """Right, wrong and uncertain, point by point, in fractions."""
    sums = [Fraction(0)] * 3
    for point, weight in zip(x, weights, strict=True):
        said, answered = int(teacher(point[None])[0]), int(student(point[None])[0])
        sums[2 if said == UNCERTAIN else int(said != answered)] += Fraction(float(weight))
    return [part / sum(sums) for part in sums]


@given(st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2), st.integers(0, 5)), min_size=1, max_size=8))
def test_the_masses_of_finitely_many_points_are_counted_exactly(rows):
    points, counts = np.array(rows)[:, :2] / 2, np.array(rows)[:, 2]
    if not counts.any():
        return
    mu = Finite(points, counts / counts.sum())
    found = masses(mu, STRIPS, diagonal)
    assert [found.right, found.wrong, found.uncertain] == tally(points, mu.weights, STRIPS, diagonal)


@pytest.mark.parametrize("weights", [[0.1] * 10, [1 / 3, 1 / 3, 1 / 3], [0.3, 0.3, 0.4 + 5e-10], [1.0]])
def test_weights_that_do_not_quite_sum_to_1_are_shares_of_their_sum(weights):
    x = np.linspace(-1, 1, len(weights))[:, None]
    teacher, student = AxisThreshold(), Linear([1], 0.7)
    total = sum(map(Fraction, weights))
    found = masses(Finite(x, weights), teacher, student)
    assert found.right + found.wrong + found.uncertain == 1
    assert [found.right, found.wrong, found.uncertain] == tally(x, weights, teacher, student)
    assert found.uncertain * total == sum(Fraction(w) for w, [v] in zip(weights, x, strict=True) if abs(v) < 0.5)


def test_points_without_mass_are_not_asked_about():
    asked = []
    masses(Finite([[1.0], [2.0], [3.0]], [0.5, 0, 0.5]), lambda x: asked.append(x) or [0, 0], lambda x: [0, 1])
    assert [x.tolist() for x in asked] == [[[1.0], [3.0]]]


@pytest.mark.parametrize(
    ("mu", "teacher", "student", "expected"),
    [
        (SQUARE, STRIPS, DIAGONAL, [Fraction(7, 16), Fraction(1, 16), Fraction(1, 2)]),
        (MU, STRIPS, DIAGONAL, [1, 0, 0]),
        (SQUARE, QUADRANTS, RISING, [Fraction(1, 2), 0, Fraction(1, 2)]),
        (SQUARE, STRIPS, Linear([-1, 0]), [0, Fraction(1, 2), Fraction(1, 2)]),
        (SQUARE, NOWHERE, DIAGONAL, [0, 0, 1]),
        # [0, 0.5] right, [3, 4) wrong, [4, 5] right, and what is left of four
        (LINE, AxisThreshold(low=0.5, high=3), Linear([1], -4), [Fraction(3, 8), Fraction(1, 4), Fraction(3, 8)]),
    ],
    ids=["left figure", "its data", "right figure", "opposite", "nowhere", "on a line"],
)  # fmt: skip
def test_the_masses_on_boxes_are_volumes(mu, teacher, student, expected):
    found = masses(mu, teacher, student)
    assert [found.right, found.wrong, found.uncertain] == expected


@settings(max_examples=60)
@given(st.data(), st.sampled_from([-2, -1, 1, 2]), st.integers(-6, 6))
def test_the_masses_of_cells_on_a_line_are_counted(data, slope, intercept):
    """Integer cells and a boundary at a multiple of 1/2: quarters of a cell stand for all of it."""
    cells = data.draw(st.sets(st.sampled_from(range(-6, 6, 2)), min_size=1))
    teacher = Boxes([(data.draw(st.integers(0, 1)), Box([a], [a + 1])) for a in (-6, -2, 0, 4)])
    mu, student = Uniform(*(Box([a], [a + 1]) for a in cells)), Linear([slope], intercept)
    x = np.concatenate([a + (np.arange(4) + 0.5) / 4 for a in cells])[:, None]
    found = masses(mu, teacher, student)
    assert [found.right, found.wrong, found.uncertain] == tally(x, np.ones(len(x)), teacher, student)


@pytest.mark.parametrize("seed", range(3))
def test_the_masses_agree_with_a_sample(seed):
    rng = seeded(seed)
    student, x = Linear(rng.normal(size=2), 0.3 * rng.normal()), SQUARE.sample(20_000, rng)
    found = masses(SQUARE, STRIPS, student)
    y = STRIPS(x)
    counts = [np.sum(y == student(x)), np.sum((y != UNCERTAIN) & (y != student(x))), np.sum(y == UNCERTAIN)]
    for count, mass in zip(counts, (found.right, found.wrong, found.uncertain), strict=True):
        assert stats.binomtest(int(count), len(x), float(mass)).pvalue > SURE


@pytest.mark.parametrize(
    ("mu", "teacher", "student"),
    [
        (Gaussian(0, 0), STRIPS, DIAGONAL),
        (SQUARE, Regions([diagonal]), DIAGONAL),
        (SQUARE, LinearThreshold([1, 0], low=-0.5, high=0.5), DIAGONAL),
        (SQUARE, STRIPS, diagonal),
        (SQUARE, STRIPS, Linear(np.eye(3)[:, :2])),
        (SQUARE, Boxes([(2, X)]), DIAGONAL),
    ],
    ids=["no boxes", "any regions", "half spaces", "any student", "three classes", "a third class"],
)
def test_masses_that_no_volume_tells_are_not_known(mu, teacher, student):
    assert masses(mu, teacher, student) is None


def test_masses_of_nothing_are_no_masses():
    with pytest.raises(TypeError, match=r"needs a method sample\(n, rng\)"):
        masses(None, STRIPS, DIAGONAL)


@pytest.mark.parametrize(
    ("parts", "error", "said"),
    [
        ((Fraction(1, 2), Fraction(1, 2), Fraction(1, 2)), ValueError, "sum to 1, got 1/2, 1/2, 1/2"),
        ((Fraction(3, 2), Fraction(-1, 2), Fraction(0)), ValueError, "nonnegative"),
        ((0.5, 0.5, Fraction(0)), TypeError, "masses must be fractions"),
        ((1, 0, 0), TypeError, "masses must be fractions"),
    ],
)
def test_masses_are_nonnegative_fractions_of_sum_1(parts, error, said):
    with pytest.raises(error, match=said):
        Masses(*parts)


def test_the_agreement_of_masses_leaves_the_uncertain_out():
    assert Masses(Fraction(1, 4), Fraction(1, 8), Fraction(5, 8)).right_given_certain == Fraction(2, 3)
    assert Masses(Fraction(1), Fraction(0), Fraction(0)).right_given_certain == 1
    assert Masses(Fraction(0), Fraction(1, 9), Fraction(8, 9)).right_given_certain == 0
    with pytest.raises(UndefinedProbabilityError, match="certain of nothing here"):
        _ = Masses(Fraction(0), Fraction(0), Fraction(1)).right_given_certain


# The adversarial loss (1.1)

LOSS = {  # of a score, for the classes 0 and 1, written out
    "zero-one": lambda s, y: float((s >= 0) != (y == 1)),
    "hinge": lambda s, y: max(0.0, 1 - s) if y == 1 else max(0.0, 1 + s),
    "logistic": lambda s, y: np.log1p(np.exp(-s if y == 1 else s)),
    "squared": lambda s, y: (s - 1) ** 2 if y == 1 else (s + 1) ** 2,
}


def test_there_are_four_losses():
    assert set(LOSSES) == set(LOSS)


@pytest.mark.parametrize("name", LOSS)
@given(st.lists(st.tuples(st.floats(-30, 30), st.integers(0, 1)), min_size=1))
def test_the_losses_of_a_score(name, rows):
    score, y = (np.array(row) for row in zip(*rows, strict=True))
    expected = [LOSS[name](s, label) for s, label in rows]
    assert LOSSES[name](score, 2 * y - 1) == pytest.approx(expected)


@pytest.mark.parametrize("score", [-1e6, 1e6])
def test_the_logistic_loss_of_a_large_score_is_no_overflow(score):
    assert LOSSES["logistic"](np.array([score]), np.array([1])) == [max(0, -score)]


def ball(epsilon, p, n=40):
    """Points that fill the l_p ball of the plane, its corners and its edge among them."""
    u = np.linspace(-1, 1, 2 * n + 1)
    filling = np.stack(np.meshgrid(u, u), axis=-1).reshape(-1, 2)
    filling = filling[np.linalg.norm(filling, ord=p, axis=1) <= 1]
    angles = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    edge = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    edge /= np.linalg.norm(edge, ord=p, axis=1)[:, None]
    corners = np.array(list(product((-1, 1), repeat=2))) / (1 if p == inf else 2 ** (1 / p))
    return epsilon * np.concatenate([filling, edge, np.eye(2), -np.eye(2), corners])


@pytest.mark.parametrize("name", LOSS)
@pytest.mark.parametrize("p", [1, 1.5, 2, 3, inf])
@pytest.mark.parametrize("epsilon", [0, 0.1, 1])
def test_no_push_in_a_ball_has_a_larger_loss_and_one_has_it(name, p, epsilon):
    rng = seeded()
    student = Linear([1.0, -0.6], 0.1)
    x, y = rng.normal(size=(12, 2)), rng.integers(0, 2, size=12)
    pushes = (
        ball(epsilon, p)
        if p != inf
        else np.concatenate([ball(epsilon, p), epsilon * np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])])
    )
    searched = np.mean([
        max(LOSS[name](s, label) for s in (point + pushes) @ student.coefficients + 0.1)
        for point, label in zip(x, y, strict=True)
    ])  # fmt: skip
    exact = adversarial_loss(x, y, student, epsilon=epsilon, p=p, loss=name)
    assert type(exact) is float
    assert searched <= exact + 1e-9
    assert searched >= exact - (0 if name == "zero-one" else 1e-4)


@pytest.mark.parametrize("name", ["hinge", "logistic", "squared"])
@pytest.mark.parametrize("d", [3, 6])
def test_the_largest_loss_in_a_euclidean_ball_is_that_of_a_solver(name, d):
    """From many starts, since the squared loss has two ends to climb to."""
    rng = seeded()
    w, b, epsilon = rng.normal(size=d), 0.3, 0.8
    x, y = rng.normal(size=(4, d)), np.array([0, 1, 1, 0])
    best = []
    for point, label in zip(x, y, strict=True):
        ends = [
            minimize(
                lambda z, point=point, label=label: -LOSS[name](w @ (point + z) + b, label),
                start,
                method="SLSQP",
                constraints={"type": "ineq", "fun": lambda z: epsilon**2 - z @ z},
            )
            for start in (0.1 * w, -0.1 * w)
        ]
        best.append(max(-end.fun for end in ends))
    exact = adversarial_loss(x, y, Linear(w, b), epsilon=epsilon, p=2, loss=name)
    assert np.mean(best) == pytest.approx(exact, rel=1e-4)


@pytest.mark.parametrize("name", LOSS)
@pytest.mark.parametrize("p", [1, inf])
def test_the_largest_loss_in_a_polytope_is_at_a_corner(name, p):
    """All losses but one are convex in the push; the one that counts mistakes falls or rises."""
    rng = seeded()
    d = 4
    w, x, y = rng.normal(size=d), rng.normal(size=(30, d)), rng.integers(0, 2, size=30)
    corners = np.vstack([np.eye(d), -np.eye(d)]) if p == 1 else np.array(list(product((-1, 1), repeat=d)))
    scores = x @ w - 0.2
    expected = np.mean([
        max(LOSS[name](s + 0.35 * c @ w, label) for c in corners) for s, label in zip(scores, y, strict=True)
    ])  # fmt: skip
    assert adversarial_loss(x, y, Linear(w, -0.2), epsilon=0.35, p=p, loss=name) == pytest.approx(expected)


@pytest.mark.parametrize("p", [1, 2, inf])
@pytest.mark.parametrize("epsilon", [0, 0.3])
def test_the_loss_that_counts_mistakes_is_the_adversarial_error(p, epsilon):
    x = SQUARE.sample(20_000, seeded())
    y = STRIPS(x)
    x, y = x[y != UNCERTAIN], y[y != UNCERTAIN]
    student = Linear([1, 0.6], 0.1)
    loss = adversarial_loss(x, y, student, epsilon=epsilon, p=p)
    exact = adversarial_error(SQUARE, STRIPS, student, epsilon=epsilon, p=p)
    found = stats.binomtest(round(loss * len(x)), len(x)).proportion_ci(1 - SURE, method="exact")
    assert found.low <= exact <= found.high


@pytest.mark.parametrize("name", LOSS)
@given(st.floats(0, 3), st.floats(0, 3))
def test_a_loss_grows_with_epsilon_and_with_p(name, one, other):
    rng = seeded()
    x, y = rng.normal(size=(6, 2)), np.array([0, 1] * 3)
    epsilons = sorted([one, other])
    losses = [
        adversarial_loss(x, y, RISING, epsilon=epsilon, p=p, loss=name) for epsilon in epsilons for p in (1, 2, inf)
    ]
    for i, smaller in enumerate(losses):
        for j in range(i + 1, 6):
            if j % 3 >= i % 3:  # a larger ball
                assert smaller <= losses[j] + 1e-9


@pytest.mark.parametrize(
    ("x", "y", "epsilon", "loss"),
    [
        (0.5, 1, 0.5, 0),  # the push ends on the boundary, which is of class 1
        (0.5, 1, np.nextafter(0.5, 1), 1),
        (-0.5, 0, 0.5, 1),
        (-0.5, 0, np.nextafter(0.5, 0), 0),
        (0, 1, 0, 0),
        (0, 0, 0, 1),
        (0, 1, 1e-300, 1),
    ],
)
def test_a_push_that_ends_on_the_boundary_ends_in_class_1(x, y, epsilon, loss):
    assert adversarial_loss([[x]], [y], Linear([1]), epsilon=epsilon) == loss


@pytest.mark.parametrize("y", [0, 1])
def test_a_tie_of_two_scores_is_the_first_class_s(y):
    student = Linear([[0, 0], [1, 1]])
    [answer] = student([[0.0, 0.0]])
    assert adversarial_loss([[0.0, 0.0]], [y], student, epsilon=0) == (answer != y)
    for name in ("hinge", "logistic", "squared"):
        expected = adversarial_loss([[0.3, 0.4]], [y], Linear([1, 1]), epsilon=0, loss=name)
        assert adversarial_loss([[0.3, 0.4]], [y], student, epsilon=0, loss=name) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("given_badly", "error", "said"),
    [
        ({"student": diagonal}, TypeError, "linear student of two classes"),
        ({"student": Linear(np.eye(3)[:, :2])}, TypeError, "linear student of two classes"),
        ({"student": Linear([1, 1, 1])}, ValueError, r"shape \(n, 3\), got shape \(2, 2\)"),
        ({"y": [0, 2]}, ValueError, r"classes 0 \.\. 1"),
        ({"y": [0, UNCERTAIN]}, ValueError, r"UNCERTAIN for 1 points: keep certain\(y\)"),
        ({"y": [0]}, ValueError, "each of the 2 points, got 1"),
        ({"loss": "absolute"}, ValueError, "loss must be one of zero-one, hinge, logistic, squared, got 'absolute'"),
        ({"epsilon": -0.1}, ValueError, "epsilon must be at least 0"),
        ({"p": 0.5, "epsilon": 1}, ValueError, "p must be at least 1"),
        ({"student": Linear([1e308, 1]), "epsilon": 10, "loss": "hinge"}, ValueError, "loss must be finite"),
    ],
)  # fmt: skip
def test_an_exact_loss_needs_a_hyperplane_and_two_classes(given_badly, error, said):
    usual = {"x": [[0.0, 1.0], [1.0, 0.0]], "y": [0, 1], "student": DIAGONAL, "epsilon": 0}
    with pytest.raises(error, match=said):
        adversarial_loss(**(usual | given_badly))


# Definition 3.2


class Worst:
    """A family that is known to be at its worst in [low, high]; it keeps what it was asked with."""

    def __init__(self, low, high):
        self.found, self.asked = WorstCase(low, high, "by construction"), []

    def worst(self, teacher, **how):
        self.asked.append((teacher, how))
        return self.found


def decided(low, high, epsilon):
    return adversarial_robustness(lambda mu, student: Worst(low, high), SQUARE, STRIPS, DIAGONAL, epsilon=epsilon)


@pytest.mark.parametrize(
    ("low", "high", "epsilon", "robust"),
    [
        (Fraction(9, 10), Fraction(9, 10), Fraction(1, 10), False),  # > 1 - ε is strict
        (Fraction(9, 10) + Fraction(1, 10**30), Fraction(1), Fraction(1, 10), True),
        (Fraction(7, 8), Fraction(7, 8), 0.125, False),
        (Fraction(7, 8), Fraction(7, 8), np.nextafter(0.125, 1), True),
        (Fraction(0), Fraction(0), 1, False),
        (Fraction(1, 10**30), Fraction(1, 10**30), 1, True),
        (Fraction(1), Fraction(1), 1e-300, True),
        (Fraction(0), Fraction(1), 0.5, None),
        (Fraction(0), Fraction(1), 1, None),
        (0.91, 0.95, 0.1, True),
        (0.85, 0.89, 0.1, False),
        (0.85, 0.95, 0.1, None),
        (0.75, 0.95, 0.25, None),  # 1 - ε itself is in the interval
        (0.5, 0.75, 0.25, False),
        (0.75, 0.75, 0.25, False),
    ],
)
def test_robust_means_more_than_1_minus_epsilon(low, high, epsilon, robust):
    verdict = decided(low, high, epsilon)
    assert verdict.robust is robust
    assert (verdict.epsilon, verdict.worst.low, verdict.worst.high) == (epsilon, low, high)


@given(st.fractions(0, 1), st.fractions(0, 1), st.fractions(0, 1).filter(lambda epsilon: epsilon > 0))
def test_the_verdict_on_fractions_is_exact(one, other, epsilon):
    low, high = sorted([one, other])
    expected = {(True, True): True, (False, False): False}.get((low > 1 - epsilon, high > 1 - epsilon))
    assert decided(low, high, epsilon).robust is expected


def test_an_epsilon_that_is_a_float_is_what_the_float_is():
    """0.1 is a little more than a tenth, so that nine tenths are a little more than 1 - 0.1."""
    nine_tenths = Fraction(9, 10)
    assert decided(nine_tenths, nine_tenths, 0.1).robust is (Fraction(0.1) > Fraction(1, 10))
    assert decided(nine_tenths, nine_tenths, Fraction(1, 10)).robust is False
    assert decided(1 - Fraction(0.3), Fraction(1), 0.3).robust is None


@pytest.mark.parametrize(("robust", "low", "high"), [(True, 1, 1), (False, 0, 0), (None, 0, 1)])
def test_this_verdict_is_no_condition_either(robust, low, high):
    verdict = decided(Fraction(low), Fraction(high), 0.5)
    assert verdict.robust is robust
    with pytest.raises(TypeError, match=r"ask for its \.robust"):
        bool(verdict)


def test_a_verdict_and_a_worst_case_say_what_they_are():
    assert str(decided(Fraction(7, 8), Fraction(7, 8), 0.25)) == (
        "robust for ε = 0.25: worst agreement 0.875 (by construction)"
    )
    assert str(decided(Fraction(7, 8), Fraction(7, 8), 0.125)).startswith("not robust for ε = 0.125: ")
    assert str(decided(0.25, 2 / 3, 0.5)) == (
        "undecided at this sample size for ε = 0.5: worst agreement between 0.25 and 0.6667 (by construction)"
    )


def test_a_worst_case_is_exact_if_its_interval_is_a_point():
    assert WorstCase(Fraction(1, 3), Fraction(1, 3), "").exact
    assert not WorstCase(0.3, 0.4, "").exact
    assert WorstCase(0.3, 0.4, "").nu is None


def test_the_attack_gets_mu_and_the_student_and_the_family_the_rest():
    got, family, rng = [], Worst(Fraction(1), Fraction(1)), seeded()
    adversarial_robustness(
        lambda mu, student: got.append((mu, student)) or family,
        SQUARE, STRIPS, DIAGONAL, epsilon=0.5, n=7, rng=rng, confidence=0.8,
    )  # fmt: skip
    assert got == [(SQUARE, DIAGONAL)]
    assert family.asked == [(STRIPS, {"n": 7, "rng": rng, "confidence": 0.8})]
    adversarial_robustness(lambda mu, student: family, SQUARE, STRIPS, DIAGONAL, epsilon=0.5)
    assert family.asked[1] == (STRIPS, {"n": None, "rng": None, "confidence": 0.95})


def test_the_left_figure_is_robust_against_itself_and_not_against_everything():
    """Example 3.2 (left) with attacks: the agreement on the square is 7/8."""
    for attack, epsilon, robust in (
        (Single(SQUARE), Fraction(1, 8), False),
        (Single(SQUARE), 0.126, True),
        (Single(MU), 1e-9, True),
        (Tube(0.25), 1e-9, True),
        (Tube(1.5), 1, False),
        (Everything(X), 1, False),
    ):
        verdict = adversarial_robustness(attack, MU, STRIPS, DIAGONAL, epsilon=epsilon)
        assert verdict.robust is robust
        assert verdict.worst.exact


def test_at_a_small_sample_a_verdict_is_undecided_and_at_a_large_one_it_is_not():
    found = [
        adversarial_robustness(Single(SQUARE), MU, STRIPS, diagonal, epsilon=epsilon, n=n, rng=seeded()).robust
        for epsilon, n in ((0.1, 20), (0.15, 20), (0.1, 20_000), (0.15, 20_000))
    ]
    assert found == [None, None, False, True]


@pytest.mark.parametrize("epsilon", [0, -0.1, 1.5, Fraction(0), np.nextafter(1, 2)])
def test_an_epsilon_lies_between_0_and_1(epsilon):
    with pytest.raises(ValueError, match=r"epsilon must lie in \(0, 1\], got"):
        decided(Fraction(1), Fraction(1), epsilon)


@pytest.mark.parametrize(
    ("n", "rng", "confidence"), [(0, None, 0.95), (5, 2021, 0.95), (None, None, 1), (None, None, 0)]
)
def test_bad_settings_are_refused_even_where_none_is_needed(n, rng, confidence):
    with pytest.raises((TypeError, ValueError), match=r"n must be|rng must be|confidence must lie"):
        adversarial_robustness(Single(SQUARE), MU, STRIPS, DIAGONAL, epsilon=0.5, n=n, rng=rng, confidence=confidence)


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        (None, r"an attack must be a callable \(mu, student\) -> family, got None"),
        (Single, "an attack must be a callable"),
        (lambda mu, student: SQUARE, r"must return a family with a method worst\(teacher, \.\.\.\)"),
    ],
    ids=["none", "class", "no family"],
)
def test_an_attack_is_a_callable_that_returns_a_family(attack, said):
    with pytest.raises(TypeError, match=said):
        adversarial_robustness(attack, MU, STRIPS, DIAGONAL, epsilon=0.5)


def test_where_no_distribution_is_left_robustness_is_undefined():
    with pytest.raises(UndefinedProbabilityError):
        adversarial_robustness(Single(SQUARE), MU, NOWHERE, DIAGONAL, epsilon=0.5)


# Half spaces


@st.composite
def half_space_cases(draw):
    """A teacher of half spaces, an integer student of two or three classes and an integer box, all in small numbers."""
    d = draw(st.integers(1, 3))
    entries = st.integers(-2, 2)
    u = draw(st.lists(entries, min_size=d, max_size=d).filter(any))
    low, high = sorted(draw(st.lists(st.integers(-3, 3), min_size=2, max_size=2)))
    rows = draw(st.sampled_from([1, 1, 3]))
    w = np.array([[draw(entries) for _ in range(d)] for _ in range(rows)])
    b = np.array([draw(st.integers(-3, 3)) for _ in range(rows)])
    corner = np.array(draw(st.lists(st.integers(-2, 1), min_size=d, max_size=d)))
    size = np.array(draw(st.lists(st.integers(0, 2), min_size=d, max_size=d)))
    return u, low, high, w, b, Box(corner, corner + size)


def exact_corners(box, u, h):
    """Corners of the part of an integer box where u·x >= h, in fractions: its own, and where edges meet the plane."""
    ends = [(Fraction(int(lo)), Fraction(int(hi))) for lo, hi in zip(box.low, box.high, strict=True)]
    corners = [list(corner) for corner in product(*ends)]
    for i, slope in enumerate(u):
        if slope:
            for corner in product(*ends[:i], [None], *ends[i + 1 :]):
                rest = sum(c * x for c, x in zip(u, corner, strict=True) if x is not None)
                x = (h - rest) / Fraction(int(slope))
                if ends[i][0] <= x <= ends[i][1]:
                    corners.append([*corner[:i], x, *corner[i + 1 :]])
    return [c for c in corners if sum(s * x for s, x in zip(u, c, strict=True)) >= h]


def holds_on_half_space(box, u, h, open_side, w, b, strict):
    """Whether w·x + b >= 0 (> 0 if strict) on all of the cut; None if it holds no point."""
    corners = exact_corners(box, u, h)
    inside = [c for c in corners if sum(s * x for s, x in zip(u, c, strict=True)) > h]
    if not (inside if open_side else corners):
        return None
    scores = [sum(int(s) * x for s, x in zip(w, c, strict=True)) + int(b) for c in corners]
    least = min(scores)
    if least != 0 or not strict:
        return least >= 0
    # The least is 0: is it at a point of the cut? If the plane u·x = h is left out, at a corner beyond it.
    where = [c for c, s in zip(corners, scores, strict=True) if s == 0]
    return not any(not open_side or sum(s * x for s, x in zip(u, c, strict=True)) > h for c in where)


@settings(max_examples=400)
@given(half_space_cases())
def test_the_verdict_on_half_spaces_is_that_of_the_definition(case):
    u, low, high, w, b, domain = case
    teacher, student = LinearThreshold(u, low=low, high=high), Linear(w[0], b[0]) if len(w) == 1 else Linear(w, b)
    cuts = [(A, u, high, False), (B, [-c for c in u], -low, low == high)]
    found = []
    for label, normal, h, open_side in cuts:
        if len(w) == 1:
            needed = [(w[0], b[0], False)] if label == A else [(-w[0], -b[0], True)]
        else:
            needed = [(w[label] - w[j], b[label] - b[j], j < label) for j in range(3) if j != label]
        found += [holds_on_half_space(domain, normal, h, open_side, *condition) for condition in needed]
    found = [holds for holds in found if holds is not None]
    if not found:
        with pytest.raises(UndefinedProbabilityError, match="certain about no point of the domain"):
            strong_robustness(domain, teacher, student)
        return
    verdict = strong_robustness(domain, teacher, student)
    assert verdict.robust is all(found)
    assert verdict.exact
    if not verdict.robust:
        is_a_counterexample(verdict, teacher, student)
        assert verdict.witness in domain


@settings(max_examples=150)
@given(st.integers(0, 10**6), st.integers(2, 5), st.sampled_from([1, 3]))
def test_the_verdict_on_half_spaces_agrees_with_linear_programs(seed, d, rows):
    rng = seeded(seed)
    u, h = rng.normal(size=d), 0.3 * abs(rng.normal())
    teacher = LinearThreshold(u, low=-h, high=h)
    student = Linear(u + 0.5 * rng.normal(size=d)) if rows == 1 else Linear(np.stack([-u, u, rng.normal(size=d) / 9]))
    low = -rng.random(d)
    domain = Box(low, low + 1.5 * rng.random(d))
    least = []
    for label, sign in ((A, 1), (B, -1)):
        for needed in student.half_spaces(label):
            w, b = needed.w, needed.b
            result = linprog(w, A_ub=-sign * u[None], b_ub=[-h], bounds=list(zip(domain.low, domain.high, strict=True)))
            if result.status == 0:
                least.append(result.fun + b)
    if not least:
        with pytest.raises(UndefinedProbabilityError):
            strong_robustness(domain, teacher, student)
        return
    verdict = strong_robustness(domain, teacher, student)
    if abs(min(least)) > 1e-9:
        assert verdict.robust is (min(least) > 0)
        assert verdict.exact
    if verdict.robust is False:
        is_a_counterexample(verdict, teacher, student)
        assert verdict.witness in domain


@settings(max_examples=100)
@given(
    st.lists(st.floats(-3, 3), min_size=2, max_size=2).filter(lambda w: max(map(abs, w)) > 0.1), st.floats(0.001, 0.09)
)
def test_a_student_with_the_teacher_s_hyperplane_is_right_however_its_edges_are_rounded(w, h):
    """The worst point of each region lies on its edge, and may be rounded out of it."""
    verdict = strong_robustness(X, LinearThreshold(w, low=-h, high=h), Linear(w))
    assert (verdict.robust, verdict.exact) == (True, True)


def test_half_spaces_are_three_classes_to_a_student_who_knows_three():
    teacher = LinearThreshold([1, 1], low=-0.5, high=0.5)
    three = Linear([[-1, -1], [1, 1], [0, 0]], [0, 0, 0.25])
    assert strong_robustness(X, teacher, three).robust is True
    assert strong_robustness(X, teacher, Linear(three.coefficients, [0, 0, 0.75])).robust is False


def test_a_class_of_a_half_space_that_the_student_does_not_know_is_a_counterexample():
    class Shifted(LinearThreshold):
        """Says 1 and 2 instead of 0 and 1."""

        def __call__(self, x):
            y = super().__call__(x)
            return np.where(y == UNCERTAIN, UNCERTAIN, y + 1)

        def certain_regions(self, domain):
            return [(label + 1, region) for label, region in super().certain_regions(domain)]

    verdict = strong_robustness(X, Shifted([1, 0], low=-0.5, high=0.5), Linear([0, 0], 1))
    assert (verdict.robust, verdict.teacher_says) == (False, 2)


@pytest.mark.parametrize(
    ("teacher", "w", "robust"),
    [
        (LinearThreshold([1, 0], low=0, high=0.5), [1, 0], None),  # B holds a point of score 0, which is of class 1
        (LinearThreshold([1, 0], low=0, high=0), [1, 0], True),  # B ends before it
        (LinearThreshold([1, 0], low=0, high=0), [1, 0.5], None),
        (LinearThreshold([1, 0], low=0.25, high=0.5), [1, 0], None),
        (LinearThreshold([1, 1], low=-2, high=0), [1, 0], None),
    ],
)
def test_where_rounding_hides_the_witness_of_a_half_space_the_verdict_is_undecided(teacher, w, robust):
    class Sly(Linear):
        def __call__(self, x):
            return teacher(x).clip(0)

    verdict = strong_robustness(X, teacher, Sly(w))
    assert (verdict.robust, verdict.exact) == (robust, robust is True)


def test_half_spaces_and_a_box_live_in_one_space_and_the_box_is_closed():
    teacher = LinearThreshold([1, 1, 1], low=0, high=1)
    with pytest.raises(ValueError, match="a half space of 3 coordinates was given a box of 2"):
        strong_robustness(X, teacher, DIAGONAL)
    with pytest.raises(ValueError, match="must be a closed box, got one with open sides"):
        strong_robustness(SECOND, LinearThreshold([1, 1], low=0, high=1), DIAGONAL)
    with pytest.raises(ValueError, match="bounded"):
        strong_robustness(Box([0, 0], [np.inf, 1]), LinearThreshold([1, 1], low=0, high=1), DIAGONAL)
    with pytest.raises(ValueError, match=r"3 coordinates|shape \(2,\), got shape \(3,\)"):
        strong_robustness(X, LinearThreshold([1, 1], low=0, high=1), Linear([1, 1, 1]))
