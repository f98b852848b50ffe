"""C files of any name: each just works, or is refused in clear words."""

from __future__ import annotations

from pathlib import Path

import pytest
from run_setup import setup_for
from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.guest.source import own_program, program_name
from zxhil.oracle.results import CaseEndKind
from zxhil.run.journal import Journal
from zxhil.run.plan import plan
from zxhil.run.session import Session

_CASE = """#include "zxtest.h"
CASE(one, "event_create/created") { zx_handle_t event = 0; zx_event_create(0, &event); }
"""
_NAMES = [
    "my test.c",
    "t\u00e9st_\u0434.c",
    "n" * 253 + ".c",
    "a=b,c.c",
    "[g]*.c",
    "-x.c",
    "$(x)'`.c",
]


@pytest.mark.qemu
@pytest.mark.parametrize("name", _NAMES, ids=range(len(_NAMES)))
def test_a_file_of_any_name_runs(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "a, b"
    folder.mkdir()
    (folder / name).write_text(_CASE)
    tasks = plan([Arch.X64], str(folder / name))
    logs = tmp_path / "logs"
    with Journal(logs) as journal:
        setup = setup_for(logs, tmp_path / "zbis")
        report = Session({Arch.X64: setup}, journal).run(tasks)
    (case,) = report.cases
    assert case.end in (CaseEndKind.VACUOUS, CaseEndKind.PASSED), case.detail
    assert case.info.source == f"{folder / name}:2"


@pytest.mark.parametrize("name", ['quo"te.c', "back\\slash.c", "new\nline.c", "bad\udcff.c"])
def test_a_name_that_no_table_can_hold_is_refused(name: str) -> None:
    with pytest.raises(UserError, match=r"its name (has a quote|is not UTF-8)") as caught:
        own_program(Path(name))
    assert "rename" in caught.value.remedy


def test_programs_of_other_names_have_other_names() -> None:
    assert program_name("usual_name-1.2") == "usual_name-1.2"
    stems = ["a b", "a_b", "a-b", "a\u00e4b", "n" * 200, "n" * 201, ".x", ""]
    names = [program_name(stem) for stem in stems]
    assert len(set(names)) == len(stems)
    assert all(len(name) <= 64 and name.isascii() and " " not in name for name in names)
