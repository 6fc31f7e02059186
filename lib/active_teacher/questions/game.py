"""Theorem 4.2 as a number and as a game: how few teachers an answer need exclude, and how long one can stay undecided.

The teachers are the parities f_S with the first coordinate in S, and ν is uniform on the cube. The truth about a query
h is (ĥ(∅) - ĥ(S))/2, and the oracle answers (ĥ(∅) - c)/2, whoever the teacher is: it *leans* by c, and excludes those
with |ĥ(S) - c| > 2α. A ``query`` is a "feature" (values 0 and 1) or "statistical", any χ: X × {0, 1} → {0, 1}, of which
h(x) = χ(x, 1) - χ(x, 0) is left to be asked (values -1, 0 and 1). With 1 - f_S for f_S, the signs of ĥ(S) and c turn.
"""

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from math import ceil, floor, inf
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import hadamard

from active_teacher.checks import as_choice, as_count, as_real
from active_teacher.labels import Points
from active_teacher.questions.parities import check_size, cube
from active_teacher.questions.queries import as_bits, as_fraction, as_tolerance
from active_teacher.questions.walsh import as_function, fourier

Kind = Literal["feature", "statistical"]
BUDGETS = {"feature": Fraction(1, 4), "statistical": Fraction(1)}  # Σ ĥ(S)² over the teachers, at most
SPREADS = {"feature": Fraction(1, 2), "statistical": Fraction(1)}  # ĥ(S) - ĥ(S') for two teachers, at most
LARGEST_SEARCH = 4  # coordinates: for 5 there are 43 million questions


def ruled_out(
    h: ArrayLike, *, alpha: float | Fraction, lean: float = 0.0, query: Kind = "feature"
) -> NDArray[np.bool_]:
    """The teachers with |ĥ(S) - lean| > 2α: those whom the answer (ĥ(∅) - lean)/2 to the query h excludes.

    h: (2^d,) values, one for each point of the cube: 0 and 1, or -1, 0 and 1 for a "statistical" query. 0 < alpha <= 1;
    lean: any number, 0 for the stubborn answer E_ν[h]/2. The comparison is exact. Returns (2^(d-1),) bool, in the order
    of ``parities.teacher_indices(d)``. Raises TypeError or ValueError for any other.

    >>> ruled_out([0, 1, 1, 0], alpha=0.2)  # the parity of both coordinates excludes one teacher, itself
    array([False,  True])
    >>> ruled_out([0, 1, 1, 0], alpha=0.2, lean=-0.25)  # its coefficients are 0 and -1/2
    array([False, False])
    """
    spectrum = _spectrum(h, query=query)
    centre, reach = Fraction(as_real(lean, name="lean")), 2 * as_tolerance(alpha)
    low, high = (ceil((centre - reach) * spectrum.size), floor((centre + reach) * spectrum.size))
    steps = spectrum[1::2] * spectrum.size  # whole numbers
    return np.asarray((steps < low) | (steps > high))


def best_lean(h: ArrayLike, *, alpha: float | Fraction, query: Kind = "feature") -> float:
    """A lean whose answer to the query h excludes the fewest teachers.

    h, alpha, query: as ``ruled_out``. The coefficients ĥ(S) are sorted, and a window of width 4α slides over them.
    Returns a multiple of 2^-(d+1), of those that are as good one nearest to 0, exactly. Raises TypeError or ValueError
    for any other.

    >>> best_lean([0, 1, 1, 0], alpha=0.2), best_lean([0, 1, 1, 0], alpha=0.125)
    (-0.125, -0.25)
    """
    spectrum = _spectrum(h, query=query)
    return _best_lean(spectrum[1::2], _reach(alpha, spectrum.size))


def most_ruled_out(*, alpha: float | Fraction, query: Kind = "feature") -> int:
    """How many teachers, at most, the best lean excludes, whatever the query: the largest integer below 1/(32α²).

    An upper bound, in every d; a query that reaches it need not exist. And 0 for α >= 1/8, where the middle of all ĥ(S)
    is within 2α of each. For "statistical" queries the integer below 1/(8α²), and 0 for α >= 1/4.
    0 < alpha <= 1, a float counting as the fraction it is. Raises TypeError or ValueError for any other.
    Proof: with the lean drawn as ±δ, P(δ <= u) = 1 - (1 - u/2α)² for u <= 2α, a teacher is excluded with a probability
    of at most ĥ(S)²/8α², and the squares sum to at most Var_ν h <= 1/4.

    >>> most_ruled_out(alpha=0.05), most_ruled_out(alpha=0.05, query="statistical")
    (12, 49)
    """
    kind, tolerance = as_choice(query, BUDGETS, name="query"), as_tolerance(alpha)
    return 0 if 4 * tolerance >= SPREADS[kind] else ceil(BUDGETS[kind] / (8 * tolerance**2)) - 1


def most_satisfied(epsilon: float | Fraction) -> int:
    """How many parities, at most, one classifier can be right about with probability above 1 - ε.

    1 for ε <= 1/4, as two parities differ on half of the cube; else the largest integer below 1/(1-2ε)², as the squared
    coefficients of a function with values ±1 sum to 1. 0 < epsilon < 1/2, a float being the fraction that it is: 0.4 is
    a little more than 2/5. Raises TypeError or ValueError for any other.

    >>> most_satisfied(0.25), most_satisfied(0.375), most_satisfied(Fraction(2, 5)), most_satisfied(0.4)
    (1, 15, 24, 25)
    """
    error = as_fraction(epsilon, name="epsilon")
    if not 0 < error < Fraction(1, 2):
        raise ValueError(f"epsilon must lie in (0, 1/2), got {epsilon}")
    return 1 if error <= Fraction(1, 4) else ceil(1 / (1 - 2 * error) ** 2) - 1


