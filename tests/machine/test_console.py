"""The console: bytes through and back, the escape key, and each end."""

from __future__ import annotations

import os
import pty
import select
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from zxhil.machine.boot import Boot
from zxhil.machine.console import converse, raw_terminal
from zxhil.machine.machine import Machine

Install = Callable[[str], Boot]

ECHO = """
connect("serial").sendall(b"$ ")
while True:
    got = serial.recv(100)
    serial.sendall(b"<" + got + b">")
    if b"q" in got:
        sys.exit(31)
"""


@pytest.fixture
def ends() -> tuple[int, int, int, int]:
    """Give (what the console reads, our side of it, our side of what it writes, and that)."""
    source, typed = os.pipe()
    shown, sink = os.pipe()
    return source, typed, shown, sink


def test_bytes_go_both_ways_until_the_guest_ends(
    fake_qemu: Install, tmp_path: Path, ends: tuple[int, int, int, int]
) -> None:
    source, typed, shown, sink = ends
    os.write(typed, b"\x03\xff q")
    with Machine(fake_qemu(ECHO), tmp_path) as machine:
        assert converse(machine, source, sink)
        assert machine.wait_exit() == 31
    assert os.read(shown, 1000) == b"$ <\x03\xff q>"
    assert (tmp_path / "00.serial").read_bytes() == b"$ <\x03\xff q>"


def test_the_escape_key_ends_it(ends: tuple[int, int, int, int]) -> None:
    source, typed, _, sink = ends
    os.write(typed, b"abc\x1dq")
    written: list[bytes] = []

    class Quiet:
        def read(self, deadline: float, also: int | None) -> None:
            assert also == source

        def write(self, data: bytes) -> None:
            written.append(data)

    assert not converse(cast(Machine, Quiet()), source, sink)
    assert written == [b"abc"], "what comes after the key is not for the guest"


def test_the_end_of_input_is_not_the_end(
    fake_qemu: Install, tmp_path: Path, ends: tuple[int, int, int, int]
) -> None:
    source, typed, shown, sink = ends
    os.close(typed)
    boot = fake_qemu('connect("serial"); time.sleep(0.1); serial.sendall(b"late"); sys.exit(31)')
    with Machine(boot, tmp_path) as machine:
        assert converse(machine, source, sink)
    assert os.read(shown, 1000) == b"late"


def test_a_file_as_input(
    fake_qemu: Install, tmp_path: Path, ends: tuple[int, int, int, int]
) -> None:
    (tmp_path / "keys").write_bytes(b"q")
    source = os.open(tmp_path / "keys", os.O_RDONLY)
    with Machine(fake_qemu(ECHO), tmp_path) as machine:
        assert converse(machine, source, ends[3])
    os.close(source)


def test_terminal_is_raw_and_then_restored() -> None:
    _, terminal = pty.openpty()
    before = termios.tcgetattr(terminal)
    with pytest.raises(RuntimeError), raw_terminal(terminal):
        assert not termios.tcgetattr(terminal)[3] & (termios.ISIG | termios.ECHO | termios.ICANON)
        raise RuntimeError
    assert termios.tcgetattr(terminal) == before


def test_stream_that_is_not_a_terminal_is_unchanged(ends: tuple[int, int, int, int]) -> None:
    with raw_terminal(ends[0]):
        pass


def test_the_command_on_a_terminal(fake_qemu: Install, tmp_path: Path) -> None:
    """`zxhil console` as a person has it: a prompt, Ctrl-C to the guest, Ctrl-] at the end."""
    boot = fake_qemu(ECHO)
    script = (
        "import sys\nfrom pathlib import Path\nfrom zxhil.abi.arch import Arch\n"
        "from zxhil.cli.console import _run\nfrom zxhil.machine.boot import Boot\n"
        f"_run(Boot(Arch.X64, Path({str(boot.kernel)!r}), Path({str(boot.initrd)!r})),"
        f" Path({str(tmp_path)!r}))\n"
    )
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["PYTHONPATH"] = str(Path(__file__).parents[2] / "harness")
        os.execv(sys.executable, [sys.executable, "-c", script])
    shown = read_until(terminal, b"$ ")
    assert b"Ctrl-] ends the machine" in shown
    os.write(terminal, b"\x03")
    read_until(terminal, b"<\x03>")
    os.write(terminal, b"\x1d")
    read_until(terminal, b"ended by the user")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.close(terminal)


def read_until(fd: int, wanted: bytes) -> bytes:
    data = b""
    end = time.monotonic() + 20
    while wanted not in data:
        assert select.select([fd], [], [], max(0, end - time.monotonic()))[0], data
        data += os.read(fd, 1000)
    return data
