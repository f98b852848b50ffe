/* zx_task_suspend, zx_task_suspend_token: of tasks that never ran, and of the caller itself.
 * Tasks that run are suspended in task_starts/. */
#include "zxtest.h"

#define BOTH(call)                                                                        \
    CASE(call##_thread, #call "/suspended " #call "/default_rights") {                    \
        handle_pair_t process = make_process();                                           \
        zx_handle_t thread = make_thread_in(process.h), token = ZX_HANDLE_INVALID;        \
        zx_##call(thread, &token);                                                        \
        get_basic_info(token);                                                            \
        signals_of(thread, ZX_THREAD_RUNNING | ZX_THREAD_SUSPENDED | ZX_TASK_TERMINATED); \
        zx_handle_close(token);                                                           \
        zx_handle_close(thread);                                                          \
        close_pair(process);                                                              \
    }                                                                                     \
    CASE(call##_twice, #call "/suspended") {                                              \
        handle_pair_t process = make_process(), tokens = {0, 0};                          \
        zx_handle_t thread = make_thread_in(process.h);                                   \
        zx_##call(thread, &tokens.h);                                                     \
        zx_##call(thread, &tokens.peer);                                                  \
        get_basic_info(tokens.h);                                                         \
        get_basic_info(tokens.peer);                                                      \
        close_pair(tokens);                                                               \
        zx_handle_close(thread);                                                          \
        close_pair(process);                                                              \
    }                                                                                     \
    CASE(call##_process, "process_create/child_of_job") {                                 \
        handle_pair_t process = make_process();                                           \
        zx_handle_t token = ZX_HANDLE_INVALID;                                            \
        get_basic_info(process.h);                                                        \
        zx_##call(process.h, &token);                                                     \
        close_if_open(token);                                                             \
        close_pair(process);                                                              \
    }                                                                                     \
    CASE(call##_killed_process, #call "/bad_state") {                                     \
        handle_pair_t process = make_process();                                           \
        zx_handle_t token = ZX_HANDLE_INVALID;                                            \
        zx_task_kill(process.h);                                                          \
        await_signals(process.h, ZX_TASK_TERMINATED);                                          \
        zx_##call(process.h, &token);                                                     \
        close_if_open(token);                                                             \
        close_pair(process);                                                              \
    }                                                                                     \
    CASE(call##_without_write, "thread_create/child_of_process") {                             \
        handle_pair_t process = make_process();                                           \
        zx_handle_t token = ZX_HANDLE_INVALID;                                            \
        zx_handle_t thread = without(make_thread_in(process.h), ZX_RIGHT_WRITE);          \
        zx_##call(thread, &token);                                                        \
        close_if_open(token);                                                             \
        zx_handle_close(thread);                                                          \
        close_pair(process);                                                              \
    }

BOTH(task_suspend)
BOTH(task_suspend_token)

/* A caller that is suspended could not close its token: a kernel that does it hangs. */
CASE(own_thread, "task_suspend/not_supported") {
    zx_handle_t token = ZX_HANDLE_INVALID;
    zx_task_suspend(zx_self_thread(), &token);
    close_if_open(token);
}

CASE(own_process, "task_suspend/not_supported") {
    zx_handle_t token = ZX_HANDLE_INVALID;
    zx_task_suspend(zx_self_process(), &token);
    close_if_open(token);
}
