"""Generated C under sanitizers against TensorFlow Lite Micro, many networks at a time, each engine on its own."""

import multiprocessing
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fewbytes.runtimes import tflm
from tests.attack.outcome import Outcome
from tflite_to_c import host, reader
from tflite_to_c.source import Source

Values = NDArray[np.int8]
INPUTS = 12
AT_ONCE = 25  # networks in one program: a link takes longer than a small network
FLAGS = tuple("-O1" if flag == "-O2" else flag for flag in host.FLAGS) + host.SANITIZERS
CRASHED = "TensorFlow Lite Micro crashed"


class Case(NamedTuple):
    name: str  # enough to make it again
    model: bytes
    source: Source  # its C, under the name `model`


def compare(cases: Sequence[Case], reference: "Reference", outcome: Outcome) -> None:
    """Count into `outcome` whose C gives what TensorFlow Lite Micro gives; sanitizers have the last word."""
    inputs = [some_inputs(case.model) for case in cases]
    for case, given, found in zip(cases, inputs, run_c([case.source for case in cases], inputs), strict=True):
        if isinstance(found, str):
            outcome.fail(f"{case.name}: {found}")
            continue
        expected = reference.scores(case.model, given)
        if isinstance(expected, str):
            outcome.counts["crashed TFLM" if expected == CRASHED else "refused by TFLM"] += 1
        elif np.array_equal(found, expected):
            outcome.counts["equal to TFLM"] += 1
        else:
            outcome.fail(f"{case.name}: {(found != expected).sum()} of {found.size} values unlike TFLM's")


def some_inputs(model: bytes) -> Values:
    """(n, 1, …): random, and both ends of int8."""
    shape = reader.read(model, "model").input.shape
    inputs = np.random.default_rng(0).integers(-128, 128, (INPUTS, 1, *shape), np.int8)
    inputs[0], inputs[1] = -128, 127
    return inputs


def run_c(sources: Sequence[Source], inputs: Sequence[Values]) -> list[Values | str]:
    """What each gives, or what compiler or sanitizer says of it."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        calls = []
        for place, source in enumerate(sources):
            name = f"model_{place}"
            (folder / f"{name}.h").write_text(_renamed(source.header, name))
            (folder / f"{name}.c").write_text(_renamed(source.code, name))
            in_place = "void model_run(void)" in source.header
            calls.append(f"        case {place}: {host.call(name, in_place=in_place)}; break;")
        sizes = [(given[0].size, _output_bytes(source)) for given, source in zip(inputs, sources, strict=True)]
        (folder / "main.c").write_text(_main(calls, sizes))
        command = [host.compiler() or "gcc", *FLAGS, *sorted(map(str, folder.glob("*.c"))), "-o", str(folder / "run")]
        built = subprocess.run(command, capture_output=True, text=True, check=False)
        if built.returncode:
            if len(sources) == 1:
                return [next((line for line in built.stderr.splitlines() if "error" in line), "does not compile")]
            return [found for source, given in zip(sources, inputs, strict=True) for found in run_c([source], [given])]
        return [_run(folder / "run", place, given) for place, given in enumerate(inputs)]


def _run(program: Path, place: int, inputs: Values) -> Values | str:
    done = subprocess.run([program, str(place)], input=inputs.tobytes(), capture_output=True, check=False, timeout=60)
    if done.returncode:
        said = done.stderr.decode(errors="replace").splitlines()
        return next((line for line in said if "error" in line.lower()), f"exit code {done.returncode}")
    return np.frombuffer(done.stdout, np.int8).reshape(len(inputs), -1)


def _renamed(text: str, name: str) -> str:
    text = re.sub(r"\bmodel_(run|step|reset|input|output)\b", rf"{name}_\1", text)
    return text.replace("MODEL_", f"{name.upper()}_").replace('"model.h"', f'"{name}.h"')


def _output_bytes(source: Source) -> int:
    return int(source.header.split("_OUTPUT_BYTES ")[1].split()[0])


def _main(calls: list[str], sizes: list[tuple[int, int]]) -> str:
    """A program that runs the network its argument names on what it reads; the heap, so that each end is guarded."""
    includes = "\n".join(f'#include "model_{place}.h"' for place in range(len(calls)))
    table = ", ".join(f"{{{given}, {taken}}}" for given, taken in sizes)
    return "\n".join(
        [
            "#include <stdio.h>",
            "#include <stdlib.h>",
            "#include <string.h>",
            includes,
            f"static const size_t sizes[][2] = {{{table}}};",
            "int main(int count, char **arguments)",
            "{",
            "    const int model = count > 1 ? atoi(arguments[1]) : 0;",
            "    int8_t *input = malloc(sizes[model][0]), *output = malloc(sizes[model][1]);",
            "    while (fread(input, 1, sizes[model][0], stdin) == sizes[model][0]) {",
            "        switch (model) {",
            *calls,
            "        }",
            "        fwrite(output, 1, sizes[model][1], stdout);",
            "    }",
            "    free(input);",
            "    free(output);",
            "    return 0;",
            "}",
            "",
        ]
    )


class Reference:
    """TensorFlow Lite Micro in a process of its own, since a damaged file may crash it; then another takes over."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def scores(self, model: bytes, inputs: Values) -> Values | str:
        """Its outputs (n, m), or why there are none."""
        try:
            self._pipe.send((model, inputs))
            answer: Values | str = self._pipe.recv()
        except (EOFError, ConnectionError):
            self.stop()
            self._start()
            return CRASHED
        return answer

    def stop(self) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()


@contextmanager
def reference() -> Iterator[Reference]:
    process = Reference()
    try:
        yield process
    finally:
        process.stop()


def _serve(pipe: Connection) -> None:
    while True:
        model, inputs = pipe.recv()
        try:
            pipe.send(tflm.Interpreter(model).scores(inputs))
        except Exception as error:  # whatever it is, the network has no reference
            pipe.send(str(error) or type(error).__name__)
