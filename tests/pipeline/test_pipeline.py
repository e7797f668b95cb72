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

from fewbytes.runtimes import cortex, tflm
from stages import publish, report, summarize
from tests.attack import kills
from tests.conftest import ROOT
from tests.pipeline.project import commit, commit_index, finish, make_project, run, start, succeed

pytestmark = pytest.mark.slow

VARIANTS = list(report.VARIANTS)
INT8_OF_PRUNED = ("quantized", "quantized_full_integer", "clustered_quantized")
PRUNED_BRANCH = {
    "cluster",
    "encode@clustered",
    "measure@clustered",
    "probe@clustered",
    "prune",
    "quantize",
    "quantize_clustered",
    "report",
    *(f"{stage}@{name}" for stage in ("measure", "probe") for name in ("pruned", "quantized_dynamic_range")),
    *(f"{stage}@{name}" for stage in ("encode", "generate", "measure", "probe") for name in INT8_OF_PRUNED),
}
STUDENT_BRANCH = {
    "convert@student",
    "encode@student_full_integer",
    "generate@student_full_integer",
    "report",
    "search@student_searched",
    *(f"{stage}@student_searched" for stage in ("encode", "generate", "measure", "probe")),
    *(f"{stage}@{name}" for stage in ("measure", "probe") for name in ("student", "student_full_integer")),
}


def metrics_of(folder: Path) -> dict[str, dict[str, Any]]:
    return {path.stem: json.loads(path.read_text()) for path in (folder / "metrics").glob("*.json")}


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
    for figures, others in zip(*(sorted(metrics_of(folder).items()) for folder in twins), strict=True):
        assert figures[1].pop("latency_us") > 0
        assert others[1].pop("latency_us") > 0
        assert figures == others


def test_the_readme_shows_the_graph_of_dvc_yaml(project: Path) -> None:
    graph = publish.draw_graph(succeed(project, "dvc", "dag", "--mermaid").output)
    blocks = {block[2]: block[3] for block in publish.BLOCK.finditer((ROOT / "README.md").read_text())}
    assert blocks["dvc dag"] == graph + "\n"


def test_every_variant_has_its_metrics(project: Path) -> None:
    found = metrics_of(project)
    assert sorted(found) == sorted(VARIANTS)
    assert found["pruned"]["sparsity_by_layer"]["dense_2"] == pytest.approx(0.8, abs=0.001)
    assert found["baseline"]["parameters"] == 20_410
    assert found["quantized"]["accuracy"] > 0.5
    shown = succeed(project, "dvc", "metrics", "show").output
    assert all(f"metrics/{variant}.json" in shown for variant in VARIANTS)


def test_nothing_runs_when_nothing_changed(project: Path) -> None:
    done = succeed(project, "dvc", "repro")
    assert done.ran == []
    assert "Data and pipelines are up to date." in done.output


def test_another_sparsity_reruns_pruning_and_what_follows(project: Path) -> None:
    done = succeed(project, "dvc", "exp", "run", "-S", "prune.final_sparsity=0.9")
    assert set(done.ran) == PRUNED_BRANCH
    assert metrics_of(project)["pruned"]["sparsity_by_layer"]["dense_2"] == pytest.approx(0.9, abs=0.001)


def test_another_temperature_reruns_the_student_only(project: Path) -> None:
    done = succeed(project, "dvc", "exp", "run", "-S", "distill.temperature=5")
    assert set(done.ran) == {"distill", *STUDENT_BRANCH}


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
    done = run(project, "dvc", "repro", "--single-item", "quantize")
    assert done.code != 0
    assert "error: models/pruned.h5: damaged or foreign (not a whole HDF5 file" in done.output
    assert "Traceback" not in done.output
    assert not (project / "models" / "quantized.tflite").exists()


def test_an_interrupted_run_resumes_where_it_stopped(project: Path) -> None:
    params = project / "params.yaml"
    params.write_text(params.read_text().replace("temperature: 10", "temperature: 7"))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in a background job it is ignored, and that is inherited
    process = start(project, "dvc", "repro")
    assert process.stdout
    for line in process.stdout:
        if line.startswith("Running stage 'convert@student'"):
            break
    time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)  # what a terminal does on Ctrl-C
    stopped = finish(process)
    assert stopped.code != 0
    assert "Traceback" not in stopped.output
    resumed = succeed(project, "dvc", "repro").ran
    assert "distill" not in resumed
    assert {"convert@student", "report"} <= set(resumed) <= STUDENT_BRANCH


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
    for cut in (0, last + 150):
        lock.write_bytes(whole[:cut])
        mended = succeed(copy, sys.executable, "-m", "stages.restore_lock").output
        assert mended.startswith("dvc.lock: unreadable")
        assert mended.count("\n") == 1
        done = succeed(copy, "dvc", "repro")
        assert set(done.ran) <= {"report"}  # the one stage that DVC keeps no runs of: an output of it is in Git
        assert YAML(typ="safe").load(lock) == YAML(typ="safe").load(whole)
    assert succeed(copy, sys.executable, "-m", "stages.restore_lock").output == ""


