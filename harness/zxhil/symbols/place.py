"""A place in a source file, as shown in a crash."""

from __future__ import annotations

import posixpath
from typing import NamedTuple


class CodePlace(NamedTuple):
    """A function and its place; `line` is 0 and `file` empty if unknown."""

    function: str
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        if not self.file:
            return self.function
        return f"{self.function} at {self.file}{f':{self.line}' if self.line else ''}"


def source_path(name: str) -> str:
    """A source file's name without the build's folders."""
    path = posixpath.normpath(name)
    while path.startswith("../"):
        path = path[3:]
    return path


def short_function(name: str) -> str:
    """A demangled function without its parameters: the line says which overload it is."""
    head = name.partition("(")[0]
    return head if head and not name.startswith("(") else name
