"""What a trial keeps, beside its choices and what it reported: attributes that are the same for all who read them."""

from typing import Annotated, Any, NamedTuple

from optuna.trial import FrozenTrial, Trial
from pydantic import Field, TypeAdapter

from fewbytes.frontier_params import Point

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


KEPT: dict[str, TypeAdapter[Any]] = {
    FIGURES: TypeAdapter(Figures),
    POINT: TypeAdapter(Point),
    ACCURACY: TypeAdapter(Annotated[float, Field(ge=0, le=1)]),
    WHY: TypeAdapter(str),
}


def require_whole(trial: FrozenTrial) -> None:
    """Raises ValueError where what it keeps is damaged, or not all there."""
    for name, value in trial.user_attrs.items():
        if name in KEPT:
            KEPT[name].validate_python(value)
    if ACCURACY in trial.user_attrs and not {FIGURES, POINT} <= trial.user_attrs.keys():
        raise ValueError(f"trial {trial.number} has an accuracy, and no figures or no point")
