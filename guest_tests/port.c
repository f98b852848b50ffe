/* zx_port_queue, zx_port_wait, zx_port_cancel, zx_object_wait_async. */
#include "zxtest.h"

#define QUEUE "port_queue/"
#define WAIT "port_wait/"
#define CANCEL "port_cancel/"
#define ASYNC "object_wait_async/"
#define ONCE ZX_WAIT_ASYNC_ONCE
#define REPEATING ZX_WAIT_ASYNC_REPEATING

static void put(zx_handle_t port, uint64_t key) {
    zx_port_packet_t packet = {key, ZX_PKT_TYPE_USER, (zx_status_t)key, {(uint8_t)key, 2, 3}};
    packet.content[31] = 31;
    zx_port_queue(port, &packet);
}

static void take(zx_handle_t port) {
    zx_port_packet_t packet = {0};
    zx_port_wait(port, 0, &packet);
}

static void set(handle_pair_t object, uint32_t signals) { zx_object_signal(object.h, 0, signals); }
static void clear(handle_pair_t object, uint32_t signals) { zx_object_signal(object.h, signals, 0); }

static void watch(handle_pair_t object, handle_pair_t port, zx_signals_t signals, uint32_t options) {
    zx_object_wait_async(object.h, port.h, 7, signals, options);
}

/* Read what there is, at most three packets, and close. */
static void finish(handle_pair_t port, handle_pair_t object) {
    for (int i = 0; i < 3; ++i) take(port.h);
    close_pair(object);
    close_pair(port);
}

/* ---- user packets */

CASE(one_packet, QUEUE "queued " WAIT "user_packet " WAIT "earliest") {
    handle_pair_t port = make_port();
    put(port.h, 7);
    take(port.h);
    take(port.h);
    close_pair(port);
}

CASE(in_order, WAIT "earliest") {
    handle_pair_t port = make_port();
    for (uint64_t key = 1; key <= 4; ++key) put(port.h, key);
    take(port.h);
    take(port.h);
    put(port.h, 5);
    for (int i = 0; i < 4; ++i) take(port.h);
    close_pair(port);
}

CASE(same_packet_twice, QUEUE "queued") {
    handle_pair_t port = make_port();
    put(port.h, 1);
    put(port.h, 1);
    for (int i = 0; i < 3; ++i) take(port.h);
    close_pair(port);
}

CASE(large_key, WAIT "user_packet") {
    handle_pair_t port = make_port();
    put(port.h, UINT64_MAX);
    put(port.h, 0);
    take(port.h);
    take(port.h);
    close_pair(port);
}

/* The type "should be" ZX_PKT_TYPE_USER. */
CASE(other_type, "port_create/created") {
    handle_pair_t port = make_port();
    zx_port_packet_t packet = {7, ZX_PKT_TYPE_SIGNAL_ONE, 0, {0}};
    zx_port_queue(port.h, &packet);
    packet.type = 0xffffffffu;
    zx_port_queue(port.h, &packet);
    get_basic_info(port.h);
    take(port.h);
    take(port.h);
    close_pair(port);
}

CASE(past_deadline_with_packet, WAIT "ends_at_once") {
    handle_pair_t port = make_port();
    zx_port_packet_t packet;
    put(port.h, 1);
    put(port.h, 2);
    zx_port_wait(port.h, 0, &packet);
    zx_port_wait(port.h, -1, &packet);
    close_pair(port);
}

CASE(empty, WAIT "timed_out " WAIT "not_before_deadline") {
    handle_pair_t port = make_port();
    zx_port_packet_t packet;
    zx_port_wait(port.h, 0, &packet);
    zx_port_wait(port.h, -1, &packet);
    zx_port_wait(port.h, 1, &packet);
    close_pair(port);
}

CASE(infinite_deadline, WAIT "earliest") {
    handle_pair_t port = make_port();
    zx_port_packet_t packet;
    put(port.h, 1);
    zx_port_wait(port.h, ZX_TIME_INFINITE, &packet);
    close_pair(port);
}

/* Packets of a port that has no handle any more are gone with it. */
CASE(closed_with_packets, "port_create/created") {
    handle_pair_t port = make_port(), other = make_port();
    put(port.h, 1);
    get_basic_info(port.h);
    close_and_get_info(port.h);
    take(other.h);
    close_pair(other);
}

CASE(through_duplicate, WAIT "earliest") {
    handle_pair_t port = make_port();
    zx_handle_t other = duplicate(port.h, ZX_RIGHT_READ | ZX_RIGHT_WRITE);
    put(other, 1);
    put(port.h, 2);
    take(other);
    take(port.h);
    zx_handle_close(other);
    close_pair(port);
}

/* What a read that fails for its pointer has taken, the page does not say. */
CASE(wait_bad_packet, WAIT "invalid_args_packet") {
    handle_pair_t port = make_port();
    put(port.h, 1);
    put(port.h, 2);
    zx_port_wait(port.h, 0, zx_unmapped(zx_port_packet_t));
    take(port.h);
    take(port.h);
    take(port.h);
    close_pair(port);
}

/* ---- packets of signals */

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

/* ---- cancelling */

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

/* ---- answered by another thread */

#define SOON 5000000000 /* ns */

static handle_pair_t waited_port;

static void queue_a_packet(uintptr_t key) {
    zx_nanosleep(time_after(100000000));
    put(waited_port.h, key);
}

CASE(queued_by_another_thread, WAIT "earliest " WAIT "user_packet") {
    zx_port_packet_t packet;
    waited_port = make_port();
    zx_handle_t thread = start_thread(queue_a_packet, 5);
    zx_port_wait(waited_port.h, time_after(SOON), &packet);
    join_thread(thread);
    close_pair(waited_port);
}

/* The page does not say how many packets are too many. */
CASE(full, QUEUE "should_wait") {
    handle_pair_t port = make_port();
    zx_port_packet_t packet = {.type = ZX_PKT_TYPE_USER};
    for (int i = 0; i < 4096 && zx_port_queue(port.h, &packet) == ZX_OK; ++i) ++packet.key;
    zx_port_wait(port.h, 0, &packet);
    close_pair(port);
}
