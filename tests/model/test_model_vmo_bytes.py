"""The bytes of VMOs: what is read is what was written, and what clones show."""

from __future__ import annotations

from typing import Any

import pytest
from zxhil.abi.kinds import Memory
from zxhil.abi.objects import ObjType
from zxhil.abi.sample import sample
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.judge import Verdict, VerdictKind
from zxhil.model.kernel import Kernel
from zxhil.model.objects import Vmo
from zxhil.model.state import Bootstrap

PAGE = 4096
COW = 1
GIVEN_RIGHTS = 0xD0FF
CONFORMS = VerdictKind.CONFORMS


@pytest.fixture
def k() -> Kernel:
    return Kernel()


def made(k: Kernel, size: int = 2 * PAGE) -> int:
    (vmo,) = k.vmo_create(size, 0)
    return vmo


def clone(k: Kernel, vmo: int, offset: int = 0, size: int = 2 * PAGE) -> int:
    (other,) = k.vmo_clone(vmo, COW, offset, size)
    return other


def answers(k: Kernel, name: str, outs: dict[str, Any], status: int = 0, **given: Any) -> Verdict:
    return k.observe(k.make(name, **given), Outcome(status, outs))


def reads(k: Kernel, vmo: int, offset: int, data: bytes) -> Verdict:
    outs = {"buffer": sample(data)}
    return answers(k, "vmo_read", outs, handle=vmo, offset=offset, buffer_size=len(data))


def writes(k: Kernel, vmo: int, offset: int, data: bytes, status: int = 0) -> Verdict:
    return answers(k, "vmo_write", {}, status, handle=vmo, buffer=data, offset=offset)


def blamed(verdict: Verdict) -> list[str]:
    return [clause.id for clause in verdict.blamed]


def test_what_was_written_is_read(k: Kernel) -> None:
    vmo = made(k)
    writes(k, vmo, PAGE - 4, b"abcdefgh")
    writes(k, vmo, PAGE, b"XY")
    assert reads(k, vmo, PAGE - 4, b"abcdXYgh").kind is CONFORMS
    assert "vmo_read/bytes_read" in blamed(reads(k, vmo, PAGE - 1, b"?XY"))


def test_write_that_is_lost_is_blamed(k: Kernel) -> None:
    vmo = made(k)
    writes(k, vmo, 0, b"abcd")
    reads(k, vmo, 0, b"abcd")
    writes(k, vmo, 0, b"1234")
    assert "vmo_write/written" in blamed(reads(k, vmo, 0, b"abcd"))


def test_large_writes_are_compared_by_their_crc(k: Kernel) -> None:
    vmo, data = made(k), bytes(range(256)) * 16
    writes(k, vmo, 0, data)
    assert reads(k, vmo, 0, data).kind is CONFORMS
    assert reads(k, vmo, 0, data[:-1] + b"?").kind is not CONFORMS


def test_new_vmo_may_hold_anything_and_stays_so(k: Kernel) -> None:
    vmo = made(k)
    assert reads(k, vmo, 8, b"junk").kind is CONFORMS
    assert reads(k, vmo, 9, b"un").kind is CONFORMS
    assert reads(k, vmo, 8, b"zero").kind is not CONFORMS


def test_whole_that_was_read_stays_though_its_first_bytes_were_known(k: Kernel) -> None:
    vmo, data = made(k), bytes(range(256)) * 16
    writes(k, vmo, 0, data[:8])
    assert reads(k, vmo, 0, data).kind is CONFORMS
    assert reads(k, vmo, 0, data).kind is CONFORMS
    assert reads(k, vmo, 0, data[:-1] + b"?").kind is not CONFORMS


@pytest.mark.parametrize("data", [b"abcd", b"12cd", b"1234"])
def test_failed_write_may_have_written_some(k: Kernel, data: bytes) -> None:
    vmo = made(k)
    writes(k, vmo, 0, b"abcdefgh")
    given = {"handle": vmo, "buffer": Memory.INVALID, "offset": 0, "buffer_size": 4}
    answers(k, "vmo_write", {}, int(Status.ZX_ERR_INVALID_ARGS), **given)
    assert reads(k, vmo, 0, data).kind is CONFORMS
    assert reads(k, vmo, 4, b"????").kind is not CONFORMS


