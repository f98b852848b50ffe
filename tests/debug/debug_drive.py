"""Drive ``zxhil run --gdb`` and a real gdb in terminals."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pexpect

SECONDS = 100
PROMPT = r"\(gdb\) "


class DebugSession:
    """A run that waits for gdb, and the gdb that attaches with the line that it printed."""

    def __init__(self, folder: Path, words: Sequence[str]) -> None:
        command = ["-c", "from zxhil.cli import main; main()", "run", "--gdb", *words]
        self.run = self._spawn(sys.executable, command, folder)
        self.run.expect(r"\r\n  (gdb\S*) (-q -x \S+\.gdb)\r\n")
        program, line = self.run.match.groups()
        plain = [
            "-iex",
            "set pagination off",
            "-iex",
            "set style enabled off",
            "-iex",
            "set width 0",
            "-iex",
            "set confirm off",
        ]
        self.gdb = self._spawn(program, [*plain, *line.split()], folder)
        self.gdb.expect(PROMPT)
        self.attached: str = self.gdb.before

    @staticmethod
    def _spawn(program: str, words: list[str], folder: Path) -> Any:
        return pexpect.spawn(program, words, cwd=folder, encoding="utf-8", timeout=SECONDS)

    def ask(self, command: str) -> str:
        """Run a gdb command; return what it prints."""
        self.gdb.sendline(command)
        self.gdb.expect(PROMPT)
        return str(self.gdb.before)

    def end(self, command: str) -> tuple[int, str]:
        """End the session by this command: the run's exit code, and what it printed since."""
        self.gdb.sendline(command)
        return self.ended()

    def ended(self) -> tuple[int, str]:
        """Wait for the run's end."""
        self.run.expect(pexpect.EOF)
        said = str(self.run.before)
        self.run.close()
        self.gdb.close(force=True)
        return self.run.exitstatus, said
