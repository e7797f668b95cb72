"""Small models built for the tests of the generator, and their C against TensorFlow Lite Micro."""

import random
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from fewbytes.model_files import slim
from fewbytes.runtimes import tflm
from tests.flatbuffer import Model
from tflite_to_c import encodings, host, memory, reader, together
from tflite_to_c.errors import InputError
from tflite_to_c.generator import generate
from tflite_to_c.graph import Graph
from tflite_to_c.options import BALANCED, DEFAULT, GOALS, SIZE, SPEED, TINY, Options
from tflite_to_c.prefix_code import Code
from tflite_to_c.source import Source

runs_c = pytest.mark.skipif(host.compiler() is None or not tflm.available(), reason="needs a C compiler and TFLM")
WAYS = (  # of making C: every goal, and what is independent of it once or twice
    *(Options(goal, in_place=in_place) for goal in GOALS for in_place in (False, True)),
    Options(BALANCED, rows=True),
    Options(TINY, rows=True, in_place=True),
    Options(SIZE, row_input=True),
)
FEW = (DEFAULT, Options(SPEED))  # where it matters little how it is made
BY_ROWS = tuple(options for options in WAYS if options.rows or options.row_input)
NONE, SAME, VALID = schema.ActivationFunctionType.NONE, schema.Padding.SAME, schema.Padding.VALID


def random_inputs(model: bytes, count: int, seed: int = 0) -> NDArray[np.int8]:
    shape = reader.read(model, "model").input.shape
    return np.random.default_rng(seed).integers(-128, 128, (count, 1, *shape), np.int8)


def run_c(model: bytes, inputs: NDArray[np.int8], options: Options = DEFAULT) -> NDArray[np.int8]:
    return run_source(generate(model, "model.tflite", "model", options=options), inputs, options)


def run_source(source: Source, inputs: NDArray[np.int8], options: Options) -> NDArray[np.int8]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "model.h").write_text(source.header)
        Path(folder, "model.c").write_text(source.code)
        return host.outputs(Path(folder), "model", inputs, in_place=options.in_place)


def assert_same(model: bytes, count: int = 40, among: Collection[Options] = WAYS) -> None:
    """Its C gives what TFLM gives for random inputs, made in each of these ways that there is for it."""
    inputs = random_inputs(model, count)
    expected = tflm.Interpreter(model).scores(inputs)
    different = {source: options for options, source in reversed(every_source(model, among).items())}
    for source, options in different.items():
        np.testing.assert_array_equal(run_source(source, inputs, options), expected, str(options))


def every_source(model: bytes, among: Collection[Options] = WAYS) -> dict[Options, Source]:
    """Its C, made in each of these ways that there is for it."""
    return {options: source for options in among if (source := _made(model, options))}


def possible(model: bytes, options: Options) -> bool:
    """Can its input lie in place, or be given row by row, where that is asked for?"""
    return _made(model, options) is not None


def _made(model: bytes, options: Options) -> Source | None:
    try:
        return generate(model, "model.tflite", "model", options=options)
    except InputError as error:
        if "in place" in str(error) or "cannot be given row by row" in str(error):
            return None
        raise


@contextmanager
def encoded_as(name: str) -> Iterator[None]:
    """For size, or tiny, weights are stored so wherever that can hold them; else as they are."""

    def choose(matrices: list[NDArray[np.int8]], turns: int, code: Code | None) -> list[encodings.Encoded | None]:
        return [encodings.encode(name, matrix, turns, code) or encodings.encode("dense", matrix) for matrix in matrices]

    cheap = mock.patch.object(encodings, "DECODER_BYTES", -1_000_000)  # so that a code always pays
    with mock.patch.object(encodings, "choose", choose), cheap:
        yield


