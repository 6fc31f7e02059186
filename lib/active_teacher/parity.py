"""Parities: the cube, the functions f_S, their Walsh–Hadamard transform, and Theorems 4.2 and 4.3 as code.

Coordinates count from 0, so that the paper's 1 ∈ S is ``0 in subset``. A subset S has the index Σ_{i∈S} 2^i, and point
k of the cube has x_i = bit i of k. ν is uniform on the cube.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, reduce
from math import ceil, floor, prod
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from active_teacher.labels import (
    UNCERTAIN,
    Classifier,
    Labels,
    Points,
    as_array,
    as_count,
    as_labels,
    as_points,
    as_real,
    ask,
)

MOST_BYTES = 2**30  # 1 GiB: what takes more memory is refused
BATCH = 2**22  # about as many coordinates are asked at once
WHOLE, LOW = 20, 16  # an array of up to 2^20 is transformed as a whole, a longer one by pieces of 2^16, a cache's size


def cube(d: int) -> NDArray[np.float32]:
    """All points of {0,1}^d, in index order: point k has x_i = bit i of k.

    d >= 1. Returns (2^d, d) float32. Raises TypeError or ValueError for any other d, and ValueError, with the size, for
    more than 1 GiB. Source: X of section 4.1.
    """
    d = as_count(d, name="d")
    _check_size(d, 4 * d, "the cube")
    x = np.zeros((2**d, d), dtype=np.float32)
    for i in range(d):
        x[2**i : 2 ** (i + 1)] = x[: 2**i]
        x[2**i : 2 ** (i + 1), i] = 1
    return x


def _check_size(d: int, bytes_each: int, what: str) -> None:
    if d > 64 or 2**d * bytes_each > MOST_BYTES:
        size = f"{2**d * bytes_each / 2**30:,.1f} GiB" if d < 64 else f"{bytes_each} * 2^{d} bytes"
        raise ValueError(f"d must be smaller: {what} of d = {d} would need {size}, and the limit is 1 GiB")


def index_of(subset: Iterable[int]) -> int:
    """Σ_{i∈S} 2^i, the index of a subset S of the coordinates 0, 1, 2, ...

    Raises TypeError or ValueError for what is no set of coordinates.
    """
    return sum(1 << i for i in _as_subset(subset))


def subset_of(index: int) -> tuple[int, ...]:
    """The subset whose index is given, in increasing order.

    index >= 0. Raises TypeError or ValueError for any other.
    """
    if not isinstance(index, Integral) or isinstance(index, bool):
        raise TypeError(f"index must be an integer, got {index!r}")
    if index < 0:
        raise ValueError(f"index must be at least 0, got {index}")
    bits = f"{int(index):b}"
    return tuple(i for i, bit in enumerate(reversed(bits)) if bit == "1")


def teachers(d: int) -> NDArray[np.int64]:
    """The indices of all S that include the first coordinate: the class 𝒯 of (4.3).

    d >= 1. Returns (2^(d-1),) int64, in increasing order: the odd numbers. Raises TypeError or ValueError for any other
    d, and ValueError, with the size, for more than 1 GiB.
    """
    d = as_count(d, name="d")
    _check_size(d, 4, "the class of teachers")
    return np.arange(1, 2**d, 2)


def _as_subset(subset: Any, d: int | None = None) -> tuple[int, ...]:
    if not isinstance(subset, Iterable):
        raise TypeError(f"subset must be a set of coordinates, got {subset!r}")
    members: set[int] = set()
    for i in subset:
        if not isinstance(i, Integral) or isinstance(i, bool):
            raise TypeError(f"subset must hold coordinates, integers from 0, got {i!r}")
        member = int(i)
        if member < 0 or (d is not None and member >= d):
            raise ValueError(f"subset must hold coordinates from 0{'' if d is None else f' to {d - 1}'}, got {i}")
        if member in members:
            raise ValueError(f"subset must hold different coordinates, got {i} twice")
        members.add(member)
    return tuple(sorted(members))


def _as_flag(flag: Any, *, name: str) -> bool:
    if not isinstance(flag, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {flag!r}")
    return bool(flag)


def _as_bits(x: Any, d: int | None = None) -> tuple[Points, NDArray[np.bool_]]:
    """Points of {0,1}^d, and where they are 1."""
    x = as_points(x, dimension=d)
    if x.ndim != 2:
        raise ValueError(f"x must have shape (n, d), got shape {x.shape}")
    ones = x == 1
    bits = ones | (x == 0)
    if not bits.all():
        row, i = np.argwhere(~bits)[0]
        raise ValueError(f"x must lie in {{0, 1}}^d, got {x[row, i]:g} in row {row}")
    return x, ones


def _as_classes(given: Any, *, name: str, n: int) -> Labels:
    y = as_labels(given, name=name, n=n, classes=2)
    if (y == UNCERTAIN).any():
        raise ValueError(f"{name} must hold 0 and 1 only, got UNCERTAIN at position {np.argmax(y == UNCERTAIN)}")
    return y


@dataclass(frozen=True)
class Parity:
    """The parity of S: f_S(x) = Σ_{i∈S} x_i mod 2, or its complement 1 - f_S(x) = ½(1 + (-1)^{Σ_{i∈S} x_i}).

    subset: S, any set of coordinates 0 .. d-1, kept in increasing order; d >= 1; complement: whether to say 1 - f_S.
    A teacher as well as a student. Raises TypeError or ValueError for any other.
    Source: (4.1); the complement is the teacher of the preprint.
    """

    subset: tuple[int, ...]
    d: int
    complement: bool

    def __init__(self, subset: Iterable[int], d: int, *, complement: bool = False) -> None:
        object.__setattr__(self, "d", as_count(d, name="d"))
        object.__setattr__(self, "subset", _as_subset(subset, self.d))
        object.__setattr__(self, "complement", _as_flag(complement, name="complement"))

    @property
    def index(self) -> int:
        """Σ_{i∈S} 2^i."""
        return index_of(self.subset)

    def __call__(self, x: Points) -> Labels:
        """x: (n, d), entries 0 and 1. Returns (n,) classes. Raises TypeError or ValueError for other points."""
        x, _ = _as_bits(x, self.d)
        members = np.zeros(self.d, dtype=np.result_type(x, np.float32))  # which counts exactly up to 2^24
        members[list(self.subset)] = 1
        y: Labels = (x @ members).astype(np.int64) % 2 ^ self.complement
        return y


def walsh_hadamard(values: ArrayLike, *, in_place: bool = False) -> NDArray[Any]:
    """Σ_x values[x] (-1)^{Σ_{i∈S} x_i} for every subset S at once, by index.

    values: (2^d,) real numbers, one for each point of the cube. Returns (2^d,), float32 for float32, else float64.
    Exact for whole numbers whose absolute values sum to at most 2^24 (float32) or 2^53 (float64).
    in_place: whether to write the result over ``values``, which must then be a writable C-contiguous float32 or
    float64 array; a part of 2^20 values at most is copied then.
    Raises TypeError for entries that are not real numbers and for an array that can't be written over; ValueError for
    another shape, NaN, infinities, and values whose sums may be too large for a float; nothing has been written then.
    """
    own = _as_function(values, name="values", copy=not _as_flag(in_place, name="in_place"))
    if in_place and not (isinstance(values, np.ndarray) and values.dtype == own.dtype and values.flags.carray):
        raise TypeError("in place, values must be a writable C-contiguous float32 or float64 array")
    _transform(own)
    return own


def _as_function(values: Any, *, name: str, copy: bool) -> NDArray[Any]:
    """One real number for each point of a cube, as (2^d,) float32 or float64."""
    given = as_array(values, name=name)
    if given.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold real numbers, got dtype {given.dtype}")
    n = given.size
    if given.ndim != 1 or n == 0 or n & (n - 1):
        raise ValueError(f"{name} must have one value for each of the 2^d points, shape (2^d,), got {given.shape}")
    with np.errstate(over="ignore"):  # what is too large for a float becomes infinite
        given = given.astype(np.float32 if given.dtype == np.float32 else np.float64, order="C", copy=copy)
        largest = np.maximum(given.max(), -given.min()) * given.dtype.type(n)
    if not np.isfinite(largest):
        raise ValueError(f"{name} must be finite, with sums that are, got NaN, infinity or a number too large")
    return given


def _transform(a: NDArray[Any]) -> None:
    # The 2^d signs are d-fold Kronecker products, so a matrix product with the 2^k signs of a small k does k bits of
    # the index at once. Each pass takes the k top bits and leaves them at the bottom: when all bits have gone round,
    # they are in order again, and no pass has a stride that BLAS is slow on.
    d = a.size.bit_length() - 1
    if d <= WHOLE:
        _rotate(a, np.empty_like(a))
        return
    # A longer array is transformed by rows that stay in the cache, and then by blocks of columns, in two passes.
    top, bottom = (d - LOW) // 2, (d - LOW + 1) // 2
    width = 2 ** max(LOW - top - bottom, 6)
    scratch = np.empty(2 ** (top + bottom) * width, dtype=a.dtype)
    for row in a.reshape(-1, 2**LOW):
        _rotate(row, scratch[: 2**LOW])
    whole, part = a.reshape(2**top, 2**bottom, 2**LOW), scratch.reshape(2**top, 2**bottom, width)
    for left in range(0, 2**LOW, width):
        block = whole[:, :, left : left + width]
        np.matmul(_hadamard(top, a.dtype), block.swapaxes(0, 1), out=part.swapaxes(0, 1))
        np.matmul(_hadamard(bottom, a.dtype), part, out=block)


def _rotate(a: NDArray[Any], scratch: NDArray[Any]) -> None:
    d = a.size.bit_length() - 1
    passes = 2 * ceil(d / 8)  # even, to end where it began, and of at most 4 bits
    for i in range(passes):
        k = (d + i) // passes
        np.matmul(a.reshape(2**k, -1).T, _hadamard(k, a.dtype), out=scratch.reshape(-1, 2**k))
        a, scratch = scratch, a


@lru_cache
def _hadamard(k: int, dtype: Any) -> NDArray[Any]:
    """The signs (-1)^{Σ_{i∈S} x_i} of {0,1}^k, (2^k, 2^k)."""
    signs: NDArray[Any] = reduce(np.kron, [np.array([[1, 1], [1, -1]], dtype)] * k, np.ones((1, 1), dtype))
    return signs


def fourier(h: ArrayLike) -> NDArray[Any]:
    """ĥ(S) = E_ν[h(x) (-1)^{Σ_{i∈S} x_i}] for every subset S, by index: the Fourier coefficients of h on the cube.

    h: (2^d,) real numbers, one for each point of the cube. Returns (2^d,), float32 for float32, else float64; how exact
    and which errors: see walsh_hadamard.
    """
    spectrum = _as_function(h, name="h", copy=True)
    _transform(spectrum)
    spectrum /= spectrum.size
    return spectrum


def correlations(h: ArrayLike, *, complement: bool = False) -> NDArray[Any]:
    """E_ν[h f_S] = (ĥ(∅) - ĥ(S))/2 for every subset S, by index: what exact answers to the feature query h would be.

    h: (2^d,) real numbers, one for each point of the cube. complement: for 1 - f_S, which is (ĥ(∅) + ĥ(S))/2.
    Returns (2^d,), float32 for float32, else float64. Errors: see walsh_hadamard.
    """
    sign = 1 if _as_flag(complement, name="complement") else -1
    half = fourier(h) / 2
    return np.asarray(half[0] + sign * half)


def bent(d: int) -> Labels:
    """The inner product of one half of the coordinates with the other, x_0 x_1 + x_2 x_3 + ... mod 2.

    d >= 2, even. Returns (2^d,) int64, its values on the cube. All |ĥ(S)| with S ≠ ∅ are 2^(-d/2) / 2: it is bent,
    correlated with every parity alike. Raises TypeError or ValueError for any other d, and ValueError, with the size,
    for more than 1 GiB.
    """
    d = as_count(d, name="d")
    if d % 2:
        raise ValueError(f"d must be even, got {d}")
    _check_size(d, 8, "a bent function")
    signs = reduce(np.kron, [np.array([1, 1, 1, -1])] * (d // 2))
    return np.asarray((1 - signs) // 2)


def ruled_out(h: ArrayLike, *, alpha: float | Fraction, general: bool = False) -> NDArray[np.bool_]:
    """The teachers with |E_ν[h f_S] - E_ν[h]/2| > α: those that the answer E_ν[h]/2 to the feature query h excludes.

    h: (2^d,) values 0 and 1, one for each point of the cube; with ``general`` also -1, as in h(x) = χ(x, 1) - χ(x, 0)
    for a general statistical query χ. The difference is |ĥ(S)|/2, in both conventions. 0 < alpha <= 1; the comparison
    is exact. Returns (2^(d-1),) bool, in the order of ``teachers(d)``. Raises TypeError or ValueError for any other.
    """
    sums = _sums(h, lowest=-1 if _as_flag(general, name="general") else 0)
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


def most_ruled_out(alpha: float | Fraction, *, general: bool = False) -> int:
    """The most teachers that one answer E_ν[h]/2 excludes: the largest integer below 1/(16α²).

    Since S is excluded where |ĥ(S)| > 2α, and Σ_{S≠∅} ĥ(S)² = Var_ν h, at most 1/4 for h(x) ∈ {0, 1}. With ``general``
    the variance is at most 1 and the integer below 1/(4α²). 0 < alpha <= 1, a float counting as the fraction it is.
    Raises TypeError or ValueError for any other.
    """
    return ceil(_limit(alpha, general)) - 1


def _limit(alpha: Any, general: bool) -> Fraction:
    variance = Fraction(1) if _as_flag(general, name="general") else Fraction(1, 4)
    limit: Fraction = variance / (2 * _as_tolerance(alpha)) ** 2
    return limit


def queries_needed(d: int, *, alpha: float | Fraction, epsilon: float | Fraction, general: bool = False) -> int:
    """How many feature queries a student needs at least, 16α² (2^(d-1) - 1/(1-2ε)²), or 4α² (...) with ``general``.

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
    needed: Fraction = (2 ** (d - 1) - 1 / (1 - 2 * error) ** 2) / _limit(alpha, general)
    return max(0, ceil(needed))


