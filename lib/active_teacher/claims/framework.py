"""Checks of what the abstract and sections 1 to 3 say: three parts, distances, two definitions, attacks."""

import ast
from fractions import Fraction
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from active_teacher import attacks, exact, generators, losses, robustness, students, teachers
from active_teacher.claims.records import Measured, yes
from active_teacher.geometry import Box
from active_teacher.labels import UNCERTAIN, A, B, Generator, Points
from active_teacher.machinery import gradients
from active_teacher.pictures import distances
from active_teacher.pictures.drawings import arc, drawing
from active_teacher.probabilities import Confident, Joint, Stochastic
from active_teacher.verdicts import Masses, UndefinedProbabilityError

# The stage of Fig. 3.2, left: what the teacher reads, what the data show, what the margin makes of them.
X = Box([-1, -1], [1, 1])
EVERYWHERE = generators.Uniform(X)
T = teachers.AxisThreshold(axis=0, low=-0.5, high=0.5)
MU = generators.Uniform(Box([0.5, 0.5], [1, 1]), Box([-1, -1], [-0.5, -0.5]))
S = students.Linear([1, 1])
# And of its right panel: two quadrants that touch.
SECOND = Box([-1, 0], [0, 1], open_low=[False, True], open_high=[True, False])
FOURTH = Box([0, -1], [1, 0], open_low=[True, False], open_high=[False, True])
QUADRANTS = teachers.Boxes([(A, SECOND), (B, FOURTH)])
ON_QUADRANTS = generators.Uniform(SECOND, FOURTH)


def tilted(angle: float) -> students.Linear:
    """The student with a boundary through 0 and its normal at this angle, in degrees."""
    turn = np.radians(angle)
    return students.Linear([np.cos(turn), np.sin(turn)])


def grid() -> Points:
    """The middles of 200 x 200 cells of X."""
    centres = (np.arange(200) + 0.5) / 100 - 1
    return np.stack(np.meshgrid(centres, centres), axis=-1).reshape(-1, 2)


def masses(mu: Generator) -> Masses:
    """Where S is right, wrong, and T uncertain, exactly."""
    known = exact.masses(mu, T, S)
    assert known is not None
    return known


def is_robust(student: students.Linear, teacher: teachers.Boxes | teachers.AxisThreshold = T) -> bool:
    """Whether a linear student is strongly robust, by proof."""
    return bool(robustness.strong_robustness(X, teacher, student).robust)


# Robust to whom


def relative() -> Measured:
    """One student, two teachers with the same data."""
    reader, other = students.Linear([1, 0]), teachers.AxisThreshold(axis=1, low=-0.5, high=0.5)
    to_one, to_other = is_robust(reader), is_robust(reader, other)
    value = (
        f"the student who reads x₁: strongly robust to the teacher of x₁: {yes(to_one)}, to that of x₂: {yes(to_other)}"
    )
    return Measured(value, printed=to_one and not to_other)


def same_data() -> Measured:
    """Two teachers give the same labels on all of μ; where both are sure they agree on half."""
    other, z = teachers.AxisThreshold(axis=1, low=-0.5, high=0.5), grid()
    shown = MU.sample(10_000, np.random.default_rng(2021))
    both = (T(z) != UNCERTAIN) & (other(z) != UNCERTAIN)
    agree = Fraction(int(np.sum(T(z)[both] == other(z)[both])), int(both.sum()))
    same = bool((T(shown) == other(shown)).all())
    return Measured(
        f"10 000 of 10 000 labels alike on μ; elsewhere they agree on {agree} of what both are sure of", same
    )


def share_robust() -> Measured:
    """The lines through 0 that make no mistake on μ: no one is robust to both teachers who make the same data."""
    other = teachers.AxisThreshold(axis=1, low=-0.5, high=0.5)
    perfect = [a for a in range(-90, 180) if exact.adversarial_error(MU, T, tilted(a)) == 0]
    right, to_other = ([a for a in perfect if is_robust(tilted(a), one)] for one in (T, other))
    value = (
        f"perfect on μ from {perfect[0]}° to {perfect[-1]}°, strongly robust from {right[0]}° to {right[-1]}°, to the "
    )
    value += f"teacher of x₂ from {to_other[0]}° to {to_other[-1]}°; the margin takes 45°"
    value = value.replace("-", "−")
    return Measured(
        value, printed=bool(right and to_other) and not {*right} & {*to_other} and 45 not in {*right, *to_other}
    )


