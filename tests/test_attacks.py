"""Attacks: each worst case against a linear program, an enumeration or a sample, and every witness asked about."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import linprog

from active_teacher import attacks
from active_teacher.attacks import (
    Attack,
    AttackFamily,
    DensityRatio,
    Everything,
    FastGradient,
    Single,
    Tube,
    worst_of_densities,
)
from active_teacher.exact import masses
from active_teacher.generators import Finite, PushForward, Uniform
from active_teacher.geometry import Box
from active_teacher.labels import UNCERTAIN, A, B, DifferentiableStudent
from active_teacher.machinery.gradients import projected_gradient
from active_teacher.machinery.reweighting import Reweighted
from active_teacher.robustness import adversarial_robustness, agreement, strong_robustness
from active_teacher.students import Linear
from active_teacher.teachers import AxisThreshold, Boxes, LinearThreshold, Regions
from active_teacher.verdicts import Masses, UndefinedProbabilityError

SURE = 1e-6  # a true statement fails one such test in a million: the seeds below are fixed
NORMS = [1, 2, inf]

X = Box([-1, -1], [1, 1])
SQUARE = Uniform(X)
STRIPS = AxisThreshold(axis=0, low=-0.5, high=0.5)  # Fig. 3.2 (left)
MU = Uniform(Box([0.5, 0.5], [1, 1]), Box([-1, -1], [-0.5, -0.5]))
DIAGONAL = Linear([1, 1])
SECOND = Box([-1, 0], [0, 1], open_low=[False, True], open_high=[True, False])  # Fig. 3.2 (right)
FOURTH = Box([0, -1], [1, 0], open_low=[True, False], open_high=[False, True])
QUADRANTS, RHO, RISING = Boxes([(A, SECOND), (B, FOURTH)]), Uniform(SECOND, FOURTH), Linear([-1, 1])
NOWHERE = AxisThreshold(low=-99, high=99)


def seeded(seed=2021):
    return np.random.default_rng(seed)


def diagonal(x):
    """The student of the left figure without its geometry: a plain callable."""
    return (x.sum(axis=1) >= 0).astype(int)


def always(label):
    return lambda x: np.full(len(x), label)


class Sloped:
    """A student with a gradient and nothing else: class 1 where w·x + b >= 0."""

    def __init__(self, w, b=0.0):
        self.w, self.b = np.array(w, dtype=float), b

    def __call__(self, x):
        return (x.reshape(len(x), -1) @ self.w.ravel() + self.b >= 0).astype(int)

    def gradient(self, x):
        sign = np.where(self(x) == 1, 1.0, -1.0)
        return sign.reshape(-1, *[1] * self.w.ndim) * self.w


class Sampled:
    """A generator without its geometry."""

    def __init__(self, mu):
        self.sample = mu.sample


# What all attacks share


ATTACKS = {
    "single": Single(SQUARE),
    "everything": Everything(X),
    "density ratio": DensityRatio(0.5),
    "fast gradient": FastGradient(0.25),
    "tube": Tube(0.25),
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_an_attack_makes_a_family_of_a_generator_and_a_student(attack):
    family = attack(MU, DIAGONAL)
    assert isinstance(attack, Attack)
    assert isinstance(family, AttackFamily)
    assert (family.attack, family.mu, family.student) == (attack, MU, DIAGONAL)
    worst = family.worst(STRIPS)
    assert worst.exact
    assert 0 <= worst.low <= 1


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_what_is_known_exactly_needs_no_sample_and_what_is_not_needs_n_and_rng(attack):
    hidden = Sloped([1, 1])
    for missing in ({}, {"n": 5}, {"rng": seeded()}):
        with pytest.raises(TypeError, match="give n and rng"):
            attack(Sampled(MU), hidden).worst(STRIPS, **missing)
    worst = attack(Sampled(MU), hidden).worst(STRIPS, n=500, rng=seeded())
    assert worst.low <= attack(MU, DIAGONAL).worst(STRIPS).low <= worst.high


@pytest.mark.parametrize("attack", [*ATTACKS.values(), Everything(MU.sample(50, seeded()))], ids=[*ATTACKS, "points"])
@pytest.mark.parametrize("student", [DIAGONAL, Sloped([1, 1])], ids=["linear", "sloped"])
def test_without_certainty_there_is_no_worst_case(attack, student):
    with pytest.raises(UndefinedProbabilityError, match="certain"):
        attack(MU, student).worst(NOWHERE, n=30, rng=seeded())


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_the_rng_decides(attack):
    one, again = (attack(Sampled(MU), Sloped([1, 0.2])).worst(STRIPS, n=200, rng=seeded(5)) for _ in range(2))
    assert (one.low, one.high, one.how) == (again.low, again.high, again.how)


def test_a_plain_attack_has_no_worst_case():
    with pytest.raises(TypeError, match="abstract"):
        Attack()


@pytest.mark.parametrize(
    ("student", "has"),
    [(DIAGONAL, True), (Sloped([1, 1]), True), (diagonal, False), (Linear(np.eye(3)), True)],
    ids=["linear", "sloped", "callable", "three classes"],
)
def test_a_student_is_differentiable_if_it_has_a_gradient(student, has):
    assert isinstance(student, DifferentiableStudent) is has


# The single distribution


def test_the_worst_of_one_distribution_is_its_agreement_whatever_mu_is():
    for mu in (MU, Finite([[0.0, 0.0]]), Sampled(Uniform(Box([4, 4], [6, 6])))):
        worst = Single(SQUARE)(mu, DIAGONAL).worst(STRIPS)
        assert (worst.low, worst.high, worst.exact, worst.nu) == (Fraction(7, 8), Fraction(7, 8), True, SQUARE)


def test_the_worst_of_finitely_many_points_is_counted():
    nu = Finite([[1, 1], [1, -0.5], [1, -2], [0, 0], [-1, 0]], [0.125, 0.25, 0.125, 0.25, 0.25])
    assert Single(nu)(MU, diagonal).worst(STRIPS).low == Fraction(5, 6)


def test_of_one_distribution_that_is_sampled_an_interval_is_known():
    worst = Single(SQUARE)(MU, diagonal).worst(STRIPS, n=4000, rng=seeded(), confidence=1 - SURE)
    assert worst.low < 7 / 8 < worst.high < worst.low + 0.12
    assert not worst.exact
    sampled = agreement(SQUARE, STRIPS, diagonal, n=4000, rng=seeded(), confidence=1 - SURE)
    assert (worst.low, worst.high, worst.nu) == (sampled.low, sampled.high, SQUARE)
    assert f"{sampled.certain} certain of" in worst.how


@pytest.mark.parametrize("kind", ["teacher", "student"])
def test_of_three_classes_an_interval_is_known(kind):
    """No volume tells it, so that it is sampled: three columns, and a student who knows two or three of them."""
    columns = [(k, Box([k - 1, -1], [k, 1], open_high=[True, False])) for k in range(3)]
    teacher = Boxes(columns if kind == "teacher" else columns[:2])
    student = Linear([1, 0]) if kind == "teacher" else Linear([[0, 0], [1, 0], [2, 0]], [0, 0, -1])
    mu = Uniform(Box([-1, -1], [2, 1]) if kind == "teacher" else X)
    # Right on [-1, 0] and [0, 1] of three columns; of two columns, on the left and where x_1 <= 1 in the right one.
    truth = 2 / 3 if kind == "teacher" else 1.0
    for attack in (Single(mu), DensityRatio(1.0)):
        worst = attack(mu, student).worst(teacher, n=4000, rng=seeded(), confidence=1 - SURE)
        assert worst.low <= truth <= worst.high
        assert worst.high - worst.low < 0.15


# All distributions


def test_against_all_distributions_robustness_is_definition_3_1():
    worst = Everything(X)(MU, DIAGONAL).worst(STRIPS)
    assert (worst.low, worst.high, worst.exact) == (0, 0, True)
    is_an_adversarial_point(worst.nu, STRIPS, DIAGONAL)
    assert X.contains(worst.nu.points).all()
    best = Everything(X)(RHO, RISING).worst(QUADRANTS)
    assert (best.low, best.high, best.exact, best.nu) == (1, 1, True, None)


@pytest.mark.parametrize("domain", [X, np.array([[0.6, 0.6], [-0.7, 0.1]])], ids=["box", "points"])
def test_all_distributions_on_a_domain_know_nothing_of_mu(domain):
    worst = Everything(domain)(Sampled(Uniform(Box([8, 8], [9, 9]))), DIAGONAL).worst(STRIPS)
    assert worst.exact
    assert worst.low == (domain is not X)


def test_a_search_of_all_distributions_proves_nothing_unless_it_finds_one():
    found = Everything(X)(MU, diagonal).worst(STRIPS, n=500, rng=seeded())
    assert (found.low, found.high) == (0, 0)
    is_an_adversarial_point(found.nu, STRIPS, diagonal)
    honest = Everything(X)(MU, lambda x: (x[:, 0] > 0).astype(int)).worst(STRIPS, n=500, rng=seeded())
    assert (honest.low, honest.high, honest.nu) == (0, 1, None)
    assert "among" in honest.how


def is_an_adversarial_point(nu, teacher, student):
    """A distribution on one point, about which the teacher is certain and the student wrong."""
    assert isinstance(nu, Finite)
    assert len(nu.points) == 1
    [said], [answered] = teacher(nu.points), student(nu.points)
    assert said != UNCERTAIN
    assert said != answered


# The density ratio


def worst_by_linear_program(of_mu, c):
    """Charnes and Cooper: divide densities by ν's certain mass, so that the ratio becomes linear."""
    right, wrong, uncertain = (float(part) for part in (of_mu.right, of_mu.wrong, of_mu.uncertain))
    if right + wrong == 0:
        return None
    # y = t · density, t = 1 / certain mass: minimise the right mass, with c t <= y <= t/c.
    bounds_on_y = [row for i in range(3) for row in ([*-np.eye(3)[i], c], [*np.eye(3)[i], -1 / c])]
    result = linprog(
        [right, 0, 0, 0],
        A_ub=bounds_on_y,
        b_ub=np.zeros(6),
        A_eq=[[right, wrong, 0, 0], [right, wrong, uncertain, -1]],
        b_eq=[1, 0],
        method="highs",
    )
    assert result.status == 0
    return result.fun


