"""variants.yaml: every variant, a line each."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from fewbytes import params
from fewbytes.command import InputError
from fewbytes.section import Section

PATH = Path("variants.yaml")
FOLDER = Path("metrics/variants")

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]
Model = Annotated[str, Field(pattern=r"^models/[A-Za-z0-9_.-]+\.(h5|tflite)$")]
Start = Annotated[str, Field(pattern=r"^(models/[A-Za-z0-9_.-]+\.(h5|tflite)|metrics/variants/[A-Za-z0-9_.-]+\.json)$")]


class Variant(Section):
    """zipped: the file whose zip the essay counts. start: metrics of the chain's start, or a model where it starts."""

    zipped: Model
    start: Start
    what: Annotated[str, Field(min_length=1)]

    @property
    def against(self) -> str | None:
        """The variant its ratios are against; None at the start of a chain."""
        path = Path(self.start)
        return path.stem if path.suffix == ".json" else None


class Variants(Section):
    variants: Annotated[dict[Name, Variant], Field(min_length=1)]


def load(path: Path = PATH) -> dict[str, Variant]:
    """By name, in the file's order. Raises InputError with one line: file, key and what is allowed."""
    found = params.load_as(path, Variants).variants
    for name, variant in found.items():
        if variant.against is not None and variant.against not in found:
            raise InputError(f"{path}: variants.{name}.start = {variant.start!r}: {variant.against} is no variant")
        if variant.against == name:
            raise InputError(f"{path}: variants.{name}.start = {variant.start!r}: its own figures are no start")
    return found


def metrics_path(name: str) -> Path:
    return FOLDER / f"{name}.json"


def confusion_path(name: str) -> Path:
    return Path(f"metrics/confusion/{name}.csv")


def mistakes_path(name: str) -> Path:
    return Path(f"metrics/mistakes/{name}.csv")


def c_folder(name: str) -> Path:
    return Path("models/c", name)
