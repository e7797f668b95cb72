"""Pruning by magnitude: the sparsity asked for, in every kernel."""

import numpy as np
import pytest

from fewbytes import params
from fewbytes.command import InputError
from fewbytes.compression import magnitude
from fewbytes.data.dataset import Split
from tests.conftest import Models


def test_pruning_reaches_the_final_sparsity_in_every_kernel(models: Models) -> None:
    for layer in models.pruned.layers:
        if layer.get_weights():
            kernel = layer.get_weights()[0]
            assert np.mean(kernel == 0) == pytest.approx(0.8, abs=0.5 / kernel.size)


@pytest.mark.parametrize("frequency", [4, 7])
def test_the_final_sparsity_is_reached_whatever_the_frequency(
    models: Models, digits: Split, settings: params.Params, frequency: int
) -> None:
    recipe = settings.prune.model_copy(update={"batch_size": 20, "frequency": frequency, "epochs": 1})  # 10 steps
    model, _ = magnitude.prune(models.baseline, recipe, digits, digits)
    kernel = model.get_layer("dense").get_weights()[0]
    assert np.mean(kernel == 0) == pytest.approx(0.8, abs=0.5 / kernel.size)


def test_a_frequency_that_never_prunes_is_refused(models: Models, digits: Split, settings: params.Params) -> None:
    recipe = settings.prune.model_copy(update={"batch_size": 20, "frequency": 10, "epochs": 1})
    with pytest.raises(InputError, match=r"prune\.frequency = 10: must be at most 9, the last step of 1 epochs"):
        magnitude.prune(models.baseline, recipe, digits, digits)


def test_layers_have_sparsities_of_their_own(models: Models, digits: Split, settings: params.Params) -> None:
    layers = {"conv": 0.0, "dense": 0.9}
    chosen = settings.prune.model_copy(update={"batch_size": 20, "frequency": 1, "epochs": 1, "layers": layers})
    pruned, _ = magnitude.prune(models.baseline, chosen, digits, digits)
    assert np.mean(pruned.get_layer("conv").get_weights()[0] == 0) == 0
    assert np.mean(pruned.get_layer("dense").get_weights()[0] == 0) == pytest.approx(0.9, abs=0.001)