@st.composite
def all_masses(draw):
    """Right, wrong and uncertain in small fractions, often with zeros among them."""
    parts = draw(st.lists(st.integers(0, 12), min_size=3, max_size=3).filter(any))
    return Masses(*(Fraction(part, sum(parts)) for part in parts))


RATIOS = st.floats(0.01, 1) | st.sampled_from([1.0, 0.5, 0.25, 0.01])


@settings(max_examples=300)
@given(all_masses(), RATIOS)
def test_the_worst_densities_are_those_of_a_linear_program(of_mu, c):
    expected = worst_by_linear_program(of_mu, c)
    if expected is None:
        with pytest.raises(UndefinedProbabilityError):
            DensityRatio(c).worst_agreement(of_mu)
    else:
        assert float(DensityRatio(c).worst_agreement(of_mu)) == pytest.approx(expected, abs=1e-7)


@settings(max_examples=300)
@given(all_masses(), RATIOS)
def test_the_worst_densities_lie_between_c_and_1_over_c_and_have_mean_1_exactly(of_mu, c):
    densities = DensityRatio(c).densities(of_mu)
    parts = (of_mu.right, of_mu.wrong, of_mu.uncertain)
    assert all(Fraction(c) <= density <= 1 / Fraction(c) for density in densities)
    assert sum(density * part for density, part in zip(densities, parts, strict=True)) == 1
    if of_mu.right + of_mu.wrong:
        pushed = [density * part for density, part in zip(densities, parts, strict=True)]
        assert DensityRatio(c).worst_agreement(of_mu) == pushed[0] / (pushed[0] + pushed[1])


@given(all_masses().filter(lambda m: m.right + m.wrong > 0), st.lists(RATIOS, min_size=2, max_size=5))
def test_the_more_the_density_may_vary_the_worse(of_mu, ratios):
    worst = [DensityRatio(c).worst_agreement(of_mu) for c in sorted(ratios)]
    assert worst == sorted(worst)
    assert worst[-1] <= DensityRatio(1).worst_agreement(of_mu) == of_mu.right_given_certain


@given(all_masses().filter(lambda m: m.right + m.wrong > 0))
def test_with_any_density_any_mistake_is_fatal(of_mu):
    """As c goes to 0 the worst agreement goes to 0 if any mass is wrong; else it is 1 for every c."""
    worst = [DensityRatio(2.0**-k).worst_agreement(of_mu) for k in (20, 40, 60)]
    if of_mu.wrong == 0:
        assert worst == [1, 1, 1]
    else:
        assert all(w <= 200 * Fraction(1, 2**k) for w, k in zip(worst, (20, 40, 60), strict=True))


@given(all_masses(), st.integers(0, 12), st.integers(1, 12), RATIOS)
def test_the_worst_case_rises_with_the_agreement_and_falls_with_the_uncertain_mass(of_mu, agreed, sure, c):
    """What makes an interval for it of two intervals."""
    a, s = Fraction(agreed, 12), Fraction(sure, 12)

    def worst(agreed, sure):
        return DensityRatio(c).worst_agreement(Masses(agreed * sure, (1 - agreed) * sure, 1 - sure))

    here = worst(a, s)
    assert worst(min(a + Fraction(1, 12), Fraction(1)), s) >= here
    assert worst(a, min(s + Fraction(1, 12), Fraction(1))) >= here


def by_vertices(mu, teacher, student, c):
    """The least agreement over densities that may differ from point to point: a linear fraction, so at a vertex.

    There all densities but one are c or 1/c, and the last makes the mean 1.
    """
    y, answers = teacher(mu.points), student(mu.points)
    weights = [Fraction(float(w)) for w in mu.weights]
    weights = [w / sum(weights) for w in weights]
    c, least = Fraction(c), None
    for free in range(len(weights)):
        for ends in product((c, 1 / c), repeat=len(weights) - 1):
            density = [*ends[:free], Fraction(0), *ends[free:]]
            density[free] = (1 - sum(d * w for d, w in zip(density, weights, strict=True))) / weights[free]
            if not c <= density[free] <= 1 / c:
                continue
            nu = [d * w for d, w in zip(density, weights, strict=True)]
            certain = sum(mass for mass, label in zip(nu, y, strict=True) if label != UNCERTAIN)
            right = sum(mass for mass, label, answer in zip(nu, y, answers, strict=True) if label == answer)
            least = right / certain if least is None else min(least, right / certain)
    return least


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.sampled_from([0, 1, UNCERTAIN]), st.integers(0, 1), st.integers(1, 6)), min_size=2, max_size=6
    ),
    st.sampled_from([1, 0.75, 0.5, 0.25, 0.125]),
)
def test_no_density_on_a_few_points_is_worse(points, c):
    labels, answers, counts = (np.array(row) for row in zip(*points, strict=True))
    assume((labels != UNCERTAIN).any())
    mu = Finite(np.arange(len(labels))[:, None], counts / counts.sum())
    teacher, student = (lambda x, row=row: row[x[:, 0].astype(int)] for row in (labels, answers))
    worst = DensityRatio(c)(mu, student).worst(teacher)
    assert worst.exact
    assert worst.low == by_vertices(mu, teacher, student, c)
    density = worst.nu.weights / mu.weights
    assert (worst.nu.points == mu.points).all()
    assert worst.nu.weights.sum() == pytest.approx(1)
    assert density.min() >= c * (1 - 1e-12)
    assert density.max() <= (1 + 1e-12) / c
    assert float(masses(worst.nu, teacher, student).right_given_certain) == pytest.approx(float(worst.low), abs=1e-12)


