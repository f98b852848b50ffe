/* A vDSO for running a guest test as a Linux process: just enough of each call to see what the
 * recorder makes of it. Linked as a shared object whose addresses are its file offsets. */
#include <stddef.h>
#include <stdint.h>

static long linux_call(long number, long a, long b, long c) {
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
}

int32_t zx_debug_write(const char* text, size_t size) {
    linux_call(1, 1, (long)text, (long)(size < 256 ? size : 256));
    return 0;
}

void zx_process_exit(int64_t code) { linux_call(231, code, 0, 0); }

int32_t zx_handle_close(uint32_t handle) { return handle == 77 ? -11 : 0; }

#ifndef VERSION
#define VERSION "fake ~1"
#endif

int32_t zx_system_get_version(char* version, size_t size) {
    const char text[] = VERSION;
    for (size_t i = 0; i < sizeof(text) && i < size; ++i) version[i] = text[i];
    return 0;
}

/* The bootstrap message: a process (info 1) and a root VMAR (info 4), in a 36-byte header. */
int32_t zx_channel_read(uint32_t handle, uint32_t options, void* bytes, uint32_t* handles,
                        uint32_t num_bytes, uint32_t num_handles, uint32_t* actual_bytes,
                        uint32_t* actual_handles) {
    uint32_t* words = bytes;
    (void)num_bytes;
    if (handle != 5) {
        *actual_bytes = 3;
        *actual_handles = options ? 0 : 1;
        ((char*)bytes)[0] = 'a';
        ((char*)bytes)[1] = 'b';
        ((char*)bytes)[2] = 'c';
        if (num_handles) handles[0] = 0x1234;
        return 0;
    }
    for (int i = 0; i < 9; ++i) words[i] = 0;
    words[0] = 0x4150585d;
    words[1] = 0x1000;
    words[2] = 36;
    words[9] = 4;
    words[10] = 0x30001;
    handles[0] = 0x40;
    handles[1] = 0x10;
    *actual_bytes = 44;
    *actual_handles = 2;
    return 0;
}

int32_t zx_object_get_info(uint32_t handle, uint32_t topic, void* buffer, size_t size,
                           size_t* actual, size_t* avail) {
    uint64_t* words = buffer;
    if (topic == 8) {
        words[0] = 0xabc;
        words[1] = 0xdef;
        if (actual) *actual = 2;
        if (avail) *avail = 2;
        return 0;
    }
    if (topic == 23) return -2;
    if (size < 32) return -15;
    words[0] = 1000 + handle;
    words[1] = 0x50000d003;
    words[2] = 0;
    words[3] = 0;
    return 0;
}

int32_t zx_channel_write(uint32_t handle, uint32_t options, const void* bytes, uint32_t num_bytes,
                         const uint32_t* handles, uint32_t num_handles) {
    (void)handle, (void)options, (void)bytes, (void)num_bytes, (void)handles, (void)num_handles;
    return -24;
}

int32_t zx_channel_write_etc(uint32_t handle, uint32_t options, const void* bytes,
                             uint32_t num_bytes, uint32_t* entries, uint32_t num_handles) {
    (void)handle, (void)options, (void)bytes, (void)num_bytes;
    for (uint32_t i = 0; i < num_handles; ++i) entries[i * 5 + 4] = (uint32_t)-(int32_t)i;
    return -10;
}

int32_t zx_event_create(uint32_t options, uint32_t* out) {
    if (options != 0x99) *out = 0xe0 + options;
    return 0;
}

int32_t zx_object_wait_many(uint32_t* items, size_t count, int64_t deadline) {
    for (size_t i = 0; i < count; ++i) items[i * 3 + 2] = 0x10 + (uint32_t)i;
    return deadline ? -21 : 0;
}

int32_t zx_port_queue(uint32_t handle, const void* packet) {
    (void)handle, (void)packet;
    return 0;
}

int32_t zx_port_wait(uint32_t handle, int64_t deadline, uint64_t* packet) {
    (void)handle;
    if (deadline) return -21;
    packet[0] = 7;
    packet[1] = 0xfffffffd00000001;
    for (int i = 2; i < 6; ++i) packet[i] = (uint64_t)i;
    return 0;
}

/* The arguments have their pointers first; the third is for bytes, the fourth for handles. */
int32_t zx_channel_call(uint32_t handle, uint32_t options, int64_t deadline, void* const* args,
                        uint32_t* actual_bytes, uint32_t* actual_handles) {
    (void)handle, (void)options, (void)deadline;
    if (!args) return -10;
    ((char*)args[2])[0] = 'a';
    ((uint32_t*)args[3])[0] = 0x33;
    *actual_bytes = 1;
    *actual_handles = 1;
    return 0;
}

/* What the call finds in memory is its status. */
int32_t zx_socket_write(uint32_t handle, uint32_t options, const uint8_t* buffer, size_t size,
                        size_t* actual) {
    int32_t sum = 0;
    (void)handle, (void)options, (void)actual;
    while (size--) sum += *buffer++;
    return sum;
}

int32_t zx_futex_wake(const int32_t* value, uint32_t count) { return *value + (int32_t)count; }

/* Anonymous memory of Linux. */
int32_t zx_vmar_map(uint32_t handle, uint32_t options, uint64_t offset, uint32_t vmo,
                    uint64_t vmo_offset, uint64_t size, uintptr_t* at) {
    long result;
    register long flags __asm__("r10") = 0x22;
    register long file __asm__("r8") = -1;
    register long place __asm__("r9") = 0;
    (void)handle, (void)options, (void)offset, (void)vmo, (void)vmo_offset;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(9), "D"(0), "S"(size), "d"(3), "r"(flags), "r"(file), "r"(place)
                     : "rcx", "r11", "memory");
    *at = (uintptr_t)result;
    return 0;
}

int32_t zx_vmar_protect(uint32_t handle, uint32_t options, uintptr_t at, uint64_t size) {
    (void)handle, (void)options, (void)at, (void)size;
    return 0;
}

int32_t zx_vmar_unmap(uint32_t handle, uintptr_t at, uint64_t size) {
    (void)handle, (void)at, (void)size;
    return 0;
}

int32_t zx_vmo_get_size(uint32_t handle, uint64_t* size) {
    *size = handle == 9 ? 0x2000 : 0x1000;
    return 0;
}
