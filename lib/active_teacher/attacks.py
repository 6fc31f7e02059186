"""Attacks, the paper's 𝒜: maps from a data generator and a student to a family of distributions (Definition 3.2).

``attack(mu, student)`` is a family; ``family.worst(teacher)`` is the infimum of the agreement over it, and says how it
is known. The attacks are those of section 3.2: a single distribution, the l_p tube, the density-ratio ball, the fast
gradient, and all distributions.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from active_teacher.checks import as_count, as_generator, as_order, as_points, as_real, ask, certain, draw
from active_teacher.generators import Finite, PushForward, Reweighted
from active_teacher.geometry import Box
from active_teacher.labels import Classifier, FiniteGenerator, Generator, Points
from active_teacher.robustness import (
    BoxGenerator,
    BoxTeacher,
    HalfSpaceTeacher,
    LinearStudent,
    Masses,
    StrongRobustness,
    UndefinedProbabilityError,
    WorstCase,
    agreement,
    masses,
    strong_robustness,
)

SLACK = 1e-6  # a verdict that depends on less than this share of a tube's width is left undecided
ROUNDING = 1e-9  # what a returned point's distance may exceed its budget by


@runtime_checkable
class DifferentiableStudent(Protocol):
    """A student with a gradient, such as ``students.Linear`` and ``networks.Network``."""

    def __call__(self, x: Points) -> Any:
        """The classes of the points."""
        ...

    def gradient(self, x: Points) -> Points:
        """The gradient of the lead of the student's own answer over the next one."""
        ...


@dataclass(frozen=True, eq=False)
class Family:
    """The family of distributions that an attack makes of a data generator and a student: 𝒫 = 𝒜(μ, S)."""

    attack: "Attack"
    mu: Generator
    student: Classifier

    def worst(
        self,
        teacher: Classifier,
        *,
        n: int | None = None,
        rng: np.random.Generator | None = None,
        confidence: float = 0.95,
    ) -> WorstCase:
        """The infimum of P_ν(T = S | T certain) over the ν of the family (equation (3.1)).

        n, rng: points to sample or search, needed where it is not known exactly; confidence: of the interval then.
        Distributions under which the teacher is certain of nothing are left out; raises UndefinedProbabilityError if
        that leaves none, and TypeError or ValueError for bad input or a missing n or rng.
        """
        return self.attack._worst(self.mu, self.student, teacher, _Budget(n, rng, confidence))


@dataclass(frozen=True, eq=False)
class _Budget:
    """What may be sampled where no exact answer is known."""

    n: int | None
    rng: np.random.Generator | None
    confidence: float

    def needed(self) -> tuple[int, np.random.Generator]:
        if self.n is None or self.rng is None:
            raise TypeError("no exact answer is known for this attack, μ, teacher and student: give n and rng")
        return self.n, self.rng


class Attack:
    """What all attacks share: called with a data generator and a student, it returns its family. Errors: see there."""

    def __call__(self, mu: Generator, student: Classifier) -> Family:
        """The family of distributions. Raises TypeError if mu can't sample or the student can't be called."""
        if not callable(student):
            raise TypeError(f"the student must be a callable that maps (n, ...) points to (n,) labels, got {student!r}")
        return Family(self, as_generator(mu, name="mu"), student)

    def _worst(self, mu: Generator, student: Classifier, teacher: Classifier, budget: _Budget) -> WorstCase:
        raise NotImplementedError


def _of_one(nu: Generator, teacher: Classifier, student: Classifier, budget: _Budget) -> WorstCase:
    """The worst case of a family of one distribution is its agreement."""
    exact = masses(nu, teacher, student)
    if exact is not None:
        return WorstCase(exact.agreement, exact.agreement, "exact, of the one distribution there is", nu)
    n, rng = budget.needed()
    sampled = agreement(nu, teacher, student, n=n, rng=rng, confidence=budget.confidence)
    how = f"{budget.confidence:.0%} interval from {sampled.certain} certain points of the one distribution there is"
    return WorstCase(sampled.low, sampled.high, how, nu)


def _of_verdict(verdict: StrongRobustness, where: str) -> WorstCase:
    """Where a family holds every point mass of a set, the infimum is 0 or 1: one adversarial example decides."""
    if verdict.robust:
        return WorstCase(Fraction(1), Fraction(1), f"exact: no adversarial example {where}")
    if verdict.robust is None:
        return WorstCase(
            Fraction(0), Fraction(1), f"no adversarial example {where} among {verdict.asked} certain points"
        )
    how = f"exact: the point mass at an adversarial example {where}"
    return WorstCase(Fraction(0), Fraction(0), how, Finite(np.asarray(verdict.witness)[None]))


