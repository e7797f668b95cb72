"""The generated C against TensorFlow Lite Micro, bit for bit; wrong files end in one clear line."""

import random
import re
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stages.codegen import encodings, memory, reader, simplify
from stages.generate import generate
from stages.shared import host, tflm
from stages.shared.command import InputError
from tests import random_networks
from tests.conftest import ROOT
from tests.flatbuffer import Model
from tests.random_networks import PHASES
from tests.unit.conftest import Models

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


def residual_network() -> bytes:
    """Depthwise convolution, addition, average, softmax."""
    chance = np.random.default_rng(4)
    model = Model()
    image = model.tensor((1, 6, 6, 4), 0.02, 7)
    weights = model.constant(chance.integers(-127, 128, (1, 3, 3, 4)).astype(np.int8), 0.01)
    options = {"strideH": 1, "strideW": 1, "padding": SAME, "dilationHFactor": 1, "dilationWFactor": 1}
    deep = model.tensor((1, 6, 6, 4), 0.03, -9)
    model.operator("DEPTHWISE_CONV_2D", [image, weights], deep, depthMultiplier=1, **options)
    total = model.operator("ADD", [deep, image], model.tensor((1, 6, 6, 4), 0.04, 0))
    axes = model.constant(np.array([1, 2], np.int32))
    mean = model.operator("MEAN", [total, axes], model.tensor((1, 4), 0.02, 1), keepDims=False)
    shares = model.operator("SOFTMAX", [mean], model.tensor((1, 4), 1 / 256, -128), beta=1.0)
    return model.finish(image, shares)


@runs_c
@settings(max_examples=70, deadline=None, derandomize=True, phases=PHASES, suppress_health_check=list(HealthCheck))
@given(random_networks.networks(), st.sampled_from(list(encodings.KINDS)))
def test_random_networks_give_what_tflm_gives_in_any_encoding(model: bytes, favourite: str) -> None:
    def choose(matrices: list[NDArray[np.int8]]) -> list[encodings.Encoded | None]:
        """The favourite wherever it can hold the weights."""
        return [encodings.encode(favourite, matrix) or encodings.encode("dense", matrix) for matrix in matrices]

    with mock.patch.object(encodings, "choose", choose):
        assert_same(model)


@runs_c
@pytest.mark.parametrize("model", [pooled_network(), pooled_network(dead=True), residual_network()])
def test_small_networks_give_what_tflm_gives(model: bytes) -> None:
    assert_same(model, 200)


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
        ({"name": "LOGISTIC"}, r"layer 0, operator LOGISTIC: tensor 'tensor_1': the operator is not covered; CONV_2D,"),
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


def mutate(model: bytes, chance: random.Random) -> bytes:
    """`model` with a few bytes or numbers overwritten, or cut short."""
    content = bytearray(model)
    match chance.choice(["bytes", "bytes", "number", "number", "cut"]):
        case "bytes":
            for _ in range(chance.randint(1, 4)):
                content[chance.randrange(len(content))] = chance.randrange(256)
        case "number":
            value = chance.choice([0, 1, 2, 3, 7, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, chance.getrandbits(32)])
            struct.pack_into("<I", content, 4 * chance.randrange(len(content) // 4), value)
        case _:
            del content[chance.randrange(len(content)) :]
    return bytes(content)


def ask_tflm(model: bytes, inputs: NDArray[np.int8], folder: Path) -> NDArray[np.int8] | None:
    """TFLM's outputs; None where it refuses or crashes, which on a damaged file it may: it runs in its own process."""
    (folder / "model").write_bytes(model)
    np.save(folder / "inputs.npy", inputs)
    script = (
        "import numpy as np; from pathlib import Path; from stages.shared import tflm\n"
        f"folder = Path({str(folder)!r})\n"
        "scores = tflm.Interpreter((folder / 'model').read_bytes()).scores(np.load(folder / 'inputs.npy'))\n"
        "np.save(folder / 'scores.npy', scores)"
    )
    (folder / "scores.npy").unlink(missing_ok=True)
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, timeout=60, check=False)
    return np.load(folder / "scores.npy") if done.returncode == 0 else None


@runs_c
def test_damaged_files_end_in_one_line_and_never_in_wrong_c(tmp_path: Path) -> None:
    chance = random.Random(7)
    originals = {model: generate(model, "here", "model") for model in (pooled_network(filters=2), residual_network())}
    refusals, accepted = [], []
    for _ in range(2_000):
        for model, source in originals.items():
            mutant = mutate(model, chance)
            start = time.monotonic()
            try:
                if generate(mutant, "here", "model") != source:
                    accepted.append(mutant)
            except InputError as error:
                refusals.append(str(error))
            assert time.monotonic() - start < 5
    assert len(refusals) > 1_000
    assert all(re.fullmatch("here: .{10,600}", line) for line in refusals)
    compared = 0
    for mutant in chance.sample(accepted, 40):
        inputs = random_inputs(mutant, 10)
        expected = ask_tflm(mutant, inputs, tmp_path)
        if expected is not None:
            compared += 1
            np.testing.assert_array_equal(run_c(mutant, inputs), expected)
    assert compared > 20


def test_the_command_writes_nothing_for_a_damaged_file(tmp_path: Path) -> None:
    (tmp_path / "bad.tflite").write_bytes(pooled_network()[:900])
    command = [sys.executable, "-m", "stages.generate", str(tmp_path / "bad.tflite"), "-o", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: bad.tflite: ")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
