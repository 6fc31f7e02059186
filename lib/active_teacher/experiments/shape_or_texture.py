"""Example 4.2: shape or texture, the panels of Fig. 4.3, and the ways that make its students robust."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from active_teacher.checks import as_callable, as_count, as_labels
from active_teacher.experiments.advice import framed, other_textures, outlined
from active_teacher.experiments.shared import ADVISED, NORMS, PASSIVE, check_way, streams, timed
from active_teacher.labels import UNCERTAIN, Labels, Points
from active_teacher.machinery.gradients import projected_gradient
from active_teacher.networks import Network, convolutional, train
from active_teacher.pictures.shapes import SquareOrDisk, SquaresAndDisks
from active_teacher.robustness import agreement

WAYS = (*PASSIVE, "shown nu", *ADVISED, "outline")
IMAGES = 1000  # the paper's training set
IMAGES_ASKED = 250  # that an active student asks about at a time
EPOCHS_AFTER = 3  # of training, once the answers are there
PENALTY = 1e-4  # of the l_1 norm of the parameters
SHAPE_PUSH = 0.2  # in l_inf: too little to take any pixel across the teacher's background, 0.25
STEPS, STEPS_TO_TEST = 4, 20  # of projected gradient, to learn and to test
FRESH_IMAGES, IMAGES_TO_PUSH = 500, 100


@dataclass(frozen=True)
class Panel:
    """A panel of Fig. 4.3: the accuracies after each epoch, on fresh test images and on fresh adversarial ones.

    test, adversarial: as many numbers in [0, 1] as epochs.
    """

    test: tuple[float, ...]
    adversarial: tuple[float, ...]


def panel(
    seed: int,
    *,
    pooling: int | None = None,
    kernel: int = 3,
    activation: str = "relu",
    padding: str = "zeros",
    initialisation: str = "uniform",
    epochs: int = 10,
    images: int = 1000,
    fresh: int = 1000,
    after_epoch: Callable[[int, Network], object] | None = None,
) -> Panel:
    """One panel of Fig. 4.3, the left one by default and the right one with ``pooling=3`` (Example 4.2).

    seed: 0, 1, 2, ...; it decides the data, the initial weights, the order of training and the fresh images, each by a
    random generator of its own, so that two students of one seed see the same. images: to train on; fresh: new images
    of μ and of ν to test on after each epoch. after_epoch: see ``networks.train``; the others: see
    ``networks.convolutional``. Raises TypeError or ValueError for any other.

    >>> from active_teacher.experiments.shape_or_texture import panel
    >>> len(panel(0, epochs=2, images=10, fresh=4).test)
    2
    """
    seed = as_count(seed, name="seed", least=0)
    images, fresh = as_count(images, name="images", least=2), as_count(fresh, name="fresh")
    if after_epoch is not None:
        as_callable(after_epoch, "(epoch, student) or None", name="after_epoch")
    for_data, for_weights, for_order, for_tests = np.random.default_rng(seed).spawn(4)
    mu, nu, teacher = SquaresAndDisks("squares"), SquaresAndDisks("disks"), SquareOrDisk()
    x = SquaresAndDisks("squares", balanced=True).sample(images, for_data)
    module = convolutional(
        rng=for_weights,
        pooling=pooling,
        kernel=kernel,
        activation=activation,
        padding=padding,
        initialisation=initialisation,
    )
    accuracies = []

    def test(epoch: int, student: Network) -> None:
        accuracies.append([agreement(of, teacher, student, n=fresh, rng=for_tests).value for of in (mu, nu)])
        if after_epoch is not None:
            after_epoch(epoch, student)

    train(module, x, teacher(x), rng=for_order, epochs=epochs, after_epoch=test)
    return Panel(*zip(*accuracies, strict=True))


def push_image(
    student: Network, x: Points, y: Labels, *, epsilon: float, p: float = np.inf, steps: int = STEPS_TO_TEST
) -> Points:
    """Images after projected gradient descent, within the l_p ball and [0, 1], on the lead of their labels.

    x: (n, height, width) in [0, 1]; y: (n,) classes. Returns the shape of x.
    Raises TypeError or ValueError for any other, as ``gradients.projected_gradient`` does.

    >>> from active_teacher.experiments.shape_or_texture import push_image
    >>> rng = np.random.default_rng(0)
    >>> student, x = Network(convolutional(rng=rng)), SquaresAndDisks().sample(2, rng)
    >>> float(np.abs(push_image(student, x, [0, 1], epsilon=0.25, steps=2) - x).max())
    0.25
    """
    if not isinstance(student, Network):
        raise TypeError(f"student must be a network, got {student!r}")
    y = as_labels(y)
    return projected_gradient(x, lambda z: -student.gradient(z, y), epsilon=epsilon, p=p, steps=steps, limits=(0, 1))


@dataclass(frozen=True)
class ShapeOrTexture:
    """What a student of Example 4.2 reaches and what it cost, at the end or after some rounds: tuples of one length.

    asked: labels of the teacher, in all, UNCERTAIN among them; seconds: of processor time, to draw the data and learn,
    in all. Shares of images that the student has right: mu, of fresh ones; nu, of ones with the texture
    on disks; stripes, of ones with another texture on disks; pushed, of ones of mu after a push of at most
    ``SHAPE_PUSH`` in l_inf against this very student, which the teacher does not notice.
    """

    asked: tuple[int, ...]
    seconds: tuple[float, ...]
    mu: tuple[float, ...]
    nu: tuple[float, ...]
    stripes: tuple[float, ...]
    pushed: tuple[float, ...]


def compare(seed: int, *, way: str = "data", labels: int = IMAGES, epsilon: float = 0.2) -> ShapeOrTexture:
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

    - "features": not the fine texture (the paper's max pooling); "outline": not any brightness above the ground
      (``advice.outlined``).
    - "invariance": that one texture is as good as another (each image of a batch gets one of random tiles).
    - "sparsity": that few connections will do (an l_1 penalty on the parameters).
    - "structure": that neither place nor size counts (``advice.framed``).

    Raises TypeError or ValueError for any other. Source: Example 4.2 and the ways listed at the start of section 4.

    >>> from active_teacher.experiments.shape_or_texture import compare
    >>> compare(0, way="structure", labels=30).asked
    (30,)
    """
    for_data, for_learning, for_tests = streams(seed)
    check_way(way, WAYS, labels=labels, epsilon=epsilon, start={"active student": IMAGES, "shown nu": IMAGES})
    fresh = [
        SquaresAndDisks("squares").sample(FRESH_IMAGES, for_tests),
        SquaresAndDisks("disks").sample(FRESH_IMAGES, for_tests),
        SquaresAndDisks("disks", pattern="stripes").sample(FRESH_IMAGES, for_tests),
    ]
    truth = [SquareOrDisk()(x) for x in fresh]
    few, theirs = fresh[0][:IMAGES_TO_PUSH], truth[0][:IMAGES_TO_PUSH]
    rows = []
    for asked, seconds, student in timed(_learn_images(way, labels, epsilon, for_data, for_learning)):
        shares = [float(np.mean(student(x) == y)) for x, y in zip(fresh, truth, strict=True)]
        pushed = push_image(student, few, theirs, epsilon=SHAPE_PUSH, steps=STEPS_TO_TEST)
        assert (SquareOrDisk()(pushed) == theirs).all()
        rows.append((asked, seconds, *shares, float(np.mean(student(pushed) == theirs))))
    return ShapeOrTexture(*zip(*rows, strict=True))


