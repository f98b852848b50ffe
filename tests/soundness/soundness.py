"""Plays long random sequences against the oracle; nobody may be accused.

    python tests/soundness/soundness.py --calls 10000000 --jobs 2

Each sequence has a number, from which it can be played again (`--only N`).
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

from caller import Caller
from reference import NAMES, Reference
from zxhil.abi.calls import AnyCall
from zxhil.abi.kinds import BytesPointer
from zxhil.abi.sample import Sample
from zxhil.model.clause import Outcome
from zxhil.model.judge import Verdict, VerdictKind, judge
from zxhil.model.pages import load
from zxhil.model.state import State
from zxhil.oracle.render import call_text, outcome_text
from zxhil.oracle.simulate import BOOTSTRAP

LENGTH = 120
SHOWN = 12


class Accused(NamedTuple):
    """A call that was wrongly accused, and everything before it."""

    sequence: int
    calls: list[tuple[AnyCall, Outcome]]
    verdict: Verdict

    def __str__(self) -> str:
        lines = [f"sequence {self.sequence}, the last of {len(self.calls)} calls:"]
        for call, outcome in self.calls[-SHOWN:]:
            name = NAMES[type(call)]
            lines.append(f"  {call_text({}, name, call)}: {outcome_text({}, name, call, outcome)}")
        blamed = [clause.id for clause in self.verdict.blamed]
        kind, got = self.verdict.kind.value, self.verdict.got
        lines.append(f"  {kind}, blamed {blamed}, got {got!r}")
        lines.append(f"  allowed {self.verdict.allowed.names}")
        return "\n".join(lines)


def as_older_recorder(call: AnyCall, outcome: Outcome) -> tuple[AnyCall, Outcome]:
    """The same with a CRC-32 in place of bytes, as a trace of version 2 had them."""

    def older(value: object) -> object:
        if isinstance(value, BytesPointer) and value.content is not None:
            return value._replace(content=Sample(b"", value.content.crc()))
        return Sample(b"", value.crc()) if isinstance(value, Sample) else value

    outs = {name: older(value) for name, value in outcome.outs.items()}
    return type(call)(*map(older, call)), Outcome(outcome.status, outs)


def play(number: int, length: int = LENGTH) -> Accused | int:
    """Play one sequence; returns how many calls it made, or the one that was accused."""
    rng = random.Random(number)
    given = tuple(BOOTSTRAP.values())
    kernel = Reference(rng, [(b.value, b.type, b.rights, b.koid) for b in given])
    caller = Caller(rng, kernel, curious=number % 3 == 0)
    state = State(given)
    made: list[tuple[AnyCall, Outcome]] = []
    for _ in range(length if number % 10 else length * 10):
        call, full = caller.draw()
        began = kernel.now
        outcome = Outcome(*kernel.call(call, full))
        if number % 4:
            state.began, state.ended = began, kernel.now
        if number % 7 == 0:
            call, outcome = as_older_recorder(call, outcome)
        made.append((call, outcome))
        verdict = judge(load(NAMES[type(call)]), state, call, outcome)
        if verdict.kind is not VerdictKind.CONFORMS:
            return Accused(number, made, verdict)
    return len(made)


def play_many(numbers: range) -> tuple[int, list[Accused]]:
    """Play sequences; returns how many calls they made, and the first few false accusations."""
    calls, accused = 0, []
    for number in numbers:
        played = play(number)
        if isinstance(played, Accused):
            accused.append(played)
            calls += len(played.calls)
        else:
            calls += played
    return calls, accused


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first sequence")
    parser.add_argument("--only", type=int, help="play this sequence, and show it")
    options = parser.parse_args()
    if options.only is not None:
        print(play(options.only))
        return 0
    begun = time.monotonic()
    calls, wrong, first, step = 0, 0, options.first, 50
    with ProcessPoolExecutor(options.jobs) as pool:
        while calls < options.calls and wrong < 20:
            parts = [
                range(first + i * step, first + (i + 1) * step) for i in range(options.jobs * 4)
            ]
            first += step * len(parts)
            for made, accused in pool.map(play_many, parts):
                calls += made
                wrong += len(accused)
                for each in accused[:1]:
                    print(each, file=sys.stderr)
            said = f"{calls} calls, {wrong} accused, {time.monotonic() - begun:.0f} s"
            print(said, file=sys.stderr, flush=True)
    seconds = time.monotonic() - begun
    print(f"{calls} calls in {first - options.first} sequences, {wrong} accused, {seconds:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
