"""Parities: the cube, the functions f_S on it, a test of whether a teacher is one, and who learns one from labels.

Coordinates count from 0, so that the paper's 1 ∈ S is ``0 in subset``. A subset S has the index Σ_{i∈S} 2^i, and point
k of the cube has x_i = bit i of k. ν is uniform on the cube.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from active_teacher.checks import as_count, as_flag, as_labels, as_points, as_rng
from active_teacher.labels import Classifier, Labels, Points
from active_teacher.questions.queries import Data, as_bits

MOST_BYTES = 2**30  # 1 GiB: what takes more memory is refused
BATCH = 2**22  # about as many coordinates are asked at once


def cube(d: int) -> NDArray[np.float32]:
    """All points of {0,1}^d, in index order: point k has x_i = bit i of k.

    d >= 1. Returns (2^d, d) float32. Raises TypeError or ValueError for any other d, and ValueError, with the size, for
    more than 1 GiB. Source: X of section 4.1.

    >>> cube(2).tolist()
    [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    """
    d = as_count(d, name="d")
    check_size(d, 4 * d, "the cube")
    x = np.zeros((2**d, d), dtype=np.float32)
    for i in range(d):
        x[2**i : 2 ** (i + 1)] = x[: 2**i]
        x[2**i : 2 ** (i + 1), i] = 1
    return x


def check_size(d: int, bytes_each: int, what: str) -> None:
    """Check that 2^d times so many bytes fit into memory. Raises ValueError, with the size, for more than 1 GiB.

    >>> check_size(40, 8, "a feature")
    Traceback (most recent call last):
    ValueError: d must be smaller: a feature of d = 40 would need 8,192.0 GiB, and the limit is 1 GiB
    """
    if d > 64 or 2**d * bytes_each > MOST_BYTES:
        size = f"{2**d * bytes_each / 2**30:,.1f} GiB" if d <= 64 else f"{bytes_each} * 2^{d} bytes"
        raise ValueError(f"d must be smaller: {what} of d = {d} would need {size}, and the limit is 1 GiB")


def index_of(subset: Iterable[int]) -> int:
    """Σ_{i∈S} 2^i, the index of a subset S of the coordinates 0, 1, 2, ...

    Raises TypeError or ValueError for what is no set of coordinates.

    >>> index_of({0, 2})
    5
    """
    return sum(1 << i for i in _as_subset(subset))


def subset_of(index: int) -> tuple[int, ...]:
    """The subset whose index is given, in increasing order.

    index >= 0. Raises TypeError or ValueError for any other.

    >>> subset_of(5)
    (0, 2)
    """
    bits = f"{as_count(index, name='index', least=0):b}"
    return tuple(i for i, bit in enumerate(reversed(bits)) if bit == "1")


def teacher_indices(d: int) -> NDArray[np.int64]:
    """The indices of all S that include the first coordinate: the class 𝒯 of (4.3).

    d >= 1. Returns (2^(d-1),) int64, in increasing order: the odd numbers. Raises TypeError or ValueError for any other
    d, and ValueError, with the size, for more than 1 GiB.

    >>> teacher_indices(3)
    array([1, 3, 5, 7])
    """
    d = as_count(d, name="d")
    check_size(d, 4, "the class of teachers")
    return np.arange(1, 2**d, 2)


def _as_subset(subset: Any, d: int | None = None) -> tuple[int, ...]:
    if not isinstance(subset, Iterable):
        raise TypeError(f"subset must be a set of coordinates, got {subset!r}")
    members = sorted(as_count(i, name="a coordinate in subset", least=0) for i in subset)
    if d is not None and members and members[-1] >= d:
        raise ValueError(f"subset must hold coordinates from 0 to {d - 1}, got {members[-1]}")
    if len(set(members)) < len(members):
        raise ValueError(f"subset must hold different coordinates, got {members}")
    return tuple(members)


@dataclass(frozen=True)
class Parity:
    """The parity of S: f_S(x) = Σ_{i∈S} x_i mod 2, or its complement 1 - f_S(x) = ½(1 + (-1)^{Σ_{i∈S} x_i}).

    subset: S, any set of coordinates 0 .. d-1, kept in increasing order; d >= 1; complement: whether to say 1 - f_S.
    A teacher as well as a student. Raises TypeError or ValueError for any other.
    Source: (4.1); the complement is the teacher of the preprint.

    >>> T = Parity({0, 2}, 3)
    >>> T([[1, 0, 1], [1, 1, 0]]), T.index
    (array([0, 1]), 5)
    """

    subset: tuple[int, ...]
    d: int
    complement: bool

    def __init__(self, subset: Iterable[int], d: int, *, complement: bool = False) -> None:
        d, complement = as_count(d, name="d"), as_flag(complement, name="complement")
        vars(self).update(subset=_as_subset(subset, d), d=d, complement=complement)

    @property
    def index(self) -> int:
        """Σ_{i∈S} 2^i."""
        return index_of(self.subset)

    def __call__(self, x: Points) -> Labels:
        """x: (n, d), entries 0 and 1. Returns (n,) classes. Raises TypeError or ValueError for other points."""
        ones = as_bits(as_points(x, dimension=self.d), name="x")
        return np.asarray((ones[:, list(self.subset)].sum(axis=1) + self.complement) % 2)


def bent(d: int) -> Labels:
    """The inner product of one half of the coordinates with the other, x_0 x_1 + x_2 x_3 + ... mod 2.

    d >= 2, even. Returns (2^d,) int64, its values on the cube. All |ĥ(S)| with S ≠ ∅ are 2^(-d/2) / 2: it is bent,
    correlated with every parity alike. Raises TypeError or ValueError for any other d, and ValueError, with the size,
    for more than 1 GiB.

    >>> bent(2)
    array([0, 0, 0, 1])
    """
    d = as_count(d, name="d")
    if d % 2:
        raise ValueError(f"d must be even, got {d}")
    check_size(d, 8, "a bent function")
    signs = reduce(np.kron, [np.array([1, 1, 1, -1])] * (d // 2))
    return np.asarray((1 - signs) // 2)


def learn(teacher: Classifier, d: int, *, complement: bool | None = None, includes_first: bool = False) -> Parity:
    """The student of Theorem 4.3: asks a parity for T(0) and each T(e_i), and knows it everywhere.

    teacher: a callable (n, d) -> (n,) labels 0 and 1, asked in batches of float32 points. d + 1 questions; one less if
    it is known whether T is a ``complement``, which is T(0), and one less if S is known to include the first
    coordinate, as in (4.3). Returns the Parity. That a teacher is no parity these questions can't show: what is
    returned then agrees where it was asked; see ``passes``. Raises TypeError or ValueError for any other arguments or
    answers.

    >>> learn(Parity({0, 2}, 3), 3)
    Parity(subset=(0, 2), d=3, complement=False)
    """
    d, includes_first = as_count(d, name="d"), as_flag(includes_first, name="includes_first")
    oracle = Data(teacher)
    if complement is None:
        at_zero = bool(oracle.ask(np.zeros((1, d), dtype=np.float32))[0])
    else:
        at_zero = as_flag(complement, name="complement")
    subset = [0] if includes_first else []
    batch = max(BATCH // d, 1)
    for left in range(len(subset), d, batch):
        e = np.eye(min(batch, d - left), d, left, dtype=np.float32)
        subset += (left + np.flatnonzero(oracle.ask(e) != at_zero)).tolist()
    return Parity(subset, d, complement=at_zero)


def passes(teacher: Classifier, d: int, *, rounds: int, rng: np.random.Generator) -> bool:
    """Whether T(x) + T(y) + T(z) + T(x ⊕ y ⊕ z) was even in so many rounds, with x, y and z drawn from ν anew in each.

    A test of the sentence "I am a parity": a parity or its complement passes. If every parity and every complement
    differs from T on a share δ of the cube or more, each round is odd with probability 2δ(1-δ) or more, and T passes
    with probability (1 - 2δ(1-δ))^rounds or less. A T that differs from some parity at few points is likely to pass.
    teacher: as in ``learn``, asked for 4 labels a round; d, rounds >= 1. Raises TypeError or ValueError for any other
    arguments or answers. Source: Blum, Luby and Rubinfeld, 1993; the probability is ½(1 - Σ F̂(S)⁴) for F = (-1)^T.

    >>> rng = np.random.default_rng(2021)
    >>> passes(Parity({0, 2}, 3), 3, rounds=20, rng=rng), passes(lambda x: x.all(axis=1) * 1, 3, rounds=20, rng=rng)
    (True, False)
    """
    d, rounds, rng = as_count(d, name="d"), as_count(rounds, name="rounds"), as_rng(rng)
    oracle = Data(teacher)
    batch = max(BATCH // d, 1)
    odd = 0
    for done in range(0, rounds, batch):
        x, y, z = rng.integers(0, 2, (3, min(batch, rounds - done), d), dtype=np.int8)
        answers = [oracle.ask(points.astype(np.float32)) for points in (x, y, z, x ^ y ^ z)]
        odd += int(np.count_nonzero(np.sum(answers, axis=0) % 2))
    return odd == 0


def eliminate(x: ArrayLike, y: ArrayLike, *, complement: bool | None = None) -> Parity | None:
    """The only parity that says y at x, by Gaussian elimination over GF(2); None if more than one does.

    x: (n, d), entries 0 and 1; y: (n,) labels 0 and 1; complement: which convention, if known. Each example is a linear
    equation for the d bits of S, and the bit of the convention. Raises ValueError if no parity says y at x (noisy
    labels will do that), and TypeError or ValueError for any other data.

    >>> eliminate([[0, 0], [1, 0], [1, 1]], [0, 1, 1])
    Parity(subset=(0,), d=2, complement=False)
    """
    points = as_points(x)
    if points.ndim != 2:
        raise ValueError(f"x must have shape (n, d), got shape {points.shape}")
    ones = as_bits(points, name="x")
    label = as_bits(as_labels(y, n=len(ones)), name="y")
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

    >>> chance_determined(1, 2), chance_determined(1, 2, complement_known=True)
    (0.5, 0.75)
    """
    d, n = as_count(d, name="d"), as_count(n)
    m = n if as_flag(complement_known, name="complement_known") else n - 1
    return prod(1 - 2.0**-k for k in range(m - d + 1, m + 1)) if m >= d else 0.0
