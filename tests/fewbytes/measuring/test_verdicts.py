"""What a network of the frontier is worth: seeds chosen on validation, sizes as a decoder needs them."""

from pathlib import Path

import numpy as np
import pytest

from fewbytes import frontier
from fewbytes.coding import coded, packed
from fewbytes.command import InputError
from fewbytes.data import digests
from fewbytes.data.dataset import Split
from fewbytes.measuring import verdicts
from fewbytes.measuring.verdicts import Rated
from fewbytes.model_files import weights
from fewbytes.runtimes import litert
from tests.conftest import SPEC, Models, make_digits, normalised, save_data


def test_the_seed_is_chosen_on_validation_alone(digits: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    test = make_digits(100, seed=9)
    known = {(b"a", 200): 0.9, (b"b", 200): 0.95, (b"c", 200): 0.95}
    known |= {(b"a", 100): 0.99, (b"b", 100): 0.5, (b"c", 100): 0.7}
    monkeypatch.setattr(litert, "accuracy", lambda model, _, split, __: known[model, len(split.labels)])
    judged = {"accuracy": 0.5}

    def judge(model: bytes, *_: object) -> Rated:
        return Rated({"judged": model.decode(), **judged}, np.zeros(1), None)

    monkeypatch.setattr(verdicts, "judge", judge)
    figures = verdicts.rate({1: b"a", 2: b"b", 3: b"c"}, "it", digits, test, SPEC).figures
    assert (figures["seed"], figures["judged"]) == (2, "b")
    assert (figures["accuracy_lowest"], figures["accuracy_median"], figures["accuracy_highest"]) == (0.5, 0.7, 0.99)
    models = {1: b"a", 2: b"b", 3: b"c"}
    assert (
        verdicts.rate(models, "it", digits, test, SPEC, known_seed=3).figures["judged"] == "c"
    )  # as good as the first
    assert verdicts.rate(models, "it", digits, test, SPEC, known_seed=1).figures["judged"] == "b"
    assert verdicts.rate(models, "it", digits, test, SPEC, known_seed=7).figures["judged"] == "b"


def test_a_verdict_counts_what_a_decoder_needs(models: Models, digits: Split) -> None:
    figures = verdicts.judge(models.aware, "it", digits, SPEC).figures
    assert figures["parameters"] == 20_410
    layers = weights.read(models.aware, "it")
    tensors = 1 + len(layers)  # the image and what each layer gives, with a scale and a zero point each
    assert len(coded.pack(layers)) + 3 * tensors < figures["coded_bytes"] < len(coded.pack(layers)) + 5 * tensors
    assert figures["coded_bytes"] == verdicts.coded_size(models.aware, "it")
    assert figures["huffman_bytes"] == len(packed.pack(layers)[0]) + 5 * tensors
    # The pooled convolution's output, which lies over the rows of the image that were read: all but three at the end.
    assert 12 * 13 * 13 < figures["activation_bytes"] <= 12 * 13 * 13 + 3 * 28
    assert figures["accuracy"] > 0.5
    assert list(figures["coded_bytes_by_layer"]) == [layer.name for layer in layers]
    apart = figures["coded_bytes"] - sum(figures["coded_bytes_by_layer"].values())
    assert 3 * tensors < apart < 5 * tensors  # of activations
    assert sum(coded.encode(layers).by_layer) == len(coded.pack(layers))


def test_a_point_is_rated_from_its_files(
    tmp_path: Path, models: Models, digits: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    train, test = make_digits(200, seed=1), make_digits(50, seed=4)
    save_data(train, train, test, tmp_path)
    with pytest.raises(InputError, match=r"1500B-1\.tflite: not found; `make frontier` makes it"):
        verdicts.rate_point("1500B", (1, 2))
    for seed, content in ((1, models.full_integer), (2, models.aware), (3, b"x")):
        path = frontier.model_path("1500B", seed)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"1500B-3\.tflite: damaged or foreign .* `git restore .*` brings it back"):
        verdicts.rate_point("1500B", (1, 2, 3))
    figures = verdicts.rate_point("1500B", (1, 2)).figures
    both = {1: models.full_integer, 2: models.aware}
    rated = verdicts.rate(both, "1500B", digits, normalised(test), SPEC).figures
    assert figures == {"test_split": digests.of_split(test), **rated}
    assert figures["seeds"] == 2
