"""Students that are torch modules, and their training."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from active_teacher.checks import (
    as_at_least,
    as_callable,
    as_choice,
    as_count,
    as_labels,
    as_points,
    as_positive,
    as_rng,
    training_set,
)
from active_teacher.labels import UNCERTAIN, Labels, Points

# Numbers that a module is given at once: layers small enough for the cache make it several times faster.
AT_ONCE = 100_000
ACTIVATIONS = {
    "relu": torch.nn.ReLU,
    "leaky_relu": torch.nn.LeakyReLU,
    "tanh": torch.nn.Tanh,
    "softplus": torch.nn.Softplus,
}
PADDINGS = ("zeros", "reflect", "replicate", "circular")


@dataclass(frozen=True, eq=False)
class Network:
    """A student that is a torch module: class 1 where its score is at least 0, or the class of the highest score.

    module: maps (n, ...) points to (n,) or (n, 1) scores of class 1 against class 0, or to (n, K) scores, K >= 2; it is
    asked in evaluation mode, in its own precision, some points at a time. Raises TypeError or ValueError for any other.

    >>> from active_teacher.networks import Network
    >>> Network(torch.nn.Linear(2, 3))(np.zeros((5, 2))).shape
    (5,)
    """

    module: torch.nn.Module

    def __post_init__(self) -> None:
        if not isinstance(self.module, torch.nn.Module):
            raise TypeError(f"module must be a torch.nn.Module, got {self.module!r}")

    def score(self, x: Points) -> NDArray[np.float64]:
        """The scores of each point, (n,) or (n, K). x: (n, ...). Raises TypeError or ValueError for other points."""
        inputs = self._as_tensor(x)
        with torch.no_grad():
            return np.concatenate([self._ask(part).double().numpy() for part in torch.split(inputs, _at_once(inputs))])

    def __call__(self, x: Points) -> Labels:
        """x: (n, ...). Returns (n,) classes."""
        score = self.score(x)
        return (score >= 0).astype(np.int64) if score.ndim == 1 else score.argmax(axis=1)

    def gradient(self, x: Points, y: Labels | None = None) -> Points:
        """The gradient, at each point, of the lead of an answer over the next best one, by autograd.

        x: (n, ...); y: the answers, (n,) classes, by default the student's own. Returns the shape of x.
        Raises TypeError or ValueError for any other.
        """
        inputs = self._as_tensor(x)
        parts = torch.split(inputs, _at_once(inputs))
        if y is None:
            return np.concatenate([self._gradient(part, None) for part in parts])
        y = as_labels(y, n=len(inputs))
        if UNCERTAIN in y:
            raise ValueError(f"y must hold classes only, got UNCERTAIN at position {np.argmin(y)}")
        answers = torch.split(torch.from_numpy(y), _at_once(inputs))
        return np.concatenate([self._gradient(*both) for both in zip(parts, answers, strict=True)])

    def _gradient(self, inputs: torch.Tensor, y: torch.Tensor | None) -> NDArray[np.float64]:
        inputs.requires_grad_()
        with torch.enable_grad():
            score = self._ask(inputs)
            if y is not None:
                _check_known(score, y)
            if score.ndim == 1:
                lead = torch.where(score >= 0 if y is None else y == 1, score, -score)
            else:
                # Of equal scores the first, as the answer is.
                answer = score.argmax(dim=1, keepdim=True) if y is None else y[:, None]
                next_one = score.scatter(1, answer, -torch.inf).argmax(dim=1, keepdim=True)
                lead = score.gather(1, answer) - score.gather(1, next_one)
            if not lead.requires_grad:  # a constant
                return np.zeros(inputs.shape)
            (gradient,) = torch.autograd.grad(lead.sum(), inputs, materialize_grads=True)
        return np.asarray(gradient.double().numpy())

    def _as_tensor(self, x: Points) -> torch.Tensor:
        like = next(self.module.parameters(), torch.zeros((), dtype=torch.float64))
        own = np.array(as_points(x), order="C")  # torch takes no view of a read-only or reversed array
        return torch.as_tensor(own, dtype=like.dtype)

    def _ask(self, x: torch.Tensor) -> torch.Tensor:
        modes = {part: part.training for part in self.module.modules()}  # a part may be frozen while the whole trains
        self.module.eval()
        try:
            return _scores(self.module, x)
        finally:
            for part, training in modes.items():
                part.training = training


def _at_once(x: torch.Tensor) -> int:
    return max(1, AT_ONCE * len(x) // x.numel())


def _scores(module: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    n = len(x)
    try:
        score: Any = module(x)
    except RuntimeError as error:  # torch's word for points of another shape than the layers are made for
        raise ValueError(f"x must be points that the network takes, got shape {tuple(x.shape)}: {error}") from error
    if not isinstance(score, torch.Tensor) or score.shape[:1] != (n,) or score.ndim not in (1, 2) or 0 in score.shape:
        got = tuple(score.shape) if isinstance(score, torch.Tensor) else type(score).__name__
        raise ValueError(f"a network must answer ({n},), ({n}, 1) or ({n}, K) scores, got {got}")
    if not torch.isfinite(score).all():
        raise ValueError("a network must answer finite scores, got NaN or infinity")
    return score[:, 0] if score.ndim == 2 and score.shape[1] == 1 else score


def perceptron(sizes: Sequence[int], *, rng: np.random.Generator) -> torch.nn.Sequential:
    """A network of fully connected layers in float64 with tanh between them, so that its gradient is never exactly 0.

    sizes: of its layers from the input's d to the number of scores (1 for two classes), two or more of them; rng: draws
    the initial weights, normal with variance 1 over the number of inputs; the initial biases are 0.
    Raises TypeError or ValueError for any other.

    >>> from active_teacher.networks import perceptron
    >>> [type(layer).__name__ for layer in perceptron([2, 16, 1], rng=np.random.default_rng(0))]
    ['Linear', 'Tanh', 'Linear']
    """
    rng = as_rng(rng)
    if not isinstance(sizes, Sequence) or isinstance(sizes, str) or len(sizes) < 2:
        raise TypeError(f"sizes must be a sequence of two or more layer sizes, got {sizes!r}")
    widths = [as_count(size, name="a layer's size") for size in sizes]
    layers: list[torch.nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layer = torch.nn.Linear(inputs, outputs, dtype=torch.float64)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(rng.normal(0, inputs**-0.5, size=(outputs, inputs))))
            layer.bias.zero_()
        layers += [layer, torch.nn.Tanh()]
    return torch.nn.Sequential(*layers[:-1])


def fit(module: torch.nn.Module, x: ArrayLike, y: ArrayLike, *, steps: int, rate: float = 0.01) -> Network:
    """The student that a module becomes by so many steps of Adam on the cross entropy of all data at once.

    The module itself is trained. x: (n, d); y: (n,) classes; steps >= 1; rate: the learning rate, positive.
    Raises TypeError or ValueError for bad data (see ``checks.training_set``) and any other steps or rate.

    >>> from active_teacher.networks import fit, perceptron
    >>> fit(perceptron([1, 4, 1], rng=np.random.default_rng(0)), [[-1], [1]], [0, 1], steps=100)([[-2], [2]])
    array([0, 1])
    """
    student = Network(module)
    x, y = training_set(x, y)
    steps = as_count(steps, name="steps")
    as_positive(rate, name="rate")
    inputs, targets = student._as_tensor(x), torch.from_numpy(y)
    optimizer = torch.optim.Adam(module.parameters(), lr=rate)
    module.train()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # on layers this small, more threads mostly wait for each other
    try:
        for _ in range(steps):
            _step(module, optimizer, inputs, targets)
    finally:
        torch.set_num_threads(threads)
    return student


def _step(
    module: torch.nn.Module, optimizer: torch.optim.Optimizer, x: torch.Tensor, y: torch.Tensor, penalty: float = 0
) -> float:
    """A step on the mean cross entropy of a batch, its gradient summed over a few points at a time. Returns the sum."""
    optimizer.zero_grad()
    total = 0.0
    for some, targets in zip(*(torch.split(both, _at_once(x)) for both in (x, y)), strict=True):
        loss = _loss(_scores(module, some), targets)
        total += loss.item()
        (loss / len(x)).backward()  # type: ignore[no-untyped-call]
    if penalty:
        absolute = torch.stack([weights.abs().sum() for weights in module.parameters()])
        (penalty * absolute.sum()).backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return total


def _check_known(score: torch.Tensor, y: torch.Tensor) -> None:
    classes = 2 if score.ndim == 1 else score.shape[1]
    if (highest := int(y.max())) >= classes:
        raise ValueError(f"y must hold the {classes} classes that the network knows, got class {highest}")


def _loss(score: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The sum over the points of the cross entropy."""
    _check_known(score, targets)
    if score.ndim == 1:
        return torch.nn.functional.binary_cross_entropy_with_logits(score, targets.to(score.dtype), reduction="sum")
    return torch.nn.functional.cross_entropy(score, targets, reduction="sum")


