"""A figure with sliders: what the player stores and shows, what the kernel redraws, and what neither accepts."""

import base64
import io
import json
import sys
from itertools import pairwise
from types import SimpleNamespace

import ipywidgets
import numpy as np
import pytest
from bs4 import BeautifulSoup
from matplotlib.figure import Figure
from PIL import Image

from active_teacher.figures import explorer as module
from active_teacher.figures import panels, regions
from active_teacher.figures.explorer import MOST_FRAMES, explore, player
from active_teacher.generators import Uniform
from active_teacher.geometry import Box
from active_teacher.students import Linear
from active_teacher.teachers import AxisThreshold


def bar(**given):
    """A small figure: a bar for each parameter, or a word."""
    figure = Figure(figsize=(2, 1))
    axes = figure.subplots()
    for i, value in enumerate(given.values()):
        if isinstance(value, str):
            axes.text(0.5, i, value)
        else:
            axes.barh(i, value)
    axes.set(xlim=(0, 10))
    figure.alt = ", ".join(f"{name} is {value}" for name, value in given.items())
    return figure


def with_alt(figure, alt):
    figure.alt = alt
    return figure


def parse(html):
    return BeautifulSoup(html, "html.parser")


def stored(html):
    """The data for the script: frames, texts and how the values are written."""
    return json.loads(parse(html).find("script", type="application/json").string)


def identity(html):
    return parse(html).figure["data-explorer"]


def picture(source):
    kind, _, data = source.partition(",")
    assert kind == "data:image/webp;base64"
    return Image.open(io.BytesIO(base64.b64decode(data, validate=True)))


@pytest.fixture(scope="module")
def html():
    return player(bar, label="height", format="{:.1f} m", start=3, a=[1, 3, 6, 9])


# The player


def test_there_is_a_picture_and_a_sentence_for_each_value(html):
    data = stored(html)
    assert data["texts"] == ["a is 1", "a is 3", "a is 6", "a is 9"]
    assert data["shown"] == [["1.0 m", "3.0 m", "6.0 m", "9.0 m"]]
    assert [frame is None for frame in data["frames"]] == [False, True, False, False]


def test_the_picture_shown_first_is_stored_once(html):
    still = parse(html).img["src"]
    assert html.count(still) == 1
    assert still not in stored(html)["frames"]


def test_the_pictures_are_those_of_the_values(html):
    """A longer bar leaves less white."""
    frames = stored(html)["frames"]
    frames[1] = parse(html).img["src"]
    ink = [np.mean(np.asarray(picture(frame).convert("L")) < 200) for frame in frames]
    assert all(less < more for less, more in pairwise(ink))


def test_all_pictures_have_the_size_that_the_page_reserves(html):
    image = parse(html).img
    sizes = {picture(frame or image["src"]).size for frame in stored(html)["frames"]}
    width, height = int(image["width"]), int(image["height"])
    assert sizes == {(2 * width, 2 * height)}
    assert (width, height) == (2 * 100, 1 * 100)  # inches by matplotlib's own dpi


def test_a_page_can_know_the_panels_of_the_picture(html):
    pair = parse(player(lambda a: with_alt(panels(2, size=(1, 1))[0], f"{a}"), a=[1, 2]))
    assert [page.img["data-panels"] for page in (pair, parse(html))] == ["2", "1"]


def test_without_scripts_the_first_picture_and_its_sentence_are_there(html):
    page = parse(html)
    assert page.img["alt"] == page.figcaption.string == "a is 3"
    assert page.find(class_="at-controls").has_attr("hidden")


def test_the_slider_has_a_label_a_value_and_a_step_for_each_picture(html):
    slider = parse(html).input
    assert slider["type"] == "range"
    assert [slider[name] for name in ("min", "max", "step", "value")] == ["0", "3", "1", "1"]
    assert (slider["aria-label"], slider["aria-valuetext"]) == ("height", "3.0 m")
    assert parse(html).label.get_text().startswith("height3.0 m")


