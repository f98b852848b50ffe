"""The C side of the ABI, generated: `zx.h`, the one header of guest tests and stand-in kernel.

Nothing generated here is kept in the repository; the builds of the guest tests and of the
stand-in kernel write it into their own folders.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

from zxhil.abi.calls import CALLS, Syscall
from zxhil.abi.kinds import LAYOUTS
from zxhil.abi.kinds.infos import INFO_LAYOUTS
from zxhil.abi.objects import (
    LIMITS,
    USER_SIGNAL_ALL,
    HandleInfo,
    HandleOp,
    InfoTopic,
    ObjType,
    PolicyCondition,
    Property,
    ResourceKind,
    Signal,
    ThreadState,
)
from zxhil.abi.rights import HEADER_RIGHTS, RIGHTS_BASIC, Rights
from zxhil.abi.runtime import (
    CALL_ENTRY,
    CASE_ENTRY,
    CONSTANTS,
    JOB_MARK,
    JOB_SLOT,
    PAGE_HEAD,
    PROGRAM_PAGE,
    STANDIN_VERSION,
    Field,
    layout,
)
from zxhil.abi.status import Status

_TYPES = """\
typedef uint32_t zx_handle_t;
typedef int32_t zx_status_t;
typedef uint32_t zx_rights_t;
typedef uint32_t zx_signals_t;
typedef uint32_t zx_obj_type_t;
typedef uint32_t zx_handle_op_t;
typedef uint64_t zx_koid_t;
typedef int64_t zx_time_t;
typedef int64_t zx_duration_t;
typedef uint64_t zx_ticks_t;
typedef uint32_t zx_clock_t;
typedef uint32_t zx_vm_option_t;
typedef uintptr_t zx_vaddr_t;
typedef uintptr_t zx_paddr_t;
typedef int32_t zx_futex_t;

#define ZX_TIME_INFINITE INT64_MAX

typedef struct zx_info_handle_basic {
    zx_koid_t koid;
    zx_rights_t rights;
    zx_obj_type_t type;
    zx_koid_t related_koid;
    uint32_t props;
} zx_info_handle_basic_t;
_Static_assert(sizeof(zx_info_handle_basic_t) == 32, "zx_info_handle_basic_t is 32 bytes");

typedef struct zx_info_process {
    int64_t return_code;
    bool started;
    bool exited;
    bool debugger_attached;
} zx_info_process_t;
_Static_assert(sizeof(zx_info_process_t) == 16, "zx_info_process_t is 16 bytes");

typedef struct zx_info_handle_count {
    uint32_t handle_count;
} zx_info_handle_count_t;
_Static_assert(sizeof(zx_info_handle_count_t) == 4, "zx_info_handle_count_t is 4 bytes");

typedef struct zx_proc_args {
    uint32_t protocol;
    uint32_t version;
    uint32_t handle_info_off;
    uint32_t args_off;
    uint32_t args_num;
    uint32_t environ_off;
    uint32_t environ_num;
    uint32_t names_off;
    uint32_t names_num;
} zx_proc_args_t;
_Static_assert(sizeof(zx_proc_args_t) == 36, "zx_proc_args_t is 36 bytes");

