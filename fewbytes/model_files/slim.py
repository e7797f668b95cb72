"""A .tflite file without what no runtime computes with: names, descriptions, signatures, recorded ranges."""

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

IDENTIFIER = b"TFL3"


def slim(model: bytes) -> bytes:
    """The same graph, weights and scales in fewer bytes; every runtime computes the same with it."""
    root = schema.ModelT.InitFromPackedBuf(model, 0)
    root.description = root.metadata = root.metadataBuffer = root.signatureDefs = None
    for graph in root.subgraphs:
        graph.name = None
        for tensor in graph.tensors:
            tensor.name = tensor.shapeSignature = None
            if tensor.quantization is not None:
                tensor.quantization.min = tensor.quantization.max = None
    _drop_unused_buffers(root)
    return packed(root)


def packed(root: schema.ModelT) -> bytes:
    """The .tflite file."""
    builder = flatbuffers.Builder()
    builder.Finish(root.Pack(builder), IDENTIFIER)
    return bytes(builder.Output())


def _drop_unused_buffers(root: schema.ModelT) -> None:
    """Keep those that hold something; by the format's rule the first is empty, and stands for all that are."""
    tensors = [tensor for graph in root.subgraphs for tensor in graph.tensors]
    kept = sorted({tensor.buffer for tensor in tensors if root.buffers[tensor.buffer].data is not None} - {0})
    places = {buffer: place for place, buffer in enumerate(kept, start=1)}
    for tensor in tensors:
        tensor.buffer = places.get(tensor.buffer, 0)
    root.buffers = [schema.BufferT(), *(root.buffers[buffer] for buffer in kept)]
