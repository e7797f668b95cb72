"""A model's generated C: what it takes on each emulated core, and whether it gives TensorFlow Lite Micro's outputs."""

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.command import InputError
from fewbytes.data.spec import Spec
from fewbytes.measuring import targets
from fewbytes.metrics import Metrics
from tflite_to_c import chips, host, reader, source
from tflite_to_c.chips.reference import Reference, numpy_reference
from tflite_to_c.files import write_all
from tflite_to_c.generator import generate
from tflite_to_c.options import SIZE, TINY, Options
from tflite_to_c.source import Normalisation, Source, identifier

WHY_NOT = "why_not.txt"  # stands for the C where the generator does not cover the model

SMALL = Options(SIZE)
CANDIDATE = "candidate"  # the name of C that nobody keeps

Scores = NDArray[Any]


def measure(
    model: bytes,
    origin: str,
    name: str,
    folder: Path,
    inputs: NDArray[np.int8],
    *,
    spec: Spec,
    tflm: Callable[[], Scores | None],
    images: int,
    options: Options = SMALL,
) -> Metrics | None:
    """NAME.h and NAME.c into `folder`, and their figures: by core, and of this machine, under sanitizers.

    `images` of the inputs (n, …) run on each core, on this machine all of them. tflm: gives the outputs (n, m) of
    TensorFlow Lite Micro, in place of which NumPy's stand where there are none; asked last, as it may still be running.
    The header says how deep the stack went, and how raw values are normalised.
    None, and the reason in `folder`, where the generator does not cover the model.
    Raises InputError where the C does not compile or run.
    """
    name, normalisation = identifier(name), Normalisation(spec.offset, spec.divisor)
    try:
        written = generate(model, origin, name, normalisation=normalisation, options=options)
    except InputError as reason:
        write_all({folder / WHY_NOT: f"{reason}\n"})
        return None
    write_c(written, folder, name)
    ends = inputs[0].size, len(spec.classes)
    program = chips.generated(folder, name, ends, in_place=options.in_place)
    on_core = {
        core: chips.measure(program, core, inputs[: max(1, round(share * images))])
        for core, share in targets.SHARES.items()
    }
    stack = {core: measured.stack_bytes for core, measured in on_core.items()}
    write_c(generate(model, origin, name, normalisation=normalisation, stack=stack, options=options), folder, name)
    here = host.outputs(folder, name, inputs, in_place=options.in_place) if host.compiler() else None
    found = tflm()
    reference = numpy_reference(model, inputs) if found is None else Reference("tflm", found)
    figures: Metrics = {
        targets.key(core): measured.figures() | _agreement(measured.outputs, reference)
        for core, measured in on_core.items()
    }
    return figures if here is None else figures | {"host": _agreement(here, reference)}


def taken(model: bytes, options: Options, core: str = "cortex-m4") -> chips.Measured:
    """What the model's C takes there, of a random input: flash and RAM are the same for all, cycles nearly so.

    Raises InputError where the generator does not cover the model.
    """
    graph = reader.read(model, CANDIDATE)
    inputs = np.random.default_rng(0).integers(-128, 128, (1, graph.input.size), dtype=np.int8)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write_c(generate(model, CANDIDATE, CANDIDATE, options=options), folder, CANDIDATE)
        ends = graph.input.size, graph.output.size
        return chips.measure(chips.generated(folder, CANDIDATE, ends, in_place=options.in_place), core, inputs)


@cache
def least(model: bytes, origin: str) -> Options:
    """By which its C takes the least flash and RAM together, on a Cortex-M4.

    Weights in codes, the input in place where it is kept, which a recurrent network's is not; row by row where that
    saves more RAM than it takes flash. Those of `SMALL` where the generator does not cover the model.
    """
    try:
        in_place = not source.streams(model, origin)
        ways = [Options(TINY, rows, in_place) for rows in (False, True)]
        sums = [found.flash_bytes + found.ram_bytes for found in (taken(model, options) for options in ways)]
    except InputError:
        return SMALL
    return ways[sums.index(min(sums))]


def write_c(written: Source, folder: Path, name: str) -> None:
    """NAME.h and NAME.c, both or neither."""
    write_all({folder / f"{name}.h": written.header, folder / f"{name}.c": written.code})


def _agreement(ours: Scores, reference: Reference) -> Metrics:
    """On how many images an output is not the reference's."""
    return {"images": len(ours), f"unlike_{reference.name}_images": reference.unlike(ours)}
