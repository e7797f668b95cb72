"""Units of a pruned network without weights left, or whose outputs no layer reads, taken out of its .tflite file."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from fewbytes.model_files import slim

Operator = schema.BuiltinOperator
WITH_WEIGHTS = (Operator.CONV_2D, Operator.FULLY_CONNECTED)
KERNEL, BIAS = 1, 2  # places among an operator's inputs
DTYPES: dict[int, np.dtype[Any]] = {KERNEL: np.dtype("<i1"), BIAS: np.dtype("<i4")}
PASSING = (Operator.MAX_POOL_2D, Operator.RESHAPE)  # these keep a channel's values, and its place


def fold(model: bytes) -> bytes:
    """The same outputs with fewer weights and biases other than zero; no shape changes.

    A unit without weights always gives the same value: that goes into the biases of the next layer, and the weights
    there that multiply it become zero. A unit that the next layer has no weights for loses its own. Only pairs of
    convolutions (without padding) and dense layers are touched, with nothing but max pooling and reshaping between.
    """
    root = schema.ModelT.InitFromPackedBuf(model, 0)
    pairs = list(_pairs(root))
    for producer, consumer in reversed(pairs):
        read = _weights_by_channel(root, producer, consumer).any(axis=(0, 1))
        _keep_units(root, producer, read)
    for producer, consumer in pairs:
        weights = _weights_by_channel(root, producer, consumer)
        alive = _load(root, producer, KERNEL).reshape(weights.shape[2], -1).any(axis=1)
        constant = np.where(alive, 0, _constants(slim.packed(root), producer) - _zero_point(root, consumer))
        _store(root, consumer, BIAS, _load(root, consumer, BIAS) + weights.astype(np.int32).sum(axis=1) @ constant)
        _store(root, consumer, KERNEL, weights * alive)
        _keep_units(root, producer, alive)
    return slim.packed(root)


def _pairs(root: schema.ModelT) -> Iterator[tuple[schema.OperatorT, schema.OperatorT]]:
    """Layers with weights (producer, consumer) where all outputs of the one reach the other, and it alone."""
    graph = root.subgraphs[0]
    codes = [root.operatorCodes[operator.opcodeIndex].builtinCode for operator in graph.operators]
    producer, reached = None, -1  # the tensor that has what the producer gives: of branches, others come in between
    for code, operator in zip(codes, graph.operators, strict=True):
        follows = producer is not None and operator.inputs[0] == reached
        if code in WITH_WEIGHTS and operator.inputs[BIAS] >= 0:
            padded = code == Operator.CONV_2D and operator.builtinOptions.padding != schema.Padding.VALID
            if follows and not padded:
                yield producer, operator
            producer = operator
        elif not (follows and code in PASSING):
            producer = None
        reached = operator.outputs[0]
        if sum(operator.outputs[0] in other.inputs for other in graph.operators) != 1:
            producer = None


def _weights_by_channel(
    root: schema.ModelT, producer: schema.OperatorT, consumer: schema.OperatorT
) -> NDArray[np.int8]:
    """The consumer's kernel: (units, places, units of the producer)."""
    kernel = _load(root, consumer, KERNEL)
    return kernel.reshape(len(kernel), -1, len(_load(root, producer, KERNEL)))


def _keep_units(root: schema.ModelT, operator: schema.OperatorT, kept: Any) -> None:
    """Weights and biases of units that `kept`, one truth value a unit, leaves out become zero."""
    kernel = _load(root, operator, KERNEL)
    _store(root, operator, KERNEL, kernel * kept.reshape(-1, *[1] * (kernel.ndim - 1)))
    _store(root, operator, BIAS, _load(root, operator, BIAS) * kept)


def _load(root: schema.ModelT, operator: schema.OperatorT, place: int) -> NDArray[Any]:
    tensor = root.subgraphs[0].tensors[operator.inputs[place]]
    data = np.asarray(root.buffers[tensor.buffer].data, np.uint8)
    return data.view(DTYPES[place]).reshape(tensor.shape)


def _store(root: schema.ModelT, operator: schema.OperatorT, place: int, values: NDArray[Any]) -> None:
    """Into a buffer of its own: the converter lets tensors of the same content share one."""
    if np.array_equal(values.ravel(), _load(root, operator, place).ravel()):
        return
    tensor = root.subgraphs[0].tensors[operator.inputs[place]]
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(values.astype(DTYPES[place]).tobytes(), np.uint8)
    tensor.buffer = len(root.buffers)
    root.buffers.append(buffer)


def _constants(model: bytes, operator: schema.OperatorT) -> NDArray[np.int32]:
    """What each unit of a layer gives, at its first place, for an all-zero input."""
    interpreter = Interpreter(
        model_content=model,
        experimental_preserve_all_tensors=True,
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    interpreter.allocate_tensors()
    details = interpreter.get_input_details()[0]
    interpreter.set_tensor(details["index"], np.zeros(details["shape"], details["dtype"]))
    interpreter.invoke()
    output = interpreter.get_tensor(operator.outputs[0])
    return output.reshape(-1, output.shape[-1])[0].astype(np.int32)


def _zero_point(root: schema.ModelT, operator: schema.OperatorT) -> int:
    return int(root.subgraphs[0].tensors[operator.inputs[0]].quantization.zeroPoint[0])
