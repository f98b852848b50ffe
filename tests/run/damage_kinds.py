"""A stream of a simulated program, and what can happen to one on a line."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import line_damage
from zxhil.abi.calls import CALLS
from zxhil.abi.runtime import NONCES
from zxhil.abi.status import Status
from zxhil.machine.listen import EndKind
from zxhil.model.page import Outcome
from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.order import Order
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.oracle.simulate import Simulation
from zxhil.run.ending import FINISHED, LOG_ENDS, Ending
from zxhil.run.judging import Judging, together
from zxhil.trace.encode import TraceWriter
from zxhil.trace.records import TraceReader
from zxhil.trace.wire import encode

PROGRAM = "simulated"
NAMES = ("good", "bad", "fine", "skipped", "worse", "last")
ASKED = dict(enumerate(NAMES))
INFOS = {name: CaseInfo(PROGRAM, name, (), "") for name in NAMES}
#: None of these says that a case crashed: what is missing is what the stream lost.
ENDINGS = (
    Ending(EndKind.QEMU.value, "QEMU was killed by signal 9"),
    Ending(EndKind.POWERED_OFF.value, "the machine powered off"),
    Ending(EndKind.CUT.value, "the line was cut"),
    Ending(FINISHED, "the program finished"),
    Ending(LOG_ENDS, "the log ends here"),
)

KERNEL = (
    b"[00012.345] 01024.01029> a line of the kernel's log\r\n",
    b"KERN: fatal page fault in user thread\r\n",
    b"~\r\n",
    b"~00003B0 g12345678\r\n",
    b"\x1b]0;owned\x07\x1b[2J\r\n",
    b"\r\n" * 3,
    b"\0\xff\xfe" * 9 + b"\n",
)

Verdict = tuple[CaseEndKind, tuple[str, ...]]
Kind = Callable[["World", bytes, random.Random], bytes]


@dataclass(frozen=True)
class World:
    """The stream under test, and what may get into it: all of one seed."""

    nonce: int
    own: bytes
    truth: dict[str, Verdict]
    others: tuple[bytes, ...]
    """The same program on a kernel that does all right and on one that does all wrong, with other
    nonces, and in version 1; and another program."""


def make(nonce: int, wrong: Sequence[str], program: str = PROGRAM) -> bytes:
    """A run of the program in which the cases `wrong` diverge."""
    simulation = Simulation(program, cases=len(NAMES), nonce=nonce)
    writer = simulation.writer
    for name in NAMES:
        if name == "skipped":
            writer.skip(NAMES.index(name), name, "socket_share")
            simulation._cases += 1
            continue
        with simulation.case(name) as k:
            (event,) = k.event_create()
            call = k.make("handle_close", handle=event)
            if name in wrong:
                k.observe(call, Outcome(Status.ZX_ERR_ACCESS_DENIED, {}))
            else:
                k.perform(call)
    writer.finish(len(NAMES) - 1)
    return simulation.take().replace(b"\n", b"\r\n")


def world(chance: random.Random) -> World:
    """Everything anew, nonces too."""
    nonces = chance.sample(range(1, NONCES), 4)
    # Nonces near to ours: one bit away, or the number of another round of ours.
    near = [
        (nonces[0] ^ 1 << chance.randrange(NONCES.bit_length() - 1)) or 1,
        (nonces[0] + chance.choice((1, -1, 2, 16, 4096))) % NONCES or 1,
    ]
    wrong = [name for name in NAMES if chance.random() < 0.4 and name != "skipped"]
    own = make(nonces[0], wrong)
    truth = verdicts(judge(nonces[0], [own], ENDINGS[0]))
    assert len(truth) == len(NAMES)
    others = (
        make(nonces[1], ()),
        make(nonces[2], NAMES),
        make(0, ()),
        make(0, NAMES),
        make(nonces[3], (), "another"),
        make(near[0], chance.choice(((), NAMES))),
        make(near[1], chance.choice(((), NAMES))),
    )
    return World(nonces[0], own, truth, others)


def judge(nonce: int | None, pieces: Sequence[bytes], ending: Ending) -> dict[str, CaseResult]:
    """As `zxhil check` judges the log of a run, or without a nonce a log alone."""
    reader = TraceReader(nonce, program=PROGRAM, restarts=None if nonce else True)
    judging = Judging(reader, Oracle("", INFOS), Order(ASKED if nonce else None))
    for piece in pieces:
        judging.feed(piece)
    return together(judging.finish(ending))


def verdicts(results: dict[str, CaseResult]) -> dict[str, Verdict]:
    return {r.info.name: (r.end, tuple(d.text for d in r.divergences)) for r in results.values()}


# ---- what can happen to a stream


def _spot(data: bytes, chance: random.Random) -> int:
    return chance.randrange(len(data) + 1)


def _lines(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True)


def flip(world: World, data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3, 40))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def overwrite(world: World, data: bytes, chance: random.Random) -> bytes:
    at, piece = _spot(data, chance), chance.randbytes(chance.choice((1, 4, 30, 300)))
    return data[:at] + piece + data[at + len(piece) :]


def drop(world: World, data: bytes, chance: random.Random) -> bytes:
    at = _spot(data, chance)
    return data[:at] + data[at + chance.choice((1, 2, 17, 60, 250, 3000)) :]


def insert(world: World, data: bytes, chance: random.Random) -> bytes:
    at = _spot(data, chance)
    return data[:at] + chance.randbytes(chance.randrange(1, 200)) + data[at:]


def kernel_text(world: World, data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.choice((1, 1, 2, 9))):
        at = _spot(data, chance)
        data = data[:at] + chance.choice(KERNEL) * chance.choice((1, 1, 3)) + data[at:]
    return data


def repeat(world: World, data: bytes, chance: random.Random) -> bytes:
    start = _spot(data, chance)
    piece = data[start : start + chance.choice((1, 20, 100, 700, 5000))]
    at = chance.choice((start, _spot(data, chance)))
    return data[:at] + piece + data[at:]


def lines_gone(world: World, data: bytes, chance: random.Random) -> bytes:
    lines = _lines(data)
    start = chance.randrange(len(lines))
    del lines[start : start + chance.choice((1, 1, 2, 5, 20))]
    return b"".join(lines)


def lines_again(world: World, data: bytes, chance: random.Random) -> bytes:
    lines = _lines(data)
    start = chance.randrange(len(lines))
    at = chance.choice((start, chance.randrange(len(lines))))
    lines[at:at] = lines[start : start + chance.choice((1, 1, 2, 5, 20))]
    return b"".join(lines)


def lines_moved(world: World, data: bytes, chance: random.Random) -> bytes:
    lines = _lines(data)
    if chance.random() < 0.5:
        one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[one], lines[other] = lines[other], lines[one]
    else:
        start = chance.randrange(len(lines))
        part = lines[start : start + chance.choice((2, 3, 8, 30))]
        chance.shuffle(part)
        lines[start : start + len(part)] = part
    return b"".join(lines)


def cut(world: World, data: bytes, chance: random.Random) -> bytes:
    at = _spot(data, chance)
    return chance.choice((data[:at], data[at:], data[:at] + data, data + data[:at]))


def end_gone(world: World, data: bytes, chance: random.Random) -> bytes:
    """The last frames, whole: nothing but what does not come shows it."""
    lines = _lines(data)
    return b"".join(lines[: -chance.choice((1, 2, 4, 5, 6, 9, 20))])


def replay_start(world: World, data: bytes, chance: random.Random) -> bytes:
    """The version line, or all that comes before the first case, once more."""
    lines = _lines(world.own)
    first = lines[: chance.choice((1, 2, 3, 7))]
    at = chance.randrange(len(lines))
    mine = _lines(data)
    return b"".join(mine[:at] + first + mine[at:])


def mixed_bytes(world: World, data: bytes, chance: random.Random) -> bytes:
    return _mixed(data, chance.choice(world.others), chance, lambda: chance.randrange(1, 90))


def mixed_lines(world: World, data: bytes, chance: random.Random) -> bytes:
    mine, other = _lines(data), _lines(chance.choice(world.others))
    mixed: list[bytes] = []
    while mine and other:
        source = mine if chance.random() < 0.5 else other
        size = chance.choice((1, 1, 2, 6))
        mixed += source[:size]
        del source[:size]
    return b"".join([*mixed, *mine, *other])


def _mixed(one: bytes, other: bytes, chance: random.Random, size: Callable[[], int]) -> bytes:
    mixed, sources = bytearray(), [one, other]
    while all(sources):
        which, many = chance.randrange(2), size()
        mixed += sources[which][:many]
        sources[which] = sources[which][many:]
    return bytes(mixed) + sources[0] + sources[1]


def spliced(world: World, data: bytes, chance: random.Random) -> bytes:
    """Whole blocks of another run in the place of, before or after ours."""
    mine, other = _lines(data), _lines(chance.choice(world.others))
    start, size = chance.randrange(len(other)), chance.choice((1, 4, 12, len(other)))
    block = other[start : start + size]
    at = chance.choice((start, chance.randrange(len(mine) + 1)))
    gone = chance.choice((0, len(block)))
    return b"".join(mine[:at] + block + mine[at + gone :])


def another_first(world: World, data: bytes, chance: random.Random) -> bytes:
    other = chance.choice(world.others)
    return chance.choice((other + data, data + other, other[: _spot(other, chance)] + data))


def forged(world: World, data: bytes, chance: random.Random) -> bytes:
    """Frames of somebody who knows all but the nonce, in the middle of ours."""
    mine = _lines(data)
    at = chance.randrange(len(mine) + 1)
    nonce = chance.choice((0, chance.randrange(1, NONCES)))
    name = chance.choice(NAMES)
    index = NAMES.index(name)
    close = [call.name for call in CALLS].index("handle_close")
    bodies = (("B", f"{index:x} {name}"), ("C", f"{close:x} 0"), ("R", "0"), ("E", f"{index:x} 1"))
    kinds = chance.choice((bodies, bodies[3:], bodies[:1], bodies[2:3], (("Z", "5"),)))
    frames = [encode(at + n, kind, body, nonce) for n, (kind, body) in enumerate(kinds)]
    return b"".join(mine[:at] + frames + mine[at + chance.choice((0, len(frames))) :])


def _alone(change: line_damage.Change) -> Kind:
    def changed(world: World, data: bytes, chance: random.Random) -> bytes:
        return change(data, chance)

    changed.__name__ = change.__name__
    return changed


#: What happens to a stream without another's in it, and what another's brings.
OWN: tuple[Kind, ...] = (
    flip,
    overwrite,
    drop,
    insert,
    kernel_text,
    repeat,
    lines_gone,
    lines_again,
    lines_moved,
    cut,
    end_gone,
    replay_start,
    *map(_alone, line_damage.CHANGES),
)
MIXED: tuple[Kind, ...] = (mixed_bytes, mixed_lines, spliced, another_first, forged)


def hostile(world: World, chance: random.Random) -> bytes:
    """What a guest writes that knows its nonce: any records in any order."""
    writer = TraceWriter(world.nonce)
    writer.start("x64", PROGRAM, len(NAMES), kernel="hostile")
    for _ in range(chance.randrange(60)):
        index = chance.choice((0, 1, 2, 3, 4, 5, 6, 0xFFFFFFFF))
        name = chance.choice((*NAMES, "nobody", "\x1b[2J"))
        kind, body = chance.choice(
            (
                ("B", f"{index:x} {name}"),
                ("E", f"{index:x} 0"),
                ("S", f"{index:x} {name} @job"),
                ("V", f"2 x64 {PROGRAM} 6 {world.nonce:x}"),
                ("K", "\x1b]0;owned\x07 \u0080"[: chance.randrange(9)]),
                ("+", "a" * 200),
                ("R", "0"),
                ("Z", "5"),
                (chance.choice("ABCDEHKRSZ+"), chance.choice(("", "0", "0 0", "zz"))),
            )
        )
        if body.isascii():
            writer._frame(kind, body[:200])
    return writer.take()
