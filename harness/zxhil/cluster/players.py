"""The shares of an exploration's rounds that one worker plays, and the job that it is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from zxhil.cluster.content import PortableSetup, unpack
from zxhil.cluster.idle import Idle
from zxhil.cluster.sealed import packed_answer
from zxhil.errors import MachineError
from zxhil.explore.execute import Cancellation
from zxhil.explore.worker import Done, News, Round, Work, Worker
from zxhil.machine.scratch import scratch_folder

#: The kind of the line of an answer.
SHARE = "share"
#: Serial logs of crashes are files of an answer.
LOG = ".serial"


@dataclass(frozen=True, slots=True)
class ExploreJob:
    """What all rounds of an exploration share; sent to a worker once.

    The setups of `work` are in `setup` and `other`. A crash's title has the function where it
    happened, so the symbols are there as well.
    """

    work: Work
    setup: PortableSetup
    other: PortableSetup | None

    @classmethod
    def of(cls, work: Work) -> ExploreJob:
        """Take it from this host."""
        setup = PortableSetup.of(work.setup, symbols=True)
        other, portable = work.other, None
        if other is not None:
            portable = PortableSetup.of(other[0], symbols=True)
            other = (portable.setup, other[1])
        crashes = None if work.crashes is None else Path()
        return cls(replace(work, setup=setup.setup, other=other, crashes=crashes), setup, portable)

    def at(self, folder: Path) -> Work:
        """The work in a folder, with a cancellation of its own."""
        other = self.work.other
        for name in ("first", "other"):
            (folder / name).mkdir(parents=True)
        if other is not None and self.other is not None:
            other = (self.other.at(folder / "other"), other[1])
        setup = self.setup.at(folder / "first")
        crashes = None if self.work.crashes is None else folder / "crashes"
        ends = Cancellation()
        return replace(self.work, setup=setup, other=other, crashes=crashes, cancellation=ends)

    def open(self, read: Callable[[str], bytes]) -> Players:
        """What does the work of orders; `read` returns contents."""
        return Players(self, read)


@dataclass(slots=True)
class RoundOrder:
    """One share of a round.

    `job`: by digest; `everything`: by digest, for a worker that does not know what the rounds
    before this one found.
    """

    job: str
    version: str
    share: int
    round: Round
    everything: str


class _Player:
    """Plays shares one after the other; `known` is the last round whose news it was sent."""

    def __init__(self, job: ExploreJob, folder: Path, share: int) -> None:
        self.known = -1
        self._work = job.at(folder)
        self._worker = Worker(self._work, share)

    def play(self, order: RoundOrder, read: Callable[[str], bytes]) -> Done:
        """Raises ContentMissing if it must be sent everything."""
        number, news = order.round.number, order.round.news
        if self.known == number:
            news = News([], Counter(), Counter())
        elif self.known != number - 1:
            news = unpack(order.everything, read)
            self._worker.forget()
        self.known, self._worker.share = number, order.share
        return self._worker.play(order.round._replace(news=news))

    def crashes(self) -> dict[str, bytes]:
        """The serial logs of crashes since the last call."""
        folder = self._work.crashes
        if folder is None or not folder.exists():
            return {}
        logs = {path.name: path.read_bytes() for path in sorted(folder.glob(f"*{LOG}"))}
        for path in folder.iterdir():
            path.unlink()
        return logs

    @property
    def is_cancelled(self) -> bool:
        ends = self._work.cancellation
        return ends is not None and ends.cancelled

    def close(self) -> None:
        """End its machines, from any thread, also in the middle of a share."""
        if self._work.cancellation is not None:
            self._work.cancellation.cancel()
        self._worker.close()


class Players:
    """Plays shares of one exploration; threads may share it. `close` ends all machines."""

    def __init__(self, job: ExploreJob, read: Callable[[str], bytes]) -> None:
        self._job = job
        self._read = read
        self._stack = ExitStack()
        self._folder = self._stack.enter_context(scratch_folder())
        self._idle: Idle[_Player] = Idle()
        self._free: list[_Player] = []
        self._made = 0
        self._closed = False

    @property
    def idle(self) -> float:
        """Seconds since the last share ended, as `Idle.seconds` has it."""
        return self._idle.seconds

    def do(self, order: RoundOrder, watch: Any) -> dict[str, Any]:
        """Play a share. `watch(end)` is a block in which `end` is called on cancellation."""
        player = self._take(order)
        try:
            with watch(player.close):
                done = player.play(order, self._read)
            found = {each.name: getattr(done, each.name) for each in fields(done)}
            line = {SHARE: {"number": order.round.number, "share": order.share, **found}}
            return packed_answer([line], player.crashes())
        finally:
            self._give_back(player)

    def _take(self, order: RoundOrder) -> _Player:
        """A free player, if there is one that knows most; or another."""
        with self._idle.lock:
            if self._closed:
                raise MachineError("the exploration has ended")
            self._free.sort(key=lambda player: player.known)
            if self._free:
                player = self._free.pop()
            else:
                self._made += 1
                player = _Player(self._job, self._folder / str(self._made), order.share)
            self._idle.busy.append(player)
            return player

    def _give_back(self, player: _Player) -> None:
        with self._idle.lock:
            self._idle.ended(player)
            self._idle.given_up = player.is_cancelled
            if not player.is_cancelled and not self._closed:
                self._free.append(player)

    def close(self) -> None:
        """End all machines, from any thread, and remove all files."""
        with self._idle.lock:
            self._closed = True
            for player in (*self._free, *self._idle.busy):
                self._stack.callback(player.close)
            self._free.clear()
        # The folder is removed also if a machine does not end well.
        self._stack.close()
