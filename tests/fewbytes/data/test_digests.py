"""The same examples have the same digest, and no others."""

from pathlib import Path

import pytest

from fewbytes.command import InputError
from fewbytes.data import dataset, digests
from fewbytes.data import spec as specs
from fewbytes.data.dataset import Split
from tests.conftest import make_digits


def test_a_split_is_known_by_its_examples_its_labels_and_their_order() -> None:
    digits = make_digits(20, seed=1)
    known = digests.of_split(digits)
    assert known == "4ff90a3417a138a3"  # in every process
    assert known == digests.of_split(Split(digits.inputs.copy(), digits.labels.copy()))
    others = [Split(digits.inputs[::-1], digits.labels), Split(digits.inputs, digits.labels[::-1])]
    assert known not in map(digests.of_split, [*others, make_digits(20, seed=2)])


def test_all_are_known_by_their_files(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    known = set()
    for number, (path, said) in enumerate(((dataset.PATH, r"splits\.npz"), (specs.PATH, r"spec\.json"))):
        with pytest.raises(InputError, match=rf"{said}: not found; `dvc repro prepare` makes it"):
            digests.of_all(tmp_path)
        (tmp_path / path).write_bytes(bytes(number))
    for path, content in ((dataset.PATH, b"some"), (dataset.PATH, b"others"), (specs.PATH, b"shape")):
        (tmp_path / path).write_bytes(content)
        known.add(digests.of_all(tmp_path))
    assert len(known) == 3
