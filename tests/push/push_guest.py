"""The guest's side of an SSH session: boots the stand-in with the pushed file as first process.

    push_guest.py ARCH IMAGE FILE [WORD…]

What that kernel says on its serial port is what this prints, byte for byte, as it comes.
"""

from __future__ import annotations

import os
import select
import sys
import tempfile
import time
from pathlib import Path

from zxhil.abi.arch import Arch
from zxhil.image.find import load
from zxhil.image.pack import boot_words, pack
from zxhil.machine.boot import Boot
from zxhil.machine.machine import Machine

_NAME = "bin/pushed"


def main(arch: Arch, path: Path, pushed: Path, words: list[str]) -> None:
    image = load(path, arch)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "boot.zbi"
        data.write_bytes(
            pack(image, {_NAME: pushed.read_bytes()}, (*boot_words(image, _NAME), *words))
        )
        with Machine(Boot(arch, image.kernel, data), Path(folder)) as machine:
            while not _is_left():
                chunk = machine.read(time.monotonic() + 0.2)
                if chunk == b"":
                    return
                os.write(1, chunk or b"")


def _is_left() -> bool:
    """Has the reader gone? A kernel that panicked would be kept forever."""
    poll = select.poll()
    poll.register(1, 0)
    return bool(poll.poll(0))


if __name__ == "__main__":
    main(Arch(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:])
