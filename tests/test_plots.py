"""Figures: what is drawn is what teacher and student say, and nothing is drawn where there is nothing."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from scipy.spatial import KDTree

from active_teacher import plots
from active_teacher.generators import Uniform
from active_teacher.geometry import Box
from active_teacher.labels import UNCERTAIN, A, B
from active_teacher.students import Linear
from active_teacher.teachers import AxisThreshold, Boxes, Regions

X = Box([-1, -1], [1, 1])
WIDE = Box([-3, 0], [5, 2])
STRIPS = AxisThreshold(axis=0, low=-0.5, high=0.5)
DIAGONAL = Linear([1, 1])
COLUMNS = Boxes([(k, Box([k - 0.5, -9], [k + 0.5, 9], open_high=True)) for k in range(4)])


def nearest_column(x):
    """A student of four classes without scores."""
    return np.rint(x[:, 0]).clip(0, 3).astype(int)


def drawn(figure):
    figure.savefig("/dev/null", format="png")
    return figure


def cells(box, n):
    """The centres of an n × n grid in a box, from the bottom row to the top one."""
    u, v = (lo + (hi - lo) * (np.arange(n) + 0.5) / n for lo, hi in zip(box.low, box.high, strict=True))
    return np.array([[[a, b] for a in u] for b in v])


def lines(figure):
    """The vertices of the solid and of the dashed boundaries."""
    contours = [c for c in figure.axes[0].collections if type(c).__name__ == "QuadContourSet" and not c.filled]
    parts = {True: [], False: []}
    for contour in contours:
        [(_, pattern)] = contour.get_linestyle()
        parts[pattern is not None] += [path.vertices for path in contour.get_paths() if len(path.vertices)]
    return [np.concatenate(parts[dashed]) if parts[dashed] else np.empty((0, 2)) for dashed in (False, True)]


def hatched(figure):
    """The filled contours: where the student errs."""
    return [c for c in figure.axes[0].collections if type(c).__name__ == "QuadContourSet" and c.filled]


def hatches(figure, x):
    """Which points lie in the hatched part."""
    [wrong] = hatched(figure)
    return np.any([path.contains_points(x) for path in wrong.get_paths()], axis=0)


def names(figure):
    return {text.get_text(): text.get_position() for text in figure.axes[0].texts}


@pytest.mark.parametrize("box", [X, WIDE])
@pytest.mark.parametrize("teacher", [STRIPS, COLUMNS])
def test_the_regions_are_coloured_by_what_the_teacher_says(teacher, box):
    figure = plots.regions(teacher, box=box, resolution=30)
    [image] = figure.axes[0].images
    labels = teacher(cells(box, 30).reshape(-1, 2)).reshape(30, 30)
    assert (image.get_array() == labels).all()
    assert image.origin == "lower"
    assert image.get_extent() == [box.low[0], box.high[0], box.low[1], box.high[1]]
    expected = {UNCERTAIN: plots.UNSURE, **dict(enumerate(plots.TINTS))}
    for label in np.unique(labels):
        assert image.cmap(image.norm(label)) == to_rgba(expected[label])


def test_the_boundary_is_where_the_score_is_0():
    solid, dashed = lines(plots.regions(STRIPS, Linear([1, 3], 0.5), box=X))
    assert len(solid) > 10
    assert np.abs(solid @ [1, 3] + 0.5).max() < 0.02
    assert len(dashed) == 0


def test_with_epsilon_there_are_lines_at_that_distance():
    solid, dashed = lines(plots.regions(STRIPS, Linear([3, 4]), box=X, epsilon=0.25))
    assert np.abs(solid @ [3, 4]).max() < 0.02
    assert np.abs(np.abs(dashed @ [3, 4]) / 5 - 0.25).max() < 0.01
    assert {1, -1} == set(np.sign(dashed @ [3, 4]))


@pytest.mark.parametrize("epsilon", [0, 0.2])
def test_hatched_is_where_the_student_errs_or_can_be_made_to(epsilon):
    figure = plots.regions(STRIPS, DIAGONAL, box=X, epsilon=epsilon, resolution=200)
    x = cells(X, 21).reshape(-1, 2)
    score, y = x.sum(axis=1) / np.sqrt(2), STRIPS(x)
    reach = np.where(y == A, score, -score) - epsilon
    far = (np.abs(np.abs(x[:, 0]) - 0.5) > 0.02) & (np.abs(reach) > 0.02) & (np.abs(x) < 0.97).all(axis=1)
    # What is past the boundary by more than epsilon errs anyway.
    expected = (y != UNCERTAIN) & (reach < 0)
    assert (hatches(figure, x) == expected)[far].all()
    assert expected[far].any()


def test_without_errors_nothing_is_hatched():
    assert not hatched(plots.regions(STRIPS, Linear([1, 0]), box=X))
    assert not hatched(plots.regions(STRIPS, box=X))
    assert len(hatched(plots.regions(STRIPS, Linear([-1, 0]), box=X))) == 1


@pytest.mark.parametrize(
    "student", [nearest_column, Linear([[-1, 0], [0, 0], [1, 0], [2, 0]], [0, -0.5, -2, -4.5])], ids=["plain", "scores"]
)
def test_all_boundaries_of_a_student_of_many_classes_are_drawn(student):
    solid, _ = lines(plots.regions(COLUMNS, student, box=Box([-1, 0], [4, 1])))
    at = solid[:, 0]
    edges = (0.5, 1.5, 2.5)
    assert all(np.any(np.abs(at - edge) < 0.02) for edge in edges)
    assert np.min(np.abs(at[:, None] - edges), axis=1).max() < 0.02


@pytest.mark.parametrize(
    "student", [Linear([1, 0], 50), Linear([0, 0]), Linear([[1, 0], [0, 0]], [9, 0]), lambda x: np.ones(len(x), int)]
)
@pytest.mark.parametrize("resolution", [2, 50])
def test_a_boundary_elsewhere_is_not_drawn_and_not_warned_of(student, resolution):
    figure = drawn(plots.regions(STRIPS, student, box=X, resolution=resolution))  # a warning would be an error
    assert len(lines(figure)[0]) == 0


@pytest.mark.parametrize("epsilon", [1e-9, 50])
def test_a_push_too_short_or_too_long_for_the_figure_is_not_warned_of(epsilon):
    figure = drawn(plots.regions(STRIPS, Linear([1, 0.3]), box=X, epsilon=epsilon, resolution=20))
    assert len(hatched(figure)) == (epsilon > 1)


def test_the_regions_are_named_where_they_are():
    where = names(plots.regions(STRIPS, box=X))
    assert set(where) == {r"$\Omega_{A}$", r"$\Omega_{B}$", r"$\Omega_{U}$"}
    assert {name[9]: int(STRIPS([position])[0]) for name, position in where.items()} == {"A": A, "B": B, "U": UNCERTAIN}


def test_names_keep_off_errors_and_points():
    x = Uniform(Box([0.5, 0], [1, 1])).sample(200, np.random.default_rng(2021))
    where = names(plots.regions(STRIPS, DIAGONAL, box=X, x=x, y=np.ones(200, int)))
    (u, v) = where[r"$\Omega_{A}$"]
    assert DIAGONAL([[u, v]]) == STRIPS([[u, v]]) == A
    assert np.abs(x - [u, v]).max(axis=1).min() > 0.02


def test_a_region_too_thin_for_its_name_has_none():
    assert set(names(plots.regions(AxisThreshold(low=-0.99, high=0.5), box=X))) == {r"$\Omega_{A}$", r"$\Omega_{U}$"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [(None, {"C_1", "C_2", "C_3", "C_4", "U"}), (["w", "x", "y", "z"], {"w", "x", "y", "z", "U"})],
)
def test_more_than_two_classes_are_numbered_or_named(given, expected):
    figure = plots.regions(COLUMNS, box=Box([-1.5, 0], [4, 1]), names=given)
    assert set(names(figure)) == {rf"$\Omega_{{{name}}}$" for name in expected}


def test_two_names_may_be_given():
    assert r"$\Omega_{disk}$" in names(plots.regions(STRIPS, box=X, names=["disk", "square"]))


def test_each_class_of_points_has_its_colour_and_marker():
    x = np.array([[0.9, 0], [0.8, 0.5], [-0.9, 0.1], [0, 0], [0, 0.2], [0.1, 0.9]])
    given = plots.regions(STRIPS, box=X, x=x).axes[0].collections
    shown = {tuple(scatter.get_facecolor()[0]): scatter.get_offsets() for scatter in given}
    assert {colour: len(points) for colour, points in shown.items()} == {
        to_rgba(plots.COLOURS[A]): 2,
        to_rgba(plots.COLOURS[B]): 1,
        to_rgba("#777777"): 3,
    }
    assert shown[to_rgba(plots.COLOURS[B])].tolist() == [[-0.9, 0.1]]
    assert len({path.vertices.tobytes() for scatter in given for path in scatter.get_paths()}) == 3


def test_points_may_have_labels_of_their_own():
    figure = plots.regions(STRIPS, box=X, x=[[0.9, 0], [-0.9, 0]], y=[2, UNCERTAIN])
    counts = {
        tuple(s.get_facecolor()[0]): len(s.get_offsets()) for s in figure.axes[0].collections if len(s.get_offsets())
    }
    assert counts == {to_rgba(plots.COLOURS[2]): 1, to_rgba("#777777"): 1}


def test_points_outside_the_figure_do_no_harm():
    drawn(plots.regions(STRIPS, box=X, x=[[1e300, 0], [-1e300, 5], [1, 1], [-1, -1], [0.999999, 0]], resolution=20))


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"box": Box([0], [1])}, ValueError, "two dimensions"),
        ({"box": Box([0, 0], [1, np.inf])}, ValueError, "bounded"),
        ({"box": Box([0, 0], [1, 0])}, ValueError, "positive area"),
        ({"box": (0, 1)}, ValueError, r"box must be a bounded Box .* got \(0, 1\)"),
        ({"resolution": 1}, ValueError, "resolution must be at least 2, got 1"),
        ({"resolution": 2.5}, TypeError, r"resolution must be an integer, got 2\.5"),
        ({"names": ["only"]}, ValueError, "names must be as many as the 2 classes, got 1"),
        ({"y": [1]}, TypeError, "y labels the points x"),
        ({"x": [[0, 0]], "y": [1, 1]}, ValueError, "each of the 1 points, got 2"),
        ({"x": [[0, 0, 0]]}, ValueError, r"shape \(n, 2\)"),
        ({"epsilon": -0.1}, ValueError, "epsilon must be at least 0"),
        ({"epsilon": 0.1}, ValueError, "0 without a student"),
        ({"epsilon": np.nan, "student": DIAGONAL}, ValueError, "epsilon must be finite"),
        ({"epsilon": 0.1, "student": nearest_column}, TypeError, "epsilon needs a student with a distance"),
        ({"epsilon": 0.1, "student": Linear(np.eye(2))}, ValueError, "no single hyperplane"),
        ({"axes": 5}, TypeError, "axes must be matplotlib Axes or None, got 5"),
        ({"student": lambda x: np.full(len(x), UNCERTAIN)}, ValueError, "a student must answer a class"),
        ({"teacher": Regions([lambda x: x[:, 0] < 5] * 2)}, ValueError, "regions must be disjoint"),
        (
            {"teacher": lambda x: np.full(len(x), 6)},
            ValueError,
            "at most 6 classes can be told apart in a figure, got 7",
        ),
    ],
)
def test_regions_are_of_teachers_in_rectangles(arguments, error, said):
    usual = {"teacher": STRIPS, "box": X, "resolution": 10}
    with pytest.raises(error, match=said):
        plots.regions(**(usual | arguments))


def test_the_axes_say_what_they_are():
    [axes] = plots.regions(STRIPS, box=WIDE, title="strips").axes
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("$x_1$", "$x_2$", "strips")
    assert (axes.get_xlim(), axes.get_ylim(), axes.get_aspect()) == ((-3, 5), (0, 2), 1)


def test_panels_are_drawn_side_by_side_each_into_its_own_axes():
    seen = []
    figure = plots.panels(
        seen.append, lambda axes: plots.regions(STRIPS, box=X, axes=axes), lambda axes: axes.plot([1, 2]), size=(2, 3)
    )
    assert len(figure.axes) == 3
    assert seen == figure.axes[:1]
    assert [len(axes.images) for axes in figure.axes] == [0, 1, 0]
    assert figure.get_size_inches().tolist() == [6, 3]
    assert len({axes.get_position().x0 for axes in figure.axes}) == 3


@pytest.mark.parametrize(("draws", "error"), [((), ValueError), ((5,), TypeError)])
def test_panels_need_what_draws_them(draws, error):
    with pytest.raises(error, match="that draw"):
        plots.panels(*draws)


X_VALUES = np.linspace(0, 1, 5)


def test_curves_are_the_values_and_told_apart_by_more_than_colour():
    curves = {f"line {k}": X_VALUES**k for k in range(6)}
    [axes] = plots.curves(X_VALUES, curves, xlabel="here", ylabel="there", title="powers").axes
    assert {line.get_label(): line.get_ydata().tolist() for line in axes.lines} == {
        n: v.tolist() for n, v in curves.items()
    }
    assert all((line.get_xdata() == X_VALUES).all() for line in axes.lines)
    assert len({str(line.get_linestyle()) + str(line._unscaled_dash_pattern) for line in axes.lines}) == 6
    assert len({line.get_color() for line in axes.lines}) == 6
    assert [text.get_text() for text in axes.get_legend().get_texts()] == list(curves)
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("here", "there", "powers")


def test_one_curve_needs_no_legend_and_a_position_can_be_marked():
    [axes] = plots.curves([0, 1], {"a": [1, 2]}, xlabel="x", ylabel="y", at=0.25).axes
    assert axes.get_legend() is None
    assert len(axes.lines) == 2
    assert set(axes.lines[1].get_xdata()) == {0.25}


@pytest.mark.parametrize(
    ("x", "lines", "more", "error", "said"),
    [
        ([0, 1], {}, {}, ValueError, "from 1 to 6 lines, got 0"),
        ([0, 1], {str(k): [0, 1] for k in range(7)}, {}, ValueError, "from 1 to 6 lines, got 7"),
        ([0, 1], {"a": [1, 2, 3]}, {}, ValueError, r"curve 'a' must have the shape of x, \(2,\), got \(3,\)"),
        ([0, 1], {"a": [1, np.nan]}, {}, ValueError, "curve 'a' must be finite"),
        ([0, np.inf], {"a": [1, 2]}, {}, ValueError, "x must be finite"),
        ([0, 1], {"a": ["b", "c"]}, {}, TypeError, "curve 'a' must hold real numbers"),
        ([[0, 1]], {"a": [[0, 1]]}, {}, ValueError, r"x must have shape \(n,\), got shape \(1, 2\)"),
        ([], {"a": []}, {}, ValueError, "x must hold at least one point"),
        ([0, 1], [("a", [0, 1])], {}, TypeError, "lines must map names to values"),
        ([0, 1], {"a": [0, 1]}, {"at": np.nan}, ValueError, "at must be finite"),
        ([0, 1], {"a": [0, 1]}, {"at": "b"}, TypeError, "at must be a real number"),
        ([0, 1], {"a": [0, 1]}, {"axes": "b"}, TypeError, "axes must be matplotlib Axes"),
    ],
)
def test_curves_are_rows_of_numbers(x, lines, more, error, said):
    with pytest.raises(error, match=said):
        plots.curves(x, lines, xlabel="x", ylabel="y", **more)


def test_spreads_are_the_means_of_the_runs_and_bars_from_least_to_greatest():
    groups = {f"way {k}": ([1, 10, 100], np.array([[0, 1, 2], [1, 1, 5]]) + k) for k in range(6)}
    [axes] = plots.spreads(groups, xlabel="cost", ylabel="gain", title="ways", log=True, ylim=(-1, 12)).axes
    for k, container in enumerate(axes.containers):
        middle, _, [bars] = container
        assert middle.get_xdata().tolist() == [1, 10, 100]
        assert middle.get_ydata().tolist() == [0.5 + k, 1 + k, 3.5 + k]
        ends = [[[1, k], [1, 1 + k]], [[10, 1 + k], [10, 1 + k]], [[100, 2 + k], [100, 5 + k]]]
        assert np.array(bars.get_segments()).tolist() == ends
    middles = [container[0] for container in axes.containers]
    assert len({line.get_color() for line in middles}) == len({line.get_marker() for line in middles}) == 6
    assert [text.get_text() for text in axes.get_legend().get_texts()] == list(groups)
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("cost", "gain", "ways")
    assert (axes.get_xscale(), axes.get_ylim()) == ("log", (-1, 12))


@pytest.mark.parametrize("log", [False, True])
def test_all_of_the_spreads_is_in_the_picture_and_beside_each_other(log):
    groups = {name: ([10, 300], [[0, 7], [1, 9]]) for name in "abc"}
    [axes] = plots.spreads(groups, xlabel="", ylabel="", log=log).axes
    assert (axes.get_xlim()[0] < 10, axes.get_xlim()[1] > 300) == (True, True)
    assert (axes.get_ylim()[0] < 0, axes.get_ylim()[1] > 9) == (True, True)
    assert axes.get_xlim()[0] > 1 or not log  # nor much else
    drawn(axes.figure)
    places = [line[0].get_transform().transform([10, 1])[0] for line in axes.containers]
    assert np.diff(places) == pytest.approx(3 / 72 * axes.figure.dpi)


def test_one_spread_needs_no_legend_and_can_share_a_panel():
    figure = Figure()
    axes = figure.subplots()
    assert plots.spreads({"a": ([0, 1], [[1, 2]])}, xlabel="x", ylabel="y", axes=axes) is figure
    assert (axes.get_legend(), axes.get_xscale()) == (None, "linear")


@pytest.mark.parametrize(
    ("groups", "more", "error", "said"),
    [
        ({}, {}, ValueError, "from 1 to 6 groups, got 0"),
        ({str(k): ([0], [[1]]) for k in range(7)}, {}, ValueError, "from 1 to 6 groups, got 7"),
        ([("a", ([0], [[1]]))], {}, TypeError, "groups must map names to values"),
        ({"a": [0, 1, 2]}, {}, TypeError, r"group 'a' must be a pair \(x, runs\)"),
        ({"a": ([0, 1], [[1]])}, {}, ValueError, r"group 'a' must have shape \(m, 2\), got \(1, 1\)"),
        ({"a": ([0], [[[1]]])}, {}, ValueError, r"group 'a' must have shape \(m, 1\), got \(1, 1, 1\)"),
        ({"a": ([0], [[np.nan]])}, {}, ValueError, "group 'a' must be finite"),
        ({"a": ([np.inf], [[1]])}, {}, ValueError, "x of the group 'a' must be finite"),
        ({"a": ([0], [[1]])}, {"log": True}, ValueError, "x of the group 'a' must be positive on a logarithmic axis"),
        ({"a": ([1], [[1]])}, {"log": 1}, TypeError, "log must be True or False"),
        ({"a": ([1], [[1]])}, {"axes": "b"}, TypeError, "axes must be matplotlib Axes"),
    ],
)
def test_spreads_are_runs_over_a_row_of_costs(groups, more, error, said):
    with pytest.raises(error, match=said):
        plots.spreads(groups, xlabel="x", ylabel="y", **more)


def test_curves_can_share_a_panel():
    figure = Figure()
    axes = figure.subplots()
    assert plots.curves([0, 1], {"a": [1, 2]}, xlabel="x", ylabel="y", axes=axes) is figure
    assert len(axes.lines) == 1


def test_the_learning_procedure_has_three_parts_two_products_and_five_arrows():
    """Fig. 3.1: points go from the generator to the teacher, and points with labels to the student."""
    [axes] = drawn(plots.learning_procedure()).axes
    texts = " ".join(text.get_text() for text in axes.texts)
    for part in ("data generator", "teacher", "student", "points", "data set", "samples", "answers", "trains"):
        assert part in texts
    assert len([patch for patch in axes.patches if isinstance(patch, FancyBboxPatch)]) == 5
    assert len([text for text in axes.texts if getattr(text, "arrow_patch", None)]) == 5


def test_images_are_shown_as_they_are_with_black_0_and_white_1():
    images = np.random.default_rng(2021).random((3, 4, 5))
    figure = plots.images(images, titles=["one", "two", "three"], size=2)
    assert len(figure.axes) == 3
    for axes, image, title in zip(figure.axes, images, ("one", "two", "three"), strict=True):
        [shown] = axes.images
        assert (shown.get_array() == image).all()
        assert (shown.norm.vmin, shown.norm.vmax, shown.get_interpolation()) == (0, 1, "nearest")
        assert shown.cmap(shown.norm(0))[:3] == (0, 0, 0)
        assert axes.get_title() == title
        assert not axes.get_xticks().size
    assert figure.get_size_inches()[0] == 6


@pytest.mark.parametrize(
    ("pictures", "titles", "error", "said"),
    [
        (np.zeros((2, 2)), None, ValueError, r"shape \(n, height, width\)"),
        (np.full((1, 2, 2), 1.5), None, ValueError, r"values in \[0, 1\].* to 1\.5"),
        (np.full((1, 2, 2), -0.5), None, ValueError, r"values in \[0, 1\]"),
        (np.full((1, 2, 2), np.nan), None, ValueError, "pictures must be finite"),
        (np.zeros((2, 2, 2)), ["one"], ValueError, "as many as the 2 pictures, got 1"),
        ([[["a"]]], None, TypeError, "pictures must hold real numbers"),
    ],
)
def test_images_are_grey(pictures, titles, error, said):
    with pytest.raises(error, match=said):
        plots.images(pictures, titles=titles)


def test_an_image_can_share_a_panel():
    figure = plots.panels(lambda axes: plots.image(np.eye(2), title="one", axes=axes), lambda axes: None)
    [shown] = figure.axes[0].get_images()
    assert shown.get_array().tolist() == np.eye(2).tolist()
    assert shown.get_clim() == (0, 1)
    assert figure.axes[0].get_title() == "one"
    assert all(spine.get_visible() for spine in figure.axes[0].spines.values())
    assert not figure.axes[1].get_images()


def test_signed_numbers_have_0_in_the_middle_of_their_colours():
    figure = drawn(plots.signed([[-1.0, 3.0], [0.0, 2.0]], title="w"))
    [shown] = figure.axes[0].get_images()
    assert shown.get_clim() == (-3, 3)
    low, middle, high = shown.cmap([0.0, 0.5, 1.0])
    assert min(middle[:3]) > 0.95
    assert low[2] > low[0]  # purple
    assert high[0] > high[2]  # orange
    assert len(figure.axes) == 2  # a colour bar
    [clipped] = plots.signed([[5.0]], limit=2).axes[0].get_images()
    assert clipped.get_clim() == (-2, 2)
    [blank] = plots.signed(np.zeros((2, 2))).axes[0].get_images()
    assert blank.get_clim() == (-1, 1)


def test_bars_stand_beside_their_names_from_top_to_bottom():
    figure = drawn(plots.bars(["one", "two"], {"a": [1, 2], "b": [3, 4]}, xlabel="mass", xlim=(0, 5)))
    [axes] = figure.axes
    assert [bar.get_width() for bar in axes.patches] == [1, 2, 3, 4]
    middles = [bar.get_y() + bar.get_height() / 2 for bar in axes.patches]
    assert np.allclose(middles, [-0.2, 0.8, 0.2, 1.2])
    assert axes.yaxis_inverted()
    assert axes.get_xlim() == (0, 5)
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["one", "two"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]
    assert len({bar.get_facecolor() for bar in axes.patches}) == 2
    assert plots.bars(["one"], {"a": [1]}, xlabel="").axes[0].get_legend() is None


def test_a_histogram_counts_its_groups_over_common_bins_and_marks_positions():
    figure = drawn(plots.histogram({"a": [0, 0, 1], "b": [2, 3]}, xlabel="w", at={"here": 1.5}, bins=3))
    [axes] = figure.axes
    counts = [np.histogram(row, [0, 1, 2, 3])[0].max() for row in ([0, 0, 1], [2, 3])]
    assert [patch.get_xy()[:, 1].max() for patch in axes.patches] == counts
    assert axes.patches[0].get_xy()[:, 0].max() == 3  # the bins are those of both
    [line] = axes.get_lines()
    assert set(line.get_xdata()) == {1.5}
    assert [text.get_text() for text in axes.texts] == ["here"]
    assert drawn(plots.histogram({"a": [1, 1]}, xlabel="w")).axes[0].get_legend() is None


def test_a_rim_is_dashed_where_its_values_change_sign():
    figure = plots.regions(STRIPS, box=X, rim=lambda x: np.linalg.norm(x, axis=1) - 0.5)
    solid, dashed = lines(figure)
    assert len(solid) == 0
    assert np.allclose(np.linalg.norm(dashed, axis=1), 0.5, atol=1e-3)
    assert all(len(part) == 0 for part in lines(plots.regions(STRIPS, box=X, rim=lambda x: np.ones(len(x)))))


def test_the_upright_axis_may_have_given_ends():
    assert plots.curves([0, 1], {"a": [0, 1]}, xlabel="", ylabel="", ylim=(-1, 5)).axes[0].get_ylim() == (-1, 5)


def test_a_superellipse_of_exponent_2_is_a_disk():
    u = np.linspace(-1.25, 1.25, 51)
    radius = np.hypot(*np.meshgrid(u, u))
    image = plots.superellipse(2, pixels=51)
    assert image == pytest.approx(np.clip(20 * (1 - radius), 0, 1))
    assert (image[radius < 0.95] == 1).all()
    assert (image[radius > 1] == 0).all()


@pytest.mark.parametrize("exponent", [1, 1.5, 2, 8, 1000, 1e300])
def test_a_superellipse_lies_between_a_diamond_and_a_square(exponent):
    u = np.abs(np.linspace(-1.25, 1.25, 40))
    image = plots.superellipse(exponent, pixels=40)
    assert (image[np.add.outer(u, u) <= 0.95] == 1).all()
    assert (image[np.maximum.outer(u, u) >= 1] == 0).all()
    assert (image == image.T).all()
    assert image == pytest.approx(image[::-1])
    if exponent >= 1000:
        assert (image[np.maximum.outer(u, u) <= 0.94] == 1).all()


def test_superellipses_grow_with_the_exponent():
    small, middle, large = (plots.superellipse(p) for p in (1, 2, 5))
    assert (small <= middle + 1e-12).all()
    assert (middle <= large + 1e-12).all()
    assert small.shape == (160, 160)
    assert 2.0 < middle.mean() * 2.5**2 < np.pi  # a disk of radius 1 with a soft edge inside it


@pytest.mark.parametrize(
    ("exponent", "pixels", "error"),
    [(0.5, 10, ValueError), (np.inf, 10, ValueError), ("2", 10, TypeError), (2, 0, ValueError)],
)
def test_a_superellipse_has_an_exponent_from_1(exponent, pixels, error):
    with pytest.raises(error, match=r"exponent must be|pixels must be"):
        plots.superellipse(exponent, pixels=pixels)


FIGURES = {
    "regions": lambda: plots.regions(STRIPS, DIAGONAL, box=X, x=[[0.9, 0.9]], epsilon=0.1, resolution=50),
    "panels": lambda: plots.panels(lambda axes: plots.regions(STRIPS, box=X, axes=axes, resolution=50)),
    "curves": lambda: plots.curves([0, 1], {"a": [0, 1], "b": [1, 0]}, xlabel="x", ylabel="y"),
    "spreads": lambda: plots.spreads({"a": ([1, 2], [[0, 1], [1, 1]])}, xlabel="x", ylabel="y", log=True),
    "learning_procedure": plots.learning_procedure,
    "images": lambda: plots.images(np.zeros((2, 3, 3))),
}


@pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES)
def test_a_figure_stands_on_white_and_shows_itself(make):
    figure = make()
    assert isinstance(figure, Figure)
    assert figure.get_facecolor() == to_rgba("white")
    assert figure._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES)
def test_a_figure_is_drawn_without_a_warning_and_leaves_no_trace(make):
    settings, open_figures = dict(mpl.rcParams), plt.get_fignums()
    drawn(make())
    assert dict(mpl.rcParams) == settings
    assert plt.get_fignums() == open_figures


def luminance(colour):
    """Relative luminance, as WCAG 2 defines it."""
    channels = np.array(to_rgba(colour)[:3])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    light, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_two_classes_differ_in_lightness_and_all_in_colour_and_marker():
    assert contrast(plots.COLOURS[A], plots.COLOURS[B]) > 1.5
    assert contrast(plots.INK, "white") > 7
    for kind in (plots.COLOURS, plots.TINTS, plots.MARKERS):
        assert len(set(kind)) == len(kind) == 6
    assert all(contrast(plots.INK, tint) > 7 for tint in (*plots.TINTS, plots.UNSURE))


# Strokes


def test_an_arc_runs_from_one_angle_to_another_against_the_clock():
    quarter = plots.arc((1, 2), 3, start=0, stop=90)
    assert quarter[[0, -1]] == pytest.approx(np.array([[4, 2], [1, 5]]))
    angles = np.degrees(np.arctan2(quarter[:, 1] - 2, quarter[:, 0] - 1))
    assert (np.diff(angles) > 0).all()
    back = plots.arc((1, 2), 3, start=90, stop=0)
    assert back == pytest.approx(quarter[::-1])


@pytest.mark.parametrize(("start", "stop"), [(0, 360), (10, 11), (-200, 35), (0, 5), (0, 4.999), (90, -90), (7, 7)])
def test_an_arc_has_a_point_every_5_degrees_or_closer(start, stop):
    x = plots.arc((0, 0), 1, start=start, stop=stop)
    steps = np.degrees(2 * np.arcsin(np.linalg.norm(np.diff(x, axis=0), axis=1) / 2))
    assert steps.max() <= 5 + 1e-9
    assert len(x) == 2 + int(abs(stop - start) / 5)
    assert steps == pytest.approx(np.full(len(steps), abs(stop - start) / len(steps)))


def test_all_of_an_arc_is_an_ellipse():
    x = (plots.arc((0.5, -1), (2, 0.25)) - [0.5, -1]) / [2, 0.25]
    assert np.linalg.norm(x, axis=1) == pytest.approx(np.ones(len(x)))
    assert x[0] == pytest.approx(x[-1])
    assert np.abs(x).max(axis=0) == pytest.approx([1, 1], abs=2e-3)
    assert (plots.arc((0, 0), [3]) == plots.arc((0, 0), (3, 3))).all()


@pytest.mark.parametrize("radii", [0, -1, (1, 0), (1, 2, 3), [0.0]])
def test_an_arc_has_one_or_two_positive_radii(radii):
    with pytest.raises(ValueError, match="radii must be one or two positive numbers, got"):
        plots.arc((0, 0), radii)


@pytest.mark.parametrize("centre", [(1, 2, 3), (1,)])
def test_an_arc_has_a_centre_in_the_plane(centre):
    with pytest.raises(ValueError, match=r"centre must be \(x, y\), got"):
        plots.arc(centre, 1)


def middles(pixels):
    """Where the middle of each pixel is: x to the right and y up."""
    row, column = np.indices((pixels, pixels))
    return np.stack([(column + 0.5) / pixels, 1 - (row + 0.5) / pixels], axis=-1)


def test_ink_is_where_the_strokes_are_with_y_up():
    image = plots.drawing([[(0.1, 0.9), (0.3, 0.9)]], pixels=20, width=0.1)
    assert image.shape == (20, 20)
    black = np.argwhere(image < 1e-9)
    assert set(black[:, 0]) == {1, 2}  # near the top
    assert black[:, 1].min() <= 2
    assert black[:, 1].max() in (5, 6)
    assert (image[6:] == 1).all()
    assert (image[:, 10:] == 1).all()


@pytest.mark.parametrize("pixels", [40, 100])
@pytest.mark.parametrize("width", [0.1, 0.25])
def test_a_stroke_is_as_wide_as_the_pen(pixels, width):
    image = plots.drawing([[(0.5, -1), (0.5, 2)]], pixels=pixels, width=width)
    assert (1 - image).sum(axis=1) == pytest.approx(np.full(pixels, width * pixels), abs=1e-9)
    lying = plots.drawing([[(-1, 0.5), (2, 0.5)]], pixels=pixels, width=width)
    assert lying == pytest.approx(image.T)


@pytest.mark.parametrize(
    "strokes",
    [
        [[(0.2, 0.3), (0.8, 0.6)]],
        [[(0.2, 0.8), (0.5, 0.2), (0.8, 0.8)], [(0.5, 0.5)]],
        [plots.arc((0.5, 0.5), (0.3, 0.2))],
        [[(0.4, 0.4), (0.4, 0.4)]],
    ],
    ids=["a line", "an angle and a dot", "an ellipse", "twice the same point"],
)
@pytest.mark.parametrize("pixels", [30, 90])
def test_a_pixel_is_grey_only_at_the_edge_of_a_stroke(strokes, pixels):
    """The distance to the strokes by a dense row of points on each; black within, white without."""
    width = 0.12
    image = plots.drawing(strokes, pixels=pixels, width=width)
    line = [np.linspace(a, b, 400) for s in map(np.array, strokes) for a, b in zip(s, [*s[1:], s[-1]], strict=True)]
    distance, _ = KDTree(np.concatenate(line)).query(middles(pixels))
    edge = (distance - width / 2) * pixels  # in pixels
    assert (image[edge < -0.51] == 0).all()
    assert (image[edge > 0.51] == 1).all()
    between = np.abs(edge) < 0.49
    assert ((image[between] > 0) & (image[between] < 1)).all()
    assert image[between] == pytest.approx(edge[between] + 0.5, abs=0.03)
    assert between.any()


def test_more_strokes_are_more_ink_and_their_order_does_not_count():
    one, other = [(0.1, 0.1), (0.9, 0.8)], [(0.1, 0.9), (0.5, 0.1)]
    both = plots.drawing([one, other], pixels=30)
    assert (both == plots.drawing([other, one], pixels=30)).all()
    assert (both == np.minimum(plots.drawing([one], pixels=30), plots.drawing([other], pixels=30))).all()
    assert plots.drawing([one[::-1]], pixels=30) == pytest.approx(plots.drawing([one], pixels=30))


def test_a_drawing_has_200_pixels_a_side_unless_told():
    assert plots.drawing([[(0, 0), (1, 1)]]).shape == (200, 200)
    thin = plots.drawing([[(0.5, -1), (0.5, 2)]])
    assert (1 - thin).sum(axis=1) == pytest.approx(np.full(200, 0.016 * 200))


def test_what_is_off_the_paper_is_not_drawn():
    assert (plots.drawing([[(2, 2), (3, 2)]], pixels=10) == 1).all()


@pytest.mark.parametrize(
    ("given_badly", "error", "said"),
    [
        ({"strokes": []}, TypeError, "strokes must be a sequence of one or more polylines"),
        ({"strokes": np.zeros((1, 2, 2))}, TypeError, "strokes must be a sequence"),
        ({"strokes": [[(0, 0)], [(1, 2, 3)]]}, ValueError, r"stroke 1 must have shape \(n, 2\)"),
        ({"strokes": [(0, 0)]}, ValueError, "stroke 0 must have one point a row"),
        ({"pixels": 0}, ValueError, "pixels must be at least 1"),
        ({"width": 0}, ValueError, "width must be positive, got 0"),
        ({"width": -1}, ValueError, "width must be positive"),
    ],
)
def test_a_drawing_needs_strokes_pixels_and_a_pen(given_badly, error, said):
    with pytest.raises(error, match=said):
        plots.drawing(**({"strokes": [[(0, 0), (1, 1)]], "pixels": 5} | given_badly))