@pytest.mark.parametrize("c", [1, 0.9, 0.5, 0.1, 1e-4])
def test_the_worst_distribution_on_a_square_can_be_sampled(c):
    worst = DensityRatio(c)(SQUARE, DIAGONAL).worst(STRIPS)
    assert worst.exact
    assert float(worst.low) == pytest.approx(worst_by_linear_program(masses(SQUARE, STRIPS, DIAGONAL), c), abs=1e-7)
    assert isinstance(worst.nu, Reweighted)
    sampled = agreement(worst.nu, STRIPS, DIAGONAL, n=4000, rng=seeded(), confidence=1 - SURE)
    assert sampled.low <= worst.low <= sampled.high
    x = SQUARE.sample(20_000, seeded())
    density = worst.nu.density(x)
    assert set(density) <= {float(d) for d in DensityRatio(c).densities(masses(SQUARE, STRIPS, DIAGONAL))}
    assert worst.nu.most == density.max()  # no more points are drawn than it takes
    assert abs(density.mean() - 1) < 5 * density.std() / sqrt(len(x)) + 1e-12


def test_the_left_figure_in_closed_form():
    """Right 7/16, wrong 1/16, uncertain 1/2. At c = 1/2 nothing binds: (7/32) / (7/32 + 1/8)."""
    assert masses(SQUARE, STRIPS, DIAGONAL) == Masses(Fraction(7, 16), Fraction(1, 16), Fraction(1, 2))
    worst = DensityRatio(0.5)(SQUARE, DIAGONAL).worst(STRIPS)
    assert worst.low == Fraction(7, 11)
    wild = DensityRatio(1 / 32)(SQUARE, DIAGONAL).worst(STRIPS)  # all but 15/512 of ν could be wrong: 1/16 may be 2
    assert wild.low == Fraction(7, 512) / (1 - Fraction(1, 64))


def test_the_uncertain_mass_takes_part_in_the_normalisation():
    """Certain points alone would give 3/4 : 1/4 at c = 1/2; with nothing uncertain the rest has to be right."""
    half = Fraction(1, 2)
    assert DensityRatio(0.5).worst_agreement(Masses(half, half, Fraction(0))) == Fraction(1, 4)
    assert DensityRatio(0.5).worst_agreement(Masses(half / 2, half / 2, half)) == Fraction(1, 5)


@pytest.mark.parametrize("c", [0.9, 0.6, 0.3, 0.1])
def test_an_interval_for_the_worst_density_is_made_of_two_of_clopper_and_pearson(c):
    """95 % of two times 97.5 %: 31 of 40 certain among 50, by a linear program at the worst corner and the best."""

    class AllOnce:
        def sample(self, n, rng):
            return np.arange(50)[:, None]

    def teacher(x):
        return np.where(x[:, 0] < 40, 1, UNCERTAIN)

    def student(x):
        return (x[:, 0] < 31).astype(int)

    worst = DensityRatio(c)(AllOnce(), student).worst(teacher, n=50, rng=seeded(), confidence=0.95)
    tail = 0.025 / 2
    ends = []
    for end in (0, 1):
        agreed, sure = (
            stats.beta.ppf(1 - tail, k + 1, n - k) if end else stats.beta.ppf(tail, k, n - k + 1)
            for k, n in ((31, 40), (40, 50))
        )
        right = Fraction(agreed) * Fraction(sure)
        ends.append(worst_by_linear_program(Masses(right, Fraction(sure) - right, 1 - Fraction(sure)), c))
    assert [worst.low, worst.high] == pytest.approx(ends, rel=1e-5)
    assert not worst.exact
    assert worst.how == "95% interval from the right, wrong and uncertain among 50 points"
    expected = DensityRatio(c).densities(Masses(Fraction(31, 50), Fraction(9, 50), Fraction(10, 50)))
    assert worst.nu.density(np.array([[0], [35], [45]])).tolist() == [float(density) for density in expected]


@pytest.mark.parametrize("c", [0.8, 0.3])
def test_the_interval_of_the_worst_density_covers_the_truth_as_often_as_it_says(c):
    rng, runs, confidence = seeded(), 300, 0.9
    truth = DensityRatio(c)(SQUARE, DIAGONAL).worst(STRIPS).low
    family = DensityRatio(c)(SQUARE, diagonal)
    results = [family.worst(STRIPS, n=150, rng=rng, confidence=confidence) for _ in range(runs)]
    covered = sum(result.low <= truth <= result.high for result in results)
    assert covered >= stats.binom.ppf(SURE, runs, confidence)
    assert all(0 <= result.low < result.high <= 1 for result in results)


@pytest.mark.parametrize("c", [0, -0.5, 1.5, np.nextafter(1, 2)])
def test_a_ratio_lies_between_0_and_1(c):
    with pytest.raises(ValueError, match=r"c must lie in \(0, 1\], got"):
        DensityRatio(c)


# The fast gradient


@pytest.mark.parametrize("away", [True, False])
@pytest.mark.parametrize("delta", [0, 0.25, 3, 1e9])
def test_each_point_is_pushed_by_exactly_delta_along_the_gradient(delta, away):
    rng = seeded()
    student = Linear([3, -4], 0.5)
    x = rng.normal(size=(50, 2))
    pushed = FastGradient(delta, away=away).gamma(student)(x)
    unit = np.array([0.6, -0.8])
    sign = np.where(student(x) == 1, -1, 1) if away else np.ones(50)
    assert pushed - x == pytest.approx(delta * sign[:, None] * unit, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("shape", [(5,), (2, 3), (1, 2, 2)])
def test_points_may_have_any_shape(shape):
    rng = seeded()
    student = Sloped(rng.normal(size=shape))
    x = rng.normal(size=(20, *shape))
    push = FastGradient(0.3).gamma(student)(x) - x
    assert np.sqrt((push.reshape(20, -1) ** 2).sum(axis=1)) == pytest.approx(np.full(20, 0.3))
    printed = FastGradient(0.3, away=False).gamma(student)(x) - x
    assert printed == pytest.approx(np.broadcast_to(0.3 * student.w / np.linalg.norm(student.w), x.shape))


def test_where_there_is_no_gradient_a_point_stays():
    student = Sloped([1, 0])
    student.gradient = lambda x: np.where(x > 0, x, 0)
    x = np.array([[0.0, -1.0], [2.0, 0.0], [-3.0, -3.0], [0.0, 1e-200]])
    assert FastGradient(0.5).gamma(student)(x).tolist() == [[0, -1], [1.5, 0], [-3, -3], [0, -0.5]]


@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1e150, 1e300])
def test_only_the_direction_of_the_gradient_counts(scale):
    pushed = FastGradient(0.5).gamma(Linear([3 * scale, 4 * scale]))([[0.0, 0.0]])
    assert pushed == pytest.approx(np.array([[-0.3, -0.4]]))


@pytest.mark.parametrize("far", [1e6, 1e10, 1e15])
def test_far_from_the_origin_a_push_is_as_long_as_floats_have_it(far):
    x = far + seeded().random((9, 3))
    assert FastGradient(0.125).gamma(Linear([1, 2, 2]))(x) - x == pytest.approx(
        np.broadcast_to([-1 / 24, -1 / 12, -1 / 12], x.shape), abs=2e-16 * far
    )


def test_three_classes_have_a_lead_and_no_single_score():
    student = Linear([[1, 0], [0, 1], [-1, -1]])
    x = np.array([[2.0, 1.0], [1.0, 2.0], [-1.0, -2.0]])
    pushed = FastGradient(1).gamma(student)(x) - x
    leads = np.array([[1, -1], [-1, 1], [-2, -1]])
    assert pushed == pytest.approx(-leads / np.linalg.norm(leads, axis=1)[:, None])
    with pytest.raises(ValueError, match="formula as printed needs two classes, got the answer 2"):
        FastGradient(1, away=False).gamma(student)(x)


def test_a_gradient_has_the_shape_of_the_points():
    student = Sloped([1, 1])
    student.gradient = lambda x: np.ones((len(x), 3))
    with pytest.raises(ValueError, match=r"gradient must have the points' shape, \(4, 2\), got \(4, 3\)"):
        FastGradient(1).gamma(student)(np.zeros((4, 2)))


