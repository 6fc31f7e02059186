"""Whatever is thrown at any part of the package: a ValueError or TypeError that names it, and nothing else.

A warning would fail a test too, since pytest turns all of them into errors.
"""

import inspect
import re
from fractions import Fraction
from importlib import import_module
from pkgutil import walk_packages
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from matplotlib.figure import Figure

import active_teacher
from active_teacher import (
    attacks,
    checks,
    exact,
    figures,
    generators,
    geometry,
    labels,
    losses,
    networks,
    probabilities,
    robustness,
    students,
    teachers,
    verdicts,
    yours,
)
from active_teacher.experiments import advice, image_trials, image_ways, regression, shape_or_texture, sweep, two_pixels
from active_teacher.figures import explorer
from active_teacher.geometry import Box, HalfSpace
from active_teacher.labels import UNCERTAIN, A, B
from active_teacher.machinery import cuts, gradients, margins, pushes, reweighting, tubes, volumes
from active_teacher.pictures import distances, drawings, shapes
from active_teacher.questions import candidates, cells, game, parities, queries, walsh
from active_teacher.quiz import Doubtful, Recorded, page, recorded, show

SQUARE = Box([-1, -1], [1, 1])
MU = generators.Uniform(SQUARE)
STRIPS = teachers.AxisThreshold()
DIAGONAL = students.Linear([1, 1])
TWO = [[-1.0, -1.0], [1.0, 1.0]]
HALF = HalfSpace([1, 1], 0)
TUBE = tubes.BoxTube(SQUARE, 0.5, 2)
BOTH = candidates.Candidates([[0, 1, 0, 1], [0, 0, 1, 1]])


def rng():
    return np.random.default_rng(2021)


# What is no such thing


def one_of(*values):
    return st.sampled_from(values)


NO_NUMBERS = one_of(
    None,
    "a",
    "1",
    object(),
    {},
    {"a": 1},
    [None],
    ["a", "b"],
    [["a", "b"]],
    1j,
    [[1j, 2j]],
    np.array(["2021"], "M8[Y]"),
)
RAGGED = one_of([[1, 2], [3]], [[1], [2, 3]], [1, [2, 3]])
NO_REAL = one_of(None, "a", "1", 1j, True, np.True_, [1.0], np.array(1.0), {}, np.inf, -np.inf, np.nan, 10**400)
NO_COUNT = st.integers(max_value=0) | one_of(None, True, np.True_, 2.0, np.nan, "3", [3], Fraction(3), np.float64(3))
NO_RNG = one_of(None, 2021, "rng", np.random, np.random.PCG64(1), np.random.RandomState(1), np.random.default_rng, [])
NO_BOX = one_of(None, 5, "box", (0, 1), [[0, 0], [1, 1]], np.zeros((2, 2)), Box)
NO_HALF_SPACE = one_of(
    None, 5, [1, 1], ([1, 1], 0, False), SQUARE, HalfSpace, HalfSpace([1], 0), HalfSpace([1, 1, 1], 0)
)
NO_CALLABLE = one_of(None, 5, "f", [], np.zeros(3), [1, 0])
NOT_FINITE = arrays(
    np.float64, array_shapes(min_dims=2, max_dims=3, max_side=3), elements=one_of(0.0, 1.0, np.nan, np.inf, -np.inf)
).filter(lambda x: not np.isfinite(x).all())
NO_POINTS = NO_NUMBERS | RAGGED | NOT_FINITE | arrays(np.float64, one_of((), (3,), (0, 2), (2, 0), (0,), (2, 0, 3)))
NO_PAIRS = NO_POINTS | arrays(np.float64, one_of((1, 1), (4, 3), (2, 2, 1), (1, 2, 2)), elements=st.floats(-1, 1))
NO_CLASSES = one_of(-2, -5, np.iinfo(np.int64).min)
NO_LABELS = (
    NO_NUMBERS
    | RAGGED
    | arrays(np.float64, 3)
    | arrays(np.bool_, 3)
    | arrays(np.int64, one_of((), (0,), (3, 1), (1, 3)), elements=one_of(0, 1))
    | st.permutations([0, 1]).flatmap(lambda y: NO_CLASSES.map(lambda k: [*y, k]))
)
NO_LABELS_3 = NO_LABELS | arrays(np.int64, one_of((2,), (4,)), elements=one_of(0, 1))
UNCERTAIN_3 = st.permutations([0, 1, UNCERTAIN])
NO_LESSON_3 = NO_LABELS_3 | UNCERTAIN_3 | one_of([0, 0, 0], [1, 1, 1], [0, 2, 2], [1, 2, 2], [0, 1, 10**12])


def weights(n):
    return (
        NO_NUMBERS.filter(lambda w: w is not None)
        | RAGGED
        | arrays(np.float64, one_of((), (0,), (n + 1,), (1, n), (n, 1)), elements=st.just(1 / n))
        | arrays(np.float64, n, elements=st.floats(-2, 2)).filter(lambda w: w.min() < 0 or abs(w.sum() - 1) > 1e-6)
        | one_of([np.nan] * n, [np.inf] + [0] * (n - 1), [1e308] * n, [-1e308] * n)
    )


def answers(bad):
    """Callables that answer badly, whatever they are asked."""
    return bad.map(lambda y: lambda x: y)


def answers_a_point(*of_n):
    """Callables whose answer depends on the number of points."""
    return one_of(*of_n)


NO_TEACHER = NO_CALLABLE | answers(NO_NUMBERS | RAGGED) | answers_a_point(
    lambda x: np.zeros(len(x) + 1, int),
    lambda x: np.zeros((len(x), 1), int),
    lambda x: np.zeros(len(x)),
    lambda x: np.full(len(x), np.nan),
    lambda x: np.zeros(len(x), bool),
    lambda x: np.full(len(x), -2),
    lambda x: [],
)  # fmt: skip
NO_STUDENT = NO_TEACHER | answers_a_point(lambda x: np.where(np.arange(len(x)) == len(x) - 1, UNCERTAIN, 0))
NO_NETWORK = answers(NO_NUMBERS | RAGGED) | answers_a_point(
    lambda x: np.full(len(x), 1.5),
    lambda x: np.full(len(x), -1e-3),
    lambda x: np.full(len(x), np.nan),
    lambda x: np.full(len(x), np.inf),
    lambda x: np.full(len(x) + 1, 0.5),
    lambda x: np.full((len(x), 1), 1.0),
    lambda x: np.full((len(x), 3), 0.5),
    lambda x: np.full((len(x), 2), -np.inf) * [1, -1],
    lambda x: np.full((len(x), 2), 1e308),
    lambda x: np.full((len(x), 1, 2), 0.5),
    lambda x: np.ones(len(x), int),
    lambda x: np.ones(len(x), bool),
    lambda x: np.float64(0.5),
)


class Samples:
    """A generator that samples badly."""

    def __init__(self, sample):
        self.sample = lambda n, rng: sample(n)


NO_SAMPLE = NO_POINTS.map(lambda x: Samples(lambda n: x)) | one_of(
    Samples(lambda n: np.zeros((n + 1, 2))),
    Samples(lambda n: np.zeros((1, 2))),
    Samples(lambda n: np.full((n, 2), np.nan)),
)
NO_TWO_CLASSES = NO_TEACHER | answers_a_point(
    lambda x: np.where(np.arange(len(x)) == len(x) - 1, UNCERTAIN, 0),
    lambda x: np.where(np.arange(len(x)) == len(x) - 1, 2, 0),
)  # fmt: skip
NO_BITS_2 = (
    NO_NUMBERS | RAGGED | one_of([], [0], [0, 1, 0], [[0, 1]], [0, 2], [0, -1], [0, 0.5], [np.nan, 0], [1, np.inf])
)
NO_GENERATOR = one_of(None, 5, "mu", [], np.zeros((3, 2)), lambda n, rng: np.zeros((n, 2)), generators.Finite)
NO_SIDE = NO_NUMBERS | RAGGED | arrays(np.float64, one_of((0,), (1, 2), (3,))) | one_of([0.0, np.nan], [np.nan, np.nan])
NO_FLAGS = one_of(None, 0, 1, "yes", [0, 1], [True], [True, False, True], [[True, False]], np.nan, 0.5, RAGGED)
NO_ORDER = st.floats(max_value=1, exclude_max=True) | NO_REAL.filter(
    lambda p: not (isinstance(p, float) and p == np.inf)
)
NO_LABEL = st.integers().filter(lambda k: k not in (0, 1)) | one_of(
    None, "1", 0.5, 1.0, np.nan, True, [1], np.array(1.0)
)
NO_FEATURES = (
    one_of([], [0, 0], [0.0], [True], "0", 5, 0, [[0]], [[0], [0, 1]], {}, [None], [np.nan], object())
    | st.lists(st.integers(), min_size=1).filter(lambda f: min(f) < 0 or max(f) > 1)
)  # fmt: skip
NO_FLAG = one_of(None, 0, 1, "yes", [True], np.array([True]), 0.5)
NO_COEFFICIENTS = NO_NUMBERS | RAGGED | NOT_FINITE | arrays(np.float64, one_of((), (0,), (1, 2), (2, 0), (2, 2, 2)))
NO_INTERCEPT = NO_NUMBERS | RAGGED | one_of([0.0], [0.0, 0.0], [[0.0]], np.nan, np.inf, [np.nan])
NO_VALUES = one_of(
    None, 5, "ab", {}, {1, 2}, object(), [1], [], [1, "a"], [True, False], [1, None], [1j, 2j], np.eye(2), [[1, 2]] * 2
) | st.lists(st.floats(), min_size=2, max_size=4).filter(lambda v: not (np.isfinite(v).all() and sorted(set(v)) == v))
NO_CAPTION = one_of(5, ["a"], {"b": "x"}, {"a": 5}, {"a": None}, {5: "x"})
NO_FORMAT = NO_CAPTION | one_of("{a}", "{}{}", "{:s}")
NO_FIRST = NO_CAPTION | one_of("a", 3, 1.5)
NO_FIGURE = one_of(None, 5, "figure", b"png", Figure)
NO_TEXT = one_of(None, "", "  ", 5, ["a"], b"text")
OUTSIDE_0_1 = NO_REAL | st.floats(max_value=0) | st.floats(min_value=1)
OUTSIDE_0_TO_1 = NO_REAL | st.floats(max_value=0) | st.floats(min_value=1, exclude_min=True)
NEGATIVE = NO_REAL | st.floats(max_value=0, exclude_max=True)
NOT_POSITIVE = NO_REAL | st.floats(max_value=0)
NO_BITS = one_of([[0.5, 0]], [[2, 0]], [[-1, 0], [0, 0]], [[0, 1], [1, 1e-300]])
NO_FUNCTION = (
    NO_NUMBERS
    | RAGGED
    | NOT_FINITE
    | arrays(np.float64, one_of((), (0,), (3,), (6,), (2, 2), (4, 1)))
    | one_of([np.nan, 0], [0, np.inf], [0, 0, 0, -np.inf], [1e308, 1e308], 5, 0.5)
)
NO_FEATURE = NO_FUNCTION | one_of([0.5, 0], [2, 0, 0, 0], [0, 0, 0, -1.5], [1], [0], [1e-300, 0])
NO_CLASS = (
    NO_NUMBERS
    | RAGGED
    | NOT_FINITE
    | arrays(np.float64, one_of((), (0,), (3,), (0, 2), (2, 0), (2, 2, 2)))
    | one_of([0, 1], [[0.5, 0]], [[2, 0]], [[0, -1]], [[0, np.nan]])
)
NO_SUBSET = one_of(
    None, 5, 0.5, "0", [0.0], ["a"], [None], [True], [-1], [0, 0], [0, 1, 0], np.eye(2), [[0]], [1j], {-2}
)
TOO_LARGE = one_of(29, 30, 64, 100, 10**6)
NO_TOLERANCE = (
    NO_REAL | st.floats(max_value=0) | st.floats(min_value=1, exclude_min=True) | one_of(0, 2, Fraction(3, 2))
)
NO_QUERY = one_of(None, True, 5, "", "data", "features", ["feature"])
NO_ACCURACY = NO_REAL | st.floats(max_value=0) | st.floats(min_value=0.5) | one_of(0, 1, Fraction(1, 2), Fraction(0))
NO_BALL = NO_ORDER | one_of(1.5, 3, 2.0000001, 10**6)
NO_GRADIENT = NO_CALLABLE | one_of(len, lambda x: np.zeros(len(x), int), students.Linear, networks.Network)
NO_MASSES = one_of(None, 5, "m", 0.5, (Fraction(1), Fraction(0), Fraction(0)), np.ones(3) / 3, verdicts.Masses)
NO_BUDGET = one_of(None, 5, {}, {"n": 5}, (40, None), checks.Budget)
NO_PICTURE = (
    NO_NUMBERS
    | RAGGED
    | NOT_FINITE
    | one_of(np.zeros(12), np.zeros((12, 12, 3)), np.zeros((0, 12)), 5, np.full((12, 12), 1.1), np.full((12, 12), -0.1))
    | arrays(np.float64, one_of((12, 11), (12, 13), (1, 144), (144,), (12, 12, 1)), elements=st.just(0.5))
)
NO_MODULE = one_of(None, 5, "net", len, torch.nn.Linear, torch.zeros(3), students.Linear([1, 1]))
NO_DIRECTION = answers(NO_NUMBERS | RAGGED | NOT_FINITE) | answers_a_point(
    lambda x: x[:1],
    lambda x: x[:, :1],
    lambda x: np.vstack([x, x]),
    lambda x: x[:, 0],
    lambda x: np.full_like(x, np.nan),
)


NO_HUNDRED = NO_CALLABLE | one_of(
    DIAGONAL, students.Linear, students.Linear(np.ones((2, 100))), students.Linear(np.ones(99)), lambda x: [0] * len(x)
)


class Slopes:
    """A student whose gradient is whatever it is made with."""

    def __init__(self, gradient):
        self.gradient = gradient

    def __call__(self, x):
        return np.ones(len(x), int)


