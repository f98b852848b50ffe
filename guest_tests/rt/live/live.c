/* A guest that does what it is told over serial: `zxhil shell` is at the other end.
 *
 * A request is one line, an answer is records of the trace; docs/shell.md has the format. Calls go
 * through the same recording wrappers as those of any case, and the whole dialogue is one case.
 *
 * It lies outside of the folders whose C files make programs of an ordinary run: nobody would
 * speak to it there. */
#include "live.h"
#include "../rt.h"
#include "zxtest.h"

#define LINE_MAX 512
#define HEAD_SIZE 6 /* SSS LLL */
#define CRC_DIGITS 8
#define KEPT_MAX 0x8000
#define NO_SEQUENCE 0x1000u

static char line[LINE_MAX];
static char kept[KEPT_MAX];
static zx_handle_t console;
static uintptr_t debug_read;
static bool reads_what_is_there;
/* The number of the request that made the last call; a call is never made twice for one. */
static uint32_t last_call = NO_SEQUENCE;

typedef zx_status_t (*ReadExactly)(zx_handle_t handle, void* buffer, size_t* size);
typedef zx_status_t (*ReadSome)(zx_handle_t handle, void* buffer, size_t size, size_t* actual);

/* zx_debug_read has had two forms. The later one takes a size where the earlier one takes the
 * address of a size: no memory is mapped at address 1, and so the earlier one refuses it. */
static zx_status_t read_byte(char* byte) {
    size_t size = 1;
    if (!reads_what_is_there) {
        zx_status_t status = ((ReadExactly)debug_read)(console, byte, &size);
        return status == ZX_OK && size != 1 ? ZX_ERR_IO : status;
    }
    zx_status_t status = ((ReadSome)debug_read)(console, byte, 1, &size);
    return status == ZX_OK && size != 1 ? ZX_ERR_IO : status;
}

static void say(uint32_t sequence, const char* what) {
    record_open('A');
    if (sequence == NO_SEQUENCE)
        record_char('-');
    else
        record_hex(sequence);
    record_char(' ');
    record_text(what);
}

static void answer(uint32_t sequence, const char* what) {
    say(sequence, what);
    record_close();
}

static int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

static uint64_t fixed_hex(const char* text, unsigned digits) {
    uint64_t value = 0;
    while (digits--) value = value << 4 | (unsigned)(digit(*text++) & 15);
    return value;
}

static uint64_t digits(const char** text) {
    uint64_t value = 0;
    for (; digit(**text) >= 0; ++*text) value = value << 4 | (unsigned)digit(**text);
    return value;
}

static uint64_t number(const char** text) {
    while (**text == ' ') ++*text;
    return digits(text);
}

/* A pointer is a letter for its region and an offset there; docs/shell.md lists them. */
static uint64_t argument(const char** text) {
    while (**text == ' ') ++*text;
    char region = **text;
    if (digit(region) >= 0) return digits(text);
    if (region && region != ';') ++*text;
    uint64_t offset = digits(text);
    switch (region) {
    case 'w': return (uintptr_t)zx_writable_edge + offset;
    case 'r': return (uintptr_t)zx_ro_end - offset;
    case 'x': return (uintptr_t)ZX_UNMAPPED_ADDRESS + offset;
    case 'k': return ZX_KERNEL_ADDRESS + offset;
    }
    return 0;
}

static bool in_scratch(uint64_t offset, uint64_t size) {
    return offset <= sizeof(zx_writable_edge) && size <= sizeof(zx_writable_edge) - offset;
}

