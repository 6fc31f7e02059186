"""Training and evaluation of one panel of Fig. 4.3 beside a plain PyTorch script that does the same the usual way."""

import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import torch

from active_teacher.experiments.shape_or_texture import Panel, panel
from active_teacher.networks import convolutional, train
from active_teacher.pictures.shapes import SquareOrDisk, SquaresAndDisks

SEED, EPOCHS, IMAGES, FRESH, BATCH = 0, 10, 1000, 1000, 50
Result = TypeVar("Result")


def operations_of_training() -> int:
    """For one image, by the three convolutions: forward, and backward to their weights and to all inputs but the image.

    A product and a sum each, for a kernel of 3 × 3 at each pixel.
    """
    layers = ((100, 1, 16), (50, 16, 32), (25, 32, 32))  # side, inputs, outputs
    first, *others = (2 * 9 * side**2 * inputs * outputs for side, inputs, outputs in layers)
    return 2 * first + 3 * sum(others)


def plain(seed: int, epochs: int = EPOCHS) -> Panel:
    """What ``panel`` does, with the same draws, one batch of 50 per step and each test set whole."""
    for_data, for_weights, for_order, for_tests = np.random.default_rng(seed).spawn(4)
    mu, nu, teacher = SquaresAndDisks("squares"), SquaresAndDisks("disks"), SquareOrDisk()
    images = SquaresAndDisks("squares", balanced=True).sample(IMAGES, for_data)
    x, y = torch.from_numpy(images)[:, None], torch.from_numpy(teacher(images))
    nn = torch.nn
    model = nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.AvgPool2d(5)),
        *(nn.Flatten(), nn.Linear(800, 2)),
    )
    with torch.no_grad():
        for to, of in zip(model.parameters(), convolutional(rng=for_weights).parameters(), strict=True):
            to.copy_(of)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    accuracies = []
    for _ in range(epochs):
        model.train()
        order = torch.from_numpy(for_order.permutation(IMAGES))
        for k in range(0, IMAGES, BATCH):
            rows = order[k : k + BATCH]
            loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            fresh = [generator.sample(FRESH, for_tests) for generator in (mu, nu)]
            answers = [model(torch.from_numpy(images)[:, None]).argmax(dim=1).numpy() for images in fresh]
        accuracies.append([float(np.mean(a == teacher(images))) for a, images in zip(answers, fresh, strict=True)])
    return Panel(*zip(*accuracies, strict=True))


def difference(one: Panel, other: Panel) -> float:
    """The largest difference of two panels' accuracies at any epoch."""
    return float(np.abs(np.subtract([one.test, one.adversarial], [other.test, other.adversarial])).max())


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    started = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started


def peaks() -> tuple[float, float]:
    """The GFLOP/s of a large float32 product of matrices and of a large convolution, the best of some runs."""
    rng = np.random.default_rng(SEED)
    matrix = torch.from_numpy(rng.random((2048, 2048), dtype=np.float32))
    images = torch.from_numpy(rng.random((10, 128, 64, 64), dtype=np.float32)).to(memory_format=torch.channels_last)
    weights = torch.from_numpy(rng.random((128, 128, 3, 3), dtype=np.float32)).to(memory_format=torch.channels_last)
    product = min(timed(lambda: matrix @ matrix)[1] for _ in range(20))
    convolution = min(timed(lambda: torch.conv2d(images, weights, padding=1))[1] for _ in range(20))
    return 2e-9 * 2048**3 / product, 2e-9 * 9 * 128 * 128 * 64 * 64 * 10 / convolution


def main() -> None:
    panel(SEED, epochs=1, images=10, fresh=1)  # so that no measurement holds what is loaded once
    product, convolution = peaks()
    rounds = [  # in turn, and the best of each, for other work on the machine slows now the one, now the other
        (timed(lambda: panel(SEED, epochs=EPOCHS, images=IMAGES, fresh=FRESH)), timed(lambda: plain(SEED)))
        for _ in range(2)
    ]
    processor = [time.process_time()]
    for work in (lambda: panel(SEED, epochs=1, images=IMAGES, fresh=FRESH), lambda: plain(SEED, epochs=1)):
        work()
        processor.append(time.process_time())
    of_book, of_plain = np.diff(processor)
    (ours, seconds), (theirs, seconds_plain) = (min(runs, key=lambda run: run[1]) for runs in zip(*rounds, strict=True))
    rng = np.random.default_rng(SEED)
    x = SquaresAndDisks(balanced=True).sample(IMAGES, rng)
    module, y = convolutional(rng=rng), SquareOrDisk()(x)
    epoch = min(timed(lambda: train(module, x, y, rng=rng, epochs=1, batch=BATCH))[1] for _ in range(2))
    reached = 1e-9 * operations_of_training() * IMAGES / epoch

    print(f"Training on {IMAGES} images and testing on 2 × {FRESH} fresh ones, {EPOCHS} epochs", end=", ")
    print(f"{torch.get_num_threads()} thread{'s' * (torch.get_num_threads() > 1)}")
    other = panel(SEED + 1, epochs=EPOCHS, images=IMAGES, fresh=FRESH)
    for name, run, taken in (("the book", ours, seconds), ("plain PyTorch", theirs, seconds_plain)):
        print(f"  {name:14s}{taken:6.1f} s   after the last: test {run.test[-1]}, adversarial {run.adversarial[-1]}")
    print(f"  at no epoch do their accuracies differ by more than {difference(ours, theirs):.3f}", end=", ")
    print(f"those of two seeds of the book by {difference(ours, other):.3f}")
    print(f"  the plain way takes {seconds_plain / seconds:.1f} times as long", end=", ")
    print(f"and {of_plain / of_book:.1f} times as much processor time ({of_book:.1f} s and {of_plain:.1f} s an epoch)")
    print(f"  training alone reaches {reached:.0f} GFLOP/s in its convolutions; the processor's measured peak:")
    print(f"  {product:.0f} in a large product of matrices ({reached / product:.0%} of it),", end=" ")
    print(f"{convolution:.0f} in a large convolution ({reached / convolution:.0%})")


if __name__ == "__main__":
    main()
