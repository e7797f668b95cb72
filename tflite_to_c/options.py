"""What the user asks of the C, beside what it computes."""

import re
from typing import NamedTuple

TINY, SIZE, BALANCED, SPEED = "tiny", "size", "balanced", "speed"
GOALS = {  # for which encodings are chosen
    TINY: "the least flash of all, weights in Huffman codes, however long decoding takes",
    SIZE: "the least flash without codes",
    BALANCED: "the least flash times instructions",
    SPEED: "the fewest instructions, above all on cores with Arm's DSP extension, such as Cortex-M4 and M33",
}
GOALS_HELP = "; ".join(f"{goal}: {means}" for goal, means in GOALS.items())
RAM_HELP = "at most so much RAM, such as 8K, the stack not counted, by slower or larger C where that must be"
SIZE_TEXT = re.compile(r"(\d+)\s*([KM]?)(?:i?B)?", re.IGNORECASE)
ROWS_HELP = "layers are computed together, row by row, where of what lies between them a few rows take less RAM"
ROW_INPUT_HELP = "the input is given a row at a time, as many sensors do, by NAME_row(), and never held as a whole"
IN_PLACE_HELP = "input and output lie in the network's own memory, and a run writes over the input: less RAM"


class Options(NamedTuple):
    """rows: layers are computed together, row by row, where that takes less RAM.

    in_place: input and output lie in the network's own scratch; a run writes over the input.

    ram: bytes that scratch, state, input and output may take together; the stack is not among them.

    row_input: the input is given a row at a time and never held as a whole; the first layers are computed row by row.
    """

    optimize: str = BALANCED
    rows: bool = False
    in_place: bool = False
    ram: int | None = None
    row_input: bool = False

    @property
    def way(self) -> str:
        """For people: how it is made."""
        rows = ", rows given one by one" if self.row_input else ", row by row" if self.rows else ""
        return f"{self.optimize}{rows}{', in place' if self.in_place else ''}"


DEFAULT = Options()


def size(text: str) -> int:
    """Bytes: 64K, 1M, or a number of them, at least 1. Raises ValueError."""
    found = SIZE_TEXT.fullmatch(text.strip())
    if not found or not int(found[1]):
        raise ValueError("not a size; give bytes, or 64K, or 1M")
    return int(found[1]) << {"": 0, "K": 10, "M": 20}[found[2].upper()]