# Distances


@cache
def pictures() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """A face, two fish that share seven strokes with it, and the face under noise (σ = 0.4)."""
    u = np.linspace(-1, 1, 25)
    both = [arc((0.5, 0.5), 0.44)]
    for x in (0.30, 0.68):
        both += [np.stack([x + 0.125 * u, 0.56 + bend * (1 - u**2)], axis=1) for bend in (0.075, -0.075)]
        both.append(arc((x - 0.055, 0.565), 0.01))
    brows = [arc((x, 0.6), (0.14, 0.1), start=35, stop=145) for x in (0.30, 0.68)]
    nose, mouth = [(0.5, 0.56), (0.45, 0.4), (0.5, 0.385)], arc((0.5, 0.36), (0.2, 0.16), start=205, stop=335)
    tail = [(0.11, 0.015), (0.19, 0.07), (0.165, 0), (0.19, -0.07), (0.11, -0.015)]
    tails = [np.add(tail, (x, 0.56)) for x in (0.30, 0.68)]
    water = np.stack([0.5 + 0.37 * u, 0.76 + 0.012 * np.sin(12 * u)], axis=1)
    face, fish = drawing([*both, *brows, nose, mouth]), drawing([*both, *tails, water])
    noise = np.random.default_rng(2021).normal(size=face.shape)
    return face, fish, np.clip(face + 0.4 * noise, 0, 1)


def large_and_unnoticed() -> Measured:
    """A face moved by one pixel: as far as another subject, in the number of pixels that change."""
    face, fish, _ = pictures()
    moved, other = distances.lp(face, np.roll(face, 1, axis=1), p=0), distances.lp(face, fish, p=0)
    return Measured(f"l₀: moved by one pixel {moved:.0f}, another subject {other:.0f}", printed=moved > other)


def small_and_noticed() -> Measured:
    """Two fish instead of a face: nearer in l_1 and l_2 than the face with noise."""
    face, fish, noisy = pictures()
    far = {p: (distances.lp(face, fish, p=p), distances.lp(face, noisy, p=p)) for p in (1, 2)}
    value = "; ".join(f"l{'₁₂'[p - 1]}: two fish {a:.0f}, noisy face {b:.0f}" for p, (a, b) in far.items())
    return Measured(value, printed=all(a < b for a, b in far.values()))


def illusion() -> Measured:
    """Fig. 1.1's order, on a picture of the book's own: the other subject is nearer than the noisy copy."""
    face, fish, noisy = pictures()
    far = {p: (distances.lp(face, fish, p=p), distances.lp(face, noisy, p=p)) for p in (0, 1, 2)}
    value = "; ".join(f"l{'₀₁₂'[p]} {a:.0f} and {b:.0f}" for p, (a, b) in far.items())
    return Measured(f"to the fish and to the noisy face: {value}", printed=all(a < b for a, b in far.values()))


def printed_distances() -> Measured:
    """What l_0, l_1 and l_2 of changes of size 1 at most must satisfy, for the numbers that the paper prints."""
    l_0, l_1, l_2 = np.array([[15037, 812311], [2534.44, 63413.43], [43.02, 89.17]])
    consistent = bool((l_2**2 <= l_1).all() and (l_1 <= np.sqrt(l_0) * l_2).all())
    rms = l_2[1] / np.sqrt(l_0[1])
    return Measured(f"consistent: {yes(consistent)}; the noise has a root mean square of {rms:.3f}", consistent)


def other_measures() -> Measured:
    """SSIM and the Wasserstein distance, asked about the same three pictures."""
    face, fish, noisy = pictures()
    ssim = [1 - distances.ssim(face, other) for other in (fish, noisy)]
    carried = [distances.wasserstein(face, other, block=5) for other in (fish, noisy)]
    value = f"fish and noisy face: 1 − SSIM {ssim[0]:.2f} and {ssim[1]:.2f}, "
    value += f"Wasserstein {carried[0]:.2f} and {carried[1]:.2f}, a draw between another subject and the same one"
    return Measured(value, printed=bool(ssim[0] < ssim[1] and abs(carried[0] / carried[1] - 1) < 0.05))


