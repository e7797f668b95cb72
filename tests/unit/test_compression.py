"""Pruning, quantization and conversion, seen through the files they make."""

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from fewbytes import params
from fewbytes.command import InputError
from fewbytes.data.dataset import Split, normalise
from fewbytes.model_files import weights
from fewbytes.networks import networks, tflite
from fewbytes.networks.keras import tf
from fewbytes.runtimes.litert import Classifier
from stages import prune
from tests.unit.conftest import Models


def operators(model: bytes) -> list[int]:
    root = schema.Model.GetRootAsModel(model, 0)
    graph = root.Subgraphs(0)
    return [root.OperatorCodes(graph.Operators(i).OpcodeIndex()).BuiltinCode() for i in range(graph.OperatorsLength())]


def test_pruning_reaches_the_final_sparsity_in_every_kernel(models: Models) -> None:
    for layer in models.pruned.layers:
        if layer.get_weights():
            kernel = layer.get_weights()[0]
            assert np.mean(kernel == 0) == pytest.approx(0.8, abs=0.5 / kernel.size)


@pytest.mark.parametrize("frequency", [4, 7])
def test_the_final_sparsity_is_reached_whatever_the_frequency(
    models: Models, digits: Split, settings: params.Params, frequency: int
) -> None:
    recipe = settings.prune.model_copy(update={"batch_size": 20, "frequency": frequency, "epochs": 1})  # 10 steps
    model, _ = prune.prune(models.baseline, recipe, digits, digits)
    kernel = model.get_layer("dense").get_weights()[0]
    assert np.mean(kernel == 0) == pytest.approx(0.8, abs=0.5 / kernel.size)


def test_a_frequency_that_never_prunes_is_refused(models: Models, digits: Split, settings: params.Params) -> None:
    recipe = settings.prune.model_copy(update={"batch_size": 20, "frequency": 10, "epochs": 1})
    with pytest.raises(InputError, match=r"prune\.frequency = 10: must be at most 9, the last step of 1 epochs"):
        prune.prune(models.baseline, recipe, digits, digits)


def test_litert_agrees_with_keras_on_a_float_model(models: Models, digits: Split) -> None:
    scores = Classifier(models.float_tflite, "model").scores(digits.images)
    expected = models.baseline.predict(normalise(digits.images), verbose=0)
    np.testing.assert_allclose(scores, expected, rtol=1e-3, atol=1e-3)
    accuracy = np.mean(scores.argmax(axis=1) == digits.labels)
    assert accuracy == np.mean(expected.argmax(axis=1) == digits.labels) > 0.9


def test_litert_agrees_with_keras_on_the_other_family(digits: Split, settings: params.Params) -> None:
    model = networks.build(settings.distill.student.network)
    scores = Classifier(tflite.to_float(model), "model").scores(digits.images)
    np.testing.assert_allclose(scores, model.predict(normalise(digits.images), verbose=0), rtol=1e-3, atol=1e-3)


def test_a_model_of_another_type_is_refused(models: Models) -> None:
    converter = tf.lite.TFLiteConverter.from_keras_model(models.baseline)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    with pytest.raises(InputError, match=r"here: weights .* are computed, not stored"):
        weights.read(converter.convert(), "here")


@pytest.mark.parametrize("kind", ["dynamic_range", "full_integer", "aware"])
def test_quantized_models_still_classify(models: Models, digits: Split, kind: str) -> None:
    scores = Classifier(getattr(models, kind), "model").scores(digits.images)
    assert np.mean(scores.argmax(axis=1) == digits.labels) > 0.9


@pytest.mark.parametrize("kind", ["full_integer", "aware"])
def test_full_integer_models_are_int8_from_end_to_end(models: Models, kind: str) -> None:
    interpreter = Interpreter(model_content=getattr(models, kind))
    interpreter.allocate_tensors()
    ends = [interpreter.get_input_details()[0], interpreter.get_output_details()[0]]
    assert [end["dtype"] for end in ends] == [np.int8, np.int8]
    assert [list(end["shape_signature"]) for end in ends] == [[1, 28, 28, 1], [1, 10]]
    kinds = {tensor["dtype"] for tensor in interpreter.get_tensor_details()}
    assert kinds <= {np.int8, np.int32}
    for absent in ("SHAPE", "STRIDED_SLICE", "PACK", "QUANTIZE", "DEQUANTIZE"):
        assert getattr(schema.BuiltinOperator, absent) not in operators(getattr(models, kind))


@pytest.mark.parametrize("kind", ["dynamic_range", "full_integer", "aware"])
def test_quantization_keeps_the_zeros_of_pruning(models: Models, kind: str) -> None:
    dense = weights.read(getattr(models, kind), "model")[-1]
    assert dense.kernel.dtype == np.int8
    assert np.mean(dense.kernel == 0) >= 0.799


def test_weights_read_from_a_file_are_the_models(models: Models) -> None:
    layers = weights.read(models.float_tflite, "model")
    assert [layer.name for layer in layers] == ["conv_1", "dense_2"]
    (conv, conv_bias), (dense, dense_bias) = (
        models.baseline.get_layer(name).get_weights() for name in ("conv", "dense")
    )
    np.testing.assert_array_equal(layers[0].kernel, conv.transpose(3, 0, 1, 2))
    np.testing.assert_array_equal(layers[0].bias, conv_bias)
    np.testing.assert_array_equal(layers[1].kernel, dense.T)
    np.testing.assert_array_equal(layers[1].bias, dense_bias)


def test_int8_weights_times_their_scale_are_the_float_ones(models: Models) -> None:
    dense = weights.read(models.full_integer, "model")[-1].kernel
    kernel = models.pruned.get_layer("dense").get_weights()[0].T
    scale = np.abs(kernel).max(axis=1, keepdims=True) / 127  # per output channel
    assert np.abs(dense * scale - kernel).max() <= scale.max() * 0.51


@pytest.mark.parametrize("keep", [0, 3, 1_000, 80_000])
def test_a_damaged_tflite_file_is_refused(models: Models, keep: int) -> None:
    with pytest.raises(InputError, match="here: not a model LiteRT can run") as raised:
        Classifier(models.float_tflite[:keep], "here")
    assert "\n" not in str(raised.value)


def test_latency_is_in_microseconds(models: Models, digits: Split) -> None:
    classifier = Classifier(models.full_integer, "model", threads=1)
    assert 1 < classifier.latency_us(digits.images[:1], seconds=0.02) < 100_000
