"""Models, arrays and answers of one's own, as scikit-learn, torch, pandas and people hand them over."""

import io
from contextlib import redirect_stdout

import nbformat
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from active_teacher import attacks, generators, networks, probabilities, robustness, students, teachers, yours
from active_teacher.labels import UNCERTAIN
from active_teacher.verdicts import UndefinedProbabilityError
from working_tree import ROOT

LINE = np.arange(6.0)[:, None]
LOW_OR_HIGH = np.where(LINE[:, 0] < 3, "low", "high")
NAMES = ["high", "low"]


def rng():
    return np.random.default_rng(2021)


def fitted(y, x=LINE):
    return DecisionTreeClassifier(random_state=0).fit(x, y)


# Answers


@pytest.mark.parametrize(
    ("answers", "names", "expected"),
    [
        (["cat", "dog", "cat"], ["cat", "dog"], [0, 1, 0]),
        (["cat", None], ["dog", "cat"], [1, UNCERTAIN]),
        (pd.Series(["cat", np.nan, "dog"]), ["cat", "dog"], [0, UNCERTAIN, 1]),
        (np.array(["cat", "dog"]), np.array(["cat", "dog"]), [0, 1]),
        ([True, False], None, [1, 0]),
        ([True, None, False], None, [1, UNCERTAIN, 0]),
        ([np.True_, None, np.int64(3)], None, [1, UNCERTAIN, 3]),
        ([2, 0, UNCERTAIN], None, [2, 0, UNCERTAIN]),
        (pd.Series([1, None, 0]), None, [1, UNCERTAIN, 0]),
        ([2.0, 0.0], None, [2, 0]),
        (pd.array([True, False, None], dtype="boolean"), None, [1, 0, UNCERTAIN]),
        (pd.Series(["cat", None, "dog"], dtype="string"), ["cat", "dog"], [0, UNCERTAIN, 1]),
        (pd.array([2, None, 0], dtype="Int64"), None, [2, UNCERTAIN, 0]),
        ([-1, 1, None], [-1, 1], [0, 1, UNCERTAIN]),
        ([1, 3, -1], [1, 2, 3], [0, 2, UNCERTAIN]),
        (torch.tensor([1, 0]), None, [1, 0]),
    ],
)
def test_answers_of_all_kinds_are_numbered(answers, names, expected):
    found = yours.numbered(answers, names=names)
    assert found.tolist() == expected
    assert found.dtype == np.int64


@given(st.lists(st.integers(UNCERTAIN, 9), min_size=1))
def test_labels_stay_what_they_are(labels):
    assert yours.numbered(labels).tolist() == yours.numbered(labels, names=range(10)).tolist() == labels


# Students


def test_an_estimator_is_a_student():
    assert yours.student(fitted([0, 0, 0, 1, 1, 1]))(LINE).tolist() == [0, 0, 0, 1, 1, 1]
    assert yours.student(fitted(LOW_OR_HIGH))(LINE).tolist() == [1, 1, 1, 0, 0, 0]  # high, low
    assert yours.student(fitted(LINE[:, 0] > 2))(LINE).tolist() == [0, 0, 0, 1, 1, 1]


def test_whole_numbers_stand_for_themselves_even_where_some_are_missing():
    assert yours.student(fitted([0, 0, 2, 2, 5, 5]))(LINE).tolist() == [0, 0, 2, 2, 5, 5]


def test_a_class_called_minus_one_is_not_taken_for_uncertainty():
    y = np.where(LINE[:, 0] > 2, 1, -1)
    assert yours.student(fitted(y))(LINE).tolist() == [0, 0, 0, 1, 1, 1]
    assert yours.teacher(fitted(y))(LINE).tolist() == [0, 0, 0, 1, 1, 1]
    assert yours.agreement(LINE, yours.teacher(fitted(y)), y).agreed == 6


