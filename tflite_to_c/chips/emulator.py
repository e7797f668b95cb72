"""Programs in unicorn, QEMU's emulation of processors as a library."""

import ctypes
import functools
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import unicorn
from unicorn import UcError, arm_const, riscv_const, unicorn_const  # type: ignore[attr-defined]
from unicorn.unicorn_py3.unicorn import uclib

from tflite_to_c.chips import compiler
from tflite_to_c.chips.elf import Image
from tflite_to_c.chips.program import Core, Program
from tflite_to_c.errors import InputError

PAGE = 4096
RETURN = 0x1000_0000  # where `run` returns to
STACK_TOP, STACK_BYTES = 0x2800_0000, 0x0010_0000  # 1 MiB, beyond any board's
INPUT, OUTPUT = 0x3000_0000, 0x3800_0000
PAINT = b"\xa5"
NOT_PAINT = re.compile(rb"[^\xa5]")
HOOKS = Path(__file__).parent / "hooks.c"
MOST_EDGES = 1 << 16  # of a program's blocks; the largest seen has 3,000


class Block(NamedTuple):
    """Instructions that the emulator runs in one go."""

    address: int
    length: int


NOWHERE = Block(0, 0)
Edges = dict[tuple[Block, Block], int]  # how often a block was followed by another; first and last comes NOWHERE


def _block(number: int) -> Block:
    return Block(number >> 16, number & 0xFFFF)


class _Counted(ctypes.Structure):
    """`struct edges` of hooks.c, with the table that it fills."""

    _fields_ = (
        *(("table", ctypes.c_void_p), ("capacity", ctypes.c_uint64)),
        *(("used", ctypes.c_uint64), ("before", ctypes.c_uint64)),
    )

    def __init__(self) -> None:
        self._table = np.zeros((MOST_EDGES, 3), np.uint64)  # before, block, times
        super().__init__(self._table.ctypes.data, MOST_EDGES, 0, 0)

    def clear(self) -> None:
        self._table[:] = 0
        self.used = self.before = 0

    def edges(self) -> Edges:
        if self.used >= MOST_EDGES - 1:
            raise InputError(f"its blocks follow one another in more than {MOST_EDGES:,} ways, too many to count")
        counted = self._table[self._table[:, 2] > 0].tolist()
        edges = {(_block(before), _block(block)): times for before, block, times in counted}
        edges[_block(self.before), NOWHERE] = 1
        return edges


class _Watched(ctypes.Structure):
    """`struct stack` of hooks.c."""

    _fields_ = (("read", ctypes.c_void_p), ("pointer", ctypes.c_int), ("lowest", ctypes.c_uint64))


@functools.cache
def _hook(name: str) -> Any:
    return ctypes.cast(getattr(ctypes.CDLL(str(compiler.shared_library(HOOKS))), name), ctypes.c_void_p)


class _Registers(NamedTuple):
    stack: int
    link: int
    arguments: tuple[int, int]
    counter: int


ARM = _Registers(
    arm_const.UC_ARM_REG_SP,
    arm_const.UC_ARM_REG_LR,
    (arm_const.UC_ARM_REG_R0, arm_const.UC_ARM_REG_R1),
    arm_const.UC_ARM_REG_PC,
)
RISCV = _Registers(
    riscv_const.UC_RISCV_REG_SP,
    riscv_const.UC_RISCV_REG_RA,
    (riscv_const.UC_RISCV_REG_A0, riscv_const.UC_RISCV_REG_A1),
    riscv_const.UC_RISCV_REG_PC,
)


def _processor(core: Core) -> Any:
    if core.is_arm:
        kind = unicorn_const.UC_ARCH_ARM, unicorn_const.UC_MODE_THUMB | unicorn_const.UC_MODE_MCLASS
        model = getattr(arm_const, core.model)
    else:
        kind = unicorn_const.UC_ARCH_RISCV, unicorn_const.UC_MODE_RISCV32
        model = getattr(riscv_const, core.model)
    processor: Any = unicorn.Uc(*kind)  # type: ignore[attr-defined, no-untyped-call]
    processor.ctl_set_cpu_model(model)
    return processor


