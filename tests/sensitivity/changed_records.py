"""Changes of one field of a struct that a call wrote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from zxhil.abi.kinds.infos import MAPS_MAPPING, RECORDS, MapsEntry
from zxhil.abi.kinds.layout import Layout
from zxhil.abi.objects import InfoTopic

_USER_SIGNAL = 1 << 24
_MAPPING = 3


def fields(name: str, value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """A packet, or another struct that was decoded: each field by itself."""
    for field in value._fields:
        was = getattr(value, field)
        now = bytes([was[0] ^ 1, *was[1:]]) if isinstance(was, bytes) else was ^ 1
        yield f"{field} changed", {name: value._replace(**{field: now})}


def pending(name: str, value: Sequence[int]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The signals of one of the items that were waited for."""
    for place, signals in enumerate(value):
        for change, now in (
            ("a user signal turned", signals ^ _USER_SIGNAL),
            ("the first signal cleared", signals & (signals - 1) if signals else 0),
        ):
            if now != signals:
                yield change, {name: (*value[:place], now, *value[place + 1 :])}


def record_fields(topic: int, raw: bytes) -> Iterator[tuple[str, bytes]]:
    """A record of zx_object_get_info, the first or the last: each field by itself."""
    layout, of = RECORDS[InfoTopic(topic)], InfoTopic(topic).name
    count = len(raw) // layout.size
    for start in sorted({0, max(count - 1, 0) * layout.size}) if count else ():
        record = layout.read(raw[start : start + layout.size])
        kind = f", type {record.type}" if isinstance(record, MapsEntry) else ""
        places = _places(layout)
        if isinstance(record, MapsEntry) and record.type == _MAPPING:
            content = places.pop("content")
            inner = _places(MAPS_MAPPING)
            places |= {f"mapping.{field}": content + at for field, at in inner.items()}
        for field, place in places.items():
            at = start + place
            yield f"{field} of {of}{kind}", raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def _places(layout: Layout[Any]) -> dict[str, int]:
    """Where each field begins."""
    places, at = {}, 0
    for field, kind in layout.fields:
        at += -at % kind.alignment
        places[field] = at
        at += kind.width
    return places
