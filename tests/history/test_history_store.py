"""A history survives several writers, a killed one, and a full disk; damage is refused."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from history_made import add, content, saved
from run_builders import case, failed
from small_disk import mounted
from zxhil.errors import MachineError, UserError
from zxhil.history import store
from zxhil.history.schema import VERSION
from zxhil.history.store import open_history

TESTS = Path(__file__).resolve().parents[1]
PATHS = os.pathsep.join([str(TESTS), str(TESTS / "history"), *sys.path])

_WRITER = """
import sys
from pathlib import Path
from history_made import add, saved
from run_builders import case
for number in range(4):
    add(Path(sys.argv[1]), saved(case(), began=int(sys.argv[2]) * 4 + number))
"""

# The cache is so small that the transaction is in the file before it is committed.
_KILLED = """
import sys
from pathlib import Path
from zxhil.history.store import open_history
with open_history(Path(sys.argv[1])) as history, history.writing():
    history.insert("PRAGMA cache_size=1")
    history.insert("UPDATE run SET began = 'changed'")
    for number in range(2000):
        history.insert("INSERT INTO crash(title) VALUES(?)", f"{number:0100}")
    print("written", flush=True)
    sys.stdin.read()
"""


def python(code: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *words],
        env={**os.environ, "PYTHONPATH": PATHS},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


def test_several_writers_at_once_lose_nothing(db: Path) -> None:
    writers = [python(_WRITER, str(db), str(number)) for number in range(3)]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0]
    with open_history(db) as history:
        assert history.one("SELECT count(*) FROM run") == 12
        assert history.one("SELECT count(*) FROM trial") == 12
        assert history.one("SELECT count(*) FROM kernel") == 1


def test_killed_writer_leaves_the_state_before(db: Path) -> None:
    add(db, saved(case()))
    before = content(db)
    size = db.stat().st_size
    with python(_KILLED, str(db)) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "written\n"
        assert db.stat().st_size > size, "the test is to kill it in the middle of writing"
        os.kill(writer.pid, signal.SIGKILL)
    assert content(db) == before
    add(db, saved(case(), began=1))
    with open_history(db) as history:
        assert history.one("SELECT count(*) FROM run") == 2


def test_error_inside_a_transaction_changes_nothing(db: Path) -> None:
    add(db, saved(case()))
    before = content(db)
    with open_history(db) as history, pytest.raises(KeyboardInterrupt), history.writing():
        history.insert("DELETE FROM run")
        raise KeyboardInterrupt
    assert content(db) == before


def test_full_disk_is_the_hosts_fault_and_loses_nothing(tmp_path: Path) -> None:
    with mounted(tmp_path / "small", "400k") as folder:
        db = folder / "history.db"
        add(db, saved(case()))
        before = content(db)
        many = [failed(f"channel_write/bad{n}", text=f"{n:0900}") for n in range(400)]
        with pytest.raises(MachineError, match="full") as error:
            add(db, saved(*many, began=1))
        assert "nothing of this run was added" in str(error.value)
        assert content(db) == before
        add(db, saved(case(), began=2))


def test_writer_that_waits_too_long_says_so(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(db, saved(case()))
    monkeypatch.setattr(store, "WAIT", 0.05)
    with open_history(db) as history, history.writing():  # noqa: SIM117 - one inside the other
        with pytest.raises(MachineError, match="another process has been writing"):
            add(db, saved(case(), began=1))


def test_reader_sees_one_state_while_others_write(db: Path) -> None:
    add(db, saved(case()))
    with open_history(db) as history, history.reading():
        assert history.one("SELECT count(*) FROM run") == 1
        other = sqlite3.connect(db, timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("DELETE FROM run")
        other.close()
        assert history.one("SELECT count(*) FROM run") == 1


def refused(path: Path, create: bool = False) -> str:
    with pytest.raises(UserError) as error, open_history(path, create=create):
        pass
    assert str(path) in error.value.place
    assert error.value.remedy
    return error.value.problem


def change(db: Path, *statements: str) -> None:
    connection = sqlite3.connect(db, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("version", [VERSION + 1, VERSION - 1])
def test_other_version_is_refused_and_untouched(db: Path, version: int) -> None:
    add(db, saved(case()))
    change(db, f"PRAGMA user_version={version}")
    before = db.read_bytes()
    assert f"version {version}" in refused(db, create=True)
    assert db.read_bytes() == before


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("DROP VIEW verdicts", "no CREATE VIEW verdicts"),
        ("DROP INDEX verdict_by_clause", "no CREATE INDEX verdict_by_clause"),
        ("ALTER TABLE run RENAME COLUMN host TO guest", "no CREATE TABLE run"),
        ("CREATE TRIGGER t AFTER INSERT ON run BEGIN DELETE FROM run; END", "it has triggers"),
        ("PRAGMA application_id=1", "but not a history"),
    ],
)
def test_changed_tables_are_refused(db: Path, statement: str, problem: str) -> None:
    add(db, saved(case()))
    change(db, statement)
    assert problem in refused(db)


def test_own_tables_and_views_of_the_user_are_no_problem(db: Path) -> None:
    add(db, saved(case()))
    change(db, "CREATE TABLE notes(text)", "CREATE VIEW mine AS SELECT * FROM verdicts")
    assert content(db)


def test_damaged_page_is_refused(db: Path) -> None:
    add(db, saved(*(failed(f"channel_write/bad{n}") for n in range(200))))
    data = bytearray(db.read_bytes())
    for page in range(2, len(data) // 4096):
        data[page * 4096 : page * 4096 + 16] = b"\xff" * 16
    db.write_bytes(data)
    assert "is damaged" in refused(db)


def test_kernel_deleted_by_another_program_is_refused(db: Path) -> None:
    """Its number would go to the next kernel, and with it the runs of this one."""
    add(db, saved(case()))
    change(db, "DELETE FROM kernel")
    assert "refer to rows that are gone" in refused(db)


def test_report_that_has_a_case_twice_is_refused_and_the_history_is_well(db: Path) -> None:
    add(db, saved(case()))
    with pytest.raises(UserError, match=r"has channel_write/plain on x64 2 times"):
        add(db, saved(case(), case(), began=1))
    assert content(db)


def test_verdict_that_does_not_exist_is_refused(db: Path) -> None:
    add(db, saved(case()))
    change(db, "PRAGMA ignore_check_constraints=1", "UPDATE verdict SET verdict_id = 77")
    assert "is damaged" in refused(db)


@pytest.mark.parametrize("content", [b"hello", b"SQLite format 3", b"\0" * 4096])
def test_other_file_is_refused(db: Path, content: bytes) -> None:
    db.write_bytes(content)
    assert "is not an SQLite file" in refused(db, create=True)
    assert db.read_bytes() == content


def test_cut_file_is_refused(db: Path) -> None:
    add(db, saved(*(failed(f"channel_write/bad{n}") for n in range(200))))
    db.write_bytes(db.read_bytes()[:-5000])
    assert "is damaged" in refused(db)


def test_empty_file_of_a_killed_writer_becomes_a_history(db: Path) -> None:
    db.touch()
    assert "is not an SQLite file" in refused(db)
    add(db, saved(case()))
    assert content(db)


def test_folder_and_fifo_are_refused(db: Path, tmp_path: Path) -> None:
    assert "not a regular file" in refused(tmp_path, create=True)
    os.mkfifo(db)
    assert "not a regular file" in refused(db, create=True)


def test_missing_file_and_folder_are_refused(db: Path, tmp_path: Path) -> None:
    assert refused(db) == "does not exist"
    assert not db.exists()
    assert "its folder does not exist" in refused(tmp_path / "no" / "history.db", create=True)


def test_old_sqlite_is_named(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
    with pytest.raises(MachineError, match=r"SQLite 3\.37 or newer"):
        add(db, saved(case()))
    assert not db.exists()


def test_every_reference_names_its_column(db: Path) -> None:
    """Datasette can't show a table whose references do not."""
    add(db, saved(case()))
    with open_history(db) as history:
        tables = [name for (name,) in history.rows("SELECT name FROM sqlite_master")]
        columns = [
            row[4] for name in tables for row in history.rows(f"PRAGMA foreign_key_list({name})")
        ]
    assert len(columns) > 10
    assert set(columns) == {"id"}


def test_every_table_and_column_is_documented(db: Path) -> None:
    text = (TESTS.parent / "docs" / "history.md").read_text()
    sections = dict(zip(*[iter(re.split(r"\| \*\*(\w+)\*\* \|", text)[1:])] * 2, strict=True))
    add(db, saved(case()))
    with open_history(db) as history:
        tables = {
            name: [row[1] for row in history.rows(f"PRAGMA table_info({name})") if row[1] != "id"]
            for (name,) in history.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    assert sections.keys() == tables.keys()
    for name, columns in tables.items():
        assert [each for each in columns if f"`{each}`" not in sections[name]] == [], name
