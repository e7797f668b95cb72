"""The generated C against TensorFlow Lite Micro, bit for bit; wrong files end in one clear line."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from stages.shared import slim, tflm
from stages.shared.command import InputError
from tests.attack import mutants, networks
from tests.attack.compare import AT_ONCE, some_inputs
from tests.attack.compare import run_c as run_c_of
from tests.conftest import ROOT
from tests.flatbuffer import Model
from tests.random_networks import network
from tests.unit.conftest import Models
from tflite_to_c import encodings, generate, host, memory, reader, shadow, simplify
from tflite_to_c.graph import Step

runs_c = pytest.mark.skipif(host.compiler() is None or not tflm.available(), reason="needs a C compiler and TFLM")
NONE, SAME, VALID = schema.ActivationFunctionType.NONE, schema.Padding.SAME, schema.Padding.VALID


def random_inputs(model: bytes, count: int, seed: int = 0) -> NDArray[np.int8]:
    shape = reader.read(model, "model").input.shape
    return np.random.default_rng(seed).integers(-128, 128, (count, 1, *shape), np.int8)


def run_c(model: bytes, inputs: NDArray[np.int8]) -> NDArray[np.int8]:
    source = generate(model, "model.tflite", "model")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "model.h").write_text(source.header)
        Path(folder, "model.c").write_text(source.code)
        return host.outputs(Path(folder), "model", inputs)


def assert_same(model: bytes, count: int = 40) -> None:
    inputs = random_inputs(model, count)
    np.testing.assert_array_equal(run_c(model, inputs), tflm.Interpreter(model).scores(inputs))


def convolution(model: Model, source: int, weights: NDArray[np.int8], output: int, **options: int) -> int:
    chosen = {"strideH": 1, "strideW": 1, "padding": VALID, "dilationHFactor": 1, "dilationWFactor": 1} | options
    return model.operator("CONV_2D", [source, model.constant(weights, 0.01)], output, **chosen)


def pooled_network(*, dead: bool = False, filters: int = 6) -> bytes:
    """The essay's architecture, small: convolution, max pooling, dense; with `dead`, half of the filters are zero."""
    chance = np.random.default_rng(3)
    model = Model()
    image = model.tensor((1, 10, 10, 1), 1 / 255, -128)
    weights = chance.integers(-127, 128, (filters, 3, 3, 1)).astype(np.int8)
    if dead:
        weights[::2] = 0
    features = convolution(model, image, weights, model.tensor((1, 8, 8, filters), 0.01, -3))
    options = {"filterHeight": 2, "filterWidth": 2, "strideH": 2, "strideW": 2, "padding": VALID}
    pooled = model.operator("MAX_POOL_2D", [features], model.tensor((1, 4, 4, filters), 0.01, -3), **options)
    flat = model.operator("RESHAPE", [pooled], model.tensor((1, 16 * filters), 0.01, -3))
    weights = chance.integers(-127, 128, (10, 16 * filters)).astype(np.int8)
    scores = model.tensor((1, 10), 0.1, 5)
    model.operator("FULLY_CONNECTED", [flat, model.constant(weights, 0.01)], scores)
    return model.finish(image, scores)


def ending_at(model: bytes, output: int) -> bytes:
    """`model` with another of its tensors as output."""
    root = schema.ModelT.InitFromPackedBuf(model, 0)
    root.subgraphs[0].outputs = [output]
    return slim.packed(root)


def outputs_of(model: bytes) -> list[int]:
    """The tensors that its operators write."""
    root = schema.ModelT.InitFromPackedBuf(model, 0)
    return [int(operator.outputs[0]) for operator in root.subgraphs[0].operators]


def dense(model: Model, source: int, weights: NDArray[np.int8], shape: tuple[int, ...] | None = None) -> int:
    output = model.tensor(shape or (1, len(weights)), 0.1, 3)
    return model.operator("FULLY_CONNECTED", [source, model.constant(weights, 0.01)], output)


def residual_network(*, dead: bool = False) -> bytes:
    """Depthwise convolution, addition, average, softmax."""
    chance = np.random.default_rng(4)
    model = Model()
    image = model.tensor((1, 6, 6, 4), 0.02, 7)
    filters = chance.integers(-127, 128, (1, 3, 3, 4)).astype(np.int8)
    if dead:
        filters[..., ::2] = 0
    weights = model.constant(filters, 0.01)
    options = {"strideH": 1, "strideW": 1, "padding": SAME, "dilationHFactor": 1, "dilationWFactor": 1}
    deep = model.tensor((1, 6, 6, 4), 0.03, -9)
    model.operator("DEPTHWISE_CONV_2D", [image, weights], deep, depthMultiplier=1, **options)
    total = model.operator("ADD", [deep, image], model.tensor((1, 6, 6, 4), 0.04, 0))
    axes = model.constant(np.array([1, 2], np.int32))
    mean = model.operator("MEAN", [total, axes], model.tensor((1, 4), 0.02, 1), keepDims=False)
    shares = model.operator("SOFTMAX", [mean], model.tensor((1, 4), 1 / 256, -128), beta=1.0)
    return model.finish(image, shares)


