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
    """`H`: a handle of the bootstrap message, and what the kernel said of it."""

    info: int
    handle: int
    type: int
    rights: int
    koid: int
    related_koid: int


class CaseStart(NamedTuple):
    """`B`: a case begins."""

    case: int
    name: str
    offset: int


class CallMade(NamedTuple):
    """`C`: a call is about to be made."""

    name: str
    call: AnyCall
    offset: int


class CallReturned(NamedTuple):
    """`R`: it returned. `outs` maps the parameters that it writes through to their values.

    A call without a status succeeded; `outs` has the value that it returned under `RETURN`.
    `unwritten` are those that still had the recorder's pattern, with that value: in `outs`
    they are None.
    """

    status: int
    outs: dict[str, OutValue]
    unwritten: tuple[tuple[str, OutValue], ...] = ()


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
    | CallMade
    | CallReturned
    | CaseEnd
    | CaseSkipped
    | Answer
    | ProgramEnd
    | Foreign
    | Damage
)
