"""Example 4.1: a teacher who compares two pixels of a hundred, its students, and the ways that make them robust."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from time import thread_time

import numpy as np
from numpy.typing import NDArray

from active_teacher.checks import as_at_least, as_choice, as_count
from active_teacher.experiments.regression import (
    adversarial_least_squares,
    best_subset,
    bisected,
    few,
    lasso,
    significant,
)
from active_teacher.labels import A, Labels, Points
from active_teacher.machinery.gradients import projected_gradient
from active_teacher.questions.queries import Data, as_tolerance
from active_teacher.students import Linear, least_squares
from active_teacher.teachers import LinearThreshold

PIXELS = 100
PAIR = (0, PIXELS - 1)  # what the teacher looks at
WHOLE = "the best coefficients for targets -1 and 1 are whole numbers"
WAYS: dict[str, tuple[str, ...]] = {  # and the sentences that an active teacher says
    "data": (),
    "t-test": (),
    "lasso": (),
    "feature queries": (),
    "active student": (),
    "bisection": (),
    "l_2": (),
    "l_inf": (),
    "features": ("the first and the last pixel count",),
    "invariance": ("the pixels between the first and the last may be anything",),
    "augmentation": ("the pixels between the first and the last may be anything",),
    "sparsity": ("few pixels count",),
    "count": ("two pixels count",),
    "structure": (WHOLE,),
    "features and structure": ("the first and the last pixel count", WHOLE),
}
PICTURES = 2000  # the paper's training set
FEWEST = 10  # labels; an active student starts with PICTURES, and a t-test needs more than PIXELS
ASKED = 50  # pictures that an active student asks about at a time
COPIES = 50  # of each picture, for an augmentation
PUSH = 0.3  # of the attacks on the idle pixels
IDLE = 1 / 4  # E x_i T(x) over uniform pictures, for a pixel that does not count
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
    the teacher looks at stays. No push of at most epsilon in l_inf of the idle pixels misleads a linear student more.
    student: linear, of two classes and ``PIXELS`` pixels; x: (n, PIXELS) in [0, 1]; epsilon: at least 0. Returns
    (n, PIXELS). Raises TypeError or ValueError for any other.

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

    student: linear, of two classes and ``PIXELS`` pixels, its score taken as the real number w·x + b. Its least score
    over the idle pixels is linear in the pair, and so is its greatest; each is compared with the teacher on its half of
    the square, a triangle, in fractions. The share is rounded to a float, but to 1 only if it is 1: the student is
    strongly robust (Definition 3.1) if and only if its share is 1, since an idle weight, an intercept or two unequal
    weights of the pair, however small, make some pairs unsafe, and equal ones get the line between the halves right.
    Raises TypeError or ValueError for any other student.

    >>> from active_teacher.experiments.two_pixels import safe_pairs
    >>> safe_pairs(Linear([-2] + [0] * 98 + [2])), safe_pairs(Linear([-2, 1] + [0] * 97 + [2]))
    (1.0, 0.625)
    >>> safe_pairs(Linear([-2, 1e-17] + [0] * 97 + [2])) < 1
    True
    """
    _check_linear(student)
    w, b = [Fraction(float(c)) for c in student.coefficients], Fraction(float(student.intercept))
    first, last = (w[i] for i in PAIR)
    idle = [c for i, c in enumerate(w) if i not in PAIR]
    least, greatest = b + sum(c for c in idle if c < 0), b + sum(c for c in idle if c > 0)
    corners = Fraction(0), first + last  # of both triangles: (0, 0) and (1, 1)
    ones = _positive([c + least for c in (*corners, last)])  # A holds (0, 1), and a score of 0 is right
    zeros = 1 - _positive([c + greatest for c in (*corners, first)])  # B holds (1, 0), and a score of 0 is wrong
    share = (ones + zeros) / 2
    return 1.0 if share == 1 else min(float(share), float(np.nextafter(1, 0)))


