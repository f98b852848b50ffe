/* zx_process_read_memory and zx_process_write_memory: the memory of a process that never starts. */
#include "vmars.h"

#define R "process_read_memory/"
#define W "process_write_memory/"

typedef struct {
    space_t space;
    vmar_t vmar;
    zx_handle_t vmo;
    zx_vaddr_t at;
} memory_t;

/* A process with four pages of a VMO mapped, and nothing beside them. */
static memory_t make_memory(uint32_t options) {
    memory_t made = {make_space(), {0, 0}, ZX_HANDLE_INVALID, 0};
    made.vmar = make_vmar_in(made.space);
    made.vmo = make_pages(4);
    made.at = map_at(made.vmar.h, made.vmo, options, 4, 4);
    return made;
}

static void drop(memory_t memory) {
    zx_handle_close(memory.vmo);
    zx_handle_close(memory.vmar.h);
    close_space(memory.space);
}

static char bytes[512];

static void read(zx_handle_t process, zx_vaddr_t at, size_t size) {
    size_t actual = 0;
    zx_process_read_memory(process, at, bytes, size, &actual);
}

static void write(zx_handle_t process, zx_vaddr_t at, size_t size) {
    size_t actual = 0;
    fill(bytes, sizeof(bytes));
    zx_process_write_memory(process, at, bytes, size, &actual);
}

CASE(written_and_read, R "memory_read " W "memory_written") {
    memory_t memory = make_memory(VM_WRITE);
    write(memory.space.process, memory.at + PAGE - 100, 200);
    read(memory.space.process, memory.at + PAGE - 100, 200);
    read(memory.space.process, memory.at + PAGE - 10, 20);
    drop(memory);
}

CASE(read_of_vmo, R "memory_read vmo_write/written") {
    memory_t memory = make_memory(VM_WRITE);
    fill(bytes, sizeof(bytes));
    zx_vmo_write(memory.vmo, bytes, PAGE, 100);
    read(memory.space.process, memory.at + PAGE, 100);
    read(memory.space.process, memory.at + PAGE + 10, 50);
    drop(memory);
}

CASE(write_seen_in_vmo, W "memory_written vmo_read/bytes_read") {
    memory_t memory = make_memory(VM_WRITE);
    write(memory.space.process, memory.at + 2 * PAGE + 7, 50);
    zx_vmo_read(memory.vmo, bytes, 2 * PAGE + 7, 50);
    drop(memory);
}

CASE(past_the_end, R "actual " W "actual") {
    memory_t memory = make_memory(VM_WRITE);
    write(memory.space.process, memory.at + 4 * PAGE - 100, 200);
    read(memory.space.process, memory.at + 4 * PAGE - 100, 200);
    drop(memory);
}

CASE(across_two_mappings, R "memory_read") {
    memory_t memory = make_memory(VM_WRITE);
    map_at(memory.vmar.h, memory.vmo, VM_WRITE, 8, 1);
    write(memory.space.process, memory.at + 4 * PAGE - 100, 200);
    read(memory.space.process, memory.at + 4 * PAGE - 100, 200);
    drop(memory);
}

static void both_at(zx_handle_t process, zx_vaddr_t at) {
    read(process, at, 16);
    write(process, at, 16);
}

CASE(nothing_mapped, R "no_memory " W "no_memory") {
    memory_t memory = make_memory(VM_WRITE);
    both_at(memory.space.process, memory.at + 4 * PAGE);
    both_at(memory.space.process, memory.at - 1);
    both_at(memory.space.process, memory.vmar.base);
    both_at(memory.space.process, 0);
    both_at(memory.space.process, UINT64_MAX);
    drop(memory);
}

CASE(empty_space, R "no_memory " W "no_memory") {
    space_t space = make_space();
    both_at(space.process, 0x1000000);
    close_space(space);
}

