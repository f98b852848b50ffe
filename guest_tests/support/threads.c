/* Threads and another process that make their calls side by side. */
#include "zxtest.h"

#define WITHIN 2000000000 /* ns: for what comes at once */
#define A_MOMENT 20000000 /* ns */

static void sleep_for(int64_t nanoseconds) { zx_nanosleep(time_after(nanoseconds)); }

static void wait_for(zx_handle_t handle, zx_signals_t signals) {
    zx_signals_t observed;
    zx_object_wait_one(handle, signals, time_after(WITHIN), &observed);
}

static void answer(uintptr_t channel) {
    wait_for((zx_handle_t)channel, ZX_CHANNEL_READABLE);
    drain((zx_handle_t)channel);
    zx_channel_write((zx_handle_t)channel, 0, "pong", 4, NULL, 0);
}

CASE(ping_pong, "channel_write/delivered channel_read/message_read") {
    handle_pair_t channel = make_channel();
    zx_handle_t thread = start_thread(answer, channel.peer);
    zx_channel_write(channel.h, 0, "ping", 4, NULL, 0);
    wait_for(channel.h, ZX_CHANNEL_READABLE);
    drain(channel.h);
    join_thread(thread);
    close_pair(channel);
}

static void signal_later(uintptr_t event) {
    sleep_for(A_MOMENT);
    zx_object_signal((zx_handle_t)event, 0, ZX_USER_SIGNAL_0);
}

CASE(wait_satisfied_by_another_thread, "object_wait_one/observed") {
    handle_pair_t event = make_event();
    zx_handle_t thread = start_thread(signal_later, event.h);
    wait_for(event.h, ZX_USER_SIGNAL_0);
    join_thread(thread);
    close_pair(event);
}

static void close_later(uintptr_t handle) {
    sleep_for(A_MOMENT);
    zx_handle_close((zx_handle_t)handle);
}

CASE(wait_canceled_by_another_thread,
     "object_wait_one/canceled object_wait_one/closed_observed") {
    handle_pair_t event = make_event();
    zx_handle_t thread = start_thread(close_later, event.h);
    wait_for(event.h, ZX_USER_SIGNAL_0);
    join_thread(thread);
}

CASE(wait_ends_at_its_deadline, "object_wait_one/not_before_deadline") {
    zx_signals_t observed;
    handle_pair_t event = make_event();
    zx_object_wait_one(event.h, ZX_USER_SIGNAL_0, time_after(A_MOMENT), &observed);
    close_pair(event);
}

static void read_some(uintptr_t channel) {
    for (unsigned i = 0; i < 4; ++i) drain((zx_handle_t)channel);
}

CASE(two_readers_of_one_channel, "channel_read/message_read") {
    handle_pair_t channel = make_channel();
    for (unsigned i = 0; i < 6; ++i) zx_channel_write(channel.h, 0, &"abcdef"[i], 1, NULL, 0);
    zx_handle_t thread = start_thread(read_some, channel.peer);
    read_some(channel.peer);
    join_thread(thread);
    close_pair(channel);
}

static void write_some(uintptr_t channel) {
    for (unsigned i = 0; i < 3; ++i) zx_channel_write((zx_handle_t)channel, 0, &"123"[i], 1, NULL, 0);
}

CASE(two_writers_of_one_channel, "channel_write/delivered") {
    handle_pair_t channel = make_channel();
    zx_handle_t thread = start_thread(write_some, channel.h);
    write_some(channel.h);
    join_thread(thread);
    for (unsigned i = 0; i < 7; ++i) drain(channel.peer);
    close_pair(channel);
}

static void wait_for_ever(uintptr_t event) {
    zx_signals_t observed;
    zx_object_wait_one((zx_handle_t)event, ZX_USER_SIGNAL_0, ZX_TIME_INFINITE, &observed);
}

CASE(thread_left_blocked, "event_create/created") {
    handle_pair_t event = make_event();
    zx_handle_t thread = start_thread(wait_for_ever, event.h);
    sleep_for(A_MOMENT);
    get_basic_info(event.h);
    zx_handle_close(thread);
}

static void never_ends(uintptr_t unused) {
    (void)unused;
    for (;;) __asm__ volatile("");
}

CASE(thread_left_running, "event_create/created") {
    zx_handle_t thread = start_thread(never_ends, 0);
    get_basic_info(make_event().h);
    zx_handle_close(thread);
}

static void serve(zx_handle_t channel) {
    wait_for(channel, ZX_CHANNEL_READABLE);
    drain(channel);
    handle_pair_t event = make_event();
    zx_channel_write(channel, 0, "from there", 10, &event.h, 1);
}

CASE(another_process, "channel_read/message_read") {
    handle_pair_t channel = make_channel(), event = make_event();
    process_t process = start_process(serve, channel.peer);
    get_basic_info(channel.peer);
    zx_channel_write(channel.h, 0, "there", 5, &event.h, 1);
    wait_for(channel.h, ZX_CHANNEL_READABLE);
    drain(channel.h);
    join_process(process);
    wait_for(channel.h, ZX_CHANNEL_PEER_CLOSED);
    zx_handle_close(channel.h);
}

static void exits(zx_handle_t channel) {
    zx_handle_close(channel);
    no_return();
    zx_process_exit(7);
}

CASE(another_process_exits, "channel_create/both_ends") {
    handle_pair_t channel = make_channel();
    process_t process = start_process(exits, channel.peer);
    wait_for(process.h, ZX_TASK_TERMINATED);
    join_process(process);
    zx_handle_close(channel.h);
}

static void crashes(zx_handle_t channel) {
    zx_handle_close(channel);
    *zx_unmapped(volatile int) = 1;
}

CASE(another_process_crashes, "channel_create/both_ends") {
    handle_pair_t channel = make_channel();
    process_t process = start_process(crashes, channel.peer);
    wait_for(channel.h, ZX_CHANNEL_PEER_CLOSED);
    join_process(process);
    zx_handle_close(channel.h);
}

static void stays(zx_handle_t channel) {
    zx_signals_t observed;
    zx_object_wait_one(channel, ZX_CHANNEL_PEER_CLOSED, ZX_TIME_INFINITE, &observed);
}

CASE(process_left_blocked, "channel_create/both_ends") {
    handle_pair_t channel = make_channel();
    start_process(stays, channel.peer);
    sleep_for(A_MOMENT);
    get_basic_info(channel.h);
}

CASE(after_the_threads, "channel_create/both_ends") { close_pair(make_channel()); }

/* After these the program goes on in another boot. */
CASE(program_exits, "process_exit/no_return") {
    get_basic_info(make_event().h);
    no_return();
    zx_process_exit(0);
}

CASE(first_thread_exits, "thread_exit/no_return") {
    get_basic_info(make_event().h);
    no_return();
    zx_thread_exit();
}

CASE(program_kills_itself, "event_create/created") {
    get_basic_info(make_event().h);
    no_return();
    zx_task_kill(zx_self_process());
}

CASE(after_the_program, "event_create/created") { get_basic_info(make_event().h); }
