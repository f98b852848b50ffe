"""The result of a call, and all results of one boot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from zxhil.abi.info import HandleBasic, handle_basic
from zxhil.abi.objects import InfoTopic
from zxhil.abi.status import Status
from zxhil.errors import UserError
from zxhil.live.spelling import Spelt
from zxhil.live.values import Handle
from zxhil.model.judge import VerdictKind, reached
from zxhil.model.state import State
from zxhil.oracle.judging import divergence, words
from zxhil.oracle.results import Divergence, JudgedCall
from zxhil.oracle.sentence import Judged
from zxhil.trace.events import BootstrapHandle, CallTable, Event, KernelVersion, ProgramStart


class NoSuchCallError(UserError, AttributeError):
    """An unknown attribute of a kernel."""


class Result:
    """A call that returned. Iterating over it yields the handles that it returned.

    `number` counts the calls of this boot from 0. `data` are the bytes that arrived. Outputs are
    attributes by their parameter's name: ``result.observed``.
    """

    def __init__(self, number: int, spelt: Spelt, judged: Judged, handles: tuple[Handle, ...]):
        self.number = number
        self.spelt = spelt
        self.handles = handles
        self.data = b""
        self._judged = judged

    @property
    def status(self) -> int:
        """The status: a `Status` if a header names it."""
        status = self._judged.outcome.status
        return Status(status) if status in Status.__members__.values() else status

    @property
    def outs(self) -> Mapping[str, Any]:
        """What was written through each parameter, decoded."""
        return self._judged.outcome.outs

    @property
    def verdict(self) -> VerdictKind:
        """The kind of the verdict, including later observations."""
        return self._judged.verdict.revised().kind

    @property
    def allowed(self) -> tuple[str, ...]:
        """The names of the statuses that the page allowed."""
        return self._judged.verdict.allowed.names

    @property
    def call(self) -> JudgedCall:
        """The call as text."""
        return words(self._judged)

    @property
    def reached(self) -> tuple[str, ...]:
        """The clauses whose condition held."""
        return tuple(clause.id for clause in reached(self._judged.verdict.allowed))

    @property
    def divergence(self) -> Divergence | None:
        """The divergence, if there is one."""
        return divergence(self._judged) if self.verdict.diverges else None

    @property
    def info(self) -> HandleBasic | None:
        """The record of ZX_INFO_HANDLE_BASIC, if that was the topic."""
        raw = self.outs.get("buffer")
        basic = self.spelt.values.get("topic") == InfoTopic.HANDLE_BASIC
        return handle_basic(raw) if basic and isinstance(raw, bytes) else None

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in self.outs:
            return self.outs[name]
        raise NoSuchCallError(
            f"the result of zx_{self.spelt.syscall.name}",
            f"has no {name!r}",
            f"it has status, handles, data, verdict, allowed, {', '.join(self.outs)}",
        )

    def __dir__(self) -> list[str]:
        return [name for name in (*object.__dir__(self), *self.outs) if not name.startswith("_")]

    def __iter__(self) -> Iterator[Handle]:
        return iter(self.handles)

    def __len__(self) -> int:
        return len(self.handles)

    def __getitem__(self, index: int) -> Handle:
        return self.handles[index]

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        call = self.call
        return f"[{self.number}] {call.text} -> {call.status}: {call.verdict.value}"


@dataclass(slots=True)
class Dialogue:
    """The session of one boot: the guest's greeting, and the calls."""

    arch: str = ""
    version: str | None = None
    absent: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()
    """Of these, those that the vDSO has, and that may take other arguments."""
    bootstrap: list[BootstrapHandle] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    state: State = field(default_factory=State)
    unreturned: Spelt | None = None
    """The call that the boot ended in."""
    second: frozenset[int] = frozenset()
    """The calls that a second thread made, by number."""

    def heard(self, event: Event) -> None:
        """Handle the guest's greeting."""
        match event:
            case ProgramStart(arch):
                self.arch = arch.value
                self.bootstrap.clear()
            case KernelVersion(version):
                self.version = version
            case CallTable(_, absent, unsure):
                self.absent, self.unsure = absent | unsure, unsure
            case BootstrapHandle():
                self.bootstrap.append(event)
            case _:
                """A call's own records."""

    def seen(self) -> tuple[str, ...]:
        """The clauses whose effect was observed, or was missing."""
        return tuple(sorted(self.state.seen))
