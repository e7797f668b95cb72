"""What is where in frontier/. Models of a few kilobytes and all metrics are in Git; the teacher is not."""

from pathlib import Path

FOLDER = Path("frontier")
TEACHER = FOLDER / "teacher" / "teacher.h5"
LOGITS = FOLDER / "teacher" / "logits.npy"  # (copies, n, 10) float16


def model_path(point: str, seed: int) -> Path:
    return FOLDER / "models" / f"{point}-{seed}.tflite"


def fit_path(point: str, seed: int) -> Path:
    return FOLDER / "metrics" / "fits" / f"{point}-{seed}.json"


def metrics_path(point: str) -> Path:
    return FOLDER / "metrics" / f"{point}.json"
