"""The Spec: MNIST's normalisation bit for bit as before there was one, and files that say something else."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fewbytes.command import InputError
from fewbytes.data import spec as specs
from tests.conftest import SPEC


def test_mnist_is_normalised_to_the_same_bits_as_ever() -> None:
    every = np.arange(784, dtype=np.uint32).astype(np.uint8).reshape(1, 28, 28)  # each of the 256 values
    described = specs.describe(every, "image", SPEC.classes, "auto", "here")
    assert described == SPEC
    before = every[..., np.newaxis].astype(np.float32) / np.float32(255)
    found = described.normalise(every)
    assert found.dtype == np.float32
    assert found.tobytes() == before.tobytes()


def test_a_spec_is_the_same_when_it_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    values = np.random.default_rng(1).normal(3, 2, (40, 7)).astype(np.float32)
    many = specs.describe(values, "table", [f"class {number}" for number in range(5_000)], "standard", "here")
    specs.save(many, path)
    assert specs.load(path) == many
    assert specs.load(path).normalise(values).tobytes() == many.normalise(values).tobytes()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"shape": [28]}, "is no image's"),
        ({"shape": [0, 28]}, "shape.0 = 0"),
        ({"offset": [0.0, 1.0, 2.0]}, "offset and divisor must have 1 number each"),
        ({"divisor": [0.0]}, "divisor.0 = 0.0: input should be greater than 0"),
        ({"dtype": "int8"}, "dtype = 'int8'"),
        ({"classes": ["one"]}, "classes = ['one']"),
        ({"more": 1}, "more = 1: not a known key"),
        ({"low": "0"}, "low = '0'"),
        ({"low": -1.0}, "low and high, -1 and 255, are no range of uint8"),
        ({"dtype": "float32", "low": 256.0}, "low and high, 256 and 255, are no range of float32"),
        ({"dtype": "float32", "high": 1e39}, "are no range of float32"),
    ],
)
def test_a_spec_that_makes_no_sense_is_one_line(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(SPEC.model_dump() | changes))
    with pytest.raises(InputError) as raised:
        specs.load(path)
    assert str(raised.value).startswith(f"{path}: damaged or foreign (")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "said"), [("{", "not JSON"), ("[" * 100_000, "not JSON"), ("3", "must be a section")]
)
def test_a_file_that_is_no_spec_is_one_line(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "spec.json").write_text(content)
    with pytest.raises(InputError, match=said) as raised:
        specs.load(tmp_path / "spec.json")
    assert "\n" not in str(raised.value)
    with pytest.raises(InputError, match=r"none\.json: not found; `dvc repro` makes it"):
        specs.load(tmp_path / "none.json")
