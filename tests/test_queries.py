"""What an oracle answers, against sums over small cubes in fractions; what it counts; and what it must not tell."""

from fractions import Fraction
from itertools import product
from math import exp, inf, isnan, nan, nextafter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from active_teacher.generators import Finite, Uniform
from active_teacher.geometry import Box
from active_teacher.labels import UNCERTAIN, A, B
from active_teacher.probabilities import Stochastic
from active_teacher.questions.queries import (
    Data,
    Feature,
    Query,
    Sampled,
    Statistical,
    Within,
    as_bits,
    as_tolerance,
    exact,
    expectation,
    sample_size,
    split,
    stubborn,
)
from active_teacher.teachers import AxisThreshold

SURE = 1e-6  # a true statement fails one such test in a million: the seeds below are fixed


def seeded(seed=2021):
    return np.random.default_rng(seed)


def cube(d):
    return np.array(list(product([0.0, 1.0], repeat=d)))


def rank(x):
    """Which row of the cube a point is."""
    return (x @ 2 ** np.arange(x.shape[1])[::-1]).astype(int)


def look_up(*table):
    """The function X → {0, 1} on a cube that has these values, in the cube's order."""
    return lambda x: np.array(table)[rank(x)]


def look_up_both(*table):
    """The function X × {0, 1} → {0, 1} that has these values: those of y = 0, then those of y = 1."""
    return lambda x, y: np.array(table).reshape(2, -1)[y, rank(x)]


def parity(*places):
    return lambda x: x[:, list(places)].sum(axis=1).astype(int) % 2


def tables(n):
    return product([0, 1], repeat=n)


def truth(chi, teacher, weights):
    """E χ(x, T(x)) for tables χ and T, as a fraction."""
    m = len(teacher)
    return sum(Fraction(w) * chi[y * m + i] for i, (y, w) in enumerate(zip(teacher, weights, strict=True)))


class Hidden:
    """A generator that can only be sampled, and remembers how often and with what it was."""

    def __init__(self, nu):
        self._nu, self.calls = nu, []

    def sample(self, n, rng):
        self.calls.append((n, rng))
        return self._nu.sample(n, rng)


ONE_BIT = [[0.5, 0.5], [0.25, 0.75], [0.0, 1.0], [0.1, 0.9]]
NU = Finite(cube(3))
SKEW = Finite(cube(2), [0.5, 0.25, 0.125, 0.125])


# The truth


@pytest.mark.parametrize("weights", ONE_BIT)
def test_every_statistical_query_of_one_bit_has_its_expectation(weights):
    nu = Finite(cube(1), weights)
    for teacher, chi in product(tables(2), tables(4)):
        oracle = Statistical(look_up(*teacher), nu, alpha=0.1)
        assert oracle.ask(look_up_both(*chi)) == float(truth(chi, teacher, weights))


def test_every_feature_query_of_two_bits_has_its_expectation():
    for teacher, h in product(tables(4), tables(4)):
        oracle = Feature(look_up(*teacher), SKEW, alpha=0.1)
        expected = sum(Fraction(w) * a * b for w, a, b in zip(SKEW.weights, h, teacher, strict=True))
        assert oracle.ask(look_up(*h)) == expected
        assert oracle.ask(h) == oracle.ask(np.array(h, bool)) == oracle.ask(np.array(h, float)) == expected


@given(st.lists(st.floats(0, 1), min_size=8, max_size=8).filter(lambda w: sum(w) > 0.1), st.data())
def test_an_expectation_is_rounded_once(w, data):
    weights = np.array(w) / sum(w)
    h, teacher = (data.draw(st.lists(st.integers(0, 1), min_size=8, max_size=8)) for _ in range(2))
    nu = Finite(cube(3), weights)
    assert Feature(look_up(*teacher), nu, alpha=0.1).ask(h) == float(truth([0] * 8 + h, teacher, weights.tolist()))
    assert expectation(look_up(*h), nu) == expectation(h, nu) == float(truth(h * 2, teacher, weights.tolist()))


