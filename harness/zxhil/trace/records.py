"""Records to events (zxhil.trace.events).

A record that does not decode is `Damage`, like an unreadable frame: a guest never writes
one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from zxhil.abi.arch import Arch
from zxhil.abi.calls import BY_NAME, RETURN, AnyCall, Syscall
from zxhil.abi.kinds import OutValue
from zxhil.abi.kinds.wire import PATTERN
from zxhil.counts import counted
from zxhil.trace import STAMPED, VERSIONS, stamp
from zxhil.trace.events import (
    Answer,
    BootstrapHandle,
    CallMade,
    CallReturned,
    CallTable,
    CaseEnd,
    CaseSkipped,
    CaseStart,
    Event,
    KernelAge,
    KernelVersion,
    NoReturn,
    ProgramEnd,
    ProgramStart,
    ThreadStarted,
)
from zxhil.trace.frame import Damage, Foreign, FrameReader, Record
from zxhil.trace.threads import Threads

#: Fields of a handle of the first process; another process adds its number.
_H_FIELDS = 6


# What was decoded last: most calls and answers come again, word for word, and are values.
_CALLS: dict[tuple[_Codec, str], AnyCall] = {}
_ANSWERS: dict[tuple[_Codec, str], _Answer] = {}
_MOST = 8192
_LONGEST = 160


def _result_decoder(syscall: Syscall) -> Callable[[str], tuple[int, int | None]]:
    """Decode what a call returned: its status, or a value; with neither, it succeeded."""
    if syscall.has_status:
        return lambda field: (int(field), None)
    if syscall.returns is not None:
        value = syscall.returns.argument_decoder()
        return lambda field: (0, value(field))

    def nothing(field: str) -> tuple[int, int | None]:
        if field != "-":
            raise ValueError(f"{syscall.name} returns nothing, not {field}")
        return 0, None

    return nothing


_Answer = tuple[int, dict[str, OutValue], tuple[tuple[str, OutValue], ...]]


class _Codec:
    """Decoders of one call's argument and output fields."""

    def __init__(self, syscall: Syscall) -> None:
        self.name = syscall.name
        self._type = syscall.type
        self._result = _result_decoder(syscall)
        self._arguments = [p.kind.argument_decoder() for p in syscall.parameters]
        self._outputs = [
            (p.name, p.kind.is_left, p.kind.output_decoder())
            for p in syscall.parameters
            if p.kind.writes
        ]

    def arguments(self, text: str, separator: str) -> AnyCall:
        """Decode what stands behind the slot and a `separator`; "" where nothing does."""
        call = _CALLS.get((self, text))
        if call is None or not separator:
            call = self._arguments_of(text.split(" ") if separator else [])
            if len(text) <= _LONGEST and separator:
                _CALLS[self, text] = call
                if len(_CALLS) > _MOST:
                    _CALLS.clear()
        return call

    def _arguments_of(self, fields: Sequence[str]) -> AnyCall:
        if len(fields) != len(self._arguments):
            raise ValueError(f"{self.name} has {len(self._arguments)} arguments")
        decoded = [decode(f) for decode, f in zip(self._arguments, fields, strict=True)]
        # What the named tuple's own constructor does, less a call: their number is known.
        return tuple.__new__(self._type, decoded)

    def returned(self, body: str, thread: int = 0, time: int = 0) -> CallReturned:
        answer = _ANSWERS.get((self, body))
        if answer is None:
            answer = self._answer(body)
            if len(body) <= _LONGEST:
                _ANSWERS[self, body] = answer
                if len(_ANSWERS) > _MOST:
                    _ANSWERS.clear()
        status, outs, unwritten = answer
        return tuple.__new__(CallReturned, (status, outs, unwritten, thread, time))

    def _answer(self, body: str) -> _Answer:
        result, *fields = body.split(" ")
        status, value = self._result(result)
        if len(fields) != len(self._outputs):
            raise ValueError(f"{self.name} has {len(self._outputs)} outputs")
        outs: dict[str, OutValue] = {}
        unwritten: tuple[tuple[str, OutValue], ...] = ()
        for (name, is_left, decode), field in zip(self._outputs, fields, strict=True):
            if field == "-":
                outs[name] = None
                continue
            outs[name] = decode(field)
            if PATTERN in field and is_left(field):
                unwritten += ((name, outs[name]),)
                outs[name] = None
        if value is not None:
            outs[RETURN] = value
        return status, outs, unwritten


