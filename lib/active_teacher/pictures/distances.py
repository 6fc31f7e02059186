"""Distances between pictures: how many pixels differ and by how much (l_p), and measures meant to see as people do.

Section 1 of the paper compares them with the eye (Fig. 1.1). SSIM and the Wasserstein distance come from libraries.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from skimage.metrics import structural_similarity

from active_teacher.checks import as_array, as_count, as_order, as_points

MOST_BLOCKS = 4096  # the transport problem has the square of that many unknowns
WINDOW = 11  # the side of SSIM's Gaussian window: 3.5 standard deviations of 1.5 pixels either way


def lp(a: ArrayLike, b: ArrayLike, *, p: float) -> float:
    """The l_p distance of two arrays of one shape: (Σ|a_i − b_i|^p)^(1/p), the largest |a_i − b_i| for p = ``np.inf``.

    For p = 0, the number of entries that differ (not a norm, but called one). p: 0 or at least 1. Returns a float.
    Raises TypeError or ValueError for arrays of different shapes, entries that are no finite numbers, other p, and a
    distance too large for a float. Source: section 1.

    >>> from active_teacher.pictures.distances import lp
    >>> [lp([0, 0, 0], [3, 4, 0], p=p) for p in (0, 1, 2, np.inf)]
    [2.0, 7.0, 5.0, 4.0]
    """
    a, b = _same_shape(a, b)
    with np.errstate(over="ignore"):  # what is too large for a float becomes infinite, and is refused below
        difference = np.ravel(a - b)
    if isinstance(p, int | float | np.number) and not isinstance(p, bool) and p == 0:
        return float(np.count_nonzero(difference))
    try:
        order = as_order(p)
    except ValueError as error:
        raise ValueError(f"p must be 0 or at least 1, got {p}") from error
    # Relative to the largest, since the p-th powers of a large p leave the floats.
    largest = float(np.abs(difference).max())
    share = float(np.linalg.norm(difference / largest, ord=order)) if 0 < largest < np.inf else 1.0
    distance = largest * share
    if not np.isfinite(distance):
        raise ValueError("a and b must be smaller, got a distance too large for a float")
    return distance


def ssim(a: ArrayLike, b: ArrayLike) -> float:
    """The structural similarity of two grey pictures: 1 for equal ones, less the less alike they are.

    a, b: (height, width), at least 11 pixels a side, entries in [0, 1]. Returns a float in [-1, 1], scikit-image's
    with the window and constants of Wang et al. (2004). Raises TypeError or ValueError for other arrays.

    >>> from active_teacher.pictures.distances import ssim
    >>> picture = np.indices((16, 16)).sum(axis=0) % 2
    >>> round(ssim(picture, picture), 3), round(ssim(picture, 1 - picture), 3)
    (1.0, -0.996)
    """
    a, b = _same_shape(a, b)
    for name, picture in (("a", a), ("b", b)):
        _check_picture(picture, name)
    if min(a.shape) < WINDOW:
        raise ValueError(f"a and b must be at least {WINDOW} pixels a side for SSIM's window, got {a.shape}")
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1.0}
    return float(structural_similarity(a, b, **settings))  # type: ignore[no-untyped-call]


def wasserstein(a: ArrayLike, b: ArrayLike, *, block: int = 1) -> float:
    """The Wasserstein distance of the ink of two grey pictures, in pixels: how far it must travel on average.

    Ink is 1 − the entry, black on white, and counts as a share of the picture's total. a, b: (height, width), entries
    in [0, 1], some ink in each. block: the side of the blocks whose ink is put in their middle before, so that at most
    4096 blocks are left; both sides must be multiples of it. This moves no ink by more than 0.71 blocks.
    Returns a float >= 0 (POT's exact solver). Raises TypeError or ValueError for other arrays and blocks.

    >>> from active_teacher.pictures.distances import wasserstein
    >>> dots = 1 - np.eye(8)[:2]  # a black dot in either of two rows, the second one pixel further to the right
    >>> wasserstein(dots, np.roll(dots, 3, axis=1))
    3.0
    """
    a, b = _same_shape(a, b)
    for name, picture in (("a", a), ("b", b)):
        _check_picture(picture, name)
    block = as_count(block, name="block")
    if any(side % block for side in a.shape):
        raise ValueError(f"block must divide both sides of the pictures, {a.shape}, got {block}")
    rows, columns = (side // block for side in a.shape)
    if rows * columns > MOST_BLOCKS:
        raise ValueError(f"at most {MOST_BLOCKS} blocks can be compared, got {rows} by {columns}: give a larger block")
    shares = []
    for name, picture in (("a", a), ("b", b)):
        ink = (1 - picture).reshape(rows, block, columns, block).sum(axis=(1, 3)).ravel()
        if ink.sum() == 0:
            raise ValueError(f"{name} must have some ink, got a white picture")
        shares.append(ink / ink.sum())
    places = block * np.stack(np.meshgrid(range(rows), range(columns), indexing="ij"), axis=-1).reshape(-1, 2)
    with _without_torch():
        import ot
    cost = ot.dist(places.astype(np.float64), metric="euclidean")
    return float(ot.emd2(*shares, cost, numItermax=10_000_000))


@contextmanager
def _without_torch() -> Iterator[None]:
    """POT imports torch where it is installed, which takes seconds and is not needed here."""
    name = "POT_BACKEND_DISABLE_PYTORCH"
    if "torch" in sys.modules or name in os.environ:
        yield
        return
    os.environ[name] = "1"
    try:
        yield
    finally:
        del os.environ[name]


def _same_shape(a: Any, b: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    arrays = []
    for name, given in (("a", a), ("b", b)):
        array = as_array(given, name=name)
        arrays.append(as_points(array.reshape(1, -1), name=name).astype(np.float64).reshape(array.shape))
    if arrays[0].shape != arrays[1].shape:
        raise ValueError(f"a and b must have one shape, got {arrays[0].shape} and {arrays[1].shape}")
    return arrays[0], arrays[1]


def _check_picture(picture: NDArray[np.float64], name: str) -> None:
    if picture.ndim != 2 or picture.min() < 0 or picture.max() > 1:
        got = f"shape {picture.shape} and values from {picture.min():g} to {picture.max():g}"
        raise ValueError(f"{name} must have shape (height, width) and values in [0, 1], got {got}")
