"""The paper's parts know nothing of each other, and say what they do: the package as its source shows it."""

import ast
import re
import subprocess
import sys
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path

import pytest

import active_teacher

PACKAGE = Path(active_teacher.__file__).parent
PATHS = {".".join(path.relative_to(PACKAGE).with_suffix("").parts): path for path in sorted(PACKAGE.rglob("*.py"))}
SOURCES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in PATHS.items()}
# The core and the machinery beside it, floor by floor: a module imports from the floors below its own.
FLOORS = (
    {"labels"},
    {"checks"},
    {"geometry", "probabilities", "machinery.margins"},
    {"machinery.volumes", "machinery.cuts", "machinery.gradients"},
    {"generators", "teachers", "students", "verdicts"},
    {"exact"},
    {"robustness"},
    {"machinery.reweighting", "machinery.tubes", "machinery.pushes"},
    {"attacks"},
)
CORE = set().union(*FLOORS)
# To be read in an hour; the rest is what it asks.
FIRST = {module for module in CORE if "." not in module} - {"probabilities"}
ROOMS = ("questions", "pictures", "figures", "experiments")
# Which modules beside the core a module may import; of the core, all but experiments need the lowest floors only.
ALLOWED = {
    "networks": set(),
    "losses": set(),
    "yours": {"networks"},
    "questions": {"questions"},
    "pictures": {"pictures"},
    "figures": {"figures"},
    "experiments": {"networks", *ROOMS},
    "quiz": {"quiz", "networks", "pictures", "experiments"},
    "claims": {"claims", "losses", "questions", "pictures", "experiments"},  # and nothing imports it
}
IMPORT_TORCH = {"networks", "experiments.advice", "experiments.image_ways", "quiz.students"}
NEED_TORCH = IMPORT_TORCH | {"experiments.image_trials", "experiments.shape_or_texture"}  # by what it imports
# What functions of the core return, and show in their examples by what it prints or holds.
RESULTS = {"verdicts.Estimate", "verdicts.StrongRobustness", "verdicts.AdversarialRobustness", "verdicts.Verdict"}
RESULTS |= {"machinery.reweighting.MassesBetween", "attacks.AttackFamily"}
# These check what they are given, so that a function that calls one raises what it raises.
CHECKS = {"Budget", "ask", "certain", "check_disjoint", "check_total", "draw", "name_of", "training_set"}
CHECKS |= {f"as_{noun}" for noun in ("array", "points", "row", "labels", "count", "real", "at_least", "positive")}
CHECKS |= {f"as_{noun}" for noun in ("within", "order", "flag", "choice", "callable", "budget", "rng", "weights")}
CHECKS |= {"as_generator"}


