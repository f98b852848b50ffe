// object_wait_one, object_wait_async, object_signal.
#include "clock.h"
#include "syscalls.h"

zx_status_t sys_object_wait_one(zx_handle_t handle, zx_signals_t signals, zx_time_t deadline,
                                user_t observed) {
    zx_status_t status;
    struct object* object = object_get(handle, ZX_OBJ_TYPE_NONE, ZX_RIGHT_WAIT, &status);
    if (object == NULL) {
        return status;
    }
    if (!object_is_waitable(object)) {
        return ZX_ERR_NOT_SUPPORTED;
    }
    if (observed != 0 && !user_is_writable(observed, sizeof(zx_signals_t))) {
        return ZX_ERR_INVALID_ARGS;
    }
    if (fault_on(FAULT_WAIT_EARLY)) {
        deadline = 0;
    }
    while (!(object->signals & signals) && time_passes(deadline)) {
    }
    bool met = object->signals & signals;
    if (observed != 0 && !fault_on(FAULT_WAIT_OBSERVED_NOT_WRITTEN)) {
        zx_signals_t seen = object->signals;
        seen |= !met && fault_on(FAULT_WAIT_OBSERVED_CLOSED) ? ZX_SIGNAL_HANDLE_CLOSED : 0;
        user_write(observed, &seen, sizeof(seen));
    }
    return met ? ZX_OK : ZX_ERR_TIMED_OUT;
}

zx_status_t sys_object_wait_async(zx_handle_t handle, zx_handle_t port_handle, uint64_t key,
                                  zx_signals_t signals, uint32_t options) {
    bool repeating = options == ZX_WAIT_ASYNC_REPEATING;
    if (options != ZX_WAIT_ASYNC_ONCE && !repeating && !fault_on(FAULT_ASYNC_OPTIONS_IGNORED)) {
        return ZX_ERR_INVALID_ARGS;
    }
    zx_status_t status;
    zx_rights_t write = fault_on(FAULT_ASYNC_PORT_UNCHECKED) ? 0 : ZX_RIGHT_WRITE;
    struct port* port = (struct port*)object_get(port_handle, ZX_OBJ_TYPE_PORT, write, &status);
    if (port == NULL) {
        return status;
    }
    zx_rights_t wait = fault_on(FAULT_ASYNC_WAIT_UNCHECKED) ? 0 : ZX_RIGHT_WAIT;
    struct object* object = object_get(handle, ZX_OBJ_TYPE_NONE, 0, &status);
    if (object != NULL && !object_is_waitable(object)) {
        return fault_on(FAULT_ASYNC_NOT_SUPPORTED_OK) ? ZX_OK : ZX_ERR_NOT_SUPPORTED;
    }
    object = object_get(handle, ZX_OBJ_TYPE_NONE, wait, &status);
    if (object == NULL) {
        return status;
    }
    return port_wait_async(port, handle, object, key, signals, repeating) ? ZX_OK : ZX_ERR_NO_MEMORY;
}

static zx_signals_t user_controlled(const struct object* object) {
    switch (object->type) {
    case ZX_OBJ_TYPE_EVENT:
        return ZX_USER_SIGNAL_ALL | ZX_EVENT_SIGNALED;
    case ZX_OBJ_TYPE_EVENTPAIR:
        return ZX_USER_SIGNAL_ALL | ZX_EVENTPAIR_SIGNALED;
    default:
        return ZX_USER_SIGNAL_ALL;
    }
}

zx_status_t sys_object_signal(zx_handle_t handle, uint32_t clear_mask, uint32_t set_mask) {
    zx_status_t status;
    struct object* object = object_get(handle, ZX_OBJ_TYPE_NONE, ZX_RIGHT_SIGNAL, &status);
    if (object == NULL) {
        return status;
    }
    if ((clear_mask | set_mask) & ~user_controlled(object)) {
        return ZX_ERR_INVALID_ARGS;
    }
    object->signals = (object->signals & ~clear_mask) | set_mask;
    if (object->type == ZX_OBJ_TYPE_CHANNEL && fault_on(FAULT_SIGNAL_LEAKS)) {
        struct channel* peer = ((struct channel*)object)->peer;
        if (peer != NULL) {
            peer->base.signals |= set_mask;
        }
    }
    return ZX_OK;
}
