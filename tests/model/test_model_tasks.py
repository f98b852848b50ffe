"""Tasks: what pages require of those that were started, suspended, killed, and of policies."""

from __future__ import annotations

import struct
from typing import NamedTuple

import pytest
from test_model_right_calls import OK, Scripted
from zxhil.abi.kinds import PortPacket
from zxhil.abi.objects import LIMITS, InfoTopic, PolicyCondition, Property, Signal, ThreadState
from zxhil.abi.rights import DEFAULT_RIGHTS, Rights
from zxhil.abi.sample import sample
from zxhil.abi.status import Status
from zxhil.model.judge import Verdict
from zxhil.oracle.simulate import JOB, PROCESS, THREAD

BAD_STATE, DENIED = Status.ZX_ERR_BAD_STATE, Status.ZX_ERR_ACCESS_DENIED
TIMED_OUT, EXISTS = Status.ZX_ERR_TIMED_OUT, Status.ZX_ERR_ALREADY_EXISTS
TERMINATED, SUSPENDED = int(Signal.TASK_TERMINATED), int(Signal.THREAD_SUSPENDED)
DENY, ALLOW = LIMITS["ZX_POL_ACTION_DENY"], LIMITS["ZX_POL_ACTION_ALLOW"]
ABSOLUTE, RELATIVE = LIMITS["ZX_JOB_POL_ABSOLUTE"], LIMITS["ZX_JOB_POL_RELATIVE"]
CHANNEL, NEW_ANY = PolicyCondition.NEW_CHANNEL, PolicyCondition.NEW_ANY
GENERAL, X64_SIZE = ThreadState.GENERAL_REGS, 144


class Tasks(Scripted):
    """A kernel that returns what the test says, and what tests of tasks begin with."""

    def process(self, job: int = JOB) -> int:
        return self.process_create(job, b"p").handles[0]

    def job(self, parent: int = JOB) -> int:
        return self.job_create(parent).handles[0]

    def thread(self, process: int) -> int:
        return self.thread_create(process, b"t").handles[0]

    def event(self) -> int:
        return self.event_create().handles[0]

    def start(self, process: int, thread: int) -> None:
        given = {"handle": process, "thread": thread, "arg1": self.event(), "arg2": 7}
        self.says(OK, "process_start", **given)

    def shows(self, handle: int, signals: int, *, wanted: int = TERMINATED) -> None:
        status = OK if signals & wanted else TIMED_OUT
        given = {"handle": handle, "signals": wanted, "deadline": 0}
        self.says(status, "object_wait_one", outs={"observed": signals}, **given)

    def dies(self, task: int) -> None:
        self.says(OK, "task_kill", handle=task)
        self.shows(task, TERMINATED)

    def allows(self, syscall: str, **given: object) -> tuple[str, ...]:
        return self.allowed(self.make(syscall, **given)).names

    def process_info(self, handle: int, *what: int) -> Verdict:
        raw = struct.pack("<q???5x", *what)
        given = {"handle": handle, "topic": InfoTopic.PROCESS, "buffer_size": 16}
        outs = {"buffer": raw, "actual": 1, "avail": 1}
        return self.answers(OK, "object_get_info", outs, **given)


@pytest.fixture
def k() -> Tasks:
    return Tasks()


def blamed(verdict: Verdict) -> list[str]:
    return [clause.id for clause in verdict.revised().blamed]


# ---- killed


def test_killed_process_may_die_at_any_time_and_stays_dead(k):
    process = k.process()
    k.says(OK, "task_kill", handle=process)
    k.shows(process, 0)
    assert "ZX_OK" in k.allows("task_suspend", handle=process)
    k.shows(process, TERMINATED)
    assert "ZX_OK" not in k.allows("task_suspend", handle=process)
    given = {"handle": process, "signals": TERMINATED, "deadline": 0}
    assert k.answers(TIMED_OUT, "object_wait_one", {"observed": 0}, **given).blamed


def test_process_that_was_not_killed_is_not_dead(k):
    process, other = k.process(), k.process()
    k.dies(process)
    given = {"handle": other, "signals": TERMINATED, "deadline": 0}
    assert k.answers(OK, "object_wait_one", {"observed": TERMINATED}, **given).blamed


def test_code_of_a_process_that_was_killed_is_minus_one(k):
    process = k.process()
    k.dies(process)
    assert blamed(k.process_info(process, 0, True, True, False)) == ["task_kill/killed"]


