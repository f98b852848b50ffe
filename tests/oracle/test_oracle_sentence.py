"""The one sentence of a divergence: *expected …, got …, because …*."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest
from zxhil.abi.calls import AnyCall
from zxhil.abi.kinds import Memory, OutPointer
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Clause, Outcome
from zxhil.model.page import Page
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.results import Divergence
from zxhil.oracle.simulate import JOB, RESOURCE, Simulation, TracedKernel
from zxhil.trace.records import TraceReader

HAS_CONTROL, HAS_ACCEPT = 2, 4
BASIC = 2


def found(play: Callable[[TracedKernel], None]) -> list[Divergence]:
    simulation = Simulation()
    with simulation.case("it") as k:
        play(k)
    (result,) = Oracle("p", standin=True).feed(TraceReader().feed(simulation.finish()))
    return list(result.divergences)


def answer(
    k: TracedKernel, status: Status, name: str, outs: object = None, **given: object
) -> None:
    k.observe(k.make(name, **given), Outcome(int(status), dict(outs or {})))  # type: ignore[call-overload]


def test_signal_that_stays_is_explained_by_the_call_that_closed_the_peer() -> None:
    def play(k: TracedKernel) -> None:
        a, b = k.socket_create(HAS_ACCEPT)
        k.handle_close(b)
        answer(k, Status.ZX_OK, "object_wait_one", {"observed": 0x204}, handle=a, signals=0x204)

    (one,) = found(play)
    assert one.text == (
        "zx_object_wait_one (call 2): expected ZX_SOCKET_SHARE clear, got it asserted, because the "
        "page of zx_socket_share says: ZX_SOCKET_SHARE is asserted while a socket can be sent; "
        "the peer was closed by call 1 (zx_handle_close)"
    )


def test_confirmed_facts_still_name_the_call_that_made_them_so() -> None:
    def play(k: TracedKernel) -> None:
        a, b = k.socket_create(HAS_ACCEPT)
        k.socket_share(b, b)
        answer(k, Status.ZX_ERR_BAD_HANDLE, "object_get_info", handle=b, topic=BASIC)
        answer(k, Status.ZX_OK, "object_wait_one", {"observed": 0x204}, handle=a, signals=0x204)

    (one,) = found(play)
    assert one.text.endswith("; the peer was closed by call 1 (zx_socket_share)")


def test_missing_error_names_the_argument_by_what_it_is() -> None:
    def play(k: TracedKernel) -> None:
        a, b = k.channel_create()
        k.channel_write(b, b"abc")
        bad = OutPointer(Memory.INVALID, True)
        answer(k, Status.ZX_OK, "channel_read", handle=a, bytes=bad, num_bytes=3)

    (one,) = found(play)
    assert one.text == (
        "zx_channel_read (call 2): expected ZX_ERR_INVALID_ARGS, got ZX_OK, because bytes is "
        "neither NULL nor a valid pointer (bytes=unmapped, num_bytes=3)"
    )


def test_missing_right_names_the_call_that_gave_the_rights() -> None:
    def play(k: TracedKernel) -> None:
        (job,) = k.handle_duplicate(JOB, int(Rights.TRANSFER))
        answer(k, Status.ZX_OK, "handle_duplicate", {"out": 0x9003}, handle=job, rights=2)

    (one,) = found(play)
    assert one.text == (
        "zx_handle_duplicate (call 1): expected ZX_ERR_ACCESS_DENIED, got ZX_OK, because handle "
        "lacks ZX_RIGHT_DUPLICATE; handle got its rights from call 0 (zx_handle_duplicate)"
    )


def test_bad_handle_names_the_call_that_consumed_it() -> None:
    def play(k: TracedKernel) -> None:
        a, b = k.channel_create()
        (event,) = k.event_create()
        k.channel_write(a, b"", [event])
        k.channel_read(b)
        answer(k, Status.ZX_ERR_WRONG_TYPE, "channel_write", handle=event, bytes=b"")

    (one,) = found(play)
    assert one.text == (
        "zx_channel_write (call 4): expected ZX_ERR_BAD_HANDLE, got ZX_ERR_WRONG_TYPE, because "
        "the handle written to is not valid; handle was consumed by call 2 (zx_channel_write)"
    )


def test_older_expectation_is_given_as_the_page_of_its_call() -> None:
    def play(k: TracedKernel) -> None:
        (timer,) = k.timer_create(0, 0)
        few = int(Rights.DUPLICATE | Rights.TRANSFER | Rights.WRITE | Rights.WAIT)
        raw = struct.pack("<QIIQI4x", 2000, few, 22, 0, 1)
        asked = {"handle": timer, "topic": BASIC, "buffer_size": len(raw)}
        answer(k, Status.ZX_OK, "object_get_info", {"buffer": raw}, **asked)

    (one,) = found(play)
    assert one.blamed_call == 0
    assert one.text == (
        "zx_object_get_info (call 1): expected a timer handle with READ, got one with only "
        "DUPLICATE|TRANSFER|WRITE|WAIT, because the page of call 0, zx_timer_create, says: the "
        "handle can be duplicated, sent, read and written"
    )


def test_each_call_that_may_be_to_blame_is_named() -> None:
    def play(k: TracedKernel) -> None:
        pair, _ = k.eventpair_create()
        (copy,) = k.handle_duplicate(pair)
        few = int(Rights.DUPLICATE | Rights.TRANSFER | Rights.SIGNAL | Rights.WAIT)
        raw = struct.pack("<QIIQI4x", 2000, few, 16, 2001, 1)
        asked = {"handle": copy, "topic": BASIC, "buffer_size": len(raw)}
        answer(k, Status.ZX_OK, "object_get_info", {"buffer": raw}, **asked)

    (one,) = found(play)
    assert one.text.endswith(
        "because the page of call 1, zx_handle_duplicate, says: the duplicate has the rights asked "
        "for, or the same ones; or the page of call 0, zx_eventpair_create, says: the handles have "
        "the six rights that the page lists; nothing decides which is broken"
    )


def test_refused_grant_says_what_the_page_grants() -> None:
    def play(k: TracedKernel) -> None:
        (event,) = k.event_create()
        (own,) = k.resource_create(RESOURCE, 4)
        given = {"handle": own, "scope": event}
        answer(k, Status.ZX_ERR_NOT_SUPPORTED, "object_set_cookie", **given)

    (one,) = found(play)
    assert one.text.startswith(
        "zx_object_set_cookie (call 2): expected ZX_OK or ZX_ERR_ACCESS_DENIED, got "
        "ZX_ERR_NOT_SUPPORTED, because its page says: a resource may have a cookie "
        "(handle is a resource)"
    )
    assert len(one.statement) == 1
    # Three other sentences have this status, and none of them applies.
    assert len(one.blamed) == 4
    assert one.attributed == ("object_set_cookie/may_have_resource",)


def test_status_that_nothing_explains_says_what_the_page_has_it_for() -> None:
    def play(k: TracedKernel) -> None:
        a, _ = k.channel_create()
        answer(k, Status.ZX_ERR_PEER_CLOSED, "channel_write", handle=a, bytes=b"x")

    (one,) = found(play)
    assert one.text == (
        "zx_channel_write (call 1): expected ZX_OK, got ZX_ERR_PEER_CLOSED, because its page has "
        "ZX_ERR_PEER_CLOSED for another case: the other side of the channel is closed (handle "
        "is a channel); a handle to the peer from call 0 (zx_channel_create) is open"
    )


def test_undocumented_status_is_not_given_a_condition_that_does_not_apply() -> None:
    def play(k: TracedKernel) -> None:
        (event,) = k.event_create()
        answer(k, Status.ZX_ERR_IO, "handle_duplicate", handle=event, rights=2)

    (one,) = found(play)
    assert one.text == (
        "zx_handle_duplicate (call 1): expected ZX_OK, got ZX_ERR_IO (not documented)"
    )


@pytest.mark.parametrize("missing", [0x80, 0x82])
def test_missing_signals_are_named(missing: int) -> None:
    def play(k: TracedKernel) -> None:
        a, _ = k.socket_create(HAS_CONTROL)
        seen = {"observed": 0x82 & ~missing}
        answer(k, Status.ZX_ERR_TIMED_OUT, "object_wait_one", seen, handle=a, signals=1)

    (one,) = found(play)
    name = "ZX_SOCKET_CONTROL_WRITABLE"
    if missing == 0x82:
        assert f"expected ZX_SOCKET_WRITABLE|{name} asserted, got them clear" in one.text
    else:
        text = f"expected {name} (control data can be written) asserted, got it clear"
        assert text in one.text


def test_facts_are_left_as_they_were() -> None:
    """Asking what a condition rests on changes nothing: the next call is judged as before."""

    def play(k: TracedKernel) -> None:
        a, b = k.socket_create(0)
        (again,) = k.handle_duplicate(b)
        answer(k, Status.ZX_ERR_PEER_CLOSED, "socket_write", handle=a, buffer=b"x")
        k.handle_close(again)
        answer(k, Status.ZX_ERR_PEER_CLOSED, "socket_write", handle=a, buffer=b"x")

    first, second = found(play)
    assert first.text.endswith("a handle to the peer from call 1 (zx_handle_duplicate) is open")
    assert second.text.endswith("a handle to the peer from call 0 (zx_socket_create) is open")


def test_nothing_is_explained_of_a_call_that_conforms(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(page: Page[AnyCall], *rest: object) -> tuple[Clause, ...]:
        raise AssertionError("asked why for a call that conforms")

    monkeypatch.setattr("zxhil.model.blame.grounds", forbidden)

    def play(k: TracedKernel) -> None:
        a, b = k.channel_create()
        k.channel_write(a, b"abc")
        k.channel_read(b)
        k.handle_close(a)

    assert found(play) == []


def test_observer_that_may_be_wrong_itself_is_named_beside_what_it_contradicts() -> None:
    def play(k: TracedKernel) -> None:
        (made,) = k.event_create()
        (scope,) = k.event_create()
        k.object_set_cookie(made, scope, 5)
        given = {"handle": made, "scope": scope}
        answer(k, Status.ZX_OK, "object_get_cookie", {"cookie": 9}, **given)

    (one,) = found(play)
    assert one.text == (
        "zx_object_get_cookie (call 3): expected the cookie 0x5, got 0x9, because the page of "
        "call 2, zx_object_set_cookie, says: after success the cookie is set, and readable by its "
        "scope; and its own page says: the cookie that was set is returned; nothing decides which "
        "is broken, object_set_cookie/cookie_set or object_get_cookie/cookie_read"
    )
    assert one.blamed == ("object_set_cookie/cookie_set", "object_get_cookie/cookie_read")
    assert one.attributed == one.blamed
    texts = "object_set_cookie.md, second half of 2018; object_get_cookie.md, 2018-12"
    assert one.statement == (f"{one.text} [{texts}]",)