def test_a_model_fitted_to_a_data_frame_is_asked_without_a_warning():
    frame = pd.DataFrame({"a": LINE[:, 0], "b": 0.0})
    student = yours.student(make_pipeline(StandardScaler(), LogisticRegression()).fit(frame, LOW_OR_HIGH))
    teacher = yours.teacher(fitted(LOW_OR_HIGH, frame))
    assert yours.agreement(frame, teacher, student).agreed == 6
    assert robustness.strong_robustness(frame.to_numpy(), teacher, student).robust


def models_of_a_frame():
    """Two columns of which one decides, a teacher and a student."""
    frame = pd.DataFrame({"a": LINE[:, 0], "b": 5 - LINE[:, 0] / 10})
    student = make_pipeline(StandardScaler(), LogisticRegression()).fit(frame, LOW_OR_HIGH)
    return frame, yours.teacher(fitted(LOW_OR_HIGH, frame[["a", "b"]])), student


def test_a_data_frame_s_columns_are_found_by_their_names():
    frame, teacher, student = models_of_a_frame()
    turned = frame[["b", "a"]]
    for who in (teacher, yours.student(student)):
        assert (who(turned) == who(frame)).all()
        assert (who(turned.to_numpy()) != who(frame)).any()  # an array's go by their order
    assert yours.agreement(turned, teacher, student) == yours.agreement(frame, teacher, student)
    other_order = make_pipeline(StandardScaler(), LogisticRegression()).fit(turned, LOW_OR_HIGH)
    assert yours.agreement(frame, teacher, other_order).value == 1


@pytest.mark.parametrize(
    "columns", [["a", "c"], ["a", "a"], ["a"], ["a", "b", "c"], [0, 1]], ids=lambda columns: str(columns)
)
def test_a_data_frame_with_other_columns_is_refused(columns):
    _, teacher, student = models_of_a_frame()
    other = pd.DataFrame(np.ones((6, len(columns))), columns=columns)
    for ask in (teacher, yours.student(student), lambda x: yours.agreement(x, LOW_OR_HIGH, student, names=NAMES)):
        with pytest.raises(ValueError, match="x must have the columns that the model was fitted to"):
            ask(other)


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")  # so says the pipeline's last step
def test_without_names_of_their_own_columns_go_by_their_order():
    """As the docstrings say: no names are recorded where they are numbers, and none by a pipeline's other steps."""
    frame, _, _ = models_of_a_frame()
    numbers = frame.set_axis([0, 1], axis="columns")
    for x, model in ((numbers, LogisticRegression()), (frame, make_pipeline("passthrough", LogisticRegression()))):
        said = model.fit(x, LOW_OR_HIGH).predict(x)
        turned = x[x.columns[::-1]]
        assert yours.agreement(x, said, model, names=NAMES).value == 1
        assert yours.agreement(turned, said, model, names=NAMES).value < 1
    assert (yours.Held(frame[["b", "a"]]).points == frame[["b", "a"]].to_numpy()).all()


@pytest.mark.parametrize("dtypes", [{"b": bool}, {"b": "Int64"}, {"a": "Float64", "b": "boolean"}], ids=str)
def test_booleans_and_pandas_own_numbers_are_numbers(dtypes):
    plain = pd.DataFrame({"a": LINE[:, 0], "b": [0.0, 1.0] * 3})
    student, frame = fitted(LOW_OR_HIGH, plain), plain.astype(dtypes)
    assert (yours.student(student)(frame) == yours.student(student)(plain)).all()
    assert yours.agreement(frame, LOW_OR_HIGH, student, names=NAMES).value == 1
    assert (yours.Held(frame).points == plain.to_numpy()).all()
    frame = frame.astype({"b": "Int64"})
    frame.loc[2, "b"] = pd.NA
    with pytest.raises(ValueError, match="x must be finite, got NaN or infinity in row 2"):
        yours.agreement(frame, LOW_OR_HIGH, student, names=NAMES)


@pytest.mark.parametrize("gap", [np.nan, np.inf, "five", None])
def test_a_data_frame_must_hold_finite_numbers(gap):
    frame, teacher, student = models_of_a_frame()
    holed = frame.astype(object)
    holed.loc[2, "b"] = gap
    with pytest.raises((TypeError, ValueError), match=r"x must (hold real numbers|be finite)"):
        yours.agreement(holed, teacher, student)


