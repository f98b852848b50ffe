"""How a case ends on a kernel of another age than the pages."""

from __future__ import annotations

import struct

import pytest
from judged_simulation import judge, started
from zxhil.abi.ages import Age
from zxhil.abi.calls import BY_NAME
from zxhil.abi.objects import InfoTopic, Property
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.kernel import Kernel
from zxhil.oracle.results import CaseEndKind
from zxhil.oracle.simulate import JOB, Simulation

OLD, NEW = Age(20180215, 20180215), Age(20181229, 20181229)
YOUNG = Age(20190715, 20190715)


def test_claim_that_the_age_of_the_kernel_leaves_open_skips_the_case():
    simulation = Simulation()
    with simulation.case("number") as k:
        event = k.event_create().handles[0]
        k.object_get_property(event, Property.SOCKET_RX_THRESHOLD, 8)
    with simulation.case("reached") as k:
        event = k.event_create().handles[0]
        k.object_get_property(event, Property.SOCKET_RX_THRESHOLD, 8)
        k.object_get_property(0x77, Property.NAME, 32)
    with simulation.case("topic") as k:
        event = k.handle_duplicate(k.event_create().handles[0], 0).handles[0]
        asked = k.make("object_get_info", handle=event, topic=InfoTopic.HANDLE_COUNT, buffer_size=4)
        k.observe(asked, Outcome(0, {"buffer": b"\2\0\0\0", "actual": 1, "avail": 1}))
    with simulation.case("silent") as k:
        event = k.event_create().handles[0]
        asked = k.make("object_wait_many", items=((event, 8, 0),), count=1, deadline=0)
        k.observe(asked, Outcome(Status.ZX_ERR_TIMED_OUT, {"items": (0,)}))
    with simulation.case("broken") as k:
        k.object_get_property(k.event_create().handles[0], Property.NAME, 32)
    claims = {
        "silent": "object_wait_many/canceled",
        "number": "object_get_property/wrong_type",
        "reached": "object_get_property/bad_handle",
        "topic": "object_get_info/access_denied",
        "broken": "object_get_property/bad_handle",
    }
    stream = simulation.finish()
    old, _ = judge(stream, OLD, **claims)
    assert {name: each.end.value for name, each in old.items()} == {
        "number": "skipped", "reached": "passed", "topic": "skipped", "silent": "skipped",
        "broken": "skipped",
    }  # fmt: skip
    assert old["number"].detail == (
        "too old a kernel: object_get_property/wrong_type "
        "(zx_object_get_property has a number that came later, at call 1)"
    )
    assert "unknown whether" in old["topic"].detail
    new, _ = judge(stream, NEW, **claims)
    assert {name: each.end.value for name, each in new.items()} == {
        "number": "passed", "reached": "passed", "topic": "failed", "silent": "vacuous",
        "broken": "vacuous",
    }  # fmt: skip


def test_case_whose_calls_mean_something_else_on_a_younger_kernel_is_skipped():
    """What it claims of another call stays open as well, and so does an effect not seen there."""
    simulation = Simulation()
    with simulation.case("number") as k:
        event, port = k.event_create().handles[0], k.port_create().handles[0]
        k.object_wait_async(event, port, 7, 8, 1)
        k.port_cancel(port, event, 7)
    with simulation.case("effect") as k:
        k.channel_create()
    with simulation.case("broken") as k:
        k.object_get_property(k.event_create().handles[0], Property.NAME, 32)
    claims = {
        "number": "port_cancel/canceled",
        "effect": "channel_create/usable_rights",
        "broken": "object_get_property/bad_handle smc_call/access_denied",
    }
    stream = simulation.finish()
    young, _ = judge(stream, YOUNG, **claims)
    assert {name: each.end.value for name, each in young.items()} == {
        "number": "skipped", "effect": "skipped", "broken": "skipped",
    }  # fmt: skip
    assert young["number"].detail == (
        "too young a kernel: port_cancel/canceled "
        "(zx_object_wait_async has a number that later pages name, at call 2)"
    )
    new, _ = judge(stream, NEW, **claims)
    assert new["effect"].end is new["broken"].end is CaseEndKind.VACUOUS


@pytest.mark.parametrize(
    ("age", "code", "diverges"),
    [(NEW, -1, False), (NEW, -1024, True), (YOUNG, -1024, False)],
)
def test_return_code_of_a_killed_process_is_that_of_the_pages_of_its_day(age, code, diverges):
    simulation = Simulation()
    with simulation.case("it") as k:
        process = k.process_create(JOB, b"p", 0).handles[0]
        k.task_kill(process)
        raw = struct.pack("<q4?4x", code, False, True, False, False)
        asked = k.make(
            "object_get_info", handle=process, topic=InfoTopic.PROCESS, buffer_size=len(raw)
        )
        k.observe(asked, Outcome(0, {"buffer": raw, "actual": 1, "avail": 1}))
    results, _ = judge(simulation.finish(), age, it="task_kill/killed")
    assert bool(results["it"].divergences) is diverges


@pytest.mark.parametrize(("day", "diverges"), [(20180222, False), (20180223, True)])
def test_unlisted_policy_condition_may_have_any_answer_before_its_sentence(day, diverges):
    simulation = Simulation()
    with simulation.case("it") as k:
        asked = k.make("job_set_policy", handle=JOB, topic=0, policy=((0x41, 1),), count=1)
        k.observe(asked, Outcome(Status.ZX_ERR_INVALID_ARGS, {}))
    results, _ = judge(simulation.finish(), Age(day, day), it="job_set_policy/bad_handle")
    assert bool(results["it"].divergences) is diverges


@pytest.mark.parametrize(
    ("age", "deadline", "end"),
    [(OLD, -1, "skipped"), (Age(), -1, "skipped"), (NEW, -1, "crashed"), (OLD, 5, "crashed")],
)
def test_wait_until_before_zero_is_skipped_where_times_may_be_unsigned(age, deadline, end):
    """Before 2018-08-16 that time is centuries ahead."""
    writer = started()
    writer.begin(0, "it")
    writer.call("nanosleep", BY_NAME["nanosleep"].type(deadline))
    results, _ = judge(writer.take(), age, it="nanosleep/slept")
    assert results["it"].end.value == end
    assert f"last call: zx_nanosleep(deadline={deadline})" in results["it"].detail


@pytest.mark.parametrize(("day", "end"), [(20181217, "skipped"), (20181218, "crashed")])
def test_thread_that_suspends_itself_is_skipped_where_no_page_refuses_it(day, end):
    writer = started()
    writer.begin(0, "it")
    writer.call("task_suspend", Kernel().make("task_suspend", handle=7))
    results, _ = judge(writer.take(), Age(day, day), it="task_suspend/not_supported")
    assert results["it"].end.value == end
