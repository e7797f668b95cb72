"""A model's C on emulated cores, held against TensorFlow Lite Micro."""

from pathlib import Path

import numpy as np
import pytest

from fewbytes.command import InputError
from fewbytes.measuring import chip
from fewbytes.runtimes import tflm
from tests.conftest import SPEC, Models
from tests.tflite_to_c.chips.programs import emulates
from tests.tflite_to_c.models import pooled_network, random_inputs
from tflite_to_c import host

SIZES = {"flash_bytes", "weight_bytes", "ram_bytes", "stack_bytes", "instructions"}


@emulates
@pytest.mark.skipif(not tflm.available(), reason=tflm.ABSENT)
def test_every_core_gives_what_tflm_gives(tmp_path: Path) -> None:
    model = pooled_network()
    inputs = random_inputs(model, 7)
    wanted = tflm.Interpreter(model).scores(inputs)
    assert chip.write_c(model, "net.tflite", "a net", tmp_path, SPEC)
    figures = chip.measure(tmp_path, "a net", inputs, 10, reference=wanted, images=4)
    assert list(figures) == [*(core.replace("-", "_") for core in chip.CORES), *(["host"] if host.compiler() else [])]
    # Those of this machine cost nothing; a core without a multiplier takes long.
    expected = {name: {"host": 7, "rv32ec": 1}.get(name, 4) for name in figures}
    assert {name: found["images"] for name, found in figures.items()} == expected
    assert {found["unlike_tflm_images"] for found in figures.values()} == {0}
    assert all(found.keys() >= SIZES for name, found in figures.items() if name != "host")
    other = wanted.copy()
    other[0, 3] += 1
    other[5] += 1
    unlike = chip.measure(tmp_path, "a net", inputs, 10, reference=other, images=4)
    assert {name: found["unlike_tflm_images"] for name, found in unlike.items()} == {
        name: 2 if name == "host" else 1 for name in figures
    }
    again = chip.measure(tmp_path, "a net", inputs, 10, reference=wanted, images=4)
    assert again == figures


@emulates
def test_without_tflm_nothing_is_claimed(tmp_path: Path) -> None:
    model = pooled_network()
    chip.write_c(model, "net.tflite", "net", tmp_path, SPEC)
    figures = chip.measure(tmp_path, "net", random_inputs(model, 2), 10, reference=None, images=1)
    for found in figures.values():
        assert found["unlike_tflm_images"] == "not known: TensorFlow Lite Micro did not run"


@emulates
def test_c_that_does_not_compile_ends_in_one_line(tmp_path: Path) -> None:
    model = pooled_network()
    chip.write_c(model, "net.tflite", "net", tmp_path, SPEC)
    (tmp_path / "net.c").write_text('#include "net.h"\nnonsense\n')
    with pytest.raises(InputError, match=r"net\.c:2") as raised:
        chip.measure(tmp_path, "net", random_inputs(model, 1), 10, reference=None, images=1)
    assert "\n" not in str(raised.value)


def test_a_covered_model_is_a_header_and_a_source(tmp_path: Path) -> None:
    assert chip.write_c(pooled_network(), "net.tflite", "6-net", tmp_path / "c", SPEC)
    assert {path.name for path in (tmp_path / "c").iterdir()} == {"model_6_net.h", "model_6_net.c"}
    assert "model_6_net_run(" in (tmp_path / "c" / "model_6_net.h").read_text()


@pytest.mark.parametrize("kind", ["float_tflite", "dynamic_range"])
def test_why_there_is_no_c_stands_where_it_would(tmp_path: Path, models: Models, kind: str) -> None:
    assert not chip.write_c(getattr(models, kind), "net.tflite", "net", tmp_path / "c", SPEC)
    assert [path.name for path in (tmp_path / "c").iterdir()] == [chip.WHY_NOT]
    reason = (tmp_path / "c" / chip.WHY_NOT).read_text()
    assert reason.startswith("net.tflite: ")
    assert "float32" in reason
    assert reason.count("\n") == 1


def test_a_folder_that_cannot_be_written_keeps_what_it_has(tmp_path: Path) -> None:
    (tmp_path / "net.c").mkdir()  # stands for a disk that fails midway: the header would come first
    with pytest.raises(OSError, match="cannot write"):
        chip.write_c(pooled_network(), "net.tflite", "net", tmp_path, SPEC)
    assert [path.name for path in tmp_path.iterdir()] == ["net.c"]


def test_an_image_counts_as_unlike_where_any_output_differs() -> None:
    reference = np.arange(30, dtype=np.int8).reshape(3, 10)
    ours = reference[:2].copy()
    assert chip._agreement(ours, reference) == {"images": 2, "unlike_tflm_images": 0}
    ours[1, 4:6] += 1
    assert chip._agreement(ours, reference)["unlike_tflm_images"] == 1
    assert "not known" in chip._agreement(ours, None)["unlike_tflm_images"]
