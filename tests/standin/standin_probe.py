"""Boots the stand-in with a small first process of its own tests' (guest/probe.c)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from zxhil.abi.arch import Arch
from zxhil.image import bootfs, zbi
from zxhil.image.find import load
from zxhil.image.zbi import Item, ItemType
from zxhil.machine.boot import Boot
from zxhil.machine.machine import Machine
from zxhil.standin import build

# How long a boot may take on a machine that is busy with other things.
_LIMIT = 30.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What one boot wrote, and how QEMU ended: None if it had to be killed."""

    text: str
    exit_code: int | None

    @property
    def lines(self) -> list[str]:
        return self.text.split("\r\n")


@dataclass(frozen=True, slots=True)
class StandIn:
    """Boots with a command line; reads until the machine is off, or `until` was written."""

    arch: Arch
    elf: bytes
    folder: Path

    def boot(
        self,
        *words: str,
        until: str | None = None,
        send: tuple[str, bytes] | None = None,
        pack: Callable[[bytes], bytes] | None = None,
        memory_mib: int = 256,
    ) -> Seen:
        image = load(build(self.arch))
        zbi_path = self.folder / "test.zbi"
        payload = bootfs.write({"bin/other": b"x" * 5000, "bin/probe": self.elf})
        zbi_path.write_bytes(_packed(image.zbi, words, payload, pack))
        boot = Boot(self.arch, image.kernel, zbi_path, memory_mib=memory_mib)
        with Machine(boot, self.folder, "test") as machine:
            return _listen(machine, until, send)


def _packed(
    kernel: bytes, words: tuple[str, ...], files: bytes, pack: Callable[[bytes], bytes] | None
) -> bytes:
    """A ZBI of the kernel, a command line, and BOOTFS: packed by `pack`, or plain."""
    line = " ".join(("userboot=bin/probe", "userboot.shutdown", *words)).encode() + b"\0"
    flags = zbi.FLAG_VERSION | (zbi.FLAG_STORAGE_COMPRESSED if pack else 0)
    return zbi.write(
        [
            *zbi.read(kernel, "stand-in"),
            Item(ItemType.CMDLINE, line, flags=zbi.FLAG_VERSION),
            Item(
                ItemType.STORAGE_BOOTFS,
                pack(files) if pack else files,
                extra=len(files),
                flags=flags,
            ),
        ]
    )


def _listen(machine: Machine, until: str | None, send: tuple[str, bytes] | None) -> Seen:
    text = b""
    end = time.monotonic() + _LIMIT
    while time.monotonic() < end:
        chunk = machine.read(end)
        if chunk == b"":
            return Seen(text.decode("latin-1"), machine.wait_exit())
        text += chunk or b""
        if send is not None and send[0].encode() in text:
            machine.write(send[1])
            send = None
        if until is not None and until.encode() in text:
            machine.kill()
            return Seen(text.decode("latin-1"), None)
    pytest.fail(f"no end within {_LIMIT} s; serial so far:\n{text.decode('latin-1')}")
