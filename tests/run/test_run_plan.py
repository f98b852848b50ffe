"""Which programs and cases a run is made of."""

from __future__ import annotations

from pathlib import Path

import pytest
from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.run.plan import plan

CASES = """
#include "zxtest.h"
CASE(one, "event_create/created") { close_pair(make_event()); }
CASE(two, "event_create/created") { close_pair(make_event()); }
"""


def test_a_c_file_of_ones_own_is_a_program(tmp_path: Path) -> None:
    own = tmp_path / "mine.c"
    own.write_text(CASES)
    tasks = plan([Arch.X64], f"{own},support", "one,handle_close_*")
    assert {task.program.name: [c.name for c in task.chosen] for task in tasks}["mine"] == ["one"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no_such\.c"):
        plan([Arch.X64], str(tmp_path / "no_such.c"))


def test_pattern_without_a_match_is_reported(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no program matches"):
        plan([Arch.X64], "no_such_program")
    with pytest.raises(UserError, match="matches 'no_such_case'"):
        plan([Arch.X64], "channel_write", "no_such_case")