@dataclass(frozen=True, eq=False)
class Single(Attack):
    """The attack that returns one distribution ν whatever μ and S are, as in Theorem 4.2 and Example 4.2.

    nu: a generator. Raises TypeError if it can't sample; its worst case is undefined if ν gives the certain region no
    mass. Known exactly for finitely many points, and for uniform ν on boxes as ``robustness.masses`` says.
    """

    nu: Generator

    def __post_init__(self) -> None:
        as_generator(self.nu, name="nu")

    def _worst(self, mu: Generator, student: Classifier, teacher: Classifier, budget: _Budget) -> WorstCase:
        return _of_one(self.nu, teacher, student, budget)


@dataclass(frozen=True, eq=False)
class Everything(Attack):
    """The attack that returns all distributions on X: robustness against it is Definition 3.1 (section 3.2, its end).

    domain: X, a ``Box`` or points (m, ...). The infimum is 0 or 1, whatever epsilon is: see ``strong_robustness``.
    Raises TypeError or ValueError for any other domain.
    """

    domain: Any

    def __post_init__(self) -> None:
        if not isinstance(self.domain, Box):
            object.__setattr__(self, "domain", as_points(self.domain, name="domain"))

    def _worst(self, mu: Generator, student: Classifier, teacher: Classifier, budget: _Budget) -> WorstCase:
        return _of_verdict(strong_robustness(teacher, student, self.domain, n=budget.n, rng=budget.rng), "in X")


@dataclass(frozen=True, eq=False)
class DensityRatio(Attack):
    """All ν with c <= dν/dμ <= 1/c (section 3.2, the second attack). c: in (0, 1]; 1 leaves μ alone.

    Raises TypeError or ValueError for any other c.
    """

    c: float

    def __post_init__(self) -> None:
        if not 0 < as_real(self.c, name="c") <= 1:
            raise ValueError(f"c must lie in (0, 1], got {self.c}")

    def densities(self, of_mu: Masses) -> tuple[Fraction, Fraction, Fraction]:
        """The worst dν/dμ: its values where the teacher is certain and the student right, wrong, and where T says U.

        The agreement rises with ν's right mass R and falls with its wrong mass W, so the worst ν has little R and much
        W. R + W + U = 1 with each between c and 1/c times what μ gives it, so if too little mass is left for the
        uncertain region, W gives way; if too much, R grows. A part of mass 0 has density 1.
        Raises TypeError if of_mu are no ``Masses``.
        """
        if not isinstance(of_mu, Masses):
            raise TypeError(f"of_mu must be Masses, got {of_mu!r}")
        c = Fraction(float(self.c))
        right, wrong, uncertain = of_mu.right, of_mu.wrong, of_mu.uncertain
        least_right = max(c * right, 1 - (wrong + uncertain) / c)
        most_wrong = min(wrong / c, 1 - c * (right + uncertain))
        parts = [(least_right, right), (most_wrong, wrong), (1 - least_right - most_wrong, uncertain)]
        ratios = [nu / mass if mass else Fraction(1) for nu, mass in parts]
        assert sum(nu for nu, _ in parts) == 1
        assert all(c <= ratio <= 1 / c for ratio in ratios)
        return ratios[0], ratios[1], ratios[2]

    def worst_agreement(self, of_mu: Masses) -> Fraction:
        """The least agreement of a ν of the family, exactly.

        Raises UndefinedProbabilityError if T is never certain, and TypeError if of_mu are no ``Masses``.
        """
        right, wrong, uncertain = self.densities(of_mu)
        return Masses(right * of_mu.right, wrong * of_mu.wrong, uncertain * of_mu.uncertain).agreement

    def _worst(self, mu: Generator, student: Classifier, teacher: Classifier, budget: _Budget) -> WorstCase:
        exact = masses(mu, teacher, student)
        if exact is not None:
            worst = self.worst_agreement(exact)
            nu = self._reweighted(mu, teacher, student, self.densities(exact))
            return WorstCase(worst, worst, "exact, from the masses of right, wrong and uncertain", nu)
        n, rng = budget.needed()
        sampled = agreement(mu, teacher, student, n=n, rng=rng, confidence=budget.confidence)
        # Two intervals that hold together: the worst case rises with the agreement and falls with the uncertain mass.
        each = 1 - (1 - budget.confidence) / 2
        agreed = binomtest(sampled.agreed, sampled.certain).proportion_ci(each, method="exact")
        sure = binomtest(sampled.certain, sampled.sampled).proportion_ci(each, method="exact")
        estimate = Masses(
            *(Fraction(k, n) for k in (sampled.agreed, sampled.certain - sampled.agreed, n - sampled.certain))
        )
        return WorstCase(
            float(self.worst_agreement(_masses(agreed.low, sure.low))),
            float(self.worst_agreement(_masses(agreed.high, sure.high))),
            f"{budget.confidence:.0%} interval from the right, wrong and uncertain among {n} points",
            self._reweighted(mu, teacher, student, self.densities(estimate)),
        )

    def _reweighted(
        self, mu: Generator, teacher: Classifier, student: Classifier, ratios: tuple[Fraction, Fraction, Fraction]
    ) -> Generator:
        """ν itself: μ with these densities."""

        def density(x: Points) -> NDArray[np.float64]:
            y = ask(teacher, x, role="teacher")
            part = np.where(certain(y), np.where(y == ask(student, x, role="student"), 0, 1), 2)
            return np.array([float(ratio) for ratio in ratios])[part]

        if isinstance(mu, FiniteGenerator):
            weights = mu.weights * density(mu.points)
            return Finite(mu.points, weights / weights.sum())
        return Reweighted(mu, density, float(max(ratios)))


