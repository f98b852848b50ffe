"""Logs of version 3 have no time and thread, those of version 2 a CRC-32 in place of bytes: they
are judged as well.
"""

from __future__ import annotations

import re
import zlib

import pytest
from zxhil.abi.sample import Sample
from zxhil.model.clause import Outcome
from zxhil.oracle import simulate
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.results import CaseEndKind
from zxhil.trace.encode import TraceWriter
from zxhil.trace.records import TraceReader

LONG = bytes(range(100))


class Version3(TraceWriter):
    """Writes what a recorder of version 3 wrote."""

    version = 3


class Version2(TraceWriter):
    """Writes what a recorder of version 2 wrote."""

    version = 2

    def record(self, kind: str, body: str) -> None:
        if kind in "CR":
            body = re.sub(r"=(\w*)(?:\*(\w+))?", _crc, body)
        super().record(kind, body)


def _crc(found: re.Match[str]) -> str:
    return found[2] or f"{zlib.crc32(bytes.fromhex(found[1])):08x}"


@pytest.fixture(params=[TraceWriter, Version3, Version2])
def writer(request, monkeypatch):
    monkeypatch.setattr(simulate, "TraceWriter", request.param)
    return request.param


def played(got: Sample) -> tuple[CaseEndKind, bytes]:
    simulation = simulate.Simulation()
    with simulation.case("it") as k:
        a, b = k.channel_create()
        for data in (b"abc", LONG):
            k.channel_write(a, data)
        k.channel_read(b)
        outs = {"bytes": got, "actual_bytes": 100, "actual_handles": 0, "handles": ()}
        k.observe(k.make("channel_read", handle=b, num_bytes=256), Outcome(0, outs))
    stream = simulation.finish()
    (result,) = Oracle("simulated").feed(TraceReader().feed(stream))
    return result.end, stream


def test_message_that_arrives_as_written_conforms(writer):
    end, stream = played(Sample(LONG[:32], zlib.crc32(LONG)))
    assert end is CaseEndKind.PASSED
    assert (b"=616263" in stream) is (writer is not Version2)


def test_message_that_arrives_changed_diverges(writer):
    end, _ = played(Sample(LONG[:32], zlib.crc32(LONG) ^ 1))
    assert end is CaseEndKind.FAILED
