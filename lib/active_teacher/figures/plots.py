"""Figures from arrays and callables: regions and boundaries in the plane, curves, and the drawing of Fig. 3.1.

Each function returns a matplotlib ``Figure`` on an opaque white ground, so that it reads on light and dark pages, a
new one unless it is given axes to draw into. Classes differ in colour, lightness, marker and name.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar, runtime_checkable

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import distance_transform_edt

from active_teacher.checks import as_array, as_count, as_labels, as_points, as_real, ask
from active_teacher.geometry import Box
from active_teacher.labels import UNCERTAIN, Classifier, Labels, Points

STYLE: dict[Any, Any] = {
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.dpi": 120,
    "figure.constrained_layout.use": True,
    "font.size": 11,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "hatch.linewidth": 1.2,
    "mathtext.fontset": "dejavusans",
}
# Okabe and Ito's colours, one a class; B (class 0) is the light one and A (class 1) the dark one.
COLOURS = ("#E69F00", "#0072B2", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
DARK_FIRST = (1, 5, 2, 0, 3, 4)  # their order for lines, which need contrast with the white ground
TINTS = ("#FBE5B5", "#93BFE0", "#B5E3D4", "#EED3E1", "#D3EBF8", "#F3C9AF")
MARKERS = ("s", "o", "^", "D", "v", "P")
UNSURE = "#F4F4F4"
INK = "#222222"


class Picture(Figure):
    """A figure that a notebook shows when a cell returns it, whichever backend is in use."""

    def _repr_png_(self) -> bytes:
        png = io.BytesIO()
        self.savefig(png, format="png")
        return png.getvalue()


@runtime_checkable
class LinearStudent(Protocol):
    """A student that knows how far points are from its boundary, such as ``students.Linear``."""

    def distance(self, x: Points) -> NDArray[np.float64]:
        """The l_2 distance of each point to the boundary."""
        ...


P = ParamSpec("P")
R = TypeVar("R")


def _styled(draw: Callable[P, R]) -> Callable[P, R]:
    @wraps(draw)
    def styled(*args: P.args, **kwargs: P.kwargs) -> R:
        with mpl.rc_context(STYLE):
            return draw(*args, **kwargs)

    return styled


@_styled
def panels(*draws: Callable[[Axes], Any], size: tuple[float, float] = (3.3, 3.4)) -> Figure:
    """A figure of panels side by side, each drawn by a callable that is given its axes.

    draws: one or more; size: of each panel, in inches. Raises ValueError if there are none, TypeError for others.
    """
    if not draws:
        raise ValueError("panels needs at least one callable that draws into axes, got none")
    for draw in draws:
        if not callable(draw):
            raise TypeError(f"panels takes callables that draw into axes, got {draw!r}")
    figure = Picture(figsize=(size[0] * len(draws), size[1]))
    for draw, axes in zip(draws, np.ravel(figure.subplots(1, len(draws))), strict=True):
        draw(axes)
    return figure


@_styled
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
    axes: Axes | None = None,
) -> Figure:
    """The teacher's regions in a rectangle, the student's boundary, and where the student errs (hatched).

    With epsilon > 0 also where a linear student errs within l_2 distance epsilon, between two dashed lines.

    box: the rectangle, bounded, of two dimensions; x, y: points to add, (n, 2), with their labels (n,), or the
    teacher's if None; names: of the classes, if None ("B", "A") for two and C_1 .. C_K for more; rim: a callable
    (n, 2) -> (n,), such as a distance less a radius, whose line of zeros is drawn dashed; resolution: grid points a
    side.
    Returns the figure. Raises TypeError or ValueError for other boxes, points and answers. Source: Fig. 3.2.
    """
    if not isinstance(box, Box) or box.dimension != 2 or not box.bounded or (box.low == box.high).any():
        raise ValueError(f"box must be a bounded Box of two dimensions and of positive area, got {box!r}")
    if y is not None and x is None:
        raise TypeError("y labels the points x: give them both, or x alone")
    if as_real(epsilon, name="epsilon") < 0 or (epsilon > 0 and student is None):
        raise ValueError(f"epsilon must be at least 0, and 0 without a student, got {epsilon}")
    _check_axes(axes)
    resolution = as_count(resolution, name="resolution")
    if resolution < 2:
        raise ValueError(f"resolution must be at least 2, got {resolution}")
    if axes is None:
        width, height = box.high - box.low
        axes = Picture(figsize=(4.8, 4.8 * float(np.clip(height / width, 0.4, 1.6)))).subplots()
    # Cell centres, so that no grid point lies on a region's edge.
    u, v = (lo + (h - lo) * (np.arange(resolution) + 0.5) / resolution for lo, h in zip(box.low, box.high, strict=True))
    grid = np.stack(np.meshgrid(u, v), axis=-1)
    taught = ask(teacher, grid.reshape(-1, 2), role="teacher").reshape(grid.shape[:2])
    shown = [taught]
    if student is not None:
        shown.append(ask(student, grid.reshape(-1, 2), role="student").reshape(grid.shape[:2]))
    if x is not None:
        x = as_points(x, dimension=2)
        y = ask(teacher, x, role="teacher") if y is None else as_labels(y, n=len(x))
        shown.append(y)
    classes = max(2, 1 + max(int(labels.max()) for labels in shown))
    if classes > len(COLOURS):
        raise ValueError(f"at most {len(COLOURS)} classes can be told apart in a figure, got {classes}")
    if names is None:
        names = ("B", "A") if classes == 2 else [f"C_{k + 1}" for k in range(classes)]
    if len(names) < classes:
        raise ValueError(f"names must be as many as the {classes} classes, got {len(names)}")
    extent = (box.low[0], box.high[0], box.low[1], box.high[1])
    colours = ListedColormap([UNSURE, *TINTS[:classes]])
    axes.imshow(taught, origin="lower", extent=extent, cmap=colours, vmin=-1.5, vmax=classes - 0.5, aspect="auto")
    if student is not None:
        _draw_student(axes, student, shown[1], taught, grid, extent, float(epsilon))
    if rim is not None:
        if not callable(rim):
            raise TypeError(f"rim must be a callable (n, 2) -> (n,), got {rim!r}")
        height = _row(rim(grid.reshape(-1, 2)), "the rim's values")
        if height.size != taught.size:
            raise ValueError(f"rim must return a value for each of {taught.size} points, got {height.size}")
        if height.min() < 0 < height.max():
            line = height.reshape(taught.shape)
            axes.contour(line, [0], origin="lower", extent=extent, colors=INK, linewidths=1.6, linestyles="dashed")
    if x is not None and y is not None:
        _draw_points(axes, x, y, classes)
    free = np.ones_like(taught, dtype=bool)
    if student is not None:  # keep names off the hatching, and U's off the boundary
        free = np.where(taught == UNCERTAIN, shown[1] == shown[1].max(), shown[1] == taught)
    if x is not None:  # and off the points
        cells = (x - box.low) / (box.high - box.low) * resolution
        column, row = cells[((cells >= 0) & (cells < resolution)).all(axis=1)].astype(int).T
        free[row, column] = False
    for k in range(UNCERTAIN, classes):
        _name_region(axes, (taught == k) & free, extent, "U" if k == UNCERTAIN else names[k])
    axes.set(xlabel="$x_1$", ylabel="$x_2$", title=title, xlim=extent[:2], ylim=extent[2:], aspect="equal")
    axes.spines[:].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    return _figure(axes)


def _check_axes(axes: Axes | None) -> None:
    if axes is not None and not isinstance(axes, Axes):
        raise TypeError(f"axes must be matplotlib Axes or None, got {axes!r}")


def _draw_student(
    axes: Axes, student: Classifier, answers: Labels, taught: Labels, grid: Points, extent: Any, epsilon: float
) -> None:
    wrong = (taught != UNCERTAIN) & (answers != taught)
    if epsilon > 0:
        if not isinstance(student, LinearStudent):
            raise TypeError(f"epsilon needs a student with a distance to its boundary, got {student!r}")
        near = student.distance(grid.reshape(-1, 2)).reshape(answers.shape)
        wrong |= (taught != UNCERTAIN) & (near <= epsilon)
        if near.min() < epsilon < near.max():
            axes.contour(
                near, [epsilon], origin="lower", extent=extent, colors=INK, linewidths=1.2, linestyles="dashed"
            )
    if wrong.any():
        axes.contourf(wrong, [0.5, 1.5], origin="lower", extent=extent, colors=["#00000055"], hatches=["////"])
    score = getattr(student, "score", None)
    if callable(score):  # the boundary is where a class's lead over the others changes sign
        scores = np.asarray(score(grid.reshape(-1, 2))).reshape(*answers.shape, -1)
        rivals = [
            scores[..., k] - np.delete(scores, k, axis=-1).max(axis=-1, initial=-np.inf)
            for k in range(scores.shape[-1])
        ]
        leads = [scores[..., 0]] if scores.shape[-1] == 1 else rivals
    else:
        leads = [(answers >= k) - 0.5 for k in range(1, int(answers.max()) + 1)]
    for lead in leads:
        if lead.min() < 0 < lead.max():
            axes.contour(lead, [0], origin="lower", extent=extent, colors=INK, linewidths=2.2)


def _draw_points(axes: Axes, x: Points, y: Labels, classes: int) -> None:
    for k in range(UNCERTAIN, classes):
        of = x[y == k]
        colour, marker = ("#777777", "x") if k == UNCERTAIN else (COLOURS[k], MARKERS[k])
        edge = None if k == UNCERTAIN else INK  # a cross has no edge to colour
        axes.scatter(of[:, 0], of[:, 1], s=22, c=colour, marker=marker, linewidths=0.7, zorder=3, edgecolors=edge)


def _name_region(axes: Axes, region: NDArray[np.bool_], extent: Any, name: str) -> None:
    """Write Ω's name well inside the region and, of such places, nearest to its middle, if there is room for it."""
    depth = distance_transform_edt(np.pad(region, 1))[1:-1, 1:-1]
    if depth.max() < 0.045 * max(region.shape):
        return
    inside = np.argwhere(depth >= 0.9 * depth.max())
    row, column = inside[((inside - np.argwhere(region).mean(axis=0)) ** 2).sum(axis=1).argmin()]
    x = extent[0] + (extent[1] - extent[0]) * (column + 0.5) / region.shape[1]
    y = extent[2] + (extent[3] - extent[2]) * (row + 0.5) / region.shape[0]
    halo = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.75}
    axes.text(x, y, rf"$\Omega_{{{name}}}$", ha="center", va="center", fontsize=13, bbox=halo, zorder=4)


