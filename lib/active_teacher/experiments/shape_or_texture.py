"""Example 4.2: shape or texture, and the panels of Fig. 4.3."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from active_teacher.checks import as_callable, as_count
from active_teacher.networks import Network, convolutional, train
from active_teacher.pictures.shapes import SquareOrDisk, SquaresAndDisks
from active_teacher.robustness import agreement


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
