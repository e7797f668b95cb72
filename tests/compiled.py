"""Compiles generated C for this machine, with sanitizers, and runs it."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from stages.codegen import reader
from stages.generate import generate

COMPILER = shutil.which("gcc") or shutil.which("cc")
FLAGS = ["-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-Wpedantic", "-fno-sanitize-recover=all"]
SANITIZERS = ["-fsanitize=address,undefined"]
MAIN = """
#include <stdio.h>
#include "model.h"
int main(void)
{
    int8_t input[MODEL_INPUT_BYTES], output[MODEL_OUTPUT_BYTES];
    while (fread(input, 1, sizeof input, stdin) == sizeof input) {
        model_run(input, output);
        fwrite(output, 1, sizeof output, stdout);
    }
    return 0;
}
"""

needs_compiler = pytest.mark.skipif(COMPILER is None, reason="needs a C compiler")


def outputs(model: bytes, inputs: NDArray[np.int8], folder: Path) -> NDArray[np.int8]:
    """What the C generated from `model` gives: (n, outputs) for inputs (n, 1, …). Fails on any warning or report."""
    source = generate(model, "model.tflite", "model")
    (folder / "model.h").write_text(source.header)
    (folder / "model.c").write_text(source.code)
    (folder / "main.c").write_text(MAIN)
    assert COMPILER
    command = [COMPILER, *FLAGS, *SANITIZERS, "main.c", "model.c", "-o", "model"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    ran = subprocess.run([folder / "model"], input=inputs.tobytes(), capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    return np.frombuffer(ran.stdout, np.int8).reshape(len(inputs), -1)


def random_inputs(model: bytes, count: int, seed: int = 0) -> NDArray[np.int8]:
    shape = reader.read(model, "model.tflite").input.shape
    return np.random.default_rng(seed).integers(-128, 128, (count, 1, *shape), np.int8)
