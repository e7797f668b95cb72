"""Files that take or give float32 or uint8: int8 in C, with a helper at either end that TFLM agrees with."""

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fewbytes.runtimes import tflm
from tests.flatbuffer import FLOAT32, UINT8, Model
from tests.tflite_to_c.models import dense, runs_c
from tflite_to_c import host
from tflite_to_c.errors import InputError
from tflite_to_c.generator import generate

TYPES = {FLOAT32: ("float", np.float32), UINT8: ("uint8_t", np.uint8)}
MAIN = """
#include <stdio.h>
#include "model.h"
int main(void)
{{
    {type} ends[8];
    int8_t input[8], output[8];
    while (fread(ends, sizeof ends[0], 8, stdin) == 8) {{
        for (int i = 0; i < 8; i++)
            input[i] = model_quantize(ends[i]);
        model_run(input, output);
        for (int i = 0; i < 8; i++)
            ends[i] = model_dequantize(output[i]);
        fwrite(ends, sizeof ends[0], 8, stdout);
    }}
    return 0;
}}
"""


def network(type_: int, scale: float = 0.05, zero_point: int = -11, outer_zero: int | None = None) -> bytes:
    """8 values, a ReLU, 8 values; both ends of this type."""
    model = Model()
    outer = {FLOAT32: (None, 0), UINT8: (scale, zero_point + 128 if outer_zero is None else outer_zero)}[type_]
    source = model.tensor((1, 8), *outer, type_=type_)
    inside = model.operator("QUANTIZE", [source], model.tensor((1, 8), scale, zero_point))
    made = model.operator("RELU", [inside], model.tensor((1, 8), scale, zero_point))
    end = model.tensor((1, 8), *outer, type_=type_)
    model.operator("DEQUANTIZE" if type_ == FLOAT32 else "QUANTIZE", [made], end)
    return model.finish(source, end)


def run(model: bytes, type_: int, inputs: NDArray[Any], folder: Path) -> NDArray[Any]:
    source = generate(model, "model.tflite", "model")
    (folder / "model.h").write_text(source.header)
    (folder / "model.c").write_text(source.code)
    (folder / "main.c").write_text(MAIN.format(type=TYPES[type_][0]))
    files = [str(folder / "main.c"), str(folder / "model.c"), "-o", str(folder / "main")]
    subprocess.run(
        [host.compiler() or "gcc", *host.FLAGS, *host.SANITIZERS, "-Wconversion", f"-I{folder}", *files], check=True
    )
    done = subprocess.run([folder / "main"], input=inputs.tobytes(), capture_output=True, check=True)
    return np.frombuffer(done.stdout, TYPES[type_][1]).reshape(len(inputs), 8)


@runs_c
@pytest.mark.parametrize("scale", [0.05, 1 / 255, 0.0234567])
def test_float_ends_give_what_tflm_gives(scale: float, tmp_path: Path) -> None:
    model = network(FLOAT32, scale)
    halves = (np.arange(-300, 300) + 0.5) * np.float32(scale)  # where rounding matters
    near = np.nextafter(halves.astype(np.float32), np.float32(0))
    other = np.random.default_rng(0).normal(0, 100 * scale, 1200)
    inputs = np.concatenate([halves, near, other, [0, -0.0, 0.49999997 * scale] + [1e4] * 5]).astype(np.float32)
    inputs = inputs.reshape(-1, 1, 8)
    np.testing.assert_array_equal(run(model, FLOAT32, inputs, tmp_path), tflm.Interpreter(model).scores(inputs))


@runs_c
def test_what_is_no_number_or_too_large_ends_within_int8(tmp_path: Path) -> None:
    inputs = np.array([[[np.nan, np.inf, -np.inf, 1e30, -1e30, 0, 0, 0]]], np.float32)
    outputs = run(network(FLOAT32), FLOAT32, inputs, tmp_path)[0]
    assert outputs[1] == outputs[3] == np.float32(138) * np.float32(0.05)
    assert (outputs[[0, 2, 4]] == 0).all()


@runs_c
def test_uint8_ends_give_what_tflm_gives(tmp_path: Path) -> None:
    inputs = np.arange(256).astype(np.uint8).reshape(-1, 1, 8)
    model = network(UINT8)
    np.testing.assert_array_equal(run(model, UINT8, inputs, tmp_path), tflm.Interpreter(model).scores(inputs))


def test_ends_that_are_no_copy_of_the_int8_inside_are_refused() -> None:
    with pytest.raises(InputError, match=r"^here: layer 0, operator QUANTIZE: tensor 'tensor_0' needs the scale"):
        generate(network(UINT8, outer_zero=128), "here", "model")


def test_float32_inside_the_network_is_refused() -> None:
    model = Model()
    source = model.tensor((1, 8), 0.1)
    middle = model.operator("DEQUANTIZE", [source], model.tensor((1, 8), None, type_=FLOAT32))
    back = model.operator("QUANTIZE", [middle], model.tensor((1, 8), 0.1))
    end = dense(model, back, np.ones((2, 8), np.int8))
    with pytest.raises(InputError, match=r"operator DEQUANTIZE: inside the network tensor .* is float32; int8 is"):
        generate(model.finish(source, end), "here", "model")


def test_an_input_quantized_in_two_ways_is_refused() -> None:
    model = Model()
    source = model.tensor((1, 8), None, type_=FLOAT32)
    first = model.operator("QUANTIZE", [source], model.tensor((1, 8), 0.1))
    second = model.operator("QUANTIZE", [source], model.tensor((1, 8), 0.2))
    end = model.operator("ADD", [first, second], model.tensor((1, 8), 0.3))
    with pytest.raises(InputError, match=r"layer 1, operator QUANTIZE: the input, tensor .*, is quantized in two ways"):
        generate(model.finish(source, end), "here", "model")
