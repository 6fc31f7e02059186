"""The plane: what is drawn is what teacher and student say, and nothing is drawn where there is nothing."""

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgba

from active_teacher import figures
from active_teacher.figures import style
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
    figure = figures.regions(teacher, box=box, resolution=30)
    [image] = figure.axes[0].images
    labels = teacher(cells(box, 30).reshape(-1, 2)).reshape(30, 30)
    assert (image.get_array() == labels).all()
    assert image.origin == "lower"
    assert image.get_extent() == [box.low[0], box.high[0], box.low[1], box.high[1]]
    expected = {UNCERTAIN: style.UNSURE, **dict(enumerate(style.TINTS))}
    for label in np.unique(labels):
        assert image.cmap(image.norm(label)) == to_rgba(expected[label])


def test_the_boundary_is_where_the_score_is_0():
    solid, dashed = lines(figures.regions(STRIPS, Linear([1, 3], 0.5), box=X))
    assert len(solid) > 10
    assert np.abs(solid @ [1, 3] + 0.5).max() < 0.02
    assert len(dashed) == 0


def test_with_epsilon_there_are_lines_at_that_distance():
    solid, dashed = lines(figures.regions(STRIPS, Linear([3, 4]), box=X, epsilon=0.25))
    assert np.abs(solid @ [3, 4]).max() < 0.02
    assert np.abs(np.abs(dashed @ [3, 4]) / 5 - 0.25).max() < 0.01
    assert {1, -1} == set(np.sign(dashed @ [3, 4]))


@pytest.mark.parametrize("epsilon", [0, 0.2])
def test_hatched_is_where_the_student_errs_or_can_be_made_to(epsilon):
    figure = figures.regions(STRIPS, DIAGONAL, box=X, epsilon=epsilon, resolution=200)
    x = cells(X, 21).reshape(-1, 2)
    score, y = x.sum(axis=1) / np.sqrt(2), STRIPS(x)
    reach = np.where(y == A, score, -score) - epsilon
    far = (np.abs(np.abs(x[:, 0]) - 0.5) > 0.02) & (np.abs(reach) > 0.02) & (np.abs(x) < 0.97).all(axis=1)
    # What is past the boundary by more than epsilon errs anyway.
    expected = (y != UNCERTAIN) & (reach < 0)
    assert (hatches(figure, x) == expected)[far].all()
    assert expected[far].any()


def test_without_errors_nothing_is_hatched():
    assert not hatched(figures.regions(STRIPS, Linear([1, 0]), box=X))
    assert not hatched(figures.regions(STRIPS, box=X))
    assert len(hatched(figures.regions(STRIPS, Linear([-1, 0]), box=X))) == 1


@pytest.mark.parametrize(
    "student", [nearest_column, Linear([[-1, 0], [0, 0], [1, 0], [2, 0]], [0, -0.5, -2, -4.5])], ids=["plain", "scores"]
)
def test_all_boundaries_of_a_student_of_many_classes_are_drawn(student):
    solid, _ = lines(figures.regions(COLUMNS, student, box=Box([-1, 0], [4, 1])))
    at = solid[:, 0]
    edges = (0.5, 1.5, 2.5)
    assert all(np.any(np.abs(at - edge) < 0.02) for edge in edges)
    assert np.min(np.abs(at[:, None] - edges), axis=1).max() < 0.02


@pytest.mark.parametrize(
    "student", [Linear([1, 0], 50), Linear([0, 0]), Linear([[1, 0], [0, 0]], [9, 0]), lambda x: np.ones(len(x), int)]
)
@pytest.mark.parametrize("resolution", [2, 50])
def test_a_boundary_elsewhere_is_not_drawn_and_not_warned_of(student, resolution):
    figure = drawn(figures.regions(STRIPS, student, box=X, resolution=resolution))  # a warning would be an error
    assert len(lines(figure)[0]) == 0


@pytest.mark.parametrize("epsilon", [1e-9, 50])
def test_a_push_too_short_or_too_long_for_the_figure_is_not_warned_of(epsilon):
    figure = drawn(figures.regions(STRIPS, Linear([1, 0.3]), box=X, epsilon=epsilon, resolution=20))
    assert len(hatched(figure)) == (epsilon > 1)


def test_the_regions_are_named_where_they_are():
    where = names(figures.regions(STRIPS, box=X))
    assert set(where) == {r"$\Omega_{A}$", r"$\Omega_{B}$", r"$\Omega_{U}$"}
    assert {name[9]: int(STRIPS([position])[0]) for name, position in where.items()} == {"A": A, "B": B, "U": UNCERTAIN}


@pytest.mark.parametrize("box", [X, Box([-3, 2], [5, 3])])
def test_a_name_stands_in_the_middle_of_its_region(box):
    """To half a cell of the grid."""
    low, high = box.low[0], box.high[0]
    thirds = AxisThreshold(low=low + (high - low) / 4, high=high - (high - low) / 4)
    where = names(figures.regions(thirds, box=box, resolution=20))
    cell = (box.high - box.low) / 20
    for name, middle in (("B", 1 / 8), ("U", 1 / 2), ("A", 7 / 8)):
        at = box.low + (box.high - box.low) * [middle, 1 / 2]
        assert (np.abs(where[rf"$\Omega_{{{name}}}$"] - at) <= cell / 2 * (1 + 1e-9)).all()


