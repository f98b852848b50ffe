"""Random calls on a running kernel, through the shell's interpreter, each judged at once.

    python tests/soundness/live.py --arch x64 --calls 100000
    python tests/soundness/live.py --image PATH --known zircon-2018-12 --calls 10000

The stand-in keeps to its pages: none of its calls may be accused. What a real kernel is accused of
beyond its known divergences is shown, with the calls before it, for somebody to look at. The guest
lives by its own handles: those that it was started with are not passed on, closed or replaced.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from caller import Caller
from reference import NAMES
from zxhil.abi.arch import Arch
from zxhil.abi.calls import AnyCall
from zxhil.abi.kinds import BytesPointer, Memory, OutPointer
from zxhil.abi.objects import ObjType
from zxhil.image.find import load
from zxhil.known.load import load as load_known
from zxhil.known.match import FileClauses
from zxhil.live.boot import BootTarget, connector
from zxhil.live.kernel import LiveKernel
from zxhil.live.line import GoneError
from zxhil.live.values import POINTERS
from zxhil.model.interrupts import Interrupt
from zxhil.model.objects import Channel, KernelObject, Socket
from zxhil.model.packets import KernelPort
from zxhil.model.state import State
from zxhil.standin import build

BOOT = 2000
"""Calls in one boot: the model is not to grow without end."""


class Waited(NamedTuple):
    """An asynchronous wait of a port: the handle that it was registered with."""

    value: int


class Seen(NamedTuple):
    """An object as the drawing of calls needs it."""

    type: ObjType
    options: int
    queue: list[Any]
    shares: list[Any]
    data: list[Any]
    control: list[Any]
    waits: list[Waited]


class Held(NamedTuple):
    """A handle as the drawing of calls needs it."""

    object: Seen


def seen(object_: KernelObject) -> Seen:
    """Take from the model what there is of an object."""
    queue = list(object_.queue) if isinstance(object_, Channel) else []
    shares = [s for s in object_.shares if s.present.value] if isinstance(object_, Socket) else []
    data = list(object_.data.chunks) if isinstance(object_, Socket) else []
    options = (object_.options or 0) if isinstance(object_, Socket) else 0
    waits = object_.waits if isinstance(object_, KernelPort) else []
    live = [Waited(wait.entry.value) for wait in waits if wait.entry.live.value]
    return Seen(object_.type, options, queue, shares, data, [], live)


class Running:
    """What `Caller` asks of a kernel, from the oracle's model of a running one."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.own = frozenset(state.table)
        self.bytes: dict[int, bytes] = {}
        self.table: dict[int, Held] = {}

    def look(self) -> None:
        """Bring `table`, the handles that live as far as the model knows, up to date."""
        found = {}
        for value, entry in self._state.table.items():
            object_ = entry.object.value
            if entry.live.value and object_ is not None:
                found[value] = Held(seen(object_))
        self.table = found

    def hangs(self, name: str, call: AnyCall) -> bool:
        """Might the call never return? The caller is the only thread."""
        if name != "interrupt_wait":
            return False
        object_ = self._state.object(call.handle)  # type: ignore[union-attr]
        if not isinstance(object_, Interrupt):
            return False
        return not (object_.triggered.value and object_.bound.value is False)

    @property
    def now(self) -> int:
        """The time of the last record."""
        return self._state.ended

    @property
    def dead(self) -> list[int]:
        """Handles that are closed, as far as the model knows."""
        return [value for value, e in self._state.table.items() if e.live.value is False]

    @property
    def koids(self) -> list[int]:
        """The koids that the kernel reported."""
        return list(self._state.by_koid)


def spelt(call: AnyCall, full: list[Any], data: dict[int, bytes]) -> dict[str, Any]:
    """A drawn call, as the interpreter takes it."""
    given: dict[str, Any] = {}
    pointers = {
        Memory.NULL: None,
        Memory.INVALID: POINTERS["unmapped"],
        Memory.READABLE: POINTERS["read_only"],
    }
    for name, value in zip(call._fields, call, strict=True):
        if isinstance(value, OutPointer):
            if not value.aligned:
                given[name] = POINTERS["misaligned"]
            elif value.memory in pointers:
                given[name] = pointers[value.memory]
        elif isinstance(value, int):
            given[name] = value
        elif value.memory in (Memory.NULL, Memory.INVALID):
            given[name] = pointers[value.memory]
        elif isinstance(value, BytesPointer):
            given[name] = data.get(value.content.crc() if value.content else 0, b"")
        elif not full and getattr(value, "values", ()):
            given[name] = value.values[0]
        else:
            given[name] = full
    return given


