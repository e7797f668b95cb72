"""The networks of the frontier as their blocks say them."""

from fewbytes.blocks import Block, Conv, Dense
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