@pytest.mark.parametrize("away", [True, False])
@settings(max_examples=80)
@given(data=st.data())
def test_on_a_line_of_cells_each_cell_is_pushed_as_one(away, data):
    """Integer ends and a push of whole and half cells: the middles of half cells stand for all of them."""
    student = Linear([data.draw(st.sampled_from([-2, -1, 1]))], data.draw(st.integers(-4, 4)))
    pieces = [Box([a], [a + 1]) for a in data.draw(st.sets(st.sampled_from(range(-5, 5, 2)), min_size=1))]
    regions = [(data.draw(st.integers(0, 1)), Box([a], [a + 1])) for a in (-6, -4, -1, 2, 4)]
    teacher, delta = Boxes(regions), data.draw(st.integers(0, 8)) / 2
    cells = np.concatenate([box.low[0] + (np.arange(4) + 0.5) / 4 for box in pieces])[:, None]
    score = student.score(cells)[:, 0] if student.score(cells).ndim == 2 else student.score(cells)
    towards_1 = np.sign(student.coefficients[0])
    pushed = cells + delta * towards_1 * (np.where(score >= 0, -1, 1) if away else np.ones(len(cells)))[:, None]
    y = teacher(pushed)
    certain = y != UNCERTAIN
    attack = FastGradient(delta, away=away)
    if not certain.any():
        with pytest.raises(UndefinedProbabilityError):
            attack(Uniform(*pieces), student).worst(teacher)
        return
    worst = attack(Uniform(*pieces), student).worst(teacher)
    right = (student(pushed) == y)[certain]
    assert worst.exact
    assert worst.low == Fraction(int(right.sum()), int(certain.sum()))


@pytest.mark.parametrize("away", [True, False], ids=["away", "as printed"])
@pytest.mark.parametrize("seed", range(4))
def test_the_volumes_agree_with_a_sample_of_the_push_forward(seed, away):
    rng = seeded(seed)
    d = 2 + seed % 2
    student = Linear(rng.normal(size=d), 0.3 * rng.normal())
    mu = Uniform(Box([-1.0] * d, [0.5] * d), Box([0.6] * d, [1.5] * d))
    teacher = AxisThreshold(axis=1, low=-0.25, high=0.25)
    attack = FastGradient(0.4 + 0.3 * seed, away=away)
    worst = attack(mu, student).worst(teacher)
    assert worst.exact
    assert isinstance(worst.nu, PushForward)
    assert worst.nu.mu is mu
    sampled = agreement(worst.nu, teacher, student, n=20_000, rng=rng, confidence=1 - SURE)
    assert sampled.low <= worst.low <= sampled.high
    hidden = attack(Sampled(mu), student).worst(teacher, n=20_000, rng=rng, confidence=1 - SURE)
    assert hidden.low <= worst.low <= hidden.high
    assert not hidden.exact


@pytest.mark.parametrize("away", [True, False], ids=["away", "as printed"])
def test_pushed_points_are_counted(away):
    rng = seeded()
    x, counts = rng.uniform(-1, 1, size=(60, 2)), rng.integers(0, 4, size=60)
    mu, student = Finite(x, counts / counts.sum()), Linear([0.3, 1], 0.1)
    pushed = FastGradient(0.6, away=away).gamma(student)(x)
    y = STRIPS(pushed)
    certain, agrees = y != UNCERTAIN, y == student(pushed)
    expected = Fraction(int(counts[agrees].sum()), int(counts[certain].sum()))
    worst = FastGradient(0.6, away=away)(mu, student).worst(STRIPS)
    assert worst.exact
    assert float(worst.low) == pytest.approx(float(expected), abs=1e-12)
    assert 0 < expected < 1
    assert (worst.nu.points == pushed).all()


@pytest.mark.parametrize(
    ("b", "truth"), [(0, 0), (-1, 0), (1, 1)], ids=["tie: the first class", "first class", "second class"]
)
def test_a_student_of_equal_scores_answers_the_first_class_and_pushes_nothing(b, truth):
    teacher = Boxes([(A, X)])
    assert FastGradient(0.5)(SQUARE, Linear([[1, 1], [1, 1]], [0, b])).worst(teacher).low == truth
    assert FastGradient(0.5)(SQUARE, Linear([0, 0], b)).worst(teacher).low == (b >= 0)


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=2).filter(any), st.floats(0, 3), st.floats(0.01, 1))
def test_where_all_is_certain_all_is_counted_however_a_push_is_rounded(w, delta, size):
    everywhere = Boxes([(A, Box([-9, -9], [9, 9]))])
    mu = Uniform(Box([0.1, 0.1], [0.1 + size, 0.2 + size]))
    assert 0 <= FastGradient(delta)(mu, Linear(w, 0.1)).worst(everywhere).low <= 1


def test_a_push_that_no_float_can_follow_is_refused():
    with pytest.raises(ValueError, match=r"delta must be smaller beside the boxes of mu, got 1e\+20"):
        FastGradient(1e20)(SQUARE, DIAGONAL).worst(STRIPS)


def test_a_teacher_of_more_classes_than_the_student_is_sampled():
    teacher = Boxes([(2, Box([0, -9], [9, 9])), (0, Box([-9, -9], [0, 9], open_high=[True, False]))])
    worst = FastGradient(0.1)(SQUARE, Linear([1, 0], -9)).worst(teacher, n=2000, rng=seeded(), confidence=1 - SURE)
    assert worst.low < 0.5 - 0.1 / 2 < worst.high  # all move to the right; the right half is of class 2
    assert not worst.exact


@pytest.mark.parametrize(
    "mu", [SQUARE, Finite([[0.7, 0.0], [-0.7, 0.0]]), Sampled(SQUARE)], ids=["box", "points", "any"]
)
def test_a_push_into_uncertainty_has_no_agreement(mu):
    """The student's boundary is where the teacher is uncertain: points of both sides are carried to it and beyond."""
    teacher = AxisThreshold(low=-9, high=5)
    with pytest.raises(UndefinedProbabilityError, match="certain"):
        FastGradient(1)(mu, Linear([1, 0])).worst(teacher, n=50, rng=seeded())


def test_a_student_without_gradient_is_refused():
    for student in (diagonal, Linear, None):
        with pytest.raises(TypeError, match=r"needs a student with a method gradient\(x\), got"):
            FastGradient(1).gamma(student)
    with pytest.raises(TypeError, match=r"method gradient\(x\)"):
        FastGradient(1)(MU, diagonal).worst(STRIPS, n=5, rng=seeded())


# The tube


@st.composite
def tubes(draw, most=5, kinds=("axis", "half spaces", "boxes")):
    """A box or a few points, a teacher, a linear student of two or three classes, a radius and a domain."""
    seed = draw(st.integers(0, 10**6))
    rng = seeded(seed)
    d = draw(st.integers(2, most))
    kind = draw(st.sampled_from(kinds))
    low = rng.uniform(-1, 0.5, size=(2, d))
    if draw(st.booleans()):
        mu = Uniform(
            *(Box(a + shift, a + shift + rng.uniform(0.05, 0.6, size=d)) for a, shift in zip(low, (0, 3), strict=True))
        )
    else:
        mu = Finite(np.concatenate([low, [[0] * d]]), [0.5, 0.5, 0])
    if kind == "axis":
        teacher = AxisThreshold(axis=draw(st.integers(0, d - 1)), low=-0.7, high=0.4)
    elif kind == "half spaces":
        teacher = LinearThreshold(rng.normal(size=d), low=-0.8, high=0.5)
    else:
        corners = rng.uniform(-1.5, 1, size=(3, d))
        corners[:, 0] = [-2, -0.4, 1.2]
        teacher = Boxes([(k, Box(c, c + rng.uniform(0.3, 1.2, size=d))) for k, c in enumerate(corners)])
    rows = draw(st.sampled_from([1, 3]))
    student = (
        Linear(rng.normal(size=d), 0.7 * rng.normal())
        if rows == 1
        else Linear(rng.normal(size=(3, d)), rng.normal(size=3))
    )
    domain = Box([-1.5] * d, rng.uniform(0.8, 4.5, size=d)) if draw(st.booleans()) else None
    return mu, teacher, student, rng.choice([0.05, 0.3, 1.0]), domain


