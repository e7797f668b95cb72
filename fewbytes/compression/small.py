"""Fit one network of the frontier with one seed: distilled in float32, then on few weights of few bits, int8."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fewbytes import frontier_params
from fewbytes.blocks import Average, Conv, Dense, Depthwise, MaxPool
from fewbytes.command import InputError
from fewbytes.compression import lowbit, narrowing, pruning
from fewbytes.data.dataset import Inputs, Split
from fewbytes.data.spec import Spec
from fewbytes.frontier_params import Augment, Point
from fewbytes.model_files import dead, slim
from fewbytes.networks import health, points, tflite
from fewbytes.networks.keras import keras, make_deterministic
from fewbytes.params import MOST_PARAMETERS, Schedule
from fewbytes.training import annealing, augment, distillation

layers = keras.layers


class Data(NamedTuple):
    spec: Spec
    train: Split  # raw, for augmentation
    validation: Split
    logits: NDArray[np.float16]  # (copies, n, classes), of the training examples


def require_fit(name: str, point: Point, spec: Spec) -> None:
    """Raises InputError for blocks that do not fit the data, or of too many parameters to train in memory."""
    try:
        parameters = points.parameters(point, spec)
    except ValueError as error:
        raise InputError(f"{frontier_params.PATH}: points.{name}: {error}") from None
    if parameters > MOST_PARAMETERS:
        raise InputError(
            f"{frontier_params.PATH}: points.{name}: the network has {parameters:,} parameters; "
            f"it must have at most {MOST_PARAMETERS:,}"
        )


def build(point: Point, spec: Spec) -> keras.Model:
    """The point's blocks, those with weights with batch norm and ReLU, and a dense layer into logits."""
    chain = [keras.Input(spec.input_shape)]
    flat = False
    for block in (*point.blocks, None):
        if not flat and (block is None or isinstance(block, Dense)):
            chain += [layers.Flatten()]
            flat = True
        match block:
            case Conv():
                chain += [layers.Conv2D(block.conv, block.kernel_size, strides=block.strides, use_bias=False)]
            case Depthwise():
                chain += [layers.DepthwiseConv2D(block.depthwise, strides=block.strides, use_bias=False)]
            case Dense():
                chain += [layers.Dense(block.dense, use_bias=False)]
            case MaxPool():
                chain += [layers.MaxPooling2D(block.max_pool)]
            case Average():
                chain += [layers.GlobalAveragePooling2D()]
                flat = True
        if isinstance(block, Conv | Depthwise | Dense):
            chain += [layers.BatchNormalization(momentum=0.9), layers.ReLU()]
    with health.memory_errors():
        return keras.Sequential([*chain, layers.Dense(len(spec.classes))])


def copies(data: Data, strength: Augment, first: int, epochs: int) -> Iterator[tuple[Inputs, NDArray[np.float32]]]:
    """For each epoch the next augmented copy, and its targets: (n, 1 + classes), labels beside the teacher's logits."""
    for epoch in range(first, first + epochs):
        copy = epoch % len(data.logits)
        targets = np.column_stack([data.train.labels, data.logits[copy]]).astype(np.float32)
        yield data.spec.normalise(augment.warp(data.train.inputs, strength, copy, data.spec)), targets


def fit(point: Point, settings: frontier_params.Params, seed: int, data: Data) -> tuple[bytes, dict[str, float]]:
    """The .tflite file, and the accuracies of the network in float32 and on the grid, on the validation split."""
    recipe = settings.training
    loss = distillation.loss(settings.distill.alpha, settings.distill.temperature, scale_by_temperature_squared=True)
    make_deterministic(seed)

    suspects = {
        "training.float_learning_rate": recipe.float_learning_rate,
        "training.grid_learning_rate": recipe.grid_learning_rate,
        "distill.temperature": settings.distill.temperature,
    }

    def schedule(epochs: int, learning_rate: float) -> Schedule:
        return Schedule(epochs=epochs, batch_size=recipe.batch_size, learning_rate=learning_rate)

    def phase(model: keras.Model, first: int, chosen: Schedule, *pruners: pruning.Pruner) -> float:
        batches = copies(data, settings.augment, first + seed, chosen.epochs)
        return annealing.fit(model, batches, chosen, data.validation, suspects=suspects, loss=loss, callbacks=pruners)[
            -1
        ]

    model = build(point, data.spec)
    floating = schedule(point.float_epochs, recipe.float_learning_rate)
    in_float = phase(model, 0, floating)
    narrowed = points.narrowed(point)
    if narrowed != point:
        smaller = build(narrowed, data.spec)
        narrowing.narrow(model, smaller)
        in_float = phase(smaller, point.float_epochs, floating)
        model = smaller
    aware = lowbit.aware(lowbit.fold(model), point.grid)
    gridded = schedule(point.grid_epochs, recipe.grid_learning_rate)
    pruners = []
    if point.kept < 1:
        weights = round(point.kept * pruning.count(aware))
        steps = gridded.steps(len(data.train.inputs))
        pruners = [
            pruning.Pruner(aware, data.spec.normalise(data.train.inputs), weights, steps, recipe.prune_frequency)
        ]
    on_grid = phase(aware, point.float_epochs, gridded, *pruners)
    model_file = slim.slim(dead.fold(tflite.to_full_integer(aware)))
    return model_file, {"float_val_accuracy": in_float, "grid_val_accuracy": on_grid}
