import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fewbytes import params
from fewbytes.command import InputError
from fewbytes.reports import chips, compared, essay, loading, pictures, report, summary, tables
from fewbytes.reports.documents import as_markdown
from fewbytes.reports.loading import CHAIN, DENSE, PRUNED, Inputs
from fewbytes.reports.tables import NONE
from stages import report as stage
from tests.fewbytes.reports import small
from tests.fewbytes.reports.small import ESSAY

PICTURES = ("confusion", "engines", "history", "searched", "sensitivity", "tradeoff", "weights")


@pytest.fixture
def inputs(project: Path) -> Inputs:
    assert project.is_dir()
    return loading.load()


def section(text: str, title: str) -> str:
    return text.split(f"## {title}\n")[1].split("\n## ", maxsplit=1)[0]


def test_the_essays_own_figures_differ_by_nothing(inputs: Inputs) -> None:
    for table in (essay.table_1(inputs.figures, ESSAY), essay.table_2(inputs.figures, ESSAY)):
        assert (table["essay"] == table["ours"]).all()
        assert set(table["difference"]) == {"+0.00 %", "+0.00 points"}


def test_table_1_shows_essay_ours_and_difference(inputs: Inputs) -> None:
    inputs.figures["quantized"] |= {"zip_bytes": 4_000, "accuracy": 0.9621}
    rows = {(row.variant, row.metric): row for row in essay.table_1(inputs.figures, ESSAY).itertuples()}
    size, accuracy = rows["quantized", "`zip_bytes`"], rows["quantized", "`accuracy`"]
    assert (size.essay, size.ours, size.difference) == ("8,039", "4,000", "-50.24 %")
    assert (accuracy.essay, accuracy.ours, accuracy.difference) == ("97.21 %", "96.21 %", "-1.00 points")


def of_seeds(student: list[float], control: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"seed": range(len(student)), "student": student, "student_without_teacher": control})


@pytest.mark.parametrize(
    ("student", "control", "verdict"),
    [
        ([0.9571], [0.9591], "-0.20 points (±0.55, 95 %), no more than chance"),
        ([0.9571], [0.9000], "more than chance: the teacher helped"),
        ([0.9571], [0.9900], "more than chance: the teacher did harm"),
        # Student's interval of three differences, 0.1, 0.2 and 0.3 points: 4.303 · 0.1 / √3.
        ([0.951, 0.962, 0.943], [0.95, 0.96, 0.94], "+0.20 points (±0.25, 95 %), no more than chance"),
        ([0.952, 0.962, 0.943], [0.95, 0.96, 0.94], "+0.23 points (±0.14, 95 %), more than chance: the teacher helped"),
    ],
)
def test_the_answer_says_whether_the_teacher_mattered(
    inputs: Inputs, student: list[float], control: list[float], verdict: str
) -> None:
    answer = "\n".join(essay.answer(inputs.figures, of_seeds(student, control)))
    assert "43.53×" in answer
    assert "9.73×" in answer
    assert verdict in answer
    assert ("small network suffices" in answer) == ("no more" in verdict)
    assert ("by the median of 3 seeds, 95.00 % (94.00 % to 96.00 %) without a teacher" in answer) == (len(student) > 1)


def test_a_margin_is_wilsons() -> None:
    assert tables.margin_points(0.97, 10_000) == pytest.approx(0.334, abs=0.001)
    assert tables.margin_points(1, 40) == pytest.approx(4.38, abs=0.01)  # from 91.24 to 100 %


def test_what_pruning_saves_is_said_by_file(inputs: Inputs) -> None:
    inputs.figures["baseline_full_integer"]["chip"]["cortex_m4"]["flash_bytes"] = 21_000
    said = essay.pruning(inputs.figures)
    assert "80,000 bytes before, 80,000 after" in said
    assert "from 78,211 bytes to 25,797" in said
    assert "flash from 21,000 to 5,000 bytes" in said


def test_other_networks_are_not_called_the_essays(inputs: Inputs) -> None:
    assert "exactly the essay’s figures" in "".join(essay.findings(inputs.figures, ESSAY, inputs.repeats))
    inputs.figures["student"]["parameter_bytes"] += 8
    assert "not the essay’s figures" in "".join(essay.findings(inputs.figures, ESSAY, inputs.repeats))


