"""What a trial keeps, beside its choices and what it reported: attributes that are the same for all who read them."""

from typing import NamedTuple

from optuna.trial import FrozenTrial, Trial

FIGURES, POINT, ACCURACY, WHY = "figures", "point", "accuracy", "why"


class Figures(NamedTuple):
    """What a network takes, as measured. cycles: estimated, or instructions where the core has no estimate.

    way: how its C is made, the quickest that keeps the limits. excess: 0 where it keeps them; else by which share of a
    limit it goes beyond it, the largest.
    """

    flash_bytes: int
    ram_bytes: int
    cycles: int
    coded_bytes: int
    way: str
    excess: float


def figures_of(trial: FrozenTrial | Trial) -> Figures | None:
    """None where it was not measured."""
    found = trial.user_attrs.get(FIGURES)
    return None if found is None else Figures(**found)
