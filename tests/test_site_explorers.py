"""Figures that answer, in the rendered book: by keyboard, mouse and touch, without scripts, and when frames come."""

import json
from collections import Counter
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

import matplotlib.pyplot as plt
import pytest

from active_teacher.figures.explorer import player
from browsing import (
    EXPLORERS,
    LOADED,
    MISSING,
    PHONE,
    UNSEEN,
    Explorer,
    audit,
    chromium,
    complaints_of,
    each_with_explorers,
    explorers_on,
    home,
    opened,
    phone,
    plain,
    serving,
    site,
    soup,
    tab,
)

__all__ = ["chromium", "home", "opened", "phone", "plain", "site", "tab"]  # fixtures

SMALLEST_TARGET = 44  # px
MOST_BYTES = 400_000  # of one figure that answers, all its pictures included


def walk(explorer: Explorer) -> None:
    """Go through all values by the keyboard, checking each."""
    before = [None] * len(explorer.sizes)
    for values in product(*map(range, explorer.sizes)):
        for slider, (old, new) in enumerate(zip(before, values, strict=True)):
            if old != new:
                explorer.press(slider, "ArrowRight" if new else "Home")
        explorer.check(list(values))
        before = values


@pytest.fixture(scope="module")
def answering(request, opened, home) -> list[Explorer]:
    """The figures of a page that answer, in a tab that the tests of this page share."""
    tab = opened("sliders")
    tab.goto(home + request.param)
    return explorers_on(tab)


each_answering = pytest.mark.parametrize("answering", EXPLORERS, indirect=True)


def test_chapters_have_figures_that_answer():
    assert len(EXPLORERS) > 2
    assert "book/intro.html" in EXPLORERS


@each_answering
def test_sliders_move_by_the_keyboard_through_all_their_pictures(answering, home):
    tab = answering[0].figure.page
    assert len(answering) == EXPLORERS[tab.url.removeprefix(home)]
    heard = complaints_of(tab, home)
    for explorer in answering:
        start = explorer.state()["values"]
        explorer.check(start)
        walk(explorer)
        assert len(set(explorer.pictures)) > 1
        assert max(Counter(explorer.texts).values()) == 1  # all different, in words at least
        end = [size - 1 for size in explorer.sizes]
        explorer.press(0, "ArrowRight")  # no further
        explorer.check(end)
        explorer.press(0, "Home")
        explorer.check([0, *end[1:]])
        explorer.press(0, "End")
        explorer.check(end)
    assert heard == []


@each_answering
def test_sliders_move_by_the_mouse(answering):
    for explorer in answering:
        mouse = explorer.figure.page.mouse
        others, last = explorer.state()["values"][1:], explorer.sizes[0] - 1
        for share in (0.9, 0.2):
            mouse.click(*explorer.at(0, share))
            value = explorer.state()["values"][0]
            assert abs(value - share * last) <= 1
            explorer.check([value, *others])
        mouse.down()
        mouse.move(*explorer.at(0, 0.5), steps=5)
        explorer.check([explorer.state()["values"][0], *others])
        mouse.move(*explorer.at(0, 1), steps=5)
        mouse.up()
        explorer.check([last, *others])


@each_with_explorers
def test_sliders_move_by_touch(phone, home, page):
    phone.goto(home + page)
    for explorer in explorers_on(phone):
        others, last = explorer.state()["values"][1:], explorer.sizes[0] - 1
        for share in (0.9, 0.2):
            phone.touchscreen.tap(*explorer.at(0, share))
            value = explorer.state()["values"][0]
            assert abs(value - share * last) <= 1
            explorer.check([value, *others])


@each_answering
def test_sliders_have_names_and_are_easy_to_hit_and_to_find(answering):
    for explorer in answering:
        for slider in explorer.sliders:
            label = slider.evaluate("slider => slider.closest('label').firstChild.textContent")
            assert label.strip()
            assert slider.locator("xpath=..").is_visible()
            assert explorer.figure.get_by_role("slider", name=label, exact=True).count() == 1
            assert slider.bounding_box()["height"] >= SMALLEST_TARGET
            outline = (
                "slider => [getComputedStyle(slider).outlineStyle, parseFloat(getComputedStyle(slider).outlineWidth)]"
            )
            slider.blur()
            assert slider.evaluate(outline)[0] == "none"
            slider.press("ArrowRight")
            style, width = slider.evaluate(outline)
            assert style == "solid"
            assert width >= 2


