"""The whole pipeline under DVC, shrunk to digits and networks that train in a moment."""

import json
import os
import re
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from fewbytes import variants
from fewbytes.measuring import targets
from fewbytes.runtimes import tflm
from tests.attack import kills
from tests.conftest import ROOT
from tests.pipeline.project import commit, commit_index, finish, make_project, run, start, succeed

pytestmark = pytest.mark.slow

VARIANTS = list(variants.load(ROOT / "variants.yaml"))
INT8 = [name for name in VARIANTS if name.endswith(("quantized", "full_integer", "searched"))]
PRUNED = (
    "pruned",
    "quantized",
    "quantized_dynamic_range",
    "quantized_full_integer",
    "clustered",
    "clustered_quantized",
)
PRUNED_BRANCH = {
    *("prune", "cluster", "quantize@quantized", "quantize@clustered_quantized"),
    *("convert@quantized_full_integer", "convert@quantized_dynamic_range"),
    *(f"measure@{name}" for name in PRUNED),
    *("benchmark", "export", "report"),
}
# What DVC keeps no runs of, since an output of it is in Git. Nothing of it trains.
UNRECORDED = {"benchmark", "export", "report", *(f"measure@{name}" for name in VARIANTS)}
STUDENT_BRANCH = {
    *("convert@student_full_integer", "search@student_searched", "repeat", "report"),
    *(f"measure@{name}" for name in ("student", "student_full_integer", "student_searched")),
}


