/* zx_socket_create, zx_socket_accept, zx_socket_read, zx_socket_write. */
#include "zxtest.h"

#define CREATE "socket_create/"
#define ACCEPT "socket_accept/"
#define READ "socket_read/"
#define WRITE "socket_write/"

CASE(socket_create_both_ends, CREATE "both_ends") {
    handle_pair_t socket = make_socket();
    get_basic_info(socket.h);
    get_basic_info(socket.peer);
    close_pair(socket);
}

static void accept(zx_handle_t socket) {
    zx_handle_t accepted = ZX_HANDLE_INVALID;
    if (zx_socket_accept(socket, &accepted) != ZX_OK) return;
    get_basic_info(accepted);
    zx_handle_close(accepted);
}

CASE(accept_empty, ACCEPT "should_wait") {
    handle_pair_t pair = make_sharing_socket();
    accept(pair.h);
    close_pair(pair);
}

CASE(accept_not_supported, ACCEPT "not_supported") {
    handle_pair_t socket = make_socket();
    accept(socket.h);
    close_pair(socket);
}

CASE(accept_one, ACCEPT "received " ACCEPT "signal_accept") {
    handle_pair_t pair = make_sharing_socket(), plain = make_socket();
    signals_of(pair.peer, ZX_SOCKET_ACCEPT);
    zx_socket_share(pair.h, plain.h);
    close_if_open(plain.h);
    signals_of(pair.peer, ZX_SOCKET_ACCEPT);
    accept(pair.peer);
    signals_of(pair.peer, ZX_SOCKET_ACCEPT);
    zx_handle_close(plain.peer);
    close_pair(pair);
}

static void put(zx_handle_t socket, uint32_t options, const void* bytes, size_t size) {
    size_t actual;
    zx_socket_write(socket, options, bytes, size, &actual);
}

static void take(zx_handle_t socket, uint32_t options) {
    char bytes[8];
    size_t actual;
    zx_socket_read(socket, options, bytes, sizeof(bytes), &actual);
}

CASE(socket_write_and_read, READ "data_read") {
    handle_pair_t socket = make_socket();
    put(socket.h, 0, "data", 4);
    take(socket.peer, 0);
    take(socket.peer, 0);
    close_pair(socket);
}

CASE(socket_without_rights, WRITE "access_denied " READ "access_denied") {
    handle_pair_t socket = make_socket();
    zx_handle_t bare = without(socket.h, ZX_RIGHT_READ | ZX_RIGHT_WRITE);
    put(bare, 0, "x", 1);
    take(bare, 0);
    zx_handle_close(bare);
    zx_handle_close(socket.peer);
}

CASE(socket_read_empty, READ "should_wait") {
    handle_pair_t socket = make_socket();
    take(socket.h, 0);
    close_pair(socket);
}

CASE(socket_peer_closed, WRITE "peer_closed " READ "peer_closed") {
    handle_pair_t socket = make_socket();
    close_and_get_info(socket.peer);
    put(socket.h, 0, "x", 1);
    take(socket.h, 0);
    zx_handle_close(socket.h);
}

CASE(socket_no_control_plane, WRITE "bad_state_control " READ "bad_state_control") {
    handle_pair_t socket = make_socket();
    put(socket.h, ZX_SOCKET_CONTROL, "x", 1);
    take(socket.h, ZX_SOCKET_CONTROL);
    close_pair(socket);
}

CASE(socket_write_bad_buffer, WRITE "invalid_args_buffer") {
    handle_pair_t socket = make_socket();
    put(socket.h, 0, zx_unmapped(char), 8);
    close_pair(socket);
}

CASE(socket_read_bad_buffer, READ "invalid_args_buffer") {
    handle_pair_t socket = make_socket();
    size_t actual;
    put(socket.peer, 0, "data", 4);
    zx_socket_read(socket.h, 0, zx_unmapped(char), 4, &actual);
    close_pair(socket);
}
