"""The recording wrappers of the guest tests, generated from `zxhil.abi.calls.CALLS`.

Each wrapper has its call's real name. It writes a ``C`` record, makes the call through the
vDSO, writes an ``R`` record (docs/trace.md) and returns what the call returned. The text goes
into the build folder and is never kept in the repository.

A wrapper and its entry in the program's table of calls are sections of their own: the linker
drops those that nothing calls.
"""

from __future__ import annotations

from collections.abc import Iterable

from zxhil.abi.ages import CHANGED, HORIZON, WITNESSES
from zxhil.abi.calls import CALLS, Syscall
from zxhil.abi.header import prototype, return_ctype
from zxhil.abi.info import RECORD_SIZE
from zxhil.abi.kinds import (
    InBytes,
    InHandles,
    InOutDispositions,
    Opaque,
    Out,
    OutBytes,
    OutHandleInfos,
    OutHandles,
    OutRecords,
    Scalar,
)
from zxhil.abi.objects import InfoTopic

#: Topics of which an object has any number of records; of the others it has one.
_LIST_TOPICS = {InfoTopic.PROCESS_THREADS, InfoTopic.JOB_CHILDREN, InfoTopic.JOB_PROCESSES}


def _argument(name: str, kind: object) -> str:
    """The C statement that records one parameter before the call."""
    match kind:
        case Scalar(_, 32):
            return f"arg_scalar((uint32_t){name});"
        case Scalar():
            return f"arg_scalar((uint64_t){name});"
        case InBytes(size):
            return f"arg_bytes({name}, {size});"
        case InHandles(number):
            return f"arg_handles({name}, {number});"
        case InOutDispositions(number):
            return f"arg_dispositions({name}, {number});"
        case Out():
            return f"arg_out({name}, sizeof(*{name}), _Alignof(__typeof__(*{name})));"
        case OutBytes(size):
            return f"arg_out({name}, {size}, 1);"
        case OutHandles(number) | OutHandleInfos(number):
            size = f"(uint64_t){number} * sizeof(*{name})"
            return f"arg_out({name}, {size}, _Alignof(__typeof__(*{name})));"
        case OutRecords(size):
            return f"arg_out({name}, {size}, _Alignof(uint64_t));"
        case Opaque(_, size):
            factors = size if isinstance(size, tuple) else (size,)
            return f"arg_out({name}, {' * '.join(f'(uint64_t){each}' for each in factors)}, 1);"
    raise TypeError(f"{name}: no recorder for {kind!r}")


def _output(name: str, kind: object) -> str | None:
    """The C statement that records what was written through one parameter, if it is a pointer."""
    match kind:
        case Out():
            return f"out_integer({name}, sizeof(*{name}));"
        case OutBytes(room, ""):
            return f"out_bytes(status, {name}, {room}, &{room}, sizeof({room}));"
        case OutBytes(room, actual):
            return f"out_bytes(status, {name}, {room}, {actual}, sizeof(*{actual}));"
        case OutHandles(room, actual):
            return f"out_handles(status, {name}, {room}, {actual}, sizeof(*{actual}));"
        case OutHandleInfos(room, actual):
            return f"out_infos(status, {name}, {room}, {actual}, sizeof(*{actual}));"
        case OutRecords(room, topic, actual):
            return (
                f"out_records(status, {name}, {room}, {actual}, sizeof(*{actual}),"
                f" topic_record_size({topic}), topic_has_one_record({topic}));"
            )
        case InOutDispositions(number):
            return f"out_results({name}, {number});"
    return None


def _wrapper(call: Syscall) -> Iterable[str]:
    changed = CHANGED[call.name].day if call.name in CHANGED else 0
    names = ", ".join(p.name for p in call.parameters)
    types = ", ".join(p.kind.ctype for p in call.parameters) or "void"
    made = f"(({return_ctype(call)} (*)({types}))call_{call.name}.address)({names});"
    outputs = [text for p in call.parameters if (text := _output(*p))]
    yield f"CALL({call.name}, {changed});"
    yield f"{prototype(call)} {{"
    yield f"    if (!call_begin(&call_{call.name})) {_GIVE_UP[_value(call)]}"
    yield from (f"    {_argument(*p)}" for p in call.parameters)
    yield "    call_ready();"
    match _value(call):
        case "status":
            yield f"    zx_status_t status = {made}"
            yield "    call_returned(status);"
        case "value":
            yield f"    {return_ctype(call)} value = {made}"
            yield "    call_returned_value((uint64_t)value);"
        case _:
            yield f"    {made}"
            yield "    call_returned_nothing();"
    if outputs and not call.has_status:
        yield "    zx_status_t status = ZX_OK;"
    yield from (f"    {text}" for text in outputs)
    yield "    call_end();"
    if call.returns is not None:
        yield f"    return {_value(call)};"
    yield "}"
    yield ""


#: What a wrapper does instead of a call that can't be made.
_GIVE_UP = {"status": "return ZX_ERR_NOT_SUPPORTED;", "value": "return 0;", "nothing": "return;"}


def _value(call: Syscall) -> str:
    if call.returns is None:
        return "nothing"
    return "status" if call.has_status else "value"


def _topics() -> Iterable[str]:
    yield "static unsigned topic_record_size(uint32_t topic) {"
    yield "    switch (topic) {"
    for topic, size in RECORD_SIZE.items():
        yield f"    case ZX_INFO_{topic.name}: return {size};"
    yield "    }"
    yield "    return 0;"
    yield "}"
    yield ""
    lists = " && ".join(f"topic != ZX_INFO_{t.name}" for t in RECORD_SIZE if t in _LIST_TOPICS)
    yield f"static bool topic_has_one_record(uint32_t topic) {{ return {lists}; }}"
    yield ""


def _ages() -> Iterable[str]:
    yield f"const uint32_t age_horizon = {HORIZON};"
    yield "const char zx_witness_names[] ="
    yield "\n".join(f'    "{witness.name}\\0"' for witness in WITNESSES) + ";"
    yield f"const unsigned zx_witness_count = {len(WITNESSES)};"
    yield "const age_witness_t zx_witnesses[] = {"
    yield from (f"    {{{', '.join(map(str, witness[1:]))}}}," for witness in WITNESSES)
    yield "};"


def calls_source() -> str:
    """Return the text of `zx_calls.c`, to be compiled with the runtime in `guest_tests/rt`."""
    parts = [
        "/* Generated by zxhil.guest.recorder from zxhil.abi: change it there. */",
        '#include "rt.h"',
        "",
        *_ages(),
        "",
        *_topics(),
    ]
    for call in CALLS:
        if call.in_vdso:
            parts += _wrapper(call)
    return "\n".join(parts)
