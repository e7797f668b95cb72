"""Copy a variant's generated C, with one test image to try it on, to where the examples take them from."""

import argparse
from pathlib import Path

from fewbytes import texts
from fewbytes.command import missing, run
from fewbytes.data import dataset
from fewbytes.data import spec as specs
from fewbytes.files import write_all
from fewbytes.measuring import chip
from fewbytes.runtimes.litert import Classifier, read_model
from tflite_to_c.source import identifier

HEADER = """\
/* The first example of the test split, as {name}_run takes it, and the number of its class. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <stdint.h>

#define SAMPLE_DIGIT {digit}

static const int8_t sample_image[{count}] = {{
{rows}
}};

#endif
"""


def sample(variant: str, model: bytes, source: str) -> str:
    """A C header with the first example of the test split, quantized for `model`."""
    spec = specs.load()
    test = dataset.load("test", spec)
    example = Classifier(model, source, spec).inputs(test.inputs[:1]).reshape(spec.shape[0], -1)
    rows = "\n".join("    " + "".join(f"{value}," for value in row) for row in example.tolist())
    return HEADER.format(name=identifier(variant), digit=test.labels[0], count=example.size, rows=rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("variant")
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    variant, path = arguments.variant, Path(f"models/{arguments.variant}.tflite")
    why_not = Path("models/c") / variant / chip.WHY_NOT
    if why_not.exists():
        write_all({arguments.folder / chip.WHY_NOT: texts.read(why_not)})
        return
    contents = {"sample.h": sample(variant, read_model(path), str(path))}
    for ending in ("h", "c"):
        source = Path("models/c") / variant / f"{identifier(variant)}.{ending}"
        if not source.exists():
            raise missing(source)
        contents[source.name] = texts.read(source)
    write_all({arguments.folder / name: content for name, content in contents.items()})


if __name__ == "__main__":
    run(main)
