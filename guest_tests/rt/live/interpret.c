/* Operations as text: fill memory, make a call. `zxhil shell` sends them over serial (live.c), a
 * program of `zxhil explore` lies in memory (explore.c). docs/shell.md has the format. */
#include "live.h"
#include "../rt.h"
#include "zxtest.h"

uint64_t interpret_registers[INTERPRET_REGISTERS];

static int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

uint64_t interpret_fixed_hex(const char* text, unsigned digits) {
    uint64_t value = 0;
    while (digits--) value = value << 4 | (unsigned)(digit(*text++) & 15);
    return value;
}

static uint64_t digits(const char** text) {
    uint64_t value = 0;
    for (; digit(**text) >= 0; ++*text) value = value << 4 | (unsigned)digit(**text);
    return value;
}

uint64_t interpret_number(const char** text) {
    while (**text == ' ') ++*text;
    return digits(text);
}

/* A pointer is a letter for its region and an offset there (docs/shell.md); 'h' is the value of a
 * register. */
static uint64_t argument(const char** text) {
    while (**text == ' ') ++*text;
    char region = **text;
    if (digit(region) >= 0) return digits(text);
    if (region && region != ';') ++*text;
    uint64_t offset = digits(text);
    switch (region) {
    case 'h': return offset < INTERPRET_REGISTERS ? interpret_registers[offset] : 0;
    case 'w': return (uintptr_t)zx_writable_edge + offset;
    case 'r': return (uintptr_t)zx_ro_end - offset;
    case 'x': return (uintptr_t)ZX_UNMAPPED_ADDRESS + offset;
    case 'k': return ZX_KERNEL_ADDRESS + offset;
    }
    return 0;
}

bool interpret_in_scratch(uint64_t offset, uint64_t size) {
    return offset <= sizeof(zx_writable_edge) && size <= sizeof(zx_writable_edge) - offset;
}

/* A digit of base64 (RFC 4648), -1 for anything else. */
static int six_bits(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool interpret_put(const char** text) {
    uint64_t offset = interpret_number(text);
    uint32_t bits = 0;
    unsigned count = 0;
    while (**text == ' ') ++*text;
    for (; six_bits(**text) >= 0; ++*text) {
        bits = bits << 6 | (unsigned)six_bits(**text);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        if (!interpret_in_scratch(offset, 1)) return false;
        zx_writable_edge[offset++] = (char)(bits >> count);
    }
    return true;
}

bool interpret_fill(const char** text) {
    uint64_t offset = interpret_number(text), size = interpret_number(text), byte = interpret_number(text);
    if (!interpret_in_scratch(offset, size)) return false;
    memset(zx_writable_edge + offset, (int)byte, size);
    return true;
}

bool interpret_call(const char** text) {
    uint64_t arguments[ZXHIL_MOST_ARGUMENTS] = {0};
    unsigned which = (unsigned)interpret_number(text);
    if (which >= live_call_count) return false;
    for (unsigned i = 0; i < live_argument_count[which]; ++i) arguments[i] = argument(text);
    live_make(which, arguments);
    return true;
}
