"""The operators that are covered, a file each: NAME.py reads and describes one, NAME.c computes it.

Each file lists in OPERATORS the names that TFLite has for it, and how each is read from a model.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from pkgutil import iter_modules

from tflite_to_c.graph import Step
from tflite_to_c.reading import Operator

OPERATORS: dict[str, Callable[[Operator], Step | Sequence[Step] | None]] = {}
for _file in iter_modules(__path__):
    _found = import_module(f"{__name__}.{_file.name}").OPERATORS
    assert not OPERATORS.keys() & _found.keys(), _file.name
    OPERATORS |= _found
OPERATORS = dict(sorted(OPERATORS.items()))
