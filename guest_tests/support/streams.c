/* zx_socket_write and zx_socket_read: buffered data, partial reads, and the control plane. */
#include "zxtest.h"

#define READ "socket_read/"
#define WRITE "socket_write/"

static void put(zx_handle_t socket, uint32_t options, const char* bytes, size_t size) {
    size_t actual;
    zx_socket_write(socket, options, bytes, size, &actual);
}

static void take(zx_handle_t socket, uint32_t options, size_t size) {
    char bytes[16];
    size_t actual;
    zx_socket_read(socket, options, bytes, size, &actual);
}

static handle_pair_t socket_with(uint32_t options) {
    handle_pair_t socket = {0, 0};
    zx_socket_create(options, &socket.h, &socket.peer);
    return socket;
}

CASE(stream_write_read_twice, READ "data_read " WRITE "written") {
    handle_pair_t socket = make_socket();
    put(socket.h, 0, "one", 3);
    take(socket.peer, 0, 8);
    put(socket.h, 0, "other", 5);
    take(socket.peer, 0, 8);
    take(socket.peer, 0, 8);
    close_pair(socket);
}

CASE(stream_two_writes_one_read, READ "data_read " WRITE "written") {
    handle_pair_t socket = make_socket();
    put(socket.h, 0, "one", 3);
    put(socket.h, 0, "two ", 4);
    take(socket.peer, 0, 7);
    take(socket.peer, 0, 7);
    close_pair(socket);
}

CASE(stream_two_writes_partial_reads, READ "data_read " WRITE "written") {
    handle_pair_t socket = make_socket();
    put(socket.h, 0, "one", 3);
    put(socket.h, 0, "two ", 4);
    take(socket.peer, 0, 2);
    take(socket.peer, 0, 2);
    take(socket.peer, 0, 8);
    take(socket.peer, 0, 8);
    close_pair(socket);
}

CASE(stream_both_directions, READ "data_read " WRITE "written") {
    handle_pair_t socket = make_socket();
    put(socket.h, 0, "there", 5);
    put(socket.peer, 0, "back", 4);
    take(socket.h, 0, 8);
    take(socket.peer, 0, 8);
    close_pair(socket);
}

CASE(stream_writer_closed, READ "data_read " READ "peer_closed") {
    handle_pair_t socket = make_socket();
    put(socket.h, 0, "one", 3);
    put(socket.h, 0, "two ", 4);
    close_and_get_info(socket.h);
    take(socket.peer, 0, 3);
    take(socket.peer, 0, 8);
    take(socket.peer, 0, 8);
    zx_handle_close(socket.peer);
}

CASE(stream_without_actual, WRITE "written") {
    handle_pair_t socket = make_socket();
    char bytes[16];
    zx_socket_write(socket.h, 0, "one", 3, NULL);
    zx_socket_read(socket.peer, 0, bytes, sizeof(bytes), NULL);
    take(socket.peer, 0, 8);
    put(socket.h, 0, "two ", 4);
    take(socket.peer, 0, 8);
    close_pair(socket);
}

CASE(stream_full, READ "data_read " WRITE "should_wait") {
    handle_pair_t socket = make_socket();
    size_t actual = 1;
    for (int i = 0; i < 8 && actual; ++i) {
        actual = 0;
        zx_socket_write(socket.h, 0, zx_edge(char, 0x20000), 0x20000, &actual);
    }
    signals_of(socket.h, ZX_SOCKET_PEER_CLOSED);
    take(socket.peer, 0, 8);
    close_pair(socket);
}

CASE(datagrams_in_order, READ "data_read " WRITE "written") {
    handle_pair_t socket = socket_with(ZX_SOCKET_DATAGRAM);
    put(socket.h, 0, "one", 3);
    put(socket.h, 0, "two ", 4);
    take(socket.peer, 0, 16);
    take(socket.peer, 0, 16);
    take(socket.peer, 0, 16);
    put(socket.h, 0, "three", 5);
    take(socket.peer, 0, 16);
    close_pair(socket);
}

CASE(datagram_truncated, READ "data_read " WRITE "written") {
    handle_pair_t socket = socket_with(ZX_SOCKET_DATAGRAM);
    put(socket.h, 0, "four", 4);
    put(socket.h, 0, "five!", 5);
    take(socket.peer, 0, 3);
    take(socket.peer, 0, 16);
    take(socket.peer, 0, 16);
    close_pair(socket);
}

/* The page does not say how much space there is. */
CASE(datagram_too_large, WRITE "out_of_range") {
    handle_pair_t socket = socket_with(ZX_SOCKET_DATAGRAM);
    static char large[0x100000];
    size_t actual;
    zx_socket_write(socket.h, 0, large, sizeof(large), &actual);
    close_pair(socket);
}

CASE(datagrams_writer_closed, READ "data_read " READ "peer_closed") {
    handle_pair_t socket = socket_with(ZX_SOCKET_DATAGRAM);
    put(socket.h, 0, "one", 3);
    put(socket.h, 0, "two ", 4);
    close_and_get_info(socket.h);
    take(socket.peer, 0, 16);
    take(socket.peer, 0, 16);
    take(socket.peer, 0, 16);
    zx_handle_close(socket.peer);
}

CASE(control_separate_from_data, READ "data_read " WRITE "written") {
    handle_pair_t socket = socket_with(ZX_SOCKET_STREAM | ZX_SOCKET_HAS_CONTROL);
    put(socket.h, ZX_SOCKET_CONTROL, "con", 3);
    put(socket.h, 0, "data", 4);
    take(socket.peer, 0, 16);
    take(socket.peer, ZX_SOCKET_CONTROL, 16);
    take(socket.peer, ZX_SOCKET_CONTROL, 16);
    take(socket.peer, 0, 16);
    close_pair(socket);
}

CASE(control_write_read_twice, WRITE "actual") {
    handle_pair_t socket = socket_with(ZX_SOCKET_DATAGRAM | ZX_SOCKET_HAS_CONTROL);
    for (int i = 0; i < 2; ++i) {
        put(socket.h, ZX_SOCKET_CONTROL, i ? "more" : "con", i ? 4 : 3);
        take(socket.peer, ZX_SOCKET_CONTROL, 16);
    }
    close_pair(socket);
}
