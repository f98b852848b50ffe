/* zx_object_signal_peer. */
#include "zxtest.h"

#define P "object_signal_peer/"

/* Set two bits of the peer, then clear one and set another, and observe both ends. */
static void signal(handle_pair_t pair) {
    zx_object_signal_peer(pair.h, 0, ZX_USER_SIGNAL_0 | ZX_USER_SIGNAL_3);
    signals_of(pair.peer, ZX_USER_SIGNAL_0 | ZX_USER_SIGNAL_3);
    signals_of(pair.h, ZX_USER_SIGNAL_0 | ZX_USER_SIGNAL_3);
    zx_object_signal_peer(pair.h, ZX_USER_SIGNAL_0, ZX_USER_SIGNAL_7);
    signals_of(pair.peer, ZX_USER_SIGNAL_0 | ZX_USER_SIGNAL_3 | ZX_USER_SIGNAL_7);
    close_pair(pair);
}

CASE(channel, P "user_signals") { signal(make_channel()); }
CASE(socket, P "user_signals") { signal(make_socket()); }
CASE(eventpair, P "user_signals") { signal(make_eventpair()); }

CASE(clear_then_set, P "user_signals") {
    handle_pair_t pair = make_eventpair();
    zx_object_signal_peer(pair.h, ZX_USER_SIGNAL_ALL, ZX_USER_SIGNAL_1);
    signals_of(pair.peer, ZX_USER_SIGNAL_1);
    zx_object_signal_peer(pair.h, ZX_USER_SIGNAL_1, ZX_USER_SIGNAL_1);
    signals_of(pair.peer, ZX_USER_SIGNAL_1);
    close_pair(pair);
}

CASE(each_user_signal, P "user_signals") {
    handle_pair_t pair = make_channel();
    for (uint32_t bit = ZX_USER_SIGNAL_0; bit; bit <<= 1) {
        zx_object_signal_peer(pair.h, ZX_USER_SIGNAL_ALL, bit);
        signals_of(pair.peer, bit);
    }
    close_pair(pair);
}

CASE(eventpair_signaled, P "eventpair_signaled") {
    handle_pair_t pair = make_eventpair();
    zx_object_signal_peer(pair.h, 0, ZX_EVENTPAIR_SIGNALED);
    signals_of(pair.peer, ZX_EVENTPAIR_SIGNALED);
    signals_of(pair.h, ZX_EVENTPAIR_SIGNALED);
    zx_object_signal_peer(pair.h, ZX_EVENTPAIR_SIGNALED, 0);
    signals_of(pair.peer, ZX_EVENTPAIR_SIGNALED);
    close_pair(pair);
}

CASE(zero, P "bad_handle") { zx_object_signal_peer(ZX_HANDLE_INVALID, 0, ZX_USER_SIGNAL_0); }

CASE(never_allocated, P "bad_handle") {
    zx_object_signal_peer(ZX_NEVER_A_HANDLE, 0, ZX_USER_SIGNAL_0);
}

CASE(closed, P "bad_handle") {
    handle_pair_t pair = make_eventpair();
    close_and_get_info(pair.h);
    zx_object_signal_peer(pair.h, 0, ZX_USER_SIGNAL_0);
    zx_handle_close(pair.peer);
}

CASE(without_right, P "access_denied") {
    handle_pair_t pair = make_channel();
    zx_handle_t bare = without(pair.h, ZX_RIGHT_SIGNAL_PEER);
    zx_object_signal_peer(bare, 0, ZX_USER_SIGNAL_0);
    signals_of(pair.peer, ZX_USER_SIGNAL_0);
    zx_handle_close(bare);
    zx_handle_close(pair.peer);
}

/* ZX_RIGHT_SIGNAL is another right. */
CASE(without_signal_right, P "user_signals") {
    handle_pair_t pair = make_channel();
    pair.h = without(pair.h, ZX_RIGHT_SIGNAL);
    signal(pair);
}

static void other_bits(handle_pair_t pair, uint32_t allowed) {
    for (uint32_t bit = 1; bit < ZX_USER_SIGNAL_0; bit <<= 1) {
        if (bit & allowed) continue;
        zx_object_signal_peer(pair.h, 0, bit);
        zx_object_signal_peer(pair.h, bit, 0);
    }
    signals_of(pair.peer, ZX_USER_SIGNAL_0);
    close_pair(pair);
}

CASE(channel_other_bits, P "invalid_args") { other_bits(make_channel(), 0); }
CASE(socket_other_bits, P "invalid_args") { other_bits(make_socket(), 0); }
CASE(eventpair_other_bits, P "invalid_args") { other_bits(make_eventpair(), ZX_EVENTPAIR_SIGNALED); }

static void no_peer(handle_pair_t object) {
    get_basic_info(object.h);
    zx_object_signal_peer(object.h, 0, ZX_USER_SIGNAL_0);
    close_pair(object);
}

CASE(event, P "not_supported") { no_peer(make_event()); }
CASE(vmo, P "not_supported") { no_peer(make_vmo()); }
CASE(port, P "not_supported") { no_peer(make_port()); }
CASE(timer, P "not_supported") { no_peer(make_timer()); }
CASE(job, P "not_supported") { no_peer(make_job()); }
CASE(process, P "not_supported") { no_peer(make_process()); }
CASE(thread, P "not_supported") { no_peer(make_thread()); }
CASE(vmar, P "not_supported") { no_peer(make_vmar()); }
CASE(resource, P "not_supported") { no_peer(make_resource()); }

static void peer_closed(handle_pair_t pair) {
    close_and_get_info(pair.peer);
    zx_object_signal_peer(pair.h, 0, ZX_USER_SIGNAL_0);
    signals_of(pair.h, ZX_USER_SIGNAL_0);
    zx_handle_close(pair.h);
}

CASE(channel_peer_closed, P "peer_closed") { peer_closed(make_channel()); }
CASE(socket_peer_closed, P "peer_closed") { peer_closed(make_socket()); }
CASE(eventpair_peer_closed, P "peer_closed") { peer_closed(make_eventpair()); }
