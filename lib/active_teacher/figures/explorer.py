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
from PIL import Image

Draw = Callable[..., Figure]
Describe = Callable[..., str]
Value = float | int | str

FRAME_WIDTH = 600  # pixels; with the quality below, 20 frames of regions with points take under 400 KB
FRAME_QUALITY = 55
MOST_FRAMES = 400


@dataclass(frozen=True)
class Parameter:
    """One slider: the name it has as an argument of ``draw``, its label, its values and how they are written."""

    name: str
    label: str
    values: tuple[Value, ...]
    shown: Callable[[Value], str]
    start: int

    @property
    def texts(self) -> list[str]:
        """The values as the reader sees them."""
        return [self.shown(value) for value in self.values]


def explore(
    draw: Draw,
    /,
    *,
    alt: Describe,
    labels: Mapping[str, str] | None = None,
    formats: Mapping[str, str] | None = None,
    start: Mapping[str, Value] | None = None,
    live: bool | None = None,
    **values: Sequence[Value],
) -> None:
    """Show ``draw(**parameters)`` with a slider for each of one or two parameters, and ``alt(**parameters)`` under it.

    draw: returns a matplotlib Figure; alt: returns the sentence that says what it shows, the picture's alt text.
    values: name -> the values to store, increasing numbers or different strings, two or more.
    labels: name -> what the slider is called (the name itself if left out); formats: name -> how a value is written,
    such as ``"{:.0f}°"``; start: name -> the value shown first (the first one if left out).
    live: whether to redraw in the kernel for any value between the ends, by ipywidgets, or to show the stored values by
    a player that needs no kernel; None finds out whether somebody sits at the kernel (JupyterLab, Colab, VS Code).
    Raises TypeError or ValueError for other values, for names that are none of them, and if draw returns no Figure.
    """
    if live is not None and not isinstance(live, bool):
        raise TypeError(f"live must be True, False or None, got {live!r}")
    parameters = _parameters(draw, alt, values, labels, formats, start)
    if live is None:
        live = _somebody_is_there()
    if live:
        display(_live(draw, alt, parameters))  # type: ignore[no-untyped-call]
    else:
        html = player(draw, alt=alt, labels=labels, formats=formats, start=start, **values)
        names = " and ".join(parameter.label for parameter in parameters)
        bundle = {"text/html": html, "text/plain": f"<a figure with a slider for {names}>"}
        display(bundle, raw=True)  # type: ignore[no-untyped-call]


