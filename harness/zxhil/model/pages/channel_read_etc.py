"""zx_channel_read_etc, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import ChannelReadEtc
from zxhil.abi.objects import ObjType
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.messages import (
    did_not_fit,
    handles_reported,
    may_have_taken,
    receive,
    too_small,
    wrong_infos,
    wrong_message,
    wrong_sizes,
)
from zxhil.model.page import Page
from zxhil.model.pages import channel_read
from zxhil.model.state import State
from zxhil.model.tri import NO

page = Page("channel_read_etc", ChannelReadEtc, "channel_read_etc.md, 2018-12")
page.changes = {"handle": ObjType.CHANNEL}
page.observes = True

message_read = page.take_effect(channel_read.message_read, channel_read.page)
page.weighs = (message_read,)
handles_received = page.effect(
    "handles_received",
    "the message's handles belong to the process now",
    words=("zx_handle_info_t", "array"),
    purpose=True,
)
sizes_returned = page.take_effect(channel_read.sizes_returned, channel_read.page)
infos_returned = page.effect(
    "infos_returned",
    "the type and rights of each handle are reported, and unused is zero",
    words=("zx_handle_info_t", "structures"),
)
may_discard = page.take_effect(channel_read.may_discard, channel_read.page)

# ERRORS: those of zx_channel_read; both forms behave the same but for what `handles` receives.

page.take_errors(channel_read.page)
page.unlisted_where(Status.ZX_ERR_INVALID_ARGS, Status.ZX_ERR_NOT_SUPPORTED)(
    channel_read.other_options
)


@page.outputs
def outputs(s: State, c: ChannelReadEtc, o: Outcome) -> Iterator[Mismatch]:
    if o.status == Status.ZX_OK:
        yield from wrong_message(s, c, o, message_read)
        yield from wrong_infos(s, c, o, infos_returned)
    elif o.status == Status.ZX_ERR_BUFFER_TOO_SMALL:
        yield from wrong_sizes(s, c, o, sizes_returned)


@page.success
def success(s: State, c: ChannelReadEtc, o: Outcome) -> None:
    s.reach(message_read, o.number("actual_bytes") is not None)
    transits = receive(s, c, o, message_read)
    infos = o.values("handles")
    s.reach(infos_returned, bool(infos))
    seen = handles_reported(c, o)
    values = None if seen is None else [info.handle for info in seen]
    s.receive_handles(values, transits, handles_received)
    for info in infos:
        s.saw_handle(info.handle, info.type, info.rights)


@page.failure
def failure(s: State, c: ChannelReadEtc, o: Outcome) -> None:
    if o.status != Status.ZX_ERR_BUFFER_TOO_SMALL:
        may_have_taken(s, c.handle, o.status)
        return
    reported = o.number("actual_bytes") is not None or o.number("actual_handles") is not None
    s.reach(sizes_returned, reported and too_small(s, c.handle, c.num_bytes, c.num_handles) != NO)
    s.reach(may_discard, did_not_fit(s, c, o, may_discard))
