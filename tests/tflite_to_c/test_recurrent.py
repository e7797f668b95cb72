"""Recurrent layers: whole sequences against TensorFlow Lite Micro, and the same sequences a step at a time."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from fewbytes.model_files import slim
from fewbytes.runtimes import tflm
from tests.flatbuffer import Model
from tests.tflite_to_c.models import assert_same, dense, encoded_as, runs_c
from tests.tflite_to_c.recurrent import classifier, last_step, recurrent, some_cell
from tflite_to_c import cli, encodings, host, inspection, interpreter, reader
from tflite_to_c.errors import InputError
from tflite_to_c.generator import generate
from tflite_to_c.options import TINY, Options

Values = NDArray[np.int8]
needs_tflm = pytest.mark.skipif(not tflm.available(), reason=tflm.ABSENT)
HIDDEN, CELL = 18, 19  # places of a layer's states
MAIN = """
#include <stdio.h>
#include "model.h"
int main(void) /* a byte, then what it asks for: reset, a step with output or without, a whole sequence */
{
    int8_t input[MODEL_INPUT_BYTES], output[MODEL_OUTPUT_BYTES];
    for (int asked = getchar(); asked != EOF; asked = getchar()) {
        const size_t bytes = asked == 'r' ? 0 : asked == 'w' ? MODEL_INPUT_BYTES : MODEL_STEP_BYTES;
        if (fread(input, 1, bytes, stdin) != bytes)
            return 1;
        if (asked == 'r')
            model_reset();
        else if (asked == 'w')
            model_run(input, output);
        else
            model_step(input, asked == 's' ? output : NULL);
        if (asked == 's' || asked == 'w')
            fwrite(output, 1, sizeof output, stdout);
    }
    return 0;
}
"""


def sequences(model: bytes, count: int) -> Values:
    """Random ones, and some that stay at an end of int8 or jump between them."""
    shape = reader.read(model, "here").input.shape
    inputs = np.random.default_rng(1).integers(-128, 128, (count, 1, *shape), np.int8)
    inputs[0], inputs[1] = -128, 127
    inputs[2:5] = np.where(inputs[2:5] < 0, -128, 127)
    return inputs


@needs_tflm
@pytest.mark.parametrize("seed", [*range(60), 1173, 1480])  # the last two show factors rounded to float32
def test_networks_of_any_size_give_what_tflm_gives(seed: int) -> None:
    chance = np.random.default_rng(seed)
    units = chance.integers(1, 41, chance.integers(1, 4)).tolist()
    steps, features = (int(chance.integers(1, most)) for most in (41, 31))
    zeros, head = float(chance.choice([0, 0.5, 0.9])), bool(chance.integers(0, 2))
    model = classifier(seed, units, steps, features, zeros=zeros, head=head)
    inputs = sequences(model, 20)
    expected = tflm.Interpreter(model).scores(inputs)
    np.testing.assert_array_equal(interpreter.outputs(reader.read(model, "here"), inputs), expected)


@runs_c
@pytest.mark.parametrize("head", [True, False])
@pytest.mark.parametrize("units", [[7], [40, 3], [4, 9, 5], [1]])
@pytest.mark.parametrize("zeros", [0, 0.8])
def test_c_gives_what_tflm_gives_for_whole_sequences_and_a_step_at_a_time(
    units: list[int], zeros: float, head: bool, tmp_path: Path
) -> None:
    model = classifier(sum(units), units, 12, 130, zeros=zeros, head=head)
    inputs = sequences(model, 20)
    expected = tflm.Interpreter(model).scores(inputs)
    asked = [b"w" + inputs[0].tobytes()]  # what it leaves is gone after a reset
    for sequence in inputs[:, 0]:
        *first, last = (step.tobytes() for step in sequence)
        asked += [b"r", *(b"s" + step for step in first[:4]), *(b"n" + step for step in first[4:]), b"s" + last]
    asked += [b"w" + sequence.tobytes() for sequence in inputs]
    found = outputs_of_c(model, b"".join(asked), expected.shape[1], tmp_path)
    whole, streamed = found[1 + 5 * len(inputs) :], found[1 : 1 + 5 * len(inputs)].reshape(len(inputs), 5, -1)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(whole, expected)
    np.testing.assert_array_equal(streamed[:, -1], expected)
    for steps in range(1, 5):  # as if the sequence ended there
        shorter = tflm.Interpreter(cut_short(model, steps)).scores(inputs[:, :, :steps])
        np.testing.assert_array_equal(streamed[:, steps - 1], shorter)


def outputs_of_c(model: bytes, asked: bytes, size: int, folder: Path) -> Values:
    source = generate(model, "model.tflite", "model")
    (folder / "model.h").write_text(source.header)
    (folder / "model.c").write_text(source.code)
    (folder / "main.c").write_text(MAIN)
    files = [str(folder / "main.c"), str(folder / "model.c"), "-o", str(folder / "main")]
    subprocess.run([host.compiler() or "gcc", *host.FLAGS, *host.SANITIZERS, f"-I{folder}", *files], check=True)
    done = subprocess.run([folder / "main"], input=asked, capture_output=True, check=True)
    return np.frombuffer(done.stdout, np.int8).reshape(-1, size)


def cut_short(model: bytes, steps: int) -> bytes:
    """The same network for sequences of fewer steps."""
    root = schema.ModelT.InitFromPackedBuf(model, 0)
    for tensor in root.subgraphs[0].tensors:
        if len(tensor.shape) == 3:
            tensor.shape = [1, steps, tensor.shape[2]]
    return slim.packed(root)


@runs_c
@pytest.mark.parametrize("tables", ["one", "a gate", "a row"])
@pytest.mark.parametrize("name", encodings.SMALL)
def test_kernels_in_every_encoding(name: str, tables: str) -> None:
    """With one table of few values, or another for each gate or row."""
    kind = encodings.SMALL[name]
    few = np.linspace(-100, 100, {8: 200, 4: 15, 2: 3}[kind.index_bits]).astype(np.int64)
    for features in (9, 10, 11) if tables == "one" else (11,):  # with indices left over in the last byte
        cell = some_cell(np.random.default_rng(features), 6, features, 0.7)
        weights = []
        for gate, matrix in enumerate(cell.weights):
            rows = np.arange(len(matrix))[:, np.newaxis]
            other = {"one": 0 * rows, "a gate": 0 * rows + 3 * (gate % 4), "a row": gate + 3 * rows}[tables]
            values = few[matrix.astype(np.int64) % len(few)] + other
            weights.append(np.where(matrix == 0, 0, values).astype(np.int8))
        model = Model()
        source = model.tensor((1, 5, features), 0.02, 7)
        whole = model.finish(source, recurrent(model, source, cell._replace(weights=weights), last=True))
        with encoded_as(name):
            assert inspection.inspect(whole, "here", Options(TINY)).layers[0].encoding == name
            assert_same(whole)


def sequence_of(model: Model) -> tuple[int, int]:
    """Its input, and the sequence that a recurrent layer of 4 units gives for it."""
    source = model.tensor((1, 6, 5), 0.02, 7)
    return source, recurrent(model, source, some_cell(np.random.default_rng(2), 4, 5))


def flattened(model: Model, sequence: int) -> int:
    return dense(model, sequence, np.random.default_rng(3).integers(-127, 128, (3, 24)).astype(np.int8))


def averaged(model: Model, sequence: int) -> int:
    axes = model.constant(np.array([1], np.int32))
    return model.operator("MEAN", [sequence, axes], model.tensor((1, 4), 0.01, 2), keepDims=False)


def first_and_last(model: Model, sequence: int) -> int:
    """Two layers that read one sequence: neither can be left out."""
    return model.operator(
        "CONCATENATION",
        [last_step(model, sequence), averaged_like(model, sequence)],
        like(model, sequence, (1, 8)),
        axis=1,
    )


def averaged_like(model: Model, sequence: int) -> int:
    return model.operator("QUANTIZE", [averaged(model, sequence)], like(model, sequence, (1, 4)))


def like(model: Model, source: int, shape: tuple[int, ...]) -> int:
    return model.tensor(shape, *model.quantization(source))


def reshaped(model: Model, sequence: int) -> int:
    """Another recurrent layer takes the same values for half as many steps."""
    wide = model.operator("RESHAPE", [sequence], like(model, sequence, (1, 3, 8)))
    return recurrent(model, wide, some_cell(np.random.default_rng(4), 3, 8), last=True)


def whole_sequence(model: Model, sequence: int) -> int:  # noqa: ARG001
    return sequence


@runs_c
@pytest.mark.parametrize("rest", [flattened, averaged, first_and_last, reshaped, whole_sequence])
def test_whose_steps_are_all_needed_is_no_stream_and_gives_what_tflm_gives(rest: Callable[[Model, int], int]) -> None:
    model = Model()
    source, sequence = sequence_of(model)
    whole = model.finish(source, rest(model, sequence))
    assert_same(whole)
    header = generate(whole, "here", "model").header
    assert "model_step(" not in header
    assert "#define MODEL_STATE_BYTES" in header


@runs_c
def test_a_layer_of_either_direction() -> None:
    chance = np.random.default_rng(5)
    model = Model()
    source = model.tensor((1, 6, 5), 0.02, 7)
    axis = model.constant(np.array([1], np.int32))
    backward = model.operator("REVERSE_V2", [source, axis], model.tensor((1, 6, 5), 0.02, 7))
    ends = [recurrent(model, each, some_cell(chance, 4, 5), last=True) for each in (source, backward)]
    assert_same(model.finish(source, model.operator("CONCATENATION", ends, like(model, ends[0], (1, 8)), axis=1)))


def test_of_a_stream_no_sequence_is_kept() -> None:
    found = inspection.inspect(classifier(1, [20, 10], 40, 3), "here")
    assert (found.scratch_bytes, found.state_bytes) == (
        12,
        3 * 30,
    )  # of the last state alone


def test_pruned_layers_take_less_flash() -> None:
    whole, pruned = (
        inspection.inspect(classifier(1, [32], 8, 28, zeros=zeros), "here").layers[0] for zeros in (0, 0.8)
    )
    assert pruned.encoding == "sparse"
    assert pruned.weights == whole.weights == 4 * 32 * (28 + 32)
    assert pruned.flash_bytes < 0.5 * whole.flash_bytes


def changed(**changes: Any) -> bytes:
    """A recurrent layer of 4 units with operands, options or tensors changed."""
    model = Model()
    source, sequence = sequence_of(model)
    operator = model.graph.operators[0]
    for key, value in changes.items():
        match key.split("_"):
            case ["operand", place]:
                operator.inputs[int(place)] = value if value != "matrix" else operator.inputs[5]
            case ["scale", place]:
                model.graph.tensors[operator.inputs[int(place)]].quantization.scale = np.float32(value)
            case ["zero", place]:
                model.graph.tensors[operator.inputs[int(place)]].quantization.zeroPoint = np.array([value])
            case ["variable", place]:
                model.graph.tensors[operator.inputs[int(place)]].isVariable = value
            case ["shape", place]:
                model.graph.tensors[operator.inputs[int(place)]].shape = value
            case _:
                setattr(operator.builtinOptions, key, value)
    return model.finish(source, sequence)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"operand_9": "matrix"}, "weights of a peephole are not covered"),
        ({"operand_16": "matrix"}, "weights of a projection are not covered"),
        ({"operand_23": "matrix"}, "weights of a layer normalization are not covered"),
        ({"operand_1": -1}, "an input gate coupled to the forget gate, or one without biases, is not covered"),
        ({"operand_13": -1}, "an input gate coupled to the forget gate, or one without biases, is not covered"),
        ({"operand_18": -1}, "an input gate coupled .* is not covered"),
        ({"operand_19": 5}, r"tensor 'tensor_\d+' is not variable or stored sparse"),
        ({"operand_0": 2}, r"tensor 'tensor_2' is a constant where only computed ones are covered"),
        ({"operand_12": 3}, r"tensor 'tensor_3' is int8; constant int32 is covered"),
        ({"timeMajor": True}, "steps before the batch, or diagonal recurrent weights, are not covered"),
        ({"diagonalRecurrentTensors": True}, "steps before the batch, or diagonal"),
        ({"fusedActivationFunction": 1}, "an activation other than tanh is not covered"),
        ({"cellClip": -1.0}, "a cell clipped to -1.0 is not covered"),
        ({"cellClip": float("nan")}, "a cell clipped to nan is not covered"),
        ({"scale_19": [0.001]}, r"tensor 'tensor_\d+' needs a power of 2 up to 4 as scale, zero point 0"),
        ({"scale_19": [2.0**10]}, "needs a power of 2 up to 4 as scale"),
        ({"zero_19": 1}, "needs a power of 2 up to 4 as scale, zero point 0"),
        ({"zero_18": 200}, r"tensor 'tensor_\d+' has zero point 200"),
        ({"zero_2": 1}, r"tensor 'tensor_\d+' needs shape \(4, 5\), one scale and a zero point of 0"),
        ({"scale_6": [0.1, 0.2, 0.3, 0.4]}, r"tensor 'tensor_\d+' needs shape \(4, 4\), one scale"),
        ({"shape_3": [5, 4]}, r"tensor 'tensor_\d+' needs shape \(4, 5\), one scale"),
        ({"shape_12": [2, 2]}, r"tensor 'tensor_\d+' has shape \(2, 2\); \(4,\) is covered"),
        ({"shape_18": [1, 5]}, r"tensor 'tensor_\d+' needs int8 \(1, 4\), one scale and one zero point"),
        ({"shape_0": [1, 30]}, r"tensor 'tensor_0' has shape \(30,\); \(steps, features\) is covered"),
        ({"scale_0": [1e6]}, "sums beyond 32 bits are not covered"),
    ],
)
def test_other_kinds_of_layers_are_refused_in_one_line(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=f"^here: layer 0, operator UNIDIRECTIONAL_SEQUENCE_LSTM: .*{message}") as said:
        generate(changed(**changes), "here", "model")
    assert "\n" not in str(said.value)


def test_a_state_belongs_to_one_layer() -> None:
    model = Model()
    source, sequence = sequence_of(model)
    end = recurrent(model, sequence, some_cell(np.random.default_rng(4), 4, 4))
    first, second = model.graph.operators
    second.inputs[HIDDEN] = first.inputs[HIDDEN]
    with pytest.raises(InputError, match=r"layer 1, .*tensor .* is a state with values, or another operator's too"):
        generate(model.finish(source, end), "here", "model")
    second.inputs[HIDDEN], second.inputs[0] = first.inputs[CELL], first.inputs[HIDDEN]
    with pytest.raises(InputError, match=r"tensor .* is variable or stored sparse, which is not covered"):
        generate(model.finish(source, end), "here", "model")


@runs_c
def test_factors_of_any_size() -> None:
    for scale in (1e-7, 0.01, 3.0, 40.0):  # of the input: as sensors give it
        chance = np.random.default_rng(6)
        model = Model()
        source = model.tensor((1, 6, 5), scale, 7)
        whole = model.finish(source, recurrent(model, source, some_cell(chance, 4, 5), last=True))
        assert_same(whole)


def test_inspect_counts_the_state_and_the_table_that_layers_share(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "net.tflite").write_bytes(classifier(1, [6, 4], 8, 5))
    assert cli.main(["inspect", str(tmp_path / "net.tflite")]) == 0
    shown = capsys.readouterr().out
    assert "1 UNIDIRECTIONAL_SEQUENCE_LSTM, and 2 STRIDED_SLICE" in shown
    assert shown.endswith("bytes of constants, 4 of scratch, 30 bytes of state\n")
    assert cli.main(["inspect", str(tmp_path / "net.tflite"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["state_bytes"] == 30
    assert found["constant_bytes"] == sum(layer["flash_bytes"] for layer in found["layers"]) + 512


def test_nothing_unused_is_written() -> None:
    code = generate(classifier(1, [4], 5, 3, head=False), "here", "model").code
    functions = re.findall(r"static [^;={]*?(\w+)\([^;{]*\)\s*{", code)
    assert "requantize" not in functions
    assert all(len(re.findall(rf"\b{name}\(", code)) > 1 for name in functions)
