"""VMARs: what their pages require of a range, of options, and of what is mapped in it."""

from __future__ import annotations

import pytest
from model_make import without
from model_spaces import (
    BAD_STATE,
    BASE,
    CAN,
    CAN_ALL,
    DENIED,
    FIXED,
    INVALID,
    MAP_RANGE,
    NOT_FOUND,
    NOT_SUPPORTED,
    OVERWRITE,
    PAGE,
    READ,
    SPECIFIC,
    WRITE,
    Space,
    blamed,
    fine,
)
from zxhil.abi.objects import LIMITS
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.kernel import Kernel
from zxhil.oracle.simulate import BOOTSTRAP, JOB


@pytest.fixture
def s() -> Space:
    return Space()


# ---- zx_vmar_allocate

ALLOCATIONS = [
    ("invalid_args_offset", INVALID, {"offset": PAGE}, {}),
    ("invalid_args_offset_alignment", INVALID, {"options": 1 << 7 | SPECIFIC, "offset": 1}, {}),
    ("invalid_args_size_alignment", INVALID, {"size": PAGE + 1}, {}),
    ("invalid_args_size", INVALID, {"size": 0}, {}),
    ("invalid_args_bounds", INVALID, {"size": 17 * PAGE}, {"size": 16 * PAGE}),
    (
        "invalid_args_bounds",
        INVALID,
        {"options": CAN["READ"] | SPECIFIC, "offset": 16 * PAGE},
        {"options": CAN["READ"] | SPECIFIC, "offset": 15 * PAGE},
    ),
]


@pytest.mark.parametrize(("clause", "status", "refused", "allowed"), ALLOCATIONS)
def test_arguments_that_allocate_must_refuse(
    s: Space, clause: str, status: int, refused: dict[str, int], allowed: dict[str, int]
) -> None:
    at = BASE + refused.get("offset", 0)
    assert f"vmar_allocate/{clause}" in blamed(s.allocates(s.vmar, 0x9F, at, **refused))
    assert fine(Space().allocates(s.vmar, 0, 0, status, **refused))
    at = BASE + allowed.get("offset", 0)
    assert fine(Space().allocates(s.vmar, 0x9F, at, **allowed))


@pytest.mark.parametrize("permission", ["READ", "WRITE", "EXECUTE"])
def test_region_has_no_permission_that_its_parent_lacks(permission: str) -> None:
    s = Space(CAN_ALL & ~CAN[permission])
    wanted = {"options": CAN[permission]}
    assert fine(s.allocates(s.vmar, 0, 0, DENIED, **wanted))
    assert blamed(s.allocates(s.vmar, 0x9F, BASE, **wanted)) == ["vmar_allocate/access_denied_vmar"]
    assert not fine(Space().allocates(s.vmar, 0, 0, DENIED, **wanted))


@pytest.mark.parametrize("permission", ["READ", "WRITE", "EXECUTE"])
def test_handle_needs_the_right_for_a_permission(permission: str) -> None:
    s = Space()
    less = without(s.k, s.vmar, Rights[permission])
    verdict = s.allocates(less, 0x9F, BASE, options=CAN[permission])
    assert blamed(verdict) == ["vmar_allocate/access_denied_handle"]


def test_specific_needs_the_permission_and_is_not_inherited() -> None:
    s = Space(CAN["READ"])
    at = {"options": CAN["READ"] | SPECIFIC, "offset": PAGE}
    assert "vmar_allocate/specific_not_allowed" in blamed(s.allocates(s.vmar, 0x9F, BASE, **at))
    assert fine(Space(CAN["READ"]).allocates(s.vmar, 0x9F, BASE, options=CAN["SPECIFIC"]))


@pytest.mark.parametrize(
    ("page", "pages", "free"), [(3, 1, True), (3, 2, False), (5, 1, False), (8, 1, True)]
)
@pytest.mark.parametrize("what", ["mapping", "vmar"])
def test_range_must_be_free(page: int, pages: int, free: bool, what: str) -> None:
    s = Space()
    if what == "mapping":
        s.maps(4, 4)
    else:
        s.allocated(4, 4)
    wanted = {"options": CAN["READ"] | SPECIFIC, "offset": page * PAGE, "size": pages * PAGE}
    verdict = s.allocates(s.vmar, 0x9F, BASE + page * PAGE, **wanted)
    assert fine(verdict) == free
    if not free:
        assert "vmar_allocate/overlap" in blamed(verdict)


