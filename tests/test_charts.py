"""Charts: the numbers that were given, told apart by more than colour."""

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.figure import Figure

from active_teacher import figures


def drawn(figure):
    figure.savefig("/dev/null", format="png")
    return figure


X_VALUES = np.linspace(0, 1, 5)


def test_curves_are_the_values_and_told_apart_by_more_than_colour():
    curves = {f"line {k}": X_VALUES**k for k in range(6)}
    [axes] = figures.curves(X_VALUES, curves, xlabel="here", ylabel="there", title="powers").axes
    assert {line.get_label(): line.get_ydata().tolist() for line in axes.lines} == {
        n: v.tolist() for n, v in curves.items()
    }
    assert all((line.get_xdata() == X_VALUES).all() for line in axes.lines)
    assert len({str(line.get_linestyle()) + str(line._unscaled_dash_pattern) for line in axes.lines}) == 6
    assert len({line.get_color() for line in axes.lines}) == 6
    assert [text.get_text() for text in axes.get_legend().get_texts()] == list(curves)
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("here", "there", "powers")


def test_one_curve_needs_no_legend_and_a_position_can_be_marked():
    [axes] = figures.curves([0, 1], {"a": [1, 2]}, xlabel="x", ylabel="y", at=0.25).axes
    assert axes.get_legend() is None
    curve, mark = axes.lines
    assert set(mark.get_xdata()) == {0.25}
    assert 0 < mark.get_linewidth() < curve.get_linewidth()


@pytest.mark.parametrize(
    ("x", "lines", "more", "error", "said"),
    [
        ([0, 1], {}, {}, ValueError, "lines must be from 1 to 6.* got 0"),
        ([0, 1], {str(k): [0, 1] for k in range(7)}, {}, ValueError, "lines must be from 1 to 6.* got 7"),
        ([0, 1], {"a": [1, 2, 3]}, {}, ValueError, r"curve 'a' must have the shape of x, \(2,\), got \(3,\)"),
        ([0, 1], {"a": [1, np.nan]}, {}, ValueError, "curve 'a' must be finite"),
        ([0, np.inf], {"a": [1, 2]}, {}, ValueError, "x must be finite"),
        ([0, 1], {"a": ["b", "c"]}, {}, TypeError, "curve 'a' must hold real numbers"),
        ([[0, 1]], {"a": [[0, 1]]}, {}, ValueError, r"x must have shape \(n,\), got shape \(1, 2\)"),
        ([], {"a": []}, {}, ValueError, "x must hold at least one"),
        ([0, 1], [("a", [0, 1])], {}, TypeError, "lines must map names to values"),
        ([0, 1], {"a": [0, 1]}, {"at": np.nan}, ValueError, "at must be finite"),
        ([0, 1], {"a": [0, 1]}, {"at": "b"}, TypeError, "at must be a real number"),
        ([0, 1], {"a": [0, 1]}, {"ax": "b"}, TypeError, "ax must be matplotlib Axes"),
    ],
)
def test_curves_are_rows_of_numbers(x, lines, more, error, said):
    with pytest.raises(error, match=said):
        figures.curves(x, lines, xlabel="x", ylabel="y", **more)


def test_spreads_are_the_means_of_the_runs_and_bars_from_least_to_greatest():
    groups = {f"way {k}": ([1, 10, 100], np.array([[0, 1, 2], [1, 1, 5]]) + k) for k in range(6)}
    [axes] = figures.spreads(groups, xlabel="cost", ylabel="gain", title="ways", log=True, ylim=(-1, 12)).axes
    for k, container in enumerate(axes.containers):
        middle, _, [bars] = container
        assert middle.get_xdata().tolist() == [1, 10, 100]
        assert middle.get_ydata().tolist() == [0.5 + k, 1 + k, 3.5 + k]
        ends = [[[1, k], [1, 1 + k]], [[10, 1 + k], [10, 1 + k]], [[100, 2 + k], [100, 5 + k]]]
        assert np.array(bars.get_segments()).tolist() == ends
        assert all(cap.get_markersize() > 0 for cap in container[1])
    middles = [container[0] for container in axes.containers]
    assert all(line.get_linestyle() == "-" and line.get_linewidth() > 1 for line in middles)
    assert len({line.get_color() for line in middles}) == len({line.get_marker() for line in middles}) == 6
    assert [text.get_text() for text in axes.get_legend().get_texts()] == list(groups)
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("cost", "gain", "ways")
    assert (axes.get_xscale(), axes.get_ylim()) == ("log", (-1, 12))


