/* Clocks, ticks, and deadlines. */
#include "zxtest.h"

#define SECOND 1000000000l

/* Each way to read the monotonic clock, in turn. */
static void read_each(void) {
    zx_time_t now;
    zx_deadline_after(0);
    zx_clock_get_monotonic();
    zx_clock_get_new(ZX_CLOCK_MONOTONIC, &now);
}

CASE(monotonic, "deadline_after/deadline clock_get_monotonic/current_time clock_get_new/current_time") {
    read_each();
    read_each();
}

/* zx_clock_get takes other arguments in kernels of 2019. */
CASE(monotonic_and_clock_get, "clock_get/current_time deadline_after/deadline") {
    for (int i = 0; i < 3; ++i) {
        zx_clock_get(ZX_CLOCK_MONOTONIC);
        zx_deadline_after(SECOND);
        zx_deadline_after(-SECOND);
    }
}

CASE(other_clocks, "clock_get/current_time") {
    zx_clock_get(ZX_CLOCK_MONOTONIC);
    zx_clock_get(ZX_CLOCK_UTC);
    zx_clock_get(ZX_CLOCK_THREAD);
    zx_clock_get(ZX_CLOCK_MONOTONIC);
}

CASE(other_clocks_new, "clock_get_new/current_time") {
    zx_time_t now;
    zx_clock_get_new(ZX_CLOCK_MONOTONIC, &now);
    zx_clock_get_new(ZX_CLOCK_UTC, &now);
    zx_clock_get_new(ZX_CLOCK_THREAD, &now);
    zx_clock_get_new(ZX_CLOCK_MONOTONIC, &now);
}

CASE(no_clock, "clock_get/zero") {
    zx_clock_get(3);
    zx_clock_get(0x80000000u);
    zx_clock_get(UINT32_MAX);
}

CASE(deadline_too_late, "deadline_after/clamped") {
    zx_clock_get_monotonic();
    zx_deadline_after(INT64_MAX);
    zx_deadline_after(INT64_MAX - 1);
}

CASE(deadline_before_now, "deadline_after/deadline") {
    zx_clock_get_monotonic();
    zx_deadline_after(-1);
    zx_deadline_after(-1000 * SECOND);
    zx_deadline_after(INT64_MIN);
}

CASE(slept, "nanosleep/always_ok nanosleep/suspends clock_get_monotonic/current_time") {
    zx_clock_get_monotonic();
    zx_nanosleep(zx_deadline_after(SECOND / 1000));
    zx_clock_get_monotonic();
    zx_nanosleep(zx_deadline_after(SECOND / 100));
    zx_clock_get_monotonic();
}

CASE(slept_not_at_all, "nanosleep/always_ok") {
    zx_nanosleep(0);
    zx_nanosleep(-1);
    zx_nanosleep(INT64_MIN);
    zx_nanosleep(1);
}

CASE(ticks, "ticks_per_second/never_changes") {
    zx_ticks_get();
    zx_ticks_per_second();
    zx_ticks_get();
    zx_ticks_per_second();
}
