// The monotonic clock. The kernel has one thread and nothing else to do: a wait does not take the
// time that it waits, the clock skips it.
#pragma once

#include "base.h"
#include "zx.h"

zx_time_t clock_now(void);
// Fires timers that are due, and queues the packets of waits: before and after each call.
void settle(void);
// Lets time pass until something may have happened; false if it is `deadline` already. Never
// returns if nothing ever happens.
bool time_passes(zx_time_t deadline);
