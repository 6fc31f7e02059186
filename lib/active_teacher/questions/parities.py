"""Parities: the cube, the functions f_S, their Walsh–Hadamard transform, and Theorems 4.2 and 4.3 as code.

Coordinates count from 0, so that the paper's 1 ∈ S is ``0 in subset``. A subset S has the index Σ_{i∈S} 2^i, and point
k of the cube has x_i = bit i of k. ν is uniform on the cube.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from math import prod
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from active_teacher.checks import as_count, as_flag, as_labels, as_points, ask
from active_teacher.labels import UNCERTAIN, Classifier, Labels, Points

MOST_BYTES = 2**30  # 1 GiB: what takes more memory is refused
BATCH = 2**22  # about as many coordinates are asked at once


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


def teacher_indices(d: int) -> NDArray[np.int64]:
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
        object.__setattr__(self, "complement", as_flag(complement, name="complement"))

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


def learn(teacher: Classifier, d: int, *, complement: bool | None = None, includes_first: bool = False) -> Parity:
    """The student of Theorem 4.3: asks a parity for T(0) and each T(e_i), and knows it everywhere.

    teacher: a callable (n, d) -> (n,) labels 0 and 1, asked in batches of float32 points. d + 1 questions; one less if
    the convention ``complement`` is given, one less if S ``includes_first``, the first coordinate, as in (4.3).
    Returns the Parity. That a teacher is no parity can't be noticed: what is returned then agrees where it was asked.
    Raises TypeError or ValueError for any other arguments or answers.
    """
    d, includes_first = as_count(d, name="d"), as_flag(includes_first, name="includes_first")
    if complement is None:
        at_zero = bool(_answers(teacher, np.zeros((1, d), dtype=np.float32))[0])
    else:
        at_zero = as_flag(complement, name="complement")
    subset = [0] if includes_first else []
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
    known = [] if complement is None else [as_flag(complement, name="complement")]
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


def chance_determined(d: int, n: int, *, complement_known: bool = False) -> float:
    """The probability that n uniformly random examples determine a parity: ∏_{i<d} (1 - 2^{-(m-i)}), m = n - 1.

    That is the chance that the n points (x, 1) have rank d + 1: that the differences of n - 1 of them from the other
    have rank d. With ``complement_known``, that of n points x having rank d, and m = n. d, n >= 1.
    Returns a float, 0 if m < d. Raises TypeError or ValueError for any other.
    """
    d, n = as_count(d, name="d"), as_count(n)
    m = n if as_flag(complement_known, name="complement_known") else n - 1
    return prod(1 - 2.0**-k for k in range(m - d + 1, m + 1)) if m >= d else 0.0
