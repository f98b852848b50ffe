"""When prototypes took effect, and which calls in a vDSO bound a kernel's age.

Dates are of commits, as numbers (20180731). Facts of the first-parent history of Zircon's interface
file (``system/public/zircon/syscalls.sysgen``, later ``syscalls.abigen``) from 2017-09-12, when the
calls got the prefix ``zx_``, to 2018-12-29, and of a tree of July 2019. Only changes of what
arguments mean are listed, for calls of `zxhil.abi.calls`. That a length became 64 bits wide on
2018-05-24 (``zx_process_create``, ``zx_thread_create``) makes no difference below 4 GiB, and
names of parameters make none at all. Numbers of constants that came or changed are in `RENUMBERED`;
the kinds of resources changed with ``zx_resource_create``.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from zxhil.errors import UserError

FIRST, HORIZON, NEVER = 20170912, 20190731, 99999999
"""The days between which the history is known; a kernel may be younger."""


class PrototypeChange(NamedTuple):
    """The day on which a call got the prototype that it has here, and the prototype before."""

    day: int
    before: tuple[str, ...]


class PrototypeEnd(NamedTuple):
    """`last`: a day with the prototype that it has here; `by`: a day with another one."""

    last: int
    by: int


#: Under resource_create: commit 7d81deec7, ``[kernel][rsrc] Change ResourceDispatcher model``.
CHANGED: dict[str, PrototypeChange] = {
    name: PrototypeChange(day, tuple(before.split()))
    for name, day, before in (
        ("bti_pin", 20180410, "bti options vmo offset size addrs addrs_count"),
        (
            "channel_call",
            20180622,
            "handle options deadline args actual_bytes actual_handles read_status",
        ),
        ("cprng_draw", 20180627, "buffer data_size actual"),
        ("debug_read", 20180412, "handle buffer length"),
        ("fifo_read", 20180507, "handle data len num_written"),
        ("fifo_write", 20180507, "handle data len num_written"),
        ("futex_requeue", 20181203, "wake_ptr wake_count current_value requeue_ptr requeue_count"),
        ("futex_wait", 20181203, "value_ptr current_value deadline"),
        ("guest_create", 20180807, "resource options physmem_vmo out"),
        ("interrupt_bind", 20180430, "handle slot hrsrc vector options"),
        ("interrupt_create", 20180430, "hrsrc options out_handle"),
        ("interrupt_wait", 20180430, "handle slots"),
        ("ktrace_read", 20180524, "handle data offset len actual"),
        ("pci_get_bar", 20180119, "handle bar_num out_bar"),
        ("port_queue", 20180525, "handle packet count"),
        ("port_wait", 20180525, "handle deadline packet count"),
        ("resource_create", 20180731, "parent kind low high out"),
        ("smc_call", 20180613, "resource arg0 arg1 arg2 arg3 out_smc_status"),
        ("system_mexec", 20180609, "kernel bootimage"),
        ("task_suspend", 20180801, "handle"),
        ("thread_read_state", 20180205, "handle kind buffer len actual"),
        ("vcpu_create", 20180130, "guest options args out"),
        ("vmar_allocate", 20180828, "parent_vmar offset size map_flags child_vmar child_addr"),
        (
            "vmar_map",
            20180828,
            "handle vmar_offset vmo vmo_offset len map_flags mapped_addr",
        ),
        ("vmar_protect", 20180828, "handle addr len prot_flags"),
        ("vmo_read", 20180321, "handle data offset len actual"),
        ("vmo_write", 20180321, "handle data offset len actual"),
    )
}

#: Calls whose prototype changed later.
ENDED: dict[str, PrototypeEnd] = {
    name: PrototypeEnd(20181229, HORIZON)
    for name in ("clock_get", "pager_create_vmo", "profile_create")
}

_PROPERTIES = {2: 20180507, 12: 20181001, 13: 20181001, 15: 20181013}
_THREAD_STATES = {1: 20180601, 2: 20180601, 4: 20181009, 5: 20181009}
#: (call, parameter): numbers that a kernel of that day, or an older one, does not know, or knows as
#: something else: 12 was ZX_PROP_CHANNEL_TX_MSG_MAX, 4 was ZX_THREAD_STATE_SINGLE_STEP until
#: dd6fa99de exchanged it with 5. From the first-parent history of
#: ``system/public/zircon/syscalls/{object,debug,policy}.h``.
RENUMBERED: dict[tuple[str, str], dict[int, int]] = {
    ("object_get_property", "property"): _PROPERTIES,
    ("object_set_property", "property"): _PROPERTIES,
    ("thread_read_state", "kind"): _THREAD_STATES,
    ("thread_write_state", "kind"): _THREAD_STATES,
    ("job_set_policy", "policy"): {12: 20180613},
}


def _of(named: int, other: int = 0) -> Callable[[int], bool]:
    """Has a number bits of `named`, and none but these and those of `other`?"""
    return lambda value: bool(value & named) and not value & ~(named | other)


#: (call, parameter): is a number one that pages of 2019-07 name and those of 2018-12 refuse, or one
#: that means something else since? ZX_WAIT_ASYNC_TIMESTAMP (it was ZX_WAIT_ASYNC_REPEATING),
#: ZX_JOB_POL_TIMER_SLACK, ZX_HANDLE_INVALID for a process without a first handle, ZX_SOCKET_PEEK,
#: ZX_VM_ALLOW_FAULTS and ZX_VM_ALIGN_*, ZX_VMO_RESIZABLE.
NAMED_LATER: dict[tuple[str, str], Callable[[int], bool]] = {
    ("object_wait_async", "options"): _of(1),
    ("job_set_policy", "topic"): _of(1),
    ("process_start", "arg1"): lambda value: value == 0,
    ("socket_read", "options"): _of(1 << 3, 1 << 2),
    ("vmar_map", "options"): _of(0xFF00_1000, 0xFFF),
    ("vmo_create", "options"): _of(2),
}

#: The day since which the return code of ``zx_info_process_t`` has 64 bits: f50bd8d0a.
PROCESS_INFO_SINCE = 20180523

#: The day since which times are signed: e302c45d9. Before, ZX_TIME_INFINITE was twice as far away,
#: and there was nothing before 0.
SIGNED_TIMES_SINCE = 20180815

#: Every call whose prototype is not the same at all times.
VARIED = frozenset(CHANGED) | frozenset(ENDED)


class Witness(NamedTuple):
    """A call whose presence or absence bounds the age.

    It came after `born_after` and not after `born_by` (0: it was there on the first day), and went
    after `gone_after` and not after `gone_by` (0: it was there on the last day).
    """

    name: str
    born_after: int
    born_by: int
    gone_after: int
    gone_by: int


@dataclass(frozen=True, slots=True)
class Age:
    """A kernel is of a day from `earliest` to `latest`, both included; `why` says so in words."""

    earliest: int = 0
    latest: int = NEVER
    why: str = ""

    @property
    def contradicts_itself(self) -> bool:
        """Does the evidence leave no possible day?"""
        return self.earliest > self.latest

    @property
    def text(self) -> str:
        """Like ``2018-06-11 to 2018-06-19``."""
        if self.contradicts_itself:
            return "unknown (the calls in its vDSO match no date)"
        if not self.earliest and self.latest == NEVER:
            return "unknown"
        if self.earliest == self.latest:
            return day_text(self.earliest)
        if self.latest == NEVER:
            return f"{day_text(self.earliest)} or later"
        if not self.earliest:
            return f"{day_text(self.latest)} or earlier"
        return f"{day_text(self.earliest)} to {day_text(self.latest)}"

    def within(self, other: Age) -> Age:
        """The intersection of both ranges."""
        why = "; ".join(dict.fromkeys(each for each in (self.why, other.why) if each))
        return Age(max(self.earliest, other.earliest), min(self.latest, other.latest), why)

    def holds(self, call: str) -> bool | None:
        """Does a call have our prototype at this age? None if that is unknown."""
        change, end = CHANGED.get(call), ENDED.get(call)
        if change is not None and self.latest < change.day:
            return False
        if end is not None and self.earliest >= end.by:
            return False
        if call in VARIED and self.contradicts_itself:
            return None
        began = change is None or self.earliest > change.day
        goes_on = end is None or self.latest <= end.last
        return True if began and goes_on else None


def day_text(day: int) -> str:
    """20180731 as 2018-07-31."""
    return f"{day // 10000}-{day // 100 % 100:02}-{day % 100:02}"


def age_reason(earliest_by: str, latest_by: str) -> str:
    """Say which calls of the vDSO bound an age."""
    calls = ", ".join(f"zx_{name}" for name in dict.fromkeys((earliest_by, latest_by)) if name)
    return f"from the calls in its vDSO: {calls}" if calls else ""


def other_arguments(call: str, age: Age | None = None) -> str:
    """Say why a call is not made on a kernel of this age."""
    change, end = CHANGED.get(call), ENDED.get(call)
    before = f"before {day_text(change.day)}" if change else ""
    after = f"after {day_text(end.last)}" if end else ""
    when = " or ".join(each for each in (before, after) if each)
    if change is not None and age is not None and age.holds(call) is False:
        day = day_text(change.day)
        return f"zx_{call} takes different arguments on this kernel, which predates {day}"
    if age is not None and age.holds(call) is False:
        return f"zx_{call} takes different arguments on this kernel, which is from {when}"
    maybe = f"this kernel's zx_{call} may take different arguments"
    return f"{maybe}{f' ({when})' if when else ''}; state its age with --age"


def _is_day(year: str, month: str, day: str) -> bool:
    try:
        return bool(datetime.date(int(year), int(month), int(day)))
    except ValueError:
        return False


def parse_age(text: str, place: str = "--age") -> Age:
    """Read ``2018-06`` (any day of it) or ``2018-06-19``. Raises UserError."""
    found = re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?", text)
    if found is None or not _is_day(*found.groups(default="1")):
        problem = "is not YYYY-MM or YYYY-MM-DD"
        raise UserError(f"{place} {text}", problem, "use, for example, 2018-06")
    month = int(found[1] + found[2]) * 100
    why = f"{place} {text}"
    if found[3]:
        return Age(month + int(found[3]), month + int(found[3]), why)
    return Age(month + 1, month + 31, why)


WITNESSES: tuple[Witness, ...] = (
    Witness("acpi_cache_flush", 0, 0, 20171102, 20171102),
    Witness("acpi_uefi_rsdp", 0, 0, 20180501, 20180501),
    Witness("bootloader_fb_get_info", 0, 0, 20180611, 20180611),
    Witness("bti_create", 20180227, 20180227, 0, 0),
    Witness("bti_pin", 20180227, 20180227, 0, 0),
    Witness("bti_pin_new", 20180406, 20180406, 20180412, 20180412),
    Witness("bti_release_quarantine", 20180412, 20180412, 0, 0),
    Witness("bti_unpin", 20180227, 20180227, 20180410, 20180410),
    Witness("channel_read_etc", 20180222, 20180222, 0, 0),
    Witness("clock_get", 20180122, 20180122, 0, 0),
    Witness("clock_get_monotonic", 20180625, 20180625, 0, 0),
    Witness("clock_get_new", 20180611, 20180611, 0, 0),
    Witness("cprng_draw_new", 20180611, 20180611, 20180814, 20180814),
    Witness("exception_get_process", 20181229, 20190731, 0, 0),
    Witness("exception_get_thread", 20181229, 20190731, 0, 0),
    Witness("fifo_read_old", 20180405, 20180405, 20180523, 20180523),
    Witness("fifo_write_old", 20180405, 20180405, 20180523, 20180523),
    Witness("framebuffer_get_info", 20180611, 20180611, 0, 0),
    Witness("framebuffer_set_range", 20180611, 20180611, 0, 0),
    Witness("futex_get_owner", 20181203, 20181203, 0, 0),
    Witness("futex_requeue_single_owner", 20181203, 20181203, 0, 0),
    Witness("futex_wake_single_owner", 20181203, 20181203, 0, 0),
    Witness("handle_close_many", 20180625, 20180625, 0, 0),
    Witness("interrupt_ack", 20180430, 20180430, 0, 0),
    Witness("interrupt_bind", 20180112, 20180112, 0, 0),
    Witness("interrupt_bind_vcpu", 20181115, 20181115, 0, 0),
    Witness("interrupt_complete", 0, 0, 20180112, 20180112),
    Witness("interrupt_destroy", 20180430, 20180430, 0, 0),
    Witness("interrupt_get_timestamp", 20180112, 20180112, 20180430, 20180430),
    Witness("interrupt_signal", 0, 0, 20180430, 20180430),
    Witness("interrupt_trigger", 20180430, 20180430, 0, 0),
    Witness("iommu_create", 20171211, 20171211, 0, 0),
    Witness("ioports_request", 20180716, 20180716, 0, 0),
    Witness("irq_ack", 20180329, 20180329, 20180430, 20180430),
    Witness("irq_bind", 20180329, 20180329, 20180430, 20180430),
    Witness("irq_create", 20180329, 20180329, 20180430, 20180430),
    Witness("irq_destroy", 20180329, 20180329, 20180430, 20180430),
    Witness("irq_trigger", 20180329, 20180329, 20180430, 20180430),
    Witness("irq_wait", 20180329, 20180329, 20180430, 20180430),
    Witness("job_set_relative_importance", 0, 0, 20180607, 20180607),
    Witness("log_create", 0, 0, 20180731, 20180731),
    Witness("log_read", 0, 0, 20181229, 20190731),
    Witness("log_write", 0, 0, 20181229, 20190731),
    Witness("mmap_device_io", 0, 0, 20180716, 20180716),
    Witness("object_get_cookie", 0, 0, 20181229, 20190731),
    Witness("object_set_cookie", 0, 0, 20181229, 20190731),
    Witness("object_set_profile", 20180324, 20180324, 0, 0),
    Witness("pager_create", 20181203, 20181203, 0, 0),
    Witness("pager_create_vmo", 20181206, 20181206, 0, 0),
    Witness("pager_detach_vmo", 20181229, 20190731, 0, 0),
    Witness("pager_supply_pages", 20181229, 20190731, 0, 0),
    Witness("pc_firmware_tables", 20180501, 20180501, 0, 0),
    Witness("pci_config_read", 20171013, 20171013, 0, 0),
    Witness("pci_config_write", 20180122, 20180122, 0, 0),
    Witness("pci_enable_pio", 0, 0, 20171207, 20171207),
    Witness("pci_get_config", 0, 0, 20180119, 20180119),
    Witness("pci_io_read", 0, 0, 20180122, 20180122),
    Witness("pci_io_write", 0, 0, 20180122, 20180122),
    Witness("pci_query_irq_mode", 20180119, 20180119, 0, 0),
    Witness("pci_query_irq_mode_caps", 0, 0, 20180119, 20180119),
    Witness("pmt_unpin", 20180406, 20180406, 0, 0),
    Witness("profile_create", 20180324, 20180324, 0, 0),
    Witness("set_framebuffer", 0, 0, 20180611, 20180611),
    Witness("set_framebuffer_vmo", 0, 0, 20180530, 20180530),
    Witness("smc_call", 20180418, 20180418, 0, 0),
    Witness("socket_accept", 20171031, 20171031, 0, 0),
    Witness("socket_share", 20171031, 20171031, 0, 0),
    Witness("socket_shutdown", 20181112, 20181112, 0, 0),
    Witness("system_get_cpu_features", 20180206, 20180206, 20180206, 20180206),
    Witness("system_get_dcache_line_size", 20180307, 20180307, 0, 0),
    Witness("system_get_event", 20181229, 20190731, 0, 0),
    Witness("system_get_features", 20180206, 20180206, 0, 0),
    Witness("system_mexec_payload_get", 20181119, 20181119, 0, 0),
    Witness("system_powerctl", 20171109, 20171109, 0, 0),
    Witness("task_create_exception_channel", 20181229, 20190731, 0, 0),
    Witness("task_resume", 0, 0, 20181127, 20181127),
    Witness("task_resume_from_exception", 20180416, 20180416, 0, 0),
    Witness("task_suspend_token", 20180416, 20180416, 0, 0),
    Witness("thread_set_priority", 0, 0, 20181229, 20190731),
    Witness("time_get", 0, 0, 20180125, 20180125),
    Witness("vmar_allocate_old", 20180619, 20180619, 20181229, 20190731),
    Witness("vmar_map_old", 20180619, 20180619, 20181229, 20190731),
    Witness("vmar_protect_old", 20180619, 20180619, 20181229, 20190731),
    Witness("vmo_clone", 0, 0, 20181229, 20190731),
    Witness("vmo_create_child", 20181229, 20190731, 0, 0),
    Witness("vmo_read_old", 20180312, 20180312, 20180328, 20180328),
    Witness("vmo_replace_as_executable", 20180821, 20180821, 0, 0),
    Witness("vmo_write_old", 20180312, 20180312, 20180328, 20180328),
)
"""Calls that came or went once in the history. Test calls and those that came and went more than
once on neighboring days are left out, and so is ``zx_channel_write_etc``, which people put into
older kernels."""


def concluded(stated: Age, seen: Age) -> tuple[Age, str]:
    """Combine both; if they contradict each other, note it and use what was observed."""
    both = stated.within(seen)
    if stated == Age() or not both.contradicts_itself or seen.contradicts_itself:
        return both, ""
    return seen, f"{stated.why} does not match this kernel, dated {seen.text} {seen.why}"
