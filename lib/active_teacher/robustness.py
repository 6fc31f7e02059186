"""Robustness of a student relative to a teacher: where μ, T and S meet.

Whatever is exact is a ``Fraction`` or a verdict with ``exact=True``; whatever is sampled says how many points it saw.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from numbers import Rational
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from active_teacher.checks import (
    as_count,
    as_generator,
    as_labels,
    as_order,
    as_points,
    as_real,
    as_rng,
    ask,
    certain,
    draw,
)
from active_teacher.geometry import Box
from active_teacher.labels import Classifier, FiniteGenerator, Generator, Labels, Points


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
class HalfSpaceTeacher(Protocol):
    """A teacher whose certain regions are half spaces, such as ``teachers.HalfSpaces``."""

    def __call__(self, x: Points) -> Labels:
        """The labels of the points."""
        ...

    def certain_half_spaces(self) -> list[tuple[int, NDArray[np.float64], float, bool]]:
        """Disjoint half spaces (label, u, h, strict): u·x > h if strict, else u·x >= h."""
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
    x = draw(mu, n, rng)
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


@dataclass(frozen=True)
class Masses:
    """How much of a distribution lies where the teacher is certain and the student right, or wrong, and where it is U.

    The three sum to 1. Raises TypeError or ValueError for any other.
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
    def agreement(self) -> Fraction:
        """P(T(x) = S(x) | T is certain of x). Raises UndefinedProbabilityError where the teacher never is."""
        if self.right + self.wrong == 0:
            raise UndefinedProbabilityError(
                "the teacher is certain of nothing here: agreement given certainty is undefined"
            )
        return self.right / (self.right + self.wrong)


def masses(mu: Generator, teacher: Classifier, student: Classifier) -> Masses | None:
    """The masses of μ that are certain and right, certain and wrong, and uncertain, exactly; None if not known exactly.

    Known are those of finitely many points (the teacher is asked once about each, so a stochastic one is judged by one
    draw), and of a uniform μ on boxes for a teacher certain on boxes and a linear student, both of two classes.
    Raises TypeError or ValueError for bad input. Source: equation (3.1).
    """
    if isinstance(mu, FiniteGenerator):
        held = mu.weights > 0
        x, weights = mu.points[held], [Fraction(float(weight)) for weight in mu.weights[held]]
        y, answers = ask(teacher, x, role="teacher"), ask(student, x, role="student")
        parts = [certain(y) & (y == answers), certain(y) & (y != answers), ~certain(y)]
        sums = [sum((w for w, inside in zip(weights, part, strict=True) if inside), Fraction(0)) for part in parts]
        return Masses(*(share / sum(sums) for share in sums))
    if not (
        isinstance(mu, BoxGenerator)
        and isinstance(teacher, BoxTeacher)
        and isinstance(student, LinearStudent)
        and student.classes == 2
        and all(label <= 1 for box in mu.boxes for label, _ in teacher.certain_boxes(box))
    ):
        as_generator(mu)
        return None
    sure = sum((box.volume for _, box in _certain_parts(mu, teacher)), start=Fraction(0))
    sure /= sum((box.volume for box in mu.boxes), start=Fraction(0))
    wrong = sure * adversarial_error(mu, teacher, student) if sure else Fraction(0)
    return Masses(sure - wrong, wrong, 1 - sure)


LOSSES: dict[str, Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]] = {
    "zero-one": lambda score, target: ((score >= 0) != (target > 0)).astype(np.float64),
    "hinge": lambda score, target: np.maximum(0, 1 - target * score),
    "logistic": lambda score, target: np.logaddexp(0, -target * score),
    "squared": lambda score, target: (score - target) ** 2,
}


