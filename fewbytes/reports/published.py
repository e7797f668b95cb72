"""What others have published, and the frontier's points beside it."""

from pathlib import Path
from typing import Annotated

import pandas as pd
from pydantic import Field

from fewbytes import frontier, params
from fewbytes.metrics import All, Metrics
from fewbytes.reports.tables import NONE, percent, ratio, weight, whole
from fewbytes.section import Section

PATH = frontier.FOLDER / "published.yaml"

Bytes = Annotated[int, Field(gt=0)]
Accuracy = Annotated[float, Field(gt=0, le=1)]


class Network(Section):
    name: str
    bytes: Bytes
    accuracy: Accuracy
    counts: str
    source: str


class Goal(Section):
    accuracy: Accuracy
    published_bytes: Bytes | None = None  # none were found
    reach_bytes: Bytes
    beyond_bytes: Bytes
    with_activations: bool = False  # beside the weights


class Compressed(Section):
    network: str
    method: str
    ratio: Annotated[float, Field(gt=1)]
    error: Annotated[float, Field(ge=0, le=1)]


class Published(Section):
    """Each list may be empty: then the report goes without its section."""

    points: list[Network]
    compressed: list[Compressed]
    goals: list[Goal]


def load(path: Path = PATH) -> Published:
    """Raises InputError, one line, for what is missing or wrong."""
    return params.load_as(path, Published)


def network_of(point: str, published: Published) -> str | None:
    """The network of others that a point is: it has its name, or that and more after a dash; None where it is none."""
    known = {network.network for network in published.compressed}
    fitting = [network for network in known if point == network or point.startswith(f"{network}-")]
    return max(fitting, key=len, default=None)


def table_of_goals(ours: All, published: Published) -> pd.DataFrame:
    """For each accuracy the smallest of ours that has it, beside the smallest published."""
    rows = []
    for goal in published.goals:
        counted = "weights in the C, activations" if goal.with_activations else "coded weights"
        published_bytes = NONE if goal.published_bytes is None else whole(goal.published_bytes)
        limits = (published_bytes, whole(goal.reach_bytes), whole(goal.beyond_bytes))
        cells = (f"≥ {percent(goal.accuracy)}", counted, *limits)
        best = smallest(ours, goal.accuracy, goal.with_activations)
        if best is None:
            rows.append((*cells, NONE, NONE, NONE, "not reached"))
            continue
        size = bytes_of(ours[best], goal.with_activations)
        verdict = "beyond" if size <= goal.beyond_bytes else "reached" if size <= goal.reach_bytes else "not reached"
        accuracy = percent(ours[best]["accuracy"])
        times = NONE if goal.published_bytes is None else ratio(goal.published_bytes / size)
        rows.append((*cells, whole(size), accuracy, times, verdict))
    columns = [
        "accuracy",
        "counted",
        "published B",
        "reach B",
        "beyond B",
        "ours B",
        "with",
        "times smaller",
        "verdict",
    ]
    return pd.DataFrame(rows, columns=columns)


def bytes_of(figures: Metrics, with_activations: bool) -> int:
    """Coded weights; or, beside activations, the weights in the form that runs."""
    if with_activations:
        return int(figures["chip"]["cortex_m4"]["weight_bytes"]) + int(figures["activation_bytes"])
    return int(figures["coded_bytes"])


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
    found: dict[str, list[tuple[float, float, str]]] = {}
    for name, figures in ours.items():
        network = network_of(name, published) or name
        size = figures["coded_bytes"]
        method = f"**ours**: {whole(figures['nonzero_weights'])} weights that are not zero, {whole(size)} B"
        one = (4 * figures["uncompressed_parameters"] / size, 1 - figures["accuracy"], method)
        found.setdefault(network, []).append(one)
    for other in published.compressed:
        if other.network in found:
            found[other.network].append((other.ratio, other.error, other.method))
    rows = [
        (network, method, f"{times:,.0f}×", percent(error))
        for network, all_ in found.items()
        for times, error, method in sorted(all_)
    ]
    return pd.DataFrame(rows, columns=["network", "method", "ratio", "test error"])


def errors_of(name: str, figures: Metrics) -> str:
    low, median, high = (percent(1 - figures[f"accuracy_{key}"]) for key in ("highest", "median", "lowest"))
    return f"the {figures['seeds']} seeds of {name} have {low} to {high}, median {median}"


def against_teacher(ours: All, teacher: Metrics, essay: All) -> str:
    """The essay's teacher over the smallest of ours that is at least as accurate."""
    best = smallest(ours, teacher["accuracy"])
    if best is None:
        return "No point is as accurate as the essay's teacher."
    size, parameters, student = ours[best]["coded_bytes"], teacher["float32_bytes"], essay["student"]
    change = 100 * (student["accuracy"] - essay["teacher"]["accuracy"])
    return (
        f"The essay's teacher as trained here ({percent(teacher['accuracy'])}, {whole(parameters)} bytes of float32 "
        f"parameters) is {round(parameters / size):,} times as large as our {weight(ours[best])} "
        f"({percent(ours[best]['accuracy'])}), which is at least as accurate; it has "
        f"{round(teacher['parameters'] / ours[best]['parameters']):,} times as many parameters. The essay's student "
        f"has {essay['teacher']['parameter_bytes'] / student['parameter_bytes']:.2f} times fewer parameters than its "
        f"teacher, at {change:+.2f} points."
    )