def test_region_whose_handle_is_closed_keeps_its_addresses(s: Space) -> None:
    s.k.handle_close(s.allocated(4, 4))
    wanted = {"options": CAN["READ"] | SPECIFIC, "offset": 4 * PAGE}
    verdict = s.allocates(s.vmar, 0x9F, BASE + 4 * PAGE, **wanted)
    assert blamed(verdict)[0] == "vmar_allocate/stays_allocated"


def test_region_is_placed_as_asked_for(s: Space) -> None:
    wanted = {"options": CAN["READ"] | SPECIFIC, "offset": 4 * PAGE}
    assert blamed(s.allocates(s.vmar, 0x9F, BASE, **wanted)) == ["vmar_allocate/placed"]


@pytest.mark.parametrize("at", [0, BASE + 1, BASE - PAGE, BASE + 16 * PAGE])
def test_region_is_at_an_address_that_it_can_have(s: Space, at: int) -> None:
    assert not fine(s.allocates(s.vmar, 0x9F, at))


# ---- zx_vmar_map

MAPPINGS = [
    ("invalid_args_vmar_offset", INVALID, {"options": READ}),
    ("invalid_args_vmar_offset_alignment", INVALID, {"vmar_offset": 4 * PAGE + 1}),
    ("invalid_args_vmo_offset_alignment", INVALID, {"vmo_offset": 1}),
    ("invalid_args_len_alignment", INVALID, {"len": 1}),
    ("invalid_args_overflow", INVALID, {"vmo_offset": (1 << 64) - PAGE, "len": 2 * PAGE}),
    ("invalid_args_overwrite_map_range", INVALID, {"options": READ | OVERWRITE | MAP_RANGE}),
    ("invalid_args_options", INVALID, {"options": READ | SPECIFIC | 1 << 20}),
    ("invalid_args_bounds", INVALID, {"len": 13 * PAGE}),
    ("not_supported", NOT_SUPPORTED, {"options": READ | SPECIFIC | FIXED}),
]


@pytest.mark.parametrize(("clause", "status", "refused"), MAPPINGS)
def test_arguments_that_map_must_refuse(clause: str, status: int, refused: dict[str, int]) -> None:
    assert f"vmar_map/{clause}" in blamed(Space().maps(4, 1, **refused))
    assert fine(Space().maps(4, 1, status, **refused))
    assert fine(Space().maps(4, 1))
    assert not fine(Space().maps(4, 1, status))


def test_vmo_that_is_not_resizable_may_be_required(s: Space) -> None:
    (fixed,) = s.k.vmo_create(PAGE, LIMITS["ZX_VMO_NON_RESIZABLE"])
    given = {"vmo": fixed, "options": READ | SPECIFIC | FIXED}
    assert not fine(s.maps(4, 1, NOT_SUPPORTED, **given))
    assert fine(Space().maps(4, 1))


@pytest.mark.parametrize("right", ["READ", "WRITE", "EXECUTE"])
def test_mapping_needs_rights_and_permissions(right: str) -> None:
    perms = LIMITS[f"ZX_VM_PERM_{right}"] | READ | SPECIFIC
    s = Space(CAN_ALL & ~CAN[right])
    assert "vmar_map/access_denied_vmar" in blamed(s.maps(4, 1, options=perms))
    s = Space()
    less = without(s.k, s.vmar, Rights[right])
    assert "vmar_map/access_denied_handle" in blamed(s.maps(4, 1, options=perms, handle=less))
    s = Space()
    less = without(s.k, s.vmo, Rights[right])
    assert "vmar_map/access_denied_vmo" in blamed(s.maps(4, 1, options=perms, vmo=less))
    assert fine(Space().maps(4, 1, options=perms))


def test_mapping_needs_the_right_to_map(s: Space) -> None:
    less = without(s.k, s.vmo, Rights.MAP)
    assert blamed(s.maps(4, 1, vmo=less)) == ["vmar_map/access_denied_vmo"]


@pytest.mark.parametrize("how", [SPECIFIC, OVERWRITE])
def test_mapping_at_an_offset_needs_the_permission(how: int) -> None:
    s = Space(CAN["READ"])
    assert blamed(s.maps(4, 1, options=READ | how)) == ["vmar_map/specific_not_allowed"]
    assert fine(s.maps(4, 1, DENIED, options=READ | how), s.maps(5, 1, INVALID))


