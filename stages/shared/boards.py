"""The boards that networks are held against, and what a cycle costs: firmware/boards.yaml."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from stages.shared.command import InputError

PATH = Path("firmware/boards.yaml")
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


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
    boards: dict[str, Board]
    picojoules_a_cycle: Between
    cycles_an_instruction: Between


def load(path: Path = PATH) -> Boards:
    """Raises InputError when the file is missing or not such a table."""
    try:
        return Boards.model_validate(YAML(typ="safe").load(path))
    except FileNotFoundError:
        raise InputError(f"{path}: not found; run commands from the top folder of the project") from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        detail = error.errors()[0]
        raise InputError(f"{path}: {'.'.join(map(str, detail['loc']))}: {detail['msg'].lower()}") from None
