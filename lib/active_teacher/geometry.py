"""The regions that geometry can be exact about, and the half spaces that they are compared with.

Coordinates are floats, and a float is a rational number, so scores and volumes are exact fractions of what was given.
A new kind of region is a class with the methods of ``Region``, such as ``CutBox`` of ``machinery.cuts``, what a half
space leaves of a box; whoever asks about regions asks by these only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from active_teacher.checks import as_array, as_flag, as_points, as_real, as_row
from active_teacher.labels import Points


@dataclass(frozen=True, eq=False)
class HalfSpace:
    """The points x with w·x + b >= 0, or > 0 if strict.

    w: (d,); b: a number. w = 0 is allowed: then it is all points or none. Raises TypeError or ValueError for any other.

    >>> HalfSpace([1, -1], 0.5).contains([[0, 0], [0, 1]])
    array([ True, False])
    """

    w: NDArray[np.float64]
    b: float
    strict: bool = False

    def __init__(self, w: ArrayLike, b: float, strict: bool = False) -> None:
        vars(self).update(w=as_row(w, name="w"), b=as_real(b, name="b"), strict=as_flag(strict, name="strict"))

    def contains(self, x: Points) -> NDArray[np.bool_]:
        """Which points lie in it, up to rounding. x: (n, d). Returns (n,) bool. Raises TypeError or ValueError."""
        with np.errstate(over="ignore", invalid="ignore"):
            score = as_points(x, dimension=self.w.size) @ self.w + self.b
        return np.asarray(score > 0 if self.strict else score >= 0)

    def score(self, point: ArrayLike) -> Fraction:
        """w·x + b at a point, (d,), exactly. Raises TypeError or ValueError for any other."""
        x = as_row(point, name="a point")
        if x.shape != self.w.shape:
            raise ValueError(f"a point must have {self.w.size} coordinates, got {x.size}")
        return sum((Fraction(c) * Fraction(z) for c, z in zip(self.w, x, strict=True) if c != 0), Fraction(self.b))

    def admits(self, score: Fraction) -> bool:
        """Whether the points of this score lie in it, exactly. Raises TypeError if the score is no fraction."""
        if not isinstance(score, Fraction):
            raise TypeError(f"score must be a Fraction, as score(point) returns it, got {score!r}")
        return score > 0 if self.strict else score >= 0

    def outside(self, worst: NDArray[np.float64], inside: NDArray[np.float64]) -> NDArray[np.float64]:
        """A point of negative score between two: half the way from the worst until the score is 0, or all the way.

        worst, inside: (d,), the first of negative score. Raises TypeError or ValueError as ``score`` does.
        """
        least, there = self.score(worst), self.score(inside)
        step = float(least / (least - there)) / 2 if there >= 0 > least else 1.0
        return np.asarray(worst + step * (inside - worst))


class Region(Protocol):
    """A convex set of points: a ``Box``, what a half space leaves of one, or whatever else answers these questions."""

    @property
    def box(self) -> "Box":
        """The box that it is, or is part of."""

    @property
    def cuts(self) -> Sequence[HalfSpace]:
        """The half spaces that leave the region of this box."""

    @property
    def deepest(self) -> NDArray[np.float64]:
        """A point of it, (d,), as deep in the cuts as any, or in the middle."""

    def contains(self, x: Points) -> NDArray[np.bool_]:
        """Which points lie in it."""

    def least(self, half_space: HalfSpace) -> tuple[Fraction, NDArray[np.float64]]:
        """The infimum of w·x + b over it, exactly, and the point where that is, which may be on an open side."""

    def worst(self, half_space: HalfSpace) -> tuple[NDArray[np.float64], bool]:
        """A point of it that violates the half space, if one does, and whether it does."""


@dataclass(frozen=True, eq=False)
class Box:
    """A product of intervals: the points x with low_i <= x_i <= high_i, or < on the sides that are open.

    low, high: (d,), low <= high; infinite sides are allowed. open_low, open_high: bool or (d,) bool, which sides are
    open. Raises TypeError or ValueError for NaN, different lengths, a box that holds no point, or a finite side whose
    length is too large for a float.

    >>> X = Box([-1, -1], [1, 1])
    >>> [0.5, 1] in X, X.volume
    (True, Fraction(4, 1))
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    open_low: NDArray[np.bool_]
    open_high: NDArray[np.bool_]

    def __init__(
        self, low: ArrayLike, high: ArrayLike, *, open_low: ArrayLike = False, open_high: ArrayLike = False
    ) -> None:
        for name, given in (("low", low), ("high", high)):
            values = np.atleast_1d(as_array(given, name=name))
            if values.dtype.kind not in "biuf":
                raise TypeError(f"{name} must hold real numbers, got dtype {values.dtype}")
            if values.ndim != 1 or values.size == 0 or np.isnan(values).any():
                raise ValueError(f"{name} must be a row of d >= 1 numbers without NaN, got {given!r}")
            vars(self)[name] = values.astype(np.float64)
        if self.low.shape != self.high.shape:
            raise ValueError(f"low and high must have one length, got {self.low.size} and {self.high.size}")
        for name, given in (("open_low", open_low), ("open_high", open_high)):
            flags = as_array(given, name=name)
            if flags.dtype != np.bool_ or flags.shape not in ((), self.low.shape):
                raise TypeError(f"{name} must be True, False or a row of {self.low.size} of them, got {given!r}")
            vars(self)[name] = np.broadcast_to(flags, self.low.shape).copy()
        sides = f"low {self.low.tolist()} and high {self.high.tolist()}"
        if _is_empty(self.low, self.high, self.open_low, self.open_high):
            raise ValueError(f"a box must hold at least one point, got {sides}")
        with np.errstate(over="ignore"):
            too_long = np.isinf(self.high - self.low) & np.isfinite(self.low) & np.isfinite(self.high)
        if too_long.any():
            raise ValueError(f"a finite side must have a finite length, got {sides}")

    @property
    def dimension(self) -> int:
        """The number of coordinates, d."""
        return int(self.low.size)

    @property
    def bounded(self) -> bool:
        """Whether no side is infinite."""
        return bool(np.isfinite(self.low).all() and np.isfinite(self.high).all())

    @property
    def box(self) -> "Box":
        """Itself: there is nothing that cuts it."""
        return self

    cuts: ClassVar[tuple[HalfSpace, ...]] = ()

    @property
    def deepest(self) -> NDArray[np.float64]:
        """Its centre, (d,)."""
        return np.asarray(self.low + (self.high - self.low) / 2)

    def __contains__(self, point: ArrayLike) -> bool:
        return bool(self.contains(np.atleast_1d(as_array(point, name="a point"))[None])[0])

    def contains(self, x: Points) -> NDArray[np.bool_]:
        """Which points lie in the box. x: (n, d). Returns (n,) bool. Raises TypeError or ValueError for other x."""
        x = as_points(x, dimension=self.dimension)
        above = np.where(self.open_low, x > self.low, x >= self.low)
        below = np.where(self.open_high, x < self.high, x <= self.high)
        return np.asarray((above & below).all(axis=1))

    def intersection(self, other: "Box") -> "Box | None":
        """The box of the points that lie in both, or None if there are none.

        Raises TypeError if the other is no box and ValueError if d differs.
        """
        if not isinstance(other, Box):
            raise TypeError(f"a Box intersects with a Box, got {other!r}")
        if self.dimension != other.dimension:
            raise ValueError(f"boxes must have one dimension, got {self.dimension} and {other.dimension}")
        low, high = np.maximum(self.low, other.low), np.minimum(self.high, other.high)
        # A side is open if a box whose end is this one leaves it open.
        open_low = (self.open_low & (self.low == low)) | (other.open_low & (other.low == low))
        open_high = (self.open_high & (self.high == high)) | (other.open_high & (other.high == high))
        empty = _is_empty(low, high, open_low, open_high)
        return None if empty else Box(low, high, open_low=open_low, open_high=open_high)

    @property
    def sides(self) -> list[Fraction]:
        """The lengths of the sides, exactly. Raises ValueError if the box is unbounded."""
        if not self.bounded:
            raise ValueError(f"an unbounded box has no volume: low {self.low}, high {self.high}")
        return [Fraction(high) - Fraction(low) for low, high in zip(self.low, self.high, strict=True)]

    @property
    def volume(self) -> Fraction:
        """The product of the sides, exactly. Raises ValueError if the box is unbounded."""
        return prod(self.sides, start=Fraction(1))

    def least(self, half_space: HalfSpace) -> tuple[Fraction, NDArray[np.float64]]:
        """The least (or infimum) of w·x + b, exactly, and the corner where it is, in the middle where that is as low.

        Raises TypeError or ValueError for what is no half space, one of another dimension, and an unbounded box.
        """
        if not isinstance(half_space, HalfSpace):
            raise TypeError(f"a region is compared with a HalfSpace, got {half_space!r}")
        w = half_space.w
        if w.size != self.dimension:
            raise ValueError(f"a half space of {w.size} coordinates was given a box of {self.dimension}")
        if not self.bounded:
            raise ValueError(f"an unbounded box has no worst point: low {self.low}, high {self.high}")
        corner = np.where(w > 0, self.low, np.where(w < 0, self.high, self.deepest))
        return half_space.score(corner), corner

    def worst(self, half_space: HalfSpace) -> tuple[NDArray[np.float64], bool]:
        """A point of the box that violates a half space, if one does, and whether it does. Errors: see ``least``.

        The corner where the score is least or, if open sides keep it out, a point between that corner and the centre.
        """
        least, corner = self.least(half_space)
        if corner in self:
            return corner, not half_space.admits(least)
        return half_space.outside(corner, self.deepest), least < 0  # the infimum itself is left out


def check_disjoint(boxes: Sequence[Box], *, name: str = "boxes") -> None:
    """Check that no two boxes share a point.

    Raises TypeError if one is no box, and ValueError, naming the pair, if two share a point or the dimensions differ.

    >>> check_disjoint([Box([0], [1]), Box([1], [2], open_low=True)])
    """
    for i, first in enumerate(boxes):
        if not isinstance(first, Box):
            raise TypeError(f"{name} must be boxes, got {first!r} at position {i}")
        for j in range(i):
            if first.intersection(boxes[j]) is not None:
                raise ValueError(f"{name} must be disjoint, but number {j} and number {i} share points")


def _is_empty(low: Any, high: Any, open_low: Any, open_high: Any) -> bool:
    point = np.isfinite(low) & ~open_low & ~open_high
    return bool(((low > high) | ((low == high) & ~point)).any())