@_styled
def curves(
    x: ArrayLike,
    lines: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    title: str = "",
    at: float | None = None,
    ylim: tuple[float, float] | None = None,
    axes: Axes | None = None,
) -> Figure:
    """One or more curves over one axis, told apart by colour, dash and a legend.

    x: (n,); lines: name -> (n,) values; at: a position to mark by a vertical line; ylim: the ends of the upright axis.
    Returns the figure.
    Raises ValueError if a curve's length differs from that of x or a value is not finite, or there are more than six
    curves, and TypeError for what is no number.
    """
    if not isinstance(lines, Mapping):
        raise TypeError(f"lines must map names to values, got {lines!r}")
    if not 1 <= len(lines) <= len(COLOURS):
        raise ValueError(f"curves draws from 1 to {len(COLOURS)} lines, got {len(lines)}")
    _check_axes(axes)
    u = _row(x, "x")
    if axes is None:
        axes = Picture(figsize=(6.0, 3.6)).subplots()
    dashes = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))
    for (name, values), colour, dash in zip(lines.items(), (COLOURS[i] for i in DARK_FIRST), dashes, strict=False):
        v = _row(values, f"the curve {name!r}")
        if v.shape != u.shape:
            raise ValueError(f"the curve {name!r} must have the shape of x, {u.shape}, got {v.shape}")
        axes.plot(u, v, color=colour, linestyle=dash, linewidth=2.2, label=name)
    if at is not None:
        axes.axvline(as_real(at, name="at"), color=INK, linewidth=1)
    if len(lines) > 1:
        axes.legend(frameon=False)
    return _labelled(axes, xlabel, ylabel, title, ylim)


