"""No control sequence gets in: text is spelled out where it comes from a line, a host or a file."""

from __future__ import annotations

import json
import unicodedata
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from run_builders import case, failed, run
from zxhil.errors import MachineError, UserError
from zxhil.known.match import NOTHING
from zxhil.machine.machine import Machine
from zxhil.machine.monitor import Monitor
from zxhil.oracle.results import CaseEndKind
from zxhil.plain import plain
from zxhil.push.line import Logged
from zxhil.push.power import PowerSwitch
from zxhil.report.saved import load_run, report_json
from zxhil.report.terminal import terminal_report
from zxhil.run import journal
from zxhil.run.schema import read_report
from zxhil.trace.encode import TraceWriter
from zxhil.trace.events import KernelVersion
from zxhil.trace.frame import Damage
from zxhil.trace.records import TraceReader
from zxhil.trace.wire import seed_of

HOSTILE = (
    "\x1b]0;owned\x07\x1b[2J\x9b31m\x9d0;x\x9c\x00\x08\x0b\x0c\x7f over\rwritten "
    "\u202eevil\u2066\u200b\u2028\ufeff\U000e0001 z" + "\u0336" * 40
)


def harmless(text: str) -> bool:
    marks = 0
    for sign in text:
        kind = unicodedata.category(sign)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if marks > 3 or (sign != "\n" and kind in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")):
            return False
    return True


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        (b"\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x9b2J", "\\x9b2J"),
        ("good\rbad ", "good\\x0dbad "),
        ("line\r\nend\n", "line\nend\n"),
        ("a\tb", "a b"),
        ("\x7f\b", "\\x7f\\x08"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("\U000e0041", "\\U000e0041"),
        ("e\u0301", "e\u0301"),
        ("e" + "\u0301" * 5, "e" + "\u0301" * 3 + "\\u0301" * 2),
        ("naïve 漢字", "naïve 漢字"),
        (b"\xff", "\ufffd"),
    ],
)
def test_signs_that_do_things_are_spelled_out(text: str | bytes, shown: str) -> None:
    assert plain(text) == shown
    assert harmless(plain(text))
    assert plain(plain(text)) == plain(text)


def test_floods_are_cut() -> None:
    assert len(plain("a" * 10_000_000)) == 1 << 16
    assert len(plain("\x1b" * 10_000_000)) <= 4 << 16


def test_kernel_log_in_events_is_cleaned() -> None:
    monitor = Monitor()
    events = monitor.feed(f"ZIRCON KERNEL PANIC {HOSTILE}\r\n{HOSTILE}\r\n".encode())
    (event,) = [*events, *monitor.finish()]
    assert "PANIC" in event.text and harmless(event.text)


def test_qemu_output_is_sanitized() -> None:
    fake: Any = SimpleNamespace(_stderr=bytearray(HOSTILE.encode()))
    assert Machine.stderr.fget is not None
    said = Machine.stderr.fget(fake)
    assert "owned" in said and harmless(said)


def test_power_command_output_is_sanitized() -> None:
    with pytest.raises(MachineError) as caught:
        PowerSwitch("printf '\\033]0;owned\\007\\r\\n\\033[2J'; exit 1").cycle({})
    assert "owned" in caught.value.evidence and harmless(caught.value.evidence)


def test_login_output_is_sanitized(tmp_path: Path) -> None:
    with Logged(tmp_path, "x") as log:
        log.keep(HOSTILE.encode())
        assert "owned" in log.said and harmless(log.said)


def test_record_with_control_characters_is_rejected() -> None:
    """The K frame, as the attack wrote it; and its brothers."""
    writer = TraceWriter(5)
    writer.start("x64", "simulated", 1, kernel="git-0")
    stream = writer.take()
    reader = TraceReader(5)
    events = reader.feed(stream)
    assert KernelVersion("git-0") in events
    body = "owned\x1b[2J"
    text = b"001%02xK%s" % (len(body), body.encode())
    frame = b"~%b%08x\n" % (text, zlib.crc32(text, seed_of(5, 1)))
    first, _, rest = stream.split(b"\n", 2)
    reader = TraceReader(5)
    events = reader.feed(first + b"\n" + frame + rest) + reader.finish()
    assert not [event for event in events if isinstance(event, KernelVersion)]
    assert [event for event in events if isinstance(event, Damage)]


def _texts(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    match value:
        case str():
            yield path
        case dict():
            for name, each in value.items():
                yield from _texts(each, (*path, name))
        case list():
            for number, each in enumerate(value):
                yield from _texts(each, (*path, number))


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _report() -> dict[str, Any]:
    cases = [failed(), case(), *(case(f"a/{e.name.lower()}", e, detail="d", evidence="e")
             for e in CaseEndKind if e is not CaseEndKind.FAILED)]  # fmt: skip
    data: dict[str, Any] = json.loads(
        json.dumps(report_json(run(*cases, interrupted="x"), NOTHING))
    )
    data.pop("digest", None)
    return data


def test_text_in_a_report_of_another_user_is_cleaned_as_it_is_read(tmp_path: Path) -> None:
    """Each text that its schema lets through, one after the other, and then all of them."""
    file = tmp_path / "run.json"
    data, changed = _report(), 0
    for path in list(_texts(data)):
        holder, before = _at(data, path[:-1]), _at(data, path)
        holder[path[-1]] = before + HOSTILE
        file.write_text(json.dumps(data))
        try:
            read = read_report(file)
        except UserError:
            holder[path[-1]] = before
            continue
        changed += 1
        assert harmless(_at(read, path)), path
    assert changed > 20
    file.write_text(json.dumps(data))
    report = load_run(file).report
    assert harmless(terminal_report(report, verbose=True))


def test_text_in_a_journal_of_another_user_is_cleaned_as_it_is_read(tmp_path: Path) -> None:
    with journal.Journal(tmp_path) as written:
        written.write("options", {"log_dir": "a\u202eb"})
        written.write("stopped", {"why": HOSTILE})
        written.write("rerun", {"arch": "x64", "case": "a/b", "why": HOSTILE})
    lines = dict(journal.read(tmp_path))
    assert "owned" in lines["stopped"]["why"]
    assert all(harmless(text) for text in lines["stopped"].values())
    assert all(harmless(text) for text in lines["rerun"].values())
    assert lines["options"]["log_dir"] == "a\u202eb", "a path is what it is"
