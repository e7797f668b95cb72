"""The C a graph becomes: one header and one source file, as text. The C itself stands in templates/."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tflite_to_c import encodings, memory, shadow, simplify
from tflite_to_c.encodings import Encoded
from tflite_to_c.graph import (
    LANES,
    Add,
    Clamp,
    Convolution,
    Depthwise,
    Graph,
    Matrix,
    Mean,
    Pad,
    Pool,
    Rectify,
    Softmax,
    Step,
    Tensor,
    Window,
)

LINE = 116
HEADERS = {  # of C's library, up to C23
    *("assert", "complex", "ctype", "errno", "fenv", "float", "inttypes", "iso646", "limits", "locale", "math"),
    *("setjmp", "signal", "stdalign", "stdarg", "stdatomic", "stdbit", "stdbool", "stdckdint", "stddef", "stdint"),
    *("stdio", "stdlib", "stdnoreturn", "string", "tgmath", "threads", "time", "uchar", "wchar", "wctype"),
}
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


class Source(NamedTuple):
    header: str
    code: str


@dataclass(frozen=True)
class Kernel:
    """One C function for layers with weights."""

    kind: str  # dense, depthwise, convolution, or one with pooling
    encoding: str
    pooling: str | None  # max, average or mean

    @property
    def name(self) -> str:
        return f"{self.kind}_{self.encoding}"


def identifier(text: str) -> str:
    """`text` as a C identifier in lower case; NAME.h must not be found where a header of C's library is asked for."""
    name = re.sub(r"\W", "_", text.lower(), flags=re.ASCII)
    return name if re.match("[a-z]", name) and name not in HEADERS else f"model_{name}"


def write(graph: Graph, name: str, origin: str) -> Source:
    """The C for `graph`. name: an identifier, the prefix of all that is public. origin: said in the comments.

    Raises InputError where the C would read or write what it must not.
    """
    return _Writer(simplify.simplify(graph), name, origin).source()