@pytest.mark.parametrize("change", [False, True])
def test_only_the_essays_data_and_networks_are_set_beside_the_essay(project: Path, *, change: bool) -> None:
    settings = params.load(project / "params.yaml")
    data = settings.data.model_copy(update={"source": "fashion_mnist"} if change else {})
    assert loading.is_essays(settings.model_copy(update={"data": data})) is not change


def test_another_network_has_the_same_tables_without_the_essays_column(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "is_essays", lambda _: False)
    for name, status in (("quantized", "not possible: why"), (DENSE, "not possible: so"), (PRUNED, "not possible: so")):
        (project / f"metrics/variants/{name}.json").write_text(json.dumps({"status": status}))
    (project / "metrics/benchmark.json").write_text(json.dumps({"how": "zig", "bakenn_version": "1.0.0"}))
    inputs = loading.load()
    text = as_markdown(report.assemble(inputs))
    assert "essay" not in section(text, "In short").lower()
    table = section(text, "Table 1: Deep Compression")
    assert "| metric " in table
    assert "| essay" not in table
    assert "The answer" not in text
    assert "really measure" not in text
    assert "Was it the teacher? " in section(text, "Table 2: Knowledge Distillation")
    assert "- `quantized`: not possible: why" in section(text, "All variants")
    assert "`quantized`" not in section(text, "On the chip")
    assert "Against other engines" not in text
    assert pictures.draw_all(inputs, report.engines(inputs)).keys() == {
        f"{name}.png" for name in PICTURES if name not in ("weights", "engines")
    }
    assert "quantized" not in summary.summary(inputs.figures)


def test_an_engine_that_refuses_the_network_is_named(inputs: Inputs) -> None:
    for name in (DENSE, PRUNED):
        inputs.benchmark[name] = {"ours": inputs.benchmark[name]["ours"], "refused": "no LSTM"}
    said = section(as_markdown(report.assemble(inputs)), "Against other engines")
    assert f"BakeNN refuses `{DENSE}`: no LSTM." in said
    assert "| BakeNN" not in said


def test_every_step_of_deep_compression_says_what_it_saved_and_cost(inputs: Inputs) -> None:
    ours = inputs.figures
    ours[CHAIN[-1]]["coded"] = small.CODED
    for name, size, accuracy in zip(CHAIN, (80_000, 40_000, 20_000, 5_000), (0.98, 0.97, 0.96, 0.965), strict=True):
        ours[name] |= {"zip_bytes": size, "accuracy": accuracy}
    steps = compared.table_of_steps(ours).set_index("step")
    assert steps["change, points"].tolist() == ["+0.00", "-1.00", "-1.00", "+0.50", "+0.00"]
    assert steps["B"].tolist() == ["80,000", "40,000", "20,000", "5,000", "2,000"]
    assert steps.loc["clustered", "of the step before"] == "50.00 %"
    assert steps.loc["Huffman-coded", "float32 parameters over it"] == "40.82×"


def test_balanced_accuracy_is_a_column_where_classes_are_uneven(inputs: Inputs) -> None:
    assert "balanced" not in compared.table_of_variants(inputs.variants, inputs.figures)
    uneven = inputs.figures | {"pruned": inputs.figures["pruned"] | {"balanced_accuracy": 0.5}}
    table = compared.table_of_variants(inputs.variants, uneven).set_index("variant")
    assert table.loc["`pruned`", "balanced"] == "50.00 %"
    assert table.loc["`teacher`", "balanced"] == NONE


def test_sensitivity_is_a_row_a_layer() -> None:
    pruned, clustered = compared.tables_of_sensitivity(small.SENSITIVITY)
    assert pruned.columns.tolist() == ["layer pruned alone", "50 % zero", "95 % zero"]
    assert pruned.iloc[1].tolist() == ["dense", "98.00 %", "80.00 %"]
    assert clustered.columns.tolist() == ["layer clustered alone", "2 bits"]


def test_the_report_says_what_does_not_run_and_why(inputs: Inputs) -> None:
    reason = "Input type: FLOAT32 with filter type: INT8 not supported."
    inputs.figures["quantized_dynamic_range"]["tflm"] = {"runs": "no", "reason": reason}
    said = "\n".join(compared.runtimes(inputs.figures))
    assert f"**`quantized_dynamic_range` does not run.** TFLM says: “{reason}” This is the model that the essay" in said
    assert "needs 12,345 bytes of RAM" in said
    assert "Pruning saves nothing" in said
    rows = compared.table_of_tflm(inputs.figures).set_index("variant")
    assert rows.loc["`quantized_dynamic_range`", "arena B"] == "–"


