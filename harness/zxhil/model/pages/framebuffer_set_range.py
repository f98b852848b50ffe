"""zx_framebuffer_set_range, as its page stood in 2018-12: what it says is in its section RIGHTS."""

from __future__ import annotations

from zxhil.abi.calls import FramebufferSetRange
from zxhil.abi.objects import ResourceKind
from zxhil.model.page import Page
from zxhil.model.rights_alone import asks_for_kind

page = Page("framebuffer_set_range", FramebufferSetRange, "framebuffer_set_range.md, 2018-12")
asks_for_kind(page, "resource", ResourceKind.ROOT)
