"""The vocabulary of the paper: classes, the uncertain answer, and what counts as points, labels and answers.

Every other module may import this one; it imports none of them.
"""

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

UNCERTAIN = -1  # the paper's U; the classes C_1 .. C_K are 0 .. K-1
A, B = 1, 0  # two classes: A lies on the positive side of a linear student's score

Points = NDArray[Any]  # (n, ...): n points, one a row
Labels = NDArray[np.int64]  # (n,)
Classifier = Callable[[Points], NDArray[Any]]


class Generator(Protocol):
    """A data generator (the paper's μ or ν): anything that can sample points (section 3.1)."""

    def sample(self, n: int, rng: np.random.Generator) -> Points:
        """Draw n points, shape (n, ...)."""
        ...


@runtime_checkable
class FiniteGenerator(Protocol):
    """A generator of finitely many points, such as ``generators.Finite``, whose expectations are finite sums."""

    @property
    def points(self) -> Points:
        """The points, (m, ...)."""
        ...

    @property
    def weights(self) -> NDArray[np.float64]:
        """Their probabilities, (m,)."""
        ...
