"""TensorFlow Lite Micro, the runtime that microcontrollers run, in its own Python package (Linux x86-64 only)."""

import os
import platform
import re
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context, parent_process
from typing import Any

import numpy as np
from numpy.typing import NDArray

AMPLE_ARENA_BYTES = 2**24  # the package's own default, ten times the model's file, is too little for small files
ABSENT = f"tflite-micro has no package for {platform.system()} on {platform.machine()}"


class RefusedError(Exception):
    """The runtime's own reason for not running a model."""


def available() -> bool:
    return find_spec("tflite_micro") is not None


class Interpreter:
    """One model in its arena."""

    def __init__(self, model: bytes, arena_bytes: int = AMPLE_ARENA_BYTES) -> None:
        """Raises RefusedError when the runtime cannot run `model`, or not within `arena_bytes`."""
        from tflite_micro import runtime  # noqa: PLC0415 - absent on most platforms

        try:
            self._interpreter, _ = _listen(lambda: runtime.Interpreter.from_bytes(model, arena_size=arena_bytes))
        except _FailedError as failed:
            lines = [line for line in failed.said.splitlines() if line.strip()]
            raise RefusedError(" ".join(lines[0].split()) if lines else str(failed)) from None

    def arena_bytes(self) -> int:
        """The smallest arena that suffices on this machine; pointers are narrower on a microcontroller."""
        _, said = _listen(self._interpreter.print_allocations)
        found = re.search(r"Arena allocation total (\d+) bytes", said)
        assert found, said
        return int(found[1])

    def scores(self, inputs: NDArray[Any]) -> NDArray[Any]:
        """Raw outputs (n, m) of inputs (n, 1, …) in the type the model takes.

        Raises RefusedError when the runtime fails: it only says so, and leaves the outputs as they were.
        """
        outputs, said = _listen(lambda: np.array([self._run(image) for image in inputs]))
        if said.strip():
            raise RefusedError(" ".join(said.split()))
        return outputs

    def _run(self, image: NDArray[Any]) -> NDArray[Any]:
        self._interpreter.reset()  # a state that the inference before left
        self._interpreter.set_input(image, 0)
        self._interpreter.invoke()
        return self._interpreter.get_output(0).ravel()


def run(model: bytes, inputs: NDArray[Any]) -> tuple[NDArray[Any], int]:
    """Outputs as Interpreter.scores, on all cores, as a float model may take 25 ms an image; and the arena's bytes.

    A process that is one of several already does it alone.
    """
    if parent_process() is not None:
        return _run(model, inputs)
    parts = np.array_split(inputs, min(len(inputs), os.cpu_count() or 1))
    with ProcessPoolExecutor(len(parts), mp_context=get_context("spawn")) as pool:
        found = list(pool.map(_run, [model] * len(parts), parts))
    return np.concatenate([outputs for outputs, _ in found]), found[0][1]


def _run(model: bytes, inputs: NDArray[Any]) -> tuple[NDArray[Any], int]:
    interpreter = Interpreter(model)
    return interpreter.scores(inputs), interpreter.arena_bytes()


class _FailedError(Exception):
    def __init__(self, reason: str, said: str) -> None:
        super().__init__(reason)
        self.said = said


def _listen(function: Callable[[], Any]) -> tuple[Any, str]:
    """What `function` returns, and what the runtime, which knows no other way, meanwhile writes to file descriptor 2.

    Raises _FailedError, with what was written, where the runtime raises RuntimeError.
    """
    kept = os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        reason, result = None, None
        try:
            result = function()
        except RuntimeError as error:
            reason = str(error)
        finally:
            os.dup2(kept, 2)
            os.close(kept)
        file.seek(0)
        said = file.read().decode(errors="replace")
    if reason is not None:
        raise _FailedError(reason, said)
    return result, said