def test_the_report_says_where_nothing_was_tried(inputs: Inputs) -> None:
    for figures in inputs.figures.values():
        figures["tflm"] = {"runs": "not tried: no package for Plan9"}
    text = as_markdown(report.assemble(inputs))
    assert "**Nothing was tried on TFLM here**: no package for Plan9." in text
    assert "Pruning saves nothing" not in text


def test_a_search_that_found_nothing_is_marked(inputs: Inputs) -> None:
    def budget() -> Any:
        return compared.table_of_searched(inputs.variants, inputs.figures, inputs.rounds)["budget"].tolist()

    assert budget() == ["kept"]
    inputs.rounds["searched"]["within_budget"] = False
    assert budget() == ["not found: no round kept it"]


def test_seeds_of_the_search_are_said_where_there_are_some(inputs: Inputs) -> None:
    assert "All of it anew" not in section(as_markdown(report.assemble(inputs)), "Searched, and all together")
    columns = ["seed", "baseline", "searched", "coded_bytes"]
    table = pd.DataFrame([(1, 0.97, 0.96, 900), (2, 0.98, 0.95, 1000), (3, 0.96, 0.97, 1234)], columns=columns)
    said = section(as_markdown(report.assemble(inputs._replace(repeats_searched=table))), "Searched, and all together")
    assert "with 3 seeds, trained, searched and made int8: by the median 97.00 % (96.00 % to 98.00 %)" in said
    assert "96.00 % (95.00 % to 97.00 %) in 1,000 coded bytes (900 to 1,234) for `searched`." in said


def test_accuracy_on_the_chip_is_tflms(inputs: Inputs) -> None:
    inputs.figures["searched"] |= {"accuracy": 0.9575}
    inputs.figures["searched"]["tflm"]["accuracy"] = 0.9591
    row = chips.table_of_m4(inputs.chips).set_index("variant").loc["`searched`"]
    assert row["accuracy"] == "95.91 %"
    assert "95.75" not in section(as_markdown(report.assemble(inputs)), "On the chip")


def test_outputs_that_differ_are_named(inputs: Inputs) -> None:
    assert chips.agreement(inputs.chips).endswith("So the accuracy here is TFLM's, not LiteRT's.")
    for figures in inputs.chips.values():
        figures["chip"]["rv32ec"]["images"] = 10
    assert "On each core 100 test examples were run (10 on RV32EC), and " in chips.agreement(inputs.chips)
    inputs.figures["searched"]["chip"]["rv32ec"]["unlike_tflm_images"] = 3
    said = chips.agreement(inputs.chips)
    assert "Not all outputs are TFLM's: `searched` on RV32EC: 3 of 10 examples differ." in said
    assert "bit for bit" not in said


def test_where_tflm_did_not_run_the_report_says_what_was_compared_with(inputs: Inputs) -> None:
    for figures in inputs.chips.values():
        for place in figures["chip"].values():
            place["unlike_numpy_images"] = place.pop("unlike_tflm_images")
    said = chips.agreement(inputs.chips)
    assert said.endswith("all outputs are those of a NumPy interpreter, as TFLM did not run here, bit for bit.")


@pytest.mark.parametrize(
    ("flash", "ram", "verdict"), [(5_000, 3_000, "FITS"), (5_000, 3_500, "TIGHT"), (5_000, 5_000, "TOO BIG")]
)
def test_boards_are_held_against_what_their_own_core_takes(inputs: Inputs, flash: int, ram: int, verdict: str) -> None:
    found = inputs.figures["searched"]
    found["chip"]["cortex_m0"] |= {"flash_bytes": flash, "ram_bytes": ram}
    fits = chips.table_of_fits(inputs.chips, inputs.boards).set_index("variant")
    assert fits.loc["`searched`", "STM32F030F4"] == verdict  # 16 KB of flash, 4 KB of RAM, a Cortex-M0
    assert fits.loc["`searched`", "nRF52832"] == "FITS"
    assert chips.verdict(found, inputs.boards["STM32F103C8"]) is None  # a Cortex-M3, which is not measured


