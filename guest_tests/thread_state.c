/* zx_thread_read_state, zx_thread_write_state: of threads that are not stopped, and bad arguments.
 * Threads that are stopped: task_starts/. */
#include "zxtest.h"

static const uint32_t kinds[] = {
    ZX_THREAD_STATE_GENERAL_REGS, ZX_THREAD_STATE_FP_REGS,     ZX_THREAD_STATE_VECTOR_REGS,
    ZX_THREAD_STATE_DEBUG_REGS,   ZX_THREAD_STATE_SINGLE_STEP,
};

static char buffer[4096];

#define BOTH(call)                                                                          \
    CASE(call##_not_started, #call "/bad_state") {                                          \
        handle_pair_t process = make_process();                                             \
        zx_handle_t thread = make_thread_in(process.h);                                     \
        for (size_t i = 0; i < COUNT(kinds); ++i)                                           \
            zx_##call(thread, kinds[i], buffer, sizeof(buffer));                            \
        zx_handle_close(thread);                                                            \
        close_pair(process);                                                                \
    }                                                                                       \
    CASE(call##_own_thread, #call "/bad_state") {                                           \
        zx_##call(zx_self_thread(), ZX_THREAD_STATE_GENERAL_REGS, buffer, sizeof(buffer));  \
    }                                                                                       \
    CASE(call##_no_such_kind, #call "/invalid_args_kind " #call "/not_supported") {         \
        handle_pair_t process = make_process();                                             \
        zx_handle_t thread = make_thread_in(process.h);                                     \
        zx_##call(thread, 32, buffer, sizeof(buffer));                                      \
        zx_##call(thread, 0xffffffffu, buffer, sizeof(buffer));                             \
        zx_handle_close(thread);                                                            \
        close_pair(process);                                                                \
    }                                                                                       \
    CASE(call##_unmapped, #call "/invalid_args_buffer") {                                   \
        handle_pair_t process = make_process();                                             \
        zx_handle_t thread = make_thread_in(process.h);                                     \
        zx_##call(thread, ZX_THREAD_STATE_SINGLE_STEP, zx_unmapped(uint32_t), 4);           \
        zx_##call(thread, ZX_THREAD_STATE_SINGLE_STEP, NULL, 4);                            \
        zx_handle_close(thread);                                                            \
        close_pair(process);                                                                \
    }

BOTH(thread_read_state)
BOTH(thread_write_state)

CASE(read_too_small, "thread_read_state/buffer_too_small") {
    handle_pair_t process = make_process();
    zx_handle_t thread = make_thread_in(process.h);
    zx_thread_read_state(thread, ZX_THREAD_STATE_SINGLE_STEP, buffer, 3);
    zx_thread_read_state(thread, ZX_THREAD_STATE_GENERAL_REGS, buffer, 0);
    zx_handle_close(thread);
    close_pair(process);
}

CASE(write_other_size, "thread_write_state/invalid_args_size") {
    handle_pair_t process = make_process();
    zx_handle_t thread = make_thread_in(process.h);
    zx_thread_write_state(thread, ZX_THREAD_STATE_SINGLE_STEP, buffer, 3);
    zx_thread_write_state(thread, ZX_THREAD_STATE_SINGLE_STEP, buffer, 5);
    zx_thread_write_state(thread, ZX_THREAD_STATE_GENERAL_REGS, buffer, 0);
    zx_handle_close(thread);
    close_pair(process);
}

CASE(write_bad_value, "thread_write_state/invalid_args_values") {
    handle_pair_t process = make_process();
    zx_handle_t thread = make_thread_in(process.h);
    uint32_t step = 2;
    zx_thread_write_state(thread, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step));
    zx_handle_close(thread);
    close_pair(process);
}