class _OneChannel(torch.nn.Module):
    """Images (n, pixels, pixels) as (n, 1, pixels, pixels). Raises ValueError for any other shape."""

    def __init__(self, pixels: int) -> None:
        super().__init__()
        self.pixels = pixels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.shape[1:] != (self.pixels, self.pixels):
            raise ValueError(f"x must be images of {self.pixels} × {self.pixels} pixels, got shape {tuple(x.shape)}")
        return x[:, None]


def convolutional(
    *,
    rng: np.random.Generator,
    kernel: int = 3,
    activation: str = "relu",
    padding: str = "zeros",
    initialisation: str = "uniform",
    pooling: int | None = None,
    pixels: int = 100,
) -> torch.nn.Sequential:
    """The student of Appendix A.2: three convolutions of 16, 32 and 32 channels, pooled to 5 × 5, and a linear layer.

    After the first two convolutions, the largest of each 2 × 2 pixels is kept; after the third, the mean of each square
    with a side of pixels/20: the sides are 100, 50, 25, 5. It maps (n, pixels, pixels) images to (n, 2) scores, in
    float32.
    What the paper leaves open: kernel, odd, of all convolutions; activation, "relu", "leaky_relu", "tanh" or
    "softplus", all of which rise, so that it is the same before a max pooling and, a quarter of the work, after it;
    padding of kernel // 2 pixels, which the sides call for, with "zeros", "reflect", "replicate" or "circular";
    initialisation, drawn by rng, for a neuron of m inputs "uniform" in ±1/√m (torch's own) or "normal" with variance
    2/m and biases 0.
    pooling: None, or odd, 3 in the paper: first, each pixel becomes the largest of a square of so many around it (the
    active teacher's advice; stride 1, and -∞ beyond the rim). pixels: of an image's side, a multiple of 20.
    Raises TypeError or ValueError for any other. Source: Appendix A.2 and Example 4.2.

    >>> from active_teacher.networks import convolutional
    >>> convolutional(rng=np.random.default_rng(0))(torch.zeros((3, 100, 100))).shape
    torch.Size([3, 2])
    """
    rng = as_rng(rng)
    pixels = as_count(pixels, name="pixels")
    if pixels % 20:
        raise ValueError(f"pixels must be a multiple of 20, got {pixels}")
    sides = {"kernel": kernel} if pooling is None else {"kernel": kernel, "pooling": pooling}
    for name, side in sides.items():
        if as_count(side, name=name) % 2 == 0:
            raise ValueError(f"{name} must be odd, got {side}")
    if kernel > pixels // 2:
        raise ValueError(f"kernel must be at most {pixels // 2}, half of the image, got {kernel}")
    as_choice(activation, ACTIVATIONS, name="activation")
    as_choice(padding, PADDINGS, name="padding")
    as_choice(initialisation, ("uniform", "normal"), name="initialisation")

    same: dict[str, Any] = {"kernel_size": kernel, "padding": kernel // 2, "padding_mode": padding}
    advice = [] if pooling is None else [torch.nn.MaxPool2d(pooling, stride=1, padding=pooling // 2)]
    rises = ACTIVATIONS[activation]
    with torch.random.fork_rng(devices=[]):  # torch draws weights, too, which are overwritten
        layers = [
            _OneChannel(pixels),
            *advice,
            torch.nn.Conv2d(1, 16, **same),
            torch.nn.MaxPool2d(2),
            rises(),
            torch.nn.Conv2d(16, 32, **same),
            torch.nn.MaxPool2d(2),
            rises(),
            torch.nn.Conv2d(32, 32, **same),
            rises(),
            torch.nn.AvgPool2d(pixels // 20),
            torch.nn.Flatten(),
            torch.nn.Linear(32 * 5 * 5, 2),
        ]
    for layer in layers:
        if isinstance(layer, torch.nn.Conv2d | torch.nn.Linear):
            _draw(layer, initialisation, rng)
    network: Any = torch.nn.Sequential(*layers)
    return cast(torch.nn.Sequential, network.to(memory_format=torch.channels_last))  # the faster order in memory


def _draw(layer: torch.nn.Conv2d | torch.nn.Linear, initialisation: str, rng: np.random.Generator) -> None:
    """Draw a layer's weights and biases (see ``convolutional``)."""
    inputs = layer.weight[0].numel()
    with torch.no_grad():
        for parameter in layer.parameters():
            if initialisation == "uniform":
                drawn = rng.uniform(-(inputs**-0.5), inputs**-0.5, size=parameter.shape)
            else:
                drawn = rng.normal(0, (2 / inputs) ** 0.5, size=parameter.shape) * (parameter is layer.weight)
            parameter.copy_(torch.from_numpy(drawn))


def train(
    module: torch.nn.Module,
    x: ArrayLike,
    y: ArrayLike,
    *,
    rng: np.random.Generator,
    epochs: int = 10,
    batch: int = 50,
    rate: float = 0.001,
    penalty: float = 0,
    until: float = 0,
    transform: Callable[[Network, Points, Labels], Points] | None = None,
    after_epoch: Callable[[int, Network], object] | None = None,
) -> Network:
    """The student that a module becomes by Adam on the cross entropy of one batch of the data after the other.

    The module itself is trained. x: (n, ...); y: (n,) classes; batch: the points of a step, of which the last of an
    epoch may have fewer; rate: the learning rate, positive; rng: shuffles the data anew for each epoch;
    penalty: at least 0, times the sum of the parameters' absolute values, is added to the mean cross entropy;
    until: at least 0; an epoch in which the mean cross entropy, of its batches as they were learnt from, is below it is
    the last one, and epochs is then how many there are at most;
    transform: what takes a batch's place, a callable (student, x, y) -> x of the same shape, for augmentation and
    adversarial training; after_epoch: called with 1 .. epochs and the student as it then is.
    The gradient of a batch is summed over a few points at a time, which differs from the whole by rounding only, unless
    the module's answer to a point depends on the others (as with batch normalisation).
    Raises TypeError or ValueError for bad data (see ``checks.training_set``) and any other argument.
    Source: Appendix A.2, whose numbers are the defaults.

    >>> from active_teacher.networks import perceptron, train
    >>> module, rng = perceptron([1, 4, 1], rng=np.random.default_rng(0)), np.random.default_rng(0)
    >>> train(module, [[-1], [1]], [0, 1], rng=rng, epochs=100, rate=0.01)([[-2], [2]])
    array([0, 1])
    """
    student, rng = Network(module), as_rng(rng)
    points = as_points(x)
    _, y = training_set(points.reshape(len(points), -1), y)
    epochs, batch = as_count(epochs, name="epochs"), as_count(batch, name="batch")
    as_positive(rate, name="rate")
    as_at_least(penalty, 0, name="penalty")
    as_at_least(until, 0, name="until")
    if transform is not None:
        as_callable(transform, "(student, x, y) -> x or None", name="transform")
    if after_epoch is not None:
        as_callable(after_epoch, "(epoch, student) or None", name="after_epoch")
    inputs, targets = student._as_tensor(points), torch.from_numpy(y)
    optimizer = torch.optim.Adam(module.parameters(), lr=rate)
    for epoch in range(1, epochs + 1):
        module.train()
        loss = 0.0
        for step in torch.split(torch.from_numpy(rng.permutation(len(points))), batch):
            x, y = inputs[step], targets[step]
            if transform is not None:
                x = student._as_tensor(_transformed(transform, student, points[step.numpy()], y.numpy().copy()))
            loss += _step(module, optimizer, x, y, penalty)
        if after_epoch is not None:
            after_epoch(epoch, student)
        if loss / len(points) < until:
            break
    return student


def _transformed(
    transform: Callable[[Network, Points, Labels], Points], student: Network, x: Points, y: Labels
) -> Points:
    changed = as_points(transform(student, x, y), name="a transformed batch")
    if changed.shape != x.shape:
        raise ValueError(f"a transformed batch must have the batch's shape, {x.shape}, got {changed.shape}")
    return changed