def _positive(values: list[Fraction]) -> Fraction:
    """The share of a triangle on which a linear function with these values at the corners is at least 0."""
    low, middle, high = sorted(values)
    if low >= 0 or high < 0:
        return Fraction(low >= 0)
    if middle >= 0:
        return 1 - low**2 / ((middle - low) * (high - low))
    return high**2 / ((high - low) * (high - middle))


def _check_linear(student: object) -> None:
    if not isinstance(student, Linear):
        raise TypeError(f"student must be linear, got {student!r}")
    if student.coefficients.shape != (PIXELS,):
        raise ValueError(f"student must have {PIXELS} coefficients, got shape {student.coefficients.shape}")


@dataclass(frozen=True)
class TwoPixels:
    """What a student of Example 4.1 reaches and what it cost, at the end or after some rounds: tuples of one length.

    The costs: asked, labels of the teacher in all; questions, feature queries; told, sentences of an active teacher;
    seconds, of this thread, to learn (what a student draws to ask about is part of it, its training set is not).
    Shares of pictures that it has right: mu, of fresh ones; nu, of ones that an attack made of these against the
    student of the paper's plain training set; pushed, of ones that the same attack made against this very student.
    safe: the share of the pairs (x_1, x_100) for which it is right whatever the idle pixels are, exactly; strong: 1 if
    it is strongly robust, else 0, exactly (see ``safe_pairs``).
    """

    asked: tuple[int, ...]
    questions: tuple[int, ...]
    told: tuple[int, ...]
    seconds: tuple[float, ...]
    mu: tuple[float, ...]
    nu: tuple[float, ...]
    pushed: tuple[float, ...]
    safe: tuple[float, ...]
    strong: tuple[int, ...]


def compare(
    seed: int, *, way: str = "data", labels: int = PICTURES, epsilon: float = 0.3, alpha: float = 0.03
) -> TwoPixels:
    """One way to robustness in Example 4.1.

    seed: 0, 1, 2, ...; it decides the training set and the fresh pictures, which are those of all ways; a larger
    training set begins with the smaller ones. labels: of the training set, half of each class, 10 or more; of an active
    student, which starts with ``PICTURES``, with those it asks for; bisection does without. All students are linear
    without intercept, as the teacher is. way, one of ``WAYS``, from a passive teacher:

    - "data": least squares. "t-test": least squares on the pixels that are significant in it (101 labels or more).
      "lasso": an l_1 penalty, chosen by cross validation. No one says that few pixels count: the data may, or not.
    - "feature queries": E x_i T(x) to within alpha, in (0, 1], for each pixel, over uniform pictures; of the allowed
      answers the one nearest to that of a pixel which does not count. Least squares on those that are certain to count,
      if any, else on all.
    - "active student": it moves ``ASKED`` new pictures at a time by epsilon in l_inf to where its answer changes, asks
      for their labels and learns from all it has. It is tested after 0, 1, 2, 4, 8, ... rounds and after the last.
    - "bisection": labels of points on the way to the boundary and beside it, as many as it needs.
    - "l_2", "l_inf": adversarial training with epsilon, at least 0, in its exact form.

    And with what an active teacher says (the sentences in ``WAYS``), least squares

    - on the two pixels ("features"), which is what the "invariance" comes to when it is built in; "augmentation" shows
      it by ``COPIES`` of each picture with others of the pixels that may be anything;
    - on the few ("sparsity") or on the two ("count") pixels that explain the labels best;
    - rounded ("structure"): whole numbers are advice only together with a scale, here that of the targets. "features
      and structure" is the paper's strongly robust student.

    Raises TypeError or ValueError for any other. Source: Example 4.1 and the ways listed at the start of section 4.

    >>> from active_teacher.experiments.two_pixels import compare
    >>> told = compare(0, way="structure", labels=1000)
    >>> told.asked, told.told, told.safe, told.strong
    ((1000,), (1,), (1.0,), (1,))
    """
    rngs = np.random.default_rng(as_count(seed, name="seed", least=0)).spawn(3)
    as_choice(way, WAYS, name="way")
    least = {"t-test": PIXELS + 1, "active student": PICTURES}.get(way, FEWEST)
    if as_count(labels, name="labels") < least:
        raise ValueError(f"labels must be at least {least} with this way, got {labels}")
    epsilon, alpha = as_at_least(epsilon, 0, name="epsilon"), float(as_tolerance(alpha))
    x, y = _pictures(max(labels, PICTURES), rngs[0])
    fresh, truth = _pictures(FRESH, rngs[2])
    attacked = push_idle(least_squares(x[:PICTURES], y[:PICTURES]), fresh)
    first = PICTURES if way == "active student" else labels
    steps = _learn(way, x[:first], y[:first], labels, epsilon, alpha, rngs[1])
    rows: list[tuple[float, ...]] = []
    seconds = 0.0
    while True:
        started = thread_time()
        step = next(steps, None)
        seconds += thread_time() - started
        if step is None:
            return TwoPixels(*zip(*rows, strict=True))
        asked, questions, student = step
        shares = [float(np.mean(student(z) == truth)) for z in (fresh, attacked, push_idle(student, fresh))]
        safe = safe_pairs(student)
        rows.append((asked, questions, len(WAYS[way]), seconds, *shares, safe, int(safe == 1)))


