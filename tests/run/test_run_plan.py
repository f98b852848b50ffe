"""Which programs and cases a run is made of."""

from __future__ import annotations

from pathlib import Path

import pytest
from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.run.plan import check_programs, own_programs, plan, with_absolute_paths

CASES = """
#include "zxtest.h"
CASE(one, "event_create/created") { close_pair(make_event()); }
CASE(two, "event_create/created") { close_pair(make_event()); }
"""


def test_a_users_c_file_is_a_program(tmp_path: Path) -> None:
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


def own_cases(folder: Path) -> Path:
    """A folder of the user's own: two files of one call, one in a folder, one without cases."""
    mine = folder / "mine"
    (mine / "suite").mkdir(parents=True)
    for name in ("event_create.c", "event_create_more.c", "other.c", "suite/a.c"):
        cases = CASES.replace("one", f"{Path(name).stem}_one").replace("two", "two_" + name[0])
        cases = cases if name != "event_create_more.c" else CASES.replace("two", "three")
        (mine / name).write_text(cases)
    (mine / "plain.c").write_text("int unrelated;\n")
    (mine / "suite" / "helper.c").write_text("int helper;\n")
    return mine


def test_users_folder_makes_programs_as_the_shipped_one_does(tmp_path: Path) -> None:
    found = {source.name: source.files for source in own_programs(str(own_cases(tmp_path)))}
    assert {name: [file.name for file in files] for name, files in found.items()} == {
        "event_create": ["event_create.c", "event_create_more.c"],
        "other": ["other.c"],
        "suite": ["a.c", "helper.c"],
    }


def test_users_folder_and_glob_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_cases(tmp_path)
    monkeypatch.chdir(tmp_path)
    tasks = plan([Arch.X64], "mine,support")
    names = {task.program.name for task in tasks}
    assert names == {"event_create", "other", "suite", "support"}
    globbed = {task.program.name for task in plan([Arch.X64], "mine/*_create*.c")}
    assert globbed == {"event_create", "event_create_more"}
    assert [s.name for s in own_programs("m*/sui*")] == ["a"]
    assert with_absolute_paths("mine,support,mine/*.c") == (
        f"{tmp_path}/mine,support,{tmp_path}/mine/*.c"
    )


@pytest.mark.parametrize(
    ("tests", "problem"),
    [
        ("mine/no_*.c", "matches no C file with cases"),
        ("mine/plain", "there is no such file or folder"),
        ("empty", "has no C file with cases"),
        ("mine/other.c,elsewhere/other.c", "two programs have the name other"),
    ],
)
def test_path_without_cases_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tests: str, problem: str
) -> None:
    own_cases(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "other.c").write_text(CASES)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=problem):
        check_programs(tests)


def test_program_of_ours_comes_before_a_folder_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "support").mkdir()
    monkeypatch.chdir(tmp_path)
    check_programs("support")
    assert with_absolute_paths("support") == "support"


def test_list_of_programs_may_be_longer_than_a_path() -> None:
    names = ",".join(["support"] * 100)
    check_programs(names)
    assert with_absolute_paths(names) == names


@pytest.mark.parametrize(
    ("tests", "problem"),
    [
        ("x" * 300, "no program matches"),
        ("x" * 300 + "*", "no program matches"),
        ("x\0y", "no program matches"),
        ("x" * 300 + ".c", "is too long for a path"),
        ("x/" * 3000, "is too long for a path"),
        ("x\0y.c", "contains a NUL character"),
    ],
)
def test_text_that_no_path_can_have_is_refused(tests: str, problem: str) -> None:
    with pytest.raises(UserError, match=problem):
        check_programs(tests)
