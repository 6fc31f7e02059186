"""The four cells against searches of all plans and counts of all teachers, and large numbers against their digits."""

from fractions import Fraction
from functools import cache
from itertools import product
from math import comb, exp, inf, log10

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from active_teacher.questions.cells import at_least, written
from active_teacher.questions.game import queries_needed
from active_teacher.questions.parities import Parity, cube, subset_of, teacher_indices

WHO = ("knows the class", "does not")
TOLERANCES = [Fraction(n, 64) for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 20, 24, 31, 32, 64)]


def functions(d):
    """All functions on the cube, a row each, (2^(2^d), 2^d)."""
    return (np.arange(2 ** (2**d))[:, None] >> np.arange(2**d)) & 1


def possible(d):
    """Whom each of the two students must reckon with, given the labels of μ's two points: rows of ``functions``."""
    every = functions(d)
    members = [Parity(subset_of(k), d)(cube(d)) for k in teacher_indices(d).tolist()]
    known = tuple(sorted(int(T @ 2 ** np.arange(2**d)) for T in members))
    unknown = tuple(np.flatnonzero((every[:, 0] == 0) & (every[:, 1] == 1)).tolist())
    return dict(zip(WHO, (known, unknown), strict=True))


def fewest(d, teachers, answers, *, epsilon):
    """The fewest questions after which some classifier is right on more than 1 - ε of ν, by a search of all games.

    answers: for each question the sets of teachers, as bits, that its answers leave.
    """
    every = functions(d)
    wrong = (every[:, None] != every[list(teachers)]).sum(axis=2)  # of each classifier, about each teacher

    @cache
    def more(left):
        members = [k for k in range(len(teachers)) if left >> k & 1]
        if wrong[:, members].max(axis=1).min() < epsilon * 2**d:
            return 0
        after = [{left & kept for kept in question} - {0} for question in answers]
        return 1 + min((max(map(more, sets)) for sets in after if left not in sets), default=inf)

    return more(2 ** len(teachers) - 1)


def bits(flags):
    return sum(1 << k for k, flag in enumerate(flags) if flag)


# Data queries


@pytest.mark.parametrize("epsilon", [Fraction(1, 4), Fraction(1, 5), Fraction(1, 8), Fraction(1, 100)])
@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("d", [2, 3])
def test_the_labels_needed_are_those_that_a_search_of_all_plans_needs(d, who, epsilon):
    teachers = possible(d)[who]
    labels = functions(d)[list(teachers)]
    answers = [[bits(labels[:, x] == y) for y in (0, 1)] for x in range(2**d)]
    needed = at_least(d, alpha=0.1, epsilon=epsilon)["data queries"][who]
    assert round(10**needed) == fewest(d, teachers, answers, epsilon=epsilon)


# Feature queries


@given(st.integers(2, 60), st.sampled_from(TOLERANCES), st.fractions(Fraction(1, 100), Fraction(1, 4)))
def test_who_knows_the_class_needs_what_the_game_says(d, alpha, epsilon):
    needed = at_least(d, alpha=alpha, epsilon=epsilon)["feature queries"]["knows the class"]
    assert needed == log10(queries_needed(d, alpha=alpha, epsilon=epsilon))


@pytest.mark.parametrize("alpha", TOLERANCES)
@pytest.mark.parametrize("who", WHO)
def test_no_bound_exceeds_what_the_best_student_needs_against_the_worst_honest_oracle(alpha, who):
    d, teachers = 2, possible(2)[who]
    labels = functions(d)[list(teachers)]
    answers = []
    for h in product((0, 1), repeat=4):
        truths = [Fraction(int(sums), 4) for sums in labels @ np.array(h)]
        # Every set that an answer leaves is in one whose window begins at a truth.
        answers.append([bits(low <= truth <= low + 2 * alpha for truth in truths) for low in truths])
    for epsilon in (Fraction(1, 4), Fraction(1, 10)):
        needed = at_least(d, alpha=alpha, epsilon=epsilon)["feature queries"][who]
        assert 10**needed <= fewest(d, teachers, answers, epsilon=epsilon) * (1 + 1e-9)


