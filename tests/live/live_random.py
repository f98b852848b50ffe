"""Random dialogues: every kind of argument, in random combinations."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

from zxhil import standin
from zxhil.abi.calls import BY_NAME, Parameter
from zxhil.abi.kinds import Kind, Pointer, Where
from zxhil.errors import UserError
from zxhil.live.kernel import LiveKernel
from zxhil.model.pages import MODELLED

_STANDIN = [BY_NAME[name] for name in MODELLED if name in standin.calls()]
#: A call that does not return ends the dialogue.
_CALLS = [call for call in _STANDIN if not call.never]
_MAKERS = [call for call in _CALLS if call.name.endswith("_create")]
_NUMBERS = {
    # Those that the stand-in has, and two that no kernel has.
    "topic": [1, 2, 3, 4, 8, 9, 19, 0, 99],
    "koid": [1, 77],
    "cookie": [0, 1 << 40],
    "deadline": [0],
    "options": [0, 0, 0, 0, 1, 2, 4, 6],
    "rights": [0x80000000, 0x80000000, 0, 0b11, 0x3FFFF],
}


#: Of fields, and of sizes.
_OF_TYPE = {
    "zx_handle_op_t": [0, 0, 1, 1, 2],
    "zx_obj_type_t": [0, 0, 4, 5],
    "zx_rights_t": [0x80000000, 2, 0],
    "zx_status_t": [0, -5],
    "uint32_t": [0, 1, 3, 8, 31, 33, 65, 65537],
}


class _Things(NamedTuple):
    """What a parameter's kind draws from (`zxhil.abi.kinds.Pool`)."""

    talker: Talker
    call: str
    name: str

    def handle(self, kind: Kind) -> int:
        return self.talker.handle(self.call)

    def number(self, kind: Kind) -> int:
        return self.talker.number(self.name, kind)


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
            self._kernel.object_get_info(self.handle("object_get_info"))

    def _value(self, call: str, parameter: Parameter) -> Any:
        """What to give; ... for nothing."""
        name, kind = parameter.name, parameter.kind
        named = name in _NUMBERS or (kind.is_handle and kind.is_value)
        if kind.is_value and not named and self._random.random() < 0.8:
            return ...
        value = kind.draw(self._random, _Things(self, call, name))
        return ... if kind.writes and value == Pointer(Where.SCRATCH) else value

    def number(self, name: str, kind: Kind) -> int:
        """A number for a parameter, or a field of a struct."""
        return self._random.choice(_NUMBERS.get(name) or _OF_TYPE.get(kind.ctype, [0, 1, 3, 65537]))

    def handle(self, call: str) -> int:
        """A handle that was returned, also one that was closed, or none."""
        kernel = self._kernel
        made = [h for h in kernel.handles if not isinstance(h.source[0], str)]
        # Handles that the guest itself needs are only read.
        given = [kernel.job, kernel.process, kernel.vmar] if call.startswith("object_get") else []
        gone = [h for result in kernel.calls for h in result.handles][-6:]
        return 0 if not made else self._random.choice([*made, *gone, *given, 0, 0xDEAD])
