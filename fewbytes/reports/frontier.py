"""The frontier: how few bytes for which accuracy, our points beside the published ones."""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from fewbytes import frontier, frontier_params, metrics, params, variants
from fewbytes.command import InputError
from fewbytes.data import spec as specs
from fewbytes.frontier_params import TaughtPoint
from fewbytes.metrics import All, Metrics
from fewbytes.networks import points as networks
from fewbytes.reports import chips, documents, loading
from fewbytes.reports import published as others
from fewbytes.reports.documents import Document, Part, Picture
from fewbytes.reports.published import Published
from fewbytes.reports.tables import NONE, code, optional, percent, weight, whole
from tflite_to_c.chips import boards
from tflite_to_c.chips.boards import Verdict

TEACHER = variants.metrics_path("teacher")  # the essay's, as trained here

SMALLEST = "`--optimize tiny --in-place`, with `--rows` where that saves more RAM than it takes flash"
BOARDS = (  # from small to large, every core among them
    *("LPC810", "STM32L011K4", "CH32V003", "STM32F030F4", "EFM32ZG222F32"),
    *("STM32G030F6", "micro:bit v1", "STM32F303K8", "nRF52832", "STM32U575ZI"),
)


class Taught(NamedTuple):
    """What a teacher is, and the points that it taught."""

    teacher: Metrics
    points: list[str]


class Inputs(NamedTuple):
    """ours: points by the name they have in frontier/params.yaml, the smallest first. compressed: those that others
    have compressed too. taught: by teacher. moved: are images to train on. teacher: the essay's, as trained here; None
    where data or network are not the essay's."""

    ours: All
    compressed: All
    published: Published
    taught: dict[str, Taught]
    moved: bool
    teacher: Metrics | None
    essay: All


def load() -> Inputs:
    """Raises InputError, one line, for a file that is missing or not what its stage made."""
    settings, spec = frontier_params.load(), specs.load()
    points = settings.points
    if not points:
        raise InputError(f"{frontier_params.PATH}: points has none; `make explore`, then `python -m fewbytes adopt`")
    rated = {
        name: _rated(name) | {"uncompressed_parameters": networks.parameters(point, spec)}
        for name, point in points.items()
    }
    rated = dict(sorted(rated.items(), key=lambda item: item[1]["coded_bytes"]))
    published = others.load()
    named = {name for name in rated if others.network_of(name, published) is not None}
    return Inputs(
        ours={name: figures for name, figures in rated.items() if name not in named},
        compressed={name: figures for name, figures in rated.items() if name in named},
        published=published,
        taught={
            name: Taught(metrics.require(metrics.load(path), ("parameters", "val_accuracy"), str(path)), whom)
            for name, whom in pupils(points).items()
            for path in [frontier.taught_path(name)]
        },
        moved=any(settings.augment.model_dump().values()),
        teacher=metrics.require(metrics.load(TEACHER), ("accuracy", "float32_bytes", "parameters"), str(TEACHER))
        if loading.is_essays(params.load())
        else None,
        essay=metrics.load_essay(),
    )


def pupils(points: Mapping[str, TaughtPoint]) -> dict[str, list[str]]:
    """By teacher, as far as it taught one."""
    found: dict[str, list[str]] = {}
    for name, point in points.items():
        found.setdefault(point.teacher, []).append(name)
    return found


def _rated(name: str) -> Metrics:
    path = frontier.metrics_path(name)
    return loading.require_rated(metrics.load(path), path)


def in_short(ours: All, published: Published) -> str:
    """What the smallest and the most accurate reach, and the best of those that beat the published."""
    if not ours:
        return "**The frontier** has no point."
    least, best_of_all = next(iter(ours.values())), max(ours.values(), key=lambda figures: figures["accuracy"])
    text = f"**Networks made to be small** reach {percent(least['accuracy'])} in {weight(least)} of coded weights"
    if best_of_all is not least:
        text += f" and {percent(best_of_all['accuracy'])} in {weight(best_of_all)}"
    for goal in published.goals:
        best = None if goal.with_activations else others.smallest(ours, goal.accuracy)
        if best is not None and goal.published_bytes is not None:
            return (
                f"{text}; {percent(goal.accuracy)}, for which {whole(goal.published_bytes)} B were published, takes "
                f"{weight(ours[best])} ({percent(ours[best]['accuracy'])})."
            )
    return f"{text}."


