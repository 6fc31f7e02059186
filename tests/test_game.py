"""The lower bound of Theorem 4.2 against every feature of a small cube, and the game against what every answer fits."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.linalg import hadamard

from active_teacher.questions.game import Game, most_ruled_out, queries_needed, ruled_out
from active_teacher.questions.parities import Parity, bent, cube, index_of, subset_of, teacher_indices
from active_teacher.questions.walsh import correlations
from by_hand import all_features, plain_parity, subsets

# The lower bound


@pytest.mark.parametrize("d", [2, 4, 8])
def test_a_bent_function_rules_out_every_teacher_at_once(d):
    alpha = Fraction(1, 4 * 2 ** (d // 2))
    assert ruled_out(bent(d), alpha=alpha * Fraction(999, 1000)).all()
    assert not ruled_out(bent(d), alpha=alpha).any()


@pytest.mark.parametrize("d", [3, 5, 9, 13])
def test_the_bound_is_reached_by_a_feature_correlated_with_the_teachers_only(d):
    """x_0 + a bent function of the others, mod 2: every coefficient without the first coordinate is 0 or constant."""
    h = np.column_stack([bent(d - 1), 1 - bent(d - 1)]).ravel()
    just_below = Fraction(1, 4 * 2 ** ((d - 1) // 2)) - Fraction(1, 10**9)
    assert np.count_nonzero(ruled_out(h, alpha=just_below)) == most_ruled_out(alpha=just_below) == 2 ** (d - 1)
    signs = 1 - 2 * h
    assert ruled_out(signs, alpha=2 * just_below, query="statistical").all()
    assert most_ruled_out(alpha=2 * just_below, query="statistical") == 2 ** (d - 1)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_what_is_ruled_out_is_what_is_too_far_from_the_answer_for_every_feature(d):
    x = cube(d)
    truth = np.array([[plain_parity(subset_of(s), point) for point in x] for s in teacher_indices(d)])
    step = Fraction(1, 2 ** (d + 1))
    features = all_features(d)
    for alpha in (step / 2, step, 3 * step / 2, 2 * step, 3 * step, Fraction(1, 4)):
        for h in features:
            apart = [abs(Fraction(int(h @ y), 2**d) - Fraction(int(h.sum()), 2 ** (d + 1))) for y in truth]
            out = ruled_out(h, alpha=alpha)
            assert out.tolist() == [distance > alpha for distance in apart]
            assert out.sum() <= most_ruled_out(alpha=alpha)


def test_every_feature_of_four_coordinates_obeys_the_bound():
    """All 65 536, at every tolerance at which the count changes; the library is asked at one of these for each."""
    features = all_features(4)
    apart = np.abs(features @ hadamard(16))[:, 1::2]  # 2^(d+1) |E[h f_S] - E[h]/2|
    counts = {}
    for j in range(9):
        counts[j] = (apart > j).sum(axis=1)
        for alpha in (Fraction(max(j, 0.001)) / 32, Fraction(j + 1) / 32 - Fraction(1, 10**9)):
            assert counts[j].max() <= most_ruled_out(alpha=alpha)
            assert all(int(c) * 16 * alpha**2 < 1 for c in np.unique(counts[j]))
    assert counts[0].max() == counts[1].max() == 8
    for i, h in enumerate(features):
        j = i % 9
        out = ruled_out(h, alpha=(j + 0.5) / 32)
        assert np.array_equal(out, apart[i] > j)


def test_every_general_query_of_three_coordinates_obeys_its_bound():
    features = all_features(3, values=(-1, 0, 1))
    apart = np.abs(features @ hadamard(8))[:, 1::2]
    for j in range(9):
        for alpha in (Fraction(max(j, 0.001)) / 16, Fraction(j + 1) / 16 - Fraction(1, 10**9)):
            assert (apart > j).sum(axis=1).max() <= most_ruled_out(alpha=alpha, query="statistical")
    for i, h in enumerate(features):
        assert np.array_equal(ruled_out(h, alpha=(i % 9 + 0.5) / 16, query="statistical"), apart[i] > i % 9)


@given(st.data())
def test_a_general_query_is_a_part_without_the_teacher_and_a_feature_of_three_values(data):
    d = 3
    chi = data.draw(arrays(np.int64, (2**d, 2), elements=st.integers(0, 1)))
    without, feature = chi[:, 0], chi[:, 1] - chi[:, 0]
    for subset in subsets(d):
        labels = Parity(subset, d)(cube(d))
        asked = chi[np.arange(2**d), labels].mean()
        assert asked == without.mean() + correlations(feature)[index_of(subset)]


@given(st.integers(1, 11), st.data(), st.fractions(Fraction(1, 1000), 1))
def test_no_feature_rules_out_more_than_the_bound(d, data, alpha):
    seed = data.draw(st.integers(0, 2**32 - 1))
    draw = np.random.default_rng(seed)
    h = draw.random(2**d) < draw.random()
    assert np.count_nonzero(ruled_out(h, alpha=alpha)) * 16 * alpha**2 < 1
    g = h * draw.choice([-1, 1], 2**d)
    assert np.count_nonzero(ruled_out(g, alpha=alpha, query="statistical")) * 4 * alpha**2 < 1


def test_a_parity_rules_out_itself_only():
    x = cube(5)
    for k, s in enumerate(teacher_indices(5)):
        h = Parity(subset_of(s), 5)(x)
        assert np.flatnonzero(ruled_out(h, alpha=0.2499)).tolist() == [k]
        assert not ruled_out(h, alpha=0.25).any()


@pytest.mark.parametrize(
    ("alpha", "feature", "general"),
    [
        (1, 0, 0),
        (0.5, 0, 0),
        (0.25, 0, 3),
        (Fraction(1, 8), 3, 15),
        (0.1, 6, 24),
        (Fraction(1, 12), 8, 35),
        (0.01, 624, 2499),
    ],
)
def test_the_most_that_one_query_can_rule_out(alpha, feature, general):
    assert most_ruled_out(alpha=alpha) == feature
    assert most_ruled_out(alpha=alpha, query="statistical") == general


@pytest.mark.parametrize(
    ("d", "alpha", "epsilon", "feature", "general"),
    [
        (10, Fraction(1, 8), Fraction(1, 4), 127, 32),
        (10, 0.125, 0.25, 127, 32),
        (10, 1, 0.25, 16 * 508, 4 * 508),
        (1, 1, Fraction(1, 10**9), 0, 0),
        (3, 0.25, 0.25, 0, 0),
        (3, 0.25, 0.26, 0, 0),
        (4, 0.25, 0.25, 4, 1),
        (4, 0.25, 0.125, 7, 2),
        (5, 0.5, 0.499, 0, 0),
    ],
)
def test_how_many_queries_a_student_needs(d, alpha, epsilon, feature, general):
    assert queries_needed(d, alpha=alpha, epsilon=epsilon) == feature
    assert queries_needed(d, alpha=alpha, epsilon=epsilon, query="statistical") == general


def test_how_many_queries_a_student_of_ten_thousand_coordinates_needs():
    needed = queries_needed(10_000, alpha=Fraction(1, 100), epsilon=Fraction(1, 4))
    assert needed == -(-16 * (2**9999 - 4) // 10_000)
    assert isinstance(needed, int)
    assert isinstance(queries_needed(3, alpha=1e-300, epsilon=0.1), int)


@pytest.mark.parametrize("epsilon", [0, 0.0, 0.5, Fraction(1, 2)])
def test_a_student_who_may_guess_or_must_be_better_than_right_has_no_bound(epsilon):
    with pytest.raises(ValueError, match=r"epsilon must lie in \(0, 1/2\)"):
        queries_needed(5, alpha=0.1, epsilon=epsilon)


@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_no_classifier_is_right_about_more_teachers_than_the_theorem_says(d):
    agree = (1 + np.abs((1 - 2 * all_features(d)) @ hadamard(2**d)) / 2**d) / 2
    for right in np.unique(agree[agree > 0.5]):
        epsilon = Fraction(1 - right) + Fraction(1, 10**9)
        if epsilon < Fraction(1, 2):
            most = (agree >= right).sum(axis=1).max()
            assert int(most) * (1 - 2 * epsilon) ** 2 < 1


@given(st.integers(2, 7), st.integers(0, 2**32 - 1), st.sampled_from(["random", "parities", "coordinates", "bent"]))
def test_a_student_that_asks_less_than_the_theorem_says_has_too_many_teachers_left(d, seed, strategy):
    draw = np.random.default_rng(seed)
    alpha, epsilon = Fraction(int(draw.integers(1, 40)), 160), Fraction(int(draw.integers(1, 45)), 100)
    x, game = cube(d), Game(d, alpha=alpha)
    for _ in range(queries_needed(d, alpha=alpha, epsilon=epsilon) - 1):
        left = np.flatnonzero(game.survivors)
        if strategy == "random":
            h = draw.integers(0, 2, 2**d)
        elif strategy == "parities":
            h = Parity(subset_of(teacher_indices(d)[draw.choice(left)]), d)(x)
        elif strategy == "coordinates":
            h = x[:, draw.integers(d)]
        else:
            h = (x[:, 0] + bent(d - d % 2)[np.arange(2**d) >> d % 2]) % 2
        game.ask(h)
        assert game.answers[-1] == np.mean(h) / 2
    if game.history:
        assert game.history[-1] > 1 / (1 - 2 * epsilon) ** 2
        assert game.history[-1] >= 2 ** (d - 1) - len(game.history) * most_ruled_out(alpha=alpha)


# The game


def test_a_game_too_large_for_memory_is_refused_with_its_size():
    with pytest.raises(ValueError, match=r"a feature of d = 28 would need 2\.0 GiB, and the limit is 1 GiB"):
        Game(28, alpha=0.1)


@given(st.integers(1, 6), st.integers(0, 2**32 - 1), st.sampled_from([0.001, 0.02, Fraction(1, 16), 0.1, 0.2, 0.3]))
def test_the_teachers_left_are_those_whom_every_answer_fits(d, seed, alpha):
    draw = np.random.default_rng(seed)
    game = Game(d, alpha=alpha)
    left = set(range(2 ** (d - 1)))
    for _ in range(6):
        h = (draw.random(2**d) < draw.random()).astype(int)
        truth = [Fraction(float(t)) for t in correlations(h)[teacher_indices(d)]]
        neutral = Fraction(int(h.sum()), 2 ** (d + 1))
        fits = {k for k in left if abs(truth[k] - neutral) <= Fraction(alpha)}
        answer = Fraction(game.ask(h))
        if fits:
            assert answer == neutral
            left = fits
        else:
            kept = {t: {k for k in left if abs(truth[k] - t) <= Fraction(alpha)} for t in {truth[k] for k in left}}
            assert answer in kept
            assert len(kept[answer]) == max(len(those) for those in kept.values())
            left = kept[answer]
        assert left
        assert np.flatnonzero(game.survivors).tolist() == sorted(left)
        assert game.history[-1] == len(left)
        assert game.answers[-1] == answer
    assert len(game.history) == len(game.answers) == 6


def test_the_last_teacher_left_tells_the_truth():
    d, x = 4, cube(4)
    game = Game(d, alpha=0.2)
    for s in teacher_indices(d):
        game.ask(Parity(subset_of(s), d))
    assert game.history == [7, 6, 5, 4, 3, 2, 1, 1]
    assert game.answers == [0.25] * 7 + [0.5]
    assert game.survivors.tolist() == [False] * 7 + [True]
    assert np.mean(Parity(range(d), d)(x)) == 0.5


def test_a_feature_may_be_its_values_or_a_callable():
    values, called = Game(6, alpha=0.01), Game(6, alpha=0.01)
    majority = cube(6).sum(axis=1) > 3
    assert values.ask(majority) == called.ask(lambda x: x.sum(axis=1) > 3)
    assert values.survivors.tolist() == called.survivors.tolist()
    assert 0 < values.history[0] < 32


def test_a_query_that_is_refused_changes_nothing():
    game = Game(3, alpha=0.1)
    with pytest.raises(ValueError, match=r"h must be 0 or 1 for each of the 8 points, shape \(8,\), got shape \(4,\)"):
        game.ask(np.zeros(4))
    with pytest.raises(ValueError, match=r"h must be 0 or 1, got 0\.5 at position 2"):
        game.ask([0, 1, 0.5, 0, 0, 0, 0, -1])
    assert (game.history, game.answers, game.survivors.all()) == ([], [], True)
