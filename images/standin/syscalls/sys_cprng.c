// zx_cprng_draw, zx_cprng_add_entropy. The numbers only look random. (What zx_cprng_draw
// returns, user mode does not see.)
#include "boot.h"
#include "syscalls.h"

zx_status_t sys_cprng_draw(user_t buffer, size_t buffer_size) {
    for (size_t done = 0, part; done < buffer_size; done += part) {
        uint64_t number = fault_on(FAULT_CPRNG_SAME) ? 0x0123456789abcdef : random_next();
        part = buffer_size - done < sizeof(number) ? buffer_size - done : sizeof(number);
        if (!user_write(buffer + done, &number, part)) {
            break;
        }
    }
    return ZX_OK;
}

zx_status_t sys_cprng_add_entropy(user_t buffer, size_t buffer_size) {
    size_t most = ZX_CPRNG_ADD_ENTROPY_MAX_LEN - (fault_on(FAULT_CPRNG_ENTROPY_LOW) ? 1 : 0);
    if (buffer_size > most && !fault_on(FAULT_CPRNG_SIZE_IGNORED)) {
        return ZX_ERR_INVALID_ARGS;
    }
    bool bad = !user_is_readable(buffer, buffer_size) && !fault_on(FAULT_CPRNG_POINTER_IGNORED);
    return bad ? ZX_ERR_INVALID_ARGS : ZX_OK;
}
