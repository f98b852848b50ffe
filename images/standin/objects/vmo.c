// Memory objects: pages that were written, zeroes elsewhere. A clone shows its parent's pages until it
// has its own.
#include "faults.h"
#include "objects.h"

struct vmo* vmo_new(uint64_t size, uint32_t options) {
    struct vmo* vmo = object_new(sizeof(*vmo), ZX_OBJ_TYPE_VMO, ZX_VMO_ZERO_CHILDREN);
    if (vmo != NULL) {
        vmo->size = fault_on(FAULT_VMO_SIZE_NOT_ROUNDED) ? size : ROUND_UP(size, PAGE_SIZE);
        vmo->options = options;
    }
    return vmo;
}

void vmo_become_clone(struct vmo* vmo, struct vmo* parent, uint64_t offset) {
    vmo->parent = parent;
    vmo->parent_offset = offset;
    object_ref(&parent->base);
    parent->clones++;
    if (!fault_on(FAULT_VMO_CLONE_NOT_COUNTED)) {
        parent->base.signals &= ~ZX_VMO_ZERO_CHILDREN;
    }
}

static struct vmo_page* own_page(const struct vmo* vmo, uint64_t index) {
    struct vmo_page* page = vmo->pages;
    while (page != NULL && page->index != index) {
        page = page->next;
    }
    return page;
}

const uint8_t* vmo_page(const struct vmo* vmo, uint64_t index) {
    for (;;) {
        const struct vmo_page* page = own_page(vmo, index);
        if (page != NULL) {
            return page->bytes;
        }
        if (vmo->parent == NULL || fault_on(FAULT_VMO_CLONE_EMPTY)) {
            return NULL;
        }
        index += vmo->parent_offset / PAGE_SIZE;
        vmo = vmo->parent;
        if (index >= vmo->size / PAGE_SIZE) {
            return NULL;
        }
    }
}

uint8_t* vmo_make_page(struct vmo* vmo, uint64_t index) {
    struct vmo_page* page = own_page(vmo, index);
    if (page != NULL) {
        return page->bytes;
    }
    const uint8_t* shown = fault_on(FAULT_VMO_CLONE_PAGE_ZEROED) ? NULL : vmo_page(vmo, index);
    page = kmalloc(sizeof(*page));
    uint8_t* bytes = page_alloc_zeroed();
    if (page == NULL || bytes == NULL) {
        kfree(page);
        kfree(bytes);
        return NULL;
    }
    if (shown != NULL) {
        memcpy(bytes, shown, PAGE_SIZE);
    }
    *page = (struct vmo_page){vmo->pages, index, bytes};
    vmo->pages = page;
    return bytes;
}

void vmo_drop_pages(struct vmo* vmo, uint64_t from, uint64_t to) {
    for (struct vmo_page** at = &vmo->pages; *at != NULL;) {
        struct vmo_page* page = *at;
        if (page->index < from || page->index >= to) {
            at = &page->next;
            continue;
        }
        *at = page->next;
        kfree(page->bytes);
        kfree(page);
    }
}

void vmo_destroy(struct vmo* vmo) {
    vmo_drop_pages(vmo, 0, UINT64_MAX);
    struct vmo* parent = vmo->parent;
    if (parent != NULL) {
        if (--parent->clones == 0) {
            parent->base.signals |= ZX_VMO_ZERO_CHILDREN;
        }
        object_unref(&parent->base);
    }
}