@functools.cache
def _codec(name: str) -> _Codec:
    """The codec of a known call: made once per process, and not for names off the wire."""
    return _Codec(BY_NAME[name])


class TraceReader:
    """Turns a serial stream into events. Feed it bytes; it buffers only what it must.

    Nothing after the program's end is reported but answers: what comes then is not its own.
    `nonce`, `program` and `restarts` are those of `FrameReader`.
    """

    def __init__(
        self, nonce: int | None = None, *, program: str = "", restarts: bool | None = None
    ) -> None:
        self._frames = FrameReader(nonce, program=program, restarts=restarts)
        self._codecs: list[_Codec | None] = []
        self._by_slot: dict[str, _Codec] = {}
        """The same as a guest spells their slots."""
        self._threads: Threads[_Codec] = Threads(stamped=False)
        self._stamped = False
        """Records have their thread and time."""
        self._deaf = True
        """No version seen yet, or one that we don't read: nothing may be decoded."""
        self._unreadable_reported = False
        self._begun = False
        """The first case began: what only stands before it may not come any more."""
        self._ended = False

    @property
    def nonce(self) -> int | None:
        """The nonce of the stream; None until it is known."""
        return self._frames.nonce

    @property
    def conflict(self) -> str:
        """Why nothing of the stream can be believed, in words; empty if no frame says otherwise."""
        return self._frames.conflict

    @property
    def noise(self) -> str:
        """What was left out although it looked like frames, in words; empty if nothing was."""
        said = []
        if self._frames.repeated:
            said.append(f"{counted(self._frames.repeated, 'frame')} arrived again")
        if self._frames.strange:
            pieces = counted(self._frames.strange, "piece")
            said.append(f"{pieces} of text looked like frames but do not belong to this boot")
        return "; ".join(said)

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes; return the events that are certain."""
        return self._decode_all(self._frames.feed(data))

    def finish(self) -> list[Event]:
        """Say that the stream ended; return what was still held back."""
        return self._decode_all(self._frames.finish())

    def _decode_all(self, items: list[Record | Foreign | Damage]) -> list[Event]:
        events: list[Event] = []
        for item in items:
            event: Event | None
            if isinstance(item, Record):
                try:
                    event = self._decode(*item)
                except (ValueError, KeyError, IndexError, TypeError) as error:
                    what = f"record {item.kind!r} does not decode: {error}"
                    event = Damage(what, item.offset)
            else:
                event = item
            if isinstance(event, Damage):
                self._threads.lose()
                event = None if self._ended else event
            if event is not None:
                events.append(event)
        return events

    def _decode(self, kind: str, body: str, offset: int) -> Event | None:
        if not (self._deaf or self._ended):
            # Nearly all are these.
            if kind == "C":
                return self._called(body, offset)
            if kind == "R":
                return self._returned(body)
        if kind == "V":
            return self._version(body, offset)
        if kind == "W":
            # This boot was saved here; a program that resumes from it writes `V`.
            return None
        if self._deaf:
            return self._unreadable(offset)
        if self._ended and kind != "A":
            return None
        return self._other(kind, body, offset)

    def _called(self, body: str, offset: int) -> CallMade:
        thread, value, at = stamp.taken(body) if self._stamped else stamp.NONE
        slot, separator, text = body[at:].partition(" ")
        codec = self._by_slot.get(slot) or self._codecs[int(slot, 16)]
        if codec is None:
            raise ValueError(f"slot {slot} is a call unknown to this zxhil")
        call = codec.arguments(text, separator)
        time = self._threads.called(thread, codec, value)
        return tuple.__new__(CallMade, (codec.name, call, offset, thread, time))

    def _returned(self, body: str) -> CallReturned:
        thread, value, at = stamp.taken(body) if self._stamped else stamp.NONE
        codec, time = self._threads.returned(thread, value)
        return codec.returned(body[at:], thread, time)

    def _unreadable(self, offset: int) -> Event | None:
        """Report once that there are records which can't be read."""
        if self._unreadable_reported:
            return None
        self._unreadable_reported = True
        return Damage("a record before a supported version line", offset)

    def _other(self, kind: str, body: str, offset: int) -> Event | None:
        fields = body.split(" ")
        if kind in "TN" and self._stamped:
            return self._of_thread(kind, [int(f, 16) for f in fields], offset)
        if kind in "DHK" and self._begun and not (kind == "H" and len(fields) > _H_FIELDS):
            # The program restarts, and its version line is lost: nothing of it can be read.
            self._deaf, self._unreadable_reported = True, False
            return self._unreadable(offset)
        match kind:
            case "B":
                self._begun = True
                self._threads.begin()
                return CaseStart(int(fields[0], 16), fields[1], offset)
            case "E":
                self._threads.end()
                return CaseEnd(int(fields[0], 16), int(fields[1], 16), offset)
            case "S":
                self._begun = True
                self._threads.end()
                return CaseSkipped(int(fields[0], 16), fields[1], fields[2], offset)
            case "D":
                return self._table(fields)
            case "G":
                earliest, latest, *by = fields
                return KernelAge(int(earliest), int(latest), by[0].strip("-"), by[1].strip("-"))
            case "H":
                return self._bootstrap([int(f, 16) for f in fields])
            case "K":
                return KernelVersion(None if body == "-" else body)
            case "A":
                sequence, _, said = body.partition(" ")
                what, _, data = said.partition(" ")
                return Answer(None if sequence == "-" else int(sequence, 16), what, data)
            case "Z":
                self._ended = True
                return ProgramEnd(int(fields[0], 16), offset)
        raise ValueError("no such kind of record")

    def _of_thread(self, kind: str, fields: list[int], offset: int) -> Event:
        if kind == "N":
            (thread,) = fields
            return NoReturn(self._threads.known(thread), offset)
        thread, process = fields
        self._threads.started(thread, process)
        return ThreadStarted(thread, process, offset)

    def _bootstrap(self, fields: list[int]) -> BootstrapHandle:
        """A handle of the program, or of a process that the running case started."""
        of_case = [self._threads.process(number) for number in fields[_H_FIELDS:]]
        return BootstrapHandle(*fields[:_H_FIELDS], *of_case)

    def _version(self, body: str, offset: int) -> Event:
        version, *rest = body.split(" ")
        self._deaf = version not in map(str, VERSIONS)
        self._unreadable_reported = self._deaf
        self._begun = self._ended = False
        self._codecs, self._by_slot = [], {}
        self._stamped = not self._deaf and int(version) >= STAMPED
        self._threads = Threads(stamped=self._stamped)
        if self._deaf:
            reads = f"{VERSIONS[0]} to {VERSIONS[-1]}"
            return Damage(f"trace version {version}; this zxhil reads {reads}", offset)
        arch, program, cases, *nonce = rest
        if version == "1" and nonce:
            raise ValueError("version 1 has no nonce")
        return ProgramStart(
            Arch(arch), program, int(cases), offset, *[int(each, 16) for each in nonce]
        )

    def _table(self, fields: list[str]) -> CallTable:
        names = tuple(name.lstrip("-?") for name in fields)
        self._codecs = [_codec(name) if name in BY_NAME else None for name in names]
        self._by_slot = {f"{slot:x}": codec for slot, codec in enumerate(self._codecs) if codec}
        absent, unsure = (
            frozenset(field[1:] for field in fields if field.startswith(mark)) for mark in "-?"
        )
        return CallTable(names, absent, unsure)
