"""Compress a LeNet, as Han et al. (2015) did: Caffe's network, then the search, guided by the frontier's teacher."""

import argparse

from stages.shared import dataset, frontier, frontier_params, keras_files, searching, slim, tflite, training
from stages.shared.command import run
from stages.shared.dataset import CLASSES, SIDE
from stages.shared.files import write_bytes, write_json
from stages.shared.keras import keras, make_deterministic

layers = keras.layers


def build(name: str) -> keras.Sequential:
    """LeNet-300-100 (266,610 parameters) or Caffe's LeNet-5 (431,080), into logits."""
    image = keras.Input((SIDE, SIDE, 1))
    if name == "300-100":
        hidden = [layers.Flatten(), layers.Dense(300, activation="relu"), layers.Dense(100, activation="relu")]
    else:
        hidden = [
            *(layers.Conv2D(20, 5), layers.MaxPooling2D()),
            *(layers.Conv2D(50, 5), layers.MaxPooling2D()),
            *(layers.Flatten(), layers.Dense(500, activation="relu")),
        ]
    return keras.Sequential([image, *hidden, layers.Dense(CLASSES)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=("300-100", "5"))
    parser.add_argument("seed", type=int)
    arguments = parser.parse_args()
    name, point = arguments.name, f"lenet-{arguments.name}"
    recipe = frontier_params.load().lenets[name]
    make_deterministic(arguments.seed)
    train, validation = dataset.load("train"), dataset.load("validation")
    reference = build(name)
    training.fit(reference, train.images, train.labels, recipe.reference)
    logits = searching.logits(keras_files.load(frontier.TEACHER), train.images)
    aware, rounds = searching.search(reference, recipe.search, train, validation, logits)
    searching.save_rounds(frontier.FOLDER / "metrics" / "search" / f"{point}-{arguments.seed}.csv", rounds)
    write_bytes(frontier.model_path(point, arguments.seed), slim.slim(tflite.to_full_integer(aware)))
    write_json(
        frontier.fit_path(point, arguments.seed),
        {
            "reference_val_accuracy": searching.accuracy(reference, validation),
            "reference_accuracy": searching.accuracy(reference, dataset.load("test")),
        },
    )


if __name__ == "__main__":
    run(main)