def test_the_player_asks_nobody_for_anything(html):
    page = parse(html)
    assert "http" not in html
    assert not page.find_all(["link", "iframe"])
    assert all(tag["src"].startswith("data:") for tag in page.find_all(src=True))


def test_the_first_value_is_shown_first_if_no_start_is_given():
    page = parse(player(bar, a=[2, 4]))
    assert page.img["alt"] == "a is 2"
    assert page.input["value"] == "0"
    assert page.input["aria-label"] == "a"


def test_two_parameters_have_a_picture_for_each_pair_with_the_second_running_faster():
    html = player(bar, a=[1, 2, 3], b=["few", "many"], start={"a": 2, "b": "many"})
    data, page = stored(html), parse(html)
    assert data["texts"] == [f"a is {a}, b is {b}" for a in (1, 2, 3) for b in ("few", "many")]
    assert data["shown"] == [["1", "2", "3"], ["few", "many"]]
    assert [frame is None for frame in data["frames"]] == [False, False, False, True, False, False]
    assert page.img["alt"] == "a is 2, b is many"
    assert [(slider["max"], slider["value"]) for slider in page.find_all("input")] == [("2", "1"), ("1", "1")]


@pytest.mark.parametrize("values", [range(2, 5), (2, 3, 4), np.arange(2, 5), [np.int64(2), 3, np.int8(4)]])
def test_whole_numbers_reach_the_figure_as_such(values):
    seen = []
    player(lambda a: seen.append(a) or bar(a=a), a=values)
    assert seen == [2, 3, 4]
    assert {type(value) for value in seen} == {int}


@pytest.mark.parametrize("values", [np.array([1, 2.5]), [1, 2.5], (np.float32(1), np.float64(2.5))])
def test_other_numbers_reach_the_figure_as_floats(values):
    seen = []
    html = player(lambda a: seen.append(a) or bar(a=a), a=values)
    assert seen == [1, 2.5]
    assert {type(value) for value in seen} == {float}
    assert stored(html)["shown"] == [["1", "2.5"]]


NASTY = [
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<!-- <script>",
    "a < b & c > d \"e\" 'f' &amp; $identity ${still} \\u003c \u2028 é",
]


@pytest.mark.parametrize("text", NASTY)
def test_no_text_can_leave_its_place(text):
    plain = player(bar, a=["x", "y"])
    written = text.replace("{", "{{").replace("}", "}}") + "{}"
    html = player(lambda a: with_alt(bar(a=a), text + a), label=text, format=written, a=["x", "y"])
    page, data = parse(html), stored(html)
    assert page.img["alt"] == page.figcaption.string == text + "x"
    assert data["texts"] == [text + "x", text + "y"]
    assert data["shown"] == [[text + "x", text + "y"]]
    assert page.input["aria-label"] == text
    assert page.input["aria-valuetext"] == page.output.string == text + "x"
    assert [tag.name for tag in page.find_all()] == [tag.name for tag in parse(plain).find_all()]
    assert "<" not in page.find("script", type="application/json").string


def test_the_same_arguments_give_the_same_html():
    once, again = (
        player(bar, a=[1, 2], b=[3, 4], label={"a": "x"}, format={"b": "{:d}"}, start={"b": 4}) for _ in range(2)
    )
    assert once == again


def test_its_identity_does_not_depend_on_pixels():
    """They differ between processors; the book compares everything else."""
    one = player(bar, a=[1, 2])
    other = player(lambda a: with_alt(bar(a=a + 1), f"a is {a}"), a=[1, 2])
    assert one != other
    assert identity(one) == identity(other)


@pytest.mark.parametrize(
    "changed",
    [
        {"a": [1, 3]},
        {"a": [1, 2, 3]},
        {"label": "x"},
        {"format": "{} m"},
        {"start": 2},
    ],
    ids=["values", "more values", "label", "format", "start"],
)
def test_its_identity_depends_on_all_else(changed):
    one, other = identity(player(bar, a=[1, 2])), identity(player(bar, **({"a": [1, 2]} | changed)))
    assert one != other
    assert len(one) == len(other) == 12