class Game:
    """The stubborn teacher of Theorem 4.2 as an adversary, who has not chosen S yet and commits as late as possible.

    It answers a feature query h by E_ν[h]/2 while some teacher that is left is within α of that; else by the truth of
    the teacher left whose answer keeps the most. d >= 1; 0 < alpha <= 1.
    survivors: (2^(d-1),) bool, which of ``teachers(d)`` are left, one at least; history: how many were left after each
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


def learn(teacher: Classifier, d: int, *, complement: bool | None = None, first: bool = False) -> Parity:
    """The student of Theorem 4.3: asks a parity for T(0) and each T(e_i), and knows it everywhere.

    teacher: a callable (n, d) -> (n,) labels 0 and 1, asked in batches of float32 points. d + 1 questions; one less if
    the convention ``complement`` is given, one less if S is known to include the ``first`` coordinate, as in (4.3).
    Returns the Parity. That a teacher is no parity can't be noticed: what is returned then agrees where it was asked.
    Raises TypeError or ValueError for any other arguments or answers.
    """
    d, first = as_count(d, name="d"), _as_flag(first, name="first")
    if complement is None:
        at_zero = bool(_answers(teacher, np.zeros((1, d), dtype=np.float32))[0])
    else:
        at_zero = _as_flag(complement, name="complement")
    subset = [0] if first else []
    batch = max(BATCH // d, 1)
    for left in range(len(subset), d, batch):
        e = np.eye(min(batch, d - left), d, left, dtype=np.float32)
        subset += (left + np.flatnonzero(_answers(teacher, e) != at_zero)).tolist()
    return Parity(subset, d, complement=at_zero)


def _answers(teacher: Classifier, x: Points) -> Labels:
    return _as_classes(ask(teacher, x, role="teacher"), name="the teacher's answer", n=len(x))


def eliminate(x: ArrayLike, y: ArrayLike, *, complement: bool | None = None) -> Parity | None:
    """The only parity that says y at x, by Gaussian elimination over GF(2); None if more than one does.

    x: (n, d), entries 0 and 1; y: (n,) labels 0 and 1; complement: the convention, if known. Each example is a linear
    equation for the d bits of S, and the bit of the convention. Raises ValueError if no parity says y at x (noisy
    labels will do that), and TypeError or ValueError for any other data.
    """
    _, ones = _as_bits(x)
    label = _as_classes(y, name="y", n=len(ones)) == 1
    known = [] if complement is None else [_as_flag(complement, name="complement")]
    columns = [label ^ known[0]] if known else [label, np.ones_like(label)]
    packed = np.packbits(np.column_stack([*columns, ones]), axis=1, bitorder="little")
    equations: dict[int, int] = {}  # by its highest unknown; bit 0 of an equation is its right hand side
    for i, row in enumerate(packed):
        equation = int.from_bytes(row.tobytes(), "little")
        while (highest := equation.bit_length() - 1) in equations:
            equation ^= equations[highest]
        if equation == 1:
            raise ValueError(f"y must be what a parity says at x, but example {i} contradicts those before it")
        if equation:
            equations[highest] = equation
    unknowns = ones.shape[1] + len(columns) - 1
    if len(equations) < unknowns:
        return None
    solution = 1
    for k in range(1, unknowns + 1):
        solution |= ((equations[k] & solution).bit_count() & 1) << k
    convention = known[0] if known else bool(solution >> 1 & 1)
    return Parity(subset_of(solution >> len(columns)), ones.shape[1], complement=convention)


def chance_determined(d: int, n: int, *, convention: bool = False) -> float:
    """The probability that n uniformly random examples determine a parity: ∏_{i<d} (1 - 2^{-(m-i)}), m = n - 1.

    That is the chance that the n points (x, 1) have rank d + 1: that the differences of n - 1 of them from the other
    have rank d. With the ``convention`` known, that of n points x having rank d, and m = n. d, n >= 1.
    Returns a float, 0 if m < d. Raises TypeError or ValueError for any other.
    """
    d, n = as_count(d, name="d"), as_count(n)
    m = n if _as_flag(convention, name="convention") else n - 1
    return prod(1 - 2.0**-k for k in range(m - d + 1, m + 1)) if m >= d else 0.0
