"""The student of Theorem 4.3, who chooses d + 1 questions, beside one who learns from random examples."""

import time

import numpy as np

from active_teacher.questions.parities import Parity, chance_determined, eliminate, learn

CHOSEN = (100, 1_000, 10_000)
RANDOM = (100, 1_000, 2_000)
SPARE = 10  # random examples beyond d + 1


class Counted:
    def __init__(self, teacher: Parity) -> None:
        self.teacher, self.asked = teacher, 0

    def __call__(self, x: np.ndarray) -> np.ndarray:
        self.asked += len(x)
        return self.teacher(x)


def main() -> None:
    rng = np.random.default_rng(2021)
    print("Chosen questions (the teacher's answers included)")
    for d in CHOSEN:
        teacher = Counted(Parity(np.flatnonzero(rng.random(d) < 0.5), d))
        started = time.perf_counter()
        student = learn(teacher, d)
        seconds = time.perf_counter() - started
        assert student == teacher.teacher
        print(f"  d = {d:6,}   {teacher.asked:6,} questions   {seconds:7.3f} s")

    print("Random examples (elimination only)")
    for d in RANDOM:
        teacher = Parity(np.flatnonzero(rng.random(d) < 0.5), d)
        x = rng.integers(0, 2, (d + 1 + SPARE, d)).astype(np.float32)
        y = teacher(x)
        started = time.perf_counter()
        student = eliminate(x, y)
        seconds = time.perf_counter() - started
        assert student == teacher
        print(f"  d = {d:6,}   {len(x):6,} examples    {seconds:7.3f} s   enough with chance", end=" ")
        print(f"{chance_determined(d, len(x)):.4f}")


if __name__ == "__main__":
    main()
