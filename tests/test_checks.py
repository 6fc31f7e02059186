"""What counts as points, labels, answers, numbers and probabilities."""

import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from active_teacher.checks import (
    Budget,
    as_array,
    as_at_least,
    as_budget,
    as_callable,
    as_choice,
    as_count,
    as_flag,
    as_generator,
    as_labels,
    as_order,
    as_points,
    as_positive,
    as_real,
    as_rng,
    as_row,
    as_weights,
    as_within,
    ask,
    certain,
    check_total,
    draw,
    training_set,
)

INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]


@given(st.lists(st.integers(-1, 5), min_size=1))
def test_certain_is_where_the_label_is_a_class(y):
    assert certain(np.array(y)).tolist() == [label in range(6) for label in y]


def test_certain_is_a_mask():
    assert certain([0, -1]).dtype == bool


@given(arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 3)), elements=st.floats(-1e9, 1e9)))
def test_points_that_are_finite_floats_stay_themselves(x):
    assert as_points(x) is x


@pytest.mark.parametrize("dtype", [*INTEGERS, "bool", "longdouble"])
def test_points_of_other_numbers_become_floats(dtype):
    points = as_points(np.ones((2, 3), dtype=dtype))
    assert points.dtype == np.float64
    assert points.tolist() == [[1.0] * 3] * 2


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_points_of_short_floats_stay_short(dtype):
    assert as_points(np.ones((2, 3), dtype=dtype)).dtype == dtype


@pytest.mark.parametrize("shape", [(1, 1), (4, 3), (5, 28, 28), (2, 3, 4, 5)])
def test_points_may_have_any_shape_after_their_number(shape):
    assert as_points(np.zeros(shape)).shape == shape


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("row", [0, 2, 4])
def test_the_first_row_that_is_not_finite_is_named(bad, row):
    x = np.zeros((5, 2, 2))
    x[row:, 1, 0] = bad
    with pytest.raises(ValueError, match=f"in row {row}$"):
        as_points(x)


@pytest.mark.parametrize("shape", [(3,), (2, 2), (2, 4), (2, 3, 1), (2, 3, 3)])
def test_a_dimension_admits_rows_of_that_many_numbers_only(shape):
    assert as_points(np.zeros((2, 3)), dimension=3).shape == (2, 3)
    with pytest.raises(ValueError, match="shape"):
        as_points(np.zeros(shape), dimension=3)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_labels_of_any_integers_become_int64(dtype):
    labels = as_labels(np.array([0, 2, 1], dtype=dtype))
    assert labels.dtype == np.int64
    assert labels.tolist() == [0, 2, 1]


@pytest.mark.parametrize("label", [2**63, 2**64 - 1])
def test_a_label_too_large_for_int64_is_not_wrapped(label):
    with pytest.raises(ValueError, match=str(label)):
        as_labels(np.array([0, label], dtype=np.uint64))


def test_the_largest_int64_is_a_label():
    assert as_labels([2**63 - 1]).tolist() == [2**63 - 1]


@given(st.lists(st.integers(-3, 6), min_size=1), st.integers(1, 5))
def test_labels_are_known_if_they_are_uncertain_or_below_the_number_of_classes(y, classes):
    wrong = [i for i, label in enumerate(y) if not -1 <= label < classes]
    if not wrong:
        assert as_labels(y, classes=classes).tolist() == y
    else:
        with pytest.raises(ValueError, match=rf"0 \.\. {classes - 1}.*got {y[wrong[0]]} at position {wrong[0]}$"):
            as_labels(y, classes=classes)


def test_labels_must_be_as_many_as_the_points():
    assert as_labels([0, 1, 1], n=3).tolist() == [0, 1, 1]
    with pytest.raises(ValueError, match="each of the 4 points, got 3"):
        as_labels([0, 1, 1], n=4)


def test_a_mask_is_no_label_and_the_error_says_how_to_make_it_one():
    with pytest.raises(TypeError, match=r"\.astype\(int\)"):
        as_labels(np.array([True, False]))


def test_a_training_set_is_returned_as_points_and_labels():
    x, y = training_set([[1, 2], [3, 4]], np.array([1, 0], dtype=np.int8))
    assert (x.dtype, y.dtype) == (np.float64, np.int64)
    assert (x.tolist(), y.tolist()) == ([[1, 2], [3, 4]], [1, 0])


@pytest.mark.parametrize(
    ("y", "said"),
    [
        ([0, -1, -1], "UNCERTAIN for 2 of 3 points"),
        ([1, 1, 1], "only class 1"),
        ([0, 0, 2], "highest, 2, but has none of class 1"),
        ([1, 2, 3], "highest, 3, but has none of class 0"),
        ([0, 1, 10**12], "none of class 2"),
        ([0, 1], "each of the 3 points, got 2"),
    ],
)
def test_labels_to_learn_from_are_classes_without_gaps(y, said):
    with pytest.raises(ValueError, match=said):
        training_set(np.zeros((3, 2)), y)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8))