def _learn(
    way: str, x: Points, y: Labels, labels: int, epsilon: float, alpha: float, rng: np.random.Generator
) -> Iterator[tuple[int, int, Linear]]:
    """How many labels were given and feature queries answered, and the student that they made."""
    questions = 0
    match way:
        case "t-test":
            student = significant(x, y)
        case "lasso":
            student = lasso(x, y, rng=rng)
        case "feature queries":
            questions = PIXELS
            counts = np.flatnonzero(np.abs(_answers(alpha) - IDLE) > alpha)
            student = least_squares(x, y, features=counts.tolist() or None)
        case "bisection":
            oracle = Data(comparison())
            student = bisected(oracle, dimension=PIXELS, rng=rng)
            yield oracle.asked, 0, student
            return
        case "l_2" | "l_inf":
            student = adversarial_least_squares(x, y, epsilon=epsilon, p=2 if way == "l_2" else np.inf)
        case "features" | "invariance" | "features and structure":
            student = least_squares(x, y, features=PAIR, integer=way == "features and structure")
        case "augmentation":
            copies = rng.random((COPIES, *x.shape))
            copies[:, :, PAIR] = x[:, PAIR]
            student = least_squares(copies.reshape(-1, PIXELS), np.tile(y, COPIES))
        case "sparsity":
            student = few(x, y)
        case "count":
            student = best_subset(x, y, size=len(PAIR))
        case _:
            student = least_squares(x, y, integer=way == "structure")
    yield len(x), questions, student
    if way == "active student":
        products, moments = x.T @ x, x.T @ (2.0 * y - 1)  # to which new pictures are added: no fit begins anew
        for asked in range(len(x), labels, ASKED):
            more = rng.random((min(ASKED, labels - asked), PIXELS))
            more = _pushed(more, student.gradient, epsilon)
            products += more.T @ more
            moments += more.T @ (2 * comparison()(more) - 1)
            student = Linear(np.linalg.solve(products, moments))
            rounds, asked = (asked - len(x)) // ASKED + 1, asked + len(more)
            if asked == labels or np.log2(rounds).is_integer():
                yield asked, 0, student


def _answers(alpha: float) -> NDArray[np.float64]:
    """E x_i T(x) for each pixel, with A as 1: of the answers within alpha the one that says least of the teacher."""
    truth = np.full(PIXELS, IDLE)
    truth[list(PAIR)] = 1 / 6, 1 / 3
    return np.asarray(np.clip(IDLE, truth - alpha, truth + alpha))
