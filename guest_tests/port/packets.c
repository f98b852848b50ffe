/* zx_port_queue, zx_port_wait. Packets of signals: signals.c; cancelling: cancelling.c. */
#include "ports.h"

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
