"""Compare our generated C with BakeNN's on the same models, compiled and emulated in the same way, in one run."""

import argparse
import logging
import tempfile
from importlib.metadata import version
from pathlib import Path

import bakenn
import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from fewbytes import metrics, params
from fewbytes.command import InputError, missing, one_line, run
from fewbytes.data import dataset
from fewbytes.data.dataset import CLASSES, SIDE
from fewbytes.files import write_json
from fewbytes.metrics import Metrics
from fewbytes.runtimes.litert import Classifier, read_model
from tflite_to_c import chips, identifier
from tflite_to_c.chips import Program

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


def with_reshape_options(model: bytes) -> bytes:
    """`model` with the options table of RESHAPE, which TensorFlow's converter leaves out and BakeNN insists on."""
    root = schema.ModelT.InitFromPackedBuf(model, 0)
    graph = root.subgraphs[0]
    for operator in graph.operators:
        if root.operatorCodes[operator.opcodeIndex].builtinCode == schema.BuiltinOperator.RESHAPE:
            operator.builtinOptionsType = schema.BuiltinOptions.ReshapeOptions
            operator.builtinOptions = schema.ReshapeOptionsT()
            operator.builtinOptions.newShape = list(graph.tensors[operator.outputs[0]].shape)
    builder = flatbuffers.Builder()
    builder.Finish(root.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def bakenn_program(model: bytes, folder: Path) -> Program:
    """BakeNN's portable C for `model`. Raises InputError where it refuses the model."""
    (folder / "model.tflite").write_bytes(with_reshape_options(model))
    try:
        bakenn.compile_tflite(str(folder / "model.tflite"), folder / "bakenn", name="model")
    except bakenn.BakeNNError as error:
        raise InputError(f"BakeNN refuses the model: {one_line(error)}") from None
    (folder / "bakenn" / "adapter.h").write_text(
        "#include <stdint.h>\nvoid bakenn_run(const int8_t *input, int8_t *output);\n"
    )
    (folder / "bakenn" / "adapter.c").write_text(ADAPTER)
    sources = sorted((folder / "bakenn").glob("*.c"))
    header = folder / "bakenn" / "adapter.h"
    return Program(sources, header, "bakenn_run", SIDE * SIDE, CLASSES, ("-std=gnu11",), OPTIMIZE)


def our_program(variant: str) -> Program:
    """The C that measure made. Raises InputError where there is none."""
    folder, name = Path("models/c") / variant, identifier(variant)
    source = folder / f"{name}.c"
    if not source.exists():
        raise missing(source)
    return Program([source], folder / f"{name}.h", f"{name}_run", SIDE * SIDE, CLASSES, optimize=OPTIMIZE)


def compare(ours: Program, model: bytes, inputs: NDArray[np.int8]) -> Metrics:
    """The figures of both engines on one model, and on how many of the inputs their outputs are the same."""
    mine = chips.measure(ours, CORE, inputs)
    with tempfile.TemporaryDirectory() as folder:
        theirs = chips.measure(bakenn_program(model, Path(folder)), CORE, inputs)
    return {
        **{
            name: {key: engine.figures()[key] for key in FIGURES}
            for name, engine in (("ours", mine), ("bakenn", theirs))
        },
        "images": len(inputs),
        "same_outputs_images": int((mine.outputs == theirs.outputs).all(axis=1).sum()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("variants", nargs="+")
    variants = parser.parse_args().variants
    images = dataset.load("test").images[: params.load().measure.emulated_images]
    compared = {}
    for variant in variants:
        path = Path(f"models/{variant}.tflite")
        model = read_model(path)
        compared[variant] = compare(our_program(variant), model, Classifier(model, str(path)).inputs(images))
        same = compared[variant]["same_outputs_images"]
        logging.info("%s: same outputs as BakeNN on %d of %d images", variant, same, len(images))
    how = f"zig {version('ziglang')} cc -{OPTIMIZE}, unicorn"
    write_json(metrics.FOLDER / "benchmark.json", {**compared, "how": how, "bakenn_version": version("bakenn")})


if __name__ == "__main__":
    run(main)
