"""zx_ioports_request, as its page stood in 2018-12: what it says is in its section RIGHTS."""

from __future__ import annotations

from zxhil.abi.calls import IoportsRequest
from zxhil.abi.objects import ResourceKind
from zxhil.model.page import Page
from zxhil.model.rights_alone import asks_for_kind

page = Page("ioports_request", IoportsRequest, "ioports_request.md, 2018-12")
asks_for_kind(page, "resource", ResourceKind.IOPORT)
