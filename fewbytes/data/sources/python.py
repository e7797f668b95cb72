"""A function of the user's own that returns the arrays which the source `arrays` reads, by name."""

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from fewbytes import params
from fewbytes.command import InputError, one_line
from fewbytes.data import examples
from fewbytes.data.examples import Examples


def read(settings: params.Python, raw: Path) -> Examples:
    """Raises InputError where there is no such function, it fails, or it returns something else."""
    del raw
    key = f"params.yaml: data.function = {settings.function!r}"
    if not Path(settings.path).exists():
        raise InputError(f"params.yaml: data.path = {settings.path!r}: no such file; name the function's module")
    module, _, name = settings.function.partition(":")
    sys.path.insert(0, str(Path.cwd()))
    try:
        found = getattr(import_module(module), name)()
    except (Exception, SystemExit) as error:  # it is the user's code
        raise InputError(f"{key}: {type(error).__name__}: {one_line(error)}") from None
    finally:
        sys.path.pop(0)
    if not isinstance(found, Mapping):
        raise InputError(f"{key}: returns {type(found).__name__}; expected a dictionary of arrays")
    return examples.from_arrays(found, key, settings.kind, settings.classes)
