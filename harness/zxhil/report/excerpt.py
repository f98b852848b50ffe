"""The lines of the serial logs that belong to the calls of a case."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache
from pathlib import Path
from typing import NamedTuple

from zxhil.disk.packed import open_unpacked
from zxhil.errors import UserError
from zxhil.oracle.results import CaseResult
from zxhil.plain import plain
from zxhil.report.runs import LabelledRun

_BEGIN = re.compile(rb"~[0-9a-f]{5}B[0-9a-f]+ ([A-Za-z0-9_]+?)[0-9a-f]{8}\r?\n")
_LONGEST = 2000  # bytes shown of one call's lines


class _Log(NamedTuple):
    content: bytes
    starts: tuple[int, ...]
    names: tuple[str, ...]

    def case_at(self, offset: int) -> str:
        """The name of the case that runs at `offset`; empty before the first."""
        at = bisect_right(self.starts, offset)
        return self.names[at - 1] if at else ""

    def end_of_case(self, offset: int) -> int:
        """Where the next case begins, or the log ends."""
        at = bisect_right(self.starts, offset)
        return self.starts[at] if at < len(self.starts) else len(self.content)


class SerialLogs:
    """A run's serial logs, in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log = cache(self._read)

    def lines(self, run: LabelledRun, case: CaseResult, call: int) -> tuple[str, ...]:
        """The serial lines from a call's record to the next one's; empty if they can't be found.

        Characters other than printable ASCII are escaped. A log in which another case runs at that
        place (that of an earlier or later boot) is skipped.
        """
        calls = case.calls
        offset = calls[call].offset
        for boot in run.boots:
            if boot.program != case.info.program:
                continue
            log = self._log(boot.serial)
            if log is None or log.case_at(offset) != case.info.name:
                continue
            end = calls[call + 1].offset if call + 1 < len(calls) else log.end_of_case(offset)
            part = log.content[offset : min(end, offset + _LONGEST)]
            if part.startswith(b"~"):
                cut = ["…"] if end > offset + _LONGEST else []
                return (*(_shown(line) for line in part.splitlines() if line.strip()), *cut)
        return ()

    def _read(self, name: str) -> _Log | None:
        try:
            with open_unpacked(self.folder, name) as file:
                content = file.read()
        except (OSError, UserError):
            return None
        begins = list(_BEGIN.finditer(content))
        return _Log(
            content,
            tuple(match.start() for match in begins),
            tuple(match[1].decode() for match in begins),
        )


def _shown(line: bytes) -> str:
    return plain(line.decode("ascii", "backslashreplace").rstrip())
