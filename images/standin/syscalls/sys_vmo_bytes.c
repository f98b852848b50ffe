// zx_vmo_read, zx_vmo_write, zx_vmo_clone.
#include "syscalls.h"

static bool outside(const struct vmo* vmo, uint64_t offset, size_t size) {
    return offset >= vmo->size || size > vmo->size - offset;
}

static bool is_uncached(const struct vmo* vmo) {
    return vmo->cache_policy != ZX_CACHE_POLICY_CACHED && !fault_on(FAULT_CACHE_POLICY_KEPT);
}

// The part of [offset, offset + left) that lies in the page of `offset`.
static size_t in_page(uint64_t offset, size_t left) {
    size_t room = PAGE_SIZE - offset % PAGE_SIZE;
    return left < room ? left : room;
}

static bool read_bytes(const struct vmo* vmo, user_t buffer, uint64_t offset, size_t size) {
    static const uint8_t zeros[PAGE_SIZE];
    for (size_t done = 0, part; done < size; done += part) {
        part = in_page(offset + done, size - done);
        const uint8_t* page = vmo_page(vmo, (offset + done) / PAGE_SIZE);
        const uint8_t* from = (page == NULL ? zeros : page) + (offset + done) % PAGE_SIZE;
        uint8_t other = page == NULL && vmo->parent != NULL && fault_on(FAULT_VMO_CLONE_NO_ZEROS);
        if (!user_write(buffer + done, from, part) || (other && !user_write(buffer, &other, 1))) {
            return false;
        }
    }
    return true;
}

zx_status_t sys_vmo_read(zx_handle_t handle, user_t buffer, uint64_t offset, size_t size) {
    zx_status_t status;
    zx_rights_t right = fault_on(FAULT_VMO_READ_UNCHECKED) ? 0 : ZX_RIGHT_READ;
    struct vmo* vmo = (struct vmo*)object_get(handle, ZX_OBJ_TYPE_VMO, right, &status);
    if (vmo == NULL) {
        return status;
    }
    if (!user_is_writable(buffer, size)) {
        return fault_on(FAULT_VMO_READ_POINTER_IGNORED) ? ZX_OK : ZX_ERR_INVALID_ARGS;
    }
    if (is_uncached(vmo)) {
        return ZX_ERR_BAD_STATE;
    }
    bool all = offset >= vmo->size;
    if (outside(vmo, offset, size) && (all || !fault_on(FAULT_VMO_READ_END_IGNORED))) {
        return all && fault_on(FAULT_VMO_READ_OFFSET_STATUS) ? ZX_ERR_INVALID_ARGS
                                                             : ZX_ERR_OUT_OF_RANGE;
    }
    size -= size > 1 && fault_on(FAULT_VMO_READ_SHORT) ? 1 : 0;
    return read_bytes(vmo, buffer, offset, size) ? ZX_OK : ZX_ERR_INVALID_ARGS;
}

static zx_status_t write_bytes(struct vmo* vmo, user_t buffer, uint64_t offset, size_t size) {
    if (vmo->parent != NULL && fault_on(FAULT_VMO_CLONE_SHARED) &&
        !outside(vmo->parent, offset + vmo->parent_offset, size)) {
        offset += vmo->parent_offset;
        vmo = vmo->parent;
    }
    for (size_t done = 0, part; done < size; done += part) {
        part = in_page(offset + done, size - done);
        uint8_t* page = vmo_make_page(vmo, (offset + done) / PAGE_SIZE);
        if (page == NULL) {
            return ZX_ERR_NO_MEMORY;
        }
        if (!user_read(page + (offset + done) % PAGE_SIZE, buffer + done, part)) {
            return ZX_ERR_INVALID_ARGS;
        }
        if (fault_on(FAULT_VMO_WRITE_FIRST_PAGE)) {
            break;
        }
    }
    return ZX_OK;
}

zx_status_t sys_vmo_write(zx_handle_t handle, user_t buffer, uint64_t offset, size_t size) {
    zx_status_t status;
    zx_rights_t right = fault_on(FAULT_VMO_BYTES_WRITE_UNCHECKED) ? 0 : ZX_RIGHT_WRITE;
    struct vmo* vmo = (struct vmo*)object_get(handle, ZX_OBJ_TYPE_VMO, right, &status);
    if (vmo == NULL) {
        return status;
    }
    if (!user_is_readable(buffer, size)) {
        return fault_on(FAULT_VMO_WRITE_POINTER_IGNORED) ? ZX_OK : ZX_ERR_INVALID_ARGS;
    }
    if (is_uncached(vmo)) {
        return ZX_ERR_BAD_STATE;
    }
    if (outside(vmo, offset, size)) {
        bool all = offset >= vmo->size;
        return (all ? fault_on(FAULT_VMO_WRITE_OFFSET_IGNORED) : fault_on(FAULT_VMO_WRITE_END_IGNORED))
                   ? ZX_OK
                   : ZX_ERR_OUT_OF_RANGE;
    }
    return write_bytes(vmo, buffer, offset, size);
}

zx_status_t sys_vmo_clone(zx_handle_t handle, uint32_t options, uint64_t offset, uint64_t size,
                          user_t out) {
    zx_status_t status;
    zx_rights_t needed = ZX_RIGHT_DUPLICATE | ZX_RIGHT_READ;
    needed &= fault_on(FAULT_VMO_CLONE_READ_UNCHECKED) ? ZX_RIGHT_DUPLICATE : needed;
    needed &= fault_on(FAULT_VMO_CLONE_DUPLICATE_UNCHECKED) ? ZX_RIGHT_READ : needed;
    struct vmo* vmo = (struct vmo*)object_get(handle, ZX_OBJ_TYPE_VMO, needed, &status);
    if (vmo == NULL) {
        return status == ZX_ERR_WRONG_TYPE && fault_on(FAULT_VMO_CLONE_TYPE_STATUS)
                   ? ZX_ERR_NOT_SUPPORTED
                   : status;
    }
    if (!(options & ZX_VMO_CLONE_COPY_ON_WRITE) && !fault_on(FAULT_VMO_CLONE_OPTIONS_IGNORED)) {
        return ZX_ERR_INVALID_ARGS;
    }
    if (options & ~(ZX_VMO_CLONE_COPY_ON_WRITE | ZX_VMO_CLONE_NON_RESIZEABLE) ||
        (offset % PAGE_SIZE != 0 && !fault_on(FAULT_VMO_CLONE_OFFSET_IGNORED))) {
        return ZX_ERR_INVALID_ARGS;
    }
    if ((size > UINT64_MAX - PAGE_SIZE + 1 || offset + size < offset) &&
        !fault_on(FAULT_VMO_CLONE_SIZE_IGNORED)) {
        return ZX_ERR_OUT_OF_RANGE;
    }
    bool fixed = options & ZX_VMO_CLONE_NON_RESIZEABLE;
    struct vmo* clone = vmo_new(size, fixed ? ZX_VMO_NON_RESIZABLE : 0);
    if (clone == NULL) {
        return ZX_ERR_NO_MEMORY;
    }
    clone->size += fault_on(FAULT_VMO_CLONE_TOO_LARGE) ? PAGE_SIZE : 0;
    vmo_become_clone(clone, vmo, offset);
    zx_rights_t rights = handle_lookup(handle)->rights | ZX_RIGHT_WRITE;
    rights &= ~(fault_on(FAULT_VMO_CLONE_READ_ONLY) ? (zx_rights_t)ZX_RIGHT_WRITE : 0);
    return handle_give(handle_new(&clone->base, rights), out);
}
