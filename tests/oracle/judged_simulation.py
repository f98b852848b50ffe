"""The results of simulated cases, and a trace to add calls to."""

from __future__ import annotations

from zxhil.abi.ages import Age
from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.oracle import Oracle
from zxhil.trace.encode import TraceWriter
from zxhil.trace.records import TraceReader


def judge(stream: bytes, age: Age = Age(), **claims: str):  # noqa: B008 - immutable
    cases = {n: CaseInfo("simulated", n, tuple(c.split()), "f.c:1") for n, c in claims.items()}
    oracle, reader = Oracle("simulated", cases, age=age), TraceReader()
    results = oracle.feed(reader.feed(stream)) + oracle.feed(reader.finish()) + oracle.finish()
    return {result.info.name: result for result in results}, oracle


def started() -> TraceWriter:
    writer = TraceWriter()
    writer.start("x64", "p", 9, kernel="git-1", absent=("socket_share",))
    return writer
