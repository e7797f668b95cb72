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
#include "{name}.h"
int main(void)
{{
    int8_t input[{prefix}_INPUT_BYTES], output[{prefix}_OUTPUT_BYTES];
    while (fread(input, 1, sizeof input, stdin) == sizeof input) {{
        {name}_run(input, output);
        fwrite(output, 1, sizeof output, stdout);
    }}
    return 0;
}}
"""


def compiler() -> str | None:
    return shutil.which("gcc") or shutil.which("cc")


def outputs(folder: Path, name: str, inputs: NDArray[np.int8]) -> NDArray[np.int8]:
    """What `folder`/`name`.c gives: (n, outputs) for inputs (n, 1, …).

    Raises InputError where it does not compile without a warning, or a sanitizer objects.
    """
    command = compiler()
    if command is None:
        raise InputError("no C compiler: install gcc (Debian: apt-get install gcc libc6-dev)")
    with tempfile.TemporaryDirectory() as made:
        main, program = Path(made) / "main.c", Path(made) / "main"
        main.write_text(MAIN.format(name=name, prefix=name.upper()))
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
