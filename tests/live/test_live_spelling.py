from __future__ import annotations

import inspect
import itertools
from typing import Any

import pytest
from zxhil.abi.calls import BY_NAME, CALLS, Syscall
from zxhil.abi.calls.given import default, positions
from zxhil.abi.kinds import Pointer, Where
from zxhil.abi.runtime import SCRATCH_SIZE
from zxhil.errors import UserError
from zxhil.live.spelling import spell
from zxhil.live.values import POINTERS, duplicate, move
from zxhil.model.kernel import Kernel

#: The order in which people give the arguments of some calls.
ORDER = {
    "channel_write": ("handle", "bytes", "handles", "options"),
    "channel_read": ("handle", "num_bytes", "num_handles", "options"),
    "object_get_info": ("handle", "topic", "buffer_size"),
    "process_create": ("job", "name", "options"),
    "socket_read": ("handle", "buffer_size", "options"),
    "vmo_create": ("size", "options"),
}


@pytest.mark.parametrize("name", ORDER)
def test_arguments_by_position(name: str) -> None:
    assert positions(BY_NAME[name]) == ORDER[name]


@pytest.mark.parametrize("syscall", CALLS, ids=lambda c: c.name)
def test_the_order_is_that_of_the_models_kernel(syscall: Syscall) -> None:
    shown = inspect.signature(getattr(Kernel(), syscall.name)).parameters.values()
    by_position = [p.name for p in shown if p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    assert tuple(by_position) == positions(syscall)
    assert {p.name for p in shown} == {p.name for p in syscall.parameters}


@pytest.mark.parametrize("syscall", CALLS, ids=lambda c: c.name)
def test_every_call_can_be_encoded_with_default_arguments(syscall: Syscall) -> None:
    handles = [p.name for p in syscall.parameters if p.kind.is_value]
    spelt = spell(syscall.name, (), {name: 1 for name in handles if "size" not in name})
    assert list(spelt.values) == [p.name for p in syscall.parameters]
    assert spelt.operations[-1].startswith("X ")


def number(name: str) -> str:
    return f"{[call.name for call in CALLS].index(name):x}"


def ranges(name: str, /, **given: Any) -> list[tuple[int, int]]:
    spelt = spell(name, (), given)
    found = []
    for parameter in spelt.syscall.parameters:
        if parameter.name in spelt.offsets:
            start = spelt.offsets[parameter.name]
            found.append((start, start + parameter.kind.extent(spelt.values)))
    return sorted(found)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("channel_read", {"handle": 1}),
        ("channel_write_etc", {"handle": 1, "bytes": b"x" * 65536, "handles": [move(2)] * 64}),
        ("process_create", {"job": 1, "name": "abc"}),
        ("channel_read", {"handle": 1, "bytes": POINTERS["misaligned"]}),
        ("channel_read", {"handle": 1, "handles": POINTERS["edge"], "num_handles": 3}),
    ],
)
def test_memory_does_not_overlap(name: str, given: dict[str, Any]) -> None:
    found = ranges(name, **given)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(found))
    assert found[-1][1] <= SCRATCH_SIZE


def test_a_write_of_bytes_and_handles() -> None:
    spelt = spell("channel_write", (5, b"hi", [7, 8]), {})
    made = f"X {number('channel_write')} 5 0 w0 2 w8 2"
    assert spelt.operations == ("W 0 aGkAAAAAAAAHAAAACAAAAA", made)


def test_outputs_are_zero_before() -> None:
    assert spell("channel_create", (), {}).operations == (
        "F 0 c 0",
        f"X {number('channel_create')} 0 w0 w8",
    )


def test_sizes_default_to_those_of_the_arguments() -> None:
    assert spell("channel_write", (1, b"abc"), {}).values["num_bytes"] == 3
    assert spell("channel_write", (1, b"abc"), {"num_bytes": 9}).values["num_bytes"] == 9
    assert spell("channel_write", (1, POINTERS["unmapped"]), {}).values["num_bytes"] == 1
    assert spell("channel_write", (1, None), {}).values["num_bytes"] == 0
    assert spell("thread_create", (1, "name"), {}).values["name_size"] == 4


@pytest.mark.parametrize(
    ("pointer", "token"),
    [
        (None, "n"),
        (POINTERS["unmapped"], "x0"),
        (POINTERS["kernel"], "k0"),
        (POINTERS["read_only"], "r1000"),
        (POINTERS["read_only_edge"], "r8"),
        (POINTERS["misaligned"], "w1"),
        (POINTERS["edge"], "w1fff8"),
    ],
)
def test_pointers_on_the_wire(pointer: Pointer | None, token: str) -> None:
    spelt = spell("object_get_cookie", (1, 2), {"cookie": pointer})
    assert spelt.operations[-1] == f"X {number('object_get_cookie')} 1 2 {token}"


