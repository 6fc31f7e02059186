"""Charts of numbers with names: curves, the spread of several runs, bars and histograms."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation
from numpy.typing import ArrayLike

from active_teacher.checks import as_count, as_flag, as_points, as_real, as_row
from active_teacher.figures.canvas import axes_of, figure_of
from active_teacher.figures.style import COLOURS, INK, LOOKS, MARKERS, styled


@styled
def curves(
    x: ArrayLike,
    lines: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    title: str = "",
    at: float | None = None,
    ylim: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Figure:
    """One or more curves over one axis, told apart by colour, dash and a legend.

    x: (n,); lines: name -> (n,) values, one to six; at: a position to mark by a vertical line; ylim: the ends of the
    upright axis. Returns the figure. Raises ValueError if a curve's length differs from that of x, a value is not
    finite or there are more than six curves, and TypeError for what is no number.

    >>> fig = curves([0, 1, 2], {"n": [0, 1, 2], "n²": [0, 1, 4]}, xlabel="n", ylabel="questions")
    """
    _check_named(lines, "lines")
    u = as_row(x, name="x")
    rows = {name: as_row(values, name=f"the curve {name!r}") for name, values in lines.items()}
    for name, row in rows.items():
        if row.shape != u.shape:
            raise ValueError(f"the curve {name!r} must have the shape of x, {u.shape}, got {row.shape}")
    ax = axes_of(ax, size=(5.0, 3.2))
    for (name, row), look in zip(rows.items(), LOOKS, strict=False):
        ax.plot(u, row, label=name, **look)
    if at is not None:
        ax.axvline(as_real(at, name="at"), color=INK, linewidth=1)
    ax.grid()
    return _labelled(ax, lines, xlabel=xlabel, ylabel=ylabel, title=title, ylim=ylim)


@styled
def spreads(
    groups: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    xlabel: str,
    ylabel: str,
    title: str = "",
    log: bool = False,
    ylim: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Figure:
    """What several runs gave: a marker at their mean for each x, joined by a line, and a bar from least to greatest.

    groups: name -> (x, runs) with x (n,) and runs (m, n), m >= 1 of them; one to six groups, told apart by colour,
    marker and a legend, and drawn 3 points beside each other; log: whether the level axis is logarithmic, for positive
    x; ylim: the ends of the upright axis. Returns the figure. Raises TypeError or ValueError for any other.

    >>> fig = spreads({"passive": ([10, 100], [[0.5, 0.7], [0.6, 0.9]])}, xlabel="labels", ylabel="right", log=True)
    """
    _check_named(groups, "groups")
    ax = axes_of(ax, size=(5.0, 3.2))
    if as_flag(log, name="log"):
        ax.set_xscale("log")
    for place, ((name, pair), look, marker) in enumerate(zip(groups.items(), LOOKS, MARKERS, strict=False)):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise TypeError(f"the group {name!r} must be a pair (x, runs), got {pair!r}")
        u, runs = as_row(pair[0], name=f"x of the group {name!r}"), as_points(pair[1], name=f"the group {name!r}")
        if runs.shape != (len(runs), len(u)):
            raise ValueError(f"the group {name!r} must have shape (m, {len(u)}), got {runs.shape}")
        if log and u.min() <= 0:
            raise ValueError(f"x of the group {name!r} must be positive on a logarithmic axis, got {u.min()}")
        mean = runs.mean(axis=0)
        ends = np.abs([runs.min(axis=0), runs.max(axis=0)] - mean)
        aside = ScaledTranslation((place - (len(groups) - 1) / 2) * 3 / 72, 0, figure_of(ax).dpi_scale_trans)
        shown: dict[str, Any] = {"color": look["color"], "linestyle": "-", "linewidth": 1.8, "capsize": 3}
        ax.errorbar(u, mean, ends, marker=marker, label=name, transform=ax.transData + aside, **shown)
        # Aside, they no longer count by themselves for what the axes show.
        ax.update_datalim(np.column_stack([[*u, *u], [*(mean - ends[0]), *(mean + ends[1])]]))
    ax.autoscale_view()
    ax.grid()
    return _labelled(ax, groups, xlabel=xlabel, ylabel=ylabel, title=title, ylim=ylim)


@styled
def strips(
    groups: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    title: str = "",
    full: Collection[str] = (),
    xlim: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Figure:
    """What the runs of each group gave: a row for each, with a stroke for each run and a marker at their mean.

    groups: name -> (m,) values, m >= 1 of them, the rows from top to bottom; full: the names of those with a diamond,
    where the others have an open circle; xlim: the ends of the axis. Returns the figure.
    Raises TypeError or ValueError for no groups, for values that are no numbers, and for a name that is not there.

    >>> fig = strips({"told": [1, 0.9], "untold": [0, 0.4, 0.1]}, xlabel="right", full=["told"])
    """
    if not isinstance(groups, Mapping) or not groups:
        raise TypeError(f"groups must map names to values, at least one, got {groups!r}")
    if isinstance(full, str) or not isinstance(full, Collection) or not set(full) <= set(groups):
        raise ValueError(f"full must be some of the names {', '.join(groups)}, got {full!r}")
    ax = axes_of(ax, size=(5.0, 0.8 + 0.25 * len(groups)))
    for place, (name, values) in enumerate(groups.items()):
        runs = as_row(values, name=f"the group {name!r}")
        ax.plot(runs, np.full(len(runs), place), linestyle="", marker="|", markersize=10, color=INK, alpha=0.35)
        marker, colour, inside = ("D", COLOURS[0], COLOURS[0]) if name in full else ("o", COLOURS[1], "white")
        ax.plot([runs.mean()], [place], linestyle="", marker=marker, color=colour, markerfacecolor=inside)
    ax.set(yticks=range(len(groups)), yticklabels=list(groups))
    ax.invert_yaxis()
    ax.grid(axis="x")
    return _labelled(ax, {}, xlabel=xlabel, title=title, xlim=xlim)


@styled
def bars(
    names: Sequence[str],
    groups: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    title: str = "",
    xlim: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Horizontal bars, one of each group for each name, told apart by colour and a legend.

    names: n of them, from top to bottom; groups: name -> (n,) values, one to six of them; xlim: the ends of the axis.
    Returns the figure. Raises TypeError or ValueError for no groups, too many, or another number of values.

    >>> fig = bars(["right", "wrong"], {"μ": [0.9, 0.1], "worst ν": [0.6, 0.4]}, xlabel="mass")
    """
    _check_named(groups, "groups")
    ax = axes_of(ax, size=(5.0, 0.8 + 0.6 * len(names)))
    thickness = 0.8 / len(groups)
    for k, (group, values) in enumerate(groups.items()):
        widths = as_row(values, name=f"the group {group!r}")
        if len(widths) != len(names):
            raise ValueError(f"the group {group!r} must have a value for each of {len(names)} names, got {len(widths)}")
        places = np.arange(len(names)) + thickness * (k - (len(groups) - 1) / 2)
        ax.barh(places, widths, 0.9 * thickness, color=COLOURS[k], label=group)
    ax.set(yticks=range(len(names)), yticklabels=names)
    ax.invert_yaxis()
    return _labelled(ax, groups, xlabel=xlabel, title=title, xlim=xlim)