def adversarial_loss() -> Measured:
    """(1.1) of a linear student by the dual norm, and by projected gradient."""
    rng = np.random.default_rng(2021)
    x = rng.normal(size=(200, 5))
    student = students.Linear(rng.normal(size=5))
    y = np.where(rng.random(200) < 0.9, student(x), 1 - student(x))
    side = np.where(y == A, 1, -1)
    uphill, worst = -side[:, None] * student.coefficients, 0.0
    for p in (1, 2, np.inf):
        pushed = gradients.projected_gradient(x, lambda _: uphill, epsilon=0.3, p=p)
        found = np.log1p(np.exp(-side * student.score(pushed))).mean()
        known = losses.adversarial_loss(x, y, student, epsilon=0.3, p=p, loss="logistic")
        worst = max(worst, abs(found - known) / known)
    agrees = worst < 1e-9
    return Measured(f"search and dual norm agree for p = 1, 2, ∞ to within a billionth: {yes(agrees)}", agrees)


# Three parts


def three_parts() -> Measured:
    """Generator, teacher, student: three arguments, of which the first knows nothing of the second."""
    source = resources.files("active_teacher").joinpath("generators.py").read_text(encoding="utf-8")
    named = {node.module for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)}
    apart = "active_teacher.teachers" not in named  # the paper's thesis, in code
    x = MU.sample(1000, np.random.default_rng(2021))
    learned = students.least_squares(x, T(x))
    right = float(np.mean(learned(x) == T(x)))
    return Measured(f"a student of 1000 pairs (x, T(x)) is right on {right:.0%} of them", apart and right == 1)


def dice() -> Measured:
    """A stochastic teacher, asked twice about the same points: it may answer otherwise."""
    rng = np.random.default_rng(2021)
    teacher = Stochastic(lambda x: 1 / (1 + np.exp(-4 * x[:, 0])), rng)
    x = EVERYWHERE.sample(10_000, rng)
    differ = float(np.mean(teacher(x) != teacher(x)))
    value = f"asked twice about the same 10 000 points, dice answer otherwise on {differ:.0%}"
    # Dice give labels to learn from, but no set of points on which they answer A.
    return Measured(value, printed=differ == 0, corrected=differ > 0)


def textbook() -> Measured:
    """A joint distribution of two points and two labels, taken apart and drawn again."""
    rng = np.random.default_rng(2021)
    points, table = np.array([[0.0], [1.0]]), np.array([[0.1, 0.3], [0.4, 0.2]])
    x = generators.Finite(points, table.sum(axis=1)).sample(100_000, rng)
    again = np.zeros((2, 2))
    np.add.at(again, (x[:, 0].astype(int), Joint(points, table, rng)(x)), 1 / len(x))
    off = float(np.abs(again - table).max())
    return Measured(f"100 000 draws from marginal and conditional: off by {off:.3f} at most", off < 0.01)


def regions_cover() -> Measured:
    """The teacher's regions, counted on a grid."""
    z = grid()
    counts = [int(np.sum(T(z) == label)) for label in (A, B, UNCERTAIN)]
    return Measured(f"A, B and U on {counts[0]}, {counts[1]} and {counts[2]} of {len(z)} cells", sum(counts) == len(z))


def uncertain_on_mu() -> Measured:
    """How much of μ, and how much of X, is uncertain."""
    none, half = (masses(mu).uncertain for mu in (MU, EVERYWHERE))
    return Measured(f"uncertain: {none} of μ, {half} of X", printed=none == 0 and half == Fraction(1, 2))


def confident() -> Measured:
    """The teacher made of a network, by its formula."""

    def network(x: Points) -> NDArray[np.float64]:
        p = 1 / (1 + np.exp(-20 * (x[:, 1] - 0.5 * np.sin(4 * x[:, 0]))))
        return np.stack([1 - p, p], axis=1)

    z, teacher = grid(), Confident(network, confidence=0.99)
    p = network(z)[:, 1]
    same = bool((teacher(z) == np.select([p > 0.99, p < 0.01], [A, B], UNCERTAIN)).all())
    unsure = np.mean(teacher(z) == UNCERTAIN)
    return Measured(
        f"with the dice's own probability for N: uncertain of {unsure:.0%} of the square; as (1b) says: {yes(same)}",
        same,
    )


# Adversarial examples and Definition 3.1


def one_eighth() -> Measured:
    """The share of the certain region on which the student is wrong, exactly."""
    error = exact.adversarial_error(EVERYWHERE, T, S)
    return Measured(f"wrong on {error} of what the teacher is sure of", printed=error == Fraction(1, 8))


