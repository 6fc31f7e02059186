"""How much of a box lies below a hyperplane, exactly."""

from fractions import Fraction
from itertools import product
from math import factorial, prod

from numpy.typing import ArrayLike

from active_teacher.checks import as_real, as_row
from active_teacher.geometry import Box, HalfSpace

MOST_DIMENSIONS = 16  # the sum is over 2^d corners


def volume_below(box: Box, coefficients: ArrayLike, intercept: float = 0.0) -> Fraction:
    """The volume of the part of a box where w·x + b < 0, exactly, for w = ``coefficients`` and b = ``intercept``.

    box: bounded; coefficients: (d,), at most 16 of them nonzero. Inclusion and exclusion over the corners: with the
    corner of least score m as origin, the part is the simplex {Σ|w_i| u_i < -m} minus what of it sticks out of the box.
    Raises TypeError or ValueError for any other.

    >>> volume_below(Box([-1, -1], [1, 1]), [1, 1], -1)
    Fraction(7, 2)
    """
    if not isinstance(box, Box):
        raise TypeError(f"box must be a Box, got {box!r}")
    w = as_row(coefficients, name="coefficients")
    if w.shape != box.low.shape:
        raise ValueError(f"coefficients must have shape {box.low.shape}, got shape {w.shape}")
    least, _ = box.least(HalfSpace(w, as_real(intercept, name="intercept")))
    flat = prod((side for c, side in zip(w, box.sides, strict=True) if c == 0), start=Fraction(1))
    steps = [(abs(Fraction(float(c))), side) for c, side in zip(w, box.sides, strict=True) if c != 0]
    if len(steps) > MOST_DIMENSIONS:
        raise ValueError(f"at most {MOST_DIMENSIONS} coefficients may be nonzero, got {len(steps)}")
    total = Fraction(0)
    for chosen in product((0, 1), repeat=len(steps)):
        rest = -least - sum(s * side for (s, side), used in zip(steps, chosen, strict=True) if used)
        if rest > 0:
            total += (-1) ** sum(chosen) * rest ** len(steps)
    return flat * total / (factorial(len(steps)) * prod(s for s, _ in steps))