CASE(unmapped, R "no_memory " W "no_memory") {
    memory_t memory = make_memory(VM_WRITE);
    zx_vmar_unmap(memory.vmar.h, memory.at + PAGE, PAGE);
    both_at(memory.space.process, memory.at + PAGE);
    both_at(memory.space.process, memory.at);
    both_at(memory.space.process, memory.at + 2 * PAGE);
    drop(memory);
}

CASE(without_permission, "process_create/child_of_job") {
    memory_t memory = make_memory(0);
    both_at(memory.space.process, memory.at);
    zx_vmar_protect(memory.vmar.h, VM_READ, memory.at, PAGE);
    both_at(memory.space.process, memory.at);
    drop(memory);
}

CASE(past_the_vmo, "process_create/child_of_job process_create/default_rights") {
    memory_t memory = make_memory(VM_WRITE);
    zx_vmo_set_size(memory.vmo, PAGE);
    both_at(memory.space.process, memory.at + PAGE);
    both_at(memory.space.process, memory.at + PAGE - 8);
    drop(memory);
}

CASE(sizes, R "invalid_args_buffer_size " W "invalid_args_buffer_size") {
    memory_t memory = make_memory(VM_WRITE);
    read(memory.space.process, memory.at, 0);
    write(memory.space.process, memory.at, 0);
    read(memory.space.process, memory.at, (64u << 20) + 1);
    write(memory.space.process, memory.at, (64u << 20) + 1);
    drop(memory);
}

CASE(not_cacheable, R "bad_state_not_cacheable " W "bad_state_not_cacheable") {
    memory_t memory = {make_space(), {0, 0}, make_pages(1), 0};
    memory.vmar = make_vmar_in(memory.space);
    zx_vmo_set_cache_policy(memory.vmo, ZX_CACHE_POLICY_UNCACHED);
    memory.at = map_at(memory.vmar.h, memory.vmo, VM_WRITE, 4, 1);
    both_at(memory.space.process, memory.at);
    drop(memory);
}

CASE(destroyed_space, "vmar_destroy/destroyed") {
    memory_t memory = make_memory(VM_WRITE);
    zx_vmar_destroy(memory.space.root);
    both_at(memory.space.process, memory.at);
    zx_vmar_destroy(memory.vmar.h);
    drop(memory);
}

CASE(bad_buffers, R "invalid_args_buffer " W "invalid_args_buffer") {
    memory_t memory = make_memory(VM_WRITE);
    size_t actual = 0;
    zx_process_read_memory(memory.space.process, memory.at, NULL, 16, &actual);
    zx_process_read_memory(memory.space.process, memory.at, zx_unmapped(char), 16, &actual);
    zx_process_write_memory(memory.space.process, memory.at, NULL, 16, &actual);
    zx_process_write_memory(memory.space.process, memory.at, zx_unmapped(char), 16, &actual);
    drop(memory);
}

CASE(bad_actual, "process_create/child_of_job") {
    memory_t memory = make_memory(VM_WRITE);
    zx_process_read_memory(memory.space.process, memory.at, bytes, 16, NULL);
    zx_process_write_memory(memory.space.process, memory.at, bytes, 16, zx_unmapped(size_t));
    drop(memory);
}

static char own[64];

CASE(own_memory, R "access_denied_write " R "access_denied " W "access_denied") {
    handle_pair_t self = {duplicate(zx_self_process(), ZX_RIGHT_SAME_RIGHTS), 0};
    read(self.h, (zx_vaddr_t)own, sizeof(own));
    zx_handle_t read_only = without(self.h, ZX_RIGHT_WRITE);
    both_at(read_only, (zx_vaddr_t)own);
    zx_handle_t neither = without(read_only, ZX_RIGHT_READ);
    both_at(neither, (zx_vaddr_t)own);
    zx_handle_close(neither);
}

CASE(killed, R "bad_state " W "bad_state task_kill/killed") {
    memory_t memory = make_memory(VM_WRITE);
    zx_task_kill(memory.space.process);
    signals_of(memory.space.process, ZX_TASK_TERMINATED);
    both_at(memory.space.process, memory.at);
    drop(memory);
}
