"""What the page knows of each network: figures as metrics has them, and the C of those that have C, to run there."""

import base64
import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from fewbytes import texts
from fewbytes.command import damaged, one_line
from fewbytes.measuring import chip
from fewbytes.metrics import Metrics, find
from fewbytes.reports import chips, loading
from fewbytes.reports.tables import percent
from tflite_to_c import web
from tflite_to_c.chips import boards
from tflite_to_c.chips.boards import Board
from tflite_to_c.source import identifier

MADE_SMALL, PUBLISHED, ESSAYS = "made to be small", "published", "the essay's figures"
M4 = "chip.cortex_m4"
MEASURES = {  # by what people call them: where figures have them, the first that is there
    "coded weights, B": ("coded_bytes", "coded.arithmetic_bytes", "coded.huffman_bytes"),
    "flash on a Cortex-M4, B": (f"{M4}.flash_bytes",),
    "RAM on a Cortex-M4, B": (f"{M4}.ram_bytes",),
    "estimated cycles on a Cortex-M4": (f"{M4}.estimated_cycles",),
    "zipped, B": ("zip_bytes",),
    ".tflite, B": ("model_bytes",),
    "parameters": ("parameters",),
}
CORES = loading.CORES | {"rv32ec": "RV32EC (CH32V003)"}
DEFINED = re.compile(r"^#define \w+?_(INPUT|OUTPUT)_(BYTES|SCALE|ZERO_POINT) \(?([^()\s]+?)f?\)?$", re.MULTILINE)


class Network(NamedTuple):
    """c: the folder of its C and the name it has there; None where it has none, then why where the generator says so.

    history: (epoch, accuracy, val_accuracy) where it was trained here. mistakes: example, actual, predicted.
    """

    name: str
    what: str
    group: str
    figures: Metrics
    c: tuple[Path, str] | None
    mistakes: pd.DataFrame
    history: pd.DataFrame | None = None
    why: str | None = None

    @property
    def measures(self) -> dict[str, float]:
        found = {measure: [find(self.figures, key) for key in keys] for measure, keys in MEASURES.items()}
        values = {
            measure: next((value for value in each if value is not None), None) for measure, each in found.items()
        }
        return {measure: value for measure, value in values.items() if value is not None}

    @property
    def layers(self) -> dict[str, int]:
        """Coded bytes, where weights are int8."""
        coded = self.figures.get("coded")
        if coded is not None:
            return dict(coded.get("arithmetic_bytes_by_layer", {}))
        by_layer = self.figures["coded_bytes_by_layer"]
        return {**by_layer, "activations": self.figures["coded_bytes"] - sum(by_layer.values())}


def why_not(folder: Path) -> str | None:
    path = folder / chip.WHY_NOT
    return one_line(texts.read(path)) if path.exists() else None


def c_of(folder: Path, name: str) -> tuple[Path, str] | None:
    made = identifier(name)
    return (folder, made) if (folder / f"{made}.c").exists() else None


def as_points(networks: Iterable[Network]) -> pd.DataFrame:
    """A row a network, for the trade-off."""
    return pd.DataFrame(
        [
            {**described(each.name, each.what, each.group, each.figures["accuracy"]), **each.measures}
            for each in networks
        ]
    )


def described(name: str, what: str, group: str, accuracy: float) -> dict[str, Any]:
    error = 100 * (1 - accuracy)
    return {"name": name, "what": what, "group": group, "accuracy": percent(accuracy), "error, %": round(error, 4)}


def as_json(network: Network, table: Mapping[str, Board], module: bytes | None) -> dict[str, Any]:
    """All that the page shows of one network. module: its C as WebAssembly."""
    figures = network.figures
    found: dict[str, Any] = {
        "name": network.name,
        "what": network.what,
        "accuracy": figures["accuracy"],
        "measures": network.measures,
        "layers": network.layers,
        "mistakes": network.mistakes.to_numpy().tolist(),
        "curves": _curves(network.history),
    }
    if "chip" in figures:
        found["cores"] = {
            shown: {
                key: value for key in ("instructions", "estimated_cycles") if (value := figures["chip"][core].get(key))
            }
            for core, shown in CORES.items()
        }
        found["boards"] = [
            _on_board(figures, board) for board in table.values() if chips.measured(figures, board.core) is not None
        ]
    elif network.why is not None:
        found["why"] = network.why
    if network.c is not None and module is not None:
        folder, name = network.c
        found["c"] = {**ends(folder / f"{name}.h"), "wasm": base64.b64encode(module).decode()}
    return found


def _on_board(figures: Metrics, board: Board) -> dict[str, Any]:
    takes = chips.measured(figures, board.core)
    assert takes is not None
    milliseconds = boards.milliseconds(takes, board)
    return {
        **{"name": board.name, "core": board.core, "flash": board.flash_bytes, "ram": board.ram_bytes},
        **{"flash_bytes": takes.flash_bytes, "ram_bytes": takes.ram_bytes},
        **{"ms": None if milliseconds is None else round(milliseconds, 3), "verdict": boards.fit(takes, board)},
    }


def _curves(history: pd.DataFrame | None) -> list[dict[str, Any]]:
    if history is None:
        return []
    columns = {"accuracy": "training", "val_accuracy": "validation"}
    return [
        {"epoch": int(row["epoch"]), "of": of, "accuracy": round(100 * float(row[column]), 4)}
        for column, of in columns.items()
        if column in history
        for _, row in history.iterrows()
    ]


def ends(header: Path) -> dict[str, float]:
    """Bytes, scale and zero point of input and output, as the generated header has them."""
    found = {f"{end}_{what}".lower(): float(value) for end, what, value in DEFINED.findall(texts.read(header))}
    if len(found) != 6:
        raise damaged(header, "it does not say what input and output are")
    return found


def compiled(networks: Iterable[Network]) -> dict[str, bytes]:
    """By name, the C of those that have C as WebAssembly."""
    having = [(each.name, each.c) for each in networks if each.c is not None]
    with ThreadPoolExecutor(2) as pool:
        modules = pool.map(lambda item: _module(*item[1]), having)
        return dict(zip([name for name, _ in having], modules, strict=True))


def _module(folder: Path, name: str) -> bytes:
    in_place = f"void {name}_run(void)" in texts.read(folder / f"{name}.h")
    return web.module(folder, name, in_place=in_place)
