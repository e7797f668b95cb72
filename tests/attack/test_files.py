"""A few of the cases that `python -m tests.attack files` runs by the hundred."""

import pytest

from tests.attack import files
from tests.stages.commands import COMMANDS


@pytest.mark.slow
def test_stages_given_damaged_files_end_in_one_line_and_change_nothing() -> None:
    outcome = files.attack(10, seed=0)
    assert outcome.failures == []
    assert outcome.counts.total() == 10


def test_every_stage_that_reads_a_file_is_attacked() -> None:
    assert set(files.READ) == set(COMMANDS) - {"code", "bundle"}
    assert len(files.cases()) >= 135
    assert len({str(case) for case in files.cases()}) == len(files.cases())
