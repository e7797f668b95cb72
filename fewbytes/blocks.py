"""The blocks that networks are made of, as params.yaml and frontier/params.yaml say them."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from fewbytes.section import Count, Section, Share

Size = Annotated[int, Field(ge=1, le=1000)]  # of an image both ways, of a series in steps
Padding = Literal["same", "valid"]


class Conv(Section):
    conv: Count  # filters
    kernel_size: Size
    strides: Size
    padding: Padding = "valid"
    kept: Count | None = None  # filters that are not pruned


class Depthwise(Section):
    depthwise: Size  # kernel size
    strides: Size
    padding: Padding = "valid"


class Separable(Section):
    """A depthwise convolution, then one of 1x1; nothing between."""

    separable: Count  # filters
    kernel_size: Size
    strides: Size
    padding: Padding = "valid"


class Residual(Section):
    """What its blocks compute, added to what they are given: they keep its shape."""

    residual: Annotated[list["Block"], Field(min_length=1)]


class MaxPool(Section):
    max_pool: Size
    strides: Size | None = None  # its size, where it is not said
    padding: Padding = "valid"


class AveragePool(Section):
    average_pool: Size
    strides: Size | None = None
    padding: Padding = "valid"


class Average(Section):
    average: Literal[True]  # over all places


class Lstm(Section):
    lstm: Count  # units; an image's rows are its steps


class Dense(Section):
    dense: Count  # units
    kept: Count | None = None  # units that are not pruned


class Dropout(Section):
    dropout: Share


KINDS = {  # by first key
    "conv": Conv,
    "depthwise": Depthwise,
    "separable": Separable,
    "residual": Residual,
    "max_pool": MaxPool,
    "average_pool": AveragePool,
    "average": Average,
    "lstm": Lstm,
    "dense": Dense,
    "dropout": Dropout,
}


def kind(block: Any) -> str | None:
    """A block is what its first key says; one made already, what it is."""
    if isinstance(block, dict):
        return next((key for key in block if key in KINDS), None)
    return next((key for key, known in KINDS.items() if isinstance(block, known)), None)


Block = Annotated[
    Annotated[Conv, Tag("conv")]
    | Annotated[Depthwise, Tag("depthwise")]
    | Annotated[Separable, Tag("separable")]
    | Annotated[Residual, Tag("residual")]
    | Annotated[MaxPool, Tag("max_pool")]
    | Annotated[AveragePool, Tag("average_pool")]
    | Annotated[Average, Tag("average")]
    | Annotated[Lstm, Tag("lstm")]
    | Annotated[Dense, Tag("dense")]
    | Annotated[Dropout, Tag("dropout")],
    Discriminator(
        kind,
        custom_error_type="unknown_block",
        custom_error_message=f"a block is one of {', '.join(KINDS)}",
    ),
]
Residual.model_rebuild()

FLAT = (Average, Dense, Lstm)  # what they make has no places


def require_order(blocks: Sequence[Block]) -> None:
    """Raises ValueError where blocks cannot follow one another, whatever the data.

    What is flat goes on through dense layers alone, but for an lstm after an lstm; only a chain is narrowed.
    """
    _require_order(blocks, chain=not any(isinstance(block, Residual | Lstm) for block in blocks))


def _require_order(blocks: Sequence[Block], *, chain: bool) -> None:
    flat: Block | None = None
    for place, block in enumerate(blocks, start=1):
        where = f"block {place} of {len(blocks)}"
        stacked = isinstance(block, Lstm) and isinstance(flat, Lstm)
        if flat is not None and not isinstance(block, Dense | Dropout) and not stacked:
            raise ValueError(f"{where} wants an image or a series, and finds what is flat")
        match block:
            case Conv(conv=units, kept=int(kept)) | Dense(dense=units, kept=int(kept)) if kept > units:
                raise ValueError(f"{where} cannot keep {kept} of {units}")
            case Conv(kept=int()) | Dense(kept=int()) if not chain:
                raise ValueError(f"{where} says kept, which is for networks without residual and lstm")
            case Residual():
                flattening = next((kind(inner) for inner in block.residual if isinstance(inner, FLAT)), None)
                if flattening is not None:
                    raise ValueError(f"{where} cannot hold {flattening}, which does not keep the shape")
                _require_order(block.residual, chain=chain)
        flat = block if isinstance(block, FLAT) else flat
