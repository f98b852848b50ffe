/* zx_task_bind_exception_port, zx_task_resume_from_exception: ports that are bound, and the exception
 * of a thread that begins where no memory is. */
#include "zxtest.h"

#define BIND "task_bind_exception_port/"
#define RESUME "task_resume_from_exception/"
#define ENTRY 0x10000
#define KEY 0x1234567890u

static zx_status_t bind(zx_handle_t task, zx_handle_t port) {
    return zx_task_bind_exception_port(task, port, KEY, 0);
}

/* Bind, bind again, unbind, unbind again, bind. */
static void bind_and_unbind(zx_handle_t task) {
    handle_pair_t port = make_port(), other = make_port();
    bind(task, port.h);
    bind(task, other.h);
    bind(task, port.h);
    bind(task, ZX_HANDLE_INVALID);
    bind(task, ZX_HANDLE_INVALID);
    bind(task, other.h);
    bind(task, ZX_HANDLE_INVALID);
    close_pair(other);
    close_pair(port);
}

#define BOUND_TO(type, claim_of_type)                                                \
    CASE(bind_##type, BIND "already_bound " BIND "bad_state " BIND "bound " BIND "unbound") { \
        handle_pair_t made = claim_of_type;                                          \
        bind_and_unbind(made.h);                                                     \
        close_pair(made);                                                            \
    }

static handle_pair_t thread_and_process(void) {
    handle_pair_t process = make_process();
    handle_pair_t made = {make_thread_in(process.h), process.h};
    zx_handle_close(process.peer);
    return made;
}

BOUND_TO(job, make_job())
BOUND_TO(process, make_process())
BOUND_TO(thread, thread_and_process())

CASE(bind_several_tasks, BIND "already_bound " BIND "bound") {
    handle_pair_t port = make_port(), job = make_job(), process = make_process();
    bind(job.h, port.h);
    bind(process.h, port.h);
    bind(job.h, port.h);
    bind(process.h, port.h);
    close_pair(process);
    close_pair(job);
    close_pair(port);
}

CASE(unbound_when_port_closes, BIND "bad_state") {
    handle_pair_t port = make_port(), process = make_process();
    bind(process.h, port.h);
    close_and_get_info(port.h);
    bind(process.h, ZX_HANDLE_INVALID);
    close_pair(process);
}

CASE(bind_port_never_allocated, BIND "bad_handle_port") {
    handle_pair_t process = make_process();
    bind(process.h, ZX_NEVER_A_HANDLE);
    close_pair(process);
}

CASE(bind_port_closed, BIND "bad_handle_port") {
    handle_pair_t process = make_process(), port = make_port();
    close_and_get_info(port.h);
    bind(process.h, port.h);
    close_pair(process);
}

/* For which tasks options may be 1, the page does not say. */
CASE(bind_debugger, "process_create/child_of_job") {
    handle_pair_t process = make_process(), port = make_port(), job = make_job();
    get_basic_info(process.h);
    zx_task_bind_exception_port(process.h, port.h, KEY, ZX_EXCEPTION_PORT_DEBUGGER);
    zx_task_bind_exception_port(job.h, port.h, KEY, ZX_EXCEPTION_PORT_DEBUGGER);
    bind(process.h, port.h);
    close_pair(job);
    close_pair(process);
    close_pair(port);
}

CASE(bind_dead, "task_kill/killed") {
    handle_pair_t process = make_process(), port = make_port();
    zx_task_kill(process.h);
    await_signals(process.h, ZX_TASK_TERMINATED);
    bind(process.h, port.h);
    close_pair(process);
    close_pair(port);
}

/* Exceptions */

typedef struct {
    handle_pair_t process;
    zx_handle_t thread;
    handle_pair_t port;
} faulting_t;

static void read_report(faulting_t made) {
    zx_port_packet_t packet;
    zx_port_wait(made.port.h, zx_deadline_after(2000000000), &packet);
}

/* A process that waits in an exception, which was reported. */
static faulting_t fault(void) {
    faulting_t made = {make_process(), ZX_HANDLE_INVALID, make_port()};
    handle_pair_t arg = make_event();
    made.thread = make_thread_in(made.process.h);
    get_basic_info(made.thread);
    bind(made.process.h, made.port.h);
    zx_process_start(made.process.h, made.thread, ENTRY, 0, arg.h, 0);
    close_if_open(arg.h);
    read_report(made);
    return made;
}

static void end(faulting_t made) {
    zx_task_kill(made.process.h);
    await_signals(made.process.h, ZX_TASK_TERMINATED);
    zx_handle_close(made.thread);
    close_pair(made.port);
    close_pair(made.process);
}

CASE(reported, BIND "bound " BIND "key_reported process_start/started") {
    faulting_t made = fault();
    signals_of(made.thread, ZX_TASK_TERMINATED);
    end(made);
}

CASE(read_state, "thread_read_state/read") {
    faulting_t made = fault();
    static char registers[4096];
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_GENERAL_REGS, registers, sizeof(registers));
    end(made);
}

/* The thread begins again, and faults again. */
CASE(resume, RESUME "resumed " BIND "key_reported") {
    faulting_t made = fault();
    zx_task_resume_from_exception(made.thread, made.port.h, 0);
    read_report(made);
    end(made);
}

/* What comes next in the search finds no port: the process is killed. */
CASE(try_next, RESUME "resumed") {
    faulting_t made = fault();
    zx_task_resume_from_exception(made.thread, made.port.h, ZX_RESUME_TRY_NEXT);
    await_signals(made.thread, ZX_TASK_TERMINATED);
    end(made);
}

CASE(resume_through_other_port, RESUME "access_denied") {
    faulting_t made = fault();
    handle_pair_t other = make_port();
    zx_task_resume_from_exception(made.thread, other.h, 0);
    zx_task_resume_from_exception(made.thread, other.h, ZX_RESUME_TRY_NEXT);
    close_pair(other);
    end(made);
}

CASE(resume_with_other_options, RESUME "invalid_args_options") {
    faulting_t made = fault();
    zx_task_resume_from_exception(made.thread, made.port.h, 4);
    zx_task_resume_from_exception(made.thread, made.port.h, 0x80000000u);
    end(made);
}

CASE(resume_not_started, RESUME "bad_state") {
    handle_pair_t process = make_process(), port = make_port();
    zx_handle_t thread = make_thread_in(process.h);
    bind(process.h, port.h);
    zx_task_resume_from_exception(thread, port.h, 0);
    zx_handle_close(thread);
    close_pair(port);
    close_pair(process);
}

CASE(resume_own_thread, RESUME "bad_state") {
    handle_pair_t port = make_port();
    zx_task_resume_from_exception(zx_self_thread(), port.h, 0);
    close_pair(port);
}

CASE(resume_dead, RESUME "bad_state") {
    faulting_t made = fault();
    zx_task_kill(made.process.h);
    await_signals(made.thread, ZX_TASK_TERMINATED);
    zx_task_resume_from_exception(made.thread, made.port.h, 0);
    end(made);
}

CASE(resume_port_bad, RESUME "bad_handle_port") {
    faulting_t made = fault();
    zx_task_resume_from_exception(made.thread, ZX_HANDLE_INVALID, 0);
    zx_task_resume_from_exception(made.thread, ZX_NEVER_A_HANDLE, 0);
    end(made);
}
