"""What the topics of zx_object_get_info report, and when they must fail."""

from __future__ import annotations

from typing import Any

import pytest
from model_make import without
from model_spaces import BASE, PAGE, READ, Space, blamed, fine
from zxhil.abi.kinds.infos import MAPS_MAPPING, RECORD_SIZE, RECORDS
from zxhil.abi.objects import InfoTopic as T
from zxhil.abi.objects import ResourceKind
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.judge import Verdict
from zxhil.oracle.simulate import PROCESS, RESOURCE, THREAD

DENIED, BAD_STATE = int(Status.ZX_ERR_ACCESS_DENIED), int(Status.ZX_ERR_BAD_STATE)
WRONG_TYPE, TOO_SMALL = int(Status.ZX_ERR_WRONG_TYPE), int(Status.ZX_ERR_BUFFER_TOO_SMALL)
ASPACE, VMAR, MAPPING = 1, 2, 3
ROOT = (0x1000, 1 << 40)


@pytest.fixture
def s() -> Space:
    return Space()


def raw(topic: T, **fields: Any) -> bytes:
    layout = RECORDS[topic]
    zero = layout.read(bytes(layout.size))
    assert zero is not None
    return layout.memory(zero._replace(**fields))


def reports(s: Space, handle: int, topic: T, *records: bytes, avail: int | None = None) -> Verdict:
    count = len(records)
    given = {"handle": handle, "topic": topic, "buffer_size": RECORD_SIZE[topic] * count}
    avail = count if avail is None else avail
    outs = {"buffer": b"".join(records), "actual": count, "avail": avail}
    return s.answers("object_get_info", outs, **given)


def fails(s: Space, handle: int, topic: T, status: int, size: int | None = None) -> Verdict:
    size = RECORD_SIZE[topic] if size is None else size
    given = {"handle": handle, "topic": topic, "buffer_size": size}
    return s.answers("object_get_info", {}, status, **given)


def entry(base: int, size: int, depth: int, type_: int, content: bytes = bytes(32)) -> bytes:
    fields = {"base": base, "size": size, "depth": depth, "type": type_, "content": content}
    return raw(T.PROCESS_MAPS, **fields)


def mapping(page: int, pages: int, flags: int = READ, depth: int = 3, *, offset: int = 0) -> bytes:
    """`offset` is that in the VMO, in pages."""
    zero = MAPS_MAPPING.read(bytes(32))
    assert zero is not None
    content = MAPS_MAPPING.memory(zero._replace(mmu_flags=flags, vmo_offset=offset * PAGE))
    return entry(BASE + page * PAGE, pages * PAGE, depth, MAPPING, content)


WALK = [entry(*ROOT, 0, ASPACE), entry(*ROOT, 1, VMAR), entry(BASE, 16 * PAGE, 2, VMAR)]


def maps(s: Space, *entries: bytes, avail: int | None = None) -> Verdict:
    return reports(s, s.process, T.PROCESS_MAPS, *entries, avail=avail)


# ---- ZX_INFO_PROCESS_MAPS


def test_maps_list_what_is_mapped() -> None:
    for pages, there in (((4, 4), True), ((4, 3), False), ((5, 3), False), ((3, 6), False)):
        s = Space()
        s.maps(4, 4)
        assert fine(maps(s, *WALK, mapping(*pages))) == there
    s = Space()
    s.maps(4, 4)
    assert fine(maps(s, *WALK, mapping(4, 2), mapping(6, 2)))
    s.maps(8, 2)
    assert fine(maps(s, *WALK, mapping(4, 6)))
    assert not fine(maps(s, *WALK))
    assert fine(maps(s, *WALK, avail=4))


def test_maps_list_nothing_else(s: Space) -> None:
    assert not fine(maps(s, *WALK, mapping(4, 4)))
    s = Space()
    assert not fine(maps(s, *WALK, entry(1 << 30, PAGE, 2, VMAR)))
    s.maps(4, 4)
    s.unmaps(4, 4)
    assert fine(maps(s, *WALK))


def test_maps_list_regions_until_they_are_destroyed(s: Space) -> None:
    inside = s.allocated(4, 4)
    there = entry(BASE + 4 * PAGE, 4 * PAGE, 3, VMAR)
    assert not fine(maps(s, *WALK))
    s = Space()
    inside = s.allocated(4, 4)
    assert fine(maps(s, *WALK, there))
    s.destroys(inside)
    assert fine(maps(s, *WALK))
    s.destroys(s.vmar)
    assert fine(maps(s, *WALK[:2]))


