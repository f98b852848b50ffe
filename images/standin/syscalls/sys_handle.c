// handle_close, handle_duplicate, handle_replace.
#include "syscalls.h"

zx_status_t sys_handle_close(zx_handle_t handle) {
    if (handle == ZX_HANDLE_INVALID) {
        return ZX_OK;
    }
    struct handle closed = handle_remove(handle);
    if (closed.object == NULL) {
        return ZX_ERR_BAD_HANDLE;
    }
    handle_drop(closed);
    return ZX_OK;
}

zx_status_t sys_handle_duplicate(zx_handle_t handle, zx_rights_t rights, user_t out) {
    zx_status_t status;
    struct object* object = object_get(handle, ZX_OBJ_TYPE_NONE, ZX_RIGHT_DUPLICATE, &status);
    if (object == NULL) {
        return status;
    }
    if (!rights_reduce(handle_lookup(handle)->rights, rights, &rights)) {
        return ZX_ERR_INVALID_ARGS;
    }
    return handle_give(handle_new(object, rights), out);
}

// The old handle is closed whatever the result.
zx_status_t sys_handle_replace(zx_handle_t handle, zx_rights_t rights, user_t out) {
    struct handle replaced = handle_remove(handle);
    if (replaced.object == NULL) {
        return ZX_ERR_BAD_HANDLE;
    }
    if (!rights_reduce(replaced.rights, rights, &replaced.rights)) {
        handle_drop(replaced);
        return ZX_ERR_INVALID_ARGS;
    }
    return handle_give(replaced, out);
}
