/* Pointers into memory that a case maps: mapped, read-only, cut by its VMO, unmapped. */
#include "zxtest.h"

#define VM_PERM_READ 1u
#define VM_PERM_WRITE 2u
#define PAGE 4096u

static char* map(zx_handle_t vmo, uint32_t options) {
    zx_vaddr_t at = 0;
    zx_status_t status = zx_vmar_map(zx_root_vmar(), options, 0, vmo, 0, 2 * PAGE, &at);
    return status == ZX_OK ? zx_opaque(at) : NULL;
}

static void create_event_at(char* at) {
    zx_handle_t event = ZX_HANDLE_INVALID;
    if (zx_event_create(0, (zx_handle_t*)(void*)at) != ZX_OK) return;
    __builtin_memcpy(&event, at, sizeof(event));
    close_if_open(event);
}

static void unmap(char* at) { zx_vmar_unmap(zx_root_vmar(), (zx_vaddr_t)at, 2 * PAGE); }

static zx_handle_t make_two_pages(void) {
    zx_handle_t vmo = ZX_HANDLE_INVALID;
    zx_vmo_create(2 * PAGE, 0, &vmo);
    return vmo;
}

CASE(output_in_mapped_memory, "event_create/created event_create/invalid_args_out") {
    zx_handle_t vmo = make_two_pages();
    char* at = map(vmo, VM_PERM_READ | VM_PERM_WRITE);
    if (!at) return;
    create_event_at(at);
    create_event_at(at + 2 * PAGE - sizeof(zx_handle_t));
    create_event_at(at + 2 * PAGE);
    zx_vmar_protect(zx_root_vmar(), VM_PERM_READ, (zx_vaddr_t)at, PAGE);
    create_event_at(at);
    create_event_at(at + PAGE);
    unmap(at);
    create_event_at(at + PAGE);
    zx_handle_close(vmo);
}

CASE(input_in_mapped_memory, "channel_write/delivered channel_write/invalid_args_bytes") {
    handle_pair_t channel = make_channel();
    zx_handle_t vmo = make_two_pages();
    char* at = map(vmo, VM_PERM_READ);
    if (!at) return;
    zx_channel_write(channel.h, 0, at, 2 * PAGE, NULL, 0);
    drain(channel.peer);
    zx_channel_write(channel.h, 0, at, 2 * PAGE + 1, NULL, 0);
    unmap(at);
    zx_channel_write(channel.h, 0, at, 1, NULL, 0);
    zx_handle_close(vmo);
    close_pair(channel);
}

CASE(output_in_memory_that_its_vmo_lacks, "event_create/created event_create/invalid_args_out") {
    zx_handle_t vmo = make_two_pages();
    char* at = map(vmo, VM_PERM_READ | VM_PERM_WRITE);
    if (!at) return;
    resize(vmo, PAGE);
    create_event_at(at);
    create_event_at(at + PAGE);
    resize(vmo, 2 * PAGE);
    create_event_at(at + PAGE);
    unmap(at);
    zx_handle_close(vmo);
}
