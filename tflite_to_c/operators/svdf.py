"""A layer that remembers: each filter's last few results, weighed by their age (SVDF, Nakkiran et al. 2015)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import tflite as schema
from numpy.typing import NDArray

from tflite_to_c import arithmetic, c_text
from tflite_to_c.arithmetic import Integers, Multiplier
from tflite_to_c.c_text import Constant
from tflite_to_c.errors import UnsupportedError
from tflite_to_c.graph import INT8, Arithmetic, FaultError, Step, Values, clipped
from tflite_to_c.reading import Operator

FEATURES, TIMES, BIAS, STATE = range(1, 5)  # places among its operands
INT16 = np.iinfo(np.int16)
MOST = 2**31 - 1  # a unit's sum, which wraps around beyond, as TFLM's does


@dataclass(frozen=True, eq=False)
class Svdf(Step):
    """features: (filters, inputs) int8. times: (filters, memory) int16, the oldest first.

    start: (filters,) what the input's zero point adds to a filter's sum. bias: (units,); each unit adds up `rank`
    filters. first, second: what makes int16 of a filter's sum, and int8 of a unit's.
    """

    features: NDArray[np.int8]
    times: NDArray[np.int16]
    start: Integers
    bias: Integers
    first: Multiplier
    second: Multiplier

    RANK: ClassVar[int] = 80

    @property
    def rank(self) -> int:
        return len(self.features) // len(self.bias)

    @property
    def memory(self) -> int:
        return int(self.times.shape[1])

    @property
    def keeps(self) -> bool:
        return True

    def state_bytes(self) -> int:
        return 2 * self.times.size

    def arithmetic(self) -> Arithmetic:
        wide = np.abs(self.features.astype(np.int64)).sum(axis=1) * 128 + np.abs(self.start)
        return Arithmetic((self.first, self.second), max(int(wide.max()), MOST))

    def dimensions(self) -> Mapping[str, int]:
        shape = {"inputs": self.features.shape[1], "units": len(self.bias)}
        return shape | {"rank": self.rank, "memory": self.memory}

    def constants(self, label: str) -> list[Constant]:
        arrays: dict[str, tuple[str, Any]] = {
            "values": ("int8_t", self.features),
            "times": ("int16_t", self.times),
            "start": ("int32_t", self.start),
            "bias": ("int32_t", self.bias),
        }
        factors = {"multiplier_a": self.first.value, "shift_a": self.first.right_shift}
        factors |= {"multiplier_b": self.second.value, "shift_b": self.second.right_shift}
        pointers = {name: f"{label}_{name}" for name in (*arrays, "state")}
        fields = pointers | dict(self.dimensions()) | factors | {"zero": self.output.zero_point}
        return [
            *(c_text.Array(type_, pointers[name], values) for name, (type_, values) in arrays.items()),
            f"static int16_t {pointers['state']}[{self.times.size}];\n",
            c_text.Struct("Svdf", label, fields),
        ]

    def calls(self, label: str, inputs: Sequence[str], output: str, workspace: int) -> list[str]:  # noqa: ARG002
        return [c_text.call("svdf", f"&{label}", *inputs, output)]

    def reset_calls(self, label: str) -> list[str]:
        return [c_text.call("forget_svdf", f"&{label}")]

    def distance(self) -> int | None:
        return None  # each output needs the whole input

    def filled(self) -> int:
        if self.features.shape != (len(self.start), self.inputs[0].size) or len(self.start) != len(self.times):
            raise FaultError("its weights are not those its loops read")
        return len(self.bias)

    def writes(self) -> Integers:
        return np.arange(self.output.size)

    def last_reads(self, place: int) -> Integers:
        return np.full(self.inputs[place].size, self.output.size - 1)

    def through(self, values: Integers) -> Integers | None:  # noqa: ARG002 - each filter mixes all that it reads
        return None

    def compute(self, *inputs: Values) -> Values:
        """Of a state that is zero: of each filter's memory but the newest is."""
        values = inputs[0].reshape(len(inputs[0]), -1).astype(np.int64)
        sums = arithmetic.scale(values @ self.features.T.astype(np.int64) + self.start, *self.first)
        newest = np.clip(sums, INT16.min, INT16.max) * self.times[:, -1].astype(np.int64)
        units = _wrapped(newest.reshape(len(values), len(self.bias), self.rank).sum(axis=2) + self.bias)
        return clipped(arithmetic.scale(units, *self.second) + self.output.zero_point, *INT8)


def read(operator: Operator) -> Step:
    operator.count(STATE + 1)
    options, source = operator.options("SVDFOptions"), operator.input()
    if options.FusedActivationFunction() != schema.ActivationFunctionType.RELU:
        raise UnsupportedError("an activation other than ReLU is not covered")
    features, times = operator.constant(FEATURES, "int8"), operator.constant(TIMES, "int16")
    rank, filters = options.Rank(), features.shape[0]
    if len(source.shape) != 1 or features.shape != (filters, source.size) or rank < 1 or filters % rank:
        raise UnsupportedError(
            f"tensor {features.name!r} has shape {features.shape}; (n * {rank}, {source.size}) is covered"
        )
    if len(times.shape) != 2 or times.shape[0] != filters or not times.shape[1]:
        raise UnsupportedError(f"tensor {times.name!r} has shape {times.shape}; ({filters}, memory) is covered")
    state = operator.state(STATE, "int16", (1, times.values.size))
    for stored in (features, times, state):
        if len(stored.scales) != 1 or stored.zero_points.tolist() != [0]:
            raise UnsupportedError(f"tensor {stored.name!r} needs one scale and a zero point of 0")
    output = operator.shaped(operator.output(), (filters // rank,))
    start = -source.zero_point * features.values.sum(axis=1, dtype=np.int64)
    if not operator.has(BIAS):
        raise UnsupportedError("without biases it is not covered")  # TFLM crashes
    bias = operator.biases(BIAS, filters // rank)
    wide = np.abs(features.values.astype(np.int64)).sum(axis=1) * 255
    scale = float(state.scales[0])
    return Svdf(
        operator.layer,
        (source,),
        output,
        features=features.values,
        times=times.values,
        start=start,
        bias=bias,
        first=arithmetic.fitting(
            arithmetic.multiplier(source.scale * float(features.scales[0]) / scale), int(wide.max())
        ),
        second=arithmetic.fitting(arithmetic.multiplier(scale * float(times.scales[0]) / output.scale), MOST),
    )


def _wrapped(sums: Integers) -> Integers:
    """What 32 bits hold of them."""
    return np.asarray((sums + 2**31) % 2**32 - 2**31)


OPERATORS = {"SVDF": read}
