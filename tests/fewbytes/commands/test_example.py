"""Examples run in a copy of the project, which leaves the project as it is."""

import subprocess
import sys
from pathlib import Path

import pytest

from fewbytes import yaml_files
from fewbytes.command import InputError
from fewbytes.commands import example

PIPELINE = """
stages:
  report:
    cmd: python -m stages.report
    params: [number]
    deps: [stages]
    outs: [metrics/report.md: {cache: false}, metrics/summary.json: {cache: false}, metrics/pictures: {cache: false}]
"""
PAGE = "stages: {page: {wdir: .., cmd: touch metrics/report.html, outs: [metrics/report.html: {cache: false}]}}\n"
STAGE = """
from pathlib import Path
Path("metrics/pictures").mkdir(parents=True, exist_ok=True)
number = next(line for line in Path("params.yaml").read_text().splitlines() if line.startswith("number")) + "\\n"
for name in ("report.md", "summary.json", "pictures/one.png", "other.csv"):
    Path("metrics", name).write_text(number)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    contents = {
        **dict.fromkeys(example.SOURCES, ""),
        **{
            "metrics/dvc.yaml": PAGE,
            "dvc.yaml": PIPELINE,
            "params.yaml": "{number: 1, gates: {a: {}}}\n",
            "stages/report.py": STAGE,
        },
        **{
            "fewbytes/a.py": "",
            "fewbytes/__main__.py": "import pathlib, sys; sys.exit(pathlib.Path('data/low').exists())\n",
            "tflite_to_c/b.py": "",
            "firmware/quoted.yaml": "",
            ".dvc/config": "[core]\nno_scm = true\n",
        },
        **{"examples/two/params.yaml": "number: 2\n", "examples/two/README.md": "", "examples/two/data/x.csv": "1\n"},
    }
    for name, content in contents.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path


def run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["example", name])
    example.main()


def listed(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"}


def test_an_example_runs_with_its_own_files_and_brings_its_report_back(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = listed(project)
    run("two", monkeypatch)
    report = project / "examples/two/report"
    assert listed(report) == {"report.md", "summary.json", "pictures/one.png"}
    assert (report / "report.md").read_text() == "number: 2\n"
    assert listed(project / "metrics") == {"dvc.yaml"}
    made = {path for path in listed(project) - before if not path.startswith((".examples/", ".dvc/"))}
    assert made == {f"examples/two/report/{name}" for name in listed(report)}
    assert (project / ".examples/two/data/x.csv").exists()
    assert not (project / ".examples/two/README.md").exists()


def test_a_second_run_takes_what_changed_and_drops_what_is_gone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("two", monkeypatch)
    (project / "examples/two/params.yaml").write_text("number: 3\n")
    (project / "fewbytes/a.py").rename(project / "fewbytes/c.py")
    (project / "examples/two/report/stale.md").write_text("")
    run("two", monkeypatch)
    assert (project / "examples/two/report/report.md").read_text() == "number: 3\n"
    assert listed(project / ".examples/two/fewbytes") == {"__main__.py", "c.py"}
    assert not (project / "examples/two/report/stale.md").exists()


def test_gates_are_held_once_the_report_is_there(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "examples/two/data/low").touch()
    with pytest.raises(InputError, match=r"^examples/two: its report is new, and not all its gates passed, see above$"):
        run("two", monkeypatch)
    assert (project / "examples/two/report/report.md").exists()


def test_params_say_only_what_differs(project: Path) -> None:
    whole = {
        "data": {"source": "mnist", "url": "x"},
        "train": {"epochs": 4, "network": {"family": "a", "b": 1}},
        "gates": {"c": 1},
    }
    changes = {
        "data": {"source": "series"},
        "train": {"epochs": 5, "network": {"family": "d"}},
        "gates": {},
        "new": {"e": 1},
    }
    path = project / "merged.yaml"
    path.write_bytes(example.merged(whole, changes))
    assert yaml_files.load(path) == changes
    path.write_bytes(example.merged(whole, {"gates": {"d": 2}}))
    assert yaml_files.load(path)["gates"] == {"d": 2}
    path.write_bytes(example.merged(whole, {"train": {"epochs": 6}}))
    assert yaml_files.load(path) == whole | {"train": {"epochs": 6, "network": {"family": "a", "b": 1}}}


FRONTIER = """
stages:
  chart:
    cmd: cat frontier/params.yaml > frontier/report.md
    wdir: ..
    deps: [frontier/params.yaml, frontier/published.yaml, metrics/report.md]
    outs: [frontier/report.md: {cache: false}]
