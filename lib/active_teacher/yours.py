"""Data, models and answers of your own, as the rest of the package wants them: the one place that converts.

Points are held in arrays or data frames; models are scikit-learn's, torch's or any callable; answers are whole numbers,
booleans or names, and None where a teacher can't say. In ``agreement``, and where a teacher or a student is called with
a data frame, its columns are found by their names if the estimator recorded them (``feature_names_in_``: scikit-learn
does where all are strings, and a pipeline where its first step did). All else, a callable, a torch module, ``Held`` and
the rest of the package included, has an array made of a frame, and takes its columns in their order. Rows belong
together by their places: an index is not looked at.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from active_teacher.checks import as_array, as_count, as_labels, as_points, as_rng, as_within, ask, certain
from active_teacher.labels import (
    UNCERTAIN,
    Answering,
    DifferentiableStudent,
    Labels,
    LinearStudent,
    Points,
    RegionTeacher,
    Rng,
)
from active_teacher.probabilities import Confident
from active_teacher.robustness import clopper_pearson
from active_teacher.verdicts import Estimate, UndefinedProbabilityError

Names = tuple[Any, ...]


def numbered(answers: Any, *, names: Sequence[Any] | None = None) -> Labels:
    """Answers as labels: the position in ``names`` of each, UNCERTAIN where it is None, NaN or pandas.NA.

    answers: (n,) strings, booleans or numbers; names: all classes, in the order in which they are counted from 0. An
    integer -1 that is no name is UNCERTAIN. Without names, booleans are B and A, False and True, and whole numbers are
    labels already. Returns (n,) int64. Raises TypeError for answers of other kinds, ValueError for one that is no name
    and for a wrong shape.

    >>> numbered(["cat", None, "dog"], names=["cat", "dog"]), numbered([True, False])
    (array([ 0, -1,  1]), array([1, 0]))
    """
    given = as_array(answers, name="answers")
    if given.ndim != 1 or given.size == 0:
        raise ValueError(f"answers must be a row, shape (n,) with n >= 1, got shape {given.shape}")
    if names is None and given.dtype.kind in "iu":
        return as_labels(given, name="answers")
    places = None if names is None else {name: k for k, name in enumerate(as_names(names))}
    found = [_label(answer, places, position) for position, answer in enumerate(given.tolist())]
    return np.array(found, dtype=np.int64)


def _label(answer: Any, places: dict[Any, int] | None, position: int) -> int:
    """The label of one answer; one that is no name is a label already if there are no names, or if it says U."""
    if isinstance(answer, np.generic):  # in a list beside None
        answer = answer.item()
    if _is_gap(answer):
        return UNCERTAIN
    if not isinstance(answer, str | bool | int | float):
        raise TypeError(f"answers must be strings, booleans, numbers or None, got {answer!r} at position {position}")
    if places is not None and answer in places:
        return places[answer]
    if isinstance(answer, int) and answer == UNCERTAIN:
        return UNCERTAIN
    if places is not None:
        raise ValueError(f"answers must be among {[*places]}, or None, got {answer!r} at position {position}")
    if isinstance(answer, str):
        raise TypeError(f"answers that are strings need names, all of them in their order, got {answer!r}")
    if not 0 <= answer < 2**62 or answer != int(answer):
        raise ValueError(f"answers must be classes 0, 1, 2, ..., or None, got {answer!r} at position {position}")
    return int(answer)


def _is_gap(answer: Any) -> bool:
    """Whether it is None, or what pandas makes of it: NaN, or its own NA."""
    pandas = sys.modules.get("pandas")  # whoever holds an NA has imported pandas
    return answer is None or (isinstance(answer, float) and np.isnan(answer)) or answer is getattr(pandas, "NA", None)


def as_names(names: Sequence[Any]) -> Names:
    """The names of all classes, after checking that they are two or more, and different.

    names: strings, booleans or numbers. Returns a tuple. Raises TypeError or ValueError for any other.

    >>> as_names(["cat", "dog"])
    ('cat', 'dog')
    """
    if isinstance(names, str) or not isinstance(names, Sequence | np.ndarray):
        raise TypeError(f"names must be a sequence, one name a class, got {names!r}")
    row = tuple(names.tolist() if isinstance(names, np.ndarray) else names)
    if not all(isinstance(name, str | bool | int | float | np.number | np.bool_) for name in row):
        raise TypeError(f"names must be strings, booleans or numbers, got {names!r}")
    if len(row) < 2 or len(set(row)) < len(row) or any(name != name for name in row):
        raise ValueError(f"names must be two or more, and all different, got {names!r}")
    return row


def _names_of(model: Any) -> Names | None:
    """How an estimator's classes are counted: 0, 1, 2, ... stand for themselves, others for their places."""
    classes = np.asarray(model.classes_) if hasattr(model, "classes_") else np.zeros(0)
    if classes.ndim != 1 or classes.size == 0:
        return None
    if classes.dtype.kind in "iuf" and classes.min() >= 0 and (classes == np.floor(classes)).all():
        return tuple(range(max(2, int(classes.max()) + 1)))
    return tuple(classes.tolist())


