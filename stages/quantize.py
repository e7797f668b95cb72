"""Quantize the pruned model three ways: dynamic range and full integer after training, and quantization-aware."""

from pathlib import Path

from stages.shared import dataset, keras_files, params, tflite, training
from stages.shared.command import run
from stages.shared.dataset import Split
from stages.shared.files import write_bytes
from stages.shared.keras import keras, make_deterministic

import tensorflow_model_optimization as tfmot  # isort: skip, it needs the variables that stages.shared.keras sets

PRESERVE_SPARSITY = tfmot.experimental.combine.Default8BitPrunePreserveQuantizeScheme


def train_aware(
    model: keras.Model, schedule: params.Quantize, train: Split, validation: Split
) -> tuple[keras.Model, training.History]:
    """A copy of `model` retrained with int8 rounding simulated (Jacob et al. 2018); zero weights stay zero."""
    annotated = tfmot.quantization.keras.quantize_annotate_model(model)
    aware = tfmot.quantization.keras.quantize_apply(annotated, PRESERVE_SPARSITY())
    history = training.fit(aware, train.images, train.labels, schedule, validation=validation)
    return aware, history


def main() -> None:
    settings = params.load()
    make_deterministic(settings.seed)
    pruned = keras_files.load(Path("models/pruned.h5"))
    write_bytes(Path("models/quantized_dynamic_range.tflite"), tflite.to_dynamic_range(pruned))
    write_bytes(
        Path("models/quantized_full_integer.tflite"), tflite.to_full_integer(pruned, dataset.load_calibration())
    )
    aware, history = train_aware(pruned, settings.quantize, dataset.load("train"), dataset.load("validation"))
    training.save_history(Path("metrics/history/quantized.csv"), history)
    write_bytes(Path("models/quantized.tflite"), tflite.to_full_integer(aware))


if __name__ == "__main__":
    run(main)