def largest_margin() -> Measured:
    """The line with the largest margin, from the corners of both squares, and where it errs."""
    corners = np.array([[0.5, 0.5], [0.5, 1], [1, 0.5], [1, 1]])
    corners = np.concatenate([corners, -corners])
    learned = students.max_margin(corners, T(corners))
    z = grid()
    wrong = z[(T(z) != UNCERTAIN) & (T(z) != S(z))]
    second_and_fourth = bool((wrong[:, 0] * wrong[:, 1] < 0).all())
    found = np.allclose(learned.coefficients, 1) and np.isclose(learned.intercept, 0)
    value = f"normal {np.round(learned.coefficients, 6).tolist()}; errors in the second and fourth quadrants only: "
    return Measured(value + yes(second_and_fourth), printed=bool(found) and second_and_fourth)


def a_near_partner() -> Measured:
    """An adversarial example beside a point that is right and the same to the teacher; and a student without one."""
    twins = np.array([[0.75, -0.7501], [0.75, -0.7499]])
    split = T(twins).tolist() == [A, A] and S(twins).tolist() == [B, A]
    always = students.Linear([0, 0], 1)  # says A: right on the right strip, wrong on all of the left one
    z = grid()
    apart = T.high - T.low  # from strip to strip
    alone = bool((always(z) == A).all()) and {A, B} <= set(T(z).tolist()) and apart == 1
    value = f"two points {abs(twins[0, 1] - twins[1, 1]):.4f} apart are split; of a student who always says A, "
    return Measured(
        value + f"each error is {apart:g} or more from all it has right", printed=not alone, corrected=split
    )


def blind_direction() -> Measured:
    """A strongly robust student changes its answer where the teacher is uncertain, and can't tell two points apart."""
    careful = tilted(20)
    pair = np.array([[0.0, 0.1], [0.0, -0.1]])
    robust, changes = is_robust(careful), bool(careful(pair)[0] != careful(pair)[1])
    same = bool(T(pair)[0] == T(pair)[1])
    z = grid()[T(grid()) != UNCERTAIN]
    inside = all((careful(z) == careful(z * [1, k])).all() for k in (-1, 0.5, 0))  # x_2 moved, x_1 as it was
    value = f"strongly robust at 20°, but it answers (0, 0.1) and (0, −0.1) differently: {yes(changes and same)}"
    return Measured(value, printed=not (robust and changes and same), corrected=robust and inside)


def not_the_teacher() -> Measured:
    """A strongly robust student with another boundary than the teacher's."""
    line = tilted(20)
    z = grid()
    unsure = T(z) == UNCERTAIN
    both = {int(label) for label in line(z[unsure])}
    value = f"at 20° strongly robust: {yes(is_robust(line))}; where the teacher is uncertain it says A here and B there"
    return Measured(value, printed=is_robust(line) and both == {A, B})


def three_classes() -> Measured:
    """Definition 3.1 for three classes: one student has it, proved; another has not, with a witness."""
    parts = Box([-1, -1], [-0.2, 1]), Box([0.4, 0.2], [1, 1]), Box([0.4, -1], [1, -0.2])
    teacher = teachers.Boxes(list(enumerate(parts)))
    told = robustness.strong_robustness(X, teacher, students.Linear([[-6, 0], [1, 1], [1, -1]]))
    other = robustness.strong_robustness(X, teacher, students.Linear([[-1, 0], [1, 1], [1, -1]]))
    return Measured(f"one student: {told}; another: {other}", told.robust is True and other.robust is False)


# Definition 3.2 and its attacks


def undefined() -> Measured:
    """A ν on the uncertain strip only: the conditional probability of (3.1) is undefined."""
    strip = attacks.Single(generators.Uniform(Box([-0.4, -1], [0.4, 1])))
    try:
        strip(MU, S).worst(T)
    except UndefinedProbabilityError:
        left_out = True
    else:
        left_out = False
    seven = attacks.Single(EVERYWHERE)(MU, S).worst(T).low
    value = f"has (3.1) a value for ν on the uncertain strip: {yes(not left_out)}; for ν uniform on X: {seven}"
    return Measured(value, printed=not left_out, corrected=left_out and seven == Fraction(7, 8))


