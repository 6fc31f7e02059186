"""Linear students of two classes, without intercept, that select coordinates, are pushed, or ask."""

import math
import warnings
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.stats import t as student_t
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LassoLarsCV, orthogonal_mp
from sklearn.model_selection import KFold

from active_teacher.checks import as_at_least, as_count, as_order, as_rng, as_within, training_set
from active_teacher.labels import Points
from active_teacher.questions.queries import Data
from active_teacher.students import Linear, least_squares

FOLDS = 5  # of a cross validation
FEW = 10  # the most coordinates that a student who was told "few" takes
MOST_SUBSETS = 1_000_000  # more would not fit into the memory of a small machine
ROUNDED = 10.0 ** -np.arange(
    1, 8
)  # how far an absolute value is from its smooth stand-in, at most, one after the other
HALVINGS = 40  # of a segment across a teacher's boundary
MOST_PAIRS = 1_000  # of points, until two have different labels


def significant(x: ArrayLike, y: ArrayLike, *, level: float = 0.01) -> Linear:
    """The least squares on the coordinates whose coefficients, in the least squares on all, a t-test tells from 0.

    x: (n, d) of rank d, n > d; y: (n,) classes 0 and 1, whose targets are -1 and 1; level: in (0, 1), of all d tests
    together (Bonferroni's correction). Where no coefficient is told from 0, all are kept.
    Raises TypeError or ValueError for bad data (see ``checks.training_set``), three or more classes, fewer points, a
    lower rank and any other level.

    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(50, 3))
    >>> significant(x, (x[:, 1] > 0).astype(int)).coefficients.round(1)
    array([0., 1., 0.])
    """
    x, targets = _two_classes(x, y)
    level = as_within(level, "(0, 1)", name="level")
    n, d = x.shape
    if n <= d:
        raise ValueError(f"x must hold more points than coordinates for a t-test, got shape {x.shape}")
    unit = x / (np.abs(x).max() or 1.0)
    u, sizes, v = np.linalg.svd(unit, full_matrices=False)
    if (rank := np.count_nonzero(sizes > n * np.finfo(float).eps * sizes[0])) < d:
        raise ValueError(f"x must have rank {d} for a t-test, got rank {rank}")
    w = (targets @ u / sizes) @ v
    deviation = np.linalg.norm(targets - unit @ w) / np.sqrt(n - d) * np.linalg.norm(v / sizes[:, None], axis=0)
    threshold = student_t.isf(level / (2 * d), n - d)
    kept = np.flatnonzero(np.abs(w) > threshold * deviation)
    return least_squares(x, y, features=kept.tolist() or None)


def lasso(x: ArrayLike, y: ArrayLike, *, rng: np.random.Generator) -> Linear:
    """The linear student of least squared error and an l_1 penalty, which makes coefficients 0.

    x: (n, d) with n >= 5; y: (n,) classes 0 and 1, whose targets are -1 and 1. The penalty is the one that predicts
    best in cross validation on fifths of the data, which rng deals out: scikit-learn's ``LassoLarsCV``, which follows
    the solution exactly from one penalty to the next.
    Raises TypeError or ValueError for bad data (see ``checks.training_set``), three or more classes, n below 5 and
    points whose squares are too large for floats.
    """
    x, targets = _two_classes(x, y)
    if len(x) < FOLDS:
        raise ValueError(f"x must hold at least {FOLDS} points for cross validation, got {len(x)}")
    folds = KFold(FOLDS, shuffle=True, random_state=int(as_rng(rng).integers(2**31)))
    try:
        with np.errstate(over="raise"), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # that it stops early, where coordinates say the same
            return Linear(LassoLarsCV(fit_intercept=False, cv=folds).fit(x, targets).coef_)
    except FloatingPointError as error:
        raise ValueError(f"x must be smaller, got points whose squares are too large for floats: {error}") from error


