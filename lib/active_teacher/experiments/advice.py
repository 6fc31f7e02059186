"""Advice about shapes, built in: what a student of Example 4.2 can't see it can't use."""

import numpy as np
import torch

from active_teacher.checks import as_count, as_points, as_real, as_rng
from active_teacher.labels import Points
from active_teacher.networks import convolutional, perceptron

GROUND = 0.25  # what is brighter belongs to the shape: halfway between a black ground and a texture's 0.5


class _Outline(torch.nn.Module):
    """Images as 1 where a pixel is brighter than the background, else 0."""

    def __init__(self, background: float) -> None:
        super().__init__()
        self.background = background

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x > self.background).to(x.dtype)


def outlined(*, rng: np.random.Generator, background: float = GROUND, pixels: int = 100) -> torch.nn.Sequential:
    """The student of Appendix A.2, shown an outline: first, each pixel becomes 1 if brighter than background, else 0.

    background: a real number; rng, pixels: see ``networks.convolutional``.
    Raises TypeError or ValueError for any other.

    >>> from active_teacher.experiments.advice import outlined
    >>> module = outlined(rng=np.random.default_rng(0))
    >>> torch.equal(module(torch.full((1, 100, 100), 0.5)), module(torch.full((1, 100, 100), 1.0)))
    True
    """
    outline = _Outline(as_real(background, name="background"))
    return torch.nn.Sequential(outline, *convolutional(rng=rng, pixels=pixels))


class _Frame(torch.nn.Module):
    """Images as the mean brightness of side × side equal cells, which divide the bounding box of their shape."""

    def __init__(self, background: float, side: int) -> None:
        super().__init__()
        self.background, self.side = background, side

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.ndim != 3:
            raise ValueError(f"x must be images, shape (n, height, width), got shape {tuple(x.shape)}")
        rows, columns = (self._shares((x > self.background).any(dim=dim)).to(x.dtype) for dim in (2, 1))
        return (rows @ x @ columns.mT).flatten(1)

    def _shares(self, seen: torch.Tensor) -> torch.Tensor:
        """How much of each row or column lies in each cell: (n, side, pixels), the sum for a cell being 1.

        seen: (n, pixels), whether the shape is in it; else all are framed.
        """
        seen = seen.to(torch.int8)
        first, end = seen.argmax(dim=1), seen.shape[1] - seen.flip(1).argmax(dim=1)
        share = torch.linspace(0, 1, self.side + 1, dtype=torch.float64)
        cuts = (first[:, None] + (end - first)[:, None] * share)[:, :, None]
        within = (cuts - torch.arange(seen.shape[1])).clamp(0, 1).diff(dim=1)
        return within / within.sum(dim=2, keepdim=True)


def framed(*, rng: np.random.Generator, background: float = GROUND, side: int = 10) -> torch.nn.Sequential:
    """A linear student, in float64, of what fills the frame of a shape.

    Neither the place of the shape nor, but for the rounding to pixels, its size is seen. It maps (n, height, width)
    images to (n, 1) scores. The shape is what is brighter than background, a real number, or the whole image if nothing
    is; of its bounding box, the means of side × side equal cells count, a pixel on a border for each cell as far as it
    lies there. rng: draws the initial weights (see ``networks.perceptron``).
    Raises TypeError or ValueError for any other.

    >>> from active_teacher.experiments.advice import framed
    >>> module = framed(rng=np.random.default_rng(0))
    >>> module(torch.zeros((5, 100, 100), dtype=torch.float64)).shape
    torch.Size([5, 1])
    """
    frame = _Frame(as_real(background, name="background"), as_count(side, name="side"))
    return torch.nn.Sequential(frame, *perceptron([side**2, 1], rng=rng))


def other_textures(x: Points, rng: np.random.Generator) -> Points:
    """Each image with what is not black covered by tiles of up to 4 × 4 random pixels, each 0.5 or 1.

    x: (n, height, width). Returns the shape of x. Raises TypeError or ValueError for any other.

    >>> from active_teacher.experiments.advice import other_textures
    >>> covered = other_textures(np.ones((3, 8, 8)), np.random.default_rng(0))
    >>> covered.shape, np.unique(covered).tolist()
    ((3, 8, 8), [0.5, 1.0])
    """
    x, rng = as_points(x), as_rng(rng)
    if x.ndim != 3:
        raise ValueError(f"x must be images, shape (n, height, width), got shape {x.shape}")
    covered = np.empty_like(x)
    for image, other in zip(x, covered, strict=True):
        side = rng.integers(1, 5)
        tile = rng.choice([0.5, 1], size=(side, side))
        rows, columns = (np.arange(pixels) % side for pixels in image.shape)
        other[:] = np.where(image > 0, tile[np.ix_(rows, columns)], 0)
    return covered
