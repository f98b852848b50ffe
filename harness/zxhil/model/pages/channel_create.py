"""zx_channel_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import ChannelCreate
from zxhil.abi.rights import Rights, most_rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.facts import KnownRights
from zxhil.model.objects import Channel
from zxhil.model.page import Page
from zxhil.model.pairs import new_pair
from zxhil.model.state import State
from zxhil.model.tri import Tri, tri

page = Page("channel_create", ChannelCreate, "channel_create.md, 2018-12")

both_ends = page.effect("both_ends", "two handles are returned, one to each side", purpose=True)
usable_rights = page.effect("usable_rights", "the handles can be sent, written to and read from")
_RIGHTS = KnownRights(
    int(Rights.TRANSFER | Rights.WRITE | Rights.READ), exact=False, most=most_rights("channel")
)


@page.error(Status.ZX_ERR_INVALID_ARGS, "out0 is NULL or an invalid pointer")
def invalid_args_out0(s: State, c: ChannelCreate) -> Tri:
    return s.bad_output(c.out0)


@page.error(Status.ZX_ERR_INVALID_ARGS, "out1 is NULL or an invalid pointer")
def invalid_args_out1(s: State, c: ChannelCreate) -> Tri:
    return s.bad_output(c.out1)


@page.error(Status.ZX_ERR_INVALID_ARGS, "options is not zero")
def invalid_args_options(s: State, c: ChannelCreate) -> Tri:
    return tri(c.options != 0)


no_memory = page.any_time(Status.ZX_ERR_NO_MEMORY, "memory ran out")


@page.success
def success(s: State, c: ChannelCreate, o: Outcome) -> None:
    new_pair(s, o, (Channel(), Channel()), both_ends, s.fact(_RIGHTS, usable_rights))
