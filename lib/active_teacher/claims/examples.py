"""Checks of Examples 4.1 and 4.2, of the appendix, and of the ways compared.

Where networks are trained the committed results are asked (``experiments/results``), which ``make results`` remakes.
"""

from fractions import Fraction
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

from active_teacher import exact, generators, robustness, students
from active_teacher.claims.framework import same_data, share_robust
from active_teacher.claims.records import Measured, yes
from active_teacher.experiments import sweep, two_pixels
from active_teacher.geometry import Box
from active_teacher.labels import A, B, Labels, Points
from active_teacher.pictures.shapes import SquareOrDisk, SquaresAndDisks
from active_teacher.questions import cells

D, PAIR = 100, list(two_pixels.PAIR)
CUBE = Box(np.zeros(D), np.ones(D))
MU, T = generators.Uniform(CUBE), two_pixels.comparison()


def pictures_of(n: int, seed: int) -> tuple[Points, Labels]:
    """n uniform pictures of each class, and their labels."""
    x = np.random.default_rng(seed).random((3 * n, D))
    y = T(x)
    kept = np.concatenate([np.flatnonzero(y == k)[:n] for k in (B, A)])
    return x[kept], y[kept]


@cache
def the_data() -> tuple[Points, Labels]:
    """A training set as the paper's: a thousand pictures of each class."""
    return pictures_of(1000, 2021)


@cache
def dense() -> students.Linear:
    """The plain linear regression of these."""
    return students.least_squares(*the_data())


@cache
def draws() -> NDArray[np.float64]:
    """The two weights of (4.7) of 50 students, each with pictures of its own."""
    fits = [students.least_squares(*pictures_of(1000, seed), features=PAIR) for seed in range(50)]
    return np.array([fit.coefficients[PAIR] for fit in fits])


def linear(first: float, last: float, idle: float = 0.0) -> students.Linear:
    """The student with these weights on the two pixels, and the same on each other."""
    weights = np.full(D, idle)
    weights[PAIR] = first, last
    return students.Linear(weights)


@cache
def results(name: str) -> pd.DataFrame:
    """The last step of each committed run: a row for each way, number of labels, ε and seed."""
    return sweep.load(name).groupby(["way", "labels", "epsilon", "seed"]).last()


def mean(name: str, column: str, way: str, labels: int, epsilon: float) -> float:
    """The mean of a column over the seeds."""
    return float(results(name).loc[(way, labels, epsilon), column].mean())


# Example 4.1


def no_margin() -> Measured:
    """The margin of the student that copies the teacher."""
    margin = exact.margin(MU, T, linear(-1, 1))
    return Measured(f"margin {margin:g}", printed=margin == 0)


def robust_weights() -> Measured:
    """Which weights make a strongly robust student, decided by proof."""
    good = [linear(-1, 1), linear(-0.3, 0.3)]
    bad = [linear(1, -1), linear(-1, 1.001), linear(-1, 1, 0.001), linear(0, 0)]
    said = [robustness.strong_robustness(CUBE, T, s).robust for s in (*good, *bad)]
    value = "strongly robust at (−1, 1) and (−0.3, 0.3); not at (1, −1), (−1, 1.001), with 0.001 elsewhere, or at 0"
    return Measured(value, printed=said == [True] * 2 + [False] * 4)


def dense_weights() -> Measured:
    """The coefficients of the plain regression."""
    w = dense().coefficients
    idle = np.abs(w[1:-1])
    value = f"{w[0]:.2f} and {w[-1]:.2f}; the other 98 up to {idle.max():.2f} each, {idle.sum():.2f} together"
    return Measured(value, printed=bool((idle > 0).all()) and w[0] < -1.8 and w[-1] > 1.8 and idle.max() < 0.2)


