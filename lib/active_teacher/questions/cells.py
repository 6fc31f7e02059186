"""The four cells around Theorems 4.2 and 4.3: how many questions a student needs at least, by what it knows and asks.

One criterion for all four: ν is uniform on the cube, and after its questions the student, who is deterministic, has a
classifier that is right with probability above 1 - ε on ν, for every teacher that it must reckon with. Who knows the
class reckons with 𝒯 of (4.3), who does not with all functions {0,1}^d → {0,1}; the labels of μ's two points are known
to both. These numbers may have more digits than a computer can hold: they are given by their logarithms.
"""

from fractions import Fraction
from math import ceil, e, floor, inf, log2, log10

from active_teacher.checks import as_count, as_real
from active_teacher.questions.game import queries_needed
from active_teacher.questions.queries import as_fraction, as_tolerance

MOST_COORDINATES = 1000  # beyond, logarithms too may be too large for a float


def at_least(d: int, *, alpha: float | Fraction, epsilon: float | Fraction) -> dict[str, dict[str, float]]:
    """log10 of the number of questions without which no student succeeds, in each of the four cells.

    2 <= d <= 1000; alpha: the tolerance of feature queries, in (0, 1]; epsilon: in (0, 1/4], so that no classifier is
    good enough for two parities. Returns "feature queries" and "data queries", each with "knows the class" and "does
    not": a float >= 0, or inf where no number suffices. Data queries: d - 1, and the least integer above (1 - ε) 2^d
    less the two that μ shows; both suffice. Feature queries: ``game.queries_needed``, and who does not know the class
    needs the largest of three numbers: that one; e^(2α²2^d)/4, since one answer need not exclude more than a share
    2e^(-2α²2^d) of all functions, and a classifier is good enough for half of them at most; and, since an oracle may
    round to ⌈1/2α⌉ numbers, the bits that tell so many classifiers apart that one is good enough for each function.
    No number suffices where functions that no one classifier is good enough for have the same answers: see ``_alike``.
    Raises TypeError or ValueError for any other. Source: Theorems 4.2 and 4.3, with numbers.

    >>> bounds = at_least(20, alpha=0.01, epsilon=0.25)
    >>> {name: written(bounds["feature queries"][name]) for name in ("knows the class", "does not")}
    {'knows the class': '1,681', 'does not': '2.9·10^90'}
    """
    d, tolerance, error = as_count(d, name="d", least=2), as_tolerance(alpha), as_fraction(epsilon, name="epsilon")
    if d > MOST_COORDINATES:
        raise ValueError(f"d must be at most {MOST_COORDINATES}, got {d}")
    if not 0 < error <= Fraction(1, 4):
        raise ValueError(f"epsilon must lie in (0, 1/4], got {epsilon}")
    points = 2**d
    known = log10(queries_needed(d, alpha=tolerance, epsilon=error))
    unknown = inf
    if not _alike(d, 2 * tolerance * points, error * points):
        coins = float(2 * tolerance**2 * points) * log10(e) - log10(4)
        wrong = Fraction(ceil(error * points) - 1, points - 2)  # at most, of the points that μ does not show
        bits = (points - 2) * (1 - _entropy(float(wrong))) / log2(ceil(1 / (2 * tolerance)))
        unknown = max(known, coins, log10(bits))
    return {
        "feature queries": {"knows the class": known, "does not": unknown},
        "data queries": {"knows the class": log10(d - 1), "does not": log10(floor((1 - error) * points) - 1)},
    }


def _alike(d: int, reach: Fraction, errors: Fraction) -> bool:
    """Whether functions that no classifier is good enough for, with μ's labels, may all get the same answers.

    These may be two that differ on ⌈errors⌉ points in each direction, or the 2^r - 1 nonzero parities of r bits, each
    of whose 2^r - 1 nonzero points stands for b points of the cube: any two of them differ on b 2^(r-2) points in each
    direction, and averaged over all of them a classifier errs on b (2^(r-1) - 1) points at least. They fit into the
    cube beside μ's two points, since the errors are a quarter of it or fewer. The answers may be the same where that
    many points in one direction are at most ``reach``, 2α 2^d.
    """
    if ceil(errors) <= reach:
        return True
    copies = ((r, ceil(errors / (2 ** (r - 1) - 1))) for r in range(2, d))
    return any(b * 2 ** (r - 2) <= reach for r, b in copies)


def _entropy(share: float) -> float:
    """Of a coin, in bits: at most 2^(n entropy) subsets of n points have a share of them or less, up to one half."""
    return -sum(p * log2(p) for p in (share, 1 - share) if p)


def written(logarithm: float) -> str:
    """A number of questions, given by its log10, as text: whole below a million, else by powers of ten, rounded down.

    logarithm: at least 0, or inf. Raises TypeError or ValueError for any other.

    >>> [written(x) for x in (log10(19), 7.5, 90.5, 2.5e26, inf)]
    ['19', '3.1·10^7', '3.1·10^90', '10^(2.5·10^26)', 'none suffices']
    """
    if logarithm == inf:
        return "none suffices"
    logarithm = as_real(logarithm, name="logarithm")
    if logarithm < 0:
        raise ValueError(f"logarithm must be at least 0, or inf, got {logarithm}")
    if logarithm < 6:
        return f"{round(10**logarithm):,}"
    if logarithm >= 1e6:
        return f"10^({_scientific(log10(logarithm))})"
    return _scientific(logarithm)


def _scientific(logarithm: float) -> str:
    """Two digits, rounded down, and a power of ten."""
    power = floor(logarithm)
    digits = floor(10 ** (logarithm - power + 1) + 1e-6)  # a float may fall just short of a whole number
    return f"{digits / 10:.1f}·10^{power}"
