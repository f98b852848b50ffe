"""Each effect of the five pages, broken: the right call and the right sentence are blamed."""

from __future__ import annotations

import pytest
from model_breaches import BREACHES
from model_broken import answered, refused, seen
from model_make import channel, entry, event, looked_at, sharing, socket, with_cookie
from test_model_conditions import kernel
from zxhil.abi.rights import HEADER_RIGHTS
from zxhil.abi.sample import sample
from zxhil.abi.status import Status
from zxhil.model.clause import ClauseKind, Outcome
from zxhil.model.judge import VerdictKind
from zxhil.model.pages import core_pages

EFFECTS = [c.id for p in core_pages() for c in p.clauses if c.kind is ClauseKind.EFFECT]


def test_every_effect_has_its_breach():
    assert sorted(BREACHES) == sorted(EFFECTS)


@pytest.mark.parametrize("clause_id", EFFECTS)
def test_breach_is_blamed_on_its_call_and_sentence(clause_id):
    at, verdict = BREACHES[clause_id](kernel())
    assert verdict.kind is not VerdictKind.CONFORMS
    assert verdict.blamed[0].id == clause_id
    assert verdict.blamed_call == at


@pytest.mark.parametrize("clause_id", EFFECTS)
def test_model_goes_on_after_a_breach(clause_id):
    k = kernel()
    BREACHES[clause_id](k)
    a, b = k.channel_create()
    k.channel_write(a, b"x", [event(k)])
    assert k.channel_read(b).status is Status.ZX_OK


def test_own_sentence_is_blamed_before_unconfirmed_rights():
    k = kernel()
    handle = channel(k)
    given = {"handle": handle, "bytes": b"x"}
    verdict = answered(k, Status.ZX_ERR_ACCESS_DENIED, "channel_write", {}, **given)
    assert [c.id for c in verdict.blamed] == [
        "channel_write/access_denied_write",
        "channel_write/access_denied_transfer",
    ]
    seen(k, handle, rights=HEADER_RIGHTS["channel"])
    assert verdict.revised().kind is VerdictKind.WRONG_ERROR
    assert [c.id for c in verdict.revised().blamed] == [
        "channel_write/access_denied_write",
        "channel_write/access_denied_transfer",
    ]


def test_rights_that_another_call_shows_to_be_missing_are_blamed_after_all():
    k = kernel()
    handle = channel(k)
    given = {"handle": handle, "bytes": b"x"}
    verdict = answered(k, Status.ZX_ERR_ACCESS_DENIED, "channel_write", {}, **given)
    assert seen(k, handle, rights=0x4).kind is VerdictKind.CONFORMS
    assert [c.id for c in verdict.revised().blamed] == ["channel_create/usable_rights"]


def test_error_that_is_due_is_blamed_before_an_unseen_right():
    k = kernel()
    pair, sent = k.eventpair_create().handles[0], event(k)
    given = {"handle": pair, "handles": [sent]}
    verdict = answered(k, Status.ZX_ERR_ACCESS_DENIED, "channel_write", {}, **given)
    assert [c.id for c in verdict.blamed] == ["channel_write/wrong_type"]


def test_rights_passed_on_unseen_are_blamed_on_the_last_to_pass_them_on():
    k = kernel()
    (copy,) = k.handle_duplicate(k.eventpair_create().handles[0])
    verdict = seen(k, copy, rights=0x1)
    assert [c.id for c in verdict.blamed] == [
        "handle_duplicate/new_rights",
        "eventpair_create/usable_rights",
    ]
    assert verdict.blamed_call == 1


@pytest.mark.parametrize(
    ("reported", "clause"),
    [(0, "handle_duplicate/same_object"), (None, "handle_duplicate/same_object")],
)
def test_handle_that_can_not_be_is_a_breach_of_its_own_call(reported, clause):
    k = kernel()
    handle = looked_at(k, event(k))
    given = {"handle": handle, "rights": 1 << 31}
    outs = {"out": handle if reported is None else reported}
    verdict = answered(k, 0, "handle_duplicate", outs, **given)
    assert verdict.kind is VerdictKind.WRONG_EFFECT
    assert verdict.blamed[0].id == clause
    assert verdict.blamed_call == k.state.calls - 1


