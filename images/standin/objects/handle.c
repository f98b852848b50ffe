// The handle table of the one process.
#include "faults.h"
#include "object.h"

// A value is (generation, slot, 11b), scrambled with a per-boot secret: it looks like Zircon's,
// and a closed handle's value is not reused soon.
#define SLOT_BITS 14u
#define NUM_SLOTS (1u << SLOT_BITS)
#define FIXED_BITS 3u
#define MANY_HANDLES 64u

struct slot {
    struct handle handle;  // object NULL: free
    uint32_t generation;
    uint32_t next_free;
};

static struct slot slots[NUM_SLOTS];
static uint32_t first_free, last_free;
static uint32_t in_use;
static uint32_t secret;

void handles_init(uint64_t seed) {
    secret = (uint32_t)(seed ^ seed >> 32) & ~FIXED_BITS;
    for (uint32_t i = 0; i < NUM_SLOTS; i++) {
        slots[i].next_free = i + 1;
    }
    last_free = NUM_SLOTS - 1;
}

static zx_handle_t value_of(uint32_t slot) {
    uint32_t raw = slots[slot].generation << (SLOT_BITS + 2) | slot << 2;
    return (raw ^ secret) | FIXED_BITS;
}

static struct slot* slot_of(zx_handle_t value) {
    uint32_t slot = (value ^ secret) >> 2 & (NUM_SLOTS - 1);
    return slots[slot].handle.object != NULL && value_of(slot) == value ? &slots[slot] : NULL;
}

const struct handle* handle_lookup(zx_handle_t value) {
    struct slot* slot = slot_of(value);
    return slot == NULL ? NULL : &slot->handle;
}

bool handle_names(zx_koid_t koid) {
    for (uint32_t i = 0; i < NUM_SLOTS; i++) {
        if (slots[i].handle.object != NULL && slots[i].handle.object->koid == koid) {
            return true;
        }
    }
    return false;
}

struct handle handle_remove(zx_handle_t value) {
    struct slot* slot = slot_of(value);
    if (slot == NULL) {
        return (struct handle){NULL, 0};
    }
    struct handle handle = slot->handle;
    slot->handle.object = NULL;
    in_use--;
    slot->generation++;
    slot->next_free = NUM_SLOTS;
    slots[last_free].next_free = (uint32_t)(slot - slots);
    last_free = (uint32_t)(slot - slots);
    return handle;
}

zx_handle_t handle_install(struct handle handle) {
    // The last free slot stays in the queue, so that the queue is never empty.
    if (first_free == last_free) {
        handle_drop(handle);
        return ZX_HANDLE_INVALID;
    }
    uint32_t slot = first_free;
    first_free = slots[slot].next_free;
    slots[slot].handle = handle;
    if (++in_use == MANY_HANDLES && fault_on(FAULT_PANIC_MANY_HANDLES)) {
        panic("standin.fault=panic-many-handles: %u handles", in_use);
    }
    return value_of(slot);
}

zx_status_t handle_give(struct handle handle, user_t out) {
    if (!user_is_writable(out, sizeof(zx_handle_t))) {
        handle_drop(handle);
        return ZX_ERR_INVALID_ARGS;
    }
    zx_handle_t value = handle_install(handle);
    if (value == ZX_HANDLE_INVALID) {
        return ZX_ERR_NO_MEMORY;
    }
    user_write(out, &value, sizeof(value));
    return ZX_OK;
}

zx_status_t handle_give_pair(struct handle first, user_t out0, struct handle second, user_t out1) {
    if (!user_is_writable(out0, sizeof(zx_handle_t)) ||
        !user_is_writable(out1, sizeof(zx_handle_t))) {
        handle_drop(first);
        handle_drop(second);
        return ZX_ERR_INVALID_ARGS;
    }
    zx_handle_t values[2] = {handle_install(first), handle_install(second)};
    if (values[0] == ZX_HANDLE_INVALID || values[1] == ZX_HANDLE_INVALID) {
        handle_drop(handle_remove(values[0]));
        handle_drop(handle_remove(values[1]));
        return ZX_ERR_NO_MEMORY;
    }
    user_write(out0, &values[0], sizeof(values[0]));
    user_write(out1, &values[1], sizeof(values[1]));
    return ZX_OK;
}

struct object* object_get(zx_handle_t value, zx_obj_type_t type, zx_rights_t rights,
                          zx_status_t* status) {
    const struct handle* handle = handle_lookup(value);
    if (handle == NULL) {
        *status = ZX_ERR_BAD_HANDLE;
    } else if (type != ZX_OBJ_TYPE_NONE && handle->object->type != type) {
        *status = ZX_ERR_WRONG_TYPE;
    } else if ((handle->rights & rights) != rights) {
        *status = ZX_ERR_ACCESS_DENIED;
    } else {
        *status = ZX_OK;
        return handle->object;
    }
    return NULL;
}

bool rights_reduce(zx_rights_t have, zx_rights_t rights, zx_rights_t* result) {
    *result = rights == ZX_RIGHT_SAME_RIGHTS ? have : rights;
    return (*result & ~have) == 0;
}
