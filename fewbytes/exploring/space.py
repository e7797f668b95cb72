"""The networks that are searched among: all of them, in this file.

One to three groups of layers, each smaller in height and width than the one before; then logits, from all places, from
the mean of a few, or from the mean of all. Or, for a series and for an image's rows, one or two LSTM layers.
"""

from optuna.trial import BaseTrial

from fewbytes.blocks import (
    Average,
    AveragePool,
    Block,
    Conv,
    Dense,
    Depthwise,
    Lstm,
    MaxPool,
    Padding,
    Residual,
    Separable,
    any_tied,
)
from fewbytes.compression import small
from fewbytes.data.spec import Spec
from fewbytes.frontier_params import Freeze, Point
from fewbytes.networks import points
from fewbytes.params import Grid

GROUPS = (1, 3)
WIDTH = (2, 48)  # channels
UNITS = (4, 48)  # of an LSTM layer
KINDS = ("conv", "separable", "depthwise")  # depthwise: channels only by itself, each as it comes in
LESS = ("pool", "stride", "as it is")  # how a group makes its input smaller
HEADS = ("all places", "mean of 2x2", "mean of all")
BITS = (2, 3, 4, 8)  # of a weight
KEPT = (0.3, 1.0)  # share of the weights
FREEZE = Freeze(first=0.15, last=0.9)  # weights are held meanwhile, which else cross to and fro
EPOCHS = 1  # in place of which each rung has its own


def propose(trial: BaseTrial, spec: Spec) -> Point:
    """One of the networks; the trial remembers each choice, and is asked for no more than it needs."""
    recurrent = spec.kind == "series" and trial.suggest_categorical("recurrent", [False, True])
    blocks = _lstm(trial) if recurrent else _table(trial) if spec.kind == "table" else _groups(trial, spec)
    bits = trial.suggest_categorical("bits", list(BITS))
    layer_bits = None
    if trial.suggest_categorical("ends apart", [False, True]):
        first, last = (trial.suggest_categorical(f"{end} bits", list(BITS)) for end in ("first", "last"))
        layer_bits = [first, *[bits] * (points.weighted(blocks) - 1), last]
    pruned = not any_tied(blocks) and trial.suggest_categorical("pruned", [False, True])
    grid = Grid(bits=bits, step=small.STEPS[bits], learned=not pruned)  # a learned step is too long where weights go
    kept = trial.suggest_float("kept", *KEPT) if pruned else 1.0
    return Point(
        blocks=blocks,
        grid=grid,
        layer_bits=layer_bits,
        freeze=None if pruned else FREEZE,
        kept=kept,
        float_epochs=EPOCHS,
        grid_epochs=EPOCHS,
    )


def _lstm(trial: BaseTrial) -> list[Block]:
    layers = trial.suggest_int("layers", 1, 2)
    return [Lstm(lstm=trial.suggest_int(f"{layer}.units", *UNITS, log=True)) for layer in range(layers)]


def _table(trial: BaseTrial) -> list[Block]:
    layers = trial.suggest_int("layers", 1, 3)
    return [Dense(dense=trial.suggest_int(f"{layer}.units", *UNITS, log=True)) for layer in range(layers)]


def _groups(trial: BaseTrial, spec: Spec) -> list[Block]:
    """What does not fit what is left of the input is made to: padded, or left out."""
    blocks: list[Block] = []
    side = spec.shape[0] if spec.kind == "series" else min(spec.shape[:2])
    if spec.kind == "image" and trial.suggest_categorical("input", ["whole", "half"]) == "half":
        blocks.append(AveragePool(average_pool=2))
        side //= 2
    for group in range(trial.suggest_int("groups", *GROUPS)):
        group_blocks, side = _group(trial, f"{group}.", side, first=group == 0)
        blocks += group_blocks
    head = trial.suggest_categorical("head", list(HEADS))
    if head == "mean of 2x2" and side >= 2:
        blocks.append(AveragePool(average_pool=2))
    elif head == "mean of all":
        blocks.append(Average(average=True))
    return blocks


def _group(trial: BaseTrial, name: str, side: int, *, first: bool) -> tuple[list[Block], int]:
    """A layer of its kind, or two, the second around it where it is residual, or three, the third with the second's
    weights; then pooling, where that makes it less.

    side: the smaller of height and width of what it is given; it returns that of what it makes.
    """
    kind = "conv" if first else trial.suggest_categorical(f"{name}kind", list(KINDS))
    size = trial.suggest_categorical(f"{name}kernel", [3, 5])
    chosen: Padding = "valid" if trial.suggest_categorical(f"{name}padding", ["valid", "same"]) == "valid" else "same"
    less = trial.suggest_categorical(f"{name}less", list(LESS))
    width = trial.suggest_int(f"{name}width", *WIDTH, log=True) if kind != "depthwise" else 0
    second = trial.suggest_categorical(f"{name}second", ["none", "plain", "residual"])

    def layer(strides: int) -> Block:
        nonlocal side
        padding: Padding = chosen if second != "residual" and side >= size else "same"
        side = -(-side // strides) if padding == "same" else (side - size) // strides + 1
        match kind:
            case "conv":
                return Conv(conv=width, kernel_size=size, strides=strides, padding=padding)
            case "separable":
                return Separable(separable=width, kernel_size=size, strides=strides, padding=padding)
        return Depthwise(depthwise=size, strides=strides, padding=padding)

    blocks = [layer(2 if less == "stride" and side > 1 else 1)]
    if second != "none":
        again = layer(1)
        blocks.append(Residual(residual=[again]) if second == "residual" else again)
    if second == "plain" and kind == "conv" and trial.suggest_categorical(f"{name}tied", [False, True]):
        third = layer(1)
        assert isinstance(third, Conv)
        blocks.append(third.model_copy(update={"tied": True}))
    if less == "pool" and side > 1:
        blocks.append(MaxPool(max_pool=2))
        side //= 2
    return blocks, side
