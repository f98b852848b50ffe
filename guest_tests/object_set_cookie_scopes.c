/* zx_object_set_cookie: scopes that are created, destroyed and changed; sides of event pairs. */
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

/* Any object can be a scope. */

#define SCOPE(type)                                                        \
    CASE(scope_is_##type, PAGE "cookie_set " PAGE "same_scope_modifies") { \
        handle_pair_t object = make_event(), scope = make_##type();        \
        set_and_get(object.h, scope.h, COOKIE);                            \
        set_and_get(object.h, scope.h, OTHER_COOKIE);                      \
        close_pair(object);                                                \
        close_pair(scope);                                                 \
    }

SCOPE(vmo)
SCOPE(channel)
SCOPE(socket)
SCOPE(port)
SCOPE(job)
SCOPE(process)
SCOPE(thread)

CASE(scope_is_self, PAGE "cookie_set " PAGE "same_scope_modifies") {
    handle_pair_t object = make_event();
    set_and_get(object.h, object.h, COOKIE);
    set_and_get(object.h, object.h, OTHER_COOKIE);
    close_pair(object);
}

CASE(scope_is_this_process, PAGE "cookie_set") {
    handle_pair_t object = make_event();
    set_and_get(object.h, zx_self_process(), COOKIE);
    close_pair(object);
}

/* The key is the object, not the handle. */

CASE(scope_via_duplicate, PAGE "same_scope_modifies") {
    handle_pair_t object = make_event(), scope = make_event();
    zx_handle_t again = duplicate(scope.h, ZX_RIGHT_SAME_RIGHTS);
    set_and_get(object.h, scope.h, COOKIE);
    get(object.h, again);
    set_and_get(object.h, again, OTHER_COOKIE);
    get(object.h, scope.h);
    zx_handle_close(again);
    close_pair(object);
    close_pair(scope);
}

CASE(scope_via_replaced_handle, PAGE "same_scope_modifies") {
    handle_pair_t object = make_event(), scope = make_event();
    set_and_get(object.h, scope.h, COOKIE);
    zx_handle_t replaced = without(scope.h, ZX_RIGHT_WAIT);
    get_basic_info(scope.h);
    set_and_get(object.h, replaced, OTHER_COOKIE);
    zx_handle_close(replaced);
    close_pair(object);
}

CASE(scope_without_rights, PAGE "same_scope_modifies") {
    handle_pair_t object = make_event(), scope = make_event();
    zx_handle_t bare = duplicate(scope.h, 0);
    set_and_get(object.h, bare, COOKIE);
    set_and_get(object.h, scope.h, OTHER_COOKIE);
    zx_handle_close(bare);
    close_pair(object);
    close_pair(scope);
}

CASE(object_via_duplicate, PAGE "cookie_set " PAGE "same_scope_modifies") {
    handle_pair_t object = make_vmo(), scope = make_event();
    zx_handle_t again = duplicate(object.h, ZX_RIGHT_SAME_RIGHTS);
    set_and_get(object.h, scope.h, COOKIE);
    get(again, scope.h);
    set_and_get(again, scope.h, OTHER_COOKIE);
    get(object.h, scope.h);
    zx_handle_close(again);
    close_pair(object);
    close_pair(scope);
}

/* The page names no right that `handle` must have. */
CASE(object_without_rights, PAGE "cookie_set") {
    handle_pair_t object = make_event(), scope = make_event();
    zx_handle_t bare = duplicate(object.h, 0);
    set_and_get(bare, scope.h, COOKIE);
    get(object.h, scope.h);
    zx_handle_close(bare);
    close_pair(object);
    close_pair(scope);
}

CASE(two_objects_one_scope, PAGE "cookie_set") {
    handle_pair_t one = make_event(), two = make_vmo(), scope = make_event();
    set_and_get(one.h, scope.h, COOKIE);
    set_and_get(two.h, scope.h, OTHER_COOKIE);
    get(one.h, scope.h);
    close_pair(one);
    close_pair(two);
    close_pair(scope);
}

