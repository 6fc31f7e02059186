"""Advice about shapes: what the students that got it see, and what they do not."""

import numpy as np
import pytest
import torch
from scipy import stats

from active_teacher.experiments.advice import framed, other_textures, outlined
from active_teacher.networks import Network, convolutional, perceptron, train
from active_teacher.pictures.shapes import SquareOrDisk, SquaresAndDisks
from watching import seeded

SURE = 1e-6  # a true statement fails one such test in a million: the seeds below are fixed


# Outlines


@pytest.mark.parametrize("background", [0.25, 0.5, -1.0])
def test_an_outline_is_1_above_the_background_and_0_elsewhere(background):
    x = seeded().choice([-2, -1, 0, 0.25, 0.2500001, 0.5, 0.7, 1], size=(3, 20, 20)).astype(np.float32)
    outline = outlined(rng=seeded(), background=background, pixels=20)[0]
    assert outline(torch.from_numpy(x)).numpy().tolist() == np.where(x > background, 1.0, 0.0).tolist()


def test_with_an_outline_no_brightness_counts_and_the_rest_is_as_it_was():
    x = SquaresAndDisks(pixels=20, sizes=(3, 6)).sample(20, seeded())
    y = SquareOrDisk()(x)
    told = Network(outlined(rng=seeded(), pixels=20))
    plain = Network(convolutional(rng=seeded(), pixels=20))
    other = np.where(x > 0.25, seeded().uniform(0.26, 1, x.shape), seeded().uniform(0, 0.25, x.shape))
    assert (told.score(other) == told.score(x)).all()
    assert (told.score(x) == plain.score(np.where(x > 0.25, 1.0, 0.0))).all()
    assert (plain.score(x) != plain.score(other)).any()
    assert not told.gradient(x).any()
    assert not told.gradient(x, y).any()


# Frames


def frame(x, **given):
    """What a framed student sees of images, (n, side, side)."""
    side = given.setdefault("side", 4)
    seen = framed(rng=seeded(), **given)[0](torch.from_numpy(np.asarray(x, dtype=float)))
    return seen.numpy().reshape(len(x), side, side)


def placed(block, row=0, column=0, pixels=12):
    image = np.zeros((1, pixels, pixels))
    image[0, row : row + len(block), column : column + len(block[0])] = block
    return image


def pattern(height=4, width=4):
    return seeded().uniform(0.3, 1, size=(height, width))


@pytest.mark.parametrize(("row", "column"), [(0, 0), (0, 8), (8, 0), (3, 5), (8, 8)])
def test_neither_place_nor_size_is_seen(row, column):
    block = pattern()
    assert frame(placed(block, row, column)).tolist() == [block.tolist()]
    for times in (2, 3):
        larger = np.kron(block, np.ones((times, times)))
        assert frame(placed(larger, row, column, pixels=20))[0] == pytest.approx(block, abs=1e-12)


def test_height_and_width_are_framed_each_by_itself():
    block = pattern(8, 12)
    means = block.reshape(4, 2, 4, 3).mean(axis=(1, 3))
    assert frame(placed(block, 1, 0))[0] == pytest.approx(means, abs=1e-12)


def test_a_pixel_on_a_border_counts_for_each_cell_as_far_as_it_lies_there():
    block = pattern(3, 5)
    fine = np.kron(block, np.ones((4, 4)))  # twelve rows and twenty columns, of which a cell has three and five
    means = fine.reshape(4, 3, 4, 5).mean(axis=(1, 3))
    assert frame(placed(block, 2, 6))[0] == pytest.approx(means, abs=1e-12)
    assert frame(placed(pattern(1, 1), 2, 6)).tolist() == [[[pattern(1, 1)[0, 0]] * 4] * 4]


@pytest.mark.parametrize("r", [12, 15, 19, 20, 24, 25])
def test_a_chessboard_is_grey_whatever_the_size(r):
    """Up to a pixel more of one colour than of the other: cells hold no part of a texture, and alias none."""
    squares = SquaresAndDisks("squares", sizes=(r, r), balanced=True).sample(40, seeded())
    seen = frame(squares[SquareOrDisk()(squares) == 1], side=10)
    assert np.abs(seen - 0.75).max() < 0.05


def test_each_image_has_its_own_frame():
    images = [placed(pattern(), 2, 3), placed(pattern(12, 12)), placed(pattern(7, 10), 4, 1), np.zeros((1, 12, 12))]
    assert (frame(np.concatenate(images)) == np.concatenate([frame(image) for image in images])).all()


