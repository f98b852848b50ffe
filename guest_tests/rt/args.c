/* The bootstrap message (processargs): which handles the process was started with. Their order,
 * number and set differ from kernel to kernel, so each is found by its info word. */
#include "rt.h"
#include "zxtest.h"

static char message[ZX_CHANNEL_MAX_MSG_BYTES];
static zx_handle_t handles[ZX_CHANNEL_MAX_MSG_HANDLES];
static uint32_t infos[ZX_CHANNEL_MAX_MSG_HANDLES];
static zx_rights_t rights[ZX_CHANNEL_MAX_MSG_HANDLES];
static zx_obj_type_t types[ZX_CHANNEL_MAX_MSG_HANDLES];
static uint32_t handle_count;
static uint32_t message_size, arguments_at, argument_count;

typedef zx_status_t (*ReadCall)(zx_handle_t handle, uint32_t options, void* bytes,
                                zx_handle_t* handles, uint32_t num_bytes, uint32_t num_handles,
                                uint32_t* actual_bytes, uint32_t* actual_handles);
typedef zx_status_t (*InfoCall)(zx_handle_t handle, uint32_t topic, void* buffer, size_t size,
                                size_t* actual, size_t* avail);
typedef zx_status_t (*CloseCall)(zx_handle_t handle);

void args_read(zx_handle_t bootstrap) {
    ReadCall read = (ReadCall)vdso_find("channel_read");
    CloseCall close = (CloseCall)vdso_find("handle_close");
    uint32_t size = 0, count = 0;
    if (!read || !close) return;
    zx_status_t status =
        read(bootstrap, 0, message, handles, sizeof(message), ZX_CHANNEL_MAX_MSG_HANDLES, &size, &count);
    close(bootstrap);
    zx_proc_args_t header;
    if (status != ZX_OK || size < sizeof(header)) return;
    memcpy(&header, message, sizeof(header));
    if (header.protocol != ZX_PROCARGS_PROTOCOL || header.handle_info_off > size ||
        count > (size - header.handle_info_off) / sizeof(infos[0]))
        return;
    memcpy(infos, message + header.handle_info_off, count * sizeof(infos[0]));
    handle_count = count;
    message_size = size;
    arguments_at = header.args_off;
    argument_count = header.args_num;
}

const char* args_find(const char* prefix) {
    size_t length = text_length(prefix);
    uint32_t at = arguments_at;
    for (uint32_t i = 0; i < argument_count && at < message_size; ++i) {
        uint32_t end = at;
        while (end < message_size && message[end]) ++end;
        if (end == message_size) break;
        if (end - at >= length && memcmp(message + at, prefix, length) == 0)
            return message + at + length;
        at = end + 1;
    }
    return NULL;
}

static void announce_handle(uint32_t nth, unsigned process) {
    InfoCall get_info = (InfoCall)vdso_find("object_get_info");
    zx_info_handle_basic_t basic = {0};
    if (!get_info ||
        get_info(handles[nth], ZX_INFO_HANDLE_BASIC, &basic, sizeof(basic), NULL, NULL) != ZX_OK)
        return;
    rights[nth] = basic.rights;
    types[nth] = basic.type;
    const uint64_t fields[] = {infos[nth],   handles[nth], basic.type,         basic.rights,
                               basic.koid, basic.related_koid, process};
    record_open('H');
    for (unsigned i = 0; i < COUNT(fields) - !process; ++i) {
        if (i) record_char(' ');
        record_hex(fields[i]);
    }
    record_close();
}

void args_announce(void) {
    for (uint32_t i = 0; i < handle_count; ++i) announce_handle(i, 0);
}

void args_replace(zx_handle_t handle, unsigned process) {
    handle_count = handle ? 1 : 0;
    argument_count = 0;
    infos[0] = PA_USER0;
    handles[0] = handle;
    if (handle) announce_handle(0, process);
}

zx_handle_t args_resource(unsigned nth) {
    for (uint32_t i = 0; i < handle_count; ++i)
        if (types[i] == ZX_OBJ_TYPE_RESOURCE && !nth--) return handles[i];
    return ZX_HANDLE_INVALID;
}

bool args_hold(zx_handle_t handle) {
    for (uint32_t i = 0; i < handle_count; ++i)
        if (handles[i] == handle) return true;
    return false;
}

zx_handle_t args_root_vmar(void) {
    for (uint32_t i = 0; i < handle_count; ++i)
        if (PA_HND_TYPE(infos[i]) == PA_VMAR_ROOT) return handles[i];
    return ZX_HANDLE_INVALID;
}

/* Above its type an info word has the descriptor, and a bit that lets one stand for 0, 1 and 2. */
#define FDIO_USE_FOR_STDIO 0x8000u

zx_handle_t args_input(void) {
    for (uint32_t i = 0; i < handle_count; ++i) {
        uint32_t descriptor = infos[i] >> 16;
        if (PA_HND_TYPE(infos[i]) == PA_FDIO_REMOTE &&
            (descriptor == 0 || descriptor & FDIO_USE_FOR_STDIO))
            return handles[i];
    }
    return ZX_HANDLE_INVALID;
}

/* Without such a handle the case is skipped, and `name` says why. */
static zx_handle_t bootstrap_handle(uint32_t type, zx_rights_t needed, const char* name) {
    for (uint32_t i = 0; i < handle_count; ++i)
        if (PA_HND_TYPE(infos[i]) == type && (rights[i] & needed) == needed) return handles[i];
    if (!line->stopped_by) line->stopped_by = name;
    return ZX_HANDLE_INVALID;
}

zx_handle_t zx_self_process(void) { return bootstrap_handle(PA_PROC_SELF, 0, "@process"); }
zx_handle_t zx_self_thread(void) { return bootstrap_handle(PA_THREAD_SELF, 0, "@thread"); }
zx_handle_t zx_default_job(void) { return bootstrap_handle(PA_JOB_DEFAULT, 0, "@job"); }
zx_handle_t zx_root_resource(void) { return bootstrap_handle(PA_RESOURCE, 0, "@resource"); }
zx_handle_t zx_root_vmar(void) { return bootstrap_handle(PA_VMAR_ROOT, 0, "@vmar"); }

zx_handle_t zx_vdso_vmo(void) { return bootstrap_handle(PA_VMO_VDSO, 0, "@vdso"); }

zx_handle_t zx_enumerable_resource(void) {
    return bootstrap_handle(PA_RESOURCE, ZX_RIGHT_ENUMERATE, "@enumerable_resource");
}