@_styled
def spreads(
    groups: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    xlabel: str,
    ylabel: str,
    title: str = "",
    log: bool = False,
    ylim: tuple[float, float] | None = None,
    axes: Axes | None = None,
) -> Figure:
    """What several runs gave: a marker at their mean for each x, joined by a line, and a bar from least to greatest.

    groups: name -> (x, runs) with x (n,) and runs (m, n), m >= 1 of them; one to six groups, told apart by colour,
    marker and a legend, and drawn 3 points beside each other; log: whether the level axis is logarithmic, for positive
    x; ylim: the ends of the upright axis. Returns the figure. Raises TypeError or ValueError for any other.
    """
    if not isinstance(groups, Mapping):
        raise TypeError(f"groups must map names to values, got {groups!r}")
    if not 1 <= len(groups) <= len(COLOURS):
        raise ValueError(f"spreads draws from 1 to {len(COLOURS)} groups, got {len(groups)}")
    if not isinstance(log, bool):
        raise TypeError(f"log must be True or False, got {log!r}")
    _check_axes(axes)
    if axes is None:
        axes = Picture(figsize=(6.0, 3.6)).subplots()
    if log:
        axes.set_xscale("log")
    for place, ((name, pair), k, marker) in enumerate(zip(groups.items(), DARK_FIRST, MARKERS, strict=False)):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise TypeError(f"the group {name!r} must be a pair (x, runs), got {pair!r}")
        u, runs = _row(pair[0], f"x of the group {name!r}"), as_points(pair[1], name=f"the group {name!r}")
        if runs.shape != (len(runs), len(u)):
            raise ValueError(f"the group {name!r} must have shape (m, {len(u)}), got {runs.shape}")
        if log and u.min() <= 0:
            raise ValueError(f"x of the group {name!r} must be positive on a logarithmic axis, got {u.min()}")
        mean = runs.mean(axis=0)
        ends = np.abs([runs.min(axis=0), runs.max(axis=0)] - mean)
        aside = ScaledTranslation((place - (len(groups) - 1) / 2) * 3 / 72, 0, _figure(axes).dpi_scale_trans)
        shown: dict[str, Any] = {"color": COLOURS[k], "marker": marker, "label": name, "linewidth": 1.8, "capsize": 3}
        axes.errorbar(u, mean, ends, transform=axes.transData + aside, **shown)
        # Aside, they no longer count by themselves for what the axes show.
        axes.update_datalim(np.column_stack([[*u, *u], [*(mean - ends[0]), *(mean + ends[1])]]))
    axes.autoscale_view()
    if len(groups) > 1:
        axes.legend(frameon=False, fontsize=9)
    return _labelled(axes, xlabel, ylabel, title, ylim)


