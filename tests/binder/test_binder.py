"""What Binder installs is what the course says that it needs, in the same versions; it opens the student edition."""
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from autograder.records.classroom import Classroom
from autograder.release.edition import lay_out
from autograder.release.leaks import find_leaks, secrets
from tests.autograder.small_class import small_class
from tests.helpers import REPOSITORY
from tito.course import available

ITS_PYTHON = "/srv/conda/envs/notebook"
PINNED = dict(re.findall(r"^([\w.-]+)==(\S+)", (REPOSITORY / "constraints.txt").read_text(), re.MULTILINE))


def requirements() -> list[str]:
    *conda, pip = yaml.safe_load((REPOSITORY / "binder/environment.yml").read_text())["dependencies"]
    assert conda == ["python=3.12", "pip"], "conda gives Python and pip, pip the rest"
    return pip["pip"]


def test_binder_reads_the_files_at_the_top_by_links_that_an_edition_has_too(tmp_path):
    lay_out(Classroom.at(REPOSITORY), available(REPOSITORY)[:1], tmp_path)
    for root in (REPOSITORY, tmp_path):
        for name in ("environment.yml", "constraints.txt"):
            assert os.readlink(root / "binder" / name) == f"../{name}"
            assert (root / "binder" / name).read_bytes() == (REPOSITORY / name).read_bytes()
        assert os.access(root / "binder/postBuild", os.X_OK)


def test_it_installs_what_the_course_needs_and_every_one_of_them_has_a_version():
    constraints, *names = requirements()
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    needed = [*project["dependencies"], *project["optional-dependencies"]["course"]]
    assert constraints == "-c constraints.txt"
    assert sorted(names) == sorted(re.match(r"[\w.-]+", each)[0] for each in needed)
    assert [name for name in names if name not in PINNED] == []


@pytest.fixture
def built(tmp_path):
    """Runs postBuild in a small course as a Binder image would, but for pip, which only notes what it is asked."""
    classroom = small_class(tmp_path)
    shutil.copytree(REPOSITORY / "binder", classroom.root / "binder", symlinks=True)
    for name in ("environment.yml", "constraints.txt", "pyproject.toml"):
        shutil.copy(REPOSITORY / name, classroom.root)
    (classroom.root / ".git").mkdir()
    pip, asked = tmp_path / "bin/pip", tmp_path / "asked"
    pip.parent.mkdir()
    pip.write_text(f'#!/bin/sh\necho "$@" >>"{asked}"\n')
    pip.chmod(0o755)
    path = os.pathsep.join([str(pip.parent), str(Path(sys.executable).parent), os.environ["PATH"]])

    def build(**environment: str) -> list[str]:
        subprocess.run(["binder/postBuild"], cwd=classroom.root, check=True, capture_output=True, text=True,
                       env={**os.environ, "PATH": path, "PYTHONPATH": str(REPOSITORY), **environment})
        return asked.read_text().splitlines()

    return classroom.root, build


@pytest.mark.long
def test_from_the_instructors_repository_binder_makes_the_student_edition_and_leaves_nothing_else(built):
    root, build = built
    hidden = secrets(root)
    asked = build(REPO_DIR=str(root), NB_PYTHON_PREFIX=ITS_PYTHON)
    assert asked == ["install -c constraints.txt nbgrader", "uninstall --yes nbgrader", "install --no-deps -e ."]
    assert not (root / "autograder").exists() and not (root / ".git").exists()
    assert (root / ".release/manifest.txt").is_file() and (root / "binder/postBuild").is_file()
    assert hidden and find_leaks(root, hidden) == []


@pytest.mark.parametrize("environment", [
    {}, {"REPO_DIR": "ROOT"}, {"REPO_DIR": "ROOT", "HOME": "ROOT"}, {"NB_PYTHON_PREFIX": ITS_PYTHON},
    *[{"REPO_DIR": place, "NB_PYTHON_PREFIX": ITS_PYTHON} for place in ("", ".", "/", "/home/somebody", "LINK")]],
    ids=lambda environment: " ".join(f"{name}={value}" for name, value in environment.items()) or "no Binder")
def test_anywhere_else_it_deletes_nothing(built, environment):
    root, build = built
    link = root.parent / "link"
    link.symlink_to(root)
    before = sorted(root.rglob("*"))
    places = {"ROOT": str(root), "LINK": str(link)}
    assert build(**{name: places.get(value, value) for name, value in environment.items()}) == [
        "install --no-deps -e ."]
    assert sorted(root.rglob("*")) == before


def test_repo2docker_builds_the_edition_with_this_python_these_versions_and_postbuild(tmp_path):
    pytest.importorskip("repo2docker", reason="jupyter-repo2docker is not installed: the extra dev has it")
    lay_out(Classroom.at(REPOSITORY), available(REPOSITORY)[:1], tmp_path)
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug"]
    user = ["--user-id", "1000", "--user-name", "jovyan"]
    done = subprocess.run([*command, *user, tmp_path], capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-2000:]
    assert "Building conda environment for python=3.12" in said
    prefix = re.search("ENV NB_PYTHON_PREFIX=(.*)", said)[1]
    for name in ("CONDA_DIR", "APP_BASE"):
        prefix = prefix.replace(f"${{{name}}}", re.search(f"ENV {name}=(.*)", said)[1])
    assert prefix == ITS_PYTHON
    steps = ["ENV REPO_DIR=", "WORKDIR ${REPO_DIR}", "src/ ${REPO_DIR}/", '--file "binder/environment.yml"',
             "RUN ./binder/postBuild"]
    places = [said.find(step) for step in steps]
    assert -1 not in places and places == sorted(places), "the versions are read after constraints.txt was copied"
