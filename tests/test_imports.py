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
SOURCES = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.glob("*.py"))}
# Which modules of the package each module may import. A new module needs a line here.
ALLOWED = {
    "__init__": set(),
    "labels": set(),
    "boxes": {"labels"},
    "generators": {"labels", "boxes"},
    "teachers": {"labels", "boxes"},
    "students": {"labels"},
    "networks": {"labels"},
    "parity": {"labels"},
    "robustness": {"labels", "boxes"},
    "attacks": {"labels", "boxes", "generators", "robustness"},
    "distances": {"labels"},
    "queries": {"labels"},
    "plots": {"labels", "boxes"},
    "explore": set(),
    "experiments": {"labels", "generators", "teachers", "networks", "robustness"},
    "ways": {"labels", "attacks", "generators", "networks", "students", "teachers"},
    "sweep": {"labels"},
}
NEED_TORCH = {"networks"}
ABOUT_ALL = {"attacks", "experiments", "ways"}
# These check what they are given, so that a function that calls one raises what it raises.
CHECKS = {"ask", "certain", "check_disjoint", "check_total", "draw", "training_set"} | {
    f"as_{noun}"
    for noun in ("array", "points", "labels", "count", "generator", "real", "order", "rng", "seed", "weights")
}


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


def own(tree: ast.AST) -> set[str]:
    """Those of the package, by their names in it."""
    parts = (name.split(".") for name in imported(tree))
    return {part[1] for part in parts if part[0] == "active_teacher" and len(part) > 1 and part[1] in SOURCES}


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
    """Whether a function raises: itself, or by one of the checks of `labels` and `boxes`."""
    called = {call.func.id for call in ast.walk(node) if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)}
    return any(isinstance(part, ast.Raise) for part in ast.walk(node)) or bool(called & CHECKS)


DATA_CLASSES = {
    f"{module}.{name}": thing
    for module in ALLOWED
    for name, thing in vars(
        import_module("active_teacher" if module == "__init__" else f"active_teacher.{module}")
    ).items()
    if is_dataclass(thing) and thing.__module__ == f"active_teacher.{module}"
}


def in_a_new_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_every_module_is_in_the_table_of_imports():
    assert set(SOURCES) == set(ALLOWED)


@pytest.mark.parametrize("module", SOURCES)
def test_a_module_imports_only_what_the_table_allows(module):
    assert own(SOURCES[module]) <= ALLOWED.get(module, {"labels"})


def test_the_parts_know_nothing_of_each_other():
    """Only an attack, which is about all of them, and the experiments, where they meet, may know more than words.

    An attack still meets its teacher and its student as arguments only, and no part knows an experiment.
    """
    assert all(allowed <= {"labels", "boxes"} for name, allowed in ALLOWED.items() if name not in ABOUT_ALL)
    assert not ALLOWED["attacks"] & {"teachers", "students", "networks"}
    assert not any({"experiments", "ways"} & allowed for allowed in ALLOWED.values())


def test_there_is_no_cycle():
    before = {name: own(tree) for name, tree in SOURCES.items()}
    while free := {name for name, needs in before.items() if not needs & set(before)}:
        before = {name: needs for name, needs in before.items() if name not in free}
    assert not before


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from active_teacher import labels", {"labels"}),
        ("from active_teacher.boxes import Box", {"boxes"}),
        ("import active_teacher.plots as p", {"plots"}),
        ("from . import students", {"students"}),
        ("from .teachers import Boxes", {"teachers"}),
        ("def f():\n    from active_teacher import explore", {"explore"}),
        ("import numpy", set()),
    ],
)
def test_each_way_to_import_is_seen(source, expected):
    assert own(ast.parse(source)) == expected


@pytest.mark.parametrize("module", sorted(set(SOURCES) - NEED_TORCH))
def test_only_the_network_imports_torch(module):
    assert not {name for name in imported(SOURCES[module]) if name.split(".")[0] == "torch"}


def test_the_package_and_its_modules_load_no_torch():
    modules = sorted(name for name in set(SOURCES) - NEED_TORCH - {"__init__"} if not ALLOWED[name] & NEED_TORCH)
    assert set(SOURCES) - set(modules) == {"__init__", "networks", "experiments", "ways"}
    code = f"""if True:
        import importlib, sys
        for module in ["active_teacher", *(f"active_teacher.{{name}}" for name in {modules})]:
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
    assert re.search(r"Raises|[Ee]rrors", ast.get_docstring(PUBLIC[name]))


def test_the_checks_are_the_public_functions_that_raise_by_themselves():
    """A new check in `labels` or `boxes` needs a line above, or its callers go unseen."""
    assert {name.split(".")[1] for name in PUBLIC if re.match(r"(labels|boxes)\.[a-z]", name)} == CHECKS