def spares(call: AnyCall, full: list[Any], own: frozenset[int]) -> bool:
    """Does the call leave the handles alone that the guest lives by?"""
    name = type(call).__name__
    listed = {entry[1] if isinstance(entry, tuple) else entry for entry in full}
    if listed & own:
        return False
    first = call[0] if call else None
    if name in ("HandleClose", "HandleReplace") and first in own:
        return False
    return not (name == "SocketShare" and call.socket_to_share in own)  # type: ignore[union-attr]


def writable(call: AnyCall) -> bool:
    """Can the kernel write each output of the call?"""
    pointers = [value for value in call if isinstance(value, OutPointer)]
    return all(p.memory is Memory.WRITABLE for p in pointers)


def play(
    kernel: LiveKernel, number: int, calls: int, spared: frozenset[str] = frozenset()
) -> tuple[int, Counter[str]]:
    """Make calls in one boot; returns how many, and what was accused how often."""
    rng = random.Random(number)
    state = kernel._dialogue.state
    running = Running(state)
    caller = Caller(rng, running, curious=number % 2 == 0)  # type: ignore[arg-type]
    accused: Counter[str] = Counter()
    made = 0
    while made < calls:
        running.look()
        call, full = caller.draw()
        if not spares(call, full, running.own):
            continue
        name = NAMES[type(call)]
        if name in kernel._dialogue.absent or (name in spared and not writable(call)):
            continue
        result = getattr(kernel, name)(**spelt(call, full, running.bytes))
        made += 1
        found = result.divergence
        if found is not None and (not found.blamed or found.blamed[0] not in state.known_clauses):
            key = f"{found.kind.value}: {', '.join(found.blamed[:2]) or name}"
            accused[key] += 1
            if accused[key] == 1:
                show(kernel, key)
    return made, accused


def of_pair(kernel: LiveKernel, handle: int) -> list[int]:
    """The handles to the object of `handle`, and to the other end of its pair."""
    object_ = kernel._dialogue.state.object(handle)
    peer = getattr(object_, "peer", None)
    handles = [
        entry.value for side in (object_, peer) if side is not None for entry in side.handles
    ]
    return [handle, *handles]


def show(kernel: LiveKernel, key: str) -> None:
    """Print the calls before one that was accused."""
    print(f"boot of {kernel.version}: {key}", file=sys.stderr)
    last = kernel.calls[-1]
    handle = last.spelt.values.get("handle")
    for result in kernel.calls:
        text = result.call.text
        about = isinstance(handle, int) and any(f"{h:#x}" in text for h in of_pair(kernel, handle))
        if about or result.number > last.number - 8:
            print(f"  [{result.number}] {text} -> {result.call.status}", file=sys.stderr)
    text = "" if last.divergence is None else last.divergence.text
    print(f"  {text}; allowed: {', '.join(last.allowed)}", file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arch", type=Arch, choices=list(Arch), default=Arch.X64)
    parser.add_argument("--image", type=Path)
    parser.add_argument("--known", type=Path)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--spare", action="append", default=[], help="no bad outputs for CALL")
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    known = None if options.known is None else FileClauses(load_known(options.known))
    accused: Counter[str] = Counter()
    made, number, gone, begun = 0, options.first, 0, time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        image = load(options.image or build(options.arch), options.arch)
        target = BootTarget(image, Path(scratch))
        kernel = LiveKernel(connector(target), 60.0)
        try:
            while made < options.calls:
                state = kernel._dialogue.state
                if known is not None:
                    every = {c for e in known._file.entries for c in e.clause}
                    state.known_clauses = frozenset(every)
                try:
                    count, found = play(
                        kernel, number, min(BOOT, options.calls - made), frozenset(options.spare)
                    )
                    made += count
                    accused += found
                except GoneError as error:
                    gone += 1
                    print(f"boot {number}: {error}", file=sys.stderr)
                    if gone > 20:
                        break
                number += 1
                said = f"{made} calls in {number - options.first} boots, {accused.total()} accused"
                print(said, file=sys.stderr, flush=True)
                kernel.reboot()
        finally:
            kernel.close()
    seconds = time.monotonic() - begun
    print(f"{made} calls in {number - options.first} boots, {gone} of them lost, {seconds:.0f} s")
    for key, count in accused.most_common():
        print(f"{count:6} {key}")
    return 1 if accused else 0


if __name__ == "__main__":
    sys.exit(main())
