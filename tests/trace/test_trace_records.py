"""Records: what is written is what is read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zxhil.abi.arch import Arch
from zxhil.abi.calls import CALLS, RETURN, Syscall
from zxhil.abi.kinds import (
    HANDLES_ON_WIRE,
    BytesPointer,
    FutexPointer,
    HandlesPointer,
    InBytes,
    InFutex,
    InHandles,
    InStructs,
    Kind,
    Layout,
    Memory,
    Out,
    OutBytes,
    OutHandles,
    OutPointer,
    OutStructs,
    Raw,
    Scalar,
    StructsPointer,
)
from zxhil.abi.sample import Sample, sample
from zxhil.trace.encode import NONCE, TraceWriter
from zxhil.trace.events import (
    BootstrapHandle,
    CallMade,
    CallReturned,
    CallTable,
    CaseEnd,
    CaseSkipped,
    CaseStart,
    KernelVersion,
    ProgramEnd,
    ProgramStart,
)
from zxhil.trace.records import TraceReader

U32, U64 = st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1)
STATUS = st.integers(-(2**31), 2**31 - 1)
BYTES = st.binary(max_size=200).map(sample) | U32.map(lambda crc: Sample(b"", crc))
MEMORY, FLAG = st.sampled_from(list(Memory)), st.booleans()


def argument(kind: Kind) -> st.SearchStrategy[Any]:
    listed = {"max_size": HANDLES_ON_WIRE}
    match kind:
        case Scalar(_, bits, signed):
            low = -(2 ** (bits - 1)) if signed else 0
            return st.integers(low, 2 ** (bits - signed) - 1)
        case InBytes():
            return st.builds(BytesPointer, MEMORY, FLAG, st.none() | BYTES)
        case InFutex():
            value = st.integers(-(2**31), 2**31 - 1)
            known = st.builds(FutexPointer, MEMORY, FLAG, U64, value)
            return known | st.builds(FutexPointer, MEMORY, FLAG, st.none(), st.none())
        case InHandles():
            handles = st.lists(U32, **listed).map(tuple)
            return st.builds(HandlesPointer, MEMORY, FLAG, handles, FLAG)
        case InStructs(layout):
            most = HANDLES_ON_WIRE if kind.number else 1
            structs = st.lists(struct(layout), max_size=most).map(tuple)
            return st.builds(
                StructsPointer, MEMORY, FLAG, structs, FLAG if kind.number else st.just(True)
            )
        case Raw(size):
            return st.binary(min_size=size, max_size=size)
    return st.builds(OutPointer, MEMORY, FLAG)


def struct(layout: Layout[Any]) -> st.SearchStrategy[Any]:
    return st.builds(layout.record, *map(argument, layout.kinds))


def output(kind: Kind) -> st.SearchStrategy[Any]:
    match kind:
        case Out(_, bits):
            return st.integers(0, 2**bits - 1)
        case OutBytes():
            return BYTES
        case OutHandles():
            return st.lists(U32, max_size=66).map(tuple)
        case OutStructs(layout):
            return (
                st.lists(struct(layout), max_size=20).map(tuple) if kind.number else struct(layout)
            )
        case InStructs(layout, written=()):
            return st.tuples(*(st.none() | output(k) for k in layout.kinds if k.writes))
        case InStructs(layout, written=written):
            fields = [argument(k) for _, k in layout.of(written)]
            each = fields[0] if len(fields) == 1 else st.tuples(*fields)
            return st.lists(each, max_size=66).map(tuple)
    return st.binary(max_size=300)


def read(stream: bytes) -> list[Any]:
    reader = TraceReader()
    return reader.feed(stream) + reader.finish()


MADE = [call for call in CALLS if call.in_vdso]


@pytest.mark.parametrize("syscall", MADE, ids=lambda call: call.name)
@given(data=st.data())
def test_call_and_its_return_come_back_as_they_were(syscall: Syscall, data: st.DataObject):
    call = syscall.type(*[data.draw(argument(p.kind)) for p in syscall.parameters])
    outs = {
        p.name: data.draw(st.none() | output(p.kind)) for p in syscall.parameters if p.kind.writes
    }
    status = data.draw(STATUS) if syscall.has_status else 0
    if syscall.returns is not None and not syscall.has_status:
        outs[RETURN] = data.draw(argument(syscall.returns))
    writer = TraceWriter()
    writer.start("arm64", "p", 1)
    writer.call(syscall.name, call)
    writer.returned(syscall.name, status, outs)
    made, returned = read(writer.take())[-2:]
    assert isinstance(made, CallMade)
    assert (made.name, made.call) == (syscall.name, call)
    assert returned == CallReturned(status, outs)


def test_other_records_come_back_as_they_were():
    writer = TraceWriter()
    writer.start("x64", "program", 3, kernel="git-abc", absent=("socket_share",))
    writer.bootstrap(0x11, 0x22, 3, 0x44, 55)
    writer.begin(1, "one")
    writer.end(1, 9)
    writer.skip(2, "two", "@job")
    writer.finish(1)
    events = read(writer.take())
    assert [
        event._replace(offset=0) if hasattr(event, "offset") else event for event in events
    ] == [
        ProgramStart(Arch.X64, "program", 3, 0, NONCE),
        KernelVersion("git-abc"),
        CallTable(tuple(call.name for call in MADE), frozenset({"socket_share"})),
        BootstrapHandle(0x11, 0x22, 3, 0x44, 55, 0),
        CaseStart(1, "one", 0),
        CaseEnd(1, 9, 0),
        CaseSkipped(2, "two", "@job", 0),
        ProgramEnd(1, 0),
    ]


def test_kernel_without_a_version():
    writer = TraceWriter()
    writer.start("x64", "p", 0)
    assert KernelVersion(None) in read(writer.take())


def test_slots_are_those_that_the_log_names():
    """A saved log of another zxhil has its calls in another order, and some that we don't know."""
    from zxhil.trace.wire import encode

    stream = encode(0, "V", "1 x64 p 1") + encode(1, "D", "frobnicate -socket_share handle_close")
    stream += encode(2, "B", "0 c") + encode(3, "C", "2 77") + encode(4, "R", "0")
    made, returned = read(stream)[-2:]
    assert made.name == "handle_close"
    assert made.call.handle == 0x77
    assert returned == CallReturned(0, {})