@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_a_feature_query_of_a_parity_is_half_the_difference_of_two_correlations(d):
    """E_ν[h f_S] = (ĥ(∅) - ĥ(S))/2 with ĥ(S) = E_ν[h (-1)^Σx_i], summed here in integers."""
    rng, x = seeded(), list(product([0, 1], repeat=d))
    for places in [places for n in range(1, d + 1) for places in product(range(d), repeat=n) if len({*places}) == n]:
        h = rng.integers(0, 2, size=2**d)
        signed = sum(int(value) * (-1) ** sum(point[i] for i in places) for value, point in zip(h, x, strict=True))
        answer = Feature(parity(*places), Finite(cube(d)), alpha=0.1).ask(h)
        assert answer == Fraction(int(h.sum()) - signed, 2 * 2**d)


def test_a_teacher_of_the_library_will_do():
    """On a cube a threshold is certain of every point, and reads one coordinate."""
    oracle = Feature(AxisThreshold(axis=1, low=0, high=1), NU, alpha=0.1)
    assert [oracle.ask(lambda x, i=i: x[:, i] == 1) for i in range(3)] == [0.25, 0.5, 0.25]


def test_points_need_not_be_rows_of_numbers():
    nu = Finite(np.arange(8.0).reshape(2, 2, 2))
    assert Feature(lambda x: np.array([1, 0])[: len(x)], nu, alpha=0.1).ask(lambda x: x[:, 1, 1] < 5) == 0.5


# What the two sides see of each other


def test_a_query_sees_nothing_of_the_teacher():
    seen = {}
    for name, teacher in (("parity", parity(0, 2)), ("threshold", parity(1))):
        labels = seen.setdefault(name, [])
        Statistical(teacher, NU, alpha=0.1).ask(lambda x, y, labels=labels: labels.append(y.tolist()) or y)
    assert seen["parity"] == seen["threshold"] == [[0] * 8, [1] * 8]


def test_a_teacher_is_asked_once_about_the_points():
    asked = []
    oracle = Feature(lambda x: asked.append(x) or parity(0)(x), NU, alpha=0.1)
    for _ in range(3):
        oracle.ask(look_up(*[1] * 8))
    assert [x.tolist() for x in asked] == [NU.points.tolist()]


def test_a_teacher_of_dice_is_judged_by_one_draw():
    teacher = Stochastic(lambda x: np.full(len(x), 0.5), seeded())
    oracle = Feature(teacher, Finite(cube(8)), alpha=0.1)
    every = np.ones(256, int)
    assert oracle.ask(every) == oracle.ask(every)
    assert oracle.ask(every) != Feature(teacher, Finite(cube(8)), alpha=0.1).ask(every)


def test_a_feature_is_evaluated_once_on_the_points():
    calls = []
    Feature(parity(0), NU, alpha=0.1).ask(lambda x: calls.append(len(x)) or x[:, 0])
    assert calls == [8]


# Counts


@pytest.mark.parametrize("answers", [exact, stubborn, Within(seeded()), Sampled(seeded())])
def test_an_oracle_counts_what_it_answered(answers):
    statistical = Statistical(parity(0), NU, alpha=0.25, answers=answers)
    feature = Feature(parity(0), NU, alpha=0.25, answers=answers)
    assert (statistical.asked, feature.asked) == (0, 0)
    for k in range(1, 6):
        statistical.ask(lambda x, y: y)
        feature.ask(look_up(*[1] * 8))
        assert (statistical.asked, feature.asked) == (k, k)


def test_what_is_not_answered_is_not_counted():
    statistical, feature = Statistical(parity(0), NU, alpha=0.1), Feature(parity(0), NU, alpha=0.1)
    for oracle, question in ((statistical, lambda x, y: y + 1), (feature, [0.5] * 8), (feature, [1] * 7)):
        with pytest.raises(ValueError, match="must be 0 or 1"):
            oracle.ask(question)
        assert oracle.asked == 0


def test_a_data_query_is_a_label_and_counts_its_points():
    data = Data(parity(0, 2))
    assert data.asked == 0
    assert data.ask(cube(3)).tolist() == [0, 1, 0, 1, 1, 0, 1, 0]
    assert data.asked == 8
    assert data.ask([[1, 0, 0]]).tolist() == [1]
    assert data.ask([[1, 0, 0], [1, 0, 0]]).tolist() == [1, 1]
    assert data.asked == 11


def test_a_label_that_is_not_given_is_not_counted():
    data = Data(AxisThreshold())
    assert data.ask([[0.6], [-0.6]]).tolist() == [A, B]
    with pytest.raises(ValueError, match="got -1 at position 1"):
        data.ask([[0.6], [0.0], [-0.6]])
    assert data.asked == 2


