"""The boards that networks are held against, and what a cycle costs: firmware/boards.yaml."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from fewbytes import params
from fewbytes.params import Section

PATH = Path("firmware/boards.yaml")
Positive = Annotated[float, Field(gt=0)]


class Board(Section):
    """flash_kb, ram_kb: 1,024 bytes each. build: the core whose code it can run, or stands as a bound."""

    build: Literal["cortex-m0", "cortex-m4"]
    flash_kb: Positive
    ram_kb: Positive
    note: str


class Between(Section):
    low: Positive
    high: Positive
    source: str


class Boards(Section):
    boards: Annotated[dict[str, Board], Field(min_length=1)]
    picojoules_a_cycle: Between
    cycles_an_instruction: Between


def load(path: Path = PATH) -> Boards:
    """Raises InputError when the file is missing or not such a table."""
    return params.load_as(path, Boards)
