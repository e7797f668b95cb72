"""What `make explore` has found: of each budget the best networks, and of all together those that nothing beats."""

import io
from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd
from optuna.trial import FrozenTrial, TrialState
from ruamel.yaml import YAML

from fewbytes import frontier, frontier_params
from fewbytes.command import InputError
from fewbytes.data import digests
from fewbytes.exploring import study
from fewbytes.exploring.comparable import compared_on
from fewbytes.exploring.trials import ACCURACY, POINT, Figures, figures_of
from fewbytes.frontier_params import Params
from fewbytes.metrics import Metrics
from fewbytes.reports import documents
from fewbytes.reports.documents import Document, Part, Picture
from fewbytes.reports.pictures import Network
from fewbytes.reports.tables import percent, whole

SHOWN = 5  # networks of a budget
ORIGIN = (
    "Made by `make explore`; do not edit. Accuracy is of int8 on the validation split, after as much training as the "
    "last rung allows, without a teacher: networks are compared by it. What a network takes was measured before it was "
    "trained, with random weights; trained ones take a few percent more or less."
)


class Study(NamedTuple):
    """asked: explore of frontier/params.yaml. complete: those that went up all rungs, the best first."""

    asked: dict[str, Any]
    trials: Sequence[FrozenTrial]

    @property
    def complete(self) -> list[FrozenTrial]:
        found = [trial for trial in self.trials if ACCURACY in trial.user_attrs and trial.state == TrialState.COMPLETE]
        return sorted(found, key=lambda trial: (-trial.values[0], trial.number))

    @property
    def budget(self) -> str:
        bounds = ", ".join(f"{key} {value if isinstance(value, str) else whole(value)}" for key, value in self.bounds)
        return bounds + (f", to reach {percent(self.asked['reach'])}" if "reach" in self.asked else "")

    @property
    def bounds(self) -> list[tuple[str, Any]]:
        return list(self.asked["budget"].items())

    def outcomes(self) -> dict[str, int]:
        beyond = sum(bool(figures.excess) for trial in self.trials if (figures := figures_of(trial)))
        left = sum(trial.state == TrialState.PRUNED for trial in self.trials)
        failed = sum(trial.state == TrialState.FAIL for trial in self.trials)
        return {"beyond_budget": beyond, "left_early": left, "failed": failed, "complete": len(self.complete)}


def load(settings: Params) -> list[Study]:
    """Those on the present data, with networks trained as `settings` say; what others found cannot be set beside it.

    Raises InputError where there is none, or the journal is damaged.
    """
    now = compared_on(settings, digests.of_all())
    found = [Study(each.asked, each.trials) for each in study.load(frontier.JOURNAL) if each.compared_on == now]
    if not found:
        raise InputError(
            f"{frontier.JOURNAL}: holds no search on these data with this seed and training of {frontier_params.PATH}; "
            "`make explore` begins one"
        )
    return found


def pareto(studies: Sequence[Study]) -> list[FrozenTrial]:
    """Those of which no other is as accurate in as little flash, RAM and cycles, by flash."""
    complete = _complete(studies)
    best = [trial for trial in complete if not _beaten(trial, complete)]
    return sorted(best, key=lambda trial: (_measured(trial).flash_bytes, -trial.user_attrs[ACCURACY]))


def _complete(studies: Sequence[Study]) -> list[FrozenTrial]:
    return [trial for each in studies for trial in each.complete]


def _beaten(trial: FrozenTrial, others: Sequence[FrozenTrial]) -> bool:
    return any(_beats(other, trial) for other in others)


def _beats(one: FrozenTrial, other: FrozenTrial) -> bool:
    """Is it no worse in any measure, and better in one?"""
    mine, theirs = ((-trial.user_attrs[ACCURACY], *takes(trial)) for trial in (one, other))
    return mine != theirs and all(own <= its for own, its in zip(mine, theirs, strict=True))


def takes(trial: FrozenTrial) -> tuple[int, int, int]:
    """Bytes of flash, of RAM, and cycles."""
    figures = _measured(trial)
    return figures.flash_bytes, figures.ram_bytes, figures.cycles


def networks(studies: Sequence[Study]) -> dict[str, list[Network]]:
    """For the picture, by budget."""
    complete = _complete(studies)
    return {
        each.budget: [
            Network(trial.user_attrs[ACCURACY], takes(trial), _beaten(trial, complete)) for trial in each.complete
        ]
        for each in studies
    }


