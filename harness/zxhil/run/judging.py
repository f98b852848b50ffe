"""Judge one stream from a file, as `run_boot` does live."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from zxhil.disk.packed import open_unpacked
from zxhil.errors import UserError
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.order import Order
from zxhil.oracle.results import CaseEndKind, CaseResult, agreed, with_end
from zxhil.run.ending import Ending, conclude
from zxhil.trace.events import Event, ProgramStart
from zxhil.trace.records import TraceReader

_CHUNK = 1 << 16

UNSURE = "the log is of trace version 1 and damaged: its frames may belong to two runs"


class Judging:
    """Reader, order, and oracle of one stream; of several programs in it only `own`, if given.

    `on_start` is called as a program starts.
    """

    def __init__(
        self,
        reader: TraceReader,
        oracle: Oracle,
        order: Order,
        own: OwnProgram | None = None,
        on_start: Callable[[ProgramStart], None] = lambda start: None,
    ) -> None:
        self.oracle = oracle
        self._reader = reader
        self._order = order
        self._own = own
        self._on_start = on_start
        self._results: dict[str, CaseResult] = {}

    @property
    def damage(self) -> tuple[str, ...]:
        """The damage of the stream outside of its cases."""
        noise = self._reader.noise
        return (*self.oracle.damage, *([noise] if noise else []))

    def read(
        self,
        log: Path,
        start: int = 0,
        listen: Callable[[bytes], None] = lambda chunk: None,
        inside: Path | None = None,
    ) -> None:
        """Read a log from `start` on; `listen` gets its bytes. Raises UserError if unreadable.

        A log that a journal names must be a file `inside` the journal's folder.
        """
        try:
            with log.open("rb") if inside is None else open_unpacked(inside, log.name) as stream:
                stream.seek(start)
                while chunk := stream.read(_CHUNK):
                    self.feed(chunk)
                    listen(chunk)
        except OSError as error:
            raise UserError(str(log), f"can't be read: {error.strerror}", "give a log") from error

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        self._take(self._reader.feed(data))

    def finish(self, ending: Ending) -> list[CaseResult]:
        """End the stream; return the results of its cases, in order, one for each."""
        self._take(self._reader.finish())
        if not self.oracle.finished:
            self._keep(conclude(result, ending) for result in self.oracle.finish())
        results = list(self._results.values())
        lost = any(result.end is CaseEndKind.LOST for result in results)
        if self._reader.nonce == 0 and (self.damage or lost):
            return [unsure(result, UNSURE) for result in results]
        if self._reader.conflict:
            return [unsure(result, self._reader.conflict) for result in results]
        return results

    def _keep(self, results: Iterable[CaseResult]) -> None:
        """Keep one result per case, however often the stream repeats itself."""
        for result in results:
            _agree(self._results, result)

    def _take(self, events: Iterable[Event]) -> None:
        since_start: list[Event] = []
        for event in self._own.only(events) if self._own else events:
            if isinstance(event, ProgramStart):
                self._judge(since_start)
                since_start = []
                self._on_start(event)
            since_start.append(event)
        self._judge(since_start)

    def _judge(self, events: Iterable[Event]) -> None:
        self._keep(self.oracle.feed(self._order.only(events)))


def together(results: Iterable[CaseResult]) -> dict[str, CaseResult]:
    """The results of one stream, combined by case (`agreed`)."""
    found: dict[str, CaseResult] = {}
    for result in results:
        _agree(found, result)
    return found


def _agree(found: dict[str, CaseResult], result: CaseResult) -> None:
    before = found.get(result.id)
    found[result.id] = result if before is None else agreed(before, result)


def unsure(result: CaseResult, why: str) -> CaseResult:
    """The result of a case whose stream can't be trusted."""
    if result.end is CaseEndKind.LOST:
        return result
    lost = CaseResult(result.info, result.arch, CaseEndKind.LOST, (), (), (), ())
    return with_end(lost, CaseEndKind.LOST, why)


class OwnProgram:
    """Drops events of programs other than `name`, by their version lines."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._begun = False
        self._foreign = False

    def only(self, events: Iterable[Event]) -> list[Event]:
        """The program's own events, and the start of another program, which ends its run."""
        own: list[Event] = []
        for event in events:
            if self._starts(event) if isinstance(event, ProgramStart) else not self._foreign:
                own.append(event)
        return own

    def _starts(self, event: ProgramStart) -> bool:
        self._foreign = event.program != self._name
        ends_own = self._begun and self._foreign
        self._begun = not self._foreign
        return self._begun or ends_own
