"""The convolutional student: its sizes, its weights, its advice, and that training is what the plain loop does."""

import itertools

import numpy as np
import pytest
import torch
from scipy import stats

from active_teacher import networks
from active_teacher.labels import A
from active_teacher.networks import ACTIVATIONS, PADDINGS, Network, convolutional, train
from active_teacher.pictures.shapes import SquareOrDisk, SquaresAndDisks

SURE = 1e-6  # a true statement fails one such test in a million: the seeds below are fixed
SMALL = {"pixels": 20, "sizes": (3, 6)}


def seeded(seed=2021):
    return np.random.default_rng(seed)


def lesson(n=30, **given):
    x = SquaresAndDisks(**(SMALL | given)).sample(n, seeded())
    return x, SquareOrDisk()(x)


def plain(*, kernel=3, activation="relu", padding="zeros", pooling=None, pixels=100):
    """The network as Appendix A.2 lists it, in PyTorch's usual way: each activation right after its convolution."""
    nn = torch.nn

    def convolution(inputs, outputs):
        return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, padding_mode=padding)

    def rise():
        return ACTIVATIONS[activation]()

    return nn.Sequential(
        nn.Unflatten(1, (1, pixels)),
        nn.Identity() if pooling is None else nn.MaxPool2d(pooling, stride=1, padding=pooling // 2),
        *(convolution(1, 16), rise(), nn.MaxPool2d(2, stride=2)),
        *(convolution(16, 32), rise(), nn.MaxPool2d(2, stride=2)),
        *(convolution(32, 32), rise(), nn.AvgPool2d(pixels // 20, stride=pixels // 20)),
        *(nn.Flatten(), nn.Linear(800, 2)),
    )


def with_weights_of(module, **given):
    copy = plain(**given)
    with torch.no_grad():
        for to, of in zip(copy.parameters(), module.parameters(), strict=True):
            to.copy_(of)
    return copy


def trained_plainly(module, x, y, *, epochs, batch, rate, rng, penalty=0.0):
    """The usual loop: a whole batch at each step."""
    optimizer = torch.optim.Adam(module.parameters(), lr=rate, betas=(0.9, 0.999))
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    for _ in range(epochs):
        order = torch.from_numpy(rng.permutation(len(x)))
        for k in range(0, len(x), batch):
            rows = order[k : k + batch]
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(module(x[rows]), y[rows])
            (loss + penalty * sum(weights.abs().sum() for weights in module.parameters())).backward()
            optimizer.step()


def parameters(module):
    return [parameter.detach().numpy() for parameter in module.parameters()]


def same(one, other, within=0.0):
    pairs = zip(parameters(one), parameters(other), strict=True)
    return all(np.abs(p - q).max() <= within for p, q in pairs)


def test_the_sides_and_channels_are_those_of_the_paper():
    sizes = []
    module = convolutional(rng=seeded())
    for layer in module:
        layer.register_forward_hook(lambda layer, given, answer: sizes.append(tuple(answer.shape[1:])))
    Network(module)(np.zeros((1, 100, 100)))
    listed = [(1, 100, 100), (16, 100, 100), (16, 50, 50), (32, 50, 50), (32, 25, 25), (32, 25, 25), (32, 5, 5)]
    assert [size for size, _ in itertools.groupby(sizes)] == [s for s, _ in itertools.groupby([*listed, (800,), (2,)])]
    weights = [tuple(parameter.shape) for parameter in module.parameters() if parameter.ndim > 1]
    assert weights == [(16, 1, 3, 3), (32, 16, 3, 3), (32, 32, 3, 3), (2, 800)]
    assert {parameter.dtype for parameter in module.parameters()} == {torch.float32}


@pytest.mark.parametrize("kernel", [1, 3, 5])
@pytest.mark.parametrize("pooling", [None, 3, 5])
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_it_answers_as_the_plain_network_does(kernel, pooling, padding, activation):
    given = {"kernel": kernel, "pooling": pooling, "padding": padding, "activation": activation, "pixels": 20}
    module = convolutional(rng=seeded(), **given)
    x = seeded(1).random((7, 20, 20)).astype(np.float32)
    expected = with_weights_of(module, **given)(torch.from_numpy(x)).detach().numpy()
    assert Network(module).score(x) == pytest.approx(expected, abs=1e-5)


def test_the_advice_takes_the_texture_from_a_square_and_leaves_a_trace_at_a_disk_s_rim():
    advice = convolutional(rng=seeded(), pooling=3)[:2]
    images = {
        textured: torch.from_numpy(SquaresAndDisks(textured).sample(40, seeded()))
        for textured in ("squares", "disks", "neither")
    }
    square = torch.from_numpy(SquareOrDisk()(images["neither"].numpy()) == A)
    filtered = {textured: advice(x)[:, 0] for textured, x in images.items()}
    left = {
        textured: (filtered[textured] - filtered["neither"]).abs().amax(dim=(1, 2)) for textured in ("squares", "disks")
    }
    inside = -torch.nn.functional.max_pool2d(-images["neither"][:, None], 3, stride=1, padding=1)[:, 0]
    assert (filtered["disks"][inside == 1] == 1).all()  # no texture inside
    assert (left["disks"][~square] == 0.5).all()  # a trace at the rim
    corner = (filtered["squares"] != filtered["neither"])[square]
    assert corner.sum(dim=(1, 2)).max() <= 4  # a corner of the square at most


def test_the_pooling_is_the_largest_of_the_pixels_around():
    x = seeded().normal(size=(2, 20, 20)).astype(np.float32) - 5  # negative, so that a rim of zeros would show
    got = convolutional(rng=seeded(), pooling=3, pixels=20)[:2](torch.from_numpy(x)).numpy()[:, 0]
    around = [slice(max(k - 1, 0), k + 2) for k in range(20)]
    assert got.tolist() == [[[image[v, u].max() for u in around] for v in around] for image in x]


def test_the_initial_weights_have_torch_s_distribution():
    module = convolutional(rng=seeded())
    for layer in (layer for layer in module if hasattr(layer, "weight")):
        limit = layer.weight[0].numel() ** -0.5
        torch.manual_seed(1)
        layer_of_torch = type(layer)(*layer.weight.shape[1::-1], *([3] if layer.weight.ndim == 4 else []))
        for ours, theirs in zip(layer.parameters(), layer_of_torch.parameters(), strict=True):
            values = ours.detach().numpy().ravel()
            assert np.abs(values).max() <= limit * (1 + 1e-6)
            assert stats.kstest(values, "uniform", args=(-limit, 2 * limit)).pvalue > SURE
            assert stats.ks_2samp(values, theirs.detach().numpy().ravel()).pvalue > SURE


def test_normal_initial_weights_have_variance_2_over_the_inputs():
    module = convolutional(rng=seeded(), initialisation="normal")
    for layer in (layer for layer in module if hasattr(layer, "weight")):
        scale = (2 / layer.weight[0].numel()) ** 0.5
        assert stats.kstest(layer.weight.detach().numpy().ravel(), "norm", args=(0, scale)).pvalue > SURE
        assert not layer.bias.any()


def test_the_rng_alone_decides_the_weights():
    state = torch.get_rng_state()
    one, other = (convolutional(rng=seeded(), pixels=20) for _ in range(2))
    assert same(one, other)
    assert not same(one, convolutional(rng=seeded(7), pixels=20))
    assert same(one, convolutional(rng=seeded(), pixels=20, pooling=3))  # so that the panels of one seed begin alike
    train(one, *lesson(10), rng=seeded(), epochs=1)
    assert (torch.get_rng_state() == state).all()


@pytest.mark.parametrize("pooling", [None, 3])
def test_training_is_the_plain_loop_up_to_rounding(pooling, monkeypatch):
    x, y = lesson(130)
    module = convolutional(rng=seeded(), pooling=pooling, pixels=20)
    before = with_weights_of(module, pooling=pooling, pixels=20)
    copy = with_weights_of(module, pooling=pooling, pixels=20)
    monkeypatch.setattr(networks, "AT_ONCE", 7 * 400)  # 7 images at once: of a batch of 50, the last time 1
    train(module, x, y, rng=seeded(5), epochs=2, batch=50, rate=0.002)
    trained_plainly(copy, x, y, rng=seeded(5), epochs=2, batch=50, rate=0.002)
    assert same(module, copy, within=1e-4)
    assert not same(module, before, within=1e-3)
    assert (Network(module)(x) == copy(torch.from_numpy(x)).argmax(dim=1).numpy()).all()


def test_on_the_paper_s_images_too():
    x = SquaresAndDisks(balanced=True).sample(60, seeded())
    y = SquareOrDisk()(x)
    module = convolutional(rng=seeded())
    copy = with_weights_of(module)
    train(module, x, y, rng=seeded(5), epochs=1)
    trained_plainly(copy, x, y, rng=seeded(5), epochs=1, batch=50, rate=0.001)
    assert same(module, copy, within=1e-4)


def test_a_score_a_point_is_trained_by_the_logistic_loss():
    x = seeded().normal(size=(40, 3))
    y = (x[:, 0] > 0).astype(int)
    module, twin = (networks.perceptron([3, 1], rng=seeded()) for _ in range(2))
    train(module, x, y, rng=seeded(), epochs=1, batch=40, rate=0.1)
    networks.fit(twin, x, y, steps=1, rate=0.1)
    assert same(module, twin, within=1e-12)


@pytest.mark.parametrize("penalty", [0.001, 0.1])
def test_a_penalty_is_that_of_the_plain_loop(penalty, monkeypatch):
    x, y = seeded().normal(size=(130, 4)), np.arange(130) % 3
    module, copy, free = (networks.perceptron([4, 6, 3], rng=seeded()) for _ in range(3))
    monkeypatch.setattr(networks, "AT_ONCE", 7 * 4)  # a step is made of many parts, and one penalty
    given = {"epochs": 3, "batch": 50, "rate": 0.01}
    train(module, x, y, rng=seeded(5), penalty=penalty, **given)
    train(free, x, y, rng=seeded(5), **given)
    trained_plainly(copy, x, torch.from_numpy(y).numpy(), rng=seeded(5), penalty=penalty, **given)
    assert same(module, copy, within=1e-9)
    assert not same(module, free, within=1e-2 * min(1, 10 * penalty))


def test_training_ends_with_the_first_epoch_whose_loss_is_below_a_limit(monkeypatch):
    """The mean over the batches as they were learnt from: before each step, of what took their place, no penalty."""
    x = seeded().normal(size=(130, 4))
    y = (x[:, 0] > 0).astype(int)
    monkeypatch.setattr(networks, "AT_ONCE", 7 * 4)
    given = {"batch": 50, "rate": 0.01, "penalty": 0.01, "transform": lambda student, x, y: 2 * x}

    def losses(**limit):
        module, seen, sums = networks.perceptron([4, 6, 2], rng=seeded()), [], []

        def watching(student, x, y):
            score = student.score(2 * x)
            seen.extend(np.log1p(np.exp(score[np.arange(len(y)), 1 - y] - score[np.arange(len(y)), y])))
            return 2 * x

        def after(epoch, student):
            sums.append(np.mean(seen[-130:]))

        train(module, x, y, rng=seeded(5), **given | {"transform": watching}, after_epoch=after, **limit)
        return sums

    plain = losses(epochs=12)
    assert (np.diff(plain) < 0).all()
    for k in (0, 3, 11):
        assert losses(epochs=12, until=plain[k] + 1e-9) == plain[: k + 1]
        assert losses(epochs=12, until=plain[k] - 1e-9) == plain[: k + 2]


def test_a_penalty_takes_away_what_does_not_pay():
    """A bias that helps nobody goes too; what tells the classes apart stays."""
    x = seeded().normal(size=(100, 5))
    y = (x[:, 2] > 0).astype(int)
    module = networks.perceptron([5, 1], rng=seeded())
    with torch.no_grad():
        module[0].bias.fill_(2)
    train(module, x, y, rng=seeded(), epochs=400, batch=100, rate=0.01, penalty=0.1)
    weights = np.append(*(parameter.detach().numpy() for parameter in module.parameters()))
    assert np.abs(np.delete(weights, 2)).max() < 0.05
    assert weights[2] > 0.5


def test_a_penalty_of_0_and_a_transform_that_does_nothing_are_none_to_the_bit():
    x, y = lesson(20)
    one, other, third = (convolutional(rng=seeded(), pixels=20) for _ in range(3))
    train(one, x, y, rng=seeded(1), epochs=2, batch=6)
    train(other, x, y, rng=seeded(1), epochs=2, batch=6, penalty=0, transform=lambda student, x, y: x)

    def looking(student, x, y):
        student.gradient(x, y)
        y[:] = 0
        return x

    train(third, x, y, rng=seeded(1), epochs=2, batch=6, transform=looking)
    assert same(one, other)
    assert same(one, third)


def test_a_transform_is_given_each_batch_with_its_labels_and_the_student_as_it_is():
    seen, students, scores = [], set(), []
    x, y = np.arange(20.0).reshape(10, 2), np.array([0, 1, 1, 0, 1] * 2)

    def transform(student, some, classes):
        rows = (some[:, 0] / 2).astype(int)
        assert (some == x[rows]).all()
        assert (classes == y[rows]).all()
        students.add(student.module)
        scores.append(tuple(student.score(x[:1])))
        seen.append(rows.tolist())
        return some

    module = networks.perceptron([2, 1], rng=seeded())
    train(module, x, y, rng=seeded(), epochs=2, batch=4, transform=transform)
    assert [len(rows) for rows in seen] == [4, 4, 2] * 2
    assert all(sorted(itertools.chain(*seen[k : k + 3])) == list(range(10)) for k in (0, 3))
    assert students == {module}
    assert len(set(scores)) == 6  # a step lies between two


def test_what_a_transform_returns_is_what_is_learnt_from():
    x, y = lesson(20)
    one, other, plain = (convolutional(rng=seeded(), pixels=20) for _ in range(3))
    before = x.copy()
    train(one, x, y, rng=seeded(1), epochs=2, batch=6, transform=lambda student, x, y: 1 - x)
    train(other, 1 - x, y, rng=seeded(1), epochs=2, batch=6)
    train(plain, x, y, rng=seeded(1), epochs=2, batch=6)
    assert same(one, other)
    assert not same(one, plain, within=1e-4)
    assert (x == before).all()


def test_a_transform_can_be_an_attack_on_the_student_that_learns():
    """A linear student that is pushed by 0.5 in l_inf learns without the coordinate whose margin is smaller."""
    rng = seeded()
    y = np.arange(200) % 2
    x = np.stack([0.3 * (2 * y - 1), rng.normal(2 * y - 1, 0.5)], axis=1)

    def against(student, some, classes):
        return some - 0.5 * np.sign(student.gradient(some, classes))

    plain, robust = (
        train(
            networks.perceptron([2, 1], rng=seeded()), x, y, rng=seeded(), epochs=200, rate=0.02, transform=transform
        ).module[0]
        for transform in (None, against)
    )
    weak, strong = plain.weight[0].tolist()
    assert weak > strong > 0
    weak, strong = robust.weight[0].tolist()
    assert abs(weak) < 0.1 * strong


@pytest.mark.parametrize("changed", [lambda x: x[1:], lambda x: x[:, :1], lambda x: x[:, :, None]])
def test_a_transformed_batch_has_its_shape(changed):
    module, x = networks.perceptron([2, 2], rng=seeded()), np.ones((4, 2))
    with pytest.raises(ValueError, match=r"a transformed batch must have the batch's shape, \(3, 2\), got"):
        train(module, x, [0, 1, 0, 1], rng=seeded(), batch=3, transform=lambda student, x, y: changed(x))


def test_the_order_is_new_in_each_epoch_and_holds_every_point_once():
    class Sees(torch.nn.Linear):
        def forward(self, x):
            if self.training:
                seen.append(x[:, 0].long().tolist())
            return super().forward(x)

    seen = []
    train(Sees(1, 2), np.arange(10.0)[:, None], [0, 1] * 5, rng=seeded(), epochs=3, batch=4, rate=1e-9)
    assert [len(step) for step in seen] == [4, 4, 2] * 3
    epochs = [[*seen[k], *seen[k + 1], *seen[k + 2]] for k in (0, 3, 6)]
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2] != epochs[0] != list(range(10))


def test_no_more_numbers_are_given_at_once_than_the_cache_holds():
    class Sees(torch.nn.Linear):
        def forward(self, x):
            given.append(len(x))
            return super().forward(x)

    given = []
    student = Network(Sees(30_000, 2))
    x = np.zeros((7, 30_000), dtype=np.float32)
    assert student(x).shape == (7,)
    assert student.gradient(x).shape == x.shape
    train(student.module, x, [0, 1, 0, 1, 0, 1, 0], rng=seeded(), epochs=1, batch=4)
    assert given == [*(3, 3, 1), *(3, 3, 1), *(3, 1, 3)]
    assert Network(torch.nn.Linear(200_000, 2))(np.zeros((2, 200_000))).shape == (2,)


def test_after_each_epoch_the_student_as_it_is_may_be_asked():
    x, y = lesson(20)
    scores, numbers, modes = [], [], []

    def look(epoch, student):
        numbers.append(epoch)
        scores.append(student.score(x))
        modes.append(student.module.training)
        student.module.eval()

    module = convolutional(rng=seeded(), pixels=20)
    student = train(module, x, y, rng=seeded(), epochs=3, after_epoch=look)
    assert numbers == [1, 2, 3]
    assert modes == [True, True, True]
    assert (scores[0] != scores[1]).any()
    assert (scores[2] == student.score(x)).all()
    alone = convolutional(rng=seeded(), pixels=20)
    train(alone, x, y, rng=seeded(), epochs=3)
    assert same(module, alone)  # looking changes nothing


def test_the_same_seeds_train_the_same_student():
    x, y = lesson(20)
    one, other, third = (convolutional(rng=seeded(), pixels=20) for _ in range(3))
    train(one, x, y, rng=seeded(1), epochs=2, batch=5)
    train(other, x, y, rng=seeded(1), epochs=2, batch=5)
    train(third, x, y, rng=seeded(2), epochs=2, batch=5)
    assert same(one, other)
    assert not same(one, third, within=1e-5)


def test_it_learns_the_shape_of_small_images():
    x, y = lesson(120, textured="neither")
    student = train(convolutional(rng=seeded(), pixels=20), x, y, rng=seeded(), epochs=12, batch=10, rate=0.003)
    fresh = SquaresAndDisks("neither", **SMALL).sample(200, seeded(3))
    assert np.mean(student(fresh) == SquareOrDisk()(fresh)) > 0.95


@pytest.mark.parametrize("pooling", [None, 3])
def test_the_gradient_is_the_slope_of_the_lead(pooling):
    module = convolutional(rng=seeded(), pooling=pooling, activation="tanh", pixels=20).double()
    student, x = Network(module), seeded().random((3, 20, 20))
    gradient, step = student.gradient(x), 1e-6
    assert gradient.shape == x.shape

    def lead(x):
        score = student.score(x)
        return np.abs(score[:, 1] - score[:, 0])

    for v, u in seeded(4).integers(0, 20, size=(25, 2)):
        change = np.zeros((20, 20))
        change[v, u] = step
        slope = (lead(x + change) - lead(x - change)) / (2 * step)
        assert gradient[:, v, u] == pytest.approx(slope, abs=1e-7)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"pixels": 30}, "pixels must be a multiple of 20, got 30"),
        ({"kernel": 4}, "kernel must be odd, got 4"),
        ({"pooling": 2}, "pooling must be odd, got 2"),
        ({"kernel": 51}, "kernel must be at most 50"),
        ({"padding": "same"}, "padding must be one of zeros, reflect, replicate, circular, got 'same'"),
    ],
)
def test_a_network_that_can_not_be_is_refused(given, said):
    with pytest.raises(ValueError, match=said):
        convolutional(rng=seeded(), **given)


