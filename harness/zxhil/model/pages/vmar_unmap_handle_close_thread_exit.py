"""zx_vmar_unmap_handle_close_thread_exit, as its page stood in 2018-12.

Its errors are those of zx_vmar_unmap. It does not return on success.
"""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import VmarUnmapHandleCloseThreadExit
from zxhil.abi.objects import ObjType
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.page import Page
from zxhil.model.pages.vmar_unmap import add_errors
from zxhil.model.state import State
from zxhil.model.vmars import may_be_removed, pages_of, remove, vmar_of

page = Page(
    "vmar_unmap_handle_close_thread_exit",
    VmarUnmapHandleCloseThreadExit,
    "vmar_unmap_handle_close_thread_exit.md, 2018-12",
)
page.changes = {"vmar_handle": ObjType.VMAR}

never_returns = page.effect(
    "never_returns",
    "if the unmap operation succeeds, the call never returns",
    words="never returns",
    purpose=True,
)
page.state(never_returns, words="does not return on success")
page.leaves = never_returns
unmapped = page.effect(
    "unmapped", "the range is unmapped", words=("zx_vmar_unmap", "vmar_handle", "addr")
)
closed = page.effect("closed", "the handle is closed", words=("zx_handle_close", "close_handle"))

add_errors(page, "vmar_handle", "addr", "size")


@page.outputs
def outputs(s: State, c: VmarUnmapHandleCloseThreadExit, o: Outcome) -> Iterator[Mismatch]:
    if not o.status:
        yield Mismatch(never_returns, "no return", "ZX_OK")


@page.success
def success(s: State, c: VmarUnmapHandleCloseThreadExit, o: Outcome) -> None:
    """What it did before the thread exited."""
    vmar = vmar_of(s, c.vmar_handle)
    if vmar is not None:
        remove(s, pages_of(s, vmar, c.addr, c.size), unmapped)
    s.discard(c.close_handle, closed)


@page.failure
def failure(s: State, c: VmarUnmapHandleCloseThreadExit, o: Outcome) -> None:
    vmar = vmar_of(s, c.vmar_handle)
    if vmar is not None:
        may_be_removed(s, pages_of(s, vmar, c.addr, c.size))
