"""Data generators, the paper's μ and ν: anything that samples ``(n, ...)`` points given n and a random generator.

A generator knows nothing of labels. Bring your own: any object with ``sample(n, rng)`` will do.
"""

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from active_teacher.boxes import Box, check_disjoint
from active_teacher.labels import (
    Generator,
    Points,
    as_array,
    as_count,
    as_generator,
    as_points,
    as_real,
    as_rng,
    as_weights,
    draw,
)

TEXTURED = ("squares", "disks", "both", "neither")
PATTERNS = ("checkerboard", "stripes")


@dataclass(frozen=True, eq=False)
class Uniform:
    """The uniform distribution on a union of disjoint boxes, such as the paper's μ on two squares (section 3.2).

    boxes: one or more bounded boxes of one dimension and positive volume. Raises TypeError or ValueError for any other.
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
        object.__setattr__(self, "boxes", boxes)

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
    """

    points: Points
    weights: NDArray[np.float64]

    def __init__(self, points: ArrayLike, weights: ArrayLike | None = None) -> None:
        object.__setattr__(self, "points", as_points(points, name="points"))
        object.__setattr__(self, "weights", as_weights(weights, len(self.points)))

    def sample(self, n: int, rng: np.random.Generator) -> Points:
        """Draw n points. Returns (n, ...). Raises TypeError or ValueError for a bad n or rng."""
        n, rng = as_count(n), as_rng(rng)
        return np.asarray(self.points[rng.choice(len(self.points), size=n, p=self.weights)])


@dataclass(frozen=True, eq=False)
class GaussianMixture:
    """A mixture of m round Gaussians in R^d: with probability ``weights[k]`` a point around ``means[k]``.

    means: (m, d); scale > 0, the standard deviation in every direction; weights: (m,) probabilities, equal if None.
    Raises TypeError or ValueError for any other.
    """

    means: Points
    scale: float
    weights: NDArray[np.float64]

    def __init__(self, means: ArrayLike, *, scale: float, weights: ArrayLike | None = None) -> None:
        centres = as_points(means, name="means")
        if centres.ndim != 2:
            raise ValueError(f"means must have shape (m, d), got shape {centres.shape}")
        if as_real(scale, name="scale") <= 0:
            raise ValueError(f"scale must be positive, got {scale}")
        object.__setattr__(self, "means", centres)
        object.__setattr__(self, "scale", float(scale))
        object.__setattr__(self, "weights", as_weights(weights, len(centres)))

    def sample(self, n: int, rng: np.random.Generator) -> Points:
        """Draw n points. Returns (n, d) float64. Raises TypeError or ValueError for a bad n or rng."""
        n, rng = as_count(n), as_rng(rng)
        chosen = rng.choice(len(self.means), size=n, p=self.weights)
        return np.asarray(rng.normal(self.means[chosen], self.scale))

    def posterior(self, x: Points) -> NDArray[np.float64]:
        """The probability of each component given a point, by Bayes' rule.

        x: (n, d). Returns (n, m), rows that sum to 1. Raises TypeError or ValueError for other points, and ValueError
        for points so many scales away that the squared distance is too large for a float.
        """
        x = as_points(x, dimension=self.means.shape[1])
        with np.errstate(over="ignore"):
            squared = (((x[:, None, :] - self.means) / self.scale) ** 2).sum(axis=2)
        if not np.isfinite(squared).all():
            raise ValueError(f"x must lie near the means, got a point more than 1e150 scales of {self.scale} away")
        with np.errstate(divide="ignore"):  # a component of weight 0 has log weight -inf and posterior 0
            log_joint = np.log(self.weights) - squared / 2
        joint = np.exp(log_joint - log_joint.max(axis=1, keepdims=True))
        return np.asarray(joint / joint.sum(axis=1, keepdims=True))