@pytest.mark.parametrize("log", [False, True])
def test_all_of_the_spreads_is_in_the_picture_and_beside_each_other(log):
    groups = {name: ([10, 300], [[0, 7], [1, 9]]) for name in "abc"}
    [axes] = figures.spreads(groups, xlabel="", ylabel="", log=log).axes
    assert (axes.get_xlim()[0] < 10, axes.get_xlim()[1] > 300) == (True, True)
    assert (axes.get_ylim()[0] < 0, axes.get_ylim()[1] > 9) == (True, True)
    assert axes.get_xlim()[0] > 1 or not log  # nor much else
    drawn(axes.figure)
    places = [line[0].get_transform().transform([10, 1])[0] for line in axes.containers]
    assert np.diff(places) == pytest.approx(3 / 72 * axes.figure.dpi)


def test_one_spread_needs_no_legend_and_can_share_a_panel():
    figure = Figure()
    axes = figure.subplots()
    assert figures.spreads({"a": ([0, 1], [[1, 2]])}, xlabel="x", ylabel="y", ax=axes) is figure
    assert (axes.get_legend(), axes.get_xscale()) == (None, "linear")


@pytest.mark.parametrize(
    ("groups", "more", "error", "said"),
    [
        ({}, {}, ValueError, "groups must be from 1 to 6.* got 0"),
        ({str(k): ([0], [[1]]) for k in range(7)}, {}, ValueError, "groups must be from 1 to 6.* got 7"),
        ([("a", ([0], [[1]]))], {}, TypeError, "groups must map names to values"),
        ({"a": [0, 1, 2]}, {}, TypeError, r"group 'a' must be a pair \(x, runs\)"),
        ({"a": ([0, 1], [[1]])}, {}, ValueError, r"group 'a' must have shape \(m, 2\), got \(1, 1\)"),
        ({"a": ([0], [[[1]]])}, {}, ValueError, r"group 'a' must have shape \(m, 1\), got \(1, 1, 1\)"),
        ({"a": ([0], [[np.nan]])}, {}, ValueError, "group 'a' must be finite"),
        ({"a": ([np.inf], [[1]])}, {}, ValueError, "x of the group 'a' must be finite"),
        ({"a": ([0], [[1]])}, {"log": True}, ValueError, "x of the group 'a' must be positive on a logarithmic axis"),
        ({"a": ([1], [[1]])}, {"log": 1}, TypeError, "log must be True or False"),
        ({"a": ([1], [[1]])}, {"ax": "b"}, TypeError, "ax must be matplotlib Axes"),
    ],
)
def test_spreads_are_runs_over_a_row_of_costs(groups, more, error, said):
    with pytest.raises(error, match=said):
        figures.spreads(groups, xlabel="x", ylabel="y", **more)


def test_curves_can_share_a_panel():
    figure = Figure()
    axes = figure.subplots()
    assert figures.curves([0, 1], {"a": [1, 2]}, xlabel="x", ylabel="y", ax=axes) is figure
    assert len(axes.lines) == 1


