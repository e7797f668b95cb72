"""Our generated C beside BakeNN's, on the same model and emulated core, in one run."""

import tempfile
from importlib.metadata import version
from pathlib import Path

import bakenn
import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from fewbytes.command import missing, one_line
from fewbytes.data.spec import Spec
from fewbytes.metrics import Metrics
from tflite_to_c import chips
from tflite_to_c.chips import Measured, Program
from tflite_to_c.source import identifier

CORE, OPTIMIZE = "cortex-m4", "Os"
FIGURES = ("flash_bytes", "ram_bytes", "instructions")
ADAPTER = """
#include "adapter.h"
#include "bknn_model.h"
static uint8_t arena[BKNN_MODEL_ARENA_SIZE] __attribute__((aligned(BKNN_MODEL_ARENA_ALIGNMENT)));
void bakenn_run(const int8_t *input, int8_t *output)
{
    bknn_model_infer(arena, input, output);
}
"""


class RefusedError(Exception):
    """BakeNN's own reason for making no C of a model."""


def how() -> str:
    """What both were compiled and counted with."""
    return f"zig {version('ziglang')} cc -{OPTIMIZE}, unicorn"


def as_bakenn_takes_it(model: bytes) -> bytes:
    """`model` as BakeNN insists on it: without a softmax at its end, and without the signatures by which its batch
    might be another than 1; and with the options table of RESHAPE, which TensorFlow's converter leaves out."""
    root = schema.ModelT.InitFromPackedBuf(model, 0)
    graph = root.subgraphs[0]
    for tensor in graph.tensors:
        tensor.shapeSignature = None
    if _code(root, graph.operators[-1]) == schema.BuiltinOperator.SOFTMAX:
        graph.outputs = graph.operators.pop().inputs
    for operator in graph.operators:
        if _code(root, operator) == schema.BuiltinOperator.RESHAPE:
            operator.builtinOptionsType = schema.BuiltinOptions.ReshapeOptions
            operator.builtinOptions = schema.ReshapeOptionsT()
            operator.builtinOptions.newShape = list(graph.tensors[operator.outputs[0]].shape)
    builder = flatbuffers.Builder()
    builder.Finish(root.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _code(root: schema.ModelT, operator: schema.OperatorT) -> int:
    found = root.operatorCodes[operator.opcodeIndex]
    return max(int(found.builtinCode), int(found.deprecatedBuiltinCode))  # files of long ago have the second alone


def bakenn_program(model: bytes, folder: Path, ends: tuple[int, int]) -> Program:
    """BakeNN's portable C for `model`, whose ends are of so many bytes. Raises RefusedError where it refuses it."""
    (folder / "model.tflite").write_bytes(as_bakenn_takes_it(model))
    try:
        bakenn.compile_tflite(str(folder / "model.tflite"), folder / "bakenn", name="model")
    except bakenn.BakeNNError as error:
        raise RefusedError(one_line(error)) from None
    (folder / "bakenn" / "adapter.h").write_text(
        "#include <stdint.h>\nvoid bakenn_run(const int8_t *input, int8_t *output);\n"
    )
    (folder / "bakenn" / "adapter.c").write_text(ADAPTER)
    sources = sorted((folder / "bakenn").glob("*.c"))
    return Program(sources, folder / "bakenn" / "adapter.h", "bakenn_run", *ends, ("-std=gnu11",), OPTIMIZE)


def compare(model: bytes, folder: Path, name: str, inputs: NDArray[np.int8], spec: Spec) -> Metrics:
    """The figures of both engines on one model, and on how many images their outputs are the same.

    Ours alone, and why, where BakeNN refuses the model. folder: where NAME.h and NAME.c are, ours. Raises InputError
    where either does not run.
    """
    name = identifier(name)
    if not (folder / f"{name}.c").exists():
        raise missing(folder / f"{name}.c")
    program = chips.generated(folder, name, (inputs[0].size, len(spec.classes)), in_place=False)
    program = program._replace(optimize=OPTIMIZE)
    ours = chips.measure(program, CORE, inputs)
    try:
        with tempfile.TemporaryDirectory() as made:
            ends = program.input_bytes, program.output_bytes
            theirs = chips.measure(bakenn_program(model, Path(made), ends), CORE, inputs)
    except RefusedError as refusal:
        return {"ours": _chosen(ours), "refused": str(refusal)}
    return {
        "ours": _chosen(ours),
        "bakenn": _chosen(theirs),
        "images": len(inputs),
        "same_outputs_images": int((ours.outputs == theirs.outputs).all(axis=1).sum()),
    }


def _chosen(measured: Measured) -> Metrics:
    figures = measured.figures()
    return {key: figures[key] for key in FIGURES}
