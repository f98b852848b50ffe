"""Requests and answers over an unreliable serial line.

One request is in progress at a time. It is numbered, and sent again on a timeout, or if the guest
reports that it arrived damaged; the guest never makes a call twice for one number. If a call's
records were damaged on the line, the guest is asked to send them again.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

from zxhil.abi.arch import Arch
from zxhil.abi.runtime import REQUESTS
from zxhil.errors import MachineError
from zxhil.live import protocol
from zxhil.machine.limits import Limit, Limits, Passed, Watch
from zxhil.machine.listen import End, EndKind, follow
from zxhil.machine.monitor import EventKind, Monitor
from zxhil.trace.events import Answer, CallMade, CallReturned, Event, ProgramStart
from zxhil.trace.frame import Damage
from zxhil.trace.records import TraceReader

# Silence after which a request is sent again. A loaded host is slow, and a wasted request costs
# little.
_RESEND = 1.0
_TRIES = 8
# A board that is still booting would lose what it is sent, or worse: a boot loader stops, and the
# PL011 of QEMU 7.2 delivers nothing to Zircon from then on. But it prints while it boots, so it is
# asked when it is silent, or after a while, since a system may never stop printing.
_LOOK = 2.0
_NOISY_LOOKS = 10
_ASKS = 4

# Damaged frames in a greeting after which it is requested again.
_PIECES = 32


class Stream(Protocol):
    """A bidirectional serial line; `zxhil.machine.machine.Machine` is one."""

    def read(self, deadline: float) -> bytes | None:
        """Return the next bytes, None at the deadline (monotonic), b'' when the line is cut."""

    def write(self, data: bytes) -> None:
        """Send bytes."""


class GoneError(MachineError):
    """The guest no longer answers: the kernel failed, the machine ended, or a call hangs.

    `end` is that of the line; None if it still stands.
    """

    def __init__(self, problem: str, evidence: str = "", end: End | None = None) -> None:
        super().__init__(problem, evidence)
        self.end = end


class MadeCall(NamedTuple):
    """A call and its return; `returned` is None where the kernel's vDSO lacks the call."""

    made: CallMade | None
    returned: CallReturned | None


class _Patience(Watch):
    """A deadline for a wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(Limits())
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def enough(self) -> None:
        self._end = time.monotonic()

    @property
    def deadline(self) -> float:
        return self._end

    def passed(self) -> Passed | None:
        if time.monotonic() < self._end:
            return None
        return Passed(Limit.SILENCE, self._seconds)


class _Words:
    """The guest's greeting so far; request `sequence` asked for it."""

    def __init__(self, sequence: int | None) -> None:
        self.sequence = sequence
        self.whole = False
        self.torn = False
        self.listens = False

    def take(self, event: Event) -> bool:
        """Take what came; return whether it is time to do something."""
        match event:
            case ProgramStart():
                self.whole = True
            case Damage():
                # Without the table of calls, later records can't be parsed.
                self.whole, self.torn = False, True
            case Answer(_, "deaf", why):
                raise GoneError("the guest can't read its input", why)
            case Answer(None, "ready") | Answer(self.sequence, "ok"):
                self.listens = True
            case _:
                return False
        return self.listens or self.torn


class _Call:
    """The records of one call so far."""

    def __init__(self, sequence: int) -> None:
        self.sequence = sequence
        self.made: CallMade | None = None
        self.returned: CallReturned | None = None
        self.absent = False
        self.repeat = False
        """It was made, and its records have to be written again."""
        self.unheard = False
        """It never came to the guest."""

    @property
    def through(self) -> bool:
        return self.absent or self.returned is not None

    def take(self, event: Event) -> bool:
        """Take what came; return whether it is time to do something."""
        if self.through:
            return False
        match event:
            case CallMade():
                self.made = event
                return False
            case CallReturned():
                self.returned = event if self.made is not None else None
            case Damage():
                self.made, self.repeat = None, True
            case Answer(self.sequence, "absent"):
                self.absent = True
            case Answer(self.sequence, "made"):
                self.repeat = True
            case Answer(_, "bad" | "lost"):
                self.unheard = True
            case Answer(_, "wrong"):
                raise MachineError("the guest did not understand a request", repr(event))
            case _:
                return False
        return True