NO_SLOPES = NO_DIRECTION.map(Slopes)
PLAIN = Slopes(np.ones_like)
BLACK = np.zeros((12, 12))
NET = networks.perceptron([2, 3, 1], rng=np.random.default_rng(2021))


NO_SIZE = one_of("ab", 5, [1], [1, 0], [1, 2, 3], [1, np.nan], (None, 1), [[1, 1]], -1)
NO_GROUPS = one_of(None, 5, [], [0, 1], {}, "a", {str(k): [0, 1] for k in range(7)})
NO_ENDS = one_of("ab", 5, [0], [1, 0], [0, 0], [0, 1, 2], [0, np.nan], (None, 1), [[0, 1]])
NO_RIM = one_of(5, "rim", np.zeros(16)) | answers_a_point(
    lambda x: x,
    lambda x: x[1:, 0],
    lambda x: np.full(len(x), np.nan),
    lambda x: ["a"] * len(x),
    lambda x: None,
)


NO_IMAGES = NO_POINTS | one_of(np.zeros((2, 2)), np.zeros((2, 2, 2, 1)))
NO_NAME = one_of(None, "", 5, True, ["squares"], ("a",), {}, np.nan)
NO_SIZES = one_of(
    None, 5, "12", {12, 25}, [], [12], (1, 2, 3), (5, 4), (0, 3), (-1, 3), (1.0, 2), (1, None), (True, 3), np.arange(2)
)
NO_DRAW = {"n": NO_COUNT, "rng": NO_RNG}
DRAW = {"n": 3, "rng": np.random.default_rng(2021)}
PUPILS = {"plain": shapes.SquareOrDisk(), "advised": shapes.SquareOrDisk()}
NO_ODD = NO_COUNT | one_of(2, 4, 100)
NO_ARCHITECTURE = {
    "rng": NO_RNG,
    "kernel": NO_ODD | one_of(51, 1001),
    "pooling": NO_ODD.filter(lambda v: v is not None),
    "activation": NO_NAME | one_of("relu6", torch.nn.ReLU),
    "padding": NO_NAME | one_of("same", "valid"),
    "initialisation": NO_NAME | one_of("zeros", "kaiming"),
    "pixels": NO_COUNT | st.integers(1).filter(lambda v: v % 20),
}
NO_SEED = one_of(None, -1, True, 1.0, "0", [0], np.nan)
NO_LIMITS = one_of(5, "ab", {0, 1}, [], [0], (0, 1, 2), np.arange(2), (1, 0), (0, np.inf), (np.nan, 1), (None, 1)) | (
    st.tuples(NO_REAL, st.just(2)) | st.tuples(st.just(-2), NO_REAL)
)
NO_WAY = NO_NAME | one_of("labels", "l_1", "Data")
FIVE = np.eye(5)[:, :2] + 0.1
NO_ANSWERS = RAGGED | one_of(
    *(None, 5, "f", [], [[0, 1]], {}, object(), [0.5, 1, 1], [0, -2, 1], ["a", "b", "c"], [1j] * 3, [object()] * 3),
    *([0, 1, np.inf], [0, 1, 10**30], np.array(["2021"] * 3, "M8[Y]"), [0, 1, "a"]),
)
NO_NAMES = one_of(
    *(5, "ab", [], ["a"], ["a", "a"], [None, "a"], {"a", "b"}, {"a": 1, "b": 2}, [np.nan, 1], [[1], [2]], np.eye(2)),
)
NO_MODEL = one_of(None, 5, "model", [], np.zeros(3), students.Linear, torch.nn.Linear, object())


def agreed(**given):
    return yours.agreement(**({"x": THREE, "teacher": [1, -1, 0], "student": [1, 0, 0]} | given))


def small_network(**given):
    return networks.convolutional(**({"rng": rng(), "pixels": 20} | given))


def trained_in_batches(**given):
    usual = {"module": networks.perceptron([2, 2], rng=rng()), "x": np.eye(3)[:, :2], "y": [0, 1, 0], "rng": rng()}
    return networks.train(**(usual | {"epochs": 1} | given))


def few(learn, **given):
    """A student that selects coordinates, or one that is pushed."""
    own = {"lasso": {"rng": rng()}, "best_subset": {"size": 1}, "adversarial_least_squares": {"epsilon": 0.1}}
    return learn(**({"x": FIVE, "y": [0, 1, 0, 1, 1]} | own.get(learn.__name__, {}) | given))


def bisected(**given):
    usual = {"oracle": queries.Data(lambda x: (x[:, 0] >= x[:, 1]).astype(int)), "dimension": 2, "rng": rng()}
    return regression.bisected(**(usual | given))


def pushed_pictures(**given):
    usual = {"student": students.Linear(np.ones(100)), "x": np.full((2, 100), 0.5), "epsilon": 0.1}
    return two_pixels.push_idle(**(usual | given))


def pushed_images(**given):
    usual = {"student": networks.Network(small_network()), "x": np.zeros((3, 20, 20)), "y": [0, 1, 0], "epsilon": 0.1}
    return image_trials.push_image(**(usual | {"steps": 1} | given))


def withstanding(**given):
    usual = {"student": networks.Network(small_network()), "x": np.zeros((3, 20, 20)), "y": [0, 1, 0], "epsilon": 0.1}
    return image_trials.withstood(**(usual | {"rng": rng()} | given))


def figure(alt="a sentence", **given):
    drawn = Figure(figsize=(1, 1))
    drawn.alt = alt
    return drawn


def black(**given):
    return figures.images(np.zeros((2, 2, 2)), **given)


def regions(**given):
    return figures.regions(**({"teacher": STRIPS, "box": SQUARE, "resolution": 4} | given))


def hidden():
    """A generator of which nothing is known but what it samples."""
    return SimpleNamespace(sample=MU.sample)


def agreement(estimate=robustness.agreement, **given):
    usual = {"mu": MU, "teacher": STRIPS, "student": DIAGONAL, "n": 40, "rng": rng()}
    return estimate(**(usual | given))


def always_1(x):
    """A teacher or a student, whoever is asked."""
    return np.ones(len(x), int)


def strong(**given):
    usual = {"domain": SQUARE, "teacher": STRIPS, "student": lambda x: np.zeros(len(x), int), "n": 40, "rng": rng()}
    return robustness.strong_robustness(**(usual | given))


def oracle(kind, **given):
    return kind(**({"teacher": lambda x: np.ones(len(x), int), "nu": generators.Finite(TWO), "alpha": 0.5} | given))


def statistical(**given):
    """What an oracle answers to the share of the points of class 1."""
    return oracle(queries.Statistical, **given).ask(lambda x, y: y)


def measured(measure, **given):
    return measure(**({"mu": MU, "teacher": STRIPS, "student": DIAGONAL} | given))


def worst(attack, **given):
    """A worst case that has to be sampled or searched."""
    usual = {"mu": hidden(), "teacher": STRIPS, "student": PLAIN, "n": 40, "rng": rng(), "confidence": 0.9}
    usual |= given
    return attack(usual.pop("mu"), usual.pop("student")).worst(usual.pop("teacher"), **usual)


def in_a_tube(decide, **given):
    usual = {"mu": MU, "teacher": STRIPS, "student": DIAGONAL, "delta": 0.5, "p": 2}
    to_draw = {"n": 40, "rng": rng()} if decide is tubes.searched else {}
    return decide(**(usual | to_draw | given))


def pushed_masses(**given):
    return pushes.masses(**({"mu": MU, "teacher": STRIPS, "student": DIAGONAL, "delta": 1, "away": True} | given))


def budgeted(worst_case, **given):
    """A worst case of an attack or of a function that helps to make one."""
    usual = {"mu": hidden(), "teacher": STRIPS, "student": PLAIN, "budget": checks.Budget(40, rng())} | given
    if "nu" in inspect.signature(worst_case).parameters:
        usual["nu"] = usual.pop("mu")
    return worst_case(**usual)


def definition(**given):
    usual = {"attack": ALL_ATTACKS["Single"], "mu": MU, "teacher": STRIPS, "student": DIAGONAL, "epsilon": 0.5}
    return robustness.adversarial_robustness(**(usual | {"n": 40, "rng": rng()} | given))


def loss(**given):
    usual = {"x": TWO, "y": [0, 1], "student": DIAGONAL, "epsilon": 0.1}
    return losses.adversarial_loss(**(usual | given))


def climb(**given):
    return gradients.projected_gradient(**({"x": TWO, "ascent": np.ones_like, "epsilon": 0.5, "steps": 2} | given))


def trained(**given):
    return networks.fit(**({"module": NET, "x": TWO, "y": [0, 1], "steps": 1} | given))


ALL_ATTACKS = {
    "Single": attacks.Single(hidden()),
    "Everything": attacks.Everything(SQUARE),
    "DensityRatio": attacks.DensityRatio(0.5),
    "FastGradient": attacks.FastGradient(0.5),
    "Tube": attacks.Tube(0.5),
}
THREE = [[0.0], [1.0], [2.0]]
CLASSIFIERS = {
    "AxisThreshold": STRIPS,
    "Boxes": teachers.Boxes([(A, SQUARE)]),
    "Joint": probabilities.Joint(TWO, [[0.5, 0], [0, 0.5]], rng()),
    "LinearThreshold": teachers.LinearThreshold([1, 1], low=-1, high=1.5),
}
ANY_SHAPE = {
    "Regions": teachers.Regions([lambda x: np.zeros(len(x), bool)]),
    "Confident": probabilities.Confident(lambda x: np.full(len(x), 0.5)),
    "Stochastic": probabilities.Stochastic(lambda x: np.full(len(x), 0.5), rng()),
}
SAMPLERS = {
    "Uniform": MU,
    "Finite": generators.Finite(TWO),
    "PushForward": generators.PushForward(MU, np.negative),
    "Reweighted": reweighting.Reweighted(MU, lambda x: np.ones(len(x)), 1.5),
}
NO_EXACT_TEACHER = NO_CALLABLE | one_of(lambda x: np.zeros(len(x), int), ANY_SHAPE["Regions"])
NO_EXACT_STUDENT = NO_CALLABLE | one_of(
    lambda x: np.zeros(len(x), int), students.Linear(np.eye(2)[[0, 1, 1]]), students.Linear
)
NO_EXACT_MU = NO_GENERATOR | one_of(generators.Finite(TWO), hidden())


def swept(**given):
    """A sweep that fails before any run, at the latest because there is no such folder."""
    return sweep.run(**{"experiment": "sweep_experiments:line", "seeds": 1, "store": "no/such/folder/a.sqlite"} | given)


def module_of(thing):
    return type(thing).__module__.split(".")[-1]


