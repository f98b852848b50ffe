"""Routine sentences: the clause, the predicate, the sentence and the words that one line adds."""

from __future__ import annotations

from typing import Any

import pytest
from model_make import NEVER, channel, event, without
from zxhil.abi.calls import (
    AnyCall,
    ChannelRead,
    ChannelWrite,
    ChannelWriteEtc,
    HandleDuplicate,
    TimerCreate,
    VmoCreate,
)
from zxhil.abi.kinds import BytesPointer, HandlesPointer, Memory, OutPointer, StructsPointer
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.asks import Asks
from zxhil.model.clause import Outcome
from zxhil.model.kernel import Kernel
from zxhil.model.page import Page
from zxhil.model.pages import load_all
from zxhil.model.tri import MAYBE, NO, YES, Tri

FINE = OutPointer(Memory.WRITABLE, True)
BAD = OutPointer(Memory.INVALID, True)
NULL = OutPointer(Memory.NULL, True)


def duplicating(k: Kernel, handle: int, out: OutPointer = FINE) -> dict[str, Tri]:
    """What the clauses of a page of one line each answer for a duplicate of `handle`."""
    page = Page("handle_duplicate", HandleDuplicate, "a test")
    page.handle("handle", ObjType.EVENT, Rights.DUPLICATE)
    page.rights_held("rights", "handle")
    page.pointer("out")
    return answers(page, k, HandleDuplicate(handle, int(Rights.WAIT), out))


def answers(page: Page[Any], k: Kernel, call: AnyCall) -> dict[str, Tri]:
    return {c.id.partition("/")[2]: holds(k.state, call) for c, holds in page.errors}


def test_a_handle_line_adds_three_clauses_that_are_answered_for_its_parameter() -> None:
    k = Kernel()
    fine = event(k)
    names = ("bad_handle", "wrong_type", "access_denied", "invalid_args_rights", "invalid_args_out")
    none = dict.fromkeys(names, NO)
    assert duplicating(k, fine) == none
    assert duplicating(k, NEVER) == none | {"bad_handle": YES}
    assert duplicating(k, channel(k)) == none | {
        "wrong_type": YES,
        "access_denied": MAYBE,
        "invalid_args_rights": MAYBE,
    }
    assert duplicating(k, without(k, event(k), Rights.DUPLICATE)) == none | {"access_denied": YES}
    assert duplicating(k, without(k, event(k), Rights.WAIT)) == none | {"invalid_args_rights": YES}
    assert (
        duplicating(k, fine, BAD) == duplicating(k, fine, NULL) == none | {"invalid_args_out": YES}
    )


def test_the_prototype_says_how_a_pointer_is_used() -> None:
    k = Kernel()
    page = Page("channel_read", ChannelRead, "a test")
    page.pointer("bytes")
    page.pointer("actual_bytes", optional=True)

    def reading(pointer: OutPointer, size: int, actual: OutPointer) -> list[Tri]:
        call = ChannelRead(0, 0, pointer, FINE, size, 0, actual, FINE)
        return list(answers(page, k, call).values())

    assert reading(FINE, 8, FINE) == reading(NULL, 0, NULL) == [NO, NO]
    assert reading(BAD, 8, BAD) == [YES, YES]
    assert reading(BAD, 0, FINE) == reading(NULL, 8, FINE) == [MAYBE, NO]


@pytest.mark.parametrize(("fine", "answer"), [(True, NO), (False, MAYBE)])
def test_null_for_nothing_to_read_is_fine_if_the_page_says_so(fine: bool, answer: Tri) -> None:
    page = Page("channel_write", ChannelWrite, "a test")
    page.pointer("bytes", null_when_empty=fine)
    pointer = BytesPointer(Memory.NULL, True, None)
    none = HandlesPointer(Memory.NULL, True, (), True)
    call = ChannelWrite(0, 0, pointer, 0, none, 0)
    assert answers(page, Kernel(), call) == {"invalid_args_bytes": answer}
    assert answers(page, Kernel(), call._replace(num_bytes=1)) == {"invalid_args_bytes": YES}


def test_numbers_have_the_limits_of_their_lines() -> None:
    page = Page("vmo_create", VmoCreate, "a test")
    page.options(0b101)
    page.range("size", 100, "too large", surely=1000)

    def making(size: int, options: int) -> list[Tri]:
        return list(answers(page, Kernel(), VmoCreate(size, options, FINE)).values())

    assert making(100, 0b101) == making(0, 0b001) == [NO, NO]
    assert making(101, 0b010) == making(1000, 0b110) == [YES, MAYBE]
    assert making(1001, 0) == [NO, YES]


