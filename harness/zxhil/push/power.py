"""The user's command that power-cycles a board, and may give it a boot image."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from zxhil.errors import MachineError
from zxhil.plain import plain

_SAID_MAX = 4096


@dataclass(frozen=True, slots=True)
class PowerSwitch:
    """`command` is run by ``/bin/sh`` for at most `seconds`; what it leaves running may stay."""

    command: str
    seconds: float = 60.0

    def cycle(self, variables: Mapping[str, str]) -> None:
        """Run the command with the variables `variables` added to its environment.

        Raises MachineError, with the command's output, if it fails or times out.
        """
        # A file and not a pipe: a program that the command leaves behind would hold a pipe open.
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                ["/bin/sh", "-c", self.command],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                env={**os.environ, **variables},
                start_new_session=True,
            )
            try:
                code = process.wait(self.seconds)
                problem = f"ended with exit code {code}" if code else ""
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                problem = f"did not end within {self.seconds:g} s"
            if problem:
                said.seek(0)
                text = plain(said.read(_SAID_MAX)).strip()
                raise MachineError(f"the power command {problem}: {self.command}", text)
