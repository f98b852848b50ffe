"""The conditions of one entry of an array of handle dispositions: does it fail, and why?"""

from __future__ import annotations

from zxhil.abi.calls import ChannelWriteEtc
from zxhil.abi.kinds import Disposition
from zxhil.abi.objects import HandleOp, ObjType
from zxhil.abi.rights import Rights
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, Tri, both, tri

OPERATIONS = (HandleOp.MOVE, HandleOp.DUPLICATE)


def duplicates(entry: Disposition) -> bool:
    """Does the handle stay with the process?"""
    return entry.operation == HandleOp.DUPLICATE


def has_bad_handle(s: State, c: ChannelWriteEtc, e: Disposition) -> Tri:
    """Is the source handle invalid?"""
    return s.invalid(e.handle)


def is_repeated(s: State, c: ChannelWriteEtc, e: Disposition) -> Tri:
    """Of a handle that stands twice, no page says which entry fails, or if a DUPLICATE saves it."""
    same = [other for other in c.handles.values if other.handle == e.handle]
    return NO if len(same) < 2 or all(map(duplicates, same)) else MAYBE


def has_wrong_type(s: State, c: ChannelWriteEtc, e: Disposition) -> Tri:
    """Is the object not of the type stated?"""
    if e.type == ObjType.NONE:
        return NO
    object_ = s.object(e.handle)
    open_type = object_ is None or object_.type is ObjType.NONE
    differs = MAYBE if object_ is None or open_type else tri(object_.type != e.type)
    return both(s.valid(e.handle), differs)


def has_bad_operation(s: State, c: ChannelWriteEtc, e: Disposition) -> Tri:
    """Is the operation neither MOVE nor DUPLICATE?"""
    return tri(e.operation not in OPERATIONS)


def asks_more_rights(s: State, c: ChannelWriteEtc, e: Disposition) -> Tri:
    """Are more rights asked for than the handle has?"""
    return s.more_than(e.handle, e.rights)


def is_channel_itself(s: State, c: ChannelWriteEtc, e: Disposition) -> Tri:
    """Is it the handle written to?"""
    return tri(e.handle == c.handle)


def lacks_transfer(s: State, c: ChannelWriteEtc, e: Disposition) -> Tri:
    """Does the handle lack ZX_RIGHT_TRANSFER?"""
    return s.lacks(e.handle, Rights.TRANSFER)


def lacks_duplicate(s: State, c: ChannelWriteEtc, e: Disposition) -> Tri:
    """Is it to be duplicated, and lacks ZX_RIGHT_DUPLICATE?"""
    return s.lacks(e.handle, Rights.DUPLICATE) if duplicates(e) else NO