@runs_c
def test_random_networks_give_what_tflm_gives_in_any_encoding() -> None:
    outcome = networks.attack(300, seed=1)
    assert outcome.failures == []
    assert outcome.counts["equal to TFLM"] > 280


@runs_c
def test_damaged_files_end_in_one_line_and_never_in_wrong_c() -> None:
    outcome = mutants.attack(600, seed=1)
    assert outcome.failures == []
    assert outcome.counts["refused in one line"] > 300
    assert outcome.counts["equal to TFLM"] > 80


@runs_c
@pytest.mark.parametrize("model", [pooled_network(), pooled_network(dead=True), residual_network()])
def test_small_networks_give_what_tflm_gives(model: bytes) -> None:
    assert_same(model, 200)


@runs_c
@pytest.mark.parametrize("dead", [False, True])
@pytest.mark.parametrize("model", [pooled_network, residual_network])
def test_an_output_that_later_layers_read_is_whole(model: Callable[..., bytes], dead: bool) -> None:
    whole = model(dead=dead)
    for output in outputs_of(whole):
        assert_same(ending_at(whole, output))


@runs_c
@pytest.mark.parametrize("name", ["400B", "900B", "LeNet-5"])
def test_any_layer_of_the_frontiers_networks_may_be_the_output(name: str) -> None:
    whole = (ROOT / "frontier" / "models" / f"{name}-1.tflite").read_bytes()
    for output in outputs_of(whole):
        assert_same(ending_at(whole, output), 10)


@runs_c
@pytest.mark.parametrize("pool", ["MAX_POOL_2D", "AVERAGE_POOL_2D", "MEAN"])
@pytest.mark.parametrize("first", ["convolution", "dense"])
def test_pooling_after_a_reshape_sees_the_new_channels(first: str, pool: str) -> None:
    chance = np.random.default_rng(9)
    model = Model()
    image = model.tensor((1, 4, 4, 4), 0.02, 7)
    weights = chance.integers(-127, 128, (4, 1, 1, 4)).astype(np.int8)
    weights[1] = 0
    if first == "convolution":
        before = convolution(model, image, weights, model.tensor((1, 4, 4, 4), 0.1, 3))
    else:
        before = dense(model, image, np.tile(weights.reshape(4, 4), (16, 16)))
    wide = model.operator("RESHAPE", [before], model.tensor((1, 2, 2, 16), 0.1, 3))
    if pool == "MEAN":
        axes = model.constant(np.array([1, 2], np.int32))
        after = model.operator(pool, [wide, axes], model.tensor((1, 16), 0.1, 3), keepDims=False)
    else:
        options = {"filterHeight": 2, "filterWidth": 2, "strideH": 2, "strideW": 2, "padding": VALID}
        after = model.operator(pool, [wide], model.tensor((1, 1, 1, 16), 0.1, 3), **options)
    end = dense(model, after, chance.integers(-127, 128, (3, 16)).astype(np.int8))
    assert_same(model.finish(image, end))


@runs_c
@pytest.mark.parametrize("kernel", [1, 2])
def test_a_pruned_decoder_reads_within_its_weights(kernel: int) -> None:
    chance = np.random.default_rng(10)
    model = Model()
    code = model.tensor((1, 6), 0.02, 7)
    weights = chance.integers(-127, 128, (32, 6)).astype(np.int8)
    weights[::3] = 0
    image = model.operator("RESHAPE", [dense(model, code, weights)], model.tensor((1, 4, 4, 2), 0.1, 3))
    filters = chance.integers(-127, 128, (3, kernel, kernel, 2)).astype(np.int8)
    side = 5 - kernel
    end = convolution(model, image, filters, model.tensor((1, side, side, 3), 0.3, -2))
    assert_same(model.finish(code, end))