def zero_or_one() -> Measured:
    """The infimum over the tube, on both sides of the radius at which it reaches an adversarial example."""
    lows = {p: [attacks.Tube(d, p, X)(MU, S).worst(T).low for d in (0.99, 1.01)] for p in (1, 2, np.inf)}
    jump = all(low == [1, 0] for low in lows.values())
    epsilons = (0.01, 0.5, 0.99)
    tube = attacks.Tube(1.01, 2, X)
    said = {robustness.adversarial_robustness(tube, MU, T, S, epsilon=e).robust for e in epsilons}
    value = "infimum 1 at δ = 0.99 and 0 at 1.01, for p = 1, 2, ∞; at 1.01 not robust for ε = 0.01, 0.5 and 0.99"
    return Measured(value, printed=not jump, corrected=jump and said == {False})


def tube_is_milder() -> Measured:
    """The common l_2 loss and (3.1) over the tube of the same radius."""
    common = exact.adversarial_error(MU, T, S, epsilon=0.75, p=2)
    worst = attacks.Tube(0.75, 2, X)(MU, S).worst(T).low
    value = f"at radius 0.75 the common loss is {float(common):.3f}, the infimum of (3.1) {float(worst):g}"
    return Measured(value, printed=common > 0 and worst == 1)


def no_conflict() -> Measured:
    """The line of chapter 4, and a teacher whom no threshold imitates."""
    line = generators.Uniform(Box([-0.2], [1]))
    sign = teachers.Boxes([(A, Box([0], [1])), (B, Box([-0.2], [0], open_high=True))])
    right, given_up = students.Linear([1], 0), students.Linear([1], 0.4)
    common = [float(exact.adversarial_error(line, sign, s, epsilon=0.3)) for s in (right, given_up)]
    clean = float(exact.adversarial_error(line, sign, given_up))
    tube = float(attacks.Tube(0.3)(line, right).worst(sign).low)
    # A, B, A along the line: a threshold that is right on ν, the left third, has half of μ wrong.
    thrice = teachers.Boxes([(A, Box([-3], [-2])), (B, Box([-1], [0], open_high=True)), (A, Box([0], [1]))])
    mu, nu = generators.Uniform(Box([-1], [1])), generators.Uniform(Box([-3], [-2]))
    thresholds = [students.Linear([k], -k * t) for k in (-1, 1) for t in np.linspace(-3.5, 1.5, 101)]
    robust = [s for s in thresholds if exact.adversarial_error(nu, thrice, s) == 0]
    best = 1 - float(min(exact.adversarial_error(mu, thrice, s) for s in robust))
    in_tube = [s for s in thresholds if attacks.Tube(0.3)(mu, s).worst(thrice).low == 1]
    agree = bool(in_tube) and all(exact.adversarial_error(mu, thrice, s) == 0 for s in in_tube)
    value = f"pushes of 0.3: common loss {common[0]:.2f} if right everywhere, {common[1]:.2f} with {clean:.2f} wrong "
    value += f"unpushed; (3.1) over the tube {tube:g} if right everywhere. A teacher who says A, B, A along a line: "
    value += (
        f"a threshold that is right on ν has at best {best:g} of μ right; one that is right in the tube, all of it: "
    )
    value += yes(agree)
    return Measured(value, printed=best == 1, corrected=agree and tube == 1 and common[1] < common[0])


def density_ratio() -> Measured:
    """The worst agreement at c = 1/2, exactly; and a c above 1, for which there is no ν."""
    worst = attacks.DensityRatio(0.5)(EVERYWHERE, S).worst(T).low
    try:
        attacks.DensityRatio(1.5)
    except ValueError:
        empty = True
    else:
        empty = False
    value = f"c = 1/2: {worst}, from 7/8; c = 3/2 is refused, as [3/2, 2/3] is empty"
    return Measured(value, printed=not empty, corrected=empty and worst == Fraction(7, 11))


def fast_gradient() -> Measured:
    """The formula as printed does the student a favour; away from its own answer it does harm."""
    before = masses(EVERYWHERE).right_given_certain
    printed, away = (attacks.FastGradient(0.3, k)(EVERYWHERE, S).worst(T).low for k in (False, True))
    value = f"agreement {float(before):.3f}; with δ = 0.3 as printed {float(printed):.3f}, "
    value += f"away from the student's answer {float(away):.3f}"
    return Measured(value, printed=printed < before, corrected=away < before)


def all_distributions() -> Measured:
    """The attack that produces every distribution, and Definition 3.1, of two students."""
    lows = [attacks.Everything(X)(MU, s).worst(T).low for s in (S, tilted(20))]
    strong = [is_robust(s) for s in (S, tilted(20))]
    value = "; ".join(
        f"{angle}: infimum {float(low):g}, strongly robust: {yes(robust)}"
        for angle, low, robust in zip(("45°", "20°"), lows, strong, strict=True)
    )
    return Measured(value, printed=lows == [0, 1] and strong == [False, True])


