"""A model's weights coded: what is counted is what the file has, and the weights come back."""

import numpy as np
import pytest

from fewbytes.coding import coded, packed
from fewbytes.command import InputError
from fewbytes.measuring import coding
from fewbytes.model_files import weights
from fewbytes.model_files.weights import Layer
from tests.conftest import Models


def test_a_real_models_weights_come_back(models: Models) -> None:
    layers = weights.read(models.aware, "model")
    figures, content = coding.measure(layers, "model")
    assert content is not None
    assert packed.same(packed.unpack(content, "here"), layers)
    assert figures["huffman_bytes"] == len(content)
    assert figures["huffman_ratio"] == pytest.approx(81_640 / len(content), abs=1e-4)  # four bytes a parameter
    assert figures["huffman_ratio"] > 10  # 80 % of the weights are zero
    arithmetic = coded.pack(layers)
    assert figures["arithmetic_bytes"] == len(arithmetic)
    assert figures["arithmetic_ratio"] == pytest.approx(81_640 / len(arithmetic), abs=1e-4)


def test_float_weights_of_few_values_have_a_huffman_code_only() -> None:
    kernel = np.array([[0, 0.5, 0.5, -1.25]] * 8, np.float32)
    figures, content = coding.measure([Layer("dense_1", kernel, np.zeros(8, np.float32))], "model")
    assert content is not None
    assert figures["huffman_bytes"] == len(content)
    assert not [key for key in figures if key.startswith("arithmetic")]


def test_weights_of_too_many_values_have_no_code(models: Models) -> None:
    assert coding.measure(weights.read(models.float_tflite, "model"), "model") == ({}, None)


def test_a_code_that_loses_a_weight_is_no_result(models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = weights.read(models.aware, "model")
    other = [layers[0]._replace(bias=layers[0].bias + 1), *layers[1:]]
    for module in (packed, coded):
        with monkeypatch.context() as patch:
            patch.setattr(module, "unpack", lambda *_: other)
            with pytest.raises(InputError, match="model: its weights did not survive the round trip"):
                coding.measure(layers, "model")
