"""The one loop over a machine's stream: bytes, what the kernel said in them, and the end."""

from __future__ import annotations

import enum
import shlex
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from zxhil.errors import MachineError, UserError
from zxhil.machine.limits import Limit, Passed, Watch
from zxhil.machine.machine import Machine
from zxhil.machine.monitor import Event, EventKind, Monitor
from zxhil.machine.params import refuse_old

# A kernel that panics prints its lines at once. After this much silence they are complete.
_SETTLE = 0.5
# After the harness was suspended, bytes that arrived in time are still in the pipe; two reads take
# all of them. A guest that floods the stream gets no more than that.
_OVERDUE_READS = 4


class EndKind(enum.StrEnum):
    """How a stream ended."""

    POWERED_OFF = "powered off"
    KERNEL = "kernel failed"
    LIMIT = "timed out"
    QEMU = "QEMU died"
    EXITED = "program ended"
    CUT = "line cut"


@dataclass(frozen=True, slots=True)
class End:
    """The end of a stream, described for a person, with its evidence.

    `event` is the kernel's failure for KERNEL, `passed` the limit for LIMIT, `exit_code`
    QEMU's if it ended by itself (negative: the signal). `evidence` is text from:
    the kernel's lines, or QEMU's stderr.
    """

    kind: EndKind
    text: str
    evidence: str = ""
    event: Event | None = None
    passed: Passed | None = None
    exit_code: int | None = None

    def error(self) -> MachineError:
        """Return the end as an error, for use where there can be no result."""
        return MachineError(self.text, self.evidence)


def listen(
    machine: Machine,
    watch: Watch,
    monitor: Monitor | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[bytes | Event | End]:
    """Yield the stream's bytes as they arrive, each kernel event, and finally one End.

    Every byte is yielded before the events found in it. The caller tells `watch` what it reads
    in the bytes. After End the machine still runs if the end is KERNEL or LIMIT; leave its
    `with` block, or kill it. Leaving the loop early is always fine. Time limits do not count what
    the machine waited for a processor of the host.

    Raises MachineError if the log cannot be written, after all bytes that came were yielded,
    and UserError if QEMU refused its options: it is too old, or the user gave a bad one.
    """
    watch.discount(lambda: machine.starved)
    return follow(machine.read, lambda: qemu_ended(machine), watch, monitor or Monitor(), clock)


def follow(
    read: Callable[[float], bytes | None],
    ended: Callable[[], End],
    watch: Watch,
    monitor: Monitor,
    clock: Callable[[], float] = time.monotonic,
    where: str = "on the serial port",
) -> Iterator[bytes | Event | End]:
    """Do what `listen` does with any stream.

    `read` is as `Machine.read`; `ended` tells the end after it returned b''. `where` says in
    words where nothing came, if nothing did before a limit passed.
    """
    overdue = 0
    while True:
        deadline = watch.deadline
        if monitor.gathering:
            deadline = min(deadline, clock() + _SETTLE)
        chunk = read(deadline)
        if chunk:
            watch.heard(len(chunk))
            yield chunk
            events = monitor.feed(chunk)
        else:
            events = monitor.finish()
        for event in events:
            yield event
            if event.kind.ends_machine:
                yield kernel_failed(event)
                return
        if chunk == b"":
            yield ended()
            return
        passed = watch.passed()
        overdue = overdue + 1 if passed is not None else 0
        flooded = passed is not None and passed.limit in (Limit.OUTPUT, Limit.RECORDS)
        if passed is not None and (chunk is None or flooded or overdue >= _OVERDUE_READS):
            yield _limit_passed(passed, where if watch.silent else "")
            return


_KERNEL_ENDS = {
    EventKind.PANIC: "the kernel panicked",
    EventKind.REBOOT: "the kernel rebooted unexpectedly",
    EventKind.USERBOOT: "userboot could not start the program",
    EventKind.OUT_OF_MEMORY: "the kernel ran out of memory",
    EventKind.HALT: "the kernel halted after its last process exited",
}


def kernel_failed(event: Event) -> End:
    """The end for an event whose kind ends the machine."""
    return End(EndKind.KERNEL, _KERNEL_ENDS[event.kind], event.text, event=event)


def _limit_passed(passed: Passed, nothing: str) -> End:
    text = f"{passed.text}: nothing came {nothing}" if nothing else passed.text
    return End(EndKind.LIMIT, text, passed=passed)


def _refuse_args(machine: Machine) -> None:
    """Raise UserError if QEMU did not start and the user gave it arguments."""
    if machine.boot.user_args and not machine.serial_size:
        raise UserError(
            f"--qemu-arg {shlex.join(machine.boot.user_args)}",
            f"QEMU does not start: {machine.stderr.strip()}",
            "correct the argument, or remove it",
        )


def qemu_ended(machine: Machine) -> End:
    """The end of a machine whose stream has ended."""
    code = machine.wait_exit()
    if machine.powered_off:
        return End(EndKind.POWERED_OFF, "the machine powered off", exit_code=code)
    if code == 1 and machine.stderr:
        refuse_old(machine.params)
        _refuse_args(machine)
    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    return End(EndKind.QEMU, f"QEMU {how}", machine.stderr.strip(), exit_code=code)
