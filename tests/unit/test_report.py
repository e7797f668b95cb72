import copy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fewbytes import metrics
from fewbytes.command import InputError
from fewbytes.files import write_json
from stages import publish, report
from tests.conftest import ROOT
from tests.flatbuffer import Model
from tests.unit.conftest import Models

ESSAY = metrics.load_essay(ROOT / "essay.yaml")
FIGURES = {
    "test_images": 10_000,
    "parameters": 20_410,
    "nonzero_parameters": 20_410,
    "sparsity": 0.0,
    "model_bytes": 80_000,
    "float32_bytes": 81_640,
    "latency_us": 25.0,
    "accuracy": 0.97,
    "zip_bytes": 78_211,
    "parameter_bytes": 163_280,
}
RATIOS = {"compression_zip": 1.0, "compression_parameter_bytes": 1.0, "accuracy_change_points": 0.0}


@pytest.fixture
def ours() -> dict[str, dict[str, Any]]:
    """The essay's own figures, as if we had measured them."""
    return {
        name: FIGURES | (RATIOS if variant.start else {}) | copy.deepcopy(ESSAY.get(name, {}))
        for name, variant in report.VARIANTS.items()
    }


def test_the_essays_own_figures_differ_by_nothing(ours: dict[str, Any]) -> None:
    for table in (report.table_1(ours, ESSAY), report.table_2(ours, ESSAY)):
        assert (table["essay"] == table["ours"]).all()
        assert set(table["difference"]) == {"+0.00 %", "+0.00 points"}


def test_table_1_shows_essay_ours_and_difference(ours: dict[str, Any]) -> None:
    ours["quantized"] |= {"zip_bytes": 4_000, "accuracy": 0.9621}
    rows = {(row.variant, row.metric): row for row in report.table_1(ours, ESSAY).itertuples()}
    size, accuracy = rows["quantized", "`zip_bytes`"], rows["quantized", "`accuracy`"]
    assert (size.essay, size.ours, size.difference) == ("8,039", "4,000", "-50.24 %")
    assert (accuracy.essay, accuracy.ours, accuracy.difference) == ("97.21 %", "96.21 %", "-1.00 points")


@pytest.mark.parametrize(
    ("control", "verdict"),
    [
        (0.9591, "-0.20 points (±0.55, 95 %), no more than chance"),
        (0.9000, "more than chance: the teacher helped"),
        (0.9900, "more than chance: the teacher did harm"),
    ],
)
def test_the_answer_says_whether_the_teacher_mattered(ours: dict[str, Any], control: float, verdict: str) -> None:
    ours["student_without_teacher"]["accuracy"] = control
    answer = report.answer(ours)
    assert "43.53×" in answer
    assert "9.73×" in answer
    assert verdict in answer
    assert ("small network suffices" in answer) == ("no more" in verdict)


@pytest.mark.parametrize(
    ("latency", "said"), [(10.0, "Int8 lowers latency"), (24.5, "here it does not"), (50.0, "here it does not")]
)
def test_the_report_says_what_int8_did_to_latency(ours: dict[str, Any], latency: float, said: str) -> None:
    ours["quantized"]["latency_us"] = latency
    assert said in report.findings(ours, ESSAY)


def test_other_networks_are_not_called_the_essays(ours: dict[str, Any]) -> None:
    assert "exactly the essay’s figures" in report.findings(ours, ESSAY)
    ours["student"]["parameter_bytes"] += 8
    assert "not the essay’s figures" in report.findings(ours, ESSAY)


def test_every_variant_stands_in_the_report(ours: dict[str, Any]) -> None:
    text = report.report(ours, ESSAY, micro(), encoded(), SENSITIVITY)
    for variant in report.VARIANTS:
        assert f"| {variant} " in text


SENSITIVITY = pd.DataFrame(
    [
        ("conv", "pruned", 0.5, 0.97),
        ("conv", "pruned", 0.95, 0.6),
        ("conv", "clustered", 2, 0.9),
        ("dense", "pruned", 0.5, 0.98),
        ("dense", "pruned", 0.95, 0.8),
        ("dense", "clustered", 2, 0.91),
    ],
    columns=["layer", "kind", "level", "accuracy"],
)


def encoded() -> dict[str, dict[str, Any]]:
    keys = ("index_bytes", "gap_bytes", "table_bytes", "codebook_bytes", "bias_bytes", "scale_bytes")
    figures = dict.fromkeys(keys, 100) | {"encoded_bytes": 2_000, "entropy_bound_bytes": 1_900}
    ratios = {"compression_encoded": 40.82, "arithmetic_bytes": 1_800, "compression_arithmetic": 45.36}
    return dict.fromkeys(report.ENCODED, figures | ratios)


