"""The C of a case, as it stands in its file; generated cases as if somebody had written them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from zxhil.guest.baseline.files import PREFIX
from zxhil.guest.cases import Case
from zxhil.guest.source import Program

_MARK = re.compile(r"^#line .*\n", re.MULTILINE)
_MACRO = re.compile(r"\w+")


def case_source(program: Program, case: Case) -> str:
    """The lines of C that make a case, and the macro that does if it is not CASE itself.

    Empty if its file is not there any more.
    """
    if program.name.startswith(PREFIX):
        (path,) = program.files
        lines = _MARK.sub("", path.read_text(encoding="utf-8")).splitlines()
        start = next(at for at, line in enumerate(lines) if line.startswith(f"CASE({case.name},"))
        return "\n".join(_statement(lines, start))
    path = next((path for path in program.files if path.name == Path(case.file).name), Path())
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    if case.line > len(lines):
        return ""
    used = list(_statement(lines, case.line - 1))
    return "\n".join([*_definition(lines, used[0]), *used])


def _statement(lines: list[str], start: int) -> Iterator[str]:
    """From a line to the one in which all parentheses and braces are closed again."""
    depth = 0
    for line in lines[start:]:
        yield line
        depth += sum(line.count(char) for char in "({") - sum(line.count(char) for char in ")}")
        if depth <= 0 and line.rstrip().endswith(("}", ")", ";")):
            return


def _definition(lines: list[str], use: str) -> Iterator[str]:
    """The macro that a line uses, if the file defines it, and an empty line."""
    name = _MACRO.match(use)
    head = re.compile(rf"#\s*define\s+{name[0] if name else ''}\(")
    start = next((at for at, line in enumerate(lines) if head.match(line)), len(lines))
    for line in lines[start:]:
        yield line
        if not line.endswith("\\"):
            yield ""
            return
