"""How students of Example 4.2 are tried: pushed by several attacks, and searched for witnesses that they are wrong."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from active_teacher.checks import as_at_least, as_count, as_labels, as_points, as_rng, certain
from active_teacher.labels import A, Labels, Points
from active_teacher.machinery.gradients import projected_gradient
from active_teacher.networks import Network
from active_teacher.pictures.shapes import SquareOrDisk, SquaresAndDisks

STEPS = 20  # of projected gradient
SIGN_STEPS, SIGN_STEP = 40, 0.1  # how many there are, and how long each is in units of epsilon
LOOK = 8  # so many steps are between two looks at whether the student is fooled
FLIPPED = 0.03  # of the pixels of a shape's box: the teacher forgives 0.05


def push_image(
    student: Network, x: Points, y: Labels, *, epsilon: float, p: float = np.inf, steps: int = STEPS
) -> Points:
    """Images after projected gradient descent, within the l_p ball and [0, 1], on the lead of their labels.

    x: (n, height, width) in [0, 1]; y: (n,) classes. Returns the shape of x.
    Raises TypeError or ValueError for any other, as ``gradients.projected_gradient`` does.

    >>> from active_teacher.experiments.image_trials import push_image
    >>> from active_teacher.networks import convolutional
    >>> rng = np.random.default_rng(0)
    >>> student, x = Network(convolutional(rng=rng)), SquaresAndDisks().sample(2, rng)
    >>> float(np.abs(push_image(student, x, [0, 1], epsilon=0.25, steps=2) - x).max())
    0.25
    """
    student, y = _as_network(student), as_labels(y)
    return projected_gradient(x, lambda z: -student.gradient(z, y), epsilon=epsilon, p=p, steps=steps, limits=(0, 1))


def withstood(student: Network, x: Points, y: Labels, *, epsilon: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which images the student has right whatever this module does to them within epsilon in l_inf and [0, 1].

    Tried one after the other, each on the images that are left: the image itself; projected gradient of 4 and of
    ``STEPS`` steps; ``SIGN_STEPS`` steps of ``SIGN_STEP`` epsilon along the gradient's sign, from the image and from a
    random point of the ball; and chessboards, stripes and even grey, which need no gradient. What withstands
    all that may fall to a better attack.
    x: (n, height, width) in [0, 1]; y: (n,) classes; epsilon: at least 0; rng: draws the random point.
    Returns (n,) bool. Raises TypeError or ValueError for any other.

    >>> from active_teacher.experiments.image_trials import withstood
    >>> from active_teacher.networks import convolutional
    >>> rng = np.random.default_rng(0)
    >>> withstood(Network(convolutional(rng=rng)), np.zeros((2, 100, 100)), [0, 1], epsilon=0, rng=rng).sum()
    np.int64(1)
    """
    student, x, rng = _as_network(student), as_points(x), as_rng(rng)
    if x.ndim != 3 or x.min() < 0 or x.max() > 1:
        raise ValueError(f"x must be images in [0, 1], got shape {x.shape}, values from {x.min()} to {x.max()}")
    y, epsilon = as_labels(y, n=len(x)), as_at_least(epsilon, 0, name="epsilon")

    def gradient(steps: int) -> Callable[[Points, Labels], Points]:
        return lambda x, y: push_image(student, x, y, epsilon=epsilon, steps=steps)

    def fixed(pattern: Points) -> Callable[[Points, Labels], Points]:
        return lambda x, y: np.clip(x + epsilon * pattern, 0, 1)

    right = np.asarray(student(x) == y)
    for attack in (gradient(4), gradient(STEPS), *map(fixed, _patterns(*x.shape[1:]))):
        if right.any():
            right[right] = student(attack(x[right], y[right])) == y[right]
    for away in (0, epsilon):
        z = np.clip(x + rng.uniform(-away, away, size=x.shape), 0, 1)
        for step in range(1, SIGN_STEPS + 1):
            if not right.any():
                break
            sign = np.sign(student.gradient(z[right], y[right]))
            if not sign.any():  # nor will there be
                break
            z[right] = (z[right] - SIGN_STEP * epsilon * sign).clip(x[right] - epsilon, x[right] + epsilon).clip(0, 1)
            if step % LOOK == 0:
                right[right] = student(z[right]) == y[right]
    return right


