"""Damaged, mixed and forged streams: no verdict changes, nothing hangs, memory stays limited."""

from __future__ import annotations

import random
import secrets

from damage_kinds import ASKED, INFOS, NAMES, PROGRAM, Verdict, hostile, make, verdicts, world
from damaged import main, many
from run_drive import TORTURE, times
from zxhil.machine.listen import EndKind
from zxhil.oracle.case import MAX_CALLS
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.order import Order
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.run.ending import FINISHED, Ending, SwitchedOff
from zxhil.run.judging import Judging, together
from zxhil.trace.encode import TraceWriter
from zxhil.trace.frame import MAX_RECORD
from zxhil.trace.records import TraceReader
from zxhil.trace.wire import encode


def judging(nonce: int | None) -> Judging:
    return Judging(TraceReader(nonce, program=PROGRAM), Oracle("", INFOS), Order(ASKED))


def test_no_damage_mixture_or_forgery_changes_a_verdict() -> None:
    seed = secrets.token_hex(4)
    if TORTURE:
        assert main(times(1_000_000, 0), seed) == 0
    else:
        tally = many(seed, 400)
        assert not tally.faults
        assert tally.ends and tally.ends["lost"] and tally.ends["passed"] and tally.ends["failed"]


def test_blocks_of_another_run_are_not_used() -> None:
    """The attack: whole cases of a clean run put before the failing ones."""
    clean, failing = make(11, ()), make(12, NAMES)
    lines, other = failing.splitlines(True), clean.splitlines(True)
    first = next(i for i, line in enumerate(other) if line[6:7] == b"B")
    read = judging(12)
    read.feed(b"".join([*lines[:first], *other[first:-1], *lines[first:]]))
    results = verdicts(together(read.finish(Ending("log", ""))))
    assert results == verdicts(together(_judged(12, failing)))
    assert results["good"][0] is CaseEndKind.FAILED


def _judged(nonce: int, stream: bytes) -> list:  # type: ignore[type-arg]
    read = judging(nonce)
    read.feed(stream)
    return read.finish(Ending("log", ""))


def test_two_results_of_a_case_that_came_twice_are_lost() -> None:
    writer = _started(5)
    for index in (0, 1, 0):
        writer.begin(index, NAMES[index])
        writer.end(index, 0)
    results = together(_judged(5, writer.take()))
    assert results[f"{PROGRAM}/good"].end is CaseEndKind.LOST
    assert results[f"{PROGRAM}/bad"].end is not CaseEndKind.LOST


def test_case_that_is_called_otherwise_than_in_the_table_gives_no_result() -> None:
    writer = _started(5)
    writer.begin(3, "good")
    writer.end(3, 0)
    read = judging(5)
    read.feed(writer.take())
    assert [r.end for r in read.finish(Ending("log", ""))] == [CaseEndKind.LOST]
    assert "the stream calls it good" in read.damage[0]


def test_log_that_lost_its_end_is_lost_and_not_crashed() -> None:
    whole = make(5, ())
    for lost in (60, 100, 140):
        read = judging(5)
        read.feed(whole[:-lost])
        ends = {r.end for r in read.finish(Ending(FINISHED, "it was through"))}
        assert ends <= {CaseEndKind.PASSED, CaseEndKind.SKIPPED, CaseEndKind.LOST}


def _ended(stream: bytes, ending: Ending) -> dict[str, Verdict]:
    read = judging(5)
    read.feed(stream)
    return verdicts(together(read.finish(ending)))


def test_lost_end_before_power_off_is_not_a_crash() -> None:
    """Whole frames lost at the very end leave no gap: only a crash that shows is one."""
    lines = make(5, ("bad",)).splitlines(True)
    truth = _ended(b"".join(lines), Ending(EndKind.POWERED_OFF, "the machine powered off"))
    for lost in range(1, len(lines) + 1):
        stream = b"".join(lines[:-lost])
        quiet = _ended(stream, Ending(EndKind.POWERED_OFF, "the machine powered off"))
        assert all(v == truth[name] or v[0] is CaseEndKind.LOST for name, v in quiet.items())
        shown = _ended(stream, Ending(EndKind.POWERED_OFF, "off", "KERN: fatal page fault"))
        if lost == 5:  # four ends of the program, and the last case's
            assert quiet["last"][0] is CaseEndKind.LOST
            assert shown["last"][0] is CaseEndKind.CRASHED


