"""Runtimes of microcontrollers, as the probe stage asks them."""

from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from fewbytes.command import InputError
from fewbytes.data.dataset import Split
from fewbytes.runtimes import tflm, vela
from fewbytes.runtimes.litert import Classifier
from stages import probe
from tests.unit.conftest import Models

needs_tflm = pytest.mark.skipif(not tflm.available(), reason=tflm.ABSENT)


@needs_tflm
def test_an_int8_model_runs_and_classifies_as_on_litert(models: Models, digits: Split) -> None:
    litert = Classifier(models.full_integer, "model").scores(digits.images)
    figures, scores = probe.probe(models.full_integer, "model", digits, litert)
    assert figures["runs"] == "yes"
    assert figures["accuracy"] == np.mean(scores.argmax(axis=1) == digits.labels) > 0.9
    assert figures["agree_with_litert_images"] >= 198
    assert scores.dtype == np.int8
    assert np.abs(scores.astype(int) - litert).max() <= 1
    halved = probe.probe(models.full_integer, "model", digits, np.roll(litert, 1, axis=1))
    assert halved[0]["agree_with_litert_images"] < 50


@needs_tflm
@pytest.mark.parametrize("kind", ["full_integer", "float_tflite"])
def test_the_arena_is_the_smallest_that_suffices(models: Models, kind: str) -> None:
    model = getattr(models, kind)
    arena = tflm.Interpreter(model).arena_bytes()
    tflm.Interpreter(model, arena)
    with pytest.raises(tflm.RefusedError, match=r"allocat|resize|arena"):
        tflm.Interpreter(model, arena - 32)


@needs_tflm
def test_the_runtimes_own_reason_is_given(models: Models, digits: Split) -> None:
    figures, scores = probe.probe(models.dynamic_range, "model", digits, np.empty((0, 10), np.float32))
    assert figures == {"runs": "no", "reason": "Input type: FLOAT32 with filter type: INT8 not supported."}
    assert scores.shape == (0, 10)


def test_without_the_package_the_figures_say_so(models: Models, digits: Split) -> None:
    with mock.patch.object(tflm, "available", return_value=False):
        figures, scores = probe.probe(models.full_integer, "model", digits, np.empty((0, 10), np.int8))
    assert list(figures) == ["runs"]
    assert figures["runs"].startswith("not tried: tflite-micro has no package for ")
    assert scores.shape == (0, 10)


def test_vela_puts_int8_on_the_npu_and_float_not(models: Models, tmp_path: Path) -> None:
    for name, model in (("int8", models.full_integer), ("float", models.float_tflite)):
        (tmp_path / f"{name}.tflite").write_bytes(model)
    estimate = vela.estimate(tmp_path / "int8.tflite")
    assert (estimate["npu_operators"], estimate["cpu_operators"]) == (3, 0)
    assert 1_000 < estimate["weight_bytes"] < len(models.full_integer)  # pruned, so packed to less than a byte each
    assert estimate["cycles"] / 500 == pytest.approx(estimate["inference_us"], rel=0.01)  # at 500 MHz
    assert vela.estimate(tmp_path / "int8.tflite") == estimate
    assert vela.estimate(tmp_path / "float.tflite") == {"npu_operators": 0, "cpu_operators": 4}


def test_what_vela_cannot_read_ends_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.tflite").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"bad\.tflite: Vela cannot compile it \(") as raised:
        vela.estimate(tmp_path / "bad.tflite")
    assert "\n" not in str(raised.value)
