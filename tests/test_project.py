"""The project's loose ends: what is written in two places is the same in both."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from pybtex.database import parse_file
from sphinx.errors import ConfigError
from sphinx_external_toc.parsing import parse_toc_yaml

import active_teacher
from addresses import published
from working_tree import ROOT, clean_environment, files


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def installed_version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def mentions(content: str) -> list[str]:
    """The addresses of this repository in a text, from `github.com` on, whoever it is said to belong to."""
    found = re.findall(r"github\.com/(?:[\w.-]+/)?active-teacher[^\s\"'`)\]>\\]*", content)
    return [address.rstrip(".,;:") for address in found]


CONFIG = yaml.safe_load(text("_config.yml"))
REPOSITORY, BRANCH = CONFIG["repository"]["url"], CONFIG["repository"]["branch"]
OWNER_AND_NAME = REPOSITORY.removeprefix("https://github.com/")
ADDRESSES = {
    name: mentions(content.decode())
    for name in files()
    if b"\0" not in (content := (ROOT / name).read_bytes()) and b"github.com" in content
}
PROJECT = tomllib.loads(text("pyproject.toml"))["project"]
REQUIREMENTS = [line.partition("#")[0].strip() for line in text("requirements.txt").splitlines()]
REQUIREMENTS = [line for line in REQUIREMENTS if line]
CONSTRAINTS = [line for line in text("constraints.txt").splitlines() if not line.startswith("#")]


@pytest.fixture(scope="module")
def readme() -> str:
    return text("README.md")


@pytest.fixture(scope="module")
def code(readme) -> str:
    """The README's code blocks and code spans, a line each."""
    blocks = re.findall(r"^```.*?\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    spans = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", readme)
    return "\n".join(blocks + spans)


@pytest.fixture(scope="module")
def targets() -> set[str]:
    """The Makefile's targets for people."""
    return set(re.search(r"^\.PHONY: (.*)$", text("Makefile"), re.MULTILINE)[1].split())


# Where the project lives


@pytest.mark.parametrize("name", sorted(name for name, found in ADDRESSES.items() if found))
def test_the_repository_has_one_address(name):
    for address in ADDRESSES[name]:
        assert f"https://{address}" == REPOSITORY or f"https://{address}".startswith(f"{REPOSITORY}/")


def test_only_the_settings_and_what_readers_see_name_the_address():
    may = re.compile(r"_config\.yml|(README|CONTRIBUTING)\.md|CITATION\.cff|book/[^/]+\.(ipynb|md)|tests/.*")
    assert ADDRESSES["_config.yml"]
    assert [name for name, found in ADDRESSES.items() if found and not may.fullmatch(name)] == []


def test_the_book_s_own_address_follows_from_the_repository_s():
    owner, name = OWNER_AND_NAME.split("/")
    assert published(REPOSITORY) == f"https://{owner}.github.io/{name}/"
    named = [
        (name, address)
        for name in files()
        if b"\0" not in (content := (ROOT / name).read_bytes())
        for address in re.findall(r"https?://[\w.-]*active-teacher[\w.-]*\.github\.io[\w./-]*", content.decode())
    ]
    assert [name for name, _ in named] == ["CITATION.cff"]
    assert {address for _, address in named} == {published(REPOSITORY)}


@pytest.mark.parametrize(
    ("repository", "address"),
    [
        ("https://github.com/Someone/book", "https://someone.github.io/book/"),
        ("https://github.com/someone/someone.github.io", "https://someone.github.io/"),
    ],
)
def test_pages_live_under_their_owner_s_name(repository, address):
    assert published(repository) == address


def test_a_book_that_lives_elsewhere_must_say_where():
    with pytest.raises(ConfigError, match="html_baseurl"):
        published("https://example.org/someone/book")


def test_the_readme_opens_this_repository_in_binder_and_colab(readme):
    binder = re.findall(r"mybinder\.org/v2/gh/([\w.-]+/[\w.-]+)/([\w.-]+)", readme)
    colab = re.findall(r"colab\.research\.google\.com/github/([\w.-]+/[\w.-]+)/blob/([\w.-]+)/([\w./-]+)", readme)
    assert set(binder) == {(OWNER_AND_NAME, BRANCH)}
    assert {(repository, branch) for repository, branch, _ in colab} == {(OWNER_AND_NAME, BRANCH)}
    assert {path for *_, path in colab} | set(re.findall(r"urlpath=lab/tree/([\w./-]+)", readme)) <= set(files())


def test_the_book_opens_itself_in_the_same_places():
    assert CONFIG["launch_buttons"]["binderhub_url"] == "https://mybinder.org"
    assert CONFIG["launch_buttons"]["colab_url"] == "https://colab.research.google.com"


def test_the_book_and_the_readme_have_one_title(readme):
    assert CONFIG["title"] in readme.splitlines()[0]
    assert CONFIG["title"] in PROJECT["description"]


def test_every_file_the_readme_points_to_is_there(readme):
    local = [target for target in re.findall(r"\]\(([^)\s#]+)", readme) if "://" not in target]
    assert [target for target in local if target not in files()] == []


# How it is cited


