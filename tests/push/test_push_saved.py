"""A saved start: every program from it, as if each had booted by itself."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from saved_host import LIMITS, Host, keep
from some_programs import MIXED
from zxhil.abi.arch import Arch
from zxhil.abi.runtime import TRACE_VERSION
from zxhil.errors import MachineError
from zxhil.guest.suite import find_job_slot
from zxhil.image.find import load
from zxhil.machine import snapshot
from zxhil.machine.limits import Limits, Watch
from zxhil.machine.listen import End, EndKind, listen
from zxhil.machine.machine import Machine
from zxhil.machine.pages import TracePages
from zxhil.machine.params import params_for
from zxhil.machine.qmp import Qmp
from zxhil.oracle.results import CaseResult
from zxhil.push.bootfs import Bootfs
from zxhil.push.restore import put_back
from zxhil.run.plan import plan
from zxhil.standin import build as build_standin

pytestmark = [
    pytest.mark.qemu,
    pytest.mark.skipif(
        any(shutil.which(params_for(arch).binary) is None for arch in Arch),
        reason="QEMU is not installed",
    ),
]


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    made = Host(load(build_standin(Arch.X64), Arch.X64), tmp_path, plan([Arch.X64], MIXED))
    yield made
    made.saved.close()
    assert not list((tmp_path / "zbis").glob("*.qcow2"))


@pytest.fixture(params=["booted", "kept"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
    """A saved start of a boot, and one that another run kept."""
    image, tasks = load(build_standin(Arch.X64), Arch.X64), plan([Arch.X64], MIXED)
    starts = tmp_path / "starts" if request.param == "kept" else None
    if starts is not None:
        keep(image, tmp_path / "first", tasks, starts)
    made = Host(image, tmp_path / "host", tasks, starts=starts)
    with contextlib.closing(made.saved):
        yield made
        assert bool(made.saved.note) == (starts is not None), made.saved.trouble


def reported(results: Sequence[CaseResult]) -> list[object]:
    """What is judged, without the values of handles and clocks, which differ each time.

    The calls of several threads are left out: their order and number are the kernel's.
    """
    return [
        (
            result.id,
            result.end,
            [
                (_status(call.status), call.verdict, call.allowed)
                for call in result.calls
                if not result.has_threads
            ],
            [(d.kind, d.blamed) for d in result.divergences],
        )
        for result in results
    ]


def _status(returned: str) -> str:
    status = returned.partition(",")[0]
    return status if status.startswith("ZX_") else "a value"


def test_each_program_is_judged_as_if_it_had_booted_by_itself(either: Host) -> None:
    for program in either.tasks:
        record, results = either.run(program, f"saved-{program}")
        full, expected = either.run(program, f"full-{program}", full=True)
        assert record.end == full.end
        assert record.went_on_from == "x64-start.serial"
        assert not full.went_on_from
        assert not either.saved.shown_by(full.command)
        assert record.serial == f"saved-{program}.serial"
        assert either.serial(record).startswith(b"~000")
        assert reported(results) == reported(expected)
        assert results


@pytest.mark.parametrize("arch", Arch)
def test_trace_through_memory_is_that_over_serial(tmp_path: Path, arch: Arch) -> None:
    tasks = plan([arch], "support,socket_share", "another_process,process_left_blocked,self,peer")
    image = load(build_standin(arch), arch)
    records: dict[bool, list[object]] = {}
    for memory in (True, False):
        host = Host(image, tmp_path / str(memory), tasks, memory_trace=memory)
        with contextlib.closing(host.saved):
            for full in (True, False):
                ran = [host.run(p, f"{p}-{full}", full) for p in ("support", "socket_share")]
                logs = [host.serial(record) for record, _ in ran]
                assert not any(b"\x05" in log for log in logs)
                kinds = [[kind for kind, _ in host.records(record)] for record, _ in ran]
                records.setdefault(memory, []).append(
                    [kinds, [reported(results) for _, results in ran]]
                )
            machine = host.saved._free[0].machine
            assert bool(machine.offsets) == memory
    assert records[True] == records[False]


def test_guest_goes_on_over_serial_if_its_pages_are_not_found(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TracePages, "_attach", lambda self: None)
    for full in (True, False):
        record, results = host.run("socket_share", f"s{full}", full)
        assert record.end == "finished"
        assert len(results) == len(host.tasks["socket_share"].selected)
        assert b"\r\n~" in host.serial(record)
    assert not host.saved._free[0].machine.offsets


def test_a_program_sees_nothing_of_the_previous_one(either: Host) -> None:
    alone, _ = either.run("object_get_child", "alone")
    either.run("channel_write", "before")
    after, _ = either.run("object_get_child", "after")
    assert alone.command == after.command, "not the same QEMU"
    # Handles and koids are part of the trace: with anything left over they would be others.
    assert either.records(alone) == either.records(after)


def test_program_gets_no_input_of_the_previous_one(host: Host) -> None:
    with host.saved.machine(host.load("channel_write", "unread")) as machine:
        assert machine is not None
        assert select.select([machine._from_guest], [], [], 60.0)[0]
    assert machine.qmp().execute("query-status")["status"] == "paused"  # type: ignore[index]
    record, results = host.run("socket_share", "next")
    assert host.serial(record).startswith(b"~000")
    assert len(results) == len(host.tasks["socket_share"].selected)


def test_only_the_selected_cases_run(either: Host) -> None:
    _, results = either.run("socket_share", "some", cases=(3, 5))
    names = [case.name for case in either.tasks["socket_share"].program.cases]
    assert [result.info.name for result in results] == [names[3], names[5]]


def test_a_machine_whose_program_did_not_end_is_not_used_again(host: Host) -> None:
    host.run("socket_share", "first")
    with host.saved.machine(host.load("socket_share", "given-up")) as machine:
        assert machine is not None
        pid = machine.pid
        machine.kill()
    record, results = host.run("socket_share", "next")
    assert "-S" in record.command
    assert not Path(f"/proc/{pid}").exists()
    assert len(results) == len(host.tasks["socket_share"].selected)


def test_a_machine_whose_program_was_left_in_the_middle_is_ended(host: Host) -> None:
    with Bootfs(host.booting, host.saved).push(host.load("channel_write", "left")) as running:
        next(running.listen(Watch(LIMITS)))
    assert running.machine.exit_code is not None
    with Bootfs(host.booting, host.saved).push(host.load("channel_write", "done")) as running:
        running.finish()
    assert running.machine.exit_code is None


def test_a_free_machine_that_was_killed_is_replaced(host: Host) -> None:
    with host.saved.machine(host.load("socket_share", "first")) as machine:
        assert machine is not None
    os.kill(machine.pid, signal.SIGKILL)
    record, results = host.run("socket_share", "next")
    assert "-S" in record.command
    assert len(results) == len(host.tasks["socket_share"].selected)


def test_a_machine_whose_file_was_removed_goes_on(host: Host, tmp_path: Path) -> None:
    host.run("socket_share", "first")
    for disk in (tmp_path / "zbis").glob("*.qcow2"):
        disk.unlink()
    _, results = host.run("socket_share", "next")
    assert len(results) == len(host.tasks["socket_share"].selected)


def test_restoring_fills_no_memory_that_the_guest_does_not_use(tmp_path: Path) -> None:
    image = load(build_standin(Arch.X64), Arch.X64)
    host = Host(image, tmp_path, plan([Arch.X64], "socket_share"), memory_mib=512)
    with contextlib.closing(host.saved):
        for name in ("first", "second"):
            host.run("socket_share", name, cases=(0,))
        status = Path(f"/proc/{host.saved._free[0].machine.pid}/status").read_text()
    assert int(status.partition("VmHWM:")[2].split()[0]) < 256 << 10


@pytest.mark.parametrize("arch", Arch)
def test_restored_memory_is_the_saved_one(tmp_path: Path, arch: Arch) -> None:
    """A reset is part of restoring, and writes boot data to the memory, also of a fresh QEMU."""
    host = Host(load(build_standin(arch), arch), tmp_path, plan([arch], "socket_share"))
    job = host.load("socket_share", "x")
    with (
        contextlib.closing(host.saved),
        host.saved.machine(host.load("socket_share", "one")) as one,
        host.saved.machine(host.load("socket_share", "two")) as fresh,
    ):
        state = host.saved._state
        assert state is not None
        for machine in (one, fresh):
            assert machine is not None
            assert machine.ram is not None
            machine.qmp().execute("stop")
            put_back(machine, state, job)
            expected = bytearray(machine.ram.size)
            for start, data in (
                *state.memory,
                *state.suite.patches(state.places, job.program, job.selected, job.nonce),
            ):
                expected[start : start + len(data)] = data
            assert machine.ram.map[:] == expected


def test_an_error_in_the_middle_ends_the_machine(host: Host) -> None:
    with (
        pytest.raises(RuntimeError, match="ours"),
        host.saved.machine(host.load("socket_share", "first")) as machine,
    ):
        assert machine is not None
        raise RuntimeError("ours")
    assert machine.exit_code is not None


def test_two_machines_side_by_side_are_two(host: Host) -> None:
    with (
        host.saved.machine(host.load("socket_share", "one")) as one,
        host.saved.machine(host.load("object_get_child", "two")) as two,
    ):
        assert one is not None
        assert two is not None
        assert one.pid != two.pid
        ends = [_heard(machine) for machine in (one, two)]
    assert b" socket_share " in ends[0]
    assert b" object_get_child " in ends[1]


def _heard(machine: Machine) -> bytes:
    data = b""
    for item in listen(machine, Watch(LIMITS)):
        assert isinstance(item, bytes)
        data += item
        if b"\nZ" in data.replace(b"~", b"\n") or b"V%d x64" % TRACE_VERSION in data:
            break
    return data


def test_a_kernel_that_does_not_get_so_far_is_reported_and_booted_in_full(tmp_path: Path) -> None:
    image = load(build_standin(Arch.X64), Arch.X64)
    host = Host(image, tmp_path, plan([Arch.X64], "socket_share"))
    host.saved._limits = Limits(boot=0.0001)
    record, results = host.run("socket_share", "x")
    assert "waiting for boot" in host.saved.trouble
    assert not record.went_on_from
    assert len(results) == len(host.tasks["socket_share"].selected)
    host.saved.close()
    assert [path.name for path in (tmp_path / "zbis").iterdir() if path.suffix == ".qcow2"] == []


def test_machine_is_not_saved_before_its_report_is_out(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a restored kernel may wait for an interrupt of its UART that never comes."""
    saves: list[str] = []
    save = snapshot.save

    def counted(qmp: Qmp, tag: str) -> None:
        saves.append(tag)
        save(qmp, tag)

    monkeypatch.setattr(snapshot, "save", counted)
    monkeypatch.setattr("zxhil.push.saved._until_it_waits", lambda machine, watch: None)
    record, results = host.run("socket_share", "x", cases=(0, 1))
    assert record.went_on_from, host.saved.trouble
    assert len(results) == 2
    assert len(saves) > 1


