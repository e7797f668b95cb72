"""C into a program for a bare core, or a library for this machine, with the clang in the package ziglang."""

import hashlib
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from tflite_to_c.chips.elf import Image, read
from tflite_to_c.chips.program import OPTIMIZE, Program, core_named
from tflite_to_c.errors import InputError
from tflite_to_c.files import write_all

FLASH, RAM = 0x0800_0000, 0x2000_0000  # nothing at 0, so that null pointers are seen
REGION_BYTES = 0x0400_0000  # larger than any board's: whether a program fits one is decided elsewhere
# Library functions, from zig's compiler-rt, are linked where they are called.
LINK = f"""
MEMORY
{{
    FLASH (rx) : ORIGIN = {FLASH:#x}, LENGTH = {REGION_BYTES:#x}
    RAM (rw) : ORIGIN = {RAM:#x}, LENGTH = {REGION_BYTES:#x}
}}
SECTIONS
{{
    .text : {{ *(.text .text.* .rodata .rodata.*) }} > FLASH
    .data : {{ *(.data .data.* .sdata .sdata.*) }} > RAM AT > FLASH
    .bss : {{ *(.bss .bss.* .sbss .sbss.* COMMON) }} > RAM
    /DISCARD/ : {{ *(.ARM.exidx* .ARM.extab* .ARM.attributes .riscv.attributes .comment .eh_frame*) }}
}}
"""
# Sections of their own, so that the linker leaves out what is not called; symbols are kept (-g).
FLAGS = ("-g", "-ffunction-sections", "-fdata-sections", "-fno-unwind-tables", "-fno-asynchronous-unwind-tables")


def build(program: Program, core: str) -> Image:
    """Compile and link `program` alone, without start-up code. Raises InputError with the compiler's first error."""
    chosen = core_named(core)
    if program.optimize not in OPTIMIZE:
        raise InputError(f"{program.optimize}: not an optimization known here; {', '.join(OPTIMIZE)} are")
    with tempfile.TemporaryDirectory() as made:
        script, target = Path(made) / "link.ld", Path(made) / "program.elf"
        script.write_text(LINK)
        flags = ["-target", chosen.target, f"-mcpu={chosen.cpu}", f"-{program.optimize}", *FLAGS, *program.flags]
        kept = [f"-Wl,-u,{end}" for end in program.ends or ()]
        link = ["-Wl,--gc-sections", f"-Wl,--entry={program.run}", *kept, "-T", str(script), "-o", str(target)]
        sources = [f"-I{program.header.parent}", *map(str, program.sources)]
        zig(["cc", *flags, *sources, *link], local=Path(made) / "cache")
        return read(target.read_bytes())


def shared_library(source: Path) -> Path:
    """`source`, freestanding C, compiled for this machine, once for each of its versions. Raises InputError."""
    name = hashlib.sha256(source.read_bytes()).hexdigest()[:16]
    library = _cache() / f"{source.stem}-{name}.so"
    if not library.exists():
        with tempfile.TemporaryDirectory() as made:
            target = Path(made) / library.name
            flags = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-nostdlib"]
            zig(["cc", *flags, str(source), "-o", str(target)], local=Path(made) / "cache")
            write_all({library: target.read_bytes()})
    return library


def zig(arguments: list[str], local: Path) -> None:
    """Run zig. local: a folder for what it need not keep. Raises InputError with its first error."""
    if find_spec("ziglang") is None:
        raise InputError("the package ziglang is not installed, which compiles: `pip install ziglang`")
    # Programs are compiled in a tenth of a second and not kept; the library, some seconds for each core, is.
    environment = {**os.environ, "ZIG_LOCAL_CACHE_DIR": str(local)}
    environment.setdefault("ZIG_GLOBAL_CACHE_DIR", str(_cache()))
    command = [sys.executable, "-m", "ziglang", *arguments]
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", errors="replace", env=environment, check=False
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "error:" in line] or done.stderr.splitlines()
        raise InputError(f"zig cc: {' '.join((lines or ['failed'])[0].split())}")


def _cache() -> Path:
    """A folder of the user's that outlives this process, or where there is none, one for temporary files."""
    try:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tflite_to_c" / "zig"
        cache.mkdir(parents=True, exist_ok=True)
        if os.access(cache, os.W_OK):
            return cache
    except (OSError, RuntimeError):  # no home, or one that cannot be written to
        pass
    return Path(tempfile.gettempdir()) / "tflite_to_c-zig"