def test_write_through_a_closed_handle_changes_nothing(k: Kernel) -> None:
    vmo = made(k)
    (other,) = k.handle_duplicate(vmo, 0x80000000)
    writes(k, vmo, 0, b"abcd")
    k.handle_close(other)
    assert writes(k, other, 0, b"1234", int(Status.ZX_ERR_BAD_HANDLE)).kind is CONFORMS
    assert reads(k, vmo, 0, b"1234").kind is not CONFORMS


@pytest.mark.parametrize(
    ("offset", "size", "fails"),
    [
        (PAGE - 1, 1, False),
        (0, PAGE, False),
        (PAGE - 1, 2, True),
        (0, PAGE + 1, True),
        (PAGE, 1, True),
        (PAGE, 0, True),
        (PAGE - 1, 0, False),
    ],
)
def test_range_must_lie_in_the_vmo(k: Kernel, offset: int, size: int, fails: bool) -> None:
    vmo = made(k, PAGE)
    wanted = Status.ZX_ERR_OUT_OF_RANGE if fails else Status.ZX_OK
    read = k.make("vmo_read", handle=vmo, offset=offset, buffer_size=size)
    write = k.make("vmo_write", handle=vmo, buffer=bytes(size), offset=offset)
    for call in (read, write):
        permits = k.allowed(call)
        assert wanted in permits.statuses
        assert permits.ok is not fails


def test_pages_that_were_cut_off_may_come_back_with_anything(k: Kernel) -> None:
    vmo = made(k)
    writes(k, vmo, PAGE - 2, b"abcd")
    k.vmo_set_size(vmo, PAGE)
    k.vmo_set_size(vmo, 2 * PAGE)
    assert reads(k, vmo, PAGE, b"\0\0").kind is CONFORMS
    assert reads(k, vmo, PAGE - 2, b"??").kind is not CONFORMS


# ---- clones


def test_clone_shows_the_range_of_the_other_vmo(k: Kernel) -> None:
    vmo = made(k)
    writes(k, vmo, PAGE, b"abcd")
    other = clone(k, vmo, PAGE)
    assert reads(k, other, 0, b"abcd").kind is CONFORMS
    assert "vmo_clone/shown" in blamed(reads(k, clone(k, vmo, PAGE), 0, b"\0\0\0\0"))


def test_clone_keeps_what_is_written_to_it(k: Kernel) -> None:
    vmo = made(k)
    writes(k, vmo, 0, b"abcd")
    other = clone(k, vmo)
    writes(k, other, 0, b"12")
    assert reads(k, other, 0, b"12cd").kind is CONFORMS
    assert reads(k, vmo, 0, b"abcd").kind is CONFORMS
    assert "vmo_clone/copy_on_write" in blamed(reads(k, vmo, 0, b"12cd"))


@pytest.mark.parametrize("data", [b"ab12", b"\0\x0012", b"AB12"])
def test_rest_of_a_page_that_was_copied_is_what_it_was(k: Kernel, data: bytes) -> None:
    vmo = made(k)
    writes(k, vmo, 0, b"abcd")
    other = clone(k, vmo)
    writes(k, other, 2, b"12")
    writes(k, vmo, 0, b"ABCD")
    verdict = reads(k, other, 0, data)
    assert (verdict.kind is CONFORMS) == (data == b"ab12")
    assert data == b"ab12" or "vmo_clone/copy_on_write" in blamed(verdict)


@pytest.mark.parametrize("data", [b"abcd", b"1234"])
def test_clone_may_show_what_the_other_vmo_gets_later(k: Kernel, data: bytes) -> None:
    vmo = made(k)
    writes(k, vmo, 0, b"abcd")
    third = clone(k, clone(k, vmo))
    writes(k, vmo, 0, b"1234")
    assert reads(k, third, 0, data).kind is CONFORMS
    assert reads(k, third, 0, b"????").kind is not CONFORMS


@pytest.mark.parametrize("others", ["given", "passed on", "passed on later"])
def test_clone_may_show_what_others_write_to_the_other_vmo(others: str) -> None:
    k = Kernel([Bootstrap(7, ObjType.VMO, GIVEN_RIGHTS, 1030)])
    vmo = 7 if others == "given" else made(k)
    k.state.object(vmo).unseen = others != "passed on later"
    other = clone(k, vmo)
    assert reads(k, other, 0, b"abcd").kind is CONFORMS
    k.state.object(vmo).unseen = True
    assert reads(k, other, 0, b"1234").kind is CONFORMS
    writes(k, other, 0, b"own!")
    assert reads(k, other, 0, b"own!").kind is CONFORMS
    assert reads(k, other, 0, b"1234").kind is not CONFORMS


