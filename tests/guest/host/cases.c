/* What the recorder has to write, one kind of parameter at a time. */
#include "zxtest.h"

void* memset(void* to, int byte, size_t size);

CASE(integers, "event_create/created") {
    zx_handle_t out;
    zx_event_create(0x12, &out);
    zx_handle_close(77);
}

CASE(pointers_to_bytes, "channel_write/delivered") {
    zx_channel_write(1, 2, "abc", 3, NULL, 0);
    zx_channel_write(1, 0, NULL, 3, NULL, 0);
    zx_channel_write(1, 0, zx_unmapped(char), 3, NULL, 0);
    zx_channel_write(1, 0, zx_kernel(char), 3, NULL, 0);
    zx_channel_write(1, 0, zx_edge(char, 4), 4, NULL, 0);
    zx_channel_write(1, 0, zx_edge(char, 4), 5, NULL, 0);
    zx_channel_write(1, 0, zx_read_only_edge(char, 4), 4, NULL, 0);
    zx_channel_write(1, 0, zx_read_only_edge(char, 4), 5, NULL, 0);
    zx_channel_write(1, 0, zx_unmapped(char), 0, NULL, 0);
    zx_channel_write(1, 0, "", 0, NULL, 0);
    zx_channel_write(1, 0, zx_rw_start - 1, 2, NULL, 0);
    zx_channel_write(1, 0, zx_edge(char, 4), 0xffffffffu, NULL, 0);
    static char many[65];
    for (unsigned i = 0; i < COUNT(many); ++i) many[i] = (char)i;
    zx_channel_write(1, 0, many, 64, NULL, 0);
    zx_channel_write(1, 0, many, 65, NULL, 0);
}

CASE(pointers_to_handles, "channel_write/delivered") {
    static zx_handle_t handles[70];
    for (unsigned i = 0; i < COUNT(handles); ++i) handles[i] = 0xf0000000u + i;
    zx_channel_write(1, 0, NULL, 0, handles, 0);
    zx_channel_write(1, 0, NULL, 0, handles, 2);
    zx_channel_write(1, 0, NULL, 0, handles, 66);
    zx_channel_write(1, 0, NULL, 0, handles, 67);
    __builtin_memcpy(zx_misaligned(char), handles, 8);
    zx_channel_write(1, 0, NULL, 0, zx_misaligned(zx_handle_t), 2);
    zx_channel_write(1, 0, NULL, 0, (zx_handle_t*)zx_opaque(ZX_KERNEL_ADDRESS + 2), 1);
}

CASE(dispositions, "channel_write_etc/delivered") {
    zx_handle_disposition_t entries[] = {{1, 0xabc, 5, 0x80000000u, 0}, {0, 0xdef, 0, 2, 7}};
    zx_channel_write_etc(1, 0, NULL, 0, entries, 2);
    zx_channel_write_etc(1, 0, NULL, 0, entries, 0);
    zx_channel_write_etc(1, 0, NULL, 0, NULL, 0);
}

CASE(outputs, "channel_read/message_read") {
    char bytes[8];
    zx_handle_t handles[2];
    uint32_t size, count;
    zx_channel_read(1, 0, bytes, handles, 8, 2, &size, &count);
    zx_channel_read(1, 0, bytes, handles, 2, 0, &size, &count);
    zx_channel_read(1, 1, bytes, handles, 8, 2, &size, &count);
    zx_channel_read(1, 0, bytes, zx_edge(zx_handle_t, 1), 8, 2, &size, &count);
}

static void records_structs(void) {
    zx_wait_item_t items[] = {{1, ZX_CHANNEL_READABLE, 0}, {2, 4, 5}};
    static zx_wait_item_t many[67];
    zx_object_wait_many(items, COUNT(items), 0);
    zx_object_wait_many(items, 0, 1);
    zx_object_wait_many(many, COUNT(many), 0);
    zx_port_packet_t packet = {.key = 7, .type = 1, .status = -3, .content = {1, 2}};
    zx_port_queue(1, &packet);
    zx_port_wait(1, 0, &packet);
    zx_port_wait(1, 1, &packet);
    char bytes[4];
    zx_handle_t handles[2], sent[] = {7, 9};
    uint32_t actual_bytes, actual_handles;
    zx_channel_call_args_t args = {"abc", sent, bytes, handles, 3, 2, sizeof(bytes), 2};
    zx_channel_call(1, 0, 0, &args, &actual_bytes, &actual_handles);
    zx_channel_call(1, 0, 0, NULL, &actual_bytes, &actual_handles);
}