def test_every_step_of_deep_compression_says_what_it_saved_and_cost(ours: dict[str, Any]) -> None:
    for variant, size, accuracy in zip(
        report.CHAIN, (80_000, 40_000, 20_000, 5_000), (0.98, 0.97, 0.96, 0.965), strict=True
    ):
        ours[variant] |= {"zip_bytes": size, "accuracy": accuracy}
    steps = report.table_of_steps(ours, encoded()).set_index("step")
    assert steps["change, points"].tolist() == ["+0.00", "-1.00", "-1.00", "+0.50", "+0.00"]
    assert steps["B"].tolist() == ["80,000", "40,000", "20,000", "5,000", "2,000"]
    assert steps.loc["clustered", "of the step before"] == "50.00 %"
    assert steps.loc["Huffman-coded", "of the step before"] == "40.00 %"
    assert steps.loc["Huffman-coded", "float32 parameters over it"] == "40.82×"


def test_sensitivity_is_a_row_a_layer() -> None:
    pruned, clustered = report.tables_of_sensitivity(SENSITIVITY)
    assert pruned.columns.tolist() == ["layer pruned alone", "50 % zero", "95 % zero"]
    assert pruned.iloc[1].tolist() == ["dense", "98.00 %", "80.00 %"]
    assert clustered.columns.tolist() == ["layer clustered alone", "2 bits"]


def micro() -> dict[str, dict[str, Any]]:
    """All variants as if they ran but one, which the runtime refuses."""
    runs = {"runs": "yes", "arena_bytes": 12_345, "accuracy": 0.97, "agree_with_litert_images": 10_000}
    npu = {
        "npu_operators": 3,
        "cpu_operators": 0,
        "weight_bytes": 5_840,
        "sram_bytes": 9,
        "cycles": 7,
        "inference_us": 1.0,
    }
    found = {name: {"tflm": dict(runs), "npu": dict(npu)} for name in report.VARIANTS}
    found["quantized_dynamic_range"] = {
        "tflm": {"runs": "no", "reason": "Input type: FLOAT32 with filter type: INT8 not supported."},
        "npu": {"npu_operators": 0, "cpu_operators": 4},
    }
    return found


def test_the_report_says_what_does_not_run_and_why(ours: dict[str, Any]) -> None:
    text = report.runtimes(ours, micro())
    assert "**`quantized_dynamic_range` does not run.**" in text
    assert "“Input type: FLOAT32 with filter type: INT8 not supported.”" in text
    assert "essay's appendix makes" in text
    assert "needs 12,345 bytes of RAM" in text
    assert "Pruning saves nothing" in text
    rows = report.table_of_runtimes(ours, micro()).set_index("variant")
    assert rows.loc["quantized", "operators on the NPU"] == "3 of 3"
    assert rows.loc["quantized_dynamic_range", "arena B"] == "–"


def test_the_report_says_where_nothing_was_tried(ours: dict[str, Any]) -> None:
    absent = {"tflm": {"runs": "not tried: no package for Plan9"}, "npu": {"npu_operators": 0, "cpu_operators": 4}}
    text = report.runtimes(ours, dict.fromkeys(report.VARIANTS, absent))
    assert "Nothing was tried on TensorFlow Lite Micro here**: no package for Plan9." in text
    assert "Pruning saves nothing" not in text


def test_publishing_fills_the_blocks_and_nothing_else() -> None:
    readme = "a\n<!-- from B -->\nold\n<!-- end -->\nc\n<!-- from dvc dag -->\n<!-- end -->\n"
    text = "# R\n\n## A\n\nno\n\n## B\n\nnew\n\nmore\n\n## C\n\nno\n"
    filled = publish.publish(readme, text, "graph")
    assert filled == "a\n<!-- from B -->\nnew\n\nmore\n<!-- end -->\nc\n<!-- from dvc dag -->\ngraph\n<!-- end -->\n"
    assert publish.publish(filled, text, "graph") == filled
    with pytest.raises(InputError, match="no section 'B'"):
        publish.publish(readme, "## A\n", "graph")


def test_the_graph_joins_the_measures_and_drops_implied_arrows() -> None:
    mermaid = 'flowchart TD\n\tnode1["train@a"]\n\tnode2["measure@a"]\n\tnode3["measure@b"]\n\tnode4["report"]\n'
    mermaid += "\tnode1-->node2\n\tnode1-->node3\n\tnode2-->node3\n\tnode1-->node4\n\tnode3-->node4\n"
    arrows = [line.strip() for line in publish.draw_graph(mermaid).splitlines() if "-->" in line]
    assert arrows == ["measure --> report", "train_a --> measure"]


