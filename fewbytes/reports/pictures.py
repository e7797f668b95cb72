"""The report's pictures."""

import io
from collections.abc import Mapping
from itertools import cycle
from pathlib import Path

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from fewbytes.data.dataset import CLASSES
from fewbytes.files import write_bytes
from fewbytes.metrics import Metrics
from fewbytes.model_files.weights import Layer

plt.rcParams.update(
    {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "figure.constrained_layout.use": True}
)
BYTES = FuncFormatter(lambda value, _: f"{value / 1000:,.0f} kB" if value >= 1000 else f"{value:.0f} B")

COUNTS = FuncFormatter(lambda value, _: f"{value:,.0f}")


def draw_tradeoff(path: Path, ours: pd.DataFrame, essay: Mapping[str, Metrics]) -> None:
    """Test accuracy against the zipped size the essay counts, and against the file a device loads."""
    figure, (zipped, shipped) = plt.subplots(1, 2, figsize=(11, 4.5), sharey=True)
    colours = dict(zip(ours["variant"], cycle(mpl.color_sequences["tab10"]), strict=False))
    for axes, size in ((zipped, "zip_bytes"), (shipped, "model_bytes")):
        for variant, bytes_, accuracy in zip(ours["variant"], ours[size], 100 * ours["accuracy"], strict=True):
            axes.scatter(bytes_, accuracy, s=45, color=colours[variant], label=variant)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(BYTES)
        axes.grid(alpha=0.3)
    for variant, figures in essay.items():
        if "zip_bytes" in figures:
            zipped.scatter(
                figures["zip_bytes"],
                100 * figures["accuracy"],
                s=70,
                facecolors="none",
                edgecolors=colours[variant],
                label=f"essay: {variant}",
            )
    zipped.set(title="zipped, as the essay counts", xlabel="zip_bytes", ylabel="test accuracy, %")
    shipped.set(title="the .tflite file, as a device loads it", xlabel="model_bytes")
    figure.legend(*zipped.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    _save(figure, path)


def draw_history(path: Path, histories: Mapping[str, pd.DataFrame]) -> None:
    """Accuracy an epoch: on the images fitted, and on the validation split where the recipe holds one out."""
    columns = 3
    rows = -(-len(histories) // columns)
    figure, grid = plt.subplots(rows, columns, figsize=(11, 2.5 * rows), sharey=True, squeeze=False)
    for axes in grid.flat[len(histories) :]:
        axes.axis("off")
    for axes, (variant, history) in zip(grid.flat, histories.items(), strict=False):
        axes.plot(history["epoch"], 100 * history["accuracy"], "o-", label="training")
        if "val_accuracy" in history:
            axes.plot(history["epoch"], 100 * history["val_accuracy"], "s--", label="validation")
        axes.set(title=variant, xlabel="epoch", xticks=history["epoch"])
        axes.grid(alpha=0.3)
        axes.legend(frameon=False, loc="lower right")
    for axes in grid[:, 0]:
        axes.set_ylabel("accuracy, %")
    _save(figure, path)


def draw_searched(path: Path, rounds: Mapping[str, pd.DataFrame]) -> None:
    """Accuracy on the validation split, round by round; hollow where the budget was exceeded."""
    figure, grid = plt.subplots(1, len(rounds), figsize=(11, 3.2), squeeze=False)
    for axes, (variant, table) in zip(grid.flat, rounds.items(), strict=True):
        axes.plot(table["weights"], 100 * table["accuracy"], "o-", markerfacecolor="white", color="tab:blue")
        kept = table[table["within_budget"]]
        axes.plot(kept["weights"], 100 * kept["accuracy"], "o", color="tab:blue")
        axes.set(title=variant, xlabel="weights left", ylabel="accuracy on validation, %", xscale="log")
        axes.xaxis.set_major_formatter(COUNTS)
        axes.xaxis.set_minor_formatter(COUNTS)
        axes.invert_xaxis()
        axes.grid(alpha=0.3, which="both")
    _save(figure, path)


def draw_confusion(path: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Confusion matrices; the diagonal is blank so that the errors show."""
    columns = 4
    rows = -(-len(tables) // columns)
    figure, grid = plt.subplots(rows, columns, figsize=(11, 2.9 * rows), squeeze=False)
    for axes in grid.flat:
        axes.axis("off")
    for axes, (variant, table) in zip(grid.flat, tables.items(), strict=False):
        counts = table["images"].to_numpy().reshape(CLASSES, CLASSES).astype(float)
        errors = int(counts.sum() - np.trace(counts))
        np.fill_diagonal(counts, np.nan)
        axes.axis("on")
        axes.imshow(counts, cmap="Reds", vmin=0)
        for (i, j), count in np.ndenumerate(counts):
            if count > 0:
                colour = "white" if count > np.nanmax(counts) / 2 else "black"
                axes.text(j, i, f"{count:.0f}", ha="center", va="center", fontsize=6, color=colour)
        ticks = range(CLASSES)
        axes.set(xticks=ticks, yticks=ticks, xlabel="predicted", ylabel="actual")
        axes.set_title(f"{variant}\n{errors:,} errors", fontsize=9)
    _save(figure, path)


def draw_weights(path: Path, before: list[Layer], after: list[Layer]) -> None:
    """The essay's Figure 2 with real weights: each layer's histogram, and the dense layer's connections, by digit."""
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
        axes.set(title=f"{layers[-1].name} {name} pruning; white is zero", ylabel="digit", yticks=range(CLASSES))
        figure.colorbar(image, ax=axes, label="weight")
    grid["after"].set_xlabel("connection from the pooled feature maps")
    _save(figure, path)


def draw_engines(path: Path, engines: Mapping[str, Metrics]) -> None:
    """Flash, RAM and instructions of each engine, ours in colour."""
    shown = {"flash_bytes": "flash, kB", "ram_bytes": "RAM, kB", "instructions": "instructions, thousands"}
    figure, grid = plt.subplots(1, len(shown), figsize=(11, 2.6), sharey=True)
    names = list(engines)[::-1]
    colours = ["tab:blue" if name.startswith("this project") else "lightgrey" for name in names]
    for axes, (key, label) in zip(grid, shown.items(), strict=True):
        values = [engines[name][key] / 1000 for name in names]
        axes.barh(names, values, color=colours)
        for place, value in enumerate(values):
            axes.text(value, place, f" {value:,.1f}", va="center", fontsize=8)
        axes.set(xlabel=label, xlim=(0, 1.2 * max(values)))
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})  # no version, no date
    plt.close(figure)
    write_bytes(path, buffer.getvalue())


def draw_frontier(
    path: Path, ours: Mapping[str, tuple[int, float]], published: Mapping[str, tuple[int, float]]
) -> None:
    """Test error against bytes of weights, both on logarithmic scales: down and left is better."""
    figure, axes = plt.subplots(figsize=(9, 8))
    for label, points, style in (("ours", ours, "o-"), ("published", published, "s")):
        sizes, accuracies = zip(*points.values(), strict=True) if points else ((), ())
        axes.plot(sizes, [100 * (1 - accuracy) for accuracy in accuracies], style, label=label)
        for name, (size, accuracy) in points.items():
            axes.annotate(name, (size, 100 * (1 - accuracy)), xytext=(6, 3), textcoords="offset points", fontsize=6.5)
    axes.set(
        xscale="log", yscale="log", xlabel="bytes of weights: ours coded, others as published", ylabel="test error, %"
    )
    axes.xaxis.set_major_formatter(BYTES)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.grid(alpha=0.3, which="both")
    axes.legend(frameon=False)
    _save(figure, path)
