/* zx_object_get_child: two documented conditions at once. The page gives no precedence, so either
 * status is right; the call may not succeed. */
#include "zxtest.h"

/* Conditions, by the names of their clauses. */
enum {
    bad_handle = 1 << 0,
    wrong_type = 1 << 1,
    access_denied_enumerate = 1 << 2,
    access_denied_rights = 1 << 3,
    not_found = 1 << 4,
    invalid_args_out = 1 << 5,
};

/* Make one call in a state in which these conditions hold. */
static void get_child_when(unsigned conditions) {
    handle_pair_t parent = conditions & wrong_type ? make_port() : make_job(), child = {0, 0};
    zx_job_create(conditions & wrong_type ? zx_default_job() : parent.h, 0, &child.h);
    zx_koid_t koid = get_basic_info(child.h);
    if (conditions & not_found) koid = 1ull << 62;
    zx_handle_t handle = without(parent.h, ZX_RIGHT_DUPLICATE);
    if (conditions & access_denied_enumerate) handle = without(handle, ZX_RIGHT_ENUMERATE);
    zx_rights_t rights = conditions & access_denied_rights ? ZX_RIGHT_DUPLICATE : 0;

    zx_handle_t out = ZX_HANDLE_INVALID;
    zx_status_t status =
        zx_object_get_child(conditions & bad_handle ? ZX_NEVER_A_HANDLE : handle, koid, rights,
                            conditions & invalid_args_out ? zx_unmapped(zx_handle_t) : &out);
    if (status == ZX_OK && out) zx_handle_close(out);
    zx_handle_close(handle);
    close_pair(child);
}

#define PAIR(a, b) \
    CASE(a##__##b, "object_get_child/" #a " object_get_child/" #b) { get_child_when(a | b); }

PAIR(bad_handle, invalid_args_out)

PAIR(wrong_type, access_denied_enumerate)
PAIR(wrong_type, access_denied_rights)
PAIR(wrong_type, invalid_args_out)

PAIR(access_denied_enumerate, access_denied_rights)
PAIR(access_denied_enumerate, not_found)
PAIR(access_denied_enumerate, invalid_args_out)

PAIR(access_denied_rights, not_found)
PAIR(access_denied_rights, invalid_args_out)

PAIR(not_found, invalid_args_out)
