"""What a network of the frontier is worth: its accuracies and sizes, from its .tflite file alone."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fewbytes import frontier
from fewbytes.coding import coded, packed
from fewbytes.command import InputError
from fewbytes.data import dataset, digests
from fewbytes.data import spec as specs
from fewbytes.data.dataset import Split
from fewbytes.data.spec import Spec
from fewbytes.measuring import chip
from fewbytes.metrics import Metrics
from fewbytes.model_files import weights
from fewbytes.runtimes import litert, tflm
from fewbytes.runtimes.litert import Classifier, read_model
from tflite_to_c import memory, reader, simplify
from tflite_to_c import source as generator
from tflite_to_c.graph import Graph, Tensor
from tflite_to_c.operators.pad import Pad
from tflite_to_c.operators.pool import Pool
from tflite_to_c.operators.rearrange import Rearrange
from tflite_to_c.options import Options

MOVING = Pad, Pool, Rearrange  # steps of one scale
ROUNDING = 0.0005  # of accuracy: LiteRT's kernels round differently on different processors
ACTIVATION_BYTES = 5  # a float32 scale and an int8 zero point, beside the Huffman-coded weights


class Rated(NamedTuple):
    """scores: (n, classes), of the test split's examples, on LiteRT; micro: on TensorFlow Lite Micro, where it is."""

    figures: Metrics
    scores: NDArray[Any]
    micro: NDArray[Any] | None


def judge(model: bytes, source: str, test: Split, spec: Spec) -> Rated:
    """Accuracy on LiteRT and on TensorFlow Lite Micro, and every size.

    coded_bytes: weights, biases, scales and zero points, those of activations too, arithmetic-coded, with all that a
    decoder needs; by layer: of these, by how many each makes the file longer. huffman_bytes: the same, weights as Han
    et al. code them.
    activation_bytes: the image and the tensors between layers in our smallest generated C, or the rows of them that it
    holds; they lie over the image once it was read, but where a recurrent network takes it row by row. Not the stack.
    Raises InputError where the coded weights are not the model's.
    """
    layers, graph = weights.read(model, source), reader.read(model, source)
    activations = _activations(graph)
    content, by_layer = coded.encode(layers, activations)
    unpacked, ranges = coded.unpack(content, "the file just made")
    packed.require_same(unpacked, layers, source)
    if ranges != activations:
        raise InputError(f"{source}: its activations' scales do not survive being coded")
    scores = Classifier(model, source, spec, threads=1).scores(test.inputs)
    names = [layer.name for layer in layers]
    kernels = [layer.kernel for layer in layers]
    own = [kernel for place, kernel in enumerate(kernels) if not coded.twin(kernel, kernels[:place])]  # not tied
    figures: Metrics = {
        **dataset.accuracies(scores, test.labels),
        "parameters": sum(kernel.size for kernel in own) + sum(layer.bias.size for layer in layers),
        "nonzero_weights": sum(int(np.count_nonzero(kernel)) for kernel in own),
        "coded_bytes": len(content),
        "coded_bytes_by_layer": dict(zip(names, by_layer, strict=True)),
        "huffman_bytes": len(packed.pack(layers)[0]) + ACTIVATION_BYTES * len(activations),
        "activation_bytes": _tensor_bytes(simplify.simplify(graph), chip.least(model, source), source),
        "model_bytes": len(model),
    }
    micro = None
    if tflm.available():
        micro, _ = tflm.run(model, Classifier(model, source, spec).inputs(test.inputs))
        figures["tflm_accuracy"] = dataset.accuracy(micro, test.labels)
    return Rated(figures, scores, micro)


def coded_size(model: bytes, source: str) -> int:
    """Bytes, as `judge` counts them."""
    return len(coded.pack(weights.read(model, source), _activations(reader.read(model, source))))


def _activations(graph: Graph) -> list[coded.Activation]:
    """Of the input, and of what each step gives, but for pools and such, which give values as they were given them."""
    found = [_activation(graph.input)]
    for step in graph.steps:
        given, made = _activation(step.inputs[0]), _activation(step.output)
        if not isinstance(step, MOVING) or made != given:
            found.append(made)
    return found


def _activation(tensor: Tensor) -> coded.Activation:
    return coded.Activation(np.float32(tensor.scale), tensor.zero_point)


def _tensor_bytes(graph: Graph, options: Options, origin: str) -> int:
    made = generator.prepare(graph, origin, options)
    if made.streamed:
        return memory.plan(made.rest, workspaces=False).bytes + graph.input.size
    return memory.plan(made.rest, workspaces=False, ends=True).bytes


def rate(
    models: dict[int, bytes], point: str, validation: Split, test: Split, spec: Spec, *, known_seed: int | None = None
) -> Rated:
    """A point of the frontier from its models, one a seed: the one best on validation, and how the seeds spread.

    The test images have no part in the choice. known_seed: the one that was chosen before; it is still, as long as no
    other is better by more than what processors differ in.
    """
    names = {seed: frontier.model_path(point, seed).name for seed in models}
    on_validation = {seed: litert.accuracy(model, names[seed], validation, spec) for seed, model in models.items()}
    chosen = max(on_validation, key=on_validation.__getitem__)  # the first of equals
    if known_seed in models and on_validation[chosen] - on_validation[known_seed] <= ROUNDING:
        chosen = known_seed
    judged = judge(models[chosen], names[chosen], test, spec)
    others = [litert.accuracy(model, names[seed], test, spec) for seed, model in models.items() if seed != chosen]
    accuracies = [judged.figures["accuracy"], *others]
    figures = {
        "seed": chosen,
        **judged.figures,
        "val_accuracy": on_validation[chosen],
        "seeds": len(models),
        "accuracy_median": float(np.median(accuracies)),
        "accuracy_lowest": min(accuracies),
        "accuracy_highest": max(accuracies),
    }
    return judged._replace(figures=figures)


def rate_point(point: str, seeds: Sequence[int], known_seed: int | None = None) -> Rated:
    """From the files in frontier/. Raises InputError where one is missing."""
    models = {seed: read_model(frontier.model_path(point, seed)) for seed in seeds}
    spec = specs.load()
    validation, raw = dataset.load("validation", spec), dataset.load_raw("test", spec)
    test = Split(spec.normalise(raw.inputs), raw.labels)
    rated = rate(models, point, validation, test, spec, known_seed=known_seed)
    return rated._replace(figures={"test_split": digests.of_split(raw), **rated.figures})
