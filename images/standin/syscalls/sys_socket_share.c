// zx_socket_share.
#include "syscalls.h"

static struct socket* find(zx_handle_t value, zx_rights_t right, bool right_unchecked,
                           zx_status_t* status) {
    zx_rights_t rights = right_unchecked ? 0 : right;
    return (struct socket*)object_get(value, ZX_OBJ_TYPE_SOCKET, rights, status);
}

static zx_status_t handle_error(zx_status_t status) {
    if (status == ZX_ERR_BAD_HANDLE && fault_on(FAULT_SHARE_HANDLE_INVALID_STATUS)) {
        return ZX_ERR_INVALID_ARGS;
    }
    if (status == ZX_ERR_WRONG_TYPE && fault_on(FAULT_SHARE_HANDLE_TYPE_STATUS)) {
        return ZX_ERR_INVALID_ARGS;
    }
    if (status == ZX_ERR_ACCESS_DENIED && fault_on(FAULT_SHARE_WRITE_STATUS)) {
        return ZX_ERR_NOT_FOUND;
    }
    return status;
}

static zx_status_t shared_error(zx_status_t status) {
    if (status == ZX_ERR_BAD_HANDLE && fault_on(FAULT_SHARE_SHARED_INVALID_STATUS)) {
        return ZX_ERR_INVALID_ARGS;
    }
    if (status == ZX_ERR_WRONG_TYPE && fault_on(FAULT_SHARE_SHARED_TYPE_STATUS)) {
        return ZX_ERR_INVALID_ARGS;
    }
    if (status == ZX_ERR_ACCESS_DENIED && fault_on(FAULT_SHARE_TRANSFER_STATUS)) {
        return ZX_ERR_NOT_FOUND;
    }
    return status;
}

// The three sockets that may not be shared. Each has its own faults.
static zx_status_t check_shared(const struct socket* socket, const struct socket* shared) {
    if (shared == socket) {
        return fault_on(FAULT_SHARE_SELF_OK)       ? ZX_OK
               : fault_on(FAULT_SHARE_SELF_STATUS) ? ZX_ERR_INVALID_ARGS
                                                   : ZX_ERR_BAD_STATE;
    }
    if (shared == socket->peer) {
        return fault_on(FAULT_SHARE_PEER_OK)       ? ZX_OK
               : fault_on(FAULT_SHARE_PEER_STATUS) ? ZX_ERR_INVALID_ARGS
                                                   : ZX_ERR_BAD_STATE;
    }
    if (shared->options & ZX_SOCKET_HAS_ACCEPT) {
        return fault_on(FAULT_SHARE_SHARER_OK)       ? ZX_OK
               : fault_on(FAULT_SHARE_SHARER_STATUS) ? ZX_ERR_NOT_SUPPORTED
                                                     : ZX_ERR_BAD_STATE;
    }
    return ZX_OK;
}

static zx_status_t share(zx_handle_t handle, zx_handle_t socket_to_share) {
    zx_status_t status;
    struct socket* socket =
        find(handle, ZX_RIGHT_WRITE, fault_on(FAULT_SHARE_WRITE_UNCHECKED), &status);
    if (socket == NULL) {
        return handle_error(status);
    }
    struct socket* shared = find(socket_to_share, ZX_RIGHT_TRANSFER,
                                 fault_on(FAULT_SHARE_TRANSFER_UNCHECKED), &status);
    if (shared == NULL) {
        return shared_error(status);
    }
    if (!(socket->options & ZX_SOCKET_HAS_ACCEPT) && !fault_on(FAULT_SHARE_NOT_SUPPORTED_OK)) {
        return fault_on(FAULT_SHARE_NOT_SUPPORTED_STATUS) ? ZX_ERR_BAD_STATE : ZX_ERR_NOT_SUPPORTED;
    }
    status = check_shared(socket, shared);
    if (status != ZX_OK) {
        return status;
    }
    if (socket->peer == NULL) {
        if (fault_on(FAULT_SHARE_PEER_CLOSED_OK)) {
            handle_drop(handle_remove(socket_to_share));
            return ZX_OK;
        }
        return fault_on(FAULT_SHARE_PEER_CLOSED_STATUS) ? ZX_ERR_BAD_STATE : ZX_ERR_PEER_CLOSED;
    }
    struct handle* queue = &socket->peer->shared;
    bool stale = fault_on(FAULT_SHARE_QUEUE_STAYS_FULL) && socket->peer->has_accepted;
    if (queue->object != NULL || stale) {
        if (fault_on(FAULT_REBOOT)) {
            arch_reboot();
        }
        if (!fault_on(FAULT_SHARE_QUEUE_OVERWRITTEN)) {
            return fault_on(FAULT_SHARE_SHOULD_WAIT_STATUS) ? ZX_ERR_BAD_STATE : ZX_ERR_SHOULD_WAIT;
        }
        struct handle overwritten = *queue;
        queue->object = NULL;
        handle_drop(overwritten);
    }
    if (!fault_on(FAULT_SHARE_LOST)) {
        zx_rights_t lost = fault_on(FAULT_SHARE_RIGHTS_LOST) ? ZX_RIGHT_WRITE : 0;
        zx_rights_t rights = handle_lookup(socket_to_share)->rights & ~lost;
        *queue = handle_new(&shared->base, rights);
    }
    if (!fault_on(FAULT_SHARE_KEPT_ON_SUCCESS)) {
        handle_drop(handle_remove(socket_to_share));
    }
    socket_update_signals(socket);
    return ZX_OK;
}

zx_status_t sys_socket_share(zx_handle_t handle, zx_handle_t socket_to_share) {
    zx_status_t status = share(handle, socket_to_share);
    if (status != ZX_OK && !fault_on(FAULT_SHARE_KEPT_ON_FAILURE)) {
        handle_drop(handle_remove(socket_to_share));
    }
    return status;
}
