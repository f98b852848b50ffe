// zx_object_set_cookie.
//
// A scope is stored by its koid: koids are never reused, so a destroyed scope can never match
// again.
#include "syscalls.h"

static zx_status_t handle_error(zx_status_t status) {
    return fault_on(FAULT_COOKIE_HANDLE_INVALID_OK)       ? ZX_OK
           : fault_on(FAULT_COOKIE_HANDLE_INVALID_STATUS) ? ZX_ERR_NOT_FOUND
                                                          : status;
}

static zx_status_t scope_error(zx_status_t status) {
    return fault_on(FAULT_COOKIE_SCOPE_INVALID_OK)       ? ZX_OK
           : fault_on(FAULT_COOKIE_SCOPE_INVALID_STATUS) ? ZX_ERR_INVALID_ARGS
                                                         : status;
}

static bool is_refused(const struct object* object) {
    switch (object->type) {
    case ZX_OBJ_TYPE_EVENT:
        return fault_on(FAULT_COOKIE_EVENT_REFUSED);
    case ZX_OBJ_TYPE_EVENTPAIR:
        return fault_on(FAULT_COOKIE_EVENTPAIR_REFUSED);
    case ZX_OBJ_TYPE_RESOURCE:
        return fault_on(FAULT_COOKIE_RESOURCE_REFUSED);
    case ZX_OBJ_TYPE_VMO:
        return fault_on(FAULT_COOKIE_VMO_REFUSED);
    default:
        return !fault_on(FAULT_COOKIE_ANY_OBJECT);
    }
}

// Why the cookie's state forbids setting it with this scope.
static zx_status_t check_scope(struct object* object, const struct object* scope) {
    if (object->cookie_state == COOKIE_INVALIDATED) {
        return fault_on(FAULT_COOKIE_PEER_CLOSED_OK) ? ZX_OK : ZX_ERR_ACCESS_DENIED;
    }
    if (object->cookie_state == COOKIE_UNSET) {
        return ZX_OK;
    }
    if (object->cookie_scope == scope->koid) {
        return fault_on(FAULT_COOKIE_SET_ONCE) ? ZX_ERR_ACCESS_DENIED : ZX_OK;
    }
    if (fault_on(FAULT_COOKIE_SCOPE_MAY_CHANGE)) {
        return ZX_OK;
    }
    if (fault_on(FAULT_COOKIE_SURVIVES_SCOPE) && !handle_names(object->cookie_scope)) {
        return ZX_OK;
    }
    if (fault_on(FAULT_COOKIE_SCOPE_CHANGED_ON_FAILURE)) {
        object->cookie_scope = scope->koid;
    }
    return fault_on(FAULT_COOKIE_OTHER_SCOPE_STATUS) ? ZX_ERR_BAD_STATE : ZX_ERR_ACCESS_DENIED;
}

zx_status_t sys_object_set_cookie(zx_handle_t handle, zx_handle_t scope, uint64_t cookie) {
    zx_status_t status;
    struct object* object = object_get(handle, ZX_OBJ_TYPE_NONE, 0, &status);
    if (object == NULL) {
        return handle_error(status);
    }
    const struct object* scope_object = object_get(scope, ZX_OBJ_TYPE_NONE, 0, &status);
    if (scope_object == NULL) {
        return scope_error(status);
    }
    if (!object_may_have_cookie(object)) {
        if (fault_on(FAULT_CRASH) && object->type == ZX_OBJ_TYPE_CHANNEL) {
            user_exception(NULL, "write", true, 0, 0);
        }
        if (fault_on(FAULT_COOKIE_NOT_SUPPORTED_STATUS)) {
            return ZX_ERR_WRONG_TYPE;
        }
    }
    if (is_refused(object)) {
        return ZX_ERR_NOT_SUPPORTED;
    }
    status = check_scope(object, scope_object);
    if (status != ZX_OK || fault_on(FAULT_COOKIE_NOT_SET)) {
        return status;
    }
    object->cookie_state = COOKIE_SET;
    object->cookie_scope = scope_object->koid;
    object->cookie = fault_on(FAULT_COOKIE_TRUNCATED) ? (uint32_t)cookie : cookie;
    return ZX_OK;
}
