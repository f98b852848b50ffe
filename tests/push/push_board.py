"""A board on a desk: stand-in machines behind a serial line that is slow, noisy, or loses bytes.

`Board` owns a port that stays (a pty or a TCP server); its power switch is a pair of FIFOs, so that
a power command of ``sh`` alone works it. Each power cycle boots the image that it is given.
"""

from __future__ import annotations

import os
import select
import socket
import threading
import time
import tty
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from push_rfc2217 import Server
from zxhil.machine.boot import Boot
from zxhil.machine.machine import Machine

#: What to do to the bytes on their way: (bytes, how many went before) to bytes.
Spoil = Callable[[bytes, int], bytes]


def sound(data: bytes, before: int) -> bytes:
    return data


class Board:
    """A board; `speed` in bytes a second (0: as fast as it goes).

    `kind` is "pty", "tcp", "rfc2217", or "own power" for a TCP connection that breaks when it is
    switched.
    """

    def __init__(
        self, folder: Path, boot: Boot, kind: str = "pty", speed: int = 0, spoil: Spoil = sound
    ) -> None:
        folder.mkdir()
        self._folder = folder
        self._boot = boot
        self._own_power = kind == "own power"
        self._speed = speed
        self._spoil = spoil
        self._sent = 0
        self.boots = 0
        self._telnet = Server() if kind == "rfc2217" else None
        if self._telnet is not None:
            self.url, self._sink = self._telnet.url, -1
        else:
            self._sink = self._open_pty() if kind == "pty" else self._open_tcp()
        for name in ("off", "on"):
            os.mkfifo(folder / name)
        self._control = threading.Thread(target=self._obey, daemon=True)
        self._control.start()

    @property
    def power_command(self) -> str:
        """Switch it: the answer comes when the machine runs."""
        return f'echo "$ZXHIL_ZBI" > {self._folder}/off && read answer < {self._folder}/on'

    def _open_pty(self) -> int:
        master, slave = os.openpty()
        tty.setraw(slave)
        self.url = os.ttyname(slave)
        self._held = slave
        os.set_blocking(master, False)
        return master

    def _open_tcp(self) -> int:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"socket://127.0.0.1:{self._server.getsockname()[1]}"
        return -1

    def _obey(self) -> None:
        """Switch to the image of each line that comes, until an empty one does."""
        off = threading.Event()
        running: threading.Thread | None = None
        while True:
            with (self._folder / "off").open() as fifo:
                zbi = fifo.readline().strip()
            off.set()
            if running is not None:
                running.join()
            if not zbi:
                return
            off = threading.Event()
            running = threading.Thread(target=self._live, args=(Path(zbi), off), daemon=True)
            running.start()
            with (self._folder / "on").open("w") as fifo:
                fifo.write("on\n")

    def _live(self, zbi: Path, off: threading.Event) -> None:
        """One machine from its start until it ends, or is switched off."""
        if self._own_power and self._sink >= 0:
            os.close(self._sink)
            self._sink = -1
        if self._sink < 0 and self._telnet is None:
            self._sink = self._server.accept()[0].detach()
            os.set_blocking(self._sink, False)
        name = f"boot{self.boots}"
        self.boots += 1
        with Machine(replace(self._boot, initrd=zbi), self._folder, name) as machine:
            while not off.is_set():
                chunk = machine.read(time.monotonic() + 0.05)
                if chunk == b"":
                    return
                self._pass_on(chunk or b"", off)

    def _pass_on(self, chunk: bytes, off: threading.Event) -> None:
        size = max(1, self._speed // 100) if self._speed else max(1, len(chunk))
        for start in range(0, len(chunk), size):
            piece = chunk[start : start + size]
            spoiled = self._spoil(piece, self._sent)
            self._sent += len(piece)
            if self._telnet is not None:
                self._telnet.say(spoiled)
                continue
            # It can be switched off even while its output is not read.
            while spoiled and not off.is_set():
                if select.select([], [self._sink], [], 0.05)[1]:
                    with suppress(BlockingIOError):
                        spoiled = spoiled[os.write(self._sink, spoiled) :]
            if self._speed:
                time.sleep(0.01)

    def close(self) -> None:
        (self._folder / "off").write_text("\n")
        self._control.join()
        if self._telnet is not None:
            self._telnet.close()
        if self._sink >= 0:
            os.close(self._sink)
