"""A program that takes QEMU's place: it connects as QEMU does and then runs a few given lines."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from zxhil.abi.arch import Arch
from zxhil.machine.boot import Boot
from zxhil.machine.params import params_for

_PROLOGUE = """\
#!{python} -IS
import os, re, signal, socket, sys, time
def option(name):
    for word in sys.argv:
        found = re.match("(socket|pipe),id=" + name + ",path=(.*)", word)
        if found:
            return found[2].replace(",,", ",")
class Serial:
    def __init__(self):
        self.out = os.open(option("serial") + ".out", os.O_RDWR)
        self.into = os.open(option("serial") + ".in", os.O_RDWR)
    def sendall(self, data):
        while data:
            data = data[os.write(self.out, data):]
    def recv(self, size):
        return os.read(self.into, size)
    def close(self):
        os.close(self.out)
        os.close(self.into)
serial = None
def connect(name):
    global serial
    if name == "serial":
        serial = Serial()
        return serial
    made = socket.socket(socket.AF_UNIX)
    made.connect(option(name))
    return made
"""


@pytest.fixture
def fake_qemu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Boot]:
    """Give a function that installs a QEMU made of Python lines and returns what to boot."""

    def install(lines: str) -> Boot:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        text = _PROLOGUE.format(python=sys.executable) + textwrap.dedent(lines)
        for arch in Arch:
            program = folder / params_for(arch).binary
            program.write_text(text)
            program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        return Boot(Arch.X64, tmp_path / "kernel", tmp_path / "initrd")

    return install


@pytest.fixture
def no_qemu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Boot:
    """Take every QEMU out of PATH."""
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    return Boot(Arch.X64, tmp_path / "kernel", tmp_path / "initrd")
