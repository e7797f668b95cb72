"""Tables of boards, the verdict whether a network fits one, and what cycles come to there."""

from pathlib import Path

import numpy as np
import pytest

from tflite_to_c.chips import CORES, boards
from tflite_to_c.chips.boards import Board, Energy, Verdict
from tflite_to_c.chips.measurement import Measured
from tflite_to_c.errors import InputError

BOARD = Board("mine", "cortex-m4", 1000, 100, 2.0, "", Energy(100, 300, "made up"))
TEXT = """\
boards:
  mine:
    {core: cortex-m4, flash_kb: 0.5, ram_kb: 2, clock_mhz: 8, source: made up,
     picojoules_a_cycle: {low: 1, high: 2, source: made up}}
"""


def measured(flash: int, ram: int, cycles: list[int] | None = None) -> Measured:
    outputs, instructions = np.zeros((1, 1), np.int8), np.array([7])
    return Measured(outputs, instructions, None if cycles is None else np.array(cycles), flash, 0, ram, 0)


@pytest.mark.parametrize(
    ("flash", "ram", "verdict"),
    [
        (800, 80, Verdict.FITS),
        (801, 80, Verdict.TIGHT),
        (800, 81, Verdict.TIGHT),
        (1000, 100, Verdict.TIGHT),
        (1001, 1, Verdict.TOO_BIG),
        (1, 101, Verdict.TOO_BIG),
    ],
)
def test_a_fifth_of_flash_and_ram_is_left_for_the_program_around(flash: int, ram: int, verdict: Verdict) -> None:
    assert boards.fit(measured(flash, ram), BOARD) == verdict


def test_time_and_energy_follow_from_estimated_cycles_where_there_are_any() -> None:
    assert boards.milliseconds(measured(1, 1, [1000, 3000]), BOARD) == 1.0
    assert boards.microjoules(measured(1, 1, [1000, 3000]), BOARD) == (0.2, 0.6)
    assert boards.milliseconds(measured(1, 1), BOARD) is None
    assert boards.microjoules(measured(1, 1), BOARD) is None
    assert boards.milliseconds(measured(1, 1, [1]), BOARD._replace(clock_mhz=None)) is None
    assert boards.microjoules(measured(1, 1, [1]), BOARD._replace(picojoules_a_cycle=None)) is None


def test_the_table_is_complete_and_sound() -> None:
    table = boards.load()
    assert len(table) >= 25
    assert {board.core for board in table.values()} == set(CORES)
    assert table["CH32V003"][:5] == ("CH32V003", "rv32ec", 16 * 1024, 2 * 1024, 48)


def test_a_users_own_table_is_read(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(TEXT)
    assert boards.load(tmp_path / "mine.yaml") == {
        "mine": Board("mine", "cortex-m4", 512, 2048, 8, "made up", Energy(1, 2, "made up"))
    }


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("boards:", "bords:", "one key wanted, `boards`"),
        ("boards:", "{", "not valid YAML"),
        ("boards:", "boards: &a [*a]\nb:", "one key wanted"),
        ("flash_kb: 0.5", "flash_kb: -1", r"boards\.mine\.flash_kb: -1 is not a number above 0"),
        ("flash_kb: 0.5", "flash_kb: 64K", r"boards\.mine\.flash_kb: '64K' is not a number above 0"),
        ("ram_kb: 2", "ram_kb: .nan", r"boards\.mine\.ram_kb: nan is not a number above 0"),
        ("ram_kb: 2", "ram_kb: true", r"boards\.mine\.ram_kb: True is not a number above 0"),
        ("ram_kb: 2, ", "", r"boards\.mine\.ram_kb: missing"),
        ("ram_kb: 2", "ram_kb: 2, colour: red", r"boards\.mine\.colour: unknown; known are core, flash_kb"),
        ("cortex-m4", "cortex-m7", r"boards\.mine\.core: 'cortex-m7' is none of cortex-m0, "),
        ("cortex-m4", "[1]", r"boards\.mine\.core: \[1\] is none of "),
        ("source: made up,", "source: 5,", r"boards\.mine\.source: 5 is not a text"),
        ("low: 1", "low: 3", r"boards\.mine\.picojoules_a_cycle: low, 3, is above high, 2"),
        ("high: 2, ", "", r"boards\.mine\.picojoules_a_cycle\.high: missing"),
        ("{low: 1, high: 2, source: made up}", "7", r"boards\.mine\.picojoules_a_cycle: 7 where low, high, source are"),
        ("boards:", "boards: {}\n#", "not valid YAML|there are none"),
        ("boards:", "boards: " + "[" * 20_000, "not valid YAML"),
        ("boards:", "boards: #" + "x" * 100_000, "over 100,000 bytes"),
        ("made up", "\x1b[31m", "not valid YAML"),
    ],
)
def test_a_wrong_table_is_refused_in_one_line_that_names_file_and_key(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    (tmp_path / "mine.yaml").write_text(TEXT.replace(old, new, 1))
    with pytest.raises(InputError, match=rf"mine\.yaml: .*({message})") as raised:
        boards.load(tmp_path / "mine.yaml")
    assert str(raised.value).isprintable()


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"mine\.yaml: No such file"):
        boards.load(tmp_path / "mine.yaml")
    with pytest.raises(InputError, match="Is a directory"):
        boards.load(tmp_path)