@cache
def flips() -> tuple[float, float, float, bool, bool]:
    """How the pictures flip that the dense student has right.

    The median threshold, the shares flipped by 0.3, free and cut off, and whether the printed and the corrected
    condition say when.
    """
    (x, y), w = the_data(), dense().coefficients
    away = np.where(y == A, -1, 1)[:, None] * np.where(np.isin(np.arange(D), PAIR), 0, np.sign(w))
    right = dense()(x) == y
    threshold = np.abs(x @ w) / np.abs(w[1:-1]).sum()
    below, above = (dense()(x + k * threshold[:, None] * away) == y for k in (0.999, 1.001))
    corrected = bool(below[right].all() and not above[right].any())
    signed = x @ w / np.abs(w[1:-1]).sum()  # what is printed: negative for the pictures with x_1 > x_100
    printed = bool((dense()(x + 1e-6 * away) != y)[right & (signed < 0)].all())
    free = float(np.mean(dense()(x + 0.3 * away)[right] != y[right]))
    cut = float(np.mean(dense()(np.clip(x + 0.3 * away, 0, 1))[right] != y[right]))
    assert (T(x + 0.3 * away) == y).all()  # the teacher sees nothing of it
    return float(np.median(threshold[right])), free, cut, printed, corrected


def easy_to_flip() -> Measured:
    """How easily the dense student is flipped, and on how many pairs nothing flips it."""
    median, free, _, _, _ = flips()
    safe = two_pixels.safe_pairs(dense())
    value = f"half flip at ε = {median:.2f}, {free:.0%} at 0.3; "
    value += f"safe from all such changes within [0, 1] are {safe:.1%} of the pairs"
    return Measured(value, printed=median < 0.25 and safe < 0.05)


def flip_condition() -> Measured:
    """The condition for a flip, as printed and with |αᵀx|, a thousandth to both sides of it."""
    _, _, _, printed, corrected = flips()
    value = f"with |αᵀx| right to a thousandth for each picture: {yes(corrected)}; "
    value += f"as printed ε = 10⁻⁶ would flip each with x₁ > x₁₀₀, but does so: {yes(printed)}"
    return Measured(value, printed=printed, corrected=corrected)


def leaves_the_cube() -> Measured:
    """How many pushed pictures are still in [0, 1]^100, and what cutting off costs the attack."""
    (x, y), (_, free, cut, _, _) = the_data(), flips()
    pushed = x + 0.3 * np.where(y == A, -1, 1)[:, None] * np.sign(dense().coefficients)
    inside = float(np.mean(((pushed[:, 1:-1] >= 0) & (pushed[:, 1:-1] <= 1)).all(axis=1)))
    value = f"ε = 0.3: {inside:.0%} of the pushed pictures lie in the cube; flipped: {free:.0%} free, {cut:.0%} cut off"
    return Measured(value, printed=inside == 1, corrected=0.5 < cut < free)


def one_draw() -> Measured:
    """(4.8) among 50 draws, and the optimum that they scatter around."""
    best = np.linalg.solve([[1 / 3, 1 / 4], [1 / 4, 1 / 3]], [-1 / 6, 1 / 6])
    spread = draws().std(axis=0)
    off = np.abs(np.array([-2.01, 1.98]) - best) / spread
    value = f"optimum ({best[0]:.0f}, {best[1]:.0f}); draws scatter by {spread[0]:.3f} and {spread[1]:.3f}; "
    value += f"the printed pair is {off[0]:.1f} and {off[1]:.1f} of that away"
    near = bool(np.allclose(best, [-2, 2]) and (off < 2).all())
    return Measured(value, printed=near)


def much_more_robust() -> Measured:
    """Safe pairs of the plain and of the sparse student."""
    sparse = students.least_squares(*the_data(), features=PAIR)
    shares = [two_pixels.safe_pairs(s) for s in (dense(), sparse)]
    return Measured(f"safe pairs: {shares[0]:.3f} plain, {shares[1]:.4f} sparse", shares[0] < 0.05 and shares[1] > 0.99)


def counterexample() -> Measured:
    """The printed point, and one inside of the square."""
    inside = Box([0, 0], [1, 1])
    student, weights = linear(-2.01, 1.98), np.array([-2.01, 1.98])
    flipped = {}
    for pair in ((1, 1.01), (0.99, 1)):
        picture = np.full((1, D), 0.5)
        picture[0, PAIR] = pair
        flipped[pair] = bool(T(picture)[0] != student(picture)[0] and weights @ pair < 0)
    outside = not bool(inside.contains(np.array([[1, 1.01]]))[0])
    value = f"(1, 1.01) flips but is a picture: {yes(not outside)}; (0.99, 1) is one and flips: {yes(flipped[0.99, 1])}"
    return Measured(value, printed=not outside, corrected=flipped[0.99, 1])


