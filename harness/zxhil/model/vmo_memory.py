"""The bytes of a VMO: what the pages of reading, writing, and cloning share.

No page says what a new VMO holds, nor what pages hold that were decommitted, or cut off and added
again: those bytes are unknown until they are read. A clone shows what it is a clone of, but for
the pages that were written. Whether it shows what is written to the other VMO later its page
leaves open, so those bytes are unknown as well, and so is all that a clone shows of a VMO that
others may use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from zxhil.model.clause import Clause
from zxhil.model.contents import Contents
from zxhil.model.facts import Fact
from zxhil.model.objects import Span, Vmo
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES
from zxhil.model.vmos import PAGE_SIZE

_MOST_BYTES = 1 << 20
"""Of a larger range nothing is computed."""
_MOST_SPANS = 128
_END = 1 << 64


def held(vmo: Vmo, offset: int, size: int) -> Contents:
    """What is known of `size` bytes from `offset`."""
    if size > _MOST_BYTES or vmo.unseen or vmo.unidentified or vmo.mapped:
        return Contents.unknown(size)
    found = _beneath(vmo, offset, size)
    own = vmo.copied if _shows_what_changes(vmo) else [(0, _END)]
    for span in vmo.spans:
        for first, last in own:
            start, end = max(offset, span.offset, first), min(offset + size, span.end, last)
            if start < end:
                found = found.write(start - offset, _of_span(span, start, end))
    for start, end in _leaks(vmo, offset, size):
        found = found.write(start - offset, Contents.unknown(end - start))
    return found


def _of_span(span: Span, start: int, end: int) -> Contents:
    data = span.data.value
    return (
        Contents.unknown(end - start)
        if data is None
        else data.read(start - span.offset, end - start)
    )


def _is_clone(vmo: Vmo) -> bool:
    """Of a clone of a VMO that the program was given, the model has no source."""
    return vmo.source is not None or vmo.made_by == "vmo_clone"


def _shows_what_changes(vmo: Vmo) -> bool:
    """Is it a clone of what may change without a call that the model can follow?

    What was read of such a clone does not stay, but for the pages that are its own.
    """
    if vmo.source is None:
        return _is_clone(vmo)
    other = vmo.source.vmo
    return other.unseen or other.unidentified or other.mapped or _shows_what_changes(other)


def _beneath(vmo: Vmo, offset: int, size: int) -> Contents:
    """What a clone shows where it holds nothing of its own."""
    source = vmo.source
    if source is None or (length := source.vmo.size.value) is None:
        return Contents.unknown(size)
    start = source.offset + offset
    inside = max(0, min(size, length - start))
    shown = Contents.unknown(inside)
    if inside and source.shown.value is True:
        shown = held(source.vmo, start, inside)
    if inside == size:
        return shown
    zeros = source.zeros.value is True and not (source.vmo.unseen or source.vmo.unidentified)
    rest = size - inside
    return shown + (Contents.of(bytes(rest)) if zeros else Contents.unknown(rest))


def _leaks(vmo: Vmo, offset: int, size: int) -> list[tuple[int, int]]:
    """Ranges that show what was written to a clone, if that did not keep it to itself."""
    found = []
    for clone in vmo.clones:
        assert clone.source is not None
        ranges = list(_shared(clone.source.offset, clone.copied, offset, offset + size))
        if ranges and clone.source.private.value is not True:
            found += ranges
    return found


def _shared(
    at: int, copied: Iterable[tuple[int, int]], start: int, end: int
) -> Iterator[tuple[int, int]]:
    """What of a range a clone, from offset `at`, has copied."""
    for first, last in copied:
        if max(start, first + at) < min(end, last + at):
            yield max(start, first + at), min(end, last + at)


# ---- what calls do


def wrote(s: State, vmo: Vmo, offset: int, data: Contents, written: Clause, copied: Clause) -> None:
    """A write of `data` succeeded, as `written` says; `copied` says that a clone copies pages."""
    if not data.size:
        return
    vmo.committed = YES
    end = offset + data.size
    if _is_clone(vmo):
        _copy_pages(s, vmo, offset, end, copied)
    _changed(vmo, offset, end)
    _add(vmo, Span(offset, data.size, s.fact(data, written)))


def _copy_pages(s: State, vmo: Vmo, offset: int, end: int, copied: Clause) -> None:
    """The rest of the pages that a write touches is the clone's own from now on."""
    first, last = _whole_pages(offset, end)
    for begin, finish in _without(first, last, vmo.copied):
        for start, stop in ((begin, min(offset, finish)), (max(end, begin), finish)):
            if start < stop:
                around = held(vmo, start, stop - start)
                data = s.fact(around, copied if around.known() else None)
                if vmo.source is not None:
                    data.basis = vmo.source.shown
                _add(vmo, Span(start, stop - start, data))
    vmo.copied.append((first, last))
    del vmo.copied[:-_MOST_SPANS]


def lost(vmo: Vmo, offset: int, end: int = _END) -> None:
    """Nothing is known of these bytes any more."""
    if vmo.committed == NO:
        vmo.committed = MAYBE
    _changed(vmo, offset, end)
    _add(vmo, Span(offset, end - offset, Fact(None)))