def player(
    draw: Draw,
    /,
    *,
    alt: Describe,
    labels: Mapping[str, str] | None = None,
    formats: Mapping[str, str] | None = None,
    start: Mapping[str, Value] | None = None,
    **values: Sequence[Value],
) -> str:
    """The HTML of a figure with sliders that needs no kernel: a picture for each value, the first one without scripts.

    Arguments and errors: as ``explore``. The same arguments give the same HTML; its identity depends on all but pixels.
    """
    parameters = _parameters(draw, alt, values, labels, formats, start)
    grid = list(product(*(parameter.values for parameter in parameters)))
    if len(grid) > MOST_FRAMES:
        raise ValueError(f"a player stores at most {MOST_FRAMES} frames, got {len(grid)}")
    arguments = [dict(zip(values, point, strict=True)) for point in grid]
    texts = [_describe(alt, given) for given in arguments]
    pictures = [_picture(draw, given) for given in arguments]
    first = int(np.ravel_multi_index([p.start for p in parameters], [len(p.values) for p in parameters]))
    shown = [parameter.texts for parameter in parameters]
    frames = [f"data:image/webp;base64,{base64.b64encode(webp).decode()}" for webp, _ in pictures]
    identity = hashlib.sha256(json.dumps([texts, shown, [p.label for p in parameters], first]).encode()).hexdigest()[
        :12
    ]
    width, height = pictures[first][1]
    stored = [None if i == first else frame for i, frame in enumerate(frames)]  # that one is the still picture
    data = json.dumps({"frames": stored, "texts": texts, "shown": shown}, ensure_ascii=False)
    return Template(files("active_teacher.figures").joinpath("player.html").read_text(encoding="utf-8")).substitute(
        identity=identity,
        still=frames[first],
        alt=escape(texts[first]),
        caption=escape(texts[first], quote=False),
        width=width,
        height=height,
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
    draw: Draw,
    alt: Describe,
    values: Mapping[str, Sequence[Value]],
    labels: Mapping[str, str] | None,
    formats: Mapping[str, str] | None,
    start: Mapping[str, Value] | None,
) -> list[Parameter]:
    for argument, function in (("draw", draw), ("alt", alt)):
        if not callable(function):
            raise TypeError(f"{argument} must be a callable of the parameters, got {function!r}")
    labels, formats, start = _names("labels", labels), _names("formats", formats), _names("start", start)
    if len(values) not in (1, 2):
        raise ValueError(f"explore takes values for one or two parameters, got {len(values)}: {sorted(values)}")
    for argument, given in (("labels", labels), ("formats", formats), ("start", start)):
        if unknown := sorted(set(given) - set(values), key=str):
            raise ValueError(f"{argument} names {unknown}, but the parameters are {sorted(values)}")
    parameters = []
    for name, given_values in values.items():
        choices = _choices(name, given_values)
        first = start.get(name, choices[0])
        if first not in choices:
            raise ValueError(f"start of {name} must be one of its values {list(choices)}, got {first!r}")
        written = formats.get(name, "{}" if isinstance(choices[0], str) else "{:g}")
        label = labels.get(name, name)
        if not isinstance(label, str) or not isinstance(written, str):
            raise TypeError(f"the label and the format of {name} must be strings, got {label!r} and {written!r}")
        try:
            for value in choices:
                written.format(value)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise ValueError(f"the format of {name} must suit its values, got {written!r}: {error}") from error
        parameters.append(Parameter(name, label, choices, written.format, choices.index(first)))
    return parameters


def _names(argument: str, given: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if given is not None and not isinstance(given, Mapping):
        raise TypeError(f"{argument} must map parameters to theirs, got {given!r}")
    return given or {}


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


def _describe(alt: Describe, given: Mapping[str, Value]) -> str:
    text = alt(**given)
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"alt must return a sentence that says what the figure shows, got {text!r} for {dict(given)}")
    return text


def _picture(draw: Draw, given: Mapping[str, Value]) -> tuple[bytes, tuple[int, int]]:
    """The figure as WebP, which every current browser shows, and its size in pixels."""
    figure = draw(**given)
    if not isinstance(figure, Figure):
        raise TypeError(f"draw must return a matplotlib Figure, got {figure!r} for {dict(given)}")
    drawn, stored = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=FRAME_WIDTH / figure.get_figwidth(), facecolor="white")
    picture = Image.open(drawn).convert("RGB")
    picture.save(stored, "WEBP", quality=FRAME_QUALITY, method=6, use_sharp_yuv=True)
    return stored.getvalue(), picture.size


def _somebody_is_there() -> bool:
    """Whether a person's front end runs this kernel, and not a build or a test, which can't move a slider."""
    shell = get_ipython()
    return shell is not None and (
        "google.colab" in sys.modules
        or "JPY_SESSION_NAME" in os.environ  # a Jupyter server started the kernel for an open notebook
        or "__vsc_ipynb_file__" in shell.user_ns  # VS Code
    )


def _live(draw: Draw, alt: Describe, parameters: Sequence[Parameter]) -> Any:
    """The same figure as an ipywidgets box that redraws in the kernel."""
    import ipywidgets as widgets  # not needed by the player

    view = widgets.HTML()
    sliders = {parameter.name: _slider(widgets, parameter) for parameter in parameters}

    def redraw(_: Any = None) -> None:
        given = {name: slider.value for name, slider in sliders.items()}
        webp, (width, height) = _picture(draw, given)
        text = escape(_describe(alt, given))
        source = f"data:image/webp;base64,{base64.b64encode(webp).decode()}"
        size = f'width="{width}" height="{height}" style="max-width: 32em; height: auto"'
        view.value = f'<img src="{source}" alt="{text}" {size}><p>{text}</p>'

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
    return widgets.FloatSlider(value=start, min=low, max=high, step=(high - low) / 100, readout_format=".3f", **look)
