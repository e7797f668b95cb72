"""Units of a pruned network that have no weights left, or that none listens to, taken out of its int8 .tflite file."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from fewbytes.model_files import slim

Operator = schema.BuiltinOperator
LISTENING = (Operator.CONV_2D, Operator.FULLY_CONNECTED)
KERNEL, BIAS = 1, 2  # places among an operator's inputs
DTYPES: dict[int, np.dtype[Any]] = {KERNEL: np.dtype("<i1"), BIAS: np.dtype("<i4")}
PASSING = (Operator.MAX_POOL_2D, Operator.RESHAPE)  # these keep a channel's values, and its place


def fold(model: bytes) -> bytes:
    """The same outputs with fewer weights and biases other than zero; no shape changes.

    A unit without weights always says the same: that goes into the biases of the next layer, and the weights there
    that took it become zero. A unit that the next layer has no weights for loses its own. Only pairs of convolutions
    (without padding) and dense layers are touched, with nothing but max pooling and reshaping between.
    """
    root = schema.ModelT.InitFromPackedBuf(model, 0)
    pairs = list(_pairs(root))
    for speaker, listener in reversed(pairs):
        heard = _weights_by_channel(root, speaker, listener).any(axis=(0, 1))
        _keep_units(root, speaker, heard)
    for speaker, listener in pairs:
        weights = _weights_by_channel(root, speaker, listener)
        alive = _load(root, speaker, KERNEL).reshape(weights.shape[2], -1).any(axis=1)
        constant = np.where(alive, 0, _said(slim.packed(root), speaker) - _zero_point(root, listener))
        _store(root, listener, BIAS, _load(root, listener, BIAS) + weights.astype(np.int32).sum(axis=1) @ constant)
        _store(root, listener, KERNEL, weights * alive)
        _keep_units(root, speaker, alive)
    return slim.packed(root)


def _pairs(root: schema.ModelT) -> Iterator[tuple[schema.OperatorT, schema.OperatorT]]:
    """Layers with weights (speaker, listener) where all that the one says reaches the other, and it alone."""
    graph = root.subgraphs[0]
    codes = [root.operatorCodes[operator.opcodeIndex].builtinCode for operator in graph.operators]
    speaker = None
    for code, operator in zip(codes, graph.operators, strict=True):
        if code in LISTENING and operator.inputs[BIAS] >= 0:
            padded = code == Operator.CONV_2D and operator.builtinOptions.padding != schema.Padding.VALID
            if speaker is not None and not padded:
                yield speaker, operator
            speaker = operator
        elif code not in PASSING:
            speaker = None
        if sum(operator.outputs[0] in other.inputs for other in graph.operators) != 1:
            speaker = None


def _weights_by_channel(root: schema.ModelT, speaker: schema.OperatorT, listener: schema.OperatorT) -> NDArray[np.int8]:
    """The listener's kernel: (units, places, units of the speaker)."""
    kernel = _load(root, listener, KERNEL)
    return kernel.reshape(len(kernel), -1, len(_load(root, speaker, KERNEL)))


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


def _said(model: bytes, operator: schema.OperatorT) -> NDArray[np.int32]:
    """What each unit of a layer gives, at its first place, for an image of nothing."""
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
