"""Programs for tests of chips, and whether this machine can run them."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tflite_to_c import chips, reader
from tflite_to_c.chips import CORES, Program
from tflite_to_c.generator import generate
from tflite_to_c.options import DEFAULT, Options
from tflite_to_c.source import Source

PACKAGES = ("ziglang", "unicorn", "capstone")
emulates = pytest.mark.skipif(not all(map(find_spec, PACKAGES)), reason=f"needs {', '.join(PACKAGES)}")
ONE = np.zeros((1, 1), np.int8)


def handwritten(folder: Path, body: str, variables: str = "") -> Program:
    (folder / "made.h").write_text("#include <stdint.h>\nvoid made_run(const int8_t *input, int8_t *output);\n")
    function = f"void made_run(const int8_t *input, int8_t *output)\n{{\n    *output = *input;\n{body}}}\n"
    (folder / "made.c").write_text(f'#include "made.h"\n{variables}\n{function}')
    return Program([folder / "made.c"], folder / "made.h", "made_run", 1, 1)


def assembly(text: str) -> str:
    """A statement; the registers r2 to r4 are its own."""
    lines = "\\n ".join([".syntax unified", *text.split("; ")])
    return f'    __asm__ volatile("{lines}" : : : "r2", "r3", "r4", "cc", "memory");\n'


def loop(core: str, rounds: int) -> str:
    """Of two instructions a round."""
    arm, riscv = ".syntax unified\\n 1: subs %0, #1\\n bne 1b", "1: addi %0, %0, -1\\n bnez %0, 1b"
    constraint = "+l" if CORES[core].is_arm else "+r"
    text = arm if CORES[core].is_arm else riscv
    return f'    uint32_t n = {rounds};\n    __asm__ volatile("{text}" : "{constraint}"(n) : : "cc");\n'


def generated(folder: Path, model: bytes, options: Options = DEFAULT) -> Program:
    graph = reader.read(model, "model.tflite")
    source = generate(model, "model.tflite", "model", options=options)
    return program_of(folder, source, (graph.input.size, graph.output.size), in_place=options.in_place)


def program_of(folder: Path, source: Source, ends: tuple[int, int], *, in_place: bool) -> Program:
    """ends: bytes of input and output."""
    (folder / "model.h").write_text(source.header)
    (folder / "model.c").write_text(source.code)
    return chips.generated(folder, "model", ends, in_place=in_place)


def random_inputs(program: Program, count: int) -> NDArray[np.int8]:
    generator = np.random.default_rng(1)
    return generator.integers(-128, 128, (count, program.input_bytes), dtype=np.int8)
