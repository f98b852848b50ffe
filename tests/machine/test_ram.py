"""The guest's memory as the harness copies it and puts it back."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest
from zxhil.machine.ram import PAGE, Part, SharedRam, address_in

MIB = 1
PAGES = (MIB << 20) // PAGE


@pytest.fixture
def ram() -> Iterator[SharedRam]:
    made = SharedRam(MIB)
    yield made
    made.close()


def scribble(ram: SharedRam, number: random.Random) -> None:
    """Write to some pages, zeroes to others, and read some, which allocates them."""
    for _ in range(60):
        at = number.randrange(PAGES) * PAGE
        kind = number.randrange(3)
        if kind == 2:
            assert len(ram.map[at : at + PAGE]) == PAGE
        else:
            ram.map[at : at + PAGE] = number.randbytes(PAGE) if kind else bytes(PAGE)


@pytest.mark.parametrize("seed", range(20))
def test_memory_is_put_back_whatever_was_written_meanwhile(ram: SharedRam, seed: int) -> None:
    number = random.Random(seed)
    scribble(ram, number)
    saved, whole = ram.copy(), ram.map[:]
    for _ in range(3):
        scribble(ram, number)
        ram.put_back(saved)
        assert ram.map[:] == whole


def test_copy_has_no_pages_of_zeroes_and_no_gaps_within_parts(ram: SharedRam) -> None:
    for page in (3, 4, 6):
        ram.map[page * PAGE] = page
    ram.map[5 * PAGE] = 0
    parts = ram.copy()
    assert [(part.start // PAGE, part.end // PAGE) for part in parts] == [(3, 5), (6, 7)]
    assert all(any(part.data) for part in parts)


def test_putting_back_frees_what_the_saved_state_does_not_have(ram: SharedRam) -> None:
    ram.map[0] = 1
    saved = ram.copy()
    before = os.fstat(ram.fd).st_blocks
    ram.map[PAGE:] = b"x" * (ram.size - PAGE)
    ram.put_back(saved)
    assert os.fstat(ram.fd).st_blocks == before


def test_address_of_a_byte_in_all_parts_together() -> None:
    parts = (Part(8, b"ab"), Part(20, b"cde"), Part(40, b"f"))
    together = b"".join(part.data for part in parts)
    found = {chr(byte): address_in(parts, at) for at, byte in enumerate(together)}
    assert found == {"a": 8, "b": 9, "c": 20, "d": 21, "e": 22, "f": 40}
