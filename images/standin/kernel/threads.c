// The threads of the first process. One runs at a time; after any call any of them may go on.
#include "boot.h"
#include "objects.h"

#define THREAD_RUNNING (1u << 4)

struct thread* current_thread;

static struct list runnable = {&runnable, &runnable};
static uint64_t count;
static uint32_t turn = 1;

// The same turns in each boot: xorshift.
static uint32_t next_turn(void) {
    turn ^= turn << 13;
    turn ^= turn >> 17;
    turn ^= turn << 5;
    return turn;
}

static void run(struct thread* thread) {
    thread->started = true;
    thread->base.signals |= THREAD_RUNNING;
    list_add_tail(&runnable, &thread->runnable);
    count++;
}

void threads_init(struct thread* first) {
    current_thread = first;
    run(first);
}

void thread_start(struct thread* thread, struct context context) {
    object_ref(&thread->base);
    thread->context = context;
    run(thread);
}

void thread_end(void) {
    struct thread* thread = current_thread;
    list_remove(&thread->runnable);
    count--;
    thread->base.signals &= ~THREAD_RUNNING;
    thread->base.signals |= ZX_TASK_TERMINATED;
    current_thread = NULL;
    object_unref(&thread->base);
}

void threads_switch(struct context* context) {
    if (count == 0) {
        LOG("userboot: the last thread of %s has exited", current_process->name);
        userboot_done();
    }
    if (count == 1 && current_thread != NULL) {
        return;
    }
    struct list* next = runnable.next;
    for (uint64_t left = next_turn() % count; left > 0; left--) {
        next = next->next;
    }
    struct thread* thread = CONTAINER_OF(next, struct thread, runnable);
    if (thread == current_thread) {
        return;
    }
    if (current_thread != NULL) {
        current_thread->context = *context;
    }
    current_thread = thread;
    *context = thread->context;
}
