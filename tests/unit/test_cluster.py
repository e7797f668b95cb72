"""Weight sharing, seen through the models and the files it makes; and which layers bear how much."""

import numpy as np
import pytest

from fewbytes import params
from fewbytes.command import InputError
from fewbytes.data.dataset import Split
from fewbytes.model_files import weights
from fewbytes.networks import tflite
from fewbytes.networks.keras import keras
from fewbytes.runtimes.litert import Classifier
from stages import cluster, prune, quantize, scan
from tests.unit.conftest import Models


def recipe(settings: params.Params, **changes: object) -> params.Cluster:
    return settings.cluster.model_copy(update={"batch_size": 20, "epochs": 2, **changes})


def test_each_layer_keeps_its_zeros_and_a_few_values(models: Models, digits: Split, settings: params.Params) -> None:
    chosen = recipe(settings, clusters=4, layers={"conv": 8})
    clustered, _ = cluster.cluster(models.pruned, chosen, digits, digits)
    for name, values in (("conv", 8), ("dense", 4)):
        before, after = (model.get_layer(name).get_weights()[0] for model in (models.pruned, clustered))
        assert (after[before == 0] == 0).all()
        assert len(np.unique(after[after != 0])) <= values
    assert models.pruned.get_layer("dense").get_weights()[0].size > 0
    aware, _ = quantize.train_aware(clustered, "clustered", settings.quantize, digits, digits)
    model = tflite.to_full_integer(aware)
    dense = weights.read(model, "model")[-1].kernel
    assert len(np.unique(dense)) <= 5
    assert np.mean(dense == 0) >= 0.799
    assert np.mean(Classifier(model, "model").scores(digits.images).argmax(axis=1) == digits.labels) > 0.8


def test_a_layer_with_few_weights_left_has_no_more_clusters(
    models: Models, digits: Split, settings: params.Params
) -> None:
    sparse = settings.prune.model_copy(update={"batch_size": 20, "frequency": 1, "epochs": 1, "layers": {"conv": 0.93}})
    pruned, _ = prune.prune(models.baseline, sparse, digits, digits)
    left = np.count_nonzero(pruned.get_layer("conv").get_weights()[0])
    assert left < 16
    clustered, _ = cluster.cluster(pruned, recipe(settings, clusters=16), digits, digits)
    kernel = clustered.get_layer("conv").get_weights()[0]
    assert np.count_nonzero(kernel) <= left
    assert len(np.unique(kernel[kernel != 0])) <= left


@pytest.mark.parametrize(("conv", "dense"), [(1, 300), (0, 20), (300, 1), (1, 0), (0, 0)])
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
    clustered, _ = cluster.cluster(pruned, recipe(settings, clusters=16), digits, digits)
    for name, left in (("conv", conv), ("dense", dense)):
        before, after = (model.get_layer(name).get_weights()[0] for model in (pruned, clustered))
        assert (after[before == 0] == 0).all()
        assert len(np.unique(after[after != 0])) <= min(16, left)
        if left < 2:
            np.testing.assert_array_equal(before, after)
    assert all(layer.trainable for layer in clustered.layers)
    for start, model in (("pruned", pruned), ("clustered", clustered)):
        aware, _ = quantize.train_aware(model, start, settings.quantize, digits, digits)
        kernels = [layer.kernel for layer in weights.read(tflite.to_full_integer(aware), "model")]
        assert all(np.count_nonzero(kernel) <= left for kernel, left in zip(kernels, (conv, dense), strict=True))
    integer = tflite.to_full_integer(pruned, digits.images[:20])
    assert Classifier(integer, "model").scores(digits.images).shape == (len(digits.images), 10)


def test_unknown_layers_are_named(models: Models, digits: Split, settings: params.Params) -> None:
    with pytest.raises(InputError, match=r"cluster\.layers: there is no layer dens; the layers are conv, dense"):
        cluster.cluster(models.pruned, recipe(settings, layers={"dens": 4}), digits, digits)
    wrong = settings.prune.model_copy(update={"batch_size": 20, "frequency": 1, "layers": {"pool": 0.5}})
    with pytest.raises(InputError, match=r"prune\.layers: there is no layer pool; the layers are conv, dense"):
        prune.prune(models.baseline, wrong, digits, digits)


def test_layers_have_sparsities_of_their_own(models: Models, digits: Split, settings: params.Params) -> None:
    layers = {"conv": 0.0, "dense": 0.9}
    chosen = settings.prune.model_copy(update={"batch_size": 20, "frequency": 1, "epochs": 1, "layers": layers})
    pruned, _ = prune.prune(models.baseline, chosen, digits, digits)
    assert np.mean(pruned.get_layer("conv").get_weights()[0] == 0) == 0
    assert np.mean(pruned.get_layer("dense").get_weights()[0] == 0) == pytest.approx(0.9, abs=0.001)


def test_a_scan_compresses_one_layer_at_a_time(models: Models, digits: Split) -> None:
    before = models.baseline.get_weights()
    chosen = params.Scan(sparsities=[0.0, 0.5, 0.99], bits=[1, 5])
    rows = scan.scan(models.baseline, chosen, digits)
    assert [(row.layer, row.kind, row.level) for row in rows[:5]] == [
        *(("conv", "pruned", level) for level in (0.0, 0.5, 0.99)),
        *(("conv", "clustered", level) for level in (1, 5)),
    ]
    assert [row.layer for row in rows] == ["conv"] * 5 + ["dense"] * 5
    whole = scan.accuracy(models.baseline, digits)
    found = {(row.layer, row.kind, row.level): row.accuracy for row in rows}
    assert found["dense", "pruned", 0.0] == whole
    assert found["dense", "pruned", 0.99] < whole
    assert found["dense", "clustered", 5] == pytest.approx(whole, abs=0.05)
    for one, other in zip(before, models.baseline.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_sharing_finds_the_values() -> None:
    kernel = np.repeat(np.array([-0.9, 0.1, 0.8], np.float32), [30, 50, 20]).reshape(10, 10)
    shared = scan.share(kernel, 2)
    np.testing.assert_allclose(shared, kernel, atol=1e-6)
    assert len(np.unique(scan.share(np.linspace(0, 1, 1000, dtype=np.float32), 3))) == 8
    pruned = scan.prune(kernel, 0.5)
    assert np.count_nonzero(pruned == 0) == 50
