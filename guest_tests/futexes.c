/* Futexes that no thread waits for: what each call refuses, and what a futex without waiters is. */
#include "zxtest.h"

#define WAIT "futex_wait/"
#define WAKE "futex_wake/"
#define REQUEUE "futex_requeue/"
#define REQUEUE_SINGLE "futex_requeue_single_owner/"
#define OWNER "futex_get_owner/"

#define MILLISECOND 1000000l

static zx_futex_t futex = 1, other = 2;

static void get_owner(const zx_futex_t* of) {
    zx_koid_t koid;
    zx_futex_get_owner(of, &koid);
}

static void requeue_both(const zx_futex_t* from, zx_futex_t value, const zx_futex_t* to,
                         zx_handle_t owner) {
    zx_futex_requeue(from, 1, value, to, 1, owner);
    zx_futex_requeue_single_owner(from, value, to, 1, owner);
}

/* ---- zx_futex_wait */

CASE(wait_other_value, WAIT "bad_state") {
    zx_futex_wait(&futex, 2, ZX_HANDLE_INVALID, 0);
    zx_futex_wait(&futex, 0, ZX_HANDLE_INVALID, ZX_TIME_INFINITE);
    zx_futex_wait(&futex, INT32_MIN, ZX_HANDLE_INVALID, ZX_TIME_INFINITE);
    get_owner(&futex);
}

CASE(wait_timed_out, WAIT "timed_out") {
    zx_futex_wait(&futex, 1, ZX_HANDLE_INVALID, 0);
    zx_futex_wait(&futex, 1, ZX_HANDLE_INVALID, -1);
    zx_futex_wait(&futex, 1, ZX_HANDLE_INVALID, INT64_MIN);
    zx_futex_wait(&futex, 1, ZX_HANDLE_INVALID, 1);
    get_owner(&futex);
}

CASE(wait_until_deadline, WAIT "timed_out " WAIT "not_before_deadline") {
    for (int i = 0; i < 3; ++i)
        zx_futex_wait(&futex, 1, ZX_HANDLE_INVALID, zx_deadline_after(10 * MILLISECOND));
}

CASE(wait_negative_value, WAIT "timed_out " WAIT "bad_state") {
    static zx_futex_t negative = -5;
    zx_futex_wait(&negative, -5, ZX_HANDLE_INVALID, 0);
    zx_futex_wait(&negative, 5, ZX_HANDLE_INVALID, 0);
}

CASE(wait_misaligned, WAIT "invalid_args_value_ptr_aligned") {
    zx_futex_wait(zx_misaligned(zx_futex_t), 0, ZX_HANDLE_INVALID, 0);
    zx_futex_wait((const zx_futex_t*)((const char*)zx_misaligned(zx_futex_t) + 1), 0, ZX_HANDLE_INVALID, 0);
}

CASE(wait_misaligned_other_value, WAIT "invalid_args_value_ptr_aligned " WAIT "bad_state") {
    zx_futex_wait(zx_misaligned(zx_futex_t), 77, ZX_HANDLE_INVALID, ZX_TIME_INFINITE);
}

CASE(wait_read_only, WAIT "timed_out") {
    zx_futex_wait(zx_read_only(zx_futex_t), 0, ZX_HANDLE_INVALID, 0);
}

CASE(wait_bad_owner, WAIT "bad_handle") {
    handle_pair_t closed = make_event();
    close_and_get_info(closed.h);
    zx_futex_wait(&futex, 1, ZX_NEVER_A_HANDLE, 0);
    zx_futex_wait(&futex, 1, closed.h, 0);
    get_owner(&futex);
}

CASE(wait_owner_is_no_thread, WAIT "wrong_type") {
    handle_pair_t event = make_event(), process = make_process();
    zx_futex_wait(&futex, 1, event.h, 0);
    zx_futex_wait(&futex, 1, process.h, 0);
    close_pair(event);
    close_pair(process);
}

CASE(wait_bad_owner_other_value, WAIT "bad_handle " WAIT "wrong_type " WAIT "bad_state") {
    handle_pair_t event = make_event();
    zx_futex_wait(&futex, 7, ZX_NEVER_A_HANDLE, 0);
    zx_futex_wait(&futex, 7, event.h, 0);
    close_pair(event);
}

/* ---- zx_futex_wake, zx_futex_wake_single_owner */

