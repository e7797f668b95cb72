"""A model's generated C: what it takes on each emulated core, and whether it gives TensorFlow Lite Micro's outputs."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.command import InputError
from fewbytes.data.spec import Spec
from fewbytes.metrics import Metrics
from tflite_to_c import chips, host
from tflite_to_c.files import write_all
from tflite_to_c.generator import generate
from tflite_to_c.source import Normalisation, Source, identifier

CORES = {"cortex-m0": 1, "cortex-m4": 1, "cortex-m33": 1, "rv32ec": 0.1}  # share of the images that each runs
WHY_NOT = "why_not.txt"  # stands for the C where the generator does not cover the model

Scores = NDArray[Any]


def write_c(model: bytes, origin: str, name: str, folder: Path, spec: Spec) -> bool:
    """NAME.h and NAME.c into `folder`; or, where the generator does not cover the model, its reason. Is it covered?"""
    name = identifier(name)
    try:
        source: Source = generate(model, origin, name, Normalisation(spec.offset, spec.divisor))
    except InputError as reason:
        write_all({folder / WHY_NOT: f"{reason}\n"})
        return False
    write_all({folder / f"{name}.h": source.header, folder / f"{name}.c": source.code})
    return True


def measure(
    folder: Path, name: str, inputs: NDArray[np.int8], outputs: int, *, reference: Scores | None, images: int
) -> Metrics:
    """Figures of `folder`/NAME.c: by core, `images` of the inputs (n, …) run; of this machine, all of them.

    On this machine it runs under sanitizers. reference: the outputs (n, outputs) of TensorFlow Lite Micro.
    Raises InputError where the C does not compile or run.
    """
    name = identifier(name)
    program = chips.Program([folder / f"{name}.c"], folder / f"{name}.h", f"{name}_run", inputs[0].size, outputs)
    figures: Metrics = {}
    for core, share in CORES.items():  # RV32EC has no multiplier: a network takes some 30 times the instructions
        measured = chips.measure(program, core, inputs[: max(1, round(share * images))])
        figures[core.replace("-", "_")] = measured.figures() | _agreement(measured.outputs, reference)
    if host.compiler():
        figures["host"] = _agreement(host.outputs(folder, name, inputs), reference)
    return figures


def _agreement(ours: Scores, reference: Scores | None) -> Metrics:
    """On how many images an output is not TensorFlow Lite Micro's."""
    if reference is None:
        return {"images": len(ours), "unlike_tflm_images": "not known: TensorFlow Lite Micro did not run"}
    return {"images": len(ours), "unlike_tflm_images": int((ours != reference[: len(ours)]).any(axis=1).sum())}