def nearest(x, mu):
    """The points of μ's support that are nearest to x, one from each box or point of positive weight."""
    if isinstance(mu, Finite):
        return mu.points[mu.weights > 0]
    return np.array([np.clip(x, box.low, box.high) for box in mu.boxes])


def is_in_the_tube(worst, mu, teacher, student, tube):
    is_an_adversarial_point(worst.nu, teacher, student)
    [x] = worst.nu.points
    sizes = np.abs(nearest(x, mu) - x)
    used = {1: sizes.sum(axis=1), 2: np.sqrt((sizes**2).sum(axis=1)), inf: sizes.max(axis=1)}[tube.p]
    assert used.min() <= tube.delta * (1 + 1e-8)
    if tube.domain is not None:
        assert x in tube.domain


def certain_regions(teacher, d):
    """The certain regions as (label, A, b): the points with A x <= b."""
    if isinstance(teacher, LinearThreshold):
        w = teacher.coefficients
        return [(A, -w[None], np.array([-teacher.high])), (B, w[None], np.array([teacher.low]))]
    eye = np.eye(d)
    if isinstance(teacher, AxisThreshold):
        row = eye[teacher.axis][None]
        return [(A, -row, np.array([-teacher.high])), (B, row, np.array([teacher.low]))]
    return [(k, np.vstack([eye, -eye]), np.concatenate([box.high, -box.low])) for k, box in teacher.regions]


def leads(student, label):
    """The linear functions that must be positive for the student to answer a class: (w, b), up to ties."""
    w, b = student.coefficients, student.intercept
    if w.ndim == 1:
        return {A: [(w, float(b))], B: [(-w, -float(b))]}.get(label)
    return [(w[label] - w[j], b[label] - b[j]) for j in range(len(w)) if j != label] if label < len(w) else None


def least_leads_in_the_tube(mu, teacher, student, tube):
    """By linear programs in x, where it came from and how far it was pushed: p = 1 or inf. None where it can't get."""
    d = student.dimension
    supports = (
        [(p, p) for p in mu.points[mu.weights > 0]] if isinstance(mu, Finite) else [(b.low, b.high) for b in mu.boxes]
    )
    eye, zero = np.eye(d), np.zeros((d, d))
    column = np.zeros((d, 1))
    for low, high in supports:
        for label, rows, limits in certain_regions(teacher, d):
            # Unknowns: x, where it came from, |push| of each coordinate, the largest of these.
            above = np.vstack([
                np.hstack([rows, np.zeros((len(rows), 2 * d + 1))]),
                np.hstack([eye, -eye, -eye, column]),
                np.hstack([-eye, eye, -eye, column]),
                np.hstack([zero, zero, eye, -np.ones((d, 1))]),
                [[0] * 2 * d + [1] * d + [0] if tube.p == 1 else [0] * 3 * d + [1]],
            ])  # fmt: skip
            most = np.concatenate([limits, np.zeros(3 * d), [tube.delta]])
            free = (
                [(None, None)] * d if tube.domain is None else list(zip(tube.domain.low, tube.domain.high, strict=True))
            )
            bounds = [*free, *zip(low, high, strict=True), *[(0, None)] * (d + 1)]
            for w, b in leads(student, label) or [(np.zeros(d), -1.0)]:
                result = linprog(np.concatenate([w, np.zeros(2 * d + 1)]), A_ub=above, b_ub=most, bounds=bounds)
                yield result.fun + b if result.status == 0 else None


@pytest.mark.parametrize("p", [1, inf])
@settings(max_examples=60)
@given(tubes())
def test_the_worst_point_of_a_tube_is_that_of_a_linear_program(p, case):
    mu, teacher, student, delta, domain = case
    tube = Tube(delta, p=p, domain=domain)
    least = list(least_leads_in_the_tube(mu, teacher, student, tube))
    reached = [value for value in least if value is not None]
    assume(all(abs(value) > 1e-4 for value in reached))
    if not reached:
        with pytest.raises(UndefinedProbabilityError, match="certain about no point of the tube"):
            tube(mu, student).worst(teacher)
        return
    worst = tube(mu, student).worst(teacher)
    assert worst.exact
    assert worst.low == (min(reached) > 0)
    if worst.low == 0:
        is_in_the_tube(worst, mu, teacher, student, tube)
    else:
        assert worst.nu is None


def a_grid_of_the_tube(mu, tube, n=161):
    """Points of a lattice that lie in the tube, by the definition."""
    centres = [(box.low, box.high) for box in mu.boxes] if isinstance(mu, Uniform) else [(p, p) for p in nearest(0, mu)]
    parts = []
    for low, high in centres:
        u, v = (np.linspace(a - tube.delta, b + tube.delta, n) for a, b in zip(low, high, strict=True))
        x = np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2)
        push = x - np.clip(x, low, high)
        parts.append(x[np.linalg.norm(push, ord=tube.p, axis=1) <= tube.delta])
    x = np.concatenate(parts)
    return x if tube.domain is None else x[tube.domain.contains(x)]


@pytest.mark.parametrize("p", NORMS)
@settings(max_examples=60)
@given(tubes(most=2))
def test_no_point_of_a_lattice_contradicts_the_tube(p, case):
    mu, teacher, student, delta, domain = case
    tube = Tube(delta, p=p, domain=domain)
    x = a_grid_of_the_tube(mu, tube)
    y = teacher(x) if len(x) else np.array([], dtype=int)
    wrong = (y != UNCERTAIN) & (student(x) != y) if len(x) else np.array([], dtype=bool)
    try:
        worst = tube(mu, student).worst(teacher)
    except UndefinedProbabilityError:
        assert (y == UNCERTAIN).all()
        return
    assert worst.exact
    assert worst.low in (0, 1)
    if worst.low == 0:
        is_in_the_tube(worst, mu, teacher, student, tube)
    else:
        assert not wrong.any()


@pytest.mark.parametrize(("p", "reach"), [(1, 0.5), (2, sqrt(0.125)), (inf, 0.25)])
def test_how_wide_a_tube_must_be_to_hold_a_mistake(p, reach):
    """From (0.5, 0.5) down the gap to where x_1 + x_2 = 0.5; where x_1 < 0.5 the teacher would not mind."""
    student = Linear([1, 1], -0.5)
    free = Boxes([(A, Box([-9, -9], [9, 9]))])
    mu = Uniform(Box([0.5, 0.5], [1, 1]))
    assert Tube(reach * 0.9999, p=p)(mu, student).worst(free).low == 1
    assert Tube(reach * 1.0001, p=p)(mu, student).worst(free).low == 0
    strips = {1: 0.5, 2: 0.5, inf: 0.5}[p]  # with x_1 >= 0.5 only the way straight down is left
    assert Tube(strips * 0.9999, p=p)(mu, student).worst(STRIPS).low == 1
    assert Tube(strips * 1.0001, p=p)(mu, student).worst(STRIPS).low == 0


@pytest.mark.parametrize("p", NORMS)
def test_only_certain_points_count(p):
    """A student that is robust in the paper's sense, with good accuracy, and not in the common sense."""
    mu = Uniform(Box([-1, -1], [-0.5, 1]), Box([0.5, -1], [1, 1]))
    student = Linear([1, 0], 0.25)  # within 0.25 of the left box the answer changes, where the teacher is uncertain
    worst = Tube(0.5, p=p)(mu, student).worst(STRIPS)
    assert (worst.low, worst.exact) == (1, True)
    x = mu.sample(500, seeded())
    assert (student(x) == STRIPS(x)).all()
    moved = projected_gradient(x, lambda z: -student.gradient(z), epsilon=0.5, p=p)
    assert (student(moved) != STRIPS(x)).any()


