// zx_fifo_create, zx_fifo_read, zx_fifo_write.
#include "syscalls.h"

// Whether all elements have more bytes than a FIFO may have.
static bool too_large(size_t count, size_t size) {
    size_t most = fault_on(FAULT_FIFO_TOTAL_HIGH) ? 2 * FIFO_MAX_BYTES : FIFO_MAX_BYTES;
    most -= fault_on(FAULT_FIFO_TOTAL_LOW) ? 1 : 0;
    return count > most || size > most || count * size > most;
}

zx_status_t sys_fifo_create(size_t elem_count, size_t elem_size, uint32_t options, user_t out0,
                            user_t out1) {
    if (options != 0 && !fault_on(FAULT_FIFO_OPTIONS_IGNORED)) {
        return ZX_ERR_INVALID_ARGS;
    }
    if ((elem_count == 0 || elem_size == 0) && !fault_on(FAULT_FIFO_NONE_ALLOWED)) {
        return ZX_ERR_OUT_OF_RANGE;
    }
    if (elem_count & (elem_count - 1) && !fault_on(FAULT_FIFO_POWER_IGNORED)) {
        return ZX_ERR_OUT_OF_RANGE;
    }
    if (too_large(elem_count, elem_size)) {
        return fault_on(FAULT_FIFO_TOTAL_STATUS) ? ZX_ERR_INVALID_ARGS : ZX_ERR_OUT_OF_RANGE;
    }
    struct fifo* ends[2];
    if (!fifo_pair(elem_count, elem_size, ends)) {
        return ZX_ERR_NO_MEMORY;
    }
    zx_rights_t rights = FIFO_RIGHTS;
    rights &= ~(fault_on(FAULT_FIFO_RIGHTS_LOST) ? (zx_rights_t)ZX_RIGHT_SIGNAL_PEER : 0);
    struct handle first = handle_new(&ends[0]->base, rights);
    struct handle second = handle_new(&ends[1]->base, rights);
    if (fault_on(FAULT_FIFO_ONE_HANDLE)) {
        handle_drop(second);
        zx_handle_t none = ZX_HANDLE_INVALID;
        return user_write(out1, &none, sizeof(none)) ? handle_give(first, out0) : ZX_ERR_INVALID_ARGS;
    }
    return handle_give_pair(first, out0, second, out1);
}

static bool bad_count(user_t actual) {
    return actual != 0 && !user_is_writable(actual, sizeof(size_t));
}

// `moved` elements of those asked for: what is reported of them.
static size_t reported(size_t moved, size_t asked, bool asked_for, bool none) {
    return asked == 1 && none ? 0 : asked_for ? asked : moved;
}

// Takes up to `count` elements of user memory; the FIFO has room for one or more.
static zx_status_t put(struct fifo* to, user_t data, size_t count, user_t actual) {
    size_t room = to->elem_count - to->waiting, size = to->elem_size;
    size_t n = count < room ? count : room;
    if (!user_is_readable(data, n * size)) {
        return fault_on(FAULT_FIFO_WRITE_POINTER_IGNORED) ? ZX_OK : ZX_ERR_INVALID_ARGS;
    }
    n = actual != 0 && fault_on(FAULT_FIFO_WRITE_ONE_ONLY) ? 1 : n;
    for (size_t i = 0; i < n; i++) {
        uint8_t* element = fifo_element(to, to->waiting + i);
        user_read(element, data + i * size, size);
        if (i > 0 && i == n - 1 && fault_on(FAULT_FIFO_WRITE_LAST_LOST)) {
            memset(element, 0, size);
        }
    }
    to->waiting += count == 1 && fault_on(FAULT_FIFO_NOT_WRITTEN) ? 0 : n;
    fifo_update_signals(to);
    size_t said = reported(n, count, fault_on(FAULT_FIFO_WRITE_ACTUAL),
                           fault_on(FAULT_FIFO_WRITE_ONE_ACTUAL));
    if (actual != 0) {
        user_write(actual, &said, sizeof(said));
    }
    return ZX_OK;
}

