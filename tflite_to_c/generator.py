"""The generator as one function."""

from collections.abc import Mapping
from types import MappingProxyType

from tflite_to_c import reader, source
from tflite_to_c.source import Source


def generate(model: bytes, origin: str, name: str, stack: Mapping[str, int] = MappingProxyType({})) -> Source:
    """C that computes what `model` computes, bit for bit as TensorFlow Lite Micro.

    origin: the model's file, named in messages and comments. name: the prefix of all that is public.
    stack: bytes of stack it was measured to take, by core, for the header to say.
    Raises InputError, naming operator, tensor and layer, for what is not covered, and for damaged files.
    """
    return source.write(reader.read(model, origin), name, origin, stack)