def test_the_shape_is_what_is_brighter_than_the_background_and_all_of_its_box_is_seen():
    image = placed(pattern(), 3, 5)
    image[0, 4, 6] = 0.1  # a hole
    around = image == 0
    expected = image[:, 3:7, 5:9]
    assert frame(np.where(around, 0.25, image)).tolist() == expected.tolist()  # 0.25 itself is not brighter
    assert frame(np.where(around, 0.2501, image))[0, 0, 0] == 0.2501
    assert frame(np.where(around, 0.29, image), background=0.29).tolist() == expected.tolist()
    assert frame(image - 5, background=-4.75).tolist() == (expected - 5).tolist()


def test_of_a_blank_image_all_is_seen():
    image = seeded().uniform(0, 0.25, size=(1, 10, 7))
    assert frame(image, side=1)[0, 0, 0] == pytest.approx(image.mean())


def test_a_framed_student_is_linear_in_float64_and_its_weights_are_a_perceptron_s():
    module, twin = framed(rng=seeded()), perceptron([100, 1], rng=seeded())
    x = np.concatenate([placed(pattern(10, 10), 3, 9, pixels=40), placed(pattern(10, 10), pixels=40)])
    flat = pattern(10, 10).reshape(1, -1)
    assert Network(module).score(x) == pytest.approx(np.repeat(Network(twin).score(flat), 2), abs=1e-12)
    assert {parameter.dtype for parameter in module.parameters()} == {torch.float64}
    assert (Network(module).score(x) != Network(framed(rng=seeded(1))).score(x)).all()


def test_only_what_is_seen_has_a_gradient():
    student, x = Network(framed(rng=seeded(), side=3)), placed(pattern(), 3, 5)
    gradient = student.gradient(x)
    assert (gradient[0, 3:7, 5:9] != 0).all()
    assert np.count_nonzero(gradient) == 16
    step = 1e-4 * gradient
    gained = np.abs(student.score(x + step) - student.score(x))
    assert gained == pytest.approx(1e-4 * (gradient**2).sum(), rel=1e-6)  # it is linear there


def test_a_framed_student_looks_at_images():
    with pytest.raises(ValueError, match=r"x must be images, shape \(n, height, width\), got shape \(2, 400\)"):
        Network(framed(rng=seeded()))(np.ones((2, 400)))


def test_a_few_shapes_are_enough_for_one_that_sees_neither_place_nor_size():
    x, fresh = (SquaresAndDisks("neither", balanced=True).sample(n, seeded(n)) for n in (20, 200))
    student = train(framed(rng=seeded()), x, SquareOrDisk()(x), rng=seeded(), epochs=50, rate=0.01)
    assert (student(fresh) == SquareOrDisk()(fresh)).mean() > 0.95


# Other textures


def test_other_textures_are_tiles_on_the_same_shape():
    x = SquaresAndDisks("squares").sample(200, seeded())
    before = x.copy()
    covered = other_textures(x, seeded(1))
    assert (x == before).all()
    assert (covered.shape, covered.dtype) == (x.shape, x.dtype)
    assert ((covered > 0) == (x > 0)).all()
    assert set(np.unique(covered)) == {0, 0.5, 1}
    assert (SquareOrDisk()(covered) == SquareOrDisk()(x)).all()
    sides = [least_period(image) for image in covered]
    assert set(sides) == {1, 2, 3, 4}
    plain = np.array(sides) == 1
    assert {len(np.unique(image[image > 0])) for image in covered[plain]} == {1}
    assert {float(image.max()) for image in covered[plain]} == {0.5, 1}


def least_period(image):
    """Of the texture on a shape, in both directions."""
    on = image > 0
    for side in range(1, 5):
        if all(
            (image[side:] == image[:-side])[on[side:] & on[:-side]].all()
            for image, on in ((image, on), (image.T, on.T))
        ):
            return side
    return None


def test_other_textures_are_drawn_anew_for_each_image():
    x = np.ones((400, 8, 8))
    covered = other_textures(x, seeded())
    again, other = (other_textures(x, seeded(seed)) for seed in (2021, 1))
    assert (covered == again).all()
    assert (covered != other).any()
    periods = np.bincount([least_period(image) for image in covered])[1:]
    assert stats.binomtest(int(periods[3]), 400, 1 / 4).pvalue > 1e-3  # hardly any tile of 4 × 4 repeats within
    assert len({image.tobytes() for image in covered}) > 150
    fours = [image for image in covered if least_period(image) == 4]
    assert stats.binomtest(int(np.sum(np.array(fours)[:, :4, :4] == 1)), len(fours) * 16).pvalue > SURE
