"""The ways to robustness that section 4 names, in both of its examples: what each reaches, and what it costs.

A passive teacher only labels: a training set, more of it, or points that the student makes. An active teacher says how
it decides, which costs no labels. Each comparison is a function of its seed, made for ``sweep``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import process_time
from typing import Any

import numpy as np

from active_teacher.attacks import projected_gradient
from active_teacher.generators import Shapes
from active_teacher.labels import Labels, Points, as_count, as_labels, as_real, as_seed, certain
from active_teacher.networks import Network, convolutional, framed, train
from active_teacher.students import Linear, adversarial_least_squares, lasso, least_squares, matching_pursuit
from active_teacher.teachers import HalfSpaces, Shape

PASSIVE = ("data", "active student", "l_2", "l_inf")
ADVISED = ("features", "invariance", "sparsity", "structure")
NORMS = {"l_2": 2.0, "l_inf": np.inf}

# Example 4.1
PIXELS = 100
PAIR = (0, PIXELS - 1)  # what the teacher looks at
PICTURES = 2000  # the paper's training set
ASKED = 50  # pictures that an active student asks about at a time
COPIES = 50  # of each picture, for an invariance
PUSH = 0.3  # of the attacks on the idle pixels
FRESH = 10_000

# Example 4.2
IMAGES = 1000  # the paper's training set
IMAGES_ASKED = 250
EPOCHS_AFTER = 3  # of training, once the answers are there
PENALTY = 1e-4  # of the l_1 norm of the parameters
SHAPE_PUSH = 0.2  # in l_inf: too little to take any pixel across the teacher's background, 0.25
STEPS, STEPS_TO_TEST = 4, 20  # of projected gradient, to learn and to test
FRESH_IMAGES, IMAGES_TO_PUSH = 500, 100


@dataclass(frozen=True)
class TwoPixels:
    """What a student of Example 4.1 reaches and what it cost, at the end or after some rounds: tuples of one length.

    labels: given by the teacher, in all; seconds: of processor time, to draw the data and learn, in all. Shares of
    pictures that it has right: mu, of fresh ones; nu, of ones that an attack made of these against the student of the
    plain training set; pushed, of ones that the same attack made against this very student. safe: the share of the
    pairs (x_1, x_100) for which it is right whatever the idle pixels are, exactly: a strongly robust student has 1.
    """

    labels: tuple[int, ...]
    seconds: tuple[float, ...]
    mu: tuple[float, ...]
    nu: tuple[float, ...]
    pushed: tuple[float, ...]
    safe: tuple[float, ...]


def two_pixels(seed: int, *, way: str = "data", labels: int = PICTURES, epsilon: float = 0.3) -> TwoPixels:
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
    """
    for_data, for_learning, for_tests = _streams(seed)
    labels, epsilon = _checked(way, (*PASSIVE, *ADVISED, "count"), labels, epsilon, PICTURES)
    fresh, truth = _pictures(FRESH, for_tests)
    attacked = push_idle(least_squares(*_pictures(PICTURES, _streams(seed)[0])), fresh)
    rows = []
    for asked, seconds, student in _timed(_learn_pictures(way, labels, epsilon, for_data, for_learning)):
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


def comparison() -> HalfSpaces:
    """The teacher of Example 4.1: class 0 (the paper's -1) where x_1 > x_100, else class 1."""
    w = np.zeros(PIXELS)
    w[list(PAIR)] = -1, 1
    return HalfSpaces(w, low=0, high=0)


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
    """
    _check_linear(student)
    lead = np.where(comparison()(x) == 1, 1, -1)[:, None] * student.coefficients  # its gradient, the same everywhere
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
    """
    _check_linear(student)
    scaled = _scaled(np.append(student.coefficients, student.intercept))
    w, b = scaled[:-1], scaled[-1]
    idle = np.delete(w, PAIR)
    first, last = w[list(PAIR)]
    least, greatest = b + idle.clip(max=0).sum(), b + idle.clip(min=0).sum()
    corners = np.array([0, first + last])  # of both triangles: (0, 0) and (1, 1)
    ones = _positive(np.append(corners, last) + least)  # class 1 holds (0, 1), and a score of 0 is right
    zeros = 1 - _positive(np.append(corners, first) + greatest)  # class 0 holds (1, 0), and a score of 0 is wrong
    return float((ones + zeros) / 2)


