/* zx_object_wait_many. */
#include "zxtest.h"

#define P "object_wait_many/"
#define S0 ZX_USER_SIGNAL_0
#define S1 ZX_USER_SIGNAL_1

static void set(handle_pair_t object, uint32_t signals) { zx_object_signal(object.h, 0, signals); }

static void wait_for_two(handle_pair_t first, zx_signals_t of_first, handle_pair_t second,
                         zx_signals_t of_second) {
    zx_wait_item_t items[] = {{first.h, of_first, 0}, {second.h, of_second, 0}};
    zx_object_wait_many(items, COUNT(items), 0);
}

CASE(one, P "pending " P "ends_at_once") {
    handle_pair_t event = make_event();
    set(event, S0 | S1);
    zx_wait_item_t item = {event.h, S0, 0};
    zx_object_wait_many(&item, 1, 0);
    close_pair(event);
}

CASE(first_of_two, P "pending " P "ends_at_once") {
    handle_pair_t first = make_event(), second = make_event();
    set(first, S0);
    wait_for_two(first, S0, second, S0);
    close_pair(first);
    close_pair(second);
}

CASE(second_of_two, P "pending " P "ends_at_once") {
    handle_pair_t first = make_event(), second = make_event();
    set(second, S1);
    wait_for_two(first, S0, second, S0 | S1);
    close_pair(first);
    close_pair(second);
}

CASE(control_plane_peer_closed, P "pending " P "timed_out") {
    handle_pair_t socket = {0, 0}, event = make_event();
    zx_socket_create(ZX_SOCKET_STREAM | ZX_SOCKET_HAS_CONTROL, &socket.h, &socket.peer);
    zx_handle_close(socket.peer);
    wait_for_two(socket, S0, event, S0);
    zx_handle_close(socket.h);
    close_pair(event);
}

CASE(both, P "pending") {
    handle_pair_t first = make_event(), second = make_event();
    set(first, S0);
    set(second, S1);
    wait_for_two(first, S0, second, S1);
    close_pair(first);
    close_pair(second);
}

CASE(stale_pending, P "pending") {
    handle_pair_t first = make_event(), second = make_event();
    zx_wait_item_t items[] = {{first.h, S0, UINT32_MAX}, {second.h, S0, UINT32_MAX}};
    set(first, S0);
    zx_object_wait_many(items, COUNT(items), 0);
    close_pair(first);
    close_pair(second);
}

CASE(same_object_twice, P "pending") {
    handle_pair_t event = make_event();
    set(event, S1);
    wait_for_two(event, S0, event, S1);
    close_pair(event);
}

CASE(several_types, P "pending") {
    handle_pair_t channel = make_channel(), socket = make_socket(), fifo = make_fifo();
    zx_wait_item_t items[] = {{channel.h, ZX_CHANNEL_READABLE | ZX_CHANNEL_PEER_CLOSED, 0},
                              {socket.h, ZX_SOCKET_READABLE | ZX_SOCKET_WRITABLE, 0},
                              {fifo.h, ZX_FIFO_READABLE | ZX_FIFO_WRITABLE, 0}};
    zx_channel_write(channel.peer, 0, "x", 1, NULL, 0);
    zx_object_wait_many(items, COUNT(items), 0);
    close_pair(channel);
    close_pair(socket);
    close_pair(fifo);
}

CASE(peer_closed, P "ends_at_once") {
    handle_pair_t channel = make_channel(), event = make_event();
    close_and_get_info(channel.peer);
    wait_for_two(event, S0, channel, ZX_CHANNEL_PEER_CLOSED);
    zx_handle_close(channel.h);
    close_pair(event);
}

CASE(infinite_deadline, P "ends_at_once") {
    handle_pair_t event = make_event();
    set(event, S0);
    zx_wait_item_t item = {event.h, S0, 0};
    zx_object_wait_many(&item, 1, ZX_TIME_INFINITE);
    close_pair(event);
}

CASE(nothing_asserted, P "timed_out " P "pending " P "not_before_deadline") {
    handle_pair_t first = make_event(), second = make_event();
    wait_for_two(first, S0, second, S0);
    close_pair(first);
    close_pair(second);
}

