"""Pictures about which one may be in doubt: squares, disks and what lies between, some with a texture, some faint."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from active_teacher.checks import as_count, as_rng
from active_teacher.labels import UNCERTAIN, A, B, Points

PIXELS = 100  # of a side
LEVELS = 255  # of grey: what a screen shows is what a student gets


@dataclass(frozen=True)
class Shape:
    """A white shape on black, |u|^p + |v|^p <= 1 within its radius: a disk for p = 2, a square for p = inf.

    exponent: p; radius, centre (x, y): in pixels; textured: whether a chessboard of light and half as light pixels lies
    on it; light: of its brightest pixels, 1 is white.
    """

    exponent: float
    radius: int
    centre: tuple[int, int]
    textured: bool
    light: float

    @property
    def kind(self) -> int:
        """A for a square, B for a disk, UNCERTAIN for what lies between."""
        return {np.inf: A, 2.0: B}.get(self.exponent, UNCERTAIN)

    def image(self) -> NDArray[np.float32]:
        """Its picture, (100, 100) entries in [0, 1], all of them whole multiples of 1/255."""
        y, x = np.indices((PIXELS, PIXELS))
        u, v = (np.abs(place - middle) / self.radius for place, middle in zip((x, y), self.centre, strict=True))
        if self.kind == A:
            inside = np.maximum(u, v) <= 1
        elif self.kind == B:
            inside = (x - self.centre[0]) ** 2 + (y - self.centre[1]) ** 2 <= self.radius**2
        else:
            inside = u**self.exponent + v**self.exponent <= 1
        surface = np.where((x + y) % 2 == 0, 0.5, 1) if self.textured else 1
        return np.asarray(np.round(LEVELS * self.light * surface * inside) / LEVELS, dtype=np.float32)

    def __str__(self) -> str:
        shape = {A: "a square", B: "a disk"}.get(self.kind, f"between disk and square (p = {self.exponent:.1f})")
        light = "" if self.light == 1 else f", faint ({self.light:.0%} of white)"
        return f"{shape}{' with texture' if self.textured else ''}{light}"


@dataclass(frozen=True)
class Doubtful:
    """A data generator of pictures that a teacher may be uncertain about, each drawn independently of the others.

    A third are squares, a third disks, a third between, p = 2^(1 + 2s) with s uniform in (0, 1); half carry the
    chessboard of Example 4.2; a quarter are faint, of uniform brightness in [0.04, 0.2]. Sizes and places are those of
    the example. Raises TypeError or ValueError for a bad n or rng.

    >>> from active_teacher.quiz import Doubtful
    >>> Doubtful().sample(24, np.random.default_rng(2021)).shape
    (24, 100, 100)
    """

    def draw(self, n: int, rng: np.random.Generator) -> list[Shape]:
        """n shapes. Raises TypeError or ValueError for a bad n or rng."""
        n, rng = as_count(n), as_rng(rng)
        shapes = []
        for _ in range(n):
            between = 2 ** (1 + 2 * rng.random())
            exponent = (np.inf, 2.0, between)[rng.integers(3)]
            radius = int(rng.integers(12, 25, endpoint=True))
            x, y = (int(place) for place in rng.integers(radius, PIXELS - 1 - radius, size=2))
            textured, faint, light = rng.random() < 0.5, rng.random() < 0.25, rng.uniform(0.04, 0.2)
            shapes.append(Shape(float(exponent), radius, (x, y), bool(textured), float(light) if faint else 1.0))
        return shapes

    def sample(self, n: int, rng: np.random.Generator) -> Points:
        """The pictures of n shapes, (n, 100, 100). Raises TypeError or ValueError for a bad n or rng."""
        return np.stack([shape.image() for shape in self.draw(n, rng)])


def two_dozen() -> list[Shape]:
    """The 24 shapes that the book asks its readers about: those of the seed 2021, in the order they were drawn.

    >>> from active_teacher.quiz import two_dozen
    >>> len(two_dozen())
    24
    """
    return Doubtful().draw(24, np.random.default_rng(2021))