def test_its_identity_depends_on_what_the_figures_say():
    other = player(lambda a: with_alt(bar(a=a), f"now {a}"), a=[1, 2])
    assert identity(player(bar, a=[1, 2])) != identity(other)


def test_twenty_frames_of_regions_with_points_take_less_than_500_kilobytes():
    teacher, box = AxisThreshold(), Box([-1, -1], [1, 1])
    x = Uniform(Box([0.5, 0.5], [1, 1]), Box([-1, -1], [-0.5, -0.5])).sample(80, np.random.default_rng(2021))
    html = player(
        lambda angle: with_alt(regions(teacher, Linear([np.cos(angle), np.sin(angle)]), box=box, x=x), f"{angle}"),
        angle=np.linspace(0, 1.5, 20),
    )
    assert len(stored(html)["frames"]) == 20
    assert len(html) < 500_000


def test_too_many_frames_are_refused_before_any_is_drawn():
    drawn = []
    with pytest.raises(ValueError, match=f"at most {MOST_FRAMES} frames, got 420"):
        player(drawn.append, a=range(20), b=range(21))
    assert not drawn


# What it is given


@pytest.mark.parametrize("show", [player, explore])
@pytest.mark.parametrize(
    ("values", "error", "said"),
    [
        ([1], ValueError, "two values or more"),
        ([], ValueError, "two values or more"),
        ("ab", TypeError, "row of values, got 'ab'"),
        (7, TypeError, "row of values, got 7"),
        (None, TypeError, "row of values, got None"),
        ({1, 2}, TypeError, "row of values"),
        (np.eye(2), TypeError, "row of values"),
        ([2, 1], ValueError, r"finite and increasing, got \[2, 1\]"),
        ([1, 1], ValueError, "finite and increasing"),
        ([1, np.nan], ValueError, "finite and increasing"),
        ([1, np.inf], ValueError, "finite and increasing"),
        ([1, 10**400], ValueError, "finite and increasing"),
        (["a", "b", "a"], ValueError, r"must differ, got \['a', 'b', 'a'\]"),
        ([1, "a"], TypeError, r"all numbers or all strings, got \[1, 'a'\]"),
        ([True, False], TypeError, "all numbers or all strings"),
        ([1, True], TypeError, "all numbers or all strings"),
        ([1j, 2j], TypeError, "all numbers or all strings"),
        ([[1, 2], [3, 4]], TypeError, "all numbers or all strings"),
        ([None, None], TypeError, "all numbers or all strings"),
    ],
)
def test_values_are_increasing_numbers_or_different_strings(show, values, error, said):
    with pytest.raises(error, match=said):
        show(bar, a=values)


