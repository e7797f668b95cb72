"""The reports' pictures, each as the bytes of a PNG."""

import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter, FixedLocator, FuncFormatter, LogLocator, NullFormatter

from fewbytes.command import printable
from fewbytes.metrics import All
from fewbytes.model_files.weights import Layer
from fewbytes.reports import labels
from fewbytes.reports.compared import technique
from fewbytes.reports.loading import Inputs, Tables
from fewbytes.variants import Variant

plt.rcParams.update(
    {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "figure.constrained_layout.use": True}
)
UNITS = ((1e6, "MB"), (1e3, "kB"), (1, "B"))
BYTES = FuncFormatter(lambda value, _: next(f"{value / size:g} {unit}" for size, unit in UNITS if value >= size))
COUNTS = FuncFormatter(lambda value, _: f"{value:,.0f}")
PLAIN = FuncFormatter(lambda value, _: f"{value:g}")
COLOURS = {
    "float32": "tab:grey",
    "float32, pruned": "tab:orange",
    "int8": "tab:blue",
    "int8, pruned": "tab:green",
}
ESSAYS = "the essay's figures"
MOST_TICKS = 30  # classes named along an axis; of more, no count is written
SHORT, LONGEST = 2, 14  # characters of a name that stands upright, and of one that is not cut


def draw_all(inputs: Inputs, engines: All) -> dict[str, bytes]:
    """The report's pictures by file name."""
    drawn = {
        "tradeoff.png": draw_tradeoff(inputs.variants, inputs.figures, inputs.essay or {}),
        "history.png": draw_history(inputs.histories),
        "sensitivity.png": draw_sensitivity(inputs.sensitivity),
        "confusion.png": draw_confusion(inputs.confusions, inputs.classes),
    }
    if inputs.before:
        drawn["weights.png"] = draw_weights(inputs.before, inputs.after, inputs.classes)
    if engines:
        drawn["engines.png"] = draw_engines(engines)
    if inputs.rounds:
        drawn["searched.png"] = draw_searched(inputs.rounds)
    return drawn


def draw_tradeoff(variants: Mapping[str, Variant], ours: All, essay: All) -> bytes:
    """Test accuracy against the zipped size the essay counts, and against the flash that a chip needs."""
    figure, (zipped, flash) = plt.subplots(2, 1, figsize=(9, 9))
    starts = list(dict.fromkeys(variant.against or name for name, variant in variants.items()))
    markers = {start: "os^Dv"[place % 5] for place, start in enumerate(starts)}

    def scatter(axes: Axes, sizes: Mapping[str, float], accuracies: Mapping[str, float]) -> list[tuple[float, float]]:
        points = [(sizes[name], 100 * accuracies[name]) for name in sizes]
        for name, (size, accuracy) in zip(sizes, points, strict=True):
            marker = markers[variants[name].against or name]
            axes.scatter(size, accuracy, s=45, color=COLOURS[technique(ours[name])], marker=marker, zorder=3)
        return points

    named = list(ours)
    points = scatter(zipped, {name: ours[name]["zip_bytes"] for name in named}, _accuracies(ours))
    for name, figures in essay.items():
        if "zip_bytes" in figures:
            x, y = figures["zip_bytes"], 100 * figures["accuracy"]
            colour = COLOURS[technique(ours[name])]
            zipped.scatter(x, y, s=85, facecolors="none", edgecolors=colour, zorder=2)
            points.append((x, y))
            named.append(f"essay's {name}")
    zipped.set(title="Zipped, as the essay counts", xlabel="bytes of the zip archive")
    _bytes_axis(zipped, [x for x, _ in points])
    chips = {name: figures["chip"]["cortex_m4"]["flash_bytes"] for name, figures in ours.items() if "chip" in figures}
    on_chip = scatter(
        flash, chips, {name: ours[name]["tflm"].get("accuracy", ours[name]["accuracy"]) for name in chips}
    )
    flash.set(title="As C on a Cortex-M4, code included", xlabel="bytes of flash")
    if chips:
        _bytes_axis(flash, list(chips.values()))
    figure.legend(
        handles=_legend(ours, markers, essays=bool(essay)), loc="outside lower center", ncols=4, frameon=False
    )
    for axes in (zipped, flash):
        axes.set_ylabel("test accuracy, %")
        axes.margins(y=0.12)
        axes.grid(alpha=0.3)
    labels.place(zipped, points, named)
    labels.place(flash, on_chip, list(chips))
    return png(figure)


