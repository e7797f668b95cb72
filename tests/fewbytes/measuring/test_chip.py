"""A model's C on emulated cores, held against TensorFlow Lite Micro."""

from pathlib import Path

import numpy as np
import pytest

from fewbytes.command import InputError
from fewbytes.measuring import chip, targets
from fewbytes.metrics import Metrics
from fewbytes.runtimes import tflm
from tests.conftest import SPEC, Models
from tests.tflite_to_c.chips.programs import emulates
from tests.tflite_to_c.models import pooled_network, random_inputs
from tests.tflite_to_c.recurrent import classifier
from tests.tflite_to_c.test_benchmark_networks import mobilenet
from tflite_to_c import host
from tflite_to_c.chips.reference import Reference
from tflite_to_c.graph import Values
from tflite_to_c.options import SIZE, TINY, Options
from tflite_to_c.source import Source

SIZES = {"flash_bytes", "weight_bytes", "ram_bytes", "stack_bytes", "instructions"}


def measured(model: bytes, folder: Path, inputs: Values, tflm: Values | None, images: int) -> Metrics:
    figures = chip.measure(model, "net.tflite", "a net", folder, inputs, spec=SPEC, tflm=lambda: tflm, images=images)
    assert figures is not None
    return figures


@emulates
@pytest.mark.skipif(not tflm.available(), reason=tflm.ABSENT)
def test_every_core_gives_what_tflm_gives(tmp_path: Path) -> None:
    model = pooled_network()
    inputs = random_inputs(model, 7)
    wanted = tflm.Interpreter(model).scores(inputs)
    figures = measured(model, tmp_path, inputs, wanted, 4)
    assert {path.name for path in tmp_path.iterdir()} == {"a_net.h", "a_net.c"}
    assert list(figures) == [*(targets.key(core) for core in targets.SHARES), *(["host"] if host.compiler() else [])]
    # Those of this machine cost nothing; a core without a multiplier takes long.
    expected = {name: {"host": 7, "rv32ec": 1}.get(name, 4) for name in figures}
    assert {name: found["images"] for name, found in figures.items()} == expected
    assert {found["unlike_tflm_images"] for found in figures.values()} == {0}
    assert all(found.keys() >= SIZES for name, found in figures.items() if name != "host")
    other = wanted.copy()
    other[0, 3] += 1
    other[5] += 1
    unlike = measured(model, tmp_path, inputs, other, 4)
    assert {name: found["unlike_tflm_images"] for name, found in unlike.items()} == {
        name: 2 if name == "host" else 1 for name in figures
    }
    assert measured(model, tmp_path, inputs, wanted, 4) == figures


@emulates
def test_c_is_measured_as_it_is_asked_for(tmp_path: Path) -> None:
    model = pooled_network()
    inputs = random_inputs(model, 2)
    kept, over = (
        chip.measure(
            *(model, "net.tflite", "net", tmp_path / str(place), inputs),
            spec=SPEC,
            tflm=lambda: None,
            images=2,
            options=Options(SIZE, in_place=in_place),
        )
        for place, in_place in enumerate((False, True))
    )
    assert kept is not None
    assert over is not None
    assert over.keys() == kept.keys()
    assert {found["unlike_numpy_images"] for found in over.values()} == {0}
    assert over["cortex_m4"]["ram_bytes"] < kept["cortex_m4"]["ram_bytes"]
    assert "void net_run(void);" in (tmp_path / "1" / "net.h").read_text()


@emulates
def test_rows_are_taken_where_they_save_more_ram_than_they_take_flash() -> None:
    small, wide = pooled_network(), mobilenet(1, 0, 0)
    assert chip.least(small, "net.tflite") == Options(TINY, in_place=True)  # one layer: nothing to be together
    assert chip.least(wide, "net.tflite") == Options(TINY, rows=True, in_place=True)
    apart, rows = (chip.taken(wide, Options(TINY, each, in_place=True)) for each in (False, True))
    assert 0 < rows.flash_bytes - apart.flash_bytes < apart.ram_bytes - rows.ram_bytes
    assert chip.least(classifier(7, [9], 6, 11), "rows.tflite") == Options(TINY)
    assert chip.least(b"no model", "net.tflite") == chip.SMALL


@emulates
def test_the_header_says_how_deep_the_stack_went_on_each_core(tmp_path: Path) -> None:
    model = pooled_network()
    figures = measured(model, tmp_path, random_inputs(model, 1), None, 1)
    depths = {core: figures[targets.key(core)]["stack_bytes"] for core in targets.SHARES}
    header = (tmp_path / "a_net.h").read_text()
    assert f"#define A_NET_STACK_BYTES {max(depths.values())}\n" in header
    assert ", ".join(f"{core} {depth}" for core, depth in depths.items()) in header
    assert 0 < max(depths.values()) < 300  # what windows see lies in scratch


@emulates
def test_without_tflm_numpy_is_the_reference(tmp_path: Path) -> None:
    model = pooled_network()
    figures = measured(model, tmp_path, random_inputs(model, 2), None, 1)
    assert {found["unlike_numpy_images"] for found in figures.values()} == {0}
    assert not any("unlike_tflm_images" in found for found in figures.values())


@emulates
def test_c_that_does_not_compile_ends_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chip, "generate", lambda *_, **__: Source("", '#include "a_net.h"\nnonsense\n'))
    model = pooled_network()
    with pytest.raises(InputError, match=r"net\.c:2") as raised:
        measured(model, tmp_path, random_inputs(model, 1), None, 1)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("kind", ["float_tflite", "dynamic_range"])
def test_why_there_is_no_c_stands_where_it_would(tmp_path: Path, models: Models, kind: str) -> None:
    nothing = np.zeros((1, 784), np.int8)
    folder = tmp_path / "c"
    assert (
        chip.measure(
            getattr(models, kind), "net.tflite", "net", folder, nothing, spec=SPEC, tflm=lambda: None, images=1
        )
        is None
    )
    assert [path.name for path in (tmp_path / "c").iterdir()] == [chip.WHY_NOT]
    reason = (tmp_path / "c" / chip.WHY_NOT).read_text()
    assert reason.startswith("net.tflite: ")
    assert "float32" in reason
    assert reason.count("\n") == 1


def test_a_folder_that_cannot_be_written_keeps_what_it_has(tmp_path: Path) -> None:
    (tmp_path / "a_net.c").mkdir()  # stands for a disk that fails midway: the header would come first
    model = pooled_network()
    with pytest.raises(OSError, match="cannot write"):
        measured(model, tmp_path, random_inputs(model, 1), None, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["a_net.c"]


def test_an_image_counts_as_unlike_where_any_output_differs() -> None:
    reference = Reference("tflm", np.arange(30, dtype=np.int8).reshape(3, 10))
    ours = reference.outputs[:2].copy()
    assert chip._agreement(ours, reference) == {"images": 2, "unlike_tflm_images": 0}
    ours[1, 4:6] += 1
    assert chip._agreement(ours, reference)["unlike_tflm_images"] == 1
