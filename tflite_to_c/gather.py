"""Means over height and width of rows that come one after the other, so that the image need not exist."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from tflite_to_c import c_text
from tflite_to_c.arithmetic import Integers
from tflite_to_c.graph import IMAGE, Arithmetic, OneRow, Step, Values

SUM_BYTES = 4


@dataclass(frozen=True, eq=False)
class Gathered(Step):
    """`whole`, given a row at a time: sums of channels in its workspace, and after the last row their means.

    kind: of rounding, average or mean. finish: what turns a sum into its mean, as the last arguments in C.
    """

    whole: Step
    kind: str
    finish: tuple[int, ...]

    RANK: ClassVar[int] = 80

    @property
    def rows(self) -> int:
        return self.whole.inputs[0].shape[0]

    def arithmetic(self) -> Arithmetic:
        return self.whole.arithmetic()

    def dimensions(self) -> Mapping[str, int]:
        return {}

    def calls(self, label: str, inputs: Sequence[str], output: str, workspace: int) -> list[str]:  # noqa: ARG002
        """inputs: the row, and its number."""
        _, columns, channels = self.inputs[0].shape
        line, row = inputs
        sums = c_text.words(workspace)
        return [c_text.call(f"{self.kind}_rows", line, output, sums, columns, channels, row, self.rows, *self.finish)]

    def workspace_bytes(self, steps: Sequence[Step]) -> int:  # noqa: ARG002
        return SUM_BYTES * self.inputs[0].shape[-1]

    def distance(self) -> int | None:
        return self.whole.distance()

    def filled(self) -> int:
        return self.whole.filled()

    def writes(self) -> Integers:
        return self.whole.writes()

    def last_reads(self, place: int) -> Integers:
        return self.whole.last_reads(place)

    def through(self, values: Integers) -> Integers | None:
        return self.whole.through(values)

    def compute(self, *inputs: Values) -> Values:
        return self.whole.compute(*inputs)

    @classmethod
    def context(cls, steps: Sequence[Self]) -> dict[str, Any]:
        return {"kinds": {step.kind for step in steps}}

    @classmethod
    def template(cls) -> str:
        return "templates/gather.c"


def by_rows(whole: Step, kind: str, finish: tuple[int, ...]) -> OneRow | None:
    """How a mean over all rows and columns is taken of a row at a time; None where its input is no image."""
    (source,) = whole.inputs
    if len(source.shape) != IMAGE:
        return None
    row = Gathered(whole.layer, (source.with_rows(1),), whole.output, whole, kind, finish)
    return OneRow(row, height=1, stride=1, pad=0, gathered=source.shape[0])
