"""The reference kernel: properties of objects."""

from __future__ import annotations

from typing import Any

from player import Conditions, Object
from plays_objects import Objects
from zxhil.abi.kinds import Memory
from zxhil.abi.objects import ObjType as T
from zxhil.abi.objects import Property as P  # noqa: N817
from zxhil.abi.rights import Rights as R  # noqa: N817
from zxhil.abi.sample import sample
from zxhil.abi.status import Status as S  # noqa: N817

_NAMED = (T.PROCESS, T.THREAD)
_SIZES = {P.NAME: 32} | dict.fromkeys((p for p in P if p is not P.NAME), 8)
_TYPES = {
    P.NAME: _NAMED,
    P.REGISTER_FS: (T.THREAD,),
    P.REGISTER_GS: (T.THREAD,),
    P.PROCESS_DEBUG_ADDR: (T.PROCESS,),
    P.PROCESS_VDSO_BASE_ADDRESS: (T.PROCESS,),
    P.SOCKET_RX_THRESHOLD: (T.SOCKET,),
    P.SOCKET_TX_THRESHOLD: (T.SOCKET,),
    P.JOB_KILL_ON_OOM: (T.JOB,),
}
_ONLY_SET = (P.REGISTER_FS, P.REGISTER_GS, P.JOB_KILL_ON_OOM)
_X64 = (P.REGISTER_FS, P.REGISTER_GS)
_THRESHOLDS = (P.SOCKET_RX_THRESHOLD, P.SOCKET_TX_THRESHOLD)


class Properties(Objects):
    """Getting and setting."""

    def _is_another(self, c: Any) -> bool | None:
        """Has the object's type no such property? Which types have a name, no page says."""
        if self.bad(c.handle):
            return False
        if c.property not in _TYPES:
            return None
        wrong = self.wrong(c.handle, *_TYPES[P(c.property)])
        return None if wrong and c.property == P.NAME else wrong

    def _property(self, c: Any, right: R) -> Conditions:
        unknown: bool | None = c.property not in _TYPES
        if c.property in _X64 or (unknown and c.property <= 63):
            unknown = None
        return [
            (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
            (S.ZX_ERR_WRONG_TYPE, self._is_another(c)),
            (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, right)),
            (S.ZX_ERR_NOT_SUPPORTED, unknown),
            self.rare(),
        ]

    def _too_small(self, c: Any) -> bool | None:
        return None if c.property not in _SIZES else c.value_size < _SIZES[P(c.property)]

    def _value(self, object_: Object, property_: int) -> bytes:
        """What it is; what it is before it was set, no page says but of thresholds."""
        if property_ not in object_.properties:
            first = 0 if property_ in _THRESHOLDS else self.rng.choice((0, 1, 1 << 40))
            name = self.rng.choice((b"", b"a", b"bin/it")) if property_ == P.NAME else None
            object_.properties[property_] = first.to_bytes(8, "little") if name is None else name
        return object_.properties[property_]

    def object_get_property(self, c: Any) -> tuple[int, dict[str, Any]]:
        exact = c.value_size == _SIZES.get(c.property)
        only_set = c.property in _ONLY_SET or c.property not in _TYPES
        some = (S.ZX_ERR_NOT_SUPPORTED, S.ZX_ERR_WRONG_TYPE, S.ZX_ERR_ACCESS_DENIED)
        status = self.answer(
            [
                *self._property(c, R.GET_PROPERTY),
                (S.ZX_ERR_INVALID_ARGS, self.maybe(self.bad_out(c.value), exact)),
                (S.ZX_ERR_BUFFER_TOO_SMALL, self._too_small(c)),
                (self.rng.choice(some), None if only_set else False),
            ]
        )
        if status or c.value.memory is not Memory.WRITABLE:
            return status, {}
        value = self._value(self.table[c.handle].object, c.property)
        if c.property == P.NAME:
            value += b"\0"
        left = bytes(self.rng.choice(b"\0x") for _ in range(max(0, c.value_size - len(value))))
        data = (value + left)[: c.value_size]
        self.bytes[sample(data).crc()] = data
        return 0, {"value": sample(data)}

    def object_set_property(self, c: Any) -> tuple[int, dict[str, Any]]:
        exact = c.value_size == _SIZES.get(c.property)
        bad = self.bad_in(c.value, c.value_size, null_ok=False)
        small, name = self._too_small(c), c.property == P.NAME
        data = self.read_bytes(c.value, c.value_size)
        refused = None if not name and int.from_bytes(data[:8], "little") > 1 else False
        if c.property in (P.PROCESS_DEBUG_ADDR, P.PROCESS_VDSO_BASE_ADDRESS):
            refused = None
        closed = self.gone(self.of(c.handle, T.SOCKET))
        some = (S.ZX_ERR_OUT_OF_RANGE, S.ZX_ERR_BAD_STATE, *(s for s, _ in self._property(c, R(0))))
        status = self.answer(
            [
                *self._property(c, R.SET_PROPERTY),
                (S.ZX_ERR_INVALID_ARGS, self.maybe(bad, exact)),
                (S.ZX_ERR_BUFFER_TOO_SMALL, None if small and name else small),
                (S.ZX_ERR_PEER_CLOSED, closed and c.property == P.SOCKET_TX_THRESHOLD),
                (
                    S.ZX_ERR_PEER_CLOSED,
                    None if closed and c.property == P.SOCKET_RX_THRESHOLD else False,
                ),
                (self.rng.choice(some), refused),
            ]
        )
        fits = _TYPES.get(c.property, ())
        object_ = None if self.bad(c.handle) else self.table[c.handle].object
        # No page says that a call which fails leaves the property as it was.
        has = object_ is not None and (name or object_.type in fits)
        if object_ is not None and has and (not status or self.flip(0.2)):
            value = data.split(b"\0", 1)[0][:31] if name else data[:8].ljust(8, b"\0")
            object_.properties[c.property] = value
        return status, {}
