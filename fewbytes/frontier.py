"""What is where in frontier/. Models of a few kilobytes and all metrics are in Git; teachers are not."""

from pathlib import Path

FOLDER = Path("frontier")
EXPLORE = FOLDER / "explore"
JOURNAL = EXPLORE / "journal.log"  # of the search for networks, which goes on


def teacher_path(teacher: str) -> Path:
    return FOLDER / "teachers" / f"{teacher}.h5"


def logits_path(teacher: str) -> Path:
    """(copies, n, classes) float16."""
    return FOLDER / "teachers" / f"{teacher}.npy"


def taught_path(teacher: str) -> Path:
    return FOLDER / "metrics" / "teachers" / f"{teacher}.json"


def model_path(point: str, seed: int) -> Path:
    return FOLDER / "models" / f"{point}-{seed}.tflite"


def fit_path(point: str, seed: int) -> Path:
    return FOLDER / "metrics" / "fits" / f"{point}-{seed}.json"


def metrics_path(point: str) -> Path:
    return FOLDER / "metrics" / f"{point}.json"


def mistakes_path(point: str) -> Path:
    return FOLDER / "metrics" / "mistakes" / f"{point}.csv"


def c_folder(point: str) -> Path:
    return FOLDER / "c" / point
