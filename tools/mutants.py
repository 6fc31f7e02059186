"""The strength of the tests: how many random mutants of a module its own tests notice (``make mutants``)."""

import argparse
import ast
import multiprocessing
import os
import random
import resource
import shutil
import sys
import tempfile
from importlib import import_module
from itertools import islice
from pathlib import Path

import pytest
from cosmic_ray.commands.init import _all_work_items
from cosmic_ray.mutating import MutationVisitor
from cosmic_ray.plugins import get_operator

from build import ROOT

PACKAGE = Path("lib") / "active_teacher"
# The tests of modules that are not in one file of their own name: those that use what the module is for.
TESTED_BY = {
    "charts": ["charts", "canvas"],
    "claims": ["claims"],
    "cuts": ["geometry", "robustness"],
    "diagrams": ["canvas"],
    "exact": ["robustness", "attacks"],
    "images": ["images", "canvas"],
    "losses": ["robustness"],
    "margins": ["robustness", "attacks"],
    "networks": ["networks", "convolutional"],
    "plane": ["plane", "canvas"],
    "probabilities": ["teachers", "robustness", "queries", "yours"],
    "pushes": ["attacks"],
    "quiz": ["quiz"],
    "reweighting": ["attacks", "generators"],
    "shape_or_texture": ["panel"],
    "style": ["canvas"],
    "tubes": ["attacks"],
    "verdicts": ["robustness", "attacks"],
    "volumes": ["geometry"],
}
# A claim's record is itself a test, of the paper: its numbers say how large a sample is tried.
LEFT_OUT = ("bullets.py", "examples.py", "framework.py", "paper.py", "questions.py")
SLOW_TO_IMPORT = (
    "cvxpy",
    "hypothesis",
    "matplotlib.figure",
    "ot",
    "pandas",
    "scipy.stats",
    "skimage",
    "sklearn",
    "torch",
)
PATIENCE = 200  # seconds of a processor: some three times what the slowest module's tests take


def own_tests(path: Path) -> list[list[str]]:
    """What pytest is asked, one after the other: its examples and tests, and what all are tested for."""
    files = TESTED_BY.get(path.parent.name) or TESTED_BY.get(path.stem) or [path.stem]
    rows = "figures" if path.parent.name == "figures" else path.stem
    of_all = [
        ["tests/test_bad_input.py", "-k", f"{rows}."],
        ["tests/test_imports.py", "-k", "what_is_made or what_holds"],
    ]
    return [[str(path), *(f"tests/test_{name}.py" for name in files)], *of_all]


Mutant = tuple[Path, str, int, tuple[int, int]]  # the module, cosmic-ray's operator and occurrence, line and column


def mutants(path: Path, rng: random.Random) -> list[Mutant]:
    """One mutant for each place of a module where cosmic-ray finds any. None in annotations: it breaks the import."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    typed = [n for node in nodes for n in (getattr(node, "annotation", None), getattr(node, "returns", None)) if n]
    spans = [((n.lineno, n.col_offset), (n.end_lineno, n.end_col_offset)) for n in typed]
    found = [item.mutations[0] for item in _all_work_items([path], {})]
    found = [m for m in found if not any(start <= m.start_pos < end for start, end in spans)]
    rng.shuffle(found)
    return list({m.start_pos: (path, m.operator_name, m.occurrence, m.start_pos) for m in found}.values())


def mutated(mutant: Mutant) -> str | None:
    """The source of a mutant, or None if it is no Python."""
    path, operator, occurrence, _ = mutant
    source = MutationVisitor.mutate_code(path.read_text(encoding="utf-8"), get_operator(operator)(), occurrence)
    try:
        compile(source, path, "exec")
    except SyntaxError:
        return None
    return str(source)


def run(tests: list[str]) -> None:
    """In a process of its own, the tests up to the first red one."""
    resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE, PATIENCE))
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    sys.dont_write_bytecode = True
    sys.path.insert(0, os.environ["PYTHONPATH"])
    os._exit(
        pytest.main([*tests, "-x", "-q", "--assert=plain", "-p", "no:cacheprovider", "-o", "addopts=--doctest-modules"])
    )


def green(tests: list[str]) -> bool:
    """Whether the tests pass in time, or there are none."""
    process = multiprocessing.get_context("fork").Process(target=run, args=(tests,))
    process.start()
    process.join()
    return process.exitcode in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


def survives(path: Path, changed: str) -> bool:
    """Whether a module's own tests pass with this in place of it."""
    source = path.read_text(encoding="utf-8")
    path.write_text(changed, encoding="utf-8")
    try:
        return all(green(tests) for tests in own_tests(path))
    finally:
        path.write_text(source, encoding="utf-8")


def main() -> None:
    """Draw the mutants, try each in a copy of the repository, and print those that survive and how many do not."""
    parser = argparse.ArgumentParser(description="Try random mutants of the library.")
    parser.add_argument("--number", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("modules", nargs="*", default=[""], help="only modules whose path has this in it")
    asked = parser.parse_args()
    for name in SLOW_TO_IMPORT:  # once, and not for each mutant
        import_module(name)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", "_build", ".hypothesis"))
        os.chdir(copy)
        os.environ |= {"PYTHONPATH": str(copy / "lib"), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # a second each time
        paths = [p for p in sorted(PACKAGE.rglob("*.py")) if p.name not in LEFT_OUT]
        paths = [path for path in paths if any(part in str(path) for part in asked.modules)]
        rng = random.Random(asked.seed)
        places = [mutant for path in paths for mutant in mutants(path, rng)]
        rng.shuffle(places)
        python = ((mutant, source) for mutant in places if (source := mutated(mutant)) is not None)
        tried = killed = 0
        fine = set()
        for (path, operator, _, (line, column)), source in islice(python, asked.number):
            if path not in fine and not survives(path, path.read_text(encoding="utf-8")):
                sys.exit(f"{path}: its tests are red without any mutant")
            fine.add(path)
            tried += 1
            if survives(path, source):
                lines = zip(path.read_text(encoding="utf-8").splitlines(), source.splitlines(), strict=False)
                new = next(b for a, b in lines if a != b)
                print(f"survived: {path}:{line}:{column} {operator.removeprefix('core/')}: {new.strip()}", flush=True)
            else:
                killed += 1
            print(f"\r{killed} of {tried} killed", end="", file=sys.stderr, flush=True)
        print(f"seed {asked.seed}: {killed} of {tried} mutants killed")


if __name__ == "__main__":
    main()
