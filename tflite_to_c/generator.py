"""The generator as one function."""

from collections.abc import Mapping
from types import MappingProxyType

from tflite_to_c import reader, source
from tflite_to_c.options import DEFAULT, Options
from tflite_to_c.source import Normalisation, Source


def generate(
    model: bytes,
    origin: str,
    name: str,
    *,
    normalisation: Normalisation | None = None,
    stack: Mapping[str, int] = MappingProxyType({}),
    options: Options = DEFAULT,
) -> Source:
    """C that computes what `model` computes, bit for bit as TensorFlow Lite Micro.

    origin: the model's file, named in messages and comments. name: the prefix of all that is public.
    For the header to say: normalisation, how raw values became the real ones of the input; stack, by core the bytes of
    it that were measured.
    Raises InputError, naming operator, tensor and layer, for what is not covered, and for damaged files.
    """
    return source.write(
        reader.read(model, origin), name, origin, normalisation=normalisation, stack=stack, options=options
    )
