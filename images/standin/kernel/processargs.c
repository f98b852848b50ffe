// The bootstrap message (<zircon/processargs.h>): what each handle is for, and the command line's
// words as environment.
#include "boot.h"
#include "cmdline.h"
#include "objects.h"
#include "zbi.h"

#define MAX_BOOT_HANDLES 16

extern uint8_t vdso_image[], vdso_image_end[];

struct boot_handles {
    size_t count;
    struct handle handles[MAX_BOOT_HANDLES];
    uint32_t info[MAX_BOOT_HANDLES];
};

static void add(struct boot_handles* all, uint32_t info, void* object, zx_rights_t rights) {
    CHECK(object != NULL && all->count < MAX_BOOT_HANDLES);
    all->handles[all->count] = handle_new(object, rights);
    all->info[all->count] = info;
    all->count++;
}

static void collect(struct boot_handles* all, const struct bootdata* bootdata, uint64_t stack_size) {
    uint64_t vdso_size = (uint64_t)(vdso_image_end - vdso_image);
    zx_rights_t read_only = VMO_RIGHTS & ~ZX_RIGHT_WRITE & ~ZX_RIGHT_SET_PROPERTY;
    add(all, PA_PROC_SELF, current_process, PROCESS_RIGHTS);
    add(all, PA_THREAD_SELF, current_thread, THREAD_RIGHTS);
    add(all, PA_JOB_DEFAULT, current_process->job, JOB_RIGHTS);
    struct object* vmar = object_new(sizeof(*vmar), ZX_OBJ_TYPE_VMAR, 0);
    add(all, PA_VMAR_ROOT, vmar, VMAR_RIGHTS | RIGHTS_IO | ZX_RIGHT_EXECUTE);
    // Only this kernel's root resource can be enumerated: the pages give it no ZX_RIGHT_ENUMERATE, and
    // nothing else reaches the sentence about a resource's children.
    add(all, PA_RESOURCE, resource_new(NULL, ZX_RSRC_KIND_ROOT),
        RESOURCE_RIGHTS | ZX_RIGHT_READ | ZX_RIGHT_ENUMERATE);
    add(all, PA_VMO_BOOTDATA, vmo_new(sizeof(struct zbi_header) + bootdata->zbi->length, 0), VMO_RIGHTS);
    add(all, PA_VMO_BOOTFS, vmo_new(bootdata->bootfs_size, 0), read_only);
    add(all, PA_VMO_VDSO, vmo_new(vdso_size, 0), read_only);
    add(all, PA_VMO_VDSO | 1u << 16, vmo_new(vdso_size, 0), read_only);
    add(all, PA_VMO_KERNEL_FILE, vmo_new((uint64_t)(image_end - image_start), 0), read_only);
    add(all, PA_VMO_STACK, vmo_new(stack_size, 0), VMO_RIGHTS);
}

zx_handle_t processargs_send(const struct bootdata* bootdata, uint64_t stack_size) {
    struct boot_handles all = {0};
    collect(&all, bootdata, stack_size);

    uint32_t words = 0, environ_size = 0;
    for (const char* word = cmdline_next(NULL); word != NULL; word = cmdline_next(word)) {
        words++;
        environ_size += (uint32_t)strlen(word) + 1;
    }
    uint32_t info_size = (uint32_t)all.count * sizeof(all.info[0]);
    zx_proc_args_t header = {
        .protocol = ZX_PROCARGS_PROTOCOL,
        .version = ZX_PROCARGS_VERSION,
        .handle_info_off = sizeof(header),
        .environ_off = (uint32_t)sizeof(header) + info_size,
        .environ_num = words,
    };
    struct message* message = message_new(header.environ_off + environ_size);
    CHECK(message != NULL);
    memcpy(message->bytes, &header, sizeof(header));
    memcpy(message->bytes + header.handle_info_off, all.info, info_size);
    uint8_t* at = message->bytes + header.environ_off;
    for (const char* word = cmdline_next(NULL); word != NULL; word = cmdline_next(word)) {
        memcpy(at, word, strlen(word) + 1);
        at += strlen(word) + 1;
    }
    message->num_handles = (uint32_t)all.count;
    memcpy(message->handles, all.handles, all.count * sizeof(all.handles[0]));

    struct channel* ends[2];
    CHECK(channel_pair(ends));
    struct handle sender = handle_new(&ends[0]->base, CHANNEL_RIGHTS);
    zx_handle_t bootstrap = handle_install(handle_new(&ends[1]->base, CHANNEL_RIGHTS));
    channel_send(ends[0], message);
    handle_drop(sender);
    return bootstrap;
}
