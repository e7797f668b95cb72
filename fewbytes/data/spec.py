"""What every room knows of the data: an example's shape, the classes, and how raw values become a network's input."""

from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from fewbytes.files import write_json
from fewbytes.params import load_as
from fewbytes.section import Section

PATH = Path("data/spec.json")

Positive = Annotated[float, Field(gt=0)]
Inputs = NDArray[Any]  # (n, *shape), in the data's own dtype


class Spec(Section):
    """Of one data set. `prepare` writes it; every later stage reads it.

    shape: of an example as it is stored, without the batch: (height, width), (height, width, channels),
    (steps, features) or (features,). low, high: of the raw values in the training split.
    offset, divisor: one number, or one for each channel or feature: input = (raw - offset) / divisor.
    classes: the names, in the order of the labels.
    """

    shape: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1, max_length=3)]
    kind: Literal["image", "series", "table"]
    dtype: Literal["uint8", "float32"]
    low: float
    high: float
    offset: Annotated[list[float], Field(min_length=1)]
    divisor: Annotated[list[Positive], Field(min_length=1)]
    classes: Annotated[list[str], Field(min_length=2)]

    @property
    def input_shape(self) -> tuple[int, ...]:
        """What a network takes, without the batch: an image without channels gains one."""
        return (*self.shape, 1) if self.kind == "image" and len(self.shape) == 2 else tuple(self.shape)

    def normalise(self, examples: Inputs) -> NDArray[np.float32]:
        """(n, *shape) raw values to (n, *input_shape) float32."""
        raw = examples.reshape(len(examples), *self.input_shape).astype(np.float32)
        return (raw - np.array(self.offset, np.float32)) / np.array(self.divisor, np.float32)


def save(spec: Spec, path: Path = PATH) -> None:
    write_json(path, spec.model_dump())


def load(path: Path = PATH) -> Spec:
    """Raises InputError when the file is missing or says something else."""
    return load_as(path, Spec)
