/* zx_vmo_clone: what a clone shows, and what it keeps to itself. */
#include "zxtest.h"

#define PAGE 4096u
#define CLONE "vmo_clone/"
#define COW ZX_VMO_CLONE_COPY_ON_WRITE

static char bytes[3 * PAGE];

static zx_handle_t make_written(void) {
    zx_handle_t vmo = ZX_HANDLE_INVALID;
    zx_vmo_create(2 * PAGE, 0, &vmo);
    zx_vmo_write(vmo, "first page", 0, 10);
    zx_vmo_write(vmo, "second page", PAGE, 11);
    return vmo;
}

static zx_handle_t clone(zx_handle_t vmo, uint32_t options, uint64_t offset, uint64_t size) {
    zx_handle_t out = ZX_HANDLE_INVALID;
    return zx_vmo_clone(vmo, options, offset, size, &out) == ZX_OK ? with_basic_info(out)
                                                                   : ZX_HANDLE_INVALID;
}

static void read_at(zx_handle_t vmo, uint64_t offset, size_t size) {
    zx_vmo_read(vmo, bytes, offset, size);
}

static void close_both(zx_handle_t one, zx_handle_t other) {
    zx_handle_close(one);
    zx_handle_close(other);
}

CASE(shows, CLONE "created " CLONE "shown " CLONE "size_rounded") {
    zx_handle_t vmo = make_written(), other = clone(vmo, COW, 0, PAGE + 1);
    uint64_t size = 0;
    zx_vmo_get_size(other, &size);
    read_at(other, 0, 10);
    read_at(other, PAGE, 11);
    read_at(other, 2 * PAGE, 1);
    close_both(vmo, other);
}

CASE(from_an_offset, CLONE "shown") {
    zx_handle_t vmo = make_written(), other = clone(vmo, COW, PAGE, PAGE);
    read_at(other, 0, 11);
    close_both(vmo, other);
}

CASE(write_to_the_clone, CLONE "copy_on_write " CLONE "shown") {
    zx_handle_t vmo = make_written(), other = clone(vmo, COW, 0, 2 * PAGE);
    zx_vmo_write(other, "FIRST", 0, 5);
    read_at(other, 0, 10);
    read_at(vmo, 0, 10);
    read_at(other, PAGE, 11);
    zx_vmo_write(other, "SECOND PAGE", PAGE, 11);
    read_at(vmo, PAGE, 11);
    read_at(other, PAGE, 11);
    close_both(vmo, other);
}

/* Whether the clone shows it the page leaves open, unless it has copied the page. */
CASE(write_to_the_original, CLONE "copy_on_write") {
    zx_handle_t vmo = make_written(), other = clone(vmo, COW, 0, 2 * PAGE);
    zx_vmo_write(other, "P", 6, 1);
    zx_vmo_write(vmo, "later", 0, 5);
    zx_vmo_write(vmo, "later", PAGE, 5);
    read_at(other, 0, 10);
    read_at(vmo, 0, 10);
    read_at(other, PAGE, 11);
    read_at(other, PAGE, 11);
    close_both(vmo, other);
}

CASE(original_closed, CLONE "shown") {
    zx_handle_t vmo = make_written(), other = clone(vmo, COW, 0, 2 * PAGE);
    close_and_get_info(vmo);
    read_at(other, 0, 10);
    read_at(other, PAGE, 11);
    zx_handle_close(other);
}

CASE(beyond_the_end, CLONE "zeros") {
    zx_handle_t vmo = make_written(), other = clone(vmo, COW, 0, 4 * PAGE);
    read_at(other, 2 * PAGE, 32);
    read_at(other, 2 * PAGE - 4, 3 * PAGE / 2);
    zx_vmo_write(other, "x", 3 * PAGE + 7, 1);
    read_at(other, 3 * PAGE, 32);
    close_both(vmo, other);
}

CASE(starts_beyond_the_end, CLONE "zeros") {
    zx_handle_t vmo = make_written(), other = clone(vmo, COW, 16 * PAGE, PAGE);
    read_at(other, 0, PAGE);
    close_both(vmo, other);
}

