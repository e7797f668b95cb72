"""The schema of frontier/params.yaml; as params.py, it can stop a stage but never change what it makes."""

import math
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from fewbytes import params
from fewbytes.blocks import Average, Block, Conv, Dense
from fewbytes.command import InputError
from fewbytes.params import Count, Grid, LearningRate, Schedule, Section, Shape, Temperature

PATH = Path("frontier/params.yaml")


class Augment(Section):
    """The most an image is changed, either way."""

    rotation: Annotated[float, Field(ge=0, le=45)]  # degrees
    scale: Annotated[float, Field(ge=0, lt=1)]  # share of its size
    shear: Annotated[float, Field(ge=0, lt=1)]
    shift: Annotated[float, Field(ge=0, lt=14)]  # pixels


class Teacher(Schedule):
    filters: Annotated[list[Count], Field(min_length=1, max_length=2)]  # two convolutions of each, then pooling
    dropout: Annotated[float, Field(ge=0, lt=1)]
    copies: Annotated[int, Field(ge=1, le=1000)]  # augmented ones of the training images, whose logits are kept

    def require_fit(self, shape: Shape, classes: int) -> None:
        """shape: of an input. Raises ValueError where the network does not fit it, or has too many parameters."""
        if len(shape) != 3:
            raise ValueError(f"the teacher takes images; an example of the data has the shape {shape}")
        *sides, channels = shape
        total = 0
        for filters in self.filters:
            total += 9 * (channels + filters) * filters
            sides, channels = [(side - 4) // 2 for side in sides], filters
        if min(sides) < 1:
            raise ValueError(f"{len(self.filters)} numbers of filters leave nothing of an image of {shape[:2]}")
        params.require_size(total + (math.prod(sides) * channels + 1) * classes)


class Distill(Section):
    alpha: Annotated[float, Field(ge=0, le=1)]
    temperature: Temperature


class Training(Section):
    """First in float32 with batch norm, then, the norm folded, with weights on their grid."""

    batch_size: Count
    float_learning_rate: LearningRate
    grid_learning_rate: LearningRate
    prune_frequency: Count  # steps between two updates of the masks


class Point(Section):
    """A network of the family; a dense layer into 10 logits follows its blocks."""

    blocks: Annotated[list[Block], Field(min_length=1)]
    grid: Grid
    kept: Annotated[float, Field(gt=0, le=1)]  # share of the weights; the others are pruned while on the grid
    float_epochs: Count  # and as many again once filters or units were pruned
    grid_epochs: Count

    @model_validator(mode="after")
    def _fits(self) -> Self:
        flat = False
        for place, block in enumerate(self.blocks, start=1):
            if flat and not isinstance(block, Dense):
                raise ValueError(f"block {place} of {len(self.blocks)} wants an image, and finds what is flat")
            match block:
                case Conv(conv=units, kept=int(kept)) | Dense(dense=units, kept=int(kept)) if kept > units:
                    raise ValueError(f"block {place} of {len(self.blocks)} cannot keep {kept} of {units}")
            flat = isinstance(block, Average | Dense)
        return self


class Params(Section):
    seed: Annotated[int, Field(ge=0, lt=2**32)]
    augment: Augment
    teacher: Teacher
    distill: Distill
    training: Training
    points: dict[str, Point]


def load(path: Path = PATH) -> Params:
    """Raises InputError with one line: file, key, value and what is allowed."""
    return params.load_as(path, Params)


def require_point(points: dict[str, Point], name: str) -> Point:
    """Raises InputError where frontier/params.yaml has no such point."""
    if name not in points:
        raise InputError(f"{PATH}: points has no {name}; it has {', '.join(points)}")
    return points[name]
