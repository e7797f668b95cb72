"""Programs for bare Cortex-M cores: cross-compiled with GCC, run in QEMU, measured."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fewbytes.command import InputError
from fewbytes.data.dataset import CLASSES, SIDE
from fewbytes.metrics import Metrics

HARNESS = Path("firmware/harness")
TOOLS = ("arm-none-eabi-gcc", "arm-none-eabi-size", "arm-none-eabi-nm", "qemu-system-arm")
PACKAGES = "gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm"
FLAGS = ("-O2", "-mthumb", "-ffunction-sections", "-fdata-sections")
CALIBRATION_INSTRUCTIONS = 3_000_000  # that harness.c's loop executes, beyond an empty call
WEIGHTS = re.compile(r"_(values|codes|counts)$")  # names of arrays in generated C
TOO_LONG = 2**32 - 1  # harness.c's word for more ticks than the timer holds
SECONDS = 300  # that a run may take


class Core(NamedTuple):
    machine: str  # QEMU's name of a board with this core
    flash_bytes: int
    ram_bytes: int


CORES = {
    "cortex-m0": Core("microbit", 256 * 1024, 16 * 1024),
    "cortex-m4": Core("mps2-an386", 4 * 1024 * 1024, 4 * 1024 * 1024),
}


class Program(NamedTuple):
    """C files with one function, void run(const int8_t *input, int8_t *output)."""

    sources: list[Path]
    header: Path  # declares `run`
    run: str
    input_bytes: int
    output_bytes: int
    flags: tuple[str, ...] = ("-std=c99", "-Wall", "-Wextra", "-Werror")


class Measured(NamedTuple):
    """What the network alone takes, without the harness.

    flash_bytes: code, constants and library functions called; weight_bytes is their part that is weights.
    ram_bytes: variables, the deepest the stack went (stack_bytes), and the caller's input and output.
    instructions: (n,) executed for each input.
    """

    outputs: NDArray[np.int8]
    instructions: NDArray[np.int64]
    flash_bytes: int
    weight_bytes: int
    ram_bytes: int
    stack_bytes: int

    def figures(self) -> Metrics:
        """As metrics; of the instructions, the mean."""
        sizes = ("flash_bytes", "weight_bytes", "ram_bytes", "stack_bytes")
        return {key: getattr(self, key) for key in sizes} | {"instructions": round(float(self.instructions.mean()))}


def generated(variant: str) -> Program:
    """The C that `generate` made of a variant. Raises InputError where it has not."""
    folder = Path("models/c") / variant
    if not (folder / f"{variant}.c").exists():
        raise InputError(f"{folder}/{variant}.c: not found; `dvc repro generate@{variant}` makes it")
    return classifier(folder, variant)


def classifier(folder: Path, name: str) -> Program:
    """`folder`/`name`.c and .h, generated from a classifier of digits."""
    return Program([folder / f"{name}.c"], folder / f"{name}.h", f"{name}_run", SIDE * SIDE, CLASSES)


class DoesNotFitError(Exception):
    """The program is larger than the emulated board."""


def require_tools() -> None:
    """Raises InputError that says what to install."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        raise InputError(
            f"{', '.join(missing)} not found: `apt-get install --no-install-recommends {PACKAGES}` on Debian or Ubuntu"
        )