def _masses(agreed: float, sure: float) -> Masses:
    """The masses for an agreement given certainty and a mass of the certain region."""
    right, certainly = Fraction(float(agreed)) * Fraction(float(sure)), Fraction(float(sure))
    return Masses(right, certainly - right, 1 - certainly)


@dataclass(frozen=True, eq=False)
class FastGradient(Attack):
    """The push-forward Γ#μ, where Γ moves each point by delta along the gradient g of the student: x ± delta g/‖g‖_2.

    delta >= 0. away: True moves it so that the student's own answer loses its lead, as attacks do. False is the paper's
    formula as printed, x + delta g/‖g‖ with g = ∂S/∂x: towards class 1 from wherever it is (two classes only). Where
    g = 0 there is no direction, and the point stays. Known exactly for a linear student and uniform μ on boxes (up to
    the rounding of the step), and for finitely many points. Source: section 3.2, the third attack.
    Raises TypeError or ValueError for any other; on use, TypeError for a student without gradient.
    """

    delta: float
    away: bool = True

    def __post_init__(self) -> None:
        if as_real(self.delta, name="delta") < 0:
            raise ValueError(f"delta must be at least 0, got {self.delta}")
        if not isinstance(self.away, bool):
            raise TypeError(f"away must be True or False, got {self.away!r}")

    def gamma(self, student: DifferentiableStudent) -> Callable[[Points], Points]:
        """Γ for this student: maps (n, ...) points to (n, ...). Raises TypeError for a student without gradient."""
        if isinstance(student, type) or not isinstance(student, DifferentiableStudent):
            raise TypeError(f"the fast gradient needs a student with a method gradient(x), got {student!r}")

        def push(x: Points) -> Points:
            x = as_points(x)
            direction = _unit(-_gradient(student, x))
            if not self.away:
                answer = ask(student, x, role="student")
                if answer.max() > 1:
                    raise ValueError(f"the formula as printed needs two classes, got the answer {answer.max()}")
                towards = np.where(answer == 0, 1.0, -1.0)  # the lead's gradient is that of the score, or of minus it
                direction = towards.reshape(-1, *[1] * (x.ndim - 1)) * direction
            return _moved(x, self.delta * direction, self.delta, 2)

        return push

    def _worst(self, mu: Generator, student: Classifier, teacher: Classifier, budget: _Budget) -> WorstCase:
        gamma = self.gamma(student)  # type: ignore[arg-type]
        if isinstance(mu, FiniteGenerator):
            return _of_one(Finite(gamma(mu.points), mu.weights), teacher, student, budget)
        nu = PushForward(mu, gamma)
        exact = None
        if isinstance(mu, BoxGenerator) and isinstance(teacher, BoxTeacher) and isinstance(student, LinearStudent):
            exact = self._masses(mu, student, teacher) if student.classes == 2 else None
        if exact is None:
            return _of_one(nu, teacher, student, budget)
        return WorstCase(exact.agreement, exact.agreement, "exact, of the one distribution there is", nu)

    def _masses(self, mu: BoxGenerator, student: LinearStudent, teacher: BoxTeacher) -> Masses | None:
        """Each side of the boundary moves as a whole, so what lands where is a volume between parallel hyperplanes.

        None for a teacher of more than two classes.
        """
        w, b, strict = student.conditions(1)[0]
        if strict and b == 0 and not w.any():
            b = -1.0  # equal scores everywhere are the first class's
        step = self.delta * _unit(w[None])[0]
        shift = sum((Fraction(float(c)) * Fraction(float(s)) for c, s in zip(w, step, strict=True)), Fraction(0))
        right = wrong = total = Fraction(0)
        for box in mu.boxes:
            landed = [Fraction(0)] * 3  # right, wrong, and all, as rounding has moved it
            for side in (0, 1):  # what the student said before
                sign = -1 if self.away and side == 1 else 1
                moved = Box(box.low + sign * step, box.high + sign * step)
                past = as_real(Fraction(b) - sign * shift, name="the score before the push")
                said_0 = moved.volume_below(w, past)
                landed[2] += said_0 if side == 0 else moved.volume - said_0
                for label, part in teacher.certain_boxes(moved):
                    if label > 1:
                        return None
                    before = part.volume_below(w, past)  # where the score was below 0
                    after = part.volume_below(w, b)  # where it is now
                    both = min(before, after)
                    says_0 = both if side == 0 else after - both
                    says_1 = before - both if side == 0 else part.volume - max(before, after)
                    landed[0] += (says_0, says_1)[label]
                    landed[1] += (says_1, says_0)[label]
            if landed[2] == 0:
                raise ValueError(
                    f"delta must be smaller beside the boxes of mu, got {self.delta}: no float tells its points apart"
                )
            total += box.volume
            right += box.volume * landed[0] / landed[2]
            wrong += box.volume * landed[1] / landed[2]
        return Masses(right / total, wrong / total, 1 - (right + wrong) / total)


