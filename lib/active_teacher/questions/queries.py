"""What a student may ask of a teacher of two classes: statistical, feature and data queries, each of them counted.

An oracle answers a statistical or a feature query to within a tolerance α; a policy chooses which of the allowed
answers it gives. Bring your own policy: any callable from a ``Query`` to a number will do.

>>> from active_teacher.generators import Finite
>>> from active_teacher.questions.parities import Parity, cube
>>> T, nu, within = Parity({0, 1}, 2), Finite(cube(2)), Within(np.random.default_rng(2021))
>>> [round(Feature(T, nu, alpha=0.3, answers=policy).ask(T), 2) for policy in (exact, stubborn, within)]
[0.5, 0.25, 0.65]
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from active_teacher.checks import (
    ANSWERS,
    as_array,
    as_callable,
    as_generator,
    as_points,
    as_real,
    as_rng,
    as_within,
    ask,
    draw,
)
from active_teacher.generators import Finite
from active_teacher.labels import Classifier, Generator, Labels, Points

Bits = NDArray[np.bool_]  # (n,)
Chi = Callable[[Points, Labels], NDArray[Any]]  # (n, ...), (n,) -> (n,): the paper's χ: X × {0, 1} → {0, 1}
Either = Callable[[Points], tuple[Bits, Bits]]  # (n, ...) -> χ(x, 0) and χ(x, 1), each (n,)

MOST_POINTS = 10_000_000  # a larger sample may not fit into the memory of a small machine


@dataclass(frozen=True, eq=False)
class Query:
    """A statistical query as a policy sees it: E_{x~ν} χ(x, T(x)) is wanted to within alpha.

    truth: that expectation; coin: the same for a teacher who tosses a coin, E_ν[½χ(x, 0) + ½χ(x, 1)], which is E_ν[h]/2
    for a feature h; both are nan where ν is not finite. draw(n, rng): the values χ(x, T(x)) at n fresh points of ν.
    Errors: see allows.
    """

    truth: float
    coin: float
    alpha: float
    draw: Callable[[int, np.random.Generator], Bits]

    def allows(self, answer: float) -> bool:
        """Whether an answer is within alpha of the truth. Raises TypeError or ValueError if it is no number."""
        return abs(as_real(answer, name="answer") - self.truth) <= self.alpha


Policy = Callable[[Query], float]


def exact(query: Query) -> float:
    """The policy that answers the truth. Raises TypeError if it is given no query."""
    return _as_query(query).truth


def stubborn(query: Query) -> float:
    """The policy that says nothing of T as long as it may: the coin's answer if that is allowed, else the truth.

    For a feature that is E_ν[h]/2 wherever it is within alpha. It is not the honest policy that gives least away: to a
    parity it answers 1/4, and the truth to its own teacher if α < 1/4, where 3/8 to all fits every teacher if α >= 1/8.
    Raises TypeError if it is given no query. Source: the oracle behind Kearns' bound, Theorem 4.1.
    """
    return query.coin if _as_query(query).allows(query.coin) else query.truth


@dataclass(frozen=True)
class Within:
    """The policy that answers a random number, uniform in [truth - α, truth + α]; it may lie outside [0, 1].

    rng: what it is drawn with. Raises TypeError for any other.
    """

    rng: np.random.Generator

    def __post_init__(self) -> None:
        as_rng(self.rng)

    def __call__(self, query: Query) -> float:
        """The answer to a query."""
        answer = _as_query(query).truth + query.alpha * self.rng.uniform(-1, 1)
        return answer if query.allows(answer) else query.truth  # rounding may carry a sum past α


@final
class Sampled:
    """The policy that answers the mean over a fresh sample, as large as α costs: see ``sample_size``.

    It alone, and no class made from it, may miss the truth by more than α, with probability 1 - confidence at most, and
    needs no more of ν than samples. ``sampled`` counts all points drawn. rng: what they are drawn with.
    Raises TypeError or ValueError for a bad rng or confidence, and for a query whose sample exceeds MOST_POINTS.

    >>> from active_teacher.generators import Finite
    >>> policy = Sampled(np.random.default_rng(2021))
    >>> answer = Feature(lambda x: [0, 1], Finite([[0], [1]]), alpha=0.1, answers=policy).ask([1, 1])
    >>> abs(answer - 0.5) <= 0.1, policy.sampled
    (True, 185)
    """

    def __init__(self, rng: np.random.Generator, *, confidence: float = 0.95) -> None:
        self.rng = as_rng(rng)
        self.confidence = as_within(confidence, "(0, 1)", name="confidence")
        self.sampled = 0

    def __call__(self, query: Query) -> float:
        """The answer to a query."""
        n = sample_size(alpha=_as_query(query).alpha, confidence=self.confidence)
        if n > MOST_POINTS:
            raise ValueError(
                f"tolerance alpha must be larger for a sample of at most {MOST_POINTS:,} points,"
                f" got {query.alpha}, which costs {n:,}"
            )
        answer = float(query.draw(n, self.rng).mean())
        self.sampled += n
        return answer


def sample_size(*, alpha: float, confidence: float) -> int:
    """How many points make a mean of 0s and 1s lie within alpha of its expectation, with this probability or more.

    n = ⌈ln(2/(1 - confidence)) / 2α²⌉, by Hoeffding's inequality. alpha: in (0, 1]; confidence: in (0, 1).
    Raises TypeError or ValueError for any other, and ValueError for an alpha whose n is too large for a float.

    >>> sample_size(alpha=0.1, confidence=0.95), sample_size(alpha=0.05, confidence=0.95)
    (185, 738)
    """
    alpha, confidence = float(as_tolerance(alpha)), as_within(confidence, "(0, 1)", name="confidence")
    n = math.log(2 / (1 - confidence)) / 2 / alpha / alpha  # α² may be too small for a float
    if math.isinf(n):
        raise ValueError(f"tolerance alpha must be larger, got {alpha}, whose sample is too large for a float")
    return math.ceil(n)


class _Oracle:
    """What the two oracles share: whom they ask, the policy and the count."""

    def __init__(self, teacher: Classifier, nu: Generator, *, alpha: float, answers: Policy = exact) -> None:
        if isinstance(answers, type) or not callable(answers):
            raise TypeError(f"answers must be a policy such as exact or Within(rng), got {answers!r}")
        if type(nu) is Finite:
            self._points, self._weights = nu.points, nu.weights
            self._labels = _labels(teacher, self._points)
        elif as_generator(nu, name="a data generator") and type(answers) is not Sampled:
            raise TypeError(f"a data generator needs points and weights unless answers are Sampled, got {nu!r}")
        self._teacher = teacher
        self.nu = nu
        self.alpha = float(as_tolerance(alpha))
        self.answers = answers
        self.asked = 0

    def _answer(self, either: Either) -> float:
        query = self._query(either)
        answer = as_real(self.answers(query), name="a policy's answer")
        if type(self.answers) is not Sampled and not query.allows(answer):  # checked, not believed
            raise ValueError(f"a policy's answer must lie within {self.alpha} of {query.truth}, got {answer}")
        self.asked += 1
        return answer

    def _query(self, either: Either) -> Query:
        nu = self.nu
        if type(nu) is not Finite:
            return Query(math.nan, math.nan, self.alpha, lambda n, rng: self._values(either, draw(nu, n, rng)))
        at_0, at_1 = either(self._points)
        values = np.where(self._labels, at_1, at_0)
        return Query(
            truth=_mean(values, self._weights),
            coin=(_mean(at_0, self._weights) + _mean(at_1, self._weights)) / 2,
            alpha=self.alpha,
            draw=lambda n, rng: values[rng.choice(len(values), size=n, p=self._weights)],
        )

    def _values(self, either: Either, x: Points) -> Bits:
        at_0, at_1 = either(x)
        return np.where(_labels(self._teacher, x), at_1, at_0)


class Statistical(_Oracle):
    """STAT(T, ν): answers for any χ: X × {0, 1} → {0, 1} a number within alpha of E_{x~ν} χ(x, T(x)).

    teacher: T, of the classes 0 and 1, certain of every point of ν. nu: with ``points`` and ``weights`` (such as
    ``generators.Finite``), so that expectations are exact; then T is asked once, here, about every point, and a
    stochastic T is judged by that draw. For ``Sampled`` answers any generator will do. alpha: in (0, 1].
    answers: the policy. ``asked`` counts the queries that were answered.
    Raises TypeError or ValueError for any other, and for another teacher as soon as it is asked. Source: section 4.1.

    >>> from active_teacher.generators import Finite
    >>> oracle = Statistical(lambda x: [0, 1], Finite([[0], [1]], [0.25, 0.75]), alpha=0.1)
    >>> oracle.ask(lambda x, y: y == 1), oracle.asked
    (0.75, 1)
    """

    def ask(self, chi: Chi) -> float:
        """A number within alpha of E_{x~ν} χ(x, T(x)), whatever the policy says of where.

        chi: a callable (n, ...) points, (n,) labels -> (n,) of 0 and 1, point by point; it is called with either label
        for every point, so that it sees nothing of T. Raises TypeError or ValueError for any other, and if the policy's
        answer is no number or not allowed.
        """
        return self._answer(_as_either(chi))


class Feature(_Oracle):
    """Feature queries, E_{x~ν} h(x) T(x) to within alpha: the statistical queries with χ(x, y) = h(x) y.

    teacher, nu, alpha, answers, ``asked`` and errors: as ``Statistical``. Source: section 4.1, Theorem 4.2.

    >>> from active_teacher.generators import Finite
    >>> oracle = Feature(lambda x: [0, 1, 0, 1], Finite([[0, 0], [1, 0], [0, 1], [1, 1]]), alpha=0.1)
    >>> oracle.ask(lambda x: x[:, 0]), oracle.ask([0, 0, 1, 1]), oracle.asked
    (0.5, 0.25, 2)
    """

    def ask(self, h: Classifier | ArrayLike) -> float:
        """A number within alpha of E_{x~ν} h(x) T(x), whatever the policy says of where.

        h: a callable (n, ...) -> (n,) of 0 and 1 or bool; for a ν with points, their (m,) values will do.
        Raises TypeError or ValueError for any other, and if the policy's answer is no number or not allowed.
        """
        if not callable(h) and type(self.nu) is not Finite:
            raise TypeError(f"a feature must be a callable (n, ...) -> (n,) of 0 and 1 for such a ν, got {h!r}")
        return self._answer(lambda x: (np.zeros(len(x), dtype=np.bool_), _feature(h, x)))


class Data:
    """Data queries: the teacher's label T(x) of any point x.

    teacher: T, of the classes 0 and 1, certain of every point it is asked about. ``asked`` counts the points that were
    answered, a repeated one each time. Raises TypeError if the teacher can't be called. Source: section 4.2, Theorem
    4.3.

    >>> oracle = Data(lambda x: (x[:, 0] > x[:, 1]).astype(int))
    >>> oracle.ask([[0, 1], [1, 0]]), oracle.asked
    (array([0, 1]), 2)
    """

    def __init__(self, teacher: Classifier) -> None:
        self._teacher: Classifier = as_callable(teacher, ANSWERS, name="the teacher")
        self.asked = 0

    def ask(self, x: Points) -> Labels:
        """x: (n, ...). Returns (n,) labels, 0 or 1. Raises TypeError or ValueError for other points and answers."""
        y = _labels(self._teacher, x)
        self.asked += len(y)
        return y


def split(chi: Chi) -> tuple[Classifier, Classifier, Classifier]:
    """The features base, up and down of a statistical query: χ(x, y) = base(x) + (up(x) - down(x)) y.

    base is χ(x, 0); up and down are where χ rises and falls from y = 0 to y = 1. So E χ(x, T(x)) is E base, which says
    nothing of T, plus the feature query of up, minus that of down: two of tolerance α/2 give it to within α.
    chi: as ``Statistical.ask``. Raises TypeError if it can't be called; the features raise where it is not 0 or 1.

    >>> base, up, down = split(lambda x, y: x[:, 0] == y)  # whether a student who says x_0 is right
    >>> base([[0], [1]]), up([[0], [1]]), down([[0], [1]])
    (array([ True, False]), array([False,  True]), array([ True, False]))
    """
    either = _as_either(chi)

    def base(x: Points) -> Bits:
        return either(as_points(x))[0]

    def up(x: Points) -> Bits:
        at_0, at_1 = either(as_points(x))
        return at_1 & ~at_0

    def down(x: Points) -> Bits:
        at_0, at_1 = either(as_points(x))
        return at_0 & ~at_1

    return base, up, down


def expectation(h: Classifier | ArrayLike, nu: Finite) -> float:
    """E_{x~ν} h(x), correctly rounded: what a student who knows ν need not ask.

    h: a callable (n, ...) -> (n,) of 0 and 1 or bool, or its (m,) values on ν's points; nu: a ``Finite``.
    Raises TypeError or ValueError for any other.

    >>> expectation([0, 1], Finite([[0], [1]], [0.25, 0.75]))
    0.75
    """
    if type(nu) is not Finite:
        raise TypeError(f"an exact expectation needs a ν with points and weights, got {nu!r}")
    points, weights = nu.points, nu.weights
    return _mean(_feature(h, points), weights)


def as_tolerance(alpha: Any) -> Fraction:
    """alpha as a tolerance, 0 < α <= 1, exactly. Raises TypeError if it is no real number, else ValueError.

    >>> as_tolerance(0.25)
    Fraction(1, 4)
    """
    tolerance = as_fraction(alpha, name="tolerance alpha")
    if not 0 < tolerance <= 1:
        raise ValueError(f"tolerance alpha must lie in (0, 1], got {alpha}")
    return tolerance


def as_fraction(value: Any, *, name: str) -> Fraction:
    """value as the fraction that it is, a float too. Raises TypeError if it is no real number, else ValueError.

    >>> as_fraction(0.1, name="epsilon") == Fraction(1, 10)
    False
    """
    number = as_real(value, name=name)
    return value if isinstance(value, Fraction) else Fraction(number)


def as_bits(given: Any, *, name: str, n: int | None = None) -> Bits:
    """Where an array of 0s and 1s, or of bools, is 1.

    With n, the array must have shape (n,). Raises TypeError for entries that are no numbers, else ValueError.

    >>> as_bits([0, 1, 1], name="h")
    array([False,  True,  True])
    """
    bits = as_array(given, name=name)
    if bits.dtype.kind not in "biuf":
        raise TypeError(f"{name} must be 0 or 1 for every point, got dtype {bits.dtype}")
    if n is not None and bits.shape != (n,):
        raise ValueError(f"{name} must be 0 or 1 for each of the {n} points, shape ({n},), got shape {bits.shape}")
    ones = np.asarray(bits == 1)
    if not (ones | (bits == 0)).all():
        place = tuple(np.argwhere(~(ones | (bits == 0)))[0].tolist())
        raise ValueError(f"{name} must be 0 or 1, got {bits[place]} at position {', '.join(map(str, place))}")
    return ones


def _mean(bits: Bits, weights: NDArray[np.float64]) -> float:
    return math.fsum(weights[bits].tolist())


def _feature(h: Any, x: Points) -> Bits:
    return as_bits(h(x) if callable(h) else h, n=len(x), name="a feature's answer")


def _labels(teacher: Classifier, x: Points) -> Labels:
    y = ask(teacher, x, role="teacher")
    as_bits(y, name="the answer of a teacher, who must be certain of every point asked,")
    return y


def _as_either(chi: Any) -> Either:
    as_callable(chi, "(n, ...) points, (n,) labels -> (n,) of 0 and 1", name="χ")

    def either(x: Points) -> tuple[Bits, Bits]:
        at_0, at_1 = (as_bits(chi(x, np.full(len(x), y)), n=len(x), name=f"χ(x, {y})") for y in (0, 1))
        return at_0, at_1

    return either


def _as_query(query: Any) -> Query:
    if not isinstance(query, Query):
        raise TypeError(f"a policy answers a Query, which an oracle makes, got {query!r}")
    return query
