"""Channel messages on their way: what the pages of channel write and channel read share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from zxhil.abi.kinds import Memory
from zxhil.abi.objects import LIMITS
from zxhil.abi.sample import Sample
from zxhil.abi.status import Status
from zxhil.model.clause import Clause, Difference, Mismatch, Outcome
from zxhil.model.contents import Contents
from zxhil.model.facts import Fact
from zxhil.model.handles import mismatch
from zxhil.model.objects import Channel, Content, KernelObject, Message, Transit
from zxhil.model.settling import waiting
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, Tri, either, negate, tri

#: This many unknown messages in a row count as any number.
_MANY = 16


def enqueue(
    s: State,
    handle: int,
    content: tuple[int, Sample | None],
    sent: list[Transit],
    clause: Clause,
    *,
    called: bool = False,
) -> None:
    """A message now waits at the opposite end of `handle`, as `clause` says."""
    channel = s.object(handle)
    if not isinstance(channel, Channel) or not isinstance(channel.peer, Channel):
        return
    what = s.fact(Content(*content, len(sent), called), clause)
    message = Message(channel.peer, s.fact(True, clause), what, sent)
    for transit in sent:
        transit.holder = message
    channel.peer.queue.append(message)


def expect_nothing_written(
    s: State, handle: int, clause: Clause | None, perhaps: Iterable[int] = ()
) -> None:
    """The failed call wrote no message, by `clause`; None if no page guarantees it.

    If None, a message may be queued, and may hold the handles `perhaps`.
    """
    channel = s.object(handle)
    if not isinstance(channel, Channel) or not isinstance(channel.peer, Channel):
        return
    queue = channel.peer.queue
    if queue and queue[-1].present.value is False and clause is not None:
        s.change(queue[-1].present, False, clause)
        return
    if len(queue) > _MANY and all(m.present.value is None for m in queue[-_MANY:]):
        channel.peer.unseen = True
        for object_ in map(s.object, perhaps):
            if object_ is not None:
                object_.in_transit.append(Transit(Fact(object_), Fact(None)))
        return
    present = s.fact(None if clause is None else False, clause)
    message = Message(channel.peer, present, Fact(None), [])
    queue.append(message)
    if clause is not None:
        return
    for object_ in map(s.object, perhaps):
        if object_ is not None:
            transit = Transit(Fact(object_), Fact(None))
            transit.holder = message
            message.perhaps += (transit,)
            object_.in_transit.append(transit)


def fronts(channel: Channel) -> Iterator[Message]:
    """The messages that a read may get: those that may be there, up to the first that is."""
    return (m for m in waiting(channel.queue) if m.present.value is not False)


def nothing_to_read(s: State, channel: KernelObject | None) -> Tri:
    """Is the channel without a message?"""
    if not isinstance(channel, Channel):
        return NO
    if channel.unseen or channel.peer is None:
        return MAYBE
    return negate(max((tri(m.present.value) for m in fronts(channel)), default=NO))


def too_small(s: State, handle: int, num_bytes: int, num_handles: int) -> Tri:
    """Is the front message larger than these buffers?"""
    channel = s.object(handle)
    if not isinstance(channel, Channel):
        return s.unknown(handle)
    first_is_sure = not channel.unseen and channel.peer is not None
    answer: Tri = NO if first_is_sure else MAYBE
    for message in fronts(channel):
        content = message.content.value
        if content is None:
            answer = either(answer, MAYBE)
        elif content.size > num_bytes or content.handles > num_handles:
            alone = first_is_sure and next(fronts(channel)) is message
            answer = either(answer, tri(message.present.value or None) if alone else MAYBE)
    return answer


# ---- what a read may have got


class MessageSeen(NamedTuple):
    """What is known of a message that was read; None for what was not recorded.

    `most_bytes` and `most_handles` are the room that there was for it.
    """

    size: int | None
    data: Sample | None
    handles: int | None
    most_bytes: int
    most_handles: int

    def fits(self, content: Content | None) -> bool:
        """May the message that was read be one with this content?"""
        if content is None:
            return True
        if self.size is None and content.size > self.most_bytes:
            return False
        if self.handles is None and content.handles > self.most_handles:
            return False
        if self.size not in (None, content.size) or self.handles not in (None, content.handles):
            return False
        if not content.size or self.data is None or content.data is None:
            return True
        if content.called:
            return same_but_txid(content.size, content.data, self.data)
        return _same(content.size, content.data, self.data)


def reported(call: Any, o: Outcome) -> MessageSeen:
    """What the outputs of a read report of its message."""
    size, handles = o.number("actual_bytes"), o.number("actual_handles")
    return MessageSeen(size, o.sample("bytes"), handles, call.num_bytes, call.num_handles)


def _same(size: int, written: Sample | None, read: Sample | None) -> bool:
    """Can a message of `size` bytes of which that was written be the one of which that was read?"""
    if written == read:
        return True
    return Contents.sampled(size, written).may_be(Contents.sampled(size, read))


TXID_SIZE = 4


def same_but_txid(size: int, written: Sample, read: Sample) -> bool:
    """The same of a message of a call: the kernel gave it an id with the high bit set."""
    rest = Contents.sampled(size, written).read(TXID_SIZE, size)
    expected, seen = Contents.unknown(TXID_SIZE) + rest, Contents.sampled(size, read)
    high = len(read.first) < TXID_SIZE or bool(read.first[TXID_SIZE - 1] & 0x80)
    return high and expected.may_be(seen)


class Got(NamedTuple):
    """The messages that a read may have got, oldest first, and if an unseen one may be it."""

    messages: tuple[Message, ...]
    unseen: bool


def got(channel: Channel, seen: MessageSeen) -> Got:
    """Find the messages that a read with this result may have got."""
    found = tuple(m for m in fronts(channel) if seen.fits(m.content.value))
    return Got(found, channel.unseen or channel.peer is None)


def wrong_message(s: State, call: Any, o: Outcome, clause: Clause) -> Iterator[Mismatch]:
    """Check a successful read: is what came a message that was written?"""
    channel = s.object(call.handle)
    if not isinstance(channel, Channel):
        return
    seen = reported(call, o)
    may_be = got(channel, seen)
    if may_be.messages or may_be.unseen:
        return
    front = next(fronts(channel), None)
    content = None if front is None else front.content.value
    if content is not None:
        yield Mismatch(clause, *_difference(content, seen))


def _difference(content: Content, seen: MessageSeen) -> Difference:
    size = "?" if seen.size is None else seen.size
    handles = "?" if seen.handles is None else seen.handles
    written = f"the message of {content.size} bytes and {content.handles} handles"
    if seen.size not in (None, content.size) or seen.handles not in (None, content.handles):
        return Difference(written, f"{size} bytes and {handles} handles")
    if content.size > seen.most_bytes or content.handles > seen.most_handles:
        room = f"{seen.most_bytes} bytes and {seen.most_handles} handles"
        return Difference(f"an error, as {written} does not fit", f"it in buffers for {room}")
    written_bytes = Contents.sampled(content.size, content.data)
    differs = written_bytes.difference(Contents.sampled(content.size, seen.data))
    return differs or Difference(f"the {size} bytes that were written", "others")


def receive(s: State, call: Any, o: Outcome, clause: Clause) -> list[Transit]:
    """Take the message that was read out of the queue; return its handles in transit."""
    channel = s.object(call.handle)
    if not isinstance(channel, Channel):
        return _open_handles(o)
    seen = reported(call, o)
    may_be = got(channel, seen)
    message = next(iter(may_be.messages), None)
    if message is None:
        # An unseen one; or what came contradicts the pages, and takes the front's place.
        message = None if may_be.unseen else next(fronts(channel), None)
        if message is None:
            return _open_handles(o)
        may_be = Got((message,), may_be.unseen)
    if len(may_be.messages) > 1 or may_be.unseen:
        _drop_one_of(s, channel, may_be)
        return _open_handles(o)
    _drop_through(s, channel, message, shown=seen.size is not None or seen.handles is not None)
    if message.content.value is None and not message.transits:
        # Written by a call that failed: its content is unknown.
        return _open_handles(o)
    content = message.content.value
    if seen.size is not None and content is not None:
        s.saw(message.content, content)
    if content is not None and content.called and seen.data is not None:
        caller = channel.peer
        if isinstance(caller, Channel):
            caller.txids |= {seen.data.first[:TXID_SIZE]}
    return message.transits


def _open_handles(o: Outcome) -> list[Transit]:
    """Handles of an unknown message: as many as were reported, or one for "some"."""
    count = o.number("actual_handles")
    return [Transit(Fact(None), Fact(None)) for _ in range(1 if count is None else min(count, 64))]


def _drop_one_of(s: State, channel: Channel, may_be: Got) -> None:
    """One of several messages was taken, or an unobserved one: which is open."""
    if not may_be.unseen:
        while channel.queue and channel.queue[0] is not may_be.messages[0]:
            s.saw(channel.queue.pop(0).present, False)
        # Had it been there, it would have been the one.
        first = channel.queue.pop(0)
        s.change(first.present, None, None)
        for transit in (*first.transits, *first.perhaps):
            transit.holder = None
    last = may_be.messages[-1]
    for message in channel.queue:
        s.change(message.present, None, None)
        if message is last:
            break


def may_have_taken(s: State, handle: int, status: int) -> None:
    """A read failed. No page says if the message that it would have read is still there.

    Where the status says that there is none, or that it does not fit, nothing was taken.
    """
    channel = s.object(handle)
    if status in _TAKES_NOTHING or not isinstance(channel, Channel):
        return
    for message in list(fronts(channel)):
        s.change(message.present, None, None)


_TAKES_NOTHING = frozenset(
    int(status)
    for status in (
        Status.ZX_ERR_BAD_HANDLE,
        Status.ZX_ERR_WRONG_TYPE,
        Status.ZX_ERR_SHOULD_WAIT,
        Status.ZX_ERR_BUFFER_TOO_SMALL,
    )
)


def did_not_fit(s: State, call: Any, o: Outcome, clause: Clause) -> bool:
    """A read failed as its buffers were too small: with MAY_DISCARD the message is gone.

    That rests on `clause` until a later read shows it.

    Returns whether it was to be thrown away.
    """
    channel = s.object(call.handle)
    discards = bool(call.options & LIMITS["ZX_CHANNEL_READ_MAY_DISCARD"])
    if not isinstance(channel, Channel):
        return discards
    too_big = tuple(m for m in fronts(channel) if _may_be_too_big(m.content.value, call, o))
    unseen = channel.unseen or channel.peer is None
    if too_big and not unseen and len(too_big) == 1:
        for message in list(channel.queue):
            if message is too_big[0]:
                break
            channel.queue.remove(message)
            s.saw(message.present, False)
        s.saw(too_big[0].present, True)
        if discards:
            s.change(too_big[0].present, False, clause)
    elif too_big and discards:
        _drop_one_of(s, channel, Got(too_big, unseen))
    return discards


def _may_be_too_big(content: Content | None, call: Any, o: Outcome) -> bool:
    if content is None:
        return True
    size, handles = o.number("actual_bytes"), o.number("actual_handles")
    if size not in (None, content.size) or handles not in (None, content.handles):
        return False
    return bool(content.size > call.num_bytes or content.handles > call.num_handles)


def _drop_through(s: State, channel: Channel, message: Message, *, shown: bool = True) -> None:
    """Remove `message`, and what was before it: that turned out not to be there.

    Unless an output has `shown` which message it was, its delivery was not observed.
    """
    while channel.queue:
        first = channel.queue.pop(0)
        if shown or first is not message:
            s.saw(first.present, first is message)
        else:
            first.present.observed(True)
        if first is message:
            break
    for transit in message.transits:
        s.arrived(transit)
    for transit in message.perhaps:
        # Whether it was in the message, and has a value of the process now, is open.
        transit.holder = None


def wrong_sizes(s: State, call: Any, o: Outcome, clause: Clause) -> Iterator[Mismatch]:
    """Check a read whose buffers were too small: are the reported sizes those of the message?"""
    channel = s.object(call.handle)
    if not isinstance(channel, Channel) or channel.unseen or channel.peer is None:
        return
    front = next(fronts(channel), None)
    content = None if front is None else front.content.value
    if front is None or content is None or front.present.value is not True:
        return
    for name, needed in (("actual_bytes", content.size), ("actual_handles", content.handles)):
        size = o.number(name)
        if size is not None and size != needed:
            yield Mismatch(clause, f"{name}={needed}", f"{name}={size}")


def handles_reported(call: Any, o: Outcome) -> tuple[Any, ...] | None:
    """The handles that a read returned; None if it may have returned unrecorded ones."""
    values = o.outs.get("handles")
    if values is not None:
        return tuple(values)
    count = o.number("actual_handles")
    none = call.num_handles == 0 or (count == 0 and call.actual_handles.memory is Memory.WRITABLE)
    return () if none else None


def wrong_infos(s: State, call: Any, o: Outcome, clause: Clause) -> Iterator[Mismatch]:
    """Check the zx_handle_info_t of a read: type, rights and the unused field."""
    channel = s.object(call.handle)
    infos = o.values("handles")
    for info in infos:
        if info.unused:
            yield Mismatch(clause, "unused=0", f"unused={info.unused:#x}")
    if not isinstance(channel, Channel):
        return
    may_be = got(channel, reported(call, o))
    if len(may_be.messages) != 1 or may_be.unseen:
        return
    for info, transit in zip(infos, may_be.messages[0].transits, strict=False):
        yield from mismatch(clause, transit.object.value, transit.rights.possible, info)
