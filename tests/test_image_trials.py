"""What students of Example 4.2 are tried with stays within its limits, and finds what there is to find."""

import numpy as np
import pytest
import torch

from active_teacher.checks import certain
from active_teacher.experiments import image_trials
from active_teacher.experiments.image_trials import push_image, search, withstood
from active_teacher.labels import A, B
from active_teacher.networks import Network, convolutional, perceptron, train
from active_teacher.pictures.shapes import SquareOrDisk, SquaresAndDisks
from watching import seeded, watched


class Seen(torch.nn.Module):
    """Scores by a function of the images; the gradient is that of the function."""

    def __init__(self, score):
        super().__init__()
        self.score = score

    def forward(self, x):
        return self.score(x)


def small(n=8):
    x = SquaresAndDisks(pixels=20, sizes=(3, 6)).sample(n, seeded())
    return x, SquareOrDisk()(x)


# Pushing an image


def test_a_pushed_image_loses_the_lead_of_its_label_within_the_ball_and_0_to_1():
    student = Network(convolutional(rng=seeded(), pixels=20))
    x, _ = small()
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


# What withstands all attacks


def test_an_image_that_was_wrong_does_not_withstand_and_one_that_is_not_moved_does():
    student = Network(convolutional(rng=seeded(), pixels=20))
    x, _ = small()
    y = np.arange(8) % 2
    assert (withstood(student, x, y, epsilon=0, rng=seeded()) == (student(x) == y)).all()


def test_a_linear_student_withstands_as_far_as_the_dual_norm_says():
    """Its lead falls by epsilon times the l_1 norm at most, less at the rim of [0, 1]: 0.5 ± 0.2 stay within."""
    w = torch.from_numpy(seeded().normal(size=(6, 6)))
    x = seeded(1).uniform(0.3, 0.7, size=(60, 6, 6))
    scores = (x * w.numpy()).sum(axis=(1, 2))
    middle = np.median(scores)
    student = Network(Seen(lambda z: (z * w).sum(dim=(1, 2)) - middle))
    lead, loss = np.abs(scores - middle), 0.02 * float(w.abs().sum())
    assert 5 < (lead > loss).sum() < 55
    assert (withstood(student, x, student(x), epsilon=0.02, rng=seeded()) == (lead > loss)).all()


@pytest.mark.parametrize("k", range(20))
def test_a_student_without_gradient_falls_for_a_pattern(k):
    """Nothing but a pattern, and no other, takes it by surprise."""
    pattern = torch.from_numpy(image_trials._patterns(8, 8)[k])
    student = Network(Seen(lambda x: torch.where(((x - 0.5) * pattern >= 0.199).all(dim=(1, 2)), -1.0, 1.0)))
    x = np.full((2, 8, 8), 0.5)
    assert not withstood(student, x, [1, 1], epsilon=0.2, rng=seeded()).any()
    assert withstood(student, x, [1, 1], epsilon=0.19, rng=seeded()).all()


