"""The model as a kernel: calls from Python, without guest or machine.

    >>> from zxhil.model.kernel import Kernel
    >>> k = Kernel()
    >>> a, b = k.channel_create()
    >>> (event,) = k.event_create()
    >>> k.channel_write(a, b"hi", [event]).status.name
    'ZX_OK'
    >>> k.handle_close(event).status.name
    'ZX_ERR_BAD_HANDLE'

Each call of `zxhil.abi.calls` is a method. See docs/model.md.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from zxhil.abi.calls import BY_NAME, NAMES, AnyCall, Syscall
from zxhil.abi.calls.given import default, derived, signature
from zxhil.abi.sample import Sample
from zxhil.abi.status import Status
from zxhil.model.arguments import make_call
from zxhil.model.clause import Allowed, Outcome
from zxhil.model.judge import Verdict, judge
from zxhil.model.page import AnyPage
from zxhil.model.pages import load_or_none_yet
from zxhil.model.predict import Numbers, predict
from zxhil.model.state import Bootstrap, State


@dataclass(frozen=True, slots=True)
class Returned:
    """How a call came back; iterating over it yields the handles that it returned.

    `allowed` is all that the page allowed. `data` are the bytes of a message or of a socket.
    """

    call: AnyCall
    outcome: Outcome
    allowed: Allowed
    data: bytes = b""

    @property
    def status(self) -> Status:
        """The status."""
        return Status(self.outcome.status)

    @property
    def handles(self) -> tuple[int, ...]:
        """The handles that the call returned, in the order of its parameters."""
        found: list[int] = []
        for parameter in BY_NAME[NAMES[type(self.call)]].parameters:
            handles = parameter.kind.handles_written()
            value = self.outcome.outs.get(parameter.name)
            if handles is not None and value is not None:
                found += handles(value)
        return tuple(found) if self.outcome.status == Status.ZX_OK else ()

    def __iter__(self) -> Iterator[int]:
        return iter(self.handles)


class Kernel:
    """A process's view of a kernel that follows its pages.

    Calls answer ZX_OK where the pages allow it. `observe` takes instead what another kernel did,
    judges it, and goes on from there.
    """

    def __init__(self, bootstrap: Sequence[Bootstrap] = ()) -> None:
        self.state = State(bootstrap)
        self._new = Numbers()
        self._data: dict[int, bytes] = {}

    # ---- any call

    def allowed(self, call: AnyCall) -> Allowed:
        """What the page allows for `call` as things are; nothing changes."""
        return self._page(call).allows(self.state, call)

    def observe(self, call: AnyCall, outcome: Outcome) -> Verdict:
        """Judge what a kernel answered to `call`, and let the model follow it."""
        return judge(self._page(call), self.state, call, outcome)

    def make(self, syscall: str, /, **given: Any) -> AnyCall:
        """Spell a call with Python values (see `zxhil.model.arguments`), without making it.

        Raises KeyError if there is no such call, TypeError if it has no such parameter.
        """
        for value in given.values():
            if isinstance(value, bytes):
                self._data[zlib.crc32(value)] = value
        return make_call(syscall, given)

    def call(self, syscall: str, /, **given: Any) -> Returned:
        """Make a call, spelt as `make` has it."""
        return self.perform(self.make(syscall, **given))

    def perform(self, call: AnyCall) -> Returned:
        """Make a call that was spelt before."""
        page = self._page(call)
        permits = page.allows(self.state, call)
        outcome = predict(page, self.state, call, permits, self._new)
        verdict = judge(page, self.state, call, outcome)
        named = (outcome.outs.get(name) for name in ("bytes", "buffer", "data"))
        carried = next((each for each in named if isinstance(each, Sample)), None)
        data = self._whole(carried) if isinstance(carried, Sample) else b""
        return Returned(call, outcome, verdict.allowed, data)

    def _whole(self, carried: Sample) -> bytes:
        """All of the bytes: those that were written, where a sample has few of them."""
        return self._data.get(carried.crc(), b"") if carried.whole is None else carried.whole

    def _page(self, call: AnyCall) -> AnyPage:
        return load_or_none_yet(NAMES[type(call)])

    # ---- every call of the table, as a method

    def __getattr__(self, name: str) -> Callable[..., Returned]:
        """A call as a method: arguments as `zxhil.abi.calls.given` has them, and by name."""
        syscall = BY_NAME.get(name)
        if syscall is None:
            raise AttributeError(f"there is no call zx_{name}")
        return _method(self, syscall)

    def __dir__(self) -> list[str]:
        return [*object.__dir__(self), *BY_NAME]


def _method(kernel: Kernel, syscall: Syscall) -> Callable[..., Returned]:
    sizes = derived(syscall)

    def made(*args: Any, **given: Any) -> Returned:
        bound = signature(syscall).bind(*args, **given).arguments
        values = {
            p.name: default(syscall, p.name)
            for p in syscall.parameters
            if p.kind.is_value and p.name not in sizes
        }
        return kernel.call(syscall.name, **{**values, **bound})

    made.__name__ = made.__qualname__ = syscall.name
    made.__doc__ = f"zx_{syscall.name}."
    made.__signature__ = signature(syscall)  # type: ignore[attr-defined]
    return made
