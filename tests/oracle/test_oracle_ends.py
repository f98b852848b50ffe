"""How a case can end, and who is blamed when it is over."""

from __future__ import annotations

import re
import struct

import pytest
from judged_simulation import judge, started
from zxhil.abi.calls import BY_NAME, CALLS
from zxhil.abi.rights import HEADER_RIGHTS
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.results import CaseEndKind
from zxhil.oracle.simulate import JOB, PROCESS, Simulation
from zxhil.trace.encode import TraceWriter
from zxhil.trace.records import TraceReader


def closing(writer: TraceWriter, handle: int, status: int | None = -11) -> None:
    writer.call("handle_close", CALLS[0].type(handle))
    if status is not None:
        writer.returned("handle_close", status, {})


def test_passed_failed_and_vacuous():
    simulation = Simulation()
    for name in ("passed", "vacuous"):
        with simulation.case(name) as k:
            k.channel_write(k.channel_create().handles[0], b"x")
    with simulation.case("failed") as k:
        k.observe(k.make("handle_close", handle=0x77), Outcome(0, {}))
    results, oracle = judge(
        simulation.finish(),
        passed="channel_write/null_when_empty",
        vacuous="channel_write/null_when_empty channel_write/peer_closed",
        failed="handle_close/bad_handle",
    )
    assert results["passed"].end is CaseEndKind.PASSED
    assert results["vacuous"].end is CaseEndKind.VACUOUS
    assert results["vacuous"].detail == (
        "not reached: channel_write/peer_closed (condition not met: "
        "“the other side of the channel is closed” at call 1)"
    )
    assert results["failed"].end is CaseEndKind.FAILED
    assert results["failed"].divergences[0].blamed == ("handle_close/bad_handle",)
    assert oracle.finished
    assert oracle.damage == []


def test_a_vacuous_case_says_what_was_missing():
    simulation = Simulation()
    for name in ("effect", "none", "unknown"):
        with simulation.case(name) as k:
            k.channel_create()
    results, _ = judge(
        simulation.finish(),
        effect="channel_create/usable_rights",
        none="event_create/created",
        unknown="channel_create/no_such",
    )
    assert [results[name].detail.partition("(")[2] for name in ("none", "unknown")] == [
        "zx_event_create was never called)",
        "there is no such clause)",
    ]
    assert re.search(r"effect not observed: “.*” after call 0\)", results["effect"].detail)


def test_a_call_that_may_take_other_arguments_is_skipped_for_that_reason():
    writer = TraceWriter()
    writer.start("x64", "p", 1, kernel="git-1", unsure=("resource_create",))
    writer.record("G", "20180611 20180821 cprng_draw_new vmo_replace_as_executable")
    writer.record("S", "0 c resource_create")
    writer.record("G", "20180611 20180619 cprng_draw_new vmar_map_old")
    writer.record("S", "1 d resource_create")
    writer.finish(0)
    results, oracle = judge(writer.take(), c="resource_create/created", d="resource_create/created")
    assert results["c"].end is CaseEndKind.SKIPPED
    assert results["c"].detail == (
        "this kernel's zx_resource_create may take different arguments (before 2018-07-31); "
        "state its age with --age"
    )
    assert results["d"].detail == (
        "zx_resource_create takes different arguments on this kernel, which predates 2018-07-31"
    )
    assert oracle.kernel.unsure == {"resource_create"}
    assert oracle.kernel.absent == frozenset()
    assert (oracle.kernel.age.earliest, oracle.kernel.age.latest) == (20180611, 20180619)
    assert "zx_cprng_draw_new, zx_vmar_map_old" in oracle.kernel.age.why


def test_clause_that_was_blamed_was_reached():
    """A case that finds its clause broken is not vacuous on top."""
    simulation = Simulation()
    with simulation.case("it") as k:
        (event,) = k.event_create()
        k.channel_write(k.channel_create().handles[0], b"x", [event])
        raw = struct.pack("<QIIQI4x", 9, 0xFFFF, 5, 0, 1)
        call = k.make("object_get_info", handle=event, topic=2, buffer_size=32)
        k.observe(call, Outcome(0, {"buffer": raw}))
    results, _ = judge(simulation.finish(), it="channel_write/consumed_on_success")
    assert results["it"].end is CaseEndKind.FAILED
    assert "channel_write/consumed_on_success" in results["it"].reached


