// Faults that damage what a test program writes: its frames (docs/trace.md) begin with '~', three
// digits of a sequence number, two of the body's length and a letter for the record's kind.
#include "console.h"
#include "serial_faults.h"
#include "syscalls.h"

#define KIND_AT 6
#define KIND_VERSION 'V'
#define KIND_CALL 'C'
// Which record of a call is damaged: not the first, so that a case is running.
#define VICTIM 5

static unsigned calls_written;

static bool is_frame(const char* text, size_t size, char kind) {
    return size > ZXHIL_FRAME_HEADER + ZXHIL_FRAME_CRC && text[0] == '~' && text[KIND_AT] == kind;
}

static uint32_t crc32(const char* text, size_t size) {
    uint32_t crc = ~0u;
    for (size_t i = 0; i < size; i++) {
        crc ^= (uint8_t)text[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
        }
    }
    return ~crc;
}

// A well-formed frame of an unknown trace version.
static void change_version(char* text, size_t size) {
    size_t crc_at = size - 1 - ZXHIL_FRAME_CRC;  // before the line's end
    text[ZXHIL_FRAME_HEADER] = '9';
    uint32_t crc = crc32(text + 1, crc_at - 1);
    for (unsigned i = 0; i < ZXHIL_FRAME_CRC; i++) {
        text[crc_at + (size_t)i] = "0123456789abcdef"[crc >> (28 - 4 * i) & 15];
    }
}

static size_t damage_victim(char* text, size_t size) {
    if (fault_on(FAULT_SERIAL_GARBAGE)) {
        for (size_t i = size / 4; i < size / 2; i++) {
            text[i] = (char)(text[i] ^ 0x9f);
        }
    }
    if (fault_on(FAULT_SERIAL_TRUNCATED)) {
        text[size / 2] = '\n';
        size = size / 2 + 1;
    }
    return fault_on(FAULT_SERIAL_LOST) ? 0 : size;
}

size_t serial_faults(char* text, size_t size) {
    if (fault_on(FAULT_WRONG_TRACE_VERSION) && is_frame(text, size, KIND_VERSION)) {
        change_version(text, size);
    }
    if (!is_frame(text, size, KIND_CALL) || ++calls_written < VICTIM) {
        return size;
    }
    if (calls_written == VICTIM) {
        size = damage_victim(text, size);
    }
    if (fault_on(FAULT_SERIAL_INTERLEAVED) && calls_written % VICTIM == 0) {
        console_write(text, size / 2);
        LOG("standin.fault=serial-interleaved: a log line in the middle of another");
        memmove(text, text + size / 2, size - size / 2);
        size -= size / 2;
    }
    return size;
}
