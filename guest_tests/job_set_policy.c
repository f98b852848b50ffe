/* zx_job_set_policy: each condition and action, and policies that conflict. */
#include "zxtest.h"

#define PAGE "job_set_policy/"

static zx_status_t set(zx_handle_t job, uint32_t options, uint32_t condition, uint32_t policy) {
    zx_policy_basic_t one = {condition, policy};
    return zx_job_set_policy(job, options, ZX_JOB_POL_BASIC, &one, 1);
}

static zx_handle_t make_job_in(zx_handle_t parent) {
    zx_handle_t made = ZX_HANDLE_INVALID;
    zx_job_create(parent, 0, &made);
    return made;
}

/* Set one policy, which the job keeps: another one conflicts. */
#define KEEPS(condition)                                                              \
    CASE(keeps_##condition, PAGE "applied " PAGE "already_exists") {                  \
        handle_pair_t job = make_job();                                               \
        set(job.h, ZX_JOB_POL_ABSOLUTE, ZX_POL_##condition, ZX_POL_ACTION_DENY);      \
        set(job.h, ZX_JOB_POL_ABSOLUTE, ZX_POL_##condition, ZX_POL_ACTION_ALLOW);     \
        close_pair(job);                                                              \
    }

KEEPS(BAD_HANDLE)
KEEPS(WRONG_OBJECT)
KEEPS(VMAR_WX)
KEEPS(NEW_VMO)
KEEPS(NEW_CHANNEL)
KEEPS(NEW_EVENT)
KEEPS(NEW_EVENTPAIR)
KEEPS(NEW_PORT)
KEEPS(NEW_SOCKET)
KEEPS(NEW_FIFO)
KEEPS(NEW_TIMER)
KEEPS(NEW_PROCESS)

CASE(new_any_stands_for_all, PAGE "applied " PAGE "already_exists") {
    handle_pair_t job = make_job();
    set(job.h, ZX_JOB_POL_ABSOLUTE, ZX_POL_NEW_ANY, ZX_POL_ACTION_DENY);
    set(job.h, ZX_JOB_POL_ABSOLUTE, ZX_POL_NEW_CHANNEL, ZX_POL_ACTION_ALLOW);
    set(job.h, ZX_JOB_POL_ABSOLUTE, ZX_POL_NEW_TIMER, ZX_POL_ACTION_ALLOW);
    close_pair(job);
}

CASE(child_inherits, PAGE "applied " PAGE "already_exists") {
    handle_pair_t job = make_job();
    set(job.h, ZX_JOB_POL_ABSOLUTE, ZX_POL_NEW_VMO, ZX_POL_ACTION_DENY);
    zx_handle_t child = make_job_in(job.h);
    set(child, ZX_JOB_POL_ABSOLUTE, ZX_POL_NEW_VMO, ZX_POL_ACTION_ALLOW);
    zx_handle_close(child);
    close_pair(job);
}

CASE(grandchild_inherits, PAGE "applied " PAGE "already_exists") {
    handle_pair_t job = make_job();
    set(job.h, ZX_JOB_POL_ABSOLUTE, ZX_POL_NEW_VMO, ZX_POL_ACTION_DENY);
    zx_handle_t child = make_job_in(job.h);
    set(child, ZX_JOB_POL_ABSOLUTE, ZX_POL_NEW_EVENT, ZX_POL_ACTION_DENY);
    zx_handle_t grandchild = make_job_in(child);
    set(grandchild, ZX_JOB_POL_ABSOLUTE, ZX_POL_NEW_VMO, ZX_POL_ACTION_ALLOW);
    set(grandchild, ZX_JOB_POL_ABSOLUTE, ZX_POL_NEW_EVENT, ZX_POL_ACTION_ALLOW);
    zx_handle_close(grandchild);
    zx_handle_close(child);
    close_pair(job);
}

CASE(same_again, PAGE "applied") {
    handle_pair_t job = make_job();
    set(job.h, ZX_JOB_POL_ABSOLUTE, ZX_POL_NEW_VMO, ZX_POL_ACTION_DENY);
    set(job.h, ZX_JOB_POL_ABSOLUTE, ZX_POL_NEW_VMO, ZX_POL_ACTION_DENY);
    set(job.h, ZX_JOB_POL_ABSOLUTE, ZX_POL_NEW_VMO, ZX_POL_ACTION_ALLOW);
    close_pair(job);
}

/* A policy that is relative gives way to the one that is there, and does not fail. */
CASE(relative_gives_way, PAGE "applied " PAGE "already_exists") {
    handle_pair_t job = make_job();
    set(job.h, ZX_JOB_POL_ABSOLUTE, ZX_POL_NEW_VMO, ZX_POL_ACTION_DENY);
    set(job.h, ZX_JOB_POL_RELATIVE, ZX_POL_NEW_VMO, ZX_POL_ACTION_ALLOW);
    set(job.h, ZX_JOB_POL_ABSOLUTE, ZX_POL_NEW_VMO, ZX_POL_ACTION_ALLOW);
    close_pair(job);
}

CASE(several, PAGE "applied " PAGE "already_exists") {
    handle_pair_t job = make_job();
    zx_policy_basic_t two[] = {{ZX_POL_NEW_VMO, ZX_POL_ACTION_DENY},
                               {ZX_POL_NEW_PORT, ZX_POL_ACTION_ALLOW}};
    zx_job_set_policy(job.h, ZX_JOB_POL_ABSOLUTE, ZX_JOB_POL_BASIC, two, COUNT(two));
    set(job.h, ZX_JOB_POL_ABSOLUTE, ZX_POL_NEW_PORT, ZX_POL_ACTION_DENY);
    set(job.h, ZX_JOB_POL_ABSOLUTE, ZX_POL_NEW_VMO, ZX_POL_ACTION_ALLOW);
    close_pair(job);
}

CASE(every_action, "job_create/child_of_parent") {
    for (uint32_t action = ZX_POL_ACTION_ALLOW; action <= 7; ++action) {
        handle_pair_t job = make_job();
        get_basic_info(job.h);
        set(job.h, ZX_JOB_POL_ABSOLUTE, ZX_POL_NEW_FIFO, action);
        close_pair(job);
    }
}

CASE(no_such_action, PAGE "not_supported") {
    handle_pair_t job = make_job();
    set(job.h, ZX_JOB_POL_ABSOLUTE, ZX_POL_NEW_VMO, 8);
    set(job.h, ZX_JOB_POL_ABSOLUTE, ZX_POL_NEW_VMO, 0xffffffffu);
    set(job.h, ZX_JOB_POL_RELATIVE, ZX_POL_NEW_VMO, 0x10001u);
    close_pair(job);
}

CASE(no_such_condition, PAGE "out_of_range_condition") {
    handle_pair_t job = make_job();
    set(job.h, ZX_JOB_POL_ABSOLUTE, 65, ZX_POL_ACTION_DENY);
    set(job.h, ZX_JOB_POL_ABSOLUTE, 0xffffffffu, ZX_POL_ACTION_DENY);
    close_pair(job);
}

/* The page refuses what is bigger than ZX_POL_MAX, which itself is no condition. */
CASE(condition_max, "job_create/child_of_parent") {
    handle_pair_t job = make_job();
    get_basic_info(job.h);
    set(job.h, ZX_JOB_POL_ABSOLUTE, ZX_POL_MAX, ZX_POL_ACTION_DENY);
    close_pair(job);
}

CASE(bad_entry_after_good_one, PAGE "not_supported " PAGE "out_of_range_condition") {
    handle_pair_t job = make_job();
    zx_policy_basic_t two[] = {{ZX_POL_NEW_VMO, ZX_POL_ACTION_DENY}, {ZX_POL_NEW_PORT, 99}};
    zx_job_set_policy(job.h, ZX_JOB_POL_ABSOLUTE, ZX_JOB_POL_BASIC, two, COUNT(two));
    two[1] = (zx_policy_basic_t){65, ZX_POL_ACTION_DENY};
    zx_job_set_policy(job.h, ZX_JOB_POL_ABSOLUTE, ZX_JOB_POL_BASIC, two, COUNT(two));
    close_pair(job);
}

/* In 2019 the second topic is that of timer slack. */
CASE(second_topic, PAGE "invalid_args_topic") {
    handle_pair_t job = make_job();
    zx_policy_basic_t two[] = {{0, 0}, {0, 0}};
    zx_job_set_policy(job.h, ZX_JOB_POL_RELATIVE, ZX_JOB_POL_BASIC + 1, two, 1);
    close_pair(job);
}

CASE(none, PAGE "invalid_args_count") {
    handle_pair_t job = make_job();
    zx_policy_basic_t one = {ZX_POL_NEW_VMO, ZX_POL_ACTION_DENY};
    zx_job_set_policy(job.h, ZX_JOB_POL_ABSOLUTE, ZX_JOB_POL_BASIC, &one, 0);
    zx_job_set_policy(job.h, ZX_JOB_POL_ABSOLUTE, ZX_JOB_POL_BASIC, NULL, 0);
    close_pair(job);
}

/* The page does not say how many ZX_POL_MAX is. */
CASE(too_many, PAGE "out_of_range_count") {
    static zx_policy_basic_t many[65];
    handle_pair_t job = make_job();
    zx_job_set_policy(job.h, ZX_JOB_POL_ABSOLUTE, ZX_JOB_POL_BASIC, many, ZX_POL_MAX + 1);
    zx_job_set_policy(job.h, ZX_JOB_POL_ABSOLUTE, ZX_JOB_POL_BASIC, many, COUNT(many));
    close_pair(job);
}

CASE(with_process, PAGE "bad_state") {
    handle_pair_t job = make_job(), process = {0, 0};
    zx_process_create(job.h, "p", 1, 0, &process.h, &process.peer);
    get_basic_info(process.h);
    set(job.h, ZX_JOB_POL_ABSOLUTE, ZX_POL_NEW_VMO, ZX_POL_ACTION_DENY);
    close_pair(process);
    close_pair(job);
}

CASE(with_job, PAGE "bad_state") {
    handle_pair_t job = make_job();
    zx_handle_t child = make_job_in(job.h);
    get_basic_info(child);
    set(job.h, ZX_JOB_POL_RELATIVE, ZX_POL_NEW_VMO, ZX_POL_ACTION_DENY);
    zx_handle_close(child);
    close_pair(job);
}

CASE(after_process, PAGE "applied " PAGE "already_exists") {
    handle_pair_t job = make_job(), process = {0, 0};
    zx_process_create(job.h, "p", 1, 0, &process.h, &process.peer);
    zx_task_kill(process.h);
    await_signals(process.h, ZX_TASK_TERMINATED);
    close_pair(process);
    set(job.h, ZX_JOB_POL_ABSOLUTE, ZX_POL_NEW_VMO, ZX_POL_ACTION_DENY);
    set(job.h, ZX_JOB_POL_ABSOLUTE, ZX_POL_NEW_VMO, ZX_POL_ACTION_ALLOW);
    close_pair(job);
}

/* A kernel that copies the policies needs 32 GiB for so many. */
CASE(more_than_memory, PAGE "no_memory") {
    handle_pair_t job = make_job();
    zx_job_set_policy(job.h, ZX_JOB_POL_ABSOLUTE, ZX_JOB_POL_BASIC, zx_unmapped(zx_policy_basic_t),
                      UINT32_MAX);
    close_pair(job);
}
