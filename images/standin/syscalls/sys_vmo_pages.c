// zx_vmo_op_range, zx_vmo_set_cache_policy, zx_vmo_replace_as_executable.
#include "syscalls.h"

static zx_rights_t needed_for(uint32_t op) {
    switch (op) {
    case ZX_VMO_OP_COMMIT:
    case ZX_VMO_OP_DECOMMIT:
    case ZX_VMO_OP_CACHE_INVALIDATE:
        return fault_on(FAULT_VMO_OP_WRITE_UNCHECKED) ? 0 : ZX_RIGHT_WRITE;
    case ZX_VMO_OP_CACHE_SYNC:
    case ZX_VMO_OP_CACHE_CLEAN:
    case ZX_VMO_OP_CACHE_CLEAN_INVALIDATE:
        return fault_on(FAULT_VMO_OP_READ_UNCHECKED) ? 0 : ZX_RIGHT_READ;
    default:
        return 0;
    }
}

zx_status_t sys_vmo_op_range(zx_handle_t handle, uint32_t op, uint64_t offset, uint64_t size,
                             user_t buffer, size_t buffer_size) {
    (void)buffer;
    (void)buffer_size;
    zx_status_t status;
    struct vmo* vmo =
        (struct vmo*)object_get(handle, ZX_OBJ_TYPE_VMO, needed_for(op), &status);
    if (vmo == NULL) {
        return status;
    }
    if (op == ZX_VMO_OP_LOCK || op == ZX_VMO_OP_UNLOCK) {
        return fault_on(FAULT_VMO_OP_LOCKED) ? ZX_OK : ZX_ERR_NOT_SUPPORTED;
    }
    if ((op < ZX_VMO_OP_COMMIT || op > ZX_VMO_OP_CACHE_CLEAN_INVALIDATE || op == 5) &&
        !fault_on(FAULT_VMO_OP_UNKNOWN_OK)) {
        return ZX_ERR_INVALID_ARGS;
    }
    if (size == 0 && op >= ZX_VMO_OP_CACHE_SYNC && !fault_on(FAULT_VMO_OP_EMPTY_OK)) {
        return ZX_ERR_INVALID_ARGS;
    }
    if ((offset > vmo->size || size > vmo->size - offset) && !fault_on(FAULT_VMO_OP_RANGE_IGNORED)) {
        return ZX_ERR_OUT_OF_RANGE;
    }
    // What a clone shows stays.
    if (op == ZX_VMO_OP_DECOMMIT && vmo->clones == 0) {
        vmo_drop_pages(vmo, ROUND_UP(offset, PAGE_SIZE) / PAGE_SIZE, (offset + size) / PAGE_SIZE);
        vmo->committed = vmo->committed && (offset > 0 || size < vmo->size);
    }
    if (op == ZX_VMO_OP_COMMIT && size > pages_bytes()) {
        return ZX_ERR_NO_MEMORY;
    }
    if (op == ZX_VMO_OP_COMMIT && size > 0) {
        vmo->committed = true;
    }
    return ZX_OK;
}

zx_status_t sys_vmo_set_cache_policy(zx_handle_t handle, uint32_t cache_policy) {
    zx_status_t status;
    zx_rights_t right = fault_on(FAULT_CACHE_POLICY_UNCHECKED) ? 0 : ZX_RIGHT_MAP;
    struct vmo* vmo = (struct vmo*)object_get(handle, ZX_OBJ_TYPE_VMO, right, &status);
    if (vmo == NULL) {
        return status;
    }
    if (cache_policy > ZX_CACHE_POLICY_WRITE_COMBINING && !fault_on(FAULT_CACHE_POLICY_ANY)) {
        return ZX_ERR_INVALID_ARGS;
    }
    if ((vmo->parent != NULL || vmo->clones > 0) && !fault_on(FAULT_CACHE_POLICY_OF_CLONE)) {
        return ZX_ERR_BAD_STATE;
    }
    if ((vmo->pages != NULL || vmo->committed) && !fault_on(FAULT_CACHE_POLICY_COMMITTED)) {
        return ZX_ERR_BAD_STATE;
    }
    bool another = vmo->configured && vmo->cache_policy != cache_policy;
    if (another && !fault_on(FAULT_CACHE_POLICY_CHANGED)) {
        return ZX_ERR_ACCESS_DENIED;
    }
    vmo->configured = true;
    vmo->cache_policy = cache_policy;
    return ZX_OK;
}

static bool allows_code(zx_handle_t vmex) {
    zx_status_t status;
    if (vmex == ZX_HANDLE_INVALID || fault_on(FAULT_EXECUTABLE_UNCHECKED)) {
        return true;
    }
    struct object* object = object_get(vmex, ZX_OBJ_TYPE_RESOURCE, 0, &status);
    return object != NULL && ((struct resource*)object)->kind == ZX_RSRC_KIND_VMEX;
}

// The handle is closed whatever the result.
zx_status_t sys_vmo_replace_as_executable(zx_handle_t handle, zx_handle_t vmex, user_t out) {
    bool allowed = allows_code(vmex);
    if (!allowed && fault_on(FAULT_EXECUTABLE_KEPT)) {
        return ZX_ERR_BAD_HANDLE;
    }
    struct handle replaced = handle_remove(handle);
    bool is_vmo = replaced.object != NULL && replaced.object->type == ZX_OBJ_TYPE_VMO;
    if (!is_vmo || !allowed) {
        handle_drop(replaced);
        bool odd = replaced.object != NULL && !is_vmo && fault_on(FAULT_EXECUTABLE_TYPE_STATUS);
        return odd ? ZX_ERR_WRONG_TYPE : ZX_ERR_BAD_HANDLE;
    }
    replaced.rights |= fault_on(FAULT_EXECUTABLE_NOT) ? 0 : ZX_RIGHT_EXECUTE;
    return handle_give(replaced, out);
}
