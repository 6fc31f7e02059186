"""What is known of μ, T and S without a sample: for finitely many points, and for boxes cut by half spaces.

The functions that return None where nothing is known exactly are asked first by ``robustness`` and ``attacks``.
"""

from dataclasses import replace
from fractions import Fraction
from typing import Any, TypeGuard

import numpy as np

from active_teacher.checks import as_at_least, as_generator, as_order, as_points, as_real, ask, certain
from active_teacher.generators import Finite, Uniform
from active_teacher.geometry import Box, Region
from active_teacher.labels import (
    Classifier,
    Generator,
    LinearStudent,
    Points,
    RegionTeacher,
)
from active_teacher.machinery.volumes import volume_below
from active_teacher.verdicts import Masses, StrongRobustness, UndefinedProbabilityError


def masses(mu: Generator, teacher: Classifier, student: Classifier) -> Masses | None:
    """The masses of μ that are certain and right, certain and wrong, and uncertain, exactly; None if not known exactly.

    Known are those of a ``Finite`` μ (the teacher is asked once about each, so a stochastic one is judged by one
    draw), and of a ``Uniform`` one for a teacher certain on boxes and a linear student, both of two classes.
    Raises TypeError or ValueError for bad input. Source: equation (3.1).

    >>> from active_teacher.generators import Finite
    >>> masses(Finite([[0], [1], [2], [3]]), lambda x: [0, 1, 1, -1], lambda x: [0, 1, 0, 1])
    Masses(right=Fraction(1, 2), wrong=Fraction(1, 4), uncertain=Fraction(1, 4))
    """
    if type(mu) is Finite:
        held = mu.weights > 0
        x, weights = mu.points[held], [Fraction(float(weight)) for weight in mu.weights[held]]
        y, answers = ask(teacher, x, role="teacher"), ask(student, x, role="student")
        parts = [certain(y) & (y == answers), certain(y) & (y != answers), ~certain(y)]
        sums = [sum((w for w, inside in zip(weights, part, strict=True) if inside), Fraction(0)) for part in parts]
        return Masses(*(share / sum(sums) for share in sums))
    if type(mu) is not Uniform or not _is_linear(student):
        as_generator(mu)
        return None
    found = [certain_boxes(box, teacher) for box in mu.boxes]
    if None in found:
        return None
    parts = [part for boxes in found for part in boxes or ()]
    total = sum((box.volume for box in mu.boxes), start=Fraction(0))
    sure = sum((box.volume for _, box in parts), start=Fraction(0)) / total
    wrong = sum((_wrong(label, box, student) for label, box in parts), start=Fraction(0)) / total
    return Masses(sure - wrong, wrong, 1 - sure)


def certain_boxes(domain: Box, teacher: Classifier) -> list[tuple[int, Box]] | None:
    """The certain region within a box as boxes labelled A or B, for their volumes; None for any other teacher.

    Raises TypeError or ValueError if the teacher's regions and the box live in different spaces.

    >>> from active_teacher.teachers import AxisThreshold
    >>> [(label, box.low, box.high) for label, box in certain_boxes(Box([0, 0], [1, 1]), AxisThreshold())]
    [(1, array([0.5, 0. ]), array([1., 1.]))]
    """
    if not isinstance(domain, Box):
        raise TypeError(f"the domain must be a Box, got {domain!r}")
    if not isinstance(teacher, RegionTeacher):
        return None
    parts = teacher.certain_regions(Box(domain.low, domain.high))  # no volume depends on which sides are open
    boxes = [(label, region) for label, region in parts if isinstance(region, Box) and label <= 1]
    return boxes if len(boxes) == len(parts) else None


def adversarial_error(
    mu: Uniform, teacher: RegionTeacher, student: LinearStudent, *, epsilon: float = 0.0, p: float = 2
) -> Fraction:
    """The share of certain points of μ that the student gets wrong somewhere within l_p distance epsilon, exactly.

    With epsilon = 0 it is the student's error given certainty, 1 - P(T = S | certain); with epsilon > 0 it is the
    adversarial loss (1.1) for the loss that counts mistakes, given certainty. mu: uniform on boxes; teacher: certain
    on boxes; student: linear, two classes. Exact in the floats given (for epsilon > 0, up to the rounding of ‖w‖_q).
    Raises TypeError for other kinds (estimate theirs by ``robustness.agreement``), UndefinedProbabilityError if the
    teacher is certain of no part of μ, ValueError for epsilon < 0 or p < 1.

    >>> from active_teacher import generators, students, teachers
    >>> square = generators.Uniform(Box([-1, -1], [1, 1]))
    >>> adversarial_error(square, teachers.AxisThreshold(), students.Linear([1, 1]))
    Fraction(1, 8)
    """
    epsilon, p = as_at_least(epsilon, 0, name="epsilon"), as_order(p)
    parts = _certain_parts(mu, teacher, student)
    boxes = [(label, region) for label, region in parts if isinstance(region, Box)]
    if len(boxes) < len(parts):
        raise TypeError(f"an exact error needs a teacher that is certain on boxes, got {teacher!r}")
    if not (total := sum((box.volume for _, box in boxes), start=Fraction(0))):
        raise UndefinedProbabilityError("the teacher is certain about no part of μ: it has no error there")
    reach = epsilon * student.dual_norm(p) if epsilon else 0.0
    return sum((_wrong(label, box, student, reach) for label, box in boxes), start=Fraction(0)) / total


