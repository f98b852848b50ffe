/* zx_process_start, zx_thread_start, and what can be done with threads that were started: they loop
 * or, where they are not to run at all, begin where no memory is. */
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

static void get_process_info(zx_handle_t process) {
    zx_info_process_t info;
    zx_object_get_info(process, ZX_INFO_PROCESS, &info, sizeof(info), NULL, NULL);
}

/* A process with a thread that is suspended, not started. */
static stopped_t make_suspended(void) {
    stopped_t made = {.process = make_process()};
    made.thread = make_thread_in(made.process.h);
    zx_task_suspend(made.thread, &made.token);
    return made;
}

/* Map an endless loop and return its address. */
static zx_vaddr_t map_loop(zx_handle_t vmar) {
    static const uint32_t loop[] = {LOOP};
    handle_pair_t vmo = make_executable_vmo();
    zx_vaddr_t mapped = 0;
    zx_vmo_write(vmo.h, loop, 0, sizeof(loop));
    zx_vmar_map(vmar, ZX_VM_PERM_READ | ZX_VM_PERM_EXECUTE, 0, vmo.h, 0, 4096, &mapped);
    close_pair(vmo);
    return mapped;
}

/* Start the thread, and wait until it is suspended. */
static void start(stopped_t made) {
    handle_pair_t arg = make_event();
    zx_process_start(made.process.h, made.thread, map_loop(made.process.peer), STACK, arg.h, 7);
    close_if_open(arg.h);
    await_signals(made.thread, ZX_THREAD_SUSPENDED);
}

static stopped_t start_suspended(void) {
    stopped_t made = make_suspended();
    start(made);
    return made;
}

static void close_stopped(stopped_t made) {
    zx_handle_close(made.token);
    zx_handle_close(made.thread);
    close_pair(made.process);
}

static void end(stopped_t made) {
    zx_task_kill(made.process.h);
    await_signals(made.process.h, ZX_TASK_TERMINATED);
    close_stopped(made);
}

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

/* State */

CASE(state_read, "thread_read_state/read") {
    stopped_t made = start_suspended();
    static const uint32_t kinds[] = {
        ZX_THREAD_STATE_GENERAL_REGS, ZX_THREAD_STATE_FP_REGS,     ZX_THREAD_STATE_VECTOR_REGS,
        ZX_THREAD_STATE_DEBUG_REGS,   ZX_THREAD_STATE_SINGLE_STEP, ZX_THREAD_X86_REGISTER_FS,
        ZX_THREAD_X86_REGISTER_GS,
    };
    for (size_t i = 0; i < COUNT(kinds); ++i)
        zx_thread_read_state(made.thread, kinds[i], buffer, sizeof(buffer));
    end(made);
}

CASE(state_read_too_small, "thread_read_state/buffer_too_small") {
    stopped_t made = start_suspended();
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, buffer, 3);
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_GENERAL_REGS, buffer, 127);
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_GENERAL_REGS, buffer, REGISTERS - 1);
    end(made);
}

CASE(state_read_unmapped, "thread_read_state/invalid_args_buffer") {
    stopped_t made = start_suspended();
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, zx_unmapped(uint32_t), 4);
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, zx_read_only(uint32_t), 4);
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, NULL, 4);
    end(made);
}

CASE(state_no_such_kind, "thread_read_state/invalid_args_kind thread_read_state/not_supported "
                         "thread_write_state/invalid_args_kind thread_write_state/not_supported") {
    stopped_t made = start_suspended();
    zx_thread_read_state(made.thread, 32, buffer, sizeof(buffer));
    zx_thread_write_state(made.thread, 32, buffer, sizeof(buffer));
    end(made);
}

CASE(state_written, "thread_write_state/written thread_read_state/read") {
    stopped_t made = start_suspended();
    uint64_t registers[REGISTERS / 8];
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_GENERAL_REGS, registers, REGISTERS);
    for (int i = 0; i < 4; ++i) registers[i] = 0x0102030405060708u * (uint64_t)(i + 1);
    zx_thread_write_state(made.thread, ZX_THREAD_STATE_GENERAL_REGS, registers, REGISTERS);
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_GENERAL_REGS, registers, REGISTERS);
    end(made);
}

CASE(state_single_step, "thread_write_state/written thread_read_state/read") {
    stopped_t made = start_suspended();
    uint32_t step = 0;
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step));
    step = 1;
    zx_thread_write_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step));
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step));
    step = 0;
    zx_thread_write_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step));
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step));
    end(made);
}

/* Only relevant on x86. */
CASE(state_segments, "process_start/started") {
    stopped_t made = start_suspended();
    uint64_t base = 0x10000;
    get_process_info(made.process.h);
    zx_thread_write_state(made.thread, ZX_THREAD_X86_REGISTER_FS, &base, sizeof(base));
    zx_thread_write_state(made.thread, ZX_THREAD_X86_REGISTER_GS, &base, sizeof(base));
    zx_thread_read_state(made.thread, ZX_THREAD_X86_REGISTER_FS, &base, sizeof(base));
    zx_thread_read_state(made.thread, ZX_THREAD_X86_REGISTER_GS, &base, sizeof(base));
    end(made);
}

CASE(state_written_other_size, "thread_write_state/invalid_args_size") {
    stopped_t made = start_suspended();
    zx_thread_write_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, buffer, 5);
    zx_thread_write_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, buffer, 4096);
    end(made);
}

CASE(state_written_smaller, "thread_write_state/invalid_args_size") {
    stopped_t made = start_suspended();
    zx_thread_write_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, buffer, 3);
    zx_thread_write_state(made.thread, ZX_THREAD_STATE_GENERAL_REGS, buffer, 0);
    end(made);
}

CASE(state_written_bad_value, "thread_write_state/invalid_args_values") {
    stopped_t made = start_suspended();
    uint32_t step = 2;
    zx_thread_write_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step));
    end(made);
}

CASE(state_written_unmapped, "thread_write_state/invalid_args_buffer") {
    stopped_t made = start_suspended();
    zx_thread_write_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, zx_unmapped(uint32_t), 4);
    zx_thread_write_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, NULL, 4);
    end(made);
}

CASE(state_of_dead_thread, "thread_read_state/bad_state thread_write_state/bad_state") {
    stopped_t made = start_suspended();
    uint32_t step = 0;
    zx_task_kill(made.thread);
    await_signals(made.thread, ZX_TASK_TERMINATED);
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step));
    zx_thread_write_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step));
    close_stopped(made);
}

CASE(state_without_rights, "thread_read_state/access_denied thread_write_state/access_denied") {
    stopped_t made = start_suspended();
    uint32_t step = 0;
    made.thread = without(made.thread, ZX_RIGHT_READ | ZX_RIGHT_WRITE);
    zx_thread_read_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step));
    zx_thread_write_state(made.thread, ZX_THREAD_STATE_SINGLE_STEP, &step, sizeof(step));
    end(made);
}