def test_given_up_while_it_is_made(host: Host) -> None:
    host.saved.begin()
    host.saved.kill()
    with host.saved.machine(host.load("socket_share", "x")) as machine:
        assert machine is None
    assert host.saved.trouble


def test_given_up_while_its_kernel_boots(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zxhil.push.saved.WAITING", b"never said")
    host.saved.begin()
    assert host.saved._thread is not None
    while host.saved._first is None:
        host.saved._thread.join(0.01)
    host.saved.kill()
    host.saved._thread.join(LIMITS.boot / 2)
    assert not host.saved._thread.is_alive()


def test_a_kernel_that_restarts_has_failed(host: Host) -> None:
    with host.saved.machine(host.load("socket_share", "x")) as machine:
        assert machine is not None
        machine.qmp().execute("stop")
        machine.qmp().execute("system_reset")
        machine.qmp().execute("cont")
        from zxhil.push.bootfs import _Booted

        *_, end = _Booted(machine, restored=True, nonce=None).listen(Watch(LIMITS))
    assert isinstance(end, End)
    assert end.kind is EndKind.KERNEL
    assert "rebooted" in end.text


def test_memory_without_the_program_or_with_two_of_it() -> None:
    running = b"zxhil's job slot\x01\0\0\0"
    at_rest = b"zxhil's job slot\0\0\0\0"
    assert find_job_slot(at_rest + running + b"...") == len(at_rest + running)
    for memory in (at_rest, running + running, b""):
        with pytest.raises(MachineError, match="exactly once"):
            find_job_slot(memory)


@pytest.mark.real
def test_a_real_kernel_is_judged_the_same_from_its_saved_start(
    real: tuple[Arch, Path], tmp_path: Path
) -> None:
    arch, path = real
    host = Host(load(path, arch), tmp_path, plan([arch]), memory_mib=128)
    with contextlib.closing(host.saved):
        for program in host.tasks:
            record, results = host.run(program, f"saved-{program}")
            _, expected = host.run(program, f"full-{program}", full=True)
            assert record.went_on_from
            assert reported(results) == reported(expected)