@pytest.mark.parametrize("alpha", TOLERANCES)
@pytest.mark.parametrize("given_labels", [False, True])
@pytest.mark.parametrize("d", [2, 3])
def test_no_feature_s_coin_answer_excludes_more_than_the_share(d, given_labels, alpha):
    every = functions(d)
    teachers = every[list(possible(d)["does not"])] if given_labels else every
    first = np.zeros(2**d, int)
    first[:2] = given_labels  # the points whose labels are known
    answers = 2 * (every * first) @ [0, 1, *[0] * (2**d - 2)] + (every * (1 - first)).sum(axis=1)
    away = abs(2 * teachers @ every.T - answers)  # in units of 2^-(d+1)
    share = (away > float(2 * alpha * 2**d)).mean(axis=0).max()
    assert share <= 2 * exp(-2 * float(alpha) ** 2 * 2**d)


@pytest.mark.parametrize("alpha", TOLERANCES)
def test_of_all_65536_functions_none_of_17_kinds_of_features_excludes_more_than_the_share(alpha):
    counts = np.column_stack([np.zeros(2**16, int), functions(4).cumsum(axis=1)])  # of ones among m points, m = 0 .. 16
    excluded = (abs(2 * counts - np.arange(17)) > float(32 * alpha)).mean(axis=0)
    binomial = [
        sum(comb(m, k) for k in range(m + 1) if abs(2 * k - m) > 32 * alpha) / Fraction(2) ** m for m in range(17)
    ]
    assert excluded.tolist() == [float(share) for share in binomial]
    assert excluded.max() <= 2 * exp(-2 * float(alpha) ** 2 * 16)


