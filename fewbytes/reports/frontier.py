"""Set down the frontier: frontier/report.md and its picture, our points beside the published ones."""

import argparse
from pathlib import Path
from typing import Annotated

import pandas as pd
from pydantic import Field

from fewbytes import frontier, frontier_params, metrics, params
from fewbytes.command import run
from fewbytes.files import write_text
from fewbytes.frontier_params import Point
from fewbytes.metrics import Metrics
from fewbytes.networks import blocks
from fewbytes.params import Section
from fewbytes.reports import pictures
from fewbytes.reports.tables import markdown, percent, ratio, whole

PUBLISHED = frontier.FOLDER / "published.yaml"
TEACHER = metrics.path_of("teacher")  # the essay's

RATED = (
    *("accuracy", "accuracy_median", "accuracy_lowest", "accuracy_highest", "seeds", "parameters"),
    *("coded_bytes", "huffman_bytes", "activation_bytes", "model_bytes", "nonzero_weights"),
)
ON_CHIP = ("flash_bytes", "weight_bytes", "ram_bytes", "instructions")

Bytes = Annotated[int, Field(gt=0)]
Accuracy = Annotated[float, Field(gt=0, le=1)]
All = dict[str, Metrics]


class Network(Section):
    name: str
    bytes: Bytes
    accuracy: Accuracy
    counts: str
    source: str


class Goal(Section):
    accuracy: Accuracy
    published_bytes: Bytes
    reach_bytes: Bytes
    beyond_bytes: Bytes
    with_activations: bool = False  # beside the weights


class Compressed(Section):
    network: str
    method: str
    ratio: Annotated[float, Field(gt=1)]
    error: Annotated[float, Field(ge=0, le=1)]


class Published(Section):
    points: Annotated[list[Network], Field(min_length=1)]
    compressed: Annotated[list[Compressed], Field(min_length=1)]
    goals: Annotated[list[Goal], Field(min_length=1)]


def table_of_points(ours: All) -> pd.DataFrame:
    """Our points by size."""
    rows = [
        (
            f"`{name}`",
            percent(figures["accuracy"]),
            f"{percent(figures['accuracy_median'])} ({percent(figures['accuracy_lowest'])} to "
            f"{percent(figures['accuracy_highest'])}, {figures['seeds']} seeds)",
            percent(figures["tflm_accuracy"]) if "tflm_accuracy" in figures else "–",
            whole(figures["parameters"]),
            whole(figures["coded_bytes"]),
            whole(figures["huffman_bytes"]),
            whole(figures["model_bytes"]),
        )
        for name, figures in ours.items()
    ]
    columns = ["point", "accuracy", "median and range", "on TFLM", "parameters", "coded B", "Huffman B"]
    return pd.DataFrame(rows, columns=[*columns, "`.tflite` B"])


def table_of_chip(ours: All) -> pd.DataFrame:
    keys = ("flash_bytes", "weight_bytes", "ram_bytes", "activation_bytes", "instructions")
    rows = [(f"`{name}`", *(whole(figures[key]) for key in keys)) for name, figures in ours.items()]
    return pd.DataFrame(rows, columns=["point", "flash B", "weights B", "RAM B", "activations B", "instructions"])


def table_of_goals(ours: All, published: Published) -> pd.DataFrame:
    """For each accuracy the smallest of ours that has it, beside the smallest published."""
    rows = []
    for goal in published.goals:
        counted = "weights in the C, activations" if goal.with_activations else "coded weights"
        limits = (goal.published_bytes, goal.reach_bytes, goal.beyond_bytes)
        cells = (f"≥ {percent(goal.accuracy)}", counted, *map(whole, limits))
        best = smallest(ours, goal.accuracy, goal.with_activations)
        if best is None:
            rows.append((*cells, "not reached", "–", "–"))
            continue
        size = bytes_of(ours[best], goal.with_activations)
        verdict = "beyond" if size <= goal.beyond_bytes else "reached" if size <= goal.reach_bytes else "not reached"
        rows.append((*cells, f"{verdict}: `{best}`", whole(size), ratio(goal.published_bytes / size)))
    columns = ["accuracy", "counted", "published B", "reach B", "beyond B", "ours", "B", "times smaller"]
    return pd.DataFrame(rows, columns=columns)


def bytes_of(figures: Metrics, with_activations: bool) -> int:
    """Coded weights; or, beside activations, the weights in the form that runs."""
    runs = ("weight_bytes", "activation_bytes")
    return sum(int(figures[key]) for key in runs) if with_activations else int(figures["coded_bytes"])


def smallest(ours: All, accuracy: float, with_activations: bool = False) -> str | None:
    able = [name for name, figures in ours.items() if figures["accuracy"] >= accuracy]
    return min(able, key=lambda name: bytes_of(ours[name], with_activations), default=None)


def table_of_published(published: Published) -> pd.DataFrame:
    rows = [
        (point.name, percent(point.accuracy), whole(point.bytes), point.counts, point.source)
        for point in published.points
    ]
    return pd.DataFrame(rows, columns=["network", "accuracy", "B", "what it counts", "source"])


