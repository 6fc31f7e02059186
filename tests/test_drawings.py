"""Strokes on paper: where an arc runs, how wide a pen draws."""

import numpy as np
import pytest
from scipy.spatial import KDTree

from active_teacher.pictures.drawings import arc, drawing


def test_an_arc_runs_from_one_angle_to_another_against_the_clock():
    quarter = arc((1, 2), 3, start=0, stop=90)
    assert quarter[[0, -1]] == pytest.approx(np.array([[4, 2], [1, 5]]))
    angles = np.degrees(np.arctan2(quarter[:, 1] - 2, quarter[:, 0] - 1))
    assert (np.diff(angles) > 0).all()
    back = arc((1, 2), 3, start=90, stop=0)
    assert back == pytest.approx(quarter[::-1])


@pytest.mark.parametrize(("start", "stop"), [(0, 360), (10, 11), (-200, 35), (0, 5), (0, 4.999), (90, -90), (7, 7)])
def test_an_arc_has_a_point_every_5_degrees_or_closer(start, stop):
    x = arc((0, 0), 1, start=start, stop=stop)
    steps = np.degrees(2 * np.arcsin(np.linalg.norm(np.diff(x, axis=0), axis=1) / 2))
    assert steps.max() <= 5 + 1e-9
    assert len(x) == 2 + int(abs(stop - start) / 5)
    assert steps == pytest.approx(np.full(len(steps), abs(stop - start) / len(steps)))


def test_all_of_an_arc_is_an_ellipse():
    x = (arc((0.5, -1), (2, 0.25)) - [0.5, -1]) / [2, 0.25]
    assert np.linalg.norm(x, axis=1) == pytest.approx(np.ones(len(x)))
    assert x[0] == pytest.approx(x[-1])
    assert np.abs(x).max(axis=0) == pytest.approx([1, 1], abs=2e-3)
    assert (arc((0, 0), [3]) == arc((0, 0), (3, 3))).all()


@pytest.mark.parametrize("radii", [0, -1, (1, 0), (1, 2, 3), [0.0]])
def test_an_arc_has_one_or_two_positive_radii(radii):
    with pytest.raises(ValueError, match="radii must be one or two positive numbers, got"):
        arc((0, 0), radii)


@pytest.mark.parametrize("centre", [(1, 2, 3), (1,)])
def test_an_arc_has_a_centre_in_the_plane(centre):
    with pytest.raises(ValueError, match=r"centre must be \(x, y\), got"):
        arc(centre, 1)


def middles(pixels):
    """Where the middle of each pixel is: x to the right and y up."""
    row, column = np.indices((pixels, pixels))
    return np.stack([(column + 0.5) / pixels, 1 - (row + 0.5) / pixels], axis=-1)


def test_ink_is_where_the_strokes_are_with_y_up():
    image = drawing([[(0.1, 0.9), (0.3, 0.9)]], pixels=20, width=0.1)
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
    image = drawing([[(0.5, -1), (0.5, 2)]], pixels=pixels, width=width)
    assert (1 - image).sum(axis=1) == pytest.approx(np.full(pixels, width * pixels), abs=1e-9)
    lying = drawing([[(-1, 0.5), (2, 0.5)]], pixels=pixels, width=width)
    assert lying == pytest.approx(image.T)


@pytest.mark.parametrize(
    "strokes",
    [
        [[(0.2, 0.3), (0.8, 0.6)]],
        [[(0.2, 0.8), (0.5, 0.2), (0.8, 0.8)], [(0.5, 0.5)]],
        [arc((0.5, 0.5), (0.3, 0.2))],
        [[(0.4, 0.4), (0.4, 0.4)]],
    ],
    ids=["a line", "an angle and a dot", "an ellipse", "twice the same point"],
)
@pytest.mark.parametrize("pixels", [30, 90])
def test_a_pixel_is_grey_only_at_the_edge_of_a_stroke(strokes, pixels):
    """The distance to the strokes by a dense row of points on each; black within, white without."""
    width = 0.12
    image = drawing(strokes, pixels=pixels, width=width)
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
    both = drawing([one, other], pixels=30)
    assert (both == drawing([other, one], pixels=30)).all()
    assert (both == np.minimum(drawing([one], pixels=30), drawing([other], pixels=30))).all()
    assert drawing([one[::-1]], pixels=30) == pytest.approx(drawing([one], pixels=30))


def test_a_drawing_has_200_pixels_a_side_unless_told():
    assert drawing([[(0, 0), (1, 1)]]).shape == (200, 200)
    thin = drawing([[(0.5, -1), (0.5, 2)]])
    assert (1 - thin).sum(axis=1) == pytest.approx(np.full(200, 0.016 * 200))


def test_what_is_off_the_paper_is_not_drawn():
    assert (drawing([[(2, 2), (3, 2)]], pixels=10) == 1).all()


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
        drawing(**({"strokes": [[(0, 0), (1, 1)]], "pixels": 5} | given_badly))
