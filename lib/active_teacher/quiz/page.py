"""The page that asks its reader about two dozen pictures, and says how students disagree: plain HTML, no kernel."""

import base64
import io
import json
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files
from string import Template

import numpy as np
from IPython.display import display
from PIL import Image

from active_teacher.checks import ask
from active_teacher.labels import Classifier, name_of
from active_teacher.quiz.pictures import LEVELS, PIXELS, two_dozen
from active_teacher.quiz.recorded import WHAT, fingerprint, two_dozen_pictures
from active_teacher.robustness import clopper_pearson

COLUMNS = 6
CONFIDENCE = 0.95


def show(students: Mapping[str, Classifier], *, notes: Mapping[str, str] | None = None) -> None:
    """Show the two dozen pictures, one at a time, to a reader who says what each is, and then what students make of it.

    students: by name, two or more; they are asked now, so that the page needs no kernel later. The first is the one the
    reader's adversarial examples are of; the others were given advice. notes: what each was told, by name.
    Raises TypeError or ValueError for other students and notes.
    """
    bundle = {"text/html": html(students, notes=notes), "text/plain": "<two dozen pictures, and questions about them>"}
    display(bundle, raw=True)  # type: ignore[no-untyped-call]


def html(students: Mapping[str, Classifier], *, notes: Mapping[str, str] | None = None) -> str:
    """The HTML of ``show``, the same for the same answers of the students. Arguments and errors: as there.

    >>> from active_teacher.quiz.page import html
    >>> def disks(x):
    ...     return np.zeros(len(x), dtype=int)
    >>> "at-quiz" in html({"plain": disks, "advised": disks})
    True
    """
    if not isinstance(students, Mapping) or len(students) < 2:
        raise TypeError(f"students must be a dict of two or more by name, got {students!r}")
    notes = {} if notes is None else notes
    if not isinstance(notes, Mapping) or not set(notes) <= set(students):
        raise ValueError(f"notes must be a dict by the names {list(students)}, got {notes!r}")
    x, shapes = two_dozen_pictures(), two_dozen()
    data = {
        "pictures": fingerprint(x),
        "what": WHAT,
        "columns": COLUMNS,
        "side": PIXELS,
        "shapes": [str(shape) for shape in shapes],
        "kinds": "".join(name_of(shape.kind) for shape in shapes),
        "students": [
            {
                "name": str(name),
                "note": str(notes.get(name, "")),
                "says": "".join(name_of(label) for label in ask(student, x, role="student")),
            }
            for name, student in students.items()
        ],
        "agreement": _agreements(len(x)),
    }
    return Template(files("active_teacher.quiz").joinpath("quiz.html").read_text(encoding="utf-8")).substitute(
        identity=data["pictures"],
        still=_sheet(x),
        width=COLUMNS * PIXELS,
        height=len(x) // COLUMNS * PIXELS,
        count=len(x),
        data=json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"),  # no text may end the script element
    )


@cache
def _agreements(n: int) -> list[list[list[str]]]:
    """How often a student agrees, and the ends of the interval, as the page writes them: [certain][agreed], up to n."""
    table: list[list[list[str]]] = [[]]
    for certain in range(1, n + 1):
        rows = [(k / certain, *clopper_pearson(k, certain, CONFIDENCE)) for k in range(certain + 1)]
        table.append([[f"{number:.3f}" for number in row] for row in rows])
    return table


def _sheet(x: np.ndarray) -> str:
    """All pictures in one, in rows, as the address of a WebP without losses."""
    rows = [np.hstack(list(x[k : k + COLUMNS])) for k in range(0, len(x), COLUMNS)]
    webp = io.BytesIO()
    Image.fromarray(np.round(LEVELS * np.vstack(rows)).astype(np.uint8)).convert("RGB").save(
        webp, "WEBP", lossless=True
    )
    return escape(f"data:image/webp;base64,{base64.b64encode(webp.getvalue()).decode()}")
