/* VMARs for cases: in the address space of a process that never starts, so that nothing that the
 * program itself runs in is touched. */
#pragma once
#include "zxtest.h"

#define PAGE 4096u
#define VM_READ ZX_VM_PERM_READ
#define VM_WRITE (ZX_VM_PERM_READ | ZX_VM_PERM_WRITE)
#define VM_CAN_WRITE (ZX_VM_CAN_MAP_READ | ZX_VM_CAN_MAP_WRITE)
#define VM_CAN_ALL (VM_CAN_WRITE | ZX_VM_CAN_MAP_EXECUTE | ZX_VM_CAN_MAP_SPECIFIC)

typedef struct {
    zx_handle_t process, root;
} space_t;

/* A VMAR and its base address. */
typedef struct {
    zx_handle_t h;
    zx_vaddr_t base;
} vmar_t;

static inline space_t make_space(void) {
    space_t made = {0, 0};
    zx_process_create(zx_default_job(), "space", 5, 0, &made.process, &made.root);
    get_basic_info(made.root);
    return made;
}

static inline void close_space(space_t space) {
    zx_handle_close(space.root);
    zx_handle_close(space.process);
}

static inline vmar_t allocate(zx_handle_t parent, uint32_t options, uint64_t offset,
                              uint64_t size) {
    vmar_t made = {0, 0};
    zx_vmar_allocate(parent, options, offset, size, &made.h, &made.base);
    if (made.h) get_basic_info(made.h);
    return made;
}

static inline void get_vmar_info(zx_handle_t vmar) {
    zx_info_vmar_t info;
    size_t actual, avail;
    needs_topic(ZX_INFO_VMAR);
    zx_object_get_info(vmar, ZX_INFO_VMAR, &info, sizeof(info), &actual, &avail);
}

static inline void get_maps(zx_handle_t process) {
    static zx_info_maps_t maps[8];
    size_t actual, avail;
    needs_topic(ZX_INFO_PROCESS_MAPS);
    zx_object_get_info(process, ZX_INFO_PROCESS_MAPS, maps, sizeof(maps), &actual, &avail);
}

static inline void get_vmo_info(zx_handle_t vmo) {
    zx_info_vmo_t info;
    size_t actual, avail;
    needs_topic(ZX_INFO_VMO);
    zx_object_get_info(vmo, ZX_INFO_VMO, &info, sizeof(info), &actual, &avail);
}

/* 16 pages in which anything can be mapped. */
static inline vmar_t make_vmar_in(space_t space) {
    return allocate(space.root, VM_CAN_ALL, 0, 16 * PAGE);
}

static inline zx_handle_t make_pages(size_t count) {
    zx_handle_t vmo = ZX_HANDLE_INVALID;
    zx_vmo_create(count * PAGE, 0, &vmo);
    return vmo;
}

/* Map the first `count` pages of a VMO at a page of a VMAR. */
static inline zx_vaddr_t map_at(zx_handle_t vmar, zx_handle_t vmo, uint32_t options, uint64_t page,
                                size_t count) {
    zx_vaddr_t at = 0;
    zx_vmar_map(vmar, options | ZX_VM_SPECIFIC, page * PAGE, vmo, 0, count * PAGE, &at);
    return at;
}