@each_answering
def test_figures_do_not_move_by_themselves(answering):
    for explorer in answering:
        explorer.press(0, "ArrowLeft")
        moving = """figure => [figure, ...figure.querySelectorAll("*")].filter((element) => {
            const { animationName, transitionDuration } = getComputedStyle(element);
            return animationName !== "none" || transitionDuration !== "0s" || element.getAnimations().length;
        }).map((element) => element.outerHTML.slice(0, 100))"""
        assert explorer.figure.evaluate(moving) == []


@each_with_explorers
def test_figures_are_still_pictures_without_scripts(plain, home, page):
    plain.set_viewport_size(PHONE)
    plain.goto(home + page)
    figures = plain.locator(".at-explorer").all()
    assert len(figures) == EXPLORERS[page]
    for figure in figures:
        images = figure.locator("img")
        assert images.evaluate_all(MISSING) == []
        assert images.evaluate_all(UNSEEN) == []
        told = images.evaluate_all("images => images.map((image) => image.alt).join('')")
        assert told == figure.locator("figcaption").inner_text()
        assert not figure.locator("input").first.is_visible()


@each_with_explorers
def test_figures_are_small_enough_for_a_phone(site, page):
    figures = soup(page).select("figure.at-explorer")
    assert len(figures) == EXPLORERS[page]
    for figure in figures:
        stored = json.loads(figure.select_one("script[type='application/json']").string)["frames"]
        frames = [(site / page).parent / frame for frame in (*stored, figure.img["src"]) if frame]
        assert len(str(figure).encode()) + sum(frame.stat().st_size for frame in frames) < MOST_BYTES


@each_with_explorers
def test_frames_come_when_a_slider_is_near_and_not_before(tab, home, page):
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(urlsplit(request.url).path))
    tab.goto(home + page, wait_until="networkidle")
    explorer = explorers_on(tab)[0]
    explorer.sliders[0].scroll_into_view_if_needed()
    image = explorer.figure.locator("img").first
    image.evaluate(LOADED)
    names = {Path(frame).name for frame in explorer.pictures} - {Path(image.get_attribute("src")).name}
    assert len(names) > 0
    assert names.isdisjoint(Path(path).name for path in asked)
    explorer.sliders[0].hover()
    tab.wait_for_load_state("networkidle")
    assert names <= {Path(path).name for path in asked}


@each_with_explorers
def test_all_figures_of_a_page_share_one_script(site, page):
    assert len(soup(page).select(".at-explorer > script[src]")) == 1
    assert soup(page).select(".at-explorer > script:not([src], [type])") == []
    assert "data:image" not in (site / page).read_text(encoding="utf-8")


def test_a_figure_with_two_sliders_answers_to_both(tab, tmp_path):
    def draw(width, height):
        figure, axes = plt.subplots(figsize=(4, 3))
        axes.bar([0], [height], width=width)
        axes.set(xlim=(-1, 1), ylim=(0, 5))
        plt.close(figure)
        figure.alt = f'A bar {width:g} wide and {height} high: 3 > 2 & "so on".'
        return figure

    figure = player(
        draw, width=[0.5, 1.0, 1.5], height=[1, 2, 3, 4], start={"width": 1.0, "height": 3},
        label={"height": "how <high>"},
    )  # fmt: skip
    head = '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Two</title>'
    (tmp_path / "two.html").write_text(f"{head}<main><h1>Two</h1>{figure}</main></html>", encoding="utf-8")
    with serving(tmp_path) as address:
        heard = complaints_of(tab, address)
        tab.goto(address + "two.html")
        (explorer,) = explorers_on(tab)
        assert explorer.sizes == [3, 4]
        explorer.check([1, 2])
        walk(explorer)
        assert len(set(explorer.pictures)) == 12
        tab.mouse.click(*explorer.at(1, 0))
        explorer.check([2, 0])
        assert tab.get_by_role("slider", name="how <high>", exact=True).is_visible()
        assert audit(tab) == []
        assert heard == []