def test_patterns_are_what_they_are_called():
    patterns = image_trials._patterns(8, 12)
    assert len({pattern.tobytes() for pattern in patterns}) == len(patterns) == 20
    assert all(set(np.unique(pattern)) <= {-1, 1} for pattern in patterns)
    i, j = np.indices((8, 12))
    for expected in (np.ones((8, 12)), (-1) ** (i + j), -((-1) ** i), (-1) ** (j // 4), (-1) ** (i // 2 + j // 2)):
        assert any((pattern == expected).all() for pattern in patterns)


def test_small_steps_find_what_large_ones_jump_over():
    """A student that is fooled in a narrow band only, which its gradient leads to."""
    student = Network(Seen(lambda x: (x.mean(dim=(1, 2)) - 0.42).abs() - 0.015))
    x = np.full((1, 4, 4), 0.5)
    assert student(push_image(student, x, [1], epsilon=0.2, steps=1)).tolist() == [1]
    assert not withstood(student, x, [1], epsilon=0.2, rng=seeded()).any()


def test_every_image_that_is_tried_lies_in_the_ball_and_0_to_1(monkeypatch):
    student, (x, y) = Network(convolutional(rng=seeded(), pixels=20)), small(3)
    seen, real = [], Network.score
    monkeypatch.setattr(Network, "score", lambda self, z: seen.append(z) or real(self, z))
    monkeypatch.setattr(Network, "__call__", lambda self, z: self.score(z).argmax(axis=1) * 0 + y[: len(z)])
    monkeypatch.setattr(image_trials, "SIGN_STEPS", 16)
    assert withstood(student, x, y, epsilon=0.2, rng=seeded()).all()
    assert len(seen) == 1 + 2 + 20 + 2 * 2
    for z in seen:
        assert np.abs(z - x).max() <= 0.2 + 1e-7
        assert z.min() >= 0
        assert z.max() <= 1
    assert np.abs(seen[-1] - seen[-3]).max() > 0.1  # from another start


class OneChannel(torch.nn.Module):
    """A network for a library that has images of shape (n, 1, height, width)."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        return self.module(x[:, 0])


@pytest.mark.filterwarnings("ignore")  # of the library
def test_no_attack_of_a_library_fools_a_student_that_has_withstood_ours():
    import foolbox

    x = SquaresAndDisks("squares", balanced=True).sample(300, seeded())
    module = convolutional(rng=seeded())
    student = train(module, x, SquareOrDisk()(x), rng=seeded(), epochs=9, until=0.05)
    x = SquaresAndDisks("squares").sample(12, seeded())
    y = SquareOrDisk()(x)
    model = foolbox.PyTorchModel(OneChannel(module.eval()), bounds=(0, 1), device="cpu")
    attacks = [
        foolbox.attacks.LinfPGD(steps=40),
        foolbox.attacks.LinfDeepFoolAttack(),
        foolbox.attacks.LinfFastGradientAttack(),
    ]
    left = []
    for epsilon in (0.05, 0.08):
        ours = withstood(student, x, y, epsilon=epsilon, rng=seeded())
        theirs = np.ones(len(x), dtype=bool)
        for attack in attacks:
            _, _, fooled = attack(model, torch.from_numpy(x)[:, None], torch.from_numpy(y), epsilons=epsilon)
            theirs &= ~fooled.numpy()
        assert not (ours & ~theirs).any()
        left.extend(theirs)
    assert {True, False} == set(left)  # the library finds something, and not everything


# The search for witnesses


def searched(monkeypatch, module, n=40, rng=None):
    """The shares, and all images on the way."""
    seen = watched(monkeypatch, Network, "__call__", lambda given, named, answer: given[1])
    return search(Network(module), n=n, rng=rng or seeded()), seen


class Teacher(torch.nn.Module):
    """The teacher herself as a student; where she is uncertain, she guesses."""

    def forward(self, x):
        return torch.from_numpy(SquareOrDisk()(x.numpy()).clip(0, 1) - 0.5)


def test_no_witness_is_found_against_the_teacher(monkeypatch):
    monkeypatch.setattr(Network, "gradient", lambda self, x, y: seeded().normal(size=x.shape))
    assert search(Network(Teacher()), n=60, rng=seeded()) == dict.fromkeys(
        ("sizes", "flipped", "rounded", "brightness"), 1.0
    )


def test_a_constant_student_has_the_share_of_its_class_among_the_certain_images(monkeypatch):
    shares, (sizes, flipped, again, rounded, relit) = searched(monkeypatch, Seen(lambda x: torch.ones(len(x))))
    for name, x in (("sizes", sizes), ("rounded", rounded), ("brightness", relit)):
        y = SquareOrDisk()(x)
        assert shares[name] == pytest.approx((y == A).sum() / certain(y).sum())
    one, other = (SquareOrDisk()(x) for x in (flipped, again))
    assert shares["flipped"] == pytest.approx(
        1 - ((one == B) | (other == B)).sum() / (certain(one) | certain(other)).sum()
    )


def test_one_thing_is_changed_and_the_teacher_is_certain_of_many(monkeypatch):
    _, (sizes, flipped, guided, rounded, relit) = searched(monkeypatch, Seen(lambda x: x.mean(dim=(1, 2))), n=60)
    mu = SquaresAndDisks("squares").sample(60, seeded())
    truth = SquareOrDisk()(mu)
    side, other = (np.array([np.ptp(np.nonzero(image)[0]) + 1 for image in images]) for images in (mu, sizes))
    assert other.min() < 20
    assert other.max() > 60
    for z in (flipped, guided):
        changed = (z != mu).sum(axis=(1, 2))
        assert (changed == (0.03 * side**2).astype(int)).all()
        assert (SquareOrDisk()(z) == truth).mean() > 0.9
        assert set(np.unique(z)) <= {0, 0.5, 1}
    before, after = (images.mean(axis=(1, 2)) for images in (mu, guided))
    assert (after < before)[truth == 1].all()  # class 1 is for the bright: it loses most where bright pixels go
    assert (after > before)[truth == 0].all()
    y = SquareOrDisk()(rounded)
    assert set(y) == {A, B, -1}
    assert ((rounded == 0.5).any(axis=(1, 2)) == (y == A)).all()
    assert (SquareOrDisk()(relit) == truth).all()
    assert ((relit > 0.25) == (mu > 0)).all()
    assert len(np.unique(relit.max(axis=(1, 2)))) == 60
