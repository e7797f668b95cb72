"""Programs in unicorn, QEMU's emulation of processors as a library."""

import re
from typing import Any, NamedTuple

import unicorn
from unicorn import UcError, arm_const, riscv_const, unicorn_const  # type: ignore[attr-defined]

from tflite_to_c.chips.elf import Image
from tflite_to_c.chips.program import Core
from tflite_to_c.errors import InputError

PAGE = 4096
RETURN = 0x1000_0000  # where `run` returns to
STACK_TOP, STACK_BYTES = 0x2800_0000, 0x0010_0000  # 1 MiB, beyond any board's
INPUT, OUTPUT = 0x3000_0000, 0x3800_0000
PAINT = b"\xa5"
NOT_PAINT = re.compile(rb"[^\xa5]")


class Block(NamedTuple):
    """Instructions that the emulator runs in one go."""

    address: int
    length: int


NOWHERE = Block(0, 0)
Edges = dict[tuple[Block, Block], int]  # how often a block was followed by another; first and last comes NOWHERE


def _block(number: int) -> Block:
    return Block(number >> 16, number & 0xFFFF)


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
    """A core with `image` in flash, its variables set, and memory for stack, input and output."""

    def __init__(self, image: Image, core: Core, run: str, input_bytes: int, output_bytes: int) -> None:
        self.stack_top = STACK_TOP
        self._image = image
        self._registers = ARM if core.is_arm else RISCV
        self._uc = _processor(core)
        self._entry = image.function(run)
        self._output_bytes = output_bytes
        self._fault: tuple[int, int] | None = None
        self._counts: dict[tuple[int, int], int] = {}
        self._before = [0]  # the block that the core is in
        self._load()
        everything, data = unicorn_const.UC_PROT_ALL, unicorn_const.UC_PROT_READ | unicorn_const.UC_PROT_WRITE
        self._map(RETURN, PAGE, everything)
        self._map(STACK_TOP - STACK_BYTES, STACK_BYTES, data)
        self._map(INPUT, input_bytes, data)
        self._map(OUTPUT, output_bytes, data)
        self._uc.mem_write(STACK_TOP - STACK_BYTES, PAINT * STACK_BYTES)
        invalid = unicorn_const.UC_HOOK_MEM_UNMAPPED | unicorn_const.UC_HOOK_MEM_PROT
        self._uc.hook_add(invalid, self._note_fault)

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
        self._uc.mem_write(INPUT, image)
        self._uc.reg_write(registers.stack, STACK_TOP)
        self._uc.reg_write(registers.link, RETURN | self._entry & 1)
        for register, value in zip(registers.arguments, (INPUT, OUTPUT), strict=True):
            self._uc.reg_write(register, value)
        self._fault = None
        self._counts.clear()
        self._before[0] = 0
        try:
            self._uc.emu_start(self._entry, RETURN, timeout=int(1e6 * seconds))
        except UcError as error:
            raise InputError(self._reason(error)) from None
        if self._uc.reg_read(registers.counter) != RETURN:
            raise InputError(f"still ran after {seconds:g} s, in {self._where()}")
        return bytes(self._uc.mem_read(OUTPUT, self._output_bytes))

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
        """From now on, calls count the blocks they run, for `edges`, and take some 50 times longer."""
        counts, before = self._counts, self._before

        # Called once a block, a hundred thousand times an inference: numbers are quicker than tuples.
        def count(_uc: Any, address: int, length: int, _data: Any) -> None:
            edge = before[0], address << 16 | length
            counts[edge] = counts.get(edge, 0) + 1
            before[0] = edge[1]

        self._uc.hook_add(unicorn_const.UC_HOOK_BLOCK, count)

    def edges(self) -> Edges:
        """What the last call ran."""
        edges = Edges({(_block(first), _block(second)): times for (first, second), times in self._counts.items()})
        edges[_block(self._before[0]), NOWHERE] = 1
        return edges

    def watch_stack(self, addresses: list[int]) -> list[int]:
        """From now on, each call adds the stack pointer at these addresses to what this returns."""
        seen: list[int] = []

        def look(uc: Any, _address: int, _bytes: int, _data: Any) -> None:
            seen.append(uc.reg_read(self._registers.stack))

        for address in addresses:
            self._uc.hook_add(unicorn_const.UC_HOOK_CODE, look, begin=address, end=address)
        return seen

    def painted_stack_bytes(self) -> int:
        """How deep the stack was written to, by all calls so far."""
        stack = bytes(self._uc.mem_read(STACK_TOP - STACK_BYTES, STACK_BYTES))
        written = NOT_PAINT.search(stack)
        return STACK_BYTES - written.start() if written else 0

    def code(self, block: Block) -> bytes:
        return bytes(self._uc.mem_read(block.address, block.length))