def test_maps_have_the_permissions(s: Space) -> None:
    s.maps(4, 4)
    s.protects(5, 1, options=0b11)
    parts = mapping(4, 1), mapping(5, 1, 0b11, offset=1), mapping(6, 2, offset=2)
    assert fine(maps(s, *WALK, *parts))
    assert not fine(maps(s, *WALK, *parts[:2], mapping(6, 2, offset=1)))
    assert not fine(maps(s, *WALK, mapping(4, 4)))


@pytest.mark.parametrize(
    "walk",
    [
        [entry(*ROOT, 1, ASPACE), *WALK[1:]],
        [WALK[0], entry(*ROOT, 1, MAPPING), WALK[2]],
        [*WALK[:2], entry(BASE, 16 * PAGE, 1, VMAR)],
        [*WALK[:2], entry(BASE, 16 * PAGE, 2, ASPACE)],
        [*WALK, entry(0x2000, PAGE, 2, VMAR)],
    ],
)
def test_walk_is_in_its_order(s: Space, walk: list[bytes]) -> None:
    s.k.state.object(s.root).strange = True  # type: ignore[union-attr]
    assert fine(maps(s, *WALK))
    assert blamed(maps(s, *walk)) == ["object_get_info/process_maps"]


def test_maps_of_itself_are_refused(s: Space) -> None:
    for topic, refused in ((T.PROCESS_MAPS, True), (T.PROCESS_VMOS, False)):
        assert fine(fails(s, PROCESS, topic, DENIED))
        assert fine(reports(s, PROCESS, topic)) != refused
    assert not fine(fails(s, s.process, T.PROCESS_MAPS, DENIED))


@pytest.mark.parametrize("topic", [T.PROCESS_MAPS, T.PROCESS_VMOS])
def test_maps_need_one_right_at_least(topic: T) -> None:
    for missing, refused in ((Rights.READ, False), (Rights.READ | Rights.INSPECT, True)):
        s = Space()
        less = without(s.k, s.process, missing)
        assert fine(fails(s, less, topic, DENIED))
        s = Space()
        less = without(s.k, s.process, missing)
        assert fine(reports(s, less, topic, avail=3)) != refused
    assert fine(fails(Space(), s.vmo, topic, WRONG_TYPE))


def test_maps_of_a_destroyed_space_are_refused(s: Space) -> None:
    assert not fine(fails(Space(), s.process, T.PROCESS_MAPS, BAD_STATE))
    s.destroys(s.root)
    assert fine(fails(s, s.process, T.PROCESS_MAPS, BAD_STATE))
    assert fine(fails(s, s.process, T.TASK_STATS, BAD_STATE))
    assert not fine(maps(s, avail=2))


# ---- other topics


def test_vmar_has_its_base_and_length(s: Space) -> None:
    assert fine(reports(s, s.vmar, T.VMAR, raw(T.VMAR, base=BASE, len=16 * PAGE)))
    for wrong in ({"base": BASE + PAGE, "len": 16 * PAGE}, {"base": BASE, "len": 15 * PAGE}):
        assert not fine(reports(Space(), s.vmar, T.VMAR, raw(T.VMAR, **wrong)))
    root = raw(T.VMAR, base=PAGE, len=1 << 40)
    assert fine(reports(s, s.root, T.VMAR, root), reports(s, s.root, T.VMAR, root))
    assert not fine(reports(s, s.root, T.VMAR, raw(T.VMAR, base=0, len=1 << 40)))


@pytest.mark.parametrize(
    ("mapped", "stats", "right"),
    [
        (0, {}, True),
        (4, {"mem_mapped_bytes": 4 * PAGE}, True),
        (4, {"mem_mapped_bytes": 3 * PAGE}, False),
        (4, {"mem_mapped_bytes": 4 * PAGE, "mem_shared_bytes": 9}, True),
        (4, {"mem_mapped_bytes": 4 * PAGE, "mem_scaled_shared_bytes": 9}, False),
    ],
)
def test_statistics_of_what_is_mapped(
    s: Space, mapped: int, stats: dict[str, int], right: bool
) -> None:
    if mapped:
        s.maps(4, mapped)
    assert fine(reports(s, s.process, T.TASK_STATS, raw(T.TASK_STATS, **stats))) == right


@pytest.mark.parametrize(
    ("fields", "right"),
    [
        ({"num_mappings": 2}, True),
        ({"num_mappings": 1}, False),
        ({"num_mappings": 2, "size_bytes": 5 * PAGE}, False),
        ({"num_mappings": 2, "flags": 8}, False),
        ({"num_mappings": 2, "flags": 8, "handle_rights": -1}, True),
        ({"num_mappings": 2, "koid": 77}, False),
    ],
)
def test_vmo_has_its_koid_size_mappings_and_rights(
    s: Space, fields: dict[str, int], right: bool
) -> None:
    s.maps(4, 2)
    s.maps(8, 1)
    rights = s.k.object_get_info(s.vmo) and s.k.state.rights(s.vmo)
    koid = s.k.state.object(s.vmo).koid  # type: ignore[union-attr]
    assert rights is not None
    if fields.get("handle_rights"):
        fields = {**fields, "handle_rights": rights.bits}
    record = raw(T.VMO, **{"koid": koid, "size_bytes": 4 * PAGE, **fields})
    assert fine(reports(s, s.vmo, T.VMO, record)) == right