@pytest.mark.parametrize("earliest", [0, 20180523, 20180524])
def test_record_of_a_process_is_not_read_in_a_layout_that_the_kernel_may_not_have(k, earliest):
    """Before 2018-05-24 the return code had 32 bits: the flags lay where its upper half is now."""
    k.state.earliest = earliest
    process = k.process()
    k.dies(process)
    code = struct.unpack("<q", struct.pack("<i???x", -1, True, True, False))[0]
    accused = blamed(k.process_info(process, code, False, False, False))
    assert bool(accused) is (earliest == 20180524)


@pytest.mark.parametrize(("earliest", "sure"), [(0, False), (20180307, False), (20180308, True)])
def test_signal_of_a_vmo_without_children_is_demanded_since_there_is_one(k, earliest, sure):
    k.state.earliest = earliest
    vmo = k.vmo_create(4096).handles[0]
    zero = int(Signal.VMO_ZERO_CHILDREN)
    given = {"handle": vmo, "signals": zero, "deadline": 0}
    accused = k.answers(TIMED_OUT, "object_wait_one", {"observed": 0}, **given)
    assert bool(blamed(accused)) is sure


@pytest.mark.parametrize(("earliest", "sure"), [(0, False), (20181205, False), (20181206, True)])
def test_right_that_a_topic_needs_is_demanded_since_the_page_names_it(k, earliest, sure):
    k.state.earliest = earliest
    process = k.process()
    (reduced,) = k.handle_duplicate(process, int(Rights.TRANSFER))
    given = {"handle": reduced, "topic": InfoTopic.PROCESS, "buffer_size": 16}
    assert ("ZX_OK" in k.allows("object_get_info", **given)) is not sure
    assert "ZX_ERR_ACCESS_DENIED" in k.allows("object_get_info", **given)


@pytest.mark.parametrize(("killed", "status"), [(True, BAD_STATE), (False, OK)])
def test_killed_job_has_no_new_processes(k, killed, status):
    job = k.job()
    if killed:
        k.says(OK, "task_kill", handle=job)
    assert k.answers(OK - (status == OK), "process_create", job=job, name=b"p").blamed
    given = {"job": job, "name": b"p"}
    outs = {} if status else {"proc_handle": 0x7001, "vmar_handle": 0x7011}
    k.says(status, "process_create", outs=outs, **given)


def test_child_of_a_killed_job_may_have_either_answer(k):
    job = k.job()
    child = k.job(job)
    k.says(OK, "task_kill", handle=job)
    assert {"ZX_OK", "ZX_ERR_BAD_STATE"} < set(k.allows("process_create", job=child, name=b"p"))


def test_children_of_a_killed_job_may_be_gone_from_its_list(k):
    job = k.job()
    process = k.process(job)
    k.dies(process)
    k.lists(job, InfoTopic.JOB_PROCESSES)


# ---- started


def test_process_can_be_started_once(k):
    process = k.process()
    thread, second = k.thread(process), k.thread(process)
    k.start(process, thread)
    given = {"handle": process, "thread": second, "arg1": k.event()}
    verdict = k.answers(OK, "process_start", **given)
    assert blamed(verdict) == ["process_start/bad_state"]


def test_thread_of_another_process_does_not_start_a_process(k):
    process, other = k.process(), k.process()
    given = {"handle": process, "thread": k.thread(other), "arg1": k.event()}
    assert k.allows("process_start", **given) == ("ZX_ERR_ACCESS_DENIED",)


def test_argument_is_gone_also_if_the_start_fails(k):
    process, event = k.process(), k.event()
    k.says(DENIED, "process_start", handle=process, thread=k.thread(k.process()), arg1=event)
    verdict = k.answers(OK, "handle_close", handle=event)
    assert blamed(verdict) == ["process_start/discarded_on_failure"]


def test_process_that_was_started_is_reported_so(k):
    process = k.process()
    k.start(process, k.thread(process))
    verdict = k.process_info(process, 0, False, False, False)
    assert "process_start/started" in blamed(verdict)


def test_started_process_may_have_ended(k):
    process = k.process()
    thread = k.thread(process)
    k.start(process, thread)
    k.shows(thread, TERMINATED)
    k.shows(process, TERMINATED)
    assert k.process_info(process, 0, False, False, False).blamed


def test_thread_that_was_not_started_is_neither_running_nor_suspended(k):
    thread = k.thread(k.process())
    given = {"handle": thread, "signals": SUSPENDED, "deadline": 0}
    assert k.answers(OK, "object_wait_one", {"observed": SUSPENDED}, **given).blamed