@dataclass(frozen=True, eq=False)
class Mixture:
    """The mixture of generators: with probability ``weights[k]`` a point of the k-th.

    generators: one or more with ``sample(n, rng)``, of one shape of points; weights: probabilities, equal if None.
    Raises TypeError or ValueError for any other; ValueError on sampling if the points' shapes differ or a generator
    returns another number of them than it was asked for.
    """

    generators: tuple[Generator, ...]
    weights: NDArray[np.float64]

    def __init__(self, generators: Sequence[Generator], weights: ArrayLike | None = None) -> None:
        if not isinstance(generators, Sequence):
            raise TypeError(f"generators must be a sequence of data generators, got {generators!r}")
        if len(generators) == 0:
            raise ValueError("Mixture needs at least one generator, got none")
        for i, generator in enumerate(generators):
            as_generator(generator, name=f"generator {i}")
        object.__setattr__(self, "generators", tuple(generators))
        object.__setattr__(self, "weights", as_weights(weights, len(generators)))

    def sample(self, n: int, rng: np.random.Generator) -> Points:
        """Draw n points, in random order. Returns (n, ...). Raises TypeError or ValueError: see the class."""
        n, rng = as_count(n), as_rng(rng)
        chosen = rng.choice(len(self.generators), size=n, p=self.weights)
        parts: dict[int, Points] = {}
        for k, generator in enumerate(self.generators):
            if wanted := int(np.count_nonzero(chosen == k)):
                parts[k] = draw(generator, wanted, rng, name=f"generator {k}")
        shapes = {part.shape[1:] for part in parts.values()}
        if len(shapes) > 1:
            raise ValueError(f"generators of a mixture must sample points of one shape, got {sorted(shapes)}")
        x = np.empty((n, *shapes.pop()))
        for k, part in parts.items():
            x[chosen == k] = part
        return x


@dataclass(frozen=True, eq=False)
class PushForward:
    """The distribution Γ#μ of Γ(x) for x drawn from μ (section 3.2, the fast gradient method).

    mu: a generator; gamma: Γ, a callable that maps (n, ...) points to as many. Raises TypeError or ValueError for any
    other, and on sampling if Γ returns another number of points.
    """

    mu: Generator
    gamma: Callable[[Points], Points]

    def __post_init__(self) -> None:
        as_generator(self.mu, name="mu")
        if not callable(self.gamma):
            raise TypeError(f"gamma must be a callable (n, ...) -> (n, ...), got {self.gamma!r}")

    def sample(self, n: int, rng: np.random.Generator) -> Points:
        """Draw n points. Returns (n, ...). Raises TypeError or ValueError: see the class."""
        x = as_points(self.gamma(draw(self.mu, n, rng, name="mu")), name="gamma(x)")
        if len(x) != n:
            raise ValueError(f"gamma must map {n} points to as many, got {len(x)}")
        return x


@dataclass(frozen=True, eq=False)
class Reweighted:
    """The distribution ν with a given density dν/dμ, by rejection: a point of μ is kept in proportion to its density.

    mu: a generator; density: a callable (n, ...) -> (n,) of numbers in [0, most], of mean 1 under μ (which a sample
    can't check). Raises TypeError or ValueError for any other, on sampling for a density outside [0, most], and for one
    that keeps nearly no point. Source: section 3.2, the second attack.
    """

    mu: Generator
    density: Callable[[Points], NDArray[Any]]
    most: float

    def __post_init__(self) -> None:
        as_generator(self.mu, name="mu")
        if not callable(self.density):
            raise TypeError(f"density must be a callable (n, ...) -> (n,), got {self.density!r}")
        if as_real(self.most, name="most") < 1:
            raise ValueError(f"most must be at least 1, the mean of a density, got {self.most}")

    def sample(self, n: int, rng: np.random.Generator) -> Points:
        """Draw n points. Returns (n, ...). Raises TypeError or ValueError: see the class."""
        n, rng = as_count(n), as_rng(rng)
        kept: list[Points] = []
        empty = 0
        while (missing := n - sum(map(len, kept))) > 0:
            x = draw(self.mu, int(np.ceil(missing * self.most)) + 10, rng, name="mu")
            density = as_array(self.density(x), name="density(x)")
            if density.dtype.kind not in "biuf" or density.shape != (len(x),):
                raise ValueError(f"density(x) must be {len(x)} numbers, got {density.dtype} of shape {density.shape}")
            if not ((density >= 0) & (density <= self.most)).all():
                raise ValueError(f"density(x) must lie in [0, {self.most:g}], got {density.min()} to {density.max()}")
            x = x[rng.random(len(x)) * self.most < density]
            empty = empty + 1 if len(x) == 0 else 0
            if empty > 50:  # each round keeps more than one on average
                raise ValueError("density(x) must have mean 1 under mu, got one that keeps nearly no point")
            kept.append(x[:missing])
        return np.concatenate(kept)