def adversarial_loss(
    x: Points, y: Labels, student: LinearStudent, *, epsilon: float, p: float = 2, loss: str = "zero-one"
) -> float:
    """The adversarial loss (1.1) on data: the mean over points of the largest loss within l_p distance epsilon.

    x: (n, d); y: (n,) classes 0 or 1, which the losses see as targets -1 and 1; student: linear, two classes.
    loss: "zero-one", "hinge", "logistic" or "squared". A push of length epsilon moves the score by at most
    r = epsilon ‖w‖_q, 1/p + 1/q = 1, and by every amount up to that; as each loss only falls, only rises, or falls and
    then rises with the score, its maximum is at one of the ends: exact, up to rounding.
    Raises TypeError or ValueError for other students, data, losses, a negative epsilon and p < 1. Source: (1.1).
    """
    if not isinstance(student, LinearStudent) or student.classes != 2:
        raise TypeError(f"an exact loss needs a linear student of two classes, got {student!r}")
    if as_real(epsilon, name="epsilon") < 0:
        raise ValueError(f"epsilon must be at least 0, got {epsilon}")
    if not isinstance(loss, str) or loss not in LOSSES:
        raise ValueError(f"loss must be one of {', '.join(LOSSES)}, got {loss!r}")
    holder = 0 if student.conditions(1)[0][2] else 1  # the class that the boundary belongs to is on the side >= 0
    w, b, _ = student.conditions(holder)[0]
    x = as_points(x, dimension=w.size)
    y = as_labels(y, n=len(x), classes=2)
    if not certain(y).all():
        raise ValueError(f"y must hold classes only, got UNCERTAIN for {(~certain(y)).sum()} points: keep certain(y)")
    target = np.where(y == holder, 1.0, -1.0)
    reach = epsilon * student.dual_norm(as_order(p)) if epsilon else 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        score = x @ w + b
        worst = np.maximum(LOSSES[loss](score - reach, target), LOSSES[loss](score + reach, target)).mean()
    return as_real(float(worst), name="the adversarial loss")


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
    student and a teacher who is certain on boxes or half spaces, else searched by n uniform points drawn with rng.
    A generator: searched by n of its points. A search ends in a witness or in "no counterexample among these points".
    The teacher is asked once about each point, so a stochastic one is judged by one draw.
    Raises UndefinedProbabilityError if the teacher was certain about no point of the domain, TypeError or ValueError
    for bad input, and TypeError if a search is needed but n or rng is missing.
    """
    n, rng = n if n is None else as_count(n), rng if rng is None else as_rng(rng)
    if isinstance(domain, Box):
        if isinstance(teacher, BoxTeacher | HalfSpaceTeacher) and isinstance(student, LinearStudent):
            return _decide_on_box(teacher, student, domain)
        return _search(teacher, student, _InBox(domain), n, rng)
    if callable(getattr(domain, "sample", None)):
        return _search(teacher, student, cast(Generator, domain), n, rng)
    return _ask_all(teacher, student, as_points(domain, name="domain"), exact=True)


@dataclass(frozen=True, eq=False)
class WorstCase:
    """The infimum in (3.1), over a family of distributions: it lies in [low, high].

    how: where that comes from, in words; nu: a distribution of the family at which the agreement is no more than high
    (estimated, if that is), None if no such is known.
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


class Family(Protocol):
    """A family of distributions, 𝒫 = 𝒜(μ, S), that knows where it is at its worst, such as those of ``attacks``."""

    def worst(
        self, teacher: Classifier, *, n: int | None, rng: np.random.Generator | None, confidence: float
    ) -> WorstCase:
        """The infimum of P(T = S | T certain) over the family."""
        ...