def test_a_value_is_one_of_those_that_the_page_names() -> None:
    page = Page("timer_create", TimerCreate, "a test")
    page.one_of("clock_id", (1, 3), "another clock", clause="clock", words="clock")
    asked = [answers(page, Kernel(), TimerCreate(0, clock, FINE))["clock"] for clock in range(4)]
    assert asked == [YES, NO, YES, NO]


def test_a_limit_is_blamed_for_refusing_what_is_just_within_it() -> None:
    page = Page("vmo_create", VmoCreate, "a test")
    page.allows_up_to("size", 64, "64 are fine", clause="max_size", words="at most 64")
    ((clause, statuses, holds),) = page.grants
    assert (clause.id, statuses) == ("vmo_create/max_size", (Status.ZX_ERR_OUT_OF_RANGE,))
    state = Kernel().state
    asked = [holds(state, VmoCreate(size, 0, FINE)) for size in (62, 63, 64, 65)]
    assert asked == [NO, YES, YES, NO]


def test_an_array_that_is_written_too_must_be_writable() -> None:
    page = Page("channel_write_etc", ChannelWriteEtc, "a test")
    page.pointer("handles")
    nothing = BytesPointer(Memory.NULL, True, None)

    def sending(memory: Memory, count: int) -> Tri:
        array = StructsPointer(memory, True, (), True)
        call = ChannelWriteEtc(0, 0, nothing, 0, array, count)
        return answers(page, Kernel(), call)["invalid_args_handles"]

    assert [sending(Memory.WRITABLE, 1), sending(Memory.READABLE, 1)] == [NO, YES]
    assert [sending(Memory.READABLE, 0), sending(Memory.NULL, 0)] == [NO, MAYBE]


def test_a_peer_is_open_until_its_last_handle_is_closed() -> None:
    k = Kernel()
    ours, theirs = k.channel_create()
    page = Page("channel_write", ChannelWrite, "a test")
    page.peer_open("handle", "the other side is closed")
    none = HandlesPointer(Memory.NULL, True, (), True)
    call = ChannelWrite(ours, 0, BytesPointer(Memory.NULL, True, None), 0, none, 0)
    assert answers(page, k, call) == {"peer_closed": NO}
    k.handle_close(theirs)
    assert answers(page, k, call) == {"peer_closed": YES}


def test_what_a_page_says_otherwise_is_an_argument() -> None:
    page = Page("vmo_create", VmoCreate, "a test")
    page.names("out", "the place for the handle", formerly="result")
    clause = page.options(
        clause="not_supported", status=Status.ZX_ERR_NOT_SUPPORTED, words="unsupported"
    )
    page.valid("out", clause="bad_place")
    assert (clause.id, clause.statuses) == ("vmo_create/not_supported", (-2,))
    assert page.errors[1][0].sentence == "the place for the handle is not valid"
    options, out = page.stated.facts
    assert (options.clauses, options.about) == (("not_supported",), ("options", "flags"))
    assert (options.words, out.about) == (("unsupported",), ("out", "result"))


def test_a_parameter_that_the_call_does_not_have_is_refused() -> None:
    page = Page("vmo_create", VmoCreate, "a test")
    with pytest.raises(ValueError, match="zx_vmo_create has no parameter handle; it has size, opt"):
        page.handle("handle", ObjType.VMO)


def test_a_sentence_may_state_two_clauses_and_a_clause_have_two_sentences() -> None:
    page = Page("vmo_create", VmoCreate, "a test")
    made = page.effect("made", "it is made", words="is made")
    page.effect("zeroed", "it is zero", said_with=made, words="zero")
    page.state(made, words=("one handle", "returned"))
    assert [(fact.clauses, fact.words) for fact in page.stated.facts] == [
        (("made", "zeroed"), ("is made",)),
        (("zeroed",), ("zero",)),
        (("made",), ("one handle", "returned")),
    ]


def test_a_missing_error_of_a_routine_sentence_names_the_arguments_that_it_reads() -> None:
    k = Kernel()
    handle = event(k)
    call = HandleDuplicate(handle, int(Rights.SAME_RIGHTS), BAD)
    verdict = k.observe(call, Outcome(0, {}))
    assert verdict.grounds[0].clause.id == "handle_duplicate/invalid_args_out"
    assert verdict.grounds[0].parameters == ("out",)


def test_routine_sentences_of_every_page_ask_of_a_parameter_that_it_has() -> None:
    asked = [
        (page, clause, routine)
        for page in load_all().values()
        for clause, routine in page.routines.items()
    ]
    assert len(asked) > 80
    for page, clause, routine in asked:
        assert clause in [c for c, _ in page.errors], clause.id
        assert routine.parameter in page.call._fields, clause.id
        assert bool(routine.detail) == (routine.asks not in {Asks.VALID, Asks.POINTER, Asks.PEER})
