"""An address space for tests of the model: a process's root VMAR, and one of 16 pages in it."""

from __future__ import annotations

from typing import Any

from zxhil.abi.objects import LIMITS
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.judge import Verdict, VerdictKind
from zxhil.model.kernel import Kernel
from zxhil.oracle.simulate import BOOTSTRAP, JOB

PAGE = 4096
BASE = 0x100000
SPECIFIC, OVERWRITE = LIMITS["ZX_VM_SPECIFIC"], LIMITS["ZX_VM_SPECIFIC_OVERWRITE"]
READ, WRITE, EXECUTE = (LIMITS[f"ZX_VM_PERM_{each}"] for each in ("READ", "WRITE", "EXECUTE"))
CAN = {each: LIMITS[f"ZX_VM_CAN_MAP_{each}"] for each in ("SPECIFIC", "READ", "WRITE", "EXECUTE")}
CAN_ALL = sum(CAN.values())
MAP_RANGE, FIXED = LIMITS["ZX_VM_MAP_RANGE"], LIMITS["ZX_VM_REQUIRE_NON_RESIZABLE"]
INVALID, DENIED = int(Status.ZX_ERR_INVALID_ARGS), int(Status.ZX_ERR_ACCESS_DENIED)
BAD_STATE, NOT_FOUND = int(Status.ZX_ERR_BAD_STATE), int(Status.ZX_ERR_NOT_FOUND)
NOT_SUPPORTED = int(Status.ZX_ERR_NOT_SUPPORTED)
CONFORMS = VerdictKind.CONFORMS


class Space:
    """A process's root VMAR, and one of 16 pages at BASE in it; `k` is the kernel."""

    def __init__(self, options: int = CAN_ALL) -> None:
        self.k = Kernel(tuple(BOOTSTRAP.values()))
        self.process, self.root = self.k.process_create(JOB)
        self.k.object_get_info(self.root)
        self._grant(self.root)
        self.vmar = 0x2000F
        self.allocates(self.root, self.vmar, BASE, options=options, size=16 * PAGE)
        self._grant(self.vmar)
        (self.vmo,) = self.k.vmo_create(4 * PAGE)
        self.k.vmo_get_size(self.vmo)
        self.next = 0x3000F

    def _grant(self, handle: int) -> None:
        """As kernels do: the handle has the rights to map."""
        rights = self.k.state.rights(handle)
        assert rights is not None
        bits = rights.bits | int(Rights.READ | Rights.WRITE | Rights.EXECUTE)
        self.k.state.table[handle].rights.value = rights._replace(bits=bits, exact=True)

    def answers(self, name: str, outs: dict[str, Any], status: int = 0, **given: Any) -> Verdict:
        return self.k.observe(self.k.make(name, **given), Outcome(status, outs))

    def allocates(self, parent: int, child: int, at: int, status: int = 0, **given: Any) -> Verdict:
        outs = {} if status else {"child_vmar": child, "child_addr": at}
        given = {"options": CAN["READ"], "offset": 0, "size": PAGE, **given}
        return self.answers("vmar_allocate", outs, status, parent_vmar=parent, **given)

    def allocated(self, page: int, pages: int, options: int = CAN_ALL) -> int:
        self.next += 4
        given = {"options": options | SPECIFIC, "offset": page * PAGE, "size": pages * PAGE}
        self.allocates(self.vmar, self.next, BASE + page * PAGE, **given)
        return self.next

    def maps(self, page: int, pages: int, status: int = 0, **given: Any) -> Verdict:
        outs = {} if status else {"mapped_addr": BASE + page * PAGE}
        at = given.pop("vmar_offset", page * PAGE)
        given = {
            "handle": self.vmar,
            "options": READ | SPECIFIC,
            "vmo": self.vmo,
            "vmo_offset": 0,
            "len": pages * PAGE,
            **given,
        }
        return self.answers("vmar_map", outs, status, vmar_offset=at, **given)

    def unmaps(self, page: int, pages: int, status: int = 0, **given: Any) -> Verdict:
        given = {"handle": self.vmar, "addr": BASE + page * PAGE, "len": pages * PAGE, **given}
        return self.answers("vmar_unmap", {}, status, **given)

    def protects(self, page: int, pages: int, status: int = 0, **given: Any) -> Verdict:
        place = {"addr": BASE + page * PAGE, "len": pages * PAGE}
        given = {"handle": self.vmar, "options": READ, **place, **given}
        return self.answers("vmar_protect", {}, status, **given)

    def destroys(self, vmar: int, status: int = 0) -> Verdict:
        return self.answers("vmar_destroy", {}, status, handle=vmar)


def blamed(verdict: Verdict) -> list[str]:
    return [clause.id for clause in verdict.blamed]


def fine(*verdicts: Verdict) -> bool:
    return all(verdict.kind is CONFORMS for verdict in verdicts)
