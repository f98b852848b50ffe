/* Futexes that threads wait for: who is woken, who is moved, who owns them. */
#include "zxtest.h"

#define WAIT "futex_wait/"
#define WAKE "futex_wake/"

#define MILLISECOND 1000000l

static zx_futex_t first = 1, second = 2;

static void sleep_on_first(uintptr_t owner) {
    zx_futex_wait(&first, 1, (zx_handle_t)owner, ZX_TIME_INFINITE);
}

static void sleep_a_little(uintptr_t milliseconds) {
    zx_futex_wait(&first, 1, ZX_HANDLE_INVALID, time_after((int64_t)milliseconds * MILLISECOND));
}

static void pause_a_little(void) { zx_nanosleep(time_after(30 * MILLISECOND)); }

/* Threads that wait for the first futex, all of them. */
static void start_sleepers(zx_handle_t* threads, unsigned number) {
    for (unsigned i = 0; i < number; ++i) threads[i] = start_thread(sleep_on_first, ZX_HANDLE_INVALID);
    for (unsigned i = 0; i < number; ++i) await_blocked(threads[i]);
}

static void join_all(const zx_handle_t* threads, unsigned number) {
    for (unsigned i = 0; i < number; ++i) join_thread(threads[i]);
}

static void get_owner(const zx_futex_t* of) {
    zx_koid_t koid;
    zx_futex_get_owner(of, &koid);
}

CASE(one_woken, WAKE "woken " WAIT "sleeps " WAIT "not_spurious") {
    zx_handle_t thread;
    start_sleepers(&thread, 1);
    zx_futex_wake(&first, 1);
    join_thread(thread);
}

CASE(all_woken, WAKE "woken " WAIT "sleeps") {
    zx_handle_t threads[3];
    start_sleepers(threads, COUNT(threads));
    zx_futex_wake(&first, UINT32_MAX);
    join_all(threads, COUNT(threads));
}

CASE(some_woken, WAKE "woken " WAIT "sleeps") {
    zx_handle_t threads[3];
    start_sleepers(threads, COUNT(threads));
    zx_futex_wake(&first, 2);
    pause_a_little();
    zx_futex_wake(&first, 1);
    join_all(threads, COUNT(threads));
}

/* Neither a count of zero nor another futex wakes it. */
CASE(not_woken, WAKE "woken " WAKE "nobody_woken") {
    zx_handle_t thread;
    start_sleepers(&thread, 1);
    zx_futex_wake(&first, 0);
    zx_futex_wake(&second, 1);
    zx_futex_wake(zx_unmapped(zx_futex_t), 1);
    pause_a_little();
    zx_futex_wake(&first, 1);
    join_thread(thread);
}

CASE(not_woken_in_time, WAIT "not_before_deadline") {
    zx_handle_t thread = start_thread(sleep_a_little, 20);
    zx_futex_wake(&second, 1);
    pause_a_little();
    join_thread(thread);
    zx_futex_wake(&first, 1);
}

CASE(single_owner_woken, "futex_wake_single_owner/woken " WAKE "woken") {
    zx_handle_t threads[2];
    start_sleepers(threads, COUNT(threads));
    zx_futex_wake_single_owner(&first);
    pause_a_little();
    zx_futex_wake(&first, 1);
    join_all(threads, COUNT(threads));
}

CASE(requeued, "futex_requeue/requeued " WAKE "woken") {
    zx_handle_t threads[3];
    start_sleepers(threads, COUNT(threads));
    zx_futex_requeue(&first, 1, 1, &second, 1, ZX_HANDLE_INVALID);
    pause_a_little();
    zx_futex_wake(&second, UINT32_MAX);
    pause_a_little();
    zx_futex_wake(&first, UINT32_MAX);
    join_all(threads, COUNT(threads));
}

CASE(requeued_single_owner, "futex_requeue_single_owner/requeued " WAKE "woken") {
    zx_handle_t threads[3];
    start_sleepers(threads, COUNT(threads));
    zx_futex_requeue_single_owner(&first, 1, &second, 1, ZX_HANDLE_INVALID);
    pause_a_little();
    zx_futex_wake(&second, UINT32_MAX);
    pause_a_little();
    zx_futex_wake(&first, UINT32_MAX);
    join_all(threads, COUNT(threads));
}

/* With another value nothing happens to those that wait. */
CASE(not_requeued, WAKE "woken") {
    zx_handle_t thread;
    start_sleepers(&thread, 1);
    zx_futex_requeue(&first, 1, 7, &second, 1, ZX_HANDLE_INVALID);
    zx_futex_wake(&second, 1);
    pause_a_little();
    zx_futex_wake(&first, 1);
    join_thread(thread);
}

CASE(no_owner, "futex_get_owner/owner_reported " WAKE "woken") {
    zx_handle_t thread;
    start_sleepers(&thread, 1);
    get_owner(&first);
    zx_futex_wake(&first, 1);
    join_thread(thread);
    get_owner(&first);
}

CASE(owner, "futex_get_owner/owner_reported") {
    get_basic_info(zx_self_thread());
    zx_handle_t thread = start_thread(sleep_on_first, zx_self_thread());
    await_blocked(thread);
    get_owner(&first);
    zx_futex_wake(&first, 1);
    join_thread(thread);
    get_owner(&first);
}

/* A thread that waits can't own the futex. */
CASE(owner_waits, "futex_get_owner/owner_reported futex_requeue/invalid_args_owner "
                  "futex_requeue_single_owner/invalid_args_owner " WAIT "invalid_args_owner") {
    zx_handle_t thread;
    start_sleepers(&thread, 1);
    zx_futex_wait(&first, 1, thread, time_after(MILLISECOND));
    zx_futex_requeue(&first, 0, 1, &second, 0, thread);
    zx_futex_requeue_single_owner(&first, 1, &second, 0, thread);
    get_owner(&first);
    zx_futex_wake(&first, UINT32_MAX);
    join_thread(thread);
}

/* ---- zx_futex_wake_handle_close_thread_exit */

#define EXIT "futex_wake_handle_close_thread_exit/"

static void wake_close_and_exit(uintptr_t handle) {
    pause_a_little();
    no_return();
    zx_futex_wake_handle_close_thread_exit(&first, 1, 2, (zx_handle_t)handle);
}

CASE(woken_by_a_thread_that_exits, EXIT "woken " EXIT "closed " EXIT "no_return") {
    handle_pair_t event = make_event();
    first = 1;
    zx_handle_t thread = start_thread(wake_close_and_exit, event.h);
    zx_futex_wait(&first, 1, ZX_HANDLE_INVALID, ZX_TIME_INFINITE);
    join_thread(thread);
    close_if_open(event.h);
    first = 1;
}
