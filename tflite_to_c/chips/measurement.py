"""Memory, outputs and executed instructions of a program on an emulated core."""

import re
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tflite_to_c.chips import compiler
from tflite_to_c.chips.elf import OBJECT, Image
from tflite_to_c.chips.program import Program, core_named
from tflite_to_c.errors import InputError

ESTIMATE = """\
Estimated cycles are the instructions executed in the emulator times what Arm's technical reference manuals list for
each, with memory that never makes the core wait: nothing was timed on silicon.
Cortex-M0 (DDI 0432C, table 3-1) and Cortex-M0+ (DDI 0484C, table 3-1): with the multiplier that takes one cycle, as
STM32, nRF51, LPC, SAM and RP2040 have it; the other takes 32.
Cortex-M3 (DDI 0337I, table 3-1) and Cortex-M4 (DDI 0439D, table 3-1), with their rules on loads and stores: refilling
the pipeline, 1 to 3 cycles, is taken as 2; a division, 2 to 12, as 7; on Cortex-M3 a long multiplication, 3 to 5, as
4, and one with accumulation, 4 to 7, as 6. Of loads in a row each but the first takes one cycle, up to the next branch;
an address that the instruction before has computed costs one more.
Left out: wait states of flash, and what caches and prefetch save of them; waiting for the bus, as where constants come
from the flash that instructions come from; unaligned accesses; IT instructions that cost nothing. What an IT block
skips counts as executed, among instructions too, as QEMU counts it.
Cortex-M33 and RV32EC: instructions only, as no manual lists their cycles."""

WEIGHTS = re.compile(r"_(values|times|codes|counts|ends|offsets)$")  # names of arrays in generated C
COUNTED = 10  # inputs whose instructions are counted, where the caller does not say
ENOUGH = (
    50_000_000  # instructions counted: a core without a multiplier takes 500 million for one input of some networks
)
SECONDS = 60.0  # that one input may take
WATCHING_SLOWS = 10  # times, at most


class Measured(NamedTuple):
    """What the network alone takes.

    outputs: (n, m). instructions, cycles: (k,) of the first k inputs, k at most `counted`, and no more once they are
    ENOUGH; cycles are estimated (ESTIMATE), and None where the core's manual lists none.
    flash_bytes: code, constants, what variables start with, and library functions called; weight_bytes is their part
    that is weights. ram_bytes: variables, the deepest the stack went (stack_bytes), output, and input or a row of it.
    """

    outputs: NDArray[np.int8]
    instructions: NDArray[np.int64]
    cycles: NDArray[np.int64] | None
    flash_bytes: int
    weight_bytes: int
    ram_bytes: int
    stack_bytes: int

    def figures(self) -> dict[str, int]:
        """As metrics; of instructions and cycles, the mean."""
        sizes = ("flash_bytes", "weight_bytes", "ram_bytes", "stack_bytes")
        figures = {key: int(getattr(self, key)) for key in sizes}
        figures["instructions"] = round(float(self.instructions.mean()))
        if self.cycles is not None:
            figures["estimated_cycles"] = round(float(self.cycles.mean()))
        return figures


def require_packages() -> None:
    """Raises InputError that says what to install."""
    missing = [package for package in ("ziglang", "unicorn", "capstone") if find_spec(package) is None]
    if missing:
        raise InputError(f"not installed: {', '.join(missing)}; `pip install {' '.join(missing)}`")


def measure(
    program: Program, core: str, inputs: NDArray[np.int8], *, counted: int = COUNTED, seconds: float = SECONDS
) -> Measured:
    """Run `program` on each of inputs (n, …), n at least 1, on an emulated `core`, one of CORES.

    counted: of how many inputs instructions are counted and the stack's pointer is watched, which runs them again.
    The emulator lets unaligned accesses pass, at which Cortex-M0 and M0+ stop; clang makes none of aligned pointers.
    Raises InputError where the program does not compile, crashes, or takes longer than `seconds` for an input.
    """
    chosen = core_named(core)
    require_packages()
    from tflite_to_c.chips.cycles import Decoder  # noqa: PLC0415 - their packages are an extra
    from tflite_to_c.chips.emulator import Edges, Machine  # noqa: PLC0415

    flat = _checked(program, inputs)
    image = compiler.build(program, core)
    counting, watched = Machine(image, chosen, program), Machine(image, chosen, program)
    decoder = Decoder(core, chosen, counting.code)
    outputs: list[bytes] = []
    totals: list[tuple[int, int | None]] = []
    seen: Edges = {}
    try:
        counting.count()
        for each in flat:
            outputs.append(counting.call(each, seconds))
            if len(totals) < max(counted, 1) and sum(instructions for instructions, _ in totals) <= ENOUGH:
                edges = counting.edges()
                totals.append(decoder.totals(edges))
                seen |= edges
        watched.watch_stack(decoder.lowers_stack(seen))
        for each in flat[: len(totals)]:
            watched.call(each, WATCHING_SLOWS * seconds)
    except InputError as error:
        raise InputError(f"{program.run} on {core}: {error}") from None
    # An array on the stack takes its room whether all of it is written to or not: the pointer tells. It was watched
    # for some inputs only; what all of them wrote can only add to it.
    stack = max(counting.painted_stack_bytes(), watched.watched_stack_bytes())
    cycles = [each for _, each in totals if each is not None]
    ends = 0 if program.in_place else (program.row_bytes or program.input_bytes) + program.output_bytes
    return Measured(
        np.frombuffer(b"".join(outputs), np.int8).reshape(len(flat), program.output_bytes),
        np.array([instructions for instructions, _ in totals]),
        np.array(cycles) if cycles else None,
        flash_bytes=image.flash_bytes,
        weight_bytes=_weights(image),
        ram_bytes=image.variable_bytes + stack + ends,
        stack_bytes=stack,
    )


def _checked(program: Program, inputs: NDArray[np.int8]) -> list[bytes]:
    """Each input's bytes."""
    if inputs.dtype != np.int8 or not len(inputs) or inputs[0].size != program.input_bytes:
        wanted = f"an int8 array (n, {program.input_bytes}) of one input or more"
        raise InputError(f"inputs of shape {inputs.shape}, {inputs.dtype}: {program.run} takes {wanted}")
    return [each.tobytes() for each in inputs]


def _weights(image: Image) -> int:
    """Bytes of the arrays that hold weights in generated C."""
    return sum(each.length for each in image.symbols if each.kind == OBJECT and WEIGHTS.search(each.name))
