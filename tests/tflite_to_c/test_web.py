"""The C as WebAssembly gives what the interpreter gives, bit for bit."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.conftest import Models
from tests.tflite_to_c.chips.programs import emulates
from tflite_to_c import web
from tflite_to_c.chips.reference import numpy_reference
from tflite_to_c.errors import InputError
from tflite_to_c.files import write_all
from tflite_to_c.generator import generate
from tflite_to_c.options import BALANCED, SIZE, SPEED, TINY, Options

pytestmark = [emulates, pytest.mark.skipif(find_spec("wasmtime") is None, reason="needs wasmtime")]
NAME = "model"


def outputs(module: bytes, inputs: NDArray[np.int8], size: int) -> NDArray[np.int8]:
    """Of the module's C, for inputs (n, …)."""
    import wasmtime  # noqa: PLC0415 - needed here alone

    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    loaded = wasmtime.Module(engine, module)
    assert not loaded.imports
    exports: Any = wasmtime.Instance(store, loaded, []).exports(store)
    found = []
    for example in inputs:
        exports["memory"].write(store, example.tobytes(), exports["input"](store))
        exports["run"](store)
        start = exports["output"](store)
        found.append(np.frombuffer(exports["memory"].read(store, start, start + size), np.int8))
    return np.stack(found)


@pytest.mark.parametrize(
    "options",
    [Options(SPEED), Options(BALANCED), Options(SIZE, rows=True), Options(TINY, in_place=True)],
    ids=lambda options: options.way,
)
def test_outputs_are_those_of_the_interpreter(tmp_path: Path, models: Models, options: Options) -> None:
    written = generate(models.aware, "model.tflite", NAME, options=options)
    write_all({tmp_path / f"{NAME}.h": written.header, tmp_path / f"{NAME}.c": written.code})
    inputs = np.random.default_rng(1).integers(-128, 128, (50, 28, 28, 1), dtype=np.int8)
    found = outputs(web.module(tmp_path, NAME, in_place=options.in_place), inputs, 10)
    np.testing.assert_array_equal(found, numpy_reference(models.aware, inputs).outputs)


def test_c_that_does_not_compile_is_told_in_one_line(tmp_path: Path) -> None:
    write_all({tmp_path / f"{NAME}.h": "", tmp_path / f"{NAME}.c": "int x = ;\n"})
    with pytest.raises(InputError, match=r"zig cc: .*error: ") as raised:
        web.module(tmp_path, NAME)
    assert "\n" not in str(raised.value)
