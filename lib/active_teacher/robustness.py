"""Robustness of a student relative to a teacher, where μ, T and S meet: Definitions 3.1 and 3.2, and equation (3.1).

What is known exactly (see ``exact``) is asked for first; where it is not, n points are drawn with rng.
"""

from collections.abc import Callable
from fractions import Fraction
from numbers import Rational

import numpy as np
from scipy.stats import binomtest

from active_teacher import exact
from active_teacher.checks import as_budget, as_generator, as_needed, as_points, as_within, ask, certain, draw
from active_teacher.geometry import Box
from active_teacher.labels import Classifier, Family, Generator, Points
from active_teacher.verdicts import (
    AdversarialRobustness,
    Estimate,
    Masses,
    MassesBetween,
    StrongRobustness,
    UndefinedProbabilityError,
)


def agreement(
    mu: Generator,
    teacher: Classifier,
    student: Classifier,
    *,
    n: int,
    rng: np.random.Generator,
    confidence: float = 0.95,
) -> Estimate:
    """How often the student agrees with the teacher on points of μ that the teacher is certain about.

    n: how many points to sample; confidence: of the interval, in (0, 1). Raises UndefinedProbabilityError (a
    ValueError) if the teacher is certain about none of the points, TypeError or ValueError for other bad input.
    Source: equation (3.1), for a single distribution.

    >>> from active_teacher import generators, students, teachers
    >>> mu, T, S = generators.Uniform(Box([-1, -1], [1, 1])), teachers.AxisThreshold(), students.Linear([1, 1])
    >>> print(agreement(mu, T, S, n=2000, rng=np.random.default_rng(2021)))
    0.8614, 95% interval [0.8384, 0.8823] (858 of 996 certain points; 2000 sampled)
    """
    confidence = as_within(confidence, "(0, 1)", name="confidence")
    x = draw(mu, n, rng)
    y = ask(teacher, x, role="teacher")
    sure = certain(y)
    if not sure.any():
        raise UndefinedProbabilityError(
            f"the teacher is certain about none of the {n} sampled points: agreement given certainty is undefined"
        )
    agreed = int((ask(student, x[sure], role="student") == y[sure]).sum())
    low, high = _interval(agreed, int(sure.sum()), confidence)
    return Estimate(agreed, int(sure.sum()), len(x), low, high, confidence)


def masses_between(
    mu: Generator,
    teacher: Classifier,
    student: Classifier,
    *,
    n: int,
    rng: np.random.Generator,
    confidence: float = 0.95,
) -> MassesBetween:
    """The masses of μ that are right, wrong and uncertain, from a sample, with two intervals that hold together.

    They are those of the certain share and of the right share among the certain: what rises with both lies, with the
    given confidence, between what it is at ``low`` and what it is at ``high``. Arguments and errors: as ``agreement``.

    >>> from active_teacher import generators, students, teachers
    >>> mu, T, S = generators.Uniform(Box([-1, -1], [1, 1])), teachers.AxisThreshold(), students.Linear([1, 1])
    >>> masses_between(mu, T, S, n=9, rng=np.random.default_rng(2021)).value
    Masses(right=Fraction(1, 3), wrong=Fraction(1, 9), uncertain=Fraction(5, 9))
    """
    found = agreement(mu, teacher, student, n=n, rng=rng, confidence=confidence)
    each = 1 - (1 - found.confidence) / 2
    right, sure = _interval(found.agreed, found.certain, each), _interval(found.certain, found.sampled, each)
    counts = (found.agreed, found.certain - found.agreed, found.sampled - found.certain)
    ends = [(Fraction(r), Fraction(s)) for r, s in zip(right, sure, strict=True)]
    low, high = (Masses(r * s, s - r * s, 1 - s) for r, s in ends)
    return MassesBetween(Masses(*(Fraction(k, found.sampled) for k in counts)), low, high, found.sampled, confidence)


def _interval(successes: int, trials: int, confidence: float) -> tuple[float, float]:
    """The interval of Clopper and Pearson."""
    interval = binomtest(successes, trials).proportion_ci(confidence_level=confidence, method="exact")
    return float(interval.low), float(interval.high)


