"""Robustness of a student relative to a teacher: where μ, T and S meet.

Whatever is exact is a ``Fraction`` or a verdict with ``exact=True``; whatever is sampled says how many points it saw.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from active_teacher.boxes import Box
from active_teacher.labels import (
    Classifier,
    Generator,
    Labels,
    Points,
    as_count,
    as_order,
    as_points,
    as_real,
    as_rng,
    ask,
    certain,
)


@runtime_checkable
class BoxTeacher(Protocol):
    """A teacher whose certain region within a box is a union of boxes, such as a threshold on one axis."""

    def __call__(self, x: Points) -> Labels:
        """The labels of the points."""
        ...

    def certain_boxes(self, domain: Box) -> list[tuple[int, Box]]:
        """Disjoint boxes with their labels."""
        ...


@runtime_checkable
class LinearStudent(Protocol):
    """A student whose answer is decided by half spaces, such as ``students.Linear``."""

    def __call__(self, x: Points) -> Labels:
        """The labels of the points."""
        ...

    @property
    def classes(self) -> int:
        """The number of classes, K."""
        ...

    def conditions(self, label: int) -> list[tuple[NDArray[np.float64], float, bool]]:
        """The half spaces (w, b, strict) whose intersection is where the student answers ``label``."""
        ...

    def dual_norm(self, p: float) -> float:
        """How far the score moves, at most, for a unit of l_p distance."""
        ...


@runtime_checkable
class BoxGenerator(Protocol):
    """A generator that is uniform on a union of boxes, such as ``generators.Uniform``."""

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The support, as disjoint bounded boxes."""
        ...


class UndefinedProbabilityError(ValueError):
    """A probability given that the teacher is certain, under a distribution by which it never is."""


@dataclass(frozen=True)
class Agreement:
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
        return (
            f"{self.value:.4f}, {self.confidence:.0%} interval [{self.low:.4f}, {self.high:.4f}]"
            f" ({self.agreed} of {self.certain} certain points; {self.sampled} sampled)"
        )


def agreement(
    mu: Generator,
    teacher: Classifier,
    student: Classifier,
    *,
    n: int,
    rng: np.random.Generator,
    confidence: float = 0.95,
) -> Agreement:
    """How often the student agrees with the teacher on points of μ that the teacher is certain about.

    n: how many points to sample; confidence: of the interval, in (0, 1). Raises UndefinedProbabilityError (a
    ValueError) if the teacher is certain about none of the points, TypeError or ValueError for other bad input.
    Source: equation (3.1), for a single distribution.
    """
    n, rng = as_count(n), as_rng(rng)
    if not 0 < as_real(confidence, name="confidence") < 1:
        raise ValueError(f"confidence must lie in (0, 1), got {confidence}")
    x = _sample(mu, n, rng)
    y = ask(teacher, x, role="teacher")
    sure = certain(y)
    seen = int(sure.sum())
    if seen == 0:
        raise UndefinedProbabilityError(
            f"the teacher is certain about none of the {n} sampled points: agreement given certainty is undefined"
        )
    agreed = int((ask(student, x[sure], role="student") == y[sure]).sum())
    interval = binomtest(agreed, seen).proportion_ci(confidence_level=confidence, method="exact")
    return Agreement(agreed, seen, n, float(interval.low), float(interval.high), float(confidence))


def _sample(mu: Generator, n: int, rng: np.random.Generator) -> Points:
    if isinstance(mu, type) or not callable(getattr(mu, "sample", None)):
        raise TypeError(f"a data generator needs a method sample(n, rng), got {mu!r}")
    x = as_points(mu.sample(n, rng), name="the generator's sample")
    if len(x) != n:
        raise ValueError(f"the generator was asked for {n} points and returned {len(x)}")
    return x


def adversarial_error(
    mu: BoxGenerator, teacher: BoxTeacher, student: LinearStudent, *, epsilon: float = 0.0, p: float = 2
) -> Fraction:
    """The share of certain points of μ that the student gets wrong somewhere within l_p distance epsilon, exactly.

    With epsilon = 0 it is the student's error given certainty, 1 - P(T = S | certain); with epsilon > 0 it is the
    adversarial loss (1.1) for the loss that counts mistakes, given certainty. mu: uniform on boxes; teacher: certain
    on boxes; student: linear, two classes. Exact in the floats given (for epsilon > 0, up to the rounding of ‖w‖_q).
    Raises TypeError for other kinds (estimate theirs by ``agreement``), UndefinedProbabilityError if the teacher is
    certain of no part of μ, ValueError for epsilon < 0 or p < 1.
    """
    if as_real(epsilon, name="epsilon") < 0:
        raise ValueError(f"epsilon must be at least 0, got {epsilon}")
    p = as_order(p)
    _check_kinds(teacher, student)
    parts = _certain_parts(mu, teacher)
    total = sum((box.volume for _, box in parts), start=Fraction(0))
    if total == 0:
        raise UndefinedProbabilityError(
            "the teacher is certain about no part of μ: the error given certainty is undefined"
        )
    reach = epsilon * student.dual_norm(p) if epsilon else 0.0
    wrong = Fraction(0)
    for label, box in parts:
        w, b, strict = student.conditions(label)[0]
        always_0 = not w.any() and b == 0  # else the score is 0 on a set of volume 0
        wrong += box.volume if always_0 and strict else box.volume_below(w, b - reach)
    return wrong / total


