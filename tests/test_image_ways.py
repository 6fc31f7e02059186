"""Example 4.2: each way is given what its name says and no more, and its numbers are what they are called."""

import inspect
import json
import pickle
from dataclasses import asdict, fields

import numpy as np
import pytest
import torch

from active_teacher.checks import certain
from active_teacher.experiments import image_trials, image_ways, sweep
from active_teacher.experiments.image_trials import search, withstood
from active_teacher.experiments.image_ways import ADVICE, WAYS, ImageWay, compare
from active_teacher.labels import UNCERTAIN, A, B
from active_teacher.networks import Network, convolutional
from active_teacher.pictures.shapes import SquareOrDisk, SquaresAndDisks
from watching import seeded, untimed, watched

SHARES = ("mu", "nu", "stripes", "pushed", "sizes", "flipped", "rounded", "brightness", "texture")


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    """Example 4.2 with few images, and two epochs of the first 20."""
    sizes = {"IMAGES": 20, "OF_NU": 9, "ASKED": 8, "FEWEST": 10, "PAPER": 1, "MOST": 2, "STEPS": 2}
    for name, value in (sizes | {"FRESH": 12, "TO_PUSH": 5, "TO_SEARCH": 4}).items():
        monkeypatch.setattr(image_ways, name, value)
    monkeypatch.setattr(image_trials, "SIGN_STEPS", 1)
    monkeypatch.setattr(image_trials, "STEPS", 1)


def generators(seed):
    """For the data, more data, the weights, the order, what is done to images, and the tests."""
    return np.random.default_rng(seed).spawn(6)


def taught(monkeypatch):
    """What a student is trained on, the options, and the weights before, time after time."""
    seen, real = [], image_ways.train

    def watching(module, x, y, **named):
        weights = [parameter.detach().numpy().copy() for parameter in module.parameters()]
        seen.append((x.copy(), y.copy(), named, weights, module))
        return real(module, x, y, **named)

    monkeypatch.setattr(image_ways, "train", watching)
    return seen


def some(way):
    """Labels that this way can be given here."""
    return {"labels": 29} if way in ("active student", "shown nu") else {"labels": 20}


@pytest.mark.parametrize("way", WAYS)
def test_a_way_with_images_is_a_function_of_its_seed(way):
    one, again = (compare(seed, way=way, **some(way)) for seed in (3, np.int64(3)))
    assert untimed(one) == untimed(again)
    assert one == pickle.loads(pickle.dumps(one))
    assert json.loads(json.dumps(asdict(one))) == {name: list(values) for name, values in asdict(one).items()}
    assert len({len(values) for values in asdict(one).values()}) == 1
    for field in fields(ImageWay):
        [kind] = {type(value) for value in getattr(one, field.name)}
        assert kind is (float if field.name in (*SHARES, "seconds") else int)
    assert set(one.told) == {int(way in ADVICE)}


def test_images_of_another_seed_are_others(monkeypatch):
    lessons = taught(monkeypatch)
    for seed in (1, 2, 1):
        compare(seed, labels=20)
    (one, *_, first, _), (other, *_, second, _), (again, *_, third, _) = lessons
    assert (again == one).all()
    assert all((a == b).all() for a, b in zip(first, third, strict=True))
    assert (one != other).any()
    assert (first[0] != second[0]).all()


def test_a_way_with_images_is_data_by_default_with_as_many_as_the_paper_has():
    defaults = {name: p.default for name, p in inspect.signature(compare).parameters.items()}
    assert (defaults["way"], defaults["labels"]) == ("data", 1000)


