/* Where requests come from: serial itself, or the console of the shell that started the program.
 *
 * Serial is read with zx_debug_read, for which a resource is needed; the kernel gives one to its
 * first process. A program that a shell starts has none, and would compete for each byte with the
 * console's driver: it reads file descriptor 0 as the shell does, a channel that speaks the FIDL
 * protocol fuchsia.io.File (system/fidl/fuchsia-io/io.fidl of late 2018). */
#include "../rt.h"
#include "live.h"

const char* input_failed;

/* ---- serial */

static zx_handle_t resource;
static uintptr_t debug_read;
static enum { UNKNOWN, READS_ALL, READS_WHAT_IS_THERE } form;

typedef zx_status_t (*ReadExactly)(zx_handle_t handle, void* buffer, size_t* size);
typedef zx_status_t (*ReadSome)(zx_handle_t handle, void* buffer, size_t size, size_t* actual);

static zx_status_t serial_read(char* byte) {
    size_t size = 1;
    zx_status_t status = form == READS_ALL ? ((ReadExactly)debug_read)(resource, byte, &size)
                                           : ((ReadSome)debug_read)(resource, byte, 1, &size);
    return status == ZX_OK && size != 1 ? ZX_ERR_IO : status;
}

/* zx_debug_read has had two forms. The later one takes a size where the earlier one takes the
 * address of a size: no memory is mapped at address 1, so the earlier one refuses it. Which form it
 * is, and which resource works, is known after the first byte: the later form waits. */
static zx_status_t serial_first(char* byte) {
    zx_status_t status = ZX_ERR_NOT_FOUND;
    for (unsigned i = 0; (resource = args_resource(i)) != ZX_HANDLE_INVALID; ++i) {
        form = READS_WHAT_IS_THERE;
        status = serial_read(byte);
        if (status == ZX_ERR_INVALID_ARGS) {
            form = READS_ALL;
            status = serial_read(byte);
        }
        if (status == ZX_OK) return status;
    }
    form = UNKNOWN;
    return status;
}

/* ---- a console */

/* FIDL's numbers for methods in late 2018: the first 31 bits, counted from the lowest, of the
 * SHA-256 of LIBRARY.INTERFACE/METHOD. */
#define FILE_READ 0x25f74184u     /* fuchsia.io.File/Read */
#define NODE_DESCRIBE 0x1f62df5eu /* fuchsia.io.Node/Describe */
#define CONSOLE_READABLE ZX_USER_SIGNAL_0

typedef struct {
    uint32_t transaction;
    uint32_t reserved;
    uint32_t flags;
    uint32_t method;
} Header;

typedef struct {
    Header header;
    uint64_t count;
} ReadRequest;

typedef struct {
    Header header;
    zx_status_t status;
    uint32_t padding;
    uint64_t count;
    uint64_t present;
    char bytes[256];
} ReadAnswer;

static zx_status_t (*channel_write)(zx_handle_t, uint32_t, const void*, uint32_t,
                                    const zx_handle_t*, uint32_t);
static zx_status_t (*channel_read)(zx_handle_t, uint32_t, void*, zx_handle_t*, uint32_t, uint32_t,
                                   uint32_t*, uint32_t*);
static zx_status_t (*wait_one)(zx_handle_t, zx_signals_t, zx_time_t, zx_signals_t*);

static zx_time_t (*deadline_after)(zx_time_t);
static zx_status_t (*nanosleep)(zx_time_t);

/* The driver delivers one byte at a time; requesting each separately takes ten times as long. */
#define NAP_NS 1000000

static zx_handle_t console, readable;
static union {
    ReadAnswer read;
    char room[512];
} answer;
static size_t taken, there;

static zx_status_t failed(const char* what, zx_status_t status) {
    input_failed = what;
    return status;
}

