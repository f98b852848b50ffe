"""Ranges of addresses: what pages say of their alignment, and of where a new region is put."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zxhil.abi.status import Status
from zxhil.model.clause import Clause, Mismatch
from zxhil.model.page import Page
from zxhil.model.regions import Vmar
from zxhil.model.state import State
from zxhil.model.tri import Tri, tri
from zxhil.model.vmars import aligned, exceeds, place, wrong_address


def _misaligned(s: State, value: int) -> Tri:
    """Is it not at the beginning of a page?"""
    return tri(not aligned(value))


def _is_zero(s: State, value: int) -> Tri:
    """Is it zero?"""
    return tri(value == 0)


def page_aligned(page: Page[Any], parameter: str, clause: str, *, about: str = "") -> None:
    """ZX_ERR_INVALID_ARGS for an address, offset or size within a page."""
    page.when(
        clause,
        f"{parameter} is not page-aligned",
        _misaligned,
        parameter,
        status=Status.ZX_ERR_INVALID_ARGS,
        about=about or parameter,
        words="page aligned",
    )


def not_zero(page: Page[Any], size: str, clause: str, *, about: str = "", words: str) -> None:
    """ZX_ERR_INVALID_ARGS for an empty range."""
    page.when(
        clause,
        f"{size} is zero",
        _is_zero,
        size,
        status=Status.ZX_ERR_INVALID_ARGS,
        about=about or size,
        words=words,
    )


def in_bounds(page: Page[Any], vmar: str, offset: str, size: str) -> None:
    """ZX_ERR_INVALID_ARGS for a range that is not within the VMAR."""
    page.when(
        "invalid_args_bounds",
        f"{offset} and {size} exceed the region's bounds",
        exceeds,
        *(vmar, "options", offset, size),
        status=Status.ZX_ERR_INVALID_ARGS,
        words="region bounds",
    )


def base_returned(page: Page[Any], output: str, what: str) -> Clause:
    """Where the new region begins is written to `output`."""
    clause = page.effect(
        "base_returned",
        f"{output} is the {what}'s base address, page-aligned and not zero",
        words=("page aligned", "non zero"),
    )
    page.state(clause, words="absolute base address")
    return clause


def wrong_base(
    vmar: Vmar | None,
    wanted: tuple[int, int, int],
    seen: tuple[str, int],
    says: tuple[Clause, Clause, Clause],
    *,
    overwrite: bool = False,
) -> Iterator[Mismatch]:
    """What is wrong with where a region was put.

    `wanted` is options, offset and size; `seen` the output and its value; `says` the sentences
    on the base address, on the place asked for, and on the call's purpose.
    """
    returned, placed, purpose = says
    name, address = seen
    if address == 0 or not aligned(address):
        yield Mismatch(returned, f"a page-aligned {name} that is not 0", f"{address:#x}")
        return
    if vmar is None:
        return
    asked = place(vmar, *wanted)
    if asked is not None and address != asked[0]:
        yield Mismatch(placed, f"{name}={asked[0]:#x}", f"{name}={address:#x}")
    elif wrong := wrong_address(vmar, address, wanted[2], overwrite=overwrite):
        yield Mismatch(purpose, *wrong)
