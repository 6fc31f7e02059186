"""Projected gradient, and the l_p balls that it stays in: p is 1, 2 or infinity."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from active_teacher.checks import as_at_least, as_callable, as_count, as_order, as_points, as_real, as_row
from active_teacher.geometry import Box
from active_teacher.labels import DifferentiableStudent, Points

NORMS = (1, 2, np.inf)
ROUNDING = 1e-9  # what a returned point's distance may exceed its budget by


def projected_gradient(
    x: Points,
    ascent: Callable[[Points], Points],
    *,
    epsilon: float,
    p: float = 2,
    steps: int = 50,
    limits: tuple[float, float] | Box | None = None,
) -> Points:
    """Each point after so many steps up a gradient, back into the l_p ball of radius epsilon around it after each.

    x: (n, ...); ascent: a callable (n, ...) -> (n, ...), the gradient of what is to grow; only its direction counts.
    The k-th step is 2 epsilon/√k long in l_p, in the direction that climbs most for its length. p: 1, 2 or ``np.inf``.
    limits: the least and the greatest value of a coordinate, or a box, at which a step that goes beyond is cut off; the
    points must lie within, on an open side too. Returns (n, ...), no point further than epsilon from where it was.
    Raises TypeError or ValueError for any other. Source: the inner maximum of (1.1), as Madry et al. look for it.

    >>> projected_gradient([[0.0, 0.0]], lambda z: [[3, -4]], epsilon=1).round(3)
    array([[ 0.6, -0.8]])
    """
    x, epsilon, p = as_points(x), as_at_least(epsilon, 0, name="epsilon"), as_order(p, among=NORMS)
    as_callable(ascent, "(n, ...) -> (n, ...)", name="ascent")
    if limits is not None:
        low, high = _as_limits(limits)
        if isinstance(limits, Box):
            as_points(x, dimension=limits.dimension)
        if (x < low).any() or (x > high).any():
            raise ValueError(f"x must lie within the limits {limits}, got values from {x.min()} to {x.max()}")
    z = x.astype(np.float64)
    for k in range(1, as_count(steps, name="steps") + 1):
        gradient = as_points(ascent(z), name="the gradient")
        if gradient.shape != x.shape:
            raise ValueError(f"the gradient must have the points' shape, {x.shape}, got {gradient.shape}")
        step = 2 * epsilon / np.sqrt(k)
        with np.errstate(over="ignore", invalid="ignore"):  # what is too large for a float is not finite, and refused
            push = as_points(z - x + step * steepest(gradient, p=p), name="the push")
        z = moved(x, into_ball(push, epsilon, p=p), budget=epsilon, p=p)
        if limits is not None:
            z = z.clip(low, high)  # no coordinate comes to lie further from where it was
    return z


def _as_limits(limits: tuple[float, float] | Box) -> tuple[ArrayLike, ArrayLike]:
    if isinstance(limits, Box):
        return limits.low, limits.high
    if not isinstance(limits, tuple | list) or len(limits) != 2:
        raise TypeError(f"limits must be the least and the greatest value, or a Box, got {limits!r}")
    low, high = (as_real(limit, name="limits") for limit in limits)
    if low > high:
        raise ValueError(f"limits must be the least and the greatest value, got {limits}")
    return low, high


def along_lead(student: DifferentiableStudent, x: Points, sign: NDArray[np.float64]) -> Points:
    """The gradient of the lead of the student's own answer at each point, times a number: 1 is up that lead, -1 down.

    x: (n, ...); sign: (n,). Returns (n, ...). Raises TypeError or ValueError for any other, and for a student whose
    gradient has not the points' shape.

    >>> from active_teacher.students import Linear
    >>> along_lead(Linear([3, 4]), [[1, 1], [-1, -1]], [1, -1])
    array([[3., 4.],
           [3., 4.]])
    """
    x, sign = as_points(x), as_row(sign, name="sign")
    if sign.shape != (len(x),):
        raise ValueError(f"sign must have one number for each of the {len(x)} points, got {len(sign)}")
    g = as_points(student.gradient(x), name="the student's gradient")
    if g.shape != x.shape:
        raise ValueError(f"the student's gradient must have the points' shape, {x.shape}, got {g.shape}")
    return np.asarray(sign.reshape(-1, *[1] * (x.ndim - 1)) * g)


def steepest(g: Points, *, p: float) -> Points:
    """The direction of l_p length 1 along which a function of gradient g grows most; 0 where g = 0.

    g: (n, ...). Returns (n, ...). Raises TypeError or ValueError for any other g, and a p that is not 1, 2 or inf.

    >>> steepest([[3, -4]], p=1), steepest([[3, -4]], p=np.inf)
    (array([[ 0., -1.]]), array([[ 1., -1.]]))
    """
    g, p = as_points(g, name="g"), as_order(p, among=NORMS)
    if p == 2:
        return unit(g)
    if p == np.inf:
        return np.sign(g)
    flat = g.reshape(len(g), -1)
    largest = np.arange(flat.shape[1]) == np.abs(flat).argmax(axis=1)[:, None]
    return np.asarray((np.sign(flat) * largest).reshape(g.shape))


def into_ball(push: Points, radius: float, *, p: float) -> Points:
    """The nearest point (in l_2) of the l_p ball of a radius around 0, for each row.

    push: (n, ...); radius >= 0. Returns (n, ...). Raises TypeError or ValueError for any other, a p that is not 1, 2
    or inf among them.

    >>> into_ball([[3, 4], [0.5, 0]], 1, p=2)
    array([[0.6, 0.8],
           [0.5, 0. ]])
    """
    push, radius = as_points(push, name="push"), as_at_least(radius, 0, name="radius")
    p = as_order(p, among=NORMS)
    if p == np.inf:
        return np.clip(push, -radius, radius)
    outside = length(push, p=p) > radius
    if not outside.any():
        return push
    if p == 2:
        nearest = radius * unit(push[outside])
    else:
        # l_1: shrink all coordinates by the one amount that leaves a sum of ``radius``, those below it to 0.
        flat = push[outside].reshape(outside.sum(), -1)
        largest = np.abs(flat).max(axis=1, keepdims=True)  # in units of it, so that no sum leaves the floats
        size = np.abs(flat) / largest
        sorted_down = -np.sort(-size, axis=1)
        excess = (sorted_down.cumsum(axis=1) - radius / largest) / np.arange(1, flat.shape[1] + 1)
        kept = (sorted_down > excess).sum(axis=1, keepdims=True)
        amount = np.take_along_axis(excess, np.maximum(kept, 1) - 1, axis=1)
        nearest = largest * np.sign(flat) * np.maximum(0, size - amount)
    within = push.copy()
    within[outside] = nearest.reshape(within[outside].shape)
    return within


def unit(g: Points) -> Points:
    """Each row divided by its l_2 norm; a row of zeros stays. g: (n, ...). Raises TypeError or ValueError for other g.

    >>> unit([[3, -4], [0, 0]])
    array([[ 0.6, -0.8],
           [ 0. ,  0. ]])
    """
    g = as_points(g, name="g")
    flat = g.reshape(len(g), -1)
    largest = np.abs(flat).max(axis=1, keepdims=True)  # divided by first, so that no square leaves the floats
    scaled = np.divide(flat, largest, out=np.zeros_like(flat, dtype=np.float64), where=largest > 0)
    norm = np.linalg.norm(scaled, axis=1, keepdims=True)
    return np.asarray(np.divide(scaled, norm, out=np.zeros_like(scaled), where=norm > 0).reshape(g.shape))


def length(push: Points, *, p: float) -> NDArray[np.float64]:
    """The l_p length of each row. push: (n, ...). Returns (n,). Raises TypeError or ValueError for other push or p.

    >>> length([[3, -4]], p=1), length([[3, -4]], p=2)
    (array([7.]), array([5.]))
    """
    push, p = as_points(push, name="push"), as_order(p)
    flat = push.reshape(len(push), -1).astype(np.float64)
    largest = np.abs(flat).max(axis=1, keepdims=True)  # relative to it, so that no power leaves the floats
    share = np.divide(flat, largest, out=np.zeros_like(flat), where=largest > 0)
    with np.errstate(over="ignore"):  # longer than any budget
        return np.asarray(largest[:, 0] * np.linalg.norm(share, ord=p, axis=1))


def moved(x: Points, push: Points, *, budget: float, p: float) -> Points:
    """The points once pushed; how far they were is measured against a budget, up to rounding, and not believed.

    x, push: (n, ...); budget: of a push, in l_p. Returns (n, ...). Raises TypeError or ValueError for any other, or if
    a point leaves the floats, and AssertionError if one was pushed too far.

    >>> moved([[1, 2]], [[0, 0.5]], budget=0.5, p=2)
    array([[1. , 2.5]])
    """
    x, push, budget = as_points(x), as_points(push, name="push"), as_at_least(budget, 0, name="budget")
    if push.shape != x.shape:
        raise ValueError(f"push must have the points' shape, {x.shape}, got {push.shape}")
    with np.errstate(over="ignore"):
        after = as_points(x + push, name="x after a push")
        used = length(after - x, p=p)
    rounding = 2 * np.finfo(float).eps * length(after, p=p)
    assert (used <= budget * (1 + ROUNDING) + rounding).all(), f"pushed by {used.max()}, the budget is {budget}"
    return after
