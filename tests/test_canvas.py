"""The canvas and the style: white, crisp and readable, panels in strips of their own, and no trace in matplotlib."""

import inspect
import io
import subprocess
import sys
from itertools import combinations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from matplotlib.text import Text
from PIL import Image

from active_teacher import figures
from active_teacher.figures import style
from active_teacher.geometry import Box
from active_teacher.labels import A, B
from active_teacher.students import Linear
from active_teacher.teachers import AxisThreshold

X = Box([-1, -1], [1, 1])
STRIPS = AxisThreshold(axis=0, low=-0.5, high=0.5)
DIAGONAL = Linear([1, 1])


def drawn(figure):
    figure.savefig("/dev/null", format="png")
    return figure


def ink(figure):
    """Where a figure, as a notebook shows it, is not white: (height, width) bool."""
    png, _ = figure._repr_png_()
    return (np.asarray(Image.open(io.BytesIO(png)).convert("L")) < 250).astype(bool)


def test_one_panel_is_one_axes_and_more_are_a_row():
    figure, ax = figures.panels()
    assert (figure.axes, figure.panels) == ([ax], 1)
    figure, (left, middle, right) = figures.panels(3, size=(2, 3))
    assert (figure.axes, figure.panels) == ([left, middle, right], 3)
    assert figure.get_size_inches().tolist() == [6, 3]


@pytest.mark.parametrize("n", [2, 3])
def test_each_panel_lies_wholly_inside_its_own_strip(n):
    """So that a page can cut the strips apart: what fills one panel, its labels too, puts no ink into the others."""
    for k in range(n):
        figure, axes = figures.panels(n, size=(2.4, 2.5))
        figures.regions(STRIPS, DIAGONAL, box=X, title="what is drawn", ax=axes[k])
        for other in axes[:k] + axes[k + 1 :]:
            other.set_axis_off()
        strips = np.array_split(ink(figure), n, axis=1)
        assert [strip.any() for strip in strips] == [i == k for i in range(n)]
        assert not strips[k][:, [0, -1]].any()


def test_a_colour_bar_stays_in_the_strip_of_its_panel():
    figure, (left, right) = figures.panels(2)
    left.set_axis_off()
    figures.signed([[1, -1]], ax=right)
    half = ink(figure).shape[1] // 2
    assert not ink(figure)[:, :half].any()
    assert len(figure.axes) == 3


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"n": 0}, ValueError, "n must be at least 1, got 0"),
        ({"n": 2.0}, TypeError, "n must be an integer"),
        ({"size": (1, 2, 3)}, ValueError, r"size must be a width and a height in inches.*got \(1, 2, 3\)"),
        ({"size": (0, 1)}, ValueError, "both positive"),
        ({"size": 5}, ValueError, "size must have shape"),
        ({"size": "ab"}, ValueError, "size must have shape"),
    ],
)
def test_panels_have_a_number_and_a_size(arguments, error, said):
    with pytest.raises(error, match=said):
        figures.panels(**arguments)


def overlaps(texts):
    """Pairs of texts that are drawn over each other."""
    boxes = [text.get_window_extent() for text in texts]
    return [
        (a.get_text(), b.get_text())
        for (a, u), (b, v) in combinations(zip(texts, boxes, strict=True), 2)
        if u.overlaps(v)
    ]


