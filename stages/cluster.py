"""Share weights: each layer of the pruned network keeps a few values beside zero."""

from pathlib import Path

from fewbytes import params
from fewbytes.command import run
from fewbytes.compression import clustering
from fewbytes.data import dataset
from fewbytes.data import spec as specs
from fewbytes.files import write_bytes
from fewbytes.networks import keras_files, tflite
from fewbytes.networks.keras import make_deterministic
from fewbytes.training import training


def main() -> None:
    settings = params.load()
    make_deterministic(settings.seed)
    spec = specs.load()
    pruned = keras_files.load(Path("models/pruned.h5"), spec)
    train = dataset.load("train", spec, class_weights=settings.class_weights)
    validation = dataset.load("validation", spec)
    model, history = clustering.cluster(pruned, settings.cluster, train, validation)
    training.save_history(Path("metrics/history/clustered.csv"), history)
    keras_files.save(model, Path("models/clustered.h5"))
    write_bytes(Path("models/clustered.tflite"), tflite.to_float(model))


if __name__ == "__main__":
    run(main)