def vmo_record(s: Space, vmo: int, **fields: int) -> bytes:
    s.k.object_get_info(vmo)
    koid = s.k.state.object(vmo).koid  # type: ignore[union-attr]
    return raw(T.VMO, **{"koid": koid, "size_bytes": 4 * PAGE, **fields})


def test_clone_has_its_parent_and_is_counted(s: Space) -> None:
    (vmo,) = s.k.vmo_create(4 * PAGE)
    (clone,) = s.k.vmo_clone(vmo, 1, 0, 4 * PAGE)
    s.k.object_get_info(vmo)
    koid = s.k.state.object(vmo).koid  # type: ignore[union-attr]
    assert koid is not None
    for asked, fields, right in (
        (vmo, {"num_children": 1}, True),
        (vmo, {}, False),
        (vmo, {"num_children": 2}, False),
        (vmo, {"num_children": 1, "parent_koid": 3000}, False),
        (clone, {"parent_koid": koid}, True),
        (clone, {"parent_koid": koid + 1}, False),
        (clone, {}, False),
    ):
        record = vmo_record(s, asked, **fields)
        assert fine(reports(s, asked, T.VMO, record)) == right, fields


def test_vmos_of_a_process_are_those_that_it_maps(s: Space) -> None:
    s.maps(4, 4)
    mine = vmo_record(s, s.vmo)
    assert fine(reports(s, s.process, T.PROCESS_VMOS, mine))
    assert fine(reports(s, s.process, T.PROCESS_VMOS, avail=1))
    assert not fine(reports(s, s.process, T.PROCESS_VMOS, vmo_record(s, s.vmo, size_bytes=PAGE)))
    assert not fine(reports(s, s.process, T.PROCESS_VMOS))


@pytest.mark.parametrize(
    ("state", "own", "new"),
    [(0, False, True), (1, True, False), (3, False, False), (9, False, False)],
)
def test_threads_have_a_state_that_they_can_have(state: int, own: int, new: int) -> None:
    s = Space()
    (thread,) = s.k.thread_create(s.process)
    record = raw(T.THREAD, state=state)
    assert fine(reports(s, THREAD, T.THREAD, record)) == own
    assert fine(reports(s, thread, T.THREAD, record)) == new


def test_thread_that_never_ran_used_no_time(s: Space) -> None:
    (thread,) = s.k.thread_create(s.process)
    for time, right in ((0, True), (1, False)):
        record = raw(T.THREAD_STATS, total_runtime=time)
        assert fine(reports(s, thread, T.THREAD_STATS, record)) == right
        assert fine(reports(s, THREAD, T.THREAD_STATS, record))
    assert not fine(reports(s, THREAD, T.THREAD_STATS, raw(T.THREAD_STATS, total_runtime=-1)))


def test_exception_report_needs_an_exception(s: Space) -> None:
    (thread,) = s.k.thread_create(s.process)
    for handle in (THREAD, thread):
        assert fine(fails(s, handle, T.THREAD_EXCEPTION_REPORT, BAD_STATE))
        verdict = reports(s, handle, T.THREAD_EXCEPTION_REPORT, raw(T.THREAD_EXCEPTION_REPORT))
        assert blamed(verdict) == ["object_get_info/bad_state_no_exception"]


def test_processor_has_no_deprecated_counts(s: Space) -> None:
    for field, right in (("syscalls", True), ("page_faults", False), ("exceptions", False)):
        record = raw(T.CPU_STATS, **{field: 1})
        assert fine(reports(s, RESOURCE, T.CPU_STATS, record)) == right


@pytest.mark.parametrize("topic", [T.CPU_STATS, T.KMEM_STATS])
def test_topics_of_the_machine_need_the_root_resource(topic: T) -> None:
    s = Space()
    (other,) = s.k.resource_create(RESOURCE, ResourceKind.HYPERVISOR)
    for status in (DENIED, WRONG_TYPE):
        assert fine(fails(s, other, topic, status))
    assert "object_get_info/not_root" in blamed(reports(s, other, topic, raw(topic)))
    assert fine(reports(s, RESOURCE, topic, raw(topic)))


