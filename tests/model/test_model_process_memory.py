"""Reading and writing the memory of a process: where it must fail, how much, and which bytes."""

from __future__ import annotations

from typing import Any

import pytest
from model_make import without
from model_spaces import BAD_STATE, BASE, INVALID, PAGE, READ, SPECIFIC, Space, blamed, fine
from zxhil.abi.kinds import Memory
from zxhil.abi.objects import LIMITS
from zxhil.abi.rights import Rights
from zxhil.abi.sample import Sample
from zxhil.abi.status import Status
from zxhil.model.judge import Verdict

NONE_THERE, OUT_OF_RANGE = int(Status.ZX_ERR_NO_MEMORY), int(Status.ZX_ERR_OUT_OF_RANGE)
BOTH = READ | LIMITS["ZX_VM_PERM_WRITE"] | SPECIFIC
AT = BASE + 4 * PAGE


def mapped() -> Space:
    space = Space()
    space.maps(4, 4, options=BOTH)
    return space


@pytest.fixture
def s() -> Space:
    return mapped()


def reads(s: Space, at: int, data: bytes, status: int = 0, **given: Any) -> Verdict:
    outs = {} if status else {"actual": len(data), "buffer": Sample(data)}
    given = {"handle": s.process, "vaddr": at, "buffer_size": 16, **given}
    return s.answers("process_read_memory", outs, status, **given)


def writes(
    s: Space, at: int, data: bytes, status: int = 0, actual: int | None = None, **given: Any
) -> Verdict:
    outs = {} if status else {"actual": len(data) if actual is None else actual}
    given = {"handle": s.process, "vaddr": at, "buffer": data, "buffer_size": len(data), **given}
    return s.answers("process_write_memory", outs, status, **given)


SIXTEEN = bytes(range(16))


def test_what_was_written_is_read(s: Space) -> None:
    assert fine(writes(s, AT + PAGE - 8, SIXTEEN), reads(s, AT + PAGE - 8, SIXTEEN))
    assert blamed(reads(s, AT + PAGE - 8, bytes(16))) == ["process_read_memory/memory_read"]


def test_bytes_that_no_call_confirmed_are_blamed_on_the_write_as_well(s: Space) -> None:
    writes(s, AT, SIXTEEN)
    assert "process_write_memory/memory_written" in blamed(reads(s, AT, bytes(16)))


def test_what_was_written_is_in_the_vmo(s: Space) -> None:
    writes(s, AT + PAGE, SIXTEEN)
    given = {"handle": s.vmo, "offset": PAGE, "buffer_size": 16}
    assert fine(s.answers("vmo_read", {"buffer": Sample(SIXTEEN)}, **given))
    assert not fine(s.answers("vmo_read", {"buffer": Sample(bytes(16))}, **given))


def test_only_past_the_end_is_less_read(s: Space) -> None:
    end = AT + 4 * PAGE
    assert fine(reads(s, end - 8, bytes(8)), writes(s, end - 8, SIXTEEN, actual=8))
    assert blamed(reads(s, AT, bytes(8))) == ["process_read_memory/actual"]
    assert blamed(writes(s, AT, SIXTEEN, actual=8)) == ["process_write_memory/actual"]
    assert not fine(reads(s, AT, bytes(17)))


def test_where_another_mapping_follows_both_ends_are_fine(s: Space) -> None:
    s.maps(8, 1, options=BOTH)
    assert fine(reads(s, AT + 4 * PAGE - 8, bytes(8)), reads(s, AT + 4 * PAGE - 8, bytes(16)))


@pytest.mark.parametrize(("at", "there"), [(AT - 1, 0), (AT, 1), (AT + 4 * PAGE, 0)])
def test_memory_that_is_not_there(at: int, there: int) -> None:
    assert fine(reads(mapped(), at, b"", NONE_THERE)) == (not there)
    assert fine(writes(mapped(), at, SIXTEEN, NONE_THERE)) == (not there)
    if not there:
        assert blamed(reads(mapped(), at, bytes(16))) == ["process_read_memory/no_memory"]
        assert blamed(writes(mapped(), at, SIXTEEN)) == ["process_write_memory/no_memory"]


