"""What figures are drawn on: a matplotlib figure that shows itself crisply, and panels side by side in equal strips."""

import io
from collections.abc import Sequence
from typing import Any

from IPython import get_ipython
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from active_teacher.checks import as_count, as_row
from active_teacher.figures.style import styled

DENSITY = 2  # stored pixels for each CSS pixel, of which a figure's dpi are an inch


class Picture(Figure):
    """A figure that a notebook shows by itself, at two pixels for each CSS pixel, whichever backend is in use.

    alt: the sentence that says what it shows, where it is needed. panels: the number of its equal strips side by side,
    each with a panel wholly inside, so that a narrow page can stack them.
    """

    alt: str = ""
    panels: int = 1

    @styled  # what matplotlib makes only now, such as ticks, has the style too
    def savefig(self, *args: Any, **kwargs: Any) -> None:
        """Write the figure to a file, as matplotlib's figures do."""
        super().savefig(*args, **kwargs)

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        image, (width, height) = pixels(self)
        png = io.BytesIO()
        image.save(png, "PNG", optimize=True)
        return png.getvalue(), {"width": width, "height": height, "panels": self.panels}


if (shell := get_ipython()) is not None:  # else pyplot, once imported, shows them in its own way
    shell.display_formatter.formatters["image/png"].for_type(Picture, Picture._repr_png_)


def pixels(figure: Figure) -> tuple[Image.Image, tuple[int, int]]:
    """A figure's picture, with a palette and two pixels for each CSS pixel, and its width and height in CSS pixels."""
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=DENSITY * figure.dpi, facecolor="white")
    # Flat colours and their soft edges need no more than a palette's 256, and half the bytes.
    image = Image.open(png).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    return image, (round(image.width / DENSITY), round(image.height / DENSITY))


@styled
def panels(n: int = 1, *, size: Sequence[float] | None = None) -> tuple[Picture, Any]:
    """A figure of n panels side by side, for the functions of this package and for plain matplotlib.

    size: the width and the height of a panel in inches; if None, n of them are as wide as a page.
    Returns (figure, axes), one Axes for n = 1 and n of them for more, each alone in one of n equal strips.
    Raises TypeError or ValueError for other numbers and sizes.

    >>> fig, (left, right) = panels(2, size=(3, 2.5))
    >>> fig.get_size_inches()
    array([6. , 2.5])
    """
    n = as_count(n)
    width = 5.0 if n == 1 else 6.4 / n
    across, up = _size((width, min(3.2, width + 0.4)) if size is None else size)
    figure = Picture(figsize=(n * across, up))
    figure.panels = n
    if n == 1:
        return figure, figure.subplots()
    return figure, [strip.subplots() for strip in figure.subfigures(1, n, squeeze=False)[0]]


def _size(size: Sequence[float]) -> tuple[float, float]:
    given = as_row(size, name="size")
    if len(given) != 2 or given.min() <= 0:
        raise ValueError(f"size must be a width and a height in inches, both positive, got {size}")
    return float(given[0]), float(given[1])


def axes_of(ax: Axes | None, *, size: tuple[float, float]) -> Axes:
    """The axes to draw into: ax, or if None those of a new figure of this size. Raises TypeError for no Axes."""
    if ax is not None and not isinstance(ax, Axes):
        raise TypeError(f"ax must be matplotlib Axes or None, got {ax!r}")
    if ax is None:
        _, ax = panels(size=size)
    return ax


def figure_of(ax: Axes) -> Figure:
    """The whole figure that axes belong to."""
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes just drawn into belong to a figure
    return figure