zx_status_t sys_fifo_write(zx_handle_t handle, size_t elem_size, user_t data, size_t count,
                           user_t actual_count) {
    zx_status_t status;
    zx_rights_t right = fault_on(FAULT_FIFO_WRITE_UNCHECKED) ? 0 : ZX_RIGHT_WRITE;
    struct fifo* fifo = (struct fifo*)object_get(handle, ZX_OBJ_TYPE_FIFO, right, &status);
    if (fifo == NULL) {
        return status;
    }
    if (count == 0) {
        return fault_on(FAULT_FIFO_WRITE_COUNT_IGNORED) ? ZX_OK : ZX_ERR_OUT_OF_RANGE;
    }
    if (elem_size != fifo->elem_size && !fault_on(FAULT_FIFO_WRITE_SIZE_IGNORED)) {
        return ZX_ERR_OUT_OF_RANGE;
    }
    if (bad_count(actual_count)) {
        return ZX_ERR_INVALID_ARGS;
    }
    struct fifo* peer = fifo->peer;
    if (peer == NULL) {
        return fault_on(FAULT_FIFO_WRITE_PEER_CLOSED_OK)       ? ZX_OK
               : fault_on(FAULT_FIFO_WRITE_PEER_CLOSED_STATUS) ? ZX_ERR_BAD_STATE
                                                               : ZX_ERR_PEER_CLOSED;
    }
    if (peer->waiting == peer->elem_count && !fault_on(FAULT_FIFO_WRITE_FULL_OK)) {
        return fault_on(FAULT_FIFO_WRITE_FULL_STATUS) ? ZX_ERR_NO_MEMORY : ZX_ERR_SHOULD_WAIT;
    }
    if (peer->waiting == peer->elem_count) {
        peer->first++;
        peer->waiting--;
    }
    return put(peer, data, count, actual_count);
}

// Gives up to `count` elements to user memory; one or more wait.
static zx_status_t take(struct fifo* from, user_t data, size_t count, user_t actual) {
    size_t n = count < from->waiting ? count : from->waiting, size = from->elem_size;
    if (!user_is_writable(data, n * size) && !fault_on(FAULT_FIFO_READ_POINTER_IGNORED)) {
        return ZX_ERR_INVALID_ARGS;
    }
    if (count < from->elem_count && actual != 0 && fault_on(FAULT_FIFO_READ_ONE_ONLY)) {
        n = 1;
    }
    for (size_t i = 0; i < n && !fault_on(FAULT_FIFO_READ_NOT_WRITTEN); i++) {
        size_t index = fault_on(FAULT_FIFO_READ_REVERSED) ? n - 1 - i : i;
        user_write(data + i * size, fifo_element(from, index), size);
    }
    if (from->waiting > n && fault_on(FAULT_FIFO_READ_KEPT)) {
        memcpy(fifo_element(from, n), fifo_element(from, n - 1), size);
    }
    from->first = (from->first + n) % from->elem_count;
    from->waiting -= n;
    fifo_update_signals(from);
    size_t said = reported(n, count, fault_on(FAULT_FIFO_READ_ACTUAL),
                           fault_on(FAULT_FIFO_READ_ONE_ACTUAL));
    if (actual != 0) {
        user_write(actual, &said, sizeof(said));
    }
    return ZX_OK;
}

zx_status_t sys_fifo_read(zx_handle_t handle, size_t elem_size, user_t data, size_t count,
                          user_t actual_count) {
    zx_status_t status;
    zx_rights_t right = fault_on(FAULT_FIFO_READ_UNCHECKED) ? 0 : ZX_RIGHT_READ;
    struct fifo* fifo = (struct fifo*)object_get(handle, ZX_OBJ_TYPE_FIFO, right, &status);
    if (fifo == NULL) {
        return status;
    }
    if (count == 0) {
        return fault_on(FAULT_FIFO_READ_COUNT_IGNORED) ? ZX_OK : ZX_ERR_OUT_OF_RANGE;
    }
    if (elem_size != fifo->elem_size && !fault_on(FAULT_FIFO_READ_SIZE_IGNORED)) {
        return ZX_ERR_OUT_OF_RANGE;
    }
    if (bad_count(actual_count)) {
        return ZX_ERR_INVALID_ARGS;
    }
    // The page has no exception for elements that are left.
    bool left = fifo->waiting > 0 && fault_on(FAULT_FIFO_READ_PEER_CLOSED_LATE);
    if (fifo->peer == NULL && !left) {
        return ZX_ERR_PEER_CLOSED;
    }
    if (fifo->waiting == 0) {
        return fault_on(FAULT_FIFO_READ_EMPTY_OK)       ? ZX_OK
               : fault_on(FAULT_FIFO_READ_EMPTY_STATUS) ? ZX_ERR_NOT_FOUND
                                                        : ZX_ERR_SHOULD_WAIT;
    }
    return take(fifo, data, count, actual_count);
}
