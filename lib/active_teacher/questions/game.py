"""Theorem 4.2 as a number and as a game: how many teachers the answer to one query can rule out, and how few are left.

The teachers are the parities f_S with the first coordinate in S, ν is uniform on the cube, and the answer to a query is
what a coin would give, E_ν[h]/2 for a feature h, wherever that is within α of the truth. A ``query`` is a "feature"
(values 0 and 1) or "statistical", any χ: X × {0, 1} → {0, 1}, of which h(x) = χ(x, 1) - χ(x, 0) is left to be asked
(values -1, 0 and 1). The difference of the answer from the truth is |ĥ(S)|/2, in both conventions for f_S.
"""

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from active_teacher.checks import as_choice, as_count
from active_teacher.labels import Points
from active_teacher.questions.parities import check_size, cube
from active_teacher.questions.queries import as_bits, as_fraction, as_tolerance
from active_teacher.questions.walsh import as_function, fourier

Kind = Literal["feature", "statistical"]
VARIANCES = {"feature": Fraction(1, 4), "statistical": Fraction(1)}  # at most, of values 0 and 1, and of -1, 0 and 1


def ruled_out(h: ArrayLike, *, alpha: float | Fraction, query: Kind = "feature") -> NDArray[np.bool_]:
    """The teachers with |E_ν[h f_S] - E_ν[h]/2| > α: those that the answer E_ν[h]/2 to the query h excludes.

    h: (2^d,) values, one for each point of the cube: 0 and 1, or -1, 0 and 1 for a "statistical" query. 0 < alpha <= 1;
    the comparison is exact. Returns (2^(d-1),) bool, in the order of ``parities.teacher_indices(d)``. Raises TypeError
    or ValueError for any other.

    >>> ruled_out([0, 1, 1, 0], alpha=0.2)  # the parity of both coordinates excludes one teacher, itself
    array([False,  True])
    """
    spectrum = _spectrum(h, query=query)
    return np.asarray(np.abs(spectrum[1::2]) > _reach(alpha, spectrum.size))


def most_ruled_out(*, alpha: float | Fraction, query: Kind = "feature") -> int:
    """The most teachers that one answer E_ν[h]/2 excludes: the largest integer below 1/(16α²).

    Since S is excluded where |ĥ(S)| > 2α, and Σ_{S≠∅} ĥ(S)² = Var_ν h, at most 1/4 for h(x) ∈ {0, 1}. For "statistical"
    queries the variance is at most 1 and the integer below 1/(4α²). 0 < alpha <= 1, a float counting as the fraction it
    is. Raises TypeError or ValueError for any other.

    >>> most_ruled_out(alpha=0.05), most_ruled_out(alpha=0.05, query="statistical")
    (24, 99)
    """
    return ceil(_limit(alpha, query)) - 1


def queries_needed(d: int, *, alpha: float | Fraction, epsilon: float | Fraction, query: Kind = "feature") -> int:
    """How many queries a student needs at least: 16α² (2^(d-1) - 1/(1-2ε)²), or 4α² (...) of "statistical" ones.

    For a deterministic student who is to be right with probability above 1 - ε on ν, for every teacher of 𝒯, when the
    answer is E_ν[h]/2 wherever that is within α. A query leaves all but 1/(16α²) of the 2^(d-1) teachers possible, and
    one classifier is right about fewer than 1/(1-2ε)² of them, since the squared correlations of a ±1 function with
    all parities sum to 1. Where ``most_ruled_out`` is 0, as for α >= 1/4, queries rule out nothing: a positive number
    is true then, but too low, for none is enough. d >= 1; 0 < alpha <= 1; 0 < epsilon < 1/2; computed in fractions.
    Returns an int >= 0, rounded up. Raises TypeError or ValueError for any other.
    Source: Theorem 4.2, with an explicit bound.

    >>> queries_needed(10, alpha=0.125, epsilon=0.25)
    127
    """
    d, error = as_count(d, name="d"), as_fraction(epsilon, name="epsilon")
    if not 0 < error < Fraction(1, 2):
        raise ValueError(f"epsilon must lie in (0, 1/2), got {epsilon}")
    needed: Fraction = (2 ** (d - 1) - 1 / (1 - 2 * error) ** 2) / _limit(alpha, query)
    return max(0, ceil(needed))


class Game:
    """The stubborn teacher of Theorem 4.2 as an adversary, who has not chosen S yet.

    It answers a feature query h by E_ν[h]/2 while some teacher that is left is within α of that; else by the truth of
    the teacher left whose answer keeps the most. d >= 1; 0 < alpha <= 1.
    survivors: (2^(d-1),) bool, which of ``parities.teacher_indices(d)`` are left, one at least; history: how many were
    left after each query; answers: what was answered. Raises TypeError or ValueError for any other d or alpha, and
    ValueError, with the size, for more than 1 GiB.

    >>> game = Game(3, alpha=0.2)
    >>> game.ask(lambda x: x[:, 0]), game.survivors
    (0.25, array([False,  True,  True,  True]))
    """

    def __init__(self, d: int, *, alpha: float | Fraction) -> None:
        self.d = as_count(d, name="d")
        self.alpha = as_tolerance(alpha)
        check_size(self.d, 8, "a feature")
        self.survivors = np.ones(2 ** (self.d - 1), dtype=np.bool_)
        self.history: list[int] = []
        self.answers: list[float] = []

    def ask(self, h: ArrayLike | Callable[[Points], NDArray[Any]]) -> float:
        """The answer to a feature query, after which only the teachers within α of it are left.

        h: (2^d,) values 0 and 1, one for each point of the cube, or a callable (n, d) -> (n,) that says them.
        Raises TypeError or ValueError for any other, and nothing has changed then.
        """
        spectrum = _spectrum(h(cube(self.d)) if callable(h) else h, n=2**self.d)
        # The truth is (ĥ(∅) - ĥ(S))/2 and the answer (ĥ(∅) - centre)/2: within α where ĥ(S) is near the centre.
        truth, reach, centre = spectrum[1::2], _reach(self.alpha, spectrum.size), 0.0
        if not (self.survivors & (np.abs(truth) <= reach)).any():
            left = np.sort(truth[self.survivors])
            kept = np.searchsorted(left, left + reach, "right") - np.searchsorted(left, left - reach, "left")
            centre = left[kept.argmax()]
        self.survivors &= np.abs(truth - centre) <= reach
        self.history.append(int(np.count_nonzero(self.survivors)))
        self.answers.append(float(spectrum[0] - centre) / 2)
        return self.answers[-1]


def _spectrum(h: Any, *, query: Kind = "feature", n: int | None = None) -> NDArray[np.float64]:
    """ĥ, exactly: multiples of 2^-d."""
    as_choice(query, VARIANCES, name="query")
    values = np.asarray(as_function(h, name="h"), dtype=np.float64)
    if query == "feature":
        as_bits(values, name="h", n=n or max(values.size, 2))
    else:
        as_bits(np.abs(values), name="the absolute value of h", n=n or max(values.size, 2))
    return fourier(values)


def _reach(alpha: Any, n: int) -> float:
    """The largest multiple of 1/n up to 2α: what |ĥ(S)| must exceed for S to be excluded, without rounding."""
    return floor(as_tolerance(alpha) * 2 * n) / n


def _limit(alpha: Any, query: Kind) -> Fraction:
    """Var_ν h / (2α)² at most: fewer teachers than that are excluded."""
    return VARIANCES[as_choice(query, VARIANCES, name="query")] / (2 * as_tolerance(alpha)) ** 2
