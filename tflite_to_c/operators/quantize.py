"""Where a file takes or gives float32 or uint8: its ends. Between int8 tensors a change of scale."""

from tflite_to_c.graph import INT8, Step
from tflite_to_c.operators.rectify import rescaled
from tflite_to_c.reading import Operator


def _quantize(operator: Operator) -> Step | None:
    operator.count(1)
    if operator.begins:
        operator.begin()
        return None
    if operator.stored_output.type == "uint8":
        operator.end()
        return None
    return rescaled(operator, 1.0, INT8.low)


def _dequantize(operator: Operator) -> None:
    operator.count(1)
    operator.end()


OPERATORS = {"QUANTIZE": _quantize, "DEQUANTIZE": _dequantize}
