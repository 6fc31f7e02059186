"""Teachers who go by probabilities: a network that is sure of its answer, and labels drawn from a distribution.

They are teachers like those of ``teachers``: callables that map ``(n, ...)`` points to ``(n,)`` labels.
"""

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from active_teacher.checks import as_array, as_callable, as_points, as_rng, as_within, check_total
from active_teacher.labels import UNCERTAIN, Labels, Points


@dataclass(frozen=True)
class Confident:
    """Class k where a network gives it more than ``confidence``, UNCERTAIN where it gives that to no class.

    network: a callable (n, ...) -> (n,) probabilities of class A, or -> (n, K) probabilities that sum to 1; a
    ``torch.nn.Module`` whose output is such probabilities is asked in evaluation mode without gradients.
    confidence: in [0.5, 1), so that at most one class passes; the paper's is 0.99 (and its 0.01 is 1 - 0.99).
    Raises TypeError or ValueError for any other. Source: Remark 3.2.

    >>> Confident(lambda x: x[:, 0], confidence=0.9)([[0.95], [0.5], [0.05]])
    array([ 1, -1,  0])
    """

    network: Any
    confidence: float = 0.99

    def __post_init__(self) -> None:
        as_callable(self.network, "(n, ...) -> probabilities", name="network")
        as_within(self.confidence, "[0.5, 1)", name="confidence")

    def __call__(self, x: Points) -> Labels:
        """x: (n, ...). Returns (n,) labels."""
        p = probabilities_of(self.network, x)
        return np.where(p.max(axis=1) > self.confidence, p.argmax(axis=1), UNCERTAIN)


@dataclass(frozen=True)
class Stochastic:
    """A label drawn from a conditional distribution p(y | x), anew at every question; never UNCERTAIN.

    conditional: a callable (n, ...) -> (n,) probabilities of class A, or -> (n, K) probabilities that sum to 1.
    rng: the generator the labels are drawn with. With a generator for the marginal of x this is the traditional
    formulation by a joint distribution. Raises TypeError or ValueError for any other. Source: section 3.1.

    >>> Stochastic(lambda x: x[:, 0], np.random.default_rng(2021))([[0], [0.5], [0.5], [1]])
    array([0, 1, 1, 1])
    """

    conditional: Any
    rng: np.random.Generator

    def __post_init__(self) -> None:
        as_callable(self.conditional, "(n, ...) -> probabilities", name="conditional")
        as_rng(self.rng)

    def __call__(self, x: Points) -> Labels:
        """x: (n, ...). Returns (n,) labels."""
        p = probabilities_of(self.conditional, x)
        return _draw(p / p.sum(axis=1, keepdims=True), self.rng)


@dataclass(frozen=True, eq=False)
class Joint:
    """The teacher in a finite joint distribution of (x, y): y drawn given x, UNCERTAIN where x has no mass.

    points: (m, ...), all different; joint: (m, K), the probability of each pair of a point and a class.
    rng: the generator the labels are drawn with. Its partner, the data generator, is the marginal:
    ``generators.Finite(points, joint.sum(axis=1))``. Raises TypeError or ValueError for any other.
    Source: section 3.1, its last paragraph.

    >>> Joint([[0], [1]], [[0, 0.5], [0.5, 0]], np.random.default_rng(2021))([[0], [1], [2]])
    array([ 1,  0, -1])
    """

    points: Points
    joint: NDArray[np.float64]
    rng: np.random.Generator

    def __init__(self, points: ArrayLike, joint: ArrayLike, rng: np.random.Generator) -> None:
        atoms = as_points(points, name="points")
        table = as_points(joint, name="joint").astype(np.float64)
        if table.ndim != 2 or len(table) != len(atoms):
            raise ValueError(
                f"joint must have a row of probabilities for each of {len(atoms)} points, got {table.shape}"
            )
        check_total(table, name="joint")
        if len(np.unique(atoms.reshape(len(atoms), -1), axis=0)) < len(atoms):
            raise ValueError("points must be all different, got some twice")
        atoms = atoms.astype(np.float64) + 0.0  # -0.0 becomes 0.0: equal points, equal bytes
        vars(self).update(points=atoms, joint=table, rng=as_rng(rng))

    def __call__(self, x: Points) -> Labels:
        """x: (n, ...). Returns (n,) labels."""
        x = as_points(x)
        if x.shape[1:] != self.points.shape[1:]:
            raise ValueError(f"x must have shape (n, {', '.join(map(str, self.points.shape[1:]))}), got {x.shape}")
        row = {point.tobytes(): i for i, point in enumerate(self.points) if self.joint[i].sum() > 0}
        found = np.array([row.get(point.tobytes(), -1) for point in x.astype(np.float64) + 0.0])
        y = np.full(len(x), UNCERTAIN)
        if (known := found >= 0).any():
            p = self.joint[found[known]]
            y[known] = _draw(p / p.sum(axis=1, keepdims=True), self.rng)
        return y


