/* zx_job_set_policy: what a process of the job can no longer do. Each policy is seen to act by a
 * process that makes every kind of object. */
#include "zxtest.h"

#define PAGE "job_set_policy/"

static void close_made(zx_handle_t one, zx_handle_t other) {
    if (one) zx_handle_close(one);
    if (other) zx_handle_close(other);
}

/* One call of each kind. */
static void make_all(zx_handle_t given) {
    zx_handle_t one = 0, other = 0;
    if (zx_vmo_create(4096, 0, &one) == ZX_OK) close_made(one, 0);
    if (zx_channel_create(0, &one, &other) == ZX_OK) close_made(one, other);
    if (zx_event_create(0, &one) == ZX_OK) close_made(one, 0);
    if (zx_eventpair_create(0, &one, &other) == ZX_OK) close_made(one, other);
    if (zx_port_create(0, &one) == ZX_OK) close_made(one, 0);
    if (zx_socket_create(ZX_SOCKET_STREAM, &one, &other) == ZX_OK) close_made(one, other);
    if (zx_fifo_create(16, 8, 0, &one, &other) == ZX_OK) close_made(one, other);
    if (zx_timer_create(ZX_TIMER_SLACK_CENTER, ZX_CLOCK_MONOTONIC, &one) == ZX_OK) close_made(one, 0);
    zx_handle_close(given);
}

/* The process is given another handle to its job, to make a process in it. */
static void make_process_in_job(zx_handle_t job) {
    handle_pair_t made = {0, 0};
    if (zx_process_create(job, "p", 1, 0, &made.h, &made.peer) == ZX_OK) close_pair(made);
    zx_handle_close(job);
}

static void set(zx_handle_t job, uint32_t condition, uint32_t action) {
    zx_policy_basic_t one = {condition, action};
    zx_job_set_policy(job, ZX_JOB_POL_ABSOLUTE, ZX_JOB_POL_BASIC, &one, 1);
}

static void run_in(zx_handle_t job, void (*entry)(zx_handle_t given), zx_handle_t given) {
    get_basic_info(given);
    join_process(start_process_in(job, entry, given));
}

#define DENIES(condition)                                        \
    CASE(denies_##condition, PAGE "denied " PAGE "applied") {    \
        handle_pair_t job = make_job(), event = make_event();    \
        set(job.h, ZX_POL_##condition, ZX_POL_ACTION_DENY);      \
        run_in(job.h, make_all, event.h);                        \
        close_pair(job);                                         \
    }

DENIES(NEW_ANY)
DENIES(NEW_VMO)
DENIES(NEW_CHANNEL)
DENIES(NEW_EVENT)
DENIES(NEW_EVENTPAIR)
DENIES(NEW_PORT)
DENIES(NEW_SOCKET)
DENIES(NEW_FIFO)
DENIES(NEW_TIMER)

CASE(denies_NEW_PROCESS, PAGE "denied " PAGE "applied") {
    handle_pair_t job = make_job();
    set(job.h, ZX_POL_NEW_PROCESS, ZX_POL_ACTION_DENY);
    run_in(job.h, make_process_in_job, duplicate(job.h, ZX_RIGHT_SAME_RIGHTS));
    close_pair(job);
}

CASE(denies_in_child_job, PAGE "denied " PAGE "applied") {
    handle_pair_t job = make_job(), event = make_event();
    zx_handle_t child = ZX_HANDLE_INVALID;
    set(job.h, ZX_POL_NEW_CHANNEL, ZX_POL_ACTION_DENY);
    zx_job_create(job.h, 0, &child);
    run_in(child, make_all, event.h);
    zx_handle_close(child);
    close_pair(job);
}

/* Nothing is denied. */
CASE(allows_NEW_ANY, "channel_create/both_ends") {
    handle_pair_t job = make_job(), event = make_event();
    set(job.h, ZX_POL_NEW_ANY, ZX_POL_ACTION_ALLOW);
    run_in(job.h, make_all, event.h);
    close_pair(job);
}

/* The process maps memory in the address space that it was given. */
static void map_in(zx_handle_t vmar) {
    static const uint32_t access[] = {
        ZX_VM_PERM_READ | ZX_VM_PERM_WRITE,
        ZX_VM_PERM_READ | ZX_VM_PERM_WRITE | ZX_VM_PERM_EXECUTE,
    };
    handle_pair_t vmo = make_executable_vmo();
    zx_vaddr_t mapped = 0;
    for (size_t i = 0; i < COUNT(access); ++i)
        zx_vmar_map(vmar, access[i], 0, vmo.h, 0, 4096, &mapped);
    close_pair(vmo);
    zx_handle_close(vmar);
}

CASE(denies_VMAR_WX, PAGE "denied " PAGE "applied") {
    handle_pair_t job = make_job(), process = make_process();
    set(job.h, ZX_POL_VMAR_WX, ZX_POL_ACTION_DENY);
    run_in(job.h, map_in, process.peer);
    zx_handle_close(process.h);
    close_pair(job);
}

/* ZX_POL_ACTION_KILL: the call does not return. Later headers give it another value. */

static void kill_by_channel(zx_handle_t given) {
    zx_handle_t one = 0, other = 0;
    zx_handle_close(given);
    no_return();
    zx_channel_create(0, &one, &other);
}

static void kill_by_bad_handle(zx_handle_t given) {
    zx_handle_close(given);
    no_return();
    zx_handle_close(given);
}

static void kill_by_wrong_object(zx_handle_t event) {
    uint64_t size = 0;
    no_return();
    zx_vmo_get_size(event, &size);
}

#define KILLS(condition, entry)                                                              \
    CASE(kills_##condition, "job_create/child_of_parent") {                                  \
        handle_pair_t job = make_job(), event = make_event();                                \
        zx_policy_basic_t one = {ZX_POL_##condition, ZX_POL_ACTION_KILL};                    \
        get_basic_info(job.h);                                                               \
        if (zx_job_set_policy(job.h, ZX_JOB_POL_ABSOLUTE, ZX_JOB_POL_BASIC, &one, 1) == ZX_OK) \
            run_in(job.h, entry, event.h);                                                   \
        else                                                                                 \
            close_pair(event);                                                               \
        close_pair(job);                                                                     \
    }

KILLS(NEW_CHANNEL, kill_by_channel)
KILLS(BAD_HANDLE, kill_by_bad_handle)
KILLS(WRONG_OBJECT, kill_by_wrong_object)
