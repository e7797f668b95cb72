"""Generated C as WebAssembly: the C that runs on a chip, in a browser."""

import tempfile
from pathlib import Path

from tflite_to_c.chips import compiler

# Input and output are static here; in place they are where the C has them. A caller writes, runs, reads.
MAIN = """
#include "{name}.h"
#define EXPORT(name) __attribute__((export_name(#name)))
#ifdef IN_PLACE
EXPORT(input) int8_t *at_input(void) {{ return {name}_input; }}
EXPORT(output) const int8_t *at_output(void) {{ return {name}_output; }}
EXPORT(run) void run(void) {{ {name}_run(); }}
#else
static int8_t input[{prefix}_INPUT_BYTES], output[{prefix}_OUTPUT_BYTES];
EXPORT(input) int8_t *at_input(void) {{ return input; }}
EXPORT(output) const int8_t *at_output(void) {{ return output; }}
EXPORT(run) void run(void) {{ {name}_run(input, output); }}
#endif
"""
FLAGS = ("-target", "wasm32-freestanding", "-Os", "-std=c99", "-nostdlib", "-Wl,--no-entry", "-Wl,--strip-all")


def module(folder: Path, name: str, *, in_place: bool = False) -> bytes:
    """A WebAssembly module of `folder`/`name`.c, which imports nothing. in_place: the C was made so.

    It exports memory, and functions: input() and output(), addresses of int8 there, and run().
    Raises InputError where it does not compile.
    """
    with tempfile.TemporaryDirectory() as made:
        main, target = Path(made) / "main.c", Path(made) / "module.wasm"
        main.write_text(MAIN.format(name=name, prefix=name.upper()))
        placed = ["-DIN_PLACE"] if in_place else []
        sources = [f"-I{folder}", str(main), str(folder / f"{name}.c")]
        compiler.zig(["cc", *FLAGS, *placed, *sources, "-o", str(target)], local=Path(made) / "cache")
        return target.read_bytes()
