"""Quantize to int8: the pruned model three ways, the clustered one with its zeros and its shared weights kept."""

import argparse
import warnings
from pathlib import Path

from fewbytes import params
from fewbytes.command import run
from fewbytes.data import dataset
from fewbytes.data.dataset import Split
from fewbytes.files import write_bytes
from fewbytes.networks import keras_files, tflite
from fewbytes.networks.keras import keras, make_deterministic
from fewbytes.training import training

import tensorflow_model_optimization as tfmot  # isort: skip, it needs the variables that fewbytes.networks.keras sets

combine = tfmot.experimental.combine
SCHEMES = {
    "pruned": combine.Default8BitPrunePreserveQuantizeScheme(),
    "clustered": combine.Default8BitClusterPreserveQuantizeScheme(preserve_sparsity=True),
}
VARIANTS = {"pruned": "quantized", "clustered": "clustered_quantized"}


def train_aware(
    model: keras.Model, start: str, schedule: params.Quantize, train: Split, validation: Split
) -> tuple[keras.Model, training.History]:
    """A copy of `model` retrained with int8 rounding simulated (Jacob et al. 2018).

    start: what it is; "pruned" keeps its zero weights at zero, "clustered" its shared weights shared as well.
    """
    annotated = tfmot.quantization.keras.quantize_annotate_model(model)
    with warnings.catch_warnings():
        # A layer all of whose weights are zero has nothing to keep shared; tfmot keeps it at zero.
        warnings.filterwarnings("ignore", message="No clustering performed")
        aware = tfmot.quantization.keras.quantize_apply(annotated, SCHEMES[start])
    history = training.fit(
        aware,
        train.images,
        train.labels,
        schedule,
        suspects={"quantize.learning_rate": schedule.learning_rate},
        validation=validation,
    )
    return aware, history


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("start", choices=SCHEMES, help="the model to quantize")
    start = parser.parse_args().start
    settings = params.load()
    make_deterministic(settings.seed)
    model = keras_files.load(Path(f"models/{start}.h5"))
    if start == "pruned":
        write_bytes(Path("models/quantized_dynamic_range.tflite"), tflite.to_dynamic_range(model))
        calibration_images = dataset.load_calibration()
        write_bytes(Path("models/quantized_full_integer.tflite"), tflite.to_full_integer(model, calibration_images))
    train, validation = dataset.load("train"), dataset.load("validation")
    aware, history = train_aware(model, start, settings.quantize, train, validation)
    training.save_history(Path(f"metrics/history/{VARIANTS[start]}.csv"), history)
    write_bytes(Path(f"models/{VARIANTS[start]}.tflite"), tflite.to_full_integer(aware))


if __name__ == "__main__":
    run(main)
