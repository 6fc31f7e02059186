"""The Walsh–Hadamard transform: what a feature has in common with every parity at once."""

from functools import lru_cache, reduce
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from active_teacher.checks import as_array, as_flag

WHOLE, LOW = 20, 16  # an array of up to 2^20 is transformed as a whole, a longer one by pieces of 2^16, a cache's size


def walsh_hadamard(values: ArrayLike, *, in_place: bool = False) -> NDArray[Any]:
    """Σ_x values[x] (-1)^{Σ_{i∈S} x_i} for every subset S at once, by index.

    values: (2^d,) real numbers, one for each point of the cube. Returns (2^d,), float32 for float32, else float64.
    Exact for whole numbers whose absolute values sum to at most 2^24 (float32) or 2^53 (float64).
    in_place: whether to write the result over ``values``, which must then be a writable C-contiguous float32 or
    float64 array; a part of 2^20 values at most is copied then.
    Raises TypeError for entries that are not real numbers and for an array that can't be written over; ValueError for
    another shape, NaN, infinities, and values whose sums may be too large for a float; nothing has been written then.
    """
    own = _as_function(values, name="values", copy=not as_flag(in_place, name="in_place"))
    if in_place and not (isinstance(values, np.ndarray) and values.dtype == own.dtype and values.flags.carray):
        raise TypeError("in place, values must be a writable C-contiguous float32 or float64 array")
    _transform(own)
    return own


def _as_function(values: Any, *, name: str, copy: bool) -> NDArray[Any]:
    """One real number for each point of a cube, as (2^d,) float32 or float64."""
    given = as_array(values, name=name)
    if given.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold real numbers, got dtype {given.dtype}")
    n = given.size
    if given.ndim != 1 or n == 0 or n & (n - 1):
        raise ValueError(f"{name} must have one value for each of the 2^d points, shape (2^d,), got {given.shape}")
    with np.errstate(over="ignore"):  # what is too large for a float becomes infinite
        given = given.astype(np.float32 if given.dtype == np.float32 else np.float64, order="C", copy=copy)
        largest = np.maximum(given.max(), -given.min()) * given.dtype.type(n)
    if not np.isfinite(largest):
        raise ValueError(f"{name} must be finite, with sums that are, got NaN, infinity or a number too large")
    return given


def _transform(a: NDArray[Any]) -> None:
    # The 2^d signs are d-fold Kronecker products, so a matrix product with the 2^k signs of a small k does k bits of
    # the index at once. Each pass takes the k top bits and leaves them at the bottom: when all bits have gone round,
    # they are in order again, and no pass has a stride that BLAS is slow on.
    d = a.size.bit_length() - 1
    if d <= WHOLE:
        _rotate(a, np.empty_like(a))
        return
    # A longer array is transformed by rows that stay in the cache, and then by blocks of columns, in two passes.
    top, bottom = (d - LOW) // 2, (d - LOW + 1) // 2
    width = 2 ** max(LOW - top - bottom, 6)
    scratch = np.empty(2 ** (top + bottom) * width, dtype=a.dtype)
    for row in a.reshape(-1, 2**LOW):
        _rotate(row, scratch[: 2**LOW])
    whole, part = a.reshape(2**top, 2**bottom, 2**LOW), scratch.reshape(2**top, 2**bottom, width)
    for left in range(0, 2**LOW, width):
        block = whole[:, :, left : left + width]
        np.matmul(_hadamard(top, a.dtype), block.swapaxes(0, 1), out=part.swapaxes(0, 1))
        np.matmul(_hadamard(bottom, a.dtype), part, out=block)


def _rotate(a: NDArray[Any], scratch: NDArray[Any]) -> None:
    d = a.size.bit_length() - 1
    passes = 2 * ceil(d / 8)  # even, to end where it began, and of at most 4 bits
    for i in range(passes):
        k = (d + i) // passes
        np.matmul(a.reshape(2**k, -1).T, _hadamard(k, a.dtype), out=scratch.reshape(-1, 2**k))
        a, scratch = scratch, a


@lru_cache
def _hadamard(k: int, dtype: Any) -> NDArray[Any]:
    """The signs (-1)^{Σ_{i∈S} x_i} of {0,1}^k, (2^k, 2^k)."""
    signs: NDArray[Any] = reduce(np.kron, [np.array([[1, 1], [1, -1]], dtype)] * k, np.ones((1, 1), dtype))
    return signs


def fourier(h: ArrayLike) -> NDArray[Any]:
    """ĥ(S) = E_ν[h(x) (-1)^{Σ_{i∈S} x_i}] for every subset S, by index: the Fourier coefficients of h on the cube.

    h: (2^d,) real numbers, one for each point of the cube. Returns (2^d,), float32 for float32, else float64; how exact
    and which errors: see walsh_hadamard.
    """
    spectrum = _as_function(h, name="h", copy=True)
    _transform(spectrum)
    spectrum /= spectrum.size
    return spectrum


def correlations(h: ArrayLike, *, complement: bool = False) -> NDArray[Any]:
    """E_ν[h f_S] = (ĥ(∅) - ĥ(S))/2 for every subset S, by index: what exact answers to the feature query h would be.

    h: (2^d,) real numbers, one for each point of the cube. complement: for 1 - f_S, which is (ĥ(∅) + ĥ(S))/2.
    Returns (2^d,), float32 for float32, else float64. Errors: see walsh_hadamard.
    """
    sign = 1 if as_flag(complement, name="complement") else -1
    half = fourier(h) / 2
    return np.asarray(half[0] + sign * half)