def few(x: ArrayLike, y: ArrayLike) -> Linear:
    """The least squares on k coordinates, taken one after the other, with the k that a belief in few prefers.

    Orthogonal matching pursuit: each time, the coordinate of the largest inner product with what is left of the
    targets. Of k = 1, ..., ``FEW``, at most d and n/2, the k with the least extended Bayesian criterion,
    n log(mean squared error) + k (log n + 2 log d): each subset size is as likely beforehand as any other, so that one
    subset of many is unlikely. x: (n, d) with n >= 2; y: (n,) classes 0 and 1, whose targets are -1 and 1.
    Raises TypeError or ValueError for bad data (see ``checks.training_set``) and three or more classes.
    Source: "sparsity" in the list at the start of section 4; the criterion is Chen's and Chen's (2008).

    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(50, 30))
    >>> np.flatnonzero(few(x, (x[:, 7] > x[:, 3]).astype(int)).coefficients)
    array([3, 7])
    """
    x, targets = _two_classes(x, y)
    n, d = x.shape
    x = x / (scale := np.abs(x).max() or 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # that it stops early, since another coordinate adds nothing
        path = orthogonal_mp(x, targets, n_nonzero_coefs=min(FEW, d, n // 2), return_path=True).reshape(d, -1)
    errors = ((targets[:, None] - x @ path) ** 2).mean(axis=0)
    sizes = np.arange(1, path.shape[1] + 1)
    with np.errstate(divide="ignore"):  # a perfect fit
        criterion = n * np.log(errors) + sizes * (np.log(n) + 2 * np.log(d))
    return Linear(path[:, criterion.argmin()] / scale)


def best_subset(x: ArrayLike, y: ArrayLike, *, size: int) -> Linear:
    """The least squares on so many coordinates, of all such subsets the one of least squared error.

    x: (n, d); y: (n,) classes 0 and 1, whose targets are -1 and 1; size: from 1 to d, with at most ``MOST_SUBSETS``.
    Raises TypeError or ValueError for bad data (see ``checks.training_set``), three or more classes and other sizes.

    >>> best_subset([[1, 1, 0], [2, 0, 1], [1, 1, 2]], [1, 0, 0], size=2).coefficients.round(2)
    array([ 0.,  1., -1.])
    """
    x, targets = _two_classes(x, y)
    d = x.shape[1]
    if as_count(size, name="size") > d:
        raise ValueError(f"size must be at most {d} for data of shape {x.shape}, got {size}")
    if (count := math.comb(d, size)) > MOST_SUBSETS:
        raise ValueError(f"size must leave at most {MOST_SUBSETS:,} subsets of {d} coordinates, got {size}: {count:,}")
    subsets = np.array(list(combinations(range(d), size)))
    unit = x / (np.abs(x).max() or 1.0)
    products, moments = unit.T @ unit, (unit.T @ targets)[subsets]
    of_subsets = products[subsets[:, :, None], subsets[:, None, :]]
    # The squared error is that of nothing, less m·w, where m are the inner products with the targets.
    explained = (moments * (np.linalg.pinv(of_subsets, hermitian=True) @ moments[:, :, None])[:, :, 0]).sum(axis=1)
    return least_squares(x, y, features=subsets[explained.argmax()].tolist())


def adversarial_least_squares(x: ArrayLike, y: ArrayLike, *, epsilon: float, p: float = 2) -> Linear:
    """The linear student of two classes whose squared error is least when each point is pushed against it in l_p.

    It minimises the mean of max over ‖δ‖_p <= epsilon of (t - w·(x + δ))², which is (|t - w·x| + epsilon ‖w‖_q)² with
    1/p + 1/q = 1: a convex function of w, minimised as it stands instead of by adversarial training, its approximation.
    L-BFGS-B does it, from least squares on, with √(r² + s²) for |r| and an s that falls to 1e-7; for p = ∞, w is the
    difference of two vectors that are at least 0, so that what the penalty makes 0 is 0 exactly.
    x: (n, d); y: (n,) classes 0 and 1, whose targets t are -1 and 1; epsilon >= 0; p: 2 or ``np.inf``.
    Raises TypeError or ValueError for bad data (see ``checks.training_set``), three or more classes and any other
    epsilon or p, and RuntimeError if the solver fails. Source: equation (1.1) with the squared loss.

    >>> x = [[1, 2, 1], [2, 1, 0], [0, 1, 1], [2, 2, 1]]
    >>> adversarial_least_squares(x, [1, 0, 1, 0], epsilon=0.2, p=np.inf).coefficients.round(2)
    array([-0.85,  0.69,  0.  ])
    """
    x, targets = _two_classes(x, y)
    epsilon, p = as_at_least(epsilon, 0, name="epsilon"), as_order(p, among=(2, np.inf))
    n, d = x.shape
    scale = np.abs(x).max() or 1.0
    x, epsilon = x / scale, epsilon / scale
    if np.linalg.norm(targets @ x / n, ord=p) <= epsilon:  # 0 has a slope of at least 0 in each direction
        return Linear(np.zeros(d))
    start = np.linalg.lstsq(x, targets, rcond=None)[0]
    split = np.concatenate([start.clip(min=0), (-start).clip(min=0)])  # w = u - v, and ‖w‖_1 = the sum of both

    def cost(z: NDArray[np.float64], s: float) -> tuple[float, NDArray[np.float64]]:
        w = z[:d] - z[d:] if p == np.inf else z
        left = targets - x @ w
        size = np.hypot(left, s)
        norm = z.sum() if p == np.inf else np.linalg.norm(w)
        error = size + epsilon * norm
        by_fit, by_norm = -2 / n * ((error * left / size) @ x), 2 * epsilon * error.mean()
        slope = np.concatenate([by_fit, -by_fit]) + by_norm if p == np.inf else by_fit + by_norm * w / norm
        return error @ error / n, slope

    found, bounds = (split, [(0, None)] * (2 * d)) if p == np.inf else (start, None)
    for s in ROUNDED:
        options = {"maxiter": 10_000, "maxfun": 10_000, "ftol": 1e-13, "gtol": 1e-9}
        result = minimize(cost, found, args=(s,), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
        found = result.x
    if not np.isfinite(found).all() or result.status == 1:  # too many steps
        raise RuntimeError(f"the solver found no optimum, but: {result.message}")
    return Linear((found[:d] - found[d:] if p == np.inf else found) / scale)


def bisected(oracle: Data, *, dimension: int, rng: np.random.Generator) -> Linear:
    """The linear student that asks a linear teacher, of any coefficients but no intercept, where its boundary is.

    It halves the segment between two points of different labels, drawn with rng from the unit cube, ``HALVINGS`` times.
    There it sets each coordinate to 0 and to 1: those whose ends have different labels count. k that count have the
    coefficients of the hyperplane through 0 and k - 1 points of the boundary, found like the first; the largest is 1 or
    -1. Then it stops: after 2d questions and some 40 for each point of the boundary. What weighs less than about 1e-10
    of the others it may miss. oracle: answers 0 or 1 for any point of [0, 1]^d; dimension: d.
    Raises TypeError or ValueError for any other, and ValueError for a teacher who gives ``MOST_PAIRS`` pairs one label,
    or of whom no coordinate makes a difference. Source: data queries, section 4.2.

    >>> oracle = Data(lambda x: (x[:, 2] >= 0.5 * x[:, 0]).astype(int))
    >>> bisected(oracle, dimension=4, rng=np.random.default_rng(0)).coefficients.round(6), oracle.asked
    (array([-0.5,  0. ,  1. ,  0. ]), 50)
    """
    if not isinstance(oracle, Data):
        raise TypeError(f"oracle must be one of data queries, got {oracle!r}")
    d, rng = as_count(dimension, name="dimension"), as_rng(rng)
    points = [_boundary(oracle, d, rng)]
    ends = np.repeat(points[0][None, None], 2, axis=0).repeat(d, axis=1)
    ends[:, range(d), range(d)] = [[0], [1]]
    rises = np.diff(oracle.ask(ends.reshape(2 * d, d)).reshape(2, d), axis=0)[0]
    counts = np.flatnonzero(rises)
    if not len(counts):
        raise ValueError("the teacher must have a linear boundary, got one where no coordinate makes a difference")
    points += [_boundary(oracle, d, rng) for _ in counts[2:]]
    normal = np.linalg.svd(np.array(points)[: len(counts) - 1, counts])[2][-1] if len(counts) > 1 else np.ones(1)
    w = np.zeros(d)
    w[counts] = normal / np.abs(normal).max() * np.sign(normal @ rises[counts])
    return Linear(w)


def _boundary(oracle: Data, d: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """A point of the unit cube at the teacher's boundary."""
    for _ in range(MOST_PAIRS):
        one, other = rng.random((2, d))
        labels = oracle.ask(np.stack([one, other]))
        if labels[0] != labels[1]:
            break
    else:
        raise ValueError(
            f"the teacher must have two classes in the unit cube, got one label for {2 * MOST_PAIRS} points"
        )
    for _ in range(HALVINGS):
        middle = (one + other) / 2
        one, other = (middle, other) if oracle.ask(middle[None])[0] == labels[0] else (one, middle)
    return np.asarray((one + other) / 2)


def _two_classes(x: ArrayLike, y: ArrayLike) -> tuple[Points, Points]:
    """Points and targets -1 and 1."""
    x, y = training_set(x, y)
    if (highest := int(y.max())) > 1:
        raise ValueError(f"y must hold the classes 0 and 1, got class {highest}")
    return x, 2.0 * y - 1
