"""Train the baseline and search from it with more seeds: what rests on one seed is no finding."""

from collections.abc import Iterator
from pathlib import Path

from fewbytes import absent, params
from fewbytes.coding import coded
from fewbytes.command import run
from fewbytes.data import dataset
from fewbytes.data import spec as specs
from fewbytes.files import write_csv
from fewbytes.metrics import FOLDER
from fewbytes.model_files import weights
from fewbytes.runtimes import litert
from fewbytes.runtimes.litert import read_model

BASELINE, SEARCHED = "baseline", "searched"
MODELS = [Path(f"models/{name}.tflite") for name in (BASELINE, SEARCHED)]
SECTION = f"search.{SEARCHED}"


def main() -> None:
    settings, spec = params.load(), specs.load()
    test = dataset.load("test", spec)

    def accuracy(model: bytes, name: str) -> float:
        return litert.accuracy(model, name, test, spec)

    def row(seed: int, baseline: bytes, searched: bytes) -> tuple[float, ...]:
        size = len(coded.pack(weights.read(searched, SEARCHED)))
        return seed, accuracy(baseline, BASELINE), accuracy(searched, SEARCHED), size

    def repeated() -> Iterator[tuple[bytes, bytes]]:
        if settings.repeats.searched == 1:
            return  # nothing is trained: TensorFlow, which takes seconds to load, is not
        from fewbytes.compression import searching  # noqa: PLC0415
        from fewbytes.networks import tflite  # noqa: PLC0415
        from fewbytes.networks.keras import keras, make_deterministic  # noqa: PLC0415
        from fewbytes.training import recipes  # noqa: PLC0415

        recipe = settings.train.baseline
        fitting, held_out = dataset.load_fitting(
            spec, hold_out_validation=recipe.hold_out_validation, class_weights=settings.class_weights
        )
        train = dataset.load("train", spec, class_weights=settings.class_weights)
        validation = dataset.load("validation", spec)
        for seed in range(settings.seed + 1, settings.seed + settings.repeats.searched):
            keras.backend.reset_uids()  # search.*.layers names layers as they are called in models/baseline.h5
            make_deterministic(seed)
            model, _ = recipes.train(recipe, recipes.SECTIONS[BASELINE], spec, fitting, held_out)
            make_deterministic(seed)
            found, _ = searching.searched(model, settings.search.recipe(SEARCHED), train, validation, section=SECTION)
            yield tflite.to_float(model), found

    rows = []
    if absent.reason(MODELS[1]) is None:
        pairs = [(read_model(MODELS[0]), read_model(MODELS[1])), *repeated()]  # those of the first seed are trained
        rows = [row(seed, *pair) for seed, pair in enumerate(pairs, start=settings.seed)]
    write_csv(FOLDER / "repeats_searched.csv", ["seed", BASELINE, SEARCHED, "coded_bytes"], rows)


if __name__ == "__main__":
    run(main)