# The public name; what its error must say; what is wrong; and the call.
CASES = [
    ("yours.numbered", "answers", NO_ANSWERS, yours.numbered),
    (
        "yours.numbered",
        "answers must be among",
        one_of([0, 2], ["a"], [0.5]),
        lambda v: yours.numbered(v, names=[0, 1]),
    ),
    ("yours.numbered", "names must", NO_NAMES, lambda v: yours.numbered([0, 1], names=v)),
    ("yours.as_names", "names must", NO_NAMES | st.none(), yours.as_names),
    ("yours.Named", "answer must", NO_CALLABLE | one_of(students.Linear), yours.Named),
    ("yours.Named", "names must", NO_NAMES, lambda v: yours.Named(len, v)),
    ("yours.Named.__call__", "x must", NO_POINTS, yours.Named(lambda x: [0] * len(x))),
    ("yours.Named.__call__", "answers", answers(NO_ANSWERS), lambda v: yours.Named(v)(THREE)),
    ("yours.student", "a student must", NO_MODEL, yours.student),
    ("yours.student", "names must", NO_NAMES, lambda v: yours.student(len, names=v)),
    ("yours.Sure", "network must", NO_CALLABLE, lambda v: yours.Sure(v, 0.9, ["a", "b"])),
    ("yours.Sure", "sure must", OUTSIDE_0_1, lambda v: yours.Sure(len, v, ["a", "b"])),
    ("yours.Sure", "names must", NO_NAMES | st.none(), lambda v: yours.Sure(len, 0.9, v)),
    ("yours.Sure.__call__", "x must", NO_POINTS, yours.Sure(lambda x: np.full((len(x), 2), 0.5), 0.9, ["a", "b"])),
    ("yours.Sure.__call__", "network|model|probabilities", NO_NETWORK, lambda v: yours.Sure(v, 0.9, ["a", "b"])(THREE)),
    ("yours.teacher", "a teacher must", NO_MODEL, yours.teacher),
    ("yours.teacher", "sure must", OUTSIDE_0_1, lambda v: yours.teacher(len, sure=v)),
    ("yours.teacher", "names must", NO_NAMES, lambda v: yours.teacher(len, names=v)),
    ("yours.Held", "points must", NO_POINTS, yours.Held),
    ("yours.Held.sample", "n must", NO_COUNT | one_of(3, 10**9), lambda v: yours.Held(TWO).sample(v, rng())),
    ("yours.Held.sample", "rng must", NO_RNG, lambda v: yours.Held(TWO).sample(1, v)),
    ("yours.agreement", "x must", NO_POINTS.filter(lambda v: v is not None), lambda v: agreed(x=v)),
    ("yours.agreement", "x must be given", one_of(STRIPS, len), lambda v: agreed(x=None, teacher=v)),
    ("yours.agreement", "answers", NO_ANSWERS | one_of([0, 1]), lambda v: agreed(teacher=v)),
    ("yours.agreement", "answers", NO_ANSWERS | one_of([0, 1]), lambda v: agreed(student=v)),
    ("yours.agreement", "a student must", one_of([0, 1, None], [-1, 1, 1]), lambda v: agreed(student=v)),
    ("yours.agreement", "threshold", one_of(NET), lambda v: agreed(teacher=v)),
    ("yours.agreement", "names must", NO_NAMES, lambda v: agreed(names=v)),
    ("yours.agreement", "confidence must", OUTSIDE_0_1, lambda v: agreed(confidence=v)),
    ("checks.as_array", "x must be an array", RAGGED, lambda v: checks.as_array(v, name="x")),
    ("checks.as_points", "x must", NO_POINTS, checks.as_points),
    ("checks.as_points", "d must", NO_PAIRS, lambda v: checks.as_points(v, name="d", dimension=2)),
    ("checks.as_labels", "y must", NO_LABELS_3, lambda v: checks.as_labels(v, n=3)),
    (
        "checks.as_labels",
        "y must hold classes",
        st.integers(2),
        lambda v: checks.as_labels([0, min(v, 9**9)], classes=2),
    ),
    (
        "checks.certain",
        "y must",
        NO_LABELS,
        checks.certain,
    ),
    ("checks.training_set", "x must", NO_POINTS, lambda v: checks.training_set(v, [0, 1])),
    ("checks.training_set", "y must", NO_LESSON_3, lambda v: checks.training_set(THREE, v)),
    ("checks.ask", "teacher", NO_TEACHER, lambda v: checks.ask(v, THREE, role="teacher")),
    ("checks.ask", "student", NO_STUDENT, lambda v: checks.ask(v, THREE, role="student")),
    ("checks.ask", "x must", NO_POINTS, lambda v: checks.ask(lambda x: [0], v, role="student")),
    ("checks.ask", "role must", one_of(None, "", "judge", 5), lambda v: checks.ask(lambda x: [0] * 3, THREE, role=v)),
    ("checks.as_count", "n must", NO_COUNT, checks.as_count),
    ("checks.as_real", "v must", NO_REAL, lambda v: checks.as_real(v, name="v")),
    ("checks.as_order", "p must", NO_ORDER, checks.as_order),
    (
        "checks.as_row",
        "r must",
        NO_NUMBERS | RAGGED | one_of([], 5, [np.inf], [[1]]),
        lambda v: checks.as_row(v, name="r"),
    ),
    ("checks.as_at_least", "v must", NEGATIVE, lambda v: checks.as_at_least(v, 0, name="v")),
    ("checks.as_positive", "v must", NOT_POSITIVE, lambda v: checks.as_positive(v, name="v")),
    ("checks.as_within", "v must", OUTSIDE_0_1, lambda v: checks.as_within(v, "(0, 1)", name="v")),
    ("checks.as_order", "p must", NO_BALL, lambda v: checks.as_order(v, among=gradients.NORMS)),
    ("checks.as_flag", "v must", NO_FLAG, lambda v: checks.as_flag(v, name="v")),
    ("checks.as_choice", "v must", NO_NAME, lambda v: checks.as_choice(v, ("a", "b"), name="v")),
    ("checks.as_callable", "v must", NO_CALLABLE, lambda v: checks.as_callable(v, "x -> y", name="v")),
    ("checks.as_budget", "budget must", NO_BUDGET, checks.as_budget),
    ("labels.name_of", "label must", st.integers(2) | one_of(-2, None, "1", 0.5, 1.0, [1]), labels.name_of),
    (
        "checks.as_generator",
        r"mu needs a method sample\(n, rng\)",
        NO_GENERATOR,
        lambda v: checks.as_generator(v, name="mu"),
    ),
    ("checks.draw", "mu", NO_SAMPLE | NO_GENERATOR, lambda v: checks.draw(v, 7, rng(), name="mu")),
    ("checks.draw", "n must", NO_COUNT, lambda v: checks.draw(MU, v, rng())),
    ("checks.draw", "rng must", NO_RNG, lambda v: checks.draw(MU, 3, v)),
    ("checks.as_rng", "rng must", NO_RNG, checks.as_rng),
    ("checks.as_weights", "weights must", weights(3), lambda v: checks.as_weights(v, 3)),
    (
        "checks.check_total",
        "p must",
        st.lists(st.floats(-1, 1), min_size=1).filter(lambda p: min(p) < 0 or abs(sum(p) - 1) > 1e-6),
        lambda v: checks.check_total(np.array(v), name="p"),
    ),
    ("geometry.Box", "low|box|length", NO_SIDE, lambda v: Box(v, [1.0, 1.0])),
    ("geometry.Box", "high|box|length", NO_SIDE, lambda v: Box([0.0, 0.0], v)),
    ("geometry.Box", "open_low must", NO_FLAGS, lambda v: Box([0, 0], [1, 1], open_low=v)),
    ("geometry.Box", "open_high must", NO_FLAGS, lambda v: Box([0, 0], [1, 1], open_high=v)),
    ("geometry.Box", "hold at least one point", st.floats(0, 9, exclude_min=True), lambda v: Box([v, 0], [0, 1])),
    ("geometry.Box.contains", "x must", NO_PAIRS, SQUARE.contains),
    (
        "geometry.Box.__contains__",
        "point|x must",
        NO_NUMBERS | RAGGED | NOT_FINITE | one_of(0.5, [0.5], [0, 0, 0], TWO, []),
        SQUARE.__contains__,
    ),
    ("geometry.Box.intersection", "Box", NO_BOX, SQUARE.intersection),
    ("volumes.volume_below", "box must", NO_BOX, lambda v: volumes.volume_below(v, [1, 1])),
    ("volumes.volume_below", "coefficients must", NO_COEFFICIENTS, lambda v: volumes.volume_below(SQUARE, v)),
    ("volumes.volume_below", "intercept must", NO_REAL, lambda v: volumes.volume_below(SQUARE, [1, 1], v)),
    ("geometry.HalfSpace", "w must", NO_COEFFICIENTS, lambda v: HalfSpace(v, 0)),
    ("geometry.HalfSpace", "b must", NO_REAL, lambda v: HalfSpace([1, 1], v)),
    ("geometry.HalfSpace", "strict must", NO_FLAG, lambda v: HalfSpace([1, 1], 0, v)),
    ("geometry.HalfSpace.contains", "x must", NO_PAIRS, HALF.contains),
    ("geometry.HalfSpace.score", "a point must", NO_COEFFICIENTS, HALF.score),
    ("geometry.HalfSpace.admits", "score must be a Fraction", one_of(None, 0, 0.5, "0", [Fraction(0)]), HALF.admits),
    ("geometry.HalfSpace.outside", "a point must", NO_COEFFICIENTS, lambda v: HALF.outside(v, np.ones(2))),
    ("geometry.HalfSpace.outside", "a point must", NO_COEFFICIENTS, lambda v: HALF.outside(-np.ones(2), v)),
    ("cuts.CutBox", "Box", NO_BOX, lambda v: cuts.CutBox(v, HALF)),
    ("cuts.CutBox", "HalfSpace|half space", NO_HALF_SPACE, lambda v: cuts.CutBox(SQUARE, v)),
    ("cuts.CutBox.contains", "x must", NO_PAIRS, cuts.cut(SQUARE, HALF).contains),
    *(
        (
            f"{module_of(region)}.{type(region).__name__}.{name}",
            "half space|HalfSpace",
            NO_HALF_SPACE,
            getattr(region, name),
        )
        for region in (SQUARE, cuts.cut(SQUARE, HALF))
        for name in ("least", "worst")
    ),
    ("cuts.cut", "half space|HalfSpace", NO_HALF_SPACE, lambda v: cuts.cut(SQUARE, v)),
    ("cuts.cut", "Box", NO_BOX, lambda v: cuts.cut(v, HALF)),
    ("geometry.check_disjoint", "boxes must be boxes", NO_BOX, lambda v: geometry.check_disjoint([SQUARE, v])),
    ("generators.Uniform", "Uniform takes boxes", NO_BOX, lambda v: generators.Uniform(SQUARE, v)),
    ("generators.Finite", "points must", NO_POINTS, generators.Finite),
    ("generators.Finite", "weights must", weights(2), lambda v: generators.Finite(TWO, v)),
    ("generators.PushForward", "mu needs a method sample", NO_GENERATOR, lambda v: generators.PushForward(v, len)),
    ("generators.PushForward", "gamma must", NO_CALLABLE, lambda v: generators.PushForward(MU, v)),
    (
        "generators.PushForward.sample",
        r"gamma\(x\) must|gamma must",
        answers(NO_POINTS) | answers_a_point(lambda x: x[:1], lambda x: np.vstack([x, x]), lambda x: x * np.nan),
        lambda v: generators.PushForward(MU, v).sample(5, rng()),
    ),
    (
        "generators.PushForward.sample",
        "mu",
        NO_SAMPLE,
        lambda v: generators.PushForward(v, np.negative).sample(7, rng()),
    ),
    (
        "reweighting.Reweighted",
        "mu needs a method sample",
        NO_GENERATOR,
        lambda v: reweighting.Reweighted(v, lambda x: np.ones(len(x)), 2),
    ),
    ("reweighting.Reweighted", "density must", NO_CALLABLE, lambda v: reweighting.Reweighted(MU, v, 2)),
    (
        "reweighting.Reweighted",
        "most must",
        NO_REAL | st.floats(max_value=1, exclude_max=True),
        lambda v: reweighting.Reweighted(MU, lambda x: np.ones(len(x)), v),
    ),
    (
        "reweighting.Reweighted.sample",
        r"density\(x\) must",
        answers(NO_NUMBERS | RAGGED)
        | one_of(
            lambda x: np.full(len(x), 2.1),
            lambda x: np.full(len(x), -1e-9),
            lambda x: np.full(len(x), np.nan),
            lambda x: np.full(len(x), np.inf),
            lambda x: np.ones(len(x) + 1),
            lambda x: np.ones((len(x), 1)),
            lambda x: np.zeros(len(x)),
            lambda x: np.ones(len(x)) * 1j,
        ),
        lambda v: reweighting.Reweighted(MU, v, 2).sample(5, rng()),
    ),
    (
        "reweighting.Reweighted.sample",
        "mu",
        NO_SAMPLE,
        lambda v: reweighting.Reweighted(v, lambda x: np.ones(len(x)), 2).sample(7, rng()),
    ),
    *(
        (f"{module_of(g)}.{name}.sample", "n must", NO_COUNT, lambda v, g=g: g.sample(v, rng()))
        for name, g in SAMPLERS.items()
    ),
    *(
        (f"{module_of(g)}.{name}.sample", "rng must", NO_RNG, lambda v, g=g: g.sample(3, v))
        for name, g in SAMPLERS.items()
    ),
    *(
        (f"shapes.SquaresAndDisks{method}", f"{name} must", bad, lambda v, name=name, call=call: call(**{name: v}))
        for method, call, given in (
            (
                "",
                shapes.SquaresAndDisks,
                {
                    "textured": NO_NAME | one_of("square", "checkerboard"),
                    "pattern": NO_NAME | one_of("squares", "dots"),
                    "strength": NEGATIVE | st.floats(min_value=1, exclude_min=True),
                    "balanced": NO_FLAG,
                    "symmetric": NO_FLAG,
                    "pixels": NO_COUNT | st.integers(max_value=51),
                    "sizes": NO_SIZES,
                },
            ),
            (".sample", lambda **v: shapes.SquaresAndDisks().sample(**({"n": 3, "rng": rng()} | v)), NO_DRAW),
        )
        for name, bad in given.items()
    ),
    *(
        ("networks.convolutional", f"{name} must", bad, lambda v, name=name: small_network(**{name: v}))
        for name, bad in NO_ARCHITECTURE.items()
    ),
    *(
        ("networks.train", f"{name} must", bad, lambda v, name=name: trained_in_batches(**{name: v}))
        for name, bad in {
            "module": one_of(None, 5, "net", len, networks.perceptron),
            "x": NO_POINTS | one_of(np.zeros((3, 1)), np.zeros((3, 2, 1))),
            "y": NO_LESSON_3 | one_of([0, 1, 2]),
            "epochs": NO_COUNT,
            "batch": NO_COUNT,
            "rate": NOT_POSITIVE,
            "rng": NO_RNG,
            "penalty": NEGATIVE,
            "until": NEGATIVE,
            "transform": NO_CALLABLE.filter(lambda v: v is not None),
            "after_epoch": NO_CALLABLE.filter(lambda v: v is not None),
        }.items()
    ),
    (
        "networks.train",
        "a transformed batch must",
        answers(NO_PAIRS),
        lambda v: trained_in_batches(transform=lambda student, x, y: v(x)),
    ),
    *(
        (f"advice.{f.__name__}", f"{name} must", bad, lambda v, f=f, name=name: f(**({"rng": rng()} | {name: v})))
        for f, own in ((advice.outlined, "pixels"), (advice.framed, "side"))
        for name, bad in {"rng": NO_RNG, "background": NO_REAL, own: NO_COUNT}.items()
    ),
    ("advice.other_textures", "x must", NO_IMAGES, lambda v: advice.other_textures(v, rng())),
    ("advice.other_textures", "rng must", NO_RNG, lambda v: advice.other_textures(np.ones((1, 4, 4)), v)),
    (
        "networks.Network.gradient",
        "y must",
        NO_LABELS_3.filter(lambda v: v is not None) | UNCERTAIN_3 | one_of([0, 1, 2], [10**12, 0, 1]),
        lambda v: networks.Network(NET).gradient(np.eye(3)[:, :2], v),
    ),
    *(
        (
            "shape_or_texture.panel",
            f"{name} must",
            bad,
            lambda v, name=name: shape_or_texture.panel(**({"seed": 0, "images": 2, "fresh": 1} | {name: v})),
        )
        for name, bad in {
            "seed": NO_SEED,
            "epochs": NO_COUNT,
            "images": NO_COUNT | st.just(1),
            "fresh": NO_COUNT,
            "after_epoch": NO_CALLABLE.filter(lambda v: v is not None),
            **{name: bad for name, bad in NO_ARCHITECTURE.items() if name not in ("rng", "pixels")},
        }.items()
    ),
    *(
        (f"{type(t).__module__.rpartition('.')[2]}.{name}.__call__", "x must", NO_PAIRS, t)
        for name, t in CLASSIFIERS.items()
        if name != "AxisThreshold"
    ),
    *(
        (f"{type(t).__module__.rpartition('.')[2]}.{name}.__call__", "x must", NO_POINTS, t)
        for name, t in ANY_SHAPE.items()
    ),
    ("teachers.AxisThreshold.__call__", "x must", NO_POINTS | st.just(np.zeros((2, 2, 2))), STRIPS),
    (
        "teachers.AxisThreshold",
        "axis must",
        NO_REAL.filter(lambda v: type(v) is not int) | st.integers(max_value=-1) | one_of(0.0, 1.5),
        lambda v: teachers.AxisThreshold(axis=v),
    ),
    ("teachers.AxisThreshold", "low must", NO_REAL | st.floats(min_value=0.5), lambda v: teachers.AxisThreshold(low=v)),
    ("teachers.AxisThreshold", "high", NO_REAL | st.floats(max_value=-0.5), lambda v: teachers.AxisThreshold(high=v)),
    ("teachers.AxisThreshold.certain_regions", "domain must be a Box", NO_BOX, STRIPS.certain_regions),
    (
        "teachers.LinearThreshold",
        "coefficients must",
        NO_COEFFICIENTS | one_of([0, 0], [0.0]),
        lambda v: teachers.LinearThreshold(v, low=0, high=1),
    ),
    (
        "teachers.LinearThreshold",
        "low must",
        NO_REAL | st.floats(min_value=1, exclude_min=True),
        lambda v: teachers.LinearThreshold([1, 1], low=v, high=1),
    ),
    (
        "teachers.LinearThreshold",
        "high",
        NO_REAL | st.floats(max_value=1, exclude_max=True),
        lambda v: teachers.LinearThreshold([1, 1], low=1, high=v),
    ),
    (
        "teachers.Boxes",
        "regions|Boxes",
        one_of(None, 5, [], {}, "ab", SQUARE, [SQUARE], [5], [(0,)], [(0, 1, 2)], [(0, 5)]),
        teachers.Boxes,
    ),
    (
        "teachers.Boxes",
        "region",
        NO_CLASSES | one_of(UNCERTAIN, None, "a", 0.5, True, np.nan, [0], 2**70),
        lambda v: teachers.Boxes([(v, SQUARE)]),
    ),
    *(
        (f"teachers.{name}.certain_regions", "Box", NO_BOX, CLASSIFIERS[name].certain_regions)
        for name in ("Boxes", "LinearThreshold")
    ),
    ("teachers.Regions", "region|Regions", one_of(None, 5, [], {}, "ab", [5], [None], ["a"], len), teachers.Regions),
    (
        "teachers.Regions.__call__",
        "class 0 must",
        answers(NO_NUMBERS | RAGGED)
        | one_of(len, lambda x: [True], lambda x: np.ones(len(x)), lambda x: np.ones((len(x), 1), bool)),
        lambda v: teachers.Regions([v])(THREE),
    ),
    ("probabilities.Confident", "network must", NO_CALLABLE, probabilities.Confident),
    (
        "probabilities.Confident",
        "confidence must",
        NO_REAL | st.floats(max_value=0.5, exclude_max=True) | st.floats(min_value=1),
        lambda v: probabilities.Confident(len, v),
    ),
    (
        "probabilities.Confident.__call__",
        "probabilities|answer",
        NO_NETWORK,
        lambda v: probabilities.Confident(v)(THREE),
    ),
    ("probabilities.Stochastic", "conditional must", NO_CALLABLE, lambda v: probabilities.Stochastic(v, rng())),
    ("probabilities.Stochastic", "rng must", NO_RNG, lambda v: probabilities.Stochastic(len, v)),
    (
        "probabilities.Stochastic.__call__",
        "probabilities|answer",
        NO_NETWORK,
        lambda v: probabilities.Stochastic(v, rng())(THREE),
    ),
    (
        "probabilities.Joint",
        "points must|each of",
        NO_POINTS | st.just([[1], [1]]),
        lambda v: probabilities.Joint(v, [[0.5, 0], [0, 0.5]], rng()),
    ),
    (
        "probabilities.Joint",
        "joint must",
        NO_POINTS
        | arrays(np.float64, (2, 2)).filter(lambda t: np.isfinite(t).all() and (t < 0).any())
        | st.just(np.eye(2)),
        lambda v: probabilities.Joint([[0], [1]], v, rng()),
    ),
    ("shapes.SquareOrDisk", "background must", NO_REAL, shapes.SquareOrDisk),
    (
        "shapes.SquareOrDisk",
        "tolerance must",
        NEGATIVE | st.floats(min_value=0.1, exclude_min=True),
        lambda v: shapes.SquareOrDisk(tolerance=v),
    ),
    ("shapes.SquareOrDisk.__call__", "x must", NO_IMAGES, shapes.SquareOrDisk()),
    *[
        (f"pictures.Doubtful.{method}", f"{name} must", bad, lambda v, name=name, draw=draw: draw(**DRAW | {name: v}))
        for method, draw in (("draw", Doubtful().draw), ("sample", Doubtful().sample))
        for name, bad in NO_DRAW.items()
    ],
    ("recorded.Recorded", "x must", NO_POINTS, lambda v: Recorded(v, [A])),
    ("recorded.Recorded", "y must", NO_LABELS_3, lambda v: Recorded(THREE, v)),
    ("recorded.Recorded.__call__", "x must", NO_POINTS, Recorded(TWO, [A, B])),
    ("recorded.Recorded.save", "PathLike", one_of(None, 5, [], {}), Recorded(TWO, [A, B]).save),
    ("recorded.fingerprint", "x must", NO_POINTS, recorded.fingerprint),
    *[
        (f"page.{name}", said, bad, call)
        for name, function in (("show", show), ("html", page.html))
        for said, bad, call in (
            ("students must", one_of(None, 5, [], {}, {"plain": DIAGONAL}, DIAGONAL), function),
            ("the student", NO_CALLABLE, lambda v, function=function: function({"plain": v, "advised": v})),
            ("notes must", one_of(5, "a", [], {"c": "a"}), lambda v, function=function: function(PUPILS, notes=v)),
        )
    ],
    ("probabilities.Joint", "rng must", NO_RNG, lambda v: probabilities.Joint([[0], [1]], [[0.5, 0], [0, 0.5]], v)),
    ("students.Linear", "coefficients must", NO_COEFFICIENTS, students.Linear),
    ("students.Linear", "intercept must", NO_INTERCEPT, lambda v: students.Linear([1, 1], v)),
    ("students.Linear.__call__", "x must", NO_PAIRS, DIAGONAL),
    ("students.Linear.score", "x must", NO_PAIRS, DIAGONAL.score),
    ("students.Linear.distance", "x must", NO_PAIRS, DIAGONAL.distance),
    ("students.Linear.distance", "p must", NO_ORDER, lambda v: DIAGONAL.distance(TWO, p=v)),
    ("students.Linear.gradient", "x must", NO_PAIRS, DIAGONAL.gradient),
    ("students.Linear.dual_norm", "p must", NO_ORDER, DIAGONAL.dual_norm),
    ("students.Linear.half_spaces", "label must", NO_LABEL, DIAGONAL.half_spaces),
    *(
        (f"students.{name}", "x must", NO_POINTS | st.just(np.zeros((2, 2, 2))), lambda v, f=f: f(v, [0, 1]))
        for name, f in (("least_squares", students.least_squares), ("max_margin", students.max_margin))
    ),
    *(
        (f"students.{name}", "y must", NO_LESSON_3, lambda v, f=f: f(THREE, v))
        for name, f in (("least_squares", students.least_squares), ("max_margin", students.max_margin))
    ),
    ("students.least_squares", "features must", NO_FEATURES, lambda v: students.least_squares(TWO, [0, 1], features=v)),
    ("students.least_squares", "integer must", NO_FLAG, lambda v: students.least_squares(TWO, [0, 1], integer=v)),
    ("students.least_squares", "intercept must", NO_FLAG, lambda v: students.least_squares(TWO, [0, 1], intercept=v)),
    (
        "students.max_margin",
        "penalty must",
        NOT_POSITIVE.filter(lambda v: v is not None),
        lambda v: students.max_margin(TWO, [0, 1], penalty=v),
    ),
    *(
        (f"regression.{learn.__name__}", f"{name} must", bad, lambda v, learn=learn, name=name: few(learn, **{name: v}))
        for learn, own in (
            (regression.lasso, {"rng": NO_RNG}),
            (regression.significant, {"level": OUTSIDE_0_1}),
            (regression.few, {}),
            (regression.best_subset, {"size": NO_COUNT | one_of(3, 10**12)}),
            (regression.adversarial_least_squares, {"epsilon": NEGATIVE, "p": NO_BALL | st.just(1)}),
        )
        for name, bad in {
            "x": NO_POINTS | st.just(np.zeros((5, 2, 2))),
            "y": NO_LABELS | one_of([0, 0, 0, 0, 0], [0, 1, 0, 1], [0, 1, 2, 0, 1], [0, 1, 0, 1, UNCERTAIN]),
            **own,
        }.items()
    ),
    *(
        (f"parities.{f.__name__}", "d must", NO_COUNT | TOO_LARGE, f)
        for f in (parities.cube, parities.teacher_indices, parities.bent)
    ),
    ("parities.check_size", "d must", TOO_LARGE, lambda v: parities.check_size(v, 8, "a feature")),
    ("parities.bent", "d must be even", one_of(1, 3, 10**6 + 1), parities.bent),
    ("parities.index_of", "subset must", NO_SUBSET, parities.index_of),
    (
        "parities.subset_of",
        "index must",
        st.integers(max_value=-1) | one_of(None, True, 1.0, "1", [1], Fraction(1), np.nan),
        parities.subset_of,
    ),
    ("parities.Parity", "subset must", NO_SUBSET | one_of([2], (0, 5)), lambda v: parities.Parity(v, 2)),
    ("parities.Parity", "d must", NO_COUNT, lambda v: parities.Parity([], v)),
    ("parities.Parity", "complement must", NO_FLAG, lambda v: parities.Parity([0], 2, complement=v)),
    ("parities.Parity.__call__", "x must", NO_PAIRS | NO_BITS, parities.Parity([0], 2)),
    ("walsh.walsh_hadamard", "values must", NO_FUNCTION, walsh.walsh_hadamard),
    ("walsh.as_function", "h must", NO_FUNCTION, lambda v: walsh.as_function(v, name="h")),
    ("walsh.fourier", "h must", NO_FUNCTION, walsh.fourier),
    ("walsh.correlations", "h must", NO_FUNCTION, walsh.correlations),
    ("walsh.correlations", "complement must", NO_FLAG, lambda v: walsh.correlations([0, 1], complement=v)),
    ("game.ruled_out", "h must", NO_FEATURE | st.just([-1, 0]), lambda v: game.ruled_out(v, alpha=0.1)),
    ("game.ruled_out", "h must", NO_FEATURE, lambda v: game.ruled_out(v, alpha=0.1, query="statistical")),
    ("game.ruled_out", "alpha must", NO_TOLERANCE, lambda v: game.ruled_out([0, 1], alpha=v)),
    ("game.ruled_out", "lean must", NO_REAL, lambda v: game.ruled_out([0, 1], alpha=0.1, lean=v)),
    ("game.ruled_out", "query must", NO_QUERY, lambda v: game.ruled_out([0, 1], alpha=0.1, query=v)),
    ("game.best_lean", "h must", NO_FEATURE | st.just([-1, 0]), lambda v: game.best_lean(v, alpha=0.1)),
    ("game.best_lean", "alpha must", NO_TOLERANCE, lambda v: game.best_lean([0, 1], alpha=v)),
    ("game.best_lean", "query must", NO_QUERY, lambda v: game.best_lean([0, 1], alpha=0.1, query=v)),
    ("game.most_satisfied", "epsilon must", NO_ACCURACY, game.most_satisfied),
    ("game.fewest_queries", "d must", NO_COUNT | one_of(5, 64), lambda v: game.fewest_queries(v, alpha=0.1)),
    ("game.fewest_queries", "alpha must", NO_TOLERANCE, lambda v: game.fewest_queries(2, alpha=v)),
    ("candidates.Candidates", "labels must", NO_CLASS, candidates.Candidates),
    ("candidates.Candidates", "weights must", weights(2), lambda v: candidates.Candidates([[0, 1], [1, 0]], v)),
    *(
        (
            f"candidates.Candidates.{name}",
            f"{knob} must",
            bad,
            lambda v, f=f, knob=knob, others=others: f(**{**others, knob: v}),
        )
        for name, f, others in (
            ("most_ruled_out", BOTH.most_ruled_out, {"alpha": 0.1}),
            ("most_satisfied", BOTH.most_satisfied, {"epsilon": 0.1}),
            ("queries_needed", BOTH.queries_needed, {"alpha": 0.1, "epsilon": 0.1}),
            ("queries_enough", BOTH.queries_enough, {"alpha": 0.1}),
            ("spread", BOTH.spread, {}),
        )
        for knob, bad in (("alpha", NO_TOLERANCE), ("epsilon", NO_ACCURACY), ("query", NO_QUERY))
        if knob in inspect.signature(f).parameters
    ),
    ("game.most_ruled_out", "alpha must", NO_TOLERANCE, lambda v: game.most_ruled_out(alpha=v)),
    ("game.most_ruled_out", "query must", NO_QUERY, lambda v: game.most_ruled_out(alpha=0.1, query=v)),
    ("game.queries_needed", "d must", NO_COUNT, lambda v: game.queries_needed(v, alpha=0.1, epsilon=0.1)),
    ("game.queries_needed", "alpha must", NO_TOLERANCE, lambda v: game.queries_needed(3, alpha=v, epsilon=0.1)),
    ("game.queries_needed", "epsilon must", NO_ACCURACY, lambda v: game.queries_needed(3, alpha=0.1, epsilon=v)),
    (
        "game.queries_needed",
        "query must",
        NO_QUERY,
        lambda v: game.queries_needed(3, alpha=0.1, epsilon=0.1, query=v),
    ),
    ("game.Game", "d must", NO_COUNT | TOO_LARGE, lambda v: game.Game(v, alpha=0.1)),
    ("game.Game", "alpha must", NO_TOLERANCE, lambda v: game.Game(2, alpha=v)),
    (
        "game.Game.ask",
        "h must",
        NO_FEATURE | answers(NO_FEATURE) | one_of([0, 1], np.zeros(8), lambda x: x, lambda x: x[:, 0] - 1),
        lambda v: game.Game(2, alpha=0.1).ask(v),
    ),
    (
        "parities.learn",
        "teacher",
        NO_TEACHER | one_of(lambda x: np.full(len(x), UNCERTAIN), lambda x: np.full(len(x), 2)),
        lambda v: parities.learn(v, 2),
    ),
    ("parities.learn", "d must", NO_COUNT, lambda v: parities.learn(parities.Parity([0], 2), v)),
    (
        "parities.learn",
        "complement must",
        NO_FLAG.filter(lambda v: v is not None),
        lambda v: parities.learn(parities.Parity([0], 2), 2, complement=v),
    ),
    (
        "parities.learn",
        "includes_first must",
        NO_FLAG,
        lambda v: parities.learn(parities.Parity([0], 2), 2, includes_first=v),
    ),
    (
        "parities.eliminate",
        "x must",
        NO_POINTS | NO_BITS | st.just(np.zeros((2, 2, 2))),
        lambda v: parities.eliminate(v, [0, 1]),
    ),
    (
        "parities.eliminate",
        "y must",
        NO_LABELS_3 | UNCERTAIN_3 | one_of([0, 1, 2], [0, 1, 0], [1, 1, 0]),
        lambda v: parities.eliminate([[0], [1], [1]], v),
    ),
    (
        "parities.eliminate",
        "complement must",
        NO_FLAG.filter(lambda v: v is not None),
        lambda v: parities.eliminate([[0], [1]], [0, 1], complement=v),
    ),
    *(
        (
            "parities.passes",
            said,
            bad,
            lambda v, name=name: parities.passes(
                **({"teacher": parities.Parity([0], 2), "d": 2, "rounds": 3, "rng": rng()} | {name: v})
            ),
        )
        for name, said, bad in (
            ("teacher", "teacher", NO_TEACHER | one_of(lambda x: np.full(len(x), 2))),
            ("d", "d must", NO_COUNT),
            ("rounds", "rounds must", NO_COUNT),
            ("rng", "rng must", NO_RNG),
        )
    ),
    *(
        (
            "cells.at_least",
            said,
            bad,
            lambda v, name=name: cells.at_least(**({"d": 3, "alpha": 0.1, "epsilon": 0.1} | {name: v})),
        )
        for name, said, bad in (
            ("d", "d must", NO_COUNT | one_of(1, 1001, 10**9)),
            ("alpha", "alpha must", NO_TOLERANCE),
            ("epsilon", "epsilon must", NO_ACCURACY | st.floats(min_value=0.25, exclude_min=True)),
        )
    ),
    ("cells.written", "logarithm must", NEGATIVE.filter(lambda v: v is not np.inf), cells.written),
    ("parities.chance_determined", "d must", NO_COUNT, lambda v: parities.chance_determined(v, 3)),
    ("parities.chance_determined", "n must", NO_COUNT, lambda v: parities.chance_determined(3, v)),
    (
        "parities.chance_determined",
        "complement_known must",
        NO_FLAG,
        lambda v: parities.chance_determined(3, 3, complement_known=v),
    ),
    ("robustness.agreement", "generator", NO_GENERATOR | NO_SAMPLE, lambda v: agreement(mu=v)),
    ("robustness.agreement", "teacher", NO_TEACHER, lambda v: agreement(teacher=v)),
    (
        "robustness.agreement",
        "certain about none of the 40",
        st.just(lambda x: np.full(len(x), UNCERTAIN)),
        lambda v: agreement(teacher=v),
    ),
    ("robustness.agreement", "student", NO_STUDENT, lambda v: agreement(student=v)),
    ("robustness.agreement", "n must", NO_COUNT, lambda v: agreement(n=v)),
    ("robustness.agreement", "rng must", NO_RNG, lambda v: agreement(rng=v)),
    ("robustness.agreement", "confidence must", OUTSIDE_0_1, lambda v: agreement(confidence=v)),
    *(
        (
            f"exact.{m.__name__}",
            "generators.Uniform",
            NO_EXACT_MU,
            lambda v, m=m: measured(m, mu=v),
        )
        for m in (exact.adversarial_error, exact.margin)
    ),
    *(
        (
            f"exact.{m.__name__}",
            "teacher with certain_regions",
            NO_EXACT_TEACHER,
            lambda v, m=m: measured(m, teacher=v),
        )
        for m in (exact.adversarial_error, exact.margin)
    ),
    *(
        (
            f"exact.{m.__name__}",
            "linear student of two classes",
            NO_EXACT_STUDENT,
            lambda v, m=m: measured(m, student=v),
        )
        for m in (exact.adversarial_error, exact.margin)
    ),
    *(
        (f"exact.{m.__name__}", "p must", NO_ORDER, lambda v, m=m: measured(m, p=v))
        for m in (exact.adversarial_error, exact.margin)
    ),
    (
        "exact.adversarial_error",
        "epsilon must",
        NEGATIVE,
        lambda v: measured(exact.adversarial_error, epsilon=v),
    ),
    ("robustness.strong_robustness", "teacher", NO_TEACHER, lambda v: strong(teacher=v)),
    ("robustness.strong_robustness", "teacher", NO_TEACHER, lambda v: strong(teacher=v, domain=TWO)),
    ("robustness.strong_robustness", "student", NO_STUDENT, lambda v: strong(student=v)),
    ("robustness.strong_robustness", "student", NO_STUDENT, lambda v: strong(student=v, domain=MU)),
    (
        "robustness.strong_robustness",
        "domain must|x must",
        NO_PAIRS | one_of(5, lambda n, rng: 0),
        lambda v: strong(domain=v, teacher=CLASSIFIERS["Boxes"]),
    ),
    ("robustness.strong_robustness", "generator", NO_SAMPLE, lambda v: strong(domain=v)),
    ("robustness.strong_robustness", "n must", NO_COUNT.filter(lambda v: v is not None), lambda v: strong(n=v)),
    ("robustness.strong_robustness", "rng must", NO_RNG.filter(lambda v: v is not None), lambda v: strong(rng=v)),
    (
        "robustness.strong_robustness",
        "n must",
        NO_COUNT.filter(lambda v: v is not None),
        lambda v: strong(n=v, student=DIAGONAL),
    ),
    ("robustness.strong_robustness", "give n and rng", one_of({"n": None}, {"rng": None}), lambda v: strong(**v)),
    *(
        (f"queries.{policy.__name__}", "answers a Query", NO_CALLABLE, policy)
        for policy in (queries.exact, queries.stubborn)
    ),
    ("queries.Query.allows", "answer must", NO_REAL, queries.Query(0.5, 0.5, 0.1, lambda n, rng: None).allows),
    ("queries.as_tolerance", "tolerance alpha must", NO_TOLERANCE, queries.as_tolerance),
    ("queries.as_fraction", "epsilon must", NO_REAL, lambda v: queries.as_fraction(v, name="epsilon")),
    ("queries.as_bits", "h must", NO_BITS_2, lambda v: queries.as_bits(v, name="h", n=2)),
    ("queries.Within", "rng must", NO_RNG, queries.Within),
    ("queries.Within.__call__", "answers a Query", NO_CALLABLE, lambda v: queries.Within(rng())(v)),
    ("queries.Sampled", "rng must", NO_RNG, queries.Sampled),
    ("queries.Sampled", "confidence must", OUTSIDE_0_1, lambda v: queries.Sampled(rng(), confidence=v)),
    ("queries.Sampled.__call__", "answers a Query", NO_CALLABLE, lambda v: queries.Sampled(rng())(v)),
    (
        "queries.sample_size",
        "tolerance alpha must",
        OUTSIDE_0_TO_1,
        lambda v: queries.sample_size(alpha=v, confidence=0.5),
    ),
    ("queries.sample_size", "confidence must", OUTSIDE_0_1, lambda v: queries.sample_size(alpha=0.5, confidence=v)),
    *(
        (f"queries.{kind.__name__}", said, bad, lambda v, kind=kind, name=name: oracle(kind, **{name: v}))
        for kind in (queries.Statistical, queries.Feature)
        for name, said, bad in (
            ("teacher", "teacher", NO_TWO_CLASSES),
            ("nu", "generator", NO_GENERATOR | one_of(MU, Samples(lambda n: TWO))),
            ("alpha", "tolerance alpha must", OUTSIDE_0_TO_1),
            ("answers", "answers must", NO_CALLABLE | one_of(queries.Within, queries.Sampled)),
        )
    ),
    (
        "queries.Statistical.ask",
        "χ",
        NO_CALLABLE | NO_BITS_2.map(lambda bits: lambda x, y: bits),
        lambda v: oracle(queries.Statistical).ask(v),
    ),
    ("queries.Statistical.ask", "policy's answer must", NO_REAL, lambda v: statistical(answers=lambda query: v)),
    (
        "queries.Statistical.ask",
        "generator",
        NO_SAMPLE,
        lambda v: statistical(nu=v, answers=queries.Sampled(rng())),
    ),
    (
        "queries.Statistical.ask",
        "teacher",
        NO_TWO_CLASSES,
        lambda v: statistical(teacher=v, nu=MU, answers=queries.Sampled(rng())),
    ),
    (
        "queries.Feature.ask",
        "feature",
        NO_BITS_2 | answers(NO_BITS_2),
        lambda v: oracle(queries.Feature).ask(v),
    ),
    (
        "queries.Feature.ask",
        "feature",
        NO_CALLABLE | answers(NO_BITS_2),
        lambda v: oracle(queries.Feature, nu=MU, answers=queries.Sampled(rng())).ask(v),
    ),
    ("queries.Data", "teacher", NO_CALLABLE, queries.Data),
    ("queries.Data.ask", "teacher|queries", NO_TWO_CLASSES, lambda v: queries.Data(v).ask(THREE)),
    ("queries.Data.ask", "x must", NO_POINTS, queries.Data(lambda x: np.ones(len(x), int)).ask),
    ("queries.split", "χ must", NO_CALLABLE, queries.split),
    *(
        (
            "queries.split",
            r"χ\(x, 0\) must",
            NO_BITS_2,
            lambda v, part=part: queries.split(lambda x, y: v)[part](TWO),
        )
        for part in range(3)
    ),
    ("queries.split", "x must", NO_POINTS, lambda v: queries.split(lambda x, y: y)[0](v)),
    (
        "queries.expectation",
        "feature",
        NO_BITS_2 | answers(NO_BITS_2),
        lambda v: queries.expectation(v, generators.Finite(TWO)),
    ),
    ("queries.expectation", "needs a ν", NO_GENERATOR | st.just(MU), lambda v: queries.expectation([0, 1], v)),
    (
        "verdicts.Masses",
        "masses must",
        NO_REAL
        | one_of(0.5, 0, 1, Fraction(-1, 2), Fraction(1, 3), Fraction(3, 2)).map(
            lambda v: v if v != Fraction(1, 2) else 0.5
        ),
        lambda v: verdicts.Masses(Fraction(1, 2), v, Fraction(0)),
    ),
    (
        "verdicts.Masses.reweighted",
        "masses must|densities must",
        one_of(None, 5, "abc", (1, 1), (0.5, 0.5, 0.5), (Fraction(2), Fraction(2), Fraction(2))),
        verdicts.Masses(Fraction(1, 2), Fraction(1, 4), Fraction(1, 4)).reweighted,
    ),
    *(
        (
            f"{f.__module__.rsplit(chr(46), 1)[1]}.{f.__name__}",
            said,
            bad,
            lambda v, f=f, name=name: f(**({"x": TWO, "teacher": always_1, "student": always_1} | {name: v})),
        )
        for f in (exact.on_points, robustness.searched)
        for name, said, bad in (
            ("x", "x must", NO_POINTS),
            ("teacher", "teacher", NO_TEACHER),
            ("student", "student", NO_STUDENT),
        )
    ),
    (
        "exact.on_box",
        "domain must be",
        NO_BOX | one_of(Box([0, 0], [1, np.inf])),
        lambda v: exact.on_box(v, STRIPS, DIAGONAL),
    ),
    (
        "robustness.clopper_pearson",
        "successes must",
        st.integers(max_value=-1) | one_of(10, None, True, 2.0, "3", [3]),
        lambda v: robustness.clopper_pearson(v, 9, 0.95),
    ),
    ("robustness.clopper_pearson", "trials must", NO_COUNT, lambda v: robustness.clopper_pearson(0, v, 0.95)),
    ("robustness.clopper_pearson", "confidence must", OUTSIDE_0_1, lambda v: robustness.clopper_pearson(3, 9, v)),
    ("exact.certain_boxes", "domain must be", NO_BOX, lambda v: exact.certain_boxes(v, STRIPS)),
    *(
        (
            "reweighting.masses_between",
            said,
            bad,
            lambda v, name=name: budgeted(reweighting.masses_between, **{name: v}),
        )
        for name, said, bad in (
            ("mu", "generator", NO_GENERATOR | NO_SAMPLE),
            ("teacher", "teacher", NO_TEACHER),
            ("student", "student", NO_STUDENT),
            ("budget", "budget must", NO_BUDGET),
        )
    ),
    ("exact.masses", "generator", NO_GENERATOR, lambda v: exact.masses(v, STRIPS, DIAGONAL)),
    (
        "exact.masses",
        "teacher",
        NO_TEACHER,
        lambda v: exact.masses(generators.Finite(TWO), v, DIAGONAL),
    ),
    (
        "exact.masses",
        "student",
        NO_STUDENT,
        lambda v: exact.masses(generators.Finite(TWO), STRIPS, v),
    ),
    ("losses.adversarial_loss", "x must", NO_PAIRS, lambda v: loss(x=v)),
    (
        "losses.adversarial_loss",
        "y must",
        NO_LABELS | one_of([0], [0, 1, 0], [0, 2], [0, UNCERTAIN]),
        lambda v: loss(y=v),
    ),
    ("losses.adversarial_loss", "linear student of two classes", NO_EXACT_STUDENT, lambda v: loss(student=v)),
    ("losses.adversarial_loss", "epsilon must", NEGATIVE, lambda v: loss(epsilon=v)),
    ("losses.adversarial_loss", "p must", NO_ORDER, lambda v: loss(p=v)),
    (
        "losses.adversarial_loss",
        "loss must",
        one_of(None, 5, "", "Hinge", "l2", [], ["hinge"], {}, len, np.zeros(2)),
        lambda v: loss(loss=v),
    ),
    (
        "robustness.adversarial_robustness",
        "attack must",
        NO_CALLABLE | one_of(attacks.Single, lambda mu, student: None, lambda mu, student: mu),
        lambda v: definition(attack=v),
    ),
    ("robustness.adversarial_robustness", "generator", NO_GENERATOR, lambda v: definition(mu=v)),
    ("robustness.adversarial_robustness", "teacher", NO_TEACHER, lambda v: definition(teacher=v)),
    ("robustness.adversarial_robustness", "student", NO_STUDENT, lambda v: definition(student=v)),
    (
        "robustness.adversarial_robustness",
        "epsilon must",
        NOT_POSITIVE | st.floats(min_value=1, exclude_min=True),
        lambda v: definition(epsilon=v),
    ),
    ("robustness.adversarial_robustness", "confidence must", OUTSIDE_0_1, lambda v: definition(confidence=v)),
    (
        "robustness.adversarial_robustness",
        "n must",
        NO_COUNT.filter(lambda v: v is not None),
        lambda v: definition(n=v),
    ),
    (
        "robustness.adversarial_robustness",
        "rng must",
        NO_RNG.filter(lambda v: v is not None),
        lambda v: definition(rng=v),
    ),
    (
        "robustness.adversarial_robustness",
        "give n and rng",
        one_of({"n": None}, {"rng": None}),
        lambda v: definition(**v),
    ),
    *(
        ("attacks.Attack.__call__", "mu needs a method sample", NO_GENERATOR, lambda v, a=a: a(v, DIAGONAL))
        for a in ALL_ATTACKS.values()
    ),
    *(
        ("attacks.Attack.__call__", "student must be a callable", NO_CALLABLE, lambda v, a=a: a(MU, v))
        for a in ALL_ATTACKS.values()
    ),
    *(
        ("attacks.AttackFamily.worst", "teacher", NO_TEACHER, lambda v, a=a: worst(a, teacher=v))
        for a in ALL_ATTACKS.values()
    ),
    *(
        ("attacks.AttackFamily.worst", "n must|n and rng", NO_COUNT, lambda v, a=a: worst(a, n=v))
        for a in ALL_ATTACKS.values()
    ),
    *(
        ("attacks.AttackFamily.worst", "rng must|n and rng", NO_RNG, lambda v, a=a: worst(a, rng=v))
        for a in ALL_ATTACKS.values()
    ),
    *(
        (
            "attacks.AttackFamily.worst",
            "confidence must",
            OUTSIDE_0_1,
            lambda v, a=ALL_ATTACKS[name]: worst(a, confidence=v),
        )
        for name in ALL_ATTACKS
    ),
    *(
        ("attacks.AttackFamily.worst", "mu", NO_SAMPLE, lambda v, a=ALL_ATTACKS[name]: worst(a, mu=v))
        for name in ("FastGradient", "Tube")
    ),
    *(
        ("attacks.AttackFamily.worst", "gradient", NO_SLOPES, lambda v, a=ALL_ATTACKS[name]: worst(a, student=v))
        for name in ("FastGradient", "Tube")
    ),
    *(
        (f"attacks.{type(a).__name__}.worst", said, bad, lambda v, a=a, name=name: budgeted(a.worst, **{name: v}))
        for a in ALL_ATTACKS.values()
        for name, said, bad in (
            ("teacher", "teacher", NO_TEACHER),
            ("student", "student|gradient", NO_CALLABLE),
            ("budget", "budget must", NO_BUDGET),
        )
    ),
    ("attacks.Attack.worst", "abstract", NO_BUDGET, lambda v: attacks.Attack()),
    *(
        (f"attacks.{f.__name__}", said, bad, lambda v, f=f, own=own, name=name: budgeted(f, **own, **{name: v}))
        for f, own in (
            (attacks.worst_of_one, {}),
            (attacks.worst_of_densities, {"densities": ALL_ATTACKS["DensityRatio"].densities}),
        )
        for name, said, bad in (
            ("mu", "generator", NO_GENERATOR),
            ("teacher", "teacher", NO_TEACHER),
            ("student", "student", NO_STUDENT),
            ("budget", "budget must", NO_BUDGET),
        )
    ),
    (
        "attacks.worst_of_densities",
        "densit|masses must",
        NO_CALLABLE | one_of(lambda m: None, lambda m: (1, 1), lambda m: (0.5, 0.5, 0.5), lambda m: 5),
        lambda v: budgeted(attacks.worst_of_densities, densities=v),
    ),
    ("attacks.worst_of_verdict", "verdict must", NO_MASSES, lambda v: attacks.worst_of_verdict(v, "in X")),
    *(
        (
            "reweighting.reweighted",
            said,
            bad,
            lambda v, name=name: reweighting.reweighted(
                **(
                    {"mu": generators.Finite(TWO), "teacher": STRIPS, "student": DIAGONAL, "densities": (1, 1, 1)}
                    | {name: v}
                )
            ),
        )
        for name, said, bad in (
            ("mu", "mu needs", NO_GENERATOR),
            ("teacher", "teacher", NO_TEACHER),
            ("student", "student", NO_STUDENT),
            (
                "densities",
                "densities must",
                one_of(None, 5, "abc", (1, 1), (1, 1, 1, 1), (-1, 2, 1), (np.nan, 1, 1), (None, 1, 1), (0, 0, 0)),
            ),
        )
    ),
    ("checks.Budget", "n must", NO_COUNT.filter(lambda v: v is not None), lambda v: checks.Budget(n=v)),
    ("checks.Budget", "rng must", NO_RNG.filter(lambda v: v is not None), lambda v: checks.Budget(rng=v)),
    ("checks.Budget", "confidence must", OUTSIDE_0_1, lambda v: checks.Budget(confidence=v)),
    ("attacks.Single", "nu needs a method sample", NO_GENERATOR, attacks.Single),
    ("attacks.Everything", "domain must", NO_POINTS | one_of(5, MU, len), attacks.Everything),
    (
        "attacks.DensityRatio",
        "c must",
        NOT_POSITIVE | st.floats(min_value=1, exclude_min=True),
        attacks.DensityRatio,
    ),
    *(
        (f"attacks.DensityRatio.{name}", "of_mu must be Masses", NO_MASSES, getattr(ALL_ATTACKS["DensityRatio"], name))
        for name in ("densities", "worst_agreement")
    ),
    ("attacks.FastGradient", "delta must", NEGATIVE, attacks.FastGradient),
    ("attacks.FastGradient", "away must", NO_FLAG, lambda v: attacks.FastGradient(1, away=v)),
    ("attacks.FastGradient.gamma", r"method gradient\(x\)", NO_GRADIENT, ALL_ATTACKS["FastGradient"].gamma),
    (
        "attacks.FastGradient.gamma",
        "gradient must",
        NO_SLOPES,
        lambda v: ALL_ATTACKS["FastGradient"].gamma(v)(np.ones((5, 2))),
    ),
    ("attacks.FastGradient.gamma", "x must", NO_POINTS, lambda v: ALL_ATTACKS["FastGradient"].gamma(PLAIN)(v)),
    ("attacks.Tube", "delta must", NEGATIVE, attacks.Tube),
    ("attacks.Tube", "p must", NO_BALL, lambda v: attacks.Tube(1, p=v)),
    (
        "attacks.Tube",
        "domain must be a Box",
        NO_BOX.filter(lambda v: v is not None),
        lambda v: attacks.Tube(1, domain=v),
    ),
    *(
        (f"gradients.{f.__name__}", f"{name} must", bad, lambda v, f=f, own=own, name=name: f(**(own | {name: v})))
        for f, own in (
            (gradients.steepest, {"g": TWO, "p": 2}),
            (gradients.into_ball, {"push": TWO, "radius": 1, "p": 2}),
            (gradients.unit, {"g": TWO}),
            (gradients.length, {"push": TWO, "p": 2}),
            (gradients.moved, {"x": TWO, "push": TWO, "budget": 9, "p": 2}),
        )
        for name, bad in {
            "g": NO_POINTS,
            "x": NO_POINTS,
            "push": NO_POINTS,
            "radius": NEGATIVE,
            "budget": NEGATIVE,
            "p": NO_ORDER if f in (gradients.length, gradients.moved) else NO_BALL,
        }.items()
        if name in own
    ),
    (
        "gradients.moved",
        "push must have",
        one_of([[1.0]], np.ones((2, 3))),
        lambda v: gradients.moved(TWO, v, budget=9, p=2),
    ),
    ("gradients.along_lead", "x must", NO_POINTS, lambda v: gradients.along_lead(PLAIN, v, [1, 1])),
    ("gradients.along_lead", "sign must", NO_COEFFICIENTS, lambda v: gradients.along_lead(PLAIN, TWO, v)),
    (
        "gradients.along_lead",
        "gradient must",
        NO_SLOPES,
        lambda v: gradients.along_lead(v, np.ones((5, 2)), np.ones(5)),
    ),
    *(
        (f"tubes.{f.__name__}", said, bad, lambda v, f=f, name=name: in_a_tube(f, **{name: v}))
        for f in (tubes.decided, tubes.searched)
        for name, said, bad in (
            ("mu", "mu", NO_GENERATOR),
            ("teacher", "teacher", NO_TEACHER),
            ("student", "student", NO_STUDENT),
            ("delta", "delta must", NEGATIVE),
            ("p", "p must", NO_BALL),
            ("domain", "domain must", NO_BOX.filter(lambda v: v is not None)),
            ("n", "n must", NO_COUNT),
            ("rng", "rng must", NO_RNG),
        )
        if f is tubes.searched or name in ("mu", "delta", "p", "domain")  # of other kinds nothing is decided
    ),
    ("tubes.support", "mu needs", NO_GENERATOR, tubes.support),
    ("tubes.as_reach", "delta must", NEGATIVE, lambda v: tubes.as_reach(v, 2, None)),
    ("tubes.as_reach", "p must", NO_BALL, lambda v: tubes.as_reach(1, v, None)),
    (
        "tubes.as_reach",
        "domain must",
        NO_BOX.filter(lambda v: v is not None),
        lambda v: tubes.as_reach(1, 2, v),
    ),
    ("tubes.distance", "x must", NO_PAIRS, lambda v: tubes.distance(v, SQUARE, p=2)),
    ("tubes.distance", "box must", NO_BOX, lambda v: tubes.distance(TWO, v, p=2)),
    ("tubes.distance", "p must", NO_ORDER, lambda v: tubes.distance(TWO, SQUARE, p=v)),
    ("tubes.BoxTube", "near must", NO_BOX | st.just(Box([0], [np.inf])), lambda v: tubes.BoxTube(v, 1, 2)),
    ("tubes.BoxTube", "delta must", NEGATIVE, lambda v: tubes.BoxTube(SQUARE, v, 2)),
    ("tubes.BoxTube", "p must", NO_BALL, lambda v: tubes.BoxTube(SQUARE, 1, v)),
    ("tubes.BoxTube.__contains__", "point|x must", NO_COEFFICIENTS | one_of([0], [0, 0, 0]), TUBE.__contains__),
    ("tubes.BoxTube.least", "half space|HalfSpace", NO_HALF_SPACE, lambda v: TUBE.least(v, SQUARE)),
    ("tubes.BoxTube.least", "region must", NO_BOX, lambda v: TUBE.least(HALF, v)),
    ("tubes.BoxTube.worst", "half space|HalfSpace", NO_HALF_SPACE, lambda v: TUBE.worst(v, SQUARE)),
    ("tubes.BoxTube.worst", "region must", NO_BOX, lambda v: TUBE.worst(HALF, v)),
    *(
        ("pushes.masses", said, bad, lambda v, name=name: pushed_masses(**{name: v}))
        for name, said, bad in (
            ("mu", "generator needs", NO_GENERATOR),
            ("delta", "delta must", NEGATIVE),
            ("away", "away must", NO_FLAG),
        )
    ),
    *(
        (f"margins.{f.__name__}", f"{name} must", bad, lambda v, f=f, own=own, name=name: f(**(own | {name: v})))
        for f, own in (
            (margins.soft_margin, {"x": np.eye(2), "inside": np.array([True, False]), "penalty": 1}),
            (margins.hard_margin, {"x": np.eye(2), "inside": np.array([True, False])}),
        )
        for name, bad in {
            "x": NO_POINTS | st.just(np.zeros((2, 2, 2))),
            "inside": one_of(None, 5, [True, False], np.zeros(2), np.ones(3, bool), np.ones(2, bool)),
            "penalty": NOT_POSITIVE,
        }.items()
        if name in own
    ),
    ("probabilities.probabilities_of", "network must", NO_CALLABLE, lambda v: probabilities.probabilities_of(v, TWO)),
    (
        "probabilities.probabilities_of",
        "probabilities|answer",
        NO_NETWORK,
        lambda v: probabilities.probabilities_of(v, THREE),
    ),
    (
        "probabilities.probabilities_of",
        "x must",
        NO_POINTS,
        lambda v: probabilities.probabilities_of(lambda x: np.ones(len(x)), v),
    ),
    ("gradients.projected_gradient", "x must", NO_POINTS, lambda v: climb(x=v)),
    (
        "gradients.projected_gradient",
        "ascent must|gradient must",
        NO_CALLABLE | NO_DIRECTION,
        lambda v: climb(ascent=v),
    ),
    ("gradients.projected_gradient", "epsilon must", NEGATIVE, lambda v: climb(epsilon=v)),
    ("gradients.projected_gradient", "p must", NO_BALL, lambda v: climb(p=v)),
    ("gradients.projected_gradient", "steps must", NO_COUNT, lambda v: climb(steps=v)),
    ("gradients.projected_gradient", "limits", NO_LIMITS, lambda v: climb(limits=v)),
    ("gradients.projected_gradient", "x must lie", st.just(Box([0, 0], [1, 1])), lambda v: climb(limits=v)),
    ("gradients.projected_gradient", "x must have", st.just(Box([-1], [1])), lambda v: climb(limits=v)),
    (
        "gradients.projected_gradient",
        "x must lie within the limits",
        one_of((0, 1), (-1, 0)),
        lambda v: climb(limits=v),
    ),
    (
        "distances.lp",
        r"\ba\b.* must",
        NO_PICTURE.filter(lambda v: np.shape(v) != (12, 12) if not isinstance(v, list) else True),
        lambda v: distances.lp(v, BLACK, p=1),
    ),
    (
        "distances.lp",
        "p must",
        NO_ORDER.filter(lambda p: type(p) is bool or not isinstance(p, int | float) or p != 0),
        lambda v: distances.lp(BLACK, BLACK, p=v),
    ),
    *(
        (
            f"distances.{f.__name__}",
            rf"\b{name}\b.* must",
            NO_PICTURE,
            lambda v, f=f, name=name: f(**({"a": BLACK, "b": BLACK} | {name: v})),
        )
        for f in (distances.ssim, distances.wasserstein)
        for name in ("a", "b")
    ),
    (
        "distances.wasserstein",
        "block must",
        NO_COUNT | one_of(5, 7, 24, 10**9),
        lambda v: distances.wasserstein(BLACK, BLACK, block=v),
    ),
    ("networks.Network", r"module must be a torch\.nn\.Module", NO_MODULE, networks.Network),
    *(
        (f"networks.Network.{name}", "x must|must answer", NO_PAIRS, getattr(networks.Network(NET), name))
        for name in ("__call__", "score", "gradient")
    ),
    (
        "networks.perceptron",
        "size",
        NO_COUNT.map(lambda v: [2, v]) | one_of(None, 5, "32", [], [3], {3, 2}, np.array([3, 2])),
        lambda v: networks.perceptron(v, rng=rng()),
    ),
    ("networks.perceptron", "rng must", NO_RNG, lambda v: networks.perceptron([2, 1], rng=v)),
    ("networks.fit", r"module must be a torch\.nn\.Module", NO_MODULE, lambda v: trained(module=v)),
    ("networks.fit", "x must", NO_POINTS | one_of(np.zeros((2, 2, 2)), np.eye(3)[:2]), lambda v: trained(x=v)),
    (
        "networks.fit",
        "y must",
        NO_LABELS | one_of([0], [0, 1, 0], [1, 1], [0, 2], [0, UNCERTAIN]),
        lambda v: trained(y=v),
    ),
    ("networks.fit", "y must hold the 2 classes", st.just([0, 1, 2]), lambda v: trained(x=np.eye(3)[:, :2], y=v)),
    ("networks.fit", "steps must", NO_COUNT, lambda v: trained(steps=v)),
    ("networks.fit", "rate must", NOT_POSITIVE, lambda v: trained(rate=v)),
    *(
        (
            "two_pixels.compare",
            f"{name} must",
            bad,
            lambda v, name=name: two_pixels.compare(**({"seed": 0} | {name: v})),
        )
        for name, bad in {
            "seed": NO_SEED,
            "way": NO_WAY | one_of("shown nu", "outline"),
            "labels": NO_COUNT | st.integers(max_value=9),
            "epsilon": NEGATIVE,
        }.items()
    ),
    ("two_pixels.compare", "alpha must", NO_TOLERANCE, lambda v: two_pixels.compare(0, alpha=v)),
    *(
        (
            "two_pixels.compare",
            f"labels must be at least {least}",
            st.integers(1, least - 1),
            lambda v, way=way: two_pixels.compare(0, way=way, labels=v),
        )
        for way, least in (("active student", 2000), ("t-test", 101))
    ),
    *(
        ("regression.bisected", f"{name} must", bad, lambda v, name=name: bisected(**{name: v}))
        for name, bad in {
            "oracle": NO_CALLABLE | one_of(DIAGONAL, queries.Data),
            "dimension": NO_COUNT,
            "rng": NO_RNG,
        }.items()
    ),
    *(
        (
            "image_ways.compare",
            f"{name} must",
            bad,
            lambda v, name=name: image_ways.compare(**({"seed": 0} | {name: v})),
        )
        for name, bad in {
            "seed": NO_SEED,
            "way": NO_WAY | one_of("count"),
            "labels": NO_COUNT | st.integers(max_value=19),
            "epsilon": NEGATIVE,
            "penalty": NEGATIVE,
        }.items()
    ),
    *(
        (
            "image_ways.compare",
            f"labels must be at {limit}",
            bad,
            lambda v, way=way: image_ways.compare(0, way=way, labels=v),
        )
        for way, limit, bad in (
            ("active student", "least 1000", st.integers(1, 999)),
            ("shown nu", "least 1000", st.integers(1, 999)),
            ("shown nu", "most 1300", st.integers(1301)),
        )
    ),
    *(
        ("two_pixels.push_idle", f"{name} must", bad, lambda v, name=name: pushed_pictures(**{name: v}))
        for name, bad in {
            "student": NO_HUNDRED,
            "x": NO_POINTS | one_of(np.zeros((2, 99)), np.full((2, 100), 1.1), np.full((2, 100), -0.1)),
            "epsilon": NEGATIVE,
        }.items()
    ),
    ("two_pixels.safe_pairs", "student must", NO_HUNDRED, two_pixels.safe_pairs),
    *(
        ("image_trials.withstood", f"{name} must", bad, lambda v, name=name: withstanding(**{name: v}))
        for name, bad in {
            "student": NO_MODULE | one_of(DIAGONAL, small_network(), networks.Network),
            "x": NO_POINTS | one_of(np.zeros((3, 2)), np.full((3, 20, 20), 1.1), np.full((3, 20, 20), -0.1)),
            "y": NO_LABELS_3,
            "epsilon": NEGATIVE,
            "rng": NO_RNG,
        }.items()
    ),
    *(
        (
            "image_trials.search",
            f"{name} must",
            bad,
            lambda v, name=name: image_trials.search(
                **({"student": networks.Network(networks.convolutional(rng=rng())), "n": 1, "rng": rng()} | {name: v})
            ),
        )
        for name, bad in {"student": NO_MODULE | one_of(DIAGONAL), "n": NO_COUNT, "rng": NO_RNG}.items()
    ),
    *(
        ("image_trials.push_image", f"{name} must", bad, lambda v, name=name: pushed_images(**{name: v}))
        for name, bad in {
            "student": NO_MODULE | one_of(DIAGONAL, small_network(), networks.Network),
            "x": NO_POINTS | one_of(np.zeros((3, 2)), np.full((3, 20, 20), 1.1), np.full((3, 20, 20), -0.1)),
            "y": NO_LABELS_3 | UNCERTAIN_3 | one_of([0, 1, 2]),
            "epsilon": NEGATIVE,
            "p": NO_BALL,
            "steps": NO_COUNT,
        }.items()
    ),
    (
        "drawings.arc",
        "centre must",
        NO_NUMBERS | RAGGED | one_of([], [1], [1, 2, 3], 5, [np.nan, 0], [[0, 1]]),
        lambda v: drawings.arc(v, 1),
    ),
    (
        "drawings.arc",
        "radii must",
        NO_NUMBERS | RAGGED | one_of([], 0, -1, [1, 0], [1, 2, 3], np.inf, [[1, 1]]),
        lambda v: drawings.arc((0, 0), v),
    ),
    ("drawings.arc", "start must", NO_REAL, lambda v: drawings.arc((0, 0), 1, start=v)),
    ("drawings.arc", "stop must", NO_REAL, lambda v: drawings.arc((0, 0), 1, stop=v)),
    (
        "drawings.drawing",
        "strokes must",
        one_of(None, 5, [], {}, (), np.zeros((1, 2, 2)), {1}),
        lambda v: drawings.drawing(v, pixels=5),
    ),
    ("drawings.drawing", "stroke 0 must", NO_PAIRS, lambda v: drawings.drawing([v], pixels=5)),
    ("drawings.drawing", "pixels must", NO_COUNT, lambda v: drawings.drawing([TWO], pixels=v)),
    ("drawings.drawing", "width must", NOT_POSITIVE, lambda v: drawings.drawing([TWO], pixels=5, width=v)),
    ("figures.panels", "n must", NO_COUNT, figures.panels),
    ("figures.panels", "size must", NO_SIZE, lambda v: figures.panels(size=v)),
    ("figures.images", "columns must", NO_COUNT.filter(lambda v: v is not None), lambda v: black(columns=v)),
    (
        "figures.regions",
        "box must",
        NO_BOX | one_of(Box([0], [1]), Box([0, 0], [0, 1]), Box([0, 0], [np.inf, 1])),
        lambda v: regions(box=v),
    ),
    ("figures.regions", "teacher", NO_TEACHER, lambda v: regions(teacher=v)),
    ("figures.regions", "student", NO_STUDENT.filter(lambda v: v is not None), lambda v: regions(student=v)),
    ("figures.regions", "x must", NO_PAIRS.filter(lambda v: v is not None), lambda v: regions(x=v)),
    (
        "figures.regions",
        "y must",
        NO_LABELS_3.filter(lambda v: v is not None),
        lambda v: regions(x=np.zeros((3, 2)), y=v),
    ),
    ("figures.regions", "resolution must", NO_COUNT | st.just(1), lambda v: regions(resolution=v)),
    ("figures.regions", "epsilon must", NEGATIVE, lambda v: regions(student=DIAGONAL, epsilon=v)),
    ("figures.regions", "ax must", one_of(5, "ax", Figure(), []), lambda v: regions(ax=v)),
    (
        "figures.curves",
        "x must",
        NO_NUMBERS | RAGGED | one_of([], [np.nan, 0], [[0, 1]], 5.0),
        lambda v: figures.curves(v, {"a": [0, 1]}, xlabel="", ylabel=""),
    ),
    (
        "figures.curves",
        "'a' must",
        NO_NUMBERS | RAGGED | one_of([], [np.nan, 0], [[0, 1]], 5.0, [1, 2, 3]),
        lambda v: figures.curves([0, 1], {"a": v}, xlabel="", ylabel=""),
    ),
    (
        "figures.curves",
        "lines",
        one_of(None, 5, [], [0, 1], {}, "a", {str(k): [0, 1] for k in range(7)}),
        lambda v: figures.curves([0, 1], v, xlabel="", ylabel=""),
    ),
    (
        "figures.curves",
        "at must",
        NO_REAL.filter(lambda v: v is not None),
        lambda v: figures.curves([0, 1], {"a": [0, 1]}, xlabel="", ylabel="", at=v),
    ),
    (
        "figures.spreads",
        "'a' must",
        NO_NUMBERS | RAGGED | one_of(5, [], [np.nan], ([0, 1], [[1]]), ([0, np.inf], [[1, 2]])),
        lambda v: figures.spreads({"a": v}, xlabel="", ylabel=""),
    ),
    ("figures.spreads", "groups", NO_GROUPS, lambda v: figures.spreads(v, xlabel="", ylabel="")),
    (
        "figures.spreads",
        "log must",
        NO_FLAG,
        lambda v: figures.spreads({"a": ([1], [[1]])}, xlabel="", ylabel="", log=v),
    ),
    (
        "figures.spreads",
        "ylim must",
        NO_ENDS,
        lambda v: figures.spreads({"a": ([1], [[1]])}, xlabel="", ylabel="", ylim=v),
    ),
    (
        "figures.images",
        "pictures must",
        NO_POINTS | one_of(np.zeros((2, 2)), np.full((1, 2, 2), 1.1), np.full((1, 2, 2), -0.1)),
        figures.images,
    ),
    (
        "figures.image",
        "picture must",
        NO_NUMBERS
        | RAGGED
        | NOT_FINITE
        | one_of(5, np.zeros(3), np.zeros((2, 2, 2)), np.full((2, 2), 1.1), -np.eye(2)),
        figures.image,
    ),
    (
        "figures.signed",
        "picture must",
        NO_NUMBERS | RAGGED | NOT_FINITE | one_of(5, np.zeros(3), np.zeros((2, 2, 2)), np.zeros((0, 2))),
        figures.signed,
    ),
    (
        "figures.signed",
        "limit must",
        NOT_POSITIVE.filter(lambda v: v is not None),
        lambda v: figures.signed(np.eye(2), limit=v),
    ),
    (
        "figures.bars",
        "'a' must",
        NO_NUMBERS | RAGGED | one_of([], [np.nan, 0], [[0, 1]], 5.0, [1, 2, 3]),
        lambda v: figures.bars(["x", "y"], {"a": v}, xlabel=""),
    ),
    ("figures.bars", "groups must", NO_GROUPS, lambda v: figures.bars(["x", "y"], v, xlabel="")),
    ("figures.bars", "xlim must", NO_ENDS, lambda v: figures.bars(["x", "y"], {"a": [0, 1]}, xlabel="", xlim=v)),
    (
        "figures.strips",
        "'a' must",
        NO_NUMBERS | RAGGED | one_of([], [np.nan, 0], [[0, 1]], 5.0),
        lambda v: figures.strips({"a": v}, xlabel=""),
    ),
    ("figures.strips", "groups must", one_of(None, 5, [], [0, 1], {}, "a"), lambda v: figures.strips(v, xlabel="")),
    (
        "figures.strips",
        "full must",
        one_of(None, 5, "a", ["b"], ["a", "b"]),
        lambda v: figures.strips({"a": [0, 1]}, xlabel="", full=v),
    ),
    ("figures.strips", "xlim must", NO_ENDS, lambda v: figures.strips({"a": [0, 1]}, xlabel="", xlim=v)),
    (
        "figures.curves",
        "ylim must",
        NO_ENDS,
        lambda v: figures.curves([0, 1], {"a": [0, 1]}, xlabel="", ylabel="", ylim=v),
    ),
    ("figures.regions", "rim", NO_RIM, lambda v: regions(rim=v)),
    (
        "figures.histogram",
        "'a' must",
        NO_NUMBERS | RAGGED | one_of([], [np.nan, 0], [[0, 1]], 5.0),
        lambda v: figures.histogram({"a": v}, xlabel=""),
    ),
    ("figures.histogram", "groups must", NO_GROUPS, lambda v: figures.histogram(v, xlabel="")),
    ("figures.histogram", "'m' must", NO_REAL, lambda v: figures.histogram({"a": [0, 1]}, xlabel="", at={"m": v})),
    ("figures.histogram", "bins must", NO_COUNT, lambda v: figures.histogram({"a": [0, 1]}, xlabel="", bins=v)),
    ("attacks.Tube.distance", "x must", NO_PAIRS, lambda v: attacks.Tube(1).distance(MU, v)),
    ("attacks.Tube.distance", "mu needs", NO_GENERATOR, lambda v: attacks.Tube(1).distance(v, TWO)),
    ("attacks.Tube.distance", "support must", one_of(hidden()), lambda v: attacks.Tube(1).distance(v, TWO)),
    ("shapes.superellipse", "exponent must", NO_ORDER | st.just(np.inf), shapes.superellipse),
    ("shapes.superellipse", "pixels must", NO_COUNT, lambda v: shapes.superellipse(2, pixels=v)),
    *(
        (f"figures.{f.__name__}", said, bad, lambda v, f=f, call=call: call(f, v))
        for f in (explorer.explore, explorer.player)
        for said, bad, call in (
            ("figure function must", NO_CALLABLE, lambda f, v: f(v, a=[1, 2])),
            ("must return", NO_FIGURE, lambda f, v: f(lambda a: v, a=[1, 2])),
            ("alt must", NO_TEXT, lambda f, v: f(lambda a: figure(alt=v), a=[1, 2])),
            ("size|values", NO_VALUES, lambda f, v: f(figure, size=v)),
            *(
                (f"{k}|format|strings", bad, lambda f, v, k=k: f(figure, a=[1, 2], **{k: v}))
                for k, bad in (("label", NO_CAPTION), ("format", NO_FORMAT), ("start", NO_FIRST))
            ),
        )
    ),
    (
        "figures.explore",
        "live must",
        one_of(0, 1, "yes", []),
        lambda v: explorer.explore(figure, a=[1, 2], live=v),
    ),
    *(
        ("sweep.run", said, bad, lambda v, name=name: swept(**{name: v}))
        for name, said, bad in (
            (
                "experiment",
                "experiment must",
                NO_CALLABLE | one_of("", "no_such", "no.such:f", "math:pi", ":", "a b", min),
            ),
            ("seeds", "seeds must", NO_COUNT),
            ("settings", "settings", one_of(5, "slope", ["slope"], [], {"slope": 2}, {"slope": []}, {"slope": "ab"})),
            (
                "settings",
                "settings",
                one_of({"size": [1]}, {5: [1]}, {"seed": [1]}, {"slope": [1j]}, {"slope": [np.nan]}),
            ),
            ("store", "store", one_of(None, 5, "", [], b"a", "no/such/folder/a.sqlite", ".", "a\0b")),
            (
                "backend",
                "backend must",
                one_of(None, 5, "", "dask", "multiprocessing", "tcp:", "tcp://", "http://a:1", []),
            ),
            ("jobs", "jobs must", one_of(0, None, 1.0, True, "2", [1], np.nan)),
            ("timeout", "timeout must", NO_REAL | one_of(0, -1, -0.0)),
        )
    ),
    ("sweep.load", "name must", one_of(None, 5, "", [], "no/such/folder/a.csv", ".", "a\0b", __file__), sweep.load),
]


