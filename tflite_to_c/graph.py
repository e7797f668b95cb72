"""What the generator knows of a network: int8 tensors and the steps that compute them, all numbers final."""

import math
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from tflite_to_c import c_text
from tflite_to_c.arithmetic import Integers, Multiplier
from tflite_to_c.c_text import Constant

Values = NDArray[np.int8]
NOTHING = -1  # no turn of a step's loops
IMAGE = 3  # dimensions: rows, columns, channels


class FaultError(Exception):
    """What the C of a step would do wrong."""


@dataclass(frozen=True)
class Tensor:
    """An int8 tensor computed at run time: real value = scale · (stored - zero_point)."""

    index: int  # of its storage: reshaped tensors share it
    name: str
    shape: tuple[int, ...]  # without the batch, which is 1
    scale: float
    zero_point: int

    @property
    def size(self) -> int:
        """Elements, and bytes."""
        return math.prod(self.shape)

    def with_rows(self, rows: int) -> Self:
        """So many of its rows."""
        return replace(self, shape=(rows, *self.shape[1:]))


class Range(NamedTuple):
    """What a fused activation leaves of int8."""

    low: int
    high: int


INT8 = Range(-128, 127)


class Arithmetic(NamedTuple):
    """What of templates/arithmetic.c a step calls."""

    factors: tuple[Multiplier, ...] = ()  # that it gives `scale`
    largest: int = 0  # value that it gives `scale`
    averages: bool = False
    clamps: bool = True
    magnitude: int = 0  # of what it gives `scale`; that of `largest`, where it is not said

    @property
    def moderate(self) -> bool:
        """Are all factors below 1 and what is scaled below 2³⁰? Then a shorter `scale` does."""
        return not self.lefts and self._not_far and self.largest < 2**30

    @property
    def lefts(self) -> bool:
        """Is any factor not below 1/2? It shifts to the left, or not at all."""
        return any(factor.right_shift < 1 for factor in self.factors)

    @property
    def _not_far(self) -> bool:
        return all(factor.right_shift <= 31 for factor in self.factors)

    @property
    def scaling(self) -> str | None:
        """Which `scale` the C has: the quick one, which is the smaller too, where it does."""
        if not self.factors:
            return None
        return "quick" if self._not_far else "any"

    def beside(self, other: "Arithmetic") -> "Arithmetic":
        """What both call."""
        factors, largest = self.factors + other.factors, max(self.largest, other.largest)
        magnitude = max(self._magnitude, other._magnitude)
        return Arithmetic(factors, largest, self.averages or other.averages, self.clamps or other.clamps, magnitude)

    @property
    def _magnitude(self) -> int:
        return max(self.largest, self.magnitude)

    @property
    def doubles(self) -> bool:
        """Do 32 bits hold twice what is scaled, shifted to the left where its factor does that?"""
        most = max((-factor.right_shift for factor in self.factors), default=0)
        return self._magnitude << max(0, most) < 2**30


class OneRow(NamedTuple):
    """A step that makes one row of an output, of `height` rows of each input.

    Output row y is of input rows y · stride - pad and following, where rows beyond the input hold its zero point.
    gathered: how many rows of input it is given one after the other, each with its number, to make its whole output.
    """

    step: "Step"
    height: int
    stride: int
    pad: int
    gathered: int | None = None


