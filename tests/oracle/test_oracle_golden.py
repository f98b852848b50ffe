"""A serial log as it came off a machine, judged: the stand-in, with a fault of its own making.

`cookie-scope-changed-on-failure`: a failed zx_object_set_cookie makes its scope the cookie's.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from zxhil.oracle.oracle import Oracle
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.trace.records import TraceReader

LOG = Path(__file__).resolve().parents[1] / "data" / "standin-object_set_cookie.serial"


def judged(piece: int) -> tuple[list[CaseResult], Oracle]:
    stream = LOG.read_bytes()
    oracle, reader = Oracle(""), TraceReader()
    results: list[CaseResult] = []
    for start in range(0, len(stream), piece):
        results += oracle.feed(reader.feed(stream[start : start + piece]))
    results += oracle.feed(reader.finish()) + oracle.finish()
    return results, oracle


def test_golden_log():
    results, oracle = judged(1000)
    assert oracle.program == "object_set_cookie"
    assert (oracle.kernel.version or "").startswith("zxhil-standin-")
    assert oracle.finished
    assert oracle.damage == []
    ends = Counter(result.end for result in results)
    assert ends == {CaseEndKind.PASSED: 37, CaseEndKind.FAILED: 4}
    blamed = {d.blamed[0] for result in results for d in result.divergences}
    assert blamed == {"object_set_cookie/scope_never_changes"}


def test_golden_log_in_other_pieces():
    assert judged(1000)[0] == judged(333)[0]


def test_first_divergence_of_the_golden_log_is_what_a_reader_needs():
    first = next(result for result in judged(4096)[0] if result.divergences)
    divergence = first.divergences[0]
    promise = first.calls[divergence.blamed_call]
    assert promise.text.startswith("zx_object_set_cookie(handle=<0x")
    assert promise.status == "ZX_ERR_ACCESS_DENIED"
    assert first.calls[divergence.call].text.startswith("zx_object_get_cookie(")