@styled
def histogram(
    groups: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    title: str = "",
    at: Mapping[str, float] | None = None,
    bins: int = 30,
    ax: Axes | None = None,
) -> Figure:
    """How often values occur, one outline for each group over common bins, with positions marked by name.

    groups: name -> (n,) values, one to six of them; at: name -> position; bins: how many. Returns the figure.
    Raises TypeError or ValueError for any other.

    >>> fig = histogram({"weights": [1.9, 2.0, 2.0, 2.1]}, xlabel="weight", at={"paper": 1.98}, bins=4)
    """
    _check_named(groups, "groups")
    if at is not None and not isinstance(at, Mapping):
        raise TypeError(f"at must map names to positions, got {at!r}")
    rows = {name: as_row(row, name=f"the group {name!r}") for name, row in groups.items()}
    marks = {name: as_real(place, name=f"the position {name!r}") for name, place in (at or {}).items()}
    low, high = min(row.min() for row in rows.values()), max(row.max() for row in rows.values())
    edges = np.linspace(low, high if high > low else low + 1, as_count(bins, name="bins") + 1).tolist()
    ax = axes_of(ax, size=(5.0, 3.0))
    for (name, row), look in zip(rows.items(), LOOKS, strict=False):
        colour = look["color"]
        ax.hist(row, edges, histtype="stepfilled", fc=(colour, 1 / 3), ec=colour, linewidth=1.8, label=name)
    halo = {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"}
    for line, (name, place) in enumerate(marks.items()):  # each on a line of its own, above the outlines
        ax.axvline(place, color=INK, linewidth=1.2, linestyle="dashed")
        down: dict[str, Any] = {
            "xycoords": ("data", "axes fraction"),
            "xytext": (0, -14 * line),
            "textcoords": "offset points",
        }
        ax.annotate(name, (place, 1), ha="center", va="top", bbox=halo, **down)
    if marks:
        ax.set_ylim(top=(1 + len(marks) / 10) * ax.get_ylim()[1])
    return _labelled(ax, groups, xlabel=xlabel, ylabel="how often", title=title)


def _check_named(groups: Any, name: str) -> None:
    if not isinstance(groups, Mapping):
        raise TypeError(f"{name} must map names to values, got {groups!r}")
    if not 1 <= len(groups) <= len(COLOURS):
        raise ValueError(f"{name} must be from 1 to {len(COLOURS)}, which can be told apart, got {len(groups)}")


def _labelled(ax: Axes, groups: Mapping[str, Any], **sides: Any) -> Figure:
    """The figure, after saying what its sides and, where there are several, its groups are called."""
    for side in {"xlim", "ylim"} & set(sides):
        if sides[side] is None:
            del sides[side]
        elif len(ends := as_row(sides[side], name=side)) != 2 or ends[0] >= ends[1]:
            raise ValueError(f"{side} must be two increasing numbers, got {sides[side]}")
    ax.set(**sides)
    if len(groups) > 1:
        ax.legend()
    return figure_of(ax)