def test_mapping_is_not_put_over_another(s: Space) -> None:
    s.maps(4, 4)
    assert blamed(s.maps(5, 1))[0] == "vmar_map/overlap"
    assert fine(Space().maps(8, 1))


def test_overwrite_replaces_mappings_and_cuts_no_vmar(s: Space) -> None:
    s.maps(4, 4)
    assert fine(s.maps(5, 2, options=READ | OVERWRITE))
    s.allocated(10, 2)
    assert blamed(s.maps(10, 1, options=READ | OVERWRITE))[0] == "vmar_map/overlap"
    whole = Space()
    whole.allocated(10, 2)
    assert fine(whole.maps(9, 4, options=READ | OVERWRITE))


def test_parts_beside_what_was_overwritten_stay(s: Space) -> None:
    s.maps(4, 4)
    s.maps(5, 2, options=READ | OVERWRITE)
    assert fine(s.unmaps(5, 2))
    assert not fine(s.maps(4, 1))
    assert fine(s.maps(5, 2))


# ---- zx_vmar_unmap


@pytest.mark.parametrize(
    ("clause", "given"),
    [
        ("invalid_args_addr", {"addr": BASE + 4 * PAGE + 1}),
        ("invalid_args_len", {"len": 0}),
        ("invalid_args_len_alignment", {"len": PAGE + 1}),
    ],
)
def test_arguments_that_unmap_must_refuse(s: Space, clause: str, given: dict[str, int]) -> None:
    s.maps(4, 4)
    assert fine(s.unmaps(4, 1, INVALID, **given))
    assert blamed(s.unmaps(4, 1, **given)) == [f"vmar_unmap/{clause}"]


def test_only_a_vmar_that_is_cut_prevents_unmapping() -> None:
    for page, pages, cut in (
        (3, 2, True),
        (4, 4, False),
        (3, 6, False),
        (7, 2, True),
        (8, 1, False),
    ):
        s = Space()
        s.allocated(4, 4)
        s.maps(8, 1)
        assert fine(s.unmaps(page, pages)) == (not cut)


def test_nothing_mapped_is_either_fine_or_not_found(s: Space) -> None:
    assert fine(s.unmaps(4, 1), s.unmaps(4, 1, NOT_FOUND))
    s.maps(4, 1)
    assert not fine(s.unmaps(4, 1, NOT_FOUND))


def test_unmapped_part_is_free_and_the_rest_is_not(s: Space) -> None:
    s.maps(4, 4)
    s.unmaps(5, 2)
    for page, free in ((4, False), (5, True), (6, True), (7, False)):
        assert fine(s.maps(page, 1)) == free


def test_unmapping_destroys_what_is_inside(s: Space) -> None:
    inside = s.allocated(4, 4)
    s.unmaps(3, 6)
    assert fine(s.destroys(inside, BAD_STATE))
    s = Space()
    inside = s.allocated(4, 4)
    s.unmaps(3, 6)
    assert blamed(s.destroys(inside)) == ["vmar_destroy/bad_state"]


def test_failed_unmap_leaves_open_what_is_mapped(s: Space) -> None:
    s.maps(4, 4)
    assert fine(s.unmaps(4, 1, INVALID, len=0))
    assert fine(s.unmaps(4, 4, INVALID, addr=BASE + 4 * PAGE + 1))
    assert fine(s.maps(4, 4))


# ---- zx_vmar_protect


@pytest.mark.parametrize(
    ("clause", "given"),
    [
        ("invalid_args_addr", {"addr": BASE + 4 * PAGE + 1}),
        ("invalid_args_len", {"len": 0}),
        ("invalid_args_options", {"options": WRITE}),
        ("invalid_args_options", {"options": READ | SPECIFIC}),
    ],
)
def test_arguments_that_protect_must_refuse(s: Space, clause: str, given: dict[str, int]) -> None:
    s.maps(4, 4)
    assert fine(s.protects(4, 1, INVALID, **given))
    assert f"vmar_protect/{clause}" in blamed(s.protects(4, 1, **given))


