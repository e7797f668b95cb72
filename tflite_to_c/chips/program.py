"""What is measured: a program in C, and the cores it can run on."""

from pathlib import Path
from typing import NamedTuple

from tflite_to_c.errors import InputError

OPTIMIZE = ("Os", "O2")


class Core(NamedTuple):
    title: str
    target: str  # as `zig cc -target` takes it
    cpu: str  # as `zig cc -mcpu` takes it
    model: str  # unicorn's constant for it

    @property
    def is_arm(self) -> bool:
        return self.target.startswith("thumb")


THUMB, RISCV = "thumb-freestanding-eabi", "riscv32-freestanding-none"
CORES = {
    "cortex-m0": Core("Cortex-M0", THUMB, "cortex_m0", "UC_CPU_ARM_CORTEX_M0"),
    "cortex-m0plus": Core("Cortex-M0+", THUMB, "cortex_m0plus", "UC_CPU_ARM_CORTEX_M0"),  # the same instructions
    "cortex-m3": Core("Cortex-M3", THUMB, "cortex_m3", "UC_CPU_ARM_CORTEX_M3"),
    "cortex-m4": Core("Cortex-M4", THUMB, "cortex_m4", "UC_CPU_ARM_CORTEX_M4"),
    # Zig's cortex_m33 leaves out the DSP extension, which the makers may; every chip in boards.yaml has it.
    "cortex-m33": Core("Cortex-M33", THUMB, "cortex_m33+dsp", "UC_CPU_ARM_CORTEX_M33"),
    # The core of CH32V003 (QingKe V2A): 16 registers, compressed instructions, no multiplication.
    "rv32ec": Core("RV32EC", RISCV, "generic_rv32+e+c-i", "UC_CPU_RISCV32_ANY"),
}


class Program(NamedTuple):
    """C files with one function, void run(const int8_t *input, int8_t *output).

    row_bytes: of the input, that a caller holds at once where it is given by rows. in_place: it is void run(void)
    instead, and NAME_input and NAME_output, where run is NAME_run, point to its ends.
    """

    sources: list[Path]
    header: Path  # declares `run`
    run: str
    input_bytes: int
    output_bytes: int
    flags: tuple[str, ...] = ("-std=c99", "-Wall", "-Wextra", "-Werror")
    optimize: str = "Os"  # one of OPTIMIZE: smaller than O2 on most networks and on most also faster, on M0 and M4
    in_place: bool = False
    row_bytes: int | None = None

    @property
    def ends(self) -> tuple[str, str] | None:
        """The pointers to input and output; None where these are the caller's."""
        name = self.run.removesuffix("_run")
        return (f"{name}_input", f"{name}_output") if self.in_place else None


def generated(folder: Path, name: str, ends: tuple[int, int], *, in_place: bool) -> Program:
    """Of NAME.h and NAME.c, as the generator makes them, in `folder`. ends: bytes of input and output."""
    return Program([folder / f"{name}.c"], folder / f"{name}.h", f"{name}_run", *ends, in_place=in_place)


def core_named(name: str) -> Core:
    """Raises InputError where there is no such core."""
    if name not in CORES:
        raise InputError(f"{name}: no core known by that name; {', '.join(CORES)} are")
    return CORES[name]
