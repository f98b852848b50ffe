/* The size of a VMO: zx_vmo_get_size, zx_vmo_set_size. */
#include "zxtest.h"

static zx_handle_t make_sized(uint64_t size, uint32_t options) {
    zx_handle_t vmo = ZX_HANDLE_INVALID;
    zx_vmo_create(size, options, &vmo);
    return vmo;
}

static void get_size(zx_handle_t vmo) {
    uint64_t size = 0;
    zx_vmo_get_size(vmo, &size);
}

static void set_and_get_size(zx_handle_t vmo, uint64_t size) {
    zx_vmo_set_size(vmo, size);
    get_size(vmo);
}

CASE(vmo_size, "vmo_create/size_rounded vmo_get_size/reported") {
    static const uint64_t sizes[] = {0, 1, 4095, 4096, 4097, 65536, 1000000};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        zx_handle_t vmo = make_sized(sizes[i], 0);
        get_size(vmo);
        get_size(vmo);
        zx_handle_close(vmo);
    }
}

/* No size near 2^64 can be rounded up; the page has no status for one that is too large. */
CASE(vmo_too_large, "vmo_create/created vmo_create/invalid_args_out") {
    close_pair((handle_pair_t){with_basic_info(make_sized(1, 0)), 0});
    zx_handle_close(make_sized(UINT64_MAX, 0));
    zx_handle_close(make_sized(UINT64_MAX - 4095, 0));
    zx_vmo_create(UINT64_MAX, 0, zx_read_only(zx_handle_t));
}

static void resize_and_get_size(zx_handle_t vmo, uint64_t size) {
    resize(vmo, size);
    get_size(vmo);
}

CASE(vmo_resized, "vmo_set_size/resized") {
    static const uint64_t sizes[] = {8192, 4096, 1, 0, 4097, 1000000, 65536};
    zx_handle_t vmo = make_sized(4096, 0);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        resize_and_get_size(vmo, sizes[i]);
    }
    zx_handle_close(vmo);
}

CASE(vmo_resized_through_a_duplicate, "vmo_set_size/resized") {
    zx_handle_t vmo = make_sized(4096, 0), other = ZX_HANDLE_INVALID;
    zx_handle_duplicate(vmo, ZX_RIGHT_SAME_RIGHTS, &other);
    resize_and_get_size(other, 12288);
    get_size(vmo);
    resize(vmo, 20000);
    get_size(other);
    zx_handle_close(vmo);
    zx_handle_close(other);
}

CASE(vmo_resized_unread, "vmo_set_size/resized") {
    zx_handle_t vmo = make_sized(4096, 0);
    resize(vmo, 8192);
    resize(vmo, 12288);
    get_size(vmo);
    zx_handle_close(vmo);
}

CASE(vmo_not_resizable, "vmo_set_size/unavailable") {
    zx_handle_t vmo = make_sized(4096, ZX_VMO_NON_RESIZABLE);
    set_and_get_size(vmo, 8192);
    set_and_get_size(vmo, 0);
    close_if_open(vmo);
}

CASE(vmo_size_too_large, "vmo_set_size/out_of_range") {
    zx_handle_t vmo = make_sized(4096, 0);
    set_and_get_size(vmo, UINT64_MAX);
    set_and_get_size(vmo, UINT64_MAX - 4094);
    zx_handle_close(vmo);
}
