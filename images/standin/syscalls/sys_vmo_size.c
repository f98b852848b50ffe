// zx_vmo_get_size, zx_vmo_set_size.
#include "syscalls.h"

#define LARGEST (UINT64_MAX - PAGE_SIZE + 1)

zx_status_t sys_vmo_get_size(zx_handle_t handle, user_t size) {
    zx_status_t status;
    struct vmo* vmo = (struct vmo*)object_get(handle, ZX_OBJ_TYPE_VMO, 0, &status);
    if (vmo == NULL) {
        return status == ZX_ERR_BAD_HANDLE && fault_on(FAULT_VMO_HANDLE_STATUS) ? ZX_ERR_NOT_FOUND
                                                                                : status;
    }
    uint64_t value = vmo->size + (vmo->reported && fault_on(FAULT_VMO_SIZE_DRIFTS) ? PAGE_SIZE : 0);
    vmo->reported = true;
    return user_write(size, &value, sizeof(value)) || fault_on(FAULT_VMO_SIZE_POINTER_IGNORED)
               ? ZX_OK
               : ZX_ERR_INVALID_ARGS;
}

zx_status_t sys_vmo_set_size(zx_handle_t handle, uint64_t size) {
    zx_status_t status;
    zx_rights_t right = fault_on(FAULT_VMO_WRITE_UNCHECKED) ? 0 : ZX_RIGHT_WRITE;
    struct vmo* vmo = (struct vmo*)object_get(handle, ZX_OBJ_TYPE_VMO, right, &status);
    if (vmo == NULL) {
        return status == ZX_ERR_WRONG_TYPE && fault_on(FAULT_VMO_TYPE_STATUS) ? ZX_ERR_NOT_SUPPORTED
                                                                              : status;
    }
    if (vmo->options & ZX_VMO_NON_RESIZABLE && !fault_on(FAULT_VMO_FIXED_RESIZED)) {
        return fault_on(FAULT_VMO_FIXED_STATUS) ? ZX_ERR_ACCESS_DENIED : ZX_ERR_UNAVAILABLE;
    }
    if (size > LARGEST && !fault_on(FAULT_VMO_LARGEST_IGNORED)) {
        return ZX_ERR_OUT_OF_RANGE;
    }
    if (fault_on(FAULT_VMO_RESIZE_REFUSED) && size > vmo->size) {
        return ZX_ERR_OUT_OF_RANGE;
    }
    if (!fault_on(FAULT_VMO_SIZE_KEPT)) {
        vmo->size = fault_on(FAULT_VMO_SIZE_ROUNDED_DOWN) ? size & -(uint64_t)PAGE_SIZE
                                                          : ROUND_UP(size, PAGE_SIZE);
        vmo_drop_pages(vmo, vmo->size / PAGE_SIZE, UINT64_MAX);
    }
    return ZX_OK;
}
