/* What the cases of reading and writing VMOs share. */
#pragma once
#include "zxtest.h"

#define PAGE 4096u
#define READ "vmo_read/"
#define WRITE "vmo_write/"

/* Its size is observed, so that what depends on it is no doubt of the size. */
static inline zx_handle_t make_sized(uint64_t size) {
    zx_handle_t vmo = ZX_HANDLE_INVALID;
    zx_vmo_create(size, 0, &vmo);
    zx_vmo_get_size(vmo, &size);
    return vmo;
}

static inline void read_at(zx_handle_t vmo, uint64_t offset, size_t size) {
    static char bytes[3 * PAGE];
    zx_vmo_read(vmo, bytes, offset, size);
}

static inline void write_at(zx_handle_t vmo, uint64_t offset, size_t size) {
    static char bytes[3 * PAGE];
    fill(bytes, sizeof(bytes));
    zx_vmo_write(vmo, bytes, offset, size);
}
