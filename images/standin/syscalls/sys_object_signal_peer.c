#include "syscalls.h"

// Has the object another end? It may be closed, and is then NULL.
static bool has_peer(struct object* object, struct object** peer) {
    switch (object->type) {
    case ZX_OBJ_TYPE_CHANNEL:
        *peer = (struct object*)((struct channel*)object)->peer;
        return true;
    case ZX_OBJ_TYPE_SOCKET:
        *peer = (struct object*)((struct socket*)object)->peer;
        return true;
    case ZX_OBJ_TYPE_EVENTPAIR:
        *peer = (struct object*)((struct eventpair*)object)->peer;
        return true;
    case ZX_OBJ_TYPE_FIFO:
        *peer = (struct object*)((struct fifo*)object)->peer;
        return true;
    default:
        return false;
    }
}

zx_status_t sys_object_signal_peer(zx_handle_t handle, uint32_t clear_mask, uint32_t set_mask) {
    zx_status_t status;
    struct object* object = object_get(handle, ZX_OBJ_TYPE_NONE, 0, &status);
    struct object* peer = NULL;
    if (object == NULL) {
        return status;
    }
    if (!has_peer(object, &peer)) {
        return fault_on(FAULT_SIGNAL_PEER_OF_ANY) ? ZX_OK : ZX_ERR_NOT_SUPPORTED;
    }
    zx_rights_t right = fault_on(FAULT_SIGNAL_PEER_UNCHECKED) ? 0 : ZX_RIGHT_SIGNAL_PEER;
    if (object_get(handle, ZX_OBJ_TYPE_NONE, right, &status) == NULL) {
        return status;
    }
    bool pair = object->type == ZX_OBJ_TYPE_EVENTPAIR;
    zx_signals_t allowed = ZX_USER_SIGNAL_ALL | (pair ? ZX_EVENTPAIR_SIGNALED : 0);
    if ((clear_mask | set_mask) & ~allowed && !fault_on(FAULT_SIGNAL_PEER_MASK_IGNORED)) {
        return ZX_ERR_INVALID_ARGS;
    }
    if (peer == NULL) {
        return fault_on(FAULT_SIGNAL_PEER_CLOSED_OK) ? ZX_OK : ZX_ERR_PEER_CLOSED;
    }
    if (fault_on(FAULT_SIGNAL_PEER_NO_OWN)) {
        allowed = ZX_USER_SIGNAL_ALL;
    }
    bool own = (clear_mask | set_mask) & ZX_EVENTPAIR_SIGNALED;
    struct object* signaled = !own && fault_on(FAULT_SIGNAL_PEER_SELF) ? object : peer;
    signaled->signals = (signaled->signals & ~(clear_mask & allowed)) | (set_mask & allowed);
    return ZX_OK;
}
