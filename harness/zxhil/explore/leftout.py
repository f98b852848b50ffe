"""Which calls no generated program makes, and which it does not make on what it is given."""

from __future__ import annotations

from zxhil.abi.calls import BY_NAME, Parameter
from zxhil.abi.calls.given import default
from zxhil.abi.objects import ObjType
from zxhil.explore.program import CallProgram, Ref, Step, refs
from zxhil.model.asks import Asks
from zxhil.model.pages import MODELLED, load

_WAITS = "waits without a deadline"
_RUNS = "runs code that a program would have to bring"
_MACHINE = "changes the machine for all programs after it"
_SERIAL = "writes to the line that carries the trace, or reads from it"
_HARDWARE = "is about devices that the machine may not have"

#: Why a call is left out.
LEFT_OUT: dict[str, str] = {
    "interrupt_wait": _WAITS,
    **dict.fromkeys(("thread_start", "process_start", "guest_create", "vcpu_create"), _RUNS),
    **dict.fromkeys(("system_mexec", "system_powerctl", "system_mexec_payload_get"), _MACHINE),
    **dict.fromkeys(("clock_adjust", "ioports_request", "smc_call", "cache_flush"), _MACHINE),
    **dict.fromkeys(("ktrace_control", "ktrace_write", "ktrace_read", "mtrace_control"), _MACHINE),
    **dict.fromkeys(("framebuffer_get_info", "framebuffer_set_range"), _MACHINE),
    **dict.fromkeys(("debug_read", "debug_send_command", "log_write", "log_read"), _SERIAL),
    **dict.fromkeys(("debuglog_write", "debuglog_read"), _SERIAL),
    **dict.fromkeys(("iommu_create", "vmo_create_physical"), _HARDWARE),
    "channel_call": "has pointers inside of a struct, which programs do not",
    "pc_firmware_tables": _HARDWARE,
    **{name: _HARDWARE for name in MODELLED if name.startswith("pci_")},
}


def explored() -> tuple[str, ...]:
    """The calls that programs are made of."""
    calls = (BY_NAME[name] for name in MODELLED if name not in LEFT_OUT)
    return tuple(call.name for call in calls if call.in_vdso and not call.never)


# Nanoseconds since the boot: a wait that ends then is over long before a call counts as hung.
_LAST_DEADLINE = 1_000_000_000
_NOT_FOR_PROGRAMS = "is not in the vDSO, ends the program, or has no page"


def unfit(step: Step) -> str:
    """Why a program that someone wrote may not make this call; empty if it may.

    A call that waits as long as it was asked to would count as hung, which the kernel is not.
    """
    if step.name not in explored():
        return LEFT_OUT.get(step.name, _NOT_FOR_PROGRAMS)
    syscall = BY_NAME[step.name]
    if step.name == "timer_set" or all(p.name != "deadline" for p in syscall.parameters):
        return ""
    deadline = step.given.get("deadline", default(syscall, "deadline"))
    if isinstance(deadline, int):
        return _WAITS if _LAST_DEADLINE < deadline % (1 << 64) < 1 << 63 else ""
    return "has a deadline that is not a number"


#: What may be done with the objects that a program is given, as they are those of all programs:
#: (call, parameter). Where an object is of a type that the call does not take, it may go anywhere.
_HARMLESS = {
    *((f"object_get_{what}", "handle") for what in ("info", "child", "cookie", "property")),
    *(
        ("object_wait_one", "handle"),
        ("object_wait_async", "handle"),
        ("object_wait_many", "items"),
    ),
    *(("object_set_cookie", "scope"), ("object_get_cookie", "scope")),
    *(("handle_duplicate", "handle"), ("handle_close", "handle"), ("handle_replace", "handle")),
    *(("channel_write", "handles"), ("channel_write_etc", "handles")),
    *(("job_create", "parent_job"), ("process_create", "job"), ("thread_create", "process")),
    *(("resource_create", "parent_rsrc"), ("handle_close_many", "handles")),
    *(("port_cancel", "source"), ("profile_create", "root_job")),
}
#: These end a handle: not one of those that the program was given.
_ENDS = {
    *(("handle_close", "handle"), ("handle_replace", "handle"), ("handle_close_many", "handles")),
    *(("channel_write", "handles"), ("channel_write_etc", "handles")),
    ("socket_share", "socket_to_share"),
    ("vmo_replace_as_executable", "handle"),
}


def spares(call: str, parameter: str, *, given_handle: bool, fits: bool) -> bool:
    """May an object that every program is given be passed there?

    `given_handle`: by the very handle that it was given; `fits`: the call takes such an object.
    """
    if given_handle and (call, parameter) in _ENDS:
        return False
    return not fits or (call, parameter) in _HARMLESS


_TYPES = {
    "process": ObjType.PROCESS,
    "thread": ObjType.THREAD,
    "job": ObjType.JOB,
    "vmar": ObjType.VMAR,
    "resource": ObjType.RESOURCE,
}
_SAME = ("handle_duplicate", "handle_replace")


def harmed(program: CallProgram) -> tuple[int, str] | None:
    """The first call that would close or change what every program is given, and the name of that.

    A duplicate of its handle is as good as the handle; one from zx_object_get_child is not known.
    """
    names: dict[Ref, str] = {Ref(-1, name): name for name in _TYPES}
    for number, step in enumerate(program.steps):
        for parameter in BY_NAME[step.name].parameters:
            for ref in refs(step.given.get(parameter.name)):
                name = names.get(ref)
                if name is not None and not _spares(step.name, parameter, ref, name):
                    return number, name
        source = step.given.get("handle")
        if step.name in _SAME and isinstance(source, Ref) and source in names:
            names[Ref(number, "out")] = names[source]
    return None


def _spares(call: str, parameter: Parameter, ref: Ref, name: str) -> bool:
    types = _taken(call, parameter)
    fits = not types or _TYPES[name] in types
    return spares(call, parameter.name, given_handle=ref.is_given, fits=fits)


def _taken(call: str, parameter: Parameter) -> set[int]:
    """The types of object that a parameter takes, by its kind or the call's page; empty: any."""
    needs = parameter.kind.needs if parameter.kind.is_value else ()
    by_kind = {int(type_) for each in needs for type_ in each.types}
    if by_kind or call not in MODELLED:
        return by_kind
    routines = load(call).routines.values()
    of_type = [r for r in routines if r.asks is Asks.TYPE and r.parameter == parameter.name]
    return {type_ for each in of_type for type_ in each.detail}
