"""Attacks, the paper's 𝒜: maps from a data generator and a student to a family of distributions (Definition 3.2).

``attack(mu, student)`` is a family; ``family.worst(teacher)`` is the infimum of the agreement over it, and says how it
is known. The attacks are those of section 3.2: a single distribution, the l_p tube, the density-ratio ball, the fast
gradient, and all distributions. A new one is a class with a method ``worst``: see ``Attack``.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from active_teacher import exact
from active_teacher.checks import (
    ANSWERS,
    Budget,
    as_at_least,
    as_budget,
    as_callable,
    as_flag,
    as_generator,
    as_points,
    as_within,
    ask,
)
from active_teacher.generators import Finite, PushForward
from active_teacher.geometry import Box
from active_teacher.labels import Classifier, DifferentiableStudent, Generator, Points, Rng
from active_teacher.machinery import pushes, tubes
from active_teacher.machinery.gradients import along_lead, moved, unit
from active_teacher.machinery.reweighting import Densities, masses_between, reweighted
from active_teacher.robustness import agreement, strong_robustness
from active_teacher.verdicts import Masses, StrongRobustness, WorstCase


def _of_one(known: Masses, nu: Generator) -> WorstCase:
    share = f"{float(100 * (known.right + known.wrong)):.3g}%"
    how = f"exact, of the one distribution, {share} of it certain"
    return WorstCase(known.right_given_certain, known.right_given_certain, how, nu)


@dataclass(frozen=True, eq=False)
class AttackFamily:
    """The distributions that an attack makes of a data generator and a student, 𝒫 = 𝒜(μ, S). Errors: see ``worst``."""

    attack: "Attack"
    mu: Generator
    student: Classifier

    def worst(
        self, teacher: Classifier, *, n: int | None = None, rng: Rng | None = None, confidence: float = 0.95
    ) -> WorstCase:
        """The infimum of P_ν(T = S | T certain) over the ν of the family (equation (3.1)).

        n, rng: points to sample or search, needed where it is not known exactly; confidence: of the interval then.
        Distributions under which the teacher is certain of nothing are left out; raises UndefinedProbabilityError if
        that leaves none, and TypeError or ValueError for bad input or a missing n or rng.
        """
        return self.attack.worst(self.mu, teacher, self.student, Budget(n, rng, confidence))


class Attack(ABC):
    """What all attacks share: called with a data generator and a student, it returns its family. Errors: see there.

    A new attack says what its worst case is, by ``worst_of_one``, ``worst_of_verdict`` or ``worst_of_densities``:

    >>> class Mirror(Attack):
    ...     def worst(self, mu, teacher, student, budget):
    ...         return worst_of_one(PushForward(mu, np.negative), teacher, student, budget)
    >>> family = Mirror()(Finite([[1], [2]]), lambda x: np.ones(len(x), int))
    >>> print(family.worst(lambda x: np.where(x[:, 0] > -2, 1, 0), n=20, rng=np.random.default_rng(2021)))
    worst agreement between 0.1912 and 0.6395 (95% interval from 20 certain of 20 points of the one distribution)
    """

    def __call__(self, mu: Generator, student: Classifier) -> AttackFamily:
        """The family of distributions. Raises TypeError if mu can't sample or the student can't be called."""
        as_callable(student, ANSWERS, name="the student")
        return AttackFamily(self, as_generator(mu, name="mu"), student)

    @abstractmethod
    def worst(self, mu: Generator, teacher: Classifier, student: Classifier, budget: Budget) -> WorstCase:
        """The infimum of P_ν(T = S | T certain) over this attack's ν. Errors: as ``AttackFamily.worst``."""


def worst_of_one(nu: Generator, teacher: Classifier, student: Classifier, budget: Budget) -> WorstCase:
    """The worst case of a family of one distribution: its agreement. Errors: as ``AttackFamily.worst``.

    >>> print(worst_of_one(Finite([[1], [3]]), lambda x: [1, 1], lambda x: [1, 0], Budget()))
    worst agreement 0.5 (exact, of the one distribution, 100% of it certain)
    """
    if (known := exact.masses(nu, teacher, student)) is not None:
        return _of_one(known, nu)
    n, rng = as_budget(budget).needed()
    found = agreement(nu, teacher, student, n=n, rng=rng, confidence=budget.confidence)
    how = f"{100 * found.confidence:.6g}% interval from {found.certain} certain of {n} points of the one distribution"
    return WorstCase(found.low, found.high, how, nu)


