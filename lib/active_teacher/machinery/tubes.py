"""The l_p tube around a support, p = 1, 2 or infinity: what is in it, its worst point, and the search for one."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from active_teacher import robustness
from active_teacher.checks import as_at_least, as_generator, as_order, as_points, as_row, ask, draw
from active_teacher.generators import Finite, Uniform
from active_teacher.geometry import Box, HalfSpace, Region
from active_teacher.labels import (
    UNCERTAIN,
    Classifier,
    DifferentiableStudent,
    Generator,
    LinearStudent,
    Points,
    RegionTeacher,
    Rng,
)
from active_teacher.machinery.gradients import NORMS, ROUNDING, along_lead, length, moved, projected_gradient
from active_teacher.verdicts import StrongRobustness, UndefinedProbabilityError

SLACK = 1e-6  # what depends on less than this share of a tube's width is left undecided


def support(mu: Generator) -> list[Box]:
    """The support of μ as boxes, points among them; none if it is not known. Raises TypeError if mu can't sample.

    >>> from active_teacher.generators import Finite
    >>> [box.low for box in support(Finite([[1, 2], [3, 4]], [0, 1]))]
    [array([3., 4.])]
    """
    if type(mu) is Uniform:
        return list(mu.boxes)
    if type(mu) is Finite and mu.points.ndim == 2:
        return [Box(point, point) for point in mu.points[mu.weights > 0]]
    as_generator(mu, name="mu")
    return []


def as_reach(delta: float, p: float, domain: Box | None) -> tuple[float, float, Box | None]:
    """delta, p and domain as a tube's, see ``attacks.Tube``. Raises TypeError or ValueError for any other.

    >>> as_reach(1, 2, None)
    (1.0, 2.0, None)
    """
    if domain is not None and not isinstance(domain, Box):
        raise TypeError(f"the domain must be a Box or None, got {domain!r}")
    return as_at_least(delta, 0, name="delta"), as_order(p, among=NORMS), domain


def distance(x: Points, box: Box, *, p: float) -> NDArray[np.float64]:
    """The l_p distance of points to a box. x: (n, d); box: bounded. Returns (n,). Raises TypeError or ValueError.

    >>> distance([[0, 0], [4, 5]], Box([0, 0], [1, 1]), p=2)
    array([0., 5.])
    """
    if not isinstance(box, Box):
        raise TypeError(f"box must be a Box, got {box!r}")
    x = as_points(x, dimension=box.dimension)
    return length(x - np.clip(x, box.low, box.high), p=p)


@dataclass(frozen=True, eq=False)
class BoxTube:
    """The points within l_p distance delta of a box: near, bounded; delta >= 0; p: 1, 2 or ``np.inf``.

    Raises TypeError or ValueError for any other.

    >>> [1.5, 1.5] in BoxTube(Box([0, 0], [1, 1]), 1, p=2), [1.5, 1.6] in BoxTube(Box([0, 0], [1, 1]), 1, p=1)
    (True, False)
    """

    near: Box
    delta: float
    p: float

    def __post_init__(self) -> None:
        if not isinstance(self.near, Box) or not self.near.bounded:
            raise TypeError(f"near must be a bounded Box, got {self.near!r}")
        as_at_least(self.delta, 0, name="delta")
        as_order(self.p, among=NORMS)

    @property
    def slack(self) -> float:
        """What the distance of a point is not told apart by: a millionth of the tube's widest side."""
        return SLACK * (float((self.near.high - self.near.low).max()) + 2 * self.delta)

    def __contains__(self, point: ArrayLike) -> bool:
        x = as_row(point, name="a point")[None]
        return bool(distance(x, self.near, p=self.p)[0] <= self.delta * (1 + ROUNDING))

    def least(self, half_space: HalfSpace, region: Region) -> float | None:
        """The least w·x + b in a region and in the tube or a slack beyond it; None if the region is out of reach.

        Raises TypeError or ValueError for what is no half space or region.
        """
        found = self._program(half_space, region, self.slack)
        with np.errstate(over="ignore", invalid="ignore"):  # then no verdict is drawn from it
            return None if found is None else float(half_space.w @ found + half_space.b)

    def worst(self, half_space: HalfSpace, region: Region) -> NDArray[np.float64] | None:
        """Where w·x + b is least a slack inside the tube and the region, (d,); None if that is nowhere.

        Raises TypeError or ValueError for what is no half space or region.
        """
        return self._program(half_space, region, -self.slack)

    def _program(self, half_space: HalfSpace, region: Region, slack: float) -> NDArray[np.float64] | None:
        """The point of least score in a region within delta + slack of the box (for slack < 0 a little inside)."""
        import cvxpy  # takes a second; only this needs it

        if not isinstance(getattr(region, "box", None), Box):
            raise TypeError(f"region must be a Box or a part of one, got {region!r}")
        region.box.least(half_space)  # raises for what is none, and for another dimension
        if self.delta + slack < 0:
            return None
        # Seen from the box and in units of the tube's width, so that the solver's tolerance is a share of that.
        origin, unit = self.near.low, abs(slack) / SLACK
        low, high = region.box.low, region.box.high
        inset = SLACK * (high - low) if slack < 0 else 0 * low
        x, start = cvxpy.Variable(origin.size), cvxpy.Variable(origin.size)
        constraints = [
            x >= (low + inset - origin) / unit,
            x <= (high - inset - origin) / unit,
            start >= 0,
            start <= (self.near.high - origin) / unit,
            cvxpy.norm(x - start, self.p) <= (self.delta + slack) / unit,  # type: ignore[attr-defined]
        ]
        for cut in region.cuts:
            steepest = np.abs(cut.w).max()
            beyond = np.abs(cut.w) @ inset - cut.b - cut.w @ origin
            constraints.append(cut.w / steepest @ x >= beyond / (steepest * unit))
        scale = np.abs(half_space.w).max() or 1.0
        problem = cvxpy.Problem(cvxpy.Minimize(half_space.w / scale @ x), constraints)
        problem.solve(solver=cvxpy.CLARABEL)  # type: ignore[no-untyped-call]
        return None if x.value is None else np.clip(origin + unit * x.value, low, high)