def _labelled(axes: Axes, xlabel: str, ylabel: str, title: str, ylim: tuple[float, float] | None) -> Figure:
    """The figure of these axes, with a grid and what their sides are called."""
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    if ylim is not None:
        axes.set_ylim(*_ends(ylim, "ylim"))
    axes.grid(alpha=0.25)
    return _figure(axes)


def _figure(axes: Axes) -> Figure:
    figure = axes.get_figure(root=True)
    assert figure is not None  # axes just drawn into belong to a figure
    return figure


def _ends(limits: Any, name: str) -> tuple[float, float]:
    ends = _row(limits, name)
    if len(ends) != 2 or ends[0] >= ends[1]:
        raise ValueError(f"{name} must be two increasing numbers, got {limits}")
    return float(ends[0]), float(ends[1])


def _row(values: ArrayLike, name: str) -> NDArray[np.float64]:
    given = as_array(values, name=name)
    if given.ndim != 1:
        raise ValueError(f"{name} must have shape (n,), got shape {given.shape}")
    return np.asarray(as_points(given[None], name=name)[0], dtype=np.float64)


@_styled
def learning_procedure() -> Figure:
    """The three parts of supervised learning and what passes between them (Fig. 3.1; preprint: Figure 2)."""
    axes = Picture(figsize=(7.2, 2.5)).subplots()
    axes.set(xlim=(0, 14.4), ylim=(0, 5))
    axes.set_axis_off()
    parts = [
        (0.2, 1.6, "data generator\n$\\mu$", "white"),
        (5.0, 3.1, "teacher\n$T$", TINTS[1]),
        (5.0, 0.2, "points\n$\\mathbf{x}$", UNSURE),
        (8.6, 0.2, "data set\n$(\\mathbf{x},\\ y)$", UNSURE),
        (12.0, 1.6, "student\n$S$", TINTS[0]),
    ]
    for left, bottom, text, colour in parts:
        width = 3.3 if "generator" in text else 2.2
        shape = FancyBboxPatch((left, bottom), width, 1.6, boxstyle="round,pad=0.06", facecolor=colour, edgecolor=INK)
        axes.add_patch(shape)
        axes.text(left + width / 2, bottom + 0.8, text, ha="center", va="center")
    arrows = [
        ((3.6, 2.0), (4.9, 1.3), (4.1, 1.05), "samples"),
        ((6.1, 1.9), (6.1, 3.0), (6.9, 2.35), "is asked"),
        ((7.3, 3.7), (9.4, 1.95), (9.2, 3.1), "answers $y$"),
        ((7.3, 1.0), (8.5, 1.0), (7.9, 0.3), "with $y$"),
        ((10.9, 1.3), (12.0, 1.9), (11.5, 0.8), "trains"),
    ]
    for tail, head, place, text in arrows:
        axes.annotate("", xy=head, xytext=tail, arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 1.6})
        axes.text(*place, text, ha="center", fontsize=10)
    return _figure(axes)