@pytest.mark.parametrize("offset", [0, PAGE, 8 * PAGE])
def test_clone_has_zeroes_beyond_the_end(k: Kernel, offset: int) -> None:
    vmo = made(k, PAGE)
    other = clone(k, vmo, offset, 4 * PAGE)
    assert reads(k, other, 2 * PAGE, bytes(8)).kind is CONFORMS
    assert "vmo_clone/zeros" in blamed(reads(k, other, 2 * PAGE, b"\1" * 8))


def test_clone_of_a_vmo_that_grew_may_show_anything_there(k: Kernel) -> None:
    vmo = made(k, PAGE)
    other = clone(k, vmo)
    k.vmo_set_size(vmo, 2 * PAGE)
    assert reads(k, other, PAGE, b"?").kind is CONFORMS


def test_nothing_is_known_of_a_vmo_that_is_mapped_or_that_others_had(k: Kernel) -> None:
    for name in ("mapped", "unseen"):
        vmo = made(k)
        other = clone(k, vmo)
        writes(k, vmo, 0, b"abcd")
        setattr(k.state.object(vmo), name, True)
        for each in (vmo, other, vmo):
            assert reads(k, each, 0, b"1234").kind is CONFORMS
            assert reads(k, vmo, 0, b"????").kind is CONFORMS


def test_clone_clears_zero_children_until_it_is_closed(k: Kernel) -> None:
    def waits(signals: int) -> Verdict:
        status = 0 if signals else int(Status.ZX_ERR_TIMED_OUT)
        given = {"handle": vmo, "signals": 8, "deadline": 0}
        return answers(k, "object_wait_one", {"observed": signals}, status, **given)

    vmo = made(k)
    assert waits(8).kind is CONFORMS
    other = clone(k, vmo)
    assert waits(0).kind is CONFORMS
    k.handle_close(other)
    assert waits(8).kind is CONFORMS
    clone(k, vmo)
    assert waits(8).kind is not CONFORMS


def test_many_writes_keep_the_model_small(k: Kernel) -> None:
    vmo = made(k, 1 << 20)
    for i in range(1000):
        writes(k, vmo, 8 * i, b"abcd")
    assert len(k.state.object(vmo).spans) <= 128  # type: ignore[union-attr]
    assert reads(k, vmo, 8 * 999, b"abcd").kind is CONFORMS
    assert reads(k, vmo, 8 * 999, b"????").kind is not CONFORMS


# ---- operations on ranges, and cache policies


def operates(k: Kernel, vmo: int, op: int, offset: int, size: int) -> Verdict:
    return answers(k, "vmo_op_range", {}, handle=vmo, op=op, offset=offset, size=size)


@pytest.mark.parametrize(("op", "kept"), [(1, True), (2, False), (6, True), (7, False), (9, True)])
def test_only_decommitting_and_invalidating_may_change_bytes(
    k: Kernel, op: int, kept: bool
) -> None:
    vmo = made(k)
    writes(k, vmo, PAGE - 4, b"abcdefgh")
    assert operates(k, vmo, op, PAGE, PAGE).kind is CONFORMS
    assert (reads(k, vmo, PAGE - 4, b"abcd????").kind is CONFORMS) == (not kept)
    assert reads(k, vmo, PAGE - 4, b"????").kind is not CONFORMS


def test_decommitted_page_of_a_clone_shows_the_other_vmo_again(k: Kernel) -> None:
    vmo = made(k)
    writes(k, vmo, 0, b"abcd")
    other = clone(k, vmo)
    writes(k, other, 0, b"1234")
    operates(k, other, 2, 0, PAGE)
    assert reads(k, other, 0, b"abcd").kind is CONFORMS
    writes(k, other, 0, b"1234")
    operates(k, other, 2, 0, PAGE)
    assert reads(k, other, 0, b"1234").kind is not CONFORMS


def test_decommitted_page_of_a_clone_is_no_longer_its_own(k: Kernel) -> None:
    vmo = made(k)
    writes(k, vmo, 0, b"abcd")
    other = clone(k, vmo)
    writes(k, other, 0, b"1234")
    operates(k, other, 2, 0, PAGE)
    writes(k, vmo, 0, b"later")
    assert reads(k, other, 0, b"abcd").kind is CONFORMS