@pytest.mark.parametrize("show", [player, explore])
@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({}, ValueError, r"one or two parameters, got 0: \[\]"),
        ({"a": [1, 2], "b": [1, 2], "c": [1, 2]}, ValueError, r"one or two parameters, got 3: \['a', 'b', 'c'\]"),
        ({"a": [1, 2], "label": {"b": "x"}}, ValueError, r"label names \['b'\], but the parameters are \['a'\]"),
        ({"a": [1, 2], "format": {"b": "{}", 3: "{}"}}, ValueError, r"format names \[3, 'b'\]"),
        ({"a": [1, 2], "start": {"b": 1}}, ValueError, r"start names \['b'\]"),
        ({"a": [1, 2], "start": {"a": 3}}, ValueError, r"start of a must be one of its values \[1, 2\], got 3"),
        ({"a": [1, 2], "start": 3}, ValueError, r"start of a must be one of its values \[1, 2\], got 3"),
        ({"a": [1, 2], "b": [1, 2], "start": 1}, TypeError, r"start must be a dict by name for .*\['a', 'b'\], got 1"),
        ({"a": [1, 2], "b": [1, 2], "label": "x"}, TypeError, "label must be a dict by name"),
        ({"a": [1, 2], "label": 5}, TypeError, "label and the format of a must be strings, got 5"),
        ({"a": [1, 2], "label": {"a": 5}}, TypeError, "label and the format of a must be strings, got 5"),
        ({"a": [1, 2], "format": {"a": 5}}, TypeError, "label and the format of a must be strings"),
        ({"a": [1, 2], "format": {"a": "{}{}"}}, ValueError, r"format of a must suit its values, got '{}{}'"),
        ({"a": [1, 2], "format": {"a": "{a}"}}, ValueError, "format of a must suit its values"),
        ({"a": ["x", "y"], "format": {"a": "{:.2f}"}}, ValueError, "format of a must suit its values"),
        ({"a": [1, 2], "format": {"a": "{.real.b}"}}, ValueError, "format of a must suit its values"),
        ({"a": [1, 2], "format": {"a": "{[0]}"}}, ValueError, "format of a must suit its values"),
    ],
)
def test_names_and_formats_fit_the_parameters(show, arguments, error, said):
    with pytest.raises(error, match=said):
        show(bar, **arguments)


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize(
    ("figure_function", "error", "said"),
    [
        (lambda a: Figure(), ValueError, "the figure's alt must be a sentence .* got None for {'a': 1}"),
        (lambda a: panels()[0], ValueError, "the figure's alt must be a sentence .* got '' for {'a': 1}"),
        (lambda a: with_alt(Figure(), " \n"), ValueError, "the figure's alt must be a sentence"),
        (lambda a: with_alt(Figure(), 5), ValueError, "got 5 for {'a': 1}"),
        (lambda a: None, TypeError, "the figure function must return a matplotlib Figure, got None for {'a': 1}"),
        (lambda a: bar(a=a).axes[0], TypeError, "the figure function must return a matplotlib Figure"),
        (5, TypeError, "the figure function must be a callable of the parameters, got 5"),
    ],
)
def test_a_figure_and_a_sentence_are_needed(figure_function, error, said, live):
    with pytest.raises(error, match=said):
        explore(figure_function, live=live, a=[1, 2])


@pytest.mark.parametrize("live", [1, "yes"])
def test_live_is_yes_no_or_unknown(live):
    with pytest.raises(TypeError, match=f"live must be True or False, got {live!r}"):
        explore(bar, live=live, a=[1, 2])


# Static or live


@pytest.fixture
def displayed(monkeypatch):
    """What `explore` displays."""
    shown = []
    monkeypatch.setattr(module, "display", lambda *args, **kwargs: shown.append((args, kwargs)))
    return shown


def test_without_a_kernel_html_is_shown_and_no_widget(displayed):
    arguments = {"label": {"a": "height"}, "start": {"a": 2}, "a": [1, 2], "b": [3, 4]}
    explore(bar, live=False, **arguments)
    [((bundle,), keywords)] = displayed
    assert keywords == {"raw": True}
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/html"] == player(bar, **arguments)
    assert bundle["text/plain"] == "<a figure with a slider for height and b>"


def live(displayed, draw, **arguments):
    """The view and the sliders that `explore` displays with a kernel."""
    explore(draw, live=True, **arguments)
    [((box,), _)] = displayed
    children = list(box.children)
    [view] = [child for child in children if isinstance(child, ipywidgets.HTML)]
    return view, [child for child in children if child is not view]


def test_with_a_kernel_an_error_is_seen_until_there_is_a_figure_again(displayed):
    def picky(a):
        if a == 2:
            raise ValueError("<no> bar")
        return bar(a=a)

    view, [slider] = live(displayed, picky, a=[1, 3])
    with pytest.raises(ValueError, match="<no> bar"):
        slider.value = 2
    page = parse(view.value)
    assert (page.img, page.pre.string) == (None, "ValueError: <no> bar")
    slider.value = 3
    assert parse(view.value).img["alt"] == "a is 3"


