"""The Walsh–Hadamard transform of a feature beside plainer ways to the same 2^d sums, each checked against it."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import hadamard

from active_teacher.questions.walsh import walsh_hadamard

Values = NDArray[Any]
DEFINITION, MATRIX = 14, 12  # the largest d for those that take 4^d steps, or as much memory
DIMENSIONS = (8, 10, 12, 14, 16, 18, 20, 22)


def definition(h: Values) -> Values:
    """The sum of each parity, one after the other; its signs are looked up, not computed."""
    points = np.arange(len(h))
    sign = np.ones(1, dtype=h.dtype)
    while len(sign) < len(h):
        sign = np.concatenate([sign, -sign])
    return np.array([h @ sign[points & s] for s in points], dtype=h.dtype)


def butterfly(h: Values) -> Values:
    """The textbook's: d passes over the array, each of sums and differences of slices that are 2^i apart."""
    h = h.copy()
    width = 1
    while width < len(h):
        pairs = h.reshape(-1, 2, width)
        even, odd = pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]
        pairs[:, 0], pairs[:, 1] = even, odd
        width *= 2
    return h


def one_layout(h: Values) -> Values:
    """The same in the layout that suits numpy best: every pass adds neighbours and writes the sums before the rest."""
    for _ in range(len(h).bit_length() - 1):
        even, odd = h[0::2], h[1::2]
        h = np.concatenate([even + odd, even - odd])
    return h


def matrix_product(d: int, dtype: Any) -> Callable[[Values], Values]:
    signs = hadamard(2**d, dtype=dtype)
    return lambda h: signs @ h


def milliseconds(transform: Callable[[Values], Values], h: Values) -> float:
    """The best of some runs: as many as fit into about half a second, two at least."""
    times: list[float] = []
    while len(times) < 2 or (sum(times) < 0.5 and len(times) < 50):
        started = time.perf_counter()
        transform(h)
        times.append(time.perf_counter() - started)
    return 1e3 * min(times)


def main() -> None:
    print("The transform of 2^d values in ms, and in brackets how many times as long the others take")
    for dtype in (np.float32, np.float64):
        print(f"\n{dtype.__name__:8}{'this book':>10}{'definition':>22}{'Hadamard matrix':>22}", end="")
        print(f"{'butterfly':>20}{'butterfly, one layout':>24}")
        for d in DIMENSIONS:
            h = np.random.default_rng(2021).integers(0, 2, 2**d).astype(dtype)
            others = {
                "definition": definition if d <= DEFINITION else None,
                "matrix": matrix_product(d, dtype) if d <= MATRIX else None,
                "butterfly": butterfly,
                "one layout": one_layout,
            }
            expected, ours = walsh_hadamard(h), milliseconds(walsh_hadamard, h)
            print(f"d = {d:<4}{ours:10.3f}", end="")
            for other, width in zip(others.values(), (22, 22, 20, 24), strict=True):
                text = "-"
                if other is not None:
                    assert np.array_equal(other(h), expected)
                    theirs = milliseconds(other, h)
                    text = f"{theirs:.3f} ({theirs / ours:.{0 if theirs > 100 * ours else 1}f}x)"
                print(f"{text:>{width}}", end="")
            print()


if __name__ == "__main__":
    main()