def _columns_of(model: Any) -> Names | None:
    """The columns of the data frame that an estimator was fitted to, None if it did not record them."""
    columns = getattr(model, "feature_names_in_", None)
    return None if columns is None else tuple(columns)


def _as_points(x: Any, name: str = "x") -> Points:
    """x as points; a frame that holds booleans beside floats, or pandas' own numbers, is one of numbers, too."""
    array = as_array(x, name=name)
    if array.dtype == object and hasattr(x, "columns"):
        kinds = {getattr(dtype, "kind", "O") for dtype in getattr(x, "dtypes", [object])}
        if kinds <= {*"biuf"}:
            array = x.to_numpy(dtype=np.float64, na_value=np.nan)
    return as_points(array, name=name)


def _in_order(x: Any, columns: Names | None) -> Points:
    """x as points; a data frame's columns in the order in which a model knows them, an array's as they are."""
    if columns is not None and hasattr(x, "columns") and tuple(x.columns) != columns:
        given = [*x.columns]
        if len(given) != len(columns) or set(given) != set(columns):
            raise ValueError(f"x must have the columns that the model was fitted to, {[*columns]}, got {given}")
        x = x[[*columns]]
    return _as_points(x)


def _asked(model: Any, method: str, x: Points) -> Any:
    """What a method of an estimator says; one that was fitted to a data frame is asked with its columns' names."""
    columns = _columns_of(model)
    if columns is not None and np.shape(x)[1:] == (len(columns),):
        import pandas  # whoever fitted to a frame has imported it

        return getattr(model, method)(pandas.DataFrame(x, columns=columns))
    return getattr(model, method)(x)


def _is_module(model: Any) -> bool:
    torch = sys.modules.get("torch")  # whoever holds a module has imported torch; nobody else pays for it
    return torch is not None and isinstance(model, torch.nn.Module)


@dataclass(frozen=True, eq=False)
class Named:
    """A teacher or a student whose answers are turned into labels by ``numbered``.

    answer: a callable (n, ...) -> (n,) answers; names: all classes, or None. Raises TypeError or ValueError for any
    other.

    >>> Named(lambda x: np.where(x[:, 0] > 0, "dog", "cat"), ["cat", "dog"])([[1], [-1]])
    array([1, 0])
    """

    answer: Callable[[Points], Any]
    names: Names | None = None
    columns: Names | None = field(default=None, init=False)  # of the frame that a model was fitted to

    def __post_init__(self) -> None:
        if isinstance(self.answer, type) or not callable(self.answer):
            raise TypeError(f"answer must be a callable (n, ...) -> (n,) answers, got {self.answer!r}")
        vars(self).update(names=None if self.names is None else as_names(self.names))

    def __call__(self, x: Points) -> Labels:
        """x: (n, ...). Returns (n,) labels. Raises TypeError or ValueError for other points and for other answers."""
        return numbered(self.answer(_in_order(x, self.columns)), names=self.names)


def student(model: Any, *, names: Sequence[Any] | None = None) -> Answering:
    """A student of what one has: an estimator with ``predict``, a torch module, or a callable.

    model: fitted; a module answers scores, as in ``networks.Network``, of classes in the teacher's order, which nobody
    can check: names are not kept for it; and a callable (n, ...) -> (n,) numbers, booleans or names. names: all classes
    in their order, by default the estimator's own, of which 0, 1, 2, ... stand for themselves (give the teacher's where
    an estimator may not have seen every class).
    Raises TypeError or ValueError for any other.

    >>> from sklearn.tree import DecisionTreeClassifier
    >>> student(DecisionTreeClassifier().fit([[0], [1]], ["cat", "dog"]))([[2], [-1]])
    array([1, 0])
    """
    counted = None if names is None else as_names(names)
    if _is_module(model):
        from active_teacher.networks import Network

        return Network(model)
    if _has(model, "predict"):
        own = Named(lambda x: _asked(model, "predict", x), counted or _names_of(model))
        vars(own).update(columns=_columns_of(model))
        return own
    if isinstance(model, type) or not callable(model):
        raise TypeError(f"a student must have a method predict, be a torch.nn.Module or a callable, got {model!r}")
    return model if isinstance(model, _AS_IT_IS) else Named(model, counted)