@pytest.mark.parametrize("kernel", [1, 9])
@pytest.mark.parametrize("padding", PADDINGS)
def test_the_largest_kernel_of_an_image_works(kernel, padding):
    module = convolutional(rng=seeded(), kernel=kernel, padding=padding, pixels=20)
    assert Network(module)(np.zeros((2, 20, 20))).shape == (2,)


@pytest.mark.parametrize("shape", [(2, 40, 40), (2, 400), (2, 20, 21), (2, 1, 20, 20)])
def test_images_of_another_size_are_refused(shape):
    module = convolutional(rng=seeded(), pixels=20)
    for ask in (Network(module), Network(module).gradient, lambda x: train(module, x, [0, 1], rng=seeded())):
        with pytest.raises(ValueError, match=rf"x must be images of 20 × 20 pixels, got shape \(2, {shape[1]}"):
            ask(np.zeros(shape))


def test_points_of_another_width_are_refused():
    with pytest.raises(ValueError, match=r"x must be points that the network takes, got shape \(2, 3\)"):
        Network(torch.nn.Linear(4, 2))(np.zeros((2, 3)))


def test_classes_that_the_network_has_not_are_refused():
    for module in (torch.nn.Linear(1, 2), torch.nn.Linear(1, 1)):
        with pytest.raises(ValueError, match=r"y must hold the 2 classes that the network knows, got class 2"):
            train(module, [[0.0], [1.0], [2.0]], [0, 1, 2], rng=seeded())
