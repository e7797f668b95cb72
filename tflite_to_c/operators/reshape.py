"""Another shape for the same values: nothing to compute, the tensor lies where it lay."""

from tflite_to_c.errors import UnsupportedError
from tflite_to_c.reading import Operator


def read(operator: Operator) -> None:
    operator.count(1, 2)
    source = operator.input()
    output = operator.output(source.index)
    if output.size != source.size:
        raise UnsupportedError(f"tensor {output.name!r} has {output.size} elements; {source.size} expected")
    operator.check_like(source, output)  # one tensor under two names


OPERATORS = {"RESHAPE": read, "EXPAND_DIMS": read, "SQUEEZE": read}
