from __future__ import annotations

from pathlib import Path

import pytest
from run_builders import call, case, divergence, failed, run
from zxhil.known.file import parse
from zxhil.known.match import apply
from zxhil.oracle.results import CaseEndKind
from zxhil.report.terminal import terminal_report
from zxhil.run.record import RunReport

KNOWN = '[[divergence]]\ncase = "channel_write/bad"\nreason = "so"\nlink = "https://x"\n'


def shown(report: RunReport, known: str) -> str:
    found = apply(parse(known, Path("known.toml")), report, whole=True)
    return terminal_report(report, known=found)


def test_the_known_is_marked_with_its_reason() -> None:
    text = shown(run(case(), failed()), KNOWN)
    assert "\n  known       ZX_ERR_PEER_CLOSED" in text
    assert "seen this" not in text
    assert "channel_write/bad on x64, 1 case: so (known.toml:1, https://x)" in text
    assert text.endswith("\n0 divergences, 0 machine or kernel faults; known: 1 divergence\n")
    assert ": 1 passed, 1 failed (all known)\n" in text


def test_unknown_divergence_is_shown_unchanged() -> None:
    text = shown(run(failed(), failed("channel_write/worse")), KNOWN)
    assert "\n  DIVERGES    ZX_ERR_PEER_CLOSED" in text
    assert "case channel_write/worse, guest_tests/channel_write.c:7" in text
    assert "case channel_write/bad," not in text
    assert "1 divergence, 0 machine" in text
    assert ": 2 failed (1 known)\n" in text


def test_case_is_not_the_same_as_itself() -> None:
    calls = [call(status="ZX_ERR_BAD_STATE")] * 2
    found = [divergence(), divergence(index=1)]
    twice = case("channel_write/twice", CaseEndKind.FAILED, found, calls=calls)
    assert "the same in" not in terminal_report(run(twice))
    text = terminal_report(run(twice, failed("channel_write/other")))
    assert "   the same in channel_write/other\n" in text


def test_many_clauses_that_no_case_reached_are_a_number() -> None:
    report = run(case(reached=("channel_write/peer_closed",)))
    short, long = terminal_report(report), terminal_report(report, verbose=True)
    assert short.count("not reached") < long.count("not reached") > 10
    assert "other clauses; -v lists them" in short
    assert "other clauses; -v lists them" not in long


def test_divergences_that_say_the_same_are_counted_as_distinct_too() -> None:
    text = terminal_report(run(failed(), failed("channel_write/worse")))
    assert "2 divergences (1 distinct), 0 machine" in text
    one_each = run(failed(), failed("channel_write/worse", "channel_write/wrong_type"))
    assert "2 divergences, 0 machine" in terminal_report(one_each)


@pytest.mark.parametrize("status", ["ZX_ERR_BAD_STATE", "ZX_OK, actual=1"])
def test_what_is_allowed_is_said_where_the_status_is_wrong(status: str) -> None:
    calls = [call(status=status)]
    wrong = case("channel_write/one", CaseEndKind.FAILED, [divergence()], calls=calls)
    assert calls[0].allowed == ("ZX_OK",)
    text = terminal_report(run(wrong))
    assert ("allowed:" in text) == (status == "ZX_ERR_BAD_STATE")


def test_findings_are_in_order_of_the_first_that_is_not_known() -> None:
    """A known divergence of the same kind, earlier, is no appearance of the finding."""
    other = failed("channel_write/other", "channel_write/wrong_type")
    report = run(failed(), other, failed("channel_write/worse"))
    text = shown(report, KNOWN)
    assert text.index("1. wrong error: channel_write/wrong_type") < text.index(
        "2. wrong error: channel_write/peer_closed"
    )


def test_known_end_is_not_a_fault() -> None:
    known = '[[divergence]]\ncase = "a/p"\nkind = "kernel panic"\nreason = "so"\n'
    report = run(case(), case("a/p", CaseEndKind.PANIC, detail="oh"))
    assert "Machine and kernel faults" in shown(report, "")
    text = shown(report, known)
    assert "Machine and kernel faults" not in text
    assert "0 machine or kernel faults" in text


def test_stale_entry_is_reported_with_its_place() -> None:
    text = shown(run(case("channel_write/bad")), KNOWN)
    assert "known.toml:1: channel_write/bad is listed as known but conforms on x64" in text