@pytest.mark.parametrize("d", range(2, 11))
def test_a_classifier_is_good_enough_for_half_of_all_functions_at_most(d):
    free = 2**d - 2
    assert 2 * sum(comb(free, wrong) for wrong in range(2**d // 4)) <= 2**free


@pytest.mark.parametrize("epsilon", [Fraction(1, 4), Fraction(1, 5), Fraction(1, 8)])
@pytest.mark.parametrize("d", [2, 3])
def test_where_no_number_suffices_two_functions_have_the_same_answers_and_just_below_they_have_not(d, epsilon):
    n = 2**d
    each_way = -(-epsilon.numerator * n // epsilon.denominator)
    one, other = (np.zeros(n, int) for _ in range(2))
    one[2 : 2 + each_way] = other[2 + each_way : 2 + 2 * each_way] = 1
    one[1] = other[1] = 1
    every = functions(d)
    apart = Fraction(int(abs(every @ (one - other)).max()), n)  # of the truths about any feature
    wrong = np.maximum((every != one).sum(axis=1), (every != other).sum(axis=1)).min()
    assert wrong >= epsilon * n  # whatever one classifier says of both
    assert at_least(d, alpha=apart / 2, epsilon=epsilon)["feature queries"]["does not"] == inf
    below = at_least(d, alpha=min(apart / 2, Fraction(1, 8)) - Fraction(1, 10**9), epsilon=epsilon)
    assert below["feature queries"]["does not"] < inf


@pytest.mark.parametrize(("d", "r", "b", "alpha"), [(5, 3, 3, 0.1), (8, 3, 22, 0.09), (12, 6, 34, 0.07)])
def test_no_number_suffices_for_parities_of_few_bits_that_stand_for_many_points(d, r, b, alpha):
    small = cube(r)[1:]
    alike = np.zeros((2**r - 1, 2**d), int)  # 0 at μ's first point, 1 at its second
    alike[:, 1] = 1
    alike[:, 2 : 2 + b * (2**r - 1)] = np.repeat(small @ small.T % 2, b, axis=1)
    apart = max(np.count_nonzero(f > g) for f in alike for g in alike)  # the most that truths about a feature differ
    assert apart <= 2 * alpha * 2**d
    assert np.minimum(alike.mean(axis=0), 1 - alike.mean(axis=0)).sum() >= 2**d / 4  # errors of the best g, on average
    assert at_least(d, alpha=alpha, epsilon=0.25)["feature queries"]["does not"] == inf


@pytest.mark.parametrize("d", range(3, 12))
def test_such_copies_of_parities_always_fit_beside_the_two_points_of_mu(d):
    for r in range(2, d):
        assert all(-(-errors // (2 ** (r - 1) - 1)) * (2**r - 1) <= 2**d - 2 for errors in range(2**d // 4 + 1))


@given(st.integers(2, 300), st.floats(1e-6, 1 / 16), st.sampled_from([Fraction(1, 4), Fraction(1, 8), Fraction(1, 50)]))
def test_below_a_quarter_of_epsilon_some_number_suffices(d, alpha, epsilon):
    """So the bound must be finite: functions with the same answers differ on at most 4α < ε of the cube."""
    alpha = min(alpha, 0.249 * float(epsilon))
    assert at_least(d, alpha=alpha, epsilon=epsilon)["feature queries"]["does not"] < inf


@pytest.mark.parametrize("d", [2, 3, 4])
@pytest.mark.parametrize("alpha", [Fraction(1, 3), Fraction(1, 8), Fraction(1, 20)])
def test_no_fewer_classifiers_than_the_bits_of_rounded_answers_say(d, alpha):
    """Each of ⌈1/2α⌉^q classifiers is good enough for so many functions, and there must be one for each."""
    free, wrong = 2**d - 2, -(-(2**d) // 8) - 1
    good_for = sum(comb(free, k) for k in range(wrong + 1))
    least = log10((free - np.log2(good_for)) / np.log2(-(-1 // (2 * alpha))))
    needed = at_least(d, alpha=alpha, epsilon=Fraction(1, 8))["feature queries"]
    coins = float(2 * alpha**2 * 2**d) * log10(np.e) - log10(4)
    assert needed["does not"] == inf or needed["does not"] <= max(needed["knows the class"], coins, least) + 1e-9


@pytest.mark.parametrize("d", [2, 3])
def test_all_features_are_enough_below_a_quarter_of_epsilon(d):
    """Functions that some answers allow together differ on at most 4α of the cube."""
    every = functions(d)
    for teacher in every:
        apart = abs((every - teacher) @ every.T).max(axis=1)  # at most 2α 2^d for what fits the same answers
        assert ((every != teacher).sum(axis=1) <= 2 * apart).all()


@given(st.integers(2, 999), st.floats(1e-6, 1), st.floats(1e-6, 1), st.fractions(Fraction(1, 1000), Fraction(1, 4)))
def test_more_coordinates_less_tolerant_answers_and_not_knowing_cost_no_less(d, one, other, epsilon):
    low, high = (at_least(d, alpha=alpha, epsilon=epsilon) for alpha in sorted((one, other)))
    more = at_least(d + 1, alpha=min(one, other), epsilon=epsilon)
    for kind, who in product(low, WHO):
        assert 0 <= low[kind][who] <= high[kind][who]
        assert low[kind][who] <= more[kind][who]
        assert low[kind]["knows the class"] <= low[kind]["does not"]


def test_the_numbers_of_a_thousand_coordinates_do_not_overflow():
    bounds = at_least(1000, alpha=0.06, epsilon=0.25)["feature queries"]
    assert 290 < bounds["knows the class"] < 301
    assert 1e298 < bounds["does not"] < inf


# How they are written


@given(st.integers(1, 999_999))
def test_a_number_below_a_million_is_written_out(n):
    assert written(log10(n)) == f"{n:,}"


@given(st.integers(10**6, 10**60))
def test_a_larger_number_is_rounded_down_to_two_digits(n):
    digits, power = written(log10(n)).split("·10^")
    least = Fraction(digits) * 10 ** int(power)
    step = 10 ** (int(power) - 1)
    assert 1 <= Fraction(digits) < 10
    assert least <= n * (1 + Fraction(1, 10**6))
    assert n < least + step


@pytest.mark.parametrize(
    ("logarithm", "text"),
    [
        (0, "1"),
        (6, "1.0·10^6"),
        (log10(2e6), "2.0·10^6"),
        (999_999.5, "3.1·10^999999"),
        (1e6, "10^(1.0·10^6)"),
        (1.19e26, "10^(1.1·10^26)"),
        (1e300, "10^(1.0·10^300)"),
        (inf, "none suffices"),
    ],
)
def test_what_is_written(logarithm, text):
    assert written(logarithm) == text
