"""Titles of crashes, and their lines: texts as kernels print them, with made-up addresses."""

from __future__ import annotations

import pytest
from zxhil.machine.crash import crash_lines, crash_title, frame_of, normalized

PANIC = """\
ZIRCON KERNEL PANIC

UPTIME: 57ms
BUILDID git-00000000000000000000000000000000000000aa

{{{module:0:kernel:elf:c0dfd28401b64bd1}}}
{{{mmap:0xffffffff00100000:0x10000:load:0:rx:0xffffffff80100000}}}
dso: id=c0dfd28401b64bd1 base=0xffffffff00100000 name=zircon.elf
panic (caller 0xffffffff00139217 frame 0xffffff916ff0ffe0): ASSERT FAILED at (kernel/a.cpp:117): x
made-up: 1 cpus

bt#00: 0xffffffff00106bbb
bt#01: 0xffffffff001b6171 main at kernel/a.cpp:117
bt#02: 0
bt#03: end
{{{bt:0:0xffffffff00106bbb}}}
{{{bt:1:0xffffffff001b6171}}}
Halted"""


@pytest.mark.parametrize(
    ("evidence", "title"),
    [
        (PANIC, "ASSERT FAILED at (kernel/a.cpp): x"),
        (
            "panic (caller 0x1234 frame 0x5678): call 10 of process 1045 at 0xffff0000deadbeef",
            "call NUM of process NUM at ADDR",
        ),
        (
            "*** KERNEL PANIC (caller pc: 0x1, stack frame: 0x2):\n*** DEBUG ASSERT FAILED at "
            "(../../zircon/kernel/object/handle.cc:180): process_id() == 0",
            "DEBUG ASSERT FAILED at (../../zircon/kernel/object/handle.cc): process_id() == NUM",
        ),
        ("*** KERNEL PANIC (caller pc: 0x1):\n*** out of luck", "out of luck"),
        ("vmm: 0x10\npage fault, halting", "page fault, halting"),
        (
            "ZIRCON KERNEL PANIC (stand-in)\n\npanic:\nno BOOTFS in 12 items",
            "no BOOTFS in NUM items",
        ),
        ("KERN: fatal page fault in user thread 1234 at 0x10", "fatal page fault in user thread"),
        (
            "qemu-system-x86_64: cannot set up guest memory 'pc.ram': 12",
            "qemu-system-x86_64: cannot set up guest memory 'pc.ram': NUM",
        ),
        ("", "timed out after 15 s"),
        ("words that say nothing", "timed out after 15 s"),
    ],
)
def test_title_is_the_cause_without_numbers_and_addresses(evidence: str, title: str) -> None:
    assert crash_title("timed out after 15 s; last call: x", evidence) == title


def test_crashes_of_two_boots_have_one_title() -> None:
    other = PANIC.replace("0xffffffff00", "0xffffffff77").replace(":117", ":121")
    assert crash_title("", other) == crash_title("", PANIC)
    assert crash_title("", PANIC.replace(": x", ": y")) != crash_title("", PANIC)


@pytest.mark.parametrize(
    ("line", "same"),
    [
        ("zx_foo2 x86_64 v1.2", "zx_foo2 x86_64 v1.2"),
        ("deadbeef faded feedbee1", "deadbeef faded ADDR"),
        ("at b.c:12, 3 of 4", "at b.c, NUM of NUM"),
    ],
)
def test_names_stay_and_numbers_go(line: str, same: str) -> None:
    assert normalized(line) == same


def test_title_has_a_limit() -> None:
    assert len(crash_title("", f"panic (caller 0x1): {'a ' * 1000}")) == 160


def test_lines_of_a_crash_leave_markup_out_and_show_each_frame_once() -> None:
    lines = list(crash_lines(PANIC))
    assert [line for line in lines if line.startswith("#")] == [
        "#0  0xffffffff00106bbb",
        "#1  0xffffffff001b6171  main at kernel/a.cpp:117",
    ]
    assert not any("{{{" in line or "dso:" in line or not line for line in lines)
    assert "made-up: 1 cpus" in lines and lines[-1] == "Halted"


def test_frames_of_markup_alone_are_shown() -> None:
    markup = "{{{bt:0:0xffffffff00000010:pc}}}\n{{{bt:1:0xffffffff00000020:ra}}} f at a.c:1"
    assert list(crash_lines(markup)) == [
        "#0  0xffffffff00000010",
        "#1  0xffffffff00000020  f at a.c:1",
    ]


@pytest.mark.parametrize("line", ["bt#03: end", "panic at 0x12", "bt#x: 0x1", ""])
def test_other_lines_are_no_frames(line: str) -> None:
    assert frame_of(line) is None
