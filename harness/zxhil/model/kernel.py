"""The model as a kernel to play with: calls from Python, no guest, no machine.

    >>> from zxhil.model.kernel import Kernel
    >>> k = Kernel()
    >>> a, b = k.channel_create()
    >>> (event,) = k.event_create()
    >>> k.channel_write(a, b"hi", [event]).status.name
    'ZX_OK'
    >>> k.handle_close(event).status.name
    'ZX_ERR_BAD_HANDLE'

See docs/model.md.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from zxhil.abi.calls import NAMES, AnyCall
from zxhil.abi.kinds import HandleInfoRecord, Memory
from zxhil.abi.objects import MAX_MSG_BYTES, MAX_MSG_HANDLES, InfoTopic
from zxhil.abi.rights import Rights
from zxhil.abi.sample import Sample
from zxhil.abi.status import Status
from zxhil.model.arguments import make_call
from zxhil.model.clause import Allowed, Outcome
from zxhil.model.judge import Verdict, judge
from zxhil.model.page import AnyPage
from zxhil.model.pages import load_or_none_yet
from zxhil.model.predict import Numbers, predict
from zxhil.model.state import Bootstrap, State

_SAME = int(Rights.SAME_RIGHTS)

Bytes = bytes | Memory | None
Handles = Sequence[int] | Memory | None


@dataclass(frozen=True, slots=True)
class Returned:
    """How a call came back; iterating over it yields the handles that it returned.

    `allowed` is all that the page allowed. `data` are the bytes of a message or of a socket.
    """

    call: AnyCall
    outcome: Outcome
    allowed: Allowed
    data: bytes = b""

    @property
    def status(self) -> Status:
        """The status."""
        return Status(self.outcome.status)

    @property
    def handles(self) -> tuple[int, ...]:
        """The handles that the call returned, in the order of its parameters."""
        found: list[int] = []
        for name, value in self.outcome.outs.items():
            if name.startswith(("out", "handles", "proc_", "vmar_", "resource_")):
                listed = value if isinstance(value, tuple) else (value,)
                found += [v.handle if isinstance(v, HandleInfoRecord) else v for v in listed]
        return tuple(found) if self.outcome.status == Status.ZX_OK else ()

    def __iter__(self) -> Iterator[int]:
        return iter(self.handles)


class Kernel:
    """A process's view of a kernel that keeps to its pages.

    Calls answer ZX_OK where the pages allow it. `observe` takes instead what another kernel did,
    judges it, and goes on from there.
    """

    def __init__(self, bootstrap: Sequence[Bootstrap] = ()) -> None:
        self.state = State(bootstrap)
        self._new = Numbers()
        self._data: dict[int, bytes] = {}

    # ---- any call

    def allowed(self, call: AnyCall) -> Allowed:
        """What the page allows for `call` as things are; nothing changes."""
        return self._page(call).allows(self.state, call)

    def observe(self, call: AnyCall, outcome: Outcome) -> Verdict:
        """Judge what a kernel answered to `call`, and let the model follow it."""
        return judge(self._page(call), self.state, call, outcome)

    def make(self, syscall: str, /, **given: Any) -> AnyCall:
        """Spell a call with Python values (see `zxhil.model.arguments`), without making it.

        Raises KeyError if there is no such call, TypeError if it has no such parameter.
        """
        for value in given.values():
            if isinstance(value, bytes):
                self._data[zlib.crc32(value)] = value
        return make_call(syscall, given)

    def call(self, syscall: str, /, **given: Any) -> Returned:
        """Make a call, spelt as `make` has it."""
        return self.perform(self.make(syscall, **given))

    def perform(self, call: AnyCall) -> Returned:
        """Make a call that was spelt before."""
        page = self._page(call)
        permits = page.allows(self.state, call)
        outcome = predict(page, self.state, call, permits, self._new)
        verdict = judge(page, self.state, call, outcome)
        carried = outcome.outs.get("bytes", outcome.outs.get("buffer"))
        data = self._whole(carried) if isinstance(carried, Sample) else b""
        return Returned(call, outcome, verdict.allowed, data)

    def _whole(self, carried: Sample) -> bytes:
        """All of the bytes: those that were written, where a sample has few of them."""
        return self._data.get(carried.crc(), b"") if carried.whole is None else carried.whole

    def _page(self, call: AnyCall) -> AnyPage:
        return load_or_none_yet(NAMES[type(call)])

    # ---- handles and objects

    def handle_close(self, handle: int) -> Returned:
        """zx_handle_close."""
        return self.call("handle_close", handle=handle)

    def handle_duplicate(self, handle: int, rights: int = _SAME) -> Returned:
        """zx_handle_duplicate; returns one handle."""
        return self.call("handle_duplicate", handle=handle, rights=rights)

    def handle_replace(self, handle: int, rights: int = _SAME) -> Returned:
        """zx_handle_replace; returns one handle."""
        return self.call("handle_replace", handle=handle, rights=rights)

    def object_get_info(
        self, handle: int, topic: int = InfoTopic.HANDLE_BASIC, buffer_size: int = 256
    ) -> Returned:
        """zx_object_get_info; the records are in `outcome.outs["buffer"]`."""
        return self.call("object_get_info", handle=handle, topic=topic, buffer_size=buffer_size)

    def object_get_child(self, handle: int, koid: int, rights: int = _SAME) -> Returned:
        """zx_object_get_child; returns one handle."""
        return self.call("object_get_child", handle=handle, koid=koid, rights=rights)

    def object_set_cookie(self, handle: int, scope: int, cookie: int) -> Returned:
        """zx_object_set_cookie."""
        return self.call("object_set_cookie", handle=handle, scope=scope, cookie=cookie)

    def object_get_cookie(self, handle: int, scope: int) -> Returned:
        """zx_object_get_cookie; the cookie is in `outcome.outs["cookie"]`."""
        return self.call("object_get_cookie", handle=handle, scope=scope)

    def object_wait_one(self, handle: int, signals: int, deadline: int = 0) -> Returned:
        """zx_object_wait_one; what was seen is in `outcome.outs["observed"]`."""
        return self.call("object_wait_one", handle=handle, signals=signals, deadline=deadline)

    def object_signal(self, handle: int, clear_mask: int, set_mask: int) -> Returned:
        """zx_object_signal."""
        return self.call("object_signal", handle=handle, clear_mask=clear_mask, set_mask=set_mask)

    # ---- channels

    def channel_create(self, options: int = 0) -> Returned:
        """zx_channel_create; returns two handles."""
        return self.call("channel_create", options=options)

    def channel_write(
        self, handle: int, data: Bytes = None, handles: Handles = None, options: int = 0
    ) -> Returned:
        """zx_channel_write."""
        return self.call(
            "channel_write", handle=handle, options=options, bytes=data, handles=handles
        )

    def channel_write_etc(
        self,
        handle: int,
        data: Bytes = None,
        handles: Sequence[tuple[int, int, int, int, int]] | Memory | None = None,
        options: int = 0,
    ) -> Returned:
        """zx_channel_write_etc; an entry is (operation, handle, type, rights, result)."""
        return self.call(
            "channel_write_etc", handle=handle, options=options, bytes=data, handles=handles
        )

    def channel_read(
        self,
        handle: int,
        num_bytes: int = MAX_MSG_BYTES,
        num_handles: int = MAX_MSG_HANDLES,
        options: int = 0,
    ) -> Returned:
        """zx_channel_read; returns the message's handles."""
        return self.call(
            "channel_read",
            handle=handle,
            options=options,
            num_bytes=num_bytes,
            num_handles=num_handles,
        )

    def channel_read_etc(
        self,
        handle: int,
        num_bytes: int = MAX_MSG_BYTES,
        num_handles: int = MAX_MSG_HANDLES,
        options: int = 0,
    ) -> Returned:
        """zx_channel_read_etc; what it reports of the handles is in `outcome.outs["handles"]`."""
        return self.call(
            "channel_read_etc",
            handle=handle,
            options=options,
            num_bytes=num_bytes,
            num_handles=num_handles,
        )

    # ---- sockets

    def socket_create(self, options: int = 0) -> Returned:
        """zx_socket_create; returns two handles."""
        return self.call("socket_create", options=options)

    def socket_share(self, handle: int, socket_to_share: int) -> Returned:
        """zx_socket_share."""
        return self.call("socket_share", handle=handle, socket_to_share=socket_to_share)

    def socket_accept(self, handle: int) -> Returned:
        """zx_socket_accept; returns one handle."""
        return self.call("socket_accept", handle=handle)

    def socket_write(self, handle: int, data: Bytes, options: int = 0) -> Returned:
        """zx_socket_write."""
        return self.call("socket_write", handle=handle, options=options, buffer=data)

    def socket_read(self, handle: int, buffer_size: int = 4096, options: int = 0) -> Returned:
        """zx_socket_read."""
        return self.call("socket_read", handle=handle, options=options, buffer_size=buffer_size)

    # ---- other objects

    def event_create(self, options: int = 0) -> Returned:
        """zx_event_create; returns one handle."""
        return self.call("event_create", options=options)

    def eventpair_create(self, options: int = 0) -> Returned:
        """zx_eventpair_create; returns two handles."""
        return self.call("eventpair_create", options=options)

    def vmo_create(self, size: int, options: int = 0) -> Returned:
        """zx_vmo_create; returns one handle."""
        return self.call("vmo_create", size=size, options=options)

    def vmo_get_size(self, handle: int) -> Returned:
        """zx_vmo_get_size.

        >>> k = Kernel()
        >>> (vmo,) = k.vmo_create(5000)
        >>> k.vmo_get_size(vmo).outcome.outs
        {'size': 8192}
        """
        return self.call("vmo_get_size", handle=handle)

    def vmo_set_size(self, handle: int, size: int) -> Returned:
        """zx_vmo_set_size."""
        return self.call("vmo_set_size", handle=handle, size=size)

    def port_create(self, options: int = 0) -> Returned:
        """zx_port_create; returns one handle."""
        return self.call("port_create", options=options)

    def timer_create(self, options: int = 0, clock_id: int = 0) -> Returned:
        """zx_timer_create; returns one handle."""
        return self.call("timer_create", options=options, clock_id=clock_id)

    def job_create(self, parent_job: int, options: int = 0) -> Returned:
        """zx_job_create; returns one handle."""
        return self.call("job_create", parent_job=parent_job, options=options)

    def process_create(self, job: int, name: Bytes = b"p", options: int = 0) -> Returned:
        """zx_process_create; returns the process and the root of its address space."""
        return self.call("process_create", job=job, name=name, options=options)

    def thread_create(self, process: int, name: Bytes = b"t", options: int = 0) -> Returned:
        """zx_thread_create; returns one handle."""
        return self.call("thread_create", process=process, name=name, options=options)

    def resource_create(
        self, parent_rsrc: int, options: int, base: int = 0, size: int = 0, name: Bytes = None
    ) -> Returned:
        """zx_resource_create; returns one handle."""
        return self.call(
            "resource_create",
            parent_rsrc=parent_rsrc,
            options=options,
            base=base,
            size=size,
            name=name,
        )
