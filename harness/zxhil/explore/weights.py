"""How often each call is drawn."""

from __future__ import annotations

from collections.abc import Mapping

from zxhil.explore.coverage import CLAUSE
from zxhil.model.pages import load

#: How often a call is drawn, beside those that are drawn once.
OFTEN = {
    "channel_write": 6,
    "channel_read": 5,
    "channel_read_etc": 3,
    "channel_write_etc": 6,
    "handle_close": 4,
    "handle_duplicate": 3,
    "channel_create": 3,
    "socket_create": 3,
    "socket_share": 3,
    "socket_accept": 3,
    "socket_write": 3,
    "socket_read": 3,
    "socket_shutdown": 2,
    "port_create": 2,
    "port_queue": 3,
    "port_wait": 6,
    "port_cancel": 3,
    "object_wait_async": 6,
    "object_wait_many": 4,
    "object_signal": 3,
    "object_signal_peer": 2,
    "fifo_create": 2,
    "fifo_read": 4,
    "fifo_write": 4,
    "object_get_info": 5,
    "object_wait_one": 3,
    "object_set_cookie": 4,
    "object_get_cookie": 4,
    "object_get_child": 3,
    "vmo_create": 2,
    "vmo_get_size": 3,
    "vmo_set_size": 3,
    "vmo_read": 6,
    "vmo_write": 6,
    "vmo_clone": 4,
    "vmo_op_range": 2,
    "timer_set": 2,
    "interrupt_create": 3,
    "interrupt_bind": 3,
    "interrupt_trigger": 6,
    "interrupt_wait": 4,
    "interrupt_ack": 4,
    "object_get_property": 4,
    "object_set_property": 4,
}


def weight(name: str, counts: Mapping[str, int]) -> int:
    """More for a page of which conditions were never met; `counts` are those of the features."""
    clauses = [clause.id for clause in load(name).clauses]
    left = sum(1 for id_ in clauses if f"{CLAUSE} {id_}" not in counts)
    return OFTEN.get(name, 1) * 2 + (6 * left // len(clauses) if clauses else 0)