def _positive(values: Any) -> float:
    """The share of a triangle on which a linear function with these values at the corners is at least 0."""
    low, middle, high = np.sort(_scaled(values))
    if low >= 0 or high < 0:
        return float(low >= 0)
    if middle >= 0:
        return float(1 - low**2 / ((middle - low) * (high - low)))
    return float(high**2 / ((high - low) * (high - middle)))


def _scaled(values: Points) -> Points:
    """Values times a power of two, which is exact, so that neither their sum nor their squares leave the floats."""
    return np.asarray(np.ldexp(values, -np.frexp(np.abs(values).max())[1]))


def _check_linear(student: Any) -> None:
    if not isinstance(student, Linear):
        raise TypeError(f"student must be linear, got {student!r}")
    if student.coefficients.shape != (PIXELS,):
        raise ValueError(f"student must have {PIXELS} coefficients, got shape {student.coefficients.shape}")


@dataclass(frozen=True)
class ShapeOrTexture:
    """What a student of Example 4.2 reaches and what it cost, at the end or after some rounds: tuples of one length.

    labels: asked of the teacher, in all, those it was uncertain about included; seconds: of processor time, to draw the
    data and learn, in all. Shares of images that the student has right: mu, of fresh ones; nu, of ones with the texture
    on disks; stripes, of ones with another texture on disks; pushed, of ones of mu after a push of at most
    ``SHAPE_PUSH`` in l_inf against this very student, which the teacher does not notice.
    """

    labels: tuple[int, ...]
    seconds: tuple[float, ...]
    mu: tuple[float, ...]
    nu: tuple[float, ...]
    stripes: tuple[float, ...]
    pushed: tuple[float, ...]


def shape_or_texture(seed: int, *, way: str = "data", labels: int = IMAGES, epsilon: float = 0.2) -> ShapeOrTexture:
    """One way to robustness in Example 4.2.

    seed: 0, 1, 2, ...; it decides the training set and the fresh images, which are those of all ways. labels: of the
    training set, 10 or more; with "active student" and "shown nu" of the first ``IMAGES``, from μ, and of what comes
    then. epsilon: at least 0. way, from a passive teacher:

    - "data": the paper's network, trained as in Appendix A.2; the others, but for the last, change one thing about it.
    - "active student": it moves ``IMAGES_ASKED`` new images at a time by at most epsilon in l_inf to where its answer
      changes, asks for their labels, and trains on with all of which the teacher is certain.
    - "shown nu": images from ν, which the student could not have thought of.
    - "l_2", "l_inf": adversarial training with epsilon.

    And with one thing that an active teacher says:

    - "features": not the fine texture (the paper's max pooling); "outline": not any brightness above the ground.
    - "invariance": that one texture is as good as another (each image of a batch gets one of random tiles).
    - "sparsity": that few connections will do (an l_1 penalty on the parameters).
    - "structure": that neither place nor size counts (``networks.framed``).

    Raises TypeError or ValueError for any other. Source: Example 4.2 and the ways listed at the start of section 4.
    """
    for_data, for_learning, for_tests = _streams(seed)
    labels, epsilon = _checked(way, (*PASSIVE, "shown nu", *ADVISED, "outline"), labels, epsilon, IMAGES)
    fresh = [
        Shapes("squares").sample(FRESH_IMAGES, for_tests),
        Shapes("disks").sample(FRESH_IMAGES, for_tests),
        Shapes("disks", pattern="stripes").sample(FRESH_IMAGES, for_tests),
    ]
    truth = [Shape()(x) for x in fresh]
    few, theirs = fresh[0][:IMAGES_TO_PUSH], truth[0][:IMAGES_TO_PUSH]
    rows = []
    for asked, seconds, student in _timed(_learn_images(way, labels, epsilon, for_data, for_learning)):
        shares = [float(np.mean(student(x) == y)) for x, y in zip(fresh, truth, strict=True)]
        pushed = push_image(student, few, theirs, epsilon=SHAPE_PUSH, steps=STEPS_TO_TEST)
        assert (Shape()(pushed) == theirs).all()
        rows.append((asked, seconds, *shares, float(np.mean(student(pushed) == theirs))))
    return ShapeOrTexture(*zip(*rows, strict=True))


