/* zx_vmo_write: what was written is read, and where a VMO ends. */
#include "vmos.h"

CASE(written_is_read, READ "bytes_read " WRITE "written") {
    zx_handle_t vmo = make_sized(2 * PAGE);
    zx_vmo_write(vmo, "first", 0, 5);
    zx_vmo_write(vmo, "across two pages", PAGE - 8, 16);
    zx_vmo_write(vmo, "last", 2 * PAGE - 4, 4);
    read_at(vmo, 0, 5);
    read_at(vmo, 2, 3);
    read_at(vmo, PAGE - 8, 16);
    read_at(vmo, PAGE, 8);
    read_at(vmo, 2 * PAGE - 4, 4);
    zx_handle_close(vmo);
}

CASE(written_twice, READ "bytes_read " WRITE "written") {
    zx_handle_t vmo = make_sized(PAGE);
    zx_vmo_write(vmo, "0123456789", 100, 10);
    zx_vmo_write(vmo, "abc", 103, 3);
    read_at(vmo, 100, 10);
    zx_vmo_write(vmo, "", 100, 0);
    read_at(vmo, 100, 10);
    zx_handle_close(vmo);
}

CASE(large, READ "bytes_read " WRITE "written") {
    zx_handle_t vmo = make_sized(3 * PAGE);
    write_at(vmo, 0, 3 * PAGE);
    read_at(vmo, 0, 3 * PAGE);
    write_at(vmo, 1000, 5000);
    read_at(vmo, 1000, 5000);
    read_at(vmo, 0, 64);
    zx_handle_close(vmo);
}

CASE(null_for_no_bytes, READ "bytes_read " WRITE "written") {
    zx_handle_t vmo = make_sized(PAGE);
    zx_vmo_write(vmo, "kept", 0, 4);
    zx_vmo_read(vmo, NULL, 0, 0);
    zx_vmo_write(vmo, NULL, 0, 0);
    read_at(vmo, 0, 4);
    zx_handle_close(vmo);
}

/* A write that fails may have written the bytes before the one that can't be read. */
CASE(failed_write, WRITE "invalid_args_buffer " READ "bytes_read") {
    zx_handle_t vmo = make_sized(PAGE);
    zx_vmo_write(vmo, "0123456789", 0, 10);
    zx_vmo_write(vmo, zx_read_only_edge(char, 4), 2, 6);
    read_at(vmo, 0, 10);
    read_at(vmo, 0, 10);
    zx_handle_close(vmo);
}

CASE(offset_outside, WRITE "out_of_range_offset") {
    static const uint64_t offsets[] = {PAGE, PAGE + 1, 2 * PAGE, UINT64_MAX};
    zx_handle_t vmo = make_sized(PAGE);
    for (size_t i = 0; i < COUNT(offsets); i++) {
        write_at(vmo, offsets[i], 1);
    }
    zx_handle_close(vmo);
}

CASE(nothing_at_the_end, WRITE "out_of_range_offset") {
    zx_handle_t vmo = make_sized(PAGE);
    write_at(vmo, PAGE - 1, 0);
    write_at(vmo, PAGE, 0);
    zx_handle_close(vmo);
}

CASE(empty_vmo, WRITE "out_of_range_offset") {
    zx_handle_t vmo = make_sized(0);
    write_at(vmo, 0, 1);
    zx_handle_close(vmo);
}

CASE(end_overflows, WRITE "out_of_range_offset") {
    zx_handle_t vmo = make_sized(PAGE);
    write_at(vmo, UINT64_MAX - 1, 16);
    zx_handle_close(vmo);
}

CASE(too_long, WRITE "out_of_range_size") {
    zx_handle_t vmo = make_sized(PAGE);
    write_at(vmo, 0, PAGE + 1);
    write_at(vmo, PAGE - 4, 5);
    read_at(vmo, PAGE - 4, 4);
    zx_handle_close(vmo);
}
