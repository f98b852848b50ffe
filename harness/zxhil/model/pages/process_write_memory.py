"""zx_process_write_memory, as its page stood in 2018-12.

The page says nothing of an invalid `actual`, nor of memory that is mapped without permission to be
written.
"""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import ProcessWriteMemory
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.contents import Contents
from zxhil.model.page import Page
from zxhil.model.pages.vmo_clone import copy_on_write
from zxhil.model.process_memory import memory_errors, place_of, ranges_of, wrong_actual
from zxhil.model.state import State
from zxhil.model.vmo_memory import lost, wrote

page = Page("process_write_memory", ProcessWriteMemory, "process_write_memory.md, 2018-12")
page.changes = {"handle": ObjType.PROCESS}

# DESCRIPTION

memory_written = page.effect(
    "memory_written",
    "actual bytes of buffer are in the process's memory",
    words="attempts to write memory of the specified process",
    purpose=True,
)
actual_reported = page.effect(
    "actual",
    "actual is the number of bytes written: all, unless they go past the end of what is mapped",
    words=("less bytes than requested", "extends beyond the memory mapped"),
)

# ERRORS

page.has_right("handle", Rights.WRITE)
memory_errors(page, "ZX_VM_PERM_WRITE")

# EFFECTS


@page.outputs
def outputs(s: State, c: ProcessWriteMemory, o: Outcome) -> Iterator[Mismatch]:
    actual = o.number("actual")
    if o.status or actual is None:
        return
    if wrong := wrong_actual(place_of(s, c.handle, c.vaddr), c.buffer_size, actual):
        yield Mismatch(actual_reported, *wrong)


@page.success
def success(s: State, c: ProcessWriteMemory, o: Outcome) -> None:
    actual, place = o.number("actual"), place_of(s, c.handle, c.vaddr)
    s.reach(actual_reported, actual is not None and actual < c.buffer_size)
    if place is None or actual is None or actual > place.room:
        forget(s, c)
        return
    data = Contents.sampled(c.buffer_size, c.buffer.content).read(0, actual)
    wrote(s, place.vmo, place.offset, data, memory_written, copy_on_write)


@page.failure
def failure(s: State, c: ProcessWriteMemory, o: Outcome) -> None:
    """The number of bytes written is undefined."""
    if o.status != Status.ZX_ERR_BAD_HANDLE:
        forget(s, c)


def forget(s: State, c: ProcessWriteMemory) -> None:
    """What is mapped in the range may have been written in part."""
    for vmo, offset, size in ranges_of(s, c.handle, c.vaddr, c.buffer_size):
        lost(vmo, offset, offset + size)
