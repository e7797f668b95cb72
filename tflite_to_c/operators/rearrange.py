"""Some or all of a tensor's values in another order: slices, sides exchanged or reversed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tflite_to_c import c_text
from tflite_to_c.arithmetic import Integers
from tflite_to_c.c_text import Constant
from tflite_to_c.errors import UnsupportedError
from tflite_to_c.graph import NOTHING, Arithmetic, FaultError, Step, Tensor, Values
from tflite_to_c.reading import Operator

LOOPS = 4  # in C, one in the other


@dataclass(frozen=True, eq=False)
class Rearrange(Step):
    """Output value i is the input's value number first + Σ stride · place, by its place along each side.

    sides, strides: (LOOPS,) each.
    """

    first: int
    sides: tuple[int, ...]
    strides: tuple[int, ...]

    RANK: ClassVar[int] = 80

    @property
    def places(self) -> Integers:
        """(output values,): the input's value that each is."""
        total = np.array(self.first)
        for side, stride in zip(self.sides, self.strides, strict=True):
            total = total[..., np.newaxis] + np.arange(side) * stride
        return total.ravel()

    def arithmetic(self) -> Arithmetic:
        return Arithmetic(clamps=False)

    def dimensions(self) -> Mapping[str, int]:
        sides = {f"side[{place}]": side for place, side in enumerate(self.sides)}
        return sides | {f"stride[{place}]": stride for place, stride in enumerate(self.strides)}

    def constants(self, label: str) -> list[Constant]:
        return [c_text.Struct("Rearrange", label, self.dimensions())]

    def calls(self, label: str, inputs: Sequence[str], output: str, workspace: int) -> list[str]:  # noqa: ARG002
        (source,) = inputs
        return [c_text.call("rearrange", f"&{label}", f"{source} + {self.first}" if self.first else source, output)]

    def distance(self) -> int | None:
        reads = self.last_reads(0)
        return max(0, int((reads - np.arange(len(reads))).max()))

    def filled(self) -> int:
        places = self.places
        if places.min() < 0 or places.max() >= self.inputs[0].size:
            raise FaultError("its loops read beyond its input")
        return places.size

    def writes(self) -> Integers:
        return np.arange(self.output.size)

    def last_reads(self, place: int) -> Integers:
        last = np.full(self.inputs[place].size, NOTHING)
        np.maximum.at(last, self.places, np.arange(self.output.size))
        return last

    def through(self, values: Integers) -> Integers | None:  # noqa: ARG002 - which channel is where is not followed
        return None

    def compute(self, *inputs: Values) -> Values:
        (values,) = inputs
        return values.reshape(len(values), -1)[:, self.places].reshape(len(values), *self.output.shape)


def rearranged(operator: Operator, view: Integers, source: Tensor, place: int | None = None) -> Step:
    """Whose output is the places that `view` holds: a view of np.arange of the shape of `source`, batch included.

    place: of the output, where the operator has several.
    """
    output = operator.like(source, view.shape[1:], place)
    if view.shape[0] != 1:
        raise UnsupportedError("a slice of no values is not covered")
    sides: list[int] = []
    strides: list[int] = []
    for side, step in zip(view.shape, view.strides, strict=True):
        stride = step // view.itemsize
        if side == 1:
            continue
        if sides and strides[-1] == side * stride:  # one run goes on where the one before it ends
            sides[-1], strides[-1] = sides[-1] * side, stride
        else:
            sides.append(side)
            strides.append(stride)
    if len(sides) > LOOPS:
        raise UnsupportedError(f"values in {len(sides)} loops are not covered; {LOOPS} are")
    ones = LOOPS - len(sides)
    return Rearrange(
        operator.layer if place is None else f"{operator.layer}, output {place}",
        (source,),
        output,
        first=int(view.flat[0]),
        sides=(*(1,) * ones, *sides),
        strides=(*(0,) * ones, *strides),
    )


def copy(layer: str, source: Tensor, output: Tensor) -> Step:
    """All values in the order they have."""
    ones = (1,) * (LOOPS - 1)
    return Rearrange(layer, (source,), output, first=0, sides=(*ones, source.size), strides=(0, 0, 0, 1))


def _places(source: Tensor) -> Integers:
    return np.arange(source.size).reshape(1, *source.shape)


def _numbers(operator: Operator, place: int, count: int | None = None) -> list[int]:
    """A constant operand's, `count` of them where that is known."""
    stored = operator.constant(place, "int32")
    numbers: list[int] = stored.values.ravel().tolist()
    if count is not None and len(numbers) != count:
        raise UnsupportedError(f"tensor {stored.name!r} has {len(numbers)} values; {count} expected")
    return numbers


