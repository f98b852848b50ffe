/* zx_handle_close, zx_handle_duplicate, zx_handle_replace. */
#include "zxtest.h"

#define CLOSE "handle_close/"
#define DUPLICATE "handle_duplicate/"
#define REPLACE "handle_replace/"

CASE(close_zero, CLOSE "invalid_is_fine") { zx_handle_close(ZX_HANDLE_INVALID); }
CASE(close_never_given, CLOSE "bad_handle") { zx_handle_close(ZX_NEVER_A_HANDLE); }

CASE(close_twice, CLOSE "closed " CLOSE "bad_handle") {
    Made event = make_event();
    close_and_look(event.h);
    zx_handle_close(event.h);
}

CASE(close_without_rights, CLOSE "closed") {
    close_and_look(without(make_event().h, ~0u));
}

/* Both calls have the same parameters. */
#define BOTH(name, prefix, call)                                                             \
    CASE(name##_zero, prefix "bad_handle") {                                                 \
        zx_handle_t out = ZX_HANDLE_INVALID;                                                 \
        call(ZX_HANDLE_INVALID, ZX_RIGHT_SAME_RIGHTS, &out);                                 \
    }                                                                                        \
    CASE(name##_closed, prefix "bad_handle") {                                               \
        Made event = make_event();                                                           \
        zx_handle_t out = ZX_HANDLE_INVALID;                                                 \
        close_and_look(event.h);                                                             \
        call(event.h, 0, &out);                                                              \
    }                                                                                        \
    CASE(name##_more_rights, prefix "invalid_args_rights") {                                 \
        Made event = make_event();                                                           \
        zx_handle_t out = ZX_HANDLE_INVALID;                                                 \
        look(event.h);                                                                       \
        call(event.h, ZX_RIGHT_EXECUTE | ZX_RIGHT_WAIT, &out);                               \
        put_away(event.h);                                                                   \
    }                                                                                        \
    CASE(name##_out_unmapped, prefix "invalid_args_out") {                                   \
        Made event = make_event();                                                           \
        call(event.h, ZX_RIGHT_SAME_RIGHTS, zx_unmapped(zx_handle_t));                       \
        put_away(event.h);                                                                   \
    }                                                                                        \
    CASE(name##_out_null, prefix "invalid_args_out") {                                       \
        Made event = make_event();                                                           \
        call(event.h, ZX_RIGHT_SAME_RIGHTS, NULL);                                           \
        put_away(event.h);                                                                   \
    }                                                                                        \
    CASE(name##_fewer_rights, prefix "new_rights " prefix "same_object") {                   \
        Made event = make_event();                                                           \
        zx_handle_t out = ZX_HANDLE_INVALID;                                                 \
        look(event.h);                                                                       \
        call(event.h, ZX_RIGHT_WAIT, &out);                                                  \
        look(out);                                                                           \
        zx_handle_close(out);                                                                \
        put_away(event.h);                                                                   \
    }                                                                                        \
    CASE(name##_same_rights, prefix "new_rights " prefix "same_object") {                    \
        Made event = make_event();                                                           \
        zx_handle_t out = ZX_HANDLE_INVALID;                                                 \
        look(event.h);                                                                       \
        call(event.h, ZX_RIGHT_SAME_RIGHTS, &out);                                           \
        look(out);                                                                           \
        zx_handle_close(out);                                                                \
        put_away(event.h);                                                                   \
    }

BOTH(duplicate, DUPLICATE, zx_handle_duplicate)
BOTH(replace, REPLACE, zx_handle_replace)

CASE(duplicate_without_the_right, DUPLICATE "access_denied") {
    zx_handle_t bare = without(make_event().h, ZX_RIGHT_DUPLICATE), out = ZX_HANDLE_INVALID;
    zx_handle_duplicate(bare, ZX_RIGHT_WAIT, &out);
    zx_handle_close(bare);
}

CASE(replace_without_duplicate, REPLACE "new_rights") {
    zx_handle_t bare = without(make_event().h, ZX_RIGHT_DUPLICATE), out = ZX_HANDLE_INVALID;
    zx_handle_replace(bare, 0, &out);
    look(out);
    zx_handle_close(out);
    put_away(bare);
}

CASE(replace_consumes_on_failure, REPLACE "always_invalidated " REPLACE "invalid_args_rights") {
    Made event = make_event();
    zx_handle_t out = ZX_HANDLE_INVALID;
    look(event.h);
    zx_handle_replace(event.h, 0x7fffffffu, &out);
    put_away(event.h);
}
