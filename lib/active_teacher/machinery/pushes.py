"""Where uniform points land that a linear student's gradient pushes: the exact masses of the fast gradient."""

from fractions import Fraction

from active_teacher.checks import as_at_least, as_flag, as_generator, as_real
from active_teacher.exact import certain_boxes
from active_teacher.generators import Uniform
from active_teacher.geometry import Box, HalfSpace
from active_teacher.labels import Classifier, Generator, LinearStudent
from active_teacher.machinery.gradients import unit
from active_teacher.machinery.volumes import volume_below
from active_teacher.verdicts import Masses


def masses(mu: Generator, teacher: Classifier, student: Classifier, *, delta: float, away: bool) -> Masses | None:
    """The masses of Γ#μ that are right, wrong and uncertain, exactly, for Γ as in ``attacks.FastGradient``.

    Known for a uniform μ on boxes, a teacher of two classes on boxes and a linear student of two; else None. Each side
    of the boundary moves as a whole, so what lands where is a volume between parallel hyperplanes.
    Raises TypeError or ValueError for a mu that can't sample, other delta and away, and a push out of the floats.

    >>> from active_teacher import generators, students, teachers
    >>> mu, T = generators.Uniform(Box([-1, -1], [1, 1])), teachers.AxisThreshold()
    >>> masses(mu, T, students.Linear([1, 0]), delta=1, away=True).right
    Fraction(1, 2)
    """
    delta, away = as_at_least(delta, 0, name="delta"), as_flag(away, name="away")
    if type(mu) is not Uniform:
        as_generator(mu)
        return None
    if not isinstance(student, LinearStudent) or student.classes != 2:
        return None
    side_1 = student.half_spaces(1)[0]
    w, b = side_1.w, side_1.b
    if side_1.strict and b == 0 and not w.any():
        b = -1.0  # equal scores everywhere are the first class's
    step = delta * unit(w[None])[0]
    shift = HalfSpace(w, 0).score(step)
    right = wrong = total = Fraction(0)
    for box in mu.boxes:
        landed = [Fraction(0)] * 3  # right, wrong, and all, as rounding has moved it
        for side in (0, 1):  # what the student said before
            sign = -1 if away and side == 1 else 1
            there = Box(box.low + sign * step, box.high + sign * step)
            past = as_real(Fraction(b) - sign * shift, name="the score before the push")
            said_0 = volume_below(there, w, past)
            landed[2] += said_0 if side == 0 else there.volume - said_0
            parts = certain_boxes(there, teacher)
            if parts is None:
                return None
            for label, part in parts:
                before = volume_below(part, w, past)  # where the score was below 0
                after = volume_below(part, w, b)  # where it is now
                both = min(before, after)
                says_0 = both if side == 0 else after - both
                says_1 = before - both if side == 0 else part.volume - max(before, after)
                landed[0] += (says_0, says_1)[label]
                landed[1] += (says_1, says_0)[label]
        if landed[2] == 0:
            raise ValueError(f"delta must be smaller beside the boxes of mu, got {delta}: rounding ate them")
        total += box.volume
        right += box.volume * landed[0] / landed[2]
        wrong += box.volume * landed[1] / landed[2]
    return Masses(right / total, wrong / total, 1 - (right + wrong) / total)
