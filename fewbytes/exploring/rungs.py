"""How accurate a network becomes in as much training as a rung allows, without a teacher: enough to compare it."""

import numpy as np

from fewbytes.compression import small
from fewbytes.data.dataset import Split
from fewbytes.frontier_params import Params, Point, Rung
from fewbytes.runtimes import litert

NAME = "candidate"


def fit(point: Point, rung: Rung, settings: Params, data: small.Data) -> float:
    """The accuracy of its int8 file on the validation split. Raises InputError where training fails."""
    count = round(rung.images * len(data.train.inputs))
    chosen = np.sort(np.random.default_rng(settings.seed).permutation(len(data.train.inputs))[:count])
    train = Split(data.train.inputs[chosen], data.train.labels[chosen])
    trained = point.model_copy(update={"float_epochs": rung.float_epochs, "grid_epochs": rung.grid_epochs})
    model, _ = small.fit(trained, settings, settings.seed, data._replace(train=train, logits=None), NAME)
    return litert.accuracy(model, NAME, data.validation, data.spec)