@_styled
def bars(
    names: Sequence[str],
    groups: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    xlim: tuple[float, float] | None = None,
    axes: Axes | None = None,
) -> Figure:
    """Horizontal bars, one of each group for each name, told apart by colour and a legend.

    names: n of them, from top to bottom; groups: name -> (n,) values, one to six of them; xlim: the ends of the axis.
    Returns the figure. Raises TypeError or ValueError for no groups, too many, or another number of values.
    """
    if not isinstance(groups, Mapping):
        raise TypeError(f"groups must map names to values, got {groups!r}")
    if not 1 <= len(groups) <= len(COLOURS):
        raise ValueError(f"bars draws from 1 to {len(COLOURS)} groups, got {len(groups)}")
    _check_axes(axes)
    if axes is None:
        axes = Picture(figsize=(6.0, 0.6 + 0.6 * len(names))).subplots()
    thickness = 0.8 / len(groups)
    for k, (group, values) in enumerate(groups.items()):
        widths = _row(values, f"the group {group!r}")
        if len(widths) != len(names):
            raise ValueError(f"the group {group!r} must have a value for each of {len(names)} names, got {len(widths)}")
        places = np.arange(len(names)) + thickness * (k - (len(groups) - 1) / 2)
        axes.barh(places, widths, 0.9 * thickness, color=COLOURS[k], label=group)
    axes.set(yticks=range(len(names)), yticklabels=names, xlabel=xlabel)
    axes.invert_yaxis()
    if xlim is not None:
        axes.set_xlim(*_ends(xlim, "xlim"))
    if len(groups) > 1:
        axes.legend(frameon=False)
    return _figure(axes)


