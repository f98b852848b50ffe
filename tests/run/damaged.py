"""Streams damaged, mixed and forged: each case keeps its verdict, or is lost.

A program of few cases is simulated, so that a stream is judged in a millisecond or two. One case
in three diverges: a verdict may turn neither good nor bad. Run as a program it judges as many
streams as requested, in as many processes as there are processors:

    python tests/run/damaged.py 1000000 [SEED]
"""

from __future__ import annotations

import multiprocessing
import os
import random
import secrets
import sys
import time
from collections import Counter
from dataclasses import dataclass

from damage_kinds import ENDINGS, MIXED, OWN, World, judge, verdicts, world
from zxhil.oracle.results import CaseEndKind
from zxhil.run.ending import Ending


@dataclass(frozen=True)
class Stream:
    """A damaged stream: what was done to it, and how it is read.

    `nonce` is None for a log alone, in which nobody but the stream itself names it.
    """

    what: str
    nonce: int | None
    pieces: tuple[bytes, ...]
    ending: Ending


def damaged(world: World, chance: random.Random) -> Stream:
    """The stream with one to three things done to it, read whole or as a line brings it."""
    data, names = world.own, []
    nonce = None if chance.random() < 0.2 else world.nonce
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        kind = chance.choice(OWN if nonce is None else OWN + MIXED)
        if data:
            data = kind(world, data, chance)
        names.append(kind.__name__)
    size = (chance.choice((999, 250, 31, 7)) if chance.random() < 0.1 else len(data)) or 1
    pieces = tuple(data[n : n + size] for n in range(0, len(data), size))
    names.append("alone" if nonce is None else f"pieces of {size}")
    return Stream("+".join(names), nonce, pieces, chance.choice(ENDINGS))


def fault(world: World, stream: Stream) -> tuple[str, Counter[str]]:
    """What is wrong with the verdicts of a damaged stream, empty if nothing is; and the ends."""
    seen = verdicts(judge(stream.nonce, stream.pieces, stream.ending))
    ends: Counter[str] = Counter()
    for name, verdict in seen.items():
        ends[verdict[0].value] += 1
        if name not in world.truth:
            return f"{name} is no case", ends
        if verdict[0] is not CaseEndKind.LOST and verdict != world.truth[name]:
            return f"{name}: {verdict} and not {world.truth[name]}", ends
    return "", ends


@dataclass
class Tally:
    """What came of many streams."""

    streams: int = 0
    seconds: float = 0.0
    ends: Counter[str] | None = None
    faults: tuple[str, ...] = ()


def many(seed: str, count: int) -> Tally:
    """Judge `count` streams; a new world for every 200."""
    chance = random.Random(seed)
    tally = Tally(ends=Counter())
    assert tally.ends is not None
    here = world(chance)
    for number in range(count):
        if number % 200 == 0:
            here = world(chance)
        stream = damaged(here, chance)
        began = time.perf_counter()
        problem, ends = fault(here, stream)
        tally.seconds += time.perf_counter() - began
        tally.streams += 1
        tally.ends += ends
        if problem:
            tally.faults = (
                *tally.faults,
                f"seed {seed}, stream {number} ({stream.what}): {problem}",
            )
    return tally


def _chunk(args: tuple[str, int]) -> Tally:
    return many(*args)


def main(count: int, seed: str) -> int:
    """Judge `count` streams in all processes there are; print what came of them."""
    size = 5000
    chunks = [(f"{seed}-{n}", min(size, count - n)) for n in range(0, count, size)]
    done, seconds, ends, faults = 0, 0.0, Counter[str](), 0
    with multiprocessing.Pool(os.cpu_count()) as pool:
        for tally in pool.imap_unordered(_chunk, chunks):
            done += tally.streams
            seconds += tally.seconds
            ends += tally.ends or Counter()
            faults += len(tally.faults)
            print(*tally.faults, sep="\n", end="\n" if tally.faults else "")
            each = seconds / done * 1e3
            print(f"{done} streams, {faults} false, {each:.2f} ms each", flush=True)
    each = seconds / max(done, 1) * 1e3
    said = ", ".join(f"{number} {end}" for end, number in sorted(ends.items()))
    print(f"seed {seed}: {done} streams, {faults} false verdicts, {each:.2f} ms each; {said}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else secrets.token_hex(4)))
