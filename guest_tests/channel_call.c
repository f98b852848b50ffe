/* zx_channel_call. */
#include "zxtest.h"

#define P "channel_call/"
#define SECOND 1000000000

/* A call whose arguments can be changed before it is made. */
typedef struct {
    handle_pair_t channel;
    zx_channel_call_args_t args;
    uint32_t* actual_bytes;
    uint32_t* actual_handles;
} call_t;

static char sent[64] = "    ping";
static char got[64];
static zx_handle_t sent_handles[4], got_handles[4];
static uint32_t got_bytes_count, got_handles_count;

static call_t make(void) {
    return (call_t){make_channel(),
                    {sent, sent_handles, got, got_handles, 8, 0, sizeof(got), COUNT(got_handles)},
                    &got_bytes_count,
                    &got_handles_count};
}

static zx_status_t call(call_t* c, zx_time_t deadline) {
    return zx_channel_call(c->channel.h, 0, deadline, &c->args, c->actual_bytes,
                           c->actual_handles);
}

/* Nobody replies: the deadline is in the past. */
static void finish(call_t* c) {
    call(c, 0);
    drain(c->channel.peer);
    close_pair(c->channel);
}

CASE(nobody_replies, P "timed_out " P "written " P "not_before_deadline") {
    call_t c = make();
    finish(&c);
}

CASE(deadline, P "timed_out " P "not_before_deadline") {
    call_t c = make();
    call(&c, time_after(20000000));
    drain(c.channel.peer);
    close_pair(c.channel);
}

CASE(shortest_message, P "written") {
    call_t c = make();
    c.args.wr_num_bytes = 4;
    finish(&c);
}

CASE(longest_message, P "written") {
    static char bytes[ZX_CHANNEL_MAX_MSG_BYTES];
    call_t c = make();
    fill(bytes, sizeof(bytes));
    c.args.wr_bytes = bytes;
    c.args.wr_num_bytes = sizeof(bytes);
    finish(&c);
}

CASE(two_calls, P "written") {
    call_t c = make();
    call(&c, 0);
    call(&c, 0);
    drain(c.channel.peer);
    drain(c.channel.peer);
    close_pair(c.channel);
}

CASE(with_handles, P "written " P "consumed") {
    call_t c = make();
    sent_handles[0] = make_event().h;
    sent_handles[1] = make_vmo().h;
    c.args.wr_num_handles = 2;
    call(&c, 0);
    close_if_open(sent_handles[0]);
    close_if_open(sent_handles[1]);
    drain(c.channel.peer);
    close_pair(c.channel);
}

/* A message that waits already is no reply: it has no transaction id of the kernel's. */
CASE(message_waits, P "timed_out channel_read/message_read") {
    call_t c = make();
    zx_channel_write(c.channel.peer, 0, "    pong", 8, NULL, 0);
    call(&c, 0);
    drain(c.channel.h);
    drain(c.channel.peer);
    close_pair(c.channel);
}

/* ---- errors */

static void with_bad_entry(zx_handle_t bad) {
    call_t c = make();
    sent_handles[0] = make_event().h;
    sent_handles[1] = bad;
    c.args.wr_num_handles = 2;
    call(&c, 0);
    close_if_open(sent_handles[0]);
    drain(c.channel.peer);
    close_pair(c.channel);
}

CASE(entry_zero, P "bad_handle_entry " P "consumed") { with_bad_entry(ZX_HANDLE_INVALID); }
CASE(entry_never_allocated, P "bad_handle_entry " P "consumed") { with_bad_entry(ZX_NEVER_A_HANDLE); }

CASE(entry_repeated, P "bad_handle_repeated " P "consumed") {
    call_t c = make();
    sent_handles[0] = sent_handles[1] = make_event().h;
    c.args.wr_num_handles = 2;
    call(&c, 0);
    close_if_open(sent_handles[0]);
    close_pair(c.channel);
}

