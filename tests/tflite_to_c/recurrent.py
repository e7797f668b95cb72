"""Recurrent networks built for the tests of the generator."""

from collections.abc import Sequence

import numpy as np

from tests.flatbuffer import Cell, Model
from tests.tflite_to_c.models import dense


def some_cell(chance: np.random.Generator, units: int, features: int, zeros: float = 0, **changed: float) -> Cell:
    """Weights of which so many are zero, and some rows all zero; now and then sums beyond int16."""
    weights = []
    for columns in [features] * 4 + [units] * 4:
        matrix = chance.integers(-127, 128, (units, columns))
        matrix[chance.random(matrix.shape) < zeros] = 0
        matrix[chance.random(units) < 0.1] = 0
        weights.append(matrix.astype(np.int8))
    scales = chance.uniform(0.001, 0.02, 8) * chance.choice([0.3, 1, 1, 20])
    biases = [chance.integers(-20_000, 20_000, units).astype(np.int32) for _ in range(4)]
    return Cell(weights, scales.tolist(), biases, **changed)


def recurrent(model: Model, source: int, cell: Cell, zero_point: int = -3, *, last: bool = False) -> int:
    steps, units = model.graph.tensors[source].shape[1], len(cell.biases[0])
    scale = 1 / 120
    sequence = model.lstm(source, model.tensor((1, steps, units), scale, zero_point), cell)
    return last_step(model, sequence) if last else sequence


def last_step(model: Model, sequence: int) -> int:
    units = model.graph.tensors[sequence].shape[2]
    bounds = [model.constant(np.array(each, np.int32)) for each in ([0, -1, 0], [0, 0, 0], [1, 1, 1])]
    masks = {"beginMask": 5, "endMask": 5, "shrinkAxisMask": 2}
    output = model.tensor((1, units), *model.quantization(sequence))
    return model.operator("STRIDED_SLICE", [sequence, *bounds], output, **masks)


def classifier(
    seed: int, units: Sequence[int], steps: int, features: int, *, zeros: float = 0, head: bool = True
) -> bytes:
    """Recurrent layers of so many units, the last step of the last one, and with `head` a dense layer."""
    chance = np.random.default_rng(seed)
    model = Model()
    end = source = model.tensor(
        (1, steps, features), float(chance.choice([0.004, 0.03])), int(chance.integers(-128, 128))
    )
    for place, count in enumerate(units, start=1):
        columns = model.graph.tensors[end].shape[2]
        scale, clip = 2.0 ** int(chance.integers(-17, -8)), float(chance.choice([0, 0.3, 10]))
        cell = some_cell(chance, count, columns, zeros, scale=scale, clip=clip)
        end = recurrent(model, end, cell, int(chance.integers(-20, 20)), last=place == len(units))
    if head and seed % 2:  # what could lie over the hidden state, were it not for the next step
        end = model.operator("RELU", [end], model.tensor((1, units[-1]), *model.quantization(end)))
    if head:
        end = dense(model, end, chance.integers(-127, 128, (5, units[-1])).astype(np.int8))
    return model.finish(source, end)