CASE(wake_nobody, WAKE "nobody_woken") {
    zx_futex_wake(&futex, 0);
    zx_futex_wake(&futex, 1);
    zx_futex_wake(&futex, UINT32_MAX);
    get_owner(&futex);
}

CASE(wake_unallocated, WAKE "unallocated") {
    zx_futex_wake(zx_unmapped(zx_futex_t), 1);
    zx_futex_wake(zx_unmapped(zx_futex_t), 0);
}

CASE(wake_null, WAKE "nobody_woken") {
    zx_futex_wake(&futex, 0);
    zx_futex_wake(NULL, 1);
    zx_futex_wake(NULL, 0);
}

CASE(wake_misaligned, WAKE "invalid_args_value_ptr_aligned") {
    zx_futex_wake(zx_misaligned(zx_futex_t), 1);
    zx_futex_wake((const zx_futex_t*)((const char*)zx_unmapped(zx_futex_t) + 2), 1);
}

/* The page says that to wake zero threads is no error. */
CASE(wake_misaligned_nobody, WAKE "nobody_woken") {
    zx_futex_wake(&futex, 0);
    zx_futex_wake(zx_misaligned(zx_futex_t), 0);
}

CASE(wake_single_owner_misaligned, "futex_wake_single_owner/invalid_args_value_ptr_aligned") {
    zx_futex_wake_single_owner(zx_misaligned(zx_futex_t));
    zx_futex_wake_single_owner((const zx_futex_t*)((const char*)zx_unmapped(zx_futex_t) + 3));
}

CASE(wake_single_owner_nobody, OWNER "owner_reported") {
    zx_futex_wake_single_owner(&futex);
    zx_futex_wake_single_owner(zx_unmapped(zx_futex_t));
    get_owner(&futex);
}

/* ---- zx_futex_requeue, zx_futex_requeue_single_owner */

CASE(requeue_nobody, OWNER "owner_reported") {
    requeue_both(&futex, 1, &other, ZX_HANDLE_INVALID);
    zx_futex_requeue(&futex, 0, 1, &other, 0, ZX_HANDLE_INVALID);
    zx_futex_requeue(&futex, UINT32_MAX, 1, &other, UINT32_MAX, ZX_HANDLE_INVALID);
    get_owner(&futex);
    get_owner(&other);
}

CASE(requeue_other_value, REQUEUE "bad_state " REQUEUE_SINGLE "bad_state") {
    requeue_both(&futex, 2, &other, ZX_HANDLE_INVALID);
    requeue_both(&futex, INT32_MAX, &other, ZX_HANDLE_INVALID);
}

CASE(requeue_to_itself, REQUEUE "invalid_args_same " REQUEUE_SINGLE "invalid_args_same") {
    requeue_both(&futex, 1, &futex, ZX_HANDLE_INVALID);
}

CASE(requeue_misaligned, REQUEUE "invalid_args_value_ptr_aligned " REQUEUE_SINGLE "invalid_args_value_ptr_aligned") {
    requeue_both(zx_misaligned(zx_futex_t), 0, &other, ZX_HANDLE_INVALID);
}

CASE(requeue_to_misaligned, REQUEUE "invalid_args_requeue_ptr_aligned " REQUEUE_SINGLE "invalid_args_requeue_ptr_aligned") {
    requeue_both(&futex, 1, zx_misaligned(zx_futex_t), ZX_HANDLE_INVALID);
}

CASE(requeue_bad_owner, REQUEUE "bad_handle " REQUEUE_SINGLE "bad_handle") {
    handle_pair_t closed = make_event();
    close_and_get_info(closed.h);
    requeue_both(&futex, 1, &other, ZX_NEVER_A_HANDLE);
    requeue_both(&futex, 1, &other, closed.h);
}

CASE(requeue_owner_is_no_thread, REQUEUE "wrong_type " REQUEUE_SINGLE "wrong_type") {
    handle_pair_t event = make_event();
    requeue_both(&futex, 1, &other, event.h);
    close_pair(event);
}

/* ---- zx_futex_get_owner */

CASE(owner_without_waiters, OWNER "owner_reported") {
    get_owner(&futex);
    get_owner(zx_read_only(zx_futex_t));
}

CASE(owner_misaligned, OWNER "invalid_args_value_ptr_aligned") {
    get_owner(zx_misaligned(zx_futex_t));
}
