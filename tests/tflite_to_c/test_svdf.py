"""Layers that remember, against TensorFlow Lite Micro: reset before each input, and one input after the other."""

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from tests.flatbuffer import INT16, Model
from tests.tflite_to_c.models import assert_same, dense, every_source, random_inputs, runs_c
from tflite_to_c import host, interpreter, reader
from tflite_to_c.errors import InputError
from tflite_to_c.generator import generate

RELU = schema.ActivationFunctionType.RELU
MAIN = """
#include <stdio.h>
#include <string.h>
#include "model.h"
int main(void)
{{
    static int8_t input[MODEL_INPUT_BYTES], output[MODEL_OUTPUT_BYTES];
    model_reset();
    while (fread(input, 1, sizeof input, stdin) == sizeof input) {{
        {step};
        fwrite(output, 1, sizeof output, stdout);
    }}
    return 0;
}}
"""


def svdf(model: Model, source: int, units: int, chance: np.random.Generator, **changes: Any) -> int:
    """changes: rank, memory, bias, activation, state: how they differ."""
    features = model.graph.tensors[source].shape[-1]
    rank, memory = changes.get("rank", 2), changes.get("memory", 5)
    weights = chance.integers(-127, 128, (units * rank, features)).astype(np.int8)
    times = chance.integers(-8000, 8000, (units * rank, memory)).astype(np.int16)
    operands = [source, model.constant(weights, 0.01), model.constant(times, 1e-4)]
    bias = chance.integers(-3_000_000, 3_000_000, units).astype(np.int32)
    operands.append(model.constant(bias, 1e-7) if changes.get("bias", True) else -1)
    operands.append(model.state(units * rank * memory, changes.get("state", 1e-3), type_=INT16))
    end = model.tensor((1, units), 0.02, -128)
    activation = changes.get("activation", RELU)
    return model.operator("SVDF", operands, end, rank=rank, fusedActivationFunction=activation)


def network(seed: int) -> bytes:
    """Two of them, with a dense layer between, then classes."""
    chance = np.random.default_rng(seed)
    model = Model()
    source = model.tensor((1, int(chance.integers(3, 20))), 0.02, int(chance.integers(-128, 128)))
    layers = {"rank": int(chance.integers(1, 4)), "memory": int(chance.integers(1, 9))}
    first = svdf(model, source, int(chance.integers(2, 12)), chance, state=10.0 ** -chance.integers(2, 5), **layers)
    between = dense(model, first, chance.integers(-127, 128, (7, model.graph.tensors[first].shape[-1])).astype(np.int8))
    second = svdf(model, between, 4, chance)
    return model.finish(source, model.operator("SOFTMAX", [second], model.tensor((1, 4), 1 / 256, -128), beta=1.0))


def remembered(model: bytes, inputs: NDArray[np.int8]) -> NDArray[np.int8]:
    """TFLM's outputs, one input after the other."""
    from tflite_micro import runtime  # noqa: PLC0415 - absent on most platforms

    engine = runtime.Interpreter.from_bytes(model, arena_size=2**20)
    engine.reset()
    outputs = []
    for each in inputs:
        engine.set_input(each, 0)
        engine.invoke()
        outputs.append(engine.get_output(0).ravel())
    return np.array(outputs)


@runs_c
@pytest.mark.parametrize("seed", range(8))
def test_c_gives_what_tflm_gives(seed: int) -> None:
    model = network(seed)
    assert_same(model)
    inputs = random_inputs(model, 20)
    alone = np.concatenate([remembered(model, inputs[place : place + 1]) for place in range(len(inputs))])
    np.testing.assert_array_equal(interpreter.outputs(reader.read(model, "here"), inputs), alone)


@runs_c
@pytest.mark.parametrize("seed", range(4))
def test_what_came_before_counts_until_a_reset(seed: int, tmp_path: Path) -> None:
    model = network(seed)
    inputs = random_inputs(model, 60)
    expected = remembered(model, inputs)
    assert (expected[1:] != interpreter.outputs(reader.read(model, "here"), inputs[1:])).any()
    for place, (options, source) in enumerate(every_source(model).items()):
        folder = tmp_path / str(place)
        folder.mkdir()
        (folder / "model.h").write_text(source.header)
        (folder / "model.c").write_text(source.code)
        step = host.call("model", in_place=options.in_place).replace("model_run", "model_step")
        (folder / "main.c").write_text(MAIN.format(step=step))
        command = [host.compiler() or "gcc", *host.FLAGS, *host.SANITIZERS, *map(str, folder.glob("*.c"))]
        subprocess.run([*command, "-o", str(folder / "run")], check=True)
        done = subprocess.run([folder / "run"], input=inputs.tobytes(), capture_output=True, check=True)
        found = np.frombuffer(done.stdout, np.int8).reshape(len(inputs), -1)
        np.testing.assert_array_equal(found, expected, str(options))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"activation": 0}, "layer 0, operator SVDF: an activation other than ReLU is not covered"),
        ({"bias": False}, "layer 0, operator SVDF: without biases it is not covered"),
        ({"state": 1e-9}, "layer 0, operator SVDF: a scale ratio that leaves 32 bits is not covered"),
    ],
)
def test_what_is_not_covered_is_one_line(changes: dict[str, Any], message: str) -> None:
    model = Model()
    source = model.tensor((1, 6), 0.02, 3)
    end = svdf(model, source, 3, np.random.default_rng(1), **changes)
    with pytest.raises(InputError, match=f"here: {message}"):
        generate(model.finish(source, end), "here", "model")