@pytest.mark.parametrize("call", [reads, writes])
@pytest.mark.parametrize("size", [0, (64 << 20) + 1])
def test_sizes_that_are_refused(s: Space, call: Any, size: int) -> None:
    name = f"process_{'read' if call is reads else 'write'}_memory"
    assert fine(call(s, AT, b"", INVALID, buffer_size=size))
    assert f"{name}/invalid_args_buffer_size" in blamed(call(s, AT, b"", buffer_size=size))
    assert not fine(call(s, AT, SIXTEEN, INVALID))


@pytest.mark.parametrize("call", [reads, writes])
def test_rights_that_are_required(s: Space, call: Any) -> None:
    name = f"process_{'read' if call is reads else 'write'}_memory"
    less = without(s.k, s.process, Rights.WRITE)
    denied = "access_denied_write" if call is reads else "access_denied"
    assert blamed(call(s, AT, SIXTEEN, handle=less)) == [f"{name}/{denied}"]


def test_reading_needs_the_right_to_read(s: Space) -> None:
    less = without(s.k, s.process, Rights.READ)
    assert blamed(reads(s, AT, SIXTEEN, handle=less)) == ["process_read_memory/access_denied"]
    assert fine(writes(s, AT, SIXTEEN, handle=less))


@pytest.mark.parametrize("call", [reads, writes])
def test_memory_that_is_not_cacheable(call: Any) -> None:
    s = Space()
    s.answers("vmo_set_cache_policy", {}, handle=s.vmo, cache_policy=1)
    s.maps(4, 4, options=BOTH)
    assert fine(call(s, AT, SIXTEEN, BAD_STATE))
    assert not fine(call(s, AT, SIXTEEN))


@pytest.mark.parametrize("call", [reads, writes])
def test_memory_is_accessible_unless_its_space_is_destroyed(s: Space, call: Any) -> None:
    assert not fine(call(s, AT, SIXTEEN, BAD_STATE))
    s.destroys(s.root)
    assert fine(call(s, AT, SIXTEEN, BAD_STATE), call(s, AT, SIXTEEN, NONE_THERE))


@pytest.mark.parametrize("call", [reads, writes])
def test_what_is_past_the_vmo_is_left_open(s: Space, call: Any) -> None:
    assert not fine(call(mapped(), AT, SIXTEEN, OUT_OF_RANGE))
    s.answers("vmo_set_size", {}, handle=s.vmo, size=PAGE)
    for at in (AT + PAGE, AT + PAGE - 8):
        assert fine(call(s, at, SIXTEEN, OUT_OF_RANGE))
    assert not fine(call(s, AT, SIXTEEN, OUT_OF_RANGE))


@pytest.mark.parametrize("options", [SPECIFIC, READ | SPECIFIC])
def test_memory_without_permission_is_left_open(options: int) -> None:
    s = Space()
    s.maps(4, 4, options=options)
    refused = int(Status.ZX_ERR_ACCESS_DENIED)
    assert fine(reads(s, AT, SIXTEEN, refused)) == (options == SPECIFIC)
    assert fine(writes(s, AT, SIXTEEN, refused), writes(s, AT, SIXTEEN))


def test_failed_write_leaves_the_bytes_open(s: Space) -> None:
    writes(s, AT, SIXTEEN)
    assert fine(writes(s, AT, bytes(16), INVALID, buffer=Memory.INVALID))
    assert fine(reads(s, AT, bytes(16)))


def test_own_memory_is_written_without_calls(s: Space) -> None:
    """What is mapped where programs run may change at any time."""
    given = {"options": READ, "vmar_offset": 0, "vmo": s.vmo, "vmo_offset": 0, "len": PAGE}
    writes(s, AT, SIXTEEN)
    s.answers("vmar_map", {"mapped_addr": 1 << 30}, handle=0x51, **given)
    assert fine(reads(s, AT, bytes(16)))


def test_memory_of_a_process_that_runs_is_written_without_calls(s: Space) -> None:
    writes(s, AT, SIXTEEN)
    assert not fine(reads(s, AT, bytes(16)))
    s = mapped()
    (thread,) = s.k.thread_create(s.process)
    (event,) = s.k.event_create()
    writes(s, AT, SIXTEEN)
    given = {"thread": thread, "entry": 0, "stack": 0, "arg1": event, "arg2": 0}
    assert fine(s.answers("process_start", {}, handle=s.process, **given))
    assert fine(reads(s, AT, bytes(16)))
