/* Helpers that cases share, made of recorded calls, and the memory that they point to. */
#include "rt.h"
#include "zxtest.h"

__attribute__((section(".readonly.edge"), used)) const char zx_read_only_page[4096] = {0};
__attribute__((section(".bss.edge"), used)) char zx_writable_edge[ZXHIL_SCRATCH_SIZE];

/* Of many handles received, get info of this many at either end: the wire is slow. */
#define INFO_ENDS 2

zx_koid_t get_basic_info(zx_handle_t handle) {
    zx_info_handle_basic_t basic = {0};
    zx_status_t status =
        zx_object_get_info(handle, ZX_INFO_HANDLE_BASIC, &basic, sizeof(basic), NULL, NULL);
    return status == ZX_OK ? basic.koid : 0;
}

zx_handle_t with_basic_info(zx_handle_t handle) {
    get_basic_info(handle);
    return handle;
}

void needs_topic(uint32_t topic) {
    typedef zx_status_t (*call_t)(zx_handle_t, uint32_t, void*, size_t, size_t*, size_t*);
    call_t get_info = (call_t)vdso_find("object_get_info");
    zx_handle_t process = zx_self_process();
    if (get_info && get_info(process, topic, NULL, 0, NULL, NULL) != ZX_ERR_NOT_SUPPORTED) return;
    /* Recorded, so that it is judged: the page of this kernel may have the topic. */
    if (!on_standin) zx_object_get_info(process, topic, NULL, 0, NULL, NULL);
    zx_unsupported("object_get_info");
}

void resize(zx_handle_t vmo, uint64_t size) {
    if (zx_vmo_set_size(vmo, size) == ZX_ERR_UNAVAILABLE) zx_skip("@resizable");
}

void close_and_get_info(zx_handle_t handle) {
    zx_handle_close(handle);
    get_basic_info(handle);
}

void close_if_open(zx_handle_t handle) {
    if (get_basic_info(handle)) zx_handle_close(handle);
}

zx_handle_t duplicate(zx_handle_t handle, zx_rights_t rights) {
    zx_handle_t out = ZX_HANDLE_INVALID;
    if (zx_handle_duplicate(handle, rights, &out) == ZX_OK) get_basic_info(out);
    return out;
}

zx_handle_t without(zx_handle_t handle, zx_rights_t removed) {
    zx_info_handle_basic_t basic = {0};
    zx_handle_t out = ZX_HANDLE_INVALID;
    zx_object_get_info(handle, ZX_INFO_HANDLE_BASIC, &basic, sizeof(basic), NULL, NULL);
    zx_handle_replace(handle, basic.rights & ~removed, &out);
    get_basic_info(out);
    return out;
}

zx_signals_t signals_of(zx_handle_t handle, zx_signals_t wanted) {
    zx_signals_t observed = 0;
    zx_object_wait_one(handle, wanted, 0, &observed);
    return observed;
}

zx_signals_t await_signals(zx_handle_t handle, zx_signals_t wanted) {
    zx_signals_t observed = 0;
    zx_object_wait_one(handle, wanted, zx_deadline_after(2000000000), &observed);
    return observed;
}

void await_blocked(zx_handle_t thread) {
    for (int i = 0; i < 300; ++i) {
        zx_info_thread_t info = {0};
        if (zx_object_get_info(thread, ZX_INFO_THREAD, &info, sizeof(info), NULL, NULL) != ZX_OK) return;
        /* Or dying, or dead. */
        if ((info.state & 0xff) >= ZX_THREAD_STATE_BLOCKED) return;
        zx_nanosleep(zx_deadline_after(10000000));
    }
}

static void arrived(zx_handle_t handle, uint32_t index, uint32_t count) {
    if (index < INFO_ENDS || index + INFO_ENDS >= count) get_basic_info(handle);
    zx_handle_close(handle);
}

/* What is read lies in memory of the thread: another thread that drains must not write there. Those
 * that a case starts have small stacks. */
#define SMALL_MESSAGE 0x1000

static char message[ZX_CHANNEL_MAX_MSG_BYTES];

#define DRAIN(element, read, handle_of)                                                         \
    {                                                                                           \
        char small[SMALL_MESSAGE];                                                              \
        bool first = !me()->number;                                                             \
        element got[ZX_CHANNEL_MAX_MSG_HANDLES];                                                \
        uint32_t size = 0, count = 0;                                                           \
        zx_status_t status = read(channel, 0, first ? message : small, got,                     \
                                  first ? sizeof(message) : sizeof(small), COUNT(got), &size,   \
                                  &count);                                                      \
        if (status != ZX_OK || count > COUNT(got)) return;                                      \
        for (uint32_t i = 0; i < count; ++i) arrived(got[i] handle_of, i, count);               \
    }