def _patterns(height: int, width: int) -> list[Points]:
    """Chessboards and stripes of ±1 with fields of 1, 2 and 4 pixels, and all +1, each with its negative."""
    i, j = np.indices((height, width))
    fields = [np.zeros_like(i)]
    for side in (1, 2, 4):
        fields += [i // side % 2, j // side % 2, (i // side + j // side) % 2]
    return [sign * (1 - 2 * field) for field in fields for sign in (1, -1)]


def search(student: Network, *, n: int, rng: np.random.Generator) -> dict[str, float]:
    """The share that the student has right of images of μ with one thing changed, as long as the teacher is certain.

    It is a search for witnesses against strong robustness (Definition 3.1): a share below 1 means that one was found,
    a share of 1 means that these n images hold none. What is changed:

    - "sizes": half sides and radii are any from 1 to 48, all as likely.
    - "flipped": of the pixels of a shape's box, the share ``FLIPPED`` becomes black or white: pixels at random, then
      those where the student's gradient says that it costs the lead most (where it has none, the first of the box).
    - "rounded": shapes are |u|^p + |v|^p <= 1, squares with round corners and disks that are nearly squares or diamonds
      among them, with 1/p uniform in [0, 0.6], textured where the teacher sees a square.
    - "brightness": the darkest and the brightest pixel of a shape are any in [0.3, 1], the ground any in [0, 0.25].

    n: images of each; rng: draws them. Raises TypeError or ValueError for any other.

    >>> from active_teacher.experiments.image_trials import search
    >>> from active_teacher.networks import convolutional
    >>> rng = np.random.default_rng(0)
    >>> list(search(Network(convolutional(rng=rng)), n=2, rng=rng))
    ['sizes', 'flipped', 'rounded', 'brightness']
    """
    student, rng, teacher = _as_network(student), as_rng(rng), SquareOrDisk()
    x = SquaresAndDisks("squares").sample(as_count(n), rng)
    families = {
        "sizes": [SquaresAndDisks("squares", sizes=(1, 48)).sample(n, rng)],
        "flipped": [_flipped(x, rng.random(x.shape)), _flipped(x, _gain(student, x, teacher(x)))],
        "rounded": [_rounded(n, rng)],
        "brightness": [_relit(x, rng)],
    }
    shares = {}
    for name, tries in families.items():
        wrong, sure = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
        for z in tries:
            y = teacher(z)
            sure |= certain(y)
            wrong |= certain(y) & (student(z) != y)
        shares[name] = 1 - float(wrong.sum() / max(1, sure.sum()))
    return shares


def _as_network(student: Network) -> Network:
    if not isinstance(student, Network):
        raise TypeError(f"student must be a network, got {student!r}")
    return student


def _gain(student: Network, x: Points, y: Labels) -> Points:
    """How much lead a flip of each pixel costs, by the gradient."""
    return np.asarray(student.gradient(x, y) * np.where(x > 0, x, -1))


def _flipped(x: Points, order: Points) -> Points:
    """Images with the share ``FLIPPED`` of each box's pixels flipped: black ones white, others black.

    order: the pixels where it is largest are flipped.
    """
    z = x.copy()
    for image, before, rank in zip(z, x, order, strict=True):
        rows, columns = (np.flatnonzero(before.any(axis=axis)) for axis in (1, 0))
        box = np.ix_(range(rows[0], rows[-1] + 1), range(columns[0], columns[-1] + 1))
        flat, ranks = image[box].ravel(), rank[box].ravel()
        chosen = np.argsort(-ranks, kind="stable")[: int(FLIPPED * len(flat))]
        flat[chosen] = flat[chosen] == 0
        image[box] = flat.reshape(image[box].shape)
    return z


def _rounded(n: int, rng: np.random.Generator) -> Points:
    """Shapes from a square to beyond a disk, of sizes and at places as in μ."""
    pixels, teacher = np.arange(100), SquareOrDisk()
    chessboard = 1 - 0.5 * (np.add.outer(pixels, pixels) % 2 == 0)
    z = np.zeros((n, 100, 100), dtype=np.float32)
    for image in z:
        r = rng.integers(12, 26)
        u, v = (np.abs(pixels - rng.integers(r, 99 - r)) / (r + 0.5) for _ in range(2))
        inverse = rng.uniform(0, 0.6)
        with np.errstate(over="ignore"):  # far from the shape
            image[:] = np.add.outer(v ** (1 / inverse), u ** (1 / inverse)) <= 1
        if teacher(image[None])[0] == A:
            image *= chessboard
    return z


def _relit(x: Points, rng: np.random.Generator) -> Points:
    """Images whose ground and whose shape's darkest and brightest pixels are others."""
    ground = rng.uniform(0, 0.25, size=(len(x), 1, 1))
    low, high = np.sort(rng.uniform(0.3, 1, size=(2, len(x), 1, 1)), axis=0)
    return np.asarray(np.where(x > 0, low + (2 * x - 1) * (high - low), ground), dtype=np.float32)
