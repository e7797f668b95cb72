"""The cores that the C of every network is measured on: one more here, all measured anew, and tables have it."""

from tflite_to_c.chips.program import CORES

# Share of the examples that each runs: RV32EC has no multiplier, a network takes some 30 times the instructions.
SHARES = {"cortex-m0": 1, "cortex-m4": 1, "cortex-m33": 1, "rv32ec": 0.1}
TITLES = {core: CORES[core].title for core in SHARES}


def key(core: str) -> str:
    """Of metrics, where a dash would be a minus sign to DVC's templates."""
    return core.replace("-", "_")
