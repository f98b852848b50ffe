// The four memory functions that a freestanding compiler may call, and strlen.
#include "base.h"

void* memcpy(void* restrict to, const void* restrict from, size_t size) {
#if defined(__x86_64__) || defined(__i386__)
    void* d = to;
    __asm__ volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(size)::"memory");
#else
    char* d = to;
    const char* s = from;
    while (size >= 8 && (((uintptr_t)d | (uintptr_t)s) & 7) == 0) {
        *(uint64_t*)d = *(const uint64_t*)s;
        d += 8, s += 8, size -= 8;
    }
    while (size-- > 0) {
        *d++ = *s++;
    }
#endif
    return to;
}

void* memmove(void* to, const void* from, size_t size) {
    if ((uintptr_t)to - (uintptr_t)from >= size) {
        return memcpy(to, from, size);
    }
    char* d = to;
    const char* s = from;
    while (size-- > 0) {
        d[size] = s[size];
    }
    return to;
}

void* memset(void* to, int byte, size_t size) {
#if defined(__x86_64__) || defined(__i386__)
    void* d = to;
    __asm__ volatile("rep stosb" : "+D"(d), "+c"(size) : "a"(byte) : "memory");
#else
    char* d = to;
    if (byte == 0) {
        for (; size >= 8 && ((uintptr_t)d & 7) == 0; d += 8, size -= 8) {
            *(uint64_t*)d = 0;
        }
    }
    while (size-- > 0) {
        *d++ = (char)byte;
    }
#endif
    return to;
}

int memcmp(const void* a, const void* b, size_t size) {
    const uint8_t* x = a;
    const uint8_t* y = b;
    for (size_t i = 0; i < size; i++) {
        if (x[i] != y[i]) {
            return x[i] - y[i];
        }
    }
    return 0;
}

size_t strlen(const char* s) {
    size_t n = 0;
    while (s[n] != '\0') {
        n++;
    }
    return n;
}