@dataclass(frozen=True, eq=False)
class Step(ABC):
    """One operator of the file. `layer` names it for people: its place and kind.

    A subclass stands in operators/NAME.py, its C in operators/NAME.c. Its loops make one value after the other; a turn
    of them reads first, then writes.
    """

    layer: str
    inputs: tuple[Tensor, ...]
    output: Tensor

    RANK: ClassVar[int] = 100  # the order of the steps' C in a file, then by name
    SHARED_BYTES: ClassVar[int] = 0  # of arrays in flash that all steps of its kind share

    @abstractmethod
    def arithmetic(self) -> Arithmetic: ...

    @abstractmethod
    def dimensions(self) -> Mapping[str, int]:
        """The fields of its struct that are of type DIMENSION, which is chosen to hold those of all steps."""

    def constants(self, label: str) -> list[Constant]:  # noqa: ARG002
        """Its arrays and its struct, all named after `label`; empty where it needs none."""
        return []

    def flash_bytes(self) -> int:
        """Of its arrays."""
        return c_text.array_bytes([self.constants("")])[0]

    def state_bytes(self) -> int:
        """Of static memory that is its own and kept from one of its loops' turns to the next."""
        return 0

    @property
    def keeps(self) -> bool:
        """Does it keep its state from one run of its loops to the next, until it is reset?"""
        return False

    def reset_calls(self, label: str) -> list[str]:  # noqa: ARG002
        """The statements by which it forgets what it has seen."""
        return []

    @abstractmethod
    def calls(self, label: str, inputs: Sequence[str], output: str, workspace: int) -> list[str]:
        """The statements that compute it, where its tensors are these C expressions.

        workspace: where in scratch, in bytes, a multiple of 4, it has `workspace_bytes` of its own meanwhile.
        """

    @abstractmethod
    def distance(self) -> int | None:
        """The least number of bytes its output must begin before an input to write over nothing it still has to read.

        None where it may lie over no input at all.
        """

    @abstractmethod
    def filled(self) -> int:
        """How many values of the output its loops write, by the numbers its C is given.

        Raises FaultError where they would read beyond an input or its constants.
        """

    @abstractmethod
    def writes(self) -> Integers:
        """(output bytes,): the turn of its loops that writes each."""

    @abstractmethod
    def last_reads(self, place: int) -> Integers:
        """(bytes,) of an input: the last turn of its loops that reads each; NOTHING where none does."""

    @abstractmethod
    def through(self, values: Integers) -> Integers | None:
        """(channels,): what becomes of channels of its input that hold one value each everywhere.

        None where channels do not stay apart, or where the step could not do without some of them.
        """

    @abstractmethod
    def compute(self, *inputs: Values) -> Values:
        """(n, …) of inputs (n, …), as the C computes it."""

    def workspace_bytes(self, steps: "Sequence[Step]") -> int:  # noqa: ARG002
        """Memory it needs only while it runs. steps: all whose C the network has."""
        return 0

    def held_bytes(self) -> int:
        """Of its workspace, what holds parts of tensors; sums, as those of a mean, are none."""
        return 0

    def one_row(self) -> OneRow | None:
        """How a row of its output is made, of an image or a mean's; None where it needs more than some rows."""
        return None

    def apart(self) -> "tuple[Step, ...]":
        """The same in several steps, where computed by rows these need less memory; else itself."""
        return (self,)

    @property
    def layers(self) -> "tuple[Step, ...]":
        """What it computes: itself, or several steps together."""
        return (self,)

    @property
    def compiled(self) -> "tuple[Step, ...]":
        """The steps whose C it needs."""
        return (self,)

    @classmethod
    def context(cls, steps: Sequence[Self]) -> dict[str, Any]:  # noqa: ARG003
        """What operators/NAME.c has to know of all the steps of its kind in a network."""
        return {}

    @classmethod
    def template(cls) -> str:
        """Where its C stands."""
        return f"operators/{cls.__module__.rpartition('.')[2]}.c"


class Elementwise(Step):
    """A step that makes each value of those at the same place, one after the other."""

    def dimensions(self) -> Mapping[str, int]:
        return {}

    def distance(self) -> int | None:
        return 0

    def filled(self) -> int:
        if len({tensor.size for tensor in self.inputs}) != 1:
            raise FaultError("its inputs are not of one size")
        return self.inputs[0].size

    def writes(self) -> Integers:
        return np.arange(self.output.size)

    def last_reads(self, place: int) -> Integers:
        return np.arange(self.inputs[place].size)

    def one_row(self) -> OneRow | None:
        if len(self.output.shape) != IMAGE or any(tensor.shape != self.output.shape for tensor in self.inputs):
            return None
        inputs = tuple(tensor.with_rows(1) for tensor in self.inputs)
        return OneRow(replace(self, inputs=inputs, output=self.output.with_rows(1)), 1, 1, 0)


@dataclass(frozen=True)
class Graph:
    """input_type, output_type: what the file has at its ends: int8, or float32 or uint8 that it quantizes itself."""

    steps: tuple[Step, ...]
    input: Tensor
    output: Tensor
    input_type: str = "int8"
    output_type: str = "int8"

    def workspaces(self) -> list[int]:
        """Of each step, `workspace_bytes`."""
        compiled = [each for step in self.steps for each in step.compiled]
        return [step.workspace_bytes(compiled) for step in self.steps]


def readers(graph: Graph) -> Counter[int]:
    """How many read each tensor, by its index: steps, and the caller, who reads the network's output."""
    return Counter([graph.output.index, *(index for step in graph.steps for index in {t.index for t in step.inputs})])


def distance(writes: Integers, last_reads: Integers) -> int:
    """Step.distance of the turns that write an output, none before the one before it, and that read an input last."""
    read = last_reads > NOTHING
    last_before = np.searchsorted(writes, last_reads[read]) - 1  # the last byte that is written in an earlier turn
    needed = np.where(last_before < 0, 0, last_before - np.flatnonzero(read) + 1)
    return max(0, int(needed.max(initial=0)))


def clipped(values: Integers, low: int, high: int) -> Values:
    """As int8, within an activation's range."""
    return np.clip(values, low, high).astype(np.int8)
