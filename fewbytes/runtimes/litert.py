"""Running .tflite models with LiteRT, the one evaluator of every variant."""

import os
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from fewbytes.command import InputError, damaged, missing, one_line
from fewbytes.data import dataset
from fewbytes.data.dataset import Inputs, Split
from fewbytes.data.spec import Spec
from fewbytes.quiet import quiet


class Classifier:
    """A .tflite model from one example (1, *spec.input_shape) to a score a class, float32 or int8 at either end."""

    def __init__(self, model: bytes, source: str, spec: Spec, threads: int | None = None) -> None:
        """threads: all cores by default; the results do not depend on it. Raises InputError for any other model."""
        try:
            with quiet():
                self._interpreter = Interpreter(model_content=model, num_threads=threads or os.cpu_count())
                self._interpreter.allocate_tensors()
            self._input = self._interpreter.get_input_details()[0]
            self._output = self._interpreter.get_output_details()[0]
        except (ValueError, RuntimeError, IndexError) as error:
            raise InputError(f"{source}: not a model LiteRT can run ({one_line(error)})") from None
        for end in (self._input, self._output):
            if end["dtype"] not in (np.float32, np.int8):
                raise InputError(f"{source}: takes or gives {end['dtype'].__name__}; expected float32 or int8")
        shapes = tuple(tuple(map(int, end["shape"])) for end in (self._input, self._output))
        expected = (1, *spec.input_shape), (1, len(spec.classes))
        if shapes != expected:
            raise InputError(f"{source}: maps {shapes[0]} to {shapes[1]}; expected {expected[0]} to {expected[1]}")

    def scores(self, examples: Inputs) -> NDArray[Any]:
        """The raw outputs (n, classes), float32 or int8, of examples (n, *input_shape)."""
        inputs = self.inputs(examples)
        outputs = np.empty((len(inputs), self._output["shape"][1]), self._output["dtype"])
        for index, example in enumerate(inputs):
            outputs[index] = self._invoke(example)
        return outputs

    def latency_us(self, example: Inputs, seconds: float) -> float:
        """The median time of one inference in microseconds, over as many as fit in `seconds`, on the first example."""
        prepared = self.inputs(example)[0]
        self._invoke(prepared)
        times: list[int] = []
        end = time.monotonic() + seconds
        while not times or time.monotonic() < end:
            start = time.perf_counter_ns()
            self._invoke(prepared)
            times.append(time.perf_counter_ns() - start)
        return statistics.median(times) / 1000

    def inputs(self, examples: Inputs) -> NDArray[Any]:
        """What the model takes for examples (n, *input_shape): (n, 1, *input_shape) float32, or int8 by its scale."""
        reals = examples[:, np.newaxis]
        if self._input["dtype"] == np.float32:
            return reals
        scale, zero_point = self._input["quantization"]
        return np.clip(np.round(reals / np.float32(scale)) + zero_point, -128, 127).astype(np.int8)

    def _invoke(self, example: NDArray[Any]) -> NDArray[Any]:
        self._interpreter.set_tensor(self._input["index"], example)
        self._interpreter.reset_all_variables()  # of recurrent layers: each example begins anew
        self._interpreter.invoke()
        return self._interpreter.get_tensor(self._output["index"])[0]


def accuracy(model: bytes, source: str, split: Split, spec: Spec) -> float:
    """Of a .tflite model on a split. Raises InputError as Classifier does."""
    scores = Classifier(model, source, spec, threads=1).scores(split.inputs)  # two threads are slower
    return dataset.accuracy(scores, split.labels)


def read_model(path: Path) -> bytes:
    """A .tflite file whose every offset LiteRT has checked: what else reads it may trust them.

    Raises InputError when the file is missing or damaged.
    """
    try:
        model = path.read_bytes()
    except FileNotFoundError:
        raise missing(path) from None
    try:
        with quiet():
            Interpreter(model_content=model)
    except (ValueError, RuntimeError) as error:
        raise damaged(path, f"not a .tflite model: {error}") from None
    return model