@pytest.mark.parametrize("p", NORMS)
@pytest.mark.parametrize("delta", [1e-9, 1e-3, 0.3, 5])
def test_without_a_margin_the_right_figure_is_robust_in_every_tube_exactly(p, delta):
    for teacher in (QUADRANTS, LinearThreshold([-2, 2], low=0, high=0)):
        worst = Tube(delta, p=p)(RHO, RISING).worst(teacher)
        assert (worst.low, worst.high, worst.nu) == (1, 1, None)
    boundary = Boxes([(B, Box([0, -1], [1, 0]))])  # closed, so that it holds a point that the student gives to A
    assert Tube(delta, p=p)(RHO, RISING).worst(boundary).low == 0


@pytest.mark.parametrize("p", NORMS)
def test_points_without_weight_have_no_tube(p):
    mu = Finite([[2.0, 0.0], [-2.0, 2.1], [0.9, -0.95]], [0.5, 0.5, 0])
    assert Tube(0.125, p=p)(mu, DIAGONAL).worst(STRIPS).low == 0 + (DIAGONAL([[-2.0, 2.1]])[0] == B)
    assert Tube(0.01, p=p)(Finite(mu.points, [1, 0, 0]), DIAGONAL).worst(STRIPS).low == 1
    assert Tube(0.01, p=p)(Finite(mu.points, [0, 0, 1]), DIAGONAL).worst(STRIPS).low == 0


@pytest.mark.parametrize("p", NORMS)
@settings(max_examples=30)
@given(tubes(most=3))
def test_a_tube_of_radius_0_is_the_support(p, case):
    mu, teacher, student, _, _ = case
    supports = nearest(0, mu) if isinstance(mu, Finite) else mu.boxes
    verdicts = set()
    for part in supports:
        try:
            verdicts.add(strong_robustness(part[None] if isinstance(mu, Finite) else part, teacher, student).robust)
        except UndefinedProbabilityError:
            verdicts.add("nothing")
    if verdicts == {"nothing"}:
        with pytest.raises(UndefinedProbabilityError):
            Tube(0, p=p)(mu, student).worst(teacher)
    else:
        assert Tube(0, p=p)(mu, student).worst(teacher).low == (False not in verdicts)


@pytest.mark.parametrize("p", NORMS)
def test_a_domain_cuts_the_tube(p):
    mu = Uniform(Box([0.5, 0.5], [1, 1]))
    for domain, low in ((None, 0), (Box([0, -0.25], [9, 9]), 1), (Box([0, -0.75], [9, 9]), 0)):
        assert Tube(1.5, p=p, domain=domain)(mu, DIAGONAL).worst(STRIPS).low == low
    for domain in (Box([5, 5], [6, 6]), Box([-0.4, -1], [0.4, 1])):  # out of reach, and where the teacher is uncertain
        with pytest.raises(UndefinedProbabilityError, match="certain about no point of the tube"):
            Tube(0.8, p=p, domain=domain)(mu, DIAGONAL).worst(STRIPS)
    with pytest.raises(ValueError, match="must have one dimension"):
        Tube(0.8, p=p, domain=Box([0], [1]))(mu, DIAGONAL).worst(STRIPS)


@pytest.mark.parametrize("p", NORMS)
def test_one_box_that_holds_a_mistake_is_enough(p):
    far, bad = Box([3, 3], [4, 4]), Box([0.5, -0.9], [0.75, -0.8])
    for boxes in ((far, bad), (bad, far)):
        worst = Tube(0.01, p=p)(Uniform(*boxes), DIAGONAL).worst(STRIPS)
        assert worst.low == 0
        assert np.abs(worst.nu.points[0] - [0.6, -0.85]).max() < 0.2
    nothing = Box([0, 0], [0.1, 0.1])  # about whose tube the teacher is certain of nothing: left out
    assert Tube(0.01, p=p)(Uniform(nothing, far), DIAGONAL).worst(STRIPS).low == 1


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("delta", [1e-8, 1e-6, 1e-4, 1e-2, 1, 1e3])
def test_a_small_radius_is_never_decided_wrongly(p, delta):
    """The least score over a tube is that over the box minus δ‖w‖_q; all is certain."""
    rng = seeded()
    everywhere = Boxes([(A, Box([-1e4] * 3, [1e4] * 3))])
    undecided = 0
    for gap in (-1, -0.1, -1e-3, 1e-3, 0.1, 1):
        w, low, size = rng.normal(size=3), rng.normal(size=3), rng.random(3)
        norm = np.abs(w).max() if p == 1 else sqrt((w * w).sum())
        least = np.minimum(w * low, w * (low + size)).sum() - delta * norm
        worst = Tube(delta, p=p)(Uniform(Box(low, low + size)), Linear(w, gap * delta * norm - least)).worst(everywhere)
        if worst.exact:
            assert worst.low == (gap > 0)
        else:
            assert (worst.low, worst.high, worst.nu) == (0, 1, None)
            assert "too near to call" in worst.how
            undecided += 1
    assert undecided == 0 or delta < 1e-2


@pytest.mark.parametrize("p", [1, 2])
def test_what_hinges_on_the_last_digits_is_too_near_to_call(p):
    """The tube around the origin just touches the line where the score is 0, up to 1e-12."""
    everywhere = Boxes([(A, Box([-9, -9], [9, 9]))])
    touching = {1: 2, 2: sqrt(8)}[p]
    worst = Tube(1, p=p)(Finite([[0.0, 0.0]]), Linear([2, 2], touching - 1e-12)).worst(everywhere)
    assert (worst.low, worst.high, worst.exact, worst.nu) == (0, 1, False, None)
    assert worst.how == "an adversarial example in the tube is too near to call"


@pytest.mark.parametrize("p", NORMS)
def test_a_class_that_the_student_does_not_know_is_a_mistake_in_the_tube(p):
    teacher = Boxes([(A, Box([0, -9], [9, 9])), (7, Box([-9, -9], [-1, 9]))])
    mu = Uniform(Box([0.5, -1], [1, 1]))
    assert Tube(1.4, p=p)(mu, Linear([1, 0], 0.9)).worst(teacher).low == 1
    worst = Tube(1.6, p=p)(mu, Linear([1, 0], 99)).worst(teacher)
    assert worst.low == 0
    assert worst.nu.points[0, 0] <= -1


@pytest.mark.parametrize("p", [1, 2])
def test_a_class_that_the_student_does_not_know_is_found_where_the_tube_ends(p):
    """The middle of that class in the square around the tube is out of reach, a corner of it is not."""
    teacher = Boxes([(7, Box([0.6, 0.3], [9, 9]))])
    mu = Finite([[0.0, 0.0]])
    worst = Tube(1, p=p)(mu, Linear([0, 0], 1)).worst(teacher)
    assert (worst.low, worst.high) == (0, 0)
    is_in_the_tube(worst, mu, teacher, Linear([0, 0], 1), Tube(1, p=p))


@pytest.mark.parametrize(("p", "w", "delta"), [(1, [2, 1], 1.2), (2, [9, 1], 1.05)])
def test_a_mistake_next_to_a_side_that_is_open_is_found_inside(p, w, delta):
    """The worst point of the tube has x_1 = 0, where the teacher is uncertain; there are mistakes just beyond."""
    mu, teacher, student = Finite([[1.0, 0.0]]), Boxes([(A, Box([0, -9], [9, 9], open_low=True))]), Linear(w)
    worst = Tube(delta, p=p)(mu, student).worst(teacher)
    assert (worst.low, worst.high) == (0, 0)
    is_in_the_tube(worst, mu, teacher, student, Tube(delta, p=p))
    assert 0 < worst.nu.points[0, 0] < 1e-3