@pytest.mark.parametrize("scores", [1, 3])
def test_a_torch_module_is_a_student_with_a_gradient(scores):
    module = networks.perceptron([2, 4, scores], rng=rng())
    x = rng().normal(size=(20, 2))
    student = yours.student(module)
    assert (student(x) == networks.Network(module)(x)).all()
    assert student.gradient(x).shape == (20, 2)
    assert yours.agreement(x, student, module).value == 1


def test_a_callable_may_answer_booleans_or_names():
    assert yours.student(lambda x: x[:, 0] > 2)(LINE).tolist() == [0, 0, 0, 1, 1, 1]
    student = yours.student(lambda x: LOW_OR_HIGH, names=["low", "high"])
    assert student(LINE).tolist() == [0, 0, 0, 1, 1, 1]


def test_what_is_known_of_a_student_or_teacher_is_kept():
    for who in (students.Linear([1, 1]), networks.Network(torch.nn.Linear(2, 2)), yours.Named(len)):
        assert yours.student(who) is who
    for who in (teachers.AxisThreshold(), yours.teacher(fitted(LOW_OR_HIGH))):
        assert yours.teacher(who) is who


def test_a_regression_is_no_student():
    with pytest.raises(ValueError, match=r"answers must be classes"):
        yours.student(LinearRegression().fit(LINE, LINE[:, 0] / 7))(LINE)


# Teachers


@pytest.mark.parametrize("sure", [0.5, 0.8, 0.95])
def test_a_teacher_is_certain_where_the_model_is(sure):
    x, y = load_iris(return_X_y=True)
    model = LogisticRegression(max_iter=1000).fit(x, y)
    by_hand = np.where(model.predict_proba(x).max(axis=1) > sure, model.predict(x), UNCERTAIN)
    assert (yours.teacher(model, sure=sure)(x) == by_hand).all()
    assert (probabilities.Confident(model.predict_proba, sure)(x) == by_hand).all()


def test_the_probabilities_of_a_model_that_has_not_seen_all_classes_stand_in_their_columns():
    model = fitted(["b", "b", "b", "d", "d", "d"])
    assert yours.teacher(model, names=["a", "b", "c", "d"])(LINE).tolist() == [1, 1, 1, 3, 3, 3]
    assert yours.teacher(fitted([1, 1, 1, 3, 3, 3]))(LINE).tolist() == [1, 1, 1, 3, 3, 3]


@pytest.mark.parametrize("names", [None, ["a", "b"]])
def test_the_scores_of_a_module_become_probabilities(names):
    one, two = torch.nn.Linear(1, 1, dtype=torch.float64), torch.nn.Linear(1, 2, dtype=torch.float64)
    with torch.no_grad():
        for parameter, values in zip(
            [*one.parameters(), *two.parameters()], ([[1]], [0], [[0], [1]], [0, 0]), strict=True
        ):
            parameter.copy_(torch.tensor(values))
    x = np.array([[-3.0], [-2.0], [0.0], [2.0], [2.5]])  # 1 / (1 + e^-2.197) = 0.9
    for module in (one, two):
        assert yours.teacher(module, sure=0.9, names=names)(x).tolist() == [0, -1, -1, -1, 1]


def test_a_callable_may_say_that_it_can_t_tell():
    teacher = yours.teacher(lambda x: [None if abs(v) < 1 else v > 0 for v in x[:, 0]])
    assert teacher([[-2], [0.5], [3]]).tolist() == [0, UNCERTAIN, 1]


def test_a_model_without_probabilities_needs_its_predict_named():
    model = RidgeClassifier().fit(LINE, [0, 0, 0, 1, 1, 1])
    with pytest.raises(TypeError, match="must have predict_proba"):
        yours.teacher(model)
    assert yours.teacher(model.predict)([[0.0], [5.0]]).tolist() == [0, 1]


def test_a_teacher_that_was_never_fitted_is_refused():
    with pytest.raises(TypeError, match="must be fitted"):
        yours.teacher(LogisticRegression())


# Agreement


