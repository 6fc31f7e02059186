"""Parities in plain Python, and all functions on a small cube: what the library is compared with."""

from itertools import combinations, product

import numpy as np

CONVENTIONS = (False, True)


def subsets(d):
    """All subsets of the coordinates, by their sizes."""
    return [s for size in range(d + 1) for s in combinations(range(d), size)]


def plain_parity(subset, point, *, complement=False):
    """Equation (4.1) or the preprint's formula."""
    total = sum(int(point[i]) for i in subset)
    return (1 + (-1) ** total) // 2 if complement else total % 2


def all_features(d, values=(0, 1)):
    """Every function from the cube to ``values``, one a row."""
    return np.array(list(product(values, repeat=2**d)), dtype=np.int64)
