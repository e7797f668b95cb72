"""The networks of the frontier as their blocks say them."""

import math
from collections.abc import Sequence

from fewbytes.blocks import (
    Average,
    AveragePool,
    Block,
    Conv,
    Dense,
    Depthwise,
    Lstm,
    MaxPool,
    Residual,
    Separable,
)
from fewbytes.data.spec import Spec
from fewbytes.frontier_params import Point


def narrowed(point: Point) -> Point:
    """The network without the filters and units that are pruned as a whole."""
    return point.model_copy(update={"blocks": [_narrowed(block) for block in point.blocks]})


def _narrowed(block: Block) -> Block:
    match block:
        case Conv(kept=int()):
            return block.model_copy(update={"conv": block.kept, "kept": None})
        case Dense(kept=int()):
            return block.model_copy(update={"dense": block.kept, "kept": None})
    return block


def parameters(point: Point, spec: Spec) -> int:
    """Weights and biases before anything is pruned, batch norm folded, the last dense layer included."""
    *before, channels = spec.input_shape
    height, width = before if len(before) == 2 else (1, math.prod(before))
    count = _Count(height, width, channels, series=spec.kind == "series")
    for block in point.blocks:
        count.add(block)
    return count.total + (count.values + 1) * len(spec.classes)


def weighted(blocks: Sequence[Block]) -> int:
    """Layers with weights, without the one into logits."""
    count = 0
    for block in blocks:
        match block:
            case Residual():
                count += weighted(block.residual)
            case Separable():
                count += 2
            case Conv() | Depthwise() | Dense() | Lstm():
                count += 1
    return count


def tied(blocks: Sequence[Block]) -> list[list[int]]:
    """Layers with weights that share theirs, by place: groups of two and more."""
    groups: list[list[int]] = []
    place = 0
    for block in blocks:
        if isinstance(block, Conv):
            if block.tied:
                groups[-1].append(place)
            else:
                groups.append([place])
            place += 1
        elif isinstance(block, Residual):
            groups = [*[[place + each for each in group] for group in tied(block.residual)], *groups]
            place += weighted(block.residual)
        else:
            place += weighted([block])
    return [group for group in groups if len(group) > 1]


class _Count:
    """Parameters of one block after another, and the shape that each leaves; a series has one row."""

    def __init__(self, height: int, width: int, channels: int, *, series: bool) -> None:
        self._height, self._width, self._channels, self._series = height, width, channels, series
        self._recurrent = False  # the last step alone goes on
        self.total = 0

    @property
    def values(self) -> int:
        return self._channels if self._recurrent else self._height * self._width * self._channels

    def add(self, block: Block) -> None:
        match block:
            case Conv():
                if not block.tied:
                    self.total += (self._area(block.kernel_size) * self._channels + 1) * block.conv
                self._slide(block.kernel_size, block.strides, block.padding, block.conv)
            case Depthwise():
                self.total += (self._area(block.depthwise) + 1) * self._channels
                self._slide(block.depthwise, block.strides, block.padding, self._channels)
            case Separable():
                self.total += self._area(block.kernel_size) * self._channels + (self._channels + 1) * block.separable
                self._slide(block.kernel_size, block.strides, block.padding, block.separable)
            case MaxPool(max_pool=size) | AveragePool(average_pool=size):
                self._slide(size, block.strides or size, block.padding, self._channels)
            case Average():
                self._height = self._width = 1
            case Dense():
                self.total += (self.values + 1) * block.dense
                self._height, self._width, self._channels = 1, 1, block.dense
                self._recurrent = False
            case Lstm():
                self._recur(block.lstm)
            case Residual():
                for inner in block.residual:
                    self.add(inner)

    def _recur(self, units: int) -> None:
        """An image's rows are its steps. What follows takes the last step, but for another lstm."""
        if not self._series:
            self._height, self._width, self._channels = 1, self._height, self._width * self._channels
            self._series = True
        self.total += 4 * units * (self._channels + units + 1)
        self._channels, self._recurrent = units, True

    def _area(self, size: int) -> int:
        return size if self._series else size**2

    def _slide(self, size: int, strides: int, padding: str, channels: int) -> None:
        def left(side: int) -> int:
            return -(-side // strides) if padding == "same" else (side - size) // strides + 1

        self._height, self._width = 1 if self._series else left(self._height), left(self._width)
        self._channels = channels