/* A digit of base64 (RFC 4648), -1 for anything else. */
static int six_bits(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool put(const char** text) {
    uint64_t offset = number(text);
    uint32_t bits = 0;
    unsigned count = 0;
    while (**text == ' ') ++*text;
    for (; six_bits(**text) >= 0; ++*text) {
        bits = bits << 6 | (unsigned)six_bits(**text);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        if (!in_scratch(offset, 1)) return false;
        zx_writable_edge[offset++] = (char)(bits >> count);
    }
    return true;
}

static bool put_many(const char** text) {
    uint64_t offset = number(text), size = number(text), byte = number(text);
    if (!in_scratch(offset, size)) return false;
    memset(zx_writable_edge + offset, (int)byte, size);
    return true;
}

static bool peek(uint32_t sequence, const char** text) {
    uint64_t offset = number(text), size = number(text);
    if (!in_scratch(offset, size)) return false;
    say(sequence, "data ");
    for (uint64_t i = 0; i < size; ++i) {
        uint8_t byte = (uint8_t)zx_writable_edge[offset + i];
        record_char("0123456789abcdef"[byte >> 4]);
        record_char("0123456789abcdef"[byte & 15]);
    }
    record_close();
    return true;
}

/* The wrapper's records are the answer; one of ours only where it wrote none. */
static bool call(uint32_t sequence, const char** text) {
    uint64_t arguments[LIVE_ARGUMENTS_MAX] = {0};
    unsigned slot = (unsigned)number(text);
    if (slot >= zx_call_count) return false;
    for (unsigned i = 0; i < live_argument_count[slot]; ++i) arguments[i] = argument(text);
    wire_keep(kept, sizeof(kept));
    live_make(slot, arguments);
    if (stopped_by) answer(sequence, "absent");
    stopped_by = NULL;
    last_call = sequence;
    wire_keep(NULL, 0);
    return true;
}

typedef enum { WENT_ON, QUIT } Done;

static Done obey(uint32_t sequence, const char* text) {
    bool answered = false, understood = true;
    while (*text && understood) {
        switch (*text++) {
        case 'W': understood = put(&text); break;
        case 'F': understood = put_many(&text); break;
        case 'P': understood = answered = peek(sequence, &text); break;
        case 'X':
            if (call(sequence, &text)) return WENT_ON;
            understood = false;
            break;
        case 'G':
            if (number(&text) == last_call)
                wire_again(kept);
            else
                answer(sequence, "lost");
            return WENT_ON;
        case 'Q': answer(sequence, "ok"); return QUIT;
        case ';': break;
        default: understood = false;
        }
    }
    if (!answered) answer(sequence, understood ? "ok" : "wrong");
    return WENT_ON;
}

/* Read to the end of a line that is whole; `size` is that of its text. A tilde always begins one. */
static zx_status_t read_request(size_t* size) {
    *size = 0;
    for (;;) {
        char c;
        zx_status_t status = read_byte(&c);
        if (status != ZX_OK) return status;
        if (c == '~') {
            *size = 0;
        } else if (c == '\n' || c == '\r') {
            size_t whole = *size;
            if (whole >= HEAD_SIZE + CRC_DIGITS && whole <= LINE_MAX &&
                whole == HEAD_SIZE + fixed_hex(line + 3, 3) + CRC_DIGITS &&
                crc32(0, line, whole - CRC_DIGITS) == fixed_hex(line + whole - CRC_DIGITS, CRC_DIGITS))
                return ZX_OK;
            if (whole) answer(NO_SEQUENCE, "bad");
            *size = 0;
        } else if (*size <= LINE_MAX) {
            if (*size < LINE_MAX) line[*size] = c;
            ++*size;
        }
    }
}

/* Find a resource that serial may be read with, and which form of zx_debug_read there is. That
 * is known when the first byte has come: the later form waits for it. */
static zx_status_t listen_with_any_resource(char* first) {
    zx_status_t status = ZX_ERR_NOT_FOUND;
    for (unsigned i = 0; (console = args_resource(i)) != ZX_HANDLE_INVALID; ++i) {
        size_t actual = 0;
        status = ((ReadSome)debug_read)(console, first, 1, &actual);
        reads_what_is_there = status == ZX_OK;
        if (status == ZX_ERR_INVALID_ARGS) status = read_byte(first);
        if (status == ZX_OK) return status;
    }
    return status;
}

static void converse(void) {
    Done done = WENT_ON;
    size_t size = 0;
    char first;
    debug_read = vdso_find("debug_read");
    if (!debug_read) {
        answer(NO_SEQUENCE, "deaf zx_debug_read is not in the vDSO");
        return;
    }
    answer(NO_SEQUENCE, "ready");
    zx_status_t status = listen_with_any_resource(&first);
    while (status == ZX_OK && done != QUIT) {
        status = read_request(&size);
        if (status != ZX_OK) break;
        uint32_t sequence = (uint32_t)fixed_hex(line, 3);
        line[size - CRC_DIGITS] = 0;
        if (sequence == last_call)
            answer(sequence, "made");
        else
            done = obey(sequence, line + HEAD_SIZE);
    }
    if (status != ZX_OK) {
        say(NO_SEQUENCE, "deaf zx_debug_read returned ");
        record_decimal(status);
        record_close();
    }
}

CASE(dialogue, "channel_create/both_ends") { converse(); }
