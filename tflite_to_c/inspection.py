"""What the C of a model will hold: its layers, the bytes of each, its scratch; or what of it is not covered."""

from dataclasses import dataclass
from typing import NamedTuple

from tflite_to_c import c_text, matrix, reader, source
from tflite_to_c.graph import Step, Tensor
from tflite_to_c.matrix import Weighted
from tflite_to_c.options import DEFAULT, Options


class Layer(NamedTuple):
    """One step of the C. encoding: of its weights; None where it has none."""

    name: str
    shape: tuple[int, ...]  # of its output
    weights: int
    encoding: str | None
    flash_bytes: int  # of its arrays: weights, biases, factors, tables; not of those that a layer before has too


@dataclass(frozen=True)
class Inspection:
    """uncovered: a line an operator; where there are any, nothing else is known."""

    uncovered: list[str]
    layers: list[Layer]
    options: Options = DEFAULT  # that it is made by, others than were asked for where RAM is bounded
    input: Tensor | None = None
    output: Tensor | None = None
    input_type: str = "int8"
    output_type: str = "int8"
    scratch_bytes: int = 0
    state_bytes: int = 0  # of recurrent layers
    shared_bytes: int = 0  # of arrays in flash that several layers share

    @property
    def flash_bytes(self) -> int:
        """Of all arrays; the code itself is not counted."""
        return sum(layer.flash_bytes for layer in self.layers) + self.shared_bytes


def inspect(model: bytes, origin: str, options: Options = DEFAULT) -> Inspection:
    """origin: the model's file, named in messages. Raises InputError where the file is none to look into."""
    graph, uncovered = reader.examine(model, origin)
    if graph is None:
        return Inspection(uncovered, [])
    prepared = source.prepare(graph, origin, options)
    constants = c_text.shared([step.constants(f"layer_{place}") for place, step in enumerate(prepared.layers)])
    sizes = c_text.array_bytes(constants)
    layers = [_layer(step, flash_bytes) for step, flash_bytes in zip(prepared.layers, sizes, strict=True)]
    ends = graph.input, graph.output, graph.input_type, graph.output_type
    shared = sum(kind.SHARED_BYTES for kind in {type(step) for step in prepared.layers})
    coded = [each for step in matrix.weighted(prepared.layers) for each in step.encoded if each.code]
    shared += coded[0].code.bytes if coded and coded[0].code else 0
    return Inspection([], layers, prepared.options, *ends, 4 * prepared.plan.words, prepared.state_bytes, shared)


def _layer(step: Step, flash_bytes: int) -> Layer:
    name = step.layer.replace("layer ", "").replace(", operator", "")
    if isinstance(step, Weighted):
        return Layer(name, step.output.shape, step.weight_count, step.encoding, flash_bytes)
    return Layer(name, step.output.shape, 0, None, flash_bytes)
