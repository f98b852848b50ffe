"""Where a case stands in the repository."""

from __future__ import annotations

from zxhil.oracle.cases import CaseInfo


def source_place(info: CaseInfo) -> tuple[str, str]:
    """The path and line of a case's C code; the table of a program has the file's name alone.

    A program is made of the files that begin with its name, or of a folder of its name.
    """
    file, _, line = info.source.rpartition(":")
    stem = file.partition(".")[0]
    own = stem == info.program or stem.startswith(f"{info.program}_")
    return f"guest_tests/{file}" if own else f"guest_tests/{info.program}/{file}", line
