"""What an attack found."""

import sys
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """counts: how often what happened; failures: a line for each thing that went wrong, enough to do it again."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def fail(self, failure: str) -> None:
        """Said at once: an attack takes long, and may be stopped."""
        self.failures.append(failure)
        sys.stderr.write(f"\nFAILED: {failure}\n")
