// Memory: pages, the kernel's heap, and copies from and to user mode.
#pragma once

#include "arch.h"

// Gives the page allocator its memory; once, before anything else of this file.
void pages_init(uint64_t phys, uint64_t size);
uint64_t pages_bytes(void);

// 2^order contiguous pages, not zeroed; NULL if there are none.
void* pages_alloc(unsigned order);
void* page_alloc_zeroed(void);
#define PAGES_MAX_ORDER 12u

// Not zeroed / zeroed. NULL if there is no memory. kfree(NULL) does nothing.
void* kmalloc(size_t size);
void* kzalloc(size_t size);
void kfree(void* memory);

// A user address. Never dereferenced, only copied from and to.
typedef uint64_t user_t;

// False, possibly after a partial copy, if user mode may not access a byte of the range that way.
// A size of 0 always succeeds.
bool user_read(void* to, user_t from, size_t size);
bool user_write(user_t to, const void* from, size_t size);
bool user_is_readable(user_t at, size_t size);
bool user_is_writable(user_t at, size_t size);
