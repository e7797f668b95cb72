"""Reading YAML files, whatever they hold: YAML 1.2, as DVC reads it, so that 1e-3 is a number.

What would take memory, time or the stack is refused while the file is still a stream of events: too long, too deep,
or too many values once each alias stands for what it names.
"""

import warnings
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, ScalarEvent

from fewbytes import texts
from fewbytes.command import InputError, one_line

MOST_BYTES = 50_000  # the largest here has 8,000
MOST_VALUES = 10_000
MOST_DEPTH = 30
MOST_CHARACTERS = 1_000  # of one value


def load(path: Path) -> Any:
    """What the file says. Raises InputError with one line when it is missing or not YAML that makes sense."""
    if not path.exists():
        raise InputError(f"{path}: not found; run commands from the top folder of the project")
    text = texts.read(path, MOST_BYTES)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # ruamel's, on several lines
            _check(text)
            return YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}: " if mark else ""
        reason = f"{where}{error.problem or error.context}"
    except (YAMLError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError) as error:
        reason = str(error)  # a constructor's, of a value such as !!int x or 2024-02-31
    raise InputError(f"{path}: not valid YAML: {one_line(reason)}")


def _check(text: str) -> None:
    """Raises ValueError for what would be too deep or too much."""
    sizes: dict[str | None, int] = {}  # values in what an anchor names, its aliases counted out
    open_: list[str | None] = []  # the anchors of the collections that are not complete
    counts = [0]  # values in each of them, those of the whole file first
    for event in YAML(typ="safe", pure=True).parse(text):
        line = f"line {event.start_mark.line + 1}"
        if isinstance(event, CollectionStartEvent):
            open_.append(event.anchor)
            counts.append(1)
        elif isinstance(event, CollectionEndEvent):
            sizes[open_.pop()] = counts[-1]
            counts[-2:] = [counts[-2] + counts[-1]]
        elif isinstance(event, AliasEvent):
            if event.anchor in open_:
                raise ValueError(f"{line}: *{event.anchor} stands within what it names")
            counts[-1] += sizes.get(event.anchor, 1)
        elif isinstance(event, ScalarEvent):
            if len(event.value) > MOST_CHARACTERS:
                raise ValueError(f"{line}: a value of over {MOST_CHARACTERS:,} characters")
            event.value.encode()  # a ValueError for halves of characters, which no file can hold
            sizes[event.anchor] = 1
            counts[-1] += 1
        if len(open_) > MOST_DEPTH:
            raise ValueError(f"{line}: nested over {MOST_DEPTH} deep")
        if counts[-1] > MOST_VALUES:
            raise ValueError(f"{line}: over {MOST_VALUES:,} values, aliases counted out")
