"""The hyperplane of largest margin between two sets of points, by support vector machines and a linear program."""

import warnings

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import SVC

from active_teacher.checks import as_points, as_positive
from active_teacher.labels import Points

MOST_STEPS = 1_000_000  # a support vector machine that has not converged by then has lost its way


def soft_margin(x: Points, inside: NDArray[np.bool_], penalty: float) -> tuple[NDArray[np.float64], float]:
    """w and b of least ½‖w‖² + penalty times the sum of what points miss of a margin of 1.

    x: (n, d); inside: (n,) bool, which points belong where w·x + b > 0; penalty > 0. Raises TypeError or ValueError for
    any other, and ValueError where that does not converge.

    >>> soft_margin(np.array([[0.0], [2.0]]), np.array([False, True]), 9)[0].round(3)
    array([1.])
    """
    x, inside, penalty = *_as_sides(x, inside), as_positive(penalty, name="penalty")
    machine = SVC(kernel="linear", C=penalty, tol=1e-6, max_iter=MOST_STEPS)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            machine.fit(x, inside)
        except ConvergenceWarning as error:
            raise ValueError(
                f"the support vector machine did not converge in {MOST_STEPS} steps: coordinates must be of like scale,"
                f" and the classes not too close for their spread; else give a lower penalty than {penalty:g}"
            ) from error
    return np.asarray(machine.coef_[0]), float(machine.intercept_[0])


def hard_margin(x: Points, inside: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    """w and b of largest margin: a support vector machine whose penalty is too high for it to violate the margin.

    x, inside: as in ``soft_margin``. Raises TypeError or ValueError for any other, and ValueError if no hyperplane that
    floats can tell separates the two. In units of the l_1 margin, the l_2 margin is at least 1/√d, so the multipliers
    sum to ‖w‖² <= d: no penalty above d is ever reached.

    >>> hard_margin(np.array([[0.0], [4.0]]), np.array([False, True]))[0].round(3)
    array([0.5])
    """
    x, inside = _as_sides(x, inside)
    with np.errstate(all="ignore"):  # points too near or too far apart for floats end as a ValueError
        centre = x.mean(axis=0)
        spread = np.abs(x - centre).max() or 1.0
        z = (x - centre) / spread
        if not np.isfinite(z).all():
            raise ValueError("x must be smaller, got coordinates whose sum is too large for a float")
        unit = _l1_margin(z, inside)
        if unit <= np.finfo(float).eps:
            raise ValueError("no hyperplane separates the classes; give a penalty for a soft margin")
        w, b = soft_margin(z / unit, inside, penalty=2.0 * x.shape[1])
        w = w / unit / spread
        b = float(b - w @ centre)
        margins = np.where(inside, 1, -1) * (x @ w + b)
    if not (margins >= 1 - 1e-3).all():  # checked, not believed
        raise ValueError("no hyperplane that floats can tell separates the classes; give a penalty for a soft margin")
    return w, b


def _l1_margin(x: Points, inside: NDArray[np.bool_]) -> float:
    """The largest t with ±(w·x + b) >= t for all points and |w_i| <= 1, by a linear program; 0 if not separable."""
    n, d = x.shape
    sign = np.where(inside, 1.0, -1.0)
    above = np.column_stack([-sign[:, None] * x, -sign, np.ones(n)])  # t - sign (w·x + b) <= 0
    bounds = [(-1, 1)] * d + [(None, None), (0, None)]
    result = linprog(np.append(np.zeros(d + 1), -1), A_ub=above, b_ub=np.zeros(n), bounds=bounds, method="highs")
    return float(-result.fun)


def _as_sides(x: Points, inside: NDArray[np.bool_]) -> tuple[Points, NDArray[np.bool_]]:
    x = as_points(x)
    if x.ndim != 2:
        raise ValueError(f"x must have shape (n, d), got shape {x.shape}")
    if not isinstance(inside, np.ndarray) or inside.dtype != np.bool_ or inside.shape != (len(x),):
        raise TypeError(f"inside must be a mask of {len(x)} points, got {inside!r}")
    if inside.all() or not inside.any():
        raise ValueError("inside must hold some points and leave some out, got all or none")
    return x, inside
