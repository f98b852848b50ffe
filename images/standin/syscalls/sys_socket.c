// socket_write, socket_read, socket_accept.
#include "syscalls.h"

static struct packet* packet_new(user_t buffer, size_t size) {
    struct packet* packet = kmalloc(sizeof(*packet) + size);
    if (packet != NULL) {
        packet->size = size;
        packet->taken = 0;
        if (!user_read(packet->bytes, buffer, size)) {
            kfree(packet);
            return NULL;
        }
    }
    return packet;
}

static zx_status_t write_control(struct socket* to, user_t buffer, size_t size) {
    if (size > SOCKET_CONTROL_CAPACITY) {
        return ZX_ERR_OUT_OF_RANGE;
    }
    if (to->control != NULL) {
        return ZX_ERR_SHOULD_WAIT;
    }
    to->control = packet_new(buffer, size);
    return to->control == NULL ? ZX_ERR_NO_MEMORY : ZX_OK;
}

// A stream takes what fits, a datagram all or nothing.
static zx_status_t write_data(struct socket* to, user_t buffer, size_t* size) {
    size_t room = SOCKET_CAPACITY - to->buffered;
    if (*size == 0) {
        return ZX_OK;
    }
    if (to->options & ZX_SOCKET_DATAGRAM) {
        if (*size > SOCKET_CAPACITY) {
            return ZX_ERR_OUT_OF_RANGE;
        }
        if (*size > room) {
            return ZX_ERR_SHOULD_WAIT;
        }
    } else if (room == 0) {
        return ZX_ERR_SHOULD_WAIT;
    }
    *size = *size < room ? *size : room;
    struct packet* packet = packet_new(buffer, *size);
    if (packet == NULL) {
        return ZX_ERR_NO_MEMORY;
    }
    list_add_tail(&to->packets, &packet->node);
    to->buffered += packet->size;
    return ZX_OK;
}

zx_status_t sys_socket_write(zx_handle_t handle, uint32_t options, user_t buffer, size_t size,
                             user_t actual) {
    zx_status_t status;
    struct socket* socket = (struct socket*)object_get(handle, ZX_OBJ_TYPE_SOCKET, ZX_RIGHT_WRITE,
                                                       &status);
    if (socket == NULL) {
        return status;
    }
    if (options & ~ZX_SOCKET_CONTROL || !user_is_readable(buffer, size) ||
        (actual != 0 && !user_is_writable(actual, sizeof(size)))) {
        return ZX_ERR_INVALID_ARGS;
    }
    bool control = options & ZX_SOCKET_CONTROL;
    if (control && !(socket->options & ZX_SOCKET_HAS_CONTROL)) {
        return ZX_ERR_BAD_STATE;
    }
    if (socket->peer == NULL) {
        return ZX_ERR_PEER_CLOSED;
    }
    if (socket->write_off && !control) {
        return ZX_ERR_BAD_STATE;
    }
    status = control ? write_control(socket->peer, buffer, size)
                     : write_data(socket->peer, buffer, &size);
    if (status == ZX_OK && actual != 0) {
        size += fault_on(FAULT_WRITE_ACTUAL) ? 1 : 0;
        user_write(actual, &size, sizeof(size));
    }
    socket_update_signals(socket);
    return status;
}

static void packet_take(struct socket* socket, struct packet* packet) {
    list_remove(&packet->node);
    socket->buffered -= packet->size - packet->taken;
    kfree(packet);
}

// Fills the buffer from a stream's packets.
static size_t read_stream(struct socket* socket, user_t buffer, size_t size) {
    size_t done = 0;
    while (done < size && !list_empty(&socket->packets)) {
        struct packet* packet = CONTAINER_OF(socket->packets.next, struct packet, node);
        size_t left = packet->size - packet->taken;
        size_t n = left < size - done ? left : size - done;
        if (done > 0 && fault_on(FAULT_STREAM_LAST_BYTE)) {
            packet->bytes[packet->taken + n - 1] ^= 1;
        }
        user_write(buffer + done, packet->bytes + packet->taken, n);
        done += n;
        packet->taken += n;
        socket->buffered -= n;
        if (packet->taken == packet->size) {
            packet_take(socket, packet);
        }
    }
    return done;
}

