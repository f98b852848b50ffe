"""Structs as kinds: in memory, on the wire, in Python, in C, and in reports."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import pytest
from kinds_spelling import Spelling
from zxhil.abi.calls import Parameter, Syscall
from zxhil.abi.kinds import (
    CHANNEL_CALL_ARGS,
    DISPOSITION,
    HANDLE_INFO,
    LAYOUTS,
    PORT_PACKET,
    WAIT_ITEM,
    HandleInfoRecord,
    InBytes,
    InC,
    InElements,
    InHandles,
    InStructs,
    Kind,
    Layout,
    OutBytes,
    OutElements,
    OutHandles,
    OutStructs,
    Pointer,
    PortPacket,
    Raw,
    Scalar,
    Where,
)
from zxhil.abi.sample import sample
from zxhil.model import given
from zxhil.model.arguments import make_call
from zxhil.model.given import handles_by_place, handles_in, unrecorded_handles


class Mixed(NamedTuple):
    """Fields of every width, with padding between."""

    small: Annotated[int, Scalar("uint8_t", 8)]
    negative: Annotated[int, Scalar("int64_t", 64, signed=True)]
    half: Annotated[int, Scalar("int16_t", 16, signed=True)]
    handle: Annotated[int, Scalar("zx_handle_t", 32)]
    rest: Annotated[bytes, Raw(5)]


MIXED = Layout("mixed_t", Mixed)
VALUE = Mixed(0xFF, -2, -3, 0x1003, b"abcde")


def test_struct_lies_in_memory_as_in_c() -> None:
    assert (MIXED.size, MIXED.alignment) == (32, 8)
    assert MIXED.memory(VALUE) == (
        b"\xff"
        + bytes(7)
        + b"\xfe"
        + b"\xff" * 7
        + b"\xfd\xff"
        + bytes(2)
        + b"\x03\x10\x00\x00"
        + b"abcde"
        + bytes(3)
    )
    assert [each.size for each in LAYOUTS] == [16, 20, 12, 48, 48, 64, 32, 24, 12, 20, 8, 12]


def test_struct_comes_back_from_the_wire_as_it_was() -> None:
    assert MIXED.text(VALUE) == "ff,fffffffffffffffe,fffd,1003,6162636465"
    assert MIXED.decoder()(MIXED.text(VALUE)) == VALUE


@pytest.mark.parametrize(
    "text", ["ff", "100,0,0,0,6162636465", "1,0,0,0,61", "1,0,0,0,6162636465,0"]
)
def test_struct_that_no_recorder_writes_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"fields|bytes|number"):
        MIXED.decoder()(text)


def test_handles_in_structs_are_given() -> None:
    one, many = InStructs(MIXED), InStructs(MIXED, "count")
    for kind, value in ((one, one.made(VALUE)), (many, many.made([VALUE, VALUE]))):
        handles = kind.handles_given()
        assert handles is not None
        assert list(handles(value)) == [0x1003] * len(value.values)
    written = OutStructs(MIXED).handles_written()
    assert written is not None and list(written(VALUE)) == [0x1003]


@pytest.mark.parametrize(
    ("name", "arguments", "places"),
    [
        ("channel_call", {"handle": 5, "args": (b"x", [7, 9], None, None, 1, 2, 0, 0)},
         {"handle": 5, "args[0]": 7, "args[1]": 9}),
        ("object_wait_many", {"items": [(7, 1, 0), (9, 2, 0)]}, {"items[0]": 7, "items[1]": 9}),
        ("channel_write", {"handle": 5, "handles": [7]}, {"handle": 5, "handles[0]": 7}),
        ("channel_write_etc", {"handle": 5, "handles": [(0, 7, 0, 0, 0)]},
         {"handle": 5, "handles[0]": 7}),
    ],
)  # fmt: skip
def test_handles_of_a_call_are_found_wherever_they_lie(
    name: str, arguments: dict[str, Any], places: dict[str, int]
) -> None:
    call = make_call(name, arguments)
    assert dict(handles_by_place(call)) == places
    scalars, listed = handles_in(call)
    assert [*scalars, *listed] == list(places.values())
    assert not unrecorded_handles(call)


class TwoArrays(NamedTuple):
    first: Annotated[Any, InHandles("first_count")]
    second: Annotated[Any, InHandles("second_count")]
    structs: Annotated[Any, InStructs(DISPOSITION, "count")]


def test_each_of_several_arrays_of_handles_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    parameters = tuple(Parameter(*each) for each in Layout("arrays_t", TwoArrays).fields)
    made = Syscall("two_arrays", TwoArrays, parameters)
    monkeypatch.setitem(given._HANDLES_OF, TwoArrays, given._handles_of(given._places(made)))
    values = ([1, 2], [3], [(0, 4, 0, 0, 0)])
    call = TwoArrays(*(p.kind.made(v) for p, v in zip(made.parameters, values, strict=True)))
    assert handles_in(call) == ((), (1, 2, 3, 4))


@pytest.mark.parametrize("count", [66, 67])
def test_handles_over_what_the_wire_carries_are_not_recorded(count: int) -> None:
    inside = (b"", [7] * count, None, None, 0, count, 0, 0)
    for name, arguments in (
        ("channel_call", {"args": inside}),
        ("object_wait_many", {"items": [(7, 1, 0)] * count}),
    ):
        assert unrecorded_handles(make_call(name, arguments)) is (count > 66)


def test_pointers_in_a_struct_are_recorded_with_what_they_point_to() -> None:
    kind = InStructs(CHANNEL_CALL_ARGS)
    value = kind.made((b"abc", [7, 9], None, ..., 3, 2, 0, 4))
    field = kind.argument_field(value)
    assert field == "rr=616263,r7.9,n,w,3,2,0,4"
    assert kind.argument_decoder()(field) == value
    assert kind.output_field((sample(b"abc"), (0x33,))) == "=616263,33"
    assert kind.output_decoder()("-,33.34") == (None, (0x33, 0x34))
    handles = kind.handles_written()
    assert handles is not None and list(handles((None, (0x33, 0x34)))) == [0x33, 0x34]


@pytest.mark.parametrize(
    "make",
    [
        lambda: InStructs(CHANNEL_CALL_ARGS, "count"),
        lambda: InStructs(CHANNEL_CALL_ARGS, written=("wr_num_bytes",)),
        lambda: OutStructs(CHANNEL_CALL_ARGS),
        lambda: OutStructs(PORT_PACKET, "count"),
    ],
)
def test_struct_that_the_wire_has_no_form_for_is_refused(make: Any) -> None:
    with pytest.raises(TypeError, match="zx_"):
        make()


def test_one_struct_is_an_output() -> None:
    kind = OutStructs(PORT_PACKET)
    packet = PortPacket(7, 1, -3, bytes(range(32)))
    assert kind.output_decoder()(kind.output_field(packet)) == packet
    assert kind.output_field(packet).startswith("7,1,fffffffd,000102")


def test_beside_a_field_stands_a_field_and_else_a_parameter() -> None:
    at = CHANNEL_CALL_ARGS.place("rd_bytes", "args_read")
    kind = OutBytes("rd_num_bytes", "actual_bytes")
    assert kind.record_output(at) == (
        "out_bytes(status, args_read.rd_bytes, args_read.rd_num_bytes, actual_bytes,"
        " sizeof(*actual_bytes));"
    )
    assert InBytes("size").record_argument(InC("data")) == "arg_bytes(data, size);"
    assert OutHandles("room", "actual").room == 64


def test_elements_have_the_size_that_another_parameter_says() -> None:
    given, room = InElements("count", each="size"), OutElements("count", "actual", each="size")
    assert given.extent({"count": 3, "size": 8}) == room.extent({"count": 3, "size": 8}) == 24
    assert given.record_argument(InC("data")) == "arg_bytes(data, all_bytes(count, size));"
    assert room.record_argument(InC("data")) == "arg_out_buffer(data, all_bytes(count, size), 1);"
    assert room.record_output(InC("data")) == "out_elements(status, data, count, size, actual);"
    assert not given.sized_by
    assert InBytes("count").sized_by == "count"


class Lines:
    """A draft that keeps its lines."""

    name, handle_name, extent, most_bytes = "packet_1", "", 48, 4096

    def __init__(self) -> None:
        self.lines: list[str] = []

    def line(self, text: str) -> None:
        self.lines.append(text)

    after = line

    def handle(self, value: int) -> str:
        return f"handle_{value}"

    def number(self, value: int) -> str:
        return str(value)

    def place(self, value: Pointer, held: int) -> str:
        return "the_edge"

    def other(self, name: str) -> Any:
        return 0


@pytest.mark.parametrize(
    ("kind", "given", "memory", "text"),
    [
        (InStructs(PORT_PACKET), (7, 1, -3, b"\1"),
         b"\7" + bytes(7) + b"\1" + bytes(3) + b"\xfd\xff\xff\xff\1" + bytes(31),
         "(zx_port_packet_t[]){{7ull, 1u, -3, {0x1}}}"),
        (InStructs(PORT_PACKET), b"x" * 48, b"x" * 48, f'(void*)"{"x" * 48}"'),
        (InStructs(WAIT_ITEM, "count"), [(5, 8, 0)], b"\5" + bytes(3) + b"\10" + bytes(7),
         "(zx_wait_item_t[]){{handle_5, 8u, 0u}}"),
        (InStructs(DISPOSITION, "count"), [(1, 5, 4, 3, 0)],
         b"\1" + bytes(3) + b"\5" + bytes(3) + b"\4" + bytes(3) + b"\3" + bytes(7),
         "(zx_handle_disposition_t[]){{ZX_HANDLE_OP_DUPLICATE, handle_5, ZX_OBJ_TYPE_CHANNEL,"
         " ZX_RIGHT_DUPLICATE | ZX_RIGHT_TRANSFER, 0}}"),
    ],
)  # fmt: skip
def test_struct_that_a_person_gives_is_put_into_memory_and_saved(
    kind: Kind, given: Any, memory: bytes, text: str
) -> None:
    spelled = kind.spelled(given, Spelling())
    assert kind.memory(spelled.content) == memory
    draft = Lines()
    draft.extent = len(memory)
    assert kind.c_argument(spelled, draft) == text
    assert draft.lines == []


@pytest.mark.parametrize("given", [(7, 1, -3), 7, [(7, 1, -3, b"")], b"x" * 47, (7, 1, 1.5, b"")])
def test_what_is_no_struct_is_refused(given: Any) -> None:
    with pytest.raises(ValueError, match=r"zx_port_packet_t|not a number"):
        InStructs(PORT_PACKET).spelled(given, Spelling())


def test_struct_that_is_written_at_an_edge_is_kept() -> None:
    draft = Lines()
    assert OutStructs(PORT_PACKET).c_argument(Pointer(Where.EDGE), draft) == "packet_1_at"
    assert draft.lines[0] == "zx_port_packet_t* packet_1_at = the_edge;"
    assert draft.lines[-1] == ("__builtin_memcpy(packet_1, packet_1_at, 1 * sizeof(*packet_1));")


class Shown:
    """Words that show what they are asked."""

    def handle(self, value: int) -> str:
        return f"{value:#x} it"

    def number(self, value: int) -> str:
        return str(value)

    def other(self, name: str) -> Any:
        return 0


def test_structs_are_shown_with_the_names_of_their_fields() -> None:
    items, args = InStructs(WAIT_ITEM, "count", ("pending",)), InStructs(CHANNEL_CALL_ARGS)
    assert items.argument_text(items.made([(5, 8, 0)]), Shown()) == (
        "[{handle=<0x5 it>, waitfor=0x8, pending=0}]"
    )
    assert items.output_text((0, 8), Shown()) == "[0, 0x8]"
    shown = args.argument_text(args.made((b"", [7], None, ..., 0, 1, 0, 4)), Shown())
    assert "wr_handles=read-only [<0x7 it>], rd_bytes=NULL, rd_handles=&," in shown
    assert args.output_text((None, (0x33,)), Shown()) == "{rd_handles=[0x33]}"
    info = OutStructs(HANDLE_INFO, "room", "actual")
    assert info.output_text([HandleInfoRecord(3, 4, 1, 0)], Shown()) == (
        "[{handle=0x3, type=CHANNEL, rights=DUPLICATE}]"
    )