CASE(of_a_clone, CLONE "shown " CLONE "copy_on_write") {
    zx_handle_t vmo = make_written(), other = clone(vmo, COW, 0, 2 * PAGE);
    zx_vmo_write(other, "other", 0, 5);
    zx_handle_t third = clone(other, COW, 0, 2 * PAGE);
    read_at(third, 0, 10);
    read_at(third, PAGE, 11);
    zx_vmo_write(third, "third", 0, 5);
    read_at(other, 0, 10);
    read_at(vmo, 0, 10);
    zx_handle_close(third);
    close_both(vmo, other);
}

CASE(two_clones, CLONE "copy_on_write") {
    zx_handle_t vmo = make_written();
    zx_handle_t one = clone(vmo, COW, 0, PAGE), other = clone(vmo, COW, 0, PAGE);
    zx_vmo_write(one, "one", 0, 3);
    read_at(other, 0, 10);
    zx_vmo_write(other, "other", 0, 5);
    read_at(one, 0, 10);
    read_at(vmo, 0, 10);
    close_both(one, other);
    zx_handle_close(vmo);
}

CASE(not_resizable, CLONE "created vmo_set_size/unavailable") {
    zx_handle_t vmo = make_written(), other = clone(vmo, COW | ZX_VMO_CLONE_NON_RESIZEABLE, 0, PAGE);
    uint64_t size = 0;
    zx_vmo_set_size(other, 2 * PAGE);
    zx_vmo_get_size(other, &size);
    close_both(vmo, other);
}

/* The page of zx_vmo_create: clones of a VMO that can't be resized can be. */
CASE(of_a_vmo_that_is_not_resizable, "vmo_set_size/resized") {
    zx_handle_t vmo = ZX_HANDLE_INVALID;
    uint64_t size = 0;
    zx_vmo_create(PAGE, ZX_VMO_NON_RESIZABLE, &vmo);
    zx_handle_t other = clone(vmo, COW, 0, PAGE);
    zx_vmo_set_size(other, 2 * PAGE);
    zx_vmo_get_size(other, &size);
    close_both(vmo, other);
}

CASE(rights, CLONE "writable") {
    zx_handle_t vmo = make_written();
    zx_handle_t bare = duplicate(vmo, ZX_RIGHT_DUPLICATE | ZX_RIGHT_READ);
    zx_handle_t other = clone(bare, COW, 0, PAGE);
    zx_vmo_write(other, "x", 0, 1);
    zx_handle_close(bare);
    close_both(vmo, other);
}

CASE(zero_children, CLONE "zero_children") {
    zx_handle_t vmo = make_written();
    signals_of(vmo, ZX_VMO_ZERO_CHILDREN);
    zx_handle_t other = clone(vmo, COW, 0, PAGE);
    signals_of(vmo, ZX_VMO_ZERO_CHILDREN);
    zx_handle_t third = clone(vmo, COW, 0, PAGE);
    close_and_get_info(other);
    signals_of(vmo, ZX_VMO_ZERO_CHILDREN);
    close_and_get_info(third);
    signals_of(vmo, ZX_VMO_ZERO_CHILDREN);
    zx_handle_close(vmo);
}

CASE(not_copy_on_write, CLONE "not_copy_on_write") {
    zx_handle_t vmo = make_written();
    clone(vmo, 0, 0, PAGE);
    clone(vmo, ZX_VMO_CLONE_NON_RESIZEABLE, 0, PAGE);
    zx_handle_close(vmo);
}

CASE(other_options, CLONE "created") {
    zx_handle_t vmo = make_written(), other = clone(vmo, COW, 0, PAGE);
    close_if_open(clone(vmo, COW | 0x80000000u, 0, PAGE));
    close_both(vmo, other);
}

CASE(not_aligned, CLONE "invalid_args_offset") {
    static const uint64_t offsets[] = {1, PAGE - 1, PAGE + 1};
    zx_handle_t vmo = make_written();
    for (size_t i = 0; i < COUNT(offsets); i++) clone(vmo, COW, offsets[i], PAGE);
    zx_handle_close(vmo);
}

CASE(too_large, CLONE "out_of_range") {
    zx_handle_t vmo = make_written();
    clone(vmo, COW, UINT64_MAX - PAGE + 1, PAGE);
    clone(vmo, COW, PAGE, UINT64_MAX - PAGE + 1);
    clone(vmo, COW, 0, UINT64_MAX);
    zx_handle_close(vmo);
}
