"""What every room knows of the data: an example's shape, the classes, and how raw values become a network's input."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from fewbytes import params, texts
from fewbytes.command import InputError, damaged
from fewbytes.data.examples import Kind
from fewbytes.files import write_json
from fewbytes.section import Section

PATH = Path("data/spec.json")

LARGEST = float(np.finfo(np.float32).max)

Positive = Annotated[float, Field(gt=0)]
Raw = NDArray[Any]  # examples (n, *shape), in the data's own dtype
Normalisation = Literal["auto", "none", "unit", "standard"]


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

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        dimensions = {"image": (2, 3), "series": (2,), "table": (1,)}[self.kind]
        if len(self.shape) not in dimensions:
            raise ValueError(f"shape, {self.shape}, is no {self.kind}'s")
        if len(self.offset) != len(self.divisor) or len(self.offset) not in (1, self.input_shape[-1]):
            raise ValueError(f"offset and divisor must have 1 number each, or {self.input_shape[-1]}")
        lowest, highest = (0.0, 255.0) if self.dtype == "uint8" else (-LARGEST, LARGEST)
        if not lowest <= self.low <= self.high <= highest:
            raise ValueError(f"low and high, {self.low:g} and {self.high:g}, are no range of {self.dtype}")
        return self

    @property
    def input_shape(self) -> tuple[int, ...]:
        """What a network takes, without the batch: an image without channels gains one."""
        return (*self.shape, 1) if self.kind == "image" and len(self.shape) == 2 else tuple(self.shape)

    def normalise(self, examples: Raw) -> NDArray[np.float32]:
        """(n, *shape) raw values to (n, *input_shape) float32."""
        inputs: NDArray[np.float32] = examples.reshape(len(examples), *self.input_shape).astype(np.float32)
        inputs -= np.array(self.offset, np.float32)  # in place: new memory takes longer than the arithmetic
        inputs /= np.array(self.divisor, np.float32)
        return inputs


def describe(inputs: Raw, kind: Kind, classes: Sequence[str], how: Normalisation, source: str) -> Spec:
    """The Spec of a data set whose training split has these inputs (n, *shape), uint8 or float32.

    how: unit maps the range of the type (uint8), or of the values (float32), to 0-1; standard takes from each channel
    or feature its mean and divides by its standard deviation; auto is unit for uint8 and standard for float32.
    Raises InputError where all values of a feature are the same, so that there is nothing to divide by.
    """
    low, high = float(inputs.min()), float(inputs.max())
    if how == "auto":
        how = "unit" if inputs.dtype == np.uint8 else "standard"
    if how == "standard":
        columns = inputs.reshape(-1, 1 if kind == "image" and inputs.ndim == 3 else inputs.shape[-1])
        same = np.flatnonzero(columns.min(axis=0) == columns.max(axis=0))
        if len(same):
            raise InputError(
                f"{source}: feature {same[0]} is {columns[0, same[0]]:g} in every example to train on (zero variance); "
                "leave it out, or set prepare.normalise to none or unit"
            )
        offset, divisor = columns.mean(axis=0, dtype=np.float64), columns.std(axis=0, dtype=np.float64)
    elif how == "unit":
        ends = (0.0, 255.0) if inputs.dtype == np.uint8 else (low, high)
        if ends[0] == ends[1]:
            raise InputError(f"{source}: every value is {low:g}; there is nothing to learn from")
        offset, divisor = np.array([ends[0]]), np.array([ends[1] - ends[0]])
    else:
        offset, divisor = np.zeros(1), np.ones(1)
    return Spec(
        shape=list(inputs.shape[1:]),
        kind=kind,
        dtype=inputs.dtype.name,  # type: ignore[arg-type]  # checked by Spec itself
        low=low,
        high=high,
        offset=offset.tolist(),
        divisor=divisor.tolist(),
        classes=list(classes),
    )


def save(spec: Spec, path: Path = PATH) -> None:
    write_json(path, spec.model_dump())


def load(path: Path = PATH) -> Spec:
    """Raises InputError when the file is missing or says something else."""
    text = texts.read(path)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise damaged(path, f"not JSON: {error}") from None
    try:
        return params.check(content, Spec, path)
    except InputError as error:
        raise damaged(path, error) from None
