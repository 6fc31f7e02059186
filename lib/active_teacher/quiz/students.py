"""Chapter 10's two students, and two built as in chapter 11, with the weights they end up with: they answer at once.

``python -m active_teacher.quiz.students`` trains them anew and stores their weights beside this module.
"""

from importlib.resources import as_file, files
from typing import Any

import numpy as np
import torch

from active_teacher.experiments.advice import framed, outlined
from active_teacher.experiments.shape_or_texture import panel
from active_teacher.networks import Network, convolutional, train
from active_teacher.pictures.shapes import SquareOrDisk, SquaresAndDisks

SEED = 2021  # chapter 10's
STORED = files("active_teacher.quiz").joinpath("students.npz")
NOTES = {
    "plain": "told nothing but the labels of its data",
    "pooling": "told to overlook the fine texture",
    "outline": "told to see no brightness, only what is brighter than a quarter of white",
    "structure": (
        "told that neither place nor size counts of what is brighter than a quarter of white; "
        "where nothing is, it sees the whole picture"
    ),
}


def students() -> dict[str, Network]:
    """The students of Example 4.2, by name: trained on one thousand pictures of μ, and told something or nothing.

    "plain" and "pooling" are the two of Fig. 4.3 as chapter 10 trains them; "outline" and "structure" see the same
    pictures (``experiments.advice``). Each maps (n, 100, 100) images to (n,) classes.

    >>> from active_teacher.quiz.students import students
    >>> students()["plain"](SquaresAndDisks("neither").sample(20, np.random.default_rng(0))).tolist()  # all are disks
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    """
    untrained = _untrained(np.random.default_rng(SEED))
    with as_file(STORED) as path, np.load(path) as weights:
        for name, module in untrained.items():
            own = {key.partition("/")[2]: value for key, value in weights.items() if key.startswith(f"{name}/")}
            module.load_state_dict({key: torch.from_numpy(value) for key, value in own.items()})
    return {name: Network(module) for name, module in untrained.items()}


def _untrained(rng: np.random.Generator) -> dict[str, torch.nn.Module]:
    return {
        "plain": convolutional(rng=rng),
        "pooling": convolutional(rng=rng, pooling=3),
        "outline": outlined(rng=rng),
        "structure": framed(rng=rng),
    }


def trained() -> dict[str, Network]:
    """The same students, trained anew, which takes minutes."""
    made: dict[str, Network] = {}

    def keep(name: str) -> Any:
        return lambda epoch, student: made.update({name: student})

    panel(SEED, fresh=1, after_epoch=keep("plain"))
    panel(SEED, fresh=1, pooling=3, after_epoch=keep("pooling"))
    for name, make, rate in (("outline", outlined, 0.001), ("structure", framed, 0.01)):
        for_data, for_weights, for_order, _ = np.random.default_rng(SEED).spawn(4)  # as in a panel
        x = SquaresAndDisks("squares", balanced=True).sample(1000, for_data)
        options: dict[str, Any] = {"epochs": 40, "until": 0.01, "rate": rate}  # chapter 11's
        made[name] = train(make(rng=for_weights), x, SquareOrDisk()(x), rng=for_order, **options)
    return made


if __name__ == "__main__":
    with as_file(STORED) as path:
        arrays = {
            f"{name}/{key}": value.numpy()
            for name, student in trained().items()
            for key, value in student.module.state_dict().items()
        }
        np.savez_compressed(path, **arrays)
