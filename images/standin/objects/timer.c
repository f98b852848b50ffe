#include "faults.h"
#include "objects.h"

static struct list pending = {&pending, &pending};

struct timer* timer_new(void) {
    struct timer* timer = object_new(sizeof(*timer), ZX_OBJ_TYPE_TIMER, 0);
    if (timer != NULL) {
        list_init(&timer->node);
    }
    return timer;
}

void timer_cancel(struct timer* timer) {
    list_remove(&timer->node);
    timer->base.signals &= ~ZX_TIMER_SIGNALED;
}

void timer_set(struct timer* timer, zx_time_t deadline) {
    if (deadline <= 0) {
        timer->base.signals |= fault_on(FAULT_TIMER_ZERO_NOT_FIRED) ? 0 : ZX_TIMER_SIGNALED;
        return;
    }
    if (deadline != ZX_TIME_INFINITE && fault_on(FAULT_TIMER_EARLY)) {
        timer->base.signals |= ZX_TIMER_SIGNALED;
        return;
    }
    timer->deadline = deadline;
    list_add_tail(&pending, &timer->node);
}

void timers_fire(zx_time_t now) {
    struct list* next;
    for (struct list* node = pending.next; node != &pending; node = next) {
        struct timer* timer = CONTAINER_OF(node, struct timer, node);
        next = node->next;
        if (timer->deadline <= now) {
            list_remove(node);
            timer->base.signals |= ZX_TIMER_SIGNALED;
        }
    }
}

zx_time_t timers_next(void) {
    zx_time_t first = ZX_TIME_INFINITE;
    for (struct list* node = pending.next; node != &pending; node = node->next) {
        zx_time_t deadline = CONTAINER_OF(node, struct timer, node)->deadline;
        first = deadline < first ? deadline : first;
    }
    return first;
}
