"""What a half space leaves of a box: one more ``Region``, with its lowest point by linear programming in fractions."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from active_teacher.geometry import Box, HalfSpace
from active_teacher.labels import Points


def cut(box: Box, half_space: HalfSpace) -> "CutBox | None":
    """The part of a box in a half space, or None if that holds no point. Raises TypeError or ValueError as ``CutBox``.

    >>> print(cut(Box([0, 0], [1, 1]), HalfSpace([1, 1], -3)))
    None
    """
    if not isinstance(box, Box):
        raise TypeError(f"a Box is cut by a half space, got {box!r}")
    box.least(half_space)  # raises for what is none, and for another dimension
    deepest = box.least(HalfSpace(-half_space.w, 0))[1]
    return CutBox(box, half_space) if half_space.admits(half_space.score(deepest)) else None


@dataclass(frozen=True, eq=False)
class CutBox:
    """The part of a closed bounded box in a half space, as ``cut`` makes it.

    Raises TypeError or ValueError for a box with open or infinite sides, another dimension, or a part without points.

    >>> CutBox(Box([0, 0], [1, 1]), HalfSpace([1, 1], -1.5)).least(HalfSpace([1, 0], 0))
    (Fraction(1, 2), array([0.5, 1. ]))
    """

    box: Box
    half_space: HalfSpace

    def __post_init__(self) -> None:
        if not isinstance(self.box, Box):
            raise TypeError(f"a Box is cut by a half space, got {self.box!r}")
        self.box.least(self.half_space)  # raises for what is none, and for another dimension
        if self.box.open_low.any() or self.box.open_high.any():
            raise ValueError("the domain of a teacher of half spaces must be a closed box, got one with open sides")
        if not self.half_space.admits(self.half_space.score(self.deepest)):
            raise ValueError("the part of a box in a half space must hold at least one point, got none")

    @property
    def cuts(self) -> tuple[HalfSpace, ...]:
        """The half space."""
        return (self.half_space,)

    @property
    def deepest(self) -> NDArray[np.float64]:
        """The corner of the box that is furthest in the half space, (d,)."""
        return self.box.least(HalfSpace(-self.half_space.w, 0))[1]

    def contains(self, x: Points) -> NDArray[np.bool_]:
        """Which points lie in it, up to rounding. x: (n, d). Returns (n,) bool. Raises TypeError or ValueError."""
        return self.box.contains(x) & self.half_space.contains(x)

    def least(self, half_space: HalfSpace) -> tuple[Fraction, NDArray[np.float64]]:
        """The least (or infimum) of w·x + b, exactly, and a point where it is, rounded to floats.

        Linear programming with one constraint u·x >= h: the optimum is the largest value of the dual
        λh + min_x (w − λu)·x over λ >= 0, concave and piecewise linear in λ, so that it is found at λ = 0 or where a
        coordinate changes sides, λ = w_i/u_i. Raises TypeError or ValueError as ``Box.least`` does.
        """
        self.box.least(half_space)  # raises for what is none, and for another dimension
        ends = list(zip(_fractions(self.box.low), _fractions(self.box.high), strict=True))
        w, u, h = _fractions(half_space.w), _fractions(self.half_space.w), -Fraction(self.half_space.b)

        def slopes(rate: Fraction) -> list[Fraction]:
            return [c - rate * n for c, n in zip(w, u, strict=True)]

        def value(rate: Fraction) -> Fraction:
            return rate * h + sum(s * end[s < 0] for s, end in zip(slopes(rate), ends, strict=True))

        rate = max(sorted({Fraction(0)} | {c / n for c, n in zip(w, u, strict=True) if n and c / n > 0}), key=value)
        # At the optimum only coordinates with slope 0 are free; take u·x from its least value up to h with them.
        x = [end[s < 0] if s != 0 else end[n < 0] for s, n, end in zip(slopes(rate), u, ends, strict=True)]
        for i, (s, n) in enumerate(zip(slopes(rate), u, strict=True)):
            missing = h - sum(n * c for n, c in zip(u, x, strict=True))
            if s == 0 and n != 0 and missing > 0:
                far = ends[i][n > 0]
                x[i] = far if abs(n * (far - x[i])) <= missing else x[i] + missing / n
        return value(rate) + Fraction(half_space.b), np.array([float(c) for c in x])

    def worst(self, half_space: HalfSpace) -> tuple[NDArray[np.float64], bool]:
        """A point that violates a half space, if one does, and whether it does. Errors: see ``Box.least``."""
        least, point = self.least(half_space)
        if least < 0:
            return half_space.outside(point, self.deepest), True
        if self.half_space.strict:  # the boundary is left out: is the score as low at some point beyond it?
            corner = np.where(half_space.w == 0, self.deepest, self.box.least(half_space)[1])
            if least != half_space.score(corner) or self.half_space.score(corner) <= 0:
                return point, False
            point = corner
        return point, not half_space.admits(least)


def _fractions(row: NDArray[np.float64]) -> list[Fraction]:
    return [Fraction(c) for c in row.tolist()]