@dataclass(frozen=True, eq=False)
class AdversarialRobustness:
    """Whether a student is (𝒜, μ, ε)-adversarially robust (Definition 3.2), and how that is known.

    robust: True, False, or None where the interval of the worst case holds 1 - epsilon.
    Raises TypeError where it is used as a condition: ask for its ``robust``, which may be undecided.
    """

    robust: bool | None
    epsilon: float
    worst: WorstCase

    def __bool__(self) -> bool:
        raise TypeError("a verdict may be True, False or undecided (None): ask for its .robust")

    def __str__(self) -> str:
        verdict = {True: "robust", False: "not robust", None: "undecided at this sample size"}[self.robust]
        return f"{verdict} for ε = {float(self.epsilon):g}: {self.worst}"


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
    """
    if not 0 < as_real(epsilon, name="epsilon") <= 1:
        raise ValueError(f"epsilon must lie in (0, 1], got {epsilon}")
    n, rng = n if n is None else as_count(n), rng if rng is None else as_rng(rng)
    if not 0 < as_real(confidence, name="confidence") < 1:
        raise ValueError(f"confidence must lie in (0, 1), got {confidence}")
    if isinstance(attack, type) or not callable(attack):
        raise TypeError(f"an attack must be a callable (mu, student) -> family, got {attack!r}")
    family = attack(as_generator(mu), student)
    if not callable(getattr(family, "worst", None)):
        raise TypeError(f"an attack must return a family with a method worst(teacher, ...), got {family!r}")
    worst = family.worst(teacher, n=n, rng=rng, confidence=confidence)
    enough = 1 - (Fraction(epsilon) if isinstance(epsilon, Rational) else Fraction(float(epsilon)))
    robust = True if worst.low > enough else False if worst.high <= enough else None
    return AdversarialRobustness(robust, epsilon, worst)


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
    return _ask_all(teacher, student, draw(nu, n, rng), exact=False)


def _decide_on_box(teacher: BoxTeacher | HalfSpaceTeacher, student: LinearStudent, domain: Box) -> StrongRobustness:
    """Exact: the student is right on all of a region iff each of its half spaces holds at the region's worst point."""
    if not domain.bounded:
        raise ValueError(f"the domain must be bounded, got low {domain.low} and high {domain.high}")
    parts: list[tuple[int, Any]]  # the regions within the domain: boxes, or what half spaces leave of it
    if isinstance(teacher, BoxTeacher):
        parts = list(teacher.certain_boxes(domain))
    else:
        cuts = [(label, _Cut(domain, u, h, strict)) for label, u, h, strict in teacher.certain_half_spaces()]
        parts = [(label, cut) for label, cut in cuts if not cut.empty]
    if not parts:
        raise UndefinedProbabilityError(
            "the teacher is certain about no point of the domain: nothing to be robust about"
        )
    suspects = [
        _worst_point(part, w, b, strict) if isinstance(part, Box) else part.worst_point(w, b, strict)
        for label, part in parts
        if label < student.classes
        for w, b, strict in student.conditions(label)
    ]
    suspects += [(_centre(part), True) for label, part in parts if isinstance(part, Box) and label >= student.classes]
    # A point on the edge of a half space may be rounded out of it, so the deepest one is asked about in any case.
    suspects += [(part.deepest, label >= student.classes) for label, part in parts if isinstance(part, _Cut)]
    suspects.sort(key=lambda suspect: not suspect[1])  # a witness had better not be on an edge, where rounding decides
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
    return _half_way(corner, _centre(box), w, b), least < 0


def _score(w: NDArray[np.float64], b: float, x: NDArray[np.float64]) -> Fraction:
    return sum((Fraction(float(c)) * Fraction(float(z)) for c, z in zip(w, x, strict=True)), Fraction(float(b)))


def _half_way(
    worst: NDArray[np.float64], inside: NDArray[np.float64], w: NDArray[np.float64], b: float
) -> NDArray[np.float64]:
    """Half the way from a point of negative score towards a point inside until the score is 0, or all the way."""
    least, there = _score(w, b, worst), _score(w, b, inside)
    step = float(least / (least - there)) / 2 if there >= 0 > least else 1.0
    return np.asarray(worst + step * (inside - worst))


@dataclass(frozen=True, eq=False)
class _Cut:
    """The part of a closed box where u·x >= h, or > h if strict."""

    box: Box
    u: NDArray[np.float64]
    h: float
    strict: bool

    def __post_init__(self) -> None:
        if self.u.shape != self.box.low.shape:
            raise ValueError(f"the teacher takes points of {self.u.size} coordinates, the domain {self.box.dimension}")
        if self.box.open_low.any() or self.box.open_high.any():
            raise ValueError("the domain of a teacher of half spaces must be a closed box, got one with open sides")

    @property
    def deepest(self) -> NDArray[np.float64]:
        return np.where(self.u > 0, self.box.high, np.where(self.u < 0, self.box.low, _centre(self.box)))

    @property
    def empty(self) -> bool:
        depth = _score(self.u, -self.h, self.deepest)
        return depth < 0 or (self.strict and depth == 0)

    def worst_point(self, w: NDArray[np.float64], b: float, strict: bool) -> tuple[NDArray[np.float64], bool]:
        """As ``_worst_point``, which is where the box alone is at its worst, unless the half space leaves that out."""
        anywhere, _ = _least(self.box, w, b)
        found = self.box.least_beyond(w, self.u, self.h)
        assert found is not None  # not empty
        least, point = found[0] + Fraction(float(b)), found[1]
        if least < 0:
            return _half_way(point, self.deepest, w, b), True
        if self.strict:  # the boundary is left out: is the score as low at some point beyond it?
            corner = np.where(w > 0, self.box.low, np.where(w < 0, self.box.high, self.deepest))
            if least != anywhere or _score(self.u, -self.h, corner) <= 0:
                return point, False
            point = corner
        return point, strict and least == 0
