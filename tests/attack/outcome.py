"""What an attack found."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """counts: how often what happened; failures: a line for each thing that went wrong, enough to do it again."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
