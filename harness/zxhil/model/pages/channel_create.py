"""zx_channel_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import ChannelCreate
from zxhil.abi.rights import Rights
from zxhil.model.clause import Outcome
from zxhil.model.objects import Channel
from zxhil.model.page import Page
from zxhil.model.pairs import new_pair
from zxhil.model.state import State

page = Page("channel_create", ChannelCreate, "channel_create.md, 2018-12")

both_ends = page.effect(
    "both_ends",
    "two handles are returned, one to each side",
    words=("two handles are returned", "both sides"),
    purpose=True,
)
rights = page.rights(
    "usable_rights",
    "the handles can be sent, written to and read from",
    "channel",
    *(Rights.TRANSFER, Rights.WRITE, Rights.READ),
)

page.pointer("out0")
page.pointer("out1")
page.options()
page.no_memory()


@page.success
def success(s: State, c: ChannelCreate, o: Outcome) -> None:
    new_pair(s, o, (Channel(), Channel()), both_ends, rights.fact(s))
