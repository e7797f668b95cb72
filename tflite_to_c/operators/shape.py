"""What a converter adds where the batch was left open: with a batch of 1 shapes are known, and nothing is computed.

A slice of computed values is one of operators/rearrange.py.
"""

import numpy as np

from tflite_to_c.errors import UnsupportedError
from tflite_to_c.graph import Step
from tflite_to_c.operators import rearrange
from tflite_to_c.reading import BATCH_1, Operator


def _shape(operator: Operator) -> None:
    operator.count(1)
    if operator.stored_output.type != "int32":
        raise UnsupportedError(f"a shape as {operator.stored_output.type} is not covered")
    operator.fold(np.array(operator.stored_input().shape, np.int32))


def _strided_slice(operator: Operator) -> Step | None:
    operator.count(4)
    if operator.stored_input().data is None:
        return rearrange.strided_slice(operator)
    options = operator.options("StridedSliceOptions")
    values, *bounds = (operator.constant(place, "int32").values for place in range(4))
    if values.ndim != 1 or any(bound.size != 1 for bound in bounds):
        raise UnsupportedError("a slice of several sides is not covered")
    begin, end, stride = (int(bound.ravel()[0]) for bound in bounds)
    if options.EllipsisMask() or options.NewAxisMask() or not stride:
        raise UnsupportedError("a slice with an ellipsis, a new axis or a stride of 0 is not covered")
    if options.ShrinkAxisMask():
        if not -len(values) <= begin < len(values):
            raise UnsupportedError(f"place {begin} of {len(values)} is not covered")
        operator.fold(np.array(values[begin], np.int32))
        return None
    first, last = None if options.BeginMask() else begin, None if options.EndMask() else end
    operator.fold(values[first:last:stride].astype(np.int32))
    return None


def _pack(operator: Operator) -> None:
    if any(operator.stored_input(place).data is None for place in range(operator.inputs)):
        raise UnsupportedError(f"computed values are not covered; sides of a shape are: {BATCH_1}")
    sides = [operator.constant(place, "int32").values for place in range(operator.inputs)]
    if not sides or any(side.ndim for side in sides):
        raise UnsupportedError("anything but sides of a shape is not covered")
    operator.fold(np.array(sides, np.int32))


OPERATORS = {"SHAPE": _shape, "STRIDED_SLICE": _strided_slice, "PACK": _pack}
