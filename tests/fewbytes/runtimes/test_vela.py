from pathlib import Path

import pytest

from fewbytes.runtimes import vela
from tests.conftest import Models


def test_vela_puts_int8_on_the_npu_and_float_not(models: Models, tmp_path: Path) -> None:
    for name, model in (("int8", models.full_integer), ("float", models.float_tflite)):
        (tmp_path / f"{name}.tflite").write_bytes(model)
    estimate = vela.estimate(tmp_path / "int8.tflite")
    assert (estimate["npu_operators"], estimate["cpu_operators"]) == (3, 0)
    assert 1_000 < estimate["weight_bytes"] < len(models.full_integer)  # pruned, so packed to less than a byte each
    assert estimate["cycles"] / 500 == pytest.approx(estimate["inference_us"], rel=0.01)  # at 500 MHz
    assert vela.estimate(tmp_path / "int8.tflite") == estimate
    assert vela.estimate(tmp_path / "float.tflite") == {"npu_operators": 0, "cpu_operators": 4}


def test_what_vela_refuses_is_a_reason_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.tflite").write_bytes(b"nothing")
    found = vela.estimate(tmp_path / "bad.tflite")
    assert found.keys() == {"npu_operators", "cpu_operators", "refused"}
    assert found["npu_operators"] == 0
    assert found["refused"]
    assert "\n" not in found["refused"]
