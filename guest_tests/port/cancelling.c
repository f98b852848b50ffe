/* zx_port_cancel. */
#include "ports.h"

static void cancel(handle_pair_t port, handle_pair_t source) {
    zx_port_cancel(port.h, source.h, 7);
}

static void cancel_pending(uint32_t options) {
    handle_pair_t port = make_port(), channel = make_channel();
    watch(channel, port, ZX_USER_SIGNAL_0, options);
    cancel(port, channel);
    set(channel, ZX_USER_SIGNAL_0);
    take(port.h);
    cancel(port, channel);
    finish(port, channel);
}

CASE(cancel_once, CANCEL "canceled " CANCEL "not_found") { cancel_pending(ONCE); }
CASE(cancel_repeating, CANCEL "canceled " CANCEL "not_found") { cancel_pending(REPEATING); }

static void cancel_queued(uint32_t options) {
    handle_pair_t port = make_port(), channel = make_channel();
    watch(channel, port, ZX_USER_SIGNAL_0, options);
    put(port.h, 7);
    set(channel, ZX_USER_SIGNAL_0);
    cancel(port, channel);
    finish(port, channel);
}

CASE(cancel_queued_once, CANCEL "canceled") { cancel_queued(ONCE); }
CASE(cancel_queued_repeating, CANCEL "canceled") { cancel_queued(REPEATING); }

CASE(cancel_leaves_others, CANCEL "canceled " ASYNC "queued") {
    handle_pair_t port = make_port(), channel = make_channel();
    watch(channel, port, ZX_USER_SIGNAL_0, ONCE);
    zx_object_wait_async(channel.h, port.h, 8, ZX_USER_SIGNAL_0, ONCE);
    zx_object_wait_async(channel.peer, port.h, 7, ZX_USER_SIGNAL_0, ONCE);
    cancel(port, channel);
    set(channel, ZX_USER_SIGNAL_0);
    zx_object_signal(channel.peer, 0, ZX_USER_SIGNAL_0);
    finish(port, channel);
}

CASE(cancel_several, CANCEL "canceled") {
    handle_pair_t port = make_port(), channel = make_channel();
    watch(channel, port, ZX_USER_SIGNAL_0, ONCE);
    watch(channel, port, ZX_USER_SIGNAL_1, ONCE);
    cancel(port, channel);
    set(channel, ZX_USER_SIGNAL_0 | ZX_USER_SIGNAL_1);
    finish(port, channel);
}

CASE(cancel_nothing, CANCEL "not_found") {
    handle_pair_t port = make_port(), channel = make_channel();
    cancel(port, channel);
    put(port.h, 7);
    cancel(port, channel);
    finish(port, channel);
}

CASE(cancel_other_key, CANCEL "not_found") {
    handle_pair_t port = make_port(), channel = make_channel();
    watch(channel, port, ZX_USER_SIGNAL_0, ONCE);
    zx_port_cancel(port.h, channel.h, 8);
    set(channel, ZX_USER_SIGNAL_0);
    finish(port, channel);
}

CASE(cancel_other_source, CANCEL "not_found") {
    handle_pair_t port = make_port(), channel = make_channel();
    watch(channel, port, ZX_USER_SIGNAL_0, ONCE);
    zx_port_cancel(port.h, channel.peer, 7);
    set(channel, ZX_USER_SIGNAL_0);
    finish(port, channel);
}

CASE(cancel_after_read, CANCEL "not_found") {
    handle_pair_t port = make_port(), channel = make_channel();
    watch(channel, port, ZX_USER_SIGNAL_0, ONCE);
    set(channel, ZX_USER_SIGNAL_0);
    take(port.h);
    cancel(port, channel);
    finish(port, channel);
}

CASE(cancel_without_write_right_of_source, CANCEL "access_denied_source") {
    handle_pair_t port = make_port(), event = make_event();
    get_basic_info(event.h);
    watch(event, port, ZX_USER_SIGNAL_0, ONCE);
    cancel(port, event);
    finish(port, event);
}

CASE(cancel_port_as_source, CANCEL "not_supported") {
    handle_pair_t port = make_port(), other = make_port();
    cancel(port, other);
    finish(port, other);
}

/* It can be written to, and not be waited for. */
CASE(cancel_resource_as_source, CANCEL "not_found") {
    handle_pair_t port = make_port(), resource = make_resource();
    cancel(port, resource);
    finish(port, resource);
}

/* No page says if it is the handle or the object that counts. */
CASE(cancel_through_duplicate, "socket_create/both_ends") {
    handle_pair_t port = make_port(), socket = make_socket();
    zx_handle_t other = duplicate(socket.h, ZX_RIGHT_SAME_RIGHTS);
    watch(socket, port, ZX_USER_SIGNAL_0, ONCE);
    zx_port_cancel(port.h, other, 7);
    set(socket, ZX_USER_SIGNAL_0);
    zx_handle_close(other);
    finish(port, socket);
}