def strided_slice(operator: Operator) -> Step:
    options, source = operator.options("StridedSliceOptions"), operator.input()
    places = _places(source)
    bounds = [_numbers(operator, place, places.ndim) for place in (1, 2, 3)]
    if options.EllipsisMask() or options.NewAxisMask() or not all(bounds[2]):
        raise UnsupportedError("a slice with an ellipsis, a new axis or a stride of 0 is not covered")
    if options.ShrinkAxisMask() & 1:
        raise UnsupportedError("a slice that leaves out the batch is not covered")
    chosen: list[slice | int] = []
    for axis, (begin, end, stride) in enumerate(zip(*bounds, strict=True)):
        bit, side = 1 << axis, places.shape[axis]
        if options.ShrinkAxisMask() & bit:
            if not -side <= begin < side or stride < 0 or (options.BeginMask() | options.EndMask()) & bit:
                raise UnsupportedError(
                    f"place {begin} of {side} is not covered; one that is there, with a stride above 0 and no mask, is"
                )
            chosen.append(begin)
        else:
            chosen.append(
                slice(None if options.BeginMask() & bit else begin, None if options.EndMask() & bit else end, stride)
            )
    view = places[tuple(chosen)]
    if not view.size:
        raise UnsupportedError("a slice of no values is not covered")
    return rearranged(operator, view, source)


def _slice(operator: Operator) -> Step:
    operator.count(3)
    source = operator.input()
    places = _places(source)
    begins, sizes = (_numbers(operator, place, places.ndim) for place in (1, 2))
    chosen = []
    for begin, size, side in zip(begins, sizes, places.shape, strict=True):
        end = side if size == -1 else begin + size
        if not 0 <= begin < end <= side:
            raise UnsupportedError(f"{size} values from place {begin} of {side} on are not covered")
        chosen.append(slice(begin, end))
    return rearranged(operator, places[tuple(chosen)], source)


def _transpose(operator: Operator) -> Step:
    operator.count(2)
    source = operator.input()
    places = _places(source)
    order = _numbers(operator, 1, places.ndim)
    if sorted(order) != list(range(places.ndim)) or order[0] != 0:
        raise UnsupportedError(f"sides in the order {order} are not covered; the batch must stay the first")
    return rearranged(operator, places.transpose(order), source)


def _reverse(operator: Operator) -> Step:
    operator.count(2)
    source = operator.input()
    places = _places(source)
    axes = _numbers(operator, 1)
    if not axes or any(not 0 <= axis < places.ndim for axis in axes):
        raise UnsupportedError(f"axes {axes} of {places.ndim} are not covered")
    return rearranged(operator, np.flip(places, tuple(axes)), source)


def _split(operator: Operator) -> list[Step]:
    """Into equal parts, or into parts of given sizes."""
    unequal = operator.name == "SPLIT_V"
    operator.count(3 if unequal else 2)
    source = operator.input(0 if unequal else 1)
    axis = _axis(_numbers(operator, 2 if unequal else 0, 1)[0], source)
    side = source.shape[axis - 1]
    sizes = (
        _numbers(operator, 1, operator.outputs) if unequal else [side // max(1, operator.outputs)] * operator.outputs
    )
    if sizes.count(-1) == 1:
        sizes[sizes.index(-1)] = side - sum(sizes) - 1
    if sum(sizes) != side or min(sizes, default=0) < 1:
        raise UnsupportedError(f"{side} values in {operator.outputs} parts of {sizes} are not covered")
    parts = np.split(_places(source), np.cumsum(sizes)[:-1].tolist(), axis)
    return [rearranged(operator, part, source, place) for place, part in enumerate(parts)]


def _unpack(operator: Operator) -> list[Step]:
    operator.count(1)
    source = operator.input()
    axis = _axis(operator.options("UnpackOptions").Axis(), source)
    if operator.outputs != source.shape[axis - 1]:
        raise UnsupportedError(f"{source.shape[axis - 1]} values in {operator.outputs} outputs are not covered")
    parts = np.moveaxis(_places(source), axis, 0)
    return [rearranged(operator, part, source, place) for place, part in enumerate(parts)]


def _axis(axis: int, source: Tensor) -> int:
    """Counted from the batch on."""
    rank = len(source.shape) + 1
    if not -rank <= axis < rank or axis % rank == 0:
        raise UnsupportedError(f"axis {axis} is not covered; those after the batch are")
    return axis % rank


OPERATORS = {
    "SLICE": _slice,
    "TRANSPOSE": _transpose,
    "REVERSE_V2": _reverse,
    "SPLIT": _split,
    "SPLIT_V": _split,
    "UNPACK": _unpack,
}