@dataclass(frozen=True, eq=False)
class Sure:
    """Class k where a model gives it a probability above ``sure``, else UNCERTAIN, as in Remark 3.2.

    proba: a callable (n, ...) -> (n, K) probabilities of the classes names[0], ..., names[K-1]; sure: in [0.5, 1).
    Raises TypeError or ValueError for any other.

    >>> Sure(lambda x: np.column_stack([x, 1 - x]), 0.9, ["cat", "dog"])([[0.95], [0.5], [0.02]])
    array([ 0, -1,  1])
    """

    proba: Callable[[Points], Any]
    sure: float
    names: Names
    columns: Names | None = field(default=None, init=False)  # of the frame that a model was fitted to

    def __post_init__(self) -> None:
        Confident(self.proba, as_within(self.sure, "[0.5, 1)", name="sure"))
        vars(self).update(names=as_names(self.names))

    def __call__(self, x: Points) -> Labels:
        """x: (n, ...). Returns (n,) labels. Raises TypeError or ValueError for other points and answers."""
        return Confident(self._checked, self.sure)(_in_order(x, self.columns))

    def _checked(self, x: Points) -> Any:
        p = as_array(self.proba(x), name="the model's answer")
        if p.ndim == 2 and p.shape[1] != len(self.names):
            raise ValueError(f"a model must answer {len(self.names)} probabilities a point, got shape {p.shape}")
        return p


def teacher(model: Any, *, sure: float = 0.9, names: Sequence[Any] | None = None) -> Answering:
    """A teacher of what one has: a model that is uncertain unless it gives one class a probability above ``sure``.

    model: a fitted estimator with ``predict_proba``; a torch module, which answers scores as in ``networks.Network``;
    or a callable (n, ...) -> (n,) answers, for which ``sure`` means nothing: numbers, booleans or names, None where it
    can't say. sure: in [0.5, 1). names: as in ``student``. Raises TypeError or ValueError for any other.

    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> T = teacher(KNeighborsClassifier(2).fit([[0], [1], [2], [3]], ["cat", "cat", "dog", "dog"]))
    >>> T([[0.4], [1.5], [2.6]]), T.names
    (array([ 0, -1,  1]), ('cat', 'dog'))
    """
    sure, counted = as_within(sure, "[0.5, 1)", name="sure"), None if names is None else as_names(names)
    if _is_module(model):
        return _sure_module(model, sure, counted)
    if _has(model, "predict_proba"):
        own = _names_of(model)
        if own is None:
            raise TypeError(f"a teacher with predict_proba must be fitted, and have one row of classes_, got {model!r}")
        known = counted or own
        places = numbered(model.classes_, names=known)

        def proba(x: Points) -> NDArray[np.float64]:
            p = np.zeros((len(x), len(known)))
            p[:, places] = _asked(model, "predict_proba", x)
            return p

        answering = Sure(proba, sure, known)
        vars(answering).update(columns=_columns_of(model))
        return answering
    if isinstance(model, type) or not callable(model):
        raise TypeError(f"a teacher must have predict_proba, be a torch.nn.Module or a callable, got {model!r}")
    return model if isinstance(model, _AS_IT_IS) else Named(model, counted)


def _sure_module(module: Any, sure: float, names: Names | None) -> Answering:
    from active_teacher.networks import Network

    network = Network(module)

    def proba(x: Points) -> NDArray[np.float64]:
        score = network.score(x)
        scores = np.column_stack([0 * score, score]) if score.ndim == 1 else score
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))

    return Confident(proba, sure) if names is None else Sure(proba, sure, names)


# What knows more than to answer, and would lose it by being wrapped, or is wrapped already.
_AS_IT_IS = (RegionTeacher, LinearStudent, DifferentiableStudent, Named, Sure)


def _has(model: Any, method: str) -> bool:
    return not isinstance(model, type) and callable(getattr(model, method, None))


