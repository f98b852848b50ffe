"""Which message is the reply to a channel call: by what the model knows of those that wait."""

from __future__ import annotations

from typing import Any

import pytest
from model_make import event
from zxhil.abi.kinds import ChannelCallArgs
from zxhil.abi.sample import Sample
from zxhil.model.kernel import Kernel
from zxhil.model.messages import MessageSeen
from zxhil.model.objects import Channel
from zxhil.model.pages import find_clause
from zxhil.model.transactions import drop_reply, replies, take_reply, too_large, unseen, wrong_reply
from zxhil.model.tri import MAYBE, NO, YES, Tri

TXID, OTHER = b"\1\0\0\x80", b"\2\0\0\x80"
CLAUSE = find_clause("channel_call/reply")
assert CLAUSE is not None


def channel(*messages: bytes, handles: int = 0) -> tuple[Kernel, Channel]:
    """A channel in which these wait, and through which a call with TXID went."""
    k = Kernel()
    one, other = k.channel_create()
    for text in messages:
        k.channel_write(other, text, [event(k) for _ in range(handles)])
    found = k.state.object(one)
    assert isinstance(found, Channel)
    found.txids = frozenset((TXID,))
    return k, found


def args(size: int, handles: int) -> ChannelCallArgs:
    k = Kernel()
    given: Any = k.make("channel_call", args=(b"    ", [], ..., ..., 4, 0, size, handles))
    found: ChannelCallArgs = given.args.values[0]
    return found


def seen(data: bytes, handles: int = 0) -> MessageSeen:
    return MessageSeen(len(data), Sample(data), handles, 16, 2)


@pytest.mark.parametrize(
    ("text", "is_it"),
    [
        (TXID, YES),
        (TXID + b"x", YES),
        (OTHER + b"x", MAYBE),
        (b"\1\0\0\0x", NO),
        (b"\1\0\0\x7f", NO),
        (b"\x81\0\0\x01", NO),
        (b"\1\0\0\xff", MAYBE),
        (b"\0\0\x80", NO),
        (b"", NO),
    ],
)
def test_reply_is_known_by_its_id(text: bytes, is_it: Tri) -> None:
    _, found = channel(text)
    assert [each for _, each in replies(found)] == ([] if is_it == NO else [is_it])


def test_message_of_unknown_content_may_be_the_reply() -> None:
    k, found = channel(TXID)
    (message,) = found.queue
    content = message.content.value
    assert content is not None
    k.state.change(message.content, content._replace(data=None), None)
    assert [each for _, each in replies(found)] == [MAYBE]
    k.state.change(message.content, None, None)
    assert [each for _, each in replies(found)] == [MAYBE]
    assert too_large(found, args(1 << 31, 1 << 31)) == (MAYBE, MAYBE)
    k.state.change(message.present, False, None)
    assert replies(found) == []
    assert too_large(found, args(0, 0)) == (NO, NO)


@pytest.mark.parametrize(
    ("size", "handles", "large"),
    [(5, 1, (NO, NO)), (4, 1, (YES, NO)), (5, 0, (NO, YES)), (4, 0, (YES, YES))],
)
def test_reply_is_too_large_for_less_room(size: int, handles: int, large: tuple[Tri, Tri]) -> None:
    k, found = channel(TXID + b"x", handles=1)
    assert too_large(found, args(size, handles)) == large
    doubted = tuple(MAYBE if each == YES else NO for each in large)
    k.state.change(found.queue[0].present, None, None)
    assert too_large(found, args(size, handles)) == doubted
    _, found = channel(OTHER + b"x", handles=1)
    assert too_large(found, args(size, handles)) == doubted
    _, found = channel(OTHER + b"xx", TXID + b"x", OTHER, handles=1)
    assert too_large(found, args(size, handles))[0] == max(large[0], MAYBE if size < 6 else NO)


def test_channel_that_others_may_write_to_has_unseen_messages() -> None:
    k, found = channel()
    assert not unseen(found)
    assert too_large(found, args(0, 0)) == (NO, NO)
    found.unseen = True
    assert unseen(found)
    assert too_large(found, args(0, 0)) == (MAYBE, MAYBE)
    found.unseen, found.peer = False, None
    assert unseen(found)
    assert unseen(None)
    assert unseen(k.state.object(event(k)))
    assert replies(None) == []


def test_reply_that_fits_none_is_wrong_unless_others_may_have_written_it() -> None:
    assert CLAUSE is not None
    _, found = channel(TXID + b"x", TXID + b"yy")
    assert list(wrong_reply(found, seen(TXID + b"yy"), CLAUSE)) == []
    (wrong,) = wrong_reply(found, seen(TXID + b"z", 1), CLAUSE)
    assert wrong.expected == "5 bytes and 0 handles"
    assert wrong.got == "5 bytes and 1 handles, or other bytes"
    found.unseen = True
    assert list(wrong_reply(found, seen(TXID + b"z"), CLAUSE)) == []
    _, found = channel()
    assert list(wrong_reply(found, seen(TXID + b"z"), CLAUSE)) == []


def test_certain_reply_is_taken() -> None:
    k, found = channel(OTHER + b"x", TXID + b"x", handles=1)
    first, second = found.queue
    both_fit = MessageSeen(5, None, 1, 16, 2)
    assert take_reply(k.state, found, both_fit) == second.transits
    assert found.queue == [first]


def test_reply_in_doubt_is_taken_where_it_alone_fits() -> None:
    k, found = channel(OTHER + b"x", OTHER + b"yy")
    first, second = found.queue
    assert take_reply(k.state, found, seen(OTHER + b"yy")) == []
    assert found.queue == [first]
    assert second.present.value is True


def test_one_of_several_messages_was_taken() -> None:
    for is_unseen in (True, False):
        k, found = channel(OTHER + b"x", *[OTHER + b"x"] * (not is_unseen))
        found.unseen = is_unseen
        count = len(found.queue)
        assert take_reply(k.state, found, seen(OTHER + b"x")) is None
        assert [each.present.value for each in found.queue] == [None] * count


@pytest.mark.parametrize(
    ("texts", "present"),
    [((TXID,), [False]), ((OTHER,), [None]), ((TXID, OTHER), [None, None])],
)
def test_reply_that_was_too_large_is_gone(
    texts: tuple[bytes, ...], present: list[bool | None]
) -> None:
    assert CLAUSE is not None
    k, found = channel(*texts)
    queue = list(found.queue)
    drop_reply(k.state, found, CLAUSE)
    assert [each.present.value for each in queue] == present
    blamed = queue[0].present.expectation
    assert (blamed is not None and blamed.clause is CLAUSE) is (present == [False])
