"""Fit one network of the frontier with one seed: distilled in float32, then on few weights of few bits, int8."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fewbytes import frontier_params
from fewbytes.command import InputError
from fewbytes.compression import entropy, freezing, lowbit, narrowing, pruning, tying
from fewbytes.data.dataset import Inputs, Split
from fewbytes.data.spec import Spec
from fewbytes.frontier_params import Augment, Point
from fewbytes.model_files import coarse, dead, slim
from fewbytes.networks import folding, points, stack
from fewbytes.networks.keras import keras, make_deterministic
from fewbytes.params import Grid, Schedule
from fewbytes.training import annealing, augment, distillation, schedules

STEPS = {  # root mean squares: the even grid of 2**bits - 1 values with the least error on a normal distribution
    **{2: 1.224, 3: 0.651, 4: 0.353, 5: 0.193, 6: 0.105, 7: 0.057, 8: 0.031},
}


class Data(NamedTuple):
    spec: Spec
    train: Split  # raw, for augmentation
    validation: Split
    logits: NDArray[np.float16] | None  # (copies, n, classes), the teacher's of the training examples; None: no teacher


def build(point: Point, spec: Spec, name: str) -> keras.Model:
    """The point's network. Raises InputError where a block does not fit the data; `name` is the point's."""
    return stack.build(point.blocks, spec, f"{frontier_params.PATH}: points.{name}")


def aware(point: Point, folded: keras.Model, name: str) -> keras.Model:
    """`folded` with its weights on the point's grids. Raises InputError where layer_bits is not one for each layer."""
    weighted = [layer.name for layer in folded.layers if layer.get_weights()]
    bits = point.layer_bits
    if bits is None:
        return lowbit.aware(folded, point.grid)
    if len(bits) != len(weighted):
        where = f"{frontier_params.PATH}: points.{name}.layer_bits"
        raise InputError(f"{where}: {len(bits)} of them; the network has {len(weighted)} layers with weights")
    if any(len({bits[place] for place in group}) > 1 for group in points.tied(point.blocks)):
        raise InputError(f"{frontier_params.PATH}: points.{name}.layer_bits: tied layers need the same bits")
    own = [Grid(bits=each, step=STEPS[each], learned=point.grid.learned) for each in bits]
    return lowbit.aware(folded, point.grid, dict(zip(weighted, own, strict=True)))


def finished(converted: bytes) -> bytes:
    """The .tflite file without what it can do without."""
    return slim.slim(coarse.coarsen(dead.fold(converted)))


def copies(data: Data, strength: Augment, first: int, epochs: int) -> Iterator[tuple[Inputs, NDArray[Any]]]:
    """For each epoch the next augmented copy, and its targets: (n, 1 + classes), labels beside the teacher's logits.

    Labels (n,) alone where there is no teacher, who has seen only so many copies.
    """
    for epoch in range(first, first + epochs):
        copy, targets = epoch, data.train.labels
        if data.logits is not None:
            copy = epoch % len(data.logits)
            targets = np.column_stack([data.train.labels, data.logits[copy]]).astype(np.float32)
        yield data.spec.normalise(augment.warp(data.train.inputs, strength, copy, data.spec)), targets


class _Lessons(NamedTuple):
    """What a network learns from, in float32 as on its grid. tied: its layers that share weights."""

    settings: frontier_params.Params
    seed: int
    data: Data
    tied: list[list[int]]

    @property
    def loss(self) -> entropy.Loss:
        if self.data.logits is None:
            return keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        chosen = self.settings.distill
        return distillation.loss(chosen.alpha, chosen.temperature, scale_by_temperature_squared=True)

    def schedule(self, epochs: int, learning_rate: float) -> Schedule:
        return Schedule(epochs=epochs, batch_size=self.settings.training.batch_size, learning_rate=learning_rate)

    def teach(
        self,
        model: keras.Model,
        first: int,
        schedule: Schedule,
        watching: list[keras.callbacks.Callback],
        loss: entropy.Loss,
    ) -> float:
        """Train `model` in place on the copies from `first` on. Returns its accuracy on the validation split."""
        recipe = self.settings.training
        suspects = {
            "training.float_learning_rate": recipe.float_learning_rate,
            "training.grid_learning_rate": recipe.grid_learning_rate,
            "distill.temperature": self.settings.distill.temperature,
        }
        batches = copies(self.data, self.settings.augment, first + self.seed, schedule.epochs)
        every = [tying.Tied(model, self.tied), *watching] if self.tied else watching
        held_out = self.data.validation
        return annealing.fit(model, batches, schedule, held_out, suspects=suspects, loss=loss, callbacks=every)[-1]


def fit(
    point: Point, settings: frontier_params.Params, seed: int, data: Data, name: str
) -> tuple[bytes, dict[str, float]]:
    """The .tflite file, and the accuracies of the network in float32 and on the grid, on the validation split.

    Raises InputError, naming the point, where a block does not fit the data.
    """
    make_deterministic(seed)
    lessons = _Lessons(settings, seed, data, points.tied(point.blocks))
    model, in_float = _in_float(point, lessons, name)
    folded = folding.fold(model)
    on_grids = aware(point, folded, name)
    inputs = data.spec.normalise(data.train.inputs)
    on_grid = _on_grids(on_grids, point, lessons, inputs)
    model_file = finished(lowbit.convert(on_grids, folded, inputs))
    return model_file, {"float_val_accuracy": in_float, "grid_val_accuracy": on_grid}


def _in_float(point: Point, lessons: _Lessons, name: str) -> tuple[keras.Model, float]:
    """The network in float32, without the filters and units that it does not keep, and its accuracy."""
    schedule = lessons.schedule(point.float_epochs, lessons.settings.training.float_learning_rate)
    model = build(point, lessons.data.spec, name)
    accuracy = lessons.teach(model, 0, schedule, [], lessons.loss)
    narrowed = points.narrowed(point)
    if narrowed == point:
        return model, accuracy
    smaller = build(narrowed, lessons.data.spec, name)
    narrowing.narrow(model, smaller)
    return smaller, lessons.teach(smaller, point.float_epochs, schedule, [], lessons.loss)


def _on_grids(on_grids: keras.Model, point: Point, lessons: _Lessons, inputs: Inputs) -> float:
    """Train it in place: pruned, frozen, charged for its bytes as the point has it. Returns its accuracy."""
    recipe, loss = lessons.settings.training, lessons.loss
    schedule = lessons.schedule(point.grid_epochs, recipe.grid_learning_rate)
    steps = schedules.steps(schedule, len(inputs))
    callbacks: list[keras.callbacks.Callback] = []
    if point.kept < 1:
        weights = round(point.kept * pruning.count(on_grids))
        callbacks.append(pruning.Pruner(on_grids, inputs, weights, steps, recipe.prune_frequency))
    if point.freeze is not None:
        callbacks.append(freezing.Freezer(on_grids, point.freeze, steps))
    if point.entropy_penalty is not None:
        penalty = entropy.Penalty(on_grids, **point.entropy_penalty.model_dump(), steps=steps)
        callbacks.append(penalty)
        loss = penalty.added_to(loss)
    return lessons.teach(on_grids, point.float_epochs, schedule, callbacks, loss)
