"""Every network that is proposed can be built, whatever the data are."""

import optuna
import pytest

from fewbytes.blocks import Conv, kind
from fewbytes.compression import small
from fewbytes.data.spec import Spec
from fewbytes.exploring import space

SHAPES = [("image", [28, 28]), ("image", [9, 5, 3]), ("series", [20, 3]), ("series", [4, 1]), ("table", [7])]


def spec_of(data: str, shape: list[int]) -> Spec:
    fields = {"offset": [0.0], "divisor": [1.0], "low": 0.0, "high": 1.0, "dtype": "float32"}
    return Spec(shape=shape, kind=data, classes=["a", "b", "c"], **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(("data", "shape"), SHAPES)
def test_a_proposed_network_fits_the_data(data: str, shape: list[int]) -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    spec = spec_of(data, shape)
    found = set()
    for _ in range(25):
        trial = study.ask()
        point = space.propose(trial, spec)
        found |= {kind(block) for block in point.blocks}
        if small_enough(trial):
            assert small.build(point, spec, "it").output_shape == (None, 3)
        again = space.propose(optuna.trial.FixedTrial(trial.params), spec)
        assert again == point
    wanted = {"image": {"conv", "separable", "residual", "max_pool"}, "series": {"lstm", "conv"}, "table": {"dense"}}
    assert found >= wanted[data]


def small_enough(trial: optuna.Trial) -> bool:
    """To be built in a test."""
    return trial.number < 8


def test_ends_may_have_bits_of_their_own() -> None:
    choices = {"input": "whole", "groups": 1, "0.kernel": 3, "0.padding": "same", "0.less": "pool", "0.width": 6}
    choices |= {
        "0.second": "plain",
        "0.tied": True,
        "head": "all places",
        "bits": 3,
        "ends apart": True,
        "first bits": 8,
    }
    point = space.propose(
        optuna.trial.FixedTrial(choices | {"last bits": 2, "pruned": False}), spec_of("image", [9, 9])
    )
    assert point.layer_bits == [8, 3, 3, 2]
    first, second, third, _ = point.blocks
    assert first == second
    assert isinstance(third, Conv)
    assert third.tied