def decommitted(vmo: Vmo, offset: int, end: int) -> None:
    """Pages were released: nothing is known of them; a clone then shows the other VMO again.

    Of a page that is only partly in the range no page says if it is released.
    """
    first, last = -(-offset // PAGE_SIZE) * PAGE_SIZE, end // PAGE_SIZE * PAGE_SIZE
    if vmo.source is None or first >= last:
        lost(vmo, *_whole_pages(offset, end))
        return
    outer = _whole_pages(offset, end)
    _changed(vmo, *outer)
    vmo.spans = [
        _part(span, start, stop)
        for span in vmo.spans
        for start, stop in _outside(span.offset, span.end, first, last)
    ]
    vmo.copied = [each for own in vmo.copied for each in _outside(*own, first, last)]
    for start, stop in _outside(*outer, first, last):
        lost(vmo, start, stop)


def resizes(s: State, handle: int, size: int | None) -> None:
    """The VMO gets another size, or may: of the bytes that come or go nothing is known."""
    vmo = s.object(handle)
    if not isinstance(vmo, Vmo) or s.valid(handle) == NO:
        return
    was = vmo.size.value
    if was is None or size is None or size < was:
        # The pages that it had may be among those that go.
        vmo.committed = min(vmo.committed, MAYBE)
    if was is None or size is None:
        lost(vmo, 0)
    elif was != size:
        lost(vmo, min(was, size))


def saw(s: State, vmo: Vmo, offset: int, seen: Contents) -> bool:
    """A read got `seen`: that confirms what was expected there, and is known from now on.

    Returns whether any of it was expected.
    """
    if not s.settles or vmo.unseen or vmo.unidentified or vmo.mapped:
        return False
    before = held(vmo, offset, seen.size)
    if seen.size and before.crc() is not None and seen.crc() is not None:
        _confirm(s, vmo, offset, offset + seen.size)
    _learn(vmo, offset, before, seen)
    return bool(before.known()) or (seen.size > 0 and before.crc() is not None)


def _confirm(s: State, vmo: Vmo, start: int, end: int) -> None:
    """All bytes from `start` are as expected."""
    for place, span in enumerate(vmo.spans):
        inside = start <= span.offset and span.end <= end
        hidden = any(_meet(span, later) for later in vmo.spans[place + 1 :])
        if inside and not hidden and span.data.expectation is not None:
            s.saw(span.data, span.data.value)
    if vmo.source is not None and vmo.source.vmo.size.value is not None:
        edge = vmo.source.vmo.size.value - vmo.source.offset
        for begin, finish in _without(start, end, [(each.offset, each.end) for each in vmo.spans]):
            _reach(s, vmo.source.shown, begin < edge)
            _reach(s, vmo.source.zeros, finish > edge)
    for clone in vmo.clones:
        if clone.source is not None and any(_shared(clone.source.offset, clone.copied, start, end)):
            _reach(s, clone.source.private, True)


def _reach(s: State, promise: Fact[bool], happened: bool) -> None:
    if promise.origin is not None:
        s.reach(promise.origin.clause, happened)


def _learn(vmo: Vmo, offset: int, before: Contents, seen: Contents) -> None:
    if before.size > _MOST_BYTES or before.crc() is not None:
        return
    carried = len(seen.pieces[0].first) if seen.pieces else 0
    if all(place + len(data) <= carried for place, data in before.known()):
        # It has all that was known before.
        _add(vmo, Span(offset, seen.size, Fact(seen)))
        return
    for place, data in seen.known():
        _add(vmo, Span(offset + place, len(data), Fact(Contents.of(data))))


# ---- spans


def _whole_pages(start: int, end: int) -> tuple[int, int]:
    return start // PAGE_SIZE * PAGE_SIZE, -(-end // PAGE_SIZE) * PAGE_SIZE


def _meet(one: Span, other: Span) -> bool:
    return one.offset < other.end and other.offset < one.end


def _part(span: Span, start: int, end: int) -> Span:
    if (start, end) == (span.offset, span.end):
        return span
    data = span.data.value
    part = None if data is None else data.read(start - span.offset, end - start)
    return Span(start, end - start, Fact(part))


def _add(vmo: Vmo, span: Span) -> None:
    """Put a span over all others, and drop those of which nothing is left to see."""
    vmo.spans = [
        other for other in vmo.spans if not (span.offset <= other.offset and other.end <= span.end)
    ]
    vmo.spans.append(span)
    if len(vmo.spans) > _MOST_SPANS:
        older = vmo.spans[: _MOST_SPANS // 2]
        start, end = min(each.offset for each in older), max(each.end for each in older)
        unknown: Fact[Contents] = Fact(None)
        vmo.spans[: _MOST_SPANS // 2] = [Span(start, end - start, unknown)]


def _changed(vmo: Vmo, start: int, end: int) -> None:
    """Clones may show the change, where they hold no pages of their own."""
    for clone in vmo.clones:
        assert clone.source is not None
        first = max(0, start - clone.source.offset)
        last = min(end - clone.source.offset, _END)
        for begin, finish in _without(first, last, clone.copied):
            _changed(clone, begin, finish)
            _add(clone, Span(begin, finish - begin, Fact(None)))


def _outside(start: int, end: int, first: int, last: int) -> list[tuple[int, int]]:
    """The parts of a range before `first` and from `last` on."""
    parts = ((start, min(end, first)), (max(start, last), end))
    return [part for part in parts if part[0] < part[1]]


def _without(start: int, end: int, taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The parts of a range that are in none of the others."""
    left = [(start, end)] if start < end else []
    for first, last in taken:
        left = [part for own in left for part in _outside(*own, first, last)]
    return left