def _learn_images(
    way: str, labels: int, epsilon: float, for_data: np.random.Generator, rng: np.random.Generator
) -> Iterator[tuple[int, Network]]:
    """How many labels were asked for, and the student that they made."""
    first = IMAGES if way in ("active student", "shown nu") else labels
    x = SquaresAndDisks("squares", balanced=True).sample(first, for_data)
    if way == "shown nu" and labels > first:
        x = np.concatenate([x, SquaresAndDisks("disks").sample(labels - first, rng)])
    y = SquareOrDisk()(x)
    module = outlined(rng=rng) if way == "outline" else convolutional(rng=rng, pooling=3 if way == "features" else None)
    match way:
        case "active student":
            yield len(x), train(module, x, y, rng=rng)
            while (asked := len(x)) < labels:
                more = SquaresAndDisks("squares").sample(min(IMAGES_ASKED, labels - asked), rng)
                student = Network(module)
                more = push_image(student, more, student(more), epsilon=epsilon, steps=STEPS)
                x, y = np.concatenate([x, more]), np.concatenate([y, SquareOrDisk()(more)])
                sure = y != UNCERTAIN
                yield len(x), train(module, x[sure], y[sure], rng=rng, epochs=EPOCHS_AFTER)
        case "l_2" | "l_inf":

            def against(student: Network, x: Points, y: Labels) -> Points:
                return push_image(student, x, y, epsilon=epsilon, p=NORMS[way], steps=STEPS)

            yield len(x), train(module, x, y, rng=rng, transform=against)
        case "invariance":
            yield len(x), train(module, x, y, rng=rng, transform=lambda student, x, y: other_textures(x, rng))
        case "sparsity":
            yield len(x), train(module, x, y, rng=rng, penalty=PENALTY)
        case "structure":
            yield len(x), train(framed(rng=rng), x, y, rng=rng, epochs=100, rate=0.01)
        case _:
            yield len(x), train(module, x, y, rng=rng)
