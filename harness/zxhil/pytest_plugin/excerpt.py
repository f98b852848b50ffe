"""The part of a serial log that a case wrote."""

from __future__ import annotations

import re

from zxhil.disk.files import open_inside
from zxhil.plain import plain
from zxhil.pytest_plugin.bench import RanCase

_LINES = 40
_TAIL_BYTES = 4096
# A frame: sequence number, length, kind (docs/trace.md). A case begins with B, ends with E or S.
_BEGIN = re.compile(rb"^~[0-9a-f]{5}B", re.MULTILINE)
_END = re.compile(rb"^~[0-9a-f]{5}[ES][^\n]*", re.MULTILINE)


def excerpt(ran: RanCase) -> str:
    """The lines of the serial log from the case's begin to its end.

    Of a case that made no call, and of one that did not come to its end, the log's end is shown.
    """
    try:
        with open_inside(ran.logs, ran.boot.serial) as file:
            data = file.read()
    except OSError as error:
        return f"(the log can't be read: {error.strerror})"
    calls = ran.result.calls
    start, stop = max(0, len(data) - _TAIL_BYTES), len(data)
    if calls and not ran.result.end.is_machine_fault:
        begins = [match.start() for match in _BEGIN.finditer(data, 0, calls[0].offset)]
        end = _END.search(data, calls[-1].offset)
        start = begins[-1] if begins else calls[0].offset
        stop = end.end() if end else len(data)
    lines = [plain(line) for line in data[start:stop].splitlines()]
    if len(lines) > _LINES:
        half = _LINES // 2
        lines = [*lines[:half], f"… {len(lines) - _LINES} lines …", *lines[-half:]]
    return "\n".join(lines)
