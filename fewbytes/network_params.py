"""The schema of a `network:` in params.yaml; as params.py, it can stop a stage but never change what it makes."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fewbytes import blocks
from fewbytes.blocks import Block
from fewbytes.section import Count, Section

# module:function as Python imports it; a file's name cannot look so.
KERAS = r"^([^:]+\.(keras|h5)|[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*)$"


class PooledNetwork(Section):
    """The essay's Deep Compression network (appendix 5.1)."""

    family: Literal["pooled"]
    filters: Count
    kernel_size: Count
    pool_size: Count


class StridedNetwork(Section):
    """The essay's teacher and student network (appendix 5.2)."""

    family: Literal["strided"]
    filters: Annotated[list[Count], Field(min_length=2, max_length=2)]
    kernel_size: Annotated[int, Field(ge=1, le=28)]
    strides: Annotated[int, Field(ge=1, le=28)]
    leaky_relu_slope: Annotated[float, Field(ge=0, le=1)]
    pool_size: Annotated[int, Field(ge=1, le=28)]


class BlocksNetwork(Section):
    """Blocks, those with weights with batch norm and ReLU; a dense layer into logits follows them."""

    family: Literal["blocks"]
    blocks: Annotated[list[Block], Field(min_length=1)]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        blocks.require_order(self.blocks)
        return self


class RecurrentNetwork(Section):
    """LSTM layers over the steps of a series, or the rows of an image; a dense layer into logits follows them."""

    family: Literal["recurrent"]
    units: Count
    layers: Annotated[int, Field(ge=1, le=10)]


class KerasNetwork(Section):
    """The user's own, trained or not."""

    family: Literal["keras"]
    model: Annotated[str, Field(pattern=KERAS)]  # a file .keras or .h5, or package.module:function


Network = Annotated[
    PooledNetwork | StridedNetwork | BlocksNetwork | RecurrentNetwork | KerasNetwork, Field(discriminator="family")
]
FAMILIES = ("pooled", "strided", "blocks", "recurrent", "keras")