def sliver() -> Measured:
    """The share of the square on which (4.8) is wrong, exactly."""
    area = Fraction(1, 2) * (1 - Fraction("1.98") / Fraction("2.01"))
    safe = two_pixels.safe_pairs(linear(-2.01, 1.98))
    return Measured(f"wrong on {area} of the pairs", printed=bool(np.isclose(1 - safe, float(area))) and area > 0)


def rounded() -> Measured:
    """Rounding, with targets ±1 and with others."""
    proof = robustness.strong_robustness(CUBE, T, linear(*np.rint([-2.01, 1.98])))
    shares = {}
    for t in (1, 1.25, 0.2):
        first, last = np.rint(t * draws()).T
        shares[t] = float(np.mean((first == -last) & (last > 0)))
    value = f"(4.8) rounded: {proof}; of 50 students with targets ±1, ±1.25, ±0.2: "
    value += ", ".join(f"{share:.0%}" for share in shares.values())
    return Measured(value, printed=bool(proof.robust) and shares[1] == 1 > min(shares.values()))


def more_information() -> Measured:
    """Safe pairs of three students, each told more than the one before."""
    sparse = students.least_squares(*the_data(), features=PAIR)
    whole = students.least_squares(*the_data(), features=PAIR, integer=True)
    shares = [two_pixels.safe_pairs(s) for s in (dense(), sparse, whole)]
    return Measured("safe pairs: " + " < ".join(f"{s:.4g}" for s in shares), shares[0] < shares[1] < shares[2] == 1)


# Example 4.2


@cache
def shapes() -> tuple[NDArray[np.float32], NDArray[np.float32], Labels]:
    """Two hundred pictures of μ, their twins of ν, and the teacher's labels."""
    on_mu, on_nu = (SquaresAndDisks(k).sample(200, np.random.default_rng(2021)) for k in ("squares", "disks"))
    return on_mu, on_nu, SquareOrDisk()(on_mu)


def twins() -> Measured:
    """μ and ν: the same shapes, the texture on the other one; the teacher does not notice."""
    on_mu, on_nu, truth = shapes()
    grey = [((x > 0) & (x < 1)).any(axis=(1, 2)) for x in (on_mu, on_nu)]
    reversed_ = bool((grey[0] == (truth == A)).all() and (grey[1] == (truth == B)).all())
    same = bool((SquareOrDisk()(on_nu) == truth).all())
    return Measured(
        f"200 pairs: texture on the squares of μ and the disks of ν only: {yes(reversed_)}", reversed_ and same
    )


def two_features() -> Measured:
    """On μ shape and texture each predict the label; on ν the texture is wrong each time."""
    on_mu, on_nu, truth = shapes()
    by_texture = [float(np.mean((((x > 0) & (x < 1)).any(axis=(1, 2))) == (truth == A))) for x in (on_mu, on_nu)]
    value = f'the rule "textured means square" is right on {by_texture[0]:.0%} of μ and {by_texture[1]:.0%} of ν'
    return Measured(value, printed=by_texture == [1, 0])


def panel(pooling: str) -> pd.DataFrame:
    """The last epochs of the ten committed seeds, without or with the max pooling."""
    runs = sweep.load("panels")
    return runs[(runs.step == 10) & (runs.pooling == pooling)]


def takes_the_texture() -> Measured:
    """Fig. 4.3, left, in ten seeds."""
    runs = panel("null")
    value = f"{len(runs)} seeds: test {runs.test.min():.3f} or more, adversarial {runs.adversarial.max():.3f} or less"
    return Measured(value, printed=len(runs) == 10 and runs.test.min() > 0.98 and runs.adversarial.max() < 0.05)


