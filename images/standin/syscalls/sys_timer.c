// zx_timer_set, zx_timer_cancel, and the clock that they go by.
#include "clock.h"
#include "syscalls.h"

#define SECOND 1000000000

zx_status_t sys_timer_set(zx_handle_t handle, zx_time_t deadline, zx_duration_t slack) {
    zx_status_t status;
    zx_rights_t right = fault_on(FAULT_TIMER_SET_UNCHECKED) ? 0 : ZX_RIGHT_WRITE;
    struct timer* timer = (struct timer*)object_get(handle, ZX_OBJ_TYPE_TIMER, right, &status);
    if (timer == NULL) {
        return status;
    }
    if (slack < 0 && !fault_on(FAULT_TIMER_SLACK_IGNORED)) {
        return ZX_ERR_OUT_OF_RANGE;
    }
    bool keeps = deadline == ZX_TIME_INFINITE && fault_on(FAULT_TIMER_STAYS_ASSERTED);
    zx_signals_t kept = keeps ? timer->base.signals : 0;
    timer_cancel(timer);
    timer_set(timer, deadline);
    timer->base.signals |= kept;
    return ZX_OK;
}

zx_status_t sys_timer_cancel(zx_handle_t handle) {
    zx_status_t status;
    zx_rights_t right = fault_on(FAULT_TIMER_CANCEL_UNCHECKED) ? 0 : ZX_RIGHT_WRITE;
    struct timer* timer = (struct timer*)object_get(handle, ZX_OBJ_TYPE_TIMER, right, &status);
    if (timer == NULL) {
        return status;
    }
    zx_signals_t kept = fault_on(FAULT_TIMER_CANCEL_KEPT) ? timer->base.signals : 0;
    timer_cancel(timer);
    timer->base.signals |= kept;
    return ZX_OK;
}

zx_time_t sys_clock_get_monotonic(void) {
    return fault_on(FAULT_CLOCK_ZERO) ? 0 : clock_now();
}

zx_time_t sys_deadline_after(zx_duration_t nanoseconds) {
    zx_time_t now = clock_now() + (fault_on(FAULT_DEADLINE_NOW) ? SECOND : 0);
    if (nanoseconds > ZX_TIME_INFINITE - now) {
        return ZX_TIME_INFINITE - (fault_on(FAULT_DEADLINE_WRAPS) ? 1 : 0);
    }
    return now + nanoseconds;
}

zx_status_t sys_nanosleep(zx_time_t deadline) {
    while (!fault_on(FAULT_SLEEP_NOT) && time_passes(deadline)) {
    }
    return fault_on(FAULT_SLEEP_STATUS) ? ZX_ERR_TIMED_OUT : ZX_OK;
}
