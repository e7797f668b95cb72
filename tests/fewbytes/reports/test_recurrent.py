"""The recurrent network beside the essay's: the same techniques, and three sentences on what differs."""

import json
from pathlib import Path
from typing import Any

from fewbytes.reports import recurrent
from fewbytes.reports.documents import as_markdown


def write(folder: Path, name: str, accuracy: float, **figures: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps({"accuracy": accuracy, **figures}))


def chip(ram: int, cycles: int) -> dict[str, Any]:
    return {"cortex_m4": {"flash_bytes": 3_000, "ram_bytes": ram, "estimated_cycles": cycles}}


def test_both_are_shown_by_technique_and_three_sentences_say_what_differs(project: Path) -> None:
    for folder, start, ram, cycles in (
        (Path("metrics/variants"), 0.98, 2_000, 100),
        (recurrent.LSTMS, 0.99, 1_000, 300),
    ):
        write(folder, "baseline", start)
        write(folder, "quantized_full_integer", start - 0.005)
        write(folder, "searched", start, coded={"arithmetic_bytes": cycles}, chip=chip(ram, cycles))
    (recurrent.LSTMS / "pruned.json").write_text(json.dumps({"status": "not made: why"}))
    text = as_markdown(recurrent.assemble(recurrent.load()))
    assert f"## {recurrent.TITLE}" in text
    assert "`pruned`" not in text  # not of both
    assert "reaches 98.00 % and the LSTM, which reads the rows one after the other, 99.00 %" in text
    assert "change them by -0.50 points and by -0.50 points" in text
    assert "take 100 B at 98.00 % and 300 B at 99.00 %." in text
    assert "3.00× the cycles and 0.50× the RAM" in text
    assert project.is_dir()


def test_without_the_example_the_section_says_what_to_run(project: Path) -> None:
    assert "Not run: `make example NAME=rows`." in as_markdown(recurrent.assemble(recurrent.load()))
    assert project.is_dir()
