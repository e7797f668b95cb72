import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from ruamel.yaml import YAML

from fewbytes import frontier_params
from fewbytes.command import InputError
from fewbytes.data import spec as specs
from fewbytes.files import write_json
from fewbytes.reports import frontier
from fewbytes.reports import published as others
from fewbytes.reports.published import Goal, Published
from stages import chart
from tests.conftest import ROOT, SPEC
from tests.fewbytes.reports.small import ESSAY, chip
from tflite_to_c.chips import boards

TEACHER = {"accuracy": 0.95, "float32_bytes": 3_107_880, "parameters": 776_970}


def figures(accuracy: float, size: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        **dict.fromkeys((f"accuracy{which}" for which in ("", "_median", "_lowest", "_highest")), accuracy),
        **{"seeds": 4, "parameters": 2_000, "nonzero_weights": 1_000, "model_bytes": 5_000},
        **{"coded_bytes": size, "huffman_bytes": 2 * size, "activation_bytes": 1_900, "chip": chip()},
    }
    found["chip"]["cortex_m4"]["weight_bytes"] = 2 * size
    return found


@pytest.fixture
def published() -> Published:
    return others.load(ROOT / others.PATH)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two points, one of them a network that others have compressed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "frontier").mkdir()
    for name in ("essay.yaml", "params.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copy(ROOT / others.PATH, tmp_path / others.PATH)
    yaml = YAML()
    settings: Any = yaml.load(ROOT / frontier_params.PATH)
    settings["points"] = {name: settings["points"][name] for name in ("1500B", "LeNet-5")}
    settings["gates"] = {}
    yaml.dump(settings, tmp_path / frontier_params.PATH)
    write_json(frontier.TEACHER, TEACHER)
    write_json(Path("frontier/metrics/teachers/single.json"), {"parameters": 44_770, "val_accuracy": 0.9958})
    specs.save(SPEC)
    for name, size in (("1500B", 1_400), ("LeNet-5", 2_803)):
        write_json(Path(f"frontier/metrics/{name}.json"), figures(0.992, size))
    return tmp_path


def test_goals_are_met_by_the_smallest_point_that_is_accurate_enough(published: Published) -> None:
    goals = [
        Goal(accuracy=0.9892, published_bytes=3_200, reach_bytes=1_600, beyond_bytes=800),
        Goal(accuracy=0.9915, published_bytes=2_048, reach_bytes=4_096, beyond_bytes=2_048, with_activations=True),
        Goal(accuracy=0.9928, published_bytes=7_300, reach_bytes=3_600, beyond_bytes=2_500),
        Goal(accuracy=0.9955, reach_bytes=11_000, beyond_bytes=8_000),
    ]
    ours = {"good": figures(0.9930, 3_000), "small": figures(0.9893, 790), "smaller": figures(0.9891, 700)}
    table: pd.DataFrame = others.table_of_goals(ours, published.model_copy(update={"goals": goals})).set_index(
        "accuracy"
    )
    assert list(table.loc["≥ 98.92 %", ["ours B", "with", "verdict"]]) == ["790", "98.93 %", "beyond"]
    assert list(table.loc["≥ 99.28 %", ["ours B", "verdict"]]) == ["3,000", "reached"]
    assert table.loc["≥ 99.55 %", "verdict"] == "not reached"
    # 6,000 of weights in C and 1,900 of activations
    assert list(table.loc["≥ 99.15 %", ["ours B", "verdict"]]) == ["7,900", "not reached"]
    said = others.against_teacher(ours, TEACHER, ESSAY)
    assert "4,440 times as large as our 700 B" in said
    assert "388 times as many parameters" in said
    assert "43.53 times fewer parameters than its teacher, at -0.50 points" in said


def test_ours_stands_among_the_others_that_compressed_the_same_network(published: Published) -> None:
    ours = {"LeNet-5": figures(0.9925, 4_310) | {"uncompressed_parameters": 431_080, "nonzero_weights": 4_000}}
    table = others.table_of_compressed(ours, published)
    assert set(table["network"]) == {"LeNet-5"}
    assert list(table["ratio"]) == ["39×", "108×", "162×", "400×", "555×", "606×", "1,110×"]
    assert list(table["method"])[3] == "**ours**: 4,000 weights that are not zero, 4,310 B"
    assert list(table["test error"])[3] == "0.75 %"
    both = others.table_of_compressed(ours | {"LeNet-5-small": ours["LeNet-5"] | {"coded_bytes": 2_000}}, published)
    assert list(both["ratio"]) == ["39×", "108×", "162×", "400×", "555×", "606×", "862×", "1,110×"]
    assert set(both["network"]) == {"LeNet-5"}


def test_a_point_is_a_network_of_others_by_its_name(published: Published) -> None:
    names = ("LeNet-5", "LeNet-5-small", "LeNet-300-100", "LeNet-50", "900B")
    found = [others.network_of(name, published) for name in names]
    assert found == ["LeNet-5", "LeNet-5", "LeNet-300-100", None, None]


def test_the_chart_takes_its_points_from_the_parameters_and_names_them_by_weight(project: Path) -> None:
    write_json(Path("frontier/metrics/stray.json"), figures(0.999, 10))
    chart.main()
    report = (project / "frontier" / "report.md").read_text()
    parts = {part.split("\n", 1)[0]: part for part in report.split("\n## ")}
    assert "| 1,400 B |" in parts["The frontier"].replace("  ", " ")
    assert "with 4 seeds" in parts["The frontier"]
    assert "Teacher `single` (44,770 parameters, 99.58 % on the validation split) taught `1500B`, `LeNet-5`." in report
    assert "2,803" not in parts["The frontier"] + parts["Beside the published"]
    assert "LeNet-5" in parts["Networks that others have made smaller"]
    assert "100,000" in parts["Frontier on the chip"]
    assert "stray" not in report
    assert "10 B" not in report
    assert (project / "frontier" / "frontier.png").stat().st_size > 10_000


def test_other_data_go_without_what_others_published(project: Path) -> None:
    write_json(Path("frontier/metrics/1500B.json"), figures(0.91, 1_400))
    settings: Any = YAML().load(Path("params.yaml"))
    settings["data"] = {"source": "arrays", "path": "own.npz", "kind": None, "classes": None}
    YAML().dump(settings, Path("params.yaml"))
    goals = "goals: [{accuracy: 0.9, reach_bytes: 2048, beyond_bytes: 1200}]\n"
    others.PATH.write_text(f"points: []\ncompressed: []\n{goals}")
    chart.main()
    report = Path("frontier/report.md").read_text()
    assert "## Networks that others" not in report
    assert "## Published networks" not in report
    assert "essay" not in report
    assert "reach 91.00 % in 1,400 B of coded weights and 99.20 % in 2,803 B" in report
    row = next(line for line in report.splitlines() if "≥ 90.00 %" in line)
    cells = [cell.strip() for cell in row.split("|")]
    assert cells[3:-1] == ["–", "2,048", "1,200", "1,400", "91.00 %", "–", "reached"]
    assert project.is_dir()


def test_a_point_that_was_not_rated_says_what_makes_it(project: Path) -> None:
    (project / "frontier/metrics/1500B.json").unlink()
    with pytest.raises(InputError, match=r"frontier/metrics/1500B\.json: not found; `make frontier` makes it"):
        chart.main()
    assert not (project / "frontier/report.md").exists()


def test_a_point_without_a_core_is_refused(project: Path) -> None:
    found = figures(0.992, 1_400)
    del found["chip"]["rv32ec"]
    write_json(Path("frontier/metrics/1500B.json"), found)
    with pytest.raises(InputError, match=r"1500B\.json: has no number for chip\.rv32ec\.flash_bytes"):
        chart.main()
    assert project.is_dir()


def test_one_point_is_said_once(published: Published) -> None:
    assert frontier.in_short({"one": figures(0.91, 1_400)}, published).endswith(
        "reach 91.00 % in 1,400 B of coded weights."
    )


def test_each_board_gets_the_most_accurate_network_that_fits_it() -> None:
    small, large = figures(0.96, 400), figures(0.99, 6_000)
    for core, flash in small["chip"].items():
        if core != "host":
            flash.update(flash_bytes=2_000, ram_bytes=1_900)
            large["chip"][core].update(flash_bytes=9_000, ram_bytes=7_000)
    table = frontier.table_of_boards({"small": small, "large": large}, boards.load())
    rows = {row[0]: row for row in table[["board", "accuracy", "its C", "RAM B", "verdict"]].to_numpy().tolist()}
    assert len(rows) == 10
    assert rows["LPC810"][1:] == ["–", "–", "–", "TOO BIG"]
    assert rows["CH32V003"][1:] == ["96.00 %", "`c/small`", "1,900", "TIGHT"]
    assert rows["STM32G030F6"][1:] == ["99.00 %", "`c/large`", "7,000", "TIGHT"]
    assert rows["nRF52832"][1:] == ["99.00 %", "`c/large`", "7,000", "FITS"]


def changed(**sections: Any) -> None:
    yaml = YAML()
    settings: Any = yaml.load(frontier_params.PATH)
    yaml.dump(settings | sections, frontier_params.PATH)


def test_images_are_said_to_be_moved_where_they_are(project: Path) -> None:
    chart.main()
    assert "a strong teacher on images moved at random, weights" in (project / "frontier/report.md").read_text()
    changed(augment={"rotation": 0, "scale": 0, "shear": 0, "shift": 0})
    chart.main()
    assert "a strong teacher, weights" in (project / "frontier/report.md").read_text()


def test_where_there_is_no_point_it_says_how_to_come_to_one(project: Path) -> None:
    del project
    changed(points={})
    with pytest.raises(InputError, match="points has none; `make explore`, then `python -m fewbytes adopt`"):
        chart.main()