CASE(entry_without_transfer, P "access_denied_transfer") {
    call_t c = make();
    sent_handles[0] = without(make_event().h, ZX_RIGHT_TRANSFER);
    c.args.wr_num_handles = 1;
    call(&c, 0);
    close_if_open(sent_handles[0]);
    close_pair(c.channel);
}

CASE(entry_is_the_channel, P "not_supported") {
    call_t c = make();
    sent_handles[0] = c.channel.h;
    c.args.wr_num_handles = 1;
    call(&c, 0);
    close_if_open(c.channel.h);
    zx_handle_close(c.channel.peer);
}

static void of_size(uint32_t size) {
    call_t c = make();
    c.args.wr_num_bytes = size;
    finish(&c);
}

CASE(too_short, P "invalid_args_short") {
    of_size(0);
    of_size(3);
}

CASE(too_many_bytes, P "out_of_range_bytes") {
    static char bytes[ZX_CHANNEL_MAX_MSG_BYTES + 1];
    call_t c = make();
    c.args.wr_bytes = bytes;
    c.args.wr_num_bytes = sizeof(bytes);
    finish(&c);
}

CASE(too_many_handles, P "out_of_range_handles") {
    static zx_handle_t handles[ZX_CHANNEL_MAX_MSG_HANDLES + 1];
    call_t c = make();
    for (unsigned i = 0; i < COUNT(handles); ++i) handles[i] = make_event().h;
    c.args.wr_handles = handles;
    c.args.wr_num_handles = COUNT(handles);
    call(&c, 0);
    close_if_open(handles[0]);
    close_if_open(handles[COUNT(handles) - 1]);
    close_pair(c.channel);
}

CASE(without_read, "channel_create/both_ends") {
    call_t c = make();
    c.channel.h = without(c.channel.h, ZX_RIGHT_READ);
    finish(&c);
}

CASE(peer_closed, P "peer_closed") {
    call_t c = make();
    close_and_get_info(c.channel.peer);
    sent_handles[0] = make_event().h;
    c.args.wr_num_handles = 1;
    call(&c, 0);
    close_if_open(sent_handles[0]);
    zx_handle_close(c.channel.h);
}

#define POINTER(name, claim, field, value)      \
    CASE(name, P claim) {                       \
        call_t c = make();                      \
        c.field = value;                        \
        finish(&c);                             \
    }

POINTER(bytes_unmapped, "invalid_args_pointer", args.wr_bytes, zx_unmapped(char))
POINTER(bytes_null, "invalid_args_null", args.wr_bytes, NULL)
POINTER(read_bytes_unmapped, "invalid_args_pointer", args.rd_bytes, zx_unmapped(char))
POINTER(read_bytes_null, "invalid_args_null", args.rd_bytes, NULL)
POINTER(read_handles_unmapped, "invalid_args_pointer", args.rd_handles, zx_unmapped(zx_handle_t))
POINTER(read_handles_null, "invalid_args_null", args.rd_handles, NULL)
POINTER(actual_bytes_unmapped, "invalid_args_pointer", actual_bytes, zx_unmapped(uint32_t))
POINTER(actual_bytes_null, "invalid_args_null", actual_bytes, NULL)
POINTER(actual_handles_unmapped, "invalid_args_pointer", actual_handles, zx_unmapped(uint32_t))
POINTER(actual_handles_null, "invalid_args_null", actual_handles, NULL)

CASE(handles_null, P "invalid_args_null") {
    call_t c = make();
    c.args.wr_handles = NULL;
    c.args.wr_num_handles = 1;
    finish(&c);
}

CASE(args_null, P "invalid_args_null") {
    call_t c = make();
    zx_channel_call(c.channel.h, 0, 0, NULL, c.actual_bytes, c.actual_handles);
    close_pair(c.channel);
}

