/* zx_socket_shutdown, and what zx_socket_read and zx_socket_write do afterwards. */
#include "zxtest.h"

#define P "socket_shutdown/"
#define READ "socket_read/"
#define WRITE "socket_write/"

#define ALL_SIGNALS                                                                         \
    (ZX_SOCKET_READABLE | ZX_SOCKET_WRITABLE | ZX_SOCKET_WRITE_DISABLED |                   \
     ZX_SOCKET_PEER_WRITE_DISABLED | ZX_SOCKET_PEER_CLOSED)

static void put(zx_handle_t socket) {
    size_t actual;
    zx_socket_write(socket, 0, "data", 4, &actual);
}

static void take(zx_handle_t socket) {
    char bytes[8];
    size_t actual;
    zx_socket_read(socket, 0, bytes, sizeof(bytes), &actual);
}

static void observe(handle_pair_t socket) {
    signals_of(socket.h, ALL_SIGNALS);
    signals_of(socket.peer, ALL_SIGNALS);
}

/* Both ends, in both directions; what was written before is read first. */
static void use(handle_pair_t socket) {
    observe(socket);
    take(socket.h);
    take(socket.peer);
    put(socket.h);
    put(socket.peer);
    take(socket.h);
    take(socket.peer);
    observe(socket);
    close_pair(socket);
}

static handle_pair_t datagram_socket(void) {
    handle_pair_t made = {0, 0};
    zx_socket_create(ZX_SOCKET_DATAGRAM, &made.h, &made.peer);
    return made;
}

/* With `unread` data waits in both directions. */
static void shut(handle_pair_t socket, uint32_t options, bool unread) {
    if (unread) put(socket.h);
    if (unread) put(socket.peer);
    observe(socket);
    zx_socket_shutdown(socket.h, options);
    use(socket);
}

CASE(reading, P "reading_disabled " READ "bad_state_disabled " WRITE "bad_state_disabled") {
    shut(make_socket(), ZX_SOCKET_SHUTDOWN_READ, false);
}

CASE(writing, P "writing_disabled " READ "bad_state_disabled " WRITE "bad_state_disabled") {
    shut(make_socket(), ZX_SOCKET_SHUTDOWN_WRITE, false);
}

CASE(both, P "reading_disabled " P "writing_disabled " READ "bad_state_disabled " WRITE "bad_state_disabled") {
    shut(make_socket(), ZX_SOCKET_SHUTDOWN_READ | ZX_SOCKET_SHUTDOWN_WRITE, false);
}

CASE(reading_unread, P "reading_disabled " READ "bad_state_disabled " WRITE "bad_state_disabled") {
    shut(make_socket(), ZX_SOCKET_SHUTDOWN_READ, true);
}

CASE(writing_unread, P "writing_disabled " READ "bad_state_disabled " WRITE "bad_state_disabled") {
    shut(make_socket(), ZX_SOCKET_SHUTDOWN_WRITE, true);
}

CASE(both_unread, P "reading_disabled " P "writing_disabled " READ "bad_state_disabled " WRITE "bad_state_disabled") {
    shut(make_socket(), ZX_SOCKET_SHUTDOWN_READ | ZX_SOCKET_SHUTDOWN_WRITE, true);
}

CASE(datagram_reading, P "reading_disabled " READ "bad_state_disabled " WRITE "bad_state_disabled") {
    shut(datagram_socket(), ZX_SOCKET_SHUTDOWN_READ, true);
}

CASE(datagram_writing, P "writing_disabled " READ "bad_state_disabled " WRITE "bad_state_disabled") {
    shut(datagram_socket(), ZX_SOCKET_SHUTDOWN_WRITE, true);
}

CASE(nothing, READ "data_read") { shut(make_socket(), 0, true); }

CASE(twice, P "writing_disabled " WRITE "bad_state_disabled") {
    handle_pair_t socket = make_socket();
    zx_socket_shutdown(socket.h, ZX_SOCKET_SHUTDOWN_WRITE);
    zx_socket_shutdown(socket.h, ZX_SOCKET_SHUTDOWN_WRITE);
    use(socket);
}

CASE(from_both_ends, P "writing_disabled " WRITE "bad_state_disabled") {
    handle_pair_t socket = make_socket();
    zx_socket_shutdown(socket.h, ZX_SOCKET_SHUTDOWN_WRITE);
    zx_socket_shutdown(socket.peer, ZX_SOCKET_SHUTDOWN_WRITE);
    use(socket);
}

CASE(peer_closed, "socket_create/both_ends") {
    handle_pair_t socket = make_socket();
    put(socket.peer);
    close_and_get_info(socket.peer);
    zx_socket_shutdown(socket.h, ZX_SOCKET_SHUTDOWN_READ);
    take(socket.h);
    zx_socket_shutdown(socket.h, ZX_SOCKET_SHUTDOWN_WRITE);
    put(socket.h);
    signals_of(socket.h, ALL_SIGNALS);
    zx_handle_close(socket.h);
}

CASE(then_peer_closed, P "writing_disabled") {
    handle_pair_t socket = make_socket();
    put(socket.h);
    zx_socket_shutdown(socket.h, ZX_SOCKET_SHUTDOWN_WRITE);
    put(socket.h);
    close_and_get_info(socket.h);
    signals_of(socket.peer, ALL_SIGNALS);
    take(socket.peer);
    take(socket.peer);
    zx_handle_close(socket.peer);
}

/* The page says nothing of the control plane. */
CASE(control_plane, P "reading_disabled") {
    handle_pair_t socket = {0, 0};
    size_t actual;
    char bytes[8];
    zx_socket_create(ZX_SOCKET_HAS_CONTROL, &socket.h, &socket.peer);
    zx_socket_shutdown(socket.h, ZX_SOCKET_SHUTDOWN_READ | ZX_SOCKET_SHUTDOWN_WRITE);
    signals_of(socket.h, ZX_SOCKET_WRITE_DISABLED | ZX_SOCKET_PEER_WRITE_DISABLED);
    zx_socket_write(socket.h, ZX_SOCKET_CONTROL, "data", 4, &actual);
    zx_socket_read(socket.peer, ZX_SOCKET_CONTROL, bytes, sizeof(bytes), &actual);
    close_pair(socket);
}
