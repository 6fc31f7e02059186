"""Pictures as figures: grey ones, rows of them, and maps of signed numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from active_teacher.checks import as_array, as_count, as_points, as_positive
from active_teacher.figures.canvas import Picture, axes_of, figure_of
from active_teacher.figures.style import styled

WIDTH = 5.0  # of a row of pictures, in inches


@styled
def image(picture: ArrayLike, title: str = "", *, ax: Axes | None = None) -> Figure:
    """A grey picture, 0 black and 1 white. picture: (height, width), entries in [0, 1].

    Returns the figure. Raises TypeError or ValueError for other arrays.

    >>> fig = image([[0, 0.5], [0.5, 1]], "a slope")
    """
    shown = _array(picture)
    _check_grey(shown)
    ax = axes_of(ax, size=(3.0, 3.3))
    _show(ax, shown, title, cmap="gray", vmin=0, vmax=1)
    return figure_of(ax)


@styled
def images(pictures: ArrayLike, *, titles: Sequence[str] | None = None, columns: int | None = None) -> Figure:
    """Grey pictures in rows, 0 black and 1 white, each with a title.

    pictures: (n, height, width), entries in [0, 1]; titles: n of them; columns: pictures in a row, at most
    four if None. Returns the figure. Raises TypeError or ValueError for other arrays and another number of titles.

    >>> fig = images(np.zeros((8, 10, 10)), titles=["μ"] * 4 + ["ν"] * 4)
    >>> len(fig.axes)
    8
    """
    shown = as_points(pictures, name="pictures")
    if shown.ndim != 3:
        raise ValueError(f"pictures must have shape (n, height, width), got shape {shown.shape}")
    _check_grey(shown, name="pictures")
    if titles is not None and len(titles) != len(shown):
        raise ValueError(f"titles must be as many as the {len(shown)} pictures, got {len(titles)}")
    columns = min(4, len(shown)) if columns is None else as_count(columns, name="columns")
    rows = -(-len(shown) // columns)
    side = min(2.6, WIDTH / columns)
    height = side * shown.shape[1] / shown.shape[2] + (0 if titles is None else 0.25)
    figure = Picture(figsize=(columns * side, rows * height))
    for k, picture in enumerate(shown):
        ax = figure.add_subplot(rows, columns, k + 1)
        _show(ax, picture, "" if titles is None else titles[k], cmap="gray", vmin=0, vmax=1)
    return figure


@styled
def signed(picture: ArrayLike, title: str = "", *, limit: float | None = None, ax: Axes | None = None) -> Figure:
    """A map of signed numbers with a colour bar: purple below 0, white at 0, orange above.

    picture: (height, width); limit: the absolute value of the strongest colours, positive, the largest if None.
    Returns the figure. Raises TypeError or ValueError for any other.

    >>> fig = signed([[-2, 0], [1, 2]])
    """
    shown = _array(picture)
    strongest = as_positive(float(np.abs(shown).max()) or 1.0 if limit is None else limit, name="limit")
    ax = axes_of(ax, size=(4.2, 3.4))
    drawn = _show(ax, shown, title, cmap="PuOr_r", vmin=-strongest, vmax=strongest)
    figure = figure_of(ax)
    figure.colorbar(drawn, ax=ax, shrink=0.8)
    return figure


def _array(picture: ArrayLike) -> NDArray[Any]:
    shown = as_points(as_array(picture, name="picture")[None], name="picture")[0]
    if shown.ndim != 2:
        raise ValueError(f"picture must have shape (height, width), got shape {shown.shape}")
    return np.asarray(shown)


def _check_grey(shown: NDArray[Any], *, name: str = "picture") -> None:
    if shown.min() < 0 or shown.max() > 1:
        raise ValueError(f"{name} must have values in [0, 1], got values from {shown.min():g} to {shown.max():g}")


def _show(ax: Axes, shown: NDArray[Any], title: str, **colours: Any) -> Any:
    drawn = ax.imshow(shown, interpolation="nearest", **colours)
    ax.set(xticks=[], yticks=[], title=title)
    ax.spines[:].set_visible(True)
    return drawn
