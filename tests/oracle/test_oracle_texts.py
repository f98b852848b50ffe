"""Which text judges: the user's page, the pages of the kernel's age, and the header for rights."""

from __future__ import annotations

import pytest
from zxhil.abi.ages import NAMED_LATER, RENUMBERED, Age
from zxhil.abi.objects import InfoTopic, ObjType, PolicyCondition, Property, ThreadState
from zxhil.abi.rights import HEADER_RIGHTS, Rights, most_rights
from zxhil.abi.runtime import STANDIN_VERSION
from zxhil.abi.status import Status
from zxhil.docs.statuses import DocumentedStatuses
from zxhil.model.facts import KnownRights
from zxhil.model.kernel import Kernel
from zxhil.model.pages import find_clause, vmo_create
from zxhil.model.routine_effects import GivenRights
from zxhil.model.since import SINCE
from zxhil.model.state import Bootstrap, State
from zxhil.oracle.texts import JudgingTexts

OLD = Age(20180215, 20180215)
NEW = Age(20181229, 20181229)
LATER = Age(20190715, 20190715)
GIVEN, GIVEN_RIGHTS = 7, int(Rights.READ | Rights.WRITE | Rights.INSPECT | Rights.MANAGE_PROCESS)


@pytest.mark.parametrize("name", ["socket_create", "fifo_create", "vmar_allocate"])
def test_default_rights_are_those_of_the_kernels_age_whatever_page_is_given(name: str) -> None:
    """Pages leave them to a header, so a page of the user's says nothing of them."""
    theirs = {name: DocumentedStatuses(name, f"{name}.md:1", ("ZX_ERR_NO_MEMORY",))}
    for documented in ({}, theirs):
        assert f"{name}/default_rights" in JudgingTexts(documented, OLD).unstated
        assert f"{name}/default_rights" not in JudgingTexts(documented, NEW).unstated


@pytest.mark.parametrize("call", ["socket_create", "job_create"])
def test_default_rights_are_not_required_of_a_kernel_that_may_predate_them(call: str) -> None:
    """A kernel of 2018-09-13 without ``--age`` lies between 2018-08-21 and 2018-11-12."""
    clause = f"{call}/default_rights"
    day = SINCE[clause]
    assert clause in JudgingTexts({}, Age(day - 1, day + 1)).unstated
    assert clause in JudgingTexts({}, Age()).unstated
    assert clause not in JudgingTexts({}, Age(day, day + 1)).unstated


@pytest.mark.parametrize(
    ("clause", "day"),
    [
        ("bti_create/usable_rights", 20180412),
        ("pmt_unpin/consumed", 20180604),
        ("task_suspend_token/default_rights", 20180920),
        ("object_get_info/socket", 20181128),
        ("object_get_info/thread", 20180606),
        ("object_get_info/process_maps", 20181009),
    ],
)
def test_sentence_that_a_page_had_in_other_words_before_is_not_required(
    clause: str, day: int
) -> None:
    """Fewer rights before commits 66c48779a and a2856177d; consumed on success only before
    9c6885ade; ``zx_info_socket_t`` had no ``rx_buf_available`` before 93425de9e, ``zx_info_maps_t``
    no ``vmo_offset`` before 04efceb7a; a thread was blocked without a reason before 037a15707."""
    assert clause in JudgingTexts({}, Age(day - 1, day - 1)).unstated
    assert clause not in JudgingTexts({}, Age(day, day)).unstated


def test_other_clauses_follow_the_users_page() -> None:
    clause = "socket_share/one_deep"
    theirs = {"socket_share": DocumentedStatuses("socket_share", "socket_share.md:1", ())}
    assert clause in JudgingTexts({}, OLD).unstated
    assert clause not in JudgingTexts(theirs, OLD).unstated


def allowed(age: Age, k: Kernel, call: str, **given: object) -> frozenset[int]:
    made = k.make(call, **given)
    texts = JudgingTexts({}, age)
    k.state.unstated = texts.unstated
    return texts.judging(call, made).allows(k.state, made).statuses


def test_what_a_page_said_before_a_sentence_is_left_open() -> None:
    """Until June 2018 the page had ZX_ERR_INVALID_ARGS for duplicates."""
    k = Kernel()
    end, _ = k.channel_create()
    (event,) = k.event_create()
    twice = {"handle": end, "bytes": b"", "handles": [event, event]}
    assert Status.ZX_ERR_BAD_HANDLE in allowed(NEW, k, "channel_write", **twice)
    assert Status.ZX_ERR_INVALID_ARGS not in allowed(NEW, k, "channel_write", **twice)
    assert Status.ZX_ERR_INVALID_ARGS in allowed(OLD, k, "channel_write", **twice)
    once = {**twice, "handles": [event]}
    assert Status.ZX_ERR_INVALID_ARGS not in allowed(OLD, k, "channel_write", **once)


def test_status_that_only_a_newer_sentence_names_may_have_had_a_wider_one() -> None:
    k = Kernel()
    end, _ = k.socket_create()
    given = {"handle": end, "buffer": b"x"}
    assert Status.ZX_ERR_OUT_OF_RANGE in allowed(OLD, k, "socket_write", **given)
    assert Status.ZX_ERR_OUT_OF_RANGE not in allowed(NEW, k, "socket_write", **given)


