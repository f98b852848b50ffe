/* zx_object_wait_one and zx_object_signal: what is observed, also after a timeout, on repeated calls,
 * and on each type of object. The deadline is always in the past. */
#include "zxtest.h"

#define WAIT "object_wait_one/"
#define SIGNAL "object_signal/"
#define NONE_OF_THESE ZX_USER_SIGNAL_6

CASE(signals_process, SIGNAL "user_signals") {
    handle_pair_t process = make_process();
    zx_object_signal(process.h, 0, ZX_USER_SIGNAL_0 | ZX_USER_SIGNAL_5);
    signals_of(process.h, NONE_OF_THESE);
    zx_object_signal(process.h, ZX_USER_SIGNAL_0 | ZX_USER_SIGNAL_1, ZX_USER_SIGNAL_1);
    signals_of(process.h, NONE_OF_THESE);
    zx_object_signal(process.h, ZX_USER_SIGNAL_ALL, 0);
    signals_of(process.h, NONE_OF_THESE);
    close_pair(process);
}

CASE(signals_event_repeated, SIGNAL "event_signaled " WAIT "observed") {
    handle_pair_t event = make_event();
    signals_of(event.h, NONE_OF_THESE);
    zx_object_signal(event.h, 0, ZX_EVENT_SIGNALED);
    signals_of(event.h, ZX_EVENT_SIGNALED);
    signals_of(event.h, NONE_OF_THESE);
    zx_object_signal(event.h, ZX_EVENT_SIGNALED, ZX_USER_SIGNAL_0);
    signals_of(event.h, NONE_OF_THESE);
    zx_object_signal(event.h, 0, ZX_EVENT_SIGNALED);
    signals_of(event.h, NONE_OF_THESE);
    close_pair(event);
}

CASE(signals_via_duplicate, SIGNAL "event_signaled handle_duplicate/same_object") {
    handle_pair_t event = make_event();
    zx_handle_t copy = duplicate(event.h, ZX_RIGHT_SAME_RIGHTS);
    zx_object_signal(copy, 0, ZX_EVENT_SIGNALED);
    signals_of(event.h, ZX_EVENT_SIGNALED);
    zx_object_signal(event.h, ZX_EVENT_SIGNALED, 0);
    signals_of(copy, ZX_EVENT_SIGNALED);
    zx_handle_close(copy);
    close_pair(event);
}

CASE(signals_cleared_and_set, SIGNAL "event_signaled") {
    handle_pair_t event = make_event();
    zx_object_signal(event.h, ZX_EVENT_SIGNALED, ZX_EVENT_SIGNALED);
    signals_of(event.h, NONE_OF_THESE);
    close_pair(event);
}

CASE(signals_not_on_peer_eventpair, SIGNAL "eventpair_signaled") {
    handle_pair_t pair = make_eventpair();
    zx_object_signal(pair.h, 0, ZX_EVENTPAIR_SIGNALED | ZX_USER_SIGNAL_2);
    signals_of(pair.h, NONE_OF_THESE);
    signals_of(pair.peer, NONE_OF_THESE);
    zx_object_signal(pair.h, ZX_EVENTPAIR_SIGNALED, 0);
    signals_of(pair.h, NONE_OF_THESE);
    close_and_get_info(pair.peer);
    signals_of(pair.h, ZX_EVENTPAIR_PEER_CLOSED);
    zx_handle_close(pair.h);
}

/* Each end has its own user signals. */
#define NOT_ON_PEER(type)                               \
    CASE(signals_not_on_peer_##type, WAIT "observed") { \
        handle_pair_t pair = make_##type();             \
        zx_object_signal(pair.h, 0, ZX_USER_SIGNAL_1);  \
        signals_of(pair.h, NONE_OF_THESE);              \
        signals_of(pair.peer, NONE_OF_THESE);           \
        close_pair(pair);                               \
    }

NOT_ON_PEER(channel)
NOT_ON_PEER(socket)

