"""The plane as teacher and student see it: regions, boundaries, errors and points (Fig. 3.2)."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from active_teacher.checks import as_at_least, as_callable, as_count, as_labels, as_points, as_row, ask
from active_teacher.figures.canvas import axes_of, figure_of
from active_teacher.figures.style import COLOURS, INK, MARKERS, TINTS, UNSURE, styled
from active_teacher.geometry import Box
from active_teacher.labels import UNCERTAIN, Classifier, Labels, Points

WIDTH = 4.2  # of a figure, in inches


@styled
def regions(
    teacher: Classifier,
    student: Classifier | None = None,
    *,
    box: Box,
    x: Points | None = None,
    y: Labels | None = None,
    title: str = "",
    names: Sequence[str] | None = None,
    epsilon: float = 0.0,
    rim: Callable[[Points], NDArray[Any]] | None = None,
    resolution: int = 400,
    ax: Axes | None = None,
) -> Figure:
    """The teacher's regions in a rectangle, the student's boundary, and where the student errs (hatched).

    With epsilon > 0 also where a push of l_2 length up to epsilon makes the student err, between two dashed lines;
    the student needs a method ``distance`` for that, (n, 2) -> (n,), the distances to its boundary.

    box: the rectangle, bounded, of two dimensions; x, y: points to add, (n, 2), with their labels (n,), or the
    teacher's if None; names: of the classes, if None ("B", "A") for two and C_1 .. C_K for more; rim: a callable
    (n, 2) -> (n,), such as a distance less a radius, whose line of zeros is drawn dashed; resolution: grid points a
    side.
    Returns the figure. Raises TypeError or ValueError for other boxes, points and answers. Source: Fig. 3.2.

    >>> fig = regions(lambda x: (x[:, 0] > 0).astype(int), box=Box([-1, -1], [1, 1]), x=[[0.5, 0], [-0.5, 0.5]])
    >>> fig.axes[0].get_xlabel()
    '$x_1$'
    """
    if not isinstance(box, Box) or box.dimension != 2 or not box.bounded or (box.low == box.high).any():
        raise ValueError(f"box must be a bounded Box of two dimensions and of positive area, got {box!r}")
    if y is not None and x is None:
        raise TypeError("y labels the points x: give them both, or x alone")
    if as_at_least(epsilon, 0, name="epsilon") > 0 and student is None:
        raise ValueError(f"epsilon must be 0 without a student, got {epsilon}")
    resolution = as_count(resolution, name="resolution", least=2)
    width, height = box.high - box.low
    ax = axes_of(ax, size=(WIDTH, WIDTH * float(np.clip(height / width, 0.4, 1.6))))
    # Cell centres, so that no grid point lies on a region's edge.
    u, v = (lo + (h - lo) * (np.arange(resolution) + 0.5) / resolution for lo, h in zip(box.low, box.high, strict=True))
    grid = np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2)
    side = (resolution, resolution)
    taught = ask(teacher, grid, role="teacher").reshape(side)
    answers = None if student is None else ask(student, grid, role="student").reshape(side)
    if x is not None:
        x = as_points(x, dimension=2)
        y = ask(teacher, x, role="teacher") if y is None else as_labels(y, n=len(x))
    names = _names(names, 1 + max(int(labels.max()) for labels in (taught, answers, y) if labels is not None))
    extent = (box.low[0], box.high[0], box.low[1], box.high[1])
    colours = ListedColormap([UNSURE, *TINTS[: len(names)]])
    look: dict[str, Any] = {"cmap": colours, "vmin": -1.5, "vmax": len(names) - 0.5, "interpolation": "nearest"}
    ax.imshow(taught, origin="lower", extent=extent, aspect="auto", **look)
    free = np.ones(side, dtype=bool)  # for names
    if student is not None and answers is not None:
        near = _distance(student, grid).reshape(side) if epsilon > 0 else None
        _draw_errors(ax, answers, taught, near, float(epsilon), extent)
        for lead in _leads(student, answers, grid):
            _draw_zeros(ax, lead, extent, linewidths=2.2)
        # Off the hatching, and U's name off the boundary.
        free = np.where(taught == UNCERTAIN, answers == answers.max(), answers == taught)
    if rim is not None:
        _draw_zeros(ax, _values(rim, grid).reshape(side), extent, linewidths=1.6, linestyles="dashed")
    if x is not None and y is not None:
        _draw_points(ax, x, y)
        cells = (x - box.low) / (box.high - box.low) * resolution
        column, row = cells[((cells >= 0) & (cells < resolution)).all(axis=1)].astype(int).T
        free[row, column] = False
    for k, name in enumerate(["U", *names], start=UNCERTAIN):
        _name_region(ax, (taught == k) & free, extent, name)
    ax.set(xlabel="$x_1$", ylabel="$x_2$", title=title, xlim=extent[:2], ylim=extent[2:], aspect="equal")
    ax.spines[:].set_visible(False)
    ax.yaxis.set_major_locator(MaxNLocator(4))
    return figure_of(ax)


def _names(given: Sequence[str] | None, classes: int) -> Sequence[str]:
    """What the classes are called, two of them or more."""
    classes = max(2, classes)
    if classes > len(COLOURS):
        raise ValueError(f"at most {len(COLOURS)} classes can be told apart in a figure, got {classes}")
    if given is None:
        return ("B", "A") if classes == 2 else [f"C_{k + 1}" for k in range(classes)]
    if len(given) < classes:
        raise ValueError(f"names must be as many as the {classes} classes, got {len(given)}")
    return given[:classes]


def _distance(student: Classifier, grid: Points) -> NDArray[np.float64]:
    distance = getattr(student, "distance", None)
    if not callable(distance):
        raise TypeError(f"epsilon needs a student with a distance to its boundary, got {student!r}")
    return as_row(distance(grid), name="the student's distance")


def _values(rim: Callable[[Points], NDArray[Any]], grid: Points) -> NDArray[np.float64]:
    values = as_row(as_callable(rim, "(n, 2) -> (n,)", name="rim")(grid), name="the rim's values")
    if len(values) != len(grid):
        raise ValueError(f"rim must return a value for each of {len(grid)} points, got {len(values)}")
    return values


def _leads(student: Classifier, answers: Labels, grid: Points) -> list[NDArray[Any]]:
    """Maps that change sign where the student's answer changes: by its scores if it has some, else by its answers."""
    score = getattr(student, "score", None)
    if not callable(score):
        return [(answers >= k) - 0.5 for k in range(1, int(answers.max()) + 1)]
    scores = np.asarray(score(grid)).reshape(*answers.shape, -1)
    classes = scores.shape[-1]
    if classes == 1:
        return [scores[..., 0]]
    return [scores[..., k] - np.delete(scores, k, axis=-1).max(axis=-1) for k in range(classes)]


