"""This project in small: digits for MNIST, networks that train in a moment."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from fewbytes.data import idx
from tests.conftest import ROOT, make_digits

ENVIRONMENT = os.environ | {
    "PYTHONUNBUFFERED": "1",
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "DVC_NO_ANALYTICS": "1",
    **{f"GIT_{role}_{key}": "test@example.org" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")},
}


class Done(NamedTuple):
    code: int
    output: str

    @property
    def ran(self) -> list[str]:
        """The stages that ran, in order."""
        return re.findall(r"^Running stage '(.+)':$", self.output, re.MULTILINE)


def start(folder: Path, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str]) -> Done:
    output, _ = process.communicate(timeout=580)
    return Done(process.returncode, output)


def run(folder: Path, *command: str) -> Done:
    return finish(start(folder, *command))


def succeed(folder: Path, *command: str) -> Done:
    done = run(folder, *command)
    assert done.code == 0, done.output
    return done


def make_project(folder: Path) -> Path:
    """A clone of this project with small data and small networks, its pipeline not yet run."""
    for name in ("dvc.yaml", "variants.yaml", "essay.yaml", ".dvcignore", ".gitignore"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "firmware", folder / "firmware", ignore=shutil.ignore_patterns("digit"))
    (folder / "frontier").mkdir()
    for name in ("explore", "c", "metrics"):
        (folder / "frontier" / name).mkdir()
    (folder / "metrics").mkdir()
    shutil.copy(ROOT / "metrics" / "dvc.yaml", folder / "metrics")
    for name in ("dvc.yaml", "params.yaml", "published.yaml", "explore/dvc.yaml"):
        shutil.copy(ROOT / "frontier" / name, folder / "frontier" / name)
    for name in ("stages", "fewbytes", "tflite_to_c"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info"))
    (folder / "data" / "own").mkdir(parents=True)
    shutil.copy(ROOT / "data" / "own" / ".gitignore", folder / "data" / "own")
    (folder / ".dvc").mkdir()
    shutil.copy(ROOT / ".dvc" / "config", folder / ".dvc")
    shutil.copy(ROOT / ".dvc" / ".gitignore", folder / ".dvc")
    shutil.copytree(ROOT / ".dvc" / "plots", folder / ".dvc" / "plots")

    train, test = make_digits(300, 1), make_digits(100, 2)
    arrays = (train.inputs, train.labels, test.inputs, test.labels)
    files = {name: idx.encode(array) for name, array in zip(idx.NAMES, arrays, strict=True)}
    (folder / "mine").mkdir()
    for name, content in files.items():
        (folder / "mine" / name).write_bytes(content)

    yaml = YAML()
    params: Any = yaml.load(ROOT / "params.yaml")
    params["data"]["path"] = "mine"
    params["data"]["sha256"] = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    params["prepare"]["calibration_examples"] = 10
    params["train"]["baseline"] |= {"epochs": 2, "learning_rate": 0.01}
    params["train"]["teacher"] |= {"epochs": 1, "learning_rate": 0.01}
    params["train"]["teacher"]["network"]["filters"] = [8, 16]
    params["prune"] |= {"epochs": 1, "batch_size": 30, "frequency": 1}
    params["distill"]["student"]["epochs"] = 1
    params["cluster"] |= {"epochs": 1, "batch_size": 30}
    for variant in ("searched", "student_searched"):
        params["search"][variant] |= {"epochs": 1, "batch_size": 30, "rounds": 2, "accuracy_budget": 100}
    params["measure"]["emulated_images"], params["repeats"] = 1, {"student": 2, "searched": 2}
    params["distill"]["student"]["network"]["filters"] = [4, 8]
    with (folder / "params.yaml").open("w") as file:
        yaml.dump(params, file)

    succeed(folder, "git", "init", "--quiet")
    commit(folder)
    return folder


def commit(folder: Path) -> None:
    succeed(folder, "git", "add", "--all")
    succeed(folder, "git", "commit", "--quiet", "--allow-empty", "--message", "state")


def commit_index(folder: Path) -> None:
    succeed(folder, "git", "commit", "--quiet", "--message", "state")