def test_agreement_is_that_of_the_library_on_points_each_drawn_once():
    x = rng().normal(size=(300, 2))
    teacher, student = teachers.AxisThreshold(), students.Linear([1, 1])
    by_library = robustness.agreement(yours.Held(x), teacher, student, n=300, rng=rng())
    assert yours.agreement(x, teacher, student) == by_library
    assert yours.agreement(x, teacher(x), student(x)) == yours.agreement(None, teacher(x), student(x)) == by_library
    assert yours.agreement(x, teacher, student, confidence=0.5).low > by_library.low


def test_a_student_that_has_not_seen_every_class_is_counted_by_the_teacher_s():
    teacher = yours.teacher(fitted(["a", "a", "b", "b", "c", "c"]))
    student = fitted(["a", "a", "a", "c", "c", "c"])
    assert yours.agreement(LINE, teacher, student).agreed == 4
    with pytest.raises(ValueError, match="count the same classes"):
        yours.agreement(LINE, teacher, yours.student(student))


@pytest.mark.parametrize("classes", [["low", "high"], [1, -1], [True, False]], ids=str)
@pytest.mark.parametrize(
    "teacher",
    [[0, 0, 0, 1, 1, 1], [False] * 3 + [True] * 3, lambda x: x[:, 0] > 2],
    ids=["numbers", "booleans", "callable"],
)
def test_a_teacher_without_names_is_not_compared_with_a_student_that_counts_otherwise(teacher, classes):
    """'high' comes before 'low', so that each would be counted in its own order."""
    student = fitted(np.where(LINE[:, 0] < 3, *classes) if classes != [True, False] else LINE[:, 0] > 2)
    if classes == [True, False]:  # which count as 0 and 1
        assert yours.agreement(LINE, teacher, student).value == 1
    else:
        for who in (student, yours.student(student)):
            with pytest.raises(ValueError, match=r"the student counts the classes \[.*give names"):
                yours.agreement(LINE, teacher, who)


def test_classes_called_minus_one_and_one_need_their_names():
    y = np.where(LINE[:, 0] < 3, -1, 1)
    for student in (fitted(y), y, [-1, 1, 1, 1, 1, 1]):
        with pytest.raises(ValueError, match="give names"):
            yours.agreement(LINE, y, student)
    with pytest.raises(ValueError, match="a student must answer a class for every point"):
        yours.agreement(LINE, y, lambda x: np.full(len(x), -1))
    assert yours.agreement(LINE, y, fitted(y), names=[-1, 1]).agreed == 6
    assert yours.agreement(LINE, y, [-1, 1, 1, 1, 1, 1], names=[-1, 1]).agreed == 4
    assert yours.agreement(LINE, [1, -1, 0, 0, 1, 1], [1, -1, 0, 0, 1, 0]).agreed == 4  # there it is UNCERTAIN
    assert yours.agreement(LINE, [1, None, 0, 0, 1, 1], [1, None, 0, 0, 1, 0]).agreed == 4
    assert yours.agreement(None, [1, None], [1, None]).agreed == 1


def test_names_may_be_given_for_rows_of_answers():
    assert yours.agreement(LINE, LOW_OR_HIGH, fitted(LOW_OR_HIGH), names=["low", "high"]).value == 1
    assert yours.agreement(LINE, LOW_OR_HIGH, ["low"] * 6, names=["low", "high"]).agreed == 3


def test_the_student_is_not_asked_where_the_teacher_is_uncertain():
    seen = []

    def student(x):
        seen.extend(x[:, 0])
        return np.ones(len(x), int)

    yours.agreement(LINE, [1, None, None, 0, None, 1], student)
    assert seen == [0, 3, 5]


def test_where_the_teacher_is_certain_of_nothing_there_is_no_agreement():
    with pytest.raises(UndefinedProbabilityError, match="none of the 6"):
        yours.agreement(LINE, [None] * 6, [0] * 6)


def test_a_model_can_t_be_the_teacher_without_a_threshold():
    for model in (fitted(LOW_OR_HIGH), torch.nn.Linear(1, 1)):
        with pytest.raises(TypeError, match="threshold"):
            yours.agreement(LINE, model, [0] * 6)


