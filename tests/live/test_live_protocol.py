from __future__ import annotations

import base64
import random

import pytest
from zxhil.abi.arch import Arch
from zxhil.abi.runtime import REQUEST_TEXT
from zxhil.live import protocol


def obey(scratch: bytearray, operation: str) -> None:
    """Do what live.c does with an operation that fills memory."""
    kind, offset, *rest = operation.split(" ")
    start = int(offset, 16)
    if kind == "F":
        content = bytes([int(rest[1], 16)]) * int(rest[0], 16)
    else:
        content = base64.b64decode(rest[0] + "=" * (-len(rest[0]) % 4))
    scratch[start : start + len(content)] = content


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 100, 330, 331, 1000, 5000])
@pytest.mark.parametrize("kinds", [1, 2, 256])
def test_memory_that_is_put_arrives(size: int, kinds: int) -> None:
    rng = random.Random(size * 1000 + kinds)
    data = bytes(rng.randrange(kinds) for _ in range(size))
    scratch = bytearray(b"\xee" * 8192)
    texts = protocol.pack(list(protocol.put(0x77, data)))
    for text in texts:
        assert len(text) <= REQUEST_TEXT
        for operation in text.split(";"):
            obey(scratch, operation)
    assert scratch == b"\xee" * 0x77 + data + b"\xee" * (8192 - 0x77 - size)


def test_runs_of_one_byte_are_short() -> None:
    data = b"head" + bytes(65000) + b"tail"
    assert sum(map(len, protocol.put(0, data))) < 60


@pytest.mark.parametrize("arch", list(Arch))
def test_request_round_trips(arch: Arch) -> None:
    line = protocol.encode(0x1005, "X 0 1", arch)
    assert protocol.decode(line) == (5, "X 0 1")


def test_longest_request_fits_twice_into_the_kernels_buffer() -> None:
    longest = max(len(protocol.encode(0, "x" * REQUEST_TEXT, arch)) for arch in Arch)
    assert 2 * longest <= 1024
    assert longest <= 256, "what the console's driver keeps"


def test_no_single_wrong_character_passes() -> None:
    line = protocol.encode(5, "X 0 1")
    for place in range(len(line) - 1):
        for wrong in (b"0", b"~", b" "):
            changed = line[:place] + wrong + line[place + 1 :]
            assert changed == line or protocol.decode(changed) is None


def test_operations_keep_their_order_and_a_full_request_is_closed() -> None:
    operations = [f"W {n:x} {'A' * 30}" for n in range(20)]
    texts = protocol.pack(operations)
    assert ";".join(texts).split(";") == operations
    assert 4 < len(texts) < 8
