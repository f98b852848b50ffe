"""A trace to break: three cases, of the kinds of record that a guest writes."""

from __future__ import annotations

from zxhil.oracle.oracle import Oracle
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.oracle.simulate import JOB, Simulation
from zxhil.trace.encode import NONCE
from zxhil.trace.records import TraceReader


def sample(nonce: int = NONCE) -> bytes:
    """Lines end in CR LF, as they come out of a kernel."""
    simulation = Simulation(nonce=nonce)
    with simulation.case("message") as k:
        a, b = k.channel_create()
        sent = [k.event_create().handles[0] for _ in range(30)]
        k.channel_write(a, b"abc", sent)
        k.channel_read(b)
        k.handle_close(a)
        k.channel_write(b, b"x", [JOB])
    with simulation.case("broken") as k:
        a, _ = k.channel_create()
        (event,) = k.event_create()
        k.channel_write(a, b"abc", [event])
        call = k.make("handle_close", handle=event)
        k.observe(call, k.perform(k.make("event_create")).outcome)
    with simulation.case("job") as k:
        k.object_get_info(k.job_create(JOB).handles[0])
    return simulation.finish().replace(b"\n", b"\r\n")


KERNEL_LINE = b"[00012.345] 01024.01029> a line of the kernel's log\r\n"


def judged(stream: bytes) -> tuple[dict[str, CaseResult], Oracle]:
    """The results by case."""
    oracle, reader = Oracle("simulated"), TraceReader()
    results = oracle.feed(reader.feed(stream))
    results += oracle.feed(reader.finish())
    results += oracle.finish()
    return {result.info.name: result for result in results}, oracle


def verdicts(stream: bytes) -> dict[str, tuple[CaseEndKind, tuple[str, ...]]]:
    """How each case ended, and what diverged in it."""
    return {
        name: (result.end, tuple(d.text for d in result.divergences))
        for name, result in judged(stream)[0].items()
    }