def margin(mu: Uniform, teacher: RegionTeacher, student: LinearStudent, *, p: float = 2) -> float:
    """The largest l_p distance by which every certain point of μ's support may move before the student errs.

    Negative, by the distance of the worst point from the right side, if the student errs on the support already, its
    own boundary aside: of a line that the support only touches it is 0, on whichever side the touching points count.
    mu: uniform on boxes; teacher: certain on boxes or half spaces; student, p and errors: as ``adversarial_error``.
    Source: section 3.3.

    >>> from active_teacher import generators, students, teachers
    >>> square = generators.Uniform(Box([0.5, 0.5], [1, 1]))
    >>> margin(square, teachers.AxisThreshold(), students.Linear([1, 1]), p=1)
    1.0
    """
    parts = _certain_parts(mu, teacher, student)
    if not parts:
        raise UndefinedProbabilityError("the teacher is certain about no part of μ: it has no margin there")
    if not (norm := student.dual_norm(p)):
        raise ValueError("a student whose score is the same everywhere has no boundary, and no margin")
    least = min(region.least(student.half_spaces(label)[0])[0] for label, region in parts)
    return as_real(least, name="the least score") / norm


def on_points(x: Points, teacher: Classifier, student: Classifier) -> StrongRobustness:
    """Whether the student is right on all of these points that the teacher is certain about, each asked about once.

    x: (n, ...). Raises UndefinedProbabilityError if it is certain about none, TypeError or ValueError for bad input.

    >>> print(on_points([[0, 1], [1, 0]], lambda x: [1, -1], lambda x: [0]))
    not strongly robust: at [0., 1.] the teacher says A, the student B
    """
    x, given = as_points(x), len(x)
    y = ask(teacher, x, role="teacher")
    if not certain(y).any():
        raise UndefinedProbabilityError(f"certain about none of {given} points: nothing to be robust about")
    x, y = x[certain(y)], y[certain(y)]
    answers = ask(student, x, role="student")
    if (y == answers).all():
        return StrongRobustness(True, True, len(x), given=given)
    i = int(np.argmax(y != answers))
    classes = max(2, student.classes if isinstance(student, LinearStudent) else 2, y.max() + 1, answers.max() + 1)
    return StrongRobustness(False, True, len(x), x[i], int(y[i]), int(answers[i]), int(classes))


def on_box(domain: Box, teacher: Classifier, student: Classifier) -> StrongRobustness | None:
    """Whether the student is right on all of a box that the teacher is certain about, exactly; None if that is unknown.

    Known for a teacher of boxes or half spaces and a linear student: it is right on all of a region iff each half space
    of its answer holds at the region's worst point. Undecided where that and the student's own arithmetic differ.
    Raises UndefinedProbabilityError if the teacher is certain about no point of it, ValueError for an unbounded domain.

    >>> from active_teacher import students, teachers
    >>> print(on_box(Box([-1, -1], [1, 1]), teachers.AxisThreshold(), students.Linear([1, 0.25])))
    strongly robust (exact)
    """
    if not isinstance(teacher, RegionTeacher) or not isinstance(student, LinearStudent):
        return None
    if not isinstance(domain, Box) or not domain.bounded:
        raise ValueError(f"the domain must be a bounded box, got {domain}")
    if not (parts := teacher.certain_regions(domain)):
        raise UndefinedProbabilityError("certain about no point of the domain: nothing to be robust about")
    known = [(region, student.half_spaces(label)) for label, region in parts if label < student.classes]
    suspects = [region.worst(half_space) for region, half_spaces in known for half_space in half_spaces]
    # A point on the edge of a region may be rounded out of it, so the deepest one is asked about in any case.
    suspects += [(region.deepest, label >= student.classes) for label, region in parts]
    suspects.sort(key=lambda suspect: not suspect[1])  # a witness had better not be on an edge, where rounding decides
    verdict = on_points(np.stack([point for point, _ in suspects]), teacher, student)
    if verdict.robust and any(violated for _, violated in suspects):
        # The half spaces say one thing and the student's own arithmetic another: within rounding of the boundary.
        return StrongRobustness(None, False, len(suspects))
    return replace(verdict, given=None)


def _is_linear(student: Any) -> TypeGuard[LinearStudent]:
    return isinstance(student, LinearStudent) and student.classes == 2


def _wrong(label: int, box: Box, student: LinearStudent, reach: float = 0.0) -> Fraction:
    """The volume of the part of a box, labelled A or B, from which the score is wrong or within reach of it."""
    right = student.half_spaces(label)[0]
    if right.strict and right.b == 0 and not right.w.any():  # else the score is 0 on a set of volume 0
        return box.volume
    return volume_below(box, right.w, right.b - reach)


def _certain_parts(mu: Any, teacher: Any, student: Any) -> list[tuple[int, Region]]:
    if not isinstance(teacher, RegionTeacher):
        raise TypeError(f"an exact answer needs a teacher with certain_regions(domain), got {teacher!r}")
    if not _is_linear(student):
        raise TypeError(f"an exact answer needs a linear student of two classes, got {student!r}")
    if type(mu) is not Uniform:
        raise TypeError(f"an exact answer needs a generators.Uniform, got {mu!r}")
    parts = [part for box in mu.boxes for part in teacher.certain_regions(box)]
    if unknown := sorted({label for label, _ in parts if label > 1}):
        raise ValueError(f"a student of two classes was given a teacher of more: labels {unknown}")
    return parts
