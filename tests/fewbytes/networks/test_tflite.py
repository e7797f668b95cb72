"""Conversion and quantization, seen through the files they make."""

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from fewbytes.data.dataset import Split
from fewbytes.model_files import weights
from fewbytes.runtimes.litert import Classifier
from tests.conftest import SPEC, Models


def operators(model: bytes) -> list[int]:
    root = schema.Model.GetRootAsModel(model, 0)
    graph = root.Subgraphs(0)
    return [root.OperatorCodes(graph.Operators(i).OpcodeIndex()).BuiltinCode() for i in range(graph.OperatorsLength())]


@pytest.mark.parametrize("kind", ["dynamic_range", "full_integer", "aware"])
def test_quantized_models_still_classify(models: Models, digits: Split, kind: str) -> None:
    scores = Classifier(getattr(models, kind), "model", SPEC).scores(digits.inputs)
    assert np.mean(scores.argmax(axis=1) == digits.labels) > 0.9


@pytest.mark.parametrize("kind", ["full_integer", "aware"])
def test_full_integer_models_are_int8_from_end_to_end(models: Models, kind: str) -> None:
    interpreter = Interpreter(model_content=getattr(models, kind))
    interpreter.allocate_tensors()
    ends = [interpreter.get_input_details()[0], interpreter.get_output_details()[0]]
    assert [end["dtype"] for end in ends] == [np.int8, np.int8]
    assert [list(end["shape_signature"]) for end in ends] == [[1, 28, 28, 1], [1, 10]]
    kinds = {tensor["dtype"] for tensor in interpreter.get_tensor_details()}
    assert kinds <= {np.int8, np.int32}
    for absent in ("SHAPE", "STRIDED_SLICE", "PACK", "QUANTIZE", "DEQUANTIZE"):
        assert getattr(schema.BuiltinOperator, absent) not in operators(getattr(models, kind))


@pytest.mark.parametrize("kind", ["dynamic_range", "full_integer", "aware"])
def test_quantization_keeps_the_zeros_of_pruning(models: Models, kind: str) -> None:
    dense = weights.read(getattr(models, kind), "model")[-1]
    assert dense.kernel.dtype == np.int8
    assert np.mean(dense.kernel == 0) >= 0.799
