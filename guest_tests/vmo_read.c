/* zx_vmo_read: what was written, and what was not; where a VMO ends. */
#include "vmos.h"

/* No page says what a new VMO holds; it must stay what it is. */
CASE(unwritten_stays, READ "bytes_read") {
    zx_handle_t vmo = make_sized(2 * PAGE);
    read_at(vmo, 0, 32);
    read_at(vmo, 0, 32);
    zx_vmo_write(vmo, "x", 4, 1);
    read_at(vmo, 0, 32);
    read_at(vmo, 0, 2 * PAGE);
    read_at(vmo, 0, 2 * PAGE);
    zx_handle_close(vmo);
}

CASE(through_a_duplicate, READ "bytes_read " WRITE "written") {
    zx_handle_t vmo = make_sized(PAGE);
    zx_handle_t other = duplicate(vmo, ZX_RIGHT_READ);
    zx_vmo_write(vmo, "shared", 16, 6);
    read_at(other, 16, 6);
    zx_vmo_write(other, "refused", 16, 7);
    zx_handle_close(other);
    other = duplicate(vmo, ZX_RIGHT_WRITE);
    zx_vmo_write(other, "again", 16, 5);
    read_at(other, 16, 5);
    read_at(vmo, 16, 5);
    zx_handle_close(other);
    zx_handle_close(vmo);
}

CASE(after_a_resize, READ "bytes_read") {
    zx_handle_t vmo = make_sized(2 * PAGE);
    write_at(vmo, PAGE - 4, 8);
    zx_vmo_set_size(vmo, PAGE);
    uint64_t now = 0;
    zx_vmo_get_size(vmo, &now);
    read_at(vmo, PAGE - 4, 8);
    read_at(vmo, PAGE - 4, 4);
    zx_vmo_set_size(vmo, 2 * PAGE);
    read_at(vmo, PAGE - 4, 8);
    read_at(vmo, PAGE - 4, 8);
    zx_handle_close(vmo);
}

CASE(offset_outside, READ "out_of_range_offset") {
    static const uint64_t offsets[] = {PAGE, PAGE + 1, 2 * PAGE, UINT64_MAX};
    zx_handle_t vmo = make_sized(PAGE);
    for (size_t i = 0; i < COUNT(offsets); i++) {
        read_at(vmo, offsets[i], 1);
    }
    zx_handle_close(vmo);
}

CASE(nothing_at_the_end, READ "out_of_range_offset") {
    zx_handle_t vmo = make_sized(PAGE);
    read_at(vmo, PAGE - 1, 0);
    read_at(vmo, PAGE, 0);
    zx_handle_close(vmo);
}

CASE(empty_vmo, READ "out_of_range_offset") {
    zx_handle_t vmo = make_sized(0);
    read_at(vmo, 0, 1);
    zx_handle_close(vmo);
}

CASE(end_overflows, READ "out_of_range_offset") {
    zx_handle_t vmo = make_sized(PAGE);
    read_at(vmo, UINT64_MAX - 1, 16);
    zx_handle_close(vmo);
}

CASE(too_long, READ "out_of_range_size") {
    zx_handle_t vmo = make_sized(PAGE);
    read_at(vmo, 0, PAGE + 1);
    read_at(vmo, PAGE - 4, 5);
    read_at(vmo, PAGE - 4, 4);
    zx_handle_close(vmo);
}
