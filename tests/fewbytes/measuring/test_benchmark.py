"""Our C beside BakeNN's: both compute the same, on figures of one kind."""

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest

from fewbytes.command import InputError
from fewbytes.data.dataset import Split
from fewbytes.measuring import benchmark, chip
from fewbytes.runtimes.litert import Classifier
from tests.conftest import SPEC, Models
from tests.tflite_to_c.chips.programs import emulates
from tflite_to_c.generator import generate

pytestmark = [emulates, pytest.mark.skipif(find_spec("bakenn") is None, reason="needs bakenn")]


def test_both_engines_are_measured_on_the_same_images(tmp_path: Path, models: Models, digits: Split) -> None:
    inputs = Classifier(models.full_integer, "model", SPEC).inputs(digits.inputs[:3])
    figures = chip.measure(
        models.full_integer, "model.tflite", "net", tmp_path, inputs, spec=SPEC, tflm=lambda: None, images=3
    )
    found = benchmark.compare(models.full_integer, tmp_path, "net", inputs, SPEC)
    assert found["images"] == found["same_outputs_images"] == 3
    assert found["ours"].keys() == found["bakenn"].keys() == set(benchmark.FIGURES)
    assert found["ours"]["flash_bytes"] < found["bakenn"]["flash_bytes"]  # four fifths of the weights are zero
    assert figures is not None
    assert found["ours"] == {key: figures["cortex_m4"][key] for key in benchmark.FIGURES}


def test_c_that_is_not_there_is_named(tmp_path: Path, models: Models, digits: Split) -> None:
    inputs = Classifier(models.full_integer, "model", SPEC).inputs(digits.inputs[:1])
    with pytest.raises(InputError, match=r"net\.c: not found; `dvc repro` makes it"):
        benchmark.compare(models.full_integer, tmp_path, "net", inputs, SPEC)


def test_other_outputs_are_counted(tmp_path: Path, models: Models, digits: Split) -> None:
    inputs = Classifier(models.full_integer, "model", SPEC).inputs(digits.inputs[:4])
    chip.write_c(generate(models.aware, "model.tflite", "net"), tmp_path, "net")  # another network
    found = benchmark.compare(models.full_integer, tmp_path, "net", inputs, SPEC)
    assert found["same_outputs_images"] < 4


def test_a_model_that_bakenn_refuses_is_one_line(tmp_path: Path, models: Models) -> None:
    with pytest.raises(benchmark.RefusedError) as raised:
        benchmark.bakenn_program(models.float_tflite, tmp_path, (784, 10))
    assert str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_model_that_bakenn_refuses_has_our_figures_alone(
    tmp_path: Path, models: Models, digits: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise benchmark.RefusedError("no such operator")

    monkeypatch.setattr(benchmark, "bakenn_program", refuse)
    inputs = Classifier(models.full_integer, "model", SPEC).inputs(digits.inputs[:1])
    chip.write_c(generate(models.full_integer, "model.tflite", "net"), tmp_path, "net")
    found = benchmark.compare(models.full_integer, tmp_path, "net", inputs, SPEC)
    assert found.keys() == {"ours", "refused"}
    assert found["refused"] == "no such operator"


def test_how_it_was_measured_names_compiler_and_emulator() -> None:
    assert "-Os" in benchmark.how()
    assert f"zig {version('ziglang')} cc" in benchmark.how()
    assert "unicorn" in benchmark.how()