def test_with_a_kernel_a_value_between_the_stored_ones_is_drawn_anew(displayed):
    drawn = []
    view, [slider] = live(displayed, lambda a: drawn.append(a) or bar(a=a), a=[1.0, 2.0, 9.0], start=2)
    assert drawn == [2]
    before = view.value
    slider.value = 4.25
    assert drawn == [2, 4.25]
    page = parse(view.value)
    assert page.img["alt"] == page.p.string == "a is 4.25"
    assert view.value != before
    assert picture(page.img["src"]).size == (2 * int(page.img["width"]), 2 * int(page.img["height"]))
    assert (slider.min, slider.max, slider.description) == (1, 9, "a")


def test_the_kernel_draws_what_the_player_stores(displayed):
    view, [slider] = live(displayed, bar, a=[1, 5])
    slider.value = 5
    data = stored(player(bar, a=[1, 5]))
    assert parse(view.value).img["src"] == data["frames"][1]
    assert parse(view.value).img["alt"] == data["texts"][1]


def test_whole_numbers_stay_whole_with_a_kernel(displayed):
    drawn = []
    _, [slider] = live(displayed, lambda a: drawn.append(a) or bar(a=a), a=[0, 4, 8])
    slider.value = 3
    assert drawn == [0, 3]
    assert {type(value) for value in drawn} == {int}
    slider.value = 99
    assert drawn[-1] == 8


@pytest.mark.parametrize(
    "values",
    [[0.02, *np.arange(1, 16) / 20], [2, 2.5, 3, 20], [0.5, 0.95, 0.999], [0, 1 / 3, 1], np.arange(-9, 10) / 10],
)
def test_a_live_slider_can_stand_at_every_stored_value(displayed, values):
    """Where it can't, front ends move it to the next step, and the figure is another one than it says."""
    _, [slider] = live(displayed, bar, a=values)
    steps = (np.array(values) - slider.min) / slider.step
    assert steps == pytest.approx(steps.round(), abs=1e-6)
    assert steps[-1].round() >= 100


def test_a_live_slider_has_a_hundred_steps_where_values_share_no_measure(displayed):
    _, [slider] = live(displayed, bar, a=[0, 0.1234567, 1])
    assert slider.step == 0.01


def test_each_of_two_sliders_redraws(displayed):
    view, [number, word] = live(
        displayed, bar, a=[0.0, 8.0], b=["few", "many"], label={"a": "how far", "b": "how many"}
    )
    assert [slider.description for slider in (number, word)] == ["how far", "how many"]
    word.value = "many"
    number.value = 4
    assert parse(view.value).img["alt"] == "a is 4.0, b is many"
    assert list(word.options) == ["few", "many"]


@pytest.mark.parametrize("text", NASTY)
def test_no_text_can_leave_its_place_with_a_kernel(displayed, text):
    view, _ = live(displayed, lambda a: with_alt(bar(a=a), text), a=[1, 2])
    page = parse(view.value)
    assert page.img["alt"] == page.p.get_text() == text
    assert [tag.name for tag in page.find_all()] == ["img", "p"]


@pytest.mark.parametrize(
    ("names", "modules", "environment", "somebody"),
    [
        ({}, (), {}, False),  # a build or a test: a kernel without a reader
        ({"__vsc_ipynb_file__": "/home/me/book/intro.ipynb"}, (), {}, True),
        ({}, ("google.colab",), {}, True),
        ({}, (), {"JPY_SESSION_NAME": "/home/me/book/intro.ipynb"}, True),
    ],
)
def test_who_sits_at_the_kernel_decides(displayed, monkeypatch, names, modules, environment, somebody):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setattr(module, "get_ipython", lambda: SimpleNamespace(user_ns=names))
    for name in modules:
        monkeypatch.setitem(sys.modules, name, SimpleNamespace())
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    explore(bar, a=[1, 2])
    [(_, keywords)] = displayed
    assert keywords == ({} if somebody else {"raw": True})


def test_a_script_has_nobody_at_a_kernel_whatever_its_environment(displayed, monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "/home/me/book/intro.ipynb")
    monkeypatch.setattr(module, "get_ipython", lambda: None)
    explore(bar, a=[1, 2])
    assert displayed[0][1] == {"raw": True}