@pytest.mark.parametrize("way", ["data", "structure", "active student"])
def test_the_numbers_of_images_are_what_they_are_called(monkeypatch, way):
    """From each student as it then is: on the fresh images of the seed, those that were pushed, and those searched."""
    for_tests = generators(5)[5]
    kinds = {"mu": {"textured": "squares"}, "nu": {"textured": "disks"}}
    kinds["stripes"] = {"textured": "disks", "pattern": "stripes"}
    fresh = {name: SquaresAndDisks(**kind).sample(12, for_tests) for name, kind in kinds.items()}
    truth = {name: SquareOrDisk()(x) for name, x in fresh.items()}
    for_pushes, for_search = for_tests.spawn(2)
    states = for_pushes.bit_generator.state, for_search.bit_generator.state

    def pushing(given, named, left):
        student, x, y = given
        assert (x == fresh["mu"][:5]).all()
        assert (y == truth["mu"][:5]).all()
        assert named["epsilon"] == 0.2
        for_pushes.bit_generator.state = states[0]
        assert (withstood(student, x, y, epsilon=0.2, rng=for_pushes) == left).all()
        shares = {name: np.mean(student(x) == truth[name]) for name, x in fresh.items()}
        for_search.bit_generator.state = states[1]
        return shares | {"pushed": np.mean(left)} | search(student, n=4, rng=for_search)

    seen = watched(monkeypatch, image_ways, "withstood", pushing)
    result = compare(5, way=way, labels=28)
    for name in SHARES[:-1]:
        assert list(getattr(result, name)) == [shares[name] for shares in seen]


def test_a_push_in_the_test_is_too_little_for_the_teacher():
    x = SquaresAndDisks("both").sample(10, seeded())
    for direction in (-1, 1):
        moved = np.clip(x + direction * image_ways.SHAPE_PUSH, 0, 1)
        assert (SquareOrDisk()(moved) == SquareOrDisk()(x)).all()
    assert 0.1 < image_ways.SHAPE_PUSH < 0.25


def test_the_texture_of_questions_is_the_part_of_the_chessboard_in_them(monkeypatch):
    disks = SquaresAndDisks("neither", balanced=True).sample(12, seeded())
    disks = disks[SquareOrDisk()(disks) == B]
    student = Network(convolutional(rng=seeded()))
    i, j = np.indices((100, 100))
    for push, low, high in (
        (0.2 * (-1.0) ** (i + j), 1, 1),
        (-0.1 * (1 + (-1.0) ** (i + j)), 1, 1),
        (-0.2 * (i % 2), 0, 0.1),
        (seeded(1).normal(size=i.shape), 0, 0.1),
        (np.full(i.shape, -0.2), 0, 0),
        (0.2 * (-1.0) ** (i + j) + 0.2 * (-1.0) ** i, 0.6, 0.8),
    ):
        monkeypatch.setattr(image_ways, "push_image", lambda student, x, *given, push=push, **named: x + push)
        share = image_ways._texture(student, disks)
        assert low - 1e-3 <= share <= high + 1e-3


# The ways

OPTIONS = {
    "data": set(),
    "l_2": {"transform"},
    "l_inf": {"transform"},
    "features": set(),
    "outline": set(),
    "invariance": {"transform"},
    "sparsity": {"penalty"},
    "structure": {"rate"},
}


@pytest.mark.parametrize("way", OPTIONS)
def test_a_way_changes_one_thing_about_the_training(monkeypatch, way):
    parts = ("convolutional", "outlined", "framed")
    plain, outlined, framed = (watched(monkeypatch, image_ways, name) for name in parts)
    lessons = taught(monkeypatch)
    compare(8, way=way, labels=16, penalty=0.5)
    [(x, y, named, weights, module)] = lessons
    for_data, _, for_weights, *_ = generators(8)
    assert (x == SquaresAndDisks("squares", balanced=True).sample(20, for_data)[:16]).all()
    assert (y == SquareOrDisk()(x)).all()
    assert set(named) == {"rng", "epochs", "until", "after_epoch", *OPTIONS[way]}
    assert (named["until"], named["epochs"]) == (image_ways.DONE, 2)
    assert named.get("penalty", 0.5) == 0.5
    [(_, architecture, made)] = {"outline": outlined, "structure": framed}.get(way, plain)
    assert architecture.get("pooling") == (3 if way == "features" else None)
    assert module is made
    first = [parameter.detach().numpy() for parameter in convolutional(rng=for_weights).parameters()]
    if way != "structure":
        assert all((one == other).all() for one, other in zip(weights, first, strict=True))


