"""A project with data of the user's own, in small: files of every source, and the stages that read them."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from ruamel.yaml import YAML

from fewbytes import command
from stages import download, prepare
from tests.conftest import ROOT

Section = dict[str, Any]
TS = "@problemName it\n@timeStamps false\n@univariate false\n@classLabel true a b\n@data\n"
CSV = {"label": "label", "recording": "id", "features": None, "length": 4, "stride": 2}


def configure(data: Section, **prepare_: Any) -> None:
    """params.yaml, here, with this section `data`."""
    yaml = YAML()
    settings: Any = yaml.load(ROOT / "params.yaml")
    settings["data"] = data
    settings["prepare"] |= prepare_
    with Path("params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(settings, file)


def run(data: Section, **prepare_: Any) -> int:
    """The exit code of the stages `download` and `prepare`, run here as their commands do, on this section `data`."""
    configure(data, **prepare_)
    try:
        command.run(download.main)
        command.run(prepare.main)
    except SystemExit as stopped:
        return int(stopped.code or 0)
    return 0


def random_arrays(shape: tuple[int, ...], classes: int = 3, dtype: type = np.float32) -> dict[str, NDArray[Any]]:
    """x_train, y_train, x_test, y_test of 30 and 12 examples."""
    generator = np.random.default_rng(1)
    found: dict[str, NDArray[Any]] = {}
    for name, count in (("train", 30), ("test", 12)):
        values = (
            generator.normal(size=(count, *shape)) if dtype != np.uint8 else generator.integers(0, 256, (count, *shape))
        )
        found |= {f"x_{name}": values.astype(dtype), f"y_{name}": np.arange(count) % classes}
    return found


def arrays(found: Mapping[str, Any], kind: str | None = None, classes: list[str] | None = None) -> Section:
    with Path("mine.npz").open("wb") as file:
        np.savez(file, **found)
    return {"source": "arrays", "path": "mine.npz", "kind": kind, "classes": classes}


def images(color: str = "grey", test_split: float | None = 0.25) -> Section:
    return {
        **{"source": "images", "path": "pictures", "height": 6, "width": 8},
        **{"color": color, "test_split": test_split},
    }


def draw(folder: str = "pictures", classes: tuple[str, ...] = ("cat", "dog"), count: int = 8, seed: int = 1) -> None:
    """Pictures of every format and mode, a folder a class."""
    generator = np.random.default_rng(seed)
    for name in classes:
        Path(folder, name).mkdir(parents=True, exist_ok=True)
        for place in range(count):
            mode = ("L", "RGB", "RGBA", "P")[place % 4]
            picture = Image.fromarray(generator.integers(0, 256, (9, 11, 3)).astype(np.uint8)).convert(mode)
            ending = "png" if mode in ("RGBA", "P") else ("jpg", "bmp", "PNG")[place // 4 % 3]
            picture.save(Path(folder, name, f"{place}.{ending}"))


def series(path: str = "it.ts", **changes: Any) -> Section:
    return {"source": "series", "path": path, "steps": None, "csv": None, "test_split": 0.25} | changes


def ts(count: int = 12, steps: int = 5, features: int = 2, seed: int = 1) -> str:
    """A .ts file of two classes."""
    values = np.random.default_rng(seed).normal(size=(count, features, steps))
    lines = [":".join(",".join(f"{value:.4f}" for value in dimension) for dimension in each) for each in values]
    return TS + "".join(f"{line}:{'ab'[place % 2]}\n" for place, line in enumerate(lines))


def table(recordings: int = 8, rows: int = 10, seed: int = 1) -> str:
    """A CSV file of two classes; each recording is of one, but the first, whose last rows are of the other."""
    generator = np.random.default_rng(seed)
    lines = ["x,label,y,id"]
    for recording in range(recordings):
        for row in range(rows):
            label = "ab"[(recording + (recording == 0 and row >= 6)) % 2]
            x, y = generator.normal(size=2)
            lines.append(f"{x:.4f},{label},{y:.4f},r{recording}")
    return "\n".join(lines) + "\n"


def write_module(text: str) -> Section:
    """A module of the user's own, that this process has not imported yet."""
    for name in [name for name in sys.modules if name.startswith("mine_")]:
        del sys.modules[name]
    shutil.rmtree("__pycache__", ignore_errors=True)
    Path("mine_.py").write_text(text, encoding="utf-8")
    return {"source": "python", "path": "mine_.py", "function": "mine_:load", "kind": None, "classes": None}
