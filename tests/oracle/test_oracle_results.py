"""Results: their words, and their JSON form."""

from __future__ import annotations

import json

from zxhil.abi.kinds import HandlesPointer, Memory
from zxhil.abi.objects import HandleOp
from zxhil.model.clause import Outcome
from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.results import CaseEndKind, CaseResult, from_json, to_json, with_end
from zxhil.oracle.simulate import JOB, Simulation
from zxhil.trace.records import TraceReader


def results() -> list[CaseResult]:
    simulation = Simulation()
    with simulation.case("fine") as k:
        a, b = k.channel_create()
        events = [k.event_create().handles[0] for _ in range(6)]
        k.object_get_info(events[0])
        k.channel_write(a, b"abc", events)
        k.channel_read(b)
        k.channel_write_etc(a, None, [(int(HandleOp.DUPLICATE), events[1], 5, 0, 0)])
        k.channel_write(a, Memory.INVALID, HandlesPointer(Memory.READABLE, False, (0, 7), False))
        k.object_get_info(JOB, 8)
    with simulation.case("broken") as k:
        k.observe(k.make("handle_close", handle=9), Outcome(-9999, {}))
    cases = {"fine": CaseInfo("simulated", "fine", ("channel_write/delivered",), "f.c:12")}
    oracle, reader = Oracle("simulated", cases), TraceReader()
    return oracle.feed(reader.feed(simulation.finish()))


def test_calls_are_spelt_for_people():
    fine, broken = results()
    texts = [call.text for call in fine.calls]
    assert texts[0] == "zx_channel_create(options=0, out0=&, out1=&)"
    assert fine.calls[0].status == "ZX_OK, out0=0x1007, out1=0x100b"
    assert texts[8] == (
        "zx_channel_write(handle=<0x1007 channel>, options=0, "
        "bytes=read-only b'abc', num_bytes=3, "
        "handles=read-only [<0x100f event koid 1025 (DUPLICATE|TRANSFER|SIGNAL|WAIT|INSPECT)>, "
        "<0x1013 event>, <0x1017 event>, <0x101b event>, … 6 in all], num_handles=6)"
    )
    entry = "handle=<0x1013 event closed>, type=EVENT, rights=NONE, result=ZX_OK"
    assert f"{{operation=DUPLICATE, {entry}}}" in texts[10]
    assert "bytes=unmapped" in texts[11]
    assert "handles=read-only misaligned [<0>, <0x7 not a handle>, … 2+ in all]" in texts[11]
    assert broken.calls[0].status == "zx_status_t(-9999)"


def test_text_shows_the_state_at_the_time_of_the_call():
    simulation = Simulation()
    with simulation.case("it") as k:
        (event,) = k.event_create()
        k.handle_duplicate(event)
        k.object_get_info(event)
        k.handle_close(event)
    (result,) = Oracle("p").feed(TraceReader().feed(simulation.finish()))
    assert "<0x1007 event>" in result.calls[1].text
    assert "koid" not in result.calls[2].text
    assert "koid 1025" in result.calls[3].text
    assert [c.text for c in result.calls] == [c.text for c in result.calls], "each time the same"


def test_calls_are_a_sequence():
    fine = results()[0]
    calls = tuple(fine.calls)
    assert fine.calls[0] == calls[0]
    assert fine.calls[-1] == calls[-1]
    assert fine.calls[2:5] == calls[2:5]
    assert fine.calls == calls
    assert fine.calls != calls[1:]
    assert hash(fine.calls) == hash(calls)


def test_json_round_trips():
    for result in [*results(), with_end(results()[0], CaseEndKind.HUNG, "too long", "evidence")]:
        data = json.loads(json.dumps(to_json(result)))
        assert from_json(data) == result
        assert to_json(from_json(data)) == data


def test_same_stream_in_other_pieces_gives_the_same_json():
    simulation = Simulation()
    with simulation.case("it") as k:
        for _ in range(20):
            a, b = k.channel_create()
            k.channel_write(a, b"x", [b])
    stream = simulation.finish()
    said = set()
    for size in (1, 7, 232, 4096, len(stream)):
        oracle, reader = Oracle("p"), TraceReader()
        found = []
        for start in range(0, len(stream), size):
            found += oracle.feed(reader.feed(stream[start : start + size]))
        found += oracle.feed(reader.finish()) + oracle.finish()
        said.add(json.dumps([to_json(result) for result in found]))
    assert len(said) == 1


def test_page_of_a_case_is_that_of_its_first_claim():
    assert CaseInfo("p", "c", ("a/b", "c/d"), "").page == "a"
    assert CaseInfo("p", "c", (), "").page == "p"