@pytest.mark.parametrize(
    ("fields", "right"),
    [
        ({"total_bytes": 9, "free_bytes": 9}, True),
        ({"free_bytes": 9}, False),
        ({"free_heap_bytes": 9}, False),
    ],
)
def test_kernel_memory_is_a_part_of_all(s: Space, fields: dict[str, int], right: bool) -> None:
    assert fine(reports(s, RESOURCE, T.KMEM_STATS, raw(T.KMEM_STATS, **fields))) == right


def test_resource_has_its_kind(s: Space) -> None:
    (other,) = s.k.resource_create(RESOURCE, ResourceKind.HYPERVISOR)
    for kind in (ResourceKind.HYPERVISOR, ResourceKind.ROOT):
        verdict = reports(s, other, T.RESOURCE, raw(T.RESOURCE, kind=kind))
        assert fine(verdict) == (kind is ResourceKind.HYPERVISOR)


def counts(**by_type: int) -> bytes:
    numbers = [by_type.get(f"t{number}", 0) for number in range(64)]
    handle_count = b"".join(number.to_bytes(4, "little") for number in numbers)
    return raw(T.PROCESS_HANDLE_STATS, handle_count=handle_count)


def test_handles_are_counted(s: Space) -> None:
    topic = T.PROCESS_HANDLE_STATS
    assert fine(reports(s, s.process, topic, counts()))
    assert not fine(reports(s, s.process, topic, counts(t5=1)))
    own = {"t1": 2, "t2": 1, "t3": 1, "t15": 1, "t17": 1, "t18": 2}
    assert fine(reports(s, PROCESS, topic, counts(**own)))
    assert fine(reports(s, PROCESS, topic, counts(**own, t5=9)))
    assert not fine(reports(s, PROCESS, topic, counts(**{**own, "t18": 1})))


@pytest.mark.parametrize("datagrams", [False, True])
def test_socket_reports_what_waits(s: Space, datagrams: bool) -> None:
    a, b = s.k.socket_create(int(datagrams))
    s.k.socket_write(b, b"some")
    s.k.socket_write(b, b"date")
    good = {
        "options": int(datagrams),
        "rx_buf_max": 100,
        "rx_buf_size": 8,
        "rx_buf_available": 4 if datagrams else 8,
        "tx_buf_max": 100,
    }
    assert fine(reports(s, a, T.SOCKET, raw(T.SOCKET, **good)))
    for wrong in ({"options": 4}, {"rx_buf_max": 7}, {"rx_buf_size": 4}, {"rx_buf_available": 5}):
        verdict = reports(s, a, T.SOCKET, raw(T.SOCKET, **{**good, **wrong}))
        assert blamed(verdict)[-1] == "object_get_info/socket"
    s.k.handle_close(b)
    s.k.object_get_info(b)
    assert not fine(reports(s, a, T.SOCKET, raw(T.SOCKET, **good)))
    assert fine(reports(s, a, T.SOCKET, raw(T.SOCKET, **{**good, "tx_buf_max": 0})))


@pytest.mark.parametrize("topic", [T.VMAR, T.VMO, T.TASK_STATS, T.KMEM_STATS, T.CPU_STATS])
def test_record_needs_room(s: Space, topic: T) -> None:
    handles = {T.VMAR: s.vmar, T.VMO: s.vmo, T.TASK_STATS: s.process}
    handle = handles.get(topic, RESOURCE)
    assert fine(fails(s, handle, topic, TOO_SMALL, RECORD_SIZE[topic] - 1))
    assert not fine(fails(s, handle, topic, TOO_SMALL))


@pytest.mark.parametrize("topic", [T.TASK_STATS, T.PROCESS_MAPS])
def test_memory_of_a_process_that_ended_is_not_reported(s: Space, topic: T) -> None:
    s.answers("task_kill", {}, handle=s.process)
    terminated = 1 << 3
    given = {"handle": s.process, "signals": terminated, "deadline": 0}
    s.answers("object_wait_one", {"observed": terminated}, **given)
    assert fine(fails(s, s.process, topic, BAD_STATE))
    assert "object_get_info/bad_state" in blamed(reports(s, s.process, topic, raw(topic)))


def test_maps_and_topic_agree_on_the_root(s: Space) -> None:
    s.k.state.object(s.root).strange = True  # type: ignore[union-attr]
    base, size = ROOT
    assert fine(reports(s, s.root, T.VMAR, raw(T.VMAR, base=base, len=size)), maps(s, *WALK))
    for wrong in ((base + PAGE, size), (base, size + PAGE)):
        assert not fine(maps(s, entry(*wrong, 0, ASPACE), entry(*wrong, 1, VMAR), WALK[2]))
