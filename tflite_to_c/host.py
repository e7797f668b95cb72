"""Generated C compiled for this machine, with sanitizers: any warning, overflow or stray access is an error."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tflite_to_c.errors import InputError

FLAGS = ("-std=c99", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fno-sanitize-recover=all")
SANITIZERS = ("-fsanitize=address,undefined",)
MAIN = """
#include <stdio.h>
#include <string.h>
#include "{name}.h"
int main(void)
{{
    static int8_t input[{prefix}_INPUT_BYTES], output[{prefix}_OUTPUT_BYTES];
    while (fread(input, 1, sizeof input, stdin) == sizeof input) {{
        {run};
        fwrite(output, 1, sizeof output, stdout);
    }}
    return 0;
}}
"""
RUN = "{name}_run(input, output)"
RUN_IN_PLACE = (
    "memcpy({name}_input, input, {prefix}_INPUT_BYTES), {name}_run(), "
    "memcpy(output, {name}_output, {prefix}_OUTPUT_BYTES)"
)


def compiler() -> str | None:
    return shutil.which("gcc") or shutil.which("cc")


def call(name: str, *, in_place: bool) -> str:
    """In C, from `input` to `output`, both arrays."""
    return (RUN_IN_PLACE if in_place else RUN).format(name=name, prefix=name.upper())


def outputs(folder: Path, name: str, inputs: NDArray[np.int8], *, in_place: bool = False) -> NDArray[np.int8]:
    """What `folder`/`name`.c gives: (n, outputs) for inputs (n, 1, …). in_place: it was made so.

    Raises InputError where it does not compile without a warning, or a sanitizer objects.
    """
    command = compiler()
    if command is None:
        raise InputError("no C compiler: install gcc (Debian: apt-get install gcc libc6-dev)")
    with tempfile.TemporaryDirectory() as made:
        main, program = Path(made) / "main.c", Path(made) / "main"
        main.write_text(MAIN.format(name=name, prefix=name.upper(), run=call(name, in_place=in_place)))
        sources = [str(main), str(folder / f"{name}.c"), "-o", str(program)]
        _run([command, *FLAGS, *SANITIZERS, f"-I{folder}", *sources], b"")
        return np.frombuffer(_run([str(program)], inputs.tobytes()), np.int8).reshape(len(inputs), -1)


def _run(command: list[str], data: bytes) -> bytes:
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        reason = next((line for line in said if "error" in line.lower()), said[0] if said else "no reason given")
        raise InputError(f"{command[-1]}: {reason}")
    return done.stdout