def test_process_that_does_not_run_has_no_statistics_by_older_pages() -> None:
    k = Kernel([Bootstrap(GIVEN, ObjType.JOB, GIVEN_RIGHTS, 9)])
    process, _ = k.process_create(GIVEN, b"p", 0)
    given = {"handle": process, "topic": InfoTopic.TASK_STATS, "buffer_size": 64}
    before = Age(20180926, 20180926)
    assert Status.ZX_ERR_BAD_STATE in allowed(before, k, "object_get_info", **given)
    assert Status.ZX_ERR_BAD_STATE not in allowed(NEW, k, "object_get_info", **given)


def test_record_of_an_older_kernel_may_be_smaller() -> None:
    k = Kernel([Bootstrap(GIVEN, ObjType.RESOURCE, GIVEN_RIGHTS, 9)])
    given = {"handle": GIVEN, "topic": InfoTopic.RESOURCE, "buffer_size": 55}
    assert 0 in allowed(Age(20180718, 20180718), k, "object_get_info", **given)
    assert 0 not in allowed(NEW, k, "object_get_info", **given)


def is_judged(texts: JudgingTexts, call: str, **given: object) -> bool:
    return texts.judging(call, Kernel().make(call, **given)).modelled


@pytest.mark.parametrize(
    ("call", "parameter", "number", "day"),
    [
        ("object_get_property", "property", Property.SOCKET_RX_THRESHOLD, 20181001),
        ("object_set_property", "property", Property.JOB_KILL_ON_OOM, 20181013),
        ("thread_read_state", "kind", ThreadState.SINGLE_STEP, 20181009),
        ("thread_write_state", "kind", ThreadState.VECTOR_REGS, 20180601),
    ],
)
def test_number_that_the_kernel_may_know_as_another_is_not_judged(
    call: str, parameter: str, number: int, day: int
) -> None:
    assert RENUMBERED[call, parameter][number] == day
    given = {parameter: int(number)}
    for age in (OLD, Age(day, day), Age()):
        assert not is_judged(JudgingTexts({}, age), call, **given)
    after = JudgingTexts({}, Age(day + 1, day + 1))
    assert is_judged(after, call, **given)
    other = {parameter: int(Property.NAME) if parameter == "property" else 0}
    assert is_judged(JudgingTexts({}, OLD), call, **other)


def test_stand_in_knows_every_number() -> None:
    texts = JudgingTexts({}, version=STANDIN_VERSION + "0" * 40)
    assert is_judged(texts, "object_get_property", property=int(Property.SOCKET_RX_THRESHOLD))


@pytest.mark.parametrize(
    ("call", "parameter", "number", "judged"),
    [
        ("object_wait_async", "options", 1, 2),
        ("job_set_policy", "topic", 1, 2),
        ("process_start", "arg1", 0, 0xDEADBEEF),
        ("socket_read", "options", 8, 0x18),
        ("vmar_map", "options", 0x1001, 0x800001),
        ("vmar_map", "options", 0x10000001, 1),
        ("vmo_create", "options", 2, 3),
    ],
)
def test_number_that_later_pages_name_is_not_judged_on_a_younger_kernel(
    call: str, parameter: str, number: int, judged: int
) -> None:
    assert (call, parameter) in NAMED_LATER
    for age, named in ((OLD, True), (NEW, True), (Age(20181229, 20190731), False), (LATER, False)):
        assert is_judged(JudgingTexts({}, age), call, **{parameter: number}) is named
        assert is_judged(JudgingTexts({}, age), call, **{parameter: judged})


@pytest.mark.parametrize("call", ["vmo_read", "vmo_write"])
def test_offset_at_the_end_is_no_error_by_later_pages(call: str) -> None:
    clause = f"{call}/out_of_range_offset"
    assert clause in JudgingTexts({}, LATER).unstated
    assert clause not in JudgingTexts({}, NEW).unstated


def test_policy_about_processes_is_not_judged_before_there_was_one() -> None:
    for condition, judged in (
        (PolicyCondition.NEW_PROCESS, False),
        (PolicyCondition.NEW_VMO, True),
    ):
        given = {"policy": ((int(condition), 0),), "count": 1}
        assert is_judged(JudgingTexts({}, OLD), "job_set_policy", **given) is judged
        assert is_judged(JudgingTexts({}, NEW), "job_set_policy", **given)


@pytest.mark.parametrize(
    ("type_", "right", "last"),
    [
        ("channel", Rights.GET_PROPERTY, 20181127),
        ("eventpair", Rights.READ, 20181116),
        ("resource", Rights.WAIT, 20180731),
    ],
)
def test_new_handle_may_have_what_the_header_of_the_kernels_age_gave_it(
    type_: str, right: Rights, last: int
) -> None:
    clause = find_clause("channel_create/usable_rights")
    assert clause is not None
    known = KnownRights(0, exact=False, most=most_rights(type_))
    for earliest, allowed in ((0, True), (last, True), (last + 1, False)):
        state = State()
        state.earliest = earliest
        fact = GivenRights(known, clause, type_).fact(state)
        assert bool(fact.value.beyond(int(right))) is not allowed
    assert not HEADER_RIGHTS[type_] & int(right)


def test_right_that_later_pages_do_not_promise_is_not_required_of_a_younger_kernel() -> None:
    without = HEADER_RIGHTS["vmo"] & ~int(Rights.EXECUTE)
    for newer, conforms in ((False, False), (True, True)):
        state = State()
        state.is_newer = newer
        given = vmo_create.rights.fact(state).value
        assert given.confirmed_by(KnownRights(without)) is conforms
        assert not given.confirmed_by(KnownRights(without & ~int(Rights.MAP)))


def test_default_rights_are_required_of_the_stand_in() -> None:
    texts = JudgingTexts({}, standin=True)
    assert not [clause for clause in texts.unstated if clause.endswith("/default_rights")]
