/* zx_object_get_info: the topics about address spaces, and the VMOs in them. */
#include "vmars.h"

#define INFO "object_get_info/"

CASE(maps_of_empty_space, INFO "process_maps") {
    space_t space = make_space();
    get_maps(space.process);
    get_vmar_info(space.root);
    close_space(space);
}

CASE(maps_of_regions, INFO "process_maps vmar_allocate/created") {
    space_t space = make_space();
    vmar_t vmar = make_vmar_in(space);
    vmar_t inside = allocate(vmar.h, VM_CAN_ALL | ZX_VM_SPECIFIC, 4 * PAGE, 4 * PAGE);
    zx_handle_t vmo = make_pages(2);
    map_at(inside.h, vmo, VM_READ, 1, 2);
    map_at(vmar.h, vmo, VM_WRITE, 1, 1);
    get_maps(space.process);
    zx_handle_close(vmo);
    zx_handle_close(inside.h);
    zx_handle_close(vmar.h);
    close_space(space);
}

static void maps_in(zx_handle_t process, size_t size) {
    static zx_info_maps_t maps[8];
    size_t actual, avail;
    needs_topic(ZX_INFO_PROCESS_MAPS);
    zx_object_get_info(process, ZX_INFO_PROCESS_MAPS, maps, size, &actual, &avail);
}

CASE(maps_in_small_buffer, INFO "actual_and_avail") {
    space_t space = make_space();
    maps_in(space.process, 0);
    maps_in(space.process, sizeof(zx_info_maps_t));
    maps_in(space.process, 2 * sizeof(zx_info_maps_t) - 1);
    close_space(space);
}

CASE(maps_of_itself, INFO "access_denied_itself") {
    handle_pair_t self = {duplicate(zx_self_process(), ZX_RIGHT_SAME_RIGHTS), 0};
    get_maps(self.h);
    get_maps(zx_self_process());
    close_pair(self);
}

CASE(vmos_of_itself, INFO "handle_basic") {
    static zx_info_vmo_t vmos[4];
    size_t actual, avail;
    needs_topic(ZX_INFO_PROCESS_VMOS);
    zx_object_get_info(zx_self_process(), ZX_INFO_PROCESS_VMOS, vmos, sizeof(vmos), &actual, &avail);
    get_basic_info(zx_self_process());
}

CASE(maps_without_rights, INFO "access_denied_mappings") {
    space_t space = make_space();
    zx_handle_t unread = duplicate(space.process, ZX_RIGHTS_BASIC & ~ZX_RIGHT_INSPECT);
    get_maps(unread);
    zx_handle_t uninspected = without(unread, ZX_RIGHT_WAIT);
    get_maps(uninspected);
    zx_handle_close(uninspected);
    close_space(space);
}

/* The page asks for ZX_RIGHT_READ in one place, for ZX_RIGHT_INSPECT in another. */
CASE(maps_without_one_right, INFO "handle_basic") {
    space_t space = make_space();
    zx_handle_t read = duplicate(space.process, ZX_RIGHTS_BASIC);
    get_maps(read);
    zx_handle_t inspect = without(space.process, ZX_RIGHT_INSPECT);
    get_maps(inspect);
    zx_handle_close(read);
    zx_handle_close(inspect);
    zx_handle_close(space.root);
}

CASE(maps_wrong_type, INFO "wrong_type") {
    handle_pair_t event = make_event(), vmo = make_vmo();
    get_maps(event.h);
    get_maps(vmo.h);
    get_maps(zx_default_job());
    close_pair(event);
    close_pair(vmo);
}

/* A process whose address space is gone has no maps. */
CASE(maps_of_destroyed_space, INFO "bad_state_address_space") {
    space_t space = make_space();
    zx_vmar_destroy(space.root);
    get_maps(space.process);
    close_space(space);
}

CASE(vmo_mapped_twice, INFO "vmo vmar_map/mapped vmar_unmap/unmapped") {
    space_t space = make_space();
    vmar_t vmar = make_vmar_in(space);
    zx_handle_t vmo = make_pages(2);
    get_vmo_info(vmo);
    zx_vaddr_t first = map_at(vmar.h, vmo, VM_READ, 1, 2);
    map_at(vmar.h, vmo, VM_READ, 4, 1);
    get_vmo_info(vmo);
    get_maps(space.process);
    zx_vmar_unmap(vmar.h, first, 2 * PAGE);
    get_vmo_info(vmo);
    get_maps(space.process);
    zx_handle_close(vmo);
    zx_handle_close(vmar.h);
    close_space(space);
}

CASE(vmo_mapped_once, INFO "vmo vmar_map/mapped") {
    space_t space = make_space();
    zx_handle_t vmo = make_pages(2);
    zx_info_vmo_t info;
    zx_vaddr_t at = 0;
    needs_topic(ZX_INFO_VMO);
    zx_object_get_info(vmo, ZX_INFO_VMO, &info, sizeof(info), NULL, NULL);
    zx_vmar_map(space.root, VM_READ, 0, vmo, 0, 2 * PAGE, &at);
    zx_object_get_info(vmo, ZX_INFO_VMO, &info, sizeof(info), NULL, NULL);
    get_maps(space.process);
    zx_handle_close(vmo);
    close_space(space);
}