# Section 3.3


def l2_not_strong() -> Measured:
    """The left panel: the margin on μ, and the error on the certain region."""
    margin, error = exact.margin(MU, T, S), exact.adversarial_error(EVERYWHERE, T, S)
    value = f"margin {margin:.4f} on μ; wrong on {error} of the certain region"
    return Measured(value, printed=bool(np.isclose(margin, np.sqrt(0.5))) and error > 0 and not is_robust(S))


def same_x1() -> Measured:
    """Two points of the left strip with one x_1: one to the teacher, two to the student."""
    pair = np.array([[-0.75, 0.9], [-0.75, -0.9]])
    said, answered = T(pair), S(pair)
    names = [{A: "A", B: "B"}[int(label)] for label in (*said, *answered)]
    value = f"(−0.75, ±0.9): the teacher says {names[0]} and {names[1]}, the student {names[2]} and {names[3]}"
    return Measured(value, printed=bool(said[0] == said[1] == B and answered[0] != answered[1]))


def strong_not_l2() -> Measured:
    """The right panel: strongly robust, and a push of any length changes some answers, if the data come near."""
    rising = students.Linear([-1, 1])
    strong = bool(robustness.strong_robustness(X, QUADRANTS, rising).robust)
    near = [float(exact.adversarial_error(ON_QUADRANTS, QUADRANTS, rising, epsilon=e)) for e in (0.1, 1e-9)]
    far = generators.Uniform(Box([-1, 0.5], [-0.5, 1]), Box([0.5, -1], [1, -0.5]))
    margin = exact.margin(far, QUADRANTS, rising)
    value = f"ε = 0.1: {near[0]:.3g} of the certain region, ε = 10⁻⁹: {near[1]:.1g}; "
    value += f"with data away from the origin the margin is {margin:.3f}"
    return Measured(value, printed=strong and min(near) > 0)


def teacher_jumps() -> Measured:
    """Where the regions touch the teacher itself changes its mind, and the student who copies it has no margin."""
    rising, pairs = students.Linear([-1, 1]), [np.array([[-e, e], [e, -e]]) / 4 for e in (1e-1, 1e-5, 1e-9)]
    jumps = all((QUADRANTS(p) == [A, B]).all() and (rising(p) == QUADRANTS(p)).all() for p in pairs)
    return Measured(f"from A to B within 10⁻⁹, and the student with it: {yes(jumps)}", jumps)


def both_ways() -> Measured:
    """The four combinations of l_2-robust (at ε = 1/4) and strongly robust: each occurs."""
    rising, falling = students.Linear([-1, 1]), tilted(80)
    combinations = set()
    for data, teacher, student in (
        (MU, T, students.Linear([1, 0])),
        (MU, T, S),
        (ON_QUADRANTS, QUADRANTS, rising),
        (ON_QUADRANTS, QUADRANTS, falling),
    ):
        loss = exact.adversarial_error(data, teacher, student, epsilon=0.25)
        combinations.add((loss == 0, is_robust(student, teacher)))
    return Measured(f"{len(combinations)} of 4 combinations occur", printed=len(combinations) == 4)


def unused_feature() -> Measured:
    """x_2 predicts every label of μ, the student uses it, and its teacher does not look at it."""
    z = MU.sample(10_000, np.random.default_rng(2021))
    predicts = float(np.mean((z[:, 1] > 0) == (T(z) == A)))
    everywhere = grid()
    ignored = bool((T(everywhere) == T(everywhere * [1, -1])).all())
    return Measured(
        f"the sign of x₂ predicts {predicts:.0%} of μ's labels; the teacher ignores it: {yes(ignored)}",
        predicts == 1 and ignored,
    )


def push_draws() -> Measured:
    """The worst push against the student that compares with two drawings: what it adds and where."""
    face, fish, _ = pictures()
    w = (face - fish).ravel()
    along = float(np.corrcoef(-w, (fish - face).ravel())[0, 1])
    touched = bool(((np.sign(w) != 0) == (face != fish).ravel()).all())
    value = f"the l₂ push and the way from face to fish: correlation {along:.3f}; "
    value += f"the l_∞ push moves those pixels that differ, and no other: {yes(touched)}"
    return Measured(value, printed=along > 0.999 and touched)
