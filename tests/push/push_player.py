"""Plays a guest test: prints the recorded trace that fits a pushed file, as the test would.

    push_player.py RECORDINGS FILE [MISBEHAVIOUR]

RECORDINGS holds serial logs, NAME.serial, NAME being the program's name in section zx_program of
the ELF file. Only the cases that the file selects are played. MISBEHAVIOUR: `crash:CASE` ends it
by SIGSEGV inside a case, `hang:CASE` goes silent there, `exit:CASE` leaves with status 7,
`/FILE:CASE` makes FILE there and goes silent, unless FILE exists.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from elftools.elf.elffile import ELFFile
from zxhil.trace.frame import FrameReader, Record
from zxhil.trace.wire import encode


def frames(recording: bytes, bitmap: bytes, nonce: int) -> Iterator[tuple[str, str, bytes]]:
    """(kind, body, lines) of each record that belongs to a selected case, numbered anew."""
    reader = FrameReader()
    sequence = ended = 0
    playing = True
    for item in [*reader.feed(recording), *reader.finish()]:
        if not isinstance(item, Record):
            continue
        kind, body = item.kind, item.body
        if kind in "BS":
            index = int(body.split()[0], 16)
            playing = bool(bitmap[index // 8] >> index % 8 & 1)
        if not playing and kind != "Z":
            continue
        ended += kind == "E"
        body = f"{ended:x}" if kind == "Z" else body
        if kind == "V":
            # Its last field: a program begins its trace with the one that it was given.
            body = " ".join([*body.split()[:-1], f"{nonce:x}"])
        lines = b""
        pieces = [body[i : i + 216] for i in range(0, len(body), 216)] or [""]
        for number, piece in enumerate(pieces, 1):
            lines += encode(sequence, kind if number == len(pieces) else "+", piece, nonce)
            sequence += 1
        yield kind, body, lines


def sections(pushed: Path) -> tuple[str, bytes, int]:
    """The program's name, the bitmap of its selected cases, and its nonce."""
    with pushed.open("rb") as file:
        elf = ELFFile(file)
        name = elf.get_section_by_name("zx_program").data().split(b"\0")[0].decode()
        nonce = int.from_bytes(elf.get_section_by_name("zx_nonce").data(), "little")
        return name, elf.get_section_by_name("zx_select").data(), nonce


def play(recordings: Path, name: str, bitmap: bytes, nonce: int, misbehaviour: str) -> None:
    """Print the trace on standard output."""
    how, _, where = misbehaviour.partition(":")
    recording = (recordings / f"{name}.serial").read_bytes()
    for kind, body, lines in frames(recording, bitmap, nonce):
        os.write(1, lines)
        if kind == "B" and where and body.split()[1] == where:
            misbehave(how)


def misbehave(how: str) -> None:
    if how == "crash":
        signal.signal(signal.SIGSEGV, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGSEGV)
    if how.startswith("/"):
        if Path(how).exists():
            return
        Path(how).touch()
    if how == "hang" or how.startswith("/"):
        # Until the reader has gone.
        poll = select.poll()
        poll.register(1, 0)
        poll.poll()
        sys.exit(1)
    if how == "exit":
        sys.exit(7)


if __name__ == "__main__":
    play(
        Path(sys.argv[1]),
        *sections(Path(sys.argv[2])),
        sys.argv[3] if len(sys.argv) > 3 else "",
    )
