"""When documented sentences came into their pages, where that is known.

Found by `scripts/since`, which reads each version of ``docs/syscalls`` in the first-parent history
of Zircon up to 2018-12-29: the day since which a page has stated the clause without a break. A
clause not named here is what its call is for, or older than 2017-09-13, or its day is not known
(``channel_write_etc``, whose page is later than that history). Of the pages of 2019-07 only the day
of the tree is known. Pages leave default rights to
``zircon/rights.h``: for these, the day on which that header got the value that the model has.
"""

from __future__ import annotations

import functools

_DAYS: tuple[tuple[int, str, str], ...] = (
    (20180307, "fifo_create", "default_rights"),
    (20180307, "thread_create", "default_rights"),
    (20180307, "vcpu_create", "default_rights"),
    (20180410, "vmar_allocate", "default_rights"),
    (20180820, "guest_create", "default_rights"),
    (20181001, "socket_create", "default_rights"),
    (20181129, "job_create", "default_rights"),
    (20181129, "process_create", "default_rights"),
    (20170920, "guest_set_trap", "invalid_args_port"),
    (20170927, "guest_set_trap", "already_exists"),
    (20170929, "object_get_info", "handle_count"),
    (20171001, "guest_set_trap", "key_reported"),
    (20171002, "port_cancel", "access_denied_source bad_handle_source not_supported"),
    (20171004, "vcpu_write_state", "access_denied bad_handle bad_state invalid_args_size"),
    (20171004, "vcpu_write_state", "wrong_type"),
    (20171016, "deadline_after", "clamped"),
    (20171024, "object_wait_many", "out_of_range"),
    (20171031, "socket_accept", "access_denied bad_handle invalid_args_out not_supported"),
    (20171031, "socket_accept", "should_wait signal_accept wrong_type"),
    (20171031, "socket_share", "access_denied_transfer access_denied_write bad_handle_handle"),
    (20171031, "socket_share", "bad_handle_share bad_state_peer bad_state_self"),
    (20171031, "socket_share", "bad_state_share_capable not_supported peer_closed signal_share"),
    (20171031, "socket_share", "wrong_type_handle wrong_type_share"),
    (20171115, "cache_flush", "invalid_args_options"),
    (20171116, "interrupt_create", "invalid_args_options invalid_args_out_handle no_memory"),
    (20171116, "interrupt_wait", "bad_handle"),
    (20171117, "object_wait_async", "access_denied"),
    (20171117, "object_wait_many", "access_denied"),
    (20171117, "object_wait_one", "access_denied"),
    (20171211, "iommu_create", "access_denied bad_handle invalid_args_contents invalid_args_desc"),
    (20171211, "iommu_create", "invalid_args_desc_size invalid_args_out no_memory not_supported"),
    (20171211, "iommu_create", "usable_rights wrong_type"),
    (20180112, "interrupt_bind", "bad_handle"),
    (20180112, "interrupt_wait", "invalid_args_out_timestamp"),
    (20180122, "clock_get", "zero"),
    (20180127, "task_kill", "children_killed"),
    (20180130, "vcpu_create", "invalid_args"),
    (20180130, "vmo_clone", "size_rounded"),
    (20180130, "vmo_create", "size_rounded"),
    (20180202, "thread_write_state", "invalid_args_size"),
    (20180205, "thread_read_state", "invalid_args_buffer"),
    (20180206, "system_get_features", "not_supported"),
    (20180209, "thread_read_state", "not_supported"),
    (20180209, "thread_write_state", "not_supported"),
    (20180213, "object_get_info", "cpu_stats thread_stats"),
    (20180223, "job_set_policy", "out_of_range_condition out_of_range_count"),
    (20180227, "bti_create", "bad_handle invalid_args_options invalid_args_out no_memory"),
    (20180227, "bti_create", "wrong_type"),
    (20180227, "bti_pin", "access_denied_vmo addresses bad_handle_vmo invalid_args_addrs"),
    (20180227, "bti_pin", "invalid_args_offset invalid_args_size no_memory unavailable"),
    (20180227, "bti_pin", "wrong_type_vmo"),
    (20180227, "object_get_info", "bti"),
    (20180302, "bti_pin", "access_denied_perm invalid_args_none invalid_args_options"),
    (20180302, "guest_set_trap", "bell_without_port"),
    (20180306, "vmo_read", "bad_state"),
    (20180306, "vmo_write", "bad_state"),
    (20180307, "vmo_clone", "zero_children"),
    (20180309, "bti_pin", "invalid_args_count"),
    (20180320, "task_bind_exception_port", "bad_handle"),
    (20180321, "bti_pin", "out_of_range"),
    (20180321, "vmo_read", "invalid_args_buffer out_of_range_size"),
    (20180321, "vmo_write", "invalid_args_buffer out_of_range_size"),
    (20180331, "object_get_info", "process_handle_stats"),
    (20180404, "object_wait_many", "closed_observed"),
    (20180406, "pmt_unpin", "bad_handle wrong_type"),
    (20180409, "job_create", "bad_state"),
    (20180409, "process_create", "bad_state"),
    (20180409, "task_kill", "bad_handle wrong_type"),
    (20180410, "bti_pin", "access_denied_handle bad_handle_handle invalid_args_pmt"),
    (20180410, "bti_pin", "wrong_type_handle"),
    (20180412, "bti_create", "usable_rights"),
    (20180412, "bti_release_quarantine", "access_denied bad_handle wrong_type"),
    (20180418, "smc_call", "access_denied not_supported"),
    (20180426, "channel_call", "invalid_args_short timed_out"),
    (20180501, "interrupt_ack", "access_denied bad_handle bad_state canceled wrong_type"),
    (20180501, "interrupt_bind", "access_denied access_denied_port already_bound bad_handle_port"),
    (20180501, "interrupt_bind", "bad_state canceled invalid_args_options wrong_type"),
    (20180501, "interrupt_bind", "wrong_type_port"),
    (20180501, "interrupt_create", "access_denied bad_handle usable_rights wrong_type"),
    (20180501, "interrupt_destroy", "access_denied bad_handle not_found removed unbound"),
    (20180501, "interrupt_destroy", "wrong_type"),
    (20180501, "interrupt_trigger", "access_denied bad_handle bad_state canceled"),
    (20180501, "interrupt_trigger", "invalid_args_options wrong_type"),
    (20180501, "interrupt_wait", "access_denied bad_state canceled canceled_closed wrong_type"),
    (20180507, "fifo_read", "invalid_args_actual_count invalid_args_data one_is_one"),
    (20180507, "fifo_read", "out_of_range_size"),
    (20180507, "fifo_write", "invalid_args_actual_count invalid_args_data one_is_one"),
    (20180507, "fifo_write", "out_of_range_size"),
    (20180525, "port_queue", "bad_handle"),
    (20180529, "task_resume_from_exception", "bad_handle bad_state wrong_type"),
    (20180529, "task_suspend_token", "bad_handle invalid_args_token"),
    (20180530, "job_create", "access_denied"),
    (20180530, "port_queue", "should_wait"),
    (20180530, "vmo_create_physical", "access_denied invalid_args_out invalid_args_paddr"),
    (20180530, "vmo_create_physical", "invalid_args_size no_memory size_asked usable_rights"),
    (20180530, "vmo_create_physical", "wrong_type"),
    (20180601, "socket_create", "invalid_args_flags invalid_args_options"),
    (20180604, "handle_replace", "always_invalidated"),
    (20180604, "pmt_unpin", "consumed"),
    (20180604, "process_start", "discarded_on_failure"),
    (20180606, "object_get_info", "thread"),
    (20180609, "system_mexec", "required_of_resource"),
    (20180612, "object_signal", "eventpair_signaled"),
    (20180613, "smc_call", "bad_handle invalid_args_parameters invalid_args_result wrong_type"),
    (20180614, "object_wait_many", "ends_at_once not_before_deadline"),
    (20180614, "object_wait_one", "ends_at_once not_before_deadline"),
    (20180619, "channel_write", "bad_handle_repeated discarded_on_failure"),
    (20180620, "channel_call", "bad_handle_repeated consumed"),
    (20180625, "handle_close_many", "bad_handle_entry bad_handle_repeated invalid_is_fine"),
    (20180630, "vmo_clone", "not_copy_on_write"),
    (20180630, "vmo_set_size", "unavailable"),
    (20180716, "process_read_memory", "access_denied access_denied_write actual bad_handle"),
    (20180716, "process_read_memory", "bad_state bad_state_not_cacheable invalid_args_buffer"),
    (20180716, "process_read_memory", "invalid_args_buffer_size no_memory wrong_type"),
    (20180716, "process_write_memory", "access_denied actual bad_handle bad_state"),
    (20180716, "process_write_memory", "bad_state_not_cacheable invalid_args_buffer"),
    (20180716, "process_write_memory", "invalid_args_buffer_size no_memory wrong_type"),
    (20180718, "socket_share", "consumed_on_success discarded_on_failure should_wait"),
    (20180731, "resource_create", "access_denied bad_handle invalid_args_name"),
    (20180731, "resource_create", "invalid_args_options invalid_args_range no_memory"),
    (20180731, "resource_create", "usable_rights wrong_type"),
    (20180801, "object_get_info", "kmem_stats resource"),
    (20180801, "task_suspend", "invalid_args_token"),
    (20180806, "task_resume_from_exception", "access_denied bad_handle_port invalid_args_options"),
    (20180806, "task_resume_from_exception", "wrong_type_port"),
    (20180809, "guest_create", "invalid_args_guest_handle invalid_args_vmar_handle"),
    (20180809, "task_bind_exception_port", "already_bound"),
    (20180815, "timer_set", "at_once out_of_range"),
    (20180820, "vcpu_create", "access_denied"),
    (20180821, "vmo_replace_as_executable", "always_invalidated bad_handle bad_vmex executable"),
    (20180821, "vmo_replace_as_executable", "no_memory wrong_type"),
    (20180824, "bti_pin", "exclusive not_contiguous"),
    (20180828, "vmar_allocate", "invalid_args_offset specific_not_allowed specific_not_inherited"),
    (20180828, "vmar_map", "invalid_args_len_alignment invalid_args_options"),
    (20180828, "vmar_map", "invalid_args_overwrite_map_range invalid_args_vmar_offset"),
    (20180828, "vmar_map", "not_supported specific_not_allowed"),
    (20180828, "vmar_protect", "invalid_args_options"),
    (20180828, "vmar_unmap", "invalid_args_len_alignment"),
    (20180904, "socket_write", "out_of_range"),
    (20180910, "interrupt_bind", "port_not_for_interrupts"),
    (20180914, "vmo_op_range", "access_denied bad_handle invalid_args_op invalid_args_size"),
    (20180914, "vmo_op_range", "no_memory not_supported_lock out_of_range wrong_type"),
    (20180919, "vmar_allocate", "stays_allocated"),
    (20180920, "object_get_info", "vmo"),
    (20180920, "task_suspend_token", "default_rights"),
    (20181002, "task_bind_exception_port", "bad_state"),
    (20181005, "futex_wait", "not_spurious"),
    (20181008, "object_get_info", "bad_state"),
    (20181009, "object_get_info", "process_maps"),
    (20181013, "task_kill", "no_new_processes"),
    (20181016, "vmar_unmap", "bad_handle wrong_type"),
    (20181030, "system_get_version", "always_enough"),
    (20181112, "socket_shutdown", "access_denied bad_handle invalid_args_options"),
    (20181112, "socket_shutdown", "writing_disabled wrong_type"),
    (20181112, "thread_write_state", "invalid_args_values"),
    (20181115, "interrupt_bind_vcpu", "access_denied access_denied_vcpu already_bound"),
    (20181115, "interrupt_bind_vcpu", "already_bound_guest bad_handle bad_handle_vcpu bad_state"),
    (20181115, "interrupt_bind_vcpu", "canceled invalid_args_guest invalid_args_options"),
    (20181115, "interrupt_bind_vcpu", "wrong_type wrong_type_vcpu"),
    (20181115, "socket_share", "one_deep"),
    (20181119, "system_mexec_payload_get", "required_of_resource too_large"),
    (20181126, "event_create", "default_rights"),
    (20181128, "object_get_info", "socket"),
    (20181130, "object_wait_async", "observed"),
    (20181201, "object_wait_one", "closed_observed"),
    (20181201, "port_wait", "access_denied"),
    (20181203, "futex_get_owner", "invalid_args_koid invalid_args_value_ptr"),
    (20181203, "futex_get_owner", "invalid_args_value_ptr_aligned"),
    (20181203, "futex_requeue", "bad_handle invalid_args_owner invalid_args_requeue_ptr"),
    (20181203, "futex_requeue", "invalid_args_value_ptr wrong_type"),
    (20181203, "futex_wait", "bad_handle invalid_args_owner wrong_type"),
    (20181205, "object_get_info", "not_root"),
    (20181205, "vmo_clone", "bad_handle"),
    (20181205, "vmo_create_physical", "bad_handle"),
    (20181206, "object_set_property", "access_denied"),
    (20181206, "task_suspend_token", "bad_state wrong_type"),
    (20181206, "vmo_set_cache_policy", "access_denied_configured access_denied_map bad_handle"),
    (20181206, "vmo_set_cache_policy", "bad_state_committed bad_state_shared invalid_args_policy"),
    (20181206, "vmo_set_cache_policy", "not_supported wrong_type"),
    (20181208, "thread_create", "access_denied"),
    (20181211, "task_suspend", "bad_state before_any_code no_memory wrong_type"),
    (20181211, "vmar_protect", "access_denied_handle bad_handle wrong_type"),
    (20181212, "channel_read_etc", "access_denied bad_handle buffer_too_small infos_returned"),
    (20181212, "channel_read_etc", "invalid_args_actual_bytes invalid_args_actual_handles"),
    (20181212, "channel_read_etc", "invalid_args_bytes invalid_args_handles may_discard"),
    (20181212, "channel_read_etc", "message_read no_memory peer_closed peer_closed_unread"),
    (20181212, "channel_read_etc", "should_wait sizes_returned wrong_type"),
    (20181212, "clock_adjust", "required_of_handle"),
    (20181212, "debug_read", "required_of_handle"),
    (20181212, "debug_send_command", "required_of_resource"),
    (20181212, "debuglog_create", "required_of_resource"),
    (20181212, "debuglog_read", "required_of_handle"),
    (20181212, "debuglog_write", "required_of_handle"),
    (20181212, "framebuffer_get_info", "required_of_resource"),
    (20181212, "framebuffer_set_range", "required_of_resource"),
    (20181212, "ioports_request", "required_of_resource"),
    (20181212, "ktrace_control", "required_of_handle"),
    (20181212, "ktrace_read", "required_of_handle"),
    (20181212, "ktrace_write", "required_of_handle"),
    (20181212, "log_read", "required_of_handle"),
    (20181212, "log_write", "required_of_handle"),
    (20181212, "mtrace_control", "required_of_handle"),
    (20181212, "object_set_profile", "required_of_handle required_of_profile"),
    (20181212, "object_signal_peer", "access_denied bad_handle eventpair_signaled invalid_args"),
    (20181212, "object_signal_peer", "not_supported peer_closed"),
    (20181212, "pc_firmware_tables", "required_of_handle"),
    (20181212, "pci_add_subtract_io_range", "required_of_handle"),
    (20181212, "pci_cfg_pio_rw", "required_of_handle"),
    (20181212, "pci_config_read", "required_of_handle"),
    (20181212, "pci_config_write", "required_of_handle"),
    (20181212, "pci_enable_bus_master", "required_of_handle"),
    (20181212, "pci_get_bar", "required_of_handle"),
    (20181212, "pci_get_nth_device", "required_of_handle"),
    (20181212, "pci_init", "required_of_handle"),
    (20181212, "pci_map_interrupt", "required_of_handle"),
    (20181212, "pci_query_irq_mode", "required_of_handle"),
    (20181212, "pci_reset_device", "required_of_handle"),
    (20181212, "pci_set_irq_mode", "required_of_handle"),
    (20181212, "profile_create", "required_of_root_job"),
    (20181212, "system_mexec", "required_of_bootimage_vmo required_of_kernel_vmo"),
    (20181212, "system_powerctl", "required_of_resource"),
    (20181212, "vmo_create_contiguous", "required_of_bti"),
    (20181213, "clock_get_new", "invalid_args_clock invalid_args_out"),
    (20181213, "futex_requeue_single_owner", "bad_handle bad_state invalid_args_owner"),
    (20181213, "futex_requeue_single_owner", "invalid_args_requeue_ptr"),
    (20181213, "futex_requeue_single_owner", "invalid_args_requeue_ptr_aligned invalid_args_same"),
    (20181213, "futex_requeue_single_owner", "invalid_args_value_ptr"),
    (20181213, "futex_requeue_single_owner", "invalid_args_value_ptr_aligned wrong_type"),
    (20181213, "futex_wake_single_owner", "invalid_args_value_ptr_aligned"),
    (20181218, "object_wait_async", "packet_fields"),
    (20181218, "port_wait", "kernel_packet user_packet"),
    (20181218, "task_suspend", "not_supported"),
    (20190715, "vmo_set_size", "unavailable_not_made_so"),
)

