"""The size of a VMO: what the calls that set it leave, and which is blamed for a wrong size."""

from __future__ import annotations

from typing import Any

import pytest
from model_make import without
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.judge import Verdict, VerdictKind
from zxhil.model.kernel import Kernel
from zxhil.model.vmos import LARGEST, SURELY_FINE

UNAVAILABLE, OUT_OF_RANGE = int(Status.ZX_ERR_UNAVAILABLE), int(Status.ZX_ERR_OUT_OF_RANGE)
NO_MEMORY = int(Status.ZX_ERR_NO_MEMORY)
CONFORMS = VerdictKind.CONFORMS


@pytest.fixture
def k() -> Kernel:
    return Kernel()


def made(k: Kernel, size: int, options: int = 0) -> int:
    handle = 0x40F
    answers(k, "vmo_create", {"out": handle}, size=size, options=options)
    return handle


def answers(k: Kernel, name: str, outs: dict[str, Any], status: int = 0, **given: Any) -> Verdict:
    return k.observe(k.make(name, **given), Outcome(status, outs))


def gets(k: Kernel, vmo: int, size: int) -> Verdict:
    return answers(k, "vmo_get_size", {"size": size}, handle=vmo)


def sets(k: Kernel, vmo: int, size: int, status: int = 0) -> Verdict:
    return answers(k, "vmo_set_size", {}, status, handle=vmo, size=size)


def blamed(verdict: Verdict) -> list[str]:
    return [clause.id for clause in verdict.blamed]


@pytest.mark.parametrize(
    ("asked", "size"), [(0, 0), (1, 4096), (4096, 4096), (4097, 8192), (LARGEST, LARGEST)]
)
def test_size_is_in_whole_pages(k: Kernel, asked: int, size: int) -> None:
    vmo = made(k, asked)
    assert gets(k, vmo, size).kind is CONFORMS
    assert blamed(gets(k, vmo, size + 4096)) == ["vmo_get_size/reported"]


@pytest.mark.parametrize(
    ("set_first", "clause"), [(False, "vmo_create/size_rounded"), (True, "vmo_set_size/resized")]
)
def test_wrong_size_is_blamed_on_the_call_that_set_it(
    k: Kernel, set_first: bool, clause: str
) -> None:
    vmo = made(k, 100)
    if set_first:
        sets(k, vmo, 9000)
    assert clause in blamed(gets(k, vmo, 100))


def test_failed_call_leaves_the_old_size_or_the_new_one(k: Kernel) -> None:
    for size in (4096, 8192):
        vmo = made(k, 4096)
        assert sets(k, vmo, 8192, NO_MEMORY).kind is CONFORMS
        assert gets(k, vmo, size).kind is CONFORMS
        assert gets(k, vmo, 12288 - size).kind is not CONFORMS
        k.handle_close(vmo)


def test_call_through_a_closed_handle_changes_no_size(k: Kernel) -> None:
    vmo = made(k, 4096)
    (other,) = k.handle_duplicate(vmo, int(Rights.SAME_RIGHTS))
    k.handle_close(vmo)
    assert sets(k, vmo, 8192, int(Status.ZX_ERR_BAD_HANDLE)).kind is CONFORMS
    assert gets(k, other, 8192).kind is not CONFORMS


def test_duplicates_share_the_size(k: Kernel) -> None:
    vmo = made(k, 4096)
    (other,) = k.handle_duplicate(vmo, int(Rights.SAME_RIGHTS))
    sets(k, other, 8192)
    assert gets(k, vmo, 8192).kind is CONFORMS


def test_vmo_that_is_not_resizable_must_refuse(k: Kernel) -> None:
    vmo = made(k, 4096, options=1)
    assert sets(k, vmo, 8192, UNAVAILABLE).kind is CONFORMS
    assert blamed(sets(k, vmo, 8192)) == ["vmo_set_size/unavailable"]
    k.handle_close(vmo)
    assert sets(k, made(k, 4096), 8192, UNAVAILABLE).kind is not CONFORMS


@pytest.mark.parametrize(
    ("size", "fine", "refused"),
    [
        (SURELY_FINE, True, False),
        (SURELY_FINE + 1, True, True),
        (LARGEST, True, True),
        (LARGEST + 1, False, True),
    ],
)
def test_what_is_too_large(k: Kernel, size: int, fine: bool, refused: bool) -> None:
    assert (sets(k, made(k, 0), size).kind is CONFORMS) == fine
    other = Kernel()
    assert (sets(other, made(other, 0), size, OUT_OF_RANGE).kind is CONFORMS) == refused


def test_write_right_is_required(k: Kernel) -> None:
    vmo = without(k, made(k, 4096), Rights.WRITE)
    assert blamed(sets(k, vmo, 8192)) == ["vmo_set_size/access_denied"]


def test_nothing_is_known_of_the_size_of_a_vmo_that_others_had(k: Kernel) -> None:
    vmo = made(k, 4096)
    k.state.object(vmo).unseen = True  # type: ignore[union-attr]
    assert gets(k, vmo, 8192).kind is CONFORMS
    assert gets(k, vmo, 4096).kind is CONFORMS