@pytest.mark.parametrize(("name", "said", "bad", "call"), CASES, ids=[f"{name}-{said}" for name, said, *_ in CASES])
@settings(max_examples=40)
@given(data=st.data())
def test_the_error_names_what_is_wrong(name, said, bad, call, data):
    value = data.draw(bad)
    with pytest.raises((ValueError, TypeError)) as caught:
        call(value)
    assert re.search(said, str(caught.value)), f"{value!r}: {caught.value}"


# Those that check nothing: what others bring along, and what the package itself fills in.
PROTOCOLS = {f"labels.{name}" for name in ("Generator", "RegionTeacher", "LinearStudent", "Family")} | {
    "labels.DifferentiableStudent",
    "labels.Answering",
    "geometry.Region",
}
RECORDS = {
    f"verdicts.{name}" for name in ("Estimate", "Verdict", "StrongRobustness", "WorstCase", "AdversarialRobustness")
} | {"attacks.AttackFamily", "reweighting.MassesBetween", "queries.Query", "figures.Parameter", "figures.Frame"}
RECORDS |= {"shape_or_texture.Panel", "two_pixels.TwoPixels", "image_ways.ImageWay", "pictures.Shape"}
OTHERS = {"verdicts.UndefinedProbabilityError", "figures.Picture"}