# Policies

BITS = st.lists(st.integers(0, 1), min_size=4, max_size=4)
ALPHA = st.floats(0, 1, exclude_min=True) | st.sampled_from([2**-4, 2**-3, 2**-2, 1e-16, 1e-17, 5e-324, 1.0])
WEIGHTS = st.sampled_from([None, [0.5, 0.25, 0.125, 0.125], [0.1, 0.2, 0.3, 0.4], [0, 0, 1, 0]])


@pytest.mark.parametrize("policy", [exact, stubborn, Within(seeded())])
@given(BITS, BITS, BITS, ALPHA, WEIGHTS)
def test_an_answer_is_within_alpha_of_the_truth(policy, at_0, at_1, teacher, alpha, weights):
    nu = Finite(cube(2), weights)
    answer = Statistical(look_up(*teacher), nu, alpha=alpha, answers=policy).ask(look_up_both(*at_0, *at_1))
    assert abs(answer - float(truth(at_0 + at_1, teacher, nu.weights.tolist()))) <= alpha


def test_answers_within_alpha_are_uniform_and_not_cut_off():
    oracle = Feature(parity(0), NU, alpha=0.25, answers=Within(seeded()))
    for h, middle in (([0] * 8, 0), ([1] * 8, 0.5)):
        answers = [oracle.ask(h) for _ in range(500)]
        assert stats.kstest(answers, stats.uniform(middle - 0.25, 0.5).cdf).pvalue > SURE
    assert min(answers) < 0.26 < 0.74 < max(answers)


def test_answers_within_less_than_a_float_can_show_are_within():
    """Above 1/2 the next float is 1.1e-16 away."""
    oracle = Feature(parity(0), NU, alpha=1e-16, answers=Within(seeded()))
    assert {oracle.ask([1] * 8) for _ in range(100)} == {nextafter(0.5, 0), 0.5}


def test_the_rng_decides_the_answers():
    def answer(policy, seed):
        return Feature(parity(0), NU, alpha=0.1, answers=policy(seeded(seed))).ask([1] * 8)

    for policy in (Within, Sampled):
        assert answer(policy, 1) == answer(policy, 1) != answer(policy, 2)


@pytest.mark.parametrize("weights", ONE_BIT)
@pytest.mark.parametrize("alpha", [0.01, 0.125, 0.25, 0.5, 1])
def test_the_stubborn_answer_is_that_of_a_coin_wherever_it_is_allowed(weights, alpha):
    """The coin's answer is the mean of those of all teachers, here summed over them."""
    nu = Finite(cube(1), weights)
    for chi in tables(4):
        coin = float(sum(truth(chi, teacher, weights) for teacher in tables(2)) / 4)
        for teacher in tables(2):
            right = float(truth(chi, teacher, weights))
            answer = Statistical(look_up(*teacher), nu, alpha=alpha, answers=stubborn).ask(look_up_both(*chi))
            assert answer == pytest.approx(coin if abs(coin - right) <= alpha else right, abs=1e-15)


def test_the_stubborn_answer_to_a_feature_is_half_its_expectation():
    h = look_up(0, 1, 0, 0, 1, 0, 0, 1)
    assert Feature(parity(0, 1, 2), NU, alpha=0.25, answers=stubborn).ask(h) == expectation(h, NU) / 2 == 3 / 16


def test_the_stubborn_oracle_gives_in_just_below_the_distance():
    """For h = f_S the truth is 1/2 and E[h]/2 is 1/4; a distance of α itself is still allowed."""
    answers = [
        Feature(parity(0, 1), NU, alpha=alpha, answers=stubborn).ask(parity(0, 1))
        for alpha in (0.25, nextafter(0.25, 0))
    ]
    assert answers == [0.25, 0.5]


@pytest.mark.parametrize("alpha", [1 / 16, 1 / 8, 0.2, 1 / 4])
def test_a_stubborn_answer_tells_few_parities_from_the_others(alpha):
    """The sum of ĥ(S)² is Var(h) <= 1/4, so at most 1/(16α²) parities are told apart: all features of 3 bits."""
    teachers = [parity(*[i for i in range(3) if inside[i]]) for inside in tables(3) if any(inside)]
    oracles = [Feature(teacher, NU, alpha=alpha, answers=stubborn) for teacher in teachers]
    most = 0
    for h in tables(8):
        coin = sum(h) / 16
        told = sum(oracle.ask(h) != coin for oracle in oracles)
        assert told <= 1 / (16 * alpha**2)
        most = max(most, told)
    assert (most > 0) == (alpha < 1 / 4)


