"""The type of every option and argument that is a path."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from zxhil.errors import UserError
from zxhil.named_file import must_be_writable


class _Path(click.Path):
    """A path as `pathlib` has it; what no file system could hold is refused at once."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> Any:
        if str(value) == "":
            self.fail("is empty; give a path", parameter, context)
        if "\0" in str(value):
            self.fail("contains a NUL character", parameter, context)
        # A shell does this where the tilde stands first in a word, not after "--option=".
        found = Path(os.fsdecode(super().convert(value, parameter, context)))
        try:
            return found.expanduser()
        except RuntimeError:
            return found


class _Output(_Path):
    """A path to write to: that it can be written is seen before the command does anything."""

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> Any:
        path = super().convert(value, parameter, context)
        try:
            must_be_writable(path)
        except UserError as error:
            self.fail(f"{error.place} {error.problem}; {error.remedy}", parameter, context)
        return path


PATH = _Path()
OUTPUT = _Output()
