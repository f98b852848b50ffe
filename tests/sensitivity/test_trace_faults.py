"""Each sentence of each page counts: recorded logs, one fault at a time, judged on the host.

A *trace fault* changes the status of a call where a sentence decides it; the sentence must be
blamed first. A sentence that is taken out of its page must be missed by a case that passed.
"""

from __future__ import annotations

import functools
import os
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from golden_logs import GoldenCase, everywhere
from unwritten import unwritten
from zxhil.abi.status import Status
from zxhil.model.clause import Clause, ClauseKind, Outcome
from zxhil.model.kernel import Kernel
from zxhil.model.pages import MODELLED, load
from zxhil.model.state import Bootstrap
from zxhil.oracle.results import CaseEndKind, Divergence

PAGES = list(MODELLED)

#: Recorded calls and cases that are tried for a sentence; with ZXHIL_SENSITIVITY set, all of them.
WHOLE = bool(os.environ.get("ZXHIL_SENSITIVITY"))
MOST_CALLS, MOST_CASES = (None, None) if WHOLE else (6, 40)

#: Sentences that no recorded case brings about, and why.
OUT_OF_REACH = {
    "object_get_info/thread_exception_report": "no recorded case asks for it during an exception",
    "vmo_set_size/unavailable_not_made_so": "only pages of 2019 state it",
    "job_set_policy/denied": "needs a second process, which is denied what it makes",
    "job_set_policy/out_of_range_condition": "the kernels that were recorded break it",
    "thread_exit/no_return": "ends the program, and with it the recorded case",
    "process_exit/no_return": "ends the program, and with it the recorded case",
    "pci_get_nth_device/returned": "the kernels that were recorded have no PCI bus of programs",
    "pci_get_bar/returned": "the kernels that were recorded have no PCI bus of programs",
    "pci_map_interrupt/returned": "the kernels that were recorded have no PCI bus of programs",
    "object_wait_one/canceled": "needs a second thread, which closes the handle during the wait",
    "vmo_create/invalid_args_non_resizable": "the page does not say which of two texts holds",
    "object_wait_many/canceled": "needs a second thread, which closes a handle during the wait",
    "channel_call/peer_closed_waiting": "needs a second thread, which closes the other end",
    "channel_call/canceled": "needs a second thread, which closes the handle during the wait",
    "channel_call/buffer_too_small_bytes": "needs a second thread, which replies",
    "channel_call/buffer_too_small_handles": "needs a second thread, which replies",
    "iommu_create/access_denied": "the kernels that were recorded break it",
    "vmo_create_physical/access_denied": "the kernels that were recorded break it",
    "vmo_create_physical/invalid_args_size": "the kernels that were recorded break it",
    "object_get_info/bad_state_address_space": "the kernels that were recorded break it",
    "object_get_info/cpu_stats": "the kernels that were recorded break it",
    "vmar_unmap/invalid_args_len_alignment": "the kernels that were recorded break it",
    "vmar_unmap_handle_close_thread_exit/invalid_args_len_alignment": (
        "the kernels that were recorded break it, and the thread ends"
    ),
    "vmar_unmap_handle_close_thread_exit/never_returns": "no recorded call returned ZX_OK",
    "vmar_unmap_handle_close_thread_exit/not_found": "by the other reading the thread ends",
    "debuglog_create/returned": "the kernels that were recorded break it",
    "futex_wait/invalid_args_owner": "which thread waits, a trace does not tell",
    "futex_requeue/invalid_args_owner": "which thread waits, a trace does not tell",
    "futex_requeue_single_owner/invalid_args_owner": "which thread waits, a trace does not tell",
    "futex_wake_handle_close_thread_exit/no_return": "a case of threads: no answer is changed",
    "guest_create/access_denied": "the kernels that were recorded break it",
    "interrupt_bind_vcpu/bad_state": "needs a second thread, which waits for the interrupt",
    "interrupt_bind_vcpu/invalid_args_options": "the kernels that were recorded break it",
    "interrupt_bind_vcpu/redirected": "no line of the machine is there to be triggered",
    "smc_call/access_denied": "the kernels that were recorded break it",
    "smc_call/not_supported": "the systems that were recorded support the call",
    "system_mexec/supplanted": "the call does not come back, so it has no answer",
    "vcpu_read_state/bad_state": "a case of threads: no answer is changed",
    "vcpu_resume/bad_state": "a case of threads: no answer is changed",
    "vcpu_write_state/bad_state": "a case of threads: no answer is changed",
    "vcpu_interrupt/out_of_range": "the kernels that were recorded break it",
    "vcpu_interrupt/raised": "only the guest sees the interrupt",
    "vcpu_resume/canceled": "the page does not say what cancels the execution",
    "vcpu_resume/internal": "the page does not say which error that is",
}
#: Errors that stand beside another one in every state that can be brought about, or that no page
#: demands in any: that one was due, only the kernel shows.
NEVER_DECIDED = {
    "task_kill/wrong_type": "kernels return the other status of the two: the right is missing too",
    "job_set_policy/wrong_type": "kernels return the other status: the right is missing too",
    "thread_read_state/not_supported": "kernels return the other status of the two",
    "thread_write_state/not_supported": "kernels return the other status of the two",
    "interrupt_wait/canceled": "a status of no sentence is blamed on waiting first",
    "object_wait_one/not_supported": "a port's handle has no ZX_RIGHT_WAIT either",
    "object_wait_many/not_supported": "a port's handle has no ZX_RIGHT_WAIT either",
    "socket_write/should_wait": "the page does not say when a socket is full",
    "socket_write/out_of_range": "the page does not say how much space there is",
    "job_create/out_of_range": "the page does not say how high a tree may be",
    "port_create/invalid_args_options": "the page names a valid bit without its value",
    "port_queue/should_wait": "the page does not say how many packets are too many",
    "process_read_memory/bad_state": "kernels return the other status of the two",
    "process_read_memory/past_vmo": "the page does not say what is past the end of a VMO",
    "process_write_memory/bad_state": "kernels return the other status of the two",
    "process_write_memory/past_vmo": "the page does not say what is past the end of a VMO",
    "interrupt_bind/bad_state": "only a case of threads brings it about",
    "interrupt_wait/canceled_closed": "only a case of threads brings it about",
    "interrupt_bind_vcpu/already_bound_guest": "kernels return the other status of the two",
    "vcpu_create/invalid_args": "the page does not say which arguments are invalid",
    "vcpu_resume/not_supported": "what the guest executes is not followed",
    "vmo_op_range/not_supported_decommit": "the page does not say which VMOs do not allow it",
}

