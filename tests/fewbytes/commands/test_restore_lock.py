"""Lock files cut anywhere, as an interruption leaves them."""

import subprocess
from pathlib import Path

import pytest
from dvc.utils.serialize import dumps_yaml

from fewbytes import lock_files
from fewbytes.commands import restore_lock
from tests.conftest import ROOT

MD5 = "0123456789abcdef0123456789abcdef"
STAGES = {
    name: {
        "cmd": f"python -m stages.{name}",
        "deps": [{"path": f"stages/{name}.py", "hash": "md5", "md5": MD5, "size": 1000}],
        "params": {"params.yaml": {name: {"epochs": 4}}},
        "outs": [{"path": f"models/{name}.h5", "hash": "md5", "md5": MD5, "size": 90000}],
    }
    for name in ("train", "prune", "cluster")
}
WHOLE = dumps_yaml({"schema": "2.0", "stages": STAGES}).encode()
PATH = Path("dvc.lock")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "--quiet"], check=True)
    return tmp_path


def commit(content: bytes) -> None:
    PATH.write_bytes(content)
    subprocess.run(["git", "add", "dvc.lock"], check=True)
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    subprocess.run(["git", *identity, "commit", "--quiet", "--message", "lock"], check=True)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("cut", range(0, len(WHOLE), 7))
def test_what_stands_before_a_cut_is_kept_and_the_rest_is_gits(cut: int, caplog: pytest.LogCaptureFixture) -> None:
    older = STAGES | {"train": STAGES["train"] | {"cmd": "older"}, "cluster": STAGES["cluster"] | {"cmd": "older"}}
    commit(dumps_yaml({"schema": "2.0", "stages": older}).encode())
    PATH.write_bytes(WHOLE[:cut])
    caplog.set_level("INFO")
    restore_lock.main()
    found = lock_files.stages(PATH.read_bytes())
    assert found is not None
    if WHOLE[:cut].endswith(b"\n") and lock_files.stages(WHOLE[:cut]) is not None:  # DVC can read it
        assert PATH.read_bytes() == WHOLE[:cut]
        assert not caplog.messages
        return
    whole = list(STAGES)[: max(len(restore_lock.ENTRY.findall(WHOLE[:cut].decode())) - 1, 0)]
    assert found == older | {name: STAGES[name] for name in found if name in whole}
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("dvc.lock: unreadable")
    assert Path("dvc.lock.broken").read_bytes() == WHOLE[:cut]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "content", [b"", b"garbage", b"\x00" * 5000, b"\xff\xfe\n", b"[1\n", b"3\n", b"schema: '2.0'\na: 1\n"]
)
@pytest.mark.parametrize("committed", [None, b"garbage\n"])
def test_without_a_readable_one_in_git_it_is_removed(content: bytes, committed: bytes | None) -> None:
    if committed:
        commit(committed)
    PATH.write_bytes(content)
    restore_lock.main()
    assert not PATH.exists()


@pytest.mark.usefixtures("folder")
def test_a_conflict_of_git_is_set_aside() -> None:
    commit(WHOLE)
    conflict = WHOLE.replace(b"  prune:\n", b"<<<<<<< HEAD\n  prune:\n=======\n>>>>>>> other\n")
    PATH.write_bytes(conflict)
    restore_lock.main()
    assert lock_files.stages(PATH.read_bytes()) == STAGES
    assert Path("dvc.lock.broken").read_bytes() == conflict


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("lock", lock_files.PATHS)
def test_a_whole_lock_is_never_touched(lock: Path) -> None:
    content = (ROOT / lock).read_bytes()
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_bytes(content)
    before = lock.stat()
    restore_lock.main()
    assert lock.read_bytes() == content
    assert lock.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("content", "kept"), [(b"", False), (b'{"read": {"a', False), (b'{"read": {}, "write": {}}', True)]
)
def test_a_damaged_rwlock_is_removed(content: bytes, kept: bool) -> None:
    restore_lock.RWLOCK.parent.mkdir(parents=True)
    restore_lock.RWLOCK.write_bytes(content)
    restore_lock.main()
    assert restore_lock.RWLOCK.exists() is kept


def test_every_target_that_runs_dvc_mends_the_lock_first() -> None:
    rules = {
        line.partition(":")[0]: line.partition(":")[2].partition("##")[0].split()
        for line in (ROOT / "Makefile").read_text().splitlines()
        if ": " in line and line[0].isalpha() and "=" not in line.partition("##")[0]
    }

    def needs(target: str) -> set[str]:
        return {target}.union(*(needs(other) for other in rules.get(target, [])))

    bodies = (ROOT / "Makefile").read_text().split("\n\n")
    runs_dvc = {body.partition(":")[0] for body in bodies if "\tdvc " in body or "fewbytes publish" in body}
    assert {"repro", "frontier", "frontier-verify", "readme"} <= runs_dvc
    assert all("restore-lock" in needs(target) for target in runs_dvc | {"verify-cache"})


def test_every_pipelines_lock_is_looked_after() -> None:
    tracked = subprocess.run(["git", "ls-files", "*dvc.yaml"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {Path(name).with_suffix(".lock") for name in tracked.stdout.split()} == set(lock_files.PATHS)
