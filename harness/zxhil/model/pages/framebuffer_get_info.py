"""zx_framebuffer_get_info, as its page stood in 2018-12: what it says is in its section RIGHTS."""

from __future__ import annotations

from zxhil.abi.calls import FramebufferGetInfo
from zxhil.abi.objects import ResourceKind
from zxhil.model.page import Page
from zxhil.model.rights_alone import asks_for_kind

page = Page("framebuffer_get_info", FramebufferGetInfo, "framebuffer_get_info.md, 2018-12")
asks_for_kind(page, "resource", ResourceKind.ROOT)
