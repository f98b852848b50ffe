/* zx_object_wait_async: packets of signals. */
#include "ports.h"

CASE(asserted_before, ASYNC "queued " ASYNC "observed " ASYNC "packet_fields " WAIT "kernel_packet") {
    handle_pair_t port = make_port(), event = make_event();
    set(event, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_1);
    watch(event, port, ZX_EVENT_SIGNALED, ONCE);
    finish(port, event);
}

CASE(asserted_afterwards, ASYNC "queued " ASYNC "observed " ASYNC "packet_fields") {
    handle_pair_t port = make_port(), event = make_event();
    watch(event, port, ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_0, ONCE);
    take(port.h);
    set(event, ZX_USER_SIGNAL_3);
    take(port.h);
    set(event, ZX_USER_SIGNAL_0);
    finish(port, event);
}

CASE(once_only, ASYNC "once") {
    handle_pair_t port = make_port(), event = make_event();
    watch(event, port, ZX_USER_SIGNAL_0, ONCE);
    set(event, ZX_USER_SIGNAL_0);
    take(port.h);
    clear(event, ZX_USER_SIGNAL_0);
    set(event, ZX_USER_SIGNAL_0);
    finish(port, event);
}

/* The packet keeps what was observed, although the signal is gone when it is read. */
CASE(once_keeps_observed, ASYNC "observed") {
    handle_pair_t port = make_port(), event = make_event();
    watch(event, port, ZX_USER_SIGNAL_0, ONCE);
    set(event, ZX_USER_SIGNAL_0);
    clear(event, ZX_USER_SIGNAL_0);
    set(event, ZX_USER_SIGNAL_5);
    finish(port, event);
}

CASE(repeating_asserted_before, ASYNC "queued") {
    handle_pair_t port = make_port(), event = make_event();
    set(event, ZX_USER_SIGNAL_0);
    watch(event, port, ZX_USER_SIGNAL_0, REPEATING);
    take(port.h);
    clear(event, ZX_USER_SIGNAL_0);
    finish(port, event);
}

CASE(repeating_again, ASYNC "repeating " ASYNC "queued") {
    handle_pair_t port = make_port(), event = make_event();
    watch(event, port, ZX_USER_SIGNAL_0, REPEATING);
    for (int i = 0; i < 3; ++i) {
        set(event, ZX_USER_SIGNAL_0);
        take(port.h);
        clear(event, ZX_USER_SIGNAL_0);
        take(port.h);
    }
    finish(port, event);
}

CASE(repeating_updates_packet, ASYNC "observed") {
    handle_pair_t port = make_port(), event = make_event();
    watch(event, port, ZX_USER_SIGNAL_0 | ZX_USER_SIGNAL_1, REPEATING);
    set(event, ZX_USER_SIGNAL_0);
    set(event, ZX_USER_SIGNAL_1);
    set(event, ZX_USER_SIGNAL_2);
    clear(event, ZX_USER_SIGNAL_ALL);
    finish(port, event);
}

CASE(two_waits_of_one_object, ASYNC "queued") {
    handle_pair_t port = make_port(), event = make_event();
    zx_object_wait_async(event.h, port.h, 1, ZX_USER_SIGNAL_0, ONCE);
    zx_object_wait_async(event.h, port.h, 2, ZX_USER_SIGNAL_1, ONCE);
    set(event, ZX_USER_SIGNAL_1);
    take(port.h);
    set(event, ZX_USER_SIGNAL_0);
    finish(port, event);
}

CASE(two_ports, ASYNC "queued") {
    handle_pair_t port = make_port(), other = make_port(), event = make_event();
    watch(event, port, ZX_USER_SIGNAL_0, ONCE);
    watch(event, other, ZX_USER_SIGNAL_0, ONCE);
    set(event, ZX_USER_SIGNAL_0);
    take(other.h);
    close_pair(other);
    finish(port, event);
}

CASE(between_user_packets, WAIT "earliest") {
    handle_pair_t port = make_port(), event = make_event();
    watch(event, port, ZX_USER_SIGNAL_0, ONCE);
    put(port.h, 1);
    set(event, ZX_USER_SIGNAL_0);
    put(port.h, 2);
    finish(port, event);
}