def test_smaller_training_sets_are_the_beginnings_of_larger_ones(monkeypatch):
    lessons = taught(monkeypatch)
    for way, labels in (("data", 12), ("data", 20), ("data", 35), ("shown nu", 24), ("shown nu", 29)):
        compare(2, way=way, labels=labels)
    few, paper, many, shown, all_shown = (x for x, *_ in lessons)
    assert [len(lesson[0]) for lesson in lessons] == [12, 20, 35, 24, 29]
    assert (paper[:12] == few).all()
    assert all((x[:20] == paper).all() for x in (many, shown, all_shown))
    assert (all_shown[:24] == shown).all()
    for x, y, *_ in lessons:
        assert (y == SquareOrDisk()(x)).all()
    dark = (all_shown == 0.5).any(axis=(1, 2))
    y = lessons[-1][1]
    assert (dark == np.where(np.arange(29) < 20, y == A, y == B)).all()
    assert ((many == 0.5).any(axis=(1, 2)) == (lessons[2][1] == A)).all()


def test_all_train_until_done_or_for_the_same_number_of_steps(monkeypatch):
    for way, labels, most in (("data", 120, 4), ("data", 100, 5), ("structure", 10, 10), ("structure", 20, 10)):
        monkeypatch.setattr(image_ways, "IMAGES", labels)
        monkeypatch.setattr(image_ways, "MOST", 10)
        monkeypatch.setattr(image_ways, "PAPER", 2)
        for done, epochs in ((0.0, (2, most)), (100.0, (1,))):
            monkeypatch.setattr(image_ways, "DONE", done)
            assert compare(0, way=way, labels=labels).epochs == epochs


def test_a_student_after_the_paper_s_epochs_is_the_one_that_was_then(monkeypatch):
    long = compare(4, way="structure", labels=20)
    monkeypatch.setattr(image_ways, "MOST", 1)
    short = compare(4, way="structure", labels=20)
    assert (long.epochs, short.epochs) == ((1, 2), (1,))
    assert {name: values[:1] for name, values in untimed(long).items()} == untimed(short)
    assert 0 < long.seconds[0] < long.seconds[1]


def test_time_is_that_of_learning_alone(monkeypatch):
    """A clock that only training and thinking of questions move."""
    now = [0.0]
    monkeypatch.setattr(image_ways, "thread_time", lambda: now[0])

    def taking(name, seconds):
        real = getattr(image_ways, name)

        def slow(*given, **named):
            now[0] += seconds
            return real(*given, **named)

        monkeypatch.setattr(image_ways, name, slow)

    class Slow(SquareOrDisk):
        def __call__(self, x):
            now[0] += 1000
            return super().__call__(x)

    taking("train", 1)
    taking("push_image", 10)
    taking("withstood", 1000)
    taking("search", 1000)
    monkeypatch.setattr(image_ways, "SquareOrDisk", Slow)
    monkeypatch.setattr(image_ways, "PAPER", 99)
    result = compare(0, way="active student", labels=36)
    assert result.asked == (20, 28, 36)
    assert result.seconds == (1, 12, 23)


def test_torch_uses_one_thread_and_what_it_had_afterwards(monkeypatch):
    before = torch.get_num_threads()
    seen = watched(monkeypatch, image_ways, "train", lambda *given: torch.get_num_threads())
    try:
        torch.set_num_threads(2)
        compare(0, way="structure", labels=10)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert seen == [1]


class Hesitant:
    """Of images that were moved and are shown 8 at a time, uncertain about some, and of another mind about the next."""

    unsure = 3

    def __call__(self, x):
        k, y = np.arange(len(x)), SquareOrDisk()(x)
        moved = (len(x) == 8) & (x % 0.5 != 0).any(axis=(1, 2))
        return np.where(moved & (k < self.unsure), UNCERTAIN, np.where(moved & (k == self.unsure), 1 - y, y))


