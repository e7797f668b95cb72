"""Run a variant's generated C on emulated Cortex-M cores, and, sanitized, on this machine; compare with TFLM."""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fewbytes import arrays, boards, metrics, params
from fewbytes.boards import Boards
from fewbytes.command import run
from fewbytes.data import dataset
from fewbytes.data.dataset import CLASSES
from fewbytes.files import write_json
from fewbytes.metrics import Metrics
from fewbytes.runtimes import cortex
from fewbytes.runtimes.cortex import DoesNotFitError
from fewbytes.runtimes.litert import Classifier, read_model
from tflite_to_c import host

Scores = NDArray[np.int8]


def agreement(ours: Scores, reference: Scores) -> Metrics:
    """On how many images an output is not TensorFlow Lite Micro's. reference: (n, 10), or none where it did not run."""
    if not len(reference):
        return {"images": len(ours), "unlike_tflm_images": "not known: TensorFlow Lite Micro did not run"}
    return {"images": len(ours), "unlike_tflm_images": int((ours != reference[: len(ours)]).any(axis=1).sum())}


def fitting(figures: Metrics, table: Boards) -> Metrics:
    """Whether each board has the flash and the RAM for the network alone."""
    found = {}
    for name, board in table.boards.items():
        built = figures[key(board.build)]
        if "flash_bytes" not in built:
            found[name] = "no"
            continue
        enough = built["flash_bytes"] <= 1024 * board.flash_kb and built["ram_bytes"] <= 1024 * board.ram_kb
        found[name] = "yes" if enough else "no"
    return found


def energy_uj(instructions: int, table: Boards) -> Metrics:
    """Microjoules an inference, from published energy a cycle and assumed cycles an instruction."""
    low = instructions * table.cycles_an_instruction.low * table.picojoules_a_cycle.low
    high = instructions * table.cycles_an_instruction.high * table.picojoules_a_cycle.high
    return {"low": round(low / 1e6, 1), "high": round(high / 1e6, 1)}


def key(core: str) -> str:
    return core.replace("-", "_")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("variant")
    variant = parser.parse_args().variant
    images = params.load().emulate.images
    table = boards.load()
    cortex.require_tools()
    program = cortex.generated(variant)
    path = Path(f"models/{variant}.tflite")
    inputs = Classifier(read_model(path), str(path)).inputs(dataset.load("test").images)
    reference = arrays.load(Path(f"data/tflm/{variant}.npy"), (None, CLASSES), np.int8)

    figures: Metrics = {}
    for core in cortex.CORES:
        try:
            measured = cortex.measure(program, core, inputs[:images])
        except DoesNotFitError as reason:
            figures[key(core)] = {"fits": f"no: {reason}"}
            continue
        figures[key(core)] = measured.figures() | agreement(measured.outputs, reference)
    figures["host"] = agreement(host.outputs(program.header.parent, variant, inputs), reference)
    figures["boards"] = fitting(figures, table)
    figures["energy_uj"] = energy_uj(figures["cortex_m4"]["instructions"], table)
    write_json(metrics.FOLDER / "firmware" / f"{variant}.json", figures)


if __name__ == "__main__":
    run(main)