def imported(tree: ast.AST) -> set[str]:
    """The full names of all modules that a module imports, wherever it does."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = "active_teacher." * node.level + (node.module or "")
            names |= {base.rstrip("."), *(f"{base.rstrip('.')}.{alias.name}" for alias in node.names)}
    return names


def at_run_time(tree: ast.Module) -> ast.Module:
    """A module without what it imports for type checkers only."""
    for_types = {"TYPE_CHECKING"}
    kept = [n for n in tree.body if not (isinstance(n, ast.If) and getattr(n.test, "id", None) in for_types)]
    return ast.Module(body=kept, type_ignores=[])


def own(tree: ast.AST) -> set[str]:
    """Those of the package, by their names in it: the longest name that is a module."""
    found = set()
    for name in imported(tree):
        parts = name.split(".")[1:] if name.split(".")[0] == "active_teacher" else []
        known = [".".join(parts[:k]) for k in range(len(parts), 0, -1) if ".".join(parts[:k]) in SOURCES]
        found |= set(known[:1])
    return found


def room(module: str) -> str:
    """The folder of a module, or the module itself if it is in none."""
    return module.split(".")[0]


def public(tree: ast.AST, inside: str = "") -> list[tuple[str, ast.AST]]:
    """The public functions, classes and methods of a module or class, with their full names."""
    found = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            found.append((f"{inside}{node.name}", node))
            if isinstance(node, ast.ClassDef):
                found += public(node, f"{inside}{node.name}.")
    return found


PUBLIC = {f"{module}.{name}": node for module, tree in SOURCES.items() for name, node in public(tree)}


def raises(node: ast.AST) -> bool:
    """Whether a function raises: itself, or by one of the checks."""
    called = {call.func.id for call in ast.walk(node) if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)}
    return any(isinstance(part, ast.Raise) for part in ast.walk(node)) or bool(called & CHECKS)


def full_name(module: str) -> str:
    """As it is imported."""
    return ".".join(["active_teacher", *(part for part in module.split(".") if part != "__init__")])


DATA_CLASSES = {
    f"{module}.{name}": thing
    for module in SOURCES
    for name, thing in vars(import_module(full_name(module))).items()
    if is_dataclass(thing) and thing.__module__ == full_name(module)
}


def in_a_new_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_every_module_has_a_place():
    """On a floor of the core, beside it, or in a room; a new one needs a line above."""
    here = {module for module in SOURCES if "__init__" not in module}
    assert {module for module in here if room(module) not in ALLOWED} == CORE
    assert {room(module) for module in here - CORE} == set(ALLOWED)


@pytest.mark.parametrize("module", [module for floor in FLOORS for module in sorted(floor)])
def test_a_module_of_the_core_imports_from_the_floors_below(module):
    below = FLOORS[: next(k for k, floor in enumerate(FLOORS) if module in floor)]
    assert own(at_run_time(SOURCES[module])) <= set().union(*below)


def test_mu_teachers_and_students_know_nothing_of_each_other():
    """Nor of what they meet in. They come as arguments; an attack makes its ν, and an exact answer is for ours only."""
    makers = {"attacks", "exact", "machinery.pushes", "machinery.reweighting", "machinery.tubes"}
    for module in CORE - makers:
        assert not own(at_run_time(SOURCES[module])) & {"generators", "teachers", "students"}
    for module in makers:
        assert own(SOURCES[module]) & {"generators", "teachers", "students"} == {"generators"}


@pytest.mark.parametrize("module", [module for module in SOURCES if room(module) in ALLOWED])
def test_what_is_beside_the_core_imports_the_core_and_its_own_room(module):
    outside = own(SOURCES[module]) - CORE
    assert {room(name) for name in outside} <= ALLOWED[room(module)]


def test_the_core_knows_nothing_that_is_beside_it():
    for module in CORE:
        assert own(SOURCES[module]) <= CORE


def test_there_is_no_cycle():
    before = {name: own(at_run_time(tree)) for name, tree in SOURCES.items()}
    while free := {name for name, needs in before.items() if not needs & set(before)}:
        before = {name: needs for name, needs in before.items() if name not in free}
    assert not before


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from active_teacher import labels", {"labels"}),
        ("from active_teacher.geometry import Box", {"geometry"}),
        ("import active_teacher.robustness as r", {"robustness"}),
        ("from . import students", {"students"}),
        ("from .teachers import Boxes", {"teachers"}),
        ("def f():\n    from active_teacher import exact", {"exact"}),
        ("from active_teacher.experiments import sweep", {"experiments.sweep"}),
        ("from active_teacher.experiments.sweep import run", {"experiments.sweep"}),
        ("import numpy", set()),
    ],
)
def test_each_way_to_import_is_seen(source, expected):
    assert own(ast.parse(source)) == expected


@pytest.mark.parametrize("module", sorted(set(SOURCES) - IMPORT_TORCH))
def test_only_networks_import_torch(module):
    assert not {name for name in imported(SOURCES[module]) if name.split(".")[0] == "torch"}


def test_the_package_and_its_modules_load_no_torch():
    light = sorted(full_name(name) for name in set(SOURCES) - NEED_TORCH)
    code = f"""if True:
        import importlib, sys
        for module in {light}:
            importlib.import_module(module)
            assert "torch" not in sys.modules, module
        print("done")"""
    assert in_a_new_python(code) == "done"


def test_the_vocabulary_needs_numpy_only():
    code = "import sys, active_teacher.labels\nprint(sorted({'scipy', 'sklearn', 'matplotlib'} & set(sys.modules)))"
    assert in_a_new_python(code) == "[]"


@pytest.mark.parametrize("name", DATA_CLASSES)
def test_what_is_made_is_not_changed(name):
    assert DATA_CLASSES[name].__dataclass_params__.frozen


@pytest.mark.parametrize("name", DATA_CLASSES)
def test_what_holds_arrays_is_compared_by_identity(name):
    """Two arrays are not equal or unequal as a whole, and have no hash."""
    holds_arrays = any(str(field.type).startswith("numpy.ndarray") for field in fields(DATA_CLASSES[name]))
    assert (DATA_CLASSES[name].__hash__ is object.__hash__) or not holds_arrays


@pytest.mark.parametrize("module", SOURCES)
def test_every_module_says_what_it_holds(module):
    assert ast.get_docstring(SOURCES[module])


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_has_a_docstring(name):
    assert len(ast.get_docstring(PUBLIC[name]) or "") >= 10


@pytest.mark.parametrize("name", [name for name, node in PUBLIC.items() if raises(node)])
def test_what_raises_says_so(name):
    assert re.search(r"[Rr]aises|[Ee]rrors", ast.get_docstring(PUBLIC[name]))


def test_the_checks_are_the_public_functions_of_the_lowest_floors():
    """A new check needs a line above, or its callers go unseen."""
    functions = {name.split(".")[1] for name in PUBLIC if re.match(r"(labels|checks|geometry)\.[a-z]", name)}
    assert functions == CHECKS - {"Budget"}


SHOWN = {
    f"{module}.{node.name}": ast.get_docstring(node) or ""
    for module in sorted(CORE)
    for node in SOURCES[module].body
    if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    if not {getattr(base, "id", "") for base in getattr(node, "bases", ())} & {"Protocol", "ValueError"}
}


@pytest.mark.parametrize("name", SHOWN)
def test_every_public_function_and_class_of_the_core_is_shown_in_an_example(name):
    """In its own docstring, or in that of a function or class of its module, or of the module."""
    module, _, own_name = name.rpartition(".")
    others = [
        ast.get_docstring(SOURCES[module]) or "",
        *(text for key, text in SHOWN.items() if key.startswith(module)),
    ]
    examples = "\n".join(line for text in others for line in text.splitlines() if re.match(r">>>|\.\.\.", line))
    assert ">>>" in SHOWN[name] or re.search(rf"\b{own_name}\b", examples) or name in RESULTS


def test_the_core_can_be_read_in_an_hour():
    """Docstrings and examples included."""
    assert sum(len(PATHS[module].read_text(encoding="utf-8").splitlines()) for module in FIRST) < 2000