@_styled
def image(picture: ArrayLike, *, title: str = "", axes: Axes | None = None) -> Figure:
    """A grey image, 0 black and 1 white. picture: (height, width), entries in [0, 1].

    Returns the figure. Raises TypeError or ValueError for other arrays.
    """
    given = as_array(picture, name="picture")
    shown = as_points(given[None] if given.ndim else given, name="picture")[0]
    if shown.ndim != 2 or shown.min() < 0 or shown.max() > 1:
        got = f"shape {shown.shape} and values from {shown.min():g} to {shown.max():g}"
        raise ValueError(f"picture must have shape (height, width) and values in [0, 1], got {got}")
    _check_axes(axes)
    if axes is None:
        axes = Picture(figsize=(3.0, 3.3)).subplots()
    axes.imshow(shown, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axes.set(xticks=[], yticks=[], title=title)
    axes.spines[:].set_visible(True)
    return _figure(axes)


@_styled
def signed(picture: ArrayLike, *, limit: float | None = None, title: str = "", axes: Axes | None = None) -> Figure:
    """A map of signed numbers with a colour bar: purple below 0, white at 0, orange above.

    picture: (height, width); limit: the absolute value of the strongest colours, positive, the largest if None.
    Returns the figure. Raises TypeError or ValueError for any other.
    """
    given = as_array(picture, name="picture")
    shown = as_points(given[None] if given.ndim else given, name="picture")[0]
    if shown.ndim != 2:
        raise ValueError(f"picture must have shape (height, width), got shape {shown.shape}")
    strongest = as_real(float(np.abs(shown).max()) or 1.0 if limit is None else limit, name="limit")
    if strongest <= 0:
        raise ValueError(f"limit must be positive, got {limit}")
    _check_axes(axes)
    if axes is None:
        axes = Picture(figsize=(4.2, 3.4)).subplots()
    drawn = axes.imshow(shown, cmap="PuOr_r", vmin=-strongest, vmax=strongest, interpolation="nearest")
    axes.set(xticks=[], yticks=[], title=title)
    axes.spines[:].set_visible(True)
    figure = _figure(axes)
    figure.colorbar(drawn, ax=axes, shrink=0.8)
    return figure


@_styled
def histogram(
    groups: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    at: Mapping[str, float] | None = None,
    bins: int = 30,
    axes: Axes | None = None,
) -> Figure:
    """How often values occur, one outline for each group over common bins, with positions marked by name.

    groups: name -> (n,) values, one to six of them; at: name -> position; bins: how many. Returns the figure.
    Raises TypeError or ValueError for any other.
    """
    for argument, given in (("groups", groups), ("at", {} if at is None else at)):
        if not isinstance(given, Mapping):
            raise TypeError(f"{argument} must map names to values, got {given!r}")
    if not 1 <= len(groups) <= len(COLOURS):
        raise ValueError(f"histogram draws from 1 to {len(COLOURS)} groups, got {len(groups)}")
    values = {name: _row(row, f"the group {name!r}") for name, row in groups.items()}
    marks = {name: as_real(place, name=f"the position {name!r}") for name, place in (at or {}).items()}
    bins = as_count(bins, name="bins")
    _check_axes(axes)
    if axes is None:
        axes = Picture(figsize=(6.0, 3.2)).subplots()
    low = min(row.min() for row in values.values())
    high = max(row.max() for row in values.values())
    edges = np.linspace(low, high if high > low else low + 1, bins + 1)
    for (name, row), colour in zip(values.items(), (COLOURS[i] for i in (1, 5, 2, 0, 3, 4)), strict=False):
        axes.hist(
            row,
            edges.tolist(),
            histtype="stepfilled",
            facecolor=f"{colour}55",
            edgecolor=colour,
            linewidth=1.8,
            label=name,
        )
    for name, place in marks.items():
        axes.axvline(place, color=INK, linewidth=1.2, linestyle="dashed")
        axes.annotate(name, (place, 0.97), xycoords=("data", "axes fraction"), rotation=90, ha="right", va="top")
    if len(values) > 1:
        axes.legend(frameon=False)
    axes.set(xlabel=xlabel, ylabel="how often")
    return _figure(axes)


@_styled
def images(pictures: ArrayLike, *, titles: Sequence[str] | None = None, size: float = 1.6) -> Figure:
    """Grey images in a row, 0 black and 1 white, each with a title.

    pictures: (n, height, width), entries in [0, 1]; titles: n of them; size: of each image, in inches.
    Returns the figure. Raises TypeError or ValueError for other arrays and another number of titles.
    """
    shown = as_points(pictures, name="pictures")
    if shown.ndim != 3 or shown.min() < 0 or shown.max() > 1:
        got = f"shape {shown.shape} and values from {shown.min():g} to {shown.max():g}"
        raise ValueError(f"pictures must have shape (n, height, width) and values in [0, 1], got {got}")
    if titles is not None and len(titles) != len(shown):
        raise ValueError(f"titles must be as many as the {len(shown)} pictures, got {len(titles)}")
    figure = Picture(figsize=(size * len(shown), size * (1.0 if titles is None else 1.25)))
    for i, axes in enumerate(np.ravel(figure.subplots(1, len(shown)))):
        image(shown[i], title="" if titles is None else titles[i], axes=axes)
    return figure