def strong_robustness(
    domain: Box | Points | Generator,
    teacher: Classifier,
    student: Classifier,
    *,
    n: int | None = None,
    rng: np.random.Generator | None = None,
) -> StrongRobustness:
    """Whether S(x) = T(x) for every x of the domain that T is certain about (Definition 3.1).

    domain: what x ranges over. Points, (m, ...): each is asked, so the verdict is exact. A ``Box``: exact for a linear
    student and a teacher who is certain on boxes or half spaces, else searched by n uniform points drawn with rng.
    A generator: searched by n of its points. A search ends in a witness or in "no counterexample among these points".
    The teacher is asked once about each point, so a stochastic one is judged by one draw.
    Raises UndefinedProbabilityError if the teacher was certain about no point of the domain, TypeError or ValueError
    for bad input, and TypeError if a search is needed but n or rng is missing.

    >>> from active_teacher import students, teachers
    >>> print(strong_robustness(Box([-1, -1], [1, 1]), teachers.AxisThreshold(), students.Linear([1, 1])))
    not strongly robust: at [ 0.5, -1. ] the teacher says A, the student B
    """
    n, rng = as_budget(n, rng)
    if isinstance(domain, Box):
        if (verdict := exact.on_box(domain, teacher, student)) is not None:
            return verdict
        n, rng = as_needed(n, rng)
        if not domain.bounded:
            raise ValueError(f"a search needs a bounded box, got low {domain.low} and high {domain.high}")
        return searched(rng.uniform(domain.low, domain.high, size=(n, domain.dimension)), teacher, student)
    if callable(getattr(domain, "sample", None)):
        return searched(draw(as_generator(domain), *as_needed(n, rng)), teacher, student)
    return exact.on_points(as_points(domain, name="domain"), teacher, student)


def searched(x: Points, teacher: Classifier, student: Classifier) -> StrongRobustness:
    """The verdict that some points of a domain allow: a counterexample, or nothing. Errors: as ``exact.on_points``.

    >>> print(searched([[1], [2]], lambda x: [1, 1], lambda x: [1, 1]))
    undecided: no counterexample among 2 certain points
    """
    verdict = exact.on_points(x, teacher, student)
    return StrongRobustness(None, False, verdict.asked) if verdict.robust else verdict


def adversarial_robustness(
    attack: Callable[[Generator, Classifier], Family],
    mu: Generator,
    teacher: Classifier,
    student: Classifier,
    *,
    epsilon: float,
    n: int | None = None,
    rng: np.random.Generator | None = None,
    confidence: float = 0.95,
) -> AdversarialRobustness:
    """Whether inf P_ν(T(x) = S(x) | T certain of x) > 1 - epsilon over the attack's distributions ν (Definition 3.2).

    attack: maps (mu, student) to a family of distributions, such as those in ``attacks``; epsilon: in (0, 1].
    n, rng: points to sample or search, where the worst case is not known exactly; confidence: of the interval then.
    Distributions under which the teacher is certain of nothing are left out. Raises UndefinedProbabilityError if that
    leaves none, and TypeError or ValueError for bad input or a missing n or rng. Source: equation (3.1).

    >>> from active_teacher import attacks, generators, students, teachers
    >>> mu, T, S = generators.Uniform(Box([-1, -1], [1, 1])), teachers.AxisThreshold(), students.Linear([1, 1])
    >>> print(adversarial_robustness(attacks.Single(mu), mu, T, S, epsilon=0.2))
    robust for ε = 0.2: worst agreement 0.875 (exact, of the one distribution there is)
    """
    as_within(epsilon, "(0, 1]", name="epsilon")
    n, rng = as_budget(n, rng)
    confidence = as_within(confidence, "(0, 1)", name="confidence")
    if isinstance(attack, type) or not callable(attack):
        raise TypeError(f"an attack must be a callable (mu, student) -> family, got {attack!r}")
    family = attack(as_generator(mu), student)
    if not callable(getattr(family, "worst", None)):
        raise TypeError(f"an attack must return a family with a method worst(teacher, ...), got {family!r}")
    worst = family.worst(teacher, n=n, rng=rng, confidence=confidence)
    enough = 1 - (Fraction(epsilon) if isinstance(epsilon, Rational) else Fraction(float(epsilon)))
    robust = True if worst.low > enough else False if worst.high <= enough else None
    return AdversarialRobustness(robust, epsilon, worst)