def test_the_citation_is_of_this_book_at_this_version_and_of_the_paper():
    cited = yaml.safe_load(text("CITATION.cff"))
    assert cited["title"] == CONFIG["title"]
    assert cited["version"] == active_teacher.__version__
    assert cited["authors"] == [{"name": CONFIG["author"][0].upper() + CONFIG["author"][1:]}]
    assert (cited["repository-code"], cited["url"]) == (REPOSITORY, published(REPOSITORY))
    (paper,) = cited["references"]
    entry = parse_file(ROOT / "book/references.bib").entries["ma2021"]
    for field in ("title", "journal", "doi"):
        assert paper[field].lower() == entry.fields[field].lower()
    assert str(paper["year"]) == entry.fields["year"]
    assert [f"{each['family-names']}, {each['given-names']}" for each in paper["authors"]] == [
        str(person) for person in entry.persons["author"]
    ]


def test_a_licence_is_in_all_its_places_or_in_none():
    chosen = (ROOT / "LICENSE").exists()
    assert ("license" in yaml.safe_load(text("CITATION.cff"))) == chosen
    assert ("license" in PROJECT) == chosen
    assert ("No licence has been chosen yet" in text("README.md")) != chosen


def test_the_changelog_tells_of_this_version_and_of_what_is_to_come():
    told = re.findall(r"^## (\S+)", text("CHANGELOG.md"), re.MULTILINE)
    assert told[0] == "Unreleased"
    assert told[1].strip(",") == active_teacher.__version__


# What it needs


@pytest.mark.parametrize("line", REQUIREMENTS[1:-1])
def test_a_requirement_is_pinned_and_installed_as_pinned(line):
    name, pin = re.fullmatch(r"([A-Za-z][\w.-]*)==([\w.]+)", line).groups()
    assert version(name).partition("+")[0] == pin


def test_what_requirements_bring_along_is_pinned_too():
    pinned = dict(re.fullmatch(r"([A-Za-z][\w.-]*)==([\w.]+)", line).groups() for line in CONSTRAINTS)
    installed = {name: found for name in pinned if (found := installed_version(name))}  # some are for one system only
    assert len(installed) > 100
    assert installed == {name: pinned[name] for name in installed}


def test_the_helpers_come_last():
    assert REQUIREMENTS[0] == "-c constraints.txt"
    assert REQUIREMENTS[-1] == "-e ."


@pytest.mark.parametrize("dependency", PROJECT["dependencies"])
def test_the_helpers_have_lower_bounds_only(dependency):
    assert [bound.operator for bound in Requirement(dependency).specifier] == [">="]


def test_python_has_a_lower_bound_only_which_binder_meets():
    (bound,) = SpecifierSet(PROJECT["requires-python"])
    assert bound.operator == ">="
    assert bound.contains(text("binder/runtime.txt").strip().removeprefix("python-"))


# What is in it


def test_the_table_of_contents_lists_every_page_and_nothing_else():
    pages = sorted(name.rpartition(".")[0] for name in files() if re.fullmatch(r"book/[^/]+\.(ipynb|md)", name))
    assert sorted(parse_toc_yaml(ROOT / "_toc.yml")) == pages


# What one types


@pytest.mark.skipif(not shutil.which("make"), reason="no make on this machine")
def test_make_help_lists_every_target(targets):
    helped = subprocess.run(["make", "help"], cwd=ROOT, env=clean_environment(), capture_output=True, text=True).stdout
    assert set(re.findall(r"^make (\w+)  +\S", helped, re.MULTILINE)) == targets


def test_the_readme_names_the_two_commands(code):
    assert re.search(r"^make book\b", code, re.MULTILINE)
    assert re.search(r"^make test\b", code, re.MULTILINE)


def test_the_readme_names_only_targets_that_exist(code, targets):
    assert set(re.findall(r"\bmake (\w+)", code)) <= targets


@pytest.mark.parametrize(
    "command", ["-m venv .venv", "pip install -r requirements.txt", "jupyter-book build .", "pytest"]
)
def test_the_readme_names_the_plain_commands(code, command):
    assert command in code


@pytest.mark.parametrize("system", ["Windows", "macOS"])
def test_the_readme_says_whom_the_plain_commands_are_for(readme, system):
    assert system in readme


def test_the_example_in_the_readme_works(readme, tmp_path):
    blocks = re.findall(r"^```python\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    (printed,) = re.findall(r"^```text\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(blocks)],
        cwd=tmp_path,
        env=clean_environment(MPLBACKEND="agg"),
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == printed


def test_the_readme_names_only_what_is_there(readme):
    """In its table of what to call: module.name, or names that go with the module before them."""
    table = re.search(r"^\| to \| call \|\n(.*?)\n\n", readme, re.DOTALL | re.MULTILINE)[1]
    for row in table.splitlines()[1:]:
        module = "active_teacher"
        for name in re.findall(r"`([\w.]+)`", row.rpartition(" | ")[2]):
            path, _, last = name.rpartition(".")
            module = f"active_teacher.{path}" if path else module
            found = import_module(module)
            assert hasattr(found, last) or find_spec(f"active_teacher.{name}"), name


def test_what_must_pass_before_anything_lands_is_make_test():
    assert os.access(ROOT / ".ci/run", os.X_OK)
    assert text(".ci/run").splitlines()[-1] == "exec make test"
