"""Example 4.1: a teacher who compares two pixels of a hundred, its students, and the ways that make them robust."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from active_teacher.experiments.regression import adversarial_least_squares, lasso, matching_pursuit
from active_teacher.experiments.shared import ADVISED, NORMS, PASSIVE, check_way, streams, timed
from active_teacher.labels import A, Labels, Points
from active_teacher.machinery.gradients import projected_gradient
from active_teacher.students import Linear, least_squares
from active_teacher.teachers import LinearThreshold

PIXELS = 100
PAIR = (0, PIXELS - 1)  # what the teacher looks at
WAYS = (*PASSIVE, *ADVISED, "count")
PICTURES = 2000  # the paper's training set
ASKED = 50  # pictures that an active student asks about at a time
COPIES = 50  # of each picture, for an invariance
PUSH = 0.3  # of the attacks on the idle pixels
FRESH = 10_000


def comparison() -> LinearThreshold:
    """The teacher of Example 4.1: B (the paper's -1) where x_1 > x_100, else A.

    >>> from active_teacher.experiments.two_pixels import comparison
    >>> comparison()(np.array([[0.5] * 99 + [0.9], [0.9] + [0.5] * 99]))  # the last pixel is lighter, the first one is
    array([1, 0])
    """
    w = np.zeros(PIXELS)
    w[list(PAIR)] = -1, 1
    return LinearThreshold(w, low=0, high=0)


def _pictures(n: int, rng: np.random.Generator) -> tuple[Points, Labels]:
    """Pictures and labels: of each class half of them, uniform on its half of the cube; more begin with the fewer."""
    x, y = rng.random((n, PIXELS)), np.arange(n) % 2
    other = np.flatnonzero(comparison()(x) != y)
    # Exchanged, the pair has the other label, almost surely.
    x[other, PAIR[0]], x[other, PAIR[1]] = x[other, PAIR[1]], x[other, PAIR[0]]
    return x, comparison()(x)


def push_idle(student: Linear, x: Points, *, epsilon: float = PUSH) -> Points:
    """Pictures after the attack of Example 4.1: each idle pixel moves by epsilon to mislead the student, within [0, 1].

    It moves away from the teacher's answer, right or wrong as the student is, so that no picture is made easier. What
    the teacher looks at stays. student: linear, of two classes and ``PIXELS`` pixels; x: (n, PIXELS) in [0, 1];
    epsilon: at least 0. Returns (n, PIXELS). Raises TypeError or ValueError for any other.

    >>> from active_teacher.experiments.two_pixels import push_idle
    >>> push_idle(Linear([-2, 0.1] + [0] * 97 + [2]), np.full((1, PIXELS), 0.5))[0, :3]
    array([0.5, 0.2, 0.5])
    """
    _check_linear(student)
    lead = np.where(comparison()(x) == A, 1, -1)[:, None] * student.coefficients  # its gradient, the same everywhere
    lead[:, PAIR] = 0
    return _pushed(x, lambda _: lead, epsilon)


def _pushed(x: Points, gradient: Callable[[Points], Points], epsilon: float) -> Points:
    """Pictures moved against the gradient, all the way at once, since a linear student's is the same everywhere."""
    return projected_gradient(x, lambda z: -gradient(z), epsilon=epsilon, p=np.inf, steps=1, limits=(0, 1))


def safe_pairs(student: Linear) -> float:
    """The share of the pairs (x_1, x_100) in the unit square for which a student is right whatever the others are.

    student: linear, of two classes and ``PIXELS`` pixels. Exact: its least score over the idle pixels is linear in the
    pair, and so is its greatest; each is compared with the teacher on its half of the square, a triangle.
    Raises TypeError or ValueError for any other student.

    >>> from active_teacher.experiments.two_pixels import safe_pairs
    >>> safe_pairs(Linear([-2] + [0] * 98 + [2])), safe_pairs(Linear([-2, 1] + [0] * 97 + [2]))
    (1.0, 0.625)
    """
    _check_linear(student)
    scaled = _scaled(np.append(student.coefficients, student.intercept))
    w, b = scaled[:-1], scaled[-1]
    idle = np.delete(w, PAIR)
    first, last = w[list(PAIR)]
    least, greatest = b + idle.clip(max=0).sum(), b + idle.clip(min=0).sum()
    corners = np.array([0, first + last])  # of both triangles: (0, 0) and (1, 1)
    ones = _positive(np.append(corners, last) + least)  # A holds (0, 1), and a score of 0 is right
    zeros = 1 - _positive(np.append(corners, first) + greatest)  # B holds (1, 0), and a score of 0 is wrong
    return float((ones + zeros) / 2)


def _positive(values: NDArray[np.float64]) -> float:
    """The share of a triangle on which a linear function with these values at the corners is at least 0."""
    low, middle, high = np.sort(_scaled(values))
    if low >= 0 or high < 0:
        return float(low >= 0)
    if middle >= 0:
        return float(1 - low**2 / ((middle - low) * (high - low)))
    return float(high**2 / ((high - low) * (high - middle)))


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values times a power of two, which is exact, so that neither their sum nor their squares leave the floats."""
    return np.asarray(np.ldexp(values, -np.frexp(np.abs(values).max())[1]))


def _check_linear(student: object) -> None:
    if not isinstance(student, Linear):
        raise TypeError(f"student must be linear, got {student!r}")
    if student.coefficients.shape != (PIXELS,):
        raise ValueError(f"student must have {PIXELS} coefficients, got shape {student.coefficients.shape}")


@dataclass(frozen=True)
class TwoPixels:
    """What a student of Example 4.1 reaches and what it cost, at the end or after some rounds: tuples of one length.

    asked: labels of the teacher, in all; seconds: of processor time, to draw the data and learn, in all. Shares of
    pictures that it has right: mu, of fresh ones; nu, of ones that an attack made of these against the student of the
    plain training set; pushed, of ones that the same attack made against this very student. safe: the share of the
    pairs (x_1, x_100) for which it is right whatever the idle pixels are, exactly: a strongly robust student has 1.
    """

    asked: tuple[int, ...]
    seconds: tuple[float, ...]
    mu: tuple[float, ...]
    nu: tuple[float, ...]
    pushed: tuple[float, ...]
    safe: tuple[float, ...]


def compare(seed: int, *, way: str = "data", labels: int = PICTURES, epsilon: float = 0.3) -> TwoPixels:
    """One way to robustness in Example 4.1.

    seed: 0, 1, 2, ...; it decides the training set and the fresh pictures, which are those of all ways. labels: of the
    training set, half of each class, 10 or more; of an active student, which starts with ``PICTURES``, with those it
    asks for. epsilon: at least 0. way, from a passive teacher:

    - "data": least squares.
    - "active student": it moves ``ASKED`` new pictures at a time by epsilon in l_inf to where its answer changes, asks
      for their labels and learns from all it has. It is tested after 0, 1, 2, 4, 8, ... rounds and after the last.
    - "l_2", "l_inf": adversarial training with epsilon, in its exact form.

    And with one thing that an active teacher says:

    - "features": which two pixels count.
    - "invariance": that the others may be anything (``COPIES`` of each picture, with others).
    - "sparsity": that few pixels count (lasso); "count": that two do (matching pursuit).
    - "structure": that the coefficients are whole numbers.

    Raises TypeError or ValueError for any other. Source: Example 4.1 and the ways listed at the start of section 4.

    >>> from active_teacher.experiments.two_pixels import compare
    >>> told = compare(0, way="structure", labels=1000)
    >>> told.asked, told.safe
    ((1000,), (1.0,))
    """
    for_data, for_learning, for_tests = streams(seed)
    check_way(way, WAYS, labels=labels, epsilon=epsilon, start={"active student": PICTURES})
    fresh, truth = _pictures(FRESH, for_tests)
    attacked = push_idle(least_squares(*_pictures(PICTURES, streams(seed)[0])), fresh)
    rows = []
    for asked, seconds, student in timed(_learn_pictures(way, labels, epsilon, for_data, for_learning)):
        shares = [np.mean(student(x) == truth) for x in (fresh, attacked, push_idle(student, fresh))]
        rows.append((asked, seconds, *map(float, shares), safe_pairs(student)))
    return TwoPixels(*zip(*rows, strict=True))


def _learn_pictures(
    way: str, labels: int, epsilon: float, for_data: np.random.Generator, rng: np.random.Generator
) -> Iterator[tuple[int, Linear]]:
    """How many labels were given, and the student that they made."""
    x, y = _pictures(PICTURES if way == "active student" else labels, for_data)
    match way:
        case "active student":
            student = least_squares(x, y)
            yield len(x), student
            while len(x) < labels:
                more = rng.random((min(ASKED, labels - len(x)), PIXELS))
                more = _pushed(more, student.gradient, epsilon)
                x, y = np.concatenate([x, more]), np.concatenate([y, comparison()(more)])
                student = least_squares(x, y)
                rounds = (len(x) - PICTURES) / ASKED
                if len(x) == labels or np.log2(rounds).is_integer():
                    yield len(x), student
        case "l_2" | "l_inf":
            yield len(x), adversarial_least_squares(x, y, epsilon=epsilon, p=NORMS[way])
        case "features":
            yield len(x), least_squares(x, y, features=PAIR)
        case "invariance":
            copies = rng.random((COPIES, *x.shape))
            copies[:, :, PAIR] = x[:, PAIR]
            yield len(x), least_squares(copies.reshape(-1, PIXELS), np.tile(y, COPIES))
        case "sparsity":
            yield len(x), lasso(x, y, rng=rng)
        case "count":
            yield len(x), matching_pursuit(x, y, nonzero=len(PAIR))
        case _:
            yield len(x), least_squares(x, y, integer=way == "structure")
