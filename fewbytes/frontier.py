"""What is where in frontier/. Models of a few kilobytes and all metrics are in Git; the teacher is not."""

from pathlib import Path

FOLDER = Path("frontier")
TEACHER = FOLDER / "teacher" / "teacher.h5"
LOGITS = FOLDER / "teacher" / "logits.npy"  # (copies, n, 10) float16
EXPLORE = FOLDER / "explore"
JOURNAL = EXPLORE / "journal.log"  # of the search for networks, which goes on


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