@runs_c
def test_a_softmax_has_as_many_classes_as_its_sum_holds() -> None:
    for classes in (511, 512):
        model = Model()
        source = model.tensor((1, classes), 0.001, 3)
        shares = model.operator("SOFTMAX", [source], model.tensor((1, classes), 1 / 256, -128), beta=1.0)
        whole = model.finish(source, shares)
        if classes == 511:
            equal = np.full((1, 1, classes), 5, np.int8)
            np.testing.assert_array_equal(run_c(whole, equal), tflm.Interpreter(whole).scores(equal))
            assert_same(whole)
        else:
            with pytest.raises(InputError, match="operator SOFTMAX: tensor 'tensor_0' has 512 classes; up to 511 are"):
                generate(whole, "here", "model")


def mean_network(axes: list[int]) -> bytes:
    model = Model()
    image = model.tensor((1, 3, 4, 5), 0.1, 3)
    operands = [image, model.constant(np.array(axes, np.int32))]
    return model.finish(image, model.operator("MEAN", operands, model.tensor((1, 5), 0.07, -4), keepDims=False))


@runs_c
def test_a_mean_counts_its_axes_from_either_end() -> None:
    for axes in ([1, 2], [2, 1], [-3, -2], [1, -2]):
        assert_same(mean_network(axes))
    for axes in ([5, 6], [1, 2, 1], [1, 6], [-7, -6], [1]):
        with pytest.raises(InputError, match=r"operator MEAN: tensor 'tensor_1': .* axes 1 and 2, is covered"):
            generate(mean_network(axes), "here", "model")


@pytest.mark.skipif(not tflm.available(), reason=tflm.ABSENT)
def test_tflm_is_no_reference_where_it_fails_while_running() -> None:
    model = mean_network([5, 6])  # it says so on its standard error and goes on
    with pytest.raises(tflm.RefusedError, match="reduce_common"):
        tflm.Interpreter(model).scores(np.zeros((1, 1, 3, 4, 5), np.int8))


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


@runs_c
def test_padding_with_a_value_of_its_own() -> None:
    for scale in (0.1, 0.2):
        model = Model()
        image, output = model.tensor((1, 3, 2, 2), 0.1), model.tensor((1, 4, 5, 2), 0.1)
        sides = model.constant(np.array([[0, 0], [0, 1], [1, 2], [0, 0]], np.int32))
        model.operator("PADV2", [image, sides, model.constant(np.array([-77], np.int8), scale)], output)
        if scale == 0.1:
            assert_same(model.finish(image, output))
        else:
            with pytest.raises(InputError, match="operator PADV2: tensor 'tensor_3' needs the output's scale and zero"):
                generate(model.finish(image, output), "here", "model")


@runs_c
@pytest.mark.parametrize("name", ["MAX_POOL_2D", "AVERAGE_POOL_2D", "PAD"])
def test_sides_beyond_16_bits_are_kept(name: str) -> None:
    model = Model()
    source = model.tensor((1, 40_000, 1, 1), 0.1, 3)
    if name == "PAD":
        sides = model.constant(np.array([[0, 0], [1, 2], [0, 0], [0, 0]], np.int32))
        output = model.operator(name, [source, sides], model.tensor((1, 40_003, 1, 1), 0.1, 3))
    else:
        options = {"filterHeight": 100, "filterWidth": 1, "strideH": 100, "strideW": 1, "padding": VALID}
        output = model.operator(name, [source], model.tensor((1, 400, 1, 1), 0.1, 3), **options)
    assert_same(model.finish(source, output), 3)


@runs_c
@pytest.mark.parametrize("kind", ["full_integer", "aware"])
def test_converted_networks_give_what_tflm_gives(models: Models, kind: str) -> None:
    assert_same(getattr(models, kind), 200)


def test_pooling_is_fused_and_the_large_tensor_never_exists() -> None:
    graph = reader.read(pooled_network(), "model")
    assert memory.plan(graph).bytes > 8 * 8 * 6
    assert memory.plan(simplify.simplify(graph)).bytes == 4 * 4 * 6


def test_constant_channels_take_no_memory() -> None:
    whole, less = (simplify.simplify(reader.read(pooled_network(dead=dead), "model")) for dead in (False, True))
    assert memory.plan(less).bytes == memory.plan(whole).bytes / 2 == 48
    assert len(generate(pooled_network(dead=True), "m", "m").code) < len(generate(pooled_network(), "m", "m").code)