def test_expectation_that_was_kept_after_all_is_not_blamed_when_the_case_is_over():
    simulation = Simulation()
    with simulation.case("it") as k:
        (handle, _) = k.channel_create()
        call = k.make("channel_write", handle=handle, bytes=b"x")
        k.observe(call, Outcome(Status.ZX_ERR_ACCESS_DENIED, {}))
        raw = struct.pack("<QIIQI4x", 9, HEADER_RIGHTS["channel"], 4, 10, 1)
        call = k.make("object_get_info", handle=handle, topic=2, buffer_size=32)
        k.observe(call, Outcome(0, {"buffer": raw}))
    results, _ = judge(simulation.finish())
    (divergence,) = results["it"].divergences
    assert divergence.blamed[0] == "channel_write/access_denied_write"
    assert divergence.blamed_call == divergence.call == 1


@pytest.mark.parametrize(("calls", "where"), [(0, "no call made"), (1, "call 1 returned")])
def test_crashed_between_calls(calls, where):
    writer = started()
    writer.begin(0, "it")
    for _ in range(calls):
        closing(writer, 0x77)
    results, oracle = judge(writer.take())
    assert results["it"].end is CaseEndKind.CRASHED
    assert where in results["it"].detail
    assert not oracle.finished


def test_crashed_in_a_call():
    writer = started()
    writer.begin(0, "it")
    closing(writer, 0x77, None)
    results, _ = judge(writer.take())
    assert "last call: zx_handle_close(handle=<0x77 not a handle>)" in results["it"].detail


def test_case_whose_end_is_missing_is_lost_if_the_program_goes_on():
    writer = started()
    for index, name in enumerate(("one", "two")):
        writer.begin(index, name)
    writer.end(1, 0)
    results, _ = judge(writer.take())
    assert [results[n].end for n in ("one", "two")] == [CaseEndKind.LOST, CaseEndKind.PASSED]


def test_skipped_before_it_began_and_where_it_got_to():
    writer = started()
    writer.skip(0, "one", "socket_share")
    writer.begin(1, "two")
    closing(writer, 0x77)
    writer.skip(1, "two", "@resource")
    writer.begin(2, "three")
    closing(writer, 0x77, 0)
    writer.skip(2, "three", "@job")
    writer.finish(0)
    results, oracle = judge(writer.take(), one="socket_share/queued")
    assert results["one"].end is CaseEndKind.SKIPPED
    assert results["one"].detail == "this kernel's vDSO has no zx_socket_share"
    assert results["two"].end is CaseEndKind.SKIPPED
    assert results["two"].detail == "the process was not given a resource handle"
    assert len(results["two"].calls) == 1
    assert results["three"].end is CaseEndKind.FAILED, "what it found before stands"
    assert oracle.kernel.absent == {"socket_share"}
    assert oracle.damage == []


def test_skipped_case_whose_beginning_was_lost_is_lost_and_the_next_is_not():
    """Its calls, one of them wrong, are lost as well: "skipped" would hide that."""
    writer = started()
    writer.begin(0, "one")
    closing(writer, 0x77, 0)
    writer.skip(0, "one", "@job")
    writer.skip(1, "two", "socket_share")
    writer.finish(0)
    lines = writer.take().splitlines(keepends=True)
    kept = [line for line in lines if line[6:7] != b"B"]
    assert len(kept) == len(lines) - 1
    results, _ = judge(b"".join(kept))
    assert [results[n].end for n in ("one", "two")] == [CaseEndKind.LOST, CaseEndKind.SKIPPED]
    assert not results["one"].divergences


def test_case_that_skips_itself_gives_its_reason():
    writer = started()
    writer.begin(0, "one")
    closing(writer, 0x77)
    writer.skip(0, "one", "!guest_create")
    writer.begin(1, "two")
    writer.skip(1, "two", "@guest_code")
    writer.begin(2, "three")
    writer.skip(2, "three", "@resizable")
    writer.finish(0)
    claims = {"one": "guest_create/created", "two": "vcpu_resume/paused"}
    results, oracle = judge(writer.take(), **claims, three="vmo_set_size/resized")
    assert [result.end for result in results.values()] == [CaseEndKind.SKIPPED] * 3
    assert results["three"].detail.startswith("this kernel's VMOs are not resizable")
    assert (
        results["one"].detail == "this machine can't: zx_guest_create returned ZX_ERR_NOT_SUPPORTED"
    )
    assert results["two"].detail == "the code that its guest executes is for arm64"
    assert "guest_create" not in oracle.kernel.absent