#define ZX_PROCARGS_PROTOCOL 0x4150585du
#define ZX_PROCARGS_VERSION 0x0001000u
#define PA_HND_TYPE(info) ((info) & 0xffu)
"""


#: Families of plain numbers: what the names begin with in C, and the members.
_FAMILIES: tuple[tuple[str, type[enum.IntEnum]], ...] = (
    ("ZX_PROP_", Property),
    ("ZX_THREAD_STATE_", ThreadState),
    ("ZX_POL_", PolicyCondition),
)


def _constants() -> Iterable[str]:
    for status in Status:
        yield f"#define {status.name} ((zx_status_t){status.value})"
    for right in Rights.__members__.values():
        yield f"#define ZX_RIGHT_{right.name} ((zx_rights_t){right.value:#x}u)"
    yield f"#define ZX_RIGHTS_BASIC ((zx_rights_t){RIGHTS_BASIC:#x}u)"
    for type_, default in HEADER_RIGHTS.items():
        yield f"#define ZX_DEFAULT_{type_.upper()}_RIGHTS ((zx_rights_t){default:#x}u)"
    for obj_type in ObjType:
        yield f"#define ZX_OBJ_TYPE_{obj_type.name} ((zx_obj_type_t){obj_type.value}u)"
    for name, signal in Signal.__members__.items():
        prefix = "ZX_SIGNAL_" if name == "HANDLE_CLOSED" else "ZX_"
        yield f"#define {prefix}{name} ((zx_signals_t){signal.value:#x}u)"
    yield f"#define ZX_USER_SIGNAL_ALL ((zx_signals_t){USER_SIGNAL_ALL:#x}u)"
    for topic in InfoTopic:
        yield f"#define ZX_INFO_{topic.name} {topic.value}u"
    for op in HandleOp:
        yield f"#define ZX_HANDLE_OP_{op.name} ((zx_handle_op_t){op.value}u)"
    for kind in ResourceKind:
        yield f"#define ZX_RSRC_KIND_{kind.name} {kind.value}u"
    for family, members in _FAMILIES:
        yield from (f"#define {family}{each.name} {each.value}u" for each in members)
    for info in HandleInfo:
        yield f"#define PA_{info.name} {info.value:#x}u"
    for name, value in LIMITS.items():
        yield f"#define {name} {value:#x}u"


def _runtime() -> Iterable[str]:
    """What the guest runtime and the harness must agree on."""
    for name, value in CONSTANTS.items():
        yield f"#define {name} {value}u"
    yield f'#define ZXHIL_JOB_MARK "{JOB_MARK.decode()}"'
    yield f'#define ZXHIL_STANDIN "{STANDIN_VERSION}"'
    yield from _struct("zxhil_job_slot_t", JOB_SLOT)
    yield from _struct("zxhil_program_page_t", PROGRAM_PAGE)
    yield from _struct("zxhil_case_entry_t", CASE_ENTRY)
    yield from _struct("zxhil_call_t", CALL_ENTRY)
    yield from _struct("zxhil_page_head_t", PAGE_HEAD)


def _struct(name: str, fields: tuple[Field, ...]) -> Iterable[str]:
    yield "typedef struct {"
    for field in fields:
        yield f"    {field.ctype} {field.name}{f'[{field.length}]' if field.length else ''};"
    yield f"}} {name};"
    size = layout(fields).size
    yield f'_Static_assert(sizeof({name}) == {size}, "{name} is {size} bytes");'


def prototype(call: Syscall, prefix: str = "zx_") -> str:
    """Spell the call's C prototype, without the semicolon."""
    arguments = ", ".join(f"{p.kind.ctype} {p.name}" for p in call.parameters) or "void"
    return f"{return_ctype(call)} {prefix}{call.name}({arguments})"


def return_ctype(call: Syscall) -> str:
    """The type of the call's value in C."""
    return "void" if call.returns is None else call.returns.ctype


def _structs() -> Iterable[str]:
    """The structs that a guest test passes through without reading them."""
    kinds = [p.kind for call in CALLS for p in call.parameters]
    values = {kind.ctype for kind in kinds if kind.is_value} | {each.ctype for each in LAYOUTS}
    passed = {kind.element_ctype for kind in kinds if not (kind.reads or kind.writes)}
    for name in sorted(passed - values - {"char"}):
        yield f"typedef struct {name.removesuffix('_t')} {name};"


def zx_header() -> str:
    """Return the text of `zx.h`: types, constants, and the prototype of each call in `CALLS`."""
    parts = [
        "/* Generated from harness/zxhil/abi: change it there. */",
        "#pragma once",
        "#include <stdbool.h>",
        "#include <stddef.h>",
        "#include <stdint.h>",
        "",
        _TYPES,
        *(f"{each.definition()}\n" for each in (*LAYOUTS, *INFO_LAYOUTS)),
        *_constants(),
        "",
        *_runtime(),
        "",
        *_structs(),
        *(f"{prototype(call)};" for call in CALLS),
    ]
    return "\n".join(parts) + "\n"


def entries_header() -> str:
    """Return the text of `entries.h`: how the stand-in kernel takes each call.

    Pointers of user mode are a `user_t`. C declares ``sys_NAME``; the assembler has the counts.
    """
    counts = (f"#define ARGS_OF_{call.name} {len(call.parameters)}" for call in CALLS)
    return "\n".join(
        [
            "/* Generated from harness/zxhil/abi: change it there. */",
            "#pragma once",
            *counts,
            "#ifndef __ASSEMBLER__",
            *map(_entry, CALLS),
            "#endif",
            "",
        ]
    )


def _entry(call: Syscall) -> str:
    """A call that returns nothing returns a status here, which nobody reads."""
    returns = "zx_status_t" if call.returns is None else call.returns.ctype
    types = [f"{p.kind.ctype if p.kind.is_value else 'user_t'} {p.name}" for p in call.parameters]
    return f"{returns} sys_{call.name}({', '.join(types) or 'void'});"


if __name__ == "__main__":
    print(zx_header(), end="")
