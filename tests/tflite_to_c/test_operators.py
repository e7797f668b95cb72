"""Operators that converters leave: each against TensorFlow Lite Micro, bit for bit."""

import re
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

import numpy as np
import pytest

from fewbytes.runtimes import tflm
from tests.flatbuffer import INT32, Model
from tests.tflite_to_c.models import SAME, assert_same, convolution, dense, run_c, runs_c
from tflite_to_c import c_text, operators
from tflite_to_c.errors import InputError
from tflite_to_c.generator import generate
from tflite_to_c.graph import Elementwise, Step, Tensor

CHANCE = np.random.default_rng(20)


@runs_c
@pytest.mark.parametrize("scale", [0.001, 0.02, 0.09, 0.9, 7.0, 8.0, 100.0])
@pytest.mark.parametrize("zero_point", [-128, -3, 127])
def test_a_sigmoid_of_every_value(scale: float, zero_point: int) -> None:
    model = Model()
    source = model.tensor((1, 256), scale, zero_point)
    whole = model.finish(source, model.operator("LOGISTIC", [source], model.tensor((1, 256), 1 / 256, -128)))
    every = np.arange(-128, 128).astype(np.int8).reshape(1, 1, 256)
    np.testing.assert_array_equal(run_c(whole, every), tflm.Interpreter(whole).scores(every))


@runs_c
@pytest.mark.parametrize("scale", [15.9, 16.0, 31.0, 40.0, 1e6])
def test_a_softmax_of_values_far_apart(scale: float) -> None:
    model = Model()
    source = model.tensor((1, 4), scale, 3)
    shares = model.operator("SOFTMAX", [source], model.tensor((1, 4), 1 / 256, -128), beta=1.0)
    whole = model.finish(source, shares)
    equal = np.array([[[5, 5, 4, -128]], [[9, 1, 8, 7]], [[0, 0, 0, 0]]], np.int8)
    np.testing.assert_array_equal(run_c(whole, equal), tflm.Interpreter(whole).scores(equal))
    assert_same(whole)


def test_another_shape_has_the_same_scale() -> None:
    """What reads it reads the tensor that it was made from."""
    model = Model()
    image = model.tensor((1, 4, 4, 2), 0.1, 3)
    view = model.operator("RESHAPE", [image], model.tensor((1, 4, 4, 2), 0.1, -60))
    end = convolution(model, view, np.ones((2, 3, 3, 2), np.int8), model.tensor((1, 2, 2, 2), 0.3, -2))
    with pytest.raises(InputError, match=r"RESHAPE: tensor .* zero point -60; those of its input, 0.1 and 3, are cov"):
        generate(model.finish(image, end), "here", "model")


@runs_c
@pytest.mark.parametrize("shape", [(3,), (1, 1, 1, 3), (4, 5, 3), (1,), ()])
@pytest.mark.parametrize("first", [True, False])
def test_a_batch_normalization_that_was_not_folded(shape: tuple[int, ...], first: bool) -> None:
    model = Model()
    end = image = model.tensor((1, 4, 5, 3), 0.03, -7)
    for name, scale in (("MUL", 0.01), ("ADD", 0.05)):
        constant = model.constant(CHANCE.integers(-128, 128, shape).astype(np.int8), 0.02, 11)
        operands = [constant, end] if first else [end, constant]
        end = model.operator(name, operands, model.tensor((1, 4, 5, 3), scale, 4), fusedActivationFunction=1)
    assert_same(model.finish(image, end))


@runs_c
@pytest.mark.parametrize("name", ["MUL", "ADD"])
def test_channels_scaled_by_what_was_computed(name: str) -> None:
    model = Model()
    image = model.tensor((1, 4, 5, 3), 0.03, -7)
    axes = model.constant(np.array([1, 2], np.int32))
    mean = model.operator("MEAN", [image, axes], model.tensor((1, 1, 1, 3), 0.02, 1), keepDims=True)
    gate = model.operator("LOGISTIC", [mean], model.tensor((1, 1, 1, 3), 1 / 256, -128))
    for operands in ([image, gate], [gate, image]):
        end = model.operator(name, operands, model.tensor((1, 4, 5, 3), 0.04, 2))
        assert_same(model.finish(image, end))