static void get_vmo(zx_handle_t vmo) {
    zx_info_vmo_t info;
    needs_topic(ZX_INFO_VMO);
    zx_object_get_info(vmo, ZX_INFO_VMO, &info, sizeof(info), NULL, NULL);
}

CASE(vmo_and_clone, INFO "vmo vmo_clone/shown") {
    zx_handle_t vmo = make_pages(2), clone = ZX_HANDLE_INVALID;
    char byte;
    get_vmo(vmo);
    zx_vmo_write(vmo, "x", 0, 1);
    zx_vmo_clone(vmo, ZX_VMO_CLONE_COPY_ON_WRITE, 0, PAGE, &clone);
    zx_vmo_read(clone, &byte, 0, 1);
    get_vmo(vmo);
    get_vmo(clone);
    zx_handle_close(clone);
    get_vmo(vmo);
    zx_handle_close(vmo);
}

static void get_vmos(zx_handle_t process) {
    static zx_info_vmo_t vmos[4];
    size_t actual, avail;
    needs_topic(ZX_INFO_PROCESS_VMOS);
    zx_object_get_info(process, ZX_INFO_PROCESS_VMOS, vmos, sizeof(vmos), &actual, &avail);
}

CASE(vmos_of_mappings, "vmar_map/base_returned") {
    space_t space = make_space();
    zx_handle_t vmo = make_pages(1), other = make_pages(1);
    get_vmo(vmo);
    get_vmos(space.process);
    zx_vaddr_t at = 0;
    zx_vmar_map(space.root, VM_READ, 0, vmo, 0, PAGE, &at);
    get_vmos(space.process);
    zx_vmar_map(space.root, VM_READ, 0, other, 0, PAGE, &at);
    get_vmos(space.process);
    zx_handle_close(vmo);
    zx_handle_close(other);
    close_space(space);
}

CASE(vmos_wrong_type, INFO "wrong_type") {
    handle_pair_t event = make_event();
    get_vmos(event.h);
    get_vmos(zx_default_job());
    close_pair(event);
}

CASE(vmar_info_wrong_type, INFO "wrong_type") {
    handle_pair_t event = make_event();
    get_vmar_info(event.h);
    get_vmar_info(zx_self_process());
    close_pair(event);
}

CASE(vmar_info_without_inspect, INFO "access_denied") {
    space_t space = make_space();
    zx_handle_t bare = without(space.root, ZX_RIGHT_INSPECT);
    get_vmar_info(bare);
    zx_handle_close(bare);
    zx_handle_close(space.process);
}

CASE(vmar_info_of_itself, INFO "vmar") {
    get_vmar_info(zx_root_vmar());
    get_vmar_info(zx_root_vmar());
}

CASE(vmo_info_wrong_type, INFO "wrong_type") {
    handle_pair_t event = make_event();
    get_vmo_info(event.h);
    get_vmo_info(zx_root_vmar());
    close_pair(event);
}

static void get_task_stats(zx_handle_t process) {
    zx_info_task_stats_t stats;
    size_t actual, avail;
    needs_topic(ZX_INFO_TASK_STATS);
    zx_object_get_info(process, ZX_INFO_TASK_STATS, &stats, sizeof(stats), &actual, &avail);
}

CASE(stats_of_mappings, INFO "task_stats") {
    space_t space = make_space();
    vmar_t vmar = make_vmar_in(space);
    zx_handle_t vmo = make_pages(4);
    get_task_stats(space.process);
    zx_vaddr_t at = map_at(vmar.h, vmo, VM_READ, 1, 4);
    get_task_stats(space.process);
    map_at(vmar.h, vmo, VM_READ, 8, 1);
    get_task_stats(space.process);
    zx_vmar_unmap(vmar.h, at + PAGE, 2 * PAGE);
    get_task_stats(space.process);
    zx_handle_close(vmo);
    zx_handle_close(vmar.h);
    close_space(space);
}

CASE(stats_of_itself, INFO "task_stats") { get_task_stats(zx_self_process()); }

CASE(stats_wrong_type, INFO "wrong_type") {
    handle_pair_t event = make_event();
    get_task_stats(event.h);
    get_task_stats(zx_default_job());
    close_pair(event);
}

CASE(stats_without_inspect, INFO "access_denied") {
    space_t space = make_space();
    zx_handle_t bare = without(space.process, ZX_RIGHT_INSPECT);
    get_task_stats(bare);
    zx_handle_close(bare);
    zx_handle_close(space.root);
}

static void wait_for_peer(zx_handle_t channel) {
    zx_signals_t observed;
    zx_object_wait_one(channel, ZX_CHANNEL_PEER_CLOSED, time_after(5000000000), &observed);
}

/* Only a process that was started lists its VMOs. */
CASE(vmos_of_running_process, INFO "process_vmos") {
    handle_pair_t channel = make_channel();
    process_t process = start_process(wait_for_peer, channel.peer);
    get_vmos(process.h);
    get_maps(process.h);
    get_task_stats(process.h);
    zx_handle_close(channel.h);
    join_process(process);
}
