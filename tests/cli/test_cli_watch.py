"""``zxhil run --watch``: what a change concerns, and a whole session."""

from __future__ import annotations

import sys
from pathlib import Path

import pexpect
import pytest
from click.testing import CliRunner
from zxhil.cli import cli
from zxhil.errors import UserError
from zxhil.run.changes import Inputs, wait_for_change
from zxhil.run.plan import sources
from zxhil.shipped import GUEST_TESTS

CASE = """\
#include "zxtest.h"
CASE(closes, "handle_close/invalid_is_fine") {
    zx_handle_close(ZX_HANDLE_INVALID);
}
"""
OTHER = CASE.replace("closes", "creates").replace(
    "    zx_h", "    zx_handle_t h = 0;\n    zx_event_create(0, &h);\n    zx_h"
)


def _write(tests: Path) -> Path:
    tests.mkdir()
    (tests / "closing.c").write_text(CASE)
    (tests / "creating.c").write_text(OTHER)
    return tests


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two programs."""
    return _write(tmp_path / "tests")


@pytest.fixture(scope="module")
def same(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two programs that no test changes: they are built once."""
    return _write(tmp_path_factory.mktemp("same") / "tests")


@pytest.mark.parametrize(
    ("changed", "concerned"),
    [
        ("tests/closing.c", ["closing"]),
        ("tests/gone.c", []),
        ("tests/shared.h", None),
        ("pages/event_create.md", ["creating"]),
        ("pages/zx_event_create.md", ["creating"]),
        ("pages/handle_close.md", ["closing", "creating"]),
        ("pages/channel_read.md", []),
        ("pages/rights.md", None),
        ("image/kernel.zbi", None),
    ],
)
def test_change_concerns_the_programs_that_it_can_change(
    same: Path, changed: str, concerned: list[str] | None
) -> None:
    home = same.parent
    inputs = Inputs(str(same), home / "pages", home / "image")
    programs = inputs.programs()
    assert inputs.concerned({(home / changed).resolve()}, programs) == concerned


def test_rule_of_a_call_concerns_the_programs_that_make_it(same: Path) -> None:
    inputs = Inputs(str(same))
    programs = inputs.programs()
    pages = inputs.rules / "model" / "pages"
    assert inputs.concerned({pages / "event_create.py"}, programs) == ["creating"]
    assert inputs.concerned({pages / "event_create.py", same / "closing.c"}, programs) == [
        "closing",
        "creating",
    ]
    assert inputs.concerned({inputs.rules / "model" / "judge.py"}, programs) is None
    assert inputs.concerned({GUEST_TESTS / "rt" / "main.c"}, programs) is None


def test_changed_new_and_removed_files_are_seen_when_they_have_settled(folder: Path) -> None:
    inputs = Inputs(str(folder), rules=folder)
    programs = inputs.programs()
    before = inputs.state(programs)
    assert {folder / "closing.c", folder / "creating.c"} <= before.keys()
    naps = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 1:
            (folder / "closing.c").write_text(CASE + "\n")
        elif len(naps) == 2:
            (folder / "creating.c").unlink()
            (folder / "new.c").write_text(OTHER)

    changed = wait_for_change(lambda: inputs.state(programs), before, sleep)
    assert {path.name for path in changed} == {"closing.c", "creating.c", "new.c"}
    assert len(naps) == 3


def test_only_builds_the_named_programs(folder: Path) -> None:
    (folder / "creating.c").write_text(OTHER + "no C")
    words = ["run", "-q", "--arch", "x64", "--tests", str(folder), "--only", "closing"]
    assert [each.name for each in sources(str(folder))] == ["closing", "creating"]
    done = CliRunner().invoke(cli, [*words, "--log-dir", str(folder / "logs")])
    assert "1 case, 1 call judged" in done.output


@pytest.mark.parametrize("words", [["--log-dir", "x"], ["--gdb"]])
def test_watch_of_one_run_is_refused(words: list[str]) -> None:
    done = CliRunner().invoke(cli, ["run", "--watch", *words])
    assert isinstance(done.exception, UserError)
    assert words[0] in done.exception.problem


def test_session_goes_on_after_an_error_and_ends_at_an_interrupt(folder: Path) -> None:
    code = "from zxhil.cli import main; main()"
    words = ["run", "-q", "--watch", "--arch", "x64", "--tests", str(folder)]
    session = pexpect.spawn(
        sys.executable, ["-c", code, *words], cwd=folder.parent, encoding="utf-8", timeout=60
    )
    session.expect("2 cases, 3 calls judged")
    session.expect("watching .* files")
    (folder / "closing.c").write_text(CASE + "/* changed */\n")
    session.expect(r"closing\.c changed: closing\r\n")
    session.expect("1 case, 1 call judged")
    session.expect("watching")
    (folder / "creating.c").write_text(OTHER.replace("&h", "&"))
    session.expect(r"creating\.c changed: creating\r\n")
    session.expect("does not build")
    session.expect("watching")
    (folder / "creating.c").write_text(OTHER)
    session.expect("1 case, 2 calls judged")
    session.expect("watching")
    session.sendintr()
    session.expect(pexpect.EOF)
    session.close()
    assert session.exitstatus == 130
