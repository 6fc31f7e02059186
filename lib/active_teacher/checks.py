"""What counts as points, labels, answers and numbers: bad input is refused here, once, with a clear error.

A public function calls these on what it is given, and trusts it from then on. Each returns what it checked, in the type
that is worked with; ``name`` is what the error calls it.

>>> as_points([[0, 1]]), as_labels([0, 1, UNCERTAIN]), as_row([2, 3], name="w"), as_array([2, 3], name="sizes")
(array([[0., 1.]]), array([ 0,  1, -1]), array([2., 3.]), array([2, 3]))
>>> as_count(3), as_real(1, name="b"), as_at_least(1, 0, name="delta"), as_positive(2, name="rate")
(3, 1.0, 1.0, 2.0)
>>> as_order(np.inf), as_flag(True, name="away"), as_choice("a", ("a", "b"), name="loss"), as_weights(None, 2)
(inf, True, 'a', array([0.5, 0.5]))
>>> x, y = training_set([[0, 1], [2, 3]], [0, 1])
>>> ask(as_callable(lambda x: y, ANSWERS, name="T"), x, role="teacher"), certain([1, UNCERTAIN])
(array([0, 1]), array([ True, False]))
>>> from active_teacher.generators import Finite
>>> n, rng = as_budget(Budget(n=2, rng=as_rng(np.random.default_rng(2021)))).needed()
>>> draw(as_generator(Finite([[7]])), n, rng).tolist()
[[7.0], [7.0]]
>>> check_total(np.array([0.5, 0.5]), name="joint"), as_within(0, "(0, 1]", name="epsilon")
Traceback (most recent call last):
ValueError: epsilon must lie in (0, 1], got 0
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from active_teacher.labels import UNCERTAIN, Classifier, Generator, Labels, Points, Rng

ANSWERS = "that maps (n, ...) points to (n,) labels"


def certain(y: ArrayLike) -> NDArray[np.bool_]:
    """The mask of the points a teacher is certain about: where its label is a class, not UNCERTAIN (section 3.2).

    y: (n,) labels. Returns (n,) bool. Raises TypeError or ValueError if y is not a row of labels.
    """
    return np.asarray(as_labels(y) != UNCERTAIN)


def as_array(given: Any, *, name: str) -> NDArray[Any]:
    """given as an array, whatever its shape and entries.

    Raises ValueError for rows of different lengths and TypeError for what numpy can't read, such as a torch tensor that
    requires gradients.
    """
    try:
        return np.asarray(given)
    except ValueError as error:
        raise ValueError(f"{name} must be an array, got rows of different lengths") from error
    except (RuntimeError, TypeError) as error:
        raise TypeError(f"{name} must be an array, got a {type(given).__name__}: {error}") from error


def as_points(x: Any, *, name: str = "x", dimension: int | None = None) -> Points:
    """x as an array of points, one a row, after checking that it is one.

    x: (n, ...) real numbers with n >= 1; with ``dimension`` d, exactly (n, d). Integers and booleans become float64.
    Raises TypeError for entries that are not real numbers, ValueError for a wrong shape, no points, NaN or infinities.
    """
    points = as_array(x, name=name)
    if points.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold real numbers, got dtype {points.dtype}")
    if points.ndim < 2:
        raise ValueError(f"{name} must have one point a row, shape (n, ...), got shape {points.shape}")
    if dimension is not None and points.shape[1:] != (dimension,):
        raise ValueError(f"{name} must have shape (n, {dimension}), got shape {points.shape}")
    if points.size == 0:
        raise ValueError(f"{name} must hold at least one point, got shape {points.shape}")
    if points.dtype.kind != "f" or points.dtype.itemsize > 8:
        with np.errstate(over="ignore"):  # what is too large for a float becomes infinite
            points = points.astype(np.float64)
    finite = np.isfinite(points).reshape(len(points), -1).all(axis=1)
    if not finite.all():
        raise ValueError(f"{name} must be finite, got NaN or infinity in row {np.argmin(finite)}")
    return points


def as_row(values: Any, *, name: str) -> NDArray[np.float64]:
    """values as a row of finite numbers, (n,) with n >= 1.

    Raises TypeError for entries that are not real numbers, ValueError for a wrong shape, none, NaN or infinities.
    """
    given = as_array(values, name=name)
    if given.ndim != 1:
        raise ValueError(f"{name} must have shape (n,), got shape {given.shape}")
    if given.size == 0:
        raise ValueError(f"{name} must hold at least one number, got none")
    return np.array(as_points(given[None], name=name)[0], dtype=np.float64)


def as_labels(y: Any, *, name: str = "y", n: int | None = None, classes: int | None = None) -> Labels:
    """y as a row of labels, after checking that it is one.

    y: (n,) integers, each UNCERTAIN or a class 0 .. K-1, where K is ``classes`` (any number if None).
    Returns (n,) int64. Raises TypeError for entries that are not integers, ValueError for a wrong shape, a wrong
    length, no labels, or a label that is no class.
    """
    labels = as_array(y, name=name)
    if labels.dtype.kind not in "iu":
        raise TypeError(
            f"{name} must be integer labels, got dtype {labels.dtype}; a mask becomes labels by .astype(int)"
        )
    if labels.ndim != 1 or labels.size == 0:
        raise ValueError(f"{name} must be a row of labels, shape (n,) with n >= 1, got shape {labels.shape}")
    if n is not None and len(labels) != n:
        raise ValueError(f"{name} must have one label for each of the {n} points, got {len(labels)}")
    highest = np.iinfo(np.int64).max if classes is None else classes - 1
    known = (labels >= UNCERTAIN) & (labels <= highest)
    if not known.all():
        needed = "0, 1, 2, ..." if classes is None else f"0 .. {classes - 1}"
        first = np.argmin(known)
        raise ValueError(
            f"{name} must hold classes {needed} or UNCERTAIN (-1), got {labels[first]} at position {first}"
        )
    return labels.astype(np.int64)


def training_set(x: Any, y: Any) -> tuple[Points, Labels]:
    """x and y as a data set a student can learn from: n points with a class each.

    x: (n, d); y: (n,) classes, every one of 0 .. K-1 for some K >= 2. Raises TypeError or ValueError for anything else,
    and for UNCERTAIN labels: drop those points with ``certain(y)`` first, so that it is visible that they were dropped.
    """
    x = as_points(x)
    if x.ndim != 2:
        raise ValueError(f"x must have shape (n, d), got shape {x.shape}")
    y = as_labels(y, n=len(x))
    if uncertain := np.count_nonzero(y == UNCERTAIN):
        raise ValueError(f"y must hold classes only, got UNCERTAIN for {uncertain} of {len(y)} points: keep certain(y)")
    held = np.unique(y)
    if len(held) < 2:
        raise ValueError(f"y must hold at least two classes, got only class {y[0]}")
    if held[-1] >= len(held):
        absent = np.argmin(held == np.arange(len(held)))
        raise ValueError(f"y must hold every class up to its highest, {held[-1]}, but has none of class {absent}")
    return x, y


def ask(who: Classifier, x: Points, *, role: Literal["teacher", "student"]) -> Labels:
    """The labels that a teacher or a student gives to points, after checking that they are labels.

    who: a callable (n, ...) -> (n,); a student may not answer UNCERTAIN. Returns (n,) int64.
    Raises TypeError if ``who`` can't be called, and TypeError or ValueError if x are not points or its answer is not
    one label a point.
    """
    as_choice(role, ("teacher", "student"), name="role")
    x = as_points(x)
    y = as_labels(as_callable(who, ANSWERS, name=f"the {role}")(x), name=f"the {role}'s answer", n=len(x))
    if role == "student" and (y == UNCERTAIN).any():
        first = np.argmax(y == UNCERTAIN)
        raise ValueError(f"a student must answer a class for every point, got UNCERTAIN at position {first}")
    return y


def as_generator(mu: Generator, *, name: str = "the generator") -> Generator:
    """mu, after checking that it can sample. Raises TypeError if not."""
    if isinstance(mu, type) or not callable(getattr(mu, "sample", None)):
        raise TypeError(f"{name} needs a method sample(n, rng), got {mu!r}")
    return mu


def draw(mu: Generator, n: int, rng: Rng, *, name: str = "the generator") -> Points:
    """n points of a data generator, after checking that they are that.

    Returns (n, ...). Raises TypeError or ValueError if n is no count, rng no random generator, mu can't sample
    (see ``as_generator``, ``as_rng``), or what it samples are not n points.
    """
    n, rng = as_count(n), as_rng(rng)
    x = as_points(as_generator(mu, name=name).sample(n, rng), name=f"the sample of {name}")
    if len(x) != n:
        raise ValueError(f"{name} was asked for {n} points and returned {len(x)}")
    return x


@dataclass(frozen=True)
class Budget:
    """What may be sampled where no exact answer is known: n points, with rng, for intervals of this confidence.

    n, rng: None where nothing may be; confidence: in (0, 1). Raises TypeError or ValueError for any other.
    """

    n: int | None = None
    rng: Rng | None = None
    confidence: float = 0.95

    def __post_init__(self) -> None:
        n, rng = self.n if self.n is None else as_count(self.n), self.rng if self.rng is None else as_rng(self.rng)
        vars(self).update(n=n, rng=rng, confidence=as_within(self.confidence, "(0, 1)", name="confidence"))

    def needed(self) -> tuple[int, Rng]:
        """n and rng. Raises TypeError if one of them is missing."""
        if self.n is None or self.rng is None:
            raise TypeError("no exact answer is known here: give n and rng")
        return self.n, self.rng


def as_count(n: Any, *, name: str = "n", least: float = 1) -> int:
    """n as a whole number, 1 or more. Raises TypeError if it is no integer, ValueError if it is below ``least``."""
    if not isinstance(n, Integral) or isinstance(n, bool):
        raise TypeError(f"{name} must be an integer, got {n!r}")
    if n < least:
        raise ValueError(f"{name} must be at least {least}, got {n}")
    return int(n)


def as_real(value: Any, *, name: str) -> float:
    """value as a finite float. Raises TypeError if it is no real number, ValueError for NaN and infinities."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a real number, got {value!r}")
    try:
        number = float(value)
    except OverflowError as error:
        raise ValueError(f"{name} must be finite, got a number too large for a float") from error
    if not np.isfinite(number):
        raise ValueError(f"{name} must be finite, got {value}")
    return number


