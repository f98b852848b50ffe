// zx_futex_wait, zx_futex_wake, zx_futex_requeue, their variants with a single owner, and
// zx_futex_get_owner. With one thread nobody ever waits: no call wakes, moves or owns anything.
#include "clock.h"
#include "syscalls.h"

static bool aligned(user_t futex) { return futex % sizeof(zx_futex_t) == 0; }

// What is wrong with the handle of a thread that is to own a futex.
static zx_status_t owner_status(zx_handle_t owner, bool any_handle, bool any_type) {
    zx_status_t status = ZX_OK;
    if (owner != ZX_HANDLE_INVALID) {
        object_get(owner, ZX_OBJ_TYPE_THREAD, 0, &status);
    }
    bool ignored = status == ZX_ERR_BAD_HANDLE ? any_handle : any_type;
    return ignored ? ZX_OK : status;
}

zx_status_t sys_futex_wait(user_t value_ptr, zx_futex_t current_value, zx_handle_t new_futex_owner,
                           zx_time_t deadline) {
    zx_futex_t value;
    if (!aligned(value_ptr) && !fault_on(FAULT_FUTEX_WAIT_MISALIGNED)) {
        return ZX_ERR_INVALID_ARGS;
    }
    if (!user_read(&value, value_ptr, sizeof(value))) {
        return ZX_ERR_INVALID_ARGS;
    }
    zx_status_t status = owner_status(new_futex_owner, false, false);
    if (status != ZX_OK) {
        return status;
    }
    if (value != current_value) {
        return fault_on(FAULT_FUTEX_WAIT_VALUE_IGNORED) ? ZX_ERR_TIMED_OUT : ZX_ERR_BAD_STATE;
    }
    while (time_passes(deadline)) {
    }
    return fault_on(FAULT_FUTEX_WAIT_WOKEN) ? ZX_OK : ZX_ERR_TIMED_OUT;
}

zx_status_t sys_futex_wake(user_t value_ptr, uint32_t wake_count) {
    (void)wake_count;
    if (!aligned(value_ptr)) {
        return fault_on(FAULT_FUTEX_WAKE_MISALIGNED) ? ZX_OK : ZX_ERR_INVALID_ARGS;
    }
    bool unallocated = value_ptr != 0 && !user_is_readable(value_ptr, 4);
    bool refused = fault_on(FAULT_FUTEX_WAKE_UNALLOCATED) && unallocated;
    return refused ? ZX_ERR_INVALID_ARGS : ZX_OK;
}

zx_status_t sys_futex_wake_single_owner(user_t value_ptr) {
    return aligned(value_ptr) || fault_on(FAULT_FUTEX_WAKE_SINGLE_MISALIGNED) ? ZX_OK
                                                                              : ZX_ERR_INVALID_ARGS;
}

static zx_status_t requeue(user_t value_ptr, zx_futex_t current_value, user_t requeue_ptr,
                           zx_handle_t new_requeue_owner) {
    zx_futex_t value;
    bool odd = !aligned(value_ptr) && !fault_on(FAULT_FUTEX_REQUEUE_MISALIGNED);
    if (odd || (!aligned(requeue_ptr) && !fault_on(FAULT_FUTEX_REQUEUE_TO_MISALIGNED)) ||
        !user_read(&value, value_ptr, sizeof(value)) ||
        !user_is_readable(requeue_ptr, sizeof(value))) {
        return ZX_ERR_INVALID_ARGS;
    }
    if (value_ptr == requeue_ptr && !fault_on(FAULT_FUTEX_REQUEUE_SAME)) {
        return ZX_ERR_INVALID_ARGS;
    }
    zx_status_t status = owner_status(new_requeue_owner, fault_on(FAULT_FUTEX_REQUEUE_ANY_HANDLE),
                                      fault_on(FAULT_FUTEX_REQUEUE_ANY_OWNER));
    if (status != ZX_OK) {
        return status;
    }
    return value == current_value || fault_on(FAULT_FUTEX_REQUEUE_VALUE_IGNORED) ? ZX_OK
                                                                                 : ZX_ERR_BAD_STATE;
}

zx_status_t sys_futex_requeue(user_t value_ptr, uint32_t wake_count, zx_futex_t current_value,
                              user_t requeue_ptr, uint32_t requeue_count,
                              zx_handle_t new_requeue_owner) {
    (void)wake_count;
    (void)requeue_count;
    return requeue(value_ptr, current_value, requeue_ptr, new_requeue_owner);
}

zx_status_t sys_futex_requeue_single_owner(user_t value_ptr, zx_futex_t current_value,
                                           user_t requeue_ptr, uint32_t requeue_count,
                                           zx_handle_t new_requeue_owner) {
    (void)requeue_count;
    return requeue(value_ptr, current_value, requeue_ptr, new_requeue_owner);
}

zx_status_t sys_futex_get_owner(user_t value_ptr, user_t koid) {
    bool odd = !aligned(value_ptr) && !fault_on(FAULT_FUTEX_OWNER_MISALIGNED);
    if (odd || !user_is_readable(value_ptr, sizeof(zx_futex_t))) {
        return fault_on(FAULT_FUTEX_OWNER_POINTER_IGNORED) && !odd ? ZX_OK : ZX_ERR_INVALID_ARGS;
    }
    zx_koid_t owner = fault_on(FAULT_FUTEX_OWNED) ? current_thread->base.koid : 0;
    return user_write(koid, &owner, sizeof(owner)) || fault_on(FAULT_FUTEX_KOID_POINTER_IGNORED)
               ? ZX_OK
               : ZX_ERR_INVALID_ARGS;
}
