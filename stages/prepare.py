"""Turn what the source gives into splits in one file, a sample for calibration, and the Spec: what all of it is."""

from fewbytes import arrays, params
from fewbytes.command import run
from fewbytes.data import dataset, examples, sources, spec, splitting
from fewbytes.data.download import RAW


def main() -> None:
    settings = params.load()
    given = examples.check(sources.read(settings.data, RAW))
    splits = splitting.split(given, settings.prepare.validation_split, settings.seed)
    examples.warn_of_shared(splits.test, (splits.train, splits.validation))
    pool = splits.train.inputs if given.calibration is None else given.calibration
    calibration = splitting.sample(pool, settings.prepare.calibration_examples, settings.seed)
    described = spec.describe(
        splits.train.inputs, given.kind, given.classes, settings.prepare.normalise, splits.train.name
    )
    dataset.save(splits, described)
    arrays.save(dataset.CALIBRATION, calibration)
    spec.save(described)


if __name__ == "__main__":
    run(main)