def metrics(studies: Sequence[Study]) -> Metrics:
    """By place among the studies; and what nothing beats, the trials of all of them."""
    found: Metrics = {}
    for number, each in enumerate(studies, start=1):
        found[f"study_{number}"] = {"budget": each.budget, **each.outcomes()}
        if each.complete:
            best = each.complete[0]
            found[f"study_{number}"]["best"] = _figures(best)
    return found | {"pareto": [{"trial": trial.number} | _figures(trial) for trial in pareto(studies)]}


def _figures(trial: FrozenTrial) -> Metrics:
    return {"val_accuracy": trial.user_attrs[ACCURACY]} | _measured(trial)._asdict()


def assemble(studies: Sequence[Study]) -> Document:
    sections = [documents.Section("What nothing beats", [*_everything(studies)])]
    sections += [documents.Section(f"Within {each.budget}", [*_of(each)]) for each in studies]
    return Document("Networks found by search", ORIGIN, sections)


def _everything(studies: Sequence[Study]) -> list[Part]:
    best = pareto(studies)
    if not best:
        return ["No network has gone up all rungs yet."]
    return [
        "Of all that went up all rungs, those of which no other is as accurate in as little flash, RAM and cycles.",
        _table(best),
        Picture("found.png", "Validation error against flash, RAM and cycles"),
        "Hollow: another is no worse in any of these.",
    ]


def _of(each: Study) -> list[Part]:
    counts = each.outcomes()
    rungs = "; ".join(
        f"{percent(rung['images'])} of the examples, {rung['float_epochs']} and {rung['grid_epochs']} epochs"
        for rung in each.asked["rungs"]
    )
    parts: list[Part] = [
        f"{len(each.trials)} networks: {counts['beyond_budget']} beyond the budget, never trained; "
        f"{counts['left_early']} left early, {counts['complete']} trained on all rungs, {counts['failed']} failed. "
        f"Rungs: {rungs}.",
    ]
    if each.complete:
        lines = f"```yaml\n{as_point(each, each.complete[0])[1]}```"
        told = (
            "The best, as `python -m fewbytes adopt` puts it, with a teacher, into frontier/params.yaml "
            "(with numbers, those trials):"
        )
        parts += [_table(each.complete[:SHOWN]), told, lines]
    return parts


def _table(trials: Sequence[FrozenTrial]) -> pd.DataFrame:
    rows = []
    for trial in trials:
        takes = _measured(trial)
        rows.append(
            {
                "trial": str(trial.number),
                "accuracy": percent(trial.user_attrs[ACCURACY]),
                "coded B": whole(takes.coded_bytes),
                "flash B": whole(takes.flash_bytes),
                "RAM B": whole(takes.ram_bytes),
                "cycles": whole(takes.cycles),
                "C": takes.way,
                "layers": _layers(trial.user_attrs[POINT]),
            }
        )
    return pd.DataFrame(rows)


def _measured(trial: FrozenTrial) -> Figures:
    figures = figures_of(trial)
    assert figures is not None
    return figures


def _layers(point: dict[str, Any]) -> str:
    blocks = ", ".join(map(_block, point["blocks"]))
    kept = "" if point["kept"] == 1 else f", {point['kept']:.0%} of them"
    bits = point.get("layer_bits") or [point["grid"]["bits"]]
    return f"{blocks}; {', '.join(map(str, bits))} bits a weight{kept}"


def _block(block: dict[str, Any]) -> str:
    kind, value = next(iter(block.items()))
    if kind == "residual":
        return f"residual [{', '.join(map(_block, value))}]"
    size = f" {block['kernel_size']}x{block['kernel_size']}" if "kernel_size" in block else ""
    strides = f" /{block['strides']}" if block.get("strides", 1) > 1 else ""
    tied = " tied" if block.get("tied") else ""
    return f"{kind.replace('_', ' ')}{'' if value is True else f' {value}'}{size}{strides}{tied}"


def as_point(each: Study, trial: FrozenTrial, **more: str) -> tuple[str, str]:
    """Its name, and its lines below `points` in frontier/params.yaml, trained as long as on the last rung.

    more: what else they say, first.
    """
    rung = each.asked["rungs"][-1]
    point = more | trial.user_attrs[POINT] | {key: rung[key] for key in ("float_epochs", "grid_epochs")}
    text = io.StringIO()
    writer = YAML(pure=True)
    writer.default_flow_style = None
    writer.width = 200
    name = f"{_measured(trial).coded_bytes}B"
    writer.dump({name: point}, text)
    return name, text.getvalue()
