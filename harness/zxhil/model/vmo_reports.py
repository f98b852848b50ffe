"""What zx_object_get_info reports of VMOs: one VMO, and those of a process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zxhil.abi.kinds.infos import VmoInfo
from zxhil.abi.rights import rights_name
from zxhil.model.clause import Difference
from zxhil.model.maps import mappings, root_of, times_mapped
from zxhil.model.objects import KernelObject, Vmo
from zxhil.model.regions import Mapped
from zxhil.model.state import State
from zxhil.model.tri import NO, YES
from zxhil.model.vmars import is_gone

_VIA_HANDLE = 1 << 3
#: Of so many clones, the model does not keep all.
_MOST_CLONES = 32


def wrong_vmo(s: State, vmo: KernelObject, record: VmoInfo) -> Difference | None:
    """Say what is wrong with ZX_INFO_VMO.

    Later headers lay out what follows `handle_rights` differently: of that nothing is known.
    """
    if vmo.koid is not None and record.koid != vmo.koid:
        return Difference(f"koid={vmo.koid}", str(record.koid))
    if not isinstance(vmo, Vmo) or vmo.unseen:
        return None
    return (
        _wrong_size(vmo, record)
        or _outside("num_mappings", record.num_mappings, times_mapped(s, vmo))
        or _wrong_parent(s, vmo, record)
        or _outside("num_children", record.num_children, _times_cloned(s, vmo))
    )


def wrong_rights(s: State, handle: int, record: VmoInfo) -> Difference | None:
    """Say what is wrong with the rights of the handle that was asked about."""
    rights = s.rights(handle)
    if rights is None or not rights.exact or not record.flags & _VIA_HANDLE:
        return None
    if record.handle_rights == rights.bits:
        return None
    due = f"handle_rights={rights_name(rights.bits)}, as flags has ZX_INFO_VMO_VIA_HANDLE"
    return Difference(due, rights_name(record.handle_rights))


def wrong_vmos(
    s: State, process: KernelObject, records: Sequence[VmoInfo], *, whole: bool
) -> Iterator[Difference]:
    """Say what is wrong with ZX_INFO_PROCESS_VMOS; `whole`: none is left out.

    The page lets a VMO have other values each time that it is listed, as it changes meanwhile.
    """
    root = root_of(s, process)
    if root is not None and is_gone(root) == NO and whole:
        listed = {record.koid for record in records}
        for region, there in mappings(root):
            vmo = region.inside.vmo if isinstance(region.inside, Mapped) else None
            koid = None if vmo is None else vmo.koid
            if there == YES and koid is not None and koid not in listed:
                yield Difference(f"koid {koid}, a VMO that is mapped there", "it not listed")
    for record in records:
        found = s.by_koid.get(record.koid)
        if isinstance(found, Vmo) and not (found.unseen or found.unidentified):
            wrong = _wrong_size(found, record) or _wrong_parent(s, found, record)
            if wrong is not None:
                yield wrong


def _wrong_size(vmo: Vmo, record: VmoInfo) -> Difference | None:
    if vmo.size.may_be(record.size_bytes):
        return None
    return Difference(
        f"size_bytes={' or '.join(map(str, vmo.size.possible))}", str(record.size_bytes)
    )


def _wrong_parent(s: State, vmo: Vmo, record: VmoInfo) -> Difference | None:
    """Of a clone, the koid of what it was cloned from, as long as that is surely there."""
    if vmo.made_by == "vmo_create" and record.parent_koid:
        return Difference("parent_koid=0 of a VMO that is no clone", str(record.parent_koid))
    if vmo.made_by != "vmo_clone":
        return None
    parent = None if vmo.source is None else vmo.source.vmo
    if record.parent_koid == 0:
        return Difference("the parent_koid of a clone", "0")
    if parent is None or parent.koid in (None, record.parent_koid) or s.held(parent) != YES:
        return None
    return Difference(f"parent_koid={parent.koid}", str(record.parent_koid))


def _times_cloned(s: State, vmo: Vmo) -> tuple[int, int] | None:
    """How many clones there are, at least and at most; None if unknown."""
    if len(vmo.clones) >= _MOST_CLONES:
        return None
    least = sum(s.held(clone) == YES for clone in vmo.clones)
    gone = sum(s.held(c) == NO and not (c.mapped or c.clones) for c in vmo.clones)
    return least, len(vmo.clones) - gone


def _outside(name: str, reported: int, bounds: tuple[int, int] | None) -> Difference | None:
    if bounds is None or bounds[0] <= reported <= bounds[1]:
        return None
    least, most = bounds
    due = f"{least}" if least == most else f"{least} to {most}"
    return Difference(f"{name}={due}", str(reported))
