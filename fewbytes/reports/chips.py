"""What generated C takes on emulated chips: flash, RAM, instructions; boards, other engines, time and energy."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from fewbytes import metrics
from fewbytes.command import InputError
from fewbytes.measuring import targets
from fewbytes.metrics import All, Metrics
from fewbytes.reports.loading import COMMON, CORES, DENSE, ENGINE, PRUNED, UNLIKE, Quoted
from fewbytes.reports.tables import NONE, code, optional, percent, ratio, whole
from tflite_to_c.chips import boards, measurement
from tflite_to_c.chips.boards import Board, Verdict
from tflite_to_c.chips.measurement import Measured

LOSS = 0.01  # of accuracy, that the network told of first may have against the baseline
SHOWN = (  # boards, from small to large, every core among them
    *("LPC810", "STM32L011K4", "STM32F030F4", "CH32V003", "micro:bit v1"),
    *("STM32F303K8", "nRF52832", "STM32L4R5ZI", "STM32U575ZI"),
)
MEASURED = {"cortex-m0plus": "cortex_m0"}  # other cores by their own name; the same instructions run on both

Boards = Mapping[str, Board]
ESTIMATE = " ".join(measurement.ESTIMATE.split())


def measured(figures: Metrics, core: str) -> Measured | None:
    """A variant's figures on a board's core, as boards are held against them; None for a core not measured here."""
    chip = figures["chip"].get(MEASURED.get(core, targets.key(core)))
    if chip is None:
        return None
    sizes = {key: chip[key] for key in ("flash_bytes", "weight_bytes", "ram_bytes", "stack_bytes")}
    cycles = np.array([chip["estimated_cycles"]]) if "estimated_cycles" in chip else None
    return Measured(np.empty((0, 0), np.int8), np.array([chip["instructions"]]), cycles, **sizes)


def verdict(figures: Metrics, board: Board) -> Verdict | None:
    found = measured(figures, board.core)
    return None if found is None else boards.fit(found, board)


def table_of_m4(chips: All) -> pd.DataFrame:
    """Every variant on the core that the others are compared with."""
    m4 = "chip.cortex_m4"
    return pd.DataFrame(
        [
            {
                "variant": code(variant),
                "accuracy": optional(figures, "tflm.accuracy", percent),
                "flash B": whole(figures["chip"]["cortex_m4"]["flash_bytes"]),
                "of it weights": optional(figures, f"{m4}.weight_bytes", whole),
                "RAM B": optional(figures, f"{m4}.ram_bytes", whole),
                "of it stack": optional(figures, f"{m4}.stack_bytes", whole),
                "instructions": optional(figures, f"{m4}.instructions", whole),
                "estimated cycles": optional(figures, f"{m4}.estimated_cycles", whole),
            }
            for variant, figures in chips.items()
        ]
    )


def table_by_core(chips: All, key: str, what: str) -> pd.DataFrame:
    """One figure of every variant on every core."""
    return pd.DataFrame(
        [
            {what: code(variant), **{name: whole(figures["chip"][core][key]) for core, name in CORES.items()}}
            for variant, figures in chips.items()
        ]
    )


def agreement(chips: All) -> str:
    """On how many examples outputs are TFLM's, bit for bit; each exception by name."""
    places = {**CORES, "host": "this machine"}
    compared = [
        (name, places[place], chip["images"], next(chip[key] for key in UNLIKE if key in chip))
        for name, figures in chips.items()
        for place, chip in figures["chip"].items()
    ]
    wrong = [
        f"`{name}` on {place}: {unlike:,} of {images:,} examples differ"
        for name, place, images, unlike in compared
        if unlike
    ]
    by_numpy = any(UNLIKE[1] in chip for figures in chips.values() for chip in figures["chip"].values())
    whose = "those of a NumPy interpreter, as TFLM did not run here" if by_numpy else "TFLM's"
    counts = {place: images for _, place, images, _ in compared if place != places["host"]}
    most = max(counts.values())
    fewer = "".join(f" ({images:,} on {place})" for place, images in counts.items() if images < most)
    text = f"On each core {most:,} test examples were run{fewer}"
    host = [images for _, place, images, _ in compared if place == places["host"]]
    if host:
        text += (
            f", and {max(host):,} on the machine that ran the pipeline, compiled with address and undefined-behaviour "
            "sanitizers"
        )
    if wrong:
        return f"{text}. Not all outputs are {whose}: {'; '.join(wrong)}."
    accuracy = "" if by_numpy else " So the accuracy here is TFLM's, not LiteRT's."
    return f"{text}: all outputs are {whose}, bit for bit.{accuracy}"


def table_of_fits(chips: All, table: Boards) -> pd.DataFrame:
    """Whether each board has the flash and the RAM for the network alone."""
    return pd.DataFrame(
        [
            {
                "variant": code(variant),
                **{name: verdict(figures, board) or NONE for name, board in shown(table).items()},
            }
            for variant, figures in chips.items()
        ]
    )


def table_of_boards(table: Boards) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (name, board.core, f"{board.flash_bytes / 1024:g} KB", f"{board.ram_bytes / 1024:g} KB", board.source)
            for name, board in shown(table).items()
        ],
        columns=["board", "core", "flash", "RAM", "source"],
    )


def shown(table: Boards, names: Sequence[str] = SHOWN) -> dict[str, Board]:
    """Those boards. Raises InputError where the table lacks one of them."""
    lacking = [name for name in names if name not in table]
    if lacking:
        raise InputError(f"{boards.PATH}: has no {', '.join(lacking)}, which the report shows")
    return {name: table[name] for name in names}


