"""The stage that measures, as a command on small models: what it writes, and that it writes all of it or nothing."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fewbytes import absent, metrics
from fewbytes.command import InputError
from fewbytes.measuring import chip, sizes, targets
from fewbytes.runtimes import tflm
from stages import measure
from tests.conftest import ROOT, Models, make_digits, save_data
from tests.tflite_to_c.chips.programs import emulates

START = {"zip_bytes": 40_000, "parameter_bytes": 300_000, "accuracy": 0.5}
Measure = Callable[[str, bytes, str], dict[str, object]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Measure:
    """Runs the stage on a variant of a small project, and returns its figures."""
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "params.yaml").read_text()
    assert "emulated_images: 100" in text
    Path("params.yaml").write_text(text.replace("emulated_images: 100", "emulated_images: 2"))
    some = make_digits(30, seed=3)
    save_data(some, some, some, tmp_path)
    metrics_of_start = Path("metrics/variants/start.json")
    metrics_of_start.parent.mkdir(parents=True)
    metrics_of_start.write_text(json.dumps(START))
    Path("models").mkdir()

    def call(name: str, model: bytes, start: str) -> dict[str, object]:
        path = Path("models", f"{name}.tflite")
        path.write_bytes(model)
        monkeypatch.setattr(sys, "argv", ["measure", name, str(path), start])
        measure.main()
        return metrics.load(Path(f"metrics/variants/{name}.json"))

    return call


def made() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for folder in ("metrics", "models/c") for path in Path(folder).rglob("*.*")}


@emulates
@pytest.mark.skipif(not tflm.available(), reason=tflm.ABSENT)
def test_an_int8_variant_is_measured_in_every_way(run: Measure, models: Models) -> None:
    before = set(made())
    figures = run("net", models.full_integer, "metrics/variants/start.json")
    assert set(made()) - before == {
        *(f"models/c/net/net.{ending}" for ending in ("h", "c", "packed")),
        *("metrics/variants/net.json", "metrics/confusion/net.csv", "metrics/mistakes/net.csv"),
    }
    found: dict[str, dict[str, object]] = {key: value for key, value in figures.items() if isinstance(value, dict)}
    assert list(found) == ["sparsity_by_layer", "tflm", "npu", "coded", "chip"]
    assert figures["test_images"] == 30
    wrong = len(Path("metrics/mistakes/net.csv").read_text().splitlines()) - 1
    assert figures["accuracy"] == pytest.approx(1 - wrong / 30)
    by_layer = found["coded"]["arithmetic_bytes_by_layer"]
    assert isinstance(by_layer, dict)
    assert sum(by_layer.values()) == found["coded"]["arithmetic_bytes"]
    assert figures["accuracy"] == pytest.approx(found["tflm"]["accuracy"], abs=0.04)
    assert found["coded"]["huffman_bytes"] == Path("models/c/net/net.packed").stat().st_size
    assert figures["zip_bytes"] == sizes.zip_bytes(models.full_integer, "net.tflite")
    assert figures["compression_zip"] == pytest.approx(
        40_000 / sizes.zip_bytes(models.full_integer, "net.tflite"), rel=1e-4
    )
    for core in (*(targets.key(core) for core in targets.SHARES), "host"):
        on_chip = found["chip"][core]
        assert isinstance(on_chip, dict)
        assert on_chip["unlike_tflm_images"] == 0
        assert on_chip["images"] == {"host": 30, "rv32ec": 1}.get(core, 2)
    everything = made()
    run("net", models.full_integer, "metrics/variants/start.json")
    assert made() == everything  # no figure hangs on the clock


def test_a_float_variant_has_no_chip_and_says_why(run: Measure, models: Models) -> None:
    figures = run("net", models.float_tflite, "models/net.tflite")
    assert "chip" not in figures
    assert figures["coded"] == {}
    assert "compression_zip" not in figures  # a chain starts here
    assert [path.name for path in Path("models/c/net").iterdir()] == [chip.WHY_NOT]
    assert Path("metrics/confusion/net.csv").read_text().startswith("actual,predicted,images\n")


@pytest.mark.parametrize("stop", [InputError("stopped"), KeyboardInterrupt()])
def test_figures_are_whole_or_not_there(
    run: Measure, models: Models, monkeypatch: pytest.MonkeyPatch, stop: BaseException
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise stop

    monkeypatch.setattr(chip, "measure", fail)
    with pytest.raises(type(stop)):
        run("net", models.full_integer, "models/net.tflite")
    assert not Path("metrics/variants/net.json").exists()
    assert not Path("metrics/confusion").exists()
    assert not list(Path().rglob("*.partial"))


@pytest.mark.parametrize("damage", ['{"zip_bytes": 1}', "{", '{"zip_bytes": 0, "parameter_bytes": 1, "accuracy": 1}'])
def test_a_damaged_start_stops_it_before_anything_is_written(run: Measure, models: Models, damage: str) -> None:
    Path("metrics/variants/start.json").write_text(damage)
    with pytest.raises(InputError, match=r"metrics/variants/start\.json: ") as raised:
        run("net", models.full_integer, "metrics/variants/start.json")
    assert "\n" not in str(raised.value)
    assert [path.name for path in Path("metrics").rglob("*.*")] == ["start.json"]
    assert not Path("models/c").exists()


def test_a_variant_that_was_not_possible_is_noted(run: Measure) -> None:
    with absent.noted([Path("models/net.tflite")]):
        raise absent.NotMadeError("layer it is not known")
    figures = run("net", Path("models/net.tflite").read_bytes(), "metrics/variants/start.json")
    assert figures == {"status": "not made: layer it is not known"}
    assert Path("models/c/net").is_dir()
    assert Path("metrics/confusion/net.csv").read_text() == "actual,predicted,images\n"
