"""The workflows: they run what people run here, with no more rights than they need."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, packages_distributions, requires

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from working_tree import ROOT

WORKFLOWS = {path.name: path for path in sorted((ROOT / ".github/workflows").glob("*.yml"))}
JOBS = {
    f"{name}: {job}": steps
    for name, path in WORKFLOWS.items()
    for job, steps in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].items()
}
MAY = {"pages": "write", "id-token": "write"}  # of the one job that puts the site up

each_workflow = pytest.mark.parametrize("name", WORKFLOWS)
each_job = pytest.mark.parametrize("job", JOBS)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def commands(job: str) -> list[str]:
    return [line for step in JOBS[job]["steps"] for line in step.get("run", "").splitlines()]


def used(job: str) -> list[str]:
    return [step["uses"] for step in JOBS[job]["steps"] if "uses" in step]


def test_there_are_tests_at_every_push_a_look_at_what_is_new_and_the_site():
    assert set(WORKFLOWS) == {"newest.yml", "publish.yml", "test.yml"}
    asked = {name: yaml.safe_load(path.read_text(encoding="utf-8"))[True] for name, path in WORKFLOWS.items()}  # "on"
    assert asked["test.yml"].keys() >= {"push", "pull_request"}
    assert asked["publish.yml"]["push"]["branches"] == [yaml.safe_load(read("_config.yml"))["repository"]["branch"]]
    assert re.fullmatch(r"\d+ \d+ \* \* [0-6]", asked["newest.yml"]["schedule"][0]["cron"])  # once a week


@each_job
def test_a_job_runs_targets_that_exist_and_plain_commands_that_the_readme_names(job):
    targets = set(re.search(r"^\.PHONY: (.*)$", read("Makefile"), re.MULTILINE)[1].split())
    _, plain, *_ = read("README.md").split("### Without make")[1].split("```")
    for command in commands(job):
        made = re.fullmatch(r"make (\w+)", command)
        if made:
            assert made[1] in targets
        else:
            assert re.search(rf"^{re.escape(command)} *(#|$)", plain, re.MULTILINE), command


def test_the_three_systems_are_tried():
    tried = {JOBS[job]["runs-on"] for job in JOBS} | {
        system for job in JOBS for system in JOBS[job].get("strategy", {}).get("matrix", {}).get("system", [])
    }
    assert tried >= {"ubuntu-latest", "macos-latest", "windows-latest"}


@each_workflow
def test_a_workflow_may_only_read(name):
    assert yaml.safe_load(read(f".github/workflows/{name}"))["permissions"] == {"contents": "read"}


@each_job
def test_only_the_job_that_puts_the_site_up_may_do_more_and_it_runs_nothing_of_ours(job):
    if "permissions" in JOBS[job]:
        assert JOBS[job]["permissions"] == MAY
        assert commands(job) == []
        assert all(name.startswith("actions/deploy-pages@") for name in used(job))


@each_workflow
def test_a_workflow_installs_torch_without_cuda_as_binder_does(name):
    asked = yaml.safe_load(read(f".github/workflows/{name}"))["env"]
    assert f"--extra-index-url {asked['PIP_EXTRA_INDEX_URL']}\n" in read("binder/requirements.txt")


@each_job
def test_a_job_ends_by_itself_and_uses_actions_of_a_known_major_version(job):
    assert JOBS[job]["timeout-minutes"] <= 90
    assert [name for name in used(job) if not re.fullmatch(r"actions/[\w-]+@v\d+", name)] == []


@each_job
def test_a_job_runs_the_python_that_the_book_is_pinned_for(job):
    versions = [step["with"]["python-version"] for step in JOBS[job]["steps"] if "setup-python" in step.get("uses", "")]
    assert versions == [read("binder/runtime.txt").strip().removeprefix("python-")] * bool(commands(job))


def closure(names: Iterable[str]) -> set[str]:
    """What is installed with some distributions: they, what they require, what that requires, and so on."""
    todo, met = [canonicalize_name(name) for name in names], set()
    while todo:
        if (name := todo.pop()) in met:
            continue
        met.add(name)
        try:
            asked = [Requirement(line) for line in requires(name) or []]
        except PackageNotFoundError:  # on another system
            continue
        todo += [
            canonicalize_name(each.name) for each in asked if not each.marker or each.marker.evaluate({"extra": ""})
        ]
    return met


def test_what_runs_with_the_newest_versions_imports_nothing_that_is_not_installed_there():
    makefile = read("Makefile")
    beside, left_out = (
        re.search(rf"^{name} = (.*)$", makefile, re.MULTILINE)[1].split() for name in ("BESIDE", "OF_THE_BOOK")
    )
    library = tomllib.loads(read("pyproject.toml"))["project"]["dependencies"]
    installed = closure([*beside, *(Requirement(line).name for line in library), "active-teacher"])
    theirs = packages_distributions()
    ours = {path.stem: path for path in (ROOT / "tests").glob("*.py")}
    todo = {name for name in ours if name.startswith("test_")} - {f"test_{name}" for name in left_out}
    todo.add("conftest")
    read_already: set[str] = set()
    while todo:
        read_already.add(name := todo.pop())
        tree = list(ast.walk(ast.parse(ours[name].read_text(encoding="utf-8"))))
        asked = {alias.name for node in tree if isinstance(node, ast.Import) for alias in node.names}
        asked |= {node.module for node in tree if isinstance(node, ast.ImportFrom)}
        for module in {full.partition(".")[0] for full in asked} - sys.stdlib_module_names - read_already:
            if module in ours:
                todo.add(module)
            else:
                assert not installed.isdisjoint(map(canonicalize_name, theirs.get(module, []))), f"{name}: {module}"
