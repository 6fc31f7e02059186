"""The look of the figures: the style sheet ``book.mplstyle``, and what a class looks like in it.

Classes differ in colour, lightness, marker and name. ``plt.style.use("active_teacher.figures.book")`` brings the sheet
to figures of your own.
"""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import matplotlib as mpl

STYLE = mpl.rc_params_from_file(Path(__file__).with_name("book.mplstyle"), use_default_template=False)
LOOKS = list(STYLE["axes.prop_cycle"])  # of lines: dark colours first, each with a dash of its own
# Okabe and Ito's colours, one a class; B (class 0) is the light one and A (class 1) the dark one.
COLOURS = ("#E69F00", "#0072B2", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
TINTS = ("#FBE5B5", "#93BFE0", "#B5E3D4", "#EED3E1", "#D3EBF8", "#F3C9AF")
MARKERS = ("s", "o", "^", "D", "v", "P")
UNSURE = "#F4F4F4"
INK = "#222222"

P = ParamSpec("P")
R = TypeVar("R")


def styled(function: Callable[P, R]) -> Callable[P, R]:
    """The same function, which draws by the style sheet and leaves matplotlib's settings as they were."""

    @wraps(function)
    def in_style(*args: P.args, **kwargs: P.kwargs) -> R:
        with mpl.rc_context(STYLE):
            return function(*args, **kwargs)

    return in_style
