"""zx_system_mexec_payload_get, as its page stood in 2018-12: it lists no errors."""

from __future__ import annotations

from zxhil.abi.calls import SystemMexecPayloadGet
from zxhil.abi.objects import ResourceKind
from zxhil.abi.status import Status
from zxhil.model.page import Page
from zxhil.model.rights_alone import asks_for_kind
from zxhil.model.state import State
from zxhil.model.tri import Tri, tri

page = Page(
    "system_mexec_payload_get", SystemMexecPayloadGet, "system_mexec_payload_get.md, 2018-12"
)
asks_for_kind(page, "resource", ResourceKind.ROOT)
_LARGEST = 16 << 10


@page.error(
    (Status.ZX_ERR_INVALID_ARGS, Status.ZX_ERR_OUT_OF_RANGE),
    "buffer_size is more than 16 KiB",
    words=("buffer_size", "no longer than 16kib"),
)
def too_large(s: State, c: SystemMexecPayloadGet) -> Tri:
    return tri(c.buffer_size > _LARGEST)
