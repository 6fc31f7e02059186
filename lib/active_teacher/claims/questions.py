"""Checks of section 4.1 and of Theorem 4.3: feature queries, parities, and what they teach."""

from functools import cache
from math import log10

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import hadamard

from active_teacher import generators, robustness
from active_teacher.claims.records import Measured, yes
from active_teacher.labels import Points
from active_teacher.questions import cells, game, parities, queries

D = 4  # coordinates of a cube on which all features, and all classifiers, can be tried


@cache
def every_function() -> NDArray[np.int64]:
    """All functions from the cube of D coordinates to {0, 1}: a row each, a column for each point."""
    return np.arange(2 ** (2**D))[:, None] >> np.arange(2**D) & 1


@cache
def coefficients() -> NDArray[np.float64]:
    """ĥ(S) of all features of D coordinates (rows) for the teachers (columns)."""
    return np.asarray(every_function() @ hadamard(2**D)[:, parities.teacher_indices(D)] / 2**D)


def labels(d: int) -> NDArray[np.int64]:
    """The labels of all parities with the first coordinate: (2^(d-1), 2^d)."""
    x = parities.cube(d)
    return np.array([parities.Parity(parities.subset_of(i), d)(x) for i in parities.teacher_indices(d)])


# What a query is


def within_tolerance() -> Measured:
    """Oracles that tell the truth, are off at random, or are stubborn, and their distance from the truth."""
    rng, teacher = np.random.default_rng(2021), parities.Parity({0, 1, 2}, D)
    nu, off = generators.Finite(parities.cube(D)), 0.0
    for policy in (queries.exact, queries.Within(rng), queries.stubborn):
        oracle = queries.Feature(teacher, nu, alpha=0.1, answers=policy)
        for h in rng.integers(0, 2, (200, 2**D)):
            off = max(off, abs(oracle.ask(h) - float(np.mean(h * teacher(parities.cube(D))))))
    return Measured(f"600 answers of three oracles: off by {off:.3f} at most, α = 0.1", printed=off <= 0.1 + 1e-12)


def feature_is_statistical() -> Measured:
    """The feature query as χ(x, y) = h(x) y, and any χ as two feature queries."""
    rng, x, teacher = np.random.default_rng(2021), parities.cube(D), parities.Parity({0, 2}, D)
    nu, off = generators.Finite(x), 0.0
    statistical = queries.Statistical(teacher, nu, alpha=0.1)
    for h in rng.integers(0, 2, (50, 2**D)):
        value = dict(zip(map(tuple, x.tolist()), h.tolist(), strict=True))

        def chi(x: Points, y: NDArray[np.int64], value: dict[tuple[float, ...], int] = value) -> NDArray[np.int64]:
            return np.array([value[tuple(point)] for point in x.tolist()]) * y

        off = max(off, abs(statistical.ask(chi) - float(np.mean(h * teacher(x)))))
    return Measured(f"50 features: E[hT] and the statistical query differ by {off:g}", printed=off < 1e-12)


def not_from_mu() -> Measured:
    """A hundred questions, asked of all teachers on μ and on ν."""
    rows, features = labels(6), np.random.default_rng(2021).integers(0, 2, (100, 64))
    on_mu = [len(np.unique([np.mean(h[:2] * row[:2]) for row in rows])) for h in features]
    on_nu = [len(np.unique([np.mean(h * row) for row in rows])) for h in features]
    value = f"32 teachers, 100 features: {max(on_mu)} answer each on μ, {min(on_nu)} or more on ν"
    return Measured(value, printed=max(on_mu) == 1 < min(on_nu))


def teacher_stands_out() -> Measured:
    """Asked whether it uses the parity that it is, a teacher says so; asked about any other, it does not."""
    x, all_labels = parities.cube(6), labels(6)
    told = np.array([[np.mean(h * t) for h in all_labels] for t in all_labels])
    own, other = np.diag(told), told[~np.eye(len(told), dtype=bool)]
    value = f"E[hT] is {own.min():g} for h = T and {other.max():g} for each other of {len(all_labels)} parities"
    return Measured(value, printed=bool((own == 0.5).all() and (other == 0.25).all()) and len(x) == 64)


