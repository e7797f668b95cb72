"""The sources of data, a file each, named as in params.yaml.

Each has `read(settings, raw)`, which gives the examples; and `fetch(settings)`, where there are files to fetch first,
which `read` then finds in the folder `raw`.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from fewbytes import params
from fewbytes.data.download import Files
from fewbytes.data.examples import Examples

NOTE = "where.txt"
SOURCES: dict[str, ModuleType] = {
    module.name: import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)
}


def fetch(settings: params.Data) -> Files:
    """Files by name; where the source is on this machine already, a note alone, since DVC warns of empty folders."""
    function: Callable[[Any], Files] | None = getattr(SOURCES[settings.source], "fetch", None)
    return function(settings) if function else {NOTE: f"Read from {settings.path}, where it is.\n".encode()}


def read(settings: params.Data, raw: Path) -> Examples:
    """Raises InputError, one line, for data that are missing or make no sense."""
    examples: Examples = SOURCES[settings.source].read(settings, raw)
    return examples
