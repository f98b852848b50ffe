"""The kernel's words, however the stream is cut into pieces."""

from __future__ import annotations

import random

import pytest
from zxhil.machine.monitor import Event, EventKind, Monitor

PANIC = (
    "\r\nZIRCON KERNEL PANIC\r\n\r\n"
    "UPTIME: 122ms\r\nBUILDID git-50d20f\r\n\r\n"
    "panic (caller 0xff frame 0xfe): ASSERT FAILED at (object/x.cpp:7): false\r\n\r\n"
    "platform_halt suggested_action 0 reason 3\r\n"
    "Halting...\r\n! "
)

CASES = [
    ("ZIRCON KERNEL PANIC", EventKind.PANIC),
    ("panic (caller 0x1 frame 0x2): DEBUG ASSERT FAILED at (a.cpp:1): x", EventKind.PANIC),
    ("ASSERT FAILED at (object/x.cpp:7): false", EventKind.PANIC),
    ("double fault, halting", EventKind.PANIC),
    ("unhandled gpf, halting", EventKind.PANIC),
    ("Supervisor Page Fault exception, halting", EventKind.PANIC),
    ("HALT: spinning forever... (reason = 1)", EventKind.HALT),
    ("platform_halt suggested_action 0 reason 1", EventKind.HALT),
    ("ZIRCON KERNEL OOPS", EventKind.OOPS),
    ("[00001.042] 01093.01133> <== fatal exception: process [6354] thread [6403]", "exception"),
    ("KERN: fatal page fault in user thread 't' in process 'bin/t'", EventKind.EXCEPTION),
    ("KERN: undefined instruction in user thread 't' in process 'bin/t'", EventKind.EXCEPTION),
    ("OOM: oom_lowmem(shortfall_bytes=12) called", EventKind.OUT_OF_MEMORY),
    ("OOM: killing job   1034 'root'", EventKind.OUT_OF_MEMORY),
    ("[1.2] 0.0> memory-pressure: stowing crashlog", EventKind.OUT_OF_MEMORY),
    ("[00000.123] 01029.01040> userboot: file not found", EventKind.USERBOOT),
    ("userboot: no '/boot' bootfs in bootstrap message", EventKind.USERBOOT),
    ("userboot: bootfs bad magic or size", EventKind.USERBOOT),
    ("userboot: ZX_ERR_INVALID_ARGS: elf_load_map_segments failed", EventKind.USERBOOT),
    ("userboot: zx_process_create failed: -14", EventKind.USERBOOT),
    ("userboot: bootdata v1 no longer supported", EventKind.USERBOOT),
    ("userboot: no vDSO handle in bootstrap message", EventKind.USERBOOT),
    ("userboot: read 3 handles instead of 15", EventKind.USERBOOT),
    ("userboot: `userboot.root` string too long (300 > 255)", EventKind.USERBOOT),
    ("userboot: cannot find shared library 'libc.so'", EventKind.USERBOOT),
]

HARMLESS = """\
[00000.000] 00000.00000> welcome to Zircon
[00000.001] 00000.00000> OOM: started thread
[00000.002] 00000.00000> OOM: 12M free (+1M) / 256M total
userboot: zx_debuglog_create failed, using zx_debug_write instead
userboot: option "userboot=bin/bad cannot fail"
userboot: searching bootfs for 'bin/fail'
userboot: 'bin/fail' has PT_INTERP "ld.so.1"
userboot: userboot: loaded vDSO at 0x1, entry point 0x2
userboot: loaded bin/bad at 0x1, entry point 0x2
userboot: process bin/not found started.
userboot: Waiting for bin/x to exit...
userboot: waiting for loader-service requests...
userboot: *** Exit status -1 ***
userboot: Process exited.  Executing "poweroff".
userboot: finished!
platform_halt suggested_action 4 reason 1
stopping other cpus
"""


def listen(pieces: list[bytes]) -> list[Event]:
    monitor = Monitor()
    return [event for piece in pieces for event in monitor.feed(piece)] + monitor.finish()


@pytest.mark.parametrize(("line", "kind"), CASES)
def test_each_word_cut_at_every_byte(line: str, kind: str) -> None:
    before = b"some output\r\n"
    stream = before + line.encode() + b"\r\nmore output\r\n"
    whole = listen([stream])
    assert [event.kind for event in whole] == [kind]
    assert whole[0].text.startswith(line)
    at = whole[0].offset
    assert len(before) <= at < len(before) + len(line)
    for cut in range(len(stream) + 1):
        assert listen([stream[:cut], stream[cut:]]) == whole
    assert listen([stream[i : i + 1] for i in range(len(stream))]) == whole