def test_labels_to_learn_from_are_0_to_k_for_some_k_from_1(y):
    x = np.zeros((len(y), 1))
    if len(set(y)) >= 2 and set(y) == set(range(max(y) + 1)):
        assert training_set(x, y)[1].tolist() == y
    else:
        with pytest.raises(ValueError, match="class"):
            training_set(x, y)


def test_images_are_no_training_set():
    with pytest.raises(ValueError, match=r"\(n, d\), got shape \(2, 3, 3\)"):
        training_set(np.zeros((2, 3, 3)), [0, 1])


@pytest.mark.parametrize("role", ["teacher", "student"])
def test_asking_returns_the_answer_as_labels(role):
    x = np.array([[1.0], [-1.0]])
    answer = ask(lambda x: (x[:, 0] > 0).astype(np.uint8), x, role=role)
    assert answer.dtype == np.int64
    assert answer.tolist() == [1, 0]


def test_asking_asks_once_and_about_all_points():
    asked = []
    ask(lambda x: asked.append(x.copy()) or np.zeros(len(x), dtype=int), [[1], [2]], role="teacher")
    assert [x.tolist() for x in asked] == [[[1.0], [2.0]]]


def test_a_teacher_may_be_uncertain_and_a_student_may_not():
    x = np.zeros((4, 1))
    assert ask(lambda x: [0, 1, -1, -1], x, role="teacher").tolist() == [0, 1, -1, -1]
    with pytest.raises(ValueError, match="UNCERTAIN at position 2"):
        ask(lambda x: [0, 1, -1, -1], x, role="student")


def test_who_is_asked_for_what_is_in_the_error():
    with pytest.raises(TypeError, match="the student's answer must be integer labels, got dtype float64"):
        ask(lambda x: np.zeros(len(x)), np.zeros((4, 1)), role="student")
    with pytest.raises(ValueError, match="the teacher's answer must have one label for each of the 4 points, got 3"):
        ask(lambda x: [0, 1, 0], np.zeros((4, 1)), role="teacher")
    with pytest.raises(ValueError, match="role must be one of teacher, student, got 'judge'"):
        ask(lambda x: [0, 1, 0, 1], np.zeros((4, 1)), role="judge")


@pytest.mark.parametrize("n", [1, 7, np.int32(7), np.uint8(7)])
def test_a_count_is_a_python_int(n):
    assert type(as_count(n)) is int
    assert as_count(n) == n


@pytest.mark.parametrize("seed", [0, 7, np.int32(7), 2**70])
def test_a_seed_is_a_python_int(seed):
    assert type(as_count(seed, name="seed", least=0)) is int
    assert as_count(seed, name="seed", least=0) == seed


@pytest.mark.parametrize(("seed", "error"), [(-1, ValueError), (True, TypeError), (2.0, TypeError), (None, TypeError)])
def test_a_seed_is_at_least_0_and_an_integer(seed, error):
    with pytest.raises(error, match=f"seed must be .*got {seed}"):
        as_count(seed, name="seed", least=0)


@pytest.mark.parametrize(("n", "error"), [(0, ValueError), (-1, ValueError), (True, TypeError), (2.0, TypeError)])
def test_a_count_is_at_least_1_and_an_integer(n, error):
    with pytest.raises(error, match=f"points must be .*got {n}"):
        as_count(n, name="points")


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.int8(2), Fraction(4, 2)])
def test_a_real_is_a_python_float(value):
    assert type(as_real(value, name="scale")) is float
    assert as_real(value, name="scale") == 2


@pytest.mark.parametrize("value", [10**400, -(10**400), Fraction(10**400, 3), np.inf, np.nan])
def test_a_real_fits_a_float(value):
    with pytest.raises(ValueError, match="scale must be finite"):
        as_real(value, name="scale")


@pytest.mark.parametrize("p", [1, 1.5, 2, np.float32(3), Fraction(3, 2), np.inf, np.float64("inf")])
def test_the_order_of_a_distance_is_from_1_to_infinity(p):
    assert type(as_order(p)) is float
    assert as_order(p) == p


@pytest.mark.parametrize("p", [np.nextafter(1, 0), 0, -1, -np.inf, np.nan])
def test_no_distance_has_an_order_below_1(p):
    with pytest.raises(ValueError, match="p must be"):
        as_order(p)


def test_a_generator_stays_itself():
    rng = np.random.default_rng(1)
    assert as_rng(rng) is rng


