"""A teacher who was asked about some points and whose answers were written down, such as a reader of this book."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from active_teacher.checks import as_labels, as_points
from active_teacher.labels import UNCERTAIN, A, B, Labels, Points
from active_teacher.quiz.pictures import two_dozen

LETTERS = {"A": A, "B": B, "U": UNCERTAIN}
NOT_ANSWERED = "-"
WHAT = "Answers to the two dozen pictures of Robust to Whom?: A square, B disk, U not sure, - not answered."


class Recorded:
    """A teacher who answers what it answered before, on the points it was asked about, and on no others.

    x: (n, ...) points; y: (n,) labels, UNCERTAIN among them. Raises TypeError or ValueError for any other, and
    ValueError for a point with two different labels.

    >>> from active_teacher.quiz import Recorded
    >>> you = Recorded([[0, 0], [1, 0]], [A, UNCERTAIN])
    >>> you([[1, 0]])
    array([-1])
    >>> you([[2, 0]])
    Traceback (most recent call last):
    ValueError: this teacher was never asked about the point in row 0; it answered for 2 points
    """

    def __init__(self, x: ArrayLike, y: ArrayLike) -> None:
        points = as_points(x)
        labels = as_labels(y, n=len(points))
        self._said: dict[bytes, int] = {}
        for row, (key, label) in enumerate(zip(_keys(points), labels.tolist(), strict=True)):
            if self._said.setdefault(key, label) != label:
                raise ValueError(f"a point must have one label, but the one in row {row} has two")

    def __call__(self, x: Points) -> Labels:
        """x: (n, ...). Returns (n,) labels. Raises ValueError for a point it was never asked about."""
        keys = _keys(as_points(x))
        for row, key in enumerate(keys):
            if key not in self._said:
                raise ValueError(
                    f"this teacher was never asked about the point in row {row}; "
                    f"it answered for {len(self._said)} points"
                )
        return np.array([self._said[key] for key in keys], dtype=np.int64)

    @classmethod
    def read(cls, letters: str) -> "Recorded":
        """The teacher who gave these answers to the book's two dozen pictures.

        letters: A (square), B (disk), U (not sure) or - (not answered) for each. Raises TypeError or ValueError for any
        other, and ValueError if nothing was answered.

        >>> Recorded.read("ABU" * 8)(two_dozen_pictures()[:4])
        array([ 1,  0, -1,  1])
        """
        return _teacher(letters, lambda said: said)

    @classmethod
    def load(cls, path: str | Path) -> "Recorded":
        """The teacher whose answers are in a file that the book's page, or ``save``, has written.

        Raises OSError if it can't be read, and ValueError if it is damaged or about other pictures.
        """

        def damaged(said: str) -> str:
            return f"{path} is no file of answers to the two dozen pictures: {said}"

        try:
            stored = json.loads(Path(path).read_text(encoding="utf-8-sig"))
        except (ValueError, RecursionError) as error:  # not JSON, or not even text; nested too deeply
            raise ValueError(damaged(str(error))) from error
        if not isinstance(stored, dict) or not isinstance(stored.get("answers"), str):
            raise ValueError(damaged("it has no answers"))
        if stored.get("pictures") != fingerprint(two_dozen_pictures()):
            raise ValueError(damaged(f"it is about other pictures, {stored.get('pictures')!r}"))
        return _teacher(stored["answers"], damaged)

    def save(self, path: str | Path) -> None:
        """Write its answers to the book's two dozen pictures to a file that ``load`` and the book's page take.

        Raises ValueError if it answered none of them, and OSError if the file can't be written.
        """
        file, x = Path(path), two_dozen_pictures()
        names = {label: letter for letter, label in LETTERS.items()}
        answers = "".join(names[self._said[key]] if key in self._said else NOT_ANSWERED for key in _keys(x))
        if not answers.strip(NOT_ANSWERED):
            raise ValueError(f"this teacher answered none of the {len(x)} pictures, so there is nothing to save")
        stored = {"what": WHAT, "pictures": fingerprint(x), "answers": answers}
        file.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


def two_dozen_pictures() -> Points:
    """The pictures that the book asks its readers about, (24, 100, 100)."""
    return np.stack([shape.image() for shape in two_dozen()])


def fingerprint(x: ArrayLike) -> str:
    """A short name of points, by their contents. Raises TypeError or ValueError for what are no points.

    >>> fingerprint([[0, 1]]) == fingerprint([[0.0, 1.0]])
    True
    """
    return sha256(b"".join(_keys(as_points(x)))).hexdigest()[:12]


def _keys(x: Points) -> list[bytes]:
    return [point.astype("<f8").tobytes() + repr(point.shape).encode() for point in x + 0.0]  # -0 is 0


def _teacher(letters: Any, damaged: Callable[[str], str]) -> Recorded:
    x = two_dozen_pictures()
    if not isinstance(letters, str):
        raise TypeError(f"letters must be a string of {len(x)} letters, got {letters!r}")
    if len(letters) != len(x) or not set(letters) <= {*LETTERS, NOT_ANSWERED}:
        raise ValueError(damaged(f"answers must be {len(x)} letters A, B, U or -, got {letters!r}"))
    answered = [k for k, letter in enumerate(letters) if letter != NOT_ANSWERED]
    if not answered:
        raise ValueError(damaged("nothing was answered"))
    return Recorded(x[answered], [LETTERS[letters[k]] for k in answered])
