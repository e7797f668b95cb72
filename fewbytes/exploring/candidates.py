"""What a network takes on a chip, before anything is trained: with random weights on its grid, as few as it keeps."""

from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fewbytes.command import InputError
from fewbytes.compression import lowbit, small
from fewbytes.data.spec import Spec
from fewbytes.exploring.trials import Figures
from fewbytes.frontier_params import PATH, Budget, Point
from fewbytes.measuring import chip, verdicts
from fewbytes.networks import folding, points
from fewbytes.networks.keras import make_deterministic
from tflite_to_c import source
from tflite_to_c.chips import boards
from tflite_to_c.options import BALANCED, SIZE, TINY, Options

CORE = "cortex-m4"  # where no board says another
SEED = 0  # of the weights
SEEN = 32  # random inputs that set the ranges of activations
BIAS = 0.1  # standard deviation
LEAST_BITS = 0.5  # that a weight takes which is kept
NAME = "candidate"


class Limits(NamedTuple):
    """A budget with its board's figures. None: as much as it takes."""

    core: str
    flash_bytes: int | None
    ram_bytes: int | None
    cycles: int | None
    coded_bytes: int | None


def limits(budget: Budget) -> Limits:
    """Raises InputError for a board that is not known."""
    core, flash, ram = CORE, budget.flash_bytes, budget.ram_bytes
    if budget.board is not None:
        known = boards.load()
        if budget.board not in known:
            unknown = f"no board known as {budget.board!r}; `tflite-to-c boards` lists them"
            raise InputError(f"{PATH}: explore.budget.board: {unknown}")
        board = known[budget.board]
        core = board.core
        flash = min(flash or board.flash_bytes, board.flash_bytes)
        ram = min(ram or board.ram_bytes, board.ram_bytes)
    return Limits(core, flash, ram, budget.cycles, budget.coded_bytes)


def measure(point: Point, spec: Spec, bounds: Limits) -> Figures:
    """Raises InputError where the blocks do not fit the data, or the generator does not cover them."""
    if (beyond := _far_beyond(point, spec, bounds)) is not None:
        return beyond
    model = made_at_random(point, spec)
    size = verdicts.coded_size(model, NAME)
    in_place = not source.streams(model, NAME)
    ways = [Options(goal, rows, in_place) for goal, rows in product((BALANCED, SIZE, TINY), (False, True))]
    least = [_figures(model, options, bounds, size) for options in ways[-2:]]  # of flash, and of RAM
    if all(_excess(figures._replace(cycles=0), bounds) for figures in least):
        return min(least, key=lambda figures: figures.excess)  # no quicker way takes less
    tried = []
    for options in ways[:-2]:
        tried.append(_figures(model, options, bounds, size))
        if not tried[-1].excess:
            return tried[-1]
    return min([*least, *tried], key=lambda figures: figures.excess)  # the first of equals, such as those that fit


def _figures(model: bytes, options: Options, bounds: Limits, size: int) -> Figures:
    measured = chip.taken(model, options, bounds.core)
    cycles = measured.instructions if measured.cycles is None else measured.cycles
    found = Figures(measured.flash_bytes, measured.ram_bytes, round(float(cycles.mean())), size, options.way, 0)
    return found._replace(excess=_excess(found, bounds))


def _far_beyond(point: Point, spec: Spec, bounds: Limits) -> Figures | None:
    """Where the weights alone are too many by far, so that nothing has to be built."""
    least = round(points.parameters(point, spec) * point.kept * LEAST_BITS / 8)
    few = min(bounds.flash_bytes or least, bounds.coded_bytes or least)
    return Figures(least, 0, 0, least, "no C", least / few - 1) if least > few else None


def made_at_random(point: Point, spec: Spec) -> bytes:
    """The .tflite file of an untrained network, its weights on the point's grid."""
    make_deterministic(SEED)
    chance = np.random.default_rng(SEED)
    folded = folding.fold(small.build(point, spec, NAME))
    for layer in folded.layers:  # trained weights are nearer to a normal distribution than those a layer begins with
        layer.set_weights([_like(values, chance) for values in layer.get_weights()])
    aware = small.aware(point, folded, NAME)
    for each in lowbit.gridded(aware):
        each.state.mask.assign((chance.random(each.kernel.shape) < point.kept).astype(np.float32))
    raw = chance.uniform(spec.low, spec.high, (SEEN, *spec.shape)).astype(spec.dtype)
    inputs = spec.normalise(raw)
    aware(inputs, training=True)  # the ranges of activations
    return small.finished(lowbit.convert(aware, folded, inputs))


def _like(values: NDArray[np.float32], chance: np.random.Generator) -> NDArray[np.float64]:
    """Kernels as large as keeps activations of one size (He et al. 2015); biases smaller."""
    if values.ndim == 1:
        return chance.normal(0, BIAS, values.shape)
    return chance.normal(0, np.sqrt(2 * values.shape[-1] / values.size), values.shape)


def _excess(found: Figures, bounds: Limits) -> float:
    pairs = (
        (found.flash_bytes, bounds.flash_bytes),
        (found.ram_bytes, bounds.ram_bytes),
        (found.cycles, bounds.cycles),
        (found.coded_bytes, bounds.coded_bytes),
    )
    return max([0.0, *(takes / bound - 1 for takes, bound in pairs if bound is not None)])
