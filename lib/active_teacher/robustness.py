"""Robustness of a student relative to a teacher, where μ, T and S meet: Definitions 3.1 and 3.2, and equation (3.1).

What is known exactly (see ``exact``) is asked for first; where it is not, n points are drawn with rng.
"""

from collections.abc import Callable
from fractions import Fraction
from numbers import Rational
from typing import cast

from scipy.stats import binomtest

from active_teacher import exact
from active_teacher.checks import Budget, as_count, as_generator, as_points, as_within, ask, draw
from active_teacher.geometry import Box
from active_teacher.labels import UNCERTAIN, Classifier, Family, Generator, Points, Rng
from active_teacher.verdicts import AdversarialRobustness, Estimate, StrongRobustness, UndefinedProbabilityError


def agreement(
    mu: Generator, teacher: Classifier, student: Classifier, *, n: int, rng: Rng, confidence: float = 0.95
) -> Estimate:
    """How often the student agrees with the teacher on points of μ that the teacher is certain about.

    n: how many points to sample; confidence: of the interval, in (0, 1). Raises UndefinedProbabilityError (a
    ValueError) if the teacher is certain about none of the points, TypeError or ValueError for other bad input.
    Source: equation (3.1), for a single distribution.

    >>> from numpy.random import default_rng
    >>> from active_teacher import generators, students, teachers
    >>> mu, T, S = generators.Uniform(Box([-1, -1], [1, 1])), teachers.AxisThreshold(), students.Linear([1, 1])
    >>> print(agreement(mu, T, S, n=2000, rng=default_rng(2021)))
    0.8614, 95% interval [0.8384, 0.8823] (858 of 996 certain points; 2000 sampled)
    """
    confidence = as_within(confidence, "(0, 1)", name="confidence")
    x = draw(mu, n, rng)
    y = ask(teacher, x, role="teacher")
    x, y = x[y != UNCERTAIN], y[y != UNCERTAIN]
    if len(y) == 0:
        raise UndefinedProbabilityError(f"the teacher is certain about none of the {n} sampled points")
    agreed = int((ask(student, x, role="student") == y).sum())
    return Estimate(agreed, len(y), int(n), *clopper_pearson(agreed, len(y), confidence), confidence)


def clopper_pearson(successes: int, trials: int, confidence: float) -> tuple[float, float]:
    """The ends of an interval that covers a probability with this confidence or more, after so many of so many trials.

    successes: 0 .. trials; trials >= 1; confidence: in (0, 1). Raises TypeError or ValueError for any other.

    >>> clopper_pearson(9, 9, 0.95)[1]
    1.0
    """
    trials = as_count(trials, name="trials")
    if as_count(successes, name="successes", least=0) > trials:
        raise ValueError(f"successes must be at most {trials}, the trials, got {successes}")
    interval = binomtest(successes, trials).proportion_ci(as_within(confidence, "(0, 1)", name="confidence"), "exact")
    return float(interval.low), float(interval.high)


def strong_robustness(
    domain: Box | Points | Generator,
    teacher: Classifier,
    student: Classifier,
    *,
    n: int | None = None,
    rng: Rng | None = None,
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
    budget = Budget(n, rng)
    if isinstance(domain, Box):
        if (verdict := exact.on_box(domain, teacher, student)) is not None:
            return verdict
        n, rng = budget.needed()
        if not domain.bounded:
            raise ValueError(f"a search needs a bounded box, got low {domain.low} and high {domain.high}")
        return searched(rng.uniform(domain.low, domain.high, size=(n, domain.dimension)), teacher, student)
    if callable(getattr(domain, "sample", None)):
        return searched(draw(cast(Generator, domain), *budget.needed()), teacher, student)
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
    rng: Rng | None = None,
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
    robust for ε = 0.2: worst agreement 0.875 (exact, of the one distribution, 50% of it certain)
    """
    as_within(epsilon, "(0, 1]", name="epsilon")
    budget = Budget(n, rng, confidence)
    if isinstance(attack, type) or not callable(attack):
        raise TypeError(f"an attack must be a callable (mu, student) -> family, got {attack!r}")
    family = attack(as_generator(mu), student)
    if not callable(getattr(family, "worst", None)):
        raise TypeError(f"an attack must return a family with a method worst(teacher, ...), got {family!r}")
    worst = family.worst(teacher, n=budget.n, rng=budget.rng, confidence=budget.confidence)
    enough = 1 - (Fraction(epsilon) if isinstance(epsilon, Rational) else Fraction(float(epsilon)))
    robust = True if worst.low > enough else False if worst.high <= enough else None
    return AdversarialRobustness(robust, epsilon, worst)