def test_the_learning_procedure_has_three_parts_two_products_and_five_arrows():
    """Fig. 3.1: points go from the generator to the teacher, and points with labels to the student."""
    [axes] = drawn(figures.learning_procedure()).axes
    texts = " ".join(text.get_text().replace("\n", " ") for text in axes.texts)
    for part in ("data generator", "teacher", "student", "points", "data set", "samples", "answers", "trains"):
        assert part in texts
    boxes = [patch for patch in axes.patches if isinstance(patch, FancyBboxPatch)]
    assert len(boxes) == 5
    written = [text for text in axes.texts if text.get_text()]
    assert not overlaps(written)
    outside = [
        text for text in written if text.get_text() in ("samples", "is asked", "answers $y$", "with $y$", "trains")
    ]
    assert len(outside) == 5
    assert not any(text.get_window_extent().overlaps(box.get_window_extent()) for text in outside for box in boxes)
    inside = [
        box.get_window_extent().padded(-1).contains(*corner)
        for box in boxes
        for text in written
        for corner in text.get_window_extent().corners()
    ]
    assert sum(inside) == 4 * 5  # each box holds its own text, all of it
    named = {
        next(t.get_text().split("\n")[0] for t in written if t.get_window_extent().overlaps(edge)): edge
        for edge in (box.get_window_extent() for box in boxes)
    }

    def touched(place):
        at = axes.transData.transform(place)
        return [n for n, edge in named.items() if edge.padded(1).contains(*at) and not edge.padded(-1).contains(*at)]

    arrows = [text for text in axes.texts if getattr(text, "arrow_patch", None)]
    assert [touched(arrow.xyann) + touched(arrow.xy) for arrow in arrows] == [
        ["data", "points"],
        ["points", "teacher"],
        ["teacher", "data set"],
        ["points", "data set"],
        ["data set", "student"],
    ]


FIGURES = {
    "regions": lambda: figures.regions(STRIPS, DIAGONAL, box=X, x=[[0.9, 0.9]], epsilon=0.1, resolution=50),
    "panels": lambda: figures.regions(STRIPS, box=X, ax=figures.panels(2)[1][0], resolution=50),
    "curves": lambda: figures.curves([0, 1], {"a": [0, 1], "b": [1, 0]}, xlabel="x", ylabel="y"),
    "spreads": lambda: figures.spreads(dict.fromkeys("ab", ([1, 2], [[0, 1], [1, 1]])), xlabel="x", ylabel="y"),
    "learning_procedure": figures.learning_procedure,
    "strips": lambda: figures.strips({"a": [0, 1], "b": [1]}, xlabel="x", full=["a"]),
    "bars": lambda: figures.bars(["a", "b"], {"c": [1, 2], "d": [2, 1]}, xlabel="x"),
    "histogram": lambda: figures.histogram({"a": [0, 1, 1]}, xlabel="x", at={"here": 0.5}),
    "image": lambda: figures.image(np.zeros((3, 3)), "one"),
    "images": lambda: figures.images(np.zeros((6, 3, 3)), titles=list("abcdef")),
    "signed": lambda: figures.signed([[1, -1]]),
}


@pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES)
def test_a_figure_stands_on_white_and_shows_itself(make):
    figure = make()
    assert isinstance(figure, Figure)
    assert figure.get_facecolor() == to_rgba("white")
    png, shown = figure._repr_png_()
    picture = Image.open(io.BytesIO(png))
    assert picture.format == "PNG"
    assert picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    assert shown["panels"] == figure.panels


@pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES)
def test_a_figure_is_stored_at_two_pixels_for_each_css_pixel_and_not_too_wide(make):
    png, shown = make()._repr_png_()
    width, height = Image.open(io.BytesIO(png)).size
    assert abs(width - 2 * shown["width"]) <= 1
    assert abs(height - 2 * shown["height"]) <= 1
    assert 320 <= shown["width"] <= 720
    assert len(png) < 60_000


@pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES)
def test_its_letters_can_be_read_on_a_phone(make):
    """On 350 CSS pixels, with panels on top of each other, no text has an em of less than 9.5 of them."""
    figure = drawn(make())
    _, shown = figure._repr_png_()
    scale = min(1, 350 / (shown["width"] / shown["panels"])) * figure.dpi / 72
    texts = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    smallest = min((text.get_fontsize() for text in texts), default=11)
    assert smallest * scale > 9.5


def test_flat_colours_are_stored_as_they_are():
    png, _ = figures.regions(STRIPS, box=X)._repr_png_()
    stored = {colour: n for n, colour in Image.open(io.BytesIO(png)).convert("RGB").getcolors()}
    for colour in ("#FFFFFF", style.UNSURE, style.TINTS[A], style.TINTS[B]):
        assert stored[tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))] > 10_000


@pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES)
def test_a_figure_looks_the_same_whatever_the_settings_are_when_it_is_made_and_shown(make):
    others = {
        "font.size": 30,
        "legend.fontsize": 30,
        "lines.linewidth": 9,
        "hatch.linewidth": 9,
        "grid.alpha": 1,
        "mathtext.fontset": "stix",
    }
    with mpl.rc_context(others):
        changed = make()._repr_png_()
    assert changed == make()._repr_png_()


@pytest.mark.parametrize(
    ("make", "width", "height"),
    [
        (lambda: figures.panels()[0], 5, 3.2),
        (lambda: figures.panels(2)[0], 6.4, 3.2),
        (lambda: figures.panels(4)[0], 6.4, 2),
        (FIGURES["curves"], 5, 3.2),
        (FIGURES["spreads"], 5, 3.2),
        (FIGURES["strips"], 5, 1.3),
        (FIGURES["bars"], 5, 2),
        (FIGURES["histogram"], 5, 3),
        (FIGURES["learning_procedure"], 5, 2.5),
        (FIGURES["image"], 3, 3.3),
        (FIGURES["signed"], 4.2, 3.4),
        (lambda: figures.regions(STRIPS, box=X, resolution=9), 4.2, 4.2),
        (lambda: figures.regions(STRIPS, box=Box([0, 0], [9, 1]), resolution=9), 4.2, 1.68),
        (lambda: figures.regions(STRIPS, box=Box([0, 0], [1, 9]), resolution=9), 4.2, 6.72),
    ],
)
def test_how_much_of_a_page_a_figure_takes(make, width, height):
    """In inches of a page that is 5 wide, or 6.4 for panels side by side."""
    assert make().get_size_inches() == pytest.approx([width, height])


def test_the_style_sheet_serves_figures_of_ones_own():
    with plt.style.context("active_teacher.figures.book"):
        assert mpl.rcParams["font.size"] == 11
        assert Figure().subplots().plot([0, 1])[0].get_color() == "#0072B2"


@pytest.mark.parametrize("name", [name for name in figures.__all__ if inspect.isfunction(getattr(figures, name))])
def test_a_function_that_draws_keeps_its_name_and_its_help(name):
    function = getattr(figures, name)
    assert (function.__name__, bool(function.__doc__)) == (name, True)
    assert "args" not in inspect.signature(function).parameters


def test_what_the_style_sheet_does_not_speak_of_is_left_to_the_reader():
    with mpl.rc_context({"lines.markersize": 20}):
        assert FIGURES["spreads"]().axes[0].lines[0].get_markersize() == 20


def test_lines_have_the_colours_of_classes_the_dark_ones_first():
    colours = [look["color"] for look in style.LOOKS]
    assert sorted(colours) == sorted(style.COLOURS)
    assert all(contrast(colour, "white") > 3 for colour in colours[:3])
    assert len({str(look["linestyle"]) for look in style.LOOKS}) == 6


KERNEL = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
from active_teacher import figures
from matplotlib_inline.backend_inline import configure_inline_support
configure_inline_support(shell, "module://matplotlib_inline.backend_inline")  # what importing pyplot does in a notebook
data, metadata = shell.display_formatter.format(figures.panels(2)[0])
print(metadata["image/png"])
"""


def test_a_notebook_that_uses_pyplot_shows_them_no_other_way():
    done = subprocess.run([sys.executable, "-c", KERNEL], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "{'width': 691, 'height': 346, 'panels': 2}"


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
    assert contrast(style.COLOURS[A], style.COLOURS[B]) > 1.5
    assert contrast(style.INK, "white") > 7
    for kind in (style.COLOURS, style.TINTS, style.MARKERS):
        assert len(set(kind)) == len(kind) == 6
    assert all(contrast(style.INK, tint) > 7 for tint in (*style.TINTS, style.UNSURE))
