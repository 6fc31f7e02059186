"""Theorem 4.2 as a number and as a game: how many teachers a feature query can rule out."""

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from active_teacher.checks import as_choice, as_count, as_real
from active_teacher.labels import Points
from active_teacher.questions.parities import _check_size, cube
from active_teacher.questions.walsh import _as_function, walsh_hadamard

QUERIES = ("feature", "statistical")


def ruled_out(h: ArrayLike, *, alpha: float | Fraction, query: str = "feature") -> NDArray[np.bool_]:
    """The teachers with |E_ν[h f_S] - E_ν[h]/2| > α: those that the answer E_ν[h]/2 to the feature query h excludes.

    h: (2^d,) values 0 and 1, one for each point of the cube; with ``general`` also -1, as in h(x) = χ(x, 1) - χ(x, 0). The difference is |ĥ(S)|/2, in both conventions. 0 < alpha <= 1; the comparison
    is exact. Returns (2^(d-1),) bool, in the order of ``parities.teacher_indices(d)``. Raises TypeError or ValueError for any other.
    """
    sums = _sums(h, lowest=-1 if as_choice(query, QUERIES, name="query") == "statistical" else 0)
    return np.asarray(np.abs(sums[1::2]) > _reach(alpha, sums.size))


def _sums(h: Any, *, lowest: int = 0, n: int | None = None) -> NDArray[Any]:
    """The transform of a feature: whole numbers, exactly."""
    h = np.asarray(_as_function(h, name="h", copy=True), dtype=np.float64)
    if h.size < 2 or (n is not None and h.size != n):
        raise ValueError(f"h must have one value for each of {n or '2^d >= 2'} points, got {h.size}")
    known = (h == 0) | (h == 1) | (h == lowest)
    if not known.all():
        needed = "0 and 1" if lowest == 0 else "-1, 0 and 1"
        raise ValueError(f"h must hold {needed} only, got {h[~known][0]:g} at position {np.argmin(known)}")
    return walsh_hadamard(h, in_place=True)


def _reach(alpha: Any, n: int) -> int:
    """α in units of the transform: |ĥ(S)|/2 > α where the whole number 2^d |ĥ(S)| exceeds it."""
    return floor(_as_tolerance(alpha) * 2 * n)


def _as_tolerance(alpha: Any) -> Fraction:
    tolerance = _as_fraction(alpha, name="alpha")
    if not 0 < tolerance <= 1:
        raise ValueError(f"alpha must lie in (0, 1], got {alpha}")
    return tolerance


def _as_fraction(value: Any, *, name: str) -> Fraction:
    number = as_real(value, name=name)
    return value if isinstance(value, Fraction) else Fraction(number)


def most_ruled_out(*, alpha: float | Fraction, query: str = "feature") -> int:
    """The most teachers that one answer E_ν[h]/2 excludes: the largest integer below 1/(16α²).

    Since S is excluded where |ĥ(S)| > 2α, and Σ_{S≠∅} ĥ(S)² = Var_ν h, at most 1/4 for h(x) ∈ {0, 1}. For a
    "statistical" query the variance is at most 1 and the integer below 1/(4α²). 0 < alpha <= 1, a float counting as the fraction it is.
    Raises TypeError or ValueError for any other.
    """
    return ceil(_limit(alpha, query)) - 1


def _limit(alpha: Any, query: str) -> Fraction:
    variance = Fraction(1) if as_choice(query, QUERIES, name="query") == "statistical" else Fraction(1, 4)
    limit: Fraction = variance / (2 * _as_tolerance(alpha)) ** 2
    return limit


def queries_needed(d: int, *, alpha: float | Fraction, epsilon: float | Fraction, query: str = "feature") -> int:
    """How many feature queries a student needs at least, 16α² (2^(d-1) - 1/(1-2ε)²), or 4α² (...) for a "statistical" query.

    For a deterministic student who is to be right with probability above 1 - ε on ν, for every teacher of 𝒯, when the
    answer is E_ν[h]/2 wherever that is within α. A query leaves all but 1/(16α²) of the 2^(d-1) teachers possible, and
    one classifier is right about fewer than 1/(1-2ε)² of them, since the squared correlations of a ±1 function with
    all parities sum to 1. Where ``most_ruled_out`` is 0, as for α >= 1/4, queries rule out nothing: a positive number
    is true then, but too low, for none is enough. d >= 1; 0 < alpha <= 1; 0 < epsilon < 1/2; computed in fractions.
    Returns an int >= 0, rounded up. Raises TypeError or ValueError for any other.
    Source: Theorem 4.2, with an explicit bound.
    """
    d, error = as_count(d, name="d"), _as_fraction(epsilon, name="epsilon")
    if not 0 < error < Fraction(1, 2):
        raise ValueError(f"epsilon must lie in (0, 1/2), got {epsilon}")
    needed: Fraction = (2 ** (d - 1) - 1 / (1 - 2 * error) ** 2) / _limit(alpha, query)
    return max(0, ceil(needed))


class Game:
    """The stubborn teacher of Theorem 4.2 as an adversary, who has not chosen S yet and commits as late as possible.

    It answers a feature query h by E_ν[h]/2 while some teacher that is left is within α of that; else by the truth of
    the teacher left whose answer keeps the most. d >= 1; 0 < alpha <= 1.
    survivors: (2^(d-1),) bool, which of ``parities.teacher_indices(d)`` are left, one at least; history: how many were left after each
    query; answers: what was answered. Raises TypeError or ValueError for any other d or alpha, and ValueError, with the
    size, for more than 1 GiB.
    """

    def __init__(self, d: int, *, alpha: float | Fraction) -> None:
        self.d = as_count(d, name="d")
        self.alpha = _as_tolerance(alpha)
        _check_size(self.d, 8, "a feature")
        self.survivors = np.ones(2 ** (self.d - 1), dtype=np.bool_)
        self.history: list[int] = []
        self.answers: list[float] = []

    def ask(self, h: ArrayLike | Callable[[Points], NDArray[Any]]) -> float:
        """The answer to a feature query, after which only the teachers within α of it are left.

        h: (2^d,) values 0 and 1, one for each point of the cube, or a callable (n, d) -> (n,) that says them.
        Raises TypeError or ValueError for any other, and nothing has changed then.
        """
        sums = _sums(h(cube(self.d)) if callable(h) else h, n=2**self.d)
        # In units of 2^-(d+1), the truth is sums[0] - sums[S], and the answer sums[0] - centre.
        truth, reach, centre = sums[1::2], _reach(self.alpha, sums.size), 0.0
        if not (self.survivors & (np.abs(truth) <= reach)).any():
            left = np.sort(truth[self.survivors])
            kept = np.searchsorted(left, left + reach, "right") - np.searchsorted(left, left - reach, "left")
            centre = left[kept.argmax()]
        self.survivors &= np.abs(truth - centre) <= reach
        self.history.append(int(np.count_nonzero(self.survivors)))
        self.answers.append(float(sums[0] - centre) / 2 ** (self.d + 1))
        return self.answers[-1]
