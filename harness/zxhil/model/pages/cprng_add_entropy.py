"""zx_cprng_add_entropy, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import CprngAddEntropy
from zxhil.abi.objects import LIMITS
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.stated import TOO_LARGE
from zxhil.model.tri import Tri, tri

page = Page("cprng_add_entropy", CprngAddEntropy, "cprng_add_entropy.md, 2018-12")
page.touches = frozenset()

MOST = LIMITS["ZX_CPRNG_ADD_ENTROPY_MAX_LEN"]

accepted = page.effect(
    "accepted",
    "as many bytes as ZX_CPRNG_ADD_ENTROPY_MAX_LEN are accepted",
    words="accept at most",
    purpose=True,
)


@page.error(
    Status.ZX_ERR_INVALID_ARGS, "buffer_size is too large", about="buffer_size", words=TOO_LARGE
)
def invalid_args_size(s: State, c: CprngAddEntropy) -> Tri:
    return tri(c.buffer_size > MOST)


page.pointer("buffer")


@page.success
def success(s: State, c: CprngAddEntropy, o: Outcome) -> None:
    s.reach(accepted)
