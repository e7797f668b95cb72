"""Set down what the emulated chips said: firmware/report.md and its picture."""

from pathlib import Path

import pandas as pd
from ruamel.yaml import YAML

from stages.shared import boards, metrics, pictures
from stages.shared.boards import Boards
from stages.shared.command import run
from stages.shared.files import write_text
from stages.shared.metrics import Metrics
from stages.shared.tables import markdown, percent, whole

VARIANTS = (
    *("baseline_full_integer", "quantized", "quantized_full_integer"),
    *("clustered_quantized", "student_full_integer", "searched", "student_searched"),
)
CORES = {"cortex_m4": "Cortex-M4", "cortex_m0": "Cortex-M0"}
LOSS = 0.01  # of accuracy, that the network told of first may have against the baseline
FIGURES = ("flash_bytes", "ram_bytes", "instructions")
FOLDER = Path("firmware")
QUOTED = FOLDER / "quoted.yaml"

All = dict[str, Metrics]


def table_of_chips(found: All, ours: All) -> pd.DataFrame:
    """Every variant on every core: what it takes, and whether it computes the same."""
    rows = []
    for variant, figures in found.items():
        for core, name in CORES.items():
            built = figures[core]
            if "flash_bytes" not in built:
                rows.append((f"`{variant}`", name, percent(ours[variant]["accuracy"]), *["–"] * 5, built["fits"]))
                continue
            unlike = built["unlike_tflm_images"]
            same = f"{built['images'] - unlike:,} of {built['images']:,}" if isinstance(unlike, int) else unlike
            numbers = ("flash_bytes", "weight_bytes", "ram_bytes", "stack_bytes", "instructions")
            cells = [whole(built[key]) for key in numbers]
            rows.append((f"`{variant}`", name, percent(ours[variant]["accuracy"]), *cells, same))
    columns = ["variant", "core", "accuracy", "flash B", "of it weights", "RAM B", "of it stack", "instructions"]
    return pd.DataFrame(rows, columns=[*columns, "images same as TFLM"])


def table_of_boards(found: All, table: Boards) -> pd.DataFrame:
    """Which boards have the flash and the RAM for the network alone."""
    rows = []
    for name, board in table.boards.items():
        sizes = f"{board.flash_kb:g} / {board.ram_kb:g} KB"
        rows.append((name, board.note, sizes, *(figures["boards"][name] for figures in found.values())))
    return pd.DataFrame(rows, columns=["board", "what it is", "flash / RAM", *(f"`{name}`" for name in found)])


def table_of_energy(found: All) -> pd.DataFrame:
    rows = [
        (
            f"`{name}`",
            whole(figures["cortex_m4"]["instructions"]),
            f"{figures['energy_uj']['low']:g}",
            f"{figures['energy_uj']['high']:g}",
        )
        for name, figures in found.items()
    ]
    return pd.DataFrame(rows, columns=["variant", "instructions", "at least µJ", "at most µJ"])


def engines(benchmark: Metrics, quoted: All, sparsity: float) -> All:
    """Engine → its figures, on the dense baseline and on the pruned network; the first of each group is ours."""
    dense, pruned = benchmark["baseline_full_integer"], benchmark["quantized_full_integer"]
    bakenn = f"BakeNN {benchmark['bakenn_version']}"
    how = f"{100 * sparsity:.0f} % pruned"
    return {
        "this project": dense["ours"],
        bakenn: dense["bakenn"],
        **{f"{name} (quoted)": figures for name, figures in quoted.items()},
        f"this project, {how}": pruned["ours"],
        f"{bakenn}, {how}": pruned["bakenn"],
    }


def table_of_engines(compared: All) -> pd.DataFrame:
    """Each engine's figures, and how many times ours on the dense baseline they are."""
    ours = next(iter(compared.values()))
    rows = [
        (engine, *(f"{whole(figures[key])} ({figures[key] / ours[key]:.2f}×)" for key in FIGURES))
        for engine, figures in compared.items()
    ]
    return pd.DataFrame(rows, columns=["engine", "flash B", "RAM B", "instructions"])


