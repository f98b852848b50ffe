"""The guest as the first process of a board on a serial line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack

from zxhil.abi.arch import Arch
from zxhil.live.kernel import Connect
from zxhil.live.line import GuestLine
from zxhil.live.program import COALESCE, build_live
from zxhil.machine.listen import End
from zxhil.push.line import Logged
from zxhil.push.port import SerialLine
from zxhil.push.transport import Job
from zxhil.push.uart import Board, Uart
from zxhil.trace.events import Event


def on_board(
    board: Board,
    arch: Arch,
    seconds: float,
    say: Callable[[str], None],
    holds: Mapping[str, bool | None] | None = None,
) -> Connect:
    """Return a connector that powers the board on and waits for the guest, or finds a running one.

    Without a power command the board's owner starts the guest: `say` asks a person
    to, and leaving it lets it go on listening. Raises as `Uart` does.
    """
    program = build_live(arch, holds=holds)
    powered = board.power is not None
    before: list[None] = []

    def connect(stack: ExitStack, on_event: Callable[[Event], None]) -> GuestLine:
        uart = Uart(board)
        stack.callback(uart.close)
        log = stack.enter_context(Logged(board.logs, "live"))
        load = Job(program, (0,), "live")
        stream = _Stream(uart, uart.begin(load)[0], log)
        nonce = uart.nonce(load)
        line = GuestLine(stream, arch, stream.ended, on_event, stays=not powered, nonce=nonce)
        again = bool(before)
        before.append(None)

        def silent() -> None:
            say(f"{board.port.url} is silent: power the board on, or power-cycle it")

        if again and not powered:
            silent()
        line.start(seconds, ask=not powered and not again, silent=silent)
        return line

    return connect


class _Stream:
    """The port, reopened if it disappears when the board is powered on."""

    def __init__(self, uart: Uart, port: SerialLine, log: Logged) -> None:
        self._uart = uart
        self._log = log
        self._port = port
        self._heard = False
        port.coalesce = COALESCE

    def read(self, deadline: float) -> bytes | None:
        chunk = self._port.read(deadline)
        if chunk == b"" and not self._heard and self._uart.board.power is not None:
            self._port = self._uart.reopened()
            self._port.coalesce = COALESCE
            return None
        self._heard = self._heard or bool(chunk)
        return None if chunk is None else self._log.keep(chunk)

    def write(self, data: bytes) -> None:
        self._port.write(data)

    def ended(self) -> End:
        return self._port.ended()