"""


def test_an_example_may_have_a_frontier_of_its_own(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, content in {
        "frontier/dvc.yaml": FRONTIER,
        "frontier/published.yaml": "points: []\n",
        "frontier/explore/dvc.yaml": "stages: {}\n",
        "frontier/params.yaml": "points: {root: 1}\n",
        "examples/two/frontier/params.yaml": "points: {own: 1}\n",
    }.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(content)
    run("two", monkeypatch)
    assert (project / "examples/two/report/frontier/report.md").read_text() == "points: {own: 1}\n"
    assert (project / "examples/two/report/report.md").exists()
    assert not (project / "frontier/report.md").exists()
    (project / "examples/two/frontier/params.yaml").unlink()
    run("two", monkeypatch)
    assert not (project / "examples/two/report/frontier").exists()


def test_data_are_fetched_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = project / "examples/two/fetch.py"
    script.write_text("raise SystemExit(1)")
    with pytest.raises(InputError, match=r"fetch\.py: failed, see above"):
        run("two", monkeypatch)
    script.write_text("from pathlib import Path\nPath('data/own/x').touch()\n")
    run("two", monkeypatch)
    script.write_text("raise SystemExit(1)")
    run("two", monkeypatch)


def test_an_example_that_is_not_there_is_named_with_those_that_are(project: Path) -> None:
    assert project.exists()
    with pytest.raises(InputError, match=r"^three: no example; examples/ has two$"):
        example.prepare("three")


def test_a_pipeline_that_stops_leaves_the_last_report(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("two", monkeypatch)
    (project / "stages/report.py").write_text("raise SystemExit(1)\n")
    with pytest.raises(InputError, match="its pipeline stopped, see above"):
        run("two", monkeypatch)
    assert (project / "examples/two/report/report.md").read_text() == "number: 2\n"
    assert subprocess.run(["git", "status"], check=False, capture_output=True).returncode  # no repository is needed


EXPLORE = """
stages:
  explore:
    wdir: ../..
    cmd: python -m stages.explore
    outs: [frontier/explore/journal.log: {cache: false, persist: true}]
  survey:
    wdir: ../..
    cmd: cp frontier/explore/journal.log frontier/explore/report.md
    deps: [frontier/explore/journal.log]
    outs: [frontier/explore/report.md: {cache: false}]
"""
SEARCH = """
from pathlib import Path
with Path("frontier/explore/journal.log").open("a") as journal:
    journal.write("trial\\n")
if Path("data/stop").exists():
    raise SystemExit(1)
"""


def test_a_search_on_an_examples_data_goes_on(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = project / "examples/two/frontier"
    files = {
        **{"frontier/dvc.yaml": "stages: {}\n", "frontier/published.yaml": "", "frontier/explore/dvc.yaml": EXPLORE},
        **{"examples/two/frontier/params.yaml": "points: {}\n", "stages/explore.py": SEARCH},
        "dvc.yaml": "stages: {prepare: {cmd: mkdir -p data, outs: [data/made: {cache: false}]}}\n".replace(
            "mkdir -p data", "touch data/made"
        ),
    }
    for name, content in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(content)

    def search() -> None:
        monkeypatch.setattr(sys, "argv", ["example", "two", "--explore"])
        example.main()

    kept = project / "examples/two/report/report.md"
    kept.parent.mkdir()
    kept.write_text("of the pipeline\n")
    search()
    assert kept.read_text() == "of the pipeline\n"
    assert (own / "explore/journal.log").read_text() == "trial\n"
    assert (project / "examples/two/report/frontier/explore/report.md").read_text() == "trial\n"
    (project / "examples/two/data/stop").touch()
    with pytest.raises(InputError, match="its pipeline stopped"):
        search()
    assert (own / "explore/journal.log").read_text() == 2 * "trial\n"  # nothing is lost
    (own / "explore/journal.log").write_text("trial\n")  # as after a kill, before it was brought back
    for stop in (project / "examples/two/data/stop", project / ".examples/two/data/stop"):
        stop.unlink()
    search()
    assert (own / "explore/journal.log").read_text() == 3 * "trial\n"


def test_without_a_frontier_there_is_nothing_to_search_for(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del project
    monkeypatch.setattr(sys, "argv", ["example", "two", "--explore"])
    with pytest.raises(InputError, match=r"^examples/two: has no frontier/params.yaml, which says what to search for$"):
        example.main()
