"""Teachers, the paper's T: callables that map ``(n, ...)`` points to ``(n,)`` labels, UNCERTAIN where they can't say.

A teacher knows nothing of where points come from. Bring your own: any such callable will do.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from active_teacher.checks import as_array, as_callable, as_count, as_labels, as_points, as_real, as_row
from active_teacher.geometry import Box, HalfSpace, Region, check_disjoint
from active_teacher.labels import UNCERTAIN, A, B, Labels, Points
from active_teacher.machinery.cuts import cut


@dataclass(frozen=True)
class AxisThreshold:
    """Class A where x_i >= high, class B where x_i <= low, UNCERTAIN between; no other coordinate is looked at.

    axis: i, counted from 0; low < high (the paper's are -0.5 and 0.5, on its first coordinate).
    Raises TypeError or ValueError for any other. Source: section 3.2, the teacher of Fig. 3.2 (left).

    >>> AxisThreshold()([[0.7, -3], [0.2, 5], [-0.5, 0]])
    array([ 1, -1,  0])
    """

    axis: int = 0
    low: float = -0.5
    high: float = 0.5

    def __post_init__(self) -> None:
        as_count(self.axis, name="axis", least=0)
        if not as_real(self.low, name="low") < as_real(self.high, name="high"):
            raise ValueError(f"low must be less than high, got {self.low} and {self.high}")

    def __call__(self, x: Points) -> Labels:
        """x: (n, d) with d > axis. Returns (n,) labels."""
        x = as_points(x)
        if x.ndim != 2 or x.shape[1] <= self.axis:
            raise ValueError(f"x must have shape (n, d) with d > {self.axis}, got shape {x.shape}")
        return np.select([x[:, self.axis] >= self.high, x[:, self.axis] <= self.low], [A, B], UNCERTAIN)

    def certain_regions(self, domain: Box) -> list[tuple[int, Region]]:
        """The certain region within a box, as disjoint boxes with their labels: Ω_A and Ω_B where not empty.

        Raises TypeError if the domain is no box, ValueError if it has no coordinate ``axis``.
        """
        _check_domain(domain)
        if domain.dimension <= self.axis:
            raise ValueError(f"the domain must have more than {self.axis} dimensions, got {domain.dimension}")
        everywhere = np.full(domain.dimension, np.inf)
        above, below = -everywhere, everywhere.copy()
        above[self.axis], below[self.axis] = self.high, self.low
        return _parts([(A, Box(above, everywhere)), (B, Box(-everywhere, below))], domain)


@dataclass(frozen=True, eq=False)
class LinearThreshold:
    """Class A where w·x >= high, class B where w·x <= low, UNCERTAIN between; if low = high, A has the boundary.

    coefficients: w, (d,), not all 0; low <= high. Raises TypeError or ValueError for any other.
    Source: section 3.2 (a teacher induced by a linear model) and Example 4.1, which compares two coordinates.

    >>> LinearThreshold([-1, 1], low=0, high=0)([[0.2, 0.7], [0.7, 0.2]])  # 1 where the second is larger
    array([1, 0])
    """

    coefficients: NDArray[np.float64]
    low: float
    high: float

    def __init__(self, coefficients: ArrayLike, *, low: float, high: float) -> None:
        w = as_row(coefficients, name="coefficients")
        if not w.any():
            raise ValueError(f"coefficients must not all be 0, got {w.tolist()}")
        if not as_real(low, name="low") <= as_real(high, name="high"):
            raise ValueError(f"low must be at most high, got {low} and {high}")
        vars(self).update(coefficients=w, low=float(low), high=float(high))

    def __call__(self, x: Points) -> Labels:
        """x: (n, d). Returns (n,) labels. Raises ValueError also for a score too large for a float."""
        with np.errstate(over="ignore", invalid="ignore"):
            score = as_points(x, dimension=self.coefficients.size) @ self.coefficients
        if not np.isfinite(score).all():
            raise ValueError("x and the coefficients must be smaller, got a score too large for a float")
        return np.select([score >= self.high, score <= self.low], [A, B], UNCERTAIN)

    def certain_regions(self, domain: Box) -> list[tuple[int, Region]]:
        """The certain region within a box, as what two half spaces leave of it, with their labels.

        Raises TypeError if the domain is no box, ValueError if it is not closed and bounded or of another dimension.
        """
        _check_domain(domain)
        a, b = HalfSpace(self.coefficients, -self.high), HalfSpace(-self.coefficients, self.low, self.low == self.high)
        parts = ((label, cut(domain, half_space)) for label, half_space in ((A, a), (B, b)))
        return [(label, part) for label, part in parts if part is not None]


@dataclass(frozen=True)
class Boxes:
    """Class k on the boxes labelled k, UNCERTAIN elsewhere: the two quadrants of Fig. 3.2 (right), for one.

    regions: (label, box) pairs; the boxes are disjoint and of one dimension.
    Raises TypeError or ValueError for any other. Source: section 3.2, the regions Ω_{C_k}.

    >>> Boxes([(A, Box([0], [1])), (B, Box([2], [3]))])([[0.5], [1.5], [2.5]])
    array([ 1, -1,  0])
    """

    regions: Sequence[tuple[int, Box]]

    def __post_init__(self) -> None:
        if not isinstance(self.regions, Sequence):
            raise TypeError(f"regions must be a sequence of (label, box) pairs, got {self.regions!r}")
        if len(self.regions) == 0:
            raise ValueError("Boxes needs at least one (label, box) pair, got none")
        for i, pair in enumerate(self.regions):
            if not isinstance(pair, tuple | list) or len(pair) != 2 or not isinstance(pair[1], Box):
                raise TypeError(f"regions must be (label, box) pairs, got {pair!r} at position {i}")
            if isinstance(pair[0], bool):
                raise TypeError(f"a region's label must be an integer, got {pair[0]} at position {i}")
        labels = as_labels([label for label, _ in self.regions], name="the regions' labels")
        if (labels == UNCERTAIN).any():
            raise ValueError("a region's label must be a class, got UNCERTAIN: leave its box out")
        check_disjoint([box for _, box in self.regions], name="the regions' boxes")
        boxes = (box for _, box in self.regions)
        vars(self).update(regions=tuple(zip(labels.tolist(), boxes, strict=True)))

    def __call__(self, x: Points) -> Labels:
        """x: (n, d). Returns (n,) labels."""
        x = as_points(x, dimension=self.regions[0][1].dimension)
        inside = [box.contains(x) for _, box in self.regions]
        return np.select(inside, [label for label, _ in self.regions], UNCERTAIN)

    def certain_regions(self, domain: Box) -> list[tuple[int, Region]]:
        """The certain region within a box, as disjoint boxes with their labels.

        Raises TypeError if the domain is no box, ValueError if it has another number of dimensions.
        """
        return _parts(self.regions, domain)


def _parts(regions: Sequence[tuple[int, Box]], domain: Box) -> list[tuple[int, Region]]:
    cut = [(label, box.intersection(domain)) for label, box in regions]
    return [(label, box) for label, box in cut if box is not None]


def _check_domain(domain: Any) -> None:
    if not isinstance(domain, Box):
        raise TypeError(f"the domain must be a Box, got {domain!r}")


@dataclass(frozen=True)
class Regions:
    """Class k on the k-th region, UNCERTAIN where no region is: any regions that can be tested for membership.

    regions: one or more callables (n, ...) -> (n,) bool, the memberships of Ω_{C_1} .. Ω_{C_K}.
    Raises ValueError when a point it is asked about lies in two regions, TypeError or ValueError if a membership is no
    mask. Source: section 3.2 and Definition 3.1.

    >>> Regions([lambda x: x[:, 0] < 0, lambda x: x[:, 0] > 1, lambda x: x[:, 0] == 1])([[0.5], [1], [2]])
    array([-1,  2,  1])
    """

    regions: Sequence[Callable[[Points], NDArray[np.bool_]]]

    def __post_init__(self) -> None:
        if not isinstance(self.regions, Sequence):
            raise TypeError(f"regions must be a sequence of memberships, one a class, got {self.regions!r}")
        if len(self.regions) == 0:
            raise ValueError("Regions needs at least one membership, got none")
        for k, region in enumerate(self.regions):
            as_callable(region, "(n, ...) -> (n,) bool", name=f"the region of class {k}")
        vars(self).update(regions=tuple(self.regions))

    def __call__(self, x: Points) -> Labels:
        """x: (n, ...). Returns (n,) labels."""
        x = as_points(x)
        inside = np.empty((len(self.regions), len(x)), dtype=bool)
        for k, region in enumerate(self.regions):
            mask = as_array(region(x), name=f"the membership of class {k}")
            if mask.dtype != np.bool_ or mask.shape != (len(x),):
                got = f"shape {mask.shape} and dtype {mask.dtype}"
                raise ValueError(f"the membership of class {k} must be ({len(x)},) bool, got {got}")
            inside[k] = mask
        twice = inside.sum(axis=0) > 1
        if twice.any():
            row = int(np.argmax(twice))
            raise ValueError(
                f"regions must be disjoint, but row {row} lies in {np.flatnonzero(inside[:, row]).tolist()}"
            )
        return np.where(inside.any(axis=0), inside.argmax(axis=0), UNCERTAIN)