def worst_of_verdict(verdict: StrongRobustness, where: str) -> WorstCase:
    """Where a family holds every point mass of a set, the infimum is 0 or 1: one adversarial example decides.

    verdict: on that set; where: the set, in words. Raises TypeError if verdict is none.

    >>> print(worst_of_verdict(strong_robustness([[1], [3]], lambda x: [1, 1], lambda x: [1, 0]), "in X"))
    worst agreement 0 (exact: the point mass at an adversarial example in X)
    """
    if not isinstance(verdict, StrongRobustness):
        raise TypeError(f"verdict must be a StrongRobustness, got {verdict!r}")
    if verdict.robust:
        return WorstCase(Fraction(1), Fraction(1), f"exact: no adversarial example {where}")
    if verdict.robust is None:
        how = f"no adversarial example {where} among {verdict.asked} certain points"
        return WorstCase(Fraction(0), Fraction(1), how)
    how = f"exact: the point mass at an adversarial example {where}"
    return WorstCase(Fraction(0), Fraction(0), how, Finite(np.asarray(verdict.witness)[None]))


def worst_of_densities(
    densities: Callable[[Masses], Densities], mu: Generator, teacher: Classifier, student: Classifier, budget: Budget
) -> WorstCase:
    """The worst case of a family of reweighted μ, where the worst densities are known for any masses of μ.

    densities: from masses to dν/dμ where they are right, wrong and uncertain. The agreement that these leave must rise
    with that of μ and with its certain share, so that an interval for it is made of intervals for both.
    Raises TypeError if it can't be called, else as ``AttackFamily.worst``.

    >>> mu, halved = Finite([[1], [2], [3]]), DensityRatio(0.5).densities
    >>> worst_of_densities(halved, mu, lambda x: [1, 1, 1], lambda x: [1, 1, 0], Budget()).low
    Fraction(1, 3)
    """
    as_callable(densities, "of masses -> three densities", name="densities")

    def share(of_mu: Masses) -> Fraction:
        return of_mu.reweighted(densities(of_mu)).right_given_certain

    if (known := exact.masses(mu, teacher, student)) is not None:
        nu = reweighted(mu, teacher, student, densities(known))
        return WorstCase(share(known), share(known), "exact, from the masses of right, wrong and uncertain", nu)
    found = masses_between(mu, teacher, student, budget)
    how = f"{100 * budget.confidence:.6g}% interval from the right, wrong and uncertain among {budget.n} points"
    nu = reweighted(mu, teacher, student, densities(found.value))
    return WorstCase(float(share(found.low)), float(share(found.high)), how, nu)


@dataclass(frozen=True, eq=False)
class Single(Attack):
    """The attack that returns one distribution ν whatever μ and S are, as in Theorem 4.2 and Example 4.2.

    nu: a generator. Raises TypeError if it can't sample; its worst case is undefined if ν gives the certain region no
    mass. Known exactly for finitely many points, and for uniform ν on boxes as ``exact.masses`` says.

    >>> family = Single(Finite([[1], [3]]))(mu=Finite([[0]]), student=lambda x: [1, 0])
    >>> family.worst(lambda x: [1, 1]).low
    Fraction(1, 2)
    """

    nu: Generator

    def __post_init__(self) -> None:
        as_generator(self.nu, name="nu")

    def worst(self, mu: Generator, teacher: Classifier, student: Classifier, budget: Budget) -> WorstCase:
        """The agreement under ν. Errors: as ``AttackFamily.worst``."""
        return worst_of_one(self.nu, teacher, student, budget)


