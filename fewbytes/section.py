"""What the schemas of params.yaml and frontier/params.yaml are made of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=1, le=100_000)]
Share = Annotated[float, Field(ge=0, lt=1)]


class Section(BaseModel):
    """A part of params.yaml: every key required, none unknown, no type converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)
