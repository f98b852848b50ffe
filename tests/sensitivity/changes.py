"""One answer changed at a time: every way in which a recorded answer could have been another.

Each `Change` has a `what`, the kind that it is of, by which unnoticed changes are listed:
`CALL STATUS OUTPUT CHANGE` and, after a comma, what else the reason depends on.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from changed_records import fields, pending, record_fields
from golden_logs import GoldenCase
from zxhil.abi.calls import BY_NAME, AnyCall
from zxhil.abi.info import handle_basic
from zxhil.abi.kinds import HandleInfoRecord, Kind
from zxhil.abi.kinds.in_structs import InStructs
from zxhil.abi.kinds.infos import RECORD_SIZE, RECORDS
from zxhil.abi.objects import InfoTopic, ObjType
from zxhil.abi.sample import Sample
from zxhil.abi.status import Status, status_name
from zxhil.model.clause import Outcome
from zxhil.model.given import handles_in
from zxhil.model.kernel import Kernel
from zxhil.model.pages import MODELLED, load
from zxhil.model.state import Bootstrap

_FRESH = 0x0BADF00C
"""A handle value that no log has."""
_STRANGER = 0x7777777
"""A koid that no log has."""
_BASIC = struct.Struct("<QIIQI4x")
_LISTS = (InfoTopic.PROCESS_THREADS, InfoTopic.JOB_CHILDREN, InfoTopic.JOB_PROCESSES)
_COMMON = 23
"""From this bit on signals are named for every type."""
#: The signals below that pages name, and say when they are asserted.
_NAMED = {
    "channel": (0, 2),
    "socket": (0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11),
    "event": (3,),
    "eventpair": (2, 3),
    "process": (3,),
    "thread": (3,),
    "timer": (3,),
    "vmo": (3,),
}
_AFTER_ERROR = {
    ("object_wait_one", Status.ZX_ERR_TIMED_OUT): ("observed",),
    ("channel_read", Status.ZX_ERR_BUFFER_TOO_SMALL): ("actual_bytes", "actual_handles"),
    ("channel_read_etc", Status.ZX_ERR_BUFFER_TOO_SMALL): ("actual_bytes", "actual_handles"),
}
"""Outputs that a page speaks of after an error."""


@dataclass(frozen=True)
class Change:
    """Call `place` of `case` answered with `outcome` in place of what it did answer."""

    case: GoldenCase
    place: int
    what: str
    output: str
    outcome: Outcome

    def __str__(self) -> str:
        return f"{self.case.info.id} call {self.place}: {self.what}"


class _Seen(NamedTuple):
    """A recorded call, and what changes of it are described by."""

    name: str
    call: AnyCall
    outcome: Outcome
    objects: tuple[str, ...]
    """The types of the objects behind the handles that it is given."""
    alive: int
    """The handle value that is alive for sure, or 0."""
    used: frozenset[int]
    """Handle values that later calls are given."""
    allowed: frozenset[int]
    """The statuses that the model allowed."""


def changes(case: GoldenCase) -> Iterator[Change]:
    """Every change of every answer of a case."""
    for place, seen in enumerate(_watched(case)):
        if seen.name not in MODELLED:
            continue
        status = status_name(seen.outcome.status).removeprefix("ZX_").removeprefix("ERR_")
        for output, change, outcome in (*_statuses(seen), *_outputs(seen)):
            yield Change(case, place, f"{seen.name} {status} {output} {change}", output, outcome)


def _watched(case: GoldenCase) -> Iterator[_Seen]:
    if case.beside:
        return
    kernel = Kernel([Bootstrap(*event[1:6]) for event in case.bootstrap])
    later = [handles_in(made.call) for made in case.made]
    used = [frozenset([*scalars, *arrays]) for scalars, arrays in later]
    for place, (made, outcome) in enumerate(zip(case.made, case.outcomes, strict=True)):
        given = [value for value in handles_in(made.call)[0] if value]
        objects = tuple(_type(kernel, value) for value in given)
        alive = next((v for v in given if kernel.state.valid(v) == 2), case.bootstrap[0].handle)
        allowed = kernel.allowed(made.call).statuses
        after = frozenset().union(*used[place + 1 :])
        yield _Seen(made.name, made.call, outcome, objects, alive, after, allowed)
        kernel.observe(made.call, outcome)


def _type(kernel: Kernel, value: int) -> str:
    object_ = kernel.state.object(value)
    return "nothing" if object_ is None else object_.type.name.lower()


# ---- statuses


def _statuses(seen: _Seen) -> Iterator[tuple[str, str, Outcome]]:
    """Another documented status, ZX_OK, and one that the page does not document.

    Not the statuses that the page allows at any time, nor those that it allows for this call.
    """
    if not BY_NAME[seen.name].has_status:
        return
    page = load(seen.name)
    undocumented = next(int(s) for s in Status if s and int(s) not in page.statuses)
    for status in sorted({0, undocumented, *page.statuses} - page.at_any_time, reverse=True):
        if status != seen.outcome.status:
            name = status_name(status).removeprefix("ZX_").removeprefix("ERR_")
            shown = "undocumented" if status == undocumented else name
            leave = ", which it may as well be" if status in seen.allowed else ""
            yield "status", shown + leave, Outcome(status, seen.outcome.outs)


# ---- outputs


def _outputs(seen: _Seen) -> Iterator[tuple[str, str, Outcome]]:
    status = seen.outcome.status
    spoken_of = _AFTER_ERROR.get((seen.name, Status(status)), ())
    for parameter in BY_NAME[seen.name].parameters:
        name, value = parameter.name, seen.outcome.outs.get(parameter.name)
        if not parameter.kind.writes or value is None:
            continue
        if status and name not in spoken_of and not parameter.kind.reads:
            yield name, "written", _with(seen, **{name: _other(value)})
            continue
        for change, outs in _changed(seen, name, parameter.kind, value):
            yield name, change, _with(seen, **outs)


def _with(seen: _Seen, **outs: Any) -> Outcome:
    return Outcome(seen.outcome.status, {**seen.outcome.outs, **outs})


def _other(value: Any) -> Any:
    if isinstance(value, Sample):
        return Sample(b"changed")
    return value ^ 1 if isinstance(value, int) else ()


def _changed(
    seen: _Seen, name: str, kind: Kind, value: Any
) -> Iterator[tuple[str, dict[str, Any]]]:
    if kind.is_handle:
        yield from ((change, {name: v}) for change, v in _handles(seen, value))
    elif kind.ctype == "zx_signals_t*":
        yield from _signals(seen, name, value)
    elif kind.is_number:
        yield from _numbers(seen, name, value)
    elif kind.is_bytes:
        yield from _bytes(name, value)
    elif kind.handles_written():
        yield from _arrays(seen, name, kind, value)
    elif isinstance(kind, InStructs) and kind.written == ("pending",):
        yield from pending(name, value)
    elif kind.reads:
        yield from _results(name, value)
    elif hasattr(value, "_fields"):
        yield from fields(name, value)
    else:
        yield from _records(seen, name, value)


def _bytes(name: str, value: Sample) -> Iterator[tuple[str, dict[str, Any]]]:
    """One byte, the first or the last, as far as the trace has them; else the checksum."""
    if value.digest is not None:
        yield "other bytes", {name: value._replace(digest=value.digest ^ 1)}
    elif value.first:
        for place, which in ((0, "the first byte"), (len(value.first) - 1, "the last byte")):
            changed = bytearray(value.first)
            changed[place] ^= 1
            yield f"{which} changed", {name: Sample(bytes(changed))}


def _handles(seen: _Seen, value: int) -> Iterator[tuple[str, int]]:
    yield "invalid", 0
    yield "one that is alive", seen.alive
    yield "another" if value in seen.used else "another, not used", _FRESH


def _signals(seen: _Seen, name: str, value: int) -> Iterator[tuple[str, dict[str, Any]]]:
    for bit in range(32):
        turned = "cleared" if value >> bit & 1 else "set"
        type_ = seen.objects[0]
        named = bit >= _COMMON or bit in _NAMED.get(type_, ())
        which = f"bit {bit}" if named else "unnamed bit"
        yield f"{which} {turned}, {type_}", {name: value ^ 1 << bit}


def _numbers(seen: _Seen, name: str, value: int) -> Iterator[tuple[str, dict[str, Any]]]:
    about = ""
    if seen.name == "object_get_info":
        about = f", {_topic(seen.call)}"
    if name == "cookie":
        yield "lowest bit", {name: value ^ 1}
        yield "highest bit", {name: value ^ 1 << 63}
        return
    if name == "actual_handles" and seen.outcome.outs.get("handles") is not None:
        return
    yield f"more{about}", {name: value + 1}
    if value:
        yield f"less{about}", {name: value - 1}


def _topic(call: Any) -> str:
    try:
        return InfoTopic(call.topic).name
    except ValueError:
        return "other topics"


def _arrays(
    seen: _Seen, name: str, kind: Kind, value: Sequence[Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """An element changed; the array one longer, one shorter, in reverse, with its count."""
    infos = kind.element > 4
    if None in value:  # of zx_channel_call, which handed over no message
        return
    if value:
        yield "the last missing", {name: tuple(value[:-1]), kind.actual: len(value) - 1}
    more = HandleInfoRecord(_FRESH, ObjType.EVENT, 0, 0) if infos else _FRESH
    yield "one more", {name: (*value, more), kind.actual: len(value) + 1}
    if len(value) > 1:
        used = any((v.handle if infos else v) in seen.used for v in value)
        yield f"reversed{'' if used else ', not used'}", {name: tuple(reversed(value))}
    for place in sorted({0, len(value) // 2, len(value) - 1} & set(range(len(value)))):
        element = value[place]
        for change, now in _info(seen, element) if infos else _handles(seen, element):
            yield change, {name: (*value[:place], now, *value[place + 1 :])}


def _info(seen: _Seen, info: HandleInfoRecord) -> Iterator[tuple[str, HandleInfoRecord]]:
    for change, handle in _handles(seen, info.handle):
        yield change, info._replace(handle=handle)
    yield "type", info._replace(type=ObjType.LOG)
    for bit in (0, 1, 2, 3, 12, 14, 20):
        turned = "taken" if info.rights >> bit & 1 else "added"
        yield f"right {bit} {turned}", info._replace(rights=info.rights ^ 1 << bit)
    yield "unused", info._replace(unused=1)


def _results(name: str, value: Sequence[int]) -> Iterator[tuple[str, dict[str, Any]]]:
    for place, result in enumerate(value):
        for now in (0, Status.ZX_ERR_BAD_HANDLE, Status.ZX_ERR_INTERNAL):
            if now != result:
                what = "an error" if now else "ZX_OK"
                from_ = "an error" if result else "ZX_OK"
                changed = (*value[:place], int(now), *value[place + 1 :])
                yield f"{what} for {from_}", {name: changed}


def _records(seen: _Seen, name: str, raw: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    call: Any = seen.call
    if call.topic == InfoTopic.HANDLE_BASIC:
        yield from ((change, {name: now}) for change, now in _basic(seen, raw))
    elif call.topic in _LISTS:
        yield from _lists(seen, name, raw)
    elif call.topic in RECORDS:
        for change, now in record_fields(call.topic, raw):
            yield change, {name: now}
    elif call.topic in RECORD_SIZE:
        for place in range(0, len(raw), 4 if call.topic == InfoTopic.HANDLE_COUNT else 1):
            changed = bytes([*raw[:place], raw[place] ^ 1, *raw[place + 1 :]])
            yield f"byte {place} of {_topic(call)}", {name: changed}


def _basic(seen: _Seen, raw: bytes) -> Iterator[tuple[str, bytes]]:
    reported = handle_basic(raw)
    assert reported is not None
    of = f", {seen.objects[0]}" if seen.objects else ""
    yield f"koid of another{of}", _BASIC.pack(*reported._replace(koid=reported.related_koid or 1))
    yield f"koid of a stranger{of}", _BASIC.pack(*reported._replace(koid=_STRANGER))
    yield f"related koid of a stranger{of}", _BASIC.pack(*reported._replace(related_koid=_STRANGER))
    if reported.related_koid:
        yield f"no related koid{of}", _BASIC.pack(*reported._replace(related_koid=0))
    yield f"type{of}", _BASIC.pack(*reported._replace(type=ObjType.LOG))
    yield f"props{of}", _BASIC.pack(*reported._replace(props=reported.props ^ 1))
    for bit in range(21):
        turned = "taken" if reported.rights >> bit & 1 else "added"
        yield (
            f"right {turned}{of}",
            _BASIC.pack(*reported._replace(rights=reported.rights ^ 1 << bit)),
        )


def _lists(seen: _Seen, name: str, raw: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    of = _topic(seen.call)
    count, avail = len(raw) // 8, seen.outcome.outs.get("avail")
    for place in range(count):
        shorter = raw[: place * 8] + raw[place * 8 + 8 :]
        # As if the kernel did not have the child at all.
        fewer = {} if avail is None else {"avail": avail - 1}
        yield f"child missing, {of}", {name: shorter, "actual": count - 1, **fewer}
        stranger = raw[: place * 8] + struct.pack("<Q", _STRANGER) + raw[place * 8 + 8 :]
        yield f"child replaced, {of}", {name: stranger}
    call: Any = seen.call
    if call.buffer_size >= 8 * (count + 1):
        more = {} if avail is None else {"avail": avail + 1}
        longer = raw + struct.pack("<Q", _STRANGER)
        yield f"stranger listed, {of}", {name: longer, "actual": count + 1, **more}