def test_content_at_a_special_place() -> None:
    spelt = spell("channel_write", (1, None, POINTERS["misaligned"]([0x11223344])), {})
    assert spelt.operations == ("W 1 RDMiEQ", f"X {number('channel_write')} 1 0 n 0 w1 1")


def test_dispositions() -> None:
    spelt = spell(
        "channel_write_etc", (1, None, [move(7), duplicate(8, 4, 3), (9, 1, 2, 3, -1)]), {}
    )
    entries = spelt.values["handles"].content
    assert entries == ((0, 7, 0, 1 << 31, 0), (1, 8, 4, 3, 0), (9, 1, 2, 3, -1))


def test_a_negative_time_goes_as_its_bits() -> None:
    assert spell("object_wait_one", (1, 2, -1), {}).operations[-1].split()[4] == "f" * 16


def test_room_that_is_larger_than_memory_is_not_mapped_to_its_end() -> None:
    found = ranges("channel_read", handle=1, num_bytes=0xFFFFFFFF)
    assert found[-1][1] > SCRATCH_SIZE


@pytest.mark.parametrize(
    ("name", "args", "given", "said"),
    [
        ("channel_write", ("x",), {}, "'x' is not a number"),
        ("channel_write", (1, 5), {}, "5 is not bytes"),
        ("channel_write", (1, b"", 5), {}, "5 is not a list"),
        ("channel_write", (1, b"", [b""]), {}, "not all handles"),
        ("channel_write", (1, b"", [1 << 32]), {}, "not all handles"),
        ("channel_write", (1,), {"handle": 2}, "handle was given twice"),
        ("channel_write", (1,), {"foo": 2}, "no parameter 'foo'"),
        ("channel_write", (1, b"x" * 65537), {}, "more than 65536 bytes"),
        ("handle_close", (1, 2), {}, "takes 1 arguments by position, 2 were given"),
        ("handle_close", (1 << 32,), {}, "more than 32 bits"),
        ("channel_create", (), {"out0": [1]}, "is written by the call"),
        ("channel_write_etc", (1, b"", [(1, 2)]), {}, "is not a zx_handle_disposition_t"),
        ("channel_write_etc", (1, b"", [(1, 2, 3, 4, 1.5)]), {}, "1.5 is not a number"),
        ("channel_write_etc", (1, b"", [(1, 2, 3, 4, "x")]), {}, "'x' is not a number"),
    ],
)
def test_impossible_argument_is_refused_with_a_remedy(
    name: str, args: tuple[Any, ...], given: dict[str, Any], said: str
) -> None:
    with pytest.raises(UserError, match=said) as error:
        spell(name, args, given)
    assert error.value.place.startswith(f"zx_{name}")
    assert error.value.remedy


def test_nothing_can_be_put_where_nothing_is() -> None:
    with pytest.raises(TypeError, match="unmapped"):
        POINTERS["unmapped"](b"x")


def test_defaults() -> None:
    by_name = {call.name: call for call in CALLS}
    assert default(by_name["handle_duplicate"], "rights") == 1 << 31
    assert default(by_name["channel_read"], "num_bytes") == 65536
    assert default(by_name["channel_read"], "num_handles") == 64
    assert default(by_name["channel_write"], "bytes") == Pointer(Where.NULL)


def test_constants_are_taken_by_name() -> None:
    named = spell("object_wait_one", (1, "ZX_CHANNEL_READABLE|ZX_CHANNEL_PEER_CLOSED | 0x100"), {})
    assert named.values["signals"] == 0x105
    rights = spell("handle_duplicate", (1, "ZX_RIGHT_READ|ZX_RIGHT_WRITE"), {}).values["rights"]
    assert rights == 0xC
    forever = spell("object_wait_one", (1, "ZX_USER_SIGNAL_0", "ZX_TIME_INFINITE"), {})
    assert forever.values["deadline"] == (1 << 63) - 1
    assert spell("object_get_info", (1,), {"topic": "ZX_INFO_PROCESS"}).values["topic"] == 3
    entry = ("ZX_HANDLE_OP_MOVE", 7, "ZX_OBJ_TYPE_CHANNEL", "ZX_RIGHT_SAME_RIGHTS", "ZX_OK")
    written = spell("channel_write_etc", (1, "hi", [entry]), {})
    assert written.values["handles"].content == ((0, 7, 4, 1 << 31, 0),)
    assert written.values["bytes"].content == b"hi", "bytes may still be text"


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("ZX_CHANNEL_READBLE", "did you mean ZX_CHANNEL_READABLE"),
        ("ZX_CHANNEL_READABLE|", ""),
        ("0x1g", ""),
    ],
)
def test_constant_that_does_not_exist_is_refused(text: str, remedy: str) -> None:
    with pytest.raises(UserError, match="nor the name of a constant") as refused:
        spell("object_wait_one", (1, text), {})
    assert remedy in refused.value.remedy
