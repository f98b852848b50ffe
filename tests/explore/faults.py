"""Which faults of the stand-in an exploration finds by itself, with no case of ours.

    python tests/explore/faults.py --arch x64 --calls 20000
    python tests/explore/faults.py --fault 'cw-*'

Each exploration begins from nothing and stops at the first finding, which is reduced. Faults that
break no page are not among them, but for those of ENDS.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from zxhil.abi.arch import Arch
from zxhil.explore.corpus import Corpus
from zxhil.explore.execute import Executor
from zxhil.explore.findings import ExploreFinding, KnownList
from zxhil.explore.guest import build_explore
from zxhil.explore.leftout import explored
from zxhil.explore.session import Exploration
from zxhil.explore.survey import Surveyed, survey
from zxhil.explore.worker import News, Round, Work, Worker
from zxhil.image.find import load
from zxhil.machine.limits import Limits
from zxhil.run.setup import Setup
from zxhil.standin import StandinFault, build, faults

#: Programs of a round: fewer than usual, as most faults show early.
PROGRAMS = 120
#: Faults that break no page, and are found all the same.
ENDS = ("panic", "panic-many-handles", "kernel-fault", "hang", "reboot", "crash")


def explore(
    setup: Setup, work: Work, fault: StandinFault, most: int
) -> tuple[int, ExploreFinding | None]:
    """Explore until something is found; returns how many calls that took, and the finding."""
    setup = replace(setup, words=(f"standin.fault={fault.name}",))
    work = replace(work, setup=setup)
    calls, number = 0, 0
    news = News([], Counter(), Counter())
    with closing(Worker(work, 0)) as worker, closing(Executor(setup, work.built)) as reducing:
        while calls < most:
            number += 1
            done = worker.play(Round(number, news))
            calls += done.calls
            news = News(done.corpus, done.counts, done.aims)
            if done.hits:
                hit = min(done.hits, key=lambda each: each.shown.key.crash)
                blaming = [h for h in done.hits if h.shown.key.clause == fault.clause]
                found = (blaming or [hit])[0]
                return calls, Exploration(work, 1, Corpus(), reducing).reduced(found)
    return calls, None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arch", type=Arch, choices=list(Arch), default=Arch.X64)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--fault", default="*")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="how many faults to leave out")
    parser.add_argument("--part", default="1/1", help="K/N: each N-th fault, from the K-th")
    options = parser.parse_args()
    every = [fault for fault in faults() if fault.clause or fault.name in ENDS]
    patterns = options.fault.split(",")
    table = [f for f in every if any(fnmatchcase(f.name, each) for each in patterns)]
    table = table[options.first :]
    first, _, step = options.part.partition("/")
    table = table[int(first) - 1 :: int(step)]
    lengths, calls_needed, missed, begun = [], [], [], time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        image = load(build(options.arch), options.arch)
        limits = Limits(boot=60.0, case=10.0, silence=10.0)
        setup = Setup(image, limits, Path(scratch), Path(scratch))
        built = build_explore(options.arch)
        kernel: Surveyed = survey(Executor(setup, built), explored())
        work = Work(setup, built, kernel, KnownList(), options.seed, PROGRAMS)
        for fault in table:
            calls, found = explore(setup, work, fault, options.calls)
            if found is None:
                missed.append(fault.name)
                print(f"MISSED  {fault.name:32} {fault.clause} after {calls} calls", flush=True)
                continue
            right = "" if found.key.clause == fault.clause else f", blamed {found.key}"
            lengths.append(len(found.program))
            calls_needed.append(calls)
            said = f"{calls} calls, {found.original} reduced to {len(found.program)}{right}"
            print(f"found   {fault.name:32} {fault.clause} {said}", flush=True)
    found_count = len(table) - len(missed)
    print(f"{found_count} of {len(table)} faults found, in {time.monotonic() - begun:.0f} s")
    if lengths:
        print(
            f"calls needed: median {statistics.median(calls_needed)}, most {max(calls_needed)}; "
            f"reduced programs: median {statistics.median(lengths)} calls, longest {max(lengths)}"
        )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