@dataclass(frozen=True)
class Shapes:
    """Grey images, each of one square or one disk, as likely as the other, of any size at any place (Example 4.2).

    textured: which shapes carry a texture, "squares" (the paper's μ), "disks" (its ν), "both" or "neither".
    pattern: where the texture lies, on the pixels (x, y) with x + y even ("checkerboard", the paper's) or x even
    ("stripes"); strength: in [0, 1], of the texture, whose pixels are 1 - strength/2 (the paper's are 0.5).
    balanced: whether exactly half of a sample are squares, of an odd number one fewer (the paper's training set is
    balanced, its test sets are not). pixels: of a side of the image; sizes: the least and the largest half side of a
    square or radius of a disk, all whole numbers from one to the other being as likely.
    symmetric: whether the centre may be any pixel that leaves the whole shape in the image, r to pixels - 1 - r in each
    coordinate; the paper's example, [20, 78] for r = 20 and 100 pixels, ends one short of that, at pixels - 2 - r.
    The same rng draws the same shapes, whatever their texture. Raises TypeError or ValueError for any other.
    Source: Example 4.2 and Appendix A.1.
    """

    textured: str = "squares"
    _: KW_ONLY
    pattern: str = "checkerboard"
    strength: float = 1.0
    balanced: bool = False
    pixels: int = 100
    sizes: tuple[int, int] = (12, 25)
    symmetric: bool = False

    def __post_init__(self) -> None:
        for name, known in (("textured", TEXTURED), ("pattern", PATTERNS)):
            if not isinstance(given := getattr(self, name), str) or given not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}, got {given!r}")
        if not 0 <= as_real(self.strength, name="strength") <= 1:
            raise ValueError(f"strength must lie in [0, 1], got {self.strength}")
        for name in ("balanced", "symmetric"):
            if not isinstance(given := getattr(self, name), bool):
                raise TypeError(f"{name} must be True or False, got {given!r}")
        pixels = as_count(self.pixels, name="pixels")
        if not isinstance(self.sizes, tuple | list) or len(self.sizes) != 2:
            raise TypeError(f"sizes must be the least and the largest half side, got {self.sizes!r}")
        least, largest = (as_count(size, name="sizes") for size in self.sizes)
        if least > largest:
            raise ValueError(f"sizes must be the least and the largest half side, got {self.sizes}")
        if pixels < (needed := 2 * largest + 2 - self.symmetric):
            raise ValueError(f"pixels must be at least {needed} for a half side of {largest}, got {pixels}")
        object.__setattr__(self, "sizes", (least, largest))

    def sample(self, n: int, rng: np.random.Generator) -> Points:
        """Draw n images, in random order. Returns (n, pixels, pixels) float32 in [0, 1], indexed [image, y, x].

        Raises TypeError or ValueError for a bad n or rng.
        """
        n, rng = as_count(n), as_rng(rng)
        square = rng.permutation(np.arange(n) < n // 2) if self.balanced else rng.random(n) < 0.5
        sizes = rng.integers(*self.sizes, size=n, endpoint=True)
        centres = rng.integers(sizes, self.pixels - 1 - sizes + self.symmetric, size=(2, n)).T
        y, x = np.indices((self.pixels, self.pixels))
        texture = np.where((x + y if self.pattern == "checkerboard" else x) % 2 == 0, 1 - self.strength / 2, 1)
        surface = {  # of a square (True) and of a disk (False)
            kind: (texture if self.textured in (name, "both") else np.ones_like(texture)).astype(np.float32)
            for kind, name in ((True, "squares"), (False, "disks"))
        }
        images = np.zeros((n, self.pixels, self.pixels), dtype=np.float32)
        for image, (x, y), r, kind in zip(images, centres.tolist(), sizes.tolist(), square.tolist(), strict=True):
            window = slice(y - r, y + r + 1), slice(x - r, x + r + 1)
            image[window] = surface[kind][window]
            if not kind:
                squares = np.arange(-r, r + 1) ** 2
                image[window] *= squares[:, None] + squares <= r**2
        return images
