"""Students, the paper's S: callables that map ``(n, ...)`` points to ``(n,)`` classes, never UNCERTAIN.

A student learns from points and labels, and from what an active teacher adds as plain arguments (``features``,
``integer``). Bring your own: any such callable will do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from active_teacher.checks import as_array, as_count, as_flag, as_order, as_points, as_positive, as_real, training_set
from active_teacher.geometry import HalfSpace
from active_teacher.labels import Labels, Points
from active_teacher.machinery.margins import hard_margin, soft_margin


@dataclass(frozen=True, eq=False)
class Linear:
    """A linear classifier. Two classes: class 1 where w·x + b >= 0, else class 0. K classes: the highest score.

    coefficients: w, (d,) for two classes, (K, d) for K >= 2 scores; intercept: b, a number or (K,).
    Of equal highest scores the first class wins. Raises TypeError or ValueError for any other.

    >>> S = Linear([1, 1])
    >>> S([[0.5, -0.2], [-1, 0]]), S.distance([[1, 1]], p=1)
    (array([1, 0]), array([2.]))
    """

    coefficients: NDArray[np.float64]
    intercept: NDArray[np.float64]

    def __init__(self, coefficients: ArrayLike, intercept: ArrayLike = 0.0) -> None:
        given = as_array(coefficients, name="coefficients")
        if given.ndim not in (1, 2) or given.size == 0 or (given.ndim == 2 and len(given) < 2):
            raise ValueError(f"coefficients must have shape (d,) or (K, d) with K >= 2, got shape {given.shape}")
        w = as_points(np.atleast_2d(given), name="coefficients").astype(np.float64).reshape(given.shape)
        b = as_array(intercept, name="intercept")
        scores = w.shape[:-1]
        if b.shape not in ((), scores):
            raise ValueError(f"intercept must be a number or have shape {scores}, got shape {b.shape}")
        b = as_points(b.reshape(1, -1), name="intercept").astype(np.float64).reshape(b.shape)
        vars(self).update(coefficients=w, intercept=np.broadcast_to(b, scores))

    @property
    def dimension(self) -> int:
        """The number of coordinates, d."""
        return int(self.coefficients.shape[-1])

    @property
    def classes(self) -> int:
        """The number of classes, K."""
        return 2 if self.coefficients.ndim == 1 else len(self.coefficients)

    def score(self, x: Points) -> NDArray[np.float64]:
        """w·x + b of each point. x: (n, d). Returns (n,), or (n, K) for K scores.

        Raises TypeError or ValueError for other points, and for scores too large for a float.
        """
        x = as_points(x, dimension=self.dimension)
        with np.errstate(over="ignore", invalid="ignore"):
            score = np.asarray(x @ self.coefficients.T + self.intercept)
        if not np.isfinite(score).all():
            raise ValueError("x and the coefficients must be smaller, got a score too large for a float")
        return score

    def __call__(self, x: Points) -> Labels:
        """x: (n, d). Returns (n,) classes."""
        score = self.score(x)
        return (score >= 0).astype(np.int64) if score.ndim == 1 else score.argmax(axis=1)

    def gradient(self, x: Points) -> Points:
        """The gradient, at each point, of the lead of the student's own answer over the next one.

        For two classes it is w where the answer is 1 and -w where it is 0. x: (n, d). Returns (n, d).
        Raises TypeError or ValueError as ``score`` does.
        """
        score = self.score(x)
        if score.ndim == 1:
            return np.where(score[:, None] >= 0, self.coefficients, -self.coefficients)
        row, own = np.arange(len(score)), score.argmax(axis=1)
        score[row, own] = -np.inf
        return np.asarray(self.coefficients[own] - self.coefficients[score.argmax(axis=1)])

    def half_spaces(self, label: int) -> list[HalfSpace]:
        """The half spaces whose intersection is where the student answers ``label``.

        Raises TypeError or ValueError for a label that is no class, and ValueError where the difference of two scores
        is too large for a float.
        """
        if not 0 <= as_count(label, name="label", least=-np.inf) < self.classes:
            raise ValueError(f"label must be a class 0 .. {self.classes - 1}, got {label}")
        w, b = self.coefficients, self.intercept
        if w.ndim == 1:
            return [HalfSpace(w, float(b)) if label == 1 else HalfSpace(-w, -float(b), strict=True)]
        with np.errstate(over="ignore"):
            lead, ahead = w[label] - w, b[label] - b
        if not (np.isfinite(lead).all() and np.isfinite(ahead).all()):
            raise ValueError("the coefficients must be smaller, got a difference of scores too large for a float")
        return [HalfSpace(lead[j], float(ahead[j]), strict=j < label) for j in range(self.classes) if j != label]

    def distance(self, x: Points, *, p: float = 2) -> NDArray[np.float64]:
        """The l_p distance of each point to the decision boundary of two classes: |w·x + b| / ‖w‖_q, 1/p + 1/q = 1.

        Of two scores the difference counts. x: (n, d); p >= 1, ``np.inf`` included. Returns (n,). Raises ValueError for
        more classes, a p below 1, or w = 0, and TypeError for a p that is no number.
        """
        if not (norm := self.dual_norm(p)):
            raise ValueError("a student whose coefficients are all 0 has no decision boundary")
        score = self.score(x)
        with np.errstate(over="ignore"):
            distance = np.abs(score if score.ndim == 1 else score[:, 1] - score[:, 0]) / norm
        if not np.isfinite(distance).all():
            raise ValueError(
                "the coefficients must be larger beside the intercept, got a distance too large for a float"
            )
        return distance

    def dual_norm(self, p: float) -> float:
        """‖w‖_q with 1/p + 1/q = 1: how far the score (of two: their difference) moves for a unit of l_p.

        Raises ValueError for more than two classes or a p below 1, and TypeError for a p that is no number.
        """
        if self.classes > 2:
            raise ValueError(f"the boundary of {self.classes} classes is no single hyperplane; it is one for two")
        p, w = as_order(p), self.half_spaces(1)[0].w
        if not (largest := float(np.abs(w).max())):
            return 0.0
        q = np.inf if p == 1 else 1 if np.isinf(p) else p / (p - 1)
        # Relative to the largest, since the q-th powers of a large q leave the floats.
        norm = largest * float(np.linalg.norm(w / largest, ord=q))
        return as_real(norm, name="the norm of the coefficients")


def least_squares(
    x: ArrayLike, y: ArrayLike, *, features: Sequence[int] | None = None, integer: bool = False, intercept: bool = False
) -> Linear:
    """The linear student of least squared error; two classes have targets -1 and 1, more have a 0/1 target each.

    x: (n, d); y: (n,) classes. What an active teacher may add: ``features``, the coordinates that count (all others
    get coefficient 0), and ``integer``, that coefficients are whole numbers (they are rounded). ``intercept``: whether
    to fit one. Where many solutions fit equally well, the one of least norm.
    Raises TypeError or ValueError for bad data (see ``checks.training_set``) and for features that are no coordinates.

    >>> least_squares([[0, 1], [0, 2], [1, 0]], [1, 1, 0], features=[0], intercept=True).coefficients
    array([-2.,  0.])
    """
    x, y = training_set(x, y)
    d = x.shape[1]
    integer, intercept = as_flag(integer, name="integer"), as_flag(intercept, name="intercept")
    used = _as_features(features, d)
    k = int(y.max()) + 1
    targets: NDArray[Any] = 2.0 * y - 1 if k == 2 else np.eye(k)[y]
    design = np.column_stack([x[:, used], np.ones(len(x))]) if intercept else x[:, used]
    solution = np.linalg.lstsq(design, targets, rcond=None)[0]
    if integer:
        solution = np.rint(solution)
    w = np.zeros((d, *solution.shape[1:]))
    w[used] = solution[: len(used)]
    return Linear(w.T, solution[-1] if intercept else 0.0)


def _as_features(features: Sequence[int] | None, d: int) -> NDArray[np.int64]:
    if features is None:
        return np.arange(d)
    used = as_array(features, name="features")
    if used.dtype.kind not in "iu":
        raise TypeError(f"features must be coordinates, integers from 0 to {d - 1}, got {features!r}")
    if used.ndim != 1 or used.size == 0 or used.min() < 0 or used.max() >= d or len(np.unique(used)) < used.size:
        raise ValueError(f"features must be different coordinates from 0 to {d - 1}, got {features!r}")
    return used.astype(np.int64)


def max_margin(x: ArrayLike, y: ArrayLike, *, penalty: float | None = None) -> Linear:
    """The linear student of largest l_2 margin (a support vector machine); for K > 2 classes one against the rest each.

    x: (n, d); y: (n,) classes; penalty > 0, the cost of margin violations, or None for a hard margin.
    For two classes the score is scaled so that the nearest points have |w·x + b| = 1. Raises TypeError or ValueError
    for bad data (see ``checks.training_set``), and ValueError for a hard margin between classes that no hyperplane
    separates, or that are too close for their spread.

    >>> max_margin([[1, 1], [-1, -1]], [1, 0]).coefficients.round(2)
    array([0.5, 0.5])
    """
    x, y = training_set(x, y)
    penalty = penalty if penalty is None else as_positive(penalty, name="penalty")
    classes = range(int(y.max()) + 1)
    targets = [1] if len(classes) == 2 else classes
    fitted = [hard_margin(x, y == k) if penalty is None else soft_margin(x, y == k, penalty) for k in targets]
    if len(classes) == 2:
        return Linear(*fitted[0])
    return Linear(np.stack([w for w, _ in fitted]), np.array([b for _, b in fitted]))