@dataclass(frozen=True, eq=False)
class Tube(Attack):
    """All ν whose support lies within l_p distance delta of the support of μ (section 3.2, the first attack).

    delta >= 0; p: 1, 2 or ``np.inf``; domain: X, a ``Box``, or None for all of R^d. As ν may be a point mass, the
    infimum is 0 if there is an adversarial example in the tube and 1 if there is none, whatever epsilon is.
    Known exactly for a linear student, a teacher certain on boxes or half spaces, and a μ on boxes or finitely many
    points: for p = inf the tube of a box is a box, for p = 1 and 2 the worst point of each region solves a convex
    program (a verdict that hinges on a millionth of the tube's widest side is left undecided). Else n points of μ are
    pushed about: at random, and by projected gradient if the student has a gradient.
    Raises TypeError or ValueError for any other delta, p and domain.
    """

    delta: float
    p: float = 2
    domain: Box | None = None

    def __post_init__(self) -> None:
        if as_real(self.delta, name="delta") < 0:
            raise ValueError(f"delta must be at least 0, got {self.delta}")
        if as_order(self.p) not in (1, 2, np.inf):
            raise ValueError(f"p must be 1, 2 or inf, got {self.p}")
        if self.domain is not None and not isinstance(self.domain, Box):
            raise TypeError(f"the domain must be a Box or None, got {self.domain!r}")

    def distance(self, mu: Generator, x: Points) -> NDArray[np.float64]:
        """How far each point is from the support of μ in l_p; it lies in the tube if that is at most delta.

        mu: on boxes, or finitely many points; x: (n, d). Returns (n,). Raises TypeError or ValueError for any other.
        """
        support = _support(mu)
        if not support:
            raise TypeError(f"the support must be known as boxes or points (m, d), got {mu!r}")
        x = as_points(x, dimension=support[0].dimension)
        pushes = (x - np.clip(x, near.low, near.high) for near in support)
        return np.asarray(np.min([np.linalg.norm(push, ord=self.p, axis=1) for push in pushes], axis=0))

    def _worst(self, mu: Generator, student: Classifier, teacher: Classifier, budget: _Budget) -> WorstCase:
        support = _support(mu)
        if support and isinstance(teacher, BoxTeacher | HalfSpaceTeacher) and isinstance(student, LinearStudent):
            return self._decide(support, student, teacher)
        return self._search(mu, student, teacher, *budget.needed())

    def _decide(self, support: list[Box], student: LinearStudent, teacher: BoxTeacher | HalfSpaceTeacher) -> WorstCase:
        worst: StrongRobustness | None = None
        for verdict in (found for near in support for found in self._verdicts(near, student, teacher)):
            if verdict.robust is False:
                return _of_verdict(verdict, "in the tube")
            worst = verdict if worst is None or verdict.robust is None else worst
        if worst is None:
            raise UndefinedProbabilityError("the teacher is certain about no point of the tube")
        if worst.robust is None:
            return WorstCase(Fraction(0), Fraction(1), "an adversarial example in the tube is too near to call")
        return _of_verdict(worst, "in the tube")

    def _verdicts(
        self, near: Box, student: LinearStudent, teacher: BoxTeacher | HalfSpaceTeacher
    ) -> Iterator[StrongRobustness]:
        """What is known of each region's part of the tube around one box of the support; nothing if there is none."""
        hull: Box | None = Box(near.low - self.delta, near.high + self.delta)
        if self.domain is not None and hull is not None:
            hull = hull.intersection(self.domain)
        if hull is None:
            return
        try:
            verdict = strong_robustness(teacher, student, hull)
        except UndefinedProbabilityError:
            return
        reached = verdict.witness is not None and self._reaches(near, verdict.witness)
        if self.p == np.inf or self.delta == 0 or reached:  # then the hull is the tube, or its witness lies in it
            yield verdict
            return
        slack = SLACK * (float((near.high - near.low).max()) + 2 * self.delta)
        for label, region, cut in _regions(teacher, hull):
            conditions = student.conditions(label) if label < student.classes else [(0 * near.low, -1.0, False)]
            for w, b, _ in conditions:
                least = self._least(w, near, region, cut, slack)
                if least is None:
                    continue
                if verdict.robust or least[0] + b > slack * np.abs(w).sum():
                    yield StrongRobustness(True, True, 0)
                    continue
                yield self._witness(self._least(w, near, region, cut, -slack), near, student, teacher)

    def _witness(
        self, found: tuple[float, NDArray[np.float64]] | None, near: Box, student: Classifier, teacher: Classifier
    ) -> StrongRobustness:
        """The verdict that a point proves, if it is certain, wrong and in the tube; asked, not believed."""
        if found is not None and self._reaches(near, found[1]):
            try:
                verdict = strong_robustness(teacher, student, found[1][None])
            except UndefinedProbabilityError:
                verdict = None
            if verdict is not None and verdict.robust is False:
                return verdict
        return StrongRobustness(None, False, 0)

    def _reaches(self, near: Box, x: NDArray[np.float64]) -> bool:
        push = x - np.clip(x, near.low, near.high)
        return bool(_length(push[None], self.p)[0] <= self.delta * (1 + ROUNDING))

    def _least(
        self,
        w: NDArray[np.float64],
        near: Box,
        region: Box,
        cut: tuple[NDArray[np.float64], float] | None,
        slack: float,
    ) -> tuple[float, NDArray[np.float64]] | None:
        """The least w·x of a region within delta + slack of a box, and where (for slack < 0 a little inside)."""
        import cvxpy  # takes a second; only this needs it

        if self.delta + slack < 0:
            return None
        # Seen from the box and in units of the tube's width, so that the solver's tolerance is a share of that.
        origin, unit = near.low, abs(slack) / SLACK
        inset = SLACK * (region.high - region.low) if slack < 0 else 0.0
        x, start = cvxpy.Variable(w.size), cvxpy.Variable(w.size)
        constraints = [
            x >= (region.low + inset - origin) / unit,
            x <= (region.high - inset - origin) / unit,
            start >= 0,
            start <= (near.high - origin) / unit,
            cvxpy.norm(x - start, self.p) <= (self.delta + slack) / unit,  # type: ignore[attr-defined]
        ]
        if cut is not None:
            u, h = cut
            room = SLACK * np.abs(u) @ (region.high - region.low) if slack < 0 else 0.0
            steepest = np.abs(u).max()
            constraints.append(u / steepest @ x >= (h + room - u @ origin) / (steepest * unit))
        scale = np.abs(w).max() or 1.0
        problem = cvxpy.Problem(cvxpy.Minimize(w / scale @ x), constraints)
        problem.solve(solver=cvxpy.CLARABEL)  # type: ignore[no-untyped-call]
        if x.value is None:
            return None
        point = np.clip(origin + unit * x.value, region.low, region.high)
        with np.errstate(over="ignore", invalid="ignore"):  # then no verdict is drawn from it
            return float(w @ point), point

    def _search(
        self, mu: Generator, student: Classifier, teacher: Classifier, n: int, rng: np.random.Generator
    ) -> WorstCase:
        x = draw(mu, n, rng, name="mu")
        push = rng.normal(size=(n, x[0].size))
        push *= self.delta * rng.random((n, 1)) / np.linalg.norm(push, ord=self.p, axis=1, keepdims=True)
        tried = [x, _moved(x, push.reshape(x.shape), self.delta, self.p)]
        if isinstance(student, DifferentiableStudent):
            first = ask(student, x, role="student")

            def away(z: Points) -> Points:
                """Down the lead of the first answer, and once that is lost, up the lead of the other one."""
                side = np.where(ask(student, z, role="student") == first, -1.0, 1.0)
                return np.asarray(side.reshape(-1, *[1] * (z.ndim - 1)) * _gradient(student, z))

            for share in (0.25, 0.5, 0.75, 1.0):  # a shorter push may stay where the teacher is certain
                tried.append(projected_gradient(x, away, epsilon=share * self.delta, p=self.p))
        points = np.concatenate(tried)
        if self.domain is not None:
            points = points[self.domain.contains(points)]
            if len(points) == 0:
                raise ValueError("mu must sample some points of the domain, got none")
        verdict = strong_robustness(teacher, student, points)
        return _of_verdict(
            verdict if verdict.robust is False else StrongRobustness(None, False, verdict.asked), "in the tube"
        )


