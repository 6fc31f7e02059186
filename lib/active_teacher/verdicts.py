"""What is found out: how often student and teacher agree, and whether the student is robust, with how that is known.

Whatever is exact is a ``Fraction`` or says ``exact``; whatever is sampled says how many points it saw.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from active_teacher.labels import Generator, name_of


class UndefinedProbabilityError(ValueError):
    """A probability given that the teacher is certain, under a distribution by which it never is."""


@dataclass(frozen=True)
class Masses:
    """How much of a distribution lies where the teacher is certain and the student right, or wrong, and where it is U.

    The three sum to 1. Raises TypeError or ValueError for any other.

    >>> Masses(Fraction(7, 16), Fraction(1, 16), Fraction(1, 2)).right_given_certain
    Fraction(7, 8)
    """

    right: Fraction
    wrong: Fraction
    uncertain: Fraction

    def __post_init__(self) -> None:
        parts = (self.right, self.wrong, self.uncertain)
        if not all(isinstance(part, Fraction) for part in parts):
            raise TypeError(f"masses must be fractions, got {parts}")
        if min(parts) < 0 or sum(parts) != 1:
            raise ValueError(f"masses must be nonnegative and sum to 1, got {', '.join(map(str, parts))}")

    @property
    def right_given_certain(self) -> Fraction:
        """P(T(x) = S(x) | T is certain of x). Raises UndefinedProbabilityError where the teacher never is."""
        if self.right + self.wrong == 0:
            raise UndefinedProbabilityError("the teacher is certain of nothing here: the agreement is undefined")
        return self.right / (self.right + self.wrong)

    def reweighted(self, densities: tuple[Fraction, Fraction, Fraction]) -> "Masses":
        """The masses of the distribution that has these densities where this one is right, wrong and uncertain.

        Raises TypeError or ValueError if they are no fractions, or nothing of sum 1 comes out.
        """
        if not isinstance(densities, tuple) or len(densities) != 3:
            raise TypeError(f"densities must be three fractions, got {densities!r}")
        return Masses(densities[0] * self.right, densities[1] * self.wrong, densities[2] * self.uncertain)


@dataclass(frozen=True)
class Estimate:
    """P(T(x) = S(x) | T is certain of x), estimated from a sample (the probability in equation (3.1)).

    agreed of ``certain`` points that the teacher was certain about, out of ``sampled`` points;
    [low, high]: the Clopper–Pearson interval, which covers the true value with probability ``confidence`` or more.
    """

    agreed: int
    certain: int
    sampled: int
    low: float
    high: float
    confidence: float

    @property
    def value(self) -> float:
        """The estimate: the share of the certain points on which student and teacher agree."""
        return self.agreed / self.certain

    def __str__(self) -> str:
        interval = f"{100 * self.confidence:.6g}% interval [{self.low:.4f}, {self.high:.4f}]"
        return f"{self.value:.4f}, {interval} ({self.agreed} of {self.certain} certain points; {self.sampled} sampled)"


@dataclass(frozen=True, eq=False)
class Verdict:
    """Whether a student is robust: True, False, or None where it is undecided.

    Raises TypeError where it is used as a condition: ask for its ``robust``.
    """

    robust: bool | None

    def __bool__(self) -> bool:
        raise TypeError("a verdict may be True, False or undecided (None): ask for its .robust")


@dataclass(frozen=True, eq=False)
class StrongRobustness(Verdict):
    """Whether a student is strongly adversarially robust (Definition 3.1), and how that is known.

    robust: True, False, or None where a search found no counterexample, which proves nothing.
    exact: whether the verdict is proven, by a witness or by accounting for every certain point; asked: how many points
    the two were asked about; given: of how many points it speaks, or None if of a whole region.
    witness: a certain point on which they differ, with the teacher's and the student's answer; None if there is none.
    classes: how many there are, which decides how it writes them. As a condition it raises TypeError: see ``Verdict``.
    """

    exact: bool
    asked: int
    witness: NDArray[Any] | None = None
    teacher_says: int | None = None
    student_says: int | None = None
    classes: int = 2
    given: int | None = None

    def __str__(self) -> str:
        if self.robust:
            of_these = f" on these {self.given} points, {self.asked} of them certain"
            return f"strongly robust{'' if self.given is None else of_these} (exact)"
        if self.teacher_says is None or self.student_says is None:
            return f"undecided: no counterexample among {self.asked} certain points"
        point = np.array2string(np.asarray(self.witness).ravel(), precision=3, separator=", ", threshold=6)
        said, answered = (name_of(label, classes=self.classes) for label in (self.teacher_says, self.student_says))
        return f"not strongly robust: at {point} the teacher says {said}, the student {answered}"


@dataclass(frozen=True, eq=False)
class WorstCase:
    """The infimum in (3.1), over a family of distributions: it lies in [low, high].

    how: where that comes from, in words; nu: a distribution of the family at which the agreement is no more than high
    (estimated, if that is), None if no such is known.

    >>> print(WorstCase(Fraction(7, 8), Fraction(7, 8), "by hand"))
    worst agreement 0.875 (by hand)
    """

    low: Fraction | float
    high: Fraction | float
    how: str
    nu: Generator | None = None

    @property
    def exact(self) -> bool:
        """Whether the infimum is known, and not an interval that holds it."""
        return self.low == self.high

    def __str__(self) -> str:
        where = f"{float(self.low):.4g}" if self.exact else f"between {float(self.low):.4g} and {float(self.high):.4g}"
        return f"worst agreement {where} ({self.how})"


@dataclass(frozen=True, eq=False)
class AdversarialRobustness(Verdict):
    """Whether a student is (𝒜, μ, ε)-adversarially robust (Definition 3.2), and how that is known.

    robust: True, False, or None where the interval of the worst case holds 1 - epsilon.
    As a condition it raises TypeError: see ``Verdict``.
    """

    epsilon: float
    worst: WorstCase

    def __str__(self) -> str:
        verdict = {True: "robust", False: "not robust", None: "undecided at this sample size"}[self.robust]
        return f"{verdict} for ε = {float(self.epsilon):g}: {self.worst}"
