"""Experiments for the tests of sweeps. Each run leaves a mark in the folder that SWEEP_MARKS names."""

import os
import sys
import time
from fractions import Fraction
from pathlib import Path
from uuid import uuid4

import numpy as np


def mark(seed: int) -> Path:
    """Leave the mark of a run, named by its seed and process. Returns the folder of marks."""
    folder = Path(os.environ["SWEEP_MARKS"])
    (folder / f"{seed}-{os.getpid()}-{uuid4().hex}").touch()
    return folder


def wait_for(file: Path) -> None:
    """Wait until a file is there; not for ever, so that no test leaves a process behind."""
    end = time.monotonic() + 120
    while not file.exists():
        if time.monotonic() > end:
            raise TimeoutError(file)
        time.sleep(0.01)


def line(seed, *, slope=2, start=(0.5, None)):
    mark(seed)
    return {"at 1": np.float64(slope * seed + 0.1), "points": np.arange(1 + seed % 3)}


def gated(seed, gate=3):
    """Ends at once for the seeds below the gate; the others wait until it is opened."""
    folder = mark(seed)
    if seed >= gate:
        wait_for(folder / "open")
    return {"square": seed**2}


def failing(seed, *, at=0):
    """One seed fails while the next is at work, which ends later; those after it take their time."""
    folder = mark(seed)
    if seed == at:
        wait_for(folder / "next")
        (folder / "failed").touch()
        raise ZeroDivisionError("two\nlines")
    if seed == at + 1:
        (folder / "next").touch()
        wait_for(folder / "failed")
    if seed > at:
        time.sleep(0.05)
    return {"done": seed}


def deadly(seed):
    """The last seed ends its worker."""
    if seed == 2:
        os._exit(1)
    return {"done": seed}


def leaving(seed):
    """Ends Python where it is run."""
    sys.exit("enough")


def exact(seed, *, third=1 / 3):
    """Numbers that are hard to write: the library's exact type, and floats at the ends of their range."""
    return {
        "half": Fraction(seed, 2),
        "sums": [0.1 + 0.2, 1e-17, 5e-324, third],
        "large": [2**53 + 1, 10**18, -1, 0],
        "safe": np.array([True, False, True, True]),
    }


def named(seed, *, way):
    return {"at": 1} if way == "short" else {"at": 1, "more": 2}


def returning(seed, *, what):
    """Returns what no experiment may return."""
    return {
        "nothing": None,
        "number": 1.5,
        "empty": {},
        "text": {"a": "1"},
        "none": {"a": None},
        "nan": {"a": [1.0, float("nan")]},
        "complex": {"a": 1j},
        "table": {"a": np.zeros((2, 2))},
        "ragged": {"a": [[1], [2, 3]]},
        "long": {"a": np.longdouble(1)},
        "dict": {"a": {}},
        "no list": {"a": [], "b": 1},
        "two lengths": {"a": [1, 2], "b": [1, 2, 3], "c": 5},
        "seed": {"seed": 1},
        "step": {"step": 1},
        "code": {"code": 1},
        "what": {"what": 1},
    }[what]


def stepping(seed, *, step=2):
    """Has a setting with the name of a column, which no result may have, and so it has none."""
    return {"seed squared": seed**2}


def nameless(*, slope=2):
    """Takes no seed."""


def unnameable(seed, *, array=np):
    """Has a default that no file can hold."""


NO_FUNCTION = 5