# What a room shares among its own modules, whose public functions have checked what they pass on.
INNER = {"figures.axes_of", "figures.figure_of", "figures.pixels", "figures.styled"}


def modules():
    """All modules of the package, with the name that stands for each in the table: figures are one.

    Without the ledger, whose functions are given what it holds itself.
    """
    for found in walk_packages(active_teacher.__path__, "active_teacher."):
        parts = found.name.split(".")
        if parts[1] == "claims":
            continue
        yield "figures" if parts[1] == "figures" else parts[-1], import_module(found.name)


def public_names():
    """All public functions, classes and methods of the package that take an argument."""
    for short, module in modules():
        for name, thing in vars(module).items():
            if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
                continue
            full = f"{short}.{name}"
            if inspect.isclass(thing) and full not in PROTOCOLS | OTHERS:
                if full not in RECORDS and inspect.signature(thing).parameters:
                    yield full
                for method, function in vars(thing).items():
                    takes_something = inspect.isfunction(function) and len(inspect.signature(function).parameters) > 1
                    if takes_something and (not method.startswith("_") or method in ("__call__", "__contains__")):
                        yield f"{full}.{method}"
            elif inspect.isfunction(thing) and full not in INNER and inspect.signature(thing).parameters:
                yield full


def test_no_public_name_is_left_out():
    assert set(public_names()) == {name for name, *_ in CASES}


