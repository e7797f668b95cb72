"""Every .tflite model of a folder through our generator and BakeNN, compiled and emulated alike.

Figures quoted from others stand beside those of models that are known by their SHA-256, in docs/benchmark/quoted.yaml.
Writes docs/benchmark/benchmark.json, README.md and instructions.png.
"""

import argparse
import hashlib
import json
import logging
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from fewbytes import params
from fewbytes.command import InputError
from fewbytes.files import write_all
from fewbytes.measuring import benchmark, chip, targets
from fewbytes.metrics import Metrics
from fewbytes.reports import documents, engines
from tflite_to_c import chips, host, reader
from tflite_to_c.chips.reference import reference
from tflite_to_c.generator import generate
from tflite_to_c.options import BALANCED, GOALS, Options

FOLDER = Path("docs/benchmark")
QUOTED = FOLDER / "quoted.yaml"
WAYS = (*map(Options, GOALS), Options(BALANCED, in_place=True), Options(BALANCED, rows=True))


def measure(path: Path, *, compared: int, emulated: int) -> Metrics:
    """By option, outputs that differ on this machine, of `compared` inputs, and figures by core, of `emulated`."""
    content = path.read_bytes()
    graph = reader.read(content, path.name)
    ends = graph.input.size, graph.output.size
    inputs = np.random.default_rng(0).integers(-128, 128, (compared, 1, *graph.input.shape), dtype=np.int8)
    few = inputs[:emulated].reshape(min(emulated, compared), -1)
    wanted = reference(content, inputs.reshape(compared, -1))
    found: Metrics = {"sha256": hashlib.sha256(content).hexdigest(), "reference": wanted.name, "ours": {}}
    for options in WAYS:
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            source = generate(content, path.name, "model", options=options)
            chip.write_c(source, folder, "model")
            program = chips.generated(folder, "model", ends, in_place=options.in_place)
            program = program._replace(optimize=benchmark.OPTIMIZE)
            figures: dict[str, Any] = {"inputs": compared}
            if host.compiler():
                figures["unlike_inputs"] = wanted.unlike(
                    host.outputs(folder, "model", inputs, in_place=options.in_place)
                )
            for core in targets.SHARES:
                measured = chips.measure(program, core, few[:1] if targets.SHARES[core] < 1 else few)
                figures[core] = measured.figures() | {"unlike_inputs": wanted.unlike(measured.outputs)}
                figures[core]["inputs"] = len(measured.outputs)
            found["ours"][options.way] = figures
            logging.info(
                "%s for %s: %s instructions", path.name, options.way, f"{figures['cortex-m4']['instructions']:,}"
            )
    with tempfile.TemporaryDirectory() as made:
        try:
            theirs = chips.measure(benchmark.bakenn_program(content, Path(made), ends), benchmark.CORE, few[:2])
            found["bakenn"] = theirs.figures()
        except benchmark.RefusedError as refusal:
            found["bakenn_refused"] = str(refusal)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="with .tflite models, int8 inside")
    parser.add_argument("--inputs", type=int, default=1000, help="random ones, compared on this machine; %(default)s")
    parser.add_argument("--emulated", type=int, default=10, help="of them, on each emulated core; %(default)s")
    arguments = parser.parse_args()
    models = sorted(arguments.folder.glob("*.tflite"))
    if not models:
        raise InputError(f"{arguments.folder}: holds no .tflite file")
    if min(arguments.inputs, arguments.emulated) < 1:
        raise InputError("--inputs and --emulated: at least 1")
    quoted = params.load_as(QUOTED, engines.Quoted)
    found = {path.name: measure(path, compared=arguments.inputs, emulated=arguments.emulated) for path in models}
    report = {"how": benchmark.how(), "models": found}
    known = {name: quoted.models.get(each["sha256"]) for name, each in found.items()}
    write_all(
        {
            FOLDER / "benchmark.json": json.dumps(report, indent=2) + "\n",
            FOLDER / "README.md": documents.as_markdown(engines.assemble(report, known, quoted)),
            FOLDER / "instructions.png": engines.draw(report, known),
        }
    )
    logging.info("see %s", FOLDER / "README.md")
