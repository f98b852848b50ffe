/* Memory and string functions without a C library. */
#include "rt.h"

typedef uint64_t __attribute__((aligned(1), may_alias)) word_t;

void* memcpy(void* restrict to, const void* restrict from, size_t size) {
    char* d = to;
    const char* s = from;
    for (; size >= 8; size -= 8, d += 8, s += 8)
        *(word_t*)(void*)d = *(const word_t*)(const void*)s;
    while (size--) *d++ = *s++;
    return to;
}

void* memset(void* to, int byte, size_t size) {
    char* d = to;
    uint64_t word = (uint8_t)byte * 0x0101010101010101u;
    for (; size >= 8; size -= 8, d += 8) *(word_t*)(void*)d = word;
    while (size--) *d++ = (char)byte;
    return to;
}

int memcmp(const void* a, const void* b, size_t size) {
    const unsigned char *x = a, *y = b;
    for (; size; --size, ++x, ++y)
        if (*x != *y) return *x - *y;
    return 0;
}

size_t text_length(const char* text) {
    size_t length = 0;
    while (text[length]) ++length;
    return length;
}

bool text_equal(const char* a, const char* b, size_t b_length) {
    return text_length(a) == b_length && memcmp(a, b, b_length) == 0;
}

static uint32_t crc_table[256];

void crc_prepare(void) {
    for (uint32_t i = 0; i < 256; ++i) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320u : 0);
        crc_table[i] = crc;
    }
}

uint32_t crc32(uint32_t crc, const void* bytes, size_t size) {
    const uint8_t* p = bytes;
    crc = ~crc;
    while (size--) crc = (crc >> 8) ^ crc_table[(crc ^ *p++) & 0xff];
    return ~crc;
}
