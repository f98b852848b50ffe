"""zx_system_get_features, as its page stood in 2018-12.

Which kinds there are, and what their bits mean, the page leaves to the hardware.
"""

from __future__ import annotations

from zxhil.abi.calls import SystemGetFeatures
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, YES, Tri

page = Page("system_get_features", SystemGetFeatures, "system_get_features.md, 2018-12")

populated = page.effect(
    "populated", "features has the bits", words="populates features", purpose=True
)
_SURELY_NO_KIND = 1 << 16


@page.error(
    Status.ZX_ERR_NOT_SUPPORTED,
    "the platform has no such kind of features",
    words="not available on this platform",
)
def not_supported(s: State, c: SystemGetFeatures) -> Tri:
    return YES if c.kind >= _SURELY_NO_KIND else MAYBE


@page.success
def success(s: State, c: SystemGetFeatures, o: Outcome) -> None:
    s.reach(populated, o.number("features") is not None)