@runs_c
@pytest.mark.parametrize("axis", [1, 2, 3, -1, -3])
def test_branches_joined_along_any_side(axis: int) -> None:
    model = Model()
    image = model.tensor((1, 4, 4, 3), 0.1, 3)
    same = convolution(model, image, CHANCE.integers(-9, 9, (3, 1, 1, 3)).astype(np.int8), _like(model, (1, 4, 4, 3)))
    other = model.operator("RELU", [image], model.tensor((1, 4, 4, 3), 0.2, -5))
    back = model.operator("QUANTIZE", [other], _like(model, (1, 4, 4, 3)))
    shape = [1, 4, 4, 3]
    shape[axis] *= 3
    joined = model.operator("CONCATENATION", [same, back, same], _like(model, tuple(shape)), axis=axis)
    assert_same(model.finish(image, joined))
    end = dense(model, joined, CHANCE.integers(-127, 128, (5, 144)).astype(np.int8))
    assert_same(model.finish(image, end))


def _like(model: Model, shape: tuple[int, ...]) -> int:
    return model.tensor(shape, 0.1, 3)


@runs_c
def test_a_convolution_over_time() -> None:
    model = Model()
    series = model.tensor((1, 20, 3), 0.1, 3)
    axis = model.constant(np.array(1, np.int32))
    image = model.operator("EXPAND_DIMS", [series, axis], _like(model, (1, 1, 20, 3)))
    weights = CHANCE.integers(-127, 128, (6, 1, 5, 3)).astype(np.int8)
    wide = convolution(model, image, weights, model.tensor((1, 1, 16, 6), 0.2, -9))
    back = model.operator("SQUEEZE", [wide], model.tensor((1, 16, 6), 0.2, -9), squeezeDims=[1])
    axes = model.constant(np.array([1], np.int32))
    mean = model.operator("MEAN", [back, axes], model.tensor((1, 6), 0.1, 2), keepDims=False)
    assert_same(model.finish(series, mean))


@runs_c
def test_an_open_batch_is_read_as_one() -> None:
    """As Keras 3 flattens: the shape is computed at run time, from a batch that only the caller knows."""
    model = Model()
    image = model.tensor((1, 4, 4, 2), 0.1, 3)
    place = [model.constant(np.array([value], np.int32)) for value in (0, 1, 1)]
    shape = model.operator("SHAPE", [image], model.tensor((4,), None, type_=INT32), outType=INT32)
    batch = model.tensor((), None, type_=INT32)
    model.operator("STRIDED_SLICE", [shape, *place], batch, shrinkAxisMask=1)
    sides = model.tensor((2,), None, type_=INT32)
    model.operator("PACK", [batch, model.constant(np.array(32, np.int32))], sides, valuesCount=2)
    flat = model.operator("RESHAPE", [image, sides], _like(model, (1, 32)))
    end = dense(model, flat, CHANCE.integers(-127, 128, (5, 32)).astype(np.int8))
    assert_same(model.finish(image, end))


@pytest.mark.parametrize(
    ("name", "shapes", "message"),
    [
        ("ADD", [(1, 2, 3), (1, 3, 2)], "its operands have shapes"),
        ("MUL", [(1, 4), (1, 3)], "its operands have shapes"),
        ("CONCATENATION", [(1, 2, 3), (1, 3, 2)], "its inputs have shapes"),
    ],
)
def test_operands_that_do_not_fit_are_refused(name: str, shapes: list[tuple[int, ...]], message: str) -> None:
    model = Model()
    first = model.tensor(shapes[0], 0.1)
    second = model.operator("RELU", [first], model.tensor(shapes[0], 0.1))
    second = model.operator("RESHAPE", [second], model.tensor(shapes[1], 0.1)) if name != "MUL" else second
    if name == "MUL":
        second = dense(model, first, np.ones((3, 4), np.int8))
    options = {"axis": 1} if name == "CONCATENATION" else {}
    end = model.operator(name, [first, second], model.tensor(shapes[0], 0.1), **options)
    with pytest.raises(InputError, match=f"operator {name}: {message}"):
        generate(model.finish(first, end), "here", "model")


def test_nothing_unused_is_written() -> None:
    """Compilers other than gcc mind."""
    model = Model()
    source = model.tensor((1, 8), 1 / 256, -128)
    shares = model.operator("LOGISTIC", [source], model.tensor((1, 8), 1 / 256, -128))
    both = model.operator("CONCATENATION", [source, shares], model.tensor((1, 16), 1 / 256, -128), axis=1)
    code = generate(model.finish(source, both), "here", "model").code
    functions = re.findall(r"static [^;={]*?(\w+)\([^;{]*\)\s*{", code)
    assert functions == ["join", "look_up"]
    assert all(len(re.findall(rf"\b{name}\(", code)) > 1 for name in functions)


def test_a_step_that_does_not_describe_itself_cannot_be_made() -> None:
    @dataclass(frozen=True, eq=False)
    class Forgetful(Elementwise):
        pass

    tensor = Tensor(0, "x", (1,), 1.0, 0)
    with pytest.raises(TypeError, match=r"abstract methods '?arithmetic'?, '?calls'?, '?compute'?"):
        Forgetful("layer 0", (tensor,), tensor)  # type: ignore[abstract]