CASE(cookie_survives_transfer, PAGE "cookie_set") {
    handle_pair_t object = make_event(), scope = make_event(), channel = make_channel();
    zx_handle_t back = ZX_HANDLE_INVALID;
    uint32_t size, count;
    set_and_get(object.h, scope.h, COOKIE);
    zx_channel_write(channel.h, 0, NULL, 0, &object.h, 1);
    get_basic_info(object.h);
    zx_channel_read(channel.peer, 0, NULL, &back, 0, 1, &size, &count);
    get_basic_info(back);
    get(back, scope.h);
    zx_handle_close(back);
    close_pair(scope);
    close_pair(channel);
}

/* A different scope */

CASE(other_scope_of_another_type, PAGE "access_denied_scope " PAGE "scope_never_changes") {
    handle_pair_t object = make_vmo(), scope = make_event(), other = make_channel();
    set_and_get(object.h, scope.h, COOKIE);
    set_and_get(object.h, other.h, OTHER_COOKIE);
    set_and_get(object.h, other.peer, OTHER_COOKIE);
    get(object.h, scope.h);
    close_pair(object);
    close_pair(scope);
    close_pair(other);
}

CASE(other_scope_is_self, PAGE "access_denied_scope") {
    handle_pair_t object = make_event(), scope = make_event();
    set_and_get(object.h, scope.h, COOKIE);
    set_and_get(object.h, object.h, OTHER_COOKIE);
    get(object.h, scope.h);
    close_pair(object);
    close_pair(scope);
}

CASE(other_scope_is_peer_of_scope, PAGE "access_denied_scope") {
    handle_pair_t object = make_event(), scope = make_eventpair();
    set_and_get(object.h, scope.h, COOKIE);
    set_and_get(object.h, scope.peer, OTHER_COOKIE);
    get(object.h, scope.h);
    close_pair(object);
    close_pair(scope);
}

CASE(bad_scope_after_set, PAGE "bad_handle_scope") {
    handle_pair_t object = make_event(), scope = make_event();
    set_and_get(object.h, scope.h, COOKIE);
    set_and_get(object.h, ZX_HANDLE_INVALID, OTHER_COOKIE);
    get(object.h, scope.h);
    close_pair(object);
    close_pair(scope);
}

/* The scope is destroyed, or only its handle is closed */

CASE(scope_destroyed, PAGE "scope_gone " PAGE "bad_handle_scope") {
    handle_pair_t object = make_vmo(), scope = make_event();
    set_and_get(object.h, scope.h, COOKIE);
    close_and_get_info(scope.h);
    get(object.h, scope.h);
    set_and_get(object.h, scope.h, OTHER_COOKIE);
    close_pair(object);
}

CASE(scope_destroyed_then_other_scope, PAGE "scope_gone " PAGE "access_denied_scope") {
    handle_pair_t object = make_vmo(), scope = make_event();
    set_and_get(object.h, scope.h, COOKIE);
    close_and_get_info(scope.h);
    handle_pair_t other = make_event();
    get(object.h, other.h);
    set_and_get(object.h, other.h, OTHER_COOKIE);
    close_pair(object);
    close_pair(other);
}

CASE(scope_duplicate_closed, PAGE "same_scope_modifies") {
    handle_pair_t object = make_vmo(), scope = make_event();
    zx_handle_t again = duplicate(scope.h, ZX_RIGHT_SAME_RIGHTS);
    set_and_get(object.h, scope.h, COOKIE);
    close_and_get_info(scope.h);
    get(object.h, again);
    set_and_get(object.h, again, OTHER_COOKIE);
    zx_handle_close(again);
    close_pair(object);
}

CASE(scope_in_transit, PAGE "bad_handle_scope " PAGE "same_scope_modifies") {
    handle_pair_t object = make_vmo(), scope = make_event(), channel = make_channel();
    zx_handle_t back = ZX_HANDLE_INVALID;
    uint32_t size, count;
    set_and_get(object.h, scope.h, COOKIE);
    zx_channel_write(channel.h, 0, NULL, 0, &scope.h, 1);
    get_basic_info(scope.h);
    set_and_get(object.h, scope.h, OTHER_COOKIE);
    zx_channel_read(channel.peer, 0, NULL, &back, 0, 1, &size, &count);
    get_basic_info(back);
    get(object.h, back);
    set_and_get(object.h, back, OTHER_COOKIE);
    zx_handle_close(back);
    close_pair(channel);
    close_pair(object);
}