def takes_the_shape() -> Measured:
    """Fig. 4.3, right, in ten seeds."""
    runs = panel("3")
    value = f"{len(runs)} seeds: test {runs.test.min():.3f} or more, adversarial {runs.adversarial.min():.3f} or more"
    return Measured(value, printed=len(runs) == 10 and runs.test.min() > 0.98 and runs.adversarial.min() > 0.95)


def trace_of_texture() -> Measured:
    """What a maximum over 3 × 3 pixels leaves of the texture on a square and on a disk."""
    i, j = np.indices((100, 100)) - 50
    board = np.where((i + j) % 2 == 0, 0.5, 1)
    shapes_ = [np.maximum(abs(i), abs(j)) <= 20, i**2 + j**2 <= 20**2]
    pooled = [maximum_filter(shape * board, 3, mode="constant") for shape in shapes_]
    grey = [int(((p > 0) & (p < 1)).sum()) for p in pooled]
    before = [int(((s * board > 0) & (s * board < 1)).sum()) for s in shapes_]
    value = f"grey pixels left of {before[0]} on a square: {grey[0]}; of {before[1]} on a disk: {grey[1]}"
    gone = all(g < 0.1 * b for g, b in zip(grey, before, strict=True))
    return Measured(value, printed=max(grey) == 0, corrected=gone)


def another_nu() -> Measured:
    """The advised students against pushes of 0.2, where the paper's ν does not fool them."""
    nu, pushed = (mean("image_ways", k, "features", 1000, 0.2) for k in ("nu", "pushed"))
    return Measured(
        f"ten seeds, with the max pooling: {nu:.2f} right on ν, {pushed:.2f} after pushes", nu > 0.95 > 0.5 > pushed
    )


# Ways compared


@cache
def dropping_small() -> list[float]:
    """The safe pairs of 20 students that fit, drop small weights, and fit again."""
    rng, safe = np.random.default_rng(2021), []
    for _ in range(20):
        x = rng.random((2000, D))
        large = np.flatnonzero(np.abs(students.least_squares(x, T(x)).coefficients) > 0.5)
        safe.append(two_pixels.safe_pairs(students.least_squares(x, T(x), features=large.tolist())))
    return safe


def not_the_only_cause() -> Measured:
    """Labels are not enough where μ leaves the teacher open; in Example 4.1 they are, for a student that looks."""
    plain = mean("two_pixels", "safe", "data", 2000, 0.3)
    value = f"Fig. 3.2: {same_data().value}. Example 4.1, safe pairs after 2000 labels: {plain:.2f} plain, "
    value += f"{min(dropping_small()):.3f} or more in 20 seeds if small weights are dropped"
    return Measured(value, printed=min(dropping_small()) < 0.95, corrected=same_data().printed)


def covered_and_wrong() -> Measured:
    """In Example 4.1 μ covers all that the teacher is sure of, and there are adversarial examples."""
    x = np.random.default_rng(1).random((20_000, D))
    wrong = float(np.mean(dense()(x) != T(x)))
    value = f"μ is uniform on all of X, and after 2000 labels the student errs on {wrong:.1%} of it"
    return Measured(value, printed=wrong == 0, corrected=same_data().printed)


@cache
def assumed() -> float:
    """The share of 20 students that are strongly robust after 2000 labels, as they assume coefficients −1, 0 and 1."""
    robust = []
    for seed in range(20):
        weights = students.least_squares(*pictures_of(1000, seed)).coefficients
        whole = students.Linear(np.rint(weights / np.abs(weights).max()))
        robust.append(robustness.strong_robustness(CUBE, T, whole).robust is True)
    return float(np.mean(robust))


def nobody_told() -> Measured:
    """Students that no teacher told anything."""
    value = f"Example 4.1: of 20 students that assume, untold, coefficients −1, 0 and 1, {assumed():.0%} are strongly "
    return Measured(f"{value}robust after 2000 labels of μ", printed=assumed() == 0)


def information_or_assumption() -> Measured:
    """What labels of μ leave open has to come from somewhere."""
    value = f"Fig. 3.2: {share_robust().value}. Example 4.1: {assumed():.0%} strongly robust by a true assumption"
    return Measured(value, printed=assumed() == 0, corrected=share_robust().printed)


