"""Pictures in a folder of class folders, as Keras and STM32's model zoo take them; or in train/ and test/ of such."""

import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from fewbytes import params
from fewbytes.command import InputError, one_line
from fewbytes.data.examples import MOST_BYTES, Examples, Part

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp")
FORMATS = ("PNG", "JPEG", "BMP")
MODES = {"grey": "L", "rgb": "RGB"}
DEEP = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")  # more than 8 bits a channel, which a conversion would clip
MOST_PIXELS = 100_000_000  # of one file


def read(settings: params.Images, raw: Path) -> Examples:
    """Raises InputError that names the file for what is no picture, and the folder for what is no set of classes."""
    del raw
    top = Path(settings.path)
    if not top.is_dir():
        raise InputError(f"params.yaml: data.path = {settings.path!r}: no such folder")
    divided = [name for name in ("train", "test") if (top / name).is_dir()]
    if divided == ["train", "test"]:
        classes = _classes(top / "train")
        unknown = [name for name in _folders(top / "test") if name not in classes]
        if unknown:
            raise InputError(f"{top / 'test' / unknown[0]}: a class that {top / 'train'} does not have")
        if settings.test_split is not None:
            raise InputError(f"params.yaml: data.test_split = {settings.test_split}: must be null: {top} has test/")
        train, test = (_read(top / name, classes, settings) for name in divided)
        return Examples("image", classes, train, test)
    if divided:
        raise InputError(f"{top}: has {divided[0]}/ alone; expected train/ and test/, or class folders")
    if settings.test_split is None:
        raise InputError(f"params.yaml: data.test_split = null: {top} has no train/ and test/, so it says what to draw")
    classes = _classes(top)
    return Examples("image", classes, _read(top, classes, settings), None, test_split=settings.test_split)


def _folders(top: Path) -> list[str]:
    return sorted(path.name for path in top.iterdir() if path.is_dir() and not path.name.startswith("."))


def _classes(top: Path) -> list[str]:
    found = _folders(top)
    if len(found) < 2:
        raise InputError(f"{top}: {len(found)} class folders; expected at least 2, each with the pictures of a class")
    return found


def _read(top: Path, classes: list[str], settings: params.Images) -> Part:
    """The pictures of one set, class by class, by name."""
    files: list[Path] = []
    labels: list[int] = []
    others = 0
    for label, name in enumerate(classes):
        present = sorted(path for path in (top / name).rglob("*") if path.is_file()) if (top / name).is_dir() else []
        pictures = [path for path in present if path.suffix.lower() in ENDINGS and not path.name.startswith(".")]
        if not pictures:
            raise InputError(f"{top / name}: has no picture ({', '.join(ENDINGS)}) of the class {name!r}")
        others += sum(not path.name.startswith(".") for path in present) - len(pictures)
        files += pictures
        labels += [label] * len(pictures)
    if others:
        logging.warning("warning: %s: %d files are no pictures (%s) and were left out", top, others, ", ".join(ENDINGS))
    channels = () if settings.color == "grey" else (3,)
    size = len(files) * settings.height * settings.width * (channels or (1,))[0]
    if size * 4 > MOST_BYTES:
        raise InputError(f"{top}: {len(files):,} pictures of {settings.height}x{settings.width} are too many")
    inputs = np.empty((len(files), settings.height, settings.width, *channels), np.uint8)
    for place, path in enumerate(files):
        inputs[place] = picture(path, settings)
    return Part(str(top), inputs, np.array(labels))


def picture(path: Path, settings: params.Images) -> NDArray[Any]:
    """(height, width) or (height, width, 3) uint8, turned as its camera says. Raises InputError where it is none."""
    try:
        with warnings.catch_warnings(), Image.open(path, formats=FORMATS) as opened:
            warnings.simplefilter("ignore")  # of Pillow's, on several lines
            if opened.mode in DEEP:
                raise InputError(f"{path}: more than 8 bits a pixel ({opened.mode}); save it with 8")
            if opened.width * opened.height > MOST_PIXELS:
                raise InputError(f"{path}: {opened.width}x{opened.height} pixels, over {MOST_PIXELS:,}")
            upright = ImageOps.exif_transpose(opened).convert(MODES[settings.color])
            resized = upright.resize((settings.width, settings.height), Image.Resampling.BILINEAR)
    except InputError:
        raise
    except Exception as error:  # whatever Pillow raises on damage
        raise InputError(f"{path}: not a whole picture: {one_line(error)}") from None
    return np.asarray(resized)
