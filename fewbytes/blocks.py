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
    tied: bool = False  # has the weights and biases of the convolution before it, which are trained for both


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


def any_tied(blocks: Sequence[Block]) -> bool:
    return any(
        any_tied(block.residual) if isinstance(block, Residual) else isinstance(block, Conv) and block.tied
        for block in blocks
    )


def tied_after(blocks: Sequence[Block], place: int) -> bool:
    """Is the next convolution behind this place tied?"""
    later = next((block for block in blocks[place + 1 :] if isinstance(block, Conv)), None)
    return later is not None and later.tied


def require_order(blocks: Sequence[Block], *, point: bool = False) -> None:
    """Raises ValueError where blocks cannot follow one another, whatever the data.

    What is flat goes on through dense layers alone, but for an lstm after an lstm; only a chain is narrowed; a
    convolution is tied to one of its size beside it in the chain; both only in a point of a frontier, trained so.
    """
    _require_order(blocks, chain=not any(isinstance(block, Residual | Lstm) for block in blocks), point=point)
    narrowed = any(isinstance(block, Conv | Dense) and block.kept is not None for block in blocks)
    if narrowed and any_tied(blocks):
        raise ValueError("kept is for networks without tied convolutions, which keep their channels")


def _require_order(blocks: Sequence[Block], *, chain: bool, point: bool) -> None:
    flat: Block | None = None
    before: Conv | None = None  # the last convolution
    for place, block in enumerate(blocks, start=1):
        where = f"block {place} of {len(blocks)}"
        stacked = isinstance(block, Lstm) and isinstance(flat, Lstm)
        if isinstance(block, Conv) and block.tied:
            if not point:
                raise ValueError(f"{where} is tied, which only points of a frontier may be")
            _require_twin(where, block, before)
        if flat is not None and not isinstance(block, Dense | Dropout) and not stacked:
            raise ValueError(f"{where} wants an image or a series, and finds what is flat")
        match block:
            case Conv(conv=units, kept=int(kept)) | Dense(dense=units, kept=int(kept)) if kept > units:
                raise ValueError(f"{where} cannot keep {kept} of {units}")
            case Conv(kept=int()) | Dense(kept=int()) if not point:
                raise ValueError(f"{where} says kept, which only points of a frontier may")
            case Conv(kept=int()) | Dense(kept=int()) if not chain:
                raise ValueError(f"{where} says kept, which is for networks without residual and lstm")
            case Residual():
                flattening = next((kind(inner) for inner in block.residual if isinstance(inner, FLAT)), None)
                if flattening is not None:
                    raise ValueError(f"{where} cannot hold {flattening}, which does not keep the shape")
                _require_order(block.residual, chain=chain, point=point)
        flat = block if isinstance(block, FLAT) else flat
        before = block if isinstance(block, Conv) else before


def _require_twin(where: str, block: Conv, before: Conv | None) -> None:
    if before is None:
        raise ValueError(f"{where} is tied, and no convolution stands before it")
    if (block.conv, block.kernel_size) != (before.conv, before.kernel_size):
        size = f"{before.conv} filters of size {before.kernel_size}"
        raise ValueError(f"{where} is tied to a convolution of {size}, and says {block.conv} of {block.kernel_size}")