def _learn_images(
    way: str, labels: int, epsilon: float, for_data: np.random.Generator, rng: np.random.Generator
) -> Iterator[tuple[int, Network]]:
    """How many labels were asked for, and the student that they made."""
    first = IMAGES if way in ("active student", "shown nu") else labels
    x = Shapes("squares", balanced=True).sample(first, for_data)
    if way == "shown nu" and labels > first:
        x = np.concatenate([x, Shapes("disks").sample(labels - first, rng)])
    y = Shape()(x)
    module = convolutional(
        rng=rng, pooling=3 if way == "features" else None, outline=0.25 if way == "outline" else None
    )
    match way:
        case "active student":
            yield len(x), train(module, x, y, rng=rng)
            while (asked := len(x)) < labels:
                more = Shapes("squares").sample(min(IMAGES_ASKED, labels - asked), rng)
                student = Network(module)
                more = push_image(student, more, student(more), epsilon=epsilon, steps=STEPS)
                x, y = np.concatenate([x, more]), np.concatenate([y, Shape()(more)])
                yield len(x), train(module, x[certain(y)], y[certain(y)], rng=rng, epochs=EPOCHS_AFTER)
        case "l_2" | "l_inf":

            def against(student: Network, x: Points, y: Labels) -> Points:
                return push_image(student, x, y, epsilon=epsilon, p=NORMS[way], steps=STEPS)

            yield len(x), train(module, x, y, rng=rng, transform=against)
        case "invariance":
            yield len(x), train(module, x, y, rng=rng, transform=lambda student, x, y: _with_other_textures(x, rng))
        case "sparsity":
            yield len(x), train(module, x, y, rng=rng, penalty=PENALTY)
        case "structure":
            yield len(x), train(framed(rng=rng), x, y, rng=rng, epochs=100, rate=0.01)
        case _:
            yield len(x), train(module, x, y, rng=rng)


def push_image(
    student: Network, x: Points, y: Labels, *, epsilon: float, p: float = np.inf, steps: int = STEPS_TO_TEST
) -> Points:
    """Images after projected gradient descent, within the l_p ball and [0, 1], on the lead of their labels.

    x: (n, height, width) in [0, 1]; y: (n,) classes. Returns the shape of x.
    Raises TypeError or ValueError for any other, as ``attacks.projected_gradient`` does.
    """
    if not isinstance(student, Network):
        raise TypeError(f"student must be a network, got {student!r}")
    y = as_labels(y)
    return projected_gradient(x, lambda z: -student.gradient(z, y), epsilon=epsilon, p=p, steps=steps, limits=(0, 1))


def _with_other_textures(x: Points, rng: np.random.Generator) -> Points:
    """Each image with what is not black covered by tiles of up to 4 × 4 random pixels, each 0.5 or 1."""
    covered = np.empty_like(x)
    for image, other in zip(x, covered, strict=True):
        side = rng.integers(1, 5)
        tile = rng.choice([0.5, 1], size=(side, side))
        rows, columns = (np.arange(pixels) % side for pixels in image.shape)
        other[:] = np.where(image > 0, tile[np.ix_(rows, columns)], 0)
    return covered


def _streams(seed: int) -> list[np.random.Generator]:
    """Random generators for the data, the learning and the tests of a seed."""
    return np.random.default_rng(as_seed(seed)).spawn(3)


def _checked(way: str, ways: tuple[str, ...], labels: int, epsilon: float, least: int) -> tuple[int, float]:
    if not isinstance(way, str) or way not in ways:
        raise ValueError(f"way must be one of {', '.join(ways)}, got {way!r}")
    least = least if way in ("active student", "shown nu") else 10
    if as_count(labels, name="labels") < least:
        raise ValueError(f"labels must be at least {least} with this way, got {labels}")
    if as_real(epsilon, name="epsilon") < 0:
        raise ValueError(f"epsilon must be at least 0, got {epsilon}")
    return int(labels), float(epsilon)


def _timed(steps: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, float, Any]]:
    """Each step with the processor time that it and those before it took."""
    seconds = 0.0
    while True:
        started = process_time()
        step = next(steps, None)
        seconds += process_time() - started
        if step is None:
            return
        yield step[0], seconds, step[1]
