"""Networks of the shapes of MLPerf Tiny's, with random weights: dense, pruned, and with channels that are all zero.

Their C gives TensorFlow Lite Micro's outputs whatever it is made for, on this machine and on emulated cores.
"""

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from fewbytes.runtimes import tflm
from tests.flatbuffer import Model
from tests.tflite_to_c.chips.programs import emulates, program_of
from tests.tflite_to_c.models import SAME, VALID, every_source, random_inputs, run_source, runs_c
from tflite_to_c import reader, source
from tflite_to_c.chips import measure
from tflite_to_c.matrix import Matrix
from tflite_to_c.options import SIZE, SPEED, Options

RELU, NONE = schema.ActivationFunctionType.RELU, schema.ActivationFunctionType.NONE
WEIGHT_SCALE = 0.01
STACK = 64  # bytes more that a call from a call takes
SHRINK = 0.4  # what a ReLU leaves of the spread of values, about


class Builder:
    """Layers one after the other. zeros: the share of weights; dead: that of channels that are zero altogether."""

    def __init__(self, shape: tuple[int, ...], seed: int, zeros: float, dead: float) -> None:
        self.model = Model()
        self._chance = np.random.default_rng(seed)
        self._zeros, self._dead = zeros, dead
        self._scales: dict[int, float] = {}
        self.input = self._tensor((1, *shape), 0.02, -1)

    def _tensor(self, shape: tuple[int, ...], scale: float, zero_point: int) -> int:
        index = self.model.tensor(shape, scale, zero_point)
        self._scales[index] = scale
        return index

    def shape(self, index: int) -> tuple[int, ...]:
        return tuple(self.model.graph.tensors[index].shape)

    def _weights(self, shape: tuple[int, ...], axis: int) -> NDArray[np.int8]:
        weights = self._chance.integers(-127, 128, shape).astype(np.int8)
        weights[self._chance.random(shape) < self._zeros] = 0
        np.moveaxis(weights, axis, 0)[self._chance.random(shape[axis]) < self._dead] = 0
        return weights

    def _layer(self, kind: str, source: int, weights: NDArray[np.int8], axis: int, seen: int, **options: int) -> int:
        scale = SHRINK * self._scales[source] * WEIGHT_SCALE * 74 * np.sqrt(seen * (1 - self._zeros))
        shape = options.pop("rows"), options.pop("columns"), weights.shape[axis]
        made = self._tensor((1, *shape) if shape[0] else (1, shape[2]), float(scale), -20)
        count = (weights.shape[axis],)
        biases = self._chance.integers(-3000, 3000, count).astype(np.int32)
        scales = (WEIGHT_SCALE * self._chance.uniform(0.5, 1, count)).astype(np.float32)
        stored = self.model.constant(weights, scales, axis=axis)
        bias = self.model.constant(biases, scales * np.float32(self._scales[source]))
        return self.model.operator(kind, [source, stored, bias], made, **options)

    def _sides(self, source: int, kernel: tuple[int, int], stride: int, padding: int) -> tuple[int, int]:
        rows, columns = self.shape(source)[1:3]
        if padding == SAME:
            return -(-rows // stride), -(-columns // stride)
        return (rows - kernel[0]) // stride + 1, (columns - kernel[1]) // stride + 1

    def conv(
        self,
        source: int,
        filters: int,
        kernel: tuple[int, int],
        stride: int = 1,
        *,
        padding: int = SAME,
        active: int = RELU,
    ) -> int:
        channels = self.shape(source)[3]
        rows, columns = self._sides(source, kernel, stride, padding)
        weights = self._weights((filters, *kernel, channels), 0)
        options = {"strideH": stride, "strideW": stride, "padding": padding, "fusedActivationFunction": active}
        options |= {"dilationHFactor": 1, "dilationWFactor": 1, "rows": rows, "columns": columns}
        return self._layer("CONV_2D", source, weights, 0, weights[0].size, **options)

    def depthwise(self, source: int, kernel: tuple[int, int], stride: int = 1, *, padding: int = SAME) -> int:
        channels = self.shape(source)[3]
        rows, columns = self._sides(source, kernel, stride, padding)
        weights = self._weights((1, *kernel, channels), 3)
        options = {"strideH": stride, "strideW": stride, "padding": padding, "fusedActivationFunction": RELU}
        options |= {"dilationHFactor": 1, "dilationWFactor": 1, "depthMultiplier": 1, "rows": rows, "columns": columns}
        return self._layer("DEPTHWISE_CONV_2D", source, weights, 3, kernel[0] * kernel[1], **options)

    def dense(self, source: int, units: int, active: int = RELU) -> int:
        size = int(np.prod(self.shape(source)))
        weights = self._weights((units, size), 0)
        options = {"fusedActivationFunction": active, "rows": 0, "columns": 0}
        return self._layer("FULLY_CONNECTED", source, weights, 0, size, **options)

    def add(self, one: int, other: int) -> int:
        made = self._tensor(self.shape(one), self._scales[one] + self._scales[other], 3)
        return self.model.operator("ADD", [one, other], made, fusedActivationFunction=RELU)

    def pool(self, source: int, size: tuple[int, int]) -> int:
        rows, columns, channels = self.shape(source)[1:]
        made = self.model.tensor((1, rows // size[0], columns // size[1], channels), *self.model.quantization(source))
        self._scales[made] = self._scales[source]
        options = {
            "filterHeight": size[0],
            "filterWidth": size[1],
            "strideH": size[0],
            "strideW": size[1],
            "padding": VALID,
        }
        return self.model.operator("AVERAGE_POOL_2D", [source], made, **options)

    def finish(self, output: int) -> bytes:
        return self.model.finish(self.input, output)


def resnet(seed: int, zeros: float, dead: float, side: int = 16) -> bytes:
    """ResNet-8, image classification; of `side` pixels a side, of 32 in MLPerf Tiny."""
    net = Builder((side, side, 3), seed, zeros, dead)
    trunk = net.conv(net.input, 16, (3, 3))
    for filters, stride in ((16, 1), (32, 2), (64, 2)):
        branch = net.conv(net.conv(trunk, filters, (3, 3), stride), filters, (3, 3), active=NONE)
        trunk = net.add(trunk if stride == 1 else net.conv(trunk, filters, (1, 1), stride, active=NONE), branch)
    return net.finish(net.dense(net.pool(trunk, (side // 4, side // 4)), 10, NONE))


def ds_cnn(seed: int, zeros: float, dead: float) -> bytes:
    """DS-CNN, keyword spotting."""
    net = Builder((49, 10, 1), seed, zeros, dead)
    trunk = net.conv(net.input, 64, (10, 4), 2)
    for _ in range(4):
        trunk = net.conv(net.depthwise(trunk, (3, 3)), 64, (1, 1))
    return net.finish(net.dense(net.pool(trunk, (25, 5)), 12, NONE))


def mobilenet(seed: int, zeros: float, dead: float) -> bytes:
    """MobileNet v1 0.25, visual wake words; of 48 pixels a side."""
    net = Builder((48, 48, 3), seed, zeros, dead)
    trunk = net.conv(net.input, 8, (3, 3), 2)
    for filters, stride in ((16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), (128, 1), (256, 2)):
        trunk = net.conv(net.depthwise(trunk, (3, 3), stride), filters, (1, 1))
    return net.finish(net.dense(net.pool(trunk, (2, 2)), 2, NONE))


def autoencoder(seed: int, zeros: float, dead: float) -> bytes:
    """Dense layers, anomaly detection."""
    net = Builder((640,), seed, zeros, dead)
    trunk = net.input
    for units in (128, 128, 8, 128, 128):
        trunk = net.dense(trunk, units)
    return net.finish(net.dense(trunk, 637, NONE))


def streaming(seed: int, zeros: float, dead: float) -> bytes:
    """Convolutions along time, streaming wake word."""
    net = Builder((32, 1, 40), seed, zeros, dead)
    trunk = net.input
    for filters, kernel in ((32, 5), (32, 9), (35, 3)):
        trunk = net.conv(net.depthwise(trunk, (kernel, 1), padding=VALID), filters, (1, 1))
    return net.finish(net.dense(trunk, 3, NONE))


def channels(model: bytes) -> int:
    """Of all layers with weights, in the C."""
    return sum(
        len(step.weights) for step in source.prepare(reader.read(model, "it"), "it").steps if isinstance(step, Matrix)
    )


def test_channels_that_give_the_same_always_or_that_nothing_reads_are_left_out() -> None:
    for zeros, dead, most in ((0.0, 0.0, 1.0), (0.0, 0.3, 0.85), (0.97, 0.0, 0.6)):
        assert channels(mobilenet(1, zeros, dead)) <= most * channels(mobilenet(1, 0, 0)), (zeros, dead)


NETWORKS = [resnet, ds_cnn, mobilenet, autoencoder, streaming]


@runs_c
@pytest.mark.parametrize(("zeros", "dead"), [(0.0, 0.0), (0.8, 0.1), (0.97, 0.5)])
@pytest.mark.parametrize("make", NETWORKS)
@pytest.mark.slow
def test_c_gives_tflms_outputs_whatever_it_is_made_for(
    make: Callable[[int, float, float], bytes], zeros: float, dead: float
) -> None:
    model = make(1, zeros, dead)
    inputs = random_inputs(model, 3)
    expected = tflm.Interpreter(model).scores(inputs)
    assert len(np.unique(expected)) > 1 or dead > 0.4
    for options, each in every_source(model).items():
        np.testing.assert_array_equal(run_source(each, inputs, options), expected)


@functools.cache
def sources(make: Callable[[int, float, float], bytes]) -> tuple[bytes, dict[Options, source.Source]]:
    """For all cores: a model, and its C in every way."""
    model = make(2, 0.3, 0.1)
    return model, every_source(model)


@emulates
@runs_c
@pytest.mark.parametrize("core", ["cortex-m0", "cortex-m4", "cortex-m33", "rv32ec"])
@pytest.mark.parametrize("make", NETWORKS)
@pytest.mark.slow
def test_emulated_cores_give_them_too(make: Callable[[int, float, float], bytes], core: str, tmp_path: Path) -> None:
    model, made = sources(make)
    inputs = random_inputs(model, 1)
    expected = tflm.Interpreter(model).scores(inputs)
    measured = {}
    ends = inputs.size, expected.size
    for options, written in made.items():
        program = program_of(tmp_path, written, ends, in_place=options.in_place)
        measured[options] = measure(program, core, inputs.reshape(1, -1))
    for options, each in measured.items():
        np.testing.assert_array_equal(each.outputs, expected)
        assert each.ram_bytes <= measured[Options(options.optimize)].ram_bytes + STACK
    if core in {"cortex-m4", "cortex-m33"}:
        assert measured[Options(SPEED)].instructions[0] < 0.8 * measured[Options(SIZE)].instructions[0]
