"""Programs of two threads on the stand-in, which changes threads between any two calls."""

from __future__ import annotations

from pathlib import Path

import pytest
from zxhil.abi.arch import Arch
from zxhil.explore.execute import Executor, Ran
from zxhil.explore.guest import build_explore
from zxhil.explore.program import parse
from zxhil.explore.save import dialogue
from zxhil.explore.survey import survey
from zxhil.guest.build import build
from zxhil.image.find import load
from zxhil.live.save import save
from zxhil.machine.limits import Limits
from zxhil.oracle.results import CaseEndKind
from zxhil.run.setup import Setup
from zxhil.standin import THREADS
from zxhil.standin import build as build_standin

PROGRAM = parse(
    "r0 = channel_create(options=0)\n"
    "r1 = second.channel_write(handle=r0.out0, options=0, bytes=b'a')\n"
    "r2 = channel_write(handle=r0.out0, options=0, bytes=b'b')\n"
    "r3 = second.event_create(options=0)\n"
    "r4 = handle_close(handle=r3.out)\n"
    "r5 = second.handle_close(handle=r3.out)\n"
    "r6 = channel_read(handle=r0.out1, options=0, num_bytes=16)\n"
)


def ran_on(arch: Arch, folder: Path, *words: str) -> tuple[list[Ran], bool]:
    """The program several times on a stand-in, and whether the kernel has threads."""
    image = load(build_standin(arch), arch)
    setup = Setup(image, Limits(60.0, 10.0, 10.0), folder, folder, words=words)
    executor = Executor(setup, build_explore(arch))
    try:
        has_threads = survey(executor, ("event_create",)).has_threads
        runs = executor.run([PROGRAM] * 12) if has_threads else ()
        return [ran for _, ran in runs], has_threads
    finally:
        executor.close()


@pytest.mark.parametrize("arch", list(Arch))
def test_calls_of_two_threads_overlap_and_are_judged(arch, tmp_path):
    runs, _ = ran_on(arch, tmp_path, THREADS)
    assert {ran.result.end for ran in runs} == {CaseEndKind.PASSED}
    for ran in runs:
        places = [step for step in ran.steps if step is not None]
        assert sorted(places) == list(range(len(PROGRAM)))
        for step, judged in zip(ran.steps, ran.calls, strict=True):
            if step is not None:
                assert judged.name == PROGRAM.steps[step].name
                assert (judged.thread > 0) == PROGRAM.steps[step].second
        # It waits for the call that it refers to.
        assert places.index(3) < places.index(4)
    assert len({tuple(ran.steps) for ran in runs}) > 1
    assert any(
        judged.until or number < 0 for ran in runs for number, judged in enumerate(ran.calls)
    )


def test_standin_has_threads_only_where_asked(tmp_path):
    assert ran_on(Arch.X64, tmp_path) == ([], False)


def test_saved_case_has_the_thread_and_fits_the_runtime(tmp_path):
    runs, _ = ran_on(Arch.X64, tmp_path, THREADS)
    path = tmp_path / "two.c"
    save(str(path), [dialogue(runs[0], "a kernel")], "two", {}, "explore")
    text = path.read_text()
    second, case = text.split("CASE(")
    assert 'zx_channel_write(out0_0, 0, "a"' in second
    assert "zx_handle_t thread = start_thread(second, 0);" in case
    joined = case.index("join_thread(thread)")
    assert case.index('"b"') < joined < case.index("zx_channel_read")
    assert case.index("while (!is_made(3))") < case.index("zx_handle_close(out_3)")
    assert build(Arch.X64, path).cases
