"""Colab: the first cell of each chapter installs the helpers there, replacing nothing, and does nothing elsewhere."""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement

from working_tree import ROOT, clean_environment, commit, copy_to, files

CHAPTERS = sorted((ROOT / "book").glob("*.ipynb"))
ADDRESS = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]["url"]
CELL = f"""\
import sys

if "google.colab" in sys.modules:  # Colab has everything but the book's helpers
    %pip install --quiet git+{ADDRESS}"""

RUN_CELL = """\
import sys
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
if "colab" in sys.argv:
    sys.path.insert(0, "stubs")
    import google.colab
if "record" in sys.argv:
    shell.register_magic_function(lambda line: print("pip", line), magic_name="pip")
shell.run_cell(open("cell.txt").read()).raise_error()
"""
LOOK = """\
import importlib, importlib.metadata, json, pkgutil
import active_teacher

places = {"active_teacher": active_teacher.__file__}
without_torch = []
for module in pkgutil.walk_packages(active_teacher.__path__, "active_teacher."):
    places[module.name] = module.module_finder.find_spec(module.name).origin
    try:
        importlib.import_module(module.name)
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        without_torch.append(module.name)
print(json.dumps({
    "places": places,
    "without_torch": without_torch,
    "requires": importlib.metadata.requires("active-teacher"),
    "installed": sorted(d.name.lower() for d in importlib.metadata.distributions()),
}))
"""


def python(interpreter: Path, *arguments: str, folder: Path, **environment: str) -> str:
    """What a Python process prints, run in a folder with nothing of this process's search path."""
    command = [str(interpreter), *arguments]
    done = subprocess.run(command, cwd=folder, env=clean_environment(**environment), capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def elsewhere(folder: Path, cell: str) -> Path:
    """Fill a folder outside the repository: the cell, what runs it, and a stand-in for google.colab."""
    (folder / "stubs/google/colab").mkdir(parents=True)
    (folder / "stubs/google/colab/__init__.py").touch()
    (folder / "cell.txt").write_text(cell)
    (folder / "run_cell.py").write_text(RUN_CELL)
    (folder / "look.py").write_text(LOOK)
    return folder


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_begins_with_the_cell(path):
    cells = nbformat.read(path, as_version=4).cells
    assert next(cell.source for cell in cells if cell.cell_type == "code") == CELL


def test_outside_colab_it_does_nothing(tmp_path):
    elsewhere(tmp_path, CELL)
    assert python(Path(sys.executable), "run_cell.py", "record", folder=tmp_path) == ""


def test_in_colab_it_installs_from_the_address(tmp_path):
    elsewhere(tmp_path, CELL)
    said = python(Path(sys.executable), "run_cell.py", "colab", "record", folder=tmp_path)
    assert said == f"pip install --quiet git+{ADDRESS}\n"


@pytest.fixture(scope="module")
def colab(tmp_path_factory) -> tuple[Path, dict]:
    """A new environment in which the cell was run for real, but for the address: its folder, and a look at it."""
    clone = copy_to(tmp_path_factory.mktemp("clone") / "active-teacher")
    commit(clone)
    folder = elsewhere(tmp_path_factory.mktemp("colab"), CELL.replace(ADDRESS, clone.as_uri()))
    # The book's versions, not today's newest, so that the test asks the same thing in a year.
    pins = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if not line.startswith("-")]
    (folder / "constraints.txt").write_text("\n".join(pins))
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], env=clean_environment(), check=True)
    interpreter = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    environment = {"PIP_CONSTRAINT": str(folder / "constraints.txt"), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    environment |= {"PIP_NO_COMPILE": "1"}  # of what is installed here, little is used
    python(interpreter, "-m", "pip", "install", "--quiet", "ipython", folder=folder, **environment)
    said = python(interpreter, "run_cell.py", "colab", folder=folder, **environment)
    assert "ERROR" not in said, said
    return folder, json.loads(python(interpreter, "look.py", folder=folder))


def in_the_package(suffix: str = "") -> list[str]:
    """The package's files, as `active_teacher/…`."""
    return [name.removeprefix("lib/") for name in files() if name.startswith("lib/") and name.endswith(suffix)]


def test_every_module_is_there(colab):
    _, seen = colab
    modules = {name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in in_the_package(".py")}
    assert set(seen["places"]) == modules


def test_every_module_is_the_installed_one(colab):
    folder, seen = colab
    assert all(Path(place).is_relative_to(folder / "venv") for place in seen["places"].values())


def test_the_files_beside_the_modules_are_there_too(colab):
    _, seen = colab
    package = Path(seen["places"]["active_teacher"]).parent
    assert [name for name in in_the_package() if not (package.parent / name).is_file()] == []


def test_torch_is_not_installed_and_only_what_trains_networks_wants_it(colab):
    _, seen = colab
    assert "torch" not in seen["installed"]
    assert set(seen["without_torch"]) <= {
        "active_teacher.networks",
        "active_teacher.experiments.advice",
        "active_teacher.experiments.image_trials",
        "active_teacher.experiments.image_ways",
        "active_teacher.experiments.shape_or_texture",
        "active_teacher.quiz.students",
    }


def test_what_colab_has_already_is_kept(colab):
    _, seen = colab
    bounds = [Requirement(line).specifier for line in seen["requires"]]
    assert bounds
    assert all([bound.operator for bound in specifier] == [">="] for specifier in bounds)
