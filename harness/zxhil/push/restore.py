"""The saved state of a machine, and a machine that is put back to it."""

from __future__ import annotations

from dataclasses import dataclass

from zxhil.guest.suite import Suite
from zxhil.machine import snapshot
from zxhil.machine.boot import Boot
from zxhil.machine.machine import Machine
from zxhil.machine.ram import Part, SharedRam
from zxhil.push.transport import Job

TAG = "start"


@dataclass(frozen=True, slots=True)
class SavedState:
    """What was saved: QEMU's snapshot file, the memory, where in it jobs go, and the machine.

    `offsets` are those of the trace's pages in the memory.
    """

    disk: bytes
    memory: tuple[Part, ...]
    places: tuple[int, ...]
    boot: Boot
    suite: Suite
    log: str
    offsets: tuple[int, ...]

    def put_back(self, ram: SharedRam, load: Job) -> None:
        """Make the memory of a paused machine the saved one, with a program to run."""
        ram.put_back(self.memory)
        for place, data in self.suite.patches(self.places, load.program, load.selected, load.nonce):
            ram.map[place : place + len(data)] = data


def put_back(machine: Machine, state: SavedState, load: Job) -> None:
    """Restore the saved state, paused, with a program to run. Raises MachineError if QEMU can't."""
    snapshot.restore(machine.qmp(), TAG)
    # Last: a reset, which is part of restoring, writes boot data to the memory.
    state.put_back(ram_of(machine), load)


def ram_of(machine: Machine) -> SharedRam:
    """The memory of a machine that shares it."""
    assert machine.ram is not None
    return machine.ram
