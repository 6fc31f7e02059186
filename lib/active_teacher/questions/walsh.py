"""The Walsh–Hadamard transform: what a function on the cube has in common with every parity at once.

A function on {0,1}^d is its 2^d values: point k of the cube has x_i = bit i of k, and a subset S of the coordinates
has the index Σ_{i∈S} 2^i. The result is in the order of these indices.
"""

from functools import lru_cache, reduce
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from active_teacher.checks import as_array, as_flag


def walsh_hadamard(values: ArrayLike) -> NDArray[Any]:
    """Σ_x values[x] (-1)^{Σ_{i∈S} x_i} for every subset S at once, by index.

    values: (2^d,) real numbers, one for each point of the cube. Returns (2^d,), float32 for float32, else float64.
    Exact for whole numbers whose absolute values sum to at most 2^24 (float32) or 2^53 (float64). Errors: as_function.

    >>> walsh_hadamard([1, 0, 1, 1])
    array([ 3.,  1., -1.,  1.])
    """
    return _transform(as_function(values, name="values"))


def fourier(h: ArrayLike) -> NDArray[Any]:
    """ĥ(S) = E_ν[h(x) (-1)^{Σ_{i∈S} x_i}] for every subset S, by index: the Fourier coefficients of h on the cube.

    h: (2^d,) real numbers. Returns (2^d,), float32 for float32, else float64. How exact, and errors: walsh_hadamard.

    >>> fourier([0, 1, 1, 0])  # the parity of both coordinates
    array([ 0.5,  0. ,  0. , -0.5])
    """
    sums = _transform(as_function(h, name="h"))
    return np.asarray(sums / sums.dtype.type(sums.size))


def correlations(h: ArrayLike, *, complement: bool = False) -> NDArray[Any]:
    """E_ν[h f_S] = (ĥ(∅) - ĥ(S))/2 for every subset S, by index: what exact answers to the feature query h would be.

    h: (2^d,) real numbers. complement: for 1 - f_S instead, which is (ĥ(∅) + ĥ(S))/2. Returns (2^d,), float32 for
    float32, else float64. Errors: walsh_hadamard, and TypeError for a complement that is no flag.

    >>> correlations([0, 1, 1, 0])
    array([0.  , 0.25, 0.25, 0.5 ])
    """
    sign = 1 if as_flag(complement, name="complement") else -1
    half = fourier(h) / 2
    return np.asarray(half[0] + sign * half)


def as_function(values: Any, *, name: str) -> NDArray[Any]:
    """values as a function on a cube: one real number for each of its points, (2^d,) float32 or float64.

    Raises TypeError for entries that are not real numbers, ValueError for another shape, NaN, infinities, and values
    whose sums may be too large for a float.

    >>> as_function([True, False], name="h")
    array([1., 0.])
    """
    given = as_array(values, name=name)
    if given.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold real numbers, got dtype {given.dtype}")
    n = given.size
    if given.ndim != 1 or n == 0 or n & (n - 1):
        raise ValueError(f"{name} must have one value for each of the 2^d points, shape (2^d,), got {given.shape}")
    with np.errstate(over="ignore"):  # what is too large for a float becomes infinite
        given = given.astype(np.float32 if given.dtype == np.float32 else np.float64, copy=False)
        largest = np.maximum(given.max(), -given.min()) * given.dtype.type(n)
    if not np.isfinite(largest):
        raise ValueError(f"{name} must be finite, with sums that are, got NaN, infinity or a number too large")
    return given


def _transform(a: NDArray[Any]) -> NDArray[Any]:
    # The signs of {0,1}^d are a d-fold Kronecker product, so that a product with the signs of {0,1}^k, for a small k,
    # does k bits of the index at once. Each pass takes the k top bits and leaves them at the bottom: once all bits have
    # gone round, they are in order again, and no pass has a stride that a matrix product is slow on.
    d = a.size.bit_length() - 1
    passes = max(ceil(d / 4), 1)
    for i in range(passes):
        k = (d + i) // passes
        a = (a.reshape(2**k, -1).T @ _signs(k, a.dtype)).ravel()
    return a


@lru_cache
def _signs(k: int, dtype: Any) -> NDArray[Any]:
    """(-1)^{Σ_{i∈S} x_i} for every point x and subset S of {0,1}^k, (2^k, 2^k)."""
    signs: NDArray[Any] = reduce(np.kron, [np.array([[1, 1], [1, -1]], dtype)] * k, np.ones((1, 1), dtype))
    return signs
