"""metrics/report.html holds what metrics/ holds, and fetches nothing."""

import base64
import json
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fewbytes import frontier, metrics, variants
from fewbytes.command import InputError
from fewbytes.data import dataset, mistakes, spec
from fewbytes.pages import networks, page, rendering
from fewbytes.pages.networks import MEASURES
from fewbytes.reports import loading
from tests.attack import small_project
from tests.stages.commands import POINT
from tflite_to_c.chips import boards

CORES = dict(zip(networks.CORES.values(), networks.CORES, strict=True))


def read(project: Path) -> tuple[str, dict[str, Any]]:
    text = (project / page.PATH).read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found
    return text, json.loads(found[1])


def figures_of(name: str) -> metrics.Metrics:
    point = frontier.metrics_path(name)
    return metrics.load(point if point.exists() else variants.metrics_path(name))


def test_every_number_is_that_of_metrics(project: Path) -> None:
    _, data = read(project)
    assert [each["name"] for each in data["networks"]] == [POINT, "LeNet-5", *variants.load()]
    for each in data["networks"]:
        figures = figures_of(each["name"])
        assert each["accuracy"] == figures["accuracy"]
        for measure, value in each["measures"].items():
            assert value in [metrics.find(figures, key) for key in MEASURES[measure]]
        on_chip = figures.get("chip", {})
        for core, takes in each.get("cores", {}).items():
            assert takes.items() <= on_chip[CORES[core]].items()
        for board in each.get("boards", []):
            core = board["core"].replace("-", "_").replace("m0plus", "m0")
            assert (board["flash_bytes"], board["ram_bytes"]) == tuple(
                on_chip[core][key] for key in ("flash_bytes", "ram_bytes")
            )
        assert ("boards" in each) == ("chip" in figures)
        if "coded" in figures:
            assert each["layers"] == figures["coded"].get("arithmetic_bytes_by_layer", {})
        else:
            assert sum(each["layers"].values()) == figures["coded_bytes"]
            assert figures["coded_bytes_by_layer"].items() <= each["layers"].items()
        assert each["mistakes"] == [list(row) for row in small_project.WRONG]


def test_the_trade_off_has_every_network_the_essays_and_the_published(project: Path) -> None:
    del project
    _, data = read(Path())
    (rows,) = data["charts"]["tradeoff"]["datasets"].values()
    by_name = {row["name"]: row for row in rows}
    for each in data["networks"]:
        row = by_name.pop(each["name"])
        assert row["error, %"] == pytest.approx(100 * (1 - each["accuracy"]), abs=1e-3)
        assert {measure: row[measure] for measure in each["measures"]} == each["measures"]
    assert by_name["the essay's baseline"]["zipped, B"] == metrics.load_essay()["baseline"]["zip_bytes"]
    assert sum(row["group"] == networks.PUBLISHED for row in by_name.values()) > 10


def test_boards_are_all_those_known_and_verdicts_those_of_the_generator(project: Path) -> None:
    _, data = read(project)
    (first, *_) = data["networks"]
    table = boards.load()
    assert {board["name"] for board in first["boards"]} <= set(table)
    assert {"FITS", "TOO BIG"} <= {board["verdict"] for board in first["boards"]}


def test_examples_are_those_of_the_test_split(project: Path) -> None:
    _, data = read(project)
    test = dataset.load_raw("test", spec.load())
    examples = data["examples"]
    values = np.frombuffer(zlib.decompress(base64.b64decode(examples["values"])), np.uint8)
    np.testing.assert_array_equal(values.reshape(-1, 28, 28), test.inputs[examples["places"]])
    assert examples["labels"] == test.labels[examples["places"]].tolist()
    assert {place for place, *_ in small_project.WRONG} <= set(examples["places"])


