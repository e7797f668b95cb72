"""Arm's compiler for the Ethos-U NPUs, and the estimates it gives."""

import csv
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from fewbytes.command import one_line
from fewbytes.metrics import Metrics

ACCELERATOR = "ethos-u55-128"


def estimate(model: Path) -> Metrics:
    """Vela's estimates for one inference on an Ethos-U55 with 128 multiply-accumulate units at 500 MHz.

    Where no operator lands on the NPU, there is nothing to estimate: only the operators are given; and where Vela
    refuses a model, which LiteRT has read, its reason.
    """
    options = ["--accelerator-config", ACCELERATOR, "--memory-mode", "Shared_Sram"]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "ethosu.vela", *options, "--output-dir", folder, str(model)],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        found = {unit: re.search(rf"^{unit} operators = (\d+)", done.stdout, re.MULTILINE) for unit in ("NPU", "CPU")}
        summaries = list(Path(folder).glob("*_summary_*.csv"))
        if done.returncode or not all(found.values()) or not summaries:
            said = (done.stderr or done.stdout).strip().splitlines()
            refused = one_line(said[-1]) if said else "no reason given"
            return {"npu_operators": 0, "cpu_operators": 0, "refused": refused}
        row = next(csv.DictReader(summaries[0].read_text().splitlines()))
    operators = {f"{unit.lower()}_operators": int(match[1]) for unit, match in found.items() if match}
    if not operators["npu_operators"]:
        return operators
    return operators | {
        "weight_bytes": int(row["total_npu_encoded_weights"]),
        "sram_bytes": round(1024 * float(row["sram_memory_used"])),
        "cycles": int(row["cycles_total"]),
        "inference_us": round(1e6 * float(row["inference_time"]), 2),
    }
