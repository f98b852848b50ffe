"""zx_object_set_profile, as its page was in 2018-12: what it says is in its section RIGHTS."""

from __future__ import annotations

from zxhil.abi.calls import ObjectSetProfile
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.model.page import Page
from zxhil.model.rights_alone import asks_for

page = Page("object_set_profile", ObjectSetProfile, "object_set_profile.md, 2018-12")
asks_for(page, "handle", ObjType.THREAD, Rights.MANAGE_THREAD)
asks_for(page, "profile", ObjType.PROFILE, Rights.APPLY_PROFILE)
