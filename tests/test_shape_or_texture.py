"""Example 4.2: each way is given what its name says and no more, and its numbers are what they are called."""

import inspect
import json
import pickle
from dataclasses import asdict

import numpy as np
import pytest

from active_teacher.checks import certain
from active_teacher.experiments import shape_or_texture, sweep
from active_teacher.experiments.shape_or_texture import ShapeOrTexture, push_image
from active_teacher.labels import UNCERTAIN, A, B
from active_teacher.networks import Network, convolutional, perceptron
from active_teacher.pictures.shapes import SquareOrDisk, SquaresAndDisks
from watching import seeded, streams, untimed, watched


@pytest.fixture
def tiny(monkeypatch):
    """Example 4.2 with few images and short training."""
    sizes = {"IMAGES": 20, "FRESH_IMAGES": 12, "IMAGES_TO_PUSH": 5, "IMAGES_ASKED": 8}
    for name, value in (sizes | {"STEPS": 2, "STEPS_TO_TEST": 3, "EPOCHS_AFTER": 1}).items():
        monkeypatch.setattr(shape_or_texture, name, value)
    real = shape_or_texture.train
    monkeypatch.setattr(shape_or_texture, "train", lambda *given, epochs=10, **named: real(*given, epochs=2, **named))


# Pushing an image


def test_a_pushed_image_loses_the_lead_of_its_label_within_the_ball_and_0_to_1():
    student = Network(convolutional(rng=seeded(), pixels=20))
    x = SquaresAndDisks(pixels=20, sizes=(3, 6)).sample(8, seeded())
    y = np.arange(8) % 2  # right or wrong
    lead = [-1, 1] * 4
    for p, epsilon in ((np.inf, 0.2), (2, 1.5)):
        pushed = push_image(student, x, y, epsilon=epsilon, p=p)
        change = (pushed - x).reshape(8, -1)
        assert (np.linalg.norm(change, ord=p, axis=1) <= epsilon * (1 + 1e-9)).all()
        assert pushed.min() >= 0
        assert pushed.max() <= 1
        before, after = (np.diff(student.score(z))[:, 0] * lead for z in (x, pushed))
        assert (after < before).all()
    assert (push_image(student, x, y, epsilon=0.2) == push_image(student, x, y, epsilon=0.2, p=np.inf)).all()
    assert (push_image(student, x, y, epsilon=0) == x).all()


def test_an_image_is_pushed_in_20_steps_against_the_same_label(monkeypatch):
    student = Network(perceptron([3, 5, 1], rng=seeded()))
    asked, real = [], Network.gradient
    monkeypatch.setattr(Network, "gradient", lambda self, x, y=None: asked.append(y.tolist()) or real(self, x, y))
    push_image(student, np.full((2, 3), 0.5), [0, 1], epsilon=0.3)
    push_image(student, np.full((2, 3), 0.5), [1, 1], epsilon=0.3, steps=4)
    assert asked == [[0, 1]] * 20 + [[1, 1]] * 4


# Example 4.2: the ways


def students_scores(monkeypatch):
    """Of each student that is tested, on the images that are pushed: finer than the shares of a short training."""
    return watched(
        monkeypatch,
        shape_or_texture,
        "push_image",
        lambda given, named, moved: given[0].score(given[1]).tolist() if named["steps"] == 3 else None,
    )


