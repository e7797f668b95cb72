import json
import subprocess
from pathlib import Path

import pytest

from fewbytes import metrics
from fewbytes.command import InputError
from fewbytes.commands import tag_essay
from tests.conftest import ROOT

ESSAY = metrics.load_essay(ROOT / "essay.yaml")


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet")
    (tmp_path / "staged").write_text("a")
    git("add", "staged")
    (tmp_path / "untracked").write_text("b")
    return tmp_path


def test_the_commit_is_the_same_everywhere_and_touches_nothing(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = git("status", "--porcelain")
    first = tag_essay.commit(ESSAY)
    assert git("status", "--porcelain") == before
    other = clone / "other"
    other.mkdir()
    monkeypatch.chdir(other)
    git("init", "--quiet")
    git("config", "user.name", "Somebody Else")
    assert tag_essay.commit(ESSAY) == first


@pytest.mark.usefixtures("clone")
def test_its_tree_holds_the_numbers_and_their_declaration_only() -> None:
    sha = tag_essay.commit(ESSAY)
    files = git("ls-tree", "-r", "--name-only", sha).splitlines()
    assert files == ["dvc.yaml", "metrics/summary.json"]
    assert json.loads(git("show", f"{sha}:metrics/summary.json")) == ESSAY


@pytest.mark.usefixtures("clone")
def test_other_numbers_make_another_commit() -> None:
    assert tag_essay.commit(ESSAY) != tag_essay.commit({**ESSAY, "student": {"accuracy": 0.5}})


def test_outside_a_repository_git_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(InputError, match="git hash-object failed: fatal: not a git repository"):
        tag_essay.commit(ESSAY)


def test_the_essays_own_figures_agree_with_each_other() -> None:
    assert ESSAY["baseline"]["zip_bytes"] / ESSAY["quantized"]["zip_bytes"] == pytest.approx(9.73, abs=0.005)
    assert ESSAY["teacher"]["parameter_bytes"] / ESSAY["student"]["parameter_bytes"] == pytest.approx(43.53, abs=0.005)