CLAUSES = [
    clause
    for name in PAGES
    for clause in load(name).clauses
    if clause.kind is not ClauseKind.ANY_TIME and clause.id not in OUT_OF_REACH
]
CONTRADICTED = [clause for clause in CLAUSES if clause.contradicted]
CLAUSES = [clause for clause in CLAUSES if not clause.contradicted]
ERRORS = [
    clause
    for clause in CLAUSES
    if clause.kind is ClauseKind.ERROR and clause.id not in NEVER_DECIDED
]


class Decided(NamedTuple):
    """A call that failed because sentences demanded it; `alone` if it was one sentence."""

    case: GoldenCase
    place: int
    page: str
    holds: tuple[Clause, ...]
    returned: int
    outs: dict[str, object]
    allowed: frozenset[int]


@functools.cache
def decided() -> dict[str, list[Decided]]:
    """Every recorded call whose status a sentence demanded, by sentence."""
    found: dict[str, list[Decided]] = defaultdict(list)
    for case in everywhere():
        if case.beside:
            continue
        kernel = Kernel([Bootstrap(*event[1:6]) for event in case.bootstrap])
        for place, (made, outcome) in enumerate(zip(case.made, case.outcomes, strict=True)):
            allowed = kernel.allowed(made.call)
            for clause in allowed.holds:
                if outcome.status in clause.statuses:
                    found[clause.id].append(
                        Decided(
                            case, place, made.name, allowed.holds, *outcome[:2], allowed.statuses
                        )
                    )
            kernel.observe(made.call, outcome)
    return found


@functools.cache
def reached_by() -> dict[str, list[GoldenCase]]:
    """The cases that reach each sentence, those that claim it first."""
    found: dict[str, list[GoldenCase]] = defaultdict(list)
    for case in everywhere():
        for clause in case.judged().reached:
            found[clause].append(case)
    for clause, cases in found.items():
        cases.sort(key=lambda case: clause not in case.info.claims)
    return found