def test_a_tensor_may_lie_over_the_one_it_is_made_from() -> None:
    model = Model()
    image = model.tensor((1, 8, 8, 1), 0.01, 0)
    wide = convolution(model, image, np.ones((4, 3, 3, 1), np.int8), model.tensor((1, 6, 6, 4), 0.1))
    same = convolution(model, wide, np.ones((4, 1, 1, 4), np.int8), model.tensor((1, 6, 6, 4), 0.1))
    less = model.operator("RELU", [same], model.tensor((1, 6, 6, 4), 0.1))
    end = convolution(model, less, np.ones((1, 6, 6, 4), np.int8), model.tensor((1, 1, 1, 1), 0.1))
    graph = reader.read(model.finish(image, end), "model")
    assert memory.plan(graph).bytes == 6 * 6 * 4  # in place from end to end


def deep_network(sizes: list[int]) -> bytes:
    """Dense layers of these sizes one after the other, some units of each dead."""
    chance = np.random.default_rng(12)
    model = Model()
    source = end = model.tensor((1, sizes[0]), 0.1)
    for inputs, units in pairwise(sizes):
        weights = chance.integers(-127, 128, (units, inputs)).astype(np.int8)
        weights[chance.random(units) < 0.3] = 0
        weights[0] = 1
        end = dense(model, end, weights)
    return model.finish(source, end)


@pytest.mark.parametrize(("layers", "seconds"), [(100, 2), (1_000, 20)])
def test_deep_networks_take_little_time(layers: int, seconds: float) -> None:
    sizes = np.random.default_rng(11).integers(4, 30, layers + 1).tolist()
    start = time.monotonic()
    generate(deep_network(sizes), "here", "model")
    assert time.monotonic() - start < seconds


def test_a_chain_needs_no_more_than_its_two_largest_neighbours() -> None:
    chance = np.random.default_rng(13)
    for layers in (*range(3, 12), 40, 200):
        model = deep_network([8, *chance.integers(4, 60, layers).tolist(), 8])
        graph = simplify.simplify(reader.read(model, "model"))
        sizes = [step.output.size for step in graph.steps[:-1]]
        assert memory.plan(graph).bytes == max(map(sum, pairwise(sizes)))


@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D", "pooled", "RELU"])
def test_an_output_too_near_to_its_input_is_refused(kind: str) -> None:
    """At every distance the shadow run agrees with what the plan takes for near enough."""
    model = Model()
    image = model.tensor((1, 9, 9, 2), 0.1)
    between = convolution(model, image, np.ones((3, 3, 3, 2), np.int8), model.tensor((1, 7, 7, 3), 0.1))
    if kind == "RELU":
        made = model.operator(kind, [between], model.tensor((1, 7, 7, 3), 0.1))
    elif kind == "DEPTHWISE_CONV_2D":
        options = {"strideH": 1, "strideW": 1, "padding": SAME, "dilationHFactor": 1, "dilationWFactor": 1}
        kernel = model.constant(np.ones((1, 3, 3, 6), np.int8), 0.1)
        made = model.operator(kind, [between, kernel], model.tensor((1, 7, 7, 6), 0.1), depthMultiplier=2, **options)
    else:
        made = convolution(model, between, np.ones((8, 2, 2, 3), np.int8), model.tensor((1, 6, 6, 8), 0.1))
    if kind == "pooled":
        options = {"filterHeight": 2, "filterWidth": 2, "strideH": 2, "strideW": 2, "padding": VALID}
        made = model.operator("MAX_POOL_2D", [made], model.tensor((1, 3, 3, 8), 0.1), **options)
    end = dense(model, made, np.ones((1, np.prod(model.graph.tensors[made].shape)), np.int8))
    graph = simplify.simplify(reader.read(model.finish(image, end), "here"))
    step = graph.steps[1]
    source, output, apart = step.inputs[0], step.output, step.distance()
    assert apart is not None
    for start in range(source.size + output.size):  # of the output; the input lies behind as much as it has
        offsets = {source.index: output.size, output.index: start}
        plan = memory.Plan(offsets, 2 * (source.size + output.size))
        if start == 0 or start == output.size + source.size or output.size - start >= apart:
            shadow.run(graph, plan, "here")
        else:
            with pytest.raises(
                InputError, match=r"^here: layer \d+, .*: writes over tensor .* before it has read it; no C"
            ):
                shadow.run(graph, plan, "here")


@runs_c
def test_a_graph_simplified_wrongly_is_refused() -> None:
    """Channels dropped as if neither reshaping nor the caller looked at them: no C that leaves values out."""

    def follows(step: Step, before: Step, _: object) -> bool:
        return step.inputs[0].index == before.output.index

    models = [network(seed) for seed in range(200)]
    accepted, refused = [], 0
    with mock.patch.object(simplify, "_follows", follows):
        for model in models:
            try:
                accepted.append((generate(model, "here", "model"), some_inputs(model)))
            except InputError as error:
                refused += "no C is written: a fault of the generator" in str(error)
    assert refused > 5
    for start in range(0, len(accepted), AT_ONCE):
        sources, inputs = zip(*accepted[start : start + AT_ONCE], strict=True)
        assert not [found for found in run_c_of(sources, inputs) if isinstance(found, str)]