@cache
def images_reached() -> pd.DataFrame:
    """What each way of Example 4.2 reaches on average: on ν, after pushes, and in each student's hardest search."""
    runs = results("image_ways")
    runs["hardest"] = runs[["sizes", "flipped", "rounded", "brightness"]].min(axis=1)
    return runs.groupby(["way", "labels", "epsilon"])[["nu", "pushed", "hardest"]].mean()


def preferred() -> Measured:
    """The best of the ways with and without advice, in both examples, and how many labels a parity takes."""
    ways = (("structure", 0.3), ("features", 0.3), ("l_inf", 0.03))
    safe = {way: mean("two_pixels", "safe", way, 2000, e) for way, e in ways}
    asked = max(mean("two_pixels", "safe", "active student", 8400, e) for e in (0.1, 0.3, 1.0))
    images = (("features", 1000), ("structure", 30), ("shown nu", 1300))
    on_nu = {way: mean("image_ways", "nu", way, n, 0.2) for way, n in images}
    value = (
        f"Example 4.1, safe pairs: advice {safe['structure']:.3f} and {safe['features']:.3f}, questions {asked:.3f}, "
    )
    value += f"l_∞ training {safe['l_inf']:.3f}; Example 4.2, on ν: advice {on_nu['structure']:.2f} and "
    value += f"{on_nu['features']:.2f}, 300 images of ν {on_nu['shown nu']:.2f}; labels, "
    value += "d = 20, to be right on more than ¾ of ν whoever the teacher is, at least: "
    labels = cells.at_least(20, alpha=0.01, epsilon=0.25)["data queries"]
    value += (
        f"{cells.written(labels['knows the class'])} if any of 𝒯, {cells.written(labels['does not'])} if any function"
    )
    required = labels["does not"] > labels["knows the class"]
    passive, named = (("t-test", 0.3), ("l_inf", 0.03)), mean("two_pixels", "nu", "features", 2000, 0.3)
    without = all(mean("two_pixels", "nu", way, 2000, e) > named - 0.005 for way, e in passive)
    without = without and on_nu["shown nu"] >= on_nu["features"]
    reached = images_reached()
    told = reached.index.isin(["features", "outline", "invariance", "sparsity", "structure"], level="way")
    as_much = bool((reached[told].max() >= reached[~told].max()).all())
    best = safe["structure"] == 1 > max(asked, safe["l_inf"]) and as_much
    return Measured(value, printed=best and without and required)


def better_than_asking() -> Measured:
    """Advice with 20 labels against questions: those against the student's own answer, about features, by bisection."""
    of_20 = results("two_pixels").strong
    told = int(of_20.loc[("features and structure", 20, 0.3)].sum())
    ways = (("active student", 8400, 1.0), ("feature queries", 20, 0.3), ("bisection", 2000, 0.3))
    asked = [int(of_20.loc[way].sum()) for way in ways]
    nu = [mean("image_ways", "nu", w, n, 0.2) for w, n in (("features", 1000), ("active student", 2000))]
    most, found = bisection()
    value = (
        f"strongly robust of 20 students: {told} with 20 labels and two sentences; {asked[0]} with 8400 labels, 6400 "
    )
    value += f"of their own choice, {asked[1]} by feature queries, {asked[2]} by bisection; on ν: {nu[0]:.2f} and "
    value += f"{nu[1]:.2f}; by bisection {most} labels at most name the pixels, {found} of 20 times"
    return Measured(value, printed=told == 20 and max(asked) == 0 and nu[0] > nu[1])


@cache
def bisection() -> tuple[int, int]:
    """A teacher of Example 4.1 who only labels, and 20 students that assume a linear one.

    They bisect to its boundary and nudge each pixel there. Returns the most labels that one took, and how many of them
    found the two pixels.
    """
    most, found = 0, 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        a, b = rng.random((2, D))
        asked = 2
        while T(a[None]) == T(b[None]):
            b, asked = rng.random(D), asked + 1
        for _ in range(40):
            middle, asked = (a + b) / 2, asked + 1
            a, b = (middle, b) if T(middle[None]) == T(a[None]) else (a, middle)
        nudges = 0.001 * np.eye(D)
        pair = np.flatnonzero(T(a + nudges) != T(a - nudges))
        most, found = max(most, asked + 2 * D), found + (pair.tolist() == PAIR)
    return most, found


