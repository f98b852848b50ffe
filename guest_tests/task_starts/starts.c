/* zx_process_start, zx_thread_start, and the suspension of threads that were started. Their state:
 * state.c. */
#include "stopped.h"

/* Processes */

CASE(process, "process_start/started process_start/transferred object_get_info/process") {
    stopped_t made = start_suspended();
    get_process_info(made.process.h);
    signals_of(made.process.h, ZX_TASK_TERMINATED);
    signals_of(made.thread, THREAD_SIGNALS);
    end(made);
}

CASE(process_begins, "process_start/registers thread_read_state/read") {
    stopped_t made = start_suspended();
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_GENERAL_REGS, buffer, REGISTERS);
    end(made);
}

CASE(process_killed, "task_kill/killed task_kill/children_killed") {
    stopped_t made = start_suspended();
    zx_task_kill(made.process.h);
    await_signals(made.process.h, ZX_TASK_TERMINATED);
    await_signals(made.thread, ZX_TASK_TERMINATED);
    get_process_info(made.process.h);
    close_stopped(made);
}

CASE(job_killed, "task_kill/killed task_kill/children_killed process_create/bad_state") {
    handle_pair_t job = make_job();
    stopped_t made = {0};
    zx_process_create(job.h, "p", 1, 0, &made.process.h, &made.process.peer);
    made.thread = make_thread_in(made.process.h);
    zx_task_suspend_token(made.thread, &made.token);
    start(made);
    zx_task_kill(job.h);
    await_signals(made.process.h, ZX_TASK_TERMINATED);
    await_signals(job.h, ZX_TASK_TERMINATED);
    get_process_info(made.process.h);
    handle_pair_t more = {0, 0};
    zx_process_create(job.h, "p", 1, 0, &more.h, &more.peer);
    close_pair(more);
    close_stopped(made);
    close_pair(job);
}

CASE(process_twice, "process_start/bad_state process_start/discarded_on_failure") {
    stopped_t made = start_suspended();
    zx_handle_t second = make_thread_in(made.process.h);
    handle_pair_t channel = make_channel();
    zx_process_start(made.process.h, second, ENTRY, STACK, channel.h, 0);
    close_if_open(channel.h);
    signals_of(channel.peer, ZX_CHANNEL_PEER_CLOSED);
    zx_handle_close(channel.peer);
    zx_handle_close(second);
    end(made);
}

CASE(process_dead, "process_start/bad_state process_start/discarded_on_failure") {
    handle_pair_t process = make_process(), arg = make_event();
    zx_handle_t thread = make_thread_in(process.h);
    zx_task_kill(process.h);
    await_signals(process.h, ZX_TASK_TERMINATED);
    zx_process_start(process.h, thread, ENTRY, STACK, arg.h, 0);
    close_if_open(arg.h);
    zx_handle_close(thread);
    close_pair(process);
}

CASE(process_exited, "process_start/bad_state") {
    stopped_t made = start_suspended();
    zx_handle_t second = make_thread_in(made.process.h);
    handle_pair_t arg = make_event();
    zx_task_kill(made.process.h);
    await_signals(made.process.h, ZX_TASK_TERMINATED);
    zx_process_start(made.process.h, second, ENTRY, STACK, arg.h, 0);
    close_if_open(arg.h);
    zx_handle_close(second);
    close_stopped(made);
}

CASE(process_with_thread_of_other,
     "process_start/access_denied_other_process process_start/discarded_on_failure") {
    handle_pair_t one = make_process(), other = make_process(), arg = make_event();
    zx_handle_t thread = make_thread_in(other.h);
    zx_process_start(one.h, thread, ENTRY, STACK, arg.h, 0);
    close_if_open(arg.h);
    zx_handle_close(thread);
    close_pair(one);
    close_pair(other);
}

CASE(process_own, "process_start/bad_state process_start/discarded_on_failure") {
    handle_pair_t channel = make_channel();
    zx_handle_t thread = make_thread_in(zx_self_process());
    zx_process_start(zx_self_process(), thread, ENTRY, STACK, channel.h, 0);
    close_if_open(channel.h);
    signals_of(channel.peer, ZX_CHANNEL_PEER_CLOSED);
    zx_handle_close(channel.peer);
    zx_handle_close(thread);
}

/* Threads */

static zx_handle_t start_second(stopped_t made, zx_handle_t* token) {
    zx_handle_t second = make_thread_in(made.process.h);
    zx_task_suspend(second, token);
    zx_thread_start(second, map_loop(made.process.peer), STACK, 5, 6);
    await_signals(second, ZX_THREAD_SUSPENDED);
    return second;
}

CASE(thread, "thread_start/started thread_start/registers") {
    stopped_t made = start_suspended();
    zx_handle_t token = ZX_HANDLE_INVALID, second = start_second(made, &token);
    signals_of(second, THREAD_SIGNALS);
    zx_thread_read_state(second, ZX_THREAD_STATE_GENERAL_REGS, buffer, REGISTERS);
    zx_handle_close(token);
    end(made);
    zx_handle_close(second);
}

