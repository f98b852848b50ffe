#include "clock.h"

#include "objects.h"

#define SECOND 1000000000ul
// 146 years: as good as never.
#define FOREVER ((zx_time_t)1 << 62)

static zx_time_t skipped;

zx_time_t clock_now(void) {
    uint64_t ticks = arch_ticks(), rate = arch_ticks_per_second();
    uint64_t rest = ticks % rate * SECOND / rate;
    return (zx_time_t)(ticks / rate * SECOND + rest) + skipped + 1;
}

void settle(void) {
    if (timers_next() != ZX_TIME_INFINITE) {
        timers_fire(clock_now());
    }
    ports_look();
}

bool time_passes(zx_time_t deadline) {
    zx_time_t now = clock_now(), next = timers_next();
    if (deadline <= now) {
        return false;
    }
    next = next < deadline ? next : deadline;
    if (next >= FOREVER) {
        arch_halt();
    }
    if (next > now) {
        skipped += next - now;
    }
    settle();
    return true;
}