def which_is_not_how() -> Measured:
    """Two teachers who use the same coordinates, and how often they agree."""
    x = parities.cube(6)
    odd, most = x[:, :3].sum(axis=1) % 2, x[:, :3].sum(axis=1) > 1.5
    agree = float(np.mean(odd == most))
    rules = {"parity": ([0, 1, 1, 0, 1, 0, 0, 1], odd), "majority": ([0, 0, 0, 1, 0, 1, 1, 1], most)}
    told = (x[:, :3] @ [4, 2, 1]).astype(int)  # what the three features say, and nothing else of x
    known = all((np.array(rule)[told] == teacher).all() for rule, teacher in rules.values())
    value = f"parity and majority of the same three coordinates agree on {agree:g} of ν"
    return Measured(value, printed=agree == 1, corrected=known)


def few_coordinates() -> Measured:
    """A student that asks about every coordinate, and a teacher who says 1 where three certain ones are 1."""
    rng, found = np.random.default_rng(2021), 0
    nu = generators.Finite(parities.cube(12))
    for subset in [rng.choice(12, 3, replace=False) for _ in range(20)]:

        def teacher(x: Points, subset: NDArray[np.int64] = subset) -> NDArray[np.int64]:
            return x[:, subset].all(axis=1).astype(int)

        oracle = queries.Feature(teacher, nu, alpha=0.02, answers=queries.Within(rng))
        base = oracle.ask(np.ones(2**12, dtype=int)) / 2
        effect = [oracle.ask(parities.cube(12)[:, i].astype(int)) - base for i in range(12)]
        found += sorted(subset.tolist()) == np.flatnonzero(np.abs(effect) > 0.03).tolist()
    return Measured(f"20 of 20 such teachers found with 13 questions each: {yes(found == 20)}", printed=found == 20)


# Parities


