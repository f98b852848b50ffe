/* Frames on the serial line or in memory; docs/trace.md has the format. On the line each frame is one
 * zx_debug_write: the kernel silently truncates a longer text to 256 bytes. */
#include "rt.h"

static zx_status_t (*debug_write)(const char* text, size_t size);
static uint64_t (*clock_get_monotonic)(void);
static uint64_t (*deadline_after)(int64_t nanoseconds);
static bool in_memory, elsewhere;
static char* keep_at;
static size_t keep_room;

/* A permutation of 32 bits; _mixed() in zxhil/trace/wire.py says why. */
static uint32_t mixed(uint32_t value) {
    value = (value ^ value >> 16) * 0x7feb352du;
    value = (value ^ value >> 15) * 0x846ca68bu;
    return value ^ value >> 16;
}

/* Three digits hold 4096 numbers: each round of them has a seed of its own. */
static void seed_round(uint32_t round) {
    line->seed = line->mixed_nonce ? mixed(line->mixed_nonce + round) : 0;
}

void wire_open(uint32_t nonce) {
    crc_prepare();
    line->mixed_nonce = mixed(nonce);
    line->sequence = 0;
    line->written = 0;
    seed_round(0);
    uintptr_t found = vdso_find("debug_write");
    memcpy(&debug_write, &found, sizeof(debug_write));
    found = vdso_find("clock_get_monotonic");
    memcpy(&clock_get_monotonic, &found, sizeof(clock_get_monotonic));
    found = vdso_find("deadline_after");
    memcpy(&deadline_after, &found, sizeof(deadline_after));
    in_memory = nonce && pages_open();
}

void wire_leave_memory(void) { elsewhere = true; }

uint64_t now(void) {
    if (clock_get_monotonic) return clock_get_monotonic();
    return deadline_after ? deadline_after(0) : 0;
}

static void put_hex(char* to, uint32_t value, unsigned digits) {
    for (; digits; --digits, value >>= 4) to[digits - 1] = "0123456789abcdef"[value & 15];
}

void wire_position(uint64_t written) {
    char text[1 + ZXHIL_POSITION_DIGITS] = {ZXHIL_POSITION};
    put_hex(text + 1, (uint32_t)written, ZXHIL_POSITION_DIGITS);
    debug_write(text, sizeof(text));
}

/* The frames after which the position goes over serial: what the kernel prints during a case is
 * ordered by them. */
static bool is_told(char kind) { return kind == 'V' || kind == 'B' || kind == 'S' || kind == 'Z'; }

/* The caller holds the lock. A position is on the line before the frame is there to be read. */
static void put(const char* frame, unsigned size, char kind) {
    if (!in_memory || elsewhere) {
        /* Between what was written to memory before it and after it. */
        if (in_memory) wire_position(line->written);
        debug_write(frame, size);
        if (in_memory) wire_position(line->written);
        return;
    }
    if (!pages_have_room(line->written, size)) {
        wire_position(line->written);
        while (!pages_have_room(line->written, size)) rest();
    }
    pages_write(line->written, frame, size);
    line->written += size;
    if (is_told(kind)) wire_position(line->written);
    pages_publish(line->written);
}

/* The units of time since the last record: of a call from the unit in which it is made, of a return
 * from the one after it. The lock is held, so no thread's time lies before the last record's. */
static uint64_t elapsed(const thread_t* thread) {
    bool call = thread->kind == 'C';
    uint64_t time = call ? now() : thread->returned, last = line->last_time;
    if (!time) return 0;
    uint64_t unit = (time + (call ? 0 : (1u << ZXHIL_TIME_SHIFT) - 1)) >> ZXHIL_TIME_SHIFT;
    uint64_t value = unit + call < last ? 0 : unit + call - last;
    line->last_time = last + value - call;
    return value;
}

/* Write thread and time so that they end there (zxhil/trace/stamp.py); return their size. */
static unsigned stamp(const thread_t* thread, char* end) {
    uint64_t value = elapsed(thread);
    char* at = end;
    *--at = (char)('0' + value % 32);
    while (value >>= 5) *--at = (char)('P' + value % 32);
    if (thread->number) *--at = (char)(' ' + thread->number);
    return (unsigned)(end - at);
}

static bool is_stamped(const thread_t* thread) { return thread->kind == 'C' || thread->kind == 'R'; }

/* The caller holds the lock. */
static void send(thread_t* thread, char kind) {
    char* body = thread->frame + BODY_AT;
    unsigned size = thread->body_size;
    if (is_stamped(thread) && !thread->continued) {
        unsigned stamped = stamp(thread, body);
        body -= stamped;
        size += stamped;
    }
    char* frame = body - ZXHIL_FRAME_HEADER;
    frame[0] = '~';
    put_hex(frame + 1, line->sequence & 0xfff, 3);
    put_hex(frame + 4, size, 2);
    frame[6] = kind;
    unsigned end = ZXHIL_FRAME_HEADER + size;
    put_hex(frame + end, crc32(line->seed, frame + 1, end - 1), ZXHIL_FRAME_CRC);
    frame[end + ZXHIL_FRAME_CRC] = '\n';
    put(frame, end + ZXHIL_FRAME_CRC + 1, kind);
    ++line->sequence;
    if (!(line->sequence & 0xfff)) seed_round(line->sequence >> 12);
    thread->body_size = 0;
}

void wire_keep(char* to, size_t room) {
    keep_at = to;
    keep_room = room;
    if (to) *to = 0;
}

static void keep(char c) {
    if (!keep_at || keep_room < 2) return;
    *keep_at++ = c;
    *keep_at = 0;
    --keep_room;
}

/* A line each: the kind, then the body. A record that does not fit is truncated, and the reader
 * detects it. */
void wire_again(const char* kept) {
    while (*kept) {
        record_open(*kept++);
        while (*kept && *kept != '\n') record_char(*kept++);
        record_close();
        if (*kept) ++kept;
    }
}

void record_open(char kind) {
    thread_t* thread = me();
    thread->kind = kind;
    thread->body_size = 0;
    if (kind == 'R') thread->returned = now();
    keep(kind);
}

void record_char(char c) {
    thread_t* thread = me();
    if (thread->silent) return;
    keep(c);
    unsigned room = ZXHIL_FRAME_MAX_BODY - (thread->continued ? 0 : STAMP_ROOM);
    if (thread->body_size == room) {
        if (!thread->continued) line_lock();
        send(thread, '+');
        thread->continued = true;
    }
    thread->frame[BODY_AT + thread->body_size++] = c;
}

void record_text(const char* text) {
    while (*text) {
        char c = *text++;
        record_char(c < ' ' || c > '}' ? '?' : c);
    }
}

void record_hex(uint64_t value) {
    int shift = 60;
    while (shift && !(value >> shift)) shift -= 4;
    for (; shift >= 0; shift -= 4) record_char("0123456789abcdef"[(value >> shift) & 15]);
}

void record_decimal(int64_t value) {
    char digits[20];
    unsigned count = 0;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    if (value < 0) record_char('-');
    do digits[count++] = (char)('0' + rest % 10);
    while (rest /= 10);
    while (count) record_char(digits[--count]);
}

void record_close(void) {
    thread_t* thread = me();
    if (thread->silent) return;
    line_lock();
    send(thread, thread->kind);
    if (thread->kind == 'C') ++line->calls_made;
    if (thread->kind == 'B') line->last_time = 0;
    line_unlock();
    if (thread->continued) line_unlock();
    thread->continued = false;
    keep('\n');
}
