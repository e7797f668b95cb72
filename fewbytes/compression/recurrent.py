"""LSTM layers whose weights are of few values while they are trained; tfmot knows none.

TensorFlow Lite makes int8 of each gate's kernel and recurrent kernel on its own, so each of the eight has a step of its
own here.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.compression import grids
from fewbytes.compression.grids import Gridded, State
from fewbytes.networks.keras import keras, tf
from fewbytes.params import Grid

layers = keras.layers
GATES = 4
USUAL: Mapping[str, Any] = {  # what TensorFlow Lite's operator and GridLstm compute
    **{"activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": True, "go_backwards": False},
    **{"stateful": False, "return_state": False, "dropout": 0, "recurrent_dropout": 0},
}


def unusual(layer: keras.layers.Layer) -> str | None:
    """The setting for which an LSTM layer cannot be trained on a grid; None where it can."""
    config = layer.get_config()
    return next((f"{key} = {config[key]}" for key, value in USUAL.items() if config[key] != value), None)


class GridLstm(keras.layers.Layer):
    """What an LSTM layer computes, with the kernels of each gate on a grid of their own.

    Weights that a mask leaves out are zero, and none of those the step is taken from.
    """

    def __init__(
        self, units: int, return_sequences: bool, bits: int, step: float, learned: bool, **settings: Any
    ) -> None:
        super().__init__(**settings)
        self.units, self.return_sequences = units, return_sequences
        self._grid = Grid(bits=bits, step=step, learned=learned)

    def build(self, input_shape: Any) -> None:
        wide = GATES * self.units
        self.kernel = self.add_weight("kernel", (input_shape[-1], wide), initializer="glorot_uniform")
        self.recurrent_kernel = self.add_weight("recurrent_kernel", (self.units, wide), initializer="glorot_uniform")
        self.bias = self.add_weight("bias", (wide,), initializer="zeros")
        self.log_steps = self.add_weight("log_steps", (2, GATES), initializer="zeros") if self._grid.learned else None
        kernels = (("input", self.kernel), ("recurrent", self.recurrent_kernel))
        self._states = [State(**grids.variables(self, kernel.shape, f"{name}_")) for name, kernel in kernels]
        super().build(input_shape)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        kernel, recurrent_kernel = (each.on_grid()[0] for each in self.gridded())
        weighed = tf.tensordot(inputs, kernel, axes=1) + self.bias

        def step(at_once: tf.Tensor, states: list[tf.Tensor]) -> tuple[tf.Tensor, list[tf.Tensor]]:
            hidden, cell = states
            taken, forgotten, new, shown = tf.split(at_once + tf.matmul(hidden, recurrent_kernel), GATES, axis=1)
            cell = tf.sigmoid(forgotten) * cell + tf.sigmoid(taken) * tf.tanh(new)
            hidden = tf.sigmoid(shown) * tf.tanh(cell)
            return hidden, [hidden, cell]

        nothing = tf.zeros((tf.shape(inputs)[0], self.units))
        last, every, _ = keras.backend.rnn(step, weighed, [nothing, nothing])
        return every if self.return_sequences else last

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        steps = (input_shape[1],) if self.return_sequences else ()
        return (input_shape[0], *steps, self.units)

    def gridded(self) -> list[Gridded]:
        """The kernel and the recurrent kernel, each gate's on its grid."""
        kernels = zip((self.kernel, self.recurrent_kernel), self._states, strict=True)
        return [
            Gridded(kernel, state, partial(self._on_grid, place, kernel, state), grids.largest(self._grid))
            for place, (kernel, state) in enumerate(kernels)
        ]

    def _on_grid(self, place: int, kernel: tf.Variable, state: State) -> tuple[tf.Tensor, tf.Tensor]:
        parts = [tf.split(values, GATES, axis=1) for values in (kernel, *state)]
        gates = []
        for gate, (weights, *of_gate) in enumerate(zip(*parts, strict=True)):
            log_step = None if self.log_steps is None else self.log_steps[place, gate]
            values, step = grids.nearest(weights, State(*of_gate), self._grid, log_step)
            gates.append((values, tf.fill(values.shape, step)))
        values, steps = (tf.concat(of_gates, axis=1) for of_gates in zip(*gates, strict=True))
        return values, steps

    def begin(self) -> None:
        """Learned steps, where they begin: in root mean squares of the weights that are there now."""
        if self.log_steps is not None:
            kernels = (self.kernel.numpy(), self.recurrent_kernel.numpy())
            spreads = [[np.sqrt(np.mean(gate**2)) for gate in np.split(kernel, GATES, axis=1)] for kernel in kernels]
            self.log_steps.assign(np.log(self._grid.step * np.array(spreads, np.float32)))

    def plain_weights(self) -> list[NDArray[np.float32]]:
        """Those of an LSTM layer that computes the same."""
        return [*(kernel.on_grid()[0].numpy() for kernel in self.gridded()), self.bias.numpy()]

    def get_config(self) -> dict[str, Any]:
        own = {"units": self.units, "return_sequences": self.return_sequences}
        return super().get_config() | own | self._grid.model_dump()
