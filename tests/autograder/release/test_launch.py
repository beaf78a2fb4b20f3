"""Buttons that open the class's own repository: for every form of its address, and never with a password in them."""
import re
import subprocess

import pytest
from typer.testing import CliRunner

from autograder.release.edition import make_edition
from autograder.release.launch import Home, buttons, home_of
from tests.autograder.small_class import ACTIVATIONS, TENSOR, small_class
from tito import main

SECRET = "ghp_abc123"
PAGE = "notebooks/01_tensor/01_tensor.ipynb"


def repository(folder, address: str | None, branch: str = "main"):
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "init", "-q", "-b", branch, folder], check=True)
    if address:
        subprocess.run(["git", "-C", folder, "remote", "add", "origin", address], check=True)
    return folder


@pytest.mark.parametrize("address", [
    "https://github.com/uni/ml-2026", "https://github.com/uni/ml-2026.git", "https://github.com/uni/ml-2026/",
    f"https://ada:{SECRET}@github.com/uni/ml-2026.git", f"https://{SECRET}@www.github.com/uni/ml-2026",
    "git@github.com:uni/ml-2026.git", "github.com:uni/ml-2026", "ssh://git@github.com/uni/ml-2026.git",
    "ssh://git@ssh.github.com:443/uni/ml-2026.git", "https://GitHub.com/uni/ml-2026.git",
])
def test_every_form_of_an_address_at_github_is_the_same_home(tmp_path, address):
    assert home_of(repository(tmp_path, address)) == Home("github.com", "uni/ml-2026", "main")


@pytest.mark.parametrize("address", ["git@gitlab.com:uni/spring/ml.git", "https://oauth2:x@gitlab.com/uni/spring/ml.git"])
def test_groups_at_gitlab_are_a_part_of_the_path(tmp_path, address):
    assert home_of(repository(tmp_path, address)) == Home("gitlab.com", "uni/spring/ml", "main")


@pytest.mark.parametrize("address", [
    None, "../elsewhere", "C:\\class", "https://git.example.org/uni/ml.git", "git@work:uni/ml.git", "https://[/uni/ml",
    "https://github.com.example.org/uni/ml", "https://github.com/uni", "https://github.com/uni/ml/more",
    "https://github.com/uni/ml](https:", "https://github.com/uni/ml?x=y z",
])
def test_an_address_that_no_button_can_use_gives_none(tmp_path, address):
    home = home_of(repository(tmp_path, address))
    assert home is None or home.path == "uni/ml"          # what follows ? is no part of a repository


def test_a_repository_around_the_folder_is_not_its_own(tmp_path):
    (repository(tmp_path, "https://github.com/uni/ml") / "edition").mkdir()
    assert home_of(tmp_path / "edition") is None and home_of(tmp_path / "nowhere") is None


def test_in_a_hook_of_another_repository_the_folders_own_is_asked(tmp_path, monkeypatch):
    own = repository(tmp_path / "edition", "https://github.com/uni/ml")
    monkeypatch.setenv("GIT_DIR", str(repository(tmp_path / "private", "https://github.com/me/private") / ".git"))
    assert home_of(own) == Home("github.com", "uni/ml", "main")


def test_the_links_name_repository_branch_and_notebook():
    home = Home("github.com", "uni/ml", "spring/26")
    assert home.binder(TENSOR) == ("https://mybinder.org/v2/gh/uni/ml/spring%2F26"
                                   "?urlpath=lab%2Ftree%2Fnotebooks%2F01_tensor%2F01_tensor.ipynb")
    assert home.colab(TENSOR) == f"https://colab.research.google.com/github/uni/ml/blob/spring/26/{PAGE}"
    home = Home("gitlab.com", "uni/spring/ml", "main")
    assert home.binder(TENSOR).startswith("https://mybinder.org/v2/gl/uni%2Fspring%2Fml/main?")
    assert "Colab" not in buttons(home, [TENSOR])


def test_an_edition_gets_its_buttons_when_its_folder_has_a_remote_and_loses_them_with_it(tmp_path):
    classroom, target = small_class(tmp_path), tmp_path / "edition"

    def readme() -> str:
        make_edition(classroom, [TENSOR, ACTIVATIONS], target)
        return (target / "README.md").read_text(encoding="utf-8")

    assert not re.search("mybinder|colab", readme(), re.I)
    repository(target, f"https://ada:{SECRET}@github.com/uni/ml.git")
    text = readme()
    assert text.count("https://mybinder.org/v2/gh/uni/ml/main?") == 3
    assert text.count("/github/uni/ml/blob/main/notebooks/02_activations/02_activations.ipynb") == 1
    assert "git clone -q --depth 1 https://github.com/uni/ml /content/course" in text
    assert "CLASS_REPOSITORY" not in text and "<!--" not in text
    everything = [path.read_text(encoding="utf-8") for path in target.rglob("*")
                  if path.is_file() and ".git" not in path.relative_to(target).parts]
    assert not any(SECRET in content for content in everything)
    subprocess.run(["git", "-C", target, "remote", "set-url", "origin", "git@gitlab.com:uni/ml.git"], check=True)
    text = readme()
    assert "/v2/gl/uni%2Fml/main?" in text and "olab" not in text.replace("gitlab", "")
    subprocess.run(["git", "-C", target, "remote", "remove", "origin"], check=True)
    assert not re.search("mybinder|colab", readme(), re.I)


def test_release_says_where_the_buttons_lead_or_how_to_get_them(tmp_path, monkeypatch):
    classroom, target = small_class(tmp_path), tmp_path / "edition"
    monkeypatch.chdir(classroom.root)
    said = CliRunner().invoke(main.app, ["release", "--to", str(target)]).output
    assert "git remote add origin" in " ".join(said.split())
    again = CliRunner().invoke(main.app, ["release", "--to", str(target)])
    assert again.exit_code == 0 and "buttons" not in again.output        # a class on another host reads it once
    repository(target, f"https://ada:{SECRET}@github.com/uni/ml.git", "spring")
    said = CliRunner().invoke(main.app, ["release", "--to", str(target)]).output
    assert "buttons for https://github.com/uni/ml, branch spring" in " ".join(said.split()) and SECRET not in said
