/* Frames on the serial line; docs/trace.md has the format. Each frame is one zx_debug_write: the
 * kernel silently truncates a longer text to 256 bytes. */
#include "rt.h"

static zx_status_t (*debug_write)(const char* text, size_t size);
static char frame[ZXHIL_FRAME_HEADER + ZXHIL_FRAME_MAX_BODY + ZXHIL_FRAME_CRC + 1];
static unsigned body_size;
static uint32_t sequence;
static uint32_t mixed_nonce;
static uint32_t seed;
static char record_kind;
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
    seed = mixed_nonce ? mixed(mixed_nonce + round) : 0;
}

void wire_open(uint32_t nonce) {
    crc_prepare();
    mixed_nonce = mixed(nonce);
    seed_round(0);
    uintptr_t found = vdso_find("debug_write");
    memcpy(&debug_write, &found, sizeof(debug_write));
    sequence = 0;
}

static void put_hex(char* to, uint32_t value, unsigned digits) {
    for (; digits; --digits, value >>= 4) to[digits - 1] = "0123456789abcdef"[value & 15];
}

static void send(char kind) {
    frame[0] = '~';
    put_hex(frame + 1, sequence & 0xfff, 3);
    put_hex(frame + 4, body_size, 2);
    frame[6] = kind;
    unsigned end = ZXHIL_FRAME_HEADER + body_size;
    put_hex(frame + end, crc32(seed, frame + 1, end - 1), ZXHIL_FRAME_CRC);
    frame[end + ZXHIL_FRAME_CRC] = '\n';
    debug_write(frame, end + ZXHIL_FRAME_CRC + 1);
    ++sequence;
    if (!(sequence & 0xfff)) seed_round(sequence >> 12);
    body_size = 0;
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
    record_kind = kind;
    body_size = 0;
    keep(kind);
}

void record_char(char c) {
    keep(c);
    if (body_size == ZXHIL_FRAME_MAX_BODY) send('+');
    frame[ZXHIL_FRAME_HEADER + body_size++] = c;
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
    send(record_kind);
    keep('\n');
}
