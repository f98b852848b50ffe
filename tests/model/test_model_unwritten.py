"""A call that says it wrote an output and did not is itself to blame, whatever came before."""

from __future__ import annotations

import pytest
from zxhil.abi.calls import BY_NAME
from zxhil.abi.sample import Sample
from zxhil.model.arguments import make_call
from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.trace.encode import TraceWriter
from zxhil.trace.records import TraceReader

LEFT_32 = 0xA6A6A6A6
LEFT_64 = 0xA6A6A6A6A6A6A6A6
BASIC = bytes.fromhex("0004000000000000 03d00000 05000000 0000000000000000 01000000 00000000")


def judged(*calls: tuple[str, dict, int, dict]) -> CaseResult:
    writer = TraceWriter()
    writer.start("x64", "p", 1)
    writer.begin(0, "case")
    for name, given, status, outs in calls:
        call = make_call(name, given)
        assert type(call) is BY_NAME[name].type
        writer.call(name, call)
        writer.returned(name, status, outs)
    writer.end(0, len(calls))
    writer.finish(1)
    reader, oracle = TraceReader(), Oracle("p", {"case": CaseInfo("p", "case", (), "f.c:1")})
    (result,) = oracle.feed([*reader.feed(writer.take()), *reader.finish()])
    return result


CREATED = ("event_create", {}, 0, {"out": 0x33})


@pytest.mark.parametrize(
    ("call", "clause", "output"),
    [
        (("event_create", {}, 0, {"out": LEFT_32}), "event_create/created", "out"),
        (
            ("object_wait_one", {"handle": 0x33, "signals": 8}, -21, {"observed": LEFT_32}),
            "object_wait_one/observed",
            "observed",
        ),
        (
            (
                "object_get_info",
                {"handle": 0x33, "topic": 2, "buffer_size": 32},
                0,
                {"buffer": BASIC, "actual": LEFT_64, "avail": 1},
            ),
            "object_get_info/actual_and_avail",
            "actual",
        ),
        (
            (
                "object_get_info",
                {"handle": 0x33, "topic": 2, "buffer_size": 32},
                0,
                {"buffer": b"\xa6" * 32, "actual": 1, "avail": 1},
            ),
            "object_get_info/handle_basic",
            "buffer",
        ),
    ],
)
def test_the_call_is_blamed_for_an_output_that_it_did_not_write(call, clause, output):
    result = judged(CREATED, call)
    assert [each.blamed for each in result.divergences] == [(clause,)]
    assert f"expected {output} written, got it left as it was" in result.divergences[0].text


def test_one_handle_of_several_that_is_not_written_is_seen():
    made = ("channel_create", {}, 0, {"out0": 0x31, "out1": 0x35})
    sent = ("channel_write", {"handle": 0x31, "handles": [0x33]}, 0, {})
    read = (
        "channel_read",
        {"handle": 0x35, "num_bytes": 8, "num_handles": 2},
        0,
        {"bytes": Sample(b""), "handles": (LEFT_32,), "actual_bytes": 0, "actual_handles": 1},
    )
    result = judged(CREATED, made, sent, read)
    assert [each.blamed for each in result.divergences] == [("channel_read/handles_received",)]


def test_a_call_that_failed_may_leave_its_outputs_as_they_were():
    refused = ("event_create", {"options": 1}, -10, {"out": LEFT_32})
    later = ("handle_close", {"handle": LEFT_32}, -11, {})
    assert judged(CREATED, refused, later).end is CaseEndKind.PASSED


def test_a_cookie_that_looks_like_memory_that_was_not_written_is_no_divergence():
    scope = ("event_create", {}, 0, {"out": 0x37})
    set_ = ("object_set_cookie", {"handle": 0x33, "scope": 0x37, "cookie": LEFT_64}, 0, {})
    got = ("object_get_cookie", {"handle": 0x33, "scope": 0x37}, 0, {"cookie": LEFT_64})
    assert judged(CREATED, scope, set_, got).end is CaseEndKind.PASSED