@pytest.mark.parametrize("way", shape_or_texture.WAYS)
def test_a_way_with_images_is_a_function_of_its_seed(tiny, monkeypatch, way):
    seen = students_scores(monkeypatch)
    one, again = (shape_or_texture.compare(seed, way=way, labels=32) for seed in (3, np.int64(3)))
    assert untimed(one) == untimed(again)
    assert seen[: len(seen) // 2] == seen[len(seen) // 2 :]
    assert one == pickle.loads(pickle.dumps(one))
    assert json.loads(json.dumps(sweep._plain(one, {}))) == {name: list(values) for name, values in asdict(one).items()}
    assert {type(value) for value in one.asked} == {int}
    names = ("seconds", "mu", "nu", "stripes", "pushed")
    assert {type(value) for name in names for value in getattr(one, name)} == {float}
    assert isinstance(one, ShapeOrTexture)


def test_images_of_another_seed_are_others(tiny, monkeypatch):
    trained = watched(
        monkeypatch,
        shape_or_texture,
        "train",
        lambda given, named, student: (given[1].sum(), student.score(given[1]).sum()),
    )
    for seed in (1, 2, 1):
        shape_or_texture.compare(seed, labels=20)
    (one, first), (other, second), again = trained
    assert again == (one, first)
    assert one != other
    assert first != second


def test_a_way_with_images_is_data_by_default_with_as_many_as_the_paper_has():
    defaults = {name: p.default for name, p in inspect.signature(shape_or_texture.compare).parameters.items()}
    assert (defaults["way"], defaults["labels"]) == ("data", 1000)


@pytest.mark.parametrize("way", shape_or_texture.WAYS)
def test_the_numbers_of_images_are_what_they_are_called(tiny, monkeypatch, way):
    """From each student as it then is: on the fresh images of the seed, and on those that were pushed."""
    for_tests = streams(6)[2]
    fresh = [
        SquaresAndDisks(textured, pattern=pattern).sample(12, for_tests)
        for textured, pattern in (("squares", "checkerboard"), ("disks", "checkerboard"), ("disks", "stripes"))
    ]

    def shares(given, named, pushed):
        if named["steps"] != 3:  # to learn
            return None
        student, x, y = given
        assert (x == fresh[0][:5]).all()
        assert (y == SquareOrDisk()(x)).all()
        assert named["epsilon"] == 0.2
        assert np.abs(pushed - x).max() <= 0.2 + 1e-9
        assert (SquareOrDisk()(pushed) == y).all()
        return [
            *(np.mean(student(images) == SquareOrDisk()(images)) for images in fresh),
            np.mean(student(pushed) == y),
        ]

    seen = watched(monkeypatch, shape_or_texture, "push_image", shares)
    result = shape_or_texture.compare(6, way=way, labels=34, epsilon=0.1)
    rows = zip(result.mu, result.nu, result.stripes, result.pushed, strict=True)
    assert [list(row) for row in rows] == [row for row in seen if row is not None]
    assert len(result.seconds) == len(result.asked) == (3 if way == "active student" else 1)
    assert result.asked[-1] == 34


def test_a_push_in_the_test_is_too_little_for_the_teacher():
    x = SquaresAndDisks("both").sample(10, seeded())
    for direction in (-1, 1):
        moved = np.clip(x + direction * shape_or_texture.SHAPE_PUSH, 0, 1)
        assert (SquareOrDisk()(moved) == SquareOrDisk()(x)).all()
    assert 0.1 < shape_or_texture.SHAPE_PUSH < 0.25


def taught(monkeypatch):
    """What a student is trained on, the options, and the weights before, time after time."""
    seen, real = [], shape_or_texture.train

    def train(module, x, y, **named):
        weights = [parameter.detach().numpy().copy() for parameter in module.parameters()]
        seen.append((x.copy(), y.copy(), named, weights, module))
        return real(module, x, y, **named)

    monkeypatch.setattr(shape_or_texture, "train", train)
    return seen


OPTIONS = {
    "data": {},
    "l_2": {"transform"},
    "l_inf": {"transform"},
    "features": {},
    "outline": {},
    "invariance": {"transform"},
    "sparsity": {"penalty"},
    "structure": {"epochs", "rate"},
}


@pytest.mark.parametrize("way", OPTIONS)
def test_a_way_changes_one_thing_about_the_training(tiny, monkeypatch, way):
    parts = ("convolutional", "outlined", "framed")
    plain, outlined, framed = (watched(monkeypatch, shape_or_texture, name) for name in parts)
    lessons = taught(monkeypatch)
    shape_or_texture.compare(8, way=way, labels=24)
    [(x, y, named, weights, module)] = lessons
    for_data, for_learning, _ = streams(8)
    assert (x == SquaresAndDisks("squares", balanced=True).sample(24, for_data)).all()
    assert (y == SquareOrDisk()(x)).all()
    assert y.sum() == 12
    assert set(named) == {"rng", *OPTIONS[way]}
    assert named.get("penalty", shape_or_texture.PENALTY) == 1e-4
    assert (named.get("epochs", 100), named.get("rate", 0.01)) == (100, 0.01)
    [(_, architecture, paper_s)] = outlined if way == "outline" else plain
    assert architecture["rng"] is named["rng"]
    assert architecture.get("pooling") == (3 if way == "features" else None)
    assert module is (framed[0][2] if way == "structure" else paper_s)
    first = [parameter.detach().numpy() for parameter in convolutional(rng=for_learning).parameters()]
    if way != "structure":
        assert all((one == other).all() for one, other in zip(weights, first, strict=True))


def test_the_questions_to_the_teacher_of_shapes_are_counted(tiny, monkeypatch):
    """After 3 × 12 fresh images; each student is tested with 5 pushed ones."""
    for way, labels, expected in (
        ("data", 22, [22, 5]),
        ("shown nu", 20, [20, 5]),
        ("shown nu", 25, [25, 5]),
        ("active student", 20, [20, 5]),
        ("active student", 28, [20, 5, 8, 5]),
        ("active student", 39, [20, 5, 8, 5, 8, 5, 3, 5]),
        *((way, 16, [16, 5]) for way in OPTIONS),
    ):
        asked = []
        monkeypatch.setattr(
            shape_or_texture, "SquareOrDisk", lambda asked=asked: lambda x: asked.append(len(x)) or SquareOrDisk()(x)
        )
        result = shape_or_texture.compare(0, way=way, labels=labels)
        assert asked == [12, 12, 12, *expected]
        assert result.asked == tuple(np.cumsum(expected[::2]))


def test_an_active_student_and_one_that_is_shown_nu_start_as_the_plain_one(tiny, monkeypatch):
    seen = students_scores(monkeypatch)
    plain = untimed(shape_or_texture.compare(2, labels=20))
    assert untimed(shape_or_texture.compare(2, way="shown nu", labels=20)) == plain
    assert untimed(shape_or_texture.compare(2, way="active student", labels=20)) == plain
    more = untimed(shape_or_texture.compare(2, way="active student", labels=29))
    assert {name: values[:1] for name, values in more.items()} == plain
    scores = [of for of in seen if of is not None]
    assert scores[0] == scores[1] == scores[2] == scores[3]
    assert len({str(of) for of in scores[3:]}) == 3  # and learns from what it asked


def test_one_that_is_shown_nu_sees_textured_disks_after_the_plain_one_s_images(tiny, monkeypatch):
    lessons = taught(monkeypatch)
    shape_or_texture.compare(2, way="shown nu", labels=50)
    [(x, y, named, *_)] = lessons
    assert (x[:20] == SquaresAndDisks("squares", balanced=True).sample(20, streams(2)[0])).all()
    assert (y == SquareOrDisk()(x)).all()
    dark = (x == 0.5).any(axis=(1, 2))
    assert (dark == np.where(np.arange(50) < 20, y == A, y == B)).all()
    assert set(y[20:]) == {A, B}
    assert set(named) == {"rng"}


class Hesitant:
    """Is uncertain about every third image of those it is asked about 8 at a time."""

    def __call__(self, x):
        return np.where((np.arange(len(x)) % 3 == 0) & (len(x) == 8), UNCERTAIN, SquareOrDisk()(x))


@pytest.mark.parametrize(("epsilon", "learnt"), [(0.2, [20, 25, 30, 34]), (0.35, [20, 20, 20, 20])])
def test_an_active_student_trains_on_with_all_of_which_the_teacher_is_certain(tiny, monkeypatch, epsilon, learnt):
    """Of a push that is too large for the teacher it learns nothing, and has asked all the same."""
    monkeypatch.setattr(shape_or_texture, "SquareOrDisk", Hesitant)
    lessons = taught(monkeypatch)
    pushed = watched(
        monkeypatch,
        shape_or_texture,
        "push_image",
        lambda given, named, moved: (*given[1:], named, given[0](given[1]), moved, given[0]),
    )
    result = shape_or_texture.compare(5, way="active student", labels=40, epsilon=epsilon)
    assert result.asked == (20, 28, 36, 40)
    asked = [push for push in pushed if push[2]["steps"] == 2]
    assert [len(push[0]) for push in asked] == [8, 8, 4]
    x, y = lessons[0][:2]
    for (new, own, named, answers, moved, student), (given_x, given_y, options, *_) in zip(
        asked, lessons[1:], strict=True
    ):
        assert (own == answers).all()  # pushed to where its own answer changes
        assert named == {"epsilon": epsilon, "steps": 2}
        assert np.abs(moved - new).max() == pytest.approx(epsilon)
        assert set(np.unique(new)) <= {0, 0.5, 1}
        assert student.module is lessons[0][4]
        labels = Hesitant()(moved)
        x, y = np.concatenate([x, moved[certain(labels)]]), np.concatenate([y, labels[certain(labels)]])
        assert (given_x == x).all()
        assert (given_y == y).all()
        assert set(options) == {"rng", "epochs"}
        assert options["epochs"] == shape_or_texture.EPOCHS_AFTER
    assert [len(lesson[0]) for lesson in lessons] == learnt
    assert all(lesson[4] is lessons[0][4] for lesson in lessons)
    assert all(lesson[2]["rng"] is lessons[0][2]["rng"] for lesson in lessons)


def test_new_images_are_fresh_ones_of_mu(tiny, monkeypatch):
    pushed = watched(
        monkeypatch, shape_or_texture, "push_image", lambda given, named, moved: (given[1], named["steps"])
    )
    shape_or_texture.compare(5, way="active student", labels=36)
    new = np.concatenate([x for x, steps in pushed if steps == 2])
    seen = np.concatenate([SquaresAndDisks("squares", balanced=True).sample(20, streams(5)[0]), pushed[0][0]])
    assert len(np.unique(np.concatenate([new, seen]).reshape(len(new) + len(seen), -1), axis=0)) == 16 + 20 + 5
    assert ((new == 0.5).any(axis=(1, 2)) == (SquareOrDisk()(new) == A)).all()


@pytest.mark.parametrize(("way", "p"), [("l_2", 2), ("l_inf", np.inf)])
def test_adversarial_training_pushes_each_batch_against_its_labels(tiny, monkeypatch, way, p):
    pushes = watched(
        monkeypatch, shape_or_texture, "push_image", lambda given, named, moved: (given[1], given[2], named)
    )
    lessons = taught(monkeypatch)
    shape_or_texture.compare(1, way=way, labels=60, epsilon=0.15)
    *learning, test = pushes
    assert [len(x) for x, *_ in learning] == [50, 10] * 2
    assert all(named == {"epsilon": 0.15, "p": p, "steps": 2} for *_, named in learning)
    assert test[2]["steps"] == 3
    x, y = lessons[0][:2]
    label = dict(zip((image.tobytes() for image in x), y.tolist(), strict=True))
    assert all(
        label[image.tobytes()] == k for some, labels, _ in learning for image, k in zip(some, labels, strict=True)
    )


@pytest.mark.parametrize("way", ["l_2", "l_inf"])
def test_adversarial_training_with_images_and_without_a_push_is_the_plain_one(tiny, monkeypatch, way):
    seen = students_scores(monkeypatch)
    assert untimed(shape_or_texture.compare(1, way=way, labels=20, epsilon=0)) == untimed(
        shape_or_texture.compare(1, labels=20)
    )
    shape_or_texture.compare(1, way=way, labels=20, epsilon=0.1)
    trained, plain, pushed = (of for of in seen if of is not None)
    assert trained == plain != pushed


def test_an_invariance_gives_each_image_of_a_batch_another_texture(tiny, monkeypatch):
    covered = watched(
        monkeypatch, shape_or_texture, "other_textures", lambda given, named, other: (given[0], other, given[1])
    )
    lessons = taught(monkeypatch)
    shape_or_texture.compare(1, way="invariance", labels=60)
    assert [len(x) for x, *_ in covered] == [50, 10] * 2
    x, _, named, *_ = lessons[0]
    seen = np.concatenate([batch for batch, *_ in covered])
    for epoch in (seen[:60], seen[60:]):
        assert sorted(image.tobytes() for image in epoch) == sorted(image.tobytes() for image in x)
    assert len({id(rng) for *_, rng in covered} | {id(named["rng"])}) == 1


def test_who_sees_only_outlines_can_not_be_pushed(tiny, monkeypatch):
    monkeypatch.setattr(shape_or_texture, "IMAGES_TO_PUSH", 12)
    for seed in range(3):
        result = shape_or_texture.compare(seed, way="outline", labels=20)
        assert result.pushed == result.mu


def test_the_student_of_a_frame_learns_the_shape_from_few_images(monkeypatch):
    monkeypatch.setattr(shape_or_texture, "FRESH_IMAGES", 60)
    monkeypatch.setattr(shape_or_texture, "IMAGES_TO_PUSH", 10)
    told = shape_or_texture.compare(0, way="structure", labels=30)
    assert (told.mu[0], told.nu[0]) == (pytest.approx(1, abs=0.1), pytest.approx(1, abs=0.1))


def test_a_way_is_one_of_the_example_s():
    with pytest.raises(ValueError, match="way must be one of data, active student, l_2, l_inf, shown nu, features,"):
        shape_or_texture.compare(0, way="count")


@pytest.mark.parametrize(("way", "least"), [("active student", 1000), ("shown nu", 1000), ("data", 10)])
def test_there_are_at_least_10_labels_and_the_first_ones_of_who_gets_more(way, least):
    with pytest.raises(ValueError, match=f"labels must be at least {least} with this way, got {least - 1}"):
        shape_or_texture.compare(0, way=way, labels=least - 1)


def test_the_committed_results_are_what_the_code_makes():
    told = {"way": "structure", "labels": 30}
    runs = sweep.load("shape_or_texture")
    [committed] = runs.query("way == 'structure' and labels == 30 and seed == 1").to_dict("records")
    for measure, (value,) in untimed(shape_or_texture.compare(1, **told)).items():
        assert committed[measure] == pytest.approx(value, abs=0.02)  # processors round differently
