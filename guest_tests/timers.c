/* zx_timer_set, zx_timer_cancel: what the timer asserts afterwards. */
#include "zxtest.h"

#define SET "timer_set/"
#define CANCEL "timer_cancel/"

#define SECOND 1000000000l

static void observe(handle_pair_t timer) { signals_of(timer.h, ZX_TIMER_SIGNALED); }

static void set(handle_pair_t timer, zx_time_t deadline) {
    zx_timer_set(timer.h, deadline, 0);
    observe(timer);
}

CASE(not_set, "timer_create/created object_wait_one/timed_out") {
    handle_pair_t timer = make_timer();
    observe(timer);
    close_pair(timer);
}

CASE(at_once, SET "at_once") {
    handle_pair_t timer = make_timer();
    set(timer, 0);
    observe(timer);
    close_pair(timer);
}

CASE(deadline_before_zero, SET "at_once") {
    handle_pair_t timer = make_timer();
    set(timer, -1);
    zx_timer_cancel(timer.h);
    set(timer, INT64_MIN);
    close_pair(timer);
}

CASE(never, SET "deasserted") {
    handle_pair_t timer = make_timer();
    set(timer, ZX_TIME_INFINITE);
    observe(timer);
    close_pair(timer);
}

CASE(canceled, CANCEL "canceled") {
    handle_pair_t timer = make_timer();
    zx_timer_cancel(timer.h);
    observe(timer);
    set(timer, 0);
    zx_timer_cancel(timer.h);
    observe(timer);
    zx_timer_cancel(timer.h);
    observe(timer);
    close_pair(timer);
}

CASE(canceled_while_pending, CANCEL "canceled") {
    handle_pair_t timer = make_timer();
    zx_timer_set(timer.h, zx_deadline_after(SECOND), 0);
    zx_timer_cancel(timer.h);
    observe(timer);
    close_pair(timer);
}

/* Setting it again clears the signal. */
CASE(set_again, SET "at_once " SET "deasserted") {
    handle_pair_t timer = make_timer();
    set(timer, 0);
    set(timer, ZX_TIME_INFINITE);
    set(timer, 0);
    set(timer, ZX_TIME_INFINITE);
    zx_timer_cancel(timer.h);
    observe(timer);
    close_pair(timer);
}

CASE(set_through_a_duplicate, SET "at_once " CANCEL "canceled") {
    handle_pair_t timer = make_timer();
    zx_handle_t other = duplicate(timer.h, ZX_RIGHT_WRITE);
    zx_timer_set(other, 0, 0);
    observe(timer);
    zx_timer_cancel(other);
    observe(timer);
    zx_handle_close(other);
    close_pair(timer);
}

CASE(slack, SET "at_once " SET "deasserted") {
    handle_pair_t timer = make_timer();
    zx_timer_set(timer.h, 0, INT64_MAX);
    observe(timer);
    zx_timer_set(timer.h, ZX_TIME_INFINITE, SECOND);
    observe(timer);
    close_pair(timer);
}

CASE(slack_negative, SET "out_of_range") {
    handle_pair_t timer = make_timer();
    zx_timer_set(timer.h, 0, -1);
    observe(timer);
    zx_timer_set(timer.h, ZX_TIME_INFINITE, INT64_MIN);
    observe(timer);
    close_pair(timer);
}

CASE(slack_of_each_kind, SET "at_once") {
    for (uint32_t options = ZX_TIMER_SLACK_CENTER; options <= ZX_TIMER_SLACK_LATE; ++options) {
        handle_pair_t timer = {0, 0};
        zx_timer_create(options, ZX_CLOCK_MONOTONIC, &timer.h);
        zx_timer_set(timer.h, 0, 1000);
        observe(timer);
        close_pair(timer);
    }
}

/* The wait ends when the timer fires. */
CASE(waited_for, SET "fires") {
    handle_pair_t timer = make_timer();
    zx_signals_t observed;
    for (int i = 0; i < 3; ++i) {
        zx_timer_set(timer.h, zx_deadline_after(SECOND / 100), 0);
        zx_object_wait_one(timer.h, ZX_TIMER_SIGNALED, ZX_TIME_INFINITE, &observed);
        observe(timer);
    }
    close_pair(timer);
}

CASE(without_write, SET "access_denied " CANCEL "access_denied") {
    handle_pair_t timer = make_timer();
    zx_handle_t other = ZX_HANDLE_INVALID;
    zx_handle_duplicate(timer.h, ZX_RIGHT_WAIT, &other);
    zx_timer_set(other, 0, 0);
    zx_timer_cancel(other);
    observe(timer);
    zx_handle_close(other);
    close_pair(timer);
}

/* RIGHTS asks for a timer; ERRORS has no status for another object. */
CASE(other_types, "event_create/created port_create/created") {
    handle_pair_t event = make_event(), port = make_port();
    zx_timer_set(event.h, 0, 0);
    zx_timer_set(port.h, 0, 0);
    zx_timer_cancel(event.h);
    zx_timer_cancel(port.h);
    close_pair(event);
    close_pair(port);
}