/* What a new object of each type asserts, and after a user signal. */
#define INITIAL(type)                               \
    CASE(signals_initial_##type, WAIT "observed") { \
        handle_pair_t made = make_##type();         \
        signals_of(made.h, NONE_OF_THESE);          \
        zx_object_signal(made.h, 0, NONE_OF_THESE); \
        signals_of(made.h, NONE_OF_THESE);          \
        close_pair(made);                           \
    }

INITIAL(channel)
INITIAL(socket)
INITIAL(sharing_socket)
INITIAL(event)
INITIAL(eventpair)
INITIAL(vmo)
INITIAL(timer)
INITIAL(job)
INITIAL(process)

CASE(signals_thread_not_started, WAIT "observed") {
    handle_pair_t process = make_process();
    zx_handle_t thread = ZX_HANDLE_INVALID;
    zx_thread_create(process.h, "t", 1, 0, &thread);
    signals_of(thread, NONE_OF_THESE);
    zx_handle_close(thread);
    close_pair(process);
}

CASE(signals_channel_repeated, WAIT "observed " WAIT "timed_out") {
    handle_pair_t channel = make_channel();
    for (int i = 0; i < 2; ++i) {
        zx_channel_write(channel.h, 0, "x", 1, NULL, 0);
        signals_of(channel.peer, ZX_CHANNEL_READABLE);
        signals_of(channel.peer, ZX_CHANNEL_PEER_CLOSED);
        drain(channel.peer);
        signals_of(channel.peer, ZX_CHANNEL_READABLE);
    }
    zx_channel_write(channel.h, 0, "x", 1, NULL, 0);
    close_and_get_info(channel.h);
    signals_of(channel.peer, ZX_CHANNEL_PEER_CLOSED);
    drain(channel.peer);
    signals_of(channel.peer, ZX_CHANNEL_READABLE);
    zx_handle_close(channel.peer);
}

static void put(zx_handle_t socket, uint32_t options) {
    size_t actual;
    zx_socket_write(socket, options, "data", 4, &actual);
}

static void take(zx_handle_t socket, uint32_t options) {
    char bytes[4];
    size_t actual;
    zx_socket_read(socket, options, bytes, sizeof(bytes), &actual);
}

CASE(signals_socket_repeated, WAIT "observed") {
    handle_pair_t socket = make_socket();
    for (int i = 0; i < 2; ++i) {
        put(socket.h, 0);
        signals_of(socket.peer, NONE_OF_THESE);
        signals_of(socket.h, NONE_OF_THESE);
        take(socket.peer, 0);
        signals_of(socket.peer, NONE_OF_THESE);
    }
    put(socket.h, 0);
    close_and_get_info(socket.h);
    signals_of(socket.peer, NONE_OF_THESE);
    take(socket.peer, 0);
    signals_of(socket.peer, NONE_OF_THESE);
    zx_handle_close(socket.peer);
}

CASE(signals_control_plane, WAIT "observed") {
    handle_pair_t socket = {0, 0};
    zx_socket_create(ZX_SOCKET_STREAM | ZX_SOCKET_HAS_CONTROL, &socket.h, &socket.peer);
    signals_of(socket.h, NONE_OF_THESE);
    put(socket.h, ZX_SOCKET_CONTROL);
    signals_of(socket.peer, NONE_OF_THESE);
    take(socket.peer, ZX_SOCKET_CONTROL);
    signals_of(socket.peer, NONE_OF_THESE);
    close_pair(socket);
}

CASE(signals_control_plane_peer_closed, WAIT "observed") {
    handle_pair_t socket = {0, 0};
    zx_socket_create(ZX_SOCKET_STREAM | ZX_SOCKET_HAS_CONTROL, &socket.h, &socket.peer);
    signals_of(socket.h, NONE_OF_THESE);
    zx_handle_close(socket.peer);
    signals_of(socket.h, NONE_OF_THESE);
    put(socket.h, ZX_SOCKET_CONTROL);
    zx_handle_close(socket.h);
}
CASE(wait_no_signals, WAIT "timed_out") {
    handle_pair_t event = make_event();
    zx_object_signal(event.h, 0, ZX_USER_SIGNAL_0);
    signals_of(event.h, 0);
    close_pair(event);
}
