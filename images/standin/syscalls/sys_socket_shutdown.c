#include "syscalls.h"

zx_status_t sys_socket_shutdown(zx_handle_t handle, uint32_t options) {
    zx_status_t status;
    zx_rights_t right = fault_on(FAULT_SHUTDOWN_UNCHECKED) ? 0 : ZX_RIGHT_WRITE;
    struct socket* socket = (struct socket*)object_get(handle, ZX_OBJ_TYPE_SOCKET, right, &status);
    if (socket == NULL) {
        return status;
    }
    if (options & ~(ZX_SOCKET_SHUTDOWN_READ | ZX_SOCKET_SHUTDOWN_WRITE) &&
        !fault_on(FAULT_SHUTDOWN_OPTIONS_IGNORED)) {
        return ZX_ERR_INVALID_ARGS;
    }
    struct socket* peer = socket->peer;
    bool was_shut = socket->was_shut;
    socket->was_shut = true;
    if (peer != NULL) {
        peer->was_shut = true;
    }
    if (options & ZX_SOCKET_SHUTDOWN_READ && !fault_on(FAULT_SHUTDOWN_READ_IGNORED)) {
        socket->read_off = true;
        if (peer != NULL) {
            peer->write_off = true;
        }
    }
    if (options & ZX_SOCKET_SHUTDOWN_WRITE &&
        (was_shut || !fault_on(FAULT_SHUTDOWN_WRITE_IGNORED))) {
        socket->write_off = true;
        if (peer != NULL) {
            peer->read_off = true;
        }
    }
    socket_update_signals(socket);
    return ZX_OK;
}
