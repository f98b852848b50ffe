"""The file of a history: open, check, create, and turn SQLite's errors into zxhil's.

Several processes may write at once: each run is one transaction, and a writer waits for the others
`WAIT` seconds. A writer that is killed leaves SQLite's journal, from which the next one restores
the state before. Journal mode DELETE: the history is one file, which may be copied when nobody
writes, and may lie on a network file system that locks.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from zxhil.errors import MachineError, UserError, ZxhilError
from zxhil.history.schema import APPLICATION_ID, STATEMENTS, VERDICTS, VERSION
from zxhil.plain import plain

#: Seconds that a writer waits for the others.
WAIT = 60.0
#: It has STRICT tables.
_OLDEST = 3, 37
_HEADER = b"SQLite format 3\0"
_GIVE_HISTORY = "give a file that `zxhil history add --db` made"


class History:
    """An open history. Made by `open_history`; statements run inside `reading` or `writing`."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self._connection.execute(sql, values).fetchall()

    def named_rows(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        """All rows of a query whose parameters have names."""
        return self._connection.execute(sql, values).fetchall()

    def one(self, sql: str, *values: object) -> Any:
        """The first column of the first row; None if there is none."""
        found = self._connection.execute(sql, values).fetchone()
        return None if found is None else found[0]

    def insert(self, sql: str, *values: object) -> int:
        """Insert a row; return its id."""
        return self._connection.execute(sql, values).lastrowid or 0

    def many(self, sql: str, rows: Sequence[Sequence[object] | Mapping[str, object]]) -> None:
        """Run a statement for each row."""
        self._connection.executemany(sql, rows)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One state of the history for several queries, whoever writes meanwhile."""
        with self._transaction("BEGIN"):
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction: all of the block, or nothing of it."""
        with self._transaction("BEGIN IMMEDIATE"):
            yield

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        connection = self._connection
        with errors_of(self.path):
            connection.execute(begin)
            try:
                yield
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")


@contextmanager
def open_history(path: Path, *, create: bool = False) -> Iterator[History]:
    """Open a history; `create` it if there is no file.

    Raises UserError if it is none, of another version, or damaged; MachineError if the host
    can't read or write it.
    """
    if sqlite3.sqlite_version_info < _OLDEST:
        oldest = ".".join(map(str, _OLDEST))
        problem = f"SQLite {sqlite3.sqlite_version} is too old for a history"
        raise MachineError(f"{problem}: install Python with SQLite {oldest} or newer")
    _must_be_file(path, create)
    with errors_of(path):
        mode = "rwc" if create else "rw"
        name = f"file:{quote(os.fsencode(path.absolute()))}?mode={mode}"
        opened = sqlite3.connect(name, uri=True, timeout=WAIT, isolation_level=None)
    with closing(opened) as connection:
        history = History(path, connection)
        with errors_of(path):
            # What a stranger's file defines runs no function with a side effect.
            connection.execute("PRAGMA trusted_schema=OFF")
            connection.execute("PRAGMA foreign_keys=ON")
            if create and not history.one("SELECT count(*) FROM sqlite_master"):
                _make(history)
            _check(history)
        yield history


def _must_be_file(path: Path, create: bool) -> None:
    if not os.path.lexists(path):
        if not create:
            raise UserError(str(path), "does not exist", _GIVE_HISTORY)
        if not path.absolute().parent.is_dir():
            raise UserError(
                str(path),
                "can't be created: its folder does not exist",
                f"create it first: mkdir -p {path.parent}",
            )
        return
    if not path.is_file():
        raise UserError(str(path), "is not a regular file", _GIVE_HISTORY)
    with path.open("rb") as file:
        head = file.read(len(_HEADER))
    # SQLite writes the head last; a writer that was killed before leaves an empty file.
    if head != _HEADER and not (create and not head):
        raise UserError(str(path), "is not an SQLite file", _GIVE_HISTORY)


def _make(history: History) -> None:
    with history.writing():
        if history.one("SELECT count(*) FROM sqlite_master"):
            return  # Another process was faster.
        for statement in STATEMENTS:
            history.insert(statement)
        words = [(number, verdict.value) for number, verdict in VERDICTS.items()]
        history.many("INSERT INTO verdict_word VALUES(?, ?)", words)
        history.insert(f"PRAGMA application_id={APPLICATION_ID}")
        history.insert(f"PRAGMA user_version={VERSION}")


def _check(history: History) -> None:
    """Raise UserError unless the tables are those of this version."""
    place = str(history.path)
    if history.one("PRAGMA application_id") != APPLICATION_ID:
        raise UserError(place, "is an SQLite file, but not a history", _GIVE_HISTORY)
    version = history.one("PRAGMA user_version")
    if version > VERSION:
        raise UserError(
            place,
            f"is a history of version {version}; this zxhil reads version {VERSION}",
            "update zxhil",
        )
    if version < VERSION:
        raise UserError(
            place,
            f"is a history of version {version}; this zxhil writes version {VERSION}",
            "add the runs' JSON reports to a new file",
        )
    stored = {_sql(sql) for (sql,) in history.rows("SELECT sql FROM sqlite_master WHERE sql > ''")}
    missing = [each.split("(")[0] for each in STATEMENTS if _sql(each) not in stored]
    if missing:
        raise UserError(place, f"was changed: no {plain(missing[0])}", _GIVE_HISTORY)
    if history.one("SELECT count(*) FROM sqlite_master WHERE type='trigger'"):
        raise UserError(place, "was changed: it has triggers", _GIVE_HISTORY)
    # It checks the pages of the file, and each value against its column's type and condition.
    if (problem := history.one("PRAGMA quick_check(1)")) != "ok":
        raise _damaged(place, plain(str(problem)))
    # Other programs delete rows without a look at those that refer to them.
    if lost := history.rows("PRAGMA foreign_key_check"):
        raise _damaged(
            place, f"rows of the table {plain(str(lost[0][0]))} refer to rows that are gone"
        )


def _sql(statement: str) -> str:
    """A statement for comparison: the first files do not name the column of a reference."""
    return statement.replace("(id)", "")


def _damaged(place: str, problem: str) -> UserError:
    return UserError(
        place,
        f"is damaged: {problem}",
        "restore a copy, or add the runs' JSON reports to a new file",
    )


@contextmanager
def errors_of(path: Path) -> Iterator[None]:
    """Raise SQLite's errors about the file as UserError or MachineError."""
    try:
        yield
    except sqlite3.Error as error:
        found = _translated(path, error)
        if found is None:
            raise
        raise found from error


def _translated(path: Path, error: sqlite3.Error) -> ZxhilError | None:
    """None for an error that only a bug in zxhil can have caused."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    text = plain(str(error))
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CONSTRAINT):
        return _damaged(str(path), text)
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        remedy = "give a file and a folder that you can write"
        return UserError(str(path), f"can't be opened for writing: {text}", remedy)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return MachineError(f"{path}: another process has been writing for {WAIT:.0f} s")
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOLFS):
        return MachineError(f"{path}: can't be written: {text}; nothing of this run was added")
    if code == sqlite3.SQLITE_NOMEM:
        return MachineError("this host: out of memory for zxhil")
    return None
