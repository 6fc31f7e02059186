"""The lower bound of Theorem 4.2 against every feature of a small cube, and the game against what every answer fits."""

from fractions import Fraction
from functools import cache
from math import ceil, comb, inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.linalg import hadamard

from active_teacher.questions.game import (
    Game,
    best_lean,
    fewest_queries,
    most_ruled_out,
    most_satisfied,
    queries_needed,
    ruled_out,
)
from active_teacher.questions.parities import Parity, bent, cube, index_of, subset_of, teacher_indices
from active_teacher.questions.walsh import correlations, fourier
from by_hand import all_features, plain_parity, subsets

EIGHTH, QUARTER = Fraction(1, 8), Fraction(1, 4)
TINY = Fraction(1, 10**9)


def aimed(d):
    """x_0 + a bent function of the others, mod 2, for odd d: only the teachers' coefficients are not 0."""
    return (cube(d)[:, 0] + (np.repeat(bent(d - 1), 2) if d > 1 else 0)) % 2


def steps(values):
    """2^d ĥ(S) of the teachers, whole numbers, by the definition as a matrix: a row for each row of values."""
    values = np.asarray(values)
    return (values @ hadamard(values.shape[-1]))[..., 1::2]


def least_lost(rows, width):
    """How many of each row of whole numbers no window of a given width can hold."""
    rows = np.sort(rows, axis=-1)
    held = [(rows >= start[..., None]) & (rows <= start[..., None] + width) for start in np.moveaxis(rows, -1, 0)]
    return rows.shape[-1] - np.max([inside.sum(axis=-1) for inside in held], axis=0)


# What an answer excludes


@pytest.mark.parametrize("d", [1, 2, 3])
def test_what_is_ruled_out_is_what_is_too_far_from_the_answer_for_every_feature(d):
    x = cube(d)
    truth = np.array([[plain_parity(subset_of(s), point) for point in x] for s in teacher_indices(d)])
    step = Fraction(1, 2 ** (d + 1))
    for alpha in (step / 2, step, 3 * step / 2, 2 * step, 3 * step, QUARTER):
        for lean in (0, float(step), -0.3, 0.5):
            for h in all_features(d):
                answer = (Fraction(int(h.sum()), 2**d) - Fraction(lean)) / 2
                apart = [abs(Fraction(int(h @ y), 2**d) - answer) for y in truth]
                assert ruled_out(h, alpha=alpha, lean=lean).tolist() == [distance > alpha for distance in apart]