def as_at_least(value: Any, least: float, *, name: str) -> float:
    """value as a finite float that is not below least. Raises TypeError if it is no real number, else ValueError."""
    if (number := as_real(value, name=name)) < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
    return number


def as_positive(value: Any, *, name: str) -> float:
    """value as a finite float above 0. Raises TypeError if it is no real number, else ValueError."""
    if (number := as_real(value, name=name)) <= 0:
        raise ValueError(f"{name} must be positive, got {value}")
    return number


def as_within(value: Any, interval: str, *, name: str) -> float:
    """value as a float in an interval such as "(0, 1]". Raises TypeError if it is no real number, else ValueError."""
    number = as_real(value, name=name)
    low, high = map(float, interval[1:-1].split(","))
    if not low <= number <= high or (number == low and interval[0] == "(") or (number == high and interval[-1] == ")"):
        raise ValueError(f"{name} must lie in {interval}, got {value}")
    return number


def as_order(p: Any, *, among: Sequence[float] = ()) -> float:
    """p as the order of an l_p distance, 1 <= p <= inf, or as one of a few orders.

    Raises TypeError if it is no real number, else ValueError.
    """
    order = np.inf if isinstance(p, float | np.floating) and p == np.inf else as_real(p, name="p")
    if among and order not in among:
        *others, last = (f"{each:g}" for each in among)
        raise ValueError(f"p must be {', '.join(others)} or {last}, got {p}")
    if order < 1:
        raise ValueError(f"p must be at least 1, got {p}")
    return order