def projected_gradient(
    x: Points,
    ascent: Callable[[Points], Points],
    *,
    epsilon: float,
    p: float = 2,
    steps: int = 50,
    limits: tuple[float, float] | None = None,
) -> Points:
    """Each point after so many steps up a gradient, back into the l_p ball of radius epsilon around it after each.

    x: (n, ...); ascent: a callable (n, ...) -> (n, ...), the gradient of what is to grow; only its direction counts.
    The k-th step is 2 epsilon/√k long in l_p, in the direction that climbs most for its length. p: 1, 2 or ``np.inf``.
    limits: the least and the greatest value of a coordinate, at which a step that goes beyond is cut off; the points
    must lie within. Returns (n, ...), no point further than epsilon from where it was.
    Raises TypeError or ValueError for any other. Source: the inner maximum of (1.1), as Madry et al. look for it.
    """
    x = as_points(x)
    if as_real(epsilon, name="epsilon") < 0:
        raise ValueError(f"epsilon must be at least 0, got {epsilon}")
    if as_order(p) not in (1, 2, np.inf):
        raise ValueError(f"p must be 1, 2 or inf, got {p}")
    if not callable(ascent):
        raise TypeError(f"ascent must be a callable (n, ...) -> (n, ...), got {ascent!r}")
    if limits is not None:
        low, high = _as_limits(limits)
        if x.min() < low or x.max() > high:
            raise ValueError(f"x must lie within the limits {limits}, got values from {x.min()} to {x.max()}")
    moved = x.astype(np.float64)
    for k in range(1, as_count(steps, name="steps") + 1):
        gradient = as_points(ascent(moved), name="the gradient")
        if gradient.shape != x.shape:
            raise ValueError(f"the gradient must have the points' shape, {x.shape}, got {gradient.shape}")
        step = 2 * epsilon / np.sqrt(k)
        with np.errstate(over="ignore", invalid="ignore"):  # what is too large for a float is not finite, and refused
            push = as_points(moved - x + step * _steepest(gradient, p), name="the push")
        moved = _moved(x, _into_ball(push, epsilon, p), epsilon, p)
        if limits is not None:
            moved = moved.clip(low, high)  # no coordinate comes to lie further from where it was
    return moved


