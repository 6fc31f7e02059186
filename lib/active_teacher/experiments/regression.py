"""Linear students that learn by penalties and pushes: what section 4 names sparsity and adversarial training."""

import warnings

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LassoCV, OrthogonalMatchingPursuit
from sklearn.model_selection import KFold

from active_teacher.checks import as_at_least, as_count, as_order, as_rng, training_set
from active_teacher.labels import Points
from active_teacher.machinery.gradients import NORMS
from active_teacher.students import Linear

FOLDS = 5  # of a cross validation
SOLVED = 1e-6  # a coefficient that a solver leaves below this is 0
MOST_ROUNDS = 100_000  # a lasso, in which each coordinate has a turn, that has not converged by then has lost its way


def lasso(x: ArrayLike, y: ArrayLike, *, rng: np.random.Generator) -> Linear:
    """The linear student of two classes with few nonzero coefficients: least squares and an l_1 penalty, no intercept.

    x: (n, d) with n >= 5; y: (n,) classes 0 and 1, whose targets are -1 and 1. The penalty is the one of scikit-learn's
    ``LassoCV`` that predicts best in cross validation on fifths of the data, which rng deals out.
    Raises TypeError or ValueError for bad data (see ``checks.training_set``), three or more classes, n below 5, points
    whose squares are too large for floats, and data on which it does not converge.
    Source: "sparsity" in the list at the start of section 4.
    """
    x, targets = _two_classes(x, y)
    if len(x) < FOLDS:
        raise ValueError(f"x must hold at least {FOLDS} points for cross validation, got {len(x)}")
    folds = KFold(FOLDS, shuffle=True, random_state=int(as_rng(rng).integers(2**31)))
    try:
        with np.errstate(over="raise"), warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            return Linear(LassoCV(fit_intercept=False, cv=folds, max_iter=MOST_ROUNDS).fit(x, targets).coef_)
    except ConvergenceWarning as error:
        raise ValueError(
            f"the lasso did not converge in {MOST_ROUNDS} rounds: some coordinate must go with the classes"
        ) from error
    except FloatingPointError as error:
        raise ValueError(f"x must be smaller, got points whose squares are too large for floats: {error}") from error


def matching_pursuit(x: ArrayLike, y: ArrayLike, *, nonzero: int) -> Linear:
    """The linear student of two classes with so many nonzero coefficients, which it finds one after the other.

    Orthogonal matching pursuit: each time, the coordinate of the largest inner product with what the least squares so
    far leave over, so that coordinates should be of like scale; no intercept. x: (n, d); y: (n,) classes 0 and 1, whose
    targets are -1 and 1; nonzero: from 1 to d and to n.
    Raises TypeError or ValueError for bad data (see ``checks.training_set``), three or more classes, and other counts,
    among them those of which a coordinate would add nothing to the ones before it that a float can tell.
    """
    x, targets = _two_classes(x, y)
    if as_count(nonzero, name="nonzero") > min(x.shape):
        raise ValueError(f"nonzero must be at most {min(x.shape)} for data of shape {x.shape}, got {nonzero}")
    pursuit = OrthogonalMatchingPursuit(n_nonzero_coefs=int(nonzero), fit_intercept=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            return Linear(pursuit.fit(x, targets).coef_)
        except RuntimeWarning as warning:
            raise ValueError(f"nonzero must be fewer, or x of usual size, got {nonzero}: {warning}") from warning


def adversarial_least_squares(x: ArrayLike, y: ArrayLike, *, epsilon: float, p: float = 2) -> Linear:
    """The linear student of two classes whose squared error is least when each point is pushed against it in l_p.

    It minimises the mean of max over ‖δ‖_p <= epsilon of (t - w·(x + δ))², which is (|t - w·x| + epsilon ‖w‖_q)² with
    1/p + 1/q = 1: a convex program, solved by cvxpy instead of by adversarial training, its approximation. Coefficients
    below the solver's tolerance are 0. x: (n, d); y: (n,) classes 0 and 1, whose targets t are -1 and 1; epsilon >= 0;
    p: 1, 2 or ``np.inf``.
    Raises TypeError or ValueError for bad data (see ``checks.training_set``), three or more classes and any other
    epsilon or p, and RuntimeError if the solver fails. Source: equation (1.1) with the squared loss.
    """
    x, targets = _two_classes(x, y)
    epsilon, p = as_at_least(epsilon, 0, name="epsilon"), as_order(p, among=NORMS)
    import cvxpy  # takes a second; only this needs it

    w, error, push = cvxpy.Variable(x.shape[1]), cvxpy.Variable(len(x)), cvxpy.Variable()
    dual = {1: np.inf, 2: 2, np.inf: 1}[p]
    program = cvxpy.Problem(
        cvxpy.Minimize(cvxpy.sum_squares(error) / len(x)),  # type: ignore[attr-defined]
        [error >= cvxpy.abs(targets - x @ w) + push, push >= epsilon * cvxpy.norm(w, dual)],  # type: ignore[attr-defined]
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # about an inaccurate optimum, which is refused below
            program.solve(solver=cvxpy.CLARABEL)  # type: ignore[no-untyped-call]
    except cvxpy.SolverError as failed:
        raise RuntimeError(f"the solver failed: {failed}") from failed
    if program.status != cvxpy.OPTIMAL or w.value is None:
        raise RuntimeError(f"the solver found no optimum, but: {program.status}")
    return Linear(np.where(np.abs(w.value) > SOLVED, w.value, 0))


def _two_classes(x: ArrayLike, y: ArrayLike) -> tuple[Points, Points]:
    """Points and targets -1 and 1."""
    x, y = training_set(x, y)
    if (highest := int(y.max())) > 1:
        raise ValueError(f"y must hold the classes 0 and 1, got class {highest}")
    return x, 2.0 * y - 1
