"""The plan of the scratch buffer, the smaller graph it is for, and the run that checks both."""

import time
from itertools import pairwise
from unittest import mock

import numpy as np
import pytest

from tests.attack.compare import AT_ONCE, some_inputs
from tests.attack.compare import run_c as run_c_of
from tests.flatbuffer import Model
from tests.random_networks import network
from tests.tflite_to_c.models import SAME, VALID, assert_same, convolution, dense, pooled_network, runs_c
from tflite_to_c import memory, reader, shadow, simplify
from tflite_to_c.errors import InputError
from tflite_to_c.generator import generate
from tflite_to_c.graph import Step


def test_pooling_is_fused_and_the_large_tensor_never_exists() -> None:
    graph = reader.read(pooled_network(), "model")
    assert memory.plan(graph, workspaces=False).bytes > 8 * 8 * 6
    assert memory.plan(simplify.simplify(graph), workspaces=False).bytes == 4 * 4 * 6


def test_constant_channels_take_no_memory() -> None:
    whole, less = (simplify.simplify(reader.read(pooled_network(dead=dead), "model")) for dead in (False, True))
    bytes_of = [memory.plan(graph, workspaces=False).bytes for graph in (less, whole)]
    assert bytes_of == [48, 96]
    assert len(generate(pooled_network(dead=True), "m", "m").code) < len(generate(pooled_network(), "m", "m").code)


def test_a_tensor_may_lie_over_the_one_it_is_made_from() -> None:
    model = Model()
    image = model.tensor((1, 8, 8, 1), 0.01, 0)
    wide = convolution(model, image, np.ones((4, 3, 3, 1), np.int8), model.tensor((1, 6, 6, 4), 0.1))
    same = convolution(model, wide, np.ones((4, 1, 1, 4), np.int8), model.tensor((1, 6, 6, 4), 0.1))
    less = model.operator("RELU", [same], model.tensor((1, 6, 6, 4), 0.1))
    end = convolution(model, less, np.ones((1, 6, 6, 4), np.int8), model.tensor((1, 1, 1, 1), 0.1))
    graph = reader.read(model.finish(image, end), "model")
    assert memory.plan(graph, workspaces=False).bytes == 6 * 6 * 4  # in place from end to end


def deep_network(sizes: list[int]) -> bytes:
    """Dense layers of these sizes one after the other, some units of each dead."""
    chance = np.random.default_rng(12)
    model = Model()
    source = end = model.tensor((1, sizes[0]), 0.1)
    for inputs, units in pairwise(sizes):
        weights = chance.integers(-127, 128, (units, inputs)).astype(np.int8)
        weights[chance.random(units) < 0.3] = 0
        weights[0] = 1
        end = dense(model, end, weights)
    return model.finish(source, end)


@pytest.mark.parametrize(("layers", "seconds"), [(100, 2), pytest.param(1_000, 20, marks=pytest.mark.slow)])
def test_deep_networks_take_little_time(layers: int, seconds: float) -> None:
    sizes = np.random.default_rng(11).integers(4, 30, layers + 1).tolist()
    start = time.process_time()  # not of what else runs here
    generate(deep_network(sizes), "here", "model")
    assert time.process_time() - start < seconds


def test_a_chain_needs_no_more_than_its_two_largest_neighbours() -> None:
    chance = np.random.default_rng(13)
    for layers in (*range(3, 12), 40, 200):
        model = deep_network([8, *chance.integers(4, 60, layers).tolist(), 8])
        graph = simplify.simplify(reader.read(model, "model"))
        sizes = [step.output.size for step in graph.steps[:-1]]
        assert memory.plan(graph).bytes == max(map(sum, pairwise(sizes)))


@runs_c
def test_branches_are_computed_one_after_the_other_where_that_takes_less() -> None:
    chance = np.random.default_rng(14)
    model = Model()
    source = model.tensor((1, 12), 0.05, 3)

    def layer(before: int, units: int) -> int:
        inputs = model.graph.tensors[before].shape[-1]
        return dense(model, before, chance.integers(-127, 128, (units, inputs)).astype(np.int8))

    wide = [layer(source, 300), layer(source, 310), layer(source, 320)]  # in the file, all before any is made small
    ends = [layer(each, 8) for each in wide]
    options = {"axis": 1}
    whole = model.finish(source, model.operator("CONCATENATION", ends, model.tensor((1, 24), 0.1, 3), **options))
    graph = simplify.simplify(reader.read(whole, "here"))
    assert memory.plan(graph).bytes >= 300 + 310 + 320
    better, found = memory.ordered(graph)
    assert memory.plan(better).bytes <= 320 + 3 * 8 + 8
    assert sorted(step.layer for step in better.steps) == sorted(step.layer for step in graph.steps)
    assert memory.ordered(better)[0].steps == better.steps
    assert found == memory.plan(better)
    assert_same(whole)


