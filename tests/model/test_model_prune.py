"""The model stays small, however long a case is, and forgets nothing that matters."""

from __future__ import annotations

from model_make import event, koid_of
from test_model_conditions import kernel
from zxhil.abi.status import Status
from zxhil.model.judge import PRUNED_EVERY, prune
from zxhil.model.kernel import Kernel
from zxhil.model.tri import YES
from zxhil.oracle.simulate import JOB


def work(k: Kernel, rounds: int) -> None:
    for _ in range(rounds):
        a, b = k.channel_create()
        (job,) = k.job_create(JOB)
        k.object_get_info(job)
        k.channel_write(a, b"x", [event(k), job])
        for handle in k.channel_read(b):
            k.object_get_info(handle)
            k.handle_close(handle)
        k.handle_close(a)
        k.handle_close(b)
        k.object_get_info(a)


def size(k: Kernel) -> int:
    s = k.state
    job = s.object(JOB)
    assert job is not None
    return len(s.table) + len(s.by_koid) + len(s.expected_facts) + len(job.children)


def test_a_long_case_stays_small():
    k = kernel()
    work(k, 2 * PRUNED_EVERY // 12)
    some = size(k)
    work(k, 6 * PRUNED_EVERY // 12)
    assert k.state.calls > 6 * PRUNED_EVERY
    assert size(k) < 2 * some + 3 * PRUNED_EVERY


def test_prune_keeps_live_objects():
    k = kernel()
    a, b = k.channel_create()
    (job,) = k.job_create(JOB)
    koid = koid_of(k, job)
    sent, closed = event(k), event(k)
    k.channel_write(a, b"hello", [sent])
    k.handle_close(closed)
    k.object_get_info(closed)
    prune(k.state)
    assert k.state.entry(closed) is None
    assert k.state.invalid(closed) == YES
    assert k.state.valid(job) == YES
    assert k.object_get_child(JOB, koid).status is Status.ZX_OK
    assert k.channel_read(b).data == b"hello"


def test_pruning_drops_dead_children():
    k = kernel()
    (job,) = k.job_create(JOB)
    koid_of(k, job)
    k.handle_close(job)
    k.object_get_info(job)
    assert k.state.invalid(job) == YES
    prune(k.state)
    parent = k.state.object(JOB)
    assert parent is not None
    assert parent.children == []