def test_bars_stand_beside_their_names_from_top_to_bottom():
    figure = drawn(figures.bars(["one", "two"], {"a": [1, 2], "b": [3, 4]}, xlabel="mass", xlim=(0, 5)))
    [axes] = figure.axes
    assert [bar.get_width() for bar in axes.patches] == [1, 2, 3, 4]
    middles = [bar.get_y() + bar.get_height() / 2 for bar in axes.patches]
    assert np.allclose(middles, [-0.2, 0.8, 0.2, 1.2])
    assert axes.yaxis_inverted()
    ends = sorted((bar.get_y(), bar.get_y() + bar.get_height()) for bar in axes.patches)
    beside, between, _ = (after[0] - before[1] for before, after in pairwise(ends))
    assert 0 < beside < axes.patches[0].get_height() / 2  # the bars of one name stand together
    assert beside < between
    assert axes.get_xlim() == (0, 5)
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["one", "two"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]
    assert len({bar.get_facecolor() for bar in axes.patches}) == 2
    assert figures.bars(["one"], {"a": [1]}, xlabel="").axes[0].get_legend() is None


def test_strips_are_rows_of_runs_with_a_marker_at_their_mean_which_is_full_for_some():
    runs = {"told": [1, 0.5], "untold": [0, 0.3, 0.6]}
    figure = drawn(figures.strips(runs, xlabel="right", title="pushed", full=["told"], xlim=(-1, 2)))
    [axes] = figure.axes
    assert [line.get_xdata().tolist() for line in axes.lines] == [[1, 0.5], [0.75], [0, 0.3, 0.6], [pytest.approx(0.3)]]
    assert [set(line.get_ydata()) for line in axes.lines] == [{0}, {0}, {1}, {1}]
    strokes, told, _, untold = axes.lines
    assert 0 < strokes.get_alpha() < 0.5  # of equal runs the strokes add up
    assert strokes.get_markersize() > told.get_markersize()  # and stand out above and below the mean's marker
    assert told.get_markerfacecolor() == told.get_color() != untold.get_markerfacecolor() == "white"
    assert told.get_marker() != untold.get_marker()
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["told", "untold"]
    assert axes.yaxis_inverted()
    assert (axes.get_xlim(), axes.get_xlabel(), axes.get_title()) == ((-1, 2), "right", "pushed")


def test_a_histogram_counts_its_groups_over_common_bins_and_marks_positions():
    at = {"here": 1.5, "close by": 1.6}
    figure = drawn(figures.histogram({"a": [0, 0, 1], "b": [2, 3]}, xlabel="w", at=at, bins=3))
    [axes] = figure.axes
    counts = [np.histogram(row, [0, 1, 2, 3])[0].max() for row in ([0, 0, 1], [2, 3])]
    assert [patch.get_xy()[:, 1].max() for patch in axes.patches] == counts
    assert axes.patches[0].get_xy()[:, 0].max() == 3  # the bins are those of both
    assert all(0 < patch.get_facecolor()[3] < 0.5 and patch.get_linewidth() > 1 for patch in axes.patches)  # both seen
    assert [set(line.get_xdata()) for line in axes.get_lines()] == [{1.5}, {1.6}]
    assert [name.get_text() for name in axes.texts] == list(at)
    around = [name.get_window_extent() for name in axes.texts]
    for box, place in zip(around, at.values(), strict=True):
        on_its_line, above_all_outlines = axes.transData.transform([place, max(counts)])
        assert above_all_outlines < box.y0 < box.y1 <= axes.get_window_extent().y1
        assert (box.x0 + box.x1) / 2 == pytest.approx(on_its_line, abs=1)
    assert not around[0].overlaps(around[1])
    [same] = drawn(figures.histogram({"a": [1, 1]}, xlabel="w")).axes
    assert same.get_legend() is None
    steps = np.unique(same.patches[0].get_xy()[:, 0])
    assert np.allclose(steps, np.linspace(1, 2, 31))  # thirty bins, even for equal values


@pytest.mark.parametrize("ends", [(1, 1), (2, 1), (1,), (0, 1, 2)])
def test_an_axis_has_two_ends(ends):
    with pytest.raises(ValueError, match="ylim must be two increasing numbers"):
        figures.curves([0, 1], {"a": [0, 1]}, xlabel="", ylabel="", ylim=ends)


def test_the_upright_axis_may_have_given_ends():
    assert figures.curves([0, 1], {"a": [0, 1]}, xlabel="", ylabel="", ylim=(-1, 5)).axes[0].get_ylim() == (-1, 5)