def with_energy(table: Boards) -> dict[str, Board]:
    """Boards whose makers or benchmarks say what a cycle costs, of a core whose cycles are estimated."""
    return {
        name: board
        for name, board in table.items()
        if board.picojoules_a_cycle is not None and board.core == "cortex-m4"
    }


def table_of_energy(chips: All, table: Boards) -> pd.DataFrame:
    """Milliseconds and microjoules of an inference, from estimated cycles."""
    rows = []
    for variant, figures in chips.items():
        found = measured(figures, "cortex-m4")
        assert found is not None
        row = {"variant": code(variant), "estimated cycles": whole(figures["chip"]["cortex_m4"]["estimated_cycles"])}
        for name, board in with_energy(table).items():
            time, energy = boards.milliseconds(found, board), boards.microjoules(found, board)
            row[f"{name} ms"] = NONE if time is None else f"{time:.2f}"
            row[f"{name} µJ"] = NONE if energy is None else " to ".join(dict.fromkeys(f"{each:.0f}" for each in energy))
        rows.append(row)
    return pd.DataFrame(rows)


def energy_sources(table: Boards) -> list[str]:
    said = []
    for name, board in with_energy(table).items():
        assert board.picojoules_a_cycle is not None
        low, high, source = board.picojoules_a_cycle
        cost = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        said.append(f"{name}: {board.clock_mhz:g} MHz, {cost} pJ a cycle ({source})")
    return said


def engines(benchmark: Metrics, quoted: Quoted | None, sparsity: float) -> All:
    """Engine → its figures and how they were got, the dense baseline first; the first of all is ours.

    quoted: of the dense baseline. Empty where there is no C of it.
    """
    if DENSE not in benchmark:
        return {}
    ours, share = {"how": benchmark["how"]}, f", {100 * sparsity:.0f} % pruned"
    found: All = {}
    for variant, what in ((DENSE, ""), (PRUNED, share)):
        for name, key in (("this project", "ours"), (f"BakeNN {benchmark['bakenn_version']}", "bakenn")):
            if key in benchmark.get(variant, {}):
                found[name + what] = benchmark[variant][key] | ours
        if variant == DENSE and quoted is not None:
            found |= {
                f"{name} (quoted)": each.model_dump() | {"how": f"quoted: {quoted.how}"}
                for name, each in quoted.engines.items()
            }
    return found


def table_of_engines(compared: All) -> pd.DataFrame:
    """Each engine's figures, and how many times ours on the dense baseline they are."""
    ours = next(iter(compared.values()))
    rows = [
        (engine, *(f"{whole(figures[key])} ({ratio(figures[key] / ours[key])})" for key in ENGINE), figures["how"])
        for engine, figures in compared.items()
    ]
    return pd.DataFrame(rows, columns=["engine", "flash B", "RAM B", "instructions", "measured with"])


def accuracy(figures: Metrics) -> float:
    """TFLM's, whose outputs the C gives; LiteRT's where TFLM did not run."""
    found = metrics.find(figures, "tflm.accuracy")
    return figures["accuracy"] if found is None else found


def best_of(chips: All) -> str:
    """Of least flash on a Cortex-M4 among those about as accurate as the baseline, or without it as the best."""
    floor = (accuracy(chips[DENSE]) if DENSE in chips else max(map(accuracy, chips.values()))) - LOSS
    able = [name for name, figures in chips.items() if accuracy(figures) >= floor]
    return min(able, key=lambda name: chips[name]["chip"]["cortex_m4"]["flash_bytes"])


def takes(chips: All, compared: All) -> str:
    """What the best takes on a chip, beside the engine most used."""
    best = best_of(chips)
    figures, common = chips[best]["chip"]["cortex_m4"], compared.get(f"{COMMON} (quoted)")
    text = (
        f"**On a Cortex-M4**, as generated C, `{best}` ({percent(accuracy(chips[best]))}) takes "
        f"{whole(figures['flash_bytes'])} bytes of flash, code included, {whole(figures['ram_bytes'])} of RAM and "
        f"{whole(figures['instructions'])} instructions an inference"
    )
    if common is None:
        return f"{text}."
    return f"{text}; the essay's baseline on TensorFlow Lite Micro with CMSIS-NN takes {_three(common)} (quoted)."


def in_short(chips: All, compared: All, quoted: Quoted, table: Boards) -> str:
    """Where the best fits, and what the network it came from takes, beside the engine most used."""
    best = best_of(chips)
    text = (
        f"Of the variants about as accurate on the test images as the baseline, `{best}` "
        f"({percent(accuracy(chips[best]))}) takes the least flash. {smallest_board(best, chips[best], table)}"
    )
    if not compared:
        return text
    text += (
        f" The baseline in int8, not pruned, takes {_three(next(iter(compared.values())))} bytes of flash, of RAM, and "
        "instructions"
    )
    common = compared.get(f"{COMMON} (quoted)")
    if common is None:
        return f"{text}."
    return f"{text}; on TensorFlow Lite Micro with CMSIS-NN {_three(common)} (quoted, measured with {quoted.how})."


def smallest_board(name: str, figures: Metrics, table: Boards) -> str:
    fitting = [board for board in table.values() if verdict(figures, board) is Verdict.FITS]
    if not fitting:
        return f"`{name}` fits no board of the table with room to spare."
    board = min(fitting, key=lambda board: (board.flash_bytes, board.ram_bytes))
    return (
        f"The smallest board that it fits is {board.name} ({board.core}, {board.flash_bytes / 1024:g} KB of flash, "
        f"{board.ram_bytes / 1024:g} KB of RAM), by what it takes on that core."
    )


def _three(figures: Metrics) -> str:
    flash, ram, instructions = (whole(figures[key]) for key in ENGINE)
    return f"{flash}, {ram} and {instructions}"
