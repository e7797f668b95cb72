"""Which accuracies can be set beside one another: those of networks trained alike, on the same data."""

import hashlib
import json

from fewbytes.frontier_params import Params


def compared_on(settings: Params, data: str) -> str:
    """A digest of the data, given as one, and of how networks are trained on them."""
    trained = settings.seed, settings.augment.model_dump(), settings.training.model_dump()
    return hashlib.sha256(f"{data} {json.dumps(trained, sort_keys=True)}".encode()).hexdigest()[:16]
