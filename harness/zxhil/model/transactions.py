"""Calls through a channel: which of the messages that wait is the reply to one."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.kinds import ChannelCallArgs
from zxhil.abi.sample import Sample
from zxhil.model.clause import Clause, Mismatch, Outcome
from zxhil.model.messages import TXID_SIZE, MessageSeen
from zxhil.model.objects import Channel, Content, KernelObject, Message, Transit
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri


def reply_seen(args: ChannelCallArgs, o: Outcome) -> MessageSeen:
    """What the outputs of a call report of the reply."""
    data, _ = through(o)
    sizes = o.number("actual_bytes"), o.number("actual_handles")
    return MessageSeen(sizes[0], data, sizes[1], args.rd_num_bytes, args.rd_num_handles)


def through(o: Outcome) -> tuple[Sample | None, tuple[int, ...] | None]:
    """The bytes and the handles that the call wrote through its arguments."""
    found = o.outs.get("args") or (None, None)
    return found[0], found[1]


def replies(channel: KernelObject | None) -> list[tuple[Message, Tri]]:
    """Messages that may be the reply to a call through `channel`, and if they are."""
    if not isinstance(channel, Channel):
        return []
    found = [(m, _is_reply(channel, m.content.value)) for m in channel.queue]
    return [(m, is_it) for m, is_it in found if is_it != NO and m.present.value is not False]


def _is_reply(channel: Channel, content: Content | None) -> Tri:
    """By its transaction id, of which the model knows only those that somebody read."""
    if content is None or content.data is None:
        return MAYBE
    txid = content.data.first[:TXID_SIZE]
    if len(txid) < TXID_SIZE or not txid[-1] & 0x80:
        return NO
    return YES if txid in channel.txids else MAYBE


def unseen(channel: KernelObject | None) -> bool:
    """May there be messages that the model has not?"""
    return not isinstance(channel, Channel) or channel.unseen or channel.peer is None


def too_large(channel: KernelObject | None, args: ChannelCallArgs) -> tuple[Tri, Tri]:
    """Has the reply more bytes, and more handles, than there is room for?"""
    most: list[Tri] = [NO, NO]
    for message, is_it in replies(channel):
        content = message.content.value
        sure: Tri = YES if is_it == YES and message.present.value is True else MAYBE
        sizes = (content.size, content.handles) if content is not None else (1 << 32, 1 << 32)
        for place, room in enumerate((args.rd_num_bytes, args.rd_num_handles)):
            if sizes[place] > room:
                most[place] = max(most[place], sure)
    if unseen(channel):
        most = [max(MAYBE, each) for each in most]
    return most[0], most[1]


def wrong_reply(
    channel: KernelObject | None, seen: MessageSeen, clause: Clause
) -> Iterator[Mismatch]:
    """Check a call that succeeded: is what came a message that may be the reply?"""
    found = replies(channel)
    if unseen(channel) or not found or any(seen.fits(m.content.value) for m, _ in found):
        return
    content = found[0][0].content.value
    what = "the reply" if content is None else f"{content.size} bytes and {content.handles} handles"
    yield Mismatch(clause, what, f"{seen.size} bytes and {seen.handles} handles, or other bytes")


def take_reply(s: State, channel: KernelObject | None, seen: MessageSeen) -> list[Transit] | None:
    """The reply is delivered; its handles in transit, None if it is not known which it was."""
    found = [(m, is_it) for m, is_it in replies(channel) if seen.fits(m.content.value)]
    certain = [m for m, is_it in found if is_it == YES] or [m for m, _ in found]
    if not isinstance(channel, Channel) or unseen(channel) or len(certain) != 1:
        for message, _ in found:
            s.change(message.present, None, None)
        return None
    message = certain[0]
    channel.queue.remove(message)
    s.saw(message.present, True)
    for transit in message.transits:
        s.arrived(transit)
    return message.transits


def drop_reply(s: State, channel: KernelObject | None, clause: Clause) -> None:
    """A reply that is too large was discarded, as `clause` says."""
    found = replies(channel)
    for message, is_it in found:
        certain = is_it == YES and len(found) == 1
        s.change(message.present, False if certain else None, clause if certain else None)
