"""Every step takes data and networks of any shape: random ones, in one and two dimensions, recurrent, branched."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fewbytes import params
from fewbytes.compression import clustering, magnitude, quantization, searching, support
from fewbytes.data import spec as specs
from fewbytes.data.dataset import Split
from fewbytes.data.examples import Kind
from fewbytes.data.spec import Spec
from fewbytes.model_files import dead, slim
from fewbytes.networks import tflite
from fewbytes.networks.keras import keras, make_deterministic
from fewbytes.params import Recipe
from fewbytes.training import recipes
from tests.tflite_to_c.models import FEW, assert_same

pytestmark = pytest.mark.slow
EXAMPLES, BATCH = 96, 16
Random = np.random.Generator
Block = dict[str, Any]
Network = tuple[list[int], list[Block]]  # the shape of an example, and the blocks


def image(random: Random) -> Network:
    side, channels = random.integers(9, 15, 2).tolist(), [3] if random.integers(2) else []
    blocks = [{"conv": size(random), "kernel_size": 3, "strides": stride(random)}]
    blocks += [chosen(random, pointwise, depthwise, pool)(random) for _ in range(2)]
    return [*side, *channels], [*blocks, *end(random)]


def series(random: Random) -> Network:
    blocks = [{"conv": size(random), "kernel_size": 5, "strides": stride(random)}]
    blocks += [chosen(random, pointwise, depthwise, pool)(random) for _ in range(2)]
    return [int(random.integers(20, 40)), int(random.integers(1, 7))], [*blocks, *end(random)]


def branched(random: Random) -> Network:
    filters = size(random)
    inner: list[Block] = [{"conv": filters, "kernel_size": 3, "strides": 1, "padding": "same"}]
    blocks: list[Block] = [{"conv": filters, "kernel_size": 3, "strides": stride(random)}, {"residual": inner}]
    return [12, 10, 2], [*blocks, *end(random)]


def recurrent(random: Random) -> Network:
    layers = [{"lstm": size(random)} for _ in range(random.integers(1, 3))]
    return [int(random.integers(4, 12)), int(random.integers(1, 9))], layers


def table(random: Random) -> Network:
    return [int(random.integers(3, 30))], [{"dense": size(random)} for _ in range(random.integers(1, 4))]


def size(random: Random) -> int:
    return int(random.integers(3, 9))


def stride(random: Random) -> int:
    return int(random.integers(1, 3))


def chosen(random: Random, *ways: Callable[[Random], Block]) -> Callable[[Random], Block]:
    return ways[random.integers(len(ways))]


def pointwise(random: Random) -> Block:
    return {"conv": size(random), "kernel_size": 1, "strides": 1}


def depthwise(random: Random) -> Block:
    return {"separable": size(random), "kernel_size": 3, "strides": 1, "padding": "same"}


def pool(_random: Random) -> Block:
    return {"max_pool": 2, "padding": "same"}


def end(random: Random) -> list[Block]:
    ends: list[list[Block]] = [[{"average": True}], [{"dropout": 0.2}], []]
    return ends[random.integers(3)]


def classified(random: Random, shape: list[int], kind: Kind) -> tuple[Spec, Split]:
    """Examples that can be told apart a little, normalised."""
    classes = int(random.integers(2, 6))
    labels = (np.arange(EXAMPLES) % classes).astype(np.uint8)
    raw = (random.normal(size=(classes, *shape))[labels] + random.normal(size=(EXAMPLES, *shape))).astype(np.float32)
    spec = specs.describe(raw, kind, [str(label) for label in range(classes)], "auto", "random")
    return spec, Split(spec.normalise(raw), labels)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("make", [image, series, branched, recurrent, table])
def test_the_chain_runs_and_its_c_gives_tflms_outputs(
    make: Callable[[Random], Network], seed: int, settings: params.Params
) -> None:
    random = np.random.default_rng([seed, len(make.__name__)])
    shape, blocks = make(random)
    kind: Kind = "image" if make in (image, branched) else "table" if make is table else "series"
    spec, split = classified(random, shape, kind)
    make_deterministic(seed)
    short = {"epochs": 2, "batch_size": BATCH}
    recipe = Recipe.model_validate(
        {**short, "network": {"family": "blocks", "blocks": blocks}, "learning_rate": 0.01, "hold_out_validation": True}
    )
    model, _ = recipes.train(recipe, "train.baseline", spec, split, split)
    frequent = settings.prune.model_copy(update={**short, "frequency": 2, "layers": {}})
    pruned, _ = magnitude.prune(model, frequent, split, split)
    shared, _ = clustering.cluster(pruned, settings.cluster.model_copy(update={**short, "clusters": 4}), split, split)
    found = [tflite.to_full_integer(each, split.inputs) for each in (model, pruned, shared)]
    start, network = [("pruned", pruned), ("clustered", shared)][seed]
    found += aware(network, start, settings.quantize.model_copy(update=short), split)
    searched = settings.search.recipe("searched").model_copy(
        update={**short, "rounds": 2, "layers": {}, "accuracy_budget": 100.0}
    )
    shares = params.Shares(first_kept=0.5, keep=0.85, frequency=2)
    following = params.Grid(bits=4, step=0.335, learned=False)
    support.require(model, "search")
    asked = searched.model_copy(update=[{}, {"entropy_penalty": None, "shares": shares, "grid": following}][seed])
    found.append(searching.searched(model, asked, split, split, section="search.searched")[0])
    for content in found:
        assert_same(slim.slim(dead.fold(content)), 20, FEW)


def aware(network: keras.Model, start: str, schedule: params.Quantize, split: Split) -> list[bytes]:
    """By tfmot's quantization-aware training, which knows no LSTM."""
    why = support.reason(network, "quantize")
    if why is not None:
        assert "LSTM" in why
        return []
    return [tflite.to_full_integer(quantization.train_aware(network, start, schedule, split, split)[0])]