def more_than_labels() -> Measured:
    """A sentence with few labels, the same labels without it, very many, and enough for a test of each pixel."""
    told, data = (mean("two_pixels", "safe", *way, 0.3) for way in (("features", 20), ("data", 128_000)))
    rivals = [*((way, 0.3) for way in ("data", "lasso", "augmentation")), ("l_2", 0.03)]
    rivals += [("l_inf", e) for e in (0.03, 0.1, 0.15, 0.2)]
    untold = max(mean("two_pixels", "safe", way, 20, e) for way, e in rivals)
    tested, named = (mean("two_pixels", "safe", way, 2000, 0.3) for way in ("t-test", "features"))
    value = f"safe pairs: with 20 labels {told:.2f} if the features are named, {untold:.2f} by the "
    value += f"best of ours that are told nothing; with 128 000 {data:.2f} if all weights are fitted; with 2000 "
    value += f"{tested:.3f} by a t-test, {named:.3f} if named"
    return Measured(value, printed=tested < named - 0.001, corrected=told > max(untold, data))


def robust_and_broken() -> Measured:
    """Networks trained against pushes in l_∞, on pushes and on ν."""
    pushed, nu = (mean("image_ways", k, "l_inf", 1000, 0.2) for k in ("pushed", "nu"))
    plain = mean("image_ways", "pushed", "data", 1000, 0.2)
    value = f"l_∞ training at 0.2: {pushed:.2f} right after pushes ({plain:.2f} without), {nu:.2f} on ν"
    return Measured(value, printed=pushed > 2 * plain and nu < 0.05)


def bias_of_the_ball() -> Measured:
    """Adversarial training with two balls, of which one prefers few pixels, as the teacher does."""
    safe = {e: mean("two_pixels", "safe", way, 2000, e) for way, e in (("l_inf", 0.03),)}
    other = mean("two_pixels", "safe", "l_2", 2000, 0.03)
    value = f"safe pairs: l_∞ ball {safe[0.03]:.3f}, l_2 ball {other:.3f}, from the same 2000 labels"
    return Measured(value, printed=safe[0.03] > 0.99 and other < 0.05)


def few_shots() -> Measured:
    """What students that were told do with 20 and with 30 labels."""
    told, plain = mean("two_pixels", "safe", "features", 20, 0.3), mean("two_pixels", "mu", "data", 200, 0.3)
    on_mu = mean("two_pixels", "mu", "features", 20, 0.3)
    shape, many = (mean("image_ways", "nu", w, n, 0.2) for w, n in (("structure", 30), ("data", 1000)))
    value = f"Example 4.1: {on_mu:.2f} of μ and {told:.2f} safe with 20 labels, {plain:.2f} of μ plain with 200; "
    value += f"Example 4.2, on ν: {shape:.2f} with 30, {many:.2f} plain with 1000"
    return Measured(value, printed=on_mu > plain and shape > 0.95 > many)


# Appendix A


def sizes() -> Measured:
    """[12, 25] against [a/8, a/4] for a = 100."""
    return Measured(f"a/8 = {100 / 8:g}, a/4 = {100 / 4:g}", printed=abs(12 - 100 / 8) < 1 and 100 / 4 == 25)


def centres() -> Measured:
    """The centres that keep a square of half side 20 on pixels 0 to 99."""
    inside = [c for c in range(100) if c - 20 >= 0 and c + 20 <= 99]
    drawn = SquaresAndDisks("neither", sizes=(20, 20)).sample(2000, np.random.default_rng(2021))
    last = int(np.flatnonzero(drawn.any(axis=(0, 1))).max())
    value = (
        f"centres {inside[0]} to {inside[-1]} would do; with 20 to 78 pixel {last} is the last that any shape covers"
    )
    return Measured(value, printed=inside[-1] == 78, corrected=inside[-1] == 79 and last == 98)