_GONE: tuple[tuple[int, str, str], ...] = (
    (20190715, "clock_get", "zero"),
    (20190715, "object_wait_async", "invalid_args_options observed repeating"),
    (20190715, "vmar_map", "not_supported"),
    (20190715, "vmo_read", "out_of_range_offset"),
    (20190715, "vmo_set_size", "unavailable"),
    (20190715, "vmo_write", "out_of_range_offset"),
)

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


def newer(earliest: int, latest: int) -> bool:
    """Is a kernel of this age younger than the pages that clauses are written from?"""
    return earliest >= WRITTEN_FROM and latest > WRITTEN_FROM


def of_header(clause: str) -> bool:
    """Is the clause one that pages leave to ``zircon/rights.h``, whatever they state?"""
    return clause.endswith("/default_rights")


@functools.lru_cache(maxsize=256)
def unstated(earliest: int, latest: int) -> frozenset[str]:
    """The clauses that the pages of a kernel's age do not state, or may not state.

    Those that came to their pages after it for certain; for a kernel that is younger than the
    pages of 2018-12, those that are gone by a later day; and those of later pages and of the
    header, unless the kernel is surely as young: handles of a kernel from before the header changed
    have other rights.
    """
    later = {
        clause
        for clause, day in SINCE.items()
        if day > (earliest if day > WRITTEN_FROM or of_header(clause) else latest)
    }
    return frozenset(later | (UNTIL.keys() if newer(earliest, latest) else set()))
