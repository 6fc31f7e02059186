"""Pictures of squares and disks, and the teacher who tells them apart (Example 4.2)."""

from dataclasses import KW_ONLY, dataclass

import numpy as np
from numpy.typing import NDArray

from active_teacher.checks import as_at_least, as_choice, as_count, as_flag, as_points, as_real, as_rng, as_within
from active_teacher.labels import UNCERTAIN, A, B, Labels, Points

TEXTURED = ("squares", "disks", "both", "neither")
PATTERNS = ("checkerboard", "stripes")


@dataclass(frozen=True)
class SquaresAndDisks:
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

    >>> from active_teacher.pictures.shapes import SquaresAndDisks
    >>> SquaresAndDisks("squares").sample(5, np.random.default_rng(0)).shape
    (5, 100, 100)
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
        as_choice(self.textured, TEXTURED, name="textured")
        as_choice(self.pattern, PATTERNS, name="pattern")
        as_within(self.strength, "[0, 1]", name="strength")
        as_flag(self.balanced, name="balanced")
        as_flag(self.symmetric, name="symmetric")
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


@dataclass(frozen=True)
class SquareOrDisk:
    """Class A where an image shows a square, class B where it shows a disk, UNCERTAIN where it shows neither.

    What an image shows is where it is brighter than ``background``, so that the teacher sees no texture: the default
    0.25 lies halfway between a black ground and the darkest pixel of a texture, 0.5. This is compared, within its
    bounding box, with a square and a disk that fill the box; a shape is seen where at most the share ``tolerance`` of
    the box's pixels differ from it, and where the box's sides differ by no more than that share. A square and a disk
    differ in more than 1/5 of their box, whatever its size (1 - π/4 for a large one), so no image is both, and
    several blobs, noise or a blank image are neither.
    background: a real number; tolerance: in [0, 0.1]. Raises TypeError or ValueError for any other.
    Source: the human of Example 4.2.

    >>> from active_teacher.pictures.shapes import SquareOrDisk
    >>> image = np.zeros((1, 9, 9))
    >>> image[0, 2:7, 2:7] = 1
    >>> SquareOrDisk()(image), SquareOrDisk()(0 * image)
    (array([1]), array([-1]))
    """

    background: float = 0.25
    tolerance: float = 0.05

    def __post_init__(self) -> None:
        as_real(self.background, name="background")
        as_within(self.tolerance, "[0, 0.1]", name="tolerance")

    def __call__(self, x: Points) -> Labels:
        """x: (n, height, width). Returns (n,) labels."""
        x = as_points(x)
        if x.ndim != 3:
            raise ValueError(f"x must be images, shape (n, height, width), got shape {x.shape}")
        return np.array([self._look(image) for image in x > self.background], dtype=np.int64)

    def _look(self, seen: NDArray[np.bool_]) -> int:
        rows, columns = (np.flatnonzero(seen.any(axis=axis)) for axis in (1, 0))
        if min(len(rows), len(columns)) < 3:  # a square and a disk of fewer pixels look alike
            return UNCERTAIN
        box = seen[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        a, b = (side - 1 for side in box.shape)
        u, v = (np.arange(-side, side + 1, 2) for side in (a, b))  # twice the distance from the middle
        disk = (b * u[:, None]) ** 2 + (a * v) ** 2 <= (a * b) ** 2
        if abs(a - b) > self.tolerance * max(box.shape):
            return UNCERTAIN
        if np.mean(~box) <= self.tolerance:
            return A
        return B if np.mean(box != disk) <= self.tolerance else UNCERTAIN


def superellipse(exponent: float, *, pixels: int = 160) -> NDArray[np.float64]:
    """The image of |u|^p + |v|^p <= 1 for p = ``exponent``: a disk for p = 2, nearly a square for large p.

    exponent: p >= 1; pixels: of a side. Returns (pixels, pixels), 1 inside and 0 outside with a soft edge, for
    u and v in [-1.25, 1.25]. Raises TypeError or ValueError for any other. Source: the shapes of Example 4.2 and
    what lies between them.

    >>> from active_teacher.pictures.shapes import superellipse
    >>> superellipse(2, pixels=7).round(1)[1]
    array([0., 0., 1., 1., 1., 0., 0.])
    """
    exponent = as_at_least(exponent, 1, name="exponent")
    u = np.abs(np.linspace(-1.25, 1.25, as_count(pixels, name="pixels")))
    distance = np.maximum.outer(u, u)  # the largest coordinate, factored out so that no power underflows
    ratio = np.minimum.outer(u, u) / np.maximum(distance, np.finfo(float).tiny)
    radius = distance * (1 + ratio**exponent) ** (1 / exponent)
    return np.asarray(np.clip(20 * (1 - radius), 0, 1))
