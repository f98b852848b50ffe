from __future__ import annotations

import io
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from run_builders import boot, case, failed
from zxhil.abi.arch import Arch
from zxhil.guest.cases import Case
from zxhil.guest.source import Program
from zxhil.oracle.results import CaseEndKind
from zxhil.report.progress import Lines, Live, Progress, Silent
from zxhil.report.terminal import plain
from zxhil.run.plan import Task

NEVER = 1e6
PATIENCE = 60.0
_TOKEN = re.compile(r"\x1b\[([0-9]+)F\x1b\[J|([^\x1b\n]*)\n")


def screen(text: str) -> list[str]:
    """What a terminal shows that was sent this text, if nothing but the two commands is used."""
    lines: list[str] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        assert match, text[place:]
        if match[1]:
            assert 0 < int(match[1]) <= len(lines)
            del lines[-int(match[1]) :]
        else:
            lines.append(match[2])
        place = match.end()
    return lines


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def task(*names: str, arch: Arch = Arch.X64) -> Task:
    cases = tuple(Case(i, name, (), "channel_write.c", 1) for i, name in enumerate(names))
    program = Program("channel_write", arch, Path("x.elf"), b"", cases)
    return Task(program, tuple(range(len(names))))


def test_a_log_gets_a_line_per_bad_case_and_per_program() -> None:
    out = io.StringIO()
    programs = {("x64", "channel_write"): 2, ("x64", "a"): 3}
    lines = Lines(out, 12, plain, verbose=False, programs=programs)
    lines.case(case())
    lines.case(failed(text="two\nlines\x1b[2J"))
    lines.case(failed("event_create/x", clause=""))
    lines.case(case("a/s", CaseEndKind.SKIPPED, detail="no call"))
    lines.case(case("a/h", CaseEndKind.HUNG, detail="5 s passed"))
    lines.boot(boot())
    assert out.getvalue().splitlines() == [
        "[ 2/12] failed channel_write/bad on x64: "
        "wrong error (channel_write/peer_closed): two lines [2J",
        "[ 2/12] channel_write on x64: 1 passed, 1 failed",
        "[ 3/12] failed event_create/x on x64: wrong error: seen this",
        "[ 5/12] hung a/h on x64: 5 s passed",
    ]


def test_a_verbose_log_names_boots_and_reasons() -> None:
    out = io.StringIO()
    lines = Lines(out, 2, plain, verbose=True)
    lines.case(case("a/s", CaseEndKind.SKIPPED, detail="no call", calls=[]))
    lines.boot(boot())
    assert out.getvalue().splitlines() == [
        "[1/2] skipped a/s on x64, 0 calls: no call",
        "boot of channel_write on x64: the program finished, "
        "first line after 0.25 s, 0.50 s in all",
    ]


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Live, io.StringIO, Clock]]:
    monkeypatch.setenv("COLUMNS", "80")
    out, clock = io.StringIO(), Clock()
    display = Live(out, 4, plain, verbose=False, clock=clock, tick=NEVER)
    yield display, out, clock
    display.close()


def test_the_live_display_shows_machines_and_sums(
    live: tuple[Live, io.StringIO, Clock],
) -> None:
    display, out, clock = live
    display.booting("x64-channel_write", task("plain", "bad", "third"), (0, 1, 2))
    assert screen(out.getvalue()) == [
        "x64 channel_write  0/3  booting",
        "0/4 cases, divergences: 0, faults: 0, 0 s",
    ]
    clock.now += 2
    display.case(case())
    assert screen(out.getvalue()) == [
        "x64 channel_write  1/3  bad",
        "1/4 cases, divergences: 0, faults: 0, 2 s, about 6 s left",
    ]
    clock.now += 0.5
    display.booting("arm64-channel_write", task("plain", arch=Arch.ARM64), (0,))
    assert screen(out.getvalue())[1] == "arm64 channel_write  0/1  booting"
    clock.now += 1.5
    display.boot(boot("arm64"))
    display.case(failed())
    clock.now += 2
    display.case(case("channel_write/third", CaseEndKind.PANIC))
    assert screen(out.getvalue())[-2:] == [
        "x64 channel_write  3/3  ending",
        "3/4 cases, divergences: 1, faults: 1, 6 s, about 2 s left",
    ]
    clock.now += 2
    display.boot(boot())
    assert screen(out.getvalue())[2:] == [
        "3/4 cases, divergences: 1, faults: 1, 8 s, about 3 s left"
    ]
    display.close()
    # What went wrong stays to be read.
    assert [line.split(" on ")[0] for line in screen(out.getvalue())] == [
        "failed channel_write/bad",
        "kernel panic channel_write/third",
    ]


def test_second_boot_shows_the_remaining_cases(
    live: tuple[Live, io.StringIO, Clock],
) -> None:
    display, out, _ = live
    display.booting("x64-channel_write.2", task("plain", "bad", "third"), (2,))
    assert screen(out.getvalue())[0] == "x64 channel_write  0/1  booting"


def test_nothing_is_drawn_more_often_than_people_see(
    live: tuple[Live, io.StringIO, Clock],
) -> None:
    display, out, clock = live
    display.booting("x64-channel_write", task("plain"), (0,))
    before = out.getvalue()
    clock.now += 0.01
    display.case(case())
    assert out.getvalue() == before
    clock.now += 0.2
    display.case(case())
    assert out.getvalue() != before