@pytest.mark.parametrize("rng", [None, 2021, np.random, np.random.RandomState(1)])
def test_what_is_no_generator_is_told_how_to_make_one(rng):
    with pytest.raises(TypeError, match=r"np\.random\.default_rng\(2021\), got"):
        as_rng(rng)


@pytest.mark.parametrize("n", [1, 3, 7])
def test_weights_are_equal_if_none_are_given(n):
    assert as_weights(None, n) == pytest.approx([1 / n] * n)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=6).filter(any))
def test_weights_are_what_was_given(counts):
    weights = np.array(counts) / sum(counts)
    assert as_weights(weights, len(counts)).tolist() == weights.tolist()


@pytest.mark.parametrize(
    "weights", [[0.5, 0.4], [0.5, 0.5 + 2e-9], [1.5, -0.5], [1e308, 1e308], np.full(2, 0.5 + 1e-7, dtype=np.float32)]
)
def test_weights_are_nonnegative_and_sum_to_1(weights):
    with pytest.raises(ValueError, match=r"weights must be nonnegative and sum to 1, got a least of .* and a sum of"):
        as_weights(weights, 2)


@pytest.mark.parametrize("weights", [[1.0], 1.0, [[0.5, 0.5]], [0.2, 0.3, 0.5]])
def test_weights_are_one_a_part(weights):
    with pytest.raises(ValueError, match=r"shape \(2,\), got shape"):
        as_weights(weights, 2)


def test_a_distribution_may_be_a_table():
    check_total(np.array([[0.1, 0.3], [0.4, 0.2]]), name="joint")
    with pytest.raises(ValueError, match=r"joint must .* got a least of 0.1 and a sum of 1.1"):
        check_total(np.array([[0.1, 0.3], [0.4, 0.3]]), name="joint")


def test_an_array_is_made_of_whatever_numpy_reads():
    assert as_array([[1, 2], [3, 4]], name="x").tolist() == [[1, 2], [3, 4]]
    with pytest.raises(ValueError, match="x must be an array, got rows of different lengths"):
        as_array([[1, 2], [3]], name="x")


def test_a_torch_tensor_is_an_array_unless_it_requires_gradients():
    torch = pytest.importorskip("torch")
    assert as_points(torch.ones(2, 2)).tolist() == [[1, 1], [1, 1]]
    with pytest.raises(TypeError, match=r"x must be an array, got a Tensor.*requires grad"):
        as_points(torch.ones(2, 2, requires_grad=True))


class Gives:
    """A generator that returns what it was made with, whatever it is asked for."""

    def __init__(self, x):
        self.x, self.asked = x, []

    def sample(self, n, rng):
        self.asked.append((n, rng))
        return self.x


def test_what_can_sample_is_a_generator_and_stays_itself():
    mu = Gives([[0.0]])
    assert as_generator(mu) is mu


@pytest.mark.parametrize("mu", [None, 5, Gives, np.zeros((2, 2)), lambda n, rng: np.zeros((n, 2))])
def test_what_can_not_sample_is_no_generator(mu):
    with pytest.raises(TypeError, match=r"nu needs a method sample\(n, rng\), got"):
        as_generator(mu, name="nu")


def test_a_method_that_is_none_samples_nothing():
    mu = Gives([[0.0]])
    mu.sample = None
    with pytest.raises(TypeError, match="the generator needs a method sample"):
        as_generator(mu)


def test_a_draw_is_n_points_of_the_generator():
    mu, rng = Gives([[1, 2], [3, 4]]), np.random.default_rng(1)
    x = draw(mu, np.int64(2), rng)
    assert (x.dtype, x.tolist()) == (np.float64, [[1, 2], [3, 4]])
    assert mu.asked == [(2, rng)]
    assert type(mu.asked[0][0]) is int


@pytest.mark.parametrize(
    ("x", "error", "said"),
    [
        ([[1.0]], ValueError, "nu was asked for 2 points and returned 1"),
        ([[1.0], [2.0], [3.0]], ValueError, "nu was asked for 2 points and returned 3"),
        ([1.0, 2.0], ValueError, "the sample of nu must have one point a row"),
        ([[1.0], [np.nan]], ValueError, "the sample of nu must be finite, got NaN or infinity in row 1"),
        ([["a"], ["b"]], TypeError, "the sample of nu must hold real numbers"),
    ],
)
def test_a_draw_that_is_not_n_points_is_refused(x, error, said):
    with pytest.raises(error, match=said):
        draw(Gives(x), 2, np.random.default_rng(1), name="nu")


