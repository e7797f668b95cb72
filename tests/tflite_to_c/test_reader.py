"""Wrong files and what is not covered end in one clear line."""

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from fewbytes.model_files import slim
from tests.attack import mutants
from tests.flatbuffer import Model
from tests.tflite_to_c.models import SAME, VALID, convolution, dense, runs_c
from tflite_to_c.errors import InputError
from tflite_to_c.generator import generate


@runs_c
def test_damaged_files_end_in_one_line_and_never_in_wrong_c() -> None:
    outcome = mutants.attack(600, seed=1)
    assert outcome.failures == []
    assert outcome.counts["refused in one line"] > 300
    assert outcome.counts["equal to TFLM"] > 80


@pytest.mark.parametrize("name", ["MAX_POOL_2D", "AVERAGE_POOL_2D"])
@pytest.mark.parametrize(("scale", "zero_point"), [(0.11, 3), (0.1, 4)])
def test_pooling_into_another_scale_is_refused(name: str, scale: float, zero_point: int) -> None:
    model = Model()
    image, output = model.tensor((1, 4, 4, 1), 0.1, 3), model.tensor((1, 2, 2, 1), scale, zero_point)
    options = {"filterHeight": 2, "filterWidth": 2, "strideH": 2, "strideW": 2, "padding": VALID}
    model.operator(name, [image], output, **options)
    message = rf"tensor 'tensor_1' has scale {scale} and zero point {zero_point}; those of its input, 0.1 and 3, are"
    with pytest.raises(InputError, match=rf"^here: layer 0, operator {name}: {message} covered$"):
        generate(model.finish(image, output), "here", "model")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "COS"}, r"layer 0, operator COS: tensor 'tensor_1': the operator is not covered"),
        ({"scale": np.float32("nan")}, r"tensor 'tensor_1' has a scale that is not a positive number"),
        ({"scale": 1e-30}, r"layer 0, operator RELU: a scale ratio of .* is not covered"),
        ({"zero_point": 300}, r"tensor 'tensor_1' needs one scale and one zero point of int8"),
        ({"shape": (1, 9)}, r"tensor 'tensor_1' has shape \(1, 9\); \(1, 8\) expected"),
        ({"shape": (2, 4)}, r"tensor 'tensor_1' has shape \(2, 4\); a batch of 1 is covered: convert with"),
        ({"shape": (1, 2**21)}, r"tensor 'tensor_1' has shape .*; up to 1,048,576 elements are covered"),
    ],
)
def test_what_is_not_covered_is_named(change: dict[str, object], message: str) -> None:
    model = Model()
    source = model.tensor((1, 8), 0.1)
    values = {"shape": (1, 8), "scale": 0.1, "zero_point": 0} | {k: v for k, v in change.items() if k != "name"}
    output = model.tensor(**values)  # type: ignore[arg-type]
    model.operator(str(change.get("name", "RELU")), [source], output)
    with pytest.raises(InputError, match=rf"^here: .*{message}"):
        generate(model.finish(source, output), "here", "model")


def test_sums_beyond_32_bits_are_refused() -> None:
    model = Model()
    source, output = model.tensor((1, 8), 0.1, -1), model.tensor((1, 2), 0.1)
    weights, bias = model.constant(np.ones((2, 8), np.int8), 0.1), model.constant(np.array([0, 2**31 - 9], np.int32))
    model.operator("FULLY_CONNECTED", [source, weights, bias], output)
    with pytest.raises(InputError, match="layer 0, operator FULLY_CONNECTED: tensor 'tensor_2': sums beyond 32 bits"):
        generate(model.finish(source, output), "here", "model")


def test_a_batch_of_minus_one_is_read_as_one() -> None:
    codes = []
    for batch in (1, -1):
        model = Model()
        source = model.tensor((batch, 8), 0.1, 3)
        codes.append(generate(model.finish(source, dense(model, source, np.ones((2, 8), np.int8))), "here", "model"))
    assert codes[0] == codes[1]


def test_weights_without_zero_points_are_refused() -> None:
    model = Model()
    source, output = model.tensor((1, 8), 0.1), model.tensor((1, 2), 0.1)
    weights = model.constant(np.ones((2, 8), np.int8), np.array([0.1, 0.2]))
    model.graph.tensors[weights].quantization.zeroPoint = np.zeros(0, np.int64)  # TFLM reads what lies behind
    model.operator("FULLY_CONNECTED", [source, weights], output)
    with pytest.raises(InputError, match=r"tensor 'tensor_2' needs 1 or 2 scales and zero points of 0$"):
        generate(model.finish(source, output), "here", "model")


def test_windows_beyond_any_tensor_are_refused() -> None:
    model = Model()
    image, output = model.tensor((1, 4, 4, 1), 0.1), model.tensor((1, 4, 4, 1), 0.1)
    options = {"filterHeight": 2, "filterWidth": 2**30 + 1, "strideH": 1, "strideW": 1, "padding": SAME}
    model.operator("MAX_POOL_2D", [image], output, **options)
    with pytest.raises(InputError, match="a window of 2 x 1073741825 in steps of 1 x 1 is not covered"):
        generate(model.finish(image, output), "here", "model")


@pytest.mark.parametrize("name", ["RELU6", "CONV_2D"])
def test_an_activation_at_a_tiny_scale_is_refused_in_one_line(name: str) -> None:
    model = Model()
    image, output = model.tensor((1, 2, 2, 1), 1e-38), model.tensor((1, 2, 2, 1), 1e-38)
    if name == "RELU6":
        model.operator(name, [image], output)
    else:
        relu6 = schema.ActivationFunctionType.RELU6
        convolution(model, image, np.ones((1, 1, 1, 1), np.int8), output, fusedActivationFunction=relu6)
    with pytest.raises(
        InputError, match=rf"layer 0, operator {name}: an activation at a scale of 1e-38 is not covered"
    ):
        generate(model.finish(image, output), "here", "model")


def test_of_two_codes_of_an_operator_the_larger_counts_as_in_tflite() -> None:
    model = Model()
    image = model.tensor((1, 4, 4, 1), 0.1)
    options = {"filterHeight": 2, "filterWidth": 2, "strideH": 2, "strideW": 2, "padding": VALID}
    output = model.operator("AVERAGE_POOL_2D", [image], model.tensor((1, 2, 2, 1), 0.1), **options)
    root = schema.ModelT.InitFromPackedBuf(model.finish(image, output), 0)
    root.operatorCodes[0].builtinCode = schema.BuiltinOperator.CONCATENATION  # the older field still says average
    with pytest.raises(InputError, match="layer 0, operator CONCATENATION: its options are missing or of another kind"):
        generate(slim.packed(root), "here", "model")