def test_a_stubborn_oracle_answers_alike_for_different_teachers():
    h = look_up(0, 1, 1, 1, 0, 0, 1, 0)
    teachers = [parity(0), parity(2), parity(0, 2)]
    assert [Feature(teacher, NU, alpha=1 / 8).ask(h) for teacher in teachers] == [1 / 8, 1 / 4, 3 / 8]
    answers = [Feature(teacher, NU, alpha=1 / 8, answers=stubborn).ask(h) for teacher in teachers]
    assert answers == [1 / 4] * 3


def test_a_policy_of_your_own():
    def far(query):
        return query.truth + query.alpha

    def farther(query):
        return query.truth - 1.001 * query.alpha

    assert Feature(parity(0), NU, alpha=0.25, answers=far).ask([1] * 8) == 0.75
    oracle = Feature(parity(0), NU, alpha=0.25, answers=farther)
    with pytest.raises(ValueError, match=r"a policy's answer must lie within 0\.25 of 0\.5, got 0\.24975"):
        oracle.ask([1] * 8)
    assert oracle.asked == 0


@pytest.mark.parametrize("said", [nan, inf, None, "0.5", True])
def test_a_policy_answers_a_number(said):
    with pytest.raises((TypeError, ValueError), match="a policy's answer must be"):
        Statistical(parity(0), NU, alpha=1, answers=lambda query: said).ask(lambda x, y: y)


# Samples


@pytest.mark.parametrize(
    ("alpha", "confidence", "n"), [(0.1, 0.95, 185), (0.05, 0.95, 738), (0.01, 0.99, 26492), (1, 0.5, 1)]
)
def test_what_alpha_costs(alpha, confidence, n):
    assert sample_size(alpha=alpha, confidence=confidence) == n


@given(st.floats(1e-4, 1), st.floats(0.01, 0.999999))
def test_the_sample_is_the_smallest_that_hoeffding_allows(alpha, confidence):
    """P(|mean - truth| >= α) <= 2 exp(-2nα²)."""
    n = sample_size(alpha=alpha, confidence=confidence)
    assert 2 * exp(-2 * n * alpha**2) <= (1 - confidence) * (1 + 1e-9)
    assert n == 1 or 2 * exp(-2 * (n - 1) * alpha**2) >= (1 - confidence) * (1 - 1e-9)


@pytest.mark.parametrize("alpha", [1e-160, 1e-200, 5e-324])
def test_a_sample_too_large_for_a_float_is_refused(alpha):
    with pytest.raises(ValueError, match=f"alpha must be larger, got {alpha}"):
        sample_size(alpha=alpha, confidence=0.95)


def test_a_sample_too_large_for_the_memory_is_refused():
    policy = Sampled(seeded())
    oracle = Feature(parity(0), NU, alpha=1e-4, answers=policy)
    with pytest.raises(ValueError, match=r"of at most 10,000,000 points, got 0\.0001, which costs 184,443,973"):
        oracle.ask([1] * 8)
    assert oracle.asked == policy.sampled == 0


@pytest.mark.parametrize("alpha", [0.05, 0.3])
def test_a_sampled_answer_uses_the_points_it_says(alpha):
    nu, asked, rng = Hidden(Uniform(Box([0], [1]))), [], seeded()
    policy = Sampled(rng, confidence=0.9)

    def teacher(x):
        asked.append(len(x))
        return (x[:, 0] < 0.3).astype(int)

    oracle = Statistical(teacher, nu, alpha=alpha, answers=policy)
    n = sample_size(alpha=alpha, confidence=0.9)
    first, second = (oracle.ask(lambda x, y: y) for _ in range(2))
    assert nu.calls == [(n, rng), (n, rng)]
    assert asked == [n, n]
    assert (oracle.asked, policy.sampled) == (2, 2 * n)
    x = Uniform(Box([0], [1])).sample(n, seeded())
    assert first == np.count_nonzero(x < 0.3) / n
    assert first != second


