/* zx_vmo_op_range: committing, decommitting, caches, and what stays in the VMO. */
#include "zxtest.h"

#define PAGE 4096u
#define OP "vmo_op_range/"

static zx_handle_t make_written(void) {
    zx_handle_t vmo = ZX_HANDLE_INVALID;
    zx_vmo_create(4 * PAGE, 0, &vmo);
    zx_vmo_write(vmo, "first page", 0, 10);
    zx_vmo_write(vmo, "second page", PAGE, 11);
    return vmo;
}

static void op(zx_handle_t vmo, uint32_t op, uint64_t offset, uint64_t size) {
    zx_vmo_op_range(vmo, op, offset, size, NULL, 0);
}

static void read_both(zx_handle_t vmo) {
    char bytes[16];
    zx_vmo_read(vmo, bytes, 0, 10);
    zx_vmo_read(vmo, bytes, PAGE, 11);
}

CASE(commit, OP "performed vmo_read/bytes_read") {
    zx_handle_t vmo = make_written();
    op(vmo, ZX_VMO_OP_COMMIT, 0, 4 * PAGE);
    read_both(vmo);
    op(vmo, ZX_VMO_OP_COMMIT, 1, 1);
    op(vmo, ZX_VMO_OP_COMMIT, PAGE, 0);
    op(vmo, ZX_VMO_OP_COMMIT, 4 * PAGE, 0);
    read_both(vmo);
    zx_handle_close(vmo);
}

/* As large as no machine's memory. */
CASE(commit_more_than_memory, OP "no_memory") {
    zx_handle_t vmo = ZX_HANDLE_INVALID;
    if (zx_vmo_create(1ul << 45, 0, &vmo) != ZX_OK) return;
    op(vmo, ZX_VMO_OP_COMMIT, 0, 1ul << 45);
    zx_handle_close(vmo);
}

/* What a decommitted page holds no page says; the other pages keep what they hold. */
CASE(decommit, OP "performed vmo_read/bytes_read") {
    zx_handle_t vmo = make_written();
    op(vmo, ZX_VMO_OP_DECOMMIT, 0, PAGE);
    read_both(vmo);
    read_both(vmo);
    op(vmo, ZX_VMO_OP_DECOMMIT, 2 * PAGE, 2 * PAGE);
    op(vmo, ZX_VMO_OP_DECOMMIT, 2 * PAGE, 0);
    read_both(vmo);
    zx_handle_close(vmo);
}

CASE(caches, OP "performed vmo_read/bytes_read") {
    zx_handle_t vmo = make_written();
    op(vmo, ZX_VMO_OP_CACHE_SYNC, 0, 2 * PAGE);
    op(vmo, ZX_VMO_OP_CACHE_CLEAN, 0, 2 * PAGE);
    op(vmo, ZX_VMO_OP_CACHE_CLEAN_INVALIDATE, 0, 2 * PAGE);
    op(vmo, ZX_VMO_OP_CACHE_CLEAN_INVALIDATE, 5, 3);
    read_both(vmo);
    op(vmo, ZX_VMO_OP_CACHE_INVALIDATE, 0, PAGE);
    read_both(vmo);
    zx_handle_close(vmo);
}

CASE(caches_of_pages_not_committed, OP "performed") {
    zx_handle_t vmo = ZX_HANDLE_INVALID;
    zx_vmo_create(4 * PAGE, 0, &vmo);
    op(vmo, ZX_VMO_OP_CACHE_SYNC, 0, PAGE);
    op(vmo, ZX_VMO_OP_CACHE_INVALIDATE, 0, PAGE);
    op(vmo, ZX_VMO_OP_CACHE_CLEAN, 0, PAGE);
    op(vmo, ZX_VMO_OP_CACHE_CLEAN_INVALIDATE, 0, PAGE);
    zx_handle_close(vmo);
}

static zx_handle_t clone(zx_handle_t vmo) {
    zx_handle_t out = ZX_HANDLE_INVALID;
    zx_vmo_clone(vmo, ZX_VMO_CLONE_COPY_ON_WRITE, 0, 4 * PAGE, &out);
    return out;
}

CASE(commit_in_a_clone, "vmo_clone/shown") {
    zx_handle_t vmo = make_written(), other = clone(vmo);
    op(other, ZX_VMO_OP_COMMIT, 0, PAGE);
    read_both(other);
    read_both(vmo);
    zx_handle_close(other);
    zx_handle_close(vmo);
}

