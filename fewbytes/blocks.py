"""The layers that the frontier's networks are made of, as frontier/params.yaml says them."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from fewbytes.params import Count, Section

Side = Annotated[int, Field(ge=1, le=28)]


class Conv(Section):
    conv: Count  # filters
    kernel_size: Side
    strides: Side
    kept: Count | None = None  # filters that are not pruned


class Depthwise(Section):
    depthwise: Side  # kernel size
    strides: Side


class Dense(Section):
    dense: Count  # units
    kept: Count | None = None  # units that are not pruned


class MaxPool(Section):
    max_pool: Side


class Average(Section):
    average: Literal[True]  # over all places


KINDS = {"conv": Conv, "depthwise": Depthwise, "dense": Dense, "max_pool": MaxPool, "average": Average}


def _kind(block: Any) -> str | None:
    """A block is what its first key says; one made already, what it is."""
    if isinstance(block, dict):
        return next((key for key in block if key in KINDS), None)
    return next((key for key, kind in KINDS.items() if isinstance(block, kind)), None)


Block = Annotated[
    Annotated[Conv, Tag("conv")]
    | Annotated[Depthwise, Tag("depthwise")]
    | Annotated[Dense, Tag("dense")]
    | Annotated[MaxPool, Tag("max_pool")]
    | Annotated[Average, Tag("average")],
    Discriminator(
        _kind,
        custom_error_type="unknown_block",
        custom_error_message="a block is one of conv, depthwise, dense, max_pool, average",
    ),
]


def side_after(block: Block, side: int) -> int:
    """The side of what `block` makes of an image of `side`; what is flat has side 1. Below 1 where it does not fit."""
    match block:
        case Conv():
            return (side - block.kernel_size) // block.strides + 1
        case Depthwise():
            return (side - block.depthwise) // block.strides + 1
        case MaxPool():
            return side // block.max_pool
    return 1