@pytest.mark.parametrize(
    ("page", "pages", "mapped"), [(4, 2, True), (4, 5, False), (3, 2, False), (5, 3, True)]
)
def test_protected_range_must_be_mapped(s: Space, page: int, pages: int, mapped: bool) -> None:
    s.maps(4, 2)
    s.maps(6, 2)
    assert fine(s.protects(page, pages)) == mapped
    assert fine(Space().protects(page, pages, NOT_FOUND))


def test_protected_range_has_no_vmar(s: Space) -> None:
    s.maps(4, 2)
    s.allocated(6, 2)
    assert fine(s.protects(4, 4, INVALID))
    assert "vmar_protect/invalid_args_vmar" in blamed(s.protects(4, 4))
    assert fine(s.protects(4, 2))


@pytest.mark.parametrize("right", ["READ", "WRITE", "EXECUTE"])
def test_protecting_needs_what_mapping_needed(right: str) -> None:
    perms = LIMITS[f"ZX_VM_PERM_{right}"] | READ
    none = {"options": SPECIFIC}
    s = Space(CAN_ALL & ~CAN[right])
    s.maps(4, 1, **none)
    assert "vmar_protect/access_denied_vmar" in blamed(s.protects(4, 1, options=perms))
    s = Space()
    less = without(s.k, s.vmo, Rights[right])
    s.maps(4, 1, vmo=less, **none)
    assert "vmar_protect/access_denied_vmo" in blamed(s.protects(4, 1, options=perms))
    assert fine(s.protects(4, 1, DENIED, options=perms))
    s = Space()
    s.maps(4, 1, **none)
    less = without(s.k, s.vmar, Rights[right])
    verdict = s.protects(4, 1, options=perms, handle=less)
    assert "vmar_protect/access_denied_handle" in blamed(verdict)
    assert fine(s.protects(4, 1, options=perms, handle=less, status=DENIED))


# ---- zx_vmar_destroy


def test_destroyed_region_refuses_all_operations(s: Space) -> None:
    inside = s.allocated(4, 4)
    s.destroys(s.vmar)
    for vmar in (s.vmar, inside):
        assert fine(
            s.destroys(vmar, BAD_STATE),
            s.allocates(vmar, 0, 0, BAD_STATE),
            s.maps(4, 1, BAD_STATE, handle=vmar),
            s.unmaps(4, 1, BAD_STATE, handle=vmar),
            s.protects(4, 1, BAD_STATE, handle=vmar),
        )


@pytest.mark.parametrize("inside", [True, False])
def test_destroyed_region_can_not_be_destroyed_again(s: Space, inside: bool) -> None:
    vmar = s.allocated(4, 4) if inside else s.vmar
    s.destroys(s.vmar)
    assert blamed(s.destroys(vmar)) == ["vmar_destroy/bad_state"]


def test_region_beside_a_destroyed_one_stays(s: Space) -> None:
    first, second = s.allocated(4, 4), s.allocated(8, 4)
    s.destroys(first)
    assert not fine(s.destroys(second, BAD_STATE))
    assert fine(Space().destroys(s.vmar))


def test_addresses_of_a_destroyed_region_are_free(s: Space) -> None:
    s.destroys(s.allocated(4, 4))
    assert fine(s.maps(5, 1))


def test_unmap_that_exits_the_thread_does_not_return(s: Space) -> None:
    s.maps(4, 4)
    name = "vmar_unmap_handle_close_thread_exit"
    given = {"vmar_handle": s.vmar, "addr": BASE + 4 * PAGE, "close_handle": s.vmo}
    assert fine(s.answers(name, {}, INVALID, size=0, **given))
    verdict = s.answers(name, {}, size=4 * PAGE, **given)
    assert blamed(verdict) == [f"{name}/never_returns"]


@pytest.mark.parametrize("closed", [True, False])
def test_vmar_of_a_process_without_handles_may_be_destroyed(closed: bool) -> None:
    k = Kernel(tuple(BOOTSTRAP.values()))
    process, vmar = k.process_create(JOB, b"p")
    if closed:
        k.handle_close(process)
    else:
        k.channel_write(k.channel_create().handles[0], b"", [process])
    for name in ("vmar_destroy", "vmar_unmap", "vmar_allocate"):
        first = {"vmar_allocate": "parent_vmar"}.get(name, "handle")
        doubted = k.allowed(k.make(name, **{first: vmar})).may_hold
        assert (f"{name}/bad_state" in {clause.id for clause in doubted}) is closed
    assert k.vmar_destroy(vmar).status is Status.ZX_OK
