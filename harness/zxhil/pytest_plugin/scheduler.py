"""The pytest-xdist scheduler: all cases of a program go to one worker, which boots once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from xdist.scheduler import LoadFileScheduling

from zxhil.pytest_plugin.shared import BASELINE
from zxhil.pytest_plugin.sources import source_of


class ByProgram(LoadFileScheduling):  # type: ignore[misc]
    """By program for guest tests, by file for all others."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        if file.rpartition("/")[2] == BASELINE:
            return "::".join(nodeid.split("::")[:2])
        return self._program(file) if file.endswith(".c") else file

    @cache  # noqa: B019 - one scheduler per process
    def _program(self, file: str) -> str:
        path = Path(self.config.rootpath) / file
        return f"{path.parent}/{source_of(path).name}"