CASE(args_unmapped, P "invalid_args_pointer") {
    call_t c = make();
    zx_channel_call(c.channel.h, 0, 0, zx_unmapped(zx_channel_call_args_t), c.actual_bytes,
                    c.actual_handles);
    close_pair(c.channel);
}

/* ---- answered by another thread */

static zx_handle_t server;
static uint32_t reply_size, reply_handles;

static void answer(uintptr_t with_other_txid) {
    static char bytes[64];
    static zx_handle_t handles[4];
    uint32_t size = 0, count = 0;
    zx_signals_t observed;
    zx_object_wait_one(server, ZX_CHANNEL_READABLE, time_after(5l * SECOND), &observed);
    if (zx_channel_read(server, 0, bytes, handles, sizeof(bytes), COUNT(handles), &size, &count) != ZX_OK)
        return;
    for (uint32_t i = 0; i < count; ++i) zx_handle_close(handles[i]);
    for (uint32_t i = 0; i < reply_handles; ++i) handles[i] = make_event().h;
    if (with_other_txid) bytes[0] ^= 1;
    bytes[4] = 'P';
    zx_channel_write(server, 0, bytes, reply_size, handles, reply_handles);
}

static void close_peer(uintptr_t unused) {
    zx_signals_t observed;
    (void)unused;
    zx_object_wait_one(server, ZX_CHANNEL_READABLE, time_after(5l * SECOND), &observed);
    zx_handle_close(server);
}

static zx_handle_t client;

static void close_client(uintptr_t unused) {
    zx_signals_t observed;
    (void)unused;
    zx_object_wait_one(server, ZX_CHANNEL_READABLE, time_after(5l * SECOND), &observed);
    zx_handle_close(client);
}

/* Make the call while another thread runs. */
static void answered(call_t* c, void (*by)(uintptr_t), uintptr_t argument) {
    server = c->channel.peer;
    client = c->channel.h;
    zx_handle_t thread = start_thread(by, argument);
    zx_status_t status = call(c, time_after(by == answer && argument ? SECOND / 4 : 5l * SECOND));
    join_thread(thread);
    for (uint32_t i = 0; status == ZX_OK && i < got_handles_count; ++i) close_if_open(got_handles[i]);
}

CASE(replied, P "reply " P "written") {
    call_t c = make();
    reply_size = 8, reply_handles = 0;
    answered(&c, answer, 0);
    drain(c.channel.h);
    close_pair(c.channel);
}

CASE(replied_with_handles, P "reply " P "consumed") {
    call_t c = make();
    sent_handles[0] = make_event().h;
    c.args.wr_num_handles = 1;
    reply_size = 5, reply_handles = 2;
    answered(&c, answer, 0);
    close_if_open(sent_handles[0]);
    close_pair(c.channel);
}

CASE(reply_has_too_many_bytes, P "buffer_too_small_bytes " P "discarded") {
    call_t c = make();
    reply_size = 8, reply_handles = 0;
    c.args.rd_num_bytes = 7;
    answered(&c, answer, 0);
    drain(c.channel.h);
    close_pair(c.channel);
}

CASE(reply_has_too_many_handles, P "buffer_too_small_handles " P "discarded") {
    call_t c = make();
    reply_size = 8, reply_handles = 2;
    c.args.rd_num_handles = 1;
    answered(&c, answer, 0);
    drain(c.channel.h);
    close_pair(c.channel);
}

CASE(other_transaction, "channel_read/message_read") {
    call_t c = make();
    reply_size = 8, reply_handles = 0;
    answered(&c, answer, 1);
    drain(c.channel.h);
    close_pair(c.channel);
}

CASE(peer_closed_during_the_wait, P "peer_closed_waiting") {
    call_t c = make();
    answered(&c, close_peer, 0);
    zx_handle_close(c.channel.h);
}

CASE(closed_during_the_wait, P "canceled") {
    call_t c = make();
    answered(&c, close_client, 0);
    close_if_open(c.channel.h);
    zx_handle_close(c.channel.peer);
}
