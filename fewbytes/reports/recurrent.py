"""The essay's further research: the same images by a recurrent network, compressed by the same techniques."""

from pathlib import Path

import pandas as pd

from fewbytes import metrics, variants
from fewbytes.metrics import All
from fewbytes.reports.documents import Document, Part, Section
from fewbytes.reports.tables import code, optional, percent, points, ratio, whole

TITLE = "A recurrent network beside the essay's"
LSTMS = Path("examples/rows/report/variants")  # what `make example NAME=rows` measured
CNN, LSTM = "CNN", "LSTM"
# What is done to both: trained, int8 as it is, pruned, pruned in int8, searched.
TECHNIQUES = ("baseline", "baseline_full_integer", "pruned", "quantized_full_integer", "searched")
COLUMNS = {
    "accuracy": ("accuracy", percent),
    "coded B": ("coded.arithmetic_bytes", whole),
    "flash B": ("chip.cortex_m4.flash_bytes", whole),
    "RAM B": ("chip.cortex_m4.ram_bytes", whole),
    "cycles": ("chip.cortex_m4.estimated_cycles", whole),
}


def load() -> dict[str, All]:
    """By kind of network, the figures of the techniques that both went through; none where the example never ran."""
    folders = {CNN: variants.FOLDER, LSTM: LSTMS}
    found = {
        kind: {
            name: figures
            for name in TECHNIQUES
            if (path := folder / f"{name}.json").exists() and "accuracy" in (figures := metrics.load(path))
        }
        for kind, folder in folders.items()
    }
    both = found[CNN].keys() & found[LSTM].keys()
    return {kind: {name: each[name] for name in TECHNIQUES if name in both} for kind, each in found.items()}


def assemble(networks: dict[str, All]) -> Document:
    """load's. Raises nothing where there is nothing to compare: the section says so."""
    parts: list[Part] = ["Not run: `make example NAME=rows`."]
    if networks[CNN]:
        parts = [_table(networks), " ".join(_differences(networks))]
    return Document(TITLE, f"Made of metrics/ and {LSTMS}.", [Section(TITLE, parts)])


def _table(networks: dict[str, All]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "variant": code(name),
                **{
                    f"{kind} {title}": optional(networks[kind][name], key, show)
                    for title, (key, show) in COLUMNS.items()
                    for kind in (CNN, LSTM)
                },
            }
            for name in networks[CNN]
        ]
    )


def _differences(networks: dict[str, All]) -> list[str]:
    """Three sentences: accuracy and what compression costs of it, bytes, the chip; those whose figures there are."""

    def of(name: str, key: str) -> tuple[float, float] | None:
        """The CNN's and the LSTM's."""
        cnn, lstm = (metrics.find(networks[kind].get(name, {}), key) for kind in (CNN, LSTM))
        return None if cnn is None or lstm is None else (cnn, lstm)

    said = []
    start, pruned = of("baseline", "accuracy"), of("quantized_full_integer", "accuracy")
    if start and pruned:
        changes = [f"{points(100 * (after - before))} points" for before, after in zip(start, pruned, strict=True)]
        said.append(
            f"Trained to tell MNIST's digits, the CNN reaches {percent(start[0])} and the LSTM, which reads the rows "
            f"one after the other, {percent(start[1])}; pruning and int8 without further training change them by "
            f"{changes[0]} and by {changes[1]}."
        )
    coded, exact = of("searched", "coded.arithmetic_bytes"), of("searched", "accuracy")
    if coded and exact:
        said.append(
            f"Searched, with few values, the coded weights take {whole(coded[0])} B at {percent(exact[0])} and "
            f"{whole(coded[1])} B at {percent(exact[1])}."
        )
    ram, cycles = (of("searched", f"chip.cortex_m4.{key}") for key in ("ram_bytes", "estimated_cycles"))
    if ram and cycles:
        said.append(
            f"On a Cortex-M4 that means {ratio(cycles[1] / cycles[0])} the cycles and {ratio(ram[1] / ram[0])} the RAM "
            "for the LSTM, which uses each weight at each step and keeps a state where the CNN keeps feature maps."
        )
    return said
