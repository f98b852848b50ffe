"""The guest as a program started by a booted system's shell."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from zxhil.abi.arch import Arch
from zxhil.live.kernel import Connect
from zxhil.live.line import GoneError, GuestLine
from zxhil.live.program import COALESCE
from zxhil.machine.listen import End, EndKind, kernel_failed
from zxhil.machine.machine import Machine
from zxhil.push.console import Boards, ShellLine, Systems, binary_path
from zxhil.push.line import Logged, MachineLine
from zxhil.push.shell import Answers, KernelFailedError, NoAnswerError
from zxhil.push.transport import new_nonce
from zxhil.trace.events import Event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zxhil.push.line import DuplexStream as Port

_COMMAND = f"/boot/{binary_path('live')}"
_NOT_FOUND = 127
# A console that does not answer may never do so; another machine takes a second.
_TRIES = 2

#: Opens a line to a shell that is there or coming, until the block is left.
Opens = Callable[[], AbstractContextManager[ShellLine]]


def machines(systems: Systems, logs: Path) -> Opens:
    """Each a machine of ours with the user's whole system."""

    @contextmanager
    def opened() -> Iterator[ShellLine]:
        with Machine(systems.boot(), logs, "live", coalesce=COALESCE) as machine:
            yield ShellLine(MachineLine(machine), booting=True)

    return opened


def board(boards: Boards, powered: bool, logs: Path) -> Opens:
    """A board with a shell on its serial line; `powered`: opening it switches the board on."""

    @contextmanager
    def opened() -> Iterator[ShellLine]:
        line = boards.start()
        try:
            with Logged(logs, "live") as log:
                yield ShellLine(_Kept(line, log), booting=powered)
        finally:
            line.close()

    return opened


def at_shell(opens: Opens, arch: Arch, seconds: float, tries: int = _TRIES) -> Connect:
    """Return what starts the guest there. It raises GoneError if no shell answers `tries` times."""

    def connect(stack: ExitStack, on_event: Callable[[Event], None]) -> GuestLine:
        for number in range(tries):
            with ExitStack() as attempt:
                shell_line = attempt.enter_context(opens())
                try:
                    nonce = new_nonce()
                    program = _start(shell_line, seconds / tries, nonce)
                except NoAnswerError as unanswered:
                    if number + 1 < tries:
                        continue
                    problem = f"no shell answered on the console within {seconds:g} s"
                    raise GoneError(f"{problem} ({unanswered})") from None
                line = GuestLine(program, arch, program.ended, on_event, nonce=nonce)
                line.start(seconds)
                stack.enter_context(attempt.pop_all())
                return line
        raise AssertionError("unreachable: the last try returns or raises")

    return connect


def _start(shell_line: ShellLine, seconds: float, nonce: int) -> _Program:
    deadline = time.monotonic() + seconds
    shell = shell_line.shell
    try:
        if shell_line.booting:
            shell.await_prompt(deadline)
        shell.greet(deadline)
        shell.take()
        return _Program(shell_line.line, shell.start(f"{_COMMAND} nonce={nonce:x}"))
    except KernelFailedError as failed:
        end = kernel_failed(failed.event) if failed.event else shell_line.line.ended()
        raise GoneError(end.text, end.evidence) from None


class _Program:
    """The line while the program has it; its end is that of the program's process."""

    def __init__(self, line: Port, answers: Answers) -> None:
        self._line = line
        self._answers = answers

    def read(self, deadline: float) -> bytes | None:
        if self._answers.ended:
            return b""
        chunk = self._line.read(deadline)
        if chunk:
            self._answers.feed(chunk)
        return chunk

    def write(self, data: bytes) -> None:
        self._line.write(data)

    def ended(self) -> End:
        if not self._answers.ended:
            return self._line.ended()
        status = self._answers.status
        if status == _NOT_FOUND:
            return End(EndKind.EXITED, f"the shell does not find {_COMMAND}: add it to the image")
        how = "" if status is None else f" (exit status {status})"
        return End(EndKind.EXITED, f"the guest's process ended{how}", exit_code=status)


class _Kept:
    """A port whose bytes are kept in a log."""

    def __init__(self, port: Port, log: Logged) -> None:
        self._port = port
        self._log = log

    @property
    def command(self) -> tuple[str, ...]:
        return self._port.command

    def read(self, deadline: float) -> bytes | None:
        chunk = self._port.read(deadline)
        return None if chunk is None else self._log.keep(chunk)

    def write(self, data: bytes) -> None:
        self._port.write(data)

    def ended(self) -> End:
        return self._port.ended()

    def interrupt(self) -> None:
        self._port.interrupt()

    def close(self) -> None:
        self._port.close()
