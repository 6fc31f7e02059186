"""What tests of the experiments share: random numbers of a seed, results without the time, and a look at the parts."""

from dataclasses import asdict

import numpy as np


def seeded(seed=2021):
    return np.random.default_rng(seed)


def streams(seed):
    """For the data, the learning and the tests."""
    return np.random.default_rng(seed).spawn(3)


def untimed(result):
    return {name: values for name, values in asdict(result).items() if name != "seconds"}


def watched(monkeypatch, module, name, look=None):
    """What a part is given and what it returns, call by call; or what `look` makes of that, at once."""
    seen, real = [], getattr(module, name)

    def part(*given, **named):
        returned = real(*given, **named)
        seen.append(look(given, named, returned) if look else (given, named, returned))
        return returned

    monkeypatch.setattr(module, name, part)
    return seen
