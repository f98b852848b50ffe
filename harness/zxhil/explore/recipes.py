"""Short programs that bring an object into a state which single calls seldom reach.

The last line names the handle to it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from zxhil.abi.objects import ObjType
from zxhil.explore.program import Ref, Step, parse


class StateRecipe(NamedTuple):
    """What makes an object in a certain state, and the handle to it; `name` is its own."""

    name: str
    steps: tuple[Step, ...]
    made: Ref


_CHANNEL = "channel_create(options=0)"
_SENT = "channel_write(handle=r0.out1, options=0, bytes=b'a')"
_FIFO = "fifo_create(elem_count=4, elem_size=8, options=0)"
_VMO = "vmo_create(size=8192, options=0)"
_PORT = "port_create(options=0)"
_EVENT = "event_create(options=0)"
_INTERRUPT = "interrupt_create(src_obj=0, src_num=0, options=0x10)"
_QUEUED = "port_queue(handle=r0.out, packet=(1, 0, 0, b'{0}',))"
_NAMED = "fifo_write(handle=r0.out1, elem_size=8, data=b'{0}', count={1})"

_TEXTS: dict[ObjType, tuple[tuple[str, ...], ...]] = {
    ObjType.CHANNEL: (
        (_CHANNEL, _SENT, "channel_write(handle=r0.out1, options=0, bytes=b'bc')", "r0.out0"),
        (_CHANNEL, _SENT, "handle_close(handle=r0.out1)", "r0.out0"),
        (_CHANNEL, _EVENT, "handle_duplicate(handle=r1.out, rights=1)", _PORT,
         "channel_write(handle=r0.out1, options=0, bytes=b'a', handles=[r1.out, r2.out, r3.out])",
         "r0.out0"),
        (_CHANNEL, "channel_create(options=0)", _EVENT,
         "channel_write(handle=r0.out1, options=0, bytes=b'', handles=[r2.out])",
         "channel_write(handle=r1.out1, options=0, bytes=b'', handles=[r0.out0])", "r1.out0"),
        (_CHANNEL, _EVENT, "channel_write_etc(handle=r0.out1, options=0, bytes=b'a', handles=["
         "(0, r1.out, 0, 1, 0,)])", "r0.out0"),
        (_CHANNEL, _EVENT, "channel_write_etc(handle=r0.out1, options=0, bytes=b'a', handles=["
         "(1, r1.out, 0, 0x80000000, 0,)])", "r0.out0"),
    ),
    ObjType.SOCKET: (
        ("socket_create(options=0)", "socket_write(handle=r0.out1, options=0, buffer=b'abc')",
         "socket_write(handle=r0.out1, options=0, buffer=b'de')", "r0.out0"),
        ("socket_create(options=1)", "socket_write(handle=r0.out1, options=0, buffer=b'abc')",
         "socket_write(handle=r0.out1, options=0, buffer=b'de')", "r0.out0"),
        ("socket_create(options=2)", "socket_write(handle=r0.out1, options=4, buffer=b'ab')",
         "r0.out0"),
        ("socket_create(options=2)", "socket_write(handle=r0.out1, options=4, buffer=b'ab')",
         "r0.out1"),
        ("socket_create(options=4)", "socket_create(options=0)",
         "socket_share(handle=r0.out1, socket_to_share=r1.out0)", "r0.out1"),
        ("socket_create(options=4)", "socket_create(options=0)",
         "socket_share(handle=r0.out1, socket_to_share=r1.out0)", "r0.out0"),
        ("socket_create(options=0)", "socket_write(handle=r0.out1, options=0, buffer=b'abc')",
         "socket_shutdown(handle=r0.out0, options=2)", "r0.out0"),
        ("socket_create(options=0)", "socket_write(handle=r0.out1, options=0, buffer=b'abc')",
         "socket_shutdown(handle=r0.out1, options=1)", "r0.out0"),
        ("socket_create(options=0)", "socket_write(handle=r0.out1, options=0, buffer=b'abc')",
         "handle_close(handle=r0.out1)", "r0.out0"),
        ("socket_create(options=0)",
         "object_set_property(handle=r0.out0, property=12, value=b'\\2\\0\\0\\0\\0\\0\\0\\0')",
         "socket_write(handle=r0.out1, options=0, buffer=b'a')",
         "socket_write(handle=r0.out1, options=0, buffer=b'bc')", "r0.out0"),
    ),
    ObjType.FIFO: (
        (_FIFO, _NAMED.format("aaaaaaaabbbbbbbbaaaaaaaabbbbbbbb", 4), "r0.out1"),
        (_FIFO, _NAMED.format("aaaaaaaabbbbbbbb", 2), _NAMED.format("cccccccc", 1), "r0.out0"),
        (_FIFO, _NAMED.format("aaaaaaaa", 1), "handle_close(handle=r0.out1)", "r0.out0"),
        (_FIFO, _NAMED.format("aaaaaaaabbbbbbbbaaaaaaaabbbbbbbb", 4),
         "fifo_read(handle=r0.out0, elem_size=8, count=2)", "r0.out1"),
    ),
    ObjType.PORT: (
        (_PORT, _QUEUED.format("a" * 32), _QUEUED.format("b" * 32), "r0.out"),
        (_PORT, _EVENT, "object_wait_async(handle=r1.out, port=r0.out, key=1, signals="
         "0x1000000, options=0)", "object_signal(handle=r1.out, clear_mask=0, set_mask=0x1000000)",
         "r0.out"),
        (_PORT, _EVENT, "object_wait_async(handle=r1.out, port=r0.out, key=1, signals="
         "0x1000000, options=1)", "object_signal(handle=r1.out, clear_mask=0, set_mask=0x1000000)",
         "object_signal(handle=r1.out, clear_mask=0x1000000, set_mask=0)",
         "object_signal(handle=r1.out, clear_mask=0, set_mask=0x1000000)", "r0.out"),
        (_PORT, _EVENT, "object_wait_async(handle=r1.out, port=r0.out, key=1, signals="
         "0x1000000, options=0)", "object_signal(handle=r1.out, clear_mask=0, set_mask=0x1000000)",
         "object_signal(handle=r1.out, clear_mask=0x1000000, set_mask=0)",
         "object_signal(handle=r1.out, clear_mask=0, set_mask=0x1000000)", "r0.out"),
        ("port_create(options=1)", _INTERRUPT,
         "interrupt_bind(handle=r1.out_handle, port_handle=r0.out, key=1, options=0)",
         "interrupt_trigger(handle=r1.out_handle, options=0, timestamp=1000)", "r0.out"),
    ),
    ObjType.EVENT: (
        (_EVENT, "object_signal(handle=r0.out, clear_mask=0, set_mask=0x3000000)", "r0.out"),
        (_EVENT, _EVENT, "object_set_cookie(handle=r0.out, scope=r1.out, cookie=1)", "r0.out"),
        (_EVENT, _EVENT, "object_set_cookie(handle=r0.out, scope=r1.out, cookie=1)",
         "handle_close(handle=r1.out)", "r0.out"),
        (_EVENT, "object_set_cookie(handle=r0.out, scope=process, cookie=1)",
         "object_set_cookie(handle=r0.out, scope=process, cookie=2)", "r0.out"),
    ),
    ObjType.EVENTPAIR: (
        ("eventpair_create(options=0)", "object_signal_peer(handle=r0.out1, clear_mask=0, "
         "set_mask=0x1000000)", "r0.out0"),
        ("eventpair_create(options=0)",
         "object_set_cookie(handle=r0.out0, scope=process, cookie=1)",
         "handle_close(handle=r0.out1)", "r0.out0"),
        ("eventpair_create(options=0)",
         "object_set_cookie(handle=r0.out0, scope=process, cookie=1)",
         "object_set_cookie(handle=r0.out1, scope=process, cookie=2)", "r0.out0"),
    ),
    ObjType.TIMER: (
        ("timer_create(options=0, clock_id=0)",
         "timer_set(handle=r0.out, deadline=0x7fffffffffffffff, slack=0)", "r0.out"),
        ("timer_create(options=0, clock_id=0)", "timer_set(handle=r0.out, deadline=0, slack=0)",
         "r0.out"),
    ),
    ObjType.INTERRUPT: (
        (_INTERRUPT, "interrupt_trigger(handle=r0.out_handle, options=0, timestamp=1000)",
         "r0.out_handle"),
        (_INTERRUPT, "interrupt_destroy(handle=r0.out_handle)", "r0.out_handle"),
        (_INTERRUPT, "port_create(options=1)",
         "interrupt_bind(handle=r0.out_handle, port_handle=r1.out, key=1, options=0)",
         "r0.out_handle"),
        (_INTERRUPT, "port_create(options=1)",
         "interrupt_bind(handle=r0.out_handle, port_handle=r1.out, key=1, options=0)",
         "interrupt_trigger(handle=r0.out_handle, options=0, timestamp=1000)",
         "port_wait(handle=r1.out, deadline=0)", "r0.out_handle"),
    ),
    ObjType.VMO: (
        (_VMO, "vmo_write(handle=r0.out, buffer=b'abcd', offset=0)",
         "vmo_clone(handle=r0.out, options=1, offset=0, size=8192)", "r0.out"),
        (_VMO, "vmo_write(handle=r0.out, buffer=b'abcd', offset=0)",
         "vmo_clone(handle=r0.out, options=1, offset=0, size=8192)", "r2.out"),
        (_VMO, "vmo_write(handle=r0.out, buffer=b'abcd', offset=4096)",
         "vmo_clone(handle=r0.out, options=1, offset=4096, size=8192)",
         "vmo_write(handle=r2.out, buffer=b'xy', offset=1)", "r2.out"),
        (_VMO, "vmo_write(handle=r0.out, buffer=b'abcd', offset=4096)",
         "vmo_set_size(handle=r0.out, size=4096)", "vmo_set_size(handle=r0.out, size=8192)",
         "r0.out"),
        ("vmo_create(size=4096, options=1)", "r0.out"),
        (_VMO, "vmo_set_cache_policy(handle=r0.out, cache_policy=1)", "r0.out"),
        (_VMO, "handle_duplicate(handle=r0.out, rights=0x80000000)", "r1.out"),
    ),
    ObjType.JOB: (
        ("job_create(parent_job=job, options=0)", "job_create(parent_job=r0.out, options=0)",
         "r0.out"),
        ("job_create(parent_job=job, options=0)",
         "process_create(job=r0.out, name=b'p', options=0)", "r0.out"),
    ),
    ObjType.PROCESS: (
        ("process_create(job=job, name=b'p', options=0)",
         "thread_create(process=r0.proc_handle, name=b't', options=0)", "r0.proc_handle"),
    ),
    ObjType.THREAD: (
        ("process_create(job=job, name=b'p', options=0)",
         "thread_create(process=r0.proc_handle, name=b't', options=0)", "r1.out"),
    ),
}  # fmt: skip


@functools.cache
def recipes() -> Mapping[ObjType, Sequence[StateRecipe]]:
    """The recipes for each type."""
    return {
        type_: [_read(f"{type_.name} {place}", lines) for place, lines in enumerate(each)]
        for type_, each in _TEXTS.items()
    }


def _read(name: str, lines: Sequence[str]) -> StateRecipe:
    *calls, last = lines
    program = parse("\n".join(f"r{number} = {call}" for number, call in enumerate(calls)))
    number, _, output = last.removeprefix("r").partition(".")
    return StateRecipe(name, program.steps, Ref(int(number), output))