@pytest.mark.parametrize("d", [2, 4, 8])
def test_the_stubborn_answer_to_a_bent_function_rules_out_every_teacher_at_once(d):
    alpha = Fraction(1, 4 * 2 ** (d // 2))
    assert ruled_out(bent(d), alpha=alpha * Fraction(999, 1000)).all()
    assert not ruled_out(bent(d), alpha=alpha).any()


def test_to_guess_a_parity_costs_that_one_only():
    x = cube(5)
    for k, s in enumerate(teacher_indices(5)):
        h = Parity(subset_of(s), 5)(x)
        lost = ruled_out(h, alpha=0.1249, lean=best_lean(h, alpha=0.1249))
        assert np.flatnonzero(lost).tolist() == [k]
        assert not ruled_out(h, alpha=0.125, lean=best_lean(h, alpha=0.125)).any()


@pytest.mark.parametrize("d", [2, 3])
@pytest.mark.parametrize("alpha", [Fraction(k, 32) + tiny for k in range(1, 5) for tiny in (-TINY, 0)])
def test_no_lean_is_better_than_the_best_and_of_its_multiples_none_as_good_is_nearer_to_0(d, alpha):
    """Against all multiples of 2^-(d+2), two of which are one of 2^-(d+1)."""
    half = 2 ** (d + 2)
    leans = sorted((Fraction(k, half) for k in range(-half, half + 1)), key=abs)
    for h in all_features(d):
        lost = [sum(abs(int(k) - c * 2**d) > 2 * alpha * 2**d for k in steps(h)) for c in leans]
        found = best_lean(h, alpha=alpha)
        assert np.count_nonzero(ruled_out(h, alpha=alpha, lean=found)) == min(lost)
        as_good = [c for c, n in zip(leans, lost, strict=True) if n == min(lost) and (c * half) % 2 == 0]
        assert abs(Fraction(found)) == abs(as_good[0])


@given(st.integers(1, 8), st.integers(0, 2**32 - 1), st.fractions(Fraction(1, 1000), 1), st.booleans())
def test_the_best_lean_holds_as_many_as_a_window_can(d, seed, alpha, general):
    draw = np.random.default_rng(seed)
    h = (draw.random(2**d) < draw.random()).astype(int) * (draw.choice([-1, 1], 2**d) if general else 1)
    query = "statistical" if general else "feature"
    lean = best_lean(h, alpha=alpha, query=query)
    lost = np.count_nonzero(ruled_out(h, alpha=alpha, lean=lean, query=query))
    assert lost == least_lost(steps(h), int(4 * alpha * 2**d))
    assert lost <= np.count_nonzero(ruled_out(h, alpha=alpha, query=query))  # than the stubborn answer
    assert (lean * 2 ** (d + 1)).is_integer()


# The lower bound


def test_the_best_lean_obeys_the_bound_for_every_feature_of_four_coordinates():
    """All 65 536, at every tolerance: the loss changes where 4α is a multiple of 1/16. The library at some of them."""
    features = all_features(4)
    rows = steps(features)
    for width in range(9):
        lost = least_lost(rows, width)
        for alpha in (Fraction(max(width, 0.001)) / 64, Fraction(width + 1, 64) - TINY):
            assert lost.max() <= most_ruled_out(alpha=alpha)
        for h, count in zip(features[width::97], lost[width::97], strict=True):
            alpha = (width + 0.5) / 64
            assert np.count_nonzero(ruled_out(h, alpha=alpha, lean=best_lean(h, alpha=alpha))) == count
    assert least_lost(rows, 8).max() == 0 < least_lost(rows, 7).max()  # α = 1/8 and just below


def test_the_best_lean_obeys_the_bound_for_every_general_query_of_three_coordinates():
    features = all_features(3, values=(-1, 0, 1))
    rows = steps(features)
    for width in range(9):
        lost = least_lost(rows, width)
        for alpha in (Fraction(max(width, 0.001)) / 32, Fraction(width + 1, 32) - TINY):
            assert lost.max() <= most_ruled_out(alpha=alpha, query="statistical")
        for h, count in zip(features[width::50], lost[width::50], strict=True):
            lean = best_lean(h, alpha=(width + 0.5) / 32, query="statistical")
            out = ruled_out(h, alpha=(width + 0.5) / 32, lean=lean, query="statistical")
            assert np.count_nonzero(out) == count
    assert least_lost(rows, 8).max() == 0 < least_lost(rows, 7).max()  # α = 1/4 and just below


@given(st.integers(1, 11), st.integers(0, 2**32 - 1), st.fractions(Fraction(1, 200), 1))
def test_no_feature_costs_more_than_the_bound(d, seed, alpha):
    """Random ones, votes of teachers, and what is aimed at some of them."""
    draw = np.random.default_rng(seed)
    x, most = cube(d), most_ruled_out(alpha=alpha)
    voters = draw.choice(teacher_indices(d), min(2 ** (d - 1), int(draw.integers(1, 40))), replace=False)
    ballots = np.array([Parity(subset_of(s), d)(x) for s in voters]) ^ draw.integers(0, 2, (len(voters), 1))
    small = d - 1 + d % 2  # odd
    turned = aimed(small)[np.arange(2**d) % 2**small]
    for h in (draw.random(2**d) < draw.random(), ballots.mean(axis=0) > 0.5, turned):
        assert least_lost(steps(h.astype(int)), int(4 * alpha * 2**d)) <= most
        g = h * draw.choice([-1, 1], 2**d)
        general = most_ruled_out(alpha=alpha, query="statistical")
        assert least_lost(steps(g.astype(int)), int(4 * alpha * 2**d)) <= general


@pytest.mark.parametrize("d", [3, 5, 7, 9, 11, 13])
def test_bent_features_cost_nearly_what_the_bound_allows(d):
    alpha = Fraction(1, 4 * 2 ** ((d - 1) // 2)) - TINY
    assert most_ruled_out(alpha=alpha) == 2 ** (d - 2)
    lost = np.count_nonzero(ruled_out(aimed(d), alpha=alpha, lean=best_lean(aimed(d), alpha=alpha)))
    assert lost == 2 ** (d - 2) - 2 ** ((d - 3) // 2)


def test_a_random_lean_rules_out_with_at_most_half_the_square():
    """The proof's distribution: P(u <= v) = 1 - (1 - v)² in units of 2α, by exact areas."""
    for k in range(301):
        t = Fraction(k, 100)
        far = min(t, 1) ** 2  # P(u > 1 - t), from the other side
        near = 1 - (2 - min(t, 2)) ** 2 if t > 1 else 0  # P(u < t - 1), from the same
        assert (far + near) / 2 <= t**2 / 2
        assert ((far + near) / 2 == t**2 / 2) == (t <= 1)


@given(st.data())
def test_a_general_query_is_a_part_without_the_teacher_and_a_feature_of_three_values(data):
    d = 3
    chi = data.draw(arrays(np.int64, (2**d, 2), elements=st.integers(0, 1)))
    without, feature = chi[:, 0], chi[:, 1] - chi[:, 0]
    for subset in subsets(d):
        labels = Parity(subset, d)(cube(d))
        asked = chi[np.arange(2**d), labels].mean()
        assert asked == without.mean() + correlations(feature)[index_of(subset)]


@pytest.mark.parametrize(
    ("alpha", "feature", "general"),
    [
        (1, 0, 0),
        (QUARTER, 0, 0),
        (QUARTER - TINY, 0, 2),
        (0.2, 0, 3),
        (EIGHTH, 0, 7),
        (EIGHTH - TINY, 2, 8),
        (0.1, 3, 12),
        (Fraction(1, 16), 7, 31),
        (0.05, 12, 49),
        (0.01, 312, 1249),
    ],
)
def test_the_most_that_one_query_can_rule_out(alpha, feature, general):
    assert most_ruled_out(alpha=alpha) == feature
    assert most_ruled_out(alpha=alpha, query="statistical") == general


@pytest.mark.parametrize(
    ("epsilon", "most"),
    [(0.001, 1), (QUARTER, 1), (QUARTER + TINY, 4), (0.3, 6), (Fraction(3, 8), 15), (Fraction(9, 20), 99)],
)
def test_the_most_that_one_classifier_satisfies(epsilon, most):
    assert most_satisfied(epsilon) == most


@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_no_classifier_is_right_about_more_parities_than_that(d):
    """All classifiers against all parities, and just above each accuracy at which the count changes."""
    agree = (1 + (1 - 2 * all_features(d)) @ hadamard(2**d) / 2**d) / 2
    for right in np.unique(agree[agree > 0.5]):
        epsilon = Fraction(1 - right) + TINY
        if epsilon < Fraction(1, 2):
            assert (agree >= right).sum(axis=1).max() <= most_satisfied(epsilon)


@pytest.mark.parametrize(
    ("d", "alpha", "epsilon", "feature", "general"),
    [
        (10, EIGHTH, QUARTER, inf, 73),
        (10, 0.1, 0.25, 171, 43),
        (10, 0.2, 0.25, inf, 171),
        (10, 0.01, 0.25, 2, 1),
        (1, 1, TINY, 0, 0),
        (2, 1, TINY, inf, inf),
        (3, 0.1, 0.25, 1, 1),
        (3, 0.25, 0.25 + 1e-9, 0, 0),
        (4, 0.25, 0.25 + 1e-9, inf, inf),
        (4, 0.1, 0.25, 3, 1),
        (5, 0.5, 0.499, 0, 0),
    ],
)
def test_how_many_queries_a_student_needs(d, alpha, epsilon, feature, general):
    assert queries_needed(d, alpha=alpha, epsilon=epsilon) == feature
    assert queries_needed(d, alpha=alpha, epsilon=epsilon, query="statistical") == general


def test_how_many_queries_a_student_of_ten_thousand_coordinates_needs():
    needed = queries_needed(10_000, alpha=Fraction(1, 100), epsilon=QUARTER)
    assert needed == -(-(2**9999 - 1) // 312)
    assert isinstance(needed, int)
    assert isinstance(queries_needed(3, alpha=1e-300, epsilon=0.1), int)


@given(st.integers(2, 40), st.fractions(Fraction(1, 500), EIGHTH - TINY), st.fractions(TINY, Fraction(1, 2) - TINY))
def test_more_queries_are_needed_than_32_alpha_squared_times_the_teachers(d, alpha, epsilon):
    too_many = 2 ** (d - 1) - most_satisfied(epsilon)
    needed = queries_needed(d, alpha=alpha, epsilon=epsilon)
    assert needed > 32 * alpha**2 * too_many if too_many > 0 else needed == 0


@pytest.mark.parametrize("epsilon", [0, 0.0, 0.5, Fraction(1, 2)])
def test_a_student_who_may_guess_or_must_be_better_than_right_has_no_bound(epsilon):
    with pytest.raises(ValueError, match=r"epsilon must lie in \(0, 1/2\)"):
        queries_needed(5, alpha=0.1, epsilon=epsilon)


# The best student


def plain_fewest(d, alpha):
    """Both players' best moves, in plain Python: any feature, and any set that some answer leaves."""
    rows = {tuple(row) for row in steps(all_features(d)).tolist()}
    width = int(4 * alpha * 2**d)

    @cache
    def play(left):
        if len(left) == 1:
            return 0
        best = inf
        for row in rows:
            kept = {frozenset(s for s in left if start <= row[s] <= start + width) for start in row} - {frozenset()}
            if left not in kept:
                best = min(best, 1 + max(play(some) for some in kept))
        return best

    return play(frozenset(range(2 ** (d - 1))))


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("alpha", [Fraction(k, 64) + tiny for k in range(1, 10) for tiny in (-TINY, 0)])
def test_the_best_student_needs_as_many_as_a_plain_search_says(d, alpha):
    assert fewest_queries(d, alpha=alpha) == plain_fewest(d, alpha)


def test_the_best_student_needs_no_fewer_than_the_bound_and_7_of_8_just_below_one_eighth():
    for alpha in (Fraction(k, 64) - TINY for k in range(1, 9)):
        assert queries_needed(4, alpha=alpha, epsilon=0.25) <= fewest_queries(4, alpha=alpha) <= 7
    assert fewest_queries(4, alpha=EIGHTH - TINY) == 7
    assert fewest_queries(4, alpha=EIGHTH) == inf


def test_a_search_of_too_many_games_is_refused():
    with pytest.raises(ValueError, match="d must be at most 4 for a search of all games, got 5"):
        fewest_queries(5, alpha=0.1)


# The game


def question(game, strategy, draw):
    """A feature for the teacher who has not decided, or of which of those left it might be afraid."""
    d, x = game.d, cube(game.d)
    left = teacher_indices(d)[game.survivors]
    if strategy == "random":
        return (draw.random(2**d) < draw.random()).astype(int)
    if strategy == "guess":
        return Parity(subset_of(draw.choice(left)), d)(x)
    if strategy == "coordinate":
        return x[:, draw.integers(d)]
    if strategy == "bent":
        small = d - 1 + d % 2
        return aimed(small)[np.arange(2**d) % 2**small]
    if strategy == "pair" and len(left) > 1:
        first, second = (Parity(subset_of(s), d)(x) for s in draw.choice(left, 2, replace=False))
        return first * (1 - second)
    voters = draw.permutation(left)[:15]
    ballots = [(Parity(subset_of(s), d)(x) + k) % 2 for k, s in enumerate(voters)]
    return np.mean(ballots, axis=0) > 0.5


STRATEGIES = st.sampled_from(["random", "guess", "coordinate", "bent", "pair", "vote"])
TOLERANCES = st.sampled_from([0.001, 0.02, Fraction(1, 16), 0.07, 0.1, 0.1249, EIGHTH, 0.2, 0.3]) | st.fractions(
    Fraction(1, 500), Fraction(1, 2)
)


@given(st.integers(1, 7), st.integers(0, 2**32 - 1), TOLERANCES, st.lists(STRATEGIES, min_size=1, max_size=8))
def test_at_each_moment_all_answers_are_honest_for_each_teacher_left_and_as_many_are_left_as_can_be(
    d, seed, alpha, strategies
):
    """Honest in exact arithmetic; and no answer would have left more, nor another of as many a smaller lean."""
    draw, game = np.random.default_rng(seed), Game(d, alpha=alpha)
    asked = []
    for strategy in strategies:
        before, h = game.survivors.copy(), question(game, strategy, draw)
        answer = Fraction(game.ask(h))
        asked.append(([Fraction(float(t)) for t in correlations(h)[teacher_indices(d)]], answer))
        honest = [all(abs(truth[k] - said) <= Fraction(alpha) for truth, said in asked) for k in range(2 ** (d - 1))]
        assert game.survivors.tolist() == honest
        rows = steps(np.asarray(h, dtype=int))[before]
        lost = least_lost(rows, int(4 * Fraction(alpha) * 2**d))
        assert np.count_nonzero(game.survivors) == np.count_nonzero(before) - lost >= 1
        assert lost <= most_ruled_out(alpha=alpha)
        if lost == 0 and not ruled_out(h, alpha=alpha)[before].any():
            assert answer == Fraction(float(np.mean(h))) / 2  # stubborn where that costs nobody
        assert game.history[-1] == np.count_nonzero(game.survivors)
        assert game.answers[-1] == answer
    assert len(game.history) == len(game.answers) == len(strategies)


@given(st.integers(2, 7), st.integers(0, 2**32 - 1), STRATEGIES, TOLERANCES, st.integers(1, 49))
def test_a_student_that_asks_less_than_the_theorem_says_has_too_many_teachers_left(d, seed, strategy, alpha, percent):
    draw, epsilon = np.random.default_rng(seed), Fraction(percent, 100)
    game = Game(d, alpha=alpha)
    needed = queries_needed(d, alpha=alpha, epsilon=epsilon)
    for _ in range(int(min(needed, 20)) - 1):
        game.ask(question(game, strategy, draw))
    if needed:
        assert np.count_nonzero(game.survivors) > most_satisfied(epsilon)


@given(st.integers(1, 7), st.integers(0, 2**32 - 1), st.fractions(EIGHTH, 1), st.lists(STRATEGIES, max_size=5))
def test_from_one_eighth_on_nobody_is_lost(d, seed, alpha, strategies):
    draw, game = np.random.default_rng(seed), Game(d, alpha=alpha)
    for strategy in strategies:
        game.ask(question(game, strategy, draw))
    assert game.survivors.all()


@given(st.integers(1, 6), st.integers(0, 2**32 - 1), st.fractions(Fraction(1, 100), EIGHTH - TINY))
def test_just_below_one_eighth_a_question_about_two_teachers_costs_one(d, seed, alpha):
    draw, game = np.random.default_rng(seed), Game(d, alpha=alpha)
    while np.count_nonzero(game.survivors) > 1:
        game.ask(question(game, "pair", draw))
    assert len(game.history) <= 2 ** (d - 1) - 1


@given(st.integers(2, 6), st.integers(0, 2**32 - 1), st.sampled_from(["vote", "bent", "guess"]))
def test_coins_help_no_more_than_the_theorem_says(d, seed, strategy):
    """For given coins: those whom the answers exclude, all found, and one of the others, guessed."""
    draw, alpha, asked = np.random.default_rng(seed), Fraction(1, 20), 2
    game = Game(d, alpha=alpha)
    for _ in range(asked):
        game.ask(question(game, strategy, draw))
    found = 2 ** (d - 1) - game.history[-1] + most_satisfied(QUARTER)
    assert found <= asked * most_ruled_out(alpha=alpha) + most_satisfied(QUARTER)


def test_votes_find_the_teacher_within_twice_as_many_questions_as_are_needed():
    draw, game = np.random.default_rng(2021), Game(9, alpha=0.05)
    while np.count_nonzero(game.survivors) > 1:
        game.ask(question(game, "vote", draw))
    needed = queries_needed(9, alpha=0.05, epsilon=QUARTER)
    assert needed == 22 <= len(game.history) < 2 * needed


def test_the_moved_bent_features_cost_six_teachers_each():
    """The review's own game: the stubborn answer would cost 16 each, and leave ten in the end."""
    x, game = cube(9), Game(9, alpha=0.05)
    for mask in all_features(2).tolist():
        game.ask((x[:, 0] + x[:, 1] * x[:, 2] + x[:, 3] * x[:, 4] + x[:, 5:] @ mask) % 2)
    assert game.history == list(range(250, 159, -6))


def test_a_feature_may_be_its_values_or_a_callable():
    values, called = Game(6, alpha=0.01), Game(6, alpha=0.01)
    majority = cube(6).sum(axis=1) > 3
    assert values.ask(majority) == called.ask(lambda x: x.sum(axis=1) > 3)
    assert values.survivors.tolist() == called.survivors.tolist()
    assert 0 < values.history[0] < 32


def test_the_last_teacher_left_tells_something_true():
    d, x = 4, cube(4)
    game = Game(d, alpha=0.01)
    for s in teacher_indices(d):
        game.ask(Parity(subset_of(s), d))
    assert game.history == [7, 6, 5, 4, 3, 2, 1, 1]
    (last,) = teacher_indices(d)[game.survivors]
    assert abs(game.answers[-1] - np.mean(Parity(subset_of(last), d)(x) * Parity(range(d), d)(x))) <= 0.01


def test_a_query_that_is_refused_changes_nothing():
    game = Game(3, alpha=0.1)
    with pytest.raises(ValueError, match=r"h must be 0 or 1 for each of the 8 points, shape \(8,\), got shape \(4,\)"):
        game.ask(np.zeros(4))
    with pytest.raises(ValueError, match=r"h must be 0 or 1, got 0\.5 at position 2"):
        game.ask([0, 1, 0.5, 0, 0, 0, 0, -1])
    assert (game.history, game.answers, game.survivors.all()) == ([], [], True)


def test_a_game_too_large_for_memory_is_refused_with_its_size():
    with pytest.raises(ValueError, match=r"a feature of d = 28 would need 2\.0 GiB, and the limit is 1 GiB"):
        Game(28, alpha=0.1)


# The reduction


@given(st.integers(2, 6), st.data())
def test_a_feature_query_is_half_a_statistical_query_about_the_half_cube(d, data):
    """(7e), and a query for every χ: T is 1 where x_1 = 1 - t."""
    h = data.draw(arrays(np.int64, 2**d, elements=st.integers(0, 1)))
    index = data.draw(st.sampled_from(teacher_indices(d).tolist()))
    asked = np.mean(h * Parity(subset_of(index), d)(cube(d)))
    t = Parity([i - 1 for i in subset_of(index) if i], d - 1)(cube(d - 1))
    chi = {0: h[1::2], 1: h[0::2]}  # χ(x', y) = h(1 - y, x')
    assert asked == np.mean(np.where(t == 1, chi[1], chi[0])) / 2


def test_sizes_of_classes_and_coefficients_of_a_vote():
    """What makes votes good: m independent teachers each have the coefficient C(m-1, (m-1)/2) / 2^m."""
    m = 7
    ballots = np.array([Parity({0, i} if i else {0}, m)(cube(m)) for i in range(m)])
    coefficients = fourier(ballots.mean(axis=0) > 0.5)[[index_of({0, i} if i else {0}) for i in range(m)]]
    assert (np.abs(coefficients) == comb(m - 1, (m - 1) // 2) / 2**m).all()
    assert ceil(1 / (32 * (coefficients[0] / 2) ** 2)) > m // 2
