"""When documented sentences came into their pages, where that is known.

Found by reading each version of ``docs/syscalls`` in the first-parent history of Zircon up to
2018-12-29 with `zxhil.docs.match`: the day since which a page has stated the clause without a
break. A clause not named here is older than 2017-09-13, or its day is not known
(``channel_write_etc``, whose page is later than that history). Pages leave default rights to
``zircon/rights.h``: for these, the day on which that header got the value that the model has.
"""

from __future__ import annotations

_DAYS: tuple[tuple[int, str, str], ...] = (
    (20180307, "thread_create", "default_rights"),
    (20181001, "socket_create", "default_rights"),
    (20181129, "job_create", "default_rights"),
    (20181129, "process_create", "default_rights"),
    (20171031, "socket_accept", "access_denied bad_handle invalid_args_out not_supported"),
    (20171031, "socket_accept", "received should_wait signal_accept wrong_type"),
    (20171031, "socket_share", "access_denied_transfer access_denied_write"),
    (20171031, "socket_share", "bad_handle_handle bad_handle_share bad_state_peer"),
    (20171031, "socket_share", "bad_state_self bad_state_share_capable not_supported"),
    (20171031, "socket_share", "peer_closed signal_share wrong_type_handle"),
    (20171031, "socket_share", "wrong_type_share"),
    (20171117, "object_wait_one", "access_denied"),
    (20180409, "job_create", "bad_state"),
    (20180409, "process_create", "bad_state"),
    (20180530, "job_create", "access_denied"),
    (20180601, "socket_create", "invalid_args_flags invalid_args_options"),
    (20180604, "handle_replace", "always_invalidated"),
    (20180612, "object_signal", "eventpair_signaled"),
    (20180614, "object_wait_one", "ends_at_once"),
    (20180619, "channel_write", "bad_handle_repeated discarded_on_failure"),
    (20180718, "socket_share", "consumed_on_success discarded_on_failure queued should_wait"),
    (20180731, "resource_create", "access_denied bad_handle created invalid_args_name"),
    (20180731, "resource_create", "invalid_args_options no_memory usable_rights"),
    (20180731, "resource_create", "wrong_type"),
    (20180904, "socket_write", "out_of_range"),
    (20181115, "socket_share", "one_deep"),
    (20181126, "event_create", "default_rights"),
    (20181208, "thread_create", "access_denied"),
    (20181212, "channel_read_etc", "access_denied bad_handle buffer_too_small"),
    (20181212, "channel_read_etc", "handles_received infos_returned invalid_args_actual_bytes"),
    (20181212, "channel_read_etc", "invalid_args_actual_handles invalid_args_bytes"),
    (20181212, "channel_read_etc", "invalid_args_handles may_discard message_read"),
    (20181212, "channel_read_etc", "no_memory peer_closed peer_closed_unread should_wait"),
    (20181212, "channel_read_etc", "sizes_returned wrong_type"),
    (20181212, "resource_create", "invalid_args_range"),
)

_GONE: tuple[tuple[int, str, str], ...] = ()

SINCE: dict[str, int] = {
    f"{page}/{clause}": day for day, page, clauses in _DAYS for clause in clauses.split()
}
"""The day as a number (20180731), by the clause's id."""

UNTIL: dict[str, int] = {
    f"{page}/{clause}": day for day, page, clauses in _GONE for clause in clauses.split()
}
"""The day from which on a page does not state the clause any more, by the clause's id."""

#: The pages that clauses are written from, where no other text is known to apply.
WRITTEN_FROM = 20181229


def unstated(earliest: int, latest: int) -> frozenset[str]:
    """The clauses that the pages of a kernel's age do not state.

    Those that came later or were gone before, for certain; and those that came after 2018-12,
    unless the kernel is that young.
    """
    later = {
        clause
        for clause, day in SINCE.items()
        if day > latest or (day > WRITTEN_FROM and day > earliest)
    }
    return frozenset(later | {clause for clause, day in UNTIL.items() if day <= earliest})
