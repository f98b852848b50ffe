/* zx_vmo_set_cache_policy. On VMOs of ordinary memory the page allows it and refuses it. */
#include "zxtest.h"

#define PAGE 4096u
#define POLICY "vmo_set_cache_policy/"

static zx_handle_t make_sized(uint64_t size) {
    zx_handle_t vmo = ZX_HANDLE_INVALID;
    zx_vmo_create(size, 0, &vmo);
    return vmo;
}

static zx_handle_t clone(zx_handle_t vmo) {
    zx_handle_t out = ZX_HANDLE_INVALID;
    zx_vmo_clone(vmo, ZX_VMO_CLONE_COPY_ON_WRITE, 0, PAGE, &out);
    return out;
}

static void read_and_write(zx_handle_t vmo) {
    char byte = 0;
    zx_vmo_read(vmo, &byte, 0, 1);
    zx_vmo_write(vmo, "x", 0, 1);
}

CASE(cached, POLICY "not_supported vmo_read/bytes_read") {
    zx_handle_t vmo = make_sized(PAGE);
    zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_CACHED);
    zx_vmo_write(vmo, "data", 0, 4);
    char bytes[4];
    zx_vmo_read(vmo, bytes, 0, 4);
    zx_handle_close(vmo);
}

#define UNCACHED(name, policy)                                                            \
    CASE(name, "vmo_read/bad_state vmo_write/bad_state " POLICY "policy_set") {           \
        zx_handle_t vmo = make_sized(PAGE);                                               \
        zx_vmo_set_cache_policy(vmo, policy);                                             \
        read_and_write(vmo);                                                              \
        zx_handle_close(vmo);                                                             \
    }

UNCACHED(uncached, ZX_CACHE_POLICY_UNCACHED)
UNCACHED(uncached_device, ZX_CACHE_POLICY_UNCACHED_DEVICE)

CASE(uncached_is_cloned, POLICY "policy_set vmo_clone/created") {
    zx_handle_t vmo = make_sized(PAGE), cached = make_sized(PAGE);
    zx_handle_close(with_basic_info(clone(cached)));
    zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_UNCACHED);
    read_and_write(vmo);
    zx_handle_close(clone(vmo));
    zx_vmo_clone(vmo, ZX_VMO_CLONE_COPY_ON_WRITE, 0, PAGE, zx_read_only(zx_handle_t));
    zx_handle_close(vmo);
    zx_handle_close(cached);
}

/* Whether write combining counts as uncached, no page says. */
CASE(write_combining, POLICY "not_supported") {
    zx_handle_t vmo = make_sized(PAGE);
    zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_WRITE_COMBINING);
    read_and_write(vmo);
    zx_handle_close(vmo);
}

CASE(set_again, POLICY "access_denied_configured") {
    zx_handle_t vmo = make_sized(PAGE);
    zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_UNCACHED);
    zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_UNCACHED);
    zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_WRITE_COMBINING);
    zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_CACHED);
    zx_handle_close(vmo);
}

CASE(other_policies, POLICY "invalid_args_policy") {
    zx_handle_t vmo = make_sized(PAGE);
    for (uint32_t bit = 4; bit; bit <<= 1) zx_vmo_set_cache_policy(vmo, bit);
    zx_handle_close(vmo);
}

/* Of all other objects, only a BTI's handle has ZX_RIGHT_MAP. */
CASE(of_a_bti, POLICY "wrong_type") {
    handle_pair_t bti = make_bti();
    get_basic_info(bti.h);
    zx_vmo_set_cache_policy(bti.h, ZX_CACHE_POLICY_CACHED);
    close_pair(bti);
}

CASE(cloned, POLICY "bad_state_shared") {
    zx_handle_t vmo = make_sized(PAGE), other = clone(vmo);
    get_basic_info(other);
    zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_UNCACHED);
    zx_vmo_set_cache_policy(other, ZX_CACHE_POLICY_UNCACHED);
    close_and_get_info(other);
    zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_UNCACHED);
    zx_handle_close(vmo);
}

CASE(written, POLICY "bad_state_committed") {
    zx_handle_t vmo = make_sized(PAGE);
    zx_vmo_write(vmo, "x", 0, 1);
    zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_UNCACHED);
    read_and_write(vmo);
    zx_handle_close(vmo);
}

CASE(committed, POLICY "bad_state_committed") {
    zx_handle_t vmo = make_sized(PAGE);
    zx_vmo_op_range(vmo, ZX_VMO_OP_COMMIT, 0, PAGE, NULL, 0);
    zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_UNCACHED);
    zx_vmo_op_range(vmo, ZX_VMO_OP_DECOMMIT, 0, PAGE, NULL, 0);
    zx_vmo_set_cache_policy(vmo, ZX_CACHE_POLICY_UNCACHED);
    zx_handle_close(vmo);
}