def decided(
    mu: Generator, teacher: Classifier, student: Classifier, *, delta: float, p: float, domain: Box | None = None
) -> StrongRobustness | None:
    """Whether the student is right on all of a tube that the teacher is certain about; None where a search is needed.

    delta, p, domain: as in ``attacks.Tube``. Decided for a linear student, a teacher certain on boxes or half spaces
    and a μ whose ``support`` is known: its ``robust`` is None where an adversarial example is too near to call.
    Raises UndefinedProbabilityError if the teacher is certain about no point of the tube, TypeError or ValueError for
    bad input.

    >>> from active_teacher import generators, students, teachers
    >>> mu, T, S = generators.Finite([[0.5, 0.5]]), teachers.AxisThreshold(), students.Linear([1, 1])
    >>> decided(mu, T, S, delta=1.01, p=1).witness.round(1)
    array([ 0.5, -0.5])
    """
    delta, p, domain = as_reach(delta, p, domain)
    boxes = support(mu)
    if not (boxes and isinstance(teacher, RegionTeacher) and isinstance(student, LinearStudent)):
        return None
    verdict: StrongRobustness | None = None
    for found in (v for near in boxes for v in _of_one(BoxTube(near, delta, p), domain, teacher, student)):
        if found.robust is False:
            return found
        if verdict is None or found.robust is None:
            verdict = found
    if verdict is None:
        raise UndefinedProbabilityError("the teacher is certain about no point of the tube")
    return verdict


