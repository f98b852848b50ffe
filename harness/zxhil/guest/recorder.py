"""The recording wrappers of the guest tests, generated from `zxhil.abi.calls.CALLS`.

Each wrapper has its call's real name. It writes a ``C`` record, makes the call through the
vDSO, writes an ``R`` record (docs/trace.md) and returns what the call returned. The text goes
into the build folder and is never kept in the repository.

A wrapper and its entry in the program's table of calls are sections of their own: the linker
drops those that nothing calls.
"""

from __future__ import annotations

from collections.abc import Iterable

from zxhil.abi.ages import CHANGED, ENDED, HORIZON, WITNESSES
from zxhil.abi.calls import CALLS, Syscall
from zxhil.abi.header import prototype, return_ctype
from zxhil.abi.kinds import InC
from zxhil.abi.kinds.infos import MANY, RECORD_SIZE

#: After these calls the runtime knows the address space anew (guest_tests/rt/mappings.c).
_AFTER = {
    "vmar_allocate": "mappings_allocated(status, parent_vmar, size, child_vmar, child_addr);",
    "vmar_allocate_old": "mappings_allocated(status, parent_vmar, size, child_vmar, child_addr);",
    "vmar_destroy": "mappings_destroyed(status, handle);",
    "vmar_map": "mappings_mapped(status, handle, options, vmo, vmo_offset, len, mapped_addr);",
    "vmar_map_old": (
        "mappings_mapped(status, handle, map_flags, vmo, vmo_offset, len, mapped_addr);"
    ),
    "vmar_unmap": "mappings_unmapped(status, handle, addr, len);",
    "vmar_protect": "mappings_protected(status, handle, options, addr, len);",
    "vmar_protect_old": "mappings_protected(status, handle, prot_flags, addr, len);",
    "vmo_set_size": "mappings_resized(status, handle, size);",
}


#: These calls may stop another thread, which must not be sending a record.
_STOPS = {"task_kill", "task_suspend", "task_suspend_token"}


def _wrapper(call: Syscall) -> Iterable[str]:
    changed = CHANGED[call.name].day if call.name in CHANGED else 0
    ended = ENDED[call.name].last if call.name in ENDED else 0
    names = ", ".join(p.name for p in call.parameters)
    types = ", ".join(p.kind.ctype for p in call.parameters) or "void"
    made = f"(({return_ctype(call)} (*)({types}))call_{call.name}.address)({names});"
    outputs = [p.kind.record_output(InC(p.name)) for p in call.parameters if p.kind.writes]
    yield f"CALL({call.name}, {changed}, {ended});"
    yield f"{prototype(call)} {{"
    begun = f"call_begin(&call_{call.name}, __builtin_frame_address(0))"
    yield f"    if (!{begun}) {_GIVE_UP[_value(call)]}"
    yield from (f"    {p.kind.record_argument(InC(p.name))}" for p in call.parameters)
    yield f"    call_ready{'_alone' if call.name in _STOPS else ''}();"
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
    if call.name in _AFTER:
        yield f"    {_AFTER[call.name]}"
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
    lists = " && ".join(f"topic != ZX_INFO_{t.name}" for t in RECORD_SIZE if t in MANY)
    yield f"static bool topic_has_one_record(uint32_t topic) {{ return {lists}; }}"
    yield ""


def _structs() -> Iterable[str]:
    """The functions that record structs, each once."""
    kinds = [p.kind for call in CALLS if call.in_vdso for p in call.parameters]
    made = {name: text for kind in kinds for name, text in kind.recorders().items()}
    return made.values()


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
        *_structs(),
    ]
    for call in CALLS:
        if call.in_vdso:
            parts += _wrapper(call)
    return "\n".join(parts)