/* Send a request and wait for the reply; `handle` is the handle that came with it, if any. */
static zx_status_t ask(const void* request, uint32_t size, zx_handle_t* handle) {
    uint32_t got = 0, handles = 0;
    zx_signals_t seen = 0;
    *handle = ZX_HANDLE_INVALID;
    zx_status_t status = channel_write(console, 0, request, size, NULL, 0);
    if (status != ZX_OK) return failed("zx_channel_write to the console", status);
    status = wait_one(console, ZX_CHANNEL_READABLE | ZX_CHANNEL_PEER_CLOSED, ZX_TIME_INFINITE, &seen);
    if (status != ZX_OK) return failed("zx_object_wait_one on the console", status);
    status = channel_read(console, 0, &answer, handle, sizeof(answer), 1, &got, &handles);
    if (status != ZX_OK) return failed("zx_channel_read from the console", status);
    return got < sizeof(Header) ? failed("the console's answer", ZX_ERR_IO) : ZX_OK;
}

static zx_status_t console_open(void) {
    const Header describe = {.transaction = 1, .method = NODE_DESCRIBE};
    uintptr_t write = vdso_find("channel_write"), read = vdso_find("channel_read");
    uintptr_t wait = vdso_find("object_wait_one");
    if (!write || !read || !wait) return failed("a vDSO without channels", ZX_ERR_NOT_SUPPORTED);
    memcpy(&channel_write, &write, sizeof(write));
    memcpy(&channel_read, &read, sizeof(read));
    memcpy(&wait_one, &wait, sizeof(wait));
    uintptr_t after = vdso_find("deadline_after"), sleep = vdso_find("nanosleep");
    memcpy(&deadline_after, &after, sizeof(after));
    memcpy(&nanosleep, &sleep, sizeof(sleep));
    zx_status_t status = ask(&describe, sizeof(describe), &readable);
    if (status == ZX_OK && !readable)
        status = failed("the console, which is no fuchsia.io device,", ZX_ERR_NOT_SUPPORTED);
    return status;
}

static void nap(void) {
    if (deadline_after && nanosleep) nanosleep(deadline_after(NAP_NS));
}

static zx_status_t console_more(void) {
    const ReadRequest request = {{.transaction = 2, .method = FILE_READ}, sizeof(answer.read.bytes)};
    if (there && answer.read.bytes[there - 1] != '\n') nap();
    for (;;) {
        zx_handle_t none;
        zx_signals_t seen = 0;
        zx_status_t status = ask(&request, sizeof(request), &none);
        if (status == ZX_OK) status = answer.read.status;
        if (status == ZX_OK && answer.read.count > 0 &&
            answer.read.count <= sizeof(answer.read.bytes)) {
            taken = 0;
            there = answer.read.count;
            return ZX_OK;
        }
        if (status == ZX_OK) status = ZX_ERR_PEER_CLOSED; /* the end of a file */
        if (status != ZX_ERR_SHOULD_WAIT) return failed("fuchsia.io.File/Read", status);
        status = wait_one(readable, CONSOLE_READABLE, ZX_TIME_INFINITE, &seen);
        if (status != ZX_OK) return failed("zx_object_wait_one on the console", status);
        nap();
    }
}

/* ---- either */

zx_status_t input_open(void) {
    console = args_input();
    if (console) return console_open();
    debug_read = vdso_find("debug_read");
    if (!debug_read) return failed("a vDSO without zx_debug_read", ZX_ERR_NOT_SUPPORTED);
    if (!args_resource(0)) return failed("to look for a resource or a console", ZX_ERR_NOT_FOUND);
    input_failed = "zx_debug_read";
    return ZX_OK;
}

zx_status_t input_byte(char* byte) {
    if (!console) return form == UNKNOWN ? serial_first(byte) : serial_read(byte);
    zx_status_t status = taken == there ? console_more() : ZX_OK;
    if (status == ZX_OK) *byte = answer.read.bytes[taken++];
    return status;
}