@dataclass(frozen=True, eq=False)
class Everything(Attack):
    """The attack that returns all distributions on X: robustness against it is Definition 3.1 (section 3.2, its end).

    domain: X, a ``Box`` or points (m, ...). The infimum is 0 or 1, whatever epsilon is: see ``strong_robustness``.
    Raises TypeError or ValueError for any other domain.

    >>> family = Everything([[1], [3]])(mu=Finite([[0]]), student=lambda x: [1, 0])
    >>> family.worst(lambda x: [1, 1]).nu.points
    array([[3.]])
    """

    domain: Any

    def __post_init__(self) -> None:
        if not isinstance(self.domain, Box):
            vars(self).update(domain=as_points(self.domain, name="domain"))

    def worst(self, mu: Generator, teacher: Classifier, student: Classifier, budget: Budget) -> WorstCase:
        """0 or 1, by Definition 3.1. Errors: as ``AttackFamily.worst``."""
        return worst_of_verdict(
            strong_robustness(self.domain, teacher, student, n=as_budget(budget).n, rng=budget.rng), "in X"
        )


@dataclass(frozen=True, eq=False)
class DensityRatio(Attack):
    """All ν with c <= dν/dμ <= 1/c (section 3.2, the second attack). c: in (0, 1]; 1 leaves μ alone.

    Raises TypeError or ValueError for any other c.

    >>> DensityRatio(0.5).worst_agreement(Masses(Fraction(7, 16), Fraction(1, 16), Fraction(1, 2)))
    Fraction(7, 11)
    """

    c: float

    def __post_init__(self) -> None:
        as_within(self.c, "(0, 1]", name="c")

    def densities(self, of_mu: Masses) -> Densities:
        """The worst dν/dμ: its values where the teacher is certain and the student right, wrong, and where T says U.

        The agreement rises with ν's right mass R and falls with its wrong mass W, so the worst ν has little R and much
        W. R + W + U = 1 with each between c and 1/c times what μ gives it, so if too little mass is left for the
        uncertain region, W gives way; if too much, R grows. A part of mass 0 has density 1.
        Raises TypeError if of_mu are no ``Masses``.
        """
        if not isinstance(of_mu, Masses):
            raise TypeError(f"of_mu must be Masses, got {of_mu!r}")
        c = Fraction(float(self.c))
        right, wrong, uncertain = of_mu.right, of_mu.wrong, of_mu.uncertain
        least_right = max(c * right, 1 - (wrong + uncertain) / c)
        most_wrong = min(wrong / c, 1 - c * (right + uncertain))
        parts = [(least_right, right), (most_wrong, wrong), (1 - least_right - most_wrong, uncertain)]
        ratios = [nu / mass if mass else Fraction(1) for nu, mass in parts]
        assert sum(nu for nu, _ in parts) == 1
        assert all(c <= ratio <= 1 / c for ratio in ratios)
        return ratios[0], ratios[1], ratios[2]

    def worst_agreement(self, of_mu: Masses) -> Fraction:
        """The least agreement of a ν of the family, exactly.

        Raises UndefinedProbabilityError if T is never certain, and TypeError if of_mu are no ``Masses``.
        """
        densities = self.densities(of_mu)
        return of_mu.reweighted(densities).right_given_certain

    def worst(self, mu: Generator, teacher: Classifier, student: Classifier, budget: Budget) -> WorstCase:
        """The least agreement, by the worst densities. Errors: as ``AttackFamily.worst``."""
        return worst_of_densities(self.densities, mu, teacher, student, budget)


