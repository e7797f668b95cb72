"""The networks of the frontier as their blocks say them."""

import math

from fewbytes.blocks import Block, Conv, Dense, Depthwise, side_after
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
    """Weights and biases before anything is pruned, batch norm folded, the last dense layer included.

    Raises ValueError where the blocks do not fit the data.
    """
    if spec.kind != "image":
        raise ValueError(f"blocks take images; the data are {spec.kind}, of the shape {tuple(spec.shape)}")
    *sides, channels = spec.input_shape
    total = 0
    for place, block in enumerate(point.blocks, start=1):
        match block:
            case Conv():
                total += (block.kernel_size**2 * channels + 1) * block.conv
                channels = block.conv
            case Depthwise():
                total += (block.depthwise**2 + 1) * channels
            case Dense():
                total += (math.prod(sides) * channels + 1) * block.dense
                channels = block.dense
        sides = [side_after(block, side) for side in sides]
        if min(sides) < 1:
            raise ValueError(f"block {place} of {len(point.blocks)} finds an image smaller than itself")
    return total + (math.prod(sides) * channels + 1) * len(spec.classes)
