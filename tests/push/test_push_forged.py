"""The attack, end to end: blocks of a clean run before the failing ones, and a guest that floods.

A TCP server plays the serial line of a board; `zxhil run` and `zxhil check` are run as a person
runs them.
"""

from __future__ import annotations

import json
import lzma
import os
import socket
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from zxhil.errors import EXIT_DIVERGES, EXIT_MACHINE
from zxhil.trace.frame import FrameReader, Record
from zxhil.trace.stamp import taken
from zxhil.trace.wire import encode

GOLDEN = Path(__file__).resolve().parents[1] / "data" / "golden" / "x64.tar.xz"
PROGRAM = "socket_share"
FORGED = 15
#: The longest body of a frame (docs/trace.md).
MAX_BODY = 0xD8
#: A status that none of our pages documents.
WRONG = "-99"


def recorded() -> list[Record]:
    with lzma.open(GOLDEN) as plain, tarfile.open(fileobj=plain) as tar:
        member = tar.extractfile(f"{PROGRAM}.serial")
        assert member is not None
        data = member.read()
    reader = FrameReader()
    items = [*reader.feed(data), *reader.finish()]
    return [item for item in items if isinstance(item, Record)]


def failing(records: list[Record]) -> list[Record]:
    """The same with a wrong answer at the end of each of the first cases."""
    changed, last, cases = list(records), -1, 0
    for place, (kind, _, _) in enumerate(records):
        last = place if kind == "R" else last
        if kind == "E" and cases < FORGED:
            cases += 1
            body = changed[last].body
            _, _, status = taken(body)
            answer = body[:status] + " ".join([WRONG, *body[status:].split(" ")[1:]])
            changed[last] = changed[last]._replace(body=answer)
    assert cases == FORGED
    return changed


def spelled(records: list[Record], nonce: int, first: int = 0) -> list[bytes]:
    """Each record as its frames on the line."""
    lines, sequence = [], first
    for kind, body, _ in records:
        if kind == "V":
            body = " ".join([*body.split(" ")[:4], f"{nonce:x}"])
        pieces = [body[n : n + MAX_BODY] for n in range(0, len(body), MAX_BODY)] or [""]
        text = b""
        for number, piece in enumerate(pieces, 1):
            text += encode(sequence, kind if number == len(pieces) else "+", piece, nonce)
            sequence += 1
        lines.append(text.replace(b"\n", b"\r\n"))
    return lines


def blocks(records: list[Record]) -> tuple[int, int]:
    """From where to where the first cases' blocks are."""
    start = next(n for n, each in enumerate(records) if each.kind == "B")
    ends = [n for n, each in enumerate(records) if each.kind == "E"]
    return start, ends[FORGED - 1] + 1


def attacked(kind: str) -> bytes:
    """A failing run's stream with the blocks of a clean one put before its own."""
    clean = recorded()
    wrong = failing(clean)
    start, stop = blocks(clean)
    mine = spelled(wrong, 0x1234)
    match kind:
        case "another boot":
            return b"".join([*mine[:start], *spelled(clean, 0x7777)[start:stop], *mine[start:]])
        case "another boot, whole":
            return b"".join([*spelled(clean, 0x7777)[:stop], *mine])
        case "its own nonce":
            return b"".join([*mine[:start], *spelled(clean, 0x1234)[start:stop], *mine[start:]])
        case "its own nonce, numbered on":
            # A guest may forge its own trace: it then shows each case twice.
            records = [*wrong[:start], *clean[start:stop], *wrong[start:]]
            return b"".join(spelled(records, 0x1234))
        case _:
            assert kind == "version 1"
            return b"".join([*mine[:start], *spelled(clean, 0)[start:stop], *mine[start:]])


KINDS = (
    "another boot",
    "another boot, whole",
    "its own nonce",
    "its own nonce, numbered on",
    "version 1",
)


def zxhil(*args: str) -> tuple[int, str]:
    code = "from zxhil.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *args], capture_output=True, text=True, timeout=240
    )
    return done.returncode, done.stdout + done.stderr


@contextmanager
def board(folder: Path, stream: bytes, endless: bool = False) -> Iterator[tuple[str, str]]:
    """A board that is powered by a command; its port's address, and the command.

    It must not send earlier: what comes while pyserial opens the port is discarded. It boots once:
    the command then fails.
    """
    server = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()
    switch = folder / "power"
    os.mkfifo(switch)

    def serve() -> None:
        with suppress(OSError):
            while not stop.is_set():
                peer, _ = server.accept()
                with peer, suppress(OSError):
                    switch.read_bytes()
                    peer.sendall(stream)
                    while endless and not stop.is_set():
                        peer.sendall(stream[-1 << 16 :])
                    while peer.recv(4096):
                        pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield (
            f"socket://127.0.0.1:{server.getsockname()[1]}",
            f"timeout 3 sh -c 'echo on > {switch}'",
        )
    finally:
        stop.set()
        server.close()


def live(stream: bytes, folder: Path, endless: bool = False) -> tuple[int, str, dict[str, str]]:
    report = folder / "run.json"
    # A flood is ended by a limit, in each boot.
    seconds = 4 if endless else 20
    limits = [f"--limit={name}={seconds}" for name in ("boot", "case", "silence")]
    with board(folder, stream, endless) as (url, power):
        code, said = zxhil(
            *("run", "--transport", "uart", "--serial", url, "--power-cycle", power),
            *("--arch", "x64", "--tests", PROGRAM, *limits),
            *("--log-dir", str(folder / "logs"), "--json", str(report)),
        )
    cases = json.loads(report.read_text())["cases"]
    return code, said, {case["case"]: case["end"] for case in cases}


def assert_not_whitewashed(code: int, said: str) -> None:
    assert code in (EXIT_DIVERGES, EXIT_MACHINE), said
    assert not (code == 0 or ("0 divergences" in said and "lost" not in said)), said


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_of_a_clean_run_hide_nothing_from_check(kind: str, tmp_path: Path) -> None:
    log = tmp_path / "one.serial"
    log.write_bytes(attacked(kind))
    code, said = zxhil("check", str(log))
    assert_not_whitewashed(code, said)


def test_blocks_of_another_boot_hide_nothing_from_a_live_run(tmp_path: Path) -> None:
    code, said, ends = live(attacked("another boot"), tmp_path)
    assert_not_whitewashed(code, said)
    assert list(ends.values()).count("failed") == FORGED, said


@pytest.mark.parametrize("kind", ["its own nonce", "its own nonce, numbered on"])
def test_guest_that_forges_its_own_trace_gets_nothing_passed_live(
    kind: str, tmp_path: Path
) -> None:
    code, said, ends = live(attacked(kind), tmp_path)
    assert_not_whitewashed(code, said)
    assert not [name for name, end in list(ends.items())[:FORGED] if end == "passed"], said


def test_flood_after_the_first_words_ends_within_the_limits(tmp_path: Path) -> None:
    records = recorded()
    start, _ = blocks(records)
    first = b"".join(spelled(records[:start], 5))
    stream = first + b"flood of a guest\r\n" * 5000
    code, said, ends = live(stream, tmp_path, endless=True)
    assert code == EXIT_MACHINE, said
    assert "passed" not in ends.values()
    assert (tmp_path / "logs").exists()
    size = sum(each.stat().st_size for each in (tmp_path / "logs").glob("*.serial"))
    assert size < 200 << 20
