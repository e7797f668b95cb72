"""Numbers as reports show them."""

import math
from collections.abc import Callable

from fewbytes import metrics
from fewbytes.metrics import Metrics

NONE = "–"
NORMAL = 1.96  # standard deviations within which 95 % of a normal distribution lie


def whole(value: float) -> str:
    return f"{value:,}"


def ratio(value: float) -> str:
    return f"{value:,.2f}×"


def percent(value: float) -> str:
    return f"{100 * value:.2f} %"


def points(value: float) -> str:
    return f"{value:+.2f}"


def code(name: str) -> str:
    return f"`{name}`"


def weight(figures: Metrics) -> str:
    """What a point of the frontier is called: its coded bytes."""
    return f"{whole(figures['coded_bytes'])} B"


def optional(figures: Metrics, key: str, show: Callable[[float], str]) -> str:
    """What `figures` has under `key`, whose parts are joined by dots."""
    value = metrics.find(figures, key)
    return NONE if value is None else show(value)


def margin_points(accuracy: float, images: int) -> float:
    """Half the 95 % interval of a proportion, in percentage points (Wilson 1927: not zero where all are right)."""
    spread = accuracy * (1 - accuracy) / images + (NORMAL / (2 * images)) ** 2
    return 100 * NORMAL * math.sqrt(spread) / (1 + NORMAL**2 / images)