CASE(decommit_in_a_clone, "vmo_clone/shown vmo_clone/copy_on_write") {
    zx_handle_t vmo = make_written(), other = clone(vmo);
    zx_vmo_write(other, "FIRST", 0, 5);
    zx_vmo_write(other, "SECOND", PAGE, 6);
    read_both(vmo);
    op(other, ZX_VMO_OP_DECOMMIT, 0, PAGE);
    read_both(other);
    read_both(vmo);
    zx_handle_close(other);
    zx_handle_close(vmo);
}

CASE(range_outside, OP "out_of_range") {
    static const uint32_t ops[] = {ZX_VMO_OP_COMMIT, ZX_VMO_OP_DECOMMIT, ZX_VMO_OP_CACHE_SYNC,
                                   ZX_VMO_OP_CACHE_INVALIDATE, ZX_VMO_OP_CACHE_CLEAN};
    zx_handle_t vmo = make_written();
    uint64_t size = 0;
    zx_vmo_get_size(vmo, &size);
    for (size_t i = 0; i < COUNT(ops); i++) {
        op(vmo, ops[i], 5 * PAGE, PAGE);
        op(vmo, ops[i], UINT64_MAX - PAGE + 1, 2 * PAGE);
    }
    zx_handle_close(vmo);
}

/* Whether a range that begins in the VMO and ends beyond it is invalid, the page does not say. */
CASE(range_partly_outside, OP "performed") {
    zx_handle_t vmo = make_written();
    op(vmo, ZX_VMO_OP_COMMIT, 0, PAGE);
    op(vmo, ZX_VMO_OP_COMMIT, 3 * PAGE, 2 * PAGE);
    op(vmo, ZX_VMO_OP_CACHE_SYNC, 3 * PAGE, 2 * PAGE);
    op(vmo, ZX_VMO_OP_DECOMMIT, 3 * PAGE, 2 * PAGE);
    op(vmo, ZX_VMO_OP_DECOMMIT, 3 * PAGE, UINT64_MAX - PAGE);
    read_both(vmo);
    zx_handle_close(vmo);
}

CASE(no_right_to_write, OP "access_denied") {
    zx_handle_t vmo = make_written(), bare = duplicate(vmo, ZX_RIGHT_READ);
    op(bare, ZX_VMO_OP_COMMIT, 0, PAGE);
    op(bare, ZX_VMO_OP_DECOMMIT, 0, PAGE);
    op(bare, ZX_VMO_OP_CACHE_INVALIDATE, 0, PAGE);
    op(bare, ZX_VMO_OP_CACHE_SYNC, 0, PAGE);
    op(bare, ZX_VMO_OP_CACHE_CLEAN, 0, PAGE);
    op(bare, ZX_VMO_OP_CACHE_CLEAN_INVALIDATE, 0, PAGE);
    zx_handle_close(bare);
    zx_handle_close(vmo);
}

CASE(no_right_to_read, OP "access_denied") {
    zx_handle_t vmo = make_written(), bare = duplicate(vmo, ZX_RIGHT_WRITE);
    op(bare, ZX_VMO_OP_CACHE_SYNC, 0, PAGE);
    op(bare, ZX_VMO_OP_CACHE_CLEAN, 0, PAGE);
    op(bare, ZX_VMO_OP_CACHE_CLEAN_INVALIDATE, 0, PAGE);
    op(bare, ZX_VMO_OP_CACHE_INVALIDATE, 0, PAGE);
    op(bare, ZX_VMO_OP_COMMIT, 0, PAGE);
    zx_handle_close(bare);
    zx_handle_close(vmo);
}

CASE(nothing_to_do_with_caches, OP "invalid_args_size") {
    zx_handle_t vmo = make_written();
    op(vmo, ZX_VMO_OP_CACHE_SYNC, 0, 0);
    op(vmo, ZX_VMO_OP_CACHE_INVALIDATE, 0, 0);
    op(vmo, ZX_VMO_OP_CACHE_CLEAN, 0, 0);
    op(vmo, ZX_VMO_OP_CACHE_CLEAN_INVALIDATE, 0, 0);
    zx_handle_close(vmo);
}

CASE(locks, OP "not_supported_lock") {
    zx_handle_t vmo = make_written();
    op(vmo, ZX_VMO_OP_LOCK, 0, PAGE);
    op(vmo, ZX_VMO_OP_UNLOCK, 0, PAGE);
    zx_handle_close(vmo);
}

CASE(no_operation, OP "invalid_args_op") {
    zx_handle_t vmo = make_written();
    op(vmo, 0, 0, PAGE);
    op(vmo, 10, 0, PAGE);
    zx_handle_close(vmo);
}
