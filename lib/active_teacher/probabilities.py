"""What a network says of points, as probabilities of classes, whether it is a torch module or a plain callable."""

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from active_teacher.checks import as_array, as_callable, as_points
from active_teacher.labels import Points


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