def other_statuses(fault: Decided) -> Iterator[int]:
    """ZX_OK, and a status that the page does not document, unless it leaves the status open."""
    yield 0
    documented = load(fault.page).statuses | fault.allowed
    yield from [int(s) for s in Status if s and int(s) not in documented][:1]


def first_divergence(fault: Decided, status: int) -> Divergence:
    """What the oracle says of the call if it answers `status`; it must say something."""
    result = fault.case.judged({fault.place: Outcome(status, dict(fault.outs))})
    where = f"{fault.case.info.id} call {fault.place} with status {status}"
    assert result.divergences, f"{where}: nothing diverges"
    first = result.divergences[0]
    assert first.call == fault.place, f"{where}: call {first.call} diverges, {first.blamed}"
    return first


@pytest.mark.parametrize("clause", ERRORS, ids=lambda clause: clause.id)
def test_broken_error_sentence_is_blamed_first(clause):
    """Where it alone demands the error, if there is such a call; else with those beside it.

    A call that cases make to observe may show as well that an earlier one broke its page. Then
    that one comes first, and the sentence is named after it, or is no more than how it shows.
    """
    faults = decided()[clause.id]
    faults = ([fault for fault in faults if fault.holds == (clause,)] or faults)[:MOST_CALLS]
    assert faults, "no recorded call fails for this reason"
    for status in other_statuses(faults[0]):
        firsts = [first_divergence(fault, status) for fault in faults]
        named = 0
        for fault, first in zip(faults, firsts, strict=True):
            own = first.blamed_call == fault.place and first.blamed[0] in own_sentences(
                fault, status
            )
            assert own or first.blamed_call < fault.place, (fault.case.info.id, first)
            named += clause.id in first.blamed
        if not load(clause.page).observes:
            assert 2 * named >= len(faults), firsts


def own_sentences(fault: Decided, status: int) -> set[str]:
    """What the call itself breaks with `status`: errors, and sentences that say the same.

    A wait that is refused with a status of no sentence does not come to its timeout.
    """
    page = load(fault.page)
    refusals = [clause for clause, _ in page.refusals]
    timed_out = all(Status.ZX_ERR_TIMED_OUT in clause.statuses for clause in fault.holds)
    purpose = [page.purpose] if status and timed_out and page.purpose is not None else []
    return {clause.id for clause in (*fault.holds, *refusals, *purpose)}


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.id)
def test_sentence_taken_out_is_missed(clause, monkeypatch):
    """Some case that reached it, and claims it, does not pass any more."""
    cases = reached_by()[clause.id][:MOST_CASES]
    assert cases, "no case reaches it"
    with unwritten(clause, monkeypatch):
        assert any(
            case.claiming(clause.id).judged().end in (CaseEndKind.FAILED, CaseEndKind.VACUOUS)
            for case in cases
        )


@pytest.mark.parametrize("clause", CONTRADICTED, ids=lambda clause: clause.id)
def test_contradicted_sentence_permits_its_status(clause, monkeypatch):
    """Where it may hold, its status conforms; without the sentence it does not."""
    (status,) = clause.statuses
    case, place, outcome = next(permitted_by(clause))
    changed = {place: Outcome(int(status), dict(outcome.outs))}
    assert place not in {d.call for d in case.judged(changed).divergences}
    with unwritten(clause, monkeypatch):
        assert place in {d.call for d in case.judged(changed).divergences}


def permitted_by(clause: Clause) -> Iterator[tuple[GoldenCase, int, Outcome]]:
    """Calls for which `clause`, and no other, would explain its status, and which succeeded."""
    for case in reached_by()[clause.id]:
        if case.beside:
            continue
        kernel = Kernel([Bootstrap(*event[1:6]) for event in case.bootstrap])
        for place, (made, outcome) in enumerate(zip(case.made, case.outcomes, strict=True)):
            allowed = kernel.allowed(made.call)
            explaining = [c for c in allowed.may_hold if set(c.statuses) & set(clause.statuses)]
            if not allowed.holds and explaining == [clause] and outcome.status == 0:
                yield case, place, outcome
            kernel.observe(made.call, outcome)
