"""Address spaces: VMARs, and what is in each of them. Addresses are absolute, sizes in bytes."""

from __future__ import annotations

from typing import Any

from zxhil.abi.objects import ObjType
from zxhil.model.facts import Fact, KnownRights
from zxhil.model.objects import KernelObject

CAN_MAP = 0x3C0
"""ZX_VM_CAN_MAP_SPECIFIC, _READ, _WRITE, _EXECUTE."""

OF_ROOT = 0x380
"""What the root of an address space allows, says vm_address_region.md: all but _SPECIFIC."""


class Mapped:
    """What a mapping was made of: the rights of the VMO's handle, the offset in it, `options`.

    Parts of one that was split have its `number`, that of the call that made it.
    """

    __slots__ = ("number", "options", "rights", "vmo", "vmo_offset")

    def __init__(
        self,
        vmo: KernelObject | None,
        rights: Fact[KnownRights],
        vmo_offset: int,
        options: Fact[int],
        number: int,
    ) -> None:
        self.vmo = vmo
        self.rights = rights
        self.vmo_offset = vmo_offset
        self.options = options
        self.number = number


class Region:
    """One part of a VMAR, from `start` to before `end`: a mapping, or a VMAR inside.

    `gone` is true once it is unmapped or destroyed; of a VMAR it is the VMAR's own fact.
    """

    __slots__ = ("end", "gone", "inside", "start")

    def __init__(self, start: int, end: int, gone: Fact[bool], inside: Mapped | Vmar) -> None:
        self.start = start
        self.end = end
        self.gone = gone
        self.inside = inside

    def overlaps(self, start: int, end: int) -> bool:
        """Does it have a byte in this range?"""
        return self.start < end and start < self.end

    def lies_in(self, start: int, end: int) -> bool:
        """Is it in this range as a whole?"""
        return start <= self.start and self.end <= end


class Vmar(KernelObject):
    """A VMAR; `regions` are the parts of it that the model knows.

    `can` are the ZX_VM_CAN_MAP_* that it has, `cannot` those that it lacks; nothing is known of the
    others. `strange`: there may be regions in it that the model does not know.
    """

    __slots__ = ("base", "can", "cannot", "gone", "outer", "process", "regions", "size", "strange")

    def __init__(self, outer: Vmar | None = None, koid: int | None = None) -> None:
        super().__init__(ObjType.VMAR, koid)
        self.outer = outer
        self.process: KernelObject | None = None if outer is None else outer.process
        """The process whose address space it is in; None if that is not known."""
        self.base: Fact[int] = Fact(None)
        self.size: Fact[int] = Fact(None)
        self.can = 0
        self.cannot = 0
        self.gone: Fact[bool] = Fact(False)
        self.regions: list[Region] = []
        self.strange = False

    def chain(self) -> list[Vmar]:
        """This VMAR and those that it is in, the root last."""
        found, at = [self], self.outer
        while at is not None:
            found.append(at)
            at = at.outer
        return found

    def yes_or_no_facts(self) -> tuple[Fact[bool], ...]:
        """Whether it, those that it is in, and what is in it are gone."""
        return (*[each.gone for each in self.chain()], *[each.gone for each in self.regions])

    def open_facts(self) -> tuple[Fact[Any], ...]:
        """The permissions of what is mapped."""
        mappings = [each.inside for each in self.regions if isinstance(each.inside, Mapped)]
        return tuple(each.options for each in mappings)

    def inner(self) -> list[Vmar]:
        """This VMAR and every one inside."""
        found = [self]
        for region in self.regions:
            if isinstance(region.inside, Vmar):
                found += region.inside.inner()
        return found
