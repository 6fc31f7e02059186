"""Pictures as figures: grey ones and maps of signed numbers, as they are."""

import numpy as np
import pytest

from active_teacher import figures


def drawn(figure):
    figure.savefig("/dev/null", format="png")
    return figure


def test_images_are_shown_as_they_are_with_black_0_and_white_1():
    images = np.random.default_rng(2021).random((3, 4, 5))
    figure = figures.images(images, titles=["one", "two", "three"])
    assert len(figure.axes) == 3
    for axes, image, title in zip(figure.axes, images, ("one", "two", "three"), strict=True):
        [shown] = axes.images
        assert (shown.get_array() == image).all()
        assert (shown.norm.vmin, shown.norm.vmax, shown.get_interpolation()) == (0, 1, "nearest")
        assert shown.cmap(shown.norm(0))[:3] == (0, 0, 0)
        assert axes.get_title() == title
        assert not axes.get_xticks().size
    assert len({axes.get_subplotspec().rowspan.start for axes in figure.axes}) == 1


@pytest.mark.parametrize(
    ("n", "columns", "rows"), [(1, None, 1), (4, None, 1), (5, None, 2), (8, None, 2), (6, 3, 2), (3, 5, 1)]
)
def test_images_stand_in_rows_of_four_at_most_unless_told(n, columns, rows):
    figure = drawn(figures.images(np.zeros((n, 4, 4)), columns=columns))
    corners = {tuple(np.round(axes.get_position().get_points()[0], 6)) for axes in figure.axes}
    assert len(corners) == n
    assert len({y for _, y in corners}) == rows
    assert figure.get_size_inches()[0] <= 5


def test_a_row_of_images_leaves_no_empty_paper():
    """A figure as high as wide pictures need."""
    width, height = figures.images(np.zeros((2, 10, 30))).get_size_inches()
    assert height == pytest.approx(width / 6)
    assert figures.images(np.zeros((2, 10, 30)), titles="ab").get_size_inches()[1] == pytest.approx(width / 6 + 0.25)


@pytest.mark.parametrize(("columns", "width"), [(1, 2.6), (2, 5), (4, 5), (5, 5)])
def test_a_row_of_images_is_as_wide_as_a_page_and_a_column_is_not(columns, width):
    size = figures.images(np.zeros((columns, 9, 9)), columns=columns).get_size_inches()
    assert size == pytest.approx([width, width / columns])


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
        figures.images(pictures, titles=titles)


def test_an_image_can_share_a_panel():
    figure, (left, _) = figures.panels(2)
    assert figures.image(np.eye(2), "one", ax=left) is figure
    [shown] = figure.axes[0].get_images()
    assert shown.get_array().tolist() == np.eye(2).tolist()
    assert shown.get_clim() == (0, 1)
    assert figure.axes[0].get_title() == "one"
    assert all(spine.get_visible() for spine in figure.axes[0].spines.values())
    assert not figure.axes[1].get_images()


def test_signed_numbers_have_0_in_the_middle_of_their_colours():
    figure = drawn(figures.signed([[-1.0, 3.0], [0.0, 2.0]], title="w"))
    [shown] = figure.axes[0].get_images()
    assert shown.get_clim() == (-3, 3)
    low, middle, high = shown.cmap([0.0, 0.5, 1.0])
    assert min(middle[:3]) > 0.95
    assert low[2] > low[0]  # purple
    assert high[0] > high[2]  # orange
    picture, bar = (axes.get_position() for axes in figure.axes)
    assert 0.5 < bar.height / picture.height < 1.5
    assert bar.x0 > picture.x1
    [clipped] = figures.signed([[5.0]], limit=2).axes[0].get_images()
    assert clipped.get_clim() == (-2, 2)
    [blank] = figures.signed(np.zeros((2, 2))).axes[0].get_images()
    assert blank.get_clim() == (-1, 1)
