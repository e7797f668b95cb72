"""Set down what the emulated chips said: firmware/report.md and its picture."""

from pathlib import Path
from typing import Self

import pandas as pd
from pydantic import RootModel, model_validator

from fewbytes import boards, metrics, params
from fewbytes.boards import Boards
from fewbytes.command import InputError, run
from fewbytes.files import write_text
from fewbytes.metrics import Metrics, Size
from fewbytes.params import Section
from fewbytes.reports import pictures
from fewbytes.reports.tables import markdown, percent, whole

VARIANTS = (
    *("baseline_full_integer", "quantized", "quantized_full_integer"),
    *("clustered_quantized", "student_full_integer", "searched", "student_searched"),
)
CORES = {"cortex_m4": "Cortex-M4", "cortex_m0": "Cortex-M0"}
LOSS = 0.01  # of accuracy, that the network told of first may have against the baseline
COMMON = "TFLM + CMSIS-NN"  # the engine most used
ON_CHIP = ("flash_bytes", "weight_bytes", "ram_bytes", "stack_bytes", "instructions", "images")
FIGURES = ("flash_bytes", "ram_bytes", "instructions")
FOLDER = Path("firmware")
QUOTED = FOLDER / "quoted.yaml"

All = dict[str, Metrics]


class Engine(Section):
    flash_bytes: Size
    ram_bytes: Size
    instructions: Size


class Quoted(RootModel[dict[str, Engine]]):
    """Figures by the engine's name."""

    @model_validator(mode="after")
    def _has_common(self) -> Self:
        if COMMON not in self.root:
            raise ValueError(f"{COMMON} is missing, which the report compares with")
        return self


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
    fitting = [name for name in boards_ if boards_[name] == "yes"]
    if not fitting:
        raise InputError(f"{boards.PATH}: has no board that {best} fits; add a larger one")
    smallest = min(fitting, key=lambda name: table.boards[name].flash_kb)
    board = table.boards[smallest]
    dense, common = next(iter(compared.values())), compared[f"{COMMON} (quoted)"]
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


def load_chips(name: str, table: Boards) -> Metrics:
    """What the emulated chips said of a variant. Raises InputError where figures or boards are missing."""
    path = metrics.FOLDER / "firmware" / f"{name}.json"
    found = metrics.load(path)
    keys = ["energy_uj.low", "energy_uj.high", "host.images"]
    for core in CORES:
        built = found.get(core)
        if core != "cortex_m4" and isinstance(built, dict) and isinstance(built.get("fits"), str):
            continue
        keys += [f"{core}.{key}" for key in ON_CHIP]
    metrics.require(found, keys, str(path))
    for place in (*CORES, "host"):
        unlike = found[place].get("unlike_tflm_images")
        if "fits" not in found[place] and not (metrics.is_number(unlike) or isinstance(unlike, str)):
            raise InputError(f"{path}: {place} has no unlike_tflm_images; `git restore {path}` brings it back")
    fits = found.get("boards")
    wanted = f"yes or no for each of {', '.join(table.boards)}"
    if not isinstance(fits, dict) or any(fits.get(board) not in ("yes", "no") for board in table.boards):
        raise InputError(f"{path}: boards does not say {wanted}; `dvc repro firmware/dvc.yaml` makes it anew")
    if set(fits) != set(table.boards):
        raise InputError(f"{path}: boards says more than {wanted}; `dvc repro firmware/dvc.yaml` makes it anew")
    return found


def load_benchmark() -> Metrics:
    path = metrics.FOLDER / "firmware" / "benchmark.json"
    found = metrics.load(path)
    variants = ("baseline_full_integer", "quantized_full_integer")
    keys = [f"{variant}.{engine}.{key}" for variant in variants for engine in ("ours", "bakenn") for key in FIGURES]
    if not isinstance(found.get("bakenn_version"), str):
        raise InputError(f"{path}: has no bakenn_version; `git restore {path}` brings it back")
    return metrics.require(found, keys, str(path))


def load_quoted() -> All:
    """The other engines' figures by name. Raises InputError where one is missing."""
    return params.load_as(QUOTED, Quoted).model_dump()


def main() -> None:
    table = boards.load()
    found = {name: load_chips(name, table) for name in VARIANTS}
    paths = {name: metrics.path_of(name) for name in VARIANTS}
    ours = {
        name: metrics.require(metrics.load(path), ("accuracy", "sparsity"), str(path)) for name, path in paths.items()
    }
    compared = engines(load_benchmark(), load_quoted(), ours["quantized_full_integer"]["sparsity"])
    write_text(FOLDER / "report.md", report(found, ours, compared, table))
    pictures.draw_engines(FOLDER / "engines.png", compared)


if __name__ == "__main__":
    run(main)
