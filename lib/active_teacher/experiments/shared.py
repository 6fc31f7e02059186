"""What comparing ways to robustness in Example 4.2 takes: the ways' names, random numbers and time."""

from collections.abc import Iterator
from time import process_time
from typing import TypeVar

import numpy as np

from active_teacher.checks import as_at_least, as_choice, as_count

PASSIVE = ("data", "active student", "l_2", "l_inf")  # the teacher only labels
ADVISED = ("features", "invariance", "sparsity", "structure")  # it says one thing about how it decides
NORMS = {"l_2": 2.0, "l_inf": np.inf}
FEWEST = 10  # labels of a training set

Student = TypeVar("Student")


def streams(seed: int) -> list[np.random.Generator]:
    """Three random generators of a seed 0, 1, 2, ...: for the data, the learning and the tests.

    Raises TypeError or ValueError for any other seed.

    >>> from active_teacher.experiments.shared import streams
    >>> [round(rng.random(), 2) for rng in streams(0)]
    [0.94, 0.68, 0.84]
    """
    return np.random.default_rng(as_count(seed, name="seed", least=0)).spawn(3)


def check_way(way: str, ways: tuple[str, ...], *, labels: int, epsilon: float, start: dict[str, int]) -> None:
    """Check what a comparison is given: one of its ways, as many labels as that needs, and an epsilon of at least 0.

    start: of the ways that begin with a training set of their own, its size. Raises TypeError or ValueError.

    >>> from active_teacher.experiments.shared import check_way
    >>> check_way("asks", ("data", "asks"), labels=99, epsilon=0.1, start={"asks": 100})
    Traceback (most recent call last):
    ValueError: labels must be at least 100 with this way, got 99
    """
    as_choice(way, ways, name="way")
    if as_count(labels, name="labels") < (least := start.get(way, FEWEST)):
        raise ValueError(f"labels must be at least {least} with this way, got {labels}")
    as_at_least(epsilon, 0, name="epsilon")


def timed(steps: Iterator[tuple[int, Student]]) -> Iterator[tuple[int, float, Student]]:
    """Each step of learning, (labels, student), with the processor time in seconds that it and those before it took.

    steps: an iterator, so that a step is made when it is asked for. Raises TypeError for any other.

    >>> from active_teacher.experiments.shared import timed
    >>> [(labels, student) for labels, seconds, student in timed(iter([(100, "first"), (150, "second")]))]
    [(100, 'first'), (150, 'second')]
    """
    if not isinstance(steps, Iterator):
        raise TypeError(f"steps must be an iterator, got {steps!r}")
    seconds = 0.0
    while True:
        started = process_time()
        step = next(steps, None)
        seconds += process_time() - started
        if step is None:
            return
        asked, student = step
        yield asked, seconds, student