def metrics_of(folder: Path) -> dict[str, dict[str, Any]]:
    return {path.stem: json.loads(path.read_text()) for path in (folder / "metrics" / "variants").glob("*.json")}


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two projects whose pipelines ran from nothing, side by side."""
    folders = tuple(make_project(tmp_path_factory.mktemp(name)) for name in ("one", "two"))
    for done in [finish(process) for process in [start(folder, "dvc", "repro") for folder in folders]]:
        assert done.code == 0, done.output
    for folder in folders:
        commit(folder)
    return folders[0], folders[1]


@pytest.fixture
def project(twins: tuple[Path, Path]) -> Path:
    """The first twin as it was committed."""
    folder = twins[0]
    succeed(folder, "git", "reset", "--quiet", "--hard")
    succeed(folder, "dvc", "checkout", "--quiet", "--force", "dvc.yaml")
    return folder


def test_two_clean_runs_make_the_same_models_and_metrics(twins: tuple[Path, Path]) -> None:
    one, other = (
        {path.name: path.read_bytes() for path in (folder / "models").rglob("*") if path.is_file()} for folder in twins
    )
    assert {f"{variant}.tflite" for variant in VARIANTS} < set(one)
    assert one == other
    assert metrics_of(twins[0]) == metrics_of(twins[1])


def test_every_variant_has_its_metrics(project: Path) -> None:
    found = metrics_of(project)
    assert sorted(found) == sorted(VARIANTS)
    assert found["pruned"]["sparsity_by_layer"]["dense_2"] == pytest.approx(0.8, abs=0.001)
    assert found["baseline"]["parameters"] == 20_410
    assert found["quantized"]["accuracy"] > 0.5
    shown = json.loads(succeed(project, "dvc", "metrics", "show", "--json").output.splitlines()[-1])
    assert list(shown[""]["data"]) == ["metrics/summary.json"]


def test_every_int8_variant_is_put_on_every_chip(project: Path) -> None:
    found = metrics_of(project)
    assert [name for name in VARIANTS if "chip" in found[name]] == INT8
    for name in INT8:
        on_chip = found[name]["chip"]
        assert {targets.key(core) for core in targets.SHARES} <= set(on_chip)
        if tflm.available():
            assert {figures["unlike_tflm_images"] for figures in on_chip.values()} == {0}
    text = (project / "metrics" / "report.md").read_text()
    assert all(f"`{name}`" in text for name in INT8)


def test_a_variant_is_one_line_and_one_stage(copy: Path) -> None:
    lines = (copy / "variants.yaml").read_text()
    line = next(line for line in lines.splitlines() if line.startswith("  student_full_integer:"))
    (copy / "variants.yaml").write_text(lines + line.replace("student_full_integer", "control_full_integer") + "\n")
    pipeline = (copy / "dvc.yaml").read_text()
    stage = "      student_full_integer: {model: student, to: full_integer}\n"
    added = "      control_full_integer: {model: student_without_teacher, to: full_integer}\n"
    (copy / "dvc.yaml").write_text(pipeline.replace(stage, stage + added))
    done = succeed(copy, "dvc", "repro")
    assert set(done.ran) == {"convert@control_full_integer", "measure@control_full_integer", "report"}
    assert metrics_of(copy)["control_full_integer"]["chip"]["cortex_m0"]["flash_bytes"] > 0
    assert "`control_full_integer`" in (copy / "metrics" / "report.md").read_text()


def test_editing_a_comment_reruns_code_alone_and_a_library_file_its_users(copy: Path) -> None:
    library = copy / "fewbytes" / "measuring" / "benchmark.py"
    library.write_text("# A comment.\n" + library.read_text().replace('"""', '"""Other words: ', 1))
    assert succeed(copy, "dvc", "repro").ran == ["code"]
    library.write_text(library.read_text() + "\n\nADDED = 1\n")
    assert succeed(copy, "dvc", "repro").ran == ["code", "benchmark"]


def test_a_colleague_pulls_and_reruns_nothing(copy: Path, tmp_path: Path) -> None:
    teacher = {"path": "frontier/teachers/single.h5", "hash": "md5", "md5": 32 * "0", "size": 1}  # that nobody has
    stages = {"teach@single": {"cmd": "python -m stages.teach single", "outs": [teacher]}}
    with (copy / "frontier" / "dvc.lock").open("w") as file:
        YAML().dump({"schema": "2.0", "stages": stages}, file)
    succeed(copy, "dvc", "repro", "--single-item", "metrics/dvc.yaml:page")
    succeed(copy, "dvc", "remote", "add", "--default", "shared", str(tmp_path / "remote"))
    commit(copy)
    succeed(copy, "dvc", "push")
    clone = tmp_path / "clone"
    succeed(copy, "git", "clone", "--quiet", str(copy), str(clone))
    succeed(clone, "dvc", "pull")
    assert succeed(clone, "dvc", "repro").ran == []
    assert succeed(clone, "git", "status", "--porcelain").output == ""
    for made in ("models/quantized.tflite", "models/c/quantized/quantized.c", "metrics/plots_page.html"):
        assert (clone / made).read_bytes() == (copy / made).read_bytes()


def test_nothing_runs_when_nothing_changed(project: Path) -> None:
    done = succeed(project, "dvc", "repro")
    assert done.ran == []
    assert "Data and pipelines are up to date." in done.output


def test_another_sparsity_reruns_pruning_and_what_follows_even_if_hardly_a_weight_is_left(project: Path) -> None:
    done = succeed(project, "dvc", "exp", "run", "-S", "prune.final_sparsity=0.99")
    assert set(done.ran) == PRUNED_BRANCH
    assert "Traceback" not in done.output
    found = metrics_of(project)
    assert found["pruned"]["sparsity_by_layer"]["dense_2"] == pytest.approx(0.99, abs=0.001)
    assert found["clustered_quantized"]["sparsity"] > 0.98


def test_a_gate_reruns_nothing(project: Path) -> None:
    done = succeed(project, "dvc", "exp", "run", "-S", "+gates.pruned.sparsity.max=0.99")
    assert done.ran == []


def test_wrong_parameters_stop_the_pipeline_before_any_training(project: Path) -> None:
    changes = ("train.baseline.epochs=3", "prune.final_sparsity=1.2", "++distill.alfa=1")
    done = run(project, "dvc", "exp", "run", *(word for change in changes for word in ("-S", change)))
    assert done.code != 0
    assert done.ran == ["train@baseline"]
    wrong = "prune.final_sparsity = 1.2: input should be less than 1; distill.alfa = 1: not a known key"
    assert f"error: params.yaml: {wrong}\n" in done.output
    assert "Epoch" not in done.output
    assert "Traceback" not in done.output


def test_a_damaged_model_stops_its_stage_with_one_line(project: Path) -> None:
    model = project / "models" / "pruned.h5"
    model.unlink()  # DVC may have linked it to its cache
    model.write_bytes(b"not a model")
    done = run(project, "dvc", "repro", "--single-item", "quantize@quantized")
    assert done.code != 0
    assert "error: models/pruned.h5: damaged or foreign (not a whole HDF5 file" in done.output
    assert "Traceback" not in done.output
    assert not (project / "models" / "quantized.tflite").exists()


def test_another_temperature_reruns_the_student_only_and_if_interrupted_resumes_where_it_stopped(project: Path) -> None:
    params = project / "params.yaml"
    params.write_text(params.read_text().replace("temperature: 10", "temperature: 7"))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in a background job it is ignored, and that is inherited
    process = start(project, "dvc", "repro")
    assert process.stdout
    begun: list[str] = []
    while begun[-1:] != ["convert@student_full_integer"]:
        begun += re.findall(r"^Running stage '(.+)':$", next(process.stdout))
    time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)  # what a terminal does on Ctrl-C
    stopped = finish(process)
    assert stopped.code != 0
    assert "Traceback" not in stopped.output
    resumed = succeed(project, "dvc", "repro").ran
    assert {*begun, *resumed} == {"distill", *STUDENT_BRANCH}
    assert {*begun} & {*resumed} == {begun[-1]}


@pytest.fixture
def copy(project: Path, tmp_path: Path) -> Path:
    """A copy of the first twin with its cache, to damage."""
    return Path(shutil.copytree(project, tmp_path / "copy"))


def test_a_cut_lock_file_is_mended_and_nothing_is_trained_anew(copy: Path) -> None:
    lock = copy / "dvc.lock"
    whole = lock.read_bytes()
    succeed(copy, "git", "rm", "--quiet", "--cached", "dvc.lock")
    commit_index(copy)
    last = max(match.start() for match in re.finditer(rb"^  \S", whole, re.MULTILINE))
    lock.write_bytes(whole[: last + 150])
    mended = succeed(copy, sys.executable, "-m", "fewbytes", "restore-lock").output
    assert mended.startswith("dvc.lock: unreadable")
    assert mended.count("\n") == 1
    done = succeed(copy, "dvc", "repro")
    assert set(done.ran) <= UNRECORDED
    assert YAML(typ="safe").load(lock) == YAML(typ="safe").load(whole)
    assert succeed(copy, sys.executable, "-m", "fewbytes", "restore-lock").output == ""


def test_damage_in_the_cache_is_found_and_mended(copy: Path) -> None:
    outs = {
        out["path"]: out["md5"]
        for stage in YAML(typ="safe").load(copy / "dvc.lock")["stages"].values()
        for out in stage["outs"]
    }
    assert succeed(copy, sys.executable, "-m", "fewbytes", "verify-cache").output == ""
    model = copy / "models" / "pruned.h5"
    right = model.read_bytes()
    objects = copy / ".dvc" / "cache" / "files" / "md5"
    listing = json.loads((objects / outs["models/c/quantized"][:2] / outs["models/c/quantized"][2:]).read_text())
    # The folder that the user supplies holds the same files as what is fetched from it.
    checksums = {"models/pruned.h5": outs["models/pruned.h5"], "data/raw, mine": outs["data/raw"]}
    checksums |= {f"models/c/quantized/{file['relpath']}": file["md5"] for file in listing}
    for checksum in checksums.values():
        damaged = objects / checksum[:2] / checksum[2:]
        damaged.unlink()
        damaged.write_bytes(b"")
        damaged.chmod(0o444)
    record = next(path for path in sorted((copy / ".dvc" / "cache" / "runs").rglob("*")) if path.is_file())
    record.write_text("cmd: [\n")
    model.unlink()
    model.write_bytes(b"")

    found = run(copy, sys.executable, "-m", "fewbytes", "verify-cache")
    assert found.code == 1
    *lines, verdict = found.output.splitlines()
    assert len(lines) == len(checksums) + 1
    for path, checksum in checksums.items():
        assert [line for line in lines if line.endswith(f"{checksum[:2]}/{checksum[2:]}: damaged: {path}")]
    assert verdict.startswith(f"error: {len(lines)} damaged in DVC's cache; `python -m fewbytes verify-cache --remove`")

    removed = succeed(copy, sys.executable, "-m", "fewbytes", "verify-cache", "--remove").output
    assert removed.count(": damaged, removed: ") == len(lines)
    assert succeed(copy, sys.executable, "-m", "fewbytes", "verify-cache").output == ""
    assert "prune" in succeed(copy, "dvc", "repro").ran
    assert model.read_bytes() == right
    assert succeed(copy, sys.executable, "-m", "fewbytes", "verify-cache").output == ""
    assert (objects / outs["models/pruned.h5"][:2] / outs["models/pruned.h5"][2:]).read_bytes() == right


def test_the_cache_is_found_where_dvc_is_told_to_keep_it(copy: Path, tmp_path: Path) -> None:
    shutil.move(copy / ".dvc" / "cache", tmp_path / "elsewhere")
    succeed(copy, "dvc", "config", "cache.dir", str(tmp_path / "elsewhere"))
    assert succeed(copy, sys.executable, "-m", "fewbytes", "verify-cache").output == ""
    listing = YAML(typ="safe").load(copy / "dvc.lock")["stages"]["code"]["outs"][0]["md5"]
    damaged = tmp_path / "elsewhere" / "files" / "md5" / listing[:2] / listing[2:]
    damaged.chmod(0o644)
    damaged.write_bytes(b"[]")
    assert f"{damaged}: damaged: " in run(copy, sys.executable, "-m", "fewbytes", "verify-cache").output


def test_a_pipeline_killed_anywhere_goes_on(twins: tuple[Path, Path], copy: Path) -> None:
    outcome = kills.kill(copy, twins[1], 4, 1, ["convert", "measure@baseline"])
    assert outcome.failures == []


def test_dvc_itself_compares_with_the_essay(project: Path) -> None:
    succeed(project, sys.executable, "-m", "fewbytes", "tag-essay")
    status = succeed(project, "git", "status", "--porcelain").output
    assert status == ""
    printed = succeed(project, "dvc", "metrics", "diff", "essay", "--json").output
    table = json.loads(printed.splitlines()[-1])["metrics/summary.json"]
    assert table["quantized.zip_bytes"]["old"] == 8039
    assert table["quantized.zip_bytes"]["new"] == metrics_of(project)["quantized"]["zip_bytes"]
    assert table["student.compression_parameter_bytes"]["old"] == 43.53
    assert len(table) <= 40


def test_plots_need_no_network(project: Path, tmp_path: Path) -> None:
    succeed(project, "dvc", "plots", "show", "--out", str(tmp_path))
    page = (tmp_path / "index.html").read_text()
    assert not re.findall(r"<(?:script|link)[^>]+(?:src|href)=", page)
    assert page.count("vegaEmbed(") >= 3
    assert "Confusion" in page


def test_the_report_shows_both_tables(project: Path) -> None:
    text = (project / "metrics" / "report.md").read_text()
    assert "| quantized | `zip_bytes` | 8,039 |" in re.sub(" +", " ", text)
    assert {path.name for path in (project / "metrics" / "pictures").iterdir()} == {
        "tradeoff.png",
        "history.png",
        "searched.png",
        "confusion.png",
        "weights.png",
        "engines.png",
        "sensitivity.png",
    }
