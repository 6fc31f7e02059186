"""Distributions ν with a density dν/dμ: how to sample one, and the masses of μ that bound its agreement."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from active_teacher.checks import (
    Budget,
    as_array,
    as_at_least,
    as_budget,
    as_callable,
    as_count,
    as_generator,
    as_real,
    as_rng,
    ask,
    draw,
)
from active_teacher.generators import Finite
from active_teacher.labels import UNCERTAIN, Classifier, Generator, Points
from active_teacher.robustness import agreement, clopper_pearson
from active_teacher.verdicts import Masses

Densities = tuple[Fraction, Fraction, Fraction]  # dν/dμ where T is certain and S right, or wrong, and where T says U


@dataclass(frozen=True, eq=False)
class Reweighted:
    """The distribution ν with a given density dν/dμ, by rejection: a point of μ is kept in proportion to its density.

    mu: a generator; density: a callable (n, ...) -> (n,) of numbers in [0, most], of mean 1 under μ (which a sample
    can't check). Raises TypeError or ValueError for any other, on sampling for a density outside [0, most], and for one
    that keeps nearly no point. Source: section 3.2, the second attack.

    >>> only_the_second = Reweighted(Finite([[0], [1]]), lambda x: 2 * x[:, 0], most=2)
    >>> only_the_second.sample(3, np.random.default_rng(2021)).ravel()
    array([1., 1., 1.])
    """

    mu: Generator
    density: Callable[[Points], NDArray[Any]]
    most: float

    def __post_init__(self) -> None:
        as_generator(self.mu, name="mu")
        as_callable(self.density, "(n, ...) -> (n,)", name="density")
        if as_real(self.most, name="most") < 1:
            raise ValueError(f"most must be at least 1, the mean of a density, got {self.most}")

    def sample(self, n: int, rng: np.random.Generator) -> Points:
        """Draw n points. Returns (n, ...). Raises TypeError or ValueError: see the class."""
        n, rng = as_count(n), as_rng(rng)
        kept: list[Points] = []
        empty = 0
        while (missing := n - sum(map(len, kept))) > 0:
            x = draw(self.mu, int(np.ceil(missing * self.most)) + 10, rng, name="mu")
            density = as_array(self.density(x), name="density(x)")
            if density.dtype.kind not in "biuf" or density.shape != (len(x),):
                raise ValueError(f"density(x) must be {len(x)} numbers, got {density.dtype} of shape {density.shape}")
            if not ((density >= 0) & (density <= self.most)).all():
                raise ValueError(f"density(x) must lie in [0, {self.most:g}], got {density.min()} to {density.max()}")
            x = x[rng.random(len(x)) * self.most < density]
            empty = empty + 1 if len(x) == 0 else 0
            if empty > 50:  # each round keeps more than one on average
                raise ValueError("density(x) must have mean 1 under mu, got one that keeps nearly no point")
            kept.append(x[:missing])
        return np.concatenate(kept)


def reweighted(mu: Generator, teacher: Classifier, student: Classifier, densities: Densities) -> Generator:
    """The distribution ν whose density dν/dμ is one number where the student is right, wrong, and where T says U.

    densities: the three, nonnegative and of mean 1 under μ. Raises TypeError or ValueError for any other and for what
    can't sample.

    >>> reweighted(Finite([[1], [2]]), lambda x: [1, 1], lambda x: [1, 0], (Fraction(1, 2), Fraction(3, 2), 1)).weights
    array([0.25, 0.75])
    """
    if not isinstance(densities, tuple) or len(densities) != 3:
        raise TypeError(f"densities must be three numbers, got {densities!r}")
    values = np.array([as_at_least(density, 0, name="densities") for density in densities])

    def density(x: Points) -> NDArray[np.float64]:
        y = ask(teacher, x, role="teacher")
        right = y == ask(student, x, role="student")
        return np.asarray(values[np.where(y == UNCERTAIN, 2, np.where(right, 0, 1))])

    if type(mu) is Finite:
        weights = mu.weights * density(mu.points)
        if not weights.any():
            raise ValueError(f"densities must leave some mass, got {densities}")
        return Finite(mu.points, weights / weights.sum())
    return Reweighted(mu, density, float(values.max()))


@dataclass(frozen=True)
class MassesBetween:
    """Masses estimated from a sample: ``value``, with ``low`` and ``high`` between which the true ones are.

    What lies between is the share of the certain points and, among these, of the right ones: both together, with the
    probability that was asked for.
    """

    value: Masses
    low: Masses
    high: Masses


def masses_between(mu: Generator, teacher: Classifier, student: Classifier, budget: Budget) -> MassesBetween:
    """The masses of μ that are right, wrong and uncertain, from a sample, and the two ends of what they may be.

    What rises with the certain share, and with the right share of it, lies with the budget's confidence between what it
    is at ``low`` and what it is at ``high``: an interval for each that hold together. Errors: as ``agreement``.

    >>> from numpy.random import default_rng
    >>> mu, T, S = Finite([[-2], [0], [2]]), lambda x: np.sign(x[:, 0]).astype(int), lambda x: np.ones(len(x), int)
    >>> masses_between(mu, T, S, Budget(n=9, rng=default_rng(2021))).value
    Masses(right=Fraction(2, 9), wrong=Fraction(1, 3), uncertain=Fraction(4, 9))
    """
    n, rng = as_budget(budget).needed()
    found = agreement(mu, teacher, student, n=n, rng=rng, confidence=1 - (1 - budget.confidence) / 2)
    sure = clopper_pearson(found.certain, n, found.confidence)
    counted = Fraction(found.agreed, found.certain), Fraction(found.certain, n)
    low, high = (
        (Fraction(share), Fraction(certain)) for share, certain in zip((found.low, found.high), sure, strict=True)
    )
    return MassesBetween(*(Masses(a * c, c - a * c, 1 - c) for a, c in (counted, low, high)))
