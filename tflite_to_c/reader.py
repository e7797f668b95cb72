"""From a .tflite file to a graph: accepts what the generator can turn into right C, refuses the rest in one line."""

from collections.abc import Sequence

from tflite_to_c.errors import InputError, UnsupportedError
from tflite_to_c.graph import Graph, Step
from tflite_to_c.operators import OPERATORS
from tflite_to_c.reading import Network, Operator, UnknownError
from tflite_to_c.tflite_file import File

MOST_OPERATORS = 1_000
FOREIGN = {b"\x89HDF": "a Keras model (.h5)", b"PK\x03\x04": "a Keras model (.keras)"}
CONVERT = (
    "make a .tflite file of it: tf.lite.TFLiteConverter.from_keras_model(model), with "
    "optimizations = [tf.lite.Optimize.DEFAULT] and a representative_dataset of some inputs"
)


def read(model: bytes, source: str) -> Graph:
    """Raises InputError with one line: source, and operator, tensor and layer where one is to blame."""
    graph, refused = examine(model, source)
    if graph is None:
        more = f"; {len(refused) - 1} more: `tflite-to-c inspect` names them" if len(refused) > 1 else ""
        raise InputError(f"{source}: {refused[0]}{more}")
    return graph


def examine(model: bytes, source: str) -> tuple[Graph | None, list[str]]:
    """The graph; where something is not covered None, and a line for each operator that is not, and why.

    Raises InputError where the file is none to look into.
    """
    if model[:4] in FOREIGN:
        raise InputError(f"{source}: {FOREIGN[model[:4]]}, not .tflite; {CONVERT}")
    if len(model) < 8 or model[4:8] != b"TFL3":
        raise InputError(f"{source}: not a .tflite file")
    try:
        return _examine(File(model))
    except UnsupportedError as error:
        raise InputError(f"{source}: {error}") from None
    except Exception as error:  # the generated accessors raise whatever a wild offset leads to
        raise InputError(f"{source}: damaged .tflite file ({type(error).__name__} while reading it)") from None


def _examine(file: File) -> tuple[Graph | None, list[str]]:
    if file.count > MOST_OPERATORS:
        raise UnsupportedError(f"has {file.count} operators; up to {MOST_OPERATORS} are covered")
    if not file.count:
        raise UnsupportedError("has no operators")
    for which, ends in (("input", file.inputs), ("output", file.outputs)):
        if len(ends) != 1:
            raise UnsupportedError(f"the network has {len(ends)} {which}s; 1 is covered")
    try:
        network = Network(file)
    except UnsupportedError as error:
        raise UnsupportedError(f"layer 0, operator {file.name(0)}: {error}") from None
    steps: list[Step] = []
    refused: list[str] = []
    for place in range(file.count):
        try:
            read = _steps(network, place)
        except UnknownError:  # of it nothing can be said
            network.unknown.update(file.outputs_of(place))
        except (UnsupportedError, ValueError) as error:
            more = "" if isinstance(error, UnsupportedError) else " is not covered"  # of arithmetic
            refused.append(f"layer {place}, operator {file.name(place)}: {error}{more}")
            network.unknown.update(file.outputs_of(place))
        else:
            steps.extend(read)
    if refused:
        return None, refused
    source, end = network.end()
    if end.index not in {step.output.index for step in steps}:
        raise UnsupportedError(f"no operator computes the output, tensor {end.name!r}")
    types = [outer.type if outer else "int8" for outer in (network.outer_input, network.outer_output)]
    return Graph(tuple(steps), source, end, *types), []


def _steps(network: Network, place: int) -> Sequence[Step]:
    operator = Operator(network, place)
    if operator.name not in OPERATORS:
        tensor = operator.stored_output.name
        raise UnsupportedError(f"tensor {tensor!r}: the operator is not covered")
    read = OPERATORS[operator.name](operator)
    return [read] if isinstance(read, Step) else read or []