# Numbers at the ends of the floats are no bad input; what they lead to must not be a silent nan either.

ANY = st.floats(allow_nan=False, allow_infinity=False)
PAIR = st.lists(ANY, min_size=2, max_size=2)


def outcome(call, *given):
    """What a call returns, or what it says instead."""
    try:
        return np.asarray(call(*given), dtype=np.float64)
    except (ValueError, TypeError) as error:
        return str(error)


@pytest.mark.parametrize(
    "answer",
    [
        lambda u, v, a: students.Linear(u, a).score([v]),
        lambda u, v, a: students.Linear([u, v], a)([v]),
        lambda u, v, a: [h.w for label in (0, 1) for h in students.Linear([u, v], a).half_spaces(label)],
        lambda u, v, a: students.Linear(u, a).distance([v]),
        lambda u, v, a: students.Linear(u, a).dual_norm(1 + abs(a)),
        lambda u, v, a: students.least_squares([u, v], [0, 1], intercept=True)([u]),
        lambda u, v, a: students.max_margin([u, v], [0, 1])([u]),
        lambda u, v, a: students.max_margin([u, v, [a, a]], [0, 1, 1])([u]),
        lambda u, v, a: few(regression.best_subset, x=[u, v, [a, a], u, v], size=2).coefficients,
        lambda u, v, a: two_pixels.safe_pairs(students.Linear([u[0], v[0], v[1], *[0] * 96, u[1]], a)),
        lambda u, v, a: pushed_pictures(student=students.Linear([*u, *[0] * 96, *v], a), epsilon=abs(a)),
        lambda u, v, a: generators.Uniform(Box(np.minimum(u, v), np.maximum(u, v))).sample(3, rng()),
        lambda u, v, a: volumes.volume_below(SQUARE, u, a) / SQUARE.volume,
        lambda u, v, a: exact.margin(MU, STRIPS, students.Linear(u, a)),
        lambda u, v, a: exact.adversarial_error(MU, STRIPS, students.Linear(u, a), epsilon=abs(v[0])),
        lambda u, v, a: robustness.strong_robustness(SQUARE, STRIPS, students.Linear(u, a)).asked,
        lambda u, v, a: (
            robustness.strong_robustness(Box(np.minimum(u, v), np.maximum(u, v)), STRIPS, students.Linear(u, a)).asked
        ),
        lambda u, v, a: teachers.AxisThreshold(low=min(u), high=max(u))([v]),
        lambda u, v, a: shapes.superellipse(1 + abs(a), pixels=5),
        lambda u, v, a: [distances.lp(u, v, p=p) for p in (0, 1, 2, 1 + abs(a), np.inf)],
        lambda u, v, a: part.least(HalfSpace(u, 0))[1] if (part := cuts.cut(SQUARE, HalfSpace(v, a))) else 0,
        lambda u, v, a: teachers.LinearThreshold(u, low=-abs(a), high=abs(a))([v]),
        lambda u, v, a: (
            robustness.strong_robustness(SQUARE, teachers.LinearThreshold(u, low=a, high=a), DIAGONAL).asked
        ),
        lambda u, v, a: students.Linear([u, v], a).gradient([[1.0, -1.0]]),
        lambda u, v, a: [
            losses.adversarial_loss([v], [1], students.Linear(u), epsilon=abs(a), loss=name) for name in losses.LOSSES
        ],
        lambda u, v, a: attacks.FastGradient(abs(a)).gamma(students.Linear(u))([v]),
        lambda u, v, a: [gradients.projected_gradient([u], lambda x: [v], epsilon=abs(a), p=p) for p in (1, 2, np.inf)],
        lambda u, v, a: gradients.projected_gradient(
            [u], lambda x: [v], epsilon=abs(a), limits=(min(u), max(u)), steps=3
        ),
        lambda u, v, a: attacks.FastGradient(abs(a))(MU, students.Linear(u)).worst(STRIPS).low,
        lambda u, v, a: attacks.DensityRatio(1 / max(1, abs(a)))(MU, students.Linear(u, v[0])).worst(STRIPS).low,
        lambda u, v, a: [
            attacks.Tube(abs(a), p=p)(MU, students.Linear(u, v[0])).worst(STRIPS).low for p in (1, 2, np.inf)
        ],
    ],
)
@settings(max_examples=150)
@given(PAIR, PAIR, ANY)
def test_the_largest_and_least_numbers_give_an_answer_or_an_error(answer, u, v, a):
    got = outcome(answer, u, v, a)
    if isinstance(got, str):
        assert re.search(
            r"must|finite|undefined|certain|large|separates|no decision boundary|has no boundary|positive|share", got
        )
    else:
        assert not np.isnan(got).any()


