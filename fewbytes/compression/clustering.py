"""Share weights: each layer keeps a few values, trained on, its zeros kept (Han et al. 2015, sec. 3)."""

import numpy as np

from fewbytes import params
from fewbytes.compression.tfmot import tfmot
from fewbytes.data.dataset import Split
from fewbytes.networks import layers
from fewbytes.networks.keras import keras
from fewbytes.training import training

clustering = tfmot.clustering.keras


def cluster(
    model: keras.Model, recipe: params.Cluster, train: Split, validation: Split
) -> tuple[keras.Model, training.History]:
    """A copy of `model` whose kernels hold a few values each beside zero, and the history of its retraining.

    Raises InputError for a layer that `model` lacks.
    """
    layers.require(model, recipe.layers, "cluster.layers")

    def share(layer: keras.layers.Layer) -> keras.layers.Layer:
        left = int(np.count_nonzero(layer.get_weights()[0]))  # tfmot fails where there are fewer than clusters
        if left < 2:  # there is nothing to share, and tfmot wants two clusters beside zero: the layer stays as it is
            layer.trainable = False
            return layer
        return clustering.cluster_weights(
            layer,
            number_of_clusters=min(recipe.layers.get(layer.name, recipe.clusters), left) + 1,  # it counts zero too
            cluster_centroids_init=clustering.CentroidInitialization.KMEANS_PLUS_PLUS,
            preserve_sparsity=True,
        )

    shared = layers.wrapped(model, share)
    history = training.fit(
        shared,
        train.inputs,
        train.labels,
        recipe,
        suspects={"cluster.learning_rate": recipe.learning_rate},
        validation=validation,
        weights=train.weights,
    )
    stripped = clustering.strip_clustering(shared)
    for layer in stripped.layers:
        layer.trainable = True
    return stripped, history
