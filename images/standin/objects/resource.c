#include "objects.h"

struct resource* resource_new(struct resource* parent, uint32_t kind) {
    struct resource* resource = object_new(sizeof(*resource), ZX_OBJ_TYPE_RESOURCE, 0);
    if (resource == NULL) {
        return NULL;
    }
    resource->kind = kind;
    resource->parent = parent;
    list_init(&resource->node);
    list_init(&resource->children);
    if (parent != NULL) {
        resource->base.related_koid = parent->base.koid;
        object_ref(&parent->base);
        list_add_tail(&parent->children, &resource->node);
    }
    return resource;
}

void resource_destroy(struct resource* resource) {
    list_remove(&resource->node);
    if (resource->parent != NULL) {
        object_unref(&resource->parent->base);
    }
}
