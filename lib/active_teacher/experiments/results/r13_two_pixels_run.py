"""The runs of Example 4.1 for chapter 11, one row a step."""

import csv
import time

from active_teacher.experiments.two_pixels import compare

GRID = (20, 50, 100, 200, 500, 2000)
jobs = [("data", L, 0.3, 0.03) for L in (*GRID, 8000, 32000, 128000)]
jobs += [("t-test", L, 0.3, 0.03) for L in (150, 200, 500, 2000)]
jobs += [
    (w, L, 0.3, 0.03)
    for w in (
        "lasso",
        "feature queries",
        "features",
        "invariance",
        "augmentation",
        "sparsity",
        "count",
        "structure",
        "features and structure",
    )
    for L in GRID
]
jobs += [("feature queries", 2000, 0.3, a) for a in (0.01, 0.04, 0.05)]
jobs += [("active student", 8400, e, 0.03) for e in (0.1, 0.3, 1.0)]
jobs += [("bisection", 2000, 0.3, 0.03)]
jobs += [("l_2", 2000, e, 0.03) for e in (0.01, 0.03, 0.1, 0.2, 0.3)]
jobs += [("l_inf", 2000, e, 0.03) for e in (0.003, 0.01, 0.03, 0.1, 0.15, 0.2)]
jobs += [("l_inf", L, 0.03, 0.03) for L in GRID[:-1]] + [("l_2", L, 0.03, 0.03) for L in GRID[:-1]]
compare(0)  # warm
start = time.time()
with open("/tmp/r13_two_pixels.csv", "w", newline="") as f:
    out = None
    for seed in range(20):
        for way, labels, epsilon, alpha in jobs:
            r = vars(compare(seed, way=way, labels=labels, epsilon=epsilon, alpha=alpha))
            if out is None:
                out = csv.writer(f)
                out.writerow(["way", "labels", "epsilon", "alpha", "seed", "step", *r])
            for k, row in enumerate(zip(*r.values())):
                out.writerow([way, labels, epsilon, alpha, seed, k, *row])
        f.flush()
        print(seed, round(time.time() - start), flush=True)
