/* zx_object_set_cookie: values, types of object, two conditions at once where they can be. Bad
 * handles are generated: baseline_object_set_cookie. Scopes and event pairs:
 * object_set_cookie_scopes.c. */
#include "zxtest.h"

#define PAGE "object_set_cookie/"
#define COOKIE 0x600dc00c1e5ull
#define OTHER_COOKIE 0xbadc00c1e5ull

/* Read a cookie back: an independent check of what a set did. */
static void get(zx_handle_t handle, zx_handle_t scope) {
    uint64_t cookie = 0;
    zx_object_get_cookie(handle, scope, &cookie);
}

static void set_and_get(zx_handle_t handle, zx_handle_t scope, uint64_t cookie) {
    zx_object_set_cookie(handle, scope, cookie);
    get(handle, scope);
}

/* Invalid handles */

CASE(both_invalid, PAGE "bad_handle_handle " PAGE "bad_handle_scope") {
    zx_object_set_cookie(ZX_HANDLE_INVALID, ZX_HANDLE_INVALID, COOKIE);
    zx_object_set_cookie(ZX_NEVER_A_HANDLE, ZX_HANDLE_INVALID, COOKIE);
}

/* Types of object that the page does not list */

#define NOT_SUPPORTED(type)                                               \
    CASE(not_supported_##type##_and_bad_scope, PAGE "not_supported " PAGE \
                                               "bad_handle_scope") {      \
        handle_pair_t object = make_##type();                             \
        zx_object_set_cookie(object.h, ZX_HANDLE_INVALID, COOKIE);        \
        close_pair(object);                                               \
    }

NOT_SUPPORTED(channel)
NOT_SUPPORTED(socket)
NOT_SUPPORTED(port)
NOT_SUPPORTED(timer)
NOT_SUPPORTED(job)
NOT_SUPPORTED(process)
NOT_SUPPORTED(thread)
NOT_SUPPORTED(vmar)

CASE(not_supported_scope_is_self, PAGE "not_supported") {
    handle_pair_t object = make_channel();
    set_and_get(object.h, object.h, COOKIE);
    close_pair(object);
}

/* Types of object that the page lists, before and after */

#define MAY_HAVE(type, made)                                                              \
    CASE(unset_##type, PAGE "initially_unreadable") {                                     \
        handle_pair_t object = make_##made(), scope = make_event();                       \
        get(object.h, scope.h);                                                           \
        get(object.h, object.h);                                                          \
        close_pair(object);                                                               \
        close_pair(scope);                                                                \
    }                                                                                     \
    CASE(set_##type, PAGE "may_have_" #type " " PAGE "cookie_set") {                      \
        handle_pair_t object = make_##made(), scope = make_event();                       \
        set_and_get(object.h, scope.h, COOKIE);                                           \
        set_and_get(object.h, scope.h, OTHER_COOKIE);                                     \
        close_pair(object);                                                               \
        close_pair(scope);                                                                \
    }                                                                                     \
    CASE(other_scope_##type, PAGE "access_denied_scope " PAGE                             \
                             "scope_never_changes") {                                     \
        handle_pair_t object = make_##made(), scope = make_event(), other = make_event(); \
        set_and_get(object.h, scope.h, COOKIE);                                           \
        set_and_get(object.h, other.h, OTHER_COOKIE);                                     \
        get(object.h, scope.h);                                                           \
        close_pair(object);                                                               \
        close_pair(scope);                                                                \
        close_pair(other);                                                                \
    }

MAY_HAVE(event, event)
MAY_HAVE(eventpair, eventpair)
MAY_HAVE(resource, child_resource)
MAY_HAVE(vmo, vmo)

/* The page both forbids and describes setting a cookie that has not been set. */
CASE(not_set_before, PAGE "access_denied_not_set") {
    handle_pair_t object = make_event(), scope = make_event();
    get(object.h, scope.h);
    set_and_get(object.h, scope.h, COOKIE);
    close_pair(object);
    close_pair(scope);
}

/* Any 64 bits are a cookie. */

#define VALUE(name, value)                                       \
    CASE(value_##name, PAGE "cookie_set") {                      \
        handle_pair_t object = make_vmo(), scope = make_event(); \
        set_and_get(object.h, scope.h, value);                   \
        close_pair(object);                                      \
        close_pair(scope);                                       \
    }

VALUE(zero, 0)
VALUE(one, 1)
VALUE(high_half, 0xffffffff00000000ull)
VALUE(all_bits, UINT64_MAX)

CASE(zero_counts_as_set, PAGE "access_denied_scope " PAGE "cookie_set") {
    handle_pair_t object = make_event(), scope = make_event(), other = make_event();
    set_and_get(object.h, scope.h, 0);
    set_and_get(object.h, other.h, COOKIE);
    get(object.h, scope.h);
    close_pair(object);
    close_pair(scope);
    close_pair(other);
}
