"""zx_object_get_info's buffer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from zxhil.abi.info import handle_basic, handle_count, koids, process_info
from zxhil.abi.kinds import wire
from zxhil.abi.kinds.base import Draft, HandlesOf, InC, Words
from zxhil.abi.kinds.common import Written
from zxhil.abi.kinds.infos import NAME_BYTES, RECORDS
from zxhil.abi.kinds.layout import Layout
from zxhil.abi.kinds.places import Pointer
from zxhil.abi.kinds.words import listed, type_name
from zxhil.abi.objects import LIMITS, InfoTopic
from zxhil.abi.rights import rights_name

_WAITABLE = LIMITS["ZX_OBJ_PROP_WAITABLE"]
_BASIC_BYTES = 32

#: Topics whose records are koids.
KOIDS = (InfoTopic.PROCESS_THREADS, InfoTopic.JOB_CHILDREN, InfoTopic.JOB_PROCESSES)


@dataclass(frozen=True)
class OutRecords(Written):
    """A buffer of `size` bytes, for `actual` records of the layout of `topic`."""

    size: str
    topic: str
    actual: str
    ctype: str = "void*"

    @property
    def counted_by(self) -> str:
        """The parameter with the number of bytes that there is room for."""
        return self.size

    @property
    def element_alignment(self) -> int:
        """Records are aligned as their largest field."""
        return 8

    @property
    def room(self) -> int:
        """Some records of any topic."""
        return 256

    # ---- the recorder and the wire

    def record_argument(self, at: InC) -> str:
        """The whole room."""
        return f"arg_out_buffer({at.text}, {at.beside(self.size)}, _Alignof(uint64_t));"

    def record_output(self, at: InC) -> str:
        """The bytes of whole records, after ZX_OK."""
        room, topic, actual = map(at.beside, (self.size, self.topic, self.actual))
        return (
            f"out_records(status, {at.text}, {room}, {actual}, sizeof(*{actual}),"
            f" topic_record_size({topic}), topic_has_one_record({topic}));"
        )

    def output_decoder(self) -> Callable[[str], bytes]:
        """The bytes."""
        return _raw

    def is_left(self, field: str) -> bool:
        """All bytes."""
        return wire.has_left(field)

    def output_field(self, value: bytes) -> str:
        """The bytes."""
        return bytes(value).hex() or "."

    def handles_written(self) -> HandlesOf | None:
        """No topic reports handles."""
        return None

    # ---- for people, and C of a test case

    def output_text(self, value: bytes, words: Words) -> str:
        """The records."""
        return records_text(words.other(self.topic), value)

    def c_variable(self, value: Pointer, draft: Draft, count: int) -> str:
        """A variable of the topic's type; other code finds the koids in it by its name."""
        topic, name = draft.other(self.topic), draft.name
        if topic == InfoTopic.HANDLE_BASIC and count >= _BASIC_BYTES:
            draft.line("union {")
            draft.line("    zx_info_handle_basic_t basic;")
            draft.line(f"    char room[{count}];")
            draft.line(f"}} {name};")
            return f"&{name}"
        of_koids = topic in KOIDS
        ctype, number = ("zx_koid_t", (count + 7) // 8) if of_koids else ("char", count)
        align = "" if of_koids else "_Alignas(8) "
        draft.line(f"static {align}{ctype} {name}[{max(number, 1)}];")
        return name

    def c_placed(self, value: Pointer, draft: Draft, place: str, count: int) -> str:
        """Nothing is put there."""
        return place


def _raw(field: str) -> bytes:
    return b"" if field == "." else bytes.fromhex(field)


def records_text(topic: int, raw: bytes) -> str:
    """Decode what zx_object_get_info wrote; as a number of bytes what has no known layout."""
    if topic == InfoTopic.HANDLE_BASIC and (basic := handle_basic(raw)) is not None:
        return (
            f"{{koid={basic.koid}, rights={rights_name(basic.rights)}, "
            f"type={type_name(basic.type)}, related_koid={basic.related_koid}, "
            f"props={'WAITABLE' if basic.props == _WAITABLE else hex(basic.props)}}}"
        )
    if topic == InfoTopic.PROCESS and (process := process_info(raw)) is not None:
        states = [name for name in process._fields[1:] if getattr(process, name)]
        return f"{{return_code={process.return_code}{''.join(f', {name}' for name in states)}}}"
    if topic == InfoTopic.HANDLE_COUNT and (count := handle_count(raw)) is not None:
        return f"{{handle_count={count}}}"
    if topic in KOIDS:
        found = koids(raw)
        return f"koids {listed(map(str, found), len(found))}"
    layout = RECORDS.get(InfoTopic(topic)) if topic in set(InfoTopic) else None
    if layout is not None:
        return _structs_text(layout, raw)
    return f"{len(raw)} bytes"


def _structs_text(layout: Layout[Any], raw: bytes) -> str:
    texts = []
    for at in range(0, len(raw) - layout.size + 1, layout.size):
        record = layout.read(raw[at:])
        assert record is not None
        fields = zip(record._fields, record, strict=True)
        texts.append(f"{{{', '.join(f'{name}={_value(each)}' for name, each in fields)}}}")
    return texts[0] if len(texts) == 1 else listed(texts, len(texts))


def _value(field: int | bytes) -> str:
    """A number; a name; else the bytes of a field that is not looked into."""
    if isinstance(field, int):
        return hex(field) if field > 0xFFFF else str(field)
    text = field.rstrip(b"\0").decode("latin-1")
    if len(field) == NAME_BYTES and text.isascii() and (text.isprintable() or not text):
        return text
    return f"{len(field)} bytes"
