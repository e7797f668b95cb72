import shutil
from pathlib import Path

import pytest

from fewbytes import params, variants
from fewbytes.command import InputError, run
from fewbytes.commands import gate
from fewbytes.files import write_json
from tests.conftest import ROOT

Bound = params.Bound


@pytest.fixture(autouse=True)
def _figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_json(
        variants.metrics_path("pruned"),
        {"accuracy": 0.97, "zip_bytes": 25_000, "name": "text", "core": {"flash_bytes": 9}},
    )
    write_json(Path("frontier/metrics/400B.json"), {"accuracy": 0.96})


@pytest.mark.parametrize(
    ("variant", "metric", "bound", "verdicts"),
    [
        ("pruned", "accuracy", Bound(min=0.97), ["pass"]),
        ("pruned", "accuracy", Bound(min=0.9701), ["FAIL"]),
        ("pruned", "zip_bytes", Bound(max=25_000), ["pass"]),
        ("pruned", "zip_bytes", Bound(max=24_999), ["FAIL"]),
        ("pruned", "zip_bytes", Bound(min=30_000, max=40_000), ["FAIL", "pass"]),
        ("pruned", "sparsity", Bound(min=0), ["FAIL"]),
        ("pruned", "name", Bound(min=0), ["FAIL"]),
        ("pruned", "core.flash_bytes", Bound(max=9), ["pass"]),
        ("pruned", "core.flash_bytes", Bound(max=8), ["FAIL"]),
        ("pruned", "core.ram_bytes", Bound(max=8), ["FAIL"]),
        ("pruned", "core", Bound(max=8), ["FAIL"]),
        ("pruned", "accuracy.core", Bound(max=8), ["FAIL"]),
        ("absent", "accuracy", Bound(min=0), ["FAIL"]),
        ("frontier/400B", "accuracy", Bound(min=0.95), ["pass"]),
        ("frontier/400B", "accuracy", Bound(min=0.97), ["FAIL"]),
        ("frontier/pruned", "accuracy", Bound(min=0), ["FAIL"]),
    ],
)
def test_a_gate_passes_only_within_its_bounds(
    variant: str, metric: str, bound: params.Bound, verdicts: list[str]
) -> None:
    found = gate.check({variant: {metric: bound}})
    assert [row.verdict for row in found] == verdicts
    assert {row.gate for row in found} == {f"{variant}.{metric}"}


def test_the_command_names_every_failing_gate(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.rmtree("metrics")
    shutil.rmtree("frontier/metrics")
    Path("frontier/params.yaml").write_text((ROOT / "frontier/params.yaml").read_text())
    Path("params.yaml").write_text((ROOT / "params.yaml").read_text())
    with pytest.raises(SystemExit) as stopped:
        run(gate.main)
    assert stopped.value.code == 1
    printed = capsys.readouterr()
    gates = [f"{variant}.{metric}" for variant, bounds in gate.load().items() for metric in bounds]
    assert {"quantized.accuracy", "frontier/300B.coded_bytes"} <= set(gates)
    for name in gates:
        assert name in printed.out
        assert name in printed.err
    assert "missing" in printed.out
    assert printed.err.startswith(f"error: {len(gates)} of {len(gates)} gates failed: ")


@pytest.mark.parametrize("value", [True, "1", None, [1]])
def test_what_is_no_number_fails(value: object) -> None:
    write_json(variants.metrics_path("pruned"), {"accuracy": value})
    assert [row.verdict for row in gate.check({"pruned": {"accuracy": Bound(min=0, max=2)}})] == ["FAIL", "FAIL"]


@pytest.mark.parametrize("text", ['{"accuracy": Infinity}', '{"accuracy": 1e400}', '{"accuracy": NaN}', "{"])
def test_a_file_of_no_finite_numbers_fails_in_one_line(text: str) -> None:
    variants.metrics_path("pruned").write_text(text)
    with pytest.raises(InputError, match=r"metrics/variants/pruned\.json: not JSON"):
        gate.check({"pruned": {"accuracy": Bound(min=0)}})


@pytest.mark.parametrize(
    ("gates", "reason"),
    [("{}", r"params\.yaml: gates"), ("{pruned: {}}", r"params\.yaml: gates\.pruned")],
)
def test_nothing_to_check_is_no_success(gates: str, reason: str) -> None:
    Path("params.yaml").write_text((ROOT / "params.yaml").read_text().split("\ngates:")[0] + f"\ngates: {gates}\n")
    with pytest.raises(InputError, match=reason):
        gate.main()


@pytest.mark.parametrize(
    ("gates", "reason"),
    [
        ("{300B: {}}", r"frontier/params\.yaml: gates\.300B holds no gate"),
        ("{2B: {}}", "gates has 2B, and points has none"),
    ],
)
def test_gates_of_the_frontier_are_of_its_points(gates: str, reason: str) -> None:
    for name in ("params.yaml", "frontier/params.yaml"):
        Path(name).write_text((ROOT / name).read_text())
    path = Path("frontier/params.yaml")
    path.write_text(path.read_text().split("\ngates:")[0] + f"\ngates: {gates}\n")
    with pytest.raises(InputError, match=reason):
        gate.main()


@pytest.mark.parametrize("bound", ["{min: .inf}", "{max: .nan}", "{min: 1e400}", "{min: true}", '{max: "1"}'])
def test_a_bound_is_a_finite_number(bound: str) -> None:
    text = (ROOT / "params.yaml").read_text().split("\ngates:")[0]
    Path("params.yaml").write_text(f"{text}\ngates: {{pruned: {{accuracy: {bound}}}}}\n")
    with pytest.raises(InputError, match=r"gates\.pruned\.accuracy\.(min|max) = "):
        params.load()