CASE(others_asserted, P "timed_out") {
    handle_pair_t first = make_event(), second = make_event();
    set(first, S1);
    wait_for_two(first, S0, second, S0);
    close_pair(first);
    close_pair(second);
}

CASE(no_signals, P "timed_out") {
    handle_pair_t first = make_event(), second = make_event();
    set(first, S0);
    wait_for_two(first, 0, second, 0);
    close_pair(first);
    close_pair(second);
}

CASE(no_items, P "timed_out") {
    zx_wait_item_t item = {0};
    zx_object_wait_many(&item, 0, 0);
    zx_object_wait_many(NULL, 0, 0);
}

static void wait_for(unsigned count) {
    zx_wait_item_t items[32] = {{0}};
    handle_pair_t event = make_event();
    set(event, S0);
    for (unsigned i = 0; i < count; ++i) items[i] = (zx_wait_item_t){event.h, S0, 0};
    zx_object_wait_many(items, count, 0);
    close_pair(event);
}

CASE(eight, P "ends_at_once") { wait_for(8); }
CASE(nine, P "out_of_range") { wait_for(9); }
CASE(sixteen, P "out_of_range") { wait_for(16); }
CASE(seventeen, P "out_of_range") { wait_for(17); }
CASE(thirty_two, P "out_of_range") { wait_for(32); }

static void with_wrong(zx_handle_t wrong, bool first) {
    handle_pair_t event = make_event();
    set(event, S0);
    zx_wait_item_t items[] = {{event.h, S0, 0}, {event.h, S0, 0}};
    items[first ? 0 : 1].handle = wrong;
    zx_object_wait_many(items, COUNT(items), 0);
    close_pair(event);
}

CASE(zero_first, P "bad_handle") { with_wrong(ZX_HANDLE_INVALID, true); }
CASE(zero_last, P "bad_handle") { with_wrong(ZX_HANDLE_INVALID, false); }
CASE(never_allocated, P "bad_handle") { with_wrong(ZX_NEVER_A_HANDLE, false); }

CASE(closed, P "bad_handle") {
    zx_handle_t gone = make_event().h;
    close_and_get_info(gone);
    with_wrong(gone, false);
}

CASE(without_wait_right, P "access_denied") {
    zx_handle_t bare = without(make_event().h, ZX_RIGHT_WAIT);
    with_wrong(bare, false);
    zx_handle_close(bare);
}

/* RIGHTS asks for ZX_RIGHT_TRANSFER, and the list of errors does not. */
CASE(without_transfer_right, "event_create/created") {
    handle_pair_t event = make_event();
    event.h = without(event.h, ZX_RIGHT_TRANSFER);
    set(event, S0);
    zx_wait_item_t item = {event.h, S0, 0};
    zx_object_wait_many(&item, 1, 0);
    close_pair(event);
}

CASE(port, P "not_supported") {
    handle_pair_t port = make_port();
    with_wrong(port.h, false);
    close_pair(port);
}

/* ---- changed by another thread */

#define SOON 5000000000 /* ns */

static handle_pair_t awaited;

static void pause_then(void) { zx_nanosleep(time_after(100000000)); }

static void close_it(uintptr_t unused) {
    (void)unused;
    pause_then();
    zx_handle_close(awaited.h);
}

static void signal_it(uintptr_t bits) {
    pause_then();
    zx_object_signal(awaited.h, 0, (uint32_t)bits);
}

static void wait_while(void (*other)(uintptr_t), uintptr_t argument) {
    awaited = make_event();
    handle_pair_t event = make_event();
    zx_wait_item_t items[] = {{event.h, S0, 0}, {awaited.h, S0, 0}};
    zx_handle_t thread = start_thread(other, argument);
    zx_object_wait_many(items, COUNT(items), time_after(SOON));
    join_thread(thread);
    close_if_open(awaited.h);
    close_pair(event);
}

CASE(closed_by_another_thread, P "canceled " P "closed_observed") { wait_while(close_it, 0); }
CASE(signaled_by_another_thread, P "pending " P "ends_at_once") { wait_while(signal_it, S0 | S1); }