@pytest.mark.parametrize(
    ("name", "table", "sparse_share"),
    [("dense", None, 0), ("sparse", None, 0.8), ("shared4", 16, 0), ("shared2", 4, 0), ("sparse4", 16, 0.8)],
)
def test_the_smallest_encoding_is_chosen(name: str, table: int | None, sparse_share: float) -> None:
    chance = np.random.default_rng(5)
    values = np.arange(-127, 128) if table is None else np.arange(1, table + 1) * 7
    matrix = chance.choice(values, (20, 500)).astype(np.int8)
    matrix[chance.random(matrix.shape) < sparse_share] = 0
    (coded,) = encodings.choose([matrix])
    assert coded.name == name
    assert coded.bytes == min(other.bytes for kind in encodings.KINDS if (other := encodings.encode(kind, matrix)))


def test_a_table_follows_the_rows_where_their_values_differ() -> None:
    chance = np.random.default_rng(6)
    matrix = np.array([chance.choice(chance.integers(-127, 128, 4), 300) for _ in range(8)], np.int8)
    coded = encodings.encode("shared2", matrix)
    assert coded is not None
    assert coded.table_per_row
    assert coded.bytes == 8 * (300 / 4 + 4)
    assert encodings.encode("shared2", np.arange(64, dtype=np.int8).reshape(1, 64)) is None


def test_layers_share_a_kernel_unless_another_encoding_saves_more() -> None:
    chance = np.random.default_rng(8)
    large, small = (chance.integers(-127, 128, (10, columns)).astype(np.int8) for columns in (1_000, 10))
    small[:, ::2] = 0
    assert encodings.choose([small])[0].name == "sparse"
    assert [coded.name for coded in encodings.choose([large, small])] == ["dense", "dense"]
    large[:, ::2] = 0
    assert [coded.name for coded in encodings.choose([large, small])] == ["sparse", "sparse"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "COS"}, r"layer 0, operator COS: tensor 'tensor_1': the operator is not covered"),
        ({"scale": np.float32("nan")}, r"tensor 'tensor_1' has a scale that is not a positive number"),
        ({"scale": 1e-30}, r"layer 0, operator RELU: a scale ratio of .* is not covered"),
        ({"zero_point": 300}, r"tensor 'tensor_1' needs one scale and one zero point of int8"),
        ({"shape": (1, 9)}, r"tensor 'tensor_1' has shape \(1, 9\); \(1, 8\) expected"),
        ({"shape": (2, 4)}, r"tensor 'tensor_1' has shape \(2, 4\); a batch of 1 is covered"),
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


def test_other_types_and_dilations_are_named(models: Models) -> None:
    for refused in (models.float_tflite, models.dynamic_range):
        with pytest.raises(
            InputError, match=r"here: layer 0, operator CONV_2D: tensor '.+' is float32; int8 is covered"
        ):
            generate(refused, "here", "model")
    model = Model()
    image, output = model.tensor((1, 8, 8, 1), 0.1), model.tensor((1, 4, 4, 1), 0.1)
    convolution(model, image, np.ones((1, 3, 3, 1), np.int8), output, dilationHFactor=2, dilationWFactor=2)
    with pytest.raises(InputError, match="layer 0, operator CONV_2D: dilation 2 x 2 is not covered"):
        generate(model.finish(image, output), "here", "model")


def test_sums_beyond_32_bits_are_refused() -> None:
    model = Model()
    source, output = model.tensor((1, 8), 0.1, -1), model.tensor((1, 2), 0.1)
    weights, bias = model.constant(np.ones((2, 8), np.int8), 0.1), model.constant(np.array([0, 2**31 - 9], np.int32))
    model.operator("FULLY_CONNECTED", [source, weights, bias], output)
    with pytest.raises(InputError, match="layer 0, operator FULLY_CONNECTED: tensor 'tensor_2': sums beyond 32 bits"):
        generate(model.finish(source, output), "here", "model")


def test_the_command_writes_nothing_for_a_damaged_file(tmp_path: Path) -> None:
    (tmp_path / "bad.tflite").write_bytes(pooled_network()[:900])
    command = [sys.executable, "-m", "stages.generate", str(tmp_path / "bad.tflite"), "-o", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: bad.tflite: ")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