def table_in_short(ours: All) -> pd.DataFrame:
    """A row a point: what it reaches, and what it takes on a chip."""
    return pd.DataFrame(
        [
            {
                "coded weights": weight(figures),
                "accuracy": percent(figures["accuracy"]),
                "parameters": whole(figures["parameters"]),
                **{
                    column: whole(figures["chip"]["cortex_m4"][key])
                    for column, key in (
                        ("flash B", "flash_bytes"),
                        ("RAM B", "ram_bytes"),
                        ("cycles", "estimated_cycles"),
                    )
                },
            }
            for figures in ours.values()
        ]
    )


def table_of_points(ours: All) -> pd.DataFrame:
    rows = [
        (
            weight(figures),
            code(name),
            percent(figures["accuracy"]),
            f"{percent(figures['accuracy_median'])} ({percent(figures['accuracy_lowest'])} to "
            f"{percent(figures['accuracy_highest'])})",
            optional(figures, "tflm_accuracy", percent),
            whole(figures["parameters"]),
            whole(figures["huffman_bytes"]),
            whole(figures["model_bytes"]),
        )
        for name, figures in ours.items()
    ]
    columns = ["coded", "its files", "accuracy", "all seeds: median (range)", "on TFLM", "parameters", "Huffman B"]
    return pd.DataFrame(rows, columns=[*columns, "`.tflite` B"])


def table_of_chip(ours: All) -> pd.DataFrame:
    m4 = ("flash_bytes", "weight_bytes", "ram_bytes", "instructions", "estimated_cycles")
    rows = [
        (
            weight(figures),
            code(name),
            *(whole(figures["chip"]["cortex_m4"][key]) for key in m4),
            whole(figures["activation_bytes"]),
        )
        for name, figures in ours.items()
    ]
    columns = ["coded", "its files", "flash B", "of it weights", "RAM B", "instructions", "estimated cycles"]
    return pd.DataFrame(rows, columns=[*columns, "activations B"])


def table_of_boards(ours: All, table: chips.Boards) -> pd.DataFrame:
    """For each board the most accurate network whose C fits it; of equals the one of less flash."""
    rows: list[tuple[str, ...]] = []
    for name, board in chips.shown(table, BOARDS).items():
        has = (name, board.core, f"{board.flash_bytes / 1024:g} KB", f"{board.ram_bytes / 1024:g} KB")
        fitting = [
            key for key, figures in ours.items() if chips.verdict(figures, board) in (Verdict.FITS, Verdict.TIGHT)
        ]
        if not fitting:
            rows.append((*has, NONE, NONE, NONE, NONE, Verdict.TOO_BIG))
            continue
        best = max(fitting, key=lambda key: (ours[key]["accuracy"], -ours[key]["coded_bytes"]))
        takes = chips.measured(ours[best], board.core)
        assert takes is not None
        cells = percent(ours[best]["accuracy"]), f"`c/{best}`", whole(takes.flash_bytes), whole(takes.ram_bytes)
        rows.append((*has, *cells, chips.verdict(ours[best], board) or NONE))
    return pd.DataFrame(
        rows, columns=["board", "core", "flash", "RAM", "accuracy", "its C", "flash B", "RAM B", "verdict"]
    )


def of_teachers(taught: dict[str, Taught]) -> str:
    said = [
        f"{code(name)} ({whole(each.teacher['parameters'])} parameters, {percent(each.teacher['val_accuracy'])} on the "
        f"validation split) taught {', '.join(map(code, each.points))}"
        for name, each in taught.items()
    ]
    return f"Teacher {'; '.join(said)}."


