"""Jobs, processes and threads as kernel objects, and what keeps one suspended."""

from __future__ import annotations

from typing import NamedTuple

from zxhil.abi.objects import ObjType
from zxhil.model.clause import Clause
from zxhil.model.facts import Fact
from zxhil.model.objects import KernelObject

TASKS = (ObjType.JOB, ObjType.PROCESS, ObjType.THREAD)


class KernelTask(KernelObject):
    """A job, a process, or a thread that was created, and not started.

    What nothing is known of has no value: `begin_unknown`.
    """

    __slots__ = (
        "bound",
        "closed",
        "code",
        "doomed",
        "ended",
        "frozen",
        "keepers",
        "keys",
        "policies",
        "port",
        "reported_to",
        "resumed",
        "started",
        "tokens",
    )

    def __init__(self, type_: ObjType, koid: int | None = None) -> None:
        super().__init__(type_, koid)
        self.started: Fact[bool] = Fact(False)
        self.ended: Fact[bool] = Fact(False)
        """Is it dead? It may be, without a value, from when it was started or killed."""
        self.doomed = False
        """It was killed, or its parent, or its last thread: it dies at some time."""
        self.closed: Fact[bool] = Fact(False)
        """A job that can no longer be used to create processes."""
        self.code: Fact[int] = Fact(None)
        """A process's return code."""
        self.bound: Fact[bool] = Fact(False)
        self.port: KernelObject | None = None
        """The port that its exception port is, where that is `bound`."""
        self.reported_to: KernelObject | None = None
        """The port to which an exception was reported that the thread waits in."""
        self.resumed: Fact[bool] = Fact(None)
        """Did a thread go on that was resumed from an exception?"""
        self.keepers: tuple[SuspendToken, ...] = ()
        """The tokens that keep a thread from running that was started while it was suspended."""
        self.keys: tuple[tuple[KernelObject, int], ...] = ()
        """Each port that was bound to it, with the key of that."""
        self.frozen: dict[tuple[int, int], Frozen] = {}
        """Kind and size of a thread's state, and what is known of it."""
        self.tokens: list[SuspendToken] = []
        self.policies: dict[int, Fact[int]] = {}
        """What is known of a job's policies: condition, action."""

    def begin_unknown(self) -> None:
        """Nothing is known of its state."""
        for fact in (self.started, self.ended, self.closed, self.bound):
            fact.value = None


class Frozen(NamedTuple):
    """Some bytes of a thread's state: they stay as long as one of `tokens` is held."""

    part: Fact[bytes]
    tokens: tuple[SuspendToken, ...]


class SuspendToken(KernelObject):
    """What keeps a task suspended; `seen` while it did so: that a thread was suspended."""

    __slots__ = ("promise", "seen", "task")

    def __init__(self, task: KernelTask | None, promise: Clause | None) -> None:
        super().__init__(ObjType.SUSPEND_TOKEN)
        self.task = task
        self.promise = promise
        self.seen: list[KernelTask] = []
