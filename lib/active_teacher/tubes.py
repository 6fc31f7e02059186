"""The l_p tube around a box, p = 1, 2 or infinity: what is in it, and the worst point of a region's part of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from active_teacher.checks import as_at_least, as_order, as_points, as_row
from active_teacher.geometry import Box, HalfSpace, Region
from active_teacher.gradients import NORMS, ROUNDING, length
from active_teacher.labels import Points

SLACK = 1e-6  # what depends on less than this share of a tube's width is left undecided


def distance(x: Points, box: Box, *, p: float) -> NDArray[np.float64]:
    """The l_p distance of points to a box. x: (n, d); box: bounded. Returns (n,). Raises TypeError or ValueError.

    >>> distance([[0, 0], [4, 5]], Box([0, 0], [1, 1]), p=2)
    array([0., 5.])
    """
    if not isinstance(box, Box):
        raise TypeError(f"box must be a Box, got {box!r}")
    x = as_points(x, dimension=box.dimension)
    return length(x - np.clip(x, box.low, box.high), p=p)


@dataclass(frozen=True, eq=False)
class BoxTube:
    """The points within l_p distance delta of a box: near, bounded; delta >= 0; p: 1, 2 or ``np.inf``.

    Raises TypeError or ValueError for any other.

    >>> [1.5, 1.5] in BoxTube(Box([0, 0], [1, 1]), 1, p=2), [1.5, 1.6] in BoxTube(Box([0, 0], [1, 1]), 1, p=1)
    (True, False)
    """

    near: Box
    delta: float
    p: float

    def __post_init__(self) -> None:
        if not isinstance(self.near, Box) or not self.near.bounded:
            raise TypeError(f"near must be a bounded Box, got {self.near!r}")
        as_at_least(self.delta, 0, name="delta")
        as_order(self.p, among=NORMS)

    @property
    def slack(self) -> float:
        """What the distance of a point is not told apart by: a millionth of the tube's widest side."""
        return SLACK * (float((self.near.high - self.near.low).max()) + 2 * self.delta)

    def __contains__(self, point: ArrayLike) -> bool:
        x = as_row(point, name="a point")[None]
        return bool(distance(x, self.near, p=self.p)[0] <= self.delta * (1 + ROUNDING))

    def least(self, half_space: HalfSpace, region: Region) -> float | None:
        """The least w·x + b in a region and in the tube or a slack beyond it; None if the region is out of reach.

        Raises TypeError or ValueError for what is no half space or region.
        """
        found = self._program(half_space, region, self.slack)
        with np.errstate(over="ignore", invalid="ignore"):  # then no verdict is drawn from it
            return None if found is None else float(half_space.w @ found + half_space.b)

    def worst(self, half_space: HalfSpace, region: Region) -> NDArray[np.float64] | None:
        """Where w·x + b is least a slack inside the tube and the region, (d,); None if that is nowhere.

        Raises TypeError or ValueError for what is no half space or region.
        """
        return self._program(half_space, region, -self.slack)

    def _program(self, half_space: HalfSpace, region: Region, slack: float) -> NDArray[np.float64] | None:
        """The point of least score in a region within delta + slack of the box (for slack < 0 a little inside)."""
        import cvxpy  # takes a second; only this needs it

        if not isinstance(getattr(region, "box", None), Box):
            raise TypeError(f"region must be a Box or a part of one, got {region!r}")
        region.box.least(half_space)  # raises for what is none, and for another dimension
        if self.delta + slack < 0:
            return None
        # Seen from the box and in units of the tube's width, so that the solver's tolerance is a share of that.
        origin, unit = self.near.low, abs(slack) / SLACK
        low, high = region.box.low, region.box.high
        inset = SLACK * (high - low) if slack < 0 else 0 * low
        x, start = cvxpy.Variable(origin.size), cvxpy.Variable(origin.size)
        constraints = [
            x >= (low + inset - origin) / unit,
            x <= (high - inset - origin) / unit,
            start >= 0,
            start <= (self.near.high - origin) / unit,
            cvxpy.norm(x - start, self.p) <= (self.delta + slack) / unit,  # type: ignore[attr-defined]
        ]
        for cut in region.cuts:
            steepest = np.abs(cut.w).max()
            beyond = np.abs(cut.w) @ inset - cut.b - cut.w @ origin
            constraints.append(cut.w / steepest @ x >= beyond / (steepest * unit))
        scale = np.abs(half_space.w).max() or 1.0
        problem = cvxpy.Problem(cvxpy.Minimize(half_space.w / scale @ x), constraints)
        problem.solve(solver=cvxpy.CLARABEL)  # type: ignore[no-untyped-call]
        return None if x.value is None else np.clip(origin + unit * x.value, low, high)
