"""Batches of programs from one saved start: each sees the state of the first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from zxhil.abi.arch import Arch
from zxhil.abi.runtime import EXPLORE_PAGE, EXPLORE_PAGES, EXPLORE_TEXT, JOB_MARK, JOB_SLOT, layout
from zxhil.errors import MachineError
from zxhil.explore.execute import Executor
from zxhil.explore.guest import ExploreSuite, build_explore, find_pages, with_programs
from zxhil.explore.program import CallProgram, parse
from zxhil.image.find import load
from zxhil.machine.limits import Limits
from zxhil.run.setup import Setup
from zxhil.standin import build

#: Shows the kernel's state in handle values and koids.
SHOWS = parse(
    "r0 = event_create(options=0)\nr1 = object_get_info(handle=r0.out, topic=2)\n"
    "r2 = channel_create(options=0)\nr3 = object_get_info(handle=process, topic=2)\n"
)
#: Leaves another state: handles that stay open inside of a message, objects, another cookie.
LEAVES = parse(
    "r0 = channel_create(options=0)\nr1 = event_create(options=0)\n"
    "r2 = channel_write(handle=r0.out0, bytes=b'ab', handles=[r1.out])\n"
    "r3 = handle_duplicate(handle=process, rights=0x80000000)\n"
    "r4 = object_set_cookie(handle=job, scope=process, cookie=7)\n"
)


def texts(executor: Executor, programs: Sequence[CallProgram]) -> list[list[str]]:
    """What each call was given and returned, values of handles included."""
    found = dict(executor.run(programs))
    calls = [found[number].result.calls for number in range(len(programs))]
    return [[f"{call.text} {call.status}" for call in each] for each in calls]


@pytest.mark.parametrize("arch", list(Arch))
def test_each_batch_starts_from_the_same_state(tmp_path: Path, arch: Arch):
    limits = Limits(boot=60.0, case=30.0, silence=30.0)
    setup = Setup(load(build(arch), arch), limits, tmp_path / "logs", tmp_path)
    executor = Executor(setup, build_explore(arch))
    try:
        first = texts(executor, [SHOWS])
        left = texts(executor, [LEAVES, SHOWS])
        assert texts(executor, [SHOWS]) == first
    finally:
        executor.close()
    assert len(first[0]) == 4
    assert left[1] != first[0]
    # One machine, whose logs are gone with it.
    assert not list(tmp_path.glob("*.qcow2"))
    assert [each.name for each in (tmp_path / "logs").iterdir()] == [
        f"explore-start.{kind}" for kind in ("serial", "times")
    ]


@pytest.mark.real
def test_call_that_reads_past_its_array_finds_nothing_of_the_program_before(
    tmp_path: Path, real: tuple[Arch, Path]
):
    """A kernel of 2018-12 closes what it finds before the memory ends, the stand-in nothing."""
    arch, image = real
    limits = Limits(boot=60.0, case=30.0, silence=30.0)
    setup = Setup(load(image, arch), limits, tmp_path / "logs", tmp_path)
    watched = "(thread, 0x100, 4), " * 5
    programs = [
        f"r0 = object_wait_many(items=[{watched}], deadline=0)\n",
        "r0 = event_create(options=0)\n"
        "r1 = handle_close_many(handles=[r0.out], num_handles=0xffffffffffffffff)\n",
        "r0 = object_get_info(handle=thread, topic=2)\n",
    ]
    executor = Executor(setup, build_explore(arch))
    try:
        *_, (last,) = texts(executor, [parse(each) for each in programs])
    finally:
        executor.close()
    assert "ZX_OK" in last


def memory(suite: ExploreSuite) -> bytes:
    """That of a machine which waits: the copy that runs, and the file that it came from."""
    pages = [page(n, 1) for n in range(EXPLORE_PAGES)]
    slot = layout(JOB_SLOT[:2]).pack(JOB_MARK, 1)
    return b"".join(
        [bytes(8), page(0, 0), page(1, 0), *(b"headHEAD" + each for each in pages[::-1]), slot]
    )


def page(number: int, running: int) -> bytes:
    head = b"zxhil's programs" + number.to_bytes(4, "little") + running.to_bytes(4, "little")
    return head.ljust(EXPLORE_PAGE, b"\0")


def test_programs_are_written_over_the_pages_that_run():
    built = build_explore(Arch.X64)
    suite = ExploreSuite(built)
    saved = bytearray(memory(suite))
    places = suite.places(bytes(saved))
    start = EXPLORE_PAGES * EXPLORE_PAGE - EXPLORE_TEXT
    # Its zero is the last byte of a page, or the first ones of the next.
    text = "a" * (2 * EXPLORE_PAGE - start - 1)
    for length in (0, 1, 2):
        program = with_programs(built, [text + "b" * length])
        for place, data in suite.patches(places, program, (0,), 5)[1:]:
            saved[place : place + len(data)] = data
        written = b"".join(saved[at : at + EXPLORE_PAGE] for at in places[1:])
        content = written[start : start + len(text) + length + 1]
        assert content == text.encode() + b"b" * length + b"\0"
    assert page(0, 0) + page(1, 0) in saved


def test_page_that_is_missing_or_there_twice_is_refused():
    whole = b"".join(page(n, 1) for n in range(EXPLORE_PAGES))
    assert find_pages(whole) == [n * EXPLORE_PAGE for n in range(EXPLORE_PAGES)]
    with pytest.raises(MachineError, match="does not hold all pages"):
        find_pages(whole[:-1])
    with pytest.raises(MachineError, match="twice"):
        find_pages(whole + page(3, 1))
