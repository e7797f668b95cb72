"""Fetch BasicMotions, a watch's accelerometer and gyroscope, as the PyPI package aeon carries it, into data/own."""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE, NAME = "aeon==1.6.0", "BasicMotions"

with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, PACKAGE], check=True)
    (wheel,) = Path(folder).glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        Path("data/own").mkdir(parents=True, exist_ok=True)
        for name in (f"{NAME}_TRAIN.ts", f"{NAME}_TEST.ts"):
            Path("data/own", name).write_bytes(archive.read(f"aeon/datasets/data/{NAME}/{name}"))