def test_names_keep_off_errors_and_points():
    x = Uniform(Box([0.5, 0], [1, 1])).sample(200, np.random.default_rng(2021))
    where = names(figures.regions(STRIPS, DIAGONAL, box=X, x=x, y=np.ones(200, int)))
    (u, v) = where[r"$\Omega_{A}$"]
    assert DIAGONAL([[u, v]]) == STRIPS([[u, v]]) == A
    assert np.abs(x - [u, v]).max(axis=1).min() > 0.02
    full = np.stack(np.meshgrid(np.linspace(0.5, 1, 20), np.linspace(-0.4, 1, 50)), axis=-1).reshape(-1, 2)
    assert names(figures.regions(STRIPS, box=X, x=full))[r"$\Omega_{A}$"][1] < -0.4  # only there is room


def test_a_region_too_thin_for_its_name_has_none():
    for low, enough in ((-0.99, False), (-0.84, False), (-0.8, True)):
        where = names(figures.regions(AxisThreshold(low=low, high=0.5), box=X))
        assert set(where) - {r"$\Omega_{A}$", r"$\Omega_{U}$"} == ({r"$\Omega_{B}$"} if enough else set())


@pytest.mark.parametrize(
    ("given", "expected"),
    [(None, {"C_1", "C_2", "C_3", "C_4", "U"}), (["w", "x", "y", "z"], {"w", "x", "y", "z", "U"})],
)
def test_more_than_two_classes_are_numbered_or_named(given, expected):
    figure = figures.regions(COLUMNS, box=Box([-1.5, 0], [4, 1]), names=given)
    assert set(names(figure)) == {rf"$\Omega_{{{name}}}$" for name in expected}


def test_two_names_may_be_given():
    assert r"$\Omega_{disk}$" in names(figures.regions(STRIPS, box=X, names=["disk", "square"]))


def test_each_class_of_points_has_its_colour_and_marker():
    x = np.array([[0.9, 0], [0.8, 0.5], [-0.9, 0.1], [0, 0], [0, 0.2], [0.1, 0.9]])
    given = figures.regions(STRIPS, box=X, x=x).axes[0].collections
    shown = {tuple(scatter.get_facecolor()[0]): scatter.get_offsets() for scatter in given}
    assert {colour: len(points) for colour, points in shown.items()} == {
        to_rgba(style.COLOURS[A]): 2,
        to_rgba(style.COLOURS[B]): 1,
        to_rgba("#777777"): 3,
    }
    assert shown[to_rgba(style.COLOURS[B])].tolist() == [[-0.9, 0.1]]
    assert len({path.vertices.tobytes() for scatter in given for path in scatter.get_paths()}) == 3


def test_points_may_have_labels_of_their_own():
    figure = figures.regions(STRIPS, box=X, x=[[0.9, 0], [-0.9, 0]], y=[2, UNCERTAIN])
    counts = {
        tuple(s.get_facecolor()[0]): len(s.get_offsets()) for s in figure.axes[0].collections if len(s.get_offsets())
    }
    assert counts == {to_rgba(style.COLOURS[2]): 1, to_rgba("#777777"): 1}


def test_points_outside_the_figure_do_no_harm():
    drawn(figures.regions(STRIPS, box=X, x=[[1e300, 0], [-1e300, 5], [1, 1], [-1, -1], [0.999999, 0]], resolution=20))


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
        ({"epsilon": 0.1}, ValueError, "epsilon must be 0 without a student"),
        ({"epsilon": np.nan, "student": DIAGONAL}, ValueError, "epsilon must be finite"),
        ({"epsilon": 0.1, "student": nearest_column}, TypeError, "epsilon needs a student with a distance"),
        ({"epsilon": 0.1, "student": Linear(np.eye(3)[:, :2])}, ValueError, "no single hyperplane"),
        ({"ax": 5}, TypeError, "ax must be matplotlib Axes or None, got 5"),
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
        figures.regions(**(usual | arguments))


def test_the_axes_say_what_they_are():
    [axes] = figures.regions(STRIPS, box=WIDE, title="strips").axes
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("$x_1$", "$x_2$", "strips")
    assert (axes.get_xlim(), axes.get_ylim(), axes.get_aspect()) == ((-3, 5), (0, 2), 1)


def test_points_cover_lines_and_names_cover_points():
    figure = figures.regions(STRIPS, DIAGONAL, box=X, epsilon=0.1, x=[[0.9, 0]])
    [axes] = figure.axes
    points = [part for part in axes.collections if isinstance(part, PathCollection)]
    layers = [*axes.images, *(part for part in axes.collections if part not in points)], points, axes.texts
    behind, middle, front = ({part.get_zorder() for part in layer} for layer in layers)
    assert max(behind) < min(middle) <= max(middle) < min(front)


def test_the_boundary_is_the_thickest_line_and_nothing_frames_the_plane():
    figure = figures.regions(STRIPS, DIAGONAL, box=X, epsilon=0.1, rim=lambda x: x[:, 0])
    push, boundary, rim = [c.get_linewidth()[0] for c in figure.axes[0].collections if not getattr(c, "filled", True)]
    assert 1 < push < rim < boundary
    assert not any(spine.get_visible() for spine in figure.axes[0].spines.values())
    assert 3 <= len(figure.axes[0].get_yticks()) <= 5


def test_a_rim_is_dashed_where_its_values_change_sign():
    figure = figures.regions(STRIPS, box=X, rim=lambda x: np.linalg.norm(x, axis=1) - 0.5)
    solid, dashed = lines(figure)
    assert len(solid) == 0
    assert np.allclose(np.linalg.norm(dashed, axis=1), 0.5, atol=1e-3)
    assert all(len(part) == 0 for part in lines(figures.regions(STRIPS, box=X, rim=lambda x: np.ones(len(x)))))