CASE(channel_readable, ASYNC "queued") {
    handle_pair_t port = make_port(), channel = make_channel();
    watch(channel, port, ZX_CHANNEL_READABLE | ZX_CHANNEL_PEER_CLOSED, ONCE);
    zx_channel_write(channel.peer, 0, "x", 1, NULL, 0);
    finish(port, channel);
}

CASE(channel_peer_closed, ASYNC "queued") {
    handle_pair_t port = make_port(), channel = make_channel();
    watch(channel, port, ZX_CHANNEL_PEER_CLOSED, ONCE);
    close_and_get_info(channel.peer);
    take(port.h);
    take(port.h);
    zx_handle_close(channel.h);
    close_pair(port);
}

CASE(channel_repeating, ASYNC "repeating") {
    handle_pair_t port = make_port(), channel = make_channel();
    watch(channel, port, ZX_CHANNEL_READABLE, REPEATING);
    zx_channel_write(channel.peer, 0, "x", 1, NULL, 0);
    take(port.h);
    drain(channel.h);
    take(port.h);
    zx_channel_write(channel.peer, 0, "y", 1, NULL, 0);
    take(port.h);
    finish(port, channel);
}

CASE(fifo_readable, ASYNC "queued") {
    handle_pair_t port = make_port(), fifo = make_fifo();
    size_t actual;
    watch(fifo, port, ZX_FIFO_READABLE, ONCE);
    zx_fifo_write(fifo.peer, 1, "x", 1, &actual);
    finish(port, fifo);
}

CASE(socket_readable, ASYNC "queued") {
    handle_pair_t port = make_port(), socket = make_socket();
    size_t actual;
    watch(socket, port, ZX_SOCKET_READABLE | ZX_SOCKET_PEER_CLOSED, ONCE);
    zx_socket_write(socket.peer, 0, "data", 4, &actual);
    finish(port, socket);
}

CASE(eventpair_by_peer, ASYNC "queued") {
    handle_pair_t port = make_port(), pair = make_eventpair();
    watch(pair, port, ZX_USER_SIGNAL_0, ONCE);
    zx_object_signal_peer(pair.peer, 0, ZX_USER_SIGNAL_0);
    finish(port, pair);
}

CASE(no_signals, "event_create/created") {
    handle_pair_t port = make_port(), event = make_event();
    watch(event, port, 0, ONCE);
    set(event, ZX_USER_SIGNAL_0);
    finish(port, event);
}

CASE(source_closed, WAIT "timed_out") {
    handle_pair_t port = make_port(), event = make_event();
    watch(event, port, ZX_USER_SIGNAL_0, ONCE);
    close_and_get_info(event.h);
    take(port.h);
    close_pair(port);
}

CASE(source_closed_with_duplicate, WAIT "timed_out " ASYNC "ends_when_closed") {
    handle_pair_t port = make_port(), event = make_event();
    zx_handle_t other = duplicate(event.h, ZX_RIGHT_SIGNAL);
    watch(event, port, ZX_USER_SIGNAL_0, ONCE);
    close_and_get_info(event.h);
    zx_object_signal(other, 0, ZX_USER_SIGNAL_0);
    take(port.h);
    zx_handle_close(other);
    close_pair(port);
}

CASE(source_closed_with_packet, ASYNC "queued") {
    handle_pair_t port = make_port(), event = make_event();
    watch(event, port, ZX_USER_SIGNAL_0, ONCE);
    set(event, ZX_USER_SIGNAL_0);
    close_and_get_info(event.h);
    take(port.h);
    take(port.h);
    close_pair(port);
}

CASE(port_closed, "event_create/created") {
    handle_pair_t port = make_port(), event = make_event();
    watch(event, port, ZX_USER_SIGNAL_0, ONCE);
    close_and_get_info(port.h);
    set(event, ZX_USER_SIGNAL_0);
    signals_of(event.h, ZX_USER_SIGNAL_0);
    close_pair(event);
}

CASE(async_port_as_source, ASYNC "not_supported") {
    handle_pair_t port = make_port(), other = make_port();
    watch(other, port, ZX_USER_SIGNAL_0, ONCE);
    finish(port, other);
}
