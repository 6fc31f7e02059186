"""Data generators, the paper's μ and ν: anything that samples ``(n, ...)`` points given n and a random generator.

A generator knows nothing of labels. Bring your own: any object with ``sample(n, rng)`` will do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from active_teacher.checks import as_callable, as_count, as_generator, as_points, as_rng, as_weights, draw
from active_teacher.geometry import Box, check_disjoint
from active_teacher.labels import Generator, Points


@dataclass(frozen=True, eq=False)
class Uniform:
    """The uniform distribution on a union of disjoint boxes, such as the paper's μ on two squares (section 3.2).

    boxes: one or more bounded boxes of one dimension and positive volume. Raises TypeError or ValueError for any other.

    >>> mu = Uniform(Box([0.5, 0.5], [1, 1]), Box([-1, -1], [-0.5, -0.5]))
    >>> mu.sample(3, np.random.default_rng(2021)).shape, mu.volume
    ((3, 2), Fraction(1, 2))
    """

    boxes: tuple[Box, ...]

    def __init__(self, *boxes: Box) -> None:
        if not boxes:
            raise ValueError("Uniform needs at least one box, got none")
        for i, box in enumerate(boxes):
            if not isinstance(box, Box):
                raise TypeError(f"Uniform takes boxes, got {box!r} at position {i}")
            if box.volume == 0:
                raise ValueError(f"Uniform needs boxes of positive volume, got low {box.low} and high {box.high}")
        check_disjoint(boxes)
        vars(self).update(boxes=boxes)

    @property
    def dimension(self) -> int:
        """The number of coordinates, d."""
        return self.boxes[0].dimension

    @property
    def volume(self) -> Fraction:
        """The volume of the support, exactly."""
        return sum((box.volume for box in self.boxes), start=Fraction(0))

    def sample(self, n: int, rng: np.random.Generator) -> Points:
        """Draw n points. Returns (n, d) float64. Raises TypeError or ValueError for a bad n or rng."""
        n, rng = as_count(n), as_rng(rng)
        share = np.array([float(box.volume / self.volume) for box in self.boxes])
        chosen = rng.choice(len(self.boxes), size=n, p=share / share.sum())
        low = np.stack([box.low for box in self.boxes])[chosen]
        high = np.stack([box.high for box in self.boxes])[chosen]
        return np.clip(low + (high - low) * rng.random(low.shape), low, high)  # rounding may carry a sum past high


@dataclass(frozen=True, eq=False)
class Finite:
    """A distribution on finitely many points, such as the paper's μ on two corners of the cube (section 4.1).

    points: (m, ...); weights: (m,) probabilities, equal if None. Raises TypeError or ValueError for any other.

    >>> Finite([[0, 0], [1, 1]], [0.25, 0.75]).sample(2, np.random.default_rng(2021))
    array([[1., 1.],
           [1., 1.]])
    """

    points: Points
    weights: NDArray[np.float64]

    def __init__(self, points: ArrayLike, weights: ArrayLike | None = None) -> None:
        atoms = as_points(points, name="points")
        vars(self).update(points=atoms, weights=as_weights(weights, len(atoms)))

    def sample(self, n: int, rng: np.random.Generator) -> Points:
        """Draw n points. Returns (n, ...). Raises TypeError or ValueError for a bad n or rng."""
        n, rng = as_count(n), as_rng(rng)
        return np.asarray(self.points[rng.choice(len(self.points), size=n, p=self.weights)])


@dataclass(frozen=True, eq=False)
class PushForward:
    """The distribution Γ#μ of Γ(x) for x drawn from μ (section 3.2, the fast gradient method).

    mu: a generator; gamma: Γ, a callable that maps (n, ...) points to as many. Raises TypeError or ValueError for any
    other, and on sampling if Γ returns another number of points.

    >>> PushForward(Finite([[1, 2]]), np.negative).sample(1, np.random.default_rng(2021))
    array([[-1., -2.]])
    """

    mu: Generator
    gamma: Callable[[Points], Points]

    def __post_init__(self) -> None:
        as_generator(self.mu, name="mu")
        as_callable(self.gamma, "(n, ...) -> (n, ...)", name="gamma")

    def sample(self, n: int, rng: np.random.Generator) -> Points:
        """Draw n points. Returns (n, ...). Raises TypeError or ValueError: see the class."""
        x = as_points(self.gamma(draw(self.mu, n, rng, name="mu")), name="gamma(x)")
        if len(x) != n:
            raise ValueError(f"gamma must map {n} points to as many, got {len(x)}")
        return x
