"""Executed blocks into instructions and, for cores whose manual lists them, cycles: see measurement.ESTIMATE."""

from collections.abc import Callable
from typing import Any, NamedTuple

import capstone  # type: ignore[import-untyped]
from capstone import arm

from tflite_to_c.chips.emulator import NOWHERE, Block, Edges
from tflite_to_c.chips.program import Core

AVERAGE_DIVISION = 7
REFILL = 2  # cycles, of Cortex-M3's and M4's pipeline, where a branch is taken


class Cost(NamedTuple):
    """Of a block. cycles: with its last instruction not branching; taken: how many more where it does."""

    instructions: int
    cycles: int
    taken: int


class _Small(NamedTuple):
    """Cycles of Cortex-M0 or M0+."""

    branch: int
    call: int  # BL
    pop: int  # to the program counter, beside its registers


SMALL = {"cortex-m0": _Small(3, 4, 4), "cortex-m0plus": _Small(2, 3, 3)}
DIVISIONS = {arm.ARM_INS_SDIV, arm.ARM_INS_UDIV}
LONGER_MULTIPLICATIONS = {  # on Cortex-M3; on Cortex-M4, one cycle
    arm.ARM_INS_MLA: 2,
    arm.ARM_INS_MLS: 2,
    arm.ARM_INS_SMULL: 4,
    arm.ARM_INS_UMULL: 4,
    arm.ARM_INS_SMLAL: 6,
    arm.ARM_INS_UMLAL: 6,
}
LARGE: dict[str, dict[int, int]] = {"cortex-m3": LONGER_MULTIPLICATIONS, "cortex-m4": {}}
TIMED = {*SMALL, *LARGE}
LOADS = {arm.ARM_INS_LDR, arm.ARM_INS_LDRB, arm.ARM_INS_LDRH, arm.ARM_INS_LDRSB, arm.ARM_INS_LDRSH}
STORES = {arm.ARM_INS_STR, arm.ARM_INS_STRB, arm.ARM_INS_STRH}
PAIRS = {arm.ARM_INS_LDRD, arm.ARM_INS_STRD}
STACKS = {arm.ARM_INS_PUSH, arm.ARM_INS_POP}
LISTS = {arm.ARM_INS_LDM, arm.ARM_INS_LDMDB, arm.ARM_INS_STM, arm.ARM_INS_STMDB}
TABLES = {arm.ARM_INS_TBB, arm.ARM_INS_TBH}


class Decoder:
    """Blocks of a program for one core, each decoded once. code: reads a block's bytes."""

    def __init__(self, name: str, core: Core, code: Callable[[Block], bytes]) -> None:
        self._name, self._arm, self._code = name, core.is_arm, code
        if core.is_arm:
            mode = capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS | capstone.CS_MODE_V8
            self._decoder = capstone.Cs(capstone.CS_ARCH_ARM, mode)
        else:
            mode = capstone.CS_MODE_RISCV32 | capstone.CS_MODE_RISCVC
            self._decoder = capstone.Cs(capstone.CS_ARCH_RISCV, mode)
        self._decoder.detail = True
        self._costs: dict[Block, Cost] = {}

    def totals(self, edges: Edges) -> tuple[int, int | None]:
        """Instructions executed, and cycles estimated."""
        instructions, cycles = 0, 0
        for (before, block), times in edges.items():
            if block != NOWHERE:
                instructions += times * self._cost(block).instructions
                cycles += times * self._cost(block).cycles
            if before != NOWHERE and before.address + before.length != block.address:
                cycles += times * self._cost(before).taken
        return instructions, cycles if self._name in TIMED else None

    def lowers_stack(self, edges: Edges) -> list[int]:
        """Addresses after each instruction that may lower the stack pointer."""
        return sorted(
            {
                each.address + each.size
                for block in {block for _, block in edges} - {NOWHERE}
                for each in self._decoded(block)
                if each.mnemonic.startswith("push") or each.op_str.startswith("sp, ") or "[sp, #-" in each.op_str
            }
        )

    def _decoded(self, block: Block) -> list[Any]:
        decoded = list(self._decoder.disasm(self._code(block), block.address))
        assert sum(each.size for each in decoded) == block.length, f"not decoded: {block}"
        return decoded

    def _cost(self, block: Block) -> Cost:
        if block not in self._costs:
            decoded = self._decoded(block)
            cycles, taken = 0, 0
            if self._name in SMALL:
                cycles, taken = _small(decoded, SMALL[self._name])
            elif self._name in LARGE:
                cycles, taken = _large(decoded, LARGE[self._name]), REFILL
            self._costs[block] = Cost(len(decoded), cycles, taken)
        return self._costs[block]


def _small(decoded: list[Any], timing: _Small) -> tuple[int, int]:
    """Cycles of a block on Cortex-M0 or M0+, and how many more where its last instruction branches."""
    cycles = 0
    for each in decoded:
        if each.id in LOADS | STORES:
            cycles += 2
        elif each.id in STACKS:
            cycles += 1 + len(each.operands)
        elif each.id in LISTS:
            cycles += len(each.operands)  # the first is the address: 1 + N
        else:
            cycles += 1
    last = decoded[-1].id
    longest = {arm.ARM_INS_BL: timing.call, arm.ARM_INS_POP: timing.pop}
    return cycles, longest.get(last, timing.branch) - 1


def _large(decoded: list[Any], longer: dict[int, int]) -> int:
    """Cycles of a block on Cortex-M3 or M4, where no branch is taken."""
    cycles = 0
    loaded: set[int] | None = None  # by the load before, which this instruction may follow at once
    computed: set[int] = set()  # by the instruction before, where it is no load
    for each in decoded:
        address = _address(each)
        if each.id in LOADS | STORES:
            follows = loaded is not None and not address & loaded
            simple = each.id in STORES and len(address) == 1
            cycles += 1 if follows or simple else 2
            cycles += bool(address & computed)
        elif each.id in PAIRS:
            cycles += 3
        elif each.id in STACKS:
            cycles += 1 + len(each.operands)
        elif each.id in LISTS:
            cycles += len(each.operands)
        elif each.id in DIVISIONS:
            cycles += AVERAGE_DIVISION
        elif each.id in TABLES:
            cycles += 2
        else:
            cycles += longer.get(each.id, 1)
        loaded = _written(each) if each.id in LOADS else None
        computed = _written(each) if each.id not in LOADS | STORES | PAIRS | LISTS | STACKS else set()
    return cycles


def _address(each: Any) -> set[int]:
    """Registers that the address of a load or store is made of."""
    memory = [operand.mem for operand in each.operands if operand.type == arm.ARM_OP_MEM]
    return {register for part in memory for register in (part.base, part.index) if register}


def _written(each: Any) -> set[int]:
    return set(each.regs_access()[1])