def _draw_zeros(ax: Axes, height: NDArray[np.float64], extent: Any, **look: Any) -> None:
    if height.min() < 0 < height.max():
        ax.contour(height, [0], origin="lower", extent=extent, colors=INK, **look)


def _draw_errors(
    ax: Axes, answers: Labels, taught: Labels, near: NDArray[np.float64] | None, epsilon: float, extent: Any
) -> None:
    wrong = answers != taught
    if near is not None:
        wrong |= near <= epsilon
        _draw_zeros(ax, near - epsilon, extent, linewidths=1.2, linestyles="dashed")
    wrong &= taught != UNCERTAIN
    if wrong.any():
        ax.contourf(wrong, [0.5, 1.5], origin="lower", extent=extent, colors=["#00000055"], hatches=["////"])


def _draw_points(ax: Axes, x: Points, y: Labels) -> None:
    for k in range(UNCERTAIN, int(y.max()) + 1):
        of = x[y == k]
        colour, marker = ("#777777", "x") if k == UNCERTAIN else (COLOURS[k], MARKERS[k])
        edge = None if k == UNCERTAIN else INK  # a cross has no edge to colour
        ax.scatter(of[:, 0], of[:, 1], s=22, c=colour, marker=marker, linewidths=0.7, zorder=3, edgecolors=edge)


def _name_region(ax: Axes, region: NDArray[np.bool_], extent: Any, name: str) -> None:
    """Write Ω's name well inside the region and, of such places, nearest to its middle, if there is room for it."""
    depth = distance_transform_edt(np.pad(region, 1))[1:-1, 1:-1]
    if depth.max() < 0.045 * max(region.shape):
        return
    inside = np.argwhere(depth >= 0.9 * depth.max())
    row, column = inside[((inside - np.argwhere(region).mean(axis=0)) ** 2).sum(axis=1).argmin()]
    x = extent[0] + (extent[1] - extent[0]) * (column + 0.5) / region.shape[1]
    y = extent[2] + (extent[3] - extent[2]) * (row + 0.5) / region.shape[0]
    halo = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.75}
    ax.text(x, y, rf"$\Omega_{{{name}}}$", ha="center", va="center", fontsize=13, bbox=halo, zorder=4)
