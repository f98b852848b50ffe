// zx_clock_get_new, zx_ticks_get, zx_ticks_per_second. Every clock has the time of the
// monotonic one.
#include "clock.h"
#include "syscalls.h"

zx_status_t sys_clock_get_new(uint32_t clock_id, user_t out) {
    if (clock_id > ZX_CLOCK_THREAD && !fault_on(FAULT_CLOCK_NEW_ANY)) {
        return ZX_ERR_INVALID_ARGS;
    }
    zx_time_t now = fault_on(FAULT_CLOCK_NEW_ZERO) ? 0 : clock_now();
    return user_write(out, &now, sizeof(now)) || fault_on(FAULT_CLOCK_NEW_POINTER_IGNORED)
               ? ZX_OK
               : ZX_ERR_INVALID_ARGS;
}

zx_ticks_t sys_ticks_get(void) { return arch_ticks(); }

zx_ticks_t sys_ticks_per_second(void) {
    static zx_ticks_t drift;
    return arch_ticks_per_second() + (fault_on(FAULT_TICKS_DRIFT) ? drift++ : 0);
}