# Held points


def test_held_points_are_drawn_once_each():
    held = yours.Held(LINE)
    assert sorted(held.sample(6, rng()).ravel()) == [0, 1, 2, 3, 4, 5]
    assert len(np.unique(held.sample(4, rng()))) == 4
    with pytest.raises(ValueError, match="at most 6"):
        held.sample(7, rng())


def test_no_number_drawn_makes_an_interval_shorter_than_the_points_allow():
    x = rng().normal(size=(50, 2))
    teacher, student = teachers.AxisThreshold(), students.Linear([1, 0.5])
    found = attacks.DensityRatio(0.5)(yours.Held(x), student).worst(teacher, n=50, rng=rng())
    on_these = attacks.DensityRatio(0.5)(generators.Finite(x), student).worst(teacher)
    assert on_these.exact
    assert not found.exact
    assert found.low < on_these.low <= found.high


@pytest.mark.parametrize("size", [30, 200])
def test_the_interval_covers_the_truth_as_often_as_it_says(size):
    """Of μ, not of the points held: by a hundred samples of a μ whose agreement is known, 1 - 1/8."""
    teacher, student = teachers.AxisThreshold(), students.Linear([1, 1])
    draws = np.random.default_rng(0)
    found = [yours.agreement(draws.uniform(-1, 1, (size, 2)), teacher, student) for _ in range(100)]
    assert sum(each.low <= 7 / 8 <= each.high for each in found) >= 90


# The recipe of chapter 13


def recipe():
    chapter = nbformat.read(ROOT / "book/13_your_data.ipynb", as_version=4)
    return [cell for cell in chapter.cells if cell.id in RECIPE]


RECIPE = ("digits-recipe-teacher", "digits-recipe-student")


def test_the_recipe_is_twenty_lines_that_run_by_themselves():
    cells = recipe()
    lines = [line for cell in cells for line in cell.source.splitlines() if line.strip()]
    assert len(cells) == 2
    assert len(lines) <= 20
    said = io.StringIO()
    with redirect_stdout(said):
        exec("\n".join(lines), {})
    assert said.getvalue() == "".join(output.text for cell in cells for output in cell.outputs)


def test_in_the_recipe_the_order_of_the_columns_does_not_matter():
    """By position, the student that learned from sorted columns agrees with the teacher on 0.3 of the patients."""
    found = {}
    with redirect_stdout(io.StringIO()):
        exec("\n".join(cell.source for cell in recipe()), found)
    new, teacher, student = (found[name] for name in ("new", "T", "S"))
    q = sorted(new.columns)
    assert yours.agreement(new[q], teacher, student) == yours.agreement(new, teacher, student)
    other = make_pipeline(StandardScaler(), LogisticRegression())
    other.fit(found["patients"][190:380][q], found["meant"][190:380])
    assert yours.agreement(new, teacher, other).value > 0.9


@pytest.mark.parametrize("strategy", ["prior", "most_frequent"])
def test_a_constant_student_agrees_as_often_as_its_class_is_there(strategy):
    x, y = load_iris(return_X_y=True)
    assert yours.agreement(x, y, DummyClassifier(strategy=strategy).fit(x, y)).agreed == 50


def test_a_module_s_teacher_is_told_where_its_names_go():
    x, module = np.random.default_rng(0).normal(size=(30, 2)), torch.nn.Linear(2, 1)
    student = LogisticRegression().fit(x, np.where(x[:, 0] > 0, "dog", "cat"))
    with pytest.raises(ValueError, match=r"yours\.teacher\(module, names"):
        yours.agreement(x, yours.teacher(module, sure=0.5), student)
    assert yours.agreement(x, yours.teacher(module, sure=0.5, names=["cat", "dog"]), student).sampled == 30


def test_a_confidence_is_printed_as_it_is():
    answers = [0, 1, 1, 0]
    assert "99.8333% interval [0." in str(yours.agreement(None, answers, answers, confidence=1 - 0.05 / 30))
    assert "95% interval [0." in str(yours.agreement(None, answers, answers))