void drain(zx_handle_t channel) DRAIN(zx_handle_t, zx_channel_read, )

void drain_etc(zx_handle_t channel) DRAIN(zx_handle_info_t, zx_channel_read_etc, .handle)

void fill(void* bytes, size_t size) {
    uint32_t* words = bytes;
    for (uint32_t i = 0; i < size / sizeof(*words); ++i) words[i] = i * 2654435761u;
    for (size_t i = size & ~(size_t)3; i < size; ++i) ((char*)bytes)[i] = (char)i;
}

handle_pair_t make_channel(void) {
    handle_pair_t made = {0, 0};
    zx_channel_create(0, &made.h, &made.peer);
    return made;
}

handle_pair_t make_socket(void) {
    handle_pair_t made = {0, 0};
    zx_socket_create(ZX_SOCKET_STREAM, &made.h, &made.peer);
    return made;
}

handle_pair_t make_sharing_socket(void) {
    handle_pair_t made = {0, 0};
    zx_socket_create(ZX_SOCKET_STREAM | ZX_SOCKET_HAS_ACCEPT, &made.h, &made.peer);
    return made;
}

handle_pair_t make_fifo(void) {
    handle_pair_t made = {0, 0};
    zx_fifo_create(16, 1, 0, &made.h, &made.peer);
    return made;
}

handle_pair_t make_event(void) {
    handle_pair_t made = {0, 0};
    zx_event_create(0, &made.h);
    return made;
}

handle_pair_t make_eventpair(void) {
    handle_pair_t made = {0, 0};
    zx_eventpair_create(0, &made.h, &made.peer);
    return made;
}

handle_pair_t make_vmo(void) {
    handle_pair_t made = {0, 0};
    zx_vmo_create(4096, 0, &made.h);
    return made;
}

handle_pair_t make_port(void) {
    handle_pair_t made = {0, 0};
    zx_port_create(0, &made.h);
    return made;
}

handle_pair_t make_timer(void) {
    handle_pair_t made = {0, 0};
    zx_timer_create(ZX_TIMER_SLACK_CENTER, ZX_CLOCK_MONOTONIC, &made.h);
    return made;
}

handle_pair_t make_interrupt(void) {
    handle_pair_t made = {0, 0};
    zx_interrupt_create(ZX_HANDLE_INVALID, 0, ZX_INTERRUPT_VIRTUAL, &made.h);
    return made;
}

handle_pair_t make_physical_interrupt(void) {
    handle_pair_t made = {0, 0};
    zx_interrupt_create(zx_root_resource(), ZX_SPARE_INTERRUPT, ZX_INTERRUPT_MODE_EDGE_HIGH, &made.h);
    return made;
}

handle_pair_t make_interrupt_port(void) {
    handle_pair_t made = {0, 0};
    zx_port_create(ZX_PORT_BIND_TO_INTERRUPT, &made.h);
    return made;
}

handle_pair_t make_job(void) {
    handle_pair_t made = {0, 0};
    zx_job_create(zx_default_job(), 0, &made.h);
    return made;
}

handle_pair_t make_process(void) {
    handle_pair_t made = {0, 0};
    zx_process_create(zx_default_job(), "p", 1, 0, &made.h, &made.peer);
    return made;
}

handle_pair_t make_empty_vmar(void) {
    handle_pair_t process = make_process();
    return (handle_pair_t){process.peer, process.h};
}

zx_handle_t make_thread_in(zx_handle_t process) {
    zx_handle_t made = ZX_HANDLE_INVALID;
    zx_thread_create(process, "t", 1, 0, &made);
    return made;
}

static handle_pair_t another(zx_handle_t handle) {
    return (handle_pair_t){duplicate(handle, ZX_RIGHT_SAME_RIGHTS), 0};
}

handle_pair_t make_thread(void) { return another(zx_self_thread()); }
handle_pair_t make_vmar(void) { return another(zx_root_vmar()); }
handle_pair_t make_resource(void) { return another(zx_root_resource()); }

handle_pair_t make_child_resource(void) {
    handle_pair_t made = {0, 0};
    zx_resource_create(zx_root_resource(), ZX_RSRC_KIND_ROOT, 0, 0, "child", 5, &made.h);
    return made.h ? made : make_resource();
}

void close_pair(handle_pair_t made) {
    if (made.h) zx_handle_close(made.h);
    if (made.peer) zx_handle_close(made.peer);
}
