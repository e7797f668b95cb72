"""The C of this project's own networks, and the stage that writes it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from stages.shared.command import InputError
from tests.conftest import ROOT
from tests.flatbuffer import Model
from tests.tflite_to_c.models import (
    assert_same,
    convolution,
    ending_at,
    outputs_of,
    pooled_network,
    runs_c,
)
from tests.unit.conftest import Models
from tflite_to_c import generate


@runs_c
@pytest.mark.parametrize("name", ["400B", "900B", "LeNet-5"])
def test_any_layer_of_the_frontiers_networks_may_be_the_output(name: str) -> None:
    whole = (ROOT / "frontier" / "models" / f"{name}-1.tflite").read_bytes()
    for output in outputs_of(whole):
        assert_same(ending_at(whole, output), 10)


@runs_c
@pytest.mark.parametrize("kind", ["full_integer", "aware"])
def test_converted_networks_give_what_tflm_gives(models: Models, kind: str) -> None:
    assert_same(getattr(models, kind), 200)


def test_other_types_and_dilations_are_named(models: Models) -> None:
    for refused in (models.float_tflite, models.dynamic_range):
        with pytest.raises(
            InputError, match=r"here: layer 0, operator CONV_2D: tensor '.+' is float32; int8 is covered"
        ):
            generate(refused, "here", "model")
    model = Model()
    image, output = model.tensor((1, 8, 8, 1), 0.1), model.tensor((1, 4, 4, 1), 0.1)
    convolution(model, image, np.ones((1, 3, 3, 1), np.int8), output, dilationHFactor=2, dilationWFactor=2)
    with pytest.raises(InputError, match="layer 0, operator CONV_2D: dilation 2 x 2 is not covered"):
        generate(model.finish(image, output), "here", "model")


def test_the_command_writes_nothing_for_a_damaged_file(tmp_path: Path) -> None:
    (tmp_path / "bad.tflite").write_bytes(pooled_network()[:900])
    command = [sys.executable, "-m", "stages.generate", str(tmp_path / "bad.tflite"), "-o", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: bad.tflite: ")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