class _Writer:
    def __init__(self, graph: Graph, name: str, origin: str) -> None:
        self._graph = graph
        self._name = name
        self._origin = origin
        self._plan = memory.plan(graph)
        shadow.run(graph, self._plan, origin)
        self._matrices = [step for step in graph.steps if isinstance(step, Matrix)]
        self._encoded: dict[str, Encoded] = {}  # by layer
        for kind in dict.fromkeys(map(_kind, self._matrices)):
            alike = [step for step in self._matrices if _kind(step) == kind]
            chosen = encodings.choose([step.weights for step in alike])
            self._encoded |= {step.layer: coded for step, coded in zip(alike, chosen, strict=True)}

    def source(self) -> Source:
        labels = [f"{type(step).__name__.lower()}_{place}" for place, step in enumerate(self._graph.steps, start=1)]
        labelled = list(zip(self._graph.steps, labels, strict=True))
        common = {"name": self._name, "origin": self._origin, "scratch_bytes": self._plan.bytes}
        header = TEMPLATES.get_template("model.h").render(
            common, prefix=self._name.upper(), input=self._graph.input, output=self._graph.output
        )
        code = TEMPLATES.get_template("model.c").render(
            common,
            graph=self._graph,
            summary=[self._summary(step) for step in self._graph.steps],
            constants=[text for step, label in labelled if (text := self._constants(step, label))],
            calls=[self._call(step, label) for step, label in labelled],
            **self._needed(),
        )
        return Source(header, re.sub("\n{3,}", "\n\n", code))

    def _summary(self, step: Step) -> str:
        coded = self._encoded.get(step.layer)
        if coded is None or not isinstance(step, Matrix):
            return step.layer
        return f"{step.layer}: {coded.name}, {coded.bytes:,} bytes for {step.weights.size:,} weights"

    def _needed(self) -> dict[str, Any]:
        """Which parts of the templates the steps need."""
        steps = self._graph.steps
        factors = [factor for step in steps for factor in _multipliers(step)]
        convolutions = [step for step in steps if isinstance(step, Convolution)]
        pools = [*(step for step in steps if isinstance(step, Pool)), *(step.pooled for step in convolutions)]
        dimensions = [value for step in steps for value in self._dimensions(step).values()]
        counts = [int(count) for coded in self._encoded.values() for count in coded.counts]
        return {
            "KINDS": encodings.KINDS,
            "LANES": LANES,
            "scaling": ("moderate" if _moderate(steps, factors) else "any") if factors else None,
            "averages": any(isinstance(pool, Pool) and pool.kind == "average" for pool in pools),
            "matrices": self._matrices,
            "kernels": list(dict.fromkeys(map(self._kernel, self._matrices))),
            "encodings": {coded.name for coded in self._encoded.values()},
            "dimension_type": _integer(dimensions, signed=True),
            "count_type": _integer(counts, signed=False),
            "patch": max((step.weights.shape[1] for step in convolutions), default=0),
            "padded": any(map(simplify.sees_padding, convolutions)),
            "pooled_channels": max((len(step.weights) for step in convolutions if step.pooled), default=0),
            "depthwise_patch": max(
                (step.weights.shape[1] * step.inputs[0].shape[2] for step in steps if isinstance(step, Depthwise)),
                default=0,
            ),
            "kinds": {type(step).__name__ for step in steps},
            "pools": {step.kind for step in steps if isinstance(step, Pool)},
        }

    def _kernel(self, step: Matrix) -> Kernel:
        return Kernel(_kind(step), self._encoded[step.layer].name, _pooling(step))

    def _dimensions(self, step: Step) -> dict[str, int]:
        """The fields of the step's struct that are of type DIMENSION, which is chosen to hold them all."""
        match step:
            case Matrix():
                coded = self._encoded[step.layer]
                table = coded.values.size // len(step.weights) if coded.table_per_row else 0
                fields = {"table_step": table, "rows": len(step.weights), "columns": step.weights.shape[1]}
                if isinstance(step, Convolution | Depthwise):
                    fields |= _shapes(step.inputs[0], step.outputs) | _sliding(step.window)
                if isinstance(step, Depthwise):
                    fields["depth_multiplier"] = step.depth_multiplier
                if isinstance(step, Convolution) and step.pooled:
                    pool = step.pool
                    fields |= {"pool_y": pool.height, "pool_x": pool.width}
                    fields |= {"pool_stride_y": pool.stride_y, "pool_stride_x": pool.stride_x}
                return fields
            case Pool():
                return _shapes(step.inputs[0], step.output.shape) | _sliding(step.window)
            case Pad():
                return _shapes(step.inputs[0], step.output.shape) | {"top": step.top, "left": step.left}
            case _:
                return {}

    def _constants(self, step: Step, label: str) -> str:
        source, output = step.inputs[0], step.output
        match step:
            case Matrix():
                coded = self._encoded[step.layer]
                arrays = [
                    _array("int32_t", f"{label}_bias", step.bias),
                    _array("int32_t", f"{label}_multiplier", [factor.value for factor in step.multipliers]),
                    _array("int8_t", f"{label}_shift", [factor.right_shift for factor in step.multipliers]),
                    _array("int8_t", f"{label}_values", coded.values) if coded.values.size else "",
                    _array("uint8_t", f"{label}_codes", coded.codes) if coded.codes.size else "",
                    _array("COUNT", f"{label}_counts", coded.counts) if coded.counts.size else "",
                ]
                names = ["bias", "multiplier", "shift", "values", "codes", "counts"]
                pointers = {name: f"{label}_{name}" for name, array in zip(names, arrays, strict=True) if array}
                zeros = {"input_zero": source.zero_point, "output_zero": step.zero_point}
                return "".join(arrays) + _struct(
                    "Layer", label, pointers | self._dimensions(step) | zeros | _ends(step)
                )
            case Pool():
                return _struct("Pool", label, self._dimensions(step) | _ends(step))
            case Rectify():
                fields = {"above": step.above.value, "below": step.below.value}
                fields |= {"above_shift": step.above.right_shift, "below_shift": step.below.right_shift}
                fields |= {"input_zero": source.zero_point, "output_zero": output.zero_point}
                return _struct("Rectify", label, fields | _ends(step))
            case Add():
                first, second = step.factors
                fields = {
                    "multiplier_a": first.value,
                    "multiplier_b": second.value,
                    "multiplier": step.multiplier.value,
                }
                fields |= {"shift_a": first.right_shift, "shift_b": second.right_shift}
                fields |= {"shift": step.multiplier.right_shift, "zero": output.zero_point}
                fields |= {"zero_a": source.zero_point, "zero_b": step.inputs[1].zero_point}
                return _struct("Add", label, fields | _ends(step))
            case Pad():
                return _struct("Pad", label, self._dimensions(step) | {"value": step.value})
            case _:
                return ""

    def _call(self, step: Step, label: str) -> str:
        places = [self._place(tensor) for tensor in (*step.inputs, step.output)]
        source, output = step.inputs[0], step.output
        match step:
            case Matrix():
                arguments = [f"{self._kernel(step).name}(&{label}", *places, *map(str, _finish(step))]
            case Pool():
                arguments = [f"{step.kind}_pool(&{label}", *places]
            case Mean(multiplier=factor):
                count = source.shape[0] * source.shape[1]
                means = (count, source.shape[2], source.zero_point * count, *factor, output.zero_point)
                arguments = [f"mean({places[0]}", places[1], *map(str, means)]
            case Rectify():
                arguments = [f"rectify(&{label}", *places, str(source.size)]
            case Clamp():
                arguments = [f"limit({places[0]}", places[1], str(source.size), *map(str, step.range)]
            case Softmax(multiplier=factor):
                depth = source.shape[-1]
                powers = (source.size // depth, depth, factor.value, -factor.right_shift, step.smallest_difference)
                arguments = [f"softmax({places[0]}", places[1], *map(str, powers)]
            case Add():
                arguments = [f"add(&{label}", *places, str(source.size)]
            case _:
                arguments = [f"pad(&{label}", *places]
        return ", ".join(arguments) + ")"

    def _place(self, tensor: Tensor) -> str:
        if tensor.index == self._graph.input.index:
            return "input"
        if tensor.index == self._graph.output.index:
            return "output"
        offset = self._plan.offsets[tensor.index]
        return f"scratch + {offset}" if offset else "scratch"


def _kind(step: Matrix) -> str:
    kind = type(step).__name__.lower()
    pooling = _pooling(step)
    return f"{pooling}_pooled_{kind}" if pooling else kind


def _pooling(step: Matrix) -> str | None:
    match step:
        case Convolution(pooled=Pool(kind=kind)):
            return kind
        case Convolution(pooled=Mean()):
            return "mean"
        case _:
            return None


def _finish(step: Matrix) -> tuple[int, ...]:
    """The numbers that turn a sum over a window into its average or mean."""
    match step:
        case Convolution(pooled=Pool(kind="average", range=active)):
            return active
        case Convolution(pooled=Mean() as mean):
            source = mean.inputs[0]
            return source.zero_point * source.shape[0] * source.shape[1], *mean.multiplier, mean.output.zero_point
        case _:
            return ()


def _shapes(source: Tensor, outputs: tuple[int, ...]) -> dict[str, int]:
    height, width, channels = source.shape
    return {
        "height": height,
        "width": width,
        "channels": channels,
        "out_height": outputs[0],
        "out_width": outputs[1],
    }


def _sliding(window: Window) -> dict[str, int]:
    return {
        "kernel_y": window.height,
        "kernel_x": window.width,
        "stride_y": window.stride_y,
        "stride_x": window.stride_x,
        "pad_y": window.pad_y,
        "pad_x": window.pad_x,
    }


def _ends(step: Matrix | Pool | Rectify | Add) -> dict[str, int]:
    return {"low": step.range.low, "high": step.range.high}


def _multipliers(step: Step) -> Iterable[Any]:
    match step:
        case Convolution(pooled=Mean() as mean):
            return *step.multipliers, mean.multiplier
        case Matrix():
            return step.multipliers
        case Rectify():
            return step.above, step.below
        case Mean():
            return (step.multiplier,)
        case Add():
            return *step.factors, step.multiplier
        case _:
            return ()


def _moderate(steps: Iterable[Step], factors: Iterable[Any]) -> bool:
    """Do all factors and sums allow the shorter `scale` of templates/arithmetic.c?"""
    sums = [
        step.bias + np.abs(step.weights.astype(np.int64)).sum(axis=1) * 128
        for step in steps
        if isinstance(step, Matrix)
    ]
    return all(1 <= factor.right_shift <= 31 for factor in factors) and all((bound < 2**30).all() for bound in sums)


def _integer(values: Iterable[int], *, signed: bool) -> str:
    """The narrowest C type that holds them."""
    most = max((abs(value) for value in values), default=0)
    if signed:
        return "int8_t" if most < 128 else "int16_t" if most < 2**15 else "int32_t"
    return "uint8_t" if most < 256 else "uint16_t" if most < 2**16 else "uint32_t"


def _array(type_: str, name: str, values: Any) -> str:
    numbers = [str(int(value)) for value in np.asarray(values).ravel()]
    lines, line = [], ""
    for number in numbers:
        if len(line) + len(number) + 1 > LINE:
            lines.append(line)
            line = ""
        line += f"{number},"
    return f"static const {type_} {name}[{len(numbers)}] = {{\n    " + "\n    ".join([*lines, line]) + "\n};\n"


def _struct(type_: str, name: str, fields: Mapping[str, Any]) -> str:
    """Fields that are zero are left out: C sets them so."""
    shown = [f".{key} = {value}" for key, value in fields.items() if value != 0]
    lines, line = [], ""
    for field in shown:
        if len(line) + len(field) + 2 > LINE:
            lines.append(line.rstrip())
            line = ""
        line += f"{field}, "
    return f"static const {type_} {name} = {{\n    " + "\n    ".join([*lines, line.rstrip(", ")]) + "\n};\n"


def _float32(value: float) -> str:
    """As a C literal of type float."""
    text = str(np.float32(value))
    return f"{text}f" if re.search("[.e]", text) else f"{text}.0f"


TEMPLATES.filters["float32"] = _float32