@dataclass(frozen=True, eq=False)
class FastGradient(Attack):
    """The push-forward Γ#μ, where Γ moves each point by delta along the gradient g of the student: x ± delta g/‖g‖_2.

    delta >= 0. away: True moves it so that the student's own answer loses its lead, as attacks do. False is the paper's
    formula as printed, x + delta g/‖g‖ with g = ∂S/∂x: towards class 1 from wherever it is (two classes only). Where
    g = 0 there is no direction, and the point stays. Known exactly for a linear student and uniform μ on boxes (up to
    the rounding of the step), and for finitely many points. Source: section 3.2, the third attack.
    Raises TypeError or ValueError for any other; on use, TypeError for a student without gradient.

    >>> from active_teacher.students import Linear
    >>> FastGradient(5).gamma(Linear([3, 4]))([[1, 1], [-1, -1]])
    array([[-2., -3.],
           [ 2.,  3.]])
    """

    delta: float
    away: bool = True

    def __post_init__(self) -> None:
        as_at_least(self.delta, 0, name="delta")
        as_flag(self.away, name="away")

    def gamma(self, student: DifferentiableStudent) -> Callable[[Points], Points]:
        """Γ for this student: maps (n, ...) points to (n, ...). Raises TypeError for a student without gradient."""
        if isinstance(student, type) or not isinstance(student, DifferentiableStudent):
            raise TypeError(f"the fast gradient needs a student with a method gradient(x), got {student!r}")

        def push(x: Points) -> Points:
            x = as_points(x)
            sign = np.full(len(x), -1.0)  # down the student's lead
            if not self.away:
                answer = ask(student, x, role="student")
                if answer.max() > 1:
                    raise ValueError(f"the formula as printed needs two classes, got the answer {answer.max()}")
                sign[answer == 1] = 1.0  # up the score, which is the lead of class 1
            return moved(x, self.delta * unit(along_lead(student, x, sign)), budget=self.delta, p=2)

        return push

    def worst(self, mu: Generator, teacher: Classifier, student: Classifier, budget: Budget) -> WorstCase:
        """The agreement under Γ#μ. Errors: as ``AttackFamily.worst``, and TypeError for a student without gradient."""
        gamma = self.gamma(student)  # type: ignore[arg-type]
        if type(mu) is Finite:
            return worst_of_one(Finite(gamma(mu.points), mu.weights), teacher, student, budget)
        nu = PushForward(mu, gamma)
        if (known := pushes.masses(mu, teacher, student, delta=self.delta, away=self.away)) is None:
            return worst_of_one(nu, teacher, student, budget)
        return _of_one(known, nu)


@dataclass(frozen=True, eq=False)
class Tube(Attack):
    """All ν whose support lies within l_p distance delta of the support of μ (section 3.2, the first attack).

    delta >= 0; p: 1, 2 or ``np.inf``; domain: X, a ``Box``, or None for all of R^d. As ν may be a point mass, the
    infimum is 0 if there is an adversarial example in the tube and 1 if there is none, whatever epsilon is.
    Known exactly for a linear student, a teacher certain on boxes or half spaces, and a μ on boxes or finitely many
    points: for p = inf the tube of a box is a box, for p = 1 and 2 the worst point of each region solves a convex
    program (a verdict that hinges on a millionth of the tube's widest side is left undecided). Else n points of μ are
    pushed about, up to the domain's sides: at random, and by projected gradient if the student has a gradient.
    Raises TypeError or ValueError for any other delta, p and domain.

    >>> from active_teacher import students, teachers
    >>> mu, T, S = Finite([[0.5, 0.5]]), teachers.AxisThreshold(), students.Linear([1, 1])
    >>> [float(Tube(delta)(mu, S).worst(T).low) for delta in (0.99, 1.01)]
    [1.0, 0.0]
    """

    delta: float
    p: float = 2
    domain: Box | None = None

    def __post_init__(self) -> None:
        tubes.as_reach(self.delta, self.p, self.domain)

    def distance(self, mu: Generator, x: Points) -> NDArray[np.float64]:
        """How far each point is from the support of μ in l_p; it lies in the tube if that is at most delta.

        mu: on boxes, or finitely many points; x: (n, d). Returns (n,). Raises TypeError or ValueError for any other.
        """
        if not (support := tubes.support(mu)):
            raise TypeError(f"the support must be known as boxes or points (m, d), got {mu!r}")
        return np.asarray(np.min([tubes.distance(x, near, p=self.p) for near in support], axis=0))

    def worst(self, mu: Generator, teacher: Classifier, student: Classifier, budget: Budget) -> WorstCase:
        """0 or 1, by the worst point of the tube, or in between after a search. Errors: as ``AttackFamily.worst``."""
        delta, p, domain = self.delta, self.p, self.domain
        if (known := tubes.decided(mu, teacher, student, delta=delta, p=p, domain=domain)) is None:
            n, rng = as_budget(budget).needed()
            found = tubes.searched(mu, teacher, student, delta=delta, p=p, domain=domain, n=n, rng=rng)
            return worst_of_verdict(found, "in the tube")
        if known.robust is None:
            return WorstCase(Fraction(0), Fraction(1), "an adversarial example in the tube is too near to call")
        return worst_of_verdict(known, "in the tube")
