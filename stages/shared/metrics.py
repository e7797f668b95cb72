"""Reading metrics: one JSON object a variant in metrics/, and the essay's own figures in essay.yaml."""

import json
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from stages.shared.command import InputError

FOLDER = Path("metrics")
ESSAY = Path("essay.yaml")

Metrics = dict[str, Any]


def path_of(variant: str) -> Path:
    return FOLDER / f"{variant}.json"


def load(path: Path) -> Metrics:
    """Raises InputError when the file is missing or is not a JSON object."""
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        raise InputError(f"{path}: not found; `dvc repro` makes it") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not JSON ({error}); `dvc repro --force` makes it again") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: not a JSON object; `dvc repro --force` makes it again")
    return content


def load_essay(path: Path = ESSAY) -> dict[str, Metrics]:
    """Variant → the figures the essay gives for it."""
    return YAML(typ="safe").load(path)