def as_flag(flag: Any, *, name: str) -> bool:
    """flag as True or False. Raises TypeError for anything else, 0 and 1 among it."""
    if not isinstance(flag, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {flag!r}")
    return bool(flag)


def as_choice(given: Any, choices: Collection[str], *, name: str) -> str:
    """given, after checking that it is one of a few words. Raises ValueError if not."""
    if not isinstance(given, str) or given not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, got {given!r}")
    return given


def as_budget(budget: Budget) -> Budget:
    """budget, after checking that it is one. Raises TypeError if not."""
    if not isinstance(budget, Budget):
        raise TypeError(f"budget must be a Budget, got {budget!r}")
    return budget


def as_callable(given: Callable[..., Any], maps: str, *, name: str) -> Callable[..., Any]:
    """given, after checking that it can be called. maps: from what to what, for the TypeError that it raises if not."""
    if not callable(given):
        raise TypeError(f"{name} must be a callable {maps}, got {given!r}")
    return given


def as_rng(rng: Rng) -> Rng:
    """rng, after checking that it is a numpy random generator. Raises TypeError if not, and says how to make one."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator such as np.random.default_rng(2021), got {rng!r}")
    return rng


def as_weights(weights: Any, n: int) -> NDArray[np.float64]:
    """n probabilities: nonnegative and of sum 1; equal ones if ``weights`` is None. Raises ValueError or TypeError."""
    if weights is None:
        return np.full(n, 1 / n)
    given = as_array(weights, name="weights")
    if given.shape != (n,):
        raise ValueError(f"weights must hold {n} probabilities, shape ({n},), got shape {given.shape}")
    p: NDArray[np.float64] = as_points(given[None], name="weights")[0].astype(np.float64)
    check_total(p, name="weights")
    return p


def check_total(p: NDArray[np.float64], *, name: str) -> None:
    """Check that p are probabilities of a distribution. Raises ValueError if one is negative or the sum is not 1."""
    with np.errstate(over="ignore"):
        total = p.sum()
    if p.min() < 0 or abs(total - 1) > 1e-9:
        raise ValueError(f"{name} must be nonnegative and sum to 1, got a least of {p.min()} and a sum of {total}")