def _as_limits(limits: tuple[float, float]) -> tuple[float, float]:
    if not isinstance(limits, tuple | list) or len(limits) != 2:
        raise TypeError(f"limits must be the least and the greatest value, got {limits!r}")
    low, high = (as_real(limit, name="limits") for limit in limits)
    if low > high:
        raise ValueError(f"limits must be the least and the greatest value, got {limits}")
    return low, high


def _steepest(g: Points, p: float) -> Points:
    """The direction of l_p length 1 along which a function of gradient g grows most; 0 where g = 0."""
    if p == 2:
        return _unit(g)
    if p == np.inf:
        return np.sign(g)
    flat = g.reshape(len(g), -1)
    largest = np.arange(flat.shape[1]) == np.abs(flat).argmax(axis=1)[:, None]
    return np.asarray((np.sign(flat) * largest).reshape(g.shape))


def _into_ball(push: Points, radius: float, p: float) -> Points:
    """The nearest point (in l_2) of the l_p ball around 0, for each row."""
    if p == np.inf:
        return np.clip(push, -radius, radius)
    outside = _length(push, p) > radius
    if not outside.any():
        return push
    if p == 2:
        nearest = radius * _unit(push[outside])
    else:
        # l_1: shrink all coordinates by the one amount that leaves a sum of ``radius``, those below it to 0.
        flat = push[outside].reshape(outside.sum(), -1)
        largest = np.abs(flat).max(axis=1, keepdims=True)  # in units of it, so that no sum leaves the floats
        size = np.abs(flat) / largest
        sorted_down = -np.sort(-size, axis=1)
        excess = (sorted_down.cumsum(axis=1) - radius / largest) / np.arange(1, flat.shape[1] + 1)
        kept = (sorted_down > excess).sum(axis=1, keepdims=True)
        amount = np.take_along_axis(excess, np.maximum(kept, 1) - 1, axis=1)
        nearest = largest * np.sign(flat) * np.maximum(0, size - amount)
    within = push.copy()
    within[outside] = nearest.reshape(within[outside].shape)
    return within