@pytest.mark.parametrize(("unsure", "sizes"), [(3, [0.2, 0.2, 0.2]), (4, [0.2, 0.2, 0.2]), (5, [0.2, 0.1, 0.05])])
def test_an_active_student_trains_on_with_all_of_which_the_teacher_is_certain(monkeypatch, unsure, sizes):
    """If she is uncertain about most, it takes smaller steps; what it asked in vain is counted."""
    monkeypatch.setattr(image_ways, "PAPER", 99)
    monkeypatch.setattr(image_ways, "_texture", lambda *given: 0.0)
    monkeypatch.setattr(image_ways, "SquareOrDisk", Hesitant)
    monkeypatch.setattr(Hesitant, "unsure", unsure)
    lessons = taught(monkeypatch)
    pushed = watched(
        monkeypatch,
        image_ways,
        "push_image",
        lambda given, named, moved: (*given[1:], named, given[0](given[1]), moved),
    )
    result = compare(5, way="active student", labels=40)
    assert result.asked == (20, 28, 36, 40)
    assert result.uncertain == (0, unsure, 2 * unsure, 2 * unsure)
    assert result.other == (0, 1, 2, 2)
    x, y = lessons[0][:2]
    for (new, own, named, answers, moved), epsilon, lesson in zip(pushed, sizes, lessons[1:], strict=True):
        assert (own == answers).all()  # pushed to where its own answer changes
        assert named == {"epsilon": epsilon, "steps": 2}
        assert set(np.unique(new)) <= {0, 0.5, 1}
        labels = Hesitant()(moved)
        x, y = np.concatenate([x, moved[certain(labels)]]), np.concatenate([y, labels[certain(labels)]])
        assert (lesson[0] == x.astype(np.float32)).all()
        assert (lesson[1] == y).all()
    assert all(lesson[4] is lessons[0][4] for lesson in lessons)
    assert len(np.unique(np.concatenate([new for new, *_ in pushed]).reshape(20, -1), axis=0)) == 20


@pytest.mark.parametrize(("way", "p"), [("l_2", 2), ("l_inf", np.inf)])
def test_adversarial_training_pushes_each_batch_against_its_labels(monkeypatch, way, p):
    monkeypatch.setattr(image_ways, "IMAGES", 60)
    monkeypatch.setattr(image_ways, "_texture", lambda *given: 0.0)
    pushes = watched(monkeypatch, image_ways, "push_image", lambda given, named, moved: (*given[1:], named))
    lessons = taught(monkeypatch)
    compare(1, way=way, labels=60, epsilon=0.15)
    assert [len(x) for x, *_ in pushes] == [50, 10]
    assert all(named == {"epsilon": 0.15, "p": p, "steps": 2} for *_, named in pushes)
    x, y = lessons[0][:2]
    label = dict(zip((image.tobytes() for image in x), y.tolist(), strict=True))
    assert all(label[image.tobytes()] == k for some, of, _ in pushes for image, k in zip(some, of, strict=True))


@pytest.mark.parametrize("way", ["l_2", "l_inf"])
def test_adversarial_training_with_images_and_without_a_push_is_the_plain_one(way):
    plain, still = (untimed(compare(1, way=way, labels=20, epsilon=0)) for way in ("data", way))
    assert still == plain


def test_an_invariance_gives_each_image_of_a_batch_another_texture(monkeypatch):
    covered = watched(
        monkeypatch, image_ways, "other_textures", lambda given, named, other: (given[0], other, given[1])
    )
    lessons = taught(monkeypatch)
    compare(1, way="invariance", labels=20)
    x = lessons[0][0]
    assert [len(batch) for batch, *_ in covered] == [20, 20]
    for batch, *_ in covered:
        assert sorted(image.tobytes() for image in batch) == sorted(image.tobytes() for image in x)
    assert len({id(rng) for *_, rng in covered}) == 1


def test_who_sees_only_outlines_can_not_be_pushed(monkeypatch):
    monkeypatch.setattr(image_ways, "TO_PUSH", 12)
    for seed in range(3):
        result = compare(seed, way="outline", labels=20)
        assert result.pushed == result.mu
        assert result.texture == (0, 0)


def test_the_student_of_a_frame_learns_the_shape_from_few_images(monkeypatch):
    for name, value in {"IMAGES": 30, "MOST": 800, "FRESH": 60, "TO_PUSH": 10, "TO_SEARCH": 30}.items():
        monkeypatch.setattr(image_ways, name, value)
    told = compare(0, way="structure", labels=30)
    assert min(told.mu[-1], told.nu[-1], told.stripes[-1], told.sizes[-1], told.rounded[-1]) == 1
    assert told.epochs[-1] < 800


def test_the_committed_results_are_what_the_code_makes(monkeypatch):
    monkeypatch.undo()  # as many images as the sweep had
    runs = sweep.load("image_ways")
    [kept] = runs.query("way == 'structure' and seed == 1").groupby("seed").last().to_dict("records")
    made = compare(1, way="structure", labels=30)
    for name in ("asked", "uncertain", "other", "told", *SHARES):
        assert getattr(made, name)[-1] == pytest.approx(kept[name], abs=0.02)  # processors round differently
