"""Networks: what they answer, gradients against differences, modes left as they were, and training that repeats."""

import numpy as np
import pytest
import torch
from scipy import stats

from active_teacher import networks
from active_teacher.attacks import DifferentiableStudent, FastGradient, Tube
from active_teacher.generators import Finite
from active_teacher.labels import UNCERTAIN
from active_teacher.networks import Network, fit, perceptron
from active_teacher.students import Linear

SURE = 1e-6  # a true statement fails one such test in a million: the seeds below are fixed


def seeded(seed=2021):
    return np.random.default_rng(seed)


def layer(w, b=0.0, dtype=torch.float64):
    """A module that computes x·w + b, w: (K, d)."""
    w = np.atleast_2d(w)
    module = torch.nn.Linear(w.shape[1], w.shape[0], dtype=dtype)
    with torch.no_grad():
        module.weight.copy_(torch.from_numpy(w))
        module.bias.copy_(torch.as_tensor(b))
    return module


class Apply(torch.nn.Module):
    """A module without parameters that applies a function."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Modes(torch.nn.Module):
    """A module that notes in which mode it and its part are asked, and may fail."""

    def __init__(self, fails=False):
        super().__init__()
        self.part, self.seen, self.fails = torch.nn.Dropout(0.5), [], fails

    def forward(self, x):
        self.seen.append((self.training, self.part.training))
        if self.fails:
            raise KeyError("broken")
        return self.part(x)[:, 0]


# Answers


@pytest.mark.parametrize("shape", [(-1,), (-1, 1)], ids=["(n,)", "(n, 1)"])
def test_one_score_is_that_of_class_1_which_holds_the_boundary(shape):
    student = Network(Apply(lambda x: x[:, 0].reshape(shape)))
    x = [[-1.0], [-1e-300], [0.0], [2.0]]
    assert student(x).tolist() == [0, 0, 1, 1]
    assert student(x).dtype == np.int64
    assert student.score(x).tolist() == [-1, -1e-300, 0, 2]


@pytest.mark.parametrize("k", [2, 3, 5])
def test_of_k_scores_the_highest_wins_and_of_equal_ones_the_first(k):
    rng = seeded()
    x, w = rng.integers(-2, 3, size=(40, 3)), rng.integers(-2, 3, size=(k, 3))
    student, linear = Network(layer(w)), Linear(w)
    assert student.score(x).tolist() == linear.score(x).tolist()
    assert student(x).tolist() == linear(x).tolist()
    assert student([[0, 0, 0]]).tolist() == [0]


def test_a_network_is_asked_in_its_own_precision():
    seen = []
    for dtype in (torch.float32, torch.float64):
        module = torch.nn.Sequential(Apply(lambda x: seen.append(x.dtype) or x), layer([[1, 1]], dtype=dtype))
        score = Network(module).score(np.full((2, 2), 0.1))
        assert (score.dtype, score.tolist()) == (np.float64, [float(torch.tensor(0.2, dtype=dtype))] * 2)
    Network(Apply(lambda x: seen.append(x.dtype) or x[:, 0])).score([[1]])
    assert seen == [torch.float32, torch.float64, torch.float64]


def test_points_may_be_images_views_and_read_only():
    images = np.arange(24.0).reshape(2, 3, 4)
    student = Network(Apply(lambda x: x.flatten(1).sum(dim=1)))
    images.setflags(write=False)
    assert student.score(images).tolist() == [66, 210]
    assert student.score(images[::-1, ::2, ::-1]).tolist() == [images[1, ::2].sum(), images[0, ::2].sum()]
    assert student.gradient(images[::-1]).shape == (2, 3, 4)


def test_the_points_are_left_as_they_are():
    x = np.ones((2, 2))
    Network(Apply(lambda z: z.mul_(0)[:, 0] if not z.requires_grad else z[:, 0])).score(x)
    assert (x == 1).all()


@pytest.mark.parametrize(
    ("answer", "got"),
    [
        (lambda x: x[:1, 0], r"\(1,\)"),
        (lambda x: x.reshape(-1), r"\(6,\)"),
        (lambda x: x[:, :0], r"\(3, 0\)"),
        (lambda x: x[:, None], r"\(3, 1, 2\)"),
        (lambda x: x.sum(), r"\(\)"),
        (lambda x: [0.0] * len(x), "list"),
    ],
    ids=["too few", "too many", "no classes", "three axes", "a number", "a list"],
)
@pytest.mark.parametrize("ask", ["__call__", "score", "gradient"])
def test_a_network_answers_scores(ask, answer, got):
    with pytest.raises(ValueError, match=rf"must answer \(3,\), \(3, 1\) or \(3, K\) scores, got {got}"):
        getattr(Network(Apply(answer)), ask)(np.ones((3, 2)))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("ask", ["__call__", "score", "gradient"])
def test_scores_are_finite(ask, bad):
    with pytest.raises(ValueError, match="finite scores, got NaN or infinity"):
        getattr(Network(Apply(lambda x: x[:, 0] + bad)), ask)(np.ones((3, 2)))


@pytest.mark.parametrize("ask", ["__call__", "score", "gradient"])
def test_points_of_another_width_are_refused(ask):
    with pytest.raises(ValueError, match=r"x must be points that the network takes, got shape \(3, 4\)"):
        getattr(Network(layer([[1, 1]])), ask)(np.ones((3, 4)))


@pytest.mark.parametrize("module", [None, len, torch.nn.Linear, np.ones((2, 2)), Linear([1, 1])])
def test_a_network_is_made_of_a_module(module):
    with pytest.raises(TypeError, match=r"module must be a torch\.nn\.Module, got"):
        Network(module)


# Gradients


def lead(student, x, answer):
    """The lead of a class over the best of the others."""
    score = student.score(x)
    if score.ndim == 1:
        return np.where(answer == 1, score, -score)
    rows = np.arange(len(x))
    own = score[rows, answer]
    score[rows, answer] = -np.inf
    return own - score.max(axis=1)


def differences(student, x, step=1e-6, answer=None):
    """The gradient of the lead of an answer, by default the own one, one coordinate at a time."""
    answer, flat = student(x) if answer is None else answer, x.reshape(len(x), -1)
    gradient = np.zeros_like(flat)
    for i in range(flat.shape[1]):
        push = np.zeros_like(flat)
        push[:, i] = step
        up, down = (lead(student, (flat + sign * push).reshape(x.shape), answer) for sign in (1, -1))
        gradient[:, i] = (up - down) / (2 * step)
    return gradient.reshape(x.shape)


@pytest.mark.parametrize("sizes", [(3, 1), (3, 8, 1), (3, 8, 2), (3, 6, 5, 4)])
def test_the_gradient_is_that_of_the_own_answer_s_lead(sizes):
    rng = seeded()
    student, x = Network(perceptron(sizes, rng=rng)), rng.normal(size=(30, 3))
    assert set(student(x)) == set(range(max(2, sizes[-1])))
    assert student.gradient(x) == pytest.approx(differences(student, x), abs=1e-6)
    assert isinstance(student, DifferentiableStudent)


@pytest.mark.parametrize("sizes", [(3, 1), (3, 8, 1), (3, 8, 2), (3, 6, 3), (3, 6, 5, 4)])
def test_the_gradient_of_given_answers_is_that_of_their_lead(sizes, monkeypatch):
    rng = seeded()
    student, x = Network(perceptron(sizes, rng=rng)), rng.normal(size=(30, 3))
    y = rng.integers(0, max(2, sizes[-1]), size=30)
    assert {True, False} == set((student(x) == y).tolist())
    gradient = student.gradient(x, y)
    assert gradient == pytest.approx(differences(student, x, answer=y), abs=1e-6)
    assert (student.gradient(x, student(x)) == student.gradient(x)).all()
    monkeypatch.setattr(networks, "AT_ONCE", 12)  # 4 points at a time
    assert student.gradient(x, y.tolist()) == pytest.approx(gradient, abs=1e-12)


def test_one_score_s_gradient_turns_around_with_the_answer():
    student = Network(layer([[3, -4]]))
    x = [[-1.0, 0.0], [1.0, 0.0]]
    assert student.gradient(x, [1, 0]).tolist() == [[3, -4], [-3, 4]]
    assert student.gradient(x, [0, 1]).tolist() == [[-3, 4], [3, -4]]


def test_of_three_scores_an_answer_leads_or_trails_the_best_of_the_others():
    student = Network(layer([[1, 0], [0, 1], [-5, -5]]))
    x = [[2.0, 1.0]] * 3
    assert student.gradient(x, [0, 1, 2]).tolist() == [[1, -1], [-1, 1], [-6, -5]]


@pytest.mark.parametrize("outputs", [1, 2, 3])
def test_the_answers_are_classes_that_the_network_knows_one_a_point(outputs):
    known = max(2, outputs)
    gradient, x = Network(perceptron([2, outputs], rng=seeded())).gradient, np.ones((3, 2))
    with pytest.raises(ValueError, match=rf"y must hold the {known} classes that the network knows, got class {known}"):
        gradient(x, [0, known, 1])
    with pytest.raises(ValueError, match="y must hold classes only, got UNCERTAIN at position 2"):
        gradient(x, [0, 1, UNCERTAIN])
    for y in ([0, 1], [0, 1, 0, 1]):
        with pytest.raises(ValueError, match=rf"y must have one label for each of the 3 points, got {len(y)}"):
            gradient(x, y)
    with pytest.raises(TypeError, match="y must be integer labels"):
        gradient(x, [0.0, 1.0, 0.0])


def test_the_gradient_of_images_has_their_shape():
    rng = seeded()
    student = Network(torch.nn.Sequential(torch.nn.Flatten(), perceptron([12, 5, 3], rng=rng)))
    x = rng.normal(size=(7, 3, 4))
    assert student.gradient(x) == pytest.approx(differences(student, x), abs=1e-6)


@pytest.mark.parametrize("rows", [1, 2, 3, 6])
def test_a_network_of_one_layer_has_the_gradient_of_a_linear_student_ties_included(rows):
    rng = seeded()
    for _ in range(20):
        w, x = rng.integers(-1, 2, size=(rows, 2)), rng.integers(-2, 3, size=(6, 2))
        linear = Linear(w[0] if rows == 1 else w)
        assert Network(layer(w)).gradient(x).tolist() == linear.gradient(x).tolist()


def test_a_point_s_gradient_does_not_depend_on_the_others():
    rng = seeded()
    student, x = Network(perceptron([2, 9, 3], rng=rng)), rng.normal(size=(8, 2))
    assert student.gradient(x) == pytest.approx(np.concatenate([student.gradient(point[None]) for point in x]))


def test_a_score_that_no_point_changes_has_gradient_0():
    x = np.ones((4, 2, 3))
    for constant in (lambda x: torch.ones(len(x)), lambda x: torch.eye(len(x))):
        assert Network(Apply(constant)).gradient(x).tolist() == np.zeros_like(x).tolist()
    weight = torch.nn.Parameter(torch.ones(1))  # a score that has a gradient, but not in x
    assert not Network(Apply(lambda x: weight.expand(len(x)))).gradient(x).any()


def test_a_gradient_is_found_where_gradients_are_switched_off_and_leaves_none_behind():
    module = layer([[3, -4]])
    with torch.no_grad():
        assert Network(module).gradient([[1.0, 0.0]]).tolist() == [[3, -4]]
    assert module.weight.grad is None
    assert all(parameter.requires_grad for parameter in module.parameters())
    assert Network(module).score([[1.0, 0.0]]).tolist() == [3]


def test_the_fast_gradient_lowers_the_lead_of_a_network():
    rng = seeded()
    student, x = Network(perceptron([4, 10, 3], rng=rng)), rng.normal(size=(20, 4))
    pushed = FastGradient(1e-4).gamma(student)(x)
    expected = -differences(student, x)
    expected /= np.linalg.norm(expected, axis=1)[:, None]
    assert (pushed - x) / 1e-4 == pytest.approx(expected, abs=1e-4)
    assert (lead(student, pushed, student(x)) < lead(student, x, student(x))).all()


def test_a_tube_is_searched_by_a_network_s_gradient():
    """The network answers as x_1 does, far steeper; a push of 0.35 finds what lies 0.3 away, and 0.25 does not."""
    student = Network(torch.nn.Sequential(layer([[5, *[0] * 19]], -1.5), torch.nn.Tanh()))
    mu = Finite(np.eye(20)[:1] * 0.6)
    for delta, high in ((0.35, 0), (0.25, 1)):
        worst = Tube(delta)(mu, student).worst(lambda x: np.ones(len(x), int), n=5, rng=seeded())
        assert (worst.low, worst.high) == (0, high)


# Modes


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("part", [True, False])
@pytest.mark.parametrize("ask", ["__call__", "score", "gradient"])
@pytest.mark.parametrize("fails", [False, True])
def test_a_network_is_asked_in_evaluation_mode_and_left_in_the_mode_of_each_part(whole, part, ask, fails):
    module = Modes(fails)
    module.training, module.part.training = whole, part
    if fails:
        with pytest.raises(KeyError, match="broken"):
            getattr(Network(module), ask)(np.ones((3, 2)))
    else:
        getattr(Network(module), ask)(np.ones((3, 2)))
    assert set(module.seen) == {(False, False)}
    assert (module.training, module.part.training) == (whole, part)


# Perceptrons


def test_a_perceptron_has_layers_with_tanh_between_them():
    module = perceptron([4, 7, 5, 3], rng=seeded())
    assert [type(part).__name__ for part in module] == ["Linear", "Tanh", "Linear", "Tanh", "Linear"]
    assert [(part.in_features, part.out_features) for part in module[::2]] == [(4, 7), (7, 5), (5, 3)]
    assert {parameter.dtype for parameter in module.parameters()} == {torch.float64}
    x = seeded().normal(size=(6, 4))
    hidden = x
    for i, part in enumerate(module[::2]):
        hidden = (np.tanh(hidden) if i else hidden) @ part.weight.detach().numpy().T + part.bias.detach().numpy()
    assert Network(module).score(x) == pytest.approx(hidden)


@pytest.mark.parametrize("inputs", [1, 25, 400])
def test_initial_weights_are_normal_with_variance_1_over_the_inputs_and_biases_0(inputs):
    [module] = perceptron([inputs, 4000 // inputs], rng=seeded())
    weights = module.weight.detach().numpy().ravel() * np.sqrt(inputs)
    assert stats.kstest(weights, "norm").pvalue > SURE
    assert not module.bias.detach().numpy().any()


def test_the_rng_decides_the_weights():
    one, again, other = (perceptron([3, 4, 2], rng=seeded(seed)) for seed in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(one.parameters(), again.parameters(), strict=True))
    assert (one[0].weight != other[0].weight).any()
    assert (one[0].weight[0] != one[0].weight[1]).any()


@pytest.mark.parametrize("sizes", [[3], [], "32", 5, None, np.array([3, 2])])
def test_a_perceptron_has_at_least_one_layer(sizes):
    with pytest.raises(TypeError, match="sizes must be a sequence of two or more layer sizes, got"):
        perceptron(sizes, rng=seeded())


@pytest.mark.parametrize("size", [0, -1, 2.0, True, "3"])
def test_a_layer_s_size_is_a_count(size):
    with pytest.raises((TypeError, ValueError), match="a layer's size must be"):
        perceptron([3, size], rng=seeded())


# Training


def data(k, n=60):
    rng = seeded()
    y = np.arange(n) % k
    angles = 2 * np.pi * y / k
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) + 0.2 * rng.normal(size=(n, 2)), y


def cross_entropy(student, x, y):
    """Minus the mean log probability of the classes, by numpy."""
    score = student.score(x)
    if score.ndim == 1:
        return np.logaddexp(0, np.where(y == 1, -score, score)).mean()
    return (np.log(np.exp(score).sum(axis=1)) - score[np.arange(len(y)), y]).mean()


@pytest.mark.parametrize(("k", "outputs"), [(2, 1), (2, 2), (3, 3)])
def test_training_lowers_the_cross_entropy_until_the_data_are_learnt(k, outputs):
    x, y = data(k)
    module = perceptron([2, 8, outputs], rng=seeded())
    losses = [cross_entropy(Network(module), x, y)]
    for _ in range(3):
        student = fit(module, x, y, steps=40, rate=0.05)
        losses.append(cross_entropy(student, x, y))
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.1
    assert (student(x) == y).mean() > 0.95
    assert student.module is module


@pytest.mark.parametrize(("k", "outputs"), [(2, 1), (2, 2), (3, 3)])
def test_the_first_step_of_adam_is_the_rate_against_the_sign_of_the_gradient(k, outputs):
    """Of the cross entropy, by differences: Adam divides its first step by its size."""
    x, y = data(k)
    rng = seeded()
    w = rng.normal(size=(outputs, 2))
    module = layer(w)
    fit(module, x, y, steps=1, rate=0.01)
    for i in np.ndindex(*w.shape):
        push = np.zeros_like(w)
        push[i] = 1e-5
        up, down = (cross_entropy(Network(layer(w + sign * push)), x, y) for sign in (1, -1))
        assert module.weight[i].item() - w[i] == pytest.approx(-0.01 * np.sign(up - down), abs=1e-5)


def test_training_repeats():
    x, y = data(2)
    one, again, other = (fit(perceptron([2, 5, 1], rng=seeded(s)), x, y, steps=20).score(x) for s in (1, 1, 2))
    assert one.tolist() == again.tolist() != other.tolist()


def test_training_takes_as_many_steps_as_it_is_told_at_a_rate_of_a_hundredth():
    x, y = data(2)
    seen = []
    module = torch.nn.Sequential(Apply(lambda z: seen.append(len(z)) or z), layer([[1.0, 1.0]]))
    fit(module, x, y, steps=7)
    assert seen == [len(x)] * 7
    steps = [fit(layer([[1.0, 1.0]]), x, y, steps=1, **rate).module.weight.tolist() for rate in ({}, {"rate": 0.01})]
    assert steps[0] == steps[1]


def test_a_module_is_trained_in_training_mode():
    module = torch.nn.Sequential(layer([[1.0, 1.0]]), Modes())
    module.eval()
    fit(module, *data(2), steps=2)
    assert module[1].seen == [(True, True)] * 2


def test_a_module_learns_in_its_own_precision():
    x, y = data(2)
    module = layer([[1.0, 1.0]], dtype=torch.float32)
    before = module.weight.clone()
    fit(module, x, y, steps=2)
    assert module.weight.dtype == torch.float32
    assert (module.weight != before).all()


@pytest.mark.parametrize(("outputs", "known"), [(1, 2), (2, 2), (3, 3)])
def test_classes_without_a_score_are_refused_and_scores_without_a_class_are_not(outputs, known):
    x, y = data(4)
    with pytest.raises(ValueError, match=rf"y must hold the {known} classes that the network knows, got class 3"):
        fit(perceptron([2, outputs], rng=seeded()), x, y, steps=1)
    assert fit(perceptron([2, 5], rng=seeded()), x, y, steps=1)(x).shape == y.shape


@pytest.mark.parametrize(
    ("given_badly", "error", "said"),
    [
        ({"module": None}, TypeError, r"module must be a torch\.nn\.Module"),
        ({"x": np.ones((60, 3))}, ValueError, r"x must be points that the network takes, got shape \(60, 3\)"),
        ({"x": np.ones((60, 2, 2))}, ValueError, r"x must have shape \(n, d\)"),
        ({"y": np.zeros(60, int)}, ValueError, "at least two classes"),
        ({"y": np.full(60, -1)}, ValueError, "UNCERTAIN for 60 of 60"),
        ({"steps": 0}, ValueError, "steps must be at least 1"),
        ({"rate": 0}, ValueError, "rate must be positive, got 0"),
        ({"rate": -0.1}, ValueError, r"rate must be positive, got -0\.1"),
        ({"rate": "fast"}, TypeError, "rate must be a real number"),
    ],
)
def test_training_needs_data_steps_and_a_rate(given_badly, error, said):
    x, y = data(2)
    usual = {"module": layer([[1.0, 1.0]]), "x": x, "y": y, "steps": 1}
    with pytest.raises(error, match=said):
        fit(**(usual | given_badly))