def test_a_finite_distribution_is_sampled_as_if_it_could_only_be():
    chi = look_up_both(0, 1, 1, 0, 1, 1, 0, 0)
    known, hidden = (Statistical(parity(0, 1), nu, alpha=0.1, answers=Sampled(seeded())) for nu in (SKEW, Hidden(SKEW)))
    assert [known.ask(chi) for _ in range(5)] == [hidden.ask(chi) for _ in range(5)]


@pytest.mark.parametrize("hide", [Hidden, lambda nu: nu])
@pytest.mark.parametrize(("h", "p"), [([1, 1, 1, 1], 0.375), ([0, 1, 0, 1], 0.25), ([0, 0, 1, 0], 0.125)])
def test_sampled_answers_miss_as_often_as_the_binomial_does(hide, h, p):
    """Of E[h f] = p, under weights 1/2, 1/4, 1/8, 1/8; Hoeffding's confidence is a bound on it."""
    alpha, confidence, runs = 0.15, 0.5, 400
    policy = Sampled(seeded(), confidence=confidence)
    oracle = Feature(parity(0, 1), hide(SKEW), alpha=alpha, answers=policy)
    answers = np.array([oracle.ask(look_up(*h)) for _ in range(runs)])
    n = policy.sampled // runs
    ones = np.rint(answers * n)
    assert answers == pytest.approx(ones / n)
    assert stats.binomtest(int(ones.sum()), n * runs, p).pvalue > SURE
    k = np.arange(n + 1)
    miss = stats.binom.pmf(k, n, p)[np.abs(k / n - p) > alpha].sum()
    missed = np.count_nonzero(np.abs(answers - p) > alpha)
    assert miss <= 1 - confidence
    assert stats.binom.ppf(SURE, runs, miss) <= missed <= stats.binom.ppf(1 - SURE, runs, miss)


# Splitting

TWO_BITS = Finite(cube(2))


def test_every_statistical_query_splits():
    """All 256 functions χ of two bits and a label, and all 16 teachers."""
    x, teachers = cube(2), list(tables(4))
    statistical = [Statistical(look_up(*t), SKEW, alpha=1) for t in teachers]
    features = [Feature(look_up(*t), SKEW, alpha=1) for t in teachers]
    for table in tables(8):
        chi = look_up_both(*table)
        base, up, down = split(chi)
        assert base(x).tolist() == [bool(bit) for bit in table[:4]]
        assert not (up(x) & down(x)).any()
        for y in (0, 1):
            assert (base(x).astype(int) + (up(x).astype(int) - down(x)) * y).tolist() == list(table[4 * y : 4 * y + 4])
        known, up, down = expectation(base, SKEW), up(x), down(x)
        for whole, part in zip(statistical, features, strict=True):
            assert whole.ask(chi) == known + part.ask(up) - part.ask(down)


@given(BITS, BITS, BITS, st.floats(1e-3, 1), WEIGHTS)
def test_two_feature_queries_of_half_the_tolerance_answer_a_statistical_one(at_0, at_1, teacher, alpha, weights):
    nu, chi = Finite(cube(2), weights), look_up_both(*at_0, *at_1)
    half = Feature(look_up(*teacher), nu, alpha=alpha / 2, answers=Within(seeded()))
    base, up, down = split(chi)
    answer = expectation(base, nu) + half.ask(up) - half.ask(down)
    assert abs(answer - Statistical(look_up(*teacher), nu, alpha=alpha).ask(chi)) <= alpha + 1e-12
    assert half.asked == 2


def test_the_parts_take_what_the_oracles_take():
    base, up, down = split(lambda x, y: x[:, 0] * (1 - y))
    assert [part([[0, 1], [1, 0]]).tolist() for part in (base, up, down)] == [[False, True], [False] * 2, [False, True]]


# What is refused


@pytest.mark.parametrize("oracle", [Statistical, Feature])
@pytest.mark.parametrize("alpha", [0, -0.1, 1.0001, 2])
def test_a_tolerance_is_above_0_and_at_most_1(oracle, alpha):
    with pytest.raises(ValueError, match=rf"tolerance alpha must lie in \(0, 1\], got {alpha}"):
        oracle(parity(0), NU, alpha=alpha)
    with pytest.raises(ValueError, match=rf"tolerance alpha must lie in \(0, 1\], got {alpha}"):
        sample_size(alpha=alpha, confidence=0.5)