@pytest.mark.parametrize("p", [1, 2])
def test_one_region_that_is_too_near_to_call_leaves_the_tube_undecided(p):
    """And one that is not, but holds a mistake, decides."""
    touching = {1: 2, 2: sqrt(8)}[p]
    student = Linear([2, 2], touching - 1e-12)
    near, far, bad = [0.0, 0.0], [30.0, 30.0], [-30.0, -30.0]
    everywhere = Boxes([(A, Box([-99, -99], [99, 99]))])
    for points in ([near, far], [far, near]):
        worst = Tube(1, p=p)(Finite(points), student).worst(everywhere)
        assert (worst.low, worst.high, worst.exact) == (0, 1, False)
    for points in ([near, far, bad], [bad, far, near]):
        assert Tube(1, p=p)(Finite(points), student).worst(everywhere).high == 0


# The tube where it has to be searched


@pytest.mark.parametrize("p", NORMS)
@pytest.mark.parametrize("student", [Sloped([1, 1]), diagonal], ids=["with gradient", "callable"])
def test_a_search_finds_what_is_there_and_stays_in_the_tube(student, p):
    tube = Tube(1.5, p=p)
    worst = tube(MU, student).worst(STRIPS, n=300, rng=seeded())
    assert (worst.low, worst.high) == (0, 0)
    is_in_the_tube(worst, MU, STRIPS, student, tube)
    narrow = Tube(0.2, p=p)(MU, student).worst(STRIPS, n=300, rng=seeded())
    assert (narrow.low, narrow.high, narrow.nu, narrow.exact) == (0, 1, None, False)
    assert "no adversarial example in the tube among" in narrow.how


@pytest.mark.parametrize("p", NORMS)
def test_a_gradient_finds_what_chance_does_not(p):
    """In 40 dimensions a random push hardly moves the score; the best one moves it by δ‖w‖_q."""
    rng = seeded()
    w = rng.normal(size=40)
    reach = {1: np.abs(w).max(), 2: sqrt((w * w).sum()), inf: np.abs(w).sum()}[p]
    mu, teacher = Finite(np.zeros((1, 40))), always(1)
    for share, low in ((1.01, 0), (0.99, None)):
        for student in (Sloped(w, 0.5 * reach / share), lambda x, b=0.5 * reach / share: (x @ w + b >= 0).astype(int)):
            worst = Tube(0.5, p=p)(mu, student).worst(teacher, n=20, rng=seeded())
            if low == 0 and isinstance(student, Sloped):
                assert worst.high == 0
                is_in_the_tube(worst, mu, teacher, student, Tube(0.5, p=p))
            else:
                assert (worst.low, worst.high) == (0, 1)


@pytest.mark.parametrize("p", NORMS)
@pytest.mark.parametrize("share", [0.25, 0.5, 0.75, 1.0])
def test_a_shorter_push_may_stay_where_the_teacher_is_certain(p, share):
    """Certain in a thin slice only, at a share of the way down the gradient."""
    band = Regions([lambda x: np.zeros(len(x), bool), lambda x: np.abs(x[:, 0] + share) < 1e-6])
    student = Sloped([1, *[0] * 29], 0.1)
    worst = Tube(1, p=p)(Finite(np.zeros((1, 30))), student).worst(band, n=5, rng=seeded())
    assert worst.high == 0
    assert worst.nu.points[0, 0] == pytest.approx(-share, abs=1e-6)


def test_random_pushes_fill_the_tube():
    """Of 2000 points pushed from one, in the plane: to all sides, to all lengths up to δ, and the point itself."""
    seen = []

    def teacher(x):
        seen.append(x)
        return np.ones(len(x), int)

    for p in NORMS:
        seen.clear()
        Tube(2, p=p)(Finite([[1.0, 1.0]]), always(1)).worst(teacher, n=2000, rng=seeded())
        push = seen[-1] - 1
        assert (push[:2000] == 0).all()
        lengths = np.linalg.norm(push[2000:], ord=p, axis=1)
        assert len(lengths) == 2000
        assert stats.kstest(lengths, "uniform", args=(0, 2)).pvalue > SURE
        quarters = np.bincount((push[2000:, 0] > 0) + 2 * (push[2000:, 1] > 0), minlength=4)
        assert stats.chisquare(quarters).pvalue > SURE


def test_a_search_keeps_to_the_domain():
    tube = Tube(1.5, domain=Box([-2, -0.1], [2, 2]))
    assert tube(MU, diagonal).worst(STRIPS, n=5000, rng=seeded()).high == 0  # from the left square up
    below = Tube(1.5, domain=Box([0, -0.1], [2, 2]))  # from the right one down, but not far enough
    assert below(MU, diagonal).worst(STRIPS, n=5000, rng=seeded()).high == 1
    assert Tube(1.5)(MU, diagonal).worst(STRIPS, n=5000, rng=seeded()).high == 0
    with pytest.raises(ValueError, match="mu must sample some points of the domain, got none"):
        Tube(0.1, domain=Box([5, 5], [6, 6]))(MU, diagonal).worst(STRIPS, n=30, rng=seeded())


