"""zx_cache_flush, as its page stood in 2018-12. What it flushes no call shows."""

from __future__ import annotations

from zxhil.abi.calls import CacheFlush
from zxhil.abi.objects import LIMITS
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.state import State

page = Page("cache_flush", CacheFlush, "cache_flush.md, 2018-12")

_INSN, _DATA = LIMITS["ZX_CACHE_FLUSH_INSN"], LIMITS["ZX_CACHE_FLUSH_DATA"]
_INVALIDATE = LIMITS["ZX_CACHE_FLUSH_INVALIDATE"]

flushed = page.effect(
    "flushed", "the caches of the range are flushed", words="flushes cpu caches", purpose=True
)

page.one_of(
    "options",
    (_INSN, _DATA, _INSN | _DATA, _DATA | _INVALIDATE, _INSN | _DATA | _INVALIDATE),
    "options names no cache, a flag that is not on the page, or ZX_CACHE_FLUSH_INVALIDATE without "
    "ZX_CACHE_FLUSH_DATA",
    clause="invalid_args_options",
    words="options is invalid",
)


@page.success
def success(s: State, c: CacheFlush, o: Outcome) -> None:
    s.reach(flushed)
