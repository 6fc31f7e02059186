"""Boxes, the regions about which geometry can be exact: products of intervals, and the half spaces that cut them.

Coordinates are floats, and a float is a rational number, so volumes are computed as exact fractions of what was given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import factorial, prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from active_teacher.checks import as_array, as_points, as_real
from active_teacher.labels import Points

MOST_DIMENSIONS = 16  # the volume below a half space sums over 2^d corners


@dataclass(frozen=True, eq=False)
class Box:
    """A product of intervals: the points x with low_i <= x_i <= high_i, or < on the sides that are open.

    low, high: (d,), low <= high; infinite sides are allowed. open_low, open_high: bool or (d,) bool, which sides are
    open. Raises TypeError or ValueError for NaN, different lengths, a box that holds no point, or a finite side whose
    length is too large for a float.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    open_low: NDArray[np.bool_]
    open_high: NDArray[np.bool_]

    def __init__(
        self, low: ArrayLike, high: ArrayLike, *, open_low: ArrayLike = False, open_high: ArrayLike = False
    ) -> None:
        ends: dict[str, NDArray[np.float64]] = {}
        for name, given in (("low", low), ("high", high)):
            values = np.atleast_1d(as_array(given, name=name))
            if values.dtype.kind not in "biuf":
                raise TypeError(f"{name} must hold real numbers, got dtype {values.dtype}")
            if values.ndim != 1 or values.size == 0 or np.isnan(values).any():
                raise ValueError(f"{name} must be a row of d >= 1 numbers without NaN, got {given!r}")
            ends[name] = values.astype(np.float64)
        if ends["low"].shape != ends["high"].shape:
            raise ValueError(f"low and high must have one length, got {ends['low'].size} and {ends['high'].size}")
        for name, given in (("open_low", open_low), ("open_high", open_high)):
            flags = as_array(given, name=name)
            if flags.dtype != np.bool_ or flags.shape not in ((), ends["low"].shape):
                raise TypeError(f"{name} must be True, False or a row of {ends['low'].size} of them, got {given!r}")
            object.__setattr__(self, name, np.broadcast_to(flags, ends["low"].shape).copy())
        object.__setattr__(self, "low", ends["low"])
        object.__setattr__(self, "high", ends["high"])
        sides = f"low {self.low.tolist()} and high {self.high.tolist()}"
        if self._is_empty(self.low, self.high, self.open_low, self.open_high):
            raise ValueError(f"a box must hold at least one point, got {sides}")
        with np.errstate(over="ignore"):
            too_long = np.isinf(self.high - self.low) & np.isfinite(self.low) & np.isfinite(self.high)
        if too_long.any():
            raise ValueError(f"a finite side must have a finite length, got {sides}")

    @staticmethod
    def _is_empty(low: Any, high: Any, open_low: Any, open_high: Any) -> bool:
        point = np.isfinite(low) & ~open_low & ~open_high
        return bool(((low > high) | ((low == high) & ~point)).any())

    @property
    def dimension(self) -> int:
        """The number of coordinates, d."""
        return int(self.low.size)

    @property
    def bounded(self) -> bool:
        """Whether no side is infinite."""
        return bool(np.isfinite(self.low).all() and np.isfinite(self.high).all())

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
        if self._is_empty(low, high, open_low, open_high):
            return None
        return Box(low, high, open_low=open_low, open_high=open_high)

    @property
    def volume(self) -> Fraction:
        """The product of the side lengths, exactly. Raises ValueError if the box is unbounded."""
        return prod(self._sides(), start=Fraction(1))

    def volume_below(self, coefficients: ArrayLike, intercept: float = 0.0) -> Fraction:
        """The volume of the part of the box where w·x + b < 0, exactly, for w = ``coefficients`` and b = ``intercept``.

        coefficients: (d,), at most 16 of them nonzero. Inclusion and exclusion over the corners: with the corner of
        least score m as origin, the part is the simplex {Σ|w_i| u_i < -m} minus what of it sticks out of the box.
        Raises ValueError if the box is unbounded, the length is wrong or more than 16 coefficients are nonzero, and
        TypeError or ValueError if they or the intercept are not finite numbers.
        """
        slopes = self._as_fractions(coefficients, "coefficients")
        sides = self._sides()
        corner = [Fraction(float(self.low[i] if s > 0 else self.high[i])) for i, s in enumerate(slopes)]
        reach = -Fraction(as_real(intercept, name="intercept")) - sum(
            s * c for s, c in zip(slopes, corner, strict=True)
        )
        flat = prod((side for s, side in zip(slopes, sides, strict=True) if s == 0), start=Fraction(1))
        steps = [(abs(s), side) for s, side in zip(slopes, sides, strict=True) if s != 0]
        if len(steps) > MOST_DIMENSIONS:
            raise ValueError(f"at most {MOST_DIMENSIONS} coefficients may be nonzero, got {len(steps)}")
        total = Fraction(0)
        for chosen in product((0, 1), repeat=len(steps)):
            rest = reach - sum(s * side for (s, side), used in zip(steps, chosen, strict=True) if used)
            if rest > 0:
                total += (-1) ** sum(chosen) * rest ** len(steps)
        return flat * total / (factorial(len(steps)) * prod(s for s, _ in steps))

    def least_beyond(
        self, coefficients: ArrayLike, normal: ArrayLike, level: float
    ) -> "tuple[Fraction, Points] | None":
        """The least w·x over the points x of the closed box with u·x >= h, exactly, and a point where it is.

        coefficients: w, normal: u, (d,) each; level: h. Linear programming with one constraint: the optimum is the
        largest value of the dual λh + min_x (w − λu)·x over λ >= 0, concave and piecewise linear in λ, so that it is
        found at λ = 0 or where a coordinate changes sides, λ = w_i/u_i. The point is rounded to floats.
        Returns None if no point of the box has u·x >= h. Raises ValueError for an unbounded box or other lengths, and
        TypeError or ValueError if w, u and h are not finite numbers.
        """
        self._sides()  # a bounded box only
        ends = [(Fraction(float(lo)), Fraction(float(hi))) for lo, hi in zip(self.low, self.high, strict=True)]
        w, u = (self._as_fractions(row, name) for row, name in ((coefficients, "coefficients"), (normal, "normal")))
        h = Fraction(as_real(level, name="level"))

        def value(rate: Fraction) -> Fraction:
            slopes = [c - rate * n for c, n in zip(w, u, strict=True)]
            return rate * h + sum((s * end[s < 0] for s, end in zip(slopes, ends, strict=True)), start=Fraction(0))

        if h > sum((n * end[n > 0] for n, end in zip(u, ends, strict=True)), start=Fraction(0)):
            return None
        turns = {Fraction(0)} | {c / n for c, n in zip(w, u, strict=True) if n != 0 and c / n > 0}
        rate = max(sorted(turns), key=value)
        # At the optimum only coordinates with slope 0 are free; take u·x from its least value up to h with them.
        slopes = [c - rate * n for c, n in zip(w, u, strict=True)]
        x = [end[s < 0] if s != 0 else end[n < 0] for s, n, end in zip(slopes, u, ends, strict=True)]
        for i, (s, n) in enumerate(zip(slopes, u, strict=True)):
            missing = h - sum((m * c for m, c in zip(u, x, strict=True)), start=Fraction(0))
            if s == 0 and n != 0 and missing > 0:
                far = ends[i][n > 0]
                x[i] = far if abs(n * (far - x[i])) <= missing else x[i] + missing / n
        return value(rate), np.array([float(c) for c in x])

    def _as_fractions(self, row: ArrayLike, name: str) -> list[Fraction]:
        given = as_array(row, name=name)
        if given.shape != (self.dimension,):
            raise ValueError(f"{name} must have shape ({self.dimension},), got shape {given.shape}")
        return [Fraction(float(c)) for c in as_points(given[None], name=name)[0]]

    def _sides(self) -> list[Fraction]:
        if not self.bounded:
            raise ValueError(f"the volume of an unbounded box is not defined: low {self.low}, high {self.high}")
        return [Fraction(float(h)) - Fraction(float(lo)) for lo, h in zip(self.low, self.high, strict=True)]


def check_disjoint(boxes: Sequence[Box], *, name: str = "boxes") -> None:
    """Check that no two boxes share a point.

    Raises TypeError if one is no box, and ValueError, naming the pair, if two share a point or the dimensions differ.
    """
    for i, first in enumerate(boxes):
        if not isinstance(first, Box):
            raise TypeError(f"{name} must be boxes, got {first!r} at position {i}")
        for j in range(i):
            if first.intersection(boxes[j]) is not None:
                raise ValueError(f"{name} must be disjoint, but number {j} and number {i} share points")
