"""The budget argument for any class of teachers: how many questions it takes to find out which of them one has.

What made parities hard is that no two of them have anything in common. Here that is a number of the class, its overlap,
which is related to what is called its statistical dimension (Blum et al., 1994).
"""

from dataclasses import dataclass
from functools import cached_property
from math import ceil, inf
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from active_teacher.checks import as_choice, as_points, as_weights
from active_teacher.questions.game import BUDGETS, Kind
from active_teacher.questions.queries import as_bits, as_fraction, as_tolerance

ROUNDING = 1e-9  # eigenvalues and shares are floats: a bound is never rounded to the bold side


@dataclass(frozen=True, eq=False)
class Candidates:
    """The different teachers that it might be, by what each says of every point of a finite ν.

    labels: (N, n) of 0 and 1 or bool, a teacher a row; teachers who agree wherever ν has mass count once. weights: ν's
    (n,) probabilities, equal ones if left out. Where a class is too large to be listed, list some of its members: what
    they make impossible is impossible for all. Raises TypeError or ValueError for any other.

    >>> both = Candidates([[0, 1, 0, 1], [0, 0, 1, 1], [0, 1, 1, 0]])  # the three parities of two coordinates
    >>> both.number, round(both.overlap, 9), both.queries_needed(alpha=0.1, epsilon=0.25)
    (3, 1.0, 1)
    """

    labels: ArrayLike
    weights: ArrayLike | None = None

    def __post_init__(self) -> None:
        rows = as_points(self.labels, name="labels")
        if rows.ndim != 2:
            raise ValueError(f"labels must have one teacher a row, shape (N, n), got shape {rows.shape}")
        bits, p = as_bits(rows, name="labels"), as_weights(self.weights, rows.shape[1])
        vars(self).update(labels=np.unique(bits[:, p > 0], axis=0), weights=p[p > 0])

    @property
    def number(self) -> int:
        """N, how many teachers there are."""
        return len(self._signs)

    @cached_property
    def overlap(self) -> float:
        """λ: for g(x) in [-1, 1], the squares of E_ν[g (F_T - F)] sum to at most λ over all T.

        Here F_T = 1 - 2T and F is the mean of all F_T. λ is the largest eigenvalue of the matrix of all
        E_ν[(F_T - F)(F_T' - F)]: 1 for two or more parities, at most N.
        """
        return _largest(self._signs - self._signs.mean(axis=0), self._p)

    def most_ruled_out(self, *, alpha: float, query: Kind = "feature") -> int:
        """How many teachers, at most, an answer need exclude, whatever the query: the largest integer below B/8α².

        B = λ for "statistical" queries. For features h, E_ν[h D] is half of E_ν[D] and half of E_ν[(2h - 1)D], so that
        B = (√λ + m)²/4, where m² is the sum of E_ν[F_T - F]² over all T, which is 0 if all teachers say 1 equally
        often. 0 if ``spread`` is at most 2α. 0 < alpha <= 1. Raises TypeError or ValueError for any other.
        Proof: as for ``game.most_ruled_out``, with E_ν[h(F_T - F)] in place of ĥ(S).
        """
        tolerance = float(as_tolerance(alpha))
        if self.spread(query=query) <= 2 * tolerance:
            return 0
        budget = self.overlap
        if query == "feature":
            means = (self._signs - self._signs.mean(axis=0)) @ self._p
            budget = (budget**0.5 + float(np.sqrt(means @ means))) ** 2 / 4
        return min(self.number - 1, ceil(budget / (8 * tolerance**2) + ROUNDING) - 1)

    def most_satisfied(self, *, epsilon: float) -> int:
        """How many teachers, at most, one classifier can be right about with probability above 1 - ε.

        1 if any two differ with probability 2ε or more; else the largest integer below Λ/(1 - 2ε)², where Λ is the
        largest eigenvalue of the matrix of all E_ν[F_T F_T'], and N if that is less. 0 < epsilon < 1/2.
        Raises TypeError or ValueError for any other.
        """
        error = as_fraction(epsilon, name="epsilon")
        if not 0 < error < 0.5:
            raise ValueError(f"epsilon must lie in (0, 1/2), got {epsilon}")
        differ = self._above + self._above.T
        if differ[~np.eye(self.number, dtype=np.bool_)].min(initial=1) >= 2 * float(error):
            return 1
        limit = _largest(self._signs, self._p) / (1 - 2 * float(error)) ** 2
        return min(self.number, ceil(limit + ROUNDING) - 1)

    def queries_needed(self, *, alpha: float, epsilon: float, query: Kind = "feature") -> int | float:
        """How many queries a deterministic student needs at least, to be right with probability above 1 - ε on ν.

        For every teacher of the class, when an honest oracle of tolerance α chooses its answers: what remains of N -
        ``most_satisfied``, divided by ``most_ruled_out``, rounded up; ``math.inf`` if that is a division by 0.
        0 < alpha <= 1; 0 < epsilon < 1/2. Raises TypeError or ValueError for any other.
        """
        too_many = self.number - self.most_satisfied(epsilon=epsilon)
        most = self.most_ruled_out(alpha=alpha, query=query)
        return -(-too_many // most) if most else inf if too_many else 0

    def queries_enough(self, *, alpha: float, query: Kind = "feature") -> int | float:
        """How many queries suffice to find the teacher: N - 1, or ``math.inf`` if no number does.

        To the query "where only this one of the two says 1" two teachers give answers as different as can be; if that
        is more than 2α for any two, each such question excludes one at least. If it is not, the number in the middle
        is an honest answer for both, whatever the query. 0 < alpha <= 1. Raises TypeError or ValueError for any other.
        """
        apart = self._apart(query)[~np.eye(self.number, dtype=np.bool_)]
        return self.number - 1 if apart.min(initial=inf) > 2 * float(as_tolerance(alpha)) + ROUNDING else inf

    def spread(self, *, query: Kind = "feature") -> float:
        """How far the true answers of two teachers to one query are apart at most.

        For features the largest P(T = 1, T' = 0), for "statistical" queries the largest P(T ≠ T').
        Raises TypeError or ValueError for another query.
        """
        return float(self._apart(query).max())

    def _apart(self, query: Kind) -> NDArray[np.float64]:
        """The same for every pair, (N, N)."""
        if as_choice(query, BUDGETS, name="query") == "feature":
            return np.maximum(self._above, self._above.T)
        return np.asarray(self._above + self._above.T)

    @cached_property
    def _above(self) -> NDArray[np.float64]:
        """P(T = 1, T' = 0) for every pair, (N, N)."""
        ones = (1 - self._signs) / 2
        return np.asarray((ones * self._p) @ (1 - ones).T)

    @cached_property
    def _signs(self) -> NDArray[np.float64]:
        return 1.0 - 2.0 * np.asarray(self.labels)

    @property
    def _p(self) -> NDArray[np.float64]:
        return np.asarray(self.weights)


def _largest(rows: NDArray[np.float64], p: NDArray[Any]) -> float:
    """The largest eigenvalue of the matrix of all E_ν[r r'], r and r' rows."""
    return float(np.linalg.norm(rows * np.sqrt(p), 2) ** 2)