CASE(scope_peer_closed, PAGE "same_scope_modifies") {
    handle_pair_t object = make_vmo(), scope = make_channel();
    set_and_get(object.h, scope.h, COOKIE);
    close_and_get_info(scope.peer);
    set_and_get(object.h, scope.h, OTHER_COOKIE);
    close_pair(object);
    zx_handle_close(scope.h);
}

/* Event pairs */

CASE(eventpair_peer_closed, PAGE "eventpair_invalidated") {
    handle_pair_t pair = make_eventpair(), scope = make_event();
    set_and_get(pair.h, scope.h, COOKIE);
    close_and_get_info(pair.peer);
    signals_of(pair.h, ZX_EVENTPAIR_PEER_CLOSED);
    get(pair.h, scope.h);
    set_and_get(pair.h, scope.h, OTHER_COOKIE);
    close_pair(scope);
    zx_handle_close(pair.h);
}

CASE(eventpair_peer_closed_other_scope, PAGE "eventpair_invalidated " PAGE "access_denied_scope") {
    handle_pair_t pair = make_eventpair(), scope = make_event(), other = make_event();
    set_and_get(pair.h, scope.h, COOKIE);
    close_and_get_info(pair.peer);
    set_and_get(pair.h, other.h, OTHER_COOKIE);
    get(pair.h, scope.h);
    close_pair(scope);
    close_pair(other);
    zx_handle_close(pair.h);
}

CASE(eventpair_peer_closed_before_set, PAGE "eventpair_invalidated") {
    handle_pair_t pair = make_eventpair(), scope = make_event();
    close_and_get_info(pair.peer);
    signals_of(pair.h, ZX_EVENTPAIR_PEER_CLOSED);
    get(pair.h, scope.h);
    set_and_get(pair.h, scope.h, COOKIE);
    close_pair(scope);
    zx_handle_close(pair.h);
}

CASE(eventpair_peer_closed_bad_scope, PAGE "eventpair_invalidated " PAGE "bad_handle_scope") {
    handle_pair_t pair = make_eventpair(), scope = make_event();
    set_and_get(pair.h, scope.h, COOKIE);
    close_and_get_info(pair.peer);
    set_and_get(pair.h, ZX_HANDLE_INVALID, OTHER_COOKIE);
    close_pair(scope);
    zx_handle_close(pair.h);
}

CASE(eventpair_ends_independent, PAGE "may_have_eventpair " PAGE "cookie_set") {
    handle_pair_t pair = make_eventpair(), one = make_event(), two = make_event();
    set_and_get(pair.h, one.h, COOKIE);
    get(pair.peer, one.h);
    set_and_get(pair.peer, two.h, OTHER_COOKIE);
    get(pair.h, one.h);
    get(pair.h, two.h);
    close_pair(pair);
    close_pair(one);
    close_pair(two);
}

CASE(eventpair_peer_duplicate_open, PAGE "may_have_eventpair " PAGE "same_scope_modifies") {
    handle_pair_t pair = make_eventpair(), scope = make_event();
    zx_handle_t again = duplicate(pair.peer, ZX_RIGHT_SAME_RIGHTS);
    set_and_get(pair.h, scope.h, COOKIE);
    close_and_get_info(pair.peer);
    signals_of(pair.h, ZX_EVENTPAIR_PEER_CLOSED);
    get(pair.h, scope.h);
    set_and_get(pair.h, scope.h, OTHER_COOKIE);
    zx_handle_close(again);
    zx_handle_close(pair.h);
    close_pair(scope);
}

CASE(eventpair_scope_is_peer, PAGE "eventpair_invalidated " PAGE "cookie_set") {
    handle_pair_t pair = make_eventpair();
    zx_handle_t again = duplicate(pair.h, ZX_RIGHT_SAME_RIGHTS);
    set_and_get(pair.h, pair.peer, COOKIE);
    close_and_get_info(pair.peer);
    set_and_get(pair.h, again, OTHER_COOKIE);
    zx_handle_close(again);
    zx_handle_close(pair.h);
}
