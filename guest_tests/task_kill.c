/* zx_task_kill: of processes, threads and jobs that never ran, and what a killed job refuses.
 * Tasks that run are killed in task_starts/. */
#include "zxtest.h"

static void get_process_info(zx_handle_t process) {
    zx_info_process_t info;
    zx_object_get_info(process, ZX_INFO_PROCESS, &info, sizeof(info), NULL, NULL);
}

CASE(process, "task_kill/killed object_get_info/process") {
    handle_pair_t process = make_process();
    get_process_info(process.h);
    signals_of(process.h, ZX_TASK_TERMINATED);
    zx_task_kill(process.h);
    await_signals(process.h, ZX_TASK_TERMINATED);
    get_process_info(process.h);
    close_pair(process);
}

CASE(process_twice, "task_kill/killed") {
    handle_pair_t process = make_process();
    zx_task_kill(process.h);
    await_signals(process.h, ZX_TASK_TERMINATED);
    zx_task_kill(process.h);
    close_pair(process);
}

/* A thread that never ran: the page does not say when it is dead. */
CASE(thread, "thread_create/child_of_process") {
    handle_pair_t process = make_process();
    zx_handle_t thread = make_thread_in(process.h);
    get_basic_info(thread);
    zx_task_kill(thread);
    signals_of(thread, ZX_TASK_TERMINATED);
    signals_of(process.h, ZX_TASK_TERMINATED);
    get_process_info(process.h);
    zx_handle_close(thread);
    close_pair(process);
}

static handle_pair_t make_process_in(zx_handle_t job) {
    handle_pair_t made = {0, 0};
    zx_process_create(job, "p", 1, 0, &made.h, &made.peer);
    return made;
}

static zx_handle_t make_job_in(zx_handle_t parent) {
    zx_handle_t made = ZX_HANDLE_INVALID;
    zx_job_create(parent, 0, &made);
    return made;
}

CASE(processes_of_job, "task_kill/children_killed") {
    handle_pair_t job = make_job();
    zx_handle_t child = make_job_in(job.h);
    handle_pair_t process = make_process_in(job.h), grandchild = make_process_in(child);
    zx_task_kill(job.h);
    await_signals(process.h, ZX_TASK_TERMINATED);
    await_signals(grandchild.h, ZX_TASK_TERMINATED);
    get_process_info(process.h);
    zx_handle_close(child);
    close_pair(grandchild);
    close_pair(process);
    close_pair(job);
}

/* What other processes are in, and what is above, lives on. */
CASE(siblings_live, "process_create/child_of_job") {
    handle_pair_t job = make_job(), process = make_process_in(job.h);
    handle_pair_t other = make_process_in(job.h);
    zx_task_kill(process.h);
    await_signals(process.h, ZX_TASK_TERMINATED);
    signals_of(other.h, ZX_TASK_TERMINATED);
    get_process_info(other.h);
    handle_pair_t more = make_process_in(job.h);
    get_basic_info(more.h);
    close_pair(more);
    close_pair(other);
    close_pair(process);
    close_pair(job);
}

CASE(job_has_no_new_processes, "process_create/bad_state task_kill/no_new_processes") {
    handle_pair_t job = make_job();
    zx_task_kill(job.h);
    close_pair(make_process_in(job.h));
    close_pair(job);
}

CASE(job_with_child_has_no_new_processes, "process_create/bad_state task_kill/no_new_processes") {
    handle_pair_t job = make_job(), process = make_process_in(job.h);
    zx_task_kill(job.h);
    await_signals(process.h, ZX_TASK_TERMINATED);
    close_pair(make_process_in(job.h));
    close_pair(process);
    close_pair(job);
}

CASE(job_has_no_new_jobs, "job_create/bad_state task_kill/killed") {
    handle_pair_t job = make_job();
    zx_task_kill(job.h);
    await_signals(job.h, ZX_TASK_TERMINATED);
    zx_handle_t child = make_job_in(job.h);
    close_if_open(child);
    close_pair(job);
}

CASE(job_of_killed_job_is_closed, "task_kill/killed") {
    handle_pair_t job = make_job();
    zx_handle_t child = make_job_in(job.h);
    zx_task_kill(job.h);
    await_signals(job.h, ZX_TASK_TERMINATED);
    close_pair(make_process_in(child));
    zx_handle_close(child);
    close_pair(job);
}

CASE(process_without_destroy, "task_kill/access_denied") {
    handle_pair_t process = make_process();
    process.h = without(process.h, ZX_RIGHT_DESTROY);
    zx_task_kill(process.h);
    signals_of(process.h, ZX_TASK_TERMINATED);
    get_process_info(process.h);
    close_pair(process);
}

CASE(job_without_destroy, "task_kill/access_denied") {
    handle_pair_t job = make_job();
    job.h = without(job.h, ZX_RIGHT_DESTROY);
    zx_task_kill(job.h);
    close_pair(make_process_in(job.h));
    close_pair(job);
}

CASE(wrong_type_and_right, "task_kill/wrong_type task_kill/access_denied") {
    handle_pair_t event = make_event();
    get_basic_info(event.h);
    zx_task_kill(event.h);
    close_pair(event);
}
