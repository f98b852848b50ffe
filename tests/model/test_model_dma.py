"""IOMMUs, BTIs, pinned memory, and VMOs of physical memory: what is special to their pages."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.sample import sample
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.judge import VerdictKind
from zxhil.model.kernel import Kernel
from zxhil.oracle.simulate import BOOTSTRAP, RESOURCE

PAGE = 4096
READ, WRITE, EXECUTE, COMPRESS, CONTIGUOUS = 1, 2, 4, 8, 16
INVALID_ARGS = Status.ZX_ERR_INVALID_ARGS


@pytest.fixture
def k() -> Kernel:
    return Kernel(list(BOOTSTRAP.values()))


def bti(k: Kernel) -> int:
    (iommu,) = k.iommu_create(RESOURCE, 0, b"\0")
    (made,) = k.bti_create(iommu, 0, 0)
    return made


def holds(k: Kernel, name: str, **given: Any) -> list[str]:
    """The clauses that must be answered with an error."""
    return [clause.id.partition("/")[2] for clause in k.allowed(k.make(name, **given)).holds]


def pins(k: Kernel, **given: Any) -> list[str]:
    usual = {"options": READ, "offset": 0, "size": 2 * PAGE, "addrs_count": 2}
    if "vmo" not in given:
        (given["vmo"],) = k.vmo_create(4 * PAGE, 0)
    return holds(k, "bti_pin", **{"handle": bti(k), **usual, **given})


@pytest.mark.parametrize(
    ("given", "clauses"),
    [
        ({}, []),
        ({"options": 0}, ["invalid_args_none"]),
        ({"options": 64 | READ}, ["invalid_args_options"]),
        ({"addrs_count": 1}, ["invalid_args_count"]),
        ({"addrs_count": 3}, ["invalid_args_count"]),
        ({"options": READ | COMPRESS, "addrs_count": 1}, []),
        ({"options": READ | COMPRESS, "addrs_count": 3}, ["invalid_args_count"]),
        ({"options": READ | COMPRESS, "addrs_count": 0}, ["invalid_args_count"]),
        ({"options": READ | CONTIGUOUS, "addrs_count": 1}, ["not_contiguous"]),
        ({"options": READ | CONTIGUOUS | COMPRESS}, ["exclusive", "not_contiguous"]),
        ({"offset": 1}, ["invalid_args_offset"]),
        ({"size": PAGE + 1}, ["invalid_args_size"]),
        ({"offset": 3 * PAGE}, ["out_of_range"]),
        ({"offset": 2 * PAGE}, []),
    ],
)
def test_what_a_pin_must_refuse(k: Kernel, given: dict[str, int], clauses: list[str]) -> None:
    assert pins(k, **given) == clauses


@pytest.mark.parametrize(
    ("rights", "options", "refused"),
    [
        (Rights.READ, READ | EXECUTE, False),
        (Rights.READ, WRITE, True),
        (Rights.WRITE, READ, True),
        (Rights.WRITE, EXECUTE, True),
        (Rights.WRITE, WRITE, False),
    ],
)
def test_each_access_needs_its_right(
    k: Kernel, rights: Rights, options: int, refused: bool
) -> None:
    (vmo,) = k.vmo_create(4 * PAGE, 0)
    (bare,) = k.handle_duplicate(vmo, int(rights | Rights.MAP))
    assert pins(k, vmo=bare, options=options) == (["access_denied_perm"] if refused else [])


@pytest.mark.parametrize("maker", ["vmo_create_contiguous", "vmo_create_physical"])
def test_contiguous_memory_may_have_one_address(k: Kernel, maker: str) -> None:
    given = (bti(k), 4 * PAGE, 0) if maker.endswith("contiguous") else (RESOURCE, 0, 4 * PAGE)
    (vmo,) = getattr(k, maker)(*given)
    assert pins(k, vmo=vmo, options=READ | CONTIGUOUS, addrs_count=1) == []
    assert pins(k, vmo=vmo, options=READ | CONTIGUOUS) == ["invalid_args_count"]


@pytest.mark.parametrize(
    ("addresses", "right"), [((PAGE, 7 * PAGE), True), ((PAGE, PAGE), False), ((PAGE, 9), False)]
)
def test_addresses_are_those_of_pages(k: Kernel, addresses: tuple[int, ...], right: bool) -> None:
    (vmo,) = k.vmo_create(4 * PAGE, 0)
    given = {"handle": bti(k), "options": READ, "vmo": vmo, "size": 2 * PAGE, "addrs_count": 2}
    outs = {"addrs": sample(struct.pack("<2Q", *addresses)), "pmt": 0x7777}
    verdict = k.observe(k.make("bti_pin", **given), Outcome(0, outs))
    assert (verdict.kind is VerdictKind.CONFORMS) == right
    assert right or [clause.id for clause in verdict.blamed] == ["bti_pin/addresses"]


def test_token_is_gone_whatever_unpinning_returns(k: Kernel) -> None:
    (vmo,) = k.vmo_create(PAGE, 0)
    (token,) = k.bti_pin(bti(k), READ, vmo, 0, PAGE, addrs_count=1)
    assert k.state.object(token).type is ObjType.PMT  # type: ignore[union-attr]
    for handle in (token, vmo):
        k.pmt_unpin(handle)
        assert holds(k, "handle_close", handle=handle) == ["bad_handle"]


@pytest.mark.parametrize(
    ("given", "clauses"),
    [
        ({}, []),
        ({"type": 2}, ["not_supported"]),
        ({"type": 1}, []),
        ({"desc": bytes(2), "desc_size": 2}, ["invalid_args_contents"]),
        ({"desc": b"", "desc_size": 0}, ["invalid_args_contents"]),
        (
            {"desc": bytes(4097), "desc_size": 4097},
            ["invalid_args_desc_size", "invalid_args_contents"],
        ),
    ],
)
def test_what_creating_an_iommu_must_refuse(
    k: Kernel, given: dict[str, Any], clauses: list[str]
) -> None:
    usual = {"resource": RESOURCE, "type": 0, "desc": b"\0", "desc_size": 1}
    assert holds(k, "iommu_create", **{**usual, **given}) == clauses


@pytest.mark.parametrize(
    ("kind", "paddr", "size", "refused"),
    [
        (0, 0x10000, 0x4000, False),
        (0, 0x11000, 0x1000, False),
        (0, 0xF000, 0x2000, True),
        (0, 0x13000, 0x2000, True),
        (5, 0x10000, 0x1000, True),
    ],
)
def test_resource_grants_its_range(
    k: Kernel, kind: int, paddr: int, size: int, refused: bool
) -> None:
    base, length = (0x10000, 0x4000) if kind == 0 else (0, 0)
    (resource,) = k.resource_create(RESOURCE, kind, base, length)
    given = {"resource": resource, "paddr": paddr, "size": size}
    assert holds(k, "vmo_create_physical", **given) == (["access_denied"] if refused else [])


def test_physical_memory_is_not_read_or_written(k: Kernel) -> None:
    (vmo,) = k.vmo_create_physical(RESOURCE, 0, PAGE)
    assert holds(k, "vmo_read", handle=vmo, buffer_size=1) == ["physical"]
    assert holds(k, "vmo_write", handle=vmo, buffer=b"x") == ["physical"]


@pytest.mark.parametrize("options", range(16))
def test_flush_names_a_cache_and_invalidates_only_data(k: Kernel, options: int) -> None:
    given = {"addr": bytes(64), "size": 64, "options": options}
    assert (holds(k, "cache_flush", **given) == []) == (options in (1, 2, 3, 6, 7))