def _draw(p: NDArray[np.float64], rng: np.random.Generator) -> Labels:
    """A class for each row of probabilities, by inverting the cumulative sum; its last entry counts as 1."""
    return np.asarray((rng.random((len(p), 1)) >= p.cumsum(axis=1)[:, :-1]).sum(axis=1))


def probabilities_of(network: Any, x: Points) -> NDArray[np.float64]:
    """What a network says of points, as (n, K) probabilities, after checking that they are probabilities.

    network: a callable (n, ...) -> (n,) probabilities of class A, or -> (n, K); a ``torch.nn.Module`` is asked in
    evaluation mode and without gradients. x: (n, ...). Raises TypeError or ValueError for any other answer.

    >>> probabilities_of(lambda x: x[:, 0], [[0.25], [1]])
    array([[0.75, 0.25],
           [0.  , 1.  ]])
    """
    x = as_points(x)
    as_callable(network, "(n, ...) -> probabilities", name="network")
    torch = sys.modules.get("torch")  # whoever holds a Module has imported torch; nobody else pays for it
    if torch is not None and isinstance(network, torch.nn.Module):
        p = _ask_module(torch, network, x)
    else:
        p = as_array(network(x), name="the network's answer")
    if p.dtype.kind != "f":
        raise TypeError(f"a network must answer probabilities, got dtype {p.dtype}")
    p = p.astype(np.float64)
    if p.shape == (len(x),):
        p = np.stack([1 - p, p], axis=1)  # the probability of A is that of class 1
    if p.ndim != 2 or p.shape[0] != len(x) or p.shape[1] < 2:
        raise ValueError(f"a network must answer ({len(x)},) or ({len(x)}, K) probabilities, got shape {p.shape}")
    wrong = np.asarray(((p < 0) | (p > 1) | np.isnan(p)).any(axis=1))
    wrong |= np.abs(np.where(wrong[:, None], 0, p).sum(axis=1) - 1) > 1e-5
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(f"probabilities must lie in [0, 1] and sum to 1, got {p[row]} in row {row}")
    return p


def _ask_module(torch: Any, module: Any, x: Points) -> NDArray[Any]:
    parameter = next(module.parameters(), torch.zeros(()))
    modes = {part: part.training for part in module.modules()}  # a part may be frozen while the whole trains
    module.eval()
    try:
        with torch.no_grad():
            own = np.array(x, dtype=np.float64, order="C")  # torch takes no view of a read-only or reversed array
            answer = module(torch.as_tensor(own, dtype=parameter.dtype, device=parameter.device))
    finally:
        for part, training in modes.items():
            part.training = training
    if not isinstance(answer, torch.Tensor):
        raise TypeError(f"a network must answer probabilities, got a {type(answer).__name__}")
    return np.asarray(answer.detach().cpu().numpy())
