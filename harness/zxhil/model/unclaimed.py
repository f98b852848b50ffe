"""Why no case claims a sentence: a case that claims one fails where it is not reached."""

from __future__ import annotations

from zxhil.model.clause import Clause, ClauseKind

_ANY_TIME = "the page allows it at any time, and no case can force it"
_OTHER_READING = "the page contradicts itself: a kernel may follow the other reading"
_NO_PCI = "no machine that zxhil starts has a PCI bus for programs"
#: By clause id.
REASONS = {
    "channel_read/peer_closed_unread": _OTHER_READING,
    "channel_read_etc/peer_closed_unread": _OTHER_READING,
    "debuglog_create/returned": "the page says nothing of when it succeeds",
    "interrupt_bind_vcpu/redirected": "no program can trigger an interrupt of a device",
    "object_get_cookie/may_have": "it allows and requires nothing",
    "object_get_info/thread_exception_report": "no case asks while a thread is in an exception",
    "pci_get_bar/returned": _NO_PCI,
    "pci_get_nth_device/returned": _NO_PCI,
    "pci_map_interrupt/returned": _NO_PCI,
    "process_read_memory/past_vmo": "needs a VMO that shrinks, which later kernels refuse",
    "process_write_memory/past_vmo": "needs a VMO that shrinks, which later kernels refuse",
    "profile_create/returned": "no program is given the root job",
    "smc_call/not_supported": "the page does not say on which systems",
    "socket_create/invalid_args_flags": _OTHER_READING,
    "vcpu_interrupt/raised": "only code of a guest could observe it",
    "vcpu_resume/canceled": "the page does not say what cancels it",
    "vcpu_resume/internal": "the page does not say what goes wrong then",
    "vmar_unmap_handle_close_thread_exit/invalid_args_len_alignment": (
        "where a kernel rounds the size instead, the thread of the case ends"
    ),
    "vmar_unmap_handle_close_thread_exit/not_found": _OTHER_READING,
    "vmo_create/invalid_args_non_resizable": _OTHER_READING,
    "vmo_op_range/not_supported_decommit": "which VMOs do not allow it, no page says",
    "vmo_set_size/unavailable_not_made_so": "only pages of 2019 state it",
}


def why_unclaimed(clause: Clause) -> str:
    """Why no case claims it; "" for one that a case should claim."""
    return REASONS.get(clause.id) or (_ANY_TIME if clause.kind is ClauseKind.ANY_TIME else "")
