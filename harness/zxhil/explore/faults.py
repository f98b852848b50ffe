"""Which faults of the stand-in an exploration finds by itself: from nothing, with no case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from zxhil.abi.arch import Arch
from zxhil.explore.corpus import Corpus
from zxhil.explore.execute import Executor
from zxhil.explore.findings import ExploreFinding, KnownList
from zxhil.explore.guest import build_explore
from zxhil.explore.leftout import explored
from zxhil.explore.session import Exploration
from zxhil.explore.survey import survey
from zxhil.explore.worker import News, Round, Work, Worker
from zxhil.image.find import load
from zxhil.machine.limits import Limits
from zxhil.machine.pages import is_possible
from zxhil.run.setup import Setup
from zxhil.standin import StandinFault, build

#: A round has fewer programs than usual, as most faults show early.
_PROGRAMS = 120
_LIMITS = Limits(boot=60.0, case=10.0, silence=10.0)
#: Faults that break no page, and end a program.
_ENDS = ("panic", "panic-many-handles", "kernel-fault", "hang", "reboot", "crash")


@dataclass(frozen=True, slots=True)
class ExploredFault:
    """What was found of a fault, after how many calls; None: nothing."""

    fault: StandinFault
    arch: Arch
    calls: int
    finding: ExploreFinding | None

    @property
    def caught(self) -> bool:
        """Was anything found?"""
        return self.finding is not None

    @property
    def said(self) -> str:
        """The calls needed, the program's length before and after the reduction, who is blamed."""
        if self.finding is None:
            return f"nothing found in {self.calls} calls"
        found = self.finding
        text = f"{self.calls} calls, reduced from {found.original} to {len(found.program)}"
        return text if found.key.clause == self.fault.clause else f"{text}, blamed: {found.key}"


def can_show(fault: StandinFault) -> bool:
    """Does the fault break a page, or end a program?"""
    return bool(fault.clause) or fault.name in _ENDS


def explore_faults(
    faults: Sequence[StandinFault],
    arches: Sequence[Arch],
    scratch: Path,
    *,
    calls: int,
    seed: int,
    jobs: int,
) -> Iterator[ExploredFault]:
    """Explore the stand-in with each fault until something is found, or `calls` calls were made.

    `jobs` explorations run side by side; results come in order.
    """
    works = {arch: _work(arch, scratch, seed) for arch in arches}

    def explore(job: tuple[StandinFault, Arch]) -> ExploredFault:
        return _explore(*job, works[job[1]], calls)

    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(explore, [(fault, arch) for fault in faults for arch in arches])


def numbers(explored: Sequence[ExploredFault]) -> str:
    """The calls that were needed, and the lengths of the reduced programs; empty if none is."""
    found = [each for each in explored if each.finding is not None]
    if not found:
        return ""
    calls = [each.calls for each in found]
    lengths = [len(each.finding.program) for each in found if each.finding is not None]
    return (
        f"calls needed: median {median(calls):.0f}, most {max(calls)}; "
        f"reduced programs: median {median(lengths):g}, longest {max(lengths)} calls"
    )


def _work(arch: Arch, scratch: Path, seed: int) -> Work:
    setup = Setup(load(build(arch), arch), _LIMITS, scratch, scratch, memory_trace=is_possible())
    built = build_explore(arch)
    with closing(Executor(setup, built)) as executor:
        kernel = survey(executor, explored())
    return Work(setup, built, kernel, KnownList(), seed, _PROGRAMS)


def _explore(fault: StandinFault, arch: Arch, work: Work, most: int) -> ExploredFault:
    folder = work.setup.logs / f"{arch}-{fault.name}"
    folder.mkdir()
    words = (f"standin.fault={fault.name}",)
    setup = replace(work.setup, words=words, logs=folder, zbis=folder)
    work = replace(work, setup=setup)
    calls, number, news = 0, 0, News([], Counter(), Counter())
    with closing(Worker(work, 0)) as worker, closing(Executor(setup, work.built)) as reducing:
        while calls < most:
            number += 1
            done = worker.play(Round(number, news))
            calls += done.calls
            news = News(done.corpus, done.counts, done.aims)
            if done.hits:
                # What blames the fault's sentence comes before what else it shows, crashes last.
                clause = fault.clause
                hit = min(
                    done.hits, key=lambda h: (h.shown.key.clause != clause, h.shown.key.crash)
                )
                found = Exploration(work, 1, Corpus(), reducing).reduced(hit)
                return ExploredFault(fault, arch, calls, found)
    return ExploredFault(fault, arch, calls, None)