def test_handle_that_is_alive_and_wrong_is_blamed_on_who_should_have_taken_it():
    k = kernel()
    handle, sent = channel(k), looked_at(k, event(k))
    k.channel_write(handle, b"x", [sent])
    verdict = seen(k, sent, rights=0x1)
    assert verdict.blamed[0].id == "channel_write/consumed_on_success"
    assert verdict.blamed_call == k.state.calls - 2


def test_same_handle_twice_in_an_array_is_a_breach():
    k = kernel()
    a, b = k.channel_create()
    k.channel_write(a, b"", [event(k), event(k)])
    reported = {
        "bytes": sample(b""),
        "handles": (0x55, 0x55),
        "actual_bytes": 0,
        "actual_handles": 2,
    }
    verdict = answered(k, 0, "channel_read", reported, handle=b, num_handles=2)
    assert verdict.blamed[0].id == "channel_read/handles_received"


def test_handle_value_given_out_again_shows_that_it_was_taken():
    k = kernel()
    handle, sent = channel(k), event(k)
    k.channel_write(handle, b"x", [sent])
    answered(k, 0, "event_create", {"out": sent})
    assert "channel_write/consumed_on_success" in k.state.seen


def test_scope_that_a_failed_call_changed_is_blamed_on_that_call():
    k = kernel()
    made, _ = with_cookie(k)
    other = event(k)
    at = k.state.calls
    k.object_set_cookie(made, other, 9)
    given = {"handle": made, "scope": other}
    verdict = answered(k, 0, "object_get_cookie", {"cookie": 9}, **given)
    assert verdict.blamed[0].id == "object_set_cookie/scope_never_changes"
    assert verdict.blamed_call == at


def test_expectation_not_yet_confirmed_stays_with_its_call():
    k = kernel()
    made, scope = event(k), event(k)
    at = k.state.calls
    k.object_set_cookie(made, scope, 5)
    k.object_set_cookie(made, event(k), 9)
    given = {"handle": made, "scope": scope}
    verdict = answered(k, 0, "object_get_cookie", {"cookie": 6}, **given)
    assert verdict.blamed[0].id == "object_set_cookie/cookie_set"
    assert verdict.blamed_call == at


def test_wrong_signal_is_blamed_on_its_own_sentence():
    k = kernel()
    a, b = sharing(k)
    k.socket_share(a, socket(k))
    given = {"handle": a, "signals": 0x200}
    verdict = answered(k, 0, "object_wait_one", {"observed": 0x202}, **given)
    assert [c.id for c in verdict.blamed] == ["socket_share/signal_share"]
    assert k.socket_accept(b).status is Status.ZX_OK
    assert [c.id for c in verdict.revised().blamed] == ["socket_share/signal_share"]


def test_missing_error_is_not_explained_by_all_expectations_at_once():
    k = kernel()
    a, _ = k.socket_create(4)
    c, _ = k.socket_create(4)
    given = {"handle": a, "socket_to_share": c}
    verdict = answered(k, 0, "socket_share", {}, **given)
    assert verdict.kind is VerdictKind.MISSING_ERROR
    assert verdict.blamed[0].id == "socket_share/bad_state_share_capable"


def test_bootstrap_rights_are_given_not_judged():
    k = kernel()
    assert k.state.open_expectations() == []


def test_undocumented_error_names_what_the_call_was_for():
    k = kernel()
    verdict = k.observe(k.make("event_create"), Outcome(Status.ZX_ERR_BAD_STATE, {}))
    assert verdict.kind is VerdictKind.UNDOCUMENTED_ERROR
    assert [c.id for c in verdict.blamed] == ["event_create/created"]


def test_possible_leftover_of_a_failed_call_does_not_count_as_written():
    """The message read is the one that is known to hold just this."""
    k = kernel()
    a, b = k.channel_create()
    refused(
        k, Status.ZX_ERR_NOT_SUPPORTED, "channel_write_etc", handle=a, handles=[entry(event(k))]
    )
    k.channel_write(a, b"abc", [])
    reported = {"bytes": sample(b"abc"), "handles": (), "actual_bytes": 3, "actual_handles": 0}
    assert (
        answered(k, 0, "channel_read", reported, handle=b, num_bytes=3).kind is VerdictKind.CONFORMS
    )
    verdict = answered(k, Status.ZX_ERR_SHOULD_WAIT, "channel_read", {}, handle=b)
    assert verdict.kind is VerdictKind.CONFORMS