def _support(mu: Generator) -> list[Box]:
    """The support as boxes, points among them; none if it is not known."""
    if isinstance(mu, BoxGenerator):
        return list(mu.boxes)
    if isinstance(mu, FiniteGenerator) and mu.points.ndim == 2:
        return [Box(point, point) for point in mu.points[mu.weights > 0]]
    return []


def _regions(
    teacher: BoxTeacher | HalfSpaceTeacher, hull: Box
) -> list[tuple[int, Box, tuple[NDArray[np.float64], float] | None]]:
    """The certain regions within a box: boxes, or the box with the half space u·x >= h that cuts it."""
    if isinstance(teacher, BoxTeacher):
        return [(label, box, None) for label, box in teacher.certain_boxes(hull)]
    return [(label, hull, (u, h)) for label, u, h, _ in teacher.certain_half_spaces()]


def _gradient(student: DifferentiableStudent, x: Points) -> Points:
    g = as_points(student.gradient(x), name="the student's gradient")
    if g.shape != x.shape:
        raise ValueError(f"the student's gradient must have the points' shape, {x.shape}, got {g.shape}")
    return g


def _unit(g: Points) -> Points:
    """Each row divided by its l_2 norm; a row of zeros stays."""
    flat = g.reshape(len(g), -1)
    largest = np.abs(flat).max(axis=1, keepdims=True)  # divided by first, so that no square leaves the floats
    scaled = np.divide(flat, largest, out=np.zeros_like(flat, dtype=np.float64), where=largest > 0)
    norm = np.linalg.norm(scaled, axis=1, keepdims=True)
    return np.asarray(np.divide(scaled, norm, out=np.zeros_like(scaled), where=norm > 0).reshape(g.shape))


def _length(push: Points, p: float) -> NDArray[np.float64]:
    """The l_p length of each row, relative to its largest entry, so that no power leaves the floats."""
    flat = push.reshape(len(push), -1).astype(np.float64)
    largest = np.abs(flat).max(axis=1, keepdims=True)
    share = np.divide(flat, largest, out=np.zeros_like(flat), where=largest > 0)
    with np.errstate(over="ignore"):  # longer than any budget
        return np.asarray(largest[:, 0] * np.linalg.norm(share, ord=p, axis=1))


def _moved(x: Points, push: Points, budget: float, p: float) -> Points:
    """The points once pushed; how far they were is measured, not believed, up to rounding."""
    with np.errstate(over="ignore"):
        moved = as_points(x + push, name="x after a push")
    used, rounding = _length(moved - x, p), 2 * np.finfo(float).eps * _length(moved, p)
    assert (used <= budget * (1 + ROUNDING) + rounding).all(), f"pushed by {used.max()}, the budget is {budget}"
    return moved