def test_the_readme_shows_the_committed_report() -> None:
    readme = (ROOT / "README.md").read_text()
    text = "\n".join((ROOT / path).read_text() for path in publish.REPORTS)
    blocks = [match for match in publish.BLOCK.finditer(readme) if match[2] != "dvc dag"]
    assert blocks
    for block in blocks:
        assert block[3] == publish.section(text, block[2]) + "\n"


NUMBERS = ("epoch", "accuracy")


@pytest.mark.parametrize(
    "text",
    [
        *("", "epoch\n1\n", "a,b\n1,2\n", "epoch,accuracy\n", "epoch,accuracy\n1,high\n", "epoch,accuracy\n1,\n"),
        *("epoch,accuracy\n1,inf\n", "epoch,accuracy\n1,2,3\n4\n", 'epoch,accuracy\n"', "epoch,accuracy\n1,1e999\n"),
        *("epoch,accuracy,val_accuracy\n1,0.5,high\n", f"epoch,accuracy\n1,{'9' * 5000}\n", "epoch,accuracy\n\0,1\n"),
    ],
)
def test_a_table_without_its_numbers_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=r"a\.csv: .*; `git restore .*a\.csv` brings it back") as raised:
        report._table(path, NUMBERS)
    assert "\n" not in str(raised.value)
    path.write_text("epoch,accuracy,val_accuracy,more\n1,0.5,0.4,x\n")
    assert report._table(path, NUMBERS)["accuracy"].tolist() == [0.5]


def test_a_sensitivity_of_one_kind_is_refused(tmp_path: Path) -> None:
    SENSITIVITY.to_csv(tmp_path / "a.csv", index=False)
    assert len(report.load_sensitivity(tmp_path / "a.csv")) == len(SENSITIVITY)
    SENSITIVITY[SENSITIVITY["kind"] == "pruned"].to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(InputError, match="not layers pruned and clustered"):
        report.load_sensitivity(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        *(("tflm", "runs", True), ("tflm", "reason", 3), ("tflm", "arena_bytes", "many"), ("tflm", "accuracy", 1.5)),
        *(("npu", "npu_operators", None), ("npu", "cycles", True), ("npu", "cycles", -1)),
    ],
)
def test_what_runs_where_is_in_words_and_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, key: str, value: object
) -> None:
    monkeypatch.chdir(tmp_path)
    figures = micro()["quantized"]
    path = Path("metrics/micro/quantized.json")
    write_json(path, figures)
    assert report.load_micro("quantized") == figures
    figures[part][key] = value
    write_json(path, figures)
    with pytest.raises(InputError, match=r"metrics/micro/quantized\.json: "):
        report.load_micro("quantized")


def test_searched_variants_need_the_arithmetic_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    figures = encoded()["searched"]
    del figures["arithmetic_bytes"], figures["compression_arithmetic"]
    for name in ("searched", "clustered"):
        write_json(Path(f"metrics/encoded/{name}.json"), figures)
    assert report.load_encoded("clustered") == figures
    with pytest.raises(InputError, match="has no number for arithmetic_bytes, compression_arithmetic"):
        report.load_encoded("searched")


def test_the_picture_of_weights_wants_the_same_network_twice(tmp_path: Path, models: Models) -> None:
    before, after = tmp_path / "before.tflite", tmp_path / "after.tflite"
    before.write_bytes(models.float_tflite)
    after.write_bytes(models.full_integer)
    assert [len(layers) for layers in report.load_weights(before, after)] == [2, 2]
    after.write_bytes(b"cut")
    with pytest.raises(InputError, match=r"after\.tflite: damaged or foreign \(not a \.tflite model"):
        report.load_weights(before, after)
    other = Model()
    image = other.tensor((1, 28, 28, 1), 0.1)
    kernel = other.constant(np.ones((10, 784), np.int8), 0.1)
    scores = other.operator("FULLY_CONNECTED", [image, kernel], other.tensor((1, 10), 0.1))
    after.write_bytes(other.finish(image, scores))
    with pytest.raises(InputError, match=r"after\.tflite: damaged or foreign \(its layers are not those of"):
        report.load_weights(before, after)
    with pytest.raises(InputError, match=r"after\.tflite: damaged or foreign \(its layers are dense_1, not conv_1"):
        report.load_weights(after, before)
