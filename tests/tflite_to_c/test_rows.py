"""Layers computed together, row by row: less memory, the same outputs, and no row read that is not there."""

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from numpy.typing import NDArray

from fewbytes.runtimes import tflm
from tests.flatbuffer import Model
from tests.tflite_to_c.models import (
    BY_ROWS,
    SAME,
    VALID,
    assert_same,
    convolution,
    dense,
    joined_at_random,
    random_inputs,
    runs_c,
)
from tests.tflite_to_c.recurrent import classifier
from tests.tflite_to_c.test_benchmark_networks import ds_cnn, mobilenet, resnet
from tflite_to_c import cli, host, memory, reader, shadow, simplify, source, together
from tflite_to_c.errors import InputError
from tflite_to_c.generator import generate
from tflite_to_c.graph import FaultError, Graph
from tflite_to_c.options import BALANCED, Options
from tflite_to_c.rows import Lines, Part, Rows

ROWS = Options(BALANCED, rows=True)
WINDOW = {"filterHeight": 3, "filterWidth": 2, "strideH": 2, "strideW": 2}


def graph_of(model: bytes) -> Graph:
    return simplify.simplify(reader.read(model, "here"))


def pyramid(padding: int = SAME, *, sides: tuple[int, int] = (13, 10), stride: int = 1) -> bytes:
    """Convolutions and pooling of several strides, and a branch around two of them."""
    chance = np.random.default_rng(5)
    model = Model()

    def conv(before: int, filters: int, size: int, step: int, output: tuple[int, ...]) -> int:
        channels = model.graph.tensors[before].shape[-1]
        weights = chance.integers(-127, 128, (filters, size, size, channels)).astype(np.int8)
        options = {"padding": padding, "strideH": step, "strideW": step}
        return convolution(model, before, weights, model.tensor((1, *output, filters), 0.3, -7), **options)

    def after(shape: tuple[int, int], size: int, step: int) -> tuple[int, int]:
        rows, columns = shape
        if padding == SAME:
            return -(-rows // step), -(-columns // step)
        return (rows - size) // step + 1, (columns - size) // step + 1

    image = model.tensor((1, *sides, 2), 0.02, 3)
    first = after(sides, 3, stride)
    trunk = conv(image, 6, 3, stride, first)
    deep = conv(conv(trunk, 6, 1, 1, first), 6, 1, 1, first)
    total = model.operator("ADD", [deep, trunk], model.tensor((1, *first, 6), 0.4, 2))
    second = after(first, 3, 2)
    trunk = conv(total, 5, 3, 2, second)
    pooled = tuple((side - size) // 2 + 1 for side, size in zip(second, (3, 2), strict=True))
    output = model.tensor((1, *pooled, 5), 0.3, -7)
    end = model.operator("AVERAGE_POOL_2D", [trunk], output, padding=VALID, **WINDOW)
    size = int(np.prod(model.graph.tensors[end].shape))
    return model.finish(image, dense(model, end, chance.integers(-127, 128, (4, size)).astype(np.int8)))


@pytest.mark.parametrize(("make", "share"), [(partial(resnet, side=32), 0.62), (mobilenet, 0.7), (ds_cnn, 0.66)])
def test_it_takes_less_memory(make: Callable[[int, float, float], bytes], share: float) -> None:
    graph = reader.read(make(1, 0, 0), "here")
    alone, together_ = (source.prepare(graph, "here", ROWS._replace(rows=rows)) for rows in (False, True))
    assert together_.plan.bytes < share * alone.plan.bytes
    names = [", and ".join(step.layer for step in each.layers) for each in (together_, alone)]
    assert names[0] == names[1]  # some may have been fused
    assert any(isinstance(step, Rows) for step in together_.steps)


@runs_c
@pytest.mark.parametrize("padding", [SAME, VALID])
@pytest.mark.parametrize(("sides", "stride"), [((13, 10), 1), ((16, 9), 2), ((14, 14), 1), ((21, 4), 1)])
@pytest.mark.slow
def test_outputs_are_tflms_whichever_layers_are_together(padding: int, sides: tuple[int, int], stride: int) -> None:
    if padding == VALID:
        sides = sides[0] + 9, sides[1] + 9
    model = pyramid(padding, sides=sides, stride=stride)
    names = []
    for seed in range(3):
        with joined_at_random(seed) as joined:
            assert_same(model, 10, BY_ROWS)
        names += joined
    assert len(set(names)) > 3


def test_how_near_the_output_may_lie_is_as_the_shadow_run_has_it() -> None:
    found = 0
    for model in (pyramid(), pyramid(VALID, sides=(20, 15))):
        graph = graph_of(model)
        for run in together.runs(graph):
            step, apart = run.step, run.step.distance()
            assert apart is not None
            read, written = step.last_reads(0), step.writes()
            for distance in (apart - 1, apart, apart + 1):
                length = min(len(written) - distance, len(read)) if distance >= 0 else 0
                late = (read[:length] > written[distance : distance + length]).any() if length > 0 else False
                assert late == (distance < apart and distance >= 0), run.step.layer
            found += apart > 0
    assert found > 3


@pytest.mark.parametrize("change", ["line", "turn", "fewer"])
def test_rows_that_are_not_there_are_refused(change: str) -> None:
    graph = graph_of(pyramid())
    run = max(together.runs(graph), key=lambda run: run.last - run.first)
    whole = together.with_runs(graph, [run])
    shadow.run(whole, memory.plan(whole), "here")
    first_line, timed, lines = Rows._first_line, run.step.timed, run.step.lines

    def later(self: Rows, part: Part, of: Lines) -> int:
        return first_line(self, part, of) + 1

    if change == "line":
        with mock.patch.object(Rows, "_first_line", later), pytest.raises(InputError, match="needs rows"):
            shadow.run(whole, memory.plan(whole), "here")
        return
    if change == "turn":  # a part begins before its rows are there
        last = timed[-2]
        vars(run.step)["timed"] = (*timed[:-2], last._replace(first=last.first - last.every), timed[-1])
    else:
        vars(run.step)["lines"] = {index: each._replace(kept=max(1, each.kept - 1)) for index, each in lines.items()}
    with pytest.raises(InputError, match=r"^here: layer 0, .*row by row: .* needs rows .* and reads .*; no C"):
        shadow.run(whole, memory.plan(whole), "here")


def test_what_is_not_computed_by_rows() -> None:
    model = Model()
    image = model.tensor((1, 8, 8, 2), 0.1)
    options = {"filterHeight": 3, "filterWidth": 3, "strideH": 2, "strideW": 2, "padding": SAME}
    padded = model.operator("MAX_POOL_2D", [image], model.tensor((1, 4, 4, 2), 0.1), **options)
    kernel = model.constant(np.ones((1, 3, 3, 2), np.int8), 0.1)
    depthwise = {"strideH": 1, "strideW": 1, "padding": SAME, "dilationHFactor": 1, "dilationWFactor": 1}
    made = model.tensor((1, 4, 4, 2), 0.1)
    deep = model.operator("DEPTHWISE_CONV_2D", [padded, kernel], made, depthMultiplier=1, **depthwise)
    axes = model.constant(np.array([1, 2], np.int32))
    mean = model.operator("MEAN", [deep, axes], model.tensor((1, 2), 0.1), keepDims=False)
    graph = graph_of(model.finish(image, dense(model, mean, np.ones((1, 2), np.int8))))
    assert [step.one_row() is None for step in graph.steps] == [True, False, False, True]
    assert [(run.first, run.last) for run in together.runs(graph)] == [(1, 2)]


def averaged(kind: str, *, sides: tuple[int, int] = (41, 9), shortcut: bool = False) -> bytes:
    """Convolutions of which the first has strides, and the mean over all places of the last; shortcut: of a sum."""
    chance = np.random.default_rng(6)
    model = Model()
    image = model.tensor((1, *sides, 2), 0.02, 3)
    places = -(-sides[0] // 2), -(-sides[1] // 2)

    def conv(before: int, filters: int, size: int, stride: int) -> int:
        channels = model.graph.tensors[before].shape[-1]
        weights = chance.integers(-127, 128, (filters, size, size, channels)).astype(np.int8)
        options = {"padding": SAME, "strideH": stride, "strideW": stride}
        return convolution(model, before, weights, model.tensor((1, *places, filters), 0.3, -7), **options)

    trunk = conv(image, 6, 3, 2)
    deep = conv(conv(trunk, 5, 3, 1), 6, 1, 1)
    if shortcut:
        deep = model.operator("ADD", [deep, trunk], model.tensor((1, *places, 6), 0.4, 2))
    if kind == "average":
        options = {"filterHeight": places[0], "filterWidth": places[1], "strideH": 1, "strideW": 1, "padding": VALID}
        like = model.graph.tensors[deep].quantization
        made = model.tensor((1, 1, 1, 6), like.scale, like.zeroPoint)
        end = model.operator("AVERAGE_POOL_2D", [deep], made, **options)
    else:
        axes = model.constant(np.array([1, 2], np.int32))
        end = model.operator("MEAN", [deep, axes], model.tensor((1, 6), 0.1, -20), keepDims=False)
    return model.finish(image, dense(model, end, chance.integers(-127, 128, (4, 6)).astype(np.int8)))


AVERAGED = [(kind, shortcut) for kind in ("average", "mean") for shortcut in (False, True)]


@runs_c
@pytest.mark.parametrize(("kind", "shortcut"), AVERAGED)
def test_a_mean_is_of_rows_that_need_not_exist(kind: str, shortcut: bool, tmp_path: Path) -> None:
    model = averaged(kind, shortcut=shortcut)
    alone, together_ = (
        source.prepare(reader.read(model, "it"), "it", ROWS._replace(rows=rows)) for rows in (False, True)
    )
    (run,) = (step for step in together_.steps if isinstance(step, Rows))
    assert run.timed[-1].row.gathered == 21
    assert together_.plan.bytes < 0.8 * alone.plan.bytes
    assert_same(model, 10, BY_ROWS)
    inputs = random_inputs(model, 12)
    np.testing.assert_array_equal(given_by_rows(model, inputs, tmp_path), tflm.Interpreter(model).scores(inputs))


def test_no_layer_is_together_with_a_mean_before_it() -> None:
    graph = next(reversed(together.forms(graph_of(averaged("average")))))
    mean = next(place for place, step in enumerate(graph.steps) if step.layer.endswith("AVERAGE_POOL_2D"))
    runs = list(together.runs(graph))
    assert max(run.last for run in runs) == mean
    parts = graph.steps[: mean + 1]
    whole = Rows("all", (graph.input,), graph.steps[mean].output, (*parts, replace(parts[-1])))
    with pytest.raises(FaultError, match="makes a single row, of which no others are made"):
        whole.filled()


@pytest.mark.parametrize("change", ["early", "fewer", "turns"])
def test_a_mean_of_other_rows_is_refused(change: str) -> None:
    graph = together.forms(graph_of(averaged("mean", shortcut=True)))[-1]
    run = max(together.runs(graph), key=lambda run: run.last - run.first)
    whole = together.with_runs(graph, [run])
    shadow.run(whole, memory.plan(whole), "here")
    *others, last = run.step.timed
    assert last.row.gathered
    if change == "turns":  # the last row is never added
        turns = run.step.turns - 1
        with (
            mock.patch.object(Rows, "turns", turns),
            pytest.raises(InputError, match=r"has 6 values, its loops write 0"),
        ):
            shadow.run(whole, memory.plan(whole), "here")
        return
    wrong = last._replace(first=last.first - last.every) if change == "early" else last._replace(every=2 * last.every)
    vars(run.step)["timed"] = (*others, wrong)
    with pytest.raises(InputError, match=r"row by row: .* needs rows .* and reads .*; no C"):
        shadow.run(whole, memory.plan(whole), "here")


def test_layers_that_others_read_from_are_not_hidden() -> None:
    """Each run reads one tensor, and of what it writes only the last is read outside."""
    graph = graph_of(pyramid())
    adds = next(place for place, step in enumerate(graph.steps) if len(step.inputs) == 2)
    for run in together.runs(graph):
        assert not adds - 2 < run.first <= adds <= run.last  # else it would read two tensors
        assert not run.first < adds - 2 <= run.last < adds  # else the branch would begin within it, and end outside


@pytest.mark.parametrize(("layers", "seconds"), [(40, 4), pytest.param(200, 30, marks=pytest.mark.slow)])
def test_deep_networks_take_little_time(layers: int, seconds: float) -> None:
    model = Model()
    trunk = image = model.tensor((1, 9, 9, 2), 0.1)
    options = {"padding": SAME}
    for _ in range(layers):
        trunk = convolution(model, trunk, np.ones((2, 3, 3, 2), np.int8), model.tensor((1, 9, 9, 2), 0.1), **options)
    start = time.process_time()  # not of what else runs here
    generate(model.finish(image, trunk), "here", "model", options=ROWS)
    assert time.process_time() - start < seconds


def test_it_is_asked_for_or_where_ram_is_bounded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.tflite"
    path.write_bytes(mobilenet(1, 0, 0))

    def inspected(*flags: str) -> dict[str, int | str | bool]:
        assert cli.main(["inspect", str(path), "--json", *flags]) == 0
        found: dict[str, int | str | bool] = json.loads(capsys.readouterr().out)
        return found

    plain, rows = inspected(), inspected("--rows")
    assert (plain["rows"], rows["rows"]) == (False, True)
    ends = reader.read(path.read_bytes(), "it")
    ram = int(rows["scratch_bytes"]) + ends.input.size + ends.output.size
    assert inspected("--ram", str(ram)) == rows
    assert cli.main(["inspect", str(path), "--rows"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("for balanced, row by row: ")


MAIN = """
#include <stdio.h>
#include "model.h"
int main(void)
{{
    int8_t input[MODEL_INPUT_BYTES], output[MODEL_OUTPUT_BYTES];
    while (fread(input, 1, sizeof input, stdin) == sizeof input) {{
        for (int y = 0; y < {spoilt}; y++) /* an input that is not completed */
            if (model_row(input, output))
                return 1;
        model_reset();
        for (int y = 0; y < MODEL_ROWS; y++)
            if (model_row(input + y * MODEL_ROW_BYTES, output) != (y == MODEL_ROWS - 1))
                return 2;
        fwrite(output, 1, sizeof output, stdout);
    }}
    return 0;
}}
"""


@runs_c
@pytest.mark.parametrize("padding", [SAME, VALID])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_rows_may_be_given_one_by_one(padding: int, stride: int, tmp_path: Path) -> None:
    model = pyramid(padding, sides=(31, 29), stride=stride)
    inputs = random_inputs(model, 12)
    np.testing.assert_array_equal(given_by_rows(model, inputs, tmp_path), tflm.Interpreter(model).scores(inputs))


def given_by_rows(model: bytes, inputs: NDArray[np.int8], folder: Path) -> NDArray[np.int8]:
    """Outputs of its C, given inputs a row at a time, in `folder`; before each input another that is cut short."""
    made = generate(model, "here", "model", options=Options(BALANCED, row_input=True))
    (folder / "model.h").write_text(made.header)
    (folder / "model.c").write_text(made.code)
    (folder / "main.c").write_text(MAIN.format(spoilt=graph_of(model).input.shape[0] * 2 // 3))
    command = [host.compiler() or "gcc", *host.FLAGS, *host.SANITIZERS, *map(str, folder.glob("*.c"))]
    subprocess.run([*command, "-o", str(folder / "run")], check=True)
    done = subprocess.run([folder / "run"], input=inputs.tobytes(), capture_output=True, check=True)
    return np.frombuffer(done.stdout, np.int8).reshape(len(inputs), -1)


def test_an_input_given_by_rows_is_not_held() -> None:
    graph = reader.read(mobilenet(1, 0, 0), "here")
    by_rows = source.prepare(graph, "here", Options(BALANCED, row_input=True))
    whole = source.prepare(graph, "here", ROWS)
    row = graph.input.size // graph.input.shape[0]
    assert by_rows.input_bytes == row
    assert by_rows.ram_bytes < whole.ram_bytes - graph.input.size + 4 * row
    first = by_rows.steps[0]
    assert isinstance(first, Rows)
    assert first.streamed


def one_layer(kind: str) -> bytes:
    model = Model()
    image = model.tensor((1, 6, 6, 2), 0.1)
    made = model.tensor((1, 6, 6, 2), 0.1)
    if kind == "dense":
        return model.finish(image, dense(model, image, np.ones((3, 72), np.int8)))
    trunk = convolution(model, image, np.ones((2, 3, 3, 2), np.int8), made, padding=SAME)
    if kind == "two readers":
        other = convolution(model, image, np.ones((2, 6, 6, 2), np.int8), model.tensor((1, 1, 1, 2), 0.1))
        flat = dense(model, trunk, np.ones((2, 72), np.int8), (1, 1, 1, 2))
        trunk = model.operator("ADD", [flat, other], model.tensor((1, 1, 1, 2), 0.1))
    return model.finish(image, trunk)


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("dense", Options(row_input=True), "its first layer needs all of it, or several read it"),
        ("two readers", Options(row_input=True), "its first layer needs all of it, or several read it"),
        ("one", Options(row_input=True, in_place=True), "its input is given row by row or lies in place, not both"),
    ],
)
def test_an_input_that_cannot_be_given_by_rows_is_one_line(kind: str, options: Options, said: str) -> None:
    with pytest.raises(InputError, match=f"^here: .*{said}$"):
        generate(one_layer(kind), "here", "model", options=options)


def test_a_recurrent_network_takes_steps_as_it_is() -> None:
    with pytest.raises(
        InputError, match=r"^here: its input cannot be given row by row: takes it a step at a time as it"
    ):
        generate(classifier(7, [9], 6, 11), "here", "model", options=Options(row_input=True))


def test_an_average_of_all_rows_at_several_places_is_none_of_all() -> None:
    model = Model()
    image = model.tensor((1, 16, 8, 1), 0.1)
    options = {"filterHeight": 16, "filterWidth": 8, "strideH": 16, "strideW": 1, "padding": SAME}
    end = model.operator("AVERAGE_POOL_2D", [image], model.tensor((1, 1, 8, 1), 0.1), **options)
    (pool,) = graph_of(model.finish(image, end)).steps
    row = pool.one_row()
    assert row is not None
    assert (row.height, row.gathered) == (16, None)


@runs_c
def test_a_layer_alone_takes_rows_too() -> None:
    assert_same(one_layer("one"), 10)
