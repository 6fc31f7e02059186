"""Binder: what repo2docker would build from this repository, read from the Dockerfile it prints."""

import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from working_tree import ROOT, clean_environment, copy_to

NOWHERE = "http://127.0.0.1:9"  # the discard port: neither network nor Docker is needed
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"


def lines(path: str) -> list[str]:
    """The lines of a requirements file without comments and empty ones."""
    stripped = (line.partition("#")[0].strip() for line in (ROOT / path).read_text().splitlines())
    return [line for line in stripped if line]


@pytest.fixture(scope="module")
def printed(tmp_path_factory) -> subprocess.CompletedProcess[str]:
    """What repo2docker says of a copy: the Dockerfile to stdout, the rest to stderr."""
    return subprocess.run(
        [str(Path(sys.executable).with_name("jupyter-repo2docker")), "--no-build", "--debug", "."],
        cwd=copy_to(tmp_path_factory.mktemp("binder") / "copy"),
        env=clean_environment(http_proxy=NOWHERE, https_proxy=NOWHERE, DOCKER_HOST=NOWHERE.replace("http", "tcp")),
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def steps(printed) -> list[str]:
    """The Dockerfile's instructions, one a line, without comments."""
    assert printed.returncode == 0, printed.stderr
    joined = printed.stdout.replace("\\\n", "")
    return [line.strip() for line in joined.splitlines() if line.strip() and not line.startswith("#")]


def test_binder_has_the_python_of_this_environment(printed):
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert (ROOT / "binder/runtime.txt").read_text().split() == [f"python-{version}"]
    assert f"Building conda environment for python={version}\n" in printed.stderr
    assert version == "3.11"


def test_the_requirements_are_installed_once_the_files_are_there(steps):
    (installs,) = (i for i, step in enumerate(steps) if "pip install" in step and "requirements" in step)
    assert steps[installs].endswith('-r "binder/requirements.txt"')
    assert "COPY --chown=0:0 src/ ${REPO_DIR}/" in steps[:installs]


def test_they_are_installed_in_the_root_which_the_dot_of_e_dot_means(steps):
    (installs,) = (i for i, step in enumerate(steps) if "pip install" in step and "requirements" in step)
    assert [step for step in steps[:installs] if step.startswith("WORKDIR")][-1] == "WORKDIR ${REPO_DIR}"
    assert lines("requirements.txt")[-1] == "-e ."


def test_no_other_file_decides_what_binder_installs(steps):
    assert {path.name for path in (ROOT / "binder").iterdir()} == {"requirements.txt", "runtime.txt"}
    assert not any("postBuild" in step or "environment.yml" in step or "apt.txt" in step for step in steps)


def test_binder_adds_the_cpu_wheels_and_nothing_else():
    assert lines("binder/requirements.txt") == [f"--extra-index-url {CPU_WHEELS}", "-r ../requirements.txt"]


def test_only_binder_asks_that_index():
    assert CPU_WHEELS not in (ROOT / "requirements.txt").read_text()


def test_the_pin_of_torch_admits_the_cpu_wheel_of_that_version():
    (torch,) = (Requirement(line) for line in lines("requirements.txt") if line.startswith("torch"))
    (pin,) = torch.specifier
    assert pin.operator == "=="
    assert torch.specifier.contains(f"{pin.version}+cpu")