def test_lost_if_a_call_did_not_come_through():
    """So many lost frames that the sequence fits again do not go unseen."""
    writer = started()
    writer.begin(0, "it")
    closing(writer, 0x77)
    writer.end(0, 5)
    results, _ = judge(writer.take())
    assert results["it"].end is CaseEndKind.LOST
    assert results["it"].detail == "the case made 5 calls, 1 arrived"


def test_lost_if_the_end_is_anothers():
    writer = started()
    writer.begin(0, "it")
    writer.end(4, 0)
    results, _ = judge(writer.take())
    assert results["it"].end is CaseEndKind.LOST


def test_missing_cases_are_damage():
    writer = started()
    writer.begin(0, "it")
    writer.end(0, 0)
    writer.finish(3)
    results, oracle = judge(writer.take())
    assert results["it"].end is CaseEndKind.PASSED
    assert oracle.damage == ["the program finished 3 cases, 1 arrived"]


def test_end_without_a_beginning_is_damage():
    writer = started()
    writer.end(3, 0)
    results, oracle = judge(writer.take())
    assert results == {}
    assert oracle.damage == ["case 3 ended, but its beginning is missing"]


def test_restarted_program_loses_its_case_and_its_handles():
    simulation = Simulation()
    with simulation.case("one"):
        first = simulation.take()
    writer = started()
    writer.begin(1, "two")
    closing(writer, JOB, -11)
    writer.end(1, 1)
    results, oracle = judge(first + writer.take())
    assert results["one"].end is CaseEndKind.LOST
    assert results["two"].end is CaseEndKind.PASSED, "the first program's job is not the second's"
    assert oracle.kernel.version == "git-1"


def test_nothing_is_judged_after_damage_in_a_case():
    from zxhil.trace.frame import Damage

    writer = started()
    writer.begin(0, "it")
    events = TraceReader().feed(writer.take())
    oracle = Oracle("p")
    oracle.feed([*events, Damage("gone", 7)])
    other = started()
    other.begin(0, "it")
    closing(other, 0x77, 0)
    calls = TraceReader().feed(other.take())[-2:]
    assert oracle.feed(calls) == []
    (result,) = oracle.finish()
    assert result.end is CaseEndKind.LOST
    assert result.divergences == ()
    assert len(result.calls) == 0


def test_case_without_an_entry_in_the_table_has_no_claims():
    writer = started()
    writer.begin(0, "it")
    writer.end(0, 0)
    results, _ = judge(writer.take())
    assert results["it"].info == CaseInfo("p", "it", (), "")


@pytest.mark.parametrize("kind", list(CaseEndKind))
def test_machine_faults_are_those_that_judge_nothing(kind):
    faults = {CaseEndKind.CRASHED, CaseEndKind.HUNG, CaseEndKind.PANIC, CaseEndKind.LOST}
    assert kind.is_machine_fault == (kind in faults)


@pytest.mark.parametrize("announced", [True, False])
def test_case_that_ends_its_program_as_announced_did_not_crash(announced):
    simulation = Simulation()
    writer = simulation.writer
    writer.begin(0, "it")
    if announced:
        writer.no_return()
    writer.call("task_kill", BY_NAME["task_kill"].type(PROCESS))
    results, _ = judge(simulation.take())
    assert results["it"].end is (CaseEndKind.PASSED if announced else CaseEndKind.CRASHED)


@pytest.mark.parametrize(
    ("claim", "status", "end", "detail"),
    [
        ("channel_write/no_memory", -4, CaseEndKind.PASSED, ""),
        ("channel_write/invalid_args_options", -4, CaseEndKind.PASSED, ""),
        (
            "channel_write/no_memory",
            0,
            CaseEndKind.SKIPPED,
            "this kernel did not return ZX_ERR_NO_MEMORY",
        ),
    ],
)
def test_status_allowed_at_any_time_counts_for_the_case_that_claims_it(claim, status, end, detail):
    simulation = Simulation()
    with simulation.case("one") as k:
        handle = k.channel_create().handles[0]
        options = 1 if "options" in claim else 0
        k.observe(k.make("channel_write", handle=handle, options=options), Outcome(status, {}))
    (result,) = judge(simulation.finish(), one=claim)[0].values()
    assert (result.end, result.detail) == (end, detail)
    claimed = claim == "channel_write/no_memory" and status != 0
    assert ("channel_write/no_memory" in result.reached) is claimed
    assert ("channel_write/no_memory" in result.returned) is claimed