class Machine:
    """A core with `image` of `program` in flash, its variables set, and memory for stack, input and output."""

    def __init__(self, image: Image, core: Core, program: Program) -> None:
        self._image = image
        self._registers = ARM if core.is_arm else RISCV
        self._uc = _processor(core)
        self._entry = image.function(program.run)
        self._output_bytes = program.output_bytes
        self._fault: tuple[int, int] | None = None
        self._counted: _Counted | None = None
        self._watched = _Watched(ctypes.cast(uclib.uc_reg_read, ctypes.c_void_p), self._registers.stack, STACK_TOP)
        self._load()
        everything, data = unicorn_const.UC_PROT_ALL, unicorn_const.UC_PROT_READ | unicorn_const.UC_PROT_WRITE
        self._map(RETURN, PAGE, everything)
        self._map(STACK_TOP - STACK_BYTES, STACK_BYTES, data)
        self._map(INPUT, program.input_bytes, data)
        self._map(OUTPUT, program.output_bytes, data)
        self._uc.mem_write(STACK_TOP - STACK_BYTES, PAINT * STACK_BYTES)
        invalid = unicorn_const.UC_HOOK_MEM_UNMAPPED | unicorn_const.UC_HOOK_MEM_PROT
        self._uc.hook_add(invalid, self._note_fault)
        # Where they are the caller's, `run` is given them; else it ignores what it is given.
        self._input, self._output = map(self._pointer, program.ends) if program.ends else (INPUT, OUTPUT)

    def _pointer(self, name: str) -> int:
        return int.from_bytes(self._uc.mem_read(self._image.object(name), 4), "little")

    def _load(self) -> None:
        flash = unicorn_const.UC_PROT_READ | unicorn_const.UC_PROT_EXEC
        data = unicorn_const.UC_PROT_READ | unicorn_const.UC_PROT_WRITE
        for writable, protection in ((False, flash), (True, data)):
            sections = [section for section in self._image.sections if section.writable == writable]
            if sections:
                start = min(section.address for section in sections) // PAGE * PAGE
                self._map(start, max(section.address + section.length for section in sections) - start, protection)
            for section in sections:
                self._uc.mem_write(section.address, section.content)

    def _map(self, address: int, length: int, protection: int) -> None:
        self._uc.mem_map(address, -(-max(length, 1) // PAGE) * PAGE, protection)

    def _note_fault(self, _uc: Any, kind: int, address: int, _bytes: int, _value: int, _data: Any) -> bool:
        self._fault = kind, address
        return False

    def call(self, image: bytes, seconds: float) -> bytes:
        """The output for one input. Raises InputError where the program crashes or takes longer than `seconds`."""
        registers = self._registers
        self._uc.mem_write(self._input, image)
        self._uc.reg_write(registers.stack, STACK_TOP)
        self._uc.reg_write(registers.link, RETURN | self._entry & 1)
        for register, value in zip(registers.arguments, (INPUT, OUTPUT), strict=True):
            self._uc.reg_write(register, value)
        self._fault = None
        if self._counted is not None:
            self._counted.clear()
        try:
            self._uc.emu_start(self._entry, RETURN, timeout=int(1e6 * seconds))
        except UcError as error:
            raise InputError(self._reason(error)) from None
        if self._uc.reg_read(registers.counter) != RETURN:
            raise InputError(f"still ran after {seconds:g} s, in {self._where()}")
        return bytes(self._uc.mem_read(self._output, self._output_bytes))

    def _reason(self, error: UcError) -> str:
        if self._fault is None:
            return f"crashed in {self._where()}: {error}"
        kind, address = self._fault
        if STACK_TOP - 2 * STACK_BYTES <= address < STACK_TOP - STACK_BYTES:
            return f"the stack grows beyond {STACK_BYTES:,} B in {self._where()}"
        writes = (unicorn_const.UC_MEM_WRITE_UNMAPPED, unicorn_const.UC_MEM_WRITE_PROT)
        fetches = (unicorn_const.UC_MEM_FETCH_UNMAPPED, unicorn_const.UC_MEM_FETCH_PROT)
        does = "writes to" if kind in writes else "jumps to" if kind in fetches else "reads from"
        return f"{does} {address:#010x}, which is not its memory, in {self._where()}"

    def _where(self) -> str:
        counter = self._uc.reg_read(self._registers.counter)
        for symbol in self._image.symbols:
            if symbol.address & ~1 <= counter < (symbol.address & ~1) + symbol.length:
                return symbol.name
        return f"no function, at {counter:#010x}"

    def count(self) -> None:
        """From now on, calls count the blocks they run, for `edges`."""
        self._counted = _Counted()
        self._hook_add(unicorn_const.UC_HOOK_BLOCK, "count_edge", self._counted, (1, 0))

    def edges(self) -> Edges:
        """What the last call ran, where it was counted. Raises InputError where that is too much to count."""
        return {} if self._counted is None else self._counted.edges()

    def watch_stack(self, addresses: list[int]) -> None:
        """From now on, calls look at the stack pointer at these addresses, for `watched_stack_bytes`."""
        for address in addresses:
            self._hook_add(unicorn_const.UC_HOOK_CODE, "watch_stack", self._watched, (address, address))

    def _hook_add(self, kind: int, name: str, data: ctypes.Structure, between: tuple[int, int]) -> None:
        # unicorn's own hook_add takes functions of Python alone.
        handle = ctypes.c_size_t()
        first, last = map(ctypes.c_uint64, between)
        status = uclib.uc_hook_add(
            self._uc._uch, ctypes.byref(handle), kind, _hook(name), ctypes.byref(data), first, last
        )
        if status:
            raise UcError(status)  # type: ignore[no-untyped-call]

    def watched_stack_bytes(self) -> int:
        """How deep the stack went, by all calls so far, at the addresses watched."""
        return STACK_TOP - int(self._watched.lowest)

    def painted_stack_bytes(self) -> int:
        """How deep the stack was written to, by all calls so far."""
        stack = bytes(self._uc.mem_read(STACK_TOP - STACK_BYTES, STACK_BYTES))
        written = NOT_PAINT.search(stack)
        return STACK_BYTES - written.start() if written else 0

    def code(self, block: Block) -> bytes:
        return bytes(self._uc.mem_read(block.address, block.length))
