"""An output that contradicts an earlier call: the observer may be wrong, evidence decides."""

from __future__ import annotations

import pytest
from model_sizes import Sizes
from test_model_blame import blamed
from test_model_right_calls import OK, Scripted, event
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.sample import Sample
from zxhil.abi.status import Status
from zxhil.model.judge import Verdict, VerdictKind

SETS, GETS = "object_signal/becomes", "socket_read/size_read"
RIGHTS = int(Rights.TRANSFER | Rights.READ | Rights.WRITE | Rights.WAIT)
TIMED_OUT = int(Status.ZX_ERR_TIMED_OUT)


@pytest.fixture
def s() -> Sizes:
    return Sizes()


@pytest.fixture
def k() -> Scripted:
    return Scripted()


def test_nothing_decides_blames_both(s):
    verdict = s.gets(5)
    assert blamed(verdict) == [SETS, GETS]
    assert [tuple(clause.id for clause in cause) for cause in verdict.causes] == [(SETS,), (GETS,)]
    assert verdict.revised() == verdict


def test_another_observer_that_agrees_with_the_call_that_sets_clears_it(s):
    verdict = s.gets(5)
    assert s.fits(8, ok=True).kind is VerdictKind.CONFORMS
    assert blamed(verdict.revised()) == [GETS]


def test_another_observer_that_agrees_with_the_first_clears_that(s):
    verdict = s.gets(5)
    assert s.fits(8, ok=False).kind is VerdictKind.CONFORMS
    assert blamed(verdict.revised()) == [SETS]


def test_second_report_as_expected_blames_the_first_report(s):
    verdict = s.gets(5)
    assert s.gets(10).kind is VerdictKind.CONFORMS
    assert blamed(verdict.revised()) == [GETS]


def test_second_report_of_the_same_value_decides_nothing(s):
    verdict = s.gets(5)
    assert s.gets(5).kind is VerdictKind.CONFORMS
    assert blamed(verdict.revised()) == [SETS, GETS]
    assert s.fits(8, ok=True).kind is VerdictKind.CONFORMS
    assert blamed(verdict.revised()) == [GETS]


def test_reports_that_differ_are_blamed_on_the_observer(s):
    first = s.gets(5)
    second = s.gets(7)
    assert blamed(second) == [GETS]
    assert blamed(first.revised()) == [GETS]


@pytest.mark.parametrize("known", [SETS, GETS])
def test_known_sentence_decides(s, known):
    s.state.known_clauses = frozenset([known])
    assert blamed(s.gets(5)) == [known]


def test_sentence_that_was_blamed_before_decides(s):
    assert blamed(s.fits(10, ok=False))[0] == SETS
    s.sets(20)
    assert blamed(s.gets(5)) == [SETS]


def test_sentence_that_was_blamed_with_the_observer_alone_decides_nothing(s):
    s.gets(5)
    s.sets(20)
    assert blamed(s.gets(7)) == [SETS, GETS]


def test_calls_after_an_observer_that_was_wrong_are_not_blamed(s):
    s.gets(5)
    for size, ok in ((4, True), (11, False), (10, True), (6, True)):
        assert s.fits(size, ok=ok).kind is VerdictKind.CONFORMS


def test_calls_after_a_call_that_did_not_set_are_not_blamed(s):
    s.gets(5)
    for size, ok in ((4, True), (10, False), (6, False), (5, True)):
        assert s.fits(size, ok=ok).kind is VerdictKind.CONFORMS


# ---- the same for the pages that there are


def test_cookie_is_blamed_on_both_until_it_is_read_again(k):
    made, scope = event(k), event(k)
    k.says(OK, "object_set_cookie", handle=made, scope=scope, cookie=5)
    verdict = k.answers(OK, "object_get_cookie", {"cookie": 9}, handle=made, scope=scope)
    assert blamed(verdict) == ["object_set_cookie/cookie_set", "object_get_cookie/cookie_read"]
    k.says(OK, "object_get_cookie", outs={"cookie": 5}, handle=made, scope=scope)
    assert blamed(verdict.revised()) == ["object_get_cookie/cookie_read"]


@pytest.mark.parametrize("read", ["channel_read", "channel_read_etc"])
def test_changed_bytes_of_a_message_are_blamed_on_both(k, read):
    a, b = k.channel_create()
    k.says(OK, "channel_write", handle=a, bytes=b"ab")
    outs = {"bytes": Sample(b"", 7), "handles": (), "actual_bytes": 2, "actual_handles": 0}
    verdict = k.answers(OK, read, outs, handle=b, num_bytes=16, num_handles=4)
    assert blamed(verdict) == ["channel_write/delivered", f"{read}/message_read"]