def test_damage_in_the_cache_is_found_and_mended(copy: Path) -> None:
    outs = {
        out["path"]: out["md5"]
        for stage in YAML(typ="safe").load(copy / "dvc.lock")["stages"].values()
        for out in stage["outs"]
    }
    assert succeed(copy, sys.executable, "-m", "stages.verify_cache").output == ""
    model = copy / "models" / "pruned.h5"
    right = model.read_bytes()
    objects = copy / ".dvc" / "cache" / "files" / "md5"
    listing = json.loads((objects / outs["models/c/quantized"][:2] / outs["models/c/quantized"][2:]).read_text())
    checksums = {"models/pruned.h5": outs["models/pruned.h5"], "data/raw": outs["data/raw"]}
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

    found = run(copy, sys.executable, "-m", "stages.verify_cache")
    assert found.code == 1
    *lines, verdict = found.output.splitlines()
    assert len(lines) == len(checksums) + 1
    for path, checksum in checksums.items():
        assert [line for line in lines if line.endswith(f"{checksum[:2]}/{checksum[2:]}: damaged: {path}")]
    assert verdict.startswith(f"error: {len(lines)} damaged in DVC's cache; `python -m fewbytes verify-cache --remove`")

    removed = succeed(copy, sys.executable, "-m", "stages.verify_cache", "--remove").output
    assert removed.count(": damaged, removed: ") == len(lines)
    assert succeed(copy, sys.executable, "-m", "stages.verify_cache").output == ""
    assert "prune" in succeed(copy, "dvc", "repro").ran
    assert model.read_bytes() == right
    assert succeed(copy, sys.executable, "-m", "stages.verify_cache").output == ""
    assert (objects / outs["models/pruned.h5"][:2] / outs["models/pruned.h5"][2:]).read_bytes() == right


def test_the_cache_is_found_where_dvc_is_told_to_keep_it(copy: Path, tmp_path: Path) -> None:
    shutil.move(copy / ".dvc" / "cache", tmp_path / "elsewhere")
    succeed(copy, "dvc", "config", "cache.dir", str(tmp_path / "elsewhere"))
    assert succeed(copy, sys.executable, "-m", "stages.verify_cache").output == ""
    damaged = max((tmp_path / "elsewhere" / "files" / "md5").rglob("*.*"))  # a folder's listing
    damaged.chmod(0o644)
    damaged.write_bytes(b"[]")
    assert f"{damaged}: damaged: " in run(copy, sys.executable, "-m", "stages.verify_cache").output


def test_a_network_with_hardly_a_weight_left_reaches_the_report(project: Path) -> None:
    done = succeed(project, "dvc", "exp", "run", "-S", "prune.final_sparsity=0.99")
    assert set(done.ran) == PRUNED_BRANCH
    assert "Traceback" not in done.output
    assert metrics_of(project)["clustered_quantized"]["sparsity"] > 0.98


def test_a_pipeline_killed_anywhere_goes_on(twins: tuple[Path, Path], copy: Path) -> None:
    outcome = kills.kill(
        copy, twins[1], 4, 1, ["encode@quantized", "generate@quantized", "generate@baseline_full_integer"]
    )
    assert outcome.failures == []


def test_dvc_itself_compares_with_the_essay(project: Path) -> None:
    succeed(project, sys.executable, "-m", "stages.tag_essay")
    status = succeed(project, "git", "status", "--porcelain").output
    assert status == ""
    printed = succeed(project, "dvc", "metrics", "diff", "essay", "--json").output
    table = json.loads(printed.splitlines()[-1])  # before it, that there are no metrics of the firmware yet
    assert table["metrics/quantized.json"]["zip_bytes"]["old"] == 8039
    assert table["metrics/quantized.json"]["zip_bytes"]["new"] == metrics_of(project)["quantized"]["zip_bytes"]
    assert table["metrics/student.json"]["compression_parameter_bytes"]["old"] == 43.53


@pytest.mark.skipif(not all(map(shutil.which, cortex.TOOLS)), reason=f"needs {cortex.PACKAGES}")
def test_the_chip_computes_what_tflm_computes(project: Path) -> None:
    done = succeed(project, "dvc", "repro", "firmware/dvc.yaml")
    assert "firmware/dvc.yaml:summarize" in done.ran
    for variant in summarize.VARIANTS:
        figures = json.loads((project / "metrics" / "firmware" / f"{variant}.json").read_text())
        checks = [figures[place] for place in ("cortex_m4", "cortex_m0", "host")]
        if tflm.available():
            assert [check["unlike_tflm_images"] for check in checks] == [0, 0, 0]
        assert figures["cortex_m4"]["weight_bytes"] < figures["cortex_m4"]["flash_bytes"]
    text = (project / "firmware" / "report.md").read_text()
    assert all(f"| `{variant}` " in text for variant in summarize.VARIANTS)
    assert (project / "firmware" / "examples" / "digit" / "clustered_quantized.c").exists()
    assert succeed(project, "dvc", "repro", "firmware/dvc.yaml").ran == []


def test_plots_need_no_network(project: Path, tmp_path: Path) -> None:
    succeed(project, "dvc", "plots", "show", "--out", str(tmp_path))
    page = (tmp_path / "index.html").read_text()
    assert not re.findall(r"<(?:script|link)[^>]+(?:src|href)=", page)
    assert page.count("vegaEmbed(") >= len(VARIANTS)
    assert "Confusion: quantized" in page


def test_the_report_shows_both_tables(project: Path) -> None:
    text = (project / "metrics" / "report.md").read_text()
    assert "| quantized | `zip_bytes` | 8,039 |" in re.sub(" +", " ", text)
    assert {path.name for path in (project / "metrics" / "pictures").iterdir()} == {
        "tradeoff.png",
        "history.png",
        "searched.png",
        "confusion.png",
        "weights.png",
    }