def seeds(rated: All) -> str:
    """How many trainings a point is chosen from."""
    counts = sorted({figures["seeds"] for figures in rated.values()})
    return " or ".join(map(str, counts))


def assemble(inputs: Inputs) -> Document:
    ours, compressed, published, taught, moved, teacher, essay = inputs
    examples = max(figures["chip"]["cortex_m4"]["images"] for figures in (*ours.values(), *compressed.values()))
    sections = [
        documents.Section("The frontier in short", [documents.Points([in_short(ours, published)])]),
        documents.Section(
            "Bytes and accuracy",
            [
                table_in_short(ours),
                "Accuracy on all of the test split; flash, RAM and estimated cycles of an inference are those of the "
                f"smallest generated C, {SMALLEST}, on an emulated Cortex-M4.",
            ],
        ),
        documents.Section(
            "The frontier",
            [
                f"Networks made to be small: distilled from a strong teacher{' on images moved at random' * moved}, "
                "weights of few bits, int8 throughout. **Coded**: bytes of weights, biases, scales and zero points, "
                "arithmetic-coded, those of activations too, with all a decoder needs; a point's name says about how "
                "many. The Huffman file counts as Han et al. 2015 do.",
                table_of_points(ours),
                f"Accuracy is of all of the test split, on LiteRT, TensorFlow Lite's runtime on a computer; TFLM is "
                f"TensorFlow Lite Micro, the one for microcontrollers. Each point was trained with "
                f"{seeds(ours)} seeds; the one best on the validation split was taken. {of_teachers(taught)}",
                Picture("frontier.png", "Test error against bytes"),
            ],
        ),
        documents.Section(
            "Frontier on the chip",
            [
                table_of_chip({**ours, **compressed}),
                f"Generated C on an emulated Cortex-M4, the smallest there is ({SMALLEST}). Flash is code, constants "
                "and weights, these in Huffman codes, or as gaps and values, "
                "decoded as they are used; RAM is variables, the input and the scores among them, and stack. "
                "Activations are the input and the tensors between layers, which lie over the input once it was read. "
                "Instructions are the mean "
                f"of {examples} examples; cycles are estimated from them (metrics/report.md says how).",
            ],
        ),
    ]
    sections.append(
        documents.Section(
            "Boards",
            [
                table_of_boards({**ours, **compressed}, boards.load()),
                "For each board the most accurate of these networks whose C, the same as above, measured for its core, "
                f"fits its flash and RAM; tight: it leaves less than {boards.SPARE:.0%} of one of them.",
            ],
        )
    )
    if published.goals:
        parts: list[Part] = [
            others.table_of_goals(ours, published),
            "The published sizes leave out biases and scales, ours count them; ours have to be decoded before "
            "they run, theirs run as they are; where activations count, ours are the bytes of the C that runs. "
            "Reach and beyond are what this project set out for.",
        ]
        if teacher is not None:
            parts.append(others.against_teacher(ours, teacher, essay))
        sections.append(documents.Section("Beside the published", parts))
    if compressed:
        parts = [
            others.table_of_compressed(compressed, published),
            "Layers as in Caffe's LeNet-300-100 and LeNet-5, with a ReLU after the convolutions too. Ratio: bytes "
            "of the float32 parameters over the encoded weights with all a decoder needs, as Han et al. count. "
            "Our accuracy is of the int8 network, and it learned from a teacher on moved digits, which theirs did "
            "not. The seed was chosen on validation; "
            f"{'; '.join(others.errors_of(name, figures) for name, figures in compressed.items())}.",
        ]
        sections.append(documents.Section("Networks that others have made smaller", parts))
    if published.points:
        sections.append(documents.Section("Published networks", [others.table_of_published(published)]))
    return Document("The frontier", "Made by `stages/chart.py`; do not edit.", sections)
