/* zx_handle_close, zx_handle_duplicate, zx_handle_replace. */
#include "zxtest.h"

#define CLOSE "handle_close/"
#define DUPLICATE "handle_duplicate/"
#define REPLACE "handle_replace/"

CASE(close_zero, CLOSE "invalid_is_fine") { zx_handle_close(ZX_HANDLE_INVALID); }
CASE(close_never_allocated, CLOSE "bad_handle") { zx_handle_close(ZX_NEVER_A_HANDLE); }

CASE(close_twice, CLOSE "closed " CLOSE "bad_handle") {
    handle_pair_t event = make_event();
    close_and_get_info(event.h);
    zx_handle_close(event.h);
}

CASE(close_without_rights, CLOSE "closed") {
    close_and_get_info(without(make_event().h, ~0u));
}

/* Both calls have the same parameters. */
#define BOTH(name, prefix, call)                                           \
    CASE(name##_more_rights, prefix "invalid_args_rights") {               \
        handle_pair_t event = make_event();                                \
        zx_handle_t out = ZX_HANDLE_INVALID;                               \
        get_basic_info(event.h);                                           \
        call(event.h, ZX_RIGHT_EXECUTE | ZX_RIGHT_WAIT, &out);             \
        close_if_open(event.h);                                            \
    }                                                                      \
    CASE(name##_fewer_rights, prefix "new_rights " prefix "same_object") { \
        handle_pair_t event = make_event();                                \
        zx_handle_t out = ZX_HANDLE_INVALID;                               \
        get_basic_info(event.h);                                           \
        call(event.h, ZX_RIGHT_WAIT, &out);                                \
        get_basic_info(out);                                               \
        zx_handle_close(out);                                              \
        close_if_open(event.h);                                            \
    }                                                                      \
    CASE(name##_same_rights, prefix "new_rights " prefix "same_object") {  \
        handle_pair_t event = make_event();                                \
        zx_handle_t out = ZX_HANDLE_INVALID;                               \
        get_basic_info(event.h);                                           \
        call(event.h, ZX_RIGHT_SAME_RIGHTS, &out);                         \
        get_basic_info(out);                                               \
        zx_handle_close(out);                                              \
        close_if_open(event.h);                                            \
    }

BOTH(duplicate, DUPLICATE, zx_handle_duplicate)
BOTH(replace, REPLACE, zx_handle_replace)

CASE(duplicate_without_duplicate, DUPLICATE "access_denied") {
    zx_handle_t bare = without(make_event().h, ZX_RIGHT_DUPLICATE), out = ZX_HANDLE_INVALID;
    zx_handle_duplicate(bare, ZX_RIGHT_WAIT, &out);
    zx_handle_close(bare);
}

CASE(replace_without_duplicate, REPLACE "new_rights") {
    zx_handle_t bare = without(make_event().h, ZX_RIGHT_DUPLICATE), out = ZX_HANDLE_INVALID;
    zx_handle_replace(bare, 0, &out);
    get_basic_info(out);
    zx_handle_close(out);
    close_if_open(bare);
}

CASE(replace_consumes_on_failure, REPLACE "always_invalidated " REPLACE "invalid_args_rights") {
    handle_pair_t event = make_event();
    zx_handle_t out = ZX_HANDLE_INVALID;
    get_basic_info(event.h);
    zx_handle_replace(event.h, 0x7fffffffu, &out);
    close_if_open(event.h);
}
