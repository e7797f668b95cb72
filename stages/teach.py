"""Train the frontier's teacher, and keep its logits on augmented copies of the training images."""

from fewbytes import arrays, frontier, frontier_params
from fewbytes.command import run
from fewbytes.data import dataset
from fewbytes.data import spec as specs
from fewbytes.files import write_json
from fewbytes.networks import keras_files
from fewbytes.networks.keras import make_deterministic
from fewbytes.training import teacher


def main() -> None:
    settings = frontier_params.load()
    make_deterministic(settings.seed)
    spec = specs.load()
    train, validation = dataset.load_raw("train", spec), dataset.load("validation", spec)
    model, accuracy = teacher.teach(settings.teacher, settings.augment, settings.seed, train, validation, spec=spec)
    keras_files.save(model, frontier.TEACHER)
    arrays.save(frontier.LOGITS, teacher.logits(model, settings.teacher, settings.augment, train.inputs, spec))
    write_json(frontier.metrics_path("teacher"), {"parameters": model.count_params(), "val_accuracy": accuracy})


if __name__ == "__main__":
    run(main)
