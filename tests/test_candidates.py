"""The budget argument for any class of teachers, against all questions, answers and classifiers on a few points."""

from itertools import combinations, product
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from active_teacher.questions import game, parities
from active_teacher.questions.candidates import Candidates

VALUES = {"feature": (0, 1), "statistical": (-1, 0, 1)}
KINDS = pytest.mark.parametrize("query", VALUES)


def questions(n, query):
    """All functions that a query can ask about on n points, (m, n)."""
    return np.array(list(product(VALUES[query], repeat=n)), dtype=float)


def truths(rows, weights, query):
    """E_ν[h T] for every question and teacher, (m, N)."""
    return (questions(rows.shape[1], query) * weights) @ rows.T


def least_lost(truth, alpha):
    """How many teachers the best answer to each question excludes, (m,); a little more tolerance does no harm."""
    held = [
        ((truth >= start[:, None] - 1e-12) & (truth <= start[:, None] + 2 * alpha + 1e-12)).sum(axis=1)
        for start in truth.T
    ]
    return truth.shape[1] - np.max(held, axis=0)


@st.composite
def classes(draw, points=4):
    """Some teachers on a few points, and ν."""
    rows = draw(st.sets(st.integers(0, 2**points - 1), min_size=1, max_size=8))
    labels = np.array(sorted(rows))[:, None] >> np.arange(points) & 1
    mass = np.array(draw(st.lists(st.integers(0, 5), min_size=points, max_size=points).filter(any)), dtype=float)
    return labels, mass / mass.sum()


def distinct(labels, weights):
    return np.unique(labels[:, weights > 0], axis=0), weights[weights > 0]


@KINDS
@given(classes(), st.integers(1, 60))
def test_no_question_costs_more_than_the_bound(query, drawn, percent):
    """All features, or all general queries, with the best answer to each."""
    rows, weights = distinct(*drawn)
    those, alpha = Candidates(*drawn), percent / 100
    assert those.number == len(rows)
    lost = least_lost(truths(rows, weights, query), alpha)
    assert lost.max() <= those.most_ruled_out(alpha=alpha, query=query) <= those.number - 1


@KINDS
@given(classes())
def test_the_squares_of_what_a_question_tells_sum_to_the_budget_at_most(query, drawn):
    rows, weights = distinct(*drawn)
    signs = 1 - 2 * rows
    told = (questions(rows.shape[1], query) * weights) @ (signs - signs.mean(axis=0)).T
    those = Candidates(*drawn)
    most = (told**2).sum(axis=1).max()
    assert most <= those.overlap + 1e-9 <= those.number + 2e-9
    if (rows @ weights == 0.5).all() and query == "feature":
        assert most <= those.overlap / 4 + 1e-9


@given(classes(), st.integers(1, 49))
def test_no_classifier_satisfies_more_teachers_than_that(drawn, percent):
    rows, weights = distinct(*drawn)
    g = questions(rows.shape[1], "feature")
    right = (weights * (g[:, None, :] == rows)).sum(axis=2)
    satisfied = (right > 1 - percent / 100 + 1e-12).sum(axis=1).max()
    assert satisfied <= Candidates(*drawn).most_satisfied(epsilon=percent / 100)


@KINDS
@given(classes(points=3), st.integers(1, 60))
def test_any_two_can_be_told_apart_if_so_many_queries_are_said_to_be_enough_and_only_then(query, drawn, percent):
    rows, weights = distinct(*drawn)
    truth, alpha = truths(rows, weights, query), percent / 100
    apart = [np.abs(truth[:, i] - truth[:, j]).max() for i, j in combinations(range(len(rows)), 2)]
    if any(abs(distance - 2 * alpha) < 1e-9 for distance in apart):
        return  # on the border rounding decides
    enough = Candidates(*drawn).queries_enough(alpha=alpha, query=query)
    assert enough == (len(rows) - 1 if all(distance > 2 * alpha for distance in apart) else inf)
    if apart:
        assert Candidates(*drawn).spread(query=query) == pytest.approx(max(apart))


@given(classes(points=3), st.integers(1, 40), st.integers(1, 49))
def test_what_is_needed_is_no_more_than_what_is_enough(drawn, percent, error):
    those = Candidates(*drawn)
    needed = those.queries_needed(alpha=percent / 100, epsilon=error / 100)
    assert needed <= those.queries_enough(alpha=percent / 100)


@KINDS
@pytest.mark.parametrize("d", [2, 3, 6])
def test_for_parities_it_is_the_theorem(query, d):
    x = parities.cube(d)
    rows = [parities.Parity(parities.subset_of(index), d)(x) for index in parities.teacher_indices(d)]
    those = Candidates(rows)
    assert those.number == 2 ** (d - 1)
    assert those.overlap == pytest.approx(1)
    for alpha in (0.03, 0.07, 0.1, 0.12, 0.13, 0.2, 0.25):
        most = min(those.number - 1, game.most_ruled_out(alpha=alpha, query=query))
        assert those.most_ruled_out(alpha=alpha, query=query) == most
        for epsilon in (0.1, 0.25):
            needed = game.queries_needed(d, alpha=alpha, epsilon=epsilon, query=query)
            assert those.queries_needed(alpha=alpha, epsilon=epsilon, query=query) == needed
    assert those.queries_enough(alpha=0.1249) == those.number - 1
    assert those.queries_enough(alpha=0.125) == inf


def test_a_spread_of_twice_the_tolerance_is_not_more_though_its_float_may_be():
    """Nine of eighteen points, eighteen times a rounded 1/18: ¼ is honest for both teachers."""
    halves = Candidates(np.repeat(np.eye(2, dtype=int), 9, axis=1))
    assert halves.queries_enough(alpha=0.25) == inf
    assert halves.queries_enough(alpha=0.2499) == 1


def test_teachers_who_agree_where_there_is_mass_count_once():
    those = Candidates([[0, 1, 0], [0, 1, 1], [1, 0, 0], [1, 0, 0]], [0.5, 0.5, 0])
    assert those.number == 2
    assert those.queries_enough(alpha=0.2) == 1


def test_one_teacher_alone_needs_no_question():
    alone = Candidates([[0, 1]])
    assert alone.overlap == 0
    assert alone.queries_needed(alpha=0.1, epsilon=0.1) == alone.queries_enough(alpha=0.1) == 0
