"""A point's seeds are fitted beside one another, each on one core, whatever there are."""

import sys
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from fewbytes import arrays, frontier, frontier_params
from fewbytes.command import InputError
from stages import fit
from tests.conftest import ROOT, make_digits, save_data

POINT = "1050B"
LOGITS = frontier.logits_path("single")  # of the teacher of that point


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    digits = make_digits(60, seed=1)
    save_data(digits, digits, digits, tmp_path)
    arrays.save(LOGITS, np.zeros((1, 60, 10), np.float16))
    yaml = YAML()
    settings = yaml.load(ROOT / frontier_params.PATH)
    settings["teachers"]["single"]["copies"] = 1
    settings["training"]["batch_size"] = 20
    small = [{"conv": 3, "kernel_size": 5, "strides": 4}]
    settings["points"][POINT] |= {"blocks": small, "float_epochs": 1, "grid_epochs": 1}
    with (tmp_path / frontier_params.PATH).open("w", encoding="utf-8") as file:
        yaml.dump(settings, file)
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["fit", *arguments])
    fit.main()


@pytest.mark.slow
def test_each_seed_gives_what_it_gives_alone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del project
    run(monkeypatch, POINT, "1", "2")
    together = [frontier.model_path(POINT, seed).read_bytes() for seed in (1, 2)]
    assert together[0] != together[1]
    run(monkeypatch, POINT, "2")
    assert frontier.model_path(POINT, 2).read_bytes() == together[1]
    assert frontier.fit_path(POINT, 2).is_file()


def test_what_is_missing_is_said_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / LOGITS).unlink()
    with pytest.raises(InputError, match=r"teachers/single\.npy: not found"):
        run(monkeypatch, POINT, "1", "2")


@pytest.mark.slow
def test_a_seed_that_fails_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (project / "frontier/models").write_text("a file where the models shall be")
    with pytest.raises(InputError, match="1050B: seed 1, 2 failed, see above"):
        run(monkeypatch, POINT, "1", "2")
    said = capfd.readouterr().err
    assert said.count("error: ") == 2
    assert "Traceback" not in said
    assert not frontier.fit_path(POINT, 1).exists()
