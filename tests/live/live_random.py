"""Random dialogues: every kind of argument, in random combinations."""

from __future__ import annotations

import random
from typing import Any

from zxhil.abi.calls import BY_NAME, Parameter
from zxhil.errors import UserError
from zxhil.live.kernel import LiveKernel
from zxhil.live.values import POINTERS
from zxhil.model.pages import MODELLED

_CALLS = [BY_NAME[name] for name in MODELLED]
_MAKERS = [call for call in _CALLS if call.name.endswith("_create")]
_BYTES = [b"", b"a", b'hi?"\\\n', bytes(range(256)), b"x" * 3000]
_NUMBERS = {
    "topic": [*range(1, 13)],
    "koid": [1, 77],
    "cookie": [0, 1 << 40],
    "deadline": [0],
    "options": [0, 0, 0, 0, 1, 2, 4, 6],
    "rights": [0x80000000, 0x80000000, 0, 0b11, 0x3FFFF],
}


class Talker:
    """Makes calls on a kernel; the same ones for the same `seed`."""

    def __init__(self, kernel: LiveKernel, seed: int) -> None:
        self._kernel = kernel
        self._random = random.Random(seed)

    def talk(self, calls: int) -> None:
        """Make so many calls, and get info of some handles afterwards."""
        while len(self._kernel.calls) < calls:
            call = self._random.choice(_MAKERS if self._random.random() < 0.35 else _CALLS)
            given = {p.name: v for p in call.parameters if (v := self._value(call.name, p)) != ...}
            try:
                getattr(self._kernel, call.name)(**given)
            except (UserError, TypeError):
                continue
        for _ in range(4):
            self._kernel.object_get_info(self._handle("object_get_info"))

    def _value(self, call: str, parameter: Parameter) -> Any:
        """What to give; ... for nothing."""
        choose, name, kind = self._random.choice, parameter.name, parameter.kind
        likely = self._random.random() < 0.8
        if kind.is_value:
            return self._scalar(call, name, likely, is_handle=kind.is_handle)
        if kind.reads and kind.writes:
            return self._pointer([self._disposition() for _ in range(choose([0, 1, 3]))])
        if kind.reads and kind.handles_given():
            return self._pointer([self._handle(call) for _ in range(choose([0, 1, 2, 5]))])
        if kind.reads:
            return self._pointer(choose(_BYTES))
        return ... if likely else choose([None, *POINTERS.values()])

    def _scalar(self, call: str, name: str, likely: bool, *, is_handle: bool) -> Any:
        if is_handle:
            return self._handle(call)
        if name in _NUMBERS:
            return self._random.choice(_NUMBERS[name])
        if name.startswith("num_") or "size" in name:
            return ... if likely else self._random.choice([0, 1, 3, 8, 31, 33, 65, 65537])
        return ...

    def _pointer(self, content: Any) -> Any:
        if self._random.random() < 0.5:
            return content
        places = [POINTERS["edge"], POINTERS["misaligned"]]
        filled = [place(content) for place in places]
        return self._random.choice([None, *POINTERS.values(), *filled])

    def _disposition(self) -> tuple[int, int, int, int, int]:
        choose = self._random.choice
        handle = self._handle("channel_write_etc")
        return (
            choose([0, 0, 1, 1, 2]), int(handle), choose([0, 0, 4, 5]),
            choose([0x80000000, 2, 0]), choose([0, -5]),
        )  # fmt: skip

    def _handle(self, call: str) -> int:
        kernel = self._kernel
        made = [h for h in kernel.handles if not isinstance(h.source[0], str)]
        # Handles that the guest itself needs are only read.
        given = [kernel.job, kernel.process, kernel.vmar] if call.startswith("object_get") else []
        gone = [h for result in kernel.calls for h in result.handles][-6:]
        return 0 if not made else self._random.choice([*made, *gone, *given, 0, 0xDEAD])