class GuestLine:
    """A session with the guest of `zxhil.live.program`.

    `ended` says how the stream ended after `read` returned b''. `on_event` receives everything
    that came, as it comes. A guest that `stays` is left listening by `quit`. `nonce` is what the
    guest was given; None: it names its own.
    """

    def __init__(
        self,
        stream: Stream,
        arch: Arch,
        ended: Callable[[], End],
        on_event: Callable[[Event], None] = lambda event: None,
        stays: bool = False,
        nonce: int | None = None,
    ) -> None:
        self._stays = stays
        self._nonce = nonce
        self._stream = stream
        self._arch = arch
        self._ended = ended
        self._on_event = on_event
        self._reader = self._new_reader()
        self._monitor = Monitor()
        self._sequence = 0
        self._exception = ""
        self._deaf = ""
        self._heard = 0
        self._end: End | None = None

    def again(self, seconds: float) -> None:
        """Begin another case, after `protocol.LEAVE`. Raises as `start` does."""
        self._greeted(seconds, self._introduced(), _ASKS, lambda: None)

    def start(
        self, seconds: float, ask: bool = False, silent: Callable[[], None] = lambda: None
    ) -> None:
        """Wait until the guest listens and has said what it is.

        One that may already be listening is queried (`ask`), three times: it may
        as well be a board that is switched on later, and `silent` is called. Words that
        came damaged are asked for again. Raises GoneError if none comes, or if it can't read.
        """
        self._greeted(seconds, _Words(None), _ASKS if ask else 0, silent)

    def _greeted(
        self, seconds: float, words: _Words, asks: int, silent: Callable[[], None]
    ) -> None:
        """Wait for the guest's greeting; request it again up to `asks` times."""
        end, damaged = time.monotonic() + seconds, 0
        wait, noisy, pieces = _LOOK, 0, 0
        while True:
            left, torn, heard = end - time.monotonic(), words.torn, self._heard
            self._wait(words.take, min(left, wait) if asks or torn else left)
            if words.whole and words.listens:
                return
            if time.monotonic() >= end:
                raise GoneError(f"timed out waiting for the guest after {seconds:g} s")
            wait = _RESEND
            if words.torn and not words.listens and (not torn or self._heard > heard):
                # The rest may be in transit: its table of calls alone is many frames.
                pieces += 1
                if pieces < _PIECES:
                    continue
            if asks and self._heard > heard and not (words.torn or words.listens):
                noisy += 1
                if noisy < _NOISY_LOOKS:
                    wait = _LOOK
                    continue
            if words.torn or words.listens:
                damaged += 1
            elif asks == 1:
                silent()
            if damaged > _TRIES:
                raise GoneError(f"the guest's greeting arrived damaged {damaged} times")
            asks = max(0, asks - 1)
            if asks or damaged:
                words, pieces = self._introduced(), 0

    def _introduced(self) -> _Words:
        """Request the greeting again."""
        words = _Words(self._next())
        self._reader = self._new_reader()
        self._send(words.sequence or 0, protocol.INTRODUCE)
        return words

    def request(self, text: str) -> str:
        """Make a request without a call; return the requested data.

        Raises GoneError if there is no answer.
        """
        sequence = self._next()
        said: list[Answer] = []

        def answered(event: Event) -> bool:
            if isinstance(event, Answer) and event.sequence == sequence:
                said.append(event)
            return bool(said) or _is_bad(event) or isinstance(event, Damage)

        for _ in range(_TRIES):
            self._send(sequence, text)
            self._wait(answered, _RESEND)
            if said:
                if said[0].what == "wrong":
                    raise MachineError("the guest did not understand a request", text)
                return said[0].data
        raise GoneError(f"the guest did not answer in {_TRIES} attempts")

    def make(self, text: str, seconds: float) -> MadeCall:
        """Make a call, the last operation of `text`, and return its records.

        Raises GoneError if the kernel fails, or the call has not returned after `seconds`.
        """
        call = _Call(self._next())
        end = time.monotonic() + seconds
        patience, repeated = _RESEND, 0
        self._send(call.sequence, text)
        while True:
            self._wait(call.take, min(end - time.monotonic(), patience))
            if call.through:
                break
            if time.monotonic() >= end:
                raise GoneError(f"the call did not return within {seconds:g} s")
            repeated += 1
            if repeated > _TRIES and call.repeat:
                raise GoneError(f"the answer to the call arrived damaged {_TRIES} times")
            if not call.repeat and not call.unheard:
                # A call may take long, and the buffer for input in the meantime is small.
                patience *= 2
            if (call.made or call.repeat) and not call.unheard:
                self._send(self._next(), f"G {call.sequence:x}")
            else:
                self._send(call.sequence, text)
            call.repeat = call.unheard = False
        if repeated:
            # Answers to repeated requests may be in transit: they end before this one.
            self.request("")
        return MadeCall(call.made, call.returned)

    def quit(self, seconds: float) -> None:
        """End the guest's case, and the guest unless it stays; read the rest."""
        with contextlib.suppress(MachineError):
            if self._stays:
                self.request(protocol.LEAVE)
            else:
                self._send(self._next(), protocol.QUIT)
                self._wait(lambda event: False, seconds)

    # ---- the stream

    def _new_reader(self) -> TraceReader:
        """Frame numbers restart with each greeting."""
        return TraceReader(self._nonce, restarts=True)

    def _next(self) -> int:
        self._sequence = (self._sequence + 1) % REQUESTS
        return self._sequence

    def _send(self, sequence: int, text: str) -> None:
        self._stream.write(protocol.encode(sequence, text, self._arch))

    def _wait(self, enough: Callable[[Event], bool], seconds: float) -> bool:
        """Handle events until `enough` is satisfied, or a timeout; return which."""
        if self._end is not None:
            raise self._gone(self._end)
        patience = _Patience(max(seconds, 0.0))
        done = False
        most = self._heard + patience.limits.output
        for item in follow(self._stream.read, self._ended, patience, self._monitor):
            if isinstance(item, bytes):
                self._heard += len(item)
                if self._heard > most:
                    raise GoneError(
                        f"the line produced more than {patience.limits.output >> 20} MiB"
                    )
                for event in self._reader.feed(item):
                    if isinstance(event, Answer) and event.what == "deaf":
                        self._deaf = event.data
                    self._on_event(event)
                    done = enough(event) or done
                if done:
                    patience.enough()
            elif isinstance(item, End):
                if item.kind is EndKind.LIMIT:
                    break
                # Data from before the end may be an answer.
                self._end = item
                if not done:
                    raise self._gone(item)
            elif item.kind is EventKind.EXCEPTION:
                self._exception = item.text
        return done

    def _gone(self, end: End) -> GoneError:
        if self._deaf:
            return GoneError("the guest can no longer read its input", self._deaf)
        return GoneError(end.text, end.evidence or self._exception, end)


def _is_bad(event: Event) -> bool:
    return isinstance(event, Answer) and event.what == "bad"
