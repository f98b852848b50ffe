// zx_object_set_cookie, zx_object_get_cookie.
//
// A scope is remembered by its koid: koids are never given twice, so a scope that is destroyed
// can never be named again.
#include "syscalls.h"

static struct object* find(zx_handle_t handle, zx_handle_t scope, struct object** scope_object,
                           zx_status_t* status) {
    struct object* object = object_get(handle, ZX_OBJ_TYPE_NONE, 0, status);
    if (object == NULL) {
        *status = fault_on(FAULT_COOKIE_HANDLE_INVALID_STATUS) ? ZX_ERR_NOT_FOUND : *status;
        return NULL;
    }
    *scope_object = object_get(scope, ZX_OBJ_TYPE_NONE, 0, status);
    if (*scope_object == NULL) {
        if (fault_on(FAULT_COOKIE_SCOPE_INVALID_STATUS)) {
            *status = ZX_ERR_INVALID_ARGS;
        }
        if (!fault_on(FAULT_COOKIE_SCOPE_UNCHECKED)) {
            return NULL;
        }
    }
    if (!object_may_have_cookie(object) && !fault_on(FAULT_COOKIE_ANY_OBJECT)) {
        *status = fault_on(FAULT_COOKIE_NOT_SUPPORTED_STATUS) ? ZX_ERR_WRONG_TYPE
                                                              : ZX_ERR_NOT_SUPPORTED;
        return NULL;
    }
    if (fault_on(FAULT_COOKIE_EVENTPAIR_REFUSED) && object->type == ZX_OBJ_TYPE_EVENTPAIR) {
        *status = ZX_ERR_NOT_SUPPORTED;
        return NULL;
    }
    return object;
}

zx_status_t sys_object_set_cookie(zx_handle_t handle, zx_handle_t scope, uint64_t cookie) {
    zx_status_t status;
    struct object* scope_object;
    struct object* object = find(handle, scope, &scope_object, &status);
    if (object == NULL) {
        return status;
    }
    zx_koid_t koid = scope_object == NULL ? 0 : scope_object->koid;
    bool other = object->cookie_state == COOKIE_SET && object->cookie_scope != koid;
    if (fault_on(FAULT_COOKIE_SCOPE_MAY_CHANGE) || (other && fault_on(FAULT_COOKIE_OTHER_SCOPE_OK))) {
        other = false;
        koid = fault_on(FAULT_COOKIE_OTHER_SCOPE_OK) ? object->cookie_scope : koid;
    }
    if (other || object->cookie_state == COOKIE_INVALIDATED) {
        return fault_on(FAULT_COOKIE_OTHER_SCOPE_STATUS) ? ZX_ERR_BAD_STATE : ZX_ERR_ACCESS_DENIED;
    }
    if (fault_on(FAULT_COOKIE_SET_ONCE) && object->cookie_state == COOKIE_SET) {
        return ZX_ERR_ACCESS_DENIED;
    }
    object->cookie_state = COOKIE_SET;
    object->cookie_scope = koid;
    if (!fault_on(FAULT_COOKIE_NOT_STORED)) {
        object->cookie = cookie;
    }
    return ZX_OK;
}

zx_status_t sys_object_get_cookie(zx_handle_t handle, zx_handle_t scope, user_t cookie) {
    zx_status_t status;
    struct object* scope_object;
    struct object* object = find(handle, scope, &scope_object, &status);
    if (object == NULL) {
        return status;
    }
    bool readable = object->cookie_state == COOKIE_SET &&
                    (scope_object == NULL || object->cookie_scope == scope_object->koid ||
                     fault_on(FAULT_COOKIE_READ_ANY_SCOPE));
    if (!readable && !fault_on(FAULT_COOKIE_READ_UNSET)) {
        return ZX_ERR_ACCESS_DENIED;
    }
    return user_write(cookie, &object->cookie, sizeof(object->cookie)) ? ZX_OK
                                                                      : ZX_ERR_INVALID_ARGS;
}
