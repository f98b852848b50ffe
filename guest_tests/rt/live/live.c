/* A guest that executes requests received over serial; `zxhil shell` is at the other end.
 *
 * A request is one line, an answer is records of the trace; docs/shell.md has the format. Calls go
 * through the same recording wrappers as those of any case, and the whole dialogue is one case.
 *
 * It lies outside the folders whose C files become programs of an ordinary run: there nothing
 * would talk to it. */
#include "live.h"
#include "../rt.h"
#include "zxtest.h"

#define LINE_MAX (ZXHIL_REQUEST_HEAD + ZXHIL_REQUEST_TEXT + ZXHIL_FRAME_CRC)
#define KEPT_MAX 0x8000
#define NO_SEQUENCE ZXHIL_REQUESTS
#define CASE_NAME "dialogue"

static char request[LINE_MAX];
static char kept[KEPT_MAX];
/* The number of the request that made the last call; no request makes a call twice. */
static uint32_t last_call = NO_SEQUENCE;
/* The case has ended. */
static bool left;

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

static bool peek(uint32_t sequence, const char** text) {
    uint64_t offset = interpret_number(text), size = interpret_number(text);
    if (!interpret_in_scratch(offset, size)) return false;
    say(sequence, "data ");
    for (uint64_t i = 0; i < size; ++i) {
        uint8_t byte = (uint8_t)zx_writable_edge[offset + i];
        record_char("0123456789abcdef"[byte >> 4]);
        record_char("0123456789abcdef"[byte & 15]);
    }
    record_close();
    return true;
}

/* The wrapper's records are the reply; ours is sent only if it wrote none. */
static bool call(uint32_t sequence, const char** text) {
    wire_keep(kept, sizeof(kept));
    bool made = interpret_call(text);
    if (!made) {
        wire_keep(NULL, 0);
        return false;
    }
    if (line->stopped_by) answer(sequence, "absent");
    line->stopped_by = NULL;
    last_call = sequence;
    wire_keep(NULL, 0);
    return true;
}

/* For a client that disconnects: the end of the trace, though the program keeps listening. */
static void leave(void) {
    record_open('E');
    record_text("0 ");
    record_hex(line->calls_made);
    record_close();
    record_open('Z');
    record_text("1");
    record_close();
    left = true;
}

/* For a client that connects later: everything before the first call. The request numbers of a new
 * client are unrelated to those of an earlier one. */
static void introduce(void) {
    if (!left && !line->calls_made) leave();
    announce(1);
    record_open('B');
    record_text("0 " CASE_NAME);
    record_close();
    line->calls_made = 0;
    last_call = NO_SEQUENCE;
    left = false;
}

typedef enum { WENT_ON, QUIT } Done;

static Done obey(uint32_t sequence, const char* text) {
    bool answered = false, understood = true;
    while (*text && understood) {
        switch (*text++) {
        case 'W': understood = interpret_put(&text); break;
        case 'F': understood = interpret_fill(&text); break;
        case 'P': understood = answered = peek(sequence, &text); break;
        case 'X':
            if (call(sequence, &text)) return WENT_ON;
            understood = false;
            break;
        case 'G':
            if (interpret_number(&text) == last_call)
                wire_again(kept);
            else
                answer(sequence, "lost");
            return WENT_ON;
        case 'H':
            introduce();
            break;
        case 'E':
            leave();
            break;
        case 'Q': answer(sequence, "ok"); return QUIT;
        case ';': break;
        default: understood = false;
        }
    }
    if (!answered) answer(sequence, understood ? "ok" : "wrong");
    return WENT_ON;
}

/* Read a complete line; `size` is that of its text with head and checksum. A tilde always begins a line. */
static zx_status_t read_request(size_t* size) {
    *size = 0;
    for (;;) {
        char c;
        zx_status_t status = input_byte(&c);
        if (status != ZX_OK) return status;
        if (c == '~') {
            *size = 0;
        } else if (c == '\n' || c == '\r') {
            size_t whole = *size;
            if (whole >= ZXHIL_REQUEST_HEAD + ZXHIL_FRAME_CRC && whole <= LINE_MAX) {
                size_t crc_at = whole - ZXHIL_FRAME_CRC;
                if (crc_at == ZXHIL_REQUEST_HEAD + interpret_fixed_hex(request + 3, 3) &&
                    crc32(0, request, crc_at) == interpret_fixed_hex(request + crc_at, ZXHIL_FRAME_CRC))
                    return ZX_OK;
            }
            if (whole) answer(NO_SEQUENCE, "bad");
            *size = 0;
        } else if (*size <= LINE_MAX) {
            if (*size < LINE_MAX) request[*size] = c;
            ++*size;
        }
    }
}

static void deaf(zx_status_t status) {
    say(NO_SEQUENCE, "deaf ");
    record_text(input_failed);
    record_text(" returned ");
    record_decimal(status);
    record_close();
}

static void converse(void) {
    size_t size = 0;
    zx_status_t status = input_open();
    if (status == ZX_OK) answer(NO_SEQUENCE, "ready");
    while (status == ZX_OK) {
        status = read_request(&size);
        if (status != ZX_OK) break;
        uint32_t sequence = (uint32_t)interpret_fixed_hex(request, 3);
        request[size - ZXHIL_FRAME_CRC] = 0;
        if (sequence == last_call)
            answer(sequence, "made");
        else if (obey(sequence, request + ZXHIL_REQUEST_HEAD) == QUIT)
            return;
    }
    deaf(status);
}

CASE(dialogue, "channel_create/both_ends") { converse(); }