def test_every_step_has_its_c_beside_it() -> None:
    names = [file.name for file in iter_modules(operators.__path__)]
    modules = [import_module(f"tflite_to_c.operators.{name}") for name in names]
    kinds = [kind for module in modules for kind in vars(module).values() if isinstance(kind, type)]
    steps = {kind for kind in kinds if issubclass(kind, Step) and kind.__module__.startswith(operators.__name__)}
    assert len(steps) > 10
    for step in steps:
        c_text.TEMPLATES.get_template(step.template())


@runs_c
@pytest.mark.parametrize("scale", [0.001, 0.02, 0.09, 0.9, 7.0, 8.0, 100.0])
@pytest.mark.parametrize("zero_point", [-128, -3, 127])
def test_a_hyperbolic_tangent_of_every_value(scale: float, zero_point: int) -> None:
    model = Model()
    source = model.tensor((1, 256), scale, zero_point)
    whole = model.finish(source, model.operator("TANH", [source], model.tensor((1, 256), 1 / 128, 0)))
    every = np.arange(-128, 128).astype(np.int8).reshape(1, 1, 256)
    np.testing.assert_array_equal(run_c(whole, every), tflm.Interpreter(whole).scores(every))


@runs_c
@pytest.mark.parametrize("shape", [(3,), (1, 4, 5, 3), (1,)])
@pytest.mark.parametrize("first", [True, False])
def test_a_difference_from_either_side(shape: tuple[int, ...], first: bool) -> None:
    model = Model()
    image = model.tensor((1, 4, 5, 3), 0.03, -7)
    constant = model.constant(CHANCE.integers(-128, 128, shape).astype(np.int8), 0.05, 11)
    operands = [constant, image] if first else [image, constant]
    end = model.operator("SUB", operands, model.tensor((1, 4, 5, 3), 0.06, 4), fusedActivationFunction=1)
    assert_same(model.finish(image, end))


@runs_c
@pytest.mark.parametrize("name", ["MINIMUM", "MAXIMUM"])
def test_values_bounded_by_a_constant(name: str) -> None:
    for shape, refused in (((1,), False), ((), False), ((4,), True)):
        model = Model()
        source = _like(model, (1, 6, 4))
        bound = model.constant(np.full(shape, -17, np.int8), 0.1, 3)
        whole = model.finish(source, model.operator(name, [bound, source], _like(model, (1, 6, 4))))
        if refused:
            with pytest.raises(InputError, match=rf"operator {name}: tensor .* has shape \(4,\); one value is covered"):
                generate(whole, "here", "model")
        else:
            assert_same(whole)


@runs_c
def test_a_dense_layer_reads_each_step_on_its_own() -> None:
    model = Model()
    source = model.tensor((1, 7, 5), 0.1, 3)
    weights = CHANCE.integers(-127, 128, (4, 5)).astype(np.int8)
    made = dense(model, source, weights, (1, 7, 4))
    assert_same(model.finish(source, dense(model, made, CHANCE.integers(-127, 128, (3, 28)).astype(np.int8))))


@runs_c
@pytest.mark.parametrize("order", [[0, 2, 1, 3], [0, 3, 1, 2], [0, 3, 2, 1], [0, 1, 2, 3]])
def test_sides_in_another_order(order: list[int]) -> None:
    model = Model()
    source = _like(model, (1, 4, 5, 3))
    shape = tuple([1, 4, 5, 3][side] for side in order)
    operands = [source, model.constant(np.array(order, np.int32))]
    assert_same(model.finish(source, model.operator("TRANSPOSE", operands, _like(model, shape))))


