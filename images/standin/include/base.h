// What every file of the stand-in needs: integers, memory functions, printing, panic.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SIZE 4096ul
#define ROUND_UP(n, to) (((n) + (to)-1) & ~((to)-1))
#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define CONTAINER_OF(ptr, type, member) ((type*)((char*)(ptr)-offsetof(type, member)))

void* memcpy(void* restrict to, const void* restrict from, size_t size);
void* memmove(void* to, const void* from, size_t size);
void* memset(void* to, int byte, size_t size);
int memcmp(const void* a, const void* b, size_t size);
size_t strlen(const char* s);

// Formats: %s %c %d %u %x %% and, for 64 bits, %lu %lx (both accept a zero-padded width).
__attribute__((format(printf, 1, 2))) void kprintf(const char* format, ...);
// A line of the kernel's log, with a prefix like Zircon's.
#define LOG(format, ...) kprintf("[00000.000] 00000.00000> " format "\n", ##__VA_ARGS__)

_Noreturn __attribute__((format(printf, 1, 2))) void panic(const char* format, ...);
// The text that a reader (and the harness's monitor) looks for; the registers follow.
void panic_begin(const char* why);
_Noreturn void panic_end(void);

#define CHECK(condition)                                              \
    do {                                                              \
        if (!(condition)) {                                           \
            panic("ASSERT FAILED at (%s:%d): %s", __FILE__, __LINE__, \
                  #condition);                                        \
        }                                                             \
    } while (0)

struct list {
    struct list* next;
    struct list* prev;
};

static inline void list_init(struct list* l) { l->next = l->prev = l; }
static inline bool list_empty(const struct list* l) { return l->next == l; }
static inline void list_add_tail(struct list* head, struct list* node) {
    node->prev = head->prev;
    node->next = head;
    head->prev->next = node;
    head->prev = node;
}
// Leaves the node an empty list, so that removing it once more is harmless.
static inline void list_remove(struct list* node) {
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}
