"""A board on a desk: a pty, and behind it a stand-in machine that is talked with."""

from __future__ import annotations

import os
import re
import select
import threading
import time
import tty
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from zxhil.abi.arch import Arch
from zxhil.live.kernel import LiveKernel
from zxhil.live.transports import boot_image, transport_to
from zxhil.machine.boot import Boot
from zxhil.machine.machine import Machine
from zxhil.machine.params import params_for
from zxhil.standin import build as build_standin
from zxhil.target.model import LimitKeys, SerialKeys, Target

Place = Callable[..., "Desk"]
Say = Callable[[str], None]

_TYPED = re.compile(r"(?:(/\S+) nonce=([0-9a-f]+); )?echo zx'(hil-\w+)'(=\$\?)?")
NOT_FOUND = 127


class Desk:
    """`url` is the port. It is switched on by `switch_on`, or by `power_command`.

    `shell`: there is a shell, whose program `bin` runs on the machine. `image`: what is booted, the
    stand-in by default; for `transport` "console" it has a shell of its own. The caller ends it.
    """

    def __init__(
        self,
        arch: Arch,
        folder: Path,
        shell: bool = False,
        bin: str = "live",
        image: Path | None = None,
        transport: str = "uart",
    ) -> None:
        self._folder = folder
        folder.mkdir()
        image = image or build_standin(arch)
        self._target = Target(transport=transport, image=image, serial=SerialKeys("none"))
        data, kernel = boot_image(self._target, folder)
        (folder / "first.zbi").write_bytes(data)
        extra = params_for(arch).system if transport == "console" else ()
        self._boot = Boot(arch, kernel, folder / "first.zbi", memory_mib=512, extra=extra)
        self._shell = shell
        self._bin = f"/boot/bin/zxhil-{bin}"
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.url = os.ttyname(self._slave)
        self.boots = 0
        self._on = threading.Event()
        self._ended = False
        for name in ("off", "on"):
            os.mkfifo(folder / name)
        self._threads = [threading.Thread(target=t) for t in (self._live, self._obey)]
        for thread in self._threads:
            thread.start()
        if shell:
            self._say(b"$ ")

    @property
    def power_command(self) -> str:
        return f'echo "$ZXHIL_ZBI" > {self._folder}/off && read answer < {self._folder}/on'

    def switch_on(self) -> None:
        self._on.set()

    def await_text(self, text: bytes) -> None:
        """Wait until the machine has printed this; the port is not read meanwhile."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            logs = self._folder.glob("boot*.serial")
            if any(text in log.read_bytes() for log in logs):
                return
            time.sleep(0.1)
        raise AssertionError(f"the board never said {text!r}")

    def end(self) -> None:
        self._ended = True
        (self._folder / "off").write_text("\n")
        for thread in self._threads:
            thread.join()
        os.close(self._master)
        os.close(self._slave)

    def _obey(self) -> None:
        while not self._ended:
            zbi = (self._folder / "off").read_text().strip()
            if zbi:
                self._boot = replace(self._boot, initrd=Path(zbi))
                self._on.set()
                (self._folder / "on").write_text("on\n")

    def _live(self) -> None:
        typed = ""
        while not self._ended:
            if self._on.is_set():
                self._run()
            typed += self._heard(0.05).decode("ascii", "replace")
            while self._shell and "\r" in typed:
                line, _, typed = typed.partition("\r")
                self._answer(line)

    def _answer(self, line: str) -> None:
        self._say(line.encode() + b"\r\n")
        found = _TYPED.fullmatch(line)
        if found is None:
            self._say(b"what?\r\n$ ")
            return
        status = ""
        if found[1]:
            there = found[1] == self._bin
            if there:
                self._give(int(found[2], 16))
                self._run()
            status = "=0" if there else f"={NOT_FOUND}"
        self._say(f"zx{found[3]}{status}\r\n$ ".encode())

    def _give(self, nonce: int) -> None:
        """Put the nonce into the program, whose next run is on a machine of its own."""
        data, _ = boot_image(self._target, self._folder, nonce)
        (self._folder / "first.zbi").write_bytes(data)

    def _run(self) -> None:
        """One machine, until it ends or is switched on anew."""
        self._on.clear()
        self.boots += 1
        with Machine(self._boot, self._folder, f"boot{self.boots}") as machine:
            while not (self._ended or self._on.is_set()):
                chunk = machine.read(time.monotonic() + 0.001)
                if chunk == b"":
                    return
                self._say(chunk or b"")
                if heard := self._heard(0.001):
                    machine.write(heard)

    def _heard(self, seconds: float) -> bytes:
        ready, _, _ = select.select([self._master], [], [], seconds)
        return os.read(self._master, 4096) if ready else b""

    def _say(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._master, data) :]


class Sitting:
    """A person at the desk, who gets the messages of `say`."""

    def __init__(self, folder: Path, say: Say = print, **keys: object) -> None:
        folder.mkdir(exist_ok=True)
        target = Target(limits=LimitKeys(boot=20, case=15), **keys)  # type: ignore[arg-type]
        transport = transport_to(target, folder, folder, say)
        self.kernel = LiveKernel(transport.connect, transport.seconds)

    def __enter__(self) -> LiveKernel:
        return self.kernel

    def __exit__(self, *error: object) -> None:
        self.kernel.close()
