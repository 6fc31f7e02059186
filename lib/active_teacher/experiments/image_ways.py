"""Example 4.2: the ways that make its students robust, what each costs, and what it reaches."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from math import ceil
from time import thread_time
from typing import Any

import numpy as np
import torch

from active_teacher.checks import as_at_least, as_choice, as_count
from active_teacher.experiments.advice import framed, other_textures, outlined
from active_teacher.experiments.image_trials import push_image, search, withstood
from active_teacher.labels import UNCERTAIN, B, Labels, Points
from active_teacher.networks import Network, convolutional, train
from active_teacher.pictures.shapes import SquareOrDisk, SquaresAndDisks

ADVICE = {  # the sentence that an active teacher says
    "features": "a fine texture does not count",
    "outline": "brightness above a quarter does not count",
    "invariance": "one texture is as good as another",
    "sparsity": "few connections will do",
    "structure": "neither place nor size counts",
}
WAYS = ("data", "active student", "shown nu", "l_2", "l_inf", *ADVICE)
IMAGES = 1000  # the paper's training set
OF_NU = 300  # images, at most
ASKED = 500  # images that an active student asks about at a time
FEWEST = 20  # labels: fewer might be of one class
PAPER = 10  # epochs in Appendix A.2
DONE = 0.01  # the mean loss of an epoch after which training ends
MOST = 800  # steps of training for one set of labels, at most: forty epochs of the paper's
STEPS = 3  # of projected gradient, to learn
SHAPE_PUSH = 0.2  # in l_inf: too little to take any pixel across the teacher's background, 0.25
FRESH, TO_PUSH, TO_SEARCH = 500, 100, 200  # images that each student is tested on


@dataclass(frozen=True)
class ImageWay:
    """What a student of Example 4.2 reaches and what it cost, after one or more stages: tuples of one length.

    A stage ends when training is done, for each set of labels, and before that, if training goes on, after ``PAPER``
    epochs, except for an active student.

    What it cost, in all: asked, labels of the teacher, UNCERTAIN among them; uncertain, those; other, how many labels
    were of another class than the image had before the student moved it; told, sentences of the teacher; epochs;
    seconds, of one thread, for learning alone and for thinking of questions.

    What it reaches, as shares of images that the student has right: mu, of ``FRESH`` new ones; nu, of as many with the
    texture on disks; stripes, of as many with another texture on disks; pushed, of ``TO_PUSH`` images of μ that
    withstand what ``image_trials.withstood`` tries within ``SHAPE_PUSH``, too little for the teacher to notice; sizes,
    flipped, rounded, brightness: see ``image_trials.search``, with ``TO_SEARCH`` images each.

    texture: how much of ν's chessboard is in the questions that it would ask about plain disks: the correlation of
    pushes of ``SHAPE_PUSH`` with it, as an absolute value, on average over the disks; 0 where there is no push.
    """

    asked: tuple[int, ...]
    uncertain: tuple[int, ...]
    other: tuple[int, ...]
    told: tuple[int, ...]
    epochs: tuple[int, ...]
    seconds: tuple[float, ...]
    mu: tuple[float, ...]
    nu: tuple[float, ...]
    stripes: tuple[float, ...]
    pushed: tuple[float, ...]
    sizes: tuple[float, ...]
    flipped: tuple[float, ...]
    rounded: tuple[float, ...]
    brightness: tuple[float, ...]
    texture: tuple[float, ...]


def compare(
    seed: int, *, way: str = "data", labels: int = IMAGES, epsilon: float = 0.2, penalty: float = 1e-4
) -> ImageWay:
    """One way to robustness in Example 4.2.

    seed: 0, 1, 2, ...; it decides images, initial weights, order of training and tests, each by a random generator of
    its own, so that the ways of one seed see the same, and a smaller training set is the beginning of a larger one.
    labels: ``FEWEST`` or more; with "active student" and "shown nu" the first ``IMAGES`` are of μ, and with "shown nu"
    there are at most ``OF_NU`` more. epsilon, penalty: at least 0, for the ways that name them; the others ignore them.

    All train by Adam, in batches of 50, until the mean loss of an epoch is below ``DONE``, or for ``MOST`` steps. Ways:

    - "data": the paper's network, trained as in Appendix A.2; the others change one thing about it.
    - "active student": it pushes ``ASKED`` new images at a time by at most epsilon in l_inf to where its answer
      changes, asks for their labels, and trains on with all that the teacher is certain about. If that was less than
      half of what it asked about, it halves epsilon.
    - "shown nu": images from ν, which the student could not have thought of.
    - "l_2", "l_inf": adversarial training with epsilon.

    And with the sentence of ``ADVICE`` that an active teacher says:

    - "features": the paper's max pooling; "outline": ``advice.outlined``; "structure": ``advice.framed``, at ten times
      the rate.
    - "invariance": each image of a batch gets one of random tiles for its texture (``advice.other_textures``).
    - "sparsity": the l_1 norm of the parameters costs penalty.

    Raises TypeError or ValueError for any other. Source: Example 4.2 and the ways listed at the start of section 4.

    >>> from active_teacher.experiments.image_ways import compare
    >>> compare(0, way="structure", labels=30).asked[-1]
    30
    """
    as_choice(way, WAYS, name="way")
    least = IMAGES if way in ("active student", "shown nu") else FEWEST
    if as_count(labels, name="labels") < least:
        raise ValueError(f"labels must be at least {least} with this way, got {labels}")
    if way == "shown nu" and labels > IMAGES + OF_NU:
        raise ValueError(f"labels must be at most {IMAGES + OF_NU} with this way, got {labels}")
    as_at_least(epsilon, 0, name="epsilon")
    as_at_least(penalty, 0, name="penalty")
    *for_learning, for_tests = np.random.default_rng(as_count(seed, name="seed", least=0)).spawn(6)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # whose time is the thread's
    torch.optim.Adam([torch.zeros(1)])  # the first one imports a part of torch, which is no learning
    try:
        tested = _Tests(for_tests)
        stages = [
            {**vars(bill), "told": int(way in ADVICE), **tested(student)}
            for bill, student in _learn_images(way, labels, epsilon, penalty, for_learning)
        ]
    finally:
        torch.set_num_threads(threads)
    return ImageWay(**{name: tuple(stage[name] for stage in stages) for name in stages[0]})


@dataclass(frozen=True)
class _Bill:
    """What ``ImageWay`` says that a student cost."""

    asked: int
    uncertain: int = 0
    other: int = 0
    epochs: int = 0
    seconds: float = 0.0


def _learn_images(
    way: str, labels: int, epsilon: float, penalty: float, rngs: list[np.random.Generator]
) -> Iterator[tuple[_Bill, Network]]:
    """What each stage has cost, and the student that it made."""
    for_data, for_more, for_weights, for_order, for_moves = rngs
    look, mu = SquareOrDisk(), SquaresAndDisks("squares", balanced=True)
    x = mu.sample(IMAGES, for_data)[:labels]
    if way == "shown nu":
        x = np.concatenate([x, SquaresAndDisks("disks").sample(OF_NU, for_more)])[:labels]
    elif labels > IMAGES and way != "active student":
        x = np.concatenate([x, mu.sample(labels - IMAGES, for_more)])
    y = look(x)

    def against(student: Network, x: Points, y: Labels) -> Points:
        return push_image(student, x, y, epsilon=epsilon, p=2 if way == "l_2" else np.inf, steps=STEPS)

    options: dict[str, Any] = {}
    match way:
        case "outline":
            module = outlined(rng=for_weights)
        case "structure":
            module, options = framed(rng=for_weights), {"rate": 0.01}
        case "features":
            module = convolutional(rng=for_weights, pooling=3)
        case _:
            module = convolutional(rng=for_weights)
    match way:
        case "l_2" | "l_inf":
            options = {"transform": against}
        case "invariance":
            options = {"transform": lambda student, x, y: other_textures(x, for_moves)}
        case "sparsity":
            options = {"penalty": penalty}
    bill = _Bill(len(x))

    def stages() -> Iterator[tuple[_Bill, Network]]:
        """Train until done with what is known so far."""
        sure = y != UNCERTAIN
        most = ceil(MOST / ceil(np.count_nonzero(sure) / 50))
        early: list[tuple[_Bill, Network]] = []
        before, started = bill, thread_time()

        def count(epoch: int, student: Network) -> None:
            nonlocal bill
            bill = replace(before, epochs=before.epochs + epoch, seconds=before.seconds + thread_time() - started)
            if epoch == PAPER and way != "active student":
                early.append((bill, Network(deepcopy(student.module))))

        student = train(module, x[sure], y[sure], rng=for_order, epochs=most, until=DONE, after_epoch=count, **options)
        yield from (stage for stage in early if stage[0].epochs < bill.epochs)
        yield bill, student

    yield from stages()
    while way == "active student" and bill.asked < labels:
        new = SquaresAndDisks("squares").sample(min(ASKED, labels - bill.asked), for_more)
        started = thread_time()
        student = Network(module)
        moved = push_image(student, new, student(new), epsilon=epsilon, steps=STEPS)
        seconds = bill.seconds + thread_time() - started
        answers = look(moved)
        x, y = np.concatenate([x, moved.astype(x.dtype)]), np.concatenate([y, answers])
        unsure = answers == UNCERTAIN
        bill = _Bill(
            asked=bill.asked + len(new),
            uncertain=bill.uncertain + int(unsure.sum()),
            other=bill.other + int((~unsure & (answers != look(new))).sum()),
            epochs=bill.epochs,
            seconds=seconds,
        )
        if 2 * np.count_nonzero(unsure) > len(new):
            epsilon /= 2
        yield from stages()


class _Tests:
    """The images that all students of a seed are tested on. Called with a student, what it reaches."""

    def __init__(self, rng: np.random.Generator) -> None:
        kinds = {"mu": SquaresAndDisks("squares"), "nu": SquaresAndDisks("disks")}
        kinds["stripes"] = SquaresAndDisks("disks", pattern="stripes")
        self.fresh = {name: kind.sample(FRESH, rng) for name, kind in kinds.items()}
        self.truth = {name: SquareOrDisk()(x) for name, x in self.fresh.items()}
        self.for_pushes, self.for_search = rng.spawn(2)

    def __call__(self, student: Network) -> dict[str, float]:
        # The same random numbers for each student.
        for_pushes, for_search = deepcopy(self.for_pushes), deepcopy(self.for_search)
        shares = {name: float(np.mean(student(x) == self.truth[name])) for name, x in self.fresh.items()}
        few, theirs = self.fresh["mu"][:TO_PUSH], self.truth["mu"][:TO_PUSH]
        left = withstood(student, few, theirs, epsilon=SHAPE_PUSH, rng=for_pushes)
        return {
            **shares,
            "pushed": float(np.mean(left)),
            **search(student, n=TO_SEARCH, rng=for_search),
            "texture": _texture(student, few[theirs == B]),
        }


def _texture(student: Network, disks: Points) -> float:
    """See ``ImageWay``."""
    pushed = push_image(student, disks, student(disks), epsilon=SHAPE_PUSH, steps=STEPS)
    chessboard = np.indices(disks.shape[1:]).sum(axis=0) % 2
    alike = []
    for before, after in zip(disks, pushed, strict=True):
        change, fields = (after - before)[before > 0], chessboard[before > 0]
        alike.append(abs(np.corrcoef(change, fields)[0, 1]) if np.ptp(change) else 0.0)
    return float(np.mean(alike))