def answer(found: All, ours: All, compared: All, table: Boards) -> str:
    """What the smallest network about as accurate as the baseline takes, beside the engine most used; where it fits."""
    floor = ours["baseline_full_integer"]["accuracy"] - LOSS
    able = [name for name in found if ours[name]["accuracy"] >= floor]
    best = min(able, key=lambda name: found[name]["cortex_m4"]["flash_bytes"])
    chip, boards_ = found[best]["cortex_m4"], found[best]["boards"]
    smallest = min((name for name in boards_ if boards_[name] == "yes"), key=lambda name: table.boards[name].flash_kb)
    board = table.boards[smallest]
    dense, common = next(iter(compared.values())), compared["TFLM + CMSIS-NN (quoted)"]
    return (
        f"On a Cortex-M4, `{best}` ({percent(ours[best]['accuracy'])}) takes {whole(chip['flash_bytes'])} bytes of "
        f"flash, code included, {whole(chip['ram_bytes'])} bytes of RAM, image and stack included, and "
        f"{whole(chip['instructions'])} instructions an image. It fits a {smallest} ({board.flash_kb:g} KB of flash, "
        f"{board.ram_kb:g} KB of RAM). The baseline in int8, not pruned, takes {_three(dense)}; TensorFlow Lite Micro "
        f"with CMSIS-NN takes {_three(common)} (quoted)."
    )


def _three(figures: Metrics) -> str:
    flash, ram, instructions = (whole(figures[key]) for key in FIGURES)
    return f"{flash}, {ram} and {instructions}"


def report(found: All, ours: All, compared: All, table: Boards) -> str:
    hosts = [figures["host"] for figures in found.values()]
    same = all(host["unlike_tflm_images"] == 0 for host in hosts)
    sections = {
        "In short": answer(found, ours, compared, table),
        "On the chip": markdown(table_of_chips(found, ours))
        + "\n\nGenerated C (`stages/generate.py`), gcc -O2, in QEMU. Flash is code, constants and library functions, "
        "RAM is variables, the deepest stack, and the 784 + 10 bytes of input and output; the harness is in neither. "
        "Instructions are executed ones, not cycles, the mean over the images. Compiled for this machine with address "
        f"and undefined-behaviour sanitizers, {'all' if same else 'NOT all'} variants give TensorFlow Lite Micro's "
        f"outputs, bit for bit, on {'all ' if same else ''}{hosts[0]['images']:,} test images.",
        "Where it fits": markdown(table_of_boards(found, table))
        + "\n\nOf the network alone: a program around it needs its own share. Sizes are of the board's own core, or of "
        "Cortex-M0 code.",
        "Against other engines": markdown(table_of_engines(compared))
        + "\n\nThe essay's baseline in int8 on Cortex-M4, and how many times the first line's figure that is. BakeNN "
        "(portable C) was run beside ours; the quoted figures are explained in `firmware/quoted.yaml`.",
        "Energy": markdown(table_of_energy(found))
        + f"\n\nAn estimate: {table.picojoules_a_cycle.low:g} to {table.picojoules_a_cycle.high:g} pJ a cycle "
        f"({table.picojoules_a_cycle.source}) times {table.cycles_an_instruction.low:g} to "
        f"{table.cycles_an_instruction.high:g} cycles an instruction ({table.cycles_an_instruction.source}).",
        "Picture": "![Flash, RAM and instructions of each engine](engines.png)",
    }
    return (
        "# On a microcontroller\n\nMade by `stages/summarize.py` from metrics/firmware/*.json; do not edit.\n\n"
        + "\n\n".join(f"## {title}\n\n{text}" for title, text in sections.items())
        + "\n"
    )


def main() -> None:
    found = {name: metrics.load(metrics.FOLDER / "firmware" / f"{name}.json") for name in VARIANTS}
    ours = {name: metrics.load(metrics.path_of(name)) for name in VARIANTS}
    benchmark = metrics.load(metrics.FOLDER / "firmware" / "benchmark.json")
    compared = engines(benchmark, YAML(typ="safe").load(QUOTED), ours["quantized_full_integer"]["sparsity"])
    write_text(FOLDER / "report.md", report(found, ours, compared, boards.load()))
    pictures.draw_engines(FOLDER / "engines.png", compared)


if __name__ == "__main__":
    run(main)
