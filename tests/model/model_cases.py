"""For every effect of the five pages, calls of a conforming kernel that show it."""

from __future__ import annotations

from collections.abc import Callable

from model_make import (
    DUPLICATE,
    NEVER,
    C,
    E,
    G,
    S,
    W,
    channel,
    entry,
    event,
    events,
    job,
    koid_of,
    looked_at,
    sharing,
    socket,
    with_cookie,
)
from zxhil.abi.objects import MAX_MSG_BYTES, MAX_MSG_HANDLES, ObjType
from zxhil.abi.rights import Rights
from zxhil.model.kernel import Kernel
from zxhil.oracle.simulate import JOB, PROCESS, RESOURCE

Case = Callable[[Kernel], object]
CASES: dict[str, Case] = {}


def case(*clauses: str) -> Callable[[Case], Case]:
    def add(function: Case) -> Case:
        for clause in clauses:
            assert clause not in CASES
            CASES[clause] = function
        return function

    return add


@case(W + "null_when_empty")
def null_write(k: Kernel) -> None:
    k.channel_write(channel(k))


@case(W + "consumed_on_success", W + "delivered")
def write_and_read(k: Kernel) -> None:
    a, b = k.channel_create()
    sent = event(k)
    k.channel_write(a, b"x", [sent])
    k.object_get_info(sent)
    (got,) = k.channel_read(b)
    k.object_get_info(got)


@case(W + "discarded_on_failure")
def failed_write(k: Kernel) -> None:
    sent = event(k)
    k.channel_write(channel(k), b"x", [sent], options=1)
    k.object_get_info(sent)


@case(W + "max_handles")
def write_most_handles(k: Kernel) -> None:
    k.channel_write(channel(k), b"", events(k, MAX_MSG_HANDLES - 1))


@case(W + "max_bytes")
def write_most_bytes(k: Kernel) -> None:
    k.channel_write(channel(k), bytes(MAX_MSG_BYTES - 1))


@case(E + "delivered", E + "moved", E + "duplicated", E + "rights_at_receiver")
def etc_and_read(k: Kernel) -> None:
    a, b = k.channel_create()
    one, two = event(k), event(k)
    k.channel_write_etc(a, b"x", [entry(one), entry(two, DUPLICATE)])
    k.object_get_info(one)
    k.object_get_info(two)
    for got in k.channel_read_etc(b):
        k.object_get_info(got)


@case(E + "transfer_removable")
def etc_without_transfer(k: Kernel) -> None:
    a, b = k.channel_create()
    k.channel_write_etc(a, b"x", [entry(looked_at(k, event(k)), rights=int(Rights.WAIT))])
    k.channel_read_etc(b)


@case(E + "type_none_skips")
def etc_any_type(k: Kernel) -> None:
    k.channel_write_etc(channel(k), b"x", [entry(event(k))])


@case(E + "result_written", E + "first_failure_returned", E + "all_attempted")
def etc_two_failures(k: Kernel) -> None:
    handle = looked_at(k, channel(k))
    entries = [entry(looked_at(k, event(k)), type_=ObjType.VMO), entry(event(k)), entry(NEVER)]
    k.channel_write_etc(handle, b"x", entries)


@case(E + "all_must_succeed")
def etc_nothing_written(k: Kernel) -> None:
    a, b = k.channel_create()
    k.object_get_info(b)
    k.channel_write_etc(looked_at(k, a), b"x", [entry(event(k)), entry(NEVER)])
    k.channel_read(b)


@case(E + "max_handles")
def etc_most_handles(k: Kernel) -> None:
    k.channel_write_etc(channel(k), b"x", [entry(h) for h in events(k, MAX_MSG_HANDLES)])


@case(E + "max_bytes")
def etc_most_bytes(k: Kernel) -> None:
    k.channel_write_etc(channel(k), bytes(MAX_MSG_BYTES), [entry(event(k))])


@case(S + "signal_share")
def share_signalled(k: Kernel) -> None:
    k.object_wait_one(sharing(k)[0], 0x200)


@case(S + "queued", S + "consumed_on_success", S + "one_deep")
def share_and_accept(k: Kernel) -> None:
    a, b = sharing(k)
    shared = socket(k)
    k.socket_share(a, shared)
    k.object_get_info(shared)
    (got,) = k.socket_accept(b)
    k.object_get_info(got)
    k.socket_share(a, socket(k))


@case(S + "discarded_on_failure")
def failed_share(k: Kernel) -> None:
    shared = socket(k)
    k.socket_share(socket(k), shared)
    k.object_get_info(shared)


@case(C + "may_have_event", C + "cookie_set", C + "same_scope_modifies")
def cookie_of_event(k: Kernel) -> None:
    made, scope = with_cookie(k)
    k.object_set_cookie(made, scope, 9)
    k.object_get_cookie(made, scope)


@case(C + "may_have_eventpair")
def cookie_of_eventpair(k: Kernel) -> None:
    with_cookie(k, k.eventpair_create().handles[0])


@case(C + "may_have_resource")
def cookie_of_resource(k: Kernel) -> None:
    with_cookie(k, k.resource_create(RESOURCE, 4).handles[0])


@case(C + "may_have_vmo")
def cookie_of_vmo(k: Kernel) -> None:
    with_cookie(k, k.vmo_create(1).handles[0])


@case(C + "initially_unreadable")
def unset_cookie(k: Kernel) -> None:
    k.object_get_cookie(event(k), event(k))


@case(C + "scope_never_changes")
def other_scope(k: Kernel) -> None:
    made, scope = with_cookie(k)
    k.object_set_cookie(made, event(k), 9)
    k.object_get_cookie(made, scope)


@case(G + "rights_granted")
def child_with_rights(k: Kernel) -> None:
    (child,) = k.object_get_child(JOB, koid_of(k, job(k)), int(Rights.WAIT))
    k.object_get_info(child)


@case(G + "same_rights", G + "job_job")
def child_with_same_rights(k: Kernel) -> None:
    koid = koid_of(k, job(k))
    k.object_get_info(JOB)
    (child,) = k.object_get_child(JOB, koid)
    k.object_get_info(child)


@case(G + "process_thread")
def thread_of_process(k: Kernel) -> None:
    (child,) = k.object_get_child(PROCESS, koid_of(k, k.thread_create(PROCESS).handles[0]))
    k.object_get_info(child)


@case(G + "job_process")
def process_of_job(k: Kernel) -> None:
    (child,) = k.object_get_child(JOB, koid_of(k, k.process_create(JOB).handles[0]))
    k.object_get_info(child)


@case(G + "resource_resource")
def resource_of_resource(k: Kernel) -> None:
    koid = koid_of(k, k.resource_create(RESOURCE, 4).handles[0])
    (child,) = k.object_get_child(RESOURCE, koid)
    k.object_get_info(child)


@case(G + "immediate_only")
def grandchild(k: Kernel) -> None:
    k.object_get_child(JOB, koid_of(k, job(k, job(k))))