def margin(mu: BoxGenerator, teacher: BoxTeacher, student: LinearStudent, *, p: float = 2) -> float:
    """The largest l_p distance by which every certain point of μ's support may move before the student errs.

    Negative, by the distance of the worst point from the right side, if the student errs on the support already.
    mu, teacher, student, p and errors: as ``adversarial_error``. Source: section 3.3.
    """
    _check_kinds(teacher, student)
    parts = _certain_parts(mu, teacher)
    if not parts:
        raise UndefinedProbabilityError("the teacher is certain about no part of μ: it has no margin there")
    norm = student.dual_norm(p)
    least = min(_least(box, *student.conditions(label)[0][:2])[0] for label, box in parts)
    return as_real(least, name="the least score") / norm


def _check_kinds(teacher: Any, student: Any) -> None:
    if not isinstance(teacher, BoxTeacher):
        raise TypeError(f"an exact answer needs a teacher with certain_boxes(domain), got {teacher!r}")
    if not isinstance(student, LinearStudent) or student.classes != 2:
        raise TypeError(f"an exact answer needs a linear student of two classes, got {student!r}")


def _certain_parts(mu: BoxGenerator, teacher: BoxTeacher) -> list[tuple[int, Box]]:
    if not isinstance(mu, BoxGenerator):
        raise TypeError(f"an exact answer needs a generator that is uniform on boxes, got {mu!r}")
    parts = [part for box in mu.boxes for part in teacher.certain_boxes(box)]
    if unknown := sorted({label for label, _ in parts if label > 1}):
        raise ValueError(f"a student of two classes was given a teacher of more: labels {unknown}")
    return parts


@dataclass(frozen=True, eq=False)
class StrongRobustness:
    """Whether a student is strongly adversarially robust (Definition 3.1), and how that is known.

    robust: True, False, or None where a search found no counterexample, which proves nothing.
    exact: whether every certain point was accounted for; asked: how many points the two were asked about.
    witness: a certain point on which they differ, with the teacher's and the student's answer; None if there is none.
    Raises TypeError where it is used as a condition: ask for its ``robust``, which may be undecided.
    """

    robust: bool | None
    exact: bool
    asked: int
    witness: NDArray[Any] | None = None
    teacher_says: int | None = None
    student_says: int | None = None

    def __bool__(self) -> bool:
        raise TypeError("a verdict may be True, False or undecided (None): ask for its .robust")

    def __str__(self) -> str:
        if self.robust:
            return "strongly robust (exact)"
        if self.robust is None:
            return f"undecided: no counterexample among {self.asked} certain points"
        point = np.array2string(np.asarray(self.witness).ravel(), precision=3, separator=", ", threshold=6)
        return f"not strongly robust: at {point} the teacher says {self.teacher_says}, the student {self.student_says}"


def strong_robustness(
    teacher: Classifier,
    student: Classifier,
    domain: Box | Points | Generator,
    *,
    n: int | None = None,
    rng: np.random.Generator | None = None,
) -> StrongRobustness:
    """Whether S(x) = T(x) for every x of the domain that T is certain about (Definition 3.1).

    domain: what x ranges over. Points, (m, ...): each is asked, so the verdict is exact. A ``Box``: exact for a linear
    student and a teacher who is certain on boxes, else searched by n uniform points drawn with rng. A generator:
    searched by n of its points. A search ends in a witness or in "no counterexample among these points".
    The teacher is asked once about each point, so a stochastic one is judged by one draw.
    Raises UndefinedProbabilityError if the teacher was certain about no point of the domain, TypeError or ValueError
    for bad input, and TypeError if a search is needed but n or rng is missing.
    """
    n, rng = n if n is None else as_count(n), rng if rng is None else as_rng(rng)
    if isinstance(domain, Box):
        if isinstance(teacher, BoxTeacher) and isinstance(student, LinearStudent):
            return _decide_on_box(teacher, student, domain)
        return _search(teacher, student, _InBox(domain), n, rng)
    if callable(getattr(domain, "sample", None)):
        return _search(teacher, student, cast(Generator, domain), n, rng)
    return _ask_all(teacher, student, as_points(domain, name="domain"), exact=True)


