"""The schema of frontier/params.yaml; as params.py, it can stop a stage but never change what it makes."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from fewbytes import blocks, params
from fewbytes.blocks import Block
from fewbytes.command import InputError
from fewbytes.params import Bound, EntropyPenalty, Grid, LearningRate, Schedule, Temperature
from fewbytes.section import Count, Section

PATH = Path("frontier/params.yaml")


class Augment(Section):
    """The most an image is changed, either way."""

    rotation: Annotated[float, Field(ge=0, le=45)]  # degrees
    scale: Annotated[float, Field(ge=0, lt=1)]  # share of its size
    shear: Annotated[float, Field(ge=0, lt=1)]
    shift: Annotated[float, Field(ge=0, lt=14)]  # pixels
    mirror: bool = False  # half of the images, left to right


class Teacher(Schedule):
    """Of blocks, as the points are; or of filters, two convolutions of each and pooling, and dropout, for images.

    Of several networks, each trained from a seed of its own, it is the mean of their logits.
    """

    blocks: Annotated[list[Block], Field(min_length=1)] | None = None
    filters: Annotated[list[Count], Field(min_length=1, max_length=2)] | None = None
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0  # before the last layer
    networks: Annotated[int, Field(ge=1, le=100)] = 1
    copies: Annotated[int, Field(ge=1, le=1000)]  # augmented ones of the training images, whose logits are kept

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.blocks is None) == (self.filters is None):
            raise ValueError("has blocks or filters, one of them")
        if self.blocks is not None:
            if self.dropout:
                raise ValueError("dropout is for filters, blocks have a block {dropout: 0.3}")
            blocks.require_order(self.blocks)
        return self


class Distill(Section):
    alpha: Annotated[float, Field(ge=0, le=1)]
    temperature: Temperature


class Freeze(Section):
    """Of the steps on the grid: from the one share to the other more and more weights are held, in the end all."""

    first: Annotated[float, Field(ge=0, le=1)]
    last: Annotated[float, Field(ge=0, le=1)]

    @model_validator(mode="after")
    def _goes_on(self) -> Self:
        if self.last <= self.first:
            raise ValueError(f"last, {self.last}, must be more than first, {self.first}")
        return self


class Training(Section):
    """First in float32 with batch norm, then, the norm folded, with weights on their grid."""

    batch_size: Count
    float_learning_rate: LearningRate
    grid_learning_rate: LearningRate
    prune_frequency: Count  # steps between two updates of the masks


class Point(Section):
    """A network of the family; a dense layer into logits follows its blocks."""

    blocks: Annotated[list[Block], Field(min_length=1)]
    grid: Grid
    # Of each layer with weights, the one into logits last, in place of grid's.
    layer_bits: list[Annotated[int, Field(ge=2, le=8)]] | None = None
    freeze: Freeze | None = None  # without it all weights learn until the end
    entropy_penalty: EntropyPenalty | None = None
    kept: Annotated[float, Field(gt=0, le=1)]  # share of the weights; the others are pruned while on the grid
    float_epochs: Count  # and as many again once filters or units were pruned
    grid_epochs: Count

    @model_validator(mode="after")
    def _fits(self) -> Self:
        blocks.require_order(self.blocks, point=True)
        if self.freeze is not None and self.kept < 1:  # steps grow as weights go, and what is held would grow with them
            raise ValueError("freeze is for points that keep all weights, kept: 1")
        if self.kept < 1 and blocks.any_tied(self.blocks):
            raise ValueError("tied convolutions are for points that keep all weights, kept: 1")
        if self.entropy_penalty is not None:
            self._fits_penalty()
        return self

    def _fits_penalty(self) -> None:
        params.require_learned([self.grid])
        if self.kept < 1:
            raise ValueError("entropy_penalty chooses which weights are zero; leave kept at 1")
        if blocks.any_tied(self.blocks):
            raise ValueError("entropy_penalty is for layers with weights of their own, none tied")


class TaughtPoint(Point):
    """One that is distilled."""

    teacher: str  # a name under teachers


class Budget(Section):
    """The most that a network's C may take; a board's name stands for its flash, its RAM and its core."""

    board: str | None = None
    flash_bytes: Annotated[int, Field(ge=1)] | None = None
    ram_bytes: Annotated[int, Field(ge=1)] | None = None  # with stack, input and output
    cycles: Annotated[int, Field(ge=1)] | None = None  # estimated; instructions where the core has no estimate
    coded_bytes: Annotated[int, Field(ge=1)] | None = None  # of the weights, with all that a decoder needs

    @model_validator(mode="after")
    def _bounds_something(self) -> Self:
        if not any(self.model_dump().values()):
            raise ValueError("bounds nothing; give a board, flash_bytes, ram_bytes, cycles or coded_bytes")
        return self


class Rung(Section):
    """How long a network is trained to be compared with others that are trained as long."""

    images: Annotated[float, Field(gt=0, le=1)]  # share of the training split
    float_epochs: Count
    grid_epochs: Count


class Explore(Section):
    """The search for a network: trials are proposed, measured, and trained where they keep the budget.

    Of the networks that reach a rung one in `keep_one_of` goes on to the next, the best (successive halving).
    """

    budget: Budget
    reach: Annotated[float, Field(gt=0, lt=1)] | None = None  # accuracy, with the fewest bytes; else the most of it
    trials: Count
    rungs: Annotated[list[Rung], Field(min_length=1, max_length=5)]
    keep_one_of: Annotated[int, Field(ge=2, le=10)]


class Params(Section):
    seed: Annotated[int, Field(ge=0, lt=2**31)]  # others are counted from it
    augment: Augment
    teachers: Annotated[dict[str, Teacher], Field(min_length=1)]
    distill: Distill
    training: Training
    points: dict[str, TaughtPoint]
    explore: Explore | None = None
    gates: dict[str, dict[str, Bound]] = Field(default_factory=dict)  # by point

    @model_validator(mode="after")
    def _teachers_of_points(self) -> Self:
        for name, point in self.points.items():
            if point.teacher not in self.teachers:
                known = ", ".join(self.teachers)
                raise ValueError(f"points.{name}.teacher is {point.teacher}, and teachers has {known}")
        return self

    @model_validator(mode="after")
    def _gates_of_points(self) -> Self:
        stray = [name for name in self.gates if name not in self.points]
        if stray:
            raise ValueError(f"gates has {stray[0]}, and points has none of that name")
        return self


def load(path: Path = PATH) -> Params:
    """Raises InputError with one line: file, key, value and what is allowed."""
    return params.load_as(path, Params)


def require_explore(section: Explore | None) -> Explore:
    """Raises InputError where frontier/params.yaml says not what to search for."""
    if section is None:
        raise InputError(f"{PATH}: explore is missing: a budget, trials, rungs and keep_one_of")
    return section


def require_point(points: dict[str, TaughtPoint], name: str) -> TaughtPoint:
    """Raises InputError where frontier/params.yaml has no such point."""
    _require(points, name, "points")
    return points[name]


def require_teacher(teachers: dict[str, Teacher], name: str) -> Teacher:
    """Raises InputError where frontier/params.yaml has no such teacher."""
    _require(teachers, name, "teachers")
    return teachers[name]


def _require(those: Iterable[str], name: str, section: str) -> None:
    if name not in those:
        raise InputError(f"{PATH}: {section} has no {name}; it has {', '.join(those)}")
