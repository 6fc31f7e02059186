"""A panel of Fig. 4.3 is a function of its seed, and each of its parts is what the paper says."""

import pickle

import numpy as np
import pytest

from active_teacher.experiments import shape_or_texture, sweep
from active_teacher.experiments.shape_or_texture import Panel, panel
from active_teacher.labels import A
from active_teacher.pictures.shapes import SquareOrDisk, SquaresAndDisks
from watching import watched

FEW = {"epochs": 2, "images": 20, "fresh": 30}


def test_a_panel_is_a_function_of_its_seed():
    one = panel(3, **FEW)
    assert one == panel(np.int64(3), **FEW)
    assert one == pickle.loads(pickle.dumps(one))
    assert one != panel(4, **FEW)
    assert pickle.loads(pickle.dumps(panel)) is panel
    assert {type(value) for value in one.test + one.adversarial} == {float}


@pytest.mark.parametrize(("seed", "pooling"), [(0, None), (1, 3), (2, None)])
def test_the_parts_are_those_of_the_paper(monkeypatch, seed, pooling):
    trained, made, asked = (
        watched(monkeypatch, shape_or_texture, name) for name in ("train", "convolutional", "agreement")
    )
    one = panel(seed, pooling=pooling, **FEW)
    assert (len(one.test), len(one.adversarial)) == (2, 2)
    [((_, x, y), _, _)], [(_, options, _)] = trained, made
    square = SquareOrDisk()(x) == A
    assert (x.shape, square.sum()) == ((20, 100, 100), 10)  # half of them squares
    assert (y == square).all()
    dark = (x == 0.5).any(axis=(1, 2))
    assert (dark == square).all()  # a texture on each square and on no disk
    assert (options["pooling"], options["kernel"]) == (pooling, 3)
    assert [given[0] for given, _, _ in asked] == [SquaresAndDisks("squares"), SquaresAndDisks("disks")] * 2
    assert [named["n"] for _, named, _ in asked] == [30] * 4


def test_the_accuracies_are_the_shares_of_right_answers_on_fresh_images_of_each_epoch():
    def recount(epoch, student):
        for of in ("squares", "disks"):
            x = SquaresAndDisks(of).sample(30, tests)
            shares[of].append(np.mean(student(x) == SquareOrDisk()(x)))

    tests = np.random.default_rng(1).spawn(4)[3]
    shares = {"squares": [], "disks": []}
    one = panel(1, after_epoch=recount, **FEW)
    assert one == Panel(tuple(shares["squares"]), tuple(shares["disks"]))
    assert 0 < one.test[0] < 1


def test_the_panels_of_a_seed_see_the_same_images_in_the_same_order(monkeypatch):
    trained = watched(monkeypatch, shape_or_texture, "train")
    for pooling in (None, 3):
        panel(5, pooling=pooling, epochs=1, images=10, fresh=1)
    (one, first, _), (other, second, _) = trained
    assert (one[1] == other[1]).all()
    assert first["rng"].random() == second["rng"].random()


def test_a_student_without_advice_learns_the_texture_and_one_with_it_the_shape():
    """With fewer epochs and fresh images than the paper, to be quick."""
    left = panel(0, epochs=2, fresh=100)
    right = panel(0, pooling=3, epochs=5, fresh=100)
    assert isinstance(left, Panel)
    assert (left.test[-1], left.adversarial[-1]) == (pytest.approx(1, abs=0.1), pytest.approx(0, abs=0.1))
    assert (right.test[-1], right.adversarial[-1]) == (pytest.approx(1, abs=0.1), pytest.approx(1, abs=0.1))


@pytest.mark.parametrize(("seed", "error"), [(-1, ValueError), (1.0, TypeError), (True, TypeError), (None, TypeError)])
def test_a_seed_is_a_whole_number(seed, error):
    with pytest.raises(error, match="seed must be"):
        panel(seed)


def test_the_committed_results_are_what_the_code_makes():
    runs = sweep.load("panels")
    committed = runs[(runs.pooling == "null") & (runs.seed == 1) & (runs.step <= 2)]
    made = panel(1, epochs=2)
    assert committed.test.to_numpy() == pytest.approx(made.test, abs=0.05)  # processors round differently
    assert committed.adversarial.to_numpy() == pytest.approx(made.adversarial, abs=0.05)
