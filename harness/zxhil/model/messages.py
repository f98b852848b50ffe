"""Channel messages on their way: what the pages of channel write and channel read share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zxhil.model.facts import Fact
from zxhil.model.handles import mismatch
from zxhil.model.objects import Channel, Content, KernelObject, Message, Transit
from zxhil.model.page import Clause, Mismatch, Outcome
from zxhil.model.state import State, waiting
from zxhil.model.tri import MAYBE, NO, Tri, either, negate, tri


def enqueue(
    s: State, handle: int, content: tuple[int, int | None], sent: list[Transit], clause: Clause
) -> None:
    """A message is now waiting at the opposite end of `handle`, on the word of `clause`."""
    channel = s.object(handle)
    if not isinstance(channel, Channel) or not isinstance(channel.peer, Channel):
        return
    what = s.fact(Content(*content, len(sent)), clause)
    message = Message(channel.peer, s.fact(True, clause), what, sent)
    for transit in sent:
        transit.holder = message
    channel.peer.queue.append(message)


def expect_nothing_written(s: State, handle: int, clause: Clause | None) -> None:
    """No message was written by the failed call: `clause` says so; None: no page says it."""
    channel = s.object(handle)
    if not isinstance(channel, Channel) or not isinstance(channel.peer, Channel):
        return
    queue = channel.peer.queue
    if queue and queue[-1].present.value is not True and clause is not None:
        s.change(queue[-1].present, False, clause)
        return
    present = s.fact(None if clause is None else False, clause)
    queue.append(Message(channel.peer, present, Fact(None), []))


def fronts(channel: Channel) -> Iterator[Message]:
    """The messages that a read may get: those that may be there, up to the first that is."""
    return (m for m in waiting(channel.queue) if m.present.value is not False)


def nothing_to_read(s: State, channel: KernelObject | None) -> Tri:
    """Is the channel without a message?"""
    if not isinstance(channel, Channel):
        return NO
    if channel.given or channel.peer is None:
        return MAYBE
    return negate(max((tri(m.present.value) for m in fronts(channel)), default=NO))


def too_small(s: State, handle: int, num_bytes: int, num_handles: int) -> Tri:
    """Is the front message larger than these buffers?"""
    channel = s.object(handle)
    if not isinstance(channel, Channel):
        return s.unknown(handle)
    answer: Tri = MAYBE if channel.given or channel.peer is None else NO
    for message in fronts(channel):
        content = message.content.value
        if content is None:
            answer = either(answer, MAYBE)
        elif content.size > num_bytes or content.handles > num_handles:
            answer = either(answer, tri(message.present.value))
    return answer


def matching(
    channel: Channel, size: int | None, digest: int | None, handles: int
) -> Message | None:
    """The message that a read with this result may have taken.

    One that is known to hold just this goes before one that may be there and hold anything.
    """
    unknown = None
    for message in fronts(channel):
        content = message.content.value
        if content is None:
            unknown = unknown or message
            continue
        same_bytes = content.size == size and (size == 0 or digest in (None, content.digest))
        if same_bytes and content.handles == handles:
            return message
    return unknown


def wrong_message(s: State, call: Any, o: Outcome, clause: Clause) -> Iterator[Mismatch]:
    """Check a successful read: is what came the message that was written?"""
    channel = s.object(call.handle)
    size, count = o.number("actual_bytes"), o.number("actual_handles")
    if not isinstance(channel, Channel) or size is None or count is None:
        return
    if matching(channel, size, o.number("bytes"), count) is None:
        front = next(fronts(channel), None)
        content = None if front is None else front.content.value
        if content is not None:
            yield Mismatch(clause, _difference(content, size, o.number("bytes"), count))


def _difference(content: Content, size: int, digest: int | None, count: int) -> str:
    if (content.size, content.handles) != (size, count):
        return (
            f"read {size} bytes and {count} handles, "
            f"written were {content.size} and {content.handles}"
        )
    return f"the {size} bytes read are not those written"


def receive(s: State, call: Any, o: Outcome, clause: Clause) -> list[Transit]:
    """Take the message that was read out of the queue; return its handles in transit."""
    channel = s.object(call.handle)
    if not isinstance(channel, Channel):
        return []
    size, count = o.number("actual_bytes"), o.number("actual_handles")
    message = next(fronts(channel), None)
    if size is not None and count is not None:
        message = matching(channel, size, o.number("bytes"), count) or message
    if message is None:
        return []
    _drop_through(s, channel, message)
    if size is not None:
        s.saw(message.content, message.content.value)
    return message.transits


def discard_front(s: State, handle: int) -> None:
    """The front message is thrown away, with its handles."""
    channel = s.object(handle)
    if isinstance(channel, Channel) and (message := next(fronts(channel), None)) is not None:
        _drop_through(s, channel, message)


def _drop_through(s: State, channel: Channel, message: Message) -> None:
    """Remove `message`, and what was before it: that turned out not to be there."""
    while channel.queue:
        first = channel.queue.pop(0)
        s.saw(first.present, first is message)
        if first is message:
            break
    for transit in message.transits:
        s.arrived(transit)


def wrong_sizes(s: State, call: Any, o: Outcome, clause: Clause) -> Iterator[Mismatch]:
    """Check a read whose buffers were too small: are the sizes told those of the message?"""
    channel = s.object(call.handle)
    front = next(fronts(channel), None) if isinstance(channel, Channel) else None
    content = None if front is None else front.content.value
    if front is None or content is None or front.present.value is not True:
        return
    for name, needed in (("actual_bytes", content.size), ("actual_handles", content.handles)):
        told = o.number(name)
        if told is not None and told != needed:
            yield Mismatch(clause, f"{name} is {told}, the message needs {needed}")


def wrong_infos(s: State, call: Any, o: Outcome, clause: Clause) -> Iterator[Mismatch]:
    """Check the zx_handle_info_t of a read: type, rights and the unused field."""
    channel = s.object(call.handle)
    size, count = o.number("actual_bytes"), o.number("actual_handles")
    if not isinstance(channel, Channel) or size is None or count is None:
        return
    message = matching(channel, size, o.number("bytes"), count)
    if message is None:
        return
    for info, transit in zip(o.values("handles"), message.transits, strict=False):
        yield from mismatch(clause, transit.object.value, transit.rights.value, info)
        if info.unused:
            yield Mismatch(clause, f"unused is {info.unused:#x}")
