"""The vocabulary of the paper: the classes, the uncertain answer, and what each part must offer to be asked.

Whatever has these methods will do, whoever wrote it: nothing needs to be inherited. It imports nothing of the package.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # names for type checkers only
    from active_teacher.geometry import Box, HalfSpace, Region
    from active_teacher.verdicts import WorstCase

UNCERTAIN = -1  # the paper's U; the classes C_1 .. C_K are 0 .. K-1
A, B = 1, 0  # two classes: A lies on the positive side of a linear student's score

Points = NDArray[Any]  # (n, ...): n points, one a row
Labels = NDArray[np.int64]  # (n,)
Classifier = Callable[[Points], NDArray[Any]]
Rng = np.random.Generator


def name_of(label: int, *, classes: int = 2) -> str:
    """How the text writes a label: U if it is UNCERTAIN; of two classes A and B, of more C_1 .. C_K.

    Raises ValueError for a label that is neither UNCERTAIN nor one of 0 .. classes - 1.

    >>> name_of(A), name_of(B), name_of(UNCERTAIN), name_of(0, classes=3)
    ('A', 'B', 'U', 'C_1')
    """
    if not isinstance(label, int | np.integer) or not UNCERTAIN <= label < classes:
        raise ValueError(f"label must be UNCERTAIN (-1) or one of {classes} classes 0 .. {classes - 1}, got {label!r}")
    return "U" if label == UNCERTAIN else "BA"[label] if classes == 2 else f"C_{label + 1}"


class Generator(Protocol):
    """A data generator (the paper's μ or ν): anything that can sample points (section 3.1)."""

    def sample(self, n: int, rng: Rng) -> Points:
        """Draw n points, shape (n, ...)."""


class Answering(Protocol):
    """A teacher or a student: a callable that maps points to labels."""

    def __call__(self, x: Points) -> Labels:
        """The labels of the points."""


@runtime_checkable
class RegionTeacher(Answering, Protocol):
    """A teacher whose certain region is known as boxes or parts of them, such as ``teachers.AxisThreshold``."""

    def certain_regions(self, domain: "Box") -> "Sequence[tuple[int, Region]]":
        """The certain region within a box, as disjoint regions with their labels."""


@runtime_checkable
class LinearStudent(Answering, Protocol):
    """A student whose answer is decided by half spaces, such as ``students.Linear``."""

    @property
    def classes(self) -> int:
        """The number of classes, K."""

    def half_spaces(self, label: int) -> "Sequence[HalfSpace]":
        """The half spaces whose intersection is where the student answers ``label``."""

    def dual_norm(self, p: float) -> float:
        """How far the score of two classes moves, at most, for a unit of l_p distance."""


@runtime_checkable
class DifferentiableStudent(Answering, Protocol):
    """A student with a gradient, such as ``students.Linear`` and ``networks.Network``."""

    def gradient(self, x: Points) -> Points:
        """The gradient of the lead of the student's own answer over the next one."""


class Family(Protocol):
    """A family of distributions, 𝒫 = 𝒜(μ, S), that knows where it is at its worst, such as an attack's."""

    def worst(self, teacher: Classifier, *, n: int | None, rng: Rng | None, confidence: float) -> "WorstCase":
        """The infimum of P(T = S | T certain) over the family."""