def _ask_all(teacher: Classifier, student: Classifier, x: Points, *, exact: bool) -> StrongRobustness:
    y = ask(teacher, x, role="teacher")
    sure = certain(y)
    if not sure.any():
        raise UndefinedProbabilityError(
            f"the teacher is certain about none of {len(x)} points: nothing to be robust about"
        )
    x, y = x[sure], y[sure]
    answers = ask(student, x, role="student")
    wrong = answers != y
    if not wrong.any():
        return StrongRobustness(True if exact else None, exact, len(x))
    i = int(np.argmax(wrong))
    return StrongRobustness(False, True, len(x), x[i], int(y[i]), int(answers[i]))


@dataclass(frozen=True)
class _InBox:
    """Uniform points of a bounded box, for a search."""

    box: Box

    def sample(self, n: int, rng: np.random.Generator) -> Points:
        if not self.box.bounded:
            raise ValueError(f"a search needs a bounded box, got low {self.box.low} and high {self.box.high}")
        return np.asarray(rng.uniform(self.box.low, self.box.high, size=(n, self.box.dimension)))


def _search(
    teacher: Classifier, student: Classifier, nu: Generator, n: int | None, rng: np.random.Generator | None
) -> StrongRobustness:
    if n is None or rng is None:
        raise TypeError("no exact answer is known for this teacher, student and domain: a search needs n and rng")
    return _ask_all(teacher, student, _sample(nu, n, rng), exact=False)


def _decide_on_box(teacher: BoxTeacher, student: LinearStudent, domain: Box) -> StrongRobustness:
    """Exact: the student is right on all of a box iff each of its half spaces holds at the box's worst corner."""
    if not domain.bounded:
        raise ValueError(f"the domain must be bounded, got low {domain.low} and high {domain.high}")
    parts = teacher.certain_boxes(domain)
    if not parts:
        raise UndefinedProbabilityError(
            "the teacher is certain about no point of the domain: nothing to be robust about"
        )
    suspects = [
        _worst_point(box, w, b, strict)
        for label, box in parts
        if label < student.classes
        for w, b, strict in student.conditions(label)
    ]
    suspects += [(_centre(box), True) for label, box in parts if label >= student.classes]
    points = np.stack([point for point, _ in suspects])
    verdict = _ask_all(teacher, student, points, exact=True)
    if verdict.robust and any(violated for _, violated in suspects):
        # The half spaces say one thing and the student's own arithmetic another: within rounding of the boundary.
        return StrongRobustness(None, False, len(points))
    return verdict


def _least(box: Box, w: NDArray[np.float64], b: float) -> tuple[Fraction, NDArray[np.float64]]:
    """The least (or infimum) of w·x + b over a bounded box, exactly, and the corner where it is."""
    if w.shape != box.low.shape:
        raise ValueError(
            f"the student takes points of {w.size} coordinates, the teacher and the domain {box.dimension}"
        )
    corner = np.where(w > 0, box.low, np.where(w < 0, box.high, _centre(box)))
    terms = (Fraction(float(c)) * Fraction(float(z)) for c, z in zip(w, corner, strict=True) if c != 0)
    return sum(terms, start=Fraction(float(b))), corner


def _centre(box: Box) -> NDArray[np.float64]:
    return np.asarray(box.low + (box.high - box.low) / 2)


def _worst_point(box: Box, w: NDArray[np.float64], b: float, strict: bool) -> tuple[NDArray[np.float64], bool]:
    """A point of the box that violates w·x + b >= 0 (> 0 if strict), if one does, and whether it does.

    The corner where the score is least or, if open sides keep it out, a point between that corner and the centre.
    """
    least, corner = _least(box, w, b)
    if corner in box:
        return corner, least < 0 or (strict and least == 0)
    # The corner is left out, so only a negative infimum is a violation: step from the corner towards the centre,
    # half the way to where the score reaches 0 (or to the centre itself).
    centre = _centre(box)
    at_centre = sum(
        (Fraction(float(c)) * Fraction(float(z)) for c, z in zip(w, centre, strict=True)), Fraction(float(b))
    )
    step = float(least / (least - at_centre)) / 2 if at_centre >= 0 > least else 1.0
    return np.asarray(corner + step * (centre - corner)), least < 0