CASE(thread_twice, "thread_start/bad_state") {
    stopped_t made = start_suspended();
    zx_handle_t token = ZX_HANDLE_INVALID, second = start_second(made, &token);
    zx_thread_start(second, ENTRY, STACK, 0, 0);
    zx_thread_start(made.thread, ENTRY, STACK, 0, 0);
    end(made);
    zx_handle_close(token);
    zx_handle_close(second);
}

CASE(thread_running, "thread_start/bad_state") {
    zx_thread_start(zx_self_thread(), ENTRY, STACK, 0, 0);
}

/* The first thread of a process is for zx_process_start, says another document. */
CASE(thread_of_process_not_started, "thread_create/child_of_process thread_create/default_rights") {
    stopped_t made = make_suspended();
    get_basic_info(made.thread);
    zx_thread_start(made.thread, ENTRY, STACK, 0, 0);
    zx_task_kill(made.process.h);
    await_signals(made.process.h, ZX_TASK_TERMINATED);
    close_stopped(made);
}

CASE(thread_of_dead_process, "thread_start/bad_state_process") {
    stopped_t made = start_suspended();
    zx_handle_t second = make_thread_in(made.process.h);
    zx_task_kill(made.process.h);
    await_signals(made.process.h, ZX_TASK_TERMINATED);
    zx_thread_start(second, ENTRY, STACK, 0, 0);
    zx_handle_close(second);
    close_stopped(made);
}

CASE(thread_dead, "thread_start/bad_state task_kill/killed") {
    stopped_t made = start_suspended();
    zx_handle_t token = ZX_HANDLE_INVALID, second = start_second(made, &token);
    zx_task_kill(second);
    await_signals(second, ZX_TASK_TERMINATED);
    zx_thread_start(second, ENTRY, STACK, 0, 0);
    signals_of(made.process.h, ZX_TASK_TERMINATED);
    signals_of(made.thread, THREAD_SIGNALS);
    zx_handle_close(token);
    zx_handle_close(second);
    end(made);
}

CASE(thread_without_rights, "thread_start/access_denied") {
    stopped_t made = make_suspended();
    made.thread = without(made.thread, ZX_RIGHT_WRITE | ZX_RIGHT_MANAGE_THREAD);
    zx_thread_start(made.thread, ENTRY, STACK, 0, 0);
    close_stopped(made);
}

/* A process that is left without a thread stops: process.md. */
CASE(last_thread_killed, "task_kill/killed") {
    stopped_t made = start_suspended();
    zx_task_kill(made.thread);
    await_signals(made.thread, ZX_TASK_TERMINATED);
    await_signals(made.process.h, ZX_TASK_TERMINATED);
    get_process_info(made.process.h);
    close_stopped(made);
}

/* Suspension */

CASE(suspended, "task_suspend/suspended object_wait_one/observed") {
    stopped_t made = start_suspended();
    get_basic_info(made.token);
    signals_of(made.thread, THREAD_SIGNALS);
    end(made);
}

CASE(suspended_twice, "task_suspend_token/suspended task_suspend/suspended") {
    stopped_t made = start_suspended();
    zx_handle_t second = ZX_HANDLE_INVALID;
    zx_task_suspend_token(made.thread, &second);
    get_basic_info(made.token);
    get_basic_info(second);
    zx_handle_close(made.token);
    made.token = second;
    signals_of(made.thread, THREAD_SIGNALS);
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_GENERAL_REGS, buffer, REGISTERS);
    end(made);
}

/* A thread that is resumed loops, until it is suspended again. */
CASE(resumed, "task_suspend_token/suspended task_suspend/suspended") {
    stopped_t made = start_suspended();
    get_basic_info(made.token);
    zx_handle_close(made.token);
    await_signals(made.thread, ZX_THREAD_RUNNING);
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_GENERAL_REGS, buffer, REGISTERS);
    zx_task_suspend_token(made.thread, &made.token);
    await_signals(made.thread, ZX_THREAD_SUSPENDED);
    get_basic_info(made.token);
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_GENERAL_REGS, buffer, REGISTERS);
    end(made);
}

/* There is no memory where the thread begins: it would be dead soon. */
CASE(executes_nothing, "task_suspend/before_any_code") {
    stopped_t made = make_suspended();
    handle_pair_t arg = make_event();
    zx_process_start(made.process.h, made.thread, ENTRY, STACK, arg.h, 0);
    close_if_open(arg.h);
    await_signals(made.thread, ZX_TASK_TERMINATED);
    end(made);
}

CASE(process_suspended, "process_start/started") {
    handle_pair_t process = make_process();
    stopped_t made = {process, make_thread_in(process.h), ZX_HANDLE_INVALID};
    if (zx_task_suspend(process.h, &made.token) != ZX_OK) zx_task_suspend(made.thread, &made.token);
    start(made);
    get_process_info(process.h);
    end(made);
}

CASE(suspended_dead_thread, "task_suspend/bad_state task_suspend_token/bad_state") {
    stopped_t made = start_suspended();
    zx_handle_t token = ZX_HANDLE_INVALID;
    zx_task_kill(made.thread);
    await_signals(made.thread, ZX_TASK_TERMINATED);
    zx_task_suspend(made.thread, &token);
    zx_task_suspend_token(made.thread, &token);
    close_stopped(made);
}