@contextmanager
def joined_at_random(seed: int) -> Iterator[list[str]]:
    """Where layers are computed together, some are that can be, whatever it takes. Gives their names."""
    chance, names = random.Random(seed), list[str]()

    def joined(graph: Graph, _: memory.Plan, *, ends: bool) -> tuple[Graph, memory.Plan]:
        graph = chance.choice(together.forms(graph))
        runs = list(together.runs(graph))
        chosen: list[together.Run] = []
        for run in chance.sample(runs, len(runs)):
            if not any(run.overlaps(other) for other in chosen):
                chosen.append(run)
        names.extend(run.step.layer for run in chosen)
        found = together.with_runs(graph, chosen)
        return found, memory.plan(found, ends=ends)

    with mock.patch.object(together, "joined", joined):
        yield names


def convolution(model: Model, source: int, weights: NDArray[np.int8], output: int, **options: int) -> int:
    chosen = {"strideH": 1, "strideW": 1, "padding": VALID, "dilationHFactor": 1, "dilationWFactor": 1} | options
    return model.operator("CONV_2D", [source, model.constant(weights, 0.01)], output, **chosen)


def pooled_network(*, dead: bool = False, filters: int = 6) -> bytes:
    """The essay's architecture, small: convolution, max pooling, dense; with `dead`, half of the filters are zero."""
    chance = np.random.default_rng(3)
    model = Model()
    image = model.tensor((1, 10, 10, 1), 1 / 255, -128)
    weights = chance.integers(-127, 128, (filters, 3, 3, 1)).astype(np.int8)
    if dead:
        weights[::2] = 0
    features = convolution(model, image, weights, model.tensor((1, 8, 8, filters), 0.01, -3))
    options = {"filterHeight": 2, "filterWidth": 2, "strideH": 2, "strideW": 2, "padding": VALID}
    pooled = model.operator("MAX_POOL_2D", [features], model.tensor((1, 4, 4, filters), 0.01, -3), **options)
    flat = model.operator("RESHAPE", [pooled], model.tensor((1, 16 * filters), 0.01, -3))
    weights = chance.integers(-127, 128, (10, 16 * filters)).astype(np.int8)
    scores = model.tensor((1, 10), 0.1, 5)
    model.operator("FULLY_CONNECTED", [flat, model.constant(weights, 0.01)], scores)
    return model.finish(image, scores)


def outputs_of(model: bytes) -> list[int]:
    """The tensors that its operators write."""
    root = schema.ModelT.InitFromPackedBuf(model, 0)
    return [int(operator.outputs[0]) for operator in root.subgraphs[0].operators]


def ending_at(model: bytes, output: int) -> bytes:
    """`model` with another of its tensors as output."""
    root = schema.ModelT.InitFromPackedBuf(model, 0)
    root.subgraphs[0].outputs = [output]
    return slim.packed(root)


def dense(model: Model, source: int, weights: NDArray[np.int8], shape: tuple[int, ...] | None = None) -> int:
    output = model.tensor(shape or (1, len(weights)), 0.1, 3)
    return model.operator("FULLY_CONNECTED", [source, model.constant(weights, 0.01)], output)


def residual_network(*, dead: bool = False) -> bytes:
    """Depthwise convolution, addition, average, softmax."""
    chance = np.random.default_rng(4)
    model = Model()
    image = model.tensor((1, 6, 6, 4), 0.02, 7)
    filters = chance.integers(-127, 128, (1, 3, 3, 4)).astype(np.int8)
    if dead:
        filters[..., ::2] = 0
    weights = model.constant(filters, 0.01)
    options = {"strideH": 1, "strideW": 1, "padding": SAME, "dilationHFactor": 1, "dilationWFactor": 1}
    deep = model.tensor((1, 6, 6, 4), 0.03, -9)
    model.operator("DEPTHWISE_CONV_2D", [image, weights], deep, depthMultiplier=1, **options)
    total = model.operator("ADD", [deep, image], model.tensor((1, 6, 6, 4), 0.04, 0))
    axes = model.constant(np.array([1, 2], np.int32))
    mean = model.operator("MEAN", [total, axes], model.tensor((1, 4), 0.02, 1), keepDims=False)
    shares = model.operator("SOFTMAX", [mean], model.tensor((1, 4), 1 / 256, -128), beta=1.0)
    return model.finish(image, shares)
