/* Threads that were started and are suspended: they loop or, where they are not to run at all, begin
 * where no memory is. */
#pragma once
#include "zxtest.h"

#if defined(__x86_64__)
#define REGISTERS 144
#else
#define REGISTERS 272
#endif
/* Nothing is mapped there. */
#define ENTRY 0x10000
#define STACK 0x20000
/* A jump to itself. */
#if defined(__x86_64__)
#define LOOP 0x0000feebu
#else
#define LOOP 0x14000000u
#endif
#define THREAD_SIGNALS (ZX_THREAD_RUNNING | ZX_THREAD_SUSPENDED | ZX_TASK_TERMINATED)

typedef struct {
    handle_pair_t process;
    zx_handle_t thread;
    zx_handle_t token;
} stopped_t;

static char buffer[4096];

static inline void get_process_info(zx_handle_t process) {
    zx_info_process_t info;
    zx_object_get_info(process, ZX_INFO_PROCESS, &info, sizeof(info), NULL, NULL);
}

/* A process with a thread that is suspended, not started. */
static inline stopped_t make_suspended(void) {
    stopped_t made = {.process = make_process()};
    made.thread = make_thread_in(made.process.h);
    zx_task_suspend(made.thread, &made.token);
    return made;
}

/* Map an endless loop and return its address. */
static inline zx_vaddr_t map_loop(zx_handle_t vmar) {
    static const uint32_t loop[] = {LOOP};
    handle_pair_t vmo = make_executable_vmo();
    zx_vaddr_t mapped = 0;
    zx_vmo_write(vmo.h, loop, 0, sizeof(loop));
    zx_vmar_map(vmar, ZX_VM_PERM_READ | ZX_VM_PERM_EXECUTE, 0, vmo.h, 0, 4096, &mapped);
    close_pair(vmo);
    return mapped;
}

/* Start the thread, and wait until it is suspended. */
static inline void start(stopped_t made) {
    handle_pair_t arg = make_event();
    zx_process_start(made.process.h, made.thread, map_loop(made.process.peer), STACK, arg.h, 7);
    close_if_open(arg.h);
    await_signals(made.thread, ZX_THREAD_SUSPENDED);
}

static inline stopped_t start_suspended(void) {
    stopped_t made = make_suspended();
    start(made);
    return made;
}

static inline void close_stopped(stopped_t made) {
    zx_handle_close(made.token);
    zx_handle_close(made.thread);
    close_pair(made.process);
}

static inline void end(stopped_t made) {
    zx_task_kill(made.process.h);
    await_signals(made.process.h, ZX_TASK_TERMINATED);
    close_stopped(made);
}