def measure(program: Program, core: str, inputs: NDArray[np.int8]) -> Measured:
    """Run `program` on each of inputs (n, …) on an emulated `core`.

    Instructions are counted by the core's timer, which QEMU advances by a fixed time an instruction, and calibrated on
    a loop of known length. Raises DoesNotFitError, and InputError where the program does not compile, crashes, or
    runs longer than the timer can count or a run may take.
    """
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        objects = [_compile(source, core, program, folder) for source in program.sources]
        alone = _link(objects, core, folder / "alone.elf", entry=program.run)
        harness = _compile(HARNESS / "harness.c", core, program, folder, harness=True)
        whole = _link([harness, *objects], core, folder / "whole.elf", entry="reset")
        (folder / "images.bin").write_bytes(inputs.tobytes())
        _emulate(whole, core, folder)
        outputs = np.fromfile(folder / "outputs.bin", np.int8).reshape(len(inputs), program.output_bytes)
        ticks = np.fromfile(folder / "ticks.bin", "<u4").astype(np.int64)
        if ticks.max() == TOO_LONG:
            raise InputError(f"{program.run} on {core}: takes more than the {2**24:,} ticks its timer can count")
        empty, calibration, stack = np.fromfile(folder / "measures.bin", "<u4").tolist()
        sizes = _tool("arm-none-eabi-size", str(alone)).splitlines()[1].split()
        text, data, bss = map(int, sizes[:3])
        return Measured(
            outputs,
            np.round((ticks - empty) * (CALIBRATION_INSTRUCTIONS / (calibration - empty))).astype(np.int64),
            flash_bytes=text + data,
            weight_bytes=_weights(alone),
            ram_bytes=data + bss + stack + program.input_bytes + program.output_bytes,
            stack_bytes=stack,
        )


def _compile(source: Path, core: str, program: Program, folder: Path, *, harness: bool = False) -> Path:
    target = folder / f"{source.stem}.o"
    flags = [f"-mcpu={core}", *FLAGS, f"-I{program.header.parent}"]
    if harness:
        flags += ["-std=gnu99", f'-DMODEL_HEADER="{program.header.name}"', f"-DMODEL_RUN={program.run}"]
        flags += [f"-DINPUT_BYTES={program.input_bytes}", f"-DOUTPUT_BYTES={program.output_bytes}"]
    else:
        flags += program.flags
    _tool("arm-none-eabi-gcc", *flags, "-c", str(source), "-o", str(target))
    return target


def _link(objects: list[Path], core: str, target: Path, *, entry: str) -> Path:
    board = CORES[core]
    memory = [f"-Wl,--defsym=FLASH_BYTES={board.flash_bytes},--defsym=RAM_BYTES={board.ram_bytes}"]
    options = [f"-mcpu={core}", "-mthumb", "-nostartfiles", "-T", str(HARNESS / "link.ld"), *memory]
    options += [f"-Wl,--gc-sections,--entry={entry}"]
    try:
        _tool("arm-none-eabi-gcc", *options, *map(str, objects), "-lc", "-lgcc", "-o", str(target))
    except InputError as error:
        if "overflowed by" in str(error):
            raise DoesNotFitError(
                f"larger than {board.flash_bytes:,} B of flash, {board.ram_bytes:,} B of RAM"
            ) from None
        raise
    return target


def _emulate(program: Path, core: str, folder: Path) -> None:
    options = ["-display", "none", "-monitor", "none", "-serial", "null", "-icount", "shift=5"]
    semihosting = ["-semihosting-config", "enable=on,target=native"]
    command = ["qemu-system-arm", "-M", CORES[core].machine, *options, *semihosting, "-kernel", str(program)]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, encoding="utf-8", errors="replace", timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise InputError(f"the program still ran in QEMU after {SECONDS} s") from None
    if done.returncode:
        raise InputError(f"the program failed in QEMU on {core}: {' '.join(done.stderr.split()) or 'it crashed'}")


def _weights(program: Path) -> int:
    """Bytes of the arrays that hold weights in generated C."""
    symbols = [line.split() for line in _tool("arm-none-eabi-nm", "--print-size", str(program)).splitlines()]
    return sum(int(symbol[1], 16) for symbol in symbols if len(symbol) == 4 and WEIGHTS.search(symbol[3]))


def _tool(name: str, *arguments: str) -> str:
    done = subprocess.run([name, *arguments], capture_output=True, encoding="utf-8", errors="replace", check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "error" in line or "overflowed" in line]
        raise InputError(f"{name}: {(lines or done.stderr.splitlines() or ['failed'])[0]}")
    return done.stdout