@pytest.mark.parametrize(("line", "kind"), CASES)
def test_trace_frames_are_never_kernel_messages(line: str, kind: str) -> None:
    assert listen([b"~0012fC" + line.encode() + b"\r\n"]) == []
    stream = b"~" + b"x" * 10000 + line.encode() + b"\r\n"
    assert listen([stream]) == []
    assert listen([stream[i : i + 1] for i in range(len(stream))]) == []
    # The line after a frame is the kernel's own again.
    stream += line.encode() + b"\r\n"
    assert [e.kind for e in listen([stream])] == [kind]
    assert [e.kind for e in listen([stream[i : i + 1] for i in range(len(stream))])] == [kind]


def test_a_boot_without_trouble_reports_nothing() -> None:
    assert listen([HARMLESS.encode()]) == []
    assert listen([HARMLESS.replace("\n", "\r\n").encode()]) == []


def test_the_second_banner_is_a_reboot() -> None:
    monitor = Monitor()
    assert monitor.feed(b"\nwelcome to Zircon\n\nup\n") == []
    for _ in range(2):
        (event,) = monitor.feed(b"[0.0] 0.0> welcome to Zircon\n")
        assert event.kind is EventKind.REBOOT and event.kind.ends_machine


def test_a_panic_is_one_event_with_its_lines() -> None:
    monitor = Monitor()
    first, last = PANIC[:-2], PANIC[-2:]
    assert monitor.feed(b"out\r\n" + first.encode()) == []
    assert monitor.gathering
    # The prompt of the panic shell says that nothing more will come.
    (event,) = monitor.feed(last.encode())
    assert not monitor.gathering
    assert event.kind is EventKind.PANIC
    assert event.text.splitlines()[0] == "ZIRCON KERNEL PANIC"
    assert "ASSERT FAILED at (object/x.cpp:7)" in event.text
    assert "\r" not in event.text
    assert event.offset == 5 + PANIC.index("ZIRCON")


def test_a_prompt_alone_is_a_kernel_that_halted() -> None:
    monitor = Monitor()
    assert monitor.feed(b"last words\r\n! ") == []
    assert monitor.gathering
    (event,) = monitor.finish()
    assert (event.kind, event.offset) == (EventKind.HALT, 12)


def test_a_line_that_begins_as_the_prompt_does() -> None:
    monitor = Monitor()
    assert monitor.feed(b"! ") == []
    assert monitor.feed(b"look out\r\n") == []
    assert not monitor.gathering and monitor.finish() == []


def test_panic_within_a_crash_dump_is_reported() -> None:
    crash = "KERN: fatal page fault in user thread 't' in process 'p'\r\n CS: 0\r\n"
    kinds = [event.kind for event in listen([(crash + PANIC).encode()])]
    assert kinds == [EventKind.EXCEPTION, EventKind.PANIC]


def test_a_frame_ends_the_lines_of_a_crash() -> None:
    crash = b"KERN: fatal page fault in user thread 't'\r\n CS: 0\r\n"
    (event,) = Monitor().feed(crash + b"~00100S\r\n")
    assert event.text.endswith("CS: 0")


def test_reboot_after_a_panic_is_reported() -> None:
    stream = "welcome to Zircon\n" + PANIC[:-2] + "Rebooting...\nwelcome to Zircon\n"
    kinds = [event.kind for event in listen([stream.encode()])]
    assert kinds == [EventKind.PANIC, EventKind.REBOOT]


def test_evidence_is_bounded() -> None:
    stream = "ZIRCON KERNEL PANIC\n" + "bt#00: 0x1234\n" * 1000
    (event,) = listen([stream.encode()])
    assert len(event.text.splitlines()) == 150


def test_a_word_without_a_newline_is_pending_and_comes_at_the_end() -> None:
    monitor = Monitor()
    assert monitor.feed(b"double fault, halting") == []
    assert monitor.gathering
    assert [event.kind for event in monitor.finish()] == [EventKind.PANIC]
    assert monitor.finish() == [] and not monitor.gathering


def test_words_in_a_line_without_end() -> None:
    """Neither lost nor reported twice, wherever the line is cut, and little of it is buffered."""
    word = b"HALT: spinning forever"
    for before in (*range(4000, 4100), *range(4600, 4900, 7), 8000, 100_000):
        stream = b"." * before + word + b"." * 50_000
        (event,) = listen([stream])
        assert event.offset == before
        monitor = Monitor()
        events = []
        for start in range(0, len(stream), 977):
            events += monitor.feed(stream[start : start + 977])
            assert len(monitor._line) < 10_000
        events += monitor.finish()
        assert [e.offset for e in events] == [before]


def test_noise_cut_anywhere_gives_the_same_events() -> None:
    rng = random.Random(1)
    words = [line.encode() for line, _ in CASES] + [b"~", b"\n", b"\r", b"welcome to Zircon"]
    for _ in range(300):
        pieces = [rng.choice([*words, rng.randbytes(rng.randrange(40))]) for _ in range(50)]
        whole = b"".join(pieces)
        assert [e.offset for e in listen(pieces)] == [e.offset for e in listen([whole])]
