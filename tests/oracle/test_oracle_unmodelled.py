"""Calls that have no page yet: decoded and shown, and nobody is accused because of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from zxhil.abi.calls import BY_NAME, CALLS, RETURN, Syscall
from zxhil.abi.kinds import HANDLES_ON_WIRE
from zxhil.abi.objects import InfoTopic
from zxhil.abi.sample import Sample
from zxhil.abi.status import Status
from zxhil.model import pages
from zxhil.model.clause import Outcome
from zxhil.model.kernel import Kernel
from zxhil.model.verdict import Verdict, VerdictKind
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.results import CaseEndKind
from zxhil.oracle.simulate import BOOTSTRAP, JOB, Simulation
from zxhil.trace.records import TraceReader

#: The calls that have a page in these tests, however many there are by now.
JUDGED = (
    "handle_close",
    "handle_duplicate",
    "handle_replace",
    "object_get_info",
    "object_set_cookie",
    "object_get_cookie",
    "object_get_child",
    "object_wait_one",
    "object_signal",
    "channel_create",
    "channel_read",
    "channel_read_etc",
    "channel_write",
    "channel_write_etc",
    "socket_create",
    "socket_share",
    "socket_accept",
    "socket_write",
    "socket_read",
    "event_create",
    "eventpair_create",
    "vmo_create",
    "vmo_get_size",
    "vmo_set_size",
    "job_create",
    "process_create",
    "thread_create",
    "port_create",
    "timer_create",
    "resource_create",
)
UNMODELLED = [call for call in CALLS if call.name not in JUDGED and call.in_vdso]


@pytest.fixture(autouse=True)
def only_some_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MODELLED", JUDGED)


def takes_handles(call: Syscall) -> bool:
    return any(p.kind.handles_given() for p in call.parameters)


#: A handle as what a pointer points to.
IN_MEMORY = {
    "zx_handle_t": lambda handle: [handle],
    "zx_wait_item_t": lambda handle: [(handle, 1, 0)],
    "zx_channel_call_args_t": lambda handle: (b"", [handle], None, None, 0, 1, 0, 0),
}


def given(call: Syscall, handle: int) -> dict[str, Any]:
    """Arguments that are this handle, wherever one can be."""
    found: dict[str, Any] = {}
    for parameter in call.parameters:
        if parameter.kind.is_value and parameter.kind.is_handle:
            found[parameter.name] = handle
        elif parameter.kind.handles_given():
            found[parameter.name] = IN_MEMORY[parameter.kind.element_ctype](handle)
    return found


World = dict[str, int]


def world(k: Kernel) -> World:
    """A handle to one of each kind of object, with something in it."""
    a, b = k.channel_create()
    (inside,) = k.event_create()
    k.channel_write(b, b"hello", [inside])
    x, y = k.socket_create(4)
    k.socket_write(y, b"bytes")
    shared, _ = k.socket_create(0)
    k.socket_share(y, shared)
    left, right = k.eventpair_create()
    k.object_set_cookie(left, JOB, 77)
    (event,) = k.event_create()
    k.object_signal(event, 0, 8)
    (job,) = k.job_create(JOB)
    process, vmar = k.process_create(job)
    (thread,) = k.thread_create(process)
    (vmo,) = k.vmo_create(4096)
    return {
        "channel": a, "its_peer": b, "socket": x, "sockets_peer": y, "left": left, "right": right,
        "event": event, "job": job, "process": process, "vmar": vmar, "thread": thread, "vmo": vmo,
    }  # fmt: skip


def answered(k: Kernel, name: str, status: Status, outs: dict[str, Any], **args: Any) -> Verdict:
    return k.observe(k.make(name, **args), Outcome(int(status), outs))


NEW = itertools.count(0xABC0, 4)

Answer = Callable[[Kernel, int], Verdict]


def is_gone(k: Kernel, handle: int) -> Verdict:
    return answered(k, "handle_duplicate", Status.ZX_ERR_BAD_HANDLE, {}, handle=handle, rights=0)


def closes(k: Kernel, handle: int) -> Verdict:
    return answered(k, "handle_close", Status.ZX_OK, {}, handle=handle)


def asserts(signals: int) -> Answer:
    def wait(k: Kernel, handle: int) -> Verdict:
        asked = {"handle": handle, "signals": 0xFFFFFFFF, "deadline": 0}
        status = Status.ZX_OK if signals else Status.ZX_ERR_TIMED_OUT
        return answered(k, "object_wait_one", status, {"observed": signals}, **asked)

    return wait


def reads(status: Status) -> Answer:
    def read(k: Kernel, handle: int) -> Verdict:
        outs = {"bytes": 0, "handles": (), "actual_bytes": 0, "actual_handles": 0}
        room = {"num_bytes": 99, "num_handles": 9}
        return answered(
            k, "channel_read", status, {} if status else outs, handle=handle, options=0, **room
        )

    return read


def writes(status: Status) -> Answer:
    def write(k: Kernel, handle: int) -> Verdict:
        return answered(k, "channel_write", status, {}, handle=handle, options=0, bytes=b"x")

    return write


def receives(status: Status, data: int = 0) -> Answer:
    def receive(k: Kernel, handle: int) -> Verdict:
        outs = {} if status else {"buffer": Sample(b"", 5), "actual": data}
        return answered(k, "socket_read", status, outs, handle=handle, options=0, buffer_size=50)

    return receive


def sends(status: Status) -> Answer:
    def send(k: Kernel, handle: int) -> Verdict:
        outs = {} if status else {"actual": 1}
        return answered(k, "socket_write", status, outs, handle=handle, options=0, buffer=b"x")

    return send


def accepts(status: Status) -> Answer:
    def accept(k: Kernel, handle: int) -> Verdict:
        outs = {} if status else {"out_socket": next(NEW)}
        return answered(k, "socket_accept", status, outs, handle=handle)

    return accept


def remembers(status: Status, cookie: int = 0) -> Answer:
    def get(k: Kernel, handle: int) -> Verdict:
        outs = {} if status else {"cookie": cookie}
        return answered(k, "object_get_cookie", status, outs, handle=handle, scope=JOB)

    return get


def lists(topic: InfoTopic, *koids: int) -> Answer:
    def info(k: Kernel, handle: int) -> Verdict:
        raw = b"".join(koid.to_bytes(8, "little") for koid in koids)
        outs = {"buffer": raw, "actual": len(koids), "avail": len(koids)}
        asked = {"handle": handle, "topic": topic, "buffer_size": 800}
        return answered(k, "object_get_info", Status.ZX_OK, outs, **asked)

    return info


OK = Status.ZX_OK
#: What may be found of each kind of object when anything may have happened to it.
ANSWERS: dict[str, list[Answer]] = {
    "channel": [
        *map(asserts, (0, 1, 2, 4, 5, 6, 7)), *map(writes, (OK, Status.ZX_ERR_PEER_CLOSED)),
        *map(reads, (OK, Status.ZX_ERR_PEER_CLOSED, Status.ZX_ERR_SHOULD_WAIT)),
    ],
    "socket": [
        *map(asserts, (0, 1, 2, 4, 0x30, 0x100, 0x200)),
        *map(receives, (Status.ZX_ERR_PEER_CLOSED, Status.ZX_ERR_SHOULD_WAIT)),
        receives(OK, 3), *map(sends, (OK, Status.ZX_ERR_PEER_CLOSED, Status.ZX_ERR_SHOULD_WAIT)),
        *map(accepts, (OK, Status.ZX_ERR_SHOULD_WAIT)),
    ],
    "left": [
        *map(asserts, (0, 4, 8, 0xFF000000)),
        remembers(OK, 1), remembers(Status.ZX_ERR_ACCESS_DENIED),
    ],
    "event": [*map(asserts, (0, 8, 0xFF000000)), remembers(OK, 1)],
    "job": [lists(InfoTopic.JOB_PROCESSES), lists(InfoTopic.JOB_CHILDREN, 99999)],
    "process": [lists(InfoTopic.PROCESS_THREADS), *map(asserts, (0, 8))],
    "thread": [*map(asserts, (0, 8))],
    "vmar": [*map(asserts, (0, 8))],
    "vmo": [*map(asserts, (0, 8))],
}  # fmt: skip
ANSWERS["its_peer"], ANSWERS["right"] = ANSWERS["channel"], ANSWERS["left"]
ANSWERS["sockets_peer"] = ANSWERS["socket"]


def twice(k: Kernel, answer: Answer, other: Answer, handle: int) -> list[Verdict]:
    """What was started may go on: the same thing is found otherwise later."""
    return [answer(k, handle), other(k, handle), answer(k, handle)]


@pytest.mark.parametrize("status", [Status.ZX_OK, Status.ZX_ERR_INVALID_ARGS])
@pytest.mark.parametrize("name", ["task_kill", "object_signal_peer", "handle_close_many"])
@pytest.mark.parametrize("about", ANSWERS)
def test_what_a_call_without_a_page_was_given_may_be_in_any_state(
    name: str, status: Status, about: str
) -> None:
    for first in [is_gone, closes, *ANSWERS[about]]:
        for second in [first, *ANSWERS[about]]:
            k = Kernel(tuple(BOOTSTRAP.values()))
            handle = world(k)[about]
            call = k.make(name, **given(BY_NAME[name], handle))
            k.observe(call, Outcome(int(status), {}))
            verdicts = [first(k, handle)]
            if first not in (is_gone, closes):
                verdicts = twice(k, first, second, handle)
            assert all(v.kind is VerdictKind.CONFORMS for v in verdicts), verdicts


OTHER_SIDES = {"channel": "its_peer", "socket": "sockets_peer", "left": "right", "job": "process"}


@pytest.mark.parametrize("about", OTHER_SIDES)
def test_the_other_side_and_the_children_may_be_in_any_state(about: str) -> None:
    for answer in ANSWERS[OTHER_SIDES[about]]:
        k = Kernel(tuple(BOOTSTRAP.values()))
        made = world(k)
        k.call("task_kill", handle=made[about])
        verdict = answer(k, made[OTHER_SIDES[about]])
        assert verdict.kind is VerdictKind.CONFORMS, verdict


@pytest.mark.parametrize("call", UNMODELLED, ids=lambda call: call.name)
def test_handles_are_unknown_after_any_call_without_a_page(call: Syscall) -> None:
    for about in ("channel", "event", "process"):
        k = Kernel(tuple(BOOTSTRAP.values()))
        handle = world(k)[about]
        k.perform(k.make(call.name, **given(call, handle)))
        if takes_handles(call):
            assert is_gone(k, handle).kind is VerdictKind.CONFORMS


MANY = HANDLES_ON_WIRE + 1


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("object_wait_many", {"items": [(0x10, 1, 0)] * MANY}),
        ("handle_close_many", {"handles": [0x10] * MANY}),
    ],
)
def test_handles_that_the_wire_does_not_carry_may_be_any(
    name: str, arguments: dict[str, Any]
) -> None:
    k = Kernel(tuple(BOOTSTRAP.values()))
    made = world(k)
    k.perform(k.make(name, **arguments))
    for about, answers in ANSWERS.items():
        for answer in answers:
            assert answer(k, made[about]).kind is VerdictKind.CONFORMS
    closed = answered(k, "handle_close", Status.ZX_OK, {}, handle=0x77773)
    assert closed.kind is VerdictKind.CONFORMS


@pytest.mark.parametrize("name", ["ticks_get", "vmo_get_size"])
def test_what_the_call_was_not_given_is_still_judged(name: str) -> None:
    k = Kernel(tuple(BOOTSTRAP.values()))
    made = world(k)
    k.perform(k.make(name, **given(BY_NAME[name], made["vmo"])))
    assert is_gone(k, made["event"]).kind is VerdictKind.WRONG_ERROR
    lost = asserts(4)(k, made["channel"])
    assert lost.kind is not VerdictKind.CONFORMS


def test_a_returned_handle_exists_and_all_else_of_it_is_unknown() -> None:
    for call in UNMODELLED:
        outs = {
            p.name: 0x5000 + number
            for number, p in enumerate(call.parameters)
            if p.kind.is_new_handle
        }
        k = Kernel()
        k.observe(k.make(call.name), Outcome(0, {**outs, RETURN: 0}))
        for handle in outs.values():
            assert reads(Status.ZX_ERR_WRONG_TYPE)(k, handle).kind is VerdictKind.CONFORMS
            assert is_gone(k, handle).kind is not VerdictKind.CONFORMS


def test_the_traces_of_calls_without_pages_are_shown_and_pass() -> None:
    simulation = Simulation(names=[call.name for call in CALLS])
    with simulation.case("all") as k:
        for call in UNMODELLED:
            if not call.never:
                k.perform(k.make(call.name, **given(call, 0)))
    (result,) = Oracle("simulated").feed(TraceReader().feed(simulation.finish()))
    assert result.end is CaseEndKind.PASSED, result.detail
    texts = {each.text.partition("(")[0]: each.status for each in result.calls}
    assert len(texts) == sum(not call.never for call in UNMODELLED)
    assert texts["zx_cprng_draw"] == "returned"
    assert texts["zx_ticks_get"] == "0"


def test_the_models_kernel_has_every_call_as_a_method() -> None:
    k = Kernel(tuple(BOOTSTRAP.values()))
    for call in UNMODELLED:
        needed = {p.name: 0 for p in call.parameters if p.kind.is_handle and p.kind.is_value}
        assert type(getattr(k, call.name)(**needed).call) is call.type
    assert k.clock_get_new(0).handles == ()
    assert len(k.fifo_create(1, 8).handles) == 2
    with pytest.raises(AttributeError, match="there is no call zx_channel_wrte"):
        k.channel_wrte(0)
    with pytest.raises(TypeError, match="missing a required argument: 'handle'"):
        k.handle_close()
