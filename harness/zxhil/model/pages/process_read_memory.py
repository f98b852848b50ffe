"""zx_process_read_memory, as its page stood in 2018-12.

The page says nothing of an invalid `actual`, nor of memory that is mapped without permission to be
read.
"""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import ProcessReadMemory
from zxhil.abi.rights import Rights
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.contents import Contents
from zxhil.model.page import Page
from zxhil.model.process_memory import memory_errors, place_of, wrong_actual
from zxhil.model.state import State
from zxhil.model.vmo_memory import held, saw

page = Page("process_read_memory", ProcessReadMemory, "process_read_memory.md, 2018-12")
page.observes = True

# DESCRIPTION

memory_read = page.effect(
    "memory_read",
    "actual bytes of the process's memory are in buffer",
    words="attempts to read memory of the specified process",
    purpose=True,
)
actual_reported = page.effect(
    "actual",
    "actual is the number of bytes read: all, unless they go past the end of what is mapped",
    words=("less bytes than requested", "extends beyond the memory mapped"),
)

# ERRORS

page.has_right("handle", Rights.READ)
page.state(
    page.has_right("handle", Rights.WRITE, clause="access_denied_write"), words="zx_write_right"
)
memory_errors(page, "ZX_VM_PERM_READ")

# EFFECTS


@page.outputs
def outputs(s: State, c: ProcessReadMemory, o: Outcome) -> Iterator[Mismatch]:
    actual = o.number("actual")
    if o.status or actual is None:
        return
    place = place_of(s, c.handle, c.vaddr)
    if wrong := wrong_actual(place, c.buffer_size, actual):
        yield Mismatch(actual_reported, *wrong)
    elif place is not None and actual <= place.room:
        got = Contents.sampled(actual, o.sample("buffer"))
        differs = held(place.vmo, place.offset, actual).difference(got)
        if differs is not None:
            yield Mismatch(memory_read, *differs)


@page.success
def success(s: State, c: ProcessReadMemory, o: Outcome) -> None:
    actual, place = o.number("actual"), place_of(s, c.handle, c.vaddr)
    s.reach(actual_reported, actual is not None and actual < c.buffer_size)
    if actual is None or place is None or actual > place.room:
        return
    s.reach(memory_read, actual > 0)
    saw(s, place.vmo, place.offset, Contents.sampled(actual, o.sample("buffer")))