def test_page_that_is_decommitted_in_part_is_open(k: Kernel) -> None:
    vmo = made(k)
    writes(k, vmo, 0, b"abcd")
    other = clone(k, vmo)
    writes(k, other, 0, b"1234")
    operates(k, other, 2, 0, 100)
    assert reads(k, other, 0, b"abcd").kind is CONFORMS


@pytest.mark.parametrize(
    ("offset", "size", "ok", "refused"),
    [
        (0, 2 * PAGE, True, False),
        (2 * PAGE, 0, True, False),
        (PAGE, 2 * PAGE, True, True),
        (3 * PAGE, PAGE, False, True),
    ],
)
def test_range_that_begins_beyond_the_end_is_invalid(
    k: Kernel, offset: int, size: int, ok: bool, refused: bool
) -> None:
    call = k.make("vmo_op_range", handle=made(k), op=1, offset=offset, size=size)
    permits = k.allowed(call)
    assert permits.ok is ok
    assert (Status.ZX_ERR_OUT_OF_RANGE in permits.statuses) is refused


@pytest.mark.parametrize(
    ("maker", "refused"), [("vmo_create", False), ("vmo_clone", True), ("elsewhere", True)]
)
def test_only_memory_of_vmo_create_can_always_be_decommitted(
    k: Kernel, maker: str, refused: bool
) -> None:
    vmo = clone(k, made(k)) if maker == "vmo_clone" else made(k)
    memory = k.state.object(vmo)
    assert isinstance(memory, Vmo)
    memory.made_by = maker
    permits = k.allowed(k.make("vmo_op_range", handle=vmo, op=2, size=PAGE))
    assert set(permits.statuses) - {Status.ZX_ERR_NOT_SUPPORTED} == {0, Status.ZX_ERR_NO_MEMORY}
    assert (Status.ZX_ERR_NOT_SUPPORTED in permits.statuses) is refused


@pytest.mark.parametrize(("right", "ops"), [(4, (6, 8, 9)), (8, (1, 2, 7))])
def test_each_operation_needs_its_right(k: Kernel, right: int, ops: tuple[int, ...]) -> None:
    (bare,) = k.handle_duplicate(made(k), right)
    for op in (1, 2, 6, 7, 8, 9):
        permits = k.allowed(k.make("vmo_op_range", handle=bare, op=op, size=PAGE))
        assert permits.ok is (op in ops), op


@pytest.mark.parametrize(("policy", "direct"), [(0, True), (1, False), (2, False), (3, None)])
def test_uncached_vmo_is_not_read_directly(k: Kernel, policy: int, direct: bool | None) -> None:
    vmo = made(k)
    k.vmo_set_cache_policy(vmo, policy)
    permits = k.allowed(k.make("vmo_read", handle=vmo, buffer_size=1))
    assert permits.ok is (direct is not False)
    assert (Status.ZX_ERR_BAD_STATE in permits.statuses) is (direct is not True)


def test_cache_policy_is_refused_once_there_are_pages_or_clones(k: Kernel) -> None:
    def permits(vmo: int) -> bool:
        return k.allowed(k.make("vmo_set_cache_policy", handle=vmo, cache_policy=1)).ok

    fresh, written, cloned = made(k), made(k), made(k)
    assert permits(fresh)
    writes(k, written, 0, b"x")
    assert not permits(written)
    other = clone(k, cloned)
    assert not permits(cloned)
    assert not permits(other)
    k.handle_close(other)
    assert permits(cloned)


def test_page_that_was_cut_off_may_be_no_longer_committed(k: Kernel) -> None:
    vmo = made(k)
    writes(k, vmo, 0, b"x")
    k.vmo_set_size(vmo, 3 * PAGE)
    assert not k.allowed(k.make("vmo_set_cache_policy", handle=vmo, cache_policy=1)).ok
    k.vmo_set_size(vmo, 0)
    assert k.allowed(k.make("vmo_set_cache_policy", handle=vmo, cache_policy=1)).ok


def test_cache_policy_is_set_once(k: Kernel) -> None:
    vmo = made(k)
    k.vmo_set_cache_policy(vmo, 1)
    for policy, ok in ((1, True), (0, False), (3, False)):
        call = k.make("vmo_set_cache_policy", handle=vmo, cache_policy=policy)
        assert k.allowed(call).ok is ok
