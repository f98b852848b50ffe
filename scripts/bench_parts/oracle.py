"""How many calls a second the oracle judges: bytes of a serial stream to results, one core.

    .venv/bin/python scripts/bench_parts/oracle.py [CALLS | LOGS]...

LOGS is the log folder of a run, of which `zxhil check` is measured, the reading of its journal
included: calls of a real run are of many more kinds than simulated ones, and some overlap.

The trace is simulated: cases as the guest tests have them (a channel, a few handles sent, looked
at and read, a socket shared, a cookie set, a child looked up; a failing call in each), written
over and over. Making it is not part of the time.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from zxhil.model.kernel import Kernel
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.results import CaseEndKind
from zxhil.oracle.simulate import JOB, Simulation
from zxhil.run.replay import check
from zxhil.trace.frame import FrameReader, Record
from zxhil.trace.records import TraceReader

_CHUNK = 1 << 16
_LOOK = 2


def _write(k: Kernel, failing: bool) -> None:
    a, b = k.channel_create()
    sent = [k.event_create().handles[0] for _ in range(3)]
    k.channel_write(a, b"a message", sent, options=int(failing))
    for handle in sent[:_LOOK]:
        k.object_get_info(handle)
    for handle in k.channel_read(b):
        k.object_get_info(handle)
        k.handle_close(handle)
    k.handle_close(a)
    k.handle_close(b)


def _share(k: Kernel, failing: bool) -> None:
    a, b = k.socket_create(4)
    shared, other = k.socket_create(4 if failing else 0)
    k.object_get_info(shared)
    k.object_wait_one(a, 0x300)
    k.socket_share(a, shared)
    k.object_get_info(shared)
    for handle in k.socket_accept(b):
        k.handle_close(handle)
    for handle in (a, b, other):
        k.handle_close(handle)


def _cookie(k: Kernel, failing: bool) -> None:
    (vmo,) = k.vmo_create(4096)
    (scope,), (stranger,) = k.event_create(), k.event_create()
    k.object_set_cookie(vmo, scope, 7)
    k.object_set_cookie(vmo, stranger if failing else scope, 8)
    k.object_get_cookie(vmo, scope)
    for handle in (vmo, scope, stranger):
        k.handle_close(handle)


def _child(k: Kernel, failing: bool) -> None:
    (job,) = k.job_create(JOB)
    k.object_get_info(job)
    object_ = k.state.object(job)
    koid = 0 if object_ is None or object_.koid is None else object_.koid
    for handle in k.object_get_child(job if failing else JOB, koid):
        k.object_get_info(handle)
        k.handle_close(handle)
    k.handle_close(job)


def _cases() -> tuple[list[Record], int]:
    """The records of some cases, from the first's beginning to the last's end; and their calls."""
    simulation = Simulation()
    calls = 0
    for index in range(40):
        drive = (_write, _write, _share, _cookie, _child)[index % 5]
        with simulation.case(f"case_{index}") as k:
            drive(k, index % 2 == 1)
            calls += k.calls
    items = FrameReader().feed(simulation.take())
    records = [item for item in items if isinstance(item, Record)]
    return [record for record in records if record.kind in "BCRE"], calls


def _stream(calls: int) -> Iterator[bytes]:
    """A trace of at least so many calls, in pieces as a serial line brings them."""
    records, each = _cases()
    simulation = Simulation()
    writer = simulation.writer
    pending = bytearray()
    for _ in range(-(-calls // each)):
        for kind, body, _ in records:
            writer.record(kind, body)
        pending += writer.take()
        while len(pending) >= _CHUNK:
            yield bytes(pending[:_CHUNK])
            del pending[:_CHUNK]
    yield bytes(pending)


def _judge(calls: int) -> dict[str, float]:
    oracle, reader = Oracle("simulated"), TraceReader()
    judged, size, seconds, reading = 0, 0, 0.0, 0.0
    for piece in _stream(calls):
        began = time.process_time()
        events = reader.feed(piece)
        reading += time.process_time() - began
        results = oracle.feed(events)
        seconds += time.process_time() - began
        size += len(piece)
        judged += sum(len(result.calls) for result in results)
        if any(result.end is not CaseEndKind.PASSED for result in results):
            raise RuntimeError("a simulated case did not pass")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "calls": judged,
        "bytes": size,
        "seconds": round(seconds, 3),
        "reading_seconds": round(reading, 3),
        "calls_per_second": round(judged / seconds),
        "peak_rss_mib": round(peak, 1),
    }


def _check(logs: Path) -> dict[str, float]:
    # One core: where there are more, `check` takes them all.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    began = time.process_time()
    report = check(logs)
    seconds = time.process_time() - began
    judged = sum(len(case.calls) for case in report.cases)
    return {
        "calls": judged,
        "seconds": round(seconds, 3),
        "calls_per_second": round(judged / seconds),
    }


def measure(what: Sequence[str] = ("10000", "100000", "1000000")) -> dict[str, Any]:
    """Judge traces of about these numbers of calls, or the logs of these folders, in this order.

    Returns, by number, calls, bytes, processor seconds, those of reading alone, calls a second, and
    the process's peak resident memory up to then in MiB: flat, if the oracle keeps nothing.
    """
    return {each: _judge(int(each)) if each.isdigit() else _check(Path(each)) for each in what}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1:] or ("10000", "100000")), indent=2))
