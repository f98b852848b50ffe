/* A vDSO for running the live guest as a Linux process: its serial line is stdin and stdout.
 * READS_SOME: zx_debug_read takes a size and returns with what is there, as later kernels have it;
 * else it takes the address of a size and waits for all of it. CONSOLE: the guest has no resource,
 * and a file descriptor 0 as a shell of late 2018 gives it. */
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

#ifdef READS_SOME
int32_t zx_debug_read(uint32_t handle, char* buffer, size_t size, size_t* actual) {
    if (handle != 0x22) return -30;
    long got = linux_call(0, 0, (long)buffer, (long)size);
    if (got <= 0) return -40;
    *actual = (size_t)got;
    return 0;
}
#else
int32_t zx_debug_read(uint32_t handle, char* buffer, size_t* size) {
    if (handle != 0x22) return -30;
    if ((uintptr_t)size < 4096) return -10; /* nothing is mapped there */
    for (size_t i = 0; i < *size; ++i)
        if (linux_call(0, 0, (long)(buffer + i), 1) <= 0) return -40;
    return 0;
}
#endif

void zx_process_exit(int64_t code) { linux_call(231, code, 0, 0); }
int32_t zx_handle_close(uint32_t handle) { return handle == 77 ? -11 : 0; }

#ifdef CONSOLE
#define INPUT 0x22u
#define EVENT 0x30u
#define OTHERS 4 /* channels */

/* A console of fuchsia.io: what was asked last, and whether there is nothing to be read now. */
static uint32_t asked[6];
static int empty = 1;

int32_t zx_channel_write(uint32_t handle, uint32_t options, const void* bytes, uint32_t num_bytes,
                         const uint32_t* handles, uint32_t num_handles) {
    if (handle != INPUT || options || handles || num_handles || num_bytes > sizeof(asked)) return -10;
    for (uint32_t i = 0; i < num_bytes / 4; ++i) asked[i] = ((const uint32_t*)bytes)[i];
    return 0;
}

int32_t zx_object_wait_one(uint32_t handle, uint32_t signals, int64_t deadline, uint32_t* seen) {
    if (handle == EVENT && signals == 1u << 24) empty = 0;
    *seen = signals;
    return deadline == INT64_MAX && (handle == EVENT || handle == INPUT) ? 0 : -11;
}

static int32_t answered(uint32_t* words, uint32_t* handles, uint32_t* size, uint32_t* count) {
    for (int i = 0; i < 4; ++i) words[i] = asked[i];
    *size = 24;
    if (asked[3] == 0x1f62df5e) { /* Describe: a device and its event */
        words[4] = 5;
        words[5] = UINT32_MAX;
        handles[0] = EVENT;
        *count = 1;
    } else if (asked[3] == 0x25f74184) { /* Read */
        long got = empty ? 0 : linux_call(0, 0, (long)(words + 10), asked[4] < 100 ? asked[4] : 100);
        words[4] = empty ? (uint32_t)-22 : 0;
        words[6] = (uint32_t)got;
        words[7] = words[8] = words[9] = 0;
        *size = 40 + (uint32_t)got;
        empty = !empty;
    }
    return 0;
}
#else
#define OTHERS 15 /* resources */
#endif

/* The bootstrap message: a process, and two resources of which the second reads serial, or else
 * descriptors of which the second is 0. */
int32_t zx_channel_read(uint32_t handle, uint32_t options, void* bytes, uint32_t* handles,
                        uint32_t num_bytes, uint32_t num_handles, uint32_t* actual_bytes,
                        uint32_t* actual_handles) {
#ifdef CONSOLE
    static const uint32_t message[12] = {0x4150585d, 0x1000, 36, 0, 0, 0,
                                         0,          0,      0,  1, 0x10032, 0x32};
    if (handle == INPUT) {
        *actual_handles = 0;
        return answered(bytes, handles, actual_bytes, actual_handles);
    }
    /* This file's variables lie within the guest's code. */
    linux_call(10, (long)asked & -4096, 2 * 4096, 7);
#else
    static const uint32_t message[12] = {0x4150585d, 0x1000, 36, 0, 0, 0, 0, 0, 0, 1, 0x3b, 0x3f};
#endif
    (void)handle, (void)options, (void)num_bytes, (void)num_handles;
    for (int i = 0; i < 12; ++i) ((uint32_t*)bytes)[i] = message[i];
    for (int i = 0; i < 3; ++i) handles[i] = 0x20 + (uint32_t)i;
    *actual_bytes = 48;
    *actual_handles = 3;
    return 0;
}

int32_t zx_object_get_info(uint32_t handle, uint32_t topic, void* buffer, size_t size,
                           size_t* actual, size_t* avail) {
    uint64_t* words = buffer;
    (void)topic, (void)size, (void)actual, (void)avail;
    words[0] = 1000 + handle;
    words[1] = (uint64_t)(handle == 0x20 ? 1 : OTHERS) << 32 | 3;
    words[2] = 0;
    words[3] = 0;
    return 0;
}

/* The guest's case claims a clause of this one. */
int32_t zx_channel_create(uint32_t options, uint32_t* out0, uint32_t* out1) {
    (void)options;
    *out0 = 0x100;
    *out1 = 0x101;
    return 0;
}
