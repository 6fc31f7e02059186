"""A figure with one or two sliders: live where a kernel can redraw it, and a small player of stored frames elsewhere.

The player is plain HTML with its script inside: no kernel, no third party, nothing that moves by itself.
"""

import base64
import hashlib
import io
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from itertools import pairwise, product
from numbers import Integral
from string import Template
from typing import Any

import numpy as np
from IPython import get_ipython
from IPython.display import display
from matplotlib.figure import Figure

from active_teacher.checks import as_callable, as_flag
from active_teacher.figures.canvas import pixels

FigureFunction = Callable[..., Figure]
Value = float | int | str

MOST_FRAMES = 400


@dataclass(frozen=True)
class Parameter:
    """One slider: the name it has as an argument, its label, its values, how they are written and the first's place."""

    name: str
    label: str
    values: tuple[Value, ...]
    texts: tuple[str, ...]
    start: int


@dataclass(frozen=True)
class Frame:
    """A figure as the page holds it: a picture's address, its size in CSS pixels, its sentence and its panels."""

    source: str
    width: int
    height: int
    text: str
    panels: int


def explore(
    figure_function: FigureFunction,
    /,
    *,
    label: str | Mapping[str, str] | None = None,
    start: Value | Mapping[str, Value] | None = None,
    format: str | Mapping[str, str] | None = None,
    live: bool | None = None,
    **values: Sequence[Value],
) -> None:
    """Show the figure that a function draws, with a slider for each of its one or two parameters.

    figure_function: returns a matplotlib Figure whose attribute ``alt`` is the sentence that says what it shows: it
    stands under the figure and is the picture's alt text.
    values: the name of the function's parameter -> the values to store, increasing numbers or different strings, two
    or more.
    label: what the slider is called (the parameter's name if left out); start: the value shown first (the first one if
    left out); format: how a value is written, such as ``"{:.0f}°"``. For two parameters each is a dict by name.
    live: whether to redraw in the kernel for any value between the ends, by ipywidgets, or to show the stored values by
    a player that needs no kernel; None finds out whether somebody sits at the kernel (JupyterLab, Colab, VS Code).
    Raises TypeError or ValueError for other values, for names that are none of them, and for figures without ``alt``.
    """
    live = _somebody_is_there() if live is None else as_flag(live, name="live")
    parameters = _parameters(figure_function, values, label, start, format)
    if live:
        display(_live(figure_function, parameters))  # type: ignore[no-untyped-call]
        return
    names = " and ".join(parameter.label for parameter in parameters)
    bundle = {"text/html": _play(figure_function, parameters), "text/plain": f"<a figure with a slider for {names}>"}
    display(bundle, raw=True)  # type: ignore[no-untyped-call]


def player(
    figure_function: FigureFunction,
    /,
    *,
    label: str | Mapping[str, str] | None = None,
    start: Value | Mapping[str, Value] | None = None,
    format: str | Mapping[str, str] | None = None,
    **values: Sequence[Value],
) -> str:
    """The HTML of a figure with sliders that needs no kernel: a picture for each value, the first one without scripts.

    Arguments and errors: as ``explore``. The same arguments give the same HTML; its identity depends on all but pixels.
    """
    return _play(figure_function, _parameters(figure_function, values, label, start, format))


def _play(figure_function: FigureFunction, parameters: Sequence[Parameter]) -> str:
    grid = list(product(*(parameter.values for parameter in parameters)))
    if len(grid) > MOST_FRAMES:
        raise ValueError(f"a player stores at most {MOST_FRAMES} frames, got {len(grid)}")
    names = [parameter.name for parameter in parameters]
    frames = [_frame(figure_function, dict(zip(names, point, strict=True))) for point in grid]
    first = int(np.ravel_multi_index([p.start for p in parameters], [len(p.values) for p in parameters]))
    still, texts, shown = frames[first], [frame.text for frame in frames], [p.texts for p in parameters]
    told = json.dumps([texts, shown, [p.label for p in parameters], first])
    stored = [None if frame is still else frame.source for frame in frames]
    data = json.dumps({"frames": stored, "texts": texts, "shown": shown}, ensure_ascii=False)
    return Template(files("active_teacher.figures").joinpath("player.html").read_text(encoding="utf-8")).substitute(
        identity=hashlib.sha256(told.encode()).hexdigest()[:12],
        still=still.source,
        alt=escape(still.text),
        caption=escape(still.text, quote=False),
        width=still.width,
        height=still.height,
        panels=still.panels,
        controls="\n".join(_control(parameter) for parameter in parameters),
        data=data.replace("<", "\\u003c"),  # no text may end the script element
    )


def _control(parameter: Parameter) -> str:
    text = escape(parameter.texts[parameter.start])
    return (
        f"<label>{escape(parameter.label, quote=False)}<output>{text}</output>"
        f'<input type="range" min="0" max="{len(parameter.values) - 1}" step="1" value="{parameter.start}"'
        f' aria-label="{escape(parameter.label)}" aria-valuetext="{text}"></label>'
    )


def _parameters(
    figure_function: FigureFunction, values: Mapping[str, Sequence[Value]], label: Any, start: Any, format: Any
) -> list[Parameter]:
    as_callable(figure_function, "of the parameters", name="the figure function")
    if len(values) not in (1, 2):
        raise ValueError(f"explore takes values for one or two parameters, got {len(values)}: {sorted(values)}")
    labels, starts, formats = (
        _by_name(option, given, list(values))
        for option, given in (("label", label), ("start", start), ("format", format))
    )
    parameters = []
    for name, given in values.items():
        choices = _choices(name, given)
        first = starts.get(name, choices[0])
        if first not in choices:
            raise ValueError(f"start of {name} must be one of its values {list(choices)}, got {first!r}")
        called, written = labels.get(name, name), formats.get(name, "{}" if isinstance(choices[0], str) else "{:g}")
        if not isinstance(called, str) or not isinstance(written, str):
            raise TypeError(f"the label and the format of {name} must be strings, got {called!r} and {written!r}")
        try:
            texts = tuple(written.format(value) for value in choices)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise ValueError(f"the format of {name} must suit its values, got {written!r}: {error}") from error
        parameters.append(Parameter(name, called, choices, texts, choices.index(first)))
    return parameters


