// zx_object_get_cookie.
#include "syscalls.h"

static bool is_readable(const struct object* object, const struct object* scope) {
    switch (object->cookie_state) {
    case COOKIE_SET:
        return object->cookie_scope == scope->koid || fault_on(FAULT_COOKIE_READ_ANY_SCOPE);
    case COOKIE_UNSET:
        return fault_on(FAULT_COOKIE_READ_UNSET);
    case COOKIE_INVALIDATED:
    default:
        return fault_on(FAULT_COOKIE_READ_PEER_CLOSED);
    }
}

zx_status_t sys_object_get_cookie(zx_handle_t handle, zx_handle_t scope, user_t cookie) {
    zx_status_t status;
    const struct object* object = object_get(handle, ZX_OBJ_TYPE_NONE, 0, &status);
    if (object == NULL) {
        return status;
    }
    const struct object* scope_object = object_get(scope, ZX_OBJ_TYPE_NONE, 0, &status);
    if (scope_object == NULL) {
        return status;
    }
    if (!object_may_have_cookie(object)) {
        return ZX_ERR_NOT_SUPPORTED;
    }
    if (!is_readable(object, scope_object)) {
        return ZX_ERR_ACCESS_DENIED;
    }
    uint64_t value = object->cookie;
    return user_write(cookie, &value, sizeof(value)) ? ZX_OK : ZX_ERR_INVALID_ARGS;
}
