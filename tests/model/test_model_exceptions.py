"""Reports of exceptions: their key, and what they show of the thread."""

from __future__ import annotations

import struct

import pytest
from test_model_tasks import OK, Tasks
from zxhil.abi.kinds import PortPacket
from zxhil.abi.rights import DEFAULT_RIGHTS
from zxhil.model.exceptions import is_report, saw_report, wrong_report
from zxhil.model.task_objects import KernelTask

REPORT = 0x108
KOIDS = struct.pack("<QQ16x", 4320, 4321)


def report(key: int, type_: int = REPORT) -> PortPacket:
    return PortPacket(key, type_, 0, KOIDS)


def bound(k: Tasks, key: int) -> int:
    """A port that is bound to a new process with this key."""
    process, port = k.process(), k.port_create().handles[0]
    k.says(OK, "task_bind_exception_port", handle=process, port=port, key=key)
    return port


@pytest.mark.parametrize(
    ("type_", "right"), [(8, True), (0x108, True), (0x408, True), (0, False), (0x100, False)]
)
def test_report_is_known_by_its_type(type_: int, right: bool) -> None:
    assert is_report(report(1, type_)) is right
    assert is_report(None) is False


def test_report_has_a_key_that_its_own_port_was_bound_with() -> None:
    k = Tasks()
    one, other = bound(k, 5), bound(k, 6)
    port = k.state.object(one)
    assert list(wrong_report(k.state, port, report(5))) == []
    (wrong,) = wrong_report(k.state, port, report(6))
    assert wrong == ("key=5", "6")
    assert list(wrong_report(k.state, k.state.object(other), report(6))) == []
    k.says(OK, "task_bind_exception_port", handle=k.process(), port=one, key=7)
    (wrong,) = wrong_report(k.state, port, report(6))
    assert wrong == ("key=5 or 7", "6")


def test_what_is_no_report_or_of_no_known_port_has_any_key() -> None:
    k = Tasks()
    port = k.state.object(bound(k, 5))
    assert port is not None
    assert list(wrong_report(k.state, port, report(6, 0))) == []
    assert list(wrong_report(k.state, port, None)) == []
    assert list(wrong_report(k.state, None, report(6))) == []
    unbound = k.state.object(k.port_create().handles[0])
    assert list(wrong_report(k.state, unbound, report(6))) == []
    port.unidentified = True
    assert list(wrong_report(k.state, port, report(6))) == []


def test_report_shows_that_its_thread_runs() -> None:
    k = Tasks()
    port = k.state.object(bound(k, 5))
    handle = k.thread(k.process())
    k.looks(handle, 4321, 2, DEFAULT_RIGHTS["thread"], related=4320)
    thread = k.state.object(handle)
    assert isinstance(thread, KernelTask)
    for fact in (thread.started, thread.resumed):
        k.state.change(fact, None, None)
    assert port is not None
    assert saw_report(k.state, port, report(5)) is True
    assert (thread.started.value, thread.resumed.value) == (True, True)
    assert thread.reported_to is port


def test_report_of_an_unknown_port_shows_nothing_of_a_thread() -> None:
    k = Tasks()
    port = k.state.object(bound(k, 5))
    handle = k.thread(k.process())
    k.looks(handle, 4321, 2, DEFAULT_RIGHTS["thread"], related=4320)
    thread = k.state.object(handle)
    assert isinstance(thread, KernelTask) and port is not None
    port.unidentified = True
    for unknown in (port, None):
        assert saw_report(k.state, unknown, report(5)) is False
        assert thread.reported_to is None
    port.unidentified = False
    other = PortPacket(5, REPORT, 0, struct.pack("<QQ16x", 4321, 1))
    assert saw_report(k.state, port, other) is True
    assert thread.reported_to is None
