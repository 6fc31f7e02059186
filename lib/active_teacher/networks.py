"""Students that are torch modules, and their training; the one module of the package that imports torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from active_teacher.labels import Labels, Points, as_count, as_points, as_real, as_rng, training_set


@dataclass(frozen=True, eq=False)
class Network:
    """A student that is a torch module: class 1 where its score is at least 0, or the class of the highest score.

    module: maps (n, ...) points to (n,) or (n, 1) scores of class 1 against class 0, or to (n, K) scores, K >= 2; it is
    asked in evaluation mode, in its own precision. Raises TypeError or ValueError for any other.
    """

    module: torch.nn.Module

    def __post_init__(self) -> None:
        if not isinstance(self.module, torch.nn.Module):
            raise TypeError(f"module must be a torch.nn.Module, got {self.module!r}")

    def score(self, x: Points) -> NDArray[np.float64]:
        """The scores of each point, (n,) or (n, K). x: (n, ...). Raises TypeError or ValueError for other points."""
        with torch.no_grad():
            return np.asarray(self._ask(self._as_tensor(x)).double().numpy())

    def __call__(self, x: Points) -> Labels:
        """x: (n, ...). Returns (n,) classes."""
        score = self.score(x)
        return (score >= 0).astype(np.int64) if score.ndim == 1 else score.argmax(axis=1)

    def gradient(self, x: Points) -> Points:
        """The gradient, at each point, of the lead of the student's own answer over the next one, by autograd.

        x: (n, ...). Returns the same shape. Raises TypeError or ValueError for other points.
        """
        inputs = self._as_tensor(x).requires_grad_()
        with torch.enable_grad():
            score = self._ask(inputs)
            if score.ndim == 1:
                lead = torch.where(score >= 0, score, -score)
            else:
                own = score.argmax(dim=1, keepdim=True)  # of equal scores the first, as the answer is
                next_one = score.scatter(1, own, -torch.inf).argmax(dim=1, keepdim=True)
                lead = score.gather(1, own) - score.gather(1, next_one)
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
    Raises TypeError or ValueError for bad data (see ``labels.training_set``) and any other steps or rate.
    """
    student = Network(module)
    x, y = training_set(x, y)
    steps = as_count(steps, name="steps")
    if as_real(rate, name="rate") <= 0:
        raise ValueError(f"rate must be positive, got {rate}")
    inputs, targets = student._as_tensor(x), torch.from_numpy(y)
    optimizer = torch.optim.Adam(module.parameters(), lr=rate)
    module.train()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # on layers this small, more threads mostly wait for each other
    try:
        for _ in range(steps):
            score = _scores(module, inputs)
            known = 2 if score.ndim == 1 else score.shape[1]
            if y.max() >= known:
                raise ValueError(f"y must hold the {known} classes that the network knows, got class {y.max()}")
            if score.ndim == 1:
                loss = torch.nn.functional.binary_cross_entropy_with_logits(score, targets.to(score.dtype))
            else:
                loss = torch.nn.functional.cross_entropy(score, targets)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    finally:
        torch.set_num_threads(threads)
    return student