# ---- suspended


def suspended(k: Tasks) -> tuple[int, int, int]:
    process = k.process()
    thread = k.thread(process)
    (token,) = k.task_suspend(thread).handles
    k.start(process, thread)
    k.shows(thread, SUSPENDED, wanted=SUSPENDED)
    return process, thread, token


READ = {"kind": GENERAL, "buffer_size": X64_SIZE}


def test_state_of_a_suspended_thread_can_be_read(k):
    _, thread, _ = suspended(k)
    assert k.answers(BAD_STATE, "thread_read_state", handle=thread, **READ).blamed


def test_state_of_a_resumed_thread_may_not_be_available(k):
    _, thread, token = suspended(k)
    k.says(OK, "handle_close", handle=token)
    k.says(OK, "thread_read_state", handle=thread, **READ)
    k.says(BAD_STATE, "thread_read_state", handle=thread, **READ)


def test_second_token_keeps_a_thread_suspended(k):
    _, thread, token = suspended(k)
    k.task_suspend_token(thread)
    k.says(OK, "handle_close", handle=token)
    assert k.answers(BAD_STATE, "thread_read_state", handle=thread, **READ).blamed


def test_killed_thread_may_have_no_state(k):
    process, thread, _ = suspended(k)
    k.says(OK, "task_kill", handle=process)
    k.says(BAD_STATE, "thread_read_state", handle=thread, **READ)


def test_thread_suspended_before_its_start_executes_nothing(k):
    process = k.process()
    thread = k.thread(process)
    k.task_suspend(thread)
    k.start(process, thread)
    given = {"handle": thread, "signals": TERMINATED, "deadline": 0}
    verdict = k.answers(OK, "object_wait_one", {"observed": TERMINATED}, **given)
    assert blamed(verdict)[0] == "task_suspend/before_any_code"


def test_resumed_thread_may_end(k):
    _, thread, token = suspended(k)
    k.says(OK, "handle_close", handle=token)
    k.shows(thread, TERMINATED)


def test_registers_of_a_new_thread_are_zero(k):
    _, thread, _ = suspended(k)
    for first, fits in ((bytes(X64_SIZE), True), (b"\1" * X64_SIZE, False)):
        outs = {"buffer": sample(first)}
        verdict = k.answers(OK, "thread_read_state", outs, handle=thread, **READ)
        assert bool(verdict.blamed) is not fits


def test_state_that_was_written_is_read(k):
    _, thread, _ = suspended(k)
    step = {"handle": thread, "kind": ThreadState.SINGLE_STEP}
    k.says(OK, "thread_write_state", buffer=struct.pack("<I", 1), **step)
    outs = {"buffer": sample(struct.pack("<I", 0))}
    verdict = k.answers(OK, "thread_read_state", outs, buffer_size=4, **step)
    assert "thread_write_state/written" in blamed(verdict)


@pytest.mark.parametrize("handle", [PROCESS, THREAD])
def test_caller_can_not_suspend_itself(k, handle):
    names = k.allows("task_suspend", handle=handle)
    assert "ZX_ERR_NOT_SUPPORTED" in names and "ZX_OK" not in names


# ---- exceptions


class Fault(NamedTuple):
    process: int
    thread: int
    port: int


def fault(k: Tasks, *, key: int = 5) -> Fault:
    process, port = k.process(), k.port_create().handles[0]
    thread = k.thread(process)
    k.looks(thread, 4321, 2, DEFAULT_RIGHTS["thread"], related=4320)
    k.says(OK, "task_bind_exception_port", handle=process, port=port, key=5)
    k.start(process, thread)
    packet = PortPacket(key, 0x108, 0, struct.pack("<QQ16x", 4320, 4321))
    k.answers(OK, "port_wait", {"packet": packet}, handle=port, deadline=0)
    return Fault(process, thread, port)


def test_exception_is_resumed_through_its_own_port(k):
    found = fault(k)
    other = k.port_create().handles[0]
    given = {"handle": found.thread, "port": other}
    assert k.allows("task_resume_from_exception", **given) == ("ZX_ERR_ACCESS_DENIED",)
    given["port"] = found.port
    assert k.allows("task_resume_from_exception", **given) == ("ZX_OK",)


def test_report_with_another_key_is_blamed_on_the_binding(k):
    process, port = k.process(), k.port_create().handles[0]
    k.says(OK, "task_bind_exception_port", handle=process, port=port, key=5)
    packet = PortPacket(6, 0x108, 0, struct.pack("<QQ16x", 4320, 4321))
    verdict = k.answers(OK, "port_wait", {"packet": packet}, handle=port, deadline=0)
    assert blamed(verdict) == ["task_bind_exception_port/key_reported"]


