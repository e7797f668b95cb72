"""dvc.yaml against the code: the architecture it shows must be the one there is."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from fewbytes import frontier_params, params
from stages import benchmark, download, report, summarize
from tests.conftest import ROOT

PIPELINE = YAML(typ="safe").load(ROOT / "dvc.yaml")
FIRMWARE = YAML(typ="safe").load(ROOT / "firmware" / "dvc.yaml")
FRONTIER = YAML(typ="safe").load(ROOT / "frontier" / "dvc.yaml")
STAGES: dict[str, dict[str, Any]] = {
    name: stage.get("do", stage)
    for pipeline in (PIPELINE, FIRMWARE, FRONTIER)
    for name, stage in pipeline["stages"].items()
}
HARMLESS = {
    f"stages/shared/{name}.py"
    for name in ("command", "params", "frontier_params", "hdf5", "quiet", "texts", "yaml_files", "health")
} | {"tflite_to_c/errors.py", "tflite_to_c/files.py"}  # they stop a stage, never change what it makes
PACKAGE = "tflite_to_c"  # the generator
TENSORFLOW = {"tensorflow", "tf_keras", "tensorflow_model_optimization"}


@cache
def imports(path: str) -> tuple[frozenset[str], frozenset[str]]:
    """What a file imports: files of this project, and top-level names of packages."""
    files, packages = set(), set()
    if path == PACKAGE:  # a dependency as a whole: it finds its operators by itself
        return frozenset(), frozenset()
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            candidates = [
                Path(*name.split(".")[:length]).with_suffix(".py") for length in range(1, name.count(".") + 2)
            ]
            own = [candidate.as_posix() for candidate in candidates if (ROOT / candidate).exists()]
            whole = name.split(".")[0] == PACKAGE and not HARMLESS.intersection(own)
            files.update([PACKAGE] if whole else own)
            packages.add(name.split(".")[0])
    return frozenset(files), frozenset(packages)


def closure(path: str) -> set[str]:
    found, todo = set(), [path]
    while todo:
        current = todo.pop()
        if current not in found:
            found.add(current)
            todo.extend(imports(current)[0])
    return found


def entry(stage: str) -> str:
    return f"stages/{STAGES[stage]['cmd'].split()[2].removeprefix('stages.')}.py"


def code_deps(stage: str) -> list[str]:
    return [dep for dep in STAGES[stage]["deps"] if dep.endswith(".py") or dep == PACKAGE]


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_exactly_the_code_it_imports(stage: str) -> None:
    assert sorted(code_deps(stage)) == sorted(closure(entry(stage)) - HARMLESS)


@pytest.mark.parametrize("path", sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "stages").glob("*.py")))
def test_stages_never_import_one_another(path: str) -> None:
    assert [other for other in imports(path)[0] if other.count("/") == 1] == []


@pytest.mark.parametrize(
    "stage",
    [
        "download",
        "prepare",
        "encode",
        "generate",
        "measure",
        "probe",
        "report",
        "bundle",
        "rate",
        "deploy",
        "chart",
        *FIRMWARE["stages"],
    ],
)
def test_only_stages_that_train_or_convert_import_tensorflow(stage: str) -> None:
    assert not TENSORFLOW & {package for path in closure(entry(stage)) for package in imports(path)[1]}


@pytest.mark.parametrize("stage", FRONTIER["stages"])
def test_a_stage_of_the_frontier_declares_exactly_the_parameters_it_reads(stage: str) -> None:
    source = (ROOT / entry(stage)).read_text()
    fields = set(frontier_params.Params.model_fields)
    read = set(re.findall(r"\b(?:settings|frontier_params\.load\(\))\.(\w+)", source)) & fields
    tables = [table for table in STAGES[stage].get("params", []) if isinstance(table, dict)]
    assert {name.split(".")[0] for table in tables for name in table["frontier/params.yaml"]} == read


@pytest.mark.parametrize("stage", [*PIPELINE["stages"], *FIRMWARE["stages"], "deploy"])
def test_a_stage_declares_exactly_the_parameters_it_reads(stage: str) -> None:
    source = (ROOT / entry(stage)).read_text()
    read = set(re.findall(r"\b(?:settings|params\.load\(\))\.(\w+)", source)) & set(params.Params.model_fields)
    declared = {name.split(".")[0] for name in STAGES[stage].get("params", [])}
    if entry(stage) == "stages/train.py":  # one code for three recipes; each declares its own
        assert read == {"seed", "train", "distill"}
        assert declared == ({"seed", "distill"} if stage == "control" else {"seed", "train"})
    else:
        assert declared == read


def test_no_stage_tracks_the_gates() -> None:
    assert not [stage for stage in STAGES.values() if "gates" in stage.get("params", [])]


def test_every_measured_variant_is_reported() -> None:
    measured = list(PIPELINE["stages"]["measure"]["foreach"])
    assert measured == list(report.VARIANTS)
    deps = PIPELINE["stages"]["report"]["deps"]
    figures = [f"metrics/{folder}{variant}.json" for folder in ("", "micro/") for variant in measured]
    figures += [f"metrics/encoded/{variant}.json" for variant in report.ENCODED]
    assert [dep for dep in deps if dep.endswith(".json")] == figures
    assert PIPELINE["stages"]["encode"]["foreach"] == list(report.ENCODED)
    assert [dep for dep in deps if "/confusion/" in dep] == [f"metrics/confusion/{variant}.csv" for variant in measured]
    assert [dep for dep in deps if "/history/" in dep] == [f"metrics/history/{name}.csv" for name in report.TRAINED]


def test_every_measured_variant_is_probed() -> None:
    assert PIPELINE["stages"]["probe"]["foreach"] == list(report.VARIANTS)


def test_every_int8_variant_runs_on_the_chip() -> None:
    int8 = [name for name in report.VARIANTS if name.endswith(("quantized", "full_integer", "searched"))]
    assert PIPELINE["stages"]["generate"]["foreach"] == FIRMWARE["stages"]["emulate"]["foreach"] == int8
    assert list(summarize.VARIANTS) == int8
    assert set(benchmark.VARIANTS) < set(int8)


def test_firmware_and_frontier_work_from_the_top_folder() -> None:
    names = (*FIRMWARE["stages"], *FRONTIER["stages"])
    assert {STAGES[name]["wdir"] for name in names} == {".."}


def test_ratios_are_against_the_start_the_report_names() -> None:
    for variant, item in PIPELINE["stages"]["measure"]["foreach"].items():
        start = report.VARIANTS[variant].start
        assert item["start"] == (f"metrics/{start}.json" if start else item["zipped"])


def test_every_point_of_the_frontier_is_fitted_rated_and_charted() -> None:
    points = list(frontier_params.load(ROOT / "frontier" / "params.yaml").points)
    stages = FRONTIER["stages"]
    assert stages["fit"]["matrix"]["point"] == stages["rate"]["foreach"] == stages["deploy"]["foreach"] == points
    models = [f"frontier/models/${{item}}-{seed}.tflite" for seed in stages["fit"]["matrix"]["seed"]]
    assert [dep for dep in stages["rate"]["do"]["deps"] if dep.endswith(".tflite")] == models
    assert stages["chart"]["cmd"].split()[3:] == points
    assert [dep for dep in stages["chart"]["deps"] if dep.startswith("frontier/metrics")] == [
        f"frontier/metrics/{folder}{point}.json" for point in points for folder in ("", "chip/")
    ]


def test_the_frontiers_models_stay_in_git() -> None:
    assert all(options == {"cache": False} for out in STAGES["fit"]["outs"] for options in out.values())


def test_metrics_stay_in_git() -> None:
    for stage in STAGES.values():
        for out in [*stage.get("metrics", []), *stage.get("plots", [])]:
            assert all(options["cache"] is False for options in out.values())


def test_the_checksums_are_named_as_the_files(settings: params.Params) -> None:
    assert set(settings.download.sha256.model_dump(by_alias=True)) == set(download.ARRAYS)


def test_git_holds_no_artifact_of_dvcs() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "data", "models"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert {Path(path).name for path in tracked.stdout.splitlines()} == {".gitignore"}