def test_usual_input_is_no_bad_input():
    """The table above would be worthless if every call failed."""
    assert agreement().sampled == 40
    assert agreed().certain == 2
    assert strong(student=DIAGONAL).robust is False
    assert strong().robust is False
    assert measured(exact.margin) < 0 < measured(exact.adversarial_error)
    assert statistical() == 1
    assert oracle(queries.Feature).ask([0, 1]) == queries.expectation([0, 1], generators.Finite(TWO)) == 0.5
    assert len(regions().axes) == len(figures.curves([0, 1], {"a": [0, 1]}, xlabel="", ylabel="").axes) == 1
    assert "a sentence" in explorer.player(figure, a=[1, 2])
    assert [t([[0.9, 0.9]]).tolist() for t in CLASSIFIERS.values()] == [[A], [A], [UNCERTAIN], [A]]
    assert all(t(THREE).shape == (3,) for t in ANY_SHAPE.values())
    assert all(worst(a).low <= worst(a).high for a in ALL_ATTACKS.values())
    assert definition().robust is True
    assert loss() == 0
    assert climb().shape == (2, 2)
    assert trained()(TWO).shape == (2,)
    assert distances.ssim(BLACK, BLACK) == distances.wasserstein(BLACK, np.eye(12)) * 0 + 1
    assert all(g.sample(3, rng()).shape == (3, 2) for g in SAMPLERS.values())
    assert set(shapes.SquareOrDisk()(shapes.SquaresAndDisks().sample(20, rng()))) == {A, B}
    assert (
        trained_in_batches()(np.zeros((4, 2))).shape
        == networks.Network(small_network())(np.zeros((4, 20, 20))).shape
        == (4,)
    )
    assert len(shape_or_texture.panel(0, epochs=1, images=2, fresh=1).test) == 1
    assert climb(limits=(-1, 1)).shape == (2, 2)
    assert all(
        few(learn)(FIVE).shape == (5,)
        for learn in (regression.lasso, regression.best_subset, regression.adversarial_least_squares)
    )
    assert networks.Network(advice.framed(rng=rng()))(np.zeros((2, 20, 20))).shape == (2,)
    assert networks.Network(NET).gradient(TWO, [0, 1]).shape == (2, 2)
    assert trained_in_batches(penalty=0.1, transform=lambda student, x, y: x)(np.zeros((4, 2))).shape == (4,)
    assert networks.Network(advice.outlined(rng=rng(), pixels=20))(np.zeros((2, 20, 20))).shape == (2,)
    assert pushed_pictures().shape == (2, 100)
    assert pushed_images().shape == (3, 20, 20)
    assert withstanding().shape == (3,)
    assert two_pixels.safe_pairs(students.Linear([-2, *[0] * 98, 2])) == 1
    assert two_pixels.compare(0, labels=10).asked == (10,)
    assert DIAGONAL([[-1, 0]]).tolist() == [B]
    assert parities.learn(parities.Parity([0], 2), 2) == parities.eliminate([[0, 0], [1, 0], [0, 1]], [0, 1, 0])
    assert game.Game(2, alpha=0.1).ask(lambda x: x[:, 0]) == 0.25
