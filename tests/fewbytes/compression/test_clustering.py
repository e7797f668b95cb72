"""Weight sharing, seen through the models and the files it makes."""

import numpy as np
import pytest

from fewbytes import params
from fewbytes.command import InputError
from fewbytes.compression import clustering, magnitude, quantization
from fewbytes.data.dataset import Split
from fewbytes.model_files import weights
from fewbytes.networks import tflite
from fewbytes.networks.keras import keras
from fewbytes.runtimes.litert import Classifier
from tests.conftest import SPEC, Models


def recipe(settings: params.Params, **changes: object) -> params.Cluster:
    return settings.cluster.model_copy(update={"batch_size": 20, "epochs": 2, **changes})


def test_each_layer_keeps_its_zeros_and_a_few_values(models: Models, digits: Split, settings: params.Params) -> None:
    chosen = recipe(settings, clusters=4, layers={"conv": 8})
    clustered, _ = clustering.cluster(models.pruned, chosen, digits, digits)
    for name, values in (("conv", 8), ("dense", 4)):
        before, after = (model.get_layer(name).get_weights()[0] for model in (models.pruned, clustered))
        assert (after[before == 0] == 0).all()
        assert len(np.unique(after[after != 0])) <= values
    assert models.pruned.get_layer("dense").get_weights()[0].size > 0
    aware, _ = quantization.train_aware(clustered, "clustered", settings.quantize, digits, digits)
    model = tflite.to_full_integer(aware)
    dense = weights.read(model, "model")[-1].kernel
    assert len(np.unique(dense)) <= 5
    assert np.mean(dense == 0) >= 0.799
    assert np.mean(Classifier(model, "model", SPEC).scores(digits.inputs).argmax(axis=1) == digits.labels) > 0.8


def test_a_layer_with_few_weights_left_has_no_more_clusters(
    models: Models, digits: Split, settings: params.Params
) -> None:
    sparse = settings.prune.model_copy(update={"batch_size": 20, "frequency": 1, "epochs": 1, "layers": {"conv": 0.93}})
    pruned, _ = magnitude.prune(models.baseline, sparse, digits, digits)
    left = np.count_nonzero(pruned.get_layer("conv").get_weights()[0])
    assert left < 16
    clustered, _ = clustering.cluster(pruned, recipe(settings, clusters=16), digits, digits)
    kernel = clustered.get_layer("conv").get_weights()[0]
    assert np.count_nonzero(kernel) <= left
    assert len(np.unique(kernel[kernel != 0])) <= left


@pytest.mark.parametrize(
    ("conv", "dense"),
    [(1, 300), (300, 1), (0, 0), *(pytest.param(*few, marks=pytest.mark.slow) for few in ((0, 20), (1, 0)))],
)
def test_layers_with_hardly_a_weight_left_stay_as_they_are(
    models: Models, digits: Split, settings: params.Params, conv: int, dense: int
) -> None:
    pruned = keras.models.clone_model(models.pruned)
    pruned.set_weights(models.pruned.get_weights())
    for name, left in (("conv", conv), ("dense", dense)):
        kernel, bias = pruned.get_layer(name).get_weights()
        order = np.argsort(-np.abs(kernel), axis=None)
        kernel.flat[order[left:]] = 0
        pruned.get_layer(name).set_weights([kernel, bias])
    clustered, _ = clustering.cluster(pruned, recipe(settings, clusters=16), digits, digits)
    for name, left in (("conv", conv), ("dense", dense)):
        before, after = (model.get_layer(name).get_weights()[0] for model in (pruned, clustered))
        assert (after[before == 0] == 0).all()
        assert len(np.unique(after[after != 0])) <= min(16, left)
        if left < 2:
            np.testing.assert_array_equal(before, after)
    assert all(layer.trainable for layer in clustered.layers)
    for start, model in (("pruned", pruned), ("clustered", clustered)):
        aware, _ = quantization.train_aware(model, start, settings.quantize, digits, digits)
        kernels = [layer.kernel for layer in weights.read(tflite.to_full_integer(aware), "model")]
        assert all(np.count_nonzero(kernel) <= left for kernel, left in zip(kernels, (conv, dense), strict=True))
    integer = tflite.to_full_integer(pruned, digits.inputs[:20])
    assert Classifier(integer, "model", SPEC).scores(digits.inputs).shape == (len(digits.inputs), 10)


def test_unknown_layers_are_named(models: Models, digits: Split, settings: params.Params) -> None:
    with pytest.raises(InputError, match=r"cluster\.layers: there is no layer dens; the layers are conv, dense"):
        clustering.cluster(models.pruned, recipe(settings, layers={"dens": 4}), digits, digits)
    wrong = settings.prune.model_copy(update={"batch_size": 20, "frequency": 1, "layers": {"pool": 0.5}})
    with pytest.raises(InputError, match=r"prune\.layers: there is no layer pool; the layers are conv, dense"):
        magnitude.prune(models.baseline, wrong, digits, digits)