def table_of_compressed(ours: All, published: Published) -> pd.DataFrame:
    """The networks that others have compressed too, the largest of each first; ours with `uncompressed_parameters`."""
    rows = []
    for name, figures in ours.items():
        found = [(other.ratio, other.error, other.method) for other in published.compressed if other.network == name]
        size = figures["coded_bytes"]
        method = f"**ours**: {whole(figures['nonzero_weights'])} weights that are not zero, {whole(size)} B"
        found.append((4 * figures["uncompressed_parameters"] / size, 1 - figures["accuracy"], method))
        rows += [(name, method, f"{times:,.0f}×", percent(error)) for times, error, method in sorted(found)]
    return pd.DataFrame(rows, columns=["network", "method", "ratio", "test error"])


def errors_of(name: str, figures: Metrics) -> str:
    low, median, high = (percent(1 - figures[f"accuracy_{key}"]) for key in ("highest", "median", "lowest"))
    return f"all {figures['seeds']} of {name} have {low} to {high}, median {median}"


def against_teacher(ours: All, teacher: Metrics) -> str:
    """The essay's teacher over the smallest of ours that is at least as accurate."""
    best = smallest(ours, teacher["accuracy"])
    if best is None:
        return "No point is as accurate as the essay's teacher."
    size, parameters = ours[best]["coded_bytes"], teacher["float32_bytes"]
    return (
        f"The essay's teacher as trained here ({percent(teacher['accuracy'])}, {whole(parameters)} bytes of float32 "
        f"parameters) is {round(parameters / size):,} times as large as `{best}` ({percent(ours[best]['accuracy'])}, "
        f"{whole(size)} coded bytes), which is at least as accurate; it has "
        f"{round(teacher['parameters'] / ours[best]['parameters']):,} times as many parameters. The essay's student "
        "has 43.53 times fewer and is 0.5 points worse."
    )


def report(ours: All, compressed: All, published: Published, teacher: Metrics) -> str:
    sections = {
        "The frontier": markdown(table_of_points(ours))
        + "\n\nAccuracy is of all 10,000 test images, int8, on LiteRT; of all seeds the one best on the validation "
        "split. Coded bytes are weights, biases and scales, arithmetic-coded, with all a decoder needs; the Huffman "
        "file counts as Han et al. do.",
        "Frontier on the chip": markdown(table_of_chip({**ours, **compressed}))
        + "\n\nGenerated C on an emulated Cortex-M4. Flash is code, constants and weights, these as indices of 4 "
        "bits, or gaps and values, decoded as they are used; RAM is variables, stack, the image and the scores. "
        "Activations are the image and the tensors between layers.",
        "Beside the published": markdown(table_of_goals(ours, published))
        + "\n\nThe published sizes leave out biases and scales, ours count them; ours have to be decoded before they "
        "run, theirs run as they are; where activations count, ours are the bytes of the C that runs. Reach and beyond "
        f"are what this project set out for. {against_teacher(ours, teacher)}",
        "LeNet": markdown(table_of_compressed(compressed, published))
        + "\n\nLayers as in Caffe's LeNet-300-100 and LeNet-5, with a ReLU after the convolutions too. Ratio: bytes of "
        "the float32 parameters over the encoded weights with all a decoder needs, as Han et al. count. Our accuracy "
        "is of the int8 network, and it learned from a teacher on moved digits, which theirs did not. The seed was "
        f"chosen on validation; {'; '.join(errors_of(name, figures) for name, figures in compressed.items())}.",
        "Published networks": markdown(table_of_published(published)),
        "Picture": "![Accuracy against bytes](frontier.png)",
    }
    return (
        "# The frontier\n\nMade by `stages/chart.py`; do not edit.\n\n"
        + "\n\n".join(f"## {title}\n\n{text}" for title, text in sections.items())
        + "\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("points", nargs="+")
    settings = frontier_params.load()
    found = {
        name: rated(name, frontier_params.require_point(settings.points, name)) for name in parser.parse_args().points
    }
    found = dict(sorted(found.items(), key=lambda item: item[1]["coded_bytes"]))
    published = params.load_as(PUBLISHED, Published)
    others = {network.network for network in published.compressed}
    compressed = {name: figures for name, figures in found.items() if name in others}
    ours = {name: figures for name, figures in found.items() if name not in others}
    text = report(ours, compressed, published, load(TEACHER, ("accuracy", "float32_bytes", "parameters")))
    pictures.draw_frontier(
        frontier.FOLDER / "frontier.png",
        {name: (figures["coded_bytes"], figures["accuracy"]) for name, figures in ours.items()},
        {point.name: (point.bytes, point.accuracy) for point in published.points},
    )
    write_text(frontier.FOLDER / "report.md", text)


def rated(name: str, point: Point) -> Metrics:
    """A point's figures, those on the chip among them, and how large it was before it was compressed."""
    found = load(frontier.metrics_path(name), RATED, "tflm_accuracy") | load(frontier.chip_path(name), ON_CHIP)
    return found | {"uncompressed_parameters": blocks.parameters(point)}


def load(path: Path, keys: tuple[str, ...], *optional: str) -> Metrics:
    found = metrics.load(path)
    return metrics.require(found, (*keys, *(key for key in optional if key in found)), str(path))


if __name__ == "__main__":
    run(main)