def chessboard() -> Measured:
    """Where the texture is grey."""
    on_mu, _, truth = shapes()
    y, x = np.indices((100, 100))
    squares = on_mu[truth == A]
    grey, white = squares == 0.5, squares == 1
    fine = bool(((x + y) % 2 == 0)[grey.any(axis=0)].all() and ((x + y) % 2 == 1)[white.any(axis=0)].all())
    return Measured(f"0.5 where x + y is even, 1 where it is odd: {yes(fine)}", fine)


def balanced() -> Measured:
    """The training set, and how test sets vary."""
    rng = np.random.default_rng(2021)
    look = SquareOrDisk()
    train = int(np.sum(look(SquaresAndDisks("squares", balanced=True).sample(1000, rng)) == A))
    test = int(np.sum(look(SquaresAndDisks("squares").sample(1000, rng)) == A))
    return Measured(
        f"squares: {train} of 1000 to train with, {test} of 1000 to test with", train == 500 and 450 < test < 550
    )


def after(size: int, kernel: int, stride: int, padding: int = 0) -> int:
    """The side of what a convolution or pooling leaves of a side."""
    return (size + 2 * padding - kernel) // stride + 1


def architecture() -> Measured:
    """The sizes of Appendix A.2, by counting."""

    def through(first: int) -> list[int]:
        sizes = [first]
        for kernel, stride, padding in ((3, 1, 1), (2, 2, 0), (3, 1, 1), (2, 2, 0), (3, 1, 1), (5, 5, 0)):
            sizes.append(after(sizes[-1], kernel, stride, padding))
        return sizes

    plain, unpadded = through(100), after(100, 3, 1)
    padded = after(100, 3, 1, 1)
    value = f"sides {', '.join(map(str, plain))}: before the last pooling {plain[5]} × {plain[5]} × 32 numbers; "
    value += f"the max pooling of 3 leaves {unpadded} without padding, {padded} with 1"
    printed = plain[5] ** 2 * 32 == 25 * 32 and unpadded == 100
    return Measured(value, printed=printed, corrected=plain == [100, 100, 50, 50, 25, 25, 5] and padded == 100)


def left_open() -> Measured:
    """Kernel, activation, padding and initial weights, changed one at a time, three seeds each."""
    runs = sweep.load("panel_variants")
    final = runs[runs.step == 10]
    plain, advised = (final[final.pooling == p] for p in ("null", "3"))
    others, tanh = (advised[(advised.activation == "tanh") == chosen] for chosen in (False, True))
    short = tanh[["test", "adversarial"]].min(axis=None)
    value = (
        f"without the pooling test {plain.test.min():.2f} or more, adversarial {plain.adversarial.max():.2f} or less; "
    )
    value += f"with it {others[['test', 'adversarial']].min(axis=None):.2f} or more, with tanh {short:.2f}"
    fine = plain.test.min() > 0.98 and plain.adversarial.max() < 0.05 and others.adversarial.min() > 0.95
    return Measured(
        value, printed=bool(fine and advised.adversarial.min() > 0.95), corrected=bool(fine and 0.85 < short < 0.95)
    )


def ways_of_saying() -> Measured:
    """A sentence that is averaged over and one that is built in; and the sentences about images."""
    averaged, obeyed = (mean("two_pixels", "safe", way, 2000, 0.3) for way in ("augmentation", "invariance"))
    reached = images_reached()
    outline, structure = (reached.loc[key] for key in (("outline", 1000, 0.2), ("structure", 30, 0.2)))
    gain = (reached.loc[("sparsity", 1000, 0.2)] - reached.loc[("data", 1000, 0.2)]).max()
    value = f"Example 4.1, safe pairs: {averaged:.2f} averaged, {obeyed:.3f} built in; Example 4.2, outline and "
    value += f"structure: {outline.pushed:.3f} and {structure.pushed:.3f} after pushes, {outline.hardest:.2f} and "
    value += f"{structure.hardest:.2f} in the hardest search; sparsity gains {gain:.2f} at most"
    best = [reached[kind].idxmax()[0] for kind in ("pushed", "hardest")] == ["outline", "structure"]
    return Measured(value, printed=bool(averaged < 0.9 < obeyed and best and gain < 0.05))