@pytest.mark.parametrize(
    ("name", "operands", "shape", "options", "message"),
    [
        (
            "TRANSPOSE",
            [[1, 0, 2]],
            (1, 4, 3),
            {},
            r"sides in the order \[1, 0, 2\] are not covered; the batch must stay",
        ),
        ("TRANSPOSE", [[0, 1]], (1, 4, 3), {}, r"tensor 'tensor_\d' has 2 values; 3 expected"),
        ("REVERSE_V2", [[3]], (1, 4, 3), {}, r"axes \[3\] of 3 are not covered"),
        ("SLICE", [[0, 3, 0], [1, 2, 3]], (1, 2, 3), {}, "2 values from place 3 of 4 on are not covered"),
        ("STRIDED_SLICE", [[0, 4, 0], [1, 4, 3], [1, 1, 1]], (1, 1, 3), {}, "a slice of no values is not covered"),
        (
            "STRIDED_SLICE",
            [[0, 9, 0], [1, 9, 3], [1, 1, 1]],
            (1, 3),
            {"shrinkAxisMask": 2},
            "place 9 of 4 is not covered",
        ),
        (
            "STRIDED_SLICE",
            [[0, 2, 0], [1, 3, 3], [1, -1, 1]],
            (1, 3),
            {"shrinkAxisMask": 2},
            "place 2 of 4 is not covered; one that is there",
        ),
        ("STRIDED_SLICE", [[0, 0, 0], [1, 4, 3], [1, 0, 1]], (1, 4, 3), {}, "or a stride of 0 is not covered"),
        ("STRIDED_SLICE", [[0, 0, 0], [1, 4, 3], [1, 1, 1]], (4, 3), {"shrinkAxisMask": 1}, "leaves out the batch"),
        ("STRIDED_SLICE", [[0, 1, 0], [1, 4, 3], [1, 1, 1]], (1, 4, 3), {}, r"has shape \(1, 4, 3\); \(1, 3, 3\) exp"),
    ],
)
def test_parts_that_are_not_there_are_refused(
    name: str, operands: list[list[int]], shape: tuple[int, ...], options: dict[str, int], message: str
) -> None:
    model = Model()
    source = _like(model, (1, 4, 3))
    inputs = [source, *(model.constant(np.array(operand, np.int32)) for operand in operands)]
    with pytest.raises(InputError, match=f"^here: layer 0, operator {name}: .*{message}"):
        generate(model.finish(source, model.operator(name, inputs, _like(model, shape), **options)), "here", "model")


@pytest.mark.parametrize(
    ("sizes", "axis", "message"),
    [
        ([2, 3], 1, r"4 values in 2 parts of \[2, 3\] are not covered"),
        ([4, -1], 1, r"4 values in 2 parts of \[4, 0\] are not covered"),
        ([4], 1, "has 1 values; 2 expected"),
        ([2, 2], 0, "axis 0 is not covered; those after the batch are"),
    ],
)
def test_splits_that_do_not_add_up_are_refused(sizes: list[int], axis: int, message: str) -> None:
    model = Model()
    source = _like(model, (1, 4, 3))
    operands = [source, *(model.constant(np.array(operand, np.int32)) for operand in (sizes, axis))]
    parts = [_like(model, (1, 2, 3)) for _ in range(2)]
    end = model.operator("SPLIT_V", operands, *parts, numSplits=2)
    with pytest.raises(InputError, match=f"operator SPLIT_V: .*{message}"):
        generate(model.finish(source, end), "here", "model")


@runs_c
def test_parts_of_which_each_is_read() -> None:
    model = Model()
    source = _like(model, (1, 6, 4))
    axis = model.constant(np.array(2, np.int32))
    parts = [_like(model, (1, 6, 2)) for _ in range(2)]
    model.operator("SPLIT", [axis, source], *parts, numSplits=2)
    back = model.operator("CONCATENATION", parts[::-1], _like(model, (1, 6, 4)), axis=2)
    steps = [_like(model, (1, 4)) for _ in range(6)]
    model.operator("UNPACK", [back], *steps, num=6, axis=1)
    assert_same(model.finish(source, model.operator("CONCATENATION", steps[::2], _like(model, (1, 12)), axis=1)))


@pytest.mark.parametrize(
    ("sides", "filters", "activation", "message"),
    [
        ((8, 8), 3, 1, r"layer 0, operator TRANSPOSE_CONV: a fused activation is not covered"),
        ((5, 8), 3, 0, r"layer 0, operator TRANSPOSE_CONV: 5 x 8 does not come of 4 x 4"),
        ((8, 8), 2, 0, r"tensor 'tensor_\d' has shape \(3, 3, 3, 2\); \(2, h, w, 2\) is covered"),
    ],
)
def test_transposed_convolutions_that_are_not_covered(
    sides: tuple[int, int], filters: int, activation: int, message: str
) -> None:
    model = Model()
    source = model.tensor((1, 4, 4, 2), 0.1)
    shape = model.constant(np.array([1, *sides, filters], np.int32))
    weights = model.constant(np.ones((3, 3, 3, 2), np.int8), 0.1)
    end = model.tensor((1, *sides, filters), 0.1)
    options = {"strideH": 2, "strideW": 2, "padding": SAME, "fusedActivationFunction": activation}
    whole = model.finish(source, model.operator("TRANSPOSE_CONV", [shape, weights, source], end, **options))
    with pytest.raises(InputError, match=message):
        generate(whole, "here", "model")
