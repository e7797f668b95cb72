"""Compare our generated C with BakeNN's on the same models, in the same emulator, in one run."""

import logging
import tempfile
from importlib.metadata import version
from pathlib import Path

import bakenn
import flatbuffers
from ai_edge_litert import schema_py_generated as schema

from fewbytes import metrics, params
from fewbytes.command import InputError, run
from fewbytes.data import dataset
from fewbytes.data.dataset import CLASSES, SIDE
from fewbytes.files import write_json
from fewbytes.metrics import Metrics
from fewbytes.runtimes import cortex
from fewbytes.runtimes.cortex import Program
from fewbytes.runtimes.litert import Classifier, read_model

CORE = "cortex-m4"
VARIANTS = ("baseline_full_integer", "quantized_full_integer")
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
        raise InputError(f"BakeNN refuses the model: {' '.join(str(error).split())}") from None
    (folder / "bakenn" / "adapter.h").write_text(
        "#include <stdint.h>\nvoid bakenn_run(const int8_t *input, int8_t *output);\n"
    )
    (folder / "bakenn" / "adapter.c").write_text(ADAPTER)
    sources = sorted((folder / "bakenn").glob("*.c"))
    return Program(sources, folder / "bakenn" / "adapter.h", "bakenn_run", SIDE * SIDE, CLASSES, ("-std=gnu11",))


def compare(variant: str, images: int) -> Metrics:
    """The figures of both engines on one model, and on how many images their outputs are the same."""
    path = Path(f"models/{variant}.tflite")
    model = read_model(path)
    inputs = Classifier(model, str(path)).inputs(dataset.load("test").images[:images])
    ours = cortex.measure(cortex.generated(variant), CORE, inputs)
    with tempfile.TemporaryDirectory() as folder:
        theirs = cortex.measure(bakenn_program(model, Path(folder)), CORE, inputs)
    return {
        **{
            name: {key: engine.figures()[key] for key in FIGURES}
            for name, engine in (("ours", ours), ("bakenn", theirs))
        },
        "images": len(inputs),
        "same_outputs_images": int((ours.outputs == theirs.outputs).all(axis=1).sum()),
    }


def main() -> None:
    images = params.load().emulate.images
    cortex.require_tools()
    compared = {variant: compare(variant, images) for variant in VARIANTS}
    write_json(metrics.FOLDER / "firmware" / "benchmark.json", {**compared, "bakenn_version": version("bakenn")})
    for variant, found in compared.items():
        same = found["same_outputs_images"]
        logging.info("%s: same outputs as BakeNN on %d of %d images", variant, same, found["images"])


if __name__ == "__main__":
    run(main)