def test_a_workspace_is_apart_from_what_its_step_reads_and_writes() -> None:
    """At every place but those the shadow run refuses it, with the layer's name."""
    model = Model()
    image = model.tensor((1, 6, 6, 2), 0.1)
    between = convolution(model, image, np.ones((3, 3, 3, 2), np.int8), model.tensor((1, 4, 4, 3), 0.1))
    made = convolution(model, between, np.ones((2, 3, 3, 3), np.int8), model.tensor((1, 2, 2, 2), 0.1))
    end = dense(model, made, np.ones((1, 8), np.int8))
    graph = reader.read(model.finish(image, end), "here")
    step, size = graph.steps[1], graph.workspaces()[1]
    assert size == 4 * 3 * 3 * 3  # four positions' windows
    source, output = step.inputs[0], step.output
    plan = memory.plan(graph)
    shadow.run(graph, plan, "here")
    assert plan.workspaces[1] % 4 == 0
    assert plan.bytes >= size + source.size
    offsets = {source.index: 120, output.index: 300}
    for start in range(400):
        moved = memory.Plan(offsets, 400, {0: 0, 1: start})
        overlaps = any(
            max(start, offsets[tensor.index]) < min(start + size, offsets[tensor.index] + tensor.size)
            for tensor in (source, output)
        )
        if start % 4 or start + size > 400 or overlaps:
            with pytest.raises(InputError, match=r"^here: layer 1, .*: its workspace .*; no C"):
                shadow.run(graph, moved, "here")
        else:
            shadow.run(graph, moved, "here")


@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D", "pooled", "RELU"])
def test_an_output_too_near_to_its_input_is_refused(kind: str) -> None:
    """At every distance the shadow run agrees with what the plan takes for near enough."""
    model = Model()
    image = model.tensor((1, 9, 9, 2), 0.1)
    between = convolution(model, image, np.ones((3, 3, 3, 2), np.int8), model.tensor((1, 7, 7, 3), 0.1))
    if kind == "RELU":
        made = model.operator(kind, [between], model.tensor((1, 7, 7, 3), 0.1))
    elif kind == "DEPTHWISE_CONV_2D":
        options = {"strideH": 1, "strideW": 1, "padding": SAME, "dilationHFactor": 1, "dilationWFactor": 1}
        kernel = model.constant(np.ones((1, 3, 3, 6), np.int8), 0.1)
        made = model.operator(kind, [between, kernel], model.tensor((1, 7, 7, 6), 0.1), depthMultiplier=2, **options)
    else:
        made = convolution(model, between, np.ones((8, 2, 2, 3), np.int8), model.tensor((1, 6, 6, 8), 0.1))
    if kind == "pooled":
        options = {"filterHeight": 2, "filterWidth": 2, "strideH": 2, "strideW": 2, "padding": VALID}
        made = model.operator("MAX_POOL_2D", [made], model.tensor((1, 3, 3, 8), 0.1), **options)
    end = dense(model, made, np.ones((1, np.prod(model.graph.tensors[made].shape)), np.int8))
    graph = simplify.simplify(reader.read(model.finish(image, end), "here"))
    step = graph.steps[1]
    source, output, apart = step.inputs[0], step.output, step.distance()
    assert apart is not None
    for start in range(source.size + output.size):  # of the output; the input lies behind as much as it has
        offsets = {source.index: output.size, output.index: start}
        behind = 4 * (source.size + output.size)
        workspaces = dict.fromkeys(range(len(graph.steps)), behind)
        plan = memory.Plan(offsets, behind + max(graph.workspaces()), workspaces)
        if start == 0 or start == output.size + source.size or output.size - start >= apart:
            shadow.run(graph, plan, "here")
        else:
            with pytest.raises(
                InputError, match=r"^here: layer \d+, .*: writes over tensor .* before it has read it; no C"
            ):
                shadow.run(graph, plan, "here")


def _code(model: bytes) -> str | None:
    try:
        return generate(model, "here", "model").code
    except InputError:
        return None


@runs_c
def test_a_graph_simplified_wrongly_is_refused() -> None:
    """Channels dropped as if neither reshaping nor the caller looked at them: no C that leaves values out."""

    def follows(step: Step, before: Step, _: object) -> bool:
        return step.inputs[0].index == before.output.index

    models = [network(seed) for seed in range(200)]
    right = [_code(model) for model in models]
    accepted, refused = [], 0
    with mock.patch.object(simplify, "_follows", follows):
        for model, before in zip(models, right, strict=True):
            try:
                source = generate(model, "here", "model")
            except InputError as error:
                refused += "no C is written: a fault of the generator" in str(error)
            else:
                if source.code != before:
                    accepted.append((source, some_inputs(model)))
    assert refused > 5
    for start in range(0, len(accepted), AT_ONCE):
        sources, inputs = zip(*accepted[start : start + AT_ONCE], strict=True)
        assert not [found for found in run_c_of(sources, inputs) if isinstance(found, str)]
