"""Programs as the guest's interpreter takes them."""

from __future__ import annotations

import struct

import pytest
from zxhil.abi.runtime import EXPLORE_TEXT, MOST_CASES
from zxhil.errors import UserError
from zxhil.explore.encode import encode, fits, packed
from zxhil.explore.program import parse
from zxhil.live.spelling import slot_of

# process, thread, job, vmar, resource; what programs make comes after them.
FIRST = 5


def operations(text: str) -> list[str]:
    return encode(parse(text)).split(";")


def test_handle_that_a_call_returned_is_passed_from_its_register():
    made = operations("r0 = event_create(options=0)\nr1 = handle_close(handle=r0.out)")
    assert made == [
        "F 0 4 0",
        f"X {slot_of('event_create'):x} 0 w0",
        f"S {FIRST:x} 0 4",
        "K 0 4 1",
        f"X {slot_of('handle_close'):x} h{FIRST:x}",
    ]


def test_handles_in_memory_are_put_there_before_the_call():
    made = operations(
        "r0 = event_create(options=0)\n"
        "r1 = channel_write(handle=job, handles=[7, r0.out, process], bytes=b'abcde')"
    )
    assert f"R c {FIRST:x} 4" in made
    assert "R 10 0 4" in made
    assert made[-1] == f"X {slot_of('channel_write'):x} h2 0 w0 5 w8 3"


def test_koid_is_taken_from_the_reported_record():
    made = operations(
        "r0 = object_get_info(handle=process, topic=2)\n"
        "r1 = object_get_child(handle=job, koid=r0.koid)"
    )
    assert f"S {FIRST:x} 10 8" in made
    assert f"X {slot_of('object_get_child'):x} h2 h{FIRST:x} 80000000 w0" in made


def test_value_of_a_call_without_such_memory_stays_zero():
    made = operations(
        "r0 = event_create(options=0, out=unmapped)\nr1 = handle_close(handle=r0.out)"
    )
    assert not [each for each in made if each.startswith("S")]


def test_second_thread_is_started_before_its_first_call_and_joined_after_its_last():
    text = encode(
        parse(
            "r0 = event_create(options=0)\n"
            "r1 = second.event_create(options=0)\n"
            "r2 = handle_close(handle=r1.out)\n"
            "r3 = second.handle_close(handle=r0.out)\n"
            "r4 = port_create(options=0)"
        )
    )
    first, second = (part.split(";") for part in text.split("|"))
    close, made = f"X {slot_of('handle_close'):x}", f"S {FIRST + 1:x} 0 4"
    # The call that needs what the second thread made waits for one call of it.
    at = first.index("T")
    assert first[at : at + 5] == ["T", "A 1", f"{close} h{FIRST + 1:x}", "D", "J"]
    assert first[-2].startswith(f"X {slot_of('port_create'):x} 0 w8000")
    # What the first thread made before is there.
    assert second[2] == made
    assert second[-2:] == [f"{close} h{FIRST:x}", "D"]
    assert not [each for each in second if each.startswith("A")]


@pytest.mark.parametrize(
    "text",
    [
        "r0 = second.channel_write(bytes=edge(b'ab'))",
        "r0 = second.channel_read(num_bytes=65536, num_handles=64)",
    ],
)
def test_second_thread_has_memory_of_its_own_alone(text):
    with pytest.raises(UserError, match="of memory of a second thread"):
        encode(parse(text))


def test_first_thread_leaves_the_memory_of_the_second_alone():
    text = encode(
        parse(
            "r0 = channel_write(bytes=edge(b'a'), num_bytes=0xffffffff)\n"
            "r1 = second.event_create(options=0)"
        )
    )
    assert "W 8000 " in text.split("|")[0]


def test_programs_lie_behind_each_other():
    data = packed(["ab", "c"])
    assert struct.unpack_from("<3I", data) == (2, 0, 3)
    assert data[4 + 4 * MOST_CASES :].startswith(b"ab\0c\0\0")
    assert len(data) == 4 + 4 * MOST_CASES + EXPLORE_TEXT


def test_no_more_programs_than_there_is_room_for():
    assert fits(["x" * (EXPLORE_TEXT // 2)] * 3) == 1
    assert fits([""] * (MOST_CASES + 1)) == MOST_CASES
    with pytest.raises(ValueError, match="do not fit"):
        packed(["x" * EXPLORE_TEXT])