def queries_needed(
    d: int, *, alpha: float | Fraction, epsilon: float | Fraction, query: Kind = "feature"
) -> int | float:
    """How many queries a student needs at least, when the oracle leans: (2^(d-1) - L)/M, rounded up.

    For a deterministic student who is to be right with probability above 1 - ε on ν, for every teacher of 𝒯.
    M = ``most_ruled_out`` by each answer, so that 2^(d-1) - qM teachers are left after q of them, all of whom get the
    same classifier; it satisfies L = ``most_satisfied`` at most. d >= 1; 0 < alpha <= 1; 0 < epsilon < 1/2; computed in
    fractions. Returns an int >= 0, or ``math.inf`` where M = 0 and 2^(d-1) > L, so that no number suffices.
    Raises TypeError or ValueError for any other. Source: Theorem 4.2, with an explicit bound.

    >>> queries_needed(10, alpha=0.1, epsilon=0.25), queries_needed(10, alpha=0.125, epsilon=0.25)
    (171, inf)
    """
    d, most = as_count(d, name="d"), most_ruled_out(alpha=alpha, query=query)
    too_many = max(0, 2 ** (d - 1) - most_satisfied(epsilon))
    return -(-too_many // most) if most else inf if too_many else 0


def fewest_queries(d: int, *, alpha: float | Fraction) -> int | float:
    """The number of feature queries with which the best student finds every S, against the worst honest oracle.

    By a search of the whole game: both know what was asked and answered; a question is any feature, and its answer
    excludes all teachers but those within some window of width 4α over ĥ(S). 1 <= d <= 4; 0 < alpha <= 1. Returns an
    int, or ``math.inf`` for α >= 1/8 and d >= 2. Raises TypeError or ValueError for any other.

    >>> fewest_queries(3, alpha=0.1), fewest_queries(3, alpha=0.125)
    (3, inf)
    """
    d, tolerance = as_count(d, name="d"), as_tolerance(alpha)
    if d > LARGEST_SEARCH:
        raise ValueError(f"d must be at most {LARGEST_SEARCH} for a search of all games, got {d}")
    teachers, width = 2 ** (d - 1), floor(4 * tolerance * 2**d)
    # Only h(0, x') - h(1, x') matters, -1, 0 or 1, and of it 2^d ĥ(S), a whole number for each S.
    halves = np.array(list(product((-1, 0, 1), repeat=teachers)))
    steps = np.unique(halves @ hadamard(teachers), axis=0)
    members = 1 << np.arange(teachers)
    # For each question the sets that its answers leave, as bits: a window begins at some teacher's coefficient.
    kept = ((steps[:, None] >= steps[:, :, None]) & (steps[:, None] <= steps[:, :, None] + width)) @ members
    questions = np.unique(np.sort(kept, axis=1), axis=0)
    fewest = np.zeros(2**teachers)  # more questions, by the set of teachers left
    for left in sorted(range(2**teachers), key=int.bit_count):
        if left.bit_count() > 1:
            after = questions & left
            useful = after[(after != left).all(axis=1)]
            fewest[left] = 1 + fewest[useful].max(axis=1).min() if len(useful) else inf
    return inf if np.isinf(fewest[-1]) else int(fewest[-1])


class Game:
    """The teacher of Theorem 4.2 as an adversary, who has not chosen S yet: each answer excludes as few as it can.

    It answers a feature query h by (ĥ(∅) - c)/2, with a lean c as ``best_lean`` finds it, but for the teachers left:
    E_ν[h]/2 wherever that excludes nobody. At each moment, every answer so far is within α of the truth for each of
    them. d >= 1; 0 < alpha <= 1.
    survivors: (2^(d-1),) bool, which of ``parities.teacher_indices(d)`` are left, one at least; history: how many were
    left after each query; answers: what was answered. Raises TypeError or ValueError for any other d or alpha, and
    ValueError, with the size, for more than 1 GiB.

    >>> game = Game(3, alpha=0.1)
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
        coefficients, reach = spectrum[1::2], _reach(self.alpha, spectrum.size)
        lean = _best_lean(coefficients[self.survivors], reach)
        self.survivors &= np.abs(coefficients - lean) <= reach
        self.history.append(int(np.count_nonzero(self.survivors)))
        self.answers.append(float(spectrum[0] - lean) / 2)
        return self.answers[-1]


def _best_lean(coefficients: NDArray[np.float64], reach: float) -> float:
    """The centre, nearest to 0, of a window [c - reach, c + reach] that holds the most coefficients."""
    low = np.sort(coefficients)
    end = np.searchsorted(low, low + 2 * reach, "right")
    kept = end - np.arange(low.size)
    best = np.flatnonzero(kept == kept.max())
    centres = np.clip(0, low[end[best] - 1] - reach, low[best] + reach)
    return float(centres[np.abs(centres).argmin()])


def _spectrum(h: Any, *, query: Kind = "feature", n: int | None = None) -> NDArray[np.float64]:
    """ĥ, exactly: multiples of 2^-d."""
    as_choice(query, BUDGETS, name="query")
    values = np.asarray(as_function(h, name="h"), dtype=np.float64)
    if query == "feature":
        as_bits(values, name="h", n=n or max(values.size, 2))
    else:
        as_bits(np.abs(values), name="the absolute value of h", n=n or max(values.size, 2))
    return fourier(values)


def _reach(alpha: Any, n: int) -> float:
    """The largest multiple of 1/2n up to 2α: two coefficients are 4α apart at most if they are twice this apart."""
    return floor(as_tolerance(alpha) * 4 * n) / (2 * n)
