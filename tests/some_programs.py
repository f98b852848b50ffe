"""Programs for tests that start a machine for each: all of them would take minutes."""

from __future__ import annotations

#: The six programs that the stand-in was made for.
WRITTEN = "channel_write,channel_write_etc,object_get_child,object_set_cookie,socket_share,support"

#: Written by hand and generated, of calls that the stand-in has and that it lacks.
MIXED = (
    f"{WRITTEN},vmo_read,vmar_map,baseline_channel_write,baseline_event_create,baseline_vmar_map"
)