// The part of a datagram that does not fit is lost.
static size_t read_datagram(struct socket* socket, user_t buffer, size_t size) {
    struct packet* packet = CONTAINER_OF(socket->packets.next, struct packet, node);
    size_t n = packet->size < size ? packet->size : size;
    bool cut = n < packet->size;
    if (!fault_on(FAULT_DATAGRAM_NOT_WRITTEN) &&
        !(cut && fault_on(FAULT_DATAGRAM_CUT_NOT_WRITTEN))) {
        user_write(buffer, packet->bytes + packet->taken, n);
    }
    if (cut && fault_on(FAULT_DATAGRAM_NOT_CUT)) {
        packet->taken += n;
        packet->size -= n;
        socket->buffered -= n;
        return n;
    }
    packet_take(socket, packet);
    return n;
}

zx_status_t sys_socket_read(zx_handle_t handle, uint32_t options, user_t buffer, size_t size,
                            user_t actual) {
    zx_status_t status;
    struct socket* socket = (struct socket*)object_get(handle, ZX_OBJ_TYPE_SOCKET, ZX_RIGHT_READ,
                                                       &status);
    if (socket == NULL) {
        return status;
    }
    bool control = options & ZX_SOCKET_CONTROL;
    if (options & ~ZX_SOCKET_CONTROL || buffer == 0 || !user_is_writable(buffer, size) ||
        (actual != 0 && !user_is_writable(actual, sizeof(size)))) {
        return ZX_ERR_INVALID_ARGS;
    }
    if (control && !(socket->options & ZX_SOCKET_HAS_CONTROL)) {
        return ZX_ERR_BAD_STATE;
    }
    if (!control && socket->read_off && list_empty(&socket->packets)) {
        return ZX_ERR_BAD_STATE;
    }
    if (control ? socket->control == NULL : list_empty(&socket->packets)) {
        return socket->peer == NULL ? ZX_ERR_PEER_CLOSED : ZX_ERR_SHOULD_WAIT;
    }
    size_t n;
    if (control) {
        n = socket->control->size < size ? socket->control->size : size;
        if (n > 0 && fault_on(FAULT_CONTROL_CHANGED)) {
            socket->control->bytes[n - 1] ^= 1;
        }
        user_write(buffer, socket->control->bytes, n);
        kfree(socket->control);
        socket->control = NULL;
    } else if (socket->options & ZX_SOCKET_DATAGRAM) {
        n = read_datagram(socket, buffer, size);
    } else {
        n = read_stream(socket, buffer, size);
    }
    if (actual != 0) {
        user_write(actual, &n, sizeof(n));
    }
    socket_update_signals(socket);
    return ZX_OK;
}

zx_status_t sys_socket_accept(zx_handle_t handle, user_t out_socket) {
    zx_status_t status;
    struct socket* socket = (struct socket*)object_get(handle, ZX_OBJ_TYPE_SOCKET, ZX_RIGHT_READ,
                                                       &status);
    if (socket == NULL) {
        return status;
    }
    if (!(socket->options & ZX_SOCKET_HAS_ACCEPT)) {
        return ZX_ERR_NOT_SUPPORTED;
    }
    if (!user_is_writable(out_socket, sizeof(zx_handle_t))) {
        return ZX_ERR_INVALID_ARGS;
    }
    if (socket->shared.object == NULL) {
        return ZX_ERR_SHOULD_WAIT;
    }
    struct handle accepted = socket->shared;
    socket->shared.object = NULL;
    socket->has_accepted = true;
    socket_update_signals(socket);
    return handle_give(accepted, out_socket);
}