def test_thread_without_an_exception_is_not_resumed(k):
    thread, port = k.thread(k.process()), k.port_create().handles[0]
    given = {"handle": thread, "port": port}
    assert "ZX_OK" not in k.allows("task_resume_from_exception", **given)


def test_port_is_bound_until_its_last_handle_is_closed(k):
    process, port = k.process(), k.port_create().handles[0]
    bind = {"handle": process, "port": port, "key": 1}
    k.says(OK, "task_bind_exception_port", **bind)
    assert "ZX_OK" not in k.allows("task_bind_exception_port", **bind)
    k.says(OK, "handle_close", handle=port)
    unbind = {"handle": process, "port": 0, "key": 1}
    assert "ZX_OK" not in k.allows("task_bind_exception_port", **unbind)


# ---- policies


def policy(handle: int, about: int, action: int, options: int = ABSOLUTE) -> dict[str, object]:
    return {"handle": handle, "options": options, "topic": 0, "policy": [(about, action)]}


@pytest.mark.parametrize("about", [CHANNEL, NEW_ANY])
def test_policy_that_conflicts_is_refused_also_in_a_new_child(k, about):
    job = k.job()
    k.says(OK, "job_set_policy", **policy(job, about, DENY))
    assert "ZX_OK" in k.allows("job_set_policy", **policy(job, CHANNEL, DENY))
    assert "ZX_OK" not in k.allows("job_set_policy", **policy(job, CHANNEL, ALLOW))
    assert "ZX_OK" in k.allows("job_set_policy", **policy(job, CHANNEL, ALLOW, RELATIVE))
    child = k.job(job)
    assert "ZX_OK" not in k.allows("job_set_policy", **policy(child, CHANNEL, ALLOW))


def test_policy_of_a_job_with_a_living_child_is_refused(k):
    job = k.job()
    process = k.process(job)
    k.looks(process, 4400, 1, DEFAULT_RIGHTS["process"], related=4399)
    assert "ZX_OK" not in k.allows("job_set_policy", **policy(job, CHANNEL, DENY))
    k.dies(process)
    assert "ZX_OK" in k.allows("job_set_policy", **policy(job, CHANNEL, DENY))


@pytest.mark.parametrize(("action", "denied"), [(DENY, True), (ALLOW, False)])
def test_denied_call_of_a_process_fails_with_any_status(k, action, denied):
    job = k.job()
    k.says(OK, "job_set_policy", **policy(job, CHANNEL, action))
    process = k.state.object(k.process(job))
    k.state.switch(1)
    k.state.owners[1] = process
    verdict = k.answers(OK, "channel_create", {"out0": 0x9001, "out1": 0x9011})
    assert blamed(verdict) == (["job_set_policy/denied"] if denied else [])
    verdict = k.answers(Status.ZX_ERR_NOT_FOUND, "channel_create")
    assert bool(verdict.blamed) is not denied


# ---- properties


def test_name_of_a_process_is_cut_and_reported(k):
    (process, _) = k.process_create(JOB, b"x" * 40).handles
    given = {"handle": process, "property": Property.NAME, "value_size": 32}
    for length, fits in ((31, True), (30, False)):
        outs = {"value": sample((b"x" * length).ljust(32, b"\0"))}
        verdict = k.answers(OK, "object_get_property", outs, **given)
        assert bool(verdict.blamed) is not fits


@pytest.mark.parametrize(("written", "asserted"), [(1, False), (2, True), (3, True)])
@pytest.mark.parametrize("right", [True, False])
def test_read_threshold_decides_its_signal(k, written, asserted, right):
    a, b = k.socket_create(0).handles
    threshold = {"handle": a, "property": Property.SOCKET_RX_THRESHOLD}
    k.says(OK, "object_set_property", value=struct.pack("<Q", 2), **threshold)
    k.says(OK, "socket_write", outs={"actual": written}, handle=b, buffer=b"x" * written)
    bit = int(Signal.SOCKET_READ_THRESHOLD)
    shown = asserted is right
    given = {"handle": a, "signals": bit, "deadline": 0}
    outs = {"observed": 3 | (bit if shown else 0)}
    verdict = k.answers(OK if shown else TIMED_OUT, "object_wait_one", outs, **given)
    assert bool(verdict.blamed) is not right
