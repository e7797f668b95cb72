"""What a network takes is measured before it is trained."""

import numpy as np
import pytest

from fewbytes.command import InputError
from fewbytes.compression import lowbit, small
from fewbytes.exploring import candidates
from fewbytes.exploring.candidates import Limits
from fewbytes.frontier_params import Budget, Point
from fewbytes.measuring import chip
from fewbytes.networks import folding
from tests.fewbytes.exploring.test_space import spec_of
from tests.tflite_to_c.chips.programs import emulates
from tflite_to_c.chips import Measured
from tflite_to_c.options import Options

SPEC = spec_of("image", [8, 8])
NONE = Limits("cortex-m0", None, None, None, None)
POINT = Point.model_validate(
    {
        "blocks": [{"conv": 4, "kernel_size": 3, "strides": 1}, {"max_pool": 2}],
        "grid": {"bits": 3, "step": 0.586, "learned": False},
        "kept": 1,
        "float_epochs": 1,
        "grid_epochs": 1,
    }
)


@emulates
def test_limits_decide_how_the_c_is_made() -> None:
    free = candidates.measure(POINT, SPEC, NONE)
    assert (free.excess, free.way) == (0, "balanced, in place")
    weights = 4 * 9 + 36 * 3
    assert 0.2 * weights < free.coded_bytes < weights < free.flash_bytes
    tight = candidates.measure(POINT, SPEC, NONE._replace(flash_bytes=free.flash_bytes - 100))
    assert tight.excess == 0
    assert tight.way != free.way
    assert tight.flash_bytes <= free.flash_bytes - 100
    assert tight.cycles > free.cycles


def test_what_fits_only_without_rows_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Row by row takes less RAM and more flash: neither way is the least of all."""

    def taken(model: bytes, options: Options, core: str) -> Measured:
        del model, core
        flash = {"tiny": 100, "size": 120, "balanced": 150}[options.optimize] + 10 * options.rows
        counts = np.array([1_000])
        return Measured(np.empty((1, 1), np.int8), counts, counts, flash, 10, 90 - 50 * options.rows, 20)

    monkeypatch.setattr(chip, "taken", taken)
    for bounds, flash, ram in ((NONE._replace(flash_bytes=105), 100, 90), (NONE._replace(ram_bytes=50), 160, 40)):
        found = candidates.measure(POINT, SPEC, bounds)
        assert (found.excess, found.flash_bytes, found.ram_bytes) == (0, flash, ram)
    assert candidates.measure(POINT, SPEC, NONE._replace(flash_bytes=105, ram_bytes=50)).excess > 0


@emulates
@pytest.mark.parametrize("limit", ["flash_bytes", "ram_bytes", "cycles", "coded_bytes"])
def test_how_far_a_limit_is_left_behind_is_said(limit: str) -> None:
    free = candidates.measure(POINT, SPEC, NONE)
    bound = getattr(free, limit) // 5 + 1
    found = candidates.measure(POINT, SPEC, NONE._replace(**{limit: bound}))
    assert found.excess == getattr(found, limit) / bound - 1 > 0


def test_what_is_far_too_large_is_not_even_built() -> None:
    large = POINT.model_copy(update={"blocks": [*POINT.blocks, *POINT.blocks[:1]]})
    found = candidates.measure(large, SPEC, NONE._replace(coded_bytes=2))
    assert found.way == "no C"
    assert found.excess > 1


@emulates
def test_fewer_weights_take_fewer_bytes() -> None:
    whole, half = (
        candidates.measure(POINT.model_copy(update={"kept": kept}), SPEC, NONE).coded_bytes for kept in (1, 0.3)
    )
    assert half < 0.8 * whole


def test_random_weights_are_on_the_grid() -> None:
    model = lowbit.aware(folding.fold(small.build(POINT, SPEC, "it")), POINT.grid)
    assert len(lowbit.gridded(model)) == 2
    assert candidates.made_at_random(POINT, SPEC) == candidates.made_at_random(POINT, SPEC)


def test_a_board_stands_for_its_figures() -> None:
    found = candidates.limits(Budget(board="CH32V003", ram_bytes=1_000))
    assert found == Limits("rv32ec", 16_384, 1_000, None, None)
    with pytest.raises(
        InputError, match=r"^frontier/params.yaml: explore.budget.board: no board known as 'none'; .* lists them$"
    ):
        candidates.limits(Budget(board="none"))
