import zipfile
from pathlib import Path

import numpy as np
import pytest

from fewbytes import metrics
from fewbytes.command import InputError
from fewbytes.model_files.weights import Layer
from stages import measure
from tests.unit.conftest import Models

LAYERS = [
    Layer("conv_1", np.array([[1, 0], [0, 3]], np.int8), np.array([0, 5], np.int32)),
    Layer("dense_2", np.array([0, 0, 0, 1, 2], np.int8), np.array([1], np.int32)),
]


def test_zip_bytes_is_the_size_of_a_real_archive(tmp_path: Path) -> None:
    content = bytes(range(256)) * 40
    (tmp_path / "model.h5").write_bytes(content)
    with zipfile.ZipFile(tmp_path / "model.zip", "w", compression=zipfile.ZIP_DEFLATED) as file:
        file.write(tmp_path / "model.h5", "model.h5")
    assert measure.zip_bytes(content, "model.h5") == (tmp_path / "model.zip").stat().st_size < len(content) / 10


def test_sizes_count_kernels_and_biases() -> None:
    assert measure.sizes(LAYERS) == {
        "parameters": 12,
        "nonzero_parameters": 6,
        "sparsity": 0.5,
        "sparsity_by_layer": {"conv_1": 0.5, "dense_2": 0.6},
        "parameter_bytes": 96,
        "float32_bytes": 48,
    }


def test_ratios_are_each_in_one_measure() -> None:
    start = {"zip_bytes": 78_211, "parameter_bytes": 6_215_760, "accuracy": 0.9774}
    end = {"zip_bytes": 8_039, "parameter_bytes": 142_800, "accuracy": 0.9721}
    assert measure.compare(end, start) == {
        "compression_zip": pytest.approx(9.73, abs=0.005),
        "compression_parameter_bytes": pytest.approx(43.53, abs=0.005),
        "accuracy_change_points": -0.53,
    }


def test_confusion_counts_every_image_once() -> None:
    rows = measure.confusion(np.array([3, 3, 9], np.uint8), np.array([3, 5, 9], np.uint8))
    assert len(rows) == 100
    assert [row for row in rows if row[2]] == [(3, 3, 1), (3, 5, 1), (9, 9, 1)]


def test_metrics_without_what_is_compared_are_refused() -> None:
    with pytest.raises(InputError, match=r"m\.json: has no number for zip_bytes, accuracy"):
        metrics.require({"parameter_bytes": 1, "accuracy": "high"}, measure.COMPARED, "m.json")


HOSTILE = {
    "NaN": '{"a": NaN}',
    "infinite": '{"a": -Infinity}',
    "beyond floats": '{"a": 1e400}',
    "digits": '{"a": ' + "9" * 5000 + "}",
    "nested": '{"a": ' + "[" * 10_000 + "]" * 10_000 + "}",
    "half a character": '{"a": "\\ud800"}',
    "a list": "[1]",
    "cut": '{"a": 1',
    "empty": "",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_metrics_are_finite_numbers_in_json(tmp_path: Path, content: str) -> None:
    (tmp_path / "m.json").write_text(content)
    with pytest.raises(
        InputError, match=r"m\.json: not (JSON|a JSON object).*`git restore .*` brings it back"
    ) as raised:
        metrics.load(tmp_path / "m.json")
    assert "\n" not in str(raised.value)
    (tmp_path / "m.json").write_bytes(b'{"a": "\xe9"}')
    with pytest.raises(InputError, match="not UTF-8"):
        metrics.load(tmp_path / "m.json")


@pytest.mark.parametrize("value", [True, False, None, "1", float("nan"), float("inf"), -float("inf"), [1]])
def test_one_function_says_what_a_number_is(value: object) -> None:
    assert not metrics.is_number(value)
    with pytest.raises(InputError, match=r"m\.json: has no number for a\.b"):
        metrics.require({"a": {"b": value}}, ["a.b"], "m.json")
    assert metrics.require({"a": {"b": 0}}, ["a.b"], "m.json")


@pytest.mark.parametrize(
    ("key", "value"),
    [("accuracy", 1.5), ("accuracy", -0.1), ("zip_bytes", 0), ("gap_bytes", -1), ("cycles", 10**30)],
)
def test_figures_that_cannot_be_are_refused(key: str, value: float) -> None:
    with pytest.raises(InputError, match=rf"m\.json: {key} = .*: must be from"):
        metrics.require({key: value}, [key], "m.json")


@pytest.mark.parametrize("suffix", [".tflite", ".h5", ""])
@pytest.mark.parametrize("content", [b"", b"text", bytes(1000)])
def test_what_is_zipped_is_a_whole_model(tmp_path: Path, models: Models, suffix: str, content: bytes) -> None:
    path = tmp_path / f"model{suffix}"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"damaged or foreign"):
        measure.read_whole(path)
    (tmp_path / "model.tflite").write_bytes(models.full_integer)
    assert measure.read_whole(tmp_path / "model.tflite") == models.full_integer


@pytest.mark.parametrize("content", ["{", "3", "a: 3", "baseline: {accuracy: true}"])
def test_a_damaged_essay_file_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "essay.yaml").write_text(content)
    with pytest.raises(InputError, match=r"essay\.yaml: "):
        metrics.load_essay(tmp_path / "essay.yaml")
