"""zx_channel_write_etc, as its page stood in 2020.

Where the page is silent: what becomes of the source handles when the call fails, whether NULL
is a fine pointer for a size of zero, and which error meets an entry whose `result` is not ZX_OK.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from zxhil.abi.calls import ChannelWriteEtc
from zxhil.abi.kinds import Disposition
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status, status_name
from zxhil.model.clause import Clause, Mismatch, Outcome
from zxhil.model.dispositions import (
    OPERATIONS,
    asks_more_rights,
    duplicates,
    has_bad_handle,
    has_bad_operation,
    has_wrong_type,
    is_channel_itself,
    is_repeated,
    lacks_duplicate,
    lacks_transfer,
)
from zxhil.model.message_size import allowed_sizes, size_errors
from zxhil.model.messages import enqueue, expect_nothing_written
from zxhil.model.page import Grant, Page
from zxhil.model.queries import SAME_RIGHTS
from zxhil.model.state import State
from zxhil.model.stated import NOT_VALID, Words
from zxhil.model.tri import MAYBE, NO, YES, Tri, either, tri
from zxhil.model.unknown import entries_unseen, has_unseen

_OfEntry = Callable[[State, ChannelWriteEtc, Disposition], Tri]

page = Page("channel_write_etc", ChannelWriteEtc, "channel_write_etc.md, 2020", core=True)
page.changes = {"handle": ObjType.CHANNEL}

_TRANSFER = int(Rights.TRANSFER)

# DESCRIPTION

delivered = page.effect(
    "delivered",
    "a reader at the opposite end receives the bytes and the handles",
    words=("available to the reader", "opposite end"),
    purpose=True,
)
moved = page.effect(
    "moved",
    "a handle that was moved leaves the process",
    words="operation applied to handle is one of",
)
duplicated = page.effect(
    "duplicated", "a handle that was duplicated stays with the process", said_with=moved
)


def _only_duplicated_twice(s: State, c: ChannelWriteEtc) -> Tri:
    handles = [e.handle for e in c.handles.values]
    return tri(all(map(duplicates, c.handles.values)) and len(set(handles)) < len(handles))


# A handle that stays can be duplicated again by the next entry.
page.grants.append(Grant(duplicated, (Status.ZX_ERR_BAD_HANDLE,), _only_duplicated_twice))
rights_at_receiver = page.effect(
    "rights_at_receiver",
    "the receiver's handle has exactly the rights requested, or the same rights",
    words=("transferred with capability", "same_rights|reduced set"),
)
transfer_removable = page.effect(
    "transfer_removable",
    "ZX_RIGHT_TRANSFER may be left out, so that the receiver lacks it",
    words="allows removing zx_right_transfer",
)


@page.grant(
    "ZX_OBJ_TYPE_NONE leaves the type unchecked",
    Status.ZX_ERR_WRONG_TYPE,
    words=("zx_obj_type_none", "skip"),
)
def type_none_skips(s: State, c: ChannelWriteEtc) -> Tri:
    return tri(any(e.type == ObjType.NONE for e in c.handles.values))


result_written = page.effect(
    "result_written",
    "the error of each entry that fails is written to its result",
    words=("any operation fails", "written to result"),
)
first_failure_returned = page.effect(
    "first_failure_returned",
    "the call returns the error of the first entry that failed",
    words=("first failure", "return value"),
)
all_attempted = page.effect(
    "all_attempted",
    "every entry is attempted, also after one has failed",
    words=("all operations", "attempted"),
)
all_must_succeed = page.effect(
    "all_must_succeed",
    "unless every entry succeeds no message is written",
    words=("must succeed", "message to be written"),
)
allowed_sizes(page)


def _result_must_be_ok(s: State, c: ChannelWriteEtc) -> Tri:
    return tri(any(entry.result != Status.ZX_OK for entry in c.handles.values))


page.unspecified(_result_must_be_ok)


# ERRORS: the conditions of one entry, then of the call


def _any(c: ChannelWriteEtc, answers: Iterable[Tri]) -> Tri:
    """*Or* over the entries; anything may be wrong with one that the wire did not carry."""
    worst: Tri = NO if c.handles.complete else MAYBE
    for answer in answers:
        if answer == YES:
            return YES
        worst = either(worst, answer)
    return worst


_ENTRY_CONDITIONS: list[tuple[Clause, _OfEntry]] = []


def _entry(
    name: str, sentence: str, holds: _OfEntry, status: Status, words: Words, about: str = "handles"
) -> Clause:
    """Add the error of a condition of one entry."""

    def of_any(s: State, c: ChannelWriteEtc) -> Tri:
        return _any(c, (holds(s, c, e) for e in c.handles.values))

    clause = page.add_error(name, (status,), sentence, of_any)
    page.state(clause, about=about, words=words)
    _ENTRY_CONDITIONS.append((clause, holds))
    return clause


page.names("handle", "the handle written to")
page.valid("handle", clause="bad_handle_handle", words=(NOT_VALID, "!source"))
_entry(
    "bad_handle_entry",
    "a source handle is not valid",
    has_bad_handle,
    Status.ZX_ERR_BAD_HANDLE,
    ("source", NOT_VALID),
)


@page.error(
    Status.ZX_ERR_BAD_HANDLE,
    "a source handle is repeated, and not only duplicated",
    words="duplicates|repeated",
)
def bad_handle_repeated(s: State, c: ChannelWriteEtc) -> Tri:
    moves = [e.handle for e in c.handles.values if not duplicates(e)]
    if len(set(moves)) < len(moves):
        return YES
    return _any(c, (is_repeated(s, c, e) for e in c.handles.values))


_ENTRY_CONDITIONS.append((bad_handle_repeated, is_repeated))
page.of_type("handle", ObjType.CHANNEL, clause="wrong_type_handle")
_entry(
    "wrong_type_entry",
    "a source handle's object is not of the type stated",
    has_wrong_type,
    Status.ZX_ERR_WRONG_TYPE,
    ("source", "type"),
)
page.pointer("bytes")
page.pointer("handles")
page.options()
invalid_args_operation = _entry(
    "invalid_args_operation",
    "an operation is neither MOVE nor DUPLICATE",
    has_bad_operation,
    Status.ZX_ERR_INVALID_ARGS,
    "zx_handle_op_move",
    about="operation",
)
_entry(
    "invalid_args_rights",
    "a source handle lacks requested rights",
    asks_more_rights,
    Status.ZX_ERR_INVALID_ARGS,
    ("source", "rights"),
    about="",
)
_entry(
    "not_supported_self",
    "the handle written to is in the array",
    is_channel_itself,
    Status.ZX_ERR_NOT_SUPPORTED,
    "handles array|in handles",
    about="handle|handles",
)
page.has_right("handle", Rights.WRITE, clause="access_denied_write")
_entry(
    "access_denied_transfer",
    "a source handle lacks ZX_RIGHT_TRANSFER",
    lacks_transfer,
    Status.ZX_ERR_ACCESS_DENIED,
    "zx_right_transfer",
)
_entry(
    "access_denied_duplicate",
    "a handle to be duplicated lacks ZX_RIGHT_DUPLICATE",
    lacks_duplicate,
    Status.ZX_ERR_ACCESS_DENIED,
    "zx_right_duplicate",
)
page.peer_open("handle", "the other side of the channel is closed")
no_memory = page.no_memory()
size_errors(page)

# RESULTS: what each entry's `result` may say

_OF_ENTRIES = frozenset(clause for clause, _ in _ENTRY_CONDITIONS)


def _only_entries_fail(s: State, c: ChannelWriteEtc) -> bool:
    """No condition but those of entries holds, so that every entry must have been attempted."""
    return _result_must_be_ok(s, c) == NO and all(
        holds(s, c) == NO for clause, holds in page.errors if clause not in _OF_ENTRIES
    )


class _Entry(NamedTuple):
    """What an entry met: sentences that hold for it, or may hold, and how it may have failed."""

    holds: tuple[Clause, ...]
    may_hold: tuple[Clause, ...]
    statuses: frozenset[int]


def _judged(s: State, c: ChannelWriteEtc, e: Disposition) -> _Entry:
    answers = [(clause, holds(s, c, e)) for clause, holds in _ENTRY_CONDITIONS]
    met = tuple(clause for clause, answer in answers if answer == YES)
    may = tuple(clause for clause, answer in answers if answer == MAYBE)
    return _Entry(met, may, frozenset(int(clause.statuses[0]) for clause in met + may))


def entry_results(s: State, c: ChannelWriteEtc) -> tuple[int, ...]:
    """What a kernel could write to each `result`: the first error that the entry meets.

    Of a handle that stands twice the later entry fails.
    """
    found = []
    for place, entry in enumerate(c.handles.values):
        met = [int(clause.statuses[0]) for clause in _judged(s, c, entry).holds]
        again = any(other.handle == entry.handle for other in c.handles.values[:place])
        if not met and again and is_repeated(s, c, entry) != NO:
            met = [int(Status.ZX_ERR_BAD_HANDLE)]
        found.append(met[0] if met else int(Status.ZX_OK))
    return tuple(found)


@page.outputs
def outputs(s: State, c: ChannelWriteEtc, o: Outcome) -> Iterator[Mismatch]:
    results = o.values("handles")
    if not results or len(results) != len(c.handles.values) or not _only_entries_fail(s, c):
        return
    if o.status in _permitted():
        # It came before the entries were processed, or after.
        return
    judged = [_judged(s, c, entry) for entry in c.handles.values]
    failed = [i for i, result in enumerate(results) if result != Status.ZX_OK]
    for i, (result, entry) in enumerate(zip(results, judged, strict=True)):
        if result == Status.ZX_OK and entry.holds:
            later = any(judged[j].holds for j in range(i))
            clause = all_attempted if later and failed else result_written
            due = " or ".join(dict.fromkeys(each.label for each in entry.holds))
            seen = (f"result {due} of entry {i}", "ZX_OK")
            yield from (Mismatch(each, *seen) for each in (clause, *entry.holds))
        elif result != Status.ZX_OK and result not in entry.statuses:
            untyped = c.handles.values[i].type == ObjType.NONE
            skips = (type_none_skips,) if untyped and result == Status.ZX_ERR_WRONG_TYPE else ()
            due = " or ".join(map(status_name, sorted(entry.statuses))) or "ZX_OK"
            seen = (f"result {due} of entry {i}", status_name(result))
            blamed = (result_written, *entry.holds, *entry.may_hold, *skips)
            yield from (Mismatch(each, *seen) for each in blamed)
    if not failed and o.status and o.status not in _permitted():
        yield Mismatch(result_written, "a result that shows which entry failed", "ZX_OK in each")
    if failed and o.status != results[failed[0]] and o.status not in _permitted():
        first = status_name(results[failed[0]])
        due = f"{first}, the result of the first entry to fail"
        yield Mismatch(first_failure_returned, due, status_name(o.status))


def _permitted() -> set[int]:
    return {int(status) for status in no_memory.statuses}


def points(
    s: State, c: ChannelWriteEtc, o: Outcome, clauses: tuple[Clause, ...]
) -> Iterator[Clause]:
    """If a `result` reports a failure, an entry was at fault; otherwise none was.

    The entry that failed is checked first.
    """
    results = o.values("handles")
    if not results or len(results) != len(c.handles.values):
        return
    before = [entry.result for entry in c.handles.values]
    failed = [i for i, result in enumerate(results) if result not in (0, before[i])]
    of_entries = [clause for clause, _ in _ENTRY_CONDITIONS]
    if not failed:
        yield from (clause for clause in clauses if clause not in of_entries)
        return
    entry = c.handles.values[failed[0]]
    likely = [clause for clause, holds in _ENTRY_CONDITIONS if holds(s, c, entry) != NO]
    if entry.operation in OPERATIONS:
        of_entries.sort(key=lambda clause: clause is invalid_args_operation)
    for clause in (*likely, *of_entries):
        if clause in clauses:
            yield clause


page.points = points

# EFFECTS


@page.success
def success(s: State, c: ChannelWriteEtc, o: Outcome) -> None:
    sent = []
    for entry in c.handles.values:
        drops = _drops_transfer(s, entry)
        word = transfer_removable if drops else rights_at_receiver
        transit = s.in_transit(entry.handle, delivered, rights=entry.rights, on_word=word)
        if drops:
            s.rest_on(transit, rights_at_receiver)
        sent.append(transit)
    for entry in c.handles.values:
        if duplicates(entry):
            s.keep(entry.handle, duplicated)
        else:
            s.take(entry.handle, moved)
    if has_unseen(c.handles, c.num_handles):
        entries_unseen(s)
    enqueue(s, c.handle, (c.num_bytes, c.bytes.content), sent, delivered)


def _drops_transfer(s: State, entry: Disposition) -> bool:
    return entry.rights != SAME_RIGHTS and not entry.rights & _TRANSFER


@page.failure
def failure(s: State, c: ChannelWriteEtc, o: Outcome) -> None:
    before = [entry.result for entry in c.handles.values]
    # A result that the caller itself had stored there reports no failure.
    failed = [r for r, was in zip(o.values("handles"), before, strict=False) if r not in (0, was)]
    if c.handles.values and _only_entries_fail(s, c):
        s.reach(result_written, bool(failed))
        s.reach(first_failure_returned, bool(failed))
        s.reach(all_attempted, len(failed) > 1)
    sources = [entry.handle for entry in c.handles.values]
    for handle in sources:
        s.take(handle, None)
    if has_unseen(c.handles, c.num_handles):
        entries_unseen(s)
    expect_nothing_written(s, c.handle, all_must_succeed if failed else None, sources)