def test_second_power_off_at_the_same_place_is_a_crash() -> None:
    lines = make(5, ()).splitlines(True)

    def unfinished(lost: int) -> CaseResult:
        read = judging(5)
        read.feed(b"".join(lines[:-lost]))
        return read.finish(Ending(EndKind.POWERED_OFF, "off"))[-1]

    ends = SwitchedOff()
    assert not ends.again(unfinished(5))
    assert not ends.again(unfinished(6))
    assert ends.again(unfinished(5))


def test_version_line_that_comes_again_changes_nothing() -> None:
    whole = make(5, ("bad",))
    lines = whole.splitlines(True)
    truth = verdicts(together(_judged(5, whole)))
    for at in range(1, len(lines)):
        stream = b"".join([*lines[:at], lines[0], *lines[at:]])
        assert verdicts(together(_judged(5, stream))) == truth


def test_repeated_beginning_after_the_end_changes_nothing() -> None:
    """A run stops at the end; what a log has after it is neither damage nor noise."""
    whole = make(5, ("bad",))
    for more in (20, 600, len(whole)):
        read = judging(5)
        read.feed(whole + whole[:more])
        assert verdicts(together(read.finish(Ending(FINISHED, "")))) == _ended(
            whole, Ending(FINISHED, "")
        )
        assert read.damage == ()


def test_frame_from_before_the_sequence_number_wrapped_is_refused() -> None:
    """Numbers on the wire begin anew after 4096 frames: so many lost ones leave no gap in them."""
    frames = [encode(n, "H", "11 1 1 1 1 0", 5) for n in range(5000)]
    reader = TraceReader(5)
    from zxhil.trace.frame import Damage

    start = encode(0, "V", f"2 x64 {PROGRAM} 6 5", 5)
    events = reader.feed(start + b"".join(frames[1:10]) + b"".join(frames[4106:4110]))
    assert [e.what for e in events if isinstance(e, Damage)] == ["4096 frames are missing"]
    again = TraceReader(5)
    events = again.feed(start + b"".join(frames[1:4200]) + frames[104] + frames[4200])
    assert not [e for e in events if isinstance(e, Damage)]
    assert again.noise == "1 frame arrived again"


def test_hostile_guest_that_knows_its_nonce_ends_and_writes_on_no_terminal() -> None:
    chance = random.Random(secrets.token_hex(4))
    for _ in range(times(20_000, 300)):
        here = world(chance) if chance.random() < 0.02 else None
        here = here or world(random.Random(1))
        read = judging(here.nonce)
        read.feed(hostile(here, chance))
        results = read.finish(Ending("log", "the log ends here"))
        said = [read.oracle.kernel.version or "", *read.damage]
        said += [text for r in results for text in (r.info.name, r.detail)]
        assert all(text.isprintable() for text in said)
        assert {r.info.name for r in results} <= set(NAMES)


def test_repeated_output_is_not_progress() -> None:
    order = Order(ASKED)
    reader = TraceReader(5)
    writer = _started(5)
    order.only(reader.feed(writer.take()))
    for _ in range(50):
        writer.begin(0, "good")
        writer.end(0, 0)
        writer.skip(3, "skipped", "socket_share")
        writer.record("V", f"2 x64 {PROGRAM} 6 5")
    order.only(reader.feed(writer.take()))
    assert order.progress <= 3


def test_endless_continuation_frames_are_damage_and_take_no_memory() -> None:
    reader = TraceReader(5)
    writer = _started(5)
    reader.feed(writer.take())
    most = 0
    for _ in range(3 * MAX_RECORD // 200 // 100):
        for _ in range(100):
            writer._frame("+", "a" * 200)
        events = reader.feed(writer.take())
        most = max(most, sum(len(part) for part in reader._frames._parts))
        if events:
            assert "a record of more than" in events[0].what  # type: ignore[union-attr]
    assert most <= MAX_RECORD


def test_case_without_an_end_keeps_a_limited_number_of_calls(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    assert MAX_CALLS == 50_000
    monkeypatch.setattr("zxhil.oracle.case.MAX_CALLS", 20)
    from zxhil.abi.calls import BY_NAME

    writer = _started(5)
    writer.begin(0, "good")
    for _ in range(50):
        writer.call("handle_close", BY_NAME["handle_close"].type(0))
        writer.returned("handle_close", 0, {})
    (result,) = _judged(5, writer.take())
    assert result.end is CaseEndKind.LOST
    assert result.detail.endswith("the case made more than 20 calls")


def _started(nonce: int) -> TraceWriter:
    writer = TraceWriter(nonce)
    writer.start("x64", PROGRAM, len(NAMES))
    return writer
