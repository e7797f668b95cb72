"""dvc.yaml against the code: the architecture it shows must be the one there is."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from fewbytes import frontier_params, params, variants
from fewbytes.data import idx
from fewbytes.training import recipes
from stages import code
from tests.conftest import ROOT

TENSORFLOW = {"tensorflow", "tf_keras", "tensorflow_model_optimization"}
TRAINS_OR_CONVERTS = {
    *(
        "train",
        "prune",
        "cluster",
        "quantize",
        "convert",
        "scan",
        "predict",
        "distill",
        "search",
        "repeat",
        "repeat_search",
        "teach",
        "fit",
        "explore",
    ),
}
PAGES = {"metrics/plots_page.html", "metrics/report.html"}  # half a megabyte of Vega's scripts: DVC's, not Git's
FRONTIER = "frontier/params.yaml"

Stage = dict[str, Any]


def load(path: str) -> Any:
    return YAML(typ="safe").load(ROOT / path)


def expanded(pipeline: Any, values: dict[str, Any]) -> Iterator[tuple[str, Stage]]:
    """The stages as DVC has them, those of each `foreach` one by one."""
    for name, stage in pipeline["stages"].items():
        if "do" not in stage:
            yield name, filled(stage, values)
            continue
        items = stage["foreach"]
        if isinstance(items, str):
            items = values[items.removeprefix("${").removesuffix("}")]
        for key, item in items.items():
            yield f"{name}@{key}", filled(stage["do"], {"key": key, "item": item})


def filled(value: Any, known: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {filled(key, known): filled(inner, known) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, known) for inner in value]
    if isinstance(value, str):
        return re.sub(r"\$\{([\w.]+)\}", lambda found: str(find(known, found[1])), value)
    return value


def find(known: Any, key: str) -> Any:
    for part in key.split("."):
        known = known[part]
    return known


VARIANTS = load("variants.yaml")
MAIN = dict(expanded(load("dvc.yaml"), load("params.yaml") | VARIANTS))
POINTS = dict(expanded(load("frontier/dvc.yaml"), load(FRONTIER)))
EXPLORE = dict(expanded(load("frontier/explore/dvc.yaml"), {}))
PAGE = dict(expanded(load("metrics/dvc.yaml"), {}))
STAGES = MAIN | POINTS | EXPLORE | PAGE
MODULES = sorted({name.partition("@")[0] for name in STAGES})


def commands(stage: Stage) -> list[list[str]]:
    written = [stage["cmd"]] if isinstance(stage["cmd"], str) else stage["cmd"]
    return [command.split() for command in written]


def module(stage: Stage) -> str:
    (name,) = {words[2].removeprefix("stages.") for words in commands(stage)}
    return name


def outs(stage: Stage) -> dict[str, dict[str, Any]]:
    """Each out, metric and plot by its path, and what is said of it."""
    found: dict[str, dict[str, Any]] = {}
    for kind in ("outs", "metrics", "plots"):
        for out in stage.get(kind, []):
            found |= out if isinstance(out, dict) else {out: {}}
    return found


MADE = {path: name for name, stage in STAGES.items() for path in outs(stage)}


def made_by(path: str) -> str | None:
    """The stage whose out `path` is, or lies in."""
    return next((MADE[str(parent)] for parent in (Path(path), *Path(path).parents) if str(parent) in MADE), None)


@pytest.mark.parametrize(("folder", "lines"), [("", 160), ("frontier", 80), ("frontier/explore", 30), ("metrics", 30)])
def test_a_pipeline_can_be_read_at_once(folder: str, lines: int) -> None:
    assert len((ROOT / folder / "dvc.yaml").read_text().splitlines()) <= lines


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_runs_a_module_and_depends_on_its_listing_and_on_no_code(name: str) -> None:
    stage = STAGES[name]
    assert all(words[:2] == ["python", "-m"] and words[2].startswith("stages.") for words in commands(stage))
    assert (ROOT / "stages" / f"{module(stage)}.py").is_file()
    if name == "code":
        assert stage["deps"] == ["stages", "fewbytes", "tflite_to_c"]
        assert outs(stage) == {"code": {}}
        return
    assert [dep for dep in stage["deps"] if dep.startswith("code")] == [f"code/{module(stage)}"]
    assert not [dep for dep in stage["deps"] if dep.endswith(".py") or dep.split("/")[0] in STAGES["code"]["deps"]]


def test_every_stage_has_a_file_and_every_file_a_stage() -> None:
    files = {path.stem for path in (ROOT / "stages").glob("*.py")} - {"__init__"}
    assert {module(stage) for stage in STAGES.values()} == files
    assert {name.partition("@")[0] for name in STAGES} == files  # the verb is the name


@pytest.mark.parametrize("name", STAGES)
def test_every_stage_says_what_it_does(name: str) -> None:
    assert len(STAGES[name]["desc"]) > 20


@pytest.mark.parametrize("path", sorted((ROOT / "stages").glob("*.py")), ids=lambda path: path.stem)
def test_stages_import_no_stage(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    code.imports.cache_clear()
    found = code.imports(path.relative_to(ROOT))
    assert [other.stem for other in found if other.parent.name == "stages"] in ([], ["__init__"])


@pytest.mark.parametrize("name", MODULES)
def test_tensorflow_is_for_stages_that_train_or_convert(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    code.imports.cache_clear()
    packages = {package for path in everything(Path("stages", f"{name}.py")) for package in imported(path)}
    assert bool(packages & TENSORFLOW) == (name in TRAINS_OR_CONVERTS)


def everything(path: Path) -> set[Path]:
    """All that a file imports, what a listing leaves out included."""
    found, left = set(), [path]
    while left:
        file = left.pop()
        if file not in found:
            found.add(file)
            left.extend(code.imports(file))
    return found


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_declares_exactly_the_parameters_it_reads(name: str) -> None:
    stage = STAGES[name]
    declared = {entry.split(".")[0] for entry in stage.get("params", []) if isinstance(entry, str)}
    for entry in stage.get("params", []):
        if isinstance(entry, dict):
            assert set(entry) == {FRONTIER}
            declared |= {key.split(".")[0] for key in entry[FRONTIER]}
    source = reading(module(stage))
    fields = set(params.Params.model_fields) | set(frontier_params.Params.model_fields)
    read = set(re.findall(r"\b(?:settings|(?:frontier_)?params\.load\(\))\.(\w+)", source)) & fields
    if module(stage) == "train":  # one code for three recipes; each declares its own
        assert read == {"seed", "class_weights", "train", "distill"}
        assert stage["params"] == ["seed", "class_weights", recipes.SECTIONS[name.partition("@")[2]]]
    else:
        assert declared == read
    if module(stage) in ("search", "fit"):  # of many recipes, its own
        section = {"search": "search", "fit": "points"}[module(stage)]
        own = [key for entry in stage["params"] for key in ([entry] if isinstance(entry, str) else entry[FRONTIER])]
        assert [key for key in own if key.startswith(section)] == [f"{section}.{name.partition('@')[2]}"]


def reading(name: str) -> str:
    """The stage, and the functions of the library that it hands all parameters to."""
    own = (ROOT / "stages" / f"{name}.py").read_text()
    loading, comparable = "fewbytes/reports/loading.py", "fewbytes/exploring/comparable.py"
    handed = {
        **{"fit": ["fewbytes/compression/small.py"], "chart": ["fewbytes/reports/frontier.py", loading]},
        "explore": ["fewbytes/exploring/explore.py", "fewbytes/compression/small.py", comparable],
        "survey": [comparable],
        **{"train": ["fewbytes/training/recipes.py"], "report": [loading], "page": [loading]},
    }.get(name, [])
    return own + "".join((ROOT / path).read_text() for path in handed)


def test_no_stage_tracks_the_gates() -> None:
    assert not [name for name, stage in STAGES.items() if "gates" in str(stage.get("params"))]


def test_every_variant_is_measured_and_made_by_a_stage() -> None:
    known = variants.load(ROOT / "variants.yaml")
    assert [name for name in MAIN if name.startswith("measure@")] == [f"measure@{name}" for name in known]
    for name, variant in known.items():
        measuring = MAIN[f"measure@{name}"]
        needed = [f"models/{name}.tflite", variant.zipped, variant.start]
        assert commands(measuring) == [["python", "-m", "stages.measure", name, variant.zipped, variant.start]]
        assert set(needed) <= set(measuring["deps"])
        assert all(made_by(path) for path in needed), needed
        assert str(variants.metrics_path(name)) in outs(measuring)
    models = {Path(path).stem for path in MADE if path.startswith("models/") and path.endswith(".tflite")}
    assert models == set(known)  # nothing is made that nobody measures


@pytest.mark.parametrize("name", STAGES)
def test_what_a_stage_reads_is_made_by_another_or_stands_in_git(name: str) -> None:
    for dep in STAGES[name]["deps"]:
        folder_of_outs = any(path.startswith(f"{dep}/") for path in MADE)
        assert made_by(dep) or folder_of_outs or (ROOT / dep).exists(), dep
        assert made_by(dep) != name


@pytest.mark.parametrize("name", STAGES)
def test_figures_and_pictures_stay_in_git_and_the_rest_in_dvcs_cache(name: str) -> None:
    for path, options in outs(STAGES[name]).items():
        in_git = path.startswith(("metrics/", "frontier/", "firmware/")) and path not in PAGES
        assert (options.get("cache") is False) == in_git, path


def test_the_frontiers_teachers_are_nobodys() -> None:
    """Neither in Git nor in DVC's cache: a fresh clone's `dvc pull` asks for them nowhere."""
    teachers = frontier_params.load(ROOT / FRONTIER).teachers
    paths = [path for name in teachers for path in outs(POINTS[f"teach@{name}"]) if "/metrics/" not in path]
    assert len(paths) == 2 * len(teachers)
    ignored = subprocess.run(["git", "check-ignore", *paths], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ignored.stdout.split() == paths


def test_metrics_and_plots_are_declared_by_the_report() -> None:
    report = MAIN["report"]
    assert [path for metric in report["metrics"] for path in metric] == ["metrics/summary.json"]
    for plot in report["plots"]:
        for path, options in plot.items():
            template = options.get("template")
            assert template is None or (ROOT / ".dvc" / "plots" / f"{template}.json").is_file(), path
    folders = {str(Path(path).parent) for path in MADE if path.startswith("metrics/")} - {"metrics"}
    assert folders <= set(PAGE["page"]["deps"]) | {"metrics"}
    assert folders - {"metrics/mistakes"} <= set(
        report["deps"]
    )  # a folder as dependency orders after every stage that writes into it


def test_the_frontier_works_from_the_top_folder() -> None:
    assert {stage["wdir"] for stage in POINTS.values()} == {".."}
    assert not [name for name, stage in MAIN.items() if "wdir" in stage]


def test_every_point_is_fitted_with_each_seed_and_rated_from_all() -> None:
    points = list(frontier_params.load(ROOT / FRONTIER).points)
    for verb in ("fit", "rate"):
        assert [name for name in POINTS if name.startswith(f"{verb}@")] == [f"{verb}@{point}" for point in points]
    for point in points:
        ((*_, fitted, one, two, three),) = commands(POINTS[f"fit@{point}"])
        seeds = [one, two, three]
        assert fitted == point
        models = [f"frontier/models/{point}-{seed}.tflite" for seed in seeds]
        figures = [f"frontier/metrics/fits/{point}-{seed}.json" for seed in seeds]
        assert list(outs(POINTS[f"fit@{point}"])) == models + figures
        rating = POINTS[f"rate@{point}"]
        assert commands(rating)[0][3:] == [point, *seeds]
        assert [dep for dep in rating["deps"] if dep.endswith(".tflite")] == models
        assert f"frontier/metrics/{point}.json" in outs(rating)
    assert "frontier/metrics" in POINTS["chart"]["deps"]


def test_the_checksums_are_named_as_the_files(settings: params.Params) -> None:
    assert isinstance(settings.data, params.Mnist)
    assert set(settings.data.sha256.model_dump(by_alias=True)) == set(idx.NAMES)


def test_git_holds_no_artifact_of_dvcs() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "data", "models", "code", "frontier/teachers", *PAGES],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert {Path(path).name for path in tracked.stdout.splitlines()} <= {".gitignore"}