def parity_function() -> Measured:
    """(4.1), as a sum modulo 2, as "an odd number of ones", and as ½(1 − (−1)^Σ)."""
    x, same = parities.cube(6).astype(int), True
    for index in range(2**6):
        sums = x[:, list(parities.subset_of(index))].sum(axis=1)
        f = parities.Parity(parities.subset_of(index), 6)(x)
        same &= bool((f == sums % 2).all() and (f == (1 - (-1) ** sums) // 2).all())
    return Measured(f"64 sets, 64 points each: the three agree: {yes(same)}", same)


def complement() -> Measured:
    """The preprint's teachers, ½(1 + (−1)^Σ): none is a parity."""
    x = parities.cube(6).astype(int)
    own = {tuple(parities.Parity(parities.subset_of(i), 6)(x).tolist()) for i in range(64)}
    theirs = {tuple(((1 + (-1) ** x[:, list(parities.subset_of(i))].sum(axis=1)) // 2).tolist()) for i in range(64)}
    turned = {tuple((1 - np.array(row)).tolist()) for row in own}
    value = f"of the preprint's 64 functions {len(own & theirs)} are parities, and all are their complements"
    return Measured(value, printed=bool(own & theirs), corrected=theirs == turned)


def teachers_of_first() -> Measured:
    """(4.3): how many, and what they share."""
    rows = labels(8)
    alike = bool((rows[:, 0] == 0).all() and (rows[:, 1] == 1).all())
    different = len({tuple(row) for row in rows.tolist()})
    return Measured(
        f"d = 8: {different} different teachers; on μ's two points all say 0 and 1: {yes(alike)}",
        alike and different == 128,
    )


def regression_on_mu() -> Measured:
    """Least squares without intercept on the two points of μ, in both conventions."""
    x = np.zeros((2, 6))
    x[1, 0] = 1
    fitted = [x @ np.linalg.lstsq(x, y)[0] for y in ([0, 1], [1, 0])]
    off = [float(np.abs(f - y).max()) for f, y in zip(fitted, ([0, 1], [1, 0]), strict=True)]
    value = f"off by {off[0]:.0f} for the published teachers and by {off[1]:.0f} for the preprint's, without intercept"
    with_ones = np.column_stack([x, np.ones(2)])
    mended = np.allclose(with_ones @ np.linalg.lstsq(with_ones, [1, 0])[0], [1, 0])
    return Measured(value, printed=max(off) < 1e-9, corrected=off[0] < 1e-9 and mended)


# The two theorems


def needs_many() -> Measured:
    """Theorem 4.1 as a number, and why it needs ε < ½: a constant is right on half, "not 0" on more."""
    every = [parities.Parity(parities.subset_of(index), 8)(parities.cube(8)) for index in range(1, 2**8)]
    half = {float(np.mean(row == 0)) for row in every}
    bound = [game.queries_needed(d, alpha=0.01, epsilon=0.25, query="statistical") for d in (20, 40, 60)]
    value = "queries needed at α = 0.01, ε = ¼, d = 20, 40, 60: " + ", ".join(cells.written(log10(b)) for b in bound)
    grows = bound[1] / bound[0] > 2**19 and bound[2] / bound[1] > 2**19
    more = {float(np.mean((np.arange(2**8) > 0) == row)) for row in every}
    value += f"; at d = 8 a constant is right on ½ of ν, x ↦ 1 but for x = 0 on {min(more):.4f}, for 255 parities"
    return Measured(value, printed=half != {0.5}, corrected=grows and more == {0.5 + 2**-8})


def accuracy_of_constants() -> Measured:
    """The criterion (4.2) for the better of the constants: exactly ½, so ε > ½ asks for nothing."""
    x = parities.cube(8)
    ones = [float(np.mean(parities.Parity(parities.subset_of(index), 8)(x))) for index in range(2**8)]
    better = sorted(max(share, 1 - share) for share in ones)
    value = f"the better constant is right with probability {better[0]:g} for {better.count(0.5)} of 256 parities, and "
    return Measured(f"{value}{better[-1]:g} for the empty one", printed=better == [0.5] * 255 + [1])


@cache
def bounds_obeyed() -> bool:
    """Whether all features and all classifiers of d = 4 obey the bounds that Theorem 4.2 rests on, below ε = ½."""
    low, fine = np.sort(coefficients(), axis=1), True
    n = low.shape[1]
    for alpha in (0.06, 0.08, 0.1, 0.12, 0.125):
        held = max(m for m in range(1, n + 1) if (low[:, m - 1 :] - low[:, : n + 1 - m]).min(axis=1).max() <= 4 * alpha)
        fine &= n - held <= game.most_ruled_out(alpha=alpha)
    right = 0.5 + (1 - 2 * every_function()) @ hadamard(2**D)[:, parities.teacher_indices(D)] / 2 ** (D + 1)
    return fine and all(int((right > 1 - e).sum(axis=1).max()) <= game.most_satisfied(e) for e in (0.1, 0.25, 0.3, 0.4))


def too_many_questions() -> Measured:
    """Theorem 4.2's bounds on all features and classifiers of d = 4, and how many questions they ask for at d = 50."""
    value = (
        f"all 65 536 features and classifiers of d = 4 obey the bounds: {yes(bounds_obeyed())}; at d = 50, α = 0.01, "
    )
    needed = game.queries_needed(50, alpha=0.01, epsilon=0.25)
    return Measured(
        f"{value}ε = ¼ they ask for {cells.written(log10(needed))} questions", printed=bounds_obeyed() and needed > 1e11
    )


def game_lost() -> Measured:
    """Theorem 4.2 on all features and classifiers of d = 4, and past ε = ½."""
    fine = bounds_obeyed()
    g = (np.arange(2**8) == 1).astype(int)
    beaten = min(float(np.mean(g == row)) for row in labels(8))
    value = f"all 65 536 features and classifiers of d = 4 obey the bound: {yes(fine)}; at ε = ½ one classifier has "
    return Measured(f"{value}{beaten:.4f} against every teacher of d = 8", printed=beaten <= 0.5, corrected=fine)


def worthless_on_nu() -> Measured:
    """The student of μ, x ↦ x_1, on ν: right on half, for every teacher but one."""
    x, rows = parities.cube(8), labels(8)
    shares = sorted(float(np.mean(row == x[:, 0])) for row in rows)
    on_mu = bool((rows[:, :2] == x[:2, 0]).all())
    value = f"right on {shares[0]:g} of ν for {shares.count(0.5)} of {len(rows)} teachers, on all of μ: {yes(on_mu)}"
    return Measured(value, printed=on_mu and shares.count(0.5) == len(rows) - 1)


def simulated() -> Measured:
    """A question about ν, answered from the half cube: by the same feature and by one turned around."""
    rng, same, off = np.random.default_rng(2021), 0.0, 0.0
    for row in labels(6):
        t, h = row[0::2], rng.integers(0, 2, 64)
        same = max(same, abs(np.mean(h * row) - np.mean(h[0::2] * t)))
        off = max(off, abs(np.mean(h * row) - np.mean(np.where(t == 1, h[0::2], h[1::2])) / 2))
    value = f"E_ν[hT] and the same asked on X₀ differ by up to {same:.2f}; "
    value += f"half of a statistical query on X₀ is off by {off:g}"
    return Measured(value, printed=same == 0, corrected=off < 1e-12)


def half_cube() -> Measured:
    """(4.5): a classifier right on ¾ of ν may be a coin on X_0; the other half, turned around, then is perfect."""
    x, row = parities.cube(6), parities.Parity({0, 2, 3, 5}, 6)(parities.cube(6))
    g, t = np.where(x[:, 0] == 1, row, 0), row[0::2]
    own, turned, on_nu = np.mean(g[0::2] == t), np.mean(1 - g[1::2] == t), np.mean(g == row)
    value = f"g right on {on_nu:g} of ν: on {own:g} of X₀, and {turned:g} by its other half turned around"
    return Measured(value, printed=own > 0.5, corrected=(own + turned) / 2 == on_nu)


def all_on_half() -> Measured:
    """On X_0 the teachers are all parities of the other d − 1 coordinates."""
    on_half = {tuple(row[0::2].tolist()) for row in labels(6)}
    others = {tuple(parities.Parity(parities.subset_of(i), 5)(parities.cube(5)).tolist()) for i in range(32)}
    printed = {tuple(parities.Parity(set(s) & {0, 1}, 5)(parities.cube(5)).tolist()) for s in ({0}, {1}, {0, 1}, set())}
    value = f"d = 6: {len(on_half)} functions on X₀, the parities of x₂, …, x₆"
    return Measured(value, printed=on_half == printed, corrected=on_half == others)


def network_is_enough() -> Measured:
    """A parity as a network with one hidden layer of |S| rectified linear units."""
    x, same = parities.cube(9), True
    for index in parities.teacher_indices(9):
        subset = list(parities.subset_of(index))
        hidden = np.maximum(0, x[:, subset].sum(axis=1)[:, None] - np.arange(len(subset)))
        outer = 2.0 * (-1.0) ** np.arange(len(subset))
        outer[0] = 1
        same &= bool((hidden @ outer == parities.Parity(subset, 9)(x)).all())
    return Measured(f"all 256 parities of d = 9 are such networks: {yes(same)}", same)


# Data queries


def asks_labels() -> Measured:
    """Theorem 4.3, for all sets and both conventions of d = 8, and d − 1 questions beside the data of μ."""
    x, fine, d = parities.cube(8), True, 8
    for index in range(2**d):
        for turned in (False, True):
            teacher = parities.Parity(parities.subset_of(index), d, complement=turned)
            oracle = queries.Data(teacher)
            student = parities.learn(oracle.ask, d)
            fine &= oracle.asked == d + 1 and bool((student(x) == teacher(x)).all())
    said = robustness.strong_robustness(x, teacher, student)
    return Measured(
        f"512 teachers of d = 8, {d + 1} questions each, right everywhere: {yes(fine)}; the last: {said}", fine
    )


def fewer_questions() -> Measured:
    """With μ's two labels d − 1 more find S; with d − 2 two teachers may be left."""
    d, fine = 8, True
    for row, index in zip(labels(d), parities.teacher_indices(d), strict=True):
        answers = np.concatenate([row[:2], row[2 ** np.arange(1, d)]])
        found = np.flatnonzero(answers[1:] != answers[0])
        fine &= tuple(found.tolist()) == parities.subset_of(int(index))
    enough = 2 ** (d - 2) < len(labels(d)) == 2 ** (d - 1)
    return Measured(f"d = 8: {d - 1} labels beside μ's two find each of 128 teachers: {yes(fine)}", fine and enough)


def answers_tell() -> Measured:
    """The proof of Theorem 4.3: T(0) ≠ T(e_i) exactly for i in S."""
    d, fine = 8, True
    for index in range(2**d):
        f = parities.Parity(parities.subset_of(index), d)
        ones = f(np.eye(d)) != f(np.zeros((1, d)))
        fine &= tuple(np.flatnonzero(ones).tolist()) == parities.subset_of(index)
    return Measured(f"256 sets of d = 8: {yes(fine)}", fine)


def four_cells() -> Measured:
    """What the sentence of Theorem 4.3 is worth for labels, and that for feature queries it is not enough."""
    bounds = cells.at_least(20, alpha=0.01, epsilon=0.25)
    said = {kind: [cells.written(v) for v in row.values()] for kind, row in bounds.items()}
    f, q = said["feature queries"], said["data queries"]
    value = f"d = 20, α = 0.01, ε = ¼, at least: {f[0]} feature or {q[0]} data queries knowing the class, "
    value += f"{f[1]} or {q[1]} not knowing it"
    sentence = bounds["data queries"]["does not"] > bounds["data queries"]["knows the class"]
    needed = [game.queries_needed(d, alpha=0.01, epsilon=0.25) for d in (20, 40, 60)]
    kind = needed[1] / needed[0] > 2**19 and needed[2] / needed[1] > 2**19
    return Measured(value, printed=sentence and kind)


# Section 5


def fitting_is_not_enough() -> Measured:
    """Of the functions of three coordinates that fit both labels of μ, those that are right on most of ν."""
    every = np.arange(256)[:, None] >> np.arange(8) & 1
    fit = every[(every[:, 0] == 0) & (every[:, 1] == 1)]
    teacher = parities.Parity({0, 1, 2}, 3)(parities.cube(3))
    good = int(np.sum((fit == teacher).mean(axis=1) > 3 / 4))
    return Measured(
        f"{len(fit)} functions of d = 3 fit μ; {good} are right on more than ¾ of ν", printed=good / len(fit) < 0.2
    )


def by_steps() -> Measured:
    """A parity, taught with its intermediate results: one feature query for each coordinate."""
    d, asked, fine = 8, 0, True
    x, rng = parities.cube(d), np.random.default_rng(2021)
    nu = generators.Finite(x)
    for index in parities.teacher_indices(d):
        subset = set(parities.subset_of(int(index)))
        found: list[int] = []
        for k in range(1, d):  # the teacher of the first k + 1 coordinates: as the one before, or turned by the last
            so_far = parities.Parity(subset & set(range(k + 1)), d)
            oracle = queries.Feature(so_far, nu, alpha=0.12, answers=queries.Within(rng))
            with_it = parities.Parity({0, *found, k}, d)(x)
            found += [k] if oracle.ask(with_it) > 3 / 8 else []
            asked = max(asked, k)
        fine &= {0, *found} == subset
    whole = game.queries_needed(d, alpha=0.12, epsilon=0.25)
    value = f"d = 8, α = 0.12: {asked} feature queries about the steps find S, of the whole at least {whole} are needed"
    # Nothing in the paper's study is about features of features.
    return Measured(value, printed=False, corrected=fine and asked < whole)
