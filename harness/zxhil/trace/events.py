"""What a guest test did, decoded: one named tuple for each record of docs/trace.md."""

from __future__ import annotations

from typing import NamedTuple

from zxhil.abi.arch import Arch
from zxhil.abi.calls import AnyCall
from zxhil.abi.kinds import OutValue
from zxhil.trace.frame import Damage, Foreign


class ProgramStart(NamedTuple):
    """`V`: a guest test begins. `nonce` is 0 for a trace of version 1, which has none."""

    arch: Arch
    program: str
    cases: int
    offset: int
    nonce: int = 0


class KernelVersion(NamedTuple):
    """`K`: what zx_system_get_version says; None if the vDSO has no such call."""

    version: str | None


class CallTable(NamedTuple):
    """`D`: the calls by slot; `absent` are those that this kernel's vDSO lacks.

    `unsure` are those that it has, maybe with another prototype: they are not called.
    """

    names: tuple[str, ...]
    absent: frozenset[str]
    unsure: frozenset[str] = frozenset()


class KernelAge(NamedTuple):
    """`G`: the date range of the kernel (numbers like 20180731) according to its vDSO, and the
    calls that bound it; NEVER and 0 mean no bound.
    """

    earliest: int
    latest: int
    earliest_by: str
    latest_by: str


class BootstrapHandle(NamedTuple):
    """`H`: a handle that a process was started with, and what the kernel said of it.

    `process` is 0 for the program's first process, whose handles come in the bootstrap message.
    The value is one of that process's handle table.
    """

    info: int
    handle: int
    type: int
    rights: int
    koid: int
    related_koid: int
    process: int = 0


class CaseStart(NamedTuple):
    """`B`: a case begins."""

    case: int
    name: str
    offset: int


class ThreadStarted(NamedTuple):
    """`T`: the first record of a thread that a case started, from that thread.

    `thread` is a number that no other thread of this case has; the program's first thread is 0.
    `process` is 0 for the program's first process, else the number of a process that the case
    started.
    """

    thread: int
    process: int
    offset: int


class NoReturn(NamedTuple):
    """`N`: the next call of this thread is not supposed to return."""

    thread: int
    offset: int


class CallMade(NamedTuple):
    """`C`: a call is about to be made.

    `thread` is the thread that makes it. `time` is the monotonic clock in nanoseconds, 0 if the
    trace has none (before version 4).
    """

    name: str
    call: AnyCall
    offset: int
    thread: int = 0
    time: int = 0


class CallReturned(NamedTuple):
    """`R`: it returned. `outs` maps the parameters that it writes through to their values.

    A call without a status succeeded; `outs` has the value that it returned under `RETURN`.
    `unwritten` are those that still had the recorder's pattern, with that value: in `outs`
    they are None. `thread` and `time` are as those of `CallMade`.
    """

    status: int
    outs: dict[str, OutValue]
    unwritten: tuple[tuple[str, OutValue], ...] = ()
    thread: int = 0
    time: int = 0


class CaseEnd(NamedTuple):
    """`E`: the case's end was reached, after `calls` calls."""

    case: int
    calls: int
    offset: int


class CaseSkipped(NamedTuple):
    """`S`: the kernel lacks `missing` (a call, or ``@`` and a bootstrap handle)."""

    case: int
    name: str
    missing: str
    offset: int


class Answer(NamedTuple):
    """`A`: replies of the shell's guest that are not calls (docs/shell.md)."""

    sequence: int | None
    what: str
    data: str


class ProgramEnd(NamedTuple):
    """`Z`: the program ended, after `cases` cases."""

    cases: int
    offset: int


Event = (
    ProgramStart
    | KernelVersion
    | CallTable
    | KernelAge
    | BootstrapHandle
    | CaseStart
    | ThreadStarted
    | NoReturn
    | CallMade
    | CallReturned
    | CaseEnd
    | CaseSkipped
    | Answer
    | ProgramEnd
    | Foreign
    | Damage
)