def _accuracies(ours: All) -> dict[str, float]:
    return {name: figures["accuracy"] for name, figures in ours.items()}


def _legend(ours: All, markers: Mapping[str, str], *, essays: bool) -> list[Line2D]:
    def handle(label: str, **style: Any) -> Line2D:
        return Line2D([], [], linestyle="", label=label, **style)

    found = {technique(figures) for figures in ours.values()}
    colours = [handle(name, marker="o", color=colour) for name, colour in COLOURS.items() if name in found]
    chains = [handle(f"from {start}", marker=marker, color="black") for start, marker in markers.items()]
    rings = [handle(ESSAYS, marker="o", markerfacecolor="none", color="black", markersize=9)] if essays else []
    return [*colours, *chains, *rings]


def _bytes_axis(axes: Axes, sizes: list[float]) -> None:
    """A logarithmic axis with room for labels, and as many ticks as have room for theirs."""
    axes.set_xscale("log")
    axes.set_xlim(min(sizes) / 1.6, max(sizes) * 1.6)
    wide = max(sizes) > 300 * min(sizes)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if wide else (1, 2, 3, 5)))
    axes.xaxis.set_major_formatter(BYTES)
    axes.xaxis.set_minor_formatter(NullFormatter())


def draw_history(histories: Tables) -> bytes:
    """Accuracy an epoch: on the images fitted, and on the validation split where the recipe holds one out.

    A training of one epoch has no curve; it is named in the title instead.
    """
    curves = {name: table for name, table in histories.items() if len(table) > 1}
    columns = 3
    rows = max(-(-len(curves) // columns), 1)
    figure, grid = plt.subplots(rows, columns, figsize=(11, 2.6 * rows + 0.4), sharey=True, squeeze=False)
    for axes in list(grid.flat)[len(curves) :]:
        axes.axis("off")
    for axes, (variant, history) in zip(grid.flat, curves.items(), strict=False):
        axes.plot(history["epoch"], 100 * history["accuracy"], "o-", label="training", markersize=4)
        if "val_accuracy" in history:
            axes.plot(history["epoch"], 100 * history["val_accuracy"], "s--", label="validation", markersize=4)
        axes.set(title=variant, xlabel="epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        axes.legend(frameon=False, loc="lower right")
    for axes in grid[:, 0]:
        axes.set_ylabel("accuracy, %")
    single = [name for name in histories if name not in curves]
    if single:
        figure.suptitle(f"Trained for one epoch, so without a curve: {', '.join(single)}", fontsize=9)
    return png(figure)


def draw_searched(rounds: Tables) -> bytes:
    """Accuracy on the validation split, round by round; hollow where the budget was exceeded."""
    figure, grid = plt.subplots(1, len(rounds), figsize=(11, 3.6), squeeze=False)
    for axes, (variant, table) in zip(grid.flat, rounds.items(), strict=True):
        accuracy, kept = 100 * table["accuracy"], table["within_budget"].astype(bool)
        axes.plot(table["weights"], accuracy, "-", color="tab:blue", zorder=1)
        axes.scatter(table["weights"][kept], accuracy[kept], color="tab:blue", zorder=2)
        axes.scatter(table["weights"][~kept], accuracy[~kept], facecolors="white", edgecolors="tab:blue", zorder=2)
        axes.set(title=variant, xlabel="weights left", ylabel="accuracy on validation, %", xscale="log")
        axes.xaxis.set_major_locator(FixedLocator(_spread(table["weights"].tolist())))
        axes.xaxis.set_major_formatter(COUNTS)
        axes.xaxis.set_minor_locator(FixedLocator(table["weights"].tolist()))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.invert_xaxis()
        axes.grid(alpha=0.3)
    handles = [
        Line2D([], [], linestyle="", marker="o", color="tab:blue", label="within the budget of accuracy"),
        Line2D([], [], linestyle="", marker="o", markerfacecolor="white", color="tab:blue", label="over it, not taken"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False)
    return png(figure)


def _spread(values: list[float], apart: float = 1.12) -> list[float]:
    """Those that have room for their number on a logarithmic axis, the first and smallest among them."""
    kept: list[float] = []
    for value in sorted(values):
        if not kept or value > apart * kept[-1]:
            kept.append(value)
    return kept


def draw_sensitivity(rows: pd.DataFrame) -> bytes:
    """Accuracy with one layer alone compressed: pruned, and clustered, each on an axis of its own."""
    figure, (pruned, clustered) = plt.subplots(1, 2, figsize=(11, 3.4))
    for axes, kind, factor, label in (
        (pruned, "pruned", 100, "weights of the layer that are zero, %"),
        (clustered, "clustered", 1, "bits a weight of the layer"),
    ):
        for layer, table in rows[rows["kind"] == kind].groupby("layer", sort=False):
            axes.plot(factor * table["level"], 100 * table["accuracy"], "o-", label=layer, markersize=4)
        axes.set(title=f"one layer alone {kind}", xlabel=label)
        axes.grid(alpha=0.3)
    clustered.xaxis.get_major_locator().set_params(integer=True)
    pruned.set_ylabel("accuracy on validation, %")
    pruned.legend(frameon=False, loc="lower left")
    return png(figure)


def draw_confusion(tables: Tables, classes: list[str]) -> bytes:
    """Confusion matrices; the diagonal is grey so that the errors show."""
    columns = 3
    rows = -(-len(tables) // columns)
    figure, grid = plt.subplots(rows, columns, figsize=(11, 3.5 * rows), squeeze=False)
    for axes in grid.flat:
        axes.axis("off")
    colours = mpl.colormaps["Reds"].with_extremes(bad="lightgrey")
    for place, (axes, (variant, table)) in enumerate(zip(grid.flat, tables.items(), strict=False)):
        counts = table["images"].to_numpy().reshape(len(classes), len(classes)).astype(float)
        errors = int(counts.sum() - np.trace(counts))
        np.fill_diagonal(counts, np.nan)
        axes.axis("on")
        axes.imshow(counts, cmap=colours, vmin=0)
        for (i, j), count in np.ndenumerate(counts):
            if count > 0 and len(classes) <= MOST_TICKS:
                colour = "white" if count > np.nanmax(counts) / 2 else "black"
                said = axes.text(j, i, f"{count:.0f}", ha="center", va="center", fontsize=8, color=colour)
                said.set_in_layout(False)  # it is inside the axes, and to measure it takes a second
        name_classes(axes.yaxis, classes)
        name_classes(axes.xaxis, classes)
        if max(map(len, classes)) > SHORT:
            axes.tick_params(axis="x", rotation=90)
        axes.tick_params(length=0, labelsize=8)
        if place % columns == 0:
            axes.set_ylabel("actual")
        if place + columns >= len(tables):
            axes.set_xlabel("predicted")
        axes.set_title(f"{variant}: {errors:,} errors", fontsize=9)
    return png(figure)


def name_classes(axis: Axis, classes: list[str]) -> None:
    """Ticks with the names of the classes: all of them, or where they are many, as many as can be read."""
    shown = range(0, len(classes), -(-len(classes) // MOST_TICKS))
    plain = [printable(classes[place][:LONGEST]).replace("$", r"\$") for place in shown]  # no formulas
    axis.set_ticks(list(shown), plain)


def draw_weights(before: list[Layer], after: list[Layer], classes: list[str]) -> bytes:
    """The essay's Figure 2 with real weights: each layer's histogram, and the dense layer's connections, by class."""
    figure, grid = plt.subplot_mosaic([["0", "1"], ["before", "before"], ["after", "after"]], figsize=(11, 7))
    for place, (dense, sparse) in enumerate(zip(before, after, strict=True)):
        axes = grid[str(place)]
        bins = np.linspace(dense.kernel.min(), dense.kernel.max(), 81).tolist()
        axes.hist(dense.kernel.ravel(), bins, alpha=0.5, label="before pruning")
        axes.hist(sparse.kernel[sparse.kernel != 0], bins, alpha=0.7, label="after, zeros left out")
        zeros = 1 - np.count_nonzero(sparse.kernel) / sparse.kernel.size
        axes.set(
            title=f"{dense.name}: {dense.kernel.size:,} weights, {zeros:.1%} pruned", xlabel="weight", ylabel="count"
        )
        axes.legend(frameon=False)
    limit = np.abs(before[-1].kernel).max()
    for name, layers in (("before", before), ("after", after)):
        axes = grid[name]
        shown = np.ma.masked_equal(layers[-1].kernel, 0)
        image = axes.imshow(shown, aspect="auto", cmap="RdBu", vmin=-limit, vmax=limit, interpolation="none")
        axes.set(title=f"{layers[-1].name} {name} pruning; white is zero", ylabel="class")
        name_classes(axes.yaxis, classes)
        figure.colorbar(image, ax=axes, label="weight")
    grid["after"].set_xlabel("connection from the pooled feature maps")
    return png(figure)


def draw_engines(engines: All) -> bytes:
    """Flash, RAM and instructions of each engine: ours in colour, quoted ones hatched."""
    shown = {"flash_bytes": "flash, kB", "ram_bytes": "RAM, kB", "instructions": "instructions, thousands"}
    figure, grid = plt.subplots(1, len(shown), figsize=(11, 2.9), sharey=True)
    names = list(engines)[::-1]
    colours = ["tab:blue" if name.startswith("this project") else "lightgrey" for name in names]
    hatches = ["///" if "quoted" in name else "" for name in names]
    for axes, (key, label) in zip(grid, shown.items(), strict=True):
        values = [engines[name][key] / 1000 for name in names]
        axes.barh(names, values, color=colours, hatch=hatches, edgecolor="white")
        for place, value in enumerate(values):
            axes.text(value, place, f" {value:,.1f}", va="center", fontsize=8)
        axes.set(xlabel=label, xlim=(0, 1.25 * max(values)))
    figure.suptitle("Hatched: quoted, measured with another compiler and emulator", fontsize=9)
    return png(figure)


def draw_frontier(ours: Mapping[str, tuple[int, float]], published: Mapping[str, tuple[int, float]]) -> bytes:
    """Test error against bytes of weights, both on logarithmic scales: down and left is better."""
    figure, axes = plt.subplots(figsize=(9, 8))
    named: list[tuple[str, tuple[float, float]]] = []
    for label, points, style in (("ours", ours, "o-"), ("published", published, "s")):
        shown = {name: (float(size), 100 * (1 - accuracy)) for name, (size, accuracy) in points.items()}
        axes.plot([x for x, _ in shown.values()], [y for _, y in shown.values()], style, label=label)
        named += shown.items()
    axes.set(
        xscale="log", yscale="log", xlabel="bytes of weights: ours coded, others as published", ylabel="test error, %"
    )
    _bytes_axis(axes, [x for _, (x, _) in named])
    _errors_axis(axes)
    axes.margins(y=0.08)
    axes.grid(alpha=0.3, which="both")
    axes.legend(frameon=False)
    labels.place(axes, [point for _, point in named], [name for name, _ in named], size=7)
    return png(figure)


class Network(NamedTuple):
    """One that was found. takes: bytes of flash, of RAM, and cycles. beaten: is another no worse in any measure?"""

    accuracy: float
    takes: tuple[int, int, int]
    beaten: bool


def draw_found(by_budget: Mapping[str, Sequence[Network]]) -> bytes:
    """Validation error against flash, RAM and cycles, all on logarithmic scales: down and left is better.

    A colour a budget; hollow where another network beats it.
    """
    figure, panels = plt.subplots(1, 3, figsize=(13, 4.5), sharey=True, layout="constrained")
    measures = "flash, bytes: code and weights", "RAM, bytes: stack, input and output too", "cycles of an inference"
    everything = [network for networks in by_budget.values() for network in networks]
    for place, (axes, measure) in enumerate(zip(panels, measures, strict=True)):
        for number, (budget, networks) in enumerate(by_budget.items()):
            for beaten in (True, False):
                shown = [network for network in networks if network.beaten == beaten]
                axes.plot(
                    [network.takes[place] for network in shown],
                    [100 * (1 - network.accuracy) for network in shown],
                    "o",
                    color=f"C{number}",
                    fillstyle="none" if beaten else "full",
                    label=None if beaten else budget,
                )
        axes.set(xlabel=measure)
        if everything:
            axes.set(xscale="log", yscale="log")
            _bytes_axis(axes, [float(network.takes[place]) for network in everything])
        axes.grid(alpha=0.3, which="both")
    panels[0].set(ylabel="validation error, %")
    if everything:
        panels[2].xaxis.set_major_formatter(EngFormatter(sep=""))
        _errors_axis(panels[0])
        panels[0].legend(frameon=False)
    return png(figure)


def _errors_axis(axes: Axes) -> None:
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(PLAIN)
    axes.yaxis.set_minor_formatter(NullFormatter())


def png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})  # no version, no date
    plt.close(figure)
    return buffer.getvalue()
