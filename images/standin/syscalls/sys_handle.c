// handle_close, handle_close_many, handle_duplicate, handle_replace.
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

static bool is_earlier(user_t handles, size_t count, zx_handle_t value) {
    zx_handle_t earlier;
    for (size_t i = 0; i < count; i++) {
        if (user_read(&earlier, handles + i * sizeof(earlier), sizeof(earlier)) &&
            earlier == value) {
            return true;
        }
    }
    return false;
}

zx_status_t sys_handle_close_many(user_t handles, size_t num_handles) {
    zx_status_t status = ZX_OK;
    if (!user_is_readable(handles, num_handles * sizeof(zx_handle_t))) {
        return ZX_ERR_INVALID_ARGS;
    }
    for (size_t i = 0; i < num_handles; i++) {
        zx_handle_t value;
        user_read(&value, handles + i * sizeof(value), sizeof(value));
        if (value == ZX_HANDLE_INVALID && !fault_on(FAULT_CLOSE_MANY_ZERO_REFUSED)) {
            continue;
        }
        struct handle closed = handle_remove(value);
        if (closed.object != NULL) {
            handle_drop(closed);
            continue;
        }
        bool twice = is_earlier(handles, i, value);
        if (twice ? fault_on(FAULT_CLOSE_MANY_TWICE_OK) : fault_on(FAULT_CLOSE_MANY_INVALID_OK)) {
            continue;
        }
        status = ZX_ERR_BAD_HANDLE;
        if (fault_on(FAULT_CLOSE_MANY_STOPS)) {
            break;
        }
    }
    return status;
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