def _by_name(option: str, given: Any, names: list[str]) -> Mapping[str, Any]:
    """What an option says of each parameter: a single value speaks of a single one."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        if len(names) > 1:
            raise TypeError(f"{option} must be a dict by name for the parameters {names}, got {given!r}")
        return {names[0]: given}
    if unknown := sorted(set(given) - set(names), key=str):
        raise ValueError(f"{option} names {unknown}, but the parameters are {sorted(names)}")
    return given


def _choices(name: str, values: Sequence[Value]) -> tuple[Value, ...]:
    row = isinstance(values, Sequence) and not isinstance(values, str)
    if not row and not (isinstance(values, np.ndarray) and values.ndim == 1):
        raise TypeError(f"{name} must have a row of values, got {values!r}")
    plain: list[Any] = [value.item() if isinstance(value, np.generic) else value for value in values]
    if len(plain) < 2:
        raise ValueError(f"{name} must have two values or more, got {values!r}")
    if all(isinstance(value, str) for value in plain):
        if len(set(plain)) < len(plain):
            raise ValueError(f"the values of {name} must differ, got {plain}")
    elif all(isinstance(value, int | float) and not isinstance(value, bool) for value in plain):
        finite = all(abs(value) <= sys.float_info.max for value in plain)  # NaN is not
        if not finite or not all(a < b for a, b in pairwise(plain)):
            raise ValueError(f"the values of {name} must be finite and increasing, got {plain}")
        if not all(isinstance(value, int) for value in plain):
            plain = [float(value) for value in plain]
    else:
        raise TypeError(f"the values of {name} must be all numbers or all strings, got {plain}")
    return tuple(plain)


def _frame(figure_function: FigureFunction, given: Mapping[str, Value]) -> Frame:
    """The figure of these values as WebP, which every current browser shows."""
    figure = figure_function(**given)
    if not isinstance(figure, Figure):
        raise TypeError(f"the figure function must return a matplotlib Figure, got {figure!r} for {dict(given)}")
    text = getattr(figure, "alt", None)
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"the figure's alt must be a sentence that says what it shows, got {text!r} for {dict(given)}")
    image, (width, height) = pixels(figure)
    webp = io.BytesIO()
    image.save(webp, "WEBP", lossless=True)  # of few colours, smaller than with losses
    source = f"data:image/webp;base64,{base64.b64encode(webp.getvalue()).decode()}"
    return Frame(source, width, height, text, getattr(figure, "panels", 1))


def _somebody_is_there() -> bool:
    """Whether a person's front end runs this kernel, and not a build or a test, which can't move a slider."""
    shell = get_ipython()
    return shell is not None and (
        "google.colab" in sys.modules
        or "JPY_SESSION_NAME" in os.environ  # a Jupyter server started the kernel for an open notebook
        or "__vsc_ipynb_file__" in shell.user_ns  # VS Code
    )


def _live(figure_function: FigureFunction, parameters: Sequence[Parameter]) -> Any:
    """The same figure as an ipywidgets box that redraws in the kernel."""
    import ipywidgets as widgets  # not needed by the player

    view = widgets.HTML()
    sliders = {parameter.name: _slider(widgets, parameter) for parameter in parameters}

    def redraw(_: Any = None) -> None:
        try:
            frame = _frame(figure_function, {name: slider.value for name, slider in sliders.items()})
        except Exception as error:  # of a slider that is moved, front ends show nothing
            view.value = f"<pre>{escape(f'{type(error).__name__}: {error}')}</pre>"
            raise
        text = escape(frame.text)
        size = f'width="{frame.width}" height="{frame.height}" style="max-width: 100%; height: auto"'
        view.value = f'<img src="{frame.source}" alt="{text}" {size}><p>{text}</p>'

    for slider in sliders.values():
        slider.observe(redraw, names="value")
    redraw()
    return widgets.VBox([view, *sliders.values()])


def _slider(widgets: Any, parameter: Parameter) -> Any:
    values, start = parameter.values, parameter.values[parameter.start]
    look = {
        "description": parameter.label,
        "style": {"description_width": "initial"},
        "layout": widgets.Layout(width="min(40em, 100%)"),
    }
    if isinstance(start, str):
        return widgets.SelectionSlider(options=values, value=start, **look)
    low, high = float(values[0]), float(values[-1])
    if all(isinstance(value, Integral) for value in values):
        return widgets.IntSlider(value=start, min=int(low), max=int(high), **look)
    return widgets.FloatSlider(value=start, min=low, max=high, step=_step(values), readout_format=".3f", **look)


def _step(values: Sequence[Any]) -> float:
    """A hundredth of the range or the next smaller part of it, to a thousandth, that leads to every value.

    Front ends round what lies between two steps. If there is no such part, as of 0, 1/√2 and 1: a hundredth.
    """
    low, high = float(values[0]), float(values[-1])
    shares = (np.array(values, dtype=float) - low) / (high - low)
    for parts in range(100, 1001):
        if np.allclose(shares * parts, np.round(shares * parts), rtol=0, atol=1e-6):
            return (high - low) / parts
    return (high - low) / 100
