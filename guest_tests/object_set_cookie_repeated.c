/* zx_object_set_cookie: repeated sets, zero among the values, and the scope afterwards. */
#include "zxtest.h"

#define PAGE "object_set_cookie/"

static void set_and_get(zx_handle_t object, zx_handle_t scope, uint64_t value) {
    uint64_t cookie;
    zx_object_set_cookie(object, scope, value);
    zx_object_get_cookie(object, scope, &cookie);
}

#define REPEATED_VALUES(type)                                                     \
    CASE(repeated_values_##type, PAGE "cookie_set " PAGE "same_scope_modifies") { \
        handle_pair_t object = make_##type(), scope = make_event();               \
        set_and_get(object.h, scope.h, 5);                                        \
        set_and_get(object.h, scope.h, 0);                                        \
        set_and_get(object.h, scope.h, UINT64_MAX);                               \
        set_and_get(object.h, scope.h, 0);                                        \
        close_pair(object);                                                       \
        close_pair(scope);                                                        \
    }

REPEATED_VALUES(event)
REPEATED_VALUES(eventpair)
REPEATED_VALUES(vmo)

CASE(zero_first, PAGE "cookie_set") {
    handle_pair_t object = make_event(), scope = make_event();
    set_and_get(object.h, scope.h, 0);
    close_pair(object);
    close_pair(scope);
}

CASE(zero_does_not_release_scope, PAGE "access_denied_scope") {
    handle_pair_t object = make_event(), scope = make_event(), other = make_event();
    set_and_get(object.h, scope.h, 7);
    set_and_get(object.h, scope.h, 0);
    set_and_get(object.h, other.h, 9);
    set_and_get(object.h, scope.h, 8);
    close_pair(object);
    close_pair(scope);
    close_pair(other);
}