def test_signals_that_a_timeout_leaves_out_are_blamed_on_both(k):
    made = event(k)
    k.says(OK, "object_signal", handle=made, set_mask=8)
    given = {"handle": made, "signals": 1 << 30}
    verdict = k.answers(TIMED_OUT, "object_wait_one", {"observed": 0}, **given)
    assert blamed(verdict) == ["object_wait_one/observed", "object_signal/event_signaled"]
    assert blamed(verdict.revised()) == blamed(verdict)


def channel(k: Scripted, missing: int) -> tuple[int, int, Verdict]:
    """A channel whose first end zx_object_get_info reports without the rights `missing`."""
    a, b = k.channel_create()
    rights = RIGHTS & ~missing
    syscall, outs, given = k.basic(a, 7777, int(ObjType.CHANNEL), rights)
    return a, b, k.answers(OK, syscall, outs, **given)


def test_rights_in_a_record_that_agrees_otherwise_are_blamed_on_the_call_that_gives_them(k):
    _, _, verdict = channel(k, int(Rights.WRITE))
    assert blamed(verdict) == ["channel_create/usable_rights"]


def test_right_that_a_call_finds_there_is_blamed_on_the_record(k):
    a, _, verdict = channel(k, int(Rights.WRITE))
    k.says(OK, "channel_write", handle=a, bytes=b"x")
    assert blamed(verdict.revised()) == ["object_get_info/handle_basic"]
    k.says(OK, "channel_write", handle=a, bytes=b"x")


def test_right_that_a_call_misses_is_blamed_on_the_call_that_gives_it(k):
    a, _, verdict = channel(k, int(Rights.WRITE))
    k.says(Status.ZX_ERR_ACCESS_DENIED, "channel_write", handle=a, bytes=b"x")
    assert blamed(verdict.revised()) == ["channel_create/usable_rights"]


def test_second_record_as_expected_blames_the_first(k):
    a, _, verdict = channel(k, int(Rights.WRITE))
    k.looks(a, 7777, int(ObjType.CHANNEL), RIGHTS)
    assert blamed(verdict.revised()) == ["object_get_info/handle_basic"]


def test_rights_that_differ_from_record_to_record_are_blamed_on_the_record(k):
    a, _, first = channel(k, int(Rights.WRITE))
    rights = RIGHTS & ~int(Rights.WRITE | Rights.READ)
    syscall, outs, given = k.basic(a, 7777, int(ObjType.CHANNEL), rights)
    second = k.answers(OK, syscall, outs, **given)
    for verdict in (first.revised(), second):
        assert blamed(verdict) == ["object_get_info/handle_basic"]


def test_right_that_both_reports_have_is_not_in_doubt(k):
    a, b, _ = channel(k, int(Rights.READ))
    refused = k.answers(Status.ZX_ERR_ACCESS_DENIED, "channel_write", handle=b, handles=[a])
    assert refused.kind is VerdictKind.WRONG_ERROR
    assert refused.allowed.may_hold == ()


def test_right_of_a_handle_passed_on_stays_open_too(k):
    """The replacement has the rights that the original has, whichever these are."""
    a, _, verdict = channel(k, int(Rights.TRANSFER))
    (copy,) = k.handle_replace(a)
    _, d = k.channel_create()
    k.says(OK, "channel_write", handle=d, bytes=b"", handles=[copy])
    assert blamed(verdict)[0] == "channel_create/usable_rights"


def test_size_that_is_reported_wrong_is_blamed_on_both_until_it_is_reported_right(k):
    (vmo,) = k.vmo_create(4096)
    verdict = k.answers(OK, "vmo_get_size", {"size": 8192}, handle=vmo)
    assert blamed(verdict) == ["vmo_create/size_rounded", "vmo_get_size/reported"]
    k.says(OK, "vmo_get_size", outs={"size": 4096}, handle=vmo)
    assert blamed(verdict.revised()) == ["vmo_get_size/reported"]


@pytest.mark.parametrize("size", [4096, 8192])
def test_failed_resize_leaves_the_old_size_or_the_new_one(k, size):
    (vmo,) = k.vmo_create(4096)
    k.says(Status.ZX_ERR_NO_MEMORY, "vmo_set_size", handle=vmo, size=8192)
    k.says(OK, "vmo_get_size", outs={"size": size}, handle=vmo)
    other = k.answers(OK, "vmo_get_size", {"size": 12288 - size}, handle=vmo)
    assert blamed(other) == ["vmo_get_size/reported"]