@pytest.mark.parametrize(
    ("n", "rng"), [(0, np.random.default_rng(1)), (2.0, np.random.default_rng(1)), (2, 1), (2, None)]
)
def test_a_draw_needs_a_count_and_an_rng_before_it_asks(n, rng):
    mu = Gives([[1.0], [2.0]])
    with pytest.raises((TypeError, ValueError), match=r"n must be|rng must be"):
        draw(mu, n, rng)
    assert mu.asked == []


# Numbers within bounds, flags, words and callables


@pytest.mark.parametrize(("value", "least"), [(0, 0), (0.5, 0), (Fraction(7, 2), 3), (np.float32(2), 2)])
def test_a_number_may_be_the_least(value, least):
    number = as_at_least(value, least, name="delta")
    assert type(number) is float
    assert number == value


@pytest.mark.parametrize(("value", "least"), [(-1e-300, 0), (np.nextafter(1, 0), 1)])
def test_a_number_is_not_below_the_least(value, least):
    with pytest.raises(ValueError, match=f"delta must be at least {least}, got {value}"):
        as_at_least(value, least, name="delta")


@pytest.mark.parametrize("value", [0, -0.0, -1])
def test_a_positive_number_is_above_0(value):
    assert as_positive(5e-324, name="rate") == 5e-324
    with pytest.raises(ValueError, match=f"rate must be positive, got {value}"):
        as_positive(value, name="rate")


@pytest.mark.parametrize("left", "[(")
@pytest.mark.parametrize("right", ")]")
def test_an_interval_holds_its_ends_where_its_brackets_say_so(left, right):
    interval = f"{left}0.5, 1{right}"
    for value, inside in (
        (0.5, left == "["), (1, right == "]"), (0.75, True), (np.nextafter(0.5, 0), False), (np.nextafter(1, 2), False)
    ):  # fmt: skip
        if inside:
            assert as_within(value, interval, name="c") == value
        else:
            with pytest.raises(ValueError, match=re.escape(f"c must lie in {interval}, got {value}")):
                as_within(value, interval, name="c")


@pytest.mark.parametrize("p", [1, 2, np.inf, np.float64("inf")])
def test_an_order_may_be_one_of_a_few(p):
    assert as_order(p, among=(1, 2, np.inf)) == p
    with pytest.raises(ValueError, match="p must be 3 or 4, got"):
        as_order(p, among=(3, 4))


@pytest.mark.parametrize("flag", [True, False, np.True_, np.False_])
def test_a_flag_is_a_python_bool(flag):
    assert as_flag(flag, name="away") is bool(flag)


@pytest.mark.parametrize("flag", [0, 1, None, "yes", [True]])
def test_nothing_else_is_a_flag(flag):
    with pytest.raises(TypeError, match=re.escape(f"away must be True or False, got {flag!r}")):
        as_flag(flag, name="away")


def test_a_word_is_one_of_those_that_there_are():
    assert as_choice("b", {"a": 1, "b": 2}, name="loss") == "b"
    with pytest.raises(ValueError, match="loss must be one of a, b, got 'c'"):
        as_choice("c", ("a", "b"), name="loss")


def test_a_callable_stays_itself_and_an_error_says_what_it_should_map():
    assert as_callable(len, "(n, ...) -> (n,)", name="who") is len
    with pytest.raises(TypeError, match=r"who must be a callable \(n, \.\.\.\) -> \(n,\), got 5"):
        as_callable(5, "(n, ...) -> (n,)", name="who")


def test_what_may_be_sampled_is_nothing_or_a_count_and_an_rng():
    rng = np.random.default_rng(1)
    assert Budget(np.int8(3), rng).needed() == (3, rng)
    assert type(Budget(np.int8(3), rng).n) is int
    for n, generator in ((None, rng), (3, None), (None, None)):
        with pytest.raises(TypeError, match="give n and rng"):
            Budget(n, generator).needed()
    assert as_budget(budget := Budget()) is budget
    with pytest.raises(TypeError, match=r"budget must be a Budget, got \{\}"):
        as_budget({})


def test_a_row_of_numbers_becomes_floats():
    row = as_row([1, True], name="r")
    assert (row.tolist(), row.dtype) == ([1.0, 1.0], np.float64)


@pytest.mark.parametrize(
    ("values", "error", "said"),
    [
        ([[1.0]], ValueError, r"r must have shape \(n,\), got shape \(1, 1\)"),
        (5, ValueError, r"r must have shape \(n,\), got shape \(\)"),
        ([], ValueError, "r must hold at least one number"),
        ([0, np.inf], ValueError, "r must be finite"),
        (["a"], TypeError, "r must hold real numbers"),
        ([[1], [1, 2]], ValueError, "r must be an array"),
    ],
)
def test_a_row_has_one_axis_and_finite_numbers(values, error, said):
    with pytest.raises(error, match=said):
        as_row(values, name="r")
