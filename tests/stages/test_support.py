"""A step that does not know a layer leaves a note before any training, and the pipeline goes on."""

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from fewbytes import absent
from fewbytes.data import spec as specs
from fewbytes.networks import keras_files
from fewbytes.networks.keras import keras
from stages import quantize, search
from tests.conftest import ROOT, SPEC

layers = keras.layers


@pytest.mark.parametrize(
    ("stage", "start", "made"),
    [(quantize, "pruned", ("quantized", "history")), (search, "baseline", ("searched", "search"))],
)
def test_a_layer_that_a_step_does_not_know_is_noted(
    stage: Any, start: str, made: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    specs.save(SPEC)
    chain = [keras.Input((28, 28, 1)), layers.Conv2D(2, 3, name="conv"), layers.Rescaling(2.0, name="it")]
    keras_files.save(keras.Sequential([*chain, layers.Flatten(), layers.Dense(10)]), Path(f"models/{start}.h5"))
    variant, table = made
    monkeypatch.setattr(sys, "argv", ["stage", start, variant])
    stage.main()
    why = absent.reason(Path(f"models/{variant}.tflite"))
    assert why is not None
    assert why.startswith("layer it (Rescaling) is not known to ")
    assert Path(f"metrics/{table}/{variant}.csv").read_text() == ""