@pytest.mark.parametrize("p", NORMS)
@pytest.mark.parametrize("share", [1.01, 0.99])
def test_at_the_edge_of_the_domain_the_worst_point_is_on_the_edge(p, share):
    """From points with coordinates of 0 in [0, 1]^d, of which a push down the gradient leads out."""
    d, delta = 40, 0.2
    x = np.full((1, d), 0.5)
    x[0, : d // 2] = 0
    w = seeded().uniform(0.5, 1, d)
    free = np.linalg.norm(w[d // 2 :], ord={1: inf, 2: 2, inf: 1}[p])  # what is at 0 can't go down
    student = Sloped(w, delta * free / share - x[0] @ w)
    unit = Box(np.zeros(d), np.ones(d))
    worst = Tube(delta, p=p, domain=unit)(Finite(x), student).worst(always(1), n=10, rng=seeded())
    if share < 1:
        assert (worst.low, worst.high) == (0, 1)
    else:
        assert worst.high == 0
        is_in_the_tube(worst, Finite(x), always(1), student, Tube(delta, p=p, domain=unit))
        assert worst.nu.points[0] in unit
        assert (worst.nu.points[0, : d // 2] == 0).all()


@pytest.mark.parametrize("p", [2, inf])  # in l_1 a push goes along one coordinate at a time, and stops short
def test_near_the_edge_of_the_domain_a_push_goes_as_far_as_the_edge(p):
    """Coordinates of 0.01 have 0.01 to fall in [0, 1]^d; what that leaves of δ is for the others."""
    d, delta = 40, 0.2
    x = np.repeat([[0.01, 0.5]], d // 2, axis=1)
    w = np.repeat([1.0, 0.9], d // 2) + seeded().uniform(0, 0.1, d)
    near, far = w[: d // 2], w[d // 2 :]
    left = {2: np.sqrt(delta**2 - d / 2 * 0.01**2) * np.linalg.norm(far), inf: delta * far.sum()}[p]
    student = Sloped(w, 0.9 * (0.01 * near.sum() + left) - x[0] @ w)  # which no push by chance comes near
    unit = Box(np.zeros(d), np.ones(d))
    worst = Tube(delta, p=p, domain=unit)(Finite(x), student).worst(always(1), n=10, rng=seeded())
    assert worst.high == 0
    assert worst.nu.points[0] in unit


def test_random_pushes_end_at_the_edge_of_the_domain():
    """Those of a point outside it too, if that is near enough; a side that is open is left out."""
    seen = []

    def teacher(x):
        seen.append(x)
        return np.ones(len(x), int)

    Tube(1, domain=Box([0, 0], [9, 9]))(Finite([[0, 5]]), always(1)).worst(teacher, n=1000, rng=seeded())
    assert len(seen[-1]) == 2000
    assert (seen[-1][1000:, 0] == 0).mean() == pytest.approx(0.5, abs=0.1)
    Tube(1, domain=Box([0, 0], [9, 9], open_low=[True, False]))(Finite([[0, 5]]), always(1)).worst(
        teacher, n=1000, rng=seeded()
    )
    assert len(seen[-1]) == pytest.approx(500, abs=100)
    assert (seen[-1][:, 0] > 0).all()
    outside = Finite([[-0.5, 5.0]])
    Tube(1, domain=Box([0, 0], [9, 9]))(outside, Sloped([1, 1])).worst(teacher, n=1000, rng=seeded())
    assert (np.linalg.norm(seen[-1] - [-0.5, 5], axis=1) <= 1).all()
    assert (seen[-1][:, 0] >= 0).all()
    assert len(seen[-1]) > 1000


def test_a_search_in_a_tube_of_radius_0_asks_about_the_sample():
    bad = Uniform(Box([0.5, -1], [1, 1]))
    assert Tube(0)(bad, Sloped([1, 1])).worst(STRIPS, n=100, rng=seeded()).high == 0
    assert Tube(0)(MU, Sloped([1, 1])).worst(STRIPS, n=100, rng=seeded()).high == 1


def test_points_of_any_shape_are_searched():
    w = seeded().normal(size=(3, 4))
    mu = Finite(np.zeros((1, 3, 4)))
    student = Sloped(w, 0.9 * np.linalg.norm(w))
    worst = Tube(1.0)(mu, student).worst(always(1), n=10, rng=seeded())
    assert worst.high == 0
    assert worst.nu.points.shape == (1, 3, 4)
    assert np.linalg.norm(worst.nu.points) <= 1 + 1e-9


@pytest.mark.parametrize("p", [3, 1.5, np.nextafter(2, 3)])
def test_a_tube_is_of_order_1_2_or_infinity(p):
    with pytest.raises(ValueError, match=f"p must be 1, 2 or inf, got {p}"):
        Tube(1, p=p)


# The attacks' limits


@pytest.mark.parametrize("p", NORMS)
@settings(max_examples=40)
@given(tubes(most=3), st.floats(1, 3))
def test_a_tube_as_wide_as_the_domain_is_everything(p, case, factor):
    _, teacher, student, _, _ = case
    d = student.dimension
    domain = Box([-1.5] * d, [2.0] * d)
    delta = factor * np.linalg.norm(np.full(d, 3.5), ord=p)
    mu = Uniform(Box([0.1] * d, [0.3] * d))
    try:
        everything = Everything(domain)(mu, student).worst(teacher)
    except UndefinedProbabilityError:
        with pytest.raises(UndefinedProbabilityError):
            Tube(delta, p=p, domain=domain)(mu, student).worst(teacher)
        return
    tube = Tube(delta, p=p, domain=domain)(mu, student).worst(teacher)
    assert everything.exact
    assert tube.exact
    assert everything.low == tube.low


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from([0, 1, UNCERTAIN]), st.integers(0, 1)), min_size=1, max_size=6))
def test_on_finitely_many_points_all_limits_are_everything(points):
    labels, answers = (np.array(row) for row in zip(*points, strict=True))
    assume((labels != UNCERTAIN).any())
    x = np.arange(len(labels), dtype=float)[:, None]
    teacher, student = (lambda x, row=row: row[x[:, 0].astype(int)] for row in (labels, answers))
    mu = Finite(x)  # full support
    everything = Everything(x)(mu, student).worst(teacher)
    assert everything.exact
    of_one = []
    for point in x:
        try:
            of_one.append(Single(Finite(point[None]))(mu, student).worst(teacher).low)
        except UndefinedProbabilityError:
            assert teacher(point[None]) == [UNCERTAIN]
    assert min(of_one) == everything.low
    ratio = DensityRatio(2.0**-50)(mu, student).worst(teacher)
    assert ratio.exact
    assert everything.low <= ratio.low <= everything.low + 1e-9


def test_where_mu_has_full_support_any_density_is_everything_in_the_limit():
    for teacher, student in ((STRIPS, DIAGONAL), (QUADRANTS, RISING)):
        everything = Everything(X)(SQUARE, student).worst(teacher).low
        ratio = DensityRatio(2.0**-60)(SQUARE, student).worst(teacher).low
        assert everything <= ratio <= everything + 1e-9
    assert DensityRatio(2.0**-60)(MU, DIAGONAL).worst(STRIPS).low == 1  # and where it has not, it is not
    assert Everything(X)(MU, DIAGONAL).worst(STRIPS).low == 0


def test_the_fast_gradient_is_no_limit_of_that_kind():
    """It carries the two squares of Fig. 3.2 (left) across both boundaries, to where all agree again."""
    assert Everything(Box([-9, -9], [9, 9]))(MU, DIAGONAL).worst(STRIPS).low == 0
    for delta in (4, 6, 8):
        assert FastGradient(delta)(MU, DIAGONAL).worst(STRIPS).low == 1


# The distance


@pytest.mark.parametrize("p", [1, 2, np.inf], ids=str)
def test_the_distance_to_the_support_is_that_to_its_nearest_point(p):
    rng = np.random.default_rng(2021)
    x = rng.uniform(-2, 2, (40, 2))
    squares = Uniform(Box([0.5, 0.5], [1, 1]), Box([-1, -1], [-0.5, -0.5]))
    grid = np.stack(np.meshgrid(np.linspace(0, 0.5, 101), np.linspace(0, 0.5, 101)), -1).reshape(-1, 2)
    support = np.concatenate([grid + 0.5, grid - 1])
    nearest = np.linalg.norm(x[:, None] - support, ord=p, axis=2).min(axis=1)
    assert np.allclose(attacks.Tube(0.1, p).distance(squares, x), nearest, atol=0.006)
    points = Finite(support[::997])
    exactly = np.linalg.norm(x[:, None] - points.points, ord=p, axis=2).min(axis=1)
    assert np.allclose(attacks.Tube(0.1, p).distance(points, x), exactly)


# An attack of one's own


@dataclass(frozen=True)
class Deleting(Attack):
    """All ν that are left of μ when a share of it is deleted: dν/dμ <= 1/(1 - share)."""

    share: Fraction

    def densities(self, of_mu):
        most = 1 / (1 - self.share)
        right = max(Fraction(0), 1 - most * (of_mu.wrong + of_mu.uncertain))
        wrong = min(most * of_mu.wrong, 1 - right)
        parts = ((right, of_mu.right), (wrong, of_mu.wrong), (1 - right - wrong, of_mu.uncertain))
        return tuple(nu / mass if mass else Fraction(1) for nu, mass in parts)

    def worst(self, mu, teacher, student, budget):
        return worst_of_densities(self.densities, mu, teacher, student, budget)


@pytest.mark.parametrize("deleted", range(5))
def test_an_attack_of_one_s_own_is_ten_lines(deleted):
    """On seven points of equal weight: the worst that is left when some are deleted, by trying all of them."""
    mu = Finite(np.arange(7)[:, None])
    labels, answers = np.array([1, 1, 1, 0, 0, -1, -1]), np.array([1, 1, 0, 1, 0, 0, 1])
    teacher, student = (lambda x, row=row: row[x[:, 0].astype(int)] for row in (labels, answers))
    worst = Deleting(Fraction(deleted, 7))(mu, student).worst(teacher)
    left = [list(rows) for rows in combinations(range(7), 7 - deleted) if (labels[list(rows)] >= 0).any()]
    shares = [
        Fraction(int((labels == answers)[rows].sum()), int((labels[rows] >= 0).sum())) for rows in map(np.array, left)
    ]
    assert worst.exact
    assert worst.low == min(shares)
    assert masses(worst.nu, teacher, student).right_given_certain == pytest.approx(float(worst.low))


def test_an_attack_of_one_s_own_can_be_sampled_too():
    attack, student = Deleting(Fraction(1, 10)), DIAGONAL
    exactly = attack(SQUARE, student).worst(STRIPS)
    sampled = attack(Sampled(SQUARE), student).worst(STRIPS, n=4000, rng=seeded(), confidence=1 - SURE)
    assert exactly.low == Fraction(27, 32)
    assert sampled.low < exactly.low < sampled.high < sampled.low + 0.15
    assert adversarial_robustness(attack, SQUARE, STRIPS, student, epsilon=0.2).robust is True
