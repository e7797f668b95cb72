import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fewbytes.command import InputError
from fewbytes.reports import loading
from tests.fewbytes.reports import small
from tests.flatbuffer import Model

NUMBERS = ("epoch", "accuracy")


@pytest.mark.parametrize(
    "text",
    [
        *("", "epoch\n1\n", "a,b\n1,2\n", "epoch,accuracy\n", "epoch,accuracy\n1,high\n", "epoch,accuracy\n1,\n"),
        *("epoch,accuracy\n1,inf\n", "epoch,accuracy\n1,2,3\n4\n", 'epoch,accuracy\n"', "epoch,accuracy\n1,1e999\n"),
        *("epoch,accuracy,val_accuracy\n1,0.5,high\n", f"epoch,accuracy\n1,{'9' * 5000}\n", "epoch,accuracy\n\0,1\n"),
    ],
)
def test_a_table_without_its_numbers_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=r"a\.csv: .*; `git restore .*a\.csv` brings it back") as raised:
        loading.load_table(path, NUMBERS)
    assert "\n" not in str(raised.value)
    path.write_text("epoch,accuracy,val_accuracy,more\n1,0.5,0.4,x\n")
    assert loading.load_table(path, NUMBERS)["accuracy"].tolist() == [0.5]


def test_a_sensitivity_of_one_kind_is_refused(tmp_path: Path) -> None:
    rows = small.SENSITIVITY
    rows.to_csv(tmp_path / "a.csv", index=False)
    assert len(loading.load_sensitivity(tmp_path / "a.csv")) == len(rows)
    rows[rows["kind"] == "pruned"].to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(InputError, match="not layers pruned and clustered"):
        loading.load_sensitivity(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        *(("accuracy", None), ("accuracy", 1.5), ("zip_bytes", 0), ("compression_zip", "high")),
        *(("tflm", None), ("tflm.runs", True), ("tflm.reason", 3), ("tflm.arena_bytes", "many"), ("tflm.accuracy", 2)),
        *(("npu", []), ("npu.npu_operators", None), ("npu.cycles", True), ("npu.cycles", -1)),
        *(("coded", None), ("coded.huffman_bytes", None), ("coded.huffman_bytes", 0), ("coded.arithmetic_ratio", None)),
        *(("chip", 3), ("chip.rv32ec", None), ("chip.cortex_m4.flash_bytes", 0), ("chip.cortex_m0.stack_bytes", "x")),
        *(("chip.cortex_m0.estimated_cycles", None), ("chip.host.unlike_tflm_images", None), ("chip.host", None)),
    ],
)
def test_figures_that_make_no_sense_are_refused_in_one_line(project: Path, place: str, value: object) -> None:
    variant = loading.load_variants()["quantized"]
    path = project / "metrics/variants/quantized.json"
    found: Any = json.loads(path.read_text())
    assert loading.load_figures("quantized", variant) == found
    *parts, key = place.split(".")
    part = found
    for each in parts:
        part = part[each]
    part[key] = value
    path.write_text(json.dumps(found))
    with pytest.raises(
        InputError, match=r"metrics/variants/quantized\.json: .*`git restore .* brings it back"
    ) as raised:
        loading.load_figures("quantized", variant)
    assert "\n" not in str(raised.value)


def test_a_variant_that_was_not_measured_says_what_makes_it(project: Path) -> None:
    (project / "metrics/variants/searched.json").unlink()
    with pytest.raises(InputError, match=r"metrics/variants/searched\.json: not found; `dvc repro` makes it"):
        loading.load()


def test_variants_that_the_text_is_about_must_be_there(project: Path) -> None:
    path = project / "variants.yaml"
    lines = [line for line in path.read_text().splitlines() if not line.startswith("  clustered:")]
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(InputError, match=r"variants\.yaml: has no clustered, which the report's text is about"):
        loading.load_variants()


@pytest.mark.parametrize("key", ["how", "bakenn_version", "baseline_full_integer"])
def test_a_benchmark_without_its_numbers_is_refused(project: Path, key: str) -> None:
    path = project / "metrics/benchmark.json"
    found = json.loads(path.read_text())
    del found[key]
    path.write_text(json.dumps(found))
    with pytest.raises(InputError, match=rf"benchmark\.json: has no .*{key}"):
        loading.load()


@pytest.mark.parametrize("text", ["actual,predicted,images\n", small.CONFUSION.replace("0,1,1\n", "0,0,1\n", 1)])
def test_a_confusion_lacks_no_pair_and_has_none_twice(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(small.CONFUSION)
    assert loading.load_confusion(path, 10)["images"].sum() == 9_090
    path.write_text(text)
    with pytest.raises(InputError, match=r"a\.csv: "):
        loading.load_confusion(path, 10)


def test_the_picture_of_weights_wants_the_same_network_twice(tmp_path: Path) -> None:
    before, after = tmp_path / "before.tflite", tmp_path / "after.tflite"
    for path in (before, after):
        path.write_bytes(small.network())
    assert [len(layers) for layers in loading.load_weights(before, after)] == [2, 2]
    after.write_bytes(b"cut")
    with pytest.raises(InputError, match=r"after\.tflite: damaged or foreign \(not a \.tflite model"):
        loading.load_weights(before, after)
    other = Model()
    image = other.tensor((1, 28, 28, 1), 0.1)
    kernel = other.constant(np.ones((10, 784), np.int8), 0.1)
    scores = other.operator("FULLY_CONNECTED", [image, kernel], other.tensor((1, 10), 0.1))
    after.write_bytes(other.finish(image, scores))
    with pytest.raises(InputError, match=r"after\.tflite: damaged or foreign \(its layers are not those of"):
        loading.load_weights(before, after)
    with pytest.raises(InputError, match=r"after\.tflite: damaged or foreign \(its layers are dense_1, not conv_1"):
        loading.load_weights(after, before)
