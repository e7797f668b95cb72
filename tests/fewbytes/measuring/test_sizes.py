"""Sizes of models, each under its own name."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from fewbytes.command import InputError
from fewbytes.measuring import sizes
from fewbytes.model_files.weights import Layer
from tests.conftest import Models

LAYERS = [
    Layer("conv_1", np.array([[1, 0], [0, 3]], np.int8), np.array([0, 5], np.int32)),
    Layer("dense_2", np.array([0, 0, 0, 1, 2], np.int8), np.array([1], np.int32)),
]


def test_zip_bytes_is_the_size_of_a_real_archive(tmp_path: Path) -> None:
    content = bytes(range(256)) * 40
    (tmp_path / "model.h5").write_bytes(content)
    with zipfile.ZipFile(tmp_path / "model.zip", "w", compression=zipfile.ZIP_DEFLATED) as file:
        file.write(tmp_path / "model.h5", "model.h5")
    assert sizes.zip_bytes(content, "model.h5") == (tmp_path / "model.zip").stat().st_size < len(content) / 10


def test_sizes_count_kernels_and_biases() -> None:
    assert sizes.of_layers(LAYERS) == {
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
    assert sizes.compare(end, start) == {
        "compression_zip": pytest.approx(9.73, abs=0.005),
        "compression_parameter_bytes": pytest.approx(43.53, abs=0.005),
        "accuracy_change_points": -0.53,
    }


@pytest.mark.parametrize("suffix", [".tflite", ".h5", ""])
@pytest.mark.parametrize("content", [b"", b"text", bytes(1000)])
def test_what_is_zipped_is_a_whole_model(tmp_path: Path, models: Models, suffix: str, content: bytes) -> None:
    path = tmp_path / f"model{suffix}"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"damaged or foreign"):
        sizes.read_whole(path)
    (tmp_path / "model.tflite").write_bytes(models.full_integer)
    assert sizes.read_whole(tmp_path / "model.tflite") == models.full_integer
