"""Arguments and outputs by the names that C gives their values: signals, options, topics.

The one decoder: reports, the shell, and saved C cases all spell values with it, and `zx.h` defines
every name that it gives. Rights and statuses have their own (`rights_name`, `status_name`).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from zxhil.abi.objects import (
    LIMITS,
    USER_SIGNAL_ALL,
    InfoTopic,
    Property,
    ResourceKind,
    Signal,
    ThreadState,
)

#: Types with signals under another name than their own.
_FAMILY = {"PROCESS": "TASK", "THREAD": "TASK", "JOB": "TASK"}
_SIGNALS = ("signals", "clear_mask", "set_mask", "observed")
_FOREVER = (1 << 63) - 1

#: (call, parameter) → the flags that it takes; the first is what 0 means, where that has a name.
_FLAGS: dict[tuple[str, str], tuple[str, ...]] = {
    ("channel_read", "options"): ("", "ZX_CHANNEL_READ_MAY_DISCARD"),
    ("channel_read_etc", "options"): ("", "ZX_CHANNEL_READ_MAY_DISCARD"),
    ("socket_create", "options"): (
        "ZX_SOCKET_STREAM",
        "ZX_SOCKET_DATAGRAM",
        "ZX_SOCKET_HAS_CONTROL",
        "ZX_SOCKET_HAS_ACCEPT",
    ),
    ("socket_read", "options"): ("", "ZX_SOCKET_CONTROL"),
    ("socket_write", "options"): ("", "ZX_SOCKET_CONTROL"),
    ("socket_shutdown", "options"): ("", "ZX_SOCKET_SHUTDOWN_WRITE", "ZX_SOCKET_SHUTDOWN_READ"),
    ("task_bind_exception_port", "options"): ("", "ZX_EXCEPTION_PORT_DEBUGGER"),
    ("task_resume_from_exception", "options"): ("", "ZX_RESUME_TRY_NEXT"),
    ("vmo_create", "options"): ("", "ZX_VMO_NON_RESIZABLE"),
    ("port_create", "options"): ("", "ZX_PORT_BIND_TO_INTERRUPT"),
    ("vmo_clone", "options"): ("", "ZX_VMO_CLONE_COPY_ON_WRITE", "ZX_VMO_CLONE_NON_RESIZEABLE"),
    ("cache_flush", "options"): (
        "",
        "ZX_CACHE_FLUSH_INSN",
        "ZX_CACHE_FLUSH_DATA",
        "ZX_CACHE_FLUSH_INVALIDATE",
    ),
    ("bti_pin", "options"): (
        "",
        "ZX_BTI_PERM_READ",
        "ZX_BTI_PERM_WRITE",
        "ZX_BTI_PERM_EXECUTE",
        "ZX_BTI_COMPRESS",
        "ZX_BTI_CONTIGUOUS",
    ),
    **{
        (call, "options"): ("", *(name for name in LIMITS if name.startswith("ZX_VM_")))
        for call in ("vmar_allocate", "vmar_map", "vmar_protect")
    },
}


def _named(*names: str) -> dict[int, str]:
    return {LIMITS[name]: name for name in names}


_PROPERTIES = {each.value: f"ZX_PROP_{each.name}" for each in Property}
_THREAD_STATES = {each.value: f"ZX_THREAD_STATE_{each.name}" for each in ThreadState} | _named(
    "ZX_THREAD_X86_REGISTER_FS", "ZX_THREAD_X86_REGISTER_GS"
)
#: (call, parameter) → the values that it takes, one at a time.
_VALUES: dict[tuple[str, str], dict[int, str]] = {
    ("timer_create", "options"): {
        LIMITS[name]: name
        for name in ("ZX_TIMER_SLACK_CENTER", "ZX_TIMER_SLACK_EARLY", "ZX_TIMER_SLACK_LATE")
    },
    ("interrupt_create", "options"): {0x10: "ZX_INTERRUPT_VIRTUAL"},
    **{
        (call, "clock_id"): _named("ZX_CLOCK_MONOTONIC", "ZX_CLOCK_UTC", "ZX_CLOCK_THREAD")
        for call in ("timer_create", "clock_get", "clock_get_new", "clock_adjust")
    },
    ("timer_set", "deadline"): {_FOREVER: "ZX_TIME_INFINITE"},
    ("nanosleep", "deadline"): {_FOREVER: "ZX_TIME_INFINITE"},
    ("vmo_op_range", "op"): {
        value: name for name, value in LIMITS.items() if name.startswith("ZX_VMO_OP_")
    },
    ("vmo_set_cache_policy", "cache_policy"): {
        value: name for name, value in LIMITS.items() if name.startswith("ZX_CACHE_POLICY_")
    },
    ("iommu_create", "type"): {LIMITS["ZX_IOMMU_TYPE_DUMMY"]: "ZX_IOMMU_TYPE_DUMMY"},
    ("guest_set_trap", "kind"): {
        LIMITS[name]: name
        for name in ("ZX_GUEST_TRAP_BELL", "ZX_GUEST_TRAP_MEM", "ZX_GUEST_TRAP_IO")
    },
    ("vcpu_read_state", "kind"): {LIMITS["ZX_VCPU_STATE"]: "ZX_VCPU_STATE"},
    ("vcpu_write_state", "kind"): {LIMITS[name]: name for name in ("ZX_VCPU_STATE", "ZX_VCPU_IO")},
    ("object_get_info", "topic"): {topic.value: f"ZX_INFO_{topic.name}" for topic in InfoTopic},
    ("object_wait_one", "deadline"): {_FOREVER: "ZX_TIME_INFINITE"},
    ("object_get_property", "property"): _PROPERTIES,
    ("object_set_property", "property"): _PROPERTIES,
    ("thread_read_state", "kind"): _THREAD_STATES,
    ("thread_write_state", "kind"): _THREAD_STATES,
    ("job_set_policy", "options"): _named("ZX_JOB_POL_RELATIVE", "ZX_JOB_POL_ABSOLUTE"),
    ("job_set_policy", "topic"): _named("ZX_JOB_POL_BASIC"),
    ("object_wait_many", "deadline"): {_FOREVER: "ZX_TIME_INFINITE"},
    ("port_wait", "deadline"): {_FOREVER: "ZX_TIME_INFINITE"},
    ("channel_call", "deadline"): {_FOREVER: "ZX_TIME_INFINITE"},
    ("object_wait_async", "options"): {
        LIMITS[name]: name for name in ("ZX_WAIT_ASYNC_ONCE", "ZX_WAIT_ASYNC_REPEATING")
    },
}
_KINDS = {kind.value: f"ZX_RSRC_KIND_{kind.name}" for kind in ResourceKind}


@functools.cache
def _signal_names(type_: str | None) -> Mapping[int, str]:
    """Of a type as `ObjType` names it: there are not many."""
    families = () if type_ is None else (f"{type_}_", f"{_FAMILY.get(type_, type_)}_")
    own = {
        int(signal): f"ZX_{name}"
        for name, signal in Signal.__members__.items()
        if name.startswith(families)
    }
    common = {
        int(signal): f"ZX_{name}"
        for name, signal in Signal.__members__.items()
        if name.startswith("USER_SIGNAL_")
    }
    return {**own, int(Signal.HANDLE_CLOSED): "ZX_SIGNAL_HANDLE_CLOSED", **common}


def signals_name(value: int, type_: str | None, separator: str = "|") -> str:
    """Spell zx_signals_t of an object of a type (as `ObjType` names it; None if unknown).

    Bits that the headers name for no such object are left as one number.

    >>> signals_name(0x204, "SOCKET")
    'ZX_SOCKET_PEER_CLOSED|ZX_SOCKET_SHARE'
    >>> signals_name(0x1000008, None)
    'ZX_USER_SIGNAL_0|0x8'
    """
    if value & USER_SIGNAL_ALL == USER_SIGNAL_ALL:
        rest = value & ~USER_SIGNAL_ALL
        text = signals_name(rest, type_, separator) if rest else ""
        return separator.join(filter(None, [text, "ZX_USER_SIGNAL_ALL"]))
    return _flags(value, _signal_names(type_), separator)


def argument_name(
    call: str, parameter: str, value: int, type_: str | None = None, separator: str = "|"
) -> str | None:
    """Spell a parameter's value by name; None if its values have none.

    `call` is without ``zx_``. `type_` is the type of the object that the call is about, as
    `signals_name` takes it.

    >>> argument_name("socket_create", "options", 5)
    'ZX_SOCKET_DATAGRAM|ZX_SOCKET_HAS_ACCEPT'
    """
    if parameter in _SIGNALS:
        return signals_name(value, type_, separator)
    if (call, parameter) == ("resource_create", "options"):
        return _resource_options(value, separator)
    if (call, parameter) in _VALUES:
        return _VALUES[call, parameter].get(value)
    if (call, parameter) not in _FLAGS:
        return None
    nothing, *flags = _FLAGS[call, parameter]
    if not value:
        return nothing or "0"
    return _flags(value, {LIMITS[name]: name for name in flags}, separator)


def _resource_options(value: int, separator: str) -> str:
    kind = _KINDS.get(value & 0xFFFF, f"{value & 0xFFFF}")
    flags = value & ~0xFFFF
    name = "ZX_RSRC_FLAG_EXCLUSIVE"
    return kind + (separator + _flags(flags, {LIMITS[name]: name}, separator) if flags else "")


def _flags(value: int, names: Mapping[int, str], separator: str) -> str:
    found = [name for bit, name in names.items() if value & bit]
    rest = value & ~sum(bit for bit in names if value & bit)
    if rest:
        found.append(hex(rest))
    return separator.join(found) or "0"
