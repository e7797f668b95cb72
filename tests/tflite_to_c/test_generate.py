"""The generated C against TensorFlow Lite Micro, bit for bit."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fewbytes.runtimes import tflm
from tests.attack import networks
from tests.conftest import ROOT
from tests.flatbuffer import Model
from tests.tflite_to_c.models import (
    FEW,
    VALID,
    assert_same,
    convolution,
    dense,
    ending_at,
    every_source,
    outputs_of,
    pooled_network,
    residual_network,
    run_c,
    runs_c,
)
from tflite_to_c import host, inspection, source
from tflite_to_c.errors import InputError
from tflite_to_c.generator import generate
from tflite_to_c.options import SIZE, Options
from tflite_to_c.source import Normalisation


@runs_c
@pytest.mark.slow
def test_random_networks_give_what_tflm_gives_in_any_encoding() -> None:
    outcome = networks.attack(200, seed=1)
    assert outcome.failures == []
    assert outcome.counts["equal to TFLM"] > 185


@runs_c
@pytest.mark.parametrize("model", [pooled_network(), pooled_network(dead=True), residual_network()])
def test_small_networks_give_what_tflm_gives(model: bytes) -> None:
    assert_same(model, 200)


@runs_c
@pytest.mark.parametrize("dead", [False, True])
@pytest.mark.parametrize("model", [pooled_network, residual_network])
def test_an_output_that_later_layers_read_is_whole(model: Callable[..., bytes], dead: bool) -> None:
    whole = model(dead=dead)
    for output in outputs_of(whole):
        assert_same(ending_at(whole, output), among=FEW)


@runs_c
@pytest.mark.parametrize("pool", ["MAX_POOL_2D", "AVERAGE_POOL_2D", "MEAN"])
@pytest.mark.parametrize("first", ["convolution", "dense"])
def test_pooling_after_a_reshape_sees_the_new_channels(first: str, pool: str) -> None:
    chance = np.random.default_rng(9)
    model = Model()
    image = model.tensor((1, 4, 4, 4), 0.02, 7)
    weights = chance.integers(-127, 128, (4, 1, 1, 4)).astype(np.int8)
    weights[1] = 0
    if first == "convolution":
        before = convolution(model, image, weights, model.tensor((1, 4, 4, 4), 0.1, 3))
    else:
        before = dense(model, image, np.tile(weights.reshape(4, 4), (16, 16)))
    wide = model.operator("RESHAPE", [before], model.tensor((1, 2, 2, 16), 0.1, 3))
    if pool == "MEAN":
        axes = model.constant(np.array([1, 2], np.int32))
        after = model.operator(pool, [wide, axes], model.tensor((1, 16), 0.1, 3), keepDims=False)
    else:
        options = {"filterHeight": 2, "filterWidth": 2, "strideH": 2, "strideW": 2, "padding": VALID}
        after = model.operator(pool, [wide], model.tensor((1, 1, 1, 16), 0.1, 3), **options)
    end = dense(model, after, chance.integers(-127, 128, (3, 16)).astype(np.int8))
    assert_same(model.finish(image, end))


@runs_c
@pytest.mark.parametrize("kernel", [1, 2])
def test_a_pruned_decoder_reads_within_its_weights(kernel: int) -> None:
    chance = np.random.default_rng(10)
    model = Model()
    code = model.tensor((1, 6), 0.02, 7)
    weights = chance.integers(-127, 128, (32, 6)).astype(np.int8)
    weights[::3] = 0
    image = model.operator("RESHAPE", [dense(model, code, weights)], model.tensor((1, 4, 4, 2), 0.1, 3))
    filters = chance.integers(-127, 128, (3, kernel, kernel, 2)).astype(np.int8)
    side = 5 - kernel
    end = convolution(model, image, filters, model.tensor((1, side, side, 3), 0.3, -2))
    assert_same(model.finish(code, end))


@runs_c
def test_a_softmax_has_as_many_classes_as_its_sum_holds() -> None:
    for classes in (511, 512):
        model = Model()
        source = model.tensor((1, classes), 0.001, 3)
        shares = model.operator("SOFTMAX", [source], model.tensor((1, classes), 1 / 256, -128), beta=1.0)
        whole = model.finish(source, shares)
        if classes == 511:
            equal = np.full((1, 1, classes), 5, np.int8)
            np.testing.assert_array_equal(run_c(whole, equal), tflm.Interpreter(whole).scores(equal))
            assert_same(whole)
        else:
            with pytest.raises(InputError, match="operator SOFTMAX: tensor 'tensor_0' has 512 classes; up to 511 are"):
                generate(whole, "here", "model")


def mean_network(axes: list[int]) -> bytes:
    model = Model()
    image = model.tensor((1, 3, 4, 5), 0.1, 3)
    operands = [image, model.constant(np.array(axes, np.int32))]
    return model.finish(image, model.operator("MEAN", operands, model.tensor((1, 5), 0.07, -4), keepDims=False))


@runs_c
def test_a_mean_counts_its_axes_from_either_end() -> None:
    for axes in ([1, 2], [2, 1], [-3, -2], [1, -2]):
        assert_same(mean_network(axes))
    for axes in ([5, 6], [1, 2, 1], [1, 6], [-7, -6], [1]):
        with pytest.raises(InputError, match=r"operator MEAN: tensor 'tensor_1': .* axes 1 and 2, is covered"):
            generate(mean_network(axes), "here", "model")


@pytest.mark.skipif(not tflm.available(), reason=tflm.ABSENT)
def test_tflm_is_no_reference_where_it_fails_while_running() -> None:
    model = mean_network([5, 6])  # it says so on its standard error and goes on
    with pytest.raises(tflm.RefusedError, match="reduce_common"):
        tflm.Interpreter(model).scores(np.zeros((1, 1, 3, 4, 5), np.int8))


@runs_c
def test_padding_with_a_value_of_its_own() -> None:
    for scale in (0.1, 0.2):
        model = Model()
        image, output = model.tensor((1, 3, 2, 2), 0.1), model.tensor((1, 4, 5, 2), 0.1)
        sides = model.constant(np.array([[0, 0], [0, 1], [1, 2], [0, 0]], np.int32))
        model.operator("PADV2", [image, sides, model.constant(np.array([-77], np.int8), scale)], output)
        if scale == 0.1:
            assert_same(model.finish(image, output))
        else:
            with pytest.raises(InputError, match="operator PADV2: tensor 'tensor_3' needs the output's scale and zero"):
                generate(model.finish(image, output), "here", "model")


@runs_c
@pytest.mark.parametrize("name", ["MAX_POOL_2D", "AVERAGE_POOL_2D", "PAD"])
def test_sides_beyond_16_bits_are_kept(name: str) -> None:
    model = Model()
    source = model.tensor((1, 40_000, 1, 1), 0.1, 3)
    if name == "PAD":
        sides = model.constant(np.array([[0, 0], [1, 2], [0, 0], [0, 0]], np.int32))
        output = model.operator(name, [source, sides], model.tensor((1, 40_003, 1, 1), 0.1, 3))
    else:
        options = {"filterHeight": 100, "filterWidth": 1, "strideH": 100, "strideW": 1, "padding": VALID}
        output = model.operator(name, [source], model.tensor((1, 400, 1, 1), 0.1, 3), **options)
    assert_same(model.finish(source, output), 3)


@runs_c
def test_the_header_says_how_raw_values_become_inputs_and_the_code_stays_the_same(tmp_path: Path) -> None:
    model = pooled_network()
    plain = generate(model, "it", "net")
    one = generate(model, "it", "net", normalisation=Normalisation([0.0], [255.0]))
    each = generate(model, "it", "net", normalisation=Normalisation([0.5, -1.25], [2.0, 1e-6]))
    assert plain.code == one.code == each.code
    assert "RAW_" not in plain.header
    assert "#define NET_RAW_OFFSET 0.0f\n#define NET_RAW_DIVISOR 255.0f\n" in one.header
    assert "#define NET_RAW_OFFSETS {0.5f, -1.25f}\n#define NET_RAW_DIVISORS {2.0f, 1e-06f}\n" in each.header
    (tmp_path / "net.h").write_text(each.header)
    program = """#include "net.h"
    static const float offsets[] = NET_RAW_OFFSETS, divisors[] = NET_RAW_DIVISORS;
    int main(void) { return (3.5f - offsets[0]) / divisors[0] == 1.5f ? 0 : 1; }
    """
    (tmp_path / "main.c").write_text(program)
    compiler = host.compiler()
    assert compiler is not None
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-o", str(tmp_path / "main")]
    subprocess.run([compiler, *flags, str(tmp_path / "main.c")], check=True)
    subprocess.run([str(tmp_path / "main")], check=True)


def tied_network(*, other: bool) -> bytes:
    """Two convolutions of the same weights; `other`: but for one weight."""
    weights = np.random.default_rng(5).integers(-127, 128, (6, 3, 3, 6)).astype(np.int8)
    model = Model()
    image = model.tensor((1, 9, 9, 6), 0.02, 3)
    once = convolution(model, image, weights, model.tensor((1, 7, 7, 6), 0.05, -3))
    if other:
        weights[0, 0, 0, 0] ^= 1
    twice = convolution(model, once, weights, model.tensor((1, 5, 5, 6), 0.1, 4))
    return model.finish(image, twice)


@runs_c
def test_weights_that_layers_share_stand_in_the_c_once() -> None:
    assert_same(tied_network(other=False))
    once, twice = (every_source(tied_network(other=other)) for other in (False, True))
    for shared, apart in zip(once.values(), twice.values(), strict=True):
        assert len(shared.code) < len(apart.code) - 500
    first, second = inspection.inspect(tied_network(other=False), "it", Options(SIZE)).layers
    assert first.encoding == second.encoding == "dense"
    assert first.flash_bytes - second.flash_bytes == first.weights


@runs_c
def test_equal_tables_and_equal_constants_stand_beside_one_another() -> None:
    weights = np.random.default_rng(5).integers(-127, 128, (32, 32)).astype(np.int8)
    model = Model()
    source = model.tensor((1, 32), 0.02, 3)
    last = source
    for _ in range(2):
        last = model.operator("TANH", [dense(model, last, weights, (1, 32))], model.tensor((1, 32), 1 / 128, 0))
    for _ in range(2):
        factors = model.constant(weights[0].reshape(1, 32), 0.01)
        last = model.operator("MUL", [last, factors], model.tensor((1, 32), 0.01, 0))
    assert_same(model.finish(source, last))


def test_no_name_within_is_one_that_a_models_name_may_make() -> None:
    """A file named lstm.tflite gives lstm_run, lstm_reset, ..."""
    public = ("_run", "_step", "_row", "_reset", "_input", "_output")
    for path in (ROOT / "tflite_to_c").rglob("*.c"):
        for name in re.findall(r"^static [^;=(]*?\b(\w+)\(", path.read_text(), re.MULTILINE):
            assert not name.endswith(public), path
    assert source.identifier("features.tflite") == "features_tflite"
    assert source.identifier("Features") == "model_features"
