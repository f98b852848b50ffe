"""Pointers to futexes as a kind: on the wire, in Python, in C, and in reports."""

from __future__ import annotations

from typing import Any

import pytest
from kinds_spelling import Spelling
from zxhil.abi.kinds import FutexPointer, InFutex, Memory, Pointer, Where

KIND = InFutex()
READ = KIND.argument_decoder()
HERE = FutexPointer(Memory.WRITABLE, True, 0x40, -5)


def test_field_has_the_place_and_the_value() -> None:
    assert KIND.argument_field(HERE) == "w40=fffffffb"
    assert READ("w40=fffffffb") == HERE
    assert READ("X") == FutexPointer(Memory.INVALID, False, None, None)


def test_field_of_an_older_log_is_read() -> None:
    assert READ("w") == FutexPointer(Memory.WRITABLE, True, None, None)


@pytest.mark.parametrize("field", ["w=", "w40", "w40=", "w40=100000000", "wx=1"])
def test_field_that_no_recorder_writes_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match=r"invalid literal|no value of a futex"):
        READ(field)


@pytest.mark.parametrize(
    ("given", "memory"),
    [(1, b"\1\0\0\0"), (-1, b"\xff" * 4), (0xFFFFFFFF, b"\xff" * 4), (b"abcd", b"abcd")],
)
def test_value_is_put_into_memory(given: Any, memory: bytes) -> None:
    assert KIND.memory(KIND.spelled(given, Spelling()).content) == memory


@pytest.mark.parametrize("given", [1 << 32, -(1 << 31) - 1, 1.5, b"abc"])
def test_what_is_no_value_of_a_futex_is_refused(given: Any) -> None:
    with pytest.raises(ValueError, match="32 bits"):
        KIND.spelled(given, Spelling())


class Declared:
    """A draft that keeps its lines."""

    name, handle_name, extent, most_bytes = "value_ptr_1", "", 4, 4096

    def __init__(self) -> None:
        self.lines: list[str] = []

    def line(self, text: str) -> None:
        self.lines.append(text)

    after = line

    def handle(self, value: int) -> str:
        return str(value)

    number = handle

    def place(self, value: Pointer, held: int) -> str:
        return "the_edge"

    def other(self, name: str) -> Any:
        return 0


def test_futex_in_c_is_a_static_variable_with_its_value() -> None:
    draft = Declared()
    pointer = Pointer(Where.SCRATCH, b"\xfb\xff\xff\xff")
    assert KIND.c_argument(pointer, draft) == "&value_ptr_1"
    assert draft.lines == ["static zx_futex_t value_ptr_1 = -5;"]


def test_futex_is_shown_with_its_value() -> None:
    class Shown:
        def handle(self, value: int) -> str:
            return str(value)

        number = handle

        def other(self, name: str) -> Any:
            return 0

    assert KIND.argument_text(HERE, Shown()) == "-5"
    assert KIND.argument_text(READ("X"), Shown()) == "unmapped misaligned"
