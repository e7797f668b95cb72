"""`python -m fewbytes`: commands that are no stages."""

import subprocess
import sys
from importlib import import_module

import pytest

from fewbytes import __main__ as main
from tests.conftest import ROOT


def call(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fewbytes", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("words", [[], ["-h"], ["--help"]])
def test_help_lists_every_command(words: list[str]) -> None:
    done = call(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: python -m fewbytes NAME")
    listed = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")]
    assert listed == list(main.COMMANDS)


def test_an_unknown_command_is_one_line_and_exit_code_2() -> None:
    done = call("gates")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: no command 'gates'; gate, tag-essay, ")
    assert done.stderr.count("\n") == 1


def test_every_command_is_a_module_and_every_module_a_command() -> None:
    files = {path.stem for path in (ROOT / "fewbytes" / "commands").glob("*.py")} - {"__init__"}
    assert {name.replace("-", "_") for name in main.COMMANDS} == files
    assert all(callable(import_module(f"fewbytes.commands.{name}").main) for name in files)


@pytest.mark.parametrize("name", sorted(main.WITHOUT_OPTIONS))
def test_a_command_without_options_does_nothing_for_a_word_it_does_not_know(name: str) -> None:
    asked, mistyped = call(name, "--help"), call(name, "--bogus")
    assert (asked.returncode, mistyped.returncode) == (0, 2)
    assert asked.stdout.startswith(f"usage: python -m fewbytes {name} [-h]")
    assert "unrecognized arguments: --bogus" in mistyped.stderr


def test_a_command_gets_the_words_after_its_name() -> None:
    done = call("verify-cache", "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: python -m fewbytes verify-cache [-h] [--remove]")
