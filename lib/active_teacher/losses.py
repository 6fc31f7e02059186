"""The adversarial loss (1.1) on data, exactly, for a linear student."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from active_teacher.checks import as_at_least, as_choice, as_labels, as_order, as_points, as_real, certain
from active_teacher.labels import Labels, LinearStudent, Points

LOSSES: dict[str, Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]] = {
    "zero-one": lambda score, target: ((score >= 0) != (target > 0)).astype(np.float64),
    "hinge": lambda score, target: np.maximum(0, 1 - target * score),
    "logistic": lambda score, target: np.logaddexp(0, -target * score),
    "squared": lambda score, target: (score - target) ** 2,
}


def adversarial_loss(
    x: Points, y: Labels, student: LinearStudent, *, epsilon: float, p: float = 2, loss: str = "zero-one"
) -> float:
    """The adversarial loss (1.1) on data: the mean over points of the largest loss within l_p distance epsilon.

    x: (n, d); y: (n,) classes 0 or 1, which the losses see as targets -1 and 1; student: linear, two classes.
    loss: "zero-one", "hinge", "logistic" or "squared". A push of length epsilon moves the score by at most
    r = epsilon ‖w‖_q, 1/p + 1/q = 1, and by every amount up to that; as each loss only falls, only rises, or falls and
    then rises with the score, its maximum is at one of the ends: exact, up to rounding.
    Raises TypeError or ValueError for other students, data, losses, a negative epsilon and p < 1. Source: (1.1).

    >>> from active_teacher.students import Linear
    >>> adversarial_loss([[1, 1], [-1, 0]], [1, 0], Linear([1, 1]), epsilon=0.75, p=np.inf)
    0.5
    """
    if not isinstance(student, LinearStudent) or student.classes != 2:
        raise TypeError(f"an exact loss needs a linear student of two classes, got {student!r}")
    epsilon, p, loss = as_at_least(epsilon, 0, name="epsilon"), as_order(p), as_choice(loss, LOSSES, name="loss")
    holder = 0 if student.half_spaces(1)[0].strict else 1  # the class that the boundary belongs to is on the side >= 0
    half_space = student.half_spaces(holder)[0]
    x = as_points(x, dimension=half_space.w.size)
    y = as_labels(y, n=len(x), classes=2)
    if not certain(y).all():
        raise ValueError(f"y must hold classes only, got UNCERTAIN for {(~certain(y)).sum()} points: keep certain(y)")
    target = np.where(y == holder, 1.0, -1.0)
    reach = epsilon * student.dual_norm(p) if epsilon else 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        score = x @ half_space.w + half_space.b
        worst = np.maximum(LOSSES[loss](score - reach, target), LOSSES[loss](score + reach, target)).mean()
    return as_real(float(worst), name="the adversarial loss")