def test_no_line_of_the_display_is_wider_than_the_terminal(
    live: tuple[Live, io.StringIO, Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    display, out, clock = live
    monkeypatch.setenv("COLUMNS", "20")
    display.booting("x64-channel_write", task("a_case_with_a_long_name"), (0,))
    clock.now += 1
    display.case(case())
    assert all(len(line) < 20 for line in screen(out.getvalue()))


def test_nothing_is_shown_on_request(capfd: pytest.CaptureFixture[str]) -> None:
    silent: Progress = Silent()
    silent.case(failed())
    silent.boot(boot())
    silent.close()
    assert capfd.readouterr() == ("", "")


def test_each_machine_has_its_part_of_a_program(
    live: tuple[Live, io.StringIO, Clock],
) -> None:
    """Also if two have the same part, as in two rounds of a run that is repeated."""
    display, out, clock = live
    shared = task("plain", "bad", "third", "last")
    display.booting("arm64-channel_write", task("bad", arch=Arch.ARM64), (0,))
    display.booting("x64-channel_write", shared, (0, 2))
    clock.now += 0.2
    display.booting("x64-channel_write.2", shared, (1, 3))
    clock.now += 0.2
    display.case(failed())
    assert screen(out.getvalue())[1:4] == [
        "arm64 channel_write  0/1  booting",
        "x64 channel_write    0/2  booting",
        "x64 channel_write    1/2  last",
    ]
    clock.now += 0.2
    display.boot(replace(boot(), serial="x64-channel_write.2.serial"))
    clock.now += 0.2
    display.booting("x64-channel_write.3", shared, (0, 2))
    for _ in range(3):
        clock.now += 0.2
        display.case(case())
    assert screen(out.getvalue())[2:4] == [
        "x64 channel_write    1/2  third",
        "x64 channel_write    1/2  third",
    ]


def test_a_case_that_ends_unreported_is_passed_over(
    live: tuple[Live, io.StringIO, Clock],
) -> None:
    display, out, clock = live
    display.booting("x64-channel_write", task("damaged", "plain", "third"), (0, 1, 2))
    clock.now += 0.2
    display.case(case())
    assert screen(out.getvalue())[0] == "x64 channel_write  2/3  third"


def test_boot_with_another_log_name_leaves_the_display(
    live: tuple[Live, io.StringIO, Clock],
) -> None:
    display, out, clock = live
    display.booting("arm64-channel_write", task("plain", arch=Arch.ARM64), (0,))
    display.booting("x64-channel_write.2", task("plain"), (0,))
    clock.now += 0.2
    display.boot(boot())
    assert [line.split()[0] for line in screen(out.getvalue())] == ["arm64", "0/4"]


def test_a_verbose_display_leaves_every_case_above(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    out = io.StringIO()
    display = Live(out, 4, plain, verbose=True, tick=NEVER)
    display.booting("x64-channel_write", task("plain"), (0,))
    display.case(case())
    display.close()
    assert screen(out.getvalue()) == ["passed channel_write/plain on x64, 1 call"]


def test_the_time_left_is_reported_of_a_part_that_says_something() -> None:
    out, clock = io.StringIO(), Clock()
    display = Live(out, 100, plain, verbose=False, clock=clock, tick=NEVER)
    lefts = []
    for _ in range(100):
        clock.now += 1
        display.case(case())
        lefts.append("left" in screen(out.getvalue())[-1])
    display.close()
    assert lefts == [False] * 4 + [True] * 95 + [False]


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_clock_goes_on_while_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    out, clock = io.StringIO(), Clock()
    before = threading.active_count()
    display = Live(out, 4, plain, verbose=False, clock=clock, tick=0.01)
    display.booting("x64-channel_write", task("plain", "hanging"), (0, 1))
    clock.now += 0.5
    display.case(case())
    for seconds in (7, 8):
        clock.now = 100.5 + seconds
        until(lambda: f"hanging, for {seconds} s" in screen(out.getvalue())[0])  # noqa: B023
    assert screen(out.getvalue())[1].startswith("1/4 cases, divergences: 0, faults: 0, 8 s")
    display.close()
    assert threading.active_count() == before
    assert screen(out.getvalue()) == []


class Gone(io.StringIO):
    """A terminal that is closed after its first text."""

    def write(self, text: str) -> int:
        if self.getvalue():
            raise OSError(5, "Input/output error")
        return super().write(text)


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_closed_terminal_stops_the_clock() -> None:
    clock, before = Clock(), threading.active_count()
    display = Live(Gone(), 4, plain, verbose=False, clock=clock, tick=0.01)
    display.booting("x64-channel_write", task("plain"), (0,))
    clock.now += 7
    until(lambda: threading.active_count() == before)
    with pytest.raises(OSError, match="Input"):
        display.close()


def test_display_names_the_case_from_its_first_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    out, clock = io.StringIO(), Clock()
    display = Live(out, 4, plain, verbose=False, clock=clock, tick=NEVER)
    display.booting("x64-channel_write", task("one", "two"), (0, 1))
    clock.now += 1
    display.began("x64", "channel_write", "one")
    assert "0/2  one" in screen(out.getvalue())[0]
    clock.now += 1
    display.began("x64", "channel_write", "two")
    assert "1/2  two" in screen(out.getvalue())[0]