def test_time_and_energy_follow_from_estimated_cycles(inputs: Inputs) -> None:
    row = chips.table_of_energy(inputs.chips, inputs.boards).set_index("variant").loc["`searched`"]
    assert row["estimated cycles"] == "130,000"
    assert row["nRF52832 ms"] == f"{130_000 / 64_000:.2f}"
    assert row["nRF52832 µJ"] == f"{130_000 * 174e-6:.0f}"


def test_engines_say_how_they_were_measured(inputs: Inputs) -> None:
    table = chips.table_of_engines(report.engines(inputs)).set_index("engine")
    assert table.loc["this project", "measured with"] == "zig"
    quoted = table.loc["TFLM + CMSIS-NN (quoted)"]
    assert quoted["measured with"] == f"quoted: {inputs.quoted.how}"
    assert quoted["flash B"] == f"91,304 ({91_304 / 5_000:.2f}×)"


def test_the_summary_has_the_essays_measures_and_what_ships(inputs: Inputs) -> None:
    found = summary.summary(inputs.figures)
    shipped = found.pop("to_ship")
    assert found == ESSAY  # ours are the essay's own figures here
    assert shipped["searched"] == {
        **{"accuracy": 0.97, "coded_bytes": 1_800, "flash_bytes": 5_000, "ram_bytes": 3_000},
        "estimated_cycles": 130_000,
    }
    assert shipped["clustered_quantized"] == {"accuracy": 0.97}  # nothing else is known of it
    full = {**found, **dict.fromkeys(summary.SHIPPED, summary.OF_SHIPPED)}
    assert sum(map(len, full.values())) <= 40
    assert sorted([*found, "to_ship"]) == [*sorted(found), "to_ship"]  # DVC sorts, and the essay's come first


def test_the_stage_writes_report_summary_tables_and_pictures(project: Path) -> None:
    stage.main()
    folder = project / "metrics"
    assert {path.stem for path in (folder / "pictures").glob("*.png")} == set(PICTURES)
    text = (folder / "report.md").read_text()
    for name in PICTURES:
        assert f"(pictures/{name}.png)" in text
    assert set(json.loads((folder / "summary.json").read_text())) == {*ESSAY, "to_ship"}
    history = (folder / "history.csv").read_text().splitlines()
    assert history == [
        *("variant,epoch,accuracy,val_accuracy", "baseline,1,0.5,0.4", "baseline,2,0.6,0.5", "teacher,1,0.5,"),
    ]
    confusion = (folder / "confusion.csv").read_text().splitlines()
    assert confusion[:3] == ["variant,actual,predicted,images", "baseline,0,0,900", "baseline,0,1,1"]
    assert len(confusion) == 1 + 100 * len(loading.load_variants())


def test_a_line_more_in_variants_yaml_stands_in_the_report_and_a_stray_file_does_not(project: Path) -> None:
    small.add(project, "mine", starts=False)
    small.add(project, "stray", starts=False)
    (project / "metrics/history/stray.csv").write_text("epoch,accuracy\n1,0.5\n")
    (project / "metrics/history/mine.csv").write_text("epoch,accuracy\n1,0.5\n2,0.6\n")
    found = small.figures("searched", starts=False) | {"accuracy": 0.9}
    (project / "metrics/variants/mine.json").write_text(json.dumps(found))
    with (project / "variants.yaml").open("a") as file:
        file.write("  mine: {zipped: models/mine.tflite, start: metrics/variants/baseline.json, what: a new one}\n")
    stage.main()
    text = (project / "metrics/report.md").read_text()
    assert "| `mine`                    | a new one" in text
    for title in ("All variants", "Compression in each measure", "Coded weights", "On the chip", "Where it fits"):
        assert "`mine`" in section(text, title), title
    assert "stray" not in text
    tables = [(project / f"metrics/{name}.csv").read_text() for name in ("history", "confusion", "tradeoff")]
    assert all("\nmine," in table and "stray" not in table for table in tables)


def test_nothing_is_written_where_anything_is_wrong(project: Path) -> None:
    (project / "metrics/confusion/searched.csv").write_text("actual,predicted,images\n0,0,1\n")
    with pytest.raises(InputError, match=r"searched\.csv: not the images of 100 pairs"):
        stage.main()
    assert not (project / "metrics/report.md").exists()
    assert not (project / "metrics/pictures").exists()
