"""The networks of the frontier as their blocks say them."""

from fewbytes.blocks import Block, Conv, Dense, Depthwise, side_after
from fewbytes.data.dataset import CLASSES, SIDE
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


def parameters(point: Point) -> int:
    """Weights and biases before anything is pruned, batch norm folded, the last dense layer included."""
    side, channels, total = SIDE, 1, 0
    for block in point.blocks:
        match block:
            case Conv():
                total += (block.kernel_size**2 * channels + 1) * block.conv
                channels = block.conv
            case Depthwise():
                total += (block.depthwise**2 + 1) * channels
            case Dense():
                total += (side**2 * channels + 1) * block.dense
                channels = block.dense
        side = side_after(block, side)
    return total + (side**2 * channels + 1) * CLASSES