def _of_one(
    tube: BoxTube, domain: Box | None, teacher: RegionTeacher, student: LinearStudent
) -> Iterator[StrongRobustness]:
    """What is known of each region's part of the tube around one box; nothing if there is none."""
    everything = Box(tube.near.low - tube.delta, tube.near.high + tube.delta)
    hull = everything if domain is None else everything.intersection(domain)
    if hull is None or not (regions := teacher.certain_regions(hull)):
        return
    verdict = robustness.strong_robustness(hull, teacher, student)
    if tube.p == np.inf or tube.delta == 0 or (verdict.witness is not None and verdict.witness in tube):
        yield verdict  # the hull is the tube, or its witness lies in it
        return
    never = [HalfSpace(0 * hull.low, -1.0)]
    for label, region in regions:
        for half_space in student.half_spaces(label) if label < student.classes else never:
            least = tube.least(half_space, region)
            if least is None:  # out of reach
                continue
            if verdict.robust or least > tube.slack * np.abs(half_space.w).sum():
                yield StrongRobustness(True, True, 0)
            else:
                yield _proven(tube, tube.worst(half_space, region), teacher, student)


def _proven(
    tube: BoxTube, point: NDArray[np.float64] | None, teacher: Classifier, student: Classifier
) -> StrongRobustness:
    """The verdict that a point proves, if it is certain, wrong and in the tube; asked, not believed."""
    if point is None or point not in tube or (ask(teacher, point[None], role="teacher") == UNCERTAIN).all():
        return StrongRobustness(None, False, 0)
    return robustness.searched(point[None], teacher, student)


def searched(
    mu: Generator,
    teacher: Classifier,
    student: Classifier,
    *,
    delta: float,
    p: float,
    domain: Box | None = None,
    n: int,
    rng: Rng,
) -> StrongRobustness:
    """An adversarial example in a tube, if one is found by pushing n points of μ about, drawn with rng.

    They are pushed at random and, if the student has a gradient, down its lead, each push ending at the domain's sides;
    points outside the domain only at random. Arguments as in ``decided``. Raises UndefinedProbabilityError if the
    teacher is certain about none of the points, TypeError or ValueError for bad input, a μ too far from the domain
    among it.

    >>> from active_teacher import generators, students, teachers
    >>> mu, S = generators.Finite([[0.0, 0.0]]), students.Linear([1, 1], 0.999)
    >>> T = teachers.Regions([lambda x: np.zeros(len(x), bool), lambda x: x[:, 0] > -2])
    >>> print(searched(mu, T, S, delta=1, p=2, domain=Box([-1, 0], [1, 1]), n=9, rng=np.random.default_rng(2021)))
    not strongly robust: at [-1.,  0.] the teacher says A, the student B
    """
    delta, p, domain = as_reach(delta, p, domain)
    x = draw(mu, n, rng, name="mu")
    push = rng.normal(size=(n, x[0].size))
    push *= delta * rng.random((n, 1)) / np.linalg.norm(push, ord=p, axis=1, keepdims=True)
    tried = [x, moved(x, push.reshape(x.shape), budget=delta, p=p)]
    if domain is not None:
        inside = domain.contains(x)
        onto = [z.clip(domain.low, domain.high) for z in tried]  # of a point inside, no further from where it was
        tried = [z[inside | (length(z - x, p=p) <= delta)] for z in onto]
        x = x[inside]
    if isinstance(student, DifferentiableStudent) and len(x) > 0:
        first = ask(student, x, role="student")

        def away(z: Points) -> Points:
            """Down the lead of the first answer, and once that is lost, up the lead of the other one."""
            g = along_lead(student, z, np.where(ask(student, z, role="student") == first, -1.0, 1.0))
            if domain is None:
                return g
            stuck = ((z <= domain.low) & (g < 0)) | ((z >= domain.high) & (g > 0))
            return np.where(stuck, 0, g)  # along the side, not beyond it

        for share in (0.25, 0.5, 0.75, 1.0):  # a shorter push may stay where the teacher is certain
            tried.append(projected_gradient(x, away, epsilon=share * delta, p=p, limits=domain))
    points = np.concatenate(tried)
    if domain is not None and len(points) > 0:
        points = points[domain.contains(points)]  # not on a side that is open
    if len(points) == 0:
        raise ValueError("mu must sample some points of the domain, got none")
    return robustness.searched(points, teacher, student)
