"""Other people's networks through every engine known: ours for each goal, BakeNN, and what is quoted."""

from collections.abc import Mapping
from typing import Annotated, Any

import matplotlib.pyplot as plt
import pandas as pd
from pydantic import Field

from fewbytes.measuring.targets import TITLES
from fewbytes.metrics import Metrics
from fewbytes.reports import pictures
from fewbytes.reports.documents import Document, Part, Picture
from fewbytes.reports.documents import Section as Titled
from fewbytes.reports.tables import NONE, whole
from fewbytes.section import Section
from tflite_to_c.chips import measurement


class Engine(Section):
    instructions: Annotated[int, Field(gt=0)]
    flash_bytes: Annotated[int, Field(gt=0)] | None = None
    ram_bytes: Annotated[int, Field(gt=0)] | None = None


class Source(Section):
    source: str


class Known(Section):
    name: str
    instructions: dict[str, Engine]
    cycles: dict[str, Annotated[float, Field(gt=0)]]  # million


class Quoted(Section):
    """models: by SHA-256."""

    instructions: Source
    cycles: Source
    models: dict[str, Known]


FOR_RAM = ("in place", "row by row")  # which change RAM, and hardly instructions
FIRST = "cortex-m4"  # has a table of its own
FIGURES = {"flash_bytes": "flash B", "ram_bytes": "RAM B", "instructions": "instructions"}
Names = Mapping[str, Known | None]


def assemble(report: Metrics, known: Names, quoted: Quoted) -> Document:
    """report: what `measure` found, by file. known: what is quoted of each, None where nothing is."""
    models: dict[str, Any] = report["models"]
    intro: list[Part] = [
        "Made by `make benchmark MODELS=folder`; do not edit. Ours and BakeNN's C were compiled and counted in one "
        f"run ({report['how']}), on random inputs. Quoted instructions: {quoted.instructions.source}, counted in "
        "another emulator (QEMU), gcc 12 -O2: beside ours, but not of one run. RAM is with stack, input and output.",
        "Ours, for each goal of `--optimize`, with the caller's input and output; `--in-place`, where both lie in the "
        "network's own memory, as they do in TFLM's arena; and `--rows`, where layers are computed together, row by "
        "row. BakeNN refuses a softmax, which at a network's end is cut off for it.",
        Picture("instructions.png", "Instructions of an inference by engine"),
    ]
    sections = [Titled("Cortex-M4", [*intro, _table_of_engines(models, known)])]
    sections.append(
        Titled(
            "On silicon",
            [
                "Million cycles of a Cortex-M4 at 120 MHz, wait states of its flash included; quoted: "
                f"{quoted.cycles.source}. Ours are estimated from instructions, without wait states: no such "
                "measurement, and not to be set beside them as one.",
                _table_of_cycles(models, known),
            ],
        )
    )
    sections.append(Titled("Other cores", [_table_of_cores(models)]))
    sections.append(
        Titled(
            "Proof",
            [
                "Inputs on which an output is not that of TensorFlow Lite Micro's reference kernels, bit for bit: on "
                "this machine, compiled with sanitizers, and on each emulated core.",
                _table_of_proof(models),
                " ".join(measurement.ESTIMATE.split()),
            ],
        )
    )
    return Document("Networks nobody here wrote", "The int8 reference models of MLPerf Tiny, by engine.", sections)


def _title(file: str, known: Names) -> str:
    found = known[file]
    return f"`{file}`" if found is None else found.name


def _engines(file: str, models: Mapping[str, Any], known: Names) -> dict[str, Mapping[str, Any]]:
    """Figures on a Cortex-M4 by engine."""
    figures: dict[str, Mapping[str, Any]] = {
        f"ours, {goal}": each[FIRST] for goal, each in models[file]["ours"].items()
    }
    if "bakenn" in models[file]:
        figures["BakeNN, without softmax"] = models[file]["bakenn"]
    found = known[file]
    for name, engine in (found.instructions if found else {}).items():
        figures[f"{name} (quoted)"] = engine.model_dump(exclude_none=True)
    return figures


def _cell(figures: Mapping[str, Any], key: str) -> str:
    return whole(figures[key]) if key in figures else NONE


def _table_of_engines(models: Mapping[str, Any], known: Names) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"model": _title(file, known), "engine": name, **{FIGURES[key]: _cell(figures, key) for key in FIGURES}}
            for file in models
            for name, figures in _engines(file, models, known).items()
        ]
    )


def _table_of_cycles(models: Mapping[str, Any], known: Names) -> pd.DataFrame:
    engines = list(dict.fromkeys(name for found in known.values() if found for name in found.cycles))
    rows = []
    for file in models:
        cycles = (found.cycles if (found := known[file]) else {}) or {}
        ours = {
            f"ours, {goal} (estimated)": f"{each[FIRST]['estimated_cycles'] / 1e6:.2f}"
            for goal, each in models[file]["ours"].items()
            if not goal.endswith(FOR_RAM)
        }
        theirs = {name: f"{cycles[name]:g}" if name in cycles else NONE for name in engines}
        rows.append({"model": _title(file, known), **theirs, **ours})
    return pd.DataFrame(rows)


def _table_of_cores(models: Mapping[str, Any]) -> pd.DataFrame:
    rows = []
    for file, found in models.items():
        for goal, each in found["ours"].items():
            for core in [core for core in TITLES if core != FIRST]:
                figures = {FIGURES[key]: _cell(each[core], key) for key in FIGURES}
                rows.append({"model": f"`{file}`", "for": goal, "core": TITLES[core], **figures})
    return pd.DataFrame(rows)


def _table_of_proof(models: Mapping[str, Any]) -> pd.DataFrame:
    rows = []
    for file, found in models.items():
        for goal, each in found["ours"].items():
            here = f"{each['unlike_inputs']} of {each['inputs']:,}" if "unlike_inputs" in each else NONE
            emulated = {TITLES[core]: f"{each[core]['unlike_inputs']} of {each[core]['inputs']}" for core in TITLES}
            digest = found["sha256"]
            rows.append({"model": f"`{file}`", "SHA-256": f"`{digest}`", "for": goal, "this machine": here, **emulated})
    return pd.DataFrame(rows)


def draw(report: Metrics, known: Names) -> bytes:
    """Instructions of each engine, a group of bars a model, on a logarithmic scale."""
    models: dict[str, Any] = report["models"]
    by_model = {
        file: {name: each for name, each in _engines(file, models, known).items() if not name.endswith(FOR_RAM)}
        for file in models
    }
    names = list(dict.fromkeys(name for engines in by_model.values() for name in engines))
    figure, axes = plt.subplots(figsize=(11, 4))
    width = 0.8 / len(names)
    for number, name in enumerate(names):
        places = [place for place, engines in enumerate(by_model.values()) if name in engines]
        values = [engines[name]["instructions"] for engines in by_model.values() if name in engines]
        axes.bar(
            [place + (number - len(names) / 2 + 0.5) * width for place in places],
            values,
            width,
            label=name,
            hatch="///" if "quoted" in name else "",
            edgecolor="white",
        )
    titles = [_title(file, known).strip("`").replace(", ", "\n") for file in models]
    axes.set_xticks(range(len(models)), titles)
    axes.set(yscale="log", ylabel="instructions an inference, Cortex-M4")
    axes.legend(frameon=False, ncols=len(names), loc="upper center", bbox_to_anchor=(0.5, 1.15), fontsize=8)
    axes.grid(axis="y", alpha=0.3)
    return pictures.png(figure)