@dataclass(frozen=True, eq=False)
class Held:
    """Points that one holds, as a sample of the μ they come from: each is drawn once at most.

    So what is estimated from n of them, ``robustness.agreement`` or an attack's worst case, has an interval for μ, and
    no number drawn makes it shorter than they allow; ``generators.Finite`` is the distribution on these points only.
    points: (m, ...), drawn independently from μ, or a data frame, of which an array is made: what is asked about the
    points then finds its columns by their order. Raises TypeError or ValueError for any other.

    >>> sorted(Held([[1], [2], [3]]).sample(3, np.random.default_rng(2021)).ravel().tolist())
    [1.0, 2.0, 3.0]
    """

    points: Points

    def __init__(self, points: ArrayLike) -> None:
        vars(self).update(points=_as_points(points, "points"))

    def sample(self, n: int, rng: Rng) -> Points:
        """Draw n of the points. Returns (n, ...). Raises ValueError for more than there are, TypeError for no count."""
        n, rng = as_count(n), as_rng(rng)
        if n > len(self.points):
            raise ValueError(f"n must be at most {len(self.points)}, the points held, got {n}")
        return np.asarray(self.points[rng.permutation(len(self.points))[:n]])


def agreement(
    x: Any, teacher: Any, student: Any, *, names: Sequence[Any] | None = None, confidence: float = 0.95
) -> Estimate:
    """How often the student agrees with the teacher on held points that the teacher is certain about.

    x: (n, ...), each counted once, as drawn from some distribution, of which the interval speaks, or a data frame of
    finite numbers, with the columns that a model was fitted to, in any order if it recorded their names
    (``feature_names_in_``), else in that order; teacher and student: as in the functions ``teacher`` and ``student``,
    or (n,) answers that one holds, and then x may be None if both are.
    A teacher that is an estimator needs a threshold: give ``teacher(model, sure=...)``. names: all classes in their
    order, by default the teacher's; needed where it has none and the student's are not 0, 1, 2, ..., and where -1 is a
    class: without names it is UNCERTAIN. (A module's teacher is given them by ``teacher(module, names=...)``.) Raises
    UndefinedProbabilityError where the teacher is certain of none of the points, TypeError or ValueError for any other.
    Source: equation (3.1), for a single distribution.

    >>> print(agreement(None, ["cat", "dog", None], ["cat", "cat", "dog"], names=["cat", "dog"]))
    0.5000, 95% interval [0.0126, 0.9874] (1 of 2 certain points; 3 sampled)
    """
    confidence = as_within(confidence, "(0, 1)", name="confidence")
    if _is_module(teacher) or _has(teacher, "predict"):
        raise TypeError("a teacher that is a model needs a threshold: give yours.teacher(model, sure=...)")
    counted = getattr(teacher, "names", None) if names is None else as_names(names)
    points = None if x is None else _as_points(x)
    x = x if hasattr(x, "columns") else points  # in a frame, each model is to find its own columns
    y = _answers(x, teacher, counted, role="teacher")
    sure = np.flatnonzero(certain(y))
    if len(sure) == 0:
        raise UndefinedProbabilityError(f"the teacher is certain about none of the {len(y)} points")
    said = _answers(x, student, counted, role="student", sure=sure, n=len(y))
    agreed = int((said == y[sure]).sum())
    return Estimate(agreed, len(sure), len(y), *clopper_pearson(agreed, len(sure), confidence), confidence)


def _answers(
    x: Any, given: Any, names: Names | None, *, role: Any, sure: Any = slice(None), n: int | None = None
) -> Labels:
    """The labels that a teacher or a student gives, or has given, to those of the points that ``sure`` picks."""
    if callable(given) or _has(given, "predict"):
        if x is None:
            raise TypeError(f"x must be given unless both have answered already, got None and the {role} {given!r}")
        who = (teacher if role == "teacher" else student)(given, names=names)
        own = getattr(who, "names", None)
        if names is None and own not in (None, tuple(range(len(own or ())))):
            raise ValueError(
                f"the {role} counts the classes {[*own]}, the teacher has no names: give names, and answers by them, "
                "or for a module's teacher yours.teacher(module, names=...)"
            )
        if names is not None and own is not None and own != names:
            raise ValueError(f"teacher and student must count the same classes, got {names} and {own}")
        return ask(who, _in_order(x, getattr(who, "columns", None))[sure], role=role)
    row = numbered(given, names=names)
    if (needed := n if x is None else len(x)) not in (None, len(row)):
        raise ValueError(f"the {role}'s answers must be one for each of the {needed} points, got {len(row)}")
    if role == "student" and not certain(row[sure]).all():
        raise ValueError("a student must answer a class for every point that the teacher is certain about")
    if role == "student" and names is None and {*as_array(given, name="answers").tolist()} == {-1, 1}:
        raise ValueError("the student's answers are -1 and 1: give names=[-1, 1], without which -1 is no class")
    return np.asarray(row[sure])
