// Copies from and to user mode. Each page is looked up in the page tables and accessed through
// the physical map, so a bad address is a failed lookup and can't fault in the kernel.
#include "mm.h"

static size_t in_page(user_t at, size_t size) {
    size_t room = PAGE_SIZE - at % PAGE_SIZE;
    return size < room ? size : room;
}

bool user_read(void* to, user_t from, size_t size) {
    for (size_t n; size > 0; size -= n) {
        n = in_page(from, size);
        const void* kernel = arch_user_byte(from, false);
        if (kernel == NULL) {
            return false;
        }
        memcpy(to, kernel, n);
        to = (char*)to + n;
        from += n;
    }
    return true;
}

bool user_write(user_t to, const void* from, size_t size) {
    for (size_t n; size > 0; size -= n) {
        n = in_page(to, size);
        void* kernel = arch_user_byte(to, true);
        if (kernel == NULL) {
            return false;
        }
        memcpy(kernel, from, n);
        from = (const char*)from + n;
        to += n;
    }
    return true;
}

static bool accessible(user_t at, size_t size, bool write) {
    for (size_t n; size > 0; size -= n) {
        n = in_page(at, size);
        if (arch_user_byte(at, write) == NULL) {
            return false;
        }
        at += n;
    }
    return true;
}

bool user_is_readable(user_t at, size_t size) { return accessible(at, size, false); }
bool user_is_writable(user_t at, size_t size) { return accessible(at, size, true); }