def test_it_has_no_address_that_a_browser_would_fetch(project: Path) -> None:
    text, _ = read(project)
    markup = re.sub(r"<(script|style)\b.*?</\1>", "", text, flags=re.DOTALL)
    assert not re.findall(r'(?:src|action)="(?!data:)[^"]*"', markup)
    assert not re.findall(r'href="(?!#)[^"]*"', markup)
    assert "default-src 'none'" in markup
    assert len(text) < 3_000_000


def test_it_is_the_same_when_it_is_made_again(project: Path) -> None:
    text, _ = read(project)
    assert page.make(page.load()) == text


def test_names_cannot_leave_the_place_they_stand_in(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del project
    content = page.load()
    hostile = "</script><script>alert(1)</script>"
    named = content._replace(spec=content.spec.model_copy(update={"classes": [hostile, *content.spec.classes[1:]]}))
    monkeypatch.setattr(networks, "compiled", lambda _: {})
    text = page.make(named)
    assert hostile not in text
    assert "\\u003c/script>\\u003cscript>alert(1)" in text


def test_a_frontier_of_other_data_is_left_out(project: Path) -> None:
    content = page.load()
    assert [point.name for point in content.points] == [POINT, "LeNet-5"]
    assert page.load_points("another split", content.spec) == []
    alone = content._replace(points=[], published=None)
    _, data = read(project)
    text = page.make(alone)
    assert "made to be small, distilled" not in text
    assert len(text) < len(page.make(content))
    assert data["first"] in {each["name"] for each in data["networks"]}


def test_a_point_that_lacks_a_figure_is_told_in_one_line(project: Path) -> None:
    path = project / "frontier/metrics" / f"{POINT}.json"
    whole = path.read_text()
    try:
        for lacking in ("accuracy_median", "coded_bytes_by_layer"):
            figures = json.loads(whole)
            del figures[lacking]
            path.write_text(json.dumps(figures))
            with pytest.raises(InputError, match=rf"^frontier/metrics/{POINT}\.json: has no .*{lacking}"):
                page.load()
    finally:
        path.write_text(whole)


@pytest.mark.parametrize(
    "damage", ["example,actual,predicted\n0,1,10\n", "example\n1\n", "example,actual,predicted\n-1,0,1\n"]
)
def test_damaged_mistakes_are_told_in_one_line(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "it.csv"
    path.write_text(damage)
    with pytest.raises(InputError, match=r"it\.csv: .* brings it back"):
        loading.load_mistakes(path, 10)


def test_no_mistakes_at_all_is_an_empty_table(tmp_path: Path) -> None:
    path = tmp_path / "it.csv"
    path.write_text(",".join(mistakes.HEADER) + "\n")
    assert loading.load_mistakes(path, 10).empty


def test_ends_are_what_the_header_says(tmp_path: Path) -> None:
    header = tmp_path / "it.h"
    header.write_text(
        "#define MY_INPUT_MODEL_INPUT_BYTES 12\n#define MY_INPUT_MODEL_INPUT_SCALE 1.5e-3f\n"
        "#define MY_INPUT_MODEL_INPUT_ZERO_POINT (-128)\n#define MY_INPUT_MODEL_OUTPUT_BYTES 3\n"
        "#define MY_INPUT_MODEL_OUTPUT_SCALE 0.25f\n#define MY_INPUT_MODEL_OUTPUT_ZERO_POINT (7)\n"
    )
    assert networks.ends(header) == {
        **{"input_bytes": 12, "input_scale": 0.0015, "input_zero_point": -128},
        **{"output_bytes": 3, "output_scale": 0.25, "output_zero_point": 7},
    }
    header.write_text("#define MODEL_INPUT_BYTES 12\n")
    with pytest.raises(InputError, match=r"it\.h: damaged"):
        networks.ends(header)


def test_dvcs_page_has_its_places_and_vega_within() -> None:
    text = rendering.plots_page()
    assert "{refresh_tag}" in text
    assert "{plot_divs}" in text
    assert "vegaEmbed" in text
    assert "{{" not in re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