CASE(records, "object_get_info/handle_basic") {
    zx_koid_t koids[4];
    size_t actual, avail;
    get_basic_info(0x33);
    zx_object_get_info(1, ZX_INFO_JOB_CHILDREN, koids, sizeof(koids), &actual, &avail);
    zx_object_get_info(1, ZX_INFO_JOB_CHILDREN, koids, sizeof(koids), NULL, NULL);
    zx_object_get_info(1, 0x77, koids, sizeof(koids), &actual, &avail);
    zx_object_get_info(1, ZX_INFO_HANDLE_BASIC, koids, 8, NULL, zx_unmapped(size_t));
    records_structs();
}

CASE(claims_an_absent_call, "event_create/created socket_create/both_ends") {
    zx_handle_close(1);
}

CASE(makes_an_absent_call, "event_create/created") {
    handle_pair_t socket = make_socket();
    close_pair(socket);
    zx_handle_close(1);
}

CASE(wants_an_absent_handle, "event_create/created") {
    zx_handle_close(zx_self_process());
    zx_handle_close(zx_default_job());
}

CASE(unwritten, "event_create/created") {
    zx_handle_t out = 0x1234567;
    zx_event_create(0x99, &out);
    zx_handle_close(out);
}

CASE(more_room_than_there_is, "channel_read/message_read") {
    struct {
        char bytes[5];
        char behind[64];
    } memory;
    uint32_t size, count;
    memset(&memory, 7, sizeof(memory));
    zx_channel_read(1, 1, memory.bytes, NULL, 0xffffffffu, 0, &size, &count);
    unsigned kept = 0;
    for (unsigned i = 0; i < sizeof(memory.behind); ++i) kept += memory.behind[i] == 7;
    zx_handle_close(kept);
    zx_handle_close((uint8_t)memory.bytes[2] << 8 | (uint8_t)memory.bytes[3]);
}

static zx_handle_t* below_this_frame(void) {
    zx_handle_t out = 0;
    return zx_opaque((uintptr_t)&out - 256);
}

CASE(overlapping_outputs, "channel_read/message_read") {
    static struct {
        char bytes[16];
        uint32_t size, count, behind[8];
    } memory;
    uint32_t* inside = (uint32_t*)(void*)(memory.bytes + 2);
    zx_channel_read(1, 0, memory.bytes, NULL, 16, 0, inside, &memory.count);
    zx_channel_read(1, 0, memory.bytes, NULL, sizeof(memory), 0, &memory.size, &memory.count);
    zx_channel_read(1, 0, memory.bytes, NULL, 16, 0, &memory.size, &memory.size);
    zx_event_create(0x12, below_this_frame());
}

CASE(outputs_that_are_inputs, "socket_write/actual") {
    struct {
        uint8_t bytes[6];
        uint64_t actual;
    } __attribute__((packed)) memory = {{1, 2, 3, 4, 5, 6}, 0x0101010101010101u};
    int32_t value = 40;
    zx_socket_write(1, 0, &memory, 10, (size_t*)(void*)&memory.actual);
    zx_futex_wake(&value, 2);
}

static void write_at(zx_vaddr_t at) { zx_event_create(0x99, zx_opaque(at)); }

static zx_vaddr_t map(zx_handle_t vmar, zx_handle_t vmo) {
    zx_vaddr_t at = 0;
    zx_vmar_map(vmar, 3, 0, vmo, 0, 0x2000, &at);
    return at;
}

CASE(mappings, "event_create/created") {
    zx_vaddr_t at = map(zx_root_vmar(), 9);
    write_at(at);
    write_at(at + 0x1ffc);
    write_at(at + 0x2000);
    zx_vmar_protect(zx_root_vmar(), 1, at + 0x1000, 0x1000);
    write_at(at + 0xffc);
    write_at(at + 0x1000);
    zx_vmar_unmap(zx_root_vmar(), at, 1);
    write_at(at + 0xffc);
    write_at(at + 0x1000);
    at = map(zx_root_vmar(), 10);
    write_at(at + 0xffc);
    write_at(at + 0x1000);
    write_at(map(0x50, 9));
}

CASE(last, "handle_close/closed") { zx_handle_close(zx_root_vmar()); }