def test_a_tolerance_is_the_fraction_that_was_given():
    least_above_1 = 1 + Fraction(1, 10**30)
    assert as_tolerance(Fraction(1, 3)) == Fraction(1, 3) != as_tolerance(1 / 3)
    assert as_tolerance(0.1) == Fraction(3602879701896397, 2**55)
    assert as_tolerance(least_above_1 - Fraction(1, 10**30)) == float(least_above_1) == 1
    with pytest.raises(ValueError, match=r"must lie in \(0, 1\]"):
        as_tolerance(least_above_1)


def test_a_bit_that_is_none_is_named_with_its_place():
    assert as_bits([[0, 1.0], [True, 0]], name="x").tolist() == [[False, True], [True, False]]
    with pytest.raises(ValueError, match=r"x must be 0 or 1, got 0\.5 at position 1, 0"):
        as_bits([[0, 1], [0.5, 2]], name="x")


@pytest.mark.parametrize("confidence", [0, 1, -0.5, 1.5])
def test_a_confidence_is_between_0_and_1(confidence):
    for refuses in (
        lambda: sample_size(alpha=0.1, confidence=confidence),
        lambda: Sampled(seeded(), confidence=confidence),
    ):
        with pytest.raises(ValueError, match=rf"confidence must lie in \(0, 1\), got {confidence}"):
            refuses()


@pytest.mark.parametrize("label", [UNCERTAIN, 2])
def test_a_teacher_has_two_classes_and_is_certain(label):
    def teacher(x):
        return np.where(np.arange(len(x)) == 5, label, 1)

    said = f"the answer of a teacher, who must be certain .* must be 0 or 1, got {label} at position 5"
    for oracle in (Statistical, Feature):
        with pytest.raises(ValueError, match=said):
            oracle(teacher, NU, alpha=0.1)
    with pytest.raises(ValueError, match=said):
        Data(teacher).ask(cube(3))
    with pytest.raises(ValueError, match=said):
        Statistical(teacher, Hidden(NU), alpha=0.1, answers=Sampled(seeded())).ask(lambda x, y: y)


@pytest.mark.parametrize("oracle", [Statistical, Feature])
@pytest.mark.parametrize("answers", [exact, stubborn, Within(seeded())])
def test_a_truth_that_cannot_be_known_is_not_answered(oracle, answers):
    with pytest.raises(TypeError, match="points and weights unless answers are Sampled"):
        oracle(parity(0), Hidden(NU), alpha=0.1, answers=answers)


def test_nobody_knows_the_truth_of_a_distribution_that_can_only_be_sampled(monkeypatch):
    seen = []
    monkeypatch.setattr(Sampled, "__call__", lambda policy, query: seen.append(query) or 0.5)
    Statistical(parity(0), Hidden(NU), alpha=0.5, answers=Sampled(seeded())).ask(lambda x, y: y)
    assert isinstance(seen[0], Query)
    assert isnan(seen[0].truth)
    assert isnan(seen[0].coin)


def test_a_class_made_from_sampled_is_checked_like_any_policy():
    class Liar(Sampled):
        def __call__(self, query):
            return 5.0

    oracle = Feature(parity(0), NU, alpha=0.25, answers=Liar(seeded()))
    with pytest.raises(ValueError, match=r"a policy's answer must lie within 0\.25 of 0\.5, got 5\.0"):
        oracle.ask([1] * 8)
    assert oracle.asked == 0
    with pytest.raises(TypeError, match="points and weights unless answers are Sampled"):
        Feature(parity(0), Hidden(NU), alpha=0.25, answers=Liar(seeded()))


def test_a_generator_returns_as_many_points_as_it_was_asked_for():
    class Lazy:
        def sample(self, n, rng):
            return np.zeros((n - 1, 2))

    oracle = Statistical(parity(0), Lazy(), alpha=0.5, answers=Sampled(seeded()))
    with pytest.raises(ValueError, match="asked for 8 points and returned 7"):
        oracle.ask(lambda x, y: y)


def test_values_on_the_points_need_points():
    oracle = Feature(parity(0), Hidden(NU), alpha=0.5, answers=Sampled(seeded()))
    with pytest.raises(TypeError, match=r"a feature must be a callable .* for such a ν, got \[1, 1\]"):
        oracle.ask([1, 1])


def test_a_policy_is_made_before_it_is_used():
    with pytest.raises(TypeError, match=r"answers must be a policy such as exact or Within\(rng\), got <class"):
        Feature(parity(0), NU, alpha=0.1, answers=Within)
