"""Reading metrics: one JSON object a variant in metrics/, and the essay's own figures in essay.yaml."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

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
        raise InputError(f"{path}: not JSON ({error}); `git restore {path}` brings it back") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: not a JSON object; `git restore {path}` brings it back")
    return content


def load_essay(path: Path = ESSAY) -> dict[str, Metrics]:
    """Variant → the figures the essay gives for it. Raises InputError when the file is missing or not such a table."""
    try:
        essay = YAML(typ="safe").load(path)
    except (OSError, YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {' '.join(str(error).split())}") from None
    if not isinstance(essay, dict) or not all(isinstance(figures, dict) for figures in essay.values()):
        raise InputError(f"{path}: expected a table of figures for each variant")
    return essay


def require(figures: Metrics, keys: Iterable[str], source: str) -> Metrics:
    """Return `figures`; raise InputError unless it has all `keys` as numbers."""
    missing = [key for key in keys if not isinstance(figures.get(key), (int, float))]
    if missing:
        raise InputError(f"{source}: has no number for {', '.join(missing)}; `git restore {source}` brings it back")
    return figures
